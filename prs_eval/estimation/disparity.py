"""How far apart groups are, without a line through them: gaps, disparity, variance, Theil, MLD, PAR and PAF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.inequality import _estimate_ranked, _groups
from prs_eval.estimation.intervals import check_confidence_level

Values = NDArray[np.float64]
Measure = Literal[
    "absolute_gap",
    "relative_gap",
    "index_of_disparity",
    "between_group_variance",
    "theil_index",
    "mean_log_deviation",
    "population_attributable_risk",
    "population_attributable_fraction",
]
MEASURES: tuple[Measure, ...] = (
    "absolute_gap",
    "relative_gap",
    "index_of_disparity",
    "between_group_variance",
    "theil_index",
    "mean_log_deviation",
    "population_attributable_risk",
    "population_attributable_fraction",
)
_NEVER_NEGATIVE = ("index_of_disparity", "between_group_variance", "theil_index", "mean_log_deviation")


def disparity(
    values: ArrayLike,
    population: ArrayLike,
    standard_errors: ArrayLike,
    *,
    measure: Measure,
    reference: int = -1,
    confidence_level: float = 0.95,
) -> Estimate:
    """One summary of how far groups are apart; in the unit of `values`, its square, or a ratio: see `measure`.

    Parameters
    ----------
    values
        Rate or share of each group, shape (groups,).
    population
        People of each group.
    standard_errors
        Of `values`; groups are taken as independent and their sizes as known.
    measure
        With p shares of people, m = sum p y, r the reference:
        "absolute_gap" y[0] - y[r]; "relative_gap" y[0] / y[r] (limits on the log scale);
        "index_of_disparity" mean |y - m| / m (Pearcy and Keppel, unweighted);
        "between_group_variance" sum p (y - m)^2; "theil_index" sum p (y/m) log(y/m);
        "mean_log_deviation" -sum p log(y/m);
        "population_attributable_risk" m - y[r]; "population_attributable_fraction" (m - y[r]) / m.
    reference
        Position of the reference group, the least disadvantaged by habit last.

    Returns
    -------
    Estimate, unit `measure`, method "delta", `n` the number of groups; `too_few` under two groups, with NaN, or
    where a value is 0 that the measure divides by or takes the logarithm of.

    Raises
    ------
    ValueError
        A population of 0 or less, a negative standard error, shapes that differ, an unknown measure.

    Notes
    -----
    Limits by the delta method; below 0 cut to 0 for measures that cannot be negative. These four measures are
    pushed up by chance: with 5 small quartiers they are above 0 even where all are equal, and their limits are too
    narrow near 0. When not to use: to compare places with different numbers or sizes of groups.
    Source: WHO (2013), Handbook on Health Inequality Monitoring; Pearcy and Keppel (2002), Public Health Rep
    117:273-280; Theil (1967), Economics and Information Theory.
    """
    check_confidence_level(confidence_level)
    if measure not in MEASURES:
        raise ValueError(f"`measure` must be one of {', '.join(MEASURES)}, not {measure!r}.")
    y, p, s = _groups(values, population, standard_errors)
    if len(y) and not -len(y) <= reference < len(y):
        raise ValueError(f"`reference` must be the position of a group, not {reference}.")
    groups = len(y)
    none = Estimate(np.nan, np.nan, np.nan, confidence_level, measure, "delta", groups, "too_few")
    divides = measure not in ("absolute_gap", "between_group_variance", "population_attributable_risk")
    logs = measure in ("relative_gap", "theil_index", "mean_log_deviation")
    if groups < 2 or np.isnan([*y, *s]).any() or (divides and p @ y <= 0) or (logs and np.any(y <= 0)):
        return none
    value, gradient = _measure(y, p, measure, reference)
    error = float(np.sqrt(gradient**2 @ s**2))
    if not error > 0:
        return none
    half = float(stats.norm.ppf((1 + confidence_level) / 2)) * error
    lower, upper = value - half, value + half
    if measure == "relative_gap":
        value, lower, upper = (float(np.exp(v)) for v in (value, lower, upper))
    if measure in _NEVER_NEGATIVE:
        lower = max(lower, 0.0)
    return Estimate(value, lower, upper, confidence_level, measure, "delta", groups)


def estimate_disparities(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    rank: str,
    measure: Measure,
    by: Sequence[str] = (),
    reference: int = -1,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """One summary of how far shares of ranked areas are apart, one row a group.

    Parameters
    ----------
    table
        One row a unit, with counts in `numerator` and people in `denominator`.
    rank
        Column that orders areas from the most disadvantaged (lowest) up; units of one rank are one area, and an
        area without people is left out.
    measure, reference
        As `disparity`, positions being those of the ranks.

    Returns
    -------
    DataFrame in the one output shape; `numerator` and `denominator` are sums, `n` the number of ranks.

    Raises
    ------
    ValueError
        A count missing, negative or above its denominator; a missing rank; an unknown measure.

    Notes
    -----
    Standard errors are the widths of Wilson's 95 % intervals over 2 x 1.96. When not to use and source: those of
    `disparity`.
    """

    def answer(values: Values, people: Values, errors: Values) -> Estimate:
        return disparity(
            values, people, errors, measure=measure, reference=reference, confidence_level=confidence_level
        )

    return _estimate_ranked(table, answer, indicator, numerator, denominator, rank, by)


def _measure(y: Values, p: Values, measure: Measure, reference: int) -> tuple[float, Values]:
    """The measure (relative gap: its logarithm) and its derivative in each value."""
    m = float(p @ y)
    at = np.zeros(len(y))
    at[reference] = 1.0
    first = np.eye(len(y))[0]
    if measure == "absolute_gap":
        return float(y[0] - y[reference]), first - at
    if measure == "relative_gap":
        return float(np.log(y[0] / y[reference])), (first - at) / y
    if measure == "index_of_disparity":
        value = float(np.abs(y - m).mean() / m)
        sign = np.sign(y - m)
        return value, (sign - p * sign.sum()) / (len(y) * m) - value * p / m
    if measure == "between_group_variance":
        return float(p @ (y - m) ** 2), 2 * p * (y - m)
    if measure == "theil_index":
        value = float(p @ (y / m * np.log(y / m)))
        return value, p / m * (np.log(y / m) - value)
    if measure == "mean_log_deviation":
        return float(-(p @ np.log(y / m))), p / m - p / y
    risk = m - float(y[reference])
    if measure == "population_attributable_risk":
        return risk, p - at
    return risk / m, y[reference] * p / m**2 - at / m
