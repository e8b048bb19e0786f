"""Confidence limits agree with printed tables and with R, and behave as limits must."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.estimation.intervals import mean_interval, median_interval, poisson_interval, wilson_interval
from tests.conftest import ROOT

# Newcombe (1998), Stat Med 17:857-872, Table I, method 3; printed to 4 decimals.
NEWCOMBE_1998 = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
# Pearson & Hartley (1966), Biometrika Tables for Statisticians, vol. 1, Table 40: Garwood's
# limits, printed to 3 figures.
GARWOOD = [
    (0, 0.0, 3.69),
    (1, 0.0253, 5.57),
    (2, 0.242, 7.22),
    (3, 0.619, 8.77),
    (5, 1.62, 11.67),
    (10, 4.80, 18.39),
    (20, 12.22, 30.89),
    (50, 37.11, 65.92),
]
# Campbell & Gardner (1988), BMJ 296:1454-1456: ranks of the limits of a median at 95 %, by sample size.
MEDIAN_RANKS = [(6, 1, 6), (8, 1, 8), (9, 2, 8), (12, 3, 10), (15, 4, 12), (17, 5, 13), (20, 6, 15), (25, 8, 18)]

levels = st.floats(0.5, 0.999)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
samples = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=60)


def reference(name):
    """Rows that R computed; see tests/reference/r/network.R."""
    with (ROOT / "tests" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("events", "population", "lower", "upper"), NEWCOMBE_1998)
def test_wilson_limits_are_those_newcombe_printed(events, population, lower, upper):
    assert wilson_interval(events, population) == pytest.approx((lower, upper), abs=5e-5)


@pytest.mark.parametrize("row", reference("proportion"), ids=lambda r: f"{r['events']}/{r['population']}")
def test_wilson_limits_are_those_of_r(row):
    found = wilson_interval(int(row["events"]), int(row["population"]), confidence_level=float(row["confidence_level"]))
    assert found == pytest.approx((float(row["lower"]), float(row["upper"])), abs=1e-12)


@pytest.mark.parametrize(("events", "lower", "upper"), GARWOOD)
def test_poisson_limits_are_those_of_the_printed_table(events, lower, upper):
    assert poisson_interval(events) == (pytest.approx(lower, abs=6e-3), pytest.approx(upper, abs=6e-3))


@pytest.mark.parametrize("row", reference("poisson"), ids=lambda r: f"{r['events']} at {r['confidence_level']}")
def test_poisson_limits_are_those_of_r(row):
    found = poisson_interval(int(row["events"]), confidence_level=float(row["confidence_level"]))
    assert found == pytest.approx((float(row["lower"]), float(row["upper"])), rel=1e-9)


@pytest.mark.parametrize("row", reference("mean"), ids=lambda r: r["series"])
def test_mean_limits_are_those_of_t_test(row):
    values = [float(value) for value in row["values"].split()]
    expected = (float(row["mean"]), float(row["lower"]), float(row["upper"]))
    assert mean_interval(values) == pytest.approx(expected, rel=1e-9)


def test_mean_of_student_s_sleep_data_is_the_one_he_printed():
    # Student (1908), Biometrika 6:20: mean gain of .75 hour for dextro-hyoscyamine.
    assert mean_interval([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])[0] == pytest.approx(0.75)


@pytest.mark.parametrize(("n", "low", "high"), MEDIAN_RANKS)
def test_median_limits_are_the_order_statistics_of_the_printed_table(n, low, high):
    assert median_interval(range(1, n + 1))[1:] == (low, high)


@pytest.mark.parametrize("level", ["0.9", "0.95", "0.99"])
def test_median_limits_have_the_ranks_of_the_binomial_in_r(level):
    for row in reference("median_rank"):
        if row["confidence_level"] != level:
            continue
        n, rank = int(row["n"]), int(row["rank"])
        _, lower, upper = median_interval(range(1, n + 1), confidence_level=float(level))
        assert (lower, upper) == ((rank, n + 1 - rank) if rank else pytest.approx((np.nan, np.nan), nan_ok=True)), n


def test_five_values_give_a_median_and_no_limits():
    median, lower, upper = median_interval([3, 1, 2, 5, 4])
    assert median == 3
    assert np.isnan([lower, upper]).all()


@pytest.mark.parametrize("function", [mean_interval, median_interval])
def test_a_missing_value_is_refused_not_dropped(function):
    with pytest.raises(ValueError, match="NaN"):
        function([1.0, np.nan])


@pytest.mark.parametrize("function", [mean_interval, median_interval])
def test_no_value_gives_no_estimate(function):
    assert np.isnan(function([])).all()


@pytest.mark.parametrize(("events", "population"), [(3, 2), (-1, 5), (0, -1)])
def test_impossible_counts_are_refused(events, population):
    with pytest.raises(ValueError, match="events"):
        wilson_interval(events, population)


def test_negative_events_are_refused():
    with pytest.raises(ValueError, match="negative"):
        poisson_interval(-1)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_a_confidence_level_outside_0_and_1_is_refused(level):
    for call in (
        lambda: wilson_interval(1, 2, confidence_level=level),
        lambda: mean_interval([1], confidence_level=level),
    ):
        with pytest.raises(ValueError, match="between 0 and 1"):
            call()


def test_nobody_gives_no_limits_beside_somebody():
    lower, upper = wilson_interval([0, 1, np.nan], [0, 2, 3])
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, False, True]


@given(counts, levels)
def test_wilson_limits_hold_the_share_and_stay_between_0_and_1(count, level):
    events, population = count
    lower, upper = wilson_interval(events, population, confidence_level=level)
    if population == 0:
        assert np.isnan([lower, upper]).all()
        return
    assert 0 <= lower <= events / population <= upper <= 1
    assert (lower == 0) == (events == 0)
    assert (upper == 1) == (events == population)


@given(counts, levels)
def test_wilson_limits_mirror_those_of_the_complement(count, level):
    events, population = count
    lower, upper = wilson_interval(events, population, confidence_level=level)
    low, high = wilson_interval(population - events, population, confidence_level=level)
    np.testing.assert_allclose([1 - high, 1 - low], [lower, upper], atol=1e-12, equal_nan=True)


@given(counts)
def test_more_confidence_is_never_narrower(count):
    events, population = count
    limits = [wilson_interval(events, population, confidence_level=level) for level in (0.8, 0.9, 0.99)]
    widths = [upper - lower for lower, upper in limits]
    assert population == 0 or widths == sorted(widths)


@given(st.integers(0, 3000), levels)
def test_poisson_limits_hold_the_count_and_rise_with_it(events, level):
    lower, upper = poisson_interval([events, events + 1], confidence_level=level)
    assert lower[0] <= events <= upper[0]
    assert lower[0] <= lower[1]
    assert upper[0] < upper[1]


@given(samples, levels)
def test_median_limits_are_observed_values_around_the_median(values, level):
    before = list(values)
    median, lower, upper = median_interval(values, confidence_level=level)
    assert values == before
    assert np.isnan(lower) or (lower in values and upper in values and lower <= median <= upper)


@given(samples, st.floats(-1e3, 1e3), levels)
def test_shifting_the_values_shifts_the_mean_and_its_limits(values, shift, level):
    here = np.array(mean_interval(values, confidence_level=level))
    there = np.array(mean_interval(np.array(values) + shift, confidence_level=level))
    np.testing.assert_allclose(there, here + shift, atol=1e-4, equal_nan=True)
