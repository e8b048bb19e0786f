"""Concentration index: whether health gathers among the better or the worse off, one number from -1 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._counts import check_columns
from prs_eval.estimation._grouping import numeric
from prs_eval.estimation._parts import estimate_parts
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level

Values = NDArray[np.float64]
Correction = Literal["none", "wagstaff", "erreygers"]
Error = Literal["influence", "convenient_regression"]


def concentration_index(
    values: ArrayLike,
    rank: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    correction: Correction = "none",
    bounds: tuple[float, float] = (0.0, 1.0),
    standard_error: Error = "influence",
    confidence_level: float = 0.95,
) -> Estimate:
    """Concentration index of people's values over their social rank (-1 to 1); above 0 favours the better off.

    Parameters
    ----------
    values
        Health of each person (0/1 or a bounded score), shape (people,).
    rank
        What orders people, lowest first (income, rank of the quartier); equal ones share the middle rank.
    weights
        Survey weights, any scale; 1 where not given.
    correction
        "none"; "wagstaff" and "erreygers" for values between `bounds` (two answers: they weigh the mean
        differently).
    bounds
        Least and greatest value possible, for the corrections.
    standard_error
        "influence": Kakwani, Wagstaff and van Doorslaer's, which counts the ranks and the mean as estimated.
        "convenient_regression": ordinary least squares of the scaled value on rank, which does not; the two may
        differ by 40 %.

    Returns
    -------
    Estimate, unit "concentration_index", `n` people; `too_few` under 3 people, one rank only, a mean of 0 or at a
    bound, or NaN.

    Raises
    ------
    ValueError
        Shapes that differ, negative weights, values outside `bounds` where they are corrected.

    Notes
    -----
    C = 2 cov(y, R) / mean(y); Wagstaff C (b - a) m / ((b - m) (m - a)); Erreygers 4 m C / (b - a).
    When not to use: areas in place of people (it then holds between areas only); clustered samples (too narrow).
    Source: Kakwani, Wagstaff and van Doorslaer (1997), J Econometrics 77:87-103; Wagstaff (2005), Health Econ
    14:429-432; Erreygers (2009), J Health Econ 28:504-515.
    """
    check_confidence_level(confidence_level)
    if correction not in ("none", "wagstaff", "erreygers") or standard_error not in (
        "influence",
        "convenient_regression",
    ):
        raise ValueError("`correction` must be none, wagstaff or erreygers; `standard_error` as documented.")
    y, r = np.asarray(values, dtype=float), np.asarray(rank, dtype=float)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=float)
    if y.ndim != 1 or y.shape != r.shape or y.shape != w.shape:
        raise ValueError(f"values, rank and weights must be alike: {y.shape}, {r.shape}, {w.shape}.")
    if np.any(w < 0):
        raise ValueError("`weights` must not be negative.")
    y, r, w = y[w != 0], r[w != 0], w[w != 0]
    return _index(y, r, w, np.ones_like(w), correction, bounds, standard_error, confidence_level)


def _index(
    y: Values,
    r: Values,
    w: Values,
    people: Values,
    correction: Correction,
    bounds: tuple[float, float],
    standard_error: Error,
    level: float,
) -> Estimate:
    """The index of cells of `people` alike people of weight `w` each."""
    low, high = bounds
    if correction != "none" and (low >= high or np.any((y < low) | (y > high))):
        raise ValueError(f"values must lie within `bounds` {bounds}.")
    n = float(people.sum())
    method = f"{correction}, {standard_error}" if correction != "none" else standard_error
    none = Estimate(np.nan, np.nan, np.nan, level, "concentration_index", method, n, "too_few")
    if n < 3 or np.isnan(np.concatenate([y, r, w])).any() or np.ptp(r) == 0:
        return none
    share = w * people / (w * people).sum()
    mean = float(share @ y)
    if mean <= 0 or (correction == "wagstaff" and not low < mean < high):
        return none
    levels, at = np.unique(r, return_inverse=True)
    mass, gain = (np.bincount(at, v, len(levels)) for v in (share, share * y / mean))
    middle, before = (np.cumsum(mass) - mass / 2)[at], (np.cumsum(gain) - gain)[at]
    c = 2 * float(share @ (y * middle)) / mean - 1
    factor, change = 1.0, 0.0  # of the correction, and its derivative in the mean
    if correction == "wagstaff":
        factor = (high - low) * mean / ((high - mean) * (mean - low))
        change = factor * (1 / mean + 1 / (high - mean) - 1 / (mean - low))
    elif correction == "erreygers":
        factor, change = 4 * mean / (high - low), 4 / (high - low)
    if standard_error == "influence":
        part = (y / mean) * (2 * middle - 1 - c) + 2 - 2 * before - gain[at] - (1 + c)
        part = factor * part + c * change * (y - mean)
        error = float(np.sqrt(share**2 / people @ part**2))
    else:
        spread = float(share @ (middle - 0.5) ** 2)
        scaled = 2 * spread * y / mean
        slope = float(share @ ((middle - 0.5) * scaled)) / spread
        residual = scaled - share @ scaled - slope * (middle - 0.5)
        error = factor * float(np.sqrt(share @ residual**2 / spread / (n - 2)))
    if not error > 0:
        return none
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    value = factor * c
    return Estimate(value, value - half, value + half, level, "concentration_index", method, n)


def estimate_concentration_indices(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    rank: str,
    by: Sequence[str] = (),
    correction: Correction = "none",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Concentration index of a yes/no outcome counted by ranked areas, one row a group.

    Parameters
    ----------
    table
        One row a unit, with people who have the outcome in `numerator` and all in `denominator`.
    rank
        Column that orders areas from the worst off (lowest); people of one area share its middle rank.

    Returns
    -------
    DataFrame in the one output shape, `n` people; `too_few` as in `concentration_index`.

    Raises
    ------
    ValueError
        A count missing, negative or above its denominator; a missing rank.

    Notes
    -----
    Counts are taken as people, so the error is that of individual data (Kakwani's formula for groups with
    the variance within them). When not to use and source: those of `concentration_index`.
    """
    check_columns(table, [numerator, denominator, rank, *by])
    check_confidence_level(confidence_level)
    x, n, r = (numeric(table, name) for name in (numerator, denominator, rank))
    bad = np.flatnonzero(~((x >= 0) & (x <= n)) | np.isnan(r))
    if bad.size:
        raise ValueError(
            f"`{numerator}` must lie between 0 and `{denominator}`, and `{rank}` be given: {bad.size} of {len(table)} "
            f"rows do not (first: row {table.index[bad[0]]})."
        )

    def answer(rows: NDArray[np.intp]) -> tuple[Estimate, float, float]:
        with_it, without = x[rows], n[rows] - x[rows]
        y = np.repeat([1.0, 0.0], len(rows))
        people, ranks = np.concatenate([with_it, without]), np.tile(r[rows], 2)
        there = people > 0
        y, people, ranks = y[there], people[there], ranks[there]
        found = _index(y, ranks, np.ones_like(y), people, correction, (0.0, 1.0), "influence", confidence_level)
        return found, float(with_it.sum()), float(n[rows].sum())

    return estimate_parts(table, answer, indicator=indicator, by=by)
