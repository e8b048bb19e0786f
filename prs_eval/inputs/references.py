"""What must hold between tables: each reference leads to an accepted row, each date follows its session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.draft import Draft
from prs_eval.inputs.parameters import nearest
from prs_eval.inputs.tables import TABLES

MAX_KEYS_COMPARED, MAX_SEARCHES = 5000, 100
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
        targets = {target for draft in drafts for _column, target in draft.table.references}
        homes = {target: _Home(target, drafts, known_keys.get(target, set())) for target in targets}
        for number, draft in enumerate(drafts):
            if draft.whole:
                continue
            for column, target in draft.table.references:
                ids = draft.frame[column]
                for at in ids.index[ids.notna() & ~ids.isin(homes[target].keys)]:
                    if (number, at, column) not in said and at not in draft.unreadable:
                        said.add((number, at, column))
                        changed = True
                        found = draft.shown(at, column)
                        draft.fault(at, column, *homes[target].explain(found), found)


class _Home:
    """The table that a reference leads to: its accepted keys, and where its refused ones are."""

    def __init__(self, target: str, drafts: Sequence[Draft], known: AbstractSet[str]) -> None:
        self.name, self.title = target, TABLES[target].title
        own = [draft for draft in drafts if draft.table.name == target]
        key = TABLES[target].key[0]
        self.keys = {*known, *(value for d in own for value in d.frame[key].iloc[d.accepted_rows])}
        self.missing = not own and not known
        self.refused: dict[str, tuple[str, int]] = {}
        for draft in own:
            for at, row in enumerate(draft.raw.rows):
                if draft.whole or at in draft.faults:
                    where = draft.raw.sheet or draft.raw.file
                    self.refused.setdefault(draft.shown(at, key), (where, row.number))
        self._near: dict[str, str | None] = {}

    def explain(self, found: str) -> tuple[str, str]:
        """Slug and message for a reference to `found`."""
        if found in self.refused:
            file, row = self.refused[found]
            message = _(
                "« {found} » figure dans la table « {table} » à la ligne {row} ({file}), mais cette ligne est refusée. "
                "La corriger d'abord."
            ).format(found=found, table=self.title, row=row, file=file)
            return "parent_refused", message
        if self.missing:
            message = _(
                "« {found} » renvoie à la table « {table} », absente de cette source et des données déjà importées. "
                "L'ajouter (fichier {name}.csv ou feuille « {table} »)."
            ).format(found=found, table=self.title, name=self.name)
            return "parent_table_missing", message
        message = _("« {found} » est inconnu dans la table « {table} ».").format(found=found, table=self.title)
        if near := self._nearest(found):
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
        message += " " + _("Corriger l'identifiant, ou ajouter la ligne manquante dans « {table} ».").format(
            table=self.title
        )
        return "unknown_reference", message

    def _nearest(self, found: str) -> str | None:
        if found not in self._near:
            # Each search compares with every key: enough for a typing error, not for a table gone astray.
            worth = len(self.keys) <= MAX_KEYS_COMPARED and len(self._near) < MAX_SEARCHES
            self._near[found] = nearest(found, sorted(self.keys)) if worth else None
        return self._near[found]


def warn_full_sessions(drafts: Sequence[Draft]) -> None:
    """Warn where more people were screened than the session had places: possible, but often a typing error."""
    seen: dict[str, int] = {}
    for draft in drafts:
        if draft.table.name == "screening_participants":
            for session, count in draft.accepted()["session_id"].value_counts().items():
                seen[str(session)] = seen.get(str(session), 0) + int(count)
    for draft in drafts:
        if draft.table.name != "screening_sessions":
            continue
        for at in draft.accepted_rows:
            session, slots = draft.frame["session_id"].iloc[at], draft.frame["slots"].iloc[at]
            if seen.get(session, 0) > slots:
                message = _(
                    "La séance {session} compte {n} personnes dépistées pour {slots} places. Vérifier les deux nombres."
                ).format(session=session, n=seen[session], slots=slots)
                row = draft.raw.rows[at].number
                draft.raw.issues.append(
                    draft.raw.say("above_slots", message, row=row, column="slots", severity="warning")
                )
