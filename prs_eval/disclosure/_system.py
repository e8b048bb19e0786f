"""Facts as one system of unknown counts, split into parts that share nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.sparse import csgraph

from prs_eval.disclosure.attack import AttackError
from prs_eval.disclosure.ledger import Fact, Region, span

NUMBERS: tuple[str, ...] = ()  # domain of a dimension of whole numbers: all of them, and ranges "2016..", "..2018"
Domain = Mapping[str, Sequence[str]]
Masks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Facts on the same people.

    `masks` (regions, groups) tells which groups of people each region that some fact bounds adds up. Regions `hidden`,
    of which nothing is said, cut no group: `reach` (hidden, groups) tells which groups have some of their people,
    `whole` which have no others.
    """

    facts: tuple[Fact, ...]
    regions: tuple[Region, ...]
    masks: Masks
    hidden: tuple[Region, ...]
    reach: Masks
    whole: Masks

    @property
    def size(self) -> int:
        """Groups of people that the facts tell apart: unknown whole numbers, 0 or more."""
        return int(self.masks.shape[1])

    def constraint(self, facts: Sequence[Fact] | None = None) -> optimize.LinearConstraint:
        """What `facts` (default: all) say of the groups."""
        place = {region: i for i, region in enumerate(self.regions)}
        rows, lower, upper = [np.zeros(self.size)], [0.0], [0.0]
        for f in self.facts if facts is None else facts:
            counted = self.masks[place[f.where]].astype(float)
            high = np.inf if f.upper is None else f.upper
            if f.of is None:
                rows.append(counted)
                lower.append(f.lower)
                upper.append(high)
                continue
            whole = self.masks[place[f.of]].astype(float)
            rows += [counted * whole - f.lower * whole, counted * whole - high * whole]
            lower += [-1e-9, -np.inf]
            upper += [np.inf, 1e-9]
        return optimize.LinearConstraint(sparse.csr_array(np.array(rows)), np.array(lower), np.array(upper))


def is_mask(item: Fact) -> bool:
    """Whether a fact says nothing but that a number is not told."""
    return item.lower <= 0 and item.upper is None and item.of is None


def parts(facts: Sequence[Fact], domain: Domain, maximum: int) -> list[Part]:
    """The system of `facts`, in parts that share no group of people.

    A hidden region which reaches people of whom nothing is said can be as large as one likes: it is left out.

    Raises
    ------
    ValueError
        A dimension or a code that the domain does not declare.
    AttackError
        More than `maximum` groups to tell apart.
    """
    return [part for some in _apart(list(facts), domain) for part in _parts(some, domain, maximum)]


def _apart(facts: list[Fact], domain: Domain) -> list[list[Fact]]:
    """Facts that each speak of one code of a dimension, by code: they share nobody. Known zeros go with all of them."""
    told = [f for f in facts if not f.structural]
    for dimension, codes in domain.items():
        own = {id(f): {dict(r).get(dimension) for r in (f.where, f.of) if r is not None} for f in told}
        single = all(len(some) == 1 and (code := next(iter(some))) and len(code) == 1 for some in own.values())
        if codes is NUMBERS or not told or not single:
            continue
        by_code: dict[str, list[Fact]] = {}
        for f in told:
            by_code.setdefault(dict(f.where)[dimension][0], []).append(f)
        if len(by_code) > 1:
            known = [f for f in facts if f.structural]
            matching = {code: [f for f in known if code in dict(f.where).get(dimension, (code,))] for code in by_code}
            return [part for code, some in by_code.items() for part in _apart([*some, *matching[code]], domain)]
    return [facts]


def _parts(facts: Sequence[Fact], domain: Domain, maximum: int) -> list[Part]:
    empty = list(dict.fromkeys(f.where for f in facts if f.structural and f.upper == 0 and f.of is None))
    told = [f for f in facts if not is_mask(f) and not (f.structural and f.where in empty)]
    regions = list(dict.fromkeys(r for f in told for r in (f.where, f.of) if r is not None))
    hidden = [r for r in dict.fromkeys(f.where for f in facts if is_mask(f)) if r not in set(regions)]
    if not regions:
        return []
    masks, reach, whole = _masks([*regions, *empty], hidden, domain, maximum)
    possible = ~masks[len(regions) :].any(axis=0)  # groups that everyone knows to be empty are no unknowns
    masks, reach, whole = masks[: len(regions), possible], reach[:, possible], whole[:, possible]
    free = ~masks.any(axis=0)
    bounded = np.flatnonzero(~reach[:, free].any(axis=1))
    hidden = [hidden[i] for i in bounded]
    masks, reach, whole = masks[:, ~free], reach[bounded][:, ~free], whole[bounded][:, ~free]
    links = sparse.csr_array(np.vstack([masks, reach]))
    _, label = csgraph.connected_components(sparse.bmat([[None, links], [links.T, None]]), directed=False)
    of_region, of_hidden, of_group = np.split(label, [len(regions), len(regions) + len(hidden)])
    place = {region: i for i, region in enumerate(regions)}
    found = []
    for part in np.unique(of_region):
        rows, more, columns = (np.flatnonzero(of == part) for of in (of_region, of_hidden, of_group))
        found.append(
            Part(
                tuple(f for f in told if of_region[place[f.where]] == part),
                tuple(regions[i] for i in rows),
                masks[np.ix_(rows, columns)],
                tuple(hidden[i] for i in more),
                reach[np.ix_(more, columns)],
                whole[np.ix_(more, columns)],
            )
        )
    return found


def _masks(
    regions: Sequence[Region], hidden: Sequence[Region], domain: Domain, maximum: int
) -> tuple[Masks, Masks, Masks]:
    """Groups of people that `regions` tell apart, dimension after dimension, and where `hidden` regions lie."""
    said = [dict(region) for region in (*regions, *hidden)]
    if unknown := sorted({d for region in said for d in region} - set(domain)):
        raise ValueError(f"dimensions that the domain does not declare: {', '.join(unknown)}.")
    size = len(regions)
    masks = np.ones((size, 1), dtype=bool)
    reach = whole = np.ones((len(hidden), 1), dtype=bool)
    for dimension, codes in domain.items():
        told = [region.get(dimension) for region in said]
        if not any(told):
            continue
        chosen = _numbers(told) if codes is NUMBERS else _codes(dimension, told, [str(c) for c in codes])
        masks, reach, whole = _cross(masks, chosen[:size]), _cross(reach, chosen[size:]), _cross(whole, chosen[size:])
        # groups no fact tells apart are one unknown
        packed = np.ascontiguousarray(np.packbits(masks, axis=0).T)
        columns = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, same = np.unique(columns, return_index=True, return_inverse=True)
        order = np.argsort(same, kind="stable")
        starts = np.searchsorted(same[order], np.arange(len(first)))
        masks = masks[:, first]
        if len(hidden):
            reach = np.logical_or.reduceat(reach[:, order], starts, axis=1)
            whole = np.logical_and.reduceat(whole[:, order], starts, axis=1)
        else:
            reach = whole = np.zeros((0, len(first)), dtype=bool)
        if masks.shape[1] > maximum:
            raise AttackError("too many groups to tell apart: audit fewer dimensions at once.")
    return masks, reach, whole


def _cross(masks: Masks, chosen: Masks) -> Masks:
    return (masks[:, :, None] & chosen[:, None, :]).reshape(len(masks), masks.shape[1] * chosen.shape[1])


def _codes(dimension: str, told: Sequence[tuple[str, ...] | None], codes: Sequence[str]) -> Masks:
    out = np.ones((len(told), len(codes)), dtype=bool)
    for i, selected in enumerate(told):
        if selected is not None:
            if strange := set(selected) - set(codes):
                raise ValueError(f"codes of {dimension} that the domain does not declare: {len(strange)}.")
            out[i] = [code in selected for code in codes]
    return out


def _numbers(told: Sequence[tuple[str, ...] | None]) -> Masks:
    """Whole numbers cut where some region begins or ends: between two cuts nobody can be told apart."""
    spans = [None if selected is None else [span(code) for code in selected] for selected in told]
    cuts = sorted({end for some in spans if some for low, high in some for end in (low, high + 1)} | {-np.inf})
    cuts = [cut for cut in cuts if cut < np.inf]
    out = np.ones((len(told), len(cuts)), dtype=bool)
    for i, some in enumerate(spans):
        if some is not None:
            out[i] = [any(low <= cut <= high for low, high in some) for cut in cuts]
    return out
