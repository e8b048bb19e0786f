"""`python -m tests.update_api_page` writes docs/api.md: the public functions of the estimation on one screen."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
MODULES = sorted(p.stem for p in (ROOT / "prs_eval" / "estimation").glob("*.py") if not p.stem.startswith("_"))

HEAD = """# `prs_eval.estimation` on one screen

`<method>_interval(counts)` gives two arrays of limits, many at once; a quantity's own name (`mean`, `risk_difference`,
`cronbach_alpha`) answers one question with an `Estimate` (estimate, lower, upper, confidence_level, unit, method, n,
status); `…_test` gives a `TestResult`; `estimate_<quantities>(table, *, indicator, …, by)` gives a table in the one
output shape. `confidence_level` (0.95) is always a keyword. What cannot be estimated is `too_few`, never a wrong
number. Each docstring holds formula, assumptions, when not to use, and source; `tests/reference/register.yml` the peer
and the test.

| module | what it is for | functions |
|---|---|---|
"""


def functions(module_name: str) -> list[str]:
    """Names of a module's own public functions, array level first."""
    module = importlib.import_module(f"prs_eval.estimation.{module_name}")
    names = [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    return sorted(names, key=lambda name: (name.startswith("estimate_"), not name.endswith("_interval"), name))


def page() -> str:
    """The page, from the modules as they are."""
    rows = []
    for name in MODULES:
        purpose = (inspect.getdoc(importlib.import_module(f"prs_eval.estimation.{name}")) or "").split("\n\n")[0]
        cells = ", ".join(f"`{f}`" for f in functions(name))
        rows.append(f"| `{name}` | {' '.join(purpose.split())} | {cells} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))
