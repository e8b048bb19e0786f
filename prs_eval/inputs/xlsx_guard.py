"""A workbook looked over before anything loads it: its zip, then its XML as a stream, in constant memory.

Refused here: zip bombs, entity declarations, locked files, sheets that use a far-off cell. Found here, since
the loading library does not say: formulas without a stored value, merged cells, hidden rows.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from prs_eval.i18n import _
from prs_eval.inputs.parameters import Limits
from prs_eval.inputs.quantities import UnreadableError

MAX_ENTRIES = 5000
MAX_UNFOLDED = 4  # times the cap on a file
MAX_CELLS = 8_000_000  # of a sheet, empty ones included
MAX_RATIO = 200
SMALL = 20_000_000
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_CHUNK = 1 << 16
Range = tuple[int, int, int, int]  # first row, first column, last row, last column; all from 1


@dataclass
class SheetScan:
    """What one sheet uses: last row and column with content (from 1), and what needs saying."""

    rows: int = 0
    columns: int = 0
    uncached: set[tuple[int, int]] = field(default_factory=set)
    formulas: int = 0
    merged: list[Range] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    too_far: str | None = None


@dataclass(frozen=True)
class SheetEntry:
    """A sheet as the workbook lists it."""

    name: str
    part: str
    hidden: bool


def check_archive(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Raise UnreadableError where the zip is locked, unfolds beyond the caps, or declares entities."""
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError(
            "locked", _("Le classeur est protégé par un mot de passe. L'enregistrer sans mot de passe.")
        )
    unfolded = sum(entry.file_size for entry in entries)
    folded = sum(entry.compress_size for entry in entries) or 1
    most = limits.max_file_megabytes * 1_000_000 * MAX_UNFOLDED
    if len(entries) > MAX_ENTRIES or unfolded > most or (unfolded > SMALL and unfolded / folded > MAX_RATIO):
        raise UnreadableError(
            "zip_bomb",
            _(
                "Le classeur se déplie en {size:.0f} Mo : beaucoup trop pour son contenu. "
                "Copier les seules données dans un classeur neuf."
            ).format(size=unfolded / 1e6),
        )
    for entry in entries:
        suffix = PurePosixPath(entry.filename).suffix.lower()
        if suffix in (".xml", ".rels"):
            with archive.open(entry) as stream:
                _parse(stream)


def list_sheets(archive: zipfile.ZipFile) -> tuple[list[SheetEntry], bool]:
    """The sheets in the workbook's order, and whether it counts days from 1904."""
    targets: dict[str, str] = {}
    listed: list[tuple[str, str, bool]] = []
    epoch_1904 = False

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        nonlocal epoch_1904
        if name == "sheet":
            link = next((v for k, v in attributes.items() if k.rsplit(":", 1)[-1] == "id"), "")
            listed.append((attributes.get("name", ""), link, attributes.get("state", "visible") != "visible"))
        elif name == "workbookPr":
            epoch_1904 = attributes.get("date1904", "0") in ("1", "true")

    with archive.open("xl/_rels/workbook.xml.rels") as stream:
        _parse(stream, start=relation)
    with archive.open("xl/workbook.xml") as stream:
        _parse(stream, start=sheet)
    entries = []
    for name, link, hidden in listed:
        target = targets.get(link, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        entries.append(SheetEntry(name, part, hidden))
    return entries, epoch_1904


def scan_sheet(stream: IO[bytes], limits: Limits) -> SheetScan:
    """Read a sheet's XML as a stream and stop at the first cell beyond the caps."""
    scanner = _Scanner(limits)
    with contextlib.suppress(_FarCell):
        _parse(stream, scanner.start, scanner.end, scanner.text)
    return scanner.scan


class _FarCell(Exception):  # noqa: N818  (a signal to stop, not an error)
    pass


class _Scanner:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.scan = SheetScan()
        self.row = self.column = self.cells = 0
        self.type = ""
        self.formula = self.in_value = self.filled = self.inline = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._open_cell(attributes)
        elif name == "f":
            self.formula = True
        elif name in ("v", "t"):
            self.in_value = True
        elif name == "is":
            self.inline = True
        elif name == "row":
            self.row = int(attributes["r"]) if attributes.get("r", "").isdigit() else self.row + 1
            self.column = 0
            if attributes.get("hidden") in ("1", "true"):
                self.scan.hidden_rows.append(self.row)
        elif name == "mergeCell":
            self.scan.merged.append(parse_range(attributes.get("ref", "")))
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            self.scan.hidden_columns.append((int(attributes.get("min", 0)), int(attributes.get("max", 0))))

    def text(self, data: str) -> None:
        if self.in_value and data.strip():
            self.filled = True

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.in_value = False
        elif name == "c":
            self._close_cell()

    def _open_cell(self, attributes: dict[str, str]) -> None:
        if place := _CELL.fullmatch(attributes.get("r", "")):
            self.column, self.row = column_number(place[1]), int(place[2])
        else:
            self.column += 1
        self.cells += 1
        if self.cells > MAX_CELLS:
            self._stop()
        self.type = attributes.get("t", "")
        self.formula = self.in_value = self.filled = self.inline = False

    def _close_cell(self) -> None:
        if self.formula:
            self.scan.formulas += 1
            if not self.filled and self.type != "str":
                self.scan.uncached.add((self.row, self.column))
        elif not self.filled:
            return
        self.scan.rows = max(self.scan.rows, self.row)
        self.scan.columns = max(self.scan.columns, self.column)
        if self.row > self.limits.max_rows + 1 or self.column > self.limits.max_columns:
            self._stop()

    def _stop(self) -> None:
        self.scan.too_far = f"{column_letters(self.column)}{self.row}"
        raise _FarCell


def column_number(letters: str) -> int:
    """`A` is 1, `XFD` is 16 384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The reverse of `column_number`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_range(reference: str) -> Range:
    """`B2:C5` as (2, 2, 5, 3)."""
    places = [_CELL.fullmatch(part.replace("$", "")) for part in reference.split(":")]
    first, last = places[0], places[-1]
    if first is None or last is None:
        return (0, 0, 0, 0)
    return int(first[2]), column_number(first[1]), int(last[2]), column_number(last[1])


def _parse(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None] | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Feed a stream to expat, prefixes dropped; a document type or an entity declaration is refused."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    if start:
        parser.StartElementHandler = lambda name, attributes: start(name.rsplit(":", 1)[-1], attributes)
    if end:
        parser.EndElementHandler = lambda name: end(name.rsplit(":", 1)[-1])
    if text:
        parser.CharacterDataHandler = text
    try:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, zipfile.BadZipFile, EOFError, OSError):
        raise damaged() from None


def _refuse_doctype(*_ignored: object) -> None:
    raise UnreadableError(
        "entities",
        _("Le classeur contient des déclarations que les tableurs n'écrivent jamais : il n'est pas ouvert."),
    )


def damaged() -> UnreadableError:
    """The answer to a workbook that cannot be taken apart."""
    return UnreadableError(
        "damaged_workbook",
        _("Le classeur est abîmé ou incomplet. L'ouvrir dans le tableur et l'enregistrer à nouveau en .xlsx."),
    )
