"""Noise of places over time: first-order autocorrelation learnt before the start, and what a comparison makes of it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.optimize import minimize_scalar

from prs_eval.impact._permutation import assignments
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]

PERIODS = 3  # before the start, under which autocorrelation cannot be told
_BOUND = 0.95
_GRID = np.linspace(-0.9, 0.9, 19)
_MASKS = 2_000
_TIE = 1e-9
_HIGHEST = 1e4  # in standard deviations of a change
_HALVINGS = 20


def correlations(periods: Values, rho: float) -> Values:
    """First-order correlations at whole distances, shape (T, T)."""
    apart = np.abs(periods[:, None] - periods[None, :])
    return np.asarray(np.power(rho, apart) if rho != 0 else (apart == 0).astype(float))


def fit_noise(panel: Panel, before: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Standard deviation, autocorrelation and degrees of freedom, from the periods `before`; NaN where too few.

    Each unit has its own level, each group (treated or not) its own periods; restricted maximum likelihood over what
    is left. Units that miss one of the periods are left out.
    """
    seen = np.isfinite(panel.outcome[:, before]).all(axis=1)
    y, group, when = panel.outcome[seen][:, before], panel.treated[seen], panel.times[before].astype(float)
    groups = [side for side in (group, ~group) if side.any()]
    free, m = int(seen.sum()) - len(groups), int(before.sum())
    if m < PERIODS or free < 1:
        return np.nan, np.nan, np.nan
    left = y.copy()
    for side in groups:
        left[side] -= y[side].mean(axis=0)
    contrasts = null_space(np.ones((1, m)))
    squares = contrasts.T @ left.T @ left @ contrasts
    if np.trace(squares) <= 1e-20 * float((y**2).sum()):
        return np.nan, np.nan, np.nan

    def at(rho: float) -> tuple[float, float]:
        shape = contrasts.T @ correlations(when, rho) @ contrasts
        variance = float(np.trace(np.linalg.solve(shape, squares))) / (free * (m - 1))
        return variance, (m - 1) * float(np.log(variance)) + float(np.linalg.slogdet(shape)[1])

    start = float(_GRID[np.argmin([at(r)[1] for r in _GRID])])
    around = (max(-_BOUND, start - 0.1), min(_BOUND, start + 0.1))
    rho = float(minimize_scalar(lambda r: at(r)[1], bounds=around, method="bounded", options={"xatol": 1e-9}).x)
    return float(np.sqrt(at(rho)[0])), rho, float(free * (m - 1))


def change_spread(periods: Values, contrast: Values, sd: float, rho: float) -> float:
    """Standard deviation of a unit's weighted sum of its periods."""
    return sd * float(np.sqrt(contrast @ correlations(periods, rho) @ contrast))


@lru_cache(maxsize=64)
def permutation_multiple(
    units: int, treated: int, power: float, significance_level: float, draws: int, seed: int
) -> float:
    """Effect, in standard deviations of a unit's change, that the permutation of the treated sees; NaN where none.

    Normal noise of one spread; the same noise at each effect tried, so that the answer rises with the power.
    """
    chosen = np.arange(units) < treated
    masks, _exact = assignments(chosen, _MASKS, seed)
    contrast = masks / treated - ~masks / (units - treated)
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((units, draws))
    by_noise, by_effect = contrast @ noise, contrast @ chosen.astype(float)

    def reached(effect: float) -> float:
        statistic = np.abs(by_noise + effect * by_effect[:, None])
        p = (statistic >= statistic[0] * (1 - _TIE)).mean(axis=0)
        return float((p <= significance_level + 1e-12).mean())

    low, high = 0.0, 4.0
    while reached(high) < power:
        low, high = high, 2 * high
        if high > _HIGHEST:
            return np.nan
    for _halving in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < power else (low, middle)
    return high
