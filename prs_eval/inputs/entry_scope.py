"""An entry workbook is made for a quartier and a year: say which rows are of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.draft import Draft
from prs_eval.inputs.layout import cell_name

# Tables of what was done in the year; the others hold what began earlier or ends later.
DATED = ("meetings", "referrals", "needs", "screening_sessions", "ambassador_activities")


def warn_other_scope(drafts: Sequence[Draft]) -> None:
    """Warn, cell by cell, of rows of another quartier or of another year than the workbook's; they stay accepted.

    A warning, no refusal: at a year's end an activity may be typed in either workbook.
    """
    for draft in drafts:
        scope = draft.raw.scope
        if scope is None or draft.whole:
            continue
        quartier, year = scope
        if quartier in {known.name for known in draft.workbench.quartiers}:
            _warn_quartier(draft, quartier)
        if draft.table.name in DATED:
            _warn_year(draft, year)


def _warn_quartier(draft: Draft, quartier: str) -> None:
    columns = [column.name for column in draft.table.columns if column.kind == "quartier"]
    for column in columns:
        message = _(
            "Ce classeur a été préparé pour {expected} et cette ligne est de {found}. "
            "Vérifier le quartier, ou saisir la ligne dans le classeur de {found}."
        )
        for at in _readable(draft, column):
            if (found := draft.frame[column].iloc[at]) != quartier:
                _warn(draft, at, column, "other_quartier", message.format(expected=quartier, found=found))


def _warn_year(draft: Draft, year: int) -> None:
    column = draft.table.dated_by
    message = _(
        "Ce classeur a été préparé pour {year} et cette ligne est datée du {found}. "
        "Vérifier l'année ; si la date est juste, ne rien changer."
    )
    for at in _readable(draft, column):
        if draft.frame[column].iloc[at].year != year:
            _warn(draft, at, column, "other_year", message.format(year=year, found=draft.shown(at, column)))


def _readable(draft: Draft, column: str) -> Iterator[int]:
    """Positions of the rows whose `column` could be read."""
    for at, value in enumerate(draft.frame[column]):
        if not pd.isna(value) and at not in draft.unreadable and (at, column) not in draft.bad_cells:
            yield at


def _warn(draft: Draft, at: int, column: str, code: str, message: str) -> None:
    row = draft.raw.rows[at].number
    cell = cell_name(draft.raw, row, draft.layout.position[column], draft.layout.title[column])
    found = draft.shown(at, column)
    draft.raw.issues.append(
        draft.raw.say(code, message, row=row, column=column, cell=cell, found=found, severity="warning")
    )
