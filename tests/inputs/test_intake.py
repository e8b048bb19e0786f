"""The whole of intake: nothing lost, nothing changed, references followed, both languages."""

from __future__ import annotations

import copy
from pathlib import Path

import pandas as pd
import pytest

from prs_eval.i18n import set_language
from prs_eval.inputs.intake import check
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import TABLES
from tests.inputs.hostile_cases import CASES
from tests.inputs.valid import VALID, write_folder


def test_a_clean_source_is_accepted_whole_and_typed(workbench: Workbench, tmp_path: Path) -> None:
    intake = check(write_folder(tmp_path, VALID), workbench)
    assert intake.ok
    assert (intake.read_count, intake.refused_count) == (sum(map(len, VALID.values())), 0)
    sessions = intake.accepted["screening_sessions"]
    assert sessions["cost_eur"].tolist()[0] == 1234.5
    assert sessions["held_on"].tolist() == [pd.Timestamp(2018, 4, 10), pd.Timestamp(2018, 6, 11)]
    assert intake.accepted["structures"]["structure_id"].tolist() == ["007", "S2"]
    assert intake.accepted["actions"]["reach"].tolist() == [1250, pd.NA]
    for table, frame in intake.accepted.items():
        assert list(frame) == [column.name for column in TABLES[table].columns]
        for column in TABLES[table].columns:
            kinds = {"date": "datetime64[us]", "integer": "Int64", "year": "Int64", "number": "float64"}
            assert str(frame[column.name].dtype) == kinds.get(column.kind, "str")


def test_what_was_read_right_is_accepted_again_when_written_out(workbench: Workbench, tmp_path: Path) -> None:
    first = check(write_folder(tmp_path / "typed", VALID), workbench).accepted
    (tmp_path / "codes").mkdir()
    for table, frame in first.items():
        frame.to_csv(tmp_path / "codes" / f"{table}.csv", index=False)
    second = check(tmp_path / "codes", workbench)
    assert second.ok
    for table, frame in first.items():
        pd.testing.assert_frame_equal(second.accepted[table], frame)


def test_a_reference_may_lead_to_what_was_imported_before(workbench: Workbench, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"attendance": VALID["attendance"]})
    known = {"meetings": {"R1"}, "structures": {"007", "S2"}}
    intake = check(folder, workbench, known_keys=known)
    assert intake.accepted["attendance"]["meeting_id"].tolist() == ["R1", "R1"]
    assert [issue.code for issue in intake.issues if issue.severity == "error"] == ["unknown_reference"]


def test_a_refused_row_is_kept_as_typed_with_its_number_and_all_its_problems(
    workbench: Workbench, tmp_path: Path
) -> None:
    tables = copy.deepcopy(VALID)
    tables["meetings"][1].update(quartier="Moulin", held_on="31/02/2018")
    intake = check(write_folder(tmp_path, tables), workbench)
    refused = intake.refused["meetings"].iloc[0]
    assert (refused["quartier"], refused["held_on"], refused["row"]) == ("Moulin", "31/02/2018", 3)
    assert (refused["file"], refused["sheet"]) == ("meetings.csv", "")
    assert "Moulins" in refused["problem"]
    assert "n'existe pas" in refused["problem"]


def test_personal_data_are_masked_in_refused_rows_too(workbench: Workbench, tmp_path: Path) -> None:
    tables = copy.deepcopy(VALID)
    tables["actions"][1].update(title="Relancer Mme Dupont", status="?", evidence="rapport")
    refused = check(write_folder(tmp_path, tables), workbench).refused["actions"].iloc[0]
    assert (refused["title"], refused["status"], refused["evidence"]) == ("[masqué]", "?", "rapport")


def test_a_refused_table_masks_what_its_other_columns_hold(workbench: Workbench, tmp_path: Path) -> None:
    lines = ["action_id;title;Téléphone", "A1;Voir Mme Dupont;0612345678"]
    (tmp_path / "actions.csv").write_text("\n".join(lines), encoding="utf-8")
    intake = check(tmp_path, workbench)
    assert intake.read_count == intake.refused_count == 1
    everything = " ".join(map(str, intake.issues)) + intake.refused["actions"].to_csv()
    assert "Dupont" not in everything
    assert "0612345678" not in everything


def test_more_people_than_places_is_a_warning(workbench: Workbench, tmp_path: Path) -> None:
    tables = copy.deepcopy(VALID)
    tables["screening_sessions"][0]["slots"] = "1"
    intake = check(write_folder(tmp_path, tables), workbench)
    assert intake.ok
    assert [(i.code, i.row) for i in intake.issues if i.severity == "warning"] == [("above_slots", 2)]


def test_an_example_line_is_left_out_and_said(workbench: Workbench, tmp_path: Path) -> None:
    tables = copy.deepcopy(VALID)
    tables["meetings"].insert(0, {**VALID["meetings"][0], "meeting_id": "EXEMPLE-1"})
    intake = check(write_folder(tmp_path, tables), workbench)
    assert intake.ok
    assert "example_row" in {issue.code for issue in intake.issues}
    assert intake.accepted["meetings"]["meeting_id"].tolist() == ["R1", "R2"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_message_is_a_sentence_without_a_hole(workbench: Workbench, tmp_path: Path, language: str) -> None:
    set_language(language)
    for number, case in enumerate(CASES[:: 3 if language == "fr" else 12]):
        for issue in check(case.build(tmp_path / str(number)), workbench).issues:
            assert issue.message.rstrip().endswith((".", "?", ")"))
            assert not {"{", "}", "None", "nan"} & set(issue.message.replace("NaN", "").split())
            assert "{" not in issue.message
