"""One mean or one median with its limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from prs_eval.estimation._counts import Values, check_confidence_level, refuse
from prs_eval.estimation.frame import Estimate


def _sample(values: ArrayLike) -> Values:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"`values` must have one dimension, not {x.ndim}.")
    refuse(~np.isfinite(x), "`values` must not hold NaN or infinity (drop and count the missing first)")
    return x


def mean(values: ArrayLike, *, unit: str, confidence_level: float = 0.95) -> Estimate:
    """Mean and its Student limits, in the unit of `values`.

    Parameters
    ----------
    values
        One number a person or an event, shape (n,).
    unit
        Of `values`, as the output shape names it ("days", "people", "points").
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, method "student"; `too_few` where no limits can be given: no value, one, or all the same (a
    sample without spread says nothing of the spread). The mean itself is given as soon as there is a value.

    Raises
    ------
    ValueError
        Where a value is NaN or infinite.

    Notes
    -----
    Formula: mean ± t(n-1) s / sqrt(n). Assumes independent values, near normal or many.
    When not to use: few and skewed values (say the median), or people who came in groups.
    Source: Student (1908), Biometrika 6:1-25.
    """
    check_confidence_level(confidence_level)
    x = _sample(values)
    value = float(x.mean()) if x.size else np.nan
    if x.size < 2 or np.ptp(x) == 0:
        return Estimate(value, np.nan, np.nan, confidence_level, unit, "student", float(x.size), "too_few")
    half = float(special.stdtrit(x.size - 1, (1 + confidence_level) / 2) * x.std(ddof=1) / np.sqrt(x.size))
    return Estimate(value, value - half, value + half, confidence_level, unit, "student", float(x.size))


def median(values: ArrayLike, *, unit: str, confidence_level: float = 0.95) -> Estimate:
    """Median and its distribution-free limits from order statistics, in the unit of `values`.

    Parameters
    ----------
    values
        One number a person or an event, shape (n,).
    unit
        Of `values`, as the output shape names it.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, method "median_order"; limits are two of the values. `too_few` where no pair of values covers
    enough (under 6 values at 95 %). The median itself is given as soon as there is a value.

    Raises
    ------
    ValueError
        Where a value is NaN or infinite.

    Notes
    -----
    Formula: the narrowest symmetric pair of order statistics whose binomial coverage is at least
    `confidence_level`. Assumes independent values; no distribution.
    When not to use: values still running (waiting times cut by the end of follow-up): see `survival_quantile`.
    Source: Conover (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2.
    """
    check_confidence_level(confidence_level)
    x = np.sort(_sample(values))
    if x.size == 0:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, unit, "median_order", 0.0, "too_few")
    # The largest rank whose lower tail, below it, stays within half of what may be missed.
    rank = int(stats.binom.ppf((1 - confidence_level) / 2, x.size, 0.5))
    value, n = float(np.median(x)), float(x.size)
    if rank == 0:
        return Estimate(value, np.nan, np.nan, confidence_level, unit, "median_order", n, "too_few")
    lower, upper = float(x[rank - 1]), float(x[x.size - rank])
    return Estimate(value, lower, upper, confidence_level, unit, "median_order", n)
