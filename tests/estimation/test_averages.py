"""A mean and a median carry limits that agree with R and with printed tables, or say that there are none."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.averages import mean, median
from tests.conftest import ROOT

# Campbell & Gardner (1988), BMJ 296:1454-1456: ranks of the limits of a median at 95 %, by sample size.
MEDIAN_RANKS = [(6, 1, 6), (8, 1, 8), (9, 2, 8), (12, 3, 10), (15, 4, 12), (17, 5, 13), (20, 6, 15), (25, 8, 18)]

levels = st.floats(0.5, 0.999)
samples = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=60)


def reference(name):
    """Rows that R computed; see tests/reference/r/averages.R."""
    with (ROOT / "tests" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(answer):
    return answer.estimate, answer.lower, answer.upper


@pytest.mark.parametrize("row", reference("mean"), ids=lambda r: r["series"])
def test_mean_limits_are_those_of_t_test(row):
    values = [float(value) for value in row["values"].split()]
    expected = (float(row["mean"]), float(row["lower"]), float(row["upper"]))
    assert numbers(mean(values, unit="hours")) == pytest.approx(expected, rel=1e-9)


def test_mean_of_student_s_sleep_data_is_the_one_he_printed():
    # Student (1908), Biometrika 6:20: mean gain of .75 hour for dextro-hyoscyamine.
    found = mean([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], unit="hours")
    assert found.estimate == pytest.approx(0.75)
    assert (found.unit, found.method, found.n, found.status) == ("hours", "student", 10, "ok")


@pytest.mark.parametrize(("n", "low", "high"), MEDIAN_RANKS)
def test_median_limits_are_the_order_statistics_of_the_printed_table(n, low, high):
    assert numbers(median(range(1, n + 1), unit="days"))[1:] == (low, high)


@pytest.mark.parametrize("level", ["0.9", "0.95", "0.99"])
def test_median_limits_have_the_ranks_of_the_binomial_in_r(level):
    for row in reference("median_rank"):
        if row["confidence_level"] != level:
            continue
        n, rank = int(row["n"]), int(row["rank"])
        found = median(range(1, n + 1), unit="days", confidence_level=float(level))
        expected = (rank, n + 1 - rank) if rank else pytest.approx((np.nan, np.nan), nan_ok=True)
        assert (found.lower, found.upper) == expected, n
        assert found.status == ("ok" if rank else "too_few")


def test_five_values_give_a_median_and_no_limits():
    found = median([3, 1, 2, 5, 4], unit="weeks")
    assert (found.estimate, found.method, found.n, found.status) == (3, "median_order", 5, "too_few")
    assert np.isnan([found.lower, found.upper]).all()


@pytest.mark.parametrize("values", [[4.0], [2.0, 2.0, 2.0]])
def test_values_without_spread_give_a_mean_and_no_limits_of_zero_width(values):
    found = mean(values, unit="points")
    assert (found.estimate, found.status) == (values[0], "too_few")
    assert np.isnan([found.lower, found.upper]).all()


@pytest.mark.parametrize("function", [mean, median])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_missing_value_is_refused_not_dropped(function, bad):
    with pytest.raises(ValueError, match=r"NaN.*1 of 2.*first: 1"):
        function([1.0, bad], unit="days")


@pytest.mark.parametrize("function", [mean, median])
def test_no_value_gives_no_estimate(function):
    found = function([], unit="days")
    assert np.isnan(numbers(found)).all()
    assert (found.n, found.status) == (0, "too_few")


@pytest.mark.parametrize("function", [mean, median])
def test_a_table_of_values_and_an_impossible_level_are_refused(function):
    with pytest.raises(ValueError, match="one dimension"):
        function([[1.0, 2.0]], unit="days")
    with pytest.raises(ValueError, match="between 0 and 1"):
        function([1.0, 2.0], unit="days", confidence_level=95)


@settings(max_examples=50)
@given(samples, levels)
def test_median_limits_are_observed_values_around_the_median(values, level):
    before = list(values)
    found = median(values, unit="days", confidence_level=level)
    assert values == before
    assert np.isnan(found.lower) or (found.lower in values and found.upper in values)
    assert np.isnan(found.lower) or found.lower <= found.estimate <= found.upper


@settings(max_examples=50)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60), st.integers(-1000, 1000), levels)
def test_shifting_or_shuffling_the_values_shifts_the_mean_and_its_limits_or_nothing(values, shift, level):
    here = np.array(numbers(mean(values, unit="days", confidence_level=level)))
    there = np.array(numbers(mean([v + shift for v in reversed(values)], unit="days", confidence_level=level)))
    np.testing.assert_allclose(there, here + shift, atol=1e-7, rtol=1e-9, equal_nan=True)
