"""However a valid table is written, what comes in is what was meant; whatever is wrong in it, only that is refused."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prs_eval.inputs.intake import Intake, check
from prs_eval.inputs.parameters import load_workbench
from prs_eval.inputs.tables import TABLES
from tests.inputs.mangling import FAMILY, FAULTS, PARENTS, Rows, sources, styles, write_source

WORKBENCH = load_workbench(Path(__file__).resolve().parents[2] / "parameters" / "lille")
SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def _plain(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    if isinstance(value, Decimal):
        return float(value)
    return value.date() if isinstance(value, dt.datetime) else value


def _accepted(intake: Intake, table: str) -> Rows:
    frame = intake.accepted.get(table)
    records = [] if frame is None else frame.to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in records]


def _expected(rows: Rows, table: str, refused: set[tuple[str, int]]) -> Rows:
    kept = [row for at, row in enumerate(rows) if (table, at) not in refused]
    return [{column.name: _plain(row[column.name]) for column in TABLES[table].columns} for row in kept]


@SLOW
@given(data=st.data())
def test_the_same_table_written_otherwise_gives_the_same_rows(data: st.DataObject) -> None:
    source, style = data.draw(sources(WORKBENCH)), data.draw(styles())
    with tempfile.TemporaryDirectory() as folder:
        path, _numbers = write_source(Path(folder), source, {}, style, WORKBENCH)
        intake = check(path, WORKBENCH)
    assert intake.ok, [str(issue) for issue in intake.issues if issue.severity == "error"]
    for table in FAMILY:
        assert _accepted(intake, table) == _expected(source[table], table, set())


@SLOW
@given(data=st.data())
def test_exactly_the_faulty_rows_and_those_that_hang_on_them_are_refused(data: st.DataObject) -> None:
    source, style = data.draw(sources(WORKBENCH)), data.draw(styles())
    places = [(table, at) for table in FAMILY for at in range(len(source[table]))]
    hit = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
    chosen = {place: data.draw(st.sampled_from(FAULTS[place[0]])) for place in hit}
    with tempfile.TemporaryDirectory() as folder:
        typed = {place: (column, text) for place, (column, text, _code) in chosen.items()}
        path, numbers = write_source(Path(folder), source, typed, style, WORKBENCH)
        intake = check(path, WORKBENCH)
    refused = {*hit, *_orphans(source, set(hit))}
    found = {(part.table, int(row)) for part in intake.parts for row in part.refused["row"]}
    assert found == {(table, numbers[table, at]) for table, at in refused}
    for table in FAMILY:
        assert _accepted(intake, table) == _expected(source[table], table, refused)
    for part in intake.parts:
        assert len(part.accepted) + len(part.refused) == part.read == len(source[part.table])
    orphans = _orphans(source, set(hit))
    for (table, at), (column, text, code) in chosen.items():
        if code == "appointment_before_session" and (table, at) in orphans:
            continue  # the session it would be compared with is refused, and the row with it
        own = [i for i in intake.issues if (i.table, i.row, i.column) == (table, numbers[table, at], column)]
        assert code in {issue.code for issue in own}
        if code == "personal_data":
            assert text not in " ".join(map(str, intake.issues)) + str([f.to_dict() for f in intake.refused.values()])


def _orphans(source: dict[str, Rows], refused: set[tuple[str, int]]) -> set[tuple[str, int]]:
    orphans = set()
    for child, (column, parent) in PARENTS.items():
        lost = {source[parent][at][column] for table, at in refused if table == parent}
        orphans |= {(child, at) for at, row in enumerate(source[child]) if row[column] in lost}
    return orphans
