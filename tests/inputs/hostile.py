"""Hostile files, made on the spot: each knows what must be accepted, and where and why the rest is refused."""

from __future__ import annotations

import copy
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.inputs.valid import VALID, Row, csv_text, write_folder


@dataclass(frozen=True)
class Refusal:
    """One expected error: where, its slug, a part of its message (which must not hold `silent`)."""

    place: str
    code: str
    says: str = ""
    silent: str | None = None


@dataclass(frozen=True)
class Case:
    """A source, the rows read, the values accepted (by table and column) and the errors expected."""

    name: str
    build: Callable[[Path], Path]
    read: int
    accepted: Mapping[str, Mapping[str, list[Any]]]
    refused: tuple[Refusal, ...] = ()
    said: tuple[str, ...] = field(default=())  # slugs of warnings and remarks that must be there

    def __str__(self) -> str:
        return self.name


# --- builders ------------------------------------------------------------------------------------------------

MEETINGS_HEADER = "Identifiant réunion;Quartier;Date de la réunion;Thèmes"


def file(name: str, content: str | bytes) -> Callable[[Path], Path]:
    """One file in a folder of its own, the folder being the source."""

    def build(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (folder / name).write_bytes(data)
        return folder if name.endswith((".csv", ".tsv")) else folder / name

    return build


def meetings(*lines: str, header: str = MEETINGS_HEADER, encoding: str = "utf-8") -> Callable[[Path], Path]:
    """`meetings.csv` with these lines under the header."""
    return file("meetings.csv", "\r\n".join([header, *lines, ""]).encode(encoding))


def changed(table: str, at: int = 0, **cells: str) -> Callable[[Path], Path]:
    """The whole valid source as a folder of CSV, with some cells of one row changed."""

    def build(folder: Path) -> Path:
        tables = copy.deepcopy(VALID)
        tables[table][at].update(cells)
        return write_folder(folder, tables)

    return build


def added(table: str, row: Row) -> Callable[[Path], Path]:
    """The whole valid source, with one more row."""

    def build(folder: Path) -> Path:
        tables = copy.deepcopy(VALID)
        tables[table].append(row)
        return write_folder(folder, tables)

    return build


def book(fill: Callable[[Worksheet], None], *, title: str = "Réunions", name: str = "saisie.xlsx", after: Any = None):
    """A workbook with one sheet; `after` may alter the file's parts: {part: (pattern, replacement)}."""

    def build(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        work = openpyxl.Workbook()
        sheet = work.active
        assert sheet is not None
        sheet.title = title
        sheet.append(MEETINGS_HEADER.split(";"))
        fill(sheet)
        work.save(folder / name)
        if after:
            patch(folder / name, after)
        return folder / name

    return build


def patch(path: Path, changes: Mapping[str, tuple[str, str]]) -> None:
    """Rewrite parts of a zip, as another program would have written them."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    for part, (pattern, replacement) in changes.items():
        text, count = re.subn(pattern, replacement, parts[part].decode("utf-8"))
        assert count, f"{pattern} not in {part}"
        parts[part] = text.encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def bomb(folder: Path) -> Path:
    """A workbook of some kilobytes whose sheet unfolds to 60 MB."""
    path = book(lambda sheet: None)(folder)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"<worksheet>" + b" " * 60_000_000 + b"</worksheet>")
    return path


def wide_valid(folder: Path) -> Path:
    """The valid source as one workbook, titles in English, sheets in the reverse order."""
    from prs_eval.inputs.tables import TABLES

    folder.mkdir(parents=True, exist_ok=True)
    work = openpyxl.Workbook()
    work.remove(work.worksheets[0])
    for table, rows in reversed(list(VALID.items())):
        sheet = work.create_sheet(TABLES[table].title.en)
        sheet.append([TABLES[table].column(name).title.en for name in rows[0]])
        for row in rows:
            sheet.append(list(row.values()))
    work.create_sheet("Instructions")
    work.save(folder / "entry.xlsx")
    return folder / "entry.xlsx"


def two_files(folder: Path) -> Path:
    """The same table under its code name and under its French title."""
    meetings("R1;Fives;14/03/2018;")(folder)
    (folder / "Réunions.csv").write_text(f"{MEETINGS_HEADER}\nR9;Fives;15/03/2018;\n", encoding="utf-8")
    return folder


def renamed(build: Callable[[Path], Path], name: str) -> Callable[[Path], Path]:
    """The file that `build` makes, under another name."""

    def rename(folder: Path) -> Path:
        made = build(folder)
        return made.rename(made.with_name(name)) if made.is_file() else (folder / "meetings.csv").rename(folder / name)

    return rename


def with_lock_file(folder: Path) -> Path:
    """A folder in which a spreadsheet left its lock file."""
    meetings("R1;Fives;14/03/2018;")(folder)
    (folder / "~$meetings.csv").write_bytes(b"\x06owner")
    return folder


def counts(*skip: str) -> dict[str, dict[str, list[Any]]]:
    """The keys of the valid source by table, but for the tables in `skip`."""
    from prs_eval.inputs.tables import TABLES

    return {
        table: {TABLES[table].key[0]: [row[TABLES[table].key[0]] for row in rows]}
        for table, rows in VALID.items()
        if table not in skip
    }


TOTAL_ROWS = sum(len(rows) for rows in VALID.values())


def one(cell_values: list[Any], column: str = "meeting_id") -> dict[str, dict[str, list[Any]]]:
    """Accepted values of one column of the meetings."""
    return {"meetings": {column: cell_values}} if cell_values else {}


def text_of(table: str, **changes: str) -> str:
    """A valid table as CSV text with changes to its first row."""
    rows = copy.deepcopy(VALID[table])
    rows[0].update(changes)
    return csv_text(rows)
