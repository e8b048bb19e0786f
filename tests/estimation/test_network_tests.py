"""Tests against chance agree with every permutation and every graph that R goes through with sna and igraph."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.network_groups import ei_index
from prs_eval.estimation.network_measures import core_periphery
from prs_eval.estimation.network_tests import cug_test, homophily_test, qap_correlation
from prs_eval.estimation.networks import project
from tests.estimation.network_cases import business, families, karate, marriage, marriage_of_all, meetings, reference

CENTRAL = ["Barbadori", "Bischeri", "Castellani", "Guadagni", "Medici", "Peruzzi"]
NAMES = {"event": "event", "actor": "actor"}
ALL_GRAPHS = 10_000  # more than the 6435 graphs of 6 nodes


def florentine():
    return marriage().subgraph(CENTRAL), business().subgraph(CENTRAL), dict(zip(CENTRAL, "121212", strict=True))


def of_meetings():
    one, two = (project(meetings(year), **NAMES) for year in (2017, 2018))
    stayed = sorted(set(one) & set(two))[:6]
    return one.subgraph(stayed), two.subgraph(stayed), dict(zip(stayed, "123122", strict=True))


DATA = {"florentine": florentine, "meetings": of_meetings}


def matrices(first, second, nodes=None):
    nodes = nodes or sorted(first)
    return [nx.to_numpy_array(graph, nodelist=nodes) for graph in (first, second)]


def cases(test):
    return [row for row in reference("network_tests") if row["test"] == test and row["data"] in DATA]


def name(row):
    return f"{row['data']} {row['statistic']}"


def check(function, row):
    """Each number that R finds over all of chance's networks."""
    greater, less, both = (function(alternative) for alternative in ("greater", "less", "two-sided"))
    expected = {key: float(row[key]) for key in ("found", "greater", "less", "expected", "lower", "upper")}
    assert greater.statistic == pytest.approx(expected["found"], abs=1e-12)
    assert (greater.p_value, less.p_value) == pytest.approx((expected["greater"], expected["less"]), rel=1e-12)
    assert both.p_value == pytest.approx(min(1, 2 * min(expected["greater"], expected["less"])), rel=1e-12)
    assert both.expected == pytest.approx(expected["expected"], abs=1e-12)
    assert (both.reference_lower, both.reference_upper) == pytest.approx(
        (expected["lower"], expected["upper"]), abs=1e-12
    )
    assert ", all " in both.method
    assert both.n == 6


@pytest.mark.parametrize("row", cases("qap"), ids=name)
def test_qap_is_exact_where_all_permutations_can_be_taken(row):
    first, second = matrices(*DATA[row["data"]]()[:2])
    check(lambda alternative: qap_correlation(first, second, alternative=alternative), row)


@pytest.mark.parametrize("row", cases("homophily"), ids=name)
def test_permuted_groups_are_exact_where_all_permutations_can_be_taken(row):
    _, graph, groups = DATA[row["data"]]()
    check(lambda side: homophily_test(graph, groups, statistic=row["statistic"], alternative=side), row)


@pytest.mark.parametrize("row", cases("cug"), ids=name)
def test_random_graphs_are_exact_where_all_can_be_taken(row):
    _, graph, _ = DATA[row["data"]]()
    check(lambda side: cug_test(graph, statistic=row["statistic"], alternative=side, draws=ALL_GRAPHS), row)


def test_marriage_and_business_of_florence_correlate_as_sna_says():
    first, second = matrices(marriage_of_all(), business(), families())
    (row,) = [r for r in reference("network_tests") if r["data"] == "florentine_16" and r["test"] == "qap"]
    one = qap_correlation(first, second, draws=5000, alternative="greater")
    assert one.statistic == pytest.approx(float(row["found"]), rel=1e-12)
    # Two sets of random draws: 5 000 here, 20 000 of sna.
    assert one.p_value == pytest.approx(float(row["greater"]), abs=0.003)
    assert (one.reference_lower, one.reference_upper) == pytest.approx(
        (float(row["lower"]), float(row["upper"])), abs=0.01
    )


def test_centralisation_of_florence_is_no_more_than_chance_as_sna_says():
    (row,) = [r for r in reference("network_tests") if r["data"] == "florentine_16" and r["test"] == "cug"]
    one = cug_test(marriage_of_all(), draws=2000, alternative="greater")
    assert one.statistic == pytest.approx(float(row["found"]), rel=1e-12)
    # Random draws on both sides: four standard errors of a share of 2 000.
    assert one.p_value == pytest.approx(float(row["greater"]), abs=0.04)
    assert one.expected == pytest.approx(float(row["expected"]), abs=0.006)


def test_expected_ei_index_is_that_of_pairs_drawn_at_random():
    # 17 members in each club: the chance that a pair is of one club is 16/33.
    graph, clubs = karate()
    one = homophily_test(graph, clubs, alternative="less")
    assert one.statistic == ei_index(graph, clubs).estimate
    assert one.expected == pytest.approx(1 - 2 * 16 / 33, abs=4 * 0.1 / np.sqrt(2000))
    assert one.statistic < one.reference_lower
    assert one.p_value == pytest.approx(1 / 2001)


def test_a_ring_with_a_core_in_it_is_more_core_like_than_chance():
    graph = nx.complete_graph(3)
    graph.add_edges_from((core, edge) for core in range(3) for edge in range(3, 10))
    one = cug_test(graph, statistic="core_periphery", draws=200, alternative="greater")
    assert one.statistic == core_periphery(graph).estimate == pytest.approx(1)
    assert one.p_value == pytest.approx(1 / 201)


def test_the_same_seed_gives_the_same_answer_and_says_so_and_another_seed_another():
    graph, clubs = karate()
    first, same, other = (homophily_test(graph, clubs, seed=seed, draws=300) for seed in (4, 4, 5))
    assert repr(first) == repr(same)  # NaN is not itself
    assert (first.expected, first.reference_lower) != (other.expected, other.reference_lower)
    assert "300 draws, seed 4" in first.method


def test_the_network_seen_counts_among_those_of_chance():
    tied = nx.to_numpy_array(karate()[0], weight=None)
    one = qap_correlation(tied, tied, draws=99, alternative="greater")
    assert one.statistic == pytest.approx(1)
    assert one.p_value == 0.01  # never 0


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_networks_that_say_nothing_are_not_tested(size):
    empty, full = np.zeros((size, size)), np.ones((size, size))
    for one in (
        qap_correlation(empty, full),
        homophily_test(nx.empty_graph(size), dict.fromkeys(range(size), 1)),
        homophily_test(nx.complete_graph(size), dict.fromkeys(range(size), 1)),
        cug_test(nx.empty_graph(size), statistic="core_periphery"),
    ):
        assert np.isnan([one.statistic, one.p_value, one.expected]).all()


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [(np.ones((2, 3)), np.ones((2, 3)), "shape"), (np.ones((3, 3)), np.ones((4, 4)), "same nodes"),
     ([[0, np.nan, 1], [1, 0, 1], [1, 1, 0]], np.ones((3, 3)), "finite")],
)  # fmt: skip
def test_ties_that_cannot_be_compared_are_refused(first, second, named):
    with pytest.raises(ValueError, match=named):
        qap_correlation(first, second)


def test_unknown_choices_are_refused():
    graph, clubs = karate()
    tied = nx.to_numpy_array(graph)
    for call, named in (
        (lambda: homophily_test(graph, clubs, statistic="density"), "statistic"),
        (lambda: cug_test(graph, statistic="density"), "statistic"),
        (lambda: cug_test(graph, draws=0), "draws"),
        (lambda: qap_correlation(tied, tied, draws=0), "draws"),
        (lambda: qap_correlation(tied, tied, draws=9, alternative="both"), "alternative"),
        (lambda: qap_correlation(tied, tied, draws=9, confidence_level=95), "confidence_level"),
        (lambda: homophily_test(graph, {0: "health"}), "33 of 34"),
    ):
        with pytest.raises(ValueError, match=named):
            call()


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 9), st.integers(0, 1000), st.floats(0.2, 0.8))
def test_any_two_networks_give_a_chance_that_does_not_depend_on_scale_or_on_which_comes_first(n, seed, density):
    rng = np.random.default_rng(seed)
    first, second = (np.triu(rng.random((n, n)) < density, 1).astype(float) for _ in range(2))
    first, second = first + first.T, second + second.T
    before = first.copy(), second.copy()
    one = qap_correlation(first, second, draws=720)
    other = qap_correlation(3 * first + 2, 5 * second - 1, draws=720)
    for a, b in ((one.statistic, other.statistic), (one.p_value, other.p_value)):
        assert a == pytest.approx(b, abs=1e-9, nan_ok=True)
    assert np.isnan(one.p_value) or 0 < one.p_value <= 1
    if n <= 6:  # all permutations: the roles can be exchanged
        assert qap_correlation(second, first, draws=720).p_value == pytest.approx(one.p_value, nan_ok=True)
    assert (first == before[0]).all()
    assert (second == before[1]).all()
