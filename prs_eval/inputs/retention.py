"""The retention rule: people whose last contact lies too far back leave the store, with all their rows."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from prs_eval.errors import UsageError
from prs_eval.i18n import _, ngettext
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import PERSON_IDS, TABLES

LOG = "purge.log"
RETENTION_YEARS = 2  # after the last contact

# Dates of each table about people; those of sessions are the participants' too.
_CONTACTS = {
    "screening_participants": ("held_on", "booked_on", "appointment_on", "equipped_on"),
    "ambassadors": ("joined_on", "left_on", "trained_on"),
    "ambassador_scales": ("answered_on",),
    "professional_answers": (),
}


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows of a table that go, and of how many people."""

    table: str
    rows: int
    people: int


def read_date(text: str) -> dt.date:
    """The date of `--before`: 2024-11-26 or 26/11/2024."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    raise UsageError(_("Date illisible : « {found} ». Écrire 2024-11-26, ou 26/11/2024.").format(found=text))


def last_contacts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Columns `column` (of the id), `person`, `last` (day of the last contact): one row a person.

    An ambassador who has not left is in contact today, whatever the dates.
    """
    sessions = tables["screening_sessions"][["session_id", "held_on"]]
    parts = []
    for name, dates in _CONTACTS.items():
        rows = tables[name]
        column = _person_column(name)
        if name == "screening_participants":
            rows = rows.drop(columns=["held_on"], errors="ignore").merge(sessions, on="session_id", how="left")
        if dates:
            last = pd.concat([pd.to_datetime(rows[d]) for d in dates], axis="columns").max(axis="columns")
        else:
            last = pd.to_datetime(rows["year"].astype("Int64").astype("string") + "-12-31")
        if name == "ambassadors":
            last = last.mask(rows["left_on"].isna(), pd.Timestamp.max)
        parts.append(pd.DataFrame({"column": column, "person": rows[column], "last": last}))
    everyone = pd.concat(parts, ignore_index=True)
    return everyone.groupby(["column", "person"], as_index=False).agg({"last": "max"})


def purge(store: Store, before: dt.date, *, dry_run: bool = False) -> list[Removed]:
    """Remove the people whose last contact is before a day; what was, or would be, removed.

    The store is replaced whole: no file of it keeps a removed row. A line without any id is added to `purge.log`.
    """
    tables = {name: store.read(name) for name in TABLES}
    contacts = last_contacts(tables)
    gone = contacts[contacts["last"] < pd.Timestamp(before)]
    kept: dict[str, pd.DataFrame] = {}
    removed = []
    for name in _CONTACTS:
        column = _person_column(name)
        out = tables[name][column].isin(gone.loc[gone["column"] == column, "person"])
        if out.any():
            kept[name] = tables[name][~out]
            removed.append(Removed(name, int(out.sum()), int(tables[name].loc[out, column].nunique())))
    if removed and not dry_run:
        store.replace(kept)
        _log(store.root / LOG, before, removed)
    return removed


def summary(removed: list[Removed], before: dt.date, *, dry_run: bool) -> Iterator[str]:
    """What was done, a line a table; no id."""
    if not removed:
        yield _("Personne dont le dernier contact soit antérieur au {day} : rien à retirer.").format(
            day=f"{before:%d/%m/%Y}"
        )
    for one in removed:
        text = (
            ngettext(
                "{table} : {rows} ligne à retirer, {n} personne.",
                "{table} : {rows} lignes à retirer, {n} personnes.",
                one.rows,
            )
            if dry_run
            else ngettext(
                "{table} : {rows} ligne retirée, {n} personne.",
                "{table} : {rows} lignes retirées, {n} personnes.",
                one.rows,
            )
        )
        yield text.format(table=TABLES[one.table].title, rows=one.rows, n=one.people)


def _person_column(table: str) -> str:
    return next(column.name for column in TABLES[table].columns if column.name in PERSON_IDS)


def _log(path: Path, before: dt.date, removed: list[Removed]) -> None:
    line = {
        "done_on": dt.date.today().isoformat(),
        "before": before.isoformat(),
        "removed": {one.table: {"rows": one.rows, "people": one.people} for one in removed},
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
