"""Exact mode: which cells to hide so that no sensitive one can be worked out from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from prs_eval.disclosure._elimination import eliminate
from prs_eval.disclosure._programmes import Mask, Problem, search
from prs_eval.disclosure.attack import TOLERANCE, Floats, feasible_intervals, hidden, recovered, solve
from prs_eval.disclosure.linked import LinkedTables


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """Cells to hide: `primary` for themselves, `secondary` for the others, shape (cells,) of the tables.

    `recovered` counts primaries that an attacker who knows x >= 0 still works out exactly: 0, or an error was raised.
    """

    primary: Mask
    secondary: Mask
    recovered: int

    @property
    def suppressed(self) -> Mask:
        return self.primary | self.secondary


def primary_cells(tables: LinkedTables, largest: int, *, zeros: bool) -> Mask:
    """Cells with counts of 1 to `largest` people (`maxN` of easySdcTable), and 0 where `zeros` are sensitive."""
    return (tables.counts <= largest) & (zeros | (tables.counts > 0))


def suppress(
    tables: LinkedTables,
    largest: int,
    *,
    zeros: bool = True,
    protect_range: bool = False,
    whole: bool = False,
    tries: int | None = None,
    optimum_seconds: float = 0.0,
) -> Suppression:
    """Primary and secondary suppression of linked tables.

    Parameters
    ----------
    largest
        Largest sensitive count (a threshold of 11 is `largest=10`).
    zeros
        Whether empty cells are sensitive.
    protect_range
        Whether each primary's feasible interval must hold [1, largest], and not only be more than one point.
    whole
        Whether the pattern must also hold against one who uses that counts are whole numbers. Integer programmes for
        each primary: for tables of some hundred cells.
    tries
        How many of the cells that the repair hid are tried for publishing them again (default: all).
    optimum_seconds
        Time for a search (an integer programme where the table is small, else linear ones and blocks) which replaces
        the pattern where it finds a smaller one; not with `protect_range`. Its answer depends on the machine's speed.

    Raises
    ------
    ValueError
        No pattern protects (the only published cell is sensitive and nothing else could vary).

    Notes
    -----
    Zeros that are known to be impossible must not be in the tables. Without `whole` the attacker knows x >= 0, not
    that counts are whole: in tables of very few people he may then know more than is said here.
    Source: Langsrud (2024), doi 10.1007/978-3-031-69651-0_6, for the first pattern; Fischetti and Salazar (2000),
    doi 10.1080/01621459.2000.10474282, for the attacker; Candes, Wakin and Boyd (2008), J. Fourier Anal. Appl.
    14:877-905, for the prices of the search.
    """
    problem = _problem(tables, primary_cells(tables, largest, zeros=zeros))
    order = np.lexsort((-problem.weight, -problem.counts))
    candidates = order[~problem.primary[order]]
    suppressed = problem.primary.copy()
    suppressed[eliminate(problem.matrix, np.flatnonzero(problem.primary), candidates)] = True
    first = suppressed.copy()
    directions: list[Floats] = []
    _repair(problem, suppressed, directions)
    # what elimination hid is needed with what is published: only what the repair added may turn out not to be
    _publish_again(problem, suppressed, directions, np.flatnonzero(suppressed & ~first)[:tries])
    if optimum_seconds and not protect_range:
        better = search(problem, suppressed, optimum_seconds)
        if better is not None and problem.weight[better].sum() < problem.weight[suppressed].sum():
            suppressed = better
    if protect_range:
        _widen(problem, suppressed, largest)
    if whole:
        _withstand_whole(problem, suppressed, largest if protect_range else None)
    if len(problem.left(suppressed)):
        raise ValueError("the pattern does not protect every sensitive cell: publish fewer tables or coarser ones.")
    mask = suppressed[tables.unknown]
    primary = problem.primary[tables.unknown]
    return Suppression(primary, mask & ~primary, 0)


def _problem(tables: LinkedTables, primary: Mask) -> Problem:
    _, first, weight = np.unique(tables.unknown, return_index=True, return_counts=True)
    return Problem(tables.matrix[first], tables.finest, tables.counts[first], weight.astype(float), primary[first])


def _cheapest(problem: Problem, suppressed: Mask, cell: int, step: float, below: Floats) -> Floats | None:
    """The change of the finest cells that moves `cell` by `step` and needs the fewest further cells hidden."""
    published = np.flatnonzero(~suppressed)
    rows, size = problem.matrix[published], len(problem.finest)
    price = problem.weight[published].copy()
    change = None
    for _ in range(3):  # prices fall on cells that move already: few cells moved, rather than little in total
        eye = sparse.eye_array(len(published), format="csr")
        system = sparse.vstack(
            [
                sparse.hstack([rows, -eye, eye]),
                sparse.hstack([problem.matrix[[cell]], sparse.csr_array((1, 2 * len(published)))]),
            ],
            format="csr",
        )
        right = np.append(np.zeros(len(published)), step)
        floor = np.concatenate([below, np.zeros(2 * len(published))])
        ceiling = np.full(len(floor), np.inf)
        try:
            answer = solve(np.concatenate([np.zeros(size), price, price]), system, right, right, floor, ceiling)
        except RuntimeError:
            return change
        change = answer[:size]
        price = problem.weight[published] / (np.abs(rows @ change) + 0.01)
    return change


def _repair(problem: Problem, suppressed: Mask, directions: list[Floats]) -> None:
    """Hide more cells until no primary is recovered, each time at the least cost for one of them."""
    below = np.where(problem.finest == 0, 0.0, -np.inf)
    left = problem.left(suppressed, directions)
    while len(left):
        cell = int(left[0])
        best: tuple[float, Floats, Mask] | None = None
        for step in (1.0, -1.0) if problem.counts[cell] else (1.0,):
            change = _cheapest(problem, suppressed, cell, step, below)
            if change is not None:
                moved = (np.abs(problem.matrix @ change) > TOLERANCE) & ~suppressed
                cost = float(problem.weight[moved].sum())
                if best is None or cost < best[0]:
                    best = cost, change, moved
        if best is None:
            raise ValueError("a sensitive cell cannot be protected: publish fewer tables or coarser ones.")
        suppressed |= best[2]
        directions.append(best[1] / max(1.0, np.abs(best[1]).max()))
        left = left[np.abs(problem.matrix[left] @ best[1]) <= TOLERANCE]
        if not len(left):
            left = problem.left(suppressed, directions)


def _publish_again(problem: Problem, suppressed: Mask, directions: list[Floats], secondary: NDArray[np.int64]) -> None:
    """Publish each of the `secondary` cells that is not needed, the largest counts first."""
    targets = np.flatnonzero(problem.primary)
    pool = np.array(directions) if directions else np.zeros((0, len(problem.finest)))
    for cell in secondary[np.lexsort((-problem.counts[secondary], -problem.weight[secondary]))]:
        trial = suppressed.copy()
        trial[cell] = False
        members = problem.matrix[[cell]].indices
        moves = pool[:, members].sum(axis=1)
        kept = pool[np.abs(moves) <= TOLERANCE / 10]
        up, down = pool[moves > TOLERANCE / 10], pool[moves < -TOLERANCE / 10]
        if len(up) and len(down):  # two that move it opposite ways cancel in it
            a, b = up.sum(axis=0), down.sum(axis=0)
            both = -b[members].sum() * a + a[members].sum() * b
            kept = np.vstack([kept, both / max(np.abs(both).max(), TOLERANCE)])
        reached = np.abs(problem.matrix[targets] @ kept.T).max(axis=1, initial=0.0) > 1e-5
        new: list[Floats] = []
        open_targets = targets[~reached]
        if len(open_targets) and len(recovered(problem.matrix, problem.finest, trial, open_targets, directions=new)):
            continue
        suppressed[cell] = False
        pool = np.vstack([kept, *new])[-60:] if len(new) else kept


def _widen(problem: Problem, suppressed: Mask, largest: int) -> None:
    """Hide more cells until each primary's interval holds [1, largest]."""
    below = -problem.finest.astype(float)
    for cell in np.flatnonzero(problem.primary):
        found = feasible_intervals(problem.matrix, hidden(problem.counts, suppressed), targets=np.array([cell]))
        for goal, short in ((1, found.lower[cell] > 1 + TOLERANCE), (largest, found.upper[cell] < largest - TOLERANCE)):
            if not short:
                continue
            change = _cheapest(problem, suppressed, int(cell), float(goal - problem.counts[cell]), below)
            if change is None:
                raise ValueError("a sensitive cell cannot be given its range: publish fewer tables or coarser ones.")
            suppressed |= np.abs(problem.matrix @ change) > TOLERANCE


def _withstand_whole(problem: Problem, suppressed: Mask, largest: int | None) -> None:
    """Hide more cells until whole numbers too leave each primary two values or, with `largest`, all of [1, largest]."""
    cells = np.flatnonzero(problem.primary)
    for only in (cells, *cells.reshape(-1, 1)):  # once all together; then one by one those that are left
        found = feasible_intervals(problem.matrix, hidden(problem.counts, suppressed), targets=only, whole=True)
        low, high = found.lower[only], found.upper[only]
        fine = (high > low) if largest is None else (low <= 1) & (high >= largest)
        if len(only) == len(cells) and fine.all():
            return
        if len(only) > 1 or fine.all():
            continue
        cell = int(only[0])
        count = int(problem.counts[cell])
        if largest is None:
            changes = [_cheapest_whole(problem, suppressed, cell, step) for step in ((1, -1) if count else (1,))]
            suppressed |= min(changes, key=lambda moved: float(problem.weight[moved & ~suppressed].sum()))
            continue
        for goal, short in ((1, low[0] > 1), (largest, high[0] < largest)):
            if short:
                suppressed |= _cheapest_whole(problem, suppressed, cell, goal - count)


def _cheapest_whole(problem: Problem, suppressed: Mask, cell: int, step: int) -> Mask:
    """Cells moved by a change in whole people which moves `cell` by `step`, and the published ones as little as can be.

    There is always one: people added to or taken from one finest cell, and whatever holds it hidden.
    """
    published = np.flatnonzero(~suppressed)
    rows, size, number = problem.matrix[published], len(problem.finest), len(published)
    eye = sparse.eye_array(number, format="csr")
    system = sparse.vstack(
        [
            sparse.hstack([rows, -eye, eye]),
            sparse.hstack([problem.matrix[[cell]], sparse.csr_array((1, 2 * number))]),
        ],
        format="csr",
    )
    right = np.append(np.zeros(number), step)
    price = problem.weight[published]
    answer = optimize.milp(
        np.concatenate([np.zeros(size), price, price]),
        constraints=optimize.LinearConstraint(system, right, right),
        integrality=np.concatenate([np.ones(size), np.zeros(2 * number)]),
        bounds=optimize.Bounds(np.concatenate([-problem.finest.astype(float), np.zeros(2 * number)]), np.inf),
        options={"time_limit": 10.0},
    )
    if answer.x is None:
        raise ValueError("a sensitive cell cannot be protected: publish fewer tables or coarser ones.")
    return np.asarray(np.abs(problem.matrix @ np.round(answer.x[:size])) > TOLERANCE)
