"""The method register: each public function of estimation and impact names its source, its peer and its test."""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cache

import pytest
import yaml

from tests.conftest import ROOT
from tests.update_api_page import PAGE, page

FILES = sorted((ROOT / "tests" / "reference").glob("register*.yml"))
REGISTER = [entry for path in FILES for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]
# The shapes themselves compute nothing; rules of ours have planted cases, and no peer.
WITHOUT = {"frame", "effect", "panel", "evidence", "contribution"}
MODULES = [
    f"{room}.{path.stem}"
    for room in ("estimation", "impact")
    for path in sorted((ROOT / "prs_eval" / room).glob("*.py"))
    if not path.stem.startswith("_") and path.stem not in WITHOUT
]


# Of disclosure, what stands beside published numbers; the rest are rules of ours, with planted cases.
BESIDE = {
    "prs_eval.disclosure.attack.feasible_intervals",
    "prs_eval.disclosure.suppression.suppress",
    "prs_eval.disclosure.rounding.midpoint",
}


def public_functions() -> set[str]:
    found = set(BESIDE)
    for name in MODULES:
        module = importlib.import_module(f"prs_eval.{name}")
        for attribute, value in vars(module).items():
            own = getattr(value, "__module__", None) == module.__name__
            if own and not attribute.startswith("_") and inspect.isfunction(value):
                found.add(f"{module.__name__}.{attribute}")
    return found


@cache
def defined_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_public_function_is_in_the_register_once_and_no_other():
    names = [entry["function"] for entry in REGISTER]
    assert sorted(names) == sorted(public_functions())


@pytest.mark.parametrize("entry", REGISTER, ids=lambda e: e["function"].removeprefix("prs_eval."))
def test_an_entry_names_source_peer_test_data_and_tolerance(entry):
    assert set(entry) == {"function", "source", "reference", "test", "data", "tolerance", "why"}
    assert len(entry["source"]) > 10
    assert set(entry["reference"]) == {"tool", "version"}
    for test in entry["test"] if isinstance(entry["test"], list) else [entry["test"]]:
        path, name = test.split("::")
        assert name in defined_in(path), f"no such test: {test}"
    assert len(entry["data"]) >= 2
    assert any("published" in item for item in entry["data"])
    assert float(entry["tolerance"]) <= 1e-6 or len(entry["why"]) > 10


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_a_docstring_says_where_the_method_comes_from(name):
    module, function = name.rsplit(".", 1)
    text = inspect.getdoc(getattr(importlib.import_module(module), function)) or ""
    assert len(text) > 120
    assert "source" in text.lower(), f"{name} names no source"


def test_the_api_page_is_that_of_the_code():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.update_api_page"
