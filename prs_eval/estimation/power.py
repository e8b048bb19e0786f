"""What a design could see: power, required numbers and minimum detectable effects, before any result is known.

Array functions: numbers or arrays, broadcast to one shape. A design has no interval: the answers are plain arrays,
NaN where no answer exists. All tests are two-sided. Never put an observed effect in: "observed power" only restates
the p-value (Hoenig and Heisey 2001, Am Stat 55:19-24).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Values = NDArray[np.float64]
Test = Literal["normal", "arcsine"]


def _level(significance_level: float, power: float = 0.5) -> None:
    if not (0 < significance_level < 1 and 0 < power < 1):
        raise ValueError("`significance_level` and `power` must lie between 0 and 1.")


def _share(values: ArrayLike, name: str) -> Values:
    p = np.asarray(values, dtype=float)
    if np.any((p < 0) | (p > 1)):
        raise ValueError(f"`{name}` must lie between 0 and 1.")
    return p


def _size(values: ArrayLike, name: str, least: float = 0.0) -> Values:
    n = np.asarray(values, dtype=float)
    if np.any(n < least):
        raise ValueError(f"`{name}` must be {least:g} or more.")
    return n


def _root(power_at: Callable[[Values], Values], low: Values, high: Values, power: float) -> Values:
    """The point between `low` and `high` where a rising power reaches `power`; NaN where it never does."""
    reached = power_at(high) >= power
    for _ in range(80):
        middle = (low + high) / 2
        over = power_at(middle) >= power
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.where(reached, high, np.nan)


def _arcsine(p1: Values, p2: Values) -> Values:
    return np.asarray(np.abs(2 * np.arcsin(np.sqrt(p1)) - 2 * np.arcsin(np.sqrt(p2))))


def power_two_proportions(
    p1: ArrayLike,
    p2: ArrayLike,
    n1: ArrayLike,
    n2: ArrayLike | None = None,
    *,
    method: Test = "normal",
    significance_level: float = 0.05,
) -> Values:
    """Power (0-1) to tell two independent groups with shares `p1` and `p2` apart.

    Parameters
    ----------
    p1, p2
        True shares, 0-1.
    n1, n2
        People in each group; `n2` is `n1` where not given.
    method
        "normal": pooled variance under no difference, unpooled under the difference (R's power.prop.test);
        "arcsine": Cohen's h (pwr.2p2n.test).

    Returns
    -------
    Power, broadcast shape; NaN for a group of nobody.

    Raises
    ------
    ValueError
        A share outside 0-1, a negative size, an unknown method.

    Notes
    -----
    Normal: Phi((|p1 - p2| - z sqrt(p q (1/n1 + 1/n2))) / sqrt(p1 q1 / n1 + p2 q2 / n2)), p pooled by size.
    When not to use: groups under about 20, or shares near 0 or 1 (up to ten points off, mostly too hopeful); people
    who came in clusters.
    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., chapter 4;
    Cohen (1988), Statistical Power Analysis, chapter 6.
    """
    _level(significance_level)
    a, b = _share(p1, "p1"), _share(p2, "p2")
    m = _size(n1, "n1")
    k = m if n2 is None else _size(n2, "n2")
    a, b, m, k = np.broadcast_arrays(a, b, m, k)
    z = stats.norm.ppf(1 - significance_level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "arcsine":
            shift = _arcsine(a, b) * np.sqrt(m * k / (m + k))
            found = stats.norm.sf(z - shift) + stats.norm.cdf(-z - shift)
        elif method == "normal":
            pooled = (m * a + k * b) / (m + k)
            null = np.sqrt(pooled * (1 - pooled) * (1 / m + 1 / k))
            spread = np.sqrt(a * (1 - a) / m + b * (1 - b) / k)
            found = stats.norm.cdf((np.abs(a - b) - z * null) / spread)
        else:
            raise ValueError(f"`method` must be 'normal' or 'arcsine', not {method!r}.")
    return np.where((m > 0) & (k > 0), found, np.nan)


def required_two_proportions(
    p1: ArrayLike, p2: ArrayLike, *, power: float = 0.8, method: Test = "normal", significance_level: float = 0.05
) -> Values:
    """People needed in each of two equal groups to tell `p1` from `p2`; not rounded: round up.

    Parameters and raises as `power_two_proportions`. Returns infinity where the shares are the same.

    Notes
    -----
    Normal: ((z_a sqrt(2 p q) + z_b sqrt(p1 q1 + p2 q2)) / (p1 - p2))^2; arcsine: 2 ((z_a + z_b) / h)^2.
    When not to use: clustered recruitment (multiply by the design effect).
    Source: Fleiss, Levin and Paik (2003), chapter 4; Cohen (1988), chapter 6.
    """
    _level(significance_level, power)
    a, b = np.broadcast_arrays(_share(p1, "p1"), _share(p2, "p2"))
    z, zb = stats.norm.ppf(1 - significance_level / 2), stats.norm.ppf(power)
    p = (a + b) / 2
    with np.errstate(divide="ignore"):
        if method == "arcsine":
            return np.asarray(2 * ((z + zb) / _arcsine(a, b)) ** 2)
        if method == "normal":
            top = z * np.sqrt(2 * p * (1 - p)) + zb * np.sqrt(a * (1 - a) + b * (1 - b))
            return np.asarray((top / (a - b)) ** 2)
    raise ValueError(f"`method` must be 'normal' or 'arcsine', not {method!r}.")


def minimum_detectable_difference(
    baseline: ArrayLike,
    n1: ArrayLike,
    n2: ArrayLike | None = None,
    *,
    power: float = 0.8,
    method: Test = "normal",
    significance_level: float = 0.05,
) -> Values:
    """Smallest rise above `baseline` (fraction) that two groups can tell at the given power; NaN where none can.

    Parameters
    ----------
    baseline
        Share in the group of `n2` people, 0-1. For a fall, ask for 1 - baseline.
    n1, n2
        People in the group that may be higher, and in the other (the same where not given).

    Returns
    -------
    Rise above the baseline, broadcast shape.

    Raises
    ------
    ValueError
        As `power_two_proportions`.

    Notes
    -----
    Power solved for the share by bisection. When not to use: to say after the result what it "would have" shown.
    Source: Fleiss, Levin and Paik (2003), chapter 4.
    """
    _level(significance_level, power)
    p0, m = np.broadcast_arrays(_share(baseline, "baseline"), _size(n1, "n1"))

    def at(p: Values) -> Values:
        return power_two_proportions(p, p0, m, n2, method=method, significance_level=significance_level)

    shape = np.broadcast(p0, m if n2 is None else np.asarray(n2)).shape
    p0, m = np.broadcast_to(p0, shape), np.broadcast_to(m, shape)
    return np.asarray(_root(at, p0, np.full(shape, 1 - 1e-12), power) - p0)


def power_benchmark(benchmark: ArrayLike, p: ArrayLike, n: ArrayLike, *, significance_level: float = 0.05) -> Values:
    """Power (0-1) of the exact binomial test of `n` people with true share `p` against a fixed benchmark.

    Parameters
    ----------
    benchmark, p
        Shares 0-1; the benchmark is taken as known without error.
    n
        People.

    Returns
    -------
    Power, broadcast shape; 0 where `n` is too small for any result to be significant, NaN for nobody.

    Raises
    ------
    ValueError
        A share outside 0-1 or a negative size.

    Notes
    -----
    Rejects where either binomial tail is at most half the level; power is a saw-tooth in `n`.
    When not to use: a benchmark that is itself a small sample (then two groups).
    Source: Fleiss, Levin and Paik (2003), chapter 2; Chernick and Liu (2002), Am Stat 56:149-155.
    """
    _level(significance_level)
    p0, p1, m = np.broadcast_arrays(_share(benchmark, "benchmark"), _share(p, "p"), _size(n, "n"))
    half = significance_level / 2
    # Slack against rounding of the quantile: the tail itself decides.
    high = stats.binom.isf(half, m, p0) + 1
    high = np.where(stats.binom.sf(high - 2, m, p0) <= half, high - 1, high)
    low = stats.binom.ppf(half, m, p0)
    low = np.where(stats.binom.cdf(low, m, p0) <= half, low, low - 1)
    return np.where(m > 0, stats.binom.sf(high - 1, m, p1) + stats.binom.cdf(low, m, p1), np.nan)


def minimum_detectable_benchmark(
    benchmark: ArrayLike, n: ArrayLike, *, power: float = 0.8, significance_level: float = 0.05
) -> Values:
    """Smallest rise above a fixed benchmark (fraction) that `n` people can show; NaN where none can.

    Parameters and raises as `power_benchmark`; for a fall, ask for 1 - benchmark. Returns the rise, broadcast shape.

    Notes
    -----
    Power solved for the share by bisection. When not to use: as `power_benchmark`.
    Source: Chernick and Liu (2002), Am Stat 56:149-155.
    """
    _level(significance_level, power)
    p0, m = np.broadcast_arrays(_share(benchmark, "benchmark"), _size(n, "n"))

    def at(p: Values) -> Values:
        return power_benchmark(p0, p, m, significance_level=significance_level)

    return np.asarray(_root(at, p0, np.ones(p0.shape), power) - p0)


def _t_power(shift: Values, df: Values, significance_level: float) -> Values:
    """Two-sided power of a t test whose statistic is centred on `shift`."""
    t = stats.t.ppf(1 - significance_level / 2, df)
    above, below = stats.nct.sf(t, df, shift), stats.nct.cdf(-t, df, shift)
    # scipy's noncentral t is NaN in the far tail, where the probability is 0 or 1.
    above = np.where(np.isnan(above), np.where(shift > t, 1.0, 0.0), above)
    return np.asarray(above + np.nan_to_num(below))


def power_paired(d_z: ArrayLike, n: ArrayLike, *, significance_level: float = 0.05) -> Values:
    """Power (0-1) of the paired t test for a mean change of `d_z` standard deviations of the change.

    Parameters
    ----------
    d_z
        True mean change over the standard deviation of the changes; its sign does not matter.
    n
        Pairs; two or more.

    Returns
    -------
    Power, broadcast shape; NaN under two pairs.

    Raises
    ------
    ValueError
        A negative size.

    Notes
    -----
    Noncentral t with n - 1 degrees of freedom, shift d_z sqrt(n), both tails (pwr.t.test, type "paired").
    When not to use: people in clusters (`power_clustered`); ordinal items.
    Source: Cohen (1988), Statistical Power Analysis, chapter 2.
    """
    _level(significance_level)
    d, m = np.broadcast_arrays(np.abs(np.asarray(d_z, dtype=float)), _size(n, "n"))
    safe = np.where(m >= 2, m, 2.0)
    return np.where(m >= 2, _t_power(d * np.sqrt(safe), safe - 1, significance_level), np.nan)


def required_paired(d_z: ArrayLike, *, power: float = 0.8, significance_level: float = 0.05) -> Values:
    """Pairs needed to show a mean change of `d_z`; not rounded: round up. NaN for 0 or over a billion pairs.

    Parameters and raises as `power_paired`. Returns pairs, of the shape of `d_z`.

    Notes
    -----
    Power solved for the pairs by bisection. When not to use: with the d_z of one's own pilot (far too hopeful when
    it was picked for being large). Source: Cohen (1988), chapter 2.
    """
    _level(significance_level, power)
    d = np.abs(np.asarray(d_z, dtype=float))
    found = _root(
        lambda log_n: power_paired(d, np.exp(log_n), significance_level=significance_level),
        np.full(d.shape, np.log(2.0)),
        np.full(d.shape, np.log(1e9)),
        power,
    )
    return np.where(d > 0, np.exp(found), np.nan)


def minimum_detectable_paired(n: ArrayLike, *, power: float = 0.8, significance_level: float = 0.05) -> Values:
    """Smallest mean change, in d_z, that `n` pairs can show; NaN under two pairs.

    Parameters and raises as `power_paired`. Returns d_z, of the shape of `n`.

    Notes
    -----
    Power solved for d_z by bisection. When not to use: as `power_paired`. Source: Cohen (1988), chapter 2.
    """
    _level(significance_level, power)
    m = _size(n, "n")
    top = 2 * (stats.t.ppf(1 - significance_level / 2, 1) + stats.t.ppf(max(power, 0.5), 1)) + 1.0
    return _root(
        lambda d: power_paired(d, m, significance_level=significance_level),
        np.zeros(m.shape),
        np.full(m.shape, top),
        power,
    )
