"""Networks and diversity agree with R and with the networks the field knows."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from prs_eval.estimation.networks import (
    diversity,
    diversity_interval,
    network_shape,
    project,
    ring_positions,
    ties,
)
from tests.conftest import ROOT

INDICES = ("blau", "shannon", "evenness")
shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=8)
people = hnp.arrays(np.int64, shapes, elements=st.integers(0, 20))


def reference(name):
    """Rows that R computed; see tests/reference/r/network.R."""
    with (ROOT / "tests" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def davis():
    """Davis, Gardner & Gardner (1941), Deep South: 18 women at 14 events, the standard two-mode network."""
    return pd.read_csv(ROOT / "tests" / "reference" / "davis.csv")


# --- two-mode networks


@pytest.mark.parametrize("row", reference("projection"), ids=lambda r: f"at least {r['at_least']}")
def test_projection_of_the_deep_south_women_is_that_of_igraph(davis, row):
    shape = network_shape(project(davis, event="event", actor="actor"), at_least=int(row["at_least"]))
    assert (shape.nodes, shape.ties, shape.isolates) == (18, int(row["ties"]), int(row["isolates"]))
    assert shape.density == pytest.approx(float(row["density"]), abs=1e-12)


def test_people_listed_twice_at_a_meeting_make_no_heavier_tie():
    rows = pd.DataFrame({"meeting": ["M1", "M1", "M1"], "structure": ["A", "A", "B"]})
    assert ties(project(rows, event="meeting", actor="structure")).values.tolist() == [["A", "B", 1]]


def test_someone_who_came_alone_stays_as_an_isolate_and_nameless_people_make_no_node():
    rows = pd.DataFrame({"meeting": ["M1", "M1", "M2", "M2"], "structure": ["A", "B", "C", None]})
    shape = network_shape(project(rows, event="meeting", actor="structure"))
    assert (shape.nodes, shape.ties, shape.possible, shape.isolates) == (3, 1, 3, 1)


def test_a_structure_with_the_code_of_a_meeting_is_not_taken_for_it():
    rows = pd.DataFrame({"meeting": ["01", "01"], "structure": ["01", "02"]})
    assert ties(project(rows, event="meeting", actor="structure")).values.tolist() == [["01", "02", 1]]


def test_nobody_makes_an_empty_network_without_density():
    shape = network_shape(project(pd.DataFrame({"meeting": [], "structure": []}), event="meeting", actor="structure"))
    assert (shape.nodes, shape.ties) == (0, 0)
    assert np.isnan(shape.density)


def test_the_order_of_rows_changes_nothing(davis):
    shuffled = davis.sample(frac=1, random_state=3)
    first, second = (ties(project(rows, event="event", actor="actor")) for rows in (davis, shuffled))
    pd.testing.assert_frame_equal(first, second)


def test_a_tie_of_no_meeting_is_refused(davis):
    with pytest.raises(ValueError, match="at_least"):
        network_shape(project(davis, event="event", actor="actor"), at_least=0)


@given(st.integers(1, 60))
def test_labels_beside_the_ring_never_share_a_height_on_one_side(n):
    xy = ring_positions(n)
    assert np.allclose(np.hypot(*xy.T), 1)
    for side in (xy[xy[:, 0] >= 0], xy[xy[:, 0] < 0]):
        assert len(side) <= (n + 1) // 2
        gaps = np.diff(np.sort(side[:, 1]))
        assert gaps.size == 0 or gaps.min() > 1.9 / ((n + 1) // 2)


# --- diversity


@pytest.mark.parametrize("row", reference("diversity"), ids=lambda r: f"{r['case']} {r['index']}")
def test_diversity_and_its_jackknife_are_those_of_vegan_and_survey(row):
    counts = np.array(row["counts"].split(), dtype=float).reshape(int(row["rows"]), -1)
    estimate, lower, upper = diversity_interval(counts, row["index"])
    highest = {"blau": 1 - 1 / counts.shape[1], "shannon": np.log(counts.shape[1]), "evenness": 1}[row["index"]]
    assert estimate == pytest.approx(float(row["estimate"]), abs=1e-12)
    # R's limits are not kept within the range of the index; ours are.
    assert lower == pytest.approx(max(float(row["lower"]), 0), abs=1e-10)
    assert upper == pytest.approx(min(float(row["upper"]), highest), abs=1e-10)


@pytest.mark.parametrize("index", INDICES)
def test_one_category_alone_has_no_diversity_and_equal_parts_have_the_most(index):
    assert diversity([7, 0, 0, 0, 0, 0], index) == 0
    highest = {"blau": 5 / 6, "shannon": np.log(6), "evenness": 1}[index]
    assert diversity([4] * 6, index) == pytest.approx(highest)


@pytest.mark.parametrize("counts", [[[3, 2]], [[3, 2], [0, 0]], [[2, 2], [2, 2], [2, 2]]])
def test_meetings_that_say_nothing_of_their_variation_give_no_limits(counts):
    estimate, lower, upper = diversity_interval(counts, "blau")
    assert estimate > 0
    assert np.isnan([lower, upper]).all()


def test_nobody_has_no_diversity():
    assert np.isnan(diversity_interval(np.zeros((3, 6)), "shannon")).all()


@pytest.mark.parametrize("counts", [[1, -1], [np.nan, 1], [1]])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="counts"):
        diversity(counts, "blau")


@given(people, st.sampled_from(INDICES))
def test_limits_hold_the_index_and_the_order_of_meetings_and_categories_does_not_matter(counts, index):
    before = counts.copy()
    estimate, lower, upper = diversity_interval(counts, index)
    assert (counts == before).all()
    assert np.isnan(estimate) == (counts.sum() == 0)
    assert np.isnan(lower) or 0 <= lower <= estimate + 1e-12 <= upper + 2e-12
    turned = diversity_interval(counts[::-1, ::-1], index)
    assert turned == pytest.approx((estimate, lower, upper), abs=1e-9, nan_ok=True)
