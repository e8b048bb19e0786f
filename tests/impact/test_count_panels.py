"""Counts: logistic and Poisson with unit and period effects against glm with dummies, vcovCL, geepack and combn."""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prs_eval.impact._counts import effect_fit, moments, null_fit, steps
from prs_eval.impact._permutation import assignments
from prs_eval.impact.count_panels import count_effect
from prs_eval.impact.panel import NEVER, Panel, read_panel
from tests.impact.panel_cases import REFERENCE, rows, shuffled

SEED = st.integers(0, 10_000)
FAMILIES = ("binomial", "poisson")


def panel_of(data: str) -> Panel:
    table = pd.read_csv(REFERENCE / "impact_count_panels_data.csv")
    chosen = table[table["data"] == data.removesuffix("_without_49")]
    if data.endswith("_without_49"):
        chosen = chosen[chosen["unit"] != "p49"]
    return read_panel(chosen, unit="unit", time="time", numerator="numerator", denominator="denominator", start="start")


def texas(shared: Path) -> Panel:
    """Cunningham (2021): black among black and white prisoners of 50 states; Texas built prisons from 1993 on."""
    table = pd.read_csv(shared / "reference/datasets/texas_mixtape.csv")
    table = table[table["year"].between(1986, 1998) & (table["state"] != "California")]
    black, white = table["bmprison"].round(), table["wmprison"].round()
    table = table.assign(black=black, all=black + white)
    return read_panel(table, unit="state", time="year", numerator="black", denominator="all", start={"Texas": 1993})


def reference(data: str, family: str) -> dict[str, float]:
    return {r["what"]: float(r["value"]) for r in rows("impact_count_panels.csv", data=data, family=family)}


def counted(seed: int, family: str, *, effect: float = 0.0, units: int = 10, scale: float = 1.0) -> Panel:
    """Expected counts, not drawn: the effect is in them exactly."""
    g = np.random.default_rng(seed)
    times, start = np.arange(1, 7), np.where(np.arange(units) < units // 2, 4.0, NEVER)
    n = scale * g.uniform(200, 2000, (units, 6))
    eta = -1.5 + 0.4 * g.normal(size=(units, 1)) + 0.3 * g.normal(size=(1, 6))
    eta = eta + effect * (times[None, :] >= start[:, None])
    share = np.exp(eta) if family == "poisson" else 1 / (1 + np.exp(-eta))
    return Panel(tuple(f"u{i}" for i in range(units)), times, share, start, n, n * share, n)


def drawn(seed: int, family: str, *, effect: float = 0.0) -> Panel:
    panel = counted(seed, family, effect=effect)
    assert panel.numerator is not None
    y = np.random.default_rng(seed).poisson(panel.numerator).astype(float)
    return replace(panel, numerator=y, outcome=y / panel.weight)


@pytest.mark.parametrize(
    ("data", "family"),
    [("epil", "poisson"), ("epil_without_49", "poisson"), ("made", "poisson"), ("made", "binomial")],
)
def test_effects_and_clustered_errors_agree_with_glm_and_its_dummies(data: str, family: str):
    found, r = count_effect(panel_of(data), family=family, inference="cluster"), reference(data, family)  # type: ignore[arg-type]
    # 1e-8: both iterate to the last digits; glm's errors rest on its last weights but one.
    assert found.estimate == pytest.approx(r["estimate"], rel=1e-8)
    assert found.standard_error == pytest.approx(r["error"], rel=1e-8)
    assert (found.inference, found.df, found.method) == ("student", found.units - 1, f"two_way_{family}_cr1")
    assert found.unit == {"binomial": "log_odds_ratio", "poisson": "log_rate_ratio"}[family]


@pytest.mark.parametrize("data", ["epil", "epil_without_49"])
def test_seizures_have_the_effect_of_the_published_marginal_model(data: str):
    # Thall & Vail's data under Diggle, Liang & Zeger's log-linear model: with everybody counted for as long, the
    # effect is the same with or without a level for each person. The errors differ by G / (G - 1) at most.
    found, r = count_effect(panel_of(data), family="poisson", inference="cluster"), reference(data, "poisson")
    assert found.estimate == pytest.approx(r["estimate_gee"], rel=1e-9)
    groups = found.units
    assert found.standard_error == pytest.approx(r["error_gee"] * math.sqrt(groups / (groups - 1)), rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_permutations_and_their_limits_agree_with_r(family: str):
    found, r = count_effect(panel_of("made"), family=family), reference("made", family)  # type: ignore[arg-type]
    assert (found.inference, found.reason, found.status) == ("permutation", "all_assignments", "ok")
    assert found.p_value == pytest.approx(r["p_permutation"], abs=1e-12)
    # Limits by halving on both sides: to 22 and 24 times, from steps of 0.03 and more.
    assert (found.lower, found.upper) == pytest.approx((r["lower"], r["upper"]), abs=1e-6)
    assert found.estimate == pytest.approx(r["estimate"], rel=1e-8)


def test_one_treated_state_is_permuted_among_fifty_and_its_clustered_error_withheld(shared: Path):
    panel, r = texas(shared), reference("texas", "binomial")
    found = count_effect(panel)
    assert found.estimate == pytest.approx(r["estimate"], rel=1e-7)
    assert found.p_value == pytest.approx(r["p_permutation"], abs=1e-12)
    assert (found.units, found.treated, found.reason) == (50, 1, "all_assignments")
    alone = count_effect(panel, inference="cluster")
    assert alone.status == "too_few"
    assert math.isnan(alone.standard_error)
    assert alone.estimate == found.estimate


@settings(max_examples=20, deadline=None)
@given(seed=SEED, effect=st.floats(-1, 1), family=st.sampled_from(FAMILIES))
def test_a_planted_effect_without_noise_is_found_exactly(seed: int, effect: float, family: str):
    for way in ("cluster", "permutation"):
        found = count_effect(counted(seed, family, effect=effect), family=family, inference=way)  # type: ignore[arg-type]
        assert found.estimate == pytest.approx(effect, abs=1e-8)


@settings(max_examples=10, deadline=None)
@given(seed=SEED, family=st.sampled_from(FAMILIES))
def test_names_order_and_input_do_not_matter(seed: int, family: str):
    panel = drawn(seed, family, effect=0.3)
    assert panel.numerator is not None
    before = panel.numerator.copy()
    one, two = (count_effect(p, family=family) for p in (panel, shuffled(panel, seed)))  # type: ignore[arg-type]
    np.testing.assert_array_equal(panel.numerator, before)
    assert (one.estimate, one.p_value) == pytest.approx((two.estimate, two.p_value), rel=1e-7)
    assert (one.lower, one.upper) == pytest.approx((two.lower, two.upper), abs=1e-5)


@settings(max_examples=10, deadline=None)
@given(seed=SEED, factor=st.floats(0.1, 10))
def test_exposures_in_another_unit_and_multiplied_levels_leave_a_rate_ratio_alone(seed: int, factor: float):
    panel = drawn(seed, "poisson", effect=0.2)
    assert panel.denominator is not None
    g = np.random.default_rng(seed)
    for scale in (np.full((10, 1), factor), np.exp(g.normal(size=(10, 1))), np.exp(g.normal(size=(1, 6)))):
        other = replace(panel, denominator=panel.denominator * scale)
        for way in ("cluster", "permutation"):
            a, b = (count_effect(p, family="poisson", inference=way) for p in (panel, other))  # type: ignore[arg-type]
            assert (b.estimate, b.p_value) == pytest.approx((a.estimate, a.p_value), abs=1e-8)
            assert (b.lower, b.upper) == pytest.approx((a.lower, a.upper), abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=SEED)
def test_counting_those_without_turns_the_odds_ratio_round(seed: int):
    panel = drawn(seed, "binomial", effect=0.3)
    assert panel.numerator is not None
    assert panel.denominator is not None
    other = replace(panel, numerator=panel.denominator - panel.numerator)
    a, b = count_effect(panel), count_effect(other)
    assert (b.estimate, b.p_value) == pytest.approx((-a.estimate, a.p_value), rel=1e-7)
    assert (b.lower, b.upper) == pytest.approx((-a.upper, -a.lower), abs=1e-5)


def test_the_limits_of_a_permutation_are_those_of_its_test():
    # Taking an effect inside the limits from the treated leaves no sign of one; outside it does.
    panel = panel_of("made")
    found = count_effect(panel, family="poisson")
    assert panel.denominator is not None
    for tau, inside in ((found.lower + 1e-4, True), (found.lower - 1e-4, False), (found.upper + 1e-4, False)):
        taken = replace(panel, denominator=panel.denominator * np.exp(tau * panel.post))
        assert (count_effect(taken, family="poisson").p_value > 0.05) is inside


def test_a_sample_of_the_choices_is_said_and_does_not_depend_on_anything_but_its_seed():
    panel = drawn(1, "binomial", effect=0.2)
    one, two, three = (count_effect(panel, maximum=100, seed=s) for s in (1, 1, 2))
    assert one == two
    assert one.reason == "sampled_assignments"
    assert one.p_value != three.p_value or one.lower != three.lower


@pytest.mark.parametrize("family", FAMILIES)
def test_one_step_orders_the_choices_as_refitting_each_of_them_does(family: str):
    panel = drawn(6, family, effect=0.1)
    assert panel.numerator is not None
    assert panel.denominator is not None
    late, y, n = panel.times >= 4, panel.numerator, panel.denominator
    masks, _ = assignments(panel.treated, 2000, 0)
    eta = null_fit(y, n, np.zeros_like(y), family)  # type: ignore[arg-type]
    assert eta is not None
    mean, weight = moments(eta, n, family)  # type: ignore[arg-type]
    step = steps(masks, late, y - mean, weight)
    whole = [effect_fit(y, n, np.outer(m, late).astype(float), family) for m in masks]  # type: ignore[arg-type]
    refit = np.array([fit[0] for fit in whole if fit is not None])
    assert refit.size == masks.shape[0] == 252
    assert stats.spearmanr(step, refit)[0] > 0.9999
    np.testing.assert_allclose(step, refit, atol=0.01)
    p_step, p_refit = ((np.abs(v) >= np.abs(v[0]) - 1e-12).mean() for v in (step, refit))
    assert p_step == pytest.approx(p_refit, abs=2 / 252)
    assert count_effect(panel, family=family).p_value == pytest.approx(p_step, abs=1e-12)  # type: ignore[arg-type]


def test_few_units_take_less_than_two_seconds():
    begun = time.perf_counter()  # 0.03 s on two cores of 2026; 10 units and 15 periods: 0.05 s
    count_effect(drawn(2, "binomial"))
    assert time.perf_counter() - begun < 2


def test_what_cannot_be_fitted_is_too_few_without_a_warning():
    panel = drawn(3, "poisson")
    assert panel.numerator is not None
    assert panel.denominator is not None
    empty_unit, empty_period, sure = (panel.numerator.copy() for _ in range(3))
    empty_unit[0], empty_period[:, 2] = 0, 0
    sure[panel.post] = 0
    full = panel.denominator.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [
            count_effect(replace(panel, numerator=y), family=f, inference=w)  # type: ignore[arg-type]
            for f in FAMILIES
            for w in ("cluster", "permutation")
            for y in (empty_unit, empty_period, sure, 0 * full)
        ]
        found.append(count_effect(replace(panel, numerator=full)))
        four = count_effect(counted(4, "binomial", units=4), inference="permutation")
    for effect in found:
        assert effect.status == "too_few"
        assert np.isnan([effect.estimate, effect.lower, effect.upper, effect.p_value]).all()
    assert four.status == "too_few"
    assert math.isnan(four.lower)
    assert math.isfinite(four.estimate)


def test_what_is_no_panel_of_counts_is_refused():
    panel = drawn(5, "binomial")
    assert panel.numerator is not None
    assert panel.denominator is not None
    holed, negative = panel.numerator.copy(), panel.numerator.copy()
    holed[0, 0], negative[0, 0] = np.nan, -1
    for wrong, options, words in (
        (replace(panel, numerator=None), {}, "needs `numerator`"),
        (replace(panel, numerator=holed), {}, "every unit must be observed"),
        (replace(panel, numerator=negative), {"family": "poisson"}, "0 or more: 1 of 60"),
        (replace(panel, numerator=panel.denominator + 1), {}, "from 0 to the denominator: 60 of 60"),
        (replace(panel, start=np.full(10, NEVER)), {}, "some units must be treated"),
        (replace(panel, start=np.where(panel.treated, [3.0, 4] * 5, NEVER)), {}, "all at one start"),
        (replace(panel, start=np.where(panel.treated, 1, NEVER)), {}, "a period before"),
        (panel, {"family": "gaussian"}, "`family`"),
        (panel, {"inference": "bootstrap"}, "`inference`"),
    ):
        with pytest.raises(ValueError, match=words):
            count_effect(wrong, **options)  # type: ignore[arg-type]
