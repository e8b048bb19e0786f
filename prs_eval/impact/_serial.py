"""Regressions of one series whose errors are alike from one period to the next; gaps are counted as time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_SURE = 1e-6  # an expected count this near to 0 means that a column tells "none" without fail
_EXACT = 1e-11  # residuals this small beside the series are rounding: nothing is left to judge the error by


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients (k,), their covariance (k, k), expected values and residuals (n,; Pearson's for counts)."""

    beta: Values
    covariance: Values
    mean: Values
    residual: Values
    dispersion: float
    rho: float


def least_squares(y: Values, x: Values) -> tuple[Values, Values] | None:
    """Coefficients and (X'X)^-1; None where columns of the design repeat one another."""
    size = np.sqrt((x**2).sum(axis=0))
    if x.shape[0] < x.shape[1] or not (size > 0).all():
        return None
    q, r = np.linalg.qr(x / size)
    if np.abs(np.diag(r)).min() < 1e-9:
        return None
    inverse = np.linalg.inv(r) / size[:, None]
    return np.asarray(inverse @ (q.T @ y)), np.asarray(inverse @ inverse.T)


def ordinary(y: Values, x: Values, periods: Values, lags: int | None) -> Fit | None:
    """Least squares: errors of Newey and West over `lags` periods, or of Student where `lags` is None."""
    found = least_squares(y, x)
    if found is None:
        return None
    beta, bread = found
    mean = x @ beta
    residual = y - mean
    spread = spread_of(y, residual, x.shape[1])
    if lags is None:
        covariance = spread * bread
    else:
        covariance = bread @ kernel_sum(x * residual[:, None], periods, lags) @ bread
        covariance = covariance * (y.size / (y.size - x.shape[1])) * (1.0 if spread > 0 else np.nan)
    return Fit(beta, covariance, mean, residual, spread, autocorrelation(residual, periods))


def prais_winsten(y: Values, x: Values, periods: Values, *, rounds: int = 500, tolerance: float = 1e-10) -> Fit | None:
    """Least squares under errors of first-order autocorrelation, iterated, the first observation kept.

    The correlation is that of residuals one period apart (the later ones on the earlier); over a gap of d periods it
    is its d-th power. None where it leaves (-1, 1) or does not settle.
    """
    step, rho = np.diff(periods), 0.0
    for _ in range(rounds):
        heavy = whiten(x, step, rho)
        light = whiten(y, step, rho)
        found = least_squares(light, heavy)
        if found is None:
            return None
        beta, bread = found
        residual = y - x @ beta
        spread = spread_of(y, residual, x.shape[1])
        if not spread > 0:
            return Fit(beta, bread * np.nan, x @ beta, residual, spread, np.nan)
        new = autocorrelation(residual, periods)
        if not abs(new) < 1:
            return None
        if abs(new - rho) < tolerance:
            left = light - heavy @ beta
            spread = float(left @ left) / (y.size - x.shape[1])
            return Fit(beta, spread * bread, x @ beta, residual, spread, rho)
        rho = new
    return None


def whiten(values: Values, step: Values, rho: float) -> Values:
    """Rows freed from autocorrelation `rho` a period; `step` (n - 1,) is the time from each row to the next."""
    damp = rho**step
    scale = np.sqrt((1 - rho**2) / (1 - damp**2))
    if values.ndim == 2:
        damp, scale = damp[:, None], scale[:, None]
    out = np.empty_like(values)
    out[0] = np.sqrt(1 - rho**2) * values[0]
    out[1:] = (values[1:] - damp * values[:-1]) * scale
    return out


def poisson(y: Values, x: Values, exposure: Values | None, periods: Values, lags: int | None) -> Fit | None:
    """Log-linear counts: errors by Pearson's dispersion, or of Newey and West on the scores over `lags` periods."""
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    if least_squares(y, x) is None or not y.any():
        return None
    size = np.abs(x).max(axis=0)
    offset = None if exposure is None else np.log(exposure)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model = GLM(y, x / size, family=families.Poisson(), offset=offset)
            fit = model.fit(scale="X2", tol=1e-10, tol_criterion="params")
        except (np.linalg.LinAlgError, ValueError):
            return None
        beta, mean, spread = np.asarray(fit.params) / size, np.asarray(fit.mu), float(fit.scale)
    if not fit.converged or not np.isfinite(beta).all() or not (mean > _SURE).all():
        return None
    residual = (y - mean) / np.sqrt(mean)
    bread = np.linalg.inv((x / size).T @ ((x / size) * mean[:, None])) / np.outer(size, size)
    if spread < _EXACT**2 * mean.max():
        covariance = bread * np.nan
    elif lags is None:
        covariance = spread * bread
    else:
        scores = kernel_sum(x * (y - mean)[:, None], periods, lags)
        covariance = bread @ scores @ bread * (y.size / (y.size - x.shape[1]))
    return Fit(beta, covariance, mean, residual, spread, autocorrelation(residual, periods))


def kernel_sum(scores: Values, periods: Values, lags: int) -> Values:
    """Sum of products of scores up to `lags` periods apart, under Bartlett's weights 1 - distance / (lags + 1)."""
    total = scores.T @ scores
    for lag in range(1, lags + 1):
        later, earlier = apart(periods, lag)
        cross = scores[later].T @ scores[earlier]
        total += (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(total)


def apart(periods: Values, lag: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of the later and the earlier of every two periods `lag` apart; `periods` increases."""
    place = np.searchsorted(periods, periods - lag)
    later = np.flatnonzero(periods[place] == periods - lag)  # place <= own place, so never past the end
    return later, place[later]


def autocorrelation(residual: Values, periods: Values) -> float:
    """Residuals on those of one period before; NaN where no two periods follow one another."""
    later, earlier = apart(periods, 1)
    size = float(residual[earlier] @ residual[earlier])
    return float(residual[later] @ residual[earlier]) / size if size > 0 else float("nan")


def durbin_watson(residual: Values, periods: Values) -> float:
    """Squared differences of residuals one period apart over their squares; NaN where there are none."""
    later, earlier = apart(periods, 1)
    total = float(residual @ residual)
    return float(((residual[later] - residual[earlier]) ** 2).sum()) / total if later.size and total > 0 else np.nan


def spread_of(y: Values, residual: Values, k: int) -> float:
    """Residual variance; 0 where what is left is rounding."""
    left, free = float(residual @ residual), y.size - k
    if free <= 0:
        return float("nan")
    return left / free if left > (_EXACT * np.abs(y).max()) ** 2 * y.size else 0.0
