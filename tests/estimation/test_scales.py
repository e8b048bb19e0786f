"""Scores refuse what is missing; changes agree with Student's own table and with R, one by one and by group."""

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.effect_sizes import paired_effect_size
from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.scales import estimate_paired_changes, paired_change, total_score

REFERENCE = Path(__file__).parent.parent / "reference" / "paired_change.csv"
GSE = {"items": 10, "low": 1, "high": 4}
WHO5 = {"items": 5, "low": 0, "high": 5, "multiplier": 4}


def _cases():
    with REFERENCE.open(encoding="utf-8") as file:
        return [pytest.param(row, id=f"{row['case']}-{row['level']}") for row in csv.DictReader(file)]


def _waves(row):
    return tuple([float(x) for x in row[wave].split()] for wave in ("before", "after"))


def test_gse_and_who5_reach_their_published_ends():
    # Schwarzer & Jerusalem (1995): 10 to 40. WHO (1998): 0 to 100.
    assert total_score([[1] * 10, [4] * 10], **GSE).tolist() == [10, 40]
    assert total_score([[0] * 5, [5] * 5, [2, 3, 2, 3, 2]], **WHO5).tolist() == [0, 100, 48]


def test_totals_agree_with_r_psych():
    # psych 2.2.9, scoreItems(totals = TRUE, impute = "none"): published `bfi` answers and made ones.
    with (REFERENCE.parent / "questionnaires_answers.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["questionnaire"] in ("gse", "who5")]
    assert {r["case"] for r in rows} == {"bfi", "made"}
    for row in rows:
        answers = [math.nan if a == "NA" else float(a) for a in row["answers"].split()]
        ours = total_score([answers], **(GSE if row["questionnaire"] == "gse" else WHO5))[0]
        assert ours == pytest.approx(math.nan if row["score"] == "NA" else float(row["score"]), rel=1e-12, nan_ok=True)


def test_one_item_without_answer_gives_no_score_and_leaves_the_others_theirs():
    scores = total_score([[3] * 10, [3] * 9 + [math.nan]], **GSE)
    assert scores[0] == 30
    assert math.isnan(scores[1])


@pytest.mark.parametrize("answer", [0, 5, 2.5, -1, math.inf])
def test_an_answer_outside_the_scale_is_refused_and_placed(answer):
    with pytest.raises(ValueError, match=r"whole numbers from 1 to 4: 1 of 2 people have another \(first: row 1\)"):
        total_score([[2] * 10, [answer] + [2] * 9], **GSE)


def test_a_missing_column_of_items_is_refused_rather_than_summed():
    with pytest.raises(ValueError, match="shape"):
        total_score([[2] * 9], **GSE)


def test_sleep_gives_the_published_change():
    # Student (1908), Biometrika 6:1-25, table I, as printed by R's t.test(paired = TRUE) on `sleep`.
    before = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    after = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    out = paired_change(before, after)
    assert (out.mean_before, out.mean_after, out.estimate) == pytest.approx((0.75, 2.33, 1.58), abs=5e-4)
    assert out.t == pytest.approx(4.0621, abs=5e-5)
    assert out.p_value == pytest.approx(0.002833, abs=5e-7)
    assert (out.lower, out.upper) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert (out.n, out.df, out.unit, out.method, out.status) == (10, 9, "points", "paired_t", "ok")


@pytest.mark.parametrize("row", _cases())
def test_change_agrees_with_r(row):
    out = paired_change(*_waves(row), confidence_level=float(row["level"]))  # R 4.2.2: t.test(paired = TRUE)
    for ours, theirs in (("estimate", "mean_change"), ("lower",) * 2, ("upper",) * 2, ("t",) * 2, ("p_value",) * 2):
        assert getattr(out, ours) == pytest.approx(float(row[theirs]), rel=1e-9), ours


@pytest.mark.parametrize("row", _cases())
def test_change_by_group_agrees_with_r(row):
    before, after = _waves(row)
    level = float(row["level"])
    table = pd.DataFrame({"a": [*before, math.nan, 3.0], "b": [*after, 2.0, math.nan], "quartier": "Fives"})
    out = estimate_paired_changes(
        table, indicator="x", before="a", after="b", by=["quartier"], confidence_level=level
    ).loc[0]
    theirs = [float(row[name]) for name in ("mean_change", "lower", "upper")]
    assert out[["estimate", "lower", "upper"]].tolist() == pytest.approx(theirs, rel=1e-9)
    assert out[["numerator", "denominator", "n"]].tolist() == [len(before), len(before) + 2, len(before)]


@pytest.mark.parametrize(("before", "after"), [([], []), ([20], [25])])
def test_nothing_is_claimed_of_one_person(before, after):
    out = paired_change(before, after)
    assert np.isnan([out.estimate, out.lower, out.upper, out.t, out.p_value, out.mean_before]).all()
    assert (out.n, out.status) == (len(before), "too_few")


@pytest.mark.parametrize(("before", "after"), [([20, 21, 30], [22, 23, 32]), ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])])
def test_identical_changes_have_no_limits_even_where_rounding_makes_them_differ(before, after):
    out = paired_change(before, after)
    assert out.estimate == pytest.approx(after[0] - before[0])
    assert np.isnan([out.lower, out.upper, out.t, out.p_value]).all()
    assert out.status == "too_few"
    table = pd.DataFrame({"a": before, "b": after})
    row = estimate_paired_changes(table, indicator="x", before="a", after="b").loc[0]
    assert row["estimate"] == pytest.approx(after[0] - before[0])
    assert row[["lower", "upper"]].isna().all()
    assert row["status"] == "too_few"


def test_a_missing_score_is_refused_rather_than_dropped_in_silence():
    with pytest.raises(ValueError, match=r"NaN.*1 of 2 pairs do \(first: 0\)"):
        paired_change([math.nan, 20], [25, 26])
    with pytest.raises(ValueError, match="alike"):
        paired_change([20, 21], [25])
    with pytest.raises(ValueError, match="confidence_level"):
        paired_change([1, 2], [2, 4], confidence_level=95)


def test_a_table_that_cannot_be_read_says_why():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"], "c": [1.0, math.inf]})
    for columns, said in (
        ({"after": "z"}, "no column `z`"),
        ({"after": "b"}, "numbers only"),
        ({"after": "c"}, "row 1"),
    ):
        with pytest.raises(ValueError, match=said):
            estimate_paired_changes(table, indicator="x", before="a", **columns)
    with pytest.raises(ValueError, match="no column `q`"):
        estimate_paired_changes(table, indicator="x", before="a", after="a", by=["q"])


@pytest.mark.parametrize("by", [(), ("quartier",)])
def test_an_empty_table_is_too_few_or_no_row(by):
    table = pd.DataFrame({"a": [], "b": [], "quartier": pd.Series([], dtype=str)})
    out = estimate_paired_changes(table, indicator="x", before="a", after="b", by=by)
    check_estimates(out)
    assert out["status"].tolist() == ([] if by else ["too_few"])


scores = st.lists(st.tuples(st.integers(10, 40), st.integers(10, 40)), min_size=2, max_size=40)


@settings(max_examples=40, deadline=None)
@given(scores)
def test_limits_hold_the_estimate_and_agree_on_zero_with_the_effect_size_and_turn_over_with_the_sign(pairs):
    before, after = zip(*pairs, strict=True)
    out, size = paired_change(before, after), paired_effect_size(before, after, method="d_z")
    back = paired_effect_size(after, before, method="d_z")
    if math.isnan(size.estimate):
        assert len({y - x for x, y in pairs}) == 1
        return
    assert out.lower <= out.estimate <= out.upper
    assert size.lower <= size.estimate <= size.upper
    # Both intervals invert one test, so they exclude zero together (but for rounding at the very edge).
    if abs(out.p_value - 0.05) > 1e-6:
        assert (out.lower > 0) == (size.lower > 0)
        assert (out.upper < 0) == (size.upper < 0)
    assert (back.estimate, back.lower, back.upper) == pytest.approx(
        (-size.estimate, -size.upper, -size.lower), abs=1e-7
    )


@settings(max_examples=20, deadline=None)
@given(scores, st.randoms(use_true_random=False))
def test_groups_equal_each_alone_whatever_the_order_the_index_and_further_columns(pairs, random):
    table = pd.DataFrame(pairs, columns=["a", "b"]).assign(
        quartier=lambda t: np.where(t.index % 2, "F", "M"), year=2018
    )
    order = list(table.index)
    random.shuffle(order)
    shuffled = table.loc[order].assign(more="x").set_axis([f"r{i}" for i in order])
    kept = shuffled.copy(deep=True)
    ask = {"indicator": "x", "before": "a", "after": "b", "by": ["quartier", "year"]}
    out = estimate_paired_changes(shuffled, **ask)
    pd.testing.assert_frame_equal(shuffled, kept)
    pd.testing.assert_frame_equal(out, estimate_paired_changes(table, **ask))
    for _, row in out.iterrows():
        own = table[table["quartier"] == row["quartier"]]
        alone = paired_change(own["a"], own["b"])
        for name in ("estimate", "lower", "upper", "n"):
            assert row[name] == pytest.approx(getattr(alone, name), nan_ok=True)
        assert row["status"] == alone.status
