"""Sources into raw tables: a folder of CSV, one CSV, one workbook, one database. Nothing is interpreted here."""

from __future__ import annotations

from pathlib import Path

from prs_eval.errors import UsageError
from prs_eval.i18n import _
from prs_eval.inputs.delimited import find_separator, header_fields, read_records, separator_label, split_lines
from prs_eval.inputs.encoding import decode, signature
from prs_eval.inputs.naming import known_headers, nearest_table, table_named
from prs_eval.inputs.parameters import Workbench, nearest
from prs_eval.inputs.quantities import UnreadableError
from prs_eval.inputs.raw import Fault, RawTable
from prs_eval.inputs.tables import TABLES

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
TITLE_LINES = 20  # among which the header is looked for, to say where it is
MAX_BLANK_LINES = 100_000  # beyond two line ends a row
_OTHER_SHEETS = (".xls", ".ods", ".xlsb", ".numbers")


def read_source(source: str | Path, workbench: Workbench) -> list[RawTable]:
    """The tables of `source` as typed: a folder of CSV, a .csv, a .xlsx, or a SQL URL.

    A file that cannot be read is a raw table without rows, whose `refusal` says why; UsageError only where
    there is no such source, or where it is no data at all (a text, an image).
    """
    if "://" in str(source):
        from prs_eval.inputs.sql import read_database

        return read_database(str(source), workbench)
    path = Path(source)
    if path.is_dir():
        return _read_folder(path, workbench)
    if not path.exists():
        raise UsageError(_not_found(path))
    if path.suffix.lower() not in (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *_OTHER_SHEETS):
        message = _("« {path} » : ce format ({suffix}) n'est pas lu.").format(
            path=path, suffix=path.suffix or path.name
        )
        raise UsageError(message + " " + _("Formats lus : dossier de .csv, .csv, .xlsx, base SQL."))
    return _read_file(path, workbench)


def _not_found(path: Path) -> str:
    message = _("Source introuvable : {path}.").format(path=path)
    folder = path.parent
    read = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *_OTHER_SHEETS)
    beside = [p.name for p in folder.iterdir() if p.is_dir() or p.suffix.lower() in read] if folder.is_dir() else []
    if near := nearest(path.name, [name for name in beside if not name.startswith(("~$", "."))]):
        message += " " + _("Vouliez-vous dire « {near} » ?").format(near=folder / near)
    return (
        message
        + " "
        + _("Donner un dossier de fichiers CSV, un classeur .xlsx, ou l'adresse d'une base (postgresql://…).")
    )


def _read_folder(folder: Path, workbench: Workbench) -> list[RawTable]:
    raws: list[RawTable] = []
    for path in sorted(folder.iterdir()):
        suffix = path.suffix.lower()
        if path.name.startswith(("~$", ".", "_")) or path.is_dir():
            continue
        if suffix in (*WORKBOOK_SUFFIXES, *_OTHER_SHEETS):
            raws.append(_workbook_in_folder(path))
        elif suffix in TEXT_SUFFIXES and (suffix == ".csv" or table_named(path.stem)):
            raws.append(_read_text(path, workbench))
    if not any(raw.table for raw in raws):
        empty = RawTable(None, folder.name)
        names = ", ".join(f"{name}.csv" for name in TABLES)
        empty.refusal = empty.say(
            "no_table", _("Aucune table reconnue dans ce dossier. Noms attendus : {names}.").format(names=names)
        )
        raws.append(empty)
    return raws


def _workbook_in_folder(path: Path) -> RawTable:
    raw = RawTable(None, path.name)
    message = _("Ce classeur n'est pas lu avec le dossier de CSV : le donner seul (prs-eval check {name}).")
    raw.issues.append(raw.say("workbook_in_folder", message.format(name=path.name), severity="warning"))
    return raw


def _read_file(path: Path, workbench: Workbench) -> list[RawTable]:
    suffix = path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        raw = _read_text(path, workbench)
        if raw.table is None:
            message = raw.issues.pop().message + " " + _("Noms attendus : {names}.")
            raw.refusal = raw.say("unknown_table", message.format(names=", ".join(f"{name}.csv" for name in TABLES)))
        return [raw]
    if suffix in WORKBOOK_SUFFIXES:
        from prs_eval.inputs.xlsx import read_workbook

        return read_workbook(path, workbench)
    raw = RawTable(None, path.name)
    message = _("Ce format ({suffix}) n'est pas lu. L'ouvrir dans le tableur et l'enregistrer en .xlsx.")
    raw.refusal = raw.say("unknown_format", message.format(suffix=suffix))
    return [raw]


def _read_text(path: Path, workbench: Workbench) -> RawTable:
    raw = RawTable(table_named(path.stem), path.name)
    if raw.table is None:
        message = _("Ce nom de fichier n'est pas celui d'une table : fichier ignoré.")
        if near := nearest_table(path.stem):
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=f"{near}{path.suffix}")
        raw.issues.append(raw.say("unknown_table", message, severity="warning"))
        return raw
    try:
        _fill(raw, _bytes(path, workbench), workbench)
    except UnreadableError as problem:
        raw.refusal = raw.say(problem.code, problem.message)
    return raw


def _bytes(path: Path, workbench: Workbench) -> bytes:
    try:
        check_size(path, workbench)
        content = path.read_bytes()
    except OSError:
        raise UnreadableError(
            "unreadable_file", _("Ce fichier ne peut pas être ouvert. Vérifier les droits de lecture, ou le fermer.")
        ) from None
    kind = signature(content[:512])
    if kind:
        known = {"zip": _("un classeur"), "ole": _("un ancien classeur Excel"), "pdf": "PDF", "html": "HTML"}
        raise UnreadableError(
            "not_what_it_says",
            _(
                "Ce fichier porte un nom de fichier CSV mais contient autre chose ({kind}). "
                "L'ouvrir dans le tableur et l'enregistrer en .xlsx ou « CSV UTF-8 »."
            ).format(kind=known[kind]),
        )
    return content


def check_size(path: Path, workbench: Workbench) -> None:
    """Raise UnreadableError where the file is larger than `limits.max_file_megabytes`, or no regular file."""
    if not path.is_file():
        raise UnreadableError("unreadable_file", _("Ce n'est pas un fichier ordinaire : il n'est pas lu."))
    most = workbench.limits.max_file_megabytes
    size = path.stat().st_size / 1_000_000
    if size > most:
        raise UnreadableError(
            "file_too_large",
            _("Le fichier pèse {size:.0f} Mo ; {most:g} Mo au plus (limits.max_file_megabytes).").format(
                size=size, most=most
            ),
        )


def _fill(raw: RawTable, content: bytes, workbench: Workbench) -> None:
    text, encoding = decode(content)
    limits = workbench.limits
    if text.count("\n") + text.count("\r") > 2 * limits.max_rows + MAX_BLANK_LINES:
        raise UnreadableError("too_many_cells", too_many(limits.max_rows, limits.max_columns))
    lines = split_lines(text)
    at = next((i for i, line in enumerate(lines) if line.strip().strip(';,\t"').strip()), None)
    if at is None:
        raise UnreadableError("empty_file", _("Le fichier est vide. Y mettre au moins la ligne des noms de colonnes."))
    declared = lines[at].strip().strip('"').lower()
    separator = (declared[4:5] or "\t") if declared.startswith("sep=") else find_separator(lines[at : at + TITLE_LINES])
    at += declared.startswith("sep=")
    if at >= len(lines):
        raise UnreadableError("empty_file", _("Le fichier est vide. Y mettre au moins la ligne des noms de colonnes."))
    fields, taken = header_fields(lines, at, separator)
    while known_headers(fields) and len(fields) > 1 and not fields[-1].strip():
        fields.pop()
    if not known_headers(fields):  # a title above the table: its rows are still counted, in their full width
        widths = [len(line.split(separator)) for line in lines[at : at + TITLE_LINES]]
        fields += [""] * (max(widths) - len(fields))
    raw.header, raw.header_row = fields, at + 1
    message = _("Lu en {encoding}, séparateur : {separator}.")
    raw.issues.append(
        raw.say("encoding", message.format(encoding=encoding, separator=separator_label(separator)), severity="info")
    )
    raw.rows = list(read_records(lines, separator, at + taken, len(fields)))
    for row in raw.rows:
        if any(isinstance(value, str) and "\x00" in value for value in row.values):
            row.faults.append(
                Fault("nul", _("La ligne contient un octet nul : le fichier est abîmé. Refaire l'export."))
            )
    if len(raw.rows) > limits.max_rows or len(fields) > limits.max_columns:
        raw.refusal = raw.say("too_many_cells", too_many(limits.max_rows, limits.max_columns))


def too_many(rows: int, columns: int) -> str:
    """The message for a table beyond the caps."""
    return _(
        "La table dépasse les limites déclarées : {rows} lignes et {columns} colonnes au plus "
        "(limits, dans workbench.yml). Retirer ce qui est en trop."
    ).format(rows=f"{rows:,}".replace(",", "\u202f"), columns=columns)
