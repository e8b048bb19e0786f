"""Who meets whom, and how mixed a group is: two-mode projection, density, diversity with limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import networkx as nx
import numpy as np
import pandas as pd
from networkx.algorithms import bipartite
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation.intervals import check_confidence_level

Index = Literal["blau", "shannon", "evenness"]


def diversity(counts: ArrayLike, index: Index) -> float:
    """How mixed `counts` (people by category, shape (categories,)) are; NaN where they sum to 0.

    `blau`: chance that two people drawn with replacement differ, 1 - sum(p²), from 0 to 1 - 1/categories.
    `shannon`: -sum(p ln p), in nats, from 0 to ln(categories). `evenness`: shannon / ln(categories), 0 to 1;
    the divisor is all the categories given, present or not.
    Sources: Blau (1977), Inequality and Heterogeneity; Shannon (1948), BSTJ 27:379-423; Pielou (1966),
    J Theor Biol 13:131-144.
    """
    people = np.asarray(counts, dtype=float)
    if people.ndim != 1 or people.size < 2:
        raise ValueError("`counts` must have shape (categories,) with two categories or more.")
    if np.isnan(people).any() or np.any(people < 0):
        raise ValueError("`counts` must hold no NaN and nothing negative.")
    if people.sum() == 0:
        return np.nan
    shares = people[people > 0] / people.sum()
    if index == "blau":
        return float(1 - np.square(shares).sum())
    entropy = float(-(shares * np.log(shares)).sum()) + 0.0  # no minus zero
    return entropy / float(np.log(people.size)) if index == "evenness" else entropy


def diversity_interval(
    counts: ArrayLike, index: Index, *, confidence_level: float = 0.95
) -> tuple[float, float, float]:
    """Diversity of the pooled counts and its limits, where people come in clusters.

    Parameters
    ----------
    counts
        People by cluster and category, shape (clusters, categories): the people of one meeting come together,
        so the formulas for people drawn one by one (Simpson, Hutcheson) would give too narrow limits.
    index
        See `diversity`.

    Returns
    -------
    (estimate, lower, upper), limits kept within the range of the index. All NaN where nobody came. Limits NaN
    under two clusters, where leaving one cluster out leaves nobody, and where all clusters are alike.

    Notes
    -----
    Jackknife that leaves out one cluster at a time, Student with clusters - 1 degrees of freedom.
    Source: Wolter (2007), Introduction to Variance Estimation, 2nd ed., chapter 4; as the JK1 replicates of R's
    survey 4.x.
    """
    check_confidence_level(confidence_level)
    people = np.asarray(counts, dtype=float)
    if people.ndim != 2:
        raise ValueError(f"`counts` must have shape (clusters, categories), not {people.shape}.")
    pooled: NDArray[np.float64] = people.sum(axis=0)
    estimate = diversity(pooled, index)
    clusters = people.shape[0]
    if clusters < 2 or np.isnan(estimate):
        return estimate, np.nan, np.nan
    left_out = np.array([diversity(pooled - row, index) for row in people])
    spread = left_out - left_out.mean()
    if np.isnan(left_out).any() or np.abs(spread).max() < 1e-12:
        return estimate, np.nan, np.nan
    error = float(np.sqrt((clusters - 1) / clusters * np.square(spread).sum()))
    half = float(stats.t.ppf((1 + confidence_level) / 2, clusters - 1)) * error
    highest = {"blau": 1 - 1 / pooled.size, "shannon": float(np.log(pooled.size)), "evenness": 1.0}[index]
    return estimate, max(estimate - half, 0.0), min(estimate + half, highest)


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """A whole network as observed: counts, and `density` = ties / possible ties (NaN under two nodes).

    No limits: nothing was sampled, all the ties that the meetings made are there.
    """

    nodes: int
    ties: int
    possible: int
    isolates: int
    density: float


def project(incidence: pd.DataFrame, *, event: str, actor: str) -> nx.Graph:
    """Network of actors tied by the events they shared; edge attribute `weight` = number of shared events.

    Parameters
    ----------
    incidence
        One row an actor at an event, columns `event` and `actor`; repeated rows count once, rows without an
        actor are left out. An actor who shared no event stays, as an isolate.

    Notes
    -----
    Source: Breiger (1974), Social Forces 53:181-190; networkx `weighted_projected_graph`.
    """
    pairs = incidence[[event, actor]].dropna().drop_duplicates().sort_values([actor, event])
    if pairs.empty:
        return nx.Graph()
    two_mode = nx.Graph()
    actors = [("actor", a) for a in pairs[actor].drop_duplicates()]
    two_mode.add_nodes_from(actors)
    two_mode.add_edges_from((("actor", a), ("event", e)) for e, a in pairs.itertuples(index=False))
    projected = bipartite.weighted_projected_graph(two_mode, actors)
    return nx.relabel_nodes(projected, {node: node[1] for node in actors})


def ties(graph: nx.Graph, *, at_least: int = 1) -> pd.DataFrame:
    """Ties of `graph` with weight `at_least` or more: `source` < `target`, `weight`, in that order."""
    rows = [(*sorted(pair), weight) for *pair, weight in graph.edges(data="weight") if weight >= at_least]
    return pd.DataFrame(sorted(rows), columns=["source", "target", "weight"])


def network_shape(graph: nx.Graph, *, at_least: int = 1) -> NetworkShape:
    """Nodes, ties of weight `at_least` or more, possible ties, isolates (nodes without such a tie), density."""
    if at_least < 1:
        raise ValueError(f"`at_least` must be 1 or more, not {at_least}.")
    kept = ties(graph, at_least=at_least)
    nodes = graph.number_of_nodes()
    possible = nodes * (nodes - 1) // 2
    tied = len(set(kept["source"]) | set(kept["target"]))
    return NetworkShape(nodes, len(kept), possible, nodes - tied, len(kept) / possible if possible else np.nan)


def ring_positions(n: int) -> NDArray[np.float64]:
    """Places for `n` nodes on the unit circle, shape (n, 2), down the right side and up the left one.

    Heights are evenly spaced on each side, so that a label written outwards from each node meets no other.
    """
    right = (n + 1) // 2
    heights = [1 - 2 * (i + 0.5) / side for side in (right, n - right) for i in range(side)]
    heights[right:] = heights[right:][::-1]
    y = np.array(heights, dtype=float)
    x = np.sqrt(np.maximum(1 - np.square(y), 0.0))
    x[right:] *= -1
    return np.column_stack([x, y])
