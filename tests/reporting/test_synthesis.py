"""The year's synthesis: what councillors read."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.inputs.parameters import Span
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from prs_eval.programme import synthesis
from prs_eval.programme.catalogue import load_catalogue
from prs_eval.programme.context import published_figures
from prs_eval.reporting.figures import render, theme
from prs_eval.reporting.figures import synthesis as figures
from prs_eval.reporting.text import synthesis as text
from tests.conftest import ROOT
from tests.reporting.made import shares

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(ROOT / "parameters" / "lille")


def tables_of(store, year):
    return {name: Store(store).read(name, years=range(2010, year + 1)) for name in TABLES}


@pytest.fixture(scope="module")
def tables_2018(demo_store):
    return tables_of(demo_store, 2018)


@pytest.fixture(scope="module")
def key_2018(tables_2018, workbench):
    return synthesis.key_numbers(tables_2018, year=2018, workbench=workbench)


def one(frame, indicator, **groups):
    rows = frame[frame["indicator"] == indicator]
    for column, value in groups.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


# The published 2018 figures (DOMAIN.md section 1; CCAS de Lille, Rennes, 8 November 2021), as the page says them.
def test_the_page_of_2018_says_the_published_figures(key_2018, workbench):
    said = " ".join(text.key_messages(key_2018, workbench=workbench)).replace(NBSP, " ")
    for words in (
        "Dépistage optique : 9 séances (objectif : 10), 90 personnes reçues",
        "en besoin de soins : 79 sur 90, soit 88 % [79 % ; 93 %]",
        "rendez-vous honorés parmi les personnes orientées : 31 sur 57, soit 54 % [42 % ; 67 %]",
        "150 professionnels",
    ):
        assert words in said


def test_every_published_figure_of_2018_and_2021_is_found_again(demo_store, catalogue):
    for year, expected in ((2018, 10), (2021, 1)):
        compared = synthesis.comparable(tables_of(demo_store, year), year=year, published=published_figures(ROOT))
        assert len(compared) == expected
        assert compared["agrees"].all()
        worded = text.published_table(compared, catalogue)
        assert set(worded["Concordance"]) == {"oui"}
    assert text.published(compared, year=2021, synthetic=True)[0].startswith("Le chiffre publié pour 2021 se retrouve")


def test_the_mean_delay_is_told_in_the_weeks_in_which_it_was_published(tables_2018, catalogue):
    compared = synthesis.comparable(tables_2018, year=2018, published=published_figures(ROOT))
    worded = text.published_table(compared, catalogue)
    row = worded[worded["Mesure"].str.contains("Délai moyen")].iloc[0]
    assert row["Publié"].replace(NBSP, " ") == "56 jours (soit 8,0 semaines)"
    assert row["Dans nos données"].replace(NBSP, " ").startswith("56 jours [")
    at_least = worded[worded["Publié"].str.startswith("au moins")]
    assert len(at_least) == 1


def test_invented_data_never_pass_for_a_proof(tables_2018):
    compared = synthesis.comparable(tables_2018, year=2018, published=published_figures(ROOT))
    assert any(
        "ce n'est pas une preuve" in sentence for sentence in text.published(compared, year=2018, synthetic=True)
    )
    assert not any("preuve" in sentence for sentence in text.published(compared, year=2018, synthetic=False))


def test_a_disagreement_and_a_year_without_publication_are_said(tables_2018):
    compared = synthesis.comparable(tables_2018, year=2018, published=published_figures(ROOT))
    other = compared.assign(agrees=[False, *compared["agrees"][1:]])
    assert "9 chiffres publiés sur 10" in text.published(other, year=2018, synthetic=False)[0]
    none = text.published(compared.head(0), year=2016, synthetic=True)
    assert none == ["Aucun chiffre publié ne porte sur l'année 2016."]


def test_no_published_figure_found_again_is_said_without_a_zero(tables_2018):
    compared = synthesis.comparable(tables_2018, year=2018, published=published_figures(ROOT)).assign(agrees=False)
    assert text.published(compared, year=2018, synthetic=False)[0].startswith("Aucun des 10 chiffres publiés pour 2018")
    alone = text.published(compared.head(1), year=2018, synthetic=False)[0]
    assert alone == "Le chiffre publié pour 2018 ne se retrouve pas dans nos données : il est à vérifier."


@pytest.fixture(scope="module")
def fives_alone(tables_2018):
    return {name: frame[frame["quartier"] == "Fives"] for name, frame in tables_2018.items()}


def test_one_quartier_is_never_compared_with_the_figures_of_the_city(fives_alone, workbench, catalogue):
    missing = synthesis.without_data(fives_alone, year=2018, workbench=workbench)
    assert len(missing) == 4
    published = published_figures(ROOT)
    compared = synthesis.comparable(fives_alone, year=2018, published=published, missing=missing)
    assert compared.loc[compared["quartier"] == ALL, "agrees"].isna().all()
    worded = text.published_table(compared, catalogue, missing=missing)
    assert "comparaison impossible : 4 quartiers sans données" in fmt_spaces(worded["Concordance"])
    said = text.published(compared, year=2018, synthetic=True, missing=missing)[0]
    assert "comparaison impossible : 4 quartiers sans données" in said.replace(NBSP, " ")


def fmt_spaces(column) -> list[str]:
    return [str(value).replace(NBSP, " ") for value in column]


def test_quartiers_that_sent_nothing_are_said_first(fives_alone, workbench):
    key = synthesis.key_numbers(fives_alone, year=2018, workbench=workbench)
    missing = synthesis.without_data(fives_alone, year=2018, workbench=workbench)
    first = text.key_messages(key, workbench=workbench, missing=missing)[0]
    assert first.startswith("4 quartiers du programme sur 5 n'ont aucune donnée cette année (")
    assert first.endswith("Ce qui suit ne porte que sur Fives, et non sur toute la ville.")


def test_what_a_quartier_sent_in_other_years_is_not_data_of_the_year(tables_2018, workbench):
    kept = {
        name: frame[(frame["quartier"] != "Moulins") | (frame["year"] < 2018).fillna(False)]
        for name, frame in tables_2018.items()
    }
    assert synthesis.without_data(kept, year=2018, workbench=workbench) == ["Moulins"]


def stage(x: int, known: int, everyone: int) -> str:
    rows = [
        {"indicator": "screening_sessions", "estimate": 1, "unit": "count", "method": "count"},
        {"indicator": "screening_stage_share", "stage": "equipped", "numerator": x, "denominator": known}
        | ({"estimate": x / known, "lower": 0.1, "upper": 0.3} if known else {}),
        {"indicator": "screening_stage_unknown", "stage": "equipped", "numerator": everyone - known,
         "denominator": everyone, "estimate": 1 - known / everyone, "lower": 0.0, "upper": 0.9},
    ]  # fmt: skip
    shared = {"unit": "proportion", "method": "wilson", "kind": "optical", "out_of": "need"}
    key = estimates([shared | row for row in rows], groups=["kind", "stage", "out_of", "decided_by"])
    said = text._screening(key.assign(quartier=ALL, year=2018), "optical", Span(low=10, high=10))
    return said.replace(NBSP, " ").split("en besoin : ")[1]


def test_a_share_always_says_the_known_and_the_unknown():
    assert stage(12, 72, 79) == (
        "12 sur les 72 dont la suite est connue, soit 17 % [10 % ; 30 %] (7 inconnues : entre 15 % et 24 %)."
    )
    assert stage(12, 72, 72) == "12 sur 72, soit 17 % [10 % ; 30 %]."


def test_bounds_come_first_where_many_are_unknown_and_a_share_of_few_is_never_100_percent():
    assert stage(3, 3, 14) == "entre 21 % et 100 % (3 sur les 3 dont la suite est connue ; 11 inconnues)."
    assert stage(0, 0, 14) == "suite inconnue pour les 14 personnes."


def test_the_basis_of_each_share_is_worded_by_kind_and_one_value_is_said_once():
    people = shares(("Fives", "Moulins")).assign(indicator="screening_stage_share", denominator=[6.0, 20.0])
    present = shares(("Fives", "Moulins")).assign(indicator="network_residents_share", denominator=14.0)
    said = text.side_by_side(pd.concat([present, people], ignore_index=True), missing=[])[0]
    assert "la part des habitants repose sur 14 présences" in said
    assert "la part des rendez-vous honorés repose sur 6 à 20 personnes orientées dont l'issue est connue" in said


def test_all_quartiers_together_are_the_sum_of_the_quartiers(tables_2018, key_2018, workbench):
    own = synthesis.key_numbers(tables_2018, year=2018, workbench=workbench, by=("quartier",))
    for indicator in ("network_meetings", "network_professionals", "ambassadors_active", "ambassador_contacts"):
        assert own.loc[own["indicator"] == indicator, "estimate"].sum() == one(key_2018, indicator)["estimate"]
    assert set(key_2018["quartier"]) == {ALL}


def test_quartiers_stay_in_their_declared_order_whatever_their_values(tables_2018, workbench):
    own = synthesis.key_numbers(tables_2018, year=2018, workbench=workbench, by=("quartier",))
    places = own.loc[own["indicator"] == "network_residents_share", "quartier"].tolist()
    assert places == list(workbench.programme_quartiers)


def test_shares_without_a_known_denominator_are_left_unsaid_not_zero(workbench):
    key = estimates(
        [
            {"indicator": "screening_sessions", "kind": "optical", "estimate": 1, "unit": "count", "method": "count"},
            {"indicator": "screening_stage_share", "kind": "optical", "stage": "need", "unit": "proportion"},
        ],
        groups=["kind", "stage", "out_of", "decided_by"],
    ).assign(quartier=ALL, year=2018)
    network, optical, dental, ambassadors = text.key_messages(key, workbench=workbench)
    assert optical == "Dépistage optique : 1 séance (objectif : 10)."
    assert "aucune séance enregistrée" in dental
    assert "objectif : 3 à 4" in dental
    assert "aucune réunion enregistrée" in network
    assert "personne d'actif" in ambassadors


def test_an_empty_city_makes_an_empty_page_not_a_crash(tables_2018, workbench):
    store_less = {name: frame.head(0) for name, frame in tables_2018.items()}
    key = synthesis.key_numbers(store_less, year=2018, workbench=workbench)
    own = synthesis.key_numbers(store_less, year=2018, workbench=workbench, by=("quartier",))
    history = synthesis.history(store_less, year=2018, workbench=workbench)
    gaps = synthesis.gaps(store_less, year=2018, workbench=workbench)
    compared = synthesis.comparable(store_less, year=2018, published=published_figures(ROOT))
    assert len(text.key_messages(key, workbench=workbench)) == 4
    missing = synthesis.without_data(store_less, year=2018, workbench=workbench)
    assert missing == list(workbench.programme_quartiers)
    assert text.key_messages(key, workbench=workbench, missing=missing)[0].startswith("5 quartiers du programme sur 5")
    panels = figures.quartier_panels(workbench)
    both = figures.panel_rows([own, key], panels)
    render.data_address(figures.plot_side_by_side(both, panels, places=workbench.programme_quartiers))
    render.data_address(figures.plot_history(history, figures.history_panels(), breaks=workbench.breaks))
    assert text.published(compared, year=2018, synthetic=False)
    assert text.gaps(gaps)[-1].startswith("Ne sont pas recueillis ici")
    assert text.side_by_side(both, missing=missing)[-1].startswith("Aucune donnée cette année")


def test_the_break_is_named_only_where_the_years_reach_it(demo_store, workbench):
    before = synthesis.history(tables_of(demo_store, 2018), year=2018, workbench=workbench)
    after = synthesis.history(tables_of(demo_store, 2021), year=2021, workbench=workbench)
    assert not any("Crise" in sentence for sentence in text.history(before, breaks=workbench.breaks))
    assert any("Crise sanitaire en 2020-2021" in sentence for sentence in text.history(after, breaks=workbench.breaks))


def test_history_never_looks_beyond_the_year_of_the_report(demo_store, workbench):
    history = synthesis.history(tables_of(demo_store, 2023), year=2016, workbench=workbench)
    assert history["year"].max() == 2016


def test_what_is_unknown_is_counted_apart(tables_2018, workbench):
    gaps = synthesis.gaps(tables_2018, year=2018, workbench=workbench)
    unknown = one(gaps, "screening_stage_unknown", kind="optical", stage="equipped")
    key = synthesis.key_numbers(tables_2018, year=2018, workbench=workbench)
    known = one(key, "screening_stage_share", kind="optical", stage="equipped")
    assert unknown["denominator"] == known["denominator"] + unknown["numerator"]
    said = " ".join(text.gaps(gaps))
    assert f"{unknown['numerator']:.0f} sur {unknown['denominator']:.0f} personnes en besoin" in said


def test_no_sentence_ranks_the_quartiers_or_claims_an_effect(tables_2018, key_2018, workbench):
    own = synthesis.key_numbers(tables_2018, year=2018, workbench=workbench, by=("quartier",))
    both = figures.panel_rows([own, key_2018], figures.quartier_panels(workbench))
    said = " ".join([*text.key_messages(key_2018, workbench=workbench), *text.side_by_side(both, missing=[])])
    assert "ne prouve pas une différence" in said
    for word in ("meilleur", "moins bon", "premier", "dernier", "significati", "grâce", "efficac"):
        assert word not in said.lower()


def test_every_row_has_a_name_that_tells_it_apart(key_2018, catalogue):
    names = text.names(key_2018, catalogue)
    assert len(set(names)) == len(names)
    assert not any("_" in name for name in names)


def test_each_quartier_keeps_its_line_and_the_whole_is_drawn_last(workbench):
    rows = pd.concat([shares(("Wazemmes", "Fives")), shares((ALL,))], ignore_index=True)
    figure = figures.plot_side_by_side(
        rows, [figures.Panel("network_residents_share", "Part")], places=workbench.programme_quartiers
    )
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        *workbench.programme_quartiers,
        "Ensemble des quartiers",
    ]
    assert sum("aucune donnée" in note.get_text() for note in ax.texts) == 3


def test_an_interval_that_could_not_be_estimated_is_drawn_hollow_and_explained():
    rows = shares(("Fives", ALL))
    rows.loc[0, ["lower", "upper"]] = np.nan
    figure = figures.plot_side_by_side(rows, [figures.Panel("network_residents_share", "Part")], places=["Fives"])
    fills = [line.get_markerfacecolor() for line in figure.axes[0].lines if line.get_marker() not in ("", "None")]
    assert fills.count("white") == 1
    assert figure.get_supxlabel().startswith("Point creux")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_of_the_theme_keep_3_to_1_on_white_and_differ_by_marker_too():
    """WCAG 2.1, 1.4.11: graphical objects need 3:1; RGAA 3.1: never by colour alone."""
    styles = list(theme.CATEGORIES.values())
    assert len({style.marker for style in styles}) == len(styles) == 6
    for colour in (theme.MAIN, theme.ACCENT, theme.TARGET, theme.UNKNOWN, theme.MUTED, *(s.color for s in styles)):
        assert 1.05 / (luminance(colour) + 0.05) >= 3, colour
    assert re.fullmatch("#[0-9a-f]{6}", theme.INK)


def counts_of(years) -> pd.DataFrame:
    rows = [
        {
            "indicator": "network_meetings",
            "quartier": ALL,
            "year": y,
            "estimate": 40,
            "unit": "count",
            "method": "count",
        }
        for y in years
    ]
    return estimates(rows)


def test_the_break_is_shaded_where_the_years_reach_it_and_counts_start_at_zero(workbench):
    panel = [figures.Panel("network_meetings", "Réunions")]
    for years, shaded in ((range(2014, 2019), 0), (range(2014, 2024), 1)):
        (ax,) = figures.plot_history(counts_of(years), panel, breaks=workbench.breaks).axes
        assert len(ax.patches) == shaded
        assert ("Crise sanitaire" in [note.get_text() for note in ax.texts]) == bool(shaded)
        assert ax.get_ylim()[0] == 0


def test_ticks_of_counts_are_whole_numbers_as_printed():
    for top in (1, 2, 13, 40, 90):
        rows = counts_of([2017, 2018]).assign(estimate=[0, top])
        (ax,) = figures.plot_history(rows, [figures.Panel("network_meetings", "Réunions")]).axes
        ax.figure.canvas.draw()
        ticks = ax.get_yticks()
        assert all(float(tick).is_integer() for tick in ticks), ticks
        assert [label.get_text() for label in ax.get_yticklabels()] == [f"{tick:.0f}" for tick in ticks]


def test_the_years_before_any_meeting_are_blank_and_no_line_crosses_a_year_without_data(tables_2018, workbench):
    kept = {name: frame[frame["year"].isin([2016, 2018]).fillna(False)] for name, frame in tables_2018.items()}
    rows = synthesis.history(kept, year=2018, workbench=workbench)
    held = rows[rows["indicator"] == "network_meetings"]
    assert dict(zip(held["year"], held["estimate"] > 0, strict=True)) == {2016: True, 2017: False, 2018: True}
    (ax,) = figures.plot_history(held[held["year"] != 2017], [figures.Panel("network_meetings", "Réunions")]).axes
    assert np.isnan(ax.lines[0].get_ydata()[1])


def test_a_measure_without_any_year_says_so(workbench):
    panels = [figures.Panel("network_meetings", "Réunions"), figures.Panel("ambassadors_active", "Ambassadeurs")]
    axes = figures.plot_history(counts_of([2018]), panels, breaks=workbench.breaks).axes
    assert [note.get_text() for note in axes[1].texts] == ["Aucune donnée"]
