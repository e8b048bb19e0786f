"""Which ties of a projection are more than attendance alone would make."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from prs_eval.estimation._graphs import attendances

Correction = Literal["none", "holm", "fdr_bh"]
_Array = NDArray[np.float64]
_STEPS = 200
_CLOSE = 1e-10  # expected and seen attendances may differ by this much


def backbone(
    incidence: pd.DataFrame,
    *,
    event: str,
    actor: str,
    method: Literal["hypergeometric", "stochastic_degree"] = "hypergeometric",
    alpha: float = 0.05,
    correction: Correction = "holm",
) -> pd.DataFrame:
    """Pairs of actors, with the chance that they would share so many events had they come without each other.

    Parameters
    ----------
    incidence
        One row an actor at an event, columns `event` and `actor`; repeated rows count once, rows without one of
        them are left out. Events that nobody named attended are not known here.
    method
        "hypergeometric" keeps how many events each actor attended; each event is as likely as another.
        "stochastic_degree" keeps, on average, that and how many came to each event.
    alpha
        Level under which a tie is kept, strictly between 0 and 1.
    correction
        Over all pairs of actors: "holm" (chance of one false tie), "fdr_bh" (share of false ties), or "none".

    Returns
    -------
    DataFrame, one row a pair, also those who never met, in sorted order: `source` < `target`, `weight` (events
    shared), `expected` (events they would share), `p_value` (of as many or more), `p_adjusted`, `kept`, `method`,
    `n` (events). Without two actors: no row.

    Raises
    ------
    ValueError
        Where a column is absent, `alpha` is not between 0 and 1, or `method` or `correction` is unknown.

    Notes
    -----
    hypergeometric: P(X >= weight), X ~ Hypergeometric(events, degree of source, degree of target).
    stochastic_degree: the chance p_ik that actor i was at event k solves sum_k p_ik = degree of i, sum_i p_ik =
    degree of k, logit p_ik = a_i + b_k (maximum entropy); X is then a sum of Bernoulli p_ik p_jk over the events.
    Assumes that each actor could have come to each event. Without correction, "hypergeometric" finds ties in some
    5 % of the pairs of a network of chance; "stochastic_degree" lets attendance vary and is the more cautious.
    When not to use: few events (under some ten no pair may reach `alpha`: see the least `p_value`), and
    "hypergeometric" where events differ much in size, as everyone meets at a large event.
    Sources: Tumminello et al. (2011), PLoS ONE 6:e17994; Neal (2014), Social Networks 39:84-97; Neal, Domagalski &
    Sagan (2021), Scientific Reports 11:23929; Holm (1979), Scand J Stat 6:65-70.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"`alpha` must be between 0 and 1, not {alpha}.")
    if correction not in get_args(Correction):
        raise ValueError(f"`correction` must be one of {', '.join(get_args(Correction))}, not {correction}.")
    if method not in ("hypergeometric", "stochastic_degree"):
        raise ValueError(f'`method` must be "hypergeometric" or "stochastic_degree", not {method}.')
    pairs = attendances(incidence, event, actor)
    rows, names = pd.factorize(pairs[actor], sort=True)
    columns, events = pd.factorize(pairs[event], sort=True)
    seen = np.zeros((len(names), len(events)))
    seen[rows, columns] = 1
    first, second = np.triu_indices(len(names), 1)
    weight = (seen @ seen.T)[first, second]
    if method == "hypergeometric":
        degree = seen.sum(axis=1)
        expected = degree[first] * degree[second] / max(len(events), 1)
        p_value = stats.hypergeom.sf(weight - 1, len(events), degree[first], degree[second])
    else:
        chance = _attendance_probabilities(seen)
        together = chance[first] * chance[second]
        expected, p_value = together.sum(axis=1), _poisson_binomial_sf(weight, together)
    p_value = np.where(weight == 0, 1.0, np.clip(p_value, 0.0, 1.0))
    adjusted = _adjusted(p_value, correction)
    return pd.DataFrame(
        {
            "source": np.asarray(names)[first],
            "target": np.asarray(names)[second],
            "weight": weight.astype(int),
            "expected": expected,
            "p_value": p_value,
            "p_adjusted": adjusted,
            "kept": adjusted < alpha,
            "method": method,
            "n": len(events),
        }
    )


def _adjusted(p_value: _Array, correction: Correction) -> _Array:
    if correction == "none" or not p_value.size:
        return p_value
    if correction == "fdr_bh":
        return np.asarray(stats.false_discovery_control(p_value, method="bh"))
    order = np.argsort(p_value)
    adjusted = np.empty_like(p_value)
    left = np.arange(p_value.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(left * p_value[order]), 1.0)
    return adjusted


def _attendance_probabilities(seen: _Array) -> _Array:
    """Chance of each attendance, of maximum entropy under the expected degrees; shape as `seen`.

    Who came to all, or to none, of the events still in play came for certain: they are put aside first, again and
    again, as no finite logit gives 0 or 1.
    """
    chance = seen.copy()
    rows, columns = np.ones(len(seen), dtype=bool), np.ones(seen.shape[1], dtype=bool)
    while True:
        part = seen[np.ix_(rows, columns)]
        if part.size == 0:
            return chance
        by_row, by_column = part.mean(axis=1), part.mean(axis=0)
        keep_rows, keep_columns = (by_row > 0) & (by_row < 1), (by_column > 0) & (by_column < 1)
        if keep_rows.all() and keep_columns.all():
            break
        rows[np.flatnonzero(rows)[~keep_rows]] = False
        columns[np.flatnonzero(columns)[~keep_columns]] = False
    chance[np.ix_(rows, columns)] = _maximum_entropy(part)
    return chance


def _maximum_entropy(part: _Array) -> _Array:
    """Newton's steps, halved while they do not lead up, on the concave likelihood of logit p_ik = a_i + b_k."""
    target = np.concatenate([part.sum(axis=1), part.sum(axis=0)])
    actors = len(part)
    logits = np.concatenate([special.logit(part.mean(axis=1)), np.zeros(part.shape[1])])

    def gain(at: _Array) -> float:
        return float(target @ at - np.logaddexp(0, at[:actors, None] + at[None, actors:]).sum())

    chance = special.expit(logits[:actors, None] + logits[None, actors:])
    for _ in range(_STEPS):
        short = target - np.concatenate([chance.sum(axis=1), chance.sum(axis=0)])
        if np.abs(short).max() < _CLOSE:
            break
        spread = chance * (1 - chance)
        curve = np.block([[np.diag(spread.sum(axis=1)), spread], [spread.T, np.diag(spread.sum(axis=0))]])
        # Least squares, as adding to all a_i what is taken from all b_k changes nothing.
        step = np.linalg.lstsq(curve, short, rcond=None)[0]
        size, least = 1.0, gain(logits) * (1 + 1e-12)  # the gain is negative: rounding is let through
        while size > 1e-6 and gain(logits + size * step) < least:
            size /= 2
        logits = logits + size * step
        chance = special.expit(logits[:actors, None] + logits[None, actors:])
    return np.asarray(chance)


def _poisson_binomial_sf(at_least: ArrayLike, chance: _Array) -> _Array:
    """P(sum of Bernoulli >= at_least) by row; `chance` of shape (pairs, events)."""
    pairs, events = chance.shape
    mass = np.zeros((pairs, events + 1))
    mass[:, 0] = 1
    for k in range(events):
        came = chance[:, k, None]
        mass[:, 1:] = mass[:, 1:] * (1 - came) + mass[:, :-1] * came
        mass[:, 0] *= 1 - chance[:, k]
    tail = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(tail[np.arange(pairs), np.asarray(at_least, dtype=int)])
