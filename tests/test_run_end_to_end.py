"""From files to pages, through the command line, in real processes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.city_year import prs_eval
from tests.inputs.test_template import TYPED, fill
from tests.toy import PARAMETERS, QUARTIERS, code, markdown

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory, root) -> Path:
    """A copy of the project with its own notebooks, parameters and demonstration, imported."""
    folder = tmp_path_factory.mktemp("city")
    for name in ("notebooks", "parameters", "data/demo", "data/published"):
        shutil.copytree(root / name, folder / name)
    done = prs_eval(folder, "import", "data/demo", "--data", "data/local/demo")
    assert done.returncode == 0, done.stderr
    return folder


def test_the_city_s_reports_are_made_from_its_files_and_absent_data_are_a_page(city):
    names = ("screening",)  # tests/test_public_year.py makes them all
    chosen = [word for name in names for word in ("--notebook", name)]
    # the second quartier has no programme, hence no data
    places = ["--quartier", "Fives", "--quartier", "Bois-Blancs", "--audience", "internal"]
    done = prs_eval(city, "run", "--year", "2018", "--data", "data/local/demo", *chosen, *places)
    assert done.returncode == 0, done.stderr
    assert "Total : 2 publiés" in done.stderr
    site = city / "outputs" / "internal"
    assert done.stdout.strip() == str(site / "index.html")
    index = (site / "index.html").read_text(encoding="utf-8")
    pages = [f"2018/{place}/{name}.html" for place in ("fives", "bois-blancs") for name in names[:1]]
    for page in pages:
        assert page in index
        text = (site / page).read_text(encoding="utf-8")
        assert "Diffusion restreinte" in text
        assert "synthétiques" in text
        assert 'lang="fr"' in text
        assert "Traceback" not in text
        assert os.path.relpath(site / "index.html", (site / page).parent) in text
        assert str(city) not in text  # no path of the machine
    assert "Aucun" in (site / "2018" / "bois-blancs" / "screening.html").read_text(encoding="utf-8")

    again = prs_eval(city, "run", "--year", "2018", "--data", "data/local/demo", *chosen, *places)
    assert again.returncode == 0
    assert "2 rapports à jour, rien à relancer." in again.stderr


def test_the_entry_workbook_filled_as_a_person_would_goes_through_check_import_and_run(city):
    done = prs_eval(city, "template", "--quartier", "Moulins", "--year", "2018", "--out", "saisie.xlsx")
    assert done.returncode == 0, done.stderr
    fill(city / "saisie.xlsx", TYPED)
    for command in (["check", "saisie.xlsx"], ["import", "saisie.xlsx", "--data", "data/local/ville"]):
        done = prs_eval(city, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    chosen = ["--quartier", "Moulins", "--notebook", "network", "--notebook", "screening"]
    chosen += ["--audience", "internal"]
    done = prs_eval(city, "run", "--year", "2018", "--data", "data/local/ville", "--out", "ville", *chosen)
    assert done.returncode == 0, done.stderr
    for name in ("network", "screening"):
        text = (city / "ville" / "internal" / "2018" / "moulins" / f"{name}.html").read_text(encoding="utf-8")
        assert "Diffusion restreinte" in text
        assert "synthétiques" not in text


def test_a_notebook_that_fails_in_one_quartier_costs_that_report_only(project):
    project.campaign(network="quartier", screening="quartier", ambassadors="quartier", synthesis="year")
    source = "if quartier == 'Wazemmes': raise KeyError('Mme Personne')\nprint('ok')"
    project.notebook("network", code("print('ok')"))
    project.notebook("screening", markdown("## Qui perd-on en chemin ?"), code(source))
    project.notebook("ambassadors", code("print('ok')"))
    project.notebook("synthesis", code("print('ok')"), parameters=PARAMETERS.split("\n", 1)[1])
    done = prs_eval(project.root, "run", "--year", "2018", "--audience", "internal", "--format", "html")
    assert done.returncode == 4, done.stderr
    assert "Total : 15 publiés, 1 en échec" in done.stderr
    assert len(list(project.site.glob("2018/*/*.html"))) == 15
    kept = project.site / "2018" / "wazemmes" / "screening.failed.ipynb"
    outputs = [o for cell in json.loads(kept.read_text(encoding="utf-8"))["cells"] for o in cell.get("outputs", [])]
    assert [o["ename"] for o in outputs if o["output_type"] == "error"] == ["KeyError"]
    digest = (project.site / "2018" / "digest.txt").read_text(encoding="utf-8")
    failing = [line for line in digest.splitlines() if "Wazemmes" in line]
    assert "« Qui perd-on en chemin ? »" in failing[0]
    assert "absente" in failing[0]
    assert not any(name in digest for name in QUARTIERS if name != "Wazemmes")
    assert "Personne" not in digest + done.stderr
    assert "Traceback" not in digest + done.stderr
