"""Starts that differ: against did and csdid as printed, diff_diff, and a stack of estimating equations in base R."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.impact.group_time import GroupTime, group_time_effects
from prs_eval.impact.panel import NEVER
from prs_eval.impact.sensitivity import relative_magnitude_bounds
from tests.impact.panel_cases import castle, made, mpdta, rows, shuffled

SEED = st.integers(0, 10_000)
STARTS = (3, 4, 6)
# R did 2.5, bcallaway11/did, docs/index.md as printed: att_gt(lemp, xformla = ~1, data = mpdta); its errors are of a
# bootstrap, but the p-value of the pre-test is not.
DID_CELLS = [-0.0105, -0.0704, -0.1373, -0.1008, 0.0065, -0.0028, -0.0046, -0.0412, 0.0305, -0.0027, -0.0311, -0.0261]
DID_BY = {
    "event_time": ([0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008], -0.0772),
    "group": ([-0.0797, -0.0229, -0.0261], -0.031),
}
# csdid lemp lpop, ivar(countyreal) time(year) gvar(first_treat) method(dripw), as printed by its
# author (friosavila/playingwithstata, drdid/csdid_stata.md): coefficients and asymptotic errors to seven decimals.
CSDID_CELLS = [
    (-0.0145297, 0.0221292),
    (-0.0764219, 0.0286713),
    (-0.1404483, 0.0353782),
    (-0.1069039, 0.0328865),
    (-0.0004721, 0.0222234),
    (-0.0062025, 0.0184957),
    (0.0009606, 0.0194002),
    (-0.0412939, 0.0197211),
    (0.0267278, 0.0140657),
    (-0.0045766, 0.0157178),
    (-0.0284475, 0.0181809),
    (-0.0287814, 0.016239),
]
CSDID_BY = {
    "time": [(-0.0145297, 0.0221292), (-0.0764219, 0.0286713), (-0.0461757, 0.0212107), (-0.0395822, 0.0129299)],
    "group": [(-0.0845759, 0.0245649), (-0.0201666, 0.0174696), (-0.0287814, 0.016239)],
    "event_time": [
        (0.0267278, 0.0140657),
        (-0.0036165, 0.0129283),
        (-0.023244, 0.0144851),
        (-0.0210604, 0.0114942),
        (-0.0530032, 0.0163465),
        (-0.1404483, 0.0353782),
        (-0.1069039, 0.0328865),
    ],
}
# Mixtape-Sessions/Causal-Inference-2, Lab/Cheng_Hoekstra/Solutions/Solutions-Stata.md, as printed: csdid l_homicide,
# ivar(sid) time(year) gvar(effyear) agg(event); `effyear` is the year before the first full one.
CSDID_CASTLE = [
    (0.5276058, 0.0414008),
    (-0.2750778, 0.2076307),
    (0.2581694, 0.0908255),
    (-0.0149105, 0.050696),
    (-0.0393112, 0.0541868),
    (0.0644989, 0.0444428),
    (0.0011024, 0.0453654),
    (-0.057916, 0.0437708),
    (0.0972154, 0.0396431),
    (0.1115491, 0.0493212),
    (0.1115662, 0.0593121),
    (0.1368254, 0.0572429),
    (0.0925866, 0.0537054),
    (0.1119418, 0.050854),
]


def errors(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


def test_mpdta_agrees_with_did_as_printed(shared: Path):
    found = group_time_effects(mpdta(shared)[0])
    np.testing.assert_allclose(found.effect, DID_CELLS, atol=5e-5)
    assert found.pretest().p_value == pytest.approx(0.16812, abs=5e-6)
    for kind, (points, overall) in DID_BY.items():
        mean = found.aggregate(kind)  # type: ignore[call-overload]
        np.testing.assert_allclose(mean.beta, points, atol=5e-5)
        assert mean.overall.estimate == pytest.approx(overall, abs=5e-5)


def test_mpdta_with_a_covariate_agrees_with_csdid_as_printed(shared: Path):
    panel, people = mpdta(shared)
    found = group_time_effects(panel, covariates=people)
    np.testing.assert_allclose(np.column_stack([found.effect, errors(found.covariance)]), CSDID_CELLS, atol=6e-8)
    test = found.pretest()  # printed: chi2(5) = 6.841824981670454, p = .2326722805724242; the data are a text file
    assert (test.statistic, test.df, test.p_value) == pytest.approx(
        (6.841824981670454, 5, 0.2326722805724242), rel=1e-9
    )
    simple = found.aggregate("simple")
    expected = (-0.0417518, 0.0115028, -0.0642969, -0.0192066)
    assert (simple.estimate, simple.standard_error, simple.lower, simple.upper) == pytest.approx(expected, abs=6e-8)
    for kind, printed in CSDID_BY.items():
        mean = found.aggregate(kind)  # type: ignore[call-overload]
        np.testing.assert_allclose(np.column_stack([mean.beta, errors(mean.covariance)]), printed, atol=6e-8)


def test_castle_agrees_with_csdid_as_printed(shared: Path):
    mean = group_time_effects(castle(shared, earlier=1)).aggregate("event_time")
    assert mean.points.tolist() == list(range(-8, 6))
    # 1e-7, one in the last decimal: the outcomes are in single precision there.
    np.testing.assert_allclose(np.column_stack([mean.beta, errors(mean.covariance)]), CSDID_CASTLE, atol=1e-7)
    table = mean.estimates.set_index("event_time")
    assert (table.loc[1, "lower"], table.loc[1, "upper"]) == pytest.approx((0.0148814, 0.2082169), abs=1e-7)
    assert table.loc[[-8, 5], "status"].tolist() == ["too_few", "too_few"]  # one state each


@pytest.mark.parametrize(
    ("data", "control", "base"),
    [
        ("mpdta", "never_treated", "varying"),
        ("mpdta", "not_yet_treated", "varying"),
        ("castle", "never_treated", "varying"),
        ("castle", "never_treated", "universal"),
        ("castle", "not_yet_treated", "varying"),
    ],
)
def test_effects_and_means_agree_with_estimating_equations_in_r(data: str, control: str, base: str, shared: Path):
    panel = mpdta(shared)[0] if data == "mpdta" else castle(shared)
    found = group_time_effects(panel, control=control, base_period=base)  # type: ignore[arg-type]
    table = [
        r for r in rows("impact_group_time.csv", data=data, control=control, base=base) if "_" not in r["what"][:5]
    ]
    ours: dict[tuple[str, str, str], tuple[float, float]] = {}
    for g, t, effect, error in zip(found.start, found.time, found.effect, errors(found.covariance), strict=True):
        ours["cell", str(g), str(t)] = effect, error
    simple = found.aggregate("simple")
    ours["simple", "", ""] = simple.estimate, simple.standard_error
    for kind in ("event_time", "group", "time"):
        mean = found.aggregate(kind)  # type: ignore[call-overload]
        for point, effect, error in zip(mean.points, mean.beta, errors(mean.covariance), strict=True):
            place = (str(point), "") if kind == "group" else ("", str(point))
            ours[kind, *place] = effect, error
        ours[f"{kind}_overall", "", ""] = mean.overall.estimate, mean.overall.standard_error
    # 1e-7: the bread and the gradients of R are central differences.
    checked = 0
    for r in table:
        if r["what"] == "covariance_of_first_two":
            assert found.covariance[0, 1] == pytest.approx(float(r["estimate"]), rel=1e-6)
            continue
        expected = float(r["estimate"]), float(r["error"])
        assert ours[r["what"], r["start"], r["time"]] == pytest.approx(expected, rel=1e-7, abs=1e-10)
        checked += 1
    assert checked > 20


@pytest.mark.parametrize("method", ["reg", "dr"])
def test_effects_with_a_covariate_agree_with_estimating_equations_in_r(method: str, shared: Path):
    panel, people = mpdta(shared)
    found = group_time_effects(panel, covariates=people, method=method)  # type: ignore[arg-type]
    table = rows("impact_group_time.csv", what=f"cell_{method}")
    assert [(int(r["start"]), int(r["time"])) for r in table] == list(zip(found.start, found.time, strict=True))
    np.testing.assert_allclose(found.effect, [float(r["estimate"]) for r in table], rtol=1e-7)
    np.testing.assert_allclose(errors(found.covariance), [float(r["error"]) for r in table], rtol=1e-6)


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize(("anticipation", "base"), [(0, "varying"), (1, "varying"), (2, "universal")])
def test_effects_agree_with_diff_diff(control: str, anticipation: int, base: str):
    from diff_diff import CallawaySantAnna

    panel = made(11, units=40, periods=8, starts=(4, 5, 7), effect=1.0)
    ours = group_time_effects(panel, control=control, anticipation=anticipation, base_period=base)  # type: ignore[arg-type]
    table = panel.long().assign(first=lambda d: d["start"].where(np.isfinite(d["start"]), 0))
    model = CallawaySantAnna(
        control_group=control, anticipation=anticipation, base_period=base, estimation_method="reg"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = model.fit(table, "outcome", "unit", "time", "first")
    found = peer.group_time_effects
    assert len(found) == ours.effect.size
    for g, t, effect, error, zero in zip(
        ours.start, ours.time, ours.effect, errors(ours.covariance), ours.reference, strict=True
    ):
        assert found[g, t]["effect"] == pytest.approx(effect, abs=1e-11)
        if not zero:
            assert found[g, t]["se"] == pytest.approx(error, abs=1e-11)
    if anticipation == 0:  # with anticipation its mean counts the periods before the start too
        simple = ours.aggregate("simple")
        assert (peer.overall_att, peer.overall_se) == pytest.approx((simple.estimate, simple.standard_error), abs=1e-11)


def test_diff_diff_does_not_reach_the_maximum_of_its_propensity(shared: Path):
    # Why covariates are ours: -.0004721 as csdid prints it and R's glm gives it. Once this fails, take diff_diff's.
    from diff_diff import CallawaySantAnna

    table = pd.read_csv(shared / "reference/datasets/mpdta.csv")
    model = CallawaySantAnna(estimation_method="dr")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = model.fit(table, "lemp", "countyreal", "year", "first.treat", covariates=["lpop"])
    assert abs(peer.group_time_effects[2006, 2004]["effect"] / -0.00047211 - 1) > 0.01


@settings(max_examples=20, deadline=None)
@given(seed=SEED, control=st.sampled_from(["never_treated", "not_yet_treated"]), method=st.sampled_from(["reg", "dr"]))
def test_planted_effects_that_differ_by_start_and_period_are_found_without_noise(seed: int, control: str, method: str):
    panel, g = made(seed, units=24, starts=STARTS, noise=0), np.random.default_rng(seed)
    slope = g.normal(size=7)
    x = g.normal(size=24)
    size = {(s, t): g.normal() for s in STARTS for t in range(s, 8)}
    planted = np.array([[size.get((s, t), 0.0) for t in range(1, 8)] for s in panel.start])
    varied = replace(panel, outcome=panel.outcome + planted + np.outer(x, slope))
    found = group_time_effects(varied, control=control, covariates=x, method=method)  # type: ignore[arg-type]
    known = np.isfinite(found.effect)
    assert known.mean() > 0.5
    expected = [size.get((s, t), 0.0) for s, t in zip(found.start, found.time, strict=True)]
    np.testing.assert_allclose(found.effect[known], np.array(expected)[known], atol=1e-8)


@settings(max_examples=20, deadline=None)
@given(seed=SEED, size=st.floats(-50, 50))
def test_unit_levels_common_shocks_names_order_and_scale(seed: int, size: float):
    panel, g = made(seed, units=18, starts=STARTS), np.random.default_rng(seed)
    before = panel.outcome.copy()
    base = group_time_effects(panel)
    np.testing.assert_array_equal(panel.outcome, before)
    shifted = panel.outcome + size * g.normal(size=(18, 1)) + size * g.normal(size=(1, 7))
    for other in (replace(panel, outcome=shifted), shuffled(panel, seed)):
        found = group_time_effects(other)
        np.testing.assert_allclose(found.effect, base.effect, atol=1e-9)
        np.testing.assert_allclose(found.covariance, base.covariance, atol=1e-9)
    scaled = group_time_effects(replace(panel, outcome=-2 * panel.outcome)).aggregate("simple")
    one = base.aggregate("simple")
    assert (scaled.estimate, scaled.standard_error) == pytest.approx((-2 * one.estimate, 2 * one.standard_error))
    assert (scaled.lower, scaled.upper) == pytest.approx((-2 * one.upper, -2 * one.lower))


def test_tables_are_in_the_one_shape_and_the_event_times_suit_the_bounds():
    found = group_time_effects(made(12, units=24, starts=STARTS), base_period="universal")
    check_estimates(found.estimates)
    assert isinstance(found, GroupTime)
    assert (found.units, found.left_out) == (24, 0)
    zero = found.estimates[found.reference]
    assert set(zero["estimate"]) == {0.0}
    assert set(zero["status"]) == {"ok"}
    assert zero["lower"].isna().all()
    for kind, column in (("event_time", "event_time"), ("group", "start"), ("time", "time")):
        mean = found.aggregate(kind)  # type: ignore[call-overload]
        check_estimates(mean.estimates)
        assert mean.estimates[column].is_monotonic_increasing
        assert mean.overall.method == f"callaway_santanna_{kind}"
    mean = found.aggregate("event_time")
    assert -1 in mean.estimates["event_time"].tolist()
    assert -1 not in mean.points
    bounds = relative_magnitude_bounds(mean.beta, mean.covariance, mean.points, magnitudes=[0, 1])
    after = mean.points >= 0
    assert bounds["estimate"].tolist() == pytest.approx([mean.beta[after].mean()] * 2)


def test_with_one_start_and_two_periods_it_is_a_difference_of_changes():
    panel = made(13, periods=2, starts=(2,))
    found = group_time_effects(panel).aggregate("simple")
    change = panel.outcome[:, 1] - panel.outcome[:, 0]
    inside, outside = change[panel.treated], change[~panel.treated]
    assert found.estimate == pytest.approx(inside.mean() - outside.mean())
    assert found.standard_error == pytest.approx(math.sqrt(inside.var() / inside.size + outside.var() / outside.size))
    assert (found.units, found.treated, found.inference) == (12, 6, "normal")


def test_units_treated_from_the_first_period_on_are_left_out_and_counted():
    panel = made(14, units=18, starts=STARTS)
    early = panel.start.copy()
    early[[0, 10]] = 1
    found = group_time_effects(replace(panel, start=early))
    rest = group_time_effects(replace(panel, start=early).keep(units=early != 1))
    assert (found.left_out, found.units) == (2, 16)
    np.testing.assert_allclose(found.effect, rest.effect)
    np.testing.assert_allclose(found.covariance, rest.covariance)


def test_what_cannot_be_estimated_is_too_few_without_a_warning():
    panel = made(15, units=12, starts=STARTS)
    alone = panel.start.copy()
    alone[:6] = [3, 4, 4, 4, 4, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = group_time_effects(replace(panel, start=alone))
        # Everybody treated in the end: the last start has no controls from then on.
        none_left = group_time_effects(replace(panel, start=np.repeat([3.0, 6], 6)), control="not_yet_treated")
        told = group_time_effects(panel, covariates=panel.treated.astype(float))
        nothing = group_time_effects(replace(panel, start=np.full(12, 4.0)), control="not_yet_treated")
        empty = nothing.aggregate("simple")
    table = one.estimates.set_index("start")
    assert set(table.loc[3, "status"]) == {"too_few"}
    assert table.loc[3, ["lower", "upper"]].isna().all(axis=None)
    assert np.isfinite(one.effect).all()
    late = np.where(none_left.start == 3, none_left.time >= 6, none_left.time >= 3)
    np.testing.assert_array_equal(np.isnan(none_left.effect), late)
    assert set(none_left.estimates["status"][late]) == {"too_few"}
    assert math.isfinite(none_left.aggregate("simple").estimate)
    assert np.isnan(told.effect).all()
    assert (empty.status, math.isnan(empty.estimate)) == ("too_few", True)
    assert math.isnan(nothing.aggregate("event_time").overall.estimate)
    assert math.isnan(nothing.pretest().p_value)


def test_where_no_error_holds_the_noise_of_those_compared_there_are_no_limits():
    # One unit a start, or one control, is fitted exactly: such limits left out 0 in a quarter to half of panels without
    # effect.
    panel = made(17, units=12, starts=STARTS)
    lone = np.full(12, NEVER)
    lone[:3] = STARTS
    control = np.repeat(np.array([3.0, 4, 6, NEVER]), [4, 4, 3, 1])
    for begun in (lone, control):
        found = group_time_effects(replace(panel, start=begun))
        tables = [found.estimates, *(found.aggregate(k).estimates for k in ("event_time", "group", "time"))]  # type: ignore[call-overload]
        for table in tables:
            assert set(table["status"]) == {"too_few"}
            assert table["lower"].isna().all()
            assert np.isfinite(table["estimate"]).all()
        simple = found.aggregate("simple")
        assert (simple.status, math.isfinite(simple.estimate)) == ("too_few", True)
        assert np.isnan([simple.lower, simple.standard_error, simple.p_value]).all()
    # While others have not started there are controls enough; in the end there is one.
    late = group_time_effects(replace(panel, start=control), control="not_yet_treated")
    enough = late.estimates.set_index(["start", "time"])["status"]
    assert (enough.loc[(3, 3)], enough.loc[(3, 6)]) == ("ok", "too_few")
    assert late.aggregate("simple").status == "too_few"
    assert late.aggregate("time").estimates.set_index("time").loc[[3, 6], "status"].tolist() == ["ok", "too_few"]
    # A covariate takes one more control.
    x = np.random.default_rng(0).normal(size=12)
    control[10] = NEVER
    two = group_time_effects(replace(panel, start=control), covariates=x, method="reg")
    assert set(two.estimates["status"]) == {"too_few"}
    assert set(group_time_effects(replace(panel, start=control)).estimates["status"]) == {"ok"}


def test_tables_bear_the_name_of_their_indicator():
    found = group_time_effects(made(12, units=24, starts=STARTS), indicator="cervical")
    for table in (found.estimates, found.aggregate("event_time").estimates):
        assert set(table["indicator"]) == {"cervical"}


def test_what_cannot_be_compared_is_refused():
    panel = made(16, starts=STARTS)
    holed = panel.outcome.copy()
    holed[0, 0] = np.nan
    for wrong, words in (
        (replace(panel, outcome=holed), "1 of 12 units are not observed at every period"),
        (replace(panel, start=np.full(12, NEVER)), "no unit starts after the first period"),
        (replace(panel, start=np.where(panel.treated, 1, NEVER)), "no unit starts after the first period"),
        (replace(panel, start=np.full(12, 4.0)), "control='not_yet_treated'"),
    ):
        with pytest.raises(ValueError, match=words):
            group_time_effects(wrong)
    for options in ({"control": "all"}, {"method": "ipw"}, {"base_period": "first"}, {"anticipation": -1}):
        with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
            group_time_effects(panel, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`covariates`"):
        group_time_effects(panel, covariates=np.ones(3))
    with pytest.raises(ValueError, match="`kind`"):
        group_time_effects(panel).aggregate("dynamic")  # type: ignore[call-overload]
