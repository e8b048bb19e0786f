"""Confidence limits agree with printed tables and with R, and behave as limits must."""

from __future__ import annotations

import csv
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.intervals import (
    byar_interval,
    byar_or_exact_interval,
    clopper_pearson_interval,
    poisson_interval,
    wilson_interval,
)
from tests.conftest import ROOT

# Newcombe (1998), Stat Med 17:857-872, Table I, method 3; printed to 4 decimals.
NEWCOMBE_1998 = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
# The same table, method 4 (Wilson with continuity correction) and method 2 (exact).
NEWCOMBE_1998_CORRECTED = [
    (81, 263, 0.2535, 0.3682),
    (15, 148, 0.0598, 0.1644),
    (0, 20, 0.0, 0.2005),
    (1, 29, 0.0018, 0.1963),
]
NEWCOMBE_1998_EXACT = [
    (81, 263, 0.2527, 0.3676),
    (15, 148, 0.0578, 0.1617),
    (0, 20, 0.0, 0.1684),
    (1, 29, 0.0009, 0.1776),
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
levels = st.floats(0.5, 0.999)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def reference(name):
    """Rows that R computed; see tests/reference/r/averages.R and intervals.R."""
    with (ROOT / "tests" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("events", "population", "lower", "upper"), NEWCOMBE_1998)
def test_wilson_limits_are_those_newcombe_printed(events, population, lower, upper):
    assert wilson_interval(events, population) == pytest.approx((lower, upper), abs=5e-5)


@pytest.mark.parametrize(("events", "population", "lower", "upper"), NEWCOMBE_1998_CORRECTED)
def test_corrected_wilson_limits_are_those_newcombe_printed(events, population, lower, upper):
    found = wilson_interval(events, population, continuity_correction=True)
    assert found == pytest.approx((lower, upper), abs=5.1e-5)


@pytest.mark.parametrize(("events", "population", "lower", "upper"), NEWCOMBE_1998_EXACT)
def test_exact_limits_are_those_newcombe_printed(events, population, lower, upper):
    assert clopper_pearson_interval(events, population) == pytest.approx((lower, upper), abs=5.1e-5)


def test_exact_limits_of_13_of_16_are_those_printed():
    # Fagerland, Lydersen & Laake (2017), Statistical Analysis of Contingency Tables, ch. 2 (Ligarden et al. 2010).
    assert clopper_pearson_interval(13, 16) == pytest.approx((0.5435, 0.9595), abs=5.1e-5)


METHODS = {
    "wilson": wilson_interval,
    "wilson_corrected": partial(wilson_interval, continuity_correction=True),
    "clopper_pearson": clopper_pearson_interval,
    "exact": poisson_interval,
    "byar": byar_interval,
    "byar_or_exact": byar_or_exact_interval,
}


@pytest.mark.parametrize("method", list(METHODS))
def test_limits_are_those_of_r_at_95_and_99_8_per_cent(method):
    # Closed forms and quantiles on both sides: 1e-9.
    rows = [r for name in ("proportions", "counts") for r in reference(f"intervals_{name}") if r["method"] == method]
    assert len(rows) >= 24
    for row in rows:
        counts = [float(row[name]) for name in ("events", "population") if name in row]
        found = METHODS[method](*counts, confidence_level=float(row["confidence_level"]))
        assert found == pytest.approx((float(row["lower"]), float(row["upper"])), rel=1e-9, abs=1e-15), row


def test_the_rule_is_exact_below_10_events_and_byar_s_from_10_on():
    counts = np.arange(0, 21, dtype=float)
    for level in (0.95, 0.998):
        rule = np.array(byar_or_exact_interval(counts, confidence_level=level))
        np.testing.assert_array_equal(rule[:, 10:], np.array(byar_interval(counts[10:], confidence_level=level)))
        np.testing.assert_allclose(rule[:, :10], np.array(poisson_interval(counts[:10], confidence_level=level)))
    # Public Health England (2018), Technical Guide: Confidence Intervals: Byar's is within 0.2 % of the exact
    # limit from 10 events on at 95 %.
    many = np.arange(10, 500)
    np.testing.assert_allclose(byar_interval(many), poisson_interval(many), rtol=2e-3)


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


@pytest.mark.parametrize(("events", "population"), [(3, 2), (-1, 5), (0, -1), (1, np.inf)])
@pytest.mark.parametrize("interval", [wilson_interval, clopper_pearson_interval])
def test_impossible_counts_are_refused(interval, events, population):
    with pytest.raises(ValueError, match=r"(events|population)`.*: 1 of 2 do not \(first: 1\)"):
        interval([1, events], [2, population])


@pytest.mark.parametrize("interval", [poisson_interval, byar_interval, byar_or_exact_interval])
@pytest.mark.parametrize("bad", [-1, np.inf])
def test_negative_or_infinite_events_are_refused_with_extent_and_place(interval, bad):
    with pytest.raises(ValueError, match=r"`events` must not be negative nor infinite: 1 of 3 .*first: 2"):
        interval([1, 2, bad])


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_a_confidence_level_outside_0_and_1_is_refused(level):
    for call in (
        lambda: wilson_interval(1, 2, confidence_level=level),
        lambda: clopper_pearson_interval(1, 2, confidence_level=level),
        lambda: poisson_interval(1, confidence_level=level),
        lambda: byar_interval(1, confidence_level=level),
        lambda: byar_or_exact_interval(1, confidence_level=level),
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


@settings(max_examples=50)
@given(counts, levels)
def test_corrected_and_exact_limits_are_never_inside_those_without_correction(count, level):
    events, population = count
    plain = wilson_interval(events, population, confidence_level=level)
    corrected = wilson_interval(events, population, continuity_correction=True, confidence_level=level)
    exact = clopper_pearson_interval(events, population, confidence_level=level)
    if population == 0:
        assert np.isnan([*corrected, *exact]).all()
        return
    assert 0 <= corrected[0] <= plain[0] + 1e-12
    assert plain[1] - 1e-12 <= corrected[1] <= 1
    assert 0 <= exact[0] <= events / population <= exact[1] <= 1


@settings(max_examples=50)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=30), st.sampled_from([0.9, 0.95, 0.998]))
def test_each_count_has_the_limits_it_has_alone_and_missing_stays_missing(counts, level):
    events = np.array([*counts, np.nan])
    before = events.copy()
    for interval in (poisson_interval, byar_interval, byar_or_exact_interval):
        lower, upper = interval(events, confidence_level=level)
        np.testing.assert_array_equal(events, before)
        assert np.isnan([lower[-1], upper[-1]]).all()
        alone = np.array([interval(x, confidence_level=level) for x in counts])
        np.testing.assert_allclose(np.column_stack([lower, upper])[:-1], alone, rtol=1e-12)
        assert (lower[:-1] <= counts).all()
        assert (upper[:-1] >= counts).all()
