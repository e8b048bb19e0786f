"""A campaign from plan to pages: whole files only, failures told apart, resumed where it stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from prs_eval.execution import runner
from prs_eval.execution.campaign import plan
from prs_eval.execution.ledger import Ledger
from tests.execution.test_campaign import request_of
from tests.toy import Project, code, markdown

pytestmark = pytest.mark.slow
THREE = ("--quartier", "Moulins", "--quartier", "Fives", "--quartier", "Wazemmes")
PLACES = ("wazemmes", "moulins", "faubourg-de-bethune", "lille-sud", "fives")


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory, monkeypatch):
    """Whatever happens to a campaign, its sockets go with it."""
    folder = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield
    assert [path for path in folder.glob("prs-*") if any(path.rglob("s-*"))] == []


def run(project: Project, *, jobs: int = 2, **options):
    said: list[str] = []
    asked = {name: options.pop(name) for name in ("quartiers", "notebooks") if name in options}
    outcome = runner.run(plan(request_of(project, years=(2018,), **asked)), jobs=jobs, say=said.append, **options)
    return outcome, said


def whole(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return bool(json.loads(text)["cells"]) if path.suffix == ".ipynb" else text.rstrip().endswith("</html>")


def command(project: Project, *arguments: str) -> subprocess.Popen:
    line = [sys.executable, "-m", "prs_eval", "run", "--year", "2018", "--audience", "internal"]
    line += ["--format", "html", *arguments]
    return subprocess.Popen(line, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_ledger(project: Project, n: int) -> None:
    deadline = time.monotonic() + 60
    while len(Ledger(project.out).entries()) < n:
        assert time.monotonic() < deadline, "nothing was published in a minute"
        time.sleep(0.05)


def processes_of(project: Project) -> list[str]:
    """Kernels and workers that still run in the project's folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").readlink() == project.root and int(folder.name) != os.getpid():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_a_campaign_publishes_all_then_finds_nothing_to_do_then_only_what_changed(project):
    outcome, said = run(project)
    assert [r.name for r in outcome.published].count("visits") == 5
    assert not outcome.failed
    assert sorted(line[:6] for line in said) == [f"[{n}/6] " for n in range(1, 7)]
    assert all(whole(project.report(2018, place, "visits")) for place in PLACES)
    executed = json.loads((project.site / "2018" / "fives" / "visits.ipynb").read_text(encoding="utf-8"))
    assert "ok Fives 2018" in json.dumps(executed)
    index = (project.site / "index.html").read_text(encoding="utf-8")
    assert all(f"2018/{place}/visits.html" in index for place in PLACES)
    assert (project.site / "2018" / "digest.txt").read_text(encoding="utf-8") == "Rapports 2018 : 6 publiés.\n"

    outcome, said = run(project)
    assert said == ["6 rapports à jour, rien à relancer."]
    assert not outcome.published

    project.hold_meeting("Fives", "2018-09-01")
    outcome, said = run(project)
    assert {(r.name, r.quartier) for r in outcome.published} == {("visits", "Fives"), ("overview", None)}
    assert said[0] == "4 rapports à jour."
    assert not (project.out / ".staging").exists()


def test_one_failed_report_does_not_stop_the_others_and_the_last_good_one_stands(project):
    run(project, quartiers=("Moulins",))
    good = project.report(2018, "moulins", "visits").read_bytes()
    source = "if quartier == 'Moulins': raise ValueError('Mme Personne, 0612345678')\nprint('mieux')"
    project.notebook("visits", markdown("## Qui vient aux réunions ?"), code(source))
    outcome, said = run(project, quartiers=("Moulins", "Fives", "Wazemmes"))
    assert [r.quartier for r in outcome.failed] == ["Moulins"]
    assert len(outcome.published) == 2
    assert project.report(2018, "moulins", "visits").read_bytes() == good
    kept = project.site / "2018" / "moulins" / "visits.failed.ipynb"
    assert "ValueError" in kept.read_text(encoding="utf-8")
    digest = (project.site / "2018" / "digest.txt").read_text(encoding="utf-8")
    for text in (digest, "\n".join(said)):
        assert "Moulins" in text
        assert "« Qui vient aux réunions ? »" in text
        assert "internal/2018/moulins/visits.failed.ipynb" in text
        assert "Personne" not in text  # nothing of the data
        assert "Traceback" not in text
    assert "2 publiés, 1 en échec" in digest
    assert "reste en place" in digest

    project.notebook("visits", code("print('réparé')"))
    outcome, _said = run(project, quartiers=("Moulins",))
    assert len(outcome.published) == 1
    assert not kept.exists()
    assert (project.site / "2018" / "digest.txt").read_text(encoding="utf-8") == "Rapports 2018 : 3 publiés.\n"


def test_fail_fast_starts_nothing_after_the_first_failure_and_says_what_is_left(project):
    project.notebook("visits", code("raise ValueError"))
    outcome, _said = run(project, jobs=1, keep_going=False)
    assert (len(outcome.failed), len(outcome.published), len(outcome.left)) == (1, 0, 5)
    assert "5 restants" in runner.summary(outcome, 1.0)


def test_a_worker_that_is_killed_costs_its_report_only(project):
    source = "import os, signal\nif quartier == 'Fives': os.kill(os.getppid(), signal.SIGKILL)\nprint('ok')"
    project.notebook("visits", markdown("## Combien de mémoire ?"), code(source))
    outcome, said = run(project, jobs=1, quartiers=("Fives", "Moulins"))
    assert [r.quartier for r in outcome.failed] == ["Fives"]
    assert [r.quartier for r in outcome.published] == ["Moulins"]
    assert any("Combien de mémoire ?" in line and "mémoire insuffisante" in line for line in said)


def test_a_report_that_exceeds_its_delay_is_stopped(project):
    path = project.root / "parameters" / "lille" / "campaign.yml"
    path.write_text(path.read_text().replace("60", "1"), encoding="utf-8")
    project.notebook("visits", code("import time; time.sleep(60)"))
    outcome, said = run(project, quartiers=("Fives",))
    assert [r.quartier for r in outcome.failed] == ["Fives"]
    assert any("délai" in line for line in said), said


def test_sigterm_stops_cleanly_says_what_is_left_and_the_same_command_resumes(project):
    project.notebook("visits", code("import time; time.sleep(1)"))
    process = command(project, "-j", "1", *THREE)
    wait_for_ledger(project, 1)
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "restant" in err
    assert "reprendra" in err
    assert "Traceback" not in err
    assert processes_of(project) == []
    before = len(Ledger(project.out).entries())
    outcome, _said = run(project, quartiers=("Moulins", "Fives", "Wazemmes"))
    assert len(outcome.unchanged) == before
    assert len(outcome.published) == 3 - before


def test_a_campaign_killed_outright_leaves_whole_files_and_no_process_and_is_completed_by_the_next(project):
    project.notebook("visits", code("import time; time.sleep(0.5)\nprint('x' * 2_000_000)"))
    broken: list[str] = []
    done = threading.Event()

    def watch() -> None:
        """Every file at a final path is whole, whenever it is looked at."""
        while not done.is_set():
            for path in [*project.site.glob("2018/*/*.ipynb"), *project.site.glob("2018/*/*.html")]:
                try:
                    if not whole(path):
                        broken.append(str(path))
                except FileNotFoundError:
                    continue
                except ValueError:
                    broken.append(str(path))
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        process = command(project, "-j", "2", *THREE)
        wait_for_ledger(project, 1)
        process.kill()
        process.communicate(timeout=30)
        before = len(Ledger(project.out).entries())
        assert before < 3
        deadline = time.monotonic() + 10  # a kernel looks once a second whether its parent lives
        while left := processes_of(project):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        outcome, _said = run(project, quartiers=("Moulins", "Fives", "Wazemmes"))
    finally:
        done.set()
        watcher.join()
    assert broken == []
    assert len(outcome.unchanged) == before
    assert len(outcome.published) == 3 - before
    assert all(whole(project.report(2018, place, "visits")) for place in ("moulins", "fives", "wazemmes"))
    assert not (project.out / ".staging").exists()


def test_a_half_made_staging_folder_of_a_killed_run_is_cleared_and_force_makes_all_again(project):
    left = project.out / ".staging" / "internal__2018__fives__visits"
    left.mkdir(parents=True)
    (left / "report.ipynb").write_text("{")
    outcome, _said = run(project, quartiers=("Fives",))
    assert len(outcome.published) == 1
    outcome, _said = run(project, quartiers=("Fives",), force=True)
    assert len(outcome.published) == 1


def test_an_index_lists_reports_of_other_years_and_those_not_made(project):
    run(project, quartiers=("Fives",))
    shutil.rmtree(project.site / "2018" / "fives")
    runner.run(plan(request_of(project, years=(2017,), quartiers=("Moulins",))), jobs=1, say=lambda _: None)
    index = (project.site / "index.html").read_text(encoding="utf-8")
    assert "2017/moulins/visits.html" in index
    assert "2018/fives/visits.html" not in index
