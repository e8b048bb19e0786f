"""What the network produces: referrals between structures, needs voiced, needs that led to an action."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.inputs.codes import CODES
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.network_rows import CATEGORIES, Row, Tables, by_indicator, count, in_year, places, share


def referrals(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Referrals of `year` and those taken up.

    `network_referrals`: count. `network_referrals_taken_up`: taken up among those whose end is known (taken up or
    not), with Wilson limits; pending and unknown are left out and stand in `referrals_by_outcome`.
    """
    rows = []
    for place, own in places(tables, ["referrals"], year=year, by=by):
        outcome = in_year(own["referrals"], year)["outcome"]
        taken = int((outcome == "taken_up").sum())
        known = taken + int((outcome == "not_taken_up").sum())
        head: Row = {"quartier": place, "year": year}
        rows += [
            count(head | {"indicator": "network_referrals"}, len(outcome)),
            share(head | {"indicator": "network_referrals_taken_up"}, taken, known, confidence_level),
        ]
    return estimates(rows)


def referrals_by_reason(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",)) -> pd.DataFrame:
    """`network_reason_referrals`: referrals of `year` by main reason (group `referral_reason`), counts out of all."""
    return _split(tables, year, by, "network_reason_referrals", "reason")


def referrals_by_outcome(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",)) -> pd.DataFrame:
    """`network_outcome_referrals`: referrals of `year` by outcome (group `referral_outcome`), unknown apart; counts."""
    return _split(tables, year, by, "network_outcome_referrals", "outcome")


def needs(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Needs voiced in `year` and those that led to an action.

    `network_needs`: count; `network_needs_with_action`: share with Wilson limits; `network_needs_from_residents`:
    share voiced by residents, with Wilson limits.
    """
    rows = []
    for place, own in places(tables, ["needs"], year=year, by=by):
        voiced = in_year(own["needs"], year)
        met = int(voiced["action_id"].notna().sum())
        residents = int((voiced["raised_by"] == CATEGORIES[0]).sum())
        head: Row = {"quartier": place, "year": year}
        rows += [
            count(head | {"indicator": "network_needs"}, len(voiced)),
            share(head | {"indicator": "network_needs_with_action"}, met, len(voiced), confidence_level),
            share(head | {"indicator": "network_needs_from_residents"}, residents, len(voiced), confidence_level),
        ]
    return estimates(rows)


def needs_by_theme(
    tables: Tables, *, year: int, workbench: Workbench, by: Sequence[str] = ("quartier",)
) -> pd.DataFrame:
    """`network_theme_needs` and `network_theme_needs_with_action`: needs of `year` by theme, counts.

    Group `theme`: every declared theme, whether a need was voiced on it or not.
    """
    rows: list[Row] = []
    for place, own in places(tables, ["needs"], year=year, by=by):
        voiced = in_year(own["needs"], year)
        told: list[Row] = []
        for theme in workbench.themes:
            of_theme = voiced[voiced["theme"] == theme.code]
            met = int(of_theme["action_id"].notna().sum())
            head: Row = {"quartier": place, "year": year, "theme": theme.code}
            told += [
                count(head | {"indicator": "network_theme_needs"}, len(of_theme), of=len(voiced)),
                count(head | {"indicator": "network_theme_needs_with_action"}, met, of=len(of_theme)),
            ]
        rows += by_indicator(told)
    return estimates(rows, groups=["theme"])


def _split(tables: Tables, year: int, by: Sequence[str], indicator: str, column: str) -> pd.DataFrame:
    """Referrals by a coded column; the group bears the name of the list of its codes."""
    rows = []
    group = f"referral_{column}"
    for place, own in places(tables, ["referrals"], year=year, by=by):
        values = in_year(own["referrals"], year)[column]
        for code in CODES[group]:
            head: Row = {"indicator": indicator, "quartier": place, "year": year, group: code}
            rows.append(count(head, int((values == code).sum()), of=len(values)))
    return estimates(rows, groups=[group])
