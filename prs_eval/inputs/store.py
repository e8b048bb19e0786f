"""The store: accepted rows as Parquet, one folder a table, one folder a year, read by quartier and years.

Layout: `<root>/store/<table>/year=YYYY/part.parquet`, one row group a quartier, so that a report opens the files
of its years and reads the rows of its quartier. Every table has a `quartier` and a `year`, its own or its
parent's (`Table.parent`, `Table.dated_by`). A write makes the whole next store beside the last one (files
that do not change are hard links) and swaps the two folders: killed at any moment, it leaves the one or the other.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as ds

from prs_eval.errors import DataError, UsageError
from prs_eval.i18n import _
from prs_eval.inputs.rows import (
    arrow_schema,
    derive,
    refuse_moves,
    same_rows,
    to_frame,
    typed,
    upsert,
    write_partitions,
)
from prs_eval.inputs.tables import TABLES, Table

ACTIVITY_TABLES = ("meetings", "screening_sessions", "ambassador_activities")  # what makes a year reportable
_MARKER = "_source.json"
_COUNTS = ["table", "new", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class _Marker:
    """Where the rows came from, and whether they are invented."""

    sources: tuple[str, ...]
    synthetic: bool


class Store:
    """The accepted rows kept under `<root>/store`.

    Raises
    ------
    UsageError
        On reading, where `root` holds no store; the message says how to fill it.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._folder = self.root / "store"
        self._previous = self.root / "store.previous"

    @property
    def exists(self) -> bool:
        """Whether there is a store to read."""
        return self._folder.is_dir() or self._previous.is_dir()

    @property
    def synthetic(self) -> bool:
        """Whether the rows are invented (demonstration data)."""
        return _read_marker(self._open()).synthetic

    @property
    def sources(self) -> list[str]:
        """Where the rows came from, sorted, without passwords."""
        return list(_read_marker(self._open()).sources)

    def years(self) -> list[int]:
        """Years in which a meeting, a screening session or an ambassadors' activity took place, sorted."""
        folder = self._open()
        found = (path.parent.name for table in ACTIVITY_TABLES for path in (folder / table).glob("year=*/part.parquet"))
        return sorted({int(name.removeprefix("year=")) for name in found})

    def keys(self, table: str) -> set[Any]:
        """Keys in the store: texts, or tuples where the key has several columns; empty before the first import."""
        spec = TABLES[table]
        if not self.exists:
            return set()
        columns = [self._rows(self._open(), spec).column(name).to_pylist() for name in spec.key]
        return set(columns[0]) if len(columns) == 1 else set(zip(*columns, strict=True))

    def read(self, table: str, *, quartier: str | None = None, years: Iterable[int] | None = None) -> pd.DataFrame:
        """Rows of `table`, sorted by key; an empty frame with the same columns and dtypes where there is none.

        Parameters
        ----------
        quartier
            Declared name; rows that belong to the city as a whole (`quartier` missing) are left out.
            None: every row.
        years
            Years to read; files of other years are not opened. None: all.
        """
        return to_frame(self._rows(self._open(), TABLES[table], quartier, years))

    def digest(self, tables: Iterable[str], *, quartier: str | None = None, years: Iterable[int] | None = None) -> str:
        """SHA-256 of the rows that `read` would give: depends on values, not on files, dates or order of import."""
        folder, wanted = self._open(), None if years is None else list(years)
        total = hashlib.sha256()
        total.update(b"synthetic" if self.synthetic else b"real")
        for name in sorted(set(tables)):
            buffer = io.BytesIO()
            pa_csv.write_csv(self._rows(folder, TABLES[name], quartier, wanted), buffer)
            total.update(f"\n{name}\n".encode())
            total.update(hashlib.sha256(buffer.getvalue()).digest())
        return total.hexdigest()

    def write(
        self,
        accepted: Mapping[str, pd.DataFrame],
        *,
        source: str,
        synthetic: bool = False,
        allow_moves: bool = False,
    ) -> pd.DataFrame:
        """Add the accepted rows, replacing those that have the same key.

        Parameters
        ----------
        accepted
            Rows by table, with the columns of `inputs.tables` (others are ignored); keys unique within each.
        source
            Where they came from, kept beside the rows (without the password of a database address).
        synthetic
            Whether they are invented.
        allow_moves
            Let a row of the same key change quartier. By default this is refused: two quartiers that number
            their rows alike would silently overwrite one another.

        Returns
        -------
        One row a table of `accepted`: `table`, `new`, `replaced`, `unchanged` (rows).

        Raises
        ------
        DataError
            For a row whose parent is nowhere, or which would take the place of another quartier's.
        UsageError
            For real and synthetic rows in one store.
        """
        if unknown := sorted(set(accepted) - set(TABLES)):
            raise ValueError(f"unknown tables: {', '.join(unknown)}")
        with self._lock():
            self._recover()
            if not any(len(frame) for frame in accepted.values()):
                return pd.DataFrame([(name, 0, 0, 0) for name in TABLES if name in accepted], columns=_COUNTS)
            marker = self._next_marker(source, synthetic)
            counts, changed = self._merge(accepted, allow_moves)
            if changed or marker != _read_marker(self._folder):
                self._swap(changed, marker)
        return pd.DataFrame(counts, columns=_COUNTS)

    def rewrite(self, change: Callable[[Mapping[str, pd.DataFrame]], Mapping[str, pd.DataFrame]]) -> None:
        """Put what `change` makes of all tables in the place of what is kept; tables that it leaves out stay.

        Nobody else writes in between. What was taken out is in no file any more, unless `leftovers` names one.
        """
        self._open()  # says where there is no store, before a folder is made for the lock
        with self._lock():
            self._recover()
            changed = change({name: self.read(name) for name in TABLES})
            if changed:
                self._swap(changed, _read_marker(self._folder))

    def leftovers(self) -> list[Path]:
        """Folders of earlier stores that a killed write, or a disk that refuses, left behind."""
        return [path for path in (self._previous, *self.root.glob("store.tmp-*")) if path.exists()]

    # -- reading

    def _open(self) -> Path:
        """The folder to read: the store, or the last good one where a write was killed between two renames."""
        for folder in (self._folder, self._previous):
            if folder.is_dir():
                return folder
        raise UsageError(
            _(
                "Aucune donnée importée dans « {path} ». Importer d'abord son propre fichier, par exemple : "
                "prs-eval import mon_classeur.xlsx. Pour essayer la démonstration, dans un dossier à elle : "
                "prs-eval import data/demo --data data/local/demo, puis ajouter --data data/local/demo aux commandes."
            ).format(path=self.root)
        )

    def _rows(
        self, folder: Path, table: Table, quartier: str | None = None, years: Iterable[int] | None = None
    ) -> pa.Table:
        schema = arrow_schema(table)
        path = folder / table.name
        if not path.is_dir():
            return schema.empty_table()
        partitions = ds.partitioning(pa.schema([("year", pa.int64())]), flavor="hive")
        data = ds.dataset(path, schema=schema, format="parquet", partitioning=partitions)
        wanted = ds.scalar(True)
        if years is not None:
            wanted = wanted & ds.field("year").isin(pa.array(sorted({int(year) for year in years}), pa.int64()))
        if quartier is not None:
            wanted = wanted & (ds.field("quartier") == quartier)
        try:
            return data.to_table(filter=wanted).sort_by([(name, "ascending") for name in table.key])
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                _("« {path} » ne se lit pas : {error}. Effacer ce dossier et réimporter les données.").format(
                    path=path, error=error
                )
            ) from error

    # -- writing

    def _next_marker(self, source: str, synthetic: bool) -> _Marker:
        """The marker after a write that brings rows; UsageError where real and invented rows would mix."""
        present = _read_marker(self._folder) if self.exists else _Marker((), synthetic)
        if present.synthetic and not synthetic:
            raise UsageError(
                _(
                    "« {path} » contient des données synthétiques : des données réelles ne s'y mêlent pas. "
                    "Choisir un autre dossier, par exemple : --data data/local/ville"
                ).format(path=self.root)
            )
        if synthetic and not present.synthetic:
            raise UsageError(
                _(
                    "« {path} » contient des données réelles : des données synthétiques ne s'y mêlent pas. "
                    "Choisir un autre dossier, par exemple : --data data/local/demo"
                ).format(path=self.root)
            )
        return _Marker(tuple(sorted({*present.sources, _without_password(source)})), synthetic)

    def _merge(
        self, accepted: Mapping[str, pd.DataFrame], allow_moves: bool
    ) -> tuple[list[tuple[str, int, int, int]], dict[str, pd.DataFrame]]:
        """Counts of the tables received, and the whole next content of the tables that change."""
        counts: list[tuple[str, int, int, int]] = []
        changed: dict[str, pd.DataFrame] = {}
        for name, table in TABLES.items():
            parent = dict(table.references)[table.parent] if table.parent else None
            if name not in accepted and parent not in changed:
                continue
            old = to_frame(self._rows(self._folder, table))
            received = accepted.get(name, old.iloc[:0])
            kept, new, replaced, unchanged = upsert(old, typed(received, table), table)
            owner = changed.get(parent, self._parent_rows(parent)) if parent else None
            merged = derive(kept, table, owner)
            if not allow_moves:
                refuse_moves(old, merged, table)
            # a child whose parent was corrected may change year without having been received
            if not same_rows(old, merged, table).all() or len(old) != len(merged):
                changed[name] = merged
            if name in accepted:
                counts.append((name, new, replaced, unchanged))
        return counts, changed

    def _parent_rows(self, parent: str) -> pd.DataFrame:
        return to_frame(self._rows(self._folder, TABLES[parent]))

    def _swap(self, changed: Mapping[str, pd.DataFrame], marker: _Marker) -> None:
        """Make the next store beside the last, then take its place."""
        beside = Path(tempfile.mkdtemp(prefix="store.tmp-", dir=self.root))
        try:
            for name in TABLES:
                if name in changed:
                    write_partitions(changed[name], TABLES[name], beside / name)
                elif (self._folder / name).is_dir():
                    shutil.copytree(self._folder / name, beside / name, copy_function=_link)
            text = json.dumps(asdict(marker), ensure_ascii=False, indent=1) + "\n"
            (beside / _MARKER).write_text(text, encoding="utf-8")
            beside.chmod(0o755)  # mkdtemp makes a folder that nobody else may read
            if self._folder.is_dir():
                self._folder.rename(self._previous)
            beside.rename(self._folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        shutil.rmtree(self._previous, ignore_errors=True)

    def _recover(self) -> None:
        """Put the last good store back, and clear what a killed write left."""
        if not self._folder.is_dir() and self._previous.is_dir():
            self._previous.rename(self._folder)
        for left in self.leftovers():
            shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One write at a time; the system frees the lock when the process dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".store.lock").open("w") as file:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _read_marker(folder: Path) -> _Marker:
    content = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
    return _Marker(tuple(content["sources"]), bool(content["synthetic"]))


def _link(source: str, target: str) -> None:
    """A hard link where the disk has them: Parquet files are replaced, never changed."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _without_password(source: str) -> str:
    return re.sub(r"://[^/@\s]*@", "://", source)
