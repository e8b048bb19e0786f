"""Small tables of ambassadors, their activities and answers, as the store gives them."""

import pandas as pd

PEOPLE = ["ambassador_id", "quartier", "age_band", "sex", "joined_on", "left_on", "trained_on"]
HELD = ["activity_id", "quartier", "held_on", "kind", "theme", "hours", "ambassadors", "contacts", "new_contacts"]


def people(*rows):
    """Rows of (quartier, age_band, sex, joined_on, left_on, trained_on)."""
    frame = pd.DataFrame([(f"A{i}", *row) for i, row in enumerate(rows)], columns=PEOPLE)
    for name in ("ambassador_id", "quartier", "age_band", "sex"):
        frame[name] = frame[name].astype("str")
    for name in ("joined_on", "left_on", "trained_on"):
        frame[name] = pd.to_datetime(frame[name])
    return {"ambassadors": frame}


def held(*rows):
    """Rows of (quartier, held_on, kind, theme, hours, ambassadors, contacts, new_contacts, decided_by)."""
    frame = pd.DataFrame([(f"H{i}", *row) for i, row in enumerate(rows)], columns=[*HELD, "decided_by"])
    for name in ("activity_id", "quartier", "kind", "theme", "decided_by"):
        frame[name] = frame[name].astype("str")
    frame["held_on"] = pd.to_datetime(frame["held_on"])
    frame["hours"] = frame["hours"].astype("float64")
    for name in ("ambassadors", "contacts", "new_contacts"):
        frame[name] = frame[name].astype("Int64")
    return {"ambassador_activities": frame}


def answers(*waves):
    """Waves of (ambassador_id, quartier, wave, answered_on, scale, scores item by item)."""
    rows = [
        (who, quartier, wave, on, scale, item, score)
        for who, quartier, wave, on, scale, scores in waves
        for item, score in enumerate(scores, start=1)
    ]
    columns = ["ambassador_id", "quartier", "wave", "answered_on", "scale", "item", "score"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("ambassador_id", "quartier", "wave", "scale"):
        frame[name] = frame[name].astype("str")
    frame["answered_on"] = pd.to_datetime(frame["answered_on"])
    frame[["item", "score"]] = frame[["item", "score"]].astype("Int64")
    return {"ambassador_scales": frame}


def gse(who, wave, on, total, quartier="Fives"):
    """A complete GSE wave whose ten answers add up to `total`."""
    low, more = divmod(total, 10)
    return (who, quartier, wave, on, "gse", [low + 1] * more + [low] * (10 - more))


def value(frame, indicator, column="estimate", **where):
    rows = frame[frame["indicator"] == indicator]
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, rows
    return rows.iloc[0][column]
