"""Does the network meet, at which rhythm, on which themes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from prs_eval.estimation.averages import median
from prs_eval.estimation.frame import estimates
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.network_rows import Row, Tables, by_indicator, count, in_year, places, share
from prs_eval.programme.periods import recent_years


def meetings_held(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), years: Iterable[int] | None = None
) -> pd.DataFrame:
    """Meetings held: `network_meetings`, a count, in `year` or in each of `years` up to it.

    `year` alone without a meeting counts 0 for a quartier that met at some time before. Of `years`, only those from
    the first to the last that hold a meeting: before and after, nothing entered is not nothing held.
    """
    rows = []
    for place, own in places(tables, ["meetings"], year=year, by=by):
        known = own["meetings"]["year"]
        wanted = _years(year, years)
        for each in wanted if years is None else [y for y in wanted if known.min() <= y <= known.max()]:
            head: Row = {"indicator": "network_meetings", "quartier": place, "year": each}
            rows.append(count(head, len(in_year(own["meetings"], each))))
    return estimates(rows)


def meeting_gaps(meetings: pd.DataFrame) -> pd.DataFrame:
    """Weeks since the meeting before, in the same quartier: `quartier, year, held_on, weeks`.

    One row a meeting but the first of each quartier; a gap that spans two years belongs to the later meeting.
    Two meetings on one day are two meetings: their gap is 0.
    """
    ordered = meetings[["quartier", "year", "held_on"]].sort_values(["quartier", "held_on"], kind="stable")
    days = ordered.groupby("quartier")["held_on"].diff().dt.days
    return ordered.assign(weeks=days / 7).dropna(subset=["weeks"]).reset_index(drop=True)


def meeting_rhythm(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = ("quartier",),
    years: Iterable[int] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Weeks between meetings against the target span, in `year` or in each of `years` up to it.

    `network_interval_median`: median with its distribution-free limits (Conover). `network_interval_within`,
    `network_interval_shorter`, `network_interval_longer`: share of gaps inside, under and over
    `workbench.targets.meeting_interval_weeks` (its ends count as inside), with Wilson limits.
    """
    target = workbench.targets.meeting_interval_weeks
    rows: list[Row] = []
    for place, own in places(tables, ["meetings"], year=year, by=by):
        gaps = meeting_gaps(own["meetings"])
        told: list[Row] = []
        for each in _years(year, years):
            weeks = in_year(gaps, each)["weeks"].to_numpy(dtype=float)
            head: Row = {"quartier": place, "year": each}
            told.append(_median(head | {"indicator": "network_interval_median"}, weeks, confidence_level))
            parts = {
                "within": (weeks >= target.low) & (weeks <= target.high),
                "shorter": weeks < target.low,
                "longer": weeks > target.high,
            }
            for part, where in parts.items():
                one = head | {"indicator": f"network_interval_{part}"}
                told.append(share(one, int(where.sum()), weeks.size, confidence_level))
        rows += by_indicator(told)
    return estimates(rows)


def rhythm_told(rhythm: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """The rows of `meeting_rhythm` to show: the years that hold a gap, and `year`, which comes first."""
    held = rhythm.loc[rhythm["n"].gt(0), "year"]
    kept = rhythm[rhythm["year"].isin([*held, year])]
    return kept.sort_values("year", ascending=False, kind="stable").reset_index(drop=True)


def recent_rhythm(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """`network_interval_median_recent`: median weeks between meetings over `year` and the two years before.

    A year of a few meetings gives no interval on its own median; three years together often do. The row's `year` is
    the last of the three. No row where the first of the three has no interval: the three would not be three.
    """
    rows = []
    first = recent_years(year).first
    for place, own in places(tables, ["meetings"], year=year, by=by):
        gaps = meeting_gaps(own["meetings"])
        if in_year(gaps, first).empty:
            continue
        weeks = gaps.loc[(gaps["year"] >= first).fillna(False), "weeks"].to_numpy(dtype=float)
        head: Row = {"indicator": "network_interval_median_recent", "quartier": place, "year": year}
        rows.append(_median(head, weeks, confidence_level))
    return estimates(rows)


def themes_covered(
    tables: Tables, *, year: int, workbench: Workbench, by: Sequence[str] = ("quartier",)
) -> pd.DataFrame:
    """`network_themes_covered`: priority themes of `year` met at least once, out of those of the year; a count.

    Too few where no meeting of the year has its themes recorded.
    """
    rows = []
    priority = {theme.code for theme in workbench.priority_themes(year)}
    for place, own in places(tables, ["meetings"], year=year, by=by):
        dealt = _themes(own, year)
        covered = len(priority & set().union(*dealt)) if dealt else np.nan
        head: Row = {"indicator": "network_themes_covered", "quartier": place, "year": year}
        rows.append(count(head, covered, of=len(priority), n=len(dealt)))
    return estimates(rows)


def theme_meetings(
    tables: Tables, *, year: int, workbench: Workbench, by: Sequence[str] = ("quartier",)
) -> pd.DataFrame:
    """`network_theme_meetings`: meetings of `year` that dealt with each declared theme; counts.

    Groups: `theme`, and `priority` (yes where the theme is a priority in `year`). The denominator is the meetings
    whose themes are recorded; too few where there is none.
    """
    rows = []
    priority = {theme.code for theme in workbench.priority_themes(year)}
    for place, own in places(tables, ["meetings"], year=year, by=by):
        dealt = _themes(own, year)
        for theme in workbench.themes:
            met = sum(theme.code in codes for codes in dealt) if dealt else np.nan
            head: Row = {"indicator": "network_theme_meetings", "quartier": place, "year": year}
            group = {"theme": theme.code, "priority": "yes" if theme.code in priority else "no"}
            rows.append(count(head | group, met, of=len(dealt), n=len(dealt)))
    return estimates(rows, groups=["theme", "priority"])


def _themes(own: Tables, year: int) -> list[set[str]]:
    """Themes of each meeting of `year` whose themes are recorded."""
    return [set(codes.split("|")) for codes in in_year(own["meetings"], year)["themes"].dropna().astype(str) if codes]


def _median(head: Row, weeks: np.ndarray, confidence_level: float) -> Row:
    answer = median(weeks, unit="weeks", confidence_level=confidence_level)
    return head | {
        "estimate": answer.estimate,
        "lower": answer.lower,
        "upper": answer.upper,
        "confidence_level": confidence_level,
        "unit": answer.unit,
        "method": answer.method,
        "n": weeks.size,
    }


def _years(year: int, years: Iterable[int] | None) -> list[int]:
    return [year] if years is None else sorted(y for y in set(years) if y <= year)
