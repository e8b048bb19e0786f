"""Logistic and Poisson models with unit and period effects on a table of units by periods, without dummies."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from prs_eval.impact._two_way import two_way_residual

Values = NDArray[np.float64]
Family = Literal["binomial", "poisson"]

_ROUNDS = 60
_SURE = 1e-6  # an expected count this near to none, or to all, means that treatment tells the outcome without fail
_FLOOR = 1e-10


def moments(eta: Values, n: Values, family: Family) -> tuple[Values, Values]:
    """Mean and variance of the counts at a linear predictor."""
    if family == "poisson":
        mean = n * np.exp(np.clip(eta, -50, 50))
        return mean, mean
    share = 1 / (1 + np.exp(-np.clip(eta, -50, 50)))
    return n * share, n * share * (1 - share)


def null_fit(y: Values, n: Values, offset: Values, family: Family) -> Values | None:
    """Linear predictor of unit and period effects over an offset; None where it does not settle."""
    others = n - y if family == "binomial" else np.ones_like(y)
    if any((side.sum(axis=axis) <= 0).any() for side in (y, others) for axis in (0, 1)):
        return None
    eta = np.log((y + 0.5) / (n - y + 0.5 if family == "binomial" else n))
    for _round in range(_ROUNDS):
        mean, weight = moments(eta, n, family)
        weight = np.maximum(weight, _FLOOR)
        working = eta - offset + (y - mean) / weight
        new = working - two_way_residual(working, weight) + offset
        moved = float(np.abs(new - eta).max())
        eta = new
        if moved < 1e-10:
            mean, _ = moments(eta, n, family)
            return None if _certain(mean, n, family) else eta
    return None


def effect_fit(y: Values, n: Values, exposed: Values, family: Family) -> tuple[float, float] | None:
    """Effect of `exposed` and its CR1 error by unit; None where it cannot be fitted."""
    eta = null_fit(y, n, np.zeros_like(y), family)
    if eta is None:
        return None
    effect = 0.0
    for _round in range(_ROUNDS):
        mean, weight = moments(eta, n, family)
        weight = np.maximum(weight, _FLOOR)
        working = eta + (y - mean) / weight
        column, target = two_way_residual(np.stack([exposed, working]), weight)
        size = float((weight * column**2).sum())
        if not size > 1e-12 * float((weight * exposed**2).sum()):
            return None
        new = float((weight * column * target).sum() / size)
        following = working - (target - new * column)
        moved = max(abs(new - effect), float(np.abs(following - eta).max()))
        eta, effect = following, new
        if moved < 1e-10:
            break
    else:
        return None
    mean, weight = moments(eta, n, family)
    if _certain(mean, n, family):
        return None
    column = two_way_residual(exposed, weight)
    scores, groups = (column * (y - mean)).sum(axis=1), y.shape[0]
    return effect, float(np.sqrt(groups / (groups - 1) * (scores**2).sum()) / (weight * column**2).sum())


def steps(masks: NDArray[np.bool_], late: NDArray[np.bool_], residual: Values, weight: Values) -> Values:
    """Score of each choice of the treated over its information: one Newton step from the null fit, shape (choices,)."""
    after = late.astype(float)
    score = masks @ (residual @ after)
    rows, columns = weight.sum(axis=1), weight.sum(axis=0)
    share = weight / rows[:, None]
    inverse = np.linalg.pinv(np.diag(columns) - weight.T @ share, rcond=1e-12, hermitian=True)
    own = weight * after  # (N, T): what a treated unit adds
    total = own.sum(axis=1)
    right = masks @ (own - total[:, None] * share)  # (choices, T)
    information = masks @ (total - total**2 / rows) - np.einsum("at,at->a", right @ inverse, right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(score / information)


def _certain(mean: Values, n: Values, family: Family) -> bool:
    low = float(mean.min())
    return low < _SURE or (family == "binomial" and float((n - mean).min()) < _SURE)
