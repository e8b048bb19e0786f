"""How a whole network is built: centralisation, core and periphery, and all measures of many networks.

Nothing is sampled in a network seen whole: these measures carry no limits (method "enumeration"). The range in
which chance alone would put them is in `network_tests`. Weights of ties are left aside throughout.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.estimation._graphs import as_edges, best_core, columns, enumerated, fields
from prs_eval.estimation._parts import answer_row, parts, shape
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.network_groups import assortativity, ei_index, modularity
from prs_eval.estimation.networks import project

Centrality = Literal["degree", "closeness", "betweenness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorePeriphery(Estimate):
    """Correlation with the ideal pattern, and the nodes of the `core`, sorted."""

    core: tuple[Hashable, ...]


def centralisation(graph: nx.Graph, *, measure: Centrality = "degree") -> Estimate:
    """How far the network turns around one node: 0 all alike, 1 a star; unit "index", no limits.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.
    measure
        "degree", "closeness" (inverse of the mean distance) or "betweenness" (paths through the node).

    Returns
    -------
    Estimate; `too_few` under three nodes, and for closeness where the network falls in pieces.

    Raises
    ------
    ValueError
        Where the graph is directed, has loops or the measure is unknown.

    Notes
    -----
    sum(max c - c_i) / the same sum in a star of n nodes: (n - 1)(n - 2) for ties, (n - 1)(n - 2) / (2n - 3) for
    closeness (n - 1) / sum of distances, n - 1 for betweenness divided by (n - 1)(n - 2) / 2.
    When not to use: a projection of few large events, where all are tied to all and nothing is central.
    Source: Freeman (1979), Social Networks 1:215-239.
    """
    if measure not in get_args(Centrality):
        raise ValueError(f"`measure` must be one of {', '.join(get_args(Centrality))}, not {measure}.")
    nodes, edges = as_edges(graph)
    n = len(nodes)
    if n < 3 or (measure == "closeness" and not nx.is_connected(graph)):
        return enumerated(np.nan, n)
    if measure == "degree":
        values, most = np.bincount(edges.ravel(), minlength=n).astype(float), float((n - 1) * (n - 2))
    elif measure == "closeness":
        values, most = _values(nx.closeness_centrality(graph)), (n - 1) * (n - 2) / (2 * n - 3)
    else:
        values, most = _values(nx.betweenness_centrality(graph)), float(n - 1)
    return enumerated(float((values.max() - values).sum()) / most, n)


def core_periphery(graph: nx.Graph) -> CorePeriphery:
    """How near the network is to a core tied to all and a periphery tied to the core only; unit "index", no limits.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.

    Returns
    -------
    CorePeriphery: `estimate`, the correlation of the ties with the ideal pattern, 1 for a perfect one, and the
    `core`. `too_few` under three nodes, without a tie, or all tied to all.

    Raises
    ------
    ValueError
        Where the graph is directed or has loops.

    Notes
    -----
    Pearson's correlation over pairs of a_ij with 1 where i or j is in the core, 0 where neither is. Up to twelve
    nodes all cores are tried. Beyond, cores of each size from 1 to n - 2 (grown, shrunk, of the highest degrees)
    exchange one node for another while that ties more pairs: a search, which may miss the best, but has no chance in
    it. The smaller core is kept of equals.
    When not to use: as a sign of a core without `cug_test(statistic="core_periphery")`.
    Source: Borgatti & Everett (1999), Social Networks 21:375-395.
    """
    nodes, edges = as_edges(graph)
    value, core = best_core(edges, len(nodes))
    return CorePeriphery(**fields(enumerated(value, len(nodes))), core=tuple(nodes[i] for i in core))


def estimate_network_measures(
    table: pd.DataFrame,
    *,
    indicator: str,
    event: str,
    actor: str,
    category: str | None = None,
    at_least: int = 1,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Centralisation, mixing and core of the actors' network of each group; unit "index", no limits.

    Parameters
    ----------
    table
        One row an actor at an event, as for `networks.project`.
    category
        Column of the actor's group, the same in all of an actor's rows; without it no mixing measure.
    at_least
        Shared events that make a tie.

    Returns
    -------
    DataFrame in the one output shape with the further group `measure`: "degree_centralisation",
    "closeness_centralisation", "betweenness_centralisation", "degree_assortativity", "core_periphery", and with
    `category` "ei_index", "assortativity", "modularity"; `n` nodes. Rows `too_few` where not defined.

    Raises
    ------
    ValueError
        Where a column is absent, or an actor has no category or two in a group of `by`.

    Notes
    -----
    Formulas, assumptions, when not to use and sources: the function of each measure.
    """
    columns(table, event, actor)
    if category is not None and category not in table.columns:
        raise ValueError(f"no column `{category}` in the table.")
    rows = []
    for head, numbers in parts(table, by):
        own = table.iloc[numbers]
        graph = project(own, event=event, actor=actor, at_least=at_least)
        found: dict[str, Estimate] = {f"{one}_centralisation": centralisation(graph, measure=one) for one in _ALL}
        found |= {"degree_assortativity": assortativity(graph), "core_periphery": core_periphery(graph)}
        if category is not None:
            groups = _groups(own, event, actor, category)
            found |= {"ei_index": ei_index(graph, groups), "assortativity": assortativity(graph, groups)}
            found |= {"modularity": modularity(graph, groups)}
        rows += [answer_row(one, **head, indicator=indicator, measure=measure) for measure, one in found.items()]
    return shape(rows, by=by, more=("measure",))


_ALL: tuple[Centrality, ...] = get_args(Centrality)


def _groups(own: pd.DataFrame, event: str, actor: str, category: str) -> dict[Hashable, Any]:
    pairs = own.dropna(subset=[event, actor])[[actor, category]].drop_duplicates()
    if several := int(pairs[actor].duplicated().sum()):
        raise ValueError(f"`{category}` must be the same in all rows of an actor: it is not for {several} actors.")
    return dict(zip(pairs[actor], pairs[category], strict=True))


def _values(of_nodes: Mapping[Any, float]) -> NDArray[np.float64]:
    return np.array(list(of_nodes.values()), dtype=float)
