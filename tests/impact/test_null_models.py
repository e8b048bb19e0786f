"""Ties between groups against every way to deal the groups."""

from __future__ import annotations

from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from prs_eval.estimation.network_tests import homophily_test
from prs_eval.impact.null_models import cross_group_ties


def karate(shared):
    edges = np.genfromtxt(shared / "reference" / "datasets" / "karate.csv", delimiter=",", skip_header=1)
    graph = nx.Graph([(int(a), int(b)) for a, b, _w in edges])
    rows = (shared / "reference" / "datasets" / "karate_nodes.csv").read_text().splitlines()[1:]
    return graph, {int(row.split(",")[0]): row.split(",")[1] for row in rows}


def test_on_the_karate_club_it_is_the_ei_index_less_its_mean_under_chance(shared):
    # Zachary (1977): 78 ties, 11 between the two factions (as the split of the club is coded there).
    graph, groups = karate(shared)
    found = cross_group_ties([(graph, groups)], draws=4000, seed=1)
    peer = homophily_test(graph, groups, statistic="ei_index", draws=4000)
    between = sum(groups[a] != groups[b] for a, b in graph.edges)
    assert found.n == 78
    assert found.estimate == pytest.approx(between / 78 - (1 + peer.expected) / 2, abs=0.005)  # Monte Carlo
    assert found.upper < 0
    assert found.p_value < 0.001


def test_chance_is_all_the_ways_to_deal_the_groups_within_each_network():
    one = (nx.Graph([(0, 1), (1, 2), (2, 3)]), dict(enumerate("aabb")))
    two = (nx.Graph([(0, 1), (0, 2)]), dict(enumerate("abb")))
    exact = 0.0
    for graph, groups in (one, two):
        deals = list(permutations(groups.values()))
        crossing = [sum(deal[a] != deal[b] for a, b in graph.edges) for deal in deals]
        exact += float(np.mean(crossing))
    found = cross_group_ties([one, two], draws=20_000, seed=3)
    observed = (1 + 2) / 5
    assert found.estimate == pytest.approx(observed - exact / 5, abs=0.01)  # 3 Monte-Carlo errors
    assert found.lower <= found.estimate <= found.upper
    assert found.units == 2


def test_without_ties_or_with_one_group_nothing_is_said():
    empty = nx.Graph()
    empty.add_nodes_from([0, 1])
    assert cross_group_ties([(empty, {0: "a", 1: "b"})]).status == "too_few"
    assert cross_group_ties([(nx.Graph([(0, 1)]), {0: "a", 1: "a"})]).status == "too_few"
    with pytest.raises(ValueError, match="`draws` must be 1 or more"):
        cross_group_ties([], draws=0)
    with pytest.raises(ValueError, match="1 of 2 nodes have none"):
        cross_group_ties([(nx.Graph([(0, 1)]), {0: "a"})])
