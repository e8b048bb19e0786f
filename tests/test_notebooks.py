"""The notebooks: thin, clean, with exact parameters, and running from top to bottom on the demonstration data."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

import nbformat
import pytest

from prs_eval.inputs.tables import TABLES
from prs_eval.programme import run as run_module
from prs_eval.reporting import page
from tests.conftest import ROOT
from tests.reporting.made import Page

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL = {"name": "python3", "display_name": "Python 3 (prs_eval)", "language": "python"}
PARAMETERS = [
    'quartier = "Fives"',
    "year = 2018",
    'data = "data/local/demo"',
    'parameters = "parameters/lille"',
    'audience = "internal"',
    'language = "fr"',
    'release = ""',
]

every = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_the_four_reports_are_there():
    assert {path.stem for path in NOTEBOOKS} >= {"network", "screening", "ambassadors", "synthesis"}


@every
def test_notebook_is_valid_and_holds_no_output(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(path))
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell.id) for cell in notebook.cells), "cell ids are words"


@every
def test_metadata_say_title_unit_and_tables(path):
    metadata = read(path).metadata
    assert metadata.kernelspec == KERNEL
    about = metadata.prs_eval
    assert set(about.title) == {"fr", "en"}
    assert all(about.title.values())
    assert about.per in {"quartier", "year"}
    assert set(about.tables) <= set(TABLES)


@every
def test_the_first_cell_declares_exactly_the_parameters(path):
    first, second = code(path)[:2]
    assert first.metadata.tags == ["parameters"]
    wanted = PARAMETERS if read(path).metadata.prs_eval.per == "quartier" else PARAMETERS[1:]
    assert first.source.splitlines() == wanted
    assert second.metadata.tags == ["setup"]
    assert "open_run(" in second.source
    assert "header(" in second.source


@every
def test_cells_are_thin(path):
    for cell in code(path):
        most = 16 if cell.metadata.get("tags") == ["setup"] else 12  # imports, one a line
        assert len(cell.source.splitlines()) <= most, cell.id
        tree = ast.parse(cell.source)
        kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.If, ast.Try)
        assert not [node for node in ast.walk(tree) if isinstance(node, kinds)], cell.id
        sums = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
        assert set(sums) <= {"year + 1"}, f"{cell.id}: arithmetic belongs in a tested function"


@every
def test_cells_do_not_import_what_runs_them(path):
    for cell in code(path):
        for node in ast.walk(ast.parse(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            module = getattr(node, "module", None) or ""
            for name in [module, *names, *(f"{module}.{name}" for name in names)]:
                assert not re.match(r"prs_eval\.(execution|cli|console)\b", name), cell.id


@every
def test_every_section_is_a_question_answered_at_once(path):
    cells = [cell for cell in read(path).cells if cell.metadata.get("tags", [])[:1] not in (["parameters"], ["setup"])]
    sections = [i for i, cell in enumerate(cells) if cell.cell_type == "markdown" and cell.source.startswith("## ")]
    assert sections
    for start, end in zip(sections, [*sections[1:], len(cells)], strict=True):
        heading = cells[start].source.splitlines()[0]
        answers = sum(cell.cell_type == "code" for cell in cells[start:end])
        if cells[start].id == "method":
            assert answers == 0
        else:
            assert heading.endswith("?"), heading
            assert 1 <= answers <= 3, heading
    assert not any(re.search(r"^# ", cell.source, flags=re.MULTILINE) for cell in cells if cell.cell_type == "markdown")


# What counts no people.
UNPROTECTED = {"network_map", "rhythm_chart", "without_data"}
PROTECTING = {"protect", "protect_costs", "compare_quartiers", "compare_published"}


@every
def test_every_measure_of_people_goes_through_protect(path):
    """A table that reached the page around it would be public as it is."""
    for cell in code(path):
        tree = ast.parse(cell.source)
        within = {
            id(inner)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in PROTECTING
            for inner in ast.walk(call)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and any(_reads_rows(argument) for argument in call.args):
                name = ast.unparse(call.func)
                assert id(call) in within or name.split(".")[-1] in UNPROTECTED, f"{cell.id}: {name}"


def _reads_rows(node):
    return isinstance(node, ast.Attribute) and node.attr in {"tables", "people"}


class Watched(Mapping):
    """Tables that remember which of them were read."""

    def __init__(self, tables):
        self.tables, self.read = tables, set()

    def __getitem__(self, name):
        self.read.add(name)
        return self.tables[name]

    def __iter__(self):
        return iter(self.tables)

    def __len__(self):
        return len(self.tables)


def answers(path, demo_store, monkeypatch, **parameters):
    """What the notebook puts on its page on the demonstration data, and the tables that it read."""
    shown: list[str] = []
    watched: list[Watched] = []
    real = run_module.open_run

    def watching(*args, **kwargs):
        run = real(*args, **kwargs | {"data": str(demo_store), "parameters": str(ROOT / "parameters" / "lille")})
        watched.append(Watched(run.tables))
        return replace(run, tables=watched[0])

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(run_module, "open_run", watching)
    monkeypatch.setattr(page, "put_on_page", lambda data, raw, metadata=None: shown.append(data["text/html"]))
    names: dict = {}
    first, *rest = code(path)
    exec(first.source, names)
    names.update(parameters)
    for cell in rest:
        exec(compile(cell.source, f"{path.stem}:{cell.id}", "exec"), names)
    return shown, watched[0].read


@every
def test_notebook_runs_on_its_defaults_and_declares_the_tables_it_reads(path, demo_store, monkeypatch):
    """A table that is read but not declared would let a stale report pass for an up-to-date one."""
    shown, read_tables = answers(path, demo_store, monkeypatch)
    assert read_tables <= set(read(path).metadata.prs_eval.tables)
    html = Page("".join(shown))
    assert len(html.all("h1")) == 1
    alts = [image["alt"] for image in html.all("img")]
    assert all(len(alt) >= 20 for alt in alts)
    assert len(alts) == len(set(alts)) > 0
    assert len(html.all("caption")) == len(html.all("table"))
    assert "Données jusqu'au" in html.text or path.stem == "explore"
    assert sum(map(len, shown)) < 750_000  # the impact report: 15 figures, 25 printed pages


@every
def test_notebook_runs_in_the_break(path, demo_store, monkeypatch):
    quartier = {"quartier": "Moulins"} if read(path).metadata.prs_eval.per == "quartier" else {}
    shown, _tables = answers(path, demo_store, monkeypatch, year=2020, **quartier)
    assert "nan" not in re.sub(r'src="[^"]*"', "", "".join(shown)).lower().split()


@every
def test_notebook_speaks_english_in_a_year_with_almost_nothing(path, demo_store, monkeypatch):
    quartier = {"quartier": "Moulins"} if read(path).metadata.prs_eval.per == "quartier" else {}
    shown, _tables = answers(path, demo_store, monkeypatch, language="en", year=2014, **quartier)
    assert "Diffusion restreinte" not in "".join(shown)
    assert "nan" not in re.sub(r'src="[^"]*"', "", "".join(shown)).lower().split()
