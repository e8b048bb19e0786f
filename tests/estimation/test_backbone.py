"""Backbones agree with R: phyper, p.adjust, and a logistic regression for the chances of attendance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.backbone import backbone
from tests.estimation.network_cases import davis, meetings, reference

DATA = {"davis": davis(), "meetings": meetings(2018)}
NAMES = {"event": "event", "actor": "actor"}
METHODS = ("hypergeometric", "stochastic_degree")
attended = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40).map(
    lambda pairs: pd.DataFrame(pairs, columns=["event", "actor"], dtype="int64")
)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("correction", "column"), [("none", "p_value"), ("holm", "holm"), ("fdr_bh", "BH")])
def test_chances_of_each_pair_are_those_of_r(data, method, correction, column):
    rows = [row for row in reference("backbone") if row["data"] == data and row["method"] == method]
    expected = pd.DataFrame(rows).sort_values(["source", "target"], ignore_index=True)
    numbers = expected[["weight", "expected", "p_value", column]].astype(float)
    found = backbone(DATA[data], **NAMES, method=method, correction=correction)
    assert found[["source", "target"]].values.tolist() == expected[["source", "target"]].values.tolist()
    # glm stops at a relative change of 1e-14 of the deviance, some 1e-8 of a chance.
    tolerance = 1e-10 if method == "hypergeometric" else 1e-6
    for ours, theirs in (
        ("weight", "weight"),
        ("expected", "expected"),
        ("p_value", "p_value"),
        ("p_adjusted", column),
    ):
        assert found[ours].to_numpy() == pytest.approx(numbers[[theirs]].iloc[:, 0].to_numpy(), rel=tolerance)
    assert (found["kept"] == (found["p_adjusted"] < 0.05)).all()


def test_without_correction_a_network_of_chance_has_ties_and_with_it_none():
    rng = np.random.default_rng(5)
    event, actor = np.nonzero(rng.random((40, 30)) < 0.4)
    table = pd.DataFrame({"event": event, "actor": actor})
    loose, strict = (backbone(table, **NAMES, correction=correction)["kept"].sum() for correction in ("none", "holm"))
    assert loose > 5
    assert strict == 0
    assert backbone(table, **NAMES, method="stochastic_degree", correction="none")["kept"].sum() <= loose


def test_large_events_make_hypergeometric_ties_that_the_stochastic_degree_model_sees_through():
    # Everybody at ten large events, nobody but chance at thirty small ones.
    rng = np.random.default_rng(6)
    seen = np.vstack([rng.random((10, 20)) < 0.9, rng.random((30, 20)) < 0.1])
    event, actor = np.nonzero(seen)
    table = pd.DataFrame({"event": event, "actor": actor})
    by_size, by_chance = (backbone(table, **NAMES, method=m, correction="none")["kept"].mean() for m in METHODS)
    assert by_size > 0.8
    assert by_chance < 0.1


@pytest.mark.parametrize("method", METHODS)
def test_who_came_to_all_or_only_to_shared_events_is_no_tie_beyond_chance(method):
    everybody = pd.DataFrame([(e, a) for e in range(12) for a in "ABC"], columns=["event", "actor"])
    found = backbone(everybody, **NAMES, method=method)
    assert found["p_value"].tolist() == pytest.approx([1, 1, 1])
    assert found["expected"].tolist() == pytest.approx([12, 12, 12])


@pytest.mark.parametrize("table", [davis().iloc[:0], davis().iloc[:1]])
@pytest.mark.parametrize("method", METHODS)
def test_nobody_and_somebody_alone_make_no_pair(table, method):
    assert backbone(table, **NAMES, method=method).empty


@pytest.mark.parametrize("wrong", [{"alpha": 0}, {"method": "sdsm"}, {"correction": "bh"}])
def test_unknown_choices_are_refused(wrong):
    with pytest.raises(ValueError, match=f"`{next(iter(wrong))}`"):
        backbone(DATA["davis"], **NAMES, **wrong)
    with pytest.raises(ValueError, match="`who`"):
        backbone(DATA["davis"], event="event", actor="who")


@settings(max_examples=50, deadline=None)
@given(attended, st.sampled_from(METHODS))
def test_any_attendance_gives_chances_that_do_not_depend_on_the_order_of_rows(table, method):
    before = table.copy()
    found = backbone(table, **NAMES, method=method)
    assert found["p_value"].between(0, 1).all()
    assert (found["p_adjusted"] >= found["p_value"] - 1e-12).all()
    assert (found.loc[found["weight"] == 0, "p_value"] == 1).all()
    other = backbone(table.iloc[::-1].assign(more=1).set_index("more"), **NAMES, method=method)
    pd.testing.assert_frame_equal(found, other, rtol=1e-6)
    pd.testing.assert_frame_equal(table, before)
