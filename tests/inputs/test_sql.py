"""A database is read like a folder: the same rows accepted, the same refused, the password never repeated."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from prs_eval.errors import UsageError
from prs_eval.inputs.intake import check
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import TABLES
from tests.inputs.valid import VALID, write_folder

PASSWORD = "s3cret-mot"


def _sql_type(kind: str) -> sa.types.TypeEngine[object]:
    types = {"date": sa.Date(), "integer": sa.Integer(), "year": sa.Integer(), "number": sa.Numeric(12, 3)}
    return types.get(kind, sa.Text())


def _fill(url: str, accepted: dict[str, pd.DataFrame]) -> None:
    """Write the valid source as typed SQL tables, and a participant of an unknown session."""
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    with engine.begin() as connection:
        for name, rows in accepted.items():
            spec = TABLES[name]
            table = sa.Table(name, metadata, *(sa.Column(c.name, _sql_type(c.kind)) for c in spec.columns))
            table.create(connection)
            records = [{k: None if pd.isna(v) else v for k, v in row.items()} for row in rows.to_dict("records")]
            if name == "screening_participants":
                records.append({**records[0], "participant_id": "P9", "session_id": "D9"})
            connection.execute(table.insert(), records)
        connection.execute(sa.text("CREATE TABLE autre (x TEXT)"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of the test's own, on a free port, for the time of the session."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        pytest.skip("no PostgreSQL binaries (apt-get install postgresql)")
    prefix = _other_user()
    folder = Path(tempfile.mkdtemp(prefix="prs-eval-pg-"))
    folder.chmod(0o777)
    binaries, data = found[-1].parent, folder / "data"
    (folder / "pw").write_text(PASSWORD)
    (folder / "pw").chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    initdb = [binaries / "initdb", "-D", data, "-U", "prs", "-A", "scram-sha-256", "--pwfile", folder / "pw"]
    server = [binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run = {"check": True, "capture_output": True, "cwd": folder}
    try:
        subprocess.run([*prefix, *map(str, initdb), "-E", "UTF8", "--no-sync"], **run)  # type: ignore[call-overload]
        subprocess.run([*prefix, *map(str, server), "-o", options, "start"], **run)  # type: ignore[call-overload]
        yield f"postgresql://prs:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*prefix, *map(str, server), "-m", "immediate", "stop"], capture_output=True, cwd="/", check=False
        )
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> list[str]:
    """PostgreSQL refuses to run as root: as whom to run it then."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = next((name for name in ("postgres", "nobody") if name in names), None)
    if user is None or not shutil.which("setpriv"):
        pytest.skip("root without another user to run PostgreSQL as")
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", "--"]


@pytest.fixture
def from_csv(workbench: Workbench, tmp_path: Path) -> dict[str, pd.DataFrame]:
    """What the same rows give when read from CSV."""
    return check(write_folder(tmp_path / "csv", VALID), workbench).accepted


def _same_as_csv(url: str, workbench: Workbench, expected: dict[str, pd.DataFrame]) -> None:
    intake = check(url, workbench)
    assert intake.read_count == intake.accepted_count + 1 == sum(map(len, VALID.values())) + 1
    (refusal,) = [issue for issue in intake.issues if issue.severity == "error"]
    assert (refusal.code, refusal.sheet, refusal.row) == ("unknown_reference", "screening_participants", 4)
    for table, frame in expected.items():
        key = list(TABLES[table].key)
        got = intake.accepted[table].sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(got, frame.sort_values(key, ignore_index=True))


def test_sqlite_gives_what_csv_gives(workbench: Workbench, tmp_path: Path, from_csv: dict[str, pd.DataFrame]) -> None:
    url = f"sqlite:///{tmp_path / 'base.db'}"
    _fill(url, from_csv)
    _same_as_csv(url, workbench, from_csv)


def test_postgresql_gives_what_csv_gives(
    workbench: Workbench, postgresql: str, from_csv: dict[str, pd.DataFrame]
) -> None:
    _fill(postgresql.replace("postgresql:", "postgresql+psycopg:"), from_csv)
    _same_as_csv(postgresql, workbench, from_csv)
    intake = check(postgresql, workbench)
    assert PASSWORD not in intake.source + " ".join(map(str, intake.issues))
    with pytest.raises(UsageError) as refused:
        check(postgresql.replace(PASSWORD, "autre-mot"), workbench)
    assert "autre-mot" not in str(refused.value)


def test_an_unreachable_base_is_said_without_its_password(workbench: Workbench) -> None:
    for url in [
        f"postgresql://u:{PASSWORD}@127.0.0.1:1/x",
        f"nosuchdb://u:{PASSWORD}@h/x",
        f"postgresql://h/x?password={PASSWORD}",
    ]:
        with pytest.raises(UsageError) as refused:
            check(url, workbench)
        assert PASSWORD not in str(refused.value)


def test_a_missing_sqlite_file_is_not_created(workbench: Workbench, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="introuvable"):
        check(f"sqlite:///{tmp_path / 'absent.db'}", workbench)
    assert not (tmp_path / "absent.db").exists()


def test_a_table_beyond_the_caps_is_not_loaded(workbench: Workbench, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'base.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE meetings (meeting_id TEXT, quartier TEXT, held_on TEXT)"))
        connection.execute(sa.text("INSERT INTO meetings VALUES ('R1', 'Fives', '14/03/2018'), ('R2', 'Fives', '')"))
    engine.dispose()
    small = workbench.model_copy(update={"limits": workbench.limits.model_copy(update={"max_rows": 1})})
    intake = check(url, small)
    assert [issue.code for issue in intake.issues if issue.severity == "error"] == ["too_many_cells"]
    assert check(url, workbench).accepted["meetings"]["meeting_id"].tolist() == ["R1"]


def test_a_base_without_a_known_table_says_so(workbench: Workbench, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'base.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE metings (x TEXT)"))
    engine.dispose()
    intake = check(f"sqlite:///{tmp_path / 'base.db'}", workbench)
    assert [issue.code for issue in intake.issues] == ["unknown_table", "no_table"]
    assert not intake.ok
