"""Ties between groups against chance: several networks together, groups dealt out anew within each."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from prs_eval.estimation._graphs import as_codes, as_edges
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact.effect import Effect, too_few

Values = NDArray[np.float64]
Network = tuple[nx.Graph, Mapping[Hashable, Hashable]]


def cross_group_ties(
    networks: Sequence[Network], *, draws: int = 2000, confidence_level: float = 0.95, seed: int = 0
) -> Effect:
    """Share of ties between groups, less what chance gives: all networks together, unit "difference" (a fraction).

    Parameters
    ----------
    networks
        Undirected graphs without loops, each with the group of each of its nodes.
    draws
        Times that the groups are dealt out anew over the nodes, within each network.
    seed
        Of the draws.

    Returns
    -------
    Effect: the share of ties between groups minus its mean under chance; limits: minus the quantiles of chance, so
    that they hold 0 where the share is within chance's own range; `n` ties, `units` networks with ties. `too_few`
    without a tie or where every network has one group.

    Raises
    ------
    ValueError
        A node without a group, a directed graph or one with loops, under one draw.

    Notes
    -----
    Keeps each network's ties and the sizes of its groups. The share is (1 + E-I index) / 2. When not to use: where
    a group comes to all meetings by its office.
    Source: Krackhardt & Stern (1988), Social Psychology Quarterly 51:123-140; Phipson & Smyth (2010), Stat Appl
    Genet Mol Biol 9:39.
    """
    check_confidence_level(confidence_level)
    if draws < 1:
        raise ValueError(f"`draws` must be 1 or more, not {draws}.")
    generator = np.random.default_rng(seed)
    crossing, null, ties, mixed, used = 0, np.zeros(draws), 0, False, 0
    for graph, groups in networks:
        nodes, edges = as_edges(graph)
        if not len(edges):
            continue
        codes = as_codes(nodes, groups)
        mixed |= bool(np.ptp(codes) > 0)
        used, ties = used + 1, ties + len(edges)
        crossing += int((codes[edges[:, 0]] != codes[edges[:, 1]]).sum())
        dealt = codes[np.argsort(generator.random((draws, codes.size)), axis=1)]
        null += (dealt[:, edges[:, 0]] != dealt[:, edges[:, 1]]).sum(axis=1)
    blank = too_few(
        confidence_level=confidence_level,
        unit="difference",
        method="permuted_groups",
        n=float(ties),
        units=used,
        inference="permutation",
        reason="sampled_assignments",
    )
    if not ties or not mixed:
        return blank
    share, chance = crossing / ties, null / ties
    expected, tail = float(chance.mean()), (1 - confidence_level) / 2
    low, high = np.quantile(chance, [tail, 1 - tail])
    # The observed deal counts as one of chance's, so that p is never 0.
    above, below = (1 + (null >= crossing).sum()) / (draws + 1), (1 + (null <= crossing).sum()) / (draws + 1)
    return replace(
        blank,
        estimate=share - expected,
        lower=float(share - high),
        upper=float(share - low),
        status="ok",
        standard_error=float(chance.std(ddof=1)) if draws > 1 else np.nan,
        p_value=float(min(1.0, 2 * min(above, below))),
    )
