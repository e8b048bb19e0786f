"""Hostile files: each is read right or refused with file, sheet and cell; nothing is lost, nothing changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from prs_eval.inputs.intake import Intake, check
from prs_eval.inputs.parameters import Workbench
from tests.inputs.hostile import Case, book
from tests.inputs.hostile_cases import CASES


def test_there_are_at_least_sixty_hostile_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=str)
def test_hostile_file_is_read_right_or_refused_in_its_place(case: Case, workbench: Workbench, tmp_path: Path) -> None:
    intake = check(case.build(tmp_path / "source"), workbench)
    _nothing_lost(intake, case.read)
    _accepted_as_typed(intake, case)
    errors = [issue for issue in intake.issues if issue.severity == "error"]
    assert [i for i in errors if not _expected(i.place, i.code, case)] == []
    for refusal in case.refused:
        found = [i for i in errors if i.place.startswith(refusal.place) and i.code == refusal.code]
        assert found, f"{refusal} not in {[str(i) for i in errors]}"
        assert refusal.says in found[0].message
        if refusal.silent:
            said = " ".join(f"{i} {i.found}" for i in intake.issues) + str(
                [f.to_dict() for f in intake.refused.values()]
            )
            assert refusal.silent not in said
    assert intake.ok is not bool(case.refused)
    assert set(case.said) <= {i.code for i in intake.issues if i.severity != "error"}


def _expected(place: str, code: str, case: Case) -> bool:
    # A date before the booking is also before the session: both are said.
    also = {"appointment_before_booking": {"appointment_before_session", "appointment_before_booking"}}
    return any(place.startswith(r.place) and code in also.get(r.code, {r.code}) for r in case.refused)


def _nothing_lost(intake: Intake, read: int) -> None:
    assert intake.read_count == read
    for part in intake.parts:
        assert len(part.accepted) + len(part.refused) == part.read
        assert part.refused["problem"].str.len().gt(0).all()
        assert part.refused["row"].is_unique


def _accepted_as_typed(intake: Intake, case: Case) -> None:
    assert set(intake.accepted) == set(case.accepted)
    for table, columns in case.accepted.items():
        for column, values in columns.items():
            got = [None if pd.isna(value) else value for value in intake.accepted[table][column]]
            assert got == values


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of one process is read from /proc")
def test_a_small_file_that_uses_the_last_cell_takes_no_memory(tmp_path: Path) -> None:
    def far(sheet) -> None:  # type: ignore[no-untyped-def]
        sheet["XFD1048576"] = "x"

    path = book(far)(tmp_path)
    assert path.stat().st_size < 8_000
    script = (
        "import re, sys; from pathlib import Path\n"
        "from prs_eval.inputs.parameters import load_workbench; from prs_eval.inputs.intake import check\n"
        "found = check(sys.argv[1], load_workbench(Path(sys.argv[2])))\n"
        "assert not found.ok and 'XFD1048576' in str(found.issues[0])\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024)"
    )
    parameters = Path(__file__).resolve().parents[2] / "parameters" / "lille"
    run = subprocess.run(
        [sys.executable, "-c", script, str(path), str(parameters)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(run.stdout) < 300  # megabytes, libraries included


def test_a_file_larger_than_the_cap_is_not_opened(workbench: Workbench, tmp_path: Path) -> None:
    small = workbench.model_copy(update={"limits": workbench.limits.model_copy(update={"max_file_megabytes": 0.0001})})
    (tmp_path / "meetings.csv").write_text("meeting_id;quartier;held_on\n" + "R1;Fives;14/03/2018\n" * 20)
    intake = check(tmp_path, small)
    assert [i.code for i in intake.issues] == ["file_too_large"]
    assert intake.read_count == 0


@pytest.mark.parametrize("limit", [{"max_rows": 3}, {"max_columns": 2}])
def test_a_table_beyond_the_caps_is_refused_row_by_row(
    workbench: Workbench, tmp_path: Path, limit: dict[str, int]
) -> None:
    small = workbench.model_copy(update={"limits": workbench.limits.model_copy(update=limit)})
    lines = "".join(f"R{n};Fives;14/03/2018\n" for n in range(5))
    (tmp_path / "meetings.csv").write_text("meeting_id;quartier;held_on\n" + lines)
    intake = check(tmp_path, small)
    assert intake.refused_count == intake.read_count == 5
    assert [i.code for i in intake.issues if i.severity == "error"] == ["too_many_cells"]
