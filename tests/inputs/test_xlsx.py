"""Workbooks as other programs write them, and as they should not be."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from prs_eval.inputs.intake import Intake, check
from prs_eval.inputs.parameters import Workbench
from tests.inputs.hostile import book, patch

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def _good(sheet: Worksheet) -> None:
    sheet.append(["R1", "Fives", dt.date(2018, 3, 14), "Alimentation"])


def _errors(intake: Intake) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.cell) for issue in intake.issues if issue.severity == "error"]


def test_cells_without_their_address_are_read_in_order(workbench: Workbench, tmp_path: Path) -> None:
    path = book(_good, after={SHEET: (r' r="[A-Z]+\d+"', "")})(tmp_path)
    assert check(path, workbench).accepted["meetings"]["themes"].tolist() == ["nutrition"]


def test_prefixed_elements_are_seen_by_the_guard(workbench: Workbench, tmp_path: Path) -> None:
    path = book(lambda sheet: sheet.append(["R1", "Fives", "=TODAY()"]))(tmp_path)
    patch(path, {SHEET: (r"<(/?)(worksheet|sheetData|row|c|f|v|is|t)(?=[ />])", r"<\1x:\2")})
    patch(path, {SHEET: (r"xmlns=", "xmlns:x=")})
    assert ("formula_without_value", "C2") in _errors(check(path, workbench))


def test_formats_on_a_million_empty_rows_are_not_a_million_rows(workbench: Workbench, tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 250_003))
    path = book(_good, after={SHEET: ("</sheetData>", f'{rows}<row r="1048576"/></sheetData>')})(tmp_path)
    intake = check(path, workbench)
    assert intake.ok
    assert intake.read_count == 1


def test_a_sheet_that_lies_about_its_size_is_measured(workbench: Workbench, tmp_path: Path) -> None:
    path = book(_good, after={SHEET: (r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"')})(tmp_path)
    assert check(path, workbench).read_count == 1


def test_a_value_shown_otherwise_than_stored_is_refused(workbench: Workbench, tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.delete_rows(1)
        sheet.append(["meeting_id", "category", "structure_id", "people"])
        shown = [(0.5, "0%"), (dt.timedelta(hours=30), "[h]:mm"), (12, "yyyy-mm-dd"), (3.0, "0.00")]
        for (people, number_format), category in zip(
            shown, ["residents", "health", "social", "education"], strict=True
        ):
            sheet.append(["R1", category, None, people])
            sheet.cell(sheet.max_row, 4).number_format = number_format

    intake = check(book(fill, title="Présences")(tmp_path), workbench, known_keys={"meetings": {"R1"}})
    assert _errors(intake) == [("percentage", "D2"), ("duration", "D3"), ("unexpected_date", "D4")]
    assert intake.accepted["attendance"]["people"].tolist() == [3]


def test_a_zip_that_is_no_workbook_and_a_locked_one_are_refused(workbench: Workbench, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "archive.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert _errors(check(tmp_path / "archive.xlsx", workbench)) == [("not_what_it_says", None)]
    path = book(_good)(tmp_path)
    content = bytearray(path.read_bytes())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):  # the flag "encrypted" of each entry, in both its places
        at = content.find(mark)
        while at >= 0:
            content[at + (6 if mark.endswith(b"\x04") else 8)] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    assert _errors(check(path, workbench)) == [("locked", None)]


def test_entities_are_refused_wherever_they_are(workbench: Workbench, tmp_path: Path) -> None:
    for part in ("xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"):
        path = book(_good)(tmp_path)
        with zipfile.ZipFile(path) as archive:
            if part not in archive.namelist():
                continue
        patch(path, {part: (r"^(<\?xml[^>]*\?>)?", r'<!DOCTYPE x [<!ENTITY a "b">]>')})
        assert _errors(check(path, workbench)) == [("entities", None)]


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_damaged_part_is_said_without_a_traceback(workbench: Workbench, tmp_path: Path, part: str) -> None:
    path = book(_good, after={part: (r">\s*$", "")})(tmp_path)
    assert _errors(check(path, workbench)) == [("damaged_workbook", None)]


def _with_shared_strings(path: Path, index: int) -> Path:
    """Strings kept apart, as Excel writes them: « Fives » is string 0; the cell asks for `index`."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    patch(
        path,
        {
            SHEET: ('t="inlineStr"><is><t>Fives</t></is>', f't="s"><v>{index}</v>'),
            "[Content_Types].xml": ("</Types>", override),
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{NAMESPACE}"><si><t>Fives</t></si></sst>')
    return path


def test_shared_strings_are_followed_and_a_missing_one_is_said(workbench: Workbench, tmp_path: Path) -> None:
    right = _with_shared_strings(book(_good)(tmp_path / "0"), 0)
    assert check(right, workbench).accepted["meetings"]["quartier"].tolist() == ["Fives"]
    wrong = _with_shared_strings(book(_good)(tmp_path / "9"), 9)
    assert _errors(check(wrong, workbench)) == [("damaged_workbook", None)]


def test_rows_keep_the_numbers_that_the_person_sees(workbench: Workbench, tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.delete_rows(1)
        sheet["C5"], sheet["D5"], sheet["E5"] = "meeting_id", "quartier", "held_on"
        sheet["C9"], sheet["D9"], sheet["E9"] = "R1", "Fives", dt.date(2018, 3, 14)
        sheet["C12"], sheet["D12"], sheet["E12"] = "R2", "Fivs", dt.date(2018, 3, 14)

    intake = check(book(fill)(tmp_path), workbench)
    assert _errors(intake) == [("unknown_quartier", "D12")]
    assert intake.refused["meetings"]["row"].tolist() == [12]
