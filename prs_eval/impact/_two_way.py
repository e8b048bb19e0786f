"""Unit and period effects taken out of a table of units by periods, exactly; the event times fitted to the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def two_way_residual(values: Values, weight: Values) -> Values:
    """What weighted unit and period effects leave of `values`, shape (…, N, T); `weight` (N, T), 0 where unobserved.

    The units' effects follow from the periods', whose T normal equations are solved: no iteration, balanced or not.
    """
    out = np.where(weight > 0, values, 0.0)
    rows, columns = weight.sum(axis=1), weight.sum(axis=0)
    share = weight / np.where(rows > 0, rows, 1.0)[:, None]
    inverse = np.linalg.pinv(np.diag(columns) - weight.T @ share, rcond=1e-12, hermitian=True)
    for _pass in range(2):  # the second takes away what rounding left of a large level
        heavy = weight * out
        total = heavy.sum(axis=-1)
        period = (heavy.sum(axis=-2) - total @ share) @ inverse
        unit = total / np.where(rows > 0, rows, 1.0) - period @ share.T
        out = np.where(weight > 0, out - unit[..., :, None] - period[..., None, :], 0.0)
    return np.asarray(out)


def identified(gram: Values) -> NDArray[np.bool_]:
    """Which coefficients the normal equations determine, shape (K,): those that no null direction moves."""
    size = np.sqrt(np.diag(gram))
    scale = np.where(size > 1e-9 * max(float(size.max(initial=0.0)), 1e-300), size, 1.0)
    value, vector = np.linalg.eigh(gram / np.outer(scale, scale))
    null = vector[:, value < 1e-10]
    return np.asarray((np.abs(null) < 1e-6).all(axis=1))


def event_time_fit(
    outcome: Values, weight: Values, since: Values, kept: NDArray[np.int64]
) -> tuple[Values, Values, float]:
    """Coefficients of the event times, their CR1S covariance and degrees; NaN where they are not determined."""
    x = two_way_residual((since[None] == kept[:, None, None]).astype(float), weight)
    y = two_way_residual(outcome, weight)
    gram = np.einsum("knt,nt,lnt->kl", x, weight, x, optimize=True)
    known = identified(gram)
    bread = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    beta = bread @ np.einsum("knt,nt->k", x, weight * y)
    residual = y - np.tensordot(beta, x, axes=1)
    scores = np.einsum("knt,nt->nk", x, weight * residual)
    groups, n = int((weight > 0).any(axis=1).sum()), int((weight > 0).sum())
    spare = n - kept.size - int((weight > 0).any(axis=0).sum())
    factor = groups / (groups - 1) * (n - 1) / spare if spare > 0 else np.nan
    covariance = factor * bread @ (scores.T @ scores) @ bread
    covariance = np.where(np.outer(known, known), covariance, np.nan)
    return np.where(known, beta, np.nan), covariance, float(groups - 1)
