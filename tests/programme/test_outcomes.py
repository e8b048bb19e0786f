"""Outcomes by year and by month: the figure in force, one definition, nothing counted twice."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.errors import DataError
from prs_eval.i18n import set_language
from prs_eval.inputs.rows import typed
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.outcomes import month_number, outcome_panel, outcome_series, revisions

TWO_YEARS, ONE_YEAR = "femmes de 50 à 74 ans, 2 ans glissants", "femmes de 50 à 74 ans, 1 an"
BASE = {"indicator": "breast_screening", "month": None, "denominator": 100.0, "source": "CPAM", "revision": 0}


def outcomes(*records):
    """Rows with these cells, the rest being those of a yearly two-year rate."""
    frame = pd.DataFrame([{**BASE, "perimeter": TWO_YEARS, **record} for record in records])
    columns = [column.name for column in TABLES["outcomes"].columns]
    return {"outcomes": typed(frame.reindex(columns=columns), TABLES["outcomes"])}


def cell(year, numerator, territory="Fives", **more):
    return {"territory": territory, "year": year, "numerator": numerator, **more}


# Breast screening in Lille, 2009: published as 53 %, later revised to 52.3 % (../shared/DOMAIN.md, section 7).
REVISED = outcomes(cell(2009, 52.3, revision=1, source="CPAM, 2013"), cell(2009, 53), cell(2010, 54))


def test_the_revised_figure_of_2009_takes_the_place_of_the_first():
    panel = outcome_panel(REVISED, indicator="breast_screening")
    assert list(panel.columns) == ["territory", "year", "numerator", "denominator"]
    assert panel.to_numpy().tolist() == [["Fives", 2009, 52.3, 100.0], ["Fives", 2010, 54.0, 100.0]]


def test_what_was_revised_is_said_with_both_figures():
    said = revisions(REVISED, "breast_screening")
    assert len(said) == 1
    first = said.iloc[0]
    assert (first["year"], first["revision"], first["source"]) == (2009, 1, "CPAM, 2013")
    assert (first["numerator_before"], first["numerator"]) == (53, 52.3)
    assert pd.isna(first["month"])


def test_a_revision_that_changes_nothing_is_no_revision_and_each_step_is_told():
    same = outcomes(cell(2009, 53), cell(2009, 53, revision=1))
    assert revisions(same, "breast_screening").empty
    steps = outcomes(cell(2009, 53), cell(2009, 52, revision=1), cell(2009, 52.3, revision=2))
    assert revisions(steps, "breast_screening")[["numerator_before", "numerator"]].to_numpy().tolist() == [
        [53, 52],
        [52, 52.3],
    ]
    other = outcomes(cell(2009, 53), cell(2009, 40, revision=1, perimeter=ONE_YEAR))
    assert revisions(other, "breast_screening").empty


def test_yearly_and_two_year_rates_are_not_mixed():
    both = outcomes(cell(2009, 53), cell(2010, 54), cell(2010, 31, perimeter=ONE_YEAR))
    with pytest.raises(DataError, match=r"1 an » ; « .*2 ans glissants »"):
        outcome_panel(both, indicator="breast_screening")
    assert outcome_panel(both, indicator="breast_screening", years=[2009])["numerator"].tolist() == [53]
    assert outcome_panel(both, indicator="breast_screening", perimeter=ONE_YEAR)["numerator"].tolist() == [31]
    assert outcome_panel(both, indicator="breast_screening", perimeter=TWO_YEARS)["numerator"].tolist() == [53, 54]
    with pytest.raises(DataError, match="n'a pas le périmètre « 3 ans »"):
        outcome_panel(both, indicator="breast_screening", perimeter="3 ans")


def test_the_error_speaks_english_too():
    set_language("en")
    with pytest.raises(DataError, match="breast_screening"):
        outcome_panel(outcomes(cell(2009, 53), cell(2010, 31, perimeter=ONE_YEAR)), indicator="breast_screening")


def test_a_territory_twice_is_refused_in_the_data_and_in_the_question():
    twice = outcomes(cell(2009, 53), cell(2009, 52.3))
    with pytest.raises(DataError, match="1 chiffre en double"):
        outcome_panel(twice, indicator="breast_screening")
    with pytest.raises(ValueError, match="Fives"):
        outcome_panel(REVISED, indicator="breast_screening", territories=["Fives", "Moulins", "Fives"])
    with pytest.raises(ValueError, match="twice"):
        outcome_series(REVISED, indicator="breast_screening", territories=["Fives", "Fives"])


def test_years_and_months_are_never_mixed():
    mixed = outcomes(cell(2009, 120), cell(2009, 9, month=1), cell(2009, 11, month=2))
    assert outcome_panel(mixed, indicator="breast_screening")["numerator"].tolist() == [120]
    series = outcome_series(mixed, indicator="breast_screening", territories=["Fives"])
    assert series.to_numpy().tolist() == [[24108, 2009, 1, 9, 100], [24109, 2009, 2, 11, 100]]
    assert revisions(mixed, "breast_screening").empty


def test_months_are_summed_over_territories_and_only_whole_ones_are_kept():
    rows = [cell(2015, n, place, month=month) for place, n in (("Fives", 3), ("Moulins", 5)) for month in (1, 2, 3)]
    rows[4] = cell(2016, 50, "Moulins", month=2)  # February 2015 lacks Moulins, and February 2016 Fives
    rows += [cell(2015, 4, "Fives", month=1, revision=1), cell(2015, 99, "Wazemmes", month=1)]
    series = outcome_series(outcomes(*rows), indicator="breast_screening", territories=["Fives", "Moulins"])
    assert list(series.columns) == ["period", "year", "month", "numerator", "denominator"]
    assert series.to_numpy().tolist() == [[24180, 2015, 1, 9, 200], [24182, 2015, 3, 8, 200]]
    assert month_number(dt.date(2015, 1, 31)) == 24180
    assert month_number(dt.date(2015, 3, 1)) == 24182


def test_several_definitions_of_a_month_are_not_summed():
    rows = [cell(2015, 3, month=1), cell(2015, 5, "Moulins", month=1, perimeter=ONE_YEAR)]
    with pytest.raises(DataError, match="plusieurs périmètres"):
        outcome_series(outcomes(*rows), indicator="breast_screening", territories=["Fives", "Moulins"])


@pytest.mark.parametrize("tables", [REVISED, outcomes(cell(2009, 1)), {"outcomes": REVISED["outcomes"].iloc[:0]}])
def test_nothing_observed_is_an_empty_table_of_the_same_shape(tables):
    panel = outcome_panel(tables, indicator="vaccination")
    series = outcome_series(tables, indicator="breast_screening", territories=["Fives"])
    assert panel.empty
    assert series.empty
    assert {str(panel[c].dtype) for c in ("numerator", "denominator")} == {"float64"}
    assert [str(series[c].dtype) for c in ("period", "year", "month")] == ["int64"] * 3
    assert revisions(tables, "vaccination").empty


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(2009, 2011), st.integers(0, 3), st.integers(0, 100)),
        min_size=1,
        unique_by=lambda row: row[:3],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_does_not_matter_and_the_input_stays(rows, random):
    given_rows = [cell(year, n, place, revision=revision) for place, year, revision, n in rows]
    tables = outcomes(*given_rows)
    before = tables["outcomes"].copy(deep=True)
    panel = outcome_panel(tables, indicator="breast_screening")
    pd.testing.assert_frame_equal(tables["outcomes"], before)
    random.shuffle(given_rows)
    pd.testing.assert_frame_equal(outcome_panel(outcomes(*given_rows), indicator="breast_screening"), panel)
    highest = {}
    for place, year, _revision, n in sorted(rows):
        highest[place, year] = n
    assert panel.set_index(["territory", "year"])["numerator"].to_dict() == highest
