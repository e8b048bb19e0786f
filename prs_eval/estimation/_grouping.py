"""What the table functions share: columns checked once, groups made once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

ROUNDING = 1e-12  # changes nearer to each other than this part of the scores are the same change


def numeric(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """The column as floats, missing as NaN; ValueError where it is not there, not a number or infinite."""
    if column not in table.columns:
        raise ValueError(f"no column `{column}` in the table.")
    typed = table[column].convert_dtypes() if table[column].dtype == object else table[column]
    if not pd.api.types.is_numeric_dtype(typed) and typed.notna().any():
        raise ValueError(f"`{column}` must hold numbers only, not {typed.dtype}.")
    values = pd.to_numeric(typed).to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        first = table.index[int(np.flatnonzero(np.isinf(values))[0])]
        raise ValueError(f"`{column}` must be finite: {int(np.isinf(values).sum())} rows are not (first: row {first}).")
    return values


def keys(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """A new frame with the grouping columns alone, numbered from 0; ValueError where one is not there."""
    if missing := [column for column in by if column not in table.columns]:
        raise ValueError(f"no column {', '.join(f'`{column}`' for column in missing)} in the table.")
    return table[list(by)].reset_index(drop=True)


def aggregate(frame: pd.DataFrame, by: Sequence[str], **named: Any) -> pd.DataFrame:
    """One row a group (a single row without `by`, even of an empty frame); a missing key is a group of its own."""
    if by:
        grouped: pd.DataFrame = frame.groupby(list(by), as_index=False, dropna=False, observed=True).agg(**named)
        return grouped
    one: pd.DataFrame = frame.groupby(np.zeros(len(frame), dtype=int)).agg(**named)
    return one.reindex([0]).reset_index(drop=True)


def student_half_width(sd: Any, n: Any, *, size: Any, confidence_level: float) -> NDArray[np.float64]:
    """Half the width of Student's interval of a mean of values of about that `size`.

    NaN under two values, or where all are the same but for rounding.
    """
    sd, n = np.asarray(sd, dtype=float), np.asarray(n, dtype=float)
    usable = (n > 1) & (sd > ROUNDING * np.abs(np.asarray(size, dtype=float)))
    quantile = stats.t.ppf((1 + confidence_level) / 2, np.where(usable, n - 1, 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(usable, quantile * sd / np.sqrt(n), np.nan)


def paired(before: ArrayLike, after: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both waves as floats, shape (n,); ValueError where the shapes differ or a score is missing."""
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"`before` and `after` must be one-dimensional and alike, not {x.shape} and {y.shape}.")
    bad = ~(np.isfinite(x) & np.isfinite(y))
    if bad.any():
        raise ValueError(
            f"`before` and `after` must not hold NaN or infinity: {int(bad.sum())} of {x.size} pairs do (first: "
            f"{int(np.flatnonzero(bad)[0])}). Drop and count the missing first."
        )
    return x, y


def constant(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Whether everyone changed by the same amount, but for rounding."""
    return bool(np.ptp(y - x) <= ROUNDING * max(np.abs(x).max(), np.abs(y).max()))
