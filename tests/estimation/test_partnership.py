"""The partnership tool: A, B and C compiled by its six published conditions, never added up to points."""

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.partnership import BILODEAU_CONDITIONS, bilodeau_counts, estimate_partnership

REFERENCE = Path(__file__).parent.parent / "reference"
ITEMS = [f"item_{k}" for k in range(1, 19)]


def _rows(name):
    with (REFERENCE / f"partnership_{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _table(case):
    rows = [[None if a == "NA" else a for a in r["answers"].split()] for r in _rows("answers") if r["case"] == case]
    return pd.DataFrame(rows, columns=ITEMS)


def test_the_six_conditions_hold_the_published_items_each_once():
    # Bilodeau et al. (2008, rev. 2014): items 1, 2; 3; 4; 5, 9-11; 12-14, 16; 6-8, 15, 17, 18.
    assert [len(items) for items in BILODEAU_CONDITIONS.values()] == [2, 1, 1, 4, 4, 6]
    assert sorted(sum(BILODEAU_CONDITIONS.values(), ())) == list(range(1, 19))
    only = np.full((18, 18), "C", dtype=object)
    np.fill_diagonal(only, "A")
    owner = bilodeau_counts(only)[:, :, 0].argmax(axis=1) + 1
    assert owner.tolist() == [1, 1, 2, 3, 4, 6, 6, 6, 4, 4, 4, 5, 5, 5, 6, 5, 6, 6]


@pytest.mark.parametrize("case", ["bfi", "made"])
def test_answers_are_compiled_as_r_does(case):
    counts = bilodeau_counts(_table(case).to_numpy())
    theirs = [float(r["numerator"]) for r in _rows("table") if r["case"] == case]
    assert np.nansum(counts, axis=0).ravel().tolist() == theirs


@pytest.mark.parametrize("case", ["bfi", "made"])
def test_shares_and_limits_agree_with_r(case):
    # prop.test(correct = FALSE) for the conditions of one item, Wilson's formula written out in R for the others.
    out = estimate_partnership(_table(case), indicator="x", items=ITEMS)
    check_estimates(out)
    rows = [r for r in _rows("table") if r["case"] == case]
    shares = out[out["condition"] != "all"].reset_index(drop=True)
    assert shares["condition"].tolist() == [r["condition"] for r in rows]
    assert shares["answer"].tolist() == [r["answer"] for r in rows]
    for name in ("numerator", "denominator", "n", "lower", "upper"):
        theirs = [float(r[name]) for r in rows]
        assert shares[name].tolist() == pytest.approx(theirs, rel=1e-9, abs=1e-12), name
    refused = out[out["answer"] == "refused"].squeeze()
    assert refused["estimate"] == float(rows[0]["refused"])


def test_one_missing_item_refuses_the_person_and_counts_them():
    answers = np.full((2, 18), "B", dtype=object)
    answers[1, 17] = None
    counts = bilodeau_counts(answers)
    assert counts[0].tolist() == [[0, k, 0] for k in (2, 1, 1, 4, 4, 6)]
    assert np.isnan(counts[1]).all()
    out = estimate_partnership(pd.DataFrame(answers, columns=ITEMS), indicator="x", items=ITEMS)
    assert out.loc[out["answer"] == "refused", ["estimate", "denominator"]].squeeze().tolist() == [1, 2]


def test_members_who_all_answer_alike_count_as_members_and_not_as_answers():
    table = pd.DataFrame(np.full((6, 18), "A", dtype=object), columns=ITEMS)
    out = estimate_partnership(table, indicator="x", items=ITEMS).query("answer == 'A'")
    one, several = 6 / (6 + 1.959964**2), 6 / (6 + 2.570582**2)  # Wilson for 6 of 6; the same with t(5)
    assert out["lower"].tolist() == pytest.approx([several, one, one, several, several, several], rel=1e-6)
    assert (out["upper"] == 1).all()


def test_wrong_answers_and_columns_are_refused():
    answers = np.full((2, 18), "B", dtype=object)
    answers[1, 0] = "D"
    with pytest.raises(ValueError, match=r"A, B or C: 1 of 2 people differ \(first: 1\)"):
        bilodeau_counts(answers)
    with pytest.raises(ValueError, match="shape"):
        bilodeau_counts(answers[:, :17])
    with pytest.raises(ValueError, match="no column `item_1`"):
        estimate_partnership(pd.DataFrame({"z": ["A"]}), indicator="x", items=ITEMS)


def test_nobody_is_too_few():
    out = estimate_partnership(_table("made").iloc[:0], indicator="x", items=ITEMS)
    assert (out.loc[out["condition"] != "all", "status"] == "too_few").all()
    assert out.loc[out["answer"] == "refused", "estimate"].item() == 0


def test_groups_add_up_and_neither_order_index_nor_columns_matter():
    table = _table("bfi").assign(quartier=["Fives", "Moulins"] * 20)
    table.loc[3, "item_2"] = math.nan
    kept = table.copy(deep=True)
    ask = {"indicator": "x", "items": ITEMS}
    by, whole = estimate_partnership(table, **ask, by=["quartier"]), estimate_partnership(table, **ask)
    pd.testing.assert_frame_equal(table, kept)
    key, columns = ["condition", "answer"], ["numerator", "denominator", "n"]
    pd.testing.assert_frame_equal(by.groupby(key)[columns].sum(), whole.set_index(key)[columns].sort_index())
    moved = table.sample(frac=1, random_state=2).assign(more=1)
    pd.testing.assert_frame_equal(estimate_partnership(moved, **ask, by=["quartier"]), by)
