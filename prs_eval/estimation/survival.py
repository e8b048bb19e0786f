"""Time to an event where some are still waiting: Kaplan-Meier curve, quantiles, restricted mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from prs_eval.estimation._grouping import numeric
from prs_eval.estimation._parts import estimate_parts
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import Limits, check_confidence_level

IntervalType = Literal["plain", "log", "log-log", "logit", "arcsine"]
Values = NDArray[np.float64]

# A curve "at" a probability within rounding: R's own tolerance, sqrt of the machine's precision.
_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Kaplan-Meier estimate at each time an event was seen; arrays of shape (event times,).

    `survival`, `lower`, `upper` are the share still without the event, 0-1; `at_risk` counts those observed
    just before `time`; `last_time` is the longest observation, `n` the number of people.
    """

    time: Values
    at_risk: Values
    events: Values
    survival: Values
    lower: Values
    upper: Values
    n: int
    last_time: float
    interval: IntervalType
    confidence_level: float


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, interval: IntervalType = "log-log", confidence_level: float = 0.95
) -> SurvivalCurve:
    """Kaplan-Meier survival curve, a fraction 0-1 at each event time, with pointwise limits.

    Parameters
    ----------
    time
        Time from start to event or to end of observation, shape (n,), any unit, not negative.
    event
        1 (or True) where the event was seen, 0 where observation ended first (right censoring); shape (n,).
    interval
        Scale of the limits: "plain", "log" (the default of R's survfit), "log-log" (the default of SAS and
        lifelines; better coverage in small samples), "logit" or "arcsine" (R's "arcsin").
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    SurvivalCurve; arrays empty where no event was seen. Limits are NaN where the curve is at 0, as in R.

    Raises
    ------
    ValueError
        Where shapes differ, a time is missing or negative, an event is not 0 or 1, or `interval` is unknown.

    Notes
    -----
    Formula: product of (1 - events / at risk) up to t; standard error of its log: Greenwood.
    Assumes independent people, and that censoring says nothing of the time to come. When not to use: where
    another event makes this one impossible (an appointment given up): 1 - survival then overstates, use
    `cumulative_incidence`.
    Sources: Kaplan & Meier (1958), JASA 53:457-481; limits: Borgan & Liestøl (1990), Scand J Stat 17:35-41.
    """
    check_confidence_level(confidence_level)
    if interval not in get_args(IntervalType):
        raise ValueError(f"`interval` must be one of {', '.join(get_args(IntervalType))}, not {interval!r}.")
    t, d = _observations(time, event)
    if t.size == 0 or not d.any():
        empty = np.empty(0)
        last = float(t.max()) if t.size else np.nan
        return SurvivalCurve(empty, empty, empty, empty, empty, empty, t.size, last, interval, confidence_level)
    with np.errstate(divide="ignore", invalid="ignore"):  # statsmodels divides by 0 where the curve reaches 0
        curve = SurvfuncRight(t, d)
        at_risk, events = curve.n_risk.astype(float), curve.n_events.astype(float)
        survival = np.where(at_risk == events, 0.0, curve.surv_prob)
        error = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))  # of log survival
    z = float(stats.norm.ppf((1 + confidence_level) / 2))
    lower, upper = _limits(survival, z * error, interval)
    times = curve.surv_times.astype(float)
    last = float(t.max())
    return SurvivalCurve(times, at_risk, events, survival, lower, upper, t.size, last, interval, confidence_level)


def survival_quantile(curve: SurvivalCurve, probability: float = 0.5, *, unit: str = "days") -> Estimate:
    """Time by which a share `probability` has had the event, in the unit of the curve (0.5: the median).

    Parameters
    ----------
    curve
        From `kaplan_meier`; its interval type and confidence level are used.
    probability
        Strictly between 0 and 1.
    unit
        Written in the result; the unit of the times given to `kaplan_meier`.

    Returns
    -------
    Estimate, method "kaplan_meier_" and the interval type. A limit is NaN where its curve does not come down
    that far (it is then unbounded). Status `too_few` where the curve itself does not (a lower limit, if there
    is one, still holds), or for one person.

    Raises
    ------
    ValueError
        Unless `probability` lies strictly between 0 and 1.

    Notes
    -----
    Formula: first time at which the curve is at or under 1 - `probability`; where the curve is exactly level
    there, the middle of the level stretch. When not to use: to read a limit of NaN as "no uncertainty".
    Source: Brookmeyer & Crowley (1982), Biometrics 38:29-41; agrees with what R's survfit prints.
    """
    if not 0 < probability < 1:
        raise ValueError(f"`probability` must be between 0 and 1, not {probability}.")
    level = 1 - probability
    estimate, lower, upper = (_crossing(curve, line, level) for line in (curve.survival, curve.lower, curve.upper))
    if curve.n == 1:
        estimate = lower = upper = math.nan  # one person has a time, which says nothing of the others
    status = "too_few" if math.isnan(estimate) else "ok"
    return Estimate(estimate, lower, upper, curve.confidence_level, unit, _method(curve.interval), curve.n, status)


def restricted_mean(curve: SurvivalCurve, horizon: float, *, unit: str = "days") -> Estimate:
    """Mean time without the event within the first `horizon`, in the unit of the curve, with normal limits.

    Parameters
    ----------
    curve
        From `kaplan_meier`; its confidence level is used.
    horizon
        Above 0, at most the longest observation unless the curve has reached 0: the same for all that are
        compared.
    unit
        Written in the result.

    Returns
    -------
    Estimate, method "restricted_mean"; limits kept within 0 and `horizon`. NaN and `too_few` where follow-up
    is shorter than `horizon`, or no event or no spread was seen before it.

    Raises
    ------
    ValueError
        Unless `horizon` is above 0 and finite.

    Notes
    -----
    Formula: area under the curve up to `horizon`; variance: sum over event times of (area still to come)^2
    events / (at risk (at risk - events)), as R's print(fit, rmean = horizon), which, unlike this, also goes on
    beyond the last observation. Assumes what `kaplan_meier` does. When not to use: under about 10 events.
    Sources: Irwin (1949), J Hyg 47:188-189; Royston & Parmar (2013), BMC Med Res Methodol 13:152.
    """
    if not 0 < horizon < math.inf:
        raise ValueError(f"`horizon` must be above 0 and finite, not {horizon}.")
    before = curve.time <= horizon
    time, at_risk, events = curve.time[before], curve.at_risk[before], curve.events[before]
    survival = np.concatenate([[1.0], curve.survival[before]])
    areas = survival * np.diff(np.concatenate([[0.0], time, [horizon]]))
    to_come = np.cumsum(areas[::-1])[::-1][1:]
    # Where all those at risk have the event the curve is at 0 and nothing is to come: the term vanishes.
    hazard = events / (at_risk * np.where(at_risk > events, at_risk - events, np.inf))
    error = float(np.sqrt(np.sum(to_come**2 * hazard)))
    followed = horizon <= curve.last_time or survival[-1] == 0
    if not followed or error == 0:
        nan, level = math.nan, curve.confidence_level
        return Estimate(nan, nan, nan, level, unit, "restricted_mean", curve.n, "too_few")
    mean = float(areas.sum())
    half = float(stats.norm.ppf((1 + curve.confidence_level) / 2)) * error
    lower, upper = max(mean - half, 0.0), min(mean + half, float(horizon))
    return Estimate(mean, lower, upper, curve.confidence_level, unit, "restricted_mean", curve.n)


def estimate_survival_quantiles(
    table: pd.DataFrame,
    *,
    indicator: str,
    time: str,
    event: str,
    by: Sequence[str] = (),
    probability: float = 0.5,
    interval: IntervalType = "log-log",
    unit: str = "days",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """`survival_quantile` of each group, in the unit of the column `time`, in the one output shape.

    `numerator` is the number of events seen, `denominator` and `n` the people followed. Raises ValueError for
    a column that is not there and as `kaplan_meier` does. When not to use, and source: see there.
    """
    t, d = numeric(table, time), numeric(table, event)

    def answer(rows: NDArray[np.intp]) -> tuple[Estimate, float, float]:
        curve = kaplan_meier(t[rows], d[rows], interval=interval, confidence_level=confidence_level)
        return survival_quantile(curve, probability, unit=unit), float(d[rows].sum()), curve.n

    return estimate_parts(table, answer, indicator=indicator, by=by)


def estimate_restricted_means(
    table: pd.DataFrame,
    *,
    indicator: str,
    time: str,
    event: str,
    horizon: float,
    by: Sequence[str] = (),
    unit: str = "days",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """`restricted_mean` of each group up to one `horizon`, in the unit of `time`, in the one output shape.

    `numerator` is the number of events seen, `denominator` and `n` the people followed. Raises ValueError for
    a column that is not there and as `restricted_mean` does. When not to use, and source: see there.
    """
    t, d = numeric(table, time), numeric(table, event)

    def answer(rows: NDArray[np.intp]) -> tuple[Estimate, float, float]:
        curve = kaplan_meier(t[rows], d[rows], confidence_level=confidence_level)
        return restricted_mean(curve, horizon, unit=unit), float(d[rows].sum()), curve.n

    return estimate_parts(table, answer, indicator=indicator, by=by)


def _method(interval: IntervalType) -> str:
    return "kaplan_meier_" + interval.replace("-", "_")


def _limits(p: Values, half: Values, interval: IntervalType) -> Limits:
    """Limits of a survival curve; `half` is z times the standard error of its log. NaN where the curve is at 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if interval == "plain":
            lower, upper = p - p * half, p + p * half
        elif interval == "log":
            lower, upper = p * np.exp(-half), p * np.exp(half)
        elif interval == "log-log":
            spread = np.exp(half / np.log(p))
            lower, upper = p ** (1 / spread), p**spread
        elif interval == "logit":
            odds, spread = p / (1 - p), np.exp(half / (1 - p))
            lower, upper = 1 / (1 + spread / odds), 1 / (1 + 1 / (odds * spread))
        else:
            angle, spread = np.arcsin(np.sqrt(p)), half / 2 * np.sqrt(p / (1 - p))
            lower = np.sin(np.maximum(angle - spread, 0)) ** 2
            upper = np.sin(np.minimum(angle + spread, np.pi / 2)) ** 2
    reached = p > 0
    return np.where(reached, np.maximum(lower, 0), np.nan), np.where(reached, np.minimum(upper, 1), np.nan)


def _observations(time: ArrayLike, event: ArrayLike) -> tuple[Values, Values]:
    t, d = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
    if t.ndim != 1 or t.shape != d.shape:
        raise ValueError(f"`time` and `event` must have one same shape (n,), not {t.shape} and {d.shape}.")
    bad = ~(np.isfinite(t) & (t >= 0))
    if bad.any():
        raise ValueError(
            f"`time` must not be missing or negative: {int(bad.sum())} of {t.size} are (first: "
            f"{int(np.flatnonzero(bad)[0])}). Drop or count these people first."
        )
    bad = ~np.isin(d, (0.0, 1.0))
    if bad.any():
        raise ValueError(
            f"`event` must be 0 or 1 for each person: {int(bad.sum())} of {d.size} are not (first: "
            f"{int(np.flatnonzero(bad)[0])})."
        )
    return t, d


def _crossing(curve: SurvivalCurve, line: Values, level: float) -> float:
    """First time at which `line`, a step curve that starts at 1, is at or under `level`."""
    usable = ~np.isnan(line)
    times, values = curve.time[usable], line[usable]
    below = np.flatnonzero(values <= level + _TOLERANCE)
    if below.size == 0:
        return np.nan
    first = below[0]
    if abs(values[first] - level) > _TOLERANCE:
        return float(times[first])
    further = np.flatnonzero(values < level - _TOLERANCE)
    return float((times[first] + times[further[0]]) / 2) if further.size else float(times[first])
