"""Another city works by adding a folder of parameters: nothing of the first one is in the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from prs_eval.errors import UsageError
from prs_eval.inputs.intake import check
from prs_eval.inputs.parameters import Workbench, load_workbench
from prs_eval.inputs.store import Store
from prs_eval.programme import network
from prs_eval.programme.catalogue import load_catalogue

MEETINGS = """meeting_id;quartier;held_on;themes
R01;Mireuil;08/01/2018;access_to_care|mental_health
R02;MIREUIL;12/03/2018;health_impact
R03;la pallice;05/02/2018;
R04;Fives;05/02/2018;
R05;Mireuil;07/05/2018;nutrition
"""


@pytest.fixture(scope="module")
def city(root: Path) -> Path:
    return root / "parameters" / "la_rochelle"


@pytest.fixture(scope="module")
def declared(city: Path) -> Workbench:
    return load_workbench(city)


def test_it_declares_its_own_places_and_themes(declared: Workbench, workbench: Workbench) -> None:
    assert declared.insee == "17300"
    assert "Villeneuve-les-Salines" in declared.programme_quartiers
    assert declared.quartier("VILLENEUVE LES SALINES").code == "01"
    assert not {q.name for q in declared.quartiers} & {q.name for q in workbench.quartiers}
    assert {t.code for t in declared.themes} != {t.code for t in workbench.themes}
    with pytest.raises(UsageError, match="Quartier inconnu"):
        declared.quartier("Wazemmes")


def test_it_has_every_file_of_parameters_but_the_demonstration(city: Path, root: Path) -> None:
    lille = {path.name for path in (root / "parameters" / "lille").iterdir()}
    assert {path.name for path in city.iterdir()} == lille - {"demo.yml"}
    mine, theirs = load_catalogue(city), load_catalogue(root / "parameters" / "lille")
    assert [i.code for i in mine.indicators] == [i.code for i in theirs.indicators]
    assert not [i.benchmark for i in mine.indicators if i.benchmark]  # the published figures are the first city's


def test_its_parameters_name_nothing_of_the_first_city(city: Path, workbench: Workbench) -> None:
    names = [workbench.city, *(q.name for q in workbench.quartiers), workbench.insee]
    for path in city.iterdir():
        values = str(yaml.safe_load(path.read_text(encoding="utf-8")))  # without the comments
        assert not [name for name in names if name in values], path.name


def test_its_spreadsheet_goes_from_check_to_a_measure(tmp_path: Path, declared: Workbench) -> None:
    source = tmp_path / "annee"
    source.mkdir()
    (source / "meetings.csv").write_text(MEETINGS, encoding="utf-8")
    intake = check(source, declared)
    assert intake.read_count == 5
    assert intake.accepted_count == 3
    refused = intake.refused["meetings"]
    assert list(refused["meeting_id"]) == ["R04", "R05"]  # the other city's quartier, the other city's theme
    store = Store(tmp_path / "data")
    store.write(intake.accepted, source="annee")
    tables = {"meetings": store.read("meetings")}
    assert set(tables["meetings"]["quartier"]) == {"Mireuil", "Laleu – La Pallice"}
    held = network.meetings_held(tables, year=2018)
    assert held.set_index("quartier")["estimate"].to_dict() == {"Mireuil": 2, "Laleu – La Pallice": 1}


def test_it_has_outcomes_of_its_own(tmp_path: Path, declared: Workbench, workbench: Workbench) -> None:
    codes = {item.code for item in declared.outcome_indicators}
    assert len(codes) == 2
    assert not codes & {item.code for item in workbench.outcome_indicators}
    header = "territory;year;month;indicator;numerator;denominator;source;perimeter;revision\n"
    rows = "Mireuil;2018;;colorectal_screening;310;1000;CPAM;50 à 74 ans;0\n"
    rows += "Mireuil;2018;3;emergency_visits;1200;1000;CH;tous;0\n"
    (tmp_path / "outcomes.csv").write_text(header + rows + rows.replace("colorectal", "breast"), encoding="utf-8")
    intake = check(tmp_path, declared)
    assert intake.accepted_count == 2
    assert len(intake.refused["outcomes"]) == 2  # the other city's indicator, and a key twice
    assert "colorectal" in " ".join(issue.message for issue in intake.issues)
