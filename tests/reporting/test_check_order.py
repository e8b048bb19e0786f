"""Problems come in the order to mend them: as the workbook goes, parents first, causes before consequences."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import openpyxl
import pytest

from prs_eval.inputs.intake import Intake, check
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import TABLES
from prs_eval.reporting.check_order import table_rank
from prs_eval.reporting.check_report import summary, verdict, write_html, write_xlsx
from tests.inputs.valid import VALID, write_folder
from tests.reporting.test_check_report import intake, issue


@pytest.fixture
def broken(tmp_path: Path, workbench: Workbench) -> Intake:
    """A session of which the date is unreadable; of its two participants one has a problem of its own."""
    tables = copy.deepcopy(VALID)
    tables["screening_sessions"][0]["held_on"] = "bientôt"
    tables["screening_participants"][1]["sex"] = "martien"
    tables["ambassador_activities"][0]["kind"] = "martien"
    return check(write_folder(tmp_path / "saisie", tables), workbench)


def test_parents_come_before_children_and_files_before_tables() -> None:
    for table in TABLES.values():
        assert all(
            table_rank(parent) < table_rank(table.name) for _c, parent in table.references if parent != table.name
        )
    assert table_rank(None) < min(table_rank(name) for name in TABLES)


def test_the_terminal_gives_the_cause_then_how_many_rows_wait_for_it(broken: Intake) -> None:
    text = summary(broken)
    cause, own = text.index("bientôt"), text.index("« martien »")
    waiting = text.index("1 ligne sera acceptée une fois « D1 » corrigée.")
    assert cause < own < waiting
    needs = TABLES["needs"].title.fr
    figures = [line.split("  ")[1] for line in text.splitlines() if re.match(r"  \S.* \d", line)]
    assert figures.index(needs) > figures.index("Actions")
    assert figures.index("Actions") < figures.index("Séances de dépistage") < figures.index("Personnes dépistées")


def test_a_row_with_a_problem_of_its_own_is_not_promised_to_be_accepted(broken: Intake) -> None:
    assert "2 lignes seront acceptées" not in summary(broken)


def test_ten_rows_that_wait_for_one_parent_are_one_remark() -> None:
    rows = [
        issue(row, table="screening_participants", sheet="Personnes", column="session_id", cell=f"B{row}",
              code="parent_refused", found="D01", message="La corriger d'abord.")
        for row in range(2, 12)
    ]  # fmt: skip
    cause = issue(3, table="screening_sessions", sheet="Séances", cell="D3")
    text = summary(intake(*rows, cause, refused=11))
    assert "10 lignes seront acceptées une fois « D01 » corrigée. La corriger d'abord." in text
    assert "9 autres cas : B3 ; B4" in text
    assert text.count("La corriger d'abord") == 1
    assert text.index("feuille Séances, D3") < text.index("10 lignes seront")


def test_the_page_and_the_workbook_follow_the_same_order(broken: Intake, tmp_path: Path) -> None:
    page = write_html(broken, tmp_path / "c.html").read_text(encoding="utf-8").split("Pour information")[0]
    told = re.findall(r"<tr><td>(\w+\.csv)</td><td>–</td><td class=\"num\">\d", page)
    expected = ["screening_sessions.csv", "screening_participants.csv", "ambassador_activities.csv"]
    assert list(dict.fromkeys(told)) == expected
    sheet = openpyxl.load_workbook(write_xlsx(broken, tmp_path / "c.xlsx"))["Problèmes"]
    errors = [row for row in sheet.values if row[0] == "Problèmes à corriger"]
    assert list(dict.fromkeys(row[1] for row in errors)) == expected
    consequences = ["refusée" in str(row[7]) for row in errors]
    assert consequences == sorted(consequences)
    assert sum(consequences) == 2  # each row keeps its line


def test_the_verdict_itself_says_that_rows_are_of_another_quartier_or_year() -> None:
    strays = [issue(row, code="other_quartier", severity="warning") for row in (2, 3)]
    assert verdict(intake(*strays)).endswith("2 lignes sont d'un autre quartier que le classeur.")
    stray = issue(2, code="other_year", severity="warning")
    assert verdict(intake(stray)).endswith("1 ligne est d'une autre année que le classeur.")
