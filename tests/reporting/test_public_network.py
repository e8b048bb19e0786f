"""The network's public page: what is shown as it stands, nothing worked out from it, nobody named on the map."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import prs_eval.disclosure.protect as protect_module
from prs_eval.disclosure.collapse import collapse
from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.disclosure.release import Release
from prs_eval.estimation.frame import estimates
from prs_eval.inputs.codes import CODES
from prs_eval.programme import network
from prs_eval.reporting import page
from prs_eval.reporting.figures import network as figures
from prs_eval.reporting.text import network as text
from prs_eval.reporting.text.network_words import structure_names
from tests.programme.network_tables import attendance, meetings, structures, typed, with_tables
from tests.reporting.made import a_run
from tests.reporting.public_pages import HIDDEN, NUMBERS, REAL, be_for_everybody, known, numbers, page_of, plain

PEOPLE = ("people", "categories", "residents", "members", "reasons", "outcomes", "added-values")
REFERRED = ("reasons", "outcomes", "added-values")  # cells whose every count is of people
NOBODY = ("rhythm", "themes", "needs", "recent-years", "detectable")  # cells without people: run once


def seen(frame, hide=lambda row: False, times=1):
    """`frame` as a public page may see it, people `times` as many: rounded to 5, or masked where `hide` says so."""
    out = frame.copy()
    for at, row in zip(frame.index, frame.to_dict("records"), strict=True):
        if row["indicator"] in NOT_PEOPLE:
            continue
        per = row["unit"] == "people" and not pd.isna(row["denominator"])
        counts = {name: 5 * round(times * row[name] / 5) for name in NUMBERS[:2] if not pd.isna(row[name])}
        told = {**dict.fromkeys(NUMBERS, np.nan), **counts, **({"denominator": row["denominator"]} if per else {})}
        people = [counts["numerator"]] if per and counts else list(counts.values())
        if row["unit"] == "index" or not people or min(people) < 15 or hide(row):
            told = {**dict.fromkeys(NUMBERS, np.nan), "status": "primary"}
        elif per or row["unit"] == "proportion":
            told |= {"estimate": told["numerator"] / told["denominator"], "n": np.nan if per else told["denominator"]}
        else:
            told |= {"estimate": told["numerator"], "n": people[-1]}
        for name, value in told.items():
            out.loc[at, name] = value
    return out


def masked(frame):
    return seen(frame, lambda row: True)


@pytest.fixture(autouse=True)
def everybody(monkeypatch, workbench):
    """A page for everybody, and no trace of it afterwards."""
    be_for_everybody(monkeypatch, workbench)


def leave_out(quartier):
    return ("impact", "rhythm-chart", *(NOBODY if quartier == "Fives" else ()))


def few(run, frame):
    return seen(collapse(frame, run.workbench))


def many(_run, frame):
    return seen(frame, times=6)


def by_chance(_run, frame):
    rng = np.random.default_rng(len(frame))
    return seen(frame, lambda row: rng.random() < 0.4, times=6)


@pytest.mark.parametrize(
    ("quartier", "protect"), [("Moulins", few), ("Fives", many), ("Fives", by_chance)], ids=["few", "many", "by chance"]
)
def test_every_number_said_is_one_that_is_shown_and_none_counts_a_few_people(
    quartier, protect, monkeypatch, demo_store
):
    said, told, frames = page_of(monkeypatch, demo_store, "network", quartier, protect, leave_out(quartier))
    everything = "\n".join("\n".join(texts) for texts in told.values())
    assert not re.search(r"\bnan\b|<NA>|\bNone\b", everything, flags=re.IGNORECASE)
    assert set(said) >= set(PEOPLE)
    allowed = known(frames)
    for cell in PEOPLE:
        for sentence in said[cell]:
            assert not set(numbers(sentence)) - allowed, sentence
            assert not re.search(r"[–—] |masqué,|masqué sur", sentence), sentence
    for cell in REFERRED:
        counts = re.sub(r"\[[^]]*\]|\d+ %", "", plain(" ".join(said[cell])))
        assert all(float(n) >= 15 for n in numbers(counts)), counts


def test_where_all_is_masked_each_section_says_it_once_and_tells_the_meetings(monkeypatch, demo_store):
    monkeypatch.setattr(protect_module, "release_of", lambda run: Release({}))
    said, told, _frames = page_of(monkeypatch, demo_store, "network", "Fives", REAL, leave_out("Fives"))
    for cell in ("people", "residents", "reasons", "outcomes", "added-values"):
        assert " ".join(told[cell]).count(HIDDEN) == 1, cell
    assert "11 structures sont membres du réseau en 2018. Entrées" in plain(said["members"][0])
    assert "les 6 catégories de membres sont toutes venues" in plain(said["categories"][0])
    assert not re.search(r"\d", "".join(said["reasons"] + said["outcomes"] + said["added-values"]))


# --- meetings


def present(*rows, days=("2018-01-08", "2018-03-05")):
    held = meetings(*days)
    return with_tables(meetings=held, attendance=attendance(held, list(rows)))


BOTH = present(("M1", "residents", None, 22), ("M2", "health", "A", 39))


def test_a_mean_without_limits_is_not_taken_for_a_single_meeting():
    told = plain(text.attendance(seen(network.attendance(BOTH, year=2018))))
    assert told.startswith("En 2018, une réunion rassemble en moyenne 30,0 personnes (n = 2 réunions).")
    assert "60 présences" in told
    assert "Une seule" not in told
    alone = seen(network.attendance(BOTH, year=2018), lambda row: row["indicator"] == "network_people_per_meeting")
    assert plain(text.attendance(alone)).startswith("En 2018, les réunions comptent 60 présences")


def test_one_recorded_meeting_has_no_mean():
    one = seen(network.attendance(present(("M1", "health", "A", 22)), year=2018))
    told = plain(text.attendance(one))
    assert "moyenne" not in told
    assert told.endswith("renseignés que pour 1 réunion sur 2 ; les autres ne comptent pas.")


def test_categories_that_never_came_are_those_without_a_meeting_not_those_masked():
    mixed = seen(network.diversity(BOTH, year=2018))
    told = plain(text.categories(mixed, masked(network.attendance_by_category(BOTH, year=2018))))
    assert "2 catégories de membres sur 6 sont venues au moins une fois. Jamais venues : " in told
    never = told.split("Jamais venues : ")[1].split(".")[0]
    assert "Professionnels de la prévention" in never
    assert "Habitants" not in never
    assert told.endswith("L'équilibre entre catégories est masqué.")


def test_residents_share_is_of_presences_and_says_why_it_has_no_margin():
    told = plain(text.residents(seen(network.diversity(BOTH, year=2018))))
    assert told.startswith("Les habitants, usagers et bénévoles font 33 % des présences de 2018 (20 sur 60).")
    assert "réunions" not in told
    assert "marge d'incertitude" in told
    nobody = network.diversity(present(), year=2018)
    assert "aucun présent renseigné" in text.residents(masked(nobody))


# --- referrals and added values


def sent(**outcomes):
    rows = [("Fives", "social" if i % 2 else "access_to_rights", end) for end, n in outcomes.items() for i in range(n)]
    return with_tables(referrals=typed("referrals", [(f"R{i}", *row[:2], row[2], 2018) for i, row in enumerate(rows)]))


def test_referrals_bear_the_years_put_together_and_only_counts_shown():
    tables = sent(taken_up=31, not_taken_up=20, pending=3, unknown=19)
    total, outcomes = network.referrals(tables, year=2018), network.referrals_by_outcome(tables, year=2018)
    told = plain(text.referrals(seen(total), seen(outcomes)))
    assert told.startswith("De 2016 à 2018, 75 orientations entre structures sont enregistrées.")
    assert "connue : 50, dont 30 ont été suivies, soit 60 %" in told
    assert told.endswith("Comptées à part : 20 de suite inconnue.")
    hidden = seen(total, lambda row: row["indicator"] == "network_referrals_taken_up")
    assert "suivies" not in text.referrals(hidden, seen(outcomes))
    assert text.referrals(masked(total), seen(outcomes)).endswith(HIDDEN + ".")
    assert text.referrals(masked(total), masked(outcomes)) == "", "the page says it in place of the figure"


def test_reasons_are_told_one_by_one_without_a_first_or_a_rest():
    by_reason = network.referrals_by_reason(sent(taken_up=62), year=2018)
    told = plain(text.reasons(seen(by_reason)))
    assert told == (
        "De 2016 à 2018, sur 60 orientations : 30 pour « Accès aux droits » ; 30 pour « Difficulté sociale ». "
        "Les autres nombres sont masqués."
    )


def survey(agree, disagree, workbench):
    items = {"informed": agree, "take_part": disagree}
    rows = [
        (f"P{i}", "A", 2018, item, "4" if i < yes else "3", "Fives") for item, yes in items.items() for i in range(60)
    ]
    tables = with_tables(professional_answers=typed("professional_answers", rows))
    return network.added_values(tables, year=2018, workbench=workbench)


def test_added_values_are_not_ranked_and_surveys_put_together_say_so(workbench):
    told = plain(text.added_values(seen(survey(40, 20, workbench)), year=2018, workbench=workbench))
    assert told.startswith("Enquêtes auprès des professionnels de 2016 à 2018, réunies : qui a répondu plusieurs fois")
    assert "67 % pour « " in told
    assert "(40 sur 60) ; 33 % pour « " in told
    assert not re.search(r"\bva de\b|Enquête de 2018", told)
    ax = figures.plot_added_values(seen(survey(40, 20, workbench)), workbench=workbench)
    assert "2016 à 2018" in ax.get_title(loc="left")
    assert figures.plot_added_values(masked(survey(40, 20, workbench)), workbench=workbench) is None


# --- figures


def test_a_masked_count_keeps_its_place_without_a_bar():
    rows = seen(network.referrals_by_outcome(sent(taken_up=31, pending=3, unknown=19), year=2018))
    ax = figures.plot_outcomes(rows)
    assert [bar.get_width() for bar in ax.patches] == [30, 20]
    assert len(ax.get_yticklabels()) == len(CODES["referral_outcome"])
    places = {round(t.xy[1]): t.get_text() for t in ax.texts}
    assert places == {0: "30", 1: "masqué", 2: "masqué", 3: "20"}
    assert ax.patches[1].get_hatch()
    assert figures.plot_outcomes(masked(rows)) is None


def test_a_masked_mean_is_no_point_at_nought():
    ax = figures.plot_attendance(seen(network.attendance_by_category(BOTH, year=2018)))
    points = [float(line.get_xdata()[0]) for line in ax.lines]
    assert sorted(points) == [10, 20]
    assert [t.get_text() for t in ax.texts].count("masqué") == 4
    assert "intervalle" not in ax.get_xlabel()
    assert figures.plot_attendance(masked(network.attendance_by_category(BOTH, year=2018))) is None


def test_names_of_classes_put_together_do_not_cover_one_another(workbench):
    together = "|".join(CODES["referral_reason"])
    rows = [
        {"indicator": "network_reason_referrals", "quartier": "Fives", "year": 2018, "referral_reason": code}
        | {"numerator": 20, "denominator": 40, "estimate": 20, "unit": "count", "method": "count", "n": 40}
        for code in (together, together)
    ]
    ax = figures.plot_reasons(estimates(rows, groups=["referral_reason"]))
    ax.figure.canvas.draw()
    first, second = (label.get_window_extent() for label in ax.get_yticklabels())
    assert not first.overlaps(second)
    assert first.x0 >= 0


# --- the map

NAMES = {
    "A": ("health", "Cabinet Martin"),
    "B": ("health", "Dr Lemaire"),
    "C": ("health", "Centre de santé"),
    "D": ("residents", "Fatima B."),
    "E": ("social", "Sophie Bernard"),
    "F": ("social", "Centre social Marcel Bertrand"),
    "G": ("health", "Infirmière libérale"),
}


def map_of(names):
    rows = [(m, category, s, 1) for m in ("M1", "M2") for s, (category, _name) in names.items()]
    who = structures(*[(s, category, 1, "2014-01-01", None) for s, (category, _name) in names.items()])
    who["name"] = [name for _category, name in names.values()]
    tables = present(*rows, ("M1", "social", "S99", 1), ("M2", "social", "S99", 1)) | {"structures": who}
    return network.network_map(tables, year=2018)


def test_on_the_map_a_structure_that_could_be_a_person_has_no_name_anywhere(monkeypatch, workbench):
    drawn = map_of(NAMES)
    ax = figures.plot_network(drawn)
    table = text.map_table(drawn)
    places = [t.get_text().replace("\n", " ") for t in ax.texts]
    everything = " ".join([*places, *table.astype(str).to_numpy().ravel(), text.map_alt(drawn)])
    for word in ("Martin", "Lemaire", "Fatima", "Sophie", "libérale", "S99", "None", "nan"):
        assert word not in everything
    assert "Centre social Marcel Bertrand" in everything
    assert "Centre de santé" in everything
    assert sorted(places) == sorted(table["Structure"]), "the same names in the figure and beside it"
    assert table["Structure"].is_unique
    assert sum(name.startswith("Professionnels sociaux n° ") for name in places) == 2
    monkeypatch.setattr(page, "_run", a_run(workbench))
    assert {"Dr Lemaire", "Invité d'ailleurs (S99)"} <= set(structure_names(drawn.nodes)), "the team reads names"
