"""Who is tied to whom by group: E-I index, assortativity, modularity, communities.

Nothing is sampled in a network seen whole: these measures carry no limits (method "enumeration"). The range in
which chance alone would put them is in `network_tests`. Weights of ties are left aside throughout.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import networkx as nx
import numpy as np
import pandas as pd

from prs_eval.estimation._graphs import as_codes, as_edges, enumerated, fields, mixing
from prs_eval.estimation.frame import Estimate

Mixing = Literal["ei_index", "assortativity", "modularity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition(Estimate):
    """Modularity of a partition; `groups`: the number of each node's community, from 0, the largest first."""

    groups: dict[Hashable, int]
    communities: int


def ei_index(graph: nx.Graph, groups: Mapping[Any, Any]) -> Estimate:
    """External less internal ties, out of all: -1 all within groups, +1 all between; unit "index", no limits.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.
    groups
        The group of each node (a category, a quartier).

    Returns
    -------
    Estimate, `n` nodes; `too_few` without a tie.

    Raises
    ------
    ValueError
        Where a node has no group, or the graph is directed or has loops.

    Notes
    -----
    (E - I) / (E + I). When not to use: alone. With small groups most ties go out of them by chance: compare with
    `homophily_test(statistic="ei_index")`, whose reference range is the interval of chance.
    Source: Krackhardt & Stern (1988), Social Psychology Quarterly 51:123-140.
    """
    return _mixing(graph, groups, "ei_index")


def assortativity(graph: nx.Graph, groups: Mapping[Any, Any] | None = None) -> Estimate:
    """How much like is tied to like: 1 only alike, 0 as by chance; unit "index", no limits.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.
    groups
        The group of each node, for the nominal coefficient; None for that of degrees (who has many ties is tied to
        who has many).

    Returns
    -------
    Estimate, `n` nodes; `too_few` without a tie, where all ties are of one group, or all tied nodes of one degree.

    Raises
    ------
    ValueError
        Where a node has no group, or the graph is directed or has loops.

    Notes
    -----
    Nominal: (sum e_gg - sum a_g²) / (1 - sum a_g²), e_gg the share of ties within g, a_g the share of tie ends in
    g. Degree: Pearson's correlation of the degrees at both ends over ties, each counted both ways.
    When not to use: degrees in a projection, which is assortative by the making of it.
    Source: Newman (2003), Phys Rev E 67:026126.
    """
    if groups is not None:
        return _mixing(graph, groups, "assortativity")
    nodes, edges = as_edges(graph)
    degree = np.bincount(edges.ravel(), minlength=len(nodes)).astype(float)
    ends = degree[np.vstack([edges, edges[:, ::-1]])] if len(edges) else np.zeros((1, 2))
    if np.ptp(ends) == 0:
        return enumerated(np.nan, len(nodes))
    return enumerated(float(np.corrcoef(ends.T)[0, 1]), len(nodes))


def modularity(graph: nx.Graph, groups: Mapping[Any, Any]) -> Estimate:
    """Share of ties within the given groups, less what chance would put there; unit "index", no limits.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside (networkx's own function takes weights unless told).
    groups
        The group of each node.

    Returns
    -------
    Estimate, `n` nodes; `too_few` without a tie.

    Raises
    ------
    ValueError
        Where a node has no group, or the graph is directed or has loops.

    Notes
    -----
    sum e_gg - sum a_g² (see `assortativity`): -1/2 to under 1, 0 as by chance among nodes of the same degrees.
    When not to use: to compare networks of different sizes or numbers of groups.
    Source: Newman & Girvan (2004), Phys Rev E 69:026113.
    """
    return _mixing(graph, groups, "modularity")


def greedy_partition(graph: nx.Graph, *, draws: int = 20, seed: int = 1) -> Partition:
    """Communities of high modularity, found by Louvain's greedy moves from `draws` random orders, the best kept.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.
    draws
        Random orders tried, 1 or more.
    seed
        Of the orders: the same seed and network give the same communities, whatever the order of the rows.

    Returns
    -------
    Partition: `estimate` the modularity, `method` naming draws and seed; `too_few`, all nodes in one community each,
    without a tie.

    Raises
    ------
    ValueError
        Where `draws` is under 1, or the graph is directed or has loops.

    Notes
    -----
    When not to use: as if the communities were facts. Networks of chance have partitions of modularity .3 and more,
    and small communities merge (resolution limit, Fortunato & Barthélemy 2007, PNAS 104:36-41).
    Source: Blondel et al. (2008), J Stat Mech P10008.
    """
    if draws < 1:
        raise ValueError(f"`draws` must be 1 or more, not {draws}.")
    nodes, edges = as_edges(graph)
    plain = nx.Graph()
    plain.add_nodes_from(range(len(nodes)))
    plain.add_edges_from(edges.tolist())
    best, found = np.nan, np.arange(len(nodes))
    for one in np.random.default_rng(seed).integers(2**31, size=draws) if len(edges) else []:
        codes = np.empty(len(nodes), dtype=np.intp)
        for number, members in enumerate(nx.community.louvain_communities(plain, weight=None, seed=int(one))):
            codes[list(members)] = number
        value = float(mixing(edges, codes, "modularity"))
        if np.isnan(best) or value > best + 1e-12:
            best, found = value, codes
    sizes = pd.Series(found).value_counts(sort=False)
    first = pd.Series(np.arange(len(nodes))).groupby(found).min()
    order = pd.DataFrame({"size": -sizes, "first": first}).sort_values(["size", "first"]).index
    rank = {code: i for i, code in enumerate(order)}
    one_answer = fields(enumerated(best, len(nodes))) | {"method": f"louvain, {draws} draws, seed {seed}"}
    groups = {node: rank[code] for node, code in zip(nodes, found, strict=True)}
    return Partition(**one_answer, groups=groups, communities=len(rank))


def _mixing(graph: nx.Graph, groups: Mapping[Any, Any], statistic: Mixing) -> Estimate:
    nodes, edges = as_edges(graph)
    codes = as_codes(nodes, groups)
    return enumerated(float(mixing(edges, codes, statistic)), len(nodes))
