"""Confidence limits on arrays; every function says its method and its source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

Limits = tuple[NDArray[np.float64], NDArray[np.float64]]


def check_confidence_level(confidence_level: float) -> None:
    """Raise ValueError unless `confidence_level` lies strictly between 0 and 1."""
    if not 0 < confidence_level < 1:
        raise ValueError(f"`confidence_level` must be between 0 and 1, not {confidence_level}.")


def _counts(events: ArrayLike, population: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, n = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(population, dtype=float))
    if np.any(x < 0) or np.any(n < 0) or np.any(x > n):
        raise ValueError("`events` must lie between 0 and `population`.")
    return x, n


def wilson_interval(events: ArrayLike, population: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Wilson score limits of a proportion.

    Parameters
    ----------
    events, population
        Counts, broadcast to one shape.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) as fractions; NaN where `population` is 0.

    Raises
    ------
    ValueError
        Where `events` is negative or above `population`.

    Notes
    -----
    Assumes independent people with one probability; too narrow for people who came in groups.
    Source: Wilson (1927), JASA 22:209-212; recommended by Newcombe (1998), Stat Med 17:857-872, method 3.
    """
    check_confidence_level(confidence_level)
    x, n = _counts(events, population)
    safe = np.where(n > 0, n, 1.0)
    lower, upper = proportion_confint(np.where(n > 0, x, 0.0), safe, alpha=1 - confidence_level, method="wilson")
    known = (n > 0) & ~np.isnan(x)
    # Rounding leaves 1e-17 where the limit is exactly 0 or 1.
    lower, upper = np.where(x == 0, 0.0, lower), np.where(x == n, 1.0, upper)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def poisson_interval(events: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Exact (Garwood) limits of a Poisson mean, in events; divide by the exposure for a rate.

    Returns (lower, upper), lower 0 where `events` is 0; NaN in, NaN out.
    Source: Garwood (1936), Biometrika 28:437-442.
    """
    check_confidence_level(confidence_level)
    x = np.asarray(events, dtype=float)
    if np.any(x < 0):
        raise ValueError("`events` must not be negative.")
    alpha = 1 - confidence_level
    lower = np.where(x > 0, stats.chi2.ppf(alpha / 2, 2 * np.where(x > 0, x, 1)) / 2, np.where(np.isnan(x), np.nan, 0))
    return lower, stats.chi2.ppf(1 - alpha / 2, 2 * x + 2) / 2


def mean_interval(values: ArrayLike, *, confidence_level: float = 0.95) -> tuple[float, float, float]:
    """Mean and its Student limits, in the unit of `values`; limits NaN under two values, NaN all under one.

    Assumes independent values, near normal or many; say the median where they are skewed and few.
    Source: Student (1908), Biometrika 6:1-25.
    """
    check_confidence_level(confidence_level)
    x = np.asarray(values, dtype=float)
    if np.isnan(x).any():
        raise ValueError("`values` must not hold NaN: drop or count the missing first.")
    if x.size == 0:
        return np.nan, np.nan, np.nan
    mean = float(x.mean())
    if x.size == 1:
        return mean, np.nan, np.nan
    half = stats.t.ppf((1 + confidence_level) / 2, x.size - 1) * x.std(ddof=1) / np.sqrt(x.size)
    return mean, float(mean - half), float(mean + half)


def median_interval(values: ArrayLike, *, confidence_level: float = 0.95) -> tuple[float, float, float]:
    """Median and its distribution-free limits from order statistics, in the unit of `values`.

    The limits are the narrowest symmetric pair of order statistics whose coverage is at least
    `confidence_level`; NaN where there are too few values for any (under 6 at 95 %).
    Source: Conover (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2.
    """
    check_confidence_level(confidence_level)
    x: NDArray[Any] = np.sort(np.asarray(values, dtype=float))
    if np.isnan(x).any():
        raise ValueError("`values` must not hold NaN: drop or count the missing first.")
    if x.size == 0:
        return np.nan, np.nan, np.nan
    # The largest rank whose lower tail stays within half of what may be missed.
    rank = int(stats.binom.ppf((1 - confidence_level) / 2, x.size, 0.5))
    while rank > 0 and stats.binom.cdf(rank - 1, x.size, 0.5) > (1 - confidence_level) / 2:
        rank -= 1
    median = float(np.median(x))
    if rank == 0:
        return median, np.nan, np.nan
    return median, float(x[rank - 1]), float(x[x.size - rank])
