"""Quartiers beside chance, and what could have been seen: in words a councillor cannot misread."""

import re

import pandas as pd
import pytest

from prs_eval.estimation.frame import ALL
from prs_eval.programme import detectable, recent, synthesis
from prs_eval.reporting.figures import synthesis as figures
from prs_eval.reporting.text import comparison, periods
from prs_eval.reporting.text import detectable as text
from tests.conftest import ROOT
from tests.programme.network_tables import meetings, with_tables
from tests.programme.screening_tables import HONOURED, MISSED, screening_tables
from tests.programme.test_detectable import pairs, screened

RANKS = re.compile(r"meilleur|pire|moins bon|premier|dernier quartier|classé|en tête|significatif", re.IGNORECASE)


def plain(sentence):
    return sentence.replace("\u00a0", " ").replace("\u202f", " ")


def city(counts, year=2018):
    """Screenings of {quartier: (honoured, missed)}."""
    sessions = [{"session_id": f"S-{q}", "quartier": q, "held_on": f"{year}-03-01"} for q in counts]
    who = [{**p, "session_id": f"S-{q}"} for q, (x, y) in counts.items() for p in [HONOURED] * x + [MISSED] * y]
    return screening_tables(sessions, who)


ALIKE = {"Fives": (15, 15), "Moulins": (14, 16), "Wazemmes": (16, 14), "Lille-Sud": (12, 12)}


def compared(counts, workbench, year=2018):
    return synthesis.compare_quartiers(city(counts, year), year=year, workbench=workbench)


# --- the comparison


def test_alike_quartiers_are_within_chance_and_in_the_declared_order(workbench):
    out = compared(ALIKE, workbench)
    assert set(out["indicator"]) == {synthesis.FUNNEL}
    assert list(out["quartier"]) == ["Wazemmes", "Moulins", "Lille-Sud", "Fives"]
    said = plain(" ".join(comparison.quartiers(out, workbench=workbench)))
    assert "57 rendez-vous honorés pour 114 personnes orientées" in said
    assert "Les 4 quartiers sont dans les limites du hasard" in said
    assert "moins de dix quartiers" in said
    assert not RANKS.search(said)


# Limits by hand (Spiegelhalter 2005): p0 = 57/114 = 0.5, n = 30: 0.5 +- 1.959964 * sqrt(0.25 / 30) = 0.3211, 0.6789.
def test_the_limits_are_those_of_the_whole_for_that_many_people(workbench):
    fives = compared(ALIKE, workbench).set_index("quartier").loc["Fives"]
    assert (fives["target"], fives["lower_95"], fives["upper_95"]) == pytest.approx((0.5, 0.3211, 0.6789), abs=5e-5)


def test_a_quartier_far_outside_is_told_with_care_and_the_others_are_not_ranked(workbench):
    out = compared({**ALIKE, "Lille-Sud": (2, 38)}, workbench)
    said = plain(" ".join(comparison.quartiers(out, workbench=workbench)))
    assert "Lille-Sud (5 % [1 % ; 17 %]) est au-dessous de ce que le hasard ferait 998 fois sur 1 000" in said
    assert "commençant par la saisie" in said
    assert not RANKS.search(said)


def test_too_few_people_for_a_funnel_give_shares_drawn_together(workbench):
    out = compared({"Fives": (2, 2), "Moulins": (3, 1), "Wazemmes": (0, 5)}, workbench)
    assert set(out["indicator"]) == {synthesis.SHRUNKEN}
    raw = out["numerator"] / out["denominator"]
    assert (out["estimate"].max() - out["estimate"].min()) < (raw.max() - raw.min())
    assert synthesis.funnel_lines(out).empty
    said = plain(" ".join(comparison.quartiers(out, workbench=workbench)))
    assert "Avec 4 à 5 personnes par quartier, un entonnoir tromperait" in said
    assert "bêta-binomiale hiérarchique" in said
    table = comparison.quartiers_table(out)
    assert "Situation" not in table
    assert set(table["Méthode"]) == {"part rapprochée de l'ensemble (bêta-binomiale hiérarchique)"}


def test_years_are_put_together_and_the_break_is_said(workbench):
    parts = [city(ALIKE, year) for year in (2019, 2021)]
    for part, year in zip(parts, (2019, 2021), strict=True):
        for frame in part.values():
            frame["session_id"] = frame["session_id"] + f"-{year}"
    both = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    out = synthesis.compare_quartiers(both, year=2021, workbench=workbench)
    assert out.set_index("quartier").loc["Fives", "denominator"] == 60
    said = plain(" ".join(comparison.quartiers(out, workbench=workbench)))
    assert "Années 2019 à 2021 réunies" in said
    assert "Crise sanitaire (2020-2021)" in said


@pytest.mark.parametrize("counts", [{}, {"Fives": (5, 5)}])
def test_nobody_or_one_quartier_is_no_comparison(counts, workbench):
    out = compared(counts, workbench)
    assert comparison.quartiers(out, workbench=workbench) == [
        "Trop peu de personnes orientées pour comparer les quartiers, même trois années réunies."
    ]
    ax = figures.plot_quartiers(out, synthesis.funnel_lines(out), places=workbench.programme_quartiers)
    assert [note.get_text() for note in ax.texts] == ["Aucune donnée"]


def test_the_funnel_is_drawn_as_people_against_share_with_one_mark_a_quartier(workbench):
    out = compared(ALIKE, workbench)
    ax = figures.plot_quartiers(out, synthesis.funnel_lines(out), places=workbench.programme_quartiers)
    points = {line.get_label(): line for line in ax.lines if line.get_linestyle() == "None"}
    assert list(points) == ["Wazemmes", "Moulins", "Lille-Sud", "Fives"]
    assert [float(v) for v in points["Fives"].get_xdata()] == [30]
    assert [float(v) for v in points["Fives"].get_ydata()] == [0.5]
    assert len({line.get_marker() for line in points.values()}) == 4  # never told apart by colour alone
    key = [label.get_text() for label in ax.get_legend().get_texts()]
    assert {"hasard, 19 fois sur 20", "hasard, 998 fois sur 1 000", "ensemble des quartiers"} <= set(map(plain, key))
    assert ax.get_ylim() == (0, 1)


def test_a_quartier_keeps_its_mark_when_another_has_no_data(workbench):
    marks = []
    for counts in (ALIKE, {q: n for q, n in ALIKE.items() if q != "Wazemmes"}):
        out = compared(counts, workbench)
        ax = figures.plot_quartiers(out, synthesis.funnel_lines(out), places=workbench.programme_quartiers)
        marks.append({line.get_label(): line.get_marker() for line in ax.lines})
    assert all(marks[0][quartier] == marks[1][quartier] for quartier in ALIKE if quartier != "Wazemmes")


def test_a_quartier_outside_the_programme_is_drawn_too(workbench):
    for counts in ({"Fives": (2, 2), "Hellemmes": (3, 1), "Wazemmes": (0, 5)}, {**ALIKE, "Hellemmes": (15, 15)}):
        out = compared(counts, workbench)
        ax = figures.plot_quartiers(out, synthesis.funnel_lines(out), places=workbench.programme_quartiers)
        drawn = [tick.get_text() for tick in ax.get_yticklabels()] + [line.get_label() for line in ax.lines]
        assert "Hellemmes" in drawn


def test_the_shrunken_shares_are_drawn_in_the_declared_order(workbench):
    out = compared({"Fives": (2, 2), "Moulins": (3, 1), "Wazemmes": (0, 5)}, workbench)
    ax = figures.plot_quartiers(out, synthesis.funnel_lines(out), places=workbench.programme_quartiers)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Wazemmes", "Moulins", "Fives"]


def test_the_alternative_text_tells_each_quartier(workbench):
    alt = plain(comparison.quartiers_alt(compared(ALIKE, workbench)))
    assert "Fives 50 % [33 % ; 67 %], 30 personnes" in alt


# --- what could have been seen


def test_the_screenings_say_how_large_a_difference_had_to_be(workbench):
    rows = detectable.screening_detectable(screened(31, 26), year=2018, workbench=workbench, root=ROOT)
    said = plain(text.screening(rows, kind="optical", workbench=workbench))
    points = round(100 * rows["estimate"].iloc[0])
    assert said == (
        "Dépistage optique : avec 57 personnes orientées dont l'issue est connue en 2018, seul un écart d'au moins "
        f"{points} points avec la part publiée ailleurs (48 %) aurait pu être vu (8 fois sur 10)."
    )
    assert text.screening(rows, kind="dental", workbench=workbench) == ""


def test_too_few_people_say_that_nothing_could_be_seen_even_three_years_together(workbench):
    tables = screened(1, 0, years=(2016, 2017, 2018))
    rows = detectable.screening_detectable(tables, year=2018, workbench=workbench, root=ROOT)
    said = plain(text.screening(rows, kind="optical", workbench=workbench))
    assert "avec 1 personne orientée dont l'issue est connue en 2018, aucun écart" in said
    assert said.endswith("Même les années 2016 à 2018 réunies (3 personnes orientées dont l'issue est connue) ne "
                         "suffisent pas.")  # fmt: skip


def test_the_network_is_compared_with_a_half_and_the_break_is_said(workbench):
    days = [f"{year}-{month:02}-01" for year in (2018, 2019, 2020, 2021) for month in range(1, 13, 2)]
    rows = detectable.network_detectable(with_tables(meetings=meetings(*days)), year=2021, workbench=workbench)
    said = plain(text.network(rows, workbench=workbench))
    assert "avec 6 délais entre deux réunions en 2021" in said
    assert "avec la moitié (50 %)" in said
    assert "Les années 2019 à 2021 réunies (18 délais entre deux réunions)" in said
    assert "Crise sanitaire (2020-2021)" in said


def test_what_the_differences_take_for_granted_is_said_where_one_is_told(workbench):
    rows = detectable.screening_detectable(screened(31, 26), year=2018, workbench=workbench, root=ROOT)
    assert "il faut des écarts plus grands encore" in text.independence(rows.head(0), rows)
    assert text.independence(rows.head(0)) == ""


def test_a_year_without_a_meeting_says_so(workbench):
    rows = detectable.network_detectable(with_tables(meetings=meetings("2018-01-01")), year=2018, workbench=workbench)
    assert "rien à compter en 2018, donc rien à voir" in text.network(rows, workbench=workbench)


def test_the_ambassadors_change_is_told_in_plain_size():
    said = [plain(s) for s in text.ambassadors(detectable.ambassadors_detectable(pairs(*["Fives"] * 20), year=2018))]
    assert "avec 20 personnes suivies avant et après, seule une évolution moyenne d'au moins 0,7 écart-type" in said[0]
    assert "sur l'échelle" in said[0]
    assert "avec 0 personne suivie avant et après, aucune évolution" in said[1]
    assert said[2] == "Un changement de 0,8 écart-type passe déjà pour grand."
    rows = detectable.ambassadors_detectable(pairs(*["Fives", "Moulins"] * 10), year=2018, by=())
    assert set(rows["quartier"]) == {ALL}
    assert "peuvent se ressembler" in text.ambassadors(rows)[2]


# --- three years together


def test_three_years_together_are_told_with_their_interval(workbench):
    rows = recent.recent_screening(screened(3, 1, years=(2016, 2017, 2018)), year=2018, workbench=workbench)
    said = plain(periods.recent_screening(rows, kind="optical", workbench=workbench))
    assert said.startswith("Sur les années 2016 à 2018 réunies, en besoin de soins : 12 sur 12")
    assert (
        "rendez-vous honorés parmi les personnes orientées dont l'issue est connue : 9 sur 12, soit 75 % [47 % ; 91 %]"
        in said
    )
    assert periods.recent_screening(rows, kind="dental", workbench=workbench) == ""


def test_nothing_to_pool_says_nothing(workbench):
    none = recent.recent_intervals(with_tables(meetings=meetings()), year=2018, workbench=workbench)
    assert periods.recent_intervals(none, workbench=workbench) == ""
    assert text.network(none, workbench=workbench) == ""


def test_the_synthesis_says_the_years_and_their_break_once(workbench):
    days = [f"{year}-{month:02}-01" for year in (2018, 2019, 2020, 2021) for month in range(1, 13, 2)]
    intervals = recent.recent_intervals(with_tables(meetings=meetings(*days)), year=2021, workbench=workbench)
    people = recent.recent_screening(screened(3, 1, years=(2019, 2020, 2021)), year=2021, workbench=workbench)
    said = [plain(s) for s in periods.together(intervals, people, intervals.head(0), year=2021, workbench=workbench)]
    assert said[0].startswith("Années 2019 à 2021 réunies. Ces années en comptent d'exceptionnelles : Crise sanitaire")
    assert [s.split(" – ")[0] for s in said[1:]] == ["Réunions du réseau", "Dépistage optique"]
    assert not any("exceptionnelles" in s for s in said[1:])
    none = periods.together(intervals.head(0), people.head(0), intervals.head(0), year=2015, workbench=workbench)
    assert none == ["Il n'y a pas encore trois années de données à réunir (2013 à 2015)."]
