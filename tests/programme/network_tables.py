"""Small tables of one network, typed as the store gives them."""

from __future__ import annotations

import pandas as pd

_TYPES = {"people": "Int64", "members": "Int64", "year": "Int64"}
_DATES = ("held_on", "joined_on", "left_on")
COLUMNS = {
    "meetings": ["meeting_id", "quartier", "held_on", "themes", "year"],
    "attendance": ["meeting_id", "category", "structure_id", "people", "held_on", "quartier", "year"],
    "structures": ["structure_id", "name", "category", "quartier", "members", "joined_on", "left_on", "year"],
    "referrals": ["referral_id", "quartier", "reason", "outcome", "year"],
    "needs": ["need_id", "quartier", "theme", "raised_by", "action_id", "year"],
    "professional_answers": ["respondent_id", "structure_id", "year", "item", "answer", "quartier"],
}


def typed(name, rows):
    frame = pd.DataFrame(rows, columns=COLUMNS[name])
    for column in frame.columns:
        if column in _DATES:
            frame[column] = pd.to_datetime(frame[column])
        else:
            frame[column] = frame[column].astype(_TYPES.get(column, "str"))
    return frame


def empty():
    """Tables of a quartier that nobody told anything about."""
    return {name: typed(name, []) for name in COLUMNS}


def meetings(*days, quartier="Fives", themes=None):
    """Meetings M1, M2 … on these days; `themes` is one entry a meeting."""
    themes = themes or [None] * len(days)
    rows = [
        (f"M{i}", quartier, day, theme, int(day[:4]))
        for i, (day, theme) in enumerate(zip(days, themes, strict=True), start=1)
    ]
    return typed("meetings", rows)


def attendance(held, rows):
    """`rows`: (meeting, category, structure or None, people); the rest comes from the meetings `held`."""
    by_id = held.set_index("meeting_id")
    return typed("attendance", [(*row, *by_id.loc[row[0], ["held_on", "quartier", "year"]].tolist()) for row in rows])


def structures(*rows, quartier="Fives"):
    """`rows`: (id, category, members, joined, left or None)."""
    full = [
        (each, f"Structure {each}", category, quartier, members, joined, left, int(joined[:4]))
        for each, category, members, joined, left in rows
    ]
    return typed("structures", full)


def with_tables(**tables):
    """These tables beside empty others."""
    return empty() | tables


def value(frame, indicator, column="estimate", **groups):
    """One cell of estimates; fails unless exactly one row answers."""
    rows = frame[frame["indicator"] == indicator]
    for name, wanted in groups.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, f"{len(rows)} rows for {indicator} {groups}"
    return rows.iloc[0][column]
