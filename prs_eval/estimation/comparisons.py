"""Two independent groups compared by the difference of their proportions: on arrays, one, and by group of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from prs_eval.estimation._counts import (
    Limits,
    Values,
    answer,
    bisect,
    check_columns,
    check_confidence_level,
    check_counts,
    choose,
    four_numbers,
    ratio,
    shape,
    sums,
    two_groups,
)
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import wilson_interval


def newcombe_interval(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    continuity_correction: bool = False,
    confidence_level: float = 0.95,
) -> Limits:
    """Newcombe's hybrid score limits of a difference of two independent proportions, as fractions.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Counts, broadcast to one shape; the difference is the first proportion less the reference.
    continuity_correction
        Take the Wilson limits of each proportion with correction (method 11).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) between -1 and 1; NaN where a population is 0 or a count is NaN.

    Raises
    ------
    ValueError
        Where events are negative or above their population, or a count is infinite.

    Notes
    -----
    Formula: d - sqrt((p-l)² + (u0-p0)²) and d + sqrt((u-p)² + (p0-l0)²), l and u the Wilson limits of each.
    Assumes independent people in both groups. When not to use: the same people twice (`tango_interval`),
    people who came in groups.
    Source: Newcombe (1998), Stat Med 17:873-890, methods 10 and 11.
    """
    x, n, x0, n0 = two_groups(events, population, reference_events, reference_population)
    limits = partial(wilson_interval, continuity_correction=continuity_correction, confidence_level=confidence_level)
    (low, high), (low0, high0) = limits(x, n), limits(x0, n0)
    p, p0 = ratio(x, n), ratio(x0, n0)
    return p - p0 - np.hypot(p - low, high0 - p0), p - p0 + np.hypot(high - p, p0 - low0)


def miettinen_nurminen_interval(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Limits:
    """Miettinen-Nurminen score limits of a difference of two independent proportions, as fractions.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Counts, broadcast to one shape; the difference is the first proportion less the reference.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) between -1 and 1; NaN where a population is 0 or a count is NaN.

    Raises
    ------
    ValueError
        Where events are negative or above their population, or a count is infinite.

    Notes
    -----
    Formula: the differences D whose score |p - p0 - D| / sqrt(V) is at most z, V the variance at the proportions
    most likely given D (root of a cubic in closed form), × N/(N-1); found by bisection.
    Assumes independent people in both groups. When not to use: the same people twice, people who came in groups.
    Not built on statsmodels' score interval of a difference, which gives other limits or fails.
    Source: Miettinen & Nurminen (1985), Stat Med 4:213-226.
    """
    check_confidence_level(confidence_level)
    x, n, x0, n0 = two_groups(events, population, reference_events, reference_population)
    known = (n > 0) & (n0 > 0) & ~np.isnan(x) & ~np.isnan(x0)
    x, x0 = np.where(known, x, 0.0), np.where(known, x0, 0.0)
    n, n0 = np.where(known, n, 1.0), np.where(known, n0, 1.0)
    z2 = special.ndtri((1 + confidence_level) / 2) ** 2
    seen, total = x / n - x0 / n0, n + n0

    def outside(d: Values) -> NDArray[np.bool_]:
        # Squared and multiplied out, so that a variance of 0 divides nothing.
        far: NDArray[np.bool_] = np.square(seen - d) > z2 * _constrained_variance(x, n, x0, n0, d) * total / (total - 1)
        return far

    lower = bisect(outside, np.full(seen.shape, -1.0), seen)
    upper = bisect(lambda d: ~outside(d), seen, np.ones(seen.shape))
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def _constrained_variance(x: Values, n: Values, x0: Values, n0: Values, d: Values) -> Values:
    """Variance of the difference at the proportions most likely where it is `d` (Farrington & Manning's roots)."""
    a = n + n0
    b = ((n + 2 * n0) * d - a - x - x0) / a
    c = ((n0 * d - a - 2 * x0) * d + x + x0) / a
    e = x0 * d * (1 - d) / a
    v = b * (b * b / 27 - c / 6) + e / 2
    u = np.where(v >= 0, 1.0, -1.0) * np.sqrt(np.maximum(b * b / 9 - c / 3, 0))
    cosine = np.divide(v, u * u * u, out=np.zeros(v.shape), where=u != 0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    p0 = 2 * u * np.cos(angle) - b / 3
    for _ in range(2):  # Newton: of rare events two roots nearly meet, and the arccosine keeps half the digits
        slope = (3 * p0 + 2 * b) * p0 + c
        step = np.divide(((p0 + b) * p0 + c) * p0 + e, slope, out=np.zeros(v.shape), where=slope != 0)
        p0 = p0 - np.clip(step, -1e-7, 1e-7)
    p0 = np.clip(p0, np.maximum(0, -d), np.minimum(1, 1 - d))
    p = np.clip(p0 + d, 0, 1)
    variance: Values = p * (1 - p) / n + p0 * (1 - p0) / n0
    return variance


_Method = Literal["newcombe", "miettinen_nurminen"]
_METHODS: Mapping[str, Callable[..., Limits]] = {
    "newcombe": newcombe_interval,
    "miettinen_nurminen": miettinen_nurminen_interval,
}


def risk_difference(
    events: float,
    population: float,
    reference_events: float,
    reference_population: float,
    *,
    method: _Method = "newcombe",
    confidence_level: float = 0.95,
) -> Estimate:
    """Difference of two independent proportions with its interval, as a fraction: the first less the reference.

    Parameters
    ----------
    events, population, reference_events, reference_population
        Four counts.
    method
        "newcombe" (hybrid score) or "miettinen_nurminen" (score).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "proportion_difference", `n` people of both groups; `too_few` where a group has nobody.

    Raises
    ------
    ValueError
        Where events are negative or above their population, or an argument is not one number.

    Notes
    -----
    Formula, assumptions, when not to use: those of `newcombe_interval` and `miettinen_nurminen_interval`.
    Source: Newcombe (1998), Stat Med 17:873-890; Miettinen & Nurminen (1985), Stat Med 4:213-226.
    """
    x, n, x0, n0 = four_numbers(events, population, reference_events, reference_population)
    limits = choose(method, _METHODS)(x, n, x0, n0, confidence_level=confidence_level)
    value = x / n - x0 / n0 if n and n0 else np.nan
    return answer(value, limits, level=confidence_level, unit="proportion_difference", method=method, n=n + n0)


def estimate_differences(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    group: str,
    reference: object,
    by: Sequence[str] = (),
    method: _Method = "newcombe",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Proportion of each group less that of a named reference group, with its interval, as a fraction.

    Parameters
    ----------
    table
        One row a unit, with counts (or 0/1) in `numerator` and `denominator`.
    indicator
        Code written in the column `indicator`.
    group
        Column that tells the groups to compare.
    reference
        The value of `group` against which the others are set.
    by
        Columns within which groups are compared (a year, a sex); each needs its own reference.
    method
        "newcombe" (hybrid score) or "miettinen_nurminen" (score).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    DataFrame in the one output shape, a row a group other than the reference, in the order of `by` then
    `group`; `unit` "proportion_difference". `numerator` and `denominator` are those of the group, `n` people of
    the group and of the reference. `too_few` where either has nobody.

    Raises
    ------
    ValueError
        Where a column is not there, no row is of the reference, or a count is missing, negative, infinite or
        above its denominator.

    Notes
    -----
    Formula, assumptions: those of `risk_difference`. Each difference has its own level: with many groups some
    exclude 0 by chance alone. When not to use: to rank groups, or groups that share people.
    Source: Newcombe (1998), Stat Med 17:873-890; Miettinen & Nurminen (1985), Stat Med 4:213-226.
    """
    if group in by:
        raise ValueError(f"`{group}` cannot be both `group` and in `by`.")
    check_confidence_level(confidence_level)
    check_columns(table, [*by, group, numerator, denominator])
    interval = choose(method, _METHODS)
    check_counts(table, numerator, denominator)
    found = sums(table, [numerator, denominator], [*by, group])
    of_reference = (found[group] == reference).fillna(False).to_numpy(dtype=bool)
    if len(found) and not of_reference.any():
        raise ValueError(f"no row where `{group}` is the reference {reference!r}.")
    others, base = found[~of_reference].reset_index(drop=True), found[of_reference]
    if by:
        base = others[list(by)].merge(base.drop(columns=group), on=list(by), how="left")
    else:
        base = base.loc[base.index.repeat(len(others))]
    x, n = (others[name].to_numpy(dtype=float) for name in (numerator, denominator))
    x0, n0 = (base[name].fillna(0).to_numpy(dtype=float) for name in (numerator, denominator))
    lower, upper = interval(x, n, x0, n0, confidence_level=confidence_level)
    return shape(
        others,
        [*by, group],
        indicator=indicator,
        numerator=x,
        denominator=n,
        estimate=ratio(x, n) - ratio(x0, n0),
        lower=lower,
        upper=upper,
        confidence_level=confidence_level,
        unit="proportion_difference",
        method=method,
        n=n + n0,
    )
