"""A whole public year of the demonstration from the command line, made once for all the workers of a test run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 900  # seconds that one worker waits for the year that another makes
DATA = "data/local/demo"


def prs_eval(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "prs_eval", *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's public year; beside it internal reports, which show that a scan can fail; two are English."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return made(tmp_path_factory.mktemp("public"))
    folder = tmp_path_factory.getbasetemp().parent / f"public-{run}"
    try:
        folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + PATIENCE
        while not (folder / "done").exists():
            assert time.monotonic() < deadline, "the public year was not made"
            time.sleep(1)
        return folder
    try:
        return made(folder)
    finally:
        (folder / "done").touch()


def made(folder: Path) -> Path:
    for name in ("notebooks", "parameters", "data/demo", "data/published"):
        shutil.copytree(ROOT / name, folder / name)
    assert prs_eval(folder, "import", "data/demo", "--data", DATA).returncode == 0
    year = ["run", "--year", "2018", "--data", DATA]
    done = prs_eval(folder, *year)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Total : 17 publiés" in done.stderr
    few = ["--audience", "internal", "--quartier", "Fives", "--notebook", "screening"]
    assert prs_eval(folder, *year, *few, "--notebook", "ambassadors").returncode == 0
    assert prs_eval(folder, *year, *few, "--notebook", "synthesis", "--lang", "en").returncode == 0
    return folder
