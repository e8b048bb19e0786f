"""What is shown is decided for all tables together; masked rows are alike; the rest comes from rounded counts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prs_eval.disclosure import protect as protecting
from prs_eval.disclosure import release
from prs_eval.disclosure.attack import AttackError
from prs_eval.disclosure.audit import audit
from prs_eval.disclosure.collapse import LANDMARKS, collapse
from prs_eval.disclosure.ledger import fact, holds, region
from prs_eval.disclosure.protect import protect
from prs_eval.disclosure.readings import NOT_PEOPLE, domain, reading
from prs_eval.disclosure.release import Release, decide
from prs_eval.estimation.frame import estimates
from prs_eval.inputs.codes import CODES
from prs_eval.inputs.parameters import load_workbench
from tests.conftest import ROOT

WORKBENCH = load_workbench(ROOT / "parameters" / "lille")
PLACES = WORKBENCH.programme_quartiers
OUTCOMES = tuple(CODES["referral_outcome"])


class _Run(SimpleNamespace):
    """What the release and `protect` read of a run."""

    __hash__ = object.__hash__


def a_run(frames=(), **more):
    nothing = pd.DataFrame({name: pd.Series([], dtype=object) for name in ("quartier", "kind", "year")})
    tables = dict.fromkeys(("screening_sessions", "ambassadors", "meetings"), nothing)
    about = {"year": 2018, "workbench": WORKBENCH, "tables": tables, "period": None, "public": True, "frames": frames}
    return _Run(**about, disclosed=[], release=None, quartier=None, **more)


def count(indicator, n, of=np.nan, quartier="all", year=2018, **groups):
    about = {"indicator": indicator, "quartier": quartier, "year": year, **groups}
    return {**about, "numerator": n, "denominator": of, "estimate": n, "unit": "count", "method": "count", "n": n}


def share(indicator, x, n, quartier="all", year=2018, **groups):
    row = count(indicator, x, n, quartier, year, **groups)
    return {**row, "estimate": x / n, "unit": "proportion", "method": "wilson", "n": n, "confidence_level": 0.95}


def referrals(counts: np.ndarray) -> list[pd.DataFrame]:
    """Quartier × outcome with all its margins, as three pages show it."""
    inner = [
        count("network_outcome_referrals", x, counts[i].sum(), place, referral_outcome=outcome)
        for i, place in enumerate(PLACES)
        for outcome, x in zip(OUTCOMES, counts[i], strict=True)
    ]
    totals = [count("network_referrals", counts[i].sum(), quartier=place) for i, place in enumerate(PLACES)]
    city = [
        count("network_outcome_referrals", x, counts.sum(), referral_outcome=outcome)
        for outcome, x in zip(OUTCOMES, counts.sum(axis=0), strict=True)
    ]
    taken = [
        share("network_referrals_taken_up", counts[i, 0], counts[i, :2].sum(), place)
        for i, place in enumerate(PLACES)
        if counts[i, :2].sum()
    ]
    return [
        estimates([count("network_referrals", counts.sum()), *totals]),
        estimates(city, groups=["referral_outcome"]),
        estimates(inner, groups=["referral_outcome"]),
        estimates(taken),
    ]


@pytest.fixture(autouse=True)
def _measures_are_the_run_s_frames(monkeypatch):
    monkeypatch.setattr(release, "measures", lambda run: iter(run.frames))
    monkeypatch.setattr(release, "_already_public", lambda _run, _truth: [])


def facts_of(frames, decided):
    run = a_run(frames)
    protecting._releases[run] = decided
    for frame in frames:
        protect(run, frame)
    return list(dict.fromkeys(run.disclosed))


@given(st.lists(st.integers(0, 40), min_size=20, max_size=20))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_counts_an_attacker_is_sure_of_nothing_small(numbers):
    counts = np.array(numbers).reshape(5, 4)
    frames = referrals(counts)
    decided = decide(WORKBENCH, [a_run(frames)])
    facts = facts_of(frames, decided)
    assert audit(facts, domain(WORKBENCH)) == []
    everything = [row for frame in frames for row in frame.to_dict("records")]
    for row in everything:
        found = reading(row, years=[2018])
        for r, n in zip(found.regions, (row["numerator"], row["denominator"]), strict=False):
            if r in decided.shown:
                assert n >= 11
                low, high = decided.range(r)
                assert low <= n <= high
    again = decide(WORKBENCH, [a_run(frames)], facts)
    assert again.shown == decided.shown  # what is published stays publishable


@pytest.mark.parametrize("threshold", [5, 20])
def test_another_threshold_is_the_audit_s_too(threshold):
    city = WORKBENCH.model_copy(update={"disclosure_threshold": threshold})
    frames = referrals(np.array([[n, n + 4, 30, 2 * n] for n in (4, 7, 12, 19, 26)]))
    run = a_run(frames)
    run.workbench = city
    decided = decide(city, [run])
    assert decided.threshold == threshold
    assert decided.shown
    assert min(decided.range(r)[0] for r in decided.shown) >= threshold
    protecting._releases[run] = decided
    for frame in frames:
        protect(run, frame)
    told = {f.where: f for f in run.disclosed}
    for row in (row for frame in frames for row in frame.to_dict("records")):
        for r, n in zip(reading(row, years=[2018]).regions, (row["numerator"], row["denominator"]), strict=False):
            assert told[r].lower <= n
            assert told[r].upper is None or n <= told[r].upper
    assert audit(run.disclosed, domain(city), threshold=threshold) == []


def test_a_release_comes_back_as_it_was_written(tmp_path):
    frames = referrals(np.full((5, 4), 30))
    decided = decide(WORKBENCH, [a_run(frames)])
    decided.write(tmp_path / "release.json")
    assert Release.read(tmp_path / "release.json") == decided


def test_what_was_published_before_narrows_what_may_be_shown_now():
    counts = np.full((5, 4), 30)
    frames = referrals(counts)
    free = decide(WORKBENCH, [a_run(frames)])
    target = region({"people": ["referrals"], "quartier": ["Fives"], "year": ["2018"]})
    assert target in free.shown
    others = [p for p in PLACES if p != "Fives"]
    near = fact("last year", {"people": ["referrals"], "quartier": ["Fives"], "year": ["2017..2018"]}, 124, 124)
    assert others
    assert target not in decide(WORKBENCH, [a_run(frames)], [near]).shown


def test_an_earlier_leak_stops_everything_rather_than_being_added_to():
    frames = referrals(np.full((5, 4), 30))
    where = {"people": ["referrals"], "quartier": ["Fives"], "year": ["2018"]}
    leaked = [
        fact("a", where, 120, 120),
        fact("b", {**where, "referral_outcome": ["taken_up", "not_taken_up", "pending"]}, 117, 117),
    ]
    with pytest.raises(AttackError):
        decide(WORKBENCH, [a_run(frames)], leaked)


def test_two_tables_that_count_the_same_people_differently_are_an_error_and_not_a_release():
    one = estimates([count("network_referrals", 30)])
    other = estimates(
        [count("network_outcome_referrals", 15, 31, referral_outcome="pending")], groups=["referral_outcome"]
    )
    with pytest.raises(ValueError, match="differently"):
        decide(WORKBENCH, [a_run([one, other])])


def test_masked_rows_are_all_alike_and_shown_ones_come_from_rounded_counts(monkeypatch):
    monkeypatch.setattr(protecting, "release_of", lambda _run: Release({taken: 35, known: 50, everyone: 70}))
    taken, known = reading(share("network_referrals_taken_up", 37, 52), years=[2018]).regions
    everyone = reading(count("network_referrals", 71), years=[2018]).count
    rows = [
        share("network_referrals_taken_up", 37, 52),
        count("network_referrals", 71),
        count("network_referrals", 3, quartier="Fives"),
        count("network_referrals", 0, quartier="Moulins"),
        count("network_referrals", 400, quartier="Wazemmes"),  # hidden for others' sake
        count("network_meetings", 3),
        count("no_such_indicator", 90),
    ]
    out = protect(a_run(), estimates(rows))
    assert out.loc[0, ["numerator", "denominator", "estimate"]].tolist() == [35, 50, 0.7]
    assert 0.5 < out.loc[0, "lower"] < 0.7 < out.loc[0, "upper"] < 0.9
    assert out.loc[1, "estimate"] == 70
    assert out.loc[5, "estimate"] == 3  # meetings are no people
    hidden = out.loc[[2, 3, 4, 6], ["numerator", "denominator", "estimate", "lower", "upper", "n", "status"]]
    assert hidden.drop(columns="status").isna().all(axis=None)
    assert set(hidden["status"]) == {"primary"}


def test_data_that_changed_after_the_decision_stop_the_page(monkeypatch):
    everyone = reading(count("network_referrals", 71), years=[2018]).count
    monkeypatch.setattr(protecting, "release_of", lambda _run: Release({everyone: 70}))
    with pytest.raises(ValueError, match="decided on"):
        protect(a_run(), estimates([count("network_referrals", 85)]))


def test_an_internal_page_sees_what_was_measured():
    frame = estimates([count("network_referrals", 3)])
    run = a_run()
    run.public = False
    assert protect(run, frame) is frame


def test_classes_are_put_together_in_the_declared_order_until_none_is_small():
    ages = [12, 3, 14, 15, 16, 20]
    rows = [
        count("ambassadors_by_age", n, age_band=band) for band, n in zip(list(CODES["age_band"])[:6], ages, strict=True)
    ]
    out = collapse(estimates(rows, groups=["age_band"]), WORKBENCH)
    assert out["numerator"].tolist() == [15, 29, 36]
    assert out["age_band"].tolist() == ["00-14|15-29", "30-44|45-59", "60-74|75+"]
    enough = [count("ambassadors_by_age", 20, age_band=band) for band in list(CODES["age_band"])[:6]]
    assert len(collapse(estimates(enough, groups=["age_band"]), WORKBENCH)) == 6


def test_a_waiting_curve_becomes_shares_at_landmarks_that_count_everyone_followed():
    days = [0.0, 10.0, 20.0, 27.0, 60.0, 200.0]
    events = [0, 5, 7, 3, 10, 2]
    rows = [
        {**share("screening_still_waiting", x, 40, kind="optical", days=d), "n": 40}
        for d, x in zip(days, events, strict=True)
    ]
    out = collapse(estimates(rows, groups=["kind", "days"]), WORKBENCH)
    assert out["days"].tolist() == list(LANDMARKS)
    assert out["numerator"].tolist() == [25, 25, 15, 15, 13]  # by hand: 40 less those dated by then
    assert set(out["denominator"]) == {40}


def test_years_and_codes_tell_which_people_hold_which():
    three = region({"people": ["screened"], "year": ["2016..2018"]})
    one = region({"people": ["screened"], "year": ["2017"], "need": ["yes"]})
    assert holds(three, one)
    assert not holds(one, three)
    assert not holds(three, region({"people": ["screened"], "year": ["2015..2017"]}))
    assert holds(region({"left": ["2018.."]}), region({"left": ["2020"]}))


def test_every_declared_non_people_indicator_is_one_that_a_page_knows():
    import yaml

    known = (ROOT / "parameters" / "lille" / "indicators.yml").read_text(encoding="utf-8")
    codes = {i["code"] for i in yaml.safe_load(known)["indicators"]}
    assert {name for name in NOT_PEOPLE if not name.endswith("_recent")} - codes <= {"network_category_structures"}
