"""Small screening tables for tests: what matters is said, the rest is filled in as intake would leave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

SESSION = {
    "session_id": "S1",
    "quartier": "Fives",
    "kind": "optical",
    "held_on": "2018-03-01",
    "venue": "Salle",
    "partner": "st_vincent",
    "slots": 10,
    "cost_eur": 400.0,
}
PERSON = {
    "session_id": "S1",
    "age_band": "45-59",
    "sex": "female",
    "coverage": "css",
    "last_visit": "over_2_years",
    "epices": None,
    "need": "no",
    "referred_to": "none",
    "booked_on": None,
    "appointment_on": None,
    "outcome": "not_applicable",
    "reminder": "not_applicable",
    "absence_reason": None,
    "equipped_on": None,
    "follow_up": "not_applicable",
}
REFERRED = {"need": "yes", "referred_to": "st_vincent", "follow_up": "closed", "reminder": "sms"}
HONOURED = {**REFERRED, "outcome": "honoured", "booked_on": "2018-03-05", "appointment_on": "2018-04-26"}
EQUIPPED = {**HONOURED, "equipped_on": "2018-05-20"}
MISSED = {**HONOURED, "outcome": "missed", "absence_reason": "forgot"}
CANCELLED = {**HONOURED, "outcome": "cancelled"}
PENDING = {**HONOURED, "outcome": "pending", "follow_up": "ongoing"}
WAITING = {**REFERRED, "outcome": "not_booked", "follow_up": "ongoing"}
NEVER = {**REFERRED, "outcome": "not_booked"}
LOST = {**REFERRED, "outcome": "unknown", "follow_up": "unknown"}

_DATES = ("held_on", "booked_on", "appointment_on", "equipped_on")
_NUMBERS = ("cost_eur", "epices")


def screening_tables(sessions: Sequence[Mapping[str, Any]], people: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`screening_sessions` and `screening_participants` typed as the store gives them back."""
    held = _typed(pd.DataFrame([{**SESSION, **s} for s in sessions], columns=list(SESSION)))
    held["year"] = held["held_on"].dt.year.astype("Int64")
    rows = [{"participant_id": f"P{i:03}", **PERSON, **p} for i, p in enumerate(people)]
    came = _typed(pd.DataFrame(rows, columns=["participant_id", *PERSON]))
    came = came.merge(held[["session_id", "quartier", "year"]], on="session_id", how="left")
    return {"screening_sessions": held, "screening_participants": came}


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        if column in _DATES:
            frame[column] = pd.to_datetime(frame[column])
        elif column == "slots":
            frame[column] = frame[column].astype("Int64")
        else:
            frame[column] = frame[column].astype("float64" if column in _NUMBERS else "str")
    return frame
