"""Counts that close from one year to the next, denominators that say what they leave out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.inputs.codes import CODES
from prs_eval.programme import ambassadors
from tests.programme.ambassador_tables import held, people, value

FIVE = people(
    ("Fives", "30-44", "female", "2016-03-01", None, "2016-09-01"),
    ("Fives", "45-59", "female", "2016-03-01", "2018-12-31", "2018-12-31"),
    ("Fives", "60-74", "male", "2017-05-02", "2018-01-01", None),
    ("Fives", "60-74", "unknown", "2018-12-31", None, "2019-02-01"),
    ("Moulins", "75+", "female", "2019-01-01", None, None),
)

ACTS = held(
    ("Fives", "2018-02-03", "stand", "rights", 2.5, 3, 40, 10, "institution"),
    ("Fives", "2018-03-03", "stand", "nutrition", 1.5, 2, 20, 14, "unknown"),
    ("Fives", "2018-04-03", "stand", "nutrition", 3.0, 4, None, None, "shared"),
    ("Fives", "2018-05-03", "outreach", "rights", 1.0, 0, 7, None, "ambassadors"),
    ("Fives", "2018-06-03", "project", "nutrition", 2.0, 5, 0, 0, "ambassadors"),
    ("Fives", "2018-07-03", "project", "nutrition", 2.0, 5, None, None, "ambassadors"),
    ("Fives", "2018-08-03", "project", "nutrition", 2.0, 5, None, None, "shared"),
    ("Fives", "2018-09-03", "project", "nutrition", 2.0, 5, None, None, "unknown"),
    ("Fives", "2016-09-03", "training", "other", 7.0, 5, None, None, "institution"),
    ("Moulins", "2018-09-03", "project", "other", 1.0, 1, None, None, "unknown"),
)


def test_a_day_in_the_year_makes_an_ambassador_active_and_the_last_day_counts():
    out = ambassadors.membership(FIVE, year=2018)
    assert value(out, "ambassadors_active", quartier="Fives") == 4
    assert value(out, "ambassadors_joined", quartier="Fives") == 1
    assert value(out, "ambassadors_left", quartier="Fives") == 2
    assert set(out["quartier"]) == {"Fives"}  # the first of Moulins joined later: not known yet
    assert value(ambassadors.membership(FIVE, year=2019), "ambassadors_active", quartier="Fives") == 2


def test_counts_have_no_interval_since_nobody_was_sampled():
    out = ambassadors.membership(FIVE, year=2018)
    assert out[["lower", "upper"]].isna().all(axis=None)
    assert set(out["method"]) == {"count"}
    assert list(out.columns) == [*HEAD, *TAIL]


def test_history_runs_from_the_first_year_to_the_reports_and_never_beyond():
    out = ambassadors.membership(FIVE, year=2018, history=True)
    assert sorted(set(out["year"])) == [2016, 2017, 2018]


def test_someone_who_leaves_on_31_december_is_lost_once():
    # 3 were there when 2018 began; one left on 1 January, one on 31 December.
    out = ambassadors.retention(FIVE, year=2018)
    assert value(out, "ambassadors_retention", "numerator", quartier="Fives") == 1
    assert value(out, "ambassadors_retention", "denominator", quartier="Fives") == 3
    next_year = ambassadors.retention(FIVE, year=2019)
    assert value(next_year, "ambassadors_retention", "denominator", quartier="Fives") == 2


def test_retention_carries_wilsons_limits_and_says_when_nobody_was_there_to_stay():
    # Newcombe (1998), Stat Med 17:857-872: Wilson for 1/29 is 0.0061 to 0.1718.
    rows = [("Fives", "30-44", "female", "2015-01-01", None if i == 0 else "2018-06-01", None) for i in range(29)]
    row = ambassadors.retention(people(*rows), year=2018).iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    moulins = ambassadors.retention(FIVE, year=2019).set_index("quartier").loc["Moulins"]
    assert moulins["status"] == "too_few"
    assert np.isnan(moulins["estimate"])


def test_training_that_ended_after_the_year_does_not_count_yet():
    out = ambassadors.trained(FIVE, year=2018)
    assert value(out, "ambassadors_trained", "numerator", quartier="Fives") == 2
    assert value(out, "ambassadors_trained", "denominator", quartier="Fives") == 4


@pytest.mark.parametrize("of", ["age_band", "sex"])
def test_composition_names_every_class_and_adds_up_to_the_active(of):
    out = ambassadors.composition(FIVE, year=2018, of=of)
    fives = out[out["quartier"] == "Fives"]
    assert list(fives[of]) == list(CODES[of])
    assert fives["estimate"].sum() == 4
    assert value(
        out, f"ambassadors_by_{'age' if of == 'age_band' else 'sex'}", quartier="Fives", **{of: "unknown"}
    ) == (of == "sex")


def test_activities_keep_hours_apart_from_hours_times_ambassadors():
    out = ambassadors.activities(ACTS, year=2018)
    fives = {"quartier": "Fives", "kind": "stand"}
    assert value(out, "ambassador_activities", **fives) == 3
    assert value(out, "ambassador_activity_hours", **fives) == 7.0
    assert value(out, "ambassador_hours", **fives) == 2.5 * 3 + 1.5 * 2 + 3 * 4
    assert value(out, "ambassador_activities", quartier="Fives", kind="accompaniment") == 0


def test_kinds_and_themes_each_add_up_to_the_whole():
    whole = ambassadors.activities(ACTS, year=2018, of=None, by=())
    for of in ("kind", "theme"):
        parts = ambassadors.activities(ACTS, year=2018, of=of, by=())
        for indicator in set(whole["indicator"]):
            total = parts.loc[parts["indicator"] == indicator, "estimate"].sum()
            assert total == value(whole, indicator, quartier="all")


def test_activities_without_a_count_are_kept_apart_not_read_as_nobody():
    out = ambassadors.contacts(ACTS, year=2018)
    fives = {"quartier": "Fives"}
    assert value(out, "ambassador_contacts", **fives) == 67
    assert value(out, "ambassador_contacts", "n", **fives) == 4
    assert value(out, "ambassador_contacts_not_counted", **fives) == 4
    assert value(out, "ambassador_contacts_not_counted", "denominator", **fives) == 8
    assert np.isnan(value(out, "ambassador_contacts", quartier="Moulins"))
    assert value(out, "ambassador_contacts", "status", quartier="Moulins") == "too_few"


def test_new_contacts_are_shared_over_the_activities_that_counted_both():
    out = ambassadors.contacts(ACTS, year=2018)
    row = out[(out["indicator"] == "ambassador_new_contacts_share") & (out["quartier"] == "Fives")].iloc[0]
    assert (row["numerator"], row["denominator"], row["n"]) == (24, 60, 3)
    assert row["estimate"] == 0.4
    assert row["lower"] >= 0
    assert row["upper"] <= 1


def test_a_decision_unknown_leaves_the_denominator_and_is_counted_apart():
    out = ambassadors.decisions(ACTS, year=2018)
    fives = {"quartier": "Fives"}
    row = {"indicator": "ambassador_projects_decided", **fives}
    assert value(out, **row, decided_by="ambassadors") == 2 / 3
    assert value(out, **row, decided_by="ambassadors", column="denominator") == 3
    assert value(out, **row, decided_by="shared") == 1 / 3
    assert value(out, **row, decided_by="institution") == 0
    assert value(out, "ambassador_projects_decision_unknown", **fives) == 1
    assert value(out, "ambassador_projects_decision_unknown", "denominator", **fives) == 4
    # Moulins has one project whose decision nobody noted: no share at all.
    moulins = out[out["quartier"] == "Moulins"]
    assert list(moulins["indicator"]) == ["ambassador_projects_decision_unknown"]


@pytest.mark.parametrize(
    "measure",
    [
        lambda t, by: ambassadors.membership(t, year=2019, by=by, history=True),
        lambda t, by: ambassadors.retention(t, year=2019, by=by),
        lambda t, by: ambassadors.trained(t, year=2019, by=by),
        lambda t, by: ambassadors.composition(t, year=2019, of="sex", by=by),
        lambda t, by: ambassadors.activities(t, year=2018, of="theme", by=by, history=True),
        lambda t, by: ambassadors.decisions(t, year=2018, by=by),
        lambda t, by: ambassadors.contacts(t, year=2018, by=by, history=True),
    ],
)
@pytest.mark.parametrize("by", [("quartier",), ()])
def test_no_data_is_a_frame_without_rows_and_the_tables_are_left_alone(measure, by):
    full = {**FIVE, **ACTS}
    assert measure({k: v.iloc[:0] for k, v in full.items()}, by).empty
    before = {k: v.copy(deep=True) for k, v in full.items()}
    out = measure(full, by)
    assert set(out["quartier"]) == ({"all"} if not by else {"Fives", "Moulins"})
    for name, frame in before.items():
        pd.testing.assert_frame_equal(full[name], frame)


days = st.integers(0, 5 * 365).map(lambda d: pd.Timestamp("2015-01-01") + pd.Timedelta(days=d))
lives = st.lists(st.tuples(days, st.none() | st.integers(0, 1500)), min_size=1, max_size=30)


@settings(max_examples=50, deadline=None)
@given(lives)
def test_next_years_stock_is_this_years_less_the_leavers(spans):
    table = people(
        *(("Fives", "30-44", "female", a, None if d is None else a + pd.Timedelta(days=d), None) for a, d in spans)
    )
    history = ambassadors.membership(table, year=2020, history=True).pivot(
        index="year", columns="indicator", values="estimate"
    )
    for year in range(int(history.index.min()), 2020):
        now, then = history.loc[year], history.loc[year + 1]
        assert (
            then["ambassadors_active"]
            == now["ambassadors_active"] - now["ambassadors_left"] + then["ambassadors_joined"]
        )
    kept = ambassadors.retention(table, year=2020).iloc[0]
    newcomers_gone = sum(a.year == 2020 and d is not None and (a + pd.Timedelta(days=d)).year == 2020 for a, d in spans)
    assert kept["denominator"] - kept["numerator"] == history.loc[2020, "ambassadors_left"] - newcomers_gone


def test_themes_come_in_the_order_in_which_the_city_declares_them(workbench):
    declared = [theme.code for theme in workbench.themes][:3]
    rows = [("Fives", "2018-05-02", "stand", code, 1.0, 1, None, None, "unknown") for code in reversed(declared)]
    out = ambassadors.activities(held(*rows), year=2018, of="theme", workbench=workbench)
    assert list(dict.fromkeys(out["theme"])) == declared
    assert declared != sorted(declared)
