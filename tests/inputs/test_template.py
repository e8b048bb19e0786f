"""The entry workbook: what it writes, filled in as a person would, passes the check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from prs_eval.errors import UsageError
from prs_eval.i18n import set_language
from prs_eval.inputs.intake import check
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES, is_example_row
from prs_eval.inputs.template import ENTRY_TABLES, write_template

YEAR = 2018
TABLE_SHEETS = [name for name in TABLES if name not in ("population", "outcomes")]

# What a coordinator types, by column title: labels as offered, dates as text or as dates, codes as text.
TYPED: Mapping[str, list[dict[str, Any]]] = {
    "structures": [
        {
            "Identifiant structure": "01",
            "Nom de la structure": "Centre social du Parc",
            "Catégorie": "Professionnels sociaux",
            "Quartier": "Moulins",
            "Professionnels membres": 4,
            "Date d'entrée": "12/01/2015",
        },
        {
            "Identifiant structure": "02",
            "Nom de la structure": "Pharmacie de la Place",
            "Catégorie": "Professionnels de santé",
            "Quartier": "Moulins",
            "Professionnels membres": 2,
            "Date d'entrée": dt.datetime(2016, 5, 2),
            "Date de sortie": "31/08/2018",
        },
    ],
    "meetings": [
        {
            "Identifiant réunion": "001",
            "Quartier": "Moulins",
            "Date de la réunion": "05/02/2018",
            "Thèmes": "Alimentation|Accès aux soins",
        },
        {"Identifiant réunion": "002", "Quartier": "Moulins", "Date de la réunion": dt.datetime(2018, 4, 9)},
    ],
    "attendance": [
        {
            "Identifiant réunion": "001",
            "Catégorie": "Professionnels sociaux",
            "Identifiant structure": "01",
            "Personnes présentes": 3,
        },
        {"Identifiant réunion": "002", "Catégorie": "Habitants, usagers, bénévoles", "Personnes présentes": 5},
    ],
    "referrals": [
        {
            "Identifiant orientation": "O-1",
            "Quartier": "Moulins",
            "Date d'orientation": "07/03/2018",
            "Structure d'origine": "01",
            "Structure d'accueil": "02",
            "Motif": "Accès aux soins",
            "Suite donnée": "Inconnu",
        }
    ],
    "needs": [
        {
            "Identifiant besoin": "B-1",
            "Quartier": "Moulins",
            "Date d'expression": "05/02/2018",
            "Thème": "Alimentation",
            "Exprimé par": "Habitants, usagers, bénévoles",
            "Action qui répond": "A-1",
        }
    ],
    "actions": [
        {
            "Identifiant action": "A-1",
            "Intitulé": "Atelier cuisine",
            "Programme": "Réseau",
            "Thème": "Alimentation",
            "Quartier": "Moulins",
            "État": "Terminée",
            "Date de début": "01/03/2018",
            "Date de fin": "01/06/2018",
            "Personnes touchées": 25,
            "Codes de résultat": "A1|B1",
            "Preuve": "Bilan écrit",
        }
    ],
    "screening_sessions": [
        {
            "Identifiant séance": "D-1",
            "Quartier": "Moulins",
            "Type de dépistage": "Optique",
            "Date de la séance": "15/03/2018",
            "Lieu": "Maison de quartier",
            "Partenaire": "Hôpital Saint-Vincent-de-Paul",
            "Places offertes": 12,
            "Coût (€)": "350,50",
        }
    ],
    "screening_participants": [
        {
            "Identifiant personne": "0007",
            "Identifiant séance": "D-1",
            "Tranche d'âge": "45-59 ans",
            "Sexe": "Femme",
            "Couverture maladie": "Complémentaire santé solidaire (ex-CMU-C, ACS)",
            "Dernière consultation": "Plus de 2 ans",
            "Score EPICES": 35.5,
            "Besoin de soins": "Oui",
            "Orienté vers": "Hôpital Saint-Vincent-de-Paul",
            "Date de prise de rendez-vous": "20/03/2018",
            "Date du rendez-vous": dt.datetime(2018, 5, 14),
            "Issue du rendez-vous": "Honoré",
            "Rappel": "SMS",
            "Date d'équipement ou de soins": "12/06/2018",
            "Suivi": "Suivi terminé",
        },
        {
            "Identifiant personne": "0008",
            "Identifiant séance": "D-1",
            "Tranche d'âge": "Inconnu",
            "Sexe": "Inconnu",
            "Couverture maladie": "Inconnu",
            "Dernière consultation": "Jamais",
            "Besoin de soins": "Non",
            "Orienté vers": "Aucun",
            "Issue du rendez-vous": "Sans objet",
            "Rappel": "Sans objet",
            "Suivi": "Sans objet",
        },
    ],
    "ambassadors": [
        {
            "Identifiant ambassadeur": "V1",
            "Quartier": "Moulins",
            "Tranche d'âge": "30-44 ans",
            "Sexe": "Homme",
            "Date d'entrée": "01/09/2017",
            "Date de formation": "15/11/2017",
        }
    ],
    "ambassador_activities": [
        {
            "Identifiant activité": "T1",
            "Quartier": "Moulins",
            "Date de l'activité": "02/06/2018",
            "Type d'activité": "Stand",
            "Thème": "Accès aux droits",
            "Durée (heures)": "2,5",
            "Ambassadeurs présents": 3,
            "Personnes rencontrées": 40,
            "Dont jamais rencontrées": 15,
            "Décidé par": "Les ambassadeurs",
        }
    ],
    "ambassador_scales": [
        {
            "Identifiant ambassadeur": "V1",
            "Passation": "Avant",
            "Date de réponse": "05/01/2018",
            "Échelle": "Auto-efficacité générale (GSE)",
            "Question n°": 1,
            "Réponse": 3,
        }
    ],
    "professional_answers": [
        {
            "Identifiant répondant": "R1",
            "Identifiant structure": "01",
            "Année": 2018,
            "Question": "Pouvoir orienter les usagers",
            "Réponse": "Tout à fait d'accord",
        }
    ],
}


@pytest.fixture
def template(tmp_path: Path, workbench: Workbench) -> Path:
    """The entry workbook of Moulins for 2018."""
    return write_template(tmp_path / "saisie" / "moulins.xlsx", workbench, quartier="moulins", year=YEAR)


def fill(path: Path, typed: Mapping[str, list[dict[str, Any]]], *, first_row: int = 3) -> None:
    """Type rows below the example line."""
    book = openpyxl.load_workbook(path)
    for name, records in typed.items():
        sheet = book[str(TABLES[name].title)]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for row, record in enumerate(records, start=first_row):
            for title, value in record.items():
                sheet.cell(row, columns[title], value)
    book.save(path)


def offered(sheet: Worksheet, letter: str) -> list[str]:
    """The values that the drop-down of a column offers."""
    rule = next(r for r in sheet.data_validations.dataValidation if str(r.sqref).startswith(f"{letter}2:"))
    assert rule.type == "list"
    title, cells = rule.formula1.split("!")
    area = sheet.parent[title.strip("'")][cells.replace("$", "")]
    return [row[0].value for row in (area if isinstance(area, tuple) else ((area,),))]


def test_a_sheet_for_each_table_but_the_citys_own_after_the_instructions(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    assert list(ENTRY_TABLES) == TABLE_SHEETS
    assert book.sheetnames == ["Mode d'emploi", *(TABLES[n].title.fr for n in TABLE_SHEETS), "Listes"]
    assert all(len(title) <= 31 for title in book.sheetnames)
    assert [s.title for s in book if s.sheet_state == "hidden"] == ["Listes"]


def test_each_column_has_its_title_its_note_and_its_drop_down(template: Path, workbench: Workbench) -> None:
    book = openpyxl.load_workbook(template)
    for name in TABLE_SHEETS:
        sheet = book[TABLES[name].title.fr]
        for cell, column in zip(sheet[1], TABLES[name].columns, strict=True):
            assert cell.value == column.title.fr
            assert cell.comment.text.startswith(column.description.fr)
            assert ("Facultatif" in cell.comment.text) == column.nullable
            assert cell.comment.author == "prs_eval"
    sessions = book["Séances de dépistage"]
    assert offered(sessions, "B") == ["Moulins"]
    assert offered(sessions, "C") == ["Optique", "Dentaire"]
    assert offered(sessions, "F") == [p.label.fr for p in workbench.partners] + ["Aucun", "Inconnu"]
    people = book["Personnes dépistées"]
    assert offered(people, "H") == ["Oui", "Non", "Inconnu"]


def test_identifiers_and_dates_are_formatted_so_that_nothing_typed_is_changed(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    sheet = book["Personnes dépistées"]
    formats = {
        column.name: sheet.column_dimensions[letter].number_format
        for column, letter in zip(TABLES["screening_participants"].columns, "ABCDEFGHIJKLMNOP", strict=True)
    }
    assert formats["participant_id"] == formats["session_id"] == "@"
    assert formats["age_band"] == "@"
    assert formats["booked_on"] == "dd/mm/yyyy"


def test_the_spreadsheet_itself_refuses_far_dates_and_negative_counts(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    rules = {str(r.sqref).split(":")[0]: r for r in book["Séances de dépistage"].data_validations.dataValidation}
    dates, slots = rules["D2"], rules["G2"]
    assert (dates.type, dates.operator) == ("date", "between")
    origin = dt.date(1899, 12, 30)  # Excel's day 0 for dates after February 1900
    assert origin + dt.timedelta(int(dates.formula1)) == dt.date(2009, 1, 1)
    assert origin + dt.timedelta(int(dates.formula2)) == dt.date(2019, 12, 31)
    assert (slots.type, slots.formula1, slots.formula2) == ("whole", "1", "500")
    assert dates.showErrorMessage
    assert "jj/mm/aaaa" in dates.error
    for sheet in book:
        for rule in sheet.data_validations.dataValidation:  # Excel calls the file damaged beyond these
            assert len(rule.error or "") <= 255
            assert len(rule.errorTitle or "") <= 32


def test_the_file_names_nobody(template: Path) -> None:
    properties = openpyxl.load_workbook(template).properties
    assert properties.creator.startswith("prs_eval")
    assert properties.lastModifiedBy.startswith("prs_eval")
    assert properties.language == "fr-FR"
    assert [p.name for p in template.parent.iterdir()] == ["moulins.xlsx"]


def test_the_instructions_say_what_matters(template: Path) -> None:
    guide = openpyxl.load_workbook(template)["Mode d'emploi"]
    text = " ".join(str(cell.value) for row in guide.iter_rows() for cell in row if cell.value)
    for words in (
        "Moulins",
        "2018",
        "jj/mm/aaaa",
        "« Inconnu »",
        "Jamais de nom",
        "prs-eval check",
        "EXEMPLE",
        "TOTAL",
    ):
        assert words in text
    assert not guide.merged_cells.ranges


def test_untouched_it_checks_clean_with_no_row_read(template: Path, workbench: Workbench) -> None:
    intake = check(template, workbench)
    assert intake.ok
    assert {part.table for part in intake.parts} == set(TABLE_SHEETS)
    assert [part.read for part in intake.parts] == [0] * 12
    assert {issue.severity for issue in intake.issues} == {"info"}
    assert sum(issue.code == "example_row" for issue in intake.issues) == 12


@pytest.mark.parametrize("first_row", [3, 2], ids=["below the example", "over the example"])
def test_filled_in_as_a_person_would_it_passes_the_check_and_reaches_the_store(
    template: Path, workbench: Workbench, tmp_path: Path, first_row: int
) -> None:
    fill(template, TYPED, first_row=first_row)
    intake = check(template, workbench)
    assert [str(issue) for issue in intake.issues if issue.severity != "info"] == []
    assert {part.table: part.read for part in intake.parts} == {name: len(rows) for name, rows in TYPED.items()}
    assert all(len(part.accepted) == part.read for part in intake.parts)
    counts = Store(tmp_path / "data").write(intake.accepted, source="moulins.xlsx")
    assert counts["new"].sum() == sum(map(len, TYPED.values()))
    store = Store(tmp_path / "data")
    people = store.read("screening_participants", quartier="Moulins", years=[YEAR])
    assert people["participant_id"].tolist() == ["0007", "0008"]
    assert people["appointment_on"].tolist()[0] == pd.Timestamp(2018, 5, 14)
    assert people["coverage"].tolist() == ["css", "unknown"]
    assert people["referred_to"].tolist() == ["st_vincent", "none"]
    assert store.read("structures")["joined_on"].tolist() == [pd.Timestamp(2015, 1, 12), pd.Timestamp(2016, 5, 2)]
    assert store.read("screening_sessions")["cost_eur"].tolist() == [350.5]
    assert store.read("meetings")["themes"].tolist()[0] == "nutrition|access_to_care"


def test_rows_that_copy_the_example_s_word_are_pointed_out_not_lost_in_silence(
    template: Path, workbench: Workbench
) -> None:
    copied = [{**TYPED["meetings"][0], "Identifiant réunion": f"EXEMPLE MOU-R0{i}"} for i in (2, 3)]
    fill(template, {"meetings": [*copied, TYPED["meetings"][1]]})
    intake = check(template, workbench)
    assert intake.accepted["meetings"]["meeting_id"].tolist() == ["002"]
    (warning,) = [issue for issue in intake.issues if issue.severity == "warning"]
    assert (warning.sheet, warning.code) == ("Réunions", "example_row")
    assert "3 lignes ignorées" in warning.message


def test_every_value_that_a_drop_down_offers_is_read(template: Path, workbench: Workbench) -> None:
    """One screened person for each value of each list, all accepted."""
    sheet = openpyxl.load_workbook(template)["Personnes dépistées"]
    plain = TYPED["screening_participants"][1]
    people = []
    for letter, title in {
        "C": "Tranche d'âge",
        "D": "Sexe",
        "E": "Couverture maladie",
        "F": "Dernière consultation",
    }.items():
        people += [
            {**plain, "Identifiant personne": f"{letter}{i}", title: v} for i, v in enumerate(offered(sheet, letter))
        ]
    fill(template, {"screening_sessions": TYPED["screening_sessions"], "screening_participants": people})
    intake = check(template, workbench)
    assert [str(issue) for issue in intake.issues if issue.severity == "error"] == []
    assert len(intake.accepted["screening_participants"]) == len(people)


@pytest.mark.parametrize(
    ("value", "example"),
    [
        *((text, True) for text in ("EXEMPLE FIV-01", "exemple", " Example: 1", "EXAMPLE 1", "EXEMPLE-01")),
        *((text, False) for text in ("EXEMPLAIRE 2", "FIV-EXEMPLE", None, 12, "")),
    ],
)
def test_only_a_first_cell_that_begins_with_the_word_marks_an_example(value: object, example: bool) -> None:
    assert is_example_row(value) is example


def test_an_unknown_quartier_or_year_is_said_with_what_is_allowed(tmp_path: Path, workbench: Workbench) -> None:
    with pytest.raises(UsageError, match="Vouliez-vous dire « Moulins »"):
        write_template(tmp_path / "x.xlsx", workbench, quartier="mouIins", year=YEAR)
    with pytest.raises(UsageError, match="2014"):
        write_template(tmp_path / "x.xlsx", workbench, quartier="Moulins", year=1918)
    assert not list(tmp_path.iterdir())


def test_a_quartier_with_apostrophes_and_spaces_gets_identifiers_of_its_own(
    tmp_path: Path, workbench: Workbench
) -> None:
    firsts = set()
    for quartier in workbench.programme_quartiers:
        path = write_template(tmp_path / f"{quartier}.xlsx", workbench, quartier=quartier, year=YEAR)
        firsts.add(openpyxl.load_workbook(path)["Réunions"]["A2"].value)
    assert len(firsts) == len(workbench.programme_quartiers)


def test_in_english_it_is_english_and_passes_too(tmp_path: Path, workbench: Workbench) -> None:
    set_language("en")
    path = write_template(tmp_path / "moulins.xlsx", workbench, quartier="Moulins", year=YEAR)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Instructions", *(TABLES[n].title.en for n in TABLE_SHEETS), "Lists"]
    assert book.properties.language == "en-GB"
    assert offered(book["Screening sessions"], "C") == ["Optical", "Dental"]
    sheet = book["Meetings"]
    for column, value in enumerate(("001", "Moulins", "05/02/2018", "Nutrition"), start=1):
        sheet.cell(3, column, value)
    book.save(path)
    intake = check(path, workbench)
    assert intake.ok
    assert intake.accepted["meetings"]["held_on"].tolist() == [pd.Timestamp(2018, 2, 5)]


OTHER_ROWS: Mapping[str, list[dict[str, Any]]] = {
    "meetings": [
        {"Identifiant réunion": "001", "Quartier": "Moulins", "Date de la réunion": "05/02/2018"},
        {"Identifiant réunion": "002", "Quartier": "Fives", "Date de la réunion": "06/02/2018"},
        {"Identifiant réunion": "003", "Quartier": "moulins", "Date de la réunion": dt.datetime(2017, 12, 20)},
    ],
    "ambassadors": [
        {
            "Identifiant ambassadeur": "V1",
            "Quartier": "fives",
            "Tranche d'âge": "30-44 ans",
            "Sexe": "Homme",
            "Date d'entrée": "01/09/2015",
        }
    ],
}


def test_rows_of_another_quartier_or_year_are_pointed_at_and_kept(template: Path, workbench: Workbench) -> None:
    fill(template, OTHER_ROWS)
    intake = check(template, workbench)
    assert intake.ok
    assert intake.accepted_count == 4
    said = {(i.sheet, i.cell, i.code, i.found) for i in intake.issues if i.severity == "warning"}
    assert said == {
        ("Réunions", "B4", "other_quartier", "Fives"),
        ("Réunions", "C5", "other_year", "20/12/2017"),
        ("Ambassadeurs", "B3", "other_quartier", "fives"),  # joined in 2015: no activity of the year
    }
    messages = " ".join(i.message for i in intake.issues if i.severity == "warning")
    assert "préparé pour Moulins et cette ligne est de Fives" in messages
    assert "préparé pour 2018 et cette ligne est datée du 20/12/2017" in messages


def test_a_workbook_not_made_by_template_has_no_quartier_of_its_own(template: Path, workbench: Workbench) -> None:
    fill(template, OTHER_ROWS)
    book = openpyxl.load_workbook(template)
    for name in list(book.custom_doc_props.names):
        del book.custom_doc_props[name]
    book.save(template)
    assert not [i for i in check(template, workbench).issues if i.severity == "warning"]
