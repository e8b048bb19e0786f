"""Kaplan-Meier against R's survival and against published figures."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.estimation.survival import SurvivalCurve, kaplan_meier, survival_quantile

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

# Freireich et al. (1963), Blood 21:699-716: weeks in remission, 1 = relapse.
SIX_MP = (
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
    [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
)
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)
# Miller (1981), Survival Analysis, p. 49: weeks to relapse, maintained then not maintained.
AML = (
    [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
    [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
)
# Made to touch 0.5 exactly, with ties and an event at time 0.
FLAT = ([0, 5, 5, 9, 12, 12, 20, 30], [1, 1, 1, 1, 1, 0, 1, 1])
HALF = ([3, 8, 15, 21], [1, 1, 0, 0])
NOBODY = ([3, 8, 15, 21], [0, 0, 0, 0])


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    return float(text) if text else math.nan


LUNG = read("survival_lung.csv")
DATA = {
    "six_mp": SIX_MP,
    "placebo": PLACEBO,
    "aml": AML,
    "lung": ([number(r["time"]) for r in LUNG], [number(r["event"]) for r in LUNG]),
    "flat": FLAT,
    "half": HALF,
    "nobody": NOBODY,
}


def curve_of(name: str, interval: str) -> SurvivalCurve:
    time, event = DATA[name]
    return kaplan_meier(time, event, interval=interval)  # type: ignore[arg-type]


def test_median_survival_in_lung_cancer_is_the_published_310_days():
    # R's survival package prints 310 [285; 363] for its `lung` data (vignette and help page); whole days.
    assert survival_quantile(curve_of("lung", "log")) == (310, 285, 363)


def test_remission_in_leukaemia_is_the_published_23_and_8_weeks():
    # Freireich et al. (1963): median remission 23 weeks on 6-MP, 8 on placebo.
    assert survival_quantile(curve_of("six_mp", "log-log"))[0] == 23
    assert survival_quantile(curve_of("placebo", "log-log"))[0] == 8


@pytest.mark.parametrize("name", [n for n in DATA if n not in ("lung", "nobody")])
@pytest.mark.parametrize("interval", ["log", "log-log"])
def test_curve_and_limits_agree_with_r(name: str, interval: str):
    # tests/reference/r/survival.R, survival 3.5.3; printed to 15 digits.
    rows = [r for r in read("survival_curve.csv") if r["data"] == name and r["interval"] == interval]
    curve = curve_of(name, interval)
    for field in ("time", "at_risk", "events", "survival", "lower", "upper"):
        expected = [number(r[field]) for r in rows]
        np.testing.assert_allclose(getattr(curve, field), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("row", read("survival_quantile.csv"), ids=lambda r: "-".join(list(r.values())[:3]))
def test_quantiles_and_limits_agree_with_r(row: dict[str, str]):
    found = survival_quantile(curve_of(row["data"], row["interval"]), number(row["probability"]))
    expected = (number(row["quantile"]), number(row["lower"]), number(row["upper"]))
    assert found == pytest.approx(expected, nan_ok=True)


def test_nobody_followed_gives_an_empty_curve_and_no_median():
    curve = kaplan_meier([], [])
    assert curve.n == 0
    assert curve.time.size == 0
    assert all(math.isnan(x) for x in survival_quantile(curve))


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
        kaplan_meier([1], [1], interval="plain")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="confidence_level"):
        kaplan_meier([1], [1], confidence_level=95)
    with pytest.raises(ValueError, match="probability"):
        survival_quantile(kaplan_meier([1], [1]), 1)


people = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60)


@given(people, st.sampled_from(["log", "log-log"]))
def test_a_curve_goes_down_from_one_to_zero_inside_its_limits(pairs: list[tuple[int, bool]], interval: str):
    time, event = zip(*pairs, strict=True)
    curve = kaplan_meier(time, event, interval=interval)  # type: ignore[arg-type]
    assert curve.n == len(pairs)
    assert curve.events.sum() == sum(event)
    assert (np.diff(curve.time) > 0).all()
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.survival >= 0) & (curve.survival <= 1)).all()
    inside = ~np.isnan(curve.lower)
    assert (curve.lower[inside] <= curve.survival[inside] + 1e-12).all()
    assert (curve.upper[inside] >= curve.survival[inside] - 1e-12).all()
    median, lower, upper = survival_quantile(curve)
    assert math.isnan(median) or math.isnan(lower) or lower <= median
    assert math.isnan(median) or math.isnan(upper) or median <= upper


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_without_waiting_people_the_curve_is_the_share_not_yet_served(days: list[int]):
    curve = kaplan_meier(days, [1] * len(days))
    expected = [np.mean(np.array(days) > t) for t in curve.time]
    np.testing.assert_allclose(curve.survival, expected, atol=1e-12)


@given(people, st.integers(1, 7))
def test_the_median_follows_the_unit_of_time(pairs: list[tuple[int, bool]], factor: int):
    time, event = map(np.array, zip(*pairs, strict=True))
    days = survival_quantile(kaplan_meier(time * factor, event))
    assert days == pytest.approx([x * factor for x in survival_quantile(kaplan_meier(time, event))], nan_ok=True)
