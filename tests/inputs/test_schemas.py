"""The pandera schemas say the same as the tables, and serve a researcher alone."""

from __future__ import annotations

import pandas as pd
import pandera.errors
import pytest

from prs_eval.inputs.intake import check
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.rules import RULES, rules
from prs_eval.inputs.schemas import schema, typed_frame
from prs_eval.inputs.tables import TABLES
from tests.inputs.valid import VALID, write_folder


@pytest.fixture(scope="module")
def accepted(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return check(write_folder(tmp_path_factory.mktemp("valid"), VALID), workbench).accepted


def _slugs(table: str, frame: pd.DataFrame, workbench: Workbench) -> set[str]:
    with pytest.raises(pandera.errors.SchemaErrors) as refused:
        schema(table, workbench).validate(frame, lazy=True)
    return {str(check).split(":")[0] for check in refused.value.failure_cases["check"]}


@pytest.mark.parametrize("table", TABLES)
def test_accepted_rows_and_empty_tables_pass_unchanged(
    table: str, accepted: dict[str, pd.DataFrame], workbench: Workbench
) -> None:
    for frame in (accepted[table], typed_frame(TABLES[table])):
        pd.testing.assert_frame_equal(schema(table, workbench).validate(frame, lazy=True), frame)
    with_more = accepted[table].assign(year=2018, more="x")  # as the store gives them back
    assert len(schema(table, workbench).validate(with_more, lazy=True)) == len(with_more)


@pytest.mark.parametrize("table", TABLES)
def test_titles_and_descriptions_are_there_in_both_languages(table: str, workbench: Workbench) -> None:
    made, spec = schema(table, workbench), TABLES[table]
    assert made.metadata
    assert made.metadata["title"] == {"fr": spec.title.fr, "en": spec.title.en}
    for column in spec.columns:
        metadata = made.columns[column.name].metadata
        assert metadata
        assert metadata["description"] == {"fr": column.description.fr, "en": column.description.en}
        assert made.columns[column.name].nullable is column.nullable


@pytest.mark.parametrize("table", TABLES)
def test_a_repeated_key_an_unknown_code_and_a_missing_column_are_refused(
    table: str, accepted: dict[str, pd.DataFrame], workbench: Workbench
) -> None:
    frame = accepted[table]
    assert _slugs(table, pd.concat([frame, frame.head(1)], ignore_index=True), workbench) == {"duplicate_key"}
    assert "column_in_dataframe" in _slugs(table, frame.drop(columns=frame.columns[0]), workbench)
    coded = [c.name for c in TABLES[table].columns if c.kind in ("code", "quartier", "theme", "partner", "item")]
    for column in coded[:2]:
        slug = _slugs(table, frame.assign(**{column: "zzz"}), workbench)
        assert any(s.startswith(("allowed", "isin")) for s in slug)


@pytest.mark.parametrize(
    ("table", "at", "cells", "slug"),
    [
        ("ambassador_activities", 0, {"new_contacts": 61}, "above_denominator"),
        ("ambassador_activities", 0, {"contacts": None}, "without_denominator"),
        ("screening_participants", 0, {"booked_on": pd.Timestamp(2018, 6, 5)}, "appointment_before_booking"),
        ("screening_participants", 0, {"outcome": "missed"}, "missed_without_reason"),
        ("screening_participants", 1, {"outcome": "honoured"}, "reason_without_missed"),
        ("screening_participants", 0, {"referred_to": "none"}, "appointment_without_referral"),
        ("ambassador_scales", 0, {"score": 0}, "score_beyond_scale"),
        ("ambassador_scales", 1, {"item": 6}, "item_beyond_scale"),
        ("structures", 1, {"left_on": pd.Timestamp(2015, 8, 31)}, "left_before_joined"),
        ("ambassadors", 0, {"left_on": pd.Timestamp(2017, 2, 28)}, "left_before_joined"),
        ("actions", 0, {"ends_on": pd.Timestamp(2018, 1, 4)}, "ends_before_start"),
        ("meetings", 0, {"held_on": pd.Timestamp(2008, 12, 31)}, "range"),
        ("attendance", 0, {"people": 501}, "range"),
        ("meetings", 0, {"meeting_id": "R 1"}, "format"),
        ("outcomes", 0, {"numerator": 2001.0}, "above_whole"),
        ("outcomes", 0, {"numerator": 0.0, "denominator": 0.0}, "no_denominator"),
        ("outcomes", 0, {"month": 13}, "range"),
        ("outcomes", 0, {"revision": -1}, "range"),
    ],
)
def test_each_rule_refuses_what_it_forbids_and_nothing_else(
    table: str,
    at: int,
    cells: dict[str, object],
    slug: str,
    accepted: dict[str, pd.DataFrame],
    workbench: Workbench,
) -> None:
    frame = accepted[table].copy()
    for column, value in cells.items():
        frame.loc[at, column] = value
    assert _slugs(table, frame, workbench) == {slug}


def test_a_rate_may_exceed_one_where_a_proportion_may_not(
    accepted: dict[str, pd.DataFrame], workbench: Workbench
) -> None:
    frame = accepted["outcomes"].assign(numerator=lambda rows: rows["denominator"] + 1)
    assert _slugs("outcomes", frame, workbench) == {"above_whole"}
    visits = frame.assign(indicator="structure_visits", year=[2015, 2016, 2017])
    assert len(schema("outcomes", workbench).validate(visits, lazy=True)) == len(visits)


def test_every_rule_is_tried_above(workbench: Workbench) -> None:
    marks = [m for m in test_each_rule_refuses_what_it_forbids_and_nothing_else.pytestmark if m.name == "parametrize"]
    tried = {(case[0], case[3]) for case in marks[0].args[1]}
    assert {(table, rule.slug) for table in RULES for rule in rules(table, workbench)} <= tried
