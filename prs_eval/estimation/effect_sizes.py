"""Standardised effect sizes of a change in the same people, with noncentral-t limits."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, optimize, special, stats

from prs_eval.estimation._grouping import constant, paired
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import Limits, check_confidence_level


def paired_effect_size(
    before: ArrayLike,
    after: ArrayLike,
    *,
    method: Literal["d_z", "g_z", "d_av"] = "g_z",
    confidence_level: float = 0.95,
) -> Estimate:
    """Standardised mean change in standard deviations (of the changes, or of the scores: see `method`).

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN.
    method
        "d_z": mean change / sd of the changes. "g_z": d_z without its small-sample bias (Hedges' exact J, n-1
        degrees). "d_av": mean change / root mean square of the two standard deviations.

    Returns
    -------
    Estimate, unit `method`, method "noncentral_t"; `too_few` and NaN under two people or where all changed
    by the same amount.

    Raises
    ------
    ValueError
        Where the shapes differ, a score is missing, or the method is unknown.

    Notes
    -----
    Limits: those of the noncentrality of the paired t, over sqrt(n), times estimate / d_z. Exact for d_z under
    normal changes; approximate for d_av, where the ratio of standard deviations is taken as known.
    d_z and d_av differ by sd(changes) / sd(scores) = sqrt(2 (1 - r)) when both waves vary alike: never compare
    one with the other, nor d_z with the d of two independent groups. When not to use: scores at a ceiling.
    Sources: Cumming (2012), Understanding the New Statistics, 290-294; Hedges (1981), J Educ Stat 6:107-128;
    Steiger & Fouladi (1997), in *What if there were no significance tests?*, 221-257; Algina & Keselman
    (2003), Educ Psychol Meas 63:537-553.
    """
    check_confidence_level(confidence_level)
    if method not in ("d_z", "g_z", "d_av"):
        raise ValueError(f"`method` must be d_z, g_z or d_av, not {method}.")
    x, y = paired(before, after)
    change, n = y - x, x.size
    if n < 2 or constant(x, y):
        return Estimate(math.nan, math.nan, math.nan, confidence_level, method, "noncentral_t", n, "too_few")
    sd, df = float(change.std(ddof=1)), n - 1
    factor = 1.0
    if method == "g_z":
        factor = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2) if df > 1 else math.nan
    elif method == "d_av":
        factor = sd / math.sqrt((float(x.var(ddof=1)) + float(y.var(ddof=1))) / 2)
    d_z = float(change.mean()) / sd
    lower, upper = noncentrality_interval(d_z * math.sqrt(n), df, confidence_level=confidence_level)
    low, high = (float(limit) / math.sqrt(n) * factor for limit in (lower, upper))
    status = "too_few" if math.isnan(factor) else "ok"
    return Estimate(d_z * factor, low, high, confidence_level, method, "noncentral_t", n, status)


def noncentrality_interval(t: ArrayLike, df: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Limits of the noncentrality parameter of Student's t (no unit), given observed `t` with `df` degrees.

    Parameters
    ----------
    t, df
        Broadcast to one shape; `df` at least 1.

    Returns
    -------
    (lower, upper), arrays of that shape; NaN where `t` or `df` is NaN.

    Raises
    ------
    ValueError
        Where a `t` is infinite or a `df` under 1.

    Notes
    -----
    The lower limit makes a t as large as the one seen just unlikely enough, the upper one a t as small.
    Assumes that t comes from normal data. When not to use: as limits of t itself.
    Source: Steiger & Fouladi (1997), in *What if there were no significance tests?*, 221-257.
    """
    check_confidence_level(confidence_level)
    ts, dfs = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    if np.isinf(ts).any() or np.any(dfs < 1) or np.isinf(dfs).any():
        raise ValueError("`t` must be finite and `df` finite and at least 1.")
    lower, upper = np.full(ts.shape, np.nan), np.full(ts.shape, np.nan)
    # Each limit is a root of its own: numpy has nothing to share between them.
    for place in np.ndindex(ts.shape):
        if not (np.isnan(ts[place]) or np.isnan(dfs[place])):
            lower[place], upper[place] = _noncentrality_limits(float(ts[place]), float(dfs[place]), confidence_level)
    return lower, upper


def _noncentrality_limits(t: float, df: float, confidence_level: float) -> tuple[float, float]:
    tail = (1 - confidence_level) / 2
    # Half the width that holds in a large sample; widened below until it encloses the limit.
    step = float(stats.norm.isf(tail)) * math.sqrt(1 + t**2 / (2 * df))

    def solve(probability: float) -> float:
        low, high = t - step, t + step
        while _noncentral_t_cdf(t, df, low) < probability:
            low -= step
        while _noncentral_t_cdf(t, df, high) > probability:
            high += step
        return float(optimize.brentq(lambda ncp: _noncentral_t_cdf(t, df, ncp) - probability, low, high, xtol=1e-10))

    return solve(1 - tail), solve(tail)


def _noncentral_t_cdf(t: float, df: float, noncentrality: float) -> float:
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
