"""Estimates worded for people, and tables that assistive technology can read."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.estimation.frame import estimates
from prs_eval.i18n import set_language
from prs_eval.programme.catalogue import load_catalogue
from prs_eval.reporting import tables
from tests.conftest import ROOT
from tests.reporting.made import Page, shares, too_few

NBSP = "\u00a0"


def test_headings_are_words_and_the_method_travels_with_the_number():
    worded = tables.display(shares())
    assert list(worded.columns) == [
        "Quartier",
        "Numérateur",
        "Dénominateur",
        "Valeur",
        f"Intervalle à 95{NBSP}%",
        "Méthode",
    ]
    first = worded.iloc[0].tolist()
    assert first == ["Wazemmes", "3", "9", f"33{NBSP}%", f"[12{NBSP}%{NBSP};{NBSP}65{NBSP}%]", "Wilson"]


def test_a_status_is_said_in_words_where_a_row_is_not_available():
    worded = tables.display(pd.concat([shares(), too_few()], ignore_index=True))
    assert worded["Situation"].tolist() == ["disponible"] * 5 + ["effectif trop faible pour estimer"]
    assert worded["Valeur"].iloc[-1] == "–"


def test_a_point_kept_without_an_interval_is_not_called_impossible_to_estimate():
    kept = shares().assign(status="too_few", lower=float("nan"), upper=float("nan"))
    assert set(tables.display(kept)["Situation"]) == {"ordre de grandeur : trop peu pour un intervalle"}


def test_a_stage_is_not_said_to_be_among_itself():
    name = tables.row_name
    assert name({"Étape": "Dépistées", "Parmi": "Dépistées"}) == "Dépistées"
    assert name({"Étape": "Orientées", "Parmi": "Dépistées"}) == "Orientées (parmi : Dépistées)"


def test_hidden_rows_show_no_number_and_never_a_zero():
    hidden = shares().assign(status="primary")
    hidden[["numerator", "denominator", "estimate", "lower", "upper", "n"]] = float("nan")
    text = " ".join(tables.display(hidden).astype(str).to_numpy().ravel())
    assert "masqué" in text
    assert not any(character.isdigit() for character in text)


def test_codes_are_worded_in_the_language_in_force(workbench):
    frame = estimates(
        [
            {"indicator": "network_category_presences", "quartier": "Fives", "year": 2018, "category": "health"}
            | {"theme": "nutrition", "estimate": 4, "unit": "people", "method": "count"}
        ],
        groups=["category", "theme"],
    )
    french = tables.display(frame, workbench=workbench)
    assert french.iloc[0].tolist()[:2] == ["Professionnels de santé", "Alimentation"]
    assert list(french.columns)[:2] == ["Catégorie", "Thème"]
    set_language("en")
    assert tables.display(frame, workbench=workbench).iloc[0].tolist()[:2] == ["Health professionals", "Nutrition"]


def test_indicators_are_named_from_the_catalogue_and_unknown_codes_stay():
    catalogue = load_catalogue(ROOT / "parameters" / "lille")
    both = pd.concat([shares(), shares(indicator="no_such_indicator")], ignore_index=True)
    names = set(tables.display(both, catalogue=catalogue)["Indicateur"])
    assert names == {str(catalogue.label("network_residents_share")), "no_such_indicator"}


def test_own_words_and_headings_are_used():
    frame = estimates(
        [{"indicator": "x", "quartier": "Fives", "year": 2018, "rung": "a", "estimate": 1, "unit": "count"}],
        groups=["rung"],
    )
    worded = tables.display(frame, labels={"rung": {"a": "Premier barreau"}.get}, headings={"rung": "Barreau"})
    assert worded["Barreau"].tolist() == ["Premier barreau"]


def test_every_cell_has_its_row_and_column_header():
    html = tables.to_html(tables.display(shares()), "Part des habitants")
    page = Page(html)
    assert len(page.all("caption")) == 1
    assert "Part des habitants" in page.text
    scopes = [attrs["scope"] for attrs in page.all("th")]
    assert scopes == ["col"] * 6 + ["row"] * 5
    assert len(page.all("td")) == 5 * 5


def test_plain_tables_show_years_as_years_and_dates_as_dates():
    frame = pd.DataFrame({"Réunion": ["R1"], "year": [2018], "Jour": [pd.Timestamp("2018-03-05")], "Part": [1234.5]})
    text = Page(tables.to_html(frame, "Réunions")).text
    assert "2018" in text
    assert "5 mars 2018" in text
    assert "1\u202f234,5" in text


@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_no_text_from_data_can_become_markup(caption, cell):
    caption, cell = caption.replace("\r", ""), cell.replace("\r", "")
    page = Page(tables.to_html(pd.DataFrame({"<b>": [cell, "x"]}), f"<script>{caption}</script>"))
    assert {tag for tag, _ in page.elements} == {"div", "table", "caption", "thead", "tbody", "tr", "th"}


@pytest.mark.parametrize("column", ["quartier", "category", "wave", "theme"])
def test_usual_groups_have_a_human_heading(column):
    assert tables.heading(column) != column
