"""Risk and odds ratios agree with printed examples and with R, and say where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.risk_ratios import katz_interval, odds_ratio, risk_ratio, woolf_interval
from tests.estimation.count_tables import TWO_GROUPS, expected, numbers, reference
from tests.estimation.count_tables import counts as pairs

# Physicians' Health Study (1988), N Engl J Med 318:262-264: heart attacks with placebo and with aspirin; Agresti
# (2002), Categorical Data Analysis, 2nd ed., sections 2.2 and 3.1 prints odds ratio 1.83 (1.44 to 2.33) and risk
# ratio 1.82 (1.43 to 2.31).
PHYSICIANS = (189, 11034, 104, 11037)


def rows(method):
    found = [row for row in reference("comparisons") if row["method"] == method]
    assert len(found) >= 20
    return [([float(row[name]) for name in TWO_GROUPS], float(row["confidence_level"]), expected(row)) for row in found]


def test_the_physicians_ratios_are_those_printed():
    assert numbers(odds_ratio(*PHYSICIANS)) == pytest.approx((1.83, 1.44, 2.33), abs=6e-3)
    assert numbers(risk_ratio(*PHYSICIANS)) == pytest.approx((1.82, 1.43, 2.31), abs=6e-3)


def test_the_ratio_of_a_small_trial_is_the_one_printed():
    # Fagerland, Lydersen & Laake (2017), Statistical Analysis of Contingency Tables, ch. 4.
    assert numbers(risk_ratio(7, 34, 1, 34)) == pytest.approx((7.0, 0.9096, 53.8695), abs=5.1e-5)


def test_fisher_s_tea_has_the_odds_ratio_and_limits_that_sas_prints():
    # Fisher (1935), The Design of Experiments; Agresti (2002), appendix A: SAS PROC FREQ prints 9.0000, asymptotic
    # limits 0.3666 to 220.9270, exact limits 0.2117 to 626.2435.
    assert numbers(odds_ratio(3, 4, 1, 4)) == pytest.approx((9.0, 0.3666, 220.9270), abs=5.1e-5)
    exact = odds_ratio(3, 4, 1, 4, method="conditional_exact")
    assert (exact.lower, exact.upper) == pytest.approx((0.2117, 626.2435), abs=5.1e-5)
    # R's fisher.test prints 6.408309 and, since its root finder stops at 1e-4, an upper limit of 621.9.
    assert exact.estimate == pytest.approx(6.4083, abs=5e-5)


def test_risk_ratios_are_those_of_r():
    for counts, level, values in rows("katz"):
        found = risk_ratio(*counts, confidence_level=level)
        assert numbers(found) == pytest.approx(values, rel=1e-9), counts
        assert katz_interval(*counts, confidence_level=level) == pytest.approx(values[1:], rel=1e-9)
        assert (found.unit, found.method, found.n) == ("risk_ratio", "katz", counts[1] + counts[3])


def test_odds_ratios_are_those_of_r():
    for counts, level, values in rows("woolf"):
        found = odds_ratio(*counts, confidence_level=level)
        assert numbers(found) == pytest.approx(values, rel=1e-9), counts
        assert woolf_interval(*counts, confidence_level=level) == pytest.approx(values[1:], rel=1e-9)
        assert (found.unit, found.method, found.n) == ("odds_ratio", "woolf", counts[1] + counts[3])


def test_conditional_odds_ratios_are_those_of_the_hypergeometric_in_r():
    # Root finders on both sides: 1e-6.
    for counts, level, values in rows("conditional_exact"):
        found = odds_ratio(*counts, method="conditional_exact", confidence_level=level)
        assert numbers(found) == pytest.approx(values, rel=1e-6), counts


@pytest.mark.parametrize(
    "counts", [(0, 5, 2, 5), (2, 5, 0, 5), (5, 5, 5, 5), (0, 5, 0, 5), (0, 0, 2, 5), (np.nan, 5, 2, 5)]
)
def test_where_the_logarithm_has_no_variance_there_is_no_number(counts):
    for found in (risk_ratio(*counts), odds_ratio(*counts)):
        assert found.status == "too_few"
        assert np.isnan(numbers(found)).all()
    for interval in (katz_interval, woolf_interval):
        assert np.isnan(interval(*counts)).all()


@pytest.mark.parametrize("counts", [(5, 5, 5, 5), (0, 5, 0, 5), (0, 0, 2, 5), (np.nan, 5, 2, 5)])
def test_where_margins_leave_one_table_only_there_is_no_conditional_ratio(counts):
    assert odds_ratio(*counts, method="conditional_exact").status == "too_few"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: katz_interval([1, 3], 2, 1, 2), r"`events` must lie between 0 and `population`: 1 of 2 .*first: 1"),
        (lambda: odds_ratio(1, 2, 3, 2, method="conditional_exact"), "`reference_events` must lie"),
        (lambda: odds_ratio(0.5, 2, 1, 2, method="conditional_exact"), "whole counts"),
        (lambda: odds_ratio(1, 2, 1, 2, method="wald"), "woolf, conditional_exact"),
        (lambda: odds_ratio(1, 2, 1, 2, method="conditional_exact", confidence_level=95), "between 0 and 1"),
        (lambda: woolf_interval(1, 2, 1, 2, confidence_level=95), "between 0 and 1"),
        (lambda: risk_ratio([1], 2, 1, 2), "one number"),
    ],
)
def test_impossible_input_is_refused_with_its_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@settings(max_examples=50)
@given(pairs, pairs, st.sampled_from([0.8, 0.95, 0.998]))
def test_limits_hold_the_ratio_and_turn_over_with_the_groups(one, other, level):
    for function in (risk_ratio, odds_ratio):
        found = function(*one, *other, confidence_level=level)
        if found.status == "too_few":
            assert np.isnan(numbers(found)).all()
            continue
        assert 0 < found.lower <= found.estimate <= found.upper
        back = function(*other, *one, confidence_level=level)
        assert numbers(back) == pytest.approx((1 / found.estimate, 1 / found.upper, 1 / found.lower), rel=1e-9)
