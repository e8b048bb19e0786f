"""Restricted maximum likelihood under first-order autocorrelation, with Satterthwaite's degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from prs_eval.impact._serial import Fit, Values, least_squares, spread_of, whiten

BOUND = 0.99  # the autocorrelation is looked for inside plus and minus this; beyond it a level is hardly one
_GRID = np.linspace(-0.9, 0.9, 10)  # the likelihood may have two peaks


@dataclass(frozen=True, slots=True, eq=False)
class Satterthwaite:
    """Degrees of freedom of a contrast whose variance depends on two estimated numbers.

    `covariance` and its derivative by the autocorrelation are (k, k); `information` (2, 2) is that of the logarithm
    of the innovations' variance and of the autocorrelation. `most`, n - k, is what they would be were it known.
    """

    covariance: Values
    derivative: Values
    information: Values
    most: float

    def df(self, contrast: Values) -> float:
        """Between 1 and n - k; n - k where the autocorrelation was held at its bound."""
        variance = float(contrast @ self.covariance @ contrast)
        slope = np.array([variance, float(contrast @ self.derivative @ contrast)])
        if not np.isfinite(self.information).all() or not np.linalg.eigvalsh(self.information)[0] > 0:
            return self.most
        spread = float(slope @ np.linalg.solve(self.information, slope))
        return float(np.clip(2 * variance**2 / spread, 1.0, self.most)) if spread > 0 else self.most


def reml(y: Values, x: Values, periods: Values) -> tuple[Fit, Satterthwaite] | None:
    """Generalised least squares at the autocorrelation that maximises the restricted likelihood, gaps as time."""
    step, free = np.diff(periods), y.size - x.shape[1]
    plain = least_squares(y, x)
    if plain is None:
        return None
    beta, bread = plain
    if not spread_of(y, y - x @ beta, x.shape[1]) > 0:
        blank = bread * np.nan
        return Fit(beta, blank, x @ beta, y - x @ beta, 0.0, np.nan), Satterthwaite(
            blank, blank, np.eye(2) * np.nan, free
        )

    def criterion(rho: float) -> float:  # -2 log likelihood, the variance profiled out
        _, _, left, volume = _at(rho, y, x, step)
        return float(free * np.log(left) + volume)

    best = float(_GRID[np.argmin([criterion(r) for r in _GRID])])
    limits = (max(-BOUND, best - 0.2), min(BOUND, best + 0.2))
    rho = float(minimize_scalar(criterion, bounds=limits, method="bounded", options={"xatol": 1e-10}).x)
    beta, bread, left, volume = _at(rho, y, x, step)
    spread, h = left / free, 1e-3 * (1 - rho**2)
    _, more, left_more, volume_more = _at(rho + h, y, x, step)
    _, less, left_less, volume_less = _at(rho - h, y, x, step)
    cross = -(left_more - left_less) / (4 * h * spread)
    curve = (volume_more - 2 * volume + volume_less + (left_more - 2 * left + left_less) / spread) / (2 * h**2)
    held = abs(rho) > BOUND - 1e-4
    information = np.array([[free / 2, cross], [cross, np.nan if held else curve]])
    degrees = Satterthwaite(spread * bread, spread * (more - less) / (2 * h), information, float(free))
    mean = x @ beta
    return Fit(beta, spread * bread, mean, y - mean, spread, rho), degrees


def _at(rho: float, y: Values, x: Values, step: Values) -> tuple[Values, Values, float, float]:
    """At one autocorrelation: coefficients, (X'X)^-1 and squares left of whitened rows, and log determinants."""
    heavy, light = whiten(x, step, rho), whiten(y, step, rho)
    q, r = np.linalg.qr(heavy)
    inverse = np.linalg.inv(r)
    beta = inverse @ (q.T @ light)
    left = light - heavy @ beta
    volume = 2 * np.log(np.abs(np.diag(r))).sum() - np.log(1 - rho**2)
    volume -= np.log((1 - rho**2) / (1 - rho ** (2 * step))).sum()
    return beta, inverse @ inverse.T, float(left @ left), float(volume)
