"""What every method on counts shares: counts checked, one answer made, groups summed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation.frame import HEAD, TAIL, Estimate, estimates

Values = NDArray[np.float64]
Limits = tuple[Values, Values]
Method = TypeVar("Method")


def check_confidence_level(confidence_level: float) -> None:
    """Raise ValueError unless `confidence_level` lies strictly between 0 and 1."""
    if not 0 < confidence_level < 1:
        raise ValueError(f"`confidence_level` must be between 0 and 1, not {confidence_level}.")


def choose(method: str, methods: Mapping[str, Method]) -> Method:
    """The interval of that name; ValueError names the ones there are."""
    if method not in methods:
        raise ValueError(f"`method` must be one of {', '.join(methods)}, not {method}.")
    return methods[method]


def refuse(bad: NDArray[np.bool_], rule: str) -> None:
    """Raise ValueError with the rule, how many break it and the first of them."""
    if bad.any():
        raise ValueError(f"{rule}: {int(bad.sum())} of {bad.size} do not (first: {int(np.flatnonzero(bad)[0])}).")


def count(values: ArrayLike, name: str) -> Values:
    """As floats; ValueError where negative or infinite. NaN is let through."""
    x = np.asarray(values, dtype=float)
    refuse((x < 0) | np.isinf(x), f"`{name}` must not be negative nor infinite")
    return x


def counts_of(events: ArrayLike, population: ArrayLike, prefix: str = "") -> tuple[Values, Values]:
    """Events and population, broadcast to one shape; ValueError unless 0 <= events <= population."""
    n = count(population, f"{prefix}population")
    x, n = np.broadcast_arrays(np.asarray(events, dtype=float), n)
    refuse((x < 0) | (x > n) | np.isinf(x), f"`{prefix}events` must lie between 0 and `{prefix}population`")
    return x, n


def ratio(top: Values, bottom: Values) -> Values:
    """`top / bottom`, NaN where `bottom` is 0."""
    found: Values = np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, np.nan), where=bottom > 0)
    return found


def number(value: ArrayLike, name: str) -> float:
    """One number, or ValueError."""
    x = np.asarray(value, dtype=float)
    if x.ndim:
        raise ValueError(f"`{name}` must be one number, not an array of shape {x.shape}.")
    return float(x)


def two_groups(x: ArrayLike, n: ArrayLike, x0: ArrayLike, n0: ArrayLike) -> tuple[Values, Values, Values, Values]:
    """Both groups, broadcast to one shape; ValueError where a count is impossible."""
    pairs = (*counts_of(x, n), *counts_of(x0, n0, "reference_"))
    a, b, c, d = np.broadcast_arrays(*pairs)
    return a, b, c, d


def four_numbers(x: float, n: float, x0: float, n0: float) -> tuple[float, float, float, float]:
    names = ("events", "population", "reference_events", "reference_population")
    a, b, c, d = (number(value, name) for value, name in zip((x, n, x0, n0), names, strict=True))
    return a, b, c, d


def answer(
    value: float, limits: tuple[ArrayLike, ArrayLike], *, level: float, unit: str, method: str, n: float
) -> Estimate:
    """One answer; NaN and `too_few` where the value or a limit is missing."""
    lower, upper = (float(np.asarray(limit)) for limit in limits)
    if np.isnan([value, lower, upper]).any():
        return Estimate(np.nan, np.nan, np.nan, level, unit, method, n, "too_few")
    return Estimate(value, lower, upper, level, unit, method, n)


def bisect(above: Callable[[Values], NDArray[np.bool_]], low: Values, high: Values) -> Values:
    """The root of each row between `low` and `high`; `above(x)` says where the root lies above `x`."""
    for _ in range(60):  # an interval of width 2 shrinks below 1e-17
        middle = (low + high) / 2
        up = above(middle)
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return (low + high) / 2


def check_columns(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ValueError where a column is not in the table."""
    if missing := [name for name in dict.fromkeys(columns) if name not in table.columns]:
        raise ValueError(f"no column {', '.join(f'`{name}`' for name in missing)} in the table.")


def check_counts(table: pd.DataFrame, numerator: str, denominator: str) -> None:
    """Raise ValueError unless 0 <= numerator <= denominator, both finite, in every row."""
    total = table[denominator]
    bad = table.index[~(table[numerator].between(0, total) & (total < np.inf)).fillna(False).to_numpy(dtype=bool)]
    if len(bad):
        raise ValueError(
            f"`{numerator}` must lie between 0 and `{denominator}`: {len(bad)} of {len(table)} rows do not "
            f"(first: row {bad[0]}). Do both use the same year and boundaries?"
        )


def sums(table: pd.DataFrame, columns: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """Columns summed by group, in the order of the groups (one row without `by`); a missing group is a group.

    Written for hundreds of thousands of groups of one row, where pandas' groupby takes three times as long.
    """
    if not by:
        return pd.DataFrame({name: [float(table[name].sum())] for name in columns})
    code, size = np.zeros(len(table), dtype=np.intp), 1
    for name in by:
        own, values = pd.factorize(table[name], sort=True)
        code = code * (len(values) + 1) + np.where(own < 0, len(values), own)  # the missing after all others
        size *= len(values) + 1
        if size > 4 * len(table):  # most combinations are empty: number those there are
            present, code = np.unique(code, return_inverse=True)
            size = len(present)
    first = np.full(size, -1)
    first[code[::-1]] = np.arange(len(table))[::-1]
    full = first >= 0
    groups = table[list(by)].take(first[full]).reset_index(drop=True)
    for name in columns:
        groups[name] = np.bincount(code, weights=table[name].to_numpy(dtype=float), minlength=size)[full]
    return groups


def shape(groups: pd.DataFrame, by: Sequence[str], **columns: Any) -> pd.DataFrame:
    """Columns beside the groups, in the one output shape."""
    if reserved := sorted({"indicator", *TAIL} & set(by)):
        raise ValueError(f"`by` must not hold {', '.join(reserved)}: the output shape has a column of that name.")
    every = np.zeros(len(groups), dtype=np.intp)
    full = {
        name: pd.array([value], dtype="str").take(every) if isinstance(value, str) else value
        for name, value in columns.items()
    }
    return estimates(groups[list(by)].assign(**full), groups=[name for name in by if name not in HEAD])
