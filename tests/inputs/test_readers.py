"""Sources into raw tables: what is read, what is left aside, and that this is said."""

from __future__ import annotations

import os
from pathlib import Path

import openpyxl
import pytest

from prs_eval.errors import UsageError
from prs_eval.inputs.delimited import find_separator, read_records, split_lines
from prs_eval.inputs.encoding import decode
from prs_eval.inputs.naming import nearest_table, table_named
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.quantities import UnreadableError
from prs_eval.inputs.readers import read_source
from prs_eval.inputs.tables import TABLES
from prs_eval.inputs.xlsx_guard import column_letters, column_number, parse_range
from tests.inputs.valid import VALID, csv_text, write_folder


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 (BOM)"),
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16 (BOM)"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
def test_the_encoding_is_found_and_said(encoding: str, said: str) -> None:
    text = "Identifiant réunion;Quartier\nR1;Faubourg de Béthune\nR2;« été » – 3 €\n"
    assert decode(text.encode(encoding)) == (text, said)


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "utf-32"])
def test_an_encoding_that_would_be_mangled_is_refused(encoding: str) -> None:
    with pytest.raises(UnreadableError):
        decode("Identifiant réunion;Thèmes\nR1;Béthune à l'école\n".encode(encoding))


def test_the_separator_is_the_one_under_which_titles_are_known() -> None:
    assert find_separator(["Quartier;Date de la réunion"]) == ";"
    assert find_separator(['"Quartier","Date de la réunion, jour"']) == ","
    assert find_separator(["Quartier\tThèmes, autres; encore"]) == "\t"


def test_no_line_of_a_text_is_lost() -> None:
    lines = split_lines('a;b\r\n1;"x\ny"\r\n\r\n2;"open\r\n3;z\r\n')
    rows = list(read_records(lines, ";", 1, 2))
    assert [(row.number, list(row.values), len(row.faults)) for row in rows] == [
        (2, ["1", "x y"], 0),
        (5, ["2", "open"], 1),
        (6, ["3", "z"], 0),
    ]


def test_a_table_is_known_by_its_code_name_and_titles() -> None:
    for table in TABLES.values():
        for name in (table.name, table.title.fr, table.title.en, table.title.fr.upper(), table.name.replace("_", "-")):
            assert table_named(name) == table.name
    assert table_named("Feuil1") is None
    assert nearest_table("Presence") == "Présences"
    assert nearest_table("Budget") is None


def test_a_misspelt_source_is_answered_with_the_file_that_lies_there(tmp_path: Path, workbench: Workbench) -> None:
    for name in ("saisie-moulins-2024.xlsx", "saisie-moulins-2024.md", "~$saisie-moulins-2024.xlsx"):
        (tmp_path / name).touch()
    for typed in ("saisie-moulin-2024.xlsx", "saisie_moulins_2024.xlsx", "Saisie-Moulins-2024.xls"):
        with pytest.raises(UsageError, match="Vouliez-vous dire") as said:
            read_source(tmp_path / typed, workbench)
        assert f"« {tmp_path / 'saisie-moulins-2024.xlsx'} »" in str(said.value)
    for typed in ("budget.xlsx", "nowhere/saisie-moulins-2024.xlsx"):
        with pytest.raises(UsageError, match="Source introuvable") as said:
            read_source(tmp_path / typed, workbench)
        assert "Vouliez-vous" not in str(said.value)


def test_a_folder_a_file_and_a_workbook_hold_the_same_rows(workbench: Workbench, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "csv", VALID)
    (folder / "README.md").write_text("# lu par personne")
    (folder / "_source.yml").write_text("synthetic: true")
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for table, rows in VALID.items():
        sheet = book.create_sheet(table)
        for row in (list(rows[0]), *(list(row.values()) for row in rows)):
            sheet.append(row)
    book.save(tmp_path / "saisie.xlsx")
    from_folder = {raw.table: raw for raw in read_source(folder, workbench)}
    from_book = {raw.table: raw for raw in read_source(tmp_path / "saisie.xlsx", workbench)}
    assert set(from_folder) == set(from_book) == set(VALID)
    for table in VALID:
        texts = [[[value or "" for value in row.values] for row in raw[table].rows] for raw in (from_folder, from_book)]
        assert texts[0] == texts[1] == [list(row.values()) for row in VALID[table]]
        (alone,) = read_source(folder / f"{table}.csv", workbench)
        assert [row.values for row in alone.rows] == [row.values for row in from_folder[table].rows]


def test_a_missing_source_is_a_usage_error_that_says_what_to_give(workbench: Workbench, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"introuvable.*\.xlsx"):
        read_source(tmp_path / "absent", workbench)


def test_a_workbook_in_a_folder_of_csv_is_not_silently_left_out(workbench: Workbench, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "csv", {"meetings": VALID["meetings"]})
    for name in ("saisie.xlsx", "ancien.xls"):
        (folder / name).write_bytes(b"PK")
    said = [issue for raw in read_source(folder, workbench) for issue in raw.issues if issue.severity == "warning"]
    assert [(issue.file, issue.code) for issue in said] == [
        ("ancien.xls", "workbook_in_folder"),
        ("saisie.xlsx", "workbook_in_folder"),
    ]


def test_a_pipe_named_as_a_table_does_not_hang(workbench: Workbench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "meetings.csv")
    (raw,) = read_source(tmp_path, workbench)
    assert raw.refusal
    assert raw.refusal.code == "unreadable_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_refused(workbench: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "meetings.csv"
    path.write_text(csv_text(VALID["meetings"]))
    path.chmod(0)
    (raw,) = read_source(path, workbench)
    assert raw.refusal
    assert raw.refusal.code == "unreadable_file"


def test_millions_of_empty_lines_are_refused_before_they_are_split(workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "meetings.csv").write_bytes(b"meeting_id;quartier;held_on\n" + b"\n" * 1_000_000)
    (raw,) = read_source(tmp_path, workbench)
    assert raw.refusal
    assert raw.refusal.code == "too_many_cells"


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16384)])
def test_columns_are_lettered_as_in_a_spreadsheet(letters: str, number: int) -> None:
    assert column_number(letters) == number
    assert column_letters(number) == letters
    assert parse_range(f"${letters}$2:{letters}7") == (2, number, 7, number)
