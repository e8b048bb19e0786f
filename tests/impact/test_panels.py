"""Difference in differences and event studies against Card & Krueger, reghdfe's printed table, lm and clubSandwich."""

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

from prs_eval.estimation.frame import check_estimates
from prs_eval.impact._alone import rests_on_one_unit
from prs_eval.impact._two_way import event_time_fit
from prs_eval.impact.panel import NEVER, Panel, read_panel
from prs_eval.impact.panels import difference_in_differences, event_study, unit_changes
from tests.impact.panel_cases import castle, made, mpdta, rows, shuffled, unbalanced

WAYS = ("permutation", "wild_cluster_bootstrap", "cr2_satterthwaite", "normal")
SEED = st.integers(0, 10_000)
# Mixtape-Sessions/Causal-Inference-2, Lab/Cheng_Hoekstra/Solutions/Solutions-Stata.md, as printed: reghdfe l_homicide
# ib8.rel_year_shifted, absorb(sid year) cluster(sid); `effyear` is the year before the first full one.
REGHDFE = {
    -9: (-0.2484057, 0.0570123),
    -8: (-0.0766955, 0.158832),
    -7: (-0.2262526, 0.1263759),
    -6: (0.0383738, 0.063393),
    -5: (0.0240412, 0.0598185),
    -4: (-0.0015389, 0.059078),
    -3: (0.0541307, 0.0452908),
    -2: (0.0585765, 0.050259),
    0: (0.0918614, 0.0431759),
    1: (0.105671, 0.0519573),
    2: (0.1146227, 0.0658122),
    3: (0.1095202, 0.0663352),
    4: (0.0835843, 0.0589927),
    5: (0.1272444, 0.0500376),
}


def values(data: str, weighting: str = "units") -> dict[str, float]:
    found = rows("impact_panels.csv", data=data, weighting=weighting, at="")
    return {r["what"]: float(r["value"]) for r in found}


def stores(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/datasets/card_krueger.csv")


def two_waves(table: pd.DataFrame) -> Panel:
    both = table.dropna(subset=["fte", "fte2"]).reset_index(names="place")
    long = both.melt(id_vars=["place", "nj"], value_vars=["fte", "fte2"], value_name="jobs")
    long = long.assign(wave=long["variable"].map({"fte": 1, "fte2": 2}), start=2 * long["nj"])
    return read_panel(long, unit="place", time="wave", outcome="jobs", start="start")


def test_card_and_krueger_1994(shared: Path):
    # Table 3, as printed, NJ, PA and difference: row 3, change of the means of all observations, .59, -2.16, 2.76; row
    # 4, stores observed in both waves .47 (.48), -2.28 (1.25), 2.75 (1.34). Two decimals: 0.005. A panel holds row 4;
    # row 3 is only recomputed from the data here, to show that they are the paper's (the printed 2.76 is of unrounded
    # means; those of this file give 2.754).
    table = stores(shared)
    means = table.groupby("nj")[["fte", "fte2"]].mean()
    np.testing.assert_allclose(means.to_numpy(), [[23.33, 21.17], [20.44, 21.03]], atol=0.005)
    found = difference_in_differences(two_waves(table))
    assert found.estimate == pytest.approx(2.75, abs=0.005)
    assert found.standard_error == pytest.approx(1.34, abs=0.005)
    panel = two_waves(table)
    change = unit_changes(panel)
    for group, mean, error in ((panel.treated, 0.47, 0.48), (~panel.treated, -2.28, 1.25)):
        assert change[group].mean() == pytest.approx(mean, abs=0.005)
        assert stats.sem(change[group]) == pytest.approx(error, abs=0.005)
    assert (found.inference, found.reason, found.units, found.treated) == (
        "cr2_satterthwaite",
        "many_clusters",
        384,
        309,
    )


def test_card_and_krueger_agree_with_welch_in_r(shared: Path):
    # CR2 of two groups is Welch's error; the degrees differ by a little (Satterthwaite's under equal variances), and so
    # the limits: 5.4095 and 5.4142.
    found, r = difference_in_differences(two_waves(stores(shared))), values("card_krueger")
    assert found.estimate == pytest.approx(r["estimate"], rel=1e-12)
    assert found.standard_error == pytest.approx(r["error_cr2"], rel=1e-9)
    assert (found.lower, found.upper) == pytest.approx((r["lower_welch"], r["upper_welch"]), abs=0.006)


@pytest.mark.parametrize("weighting", ["units", "population"])
def test_two_by_two_of_an_unbalanced_panel_agrees_with_r(weighting: str):
    r = values("made", weighting)
    by = {w: difference_in_differences(unbalanced(), weighting=weighting, inference=w) for w in WAYS}  # type: ignore[arg-type]
    # 1e-9: closed forms. Weighted, clubSandwich is told that weights are precisions.
    for found in by.values():
        assert found.estimate == pytest.approx(r["estimate"], rel=1e-9)
        assert (found.unit, found.units, found.treated, found.n) == ("outcome", 12, 5, 104)
    assert by["permutation"].p_value == pytest.approx(r["p_permutation"], abs=1e-12)
    assert by["cr2_satterthwaite"].standard_error == pytest.approx(r["error_cr2"], rel=1e-8)
    assert by["cr2_satterthwaite"].df == pytest.approx(r["df_cr2"], rel=1e-8)
    assert by["cr2_satterthwaite"].p_value == pytest.approx(r["p_cr2"], rel=1e-8)
    normal = by["normal"]
    assert normal.standard_error == pytest.approx(r["error_cr1"], rel=1e-9)
    assert normal.upper - normal.lower == pytest.approx(2 * 1.959963984540054 * r["error_cr1"], rel=1e-9)
    assert {w: f.method for w, f in by.items()} == {w: f"did_2x2_{w}" for w in WAYS}


def test_few_units_are_permuted_and_the_result_says_so():
    panel = unbalanced()
    found = difference_in_differences(panel)
    assert (found.inference, found.reason) == ("permutation", "all_assignments")
    assert found.lower < found.estimate < found.upper
    asked = difference_in_differences(panel, inference="permutation", seed=3)
    assert asked == replace(found, reason="asked")


def test_the_error_of_a_permutation_holds_chance_and_not_the_effect():
    quiet, loud = made(1), made(1, effect=100.0)
    errors = [difference_in_differences(p, inference="permutation").standard_error for p in (quiet, loud)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-9)
    assert errors[0] == pytest.approx(difference_in_differences(quiet, inference="normal").standard_error, rel=0.2)


def test_periods_that_count_can_be_chosen():
    panel = made(2)
    chosen = difference_in_differences(panel, before=[2, 3], after=[5])
    part = difference_in_differences(panel.keep(times=[2, 3, 5]))
    assert chosen == part
    assert chosen.n == 36


def test_units_count_the_same_or_by_their_population():
    y = np.array([[0.0, 1], [0, 5], [0, 1], [0, 1]])
    weight = np.array([[1.0, 1], [3, 3], [1, 1], [1, 1]])
    panel = Panel(("a", "b", "c", "d"), np.array([1, 2]), y, np.array([2, 2, NEVER, NEVER]), weight)
    assert difference_in_differences(panel, inference="permutation").estimate == pytest.approx(2)
    weighted = difference_in_differences(panel, weighting="population", inference="permutation")
    assert weighted.estimate == pytest.approx(3)  # (1 + 3 x 5) / 4 - 1


def test_counts_make_a_difference_of_fractions():
    panel = made(3)
    counted = replace(panel, numerator=panel.outcome, denominator=panel.weight)
    assert difference_in_differences(counted).unit == "difference"
    assert set(event_study(counted).estimates["unit"]) == {"difference"}


def test_so_few_that_nothing_can_be_excluded_have_no_limits():
    panel = made(4, units=4)
    found = difference_in_differences(panel, inference="permutation")
    assert found.status == "too_few"
    assert np.isnan([found.lower, found.upper]).all()
    assert math.isfinite(found.estimate)


def test_one_unit_alone_on_a_side_has_an_estimate_and_no_limits():
    # CR2 does not see the noise of a unit that is fitted exactly: it rejected in half of such panels without effect.
    panel = made(4)
    for begun in (np.where(np.arange(12) == 2, 4.0, NEVER), np.where(np.arange(12) == 2, NEVER, 4.0)):
        found = difference_in_differences(replace(panel, start=begun))
        change = unit_changes(replace(panel, start=begun))
        side = np.isfinite(begun)
        assert (found.inference, found.reason, found.status) == ("cr2_satterthwaite", "few_treated", "too_few")
        assert np.isnan([found.lower, found.upper, found.standard_error, found.p_value]).all()
        assert found.estimate == pytest.approx(change[side].mean() - change[~side].mean())


@settings(max_examples=25, deadline=None)
@given(seed=SEED, size=st.floats(-50, 50))
def test_unit_levels_common_shocks_names_and_order_leave_two_by_two_alone(seed: int, size: float):
    panel, g = made(seed), np.random.default_rng(seed)
    base = difference_in_differences(panel)
    moved = replace(panel, outcome=panel.outcome + size * g.normal(size=(12, 1)), weight=np.ones((12, 7)))
    shocked = replace(panel, outcome=panel.outcome + size * (panel.times == 5), weight=np.ones((12, 7)))
    plain = difference_in_differences(replace(panel, weight=np.ones((12, 7))))
    for other in (difference_in_differences(moved), difference_in_differences(shocked)):
        assert (other.estimate, other.lower, other.p_value) == pytest.approx(
            (plain.estimate, plain.lower, plain.p_value), abs=1e-9
        )
    other = difference_in_differences(shuffled(panel, seed))
    assert (other.estimate, other.lower, other.upper) == pytest.approx(
        (base.estimate, base.lower, base.upper), abs=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(seed=SEED, factor=st.sampled_from([-3.0, 0.01, 1000.0]))
def test_scaling_the_outcome_scales_the_effects(seed: int, factor: float):
    panel = made(seed, effect=1.0)
    scaled = replace(panel, outcome=factor * panel.outcome)
    for way in ("permutation", "cr2_satterthwaite"):
        a, b = (difference_in_differences(p, inference=way) for p in (panel, scaled))  # type: ignore[arg-type]
        assert b.estimate == pytest.approx(factor * a.estimate, rel=1e-9)
        assert sorted((b.lower, b.upper)) == pytest.approx(sorted((factor * a.lower, factor * a.upper)), rel=1e-7)
    one, two = event_study(panel), event_study(scaled)
    np.testing.assert_allclose(two.beta, factor * one.beta, rtol=1e-8, atol=1e-9 * abs(factor))
    np.testing.assert_allclose(two.covariance, factor**2 * one.covariance, rtol=1e-7, atol=1e-9 * factor**2)


@settings(max_examples=20, deadline=None)
@given(seed=SEED, effect=st.floats(-20, 20))
def test_a_planted_effect_without_noise_is_found_exactly(seed: int, effect: float):
    even = replace(made(seed, noise=0, effect=effect), weight=np.ones((12, 7)))
    assert difference_in_differences(even).estimate == pytest.approx(effect, abs=1e-9)
    for starts in ((4,), (3, 5, 6)):
        for weighting in ("units", "population"):
            panel = made(seed, noise=0, starts=starts, effect=effect)
            gone = np.random.default_rng(seed).random(panel.outcome.shape) < 0.05
            study = event_study(replace(panel, outcome=np.where(gone, np.nan, panel.outcome)), weighting=weighting)  # type: ignore[arg-type]
            expected = np.where(study.event_times >= 0, effect, 0.0)
            known = np.isfinite(study.beta)
            np.testing.assert_allclose(study.beta[known], expected[known], atol=1e-8)


def test_what_two_by_two_cannot_compare_is_refused():
    panel = made(5)
    for wrong, words in (
        (made(5, starts=(3, 5)), "group_time_effects"),
        (replace(panel, start=np.full(12, NEVER)), "some units must be treated and some not"),
        (replace(panel, start=np.full(12, 4.0)), "some units must be treated and some not"),
        (replace(panel, start=np.where(panel.treated, 1.0, NEVER)), "a period before the start"),
        (replace(panel, outcome=np.where(panel.post, np.nan, panel.outcome)), "6 of 12 units are not observed"),
    ):
        with pytest.raises(ValueError, match=words):
            difference_in_differences(wrong)
    for options, words in (
        ({"before": [4]}, "`before` must hold periods"),
        ({"after": [3, 5]}, "`after` must hold periods"),
        ({"after": [99]}, "`after` must hold periods"),
        ({"before": []}, "a period before"),
        ({"weighting": "people"}, "`weighting`"),
        ({"inference": "t"}, "`inference`"),
        ({"confidence_level": 95}, "confidence_level"),
    ):
        with pytest.raises(ValueError, match=words):
            difference_in_differences(panel, **options)  # type: ignore[arg-type]


def test_the_event_study_of_castle_agrees_with_reghdfe_as_printed(shared: Path):
    study = event_study(castle(shared, earlier=1))
    assert study.event_times.tolist() == list(REGHDFE)
    printed = np.array(list(REGHDFE.values()))
    # Seven decimals printed, of outcomes in single precision: one in the last.
    np.testing.assert_allclose(study.beta, printed[:, 0], atol=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(study.covariance)), printed[:, 1], atol=1e-7)
    row = study.estimates.set_index("event_time").loc[1]
    assert (row["lower"], row["upper"]) == pytest.approx((0.0012588, 0.2100832), abs=1e-7)
    assert study.df == 49


@pytest.mark.parametrize(
    ("data", "weighting"),
    [
        ("castle", "units"),
        ("castle", "population"),
        ("castle_binned", "units"),
        ("mpdta", "units"),
        ("made", "units"),
        ("made", "population"),
    ],
)
def test_event_studies_agree_with_lm_and_its_dummies(data: str, weighting: str, request: pytest.FixtureRequest):
    window = {"leads": 4, "lags": 2} if data == "castle_binned" else {}
    if data == "made":
        panel = unbalanced()
    else:
        shared = request.getfixturevalue("shared")
        panel = mpdta(shared)[0] if data == "mpdta" else castle(shared)
    study = event_study(panel, weighting=weighting, **window)  # type: ignore[arg-type]
    expected = {
        what: {
            int(r["at"]): float(r["value"])
            for r in rows("impact_panels.csv", data=data, weighting=weighting, what=what)
        }
        for what in ("beta", "error", "covariance_with_0")
    }
    assert study.event_times.tolist() == sorted(expected["beta"])
    # 1e-8: lm by QR of all the dummies, here the periods' normal equations; a covariance is a difference of products.
    for i, e in enumerate(study.event_times.tolist()):
        assert study.beta[i] == pytest.approx(expected["beta"][e], rel=1e-8, abs=1e-10)
        assert math.sqrt(study.covariance[i, i]) == pytest.approx(expected["error"][e], rel=1e-8)
        at_zero = study.covariance[i, study.event_times.tolist().index(0)]
        assert at_zero == pytest.approx(expected["covariance_with_0"][e], rel=1e-7, abs=1e-11)


def test_an_event_study_is_a_table_in_the_one_shape_with_its_reference():
    panel = made(6)
    study = event_study(panel, indicator="cervical")
    check_estimates(study.estimates)
    assert study.estimates["event_time"].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert set(study.estimates["indicator"]) == {"cervical"}
    zero = study.estimates.set_index("event_time").loc[-1]
    assert (zero["estimate"], zero["status"]) == (0, "ok")
    assert math.isnan(zero["lower"])
    assert study.reference == -1
    assert -1 not in study.event_times
    other = event_study(panel, reference=-2)
    np.testing.assert_allclose(
        other.estimates["estimate"].diff()[1:], study.estimates["estimate"].diff()[1:], atol=1e-9
    )


def test_with_one_start_the_mean_of_the_event_study_is_two_by_two():
    panel = made(7)
    study = event_study(panel)
    whole = dict(zip(study.event_times.tolist(), study.beta.tolist(), strict=True)) | {-1: 0.0}
    late, early = (np.mean([b for e, b in whole.items() if (e >= 0) == after]) for after in (True, False))
    even = replace(panel, weight=np.ones((12, 7)))
    assert difference_in_differences(even).estimate == pytest.approx(late - early, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=SEED, size=st.floats(-100, 100))
def test_unit_levels_common_shocks_names_and_order_leave_the_event_study_alone(seed: int, size: float):
    panel, g = made(seed, starts=(3, 5)), np.random.default_rng(seed)
    before = panel.outcome.copy()
    base = event_study(panel, weighting="population")
    np.testing.assert_array_equal(panel.outcome, before)
    shifted = panel.outcome + size * g.normal(size=(12, 1)) + size * g.normal(size=(1, 7))
    for other in (replace(panel, outcome=shifted), shuffled(panel, seed)):
        found = event_study(other, weighting="population")
        np.testing.assert_allclose(found.beta, base.beta, atol=1e-8)
        np.testing.assert_allclose(found.covariance, base.covariance, atol=1e-8)


def test_an_event_time_of_one_unit_bears_no_limits_and_an_undetermined_one_no_number():
    one = event_study(made(8, units=12, starts=(3, 3, 3, 3, 3, 6))).estimates.set_index("event_time")
    assert one.loc[-5, "status"] == "too_few"
    assert math.isnan(one.loc[-5, "upper"])
    assert math.isfinite(one.loc[-5, "estimate"])
    # One treated unit is observed before the start only, one after it only: nothing joins the two.
    y = np.random.default_rng(0).normal(size=(5, 4))
    y[0, 2:], y[1, :2] = np.nan, np.nan
    panel = Panel(tuple("abcde"), np.arange(1, 5), y, np.array([3, 3] + [NEVER] * 3), np.ones((5, 4)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = event_study(panel)
    assert study.event_times.tolist() == [-2, 0, 1]
    np.testing.assert_array_equal(np.isnan(study.beta), [False, True, True])
    assert np.isnan(study.covariance[1:]).all()
    assert study.estimates.set_index("event_time").loc[[0, 1], "status"].tolist() == ["too_few", "too_few"]


def test_with_one_unit_never_treated_an_event_study_bears_no_limits():
    # The periods' effects then fit it exactly: its noise is in every estimate and in no error.
    panel = made(8)
    lone = event_study(replace(panel, start=np.where(np.arange(12) == 11, NEVER, 4.0))).estimates
    others = lone[lone["event_time"] != -1]
    assert set(others["status"]) == {"too_few"}
    assert others["lower"].isna().all()
    assert np.isfinite(others["estimate"]).all()
    two = event_study(replace(panel, start=np.where(np.arange(12) >= 10, NEVER, 4.0))).estimates
    assert set(two["status"]) == {"ok"}


@settings(max_examples=40, deadline=None)
@given(seed=SEED, gone=st.sampled_from([0.0, 0.1, 0.3]), starts=st.sampled_from([(3,), (2, 4), (2, 3, 4)]))
def test_resting_on_one_unit_is_what_leaving_each_out_shows(seed: int, gone: float, starts: tuple[int, ...]):
    panel, g = made(seed, units=7, periods=4, starts=starts), np.random.default_rng(seed)
    seen = g.random((7, 4)) >= gone
    since = np.where(panel.treated, panel.times[:, None] - panel.start, np.nan).T
    kept = np.unique(since[seen & np.isfinite(since)]).astype(np.int64)
    kept = kept[kept != -1]
    known = np.isfinite(event_time_fit(panel.outcome, seen.astype(float), since, kept)[0])
    lost = np.zeros(kept.size, dtype=bool)
    for unit in range(7):
        without = seen & (np.arange(7) != unit)[:, None]
        lost |= np.isnan(event_time_fit(panel.outcome, without.astype(float), since, kept)[0])
    np.testing.assert_array_equal(rests_on_one_unit(seen, since, kept)[known], lost[known])


def test_what_an_event_study_cannot_compare_is_refused():
    panel = made(9)
    for options, words in (
        ({"leads": 0}, "`leads` must be 1"),
        ({"lags": -1}, "`lags` 0"),
        ({"reference": -9}, "no treated unit is observed at the reference, -9"),
        ({"weighting": "people"}, "`weighting`"),
    ):
        with pytest.raises(ValueError, match=words):
            event_study(panel, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="some never"):
        event_study(replace(panel, start=np.full(12, 4.0)))


@pytest.mark.parametrize("weighting", ["units", "population"])
def test_1362_areas_over_15_years_take_less_than_five_seconds(weighting: str):
    panel = made(10, units=1362, periods=15, starts=(6, 9, 11))
    begun = time.perf_counter()  # 0.02 s on two cores of 2026
    study = event_study(panel, weighting=weighting)  # type: ignore[arg-type]
    assert time.perf_counter() - begun < 5
    assert study.units == 1362


def test_a_level_that_dwarfs_the_effects_costs_few_digits():
    panel = unbalanced()
    base = event_study(panel, weighting="population")
    high = event_study(replace(panel, outcome=panel.outcome + 1e9), weighting="population")
    np.testing.assert_allclose(high.beta, base.beta, atol=2e-6)  # 1e9 is held to 1.2e-7
    np.testing.assert_allclose(high.covariance, base.covariance, atol=2e-6)
