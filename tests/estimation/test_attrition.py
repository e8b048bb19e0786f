"""Who was lost is described beside who was kept: numbers, differences in standard deviations, no test."""

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.attrition import estimate_attrition
from prs_eval.estimation.frame import check_estimates

with (Path(__file__).parent.parent / "reference" / "attrition.csv").open(encoding="utf-8") as _file:
    ROWS = [pytest.param(r, id="-".join(r[k] for k in ("case", "variable", "wave"))) for r in csv.DictReader(_file)]


@pytest.mark.parametrize("row", ROWS)
def test_kept_lost_and_difference_agree_with_r(row):
    # R 4.2.2: t.test, prop.test(correct = FALSE), effectsize::cohens_d(pooled_sd = FALSE). `anorexia` is
    # published (Hand et al. 1993, p. 229; MASS).
    table = pd.DataFrame({k: [float(v) for v in row[k].split()] for k in ("kept", "x", "y")}).astype({"y": int})
    out = estimate_attrition(table, indicator="a", kept="kept", means=["x"], shares=["y"])
    check_estimates(out)
    level = {"kept": "", "x": "mean", "y": "1"}[row["variable"]]
    own = out[(out["variable"] == row["variable"]) & (out["level"] == level) & (out["wave"] == row["wave"])]
    theirs = [float(row[k]) for k in ("estimate", "lower", "upper")]
    assert own[["estimate", "lower", "upper"]].squeeze().tolist() == pytest.approx(theirs, rel=1e-9)
    assert (own["status"] == "ok").all()


def test_missing_codes_are_a_level_and_missing_numbers_are_left_out_of_n():
    table = pd.DataFrame({"k": [1, 1, 1, 0, 0], "age": [30, None, 50, 40, 44], "sex": ["f", None, "m", "f", "f"]})
    out = estimate_attrition(table, indicator="a", kept="k", means=["age"], shares=["sex"])
    assert sorted(out.loc[out["variable"] == "sex", "level"].unique()) == ["f", "m", "unknown"]
    age = out[out["variable"] == "age"].set_index("wave")
    assert age["n"].to_dict() == {"kept": 2, "lost": 2, "difference": 4}
    shares = out[(out["variable"] == "sex") & (out["wave"] == "kept")]
    assert shares["estimate"].sum() == pytest.approx(1)


def test_the_mean_of_one_person_is_not_told_nor_compared():
    table = pd.DataFrame({"k": [1, 1, 1, 0], "age": [30, 40, 50, 60.0]})
    out = estimate_attrition(table, indicator="a", kept="k", means=["age"]).query("variable == 'age'").set_index("wave")
    assert out["status"].to_dict() == {"kept": "ok", "lost": "too_few", "difference": "too_few"}
    assert math.isnan(out.loc["lost", "estimate"])


@pytest.mark.parametrize("kept", [0, 1])
def test_nobody_lost_or_nobody_kept_has_no_difference(kept):
    table = pd.DataFrame({"k": [kept] * 4, "age": [30, 40, 50, 60.0], "sex": list("fmfm")})
    out = estimate_attrition(table, indicator="a", kept="k", means=["age"], shares=["sex"])
    assert out.loc[out["variable"] == "kept", "estimate"].item() == kept
    assert (out.loc[out["wave"] == "difference", "status"] == "too_few").all()


@pytest.mark.parametrize("value", [30.0, 0.1])
def test_those_who_never_vary_are_not_compared(value):
    table = pd.DataFrame({"k": [1] * 3 + [0] * 6, "age": [value] * 9, "sex": ["f"] * 9})
    out = estimate_attrition(table, indicator="a", kept="k", means=["age"], shares=["sex"])
    assert (out.loc[out["wave"] == "difference", "status"] == "too_few").all()


@pytest.mark.parametrize("by", [(), ("quartier",)])
def test_an_empty_table_gives_no_number(by):
    table = pd.DataFrame({"k": pd.Series([], dtype=bool), "age": [], "quartier": pd.Series([], dtype=str)})
    out = estimate_attrition(table, indicator="a", kept="k", means=["age"], shares=["quartier"], by=by)
    check_estimates(out)
    assert (out["status"] == "too_few").all()
    assert len(out) == (0 if by else 4)


def test_what_cannot_be_read_is_refused():
    table = pd.DataFrame({"k": [1, 2], "age": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"0 or 1: 1 of 2 rows"):
        estimate_attrition(table, indicator="a", kept="k")
    table["k"] = [1, None]
    with pytest.raises(ValueError, match="0 or 1"):
        estimate_attrition(table, indicator="a", kept="k")
    table["k"] = [1, 0]
    for ask in ({"means": ["z"]}, {"shares": ["z"]}, {"by": ["z"]}):
        with pytest.raises(ValueError, match="no column `z`"):
            estimate_attrition(table, indicator="a", kept="k", **ask)


person = st.tuples(st.sampled_from("FM"), st.booleans(), st.integers(18, 80), st.sampled_from(["f", "m", None]))


@settings(max_examples=10, deadline=None)
@given(st.lists(person, min_size=1, max_size=30))
def test_groups_add_up_and_neither_order_index_nor_columns_matter(rows):
    table = pd.DataFrame(rows, columns=["quartier", "k", "age", "sex"])
    kept = table.copy(deep=True)
    ask = {"indicator": "a", "kept": "k", "means": ["age"], "shares": ["sex"]}
    by, whole = estimate_attrition(table, **ask, by=["quartier"]), estimate_attrition(table, **ask)
    pd.testing.assert_frame_equal(table, kept)
    key = ["variable", "level", "wave"]
    columns = ["numerator", "denominator"]
    sums = by.groupby(key)[columns].sum(min_count=1)
    pd.testing.assert_frame_equal(sums, whole.set_index(key)[columns].sort_index())
    moved = table.iloc[::-1].assign(more=1).set_axis(range(7, 7 + len(table)))
    pd.testing.assert_frame_equal(estimate_attrition(moved, **ask, by=["quartier"]), by)
    differences = whole.loc[whole["wave"] == "difference", ["estimate", "lower", "upper"]].dropna()
    assert np.all(differences["lower"] < differences["estimate"])
