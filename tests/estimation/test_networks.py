"""Two-mode networks and their projection agree with igraph and with Borgatti & Everett (1997)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.networks import (
    estimate_centrality,
    estimate_two_mode_density,
    network_shape,
    project,
    ties,
    two_mode_density,
)
from tests.estimation.network_cases import davis, meetings, reference

DATA = {"davis": davis(), "meetings": meetings(2018)}
NAMES = {"event": "event", "actor": "actor"}

# Borgatti & Everett (1997), Social Networks 19:243-269, printed to three decimals: degree, closeness.
BORGATTI_EVERETT_1997 = {
    "Evelyn Jefferson": (0.571, 0.800),
    "Laura Mandeville": (0.500, 0.727),
    "Charlotte McDowd": (0.286, 0.600),
    "Frances Anderson": (0.286, 0.667),
    "Pearl Oglethorpe": (0.214, 0.667),
    "Ruth DeSand": (0.286, 0.706),
    "Sylvia Avondale": (0.500, 0.774),
    "Nora Fayette": (0.571, 0.800),
    "Dorothy Murchison": (0.143, 0.649),
    "Flora Price": (0.143, 0.585),
}
attended = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=30).map(
    lambda pairs: pd.DataFrame(pairs, columns=["event", "actor"], dtype="int64")
)


def rows_of(data, *measures):
    return [row for row in reference("networks") if row["data"] == data and row["measure"] in measures]


def centrality(table, **more):
    return estimate_centrality(table, indicator="centrality", **NAMES, **more)


# --- projection


@pytest.mark.parametrize("data", DATA)
def test_projection_is_that_of_igraph(data):
    expected = {row["node"]: int(row["value"]) for row in rows_of(data, "weight")}
    found = {f"{a}|{b}": weight for a, b, weight in project(DATA[data], **NAMES).edges(data="weight")}
    assert {"|".join(sorted(pair.split("|"))): w for pair, w in found.items()} == expected


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("at_least", [1, 2, 3, 4])
def test_shape_of_the_projection_is_that_of_igraph(data, at_least):
    expected = {r["measure"]: float(r["value"]) for r in reference("networks") if r["data"] == data
                and r["mode"] == "projection" and r["node"] == str(at_least)}  # fmt: skip
    shape = network_shape(project(DATA[data], **NAMES), at_least=at_least)
    assert (shape.ties, shape.isolates) == (expected["ties"], expected["isolates"])
    assert shape.estimate == pytest.approx(expected["density"], rel=1e-12)
    assert network_shape(project(DATA[data], **NAMES, at_least=at_least)) == shape


@pytest.mark.parametrize("data", DATA)
def test_ties_are_those_of_igraph_whatever_the_strictness(data):
    expected = {row["node"]: int(row["value"]) for row in rows_of(data, "weight")}
    found = ties(project(DATA[data], **NAMES), at_least=2)
    assert {f"{a}|{b}": w for a, b, w in found.itertuples(index=False)} == {k: w for k, w in expected.items() if w > 1}


def test_people_listed_twice_at_a_meeting_make_no_heavier_tie():
    rows = pd.DataFrame({"meeting": ["M1", "M1", "M1"], "structure": ["A", "A", "B"]})
    assert ties(project(rows, event="meeting", actor="structure")).values.tolist() == [["A", "B", 1]]


def test_someone_who_came_alone_stays_as_an_isolate_and_nameless_people_make_no_node():
    rows = pd.DataFrame({"meeting": ["M1", "M1", "M2", "M2"], "structure": ["A", "B", "C", None]})
    shape = network_shape(project(rows, event="meeting", actor="structure"))
    assert (shape.n, shape.ties, shape.possible, shape.isolates) == (3, 1, 3, 1)


def test_a_structure_with_the_code_of_a_meeting_is_not_taken_for_it():
    rows = pd.DataFrame({"meeting": ["01", "01"], "structure": ["01", "02"]})
    assert ties(project(rows, event="meeting", actor="structure")).values.tolist() == [["01", "02", 1]]


def test_nobody_makes_an_empty_network_without_density():
    nobody = DATA["davis"].iloc[:0]
    for shape in (network_shape(project(nobody, **NAMES)), two_mode_density(nobody, **NAMES)):
        assert (shape.n, shape.ties, shape.status) == (0, 0, "too_few")
        assert np.isnan(shape.estimate)
    assert len(centrality(nobody)) == 0


def test_a_whole_network_has_no_sampling_limits():
    shape = network_shape(project(DATA["davis"], **NAMES))
    assert shape.method == "enumeration"
    assert np.isnan([shape.lower, shape.upper]).all()


def test_a_tie_of_no_meeting_is_refused():
    for wrong in (lambda: project(DATA["davis"], **NAMES, at_least=0), lambda: ties(nx.Graph(), at_least=0)):
        with pytest.raises(ValueError, match="at_least"):
            wrong()


# --- two modes


@pytest.mark.parametrize("data", DATA)
def test_two_mode_density_is_the_share_of_cells_that_r_counts(data):
    (row,) = rows_of(data, "two_mode_density")
    one = two_mode_density(DATA[data], **NAMES)
    table = estimate_two_mode_density(DATA[data], indicator="density", **NAMES)
    assert one.estimate == pytest.approx(float(row["value"]), rel=1e-12)
    assert table.loc[0, ["numerator", "denominator", "estimate"]].tolist() == [one.ties, one.possible, one.estimate]


def test_two_mode_density_of_the_deep_south_women_is_the_published_one():
    assert two_mode_density(DATA["davis"], **NAMES).estimate == pytest.approx(0.353, abs=5e-4)


@pytest.mark.parametrize("data", DATA)
def test_centralities_are_those_of_igraph_over_borgatti_and_everetts_largest(data):
    found = centrality(DATA[data]).set_index(["measure", "mode", "node"])["estimate"]
    rows = rows_of(data, "degree", "closeness", "betweenness")
    assert len(rows) == len(found)
    for row in rows:
        assert found[row["measure"], row["mode"], row["node"]] == pytest.approx(
            float(row["value"]), rel=1e-9, abs=1e-12
        )


def test_centralities_of_the_deep_south_women_are_the_published_ones():
    found = centrality(DATA["davis"]).set_index(["measure", "node"])["estimate"]
    for woman, (degree, closeness) in BORGATTI_EVERETT_1997.items():
        assert found["degree", woman] == pytest.approx(degree, abs=5e-4)
        assert found["closeness", woman] == pytest.approx(closeness, abs=5e-4)


def test_closeness_between_pieces_is_not_said_where_networkx_goes_above_one():
    pieces = pd.DataFrame({"event": ["E1", *["E2"] * 9], "actor": [f"A{i}" for i in range(10)]})
    graph = nx.Graph((("e", e), ("a", a)) for e, a in pieces.itertuples(index=False))
    theirs = nx.bipartite.closeness_centrality(graph, [node for node in graph if node[0] == "a"])
    assert max(theirs.values()) > 1
    ours = centrality(pieces).query("measure == 'closeness'")
    assert ours["estimate"].isna().all()
    assert (ours["status"] == "too_few").all()


def test_two_actors_at_one_event_have_no_betweenness_and_the_event_all_of_it_where_networkx_crashes():
    pair = pd.DataFrame({"event": ["E1", "E1"], "actor": ["A", "B"]})
    with pytest.raises(ZeroDivisionError):
        nx.bipartite.betweenness_centrality(nx.Graph([("E1", "A"), ("E1", "B")]), ["A", "B"])
    found = centrality(pair).query("measure == 'betweenness'").set_index("node")["estimate"]
    assert found["E1"] == 1
    assert found[["A", "B"]].isna().all()


def test_groups_are_measured_apart_and_nothing_but_the_two_columns_matters():
    table = meetings()
    apart = pd.concat([centrality(part).assign(year=year) for year, part in table.groupby("year")], ignore_index=True)
    before = table.copy(deep=True)
    shuffled = table.sample(frac=1, random_state=2).assign(more=1).set_index("more")
    together = centrality(shuffled, by=["year"])
    check_estimates(together)
    pd.testing.assert_frame_equal(together, apart, check_dtype=False)
    pd.testing.assert_frame_equal(table, before)
    density = estimate_two_mode_density(shuffled, indicator="density", **NAMES, by=["year"])
    assert density["denominator"].tolist() == [12 * 10, 12 * 10]


def test_a_column_that_is_not_there_is_named():
    for function in (estimate_centrality, estimate_two_mode_density):
        with pytest.raises(ValueError, match="`structure`"):
            function(DATA["davis"], indicator="x", event="event", actor="structure")


@settings(max_examples=50, deadline=None)
@given(attended)
def test_whoever_came_measures_stay_between_0_and_1_and_order_does_not_matter(table):
    before = table.copy()
    found = centrality(table)
    assert found["estimate"].dropna().between(0, 1 + 1e-12).all()
    pd.testing.assert_frame_equal(found, centrality(table.iloc[::-1]))
    first, second = (ties(project(rows, **NAMES)) for rows in (table, table.iloc[::-1]))
    pd.testing.assert_frame_equal(first, second)
    pd.testing.assert_frame_equal(table, before)
