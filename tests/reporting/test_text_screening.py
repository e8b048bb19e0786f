"""The screening sentences: right numbers, denominators, plurals; the unknown always said; no cause claimed."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.inputs.parameters import Break, Span
from prs_eval.programme import screening
from prs_eval.reporting.text import screening as text
from tests.programme.screening_tables import (
    CANCELLED,
    EQUIPPED,
    HONOURED,
    LOST,
    MISSED,
    NEVER,
    PENDING,
    WAITING,
    screening_tables,
)

KIND = "optical"
TWO = [{"session_id": "S1"}, {"session_id": "S2", "held_on": "2018-04-10"}]
CRISIS = Break(first_year=2020, last_year=2021, label={"fr": "Crise sanitaire", "en": "Covid-19 crisis"})


def plain(sentence: str) -> str:
    """No-break spaces as spaces, for readable expectations."""
    return sentence.replace("\u00a0", " ").replace("\u202f", " ")


def cascade(people, **session) -> str:
    return plain(text.cascade(screening.cascade(screening_tables([session], people), year=2018), kind=KIND))


def equipped(people) -> str:
    return plain(text.equipped(screening.cascade(screening_tables([{}], people), year=2018), kind=KIND))


def waiting(people) -> str:
    return plain(text.waiting(screening.waiting_times(screening_tables([{}], people), year=2018), kind=KIND))


def reasons(people) -> str:
    return plain(text.absence_reasons(screening.absence_reasons(screening_tables([{}], people), year=2018), kind=KIND))


def kept(people, characteristic: str = "reminder") -> str:
    tables = screening_tables([{}], people)
    frame = screening.honoured_by(tables, year=2018, characteristic=characteristic)
    return plain(text.honoured_by(frame, kind=KIND, characteristic=characteristic))


def held(sessions, people, *, year=2018, **words) -> str:
    frame = screening.sessions(screening_tables(sessions, people), year=year)
    return plain(text.sessions(frame, kind=KIND, year=year, **words))


def filled(sessions, people) -> str:
    frame = screening.sessions(screening_tables(sessions, people), year=2018)
    return plain(text.fill(frame, kind=KIND, year=2018))


def cost(sessions, people, kind=KIND) -> str:
    return plain(text.costs(screening.costs(screening_tables(sessions, people), year=2018), kind=kind))


# --- the path ----------------------------------------------------------------------------------------------------


def test_the_published_54_percent_is_told_with_its_denominator_and_interval():
    # 31 of 57 (published 2018); limits: R prop.test(31, 57, correct = FALSE).
    people = [HONOURED] * 31 + [MISSED] * 22 + [NEVER] * 4
    said = cascade(people)
    assert (
        "Sur 57 personnes orientées dont l'issue est connue, 31 ont honoré leur rendez-vous, soit 54 % [42 % ; 67 %]."
        in said
    )
    assert "La suite est connue pour toutes." in said
    assert "L'intervalle s'étend sur 25 points : avec si peu de personnes" in said


def test_the_unknown_are_counted_and_what_they_could_change_is_said():
    said = cascade([HONOURED, HONOURED, MISSED, LOST, PENDING])
    assert (
        "Entre 40 % et 80 % des 5 personnes orientées ont honoré leur rendez-vous, selon les 2 dont l'issue n'est"
        " pas connue (dont 1 en cours). Sur 3 personnes orientées dont l'issue est connue, 2 ont honoré leur"
        " rendez-vous, trop peu pour un pourcentage." in said
    )
    assert "L'intervalle" not in said
    few = cascade([HONOURED] * 8 + [MISSED] * 8 + [LOST, PENDING])
    assert "Entre" not in few
    assert (
        "Pour 2 autres, la suite n'est pas connue (dont 1 en cours) : la part irait de 44 % si aucune n'y est"
        " parvenue à 56 % si toutes y sont parvenues." in few
    )
    assert (
        "Pour 1 autre, la suite n'est pas connue : la part irait de 44 % si elle n'y est pas parvenue à 56 % si elle"
        " y est parvenue." in cascade([HONOURED] * 4 + [MISSED] * 4 + [LOST])
    )


def test_under_four_people_bounds_are_counts():
    assert "Entre 1 et 2 des 2 personnes orientées ont honoré leur rendez-vous, selon la personne dont l'issue" in (
        cascade([HONOURED, LOST])
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_under_four_people_no_sentence_gives_a_percentage(number):
    for said in (cascade([HONOURED] * number), equipped([EQUIPPED] * number), reasons([MISSED] * number)):
        assert "trop peu pour un pourcentage" in said
        assert "%" not in said
    assert "SMS : " in kept([HONOURED] * number)
    assert "%" not in kept([HONOURED] * number)
    assert "%" in cascade([HONOURED] * 4)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (
            [MISSED, MISSED],
            "Sur 2 personnes orientées dont l'issue est connue, aucune n'a honoré son rendez-vous, trop peu pour",
        ),
        (
            [HONOURED, MISSED],
            "Sur 2 personnes orientées dont l'issue est connue, 1 a honoré son rendez-vous, trop peu pour",
        ),
        (
            [HONOURED],
            "Sur 1 personne orientée dont l'issue est connue, 1 a honoré son rendez-vous, trop peu pour",
        ),
        ([LOST], "L'issue du rendez-vous n'est connue pour aucune personne orientée."),
        ([{}], "aucune n'avait besoin d'un rendez-vous de soins, trop peu pour un pourcentage."),
        ([{"need": "unknown"}], "La conclusion du dépistage n'est connue pour personne."),
        (
            [{"need": "yes"}],
            "Sur 1 personne en besoin dont l'orientation est connue, aucune n'a été orientée, trop peu pour",
        ),
    ],
)
def test_none_one_and_many_are_told_apart(people, expected):
    assert expected in cascade(people)


def test_a_missing_conclusion_or_referral_is_said_where_it_is_left_out():
    lost_track = {"need": "yes", "referred_to": "unknown", "outcome": "unknown", "follow_up": "unknown"}
    most = [{}, *[HONOURED] * 5]
    said = cascade([*most, lost_track, {"need": "unknown"}])
    assert said.count("autre personne, on ne le sait pas.") == 2
    many = cascade([*most, *[lost_track] * 4, *[{"need": "unknown"}] * 5])
    assert many.startswith(
        "Entre 60 % et 93 % des 15 personnes dépistées avaient besoin d'un rendez-vous de soins, selon"
    )
    assert "Entre 56 % et 100 % des 9 personnes en besoin ont été orientées, selon les 4 dont l'orientation" in many
    assert "on ne le sait pas" not in many
    assert "L'orientation n'est connue pour aucune personne en besoin." in cascade([lost_track])


def test_nobody_referred_says_nothing_of_appointments():
    said = cascade([{}])
    assert "issue" not in said
    assert said.count(".") == 1


def test_equipment_is_worded_by_kind_and_the_unknown_bound_it():
    assert "1 a reçu ses lunettes, soit 25 %" in equipped([EQUIPPED, *[HONOURED] * 3])
    assert "Pour 1 autre, la suite n'est pas connue" in equipped([EQUIPPED] * 4 + [LOST])
    assert equipped([EQUIPPED] * 2 + [LOST] * 2).startswith(
        "Entre 50 % et 100 % des 4 personnes en besoin ont reçu leurs lunettes, selon les 2 dont la suite n'est pas"
    )
    assert equipped([LOST]) == "La suite des soins n'est connue pour aucune personne en besoin."
    tables = screening_tables([{"kind": "dental"}], [EQUIPPED, EQUIPPED])
    said = text.equipped(screening.cascade(tables, year=2018), kind="dental")
    assert "2 ont terminé leurs soins dentaires" in said


def test_a_narrow_interval_is_not_called_wide():
    said = cascade([HONOURED] * 300 + [MISSED] * 300)
    assert "L'intervalle s'étend sur 8 points." in said
    assert "comparer" not in said


# --- sessions and places -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([{}], "En 2018, 1 séance de dépistage optique a été tenue. L'objectif est de 2 : il n'est pas atteint."),
        (TWO, "En 2018, 2 séances de dépistage optique ont été tenues. L'objectif est de 2 : il est atteint."),
        ([*TWO, {"session_id": "S3"}], "L'objectif est de 2 : il est dépassé."),
    ],
)
def test_sessions_are_set_against_the_target(sessions, expected):
    assert expected in held(sessions, [{}], target=Span(low=2, high=2))


def test_a_target_range_and_no_target():
    assert "L'objectif est de 3 à 4 : il n'est pas atteint." in held(TWO, [{}], target=Span(low=3, high=4))
    assert "objectif" not in held(TWO, [{}])


def test_no_session_is_said_and_not_judged():
    said = held([], [], target=Span(low=2, high=2))
    assert said == "En 2018, aucune séance de dépistage optique n'est enregistrée. L'objectif est de 2."
    frame = screening.sessions(screening_tables([], []), year=2018)
    assert "aucune séance de dépistage dentaire" in text.sessions(frame, kind="dental", year=2018)


def test_people_who_came_and_lists_that_are_missing():
    assert "1 personne y est venue." in held([{}], [{}])
    assert "La liste des personnes venues n'a pas été saisie." in held([{}], [])
    said = held(TWO, [{}, {}])
    assert "2 personnes y sont venues. La liste des personnes venues manque pour 1 séance" in said


def test_years_of_crisis_are_set_apart():
    session = [{"held_on": "2020-09-01"}]
    assert "fait partie d'une période à part (crise sanitaire, 2020-2021)" in held(
        session, [{}], year=2020, breaks=[CRISIS]
    )
    later = [{"held_on": "2022-09-01"}]
    assert "La série est rompue en 2020-2021 (crise sanitaire)" in held(later, [{}], year=2022, breaks=[CRISIS])
    assert "crise" not in held([{}], [{}], breaks=[CRISIS])
    assert "crise" not in held([], [], year=2022, breaks=[CRISIS])


def test_fill_rate_is_told_with_what_two_sessions_can_say():
    people = [{"session_id": "S1"}] * 4 + [{"session_id": "S2"}] * 9
    said = filled(TWO, people)
    assert said == (
        "13 personnes pour 20 places, sur 2 séances, soit un taux de remplissage de 65 %."
        " Moins de 4 séances : pas d'intervalle. Ce n'est qu'un ordre de grandeur."
    )
    four = [{"session_id": f"S{i}"} for i in range(4)]
    uneven = filled(four, [{"session_id": f"S{i}"} for i in (0, 1, 2, *[3] * 37)])
    assert "soit un taux de remplissage de 100 % [0 % ;" in uneven
    assert "La borne basse, négative par le calcul, est ramenée à 0. Si peu de séances" in uneven
    assert "une seule séance ne permet pas d'estimer un taux" in filled([{}], [{}])
    assert "n'est pas connu" in filled([{}], [])
    assert "se ressemblent trop pour un intervalle" in filled(four, [{"session_id": f"S{i}"} for i in range(4)])
    assert filled([], []) == ""


# --- waiting -----------------------------------------------------------------------------------------------------


def test_the_wait_tells_who_is_still_waiting_and_who_is_left_out():
    said = waiting([HONOURED] * 6 + [{**HONOURED, "appointment_on": "2018-05-20"}] * 6 + [WAITING, NEVER, LOST])
    assert said.startswith(
        "Parmi les 13 personnes orientées dont le rendez-vous est daté ou attendu (sur 15), la moitié ont leur"
        " rendez-vous dans les 80 jours qui suivent la séance (intervalle ["
    )
    assert "1 personne n'a pas encore de date : elle compte pour le temps déjà attendu." in said
    assert "Parmi les 12 rendez-vous datés, le délai moyen est de 68 jours" in said
    assert "d'autres délais manquent" in said
    assert "1 personne orientée n'a pas pris de rendez-vous" in said
    assert "Pour 1 personne orientée, le délai n'est pas connu." in said


def test_the_mean_is_plain_only_when_nothing_is_missing():
    later = {**HONOURED, "appointment_on": "2018-05-10"}
    said = waiting([HONOURED, HONOURED, later, later])
    assert said.startswith("Parmi les 4 personnes orientées dont le rendez-vous est daté ou attendu, la moitié")
    assert "Le délai moyen est de 63 jours" in said
    assert "soit 9,0 semaines (4 rendez-vous datés)" in said
    assert "manquent" not in said


def test_waits_that_cannot_be_measured_are_said():
    assert waiting([{}]) == ""
    assert "Aucun délai ne peut être mesuré" in waiting([LOST])
    assert "moins de la moitié ont déjà eu ce rendez-vous : pas de délai médian" in waiting([HONOURED, *[WAITING] * 3])
    assert "sans limite haute" in waiting([HONOURED, HONOURED, WAITING, WAITING])


def test_waits_of_one_to_three_people_are_counted_only():
    assert waiting([HONOURED]) == (
        "Délai suivi pour la seule personne orientée dont le rendez-vous est daté ou attendu : trop peu pour un délai"
        " médian."
    )
    assert waiting([HONOURED] * 3 + [NEVER]) == (
        "Délai suivi pour les 3 personnes orientées dont le rendez-vous est daté ou attendu (sur 4) : trop peu pour"
        " un délai médian. 1 personne orientée n'a pas pris de rendez-vous : elle est comptée à part."
    )


# --- reasons, reminders ------------------------------------------------------------------------------------------


def test_the_first_reason_is_told_with_the_play_of_chance():
    unknown = {**MISSED, "absence_reason": "unknown"}
    said = reasons([MISSED] * 3 + [{**MISSED, "absence_reason": "cost"}, unknown])
    assert said.startswith(
        "Sur 4 rendez-vous manqués dont la raison est connue, la raison la plus notée est « oubli » (3 fois, soit 75 %"
    )
    assert reasons([MISSED] * 3 + [unknown] * 2).startswith(
        "« Oubli » : entre 60 % et 100 % des 5 rendez-vous manqués, selon les raisons qui ne sont pas connues. Sur 3"
    )
    assert "cet ordre peut être dû au hasard" in said
    assert "La raison n'est pas connue pour 1 rendez-vous manqué sur 5." in said


def test_reasons_none_alone_tied_or_clear():
    assert reasons([HONOURED]) == ""
    assert "la raison n'en est pas connue" in reasons([{**MISSED, "absence_reason": "unknown"}])
    few = reasons([MISSED, MISSED, {**MISSED, "absence_reason": "cost"}])
    assert "Sur si peu de rendez-vous, cet ordre peut être dû au hasard." in few
    assert "intervalle" not in few
    tied = reasons([MISSED, {**MISSED, "absence_reason": "cost"}])
    assert "à égalité : « oubli » et « coût » (1 fois chacune)" in tied
    assert "hasard" not in tied
    clear = reasons([MISSED] * 60 + [{**MISSED, "absence_reason": "cost"}] * 2)
    assert "hasard" not in clear


def test_groups_are_described_without_a_word_on_causes():
    people = [HONOURED] * 3 + [MISSED] + [{**MISSED, "reminder": "none"}, {**HONOURED, "reminder": "unknown"}, PENDING]
    assert "SMS : entre 50 % et 83 % selon les 2 issues inconnues (3 sur 4, soit 75 %" in kept([*people, PENDING])
    said = kept(people)
    assert "SMS : 3 sur 4, soit 75 %" in said
    assert "Aucun rappel : 0 sur 1, trop peu pour un pourcentage" in said
    assert "ces écarts ne disent pas ce que le rappel change" in said
    assert "Pour 1 autre rendez-vous, le rappel n'est pas connu." in said
    assert "L'issue de 1 rendez-vous pris n'est pas connue, ou pas encore." in said
    assert not re.search(r"grâce|parce que|améliore|effet|efficace", said)


def test_many_groups_are_left_to_the_figure():
    people = [{**HONOURED, "coverage": c} for c in ("full", "css", "ame", "none")] + [{**MISSED, "coverage": "full"}]
    assert "Les groupes sont trop petits pour des pourcentages" in kept(people, "coverage")
    said = kept(people * 4, "coverage")
    assert "Selon le groupe, parmi ceux d'au moins 4, de 50 % à 100 % des rendez-vous" in said
    assert "Sans comparaison aléatoire" in said


def test_no_appointment_says_nothing_and_no_known_group_says_so():
    assert kept([{}]) == ""
    assert "Aucun rendez-vous d'issue connue" in kept([PENDING])


# --- costs -------------------------------------------------------------------------------------------------------


def test_costs_are_told_with_what_is_left_out():
    sessions = [*TWO, {"session_id": "S3", "cost_eur": None}]
    people = [EQUIPPED, {}, {**EQUIPPED, "session_id": "S2"}, {**LOST, "session_id": "S2"}, {"session_id": "S3"}]
    said = cost(sessions, people)
    assert "2 séances ont coûté 800 € pour 4 personnes" in said
    assert (
        "Rapporté aux 2 personnes dont on sait qu'elles ont reçu leurs lunettes, cela fait 400 € par personne" in said
    )
    assert "Moins de 4 séances : pas d'intervalle. Ce n'est qu'un ordre de grandeur." in said
    assert "Pour 1 autre personne, on ne le sait pas ou pas encore : si elle a reçu ses lunettes, le coût" in said
    assert not re.search(r"maximum|\[|large", said)
    assert "1 séance dont le coût ou la liste n'est pas connu n'est pas comptée." in said


def test_costs_of_few_sessions_are_called_rough_without_an_interval_that_is_narrow_by_accident():
    people = [EQUIPPED, {**EQUIPPED, "session_id": "S2"}]
    sessions = [TWO[0], {**TWO[1], "cost_eur": 410.0}]
    said = cost(sessions, people)
    assert "soit 405 € par personne. Rapporté" in said
    assert "[" not in said
    assert "étroit" not in said
    four = [{"session_id": f"S{i}", "cost_eur": 400.0} for i in range(4)]
    spread = [{"session_id": f"S{i}", **EQUIPPED} for i in (0, 1, 1, 2, 2, 2, 3, 3, 3, 3)]
    assert "Un intervalle aussi large ne donne qu'un ordre de grandeur." in cost(four, spread)
    same = cost(four, [{"session_id": f"S{i}", **EQUIPPED} for i in range(4)])
    assert "Ces séances se ressemblent trop pour un intervalle." in same
    many = [{"session_id": f"S{i}", "cost_eur": 400.0 + i} for i in range(12)]
    even = [{"session_id": f"S{i % 12}", **EQUIPPED} for i in range(24)]
    assert "ordre de grandeur" not in cost(many, even)


def test_costs_that_cannot_be_told():
    assert cost([], []) == ""
    assert "le coût ou la liste manque" in cost([{"cost_eur": None}], [{}])
    one = cost([{}], [{}])
    assert "une seule séance ne permet pas d'estimer un coût par personne" in one
    assert "On ne connaît personne qui ait reçu ses lunettes" in one


# --- for any data ------------------------------------------------------------------------------------------------

PEOPLE = st.lists(
    st.sampled_from([{}, EQUIPPED, HONOURED, MISSED, CANCELLED, PENDING, WAITING, NEVER, LOST, {"need": "unknown"}]),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(PEOPLE, PEOPLE, st.sampled_from(["optical", "dental"]))
def test_no_sentence_is_ever_broken(first, second, kind):
    sessions = [{**s, "kind": kind} for s in TWO]
    people = [*first, *({**p, "session_id": "S2"} for p in second)]
    tables = screening_tables(sessions, people)
    path = screening.cascade(tables, year=2018)
    said = [
        text.sessions(screening.sessions(tables, year=2018), kind=kind, year=2018, target=Span(low=2, high=2)),
        text.fill(screening.sessions(tables, year=2018), kind=kind, year=2018),
        text.cascade(path, kind=kind),
        text.equipped(path, kind=kind),
        text.waiting(screening.waiting_times(tables, year=2018), kind=kind),
        text.absence_reasons(screening.absence_reasons(tables, year=2018), kind=kind),
        text.costs(screening.costs(tables, year=2018), kind=kind),
    ]
    for characteristic in ("reminder", "coverage"):
        frame = screening.honoured_by(tables, year=2018, characteristic=characteristic)
        said.append(text.honoured_by(frame, kind=kind, characteristic=characteristic))
    for sentence in filter(None, said):
        assert not re.search(r"nan|None|[{}]|  |\.\.|\d\.\d", sentence), sentence
        assert sentence.endswith("."), sentence
        assert not re.search(r"\b[01] (personnes|séances|places)\b", plain(sentence)), sentence


def test_a_sentence_about_two_places_is_refused():
    tables = screening_tables([{}, {"session_id": "S2", "quartier": "Moulins"}], [{}, {"session_id": "S2"}])
    with pytest.raises(ValueError, match="one place"):
        text.cascade(screening.cascade(tables, year=2018), kind=KIND)


def test_a_cascade_cut_short_is_refused():
    frame = screening.cascade(screening_tables([{}], [HONOURED]), year=2018)
    with pytest.raises(ValueError, match="all the rows"):
        text.cascade(frame[frame["indicator"] == "screening_stage_people"], kind=KIND)
    assert text.cascade(pd.DataFrame(columns=frame.columns), kind=KIND) == ""
