"""Top box, bottom box and net score, with limits of the net score that are not those of its parts."""

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.estimation.likert import estimate_likert, net_score_interval

with (Path(__file__).parent.parent / "reference" / "likert.csv").open(encoding="utf-8") as _file:
    ROWS = [pytest.param(r, id=f"{r['case']}-{r['level']}") for r in csv.DictReader(_file)]


@pytest.mark.parametrize("row", ROWS)
def test_net_score_limits_agree_with_r(row):
    # R 4.2.2, its own inversion of the score test (tests/reference/r/likert.R). `housing`: 1681 residents of
    # Copenhagen (Madsen 1976, Scand J Stat 3:97-106; MASS). R finds both limits by uniroot: 1e-9.
    top, bottom, n = (float(row[k]) for k in ("top", "bottom", "n"))
    for method, names in (("score", ("lower", "upper")), ("wald", ("wald_lower", "wald_upper"))):
        ours = net_score_interval(top, bottom, n, method=method, confidence_level=float(row["level"]))
        theirs = [math.nan if row[k] == "NA" else float(row[k]) for k in names]
        assert [float(v) for v in ours] == pytest.approx(theirs, abs=1e-8, nan_ok=True)


@pytest.mark.parametrize("row", ROWS)
def test_rows_of_answers_give_the_limits_of_r(row):
    top, bottom, n = (int(row[k]) for k in ("top", "bottom", "n"))
    table = pd.DataFrame({"answer": [5.0] * top + [1.0] * bottom + [3.0] * (n - top - bottom) + [math.nan]})
    out = estimate_likert(
        table, indicator="x", answer="answer", low=1, high=5, confidence_level=float(row["level"])
    ).set_index("box")
    assert out.loc["net", ["numerator", "denominator"]].tolist() == [top - bottom, n]
    assert out.loc["net", ["lower", "upper"]].tolist() == pytest.approx(
        [float(row["lower"]), float(row["upper"])], abs=1e-8
    )
    for box, count, of in (("top", top, n), ("bottom", bottom, n), ("unanswered", 1, n + 1)):
        limits = map(float, wilson_interval(count, of, confidence_level=float(row["level"])))
        assert out.loc[box, ["numerator", "denominator", "lower", "upper"]].tolist() == pytest.approx(
            [count, of, *limits]
        )
    check_estimates(out.reset_index())


@pytest.mark.parametrize("n", [5, 12, 20, 57])
@pytest.mark.parametrize(("top", "bottom"), [(0.1, 0.05), (0.3, 0.3), (0.6, 0.1), (0.9, 0.02)])
def test_score_limits_hold_what_they_promise_at_our_sizes_and_wald_limits_do_not(n, top, bottom):
    # Exact: every outcome of the trinomial, with its probability.
    b, c = (a.ravel() for a in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    b, c = b[b + c <= n], c[b + c <= n]
    weight = stats.multinomial.pmf(np.column_stack([b, c, n - b - c]), n, [top, bottom, 1 - top - bottom])
    held = {}
    for method in ("score", "wald"):
        lower, upper = net_score_interval(b, c, n, method=method)
        held[method] = weight[(lower <= top - bottom + 1e-12) & (upper >= top - bottom - 1e-12)].sum()
    assert held["score"] > 0.93
    assert held["wald"] < held["score"]


def test_two_answers_make_a_box_where_asked():
    table = pd.DataFrame({"answer": [1, 2, 3, 4, 5, 5]})
    out = estimate_likert(table, indicator="x", answer="answer", low=1, high=5, boxes=2).set_index("box")
    assert out["numerator"].to_dict() == {"top": 3, "bottom": 2, "net": 1, "unanswered": 0}


@pytest.mark.parametrize("value", [1, 5])
def test_when_everybody_answers_alike_the_limits_stay_open(value):
    out = estimate_likert(pd.DataFrame({"a": [value] * 12}), indicator="x", answer="a", low=1, high=5).set_index("box")
    net = out.loc["net"]
    assert net["estimate"] == (1 if value == 5 else -1)
    assert net["upper"] - net["lower"] > 0.2


def test_nobody_is_too_few_and_nobody_who_answered_too():
    for table in (pd.DataFrame({"a": pd.Series([], dtype=float)}), pd.DataFrame({"a": [math.nan] * 3})):
        out = estimate_likert(table, indicator="x", answer="a", low=1, high=5).set_index("box")
        assert (out.loc[["top", "bottom", "net"], "status"] == "too_few").all()
        assert out.loc["unanswered", "denominator"] == len(table)
    assert np.isnan(net_score_interval([0, math.nan], [0, 1], [0, 5])).all()


def test_impossible_input_is_refused():
    table = pd.DataFrame({"a": [1, 2, 6]}, index=["r1", "r2", "r3"])
    with pytest.raises(ValueError, match=r"1 of 3 rows do not \(first: row r3\)"):
        estimate_likert(table, indicator="x", answer="a", low=1, high=5)
    with pytest.raises(ValueError, match="boxes"):
        estimate_likert(table, indicator="x", answer="a", low=1, high=5, boxes=3)
    for counts in ((-1, 0, 5), (3, 3, 5), (0, -2, 5)):
        with pytest.raises(ValueError, match="together"):
            net_score_interval(*counts)
    with pytest.raises(ValueError, match="wald"):
        net_score_interval(1, 1, 5, method="exact")
    with pytest.raises(ValueError, match="confidence_level"):
        net_score_interval(1, 1, 5, confidence_level=2)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_limits_hold_the_net_score_and_turn_over_with_the_scale(top, bottom, neither):
    n = top + bottom + neither
    lower, upper = (float(v) for v in net_score_interval(top, bottom, n))
    if n == 0:
        assert math.isnan(lower)
        return
    assert -1 <= lower <= (top - bottom) / n + 1e-12
    assert (top - bottom) / n - 1e-12 <= upper <= 1
    back = [float(v) for v in net_score_interval(bottom, top, n)]
    assert back == pytest.approx([-upper, -lower], abs=1e-12)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("FM"), st.sampled_from([1, 2, 3, 4, 5, None])), min_size=1, max_size=40))
def test_groups_add_up_and_neither_order_index_nor_columns_matter(rows):
    table = pd.DataFrame(rows, columns=["quartier", "a"]).astype({"a": "Float64"})
    kept = table.copy(deep=True)
    ask = {"indicator": "x", "answer": "a", "low": 1, "high": 5}
    by, whole = estimate_likert(table, **ask, by=["quartier"]), estimate_likert(table, **ask)
    pd.testing.assert_frame_equal(table, kept)
    sums = by.groupby("box")[["numerator", "denominator"]].sum()
    pd.testing.assert_frame_equal(sums, whole.set_index("box")[["numerator", "denominator"]].sort_index())
    moved = table.iloc[::-1].assign(more=1).set_axis(range(5, 5 + len(table)))
    pd.testing.assert_frame_equal(estimate_likert(moved, **ask, by=["quartier"]), by)
