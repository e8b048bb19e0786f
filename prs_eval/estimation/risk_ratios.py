"""Two independent groups compared by a ratio: of their proportions (risk ratio) or of their odds."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.stats.contingency import odds_ratio as contingency_odds_ratio

from prs_eval.estimation._counts import Limits, Values, answer, check_confidence_level, choose, four_numbers, two_groups
from prs_eval.estimation.frame import Estimate


def _log_limits(value: Values, variance: Values, confidence_level: float) -> Limits:
    """Normal limits of a logarithm, as a ratio; NaN where it has no finite value or no variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fine = np.isfinite(variance) & (variance > 0) & (value > 0) & np.isfinite(value)
    factor = np.exp(special.ndtri((1 + confidence_level) / 2) * np.sqrt(np.where(fine, variance, np.nan)))
    return value / factor, value * factor


def katz_interval(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Limits:
    """Katz's log limits of a risk ratio; a pure number.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Counts, broadcast to one shape; the ratio is the first proportion over the reference.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper); NaN where either group has no event or nobody, and where everybody of both had it.

    Raises
    ------
    ValueError
        Where events are negative or above their population, or a count is infinite.

    Notes
    -----
    Formula: log ratio ± z sqrt(1/x - 1/n + 1/x0 - 1/n0). Assumes independent people in both groups.
    When not to use: under about 5 events in a group (take the difference, whose limits hold at 0).
    Source: Katz, Baptista, Azen & Pike (1978), Biometrics 34:469-474.
    """
    check_confidence_level(confidence_level)
    x, n, x0, n0 = two_groups(events, population, reference_events, reference_population)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, variance = (x / n) / (x0 / n0), 1 / x - 1 / n + 1 / x0 - 1 / n0
    return _log_limits(value, variance, confidence_level)


def woolf_interval(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Limits:
    """Woolf's logit limits of an odds ratio; a pure number.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Counts, broadcast to one shape; the ratio is the first odds over the reference.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper); NaN where a cell of the table is 0.

    Raises
    ------
    ValueError
        Where events are negative or above their population, or a count is infinite.

    Notes
    -----
    Formula: log ratio ± z sqrt(1/x + 1/(n-x) + 1/x0 + 1/(n0-x0)). Assumes independent people in both groups.
    When not to use: a cell under about 5 (see `odds_ratio` with "conditional_exact").
    Source: Woolf (1955), Annals of Human Genetics 19:251-253.
    """
    check_confidence_level(confidence_level)
    x, n, x0, n0 = two_groups(events, population, reference_events, reference_population)
    y, y0 = n - x, n0 - x0
    with np.errstate(divide="ignore", invalid="ignore"):
        value, variance = (x / y) / (x0 / y0), 1 / x + 1 / y + 1 / x0 + 1 / y0
    return _log_limits(value, variance, confidence_level)


def risk_ratio(
    events: float,
    population: float,
    reference_events: float,
    reference_population: float,
    *,
    confidence_level: float = 0.95,
) -> Estimate:
    """Ratio of two independent proportions with Katz's interval; a pure number, 1 where they are alike.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Four counts.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "risk_ratio", method "katz", `n` people of both groups; `too_few` where a group has no event
    or nobody, and where everybody of both had it.

    Raises
    ------
    ValueError
        Where events are negative or above their population, or an argument is not one number.

    Notes
    -----
    Formula, assumptions, when not to use: those of `katz_interval`.
    Source: Katz, Baptista, Azen & Pike (1978), Biometrics 34:469-474.
    """
    x, n, x0, n0 = four_numbers(events, population, reference_events, reference_population)
    limits = katz_interval(x, n, x0, n0, confidence_level=confidence_level)
    value = (x / n) / (x0 / n0) if n and n0 and x0 else np.nan
    return answer(value, limits, level=confidence_level, unit="risk_ratio", method="katz", n=n + n0)


def odds_ratio(
    events: float,
    population: float,
    reference_events: float,
    reference_population: float,
    *,
    method: Literal["woolf", "conditional_exact"] = "woolf",
    confidence_level: float = 0.95,
) -> Estimate:
    """Ratio of two independent odds with its interval; a pure number, 1 where they are alike.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Four counts.
    method
        "woolf" (sample odds ratio, logit limits) or "conditional_exact" (Fisher: conditional maximum
        likelihood and exact limits given the margins; whole counts only).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "odds_ratio", `n` people of both groups. `too_few` for "woolf" where a cell is 0, for
    "conditional_exact" where nobody or everybody of both groups had the event or a group has nobody; there it
    may be 0 or infinite, with one finite limit.

    Raises
    ------
    ValueError
        Where events are negative or above their population, are not whole for "conditional_exact", or an
        argument is not one number.

    Notes
    -----
    Formula: (x/(n-x)) / (x0/(n0-x0)). Assumes independent people in both groups.
    When not to use: as if it were a risk ratio, which it is far from where the event is common.
    Source: Woolf (1955), Annals of Human Genetics 19:251-253; Cornfield (1956), Proc. 3rd Berkeley Symposium.
    """
    check_confidence_level(confidence_level)
    x, n, x0, n0 = four_numbers(events, population, reference_events, reference_population)
    value, limits = choose(method, {"woolf": _woolf, "conditional_exact": _fisher})(x, n, x0, n0, confidence_level)
    return answer(value, limits, level=confidence_level, unit="odds_ratio", method=method, n=n + n0)


def _woolf(x: float, n: float, x0: float, n0: float, level: float) -> tuple[float, tuple[ArrayLike, ArrayLike]]:
    limits = woolf_interval(x, n, x0, n0, confidence_level=level)
    return (x * (n0 - x0) / (x0 * (n - x)) if x0 * (n - x) > 0 else np.nan), limits


def _fisher(x: float, n: float, x0: float, n0: float, level: float) -> tuple[float, tuple[ArrayLike, ArrayLike]]:
    two_groups(x, n, x0, n0)
    counts = np.array([[x, n - x], [x0, n0 - x0]])
    if not np.isfinite(counts).all() or 0 in counts.sum(axis=0) or 0 in counts.sum(axis=1):
        return np.nan, (np.nan, np.nan)
    if (counts != np.floor(counts)).any():
        raise ValueError("the conditional odds ratio needs whole counts.")
    found = contingency_odds_ratio(counts.astype(int), kind="conditional")
    limits = found.confidence_interval(confidence_level=level)
    return float(found.statistic), (limits.low, limits.high)
