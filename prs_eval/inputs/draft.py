"""One raw table being judged: its typed frame, and for each row what is wrong with it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pandera.errors

from prs_eval.i18n import _, fold
from prs_eval.inputs.cells import CellReader, Typed
from prs_eval.inputs.dates import write_date
from prs_eval.inputs.issues import Issue
from prs_eval.inputs.layout import Layout, cell_name, read_layout
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.personal import mask, personal_content
from prs_eval.inputs.raw import RawRow, RawTable, is_blank, shown
from prs_eval.inputs.rules import rules
from prs_eval.inputs.schemas import bounds, schema, typed_frame
from prs_eval.inputs.tables import TABLES, Column, Table

_TOTAL = re.compile(
    r"(?:sous )?(?:total|totaux|somme|moyenne|cumul|subtotal|sum|mean|average|grand total)"
    r"(?: (?:general|generale|generaux|annuel|annuelle|de|du|des|par|quartiers?|\d{4}|hors)\b.*)?\s*:?"
)
_TOTAL_WORD = re.compile(r"(?:(?:sous )?total|somme|moyenne|cumul|subtotal|grand total|average)\b.*")
PLACE_COLUMNS = ("file", "sheet", "row", "problem")


class Draft:
    """A table between reading and acceptance. `frame` has one row per raw row, by position."""

    def __init__(self, raw: RawTable, workbench: Workbench) -> None:
        assert raw.table is not None  # only tables are drafted
        self.raw, self.workbench = raw, workbench
        self.table: Table = TABLES[raw.table]
        self.layout: Layout = read_layout(raw, self.table)
        self.faults: dict[int, list[Issue]] = defaultdict(list)
        self.bad_cells: set[tuple[int, str]] = set()
        self.masked: set[tuple[int, str]] = set()
        self.unreadable: set[int] = set()  # rows whose cells mean nothing: ragged, totals, merged
        self.frame = typed_frame(self.table)
        self.whole: Issue | None = self.layout.refusal
        if self.whole is None:
            self._read()
            self._validate()

    # --- what others ask ---------------------------------------------------------------------------------

    @property
    def accepted_rows(self) -> list[int]:
        """Positions of the rows without fault."""
        return [] if self.whole else [i for i in range(len(self.raw.rows)) if i not in self.faults]

    def refuse_all(self, issue: Issue) -> None:
        """Refuse every row for one reason."""
        self.whole = issue

    def fault(self, at: int, column: str, code: str, message: str, found: str | None = None) -> None:
        """Refuse the row at position `at` because of one cell."""
        row = self.raw.rows[at].number
        cell = None
        self.bad_cells.add((at, column))
        if column in self.layout.position:
            cell = cell_name(self.raw, row, self.layout.position[column], self.layout.title[column])
        self.faults[at].append(self.raw.say(code, message, row=row, column=column, cell=cell, found=found))

    def shown(self, at: int, column: str) -> str:
        """The cell as typed."""
        position = self.layout.position.get(column)
        values = self.raw.rows[at].values
        return shown(values[position], self.workbench.date_order) if position is not None else ""

    def issues(self) -> list[Issue]:
        """All remarks, in the order of the rows."""
        whole = [self.whole] if self.whole else [i for at in sorted(self.faults) for i in self.faults[at]]
        return [*self.raw.issues, *whole]

    def accepted(self) -> pd.DataFrame:
        """The accepted rows, typed, in the order of the file."""
        if self.whole:
            return typed_frame(self.table)
        return self.frame.iloc[self.accepted_rows].reset_index(drop=True)

    def refused(self) -> pd.DataFrame:
        """The refused rows as typed, with file, sheet, row and problem; personal data masked."""
        kept = set(self.accepted_rows)
        records = [self._refused(at) for at in range(len(self.raw.rows)) if at not in kept]
        names = [*(c.name for c in self.table.columns), *PLACE_COLUMNS]
        frame = pd.DataFrame(records, columns=names)
        return frame.astype({name: "Int64" if name == "row" else "str" for name in names})

    # --- reading -----------------------------------------------------------------------------------------

    def _read(self) -> None:
        readers = [
            (column, CellReader(column, self.workbench, self.raw.epoch), self.layout.position.get(column.name))
            for column in self.table.columns
        ]
        values: dict[str, list[Typed]] = {column.name: [] for column in self.table.columns}
        notes: dict[str, int] = {}
        for at, row in enumerate(self.raw.rows):
            self._judge_row(at, row)
            for column, reader, position in readers:
                reading = reader(row.values[position] if position is not None else None)
                values[column.name].append(reading.value)
                if at in self.unreadable:
                    continue
                if reading.note:
                    notes.setdefault(reading.note, row.number)
                if problem := reading.problem:
                    if problem.code in ("personal_data", "too_long"):
                        self.masked.add((at, column.name))
                    self.fault(at, column.name, *problem)
        self.frame = typed_frame(self.table, values)
        for note, number in notes.items():
            self.raw.issues.append(self.raw.say("note", note, row=number, severity="info"))

    def _judge_row(self, at: int, row: RawRow) -> None:
        """Faults of the row as a whole; its cells are then not reported one by one."""
        for fault in row.faults:
            self.faults[at].append(self.raw.say(fault.code, fault.message, row=row.number, cell=fault.cell))
        for position in self.layout.unnamed:
            if position < len(row.values) and not is_blank(row.values[position]):
                message = _(
                    "Une case est remplie dans une colonne sans titre ({cell}). "
                    "L'effacer, ou donner un titre à la colonne."
                )
                cell = cell_name(self.raw, row.number, position, None)
                self.faults[at].append(
                    self.raw.say("outside_table", message.format(cell=cell), row=row.number, cell=cell)
                )
        if not row.faults and self._repeats_header(row):
            message = _("Cette ligne répète les noms de colonnes. La supprimer.")
            self.faults[at].append(self.raw.say("repeated_header", message, row=row.number))
        elif not row.faults and (column := self._total_column(at, row)):
            found = self._without_personal_data(self.shown(at, column))
            message = _(
                "Ligne de total (« {found} ») : les totaux sont calculés, pas lus. Supprimer cette ligne."
            ).format(found=found)
            self.fault(at, column, "total_row", message, found)
        if at in self.faults:
            self.unreadable.add(at)

    def _repeats_header(self, row: RawRow) -> bool:
        titles = [(position, fold(self.layout.title[name])) for name, position in self.layout.position.items()]
        return all(fold(shown(row.values[position])) == title for position, title in titles)

    def _total_column(self, at: int, row: RawRow) -> str | None:
        filled = [name for name in self.layout.position if not is_blank(row.values[self.layout.position[name]])]
        for name in filled:
            kind, text = self.table.column(name).kind, fold(self.shown(at, name))
            if kind in ("id", "date", "quartier", "territory"):
                if _TOTAL_WORD.fullmatch(text):
                    return name
            elif (name == filled[0] or kind == "name") and kind != "code" and _TOTAL.fullmatch(text):
                return name
        return None

    # --- the schema --------------------------------------------------------------------------------------

    def _validate(self) -> None:
        readable = [at for at in range(len(self.raw.rows)) if at not in self.unreadable]
        rows = self.frame.loc[readable]
        try:
            schema(self.table.name, self.workbench).validate(rows, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            cases = errors.failure_cases.dropna(subset=["index"])
            seen: set[tuple[int, str, str]] = set()
            for case in cases.itertuples():
                slug = str(case.check).split(":")[0]
                wide = case.schema_context != "Column"
                key = (int(str(case.index)), slug, "" if wide else str(case.column))
                if key not in seen:
                    seen.add(key)
                    self._explain(*key)

    def _explain(self, at: int, slug: str, column: str) -> None:
        if column:
            if (at, column) not in self.bad_cells:
                self._explain_cell(at, slug, self.table.column(column))
        elif slug == "duplicate_key":
            self._explain_duplicate(at)
        else:
            rule = next(rule for rule in rules(self.table.name, self.workbench) if rule.slug == slug)
            if not any((at, column) in self.bad_cells for column in rule.columns):
                values = {c.name: self.shown(at, c.name) for c in self.table.columns if c.kind != "free_text"}
                column = rule.columns[0]
                self.fault(at, column, slug, rule.message().format(**values), self.shown(at, column))

    def _explain_cell(self, at: int, slug: str, column: Column) -> None:
        found = self.shown(at, column.name)
        low, high = bounds(column, self.workbench)
        if column.kind == "date" and low and high:
            order = self.workbench.date_order
            message = _(
                "« {found} » est trop éloignée : la date doit être entre le {low} et le {high}. Vérifier l'année."
            ).format(found=found, low=write_date(low, order), high=write_date(high, order))  # type: ignore[arg-type]
            return self.fault(at, column.name, "far_date", message, found)
        if low is not None and high is not None:
            allowed = _("entre {low} et {high}").format(low=_figures(low, column), high=_figures(high, column))
        elif low is not None:
            allowed = _("au moins {low}").format(low=_figures(low, column))
        else:
            allowed = _("au plus {high}").format(high=_figures(high, column))
        message = _("« {found} » est hors des limites de « {column} » : {allowed}. Corriger la valeur.").format(
            found=found, column=column.title, allowed=allowed
        )
        return self.fault(at, column.name, "out_of_range", message, found)

    def _explain_duplicate(self, at: int) -> None:
        key = list(self.table.key)
        if any((at, name) in self.bad_cells for name in key):
            return
        twin = self._first_with_key(at, key)
        if any((twin, name) in self.bad_cells for name in key):
            return
        said = ", ".join(f"{self.table.column(n).title} = {self.shown(at, n) or '∅'}" for n in key)
        message = _(
            "Cette ligne a la même clé ({key}) que la ligne {row}. Supprimer l'une des deux, ou corriger la clé."
        ).format(key=said, row=self.raw.rows[twin].number)
        if "revision" in key:
            message += " " + _("Un chiffre révisé porte une révision plus grande que le premier publié.")
        self.fault(at, key[0], "duplicate_key", message, self.shown(at, key[0]))

    def _first_with_key(self, at: int, key: list[str]) -> int:
        if not hasattr(self, "_firsts"):
            readable = [i for i in range(len(self.raw.rows)) if i not in self.unreadable]
            self._firsts: dict[tuple[Any, ...], int] = {}
            for position, values in zip(readable, self._keys(readable, key), strict=True):
                self._firsts.setdefault(values, position)
        return self._firsts[next(iter(self._keys([at], key)))]

    def _keys(self, rows: list[int], key: list[str]) -> Iterable[tuple[Any, ...]]:
        columns = [["" if pd.isna(value) else value for value in self.frame[name].iloc[rows]] for name in key]
        return zip(*columns, strict=True)

    # --- refused rows ------------------------------------------------------------------------------------

    def _refused(self, at: int) -> dict[str, Any]:
        row = self.raw.rows[at]
        record: dict[str, Any] = {column.name: self._unmasked(at, column) for column in self.table.columns}
        problems = [self.whole] if self.whole else self.faults[at]
        record["file"], record["sheet"], record["row"] = self.raw.file, self.raw.sheet or "", row.number
        record["problem"] = " ".join(
            _("{place} : {message}").format(place=p.cell, message=p.message) if p.cell else p.message for p in problems
        )
        return record

    def _unmasked(self, at: int, column: Column) -> str:
        text = self.shown(at, column.name)
        if not text:
            return ""
        if (at, column.name) in self.masked:
            return mask()
        if self.whole or at in self.unreadable:
            return self._without_personal_data(text, names=column.kind not in ("name", "id"))
        return text

    def _without_personal_data(self, text: str, *, names: bool = True) -> str:
        return mask() if personal_content(text, names=names, organisation=True, addresses=names) else text


def _figures(limit: object, column: Column) -> str:
    """A limit as people read it: thousands parted, but not those of a year."""
    return f"{limit}" if column.kind == "year" else f"{limit:,}".replace(",", "\u202f").removesuffix(".0")
