"""EPICES, WHO-5, GSE and GHQ-12 scored by their published rules; one missing item, no score, and counted."""

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.questionnaires import (
    EPICES_PRECARIOUS,
    EPICES_WEIGHTS,
    WHO5_LOW,
    epices_score,
    estimate_scores,
    ghq12_score,
    gse_score,
    who5_score,
)

REFERENCE = Path(__file__).parent.parent / "reference"
SCORES = {
    "epices": epices_score,
    "who5": who5_score,
    "gse": gse_score,
    "ghq12_likert": ghq12_score,
    "ghq12_bimodal": lambda x: ghq12_score(x, method="bimodal"),
}
ITEMS = {"epices": 11, "who5": 5, "gse": 10, "ghq12_likert": 12, "ghq12_bimodal": 12}


def _rows(name):
    with (REFERENCE / f"questionnaires_{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _number(text):
    return math.nan if text == "NA" else float(text)


def _answers(questionnaire, case):
    rows = [r for r in _rows("answers") if r["questionnaire"] == questionnaire and r["case"] == case]
    return np.array([[_number(a) for a in r["answers"].split()] for r in rows]), [_number(r["score"]) for r in rows]


@pytest.mark.parametrize("case", ["bfi", "made"])
@pytest.mark.parametrize("questionnaire", SCORES)
def test_scores_agree_with_r_person_by_person(questionnaire, case):
    # R 4.2.2, psych 2.2.9; `bfi` holds published answers (Revelle), cut to the range of the questionnaire.
    answers, theirs = _answers(questionnaire, case)
    np.testing.assert_allclose(SCORES[questionnaire](answers), theirs, rtol=1e-12, atol=1e-9)


def test_epices_has_its_published_ends_constant_and_threshold():
    # Sass et al. (2006): 0 (no deprivation) to 100; constant 75.14; precarious from 30.17.
    protected = [0 if w > 0 else 1 for w in EPICES_WEIGHTS.values()]
    deprived = [1 - a for a in protected]
    assert epices_score([protected, deprived, [0] * 11]).tolist() == [0, 100, 75.14]
    assert EPICES_PRECARIOUS == 30.17


def test_epices_weights_are_the_published_ones_in_the_order_of_the_form():
    published = [10.06, -11.83, -8.28, -8.28, 14.80, -6.51, -7.10, -7.10, -9.47, -9.47, -7.10]
    each = epices_score(np.eye(11))
    assert (each - 75.14).tolist() == pytest.approx(published, abs=1e-9)


def test_whoever_scores_exactly_the_threshold_is_precarious():
    # The sums of weights that make 30.17 come out a rounding error above or below it unless rounded.
    patterns = np.array(list(itertools.product([0, 1], repeat=11)))
    on_it = patterns[[round(75.14 + p @ np.array(list(EPICES_WEIGHTS.values())), 2) == 30.17 for p in patterns]]
    table = pd.DataFrame(on_it, columns=list(EPICES_WEIGHTS))
    out = estimate_scores(table, indicator="x", questionnaire="epices", items=list(EPICES_WEIGHTS)).set_index("measure")
    assert len(table) == 5
    assert out.loc["precarious", "estimate"] == 1


def test_who5_gse_and_ghq12_reach_their_published_ends():
    assert who5_score([[0] * 5, [5] * 5]).tolist() == [0, 100]
    assert gse_score([[1] * 10, [4] * 10]).tolist() == [10, 40]
    assert ghq12_score([[0] * 12, [3] * 12]).tolist() == [0, 36]
    assert ghq12_score([[0] * 12, [1] * 12, [2] * 12, [3] * 12], method="bimodal").tolist() == [0, 0, 12, 12]
    assert WHO5_LOW == 50


@pytest.mark.parametrize("questionnaire", SCORES)
def test_one_missing_item_is_no_score_and_nobody_is_no_scores(questionnaire):
    answers = np.ones((2, ITEMS[questionnaire]))
    answers[1, 3] = math.nan
    scores = SCORES[questionnaire](answers)
    assert not math.isnan(scores[0])
    assert math.isnan(scores[1])
    assert SCORES[questionnaire](np.empty((0, ITEMS[questionnaire]))).shape == (0,)


@pytest.mark.parametrize("questionnaire", SCORES)
def test_answers_off_the_scale_or_a_missing_column_are_refused(questionnaire):
    answers = np.ones((3, ITEMS[questionnaire]))
    answers[2, 0] = 9
    with pytest.raises(ValueError, match=r"1 of 3 people have another \(first: row 2\)"):
        SCORES[questionnaire](answers)
    with pytest.raises(ValueError, match="shape"):
        SCORES[questionnaire](answers[:, 1:])


def test_another_way_to_score_the_ghq_is_refused():
    with pytest.raises(ValueError, match="bimodal"):
        ghq12_score(np.zeros((1, 12)), method="cghq")


@pytest.mark.parametrize("row", _rows("table"), ids=lambda r: f"{r['questionnaire']}-{r['case']}")
def test_means_shares_and_refusals_agree_with_r(row):
    answers, _ = _answers(row["questionnaire"], row["case"])
    table = pd.DataFrame(answers, columns=[f"i{k}" for k in range(answers.shape[1])])
    out = estimate_scores(table, indicator="x", questionnaire=row["questionnaire"], items=list(table.columns))
    check_estimates(out)
    out = out.set_index("measure")
    theirs = [float(row[k]) for k in ("mean", "lower", "upper", "n")]
    assert out.loc["mean", ["estimate", "lower", "upper", "numerator"]].tolist() == pytest.approx(theirs, rel=1e-9)
    assert out.loc["refused", ["estimate", "denominator"]].tolist() == [float(row["refused"]), len(table)]
    beyond = {"epices": "precarious", "who5": "low"}.get(row["questionnaire"])
    assert sorted(out.index) == sorted(filter(None, ["mean", beyond, "refused"]))
    if beyond:
        theirs = [float(row[k]) for k in ("beyond", "n", "share_lower", "share_upper")]
        assert out.loc[beyond, ["numerator", "denominator", "lower", "upper"]].tolist() == pytest.approx(
            theirs, rel=1e-9
        )


def test_forty_eight_is_low_on_who5_and_fifty_two_is_not():
    table = pd.DataFrame([[2, 2, 3, 3, 2], [5, 5, 2, 0, 0], [2, 2, 3, 3, 3], [5, 5, 2, 0, 1]], columns=list("abcde"))
    out = estimate_scores(table, indicator="x", questionnaire="who5", items=list("abcde")).set_index("measure")
    assert out.loc["low", "numerator"] == 2


def test_empty_one_and_all_refused_are_too_few():
    table = pd.DataFrame(np.ones((3, 5)), columns=list("abcde"))
    for rows, refused in ((table.iloc[:0], 0), (table.assign(a=math.nan), 3)):
        out = estimate_scores(rows, indicator="x", questionnaire="who5", items=list("abcde")).set_index("measure")
        assert out.loc[["mean", "low"], "status"].tolist() == ["too_few", "too_few"]
        assert out.loc["refused", "estimate"] == refused
    one = estimate_scores(table.iloc[:1], indicator="x", questionnaire="who5", items=list("abcde")).set_index("measure")
    assert math.isnan(one.loc["mean", "estimate"])


def test_a_group_that_scores_alike_has_a_mean_without_limits():
    table = pd.DataFrame(np.tile([0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0], (7, 1)), columns=list(EPICES_WEIGHTS))
    out = estimate_scores(table, indicator="x", questionnaire="epices", items=list(EPICES_WEIGHTS)).set_index("measure")
    assert out.loc["mean", "estimate"] == pytest.approx(75.14 - 11.83 + 14.80 - 7.10 - 9.47)
    assert out.loc["mean", ["lower", "upper"]].isna().all()


def test_unknown_questionnaires_and_columns_are_refused():
    table = pd.DataFrame(np.ones((3, 5)), columns=list("abcde"))
    with pytest.raises(ValueError, match="epices, who5"):
        estimate_scores(table, indicator="x", questionnaire="phq9", items=list("abcde"))
    with pytest.raises(ValueError, match="no column `z`"):
        estimate_scores(table, indicator="x", questionnaire="who5", items=list("abcdz"))


answers = st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, None]), min_size=5, max_size=5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("FM"), answers), min_size=1, max_size=25))
def test_groups_add_up_and_neither_order_index_nor_columns_matter(rows):
    table = pd.DataFrame([[q, *a] for q, a in rows], columns=["quartier", *"abcde"])
    kept = table.copy(deep=True)
    ask = {"indicator": "x", "questionnaire": "who5", "items": list("abcde")}
    by, whole = estimate_scores(table, **ask, by=["quartier"]), estimate_scores(table, **ask)
    pd.testing.assert_frame_equal(table, kept)
    sums = by.groupby("measure")[["numerator", "denominator"]].sum()
    pd.testing.assert_frame_equal(sums, whole.set_index("measure")[["numerator", "denominator"]].sort_index())
    moved = table.iloc[::-1].assign(more=1).set_axis(range(3, 3 + len(table)))
    pd.testing.assert_frame_equal(estimate_scores(moved, **ask, by=["quartier"]), by)
