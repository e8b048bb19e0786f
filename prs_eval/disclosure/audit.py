"""The gate: everything published, this run and before, read together by an attacker who solves for small counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from prs_eval.disclosure.attack import AttackError

Where = Mapping[str, Sequence[str]]
Region = tuple[tuple[str, tuple[str, ...]], ...]  # sorted (dimension, codes): all people with one of the codes in each


@dataclass(frozen=True, slots=True)
class Fact:
    """One published number: the people `where` count between `lower` and `upper` (None: no bound).

    With `of`, the share of those among the people `of` lies between the bounds instead. A hidden value is
    never part of a fact: a mask is 0 to threshold - 1. `structural`: known to everyone (an impossible cell).
    """

    table: str
    where: Region
    lower: float
    upper: float | None
    of: Region | None = None
    structural: bool = False


@dataclass(frozen=True, slots=True)
class Leak:
    """People `where` (`but` these others) whose small number follows from `tables` together; the number is not kept."""

    where: Region
    but: Region | None
    tables: tuple[str, ...]


def _freeze(where: Where) -> Region:
    return tuple(sorted((d, tuple(sorted(set(map(str, codes))))) for d, codes in where.items()))


def fact(
    table: str,
    where: Where,
    lower: float,
    upper: float | None,
    *,
    of: Where | None = None,
    structural: bool = False,
) -> Fact:
    """A published number about people whose `where` dimensions have one of the given codes."""
    if upper is not None and lower > upper:
        raise ValueError(f"{table}: the lower bound is above the upper one.")
    return Fact(table, _freeze(where), float(lower), upper, None if of is None else _freeze(of), structural)


def write_ledger(path: Path, facts: Iterable[Fact]) -> None:
    """Facts as JSON lines, in a fixed order, each once."""
    lines = {json.dumps(_as_json(f), ensure_ascii=False, sort_keys=True) for f in facts}
    path.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")


def read_ledger(path: Path) -> list[Fact]:
    """Facts of a ledger; ValueError with the line where it is damaged."""
    facts = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            item = json.loads(line)
            facts.append(
                fact(
                    item["table"],
                    item["where"],
                    item["lower"],
                    item["upper"],
                    of=item.get("of"),
                    structural=bool(item.get("structural", False)),
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"ledger damaged at line {number}: restore it from the last publication.") from error
    return facts


def _as_json(item: Fact) -> dict[str, object]:
    out: dict[str, object] = {
        "table": item.table,
        "where": {d: list(codes) for d, codes in item.where},
        "lower": item.lower,
        "upper": item.upper,
    }
    if item.of is not None:
        out["of"] = {d: list(codes) for d, codes in item.of}
    if item.structural:
        out["structural"] = True
    return out


class _System:
    """Unknown counts: finest groups of people that the facts tell apart, each a whole number, 0 or more."""

    def __init__(self, facts: Sequence[Fact], domain: Mapping[str, Sequence[str]], maximum: int) -> None:
        regions = list(dict.fromkeys(r for f in facts for r in (f.where, f.of) if r is not None))
        if unknown := sorted({d for r in regions for d, _ in r} - set(domain)):
            raise ValueError(f"dimensions that the domain does not declare: {', '.join(unknown)}.")
        masks = np.ones((len(regions), 1), dtype=bool)
        for dimension, codes in domain.items():
            chosen = np.ones((len(regions), len(codes)), dtype=bool)
            for i, region in enumerate(regions):
                if (selected := dict(region).get(dimension)) is not None:
                    if strange := sorted(set(selected) - set(map(str, codes))):
                        raise ValueError(f"codes of {dimension} that the domain does not declare: {len(strange)}.")
                    chosen[i] = [str(c) in selected for c in codes]
            masks = (masks[:, :, None] & chosen[:, None, :]).reshape(len(regions), -1)
            masks = np.unique(masks, axis=1)  # groups no fact tells apart are one unknown
            if masks.shape[1] > maximum:
                raise AttackError("too many groups to tell apart: audit fewer dimensions at once.")
        self.region = dict(zip(regions, masks, strict=True))
        self.size = masks.shape[1]

    def programme(self, facts: Sequence[Fact]) -> optimize.LinearConstraint:
        rows, lower, upper = [], [], []
        for f in facts:
            counted = self.region[f.where].astype(float)
            high = np.inf if f.upper is None else f.upper
            if f.of is None:
                rows.append(counted)
                lower.append(f.lower)
                upper.append(high)
            else:
                whole = self.region[f.of].astype(float)
                rows += [counted * self.region[f.of] - f.lower * whole, counted * self.region[f.of] - high * whole]
                lower += [-1e-9, -np.inf]
                upper += [np.inf, 1e-9]
        return optimize.LinearConstraint(sparse.csr_array(np.array(rows)), np.array(lower), np.array(upper))


def _extreme(
    target: NDArray[np.float64], constraint: optimize.LinearConstraint, sign: float, cap: float, seconds: float
) -> tuple[float, NDArray[np.float64]]:
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


def audit(
    facts: Sequence[Fact],
    domain: Mapping[str, Sequence[str]],
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
        Everything of this run and of earlier ones (`read_ledger`).
    domain
        `{dimension: codes}`: all codes each dimension can have.
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
    Attacked are published groups, differences of two nested ones, and the finest groups told apart. Groups in which
    only combinations of three or more published numbers coincide are attacked where they are one of those.
    Source: Fischetti and Salazar (2000), J. Amer. Statist. Assoc. 95:916-928 (attacker's programmes).
    """
    if not facts:
        return []
    system = _System(facts, domain, maximum)
    every = system.programme(facts)
    _, point = _extreme(np.zeros(system.size), every, 1.0, np.inf, time_limit)
    seen = [point]
    leaks = []
    for (where, but), target in _targets(facts, system).items():
        if any(target @ x >= threshold for x in seen):
            continue
        try:
            if not _leaks(target, every, threshold, zeros, time_limit, seen):
                continue
        except AttackError as error:
            raise AttackError(f"{error} Group: {dict(where)}.") from error
        leaks.append(Leak(where, but, _culprits(facts, system, target, threshold, zeros, time_limit)))
    return leaks


def _leaks(
    target: NDArray[np.float64],
    constraint: optimize.LinearConstraint,
    threshold: int,
    zeros: bool,
    seconds: float,
    seen: list[NDArray[np.float64]] | None = None,
) -> bool:
    high, x = _extreme(target, constraint, -1.0, threshold, seconds)
    if np.isfinite(high) and seen is not None:
        seen.append(x)
    if high >= threshold or (high == 0 and not zeros):
        return False
    low, _ = _extreme(target, constraint, 1.0, np.inf, seconds)
    return high < threshold - 1 or low > 1


def _targets(facts: Sequence[Fact], system: _System) -> dict[tuple[Region, Region | None], NDArray[np.float64]]:
    known = np.zeros(system.size, dtype=bool)
    for f in facts:
        if f.structural and f.upper == 0:
            known |= system.region[f.where]
    out: dict[tuple[Region, Region | None], NDArray[np.float64]] = {}
    done: set[bytes] = set()
    regions = list(system.region.items())
    pairs: list[tuple[tuple[Region, Region | None], NDArray[np.bool_]]] = [((r, None), mask) for r, mask in regions]
    for (a, mask), (b, other) in combinations(regions, 2):
        if (mask & other).sum() == min(mask.sum(), other.sum()):
            large, small = ((a, mask), (b, other)) if mask.sum() > other.sum() else ((b, other), (a, mask))
            pairs.append(((large[0], small[0]), large[1] & ~small[1]))
        elif (mask & other).any():
            pairs += [((a, b), mask & ~other), ((b, a), other & ~mask)]
    for name, mask in pairs:
        mask = mask & ~known
        if mask.any() and mask.tobytes() not in done:
            done.add(mask.tobytes())
            out[name] = mask.astype(float)
    return out


def _culprits(
    facts: Sequence[Fact], system: _System, target: NDArray[np.float64], threshold: int, zeros: bool, seconds: float
) -> tuple[str, ...]:
    """Tables without any of which the group would not leak."""
    tables = sorted({f.table for f in facts if not f.structural})
    for table in list(tables):
        rest = [t for t in tables if t != table]
        kept = [f for f in facts if f.structural or f.table in rest]
        if rest and _leaks(target, system.programme(kept), threshold, zeros, seconds):
            tables = rest
    return tuple(tables)
