"""What holds for the project as a whole: who imports whom, what is installed, what is committed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from itertools import chain

import pytest
import yaml

from tests.conftest import ROOT

PACKAGE = ROOT / "prs_eval"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Who may import whom (DESIGN.md); a room may always import itself.
BASE = {"errors", "i18n"}
MAY_IMPORT = {
    "errors": set(),
    "i18n": {"errors"},
    "inputs": BASE,
    "estimation": BASE,
    "impact": BASE | {"estimation"},
    "programme": BASE | {"inputs", "estimation", "impact"},
    "disclosure": BASE | {"inputs", "estimation", "impact", "programme"},
    "reporting": BASE | {"inputs", "estimation", "impact", "programme", "disclosure"},
    "execution": BASE | {"inputs", "programme", "disclosure", "reporting"},
    "console": BASE | {"inputs"},
    "cli": BASE | {"inputs", "estimation", "impact", "programme", "reporting", "execution", "console"},
    "__main__": {"cli"},
}
# Heavy libraries and the only rooms that may load them.
ONLY_IN = {
    "statsmodels": ("estimation", "impact"),
    "scipy": ("estimation", "impact", "disclosure"),
    "diff_diff": ("impact",),
    "matplotlib": ("reporting/figures",),
    "seaborn": ("reporting/figures",),
    "papermill": ("execution",),
    "jupyter_client": ("execution",),
    "pandera": ("inputs",),
}


def imports(path) -> set[str]:
    """Modules that a file imports at any depth, `prs_eval.x` names resolved to what is imported from them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_module_imports_only_the_rooms_it_may(path):
    here = room(path)
    if here == "__init__":
        assert not [name for name in imports(path) if name.startswith("prs_eval")]
        return
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("prs_eval.")} - {"__version__"}
    assert rooms - {here} <= MAY_IMPORT[here], f"{path} imports {rooms}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_stay_in_their_room(path):
    where = path.relative_to(PACKAGE).as_posix()
    for library in {name.split(".")[0] for name in imports(path)} & set(ONLY_IN):
        assert where.startswith(ONLY_IN[library]), f"{where} imports {library}"


def test_importing_the_package_loads_no_heavy_library():
    code = "import sys, prs_eval; print(sorted(set(sys.modules) & {'pandas', 'numpy', 'matplotlib', 'statsmodels'}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"


def test_public_names_resolve_lazily_and_unknown_ones_are_refused():
    import prs_eval

    assert callable(prs_eval.open_run)
    assert set(prs_eval.__all__) <= set(dir(prs_eval))
    with pytest.raises(AttributeError):
        _ = prs_eval.no_such_name


def requirement(text: str) -> tuple[str, str]:
    name, bounds = re.fullmatch(r"([A-Za-z0-9-]+)(?:\[[^\]]*\])?(.*)", text).groups()
    return name, bounds


def test_environment_yml_and_pyproject_name_the_same_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {requirement(r) for r in project["dependencies"]}
    for extra in project["optional-dependencies"].values():
        wanted |= {requirement(r) for r in extra}
    wanted.add(("python", project["requires-python"]))
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    lines = [e for e in conda if isinstance(e, str) and e != "pip"] + [e for e in pip if not e.startswith("-")]
    renamed = {"matplotlib-base": "matplotlib"}
    found = {(renamed.get(name, name), bounds) for name, bounds in map(requirement, lines)}
    assert found == wanted


def test_the_lock_pins_every_dependency_with_hashes_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    pinned = dict(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==(\S+)", lock, flags=re.MULTILINE))
    for name, _ in map(requirement, every):
        assert name in pinned, f"{name} is not in requirements.lock: run make lock"
    blocks = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert all("--hash=sha256:" in block for block in blocks)


def test_no_city_is_named_in_the_code():
    cities = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in (ROOT / "parameters").glob("*/workbench.yml")]
    names = {c["city"] for c in cities} | {q["name"] for c in cities for q in c["quartiers"]}
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, sorted(names - {"Centre"}))) + r")\b")
    for path in MODULES:
        found = pattern.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)} names {found[0]}: it belongs in parameters/"
