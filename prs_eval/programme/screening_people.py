"""Who came to a screening and how far each one got: the rows that every screening measure starts from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import ALL, HEAD, estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.inputs.codes import CODES, UNKNOWN

Tables = Mapping[str, pd.DataFrame]
Row = dict[str, Any]

KINDS = tuple(CODES["screening_kind"])
STAGES = tuple(CODES["screening_stage"])
YES, NO, ONGOING = "yes", "no", "ongoing"

_SESSION = ["session_id", "quartier", "year", "kind", "held_on"]


def sessions_held(tables: Tables, *, years: Collection[int], kind: str | None) -> pd.DataFrame:
    """Sessions of these years and kind (None: all), one row each; the input is left alone."""
    check_kind(kind)
    sessions = tables["screening_sessions"]
    keep = sessions["year"].isin(list(years))
    if kind is not None:
        keep &= sessions["kind"] == kind
    return sessions.loc[keep].reset_index(drop=True)


def people_screened(tables: Tables, *, years: Collection[int], kind: str | None) -> pd.DataFrame:
    """One row per person and session, with one column a stage: `yes`, `no`, `ongoing` or `unknown`.

    `ongoing` is "not yet known": an appointment to come, or a follow-up still open. Quartier, year, kind and
    day are the session's. A person who came to two sessions is two rows.
    """
    sessions = sessions_held(tables, years=years, kind=kind)[_SESSION]
    people = tables["screening_participants"]
    people = people.drop(columns=[c for c in ("quartier", "year", "kind", "held_on") if c in people.columns])
    return _with_stages(people.merge(sessions, on="session_id", how="inner"))


def _with_stages(people: pd.DataFrame) -> pd.DataFrame:
    outcome, follow_up, need = people["outcome"], people["follow_up"], people["need"]
    referred = _choose([(people["referred_to"] == UNKNOWN, UNKNOWN), (people["referred_to"] == "none", NO)], YES)
    dated = people["booked_on"].notna() | people["appointment_on"].notna()
    # Who was not referred has no appointment to keep; a referred person of unknown outcome is not a missed one.
    no_news = np.where(referred == NO, NO, UNKNOWN)
    booked = _choose(
        [
            (outcome.isin(["honoured", "missed", "cancelled", "pending"]), YES),
            (outcome.eq(UNKNOWN) & dated, YES),
            (outcome.eq("not_booked") & follow_up.eq("ongoing"), ONGOING),
            (outcome.eq("not_booked") & follow_up.eq(UNKNOWN), UNKNOWN),
            (outcome.eq("not_booked"), NO),
        ],
        no_news,
    )
    honoured = _choose(
        [
            (outcome.eq("honoured"), YES),
            (outcome.isin(["missed", "cancelled"]), NO),
            (outcome.eq("pending"), ONGOING),
            (outcome.eq(UNKNOWN) & dated, UNKNOWN),
        ],
        booked,
    )
    equipped = _choose(
        [
            (people["equipped_on"].notna(), YES),
            (need.eq(NO), NO),
            (follow_up.eq(UNKNOWN), UNKNOWN),
            (follow_up.eq("ongoing"), ONGOING),
        ],
        NO,
    )
    return people.assign(
        screened=YES, need=need, referred=referred, booked=booked, honoured=honoured, equipped=equipped
    )


def _choose(cases: Sequence[tuple[Any, str]], otherwise: Any) -> np.ndarray[Any, Any]:
    conditions = [np.asarray(condition, dtype=bool) for condition, _ in cases]
    return np.select(conditions, [np.array(value, dtype=object) for _, value in cases], otherwise)


def check_kind(kind: str | None) -> None:
    """Raise ValueError for a kind of screening that does not exist."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}, or None for all, not {kind!r}.")


def each_group(frame: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[Row, pd.DataFrame]]:
    """Each year × kind × `by` present in `frame`, with the head of its rows in the output shape."""
    keys = ["year", "kind", *(c for c in by if c not in ("year", "kind"))]
    for values, part in frame.groupby(keys, dropna=False, observed=True):
        yield {"quartier": ALL, **dict(zip(keys, values, strict=True))}, part


def group_columns(by: Sequence[str], *more: str) -> list[str]:
    """Grouping columns beside the head of the shape: `kind`, then those asked for, then `more`."""
    return ["kind", *(c for c in by if c not in (*HEAD, "kind")), *more]


def count_row(head: Row, indicator: str, count: float, *, unit: str = "people", out_of: float = np.nan) -> Row:
    """A number of what was done: an enumeration, so without limits."""
    return {
        **head,
        "indicator": indicator,
        "numerator": count,
        "denominator": out_of,
        "estimate": count,
        "unit": unit,
        "method": "count",
        "n": count if np.isnan(out_of) else out_of,
    }


def share_rows(rows: Sequence[Row], *, groups: Sequence[str], confidence_level: float) -> pd.DataFrame:
    """Rows that hold a numerator and a denominator become shares with Wilson limits, in the output shape."""
    frame = pd.DataFrame(list(rows), columns=[*HEAD, *groups, "numerator", "denominator"])
    yes, known = frame["numerator"].to_numpy(dtype=float), frame["denominator"].to_numpy(dtype=float)
    lower, upper = wilson_interval(yes, known, confidence_level=confidence_level)
    share = np.divide(yes, known, out=np.full(yes.shape, np.nan), where=known > 0)
    return estimates(
        frame.assign(
            estimate=share,
            lower=lower,
            upper=upper,
            confidence_level=confidence_level,
            unit="proportion",
            method="wilson",
            n=known,
        ),
        groups=groups,
    )
