"""Which table a file or sheet holds and which column a header names: code name, French or English title."""

from __future__ import annotations

from functools import cache

from prs_eval.i18n import fold
from prs_eval.inputs.parameters import nearest
from prs_eval.inputs.tables import TABLES, Table

# Sheets that go with the tables and hold no data.
COMPANIONS = frozenset(
    fold(name)
    for name in (
        "Mode d'emploi", "Instructions", "Consignes", "Lisez-moi", "Lisez moi", "Notice", "Aide", "Listes", "Liste",
        "Paramètres", "Exemple", "Exemples", "Dictionnaire", "Read me", "Readme", "Help", "Lists", "Example",
        "Examples", "Dictionary", "Guide",
    )
)  # fmt: skip


@cache
def _tables() -> dict[str, str]:
    names: dict[str, str] = {}
    for table in TABLES.values():
        for name in (table.name, table.title.fr, table.title.en):
            names[fold(name)] = table.name
    return names


@cache
def _columns(table: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for column in TABLES[table].columns:
        for name in (column.name, column.title.fr, column.title.en):
            names[fold(name)] = column.name
    return names


def table_named(name: str) -> str | None:
    """The table that a file or sheet name stands for, or None."""
    return _tables().get(fold(name))


def nearest_table(name: str) -> str | None:
    """The title of the table whose name is nearest to `name`, or None where none is near."""
    titles = {alias: TABLES[table].title for alias, table in _tables().items()}
    near = nearest(name, list(titles))
    return str(titles[near]) if near else None


def column_named(table: Table, header: str) -> str | None:
    """The column that a header stands for (a trailing * or : is ignored), or None."""
    return _columns(table.name).get(fold(header.strip().rstrip("*: ")))


def nearest_column(table: Table, header: str) -> str | None:
    """The title of the column whose name is nearest to `header`, or None where none is near."""
    near = nearest(header, list(_columns(table.name)))
    return str(table.column(_columns(table.name)[near]).title) if near else None


def known_headers(names: list[str]) -> int:
    """How many of `names` are a column of some table; tells a header from anything else."""
    every = {alias for table in TABLES for alias in _columns(table)}
    return sum(fold(name.strip().rstrip("*: ")) in every for name in names)
