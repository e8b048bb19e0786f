"""What `check` found reaches the person who typed the file, whole, in plain words, and harmless."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from prs_eval.i18n import set_language
from prs_eval.inputs.intake import Intake, TableIntake
from prs_eval.inputs.issues import Issue
from prs_eval.reporting.check_report import summary, write_html, write_xlsx

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+33",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "<script>alert(1)</script>",
    "\x07\x1b[31m",
]


def issue(row: int = 5, **changes: object) -> Issue:
    """A date in the wrong order, unless told otherwise."""
    base: dict[str, object] = {
        "table": "meetings",
        "file": "saisie.xlsx",
        "sheet": "Réunions",
        "row": row,
        "column": "held_on",
        "cell": f"C{row}",
        "code": "date_order",
        "found": "04/13/2018",
        "message": "Date illisible. Écrire jj/mm/aaaa.",
        "severity": "error",
    }
    return Issue(**(base | changes))  # type: ignore[arg-type]


def intake(*issues: Issue, refused: int = 0, accepted: int = 3, values: list[str] | None = None) -> Intake:
    """A sheet of meetings, of which `refused` rows were refused."""
    texts = values or [f"r{i}" for i in range(refused)]
    rows = pd.DataFrame(
        {
            "meeting_id": texts,
            "quartier": texts,
            "held_on": texts,
            "themes": [None] * len(texts),
            "file": "saisie.xlsx",
            "sheet": "Réunions",
            "row": range(5, 5 + len(texts)),
            "problem": [f"problème de {text}" for text in texts],
        }
    )
    kept = pd.DataFrame(index=range(accepted))
    part = TableIntake("meetings", "saisie.xlsx", "Réunions", accepted + len(texts), kept, rows)
    return Intake("dossier/saisie.xlsx", (part,), issues)


class Page(HTMLParser):
    """Elements of a page, with their attributes; texts of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_terminal_says_figures_then_problems_worst_first() -> None:
    text = summary(
        intake(
            issue(code="note", message="Une remarque.", severity="info", column=None, cell=None),
            issue(code="far", message="Date lointaine.", severity="warning"),
            issue(),
            refused=1,
            accepted=1240,
        )
    )
    assert re.search(r"Réunions +1\u202f241 +1\u202f240 +1\b", text)
    assert "1 ligne refusée sur 1\u202f241 lues." in text
    assert text.index("Écrire jj/mm/aaaa") < text.index("Date lointaine") < text.index("Une remarque")


def test_the_terminal_stays_short_and_says_how_much_it_leaves_out() -> None:
    many = [issue(row) for row in range(2, 402)]
    kinds = [issue(2, code=f"kind{i}", message=f"Problème {i}.") for i in range(40)]
    text = summary(intake(*many, *kinds, refused=400))
    assert len(text.splitlines()) < 40
    assert "399 autres cas : C3 ; C4 ; C5 ; C6 ; C7 ; … et 394 autres" in text
    shown = len(set(re.findall(r"Problème \d+\.", text)))
    left = re.search(r"^ {2}… et (\d+) autres$", text, re.MULTILINE)
    assert left is not None
    assert shown + int(left[1]) == 40


def test_an_empty_source_and_a_clean_one_say_so() -> None:
    assert "Aucune ligne saisie" in summary(intake(accepted=0))
    assert "Les 3 lignes lues sont toutes acceptées." in summary(intake())


def test_a_file_that_cannot_be_read_is_not_called_clean() -> None:
    unread = Intake("x.xlsx", (), (issue(table=None, sheet=None, row=None, column=None, cell=None, found=None),))
    assert "acceptée" not in summary(unread).splitlines()[-1]
    assert "1 problème empêche" in summary(unread)


def test_the_page_is_accessible_and_stands_alone(tmp_path: Path) -> None:
    path = write_html(intake(issue(), issue(6, severity="warning"), refused=2), tmp_path / "bilan" / "check.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.named("html") == [{"lang": "fr"}]
    assert len(page.named("h1")) == 1
    assert len(page.named("caption")) == len(page.named("table")) == 3
    assert all(cell.get("scope") in ("col", "row") for cell in page.named("th"))
    assert not page.named("script")
    assert not re.search(r"https?://|\bsrc=|@import|url\(", text)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels == [1, 2, 2, 2, 2]
    assert [p.name for p in path.parent.iterdir()] == ["check.html"]


def test_the_page_gives_each_problem_its_place_what_was_found_and_the_remedy(tmp_path: Path) -> None:
    page = Page(write_html(intake(issue(), refused=1), tmp_path / "check.html").read_text(encoding="utf-8"))
    start = page.texts.index("saisie.xlsx", page.texts.index("Que faire"))
    row = [text for text in page.texts[start:] if text][:7]
    assert row == [
        "saisie.xlsx",
        "Réunions",
        "5",
        "Date de la réunion",
        "C5",
        "04/13/2018",
        "Date illisible. Écrire jj/mm/aaaa.",
    ]
    assert any("prs-eval check dossier/saisie.xlsx" in text for text in page.texts)


def test_what_may_be_personal_is_said_to_be_withheld_and_a_blank_to_be_blank(tmp_path: Path) -> None:
    checked = intake(issue(found=None), issue(6, found=""), issue(None, cell=None, found=None), refused=2)  # type: ignore[arg-type]
    page = Page(write_html(checked, tmp_path / "check.html").read_text(encoding="utf-8"))
    assert page.texts.count("non affiché") == 1
    assert page.texts.count("vide") == 1


def test_a_page_of_thousands_of_problems_is_cut_and_points_to_the_workbook(tmp_path: Path) -> None:
    path = write_html(intake(*(issue(row) for row in range(2, 2002)), refused=2000), tmp_path / "check.html")
    text = path.read_text(encoding="utf-8")
    assert text.count("<tr>") < 520
    assert "… et 1\u202f500 autres : la liste complète est dans le classeur" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_typed_becomes_markup(tmp_path: Path, hostile: str) -> None:
    checked = intake(
        issue(found=hostile, message=f"« {hostile} » refusé.", file=f"{hostile}.xlsx", sheet=hostile, column=hostile),
        refused=1,
    )
    text = write_html(checked, tmp_path / "check.html").read_text(encoding="utf-8")
    assert not Page(text).named("script")
    assert "<script" not in text


def test_no_value_of_the_workbook_is_a_formula(tmp_path: Path) -> None:
    checked = intake(
        *(issue(row, found=text, message=text, sheet=text, cell=text) for row, text in enumerate(HOSTILE, 5)),
        values=HOSTILE,
    )
    book = openpyxl.load_workbook(write_xlsx(checked, tmp_path / "check.xlsx"))
    assert book.sheetnames == ["Bilan", "Problèmes", "Réunions"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(isinstance(cell.value, (str, int)) for cell in cells)
    texts = [cell for cell in cells if isinstance(cell.value, str)]
    assert all(cell.quotePrefix and cell.number_format == "@" for cell in texts)
    assert "=cmd|' /C calc'!A0" in {cell.value for cell in texts}


def test_refused_rows_keep_their_number_and_what_was_typed(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_xlsx(intake(issue(), values=["007", "1 234,5"]), tmp_path / "check.xlsx"))
    head, *rows = list(book["Réunions"].values)
    assert head[:6] == ("Fichier", "Feuille", "Ligne", "Problème", "Identifiant réunion", "Quartier")
    assert [row[2:5] for row in rows] == [(5, "problème de 007", "007"), (6, "problème de 1 234,5", "1 234,5")]
    figures = next(iter(list(book["Bilan"].values)[1:]))
    assert figures == ("Réunions", "saisie.xlsx", "Réunions", 5, 3, 2)


def test_the_workbook_holds_every_problem(tmp_path: Path) -> None:
    checked = intake(*(issue(row) for row in range(2, 1502)), refused=1500)
    book = openpyxl.load_workbook(write_xlsx(checked, tmp_path / "check.xlsx"), read_only=True)
    assert book["Problèmes"].max_row == 1501


def test_a_text_too_long_for_a_cell_is_cut_not_lost(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_xlsx(intake(issue(), values=["x" * 50_000]), tmp_path / "check.xlsx"))
    assert len(str(book["Réunions"]["E2"].value)) == 32_000


def test_the_three_reports_speak_english_when_asked(tmp_path: Path) -> None:
    set_language("en")
    checked = intake(issue(message="Unreadable date."), refused=1)
    assert '<html lang="en">' in write_html(checked, tmp_path / "check.html").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(write_xlsx(checked, tmp_path / "check.xlsx"))
    assert book.sheetnames[-1] == "Meetings"
    assert "Meetings" in summary(checked)
