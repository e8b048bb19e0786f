"""One pandera schema a table, built from `inputs.tables`: types, allowed values, ranges, key, row rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pandera.pandas as pa

from prs_eval.i18n import Text
from prs_eval.inputs.dates import latest_date
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.rules import Rule, rules
from prs_eval.inputs.tables import TABLES, Column, Table
from prs_eval.inputs.vocabulary import vocabulary

DTYPES = {"date": "datetime64[us]", "integer": "Int64", "year": "Int64", "number": "float64"}
_ID_PATTERN = r"^[^\W_][\w-]{0,39}\Z"


def dtype(column: Column) -> str:
    """The dtype of a column once read: `datetime64[us]`, `Int64`, `float64` or `str`."""
    return DTYPES.get(column.kind, "str")


def typed_frame(table: Table, values: dict[str, list[Any]] | None = None) -> pd.DataFrame:
    """A frame with the table's columns and dtypes; empty where `values` is None."""
    given = values or {}
    return pd.DataFrame({c.name: pd.Series(given.get(c.name, []), dtype=dtype(c)) for c in table.columns})


def bounds(column: Column, workbench: Workbench) -> tuple[float | dt.date | None, float | dt.date | None]:
    """The least and the greatest value a column may hold; None where there is no limit."""
    if column.kind == "date":
        return workbench.earliest_date, latest_date()
    if column.kind == "year":
        return 1990, latest_date().year
    return column.minimum, column.maximum


def schema(table: str, workbench: Workbench) -> pa.DataFrameSchema:
    """The schema of one table, for `schema("meetings", workbench).validate(frame, lazy=True)`.

    Each failure's `check` begins with a stable slug (`allowed`, `range`, `format`, `duplicate_key`, or a rule
    of `inputs.rules`). Title and description are in the metadata in French (`fr`) and English (`en`).
    Raises KeyError where there is no such table.
    """
    spec = TABLES[table]
    return pa.DataFrameSchema(
        {column.name: _column(column, workbench) for column in spec.columns},
        checks=[_key_check(spec), *(_rule_check(rule) for rule in rules(table, workbench))],
        name=table,
        title=str(spec.title),
        description=str(spec.description),
        metadata=_metadata(spec.title, spec.description, key=list(spec.key), references=dict(spec.references)),
    )


def _column(column: Column, workbench: Workbench) -> pa.Column:
    return pa.Column(
        dtype(column),
        checks=_checks(column, workbench),
        nullable=column.nullable,
        coerce=column.kind != "date",  # pandera would turn microseconds into nanoseconds
        title=str(column.title),
        description=str(column.description),
        metadata=_metadata(column.title, column.description, kind=column.kind, unit=column.unit, codes=column.codes),
    )


def _checks(column: Column, workbench: Workbench) -> list[pa.Check]:
    checks = []
    words = vocabulary(column, workbench)
    if words and column.kind in ("codes", "themes"):
        allowed = frozenset(words.codes)
        checks.append(
            pa.Check(
                lambda values: values.map(lambda v: allowed.issuperset(v.split("|"))).astype(bool),
                name="allowed",
                error=f"allowed: {' | '.join(words.codes)}",
            )
        )
    elif words:
        checks.append(pa.Check.isin(words.codes, error=f"allowed: {', '.join(words.codes)}"))
    if column.kind == "id":
        checks.append(pa.Check.str_matches(_ID_PATTERN, error="format: letters, digits, - and _"))
    low, high = bounds(column, workbench)
    if low is not None:
        checks.append(pa.Check.ge(_limit(low), error=f"range: at least {low}"))
    if high is not None:
        checks.append(pa.Check.le(_limit(high), error=f"range: at most {high}"))
    return checks


def _limit(value: float | dt.date) -> float | pd.Timestamp:
    return pd.Timestamp(value) if isinstance(value, dt.date) else value


def _key_check(table: Table) -> pa.Check:
    def holds(rows: pd.DataFrame) -> pd.Series[bool]:
        return ~rows.duplicated(list(table.key), keep="first")

    return pa.Check(holds, name="duplicate_key", error=f"duplicate_key: {', '.join(table.key)}")


def _rule_check(rule: Rule) -> pa.Check:
    return pa.Check(rule.holds, name=rule.slug, error=f"{rule.slug}: {rule.description.en}")


def _metadata(title: Text, description: Text, **more: Any) -> dict[str, Any]:
    return {
        "title": {"fr": title.fr, "en": title.en},
        "description": {"fr": description.fr, "en": description.en},
        **more,
    }
