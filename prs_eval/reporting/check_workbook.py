"""The workbook of a check: figures, problems, refused rows with their original numbers, all of it inert text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from prs_eval import __version__
from prs_eval.i18n import _, current_language
from prs_eval.reporting.cells import put_text
from prs_eval.reporting.check_order import ordered, table_rank
from prs_eval.reporting.check_report import (
    SEVERITIES,
    column_title,
    found,
    heads,
    lines,
    next_steps,
    severity_title,
    table_title,
    verdict,
)

if TYPE_CHECKING:
    from prs_eval.inputs.intake import Intake

_LINE_HEIGHT, _MOST_LINES = 15.5, 20  # points
_HEAD = PatternFill("solid", fgColor="1F3A5F")
_PLACE = ("file", "sheet", "row", "problem")


def workbook_bytes(intake: Intake) -> bytes:
    """The workbook's content."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    _figures(first, intake)
    _problems(book.create_sheet(_("Problèmes")), intake)
    for table, rows in sorted(intake.refused.items(), key=lambda item: table_rank(item[0])):
        if len(rows):
            _refused(book.create_sheet(_sheet_title(table_title(table), book.sheetnames)), table, rows)
    book.properties.title = _("Bilan de vérification")
    book.properties.creator = book.properties.lastModifiedBy = f"prs_eval {__version__}"
    book.properties.language = "fr-FR" if current_language() == "fr" else "en-GB"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _figures(sheet: Worksheet, intake: Intake) -> None:
    sheet.title = _("Bilan")
    words = heads()
    titles = [words[name] for name in ("table", "file", "sheet", "read", "accepted", "refused")]
    rows = [(li.table, li.file, li.sheet, li.read, li.accepted, li.refused) for li in lines(intake)]
    _table(sheet, titles, rows, widths=(30, 30, 30, 12, 12, 12))
    for text in ("", verdict(intake), *next_steps(intake)):
        _put(sheet.cell(sheet.max_row + 1, 1), text)


def _problems(sheet: Worksheet, intake: Intake) -> None:
    words = heads()
    titles = [words[n] for n in ("severity", "file", "sheet", "row", "column", "cell", "found", "message")]
    told = [i for severity in SEVERITIES for i in ordered(i for i in intake.issues if i.severity == severity)]
    rows = (
        (
            severity_title(i.severity),
            i.file,
            i.sheet,
            i.row,
            column_title(i.table, i.column),
            i.cell,
            found(i),
            i.message,
        )
        for i in told
    )
    _table(sheet, titles, rows, widths=(22, 26, 26, 9, 24, 24, 24, 90))


def _refused(sheet: Worksheet, table: str, rows: pd.DataFrame) -> None:
    """The rows as typed, each with its file, sheet, row and problem in front."""
    own = [name for name in rows.columns if name not in _PLACE]
    words = heads()
    titles = [*(words[name] for name in _PLACE), *(column_title(table, str(name)) for name in own)]
    arranged = rows.reindex(columns=[*_PLACE, *own])
    _table(sheet, titles, arranged.itertuples(index=False), widths=(26, 26, 9, 70, *(20 for _name in own)))


def _table(sheet: Worksheet, titles: Sequence[str], rows: Iterable[Sequence[object]], *, widths: Sequence[int]) -> None:
    for number, (head, width) in enumerate(zip(titles, widths, strict=True), start=1):
        cell = _put(sheet.cell(1, number), head)
        cell.font, cell.fill = Font("Calibri", bold=True, color="FFFFFF"), _HEAD
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row, values in enumerate(rows, start=2):
        for number, value in enumerate(values, start=1):
            cell = _put(sheet.cell(row, number), value)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        deepest = max((len(str(v)) // (w - 2) for v, w in zip(values, widths, strict=True) if v is not None), default=0)
        sheet.row_dimensions[row].height = _LINE_HEIGHT * min(deepest + 1, _MOST_LINES)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _put(cell: Cell | MergedCell, value: object) -> Cell:
    """Counts as numbers, all else as text that no spreadsheet takes for a formula (= + - @, tab, return)."""
    assert isinstance(cell, Cell)
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[call-overload]
        return cell
    if isinstance(value, Integral):
        cell.value = int(value)
        return cell
    put_text(cell, str(value))
    return cell


def _sheet_title(title: str, taken: Sequence[str]) -> str:
    """A title that Excel takes: at most 31 characters, none of its own, not twice the same."""
    clean = "".join("-" if c in r"[]:*?/\'" else c for c in title)[:31] or "-"
    number = 2
    out = clean
    while out.casefold() in {name.casefold() for name in taken}:
        out = f"{clean[:27]} ({number})"
        number += 1
    return out
