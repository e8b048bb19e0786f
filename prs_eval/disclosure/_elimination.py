"""A first pattern by elimination: publish a cell only if no primary becomes a sum of published cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Elimination is done modulo a prime: whatever is in the span of the published cells is in it modulo any prime,
# so a primary found outside is outside; a false alarm (never seen) would only hide one cell too many.
PRIME = (1 << 31) - 1
LARGE = 2_000  # finest cells from which on long sums are left for the end
LONG = 16  # finest cells of a long sum
Row = dict[int, int]


def _reduce(row: Row, pivots: dict[int, Row]) -> Row:
    todo = [c for c in row if c in pivots]
    while todo:
        column = todo.pop()
        factor = row.get(column, 0)
        if not factor:
            continue
        for other, value in pivots[column].items():
            new = (row.get(other, 0) - factor * value) % PRIME
            if new:
                row[other] = new
                if other in pivots and other != column:
                    todo.append(other)
            else:
                row.pop(other, None)
    return row


def _signature(row: Row) -> frozenset[tuple[int, int]]:
    """The row up to a factor."""
    scale = pow(row[min(row)], -1, PRIME)
    return frozenset((c, v * scale % PRIME) for c, v in row.items())


def eliminate(matrix: sparse.csr_array, primary: NDArray[np.int64], candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of `candidates`, in their order, that must be hidden with `primary` cells, x >= 0 not considered.

    In large tables, sums of many finest cells come after the others, whatever their place: they fill rows they meet.

    Source: Langsrud (2024), Secondary cell suppression by Gaussian elimination: an algorithm suitable for handling
    issues with zeros and singletons, Privacy in Statistical Databases, LNCS 14915, doi 10.1007/978-3-031-69651-0_6.
    """

    def read(cell: int) -> Row:
        return dict.fromkeys(map(int, matrix.indices[matrix.indptr[cell] : matrix.indptr[cell + 1]]), 1)

    rows = {int(p): read(p) for p in primary}
    holding: dict[int, set[int]] = {}
    signatures: dict[frozenset[tuple[int, int]], set[int]] = {}
    signed: dict[int, frozenset[tuple[int, int]]] = {}

    def sign(p: int) -> None:
        signed[p] = _signature(rows[p])
        signatures.setdefault(signed[p], set()).add(p)

    for p, row in rows.items():
        sign(p)
        for column in row:
            holding.setdefault(column, set()).add(p)
    pivots: dict[int, Row] = {}
    hidden: list[int] = []
    long = (np.diff(matrix.indptr)[candidates] > LONG) | (matrix.shape[1] <= LARGE)
    for cell in map(int, candidates[~long]):
        row = _reduce(read(cell), pivots)
        if not row:
            continue  # already a sum of published cells
        if signatures.get(_signature(row)):
            hidden.append(cell)
            continue
        pivot = min(row, key=lambda c: (len(holding.get(c, ())), c))
        scale = pow(row[pivot], -1, PRIME)
        row = {c: v * scale % PRIME for c, v in row.items()}
        pivots[pivot] = row
        for p in sorted(holding.get(pivot, ())):
            signatures[signed[p]].discard(p)
            before = set(rows[p])
            rows[p] = _reduce(rows[p], {pivot: row})
            for column in before - set(rows[p]):
                holding[column].discard(p)
            for column in set(rows[p]) - before:
                holding.setdefault(column, set()).add(p)
            sign(p)
    late = [(int(cell), row) for cell in candidates[long] if (row := _reduce(read(int(cell)), pivots))]
    kept = [rows[min(group)] for group in signatures.values() if group]
    return np.array(hidden + _dense(kept, late), dtype=np.int64)


def _dense(primary: list[Row], late: list[tuple[int, Row]]) -> list[int]:
    """The same on arrays, for sums of many cells: they fill whatever they are subtracted from."""
    columns = {c: i for i, c in enumerate(sorted({c for row in [*primary, *(r for _, r in late)] for c in row}))}
    size, count = len(columns), len(primary)
    words = np.random.default_rng(0).integers(1, PRIME, size)
    table = np.zeros((count + len(late), size + 1), dtype=np.int64)  # last column: a random sum, to compare rows by
    for i, row in enumerate([*primary, *(r for _, r in late)]):
        where = [columns[c] for c in row]
        values = np.fromiter(row.values(), dtype=np.int64, count=len(row))
        table[i, where] = values
        table[i, size] = int((values * words[where] % PRIME).sum() % PRIME)
    hidden = []
    for number, (cell, _) in enumerate(late, start=count):
        support = np.flatnonzero(table[number])
        if not len(support):
            continue
        row = table[number, support]
        holders = np.count_nonzero(table[:count, support[support < size]], axis=0)
        pivot = int(np.argmin(holders))
        column = support[pivot]
        touched = np.flatnonzero(table[:, column])
        share = table[touched, column] * pow(int(row[pivot]), -1, PRIME) % PRIME
        same = (share * table[number, size] - table[touched, size]) % PRIME == 0
        if same[touched < count].any():  # a primary would be this row up to a factor
            hidden.append(cell)
            table[number] = 0
            continue
        others = touched != number
        block = np.ix_(touched[others], support)
        table[block] = (table[block] - share[others, None] * row) % PRIME
        table[number] = 0
    return hidden
