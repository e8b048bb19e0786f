"""Means, totals, ratios, proportions and quantiles of a sample, with the error its design gives them.

The estimates take a `Design`: `prs_eval.estimation.survey_design`. Weights fitted to known totals:
`prs_eval.estimation.survey_weights`. Tables and tests: `prs_eval.estimation.survey_tables`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.estimation.survey_design import (
    Design,
    Floats,
    _answer,
    _degrees_of_freedom,
    _simple_design,
    _standard_error,
)


def survey_mean(
    values: ArrayLike,
    *,
    design: Design | None = None,
    domain: ArrayLike | None = None,
    unit: str = "points",
    confidence_level: float = 0.95,
) -> Estimate:
    """Mean of a population or of a part of it, in the unit of `values`.

    Parameters
    ----------
    values
        Shape (n,). May be missing outside `domain` only.
    design
        How the n rows were drawn; None: one by one, with equal chances, from very many.
    domain
        True for the rows the mean is of, shape (n,); None: all. The others stay part of the design: leaving
        their rows out instead would understate the error.
    unit
        Written in the result.

    Returns
    -------
    Estimate, `method` "survey_mean", `n` the rows in the domain; `too_few` with NaN limits where fewer than two
    clusters, or clusters that all agree, leave nothing to judge by; all NaN where the domain has no weight.

    Raises
    ------
    ValueError
        Where shapes differ or a value of the domain is missing or infinite.

    Notes
    -----
    Sum(w y)/sum(w); variance of the linearised scores (y - mean)/sum(w) by the design; Student with as many
    degrees of freedom as clusters less strata in the domain.
    When not to use: very skewed values from few clusters (say the median), or people who were not drawn.
    Source: Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, 5.8; as `svymean`.
    """
    y, inside, sampled = _values(values, design, domain)
    weight = sampled.weights * inside
    total = float(weight.sum())
    if total == 0:
        return _empty(inside, unit, "survey_mean", confidence_level)
    mean = float(weight @ y) / total
    error = _standard_error(sampled, inside * (y - mean) / total, size=float(np.abs(y).max()))
    return _student(mean, error, sampled, inside, unit, "survey_mean", confidence_level)


def survey_total(
    values: ArrayLike,
    *,
    design: Design | None = None,
    domain: ArrayLike | None = None,
    unit: str = "count",
    confidence_level: float = 0.95,
) -> Estimate:
    """Total of a population or of a part of it, in the unit of `values`; the total of ones is a head count.

    Parameters and errors as `survey_mean`. Returns an Estimate, `method` "survey_total". An empty domain is
    `too_few`: that nobody was drawn does not show that there is nobody.

    Notes
    -----
    Sum(w y); variance of the weighted values by the design; Student as `survey_mean`. The weights must count
    people: scaled to mean 1 they give the total of the sample.
    When not to use: weights of unknown scale, or a frame that misses people.
    Source: Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, 4.3; as `svytotal`.
    """
    y, inside, sampled = _values(values, design, domain)
    weight = sampled.weights * inside
    if weight.sum() == 0:
        return _empty(inside, unit, "survey_total", confidence_level)
    error = _standard_error(sampled, inside * y, size=float(np.abs(weight * y).sum()))
    return _student(float(weight @ y), error, sampled, inside, unit, "survey_total", confidence_level)


def survey_ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    design: Design | None = None,
    domain: ArrayLike | None = None,
    unit: str = "index",
    confidence_level: float = 0.95,
) -> Estimate:
    """Ratio of two totals, in units of numerator per unit of denominator.

    Parameters
    ----------
    numerator, denominator
        Totals of each row, shape (n,): residents and people at each meeting, euros and people at each session.
        Without a `design` each row is a cluster, and one with denominator 0 counts as a cluster.
    design, domain, unit, confidence_level
        As `survey_mean`.

    Returns
    -------
    Estimate, `method` "ratio_linearised". All NaN and `too_few` where the denominators sum to 0. Limits NaN
    and `too_few` under two clusters, and where every cluster has the same ratio: the clusters then say nothing
    of how far they vary, and a limit of zero width would be a false certainty.

    Raises
    ------
    ValueError
        Where shapes differ, a total is missing, or a denominator is negative.

    Notes
    -----
    Taylor-linearised variance of (y - ratio x)/sum(w x) by the design; Student as `survey_mean`. Limits may
    leave the range of the ratio: clip them where it has one.
    When not to use: fewer than about ten clusters of very different sizes, where linearisation understates.
    Source: Cochran (1977), Sampling Techniques, 3rd ed., section 6.3; as `svyratio` of R's survey 4.1.
    """
    if (first := np.shape(numerator)) != (second := np.shape(denominator)):
        raise ValueError(f"`numerator` and `denominator` must have one same shape (n,), not {first} and {second}.")
    y, inside, sampled = _values(numerator, design, domain, "numerator")
    x, _, _ = _values(denominator, design, domain, "denominator")
    if np.any(x < 0):
        raise ValueError("`denominator` must not be negative.")
    weight = sampled.weights * inside
    total = float(weight @ x)
    if total == 0:
        return _empty(inside, unit, "ratio_linearised", confidence_level)
    ratio = float(weight @ y) / total
    size = float(weight.max() * (np.abs(y).max() + abs(ratio) * x.max())) / total
    error = _standard_error(sampled, inside * (y - ratio * x) / total, size=size)
    return _student(ratio, error, sampled, inside, unit, "ratio_linearised", confidence_level)


def survey_proportion(
    values: ArrayLike,
    *,
    design: Design | None = None,
    domain: ArrayLike | None = None,
    method: Literal["logit", "beta"] = "logit",
    confidence_level: float = 0.95,
) -> Estimate:
    """Share of a population, or of a part of it, for whom `values` is 1, as a fraction.

    Parameters
    ----------
    values
        0/1 or booleans, shape (n,).
    method
        `logit`: Student limits on the log odds. `beta`: Korn and Graubard's exact-like limits on the
        effective sample size, wider, better for shares near 0 or 1.

    Returns
    -------
    Estimate, `unit` "proportion", `method` "survey_logit" or "survey_beta"; limits NaN and `too_few` where all
    or none are 1: both methods then have no variance to work with. Other parameters and errors: `survey_mean`.

    Notes
    -----
    Logit: expit(logit p ± t se/(p(1 - p))). Beta: n_eff = p(1 - p)/se² times (t(n - 1)/t(df))², then
    Clopper-Pearson on p n_eff of n_eff.
    When not to use: a count of all who came (then `estimate_proportions`), or fewer than about five clusters.
    Sources: Korn and Graubard (1998), Survey Methodology 24:193-201; as `svyciprop` of R's survey 4.1.
    """
    if method not in ("logit", "beta"):
        raise ValueError(f"`method` must be logit or beta, not {method}.")
    y, inside, sampled = _values(values, design, domain)
    if not np.isin(y, (0, 1)).all():
        raise ValueError("`values` must be 0 or 1.")
    share = survey_mean(y, design=sampled, domain=inside, confidence_level=confidence_level)
    p, lower, upper, name = share.estimate, share.lower, share.upper, f"survey_{method}"
    if share.status != "ok" or lower == upper:  # nothing to judge by, or all the population asked
        return _answer(p, lower, upper, confidence_level=confidence_level, unit="proportion", method=name, n=share.n)
    half, tail = (upper - lower) / 2, (1 - confidence_level) / 2
    if method == "logit":
        centre, half = np.log(p / (1 - p)), half / (p * (1 - p))
        lower, upper = 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
    else:
        # p(1 - p)/se² times (t(n - 1)/t(df))², with half = t(df) se.
        rows = float((sampled.weights * inside > 0).sum())
        effective = p * (1 - p) * float(stats.t.ppf(tail, rows - 1) / half) ** 2
        lower = stats.beta.ppf(tail, effective * p, effective * (1 - p) + 1)
        upper = stats.beta.ppf(1 - tail, effective * p + 1, effective * (1 - p))
    return _answer(p, lower, upper, confidence_level=confidence_level, unit="proportion", method=name, n=share.n)


def survey_quantile(
    values: ArrayLike,
    probability: float = 0.5,
    *,
    design: Design | None = None,
    domain: ArrayLike | None = None,
    unit: str = "points",
    confidence_level: float = 0.95,
) -> Estimate:
    """Smallest value that at least a share `probability` of the population does not exceed, in the unit of `values`.

    Parameters
    ----------
    probability
        Strictly between 0 and 1; 0.5 for the median.

    Returns
    -------
    Estimate, `method` "woodruff"; a limit is NaN, and the status `too_few`, where the interval of the share
    passes 0 or 1. Other parameters and errors: `survey_mean`.

    Notes
    -----
    The Student interval of the share at or under the quantile, read back through the weighted distribution;
    quantile by the inverse of that distribution, without interpolation.
    When not to use: values of few distinct levels (say the shares), or the far tails of a small sample.
    Source: Woodruff (1952), JASA 47:635-646; as `svyquantile(interval.type = "mean", qrule = "math")`.
    """
    if not 0 < probability < 1:
        raise ValueError(f"`probability` must be between 0 and 1, not {probability}.")
    y, inside, sampled = _values(values, design, domain)
    weight = sampled.weights * inside
    if weight.sum() == 0:
        return _empty(inside, unit, "woodruff", confidence_level)
    order = np.argsort(y[weight > 0], kind="stable")
    sorted_values, cumulative = y[weight > 0][order], np.cumsum(weight[weight > 0][order])
    cumulative /= cumulative[-1]

    def read(share: float) -> float:
        # Rounding of the running sum must not push a share that is reached past its value.
        at = int(np.searchsorted(cumulative, share - 1e-12))
        return float(sorted_values[min(at, cumulative.size - 1)]) if 0 <= share <= 1 else np.nan

    quantile = read(probability)
    share = survey_mean(y <= quantile, design=sampled, domain=inside, confidence_level=confidence_level)
    return _answer(
        quantile,
        read(share.lower),
        read(share.upper),
        confidence_level=confidence_level,
        unit=unit,
        method="woodruff",
        n=share.n,
    )


def _values(
    values: ArrayLike, design: Design | None, domain: ArrayLike | None, name: str = "values"
) -> tuple[Floats, NDArray[np.bool_], Design]:
    """Values (0 outside the domain), the domain and the design; ValueError where they do not fit together."""
    y = np.array(values, dtype=float)
    if y.ndim != 1:
        raise ValueError(f"`{name}` must have shape (n,), not {y.shape}.")
    if y.size == 0 and design is None:  # nobody: one row without weight stands in
        return np.zeros(1), np.zeros(1, dtype=bool), Design(np.zeros(1))
    inside = np.ones(y.size, dtype=bool) if domain is None else np.asarray(domain)
    if inside.shape != y.shape or inside.dtype != bool:
        raise ValueError(f"`domain` must be boolean of shape {y.shape}, not {inside.dtype} of {inside.shape}.")
    bad = inside & ~np.isfinite(y)
    if bad.any():
        raise ValueError(
            f"`{name}` must be finite: {bad.sum()} of {inside.sum()} are not (first: row {np.flatnonzero(bad)[0]}). "
            "Leave the missing out of `domain`, and say so."
        )
    return np.where(inside, y, 0.0), inside, _simple_design(design, y.size)


def _empty(inside: NDArray[np.bool_], unit: str, method: str, confidence_level: float) -> Estimate:
    n = float(inside.sum())
    return _answer(np.nan, np.nan, np.nan, confidence_level=confidence_level, unit=unit, method=method, n=n)


def _student(
    value: float,
    error: float,
    design: Design,
    inside: NDArray[np.bool_],
    unit: str,
    method: str,
    confidence_level: float,
) -> Estimate:
    check_confidence_level(confidence_level)
    df = _degrees_of_freedom(design, inside)
    half = 0.0 if error == 0 else float(stats.t.ppf((1 + confidence_level) / 2, df)) * error if df > 0 else np.nan
    n = float(inside.sum())
    return _answer(value, value - half, value + half, confidence_level=confidence_level, unit=unit, method=method, n=n)
