"""What an import brought, and what stayed out, is said in plain numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from prs_eval.inputs.intake import Intake, TableIntake
from prs_eval.reporting.import_summary import import_summary


def part(table: str, accepted: int, refused: int) -> TableIntake:
    """A sheet of which so many rows were accepted and refused."""
    rows = pd.DataFrame({"row": range(refused)})
    return TableIntake(table, "saisie.xlsx", table, accepted + refused, pd.DataFrame(index=range(accepted)), rows)


def counts(*rows: tuple[str, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["table", "new", "replaced", "unchanged"])


def test_each_table_is_told_in_the_workbook_order_even_where_all_its_rows_were_refused() -> None:
    parts = (part("screening_sessions", 0, 2), part("screening_participants", 1875, 1), part("meetings", 1, 0))
    written = counts(("meetings", 1, 0, 0), ("screening_participants", 1873, 1, 1))
    said = import_summary(Intake("saisie.xlsx", parts, ()), written, place=Path("data"), account=Path("a.xlsx"))
    assert said.splitlines() == [
        "Importé dans data :",
        "  Réunions : 1 nouvelle, 0 remplacée, 0 inchangée",
        "  Séances de dépistage : 2 refusées",
        "  Personnes dépistées : 1\u202f873 nouvelles, 1 remplacée, 1 inchangée, 1 refusée",
        "3 lignes ne sont pas importées. Elles sont dans a.xlsx, avec leur problème : les corriger dans le fichier "
        "d'origine, puis réimporter.",
    ]


def test_nothing_is_said_to_stay_out_where_all_went_in() -> None:
    said = import_summary(
        Intake("s.xlsx", (part("meetings", 2, 0),), ()), counts(("meetings", 2, 0, 0)), place=Path("d"), account=None
    )
    assert said.splitlines() == ["Importé dans d :", "  Réunions : 2 nouvelles, 0 remplacée, 0 inchangée"]


def test_an_import_of_nothing_says_so() -> None:
    said = import_summary(
        Intake("s.xlsx", (part("meetings", 0, 1),), ()), counts(), place=Path("d"), account=Path("a.xlsx")
    )
    assert said.splitlines()[0] == "Rien n'est importé dans d : aucune ligne acceptée."
    assert said.splitlines()[-1].startswith("1 ligne n'est pas importée. Elle est dans a.xlsx")
