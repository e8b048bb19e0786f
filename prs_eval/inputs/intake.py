"""Intake: read a source, judge every row, accept or refuse it; accepted + refused = read, always."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.draft import Draft
from prs_eval.inputs.entry_scope import warn_other_scope
from prs_eval.inputs.issues import Issue
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.raw import leave_out_examples
from prs_eval.inputs.readers import read_source
from prs_eval.inputs.references import check_dates, check_references, warn_full_sessions

__all__ = ["Intake", "Issue", "TableIntake", "check"]


@dataclass(frozen=True)
class TableIntake:
    """One file or sheet: `read` rows, of which `accepted` (typed) and `refused` (as typed, with the problem).

    `refused` has the table's columns as text, then file, sheet, row (as the person sees it) and problem.
    """

    table: str
    file: str
    sheet: str | None
    read: int
    accepted: pd.DataFrame
    refused: pd.DataFrame


@dataclass(frozen=True)
class Intake:
    """The answer to a source: its parts and all that was said."""

    source: str
    parts: tuple[TableIntake, ...]
    issues: tuple[Issue, ...]

    @property
    def ok(self) -> bool:
        """Nothing was refused: no row, no file."""
        return not any(issue.severity == "error" for issue in self.issues)

    @property
    def accepted(self) -> dict[str, pd.DataFrame]:
        """Accepted rows by table, typed."""
        return {part.table: part.accepted for part in self.parts if len(part.accepted)}

    @property
    def refused(self) -> dict[str, pd.DataFrame]:
        """Refused rows by table, as typed."""
        frames: dict[str, list[pd.DataFrame]] = {}
        for part in self.parts:
            if len(part.refused):
                frames.setdefault(part.table, []).append(part.refused)
        return {table: pd.concat(parts, ignore_index=True) for table, parts in frames.items()}

    @property
    def read_count(self) -> int:
        """Rows read."""
        return sum(part.read for part in self.parts)

    @property
    def accepted_count(self) -> int:
        """Rows accepted."""
        return sum(len(part.accepted) for part in self.parts)

    @property
    def refused_count(self) -> int:
        """Rows refused."""
        return sum(len(part.refused) for part in self.parts)


def check(
    source: str | Path, workbench: Workbench, *, known_keys: Mapping[str, AbstractSet[str]] | None = None
) -> Intake:
    """Read and judge a source; nothing is written.

    Parameters
    ----------
    source
        Folder of CSV, .csv, .xlsx, or SQL URL.
    known_keys
        Keys already in the store, by table: a row may refer to them.

    Raises
    ------
    UsageError
        Where there is no such source, or it is no data at all. All that is wrong inside it is in the answer's `issues`.
    """
    raws = read_source(source, workbench)
    drafts: list[Draft] = []
    issues: list[Issue] = []
    for raw in raws:
        if raw.table is None:
            issues.extend([*raw.issues, *([raw.refusal] if raw.refusal else [])])
            continue
        leave_out_examples(raw)
        draft = Draft(raw, workbench)
        if twin := next((d for d in drafts if d.table.name == raw.table), None):
            where = twin.raw.sheet or twin.raw.file
            message = _(
                "Cette table est déjà lue dans « {file} ». Réunir les deux en une seule, puis supprimer l'autre."
            )
            draft.refuse_all(raw.say("table_twice", message.format(file=where)))
        if not draft.raw.rows and draft.whole is None:
            message = _("La table ne contient que les noms de colonnes : 0 ligne lue.")
            raw.issues.append(raw.say("no_row", message, severity="info"))
        drafts.append(draft)
    check_dates(drafts)
    check_references(drafts, known_keys or {})
    warn_full_sessions(drafts)
    warn_other_scope(drafts)
    parts = tuple(
        TableIntake(d.table.name, d.raw.file, d.raw.sheet, len(d.raw.rows), d.accepted(), d.refused()) for d in drafts
    )
    issues.extend(issue for draft in drafts for issue in draft.issues())
    return Intake(_source_name(source), parts, tuple(issues))


def _source_name(source: str | Path) -> str:
    if "://" not in str(source):
        return str(source)
    from prs_eval.inputs.sql import public_name

    return public_name(str(source))
