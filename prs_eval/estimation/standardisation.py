"""Rates made comparable between populations of different ages: directly, on a standard population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._counts import answer, choose, ratio, shape, sums
from prs_eval.estimation._strata import check_strata, per
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import Limits, byar_or_exact_interval, check_confidence_level

Values = NDArray[np.float64]
Direct = Literal["dobson", "fay_feuer"]
MINIMUM_EVENTS = 10  # Public Health England gives no directly standardised rate below

# European Standard Population 2013, 19 age bands, sum 100 000. Source: Eurostat (2013), Revision of the European
# Standard Population, report of the task force, KS-RA-13-028; 0-4 is its "under 1" (1000) and "1-4" (4000).
ESP2013: Mapping[str, int] = {
    **{"0-4": 5000, "5-9": 5500, "10-14": 5500, "15-19": 5500, "20-24": 6000, "25-29": 6000, "30-34": 6500},
    **{"35-39": 7000, "40-44": 7000, "45-49": 7000, "50-54": 7000, "55-59": 6500, "60-64": 6000, "65-69": 5500},
    **{"70-74": 5000, "75-79": 4000, "80-84": 2500, "85-89": 1500, "90+": 1000},
}


def _strata(events: ArrayLike, population: ArrayLike, weights: ArrayLike) -> tuple[Values, Values, Values]:
    """Events, population and weights that sum to 1, each of shape (…, strata)."""
    x, n, w = (np.asarray(v, dtype=float) for v in (events, population, weights))
    if x.ndim == 0 or x.shape[-1:] != n.shape[-1:] or w.shape != x.shape[-1:]:
        raise ValueError(f"strata must be alike: events {x.shape}, population {n.shape}, weights {w.shape}.")
    if not (np.all(w >= 0) and np.isfinite(w).all() and w.sum() > 0):
        raise ValueError("`weights` must be 0 or more, finite, and not all 0.")
    x, n = np.broadcast_arrays(x, n)
    bad = (x < 0) | (n < 0) | np.isinf(x) | np.isinf(n) | ((x > 0) & (n == 0))
    if bad.any():
        raise ValueError(
            f"`events` and `population` must be 0 or more, and no events where nobody is: {int(bad.sum())} of "
            f"{bad.size} strata are not (first: {int(np.flatnonzero(bad)[0])})."
        )
    return x, n, w / w.sum()


def _direct(x: Values, n: Values, w: Values) -> tuple[Values, Values, Values]:
    """Standardised rate, its Poisson variance, and the largest weight of one event; NaN where a rate is missing."""
    each = np.where(w > 0, w * ratio(np.ones_like(n), n), 0.0)  # what one more event adds
    with np.errstate(invalid="ignore"):
        return (each * x).sum(axis=-1), (each**2 * x).sum(axis=-1), each.max(axis=-1, initial=0.0)


def dobson_interval(
    events: ArrayLike, population: ArrayLike, weights: ArrayLike, *, confidence_level: float = 0.95
) -> Limits:
    """Dobson's limits of a directly standardised rate, in events per person (or per unit of `population`).

    Parameters
    ----------
    events, population
        Counts and people (or person-years) by stratum, shape (…, strata).
    weights
        Standard population by stratum, shape (strata,); any scale.

    Returns
    -------
    (lower, upper), each of shape (…); NaN where a stratum has nobody or NaN, or where there are no events.

    Raises
    ------
    ValueError
        Negative or infinite numbers, events where nobody is, shapes that differ.

    Notes
    -----
    DSR + sqrt(var / O) (limit of O - O): O all events, their limits exact under 10 and Byar's from 10 on, var =
    sum w^2 x / n^2. Assumes Poisson events. When not to use: under 10 events.
    Source: Dobson, Kuulasmaa, Eberle and Scherer (1991), Stat Med 10:457-462; Public Health England (2018).
    """
    check_confidence_level(confidence_level)
    x, n, w = _strata(events, population, weights)
    rate, variance, _ = _direct(x, n, w)
    total = x.sum(axis=-1)
    scale = np.sqrt(ratio(variance, total))
    low, high = byar_or_exact_interval(total, confidence_level=confidence_level)
    return rate + scale * (low - total), rate + scale * (high - total)


def fay_feuer_interval(
    events: ArrayLike, population: ArrayLike, weights: ArrayLike, *, confidence_level: float = 0.95
) -> Limits:
    """Fay and Feuer's gamma limits of a directly standardised rate, in events per person.

    Parameters, returns and raises as `dobson_interval`; without events the lower limit is 0 and the upper one is
    that of one stratum holding the largest weight.

    Notes
    -----
    Gamma quantiles with the mean and variance of the rate; for the upper limit, one event more in the stratum
    where it weighs most. Never too narrow in simulations, wide where weights differ much.
    When not to use: under 10 events.
    Source: Fay and Feuer (1997), Stat Med 16:791-801.
    """
    check_confidence_level(confidence_level)
    x, n, w = _strata(events, population, weights)
    rate, variance, most = _direct(x, n, w)
    tail = (1 - confidence_level) / 2
    up_rate, up_variance = rate + most, variance + most**2
    lower = stats.gamma.ppf(tail, ratio(rate**2, variance), scale=ratio(variance, rate))
    upper = stats.gamma.ppf(1 - tail, ratio(up_rate**2, up_variance), scale=ratio(up_variance, up_rate))
    return np.where(rate == 0, 0.0, lower), upper


_DIRECT = {"dobson": dobson_interval, "fay_feuer": fay_feuer_interval}


def directly_standardised_rate(
    events: ArrayLike,
    population: ArrayLike,
    weights: ArrayLike,
    *,
    method: Direct = "dobson",
    multiplier: float = 100_000,
    confidence_level: float = 0.95,
) -> Estimate:
    """The rate a standard population would have with these stratum rates, per `multiplier` people.

    Parameters
    ----------
    events, population, weights
        By stratum, shape (strata,); weights such as the values of `ESP2013`, in the same order.
    method
        "dobson" (Public Health England's) or "fay_feuer" (the cancer registries').

    Returns
    -------
    Estimate, unit "per_<multiplier>", `n` the population; `too_few` under 10 events, or where a stratum of the
    standard has nobody (merge age bands first).

    Raises
    ------
    ValueError
        As `dobson_interval`; several rows at once (use the table function).

    Notes
    -----
    sum w x / n over sum w. When not to use: to foresee a burden (the crude rate does), or where the ratio of
    stratum rates between areas changes with age.
    Source: Dobson and others (1991), Stat Med 10:457-462; Fay and Feuer (1997), Stat Med 16:791-801.
    """
    interval = choose(method, _DIRECT)
    x, n, w = _strata(events, population, weights)
    if x.ndim != 1:
        raise ValueError(f"`events` must have shape (strata,), not {x.shape}.")
    limits = interval(x, n, w, confidence_level=confidence_level)
    enough = x.sum() >= MINIMUM_EVENTS
    value = float(_direct(x, n, w)[0]) * multiplier if enough else np.nan
    scaled = limits[0] * multiplier, limits[1] * multiplier
    return answer(value, scaled, level=confidence_level, unit=per(multiplier), method=method, n=float(n.sum()))


def estimate_directly_standardised_rates(
    table: pd.DataFrame,
    *,
    indicator: str,
    events: str,
    population: str,
    stratum: str,
    standard: Mapping[str, float] = ESP2013,
    by: Sequence[str] = (),
    method: Direct = "dobson",
    multiplier: float = 100_000,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Directly standardised rate of each group, per `multiplier` people.

    Parameters
    ----------
    table
        One row a unit and stratum, with counts in `events` and people (or person-years) in `population`.
    stratum
        Column of age bands; all of those in `standard` must be there for a group, written alike.

    Returns
    -------
    DataFrame in the one output shape: `numerator` events, `denominator` and `n` population; `too_few` under 10
    events or where a band of the standard is missing or has nobody.

    Raises
    ------
    ValueError
        A band that the standard has not, a number missing, negative or infinite, events where nobody is.

    Notes
    -----
    A missing band is not a band without events. Formula, assumptions and when not to use: those of
    `directly_standardised_rate`.
    Source: Dobson and others (1991), Stat Med 10:457-462; Fay and Feuer (1997), Stat Med 16:791-801.
    """
    interval, unit = choose(method, _DIRECT), per(multiplier)
    check_confidence_level(confidence_level)
    check_strata(table, [events, population], by, stratum, standard)
    cells = sums(table, [events, population], [*by, stratum])
    groups = sums(table, [events, population], by)
    number = cells.groupby(list(by), dropna=False, observed=True).ngroup() if by else np.zeros(len(cells))
    at = np.asarray(number, dtype=np.intp), pd.Index(list(standard)).get_indexer(pd.Index(cells[stratum]))
    x, n = (np.full((len(groups), len(standard)), np.nan) for _ in range(2))
    x[at], n[at] = cells[events].to_numpy(dtype=float), cells[population].to_numpy(dtype=float)
    x, n, w = _strata(x, n, list(standard.values()))
    known = groups[events].to_numpy(dtype=float) >= MINIMUM_EVENTS
    limits = interval(x, n, w, confidence_level=confidence_level)
    value, lower, upper = (np.where(known, v * multiplier, np.nan) for v in (_direct(x, n, w)[0], *limits))
    return shape(
        groups,
        by,
        indicator=indicator,
        numerator=groups[events],
        denominator=groups[population],
        estimate=value,
        lower=lower,
        upper=upper,
        confidence_level=confidence_level,
        unit=unit,
        method=method,
        n=groups[population],
    )
