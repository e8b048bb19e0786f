"""Rates and proportions of small areas, each drawn towards the others as far as its own numbers are few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._counts import check_columns, check_counts, shape, sums
from prs_eval.estimation._hierarchical import BETA, GAMMA, Family, Mixture, beta_mixture, gamma_mixture
from prs_eval.estimation._priors import GAMMA_PRIORS, beta_prior
from prs_eval.estimation.intervals import check_confidence_level

Floats = NDArray[np.float64]
RateMethod = Literal["hierarchical_gamma", "negative_binomial", "marshall", "clayton_kaldor"]
ShareMethod = Literal["hierarchical_beta", "beta_binomial"]
_COLUMNS = ("estimate", "lower", "upper", "confidence_level", "unit", "method", "n", "status")
_AREAS = 3  # under this the spread between areas cannot be told from chance


@dataclass(frozen=True, slots=True, eq=False)
class ShrunkenEstimates:
    """Posterior mean and limits of each area, shape (areas,), and what was found of the areas together.

    `n` is the exposure or population of each area. `prior_mean` and `prior_variance` are of the distribution
    of the areas' true values; a variance of 0 says that nothing but chance is needed to explain the areas.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    confidence_level: float
    unit: str
    method: str
    n: Floats
    status: NDArray[Any]
    prior_mean: float
    prior_variance: float


def shrink_rates(
    events: ArrayLike,
    exposure: ArrayLike,
    *,
    method: RateMethod = "hierarchical_gamma",
    unit: str = "index",
    confidence_level: float = 0.95,
) -> ShrunkenEstimates:
    """Empirical Bayes rates of areas, in events per unit of exposure.

    Parameters
    ----------
    events, exposure
        Counts, and person-years or expected counts, of each area, shape (areas,). An area with exposure 0 gets
        NaN and plays no part.
    method
        How the distribution of the true rates, Gamma(shape, rate), is found. Each estimator has its answer:
        `hierarchical_gamma`: it is not fixed but averaged over, each Gamma by how well it explains the counts.
        The others fix it, and their limits are too narrow under about 30 areas: `negative_binomial` by maximum
        likelihood; `marshall` by moments weighted by exposure; `clayton_kaldor` by their two moment equations,
        unweighted, so that small areas count as much as large ones.
    unit
        Written in the result.

    Returns
    -------
    ShrunkenEstimates; `too_few` and NaN under 3 areas. Where the areas differ no more than chance lets them,
    an estimator that fixes the Gamma gives all the common rate, with NaN limits and `too_few`: zero spread is
    not known, only not seen. `hierarchical_gamma` does so only where there is no event at all.

    Raises
    ------
    ValueError
        Where shapes differ, or a number is negative, missing, or events lie where there is no exposure.

    Notes
    -----
    Events ~ Poisson(exposure times rate of the area), rates ~ Gamma: posterior Gamma(shape + events, rate +
    exposure), its mean and its equal-tailed quantiles. Hierarchical: the log of the mean and the weight of an
    area of median exposure, m/(shape + m), uniform beforehand; quadrature, means to 1e-8 and limits to 1e-5.
    Assumes exchangeable areas (no order, no neighbours). Hierarchical takes about 0.1 s for 10 areas and seconds
    for 1 000, where the others have become as good.
    When not to use: to rank areas or to set one apart from the rest; the posterior means vary less than the
    true rates. Not where a known cause splits the areas in two groups.
    Sources: Marshall (1991), Appl Stat 40:283-294, as `EBest` of R's spdep; Clayton and Kaldor (1987),
    Biometrics 43:671-681, their moment equations, as `empbaysmooth` of R's DCluster, carried on until they
    hold; Lawless (1987), Can J Stat 15:209-225, as `glm.nb` of R's MASS; Christiansen and Morris (1997), JASA
    92:618-632 (hierarchical).
    """
    o, e = _areas(events, exposure, "exposure")
    if np.any((e == 0) & (o > 0)):
        raise ValueError("`events` must be 0 where `exposure` is 0.")
    if method not in get_args(RateMethod):
        raise ValueError(f"`method` must be one of {', '.join(get_args(RateMethod))}, not {method}.")
    prior: Mixture | None = None
    seen = e > 0
    if seen.sum() >= _AREAS and method == "hierarchical_gamma" and o.sum() > 0:
        prior = gamma_mixture(o[seen], e[seen])
    elif seen.sum() >= _AREAS and method != "hierarchical_gamma" and np.ptp(o[seen] / e[seen]) > 0:
        prior = _only(GAMMA_PRIORS[method](o[seen], e[seen]))
    return _result(GAMMA, prior, o, e, method, unit, confidence_level)


def shrink_proportions(
    events: ArrayLike,
    population: ArrayLike,
    *,
    method: ShareMethod = "hierarchical_beta",
    confidence_level: float = 0.95,
) -> ShrunkenEstimates:
    """Empirical Bayes proportions of areas, as fractions.

    Parameters
    ----------
    events, population
        Counts of each area, shape (areas,). An area with population 0 gets NaN and plays no part.
    method
        How the distribution of the true proportions, Beta(a, b), is found. `hierarchical_beta`: averaged over.
        `beta_binomial`: fixed by maximum likelihood; its limits are too narrow under about 30 areas.

    Returns
    -------
    ShrunkenEstimates, `unit` "proportion"; `too_few` as `shrink_rates`, but `hierarchical_beta` answers even
    where there is no event at all.

    Raises
    ------
    ValueError
        Where shapes differ, a count is missing or negative, or `events` lies above `population`.

    Notes
    -----
    Events ~ Binomial(population, p of the area), p ~ Beta(a, b): posterior Beta(a + events, b + population -
    events), its mean and its equal-tailed quantiles. Hierarchical: a/(a + b) and the weight of an area of
    median population, m/(a + b + m), uniform beforehand. In simulations with 5 and 12 areas of 20 to 90 people
    its 95 % limits held 91 to 97 % of the true proportions; those of `beta_binomial` 79 to 92 %, with no limits
    at all in up to a third of the samples.
    Assumptions and when not to use: `shrink_rates`.
    Sources: Skellam (1948), JRSS B 10:257-261; Griffiths (1973), Biometrics 29:637-648; Christiansen and Morris
    (1997), JASA 92:618-632 (hierarchical).
    """
    x, n = _areas(events, population, "population")
    if np.any(x > n):
        raise ValueError("`events` must lie between 0 and `population`.")
    if method not in get_args(ShareMethod):
        raise ValueError(f"`method` must be one of {', '.join(get_args(ShareMethod))}, not {method}.")
    prior: Mixture | None = None
    seen = n > 0
    if seen.sum() >= _AREAS and method == "hierarchical_beta":
        prior = beta_mixture(x[seen], n[seen])
    elif seen.sum() >= _AREAS and np.ptp(x[seen] / n[seen]) > 0:
        prior = _only(beta_prior(x[seen], n[seen]))
    return _result(BETA, prior, x, n, method, "proportion", confidence_level)


def estimate_shrunken_rates(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    by: Sequence[str],
    within: Sequence[str] = (),
    method: RateMethod = "hierarchical_gamma",
    unit: str = "index",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Empirical Bayes rate of each area, in events per unit of `denominator`.

    Parameters
    ----------
    numerator, denominator
        Columns of events and of exposure, summed by area.
    by
        Columns that name an area, with those of `within`.
    within
        Columns, among `by`, whose values are never mixed: the areas of one year are drawn to that year's mean.

    Returns
    -------
    DataFrame in the one output shape, `method` the estimator; estimate, limits and `too_few` as `shrink_rates`.

    Raises
    ------
    ValueError
        As `shrink_rates`; where `by` is empty or `within` is not in it.

    Notes
    -----
    Grouping then summing is summing. Formula, assumptions, when not to use and Sources: `shrink_rates`.
    """
    check_columns(table, [*by, numerator, denominator])
    bad = table.index[~((table[numerator] >= 0) & (table[denominator] >= 0)).fillna(False).to_numpy(dtype=bool)]
    if len(bad):
        raise ValueError(
            f"`{numerator}` and `{denominator}` must be present and not negative: {len(bad)} of {len(table)} rows are "
            f"not (first: row {bad[0]}). Leave out those rows, in both columns."
        )
    return _by_area(
        table,
        lambda x, n: shrink_rates(x, n, method=method, unit=unit, confidence_level=confidence_level),
        indicator=indicator,
        counts=(numerator, denominator),
        by=by,
        within=within,
    )


def estimate_shrunken_proportions(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    by: Sequence[str],
    within: Sequence[str] = (),
    method: ShareMethod = "hierarchical_beta",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Empirical Bayes proportion of each area, as a fraction.

    Parameters, errors and form as `estimate_shrunken_rates`, with counts of people in `denominator`. Formula,
    assumptions, when not to use and Sources: `shrink_proportions`.
    """
    check_columns(table, [*by, numerator, denominator])
    check_counts(table, numerator, denominator)
    return _by_area(
        table,
        lambda x, n: shrink_proportions(x, n, method=method, confidence_level=confidence_level),
        indicator=indicator,
        counts=(numerator, denominator),
        by=by,
        within=within,
    )


def _by_area(
    table: pd.DataFrame,
    shrink: Callable[[Floats, Floats], ShrunkenEstimates],
    *,
    indicator: str,
    counts: tuple[str, str],
    by: Sequence[str],
    within: Sequence[str],
) -> pd.DataFrame:
    if not by or not set(within) <= set(by):
        raise ValueError("`by` must name the areas, and hold the columns of `within`.")
    areas = sums(table, counts, by)
    pool = areas.groupby(list(within), dropna=False, observed=True).ngroup() if within else np.zeros(len(areas))
    x, n = (areas[name].to_numpy(dtype=float) for name in counts)
    columns = {name: np.full(len(areas), np.nan, dtype=object) for name in _COLUMNS}
    for key in np.unique(pool):
        rows = np.asarray(pool == key)
        found = shrink(x[rows], n[rows])
        for name, values in columns.items():
            values[rows] = getattr(found, name)
    return shape(areas, by, indicator=indicator, numerator=x, denominator=n, **columns)


def _areas(events: ArrayLike, size: ArrayLike, name: str) -> tuple[Floats, Floats]:
    x, n = np.asarray(events, dtype=float), np.asarray(size, dtype=float)
    if x.ndim != 1 or x.shape != n.shape:
        raise ValueError(f"`events` and `{name}` must have one same shape (areas,), not {x.shape} and {n.shape}.")
    bad = ~(np.isfinite(x) & np.isfinite(n) & (x >= 0) & (n >= 0))
    if bad.any():
        raise ValueError(
            f"`events` and `{name}` must be present and not negative: {bad.sum()} of {bad.size} areas are not "
            f"(first: area {np.flatnonzero(bad)[0]})."
        )
    return x, n


def _only(prior: tuple[float, float] | None) -> Mixture | None:
    return None if prior is None else Mixture(np.array([prior[0]]), np.array([prior[1]]), np.ones(1))


def _result(
    family: Family, prior: Mixture | None, x: Floats, n: Floats, method: str, unit: str, confidence_level: float
) -> ShrunkenEstimates:
    check_confidence_level(confidence_level)
    seen = n > 0
    estimate, lower, upper = (np.full(n.shape, np.nan) for _ in range(3))
    tails = (1 - confidence_level) / 2, (1 + confidence_level) / 2
    mean, variance = np.nan, np.nan
    if prior is None and seen.sum() >= _AREAS:
        mean, variance = float(x.sum() / n.sum()), 0.0
        estimate[seen] = mean
    elif prior is not None and prior.weight.size == 1:
        first, second = family.added(prior.first, prior.second, x[seen], n[seen])
        estimate[seen] = family.mean(first, second)
        lower[seen], upper[seen] = (family.ppf(tail, first, second) for tail in tails)
    elif prior is not None:
        for area in np.flatnonzero(seen):
            own = family.added(prior.first, prior.second, x[area], n[area])
            estimate[area] = prior.over(family.mean(*own))
            lower[area], upper[area] = (prior.quantile(family, own, tail) for tail in tails)
    if prior is not None:
        mean, variance = (prior.over(f(prior.first, prior.second)) for f in (family.mean, family.variance))
    status = np.where(np.isfinite(lower), "ok", "too_few").astype(object)
    return ShrunkenEstimates(estimate, lower, upper, confidence_level, unit, method, n, status, mean, variance)
