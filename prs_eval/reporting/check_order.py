"""The order in which problems are told: as the entry workbook goes, parents before children, causes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from prs_eval.i18n import ngettext
from prs_eval.inputs.tables import TABLES
from prs_eval.reporting.format import number

if TYPE_CHECKING:
    from prs_eval.inputs.issues import Issue

CONSEQUENCE = "parent_refused"  # the row itself may be right


@cache
def _ranks() -> dict[str, int]:
    """Each table's place: the order of `inputs.tables`, the tables that one refers to put before it."""
    order: list[str] = []

    def place(name: str) -> None:
        if name not in order:
            for _column, parent in TABLES[name].references:
                if parent != name:
                    place(parent)
            order.append(name)

    for name in TABLES:
        place(name)
    return {name: rank for rank, name in enumerate(order)}


def table_rank(table: str | None) -> int:
    """The place of a table; what concerns a whole file comes before all tables."""
    return _ranks().get(table or "", -1)


def group_order(issue: Issue) -> tuple[bool, int, str, str]:
    """Sort key of kinds of problem: causes, then consequences; by table, file and sheet."""
    return issue.code == CONSEQUENCE, table_rank(issue.table), issue.file, issue.sheet or ""


def ordered(issues: Iterable[Issue]) -> list[Issue]:
    """Problems in the order to mend them, row by row within a sheet."""
    return sorted(issues, key=lambda issue: (*group_order(issue), issue.row or 0))


def waiting(issues: Sequence[Issue]) -> tuple[list[list[Issue]], list[Issue]]:
    """Rows that are refused only because their parent is, one group a parent; and all other problems.

    The first of a group says how many rows will be accepted once the parent is mended.
    """
    problems = [issue for issue in issues if issue.severity == "error"]
    at_row: dict[tuple[object, ...], int] = defaultdict(int)
    for issue in problems:
        at_row[_row(issue)] += 1
    groups: dict[tuple[object, ...], list[Issue]] = {}
    others: list[Issue] = []
    for issue in issues:
        if issue.code == CONSEQUENCE and at_row[_row(issue)] == 1:
            groups.setdefault((issue.file, issue.sheet, issue.column, issue.found), []).append(issue)
        else:
            others.append(issue)
    for group in groups.values():
        text = ngettext(
            "{n} ligne sera acceptée une fois « {parent} » corrigée. {message}",
            "{n} lignes seront acceptées une fois « {parent} » corrigée. {message}",
            len(group),
        )
        said = text.format(n=number(len(group)), parent=group[0].found or "?", message=group[0].message)
        group[0] = replace(group[0], message=said)
    return list(groups.values()), others


def _row(issue: Issue) -> tuple[object, ...]:
    return issue.file, issue.sheet, issue.row
