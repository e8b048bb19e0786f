"""Tables that are published together, as sums of the same finest cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

TOTAL = "total"
Hierarchies = Mapping[str, Mapping[str, Mapping[object, object]]]
Label = tuple[tuple[str, str, str], ...]  # (dimension, level, code) of each dimension that is not summed over


@dataclass(frozen=True, slots=True, eq=False)
class LinkedTables:
    """Every cell that the tables publish, once, and the finest cells it adds up.

    `labels` (cells,) names each cell; `counts` (cells,) its true count; `matrix` (cells, finest) is 0/1;
    `finest` (finest,) the true counts underneath; `unknown` (cells,) gives the same number to cells which add
    up the same finest cells: what is said of one is said of the other (a grouping of one member, say).
    """

    labels: tuple[Label, ...]
    counts: NDArray[np.int64]
    matrix: sparse.csr_array
    finest: NDArray[np.int64]
    unknown: NDArray[np.int64]
    table: NDArray[np.int64]  # the first table in which the cell stands

    def __len__(self) -> int:
        return len(self.labels)


def _codes(values: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    codes, names = pd.factorize(values.astype(str), sort=True)
    return codes.astype(np.int64), [str(name) for name in names]


def _complete(frame: pd.DataFrame, dimensions: Sequence[str], count: str | None) -> pd.DataFrame:
    """Counts of the full crossing of the dimensions: a combination nobody is in is a zero, not an absence."""
    if missing := frame[list(dimensions)].isna().any().pipe(lambda s: list(s.index[s])):
        raise ValueError(f"dimensions with missing values: {', '.join(missing)}; name the missing as a category.")
    grouped = frame.groupby(list(dimensions), observed=True)
    totals = grouped.size() if count is None else grouped[count].sum()
    if len(dimensions) == 1:
        return totals.rename("count").reset_index()
    levels = pd.MultiIndex.from_product(
        [sorted(frame[d].unique(), key=str) for d in dimensions], names=list(dimensions)
    )
    return totals.reindex(levels, fill_value=0).rename("count").reset_index()


def linked_tables(
    frame: pd.DataFrame,
    tables: Sequence[Sequence[str]],
    *,
    count: str | None = None,
    hierarchies: Hierarchies | None = None,
    margins: bool = True,
) -> LinkedTables:
    """Tables published together, with their margins, over the finest cells they share.

    Parameters
    ----------
    frame
        One row a person (`count` absent), or one row a cell with its number of people in column `count`.
    tables
        Each a tuple of dimensions (columns of `frame`) or of levels of a hierarchy.
    hierarchies
        `{dimension: {level: {code: parent}}}`: a table with `dimension` shows each of its levels too. Levels of
        one dimension need not be nested (areas which overlap are two levels).
    margins
        Whether totals over each dimension are published too.

    Returns
    -------
    LinkedTables

    Raises
    ------
    ValueError
        Unknown dimension, a code without a parent, a negative or fractional count.

    Notes
    -----
    Not for money: cells add up people. The crossing of all dimensions is built: keep it under a million cells.
    Source: Hundepool et al. (2024), Handbook on Statistical Disclosure Control, 2nd ed., chapter 4 (linked tables); one
    system of linear constraints: Fischetti and Salazar (2000), doi 10.1080/01621459.2000.10474282.
    """
    parents = {k: dict(v) for k, v in (hierarchies or {}).items()}
    owner = {level: dimension for dimension, levels in parents.items() for level in levels}
    wanted = dict.fromkeys(owner.get(name, name) for table in tables for name in table)
    if unknown := [d for d in wanted if d not in frame.columns]:
        raise ValueError(f"no such dimension: {', '.join(unknown)}.")
    if not wanted:
        raise ValueError("no table has a dimension.")
    base = _complete(frame, list(wanted), count)
    counts = base["count"].to_numpy(dtype=float)
    if (counts < 0).any() or (counts != np.round(counts)).any():
        raise ValueError("counts must be whole numbers of people, 0 or more.")
    coded: dict[tuple[str, str], tuple[NDArray[np.int64], list[str]]] = {}
    for dimension in wanted:
        coded[dimension, dimension] = _codes(base[dimension])
        for level, mapping in parents.get(dimension, {}).items():
            mapped = base[dimension].map(mapping)
            if mapped.isna().any():
                raise ValueError(f"codes of {dimension} without a parent in {level}.")
            coded[dimension, level] = _codes(mapped)
    found: dict[Label, int] = {}
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    first: list[int] = []
    for number, table in enumerate(tables):
        choices: list[list[tuple[str, str] | None]] = []
        for name in table:
            dimension = owner.get(name, name)
            levels: list[tuple[str, str] | None] = [(dimension, name)]
            if name == dimension:
                levels += [(dimension, level) for level in parents.get(dimension, {})]
            choices.append([*levels, None] if margins else levels)
        for choice in product(*choices):
            kept = sorted(level for level in choice if level is not None)
            _add_level(kept, coded, len(base), number, found, rows, columns, first)
    matrix = sparse.csr_array(
        (np.ones(sum(map(len, columns)), dtype=np.int64), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(found), len(base)),
    )
    whole = counts.astype(np.int64)
    # two random words a finest cell: sums over the same cells are equal, others differ but for 1 chance in 2^60
    words = np.random.default_rng(0).integers(1, 2**62, size=len(base))
    _, same = np.unique(matrix @ words, return_inverse=True)
    return LinkedTables(tuple(found), matrix @ whole, matrix, whole, same.astype(np.int64), np.array(first))


def _add_level(
    kept: list[tuple[str, str]],
    coded: Mapping[tuple[str, str], tuple[NDArray[np.int64], list[str]]],
    size: int,
    number: int,
    found: dict[Label, int],
    rows: list[NDArray[np.int64]],
    columns: list[NDArray[np.int64]],
    first: list[int],
) -> None:
    """Cells of one combination of levels: the grand total where `kept` is empty."""
    key = np.zeros(size, dtype=np.int64)
    for level in kept:
        key = key * len(coded[level][1]) + coded[level][0]
    _, start, cell = np.unique(key, return_index=True, return_inverse=True)
    labels = [tuple((*level, coded[level][1][coded[level][0][i]]) for level in kept) for i in start]
    new = np.array([label not in found for label in labels])
    for label in (label for label, is_new in zip(labels, new, strict=True) if is_new):
        found[label] = len(found)
        first.append(number)
    index = np.array([found[label] for label in labels])
    chosen = new[cell]
    rows.append(index[cell][chosen])
    columns.append(np.flatnonzero(chosen))
