"""Who belongs to the network, who stays, and what professionals say they gain from it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.inputs.codes import UNKNOWN
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.network_rows import CATEGORIES, Row, Tables, by_indicator, count, in_year, places, share

_TOP = "4"  # "tout à fait d'accord" in the list `agreement`


def active_structures(structures: pd.DataFrame, year: int) -> pd.DataFrame:
    """Structures that belong to the network on at least one day of `year`."""
    joined = structures["joined_on"] <= pd.Timestamp(year, 12, 31)
    return structures[joined & _still_there(structures, pd.Timestamp(year, 1, 1))]


def members(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Member structures of `year`.

    `network_structures`, `network_structures_new`, `network_structures_left`: active, joined and left during the
    year; `network_professionals`: professionals that the active structures declare; `network_retention`: of the
    members on 31 December before, those still members on 31 December; `network_structures_attending`: of the
    active, those that came to a meeting at least once; `network_structures_guests`: structures that came without
    belonging to the quartier's network. Shares with Wilson limits. The last two have no row where no attendance is
    recorded in `year`.
    """
    rows = []
    for place, own in places(tables, ["structures", "attendance"], year=year, by=by):
        structures = own["structures"]
        active = active_structures(structures, year)
        new = active[active["joined_on"] >= pd.Timestamp(year, 1, 1)]
        before = active[active["joined_on"] < pd.Timestamp(year, 1, 1)]
        stayed = int(_still_there(before, pd.Timestamp(year + 1, 1, 1)).sum())
        left = int((~_still_there(active, pd.Timestamp(year + 1, 1, 1))).sum())
        came = in_year(own["attendance"], year)
        head: Row = {"quartier": place, "year": year}
        rows += [
            count(head | {"indicator": "network_structures"}, len(active)),
            count(head | {"indicator": "network_structures_new"}, len(new)),
            count(head | {"indicator": "network_structures_left"}, left),
            count(head | {"indicator": "network_professionals"}, float(active["members"].sum()), unit="people"),
            share(head | {"indicator": "network_retention"}, stayed, len(before), confidence_level),
        ]
        if len(came):
            seen = set(came.loc[(came["people"] > 0).fillna(False), "structure_id"].dropna())
            attending = seen & set(active["structure_id"])
            one = head | {"indicator": "network_structures_attending"}
            rows.append(share(one, len(attending), len(active), confidence_level))
            rows.append(count(head | {"indicator": "network_structures_guests"}, len(seen - attending)))
    return estimates(rows)


def members_by_category(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",)) -> pd.DataFrame:
    """Active structures and their professionals by category (group `category`); counts.

    `network_category_structures`, `network_category_professionals`.
    """
    rows: list[Row] = []
    for place, own in places(tables, ["structures"], year=year, by=by):
        active = active_structures(own["structures"], year)
        told: list[Row] = []
        for category in CATEGORIES:
            of_category = active[active["category"] == category]
            people = float(of_category["members"].sum())
            head: Row = {"quartier": place, "year": year, "category": category}
            told += [
                count(head | {"indicator": "network_category_structures"}, len(of_category), of=len(active)),
                count(head | {"indicator": "network_category_professionals"}, people, unit="people"),
            ]
        rows += by_indicator(told)
    return estimates(rows, groups=["category"])


def added_values(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = ("quartier",),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """The six added values in the latest survey of professionals up to `year` (group `item`).

    `network_added_value`: share of "tout à fait d'accord" among those who answered, with Wilson limits, which take
    respondents as independent although some share a structure; `network_added_value_unanswered`: respondents
    without an answer to the item, a count. The column `year` is the survey's own year: it may be before `year`.
    """
    rows: list[Row] = []
    for place, own in places(tables, ["professional_answers"], year=year, by=by):
        survey = int(own["professional_answers"]["year"].max())
        answers = in_year(own["professional_answers"], survey)
        told: list[Row] = []
        for item in workbench.added_values_professionals:
            given = answers.loc[answers["item"] == item.code, "answer"]
            known = given[given != UNKNOWN]
            head: Row = {"quartier": place, "year": survey, "item": item.code}
            told += [
                share(
                    head | {"indicator": "network_added_value"},
                    int((known == _TOP).sum()),
                    len(known),
                    confidence_level,
                ),
                count(head | {"indicator": "network_added_value_unanswered"}, len(given) - len(known), of=len(given)),
            ]
        rows += by_indicator(told)
    return estimates(rows, groups=["item"])


def _still_there(structures: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """True where the structure has not left before `day`."""
    return structures["left_on"].isna() | (structures["left_on"] >= day)
