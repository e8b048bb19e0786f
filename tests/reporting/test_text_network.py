# ruff: noqa: E501 - an expected sentence stays on one line
"""The network's sentences give interval and n, agree in number, and claim no more than the interval allows."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from prs_eval.estimation.frame import estimates
from prs_eval.inputs.parameters import Span
from prs_eval.programme import network
from prs_eval.reporting.text import network as text
from tests.programme.network_tables import attendance, empty, meetings, structures, typed, with_tables

TARGET = Span(low=6, high=8)


def held(n, year=2018):
    return row("network_meetings", n, year=year)


def row(indicator, estimate, *, year=2018, **cells):
    base = {"indicator": indicator, "quartier": "Fives", "year": year, "estimate": estimate, "unit": "count"}
    return estimates(
        [base | {"method": "count", "n": 7} | cells], groups=[c for c in cells if c in {"theme", "priority", "outcome"}]
    )


def rhythm(estimate, lower, upper, n=7, within=4, indicator="network_interval_median"):
    weeks = {"unit": "weeks", "method": "median_order"}
    rows = [row(indicator, estimate, lower=lower, upper=upper, n=n, **weeks)]
    for part, events in (("within", within), ("shorter", 0), ("longer", n - within)):
        share = {
            "numerator": events,
            "denominator": n,
            "lower": 0.2,
            "upper": 0.9,
            "unit": "proportion",
            "method": "wilson",
        }
        rows.append(row(f"network_interval_{part}", events / n if n else None, **share))
    return pd.concat(rows, ignore_index=True)


def plain(sentence):
    """The sentence with ordinary spaces, to compare words."""
    return re.sub(r"[\u00a0\u202f]", " ", sentence)


# --- rhythm


@pytest.mark.parametrize(
    ("lower", "estimate", "upper", "expected"),
    [
        (6.0, 7.1, 8.0, "7,1 semaines [6,0 ; 8,0] (n = 7), dans la cible de 6 à 8 semaines."),
        (6.0, 7.1, 8.6, "dans la cible de 6 à 8 semaines, mais la marge d'incertitude en sort : on ne peut pas conclure."),
        (5.0, 5.5, 6.5, "hors de la cible de 6 à 8 semaines, mais la marge d'incertitude la touche : on ne peut pas conclure."),
        (3.0, 4.0, 5.9, "en dessous de la cible de 6 à 8 semaines."),
        (8.1, 9.0, 12.0, "au-dessus de la cible de 6 à 8 semaines."),
    ],
)  # fmt: skip
def test_the_verdict_on_the_rhythm_follows_the_interval_not_the_point(lower, estimate, upper, expected):
    assert expected in plain(text.meetings(held(8), rhythm(estimate, lower, upper), target=TARGET))


def test_a_target_in_half_weeks_keeps_its_decimal():
    assert "6,5 à 8 semaines" in plain(text.meetings(held(8), rhythm(7.0, 6.6, 7.9), target=Span(low=6.5, high=8)))


def test_without_limits_nothing_is_concluded():
    told = plain(text.meetings(held(4), rhythm(7.0, None, None, n=3, within=3), target=TARGET))
    assert "trop peu de délais cette année pour une marge d'incertitude ; la cible est de 6 à 8 semaines" in told
    assert "dans la cible de" not in told


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "En 2018, aucune réunion du réseau n'est enregistrée."),
        (1, "En 2018, le réseau s'est réuni une fois."),
        (2, "En 2018, le réseau s'est réuni 2 fois."),
    ],
)
def test_meetings_are_counted_in_words_that_agree(n, expected):
    assert plain(text.meetings(held(n), rhythm(None, None, None, n=0, within=0), target=TARGET)).startswith(expected)


def test_the_first_meeting_ever_has_no_interval_to_speak_of():
    told = text.meetings(held(1), rhythm(None, None, None, n=0, within=0), target=TARGET)
    assert told.endswith("Aucun délai entre deux réunions ne peut encore être mesuré.")


def test_the_last_year_is_told_when_several_are_given():
    both = pd.concat([held(3, 2017), held(9, 2018)], ignore_index=True)
    assert text.meetings(both, rhythm(7, 6, 8), target=TARGET).startswith("En 2018, le réseau s'est réuni 9 fois.")


def test_three_years_together_say_the_crisis_they_hold(workbench):
    rows = rhythm(11.0, 9.0, 12.0, n=14, indicator="network_interval_median_recent").assign(year=2021)
    told = plain(text.recent(rows.astype({"year": "Int64"}), target=TARGET, breaks=workbench.breaks))
    assert told.startswith(
        "De 2019 à 2021, le délai médian entre deux réunions est de 11,0 semaines [9,0 ; 12,0] (n = 14), au-dessus de"
    )
    assert "Crise sanitaire (2020-2021)" in told
    before = rows.assign(year=2018).astype({"year": "Int64"})
    assert "Crise" not in text.recent(before, target=TARGET, breaks=workbench.breaks)


def test_three_years_come_first_where_the_year_alone_has_no_margin():
    several = rhythm(11.0, 9.0, 12.0, n=14, indicator="network_interval_median_recent")
    thin = text.rhythm(held(5), rhythm(10.0, None, None, n=4, within=0), several, target=TARGET)
    assert plain(thin[0]).startswith("De 2016 à 2018, le délai médian entre deux réunions est de 11,0 semaines")
    assert "Délais dans la cible : 0 sur 4" in plain(thin[1])
    enough = text.rhythm(held(8), rhythm(7.1, 6.0, 8.0), several, target=TARGET)
    assert enough[0].startswith("En 2018, le réseau s'est réuni 8 fois.")
    assert enough[1] == thin[0]


def test_the_time_between_two_meetings_is_never_called_an_interval():
    several = rhythm(11.0, 9.0, 12.0, n=14, indicator="network_interval_median_recent")
    for row_ in (
        rhythm(10.0, None, None, n=4, within=0),
        rhythm(7.1, 6.0, 8.0),
        rhythm(None, None, None, n=0, within=0),
    ):
        told = " ".join(text.rhythm(held(8), row_, several, target=TARGET))
        assert "intervalle" not in told.lower()


# --- themes


@pytest.mark.parametrize(
    ("themes", "expected"),
    [
        ([None], "Les thèmes des réunions de 2018 ne sont pas renseignés."),
        (["rights"], "Aucun des 5 thèmes prioritaires de 2018 n'a été abordé en réunion : Accès aux soins, Alimentation, Addictions, Dépistage des cancers et Vie affective et sexuelle."),
        (["nutrition"], "En 2018, 1 thème prioritaire sur 5 a été abordé en réunion. Jamais abordés : Accès aux soins, Addictions, Dépistage des cancers et Vie affective et sexuelle."),
        (["access_to_care|nutrition|addictions|cancer_screening"], "En 2018, 4 thèmes prioritaires sur 5 ont été abordés en réunion. Jamais abordé : Vie affective et sexuelle."),
        (["access_to_care|nutrition|addictions|cancer_screening|sexual_health"], "Tous les thèmes prioritaires de 2018 ont été abordés en réunion (5 sur 5)."),
    ],
)  # fmt: skip
def test_missing_priorities_are_named(workbench, themes, expected):
    tables = with_tables(meetings=meetings("2018-01-08", themes=themes))
    covered = network.themes_covered(tables, year=2018, workbench=workbench)
    by_theme = network.theme_meetings(tables, year=2018, workbench=workbench)
    assert text.themes(covered, by_theme, workbench=workbench) == expected


# --- attendance


def people_told(rows, *days):
    where = meetings(*days)
    tables = with_tables(meetings=where, attendance=attendance(where, rows))
    mixed, by_category = network.diversity(tables, year=2018), network.attendance_by_category(tables, year=2018)
    found = (
        text.attendance(network.attendance(tables, year=2018)),
        text.categories(mixed, by_category),
        text.residents(mixed),
    )
    return tuple(plain(sentence) for sentence in found)


def test_people_are_told_with_mean_interval_and_number_of_meetings():
    rows = [
        ("M1", "residents", None, 4),
        ("M1", "health", "A", 6),
        ("M2", "residents", None, 2),
        ("M2", "health", "A", 10),
    ]
    people, categories, residents = people_told(rows, "2018-01-08", "2018-03-05", "2018-05-07")
    # Two meetings of 10 and 12: R 4.2 t.test(c(10, 12)) gives 11 [-1.7 ; 23.7].
    assert people.startswith("En 2018, une réunion rassemble en moyenne 11,0 personnes [0,0 ; 23,7] (n = 2 réunions).")
    assert people.endswith("Les présents ne sont renseignés que pour 2 réunions sur 3 ; les autres ne comptent pas.")
    assert categories.startswith(
        "En 2018, 2 catégories de membres sur 6 sont venues au moins une fois. Jamais venues : "
    )
    assert "Professionnels de la prévention" in categories
    assert residents.startswith("Les habitants, usagers et bénévoles font 27 % [")
    assert residents.endswith("des présences de 2018 (6 sur 22, n = 2 réunions).")


def test_one_recorded_meeting_gives_no_mean_and_no_margin():
    people, categories, residents = people_told([("M1", "social", "A", 3), ("M1", "residents", None, 1)], "2018-01-08")
    assert "Une seule réunion est renseignée en 2018 : 4 personnes présentes" in people
    assert "[" not in people + categories + residents
    assert "trop peu de réunions pour une marge" in categories
    assert "n = 1 réunion)" in residents


def test_unrecorded_people_are_not_told_as_nobody():
    people, categories, residents = people_told([], "2018-01-08", "2018-03-05")
    assert people == categories == "Les présents aux réunions de 2018 ne sont pas renseignés."
    assert residents == "La part des habitants ne peut pas être calculée pour 2018 : aucun présent renseigné."


# --- members, referrals, needs


def test_members_are_told_with_what_stays():
    who = structures(
        ("A", "health", 2, "2014-01-01", None),
        ("B", "social", 3, "2014-01-01", "2018-05-01"),
        ("C", "social", 1, "2018-03-01", None),
    )
    told = plain(text.members(network.members(with_tables(structures=who), year=2018)))
    assert told == (
        "3 structures sont membres du réseau en 2018 (6 professionnels). Entrées dans l'année : 1 ; sorties : 1. "
        "Structures membres au début de l'année et encore à la fin : 1 sur 2, soit 50 % [9 % ; 91 %]."
    )


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (("A", "health", 1, "2018-03-01", None), "1 structure est membre du réseau en 2018 (1 professionnel)."),
        (("A", "health", 1, "2018-03-01", None), "Aucune n'était membre avant 2018 : on ne peut pas dire combien restent."),
        (("A", "health", 1, "2014-03-01", "2015-01-01"), "Aucune structure n'est membre du réseau en 2018."),
        (("A", "health", 1, "2014-03-01", None), "Structures membres au début de l'année et encore à la fin : 1 sur 1, soit 100 % [21 % ; 100 %]."),
    ],
)  # fmt: skip
def test_none_and_one_member_have_their_own_words(who, expected):
    assert expected in plain(text.members(network.members(with_tables(structures=structures(who)), year=2018)))


def referrals_told(*outcomes, reasons=None):
    reasons = reasons or ["social"] * len(outcomes)
    rows = [(f"R{i}", "Fives", why, end, 2018) for i, (end, why) in enumerate(zip(outcomes, reasons, strict=True))]
    tables = with_tables(referrals=typed("referrals", [*rows, ("R99", "Fives", "social", "taken_up", 2016)]))
    total, by_outcome = network.referrals(tables, year=2018), network.referrals_by_outcome(tables, year=2018)
    return plain(text.referrals(total, by_outcome)), plain(text.reasons(network.referrals_by_reason(tables, year=2018)))


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "En 2018, aucune orientation entre structures n'est enregistrée."),
        (["unknown"], "En 2018, 1 orientation entre structures est enregistrée. On ne connaît la suite d'aucune."),
        (["taken_up", "pending"], "En 2018, 2 orientations entre structures sont enregistrées. La suite n'est connue que pour une ; orientations suivies : 1 sur 1, soit 100 % [21 % ; 100 %]. Comptées à part : 1 en attente, 0 de suite inconnue."),
        (["taken_up", "not_taken_up"], "En 2018, 2 orientations entre structures sont enregistrées. Sur les 2 dont la suite est connue, 50 % [9 % ; 91 %] ont été suivies (1 sur 2)."),
    ],
)  # fmt: skip
def test_referrals_of_unknown_end_are_told_apart(outcomes, expected):
    assert referrals_told(*outcomes)[0] == expected


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (["social", "social", "other"], "Motif le plus fréquent en 2018 : Difficulté sociale (2 orientations sur 3)."),
        (["social", "other", "unknown"], "Motifs les plus fréquents en 2018, à égalité : Difficulté sociale et Autre motif (1 orientation chacun, sur 3). Motif inconnu : 1."),
        (["unknown"], "En 2018, le motif n'est connu pour aucune orientation."),
        ([], "En 2018, aucune orientation entre structures n'est enregistrée."),
    ],
)  # fmt: skip
def test_reasons_in_a_tie_are_both_named_and_unknown_never_wins(reasons, expected):
    assert referrals_told(*["taken_up"] * len(reasons), reasons=reasons)[1] == expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([], "En 2018, aucun besoin exprimé n'est enregistré."),
        ([None], "En 2018, 1 besoin a été exprimé dans le réseau, dont 1 par des habitants. Aucun n'a encore conduit à une action : 0 % [0 % ; 79 %] (n = 1)."),
        (["A1", None], "En 2018, 2 besoins ont été exprimés dans le réseau, dont 2 par des habitants. 1 a conduit à une action : 50 % [9 % ; 91 %] (n = 2)."),
        (["A1", "A2", None], "3 besoins ont été exprimés dans le réseau, dont 3 par des habitants. 2 ont conduit à une action : 67 % [21 % ; 94 %] (n = 3)."),
    ],
)  # fmt: skip
def test_needs_are_told_with_those_that_led_to_an_action(actions, expected):
    rows = [(f"N{i}", "Fives", "nutrition", "residents", action, 2018) for i, action in enumerate(actions)]
    rows.append(("N99", "Fives", "nutrition", "residents", None, 2016))
    assert expected in plain(text.needs(network.needs(with_tables(needs=typed("needs", rows)), year=2018)))


# --- added values


def added(workbench, answers, year=2018):
    rows = [
        (f"P{i}", "A", 2017, item, answer, "Fives") for item, given in answers.items() for i, answer in enumerate(given)
    ]
    tables = with_tables(professional_answers=typed("professional_answers", rows))
    shares = network.added_values(tables, year=year, workbench=workbench)
    return plain(text.added_values(shares, year=year, workbench=workbench))


def test_a_survey_of_an_earlier_year_says_so(workbench):
    assert added(workbench, {"informed": ["4"] * 9}).startswith(
        "Pas d'enquête auprès des professionnels en 2018 : voici celle de 2017."
    )
    assert added(workbench, {"informed": ["4"] * 9}, year=2017).startswith("Enquête de 2017 auprès des professionnels.")


def test_an_order_within_the_margins_is_not_claimed(workbench):
    told = added(workbench, {"informed": ["4"] * 6 + ["3"] * 4, "take_part": ["4"] * 4 + ["3"] * 6})
    assert "va de 40 % [17 % ; 69 %] pour « Participer aux rencontres du réseau » (n = 10)" in told
    assert told.endswith("Les marges d'incertitude se recouvrent : cet ordre n'est pas établi.")
    clear = added(workbench, {"informed": ["4"] * 60, "take_part": ["1"] * 60})
    assert "recouvrent" not in clear


def test_a_survey_without_any_answer_says_that_nobody_answered(workbench):
    assert added(workbench, {"informed": ["unknown"]}).endswith(
        "Personne n'a répondu aux questions sur les plus-values."
    )


# --- ties and map


def network_of(rows, who=()):
    where = meetings("2018-01-08", "2018-03-05")
    return with_tables(meetings=where, structures=structures(*who), attendance=attendance(where, rows))


def test_ties_are_described_as_the_whole_network():
    rows = [(m, "health", s, 1) for m in ("M1", "M2") for s in ("A", "B", "C")] + [("M1", "social", "D", 1)]
    told = plain(text.ties(network.structure_ties(network_of(rows), year=2018)))
    assert told == (
        "En 2018, 4 structures sont venues en réunion. Si partager au moins 2 réunions fait un lien, 3 liens existent sur "
        "6 possibles (50 %). 1 des 4 structures venues n'a aucun lien. C'est le réseau entier qui est décrit : il n'y a pas de marge d'incertitude."
    )


def test_members_that_never_came_are_told_apart_from_those_that_came_without_a_tie():
    rows = [(m, "health", s, 1) for m in ("M1", "M2") for s in ("A", "B")] + [("M1", "social", "D", 1)]
    who = [(each, "health", 1, "2014-01-01", None) for each in ("A", "B", "D", "E", "F")]
    tables = network_of(rows, who)
    drawn = network.network_map(tables, year=2018)
    told = plain(text.ties(network.structure_ties(tables, year=2018), drawn))
    assert "1 des 3 structures venues n'a aucun lien. 2 autres structures membres, en creux sur la carte," in told
    assert (drawn.nodes["tied"] == 0).sum() == 1 + 2


def test_one_structure_alone_makes_no_network():
    told = text.ties(network.structure_ties(network_of([("M1", "health", "A", 1)]), year=2018))
    assert told == "Moins de deux structures sont venues en réunion en 2018 : il n'y a pas de lien à décrire."


def test_the_map_has_words_and_names_a_guest_as_such():
    rows = [(m, "health", s, 1) for m in ("M1", "M2") for s in ("A", "G7")]
    drawn = network.network_map(network_of(rows, [("A", "health", 1, "2014-01-01", None)]), year=2018)
    table = text.map_table(drawn)
    assert table["Structure"].tolist() == ["Structure A", "Invité d'ailleurs (G7)"]
    assert table["Catégorie"].tolist() == ["Professionnels de santé"] * 2
    assert table["Structures retrouvées à 2 réunions ou plus"].tolist() == [1, 1]
    assert text.map_alt(drawn) == (
        "Carte du réseau : 2 structures en cercle, par catégorie ; 1 trait les relie. "
        "Les plus reliées : Structure A et Invité d'ailleurs (G7)."
    )


# --- nothing to say


def test_without_data_the_sentences_are_silent_and_the_page_speaks(workbench):
    none = empty()
    by_category = network.attendance_by_category(none, year=2018)
    mixed = network.diversity(none, year=2018)
    by_theme = network.theme_meetings(none, year=2018, workbench=workbench)
    rhythm_ = network.meeting_rhythm(none, year=2018, workbench=workbench)
    told = [
        text.meetings(network.meetings_held(none, year=2018), rhythm_, target=TARGET),
        text.recent(network.recent_rhythm(none, year=2018), target=TARGET),
        text.themes(network.themes_covered(none, year=2018, workbench=workbench), by_theme, workbench=workbench),
        text.attendance(network.attendance(none, year=2018)),
        text.categories(mixed, by_category),
        text.residents(mixed),
        text.members(network.members(none, year=2018)),
        text.referrals(network.referrals(none, year=2018), network.referrals_by_outcome(none, year=2018)),
        text.reasons(network.referrals_by_reason(none, year=2018)),
        text.needs(network.needs(none, year=2018)),
        text.added_values(network.added_values(none, year=2018, workbench=workbench), year=2018, workbench=workbench),
        text.ties(network.structure_ties(none, year=2018)),
    ]
    assert told == [""] * len(told)
