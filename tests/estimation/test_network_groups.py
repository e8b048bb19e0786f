"""Mixing of groups agrees with igraph; weights of ties do not slip in."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.network_groups import assortativity, ei_index, greedy_partition, modularity
from prs_eval.estimation.networks import project
from tests.estimation.network_cases import davis, karate, marriage, meetings, values

FUNCTIONS = {"ei_index": ei_index, "assortativity": assortativity, "modularity": modularity}


def florentine():
    return marriage(), {family: family < "L" for family in marriage()}


def of_meetings():
    table = meetings(2018)
    groups = dict(zip(table["actor"], table["category"], strict=True))
    return project(table, event="event", actor="actor", at_least=2), groups


DATA = {"florentine": florentine, "karate": karate, "meetings": of_meetings}
random_graphs = st.builds(
    lambda n, density, seed: nx.gnp_random_graph(n, density, seed=seed),
    st.integers(0, 12), st.floats(0, 1), st.integers(0, 1000),
)  # fmt: skip


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("measure", FUNCTIONS)
def test_mixing_is_that_of_igraph(data, measure):
    one = FUNCTIONS[measure](*DATA[data]())
    assert one.estimate == pytest.approx(values("network_measures", data)[measure], rel=1e-9)
    assert (one.method, one.unit, np.isnan([one.lower, one.upper]).all()) == ("enumeration", "index", True)


@pytest.mark.parametrize("data", DATA)
def test_assortativity_of_degrees_is_that_of_igraph(data):
    found = assortativity(DATA[data]()[0]).estimate
    assert found == pytest.approx(values("network_measures", data)["degree_assortativity"], rel=1e-9)


@pytest.mark.parametrize("data", [*DATA, "davis"])
def test_communities_are_as_good_as_the_best_that_igraph_finds(data):
    graph = project(davis(), event="event", actor="actor", at_least=3) if data == "davis" else DATA[data]()[0]
    found = greedy_partition(graph)
    assert found.estimate == pytest.approx(values("network_measures", data)["best_modularity"], rel=1e-9)
    assert found.estimate == pytest.approx(modularity(graph, found.groups).estimate, rel=1e-12)
    assert "seed 1" in found.method


def test_karate_has_the_published_modularities_where_networkx_slips_the_weights_in():
    graph, clubs = karate()
    sides = [{n for n in graph if clubs[n] == club} for club in set(clubs.values())]
    assert nx.community.modularity(graph, sides) == pytest.approx(0.391, abs=5e-4)
    assert modularity(graph, clubs).estimate == pytest.approx(0.358, abs=5e-4)
    # The largest possible: Brandes et al. (2008), IEEE TKDE 20:172-188, printed .4198.
    found = greedy_partition(graph)
    assert found.estimate == pytest.approx(0.4198, abs=5e-5)
    assert found.communities == 4


def test_communities_do_not_depend_on_the_order_of_rows_and_the_largest_comes_first():
    graph, _ = karate()
    turned = nx.Graph(reversed(list(graph.edges())))
    first, second = greedy_partition(graph), greedy_partition(turned)
    assert first.groups == second.groups
    sizes = pd.Series(first.groups).value_counts().sort_index()
    assert sizes.is_monotonic_decreasing
    assert sizes.index.tolist() == list(range(first.communities))


def test_all_ties_within_and_all_between_are_the_ends_of_the_ei_index():
    within, between = nx.Graph([("a", "b"), ("c", "d")]), nx.Graph([("a", "c"), ("b", "d")])
    groups = {"a": 1, "b": 1, "c": 2, "d": 2}
    assert (ei_index(within, groups).estimate, ei_index(between, groups).estimate) == (-1, 1)
    assert (assortativity(within, groups).estimate, assortativity(between, groups).estimate) == (1, -1)


@pytest.mark.parametrize("measure", FUNCTIONS)
@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_no_tie_is_too_few(measure, nodes):
    one = FUNCTIONS[measure](nx.empty_graph(nodes), dict.fromkeys(range(nodes), "health"))
    assert (one.status, one.n) == ("too_few", nodes)
    assert np.isnan(one.estimate)
    assert greedy_partition(nx.empty_graph(nodes)).status == "too_few"
    assert assortativity(nx.empty_graph(nodes)).status == "too_few"


def test_one_group_or_one_degree_has_no_assortativity():
    ring = nx.cycle_graph(5)
    assert assortativity(ring, dict.fromkeys(ring, 1)).status == "too_few"
    assert assortativity(ring).status == "too_few"
    assert (modularity(ring, dict.fromkeys(ring, 1)).estimate, ei_index(ring, dict.fromkeys(ring, 1)).estimate) == (
        0,
        -1,
    )


@pytest.mark.parametrize("group", [None, np.nan])
def test_a_node_without_a_group_is_refused(group):
    with pytest.raises(ValueError, match="1 of 3 nodes"):
        ei_index(nx.path_graph(3), {0: "health", 1: "health", 2: group})


def test_directed_networks_loops_and_no_draw_are_refused():
    for wrong in (nx.DiGraph([(0, 1)]), nx.Graph([(0, 0)]), nx.MultiGraph([(0, 1), (0, 1)])):
        with pytest.raises(ValueError, match="`graph`"):
            modularity(wrong, {0: 1, 1: 2})
    with pytest.raises(ValueError, match="draws"):
        greedy_partition(nx.path_graph(3), draws=0)


@settings(max_examples=50, deadline=None)
@given(random_graphs, st.integers(1, 4), st.integers(0, 100))
def test_names_order_and_weights_change_nothing(graph, groups, seed):
    rng = np.random.default_rng(seed)
    group = {node: int(rng.integers(groups)) for node in graph}
    name = {node: f"S{place}" for node, place in zip(graph, rng.permutation(len(graph)), strict=True)}
    other = nx.Graph()
    other.add_nodes_from(reversed([name[node] for node in graph]))
    other.add_weighted_edges_from([(name[a], name[b], 7) for a, b in graph.edges()])
    renamed = {name[node]: f"group {code}" for node, code in group.items()}
    for function in FUNCTIONS.values():
        first, second = function(graph, group), function(other, renamed)
        assert first.estimate == pytest.approx(second.estimate, abs=1e-12, nan_ok=True)
        assert np.isnan(first.estimate) or -1 - 1e-12 <= first.estimate <= 1 + 1e-12
    assert assortativity(graph).estimate == pytest.approx(assortativity(other).estimate, abs=1e-9, nan_ok=True)
