"""What the read-me tells people to type works."""

from __future__ import annotations

import re

from prs_eval.cli import cli
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
FRENCH = (ROOT / "README.fr.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs_as_it_stands(demo_store, monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        *lines, last = block.strip().replace("data/local/demo", str(demo_store)).splitlines()
        names: dict = {}
        exec("\n".join(lines), names)
        assert len(eval(last, names)), f"nothing came out of: {last}"


def test_the_commands_of_the_readme_exist():
    named = set(re.findall(r"prs-eval ([a-z]+) ", README + FRENCH))
    assert {"template", "check", "import", "run"} <= named <= set(cli.commands)


def test_folders_and_pages_that_the_readme_names_exist():
    for path in re.findall(r"\]\(([^)]+)\)", README + FRENCH):
        assert (ROOT / path).exists(), path
