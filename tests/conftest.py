"""What the tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from prs_eval.i18n import set_language
from prs_eval.inputs.parameters import Workbench, load_workbench
from tests.chromium import browser  # noqa: F401 — a fixture
from tests.city_year import city  # noqa: F401 — a fixture
from tests.toy import project  # noqa: F401 — a fixture

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("MPLBACKEND", "agg")

# The same cases each time, so that a change is judged on itself; and no stopwatch: other work may hold the cores.
# To look for new cases: pytest --hypothesis-profile=search
settings.register_profile("search", deadline=None)
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _french():
    """A test that speaks English, or makes a public page, must not make the next one do so."""
    set_language("fr")
    yield
    set_language("fr")
    if page := sys.modules.get("prs_eval.reporting.page"):
        page._run = None


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def workbench() -> Workbench:
    """Lille's declarations."""
    return load_workbench(ROOT / "parameters" / "lille")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material beside the checkout; the test is skipped where it is missing."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared beside the checkout")
    return folder


@pytest.fixture(scope="session")
def demo_store(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data that holds the demonstration, checked and imported."""
    from prs_eval.inputs.intake import check
    from prs_eval.inputs.store import Store

    folder = tmp_path_factory.mktemp("demo-store")
    accepted = check(ROOT / "data" / "demo", workbench).accepted
    Store(folder).write(accepted, source="data/demo", synthetic=True)
    return folder
