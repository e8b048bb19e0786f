"""How mixed a group is: Blau, Shannon, evenness and Hill numbers, with limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from prs_eval.estimation._grouping import numeric
from prs_eval.estimation._parts import estimate_parts
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import Limits, check_confidence_level

Index = Literal["blau", "shannon", "evenness", "hill"]
_Array = NDArray[np.float64]
_FLAT = 1e-12  # replicates that differ by less say nothing of the variation


def diversity_interval(
    counts: ArrayLike, *, index: Index, order: float = 2.0, confidence_level: float = 0.95
) -> Limits:
    """Limits of the diversity of many groups at once, of people drawn one by one; unit of the index.

    Parameters
    ----------
    counts
        People by category, shape (…, categories).
    index, order
        See `diversity`.

    Returns
    -------
    (lower, upper), each of shape (…), kept within the range of the index. NaN where a count is NaN, where nobody
    came, and where the method fails: one category alone, equal shares, `hill` of order 0.

    Raises
    ------
    ValueError
        Where a count is negative or infinite, there are fewer than two categories, or `order` is negative.

    Notes
    -----
    estimate ± z sqrt((sum(p g²) - sum(p g)²) / n), g the derivative of the index by the shares p (delta method,
    multinomial counts). For Shannon this is Hutcheson's variance, for Blau Simpson's, both without the terms of
    higher order. Assumes people drawn independently; the index of few people is biased downwards.
    When not to use: people who come together, as to a meeting: `diversity(method="jackknife")`.
    Sources: Hutcheson (1970), J Theor Biol 29:151-154; Simpson (1949), Nature 163:688; Hill (1973),
    Ecology 54:427-432.
    """
    check_confidence_level(confidence_level)
    people = _counts(counts)
    shares, total = _shares(people)
    slope = _slope(shares, index, order)
    mean = np.sum(shares * slope, axis=-1)
    # About the mean, as the difference of two squares leaves rounding where the variance is 0.
    variance = np.sum(shares * np.square(slope - mean[..., None]), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = float(stats.norm.isf((1 - confidence_level) / 2)) * np.sqrt(variance / total)
    half = np.where(half > _FLAT, half, np.nan)
    lowest, highest = _range(index, people.shape[-1])
    estimate = _value(shares, index, order)
    return np.maximum(estimate - half, lowest), np.minimum(estimate + half, highest)


def diversity(
    counts: ArrayLike,
    *,
    index: Index,
    order: float = 2.0,
    method: Literal["jackknife", "delta"] = "jackknife",
    confidence_level: float = 0.95,
) -> Estimate:
    """How mixed the people are, all clusters pooled, with limits; unit "index".

    Parameters
    ----------
    counts
        People by cluster (a meeting) and category, shape (clusters, categories); with `method="delta"` also
        shape (categories,). A category that nobody is of counts too: give it its 0.
    index
        "blau": chance that two people drawn with replacement differ, 1 - sum(p²), from 0 to 1 - 1/categories.
        "shannon": -sum(p ln p), nats, from 0 to ln(categories). "evenness": shannon / ln(categories), 0 to 1.
        "hill": as many equally common categories would be as diverse, sum(p^order)^(1 / (1 - order)), from 1 to
        categories; order 0 counts the categories present, 1 is exp(shannon), 2 is 1 / (1 - blau).
    order
        Of the Hill number: 0 or more, finite. The greater, the less rare categories weigh. Others ignore it.
    method
        "jackknife" leaves out one cluster at a time, Student with clusters - 1 degrees of freedom: for people who
        come together. "delta": see `diversity_interval`, for people who come one by one.

    Returns
    -------
    Estimate; `n` is clusters for "jackknife", people for "delta". `too_few` with NaN where nobody came. Limits are
    NaN where they cannot be told: under two clusters, where leaving one out leaves nobody, all clusters alike.

    Raises
    ------
    ValueError
        Where a count is NaN, negative or infinite, the shape is another, or `order` is negative.

    Notes
    -----
    Assumes that the clusters are a sample of those that could have been. When not to use: to compare groups whose
    categories are not the same; the number of categories bounds every index.
    Sources: Blau (1977), Inequality and Heterogeneity; Shannon (1948), BSTJ 27:379-423; Pielou (1966), J Theor
    Biol 13:131-144; Hill (1973), Ecology 54:427-432; Wolter (2007), Introduction to Variance Estimation, 2nd ed.,
    chapter 4 (as the JK1 replicates of R's survey).
    """
    check_confidence_level(confidence_level)
    people = _counts(counts)
    if np.isnan(people).any():
        raise ValueError("`counts` must not hold NaN: leave out the clusters that were not counted.")
    if method not in ("jackknife", "delta"):
        raise ValueError(f'`method` must be "jackknife" or "delta", not {method}.')
    if people.ndim != 2 and not (people.ndim == 1 and method == "delta"):
        raise ValueError(f"`counts` must have shape (clusters, categories), not {people.shape}.")
    pooled = people.sum(axis=0) if people.ndim == 2 else people
    value = float(_value(_shares(pooled)[0], index, order))
    if method == "delta":
        low, high = diversity_interval(pooled, index=index, order=order, confidence_level=confidence_level)
        lower, upper, n = float(low), float(high), float(pooled.sum())
    else:
        lower, upper = _jackknife(people, value, index, order, confidence_level)
        n = float(len(people))
    status = "too_few" if np.isnan(value) else "ok"
    return Estimate(value, lower, upper, confidence_level, "index", method, n, status)


def estimate_diversity(
    table: pd.DataFrame,
    *,
    indicator: str,
    category: str,
    categories: Sequence[str],
    people: str,
    cluster: str | None = None,
    index: Index = "blau",
    order: float = 2.0,
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Diversity of the people by group, one row a group; unit "index".

    Parameters
    ----------
    table
        One row a count; `category`, `people` and `cluster` name its columns. Rows of one cluster and category sum.
    categories
        All that a person can be of, present or not.
    cluster
        Column of what people came to together: limits by jackknife; without it by the delta method.
    index, order
        See `diversity`.

    Returns
    -------
    DataFrame in the one output shape; `numerator` NaN, `denominator` people. `too_few` where nobody came.

    Raises
    ------
    ValueError
        Where a column is absent, a count is missing, negative or infinite, a category is not among `categories`, or
        a cluster is missing.

    Notes
    -----
    Formula, assumptions, when not to use and sources: `diversity`. A cluster without a row is not known here: give
    it a row of 0 people.
    """
    counted = numeric(table, people)
    for column in (category, *([cluster] if cluster else [])):
        if column not in table.columns:
            raise ValueError(f"no column `{column}` in the table.")
        if (missing := table[column].isna()).any():
            raise ValueError(f"`{column}` must not be missing: {int(missing.sum())} of {len(table)} rows are.")
    place = pd.Index(categories).get_indexer(pd.Index(table[category]))
    if (place < 0).any():
        raise ValueError(f"`{category}` must be one of `categories`: {int((place < 0).sum())} of {len(table)} are not.")
    named = table[cluster].to_numpy() if cluster else np.zeros(len(table))

    def answer(rows: NDArray[np.intp]) -> tuple[Estimate, float, float]:
        codes, found = pd.factorize(named[rows], sort=True)
        counts = np.zeros((max(len(found), 1), len(categories)))
        np.add.at(counts, (codes, place[rows]), counted[rows])
        method: Literal["jackknife", "delta"] = "jackknife" if cluster else "delta"
        one = diversity(counts, index=index, order=order, method=method, confidence_level=confidence_level)
        return one, np.nan, counts.sum()

    return estimate_parts(table, answer, indicator=indicator, by=by)


def _counts(counts: ArrayLike) -> _Array:
    people = np.asarray(counts, dtype=float)
    if people.ndim < 1 or people.shape[-1] < 2:
        raise ValueError(f"`counts` must have two categories or more in its last dimension, not shape {people.shape}.")
    if (bad := (people < 0) | np.isinf(people)).any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"`counts` must be finite, 0 or more: {int(bad.sum())} of {people.size} are not (first: {first})."
        )
    return people


def _shares(people: _Array) -> tuple[_Array, _Array]:
    total = people.sum(axis=-1)
    known = np.where(total > 0, total, np.nan)
    return people / known[..., None], known


def _check_index(index: Index, order: float) -> None:
    if index not in get_args(Index):
        raise ValueError(f"`index` must be one of {', '.join(get_args(Index))}, not {index}.")
    if not 0 <= order < np.inf:
        raise ValueError(f"`order` must be 0 or more and finite, not {order}.")


def _value(shares: _Array, index: Index, order: float) -> _Array:
    """The index of each row of shares; NaN where they are."""
    _check_index(index, order)
    if index == "blau":
        return np.asarray(1 - np.square(shares).sum(axis=-1))
    entropy = np.asarray(special.entr(shares).sum(axis=-1) + 0.0)  # no minus zero
    if index == "shannon":
        return entropy
    if index == "evenness":
        return np.asarray(entropy / np.log(shares.shape[-1]))
    if order == 1:
        return np.asarray(np.exp(entropy))
    return np.asarray(np.exp(_log_power_sum(shares, order) / (1 - order)))


def _log_power_sum(shares: _Array, order: float) -> _Array:
    """ln sum(p^order) over the categories present."""
    with np.errstate(divide="ignore"):
        logs = np.where(shares == 0, -np.inf, order * np.log(np.where(shares == 0, 1.0, shares)))
    return np.asarray(special.logsumexp(logs, axis=-1))


def _slope(shares: _Array, index: Index, order: float) -> _Array:
    """Derivative of the index by each share, but for a constant; 0 where nobody is of the category."""
    value = _value(shares, index, order)[..., None]
    logs = np.log(np.where(shares == 0, 1.0, shares))
    if index == "blau":
        slope = -2 * shares
    elif index == "shannon":
        slope = -logs
    elif index == "evenness":
        slope = -logs / np.log(shares.shape[-1])
    elif order == 1:
        slope = -value * logs
    else:
        slope = value * order / (1 - order) * np.exp((order - 1) * logs - _log_power_sum(shares, order)[..., None])
    return np.where(shares == 0, 0.0, slope)


def _range(index: Index, categories: int) -> tuple[float, float]:
    most = {"blau": 1 - 1 / categories, "shannon": float(np.log(categories)), "evenness": 1.0, "hill": categories}
    return (1.0 if index == "hill" else 0.0), float(most[index])


def _jackknife(
    people: _Array, value: float, index: Index, order: float, confidence_level: float
) -> tuple[float, float]:
    clusters = len(people)
    if clusters < 2 or np.isnan(value):
        return np.nan, np.nan
    left_out = _value(_shares(people.sum(axis=0) - people)[0], index, order)
    spread = left_out - left_out.mean()
    if np.isnan(left_out).any() or np.abs(spread).max() < _FLAT:
        return np.nan, np.nan
    error = float(np.sqrt((clusters - 1) / clusters * np.square(spread).sum()))
    half = float(stats.t.isf((1 - confidence_level) / 2, clusters - 1)) * error
    lowest, highest = _range(index, people.shape[1])
    return max(value - half, lowest), min(value + half, highest)
