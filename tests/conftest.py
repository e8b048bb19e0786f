"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prs_eval.i18n import set_language
from prs_eval.inputs.parameters import Workbench, load_workbench

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("MPLBACKEND", "agg")


@pytest.fixture(autouse=True)
def _french():
    """A test that speaks English must not make the next one do so."""
    set_language("fr")
    yield
    set_language("fr")


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
