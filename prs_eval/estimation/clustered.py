"""People who came in groups: how alike those of one group are, and what that costs in precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._coefficients import codes, finite
from prs_eval.estimation._grouping import numeric
from prs_eval.estimation._parts import estimate_parts
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level

IccInterval = Literal["searle", "smith"]


def intraclass_correlation(
    values: ArrayLike,
    cluster: ArrayLike,
    *,
    method: IccInterval = "searle",
    confidence_level: float = 0.95,
) -> Estimate:
    """Intraclass correlation of one-way groups by analysis of variance, from -1 to 1 (no unit).

    Parameters
    ----------
    values
        One number a person, or 0 and 1 for a yes and no, shape (n,), without NaN.
    cluster
        Label of the session, group or place of each person, shape (n,).
    method
        Limits: "searle" (from F; exact for normal values and clusters of one size, the usual choice otherwise)
        or "smith" (normal, with Smith's large-sample variance; the usual choice for 0 and 1).

    Returns
    -------
    Estimate, unit "correlation", method "anova_searle" or "anova_smith", n people. It may be negative, down to
    about -1 / (size - 1): then people of one cluster differ more than chance would have it. NaN and `too_few`
    under two clusters, where no cluster has two people, or where values do not vary within clusters.

    Raises
    ------
    ValueError
        Where shapes differ, a value or label is missing, or the method is unknown.

    Notes
    -----
    Formula: (MSB - MSW) / (MSB + (n0 - 1) MSW), n0 = (N - sum(size^2) / N) / (clusters - 1). Assumes clusters
    alike but for chance. When not to use: under about 10 clusters the interval is honest but tells little; the
    correlation on the latent scale of a logit model is another quantity.
    Sources: Searle (1971), Linear Models, ch. 9; Smith (1957), Ann Hum Genet 21:363-373; compared in Ukoumunne
    (2002), Stat Med 21:3757-3774; for 0 and 1: Ridout, Demétrio & Firth (1999), Biometrics 55:137-148.
    """
    check_confidence_level(confidence_level)
    if method not in ("searle", "smith"):
        raise ValueError(f"`method` must be searle or smith, not {method}.")
    x = finite(values, "values")
    member = codes(cluster, "cluster", n=x.size)
    size = np.bincount(member).astype(float)
    k, n = size.size, x.size
    rho, lower, upper = math.nan, math.nan, math.nan
    if k > 1 and n > k:
        mean = np.bincount(member, weights=x) / size
        between = float((size * (mean - x.mean()) ** 2).sum()) / (k - 1)
        within = float(((x - mean[member]) ** 2).sum()) / (n - k)
        noise = (8 * np.finfo(float).eps * float(np.abs(x).max())) ** 2  # all alike, but for the rounding of their mean
        if within > max(1e-12 * between, 1e-12 * float(x.var()), noise):
            n0 = (n - (size**2).sum() / n) / (k - 1)
            rho = (between - within) / (between + (n0 - 1) * within)
            tail = (1 - confidence_level) / 2
            if method == "searle":
                ratios = between / within / stats.f.ppf([1 - tail, tail], k - 1, n - k)
                lower, upper = ((ratio - 1) / (ratio + n0 - 1) for ratio in ratios)
            else:
                half = float(stats.norm.ppf(1 - tail)) * math.sqrt(_smith_variance(rho, size, n0))
                lower, upper = rho - half, rho + half
            rho, lower, upper = (min(max(float(value), -1.0), 1.0) for value in (rho, lower, upper))
    status = "too_few" if math.isnan(rho) else "ok"
    return Estimate(rho, lower, upper, confidence_level, "correlation", f"anova_{method}", n, status)


def design_effect(
    values: ArrayLike,
    cluster: ArrayLike,
    *,
    method: IccInterval = "searle",
    confidence_level: float = 0.95,
) -> Estimate:
    """How many times the variance of a mean or share is that of independent people (a ratio, 1 where alike).

    Parameters
    ----------
    values, cluster, method
        As in `intraclass_correlation`.

    Returns
    -------
    Estimate, unit "ratio", method "design_effect_searle" or "design_effect_smith"; `too_few` as the correlation.
    n / design effect is the effective number of people; its square root widens an interval.

    Raises
    ------
    ValueError
        As `intraclass_correlation`.

    Notes
    -----
    Formula: 1 + (sum(size^2) / n - 1) icc, limits those of the icc with the sizes taken as given. Assumes every
    person weighs the same. When not to use: with survey weights or strata (use the survey design).
    Sources: Kish (1965), Survey Sampling, 162; Eldridge, Ashby & Kerry (2006), Int J Epidemiol 35:1292-1300.
    """
    icc = intraclass_correlation(values, cluster, method=method, confidence_level=confidence_level)
    size = np.bincount(codes(cluster, "cluster", n=int(icc.n))).astype(float)
    extra = (size**2).sum() / icc.n - 1 if icc.n else math.nan
    estimate, lower, upper = (float(1 + extra * value) for value in (icc.estimate, icc.lower, icc.upper))
    limits = {"estimate": estimate, "lower": max(lower, 0.0) if lower == lower else lower, "upper": upper}
    return replace(icc, **limits, unit="ratio", method=f"design_effect_{method}")  # type: ignore[arg-type]


def estimate_intraclass_correlations(
    table: pd.DataFrame,
    *,
    indicator: str,
    value: str,
    cluster: str,
    by: Sequence[str] = (),
    method: IccInterval = "searle",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """`intraclass_correlation` of each group of a table, in the one output shape (no unit).

    `numerator` is the number of clusters, `denominator` and `n` the people. Raises ValueError for a column that
    is not there and as `intraclass_correlation`. When not to use, and sources: see there.
    """
    x = numeric(table, value)
    if cluster not in table.columns:
        raise ValueError(f"no column `{cluster}` in the table.")
    member = codes(table[cluster].astype(object), cluster, n=len(table))

    def answer(rows: NDArray[np.intp]) -> tuple[Estimate, float, float]:
        found = intraclass_correlation(x[rows], member[rows], method=method, confidence_level=confidence_level)
        return found, float(np.unique(member[rows]).size), found.n

    return estimate_parts(table, answer, indicator=indicator, by=by)


def _smith_variance(rho: float, size: NDArray[np.float64], n0: float) -> float:
    k, n = size.size, size.sum()
    squares = (size**2).sum()
    uneven = squares - 2 * (size**3).sum() / n + (squares / n) ** 2
    within = (1 + rho * (n0 - 1)) ** 2 / (n - k)
    between = ((k - 1) * (1 - rho) * (1 + rho * (2 * n0 - 1)) + rho**2 * uneven) / (k - 1) ** 2
    return max(float(2 * (1 - rho) ** 2 / n0**2 * (within + between)), 0.0)
