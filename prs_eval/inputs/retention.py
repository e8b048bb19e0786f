"""The retention rule: people whose last contact lies too far back leave the store, with all their rows."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from prs_eval.errors import PrsEvalError, UsageError
from prs_eval.i18n import _, current_language, ngettext
from prs_eval.inputs import dates
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES, Table

LOG = "purge.log"
RETENTION_YEARS = 2  # after the last contact

PEOPLE = {name: table.person_column for name, table in TABLES.items() if table.person_column}  # table: column of the id


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows of a table that go, of how many people, and the year of the last contact with them."""

    table: str
    rows: int
    people: int
    last_year: int


def read_date(text: str) -> dt.date:
    """The date of `--before`: 2024-11-26 or 26/11/2024, not one to come."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = dt.datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
        if day > dates.today():
            message = _("« {found} » est à venir : toutes les personnes seraient retirées. Vérifier l'année.")
            raise UsageError(message.format(found=text))
        return day
    raise UsageError(_("Date illisible : « {found} ». Écrire 2024-11-26, ou 26/11/2024.").format(found=text))


def early(before: dt.date) -> str:
    """What to say of a limit that the rule does not ask for yet; empty where it does."""
    today = dates.today()
    if before <= (pd.Timestamp(today) - pd.DateOffset(years=RETENTION_YEARS)).date():
        return ""
    message = _("Le {day} est plus récent que la règle ({n} ans après le dernier contact) : vous retirez plus tôt.")
    return message.format(day=_written(before), n=RETENTION_YEARS)


def last_contacts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Columns `column` (of the id), `person`, `last` (day of the last contact): one row a person.

    Every date of every table in which the person occurs counts, that of the session too; a year without a date
    counts as its last day. An ambassador who has not left is in contact today, whatever the dates.
    """
    parts = []
    for name, column in PEOPLE.items():
        rows = tables[name]
        last = _days(TABLES[name], rows, tables).max(axis="columns")
        if name == "ambassadors":
            last = last.mask(rows["left_on"].isna(), pd.Timestamp.max)
        parts.append(pd.DataFrame({"column": column, "person": rows[column], "last": last}))
    everyone = pd.concat(parts, ignore_index=True)
    return everyone.groupby(["column", "person"], as_index=False).agg({"last": "max"})


def _days(table: Table, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The dates of each row, the one that its parent gives included; the end of its year where it has none."""
    own = [column.name for column in table.columns]
    days = {column.name: rows[column.name] for column in table.columns if column.kind == "date"}
    if table.dated_by not in own and table.parent:
        parent = TABLES[dict(table.references)[table.parent]]
        held = tables[parent.name].set_index(parent.key[0])[table.dated_by]
        days[table.dated_by] = rows[table.parent].map(held)
    if not days:
        days["year"] = pd.to_datetime(rows["year"].astype("Int64").astype("string") + "-12-31")
    return pd.DataFrame({name: pd.to_datetime(values) for name, values in days.items()}, index=rows.index)


def purge(store: Store, before: dt.date, *, dry_run: bool = False) -> list[Removed]:
    """Remove the people whose last contact is before a day; what was, or would be, removed.

    The store is replaced whole: no file of it keeps a removed row. A line without any id is added to `purge.log`,
    also where nothing was to be removed: it says that the rule was applied.
    """
    if dry_run:
        return _leaving({name: store.read(name) for name in TABLES}, before)[0]
    removed: list[Removed] = []

    def shorten(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, pd.DataFrame]:
        found, kept = _leaving(tables, before)
        removed.extend(found)
        return kept

    store.rewrite(shorten)
    _log(store.root / LOG, before, removed)
    if left := store.leftovers():
        message = _("D'anciens fichiers n'ont pas pu être effacés ; les effacer : {paths}")
        raise PrsEvalError(message.format(paths=", ".join(map(str, left))))
    return removed


def _leaving(tables: Mapping[str, pd.DataFrame], before: dt.date) -> tuple[list[Removed], dict[str, pd.DataFrame]]:
    """What goes, and what is left of the tables that lose rows."""
    contacts = last_contacts(tables)
    gone = contacts[contacts["last"] < pd.Timestamp(before)]
    kept: dict[str, pd.DataFrame] = {}
    removed = []
    for name, column in PEOPLE.items():
        rows, people = tables[name], gone[gone["column"] == column]
        out = rows[column].isin(people["person"])
        if out.any():
            leaving = rows.loc[out, column]
            last = people.loc[people["person"].isin(leaving), "last"].max()
            removed.append(Removed(name, len(leaving), leaving.nunique(), last.year))
            kept[name] = rows[~out]
    return removed, kept


def summary(removed: list[Removed], before: dt.date, *, dry_run: bool) -> Iterator[str]:
    """What was done, a line a table; no id."""
    if not removed:
        message = _("Personne dont le dernier contact soit antérieur au {day} : rien à retirer.")
        yield message.format(day=_written(before))
        return
    for one in removed:
        if dry_run:
            rows = ngettext("{n} ligne à retirer", "{n} lignes à retirer", one.rows)
        else:
            rows = ngettext("{n} ligne retirée", "{n} lignes retirées", one.rows)
        people = ngettext("{n} personne", "{n} personnes", one.people)
        said = {"rows": rows.format(n=one.rows), "people": people.format(n=one.people)}
        yield _("{table} : {rows}, {people}.").format(table=TABLES[one.table].title, **said)
    message = _(
        "Sans ces personnes, les chiffres de {year} et des années d'avant ne sont plus complets : "
        "garder les rapports de ces années, ne pas les refaire."
    )
    yield message.format(year=max(one.last_year for one in removed))


def _written(day: dt.date) -> str:
    return dates.write_date(day, "dmy" if current_language() == "fr" else "ymd")


def _log(path: Path, before: dt.date, removed: list[Removed]) -> None:
    line = {
        "done_on": dates.today().isoformat(),
        "before": before.isoformat(),
        "removed": {one.table: {"rows": one.rows, "people": one.people} for one in removed},
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
