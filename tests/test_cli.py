"""The command line: help, usage errors, exit codes, and what goes where."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prs_eval import cli
from prs_eval.execution import worker
from tests.toy import PARAMETERS, QUARTIERS, code

COMMANDS = ("demo", "template", "check", "import", "run", "site", "status", "audit", "pseudonymise", "purge", "lab")


@pytest.fixture
def no_kernel(monkeypatch):
    """Any attempt to start a process that runs notebooks fails the test."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a kernel was about to start")

    monkeypatch.setattr(worker.Worker, "_start", refuse)


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    exit_code = cli.main(list(arguments))
    said = capsys.readouterr()
    return exit_code, said.out, said.err


def test_help_is_french_by_default_and_lists_the_commands(capsys):
    exit_code, out, err = call(capsys, "--help")
    assert (exit_code, err) == (0, "")
    assert "Utilisation :" in out
    assert all(f"  {name} " in out for name in COMMANDS)
    assert not {"Usage:", "Show this message", "Commands:"} & set(out.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_help(capsys, command):
    exit_code, out, _err = call(capsys, command, "--help")
    assert exit_code == 0
    assert "--lang" in out
    assert "Show this message" not in out


def test_help_is_quick_and_loads_no_heavy_library():
    script = "import sys; from prs_eval.cli import main; main(['--help']); print(sorted(sys.modules))"
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert time.monotonic() - started < 3  # 0.2 s on a quiet machine
    assert not [
        name for name in ("pandas", "papermill", "matplotlib", "pyarrow", "babel") if f"'{name}'" in done.stdout
    ]


def test_without_a_command_the_help_is_shown_as_an_error(capsys):
    exit_code, out, err = call(capsys)
    assert (exit_code, out) == (2, "")
    assert "Commandes:" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runn"], ["runn", "Vouliez-vous dire run", "template"]),
        (["run", "--yeer", "2018"], ["--yeer", "Vouliez-vous dire --year", "--quartier"]),
        (["run", "--jobs", "0"], ["--jobs", "au moins 1"]),
        (["run", "--jobs", "deux"], ["--jobs", "nombre entier"]),
        (["run", "--year"], ["--year", "attend une valeur"]),
        (["run", "--year", "18"], ["« 18 »", "2018-2020"]),
        (["run", "-p", "theme"], ["NOM=VALEUR", "theme"]),
        (["run", "2018"], ["Argument en trop"]),
        (["template", "--year", "2018"], ["Il manque --quartier"]),
        (["check"], ["Il manque SOURCE"]),
        (["check", "nulle-part.csv"], ["nulle-part.csv"]),
        (["--lang", "de", "status"], ["--lang", "fr, en"]),
        (["run", "--lang", "de"], ["--lang", "fr, en"]),
    ],
)
def test_a_usage_error_is_one_french_message_with_what_is_allowed(project, capsys, arguments, said):
    exit_code, out, err = call(capsys, *arguments)
    assert (exit_code, out) == (2, "")
    assert all(text in err for text in said), err
    assert "Traceback" not in err
    assert "Usage" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--quartier", "mouIins"], ["« mouIins »", "« Moulins »", *QUARTIERS]),
        (["-p", "themes=nutrition", "--notebook", "visits"], ["« themes »", "theme"]),
        (["--year", "1918"], ["1918", "2017, 2018"]),
        (["--data", "nulle-part"], ["nulle-part", "prs-eval import"]),
        (["--notebook", "visit"], ["« visit »", "visits, overview"]),
        (["--audience", "presse"], ["« presse »", "public, internal"]),
        (["-p", "release=x"], ["release"]),
        (["--parameters", "parameters/lile"], ["parameters/lile", "Exemple"]),
    ],
)
def test_what_does_not_exist_stops_the_campaign_before_any_kernel(project, no_kernel, capsys, arguments, said):
    project.notebook("visits", code("1"), parameters=PARAMETERS + "theme = 'nutrition'\n")
    exit_code, out, err = call(capsys, "run", "--year", "2018", *arguments)
    assert (exit_code, out) == (2, "")
    assert all(text in err for text in said), err
    assert "Traceback" not in err
    assert not project.out.exists()


def test_a_dry_run_says_what_would_run_and_why_and_starts_nothing(project, no_kernel, capsys):
    exit_code, out, _err = call(capsys, "run", "--year", "2017-2018", "--notebook", "overview", "-n")
    assert exit_code == 0
    assert out.splitlines() == ["overview · 2017 : nouveau", "overview · 2018 : nouveau"]
    assert not project.out.exists()


@pytest.mark.parametrize("place", ["before", "after"])
def test_english_is_spoken_before_or_after_the_command(project, capsys, place):
    arguments = ["run", "--year", "1918"]
    exit_code, _out, err = call(
        capsys, *(["--lang", "en", *arguments] if place == "before" else [*arguments, "--lang=en"])
    )
    assert exit_code == 2
    assert "1918" in err
    assert "Année" not in err


def test_an_unexpected_failure_is_one_line_and_its_traceback_goes_to_a_private_file(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)

    def broken(*_: object) -> None:
        raise RuntimeError("Mme Personne")

    monkeypatch.setattr(cli, "_place", broken)
    exit_code, out, err = call(capsys, "status")
    assert (exit_code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "Personne" not in err
    log = Path(err.strip().rsplit(" ", 1)[-1])
    assert "Mme Personne" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0
    log.unlink()


def test_status_says_where_each_report_is(project, capsys):
    from prs_eval.execution.ledger import Ledger
    from tests.execution.test_ledger import entry

    assert "Aucun rapport" in call(capsys, "status")[2]
    Ledger(project.out).append(entry())
    failure = {"kind": "timeout", "error": "", "question": None, "message": None}
    Ledger(project.out).append(entry(key="internal/2018/moulins/visits", status="failed", failure=failure))
    _code, out, _err = call(capsys, "status")
    assert "publié" in out
    assert "délai" in out
    assert "internal/" not in out  # a key for the machine


def test_status_speaks_of_reports_as_people_do_by_their_own_clock(project, capsys, monkeypatch):
    from prs_eval.execution.ledger import Ledger
    from tests.execution.test_ledger import entry

    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        Ledger(project.out).append(entry(synthetic=True))
        Ledger(project.out).append(entry(key="internal/2018/overview", title="L'année", quartier=None))
        out, english = call(capsys, "status")[1], call(capsys, "status", "--lang", "en")[1]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert out.splitlines() == [
        "07/01/2019 10:00  Les visites · Fives · 2018  publié (démonstration)",
        "07/01/2019 10:00  L'année · 2018  publié",
    ]
    assert english.startswith("2019-01-07 10:00  ")


MEETINGS = "meeting_id;quartier;held_on;themes\nA1;Fives;05/02/2018;nutrition\nA2;{second};09/04/2018;\n"


def test_check_writes_its_account_and_refuses_with_3(project, capsys):
    folder = project.root / "saisie"
    folder.mkdir()
    (folder / "meetings.csv").write_text(MEETINGS.format(second="Fives"), encoding="utf-8")
    exit_code, out, err = call(capsys, "check", "saisie")
    assert exit_code == 0
    assert "Les 2 lignes lues sont toutes acceptées" in out.replace("\u202f", " ")
    assert "saisie-controle.html" in err
    assert (project.root / "saisie-controle.xlsx").exists()

    (folder / "meetings.csv").write_text(MEETINGS.format(second="Fivess"), encoding="utf-8")
    exit_code, out, _err = call(capsys, "check", "saisie", "--out", "bilan")
    assert exit_code == 3
    assert "1 ligne refusée sur 2 lues" in out
    assert "Fives" in (project.root / "bilan" / "saisie-controle.html").read_text(encoding="utf-8")


def test_import_keeps_the_accepted_rows_tells_the_refused_and_exits_with_3(project, capsys):
    folder = project.root / "saisie"
    folder.mkdir()
    (folder / "meetings.csv").write_text(MEETINGS.format(second="Fivess"), encoding="utf-8")
    exit_code, out, err = call(capsys, "import", "saisie", "--data", "data/city")
    assert exit_code == 3
    assert "1 nouvelle" in out
    assert "saisie-controle.xlsx" in err  # the refused row, with its line number
    assert "1 ligne n'est pas importée" in out.splitlines()[-1]
    assert "saisie-controle.xlsx" in out.splitlines()[-1]
    from prs_eval.inputs.store import Store

    store = Store(project.root / "data" / "city")
    assert store.read("meetings")["meeting_id"].tolist() == ["A1"]
    assert store.synthetic is False

    (folder / "meetings.csv").write_text(MEETINGS.format(second="Fives"), encoding="utf-8")
    exit_code, out, _err = call(capsys, "import", "saisie", "--data", "data/city")
    assert exit_code == 0
    assert store.read("meetings")["meeting_id"].tolist() == ["A1", "A2"]


def test_invented_rows_are_marked_so_and_never_mix_with_real_ones(project, capsys):
    folder = project.root / "demo"
    folder.mkdir()
    (folder / "meetings.csv").write_text(MEETINGS.format(second="Fives"), encoding="utf-8")
    (folder / "_source.yml").write_text("synthetic: true\n", encoding="utf-8")
    exit_code, out, err = call(capsys, "import", "demo/meetings.csv")
    assert exit_code == 2
    assert "--data data/local/demo" in err
    assert not out
    assert call(capsys, "import", "demo/meetings.csv", "--data", "data/demo-store")[0] == 0
    (folder / "_source.yml").unlink()
    exit_code, _out, err = call(capsys, "import", "demo", "--data", "data/demo-store")
    assert exit_code == 2
    assert "synthétiques" in err
    (folder / "_source.yml").write_text("synthetik: true\n", encoding="utf-8")
    exit_code, _out, err = call(capsys, "import", "demo", "--data", "data/demo-store")
    assert exit_code == 2
    assert "synthetic" in err


def test_the_entry_workbook_is_written_where_asked_or_named_after_its_quartier(project, capsys):
    exit_code, out, _err = call(capsys, "template", "--quartier", "faubourg de bethune", "--year", "2018")
    assert exit_code == 0
    assert out.strip() == "saisie-faubourg-de-bethune-2018.xlsx"
    assert (project.root / out.strip()).exists()
    _code, out, _err = call(capsys, "template", "--quartier", "Fives", "--year", "2018", "--out", str(project.root))
    assert Path(out.strip()).name == "saisie-fives-2018.xlsx"


@pytest.mark.parametrize("where", [[], ["--out", "mon_classeur.xlsx"]])
def test_a_filled_entry_workbook_is_never_overwritten_unless_told_so(project, capsys, where):
    command = ["template", "--quartier", "Fives", "--year", "2018", *where]
    path = project.root / (where[-1] if where else "saisie-fives-2018.xlsx")
    path.write_bytes(b"a year of entries")
    exit_code, out, err = call(capsys, *command)
    assert (exit_code, out) == (2, "")
    assert all(text in err for text in (path.name, "existe déjà", "--out", "--force")), err
    assert path.read_bytes() == b"a year of entries"
    assert call(capsys, *command, "--force")[0] == 0
    assert path.read_bytes().startswith(b"PK")


def test_what_holds_people_in_the_project_folder_is_ignored_by_git(project, root, capsys):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = project.root / "saisie-fives-2018"
    folder.mkdir()
    (folder / "meetings.csv").write_text(MEETINGS.format(second="Fivess"), encoding="utf-8")
    call(capsys, "template", "--quartier", "Fives", "--year", "2018")
    call(capsys, "import", str(folder))
    written = ["saisie-fives-2018.xlsx", "saisie-fives-2018-controle.html", "saisie-fives-2018-controle.xlsx"]
    assert all((project.root / name).exists() for name in written)
    shutil.copy(root / ".gitignore", project.root / ".gitignore")
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    paths = [*written, "saisie-fives-2018/meetings.csv", "mon_classeur.xlsx"]
    done = subprocess.run(["git", "check-ignore", *paths], cwd=project.root, capture_output=True, text=True)
    assert done.stdout.split() == paths


def test_a_file_that_is_no_data_is_refused_at_once_and_nothing_is_written_beside_it(project, capsys):
    (project.root / "README.md").write_text("# Lisez-moi\n", encoding="utf-8")
    before = sorted(path.name for path in project.root.iterdir())
    for command in ("check", "import"):
        exit_code, out, err = call(capsys, command, "README.md")
        assert (exit_code, out) == (2, "")
        assert "(.md)" in err
        assert ".xlsx" in err
    assert sorted(path.name for path in project.root.iterdir()) == before


def test_demo_writes_the_committed_files_again(project, root, capsys):
    assert call(capsys, "demo", "--out", "again")[0] == 0
    for path in sorted((root / "data" / "demo").glob("*.csv")):
        assert (project.root / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_lab_imports_the_demonstration_first_then_opens_the_notebooks(project, root, capsys, monkeypatch):
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _path, command: started.append(command))
    shutil.copytree(root / "data" / "demo", project.root / "data" / "demo")
    call(capsys, "lab", "--no-browser", "--", "--port=9999")
    assert (project.root / "data" / "local" / "demo" / "store").is_dir()
    assert started[0][1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={project.root / 'notebooks'}" in started[0]
    assert started[0][-2:] == ["--no-browser", "--port=9999"]
    _code, out, err = call(capsys, "lab")
    assert "importées" not in out + err
