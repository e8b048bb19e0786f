"""The hostile cases: every trap that hand-made files were seen to hold."""

# ruff: noqa: E501  (one case a line reads as a table)
from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from tests.inputs.hostile import (
    MEETINGS_HEADER,
    TOTAL_ROWS,
    Case,
    Refusal,
    added,
    bomb,
    book,
    changed,
    counts,
    file,
    meetings,
    one,
    patch,
    renamed,
    two_files,
    wide_valid,
    with_lock_file,
)
from tests.inputs.valid import VALID

GOOD = "R1;Fives;14/03/2018;"
DAY = pd.Timestamp(2018, 3, 14)
DATE = "ligne 2, colonne Date de la réunion"
HELD = "meetings.csv, " + DATE


def _date(text: str, code: str, says: str) -> Case:
    return Case(f"date {text!r}", meetings(f"R1;Fives;{text};"), 1, {}, (Refusal(HELD, code, says),))


def _good_date(text: str) -> Case:
    return Case(f"date {text!r} is read", meetings(f"R1;Fives;{text};"), 1, one([DAY], "held_on"))


def _cell(name: str, table: str, column: str, text: str, code: str, says: str, *, at: int = 0, more: int = 0) -> Case:
    """One cell of the valid source changed, in a table nothing refers to; only its row is refused."""
    keys = counts()
    first = next(iter(keys[table]))
    kept = [key for number, key in enumerate(keys.pop(table)[first]) if number != at]
    if kept:
        keys[table] = {first: kept}
    place = f"{table}.csv, ligne {at + 2}, colonne {column}"
    return Case(name, changed(table, at, **{column: text}), TOTAL_ROWS, keys, (Refusal(place, code, says),))


def _rows(*rows: list[object]):
    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(row)

    return fill


def _formats(fill_row: list[object], **formats: str):
    def fill(sheet: Worksheet) -> None:
        sheet.append(fill_row)
        for cell, number_format in formats.items():
            sheet[cell].number_format = number_format

    return fill


def _merged(reference: str):
    def fill(sheet: Worksheet) -> None:
        sheet.append(["R1", "Fives", dt.date(2018, 3, 14), None])
        sheet.append(["R2", "Fives", dt.date(2018, 3, 15), None])
        sheet.append(["R3", "Fives", dt.date(2018, 3, 16), None])
        sheet.merge_cells(reference)

    return fill


def _far(sheet: Worksheet) -> None:
    sheet["XFD1048576"] = "x"


def _hidden(sheet: Worksheet) -> None:
    sheet.append(["R1", "Fives", dt.date(2018, 3, 14), None])
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["D"].hidden = True


def _epoch_1904(sheet: Worksheet) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    assert sheet.parent is not None
    sheet.parent.epoch = CALENDAR_MAC_1904
    sheet.append(["R1", "Fives", dt.date(2018, 3, 14), None])
    sheet.append(["R2", "Fives", 41711, None])  # 14/03/2018 counted from 1904


def _hidden_sheet(sheet: Worksheet) -> None:
    sheet.append(["R1", "Fives", dt.date(2018, 3, 14), None])
    assert sheet.parent is not None
    sheet.parent.create_sheet("Listes")
    sheet.sheet_state = "hidden"


def _entities(folder: Path) -> Path:
    path = book(_rows(["R1", "Fives", "14/03/2018", None]))(folder)
    laughs = r'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet'
    patch(path, {"xl/worksheets/sheet1.xml": (r"<worksheet", laughs)})
    return path


def _truncated(folder: Path) -> Path:
    path = book(_rows(["R1", "Fives", "14/03/2018", None]))(folder)
    path.write_bytes(path.read_bytes()[:-900])
    return path


XLSX = "saisie.xlsx, feuille Réunions, "
CASES = [
    # encodings and separators
    Case("UTF-8", meetings("R1;Faubourg de Béthune;14/03/2018;"), 1, one(["Faubourg de Béthune"], "quartier")),
    Case("UTF-8 with a mark", meetings("R1;faubourg de bethune;14/03/2018;", encoding="utf-8-sig"), 1, one(["Faubourg de Béthune"], "quartier")),
    Case("Windows-1252", meetings("R1;Fbg de Béthune;14/03/2018;", encoding="cp1252"), 1, one(["Faubourg de Béthune"], "quartier"), said=("encoding",)),
    Case("UTF-16 with a mark", meetings("R1;Faubourg de Béthune;14/03/2018;", encoding="utf-16"), 1, one(["Faubourg de Béthune"], "quartier")),
    Case("UTF-16 little-endian, no mark", meetings("R1;Faubourg de Béthune;14/03/2018;", encoding="utf-16-le"), 1, one(["Faubourg de Béthune"], "quartier")),
    Case("UTF-16 big-endian, no mark", meetings("R1;Faubourg de Béthune;14/03/2018;", encoding="utf-16-be"), 1, one(["Faubourg de Béthune"], "quartier")),
    Case("DOS encoding", meetings("R1;Faubourg de Béthune;14/03/2018;", encoding="cp850"), 0, {}, (Refusal("meetings.csv", "unknown_encoding", "CSV UTF-8"),)),
    Case("accents damaged by a conversion", meetings("R1;Faubourg de BÃ©thune;14/03/2018;"), 1, {}, (Refusal("meetings.csv, ligne 2, colonne Quartier", "damaged_text", "abîmés"),)),
    Case("commas", meetings("R1,Fives,14/03/2018,", header=MEETINGS_HEADER.replace(";", ",")), 1, one([DAY], "held_on"), said=("encoding",)),
    Case("tabulations", meetings("R1\tFives\t14/03/2018\t", header=MEETINGS_HEADER.replace(";", "\t")), 1, one([DAY], "held_on")),
    Case("sep= line", file("meetings.csv", f"sep=;\r\n{MEETINGS_HEADER}\r\n{GOOD}\r\n"), 1, one([DAY], "held_on")),
    Case("old Mac line ends", file("meetings.csv", f"{MEETINGS_HEADER}\r{GOOD}\r"), 1, one(["R1"])),
    Case("decomposed accents", meetings("R1;Faubourg de Be\u0301thune;14/03/2018;"), 1, one(["Faubourg de Béthune"], "quartier")),
    # dates
    _good_date("14/03/2018"), _good_date("14-03-2018"), _good_date("14.03.2018"), _good_date("2018-03-14"),
    _good_date("2018-03-14 00:00:00"), _good_date("14 mars 2018"), _good_date("mercredi 14 mars 2018"), _good_date("\u00a014/3/2018 "),
    _date("04/13/2018", "date_order", "jj/mm/aaaa"),
    _date("31/02/2018", "impossible_date", "n'existe pas"),
    _date("14/03/18", "two_digit_year", "quatre chiffres"),
    _date("14/03/1018", "far_date", "trop éloignée"),
    _date("14/03/2108", "far_date", "trop éloignée"),
    _date("43173", "bare_number_date", "format Date"),
    _date("2018", "bare_number_date", "jj/mm/aaaa"),
    _date("mars 2018", "not_a_date", "jj/mm/aaaa"),
    _date("14/03-2018", "not_a_date", "jj/mm/aaaa"),
    _date("٠١/٠٢/٢٠١٨", "not_a_date", "jj/mm/aaaa"),
    _date("", "missing_value", "vide"),
    _date("#N/A", "excel_error", "erreur du tableur"),
    Case("a time of day is left out, and said", meetings("R1;Fives;14/03/2018 18:30;"), 1, one([DAY], "held_on"), said=("note",)),
    # rows
    Case("a typed total", meetings(GOOD, "TOTAL;;;", "Sous-total Fives;;;", "TOTAL général;;;"), 4, one(["R1"]), (Refusal("meetings.csv, ligne 3, colonne Identifiant réunion", "total_row", "Supprimer"), Refusal("meetings.csv, ligne 4", "total_row"), Refusal("meetings.csv, ligne 5", "total_row"))),
    Case("a mean in the second column", meetings(GOOD, ";Moyenne;;"), 2, one(["R1"]), (Refusal("meetings.csv, ligne 3, colonne Quartier", "total_row", "Moyenne"),)),
    Case("empty rows at the end and between", meetings(GOOD, ";;;", " ;\u00a0; ;", "R2;Fives;15/03/2018;", "", ";;;"), 2, one(["R1", "R2"])),
    Case("a missing separator", meetings(GOOD, "R2;Fives 15/03/2018"), 2, one(["R1"]), (Refusal("meetings.csv, ligne 3", "too_few_fields", "4 colonnes"),)),
    Case("a separator too many", meetings(GOOD, "R2;Fives;15/03/2018;;;Alimentation"), 2, one(["R1"]), (Refusal("meetings.csv, ligne 3", "too_many_fields", "de trop"),)),
    Case("empty fields too many are nothing", meetings("R1;Fives;14/03/2018;;;;"), 1, one(["R1"])),
    Case("a quote never closed swallows nothing", meetings('R1;"Fives;14/03/2018;', "R2;Fives;15/03/2018;"), 2, one(["R2"]), (Refusal("meetings.csv, ligne 2", "open_quote", "guillemet"),)),
    Case("two open quotes do not marry", meetings('R1;"Fives;14/03/2018;', "R2;Fives;15/03/2018;", 'R3;Fives";16/03/2018;'), 3, one(["R2"]), (Refusal("meetings.csv, ligne 2", "open_quote"), Refusal("meetings.csv, ligne 4, colonne Quartier", "unknown_quartier", "« Fives »"))),
    Case("a quote closed in the middle", meetings('R1;"Fi"ves;14/03/2018;'), 1, {}, (Refusal("meetings.csv, ligne 2", "open_quote"),)),
    Case("a header on two lines in quotes", meetings("R1;Fives;14/03/2018;", header='Identifiant réunion;Quartier;"Date de\r\nla réunion";Thèmes'), 1, one(["R1"])),
    Case("a NUL in a row", meetings(GOOD, "R2;Fives\x00;15/03/2018;"), 2, one(["R1"]), (Refusal("meetings.csv, ligne 3", "nul", "abîmé"),)),
    Case("an invisible character in an id", meetings("R\u200b1;Fives;14/03/2018;"), 1, {}, (Refusal("meetings.csv, ligne 2, colonne Identifiant réunion", "control_character", "invisible"),)),
    Case("a control character", meetings("R1;Fi\x07ves;14/03/2018;"), 1, {}, (Refusal("meetings.csv, ligne 2, colonne Quartier", "control_character", "invisible"),)),
    Case("the same key twice", meetings(GOOD, "R1;Moulins;15/03/2018;"), 2, one(["R1"]), (Refusal("meetings.csv, ligne 3, colonne Identifiant réunion", "duplicate_key", "ligne 2"),)),
    Case("the same line twice", meetings(GOOD, GOOD), 2, one(["R1"]), (Refusal("meetings.csv, ligne 3", "duplicate_key", "ligne 2"),)),
    Case("several faults, one refused row", meetings(";Fiv;31/02/2018;Alim"), 1, {}, (Refusal("meetings.csv, ligne 2, colonne Identifiant réunion", "missing_value"), Refusal("meetings.csv, ligne 2, colonne Quartier", "unknown_quartier", "Fives"), Refusal(HELD, "impossible_date"), Refusal("meetings.csv, ligne 2, colonne Thèmes", "unknown_code", "Alimentation"))),
    # headers
    Case("titles in capitals without accents", meetings(GOOD, header="IDENTIFIANT REUNION;QUARTIER;DATE DE LA REUNION;THEMES"), 1, one(["R1"])),
    Case("titles in English", meetings(GOOD, header="Meeting id;Quartier;Held on;Themes"), 1, one(["R1"])),
    Case("columns in another order", meetings("14/03/2018;R1;Fives", header="held_on;meeting_id;quartier"), 1, one(["R1"]), said=("absent_column",)),
    Case("the same column twice", meetings("R1;Fives;Moulins;14/03/2018", header="meeting_id;Quartier;quartier;held_on"), 1, {}, (Refusal("meetings.csv, ligne 1, colonne quartier", "duplicate_header", "Deux colonnes"),)),
    Case("an unknown column twice", meetings("R1;Fives;14/03/2018;a;b", header="meeting_id;quartier;held_on;Note;note"), 1, {}, (Refusal("meetings.csv, ligne 1, colonne note", "duplicate_header"),)),
    Case("a column not foreseen", meetings("R1;Fives;14/03/2018;bien", header="meeting_id;quartier;held_on;Remarque"), 1, one(["R1"]), said=("unknown_column",)),
    Case("a required column missing", meetings("R1;14/03/2018", "R2;15/03/2018", header="meeting_id;held_on"), 2, {}, (Refusal("meetings.csv, ligne 1", "missing_column", "« Quartier »"),)),
    Case("a misspelt title", meetings("R1;Fives;14/03/2018", header="meeting_id;Quartié;held_on"), 1, {}, (Refusal("meetings.csv, ligne 1", "missing_column", "« Quartié » serait-elle « Quartier »"),)),
    Case("no header at all", file("meetings.csv", "R1;Fives;14/03/2018;\r\nR2;Fives;15/03/2018;\r\n"), 2, {}, (Refusal("meetings.csv, ligne 1", "no_header", "première ligne"),)),
    Case("a title line above the header", file("meetings.csv", "Réunions 2018;;;\r\n;;;\r\n" + MEETINGS_HEADER + "\r\n" + GOOD + "\r\n"), 3, {}, (Refusal("meetings.csv, ligne 1", "no_header", "à la ligne 3"),)),
    Case("a title line of one cell above the header", file("meetings.csv", "Réunions 2018\r\n" + MEETINGS_HEADER.replace(";", ",") + "\r\n" + GOOD.replace(";", ",") + "\r\n"), 3, {}, (Refusal("meetings.csv, ligne 1", "no_header", "à la ligne 2"),)),
    Case("the header repeated in the middle", meetings(GOOD, MEETINGS_HEADER, "R2;Fives;15/03/2018;"), 2 + 1, one(["R1", "R2"]), (Refusal("meetings.csv, ligne 3", "repeated_header", "supprimer"),)),
    Case("a bare Nom in the structures", file("structures.csv", "structure_id;Nom;category;quartier;members;joined_on\n007;Centre social;social;Fives;3;01/02/2014\n"), 1, {}, (Refusal("structures.csv, ligne 1", "personal_column", "« Nom de la structure »"),)),
    Case("several themes on several lines of a cell", book(_rows(["R1", "Fives", dt.date(2018, 3, 14), "Alimentation\nAddictions"])), 1, one(["nutrition|addictions"], "themes")),
    Case("a value in a column without a title", meetings("R1;Fives;?;14/03/2018", "R2;Fives;;15/03/2018", header="meeting_id;quartier;;held_on"), 2, one(["R2"]), (Refusal("meetings.csv, ligne 2, colonne C", "outside_table", "sans titre"),)),
    Case("header only", meetings(), 0, {}, said=("no_row",)),
    Case("an empty file", file("meetings.csv", b""), 0, {}, (Refusal("meetings.csv", "empty_file", "vide"),)),
    Case("only empty lines", file("meetings.csv", b"\r\n;;;\r\n"), 0, {}, (Refusal("meetings.csv", "empty_file", "vide"),)),
    # files
    Case("a file name that is no table", renamed(meetings(GOOD), "metings.csv"), 0, {}, (Refusal("metings.csv", "unknown_table", "« Réunions.csv »"),)),
    Case("a folder without a table", file("metings.csv", "a;b\n"), 0, {}, (Refusal("source", "no_table", "meetings.csv"),), said=("unknown_table",)),
    Case("the same table in two files", two_files, 2, one(["R9"]), (Refusal("meetings.csv", "table_twice", "Réunions.csv"),)),
    Case("a lock file", with_lock_file, 1, one(["R1"])),
    Case("a workbook named .csv", renamed(book(_rows(["R1", "Fives", "14/03/2018", None])), "meetings.csv"), 0, {}, (Refusal("meetings.csv", "not_what_it_says", ".xlsx"),)),
    Case("a page named .csv", file("meetings.csv", "<html><table><tr><td>R1</td></tr></table></html>"), 0, {}, (Refusal("meetings.csv", "not_what_it_says", "HTML"),)),
    Case("CSV named .xlsx", file("saisie.xlsx", "a;b\n1;2\n"), 0, {}, (Refusal("saisie.xlsx", "not_what_it_says", ".xlsx"),)),
    Case("a page named .xlsx", file("saisie.xlsx", "<html><table></table></html>"), 0, {}, (Refusal("saisie.xlsx", "not_what_it_says", "HTML"),)),
    Case("an old or locked workbook named .xlsx", file("saisie.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), 0, {}, (Refusal("saisie.xlsx", "old_or_locked", "mot de passe"),)),
    Case("an .xls", file("saisie.xls", b"\xd0\xcf\x11\xe0"), 0, {}, (Refusal("saisie.xls", "unknown_format", "enregistrer en .xlsx"),)),
    Case("an .ods", file("saisie.ods", b"PK\x03\x04"), 0, {}, (Refusal("saisie.ods", "unknown_format", "enregistrer en .xlsx"),)),
    Case("a truncated workbook", _truncated, 0, {}, (Refusal("saisie.xlsx", "damaged_workbook", "abîmé"),)),
    Case("an empty workbook file", file("saisie.xlsx", b""), 0, {}, (Refusal("saisie.xlsx", "empty_file", "vide"),)),
    Case("a zip bomb", bomb, 0, {}, (Refusal("saisie.xlsx", "zip_bomb", "déplie"),)),
    Case("entities in a sheet", _entities, 0, {}, (Refusal("saisie.xlsx", "entities"),)),
    # workbooks
    Case("a workbook with all tables, English titles", wide_valid, TOTAL_ROWS, counts(), said=("ignored_sheet",)),
    Case("true dates and zeros kept by a format", book(_formats([7, "Fives", dt.date(2018, 3, 14), None], A2="000")), 1, {"meetings": {"meeting_id": ["007"], "held_on": [DAY]}}),
    Case("zeros and letters kept by a format", book(_formats([7, "Fives", dt.date(2018, 3, 14), None], A2='"R-"000')), 1, one(["R-007"])),
    Case("a number with a point as id", book(_rows([12.0, "Fives", dt.date(2018, 3, 14), None])), 1, one(["12"])),
    Case("a serial number in a date column, 1900", book(_rows(["R1", "Fives", 43173, None])), 1, one([DAY], "held_on"), said=("note",)),
    Case("dates and serials counted from 1904", book(_epoch_1904), 2, one([DAY, DAY], "held_on")),
    Case("serial 60, the day that never was", book(_rows(["R1", "Fives", 60, None])), 1, {}, (Refusal(XLSX + "C2", "impossible_date", "29/02/1900"),)),
    Case("a text date in a workbook", book(_rows(["R1", "Fives", "14/03/2018", None], ["R2", "Fives", "04/13/2018", None])), 2, one([DAY], "held_on"), (Refusal(XLSX + "C3", "date_order", "mois 13"),)),
    Case("a formula never computed", book(_rows(["R1", "Fives", "=TODAY()", None])), 1, {}, (Refusal(XLSX + "C2", "formula_without_value", "formule"),)),
    Case("a formula with its value", book(_rows(["R1", "Fives", "=DATE(2018,3,14)", None]), after={"xl/worksheets/sheet1.xml": (r"</f><v\s*/>|</f><v></v>", "</f><v>43173</v>")}), 1, one([DAY], "held_on"), said=("formulas",)),
    Case("an error value", book(_rows(["R1", "#REF!", dt.date(2018, 3, 14), None])), 1, {}, (Refusal(XLSX + "B2", "excel_error", "#REF!"),)),
    Case("merged cells", book(_merged("B2:B3")), 3, one(["R3"]), (Refusal(XLSX + "B2", "merged_cells", "B2:B3"), Refusal(XLSX + "B3", "merged_cells", "Défusionner".lower()[1:]))),
    Case("a merged header", book(_merged("A1:B1")), 3, {}, (Refusal(XLSX + "A1", "merged_header", "Défusionner"),)),
    Case("hidden rows and columns are read, and said", book(_hidden), 1, one(["R1"]), said=("hidden_rows", "hidden_columns")),
    Case("a hidden sheet is read, and said", book(_hidden_sheet), 1, one(["R1"]), said=("hidden_sheet", "ignored_sheet")),
    Case("the last cell of the sheet used", book(_far), 0, {}, (Refusal(XLSX + "XFD1048576", "too_many_cells", "XFD1048576"),)),
    Case("a value beyond the header", book(_rows(["R1", "Fives", dt.date(2018, 3, 14), None, "?"])), 1, {}, (Refusal(XLSX + "E2", "outside_table", "E2"),)),
    Case("a code turned into a date by the spreadsheet", book(_rows(["R1", dt.date(2018, 5, 1), dt.date(2018, 3, 14), None])), 1, {}, (Refusal(XLSX + "B2", "unexpected_date", "format Texte"),)),
    Case("an id rounded by the spreadsheet", book(_rows([1.2345678901234567e17, "Fives", dt.date(2018, 3, 14), None])), 1, {}, (Refusal(XLSX + "A2", "rounded_id", "format Texte"),)),
    Case("a sheet with no known name", book(_rows(["R1"]), title="Feuil1"), 0, {}, (Refusal("saisie.xlsx", "no_table", "Réunions"),)),
    Case("an empty sheet", book(lambda sheet: sheet.delete_rows(1, 9)), 0, {}, (Refusal("saisie.xlsx, feuille Réunions", "empty_file", "vide"),)),
    Case("macros", renamed(book(_rows(["R1", "Fives", dt.date(2018, 3, 14), None])), "saisie.xlsm"), 1, one(["R1"]), said=("macros",)),
    # numbers
    _cell("ambiguous point", "attendance", "people", "1.234", "ambiguous_number", "1234"),
    _cell("ambiguous comma", "ambassador_activities", "contacts", "1,234", "ambiguous_number", "deux façons"),
    _cell("half a person", "attendance", "people", "2,5", "not_whole", "entier"),
    _cell("a negative count", "attendance", "people", "-3", "out_of_range", "entre 0 et 500"),
    _cell("a count too large", "attendance", "people", "12345", "out_of_range", "entre 0 et 500"),
    _cell("a negative reach", "actions", "reach", "-1", "out_of_range", "au moins 0", at=1),
    _cell("a population beyond a country's", "population", "population", "99 000 000", "out_of_range", "20\u202f000\u202f000"),
    _cell("not a number", "population", "population", "NaN", "not_finite", "NaN"),
    _cell("infinite", "population", "population", "inf", "not_finite", "inf"),
    _cell("a unit beside the number", "attendance", "people", "4 personnes", "not_a_number", "nombre seul"),
    _cell("spaces that part no thousands", "population", "population", "12 34", "not_a_number", "12 34"),
    _cell("scientific", "population", "population", "1,2E+05", "scientific", "abrégé"),
    _cell("a percentage in a score", "screening_participants", "epices", "45 %", "not_a_number", "45 %"),
    _cell("a score beyond its scale", "screening_participants", "epices", "101", "out_of_range", "entre 0 et 100"),
    _cell("a year in two figures", "population", "year", "18", "out_of_range", "1990"),
    # codes
    _cell("an unknown code", "screening_participants", "coverage", "CMU", "unknown_code", "Complémentaire santé solidaire"),
    _cell("a blank that is not an answer", "screening_participants", "need", "", "missing_value", "inscrire « Inconnu »"),
    _cell("a blank without unknown", "ambassador_activities", "kind", "", "missing_value", "Groupe de travail"),
    _cell("an unknown territory", "population", "territory", "Lile", "unknown_quartier", "« Lille »"),
    _cell("an unknown outcome indicator", "outcomes", "indicator", "breast_screning", "unknown_code", "cancer du sein, femmes de 50 à 74 ans » ?"),
    _cell("an outcome of an unknown territory", "outcomes", "territory", "Fivess", "unknown_quartier", "« Fives »"),
    _cell("a thirteenth month", "outcomes", "month", "13", "out_of_range", "entre 1 et 12"),
    _cell("a month in letters", "outcomes", "month", "mars", "not_a_number", "mars"),
    _cell("half a revision", "outcomes", "revision", "0,5", "not_whole", "entier"),
    _cell("more people screened than people", "outcomes", "numerator", "2 001", "above_whole", "(2 001)", at=1),
    _cell("an outcome out of nobody", "outcomes", "denominator", "0", "no_denominator", "vaut 0", at=2),
    _cell("a negative denominator", "outcomes", "denominator", "-5", "out_of_range", "entre 0 et", at=2),
    _cell("an outcome without its definition", "outcomes", "perimeter", "", "missing_value", "Périmètre"),
    Case("one figure twice, with different numbers", changed("outcomes", 1, revision="0"), TOTAL_ROWS, {**counts("outcomes"), "outcomes": {"numerator": [1060, 912]}},
         (Refusal("outcomes.csv, ligne 3, colonne territory", "duplicate_key", "Un chiffre révisé porte une révision plus grande"),)),
    _cell("an unknown survey item", "professional_answers", "item", "informed2", "unknown_code", "Être informé"),
    _cell("a code among several", "ambassador_activities", "theme", "alimentaton", "unknown_code", "« Alimentation »"),
    # rows that contradict themselves
    _cell("more new contacts than contacts", "ambassador_activities", "new_contacts", "61", "above_denominator", "(61)"),
    _cell("an appointment before its session", "screening_participants", "appointment_on", "09/04/2018", "appointment_before_booking", "09/04/2018"),
    _cell("equipped before the session", "screening_participants", "equipped_on", "01/04/2018", "equipped_before_session", "10/04/2018"),
    _cell("booked before the session", "screening_participants", "booked_on", "01/04/2018", "booking_before_session", "séance D1"),
    _cell("missed without a reason", "screening_participants", "absence_reason", "", "missed_without_reason", "Inconnu", at=1),
    _cell("a reason without a missed appointment", "screening_participants", "absence_reason", "Oubli", "reason_without_missed", "Manqué"),
    _cell("honoured without referral", "screening_participants", "referred_to", "Aucun", "appointment_without_referral", "Aucun"),
    _cell("a score beyond the questionnaire", "ambassador_scales", "score", "5", "score_beyond_scale", "1 à 4"),
    _cell("an item beyond the questionnaire", "ambassador_scales", "item", "6", "item_beyond_scale", "questions 1 à 5", at=1),
    # references
    _cell("a participant of an unknown session", "screening_participants", "session_id", "D9", "unknown_reference", "« D9 » est inconnu"),
    _cell("an unknown structure", "professional_answers", "structure_id", "7", "unknown_reference", "Structures"),
    Case("a participant of a refused session", changed("screening_sessions", 0, kind="otique"), TOTAL_ROWS,
         {**counts("screening_sessions", "screening_participants"), "screening_sessions": {"session_id": ["D2"]}, "screening_participants": {"participant_id": ["P3"]}},
         (Refusal("screening_sessions.csv, ligne 2, colonne kind", "unknown_code", "« Optique »"), Refusal("screening_participants.csv, ligne 2, colonne session_id", "parent_refused", "à la ligne 2"), Refusal("screening_participants.csv, ligne 3, colonne session_id", "parent_refused"))),
    Case("a chain of refusals", changed("actions", 0, status="finie"), TOTAL_ROWS,
         {**counts("actions", "needs")},
         (Refusal("actions.csv, ligne 2, colonne status", "unknown_code"), Refusal("actions.csv, ligne 3, colonne chained_to", "parent_refused"), Refusal("needs.csv, ligne 2, colonne action_id", "parent_refused"))),
    Case("children without their parents' table", file("screening_participants.csv", ";".join(VALID["screening_participants"][0]) + "\n" + ";".join(VALID["screening_participants"][0].values()) + "\n"), 1, {},
         (Refusal("screening_participants.csv, ligne 2, colonne session_id", "parent_table_missing", "screening_sessions.csv"),)),
    Case("left before joining", changed("structures", 1, left_on="31/08/2015"), TOTAL_ROWS, {**counts("structures", "attendance", "referrals"), "structures": {"structure_id": ["007"]}, "attendance": {"structure_id": ["007", None]}},
         (Refusal("structures.csv, ligne 3, colonne left_on", "left_before_joined", "31/08/2015"), Refusal("attendance.csv, ligne 4, colonne structure_id", "parent_refused"), Refusal("referrals.csv, ligne 2, colonne to_structure", "parent_refused"))),
    _cell("an action that ends before it starts", "actions", "ends_on", "01/01/2018", "ends_before_start", "05/01/2019", at=1),
    # personal data
    Case("a column of names", meetings("R1;Fives;14/03/2018;Marie Dupont", header="meeting_id;quartier;held_on;Nom de l'habitant"), 1, {}, (Refusal("meetings.csv, ligne 1, colonne Nom de l'habitant", "personal_column", "Supprimer", silent="Dupont"),)),
    Case("a column of telephone numbers", meetings("R1;Fives;14/03/2018;0320495000", header="meeting_id;quartier;held_on;Tél."), 1, {}, (Refusal("meetings.csv, ligne 1", "personal_column", silent="0320495000"),)),
    Case("a harmless title over e-mail addresses", meetings("R1;Fives;14/03/2018;m.d@example.org", header="meeting_id;quartier;held_on;Remarque"), 1, {}, (Refusal("meetings.csv, ligne 1", "personal_column", "adresse électronique", silent="example"),)),
    Case("a telephone number in a code", meetings("R1;06 12 34 56 78;14/03/2018;"), 1, {}, (Refusal("meetings.csv, ligne 2, colonne Quartier", "personal_data", "téléphone", silent="06 12"),)),
    Case("a telephone number as id", meetings("0612345678;Fives;14/03/2018;"), 1, {}, (Refusal("meetings.csv, ligne 2", "personal_data", "téléphone", silent="0612"),)),
    Case("a telephone number whose zero was dropped", book(_rows([612345678, "Fives", dt.date(2018, 3, 14), None])), 1, {}, (Refusal(XLSX + "A2", "personal_data", "téléphone", silent="612345678"),)),
    Case("a NIR as id", meetings("185057800608491;Fives;14/03/2018;"), 1, {}, (Refusal("meetings.csv, ligne 2", "personal_data", "NIR", silent="18505"),)),
    Case("a name in a free text", changed("actions", 1, title="Relancer Mme Dupont"), TOTAL_ROWS, {**counts("actions"), "actions": {"action_id": ["A1"]}}, (Refusal("actions.csv, ligne 3, colonne title", "personal_data", "nom d'une personne", silent="Dupont"),)),
    Case("a NIR with spaces in a free text", changed("actions", 1, evidence="dossier 1 85 05 78 006 084 91"), TOTAL_ROWS, {**counts("actions"), "actions": {"action_id": ["A1"]}}, (Refusal("actions.csv, ligne 3, colonne evidence", "personal_data", "NIR", silent="006"),)),
    Case("a street named after someone", changed("actions", 1, title="Stand rue du Docteur Calmette, école Jean Jaurès"), TOTAL_ROWS, counts()),
    Case("a row more, of an unknown structure", added("attendance", {"meeting_id": "R1", "category": "social", "structure_id": "S3", "people": "1"}), TOTAL_ROWS + 1, counts(), (Refusal("attendance.csv, ligne 5, colonne structure_id", "unknown_reference", "« S3 »"),)),
]  # fmt: skip
