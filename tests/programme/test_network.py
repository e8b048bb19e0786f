"""The network's measures say what happened, keep the unknown apart from zero, and share the one output shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prs_eval.estimation.frame import ALL, HEAD, TAIL
from prs_eval.inputs.codes import CODES
from prs_eval.programme import detectable, network, portfolio, recent
from prs_eval.programme.catalogue import load_catalogue
from prs_eval.programme.network_rows import CATEGORIES
from tests.conftest import ROOT
from tests.programme.network_tables import attendance, empty, meetings, structures, typed, value, with_tables

PLAIN = (
    network.meetings_held,
    network.recent_rhythm,
    network.attendance,
    network.attendance_by_category,
    network.diversity,
    network.members,
    network.members_by_category,
    network.referrals,
    network.referrals_by_reason,
    network.referrals_by_outcome,
    network.needs,
    network.structure_ties,
)
NEED_WORKBENCH = (
    network.meeting_rhythm,
    network.themes_covered,
    network.theme_meetings,
    network.added_values,
    network.needs_by_theme,
)


def measures(tables, workbench, **options):
    """Every measure of the network, by name."""
    found = {function.__name__: function(tables, **options) for function in PLAIN}
    return found | {f.__name__: f(tables, workbench=workbench, **options) for f in NEED_WORKBENCH}


@pytest.fixture(scope="module")
def town():
    """Two quartiers over two years, with something in every table."""
    fives = meetings("2017-01-09", "2017-11-20", "2018-01-08", "2018-03-05", "2018-06-04", themes=["nutrition"] * 5)
    sud = meetings("2018-02-01", "2018-04-02", quartier="Lille-Sud", themes=[None, "addictions|other"])
    sud["meeting_id"] = ["L1", "L2"]
    held = pd.concat([fives, sud], ignore_index=True)
    present = [
        ("M3", "residents", None, 2),
        ("M3", "health", "A", 1),
        ("M4", "social", "B", 3),
        ("M4", "health", "A", 1),
    ]
    present += [("L1", "social", "C", 2), ("L2", "residents", None, 1), ("L2", "social", "C", 1)]
    who = pd.concat([
        structures(("A", "health", 2, "2014-01-01", None), ("B", "social", 3, "2018-02-01", None)),
        structures(("C", "social", 5, "2015-05-05", "2018-12-31"), quartier="Lille-Sud"),
    ])  # fmt: skip
    sent = [("R1", "Fives", "social", "taken_up", 2018), ("R2", "Fives", "other", "unknown", 2018)]
    voiced = [("N1", "Fives", "nutrition", "residents", "A1", 2018), ("N2", "Lille-Sud", "other", "health", None, 2018)]
    answers = [("P1", "A", 2017, "informed", "4", "Fives"), ("P2", "B", 2017, "informed", "unknown", "Fives")]
    return with_tables(
        meetings=held,
        attendance=attendance(held, present),
        structures=who.reset_index(drop=True),
        referrals=typed("referrals", sent),
        needs=typed("needs", voiced),
        professional_answers=typed("professional_answers", answers),
    )  # fmt: skip


# --- what holds for all


@pytest.mark.parametrize("by", [("quartier",), ()])
def test_a_quartier_without_data_gives_no_row_and_no_error(workbench, by):
    for name, out in measures(empty(), workbench, year=2018, by=by).items():
        assert out.empty, name
        assert {*HEAD, *TAIL} <= set(out.columns), name
    assert network.network_map(empty(), year=2018).nodes.empty


def test_every_measure_has_the_one_output_shape_and_an_entry_in_the_catalogue(town, workbench):
    catalogue = load_catalogue(ROOT / "parameters" / "lille")
    known = {indicator.code: indicator for indicator in catalogue.indicators}
    emitted = set()
    for name, out in measures(town, workbench, year=2018).items():
        groups = [c for c in out.columns if c not in {*HEAD, *TAIL}]
        assert list(out.columns) == [*HEAD, *groups, *TAIL], name
        for row in out.itertuples():
            assert known[row.indicator].unit == row.unit, row.indicator
            assert known[row.indicator].part == "network"
            emitted.add(row.indicator)
    three = with_tables(meetings=meetings("2016-01-01", "2016-03-01", "2018-01-01"))
    for out in (
        network.recent_rhythm(three, year=2018),
        recent.recent_intervals(three, year=2018, workbench=workbench),
        detectable.network_detectable(three, year=2018, workbench=workbench),
    ):
        emitted |= set(out["indicator"])
        assert all(known[row.indicator].unit == row.unit for row in out.itertuples())
    actions = pd.DataFrame({"quartier": ["Fives"], "year": [2018], "result_codes": ["A1"], "evidence": [None]})
    of_actions = set(portfolio.result_codes({"actions": actions}, year=2018)["indicator"])
    assert emitted | of_actions == {i.code for i in catalogue.indicators if i.part == "network"}


def test_counts_have_no_interval_and_shares_means_and_medians_have_one(town, workbench):
    for out in measures(town, workbench, year=2018).values():
        counts = out[out["method"].isin(["count", "enumeration"])]
        assert counts[["lower", "upper"]].isna().all(axis=None)
        shares = out[(out["method"] == "wilson") & (out["denominator"] > 0)]
        assert shares[["lower", "upper", "confidence_level"]].notna().all(axis=None)
        assert (shares["lower"] <= shares["estimate"]).all()
        assert (shares["estimate"] <= shares["upper"]).all()


def test_all_quartiers_together_count_what_the_quartiers_count(town, workbench):
    apart = measures(town, workbench, year=2018)
    for name, together in measures(town, workbench, year=2018, by=()).items():
        assert set(together["quartier"]) <= {ALL}
        if name in {"structure_ties", "themes_covered", "diversity", "added_values"}:
            continue  # a category or a theme met in two quartiers is met once in all of them together
        sums = apart[name][apart[name]["unit"].isin(["count", "people"]) & (apart[name]["method"] == "count")]
        both = together[together["unit"].isin(["count", "people"]) & (together["method"] == "count")]
        assert sums["estimate"].sum() == both["estimate"].sum(), name


def test_the_tables_are_left_as_they_were(town, workbench):
    before = {name: frame.copy(deep=True) for name, frame in town.items()}
    measures(town, workbench, year=2018)
    network.network_map(town, year=2018)
    for name, frame in town.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_the_order_of_rows_changes_nothing(town, workbench):
    shuffled = {name: frame.sample(frac=1, random_state=7).reset_index(drop=True) for name, frame in town.items()}
    other = measures(shuffled, workbench, year=2018)
    for name, out in measures(town, workbench, year=2018).items():
        pd.testing.assert_frame_equal(out, other[name])


def test_grouping_by_something_else_is_refused(town):
    with pytest.raises(ValueError, match="quartier"):
        network.meetings_held(town, year=2018, by=["sex"])


# --- meetings


def test_a_gap_across_two_years_belongs_to_the_later_meeting(workbench):
    tables = with_tables(meetings=meetings("2017-11-20", "2018-01-15", "2018-03-12"))
    out = network.meeting_rhythm(tables, year=2018, workbench=workbench, years=[2017, 2018])
    assert value(out, "network_interval_median", year=2018) == 8
    assert value(out, "network_interval_median", "n", year=2018) == 2
    assert value(out, "network_interval_median", "status", year=2017) == "too_few"


def test_gaps_of_exactly_six_and_eight_weeks_are_on_target_and_a_day_more_or_less_is_not(workbench):
    start = pd.Timestamp("2018-01-01")
    days = np.cumsum([0, 42, 56, 41, 57])
    held = meetings(*[(start + pd.Timedelta(days=int(d))).strftime("%Y-%m-%d") for d in days])
    out = network.meeting_rhythm(with_tables(meetings=held), year=2018, workbench=workbench)
    found = {part: value(out, f"network_interval_{part}", "numerator") for part in ("within", "shorter", "longer")}
    assert found == {"within": 2, "shorter": 1, "longer": 1}


def test_gaps_are_not_measured_between_two_quartiers(workbench):
    fives = meetings("2018-01-01", "2018-02-26")
    sud = meetings("2018-01-29", "2018-03-26", quartier="Lille-Sud")
    tables = with_tables(meetings=pd.concat([fives, sud], ignore_index=True))
    out = network.meeting_rhythm(tables, year=2018, workbench=workbench, by=())
    assert value(out, "network_interval_median") == 8
    assert value(out, "network_interval_median", "n") == 2


def test_the_median_gap_has_the_limits_of_conover_from_six_gaps_on(workbench):
    days = np.cumsum([0, 42, 44, 47, 49, 51, 58])
    held = meetings(*[(pd.Timestamp("2018-01-01") + pd.Timedelta(days=int(d))).strftime("%Y-%m-%d") for d in days])
    out = network.meeting_rhythm(with_tables(meetings=held), year=2018, workbench=workbench)
    row = out[out["indicator"] == "network_interval_median"].iloc[0]
    # Six values: the limits are the smallest and the largest (Conover 1999, 96.9 %).
    assert row[["estimate", "lower", "upper"]].tolist() == pytest.approx([48 / 7, 6, 58 / 7])
    fewer = network.meeting_rhythm(with_tables(meetings=held.head(6)), year=2018, workbench=workbench)
    assert np.isnan(value(fewer, "network_interval_median", "lower"))


def test_a_year_without_meeting_after_others_is_a_zero_and_before_them_nothing():
    tables = with_tables(meetings=meetings("2016-03-01", "2016-05-01"))
    assert value(network.meetings_held(tables, year=2018), "network_meetings") == 0
    assert network.meetings_held(tables, year=2015).empty


def test_years_before_the_first_meeting_and_after_the_last_are_no_zeros():
    tables = with_tables(meetings=meetings("2016-03-01", "2018-05-01"))
    for by in (("quartier",), ()):
        out = network.meetings_held(tables, year=2021, years=range(2013, 2022), by=by)
        assert dict(zip(out["year"], out["estimate"], strict=True)) == {2016: 1, 2017: 0, 2018: 1}


def test_the_rhythm_shown_leaves_out_years_without_a_gap_and_starts_with_the_year_of_the_report(workbench):
    tables = with_tables(meetings=meetings("2015-03-01", "2015-05-01", "2017-05-01"))
    for year in (2017, 2018):
        rhythm = network.meeting_rhythm(tables, year=year, workbench=workbench, years=range(2013, year + 1))
        shown = network.rhythm_told(rhythm, year=year)
        assert list(dict.fromkeys(shown["year"])) == sorted({2015, 2017, year}, reverse=True)
        assert shown["indicator"].iloc[0] == "network_interval_median"


def test_three_years_together_need_the_first_of_the_three():
    days = ("2016-01-04", "2016-02-29", "2017-01-02", "2018-01-01")
    out = network.recent_rhythm(with_tables(meetings=meetings(*days)), year=2018)
    assert value(out, "network_interval_median_recent", "n") == 3
    assert network.recent_rhythm(with_tables(meetings=meetings(*days[1:])), year=2018).empty


def test_themes_not_recorded_are_not_themes_not_covered(workbench):
    blank = with_tables(meetings=meetings("2018-01-01", "2018-03-01"))
    out = network.themes_covered(blank, year=2018, workbench=workbench)
    assert value(out, "network_themes_covered", "status") == "too_few"
    partly = with_tables(meetings=meetings("2018-01-01", "2018-03-01", themes=[None, "nutrition|rights|nutrition"]))
    out = network.themes_covered(partly, year=2018, workbench=workbench)
    assert (value(out, "network_themes_covered"), value(out, "network_themes_covered", "denominator")) == (1, 5)
    by_theme = network.theme_meetings(partly, year=2018, workbench=workbench)
    assert value(by_theme, "network_theme_meetings", theme="nutrition", priority="yes") == 1
    assert value(by_theme, "network_theme_meetings", theme="rights", priority="no") == 1
    assert value(by_theme, "network_theme_meetings", "denominator", theme="addictions") == 1


def test_mental_health_counts_among_the_priorities_from_2020_on(workbench):
    tables = with_tables(meetings=meetings("2019-05-01", "2020-05-01", themes=["mental_health", "mental_health"]))
    covered = [
        value(network.themes_covered(tables, year=year, workbench=workbench), "network_themes_covered")
        for year in (2019, 2020)
    ]
    assert covered == [0, 1]


# --- attendance


@pytest.fixture
def present():
    """Three meetings; the people of the third were not recorded."""
    held = meetings("2018-01-01", "2018-03-01", "2018-05-01")
    rows = [("M1", "residents", None, 2), ("M1", "health", "A", 4), ("M2", "health", "A", 3), ("M2", "health", "B", 1)]
    return with_tables(meetings=held, attendance=attendance(held, rows))


def test_a_meeting_whose_people_were_not_recorded_is_not_a_meeting_without_people(present):
    out = network.attendance(present, year=2018)
    assert value(out, "network_meetings_recorded") == 2
    assert value(out, "network_meetings_recorded", "denominator") == 3
    assert value(out, "network_presences") == 10
    assert value(out, "network_people_per_meeting") == 5


def test_a_category_absent_from_a_recorded_meeting_counts_zero_there(present):
    out = network.attendance_by_category(present, year=2018)
    assert value(out, "network_category_per_meeting", category="residents") == 1
    assert value(out, "network_category_per_meeting", "lower", category="residents") == 0  # Student's is negative
    assert value(out, "network_category_presence", category="residents") == 0.5
    assert value(out, "network_category_presence", "numerator", category="health") == 2
    assert value(out, "network_category_presences", category="social") == 0
    assert list(out["category"].unique()) == list(CATEGORIES) == list(CODES["category"])


def test_a_category_that_never_varies_claims_no_certainty_on_its_mean(present):
    out = network.attendance_by_category(present, year=2018)
    assert value(out, "network_category_per_meeting", category="health") == 4
    assert np.isnan(value(out, "network_category_per_meeting", "upper", category="health"))


def test_residents_share_is_taken_over_meetings(present):
    out = network.diversity(present, year=2018)
    row = out[out["indicator"] == "network_residents_share"].iloc[0]
    assert (row["numerator"], row["denominator"], row["n"], row["method"]) == (2, 10, 2, "ratio_linearised")
    assert (row["lower"], row["upper"]) == (0, 1)  # two meetings that disagree say nearly nothing


@pytest.mark.parametrize(("category", "share"), [("health", 0), ("residents", 1)])
def test_meetings_that_all_agree_are_not_certainty(category, share):
    held = meetings("2018-01-01", "2018-03-01", "2018-05-01")
    tables = with_tables(meetings=held, attendance=attendance(held, [(f"M{i}", category, None, 9) for i in (1, 2, 3)]))
    row = network.diversity(tables, year=2018).set_index("indicator").loc["network_residents_share"]
    assert (row["estimate"], row["method"]) == (share, "wilson_clusters")
    # Wilson on 3 meetings, not on 27 people: 0 of 3 goes up to 56.2 %.
    assert row["upper"] - row["lower"] == pytest.approx(0.5615, abs=5e-5)


def test_coverage_counts_the_categories_that_came(present):
    out = network.diversity(present, year=2018)
    assert value(out, "network_categories_covered") == 2
    assert value(out, "network_categories_covered", "denominator") == 6
    assert value(out, "network_blau") == pytest.approx(1 - 0.2**2 - 0.8**2)


def test_presences_are_not_people_as_who_comes_twice_counts_twice(present):
    out = pd.concat([network.attendance(present, year=2018), network.attendance_by_category(present, year=2018)])
    units = out.drop_duplicates("indicator").set_index("indicator")["unit"]
    assert units["network_presences"] == units["network_category_presences"] == "attendances"
    assert units["network_people_per_meeting"] == units["network_category_per_meeting"] == "people"


def test_meetings_without_any_recorded_people_are_too_few_not_zero():
    tables = with_tables(meetings=meetings("2018-01-01", "2018-03-01"))
    out = pd.concat([network.attendance(tables, year=2018), network.diversity(tables, year=2018)])
    told = out[out["indicator"] != "network_meetings_recorded"]
    assert (told["status"] == "too_few").all()
    assert value(out, "network_meetings_recorded") == 0


# --- members


@pytest.mark.parametrize(
    ("joined", "left", "expected"),
    [
        ("2014-01-01", None, (1, 0, 0, 1)),
        ("2018-12-31", None, (1, 1, 0, 0)),
        ("2019-01-01", None, (0, 0, 0, 0)),
        ("2014-01-01", "2018-01-01", (1, 0, 1, 1)),
        ("2014-01-01", "2017-12-31", (0, 0, 0, 0)),
        ("2014-01-01", "2018-12-31", (1, 0, 1, 1)),
        ("2014-01-01", "2019-01-01", (1, 0, 0, 1)),
        ("2018-02-01", "2018-09-01", (1, 1, 1, 0)),
    ],
)
def test_members_are_counted_at_the_borders_of_the_year(joined, left, expected):
    tables = with_tables(
        structures=structures(("A", "health", 4, joined, left), ("Z", "social", 1, "2013-01-01", "2013-02-01"))
    )
    out = network.members(tables, year=2018)
    names = ("network_structures", "network_structures_new", "network_structures_left")
    counts = tuple(value(out, name) for name in names)
    assert (*counts, value(out, "network_retention", "denominator")) == expected
    assert value(out, "network_professionals") == 4 * expected[0]
    stayed = value(out, "network_retention", "numerator")
    assert stayed == (1 if expected[3] and (left is None or left > "2018-12-31") else 0)


def test_guests_are_counted_apart_from_members_that_came():
    held = meetings("2018-01-01")
    who = structures(("A", "health", 4, "2014-01-01", None), ("B", "health", 4, "2014-01-01", None))
    rows = [("M1", "health", "A", 1), ("M1", "health", "B", 0), ("M1", "social", "G", 2), ("M1", "residents", None, 5)]
    out = network.members(with_tables(meetings=held, structures=who, attendance=attendance(held, rows)), year=2018)
    assert value(out, "network_structures_attending", "numerator") == 1
    assert value(out, "network_structures_attending", "denominator") == 2
    assert value(out, "network_structures_guests") == 1


def test_without_recorded_attendance_nothing_is_said_of_who_came():
    out = network.members(with_tables(structures=structures(("A", "health", 4, "2014-01-01", None))), year=2018)
    assert not set(out["indicator"]) & {"network_structures_attending", "network_structures_guests"}


def test_members_by_category_sum_to_the_members(town):
    total = network.members(town, year=2018, by=())
    by_category = network.members_by_category(town, year=2018, by=())
    parts = by_category.groupby("indicator")["estimate"].sum()
    assert parts["network_category_structures"] == value(total, "network_structures") == 3
    assert parts["network_category_professionals"] == value(total, "network_professionals") == 10


# --- what the network produces


def test_pending_and_unknown_referrals_are_kept_out_of_the_share(workbench):
    outcomes = ["taken_up"] * 6 + ["not_taken_up"] * 2 + ["pending"] * 3 + ["unknown"] * 4
    rows = [(f"R{i}", "Fives", "social", outcome, 2018) for i, outcome in enumerate(outcomes)]
    tables = with_tables(referrals=typed("referrals", [*rows, ("R99", "Fives", "other", "taken_up", 2017)]))
    out = network.referrals(tables, year=2018)
    assert value(out, "network_referrals") == 15
    assert value(out, "network_referrals_taken_up") == 6 / 8
    by_outcome = network.referrals_by_outcome(tables, year=2018).set_index("referral_outcome")["estimate"]
    assert by_outcome.to_dict() == {"taken_up": 6, "not_taken_up": 2, "pending": 3, "unknown": 4}
    assert network.referrals_by_reason(tables, year=2018)["estimate"].sum() == 15


def test_a_need_without_action_is_a_need_unmet(workbench):
    rows = [
        ("N1", "Fives", "nutrition", "residents", "A1", 2018),
        ("N2", "Fives", "nutrition", "health", None, 2018),
        ("N3", "Fives", "rights", "residents", None, 2018),
        ("N4", "Fives", "rights", "residents", "A2", 2017),
    ]
    tables = with_tables(needs=typed("needs", rows))
    out = network.needs(tables, year=2018)
    assert value(out, "network_needs_with_action") == pytest.approx(1 / 3)
    assert value(out, "network_needs_from_residents") == pytest.approx(2 / 3)
    by_theme = network.needs_by_theme(tables, year=2018, workbench=workbench)
    assert value(by_theme, "network_theme_needs", theme="nutrition") == 2
    assert value(by_theme, "network_theme_needs_with_action", theme="nutrition") == 1
    assert by_theme["theme"].nunique() == len(workbench.themes)


# --- added values


def test_the_latest_survey_up_to_the_year_is_shown_under_its_own_year(workbench):
    rows = [
        (f"P{i}", "A", year, "informed", answer, "Fives")
        for i, (year, answer) in enumerate([(2015, "4"), (2017, "4"), (2017, "3"), (2017, "unknown"), (2019, "1")])
    ]
    tables = with_tables(professional_answers=typed("professional_answers", rows))
    out = network.added_values(tables, year=2018, workbench=workbench)
    assert set(out["year"]) == {2017}
    # Top box: only « tout à fait d'accord »; no answer is no disagreement.
    assert value(out, "network_added_value", item="informed") == 0.5
    assert value(out, "network_added_value", "denominator", item="informed") == 2
    assert value(out, "network_added_value_unanswered", item="informed") == 1
    assert value(out, "network_added_value", "status", item="take_part") == "too_few"
    assert list(out["item"].unique()) == [item.code for item in workbench.added_values_professionals]
    assert network.added_values(tables, year=2014, workbench=workbench).empty


# --- ties


def test_ties_come_from_shared_meetings_and_guests_are_in_the_network():
    held = meetings("2018-01-01", "2018-03-01")
    who = structures(
        ("A", "health", 1, "2014-01-01", None),
        ("B", "social", 1, "2014-01-01", None),
        ("C", "social", 1, "2014-01-01", None),
    )
    rows = [("M1", "health", "A", 1), ("M1", "social", "B", 1), ("M2", "health", "A", 1), ("M2", "social", "B", 2)]
    rows += [("M2", "education", "G", 1), ("M2", "residents", None, 4)]
    tables = with_tables(meetings=held, structures=who, attendance=attendance(held, rows))
    out = network.structure_ties(tables, year=2018)
    assert [value(out, "network_ties", at_least=k) for k in (1, 2, 3)] == [3, 1, 0]
    assert [value(out, "network_isolates", at_least=k) for k in (1, 2, 3)] == [0, 1, 3]
    assert value(out, "network_density", at_least=2) == pytest.approx(1 / 3)
    drawn = network.network_map(tables, year=2018)
    nodes = drawn.nodes.set_index("structure_id")
    assert nodes["meetings"].to_dict() == {"A": 2, "B": 2, "C": 0, "G": 1}
    assert nodes["tied"].to_dict() == {"A": 1, "B": 1, "C": 0, "G": 0}
    assert nodes.loc["G", "category"] == "education"
    assert pd.isna(nodes.loc["G", "name"])
    assert drawn.ties.values.tolist() == [["A", "B", 2]]


def test_a_year_whose_attendance_was_not_recorded_has_no_map_and_no_ties():
    tables = with_tables(structures=structures(("A", "health", 1, "2014-01-01", None)))
    assert network.network_map(tables, year=2018).nodes.empty
    assert network.structure_ties(tables, year=2018).empty


def test_residents_on_their_own_make_no_network_and_no_error():
    held = meetings("2018-01-01")
    tables = with_tables(meetings=held, attendance=attendance(held, [("M1", "residents", None, 7)]))
    out = network.structure_ties(tables, year=2018)
    assert value(out, "network_ties", at_least=1) == 0
    assert value(out, "network_density", "status", at_least=1) == "too_few"
    assert network.network_map(tables, year=2018).nodes.empty
