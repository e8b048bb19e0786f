"""What changed between two years: igraph's counts, and parts that add up."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.network_change import estimate_network_change, network_change
from prs_eval.estimation.networks import project
from tests.estimation.network_cases import business, marriage_of_all, meetings, values

NAMES = {"event": "event", "actor": "actor"}


def without(graph, *names):
    return graph.subgraph(set(graph) - set(names))


DATA = {
    "florentine": lambda: (marriage_of_all(), business()),
    "florentine_turnover": lambda: (
        without(marriage_of_all(), "Pazzi", "Pucci", "Salviati"),
        without(business(), "Acciaiuoli"),
    ),
    "meetings": lambda: tuple(project(meetings(year), **NAMES) for year in (2017, 2018)),
}
graphs = st.builds(
    lambda start, size, density, seed: nx.relabel_nodes(
        nx.gnp_random_graph(size, density, seed=seed), {i: i + start for i in range(size)}
    ),
    st.integers(0, 5), st.integers(0, 8), st.floats(0, 1), st.integers(0, 1000),
)  # fmt: skip


def measures(change):
    return {"density_change": change.estimate} | {
        name: getattr(change, name) for name in values("network_change", "meetings") if name != "density_change"
    }


def told(table, **more):
    return estimate_network_change(table, indicator="change", **NAMES, **more)


@pytest.mark.parametrize("data", DATA)
def test_change_is_that_of_igraph(data):
    change = network_change(*DATA[data]())
    assert measures(change) == pytest.approx(values("network_change", data), rel=1e-9, abs=1e-12)
    assert (change.method, change.unit, change.status) == ("enumeration", "proportion", "ok")
    assert np.isnan([change.lower, change.upper]).all()


def test_the_same_families_have_no_turnover_and_share_8_of_27_ties():
    change = network_change(marriage_of_all(), business())
    assert change.turnover == pytest.approx(0, abs=1e-12)
    assert change.jaccard == 8 / 27
    assert (change.entered, change.left, change.stayed) == (0, 0, 16)


def test_who_leaves_with_few_ties_raises_the_density_without_a_tie_formed():
    before = nx.complete_graph(4)
    before.add_node("alone")
    change = network_change(before, nx.complete_graph(4))
    assert change.estimate == pytest.approx(0.4)
    assert (change.turnover, change.structure) == (pytest.approx(0.4), 0)
    assert (change.formed, change.dissolved, change.jaccard) == (0, 0, 1)


def test_nobody_in_common_is_all_turnover_without_a_structure_to_follow():
    change = network_change(nx.path_graph(3), nx.path_graph(["a", "b"]))
    assert change.estimate == pytest.approx(1 / 3)
    assert np.isnan([change.structure, change.turnover, change.jaccard]).all()
    assert network_change(nx.path_graph(3), nx.empty_graph(1)).status == "too_few"


def test_the_order_of_rows_the_index_and_further_columns_change_nothing():
    table = meetings()
    before = table.copy(deep=True)
    found = told(table.sample(frac=1, random_state=3).set_index("category"))
    pd.testing.assert_frame_equal(found, told(table))
    assert set(found["year"]) == {2018}
    assert set(found["since"]) == {2017}
    pd.testing.assert_frame_equal(table, before)


def florentine_table():
    """Each tie an event of its own, each family without one alone at one."""
    rows = []
    for year, graph in enumerate(DATA["florentine_turnover"]()):
        rows += [(year, f"{year} {a}-{b}", who) for a, b in graph.edges() for who in (a, b)]
        rows += [(year, f"{year} {alone}", alone) for alone in nx.isolates(graph)]
    return pd.DataFrame(rows, columns=["year", "event", "actor"])


@pytest.mark.parametrize(("table", "data"), [(meetings(), "meetings"), (florentine_table(), "florentine_turnover")])
def test_a_table_tells_what_igraph_tells(table, data):
    found = told(table)
    check_estimates(found)
    expected = values("network_change", data)
    assert dict(zip(found["measure"], found["estimate"], strict=True)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_quartiers_are_followed_apart_and_a_year_without_meeting_is_spanned():
    table = meetings()
    later = table.assign(year=table["year"].replace({2018: 2020}), quartier="B")
    found = told(pd.concat([table.assign(quartier="A"), later]), by=["quartier"])
    assert found.groupby("quartier")["since"].unique().map(list).to_dict() == {"A": [2017], "B": [2017]}
    assert found.groupby("quartier")["year"].unique().map(list).to_dict() == {"A": [2018], "B": [2020]}
    first, second = (found.loc[found["quartier"] == name, "estimate"].to_numpy() for name in "AB")
    assert first == pytest.approx(second)


def test_one_year_or_none_has_no_change():
    assert told(meetings(2017)).empty
    assert told(meetings().iloc[:0]).empty


def test_missing_years_and_columns_are_refused():
    table = meetings()
    for call in (
        lambda: told(table.assign(year=np.nan)),
        lambda: told(table, year="when"),
        lambda: told(table, by=["year"]),
        lambda: told(table.drop(columns="actor")),
    ):
        with pytest.raises(ValueError, match=r"`year`|`when`|`actor`"):
            call()


@settings(max_examples=50, deadline=None)
@given(graphs, graphs)
def test_turnover_and_structure_add_up_and_turn_round(before, after):
    change, back = network_change(before, after), network_change(after, before)
    if change.stayed > 1:
        assert change.turnover + change.structure == pytest.approx(change.estimate, abs=1e-12)
    assert (change.entered, change.left, change.formed, change.dissolved) == (
        back.left,
        back.entered,
        back.dissolved,
        back.formed,
    )
    assert change.estimate == pytest.approx(-back.estimate, nan_ok=True)
    assert change.structure == pytest.approx(-back.structure, nan_ok=True)
    assert change.jaccard == pytest.approx(back.jaccard, nan_ok=True)
    assert change.n == change.stayed + change.entered + change.left
