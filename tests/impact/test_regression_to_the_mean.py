"""Regression to the mean: Mee & Chua against lm and the published t, the expected one against integration."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.impact.regression_to_the_mean import expected_regression_to_the_mean, mee_chua
from tests.conftest import ROOT

ROWS = pd.read_csv(ROOT / "tests" / "reference" / "impact_sensitivity_mean.csv")
# McClave & Dietrich (1988), Statistics: eight pupils who failed a language test, and again.
BEFORE, AFTER = [45, 52, 63, 68, 57, 55, 60, 59], [49, 50, 70, 71, 53, 61, 62, 67]
# Hand et al. (1993), p. 229: weights of 17 girls before and after family therapy (MASS anorexia, FT).
GIRLS = (
    [83.8, 83.3, 86.0, 82.5, 86.7, 79.6, 76.9, 94.2, 73.4, 80.5, 81.6, 82.1, 77.6, 83.5, 89.9, 86.0, 87.3],
    [95.2, 94.3, 91.5, 91.9, 100.3, 76.7, 76.8, 101.6, 94.9, 75.2, 77.8, 95.5, 90.7, 92.5, 93.8, 91.7, 98.0],
)
DATA = {"language": (BEFORE, AFTER), "anorexia": GIRLS}


def test_the_language_test_gives_the_published_t_and_p():
    # Ostermann, Willich & Luedtke (2008), BMC Med Res Methodol 8:52: largest t 1.938, one-sided p .0504, at mean 59.
    found = mee_chua(BEFORE, AFTER, 59)
    assert found.estimate / found.standard_error == pytest.approx(1.938, abs=5e-4)
    assert found.p_value / 2 == pytest.approx(0.0504, abs=5e-5)
    around = [mee_chua(BEFORE, AFTER, mean) for mean in (57, 58, 60, 61)]
    assert all(e.estimate / e.standard_error < 1.938 for e in around)


@pytest.mark.parametrize(
    "row", ROWS[ROWS["data"].isin(DATA)].to_dict("records"), ids=lambda r: f"{r['data']}-{r['mean']}"
)
def test_mee_and_chua_agree_with_lm(row):
    found = mee_chua(*DATA[row["data"]], row["mean"])
    values = (found.estimate, found.lower, found.upper, found.standard_error, found.p_value)
    assert values == pytest.approx(tuple(row[c] for c in ("estimate", "lower", "upper", "error", "p_value")), rel=1e-9)
    assert (found.df, found.inference, found.status) == (found.n - 2, "student", "ok")


@pytest.mark.parametrize(
    "row",
    ROWS[ROWS["data"].isin(["below", "above"])].to_dict("records"),
    ids=lambda r: f"{r['data']}-{r['correlation']}-{r['measurements']}",
)
def test_the_expected_change_is_that_of_the_truncated_mean_by_integration(row):
    found = expected_regression_to_the_mean(
        row["cutoff"],
        population_mean=row["mean"],
        population_sd=row["sd"],
        correlation=row["correlation"],
        side=row["data"],
        measurements=int(row["measurements"]),
    )
    assert found.estimate == pytest.approx(row["estimate"], abs=1e-8)
    assert math.isnan(found.lower)


def test_a_group_chosen_low_improves_by_that_much_with_nothing_done():
    # 200 000 people, two measurements, correlation 0.6: mean change of those under 40, to 3 standard errors.
    rng = np.random.default_rng(1)
    person = rng.normal(0, math.sqrt(0.6), 200_000)
    first, second = (60 + 15 * (person + rng.normal(0, math.sqrt(0.4), person.size)) for _ in range(2))
    low = first < 40
    change = second[low] - first[low]
    expected = expected_regression_to_the_mean(40, population_mean=60, population_sd=15, correlation=0.6)
    assert change.mean() == pytest.approx(expected.estimate, abs=3 * change.std() / math.sqrt(low.sum()))
    assert expected.estimate > 10
    corrected = mee_chua(first[low], second[low], 60)
    assert corrected.lower < 0 < corrected.upper  # and all of it is taken away


@settings(max_examples=30, deadline=None)
@given(st.floats(-50, 50), st.floats(0.1, 10), st.permutations(range(8)))
def test_origin_unit_and_order_do_not_matter(shift, scale, order):
    x, y = np.array(BEFORE, dtype=float), np.array(AFTER, dtype=float)
    first = mee_chua(x, y, 59)
    other = mee_chua((x[order] + shift) * scale, (y[order] + shift) * scale, (59 + shift) * scale)
    assert other.estimate == pytest.approx(first.estimate * scale, rel=1e-6)
    assert (other.upper, other.p_value) == pytest.approx((first.upper * scale, first.p_value), rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.floats(-3, 3), st.floats(0, 1), st.integers(1, 5))
def test_low_and_high_mirror_and_more_measurements_leave_less(cut, correlation, measurements):
    given_ = {"population_mean": 0.0, "population_sd": 1.0, "correlation": correlation}
    low = expected_regression_to_the_mean(cut, measurements=measurements, **given_).estimate
    high = expected_regression_to_the_mean(-cut, side="above", measurements=measurements, **given_).estimate
    more = expected_regression_to_the_mean(cut, measurements=measurements + 1, **given_).estimate
    assert low == pytest.approx(-high, abs=1e-12)
    assert -1e-12 <= more <= low + 1e-12


def test_what_cannot_be_estimated_is_too_few():
    for before, after in (([], []), ([1, 2], [2, 3]), ([5, 5, 5], [1, 2, 3]), ([1, 2, 3], [2, 3, 4])):
        found = mee_chua(before, after, 2)
        assert found.status == "too_few"
        assert np.isnan([found.estimate, found.lower, found.upper, found.p_value]).all()


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="one shape"):
        mee_chua([1, 2, 3], [1, 2], 2)
    with pytest.raises(ValueError, match="`before` must not"):
        mee_chua([1, 2, math.nan], [1, 2, 3], 2)
    with pytest.raises(ValueError, match="`population_mean`"):
        mee_chua([1, 2, 3], [1, 2, 4], math.nan)
    good = {"population_mean": 0.0, "population_sd": 1.0, "correlation": 0.5}
    for wrong in ({"population_sd": 0.0}, {"correlation": 1.1}, {"measurements": 0}, {"side": "left"}):
        with pytest.raises(ValueError, match=f"`{next(iter(wrong))}`"):
            expected_regression_to_the_mean(-1, **(good | wrong))
