"""Time to an event where some are still waiting: Kaplan-Meier curve and quantiles, interval type named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from prs_eval.estimation.intervals import check_confidence_level

IntervalType = Literal["log", "log-log"]
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
    """Kaplan-Meier survival curve with pointwise limits.

    Parameters
    ----------
    time
        Time from start to event or to end of observation, shape (n,), any unit, not negative.
    event
        1 (or True) where the event was seen, 0 where observation ended first (right censoring); shape (n,).
    interval
        Scale of the limits: "log" (the default of R's survfit) or "log-log" (the default of SAS and
        lifelines; the better coverage in small samples).
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
    Assumes that censoring says nothing of the time to come. Standard error: Greenwood.
    Sources: Kaplan & Meier (1958), JASA 53:457-481; log-log limits: Borgan & Liestøl (1990), Scand J Stat
    17:35-41; agrees with R survival 3.5.
    """
    check_confidence_level(confidence_level)
    if interval not in ("log", "log-log"):
        raise ValueError(f"`interval` must be 'log' or 'log-log', not {interval!r}.")
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
        z = stats.norm.ppf((1 + confidence_level) / 2)
        if interval == "log":
            lower, upper = survival * np.exp(-z * error), np.minimum(survival * np.exp(z * error), 1.0)
        else:
            spread = np.exp(z * error / np.log(survival))
            lower, upper = survival ** (1 / spread), survival**spread
    reached = survival > 0
    return SurvivalCurve(
        curve.surv_times.astype(float),
        at_risk,
        events,
        survival,
        np.where(reached, lower, np.nan),
        np.where(reached, upper, np.nan),
        t.size,
        float(t.max()),
        interval,
        confidence_level,
    )


def survival_quantile(curve: SurvivalCurve, probability: float = 0.5) -> tuple[float, float, float]:
    """Time by which a share `probability` has had the event, and its limits, in the unit of the curve.

    Returns (estimate, lower, upper); each is NaN where its curve does not come down that far (the limit is
    then unbounded). Where a curve is exactly level at 1 - `probability` before going down, the middle of that
    level stretch. Limits: Brookmeyer & Crowley (1982), Biometrics 38:29-41, on the scale of the curve's
    interval; agrees with the median that R's survfit prints.

    Raises
    ------
    ValueError
        Unless `probability` lies strictly between 0 and 1.
    """
    if not 0 < probability < 1:
        raise ValueError(f"`probability` must be between 0 and 1, not {probability}.")
    level = 1 - probability
    estimate, lower, upper = (_crossing(curve, line, level) for line in (curve.survival, curve.lower, curve.upper))
    return estimate, lower, upper


def _observations(time: ArrayLike, event: ArrayLike) -> tuple[Values, Values]:
    t, d = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
    if t.ndim != 1 or t.shape != d.shape:
        raise ValueError(f"`time` and `event` must have one same shape (n,), not {t.shape} and {d.shape}.")
    if np.isnan(t).any() or (t < 0).any():
        raise ValueError("`time` must not be missing or negative: drop or count these people first.")
    if not np.isin(d, (0.0, 1.0)).all():
        raise ValueError("`event` must be 0 or 1 for each person.")
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
