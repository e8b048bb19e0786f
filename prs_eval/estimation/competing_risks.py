"""What happens first: the share of people who have had each of several events that exclude one another."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._grouping import numeric
from prs_eval.estimation._parts import answer_row, parts, shape
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.estimation.survival import _observations

IncidenceInterval = Literal["plain", "log", "log-log"]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CumulativeIncidence:
    """Aalen-Johansen estimate: share that has had each event by each event time, `time` of shape (times,).

    `incidence`, `standard_error`, `lower`, `upper` and `events` have shape (causes, times), causes 1, 2, … in
    turn; `at_risk` counts those observed just before `time`; `last_time` is the longest observation.
    """

    time: Values
    at_risk: Values
    events: Values
    incidence: Values
    standard_error: Values
    lower: Values
    upper: Values
    n: int
    last_time: float
    interval: IncidenceInterval
    confidence_level: float


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    causes: int | None = None,
    interval: IncidenceInterval = "log-log",
    confidence_level: float = 0.95,
) -> CumulativeIncidence:
    """Share of people, 0-1, who have had each of several exclusive events by each event time (Aalen-Johansen).

    Parameters
    ----------
    time
        Time from start to the first event or to end of observation, shape (n,), any unit, not negative.
    cause
        Which event came, 1, 2, …; 0 where observation ended first (right censoring); shape (n,).
    causes
        Number of causes, where some may not have been met; the largest seen unless told.
    interval
        Scale of the limits of the share itself: "plain", "log" (the default of R's survfit) or "log-log".

    Returns
    -------
    CumulativeIncidence. Limits are NaN where nobody has had that event yet.

    Raises
    ------
    ValueError
        Where shapes differ, a time is missing or negative, or a cause is not a whole number from 0 to `causes`.

    Notes
    -----
    Formula: sum over event times of S(t-) events / at risk, S being the Kaplan-Meier curve of any event;
    Greenwood-type variance, that of R's survfit (the one of R's cmprsk is slightly larger).
    1 - Kaplan-Meier with the other events taken as censored answers "what if the others could not happen" and
    overstates the share of people. Assumes independent people and censoring that says nothing of the time to come.
    When not to use: to compare causes of two groups as if the other event were out of the way.
    Sources: Aalen & Johansen (1978), Scand J Stat 5:141-150; variance: Dinse & Larson (1986), Biometrika
    73:379-386; limits: Choudhury (2002), Stat Med 21:1129-1144.
    """
    check_confidence_level(confidence_level)
    if interval not in ("plain", "log", "log-log"):
        raise ValueError(f"`interval` must be plain, log or log-log, not {interval!r}.")
    kind, count = _causes(cause, causes)
    t, any_event = _observations(time, kind > 0)
    at = np.unique(t[any_event == 1])
    n = (t.size - np.searchsorted(np.sort(t), at)).astype(float)
    events = np.array([_tally(t[kind == k], at) for k in range(1, count + 1)]).reshape(count, at.size)
    total = events.sum(axis=0)
    before = np.concatenate([[1.0], np.cumprod(1 - total / n)[:-1]]) if at.size else np.empty(0)
    incidence = np.cumsum(before * events / n, axis=1)
    error = np.sqrt(np.maximum(_variance(incidence, before, events, total, n), 0))
    z = float(stats.norm.ppf((1 + confidence_level) / 2))
    lower, upper = _limits(incidence, z * error, interval)
    last = float(t.max()) if t.size else math.nan
    return CumulativeIncidence(at, n, events, incidence, error, lower, upper, t.size, last, interval, confidence_level)


def incidence_at(curve: CumulativeIncidence, time: float, *, cause: int) -> Estimate:
    """Share of people, 0-1, who have had the event `cause` (1, 2, …) by `time`, from `cumulative_incidence`.

    Returns an Estimate, unit "proportion", method "aalen_johansen_" and the interval type; NaN and `too_few`
    where nobody has had that event by then, or follow-up stopped before `time` with people still waiting.

    Raises
    ------
    ValueError
        Where the curve has no such cause, or `time` is negative or missing.

    Notes
    -----
    Formula, assumptions, when not to use, sources: see `cumulative_incidence`.
    """
    if not 1 <= cause <= len(curve.incidence):
        raise ValueError(f"`cause` must be from 1 to {len(curve.incidence)}, not {cause}.")
    if not time >= 0:
        raise ValueError(f"`time` must not be negative or missing, not {time}.")
    place = int(np.searchsorted(curve.time, time, side="right")) - 1
    followed = time <= curve.last_time or (place >= 0 and math.isclose(curve.incidence[:, place].sum(), 1.0))
    method = "aalen_johansen_" + curve.interval.replace("-", "_")
    common = (curve.confidence_level, "proportion", method, curve.n)
    if place >= 0 and followed:
        share, lower, upper = (float(x[cause - 1, place]) for x in (curve.incidence, curve.lower, curve.upper))
        if np.isfinite([lower, upper]).all():
            return Estimate(share, lower, upper, *common)
    return Estimate(math.nan, math.nan, math.nan, *common, "too_few")


def estimate_cumulative_incidence(
    table: pd.DataFrame,
    *,
    indicator: str,
    time: str,
    cause: str,
    censored: Hashable,
    at: Sequence[float],
    by: Sequence[str] = (),
    interval: IncidenceInterval = "log-log",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Share of people of each group who have had each event by each time of `at`, in the one output shape.

    Parameters
    ----------
    table
        One row a person: `time` to the first event or to the end of observation, `cause` the event that came.
    censored
        The value of `cause` of those to whom nothing had happened when observation ended.
    at
        Times, in the unit of the column `time`.

    Returns
    -------
    The one output shape with further groups `cause` (every one met in the table) and `at`; `numerator` is the
    number of people seen to have had the event by then, `denominator` and `n` the people followed.

    Raises
    ------
    ValueError
        For a column that is not there, a missing cause, or a time that is missing or negative.

    Notes
    -----
    Formula, assumptions, when not to use, sources: see `cumulative_incidence`.
    """
    t = numeric(table, time)
    if cause not in table.columns:
        raise ValueError(f"no column `{cause}` in the table.")
    seen = table[cause].reset_index(drop=True)
    if seen.isna().any():
        raise ValueError(f"`{cause}` must not be missing: {int(seen.isna().sum())} of {len(seen)} rows are.")
    labels = sorted(set(seen) - {censored}, key=str)
    kind = seen.map({censored: 0} | {label: i for i, label in enumerate(labels, 1)}).to_numpy(dtype=float)
    rows = []
    for head, numbers in parts(table, by):
        part = {"causes": len(labels), "interval": interval, "confidence_level": confidence_level}
        curve = cumulative_incidence(t[numbers], kind[numbers], **part)  # type: ignore[arg-type]
        for i, label in enumerate(labels, 1):
            for moment in at:
                had = float(((kind[numbers] == i) & (t[numbers] <= moment)).sum())
                group = {**head, "indicator": indicator, "cause": label, "at": moment}
                found = incidence_at(curve, moment, cause=i)
                rows.append(answer_row(found, **group, numerator=had, denominator=curve.n))
    return shape(rows, by=by, more=("cause", "at"))


def _causes(cause: ArrayLike, causes: int | None) -> tuple[Values, int]:
    kind = np.asarray(cause, dtype=float)
    most = np.inf if causes is None else causes
    bad = ~((kind >= 0) & (kind == np.floor(kind)) & (kind <= most) & np.isfinite(kind))
    if bad.any():
        raise ValueError(
            f"`cause` must be a whole number from 0{'' if causes is None else f' to {causes}'}: {int(bad.sum())} of "
            f"{kind.size} are not (first: {int(np.flatnonzero(bad)[0])})."
        )
    return kind, int(kind.max(initial=0)) if causes is None else causes


def _tally(t: Values, at: Values) -> Values:
    return np.bincount(np.searchsorted(at, t), minlength=at.size).astype(float)


def _variance(incidence: Values, before: Values, events: Values, total: Values, n: Values) -> Values:
    """Sum over event times of what each adds, expanded so that cumulative sums suffice."""
    # When all those at risk have an event nothing is still to come: the term is 0, which statsmodels makes NaN.
    hazard = total / (n * np.where(n > total, n - total, np.inf))
    variance = incidence**2 * np.cumsum(hazard) - 2 * incidence * np.cumsum(incidence * hazard, axis=1)
    variance += np.cumsum(incidence**2 * hazard, axis=1)
    variance += np.cumsum((before / n) ** 2 * events * (n - events) / n, axis=1)
    step = before * events / n**2
    variance -= 2 * (incidence * np.cumsum(step, axis=1) - np.cumsum(incidence * step, axis=1))
    return variance


def _limits(p: Values, half: Values, interval: IncidenceInterval) -> tuple[Values, Values]:
    with np.errstate(divide="ignore", invalid="ignore"):
        if interval == "plain":
            lower, upper = p - half, p + half
        elif interval == "log":
            lower, upper = p * np.exp(-half / p), p * np.exp(half / p)
        else:
            spread = np.exp(half / (p * np.log(p)))
            lower, upper = p ** (1 / spread), p**spread
    had = (p > 0) & (half > 0)
    return np.where(had, np.maximum(lower, 0), np.nan), np.where(had, np.minimum(upper, 1), np.nan)
