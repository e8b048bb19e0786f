"""Rates of events per exposure: one with its interval, those of a table by group, and the ratio of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from prs_eval.estimation._counts import (
    Limits,
    answer,
    check_columns,
    check_confidence_level,
    choose,
    count,
    number,
    ratio,
    shape,
    sums,
)
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import (
    byar_interval,
    byar_or_exact_interval,
    clopper_pearson_interval,
    poisson_interval,
)

_Method = Literal["byar_or_exact", "byar", "exact"]
_METHODS: Mapping[str, Callable[..., Limits]] = {
    "byar_or_exact": byar_or_exact_interval,
    "byar": byar_interval,
    "exact": poisson_interval,
}


def _unit(multiplier: float) -> str:
    if not 0 < multiplier < np.inf:
        raise ValueError(f"`multiplier` must be above 0, not {multiplier}.")
    return f"per_{multiplier:.15g}"


def rate(
    events: float,
    exposure: float,
    *,
    multiplier: float = 100_000,
    method: _Method = "byar_or_exact",
    confidence_level: float = 0.95,
) -> Estimate:
    """One rate with its interval, in events per `multiplier` of exposure.

    Parameters
    ----------
    events
        Count of events, which may come several to a person.
    exposure
        People, person-years, meetings …: where events could come.
    multiplier
        Exposure for which the rate is said.
    method
        "byar_or_exact" (Public Health England's rule: exact below 10 events), "byar" or "exact" (Garwood).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "per_<multiplier>", `n` the exposure; `too_few` where exposure is 0 or a number is NaN.

    Raises
    ------
    ValueError
        Where a number is negative or infinite, or events come without exposure.

    Notes
    -----
    Formula: limits of the count / exposure × multiplier. Assumes independent events; exposure without error.
    When not to use: a share of people (see `proportion`), or events of which one brings the next.
    Source: Breslow & Day (1987), Statistical Methods in Cancer Research, vol. II, IARC.
    """
    unit = _unit(multiplier)
    x, t = float(count(number(events, "events"), "events")), float(count(number(exposure, "exposure"), "exposure"))
    if x > 0 and t == 0:
        raise ValueError("`events` must be 0 where `exposure` is 0.")
    limits = choose(method, _METHODS)(x, confidence_level=confidence_level)
    scale = multiplier / t if t else np.nan
    scaled = (limits[0] * scale, limits[1] * scale)
    return answer(x * scale, scaled, level=confidence_level, unit=unit, method=method, n=t)


def estimate_rates(
    table: pd.DataFrame,
    *,
    indicator: str,
    events: str,
    exposure: str,
    multiplier: float = 100_000,
    by: Sequence[str] = (),
    method: _Method = "byar_or_exact",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Sum events and exposure by group and give their rate with its interval, per `multiplier` of exposure.

    Parameters
    ----------
    table
        One row a unit, with a count in `events` and an exposure (people, person-years) in `exposure`.
    indicator
        Code written in the column `indicator`.
    multiplier
        Exposure for which the rate is said.
    by
        Grouping columns; `quartier` and `year` take their place in the shape, others follow.
    method
        "byar_or_exact" (Public Health England's rule: exact below 10 events), "byar" or "exact" (Garwood).
    confidence_level
        Strictly between 0 and 1; 0.998 for control limits.

    Returns
    -------
    DataFrame in the one output shape, a row a group in the order of `by`; `unit` "per_<multiplier>", `n` the
    exposure; `status` is `too_few` where it is 0.

    Raises
    ------
    ValueError
        Where a column is not there, a number is missing, negative or infinite, or events come without
        exposure: rule, extent and first row are said.

    Notes
    -----
    Formula, assumptions, when not to use: those of `rate`.
    Source: Public Health England (2018), Technical Guide: Confidence Intervals; Breslow & Day (1987), vol. II.
    """
    check_columns(table, [*by, events, exposure])
    interval = choose(method, _METHODS)
    check_confidence_level(confidence_level)
    unit = _unit(multiplier)
    for name in (events, exposure):
        fine = table[name].between(0, np.inf, inclusive="left").fillna(False).to_numpy(dtype=bool)
        _refuse(table, ~fine, f"`{name}` must be given, 0 or above and finite")
    stray = (table[events] > 0).to_numpy(dtype=bool) & (table[exposure] == 0).to_numpy(dtype=bool)
    _refuse(table, stray, f"`{events}` must be 0 where `{exposure}` is 0")
    groups = sums(table, [events, exposure], by)
    x, t = (groups[name].to_numpy(dtype=float) for name in (events, exposure))
    lower, upper = interval(x, confidence_level=confidence_level)
    return shape(
        groups,
        by,
        indicator=indicator,
        numerator=x,
        denominator=t,
        estimate=ratio(x * multiplier, t),
        lower=ratio(lower * multiplier, t),
        upper=ratio(upper * multiplier, t),
        confidence_level=confidence_level,
        unit=unit,
        method=method,
        n=t,
    )


def _refuse(table: pd.DataFrame, bad: np.ndarray, rule: str) -> None:
    if bad.any():
        first = table.index[int(np.flatnonzero(bad)[0])]
        raise ValueError(f"{rule}: {int(bad.sum())} of {len(table)} rows do not (first: row {first}).")


def conditional_poisson_interval(
    events: ArrayLike,
    exposure: ArrayLike,
    reference_events: ArrayLike,
    reference_exposure: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Limits:
    """Exact limits of the ratio of two rates, given the events of both together; a pure number.

    Parameters
    ----------
    events, exposure, reference_events, reference_exposure
        Counts and exposures, broadcast to one shape; the ratio is the first rate over the reference.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper); 0 below where there is no event, infinite above where the reference has none; NaN where
    neither has, an exposure is 0 or a number is NaN.

    Raises
    ------
    ValueError
        Where a number is negative or infinite.

    Notes
    -----
    Formula: of x + x0 events, x is binomial; Clopper-Pearson limits of that share p give p/(1-p) × t0/t.
    Assumes independent events. When not to use: events that come several at once.
    Source: Przyborowski & Wilenski (1940), Biometrika 31:313-323; R's `poisson.test`.
    """
    pairs = (("events", events), ("exposure", exposure))
    others = (("reference_events", reference_events), ("reference_exposure", reference_exposure))
    x, t, x0, t0 = np.broadcast_arrays(*(count(values, name) for name, values in (*pairs, *others)))
    known = (t > 0) & (t0 > 0)
    low, high = clopper_pearson_interval(x, x + x0, confidence_level=confidence_level)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = (np.where(known, p / (1 - p) * t0 / t, np.nan) for p in (low, high))
    return lower, upper


def _log_interval(
    x: ArrayLike, t: ArrayLike, x0: ArrayLike, t0: ArrayLike, *, confidence_level: float = 0.95
) -> Limits:
    """Normal limits of the logarithm of the ratio; NaN without events on both sides."""
    check_confidence_level(confidence_level)
    a, b = (np.where(count(v, "events") > 0, v, np.nan) for v in (x, x0))
    half = special.ndtri((1 + confidence_level) / 2) * np.sqrt(1 / a + 1 / b)
    found = ratio(a * count(t0, "exposure"), b * count(t, "exposure"))
    return found * np.exp(-half), found * np.exp(half)


def rate_ratio(
    events: float,
    exposure: float,
    reference_events: float,
    reference_exposure: float,
    *,
    method: Literal["conditional_exact", "log"] = "conditional_exact",
    confidence_level: float = 0.95,
) -> Estimate:
    """Ratio of one rate to a reference rate with its interval; a pure number, 1 where they are alike.

    Parameters
    ----------
    events, exposure, reference_events, reference_exposure
        Two counts and their exposures.
    method
        "conditional_exact" (given the events of both), or "log" (normal limits of the logarithm).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "rate_ratio", `n` the events of both. `too_few` where an exposure or the reference's events
    are 0 (there is no ratio), and for "log" where either has no event.

    Raises
    ------
    ValueError
        Where a number is negative or infinite, or is not one number.

    Notes
    -----
    Formula: (x/t) / (x0/t0); "log": ± z sqrt(1/x + 1/x0). Assumes independent events.
    When not to use: shares of people that are not rare (see `risk_ratio`).
    Source: Rothman (1986), Modern Epidemiology; Przyborowski & Wilenski (1940), Biometrika 31:313-323.
    """
    methods = {"conditional_exact": conditional_poisson_interval, "log": _log_interval}
    names = ("events", "exposure", "reference_events", "reference_exposure")
    values = [
        number(v, k) for k, v in zip(names, (events, exposure, reference_events, reference_exposure), strict=True)
    ]
    x, t, x0, t0 = values
    limits = choose(method, methods)(x, t, x0, t0, confidence_level=confidence_level)
    value = (x / t) / (x0 / t0) if t and t0 and x0 else np.nan
    return answer(value, limits, level=confidence_level, unit="rate_ratio", method=method, n=x + x0)
