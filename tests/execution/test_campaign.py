"""What is planned, and what is refused before anything runs."""

from __future__ import annotations

import pytest

from prs_eval.errors import UsageError
from prs_eval.execution.campaign import Request, plan, read_years, slug
from prs_eval.i18n import set_language
from prs_eval.inputs.store import Store
from tests.toy import PARAMETERS, QUARTIERS, code, markdown


def request_of(project, **changes) -> Request:
    root = project.root
    folders = {"parameters": root / "parameters" / "lille", "data": root / "data" / "local", "out": root / "outputs"}
    return Request(**{"root": root, **folders, "pdf": False, **changes})  # tests/test_public_year.py prints


def refused(project, **changes) -> str:
    with pytest.raises(UsageError) as caught:
        plan(request_of(project, **changes))
    return str(caught.value)


def test_a_campaign_is_one_report_a_notebook_and_quartier_and_one_a_year(project):
    reports = plan(request_of(project, years=(2018,))).reports
    assert [(r.name, r.quartier) for r in reports] == [*(("visits", q) for q in QUARTIERS), ("overview", None)]
    site = project.root / "outputs" / "internal" / "2018"
    assert reports[2].page == site / "faubourg-de-bethune" / "visits.html"
    assert reports[-1].executed == site / "lille" / "overview.ipynb"


def test_reports_carry_no_path_of_the_machine(project):
    parameters = plan(request_of(project, years=(2018,))).reports[0].parameters
    assert parameters == {
        "quartier": "Wazemmes",
        "year": 2018,
        "data": "data/local",
        "parameters": "parameters/lille",
        "audience": "internal",
        "language": "fr",
        "release": "",
    }


def test_without_a_year_the_last_one_of_the_data_is_reported(project):
    assert {report.year for report in plan(request_of(project)).reports} == {2018}


def test_a_quartier_is_found_whatever_its_case_and_accents_and_leaves_out_reports_on_the_city(project):
    reports = plan(request_of(project, quartiers=("faubourg de bethune", "FAUBOURG DE BÉTHUNE"))).reports
    assert [(r.name, r.quartier) for r in reports] == [("visits", "Faubourg de Béthune")]


def test_a_quartier_without_the_programme_can_be_asked_for(project):
    assert [r.quartier for r in plan(request_of(project, quartiers=("Bois-Blancs",))).reports] == ["Bois-Blancs"]


def test_english_reports_do_not_take_the_place_of_the_french_ones(project):
    set_language("en")
    report = plan(request_of(project, years=(2018,))).reports[0]
    assert report.page == project.site / "en" / "2018" / "wazemmes" / "visits.html"
    assert report.parameters["language"] == "en"
    assert report.title == "The visits · Wazemmes · 2018"


def test_a_misspelt_quartier_is_refused_with_the_nearest_and_all_names(project):
    message = refused(project, quartiers=("mouIins",))
    assert "mouIins" in message
    assert "« Moulins »" in message
    assert all(name in message for name in QUARTIERS)


def test_an_unknown_year_is_refused_with_the_years_present(project):
    message = refused(project, years=(1918,))
    assert "1918" in message
    assert "2017, 2018" in message


def test_a_missing_data_folder_is_refused_with_the_command_that_fills_it(project):
    message = refused(project, data=project.root / "nowhere")
    assert "nowhere" in message
    assert "prs-eval import" in message


def test_a_store_without_any_activity_is_refused(project):
    empty = Store(project.root / "empty")
    empty.root.mkdir()
    (empty.root / "store").mkdir()
    (empty.root / "store" / "_source.json").write_text('{"sources": [], "synthetic": true}')
    assert "aucun rapport possible" in refused(project, data=empty.root)


def test_an_unknown_notebook_is_refused_with_those_of_the_campaign(project):
    message = refused(project, notebooks=("visit",))
    assert "« visits »" in message
    assert "visits, overview" in message


def test_an_unknown_audience_is_refused_with_those_that_exist(project):
    assert "public, internal" in refused(project, audience="press")


def test_a_public_report_looks_up_what_it_may_show_and_fails_out_of_sight(project):
    report = plan(request_of(project, years=(2018,), audience="public")).reports[0]
    assert report.parameters["release"] == "outputs/disclosure/release-2018.json"
    assert "public" not in report.failed.relative_to(project.out).parts
    assert report.page.is_relative_to(project.out / "public")


def test_an_unknown_parameter_is_refused_with_what_the_notebook_accepts(project):
    project.notebook("visits", parameters=PARAMETERS + "theme = 'nutrition'\n")
    message = refused(project, notebooks=("visits",), extra=(("themes", "nutrition"),))
    assert "« themes »" in message
    assert "« theme »" in message  # the nearest


def test_a_parameter_unknown_to_one_of_the_notebooks_is_refused_and_not_ignored_there(project):
    project.notebook("visits", parameters=PARAMETERS + "theme = 'nutrition'\n")
    assert "overview" in refused(project, extra=(("theme", "other"),))


@pytest.mark.parametrize(
    ("default", "typed", "read"),
    [("3", "12", 12), ("0.5", "0,75", 0.75), ("True", "non", False), ("'01'", "02", "02")],
)
def test_a_parameter_is_read_into_the_type_the_notebook_declares(project, default, typed, read):
    project.notebook("visits", parameters=PARAMETERS + f"extra = {default}\n")
    value = plan(request_of(project, notebooks=("visits",), extra=(("extra", typed),))).reports[0].parameters["extra"]
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    ("default", "typed"), [("3", "3.5"), ("3", "douze"), ("0.5", "x"), ("True", "2"), ("[1]", "2")]
)
def test_a_parameter_of_another_type_is_refused(project, default, typed):
    project.notebook("visits", parameters=PARAMETERS + f"extra = {default}\n")
    message = refused(project, notebooks=("visits",), extra=(("extra", typed),))
    assert "« extra »" in message
    assert typed in message


def test_a_year_that_a_notebook_declares_as_text_is_refused(project):
    project.notebook("visits", parameters=PARAMETERS.replace("2018", "'2018'"))
    assert "« year »" in refused(project)


def test_a_parameter_that_has_its_option_is_refused_under_p(project):
    assert "--year" in refused(project, extra=(("year", "2017"),))
    assert "--lang" in refused(project, extra=(("language", "en"),))


def test_a_notebook_that_lacks_a_parameter_is_refused(project):
    project.notebook("visits", parameters=PARAMETERS.replace("year = 2018\n", ""))
    assert "year" in refused(project)


def test_a_notebook_without_parameters_is_refused(project):
    path = project.notebook("visits")
    path.write_text(path.read_text().replace('"parameters"', '"setup"'), encoding="utf-8")
    assert "« parameters »" in refused(project)


@pytest.mark.parametrize("line", ["year = int('2018')", "import os", "year = 2018 +", "a, b = 1, 2"])
def test_a_parameters_cell_that_does_more_than_assign_is_refused_and_never_run(project, line):
    project.notebook("visits", parameters=PARAMETERS + line)
    assert "nom = valeur" in refused(project)


def test_a_missing_or_unreadable_notebook_is_refused(project):
    path = project.notebook("visits")
    path.write_text("{", encoding="utf-8")
    assert "visits.ipynb" in refused(project)
    path.unlink()
    assert "overview" in refused(project)


def test_a_table_that_does_not_exist_is_refused(project):
    project.notebook("visits", code("1"), markdown("## ?"), tables=("meeting",))
    assert "« meeting »" in refused(project)


def test_a_misspelt_key_of_campaign_yml_is_refused_with_the_nearest(project):
    path = project.root / "parameters" / "lille" / "campaign.yml"
    path.write_text(path.read_text().replace("timeout_seconds", "timeout_second"), encoding="utf-8")
    assert "timeout_seconds" in refused(project)


def test_the_campaign_of_lille_can_be_read_and_is_fifteen_reports_the_impact_and_the_synthesis(root):
    from prs_eval.execution.campaign import Campaign
    from prs_eval.inputs.parameters import load_workbench, read_yaml

    folder = root / "parameters" / "lille"
    reports = read_yaml(folder / "campaign.yml", Campaign).reports
    places = {"quartier": len(load_workbench(folder).programme_quartiers), "year": 1}
    assert sum(places[r.per] for r in reports if r.per == "quartier") == 15
    assert [r.notebook for r in reports if r.per == "year"] == ["synthesis", "impact"]


def test_years_are_read_one_by_one_or_as_a_range():
    assert read_years(["2018-2020", "2016", "2018"]) == (2016, 2018, 2019, 2020)


@pytest.mark.parametrize("text", ["18", "2018,2019", "2020-2018", "deux mille", "20180"])
def test_a_year_that_cannot_be_read_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="2018-2020"):
        read_years([text])


def test_a_slug_has_no_accent_nor_space():
    assert slug("Saint-Maurice  Pellevoisin") == "saint-maurice-pellevoisin"
    assert slug("L’Épine Œuvre") == "l-epine-oeuvre"
