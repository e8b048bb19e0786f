"""Who meets whom: two-mode networks, their projection, density and centrality.

Nothing is sampled in a network seen whole: its measures carry no limits (method "enumeration"). Whether they are
more than chance would make is another question: see `network_tests` and `backbone`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
from networkx.algorithms import bipartite

from prs_eval.estimation._graphs import attendances, check_at_least, columns, enumerated, fields, two_mode
from prs_eval.estimation._parts import estimate_parts, parts, shape
from prs_eval.estimation.frame import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape(Estimate):
    """Density of a whole network: `ties` out of `possible`, among `n` nodes of which `isolates` have no tie."""

    ties: int
    possible: int
    isolates: int


def project(incidence: pd.DataFrame, *, event: str, actor: str, at_least: int = 1) -> nx.Graph:
    """Network of actors tied by the events they shared; edge attribute `weight` = number of shared events.

    Parameters
    ----------
    incidence
        One row an actor at an event, columns `event` and `actor`; repeated rows count once, rows without an
        actor or an event are left out. An actor who shared no event stays, as an isolate.
    at_least
        Shared events that make a tie, 1 or more.

    Returns
    -------
    Undirected graph, nodes in sorted order.

    Raises
    ------
    ValueError
        Where a column is absent or `at_least` is under 1.

    Notes
    -----
    When not to use: as if ties came one by one. Everyone at a large event is tied to everyone there; `backbone`
    tells which ties are more than attendance alone would make.
    Source: Breiger (1974), Social Forces 53:181-190; networkx `weighted_projected_graph`.
    """
    check_at_least(at_least)
    graph, actors = two_mode(attendances(incidence, event, actor))
    if not actors:
        return nx.Graph()
    projected = bipartite.weighted_projected_graph(graph, actors)
    loose = [(a, b) for a, b, weight in projected.edges(data="weight") if weight < at_least]
    projected.remove_edges_from(loose)
    return nx.relabel_nodes(projected, {node: node[1] for node in actors})


def ties(graph: nx.Graph, *, at_least: int = 1) -> pd.DataFrame:
    """Ties of `graph` with weight `at_least` or more (a tie without weight weighs 1).

    Returns columns `source` < `target`, `weight`, in that order; ValueError where `at_least` is under 1.
    Source: Breiger (1974), Social Forces 53:181-190.
    """
    check_at_least(at_least)
    edges = graph.edges(data="weight", default=1)
    rows = [(*sorted(pair), weight) for *pair, weight in edges if weight >= at_least]
    return pd.DataFrame(sorted(rows), columns=["source", "target", "weight"])


def network_shape(graph: nx.Graph, *, at_least: int = 1) -> NetworkShape:
    """Density of `graph`, ties of weight `at_least` or more out of possible pairs; unit "proportion".

    Parameters
    ----------
    graph
        Undirected, without loops.
    at_least
        See `ties`.

    Returns
    -------
    NetworkShape: `estimate` is the density, `n` nodes, with `ties`, `possible`, `isolates` (nodes without such a
    tie). No limits: the network is seen whole (method "enumeration"). `too_few` under two nodes.

    Notes
    -----
    density = ties / (n (n - 1) / 2). When not to use: to compare networks of very different sizes, as density falls
    where people can only keep so many ties.
    Source: Wasserman & Faust (1994), Social Network Analysis, section 4.1.1.
    """
    kept = ties(graph, at_least=at_least)
    nodes = graph.number_of_nodes()
    possible = nodes * (nodes - 1) // 2
    tied = len(set(kept["source"]) | set(kept["target"]))
    one = enumerated(len(kept) / possible if possible else np.nan, nodes, unit="proportion")
    return NetworkShape(**fields(one), ties=len(kept), possible=possible, isolates=nodes - tied)


def two_mode_density(incidence: pd.DataFrame, *, event: str, actor: str) -> NetworkShape:
    """Share of the possible attendances (actors × events) that took place; unit "proportion".

    Parameters
    ----------
    incidence
        As for `project`: events without a named actor are left out, as are actors of no event.

    Returns
    -------
    NetworkShape: `ties` attendances out of `possible`, `n` actors; `isolates` is 0. No limits: seen whole
    (method "enumeration"). `too_few` without a row.

    Notes
    -----
    attendances / (actors × events). When not to use: where some actors could not have come to some events.
    Source: Borgatti & Everett (1997), Social Networks 19:243-269.
    """
    pairs = attendances(incidence, event, actor)
    actors, possible = pairs[actor].nunique(), int(pairs[actor].nunique() * pairs[event].nunique())
    one = enumerated(len(pairs) / possible if possible else np.nan, actors, unit="proportion")
    return NetworkShape(**fields(one), ties=len(pairs), possible=possible, isolates=0)


def estimate_two_mode_density(
    table: pd.DataFrame, *, indicator: str, event: str, actor: str, by: Sequence[str] = ()
) -> pd.DataFrame:
    """`two_mode_density` of each group of `by`, in the one output shape; unit "proportion", no limits.

    `numerator` attendances, `denominator` actors × events of the group. Input, formula and source: there.
    """
    names = columns(table, event, actor)

    def answer(rows: np.ndarray) -> tuple[Estimate, float, float]:
        one = two_mode_density(names.iloc[rows], event=event, actor=actor)
        return one, one.ties, one.possible

    return estimate_parts(table, answer, indicator=indicator, by=by)


def estimate_centrality(
    table: pd.DataFrame, *, indicator: str, event: str, actor: str, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Degree, closeness and betweenness of each actor and each event, from 0 to 1; unit "index", no limits.

    Parameters
    ----------
    table
        As for `project`.

    Returns
    -------
    DataFrame in the one output shape with the further groups `measure` ("degree", "closeness", "betweenness"),
    `mode` ("actor", "event") and `node`, in sorted order; `n` is the nodes of that mode. For the degree,
    `numerator` is the node's ties and `denominator` the nodes of the other mode. Closeness is `too_few` for all
    where the network falls in pieces, betweenness where no node of the mode could lie between others.
    No row for an empty group.

    Raises
    ------
    ValueError
        Where a column is absent.

    Notes
    -----
    Each is divided by the largest value that a node of its mode can reach in a network of that size. With n1 nodes
    in the mode and n2 in the other: degree / n2; (n2 + 2 (n1 - 1)) / sum of distances; paths through the node /
    the largest number of them. Assumes that who shares an event can reach each other.
    When not to use: closeness between pieces is not defined; networkx gives values above 1 there. A rank of people
    by centrality is no judgement of them.
    Source: Borgatti & Everett (1997), Social Networks 19:243-269.
    """
    names = columns(table, event, actor)
    rows = []
    for head, numbers in parts(table, by):
        pairs = attendances(names.iloc[numbers], event, actor)
        if pairs.empty:
            continue
        for one in _centrality(pairs):
            rows.append(head | {"indicator": indicator} | one)
    return shape(rows, by=by, more=("measure", "mode", "node"))


def _centrality(pairs: pd.DataFrame) -> list[dict[str, object]]:
    graph, actors = two_mode(pairs)
    events = [node for node in graph if node[0] == "event"]
    closeness = bipartite.closeness_centrality(graph, actors) if nx.is_connected(graph) else {}
    paths = nx.betweenness_centrality(graph, normalized=False)
    rows: list[dict[str, object]] = []
    for measure in ("degree", "closeness", "betweenness"):
        for own, other in ((actors, events), (events, actors)):
            most = _most_paths(len(own), len(other))
            for node in sorted(own):
                row: dict[str, object] = {"measure": measure, "mode": node[0], "node": node[1]}
                if measure == "degree":
                    row |= {"numerator": graph.degree(node), "denominator": len(other)}
                    value = graph.degree(node) / len(other)
                elif measure == "closeness":
                    value = closeness.get(node, np.nan)
                else:
                    value = paths[node] / most if most else np.nan
                rows.append(row | {"estimate": value, "unit": "index", "method": "enumeration", "n": len(own)})
    return rows


def _most_paths(own: int, other: int) -> float:
    """Largest betweenness of a node whose mode has `own` nodes, the other mode `other` (networkx divides by its 0)."""
    s, t = divmod(own - 1, other)
    return (other**2 * (s + 1) ** 2 + other * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)) / 2
