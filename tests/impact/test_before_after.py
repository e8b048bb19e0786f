"""Before and after, dose and pseudo-values against clubSandwich and survival."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.impact.before_after import before_after, dose_response, restricted_mean_pseudo_values
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "reference"


def reference() -> dict[str, dict[str, float]]:
    """R 4.2.2, clubSandwich 0.5.8, survival 3.5: tests/reference/r/impact_people.R."""
    with (FOLDER / "impact_people.csv").open() as file:
        return {
            row["name"]: {k: float(row[k]) if row[k] else np.nan for k in ("estimate", "error", "df", "p_value")}
            for row in csv.DictReader(file)
        }


def data(name: str) -> pd.DataFrame:
    rows = pd.read_csv(FOLDER / "impact_people_data.csv", dtype={"group": "str"})
    return rows[rows["data"] == name].reset_index(drop=True)


def agree(found, wanted, rel: float = 1e-8):
    assert found.estimate == pytest.approx(wanted["estimate"], rel=rel)
    assert found.standard_error == pytest.approx(wanted["error"], rel=rel)
    assert found.df == pytest.approx(wanted["df"], rel=rel)
    assert found.p_value == pytest.approx(wanted["p_value"], rel=1e-6)
    assert found.lower < found.estimate < found.upper


def test_before_after_agrees_with_clubsandwich_on_chicks_in_two_groups():
    rows = data("chicks")
    found = before_after(rows["value"], rows["side"] == 1, rows["group"].to_numpy(dtype=object))
    agree(found, reference()["before_after_chicks"])  # closed form
    assert found.units == rows["group"].nunique()
    assert found.treated == rows.loc[rows["side"] == 1, "group"].nunique()


def test_dose_agrees_with_clubsandwich():
    rows = data("chicks")
    agree(dose_response(rows["value"], rows["x"], rows["group"].to_numpy(dtype=object)), reference()["dose_chicks"])


def test_pseudo_values_agree_with_the_jackknife_of_survival():
    rows, wanted = data("lung"), reference()
    found = restricted_mean_pseudo_values(rows["value"], rows["side"] == 1, 365)
    np.testing.assert_allclose(found, [wanted[f"pseudo_{i + 1}"]["estimate"] for i in range(60)], rtol=1e-9)


def test_pseudo_values_without_open_waits_are_the_waits_themselves_cut_at_the_horizon():
    np.testing.assert_array_equal(restricted_mean_pseudo_values([3, 200, 7], [True] * 3, 100), [3, 100, 7])


def test_a_group_on_both_sides_and_a_missing_value_are_refused():
    with pytest.raises(ValueError, match="1 groups have people both before and after"):
        before_after([1, 0, 1], [True, False, True], ["a", "a", "b"])
    with pytest.raises(ValueError, match="must not hold NaN"):
        before_after([1, np.nan], [True, False], ["a", "b"])
    with pytest.raises(ValueError, match="`horizon` must be positive"):
        restricted_mean_pseudo_values([1.0], [False], 0)


def test_one_session_on_a_side_gives_no_effect():
    found = before_after([1, 0, 1, 1], [False, False, False, True], ["a", "b", "b", "c"])
    assert found.status == "too_few"
    assert np.isnan([found.estimate, found.lower, found.upper]).all()
    assert dose_response([1, 2, 3], [1, 1, 1], ["a", "b", "c"]).status == "too_few"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=24, max_size=24), st.floats(-5, 5), st.floats(0.5, 3))
def test_adding_to_all_changes_nothing_and_scaling_scales(values, shift, scale):
    y = np.array(values, dtype=float) + np.linspace(0, 0.1, 24)  # never constant
    group = np.repeat([f"s{i}" for i in range(6)], 4).astype(object)
    after = np.repeat([False, True], 12)
    base, moved = before_after(y, after, group), before_after(scale * y + shift, after, group)
    assert moved.estimate == pytest.approx(scale * base.estimate, abs=1e-9)
    assert moved.upper - moved.lower == pytest.approx(scale * (base.upper - base.lower), rel=1e-6)
    assert base.estimate == pytest.approx(y[12:].mean() - y[:12].mean(), abs=1e-12)
