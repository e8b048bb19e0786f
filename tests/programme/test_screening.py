"""What a screening report would get wrong if these broke: who is missing, who is only unknown, who still waits."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.inputs.codes import CODES
from prs_eval.programme import screening
from prs_eval.programme.catalogue import load_catalogue
from tests.programme.screening_tables import (
    CANCELLED,
    EQUIPPED,
    HONOURED,
    LOST,
    MISSED,
    NEVER,
    PENDING,
    REFERRED,
    WAITING,
    screening_tables,
)

TWO = [{"session_id": "S1", "held_on": "2018-03-01"}, {"session_id": "S2", "held_on": "2018-04-10", "slots": 8}]
EVERYONE = [{}, EQUIPPED, HONOURED, MISSED, CANCELLED, PENDING, WAITING, NEVER, LOST]
MEASURES = {
    "sessions": screening.sessions,
    "costs": screening.costs,
    "cascade": screening.cascade,
    "waiting_times": screening.waiting_times,
    "waiting_curve": screening.waiting_curve,
    "absence_reasons": screening.absence_reasons,
    "by_reminder": lambda *a, **k: screening.honoured_by(*a, characteristic="reminder", **k),
    "by_coverage": lambda *a, **k: screening.honoured_by(*a, characteristic="coverage", **k),
}


def one(frame: pd.DataFrame, indicator: str, **groups: str) -> pd.Series:
    """The only row of that indicator and group."""
    rows = frame[frame["indicator"] == indicator]
    for column, value in groups.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, (indicator, groups, len(rows))
    return rows.iloc[0]


def stage(frame: pd.DataFrame, name: str, out_of: str, indicator: str = "screening_stage_share") -> tuple[float, float]:
    row = one(frame, indicator, stage=name, out_of=out_of)
    return row["numerator"], row["denominator"]


# --- the published year ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def optical_2018() -> dict[str, pd.DataFrame]:
    """90 people, 79 in need, 57 referred, 53 dated, 31 honoured, 12 equipped: as published for 2018."""
    needy = {"need": "yes"}
    people = [EQUIPPED] * 12 + [HONOURED] * 19 + [MISSED] * 16 + [CANCELLED] * 6 + [NEVER] * 4
    people += [needy] * 22 + [{}] * 11
    sessions = [{"session_id": f"S{i}", "quartier": ("Fives", "Moulins", "Wazemmes")[i % 3]} for i in range(9)]
    return screening_tables(sessions, [{**p, "session_id": f"S{i % 9}"} for i, p in enumerate(people)])


def test_the_published_cascade_of_2018_comes_out_with_its_denominators(optical_2018):
    found = screening.cascade(optical_2018, year=2018, by=())
    people = found[found["indicator"] == "screening_stage_people"].set_index("stage")["estimate"]
    assert people.to_dict() == {
        "screened": 90,
        "need": 79,
        "referred": 57,
        "booked": 53,
        "honoured": 31,
        "equipped": 12,
    }
    assert stage(found, "need", "screened") == (79, 90)
    assert stage(found, "honoured", "referred") == (31, 57)
    assert stage(found, "honoured", "booked") == (31, 53)
    assert stage(found, "equipped", "need") == (12, 79)
    # R 4.2: prop.test(31, 57, correct = FALSE).
    row = one(found, "screening_stage_share", stage="honoured", out_of="referred")
    assert (row["lower"], row["upper"]) == pytest.approx((0.41591, 0.66627), abs=5e-6)
    assert row["method"] == "wilson"


def test_the_mean_wait_of_2018_is_exactly_eight_weeks(optical_2018):
    found = screening.waiting_times(optical_2018, year=2018, by=())
    assert one(found, "screening_wait_mean")["estimate"] == 56
    assert one(found, "screening_wait_mean")["n"] == 53
    assert one(found, "screening_wait_never_booked")["estimate"] == 4


def test_all_quartiers_together_are_the_sum_of_the_quartiers(optical_2018):
    city = screening.cascade(optical_2018, year=2018, by=())
    each = screening.cascade(optical_2018, year=2018)
    assert set(each["quartier"]) == {"Fives", "Moulins", "Wazemmes"}
    summed = each.groupby(["indicator", "stage", "out_of"])["numerator"].sum()
    whole = city.set_index(["indicator", "stage", "out_of"])["numerator"]
    pd.testing.assert_series_equal(summed, whole.sort_index())
    assert (city["quartier"] == "all").all()


# --- what each person's line means -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({}, "no no no no no"),
        (EQUIPPED, "yes yes yes yes yes"),
        (HONOURED, "yes yes yes yes no"),
        (MISSED, "yes yes yes no no"),
        (CANCELLED, "yes yes yes no no"),
        (PENDING, "yes yes yes ongoing ongoing"),
        (WAITING, "yes yes ongoing ongoing ongoing"),
        (NEVER, "yes yes no no no"),
        ({**NEVER, "follow_up": "unknown"}, "yes yes unknown unknown unknown"),
        (LOST, "yes yes unknown unknown unknown"),
        ({**LOST, "booked_on": "2018-03-05"}, "yes yes yes unknown unknown"),
        ({**LOST, "follow_up": "closed"}, "yes yes unknown unknown no"),
        ({"need": "yes"}, "yes no no no no"),
        ({"need": "unknown"}, "unknown no no no no"),
        ({"need": "unknown", "follow_up": "unknown"}, "unknown no no no unknown"),
        (
            {"need": "yes", "referred_to": "unknown", "outcome": "unknown", "follow_up": "unknown"},
            "yes unknown unknown unknown unknown",
        ),
        ({"follow_up": "unknown"}, "no no no no no"),
        ({**REFERRED, "outcome": "not_applicable"}, "yes yes unknown unknown no"),
    ],
)
def test_each_line_says_what_is_known_and_no_more(person, expected):
    from prs_eval.programme.screening_people import people_screened

    tables = screening_tables([{}], [person])
    row = people_screened(tables, years=[2018], kind=None).iloc[0]
    assert " ".join(row[s] for s in ("need", "referred", "booked", "honoured", "equipped")) == expected


def test_a_referred_person_of_unknown_outcome_is_not_counted_as_missed():
    found = screening.cascade(screening_tables([{}], [HONOURED, MISSED, LOST, LOST]), year=2018)
    assert stage(found, "honoured", "referred") == (1, 2)
    assert stage(found, "honoured", "referred", "screening_stage_unknown") == (2, 4)
    assert stage(found, "honoured", "referred", "screening_stage_share_if_no") == (1, 4)
    assert stage(found, "honoured", "referred", "screening_stage_share_if_yes") == (3, 4)


def test_an_appointment_to_come_is_neither_honoured_nor_missed():
    found = screening.cascade(screening_tables([{}], [HONOURED, PENDING, WAITING]), year=2018)
    assert stage(found, "honoured", "referred") == (1, 1)
    assert stage(found, "honoured", "referred", "screening_stage_in_progress") == (2, 3)


def test_all_unknown_is_too_few_to_estimate_and_says_so():
    found = screening.cascade(screening_tables([{}], [LOST, LOST]), year=2018)
    row = one(found, "screening_stage_share", stage="honoured", out_of="referred")
    assert row["status"] == "too_few"
    assert pd.isna(row["estimate"])
    assert pd.isna(row["lower"])


OUTCOMES = ("honoured", "missed", "cancelled", "pending", "not_booked", "not_applicable", "unknown")
any_person = st.fixed_dictionaries(
    {
        "need": st.sampled_from(("yes", "no", "unknown")),
        "referred_to": st.sampled_from(("st_vincent", "none", "unknown")),
        "outcome": st.sampled_from(OUTCOMES),
        "follow_up": st.sampled_from(("closed", "ongoing", "not_applicable", "unknown")),
        "appointment_on": st.sampled_from((None, "2018-04-26", "2019-02-01")),
        "equipped_on": st.sampled_from((None, "2018-05-20")),
        "absence_reason": st.sampled_from((None, "forgot", "unknown")),
        "reminder": st.sampled_from(("sms", "none", "unknown")),
        "session_id": st.sampled_from(("S1", "S2")),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(any_person, max_size=25))
def test_nobody_is_lost_or_invented_whatever_the_lines(people):
    tables = screening_tables(TWO, people)
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    found = screening.cascade(tables, year=2018)
    rows = found.set_index(["stage", "out_of"])
    unknown = rows[rows["indicator"] == "screening_stage_unknown"]
    known = rows.loc[rows["indicator"] == "screening_stage_share", "denominator"]
    ongoing = rows.loc[rows["indicator"] == "screening_stage_in_progress", "numerator"]
    assert (known + unknown["numerator"]).sort_index().equals(unknown["denominator"].sort_index())
    assert (ongoing.sort_index() <= unknown["numerator"].sort_index()).all()
    if people:
        assert one(found, "screening_stage_people", stage="screened")["estimate"] == len(people)
    ok = found[found["unit"] == "proportion"].dropna(subset=["estimate"])
    assert ok["estimate"].between(ok["lower"] - 1e-12, ok["upper"] + 1e-12).all()
    waits = screening.waiting_times(tables, year=2018)
    states = ("dated", "waiting", "never_booked", "unknown")
    if len(waits):
        counted = sum(one(waits, f"screening_wait_{s}")["estimate"] for s in states)
        assert counted == sum(p["referred_to"] == "st_vincent" for p in people)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_the_path_to_read_keeps_each_step_once_in_order(optical_2018):
    found = screening.cascade(optical_2018, year=2018, by=())
    path = screening.main_path(found)
    people = path[path["indicator"] == "screening_stage_people"]
    assert people["stage"].tolist() == list(screening.STAGES)
    for indicator in ("screening_stage_share", "screening_stage_unknown"):
        steps = path[path["indicator"] == indicator]
        assert list(zip(steps["stage"], steps["out_of"], strict=True)) == [
            ("need", "screened"),
            ("referred", "need"),
            ("booked", "referred"),
            ("honoured", "booked"),
            ("honoured", "referred"),
            ("equipped", "honoured"),
            ("equipped", "need"),
        ]
    assert len(path) == 6 + 7 + 7
    assert screening.main_path(found.iloc[:0]).empty


# --- waiting -----------------------------------------------------------------------------------------------------


def dated(days: int, outcome: str = "honoured") -> dict[str, str]:
    start = pd.Timestamp("2018-03-01")
    return {**HONOURED, "outcome": outcome, "appointment_on": str((start + pd.Timedelta(days=days)).date())}


def test_who_still_waits_makes_the_median_longer_and_the_mean_unsayable():
    served = [dated(d) for d in (10, 20, 30, 40)]
    alone = screening.waiting_times(screening_tables([{}], served), year=2018)
    waiting = screening.waiting_times(screening_tables([{}], [*served, WAITING, WAITING, WAITING]), year=2018)
    assert one(alone, "screening_wait_median")["estimate"] == 25  # R: quantile(survfit(Surv(c(10,20,30,40)) ~ 1), .5)
    assert one(waiting, "screening_wait_median")["estimate"] == 40
    assert one(waiting, "screening_wait_mean")["status"] == "too_few"
    assert one(waiting, "screening_wait_mean_dated")["estimate"] == 25
    assert one(waiting, "screening_wait_waiting")["estimate"] == 3
    assert one(waiting, "screening_wait_median")["method"] == "kaplan_meier_log_log"


def test_no_median_where_most_still_wait():
    found = screening.waiting_times(screening_tables([{}], [dated(10), WAITING, WAITING]), year=2018)
    assert one(found, "screening_wait_median")["status"] == "too_few"


def test_an_appointment_missed_or_cancelled_was_offered_all_the_same():
    people = [dated(10, "missed"), dated(20, "cancelled"), dated(30)]
    found = screening.waiting_times(screening_tables([{}], people), year=2018)
    assert one(found, "screening_wait_median")["estimate"] == 20
    assert one(found, "screening_wait_dated")["estimate"] == 3


def test_who_will_have_no_appointment_or_gives_no_news_is_counted_apart():
    undated = {**HONOURED, "appointment_on": None}
    found = screening.waiting_times(screening_tables([{}], [dated(10), NEVER, LOST, undated]), year=2018)
    assert one(found, "screening_wait_median")["denominator"] == 1
    assert one(found, "screening_wait_never_booked")["estimate"] == 1
    assert one(found, "screening_wait_unknown")["estimate"] == 2
    assert one(found, "screening_wait_mean")["status"] == "too_few"  # the day of an appointment is missing


def test_a_wait_is_cut_at_the_analysis_date_for_all_alike():
    later = dated(400, "pending")  # a date after the last fact known: still waiting on that day
    tables = screening_tables([{}], [dated(10), later, WAITING])
    curve = screening.waiting_curve(tables, year=2018)
    assert curve["days"].tolist() == [0, 10, 305]  # 31 December 2018 is 305 days after 1 March
    assert curve["denominator"].tolist() == [3, 3, 2]
    early = screening.waiting_curve(tables, year=2018, as_of=dt.date(2018, 3, 5))
    assert early["numerator"].sum() == 0
    assert early["days"].tolist() == [0, 4]


def test_follow_up_after_the_year_is_used_for_those_who_waited_too():
    tables = screening_tables([{}], [dated(350), WAITING])  # honoured on 14 February 2019
    curve = screening.waiting_curve(tables, year=2018)
    assert curve["days"].tolist() == [0, 350]
    assert curve["denominator"].tolist() == [2, 2]


def test_an_analysis_date_before_a_session_is_refused():
    with pytest.raises(ValueError, match="as_of"):
        screening.waiting_times(screening_tables([{}], [dated(3)]), year=2018, as_of=dt.date(2018, 1, 1))


def test_a_quartier_alone_gives_the_same_numbers_as_among_all(optical_2018):
    alone = {name: t[t["quartier"] == "Fives"].reset_index(drop=True) for name, t in optical_2018.items()}
    for name, measure in MEASURES.items():
        among = measure(optical_2018, year=2018)
        among = among[among["quartier"] == "Fives"].reset_index(drop=True)
        pd.testing.assert_frame_equal(measure(alone, year=2018), among, obj=name)


def test_a_date_on_the_day_of_the_session_starts_the_curve_below_one():
    curve = screening.waiting_curve(screening_tables([{}], [dated(0), dated(9)]), year=2018)
    assert curve["days"].tolist() == [0, 9]
    assert curve["estimate"].tolist() == [0.5, 0]


def test_the_published_wait_is_the_latest_of_that_kind_in_days():
    rows = [
        ("France", "delai_ophtalmo_median", 2012, 60, "jours"),
        ("France", "delai_ophtalmo_median", 2017, 52, "jours"),
        ("Paris", "delai_ophtalmo_median", 2017, 29, "jours"),
        ("France", "delai_dentiste_median", 2017, 3, "semaines"),
    ]
    published = pd.DataFrame(rows, columns=["territory", "indicator", "year", "value", "unit"])
    assert screening.reference_wait(published, kind="optical") == screening.ReferenceWait(52, "France", 2017)
    assert screening.reference_wait(published, kind="dental") is None


def test_the_table_of_waits_opens_with_the_median_and_the_mean_then_gives_the_curve():
    tables = screening_tables([{}], [HONOURED, HONOURED, NEVER])
    waits, curve = screening.waiting_times(tables, year=2018), screening.waiting_curve(tables, year=2018)
    table = screening.waits_and_curve(waits, curve)
    assert table["indicator"].tolist()[:2] == ["screening_wait_median", "screening_wait_mean"]
    assert table[table["indicator"] == "screening_still_waiting"]["days"].tolist() == curve["days"].tolist()
    nobody = screening_tables([{}], [NEVER])
    empty = [f(nobody, year=2018) for f in (screening.waiting_times, screening.waiting_curve)]
    assert screening.waits_and_curve(*empty).empty


# --- sessions and costs ------------------------------------------------------------------------------------------


def test_fill_rate_may_pass_one_and_is_a_ratio_over_sessions():
    people = [{"session_id": "S1"}] * 12 + [{"session_id": "S2"}] * 8
    found = screening.sessions(screening_tables(TWO, people), year=2018)
    row = one(found, "screening_fill_rate")
    assert (row["numerator"], row["denominator"], row["n"]) == (20, 18, 2)
    assert row["estimate"] == pytest.approx(20 / 18)
    assert one(found, "screening_participants")["estimate"] == 20


def test_a_session_without_a_list_is_not_an_empty_session():
    found = screening.sessions(screening_tables(TWO, [{"session_id": "S1"}] * 9), year=2018)
    assert one(found, "screening_sessions")["estimate"] == 2
    assert one(found, "screening_sessions_without_list")["estimate"] == 1
    row = one(found, "screening_fill_rate")
    assert (row["numerator"], row["denominator"], row["status"]) == (9, 10, "too_few")


def test_cost_is_over_sessions_whose_cost_is_known():
    sessions = [*TWO, {"session_id": "S3", "cost_eur": None}]
    people = [EQUIPPED, {}, {**EQUIPPED, "session_id": "S2"}, {**EQUIPPED, "session_id": "S3"}]
    found = screening.costs(screening_tables(sessions, people), year=2018)
    per_person, per_equipped = (one(found, f"screening_cost_per_{x}") for x in ("participant", "equipped"))
    assert (per_person["numerator"], per_person["denominator"], per_person["n"]) == (800, 3, 2)
    assert (per_equipped["numerator"], per_equipped["denominator"]) == (800, 2)
    assert one(found, "screening_sessions_without_cost")["estimate"] == 1


@pytest.mark.parametrize(("number", "status"), [(2, "too_few"), (3, "too_few"), (4, "ok")])
def test_rates_and_costs_have_no_interval_under_four_sessions_but_keep_their_point(number, status):
    sessions = [{"session_id": f"S{i}", "cost_eur": 400.0 + i} for i in range(number)]
    people = [{**EQUIPPED, "session_id": f"S{i}"} for i in range(number) for _ in range(i + 1)]
    tables = screening_tables(sessions, people)
    cost = one(screening.costs(tables, year=2018), "screening_cost_per_participant")
    fill = one(screening.sessions(tables, year=2018), "screening_fill_rate")
    assert cost["estimate"] == pytest.approx(sum(400 + i for i in range(number)) / len(people))
    assert fill["estimate"] == pytest.approx(len(people) / (10 * number))
    for row in (cost, fill):
        assert row["status"] == status
        assert pd.isna(row["lower"]) == pd.isna(row["upper"]) == (status == "too_few")


def test_cost_per_equipped_is_not_estimated_where_nobody_was():
    found = screening.costs(screening_tables(TWO, [HONOURED, {**LOST, "session_id": "S2"}]), year=2018)
    assert one(found, "screening_cost_per_equipped")["status"] == "too_few"
    assert one(found, "screening_cost_equipment_unknown")["estimate"] == 1


def test_targets_are_the_citys_and_the_quartiers_own(workbench):
    target = screening.session_target
    assert target(workbench, kind="optical").low == 10
    assert (target(workbench, kind="dental").low, target(workbench, kind="dental").high) == (3, 4)
    assert target(workbench, kind="optical", quartier="Fives").high == 2
    assert target(workbench, kind="dental", quartier="Fives") is None
    assert target(workbench, kind="optical", quartier="Bois-Blancs") is None


def test_years_are_kept_apart_and_only_the_year_asked_for_comes_out():
    sessions = [TWO[0], {"session_id": "S2", "held_on": "2017-10-01"}]
    tables = screening_tables(sessions, [{}, {"session_id": "S2"}, {"session_id": "S2"}])
    assert one(screening.sessions(tables, year=2018), "screening_participants")["estimate"] == 1
    both = screening.sessions(tables, year=2018, years=range(2014, 2019))
    counts = both[both["indicator"] == "screening_participants"].set_index("year")["estimate"]
    assert counts.to_dict() == {2017: 2, 2018: 1}


# --- reasons, reminders, cover -----------------------------------------------------------------------------------


def test_reasons_are_shares_of_known_reasons_and_the_unknown_stand_apart():
    people = [MISSED, MISSED, {**MISSED, "absence_reason": "cost"}, {**MISSED, "absence_reason": "unknown"}]
    people += [{**MISSED, "absence_reason": None}, HONOURED]
    found = screening.absence_reasons(screening_tables([{}], people), year=2018)
    forgot = one(found, "screening_absence_reason", reason="forgot")
    assert (forgot["numerator"], forgot["denominator"]) == (2, 3)
    assert set(found["reason"]) == set(CODES["absence_reason"])
    unknown = one(found, "screening_absence_unknown")
    assert (unknown["numerator"], unknown["denominator"]) == (2, 5)


def test_reminders_compare_only_appointments_of_known_outcome():
    people = [HONOURED, MISSED, {**PENDING, "reminder": "phone"}, {**HONOURED, "reminder": "phone"}, NEVER]
    found = screening.honoured_by(screening_tables([{}], people), year=2018, characteristic="reminder")
    sms = one(found, "screening_honoured_by", reminder="sms")
    phone = one(found, "screening_honoured_by", reminder="phone")
    assert (sms["numerator"], sms["denominator"]) == (1, 2)
    assert (phone["numerator"], phone["denominator"]) == (1, 1)
    assert one(found, "screening_honoured_by_unknown", reminder="phone")["numerator"] == 1


def test_an_unknown_characteristic_or_kind_is_refused():
    tables = screening_tables([{}], [])
    with pytest.raises(ValueError, match="characteristic"):
        screening.honoured_by(tables, year=2018, characteristic="sex")
    with pytest.raises(ValueError, match="kind"):
        screening.cascade(tables, year=2018, kind="hearing")


# --- the shape ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURES)
def test_nothing_entered_gives_no_row_and_no_error(name):
    for tables in (screening_tables([], []), screening_tables([{"held_on": "2017-05-04"}], [EQUIPPED])):
        out = MEASURES[name](tables, year=2018)
        check_estimates(out)
        assert out.empty


@pytest.mark.parametrize(("name", "by"), list(product(MEASURES, [("quartier",), ()])))
def test_every_measure_keeps_the_shape_and_is_in_the_catalogue(name, by, root):
    sessions = [*TWO, {"session_id": "S3", "kind": "dental", "quartier": "Moulins"}]
    people = [{**p, "session_id": s["session_id"]} for p in EVERYONE for s in sessions]
    out = MEASURES[name](screening_tables(sessions, people), year=2018, by=by)
    check_estimates(out)
    assert set(out["kind"]) == {"optical", "dental"}
    catalogue = {i.code: i for i in load_catalogue(root / "parameters" / "lille").indicators}
    for code, unit in set(zip(out["indicator"], out["unit"], strict=True)):
        assert catalogue[code].unit == unit, code
    assert out["method"].notna().all()
    limited = out[(out["status"] == "ok") & (out["method"] != "count")]
    assert limited["confidence_level"].eq(0.95).all()
    keys = [c for c in out.columns if c in ("indicator", "quartier", "year", "kind", "stage", "out_of", "days")]
    keys += [c for c in ("reason", "reminder", "coverage") if c in out.columns]
    assert not out.duplicated(keys).any()


def test_one_kind_can_be_asked_for():
    sessions = [*TWO, {"session_id": "S3", "kind": "dental"}]
    out = screening.sessions(screening_tables(sessions, []), year=2018, kind="dental")
    assert set(out["kind"]) == {"dental"}


def test_people_can_be_split_by_what_is_known_of_them():
    people = [HONOURED, {**MISSED, "sex": "male"}]
    found = screening.cascade(screening_tables([{}], people), year=2018, by=("quartier", "sex"))
    row = one(found, "screening_stage_share", stage="honoured", out_of="booked", sex="male")
    assert (row["numerator"], row["denominator"]) == (0, 1)
