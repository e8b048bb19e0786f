"""Results of the actions: an action may claim several categories, and counts only with evidence."""

from __future__ import annotations

import pandas as pd

from prs_eval.programme.portfolio import result_codes
from prs_eval.reporting.text import portfolio as text


def actions(*rows: tuple[str | None, str | None], year: int = 2018) -> dict[str, pd.DataFrame]:
    """Actions begun in a year: the categories they tick, and their evidence."""
    frame = pd.DataFrame(rows, columns=["result_codes", "evidence"], dtype="str")
    return {"actions": frame.assign(quartier="Fives", year=year)}


def by_code(table: pd.DataFrame, indicator: str) -> dict[str, float]:
    rows = table[table["indicator"] == indicator]
    return dict(zip(rows["result_code"], rows["estimate"], strict=True))


def test_an_action_counts_in_each_category_it_ticks_and_is_shown_only_with_evidence():
    table = result_codes(actions(("A1|B1", "Bilan"), ("A1", None), (None, "Enquête"), ("D", None)), year=2018, by=())
    claimed, shown = by_code(table, "network_action_results"), by_code(table, "network_action_results_shown")
    assert (claimed["A1"], claimed["B1"], claimed["D"], claimed["C3"]) == (2, 1, 1, 0)
    assert (shown["A1"], shown["B1"], shown["D"]) == (1, 1, 0)
    assert set(table.loc[table["indicator"] == "network_action_results", "denominator"]) == {4}


def test_the_sentence_names_what_no_evidence_shows():
    told = text.results(result_codes(actions(("A1|B1", "Bilan"), ("D", None)), year=2018, by=()), year=2018)
    assert "3 des 12 catégories de résultats sont déclarées, 2 avec une preuve" in told
    assert told.endswith("Sans preuve, une catégorie ne compte pas : D.")


def test_no_action_is_said_and_is_no_zero():
    assert "Aucune action n'a commencé en 2018." in text.results(
        result_codes(actions(("A1", "Bilan"), year=2017), year=2018, by=()), year=2018
    )


def test_every_category_has_a_name_of_its_own():
    names = [text.result_name(code) for code in ("A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D")]
    assert len(set(names)) == 12
