"""`check`, `pseudonymise` and `purge` from the command line: exit codes, what is said, and no id in it."""

from __future__ import annotations

import copy
import stat

import openpyxl
import pandas as pd
import pytest

from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from tests.inputs.valid import VALID, write_folder
from tests.test_cli import call

CITY = ("--data", "data/ville")
IDS = ("P1", "P2", "P3", "B1", "E1")


@pytest.fixture
def source(project):
    return write_folder(project.root / "saisie", VALID)


@pytest.fixture
def key(tmp_path_factory, capsys):
    path = tmp_path_factory.mktemp("coffre") / "cle"
    assert call(capsys, "pseudonymise", "--new-key", str(path))[0] == 0
    return path


def workbook(path, tables):
    """The tables as a workbook with a sheet each."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in tables.items():
        sheet = book.create_sheet(str(TABLES[name].title))
        sheet.append(list(lines[0]))
        for line in lines:
            sheet.append([value or None for value in line.values()])
    book.save(path)
    return path


# Each must be refused and not be repeated: (column, its cell), or a text in the title of an action.
COLUMNS = {
    "Nom": "Dupontel", "Tél.": "0320495001", "NIR": "185057800608491", "Courriel": "a.b@example.org",
    "Adresse postale": "3 rue de Lens", "Date de naissance": "12/03/1981", "DDN": "12/03/1981",
    "Pays de naissance": "Algérie", "Country of origin": "Mali", "Origine": "Maroc", "Nationalité": "belge",
}  # fmt: skip
CELLS = (
    "vu Mme Dupontel", "appeler le 03 20 49 50 01", "dossier 1 85 05 78 006 084 91", "écrire à a.b@example.org",
    "habite 3 rue de Lens", "3 rue de Lens 59000 Lille", "née le 12/03/1981", "patiente originaire du Maroc",
    "née en Algérie", "nationalité belge",
)  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_check_refuses_direct_identifiers_in_columns_and_in_cells_and_repeats_none(project, capsys, form):
    write = write_folder if form == "csv" else workbook
    suffix = "" if form == "csv" else ".xlsx"
    for n, (title, value) in enumerate(COLUMNS.items()):
        tables = {"ambassadors": [{**VALID["ambassadors"][0], title: value}]}
        place = write(project.root / f"colonne{n}{suffix}", tables)
        exit_code, out, err = call(capsys, "check", str(place))
        assert exit_code == 3, title
        assert value not in out + err, title
    actions = [{**VALID["actions"][1], "action_id": f"A{n}", "title": text} for n, text in enumerate(CELLS)]
    actions = [{**action, "chained_to": ""} for action in actions]
    place = write(project.root / f"cases{suffix}", {"actions": actions})
    exit_code, out, err = call(capsys, "check", str(place))
    account = (project.root / "cases-controle.html").read_text(encoding="utf-8")
    assert exit_code == 3
    assert f"{len(CELLS)} lignes refusées sur {len(CELLS)}" in out.replace("\u202f", " ").replace("\xa0", " ")
    assert not [text for text in CELLS if text in out + err + account]


def test_what_looks_like_it_and_is_not_stays_accepted(project, capsys):
    tables = copy.deepcopy(VALID)
    titles = (
        "Permanence au 4 rue des Postes", "Espace Santé, 12 rue de Lens 59000 Lille", "Accès à la nationalité",
        "Projet né le 12/03/2014", "Ateliers pour les habitants d'origine turque", "Rencontre avec madame la maire",
        "Stand 65 rue Saint-Bernard, 59000 Lille", "Cuisine d'origine locale", "12 places, 3 cours par semaine",
    )  # fmt: skip
    tables["actions"] += [{**VALID["actions"][0], "action_id": f"X{n}", "title": t} for n, t in enumerate(titles)]
    tables["referrals"] = [{**row, "Origine": "MDPH", "Pays": ""} for row in tables["referrals"]]
    tables["meetings"] = [{**row, "Lieu": "127 rue des Postes"} for row in tables["meetings"]]
    exit_code, out, _err = call(capsys, "check", str(write_folder(project.root / "saisie", tables)))
    assert exit_code == 0, out


def test_pseudonymise_says_what_it_did_and_the_copy_is_accepted(project, source, key, capsys, monkeypatch):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    exit_code, out, err = call(capsys, "pseudonymise", "saisie", "--out", "copie", "--key", str(key))
    assert exit_code == 0, err
    assert "Personnes dépistées, « Identifiant personne » : 3 personnes, 3 lignes" in out
    assert "Ambassadeurs, « Identifiant ambassadeur » : 1 personne, 1 ligne" in out
    assert not [i for i in IDS if i in out.split()]
    assert key.read_text(encoding="ascii").strip() not in out + err
    assert call(capsys, "check", "copie")[0] == 0
    exit_code, _out, err = call(capsys, "pseudonymise", "copie", "--out", "encore", "--key", str(key))
    assert exit_code == 3
    assert "déjà des pseudonymes" in err
    monkeypatch.setenv("PRS_EVAL_KEY_FILE", str(key))
    assert call(capsys, "pseudonymise", "saisie", "--out", "copie", "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["saisie", "--out", "copie"], "--new-key"),
        (["saisie", "--key", "KEY"], "--out DOSSIER"),
        (["--out", "copie", "--key", "KEY"], "SOURCE"),
        (["saisie", "--out", "copie", "--key", "KEY", "--new-key", "KEY2"], "pas les deux"),
        (["saisie", "--out", "saisie", "--key", "KEY", "--force"], "source"),
        (["saisi", "--out", "copie", "--key", "KEY"], "introuvable"),
        (["--new-key", "cle"], "dans le projet"),
        (["--new-key", "DATA/cle", "--data", "DATA"], "données"),
        (["--new-key", "KEY"], "existe déjà"),
    ],
)
def test_wrong_usage_writes_nothing(project, source, key, capsys, arguments, said):
    place = {"KEY": str(key), "KEY2": str(key) + "2", "DATA": str(key.parent), "DATA/cle": str(key.parent / "cle3")}
    before = key.read_bytes()
    exit_code, out, err = call(capsys, "pseudonymise", *(place.get(a, a) for a in arguments))
    assert (exit_code, out) == (2, "")
    assert said in err, err
    assert not (project.root / "copie").exists()
    assert [path.name for path in key.parent.iterdir()] == ["cle"]
    assert key.read_bytes() == before


def test_a_key_that_others_can_read_is_refused_with_the_remedy(project, source, key, capsys):
    key.chmod(0o640)
    exit_code, _out, err = call(capsys, "pseudonymise", "saisie", "--out", "copie", "--key", str(key))
    assert exit_code == 2
    assert "chmod 600" in err


def test_personal_data_stop_the_copy(project, source, key, capsys):
    write_folder(source, {"ambassadors": [{**VALID["ambassadors"][0], "Nom": "Dupontel"}]})
    exit_code, out, err = call(capsys, "pseudonymise", "saisie", "--out", "copie", "--key", str(key))
    assert (exit_code, out) == (3, "")
    assert "ambassadors.csv" in err
    assert "Dupontel" not in err
    assert not (project.root / "copie").exists()


def test_purge_removes_the_old_and_says_how_many_and_nobody_s_id(project, source, capsys):
    assert call(capsys, "import", "saisie", *CITY)[0] == 0
    store = Store(project.root / "data" / "ville")
    command = ["purge", "--before", "2019-01-01", *CITY]
    exit_code, out, err = call(capsys, *command, "-n")
    assert (exit_code, err) == (0, "")
    assert "Personnes dépistées : 3 lignes à retirer, 3 personnes." in out
    assert len(store.read("screening_participants")) == 3
    exit_code, out, _err = call(capsys, *command)
    assert exit_code == 0
    assert "Personnes dépistées : 3 lignes retirées, 3 personnes." in out
    assert "Réponses des professionnels : 1 ligne retirée, 1 personne." in out
    assert not [i for i in IDS if i in out.split()]
    assert store.read("screening_participants").empty
    assert len(store.read("screening_sessions")) == 2
    assert store.read("ambassadors")["ambassador_id"].tolist() == ["B1"]  # has not left
    kept = [pd.read_parquet(path).to_csv() for path in store.root.rglob("*.parquet")]
    assert not [text for text in kept if ",P1," in text or ",E1," in text]
    assert call(capsys, *command)[1].startswith("Personne dont le dernier contact")
    assert call(capsys, "import", "saisie", *CITY)[0] == 0  # the store is whole: a year can be added again


@pytest.mark.parametrize("before", ["hier", "2999-01-01", "2019"])
def test_purge_needs_a_day_that_has_come(project, capsys, before):
    exit_code, out, err = call(capsys, "purge", "--before", before)
    assert (exit_code, out) == (2, "")
    assert before in err


def test_purge_without_a_day_or_a_store_is_wrong_usage(project, capsys):
    assert "--before" in call(capsys, "purge")[2]
    exit_code, _out, err = call(capsys, "purge", "--before", "2019-01-01", "--data", "nulle-part")
    assert exit_code == 2
    assert "nulle-part" in err
    assert not (project.root / "nulle-part").exists()


def test_purge_says_when_the_rule_does_not_ask_for_it_yet(project, source, capsys):
    call(capsys, "import", "saisie", *CITY)
    today = pd.Timestamp.today().strftime("%Y-%m-%d")
    assert "plus récent que la règle" in call(capsys, "purge", "--before", today, "-n", *CITY)[2]
