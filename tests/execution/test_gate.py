"""Public pages leave together, or not at all: what they tell is attacked with all that was told before."""

from __future__ import annotations

import json
import os
import shutil
import stat

import pytest

from prs_eval import cli
from prs_eval.disclosure import release
from prs_eval.disclosure.ledger import PUBLISHED, REFUSED, fact, read_ledger, write_ledger
from tests.toy import PARAMETERS, code

OPEN = """
from prs_eval.disclosure.ledger import fact
from prs_eval.programme.run import open_run
from prs_eval.reporting.page import header, say
run = open_run(year=year, data=data, parameters=parameters, audience=audience, language=language, release=release)
header(run, "Bilan")
"""
ALL = PARAMETERS.split("\n", 1)[1]


def telling(where: dict, low: int, high: int) -> str:
    """A cell that tells a number of people, as `protect` notes it."""
    return f"{OPEN}run.disclosed.append(fact('people', {where!r}, {low}, {high}))\nsay('Bilan {low}')\n"


@pytest.fixture
def city(project, root, monkeypatch):
    """A project whose notebooks tell what the test makes them tell; what a release decides is tested elsewhere."""
    monkeypatch.setattr(release, "decide_year", lambda _run, _earlier=(): release.Release({}))
    project.campaign(overview="year")
    shutil.copytree(root / "data" / "published", project.root / "data" / "published")
    return project


def run(project, *arguments: str) -> int:
    return cli.main(["run", "--format", "html", *arguments])


SCREENED = {"people": ["screened"], "kind": ["optical"], "quartier": ["Fives"]}


def test_what_is_told_is_published_and_kept_in_the_ledger(city, capsys):
    city.notebook("overview", code(telling({**SCREENED, "year": ["2018"]}, 18, 22)), parameters=ALL)
    assert run(city, "--year", "2018") == 0
    page = city.out / "public" / "2018" / "lille" / "overview.html"
    assert "Bilan" in page.read_text(encoding="utf-8")
    assert "Diffusion restreinte" not in page.read_text(encoding="utf-8")
    told = read_ledger(city.out / "disclosure" / PUBLISHED)
    assert [(f.table, f.lower, f.upper) for f in told] == [("public/2018/lille/overview: people", 18, 22)]
    assert not (city.out / "internal").exists()
    assert cli.main(["audit", str(city.out)]) == 0
    capsys.readouterr()
    assert run(city, "--year", "2018") == 0
    assert "rien à relancer" in capsys.readouterr().err


def test_a_number_that_gives_an_earlier_one_away_stops_everything_and_the_old_page_stands(city, capsys):
    city.notebook("overview", code(telling({**SCREENED, "year": ["2017..2018"]}, 64, 64)), parameters=ALL)
    assert run(city, "--year", "2018") == 0
    page = city.out / "public" / "2018" / "lille" / "overview.html"
    before = page.read_bytes()
    ledger = (city.out / "disclosure" / PUBLISHED).read_bytes()
    city.notebook("overview", code(telling({**SCREENED, "year": ["2017"]}, 61, 61)), parameters=ALL)
    assert run(city, "--year", "2018", "--year", "2017") == 5
    said = capsys.readouterr().err
    assert page.read_bytes() == before
    assert not (city.out / "public" / "2017" / "lille" / "overview.html").exists()
    assert (city.out / "disclosure" / PUBLISHED).read_bytes() == ledger
    assert "2017" in said
    assert "2018" in said
    kept = (city.out / "disclosure" / REFUSED).read_text(encoding="utf-8")
    assert not any(number in kept for number in ("64", "61", " 3"))
    city.notebook("overview", code(telling({**SCREENED, "year": ["2017"]}, 28, 32)), parameters=ALL)
    assert run(city, "--year", "2017") == 0
    assert not (city.out / "disclosure" / REFUSED).exists()


def test_a_session_entered_late_is_no_contradiction_with_what_everybody_knew(city, monkeypatch):
    none = fact("rules", {**SCREENED, "year": ["2018"]}, 0, 0, structural=True)
    monkeypatch.setattr(release, "decide_year", lambda _run, _earlier=(): release.Release({}, (none,)))
    city.notebook("overview", code(f"{OPEN}say('Rien')"), parameters=ALL)
    assert run(city, "--year", "2018") == 0
    city.hold_meeting("Fives", "2018-05-02")  # other data, hence another release
    monkeypatch.setattr(release, "decide_year", lambda _run, _earlier=(): release.Release({}))
    city.notebook("overview", code(telling({**SCREENED, "year": ["2018"]}, 18, 22)), parameters=ALL)
    assert run(city, "--year", "2018") == 0
    assert cli.main(["audit", str(city.out)]) == 0


def test_public_pages_are_made_in_the_language_asked_for(city, monkeypatch, capsys):
    deciding = release.decide_year
    monkeypatch.undo()
    monkeypatch.chdir(city.root)
    monkeypatch.setattr(release, "measures", lambda _run: iter(()))  # nothing to decide; everything else is real
    assert deciding is not release.decide_year
    city.notebook("overview", code(f"{OPEN}say('Rien')"), parameters=ALL)
    assert run(city, "--year", "2018", "--lang", "en") == 0
    page = city.out / "public" / "en" / "2018" / "lille" / "overview.html"
    assert 'lang="en"' in page.read_text(encoding="utf-8")
    assert "published" in capsys.readouterr().err


def test_a_contradiction_with_what_was_published_is_never_a_pass(city, capsys):
    city.notebook("overview", code(telling({**SCREENED, "year": ["2018"]}, 18, 22)), parameters=ALL)
    assert run(city, "--year", "2018") == 0
    city.notebook("overview", code(telling({**SCREENED, "year": ["2018"]}, 28, 32)), parameters=ALL)
    assert run(city, "--year", "2018") == 5
    assert "Tableaux en cause" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["print('7 personnes')", f"{OPEN}\nrun.tables['meetings']"])
def test_a_notebook_that_shows_something_by_itself_is_not_let_out(city, source, capsys):
    city.notebook("overview", code(source), parameters=ALL)
    assert run(city, "--year", "2018") == 5
    assert "contrôlé" in capsys.readouterr().err
    assert not list((city.out / "public").rglob("*.ipynb"))


def test_a_failed_public_notebook_is_kept_where_only_the_team_reads(city):
    city.notebook("overview", code(f"{OPEN}\nraise KeyError('Mme Personne')"), parameters=ALL)
    assert run(city, "--year", "2018") == 4
    assert not list((city.out / "public").rglob("*.ipynb"))
    kept = list((city.out / "internal").rglob("*.failed.ipynb"))
    assert len(kept) == 1
    assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="files have no owner-only mode there")
def test_internal_reports_are_readable_by_their_owner_alone(city):
    city.notebook("overview", code(OPEN), parameters=ALL)
    assert run(city, "--year", "2018", "--audience", "internal") == 0
    made = [city.out / "internal", *(city.out / "internal").rglob("*")]
    assert len(made) > 4
    assert not [path for path in made if path.stat().st_mode & 0o077]


def test_audit_sees_numbers_that_the_ledger_lacks_and_a_damaged_ledger(city, capsys):
    city.notebook("overview", code(telling({**SCREENED, "year": ["2018"]}, 18, 22)), parameters=ALL)
    assert run(city, "--year", "2018") == 0
    notebook = city.out / "public" / "2018" / "lille" / "overview.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace('"lower": 18.0', '"lower": 19.0'), encoding="utf-8")
    assert json.loads(notebook.read_text(encoding="utf-8"))
    capsys.readouterr()
    assert cli.main(["audit", str(city.out)]) == 5
    assert "registre" in capsys.readouterr().out
    notebook.write_text(text, encoding="utf-8")
    path = city.out / "disclosure" / PUBLISHED
    write_ledger(path, [*read_ledger(path), fact("earlier", {**SCREENED, "year": ["2018"]}, 18, 18)])
    assert cli.main(["audit", str(city.out)]) == 0
    path.write_text(path.read_text(encoding="utf-8") + "{broken\n", encoding="utf-8")
    assert cli.main(["audit", str(city.out)]) == 5
    assert "illisible" in capsys.readouterr().err
    assert run(city, "--year", "2018", "--force") == 5
