"""Trends against R's glm and clubSandwich."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.impact.trends import trend_in_counts, trend_in_shares
from tests.impact.test_before_after import agree, data, reference


def test_counts_agree_with_quasi_poisson_of_r_where_a_place_without_events_says_nothing():
    rows = data("esoph")
    found = trend_in_counts(rows["value"], rows["x"], rows["group"])
    rest = rows[rows["group"] != "25-34"]
    wanted = reference()["counts_esoph"]
    same = trend_in_counts(rest["value"], rest["x"], rest["group"])
    assert same.estimate == pytest.approx(wanted["estimate"], rel=1e-6)  # both iterate
    assert same.standard_error == pytest.approx(wanted["error"], rel=1e-5)
    assert same.df == wanted["df"]
    assert same.p_value == pytest.approx(wanted["p_value"], rel=1e-4)
    silent = trend_in_counts([*rest["value"], 0, 0, 0, 0], [*rest["x"], 1, 2, 3, 4], [*rest["group"], *"zzzz"])
    assert silent.estimate == pytest.approx(same.estimate, rel=1e-9)
    assert found.units == rows["group"].nunique()


def test_counts_more_regular_than_chance_keep_the_error_of_poisson():
    y, time, place = [20, 22, 24, 26, 30, 33, 36, 40], [1, 2, 3, 4] * 2, ["a"] * 4 + ["b"] * 4
    wanted = reference()["counts_steady"]
    found = trend_in_counts(y, time, place)
    assert found.estimate == pytest.approx(wanted["estimate"], rel=1e-6)
    assert found.standard_error == pytest.approx(wanted["error"], rel=1e-5)


def test_shares_agree_with_clubsandwich_weighted_by_trials():
    rows = data("esoph")
    agree(trend_in_shares(rows["value"], rows["n"], rows["x"], rows["group"]), reference()["shares_esoph"])


def test_too_short_a_time_or_too_few_places_give_no_trend():
    assert trend_in_counts([3, 4], [1, 2], ["a", "a"]).status == "too_few"
    assert trend_in_shares([1, 2, 3], [5, 5, 5], [1, 2, 3], ["a"] * 3).status == "too_few"


def test_more_events_than_trials_and_negative_counts_are_refused():
    with pytest.raises(ValueError, match="between 0 and `trials`"):
        trend_in_shares([6], [5], [1], ["a"])
    with pytest.raises(ValueError, match="must not be negative: 1 of 2"):
        trend_in_counts([1, -1], [1, 2], ["a", "a"])


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.3, 0.3), st.lists(st.integers(20, 200), min_size=4, max_size=4))
def test_an_exact_growth_is_found_whatever_the_levels(slope, levels):
    time = np.tile(np.arange(5.0), 4)
    place = np.repeat(list("abcd"), 5)
    counts = np.repeat(levels, 5) * np.exp(slope * time)
    assert trend_in_counts(counts, time, place).estimate == pytest.approx(slope, abs=1e-6)
    assert trend_in_counts(counts, time + 2014, place).estimate == pytest.approx(slope, abs=1e-6)
