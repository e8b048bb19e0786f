"""Alpha, omega, reliable change and marginal homogeneity equal psych, lavaan and coin."""

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import SquareTable

from prs_eval.estimation.reliability import (
    cronbach_alpha,
    estimate_reliable_changes,
    marginal_homogeneity,
    mcdonald_omega,
    reliable_change_index,
)

REFERENCE = Path(__file__).parent.parent / "reference"


def _rows(name):
    with (REFERENCE / f"reliability_{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _answers(case):
    # `attitude`: Chatterjee & Price (1977), section 3.7; `neuroticism`: bfi of psych (Revelle).
    return np.array([[float(a) for a in r["answers"].split()] for r in _rows("answers") if r["case"] == case])


def _numbers(text):
    return [float(x) for x in text.split()]


@pytest.mark.parametrize("row", _rows("scale"), ids=lambda r: "-".join([r["case"], r["method"], r["level"]]))
def test_alpha_and_omega_agree_with_psych_and_lavaan(row):
    answers, level = _answers(row["case"]), float(row["level"])
    if row["method"] == "alpha":
        out, tolerance = cronbach_alpha(answers, confidence_level=level), 1e-10
    else:
        # lavaan 0.6-14 stops its search within 6e-7 of the maximum that factanal and we reach.
        out, tolerance = mcdonald_omega(answers, method=row["method"], confidence_level=level), 2e-6
    assert out.n == len(answers)
    assert out.status == "ok"
    for name in ("estimate", "lower", "upper"):
        assert getattr(out, name) == pytest.approx(float(row[name]), rel=tolerance), name
    if row["factanal"] != "NA":
        assert out.estimate == pytest.approx(float(row["factanal"]), rel=1e-8)


def test_attitude_gives_the_alpha_that_is_printed_everywhere():
    # psych: alpha(attitude) prints raw_alpha 0.84, Feldt 0.74 0.84 0.92.
    out = cronbach_alpha(_answers("attitude"))
    assert [round(v, 2) for v in (out.lower, out.estimate, out.upper)] == [0.74, 0.84, 0.92]


def test_omega_exceeds_alpha_where_items_load_apart_and_equals_it_where_they_do_not():
    rng = np.random.default_rng(1)
    factor = rng.normal(size=(4000, 1))
    apart = factor * np.array([0.2, 0.4, 0.9, 1.4]) + rng.normal(size=(4000, 4))
    alike = factor * 0.8 + rng.normal(size=(4000, 4))
    assert mcdonald_omega(apart).estimate > cronbach_alpha(apart).estimate + 0.02
    assert mcdonald_omega(alike).estimate == pytest.approx(cronbach_alpha(alike).estimate, abs=0.005)


def test_omega_of_the_raw_sum_follows_the_units_and_the_standardised_does_not():
    answers = _answers("attitude")
    scaled = answers * np.array([1, 10, 1, 1, 1, 1, 1])
    raw, standard = ([mcdonald_omega(a, method=m).estimate for a in (answers, scaled)] for m in ("raw", "standardised"))
    assert standard[0] == pytest.approx(standard[1], rel=1e-8)
    assert abs(raw[1] - raw[0]) > 0.01


@pytest.mark.parametrize("function", [cronbach_alpha, mcdonald_omega])
@pytest.mark.parametrize(
    "answers",
    [np.zeros((0, 3)), np.ones((1, 3)), np.zeros((20, 3)), np.ones((20, 3)), np.tile(np.arange(8.0)[:, None], 3)],
    ids=["nobody", "one", "all zero", "all one", "items all alike"],
)
def test_what_cannot_be_estimated_is_too_few(function, answers):
    out = function(answers)
    assert np.isnan([out.estimate, out.lower, out.upper]).all()
    assert (out.status, out.n) == ("too_few", len(answers))


def test_a_heywood_case_gives_no_omega():
    # The third item is the first and second together: its own variance would be estimated at nothing.
    rng = np.random.default_rng(3)
    two = rng.normal(size=(60, 2))
    answers = np.column_stack([two, two.sum(axis=1) + 0.001 * rng.normal(size=60)])
    assert mcdonald_omega(answers).status == "too_few"


def test_items_with_nothing_in_common_give_a_wide_interval_or_none():
    rng = np.random.default_rng(0)
    for _ in range(40):
        out = mcdonald_omega(rng.normal(size=(25, 4)))
        if out.status == "ok":
            assert 0 <= out.lower <= out.estimate <= out.upper <= 1
        else:
            assert math.isnan(out.estimate)


def test_a_missing_answer_or_a_wrong_shape_is_refused():
    for function, least in ((cronbach_alpha, 1), (mcdonald_omega, 2)):
        with pytest.raises(ValueError, match=r"1 of 4 people left an item without answer \(first: 2\)"):
            function([[1, 2, 3], [2, 3, 4], [3, math.nan, 1], [1, 2, 2]])
        with pytest.raises(ValueError, match="items or more"):
            function(np.ones((9, least)))
        with pytest.raises(ValueError, match="confidence_level"):
            function(np.eye(9), confidence_level=0)
    with pytest.raises(ValueError, match="standardised"):
        mcdonald_omega(np.eye(9), method="std")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 4), min_size=4, max_size=4), min_size=3, max_size=30), st.permutations(range(4))
)
def test_alpha_does_not_mind_the_order_of_people_and_items_nor_the_unit(rows, order):
    x = np.array(rows, dtype=float)
    out, same = cronbach_alpha(x), cronbach_alpha(3 * x[::-1][:, order] - 2)
    values = (out.estimate, out.lower, out.upper)
    assert (same.estimate, same.lower, same.upper) == pytest.approx(values, nan_ok=True, rel=1e-7)
    assert math.isnan(out.estimate) or out.lower < out.estimate < out.upper or out.estimate < -1


def test_reliable_change_gives_the_published_example():
    # Jacobson & Truax (1991), J Consult Clin Psychol 59:12-19: from 32.5 to 47.5, s 7.5, r .80: S_diff 4.74, RC 3.16.
    assert reliable_change_index([32.5], [47.5], reliability=0.80, sd=7.5)[0] == pytest.approx(3.16, abs=5e-3)


@pytest.mark.parametrize("row", _rows("change"), ids=lambda r: f"{r['case']}-{r['change']}")
def test_reliable_changes_agree_with_r(row):
    before, after = _numbers(row["before"]), _numbers(row["after"])
    ask = {"reliability": float(row["reliability"]), "sd": float(row["sd"])}
    np.testing.assert_allclose(
        reliable_change_index(before, after, **ask), _numbers(row["index"]), rtol=1e-9, atol=1e-12
    )
    table = pd.DataFrame({"a": [*before, 1.0], "b": [*after, math.nan]})
    out = estimate_reliable_changes(table, indicator="x", before="a", after="b", **ask).set_index("change")
    own = out.loc[row["change"]]
    assert own[["numerator", "n"]].tolist() == [float(row["count"]), len(before)]
    assert own[["lower", "upper"]].tolist() == pytest.approx([float(row["lower"]), float(row["upper"])], abs=1e-12)


def test_reliable_change_keeps_nan_and_refuses_what_cannot_be():
    assert np.isnan(reliable_change_index([1, math.nan], [math.nan, 2], reliability=0.5, sd=1)).all()
    for wrong in ({"reliability": 1.0, "sd": 1}, {"reliability": -0.1, "sd": 1}, {"reliability": 0.5, "sd": 0}):
        with pytest.raises(ValueError, match="reliability"):
            reliable_change_index([1], [2], **wrong)
    with pytest.raises(ValueError, match="alike"):
        reliable_change_index([1], [2, 3], reliability=0.5, sd=1)


def test_reliable_changes_by_group_add_up_and_leave_the_table_alone():
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"a": rng.normal(20, 5, 60), "b": rng.normal(23, 5, 60), "quartier": ["F", "M", "W"] * 20})
    kept = table.copy(deep=True)
    ask = {"indicator": "x", "before": "a", "after": "b", "reliability": 0.8, "sd": 5.0}
    by, whole = (estimate_reliable_changes(table, **ask, by=groups) for groups in (["quartier"], []))
    pd.testing.assert_frame_equal(table, kept)
    for change, rows in by.groupby("change"):
        assert rows["numerator"].sum() == whole.set_index("change").loc[change, "numerator"]
    shuffled = table.sample(frac=1, random_state=1).assign(more=1)
    pd.testing.assert_frame_equal(estimate_reliable_changes(shuffled, **ask, by=["quartier"]), by)
    empty = estimate_reliable_changes(table.iloc[:0], **ask)
    assert empty["status"].tolist() == ["too_few"] * 3


@pytest.mark.parametrize("row", _rows("margins"), ids=lambda r: r["case"])
def test_marginal_homogeneity_agrees_with_coin(row):
    counts = np.array(_numbers(row["counts"]))
    counts = counts.reshape(2 * [math.isqrt(counts.size)])
    for method in ("stuart_maxwell", "bhapkar"):
        out = marginal_homogeneity(counts, method=method)
        assert out.statistic == pytest.approx(float(row[method]), rel=1e-9)
        assert (out.df, out.n) == (int(row["df"]), counts.sum())
        assert out.p_value == pytest.approx(float(row[f"p_{method}"]), rel=1e-9)


def test_the_vision_of_7477_women_gives_the_published_statistic():
    # Stuart (1955), Biometrika 42:412-416: 11.96 with 3 degrees; Bhapkar (1966) 11.98.
    vision = [[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]]
    out, other = (marginal_homogeneity(vision, method=m) for m in ("stuart_maxwell", "bhapkar"))
    assert (round(out.statistic, 2), out.df) == (11.96, 3)
    assert round(other.statistic, 2) == 11.98


def test_statsmodels_square_table_shifts_zero_cells_unless_told_and_ours_does_not():
    counts = np.array([[10, 6, 0], [2, 12, 7], [1, 0, 8]])
    published = 5.0704225352113  # coin 1.4.2, mh_test
    assert abs(SquareTable(counts).homogeneity().statistic - published) > 0.1
    assert SquareTable(counts, shift_zeros=False).homogeneity().statistic == pytest.approx(published, rel=1e-12)
    assert marginal_homogeneity(counts).statistic == pytest.approx(published, rel=1e-12)


def test_an_answer_that_nobody_gave_changes_nothing():
    counts = np.array([[10, 6], [2, 12]])
    wide = np.zeros((3, 3))
    wide[:2, :2] = counts
    narrow, out = marginal_homogeneity(counts), marginal_homogeneity(wide)
    assert (out.statistic, out.df) == (pytest.approx(narrow.statistic), narrow.df)
    assert narrow.statistic == pytest.approx((6 - 2) ** 2 / (6 + 2))  # McNemar


def test_nobody_moved_or_nobody_asked_is_no_test():
    for counts in (np.zeros((0, 0)), np.zeros((3, 3)), np.diag([4, 5, 6])):
        assert math.isnan(marginal_homogeneity(counts).p_value)
    assert math.isnan(marginal_homogeneity([[0, 5], [0, 0]], method="bhapkar").p_value)


def test_impossible_tables_are_refused():
    with pytest.raises(ValueError, match="square"):
        marginal_homogeneity([[1, 2, 3], [1, 2, 3]])
    for wrong in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="counts"):
            marginal_homogeneity([[1, wrong], [2, 3]])
    with pytest.raises(ValueError, match="bhapkar"):
        marginal_homogeneity([[1, 2], [2, 3]], method="bowker")
