"""One cell: read for what it says, or refused; never something else."""

# ruff: noqa: E501  (lists of examples)
from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.i18n import set_language
from prs_eval.inputs import dates
from prs_eval.inputs.cells import CellReader
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.quantities import UnreadableError, read_number
from prs_eval.inputs.tables import TABLES


def reader(workbench: Workbench, table: str, column: str, epoch: dt.date | None = None) -> CellReader:
    return CellReader(TABLES[table].column(column), workbench, epoch)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"), ("12,5", "12.5"), ("12.5", "12.5"), ("0,125", "0.125"), ("1234,567", "1234.567"), ("-4", "-4"),
        ("1 234", "1234"), ("1\u00a0234,5", "1234.5"), ("1\u202f234\u202f567", "1234567"), ("12\u2009345.6", "12345.6"),
        ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("1.234.567", "1234567"), (" 7 ", "7"), ("+3", "3"), ("12,0", "12"),
    ],
)  # fmt: skip
def test_a_number_with_one_reading_is_read(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "999,000", "-1,234"])
def test_a_number_with_two_readings_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_number(text)
    assert refused.value.code == "ambiguous_number"


@pytest.mark.parametrize("text", ["", "12 34", "1 2345", "1,2,3", "1.2.3", "12-13", "douze", "1E5", "NaN", "∞", "٣", "0x10", "12 %", "1'234", "1,234.567.8"])  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_number(text)


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from(" \u00a0\u202f\u2009"), st.sampled_from(",."))
def test_any_amount_written_with_spaces_and_decimals_is_read_back(
    whole: int, cents: int, space: str, point: str
) -> None:
    assert read_number(f"{whole:,}".replace(",", space) + f"{point}{cents:02}") == Decimal(whole) + Decimal(cents) / 100


@given(st.dates(dt.date(2010, 1, 1), dt.date(2027, 1, 1)), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_a_date_in_the_declared_order_is_read_back(day: dt.date, order: str) -> None:
    assert dates.read_date(dates.write_date(day, order), order) == (day, False)


@given(st.dates(dt.date(2010, 1, 1), dt.date(2027, 1, 1)), st.booleans())
def test_a_serial_is_the_day_it_counts_to_in_either_system(day: dt.date, early: bool) -> None:
    # Microsoft, "Differences between the 1900 and the 1904 date system in Excel": they lie 1 462 days apart.
    serial_1900 = (day - dt.date(2018, 1, 1)).days + 43101  # 43101 is 1 January 2018 in the 1900 system
    epoch = dt.date(1899, 12, 30) if early else dt.date(1904, 1, 1)
    assert dates.from_serial(serial_1900 - (0 if early else 1462), epoch) == (day, False)


def test_the_first_days_of_1900_are_counted_as_excel_counts_them() -> None:
    epoch = dt.date(1899, 12, 30)
    assert dates.from_serial(1, epoch)[0] == dt.date(1900, 1, 1)
    assert dates.from_serial(59, epoch)[0] == dt.date(1900, 2, 28)
    assert dates.from_serial(61, epoch)[0] == dt.date(1900, 3, 1)


@pytest.mark.parametrize(("order", "text"), [("dmy", "03/04/2018"), ("mdy", "04/03/2018"), ("ymd", "2018/04/03")])
def test_the_order_is_the_city_s(workbench: Workbench, order: str, text: str) -> None:
    city = workbench.model_copy(update={"date_order": order})
    assert reader(city, "meetings", "held_on")(text).value == dt.datetime(2018, 4, 3)


@pytest.mark.parametrize(
    ("table", "column", "typed", "code"),
    [
        ("screening_participants", "need", "OUI", "yes"), ("screening_participants", "need", "vrai", "yes"),
        ("screening_participants", "need", True, "yes"), ("screening_participants", "need", 0, "no"),
        ("screening_participants", "need", " ne  sait pas ", "unknown"),
        ("screening_participants", "sex", "F", "female"), ("screening_participants", "sex", "Féminin", "female"),
        ("screening_participants", "coverage", "c2s", "css"), ("screening_participants", "age_band", "0 – 14 ANS", "00-14"),
        ("screening_participants", "referred_to", "hopital saint vincent de paul", "st_vincent"),
        ("screening_participants", "referred_to", "AUCUN", "none"),
        ("meetings", "themes", "Alimentation, Addictions ; nutrition", "nutrition|addictions"),
        ("meetings", "quartier", "FAUBOURG  DE BETHUNE", "Faubourg de Béthune"),
        ("meetings", "quartier", "5935010", "Fives"), ("meetings", "quartier", 5935010.0, "Fives"),
        ("population", "territory", "59350", "Lille"), ("professional_answers", "answer", 4, "4"),
        ("actions", "result_codes", "a1 / B2", "A1|B2"),
    ],
)  # fmt: skip
def test_codes_are_read_whatever_the_spelling(
    workbench: Workbench, table: str, column: str, typed: object, code: str
) -> None:
    assert reader(workbench, table, column)(typed).value == code  # type: ignore[arg-type]


def test_every_label_and_code_of_every_column_is_read_as_itself(workbench: Workbench) -> None:
    for table in TABLES.values():
        for column in table.columns:
            read = CellReader(column, workbench)
            for code, label in (read.vocabulary.labels if read.vocabulary else {}).items():
                assert [read(code).value, read(label.fr).value, read(label.en).value] == [code] * 3


def test_a_city_that_declares_no_outcome_is_told_where_to(workbench: Workbench) -> None:
    bare = workbench.model_copy(update={"outcome_indicators": ()})
    problem = reader(bare, "outcomes", "indicator")("breast_screening").problem
    assert problem is not None
    assert problem.code == "unknown_code"
    assert "workbench.yml (outcome_indicators)" in problem.message
    assert "Valeurs possibles" not in problem.message


def test_a_blank_is_never_read_as_unknown(workbench: Workbench) -> None:
    for table in TABLES.values():
        for column in table.columns:
            for blank in (None, "", "  ", "\u00a0"):
                reading = CellReader(column, workbench)(blank)
                assert reading.value is None
                assert (reading.problem is None) is column.nullable


@pytest.mark.parametrize("typed", ["007", "S-01_b", "été3"])
def test_an_identifier_is_kept_as_typed(workbench: Workbench, typed: str) -> None:
    assert reader(workbench, "structures", "structure_id")(f" {typed} ").value == typed


@pytest.mark.parametrize("typed", ["1,2E+10", "a b", "é/3", "-1", "x" * 41, 1.5, 2e17, True, "R;1"])
def test_an_identifier_that_was_altered_is_refused(workbench: Workbench, typed: object) -> None:
    assert reader(workbench, "structures", "structure_id")(typed).problem  # type: ignore[arg-type]


def test_a_free_text_is_never_echoed(workbench: Workbench) -> None:
    read = reader(workbench, "actions", "title")
    for text in ["=HYPERLINK(1)", "appeler le 06 12 34 56 78", "Mme Dupont", "BÃ©thune secret"]:
        problem = read(text).problem
        assert problem
        assert problem.found is None
        assert text not in problem.message


def test_a_name_in_the_wrong_column_is_not_echoed(workbench: Workbench) -> None:
    for table, column in [("screening_participants", "sex"), ("attendance", "people"), ("meetings", "held_on")]:
        problem = reader(workbench, table, column)("Marie Dupont").problem
        assert problem
        assert problem.code == "personal_data"
        assert "Dupont" not in f"{problem}"


def test_messages_follow_the_language(workbench: Workbench) -> None:
    set_language("en")
    problem = reader(workbench, "screening_participants", "sex")("x").problem
    assert problem
    assert "Female" in problem.message


@pytest.mark.parametrize(
    ("text", "code"),
    [("Mme", "female"), ("Mme.", "female"), ("MADAME", "female"), ("M.", "male"), ("M", "male"), ("monsieur", "male")],
)
def test_a_title_of_address_says_the_sex(workbench: Workbench, text: str, code: str) -> None:
    reading = reader(workbench, "screening_participants", "sex")(text)
    assert (reading.value, reading.problem) == (code, None)


@pytest.mark.parametrize(
    ("text", "near"),
    [("Fmme", "Femme"), ("homne", "Homme"), ("X", None), ("garçon", None), ("2", None)],
)
def test_only_what_is_really_near_is_suggested(workbench: Workbench, text: str, near: str | None) -> None:
    problem = reader(workbench, "screening_participants", "sex")(text).problem
    assert problem is not None
    assert (f"« {near} »" in problem.message) if near else ("Vouliez-vous" not in problem.message)
    assert "Femme, Homme" in problem.message
