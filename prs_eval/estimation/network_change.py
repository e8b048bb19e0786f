"""What changed in a network between two years: who is in it, apart from who is tied to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd

from prs_eval.estimation._graphs import as_edges, columns, enumerated, fields
from prs_eval.estimation._parts import answer_row, parts, shape
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.networks import project


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChange(Estimate):
    """Change of density between two years, and what it is made of.

    density_before, density_after
        `estimate` is the second less the first.
    turnover, structure
        Parts of `estimate`: nodes that left and entered; ties among those who stayed. They add up to it.
    entered, left, stayed
        Nodes.
    formed, dissolved, kept
        Ties among those who stayed.
    jaccard
        kept / (formed + dissolved + kept).
    """

    density_before: float
    density_after: float
    turnover: float
    structure: float
    entered: int
    left: int
    stayed: int
    formed: int
    dissolved: int
    kept: int
    jaccard: float


def network_change(before: nx.Graph, after: nx.Graph) -> NetworkChange:
    """Change of density, split into turnover of nodes and structure among those who stayed; unit "proportion".

    Parameters
    ----------
    before, after
        Undirected networks of two years, without loops; a node of the same name is the same node. `weight` is left
        aside.

    Returns
    -------
    NetworkChange, no limits (both networks are seen whole, method "enumeration"); `n` nodes of either year.
    `estimate` is `too_few` where one network has under two nodes; `turnover` and `structure` are NaN where under two
    nodes stayed, `jaccard` where those who stayed never had a tie.

    Raises
    ------
    ValueError
        Where a graph is directed or has loops.

    Notes
    -----
    structure = density among those who stayed, after less before; turnover = (density after less that among those
    who stayed, after) less (density before less that among those who stayed, before): what newcomers add and
    leavers take. Assumes that a node seen in one year only left or entered, and was not just missed at the meetings.
    When not to use: few stayed (then there is no structure to follow); years with very different numbers of
    meetings, as more meetings make more ties. Whether ties persist more than chance: `qap_correlation` among those
    who stayed. Under a Jaccard of .2 to .3 the two years are hardly one network that changed.
    Sources: Kitagawa (1955), JASA 50:1168-1194, for parts of a difference; Snijders, van de Bunt & Steglich (2010),
    Social Networks 32:44-60, for joiners, leavers and the Jaccard index of ties.
    """
    stayed = set(before) & set(after)
    first, second = ({frozenset(tie) for tie in graph.subgraph(stayed).edges()} for graph in (before, after))
    density_before, density_after = _density(before), _density(after)
    possible = len(stayed) * (len(stayed) - 1) // 2
    structure = (len(second) - len(first)) / possible if possible else np.nan
    change = density_after - density_before
    either = len(first | second)
    return NetworkChange(
        **fields(enumerated(change, len(set(before) | set(after)), unit="proportion")),
        density_before=density_before,
        density_after=density_after,
        turnover=change - structure,
        structure=structure,
        entered=len(set(after) - stayed),
        left=len(set(before) - stayed),
        stayed=len(stayed),
        formed=len(second - first),
        dissolved=len(first - second),
        kept=len(first & second),
        jaccard=len(first & second) / either if either else np.nan,
    )


def _density(graph: nx.Graph) -> float:
    nodes, edges = as_edges(graph)
    return 2 * len(edges) / (len(nodes) * (len(nodes) - 1)) if len(nodes) > 1 else np.nan


_COUNTS = ("entered", "left", "stayed", "formed", "dissolved", "kept")
_PARTS = ("density_before", "density_after", "turnover", "structure")


def estimate_network_change(
    table: pd.DataFrame,
    *,
    indicator: str,
    event: str,
    actor: str,
    year: str = "year",
    at_least: int = 1,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """`network_change` of the actors' network from each year to the next one seen, by group.

    Parameters
    ----------
    table
        One row an actor at an event, as for `networks.project`, with the column `year`, whole numbers.
    at_least
        Shared events that make a tie.
    by
        Other grouping columns.

    Returns
    -------
    DataFrame in the one output shape, `year` the later one, with the further groups `since` (the earlier year) and
    `measure`: "density_change", "density_before", "density_after", "turnover", "structure" (unit "proportion"),
    "jaccard" (unit "index"), "entered", "left", "stayed", "formed", "dissolved", "kept" (unit "count"). No limits.
    No row for a group with one year.

    Raises
    ------
    ValueError
        Where a column is absent, a year is missing or `year` is in `by`.

    Notes
    -----
    Formula, assumptions, when not to use and sources: `network_change`. A year without a row is not a year without a
    tie: the change then spans it, as `since` says.
    """
    columns(table, event, actor)
    if year not in table.columns:
        raise ValueError(f"no column `{year}` in the table.")
    if year in by:
        raise ValueError(f"`by` must not hold `{year}`: the change is between years.")
    if missing := int(table[year].isna().sum()):
        raise ValueError(f"`{year}` must not be missing: {missing} of {len(table)} rows are.")
    rows = []
    for head, numbers in parts(table, by):
        own = table.iloc[numbers]
        graphs = {
            int(each): project(own[own[year] == each], event=event, actor=actor, at_least=at_least)
            for each in sorted(own[year].unique())
        }
        years = list(graphs)
        for since, now in pairwise(years):
            change = network_change(graphs[since], graphs[now])
            for measure, one in _measures(change).items():
                named = {"indicator": indicator, "year": now, "since": since, "measure": measure}
                rows.append(answer_row(one, **head, **named))
    return shape(rows, by=by, more=("since", "measure"))


def _measures(change: NetworkChange) -> dict[str, Estimate]:
    n = int(change.n)
    found: dict[str, Estimate] = {"density_change": change}
    found |= {name: enumerated(getattr(change, name), n, unit="proportion") for name in _PARTS}
    found |= {"jaccard": enumerated(change.jaccard, n)}
    return found | {name: enumerated(getattr(change, name), n, unit="count") for name in _COUNTS}
