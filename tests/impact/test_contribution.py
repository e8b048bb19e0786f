"""Steps of a theory of change: what moved, and whether in order."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.impact.contribution import Step, contribution, mechanism_in_order

PATHWAY = (
    Step("activity", "meetings", "higher", "realisation"),
    Step("output", "referrals", "higher", "effect"),
    Step("mechanism", "delay", "lower", "effect"),
    Step("outcome", "screening", "higher", "effect"),
)
GOOD = {"meetings": (3.0, math.nan, math.nan), "referrals": (2.0, 1.0, 3.0), "delay": (-5.0, -8.0, -2.0)}
ALL = GOOD | {"screening": (0.04, 0.01, 0.07)}


def table(found: dict[str, tuple[float, float, float]], moved_in: dict[str, int] | None = None) -> pd.DataFrame:
    rows = [
        {"indicator": k, "estimate": v[0], "lower": v[1], "upper": v[2], "moved_in": (moved_in or {}).get(k, math.nan)}
        for k, v in found.items()
    ]
    return pd.DataFrame(rows, columns=["indicator", "estimate", "lower", "upper", "moved_in"])


def order(found: dict[str, tuple[float, float, float]], moved_in: dict[str, int] | None = None) -> str:
    return mechanism_in_order(contribution(PATHWAY, table(found, moved_in)))


def test_each_step_is_said_to_have_moved_or_not_and_the_input_stays():
    changes = table(ALL).iloc[::-1]
    kept = changes.copy(deep=True)
    found = contribution(PATHWAY, changes.assign(extra=1, unit="points"))
    pd.testing.assert_frame_equal(changes, kept)
    check_estimates(found)
    assert found["indicator"].tolist() == [step.indicator for step in PATHWAY]
    assert found["step"].tolist() == [1, 2, 3, 4]
    assert found["moved"].tolist() == ["as_expected"] * 4
    assert set(found["unit"]) == {"points"}
    assert order(ALL) == "in_order"


# One step changed: what is said of it, and of the order (screening moved in each).
CASES = [
    ("referrals", (-2.0, -3.0, -1.0), "against", "not_in_order"),
    ("referrals", (1.0, -1.0, 3.0), "not_clearly", "not_in_order"),
    ("referrals", (1.0, 0.0, 3.0), "not_clearly", "not_in_order"),
    ("referrals", (1.0, math.nan, math.nan), "unknown", "unknown"),  # an effect without limits
    ("referrals", (math.nan, math.nan, math.nan), "unknown", "unknown"),
    ("meetings", (-1.0, math.nan, math.nan), "against", "not_in_order"),  # counted: known without limits
    ("meetings", (0.0, math.nan, math.nan), "not_clearly", "not_in_order"),
    ("delay", (5.0, 2.0, 8.0), "against", "not_in_order"),  # expected to fall
    ("screening", (0.0, -0.03, 0.03), "not_clearly", "in_order"),  # the outcome is no step before the outcome
]


@pytest.mark.parametrize(("name", "change", "moved", "expected"), CASES)
def test_a_step_that_did_not_move_is_named_and_breaks_the_order(name, change, moved, expected):
    found = contribution(PATHWAY, table(ALL | {name: change})).set_index("indicator")
    assert found.loc[name, "moved"] == moved
    assert order(ALL | {name: change}) == expected


def test_a_step_without_any_row_is_unknown():
    found = contribution(PATHWAY, table({}))
    assert found["moved"].tolist() == ["unknown"] * 4
    assert found["status"].tolist() == ["too_few"] * 4
    assert order({}) == "unknown"


def test_where_nothing_moved_from_a_step_on_the_order_is_unknown_not_wrong():
    still = (0.0, -1.0, 1.0)
    assert order(GOOD | {"delay": still, "screening": still}) == "unknown"
    assert order(dict.fromkeys(ALL, still)) == "unknown"


def test_a_later_step_that_moved_first_is_out_of_order():
    years = {"meetings": 2015, "referrals": 2016, "delay": 2016, "screening": 2018}
    assert order(ALL, years) == "in_order"
    assert order(ALL, years | {"screening": 2014}) == "not_in_order"
    assert order(ALL, {"delay": 2014, "meetings": 2015}) == "not_in_order"
    assert order(ALL, {"screening": 2014}) == "in_order"  # nothing to compare with


def test_steps_of_one_stage_have_no_order_among_them():
    two = (PATHWAY[0], Step("activity", "tools", "higher", "realisation"), *PATHWAY[1:])
    found = contribution(two, table(ALL | {"tools": (1.0, math.nan, math.nan)}, {"meetings": 2016, "tools": 2014}))
    assert mechanism_in_order(found) == "in_order"
    alone = contribution(PATHWAY[3:], table(ALL))
    assert mechanism_in_order(alone) == "unknown"  # nothing comes before the outcome


@pytest.mark.parametrize(
    ("pathway", "message"),
    [
        ((), "at least one step"),
        (PATHWAY[::-1], "must follow the order"),
        ((PATHWAY[0], PATHWAY[0]), "meetings come twice"),
        ((Step("impact", "x", "higher", "effect"),), "`stage`"),  # type: ignore[arg-type]
        ((Step("output", "x", "neutral", "effect"),), "`direction`"),  # type: ignore[arg-type]
        ((Step("output", "x", "higher", "result"),), "`kind`"),  # type: ignore[arg-type]
    ],
)
def test_impossible_pathways_are_refused(pathway, message):
    with pytest.raises(ValueError, match=message):
        contribution(pathway, table(ALL))


def test_impossible_tables_are_refused():
    with pytest.raises(ValueError, match="columns missing from `changes`: lower, upper"):
        contribution(PATHWAY, table(ALL).drop(columns=["lower", "upper"]))
    twice = pd.concat([table(ALL), table(ALL).iloc[:1]])
    with pytest.raises(ValueError, match="1 rows repeat"):
        contribution(PATHWAY, twice)
    with pytest.raises(ValueError, match="columns missing from `table`: moved"):
        mechanism_in_order(contribution(PATHWAY, table(ALL)).drop(columns="moved"))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([(1.0, 0.5, 1.5), (0.0, -1.0, 1.0), (-1.0, -1.5, -0.5), (math.nan,) * 3]),
        min_size=4,
        max_size=4,
    )
)
def test_in_order_means_that_every_step_before_the_outcome_moved(values):
    found = contribution(PATHWAY, table(dict(zip(ALL, values, strict=True))))
    moved = found["moved"].tolist()
    answer = mechanism_in_order(found)
    assert (answer == "in_order") == (moved[:3] == ["as_expected"] * 3)
    late = max((i for i in range(4) if moved[i] == "as_expected"), default=-1)
    assert (answer == "not_in_order") == any(moved[i] in ("against", "not_clearly") for i in range(late))
