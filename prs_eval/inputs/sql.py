"""A database with a table per input table into raw tables. The password is never repeated."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from prs_eval.errors import UsageError
from prs_eval.i18n import _
from prs_eval.inputs.naming import column_named, nearest_table, table_named
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.raw import Fault, RawRow, RawTable, Value, is_blank
from prs_eval.inputs.readers import too_many
from prs_eval.inputs.tables import TABLES

_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def public_name(url: str) -> str:
    """The URL without user, password or options: `postgresql://host/base`."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return _("base SQL")
    host = parts.host or ""
    return f"{parts.get_backend_name()}://{host}{f':{parts.port}' if parts.port else ''}/{parts.database or ''}"


def read_database(url: str, workbench: Workbench) -> list[RawTable]:
    """One raw table per SQL table named after an input table, rows in the order of the key.

    UsageError where the URL cannot be used or the base cannot be reached.
    """
    name = public_name(url)
    try:
        with _engine(url).connect() as connection:
            inspector = sa.inspect(connection)
            listed = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
            raws = [_read(connection, inspector, sql_name, name, workbench) for sql_name in listed]
    except SQLAlchemyError:
        # The driver's own words may hold the URL: they are not repeated.
        message = _(
            "La base {name} ne répond pas. Vérifier l'hôte, le nom de la base, l'utilisateur et le mot de passe."
        )
        raise UsageError(message.format(name=name)) from None
    if not any(raw.table for raw in raws):
        empty = RawTable(None, name, origin="sql")
        message = _("Aucune table reconnue dans cette base. Noms attendus : {names}.")
        empty.refusal = empty.say("no_table", message.format(names=", ".join(TABLES)))
        raws.append(empty)
    return raws


def _engine(url: str) -> Engine:
    try:
        parts: URL = make_url(url)
        parts = parts.set(drivername=_DRIVERS.get(parts.drivername, parts.drivername))
        if parts.get_backend_name() == "sqlite" and not Path(parts.database or "").is_file():
            raise UsageError(_("Base introuvable : {path}.").format(path=parts.database or public_name(url)))
        return sa.create_engine(parts, hide_parameters=True, poolclass=sa.pool.NullPool)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        message = _("Adresse de base non reconnue. Exemples : postgresql://utilisateur@hôte/base, sqlite:///fichier.db")
        raise UsageError(message) from None


def _read(connection: sa.Connection, inspector: Any, sql_name: str, file: str, workbench: Workbench) -> RawTable:
    raw = RawTable(table_named(sql_name), file, sql_name, "sql", header_row=0)
    if raw.table is None:
        near = nearest_table(sql_name)
        message = _("Cette table de la base n'est pas une table attendue : elle n'est pas lue.")
        if near:
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
        raw.issues.append(raw.say("unknown_table", message, severity="warning" if near else "info"))
        return raw
    columns = [column["name"] for column in inspector.get_columns(sql_name)]
    table = sa.table(sql_name, *(sa.column(name) for name in columns))
    raw.header = columns
    limits = workbench.limits
    count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    if count > limits.max_rows or len(columns) > limits.max_columns:
        raw.refusal = raw.say("too_many_cells", too_many(limits.max_rows, limits.max_columns))
        return raw
    spec = TABLES[raw.table]
    order = [table.c[name] for name in columns if column_named(spec, name) in spec.key]
    for number, row in enumerate(connection.execute(sa.select(table).order_by(*order)), start=1):
        values = [_value(value) for value in row]
        if not all(is_blank(value) for value in values):
            raw.rows.append(RawRow(number, values))
    return raw


def _value(value: Any) -> Value:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, (str, bool, int, float, dt.datetime, dt.date)):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple, set)):
        return "|".join(str(item) for item in value)
    return Fault("unreadable_type", _("Ce type de valeur SQL n'est pas lu. Le convertir en texte, nombre ou date."))
