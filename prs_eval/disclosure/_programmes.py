"""Smaller patterns by integer programmes, of small tables as a whole and of large ones block after block."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from prs_eval.disclosure.attack import AttackError, Floats, recovered, solve

Mask = NDArray[np.bool_]
REACH = 20.0  # largest change of a finest cell in an integer programme, where a primary changes by 1 or more
WHOLE = 300  # finest cells up to which one integer programme takes all of them
MEDIUM = 1_000  # up to here one programme takes all of them for half of the time
BLOCK = 240  # finest cells of a block, 150 up to MEDIUM
PASSES = 30


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One row an unknown: cells that are the same sum are hidden or published together, and weigh together."""

    matrix: sparse.csr_array
    finest: NDArray[np.int64]
    counts: NDArray[np.int64]
    weight: Floats
    primary: Mask

    def left(self, suppressed: Mask, directions: list[Floats] | None = None) -> NDArray[np.int64]:
        return recovered(self.matrix, self.finest, suppressed, np.flatnonzero(self.primary), directions=directions)


def search(problem: Problem, suppressed: Mask, seconds: float) -> Mask | None:
    """A smaller pattern by integer programmes: of the whole where it is small, else of one block after another."""
    size = len(problem.finest)
    if size <= WHOLE:
        change = _fewest(problem, np.arange(size), np.zeros(size), suppressed, seconds)
        return None if change is None else _pattern(problem, change)
    if size <= MEDIUM:
        seconds /= 2
        change = _fewest(problem, np.arange(size), np.zeros(size), suppressed, seconds)
        mask = None if change is None else _pattern(problem, change)
        if mask is not None and problem.weight[mask].sum() < problem.weight[suppressed].sum():
            suppressed = mask
    directions: list[Floats] = []
    if len(problem.left(suppressed, directions)):
        return None
    direction = _even(problem, suppressed, directions)
    if direction is None:
        return None
    reach = max(REACH, 2 * float(np.abs(direction).max()))
    blocks = [block for number in range(PASSES) for block in _blocks(problem, number)]
    end = time.monotonic() + seconds
    for block in blocks:
        if time.monotonic() > end:
            break
        change = _fewest(problem, block, direction, suppressed, max(3.0, seconds / len(blocks)), reach)
        if change is None:
            continue
        mask = _pattern(problem, change)
        if mask is not None and problem.weight[mask].sum() < problem.weight[suppressed].sum():
            direction, suppressed = change, mask
    return suppressed


def _even(problem: Problem, suppressed: Mask, directions: list[Floats]) -> Floats | None:
    """A direction that moves every primary by at least 1 and no finest cell by much."""
    rng = np.random.default_rng(0)
    mixed = np.sum([rng.uniform(0.5, 1.5) * d for d in directions], axis=0)
    size, primary = len(problem.finest), np.flatnonzero(problem.primary)
    published = problem.matrix[np.flatnonzero(~suppressed)]
    signs = np.sign(problem.matrix[primary] @ mixed)
    eye, ones = sparse.eye_array(size), sparse.csr_array(np.ones((size, 1)))
    rows = sparse.vstack(
        [
            sparse.hstack([published, sparse.csr_array((published.shape[0], 1))]),
            sparse.hstack([sparse.diags_array(signs) @ problem.matrix[primary], sparse.csr_array((len(primary), 1))]),
            sparse.hstack([eye, ones]),
            sparse.hstack([-eye, ones]),
        ],
        format="csr",
    )
    lower = np.concatenate([np.zeros(published.shape[0]), np.ones(len(primary)), np.zeros(2 * size)])
    upper = np.concatenate([np.zeros(published.shape[0]), np.full(len(primary) + 2 * size, np.inf)])
    below = np.append(np.where(problem.finest == 0, 0.0, -np.inf), 0.0)
    try:
        answer = solve(np.append(np.zeros(size), 1.0), rows, lower, upper, below, np.full(size + 1, np.inf))
    except AttackError:
        return None
    return answer[:size]


def _blocks(problem: Problem, seed: int) -> list[NDArray[np.int64]]:
    """Blocks of finest cells which share sums, the smaller the sum the closer; together they hold all of them."""
    rng = np.random.default_rng(seed)
    matrix = problem.matrix.astype(float)
    closeness = sparse.diags_array(1.0 / np.diff(matrix.indptr)) @ matrix
    transposed = matrix.T.tocsr()
    left = rng.permutation(matrix.shape[1])
    blocks = []
    while len(left):
        near = np.zeros(matrix.shape[1])
        near[left[0]] = 1.0
        for _ in range(2):
            near = transposed @ (closeness @ near)
        block = np.sort(
            np.argsort(-near - 1e-9 * rng.random(len(near)), kind="stable")[: 150 if len(near) <= MEDIUM else BLOCK]
        )
        blocks.append(block)
        left = left[~np.isin(left, [*block, left[0]])]
    return blocks


def _pattern(problem: Problem, change: Floats) -> Mask | None:
    """What must be hidden for `change` to go unseen; None where a primary is still recovered (the attack decides)."""
    mask = problem.primary | (np.abs(problem.matrix @ change) > 1e-6)
    return None if len(problem.left(mask)) else mask


def _fewest(
    problem: Problem,
    columns: NDArray[np.int64],
    fixed: Floats,
    suppressed: Mask,
    seconds: float,
    reach: float = REACH,
) -> Floats | None:
    """The direction that moves every primary and fewest other cells, the finest cells out of `columns` as in `fixed`.

    One direction is enough: where each primary has one of its own, a random mixture of them moves all at once.
    Sums that reach out of `columns` and are published stay so. Optimal among directions within `reach`.
    """
    outside = fixed.copy()
    outside[columns] = 0.0
    inside = problem.matrix[:, columns]
    terms = np.diff(inside.indptr)
    base = problem.matrix @ outside
    across = terms < np.diff(problem.matrix.indptr)
    primary = np.flatnonzero(problem.primary & (terms > 0))
    still = np.flatnonzero(~problem.primary & (terms > 0) & across & ~suppressed)
    others = np.flatnonzero(~problem.primary & (terms > 0) & ~(across & ~suppressed))
    size, o, p = len(columns), len(others), len(primary)
    span = reach * np.minimum(terms, 4) + np.abs(base)
    a, b, c = inside[others], inside[primary], inside[still]
    none = sparse.csr_array
    wide, high = sparse.diags_array(span[others]), sparse.diags_array(span[primary] + 1)
    # variables: the direction in `columns`, whether each other cell moves, whether each primary goes up
    system = sparse.vstack(
        [
            sparse.hstack([a, -wide, none((o, p))]),
            sparse.hstack([-a, -wide, none((o, p))]),
            sparse.hstack([-b, none((p, o)), high]),  # up: at least 1
            sparse.hstack([b, none((p, o)), -high]),  # down: at most -1
            sparse.hstack([c, none((len(still), o + p))]),
        ],
        format="csr",
    )
    ceiling = np.concatenate(
        [-base[others], base[others], span[primary] + base[primary], -1 - base[primary], -base[still]]
    )
    floor = np.full(len(ceiling), -np.inf)
    floor[len(floor) - len(still) :] = -base[still]
    only_up = (problem.counts[primary] == 0).astype(float)
    answer = optimize.milp(
        np.concatenate([np.zeros(size), problem.weight[others], np.zeros(p)]),
        constraints=optimize.LinearConstraint(system, floor, ceiling),
        integrality=np.concatenate([np.zeros(size), np.ones(o + p)]),
        bounds=optimize.Bounds(
            np.concatenate([np.where(problem.finest[columns] == 0, 0.0, -reach), np.zeros(o), only_up]),
            np.concatenate([np.full(size, reach), np.ones(o + p)]),
        ),
        options={"time_limit": seconds},
    )
    if answer.x is None:
        return None
    change = outside
    change[columns] = answer.x[:size]
    return change
