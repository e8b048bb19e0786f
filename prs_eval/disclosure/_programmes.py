"""Smaller patterns: an integer programme where the table is small, else linear programmes with prices, then blocks."""

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
MEDIUM = 1_000  # up to here the search starts from everything hidden too
BLOCK = 240  # finest cells of a block, 150 up to MEDIUM
PASSES = 30
KEPT = 0.3  # price of a cell that the best pattern hides already, beside 1 for another
PRICINGS = 5  # programmes of one round at most


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
    """A smaller pattern than `suppressed`, which protects; None where there is none to be found."""
    size = len(problem.finest)
    if not problem.primary.any():
        return None
    if size <= WHOLE:
        change = _fewest(problem, np.arange(size), np.zeros(size), suppressed, seconds)
        return None if change is None else _pattern(problem, change)
    starts = [suppressed]
    if size <= MEDIUM:
        starts.append(np.ones_like(suppressed))  # everything hidden: other patterns are reached from there
    found = [_repriced(problem, start, seconds / 2 / len(starts)) for start in starts]
    best = min(found, key=lambda mask: float(problem.weight[mask].sum()))
    return _block_by_block(problem, best, seconds / 2)


def _repriced(problem: Problem, suppressed: Mask, seconds: float) -> Mask:
    """Linear programmes that move every primary, at prices which fall on the cells that moved in the one before.

    Each round takes one of the directions that `suppressed` leaves open, keeps the sense in which it moves each
    primary, and looks for the cheapest direction of these senses: few cells moved, rather than little in total.
    Source: Candes, Wakin and Boyd (2008), J. Fourier Anal. Appl. 14:877-905 (reweighted l1 minimisation).
    """
    rng = np.random.default_rng(0)
    size, primary, others = len(problem.finest), np.flatnonzero(problem.primary), np.flatnonzero(~problem.primary)
    moving, still = problem.matrix[primary], problem.matrix[others]
    eye, none = sparse.eye_array(len(others)), sparse.csr_array((len(primary), 2 * len(others)))
    free = np.zeros(2 * len(others))
    lower = np.concatenate([np.zeros(len(others)), np.ones(len(primary))])
    upper = np.concatenate([np.zeros(len(others)), np.full(len(primary), np.inf)])
    below = np.concatenate([np.where(problem.finest == 0, 0.0, -REACH), free])
    above = np.concatenate([np.full(size, REACH), np.full_like(free, np.inf)])
    end = time.monotonic() + seconds
    directions: list[Floats] = []
    if len(problem.left(suppressed, directions)) or not directions:
        return suppressed
    while time.monotonic() < end:
        mixed = np.sum([rng.uniform(0.2, 1.8) * d for d in directions], axis=0)
        senses = np.where(moving @ mixed < 0, -1.0, 1.0)
        system = sparse.vstack(
            [sparse.hstack([still, -eye, eye]), sparse.hstack([sparse.diags_array(senses) @ moving, none])],
            format="csr",
        )
        price = problem.weight[others] * np.where(suppressed[others], KEPT, 1.0) * rng.uniform(0.7, 1.3, len(others))
        mask, least = suppressed, np.inf
        for _ in range(PRICINGS):
            try:
                change = solve(np.concatenate([np.zeros(size), price, price]), system, lower, upper, below, above)[
                    :size
                ]
            except AttackError:
                break
            moved = np.abs(still @ change)
            trial = problem.primary.copy()
            trial[others] = moved > 1e-6
            if problem.weight[trial].sum() >= least:
                break
            mask, least = trial, float(problem.weight[trial].sum())
            price = problem.weight[others] / (moved + 0.05)
        new: list[Floats] = []
        if least <= problem.weight[suppressed].sum() and not len(problem.left(mask, new)):
            suppressed, directions = mask, new
    return suppressed


def _block_by_block(problem: Problem, suppressed: Mask, seconds: float) -> Mask:
    """Integer programmes of one block of finest cells after another, the others held."""
    directions: list[Floats] = []
    if len(problem.left(suppressed, directions)) or not directions:
        return suppressed
    direction = _even(problem, suppressed, directions)
    if direction is None:
        return suppressed
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
