"""Only those with two complete answers are compared, and those who are missing are counted."""

import math

import numpy as np
import pandas as pd
import pytest

from prs_eval.programme import ambassador_scales
from tests.programme.ambassador_tables import answers, gse, people, value

SIX = {
    **people(
        ("Fives", "30-44", "female", "2016-03-01", None, None),
        ("Fives", "30-44", "female", "2016-03-01", None, None),
        ("Fives", "45-59", "male", "2016-03-01", None, None),
        ("Fives", "60-74", "female", "2016-03-01", "2017-01-01", None),
        ("Fives", "60-74", "female", "2016-03-01", None, None),
        ("Fives", "75+", "unknown", "2017-03-01", None, None),
        ("Fives", "75+", "unknown", "2019-03-01", None, None),
        ("Moulins", "75+", "female", "2017-03-01", None, None),
    ),
    **answers(
        gse("A0", "before", "2016-04-01", 20),
        gse("A0", "after", "2018-04-01", 24),
        gse("A1", "before", "2016-04-01", 25),
        gse("A1", "after", "2018-12-31", 33),
        gse("A2", "before", "2016-04-01", 30),
        gse("A2", "after", "2019-01-01", 40),
        ("A3", "Fives", "before", "2016-04-01", "gse", [3] * 9 + [None]),
        gse("A3", "after", "2018-04-01", 30),
        gse("A4", "after", "2018-04-01", 30),
        gse("A7", "before", "2018-05-01", 22, "Moulins"),
        gse("A7", "after", "2018-04-01", 32, "Moulins"),
        ("A0", "Fives", "before", "2016-04-01", "who5", [2, 3, 2, 3, 2]),
        ("A0", "Fives", "after", "2018-04-01", "who5", [5, 5, 5, 5, 5]),
    ),
}


def test_the_change_is_that_of_the_pairs_complete_by_the_years_end():
    # Same two people as `two_people` in tests/reference/paired_change.csv (R).
    out = ambassador_scales.change(SIX, year=2018)
    gse_fives = {"quartier": "Fives", "scale": "gse"}
    assert value(out, "scale_mean_before", **gse_fives) == 22.5
    assert value(out, "scale_mean_after", **gse_fives) == 28.5
    assert value(out, "scale_mean_change", **gse_fives) == 6
    assert value(out, "scale_mean_change", "lower", **gse_fives) == pytest.approx(-19.412409472349)
    assert value(out, "scale_d_z", "upper", **gse_fives) == pytest.approx(5.011928863854)
    assert value(out, "scale_d_z", "n", **gse_fives) == 2


def test_limits_stay_within_what_the_scale_allows():
    out = ambassador_scales.change(SIX, year=2018)
    for indicator in ("scale_mean_before", "scale_mean_after"):
        assert value(out, indicator, "lower", quartier="Fives", scale="gse") >= 10
        assert value(out, indicator, "upper", quartier="Fives", scale="gse") <= 40


def test_identical_scores_give_no_false_certainty():
    same = answers(
        *(
            gse(who, wave, on, 30)
            for who in ("A0", "A1")
            for wave, on in (("before", "2016-04-01"), ("after", "2018-04-01"))
        )
    )
    out = ambassador_scales.change({**SIX, **same}, year=2018)
    rows = out[(out["quartier"] == "Fives") & (out["scale"] == "gse")]
    assert value(rows, "scale_mean_after") == 30
    assert rows[["lower", "upper"]].isna().all(axis=None)


def test_next_years_report_sees_the_answer_given_on_1_january():
    assert value(ambassador_scales.change(SIX, year=2019), "scale_d_z", "n", quartier="Fives", scale="gse") == 3


def test_the_mean_of_one_person_is_never_shown():
    out = ambassador_scales.change(SIX, year=2018)
    rows = out[(out["quartier"] == "Fives") & (out["scale"] == "who5")]
    assert (rows["n"] == 1).all()
    assert rows["estimate"].isna().all()
    assert set(rows["status"]) == {"too_few"}


def test_an_incomplete_answer_makes_no_score_rather_than_a_lower_one():
    scored = ambassador_scales.scores(SIX, year=2018)
    row = scored[(scored["ambassador_id"] == "A3") & (scored["scale"] == "gse")].iloc[0]
    assert math.isnan(row["before"])
    assert row["scale_answers"] == "incomplete"


def test_a_row_left_out_of_the_file_is_a_missing_item_too():
    frame = SIX["ambassador_scales"]
    cut = frame[~((frame["ambassador_id"] == "A1") & (frame["wave"] == "after") & (frame["item"] == 10))]
    out = ambassador_scales.change({**SIX, "ambassador_scales": cut}, year=2018)
    assert value(out, "scale_d_z", "n", quartier="Fives", scale="gse") == 1


def test_everyone_who_joined_is_somewhere():
    out = ambassador_scales.follow_up(SIX, year=2018)
    fives = out[(out["indicator"] == "scale_follow_up") & (out["quartier"] == "Fives") & (out["scale"] == "gse")]
    assert dict(zip(fives["scale_answers"], fives["estimate"], strict=True)) == {
        "both": 2,
        "before_only": 1,
        "after_only": 1,
        "incomplete": 1,
        "never": 1,
    }
    share = value(out, "scale_paired_share", quartier="Fives", scale="gse")
    assert share == 2 / 6
    assert value(out, "scale_paired_share", "n", quartier="Fives", scale="gse") == 6


def test_an_after_that_precedes_its_before_is_no_pair():
    out = ambassador_scales.follow_up(SIX, year=2018)
    assert value(out, "scale_follow_up", quartier="Moulins", scale="gse", scale_answers="incomplete") == 1


def test_those_without_a_pair_are_described_beside_those_with_one():
    out = ambassador_scales.attrition(SIX, year=2018)
    out = out[(out["quartier"] == "Fives") & (out["scale"] == "gse")]
    both, missing = (out[out["answered"] == name] for name in ("both", "missing"))
    assert value(both, "scale_profile_share", level="30-44") == 1
    assert value(missing, "scale_profile_share", level="60-74") == 0.5
    assert value(missing, "scale_profile_share", variable="sex", level="unknown") == 0.25
    for part in (both, missing):
        for variable in ("age_band", "sex"):
            assert part.loc[part["variable"] == variable, "estimate"].sum() == pytest.approx(1)
    assert value(both, "scale_profile_before") == 22.5
    # Only one of the missing has a first score: it would be that person's.
    assert np.isnan(value(missing, "scale_profile_before"))
    assert value(missing, "scale_profile_before", "n") == 1


def test_all_quartiers_together_pool_the_pairs():
    out = ambassador_scales.change(SIX, year=2019, by=())
    assert value(out, "scale_d_z", "n", quartier="all", scale="gse") == 3


@pytest.mark.parametrize("measure", ["change", "follow_up", "attrition"])
@pytest.mark.parametrize("by", [("quartier",), ()])
def test_no_ambassadors_is_a_frame_without_rows_and_no_answers_is_too_few(measure, by):
    function = getattr(ambassador_scales, measure)
    assert function({k: v.iloc[:0] for k, v in SIX.items()}, year=2018, by=by).empty
    silent = {**SIX, "ambassador_scales": SIX["ambassador_scales"].iloc[:0]}
    out = function(silent, year=2018, by=by)
    if measure == "change":
        assert set(out["status"]) == {"too_few"}
        assert (out["n"] == 0).all()
    before = {k: v.copy(deep=True) for k, v in SIX.items()}
    function(SIX, year=2018, by=by)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(SIX[name], frame)
