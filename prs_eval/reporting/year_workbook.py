"""A year's tables for people: one workbook, a sheet a table, with its contents and its dictionary."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from prs_eval import __version__
from prs_eval.i18n import _, current_language
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.catalogue import Catalogue
from prs_eval.reporting import format as fmt
from prs_eval.reporting.cells import put_text
from prs_eval.reporting.datapackage import TableData

_WIDEST, _NARROWEST = 60, 9
_HEAD_ROW = 3  # under the table's title and the way back
_SHARES = ("estimate", "lower", "upper")


def workbook_bytes(
    tables: Sequence[TableData], *, title: str, notices: Sequence[str], catalogue: Catalogue | None = None
) -> bytes:
    """The workbook's content: contents, one sheet a table, dictionary of columns and of indicators.

    Text from data is never a formula. An infinite limit is written ∞, a masked number is an empty cell beside the word
    that says so.
    """
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    names = [_sheet_name(place, table.title) for place, table in enumerate(tables, 1)]
    _contents(first, tables, names, title, notices)
    for place, (table, name) in enumerate(zip(tables, names, strict=True), 1):
        _sheet(book.create_sheet(name), table, f"Table_{place:02d}", back=first.title)
    columns = [(f["name"], f["title"], _kind(f["type"]), _meaning(f["name"])) for f in _distinct(tables)]
    heads = [_("Nom"), _("Titre"), _("Type"), _("Définition")]
    _plain_sheet(book.create_sheet(_("Colonnes")), _("Colonnes des tableaux"), heads, columns, "Columns")
    if catalogue is not None:
        _indicators(book, tables, catalogue)
    about = book.properties
    about.title, about.creator, about.lastModifiedBy = title, f"prs_eval {__version__}", f"prs_eval {__version__}"
    about.language = "fr-FR" if current_language() == "fr" else "en-GB"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(place: int, title: str) -> str:
    """A name that Excel takes: 31 characters, none of `[]:*?/\\`, told apart by its number."""
    kept = re.sub(r"[^\w .,()-]", " ", title)
    return f"{place:02d} {kept}"[:31].strip()


def _contents(
    sheet: Worksheet, tables: Sequence[TableData], names: Sequence[str], title: str, notices: Sequence[str]
) -> None:
    sheet.title = _("Sommaire")
    _put(sheet, 1, 1, title).font = Font(bold=True, size=14)
    row = 2
    for notice in notices:
        _put(sheet, row, 1, notice)
        row += 1
    heads = [_("Feuille"), _("Rapport"), _("Tableau"), _("Lignes")]
    rows = [(name, table.report, table.title, len(table.rows)) for name, table in zip(names, tables, strict=True)]
    _fill(sheet, row + 1, heads, rows, "Contents")
    for place, name in enumerate(names, row + 2):
        _lead(sheet.cell(place, 1), name)


def _sheet(sheet: Worksheet, table: TableData, name: str, *, back: str) -> None:
    _put(sheet, 1, 1, table.title).font = Font(bold=True, size=12)
    _lead(_put(sheet, 2, 1, _("{report} – retour au sommaire").format(report=table.report)), back)
    names = [one["name"] for one in table.fields]
    rows = [[row.get(field) for field in names] for row in table.rows]
    _fill(sheet, _HEAD_ROW, [one["title"] for one in table.fields], rows, name)
    percent = fmt.unit_label("proportion")
    for place, row in enumerate(table.rows, _HEAD_ROW + 1):
        for column, field in enumerate(names, 1):
            share = field == "confidence_level" or (field in _SHARES and row.get("unit") == percent)
            cell = sheet.cell(place, column)
            if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) and field != "year":
                cell.number_format = _number_format(float(cell.value), share=share)


def _lead(cell: Any, sheet: str) -> None:
    """Make a cell a link to the top of a sheet."""
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{sheet}'!A1")
    cell.font = Font(underline="single", color="0563C1")


def _number_format(value: float, *, share: bool) -> str:
    """How Excel shows a number: in French, it prints the comma and the space itself."""
    if share:
        return '0" "%' if round(value * 100, 6).is_integer() else '0.0" "%'
    return "#,##0" if value.is_integer() else "#,##0.0##"


def _plain_sheet(sheet: Worksheet, title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> None:
    _put(sheet, 1, 1, title).font = Font(bold=True, size=12)
    _fill(sheet, _HEAD_ROW, heads, list(rows), name)


def _fill(sheet: Worksheet, start: int, heads: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> None:
    """A real table: headers that are told apart, filters, panes frozen under them, columns wide enough."""
    heads = _told_apart(heads)
    for column, head in enumerate(heads, 1):
        _put(sheet, start, column, head).alignment = Alignment(wrap_text=True, vertical="top")
    for place, row in enumerate(rows or [[None] * len(heads)], start + 1):
        for column, value in enumerate(row, 1):
            cell = _put(sheet, place, column, value)
            if isinstance(value, str) and len(value) > _WIDEST:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    last = f"{get_column_letter(len(heads))}{start + max(len(rows), 1)}"
    table = Table(displayName=name, ref=f"A{start}:{last}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)
    sheet.freeze_panes = f"A{start + 1}"
    for column, head in enumerate(heads, 1):
        longest = max([len(head), *(len(str(row[column - 1])) for row in rows if row[column - 1] is not None)])
        sheet.column_dimensions[get_column_letter(column)].width = min(_WIDEST, max(_NARROWEST, longest + 2))
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.print_title_rows = f"{start}:{start}"


def _told_apart(heads: Sequence[str]) -> list[str]:
    out: list[str] = []
    for head in heads:
        n, name = 1, head
        while name.casefold() in map(str.casefold, out):
            n += 1
            name = f"{head} ({n})"
        out.append(name)
    return out


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> Any:
    """Write a cell; text stays text, whatever it starts with."""
    cell: Any = sheet.cell(row, column)
    if isinstance(value, str):
        infinite = {"INF": "∞", "-INF": fmt.MINUS + "∞"}
        put_text(cell, infinite.get(value, value))
    else:
        cell.value = value
    return cell


def _distinct(tables: Sequence[TableData]) -> list[dict[str, str]]:
    """Each column once, under its first title."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for table in tables:
        for one in table.fields:
            found.setdefault((one["name"], one["title"]), one)
    return list(found.values())


def _kind(kind: str) -> str:
    return {"string": _("texte"), "number": _("nombre"), "year": _("année"), "boolean": _("oui ou non")}.get(kind, kind)


def _meaning(name: str) -> str:
    """What a column holds: of the output shape, or of the input tables."""
    known = {
        "quartier": _("Quartier du rapport, ou l'ensemble."),
        "year": _("Année dont parle la ligne."),
        "years": _("Années que la ligne réunit."),
        "indicator": _("Code de l'indicateur, défini dans la feuille « Indicateurs »."),
        "measure": _("Ce que la ligne mesure, en toutes lettres."),
        "numerator": _("Nombre de ceux qui sont comptés."),
        "denominator": _("Nombre de ceux parmi qui l'on compte."),
        "estimate": _("Valeur estimée, dans l'unité de la ligne ; une part va de 0 à 1."),
        "lower": _("Limite basse de l'intervalle."),
        "upper": _("Limite haute de l'intervalle."),
        "confidence_level": _("Niveau de confiance de l'intervalle."),
        "unit": _("Unité de la valeur et de ses limites."),
        "method": _("Méthode de l'intervalle ; un dénombrement n'en a pas."),
        "n": _("Nombre d'observations dont la valeur est tirée."),
        "status": _("Si la valeur est disponible, trop peu appuyée, ou masquée pour protéger les personnes."),
        "days": _("Jours depuis la séance."),
        "benchmark": _("Repère auquel la plus petite différence visible est rapportée."),
    }
    if name in known:
        return known[name]
    told = {str(c.description) for table in TABLES.values() for c in table.columns if c.name == name}
    return told.pop() if len(told) == 1 else _("Comme sur la page du rapport.")


def _indicators(book: Workbook, tables: Sequence[TableData], catalogue: Catalogue) -> None:
    used = {row.get("indicator") for table in tables for row in table.rows}
    rows = []
    for one in catalogue.indicators:
        if one.code in used:
            said = [str(text) if text else None for text in (one.numerator, one.denominator)]
            read = ", ".join(str(TABLES[name].title) for name in one.source if name in TABLES)
            rows.append((one.code, str(one.label), str(one.definition), *said, fmt.unit_label(one.unit), read))
    heads = [_("Code"), _("Indicateur"), _("Définition"), _("Numérateur"), _("Dénominateur"), _("Unité"), _("Tables")]
    title = _("Indicateurs : définitions")
    _plain_sheet(book.create_sheet(_("Indicateurs")), title, heads, rows, "Indicators")
