"""The same people twice, yes or no: change of a proportion with its interval, and the test of no change."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from prs_eval.estimation._counts import (
    Limits,
    Values,
    answer,
    bisect,
    check_confidence_level,
    choose,
    count,
    number,
    refuse,
)
from prs_eval.estimation.frame import Estimate, TestResult


def tango_interval(gained: ArrayLike, lost: ArrayLike, pairs: ArrayLike, *, confidence_level: float = 0.95) -> Limits:
    """Tango's score limits of the change of a proportion in the same people, as fractions.

    Parameters
    ----------
    gained
        Pairs that went from no to yes.
    lost
        Pairs that went from yes to no.
    pairs
        All pairs, those without change too. The three broadcast to one shape.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (lower, upper) of second less first, between -1 and 1; NaN where there is no pair or a count is NaN.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, or `gained + lost` is above `pairs`.

    Notes
    -----
    Formula: the changes D whose score |b - c - nD| / sqrt(n(2q + D(1-D))) is at most z, q the share lost most
    likely given D (root of a quadratic in closed form); found by bisection.
    Assumes independent pairs. When not to use: other people the second time (`risk_difference`); pairs who came
    in groups.
    Source: Tango (1998), Stat Med 17:891-908.
    """
    check_confidence_level(confidence_level)
    counts = (count(values, name) for values, name in ((gained, "gained"), (lost, "lost"), (pairs, "pairs")))
    b, c, n = np.broadcast_arrays(*counts)
    refuse(b + c > n, "`gained` and `lost` together must not be above `pairs`")
    known = (n > 0) & ~np.isnan(b) & ~np.isnan(c)
    b, c, n = np.where(known, b, 0.0), np.where(known, c, 0.0), np.where(known, n, 1.0)
    z2 = special.ndtri((1 + confidence_level) / 2) ** 2
    seen = (b - c) / n

    def outside(d: Values) -> NDArray[np.bool_]:
        # 2n q² + half q - c d (1 - d) = 0; squared and multiplied out, so that a variance of 0 divides nothing.
        half, last = (2 * n - b + c) * d - b - c, c * d * (1 - d)
        root = np.sqrt(np.maximum(half**2 + 8 * n * last, 0))
        q = np.clip((root - half) / (4 * n), np.maximum(0, -d), (1 - d) / 2)
        far: NDArray[np.bool_] = np.square(b - c - n * d) > z2 * n * (2 * q + d * (1 - d))
        return far

    lower = bisect(outside, np.full(seen.shape, -1.0), seen)
    upper = bisect(lambda d: ~outside(d), seen, np.ones(seen.shape))
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def paired_difference(
    gained: float, lost: float, pairs: float, *, method: Literal["tango"] = "tango", confidence_level: float = 0.95
) -> Estimate:
    """Change of a proportion in the same people with its interval, as a fraction: second less first.

    Parameters
    ----------
    gained, lost, pairs
        Pairs from no to yes, from yes to no, and all pairs.
    method
        "tango" (score).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "proportion_difference", `n` pairs; `too_few` where there is none or a count is NaN.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, `gained + lost` is above `pairs`, or an argument is not one number.

    Notes
    -----
    Formula: (gained - lost) / pairs. Assumptions, when not to use: those of `tango_interval`; those who answered
    once are left out, which matters where they differ.
    Source: Tango (1998), Stat Med 17:891-908.
    """
    b, c, n = number(gained, "gained"), number(lost, "lost"), number(pairs, "pairs")
    limits = choose(method, {"tango": tango_interval})(b, c, n, confidence_level=confidence_level)
    value = (b - c) / n if n else np.nan
    return answer(value, limits, level=confidence_level, unit="proportion_difference", method=method, n=n)


def mcnemar_test(gained: float, lost: float) -> TestResult:
    """McNemar's exact test that as many people gained as lost.

    Parameters
    ----------
    gained, lost
        Pairs from no to yes and from yes to no; whole numbers.

    Returns
    -------
    TestResult, method "mcnemar_exact": `statistic` the pairs that gained, `df` NaN, two-sided p-value, `n` the
    pairs that changed. NaN where nobody changed or a count is NaN.

    Raises
    ------
    ValueError
        Where a count is negative, infinite or not whole, or an argument is not one number.

    Notes
    -----
    Formula: twice the smaller tail of Binomial(gained + lost, 1/2), at most 1. Assumes independent pairs.
    When not to use: more than two answers (see marginal homogeneity); to say how much changed (see
    `paired_difference`).
    Source: McNemar (1947), Psychometrika 12:153-157; Mosteller (1952), Biometrics 8:220-226.
    """
    b = float(count(number(gained, "gained"), "gained"))
    c = float(count(number(lost, "lost"), "lost"))
    if any(x != np.floor(x) for x in (b, c) if not np.isnan(x)):
        raise ValueError("`gained` and `lost` must be whole numbers.")
    if not b + c > 0:
        return TestResult(np.nan, np.nan, np.nan, "mcnemar_exact", b + c)
    p_value = min(1.0, 2 * float(special.bdtr(min(b, c), int(b + c), 0.5)))
    return TestResult(b, np.nan, p_value, "mcnemar_exact", b + c)
