"""Rates and their ratio agree with R and with printed tables, and refuse what cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.estimation.rates import conditional_poisson_interval, estimate_rates, rate, rate_ratio
from tests.estimation.count_tables import disguised, expected, numbers, reference, tables

RATIO = ("events", "exposure", "reference_events", "reference_exposure")


def rates(table, **options):
    return estimate_rates(table, indicator="deaths", events="events", exposure="population", **options)


@pytest.mark.parametrize("row", reference("rates_one"), ids=lambda r: f"{r['method']} {r['events']}")
def test_rates_are_those_of_r(row):
    found = rate(
        float(row["events"]),
        float(row["exposure"]),
        method=row["method"],
        confidence_level=float(row["confidence_level"]),
    )
    assert numbers(found) == pytest.approx(expected(row), rel=1e-9)
    assert (found.unit, found.method, found.n, found.status) == (
        "per_100000",
        row["method"],
        float(row["exposure"]),
        "ok",
    )


@pytest.mark.parametrize("row", reference("rates_one"), ids=lambda r: f"{r['method']} {r['events']}")
def test_rates_of_a_table_are_those_of_r(row):
    table = pd.DataFrame({"events": [float(row["events"]), 0], "population": [float(row["exposure"]) - 10, 10]})
    out = rates(table, method=row["method"], confidence_level=float(row["confidence_level"])).loc[0]
    assert numbers(out) == pytest.approx(expected(row), rel=1e-9)


def test_the_rule_takes_exact_limits_under_10_events_in_a_table_as_alone():
    table = pd.DataFrame({"quartier": ["A", "B"], "events": [9, 10], "population": [4100, 4100]})
    for level in (0.95, 0.998):
        out = rates(table, by=["quartier"], confidence_level=level)
        for events, method, row in ((9, "exact", 0), (10, "byar", 1)):
            other = rate(events, 4100, method=method, confidence_level=level)
            assert numbers(out.loc[row]) == pytest.approx(numbers(other), rel=1e-12)
        assert set(out["method"]) == {"byar_or_exact"}


@pytest.mark.parametrize("row", reference("rates_ratio"), ids=lambda r: f"{r['method']} {r['events']}")
def test_ratios_of_rates_are_those_of_r(row):
    counts = [float(row[name]) for name in RATIO]
    level = float(row["confidence_level"])
    found = rate_ratio(*counts, method=row["method"], confidence_level=level)
    assert numbers(found) == pytest.approx(expected(row), rel=1e-9)
    assert (found.unit, found.method, found.n) == ("rate_ratio", row["method"], counts[0] + counts[2])
    if row["method"] == "conditional_exact":
        assert conditional_poisson_interval(*counts, confidence_level=level) == pytest.approx(
            expected(row)[1:], rel=1e-9
        )


def test_breast_cancer_after_fluoroscopy_has_the_printed_rates_and_ratio():
    # Boice & Monson (1977), JNCI 59:823-832, as in Rothman (1986): 41 cases in 28 010 woman-years, 15 in 19 017;
    # rates 14.6 and 7.9 per 10 000, ratio 1.86, normal limits of the logarithm 1.03 to 3.35.
    assert rate(41, 28010, multiplier=10_000).estimate == pytest.approx(14.6, abs=0.05)
    assert rate(15, 19017, multiplier=10_000).unit == "per_10000"
    table = pd.DataFrame({"group": ["seen", "not"], "events": [41, 15], "population": [28010, 19017]})
    out = rates(table, by=["group"], multiplier=10_000).set_index("group")
    assert out["estimate"].to_dict() == pytest.approx({"seen": 14.6, "not": 7.9}, abs=0.05)
    found = rate_ratio(41, 28010, 15, 19017, method="log")
    assert numbers(found) == pytest.approx((1.86, 1.03, 3.35), abs=5e-3)


def test_rumke_s_rates_have_the_ratio_and_exact_limits_that_r_prints():
    # R's help page of poisson.test: 11 of 800 days against 21 of 3011: ratio 1.971488, 0.8584264 to 4.2772659.
    found = rate_ratio(11, 800, 6 + 8 + 7, 1083 + 1050 + 878)
    assert numbers(found) == pytest.approx((1.971488, 0.8584264, 4.2772659), rel=1e-6)
    assert conditional_poisson_interval(11, 800, 21, 3011) == pytest.approx((0.8584264, 4.2772659), rel=1e-6)


def test_many_ratios_at_once_are_those_of_each_alone_and_missing_stays_missing():
    counts = np.array(
        [(11, 800, 21, 3011), (0, 50, 4, 60), (0, 50, 0, 60), (3, 0, 2, 5), (np.nan, 5, 2, 5), (4, 60, 0, 50)]
    ).T
    before = counts.copy()
    lower, upper = conditional_poisson_interval(*counts)
    np.testing.assert_array_equal(counts, before)
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [False, False, True, True, True, False]
    assert (lower[1], upper[5]) == (0, np.inf)
    assert (lower[0], upper[0]) == pytest.approx(numbers(rate_ratio(*counts[:, 0]))[1:])


def test_without_exposure_or_events_of_reference_there_is_no_number():
    for found in (
        rate(0, 0),
        rate(np.nan, 5),
        rate_ratio(3, 5, 0, 5),
        rate_ratio(3, 5, 2, 0),
        rate_ratio(0, 5, 2, 5, method="log"),
    ):
        assert found.status == "too_few"
        assert np.isnan(numbers(found)).all()


def test_no_event_has_a_rate_of_zero_and_an_upper_limit():
    # Hanley & Lippman-Hand (1983), JAMA 249:1743-1745: nothing in n, up to about 3/n (one-sided 95 %, two-sided 90 %).
    found = rate(0, 1000, multiplier=1, confidence_level=0.9)
    assert numbers(found) == pytest.approx((0, 0, 0.002996), abs=5e-7)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rate(-1, 5), "`events` must not be negative"),
        (lambda: rate(1, -5), "`exposure` must not be negative"),
        (lambda: rate(1, 0), "must be 0 where"),
        (lambda: rate([1, 2], 5), "one number"),
        (lambda: rate(1, 5, multiplier=0), "`multiplier`"),
        (lambda: rate(1, 5, method="wald"), "byar_or_exact, byar, exact"),
        (lambda: rate(1, 5, confidence_level=95), "between 0 and 1"),
        (lambda: rate_ratio(1, 5, -2, 5), "`reference_events`"),
        (lambda: rate_ratio(1, 5, 2, 5, method="wald"), "conditional_exact, log"),
    ],
)
def test_impossible_input_is_refused_with_its_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("bad", [(-1, 2), (np.nan, 2), (1, np.nan), (1, -1), (1, np.inf), (1, 0)])
def test_a_row_that_cannot_be_is_refused_with_its_rule_extent_and_place(bad):
    table = pd.DataFrame([(1, 2), bad], columns=["events", "population"], index=[10, 11])
    with pytest.raises(ValueError, match=r"`(events|population)` must be.*: 1 of 2 rows.*first: row 11"):
        rates(table)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no column `quartier`, `population`"):
        rates(pd.DataFrame({"events": [1]}), by=["quartier"])


def test_the_columns_are_those_of_the_one_output_shape_even_without_rows():
    empty = pd.DataFrame({"quartier": [], "sex": [], "events": [], "population": []})
    out = rates(empty, by=["quartier", "sex"])
    assert list(out.columns) == [*HEAD, "sex", *TAIL]
    assert len(out) == 0
    assert rates(empty)["status"].tolist() == ["too_few"]


@settings(max_examples=25, deadline=None)
@given(tables, st.sampled_from(["byar_or_exact", "byar", "exact"]))
def test_order_index_splitting_and_extra_columns_of_rows_do_not_matter(table, method):
    table = table[table["population"] > 0]
    before = table.copy(deep=True)
    whole = rates(table, by=["quartier", "year"], method=method)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(rates(disguised(table), by=["quartier", "year"], method=method), whole)
    assert ((whole["lower"] <= whole["estimate"]) & (whole["estimate"] <= whole["upper"])).all()


@settings(max_examples=25, deadline=None)
@given(tables)
def test_the_multiplier_changes_the_unit_and_nothing_else(table):
    table = table[table["population"] > 0]
    one, many = rates(table, by=["quartier"], multiplier=1), rates(table, by=["quartier"], multiplier=1000)
    np.testing.assert_allclose(many["lower"], 1000 * one["lower"], rtol=1e-12)
    assert set(many["unit"]) <= {"per_1000"}
