"""The rows of a table as the store holds them: dtypes, key, quartier and year, what a new row replaces, files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from prs_eval.errors import DataError
from prs_eval.i18n import _, ngettext
from prs_eval.inputs.tables import TABLES, Table

_MISSING = "\x00"  # stands for a missing part of a key; cannot be typed in a cell
_ARROW = {"date": pa.date32(), "year": pa.int64(), "integer": pa.int64(), "number": pa.float64()}
_PANDAS: dict[str, Any] = {"date": "datetime64[us]", "year": "Int64", "integer": "Int64", "number": "float64"}
_DTYPES = {pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype(na_value=np.nan)}
_MICROSECONDS = pa.timestamp("us")


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """Columns of the table, then `quartier` and `year` where it has none of its own."""
    fields = {column.name: _ARROW.get(column.kind, pa.string()) for column in table.columns}
    return pa.schema(list({**fields, "quartier": pa.string(), "year": pa.int64()}.items()))


def typed(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The table's own columns with the dtypes of the store; ValueError where a required column is missing."""
    if absent := [c.name for c in table.columns if c.name not in rows.columns and not c.nullable]:
        raise ValueError(f"{table.name}: missing columns {', '.join(absent)}")
    rows = rows.reset_index(drop=True)
    out = {}
    for column in table.columns:
        values = rows[column.name] if column.name in rows else pd.Series(None, index=rows.index, dtype="object")
        values = values.astype(_PANDAS.get(column.kind, "str"))
        out[column.name] = values + 0.0 if column.kind == "number" else values  # -0.0 and 0.0 make one file
    return pd.DataFrame(out, index=rows.index)


def to_frame(rows: pa.Table) -> pd.DataFrame:
    """Arrow rows with the dtypes of the store, `quartier` and `year` included."""
    types = [_MICROSECONDS if field.type == pa.date32() else field.type for field in rows.schema]
    rows = rows.cast(pa.schema(list(zip(rows.column_names, types, strict=True))))
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_DTYPES.get)
    return frame


def keys(rows: pd.DataFrame, table: Table) -> pd.Index:
    """The key of each row as one text, missing parts being equal to one another."""
    parts = [rows[name].astype("str").fillna(_MISSING) for name in table.key]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "\x1f" + part
    return pd.Index(joined)


def upsert(old: pd.DataFrame, received: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, int, int, int]:
    """Old rows with the received ones in place of those of the same key; counts new, replaced, unchanged."""
    own = [column.name for column in table.columns]
    old_rows, rows = old[own].set_axis(keys(old, table)), received.set_axis(keys(received, table))
    if rows.index.has_duplicates:
        raise ValueError(f"{table.name}: {int(rows.index.duplicated().sum())} rows have the key of another")
    known = rows.index.intersection(old_rows.index, sort=False)
    same = int(_equal(old_rows.loc[known], rows.loc[known]).sum())
    kept = pd.concat([old_rows.drop(index=known), rows]) if len(old_rows) else rows
    return kept.reset_index(drop=True), len(rows) - len(known), len(known) - same, same


def _equal(left: pd.DataFrame, right: pd.DataFrame) -> pd.Series:
    """Per row, whether two aligned frames hold the same values, missing ones included."""
    same = pd.Series(True, index=left.index)
    for name in left.columns:
        equal = (left[name] == right[name]).fillna(False).astype(bool)
        same &= equal | (left[name].isna() & right[name].isna())
    return same


def same_rows(old: pd.DataFrame, new: pd.DataFrame, table: Table) -> pd.Series:
    """Per old row, whether the new frame holds it unchanged, derived columns included."""
    left, right = old.set_axis(keys(old, table)), new.set_axis(keys(new, table))
    return _equal(left, right.reindex(left.index))


def derive(rows: pd.DataFrame, table: Table, owner: pd.DataFrame | None) -> pd.DataFrame:
    """`rows` with the quartier and year they belong to; DataError for a row whose parent is nowhere."""
    own = {column.name for column in table.columns}
    out = rows.copy()
    if owner is not None and table.parent is not None:
        parent = TABLES[dict(table.references)[table.parent]]
        by_key = owner.set_index(parent.key[0])
        if orphans := int((~out[table.parent].isin(by_key.index)).sum()):
            raise DataError(
                ngettext(
                    "« {table} » : {n} ligne renvoie à un identifiant absent de « {parent} ».",
                    "« {table} » : {n} lignes renvoient à un identifiant absent de « {parent} ».",
                    orphans,
                ).format(table=table.title, n=orphans, parent=parent.title)
                + " "
                + _("Importer « {parent} » avec ou avant « {table} ».").format(table=table.title, parent=parent.title)
            )
        inherited = [name for name in ("quartier", table.dated_by) if name not in own]
        for name in inherited:
            out[name] = out[table.parent].map(by_key[name])
    if "quartier" not in out:
        out["quartier"] = out["territory"]
    dated = out[table.dated_by]
    out["year"] = (dated if table.dated_by == "year" else dated.dt.year).astype("Int64")
    out["quartier"] = out["quartier"].astype("str")
    if out["year"].isna().any():
        raise ValueError(f"{table.name}: {int(out['year'].isna().sum())} rows have no `{table.dated_by}`")
    return out.reindex(columns=arrow_schema(table).names)


def refuse_moves(old: pd.DataFrame, merged: pd.DataFrame, table: Table) -> None:
    """DataError where a new row would take the place of another quartier's row of the same key."""
    before = pd.Series(old["quartier"].to_numpy(), index=keys(old, table))
    after = pd.Series(merged["quartier"].to_numpy(), index=keys(merged, table)).reindex(before.index)
    moved = before.notna() & after.notna() & (before != after)
    if n := int(moved.sum()):
        raise DataError(
            ngettext(
                "« {table} » : {n} ligne porte l'identifiant d'une ligne d'un autre quartier ({pairs}). Rien n'a été "
                "importé.",
                "« {table} » : {n} lignes portent l'identifiant de lignes d'un autre quartier ({pairs}). Rien n'a été "
                "importé.",
                n,
            ).format(
                table=table.title,
                n=n,
                pairs=", ".join(sorted({f"{a} → {b}" for a, b in zip(before[moved], after[moved], strict=True)})),
            )
            + " "
            + _(
                "Donner à chaque quartier ses propres identifiants (par exemple Q1-001). Si ces lignes ont bien "
                "changé de quartier, réimporter toutes les données dans un dossier vide."
            )
        )


def write_partitions(rows: pd.DataFrame, table: Table, folder: Path) -> None:
    """One file a year, one row group a quartier; the same rows give the same bytes, in whatever order they came."""
    schema = arrow_schema(table)
    columns = [pa.array(rows[field.name], from_pandas=True).cast(field.type) for field in schema]
    order = [("quartier", "ascending"), *((name, "ascending") for name in table.key)]
    content = pa.Table.from_arrays(columns, schema=schema).sort_by(order)
    for year in sorted(set(content.column("year").to_pylist())):
        part = content.filter(ds.field("year") == year).drop_columns(["year"])
        path = folder / f"year={year}" / "part.parquet"
        path.parent.mkdir(parents=True)
        with pq.ParquetWriter(path, part.schema) as writer:
            for quartier in dict.fromkeys(part.column("quartier").to_pylist()):
                own = ds.field("quartier") == quartier if quartier is not None else ds.field("quartier").is_null()
                writer.write_table(part.filter(own))
