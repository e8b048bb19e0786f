"""What must hold between tables: each reference leads to an accepted row, each date follows its session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.draft import Draft
from prs_eval.inputs.parameters import nearest
from prs_eval.inputs.tables import TABLES

# Dates of a participant that cannot come before the session's.
_AFTER_SESSION = {
    "booked_on": "booking_before_session",
    "appointment_on": "appointment_before_session",
    "equipped_on": "equipped_before_session",
}


def check_dates(drafts: Sequence[Draft]) -> None:
    """Refuse participants with a booking, an appointment or equipment before their session."""
    held: dict[str, pd.Timestamp] = {}
    for draft in drafts:
        if draft.table.name == "screening_sessions" and not draft.whole:
            known = draft.frame.dropna(subset=["session_id", "held_on"])
            for session, day in zip(known["session_id"], known["held_on"], strict=True):
                held.setdefault(session, day)
    for draft in drafts:
        if draft.table.name == "screening_participants" and not draft.whole:
            session = pd.to_datetime(draft.frame["session_id"].map(held))
            for column, slug in _AFTER_SESSION.items():
                for at in draft.frame.index[draft.frame[column] < session]:
                    if at not in draft.unreadable and (at, column) not in draft.bad_cells:
                        _refuse_early(draft, at, column, slug, session[at])


def _refuse_early(draft: Draft, at: int, column: str, slug: str, session: pd.Timestamp) -> None:
    found = draft.shown(at, column)
    pattern = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}[draft.workbench.date_order]
    message = _(
        "« {column} » ({found}) précède la séance {session} du {day}. Corriger cette date, ou celle de la séance."
    ).format(
        column=draft.table.column(column).title,
        found=found,
        session=draft.shown(at, "session_id"),
        day=session.strftime(pattern),
    )
    draft.fault(at, column, slug, message, found)


def check_references(drafts: Sequence[Draft], known_keys: Mapping[str, AbstractSet[str]]) -> None:
    """Refuse rows that refer to no accepted row, and again those that refer to these, until nothing changes."""
    said: set[tuple[int, int, str]] = set()
    changed = True
    while changed:
        changed = False
        accepted = _accepted_keys(drafts)
        for number, draft in enumerate(drafts):
            if draft.whole:
                continue
            for column, target in draft.table.references:
                keys = accepted.get(target, set()) | known_keys.get(target, set())
                ids = draft.frame[column]
                for at in ids.index[ids.notna() & ~ids.isin(keys)]:
                    if (number, at, column) not in said and at not in draft.unreadable:
                        said.add((number, at, column))
                        changed = True
                        _refuse_orphan(draft, at, column, target, drafts, keys)


def _accepted_keys(drafts: Sequence[Draft]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for draft in drafts:
        if len(draft.table.key) == 1:
            rows = draft.frame[draft.table.key[0]].iloc[draft.accepted_rows]
            keys.setdefault(draft.table.name, set()).update(rows)
    return keys


def _refuse_orphan(
    draft: Draft, at: int, column: str, target: str, drafts: Sequence[Draft], keys: AbstractSet[str]
) -> None:
    found, title = draft.shown(at, column), TABLES[target].title
    homes = [d for d in drafts if d.table.name == target]
    if refused := _refused_row(found, homes):
        home, row = refused
        message = _(
            "« {found} » figure dans la table « {table} » à la ligne {row} ({file}), mais cette ligne est refusée. "
            "La corriger d'abord."
        ).format(found=found, table=title, row=row, file=home.raw.sheet or home.raw.file)
        return draft.fault(at, column, "parent_refused", message, found)
    if not homes and not keys:
        message = _(
            "« {found} » renvoie à la table « {table} », absente de cette source et des données déjà importées. "
            "L'ajouter (fichier {name}.csv ou feuille « {table} »)."
        ).format(found=found, table=title, name=target)
        return draft.fault(at, column, "parent_table_missing", message, found)
    message = _("« {found} » est inconnu dans la table « {table} ».").format(found=found, table=title)
    if near := nearest(found, sorted(keys)) if len(keys) <= 5000 else None:
        message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
    message += " " + _("Corriger l'identifiant, ou ajouter la ligne manquante dans « {table} ».").format(table=title)
    return draft.fault(at, column, "unknown_reference", message, found)


def _refused_row(found: str, homes: Sequence[Draft]) -> tuple[Draft, int] | None:
    for home in homes:
        key = home.table.key[0]
        for at, row in enumerate(home.raw.rows):
            if home.layout.position and (home.whole or at in home.faults) and home.shown(at, key) == found:
                return home, row.number
    return None
