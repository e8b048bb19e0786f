"""Sentences on the ambassadors agree in number, carry their interval and n, and claim no more than it allows."""

import pandas as pd
import pytest

from prs_eval.i18n import set_language
from prs_eval.programme import ambassador_scales, ambassadors
from prs_eval.reporting.text import ambassador_scales as scales_text
from prs_eval.reporting.text import ambassadors as text
from tests.programme.ambassador_tables import answers, gse, held, people

NBSP = "\u00a0"
# The pairs of `whole_scale` in tests/reference/paired_change.csv (R): 2.75 [0.95 ; 4.55], d_z 0.97 [0.26 ; 1.65].
TWELVE = [
    (21, 25),
    (30, 29),
    (28, 33),
    (33, 35),
    (19, 24),
    (25, 24),
    (27, 31),
    (36, 37),
    (24, 30),
    (29, 28),
    (31, 33),
    (22, 29),
]


def one(sex="female", joined="2016-03-01", left=None, trained=None, age="30-44"):
    return ("Fives", age, sex, joined, left, trained)


def plain(sentence):
    """With plain spaces, to be readable here."""
    return sentence.replace(NBSP, " ").replace("\u202f", " ")


def activity(kind="stand", hours=2.0, ambassadors=2, met=None, new=None, decided="unknown", theme="nutrition"):
    return ("Fives", "2018-05-02", kind, theme, hours, ambassadors, met, new, decided)


def pairs(*scores):
    """As many ambassadors, each with a GSE score before and after."""
    waves = []
    for i, (before, after) in enumerate(scores):
        waves += [gse(f"A{i}", "before", "2016-04-01", before), gse(f"A{i}", "after", "2017-04-01", after)]
    return {**people(*[one() for _ in scores]), **answers(*waves)}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [one(joined="2018-02-01")],
            "En 2018, 1 personne a été ambassadrice au moins un jour. 1 personne a rejoint le groupe cette année-là. "
            "Personne ne l'a quitté.",
        ),
        (
            [one(), one(), one(left="2018-05-01"), one(left="2018-06-01")],
            "En 2018, 4 personnes ont été ambassadrices au moins un jour. Personne n'a rejoint le groupe cette "
            "année-là. 2 personnes l'ont quitté.",
        ),
        ([one(left="2017-05-01")], "En 2018, personne n'a été ambassadeur."),
    ],
)
def test_membership_agrees_in_number_and_says_nobody_in_words(rows, expected):
    assert text.membership(ambassadors.membership(people(*rows), year=2018, history=True)) == expected


@pytest.mark.parametrize(
    ("stay", "go", "expected"),
    [
        (
            7,
            1,
            "Sur 8 ambassadeurs présents au début de 2018, 7 le sont restés toute l'année, soit 88 % [53 % ; 98 %].",
        ),
        (
            1,
            1,
            "Sur 2 ambassadeurs présents au début de 2018, 1 l'est resté toute l'année, trop peu pour un pourcentage.",
        ),
        (
            0,
            4,
            "Sur 4 ambassadeurs présents au début de 2018, aucun ne l'est resté toute l'année, soit 0 % [0 % ; 49 %].",
        ),
        (1, 0, "Une seule personne était ambassadrice au début de 2018 : aucune part n'est donnée."),
    ],
)
def test_retention_carries_its_interval_and_says_nothing_of_one_person(stay, go, expected):
    rows = [one()] * stay + [one(left="2018-05-01")] * go
    assert plain(text.retention(ambassadors.retention(people(*rows), year=2018))) == expected


def test_retention_cannot_be_measured_in_the_first_year():
    out = ambassadors.retention(people(one(joined="2018-02-01")), year=2018)
    assert "la fidélité ne se mesure pas" in text.retention(out)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (
            3,
            "Sur les 4 ambassadeurs actifs en 2018, 3 avaient terminé leur formation initiale au 31 décembre, soit 75",
        ),
        (1, "Sur les 4 ambassadeurs actifs en 2018, 1 avait terminé sa formation initiale au 31 décembre, soit 25 % "),
        (0, "Aucun des 4 ambassadeurs actifs en 2018 n'avait terminé sa formation initiale, soit 0 % [0 % ; 49 %]."),
    ],
)
def test_training_agrees_in_number(done, expected):
    rows = [one(trained="2017-01-01")] * done + [one()] * (4 - done)
    assert plain(text.trained(ambassadors.trained(people(*rows), year=2018))).startswith(expected)


def test_composition_names_people_not_codes():
    table = people(one(), one("male", age="45-59"), one("unknown", age="unknown"), one(), one("other"))
    by_sex = ambassadors.composition(table, year=2018, of="sex")
    assert text.composition(by_sex, of="sex") == (
        "Par sexe : 2 femmes, 1 homme, 1 personne d'un autre sexe et 1 personne au sexe inconnu."
    )
    by_age = ambassadors.composition(table, year=2018, of="age_band")
    assert text.composition(by_age, of="age_band") == (
        "Par âge à l'entrée : 3 de 30-44 ans, 1 de 45-59 ans et 1 d'âge inconnu."
    )


def _activities(tables):
    totals, by_kind = (ambassadors.activities(tables, year=2018, of=of) for of in (None, "kind"))
    return plain(text.activities(totals, by_kind))


def test_activities_keep_their_hours_apart_from_hours_given_and_use_a_decimal_comma():
    assert _activities(held(activity(hours=1.5, ambassadors=3), activity("project", 2.0, 2))) == (
        "En 2018, 2 activités ont été tenues, soit 3,5 heures. En multipliant chaque durée par le nombre "
        "d'ambassadeurs présents, ils ont donné 8,5 heures. Le type qui a pris le plus de temps est « Projet » "
        "(2 heures)."
    )
    assert _activities(held(activity())).startswith("En 2018, 1 activité a été tenue, soit 2 heures.")
    assert "« Projet » et « Stand » (2 heures chacun)" in _activities(held(activity(), activity("project")))


def test_no_activity_this_year_is_said_as_not_recorded():
    other_year = held(("Fives", "2016-05-02", "stand", "rights", 1.0, 2, 3, 1, "shared"))
    assert _activities(other_year) == "En 2018, aucune activité n'est enregistrée."
    assert text.contacts(ambassadors.contacts(other_year, year=2018)) == "En 2018, aucune activité n'est enregistrée."


def test_themes_name_the_priorities_left_aside(workbench):
    by_theme = ambassadors.activities(held(activity(), activity(theme="rights")), year=2018, of="theme")
    said = text.themes(by_theme, workbench=workbench)
    assert said.startswith("Les activités de 2018 ont porté sur 2 thèmes. Thèmes prioritaires sans activité : ")
    assert "« Addictions »" in said
    assert "Alimentation" not in said
    assert "Santé mentale" not in said  # a priority since 2020 only


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        (
            ["ambassadors", "shared", "institution", "institution", "unknown"],
            "En 2018, on sait qui a décidé pour 4 activités de projet. Décidées par les ambassadeurs : 1, soit 25 % "
            "[5 % ; 70 %] ; par décision partagée : 1, soit 25 % [5 % ; 70 %]. Pour 1 autre, on ne le sait pas : elle "
            "n'entre pas dans ces parts.",
        ),
        (
            ["ambassadors", "shared", "unknown", "unknown"],
            "Entre 25 % et 75 % des 4 activités de projet ont été décidées par les ambassadeurs, selon les 2 dont on "
            "ne sait pas qui a décidé. En 2018, on sait qui a décidé pour 2 activités de projet. Décidées par les "
            "ambassadeurs : 1, trop peu pour un pourcentage ; par décision partagée : 1, trop peu pour un pourcentage. "
            "Pour 2 autres, on ne le sait pas : elles n'entrent pas dans ces parts.",
        ),
        (["unknown"], "1 activité de projet a eu lieu en 2018 ; on ne sait pas qui l'a décidée."),
        (["unknown"] * 2, "2 activités de projet ont eu lieu en 2018 ; on ne sait pour aucune qui l'a décidée."),
        ([], "En 2018, aucune activité de type « projet » n'est enregistrée."),
    ],
)
def test_decisions_say_the_unknown_apart(decided, expected):
    tables = held(activity(), *[activity("project", decided=who) for who in decided])
    assert plain(text.decisions(ambassadors.decisions(tables, year=2018), year=2018)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [activity(met=40, new=10), activity(met=20, new=14), activity(met=7), activity()],
            "En 2018, 67 personnes ont été rencontrées aux 3 activités qui ont un décompte (qui est rencontré deux "
            "fois compte deux fois). Rencontrées pour la première fois : 40 %, soit 24 sur 60, aux 2 activités où les "
            "deux ont été comptés. Trop peu d'activités, ou trop semblables, pour un intervalle. Sur 4 activités, 1 "
            "n'a pas de décompte : elle ne compte pas pour "
            "zéro, elle est mise à part.",
        ),
        (
            [activity(met=1)],
            "En 2018, 1 personne a été rencontrée à la seule activité qui a un décompte (qui est rencontré deux "
            "fois compte deux fois). Toutes les activités ont leur décompte.",
        ),
        ([activity(met=0)], "En 2018, personne n'a été rencontré à la seule activité qui a un décompte. "),
        ([activity()], "En 2018, 1 activité a eu lieu, sans décompte des personnes rencontrées."),
    ],
)
def test_contacts_say_how_many_activities_counted_them(rows, expected):
    assert plain(text.contacts(ambassadors.contacts(held(*rows), year=2018))).startswith(expected)


def test_one_activity_gives_a_share_of_new_people_without_a_false_interval():
    said = plain(text.contacts(ambassadors.contacts(held(activity(met=20, new=5)), year=2018)))
    assert "25 %, soit 5 sur 20, à la seule activité" in said
    assert "Trop peu d'activités, ou trop semblables, pour un intervalle." in said
    uneven = held(*[activity(met=10, new=new) for new in (0, 1, 0, 5)])
    cut = plain(text.contacts(ambassadors.contacts(uneven, year=2018)))
    assert "fois : 15 % [0 % ;" in cut
    assert "L'intervalle calculé est ramené entre 0 et 100 %." in cut


@pytest.mark.parametrize(
    ("scores", "must", "must_not"),
    [
        (
            TWELVE,
            "Évolution moyenne : +2,8 points [1,0 ; 4,5], soit une hausse.",
            "seulement",
        ),
        (
            [(20, 24), (25, 33), (30, 27), (22, 22)],
            "l'intervalle comprend 0, on ne peut donc dire ni hausse ni baisse",
            "soit une",
        ),
        ([(35, 20), (36, 22), (34, 18), (38, 22)], "soit une baisse", "hausse"),
        ([(20, 22), (25, 27), (21, 23), (26, 28)], "Toutes ont évolué d'autant (+2,0 points)", "["),
        ([(20, 24), (25, 33)], "2 personnes seulement ont répondu en entier avant et après, trop peu", "points"),
        ([(20, 22)], "une seule personne a répondu en entier avant et après ; aucun chiffre n'est donné.", "22"),
    ],
)
def test_a_change_says_what_its_interval_allows_and_no_more(scores, must, must_not):
    change = ambassador_scales.change(pairs(*scores), year=2018)
    said = plain(scales_text.change(change)[0])
    assert must in said
    assert must_not not in said
    assert "d_z" not in said


def test_a_change_is_never_called_an_effect():
    change = ambassador_scales.change(pairs((20, 24), (25, 33), (30, 31)), year=2018)
    assert "effet" not in " ".join(scales_text.change(change))
    caution = scales_text.caution(change)
    assert "Une évolution n'est pas un effet" in caution
    assert "retour vers la moyenne" in caution
    assert scales_text.caution(ambassador_scales.change(pairs((20, 24)), year=2018)) == ""


def test_few_pairs_are_warned_of():
    change = ambassador_scales.change(pairs((20, 24), (25, 33), (30, 31), (22, 25)), year=2018)
    assert "Avec 4 personnes seulement" in scales_text.change(change)[0]


def test_follow_up_says_who_is_missing_and_how():
    tables = {
        **people(one(), one(), one(), one()),
        **answers(
            gse("A0", "before", "2016-04-01", 20),
            gse("A0", "after", "2017-04-01", 24),
            gse("A1", "before", "2016-04-01", 20),
            ("A2", "Fives", "before", "2016-04-01", "gse", [3] * 9 + [None]),
        ),
    }
    said = [plain(s) for s in scales_text.follow_up(ambassador_scales.follow_up(tables, year=2018))]
    assert said[0] == (
        "Auto-efficacité générale (GSE) : sur 4 ambassadeurs entrés depuis le début, 1 a répondu en entier avant et "
        "après, soit 25 % [5 % ; 70 %]. Les autres : 1 n'a répondu qu'avant, 1 a répondu en partie et 1 n'a jamais "
        "répondu."
    )
    assert said[1].endswith(
        "aucun n'a répondu en entier avant et après, soit 0 % [0 % ; 49 %]. Les autres : 4 n'ont jamais répondu."
    )


def test_attrition_describes_both_groups_without_a_test_and_hides_a_mean_of_one():
    tables = pairs((20, 24), (25, 33), (30, 31))
    table = tables["ambassador_scales"]
    lost = table[~((table["ambassador_id"] == "A2") & (table["wave"] == "after"))]
    out = ambassador_scales.attrition({**tables, "ambassador_scales": lost}, year=2018)
    said = scales_text.attrition(out)
    assert "trop peu de premiers scores" in said[0]
    assert "sans test" in said[-1]
    shown = scales_text.attrition_tables(out)
    assert list(shown) == [
        "Auto-efficacité générale (GSE) : ceux qui ont été suivis et ceux qui manquent",
        "Bien-être (WHO-5) : ceux qui ont été suivis et ceux qui manquent",
    ]
    first = shown["Auto-efficacité générale (GSE) : ceux qui ont été suivis et ceux qui manquent"]
    cells = dict(zip(first["Caractéristique"], first["Manquants"], strict=True))
    assert plain(cells["Sexe : femme"]) == "1 sur 1"
    assert plain(cells["Score de départ moyen"]) == "n = 1"
    assert "Âge à l'entrée : 75 ans ou plus" not in cells


def test_no_data_says_nothing_as_the_page_says_it():
    nobody = {**people(), **held(), **answers()}
    assert text.membership(ambassadors.membership(nobody, year=2018)) == ""
    assert text.retention(ambassadors.retention(nobody, year=2018)) == ""
    assert text.trained(ambassadors.trained(nobody, year=2018)) == ""
    assert text.composition(ambassadors.composition(nobody, year=2018, of="sex"), of="sex") == ""
    assert _activities(nobody) == ""
    assert text.contacts(ambassadors.contacts(nobody, year=2018)) == ""
    assert scales_text.change(ambassador_scales.change(nobody, year=2018)) == []
    assert scales_text.follow_up(ambassador_scales.follow_up(nobody, year=2018)) == []
    assert scales_text.attrition(ambassador_scales.attrition(nobody, year=2018)) == []
    assert scales_text.attrition_tables(ambassador_scales.attrition(nobody, year=2018)) == {}


def test_numbers_follow_the_language():
    set_language("en")
    change = ambassador_scales.change(pairs((20, 24), (25, 33), (30, 31), (25, 26)), year=2018)
    assert "25.0" in scales_text.change(change)[0]
    assert isinstance(change, pd.DataFrame)
