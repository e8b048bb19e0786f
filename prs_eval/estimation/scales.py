"""Questionnaire scores and what became of them between two waves, for one group of people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._grouping import ROUNDING, aggregate, constant, keys, numeric, paired, student_half_width
from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import check_confidence_level


def total_score(answers: ArrayLike, *, items: int, low: int, high: int, multiplier: int = 1) -> NDArray[np.float64]:
    """Total score of a questionnaire, in points, one a person; NaN for whoever left an item without answer.

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
    Formula: multiplier x sum of the answers. Assumes that every item is worded in the direction of the score.
    When not to use: reversed or weighted items (see `questionnaires.epices_score`).
    Sources: Schwarzer & Jerusalem (1995), General Self-Efficacy Scale (10 items, 1-4, sum 10-40); WHO
    Regional Office for Europe (1998), WHO-5 (5 items, 0-5, sum x 4).
    """
    x = np.asarray(answers, dtype=float)
    if x.ndim != 2 or x.shape[1] != items:
        raise ValueError(f"`answers` must have shape (people, {items}), not {x.shape}.")
    bad = ~np.isnan(x) & ((x < low) | (x > high) | (x != np.floor(x)))
    if bad.any():
        rows = np.flatnonzero(bad.any(axis=1))
        raise ValueError(
            f"`answers` must be whole numbers from {low} to {high}: {rows.size} of {len(x)} people have another "
            f"(first: row {rows[0]})."
        )
    return np.asarray(x.sum(axis=1) * multiplier)


@dataclass(frozen=True, slots=True)
class PairedChange:
    """After minus before in the same people; scalars, in points; `t`, `df` and `p_value` without unit."""

    estimate: float
    lower: float
    upper: float
    confidence_level: float
    unit: str
    method: str
    n: float
    status: str
    mean_before: float
    mean_after: float
    sd_change: float
    t: float
    df: float
    p_value: float


def paired_change(before: ArrayLike, after: ArrayLike, *, confidence_level: float = 0.95) -> PairedChange:
    """Mean change in points, with Student's limits and test.

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN: drop and count the missing
        first.

    Returns
    -------
    PairedChange, method "paired_t"; everything is NaN and `too_few` under two people; where all changed by
    the same amount the change is given without limits, t or p, and `too_few`: there is nothing to measure
    the uncertainty by.

    Raises
    ------
    ValueError
        Where the shapes differ or a score is missing.

    Notes
    -----
    Formula: mean(d) ± t(n-1) sd(d) / sqrt(n), d = after - before. Assumes independent people and changes
    near normal (or many). When not to use: to claim an effect; without a comparison group, regression to
    the mean and time alone can make a change. Source: Student (1908), Biometrika 6:1-25.
    """
    check_confidence_level(confidence_level)
    x, y = paired(before, after)
    change, n = y - x, x.size
    if n < 2:
        return PairedChange(*(math.nan,) * 3, confidence_level, "points", "paired_t", n, "too_few", *(math.nan,) * 6)
    mean = float(change.mean())
    sd = 0.0 if constant(x, y) else float(change.std(ddof=1))
    half = float(student_half_width(sd, n, size=0.0, confidence_level=confidence_level))
    t = mean / (sd / math.sqrt(n)) if sd > 0 else math.nan
    return PairedChange(
        estimate=mean,
        lower=mean - half,
        upper=mean + half,
        confidence_level=confidence_level,
        unit="points",
        method="paired_t",
        n=n,
        status="ok" if sd > 0 else "too_few",
        mean_before=float(x.mean()),
        mean_after=float(y.mean()),
        sd_change=sd,
        t=t,
        df=n - 1,
        p_value=float(2 * stats.t.sf(abs(t), n - 1)),
    )


def estimate_paired_changes(
    table: pd.DataFrame,
    *,
    indicator: str,
    before: str,
    after: str,
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Mean change in points by group, with Student's limits.

    Parameters
    ----------
    table
        One row a person; `before` and `after` name the columns of the scores, NaN where there is none.
    indicator, by
        Code written in the column `indicator`; grouping columns.

    Returns
    -------
    DataFrame in the one output shape, unit "points", method "paired_t"; `numerator` is the pairs with both
    scores, `denominator` the rows of the group: who is missing stays visible. `too_few` under two pairs.

    Raises
    ------
    ValueError
        Where a column is absent, not numeric or infinite.

    Notes
    -----
    Formula, assumptions, when not to use and source: as `paired_change`.
    """
    check_confidence_level(confidence_level)
    x, y = numeric(table, before), numeric(table, after)
    sums = aggregate(
        keys(table, by).assign(_change=y - x, _size=np.fmax(np.abs(x), np.abs(y))),
        by,
        rows=("_change", "size"),
        n=("_change", "count"),
        mean=("_change", "mean"),
        sd=("_change", "std"),
        least=("_change", "min"),
        most=("_change", "max"),
        size=("_size", "max"),
    )
    n = sums["n"].fillna(0).to_numpy(dtype=float)
    mean = sums["mean"].where(n > 1, np.nan).to_numpy(dtype=float)
    sd = np.where(sums["most"] - sums["least"] <= ROUNDING * sums["size"], 0.0, sums["sd"])
    half = student_half_width(sd, n, size=0.0, confidence_level=confidence_level)
    out = sums[list(by)].assign(
        indicator=indicator,
        numerator=n,
        denominator=sums["rows"].fillna(0),
        estimate=mean,
        lower=mean - half,
        upper=mean + half,
        confidence_level=confidence_level,
        unit="points",
        method="paired_t",
        n=n,
        status=np.where(np.isnan(half), "too_few", "ok"),
    )
    return estimates(out, groups=[g for g in by if g not in HEAD])
