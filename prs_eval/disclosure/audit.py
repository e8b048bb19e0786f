"""The gate: everything published, this run and before, read together by an attacker who solves for small counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from prs_eval.disclosure._system import Domain, Part, parts
from prs_eval.disclosure.attack import AttackError
from prs_eval.disclosure.ledger import Fact, Region

Floats = NDArray[np.float64]
ROUNDS = 30  # programmes that clear many groups at once before the others are solved one by one
AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Leak:
    """People `where` (`but` these others) whose small number follows from `tables` together; the number is not kept."""

    where: Region
    but: Region | None
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """People to solve for: those of region `where` out of region `but`.

    `most` (groups,) is 1 for groups that may count among them, `least` for those that do: the same, but for a hidden
    region.
    """

    where: Region
    but: Region | None
    most: Floats
    least: Floats


def audit(
    facts: Sequence[Fact],
    domain: Domain,
    *,
    threshold: int = 11,
    zeros: bool = True,
    time_limit: float = 10.0,
    maximum: int = 20_000,
) -> list[Leak]:
    """Small counts that all published numbers together pin down; an empty list lets them out.

    Parameters
    ----------
    facts
        Everything of this run and of earlier ones (`ledger.read_ledger`).
    domain
        `{dimension: codes}`: all codes each dimension can have, `NUMBERS` for whole numbers such as years.
    threshold
        A group leaks where the attacker is sure that it counts fewer people than `threshold` and knows more
        than a mask says: its feasible interval does not hold [1, threshold - 1].
    zeros
        Whether "nobody" is sensitive.
    time_limit
        Seconds for one integer programme.

    Returns
    -------
    Leaks, each with the tables whose combination gives it away (none of them can be left out).

    Raises
    ------
    AttackError
        A programme out of time or without solution: to be read as a leak.

    Notes
    -----
    Attacked are the groups told, masked or not, and the people of one of them out of another. Groups which only
    combinations of three or more published numbers isolate are attacked where they are one of those.
    Source: Fischetti and Salazar (2000), doi 10.1080/01621459.2000.10474282 (attacker's programmes).
    """
    found = []
    for part in parts(facts, domain, maximum):
        for target in leaking(part, threshold=threshold, zeros=zeros, seconds=time_limit):
            tables = _culprits(part, target, threshold, zeros, time_limit)
            found.append(Leak(target.where, target.but, tables))
    return found


def leaking(part: Part, *, threshold: int, zeros: bool, seconds: float) -> Iterator[Target]:
    """Groups of `part` that leak."""
    constraint, found = part.constraint(), unclear(part, threshold=threshold, seconds=seconds)
    try:
        while found:
            target = found.pop(0)
            seen: list[Floats] = []
            if leaks(target, constraint, threshold=threshold, zeros=zeros, seconds=seconds, seen=seen):
                yield target
            found = [t for t in found if not any(t.most @ x >= threshold for x in seen)]
    except AttackError as error:
        raise AttackError(str(error), (f.table for f in part.facts)) from error


def unclear(part: Part, *, threshold: int, seconds: float) -> list[Target]:
    """Groups of `part` that may leak: no solution found counts `threshold` people or more in them.

    Most groups are cleared together: a solution in which one counts so many shows that nobody can be sure that it
    is small.
    """
    constraint = part.constraint()
    try:
        _, first = _extreme(np.zeros(part.size), constraint, 1.0, np.inf, seconds)
    except AttackError as error:
        raise AttackError(str(error), (f.table for f in part.facts)) from error
    return cleared(_targets(part, first, threshold), constraint, threshold=threshold, seconds=seconds)


def _targets(part: Part, point: Floats, threshold: int) -> list[Target]:
    """Published groups and the people of one out of another, but those `point` clears; the same people once."""
    masks = part.masks.astype(float)
    words = np.random.default_rng(0).uniform(1, 2, part.size)  # sums of words tell sets of groups apart
    own, shared = masks @ words, (masks * words) @ masks.T
    there, common = masks @ point, (masks * point) @ masks.T
    out: dict[float, Target] = {}
    for i in np.flatnonzero((there < threshold - 1e-6) & (own > 0)):
        out.setdefault(round(own[i], 6), Target(part.regions[i], None, masks[i], masks[i]))
    small = there[:, None] - common < threshold - 1e-6
    for i, j in np.argwhere(small & (own[:, None] - shared > 1e-9) & (shared > 1e-9)):
        key = round(own[i] - shared[i, j], 6)
        if key not in out:
            groups = (part.masks[i] & ~part.masks[j]).astype(float)
            out[key] = Target(part.regions[i], part.regions[j], groups, groups)
    masked = {}
    for region, reach, whole in zip(part.hidden, part.reach, part.whole, strict=True):
        if reach.any() and reach @ point < threshold:
            masked[reach.tobytes() + whole.tobytes()] = Target(region, None, reach.astype(float), whole.astype(float))
    return [*out.values(), *masked.values()]


def cleared(
    found: list[Target], constraint: optimize.LinearConstraint, *, threshold: int, seconds: float
) -> list[Target]:
    """Targets left when solutions that make many of them large, then small, at once have cleared what they can.

    One is clear where it counts `threshold` people in a solution, or `threshold` - 1 in one and at most 1 in another:
    nobody can be sure that it is small, or more sure than a mask says.
    """
    most, least = np.full(len(found), -np.inf), np.full(len(found), np.inf)
    for up in (True, False):
        for _ in range(ROUNDS):
            open_ = ~((most >= threshold) | ((most >= threshold - 1) & (least <= 1)))
            wanted = np.flatnonzero(open_ & (most < threshold - 1) if up else open_ & (most >= threshold - 1))[:AT_ONCE]
            if len(wanted) <= 3:
                break
            point = _together([found[i] for i in wanted], constraint, threshold, seconds, up=up)
            if point is None:
                break
            before = open_.sum(), most[wanted].sum(), least[wanted].sum()
            most = np.maximum(most, [t.most @ point for t in found])
            least = np.minimum(least, [t.least @ point for t in found])
            now = ~((most >= threshold) | ((most >= threshold - 1) & (least <= 1)))
            if (now.sum(), most[wanted].sum(), least[wanted].sum()) == before:
                break
            if up and not ((most >= threshold - 1)[wanted]).any():
                break
    return [
        t
        for t, high, low in zip(found, most, least, strict=True)
        if high < threshold - 1 or (high < threshold and low > 1)
    ]


def _together(
    some: list[Target], constraint: optimize.LinearConstraint, threshold: int, seconds: float, *, up: bool
) -> Floats | None:
    """A solution in which as many of `some` as can be count `threshold` people (or, not `up`, at most 1)."""
    rows = sparse.csr_array(np.array([t.most if up else t.least for t in some]))
    k, size = rows.shape
    system = sparse.vstack(
        [
            sparse.hstack([constraint.A, sparse.csr_array((constraint.A.shape[0], k))]),
            sparse.hstack([rows, -sparse.eye_array(k)]),
        ],
        format="csc",
    )
    # a slack each: up to `threshold` and under the count, or over the count less 1
    lower = np.concatenate([constraint.lb, np.full(k, 0.0 if up else -np.inf)])
    upper = np.concatenate([constraint.ub, np.full(k, np.inf if up else 1.0)])
    slack = np.full(k, float(threshold) if up else np.inf)
    answer = optimize.milp(
        np.concatenate([np.zeros(size), np.full(k, -1.0 if up else 1.0)]),
        constraints=optimize.LinearConstraint(system, lower, upper),
        integrality=np.concatenate([np.ones(size), np.zeros(k)]),
        bounds=optimize.Bounds(0, np.concatenate([np.full(size, np.inf), slack])),
        options={"time_limit": seconds, "mip_rel_gap": 0.02},
    )
    if answer.x is None:
        return None
    point = np.round(answer.x[:size])
    total = constraint.A @ point
    holds = (total >= constraint.lb - 1e-6).all() and (total <= constraint.ub + 1e-6).all()
    return point if holds else None


def _extreme(
    target: Floats, constraint: optimize.LinearConstraint, sign: float, cap: float, seconds: float
) -> tuple[float, Floats]:
    """Smallest (sign 1) or largest (sign -1) `target` @ x over whole x >= 0; the largest stops mattering at `cap`."""
    size = len(target)
    constraints = [constraint]
    if sign < 0:  # a bound keeps the programme bounded and changes no answer under it
        constraints.append(optimize.LinearConstraint(target[None, :], -np.inf, cap))
    answer = optimize.milp(
        sign * target,
        constraints=constraints,
        integrality=np.ones(size),
        bounds=optimize.Bounds(0, np.inf),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if answer.status == 2 and sign < 0:  # more than `cap` whatever happens, or a contradiction that `min` will find
        return np.inf, np.zeros(size)
    if answer.status != 0 or answer.x is None:
        raise AttackError(f"integer programme not solved (status {answer.status}): nothing may be published.")
    x = np.round(answer.x)
    return float(target @ x), x


def surely_leaks(target: Target, constraint: optimize.LinearConstraint, *, threshold: int) -> bool:
    """Whether `target` leaks even were people divisible: quick, and never wrong where it says so (zeros sensitive)."""
    high, _ = _relaxed(target.most, constraint, -1.0, threshold)
    if high >= threshold - 1e-6:
        return False
    return high < threshold - 1 - 1e-6 or _relaxed(target.least, constraint, 1.0, np.inf)[0] > 1 + 1e-6


def leaks(
    target: Target,
    constraint: optimize.LinearConstraint,
    *,
    threshold: int,
    zeros: bool,
    seconds: float,
    seen: list[Floats] | None = None,
) -> bool:
    """Whether `target` leaks: by linear programmes where they settle it, since whole counts lie within their bounds."""
    high, x = _relaxed(target.most, constraint, -1.0, threshold)
    if zeros and high < threshold - 1 - 1e-6:
        return True
    if not _whole(x):
        high, x = _extreme(target.most, constraint, -1.0, threshold, seconds)
    if np.isfinite(high) and seen is not None:
        seen.append(np.round(x))
    if high >= threshold - 1e-6 or (high < 0.5 and not zeros):
        return False
    if high < threshold - 1 - 1e-6:
        return True
    low, x = _relaxed(target.least, constraint, 1.0, np.inf)
    if low <= 1 + 1e-6 and not _whole(x):
        low, _ = _extreme(target.least, constraint, 1.0, np.inf, seconds)
    return low > 1 + 1e-6


def _whole(x: Floats) -> bool:
    return bool((np.abs(x - np.round(x)) < 1e-6).all())


def _relaxed(target: Floats, constraint: optimize.LinearConstraint, sign: float, cap: float) -> tuple[float, Floats]:
    """As `_extreme`, people taken as divisible: a lower `low`, a higher `high`."""
    finite, under = np.isfinite(constraint.ub), np.isfinite(constraint.lb)
    rows = [constraint.A[np.flatnonzero(finite)], -constraint.A[np.flatnonzero(under)]]
    ends = [constraint.ub[finite], -constraint.lb[under]]
    if np.isfinite(cap):
        rows.append(sparse.csr_array(target[None, :]))
        ends.append(np.array([cap]))
    answer = optimize.linprog(
        sign * target, A_ub=sparse.vstack(rows, format="csr"), b_ub=np.concatenate(ends), method="highs"
    )
    if answer.status == 2 and sign < 0:
        return np.inf, np.zeros(len(target))
    if answer.status != 0:
        raise AttackError(f"linear programme not solved (status {answer.status}): nothing may be published.")
    return float(target @ answer.x), np.asarray(answer.x)


def culprits(part: Part, target: Target) -> list[Fact]:
    """Facts that together bound `target` from above in the relaxed programme; empty where none does."""
    constraint = part.constraint()
    finite = np.flatnonzero(np.isfinite(constraint.ub))
    under = np.flatnonzero(np.isfinite(constraint.lb))
    answer = optimize.linprog(
        -target.most,
        A_ub=sparse.vstack([constraint.A[finite], -constraint.A[under]], format="csr"),
        b_ub=np.concatenate([constraint.ub[finite], -constraint.lb[under]]),
        method="highs",
    )
    if answer.status != 0:
        return []
    active = np.abs(answer.ineqlin.marginals) > 1e-9
    rows = {*finite[active[: len(finite)]], *under[active[len(finite) :]]}
    owner = [None, *(f for f in part.facts for _ in range(1 if f.of is None else 2))]
    return list(dict.fromkeys(f for row in sorted(rows) if (f := owner[row]) is not None))


def _culprits(part: Part, target: Target, threshold: int, zeros: bool, seconds: float) -> tuple[str, ...]:
    """Tables without any of which the group would not leak."""
    binding = {f.table for f in culprits(part, target) if not f.structural}
    first = [f for f in part.facts if f.structural or f.table in binding]
    how: dict[str, Any] = {"threshold": threshold, "zeros": zeros, "seconds": seconds}
    enough = bool(binding) and leaks(target, part.constraint(first), **how)
    tables = sorted(binding if enough else {f.table for f in part.facts if not f.structural})
    for table in list(tables):
        rest = [t for t in tables if t != table]
        kept = [f for f in part.facts if f.structural or f.table in rest]
        if rest and leaks(target, part.constraint(kept), **how):
            tables = rest
    return tuple(tables)
