"""The entry workbook of a quartier and a year: a sheet a table, made from `inputs.tables`.

Population and outcomes have no sheet: they come from public files, which the city imports once for all quartiers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from prs_eval import __version__
from prs_eval.errors import UsageError
from prs_eval.i18n import _, current_language
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import (
    CITY_TABLES,
    EXAMPLE,
    LISTS_SHEET,
    QUARTIER_PROPERTY,
    TABLES,
    YEAR_PROPERTY,
    Column,
    Table,
)
from prs_eval.inputs.template_guide import date_pattern, prefix, write_guide
from prs_eval.inputs.vocabulary import vocabulary

ENTRY_TABLES = tuple(name for name in TABLES if name not in CITY_TABLES)
LAST_ROW = 5000  # down to which drop-downs and formats are laid
_SEVERAL = ("codes", "themes")  # several, joined by a bar
_HEAD = PatternFill("solid", fgColor="1F3A5F")  # with white letters, contrast 11.5:1
_HEAD_OPTIONAL = PatternFill("solid", fgColor="DCE6F1")  # with dark letters, contrast 9.2:1
_LINE = Border(bottom=Side(style="medium", color="1F3A5F"))
_DATE_FORMATS = {"dmy": "dd/mm/yyyy", "mdy": "mm/dd/yyyy", "ymd": "yyyy-mm-dd"}


def write_template(path: Path, workbench: Workbench, *, quartier: str, year: int) -> Path:
    """Write the entry workbook of `quartier` for `year`, in the current language; the path written.

    Raises
    ------
    UsageError
        For a quartier or a year that does not exist, with what is allowed.
    """
    place = workbench.quartier(quartier).name
    if not workbench.first_year <= year <= dt.date.today().year + 1:
        raise UsageError(
            _("Année {year} impossible : le programme commence en {first} (possible : {first}-{last}).").format(
                year=year, first=workbench.first_year, last=dt.date.today().year + 1
            )
        )
    book = Workbook()
    guide = book.active
    assert isinstance(guide, Worksheet)
    write_guide(guide, [TABLES[name] for name in ENTRY_TABLES], workbench, quartier=place, year=year)
    lists = _Lists(book.create_sheet(str(LISTS_SHEET)))
    for name in ENTRY_TABLES:
        sheet = book.create_sheet(str(TABLES[name].title), index=len(book.sheetnames) - 1)
        _write_table(sheet, TABLES[name], lists, workbench, place, year)
    book.properties.title = guide["A1"].value
    book.properties.creator = f"prs_eval {__version__}"
    book.properties.lastModifiedBy = book.properties.creator
    book.properties.language = "fr-FR" if current_language() == "fr" else "en-GB"
    marked: Any = book  # the type stubs know no custom properties
    marked.custom_doc_props.append(StringProperty(name=QUARTIER_PROPERTY, value=place))
    marked.custom_doc_props.append(StringProperty(name=YEAR_PROPERTY, value=str(year)))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".tmp")
    book.save(beside)
    return beside.replace(path)


class _Lists:
    """The hidden sheet that the drop-downs point to: one column a list, each list once."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._places: dict[tuple[str, ...], str] = {}
        sheet.sheet_state = "hidden"

    def place(self, title: str, labels: tuple[str, ...]) -> str:
        """The cells that hold `labels`, as a formula."""
        if labels not in self._places:
            column = len(self._places) + 1
            for row, value in enumerate((title, *labels), start=1):
                self._sheet.cell(row, column, value).number_format = "@"
            letter = get_column_letter(column)
            sheet = self._sheet.title.replace("'", "''")
            self._places[labels] = f"'{sheet}'!${letter}$2:${letter}${len(labels) + 1}"
        return self._places[labels]


def _write_table(sheet: Worksheet, table: Table, lists: _Lists, workbench: Workbench, quartier: str, year: int) -> None:
    example = _example(table, workbench, quartier, year)
    for number, column in enumerate(table.columns, start=1):
        letter = get_column_letter(number)
        labels = _labels(column, workbench, quartier)
        head = sheet.cell(1, number, str(column.title))
        head.font = Font("Calibri", bold=True, color="1F3A5F" if column.nullable else "FFFFFF")
        head.fill = _HEAD_OPTIONAL if column.nullable else _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
        head.border = _LINE
        head.comment = _note(column, labels, workbench)
        style = sheet.column_dimensions[letter]
        widest = max([len(str(column.title)) // 2, *map(len, labels)])
        style.width = min(max(widest + 4, 26 if column.kind in ("name", "free_text") else 18), 44)
        style.number_format = _number_format(column, workbench)
        cell = sheet.cell(2, number, next(example))
        cell.font = Font("Calibri", italic=True, color="595959")  # 7:1 on white
        cell.number_format = style.number_format
        if rule := _rule(column, labels, lists, workbench, year):
            rule.add(f"{letter}2:{letter}{LAST_ROW}")
            sheet.add_data_validation(rule)
    sheet.row_dimensions[1].height = 48
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _labels(column: Column, workbench: Workbench, quartier: str) -> tuple[str, ...]:
    """What to offer: the workbook's own quartier, or the labels in the current language."""
    if column.kind == "quartier":
        return (quartier,)
    known = vocabulary(column, workbench)
    return tuple(str(label) for label in known.labels.values()) if known else ()


def _number_format(column: Column, workbench: Workbench) -> str:
    if column.kind == "date":
        return _DATE_FORMATS[workbench.date_order]
    return {"integer": "0", "year": "0", "number": "General"}.get(column.kind, "@")


def _note(column: Column, labels: tuple[str, ...], workbench: Workbench) -> Comment:
    lines = [str(column.description), _("Facultatif.") if column.nullable else _("Obligatoire.")]
    if column.kind == "date":
        lines.append(_("Date : {pattern}.").format(pattern=date_pattern(workbench)))
    if column.minimum is not None or column.maximum is not None:
        lines.append(_bounds(column))
    if labels:
        lines.append(_("Valeurs possibles : {values}.").format(values=_(" ; ").join(labels)))
    if column.kind in _SEVERAL:
        lines.append(_("Plusieurs valeurs : les séparer par une barre |."))
    note = Comment("\n".join(lines), "prs_eval")
    note.width, note.height = 340, 40 + 18 * sum(1 + len(line) // 46 for line in lines)
    return note


def _bounds(column: Column) -> str:
    low, high = (None if limit is None else f"{limit:g}" for limit in (column.minimum, column.maximum))
    if column.maximum is not None and column.maximum >= 1e6:
        high = f"{column.maximum:.0f}"
    whole = column.kind == "integer"
    if high is None:
        return (_("Nombre entier, au moins {low}.") if whole else _("Nombre, au moins {low}.")).format(low=low)
    return (_("Nombre entier de {low} à {high}.") if whole else _("Nombre de {low} à {high}.")).format(
        low=low, high=high
    )


def _rule(
    column: Column, labels: tuple[str, ...], lists: _Lists, workbench: Workbench, year: int
) -> DataValidation | None:
    """The check that the spreadsheet itself makes on typing; the words said when it refuses."""
    if labels:
        rule = DataValidation("list", formula1=lists.place(str(column.title), labels))
        rule.error = _("Choisir une valeur de la liste.")
    elif column.kind == "date":
        first, last = workbench.earliest_date, dt.date(year + 1, 12, 31)
        rule = DataValidation("date", operator="between", formula1=_serial(first), formula2=_serial(last))
        rule.error = _("Date attendue : {pattern}, de {first} à {last}.").format(
            pattern=date_pattern(workbench), first=first.year, last=last.year
        )
    elif column.kind == "year":
        rule = DataValidation("whole", operator="between", formula1=str(workbench.first_year), formula2=str(year))
        rule.error = _("Année attendue : de {first} à {last}.").format(first=workbench.first_year, last=year)
    elif column.kind in ("integer", "number"):
        low, high = column.minimum or 0, column.maximum
        rule = DataValidation("whole" if column.kind == "integer" else "decimal", formula1=f"{low:g}")
        rule.operator = "greaterThanOrEqual" if high is None else "between"
        rule.formula2 = None if high is None else f"{high:.0f}"
        rule.error = _bounds(column)
    else:
        return None
    rule.allow_blank = True
    rule.showErrorMessage = column.kind not in _SEVERAL  # several values are typed by hand
    rule.errorTitle = str(column.title)[:32]
    return rule


def _serial(day: dt.date) -> str:
    return str((day - dt.date(1899, 12, 30)).days)


_ID_MARKS = {
    "structures": "S", "meetings": "R", "referrals": "O", "needs": "N", "actions": "A", "screening_sessions": "D",
    "screening_participants": "P", "ambassadors": "B", "ambassador_activities": "T", "professional_answers": "E",
}  # fmt: skip
_EXAMPLE_CODES = {"age_band": "45-59", "category": "social", "status": "done"}
_EXAMPLE_EMPTY = ("left_on", "absence_reason", "chained_to")  # what a plain case leaves blank
_EXAMPLE_MONTHS = {"appointment_on": 5, "equipped_on": 6, "ends_on": 6}  # the others: March


def _example(table: Table, workbench: Workbench, quartier: str, year: int) -> Iterator[str | float | dt.date | None]:
    """One plausible value a column; the first cell says that the line is an example."""
    texts = {
        "name": _("Centre social"),
        "title": _("Atelier cuisine"),
        "component": _("Prévention"),
        "carrier": _("Association du quartier"),
        "partners": _("Centre social|Pharmacie"),
        "evidence": _("Bilan écrit de l'action"),
        "venue": _("Maison de quartier"),
    }
    numbers = {"members": 3, "slots": 12, "cost_eur": 350.5, "epices": 35.5, "hours": 2.5, "reach": 25, "people": 4}
    numbers |= {"ambassadors": 3, "contacts": 40, "new_contacts": 15, "score": 3}
    parents = dict(table.references)
    for position, column in enumerate(table.columns):
        known = vocabulary(column, workbench)
        if position == 0:
            yield f"{EXAMPLE} {prefix(quartier)}-{_ID_MARKS[parents.get(column.name, table.name)]}01"
        elif column.name in _EXAMPLE_EMPTY:
            yield None
        elif column.kind == "id":
            number = "02" if column.name == "to_structure" else "01"
            yield f"{prefix(quartier)}-{_ID_MARKS[parents.get(column.name, table.name)]}{number}"
        elif column.kind == "date":
            yield dt.date(year, _EXAMPLE_MONTHS.get(column.name, 3), 15)
        elif column.kind == "year":
            yield year
        elif column.kind == "quartier":
            yield quartier
        elif column.kind in _SEVERAL:
            yield "|".join(_labels(column, workbench, quartier)[:2])
        elif known:
            yield str(known.labels[_EXAMPLE_CODES.get(column.name, known.codes[0])])
        else:
            yield numbers.get(column.name, 1) if column.kind in ("integer", "number") else texts.get(column.name, "…")
