"""The attacker: what published numbers say about hidden ones, knowing that counts are 0 or more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.sparse import csgraph

Floats = NDArray[np.float64]
TOLERANCE = 1e-7


class AttackError(RuntimeError):
    """A programme that was not solved: nothing may be concluded from it. `tables`: those that it read together."""

    def __init__(self, message: str, tables: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.tables = tuple(sorted(set(tables)))


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """What an attacker knows of each cell: `lower` and `upper`, shape (cells,)."""

    lower: Floats
    upper: Floats


def solve(cost: Floats, rows: sparse.csr_array, lower: Floats, upper: Floats, below: Floats, above: Floats) -> Floats:
    """The point that minimises `cost`, over lower <= rows x <= upper and below <= x <= above."""
    exact = np.flatnonzero(lower == upper)
    over = np.flatnonzero((lower != upper) & np.isfinite(upper))
    under = np.flatnonzero((lower != upper) & np.isfinite(lower))
    sides = sparse.vstack([rows[over], -rows[under]], format="csr")
    answer = optimize.linprog(
        cost,
        A_ub=sides if sides.shape[0] else None,
        b_ub=np.concatenate([upper[over], -lower[under]]) if sides.shape[0] else None,
        A_eq=rows[exact] if len(exact) else None,
        b_eq=lower[exact] if len(exact) else None,
        bounds=np.column_stack([below, above]),
        method="highs",
    )
    if answer.status == 3:
        raise OverflowError("unbounded")
    if answer.status != 0:
        raise AttackError(f"linear programme not solved (status {answer.status}).")
    return np.asarray(answer.x)


def propagate(
    rows: sparse.csr_array, lower: Floats, upper: Floats, below: Floats, above: Floats
) -> tuple[Floats, Floats]:
    """Bounds of the finest cells that follow from one published sum at a time, repeated until they settle."""
    below, above = below.copy(), above.copy()
    entries = rows.tocoo()
    row, column = entries.coords
    for _ in range(50):
        least = np.bincount(row, below[column], len(lower))
        infinite = ~np.isfinite(above[column])
        unbounded = np.bincount(row, infinite, len(lower))
        most = np.bincount(row, np.where(infinite, 0.0, above[column]), len(lower))
        top = upper[row] - (least[row] - below[column])
        others = unbounded[row] - infinite
        bottom = np.where(others > 0, -np.inf, lower[row] - (most[row] - np.where(infinite, 0.0, above[column])))
        new_above, new_below = above.copy(), below.copy()
        np.minimum.at(new_above, column, top)
        np.maximum.at(new_below, column, bottom)
        settled = np.array_equal(new_above, above) and np.array_equal(new_below, below)
        below, above = new_below, new_above
        if settled:
            break
    if (below > above + TOLERANCE).any():
        raise AttackError("published numbers contradict one another.")
    return below, np.maximum(above, below)


def feasible_intervals(
    matrix: sparse.csr_array,
    published: Intervals,
    *,
    targets: NDArray[np.int64] | None = None,
    whole: bool = False,
    time_limit: float = 60.0,
) -> Intervals:
    """Smallest and largest value of each cell that agree with everything published.

    Parameters
    ----------
    matrix
        (cells, finest), 0/1: the finest cells that each cell adds up; every finest cell is 0 or more.
    published
        (cells,) bounds; equal where the count is published exactly, 0 and infinity where it is hidden.
    targets
        Cells to attack (default: all); the others keep their published bounds.
    whole
        Whether the attacker also uses that counts are whole numbers (integer programmes).
    time_limit
        Seconds for one integer programme.

    Raises
    ------
    AttackError
        A programme without solution or out of time: never read as "protected".

    Notes
    -----
    Source: Fischetti and Salazar (2000), doi 10.1080/01621459.2000.10474282 (attacker's programmes).
    """
    cells = np.arange(matrix.shape[0]) if targets is None else np.asarray(targets)
    lower, upper = published.lower.astype(float).copy(), published.upper.astype(float).copy()
    size = matrix.shape[1]
    said = np.flatnonzero((lower > 0) | np.isfinite(upper))
    rows = matrix[said]
    below, above = propagate(rows, lower[said], upper[said], np.zeros(size), np.full(size, np.inf))
    if whole:
        below, above = np.ceil(below - TOLERANCE), np.floor(above + TOLERANCE)
    free = above > below + TOLERANCE
    fixed = np.where(free, 0.0, below)
    parts = _components(rows, free)
    shift = matrix @ fixed
    for cell in cells:
        members = matrix.indices[matrix.indptr[cell] : matrix.indptr[cell + 1]]
        members = members[free[members]]
        low = high = shift[cell]
        for part in np.unique(parts[members]):
            columns = np.flatnonzero(parts == part)
            cost = np.isin(columns, members).astype(float)
            ends = _ends(cost, rows, lower[said], upper[said], shift[said], columns, below, above, whole, time_limit)
            low, high = low + ends[0], high + ends[1]
        if whole:
            low, high = np.ceil(low - 1e-5), np.floor(high + 1e-5) if np.isfinite(high) else high
        lower[cell], upper[cell] = max(lower[cell], low), min(upper[cell], high)
    return Intervals(lower, upper)


def _components(rows: sparse.csr_array, free: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The connected part of each finest cell (-1: known), linked by published sums with unknowns left."""
    open_rows = rows[:, np.flatnonzero(free)]
    graph = sparse.bmat([[None, open_rows.T], [open_rows, None]], format="csr")
    _, label = csgraph.connected_components(graph, directed=False)
    parts = np.full(len(free), -1)
    parts[free] = label[: int(free.sum())]
    return parts


def _ends(
    cost: Floats,
    rows: sparse.csr_array,
    lower: Floats,
    upper: Floats,
    shift: Floats,
    columns: NDArray[np.int64],
    below: Floats,
    above: Floats,
    whole: bool,
    time_limit: float,
) -> tuple[float, float]:
    part = rows[:, columns]
    used = np.flatnonzero(np.diff(part.indptr))
    part, low, high = part[used], (lower - shift)[used], (upper - shift)[used]
    ends: list[float] = []
    for sign in (1.0, -1.0):
        if sign < 0 and not np.isfinite(above[columns][cost > 0]).all():
            # a finest cell that no published sum bounds can be as large as one likes
            ends.append(np.inf)
            continue
        if whole:
            answer = optimize.milp(
                sign * cost,
                constraints=optimize.LinearConstraint(part, low, high) if len(used) else None,
                integrality=np.ones(len(columns)),
                bounds=optimize.Bounds(below[columns], above[columns]),
                options={"time_limit": time_limit, "mip_rel_gap": 0.0},
            )
            if answer.status != 0:
                raise AttackError(f"integer programme not solved (status {answer.status}).")
            ends.append(float(cost @ answer.x))
        else:
            ends.append(float(cost @ solve(sign * cost, part, low, high, below[columns], above[columns])))
    return ends[0], ends[1]


def hidden(counts: NDArray[np.int64], suppressed: NDArray[np.bool_]) -> Intervals:
    """Exact counts where they are published, 0 to infinity where they are suppressed."""
    return Intervals(np.where(suppressed, 0.0, counts), np.where(suppressed, np.inf, counts))


class Cone:
    """Ways in which hidden counts could differ from the truth while every published count stays the same.

    A direction d over the finest cells leaves published sums unchanged and is 0 or more where the count is 0;
    a small enough step along it is a table nobody can tell from the true one. A cell is recovered exactly
    when no direction moves it.
    """

    def __init__(self, matrix: sparse.csr_array, finest: NDArray[np.int64], suppressed: NDArray[np.bool_]) -> None:
        rows = matrix[np.flatnonzero(~suppressed)]
        below = np.where(finest == 0, 0.0, -1.0)
        below, above = self._still(rows, below, np.ones(len(finest)))
        self.size = len(finest)
        self.columns = np.flatnonzero(above > below)
        rows = rows[:, self.columns]
        self.rows = rows[np.flatnonzero(np.diff(rows.indptr))]
        self.below, self.above = below[self.columns], above[self.columns]
        self.parts = _components(self.rows, np.ones(len(self.columns), dtype=bool))

    @staticmethod
    def _still(rows: sparse.csr_array, below: Floats, above: Floats) -> tuple[Floats, Floats]:
        """Finest cells that no direction moves because they stand alone in a published sum."""
        below, above = below.copy(), above.copy()
        transposed = rows.T.tocsr()
        while True:
            free = (above > below).astype(float)
            downwards = (below < 0).astype(float)
            left = rows @ free
            # alone in a sum, or in a sum where nothing can go down: no member can go up
            stuck = np.flatnonzero((left > 0) & ((left == 1) | (rows @ downwards == 0)))
            if not len(stuck):
                return below, above
            touched = (transposed[:, stuck].sum(axis=1) > 0) & (free > 0)
            below[touched] = above[touched] = 0.0

    def best(self, gain: Floats) -> Floats:
        """The direction, at most 1 in each finest cell, with the largest `gain` @ d."""
        out = np.zeros(self.size)
        gain = gain[self.columns]
        part = np.flatnonzero(np.isin(self.parts, self.parts[gain != 0]))  # the others have nothing to gain
        if len(part):
            rows = self.rows[:, part]
            rows = rows[np.flatnonzero(np.diff(rows.indptr))]
            nothing = np.zeros(rows.shape[0])
            out[self.columns[part]] = solve(-gain[part], rows, nothing, nothing, self.below[part], self.above[part])
        return out


def recovered(
    matrix: sparse.csr_array,
    finest: NDArray[np.int64],
    suppressed: NDArray[np.bool_],
    targets: NDArray[np.int64],
    *,
    seed: int = 0,
    directions: list[Floats] | None = None,
) -> NDArray[np.int64]:
    """Those of `targets` (cell numbers) that the published counts determine exactly, with x >= 0 known.

    Directions found are added to `directions`. A random gain over the cells left is positive in one sense or
    the other along any direction that moves one of them, so two solved programmes at 0 settle all that are left.
    """
    rng = np.random.default_rng(seed)
    cone = Cone(matrix, finest, suppressed)
    left = np.asarray(targets)[suppressed[targets]]
    given = np.asarray(targets)[~suppressed[targets]]
    while len(left):
        weights = rng.uniform(0.5, 1.5, len(left)) * rng.choice([-1.0, 1.0], len(left))
        moved = np.zeros(len(left), dtype=bool)
        for sign in (1.0, -1.0):
            step = cone.best(matrix[left].T @ (sign * weights))
            hit = np.abs(matrix[left] @ step) > TOLERANCE
            if hit.any() and directions is not None:
                directions.append(step)
            moved |= hit
        if not moved.any():
            break
        left = left[~moved]
    return np.sort(np.concatenate([given, left]))


def revealed(
    matrix: sparse.csr_array,
    counts: NDArray[np.int64],
    suppressed: NDArray[np.bool_],
    sensitive: NDArray[np.bool_],
    *,
    threshold: int | None = None,
    whole: bool = False,
) -> NDArray[np.int64]:
    """Sensitive cells whose feasible interval is a point or, with `threshold`, does not hold [1, threshold - 1]."""
    targets = np.flatnonzero(sensitive)
    found = feasible_intervals(matrix, hidden(counts, suppressed), targets=targets, whole=whole)
    low, high = found.lower[targets], found.upper[targets]
    bad = high - low < TOLERANCE
    if threshold is not None:
        bad |= (low > 1 + TOLERANCE) | (high < threshold - 1 - TOLERANCE)
    return targets[bad]
