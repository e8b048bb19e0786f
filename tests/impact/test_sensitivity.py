"""Limits under relative magnitudes against HonestDiD as printed, moderndid and base R; E-values; other choices."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from prs_eval.estimation.frame import check_estimates
from prs_eval.impact._relative_magnitudes import contains, read_study, robust_set
from prs_eval.impact.effect import Effect
from prs_eval.impact.panel import Panel, read_panel
from prs_eval.impact.sensitivity import (
    agreement,
    alternative_controls,
    alternative_windows,
    breakdown_magnitude,
    e_value,
    leave_one_unit_out,
    placebo_start,
    relative_magnitude_bounds,
    specification_curve,
)
from tests.conftest import ROOT

REFERENCE = ROOT / "tests" / "reference"
STUDIES = pd.read_csv(REFERENCE / "impact_sensitivity_studies.csv")
LONG_WAY = pd.read_csv(REFERENCE / "impact_sensitivity.csv")
PEER = pd.read_csv(REFERENCE / "impact_sensitivity_peer.csv", comment="#")
SOUTH = (1, 12, 13, 28, 37, 45, 47, 48)


def study(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = STUDIES[STUDIES["study"] == name]
    k = len(rows)
    return rows["beta"].to_numpy(), rows[[f"X{i + 1}" for i in range(k)]].to_numpy(), rows["event_time"].to_numpy()


def weights(name: str, after: int) -> np.ndarray:
    if name == "contrast":
        return np.eye(after)[-1] - np.eye(after)[0]
    return np.eye(after)[0] if name == "first" else np.full(after, 1 / after)


# HonestDiD's README, effect of 2014: C-LF, DeltaRM. Read off a grid of step 40 x error / 999 (0.00037), with a least
# favourable value of 1 000 draws, worth as much again: two steps.
README = [(0.5, 0.0240, 0.0672), (1.0, 0.0170, 0.0720), (1.5, 0.00824, 0.0797), (2.0, -0.000916, 0.0881)]
# The same of its version for Stata, mean of 2014 and 2015, printed to 3 decimals.
STATA = [(0.0, 0.041, 0.075), (0.5, 0.033, 0.080), (1.0, 0.020, 0.090), (1.5, 0.006, 0.103), (2.0, -0.008, 0.117)]


@pytest.mark.parametrize(
    ("share", "printed", "tolerance"), [("first", README, 7.4e-4), ("mean", STATA, 1.3e-3)], ids=["readme", "stata"]
)
def test_limits_of_the_medicaid_example_are_those_honestdid_prints(share, printed, tolerance):
    table = relative_magnitude_bounds(*study("ehec"), magnitudes=[row[0] for row in printed], weights=share)
    found = table[["magnitude", "lower", "upper"]].to_numpy()
    np.testing.assert_allclose(found, np.array(printed), atol=tolerance)
    assert 1.5 < breakdown_magnitude(*study("ehec"), weights=share) < 2  # 0 is out at 1.5, in at 2


@pytest.mark.parametrize(
    "row", LONG_WAY.to_dict("records"), ids=lambda r: f"{r['study']}-{r['weights']}-{r['magnitude']}-{r['hybrid']}"
)
def test_limits_are_those_of_every_vertex_of_the_dual_in_r(row):
    # The conditional test has no simulation in it: ends to 1e-9. The hybrid's least favourable value is integrated
    # here and drawn 400 000 times in R: a hundredth of its own unit, a five-hundredth of an error in the limits.
    beta, covariance, times = study(row["study"])
    share = weights(row["weights"], int((times > -1).sum()))
    found = read_study(beta, covariance, times, reference=-1, weights=share)
    limits = robust_set(found, row["magnitude"], 0.05, hybrid=row["hybrid"])
    tolerance = 0.004 * row["error"] if row["hybrid"] else 1e-8
    assert limits == pytest.approx((row["lower"], row["upper"]), abs=tolerance)
    table = relative_magnitude_bounds(beta, covariance, times, magnitudes=[row["magnitude"]], weights=share).iloc[0]
    identified = (table["identified_lower"], table["identified_upper"])
    assert identified == pytest.approx((row["identified_lower"], row["identified_upper"]), abs=1e-10)
    if row["hybrid"]:
        assert (table["lower"], table["upper"]) == pytest.approx(limits, abs=1e-9)


@pytest.mark.parametrize(
    "row", PEER.to_dict("records"), ids=lambda r: f"{r['study']}-{r['weights']}-{r['method']}-{r['magnitude']}"
)
def test_limits_are_those_of_moderndid_on_its_grid(row):
    # Its limits are the outermost points of the grid inside the set: a step inwards at most; a twentieth more for the
    # tolerance of its bisections; for the hybrid what 1 000 draws of the least favourable value are worth: a step.
    beta, covariance, times = study(row["study"])
    found = read_study(beta, covariance, times, reference=-1, weights=row["weights"])
    low, high = robust_set(found, row["magnitude"], 0.05, hybrid=row["method"] == "C-LF")
    extra = row["grid"] * (1.0 if row["method"] == "C-LF" else 0.05)
    assert -extra <= row["lower"] - low <= row["grid"] + extra
    assert -extra <= high - row["upper"] <= row["grid"] + extra


def test_parallel_trends_give_the_usual_limits_and_no_harm_before_gives_them_too():
    beta, covariance, times = study("made")
    row = relative_magnitude_bounds(beta, covariance, times, magnitudes=[0.0], weights="first").iloc[0]
    half = stats.norm.ppf(0.975) * math.sqrt(covariance[3, 3])
    assert (row["lower"], row["upper"]) == pytest.approx((beta[3] - half, beta[3] + half), abs=1e-8)
    assert row["identified_lower"] == row["identified_upper"] == row["estimate"] == beta[3]


def test_the_breakdown_is_where_the_limit_meets_0():
    for share in ("first", "mean"):
        value = breakdown_magnitude(*study("made"), weights=share)
        at = relative_magnitude_bounds(*study("made"), magnitudes=[value * 0.999, value * 1.001], weights=share)
        assert at["lower"][0] > 0 > at["lower"][1]
    beta, covariance, times = study("made")
    assert math.isnan(breakdown_magnitude(beta * [1, 1, 1, 0.1, 0.1, 0.1], covariance, times))
    flat = beta * [0, 0, 0, 1e6, 1e6, 1e6]
    assert breakdown_magnitude(flat, covariance, times) == math.inf


def test_the_robust_set_holds_the_truth_as_often_as_said():
    # 1 000 studies at the worst departure allowed: at least 95 %, less what 1 000 draws may lack (1 in 1 000).
    covariance = np.full((4, 4), 0.1) + 0.1 * np.eye(4)
    truth = np.array([-2.0, -1.0, 1.0, 2.0])  # departures grow by 1 a period: M = 1, no effect
    held = 0
    for beta in np.random.default_rng(3).multivariate_normal(truth, covariance, 1000):
        found = read_study(beta, covariance, np.array([-3, -2, 0, 1]), reference=-1, weights="mean")
        assert found is not None
        held += contains(found, 0.0, 1.0, 0.05)
    assert stats.binom.ppf(0.001, 1000, 0.95) <= held < 1000  # and not by being endless


def test_a_covariance_of_too_few_clusters_does_no_harm():
    # Five coefficients from four clusters: the covariance has no inverse.
    scores = np.random.default_rng(0).normal(size=(4, 5))
    covariance = scores.T @ scores / 40
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = relative_magnitude_bounds([-0.1, 0.1, 0.0, 3.0, 3.5], covariance, [-4, -3, -2, 0, 1])
        exact = relative_magnitude_bounds([-0.1, 3.0, 3.5], np.ones((3, 3)), [-2, 0, 1])  # one number moves them all
    for table in (found, exact):
        assert np.isfinite(table[["lower", "upper"]].to_numpy()).all()
        assert (np.diff(table["upper"]) > -1e-6).all()
    assert (found["lower"] <= found["identified_lower"]).all()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(-2, 2), min_size=5, max_size=5),
    st.floats(0.01, 100),
    st.permutations(range(5)),
    st.floats(0.1, 0.9),
)
def test_unit_sign_and_order_do_not_matter_and_limits_widen_with_the_magnitude(beta, scale, order, r):
    times = np.array([-4, -3, -2, 0, 1])
    covariance = 0.2 * r ** np.abs(np.subtract.outer(range(5), range(5)))
    b = np.array(beta)
    kept = b.copy()
    first = relative_magnitude_bounds(b, covariance, times)
    assert (b == kept).all()
    other = relative_magnitude_bounds(-scale * b[order], scale**2 * covariance[np.ix_(order, order)], times[order])
    np.testing.assert_allclose(-other["lower"] / scale, first["upper"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(-other["identified_upper"] / scale, first["identified_lower"], rtol=1e-9, atol=1e-12)
    assert (np.diff(first["upper"]) > -1e-9).all()
    assert (np.diff(first["lower"]) < 1e-9).all()
    assert (first["lower"] <= first["estimate"]).all()


def test_the_reference_may_be_among_the_coefficients():
    beta, covariance, times = study("made")
    wider = np.zeros((7, 7))
    place = [0, 1, 2, 4, 5, 6]
    wider[np.ix_(place, place)] = covariance
    full = relative_magnitude_bounds(np.insert(beta, 3, 0), wider, np.insert(times, 3, -1))
    pd.testing.assert_frame_equal(full, relative_magnitude_bounds(beta, covariance, times))
    check_estimates(full)


def test_bounds_need_a_period_before_the_reference_and_coefficients():
    none_before = relative_magnitude_bounds([1.0, 2.0], np.eye(2), [0, 1], magnitudes=[0, 1])
    lost = relative_magnitude_bounds([1.0, math.nan, 2.0], np.eye(3), [-2, 0, 1], magnitudes=[0, 1])
    for table in (none_before, lost):
        assert (table["status"] == "too_few").all()
        assert table[["estimate", "lower", "upper", "identified_lower"]].isna().all(axis=None)
    assert math.isnan(breakdown_magnitude([1.0, 2.0], np.eye(2), [0, 1]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event_times": [-3, -2, 0]}, "must have shapes"),
        ({"event_times": [-4, -2, 0, 1]}, "successive whole numbers"),
        ({"event_times": [-2, -2, 0, 1]}, "successive whole numbers"),
        ({"event_times": [-5, -4, -3, -2]}, "at least one period after"),
        ({"weights": "last"}, "`weights` must be mean, first or numbers"),
        ({"weights": [1, 2, 3]}, "of shape"),
        ({"weights": [0, 0]}, "not all 0"),
        ({"magnitudes": [1, -1]}, "1 of 2 are"),
        ({"confidence_level": 95}, "confidence_level"),
    ],
)
def test_impossible_studies_are_refused(change, message):
    asked = {"event_times": [-3, -2, 0, 1]} | change
    with pytest.raises(ValueError, match=message):
        relative_magnitude_bounds(np.arange(4.0), np.eye(4), **asked)


# VanderWeele & Ding (2017), Ann Intern Med 167:268-274: maternal breast-feeding and respiratory death, then
# breast-feeding and leukaemia; printed to 2 decimals (1.80 in the paper is 1.81 rounded).
PRINTED = [(3.9, 1.8, 8.7, 7.26, 3.0), (0.80, 0.71, 0.91, 1.81, 1.43)]


@pytest.mark.parametrize(("ratio", "low", "high", "estimate", "limit"), PRINTED)
def test_e_values_are_those_of_vanderweele_and_ding(ratio, low, high, estimate, limit):
    found = e_value(ratio, low, high)
    assert (found.estimate, found.limit) == pytest.approx((estimate, limit), abs=5e-3)
    assert (found.ratio, found.unit, found.method) == (ratio, "risk_ratio", "e_value_risk_ratio")
    mirrored = e_value(1 / ratio, 1 / high, 1 / low)
    assert (mirrored.estimate, mirrored.limit) == pytest.approx((found.estimate, found.limit), rel=1e-12)


# The conversions that R's EValue 4.1.3 documents (evalues.OR, .HR, .MD), with the ratios they give.
KINDS = [
    ("odds_ratio_common", 0.86, math.sqrt(0.86)),
    ("hazard_ratio_common", 0.56, (1 - 0.5 ** math.sqrt(0.56)) / (1 - 0.5 ** math.sqrt(1 / 0.56))),
    ("standardised_difference", 0.5, math.exp(0.91 * 0.5)),
    ("odds_ratio_rare", 1.4, 1.4),
    ("hazard_ratio_rare", 1.4, 1.4),
    ("rate_ratio", 1.4, 1.4),
]


@pytest.mark.parametrize(("kind", "effect", "ratio"), KINDS)
def test_every_kind_is_taken_to_a_risk_ratio_first(kind, effect, ratio):
    found = e_value(effect, kind=kind)
    assert found.ratio == pytest.approx(ratio, rel=1e-14)
    assert found.estimate == pytest.approx(e_value(ratio).estimate, rel=1e-14)
    assert math.isnan(found.limit)


def test_a_risk_difference_needs_the_share_it_starts_from():
    found = e_value(0.06, 0.02, 0.10, kind="risk_difference", baseline=0.30)
    assert (found.ratio, found.lower, found.upper) == pytest.approx((1.2, 0.32 / 0.3, 4 / 3))
    for wrong in ({}, {"baseline": 1.2}):
        with pytest.raises(ValueError, match="`baseline`"):
            e_value(0.06, kind="risk_difference", **wrong)
    with pytest.raises(ValueError, match="must be a share"):
        e_value(-0.4, kind="risk_difference", baseline=0.3)


@settings(max_examples=50, deadline=None)
@given(st.floats(1.001, 50))
def test_two_links_of_that_strength_bound_the_bias_at_the_ratio(ratio):
    # Ding & VanderWeele (2016), Epidemiology 27:368-377: the bias is at most x y / (x + y - 1).
    least = brentq(lambda x: x * x / (2 * x - 1) - ratio, 1, 1000, xtol=1e-12)
    assert e_value(ratio).estimate == pytest.approx(least, rel=1e-8)


def test_limits_that_hold_no_effect_need_no_hidden_cause():
    assert e_value(1.2, 0.9, 1.6).limit == 1
    assert e_value(0.9, 0.8, 1.0).limit == 1
    assert e_value(1.0).estimate == 1


def test_impossible_ratios_are_refused():
    for bad in ((-1, math.nan, math.nan), (2, 0, 3)):
        with pytest.raises(ValueError, match="positive"):
            e_value(*bad)
    for bad in ((2, 3, 4), (math.nan, 1, 2)):
        with pytest.raises(ValueError, match="between `lower` and `upper`"):
            e_value(*bad)
    with pytest.raises(ValueError, match="`kind`"):
        e_value(2, kind="odds")  # type: ignore[arg-type]


def welch(panel: Panel) -> Effect:
    """Difference of mean changes, with Welch's limits: what R's t.test gives."""
    late = panel.times >= panel.first_start
    change = panel.outcome[:, late].mean(axis=1) - panel.outcome[:, ~late].mean(axis=1)
    test = stats.ttest_ind(change[panel.treated], change[~panel.treated], equal_var=False)
    limits = test.confidence_interval()
    return Effect(
        estimate=float(change[panel.treated].mean() - change[~panel.treated].mean()),
        lower=float(limits.low),
        upper=float(limits.high),
        confidence_level=0.95,
        unit="outcome",
        method="welch",
        n=float(panel.outcome.size),
    )


@pytest.fixture(scope="module")
def states(shared: Path) -> Panel:
    table = pd.read_csv(shared / "reference" / "datasets" / "ehec.csv")
    table = table[(table["year"] < 2016) & (table["yexp2"] != 2015)]
    treated = table.loc[table["yexp2"] == 2014, "stfips"].astype(str).unique()
    return read_panel(table, unit="stfips", time="year", outcome="dins", start=dict.fromkeys(treated, 2014.0))


def otherwise(what: str) -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "impact_sensitivity_otherwise.csv", dtype={"label": str})
    return table[table["what"] == what].set_index("label")[["estimate", "lower", "upper"]]


def test_without_each_state_the_effect_is_that_of_r(states):
    found = leave_one_unit_out(states, welch)
    assert list(found["left_out"]) == list(states.units)
    pd.testing.assert_frame_equal(
        found.set_index("left_out")[["estimate", "lower", "upper"]].sort_index(),
        otherwise("left_out").sort_index(),
        check_names=False,
        rtol=1e-9,
    )
    assert agreement(found).same_sign == 1


def test_other_controls_windows_and_starts_are_those_of_r(states):
    others = [name for name, treated in zip(states.units, states.treated, strict=True) if not treated]
    south = [str(s) for s in SOUTH if str(s) in others]
    sets = {"south": south, "others": sorted(set(others) - set(south))}
    windows = {"2008-2014": (2008, 2014), "2012-2015": (2012, 2015)}
    for what, group, found in (
        ("controls", "controls", alternative_controls(states, sets, welch)),
        ("window", "window", alternative_windows(states, windows, welch)),
        ("placebo_start", "placebo_start", placebo_start(states, welch, starts=range(2009, 2014))),
    ):
        limits = found.assign(**{group: found[group].astype(str)}).set_index(group)[["estimate", "lower", "upper"]]
        pd.testing.assert_frame_equal(limits, otherwise(what), check_names=False, rtol=1e-9)
        check_estimates(found)


def made(units: int = 8, periods: int = 8, *, effect: float = 2.0, start: int = 5, seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    outcome = rng.normal(0, 0.3, (units, periods)) + rng.normal(0, 1, (units, 1)) + np.arange(periods) * 0.2
    begun = np.where(np.arange(units) < units // 2, float(start), np.inf)
    names = tuple(f"u{i}" for i in range(units))
    outcome += effect * (np.arange(periods)[None, :] >= begun[:, None])
    return Panel(names, np.arange(periods), outcome, begun, np.ones_like(outcome))


def test_one_odd_unit_is_seen_by_leaving_it_out():
    panel = made(effect=0.0)
    panel.outcome[0, 5:] += 20
    found = leave_one_unit_out(panel, welch).set_index("left_out")
    assert found["estimate"].drop("u0").min() > 3
    assert abs(found.loc["u0", "estimate"]) < 1
    assert found.loc[["u0", "u7"], "treated"].tolist() == [True, False]


def test_a_wrongly_dated_start_is_seen_by_a_placebo():
    panel = made(start=3).with_start({f"u{i}": 5 for i in range(4)})  # begins at 3, declared at 5
    found = placebo_start(panel, welch, starts=[3]).iloc[0]
    assert found["lower"] > 0
    right = placebo_start(made(), welch)
    assert right["placebo_start"].tolist() == [2]  # the middle of 0 to 4
    assert right["lower"][0] < 0 < right["upper"][0]


def test_specifications_are_in_order_and_summed_up():
    panel = made()
    lost = Effect(
        estimate=math.nan, lower=math.nan, upper=math.nan, confidence_level=0.95, unit="outcome", method="none", n=0,
        status="too_few",
    )  # fmt: skip
    made_of = {
        "turned": lambda p: Effect(
            estimate=-0.1, lower=-0.5, upper=0.3, confidence_level=0.95, unit="outcome", method="m", n=1
        ),
        "all": welch,
        "lost": lambda p: lost,
        "short": lambda p: welch(p.keep(times=range(3, 8))),
    }
    found = specification_curve(panel, made_of)
    assert found["specification"].tolist()[::3] == ["turned", "lost"]
    assert found["status"].tolist() == ["ok", "ok", "ok", "too_few"]
    summary = agreement(found)
    assert (summary.n, summary.same_sign, summary.excluding) == (3, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert summary.median == found["estimate"][1]
    assert (summary.smallest, summary.largest) == (found["estimate"][0], found["estimate"][2])
    assert not summary.overlap
    assert agreement(found[found["specification"] != "turned"]).overlap
    assert agreement(found, main=-1.0).same_sign == pytest.approx(1 / 3)
    assert agreement(found.iloc[[3]]).n == 0


def test_what_leaves_nothing_to_compare_is_too_few():
    panel = made(units=3)  # one treated
    assert leave_one_unit_out(panel, welch)["status"].tolist() == ["too_few", "ok", "ok"]
    assert alternative_controls(panel, {"none": []}, welch)["status"].tolist() == ["too_few"]
    windows = {"before": (0, 4), "after": (5, 7), "nowhere": (20, 30), "both": (0, 7)}
    assert alternative_windows(panel, windows, welch)["status"].tolist() == ["too_few"] * 3 + ["ok"]
    assert placebo_start(made(start=1), welch)["status"].tolist() == ["too_few"]
    assert placebo_start(made(start=1), welch).shape[0] == 1
    assert placebo_start(made(start=99), welch)["status"].tolist() == ["too_few"]


def test_impossible_choices_are_refused():
    panel = made()
    with pytest.raises(ValueError, match="a treated unit is no comparison: u0"):
        alternative_controls(panel, {"wrong": ["u0", "u7"]}, welch)
    with pytest.raises(ValueError, match="no such unit"):
        alternative_controls(panel, {"wrong": ["x"]}, welch)
    with pytest.raises(ValueError, match="must not end before"):
        alternative_windows(panel, {"wrong": (5, 2)}, welch)
    with pytest.raises(ValueError, match="2 do not"):
        placebo_start(panel, welch, starts=[0, 3, 5])
    with pytest.raises(ValueError, match="at least one"):
        specification_curve(panel, {})
    with pytest.raises(ValueError, match="columns missing"):
        agreement(pd.DataFrame({"estimate": [1.0]}))


@settings(max_examples=10, deadline=None)
@given(st.floats(-5, 5), st.lists(st.floats(-3, 3), min_size=8, max_size=8), st.permutations(range(8)))
def test_constants_and_names_do_not_matter_and_the_panel_stays(shift, units, order):
    panel = made()
    kept = panel.outcome.copy()
    first = leave_one_unit_out(panel, welch)
    moved = panel.outcome + shift * np.arange(8) + np.array(units)[:, None]
    names = [f"v{order[i]}" for i in range(8)]
    rows = np.argsort(names)
    other = Panel(tuple(np.array(names)[rows]), panel.times, moved[rows], panel.start[rows], panel.weight)
    second = leave_one_unit_out(other, welch).set_index("left_out").loc[names]
    np.testing.assert_allclose(second["estimate"], first["estimate"], atol=1e-9)
    assert (panel.outcome == kept).all()
