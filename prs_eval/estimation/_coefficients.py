"""What the models with several coefficients share: the design checked, the answer laid out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation.frame import Coefficients
from prs_eval.estimation.intervals import check_confidence_level

Values = NDArray[np.float64]


def finite(values: ArrayLike, name: str, *, shape: tuple[int, ...] | None = None) -> Values:
    """As floats, shape (n,) or the one given; ValueError where the shape differs or a value is not finite."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 if shape is None else x.shape != shape:
        raise ValueError(f"`{name}` must have shape {shape or '(n,)'}, not {x.shape}.")
    bad = ~np.isfinite(x)
    if bad.any():
        raise ValueError(
            f"`{name}` must not hold NaN or infinity: {int(bad.sum())} of {x.size} values do (first: "
            f"{int(np.flatnonzero(bad)[0])}). Drop and count the missing first."
        )
    return x


def covariates(values: ArrayLike, name: str, *, n: int) -> Values:
    """A matrix of shape (n, covariates); one covariate may come as (n,)."""
    x = np.asarray(values, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[0] != n or x.shape[1] == 0:
        raise ValueError(f"`{name}` must have {n} rows and at least one column, not the shape {x.shape}.")
    finite(x.ravel(), name)
    return x


def codes(labels: ArrayLike, name: str, *, n: int) -> NDArray[np.intp]:
    """Groups numbered from 0, shape (n,); ValueError where the length differs or a label is missing."""
    x = np.asarray(labels, dtype=object)  # as text NaN would become a label
    if x.shape != (n,):
        raise ValueError(f"`{name}` must have shape ({n},), not {x.shape}.")
    missing = np.asarray(pd.isna(x), dtype=bool)
    if missing.any():
        raise ValueError(
            f"`{name}` must not be missing: {int(missing.sum())} of {n} are (first: {int(np.flatnonzero(missing)[0])})."
        )
    return np.asarray(pd.factorize(x)[0], dtype=np.intp)


def coefficients(
    estimate: Values | None,
    standard_error: Values | None,
    *,
    k: int,
    unit: str,
    method: str,
    n: float,
    confidence_level: float,
    df: Values | float = np.inf,
    clusters: float = np.nan,
) -> Coefficients:
    """Student's limits and p-values (normal where `df` is infinite); `too_few` for None or a number not finite."""
    check_confidence_level(confidence_level)
    b = np.full(k, np.nan) if estimate is None else estimate
    error = np.full(k, np.nan) if standard_error is None else standard_error
    degrees = np.broadcast_to(np.asarray(df, dtype=float), (k,)).copy()
    ok = np.isfinite(b) & np.isfinite(error) & (error > 0) & (degrees > 0)
    b, error, degrees = (np.where(ok, x, np.nan) for x in (b, error, degrees))
    half = stats.t.ppf((1 + confidence_level) / 2, degrees) * error
    p_value = 2 * stats.t.sf(np.abs(b) / error, degrees)
    status = "ok" if ok.any() else "too_few"
    return Coefficients(
        b, b - half, b + half, confidence_level, unit, method, n, status, error, degrees, p_value, clusters
    )
