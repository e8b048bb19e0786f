"""Proportions: one with its interval, those of a table by group, and their trend along ordered groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from prs_eval.estimation._counts import (
    Limits,
    answer,
    check_columns,
    check_confidence_level,
    check_counts,
    choose,
    counts_of,
    number,
    ratio,
    refuse,
    shape,
    sums,
)
from prs_eval.estimation.frame import Estimate, TestResult
from prs_eval.estimation.intervals import clopper_pearson_interval, wilson_interval

_Method = Literal["wilson", "wilson_corrected", "clopper_pearson"]
_METHODS: Mapping[str, Callable[..., Limits]] = {
    "wilson": wilson_interval,
    "wilson_corrected": partial(wilson_interval, continuity_correction=True),
    "clopper_pearson": clopper_pearson_interval,
}


def proportion(
    events: float, population: float, *, method: _Method = "wilson", confidence_level: float = 0.95
) -> Estimate:
    """One proportion with its interval, as a fraction.

    Parameters
    ----------
    events, population
        Two counts.
    method
        "wilson", "wilson_corrected" (for continuity) or "clopper_pearson" (exact).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    Estimate, unit "proportion", `n` the population; `too_few` where it is 0 or a count is NaN.

    Raises
    ------
    ValueError
        Where `events` is negative or above `population`, or an argument is not one number.

    Notes
    -----
    Formula, assumptions, when not to use: those of `wilson_interval` and `clopper_pearson_interval`.
    Source: Newcombe (1998), Stat Med 17:857-872.
    """
    x, n = number(events, "events"), number(population, "population")
    limits = choose(method, _METHODS)(x, n, confidence_level=confidence_level)
    return answer(x / n if n else np.nan, limits, level=confidence_level, unit="proportion", method=method, n=n)


def estimate_proportions(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    by: Sequence[str] = (),
    method: _Method = "wilson",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Sum two counts by group and give their ratio with its interval, as a fraction.

    Parameters
    ----------
    table
        One row a unit, with counts (or 0/1) in `numerator` and `denominator`.
    indicator
        Code written in the column `indicator`.
    by
        Grouping columns; `quartier` and `year` take their place in the shape, others follow.
    method
        "wilson", "wilson_corrected" (for continuity) or "clopper_pearson" (exact).
    confidence_level
        Strictly between 0 and 1.

    Returns
    -------
    DataFrame in the one output shape, a row a group in the order of `by`; `unit` "proportion" (fraction 0-1);
    `status` is `too_few` where the denominator is 0.

    Raises
    ------
    ValueError
        Where a column is not there, or a count is missing, negative, infinite or above its denominator: rule,
        extent and first row are said.

    Notes
    -----
    Formula, assumptions, when not to use: those of the interval. One row a person is fine; the same person
    twice is not.
    Source: Newcombe (1998), Stat Med 17:857-872.
    """
    check_columns(table, [*by, numerator, denominator])
    interval = choose(method, _METHODS)
    check_confidence_level(confidence_level)
    check_counts(table, numerator, denominator)
    groups = sums(table, [numerator, denominator], by)
    events, population = (groups[name].to_numpy(dtype=float) for name in (numerator, denominator))
    lower, upper = interval(events, population, confidence_level=confidence_level)
    return shape(
        groups,
        by,
        indicator=indicator,
        numerator=events,
        denominator=population,
        estimate=ratio(events, population),
        lower=lower,
        upper=upper,
        confidence_level=confidence_level,
        unit="proportion",
        method=method,
        n=population,
    )


def trend_test(events: ArrayLike, population: ArrayLike, *, scores: ArrayLike | None = None) -> TestResult:
    """Cochran-Armitage test of a linear trend in proportions along ordered groups.

    Parameters
    ----------
    events, population
        Counts of each group in their order, shape (groups,).
    scores
        Where each group stands (years, doses), shape (groups,); 0, 1, 2 … without it.

    Returns
    -------
    TestResult, method "cochran_armitage": chi-squared `statistic` with 1 `df`, two-sided p-value. All NaN where
    there is nothing to test: under two groups with people, all or no events, scores all the same.

    Raises
    ------
    ValueError
        Where shapes differ, a count is impossible, or a count or a score is NaN.

    Notes
    -----
    Formula: (sum of scores × (x - n p))² / (p(1-p) (sum n s² - (sum n s)²/N)). With p(1-p) N/(N-1) instead,
    as in statsmodels' ordinal association, it is Mantel's test, 1/N smaller.
    Assumes independent people. When not to use: expected counts under about 5, the same people every year, or a
    trend that turns.
    Sources: Cochran (1954), Biometrics 10:417-451; Armitage (1955), Biometrics 11:375-386.
    """
    x, n = counts_of(events, population)
    s = np.arange(x.size, dtype=float) if scores is None else np.asarray(scores, dtype=float)
    if x.ndim != 1 or s.shape != x.shape:
        raise ValueError(
            f"`events`, `population` and `scores` must share one shape (groups,), not {x.shape}, {s.shape}."
        )
    refuse(~np.isfinite(x + n + s), "counts and scores must be given for every group")
    total = float(n.sum())
    share = float(x.sum()) / total if total else np.nan
    centred = s - float((n * s).sum()) / total if total else s
    spread = share * (1 - share) * float((n * centred**2).sum())
    if not spread > 0:
        return TestResult(np.nan, np.nan, np.nan, "cochran_armitage", total)
    statistic = float((centred * (x - n * share)).sum()) ** 2 / spread
    return TestResult(statistic, 1.0, float(special.chdtrc(1, statistic)), "cochran_armitage", total)
