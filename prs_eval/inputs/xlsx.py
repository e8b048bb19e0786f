"""A workbook with a sheet a table into raw tables: values as stored, faults for what cannot be trusted."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prs_eval.i18n import _, fold, ngettext
from prs_eval.inputs.encoding import signature
from prs_eval.inputs.naming import COMPANIONS, known_headers, nearest_table, table_named
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.quantities import UnreadableError
from prs_eval.inputs.raw import Fault, RawRow, RawTable, Value, is_blank
from prs_eval.inputs.readers import check_size, too_many
from prs_eval.inputs.tables import QUARTIER_PROPERTY, TABLES, YEAR_PROPERTY
from prs_eval.inputs.xlsx_guard import (
    SheetEntry,
    SheetScan,
    check_archive,
    column_letters,
    damaged,
    list_sheets,
    scan_sheet,
)

# A number shown with leading zeros, and maybe fixed letters before it: 000, "S"000, "S-"00.
_PADDED = re.compile(r'(?:"([^"]*)"|((?:\\.)*))(0{2,})(?:;.*)?')
_PADDED_WITH_PREFIX = re.compile(r'(?:"([^"]+)"|((?:\\.)+))(0+)(?:;.*)?')


def read_workbook(path: Path, workbench: Workbench) -> list[RawTable]:
    """One raw table per sheet that is named after a table; what the other sheets are is said."""
    try:
        check_size(path, workbench)
        with path.open("rb") as file:
            _refuse_other_contents(file.read(4096))
        with zipfile.ZipFile(path) as archive:
            return _read_archive(path, archive, workbench)
    except UnreadableError as problem:
        return [_whole_file(path, problem.code, problem.message)]
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError):  # the last: of zipfile, for an
        # archive packed in a way that it does not know
        return [_whole_file(path, damaged().code, damaged().message)]
    except OSError:
        message = _("Ce fichier ne peut pas être ouvert. Vérifier les droits de lecture, ou le fermer.")
        return [_whole_file(path, "unreadable_file", message)]


def _whole_file(path: Path, code: str, message: str) -> RawTable:
    raw = RawTable(None, path.name, origin="xlsx")
    raw.refusal = raw.say(code, message)
    return raw


def _refuse_other_contents(head: bytes) -> None:
    if not head:
        raise UnreadableError("empty_file", _("Le fichier est vide (0 octet). Refaire l'enregistrement en .xlsx."))
    kind = signature(head)
    if kind == "zip":
        return
    if kind == "ole":
        raise UnreadableError(
            "old_or_locked",
            _(
                "Ce fichier est un ancien classeur .xls, ou un classeur protégé par un mot de passe. "
                "L'ouvrir dans le tableur et l'enregistrer en .xlsx, sans mot de passe."
            ),
        )
    message = _("Ce fichier porte le nom d'un classeur mais contient autre chose ({kind}). L'enregistrer en .xlsx.")
    raise UnreadableError(
        "not_what_it_says", message.format(kind=kind.upper() if kind else _("du texte ou un autre format"))
    )


def _read_archive(path: Path, archive: zipfile.ZipFile, workbench: Workbench) -> list[RawTable]:
    if "xl/workbook.xml" not in archive.namelist():
        message = _("Ce fichier n'est pas un classeur Excel. L'enregistrer en .xlsx.")
        raise UnreadableError("not_what_it_says", message)
    check_archive(archive, workbench.limits)
    sheets, epoch_1904 = list_sheets(archive)
    raws: list[RawTable] = []
    scans: dict[str, SheetScan] = {}
    for sheet in sheets:
        drawn = "/chartsheets/" in sheet.part  # a chart alone on its sheet
        raw = RawTable(None if drawn else table_named(sheet.name), path.name, sheet.name, "xlsx")
        raw.epoch = dt.date(1904, 1, 1) if epoch_1904 else dt.date(1899, 12, 30)
        raws.append(raw)
        if raw.table is None:
            _say_ignored(raw)
            continue
        with archive.open(sheet.part) as stream:
            scans[sheet.name] = scan_sheet(stream, workbench.limits)
    if not any(raw.table for raw in raws):
        message = _("Aucune feuille ne porte le nom d'une table. Noms attendus : {names}.")
        names = ", ".join(str(table.title) for table in TABLES.values())
        raise UnreadableError("no_table", message.format(names=names))
    _load(path, [raw for raw in raws if raw.table], scans, {s.name: s for s in sheets}, workbench)
    if path.suffix.lower() == ".xlsm":
        message = _("Classeur avec macros : il est lu, les macros ne sont pas exécutées.")
        raws[0].issues.append(raws[0].say("macros", message, severity="info"))
    return raws


def _say_ignored(raw: RawTable) -> None:
    name = raw.sheet or ""
    near = None if fold(name) in COMPANIONS else nearest_table(name)
    if near:
        message = _(
            "Cette feuille ne porte pas le nom d'une table : elle n'est pas lue. Vouliez-vous dire « {near} » ?"
        )
        raw.issues.append(raw.say("unknown_table", message.format(near=near), severity="warning"))
    else:
        message = _("Cette feuille n'est pas une table : elle n'est pas lue.")
        raw.issues.append(raw.say("ignored_sheet", message, severity="info"))


def _load(
    path: Path,
    raws: list[RawTable],
    scans: dict[str, SheetScan],
    entries: dict[str, SheetEntry],
    workbench: Workbench,
) -> None:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of extensions it drops and of dates it cannot tell
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # the library raises anything on a damaged file
            raise damaged() from error
        try:
            scope = _scope(book)
            for raw in raws:
                raw.scope = scope
                _load_sheet(raw, book[raw.sheet or ""], scans[raw.sheet or ""], workbench)
                if entries[raw.sheet or ""].hidden:
                    message = _("Cette feuille est masquée ; elle est lue comme les autres.")
                    raw.issues.append(raw.say("hidden_sheet", message, severity="info"))
        except UnreadableError:
            raise
        except Exception as error:
            raise damaged() from error
        finally:
            book.close()


def _scope(book: Any) -> tuple[str, int] | None:
    """The quartier and year that an entry workbook was made for; None for another workbook."""
    said = {prop.name: prop.value for prop in book.custom_doc_props.props}
    quartier, year = said.get(QUARTIER_PROPERTY), str(said.get(YEAR_PROPERTY))
    return (quartier, int(year)) if isinstance(quartier, str) and re.fullmatch(r"\d{4}", year, re.ASCII) else None


def _load_sheet(raw: RawTable, sheet: Any, scan: SheetScan, workbench: Workbench) -> None:
    if scan.too_far:
        limits = workbench.limits
        message = _("La feuille est utilisée jusqu'en {cell}.").format(cell=scan.too_far) + " "
        message += too_many(limits.max_rows, limits.max_columns)
        raw.refusal = raw.say("too_many_cells", message, cell=scan.too_far)
        return
    rows = _rows(sheet, scan)
    for number, values in rows:
        if not all(is_blank(value) for value in values):
            raw.header_row, raw.header = number, values
            break
    else:
        raw.refusal = raw.say("empty_file", _("La feuille est vide. Y mettre au moins la ligne des noms de colonnes."))
        return
    raw.rows = [RawRow(number, values) for number, values in rows if not all(is_blank(value) for value in values)]
    _mark_merged(raw, scan)
    _say_hidden(raw, scan)


def _rows(sheet: Any, scan: SheetScan) -> Iterator[tuple[int, list[Value]]]:
    cells = sheet.iter_rows(min_row=1, max_row=max(scan.rows, 1), max_col=max(scan.columns, 1))
    for number, row in enumerate(cells, start=1):
        yield number, [_value(cell, (number, column), scan) for column, cell in enumerate(row, start=1)]


def _value(cell: Any, place: tuple[int, int], scan: SheetScan) -> Value:
    if place in scan.uncached:
        message = _(
            "La case contient une formule dont le résultat n'est pas enregistré. "
            "Ouvrir le classeur dans le tableur, l'enregistrer, ou taper la valeur."
        )
        return Fault("formula_without_value", message, _("(formule)"))
    value = cell.value
    if value is None or isinstance(value, str):
        if value is not None and cell.data_type == "e":
            message = _("« {found} » est une erreur du tableur. Corriger la formule ou taper la valeur.")
            return Fault("excel_error", message.format(found=value), value)
        return value
    if isinstance(value, (bool, dt.datetime, dt.date, dt.time)):
        return value
    if isinstance(value, dt.timedelta):
        return Fault("duration", _("La case contient une durée. La mettre au format Nombre et retaper."), str(value))
    return _number(value, str(cell.number_format or "General"))


def _number(value: float, number_format: str) -> Value:
    if "%" in number_format:
        shown = f"{value * 100:g} %".replace(".", ",")
        message = _("« {found} » est un pourcentage. Mettre la case au format Nombre et retaper la valeur.")
        return Fault("percentage", message.format(found=shown), shown)
    padded = _PADDED.fullmatch(number_format) or _PADDED_WITH_PREFIX.fullmatch(number_format)
    if padded and float(value).is_integer() and value >= 0:
        prefix = padded[1] or (padded[2] or "").replace("\\", "")
        return prefix + str(int(value)).zfill(len(padded[3]))
    return value


def _mark_merged(raw: RawTable, scan: SheetScan) -> None:
    width = len(raw.header)
    titled = known_headers([value for value in raw.header if isinstance(value, str)])  # else it is no header
    numbers = {row.number: row for row in raw.rows}
    for first, left, last, right in scan.merged:
        if left > width:
            continue
        reference = f"{column_letters(left)}{first}:{column_letters(right)}{last}"
        if first <= raw.header_row <= last and raw.refusal is None and titled:
            message = _(
                "Des titres de colonnes sont fusionnés ({cells}) : aucune ligne n'est acceptée. Défusionner les cases."
            )
            raw.refusal = raw.say(
                "merged_header",
                message.format(cells=reference),
                row=raw.header_row,
                cell=f"{column_letters(left)}{first}",
            )
        for number in numbers.keys() & range(first, last + 1):
            message = _("Des cases sont fusionnées ({cells}). Les défusionner et répéter la valeur sur chaque ligne.")
            numbers[number].faults.append(
                Fault("merged_cells", message.format(cells=reference), cell=f"{column_letters(left)}{number}")
            )


def _say_hidden(raw: RawTable, scan: SheetScan) -> None:
    numbers = {row.number for row in raw.rows}
    hidden = [number for number in scan.hidden_rows if number in numbers]
    if hidden:
        message = ngettext(
            "{n} ligne masquée, lue comme les autres.", "{n} lignes masquées, lues comme les autres.", len(hidden)
        )
        raw.issues.append(raw.say("hidden_rows", message.format(n=len(hidden)), row=hidden[0], severity="info"))
    if any(left <= len(raw.header) for left, _right in scan.hidden_columns):
        message = _("Des colonnes sont masquées ; elles sont lues comme les autres.")
        raw.issues.append(raw.say("hidden_columns", message, severity="info"))
    cached = scan.formulas - len(scan.uncached)
    if cached > 0:
        message = ngettext(
            "{n} formule : sa dernière valeur enregistrée est lue.",
            "{n} formules : leur dernière valeur enregistrée est lue.",
            cached,
        )
        raw.issues.append(raw.say("formulas", message.format(n=cached), severity="info"))
