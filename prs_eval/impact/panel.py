"""A panel: the same places observed at the same periods, with the period in which each one's treatment started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
NEVER = np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Units × periods.

    Parameters
    ----------
    units
        Names, length N, sorted.
    times
        Periods (whole numbers), shape (T,), increasing.
    outcome
        What is compared, shape (N, T); NaN where it was not observed. A rate where counts were given.
    start
        First treated period of each unit, shape (N,); infinity for those never treated.
    weight
        Population or other weight of each observation, shape (N, T); ones where none was given.
    numerator, denominator
        Counts behind the outcome, shape (N, T); None where it did not come from counts.
    """

    units: tuple[str, ...]
    times: NDArray[np.int64]
    outcome: Values
    start: Values
    weight: Values
    numerator: Values | None = None
    denominator: Values | None = None

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Which units are ever treated within the periods observed, shape (N,)."""
        return np.asarray(self.start <= self.times[-1])

    @property
    def post(self) -> NDArray[np.bool_]:
        """Which observations are treated, shape (N, T)."""
        return np.asarray(self.times[None, :] >= self.start[:, None])

    @property
    def balanced(self) -> bool:
        """Whether every unit was observed at every period."""
        return bool(np.isfinite(self.outcome).all())

    @property
    def first_start(self) -> float:
        """The earliest start; infinity where nobody is treated."""
        return float(self.start.min())

    def keep(self, units: ArrayLike | None = None, times: ArrayLike | None = None) -> Panel:
        """The panel of some units (names or a mask) and some periods (values or a mask), in the same order."""
        rows = _chosen(np.asarray(self.units, dtype=object), units, "unit")
        columns = _chosen(self.times, times, "period")
        cut = np.ix_(rows, columns)
        return Panel(
            tuple(np.asarray(self.units, dtype=object)[rows]),
            self.times[columns],
            self.outcome[cut],
            self.start[rows],
            self.weight[cut],
            None if self.numerator is None else self.numerator[cut],
            None if self.denominator is None else self.denominator[cut],
        )

    def with_start(self, start: Mapping[str, float]) -> Panel:
        """The same observations under other starts; units that `start` does not name are never treated."""
        return replace(self, start=_starts(self.units, start))

    def long(self) -> pd.DataFrame:
        """One row a unit and period observed: `unit, time, outcome, start, post, weight` (and the counts)."""
        n, t = self.outcome.shape
        table = pd.DataFrame(
            {
                "unit": np.repeat(np.asarray(self.units, dtype=object), t),
                "time": np.tile(self.times, n),
                "outcome": self.outcome.ravel(),
                "start": np.repeat(self.start, t),
                "post": self.post.ravel(),
                "weight": self.weight.ravel(),
            }
        )
        if self.numerator is not None and self.denominator is not None:
            table = table.assign(numerator=self.numerator.ravel(), denominator=self.denominator.ravel())
        return table[np.isfinite(self.outcome.ravel())].reset_index(drop=True)


def read_panel(
    table: pd.DataFrame,
    *,
    unit: str,
    time: str,
    outcome: str | None = None,
    numerator: str | None = None,
    denominator: str | None = None,
    weight: str | None = None,
    start: Mapping[str, float] | str,
) -> Panel:
    """A long table as a panel.

    Parameters
    ----------
    table
        One row a unit and period.
    unit, time
        Columns that name the unit and the period (whole numbers).
    outcome
        Column of the outcome; or else
    numerator, denominator
        Columns of counts, whose ratio is the outcome and `denominator` the weight.
    weight
        Column of weights; the denominator, or ones, where not given.
    start
        First treated period by unit (a unit not named is never treated), or the column that holds it (the same in
        every row of a unit; NaN, 0 or infinity for never).

    Raises
    ------
    ValueError
        Two rows for one unit and period, a period that is no whole number, a treated unit that is not in the table,
        a start that varies within a unit, a denominator of 0 or less, a weight that is negative or missing.
    """
    if (outcome is None) == (numerator is None or denominator is None):
        raise ValueError("give either `outcome`, or `numerator` and `denominator`.")
    needed = [c for c in (unit, time, outcome, numerator, denominator, weight) if c is not None]
    if isinstance(start, str):
        needed.append(start)
    if absent := [c for c in needed if c not in table.columns]:
        raise ValueError(f"columns missing from the table: {', '.join(absent)}.")
    when = pd.to_numeric(table[time], errors="coerce").to_numpy(dtype=float)
    if (bad := ~np.isfinite(when) | (when != np.floor(when))).any():
        raise ValueError(f"`{time}` must hold whole numbers: {int(bad.sum())} of {bad.size} rows do not.")
    if table[unit].isna().any():
        raise ValueError(f"`{unit}` is missing in {int(table[unit].isna().sum())} of {len(table)} rows.")
    rows = table.copy()
    rows[unit], rows[time] = table[unit].astype(str), when.astype(np.int64)
    if (twice := rows.duplicated([unit, time])).any():
        raise ValueError(f"{int(twice.sum())} rows repeat a `{unit}` and `{time}` already given: keep one of each.")
    names = tuple(sorted(rows[unit].unique()))
    times = np.sort(rows[time].unique()).astype(np.int64)

    def square(column: str) -> Values:
        wide = rows.pivot(index=unit, columns=time, values=column).reindex(index=list(names), columns=list(times))
        return wide.to_numpy(dtype=float)

    top = None if numerator is None else square(numerator)
    bottom = None if denominator is None else square(denominator)
    if bottom is not None and (low := bottom[np.isfinite(bottom)] <= 0).any():
        raise ValueError(f"`{denominator}` must be positive: {int(low.sum())} values are not.")
    values = square(outcome) if outcome is not None else _ratio(top, bottom)
    heavy = square(weight) if weight is not None else (np.ones_like(values) if bottom is None else bottom)
    seen = np.isfinite(values)
    if (wrong := ~(heavy[seen] >= 0)).any():
        raise ValueError(f"weights must not be negative or missing: {int(wrong.sum())} are.")
    begun = _starts(names, start if not isinstance(start, str) else _start_column(rows, unit, start))
    return Panel(names, times, values, begun, np.where(seen, heavy, 0.0), top, bottom)


def _ratio(top: Values | None, bottom: Values | None) -> Values:
    assert top is not None
    assert bottom is not None
    return np.asarray(top / bottom)


def _start_column(rows: pd.DataFrame, unit: str, column: str) -> dict[str, float]:
    found = rows.groupby(unit)[column].agg(["min", "max", "nunique"])
    if (mixed := found["nunique"] > 1).any():
        raise ValueError(f"`{column}` varies within {int(mixed.sum())} units: one start a unit.")
    return {str(name): float(value) for name, value in found["min"].items() if pd.notna(value) and value != 0}


def _starts(units: tuple[str, ...], start: Mapping[str, float]) -> Values:
    if absent := sorted(set(start) - set(units)):
        raise ValueError(f"treated units that are not in the panel: {', '.join(absent)}.")
    begun = np.array([float(start.get(name, NEVER)) for name in units])
    if np.isnan(begun).any():
        raise ValueError("a start is missing (NaN): leave out of `start` what is never treated.")
    return begun


def _chosen(values: NDArray[Any], wanted: ArrayLike | None, what: str) -> NDArray[np.intp]:
    if wanted is None:
        return np.arange(values.size)
    asked = np.asarray(wanted)
    if asked.dtype == bool:
        return np.flatnonzero(asked)
    names = values.astype(str)
    if absent := sorted(set(asked.astype(str)) - set(names)):
        raise ValueError(f"no such {what} in the panel: {', '.join(absent)}.")
    return np.flatnonzero(np.isin(names, asked.astype(str)))
