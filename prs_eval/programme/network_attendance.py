"""Who comes to the meetings: people by category, coverage of the six categories, diversity, residents' share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

from prs_eval.estimation import diversity as mixing
from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.estimation.survey import survey_ratio
from prs_eval.programme.network_rows import CATEGORIES, Row, Tables, by_indicator, count, in_year, mean, places, share

_NAMES = ["meetings", "attendance"]
_Index = Literal["blau", "shannon", "evenness"]


def people_by_meeting(meetings: pd.DataFrame, attendance: pd.DataFrame) -> pd.DataFrame:
    """People present, one row a meeting (index `meeting_id`), one column a category.

    A category without a row at a recorded meeting is 0. A meeting without any attendance row is left out: its
    people were not recorded, which is not nobody.
    """
    known = attendance[attendance["meeting_id"].isin(meetings["meeting_id"])]
    table = known.pivot_table(index="meeting_id", columns="category", values="people", aggfunc="sum", observed=True)
    return table.reindex(columns=list(CATEGORIES)).astype("float64").fillna(0.0)


def attendance(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """People present at the year's meetings.

    `network_presences`: people present summed over meetings (someone who comes twice counts twice);
    `network_people_per_meeting`: mean with Student limits; `network_meetings_recorded`: meetings whose people are
    recorded, out of the meetings held.
    """
    rows = []
    for place, own in places(tables, _NAMES, year=year, by=by):
        meetings, people = _of_year(own, year)
        total = people.sum(axis=1)
        head: Row = {"quartier": place, "year": year}
        present = total.sum() if len(people) else np.nan
        rows += [
            count(head | {"indicator": "network_meetings_recorded"}, len(people), of=len(meetings)),
            count(head | {"indicator": "network_presences"}, present, unit="attendances"),
            mean(head | {"indicator": "network_people_per_meeting"}, total, confidence_level, unit="people"),
        ]
    return estimates(rows)


def attendance_by_category(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """For each of the six categories (group `category`) at the year's meetings whose people are recorded.

    `network_category_presences`: people present, summed; `network_category_per_meeting`: mean with Student limits;
    `network_category_presence`: share of meetings where someone of the category came, with Wilson limits.
    """
    rows: list[Row] = []
    for place, own in places(tables, _NAMES, year=year, by=by):
        people = _of_year(own, year)[1]
        told: list[Row] = []
        for category in CATEGORIES:
            came = people[category]
            head: Row = {"quartier": place, "year": year, "category": category}
            present = came.sum() if len(came) else np.nan
            one = head | {"indicator": "network_category_presence"}
            total = head | {"indicator": "network_category_presences"}
            told += [
                mean(head | {"indicator": "network_category_per_meeting"}, came, confidence_level, unit="people"),
                share(one, int((came > 0).sum()), len(came), confidence_level),
                count(total, present, unit="attendances", of=people.to_numpy().sum()),
            ]
        rows += by_indicator(told)
    return estimates(rows, groups=["category"])


def diversity(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """How mixed the meetings are.

    `network_categories_covered`: categories that came at least once, out of six; `network_blau`,
    `network_shannon`, `network_evenness` of the people present, with limits from a jackknife that leaves out one
    meeting at a time, as people of one meeting are not independent; `network_residents_share`: residents among the
    people present.
    """
    rows = []
    for place, own in places(tables, _NAMES, year=year, by=by):
        _, people = _of_year(own, year)
        head: Row = {"quartier": place, "year": year}
        covered = int((people.sum() > 0).sum()) if len(people) else np.nan
        one = head | {"indicator": "network_categories_covered"}
        rows.append(count(one, covered, of=len(CATEGORIES), n=len(people)))
        for index in get_args(_Index):
            rows.append(_index(head | {"indicator": f"network_{index}"}, people, index, confidence_level))
        rows.append(_residents(head | {"indicator": "network_residents_share"}, people, confidence_level))
    return estimates(rows)


def _of_year(own: Tables, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    meetings = in_year(own["meetings"], year)
    return meetings, people_by_meeting(meetings, own["attendance"])


def _index(head: Row, people: pd.DataFrame, index: _Index, confidence_level: float) -> Row:
    one = mixing.diversity(people.to_numpy(), index=index, confidence_level=confidence_level)
    return head | {
        "denominator": people.to_numpy().sum(),
        "estimate": one.estimate,
        "lower": one.lower,
        "upper": one.upper,
        "confidence_level": one.confidence_level,
        "unit": one.unit,
        "method": one.method,
        "n": one.n,
    }


def _residents(head: Row, people: pd.DataFrame, confidence_level: float) -> Row:
    """Residents' share over meetings; where all meetings agree (none, or only residents), Wilson on meetings.

    Nothing varies then, so the meetings, not the people, are taken as the units: the widest honest reading.
    """
    residents, everyone = people["residents"].to_numpy(), people.sum(axis=1).to_numpy()
    ratio = survey_ratio(residents, everyone, unit="proportion", confidence_level=confidence_level)
    estimate, lower, upper, method = ratio.estimate, ratio.lower, ratio.upper, ratio.method
    if estimate in (0.0, 1.0):
        meetings = int((everyone > 0).sum())
        low, high = wilson_interval(meetings * estimate, meetings, confidence_level=confidence_level)
        lower, upper, method = float(low), float(high), "wilson_clusters"
    return head | {
        "numerator": residents.sum(),
        "denominator": everyone.sum(),
        "estimate": estimate,
        "lower": lower if np.isnan(lower) else max(lower, 0.0),
        "upper": upper if np.isnan(upper) else min(upper, 1.0),
        "confidence_level": confidence_level,
        "unit": "proportion",
        "method": method,
        "n": len(people),
    }
