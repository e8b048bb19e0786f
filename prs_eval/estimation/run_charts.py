"""Run chart of a series about its median: has the level moved? Needs no limits and no distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

MINIMUM_USEFUL = 10  # the published table of limits begins here


@dataclass(frozen=True, slots=True)
class RunChart:
    """Runs of a series about its median; `signal` says whether its level moved.

    `n` points of which `n_useful` are not on the median; a signal is a `longest_run` above `longest_run_limit` or
    `crossings` under `crossings_minimum`. With `status` "too_few" those are NaN, `signal` is false and `why` is
    "too_few_points".
    """

    median: float
    n_useful: int
    longest_run: float
    longest_run_limit: float
    crossings: float
    crossings_minimum: float
    signal: bool
    method: str
    n: int
    status: str
    why: str


def run_chart(values: ArrayLike) -> RunChart:
    """Anhøj's two rules on a series in time order: an unusually long run, or unusually few crossings of the median.

    Parameters
    ----------
    values
        One number a period, shape (points,), without NaN; any unit.

    Returns
    -------
    RunChart; `too_few` under 10 points that are not on the median.

    Raises
    ------
    ValueError
        NaN or infinity, or a shape other than (points,).

    Notes
    -----
    Signal where the longest run is above round(log2(n)) + 3, or crossings under the 5 % quantile of a
    binomial(n - 1, 1/2); n useful points (those on the median are passed over). About 5 % false signals.
    When not to use: trends over seasons, series under 10 points: show the points and say that they are few.
    Source: Anhøj and Olesen (2014), PLoS ONE 9:e113825; Anhøj (2015), PLoS ONE 10:e0121349.
    """
    y = np.asarray(values, dtype=float)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ValueError("`values` must be of shape (points,), without NaN or infinity.")
    median = float(np.median(y)) if y.size else np.nan
    side = np.sign(y - median)
    side = side[side != 0]
    if side.size < MINIMUM_USEFUL:
        nan = np.nan
        return RunChart(
            median, int(side.size), nan, nan, nan, nan, False, "anhoej", y.size, "too_few", "too_few_points"
        )
    breaks = np.flatnonzero(np.diff(side) != 0)
    longest = float(np.diff([-1, *breaks, side.size - 1]).max())
    limit = float(np.round(np.log2(side.size)) + 3)
    fewest = float(stats.binom.ppf(0.05, side.size - 1, 0.5))
    signal = longest > limit or breaks.size < fewest
    return RunChart(
        median, int(side.size), longest, limit, float(breaks.size), fewest, bool(signal), "anhoej", y.size, "ok", ""
    )
