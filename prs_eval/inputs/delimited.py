"""CSV text into rows: separator found from the header, each line kept with its number, no line lost."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from prs_eval.i18n import _
from prs_eval.inputs.naming import known_headers
from prs_eval.inputs.raw import Fault, RawRow

SEPARATORS = (";", ",", "\t")
_MAX_LINES_IN_A_CELL = 20


def split_lines(text: str) -> list[str]:
    """Lines parted by CRLF, LF or CR, and by nothing else."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if lines and lines[-1] == "" else lines


def find_separator(lines: list[str]) -> str:
    """The separator under which most names of some line are known, else the one that parts the first line most."""

    def score(separator: str) -> tuple[int, int]:
        parted = [_fields(line, separator) or line.split(separator) for line in lines]
        return max(map(known_headers, parted)), len(parted[0])

    return max(SEPARATORS, key=score)


def separator_label(separator: str) -> str:
    """The separator as said to people."""
    return {";": _("point-virgule"), ",": _("virgule"), "\t": _("tabulation")}[separator]


def read_records(lines: list[str], separator: str, first: int, width: int) -> Iterator[RawRow]:
    """One row per line from index `first`, blank lines left out; `width` fields are expected.

    A quoted cell may hold line ends where the record then has the right number of fields and the cell no
    separator; otherwise the quote is taken as never closed and only its own line is refused, so that a
    stray quote swallows nothing.
    """
    at = first
    while at < len(lines):
        line = lines[at]
        taken = 1
        fields = _fields(line, separator)
        if fields is None:
            joined = _join(lines, at, separator, width)
            if joined is not None:
                fields, taken = joined
        if fields is None:
            shown = [part.strip().strip('"') for part in line.split(separator)]
            yield RawRow(at + 1, _fit(shown, width), [_open_quote()])
        elif any(field.strip() for field in fields):
            yield RawRow(at + 1, _fit(fields, width), _width_faults(fields, width))
        at += taken


def header_fields(lines: list[str], at: int, separator: str) -> tuple[list[str], int]:
    """The fields of the header at line index `at`, quotes taken off, and the number of lines they take."""
    fields = _fields(lines[at], separator)
    if fields is not None:
        return fields, 1
    joined = _join(lines, at, separator, None)
    return joined or ([part.strip().strip('"') for part in lines[at].split(separator)], 1)


def _fields(text: str, separator: str) -> list[str] | None:
    """Fields of one record; None where a quote is not closed, or closed in the middle of a field."""
    if '"' not in text:
        return text.split(separator)
    try:
        records = list(csv.reader(text.split("\n"), delimiter=separator, strict=True)) if "\n" not in text else [
            next(csv.reader((part + "\n" for part in text.split("\n")), delimiter=separator, strict=True))
        ]  # fmt: skip
    except (csv.Error, StopIteration):
        return None
    return records[0] if len(records) == 1 else None


def _join(lines: list[str], at: int, separator: str, width: int | None) -> tuple[list[str], int] | None:
    text = lines[at]
    for taken in range(2, min(_MAX_LINES_IN_A_CELL, len(lines) - at) + 1):
        text += "\n" + lines[at + taken - 1]
        fields = _fields(text, separator)
        if fields is None:
            continue
        broken = [field for field in fields if "\n" in field]
        if width in (None, len(fields)) and not any(separator in field for field in broken):
            return [" ".join(field.split("\n")) for field in fields], taken
        return None
    return None


def _fit(fields: list[str], width: int) -> list[str | None]:
    return [*fields[:width], *([None] * (width - len(fields)))]


def _width_faults(fields: list[str], width: int) -> list[Fault]:
    if len(fields) < width:
        return [
            Fault(
                "too_few_fields",
                _(
                    "La ligne compte {n} valeurs pour {width} colonnes : un séparateur manque. "
                    "Compléter la ligne, en laissant vides les cases sans valeur."
                ).format(n=len(fields), width=width),
            )
        ]
    if any(field.strip() for field in fields[width:]):
        return [
            Fault(
                "too_many_fields",
                _(
                    "La ligne compte {n} valeurs pour {width} colonnes : un séparateur est de trop. "
                    "Mettre entre guillemets la valeur qui contient le séparateur."
                ).format(n=len(fields), width=width),
            )
        ]
    return []


def _open_quote() -> Fault:
    return Fault("open_quote", _("Un guillemet n'est pas fermé ou mal placé sur cette ligne. Le retirer ou le fermer."))
