"""What makes a report out of date, and that the reason is the true one."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict

import pytest

from prs_eval.execution import changes
from prs_eval.execution.campaign import plan
from tests.execution.test_campaign import request_of
from tests.execution.test_ledger import entry
from tests.toy import PARAMETERS, code


def fingerprints(project) -> dict[str, dict]:
    planned = plan(request_of(project, years=(2018,)))
    found = changes.Fingerprints(planned)
    return {report.key: asdict(found.of(report)) for report in planned.reports}


def changed(project, before: dict[str, dict]) -> dict[str, list[str]]:
    """Reasons by report, for those that have one."""
    found = {}
    for key, now in fingerprints(project).items():
        if why := changes.reasons(now, entry(key=key, fingerprint=before[key]), project.out):
            found[key.removeprefix("internal/2018/")] = why
    return found


@pytest.fixture
def before(project) -> dict[str, dict]:
    return json.loads(json.dumps(fingerprints(project)))  # as the ledger gives it back


def test_nothing_changed_is_nothing_to_do(project, before):
    assert changed(project, before) == {}


def test_new_rows_of_a_quartier_concern_its_reports_and_the_city_s_and_no_other(project, before):
    project.hold_meeting("Moulins", "2018-06-01")
    why = ["données changées : meetings"]
    assert changed(project, before) == {"moulins/visits": why, "lille/overview": why}


def test_earlier_years_count_since_reports_tell_a_history_and_later_ones_do_not(project, before):
    project.hold_meeting("Moulins", "2019-06-01")
    assert changed(project, before) == {}
    project.hold_meeting("Moulins", "2017-06-01")
    assert set(changed(project, before)) == {"moulins/visits", "lille/overview"}


def test_a_table_that_the_notebook_does_not_read_does_not_count(project, before):
    project.notebook("visits", code("print('ok', quartier, year)"), tables=("needs",))
    before = json.loads(json.dumps(fingerprints(project)))
    project.hold_meeting("Moulins", "2018-06-01")
    assert set(changed(project, before)) == {"lille/overview"}


def test_a_changed_cell_concerns_its_notebook_only_and_stored_outputs_do_not_count(project, before):
    path = project.root / "notebooks" / "visits.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][-1].update(execution_count=3, outputs=[{"output_type": "stream", "name": "stdout", "text": "ok"}])
    path.write_text(json.dumps(content), encoding="utf-8")
    assert changed(project, before) == {}
    project.notebook("visits", code("print('autre chose', quartier, year)"))
    found = changed(project, before)
    assert len(found) == 5
    assert set(map(tuple, found.values())) == {("carnet modifié",)}


def test_a_changed_threshold_of_the_city_concerns_every_report_but_the_campaign_s_own_list_does_not(project, before):
    with (project.root / "parameters" / "lille" / "campaign.yml").open("a", encoding="utf-8") as file:
        file.write("# une note\n")
    assert changed(project, before) == {}
    path = project.root / "parameters" / "lille" / "workbench.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("0.95", "0.90"), encoding="utf-8")
    assert set(map(tuple, changed(project, before).values())) == {("fichiers de paramètres modifiés",)}


def test_a_published_figure_set_beside_concerns_every_report(project, before):
    (project.root / "data" / "published").mkdir()
    (project.root / "data" / "published" / "figures.csv").write_text("indicator;value\n")
    assert set(map(tuple, changed(project, before).values())) == {("chiffres publiés modifiés",)}


def test_a_parameter_given_on_the_command_line_is_a_change(project, before):
    project.notebook("visits", code("print('ok', quartier, year)"), parameters=PARAMETERS + "theme = 'nutrition'\n")
    planned = plan(request_of(project, notebooks=("visits",), extra=(("theme", "other"),)))
    now = asdict(changes.Fingerprints(planned).of(planned.reports[0]))
    key = planned.reports[0].key
    why = changes.reasons(now, entry(key=key, fingerprint=before[key]), project.out)
    assert why == ["carnet modifié", "paramètres du rapport changés"]


@pytest.mark.parametrize(
    ("name", "reason"), [("library", "bibliothèque modifiée"), ("versions", "versions de logiciels changées")]
)
def test_another_library_or_other_versions_are_a_change(project, before, name, reason):
    key, now = next(iter(before.items()))
    assert changes.reasons(now, entry(key=key, fingerprint={**now, name: "other"}), project.out) == [reason]


def test_a_report_never_made_failed_missing_or_altered_is_made_again(project, before):
    key, now = next(iter(before.items()))
    page = project.out / f"{key}.html"
    page.parent.mkdir(parents=True)
    page.write_text("page")
    good = entry(key=key, fingerprint=now, outputs={f"{key}.html": changes.file_digest(page)})
    assert changes.reasons(now, None, project.out) == ["nouveau"]
    assert changes.reasons(now, entry(key=key, status="failed", fingerprint=now), project.out) == ["échec précédent"]
    assert changes.reasons(now, good, project.out) == []
    page.write_text("page tronq")
    assert changes.reasons(now, good, project.out) == [f"fichier modifié : {key}.html"]
    page.unlink()
    assert changes.reasons(now, good, project.out) == [f"fichier manquant : {key}.html"]


def test_the_library_s_digest_follows_its_sources_and_not_what_python_compiles(tmp_path):
    (tmp_path / "a.py").write_text("1")
    before = changes.files_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert changes.files_digest(tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    assert changes.files_digest(tmp_path) != before


def test_the_versions_that_matter_are_recorded():
    assert {"python", "pandas", "statsmodels", "papermill"} <= set(changes.versions())
    assert "pytest" not in changes.versions()


def test_the_commit_is_recorded_where_there_is_git_and_its_absence_is_fine(tmp_path, monkeypatch):
    assert changes.commit(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    (tmp_path / "a").write_text("1")
    for command in (["init", "-q"], ["add", "a"], ["commit", "-qm", "un"]):
        subprocess.run([*git, *command], check=True)
    clean = changes.commit(tmp_path)
    assert clean is not None
    assert len(clean) == 40
    (tmp_path / "a").write_text("2")
    assert changes.commit(tmp_path) == clean + "+"
    monkeypatch.setenv("PATH", "")
    assert changes.commit(tmp_path) is None
