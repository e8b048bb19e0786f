"""How long people wait between the screening and the appointment they are offered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.estimation.averages import mean
from prs_eval.estimation.frame import estimates
from prs_eval.estimation.survival import IntervalType, kaplan_meier, survival_quantile
from prs_eval.programme.screening_people import (
    NO,
    ONGOING,
    YES,
    Row,
    Tables,
    check_kind,
    count_row,
    each_group,
    group_columns,
    people_screened,
)

INTERVAL: IntervalType = "log-log"
METHOD = "kaplan_meier_log_log"

_REFERENCES = {"optical": "delai_ophtalmo_median", "dental": "delai_dentiste_median"}
_HAPPENED = ("honoured", "missed")


def waiting_times(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    as_of: dt.date | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Days from the session to the appointment offered, for those who were referred.

    The wait ends on the day of the appointment, kept or not: an appointment missed or cancelled was offered.
    Every wait is cut at the analysis date: `as_of`, or else the later of 31 December of the sessions' year and
    the last fact recorded about these people (a booking, an appointment held, an equipment). So nothing is
    used that could not be known on that day, and those still waiting count for as long as they have waited.

    Returns
    -------
    The one output shape with groups `kind`, <by>. Indicators, in days:

    - `screening_wait_median`: Kaplan-Meier median, log-log limits; `numerator` dated by the analysis date,
      `denominator` dated or waiting; `too_few` where under half have a date;
    - `screening_wait_mean`: mean with Student limits, only where all who may have an appointment have its date;
    - `screening_wait_mean_dated`: the same among dated appointments alone, which is too short where some wait.

    And people, adding up to those referred: `screening_wait_dated`, `screening_wait_waiting` (no date yet),
    `screening_wait_never_booked` (follow-up closed without an appointment), `screening_wait_unknown` (no
    news, or an appointment whose day was not written down).
    """
    rows: list[Row] = []
    for head, part in _referred(tables, years or (year,), kind, by):
        state = _states(part)
        days = _days(part[state == "dated"])
        curve = kaplan_meier(
            *_observed(part, state, head["year"], as_of), interval=INTERVAL, confidence_level=confidence_level
        )
        median = survival_quantile(curve, unit="days")
        common = {**head, "unit": "days", "confidence_level": confidence_level}
        rows.append(
            {
                **common,
                "indicator": "screening_wait_median",
                "numerator": curve.events.sum(),
                "denominator": curve.n,
                "estimate": median.estimate,
                "lower": median.lower,
                "upper": median.upper,
                "method": median.method,
                "n": curve.n,
            }
        )
        average = mean(days, unit="days", confidence_level=confidence_level)
        complete = not (state.isin(["waiting", "unknown"])).any()
        dated = {"numerator": days.sum(), "denominator": days.size, "method": average.method, "n": days.size}
        limits = {"estimate": average.estimate, "lower": average.lower, "upper": average.upper}
        rows.append({**common, **dated, "indicator": "screening_wait_mean", **(limits if complete else {})})
        rows.append({**common, **dated, "indicator": "screening_wait_mean_dated", **limits})
        rows += [
            count_row(head, f"screening_wait_{name}", int(state.eq(name).sum()), out_of=len(part))
            for name in ("dated", "waiting", "never_booked", "unknown")
        ]
    return estimates(rows, groups=group_columns(by))


def waiting_curve(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    as_of: dt.date | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Share of those referred who still wait for their appointment, day by day, as `waiting_times`.

    Returns the one output shape with groups `kind`, <by>, `days`: indicator `screening_still_waiting`, one row
    at 0, one at each day on which an appointment fell and one at the end of follow-up; `numerator` appointments
    of that day, `denominator` people still followed just before; limits pointwise (log-log).
    """
    rows: list[Row] = []
    for head, part in _referred(tables, years or (year,), kind, by):
        time, event = _observed(part, _states(part), head["year"], as_of)
        curve = kaplan_meier(time, event, interval=INTERVAL, confidence_level=confidence_level)
        common = {
            **head,
            "indicator": "screening_still_waiting",
            "unit": "proportion",
            "method": METHOD,
            "confidence_level": confidence_level,
            "n": curve.n,
        }
        if curve.n and not (curve.time[:1] == 0).any():
            start = {"days": 0.0, "numerator": 0, "denominator": curve.n, "estimate": 1.0, "lower": 1.0, "upper": 1.0}
            rows.append({**common, **start})
        columns = (curve.time, curve.events, curve.at_risk, curve.survival, curve.lower, curve.upper)
        names = ("days", "numerator", "denominator", "estimate", "lower", "upper")
        rows += [{**common, **dict(zip(names, values, strict=True))} for values in zip(*columns, strict=True)]
        if curve.n and (not curve.time.size or curve.time[-1] < curve.last_time):
            followed = int((time == curve.last_time).sum())
            rows.append({**rows[-1], "days": curve.last_time, "numerator": 0, "denominator": followed})
    return estimates(rows, groups=group_columns(by, "days"))


def observed_waits(
    tables: Tables, *, years: Collection[int], kind: str | None = None, as_of: dt.date | None = None
) -> pd.DataFrame:
    """One row a person referred whose wait is known, of several years: what a comparison of periods starts from.

    Columns: `session_id, quartier, year, kind, held_on`, `days` (to the appointment, or to the analysis date as in
    `waiting_times`) and `seen` (whether the appointment came first).
    """
    people = people_screened(tables, years=years, kind=kind)
    people = people[people["referred"].eq(YES)]
    state = _states(people)
    followed = people.loc[state.isin(["dated", "waiting"]), ["session_id", "quartier", "year", "kind", "held_on"]]
    days, seen = _observed(people, state, max(years), as_of)
    return followed.assign(days=days, seen=seen).reset_index(drop=True)


def waits_and_curve(waits: pd.DataFrame, curve: pd.DataFrame) -> pd.DataFrame:
    """Rows of `waiting_times`, then those of `waiting_curve`: what a reader checks the sentence and the figure with.

    `days` is NA in the first; the curve alone, empty, where nobody could be followed.
    """
    first = waits.assign(days=np.nan)[list(curve.columns)]
    return curve if curve.empty else pd.concat([first.dropna(subset="estimate"), curve], ignore_index=True)


@dataclass(frozen=True, slots=True)
class ReferenceWait:
    """A published wait, in days, to set beside the city's own: not measured in the same way."""

    days: float
    territory: str
    year: int


def reference_wait(published: pd.DataFrame, *, kind: str) -> ReferenceWait | None:
    """The country's published median wait for this kind of care, None where none is in the file.

    published: as `context.published_figures` returns it; its latest year is taken, its first territory where
    several share that year.
    """
    check_kind(kind)
    rows = published[(published["indicator"] == _REFERENCES[kind]) & published["year"].notna()]
    rows = rows[rows["unit"].eq("jours") & rows["value"].notna()].sort_values("year", kind="stable")
    rows = rows[rows["year"] == rows["year"].max()]
    if rows.empty:
        return None
    first = rows.iloc[0]
    return ReferenceWait(float(first["value"]), str(first["territory"]), int(first["year"]))


def _referred(
    tables: Tables, years: Collection[int], kind: str | None, by: Sequence[str]
) -> Iterator[tuple[Row, pd.DataFrame]]:
    people = people_screened(tables, years=years, kind=kind)
    return each_group(people[people["referred"].eq(YES)], by)


def _states(people: pd.DataFrame) -> pd.Series:
    """Where each referred person is: `dated`, `waiting`, `never_booked` or `unknown`."""
    dated = people["appointment_on"].notna()
    booked = people["booked"]
    states = np.select(
        [dated, booked.eq(ONGOING), booked.eq(NO)],
        [np.array(s, dtype=object) for s in ("dated", "waiting", "never_booked")],
        np.array("unknown", dtype=object),
    )
    return pd.Series(states, index=people.index)


def _days(people: pd.DataFrame) -> NDArray[np.float64]:
    return np.asarray((people["appointment_on"] - people["held_on"]).dt.days, dtype=float)


def _observed(
    people: pd.DataFrame, state: pd.Series, year: int, as_of: dt.date | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Days until the appointment or the analysis date, and whether the appointment came first."""
    cut = _analysis_date(people, year) if as_of is None else pd.Timestamp(as_of)
    followed = people[state.isin(["dated", "waiting"])]
    if (followed["held_on"] > cut).any():
        raise ValueError(f"`as_of` ({cut.date()}) must not come before a session of that year.")
    until_cut = (cut - followed["held_on"]).dt.days.to_numpy(dtype=float)
    until_appointment = _days(followed)
    event = until_appointment <= until_cut  # False where there is no date
    return np.where(event, until_appointment, until_cut), event


def _analysis_date(people: pd.DataFrame, year: int) -> pd.Timestamp:
    held = people["appointment_on"].where(people["outcome"].isin(_HAPPENED))
    facts = pd.concat([people["booked_on"], held, people["equipped_on"]])
    end_of_year = pd.Timestamp(year=int(year), month=12, day=31)
    return end_of_year if facts.isna().all() else max(end_of_year, facts.max())
