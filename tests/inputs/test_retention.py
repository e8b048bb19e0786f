"""The retention rule: who goes, who stays, and that nothing of those who go is left on the disk."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import pandas as pd
import pytest

from prs_eval.errors import PrsEvalError, UsageError
from prs_eval.inputs import retention
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES

UNKNOWN = "unknown"


def person(participant_id, session, **dates):
    row = dict.fromkeys(("age_band", "sex", "coverage", "last_visit", "need", "referred_to", "outcome"), UNKNOWN)
    row |= {"reminder": UNKNOWN, "absence_reason": None, "follow_up": UNKNOWN, "epices": None}
    row |= {"booked_on": None, "appointment_on": None, "equipped_on": None}
    return row | {"participant_id": participant_id, "session_id": session} | dates


@pytest.fixture
def store(tmp_path):
    day = pd.Timestamp
    sessions = [
        {"session_id": s, "quartier": "Fives", "kind": "optical", "held_on": day(on), "slots": 12}
        | {"venue": None, "partner": UNKNOWN, "cost_eur": None}
        for s, on in (("S1", "2019-05-01"), ("S2", "2023-05-01"))
    ]
    people = [
        person("P-OLD", "S1"),
        person("P-GLASSES", "S1", equipped_on=day("2023-02-01")),
        person("P-CAMEBACK", "S1"),
        person("P-CAMEBACK", "S2"),
        person("P-NEW", "S2"),
    ]
    ambassadors = [
        {"ambassador_id": name, "quartier": "Fives", "age_band": UNKNOWN, "sex": UNKNOWN}
        | {"joined_on": day("2015-01-01"), "left_on": left, "trained_on": None}
        for name, left in (("A-STAYS", None), ("A-GONE", day("2018-01-01")), ("A-ANSWERED", day("2018-01-01")))
    ]
    scales = [
        {"ambassador_id": name, "wave": "before", "answered_on": day(on), "scale": "gse", "item": 1, "score": 3}
        for name, on in (("A-GONE", "2017-01-01"), ("A-ANSWERED", "2023-01-01"))
    ]
    made = Store(tmp_path / "data")
    tables = {
        "screening_sessions": pd.DataFrame(sessions),
        "screening_participants": pd.DataFrame(people),
        "ambassadors": pd.DataFrame(ambassadors),
        "ambassador_scales": pd.DataFrame(scales),
    }
    made.write(tables, source="test", synthetic=True)
    return made


BEFORE = dt.date(2022, 1, 1)


def test_the_last_contact_in_any_table_counts_and_the_active_stay(store):
    removed = retention.purge(store, BEFORE)
    assert {(r.table, r.rows, r.people) for r in removed} == {
        ("screening_participants", 1, 1),
        ("ambassadors", 1, 1),
        ("ambassador_scales", 1, 1),
    }
    left = set(store.read("screening_participants")["participant_id"])
    assert left == {"P-GLASSES", "P-CAMEBACK", "P-NEW"}
    assert set(store.read("ambassadors")["ambassador_id"]) == {"A-STAYS", "A-ANSWERED"}
    assert len(store.read("screening_sessions")) == 2
    assert retention.purge(store, BEFORE) == []


def test_the_day_itself_is_not_before(store):
    assert retention.purge(store, dt.date(2019, 5, 1), dry_run=True) == [
        retention.Removed("ambassadors", 1, 1, 2018),
        retention.Removed("ambassador_scales", 1, 1, 2018),
    ]
    assert len(retention.purge(store, dt.date(2019, 5, 2), dry_run=True)) == 3


def test_every_table_about_people_and_every_date_in_it_counts():
    tables = {name: empty(table) for name, table in TABLES.items()}
    for name in retention.PEOPLE:
        days = retention._days(TABLES[name], tables[name], tables).columns
        assert len(days)
        assert {c.name for c in TABLES[name].columns if c.kind == "date"} <= set(days)
    assert "held_on" in retention._days(TABLES["screening_participants"], tables["screening_participants"], tables)


def empty(table):
    names = [column.name for column in table.columns] + ["year"]
    return pd.DataFrame({name: pd.Series(dtype="object") for name in dict.fromkeys(names)})


def test_an_answer_that_has_only_a_year_counts_until_its_end(store):
    rows = {"respondent_id": "E1", "structure_id": "007", "year": 2019, "item": "informed", "answer": "4"}
    structure = {"structure_id": "007", "name": "x", "category": "social", "quartier": "Fives", "members": 1}
    structure |= {"joined_on": pd.Timestamp("2010-01-01"), "left_on": None}
    made = {"structures": pd.DataFrame([structure]), "professional_answers": pd.DataFrame([rows])}
    store.write(made, source="test", synthetic=True)
    assert "professional_answers" not in {r.table for r in retention.purge(store, dt.date(2019, 12, 31))}
    assert "professional_answers" in {r.table for r in retention.purge(store, dt.date(2020, 1, 1))}
    assert len(store.read("structures")) == 1


def test_what_a_killed_write_left_goes_too_and_each_purge_is_logged(store):
    retention.purge(store, BEFORE)
    (store.root / "store").rename(store.root / "copy")
    for name in ("store", "store.previous", "store.tmp-1"):
        shutil.copytree(store.root / "copy", store.root / name)
    assert retention.purge(store, BEFORE) == []  # nobody left to remove, but files of an earlier store are
    assert not store.leftovers()
    assert len((store.root / retention.LOG).read_text(encoding="utf-8").splitlines()) == 2


def test_old_files_that_cannot_be_deleted_are_an_error_that_names_them(store, monkeypatch):
    monkeypatch.setattr("prs_eval.inputs.store.shutil.rmtree", lambda *_args, **_how: None)
    with pytest.raises(PrsEvalError, match=r"store\.previous"):
        retention.purge(store, BEFORE)
    assert (store.root / retention.LOG).exists()


def test_a_purge_killed_at_the_swap_leaves_the_whole_store(store, monkeypatch):
    before = store.digest(TABLES)

    def killed(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr("prs_eval.inputs.store.write_partitions", killed)
    with pytest.raises(KeyboardInterrupt):
        retention.purge(store, BEFORE)
    assert store.digest(TABLES) == before
    assert not (store.root / retention.LOG).exists()


def test_a_folder_without_a_store_is_said_and_not_made(tmp_path):
    with pytest.raises(UsageError, match="Aucune donnée"):
        retention.purge(Store(tmp_path / "nulle-part"), BEFORE)
    assert not (tmp_path / "nulle-part").exists()


def test_no_file_keeps_a_trace_and_the_log_names_nobody(store):
    retention.purge(store, BEFORE)
    files = [path for path in store.root.rglob("*") if path.is_file()]
    tables = [pd.read_parquet(path).astype(str).to_csv() for path in files if path.suffix == ".parquet"]
    assert tables
    assert not [text for text in tables if "P-OLD" in text or "A-GONE" in text]
    log = (store.root / retention.LOG).read_text(encoding="utf-8")
    assert "2022-01-01" in log
    assert "P-" not in log
    assert "A-" not in log


def test_a_dry_run_says_the_same_and_removes_nothing(store):
    said = retention.purge(store, BEFORE, dry_run=True)
    assert len(store.read("screening_participants")) == 5
    assert not (store.root / retention.LOG).exists()
    assert said == retention.purge(store, BEFORE)
    lines = list(retention.summary(said, BEFORE, dry_run=False))
    assert lines[0] == "Personnes dépistées : 1 ligne retirée, 1 personne."
    assert "2019 et des années d'avant" in lines[-1]
    assert not re.search(r"P-|A-", " ".join(lines))


def test_dates_are_read_as_people_write_them():
    assert retention.read_date("26/11/2024") == retention.read_date("2024-11-26") == dt.date(2024, 11, 26)
    for text in ("novembre", "2024", "11/26/2024", "31/02/2024"):
        with pytest.raises(UsageError, match="2024-11-26"):
            retention.read_date(text)
    with pytest.raises(UsageError, match="à venir"):
        retention.read_date("2999-01-01")


def test_a_limit_that_the_rule_does_not_ask_for_yet_is_said(monkeypatch):
    monkeypatch.setattr("prs_eval.inputs.dates.today", lambda: dt.date(2028, 2, 29))
    assert retention.early(dt.date(2026, 2, 28)) == ""
    assert "01/03/2026" in retention.early(dt.date(2026, 3, 1))
