"""Pseudonyms keep people apart and together, need the key, say nothing, and lose nothing else."""

from __future__ import annotations

import base64
import copy
import csv
import datetime as dt
import hashlib
import hmac

import openpyxl
import pandas as pd
import pytest

from prs_eval.errors import DataError, UsageError
from prs_eval.inputs import pseudonyms
from prs_eval.inputs.intake import check
from prs_eval.inputs.parameters import load_workbench
from prs_eval.inputs.provenance import is_synthetic
from prs_eval.inputs.tables import PERSON_IDS, TABLES
from tests.conftest import ROOT
from tests.inputs.valid import VALID, write_folder

WORKBENCH = load_workbench(ROOT / "parameters" / "lille")
KEY, OTHER = b"a" * 32, b"b" * 32


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "saisie"
    folder.mkdir()
    for name in ("ambassadors", "ambassador_scales"):
        lines = (ROOT / "data" / "demo" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[:40]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_ids_are_replaced_alike_in_every_table_and_nothing_else_changes(source, tmp_path):
    out = tmp_path / "out"
    made = pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=KEY)
    before, after = rows(source / "ambassadors.csv"), rows(out / "ambassadors.csv")
    assert [row[1:] for row in after] == [row[1:] for row in before]
    new = {old[0]: row[0] for old, row in zip(before[1:], after[1:], strict=True)}
    assert len(set(new.values())) == len(new) == next(d.people for d in made.done if d.table == "ambassadors")
    scales = zip(rows(source / "ambassador_scales.csv")[1:], rows(out / "ambassador_scales.csv")[1:], strict=True)
    assert all(new.get(old[0], row[0]) == row[0] for old, row in scales)
    text = "".join(path.read_text(encoding="utf-8") for path in out.iterdir()) + "".join(pseudonyms.summary(made))
    assert not [old for old in new if old in text]


def test_a_pseudonym_is_the_published_hmac_and_depends_on_key_city_and_column():
    one = pseudonyms.pseudonym("AMB001", column="ambassador_id", city="59350", key=KEY)
    # RFC 2104 / FIPS 198-1 construction, written out by hand
    pad = KEY + bytes(64 - len(KEY))
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in pad) + b"prs_eval\x0059350\x00ambassador_id\x00AMB001").digest()
    digest = hashlib.sha256(bytes(b ^ 0x5C for b in pad) + inner).digest()
    assert hmac.compare_digest(digest[:16], _decoded(one))
    others = [
        pseudonyms.pseudonym("AMB001", column="ambassador_id", city="59350", key=OTHER),
        pseudonyms.pseudonym("AMB001", column="ambassador_id", city="17300", key=KEY),
        pseudonyms.pseudonym("AMB001", column="participant_id", city="59350", key=KEY),
        pseudonyms.pseudonym("AMB002", column="ambassador_id", city="59350", key=KEY),
    ]
    assert len({one, *others}) == 5
    assert others[0][:4] != one[:4]  # a change of key is seen


def _decoded(text):
    return base64.b32decode(text.split("-")[1].upper() + "======")


def test_pseudonyms_are_refused_a_second_time_and_nothing_is_written(source, tmp_path):
    pseudonyms.pseudonymise(str(source), tmp_path / "out", WORKBENCH, key=KEY)
    with pytest.raises(DataError, match="pseudonymes"):
        pseudonyms.pseudonymise(str(tmp_path / "out"), tmp_path / "again", WORKBENCH, key=OTHER)
    assert not (tmp_path / "again").exists()


def test_a_table_that_cannot_be_read_stops_everything(source, tmp_path):
    (source / "meetings.csv").write_bytes(b"%PDF-1.7 not a table")
    with pytest.raises(DataError, match=r"meetings\.csv"):
        pseudonyms.pseudonymise(str(source), tmp_path / "out", WORKBENCH, key=KEY)
    assert not (tmp_path / "out").exists()


def alike(before, after):
    """Whether an import of both gives the same rows, ids of people apart; the ids, old to new."""
    new = {}
    assert before.keys() == after.keys()
    for name, rows in before.items():
        own = [column for column in rows if column in PERSON_IDS]
        pd.testing.assert_frame_equal(rows.drop(columns=own), after[name].drop(columns=own))
        for column in own:
            pairs = {((column, old), value) for old, value in zip(rows[column], after[name][column], strict=True)}
            assert all(new.setdefault(old, value) == value for old, value in pairs)
    assert len(set(new.values())) == len(new)
    return new


def test_a_copy_imports_as_its_source_does_in_every_table(tmp_path):
    tables = copy.deepcopy(VALID)
    tables["actions"][0]["title"] = ' « 50;60 " ans » '
    source, out = write_folder(tmp_path / "in", tables), tmp_path / "out"
    pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=KEY)
    before, after = check(source, WORKBENCH), check(out, WORKBENCH)
    assert before.ok
    assert after.ok
    assert len(alike(before.accepted, after.accepted)) == 5  # P1 P2 P3, B1, E1
    for name, lines in tables.items():  # to the last space, though not to the last quote
        kept = [n for n in lines[0] if n not in PERSON_IDS]
        assert [[row[n] for n in kept] for row in lines] == [
            [dict(zip(rows(out / f"{name}.csv")[0], row, strict=True))[n] for n in kept]
            for row in rows(out / f"{name}.csv")[1:]
        ]


def test_a_workbook_keeps_its_days_numbers_and_zeros_and_one_person_keeps_one_pseudonym(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Ambassadeurs"
    sheet.append([str(column.title) for column in TABLES["ambassadors"].columns])
    sheet.append([7, "Fives", "45-59", "Femme", dt.date(2017, 3, 1), None, dt.datetime(2017, 5, 15, 9, 30)])
    sheet.append([8, "Fives", "45-59", "Homme", 42795, None, None])  # a day that lost its format: 1 March 2017
    sheet["A3"].number_format = "000"
    answers = book.create_sheet("Échelles des ambassadeurs")
    answers.append([str(column.title) for column in TABLES["ambassador_scales"].columns])
    answers.append(["7", "Avant", dt.date(2017, 3, 2), "gse", 10, 3])
    answers.append(["008", "Avant", dt.date(2017, 3, 2), "gse", 9, 4])
    book.create_sheet("Contacts").append(["Marie Dupont", "06 12 34 56 78"])
    book.save(tmp_path / "saisie.xlsx")
    made = pseudonyms.pseudonymise(str(tmp_path / "saisie.xlsx"), tmp_path / "out", WORKBENCH, key=KEY)
    before, after = check(tmp_path / "saisie.xlsx", WORKBENCH), check(tmp_path / "out", WORKBENCH)
    assert before.ok
    assert set(alike(before.accepted, after.accepted)) == {("ambassador_id", "7"), ("ambassador_id", "008")}
    assert made.ignored == ("Contacts",)
    assert "Dupont" not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())


def only(tmp_path, table, text):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


AMBASSADORS = "ambassador_id;quartier;age_band;sex;joined_on;left_on;trained_on"


@pytest.mark.parametrize(
    ("line", "more", "silent"),
    [
        ("B1;Fives;45-59;female;01/03/2017;;;Mme Dupont", ";Nom", "Dupont"),
        ("B1;Fives;45-59;female;01/03/2017;;;voir Marie Dupont", ";Remarque", "Dupont"),
        ("B1;Fives;45-59;female;01/03/2017;;;3 rue de Lens", ";Remarque", "Lens"),
        ("0612345678;Fives;45-59;female;01/03/2017;;", "", "06123"),
        ("Marie Dupont;Fives;45-59;female;01/03/2017;;", "", "Dupont"),
        ("B1 bis;Fives;45-59;female;01/03/2017;;", "", "bis"),
        ("B1;Fives;45-59;female;01/03/2017;;;in a column too many", "", "too many"),
        ("B1;Fives;45-59", "", "45-59"),
    ],
)
def test_what_would_name_someone_or_be_lost_stops_everything_and_is_not_repeated(tmp_path, line, more, silent):
    folder = only(tmp_path, "ambassadors", f"{AMBASSADORS}{more}\n{line}\n")
    with pytest.raises(DataError) as error:
        pseudonyms.pseudonymise(str(folder), tmp_path / "out", WORKBENCH, key=KEY)
    assert silent not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_column_that_no_table_knows_is_left_out_and_named(tmp_path):
    folder = only(tmp_path, "ambassadors", f"{AMBASSADORS};Dossier\nB1;Fives;45-59;female;01/03/2017;;;X-77\n")
    made = pseudonyms.pseudonymise(str(folder), tmp_path / "out", WORKBENCH, key=KEY)
    assert "X-77" not in (tmp_path / "out" / "ambassadors.csv").read_text(encoding="utf-8")
    assert "« Dossier »" in "".join(pseudonyms.summary(made))


def test_a_formula_without_its_result_is_not_copied_as_a_blank(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Ambassadeurs"
    sheet.append(AMBASSADORS.split(";"))
    sheet.append(["B1", "Fives", "45-59", "female", dt.date(2017, 3, 1), "=E2+30", None])
    book.save(tmp_path / "saisie.xlsx")
    with pytest.raises(DataError, match="1 ligne ne se lit pas"):
        pseudonyms.pseudonymise(str(tmp_path / "saisie.xlsx"), tmp_path / "out", WORKBENCH, key=KEY)


def test_two_files_of_one_table_are_not_written_over_one_another(source, tmp_path):
    (source / "Ambassadeurs.csv").write_bytes((source / "ambassadors.csv").read_bytes())
    with pytest.raises(DataError, match="deux fois"):
        pseudonyms.pseudonymise(str(source), tmp_path / "out", WORKBENCH, key=KEY)


def test_invented_rows_stay_marked_also_from_a_single_file(source, tmp_path):
    (source / "_source.yml").write_text("synthetic: true\n", encoding="utf-8")
    pseudonyms.pseudonymise(str(source / "ambassadors.csv"), tmp_path / "out", WORKBENCH, key=KEY)
    assert is_synthetic(tmp_path / "out")


def test_the_source_is_never_overwritten_nor_anything_but_an_earlier_copy(source, tmp_path):
    before = {path: path.read_bytes() for path in source.iterdir()}
    for start, out in (
        (source, source),
        (source, tmp_path),
        (source, source / "x"),
        (source / "ambassadors.csv", source),
    ):
        with pytest.raises(UsageError, match="--out"):
            pseudonyms.pseudonymise(str(start), out, WORKBENCH, key=KEY, force=True)
    assert {path: path.read_bytes() for path in source.iterdir()} == before
    out = tmp_path / "out"
    pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=KEY)
    with pytest.raises(UsageError, match="--force"):
        pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=OTHER)
    (source / "ambassador_scales.csv").unlink()
    pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=OTHER, force=True)
    assert [path.name for path in out.iterdir()] == ["ambassadors.csv"]  # no table of the old key is left beside
    assert out.stat().st_mode & 0o077 == 0
    assert {path.name for path in tmp_path.iterdir()} == {"saisie", "out"}
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="autre chose"):
        pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=OTHER, force=True)
    assert (out / "notes.txt").exists()


def test_every_id_that_stands_for_a_person_is_known_as_such():
    people = {name for name, table in TABLES.items() if table.person_column}
    for table in TABLES.values():
        for column in table.columns:
            if "sans lien avec l'identité" in column.description.fr:
                assert column.name in PERSON_IDS
        for column, target in table.references:  # under another name, it would not be replaced
            assert target not in people or column in PERSON_IDS


def test_the_key_is_made_once_kept_private_and_out_of_the_project(tmp_path, monkeypatch):
    path = pseudonyms.new_key(tmp_path / "key")
    key = pseudonyms.read_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="existe"):
        pseudonyms.new_key(path)
    with pytest.raises(UsageError, match="projet"):
        pseudonyms.new_key(ROOT / "key")
    monkeypatch.chdir(tmp_path)  # from outside, it is still a project
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    for inside in (ROOT / "data" / "key", tmp_path / "repo" / "key"):
        with pytest.raises(UsageError, match="projet"):
            pseudonyms.new_key(inside)
    with pytest.raises(UsageError, match="données"):
        pseudonyms.read_key(path, apart_from=[path.parent])
    monkeypatch.setenv(pseudonyms.KEY_FILE, str(path))
    assert pseudonyms.read_key(None) == key
    monkeypatch.delenv(pseudonyms.KEY_FILE)
    with pytest.raises(UsageError, match="--new-key"):
        pseudonyms.read_key(None)


@pytest.mark.parametrize(("content", "mode"), [("ab" * 32, 0o644), ("ab" * 8, 0o600), ("pas une clé", 0o600)])
def test_a_key_that_others_read_or_that_is_short_or_no_key_is_refused(tmp_path, content, mode):
    path = tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(UsageError):
        pseudonyms.read_key(path)
