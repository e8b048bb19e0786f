"""Questionnaire scores and what became of them between two waves, for one group of people."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, optimize, special, stats

from prs_eval.estimation.intervals import check_confidence_level, mean_interval


def total_score(answers: ArrayLike, *, items: int, low: int, high: int, multiplier: int = 1) -> NDArray[np.float64]:
    """Total score of a questionnaire, one a person; NaN for whoever left an item without answer.

    Parameters
    ----------
    answers
        Shape (people, items), NaN where an item was not answered. A missing item is never imputed: the
        published rules of GSE and WHO-5 ask for every item.
    items, low, high
        Number of items, and the least and greatest answer of an item.
    multiplier
        By which the sum is multiplied (4 for WHO-5: 0-25 becomes 0-100).

    Returns
    -------
    Scores, shape (people,), from `items * low * multiplier` to `items * high * multiplier`.

    Raises
    ------
    ValueError
        Where there are not exactly `items` columns, or an answer is not a whole number from `low` to `high`.

    Notes
    -----
    Sources: Schwarzer & Jerusalem (1995), General Self-Efficacy Scale (10 items, 1-4, sum 10-40); WHO
    Regional Office for Europe (1998), WHO-5 (5 items, 0-5, sum x 4).
    """
    x = np.asarray(answers, dtype=float)
    if x.ndim != 2 or x.shape[1] != items:
        raise ValueError(f"`answers` must have shape (people, {items}), not {x.shape}.")
    given = x[~np.isnan(x)]
    if np.any((given < low) | (given > high) | (given != np.floor(given))):
        raise ValueError(f"`answers` must be whole numbers from {low} to {high}.")
    return np.asarray(x.sum(axis=1) * multiplier)


@dataclass(frozen=True, slots=True)
class PairedChange:
    """After minus before in the same people; scalars, in the unit of the score unless said otherwise.

    `d_z` is the mean change over the standard deviation of the changes (no unit). It is not the d of two
    independent groups, nor the d over the standard deviation of the scores.
    """

    mean_before: float
    mean_after: float
    mean_change: float
    lower: float
    upper: float
    t: float
    p_value: float
    d_z: float
    d_z_lower: float
    d_z_upper: float
    n: int
    confidence_level: float


def paired_change(before: ArrayLike, after: ArrayLike, *, confidence_level: float = 0.95) -> PairedChange:
    """Mean change with Student's limits, and d_z with noncentral-t limits.

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN: drop and count the missing
        first.

    Returns
    -------
    PairedChange; limits, t, p and d_z are NaN under two people, or where all changed by the same amount
    (there is then nothing to measure the uncertainty by).

    Raises
    ------
    ValueError
        Where the shapes differ or a score is missing.

    Notes
    -----
    Assumes independent people and changes near normal. Says nothing about the cause of the change: without
    a comparison group, regression to the mean and time alone can make it.
    Sources: Student (1908), Biometrika 6:1-25; Steiger & Fouladi (1997), in *What if there were no
    significance tests?*, 221-257, for the limits of the noncentrality.
    """
    check_confidence_level(confidence_level)
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"`before` and `after` must be one-dimensional and alike, not {x.shape} and {y.shape}.")
    change = y - x
    mean, lower, upper = mean_interval(change, confidence_level=confidence_level)
    n = change.size
    means = (float(x.mean()), float(y.mean())) if n else (np.nan, np.nan)
    if n < 2 or np.ptp(change) == 0:
        missing = (np.nan,) * 7
        return PairedChange(*means, mean, *missing, n, confidence_level)
    d_z = mean / float(change.std(ddof=1))
    t = d_z * math.sqrt(n)
    p_value = float(2 * stats.t.sf(abs(t), n - 1))
    limits = noncentrality_interval(t, n - 1, confidence_level=confidence_level)
    d_lower, d_upper = (limit / math.sqrt(n) for limit in limits)
    return PairedChange(
        *means, mean, lower, upper, float(t), p_value, d_z, float(d_lower), float(d_upper), n, confidence_level
    )


def noncentrality_interval(t: float, df: int, *, confidence_level: float = 0.95) -> tuple[float, float]:
    """Limits of the noncentrality parameter of Student's t, given one observed `t` with `df` degrees.

    The lower limit makes a t as large as the one seen just unlikely enough, the upper one a t as small.
    Source: Steiger & Fouladi (1997).
    """
    check_confidence_level(confidence_level)
    if df < 1 or not np.isfinite(t):
        raise ValueError(f"`t` must be finite and `df` at least 1, not {t} and {df}.")
    tail = (1 - confidence_level) / 2
    # Half the width that holds in a large sample; widened below until it encloses the limit.
    step = float(stats.norm.isf(tail)) * math.sqrt(1 + t**2 / (2 * df))

    def solve(probability: float) -> float:
        low, high = t - step, t + step
        while noncentral_t_cdf(t, df, low) < probability:
            low -= step
        while noncentral_t_cdf(t, df, high) > probability:
            high += step
        return float(optimize.brentq(lambda ncp: noncentral_t_cdf(t, df, ncp) - probability, low, high, xtol=1e-10))

    return solve(1 - tail), solve(tail)


def noncentral_t_cdf(t: float, df: int, noncentrality: float) -> float:
    """P(T <= t) for Student's t with that noncentrality, by quadrature.

    T is (Z + noncentrality) / S with S = sqrt(chi2 / df), so the probability is the mean over S of
    Phi(t S - noncentrality). scipy's own function returns NaN in the far tail, where this one does not.
    """
    s_low, s_high = np.sqrt(stats.chi2.ppf([1e-15, 1 - 1e-15], df) / df)
    constant = math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2)

    def integrand(s: float) -> float:
        density = math.exp(constant + (df - 1) * math.log(s) - df * s**2 / 2)
        return float(density * special.ndtr(t * s - noncentrality))

    # The two places where the integrand turns: where S gathers, and where Phi crosses one half.
    turns = [1.0] if t == 0 else [1.0, noncentrality / t]
    points = sorted({p for p in turns if s_low < p < s_high})
    return float(integrate.quad(integrand, s_low, s_high, points=points, limit=200, epsabs=1e-12)[0])
