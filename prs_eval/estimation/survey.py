"""Estimates from observations that come in clusters (people at a meeting, a session)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from prs_eval.estimation.intervals import check_confidence_level


def ratio_interval(
    numerator: ArrayLike, denominator: ArrayLike, *, confidence_level: float = 0.95
) -> tuple[float, float, float]:
    """Ratio of two totals and its limits, where each cluster gives one pair of totals.

    Parameters
    ----------
    numerator, denominator
        Totals of each cluster, shape (clusters,): residents and people at each meeting, euros and people at
        each session. A cluster with denominator 0 counts as a cluster.
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    (estimate, lower, upper), in units of numerator per unit of denominator. All NaN where the denominators
    sum to 0. Limits NaN under two clusters, and where every cluster has the same ratio: the clusters then
    say nothing of how far they vary, and a limit of zero width would be a false certainty.

    Raises
    ------
    ValueError
        Where the shapes differ, a total is missing, or a denominator is negative.

    Notes
    -----
    Taylor-linearised variance between clusters, Student with clusters - 1 degrees of freedom, no finite
    population correction; limits may leave the range of the ratio: clip them where it has one.
    Source: Cochran (1977), Sampling Techniques, 3rd ed., section 6.3; as `svyratio` of R's survey 4.x.
    """
    check_confidence_level(confidence_level)
    y, x = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if y.ndim != 1 or y.shape != x.shape:
        raise ValueError(f"`numerator` and `denominator` must have one same shape (n,), not {y.shape} and {x.shape}.")
    if np.isnan(y).any() or np.isnan(x).any():
        raise ValueError("`numerator` and `denominator` must not hold NaN: drop or count the missing first.")
    if np.any(x < 0):
        raise ValueError("`denominator` must not be negative.")
    total = float(x.sum())
    if total == 0:
        return np.nan, np.nan, np.nan
    ratio = float(y.sum()) / total
    if y.size < 2:
        return ratio, np.nan, np.nan
    residuals = (y - ratio * x) / total
    scale = float(np.abs(y).max() + abs(ratio) * x.max()) / total
    if np.abs(residuals).max() <= 1e-12 * scale:
        return ratio, np.nan, np.nan
    error = float(np.sqrt(y.size / (y.size - 1) * np.square(residuals).sum()))
    half = float(stats.t.ppf((1 + confidence_level) / 2, y.size - 1)) * error
    return ratio, ratio - half, ratio + half
