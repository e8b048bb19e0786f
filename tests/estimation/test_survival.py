"""Kaplan-Meier against R's survival and against published figures."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_data import AML, PLACEBO, SIX_MP, lung, number, read

from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.estimation.survival import (
    IntervalType,
    SurvivalCurve,
    estimate_restricted_means,
    estimate_survival_quantiles,
    kaplan_meier,
    restricted_mean,
    survival_quantile,
)

INTERVALS: tuple[IntervalType, ...] = ("plain", "log", "log-log", "logit", "arcsine")
# Made to touch 0.5 exactly, with ties and an event at time 0.
FLAT = ([0, 5, 5, 9, 12, 12, 20, 30], [1, 1, 1, 1, 1, 0, 1, 1])
HALF = ([3, 8, 15, 21], [1, 1, 0, 0])
NOBODY = ([3, 8, 15, 21], [0, 0, 0, 0])


DATA = {"six_mp": SIX_MP, "placebo": PLACEBO, "aml": AML, "flat": FLAT, "half": HALF, "nobody": NOBODY}


def curve_of(name: str, interval: IntervalType = "log-log") -> SurvivalCurve:
    if name == "lung":
        found = lung()
        return kaplan_meier(found["time"], found["status"], interval=interval)
    time, event = DATA[name]
    return kaplan_meier(time, event, interval=interval)


def numbers(answer) -> tuple[float, float, float]:
    return answer.estimate, answer.lower, answer.upper


def test_median_survival_in_lung_cancer_is_the_published_310_days():
    # R's survival package prints 310 [285; 363] for its `lung` data (vignette and help page); whole days.
    assert numbers(survival_quantile(curve_of("lung", "log"))) == (310, 285, 363)


def test_remission_in_leukaemia_is_the_published_23_and_8_weeks():
    # Freireich et al. (1963): median remission 23 weeks on 6-MP, 8 on placebo.
    assert survival_quantile(curve_of("six_mp")).estimate == 23
    assert survival_quantile(curve_of("placebo")).estimate == 8


def test_the_interval_is_named_since_r_and_lifelines_do_not_share_a_default():
    # Miller's AML: R's survfit prints 18 to 45 ("log"), log-log limits differ at the same curve.
    log, log_log = survival_quantile(curve_of("aml", "log")), survival_quantile(curve_of("aml", "log-log"))
    assert (log.method, log_log.method) == ("kaplan_meier_log", "kaplan_meier_log_log")
    assert log.estimate == log_log.estimate == 27
    assert numbers(log) == (27, 18, 45)
    assert log_log.lower == 13
    first, other = curve_of("six_mp", "log"), curve_of("six_mp", "log-log")
    assert np.abs(first.lower - other.lower).max() > 0.05


@pytest.mark.parametrize("name", [n for n in DATA if n != "nobody"])
@pytest.mark.parametrize("interval", INTERVALS)
def test_curve_and_limits_agree_with_r(name: str, interval: IntervalType):
    # tests/reference/r/survival.R, survival 3.5.3; printed to 15 digits.
    rows = [r for r in read("survival_curve.csv") if r["data"] == name and r["interval"] == interval]
    curve = curve_of(name, interval)
    for field in ("time", "at_risk", "events", "survival", "lower", "upper"):
        expected = [number(r[field]) for r in rows]
        np.testing.assert_allclose(getattr(curve, field), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("row", read("survival_quantile.csv"), ids=lambda r: "-".join(list(r.values())[:3]))
def test_quantiles_and_limits_agree_with_r(row: dict[str, str]):
    found = survival_quantile(curve_of(row["data"], row["interval"]), number(row["probability"]))  # type: ignore[arg-type]
    expected = (number(row["quantile"]), number(row["lower"]), number(row["upper"]))
    assert numbers(found) == pytest.approx(expected, nan_ok=True)
    assert found.status == ("too_few" if math.isnan(found.estimate) else "ok")


@pytest.mark.parametrize("row", read("survival_restricted_mean.csv"), ids=lambda r: "-".join(list(r.values())[:2]))
def test_restricted_mean_and_its_error_agree_with_r(row: dict[str, str]):
    horizon, mean, error = (number(row[k]) for k in ("horizon", "mean", "error"))
    found = restricted_mean(curve_of(row["data"]), horizon, unit="weeks")
    assert (found.estimate, found.unit, found.method) == (pytest.approx(mean, rel=1e-10), "weeks", "restricted_mean")
    z = 1.959963984540054
    assert found.lower == pytest.approx(max(mean - z * error, 0), rel=1e-10)
    assert found.upper == pytest.approx(min(mean + z * error, horizon), rel=1e-10)


def test_a_restricted_mean_stops_where_follow_up_stops():
    # R carries the last value on for ever: 6-MP followed 35 weeks, asked for 300.
    assert restricted_mean(curve_of("six_mp"), 300).status == "too_few"
    assert restricted_mean(curve_of("placebo"), 300).estimate == pytest.approx(np.mean(PLACEBO[0]))  # all seen
    assert restricted_mean(curve_of("nobody"), 10).status == "too_few"
    assert restricted_mean(kaplan_meier([], []), 10).status == "too_few"
    for horizon in (0, -1, math.nan, math.inf):
        with pytest.raises(ValueError, match="horizon"):
            restricted_mean(curve_of("aml"), horizon)


def test_nobody_followed_gives_an_empty_curve_and_no_median():
    curve = kaplan_meier([], [])
    assert curve.n == 0
    assert curve.time.size == 0
    assert all(math.isnan(x) for x in numbers(survival_quantile(curve)))


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1, 2], [1], "same shape"),
        ([1, math.nan], [1, 0], "missing or negative"),
        ([-1, 2], [1, 0], "missing or negative"),
        ([1, 2], [1, 2], "0 or 1"),
        ([1, 2], [1, math.nan], "0 or 1"),
    ],
)
def test_times_that_cannot_be_are_refused(time: list[float], event: list[float], message: str):
    with pytest.raises(ValueError, match=message):
        kaplan_meier(time, event)


def test_an_unnamed_interval_or_an_impossible_probability_is_refused():
    with pytest.raises(ValueError, match="log-log"):
        kaplan_meier([1], [1], interval="arcsin")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="confidence_level"):
        kaplan_meier([1], [1], confidence_level=95)
    with pytest.raises(ValueError, match="probability"):
        survival_quantile(kaplan_meier([1], [1]), 1)


people = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=50, deadline=None)
@given(people, st.sampled_from(INTERVALS))
def test_a_curve_goes_down_from_one_to_zero_inside_its_limits(pairs: list[tuple[int, bool]], interval: IntervalType):
    time, event = zip(*pairs, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve = kaplan_meier(time, event, interval=interval)
    assert curve.n == len(pairs)
    assert curve.events.sum() == sum(event)
    assert (np.diff(curve.time) > 0).all()
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.survival >= 0) & (curve.survival <= 1)).all()
    inside = ~np.isnan(curve.lower)
    assert (curve.lower[inside] <= curve.survival[inside] + 1e-12).all()
    assert (curve.upper[inside] >= curve.survival[inside] - 1e-12).all()
    median, lower, upper = numbers(survival_quantile(curve))
    assert math.isnan(median) or math.isnan(lower) or lower <= median
    assert math.isnan(median) or math.isnan(upper) or median <= upper


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_without_waiting_people_the_curve_is_the_share_not_yet_served(days: list[int]):
    curve = kaplan_meier(days, [1] * len(days))
    expected = [np.mean(np.array(days) > t) for t in curve.time]
    np.testing.assert_allclose(curve.survival, expected, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(people, st.integers(1, 7))
def test_the_median_follows_the_unit_of_time(pairs: list[tuple[int, bool]], factor: int):
    time, event = map(np.array, zip(*pairs, strict=True))
    days = numbers(survival_quantile(kaplan_meier(time * factor, event)))
    once = numbers(survival_quantile(kaplan_meier(time, event)))
    assert days == pytest.approx([x * factor for x in once], nan_ok=True)


def table() -> pd.DataFrame:
    arms = [("6-MP", SIX_MP), ("placebo", PLACEBO), ("none", NOBODY)]
    return pd.concat([pd.DataFrame({"arm": n, "weeks": t, "relapse": e}) for n, (t, e) in arms], ignore_index=True)


def test_a_table_gives_one_row_a_group_whatever_its_order_index_or_other_columns():
    before = table()
    untouched = before.copy(deep=True)
    columns = {"indicator": "wait", "time": "weeks", "event": "relapse", "by": ["arm"], "unit": "weeks"}
    medians = estimate_survival_quantiles(before, **columns)
    means = estimate_restricted_means(before, **columns, horizon=20)
    assert list(medians.columns) == [*HEAD, "arm", *TAIL] == list(means.columns)
    assert medians.set_index("arm")["estimate"].to_dict() == pytest.approx(
        {"6-MP": 23, "placebo": 8, "none": math.nan}, nan_ok=True
    )
    assert medians.set_index("arm")["status"].to_dict() == {"6-MP": "ok", "placebo": "ok", "none": "too_few"}
    assert medians.set_index("arm").loc["6-MP", ["numerator", "denominator"]].tolist() == [9, 21]
    assert means.set_index("arm").loc["6-MP", "estimate"] == restricted_mean(curve_of("six_mp"), 20).estimate
    shuffled = before.assign(other="x").sample(frac=1, random_state=3).set_index("other")
    for function, extra, found in (
        (estimate_survival_quantiles, {}, medians),
        (estimate_restricted_means, {"horizon": 20}, means),
    ):
        pd.testing.assert_frame_equal(
            function(shuffled, **columns, **extra).sort_values("arm", ignore_index=True),
            found.sort_values("arm", ignore_index=True),
        )
    pd.testing.assert_frame_equal(before, untouched)


def test_an_empty_table_one_row_or_a_missing_time_never_give_a_wrong_number():
    columns = {"indicator": "wait", "time": "weeks", "event": "relapse"}
    for rows in (0, 1):
        found = estimate_survival_quantiles(table().head(rows), **columns)
        assert len(found) == 1
        assert found["denominator"].item() == rows
        assert found["status"].item() == "too_few"
    assert estimate_survival_quantiles(table().head(0), **columns, by=["arm"]).empty
    assert estimate_restricted_means(table().head(0), **columns, horizon=5)["status"].item() == "too_few"
    with pytest.raises(ValueError, match="missing or negative: 1 of 46"):
        estimate_survival_quantiles(table().assign(weeks=lambda t: t["weeks"].where(t.index != 4)), **columns)
    with pytest.raises(ValueError, match="no column `weeks`"):
        estimate_survival_quantiles(table().drop(columns="weeks"), **columns)


def test_the_tables_agree_with_r():
    columns = {"indicator": "wait", "time": "weeks", "event": "relapse", "by": ["arm"], "unit": "weeks"}
    names = {"six_mp": "6-MP", "placebo": "placebo"}
    for interval in INTERVALS:
        medians = estimate_survival_quantiles(table(), **columns, interval=interval).set_index("arm")
        for row in read("survival_quantile.csv"):
            if row["data"] in names and row["interval"] == interval and row["probability"] == "0.5":
                expected = [number(row[k]) for k in ("quantile", "lower", "upper")]
                found = medians.loc[names[row["data"]], ["estimate", "lower", "upper"]].tolist()
                assert found == pytest.approx(expected, nan_ok=True)
    means = estimate_restricted_means(table(), **columns, horizon=15).set_index("arm")
    for row in read("survival_restricted_mean.csv"):
        if row["data"] in names and row["horizon"] == "15":
            found = means.loc[names[row["data"]]]
            assert found["estimate"] == pytest.approx(number(row["mean"]), rel=1e-10)
            half = found["estimate"] - found["lower"]
            assert half / 1.959963984540054 == pytest.approx(number(row["error"]), rel=1e-9)
