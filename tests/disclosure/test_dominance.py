"""Costs on a public page: masked where the total gives one session's cost away, else over rounded people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from prs_eval.disclosure import dominance
from prs_eval.disclosure.dominance import dominated, protect_costs
from prs_eval.programme import screening
from prs_eval.programme.run import Run
from tests.programme.screening_tables import EQUIPPED, screening_tables
from tests.reporting.made import a_run

COSTS = ["screening_cost_per_participant", "screening_cost_per_equipped"]


@pytest.mark.parametrize(
    ("contributions", "expected"),
    [
        ([86, 10, 4], True),
        ([85, 10, 5], False),  # 85 % itself is not more than 85 %
        ([100], True),
        ([50, 50, np.nan], False),
        ([86, 14, np.nan], True),
        ([0, 0], False),
        ([], False),
    ],
)
def test_one_contribution_over_85_percent_dominates(contributions, expected):
    assert dominated(contributions) is expected


def test_a_stricter_share_is_stricter():
    assert dominated([60, 20, 20], share=0.5)


@pytest.mark.parametrize(("contributions", "share"), [([-1, 2], 0.85), ([1, 2], 1.0), ([1, 2], 0.0)])
def test_what_is_not_a_cost_or_a_share_is_refused(contributions, share):
    with pytest.raises(ValueError, match="contributions"):
        dominated(contributions, share=share)


def costed(costs, people: int = 20, **session):
    names = [f"S{i}" for i in range(len(costs))]
    sessions = [{"session_id": s, "cost_eur": c, **session} for s, c in zip(names, costs, strict=True)]
    return screening_tables(sessions, [{**EQUIPPED, "session_id": s} for s in names for _i in range(people)])


@pytest.fixture
def protected(workbench, monkeypatch):
    """The frame that goes on to `protect`, after dominance."""
    monkeypatch.setattr(dominance, "protect", lambda _run, frame: frame)

    def of(tables, audience="public", by=("quartier",)) -> dict[str, str]:
        run: Run = replace(a_run(workbench, quartier=None), audience=audience, tables=tables)
        frame = screening.costs(tables, year=2018, by=by)
        out = protect_costs(run, frame)
        told = out.set_index("indicator")
        hidden = told.loc[told["status"] == "primary", ["numerator", "denominator", "estimate", "lower", "upper", "n"]]
        assert hidden.isna().all(axis=None)
        return told["status"].to_dict()

    return of


def test_costs_that_three_sessions_share_are_told_and_costs_of_two_are_not(protected):
    three, two = protected(costed([400, 410, 390])), protected(costed([400, 410]))
    assert [three[name] for name in COSTS] != ["primary", "primary"]
    assert [two[name] for name in COSTS] == ["primary", "primary"]
    assert two["screening_sessions_costed"] == "ok"  # sessions are not people


def test_a_session_that_bears_nearly_all_is_not_given_away(protected):
    said = protected(costed([10, 10, 10, 4000]))
    assert [said[name] for name in COSTS] == ["primary", "primary"]


def test_sessions_without_a_cost_or_a_list_are_not_counted_as_bearing_any(protected):
    tables = costed([400, 400, np.nan, np.nan])
    assert protected(tables)["screening_cost_per_participant"] == "primary"


def test_all_quartiers_together_count_the_sessions_of_all(protected):
    tables = costed([400, 410, 390])
    tables["screening_sessions"]["quartier"] = ["Fives", "Moulins", "Wazemmes"]
    assert set(protected(tables, by=()).values()) != {"primary"}
    for name in COSTS:
        assert protected(tables, by=())[name] != "primary"


def test_the_team_sees_its_costs_untouched(protected):
    assert "primary" not in protected(costed([10, 4000]), audience="internal").values()


def test_costs_of_other_sessions_than_the_run_s_are_refused(workbench):
    run = replace(a_run(workbench, quartier=None), audience="public", tables=costed([400, 410, 390]))
    with pytest.raises(ValueError, match="not the sum"):
        protect_costs(run, screening.costs(costed([1, 2, 3]), year=2018, by=()))
