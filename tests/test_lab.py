"""The notebooks in JupyterLab as a person opens them: real server, real Chromium, Run All."""

from __future__ import annotations

import json
import os
import re
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

from tests.chromium import needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("lab"), needs_chromium]
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


def test_the_explorer_changes_with_its_lists_and_exports_what_may_leave(lab, folder, browser):
    """The release of the year shows one number here; the quartier's own stays on the screen."""
    from prs_eval.disclosure.ledger import region
    from prs_eval.disclosure.release import Release

    (folder / "outputs" / "disclosure").mkdir(parents=True)
    everybody = region({"people": ["screened"], "year": ["2018"], "kind": ["optical"]})
    Release({everybody: 90}).write(folder / "outputs" / "disclosure" / "release-2018.json")
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(PATIENCE * 1000)
    try:
        page.goto(f"{lab}/lab/workspaces/explore/tree/explore.ipynb?token={TOKEN}", timeout=PATIENCE * 1000)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        notebook = page.locator(".jp-Notebook")
        caption, picture = notebook.locator("figcaption"), notebook.locator("figure img")
        caption.get_by_text("Wazemmes, 2018").wait_for()
        drawn, table = picture.get_attribute("src"), notebook.locator("figure tbody").inner_text()
        notebook.get_by_label("Quartier", exact=True).select_option("Moulins")
        caption.get_by_text("Moulins, 2018").wait_for()
        assert picture.get_attribute("src") != drawn
        assert notebook.locator("figure tbody").inner_text() != table
        notebook.get_by_label("Partie du programme").select_option("Dépistages")
        caption.get_by_text("trois dernières années").wait_for()
        notebook.get_by_label("Indicateur").select_option("Personnes dépistées")
        notebook.get_by_label("Détail").select_option("Optique")
        caption.get_by_text("Personnes dépistées : Optique").wait_for()
        true = notebook.locator("figure tbody tr").first.locator("td").first.inner_text()
        notebook.get_by_role("button", name="Exporter cette vue").click()
        notebook.get_by_text("Vue protégée écrite").wait_for()
    finally:
        page.close()
    assert complaints == []
    files = {path.suffix: path for path in (folder / "outputs" / "explore").iterdir()}
    assert set(files) == {".csv", ".png"}
    rows = files[".csv"].read_text(encoding="utf-8-sig").splitlines()[1:]
    numbers = [re.findall(r"(?<![^;])\d+(?:,\d+)?(?![^;])", row) for row in rows]
    assert numbers == [["2018"], ["2018", "90", "90", "90"]]
    assert re.match(r"\d+", true), "the team sees its own number"
