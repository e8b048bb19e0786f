"""The notebooks in JupyterLab as a person opens them: real server, real Chromium, Run All."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOKEN = "only-for-this-test"
NOTEBOOKS = ("screening", "synthesis")  # one per quartier, one per year: tests/test_notebooks.py runs them all
PATIENCE = 60  # seconds; about ten on a quiet machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory, root) -> Path:
    """A copy of the project: Lab saves what it runs, and the repository's notebooks hold no output."""
    copy = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "parameters", "data/demo", "data/published"):
        shutil.copytree(root / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def lab(folder) -> Iterator[str]:
    """Address of a JupyterLab started by `prs-eval lab`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    settings = {name: str(folder / name.lower()) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    options = [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}", "--allow-root"]
    line = [sys.executable, "-m", "prs_eval", "lab", "--no-browser", "--", *options]
    log = (folder / "lab.log").open("w", encoding="utf-8")
    process = subprocess.Popen(line, cwd=folder, env={**os.environ, **own, **settings}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(address):
            assert process.poll() is None, (folder / "lab.log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "JupyterLab did not start"
            time.sleep(0.3)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium, headless."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = playwright.chromium.launch(executable_path=chromium, args=options)
        yield made
        made.close()


def _cells(path: Path) -> list[dict]:
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]


def _finished(path: Path) -> bool:
    try:
        return _cells(path)[-1]["execution_count"] is not None or bool(_errors(path))
    except ValueError:  # being saved
        return False


def _errors(path: Path) -> list[str]:
    return [f"{o['ename']}: {o['evalue']}" for c in _cells(path) for o in c["outputs"] if o["output_type"] == "error"]


def test_lab_makes_the_demonstration_store_first(lab, folder):
    assert (folder / "data" / "local" / "demo" / "store").is_dir()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_notebook_runs_from_top_to_bottom_on_its_defaults(lab, folder, browser, name):
    path = folder / "notebooks" / f"{name}.ipynb"
    page = browser.new_page()
    try:
        page.goto(f"{lab}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}", timeout=PATIENCE * 1000)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=PATIENCE * 1000)
        # The kernel's own state, in the status bar: until it answers, « Run All » asks which kernel to start.
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE * 1000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        deadline = time.monotonic() + PATIENCE
        while not _finished(path):
            assert time.monotonic() < deadline, f"{name}: not finished after {PATIENCE} s"
            time.sleep(1)
            page.keyboard.press("Control+s")
        assert _errors(path) == []
        assert all(cell["execution_count"] for cell in _cells(path))
        assert any("<figure" in json.dumps(o) for cell in _cells(path) for o in cell["outputs"])
    finally:
        page.close()
