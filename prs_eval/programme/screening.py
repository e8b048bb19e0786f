"""The screenings: sessions held, who came, what became of them, how long they waited, what it cost.

Every measure takes the tables of a run and returns the one output shape, for optical and dental screenings
apart (`kind`), by quartier or, with `by=()`, for all quartiers together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.estimation.survey import survey_ratio
from prs_eval.inputs.codes import UNKNOWN
from prs_eval.inputs.parameters import Span, Workbench
from prs_eval.programme.screening_cascade import absence_reasons, cascade, honoured_by, main_path
from prs_eval.programme.screening_delay import (
    ReferenceWait,
    reference_wait,
    waiting_curve,
    waiting_times,
    waits_and_curve,
)
from prs_eval.programme.screening_people import (
    KINDS,
    ONGOING,
    STAGES,
    YES,
    Row,
    Tables,
    check_kind,
    count_row,
    each_group,
    group_columns,
    people_screened,
    sessions_held,
)

__all__ = [
    "KINDS",
    "STAGES",
    "ReferenceWait",
    "absence_reasons",
    "cascade",
    "costs",
    "honoured_by",
    "main_path",
    "reference_wait",
    "session_target",
    "sessions",
    "waiting_curve",
    "waiting_times",
    "waits_and_curve",
]

RATIO_METHOD = "ratio_linearised"
FEWEST_SESSIONS = 4  # under which two or three sessions may agree, or differ, by chance: no interval


def session_target(workbench: Workbench, *, kind: str, quartier: str | None = None) -> Span | None:
    """Sessions aimed at in a year: the city's target, or a quartier's; None where none was set.

    A quartier where the programme does not run has no target.
    """
    check_kind(kind)
    targets = workbench.targets
    if quartier is None:
        return targets.optical_sessions if kind == "optical" else targets.dental_sessions
    if kind == "optical" and quartier in workbench.programme_quartiers:
        return targets.optical_sessions_per_quartier
    return None


def sessions(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Sessions held, people screened, and how full the sessions were.

    Parameters
    ----------
    tables
        `screening_sessions` and `screening_participants`, as read from the store.
    year, years
        Year of the sessions; `years` gives several, one set of rows each. A year without a session has no row.
    by
        `quartier`, columns of `screening_sessions`, or () for all quartiers together.
    kind
        "optical", "dental", or None for both, one set of rows each.

    Returns
    -------
    The one output shape with groups `kind`, <by>: `screening_sessions`, `screening_participants` (a person who
    came twice counts twice), `screening_slots` (counts); `screening_sessions_without_list` (sessions for which
    no participant was entered: their attendance is not known, not zero); `screening_fill_rate`, people per
    place over the sessions with a list, which may pass 1, with linearised limits between sessions (`n`
    sessions). Under `FEWEST_SESSIONS` it is `too_few`: a point without limits, and none for one session.
    """
    rows: list[Row] = []
    for head, part in each_group(_with_totals(tables, years or (year,), kind), by):
        listed = part[part["participants"] > 0]
        slots = int(part["slots"].sum())
        rows += [
            count_row(head, "screening_sessions", len(part), unit="count"),
            count_row(head, "screening_participants", int(part["participants"].sum())),
            count_row(head, "screening_slots", slots, unit="count"),
            count_row(head, "screening_sessions_without_list", len(part) - len(listed), unit="count", out_of=len(part)),
            _ratio_row(head, "screening_fill_rate", listed["participants"], listed["slots"], confidence_level),
        ]
    return estimates(rows, groups=group_columns(by))


def costs(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """What a session cost per person screened and per person equipped, in euros.

    Returns the one output shape with groups `kind`, <by>: `screening_cost_per_participant` and
    `screening_cost_per_equipped`, total cost over total people of the sessions whose cost and list are known,
    with linearised limits between sessions (`too_few` as in `sessions`, and where there is nobody);
    `screening_sessions_costed` and `screening_sessions_without_cost`; `screening_cost_equipment_unknown`, people
    of the costed sessions whose equipment is not, or not yet, known: while there are any, the cost per person
    equipped is an upper bound.
    """
    rows: list[Row] = []
    for head, part in each_group(_with_totals(tables, years or (year,), kind), by):
        costed = part[part["cost_eur"].notna() & (part["participants"] > 0)]
        cost = costed["cost_eur"]
        rows += [
            _ratio_row(head, "screening_cost_per_participant", cost, costed["participants"], confidence_level),
            _ratio_row(head, "screening_cost_per_equipped", cost, costed["equipped"], confidence_level),
            count_row(head, "screening_sessions_costed", len(costed), unit="count", out_of=len(part)),
            count_row(head, "screening_sessions_without_cost", len(part) - len(costed), unit="count", out_of=len(part)),
            count_row(
                head,
                "screening_cost_equipment_unknown",
                int(costed["equipment_unknown"].sum()),
                out_of=int(costed["participants"].sum()),
            ),
        ]
    return estimates(rows, groups=group_columns(by))


def _with_totals(tables: Tables, years: Collection[int], kind: str | None) -> pd.DataFrame:
    """Sessions with, for each, its participants, people equipped, and people whose equipment is not known."""
    held = sessions_held(tables, years=years, kind=kind)
    people = people_screened(tables, years=years, kind=kind)
    totals = pd.DataFrame(
        {
            "session_id": people["session_id"],
            "participants": 1,
            "equipped": people["equipped"].eq(YES).astype(int),
            "equipment_unknown": people["equipped"].isin([UNKNOWN, ONGOING]).astype(int),
        }
    )
    counts = totals.groupby("session_id").sum().reindex(held["session_id"]).fillna(0).reset_index(drop=True)
    return pd.concat([held, counts], axis="columns")


def _ratio_row(head: Row, indicator: str, numerator: pd.Series, denominator: pd.Series, confidence_level: float) -> Row:
    x, n = numerator.to_numpy(dtype=float), denominator.to_numpy(dtype=float)
    ratio = survey_ratio(x, n, confidence_level=confidence_level)
    estimate, lower, upper = ratio.estimate, ratio.lower, ratio.upper
    if x.size < FEWEST_SESSIONS:
        estimate = np.nan if x.size < 2 else estimate  # one session says nothing of what the next would be
        lower = upper = np.nan
    return {
        **head,
        "indicator": indicator,
        "numerator": x.sum(),
        "denominator": n.sum(),
        "estimate": estimate,
        "lower": max(lower, 0.0),  # neither a rate nor a cost is negative; NaN stays NaN
        "upper": upper,
        "confidence_level": confidence_level,
        "unit": "proportion" if indicator == "screening_fill_rate" else "eur_per_person",
        "method": RATIO_METHOD,
        "n": x.size,
        "status": "too_few" if x.size < FEWEST_SESSIONS or np.isnan(estimate) else "ok",
    }
