"""Confidence limits of a proportion or of a count, on arrays; every function says its method and its source."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from prs_eval.estimation._counts import Limits as Limits
from prs_eval.estimation._counts import Values, count, counts_of
from prs_eval.estimation._counts import check_confidence_level as check_confidence_level

EXACT_BELOW = 10  # events under which Public Health England's rule takes the exact limits


def _normal(confidence_level: float) -> float:
    return float(special.ndtri((1 + confidence_level) / 2))


def wilson_interval(
    events: ArrayLike, population: ArrayLike, *, continuity_correction: bool = False, confidence_level: float = 0.95
) -> Limits:
    """Wilson score limits of a proportion, as fractions.

    Parameters
    ----------
    events, population
        Counts, broadcast to one shape.
    continuity_correction
        Widen the limits so that they agree with exact ones at the cost of length.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) as fractions, each of the broadcast shape; NaN where `population` is 0 or a count is NaN.

    Raises
    ------
    ValueError
        Where `events` is negative or above `population`, or a count is infinite.

    Notes
    -----
    Formula: the p for which |x/n - p| = z sqrt(p(1-p)/n) (with correction: |x/n - p| - 1/(2n)).
    Assumes independent people with one probability.
    When not to use: people who came in groups (too narrow: see `clustered`), or a sample with weights.
    Source: Wilson (1927), JASA 22:209-212; Newcombe (1998), Stat Med 17:857-872, methods 3 and 4.
    """
    check_confidence_level(confidence_level)
    x, n = counts_of(events, population)
    known = (n > 0) & ~np.isnan(x)
    x, n = np.where(known, x, 0.0), np.where(known, n, 1.0)
    z, p = _normal(confidence_level), x / n
    if continuity_correction:
        # Under the roots: never negative where the limit is used, which is not at 0 (lower) nor at n (upper).
        low_root = np.sqrt(np.maximum(z**2 - 2 - 1 / n + 4 * p * (n - x + 1), 0))
        high_root = np.sqrt(np.maximum(z**2 + 2 - 1 / n + 4 * p * (n - x - 1), 0))
        lower = (2 * x + z**2 - 1 - z * low_root) / (2 * (n + z**2))
        upper = (2 * x + z**2 + 1 + z * high_root) / (2 * (n + z**2))
    else:
        centre, half = x + z**2 / 2, z * np.sqrt(x * (1 - p) + z**2 / 4)
        lower, upper = (centre - half) / (n + z**2), (centre + half) / (n + z**2)
    # Rounding leaves 1e-17 where the limit is exactly 0 or 1.
    lower, upper = np.where(x == 0, 0.0, np.clip(lower, 0, p)), np.where(x == n, 1.0, np.clip(upper, p, 1))
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def clopper_pearson_interval(events: ArrayLike, population: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Exact (Clopper-Pearson) limits of a proportion, as fractions.

    Parameters
    ----------
    events, population
        Counts, broadcast to one shape.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) as fractions; NaN where `population` is 0 or a count is NaN.

    Raises
    ------
    ValueError
        Where `events` is negative or above `population`, or a count is infinite.

    Notes
    -----
    Formula: quantiles alpha/2 of Beta(x, n-x+1) and 1-alpha/2 of Beta(x+1, n-x): each tail of the binomial
    holds at most alpha/2. Assumes independent people with one probability.
    When not to use: by default. Coverage is never under the level, so it is above it, and limits are wider
    than they need be; take it where the guarantee matters more than the width.
    Source: Clopper & Pearson (1934), Biometrika 26:404-413.
    """
    check_confidence_level(confidence_level)
    x, n = counts_of(events, population)
    known = (n > 0) & ~np.isnan(x)
    x, n = np.where(known, x, 0.0), np.where(known, n, 1.0)
    tail = (1 - confidence_level) / 2
    lower = np.where(x > 0, special.betaincinv(np.where(x > 0, x, 1), n - x + 1, tail), 0.0)
    # The upper limit by symmetry: a small tail is exact, 1 - tail is not.
    upper = 1 - np.where(x < n, special.betaincinv(np.where(x < n, n - x, 1), x + 1, tail), 0.0)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def poisson_interval(events: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Exact (Garwood) limits of a Poisson count, in events; divide by the exposure for a rate.

    Parameters
    ----------
    events
        Counts, any shape.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) in events; lower 0 where `events` is 0; NaN where `events` is NaN.

    Raises
    ------
    ValueError
        Where `events` is negative or infinite.

    Notes
    -----
    Formula: quantiles of chi-squared / 2 with 2x and 2x+2 degrees of freedom.
    Assumes events that come one by one, independently. When not to use: epidemics, repeated events of the
    same people (variance above the mean).
    Source: Garwood (1936), Biometrika 28:437-442.
    """
    check_confidence_level(confidence_level)
    return _garwood(count(events, "events"), (1 - confidence_level) / 2)


def _garwood(x: Values, tail: float) -> Limits:
    lower = np.where(x == 0, 0.0, special.gammaincinv(np.where(x > 0, x, 1), tail))
    return np.where(np.isnan(x), np.nan, lower), special.gammainccinv(x + 1, tail)


def byar_interval(events: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Byar's approximate limits of a Poisson count, in events; divide by the exposure for a rate.

    Parameters
    ----------
    events
        Counts, any shape.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) in events; lower 0 where `events` is 0 or the formula goes below 0; NaN where NaN.

    Raises
    ------
    ValueError
        Where `events` is negative or infinite.

    Notes
    -----
    Formula: x (1 - 1/(9x) - z/(3 sqrt x))^3 and (x+1)(1 - 1/(9(x+1)) + z/(3 sqrt(x+1)))^3. R's epitools has
    another one under this name, with x + 1/2 in both limits (Rothman & Boice).
    When not to use: under 10 events at 99.8 % (see `byar_or_exact_interval`).
    Source: Breslow & Day (1987), Statistical Methods in Cancer Research, vol. II, IARC, p. 69.
    """
    check_confidence_level(confidence_level)
    x = count(events, "events")
    z = _normal(confidence_level)
    safe = np.where(x > 0, x, 1.0)
    lower = safe * np.maximum(1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe)), 0) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return np.where(x > 0, lower, np.where(np.isnan(x), np.nan, 0.0)), upper


def byar_or_exact_interval(events: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Limits of a Poisson count by Public Health England's rule: exact below 10 events, Byar from 10 on.

    Parameters
    ----------
    events
        Counts, any shape.
    confidence_level
        Strictly between 0 and 1; the rule is stated for 0.95 and 0.998.

    Returns
    -------
    (lower, upper) in events; divide by the exposure for a rate. NaN where `events` is NaN.

    Raises
    ------
    ValueError
        Where `events` is negative or infinite.

    Notes
    -----
    Assumptions as for `poisson_interval`. When not to use: where figures near 10 events are compared with each
    other, since the method changes there (by 0.2 % at 95 %, 1.5 % at 99.8 %): take `poisson_interval` for all of them.
    Source: Public Health England (2018), Technical Guide: Confidence Intervals; PHEindicatormethods `phe_rate`.
    """
    lower, upper = byar_interval(events, confidence_level=confidence_level)
    x = np.asarray(events, dtype=float)
    few = x < EXACT_BELOW
    if few.any():
        # Hundreds of thousands of areas share a handful of small counts: each is solved once.
        different, where = np.unique(x[few], return_inverse=True)
        low, high = _garwood(different, (1 - confidence_level) / 2)
        lower, upper = np.array(lower), np.array(upper)
        lower[few], upper[few] = low[where], high[where]
    return lower, upper
