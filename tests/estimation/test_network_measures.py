"""Centralisation and core–periphery agree with igraph, sna and every core tried."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.network_measures import centralisation, core_periphery, estimate_network_measures
from prs_eval.estimation.networks import project
from tests.estimation.network_cases import davis, karate, marriage, marriage_of_all, meetings, values

MEASURES = ("degree", "closeness", "betweenness")
DATA = {
    "florentine": marriage,
    "karate": lambda: karate()[0],
    "davis": lambda: project(davis(), event="event", actor="actor", at_least=3),
    "meetings": lambda: project(meetings(2018), event="event", actor="actor", at_least=2),
}
random_graphs = st.builds(
    lambda n, density, seed: nx.gnp_random_graph(n, density, seed=seed),
    st.integers(0, 9), st.floats(0, 1), st.integers(0, 1000),
)  # fmt: skip


def told(table, **more):
    return estimate_network_measures(table, indicator="shape", event="event", actor="actor", **more)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("measure", MEASURES)
def test_centralisation_is_that_of_igraph_and_sna(data, measure):
    expected = values("network_measures", data)
    one = centralisation(DATA[data](), measure=measure)
    if measure == "closeness" and "closeness_centralisation" not in expected:  # igraph: in pieces
        assert one.status == "too_few"
        return
    assert one.estimate == pytest.approx(expected[f"{measure}_centralisation"], rel=1e-9)
    if measure != "closeness":
        assert one.estimate == pytest.approx(expected[f"{measure}_sna"], rel=1e-9)
    assert (one.method, one.unit, np.isnan([one.lower, one.upper]).all()) == ("enumeration", "index", True)


def test_centralisations_of_the_florentine_families_are_the_published_ones():
    # Wasserman & Faust (1994), Social Network Analysis, chapter 5, printed to three decimals: ties of all sixteen
    # families, closeness and betweenness without Pucci.
    assert centralisation(marriage_of_all()).estimate == pytest.approx(0.267, abs=5e-4)
    assert centralisation(marriage(), measure="closeness").estimate == pytest.approx(0.322, abs=5e-4)
    assert centralisation(marriage(), measure="betweenness").estimate == pytest.approx(0.437, abs=5e-4)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_star_is_wholly_central_and_a_ring_not_at_all(measure):
    assert centralisation(nx.star_graph(6), measure=measure).estimate == pytest.approx(1)
    assert centralisation(nx.cycle_graph(6), measure=measure).estimate == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("data", ["florentine", "davis", "meetings"])
def test_core_is_the_best_of_all_that_r_tries(data):
    one = core_periphery(DATA[data]())
    assert one.estimate == pytest.approx(values("network_measures", data)["core_periphery"], rel=1e-9)
    assert pattern_correlation(DATA[data](), one.core) == pytest.approx(one.estimate, rel=1e-9)


def test_a_perfect_core_is_found():
    graph = nx.complete_graph(4)
    graph.add_edges_from((core, edge) for core in range(4) for edge in range(4, 20))
    one = core_periphery(graph)
    assert one.estimate == pytest.approx(1)
    assert one.core == (0, 1, 2, 3)


def test_tables_hold_what_the_functions_say_group_by_group():
    table = meetings()
    before = table.copy(deep=True)
    shuffled = table.sample(frac=1, random_state=4).assign(more=1).set_index("more")
    found = told(shuffled, by=["year"], category="category", at_least=2)
    check_estimates(found)
    apart = [told(part, category="category", at_least=2).assign(year=year) for year, part in table.groupby("year")]
    pd.testing.assert_frame_equal(found, pd.concat(apart, ignore_index=True), check_dtype=False)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(("table", "at_least", "data"), [(davis(), 3, "davis"), (meetings(2018), 2, "meetings")])
def test_a_table_tells_what_igraph_and_sna_tell(table, at_least, data):
    found = told(table, at_least=at_least, category="category" if "category" in table else None)
    expected = values("network_measures", data)
    assert len(found) == (8 if "category" in table else 5)
    for row in found.itertuples():
        assert row.estimate == pytest.approx(expected.get(row.measure, np.nan), rel=1e-9, nan_ok=True)


def test_nobody_is_too_few():
    found = told(meetings().iloc[:0], category="category")
    assert (found["status"] == "too_few").all()
    assert len(found) == 8
    assert told(meetings().iloc[:0], by=["year"]).empty


def test_an_actor_of_two_categories_or_none_is_refused():
    table = pd.DataFrame(
        {"event": ["E", "F", "F"], "actor": ["A", "A", "B"], "category": ["health", "social", "social"]}
    )
    with pytest.raises(ValueError, match="1 actors"):
        told(table, category="category")
    with pytest.raises(ValueError, match="nodes have none"):
        told(table.assign(category=None), category="category")
    with pytest.raises(ValueError, match="`kind`"):
        told(table, category="kind")
    with pytest.raises(ValueError, match="measure"):
        centralisation(nx.path_graph(3), measure="eigenvector")


@settings(max_examples=50, deadline=None)
@given(random_graphs)
def test_any_network_is_measured_within_bounds_and_its_best_core_found(graph):
    for measure in MEASURES:
        one = centralisation(graph, measure=measure)
        assert np.isnan(one.estimate) == (one.status == "too_few")
        assert np.isnan(one.estimate) or -1e-12 <= one.estimate <= 1 + 1e-12
    one = core_periphery(graph)
    every = [
        pattern_correlation(graph, [i for i in graph if number >> i & 1]) for number in range(1, 2 ** len(graph) - 1)
    ]
    best = np.nanmax(every) if every and not np.isnan(every).all() else np.nan
    assert one.estimate == pytest.approx(best, abs=1e-9, nan_ok=True)


def pattern_correlation(graph, core):
    """Correlation of the ties with the ideal pattern of `core`, straight from its definition."""
    nodes = list(graph)
    tied = nx.to_numpy_array(graph, nodelist=nodes, weight=None)
    inside = np.isin(nodes, list(core))
    upper = np.triu_indices(len(nodes), 1)
    a, b = tied[upper], (inside[:, None] | inside[None, :])[upper].astype(float)
    return np.corrcoef(a, b)[0, 1] if a.size and np.ptp(a) and np.ptp(b) else np.nan
