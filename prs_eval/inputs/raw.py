"""What a reader hands over: a table as it was typed, each value still with its row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from prs_eval.i18n import _
from prs_eval.inputs.issues import Issue
from prs_eval.inputs.tables import EXAMPLE, is_example_row


class Fault(NamedTuple):
    """A cell or a row that the reader could see but not read; `shown` is what the person sees there.

    `cell` is the place, where the fault concerns a row and the reader knows the cell.
    """

    code: str
    message: str
    shown: str = ""
    cell: str | None = None


Value = str | int | float | bool | dt.datetime | dt.date | dt.time | Fault | None


@dataclass(slots=True)
class RawRow:
    """One row: its number as the person sees it, its values in the header's order, what is wrong with it."""

    number: int
    values: Sequence[Value]
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class RawTable:
    """A file, a sheet or a SQL table as read. `table` is None where it is not one of the input tables.

    `refusal`, where set, is the reason for which no row of it can be accepted. `epoch` is the day that
    serial 0 stands for in a workbook, None elsewhere. `scope` is the quartier and the year that an entry
    workbook was made for.
    """

    table: str | None
    file: str
    sheet: str | None = None
    origin: Literal["csv", "xlsx", "sql"] = "csv"
    header: Sequence[Value] = ()
    header_row: int = 1
    rows: list[RawRow] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    refusal: Issue | None = None
    epoch: dt.date | None = None
    scope: tuple[str, int] | None = None

    def say(self, code: str, message: str, **place: object) -> Issue:
        """An issue on this file; `place` may give row, column, cell, found and severity."""
        details = {"row": None, "column": None, "cell": None, "found": None, "severity": "error", **place}
        details["row"] = details["row"] or None  # the header of a SQL table is on no row
        return Issue(table=self.table, file=self.file, sheet=self.sheet, code=code, message=message, **details)  # type: ignore[arg-type]


def leave_out_examples(raw: RawTable) -> None:
    """Take away the entry workbook's example lines, and say so: they are not data, hence not read."""
    examples = [row.number for row in raw.rows if row.values and is_example_row(row.values[0])]
    if not examples:
        return
    raw.rows = [row for row in raw.rows if row.number not in examples]
    if len(examples) == 1:
        message = _("Ligne d'exemple ignorée (sa première case commence par « {word} »).").format(word=EXAMPLE)
    else:
        message = _(
            "{n} lignes ignorées : leur première case commence par « {word} », comme la ligne d'exemple. "
            "Si ce sont des données, leur donner un identifiant sans ce mot."
        ).format(n=len(examples), word=EXAMPLE)
    severity = "info" if len(examples) == 1 else "warning"
    raw.issues.append(raw.say("example_row", message, row=examples[0], severity=severity))


def is_blank(value: Value) -> bool:
    """Nothing, or only spaces of any kind."""
    return value is None or (isinstance(value, str) and not value.strip())


def shown(value: Value, date_order: str = "dmy") -> str:
    """The value as text, near to what the person typed: dates in the declared order, decimal comma."""
    if value is None:
        return ""
    if isinstance(value, Fault):
        return value.shown
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, (dt.datetime, dt.date)):
        pattern = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}[date_order]
        if isinstance(value, dt.datetime) and value.time() != dt.time():
            pattern += " %H:%M"
        return value.strftime(pattern)
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).replace(".", ",")
    return str(value)
