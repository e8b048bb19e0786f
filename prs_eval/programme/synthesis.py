"""One year of the whole programme in a few numbers: what councillors read, and what they should not read into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import ALL, HEAD, TAIL, estimates
from prs_eval.estimation.monitoring import (
    FUNNEL_COLUMNS,
    MINIMUM_AREAS,
    Overdispersion,
    estimate_funnel,
    funnel_limits,
)
from prs_eval.estimation.shrinkage import estimate_shrunken_proportions
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import CITY_TABLES
from prs_eval.programme import ambassadors, network, screening
from prs_eval.programme.context import beside
from prs_eval.programme.periods import recent_years

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
FUNNEL, SHRUNKEN = "screening_honoured_funnel", "screening_honoured_shrunken"
EXPECTED = 5  # people expected to come, and not to come, under which a funnel's normal limits mislead


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


def comparable(
    tables: Tables,
    *,
    year: int,
    published: pd.DataFrame,
    missing: Sequence[str] = (),
    seen: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """The city's own figures beside the public ones of the same year, all quartiers together.

    published: as `context.published_figures` returns it; missing: quartiers `without_data`, for want of which the sum
    of the others is not the city's and `agrees` is NA; seen: what the page's readers may see of the estimates
    (`disclosure.comparison`). Returns the columns of `context.beside`.
    """
    level: dict[str, Any] = {"confidence_level": confidence_level}
    parts = [
        screening.sessions(tables, year=year, by=(), **level),
        screening.cascade(tables, year=year, by=(), **level),
        screening.waiting_times(tables, year=year, by=(), **level),
        network.members(tables, year=year, by=(), **level),
        ambassadors.membership(tables, year=year, by=()),
    ]
    own = _together(parts)
    both = beside(own if seen is None else seen(own), published)
    return both.assign(agrees=both["agrees"].mask(both["quartier"] == ALL)) if missing else both


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


def without_data(tables: Tables, *, year: int, workbench: Workbench) -> list[str]:
    """Quartiers of the programme that have no row of `year` in any table: what they sent before does not count."""
    own = (tables[name] for name in tables if name not in CITY_TABLES)
    known = {str(name) for frame in own for name in frame.loc[(frame["year"] == year).fillna(False), "quartier"]}
    return [quartier for quartier in workbench.programme_quartiers if quartier not in known]


def compare_quartiers(
    tables: Tables, *, year: int, workbench: Workbench, kind: str = "optical", confidence_level: float = 0.95
) -> pd.DataFrame:
    """Honoured appointments out of the referred, quartier by quartier, beside what chance alone would do.

    `year` and the two before together, as one year has a dozen people a quartier. Returns the one output shape with
    groups `kind` and `FUNNEL_COLUMNS`, rows in the order in which the workbench declares the quartiers:

    - `screening_honoured_funnel`: each quartier's share (Wilson) and its class in a funnel about the share of all
      together. The limits allow for over-dispersion from `MINIMUM_AREAS` quartiers on; with fewer it cannot be
      measured, and they hold chance between people only.
    - `screening_honoured_shrunken`, where a funnel would mislead (under `EXPECTED` people expected to come or not to
      come in some quartier) or has nothing to compare: shares drawn towards the common one (hierarchical
      beta-binomial), funnel columns NA.

    No row for a quartier without anyone referred whose outcome is known.
    """
    period = recent_years(year, breaks=workbench.breaks)
    path = screening.cascade(tables, year=year, years=period.years, kind=kind)
    steps = (path["stage"] == "honoured") & (path["out_of"] == "referred") & path["denominator"].gt(0)
    counts = path[(path["indicator"] == "screening_stage_share") & steps].assign(year=year)
    areas = counts.groupby("quartier")[["numerator", "denominator"]].sum()
    expected = areas["denominator"] * areas["numerator"].sum() / areas["denominator"].sum()
    options: dict[str, Any] = {
        "numerator": "numerator",
        "denominator": "denominator",
        "by": ["quartier", "year", "kind"],
        "confidence_level": confidence_level,
    }
    if len(areas) > 1 and expected.ge(EXPECTED).all() and (areas["denominator"] - expected).ge(EXPECTED).all():
        spread: Overdispersion = "multiplicative" if len(areas) >= MINIMUM_AREAS else "none"
        out = estimate_funnel(counts, indicator=FUNNEL, overdispersion=spread, **options)
    else:
        out = estimate_shrunken_proportions(counts, indicator=SHRUNKEN, **options)
    return in_order(out.reindex(columns=[*HEAD, "kind", *FUNNEL_COLUMNS, *TAIL]), workbench)


def funnel_lines(compared: pd.DataFrame) -> pd.DataFrame:
    """The funnel of `compare_quartiers` as lines: limits about the target by number of people.

    Returns columns `n`, `target`, `lower_95`, `upper_95`, `lower_998`, `upper_998`, one row a size up to a tenth more
    than the largest quartier; empty where no funnel was made.
    """
    drawn = compared[(compared["indicator"] == FUNNEL) & compared["target"].notna()]
    columns = ["n", "target", "lower_95", "upper_95", "lower_998", "upper_998"]
    if drawn.empty:
        return pd.DataFrame(columns=columns, dtype="float64")
    first = drawn.iloc[0]
    lines = pd.DataFrame({"n": np.arange(1.0, np.ceil(1.1 * drawn["n"].max()) + 1)}).assign(target=first["target"])
    for name, level in (("95", 0.95), ("998", 0.998)):
        lines[f"lower_{name}"], lines[f"upper_{name}"] = funnel_limits(
            lines["n"], target=first["target"], phi=first["phi"], tau2=first["tau2"], confidence_level=level
        )
    return lines[columns]


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
    shares = frame["indicator"].isin(["screening_stage_share", "screening_stage_unknown"]) & _pairs(frame)
    decided = (frame["indicator"] == "ambassador_projects_decided") & (frame["decided_by"] == "ambassadors")
    return frame[frame["indicator"].isin(wanted) | shares | decided].reset_index(drop=True)
