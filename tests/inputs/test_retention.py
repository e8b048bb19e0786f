"""The retention rule: who goes, who stays, and that nothing of those who go is left on the disk."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from prs_eval.errors import UsageError
from prs_eval.inputs import retention
from prs_eval.inputs.store import Store

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
    text = " ".join(retention.summary(said, BEFORE, dry_run=False))
    assert "P-" not in text


def test_dates_are_read_as_people_write_them():
    assert retention.read_date("26/11/2024") == retention.read_date("2024-11-26") == dt.date(2024, 11, 26)
    with pytest.raises(UsageError, match="2024-11-26"):
        retention.read_date("novembre")
