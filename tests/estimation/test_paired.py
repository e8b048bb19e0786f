"""Change in the same people agrees with printed examples and with R."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.paired import mcnemar_test, paired_difference, tango_interval
from tests.estimation.count_tables import expected, numbers, reference

PAIRS = ("gained", "lost", "pairs")
pairs = st.integers(0, 80).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda b: st.tuples(st.just(b), st.integers(0, n - b), st.just(n)))
)


def test_response_before_and_after_therapy_has_the_printed_change_and_test():
    # Cavo et al. (2012), Blood 120:9-19, in Fagerland, Lydersen & Laake (2017), Statistical Analysis of Contingency
    # Tables, ch. 8: 161 patients, 6 and 16 discordant; Tango -0.1240 to -0.0054, exact conditional P = 0.052479.
    assert numbers(paired_difference(6, 16, 161)) == pytest.approx((-0.0621, -0.1240, -0.0054), abs=5.1e-5)
    assert mcnemar_test(6, 16).p_value == pytest.approx(0.052479, abs=5.1e-7)


def test_airway_reactivity_has_the_printed_test():
    # Bentur et al. (2009), in Fagerland, Lydersen & Laake (2013), BMC Med Res Methodol 13:91: 1 and 7, P = 0.0703.
    assert mcnemar_test(1, 7).p_value == pytest.approx(0.0703, abs=5.1e-5)


@pytest.mark.parametrize("row", reference("paired"), ids=lambda r: f"{r['gained']} {r['lost']} of {r['pairs']}")
def test_changes_and_tests_are_those_of_r(row):
    counts, level = [float(row[name]) for name in PAIRS], float(row["confidence_level"])
    found = paired_difference(*counts, confidence_level=level)
    # R's side maximises the likelihood numerically (to about 1e-8): 1e-6.
    assert numbers(found) == pytest.approx(expected(row), rel=1e-6, abs=1e-9)
    assert tango_interval(*counts, confidence_level=level) == pytest.approx(expected(row)[1:], rel=1e-6)
    assert (found.unit, found.method, found.n) == ("proportion_difference", "tango", counts[2])
    test = mcnemar_test(*counts[:2])
    assert test.p_value == pytest.approx(float(row["p_value"]), rel=1e-9, nan_ok=True)
    assert (test.method, test.n) == ("mcnemar_exact", counts[0] + counts[1])


def test_many_changes_at_once_are_those_of_each_alone_and_missing_stays_missing():
    rows = [[6, 16, 161], [0, 0, 0], [np.nan, 1, 5], [5, 0, 5], [0, 5, 5], [0, 0, 30]]
    columns = np.array(rows, dtype=float).T
    before = columns.copy()
    lower, upper = tango_interval(*columns)
    np.testing.assert_array_equal(columns, before)
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [False, True, True, False, False, False]
    assert (upper[3], lower[4]) == (1, -1)
    np.testing.assert_array_equal(np.column_stack([lower, upper]), np.array([tango_interval(*row) for row in rows]))


def test_without_pairs_or_without_change_there_is_no_number():
    for found in (paired_difference(0, 0, 0), paired_difference(np.nan, 0, 5)):
        assert found.status == "too_few"
        assert np.isnan(numbers(found)).all()
    for test in (mcnemar_test(0, 0), mcnemar_test(np.nan, 3)):
        assert np.isnan([test.statistic, test.p_value]).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tango_interval([1, 4], 2, 5), r"must not be above `pairs`: 1 of 2 .*first: 1"),
        (lambda: tango_interval(-1, 2, 5), "`gained` must not be negative"),
        (lambda: tango_interval(1, 2, 5, confidence_level=95), "between 0 and 1"),
        (lambda: paired_difference([1], 2, 5), "one number"),
        (lambda: paired_difference(1, 2, 5, method="wald"), "tango"),
        (lambda: mcnemar_test(1.5, 2), "whole"),
        (lambda: mcnemar_test(1, -2), "`lost` must not be negative"),
    ],
)
def test_impossible_input_is_refused_with_its_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@settings(max_examples=50)
@given(pairs, st.sampled_from([0.8, 0.95, 0.998]))
def test_limits_hold_the_change_and_change_sign_with_its_direction(counts, level):
    gained, lost, n = counts
    lower, upper = tango_interval(gained, lost, n, confidence_level=level)
    if n == 0:
        assert np.isnan([lower, upper]).all()
        return
    assert -1 <= lower <= (gained - lost) / n <= upper <= 1
    assert tango_interval(lost, gained, n, confidence_level=level) == pytest.approx((-upper, -lower), abs=1e-9)


@settings(max_examples=50)
@given(st.integers(0, 60), st.integers(0, 60))
def test_the_test_does_not_know_which_way_is_which(gained, lost):
    one, other = mcnemar_test(gained, lost), mcnemar_test(lost, gained)
    assert one.p_value == pytest.approx(other.p_value, nan_ok=True)
    assert gained + lost == 0 or 0 < one.p_value <= 1
