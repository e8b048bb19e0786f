"""Grades: each rule by a planted case, none that could not be reached, and worse never better."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.impact.evidence import CEILINGS, LETTERS, RULES, Checks, Rule, finding, grade

# A difference in differences with every check passed: the best that can be had without randomisation.
SOUND = Checks(
    design="difference_in_differences",
    planned=True,
    estimate=4.0,
    lower=2.5,
    upper=5.5,
    direction="higher",
    smallest_effect=2.0,
    detectable=1.8,
    p_adjusted=0.001,
    pretrend="passed",
    breakdown=1.6,
    placebo=True,
    start_agrees=True,
    shock_agrees=True,
    one_out_stable=True,
    same_sign=1.0,
    estimators_agree=True,
    mechanism="in_order",
    n=120,
)
SAME = replace(SOUND, design="paired", pretrend="not_testable", breakdown=math.nan, retained=0.9)


def test_a_sound_comparison_is_moderate_and_a_sound_trial_strong():
    found = grade(SOUND)
    assert (found.letter, found.finding, found.reasons, found.notes) == ("B", "effect", ("not_randomised",), ())
    trial = grade(replace(SOUND, design="randomised"))
    assert (trial.letter, trial.reasons, trial.ceiling) == ("A", (), "A")


def test_the_design_sets_the_ceiling():
    letters = {design: grade(replace(SOUND, design=design)).letter for design in CEILINGS}
    assert letters == {
        "randomised": "A",
        "difference_in_differences": "B",
        "synthetic_control": "B",
        "interrupted_series": "C",
        "before_after": "C",
        "paired": "C",
        "benchmark": "C",
        "null_model": "C",
        "trend": "D",
    }
    beside = grade(replace(SOUND, design="interrupted_series", comparison=True))
    assert (beside.letter, beside.reasons) == ("B", ("not_randomised",))
    for design in CEILINGS:
        assert grade(replace(SOUND, design=design)).reasons[:1] in {
            (),
            ("not_randomised",),
            ("no_comparison",),
            ("description",),
        }


# One planted failure for each rule: what is wrong, and the letter it leaves of a B (or of a paired C).
PLANTED = [
    ("not_estimable", SOUND, {"estimate": math.nan, "lower": math.nan, "upper": math.nan}, "D"),
    ("exploratory", SOUND, {"planned": False}, "C"),
    ("underpowered", SOUND, {"detectable": 2.5}, "C"),
    ("power_unknown", SOUND, {"detectable": math.nan}, "C"),
    ("imprecise", SOUND, {"lower": -0.5, "p_adjusted": 0.2}, "C"),
    ("pretrend_failed", SOUND, {"pretrend": "failed"}, "C"),
    ("pretrend_not_testable", SOUND, {"pretrend": "not_testable"}, "C"),
    ("pretrend_fragile", SOUND, {"breakdown": 0.4}, "C"),
    ("placebo_failed", SOUND, {"placebo": False}, "C"),
    ("start_doubtful", SOUND, {"start_agrees": False}, "C"),
    ("shock_on_treated", SOUND, {"shock_suspected": True}, "C"),
    ("shock_matters", SOUND, {"shock_agrees": False}, "C"),
    ("one_unit_drives", SOUND, {"one_out_stable": False}, "C"),
    ("specifications_disagree", SOUND, {"same_sign": 0.85}, "C"),
    ("estimators_disagree", SOUND, {"estimators_agree": False}, "C"),
    ("attrition", SAME, {"retained": 0.6}, "D"),
    ("regression_to_the_mean", SAME, {"regression_to_the_mean": True}, "D"),
    ("mechanism_not_in_order", SOUND, {"mechanism": "not_in_order"}, "C"),
    ("mechanism_unknown", SOUND, {"mechanism": "unknown"}, "B"),
    ("not_after_adjustment", SOUND, {"p_adjusted": 0.08}, "C"),
    ("too_small_to_matter", SOUND, {"estimate": 1.0, "lower": 0.5, "upper": 1.5}, "B"),
]


@pytest.mark.parametrize(("code", "sound", "change", "letter"), PLANTED, ids=[row[0] for row in PLANTED])
def test_a_planted_failure_is_named_and_costs_what_the_rule_says(code, sound, change, letter):
    before, after = grade(sound), grade(replace(sound, **change))
    assert code not in before.reasons + before.notes
    assert code in after.reasons + after.notes
    assert after.letter == letter
    rule = next(r for r in RULES if r.code == code)
    assert (code in after.notes) == (rule.lowers == 0 and rule.cap is None)


def test_every_rule_is_planted_once_and_has_its_own_code():
    codes = [rule.code for rule in RULES]
    assert codes == [row[0] for row in PLANTED]
    assert not set(codes) & {c.code for c in CEILINGS.values()}
    assert len(set(codes)) == len(codes)


def test_a_rule_names_the_checks_it_reads():
    fields = set(Checks.__dataclass_fields__)
    for rule in RULES:
        assert rule.reads
        assert set(rule.reads) <= fields
    unread = fields - {name for rule in RULES for name in rule.reads}
    assert unread == {"design", "confidence_level", "direction", "comparison", "n"}


def test_reasons_come_in_the_order_of_the_rules_after_the_design():
    worst = replace(SOUND, planned=False, pretrend="failed", shock_suspected=True, mechanism="not_in_order")
    found = grade(worst)
    assert found.reasons == (
        "not_randomised", "exploratory", "pretrend_failed", "shock_on_treated", "mechanism_not_in_order"
    )  # fmt: skip
    assert found.letter == "D"


def test_a_failed_pretrend_or_a_shock_on_the_treated_caps_even_a_trial():
    trial = replace(SOUND, design="randomised")
    assert grade(replace(trial, shock_suspected=True)).letter == "C"
    assert grade(replace(trial, detectable=9.0)).letter == "C"
    assert grade(replace(trial, planned=False)).letter == "B"
    # A trial needs no parallel trends.
    assert grade(replace(trial, pretrend="failed", breakdown=0.1)).letter == "A"


def test_where_the_effect_is_nil_to_the_point_that_matters_signs_may_change():
    nil = replace(SOUND, estimate=0.1, lower=-0.9, upper=1.1, p_adjusted=0.9, one_out_stable=False, same_sign=0.5)
    found = grade(nil)
    assert (found.letter, found.finding, found.reasons) == ("B", "no_effect", ("not_randomised",))
    wide = grade(replace(nil, lower=-2.5))
    assert wide.finding == "no_effect_detected"
    assert {"imprecise", "one_unit_drives", "specifications_disagree"} <= set(wide.reasons)


# Boundaries of the finding, smallest effect that matters 2, more is better.
FINDINGS = [
    (4.0, 0.01, 8.0, "effect"),
    (4.0, 0.0, 8.0, "no_effect_detected"),  # a limit at 0 does not exclude it
    (-4.0, -8.0, -0.01, "opposite"),
    (0.0, -1.99, 1.99, "no_effect"),
    (0.0, -2.0, 1.99, "no_effect_detected"),  # a loss that matters is not ruled out
    (0.0, -1.99, 2.0, "no_effect_detected"),
    (0.0, -2.0, 2.0, "inconclusive"),
    (1.0, 0.5, 1.5, "effect"),
    (math.nan, math.nan, math.nan, "not_estimable"),
    (1.0, math.nan, math.nan, "not_estimable"),
    (1.0, 0.5, math.inf, "not_estimable"),
]


@pytest.mark.parametrize(("estimate", "lower", "upper", "expected"), FINDINGS)
def test_no_effect_and_no_effect_detected_are_different_findings(estimate, lower, upper, expected):
    checks = replace(SOUND, estimate=estimate, lower=lower, upper=upper, p_adjusted=math.nan)
    assert finding(checks) == expected
    flipped = {"effect": "opposite", "opposite": "effect"}.get(expected, expected)
    assert finding(replace(checks, direction="lower")) == flipped
    either = "effect" if expected == "opposite" else expected
    assert finding(replace(checks, direction="either")) == either


def test_without_an_effect_that_matters_no_effect_is_never_claimed():
    checks = replace(SOUND, estimate=0.0, lower=-1e-6, upper=1e-6, p_adjusted=0.5, smallest_effect=math.nan)
    assert finding(checks) == "no_effect_detected"


def test_the_family_decides_whether_there_is_an_effect():
    lost = replace(SOUND, p_adjusted=0.0501)
    assert finding(replace(SOUND, p_adjusted=0.05)) == "effect"
    assert finding(lost) == "no_effect_detected"
    assert {"imprecise"} <= set(grade(lost).reasons)
    assert finding(replace(lost, confidence_level=0.9)) == "effect"
    small = replace(SOUND, estimate=1.0, lower=0.5, upper=1.5, p_adjusted=0.2)
    assert finding(small) == "no_effect"  # and nothing that matters is left


def test_rules_are_data():
    only = [Rule("planned_only", lambda c: not c.planned, ("planned",), 2)]
    assert grade(replace(SOUND, planned=False, pretrend="failed"), only).reasons == ("not_randomised", "planned_only")
    assert grade(replace(SOUND, planned=False), only).letter == "D"
    assert grade(replace(SOUND, planned=False), []).letter == "B"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"design": "survey"}, "`design` must be one of"),
        ({"pretrend": "maybe"}, "`pretrend` must be one of"),
        ({"direction": "up"}, "`direction` must be one of"),
        ({"mechanism": "yes"}, "`mechanism` must be one of"),
        ({"lower": 4.5}, "must not exceed"),
        ({"upper": 3.5}, "must not exceed"),
        ({"smallest_effect": -2.0}, "must be positive"),
        ({"smallest_effect": 0.0}, "must be positive"),
        ({"detectable": -1.0}, "must not be negative"),
        ({"breakdown": -1.0}, "must not be negative"),
        ({"same_sign": 1.2}, "`same_sign` must lie"),
        ({"p_adjusted": -0.1}, "`p_adjusted` must lie"),
        ({"retained": 80.0}, "`retained` must lie"),
    ],
)
def test_impossible_checks_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SOUND, **change)


# From best to worst, for each check.
LADDERS = {
    "planned": [True, False],
    "detectable": [0.5, 2.0, 5.0],
    "p_adjusted": [0.001, 0.04, 0.2, 0.9],
    "pretrend": ["passed", "not_testable", "failed"],
    "breakdown": [math.inf, 2.0, 1.0, 0.5, 0.0],
    "placebo": [True, False],
    "start_agrees": [True, False],
    "shock_suspected": [False, True],
    "shock_agrees": [True, False],
    "one_out_stable": [True, False],
    "same_sign": [1.0, 0.9, 0.6, 0.0],
    "estimators_agree": [True, False],
    "retained": [1.0, 0.8, 0.5],
    "regression_to_the_mean": [False, True],
    "mechanism": ["in_order", "unknown", "not_in_order"],
    "comparison": [True, False],
}


@st.composite
def any_checks(draw: st.DrawFn) -> Checks:
    estimate = draw(st.floats(-6, 6))
    return Checks(
        design=draw(st.sampled_from(list(CEILINGS))),
        estimate=estimate,
        lower=estimate - draw(st.floats(0, 6)),
        upper=estimate + draw(st.floats(0, 6)),
        direction=draw(st.sampled_from(["higher", "lower", "either"])),
        smallest_effect=draw(st.sampled_from([0.5, 2.0, math.nan])),
        **{name: draw(st.sampled_from(values)) for name, values in LADDERS.items()},
    )


@settings(max_examples=200, deadline=None)
@given(any_checks(), st.sampled_from(list(LADDERS)), st.data())
def test_making_a_check_worse_never_raises_the_grade(checks, name, data):
    values = LADDERS[name]
    at = values.index(getattr(checks, name))
    worse = replace(checks, **{name: data.draw(st.sampled_from(values[at:]))})
    assert LETTERS.index(grade(worse).letter) >= LETTERS.index(grade(checks).letter)


@settings(max_examples=200, deadline=None)
@given(any_checks(), st.floats(0, 5), st.floats(0, 5))
def test_a_wider_interval_never_raises_the_grade_nor_makes_an_effect(checks, down, up):
    wider = replace(checks, lower=checks.lower - down, upper=checks.upper + up)
    assert LETTERS.index(grade(wider).letter) >= LETTERS.index(grade(checks).letter)
    claims = {"effect", "opposite"}
    assert finding(wider) not in claims or finding(checks) in claims


@settings(max_examples=100, deadline=None)
@given(any_checks(), st.floats(0.01, 100))
def test_the_scale_and_the_sign_do_not_matter(checks, scale):
    sides = {"higher": "lower", "lower": "higher", "either": "either"}
    other = replace(
        checks,
        estimate=-scale * checks.estimate,
        lower=-scale * checks.upper,
        upper=-scale * checks.lower,
        direction=sides[checks.direction],
        smallest_effect=scale * checks.smallest_effect,
        detectable=scale * checks.detectable,
    )
    assert grade(other).finding == grade(checks).finding
    assert grade(other).letter == grade(checks).letter


@settings(max_examples=100, deadline=None)
@given(any_checks())
def test_a_grade_is_under_its_ceiling_and_says_why(checks):
    found = grade(checks)
    assert LETTERS.index(found.letter) >= LETTERS.index(found.ceiling)
    assert (found.letter == "A") == (found.reasons == ())
