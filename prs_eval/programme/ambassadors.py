"""Health ambassadors: who they are, whether they stay, what they do, whom they meet.

What changed for them on the scales is in `ambassador_scales`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.estimation.survey import survey_ratio
from prs_eval.inputs.codes import CODES, UNKNOWN
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.ambassador_rows import (
    Row,
    Tables,
    count,
    extra,
    groups,
    known_activities,
    known_people,
    shares,
    year_bounds,
    years_of,
)


def active_in(ambassadors: pd.DataFrame, year: int) -> pd.DataFrame:
    """Ambassadors who were one on at least one day of `year` (the day of leaving counts)."""
    first, last = year_bounds(year)
    left = ambassadors["left_on"]
    return ambassadors[(ambassadors["joined_on"] <= last) & (left.isna() | (left >= first))]


def membership(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), history: bool = False) -> pd.DataFrame:
    """Ambassadors active in the year, who joined in it, who left in it.

    Indicators `ambassadors_active`, `ambassadors_joined`, `ambassadors_left`, in people (a count of all,
    so without interval). `history` adds a row for each year since the first one in the data.
    """
    table, rows = known_people(tables, year), []
    years = years_of(table["joined_on"], year, history)
    for labels, people in groups(table, by):
        for current in years:
            first, last = year_bounds(current)
            counts = {
                "ambassadors_active": len(active_in(people, current)),
                "ambassadors_joined": int(people["joined_on"].between(first, last).sum()),
                "ambassadors_left": int(people["left_on"].between(first, last).sum()),
            }
            rows += [{**labels, "year": current, **count(k, v, unit="people")} for k, v in counts.items()]
    return estimates(rows, groups=extra(by))


def retention(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Of those who were ambassadors when the year began, the share who did not leave during it.

    `ambassadors_retention`: denominator, joined before 1 January and not left before it; numerator, of
    these, not left by 31 December included (so that a departure on the last day is counted, once).
    """
    first, last = year_bounds(year)
    table = known_people(tables, year)
    left = table["left_on"]
    present = (table["joined_on"] < first) & (left.isna() | (left >= first))
    stayed = present & (left.isna() | (left > last))
    counts = table.assign(year=year, present=present.astype(int), stayed=stayed.astype(int))
    return shares(
        counts,
        [*by, "year"],
        indicator="ambassadors_retention",
        numerator="stayed",
        denominator="present",
        confidence_level=confidence_level,
    )


def trained(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Share of the year's active ambassadors whose initial training ended by 31 December (`ambassadors_trained`)."""
    table = known_people(tables, year)
    active = table.index.isin(active_in(table, year).index)
    done = active & (table["trained_on"] <= year_bounds(year)[1])
    counts = table.assign(year=year, active=active.astype(int), done=done.astype(int))
    return shares(
        counts,
        [*by, "year"],
        indicator="ambassadors_trained",
        numerator="done",
        denominator="active",
        confidence_level=confidence_level,
    )


def engagement(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """`retention` and `trained` in one frame, in this order."""
    parts = [f(tables, year=year, by=by, confidence_level=confidence_level) for f in (retention, trained)]
    return pd.concat(parts, ignore_index=True)


def composition(
    tables: Tables, *, year: int, of: Literal["age_band", "sex"], by: Sequence[str] = ("quartier",)
) -> pd.DataFrame:
    """The year's active ambassadors by age band or sex: counts, every class named, the unknown as a class.

    Indicators `ambassadors_by_age`, `ambassadors_by_sex`; group column `of`. Age is the age at joining.
    """
    indicator = {"age_band": "ambassadors_by_age", "sex": "ambassadors_by_sex"}[of]
    rows = []
    for labels, people in groups(known_people(tables, year), by):
        active = active_in(people, year)
        for level in CODES[of]:
            n = int((active[of] == level).sum())
            rows.append({**labels, "year": year, of: level, **count(indicator, n, unit="people")})
    return estimates(rows, groups=[*extra(by), of])


def activities(
    tables: Tables,
    *,
    year: int,
    of: Literal["kind", "theme"] | None = "kind",
    by: Sequence[str] = ("quartier",),
    history: bool = False,
    workbench: Workbench | None = None,
) -> pd.DataFrame:
    """Activities held, their hours, and hours × ambassadors present; by kind, by theme, or in all (`of=None`).

    Indicators `ambassador_activities` (count), `ambassador_activity_hours` and `ambassador_hours` (hours).
    Every kind has its row, 0 included; only the themes met in the year have one, in the order in which
    `workbench` declares them (that of their codes without it).
    """
    table, rows = known_activities(tables, year), []
    years = years_of(table["held_on"], year, history)
    declared = [theme.code for theme in workbench.themes] if workbench else []
    for labels, held in groups(table, by):
        for current in years:
            within = held[held["held_on"].dt.year == current]
            for level, some in _levels(within, of, declared):
                hours = some["hours"].astype(float)
                totals = {
                    "ambassador_activities": (len(some), "count"),
                    "ambassador_activity_hours": (hours.sum(), "hours"),
                    "ambassador_hours": ((hours * some["ambassadors"].astype(float)).sum(), "hours"),
                }
                head = {**labels, "year": current, **level}
                rows += [{**head, **count(k, v, unit=u, n=len(some))} for k, (v, u) in totals.items()]
    return estimates(rows, groups=[*extra(by), *([of] if of else [])])


def _levels(held: pd.DataFrame, of: str | None, declared: Sequence[str]) -> Iterator[tuple[Row, pd.DataFrame]]:
    if of is None:
        yield {}, held
        return
    met = set(held[of])
    themes = [*(code for code in declared if code in met), *sorted(met - set(declared))]
    for level in CODES["activity_kind"] if of == "kind" else themes:
        yield {of: level}, held[held[of] == level]


def decisions(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Who decided on the year's projects.

    `ambassador_projects_decided`, one row a value of `decided_by` (ambassadors, shared, institution): share
    of the projects for which it is known. `ambassador_projects_decision_unknown`: the others, counted apart.
    """
    table = tables["ambassador_activities"]
    projects = table[(table["kind"] == "project") & (table["held_on"].dt.year == year)]
    known = projects[projects["decided_by"] != UNKNOWN]
    parts = []
    for level in (code for code in CODES["decided_by"] if code != UNKNOWN):
        chosen = (known["decided_by"] == level).astype(int)
        counts = known.assign(year=year, decided_by=level, chosen=chosen, one=1)
        parts.append(
            shares(
                counts,
                [*by, "year", "decided_by"],
                indicator="ambassador_projects_decided",
                numerator="chosen",
                denominator="one",
                confidence_level=confidence_level,
            )
        )
    rows = []
    for labels, some in groups(projects, by):
        unknown = int((some["decided_by"] == UNKNOWN).sum())
        row = count("ambassador_projects_decision_unknown", unknown, unit="count", n=len(some), of=len(some))
        rows.append({**labels, "year": year, "decided_by": UNKNOWN, **row})
    columns = [*extra(by), "decided_by"]
    out = [part for part in (*parts, estimates(rows, groups=columns)) if len(part)]
    return pd.concat(out, ignore_index=True)[list(out[0].columns)] if out else estimates([], groups=columns)


def contacts(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    history: bool = False,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Contacts made, how many were new, and the activities at which nobody counted.

    `ambassador_contacts`, `ambassador_new_contacts`: totals over the activities that counted them (`n` of
    them), one person met twice counting twice; NA, not 0, where no activity counted.
    `ambassador_contacts_not_counted`: activities (numerator) of all those held (denominator) without a
    count of contacts. `ambassador_new_contacts_share`: ratio of the two totals over the activities that
    counted both, with limits that take the activity, not the person met, as what varies.
    """
    table, rows = known_activities(tables, year), []
    years = years_of(table["held_on"], year, history)
    for labels, held in groups(table, by):
        for current in years:
            within = held[held["held_on"].dt.year == current]
            rows += [{**labels, "year": current, **row} for row in _contact_rows(within, confidence_level)]
    return estimates(rows, groups=extra(by))


def _contact_rows(held: pd.DataFrame, confidence_level: float) -> list[Row]:
    met, new = held["contacts"].astype("Float64"), held["new_contacts"].astype("Float64")
    both = (met.notna() & new.notna()).to_numpy(dtype=bool)
    met_both, new_both = met[both].to_numpy(dtype=float), new[both].to_numpy(dtype=float)
    share = survey_ratio(new_both, met_both, unit="proportion", confidence_level=confidence_level)
    total_met, total_new = float(met_both.sum()), float(new_both.sum())
    return [
        _total("ambassador_contacts", met),
        _total("ambassador_new_contacts", new),
        count("ambassador_contacts_not_counted", int(met.isna().sum()), unit="count", n=len(held), of=len(held)),
        {
            "indicator": "ambassador_new_contacts_share",
            "numerator": total_new,
            "denominator": total_met,
            "estimate": share.estimate,
            "lower": max(share.lower, 0.0) if np.isfinite(share.lower) else share.lower,
            "upper": min(share.upper, 1.0) if np.isfinite(share.upper) else share.upper,
            "confidence_level": confidence_level,
            "unit": "proportion",
            "method": "ratio",
            "n": int(both.sum()),
        },
    ]


def _total(indicator: str, values: pd.Series[Any]) -> Row:
    counted = values.dropna().astype(float)
    total = float(counted.sum()) if len(counted) else np.nan
    return count(indicator, total, unit="count", n=len(counted))
