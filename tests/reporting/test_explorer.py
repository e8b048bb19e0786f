"""The explorer: the reports' own numbers on the screen, and never more than the year's release in what is exported."""

from __future__ import annotations

import csv
import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from prs_eval.disclosure.ledger import fact, read_ledger, region, write_ledger
from prs_eval.disclosure.release import Release
from prs_eval.errors import DisclosureError
from prs_eval.estimation.frame import ALL
from prs_eval.i18n import current_language, set_language
from prs_eval.inputs.store import Store
from prs_eval.programme import detectable, network
from prs_eval.programme.run import open_run
from prs_eval.reporting import page
from prs_eval.reporting.explorer import explore
from prs_eval.reporting.explorer import export as export_module
from prs_eval.reporting.explorer.export import Public, export
from prs_eval.reporting.explorer.measures import PARTS, details, indicators, same_city
from prs_eval.reporting.explorer.view import CITY, NONE, OTHERS, PUBLISHED, TARGET, Choice, view
from tests.conftest import ROOT

OPTICAL = (("kind", "optical"),)
HONOURED = (("kind", "optical"), ("stage", "honoured"), ("out_of", "referred"))
WITHIN = Choice("network_interval_within", (), "Fives", 2018, 2018, CITY)
SCREENED = Choice("screening_participants", OPTICAL, "Fives", 2018, 2018, CITY)
EVERYBODY = {"people": ["screened"], "year": ["2018"], "kind": ["optical"]}
TRUE, SHOWN = 90, "90"  # people of the optical screenings of 2018, all quartiers together


@pytest.fixture(scope="module")
def run(demo_store):
    return open_run(year=2018, data=str(demo_store), parameters=str(ROOT / "parameters" / "lille"))


@pytest.fixture
def out(tmp_path):
    """A folder of results whose release of 2018 shows one number: the city's people of the optical screenings."""
    folder = tmp_path / "outputs"
    (folder / "disclosure").mkdir(parents=True)
    Release({region(EVERYBODY): TRUE}).write(folder / "disclosure" / "release-2018.json")
    return folder


@pytest.fixture
def real(monkeypatch):
    """The demonstration data taken for real ones."""
    monkeypatch.setattr(Store, "synthetic", False)


def sentences(run, choice):
    return " ".join(view(run, choice).sentences).replace("\u00a0", " ")


def test_a_view_shows_what_the_report_shows(run):
    seen = view(run, WITHIN)
    rhythm = network.meeting_rhythm(run.tables, year=2018, workbench=run.workbench)
    own = rhythm[(rhythm["indicator"] == WITHIN.indicator) & (rhythm["quartier"] == "Fives")].iloc[0]
    first = seen.table.iloc[0]
    for column in ("estimate", "lower", "upper", "n", "method"):
        assert first[column] == own[column]
    assert seen.table["quartier"].tolist() == ["Fives", ALL]
    assert seen.names == ("Fives", "Ensemble des quartiers")
    assert seen.figure is not None


@pytest.mark.parametrize("part", PARTS)
def test_every_indicator_listed_has_a_label_and_something_to_show(run, part):
    for label, code in indicators(run, part):
        assert label != code
        first = details(run, code, [2018])[0][1]
        seen = view(run, Choice(code, first, ALL, 2018, 2018, OTHERS))
        assert ALL in set(seen.table["quartier"]), code
        assert "nan" not in " ".join(seen.sentences).split(), code


def test_years_follow_one_another_and_exceptional_ones_are_named(run):
    seen = view(same_city(run, 2021), Choice("network_interval_median", (), "Fives", 2018, 2021, TARGET))
    assert seen.table["year"].tolist() == [2018, 2019, 2020, 2021]
    assert seen.names[2] == "2020 (Crise sanitaire)"
    assert any("Crise sanitaire (2020-2021)" in text for text in seen.sentences)


def test_quartiers_keep_the_same_order_whoever_is_chosen(run):
    orders = [view(run, WITHIN._replace(place=q, comparison=OTHERS)).names for q in ("Fives", "Wazemmes")]
    assert orders[0] == orders[1] == tuple(run.workbench.programme_quartiers)


def test_what_cannot_be_compared_or_shown_is_said(run):
    assert "Pas d'objectif chiffré" in sentences(run, WITHIN._replace(comparison=TARGET))
    assert "Aucun chiffre publié" in sentences(run, WITHIN._replace(comparison=PUBLISHED))
    assert "déjà montré" in sentences(run, WITHIN._replace(place=ALL))
    dental = Choice("screening_participants", (("kind", "dental"),), "Fives", 2018, 2018, TARGET)
    nothing = view(run, dental)
    assert nothing.figure is None
    assert not nothing.has_numbers
    assert "aucune donnée" in nothing.sentences[0]


def test_target_and_published_figures_are_told(run):
    sessions = Choice("screening_sessions", OPTICAL, ALL, 2018, 2018, TARGET)
    assert "Objectif : 10." in sentences(run, sessions)
    assert "9. Source : CCAS de Lille" in sentences(run, sessions._replace(comparison=PUBLISHED))
    assert "48 %" in sentences(run, Choice("screening_stage_share", HONOURED, "Fives", 2018, 2018, PUBLISHED))


def test_the_detectable_difference_is_that_of_the_report(run):
    report = detectable.screening_detectable(run.tables, year=2018, workbench=run.workbench, by=(), kind="optical")
    points = round(100 * report.loc[report["period"] == "recent", "estimate"].iloc[0])
    choice = Choice("screening_stage_share_recent", HONOURED, ALL, 2018, 2018)
    assert f"d'au moins {points} points avec la part publiée ailleurs" in sentences(run, choice)


def rows(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))


def test_an_export_holds_what_the_release_lets_out_and_no_other_number(run, out):
    done = export(Public(run, out), SCREENED, out)
    table, picture = done.paths
    own, city = rows(table)
    assert (own["Quartier"], own["Situation"], own["Valeur"], own["Effectif"]) == ("Fives", "masqué", "", "")
    assert city["Valeur"] == SHOWN
    true = view(run, SCREENED).table["estimate"]
    assert f"{true[0]:.0f}" not in re.findall(r"\d+", table.read_text(encoding="utf-8").replace("2018", ""))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert table.name in done.message
    assert "outputs/explore" in done.message


def test_english_stays_english_and_its_spreadsheets_too(run, out):
    set_language("en")
    done = export(Public(run, out), WITHIN._replace(first=2017), out)
    assert current_language() == "en"
    first, *_rest = done.paths[0].read_text(encoding="utf-8-sig").splitlines()
    assert "," in first
    assert ";" not in first


def test_where_all_would_be_masked_nothing_is_written(run, out):
    done = export(Public(run, out), SCREENED._replace(comparison=NONE), out)
    assert done.paths == ()
    assert "Rien n'est écrit" in done.message
    assert not (out / "explore").exists()


def test_what_real_data_tell_is_noted_once(run, out, real):
    ledger, public = out / "disclosure" / "published.jsonl", Public(run, out)
    export(public, SCREENED, out)
    told = read_ledger(ledger)
    assert {f.where for f in told if f.upper is not None} == {region(EVERYBODY)}
    export(public, SCREENED._replace(comparison=OTHERS, place=ALL), out)
    assert set(told) <= set(read_ledger(ledger))
    again = ledger.read_bytes()
    export(public, SCREENED, out)
    assert ledger.read_bytes() == again


def test_demonstration_data_leave_the_ledger_alone(run, out):
    export(Public(run, out), SCREENED, out)
    assert not (out / "disclosure" / "published.jsonl").exists()


def test_an_export_that_would_tell_a_small_number_with_earlier_pages_is_refused(run, out):
    others = [q.name for q in run.workbench.quartiers if q.name != "Fives"]
    before = [fact("page", {**EVERYBODY, "quartier": others}, 83, 87)]
    write_ledger(out / "disclosure" / "published.jsonl", before)
    with pytest.raises(DisclosureError, match="petit effectif"):
        export(Public(run, out), SCREENED, out)
    assert not (out / "explore").exists()


def test_nothing_leaves_while_the_last_audit_stands_refused_or_the_data_have_changed(run, out):
    (out / "disclosure" / "audit.txt").write_text("…", encoding="utf-8")
    with pytest.raises(DisclosureError, match="contrôle"):
        export(Public(run, out), SCREENED, out)
    (out / "disclosure" / "audit.txt").unlink()
    Release({region(EVERYBODY): TRUE + 20}).write(out / "disclosure" / "release-2018.json")
    with pytest.raises(DisclosureError, match="données ont changé"):
        export(Public(run, out), SCREENED, out)


def test_without_a_release_it_is_decided_with_all_that_was_published(run, tmp_path, monkeypatch):
    before = [fact("page", {**EVERYBODY, "quartier": ["Moulins"]}, 18, 22)]
    (tmp_path / "disclosure").mkdir()
    write_ledger(tmp_path / "disclosure" / "published.jsonl", before)
    asked = []
    monkeypatch.setattr(export_module, "decide_year", lambda run, earlier: asked.append((run, earlier)) or Release({}))
    public = Public(run, tmp_path)
    assert not public.decided(2018)
    assert public.run(2018).public
    assert public.decided(2018)
    [(decided, earlier)] = asked
    assert (decided.year, decided.quartier, decided.audience, earlier) == (2018, None, "public", before)


@pytest.fixture
def shown(run, monkeypatch):
    """What is put on the page, one text an output."""
    put: list[str] = []
    monkeypatch.setattr(page, "put_on_page", lambda data, raw, metadata=None: put.append(data["text/html"]))
    page.header(run, "Explorateur")
    put.clear()
    return put


def test_the_lists_change_what_is_shown(run, out, shown):
    explorer = explore(run, out)
    first = "".join(shown)
    assert first.count("<figure") == first.count("<caption") == 1
    shown.clear()
    explorer.place.value = "Moulins"
    assert "Moulins, 2018" in "".join(shown)
    shown.clear()
    explorer.part.value = "screening"
    assert "Part des personnes" in "".join(shown)
    assert not explorer.detail.disabled
    explorer.indicator.value = "screening_participants"
    assert [words for words, _code in explorer.detail.options] == ["Optique", "Dentaire"]
    explorer.detail.value = OPTICAL
    shown.clear()
    explorer.first.value = 2020
    assert "après la dernière" in "".join(shown)
    explorer.first.value = 2018
    assert explorer.detail.value == OPTICAL, "the same row stays chosen"


def test_every_list_has_its_name_and_the_button_says_what_it_wrote(run, out, shown):
    explorer = explore(run, out)
    lists = (explorer.part, explorer.indicator, explorer.detail, explorer.comparison, explorer.place)
    assert all(one.description for one in (*lists, explorer.first, explorer.last))
    explorer.part.value, explorer.indicator.value = "screening", "screening_participants"
    explorer.detail.value = OPTICAL
    explorer.button.click()
    assert "outputs/explore" in explorer.message.value
    (out / "disclosure" / "audit.txt").write_text("…", encoding="utf-8")
    explorer.button.click()
    assert "rien ne sort" in explorer.message.value
    assert not explorer.button.disabled


def test_a_public_page_shows_protected_numbers_only(run, out, shown):
    public = same_city(run, 2018, audience="public", release=str(out / "disclosure" / "release-2018.json"))
    page.header(public, "Explorateur")
    explorer = explore(public, out)
    explorer.part.value, explorer.indicator.value = "screening", "screening_participants"
    explorer.detail.value = OPTICAL
    shown.clear()
    explorer.place.value = "Fives"
    text = "".join(shown)
    assert "masqué" in text
    assert "image/png" in text
    true = view(run, SCREENED).table["estimate"][0]
    assert f">{true:.0f}<" not in text


@pytest.mark.slow
def test_the_notebook_runs_without_jupyterlab(demo_store):
    """As papermill runs it: `with Output()` made nbclient miss the end of the cell, now and then."""
    notebook = nbformat.read(ROOT / "notebooks" / "explore.ipynb", as_version=4)
    notebook.cells[0].source = notebook.cells[0].source.replace("data/local/demo", str(demo_store))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    [states] = [kind["state"] for kind in notebook.metadata.widgets.values()]
    outputs = next(one["state"]["outputs"] for one in states.values() if one["model_name"] == "OutputModel")
    assert "<figure" in outputs[0]["data"]["text/html"]


def test_the_notebook_is_no_report_of_the_campaign():
    about = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text(encoding="utf-8"))["metadata"]["prs_eval"]
    assert about["per"] == "year"
    assert "explore" not in (ROOT / "parameters" / "lille" / "campaign.yml").read_text(encoding="utf-8")
