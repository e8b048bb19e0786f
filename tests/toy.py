"""A small project with tiny notebooks: everything real but the reports."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from prs_eval.inputs.store import Store

QUARTIERS = ("Wazemmes", "Moulins", "Faubourg de Béthune", "Lille-Sud", "Fives")
PARAMETERS = """quartier = "Fives"
year = 2018
data = "data/local/demo"
parameters = "parameters/lille"
audience = "internal"
language = "fr"
release = ""
"""


def markdown(text: str) -> dict:
    return {"cell_type": "markdown", "id": f"m{abs(hash(text))}"[:12], "metadata": {}, "source": text}


def code(source: str, *tags: str) -> dict:
    cell = {"cell_type": "code", "id": f"c{abs(hash(source))}"[:12], "metadata": {"tags": list(tags)}}
    return {**cell, "source": source, "outputs": [], "execution_count": None}


@dataclass
class Project:
    """Its folder, and what changes in it from one test to the next."""

    root: Path

    @property
    def out(self) -> Path:
        return self.root / "outputs"

    @property
    def site(self) -> Path:
        return self.out / "internal"

    @property
    def store(self) -> Store:
        return Store(self.root / "data" / "local")

    def notebook(self, name: str, *cells: dict, parameters: str = PARAMETERS, tables: tuple = ("meetings",)) -> Path:
        about = {"title": {"fr": f"Le {name}", "en": f"The {name}"}, "tables": list(tables)}
        kernel = {"name": "python3", "display_name": "Python 3 (prs_eval)", "language": "python"}
        content = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": kernel, "prs_eval": about},
            "cells": [code(parameters, "parameters"), markdown("## Combien ?"), *cells],
        }
        path = self.root / "notebooks" / f"{name}.ipynb"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def campaign(self, **notebooks: str) -> None:
        reports = [{"notebook": name, "per": per} for name, per in notebooks.items()]
        content = {"notebooks": "notebooks", "timeout_seconds": 60, "reports": reports}
        path = self.root / "parameters" / "lille" / "campaign.yml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    def hold_meeting(self, quartier: str, date: str) -> None:
        row = {
            "meeting_id": f"M-{quartier}-{date}",
            "quartier": quartier,
            "held_on": pd.Timestamp(date),
            "themes": None,
        }
        self.store.write({"meetings": pd.DataFrame([row])}, source="test", synthetic=True)

    def report(self, year: int, quartier: str, notebook: str) -> Path:
        return self.site / str(year) / quartier / f"{notebook}.html"


@pytest.fixture
def project(tmp_path, root, monkeypatch) -> Project:
    """Two years of meetings in five quartiers; one notebook a quartier, `visits`, and one a year, `overview`."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "parameters" / "lille", tmp_path / "parameters" / "lille")
    (tmp_path / "notebooks").mkdir()
    made = Project(tmp_path)
    made.campaign(visits="quartier", overview="year")
    made.notebook("visits", code("print('ok', quartier, year)"))
    made.notebook("overview", code("print('ok', year)"), parameters=PARAMETERS.split("\n", 1)[1])
    rows = [
        {"meeting_id": f"M{n}{year}", "quartier": name, "held_on": pd.Timestamp(f"{year}-03-01"), "themes": None}
        for n, name in enumerate(QUARTIERS)
        for year in (2017, 2018)
    ]
    made.store.write({"meetings": pd.DataFrame(rows)}, source="test", synthetic=True)
    return made
