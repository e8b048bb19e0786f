"""One year of the whole programme in a few numbers: what councillors read, and what they should not read into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from prs_eval.estimation.frame import HEAD, TAIL, estimates
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme import ambassadors, network, screening
from prs_eval.programme.context import beside

Tables = Mapping[str, pd.DataFrame]

# What is kept of each measure, in reading order: indicator, then the stage and what it is out of.
NETWORK = (
    "network_meetings",
    "network_interval_median",
    "network_interval_within",
    "network_professionals",
    "network_retention",
    "network_residents_share",
    "network_needs_with_action",
)
STAGES = (("need", "screened"), ("referred", "need"), ("honoured", "referred"), ("equipped", "need"))
AMBASSADORS = (
    "ambassadors_active",
    "ambassadors_retention",
    "ambassadors_trained",
    "ambassador_contacts",
    "ambassador_new_contacts_share",
)
_GROUPS = ("kind", "stage", "out_of", "decided_by")
HISTORY = ("network_meetings", "screening_participants", "ambassadors_active")


def key_numbers(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """The year's key numbers of the network, the screenings and the ambassadors.

    Parameters
    ----------
    tables
        As read from the store.
    by
        () for all quartiers together, or `quartier`.

    Returns
    -------
    The one output shape with groups `kind`, `stage`, `out_of`, `decided_by`, NA where a measure has none; rows
    in reading order, then in the order in which the workbench declares the quartiers.
    """
    level: dict[str, Any] = {"confidence_level": confidence_level}
    parts = [
        network.meetings_held(tables, year=year, by=by),
        network.meeting_rhythm(tables, year=year, by=by, workbench=workbench, **level),
        network.members(tables, year=year, by=by, **level),
        network.diversity(tables, year=year, by=by, **level),
        network.needs(tables, year=year, by=by, **level),
        screening.sessions(tables, year=year, by=by, **level),
        screening.cascade(tables, year=year, by=by, **level),
        screening.waiting_times(tables, year=year, by=by, **level),
        ambassadors.membership(tables, year=year, by=by),
        ambassadors.retention(tables, year=year, by=by, **level),
        ambassadors.trained(tables, year=year, by=by, **level),
        ambassadors.contacts(tables, year=year, by=by, **level),
        ambassadors.decisions(tables, year=year, by=by, **level),
    ]
    return in_order(_chosen(_together(parts)), workbench)


def history(tables: Tables, *, year: int, workbench: Workbench) -> pd.DataFrame:
    """Meetings held, people screened and active ambassadors of each year up to `year`, all quartiers together.

    Returns the one output shape with the groups of `key_numbers`, indicators in the order of `HISTORY`; a year
    without a session has no row of people screened.
    """
    years = range(workbench.first_year, year + 1)
    parts = [
        network.meetings_held(tables, year=year, years=years, by=()),
        screening.sessions(tables, year=year, years=years, by=()),
        ambassadors.membership(tables, year=year, by=(), history=True),
    ]
    frame = _together(parts)
    frame = frame[frame["indicator"].isin(HISTORY) & frame["year"].between(years[0], year)]
    rank = {code: place for place, code in enumerate(HISTORY)}
    return frame.sort_values("indicator", key=lambda codes: codes.map(rank), kind="stable").reset_index(drop=True)


def comparable(tables: Tables, *, year: int, published: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """The city's own figures beside the public ones of the same year, all quartiers together.

    published: as `context.published_figures` returns it. Returns the columns of `context.beside`.
    """
    level: dict[str, Any] = {"confidence_level": confidence_level}
    parts = [
        screening.sessions(tables, year=year, by=(), **level),
        screening.cascade(tables, year=year, by=(), **level),
        screening.waiting_times(tables, year=year, by=(), **level),
        network.members(tables, year=year, by=(), **level),
        ambassadors.membership(tables, year=year, by=()),
    ]
    return beside(_together(parts), published)


def gaps(tables: Tables, *, year: int, workbench: Workbench, confidence_level: float = 0.95) -> pd.DataFrame:
    """What is not known of the year, all quartiers together: the rows that each measure keeps apart.

    Returns the one output shape with groups `kind`, `stage`, `out_of`, `decided_by`: meetings whose attendance
    is recorded, sessions without a list, people whose stage is not known, activities at which nobody counted.
    """
    level: dict[str, Any] = {"confidence_level": confidence_level}
    parts = [
        network.attendance(tables, year=year, by=(), **level),
        screening.sessions(tables, year=year, by=(), **level),
        screening.cascade(tables, year=year, by=(), **level),
        screening.costs(tables, year=year, by=(), **level),
        ambassadors.contacts(tables, year=year, by=(), **level),
        ambassadors.decisions(tables, year=year, by=(), **level),
    ]
    frame = _together(parts)
    apart = {
        "network_meetings_recorded",
        "screening_sessions_without_list",
        "screening_sessions_without_cost",
        "ambassador_contacts_not_counted",
        "ambassador_projects_decision_unknown",
    }
    unknown = (frame["indicator"] == "screening_stage_unknown") & _pairs(frame)
    return frame[frame["indicator"].isin(apart) | unknown].reset_index(drop=True)


def without_data(estimates: pd.DataFrame, workbench: Workbench) -> list[str]:
    """Quartiers of the programme of which no row could be estimated."""
    known = set(estimates.loc[estimates["estimate"].notna() & (estimates["estimate"] != 0), "quartier"])
    return [quartier for quartier in workbench.programme_quartiers if quartier not in known]


def in_order(estimates: pd.DataFrame, workbench: Workbench) -> pd.DataFrame:
    """Rows of each indicator in the order in which the workbench declares the quartiers, never by value."""
    places = [quartier.name for quartier in workbench.quartiers]
    rank = {name: place for place, name in enumerate(places)}
    return estimates.sort_values(
        "quartier", key=lambda names: names.map(lambda name: rank.get(name, -1)), kind="stable"
    ).reset_index(drop=True)


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames of several measures in one, with every group of `_GROUPS`."""
    held = [part for part in parts if len(part)]
    columns = [*HEAD, *_GROUPS, *TAIL]
    return (
        pd.concat([part.reindex(columns=columns) for part in held], ignore_index=True)
        if held
        else estimates([], groups=_GROUPS)
    )


def _pairs(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(list(zip(frame["stage"], frame["out_of"], strict=True)), index=frame.index).isin(STAGES)


def _chosen(frame: pd.DataFrame) -> pd.DataFrame:
    wanted = (*NETWORK, "screening_sessions", "screening_participants", "screening_wait_median", *AMBASSADORS)
    shares = (frame["indicator"] == "screening_stage_share") & _pairs(frame)
    decided = (frame["indicator"] == "ambassador_projects_decided") & (frame["decided_by"] == "ambassadors")
    return frame[frame["indicator"].isin(wanted) | shares | decided].reset_index(drop=True)
