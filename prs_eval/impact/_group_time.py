"""One start at one period: change of those treated then against change of controls, and what each unit adds to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROUNDS = 50
_CERTAIN = 0.995  # controls this sure to be treated are left out, as in DRDID


def cell(change: Values, treated: Flags, control: Flags, x: Values, method: str) -> tuple[float, Values]:
    """Effect and each unit's contribution to its error (sum of squares: the variance), shape (N,); NaN where none.

    `x`: covariates with the column of ones, shape (N, p). Outcome regression ("reg") or doubly robust ("dr").
    """
    nothing = float("nan"), np.full(change.size, np.nan)
    inside = x[control].T @ x[control]
    if not treated.any() or control.sum() < x.shape[1] or np.linalg.matrix_rank(inside) < x.shape[1]:
        return nothing
    bread: Values = np.asarray(np.linalg.inv(inside), dtype=float)
    rest = change - x @ (bread @ (x[control].T @ change[control]))
    line = np.where(control[:, None], rest[:, None] * x, 0.0) @ bread  # of the regression's coefficients
    of_treated = float(rest[treated].mean())
    add = np.where(treated, (rest - of_treated) / treated.sum(), 0.0)
    if method == "reg" or x.shape[1] == 1:
        return of_treated, add - line @ x[treated].mean(axis=0)
    both = treated | control
    share = _propensity(x, treated, both)
    if share is None:
        return nothing
    weight = np.where(control & (share < _CERTAIN), share / (1 - share), 0.0)
    weight /= weight.sum()
    of_control = float(weight @ rest)
    score = np.where(both[:, None], (treated - share)[:, None] * x, 0.0)
    curve = np.where(both, share * (1 - share), 0.0)
    steer = np.linalg.solve((x * curve[:, None]).T @ x, x.T @ (weight * (rest - of_control)))
    add -= line @ (x[treated].mean(axis=0) - x.T @ weight) + weight * (rest - of_control) + score @ steer
    return of_treated - of_control, add


def combine(effect: Values, adds: Values, share: Values, drift: Values) -> tuple[float, Values]:
    """Mean of cells weighted by their starts' shares, and each unit's contribution, that to the shares included.

    effect, share: shape (K,); adds, drift: shape (N, K), contributions to the effects and to the shares.
    """
    weight = share / share.sum()
    mean = float(weight @ effect)
    return mean, adds @ weight + drift @ (effect - mean) / share.sum()


def _propensity(x: Values, treated: Flags, both: Flags) -> Values | None:
    """Fitted shares of the treated by logistic regression; None where it does not settle."""
    scale = np.abs(x).max(axis=0)
    z, d = x[both] / scale, treated[both].astype(float)
    beta = np.zeros(x.shape[1])
    for _round in range(_ROUNDS):
        share = 1 / (1 + np.exp(-np.clip(z @ beta, -30, 30)))
        curve = share * (1 - share)
        if np.linalg.matrix_rank((z * curve[:, None]).T @ z) < z.shape[1]:
            return None
        step = np.linalg.solve((z * curve[:, None]).T @ z, z.T @ (d - share))
        beta += step
        if np.abs(step).max() < 1e-12 * max(1.0, float(np.abs(beta).max())):
            return np.asarray(1 / (1 + np.exp(-np.clip((x / scale) @ beta, -30, 30))))
    return None
