"""Slope and relative index of inequality: how much a rate changes from the most to the least disadvantaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from prs_eval.estimation._counts import check_columns
from prs_eval.estimation._grouping import numeric
from prs_eval.estimation._parts import estimate_parts
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level, wilson_interval

Values = NDArray[np.float64]
Model = Literal["linear", "log", "logit"]
Spread = Literal["sampling", "residual"]
MINIMUM_GROUPS = 5  # Public Health England's minimum; under it the line passes through too few points
_MODELS = ("linear", "log", "logit")


def _groups(values: ArrayLike, population: ArrayLike, standard_errors: ArrayLike) -> tuple[Values, Values, Values]:
    """Values, population shares and standard errors of the groups, each of shape (groups,)."""
    y, n, s = (np.asarray(v, dtype=float) for v in (values, population, standard_errors))
    if y.ndim != 1 or y.shape != n.shape or y.shape != s.shape:
        raise ValueError(f"values, population and standard errors must be alike: {y.shape}, {n.shape}, {s.shape}.")
    if np.any(n <= 0) or np.any(s < 0) or np.isinf(np.concatenate([y, n, s])).any():
        raise ValueError("`population` must be above 0, `standard_errors` 0 or more, and all finite.")
    return y, n / n.sum(), s


def _line(y: Values, a: Values, s: Values, model: Model, spread: Spread) -> tuple[Values, Values, float]:
    """Coefficients (at rank 0, slope) on the scale of the model, their covariance, and degrees of freedom."""
    x = np.cumsum(a) - a / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        if model == "log":
            y, s = np.log(y), s / y
        elif model == "logit":
            y, s = special.logit(y), s / (y * (1 - y))
    design = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(design.T @ (a[:, None] * design))
    hat = inverse @ (design.T * a)
    beta = hat @ y
    if spread == "sampling":
        return beta, (hat * s**2) @ hat.T, np.inf
    df = len(y) - 2
    return beta, inverse * float(a @ (y - design @ beta) ** 2) / df, float(df)


def _fit(
    values: ArrayLike,
    population: ArrayLike,
    standard_errors: ArrayLike,
    model: Model,
    spread: Spread,
    confidence_level: float,
) -> tuple[Values, Values, float] | None:
    """Coefficients, covariance and the quantile of the limits; None where they cannot be estimated."""
    check_confidence_level(confidence_level)
    if model not in _MODELS or spread not in ("sampling", "residual"):
        raise ValueError("`model` must be linear, log or logit, and `spread` sampling or residual.")
    y, a, s = _groups(values, population, standard_errors)
    low, high = {"linear": (-np.inf, np.inf), "log": (0.0, np.inf), "logit": (0.0, 1.0)}[model]
    if len(y) < MINIMUM_GROUPS or np.isnan([*y, *s]).any() or np.any((y <= low) | (y >= high)):
        return None
    beta, cov, df = _line(y, a, s, model, spread)
    return beta, cov, float(stats.t.ppf((1 + confidence_level) / 2, df))


def _method(model: str, spread: str, groups: int) -> str:
    least = ", at the minimum of 5 groups" if groups == MINIMUM_GROUPS else ""
    return f"{model}, {spread} error{least}"


def slope_index(
    values: ArrayLike,
    population: ArrayLike,
    standard_errors: ArrayLike,
    *,
    model: Model = "linear",
    spread: Spread = "sampling",
    confidence_level: float = 0.95,
) -> Estimate:
    """Slope index of inequality (SII): fitted value of the least minus that of the most disadvantaged.

    Parameters
    ----------
    values
        Rate or share of each group, ordered from the most to the least disadvantaged, shape (groups,).
    population
        People of each group: rank is the middle of the group in the cumulated population.
    standard_errors
        Of `values`, on their own scale; log and logit models turn them by the delta method.
    model
        Scale on which the line is straight: "linear" (shares of any kind), "log" (rates), "logit" (shares).
    spread
        "sampling": each group known with its own standard error (Public Health England's). "residual": the
        distance of groups from the line, Student's t with groups - 2; wider where the line does not hold.

    Returns
    -------
    Estimate in the unit of `values` (unit "sii"), `n` the number of groups; `too_few` under 5 groups, with NaN, or
    where the model cannot take a value (0 on the log scale, 0 or 1 on the logit scale).

    Raises
    ------
    ValueError
        A population of 0 or less, a negative standard error, shapes that differ.

    Notes
    -----
    Least squares weighted by population (Public Health England's square roots of the shares). Limits of the linear
    model are those its simulation tends to; on the other scales, the delta method where the field simulates.
    Five groups are the method's minimum: with five quartiers, say the gap as well, and prefer "residual".
    When not to use: groups without an order; a relation that bends.
    Source: Mackenbach and Kunst (1997), Soc Sci Med 44:757-771; Low and Low (2004), J Public Health 26:388-395.
    """
    found = _fit(values, population, standard_errors, model, spread, confidence_level)
    groups = len(np.asarray(values))
    method = _method(model, spread, groups)
    if found is None:
        return Estimate(np.nan, np.nan, np.nan, confidence_level, "sii", method, groups, "too_few")
    beta, cov, quantile = found
    if model == "linear":
        value, gradient = beta[1], np.array([0.0, 1.0])
    else:
        back = np.exp if model == "log" else special.expit
        bottom, top = back(beta[0]), back(beta.sum())
        slope = [bottom, top] if model == "log" else [bottom * (1 - bottom), top * (1 - top)]
        value, gradient = top - bottom, np.array([slope[1] - slope[0], slope[1]])
    half = quantile * float(np.sqrt(gradient @ cov @ gradient))
    return Estimate(float(value), float(value - half), float(value + half), confidence_level, "sii", method, groups)


def relative_index(
    values: ArrayLike,
    population: ArrayLike,
    standard_errors: ArrayLike,
    *,
    model: Model = "linear",
    spread: Spread = "sampling",
    confidence_level: float = 0.95,
) -> Estimate:
    """Relative index of inequality (RII): fitted value of the least over that of the most disadvantaged.

    Parameters, returns (unit "rii") and raises as `slope_index`; also `too_few` where the fitted value of the most
    disadvantaged is not clearly above 0.

    Notes
    -----
    Linear: (value at rank 1) / (value at rank 0), Public Health England's RII, with Fieller's limits, to which its
    simulation tends; log: exp(slope); logit: ratio of the fitted shares, limits on the log scale.
    Others divide by the mean, or turn the ratio round: say which. When not to use: as `slope_index`.
    Source: Kunst and Mackenbach (1995), Measuring socioeconomic inequalities in health, WHO; Fieller (1954), JRSS B
    16:175-185.
    """
    found = _fit(values, population, standard_errors, model, spread, confidence_level)
    groups = len(np.asarray(values))
    method = _method(model, spread, groups)
    none = Estimate(np.nan, np.nan, np.nan, confidence_level, "rii", method, groups, "too_few")
    if found is None:
        return none
    beta, cov, quantile = found
    if model == "linear":
        limits = _fieller(beta, cov, quantile)
        if limits is None:
            return none
        return Estimate(float(beta.sum() / beta[0]), *limits, confidence_level, "rii", method, groups)
    bottom, top = (special.expit(beta[0]), special.expit(beta.sum())) if model == "logit" else (0.0, 0.0)
    log_ratio = float(beta[1] if model == "log" else np.log(top / bottom))
    gradient = np.array([bottom - top, 1 - top])
    half = quantile * float(np.sqrt(gradient @ cov @ gradient))
    value, low, high = (float(np.exp(v)) for v in (log_ratio, log_ratio - half, log_ratio + half))
    return Estimate(value, low, high, confidence_level, "rii", method, groups)


def _fieller(beta: Values, cov: Values, quantile: float) -> tuple[float, float] | None:
    """Limits of (a + b) / a; None where a is not clearly above 0."""
    bottom, top = float(beta[0]), float(beta.sum())
    var, both, var_top = float(cov[0, 0]), float(cov[0].sum()), float(cov.sum())
    a, b, c = bottom**2 - quantile**2 * var, bottom * top - quantile**2 * both, top**2 - quantile**2 * var_top
    if bottom <= 0 or a <= 0:
        return None
    root = float(np.sqrt(max(b**2 - a * c, 0.0)))
    return (b - root) / a, (b + root) / a


def estimate_slope_indices(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    rank: str,
    by: Sequence[str] = (),
    measure: Literal["sii", "rii"] = "sii",
    model: Model = "linear",
    spread: Spread = "sampling",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Slope or relative index of shares over ranked areas, one row a group.

    Parameters
    ----------
    table
        One row a unit, with counts in `numerator` and people in `denominator`.
    rank
        Column that orders areas (or quantiles) from the most disadvantaged (lowest) up; units of one rank are one
        area.

    Returns
    -------
    DataFrame in the one output shape; `numerator` and `denominator` are sums, `n` the number of ranks.

    Raises
    ------
    ValueError
        A count missing, negative or above its denominator; a missing rank.

    Notes
    -----
    Standard errors are the widths of Wilson's 95 % intervals over 2 x 1.96 (Public Health England's rule).
    When not to use: as `slope_index`. Source: that of `slope_index` and `relative_index`.
    """
    index = slope_index if measure == "sii" else relative_index

    def answer(values: Values, people: Values, errors: Values) -> Estimate:
        return index(values, people, errors, model=model, spread=spread, confidence_level=confidence_level)

    return _estimate_ranked(table, answer, indicator, numerator, denominator, rank, by)


def _estimate_ranked(
    table: pd.DataFrame,
    answer: Callable[[Values, Values, Values], Estimate],
    indicator: str,
    numerator: str,
    denominator: str,
    rank: str,
    by: Sequence[str],
) -> pd.DataFrame:
    """`answer(shares, people, standard errors)` of the ranked areas of each group, in the output shape."""
    check_columns(table, [numerator, denominator, rank, *by])
    x, n = numeric(table, numerator), numeric(table, denominator)
    order = table[rank].to_numpy()
    bad = np.flatnonzero(~((x >= 0) & (x <= n)) | table[rank].isna().to_numpy())
    if bad.size:
        raise ValueError(
            f"`{numerator}` must lie between 0 and `{denominator}`, and `{rank}` be given: {bad.size} of {len(table)} "
            f"rows do not (first: row {table.index[bad[0]]})."
        )

    def of(rows: NDArray[np.intp]) -> tuple[Estimate, float, float]:
        summed = pd.DataFrame({"x": x[rows], "n": n[rows]}).groupby(order[rows]).sum()
        events, people = (summed.loc[summed["n"] > 0, c].to_numpy() for c in ("x", "n"))
        low, high = wilson_interval(events, people)
        errors = (high - low) / 2 / stats.norm.ppf(0.975)
        return answer(events / people, people, errors), float(events.sum()), float(people.sum())

    return estimate_parts(table, of, indicator=indicator, by=by)
