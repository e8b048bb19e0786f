"""What the network functions share: attendances checked once, graphs as arrays, answers without limits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.estimation.frame import Estimate

Edges = NDArray[np.intp]


def columns(table: pd.DataFrame, event: str, actor: str) -> pd.DataFrame:
    """The two columns; ValueError where one is not there."""
    if missing := [column for column in (event, actor) if column not in table.columns]:
        raise ValueError(f"no column {', '.join(f'`{column}`' for column in missing)} in the table.")
    return table[[event, actor]]


def attendances(incidence: pd.DataFrame, event: str, actor: str) -> pd.DataFrame:
    """Who was where, once each, sorted; columns `event`, `actor`."""
    return columns(incidence, event, actor).dropna().drop_duplicates().sort_values([actor, event])


def two_mode(pairs: pd.DataFrame) -> tuple[nx.Graph, list[tuple[str, object]]]:
    """Actors tied to events, and the actors; a node is (mode, name), as an actor may bear the name of an event."""
    graph = nx.Graph()
    actors: list[tuple[str, object]] = [("actor", name) for name in pairs.iloc[:, 1].drop_duplicates()]
    graph.add_nodes_from(actors)
    graph.add_edges_from((("actor", a), ("event", e)) for e, a in pairs.itertuples(index=False))
    return graph, actors


def as_edges(graph: nx.Graph) -> tuple[list[Hashable], Edges]:
    """Nodes in an order of their own, not of their entry, and ties as their numbers, shape (ties, 2).

    Weights are left aside. ValueError where the graph is directed, has several ties a pair or loops.
    """
    if graph.is_directed() or graph.is_multigraph():
        raise ValueError("`graph` must be undirected, with one tie a pair at most.")
    if loops := nx.number_of_selfloops(graph):
        raise ValueError(f"`graph` must not tie a node to itself: {loops} ties do.")
    nodes = sorted(graph, key=lambda node: (type(node).__name__, str(node)))
    number = {node: i for i, node in enumerate(nodes)}
    pairs = sorted(tuple(sorted((number[a], number[b]))) for a, b in graph.edges())
    return nodes, np.array(pairs, dtype=np.intp).reshape(-1, 2)


def as_codes(nodes: list[Hashable], groups: Mapping[Any, Any]) -> NDArray[np.intp]:
    """The group of each node as a number, shape (nodes,); ValueError where a node has none."""
    values = [groups.get(node) for node in nodes]
    if missing := sum(bool(pd.isna(value)) for value in values):
        raise ValueError(f"`groups` must give each node its group: {missing} of {len(nodes)} nodes have none.")
    return np.asarray(pd.factorize(np.array([*values, None], dtype=object)[:-1])[0])


def enumerated(value: float, n: int, *, unit: str = "index") -> Estimate:
    """A measure of a network seen whole: no limits."""
    status = "too_few" if np.isnan(value) else "ok"
    return Estimate(float(value), np.nan, np.nan, np.nan, unit, "enumeration", float(n), status)


def fields(one: Estimate) -> dict[str, Any]:
    """The fields of an answer, to make a richer one."""
    return {name: getattr(one, name) for name in Estimate.__slots__}


def check_at_least(at_least: int) -> None:
    """Raise ValueError unless `at_least` is 1 or more."""
    if at_least < 1:
        raise ValueError(f"`at_least` must be 1 or more, not {at_least}.")


def mixing(edges: Edges, codes: NDArray[np.intp], statistic: str) -> NDArray[np.float64]:
    """E-I index, nominal assortativity or modularity of each row of `codes`, shape (…, nodes); NaN where undefined."""
    if not len(edges):
        return np.full(codes.shape[:-1], np.nan)
    within = (codes[..., edges[:, 0]] == codes[..., edges[:, 1]]).mean(axis=-1)
    if statistic == "ei_index":
        return np.asarray(1 - 2 * within)
    ends = np.bincount(edges.ravel(), minlength=codes.shape[-1]) / (2 * len(edges))
    chance = np.zeros(codes.shape[:-1])
    for group in range(int(codes.max()) + 1):
        chance += np.square((codes == group) @ ends)
    if statistic == "modularity":
        return np.asarray(within - chance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(1 - chance > 1e-12, (within - chance) / (1 - chance), np.nan)


def best_core(edges: Edges, n: int) -> tuple[float, list[int]]:
    """Greatest correlation of the ties with a core–periphery pattern, and the core; NaN where none exists.

    All cores are tried up to `_TRY_ALL` nodes, a search beyond.
    """
    pairs, m = n * (n - 1) // 2, len(edges)
    if n < 3 or m in (0, pairs):
        return np.nan, []
    tied = np.zeros((n, n), dtype=int)
    tied[edges[:, 0], edges[:, 1]] = tied[edges[:, 1], edges[:, 0]] = 1
    cores = _all_cores(n) if n <= _TRY_ALL else _likely_cores(tied)
    size, outside = cores.sum(axis=1), 1 - cores
    covered = m - ((outside @ tied) * outside).sum(axis=1) // 2
    ones = size * (size - 1) // 2 + size * (n - size)
    value = (pairs * covered - m * ones) / np.sqrt(float(m * (pairs - m)) * ones * (pairs - ones))
    best = int(np.flatnonzero(value > value.max() - 1e-12)[0])
    return float(value[best]), np.flatnonzero(cores[best]).tolist()


_TRY_ALL = 12


@lru_cache(maxsize=_TRY_ALL)
def _all_cores(n: int) -> NDArray[np.int_]:
    """Every core of 1 to n - 2 nodes, small ones first; shape (cores, n)."""
    cores = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    size = cores.sum(axis=1)
    kept = np.flatnonzero((size > 0) & (size < n - 1))
    return np.asarray(cores[kept[np.argsort(size[kept], kind="stable")]])


def _likely_cores(tied: NDArray[np.int_]) -> NDArray[np.int_]:
    """Cores of each size that touch many pairs: grown, shrunk, and of the highest degrees, then exchanged."""
    n = len(tied)
    degree = tied.sum(axis=1)
    found = []
    inside = np.zeros(n, dtype=bool)
    for _ in range(n - 2):  # grow: the node with most ties to the periphery comes in
        inside = inside.copy()
        inside[np.argmax(np.where(inside, -1, tied @ ~inside))] = True
        inside = _exchange(tied, inside)
        found.append(inside)
    for _ in range(n - 3):  # shrink: the node with fewest ties to the periphery goes out
        inside = inside.copy()
        inside[np.argmin(np.where(inside, tied @ ~inside, n))] = False
        inside = _exchange(tied, inside)
        found.append(inside)
    order = np.argsort(-degree, kind="stable")
    for size in range(1, n - 1):
        inside = np.zeros(n, dtype=bool)
        inside[order[:size]] = True
        found.append(_exchange(tied, inside))
    cores = np.array(found, dtype=int)
    return cores[np.argsort(cores.sum(axis=1), kind="stable")]


def _exchange(tied: NDArray[np.int_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Exchange a core node for another, the best first, while more pairs tied touch the core."""
    inside = inside.copy()
    while True:
        alone = tied @ ~inside  # ties of each node to the periphery
        leaving, entering = np.flatnonzero(inside), np.flatnonzero(~inside)
        gain = alone[entering][None, :] - alone[leaving][:, None] + tied[np.ix_(leaving, entering)]
        at = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[at] <= 0:
            return inside
        inside[leaving[at[0]]], inside[entering[at[1]]] = False, True
