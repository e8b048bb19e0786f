"""The synthesis on a public page: protected numbers told as they stand, no sentence that masking makes false."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from prs_eval.disclosure import comparison as shown
from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.disclosure.rounding import protect_estimates
from prs_eval.estimation.frame import ALL, estimates
from prs_eval.programme import recent, synthesis
from prs_eval.programme.context import published_figures
from prs_eval.programme.run import open_run
from prs_eval.reporting import format as fmt
from prs_eval.reporting import page
from prs_eval.reporting.figures import synthesis as figures
from prs_eval.reporting.figures import theme
from prs_eval.reporting.text import comparison
from prs_eval.reporting.text import synthesis as text
from tests.conftest import ROOT
from tests.reporting.made import a_run

NUMBERS = ["numerator", "denominator", "estimate", "lower", "upper", "n"]
HIDE = ("nothing", "everything", 1, 2, 3)
RANKS = re.compile(r"meilleur|pire|premier|dernier quartier|classé|en tête|plus haut|plus bas|maximum|minimum")


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", "")


@pytest.fixture(scope="module")
def run(demo_store):
    parameters = str(ROOT / "parameters" / "lille")
    return open_run(year=2018, data=str(demo_store), parameters=parameters, audience="public")


@pytest.fixture(scope="module")
def true(run):
    """What the page measures, before anything is hidden."""
    how = {"year": 2018, "workbench": run.workbench}
    return {
        "key": synthesis.key_numbers(run.tables, **how),
        "own": synthesis.key_numbers(run.tables, **how, by=("quartier",)),
        "history": synthesis.history(run.tables, **how),
        "gaps": synthesis.gaps(run.tables, **how),
        "by_quartier": recent.recent_screening(run.tables, **how, kind="optical"),
        "city": recent.recent_screening(run.tables, **how, kind="optical", by=()),
    }


@pytest.fixture
def public(workbench, monkeypatch):
    monkeypatch.setattr(page, "_run", replace(a_run(workbench, quartier=None), audience="public"))


def hidden(frame: pd.DataFrame, rows) -> pd.DataFrame:
    out = frame.copy()
    out.loc[rows, NUMBERS] = np.nan
    out.loc[rows, "status"] = "primary"
    return out


def protected(frame: pd.DataFrame, hide) -> pd.DataFrame:
    """Rounded, and masked: rows too small for themselves, all of people, or some of them in any combination."""
    people = ~frame["indicator"].isin(NOT_PEOPLE)
    out = pd.concat([frame[~people], protect_estimates(frame[people])]).sort_index()
    if hide == "nothing":
        return out
    rng = np.random.default_rng(0 if hide == "everything" else hide)
    return hidden(out, people & ((hide == "everything") | (rng.random(len(frame)) < 0.5)))


def told(frames, run) -> tuple[list[str], list[pd.DataFrame], list]:
    """Sentences, worded tables and figures of the page."""
    workbench = run.workbench
    panels = figures.quartier_panels(workbench)
    both = figures.panel_rows([frames["own"], frames["key"]], panels)
    parts = [shown._honoured(frames[name]) for name in ("by_quartier", "city")]
    compared = shown.beside_chance(synthesis.in_order(parts[0], workbench), parts[1], threshold=11)
    history = frames["history"]
    said = [
        *text.key_messages(frames["key"], workbench=workbench),
        *text.side_by_side(both, missing=[]),
        *comparison.quartiers(compared, workbench=workbench),
        *text.history(history, breaks=workbench.breaks),
        *text.gaps(frames["gaps"]),
    ]
    drawn = [
        figures.plot_side_by_side(both, panels, places=workbench.programme_quartiers),
        figures.plot_quartiers(compared, synthesis.funnel_lines(compared), places=workbench.programme_quartiers),
        figures.plot_history(history, figures.history_panels(), breaks=workbench.breaks),
    ]
    return said, [comparison.quartiers_table(compared)], drawn


def may_be_told(frames, run) -> set[str]:
    """Every number that a protected frame holds, as it is printed, and those that are not of people."""
    numbers = {"95", "19", "20", "998", "1000", "2016", "2018"}
    for frame in frames.values():
        for name in NUMBERS:
            values = frame[name].dropna()
            numbers |= {plain(fmt.number(v)) for v in values} | {plain(fmt.number(100 * v)) for v in values}
    targets = run.workbench.targets
    for span in (targets.meeting_interval_weeks, targets.optical_sessions, targets.dental_sessions):
        numbers |= {plain(fmt.number(span.low)), plain(fmt.number(span.high))}
    shares = frames["by_quartier"]
    return numbers | {str(int(((shares["stage"] == "honoured") & shares["estimate"].notna()).sum()))}


@pytest.mark.parametrize("hide", HIDE)
def test_whatever_is_masked_the_page_holds_together_and_tells_no_number_but_the_protected(hide, true, run, public):
    frames = {name: protected(frame, hide) for name, frame in true.items()}
    said, tables, _drawn = told(frames, run)
    words = plain(" ".join(said))
    assert not re.search(r"\bnan\b|None|<NA>|–|masqué|\(\)|: \.", words)
    assert not RANKS.search(words)
    assert set(re.findall(r"\d+", words)) <= may_be_told(frames, run)
    cells = plain(" ".join(str(cell) for table in tables for cell in table.to_numpy().ravel()))
    assert not re.search(r"\bnan\b|None|<NA>", cells)
    assert all(int(n) >= 11 for table in tables for n in re.findall(r"\d+", " ".join(table["Honorés"])))


def test_masked_people_are_never_told_to_be_nobody(true, run, public):
    frames = {name: protected(frame, "everything") for name, frame in true.items()}
    words = plain(" ".join(told(frames, run)[0]))
    assert "personne d'actif" not in words
    assert "suite inconnue" not in words
    assert "Ambassadeurs santé : trop peu de personnes pour publier un chiffre." in words
    assert (
        "Dépistage optique : 9 séances (objectif : 10). Dépistage optique, personnes reçues et suites du dépistage : "
        "trop peu de personnes pour publier un chiffre." in words
    )
    assert "Aucune donnée" not in words


# 15 of 20 known, 12 unknown: on rounded counts, what the unknown could change is not known either.
def test_the_unknown_are_not_added_to_rounded_counts(workbench, public):
    shared = {"unit": "proportion", "method": "wilson", "kind": "optical", "stage": "equipped", "out_of": "need"}
    rows = [
        {"indicator": "screening_sessions", "kind": "optical", "estimate": 9, "unit": "count", "method": "count"},
        {**shared, "indicator": "screening_stage_share", "numerator": 15, "denominator": 20, "estimate": 0.75,
         "lower": 0.53, "upper": 0.89},
        {**shared, "indicator": "screening_stage_unknown", "numerator": 15, "denominator": 35, "estimate": 15 / 35},
    ]  # fmt: skip
    key = estimates(rows, groups=["kind", "stage", "out_of", "decided_by"]).assign(quartier=ALL, year=2018)
    said = plain(text.key_messages(key, workbench=workbench)[1])
    assert said.endswith("15 sur les 20 dont la suite est connue, soit 75 % [53 % ; 89 %].")


def test_a_public_page_still_says_which_quartiers_sent_nothing_and_what_may_not_be_concluded(true, run, public):
    key, own = (protected(true[name], "nothing") for name in ("key", "own"))
    missing = ["Moulins"]
    first = text.key_messages(key, workbench=run.workbench, missing=missing)[0]
    assert "aucune donnée cette année (Moulins)" in plain(first)
    both = figures.panel_rows([own, key], figures.quartier_panels(run.workbench))
    said = text.side_by_side(both, missing=missing)
    assert "ne prouve pas une différence" in said[0]
    assert "Aucune donnée cette année pour Moulins." in said


# --- quartiers beside chance


def counts(rows: dict[str, tuple[int, int] | None]) -> pd.DataFrame:
    """Protected shares of {quartier: (honoured, known)}, None where masked."""
    frame = estimates(
        [
            {
                "indicator": "screening_stage_share_recent",
                "quartier": quartier,
                "year": 2018,
                "kind": "optical",
                "stage": "honoured",
                "out_of": "referred",
                "numerator": n[0] if n else 15,
                "denominator": n[1] if n else 30,
                "estimate": n[0] / n[1] if n else 0.5,
                "unit": "proportion",
                "method": "wilson",
                "confidence_level": 0.95,
                "n": n[1] if n else 30,
            }
            for quartier, n in rows.items()
        ],
        groups=["kind", "stage", "out_of"],
    )
    return hidden(frame, [n is None for n in rows.values()])


def beside(rows, whole=(100, 200)) -> pd.DataFrame:
    return shown.beside_chance(counts(rows), counts({ALL: whole}), threshold=11)


def words_of(compared, workbench) -> str:
    return plain(" ".join(comparison.quartiers(compared, workbench=workbench)))


# Limits by hand about 1/2 (Spiegelhalter 2005): 15/80 under 0.5 - 3.09 * sqrt(0.25 / 80) = 0.327, and so is the
# greatest share that rounds to it, 17/78 = 0.218. 15/50 is under 0.361, but 17/48 about 98/202 is not: 0.354 > 0.344.
# 15/55 = 0.273 is under 0.292 (998 in 1 000), but 17/53 about 98/202 only under the 95 % limit: 0.273 < 0.321 < 0.351.
@pytest.mark.parametrize(
    ("n", "wanted"),
    [((25, 50), "within"), ((15, 80), "below_998"), ((15, 50), shown.NEAR_LIMIT), ((15, 55), "below_95")],
)
def test_a_quartier_is_outside_only_where_every_count_that_rounds_to_it_is(n, wanted):
    out = beside({"Fives": n, "Moulins": (25, 50), "Wazemmes": (25, 50)}).set_index("quartier")
    assert out.loc["Fives", "funnel_class"] == wanted
    assert out.loc["Fives", "target"] == 0.5
    assert pd.isna(out.loc[ALL, "target"])


def test_what_lies_outside_is_told_with_care_and_what_is_masked_is_named(workbench):
    out = beside({"Fives": (15, 80), "Moulins": (15, 50), "Wazemmes": (25, 50), "Lille-Sud": None})
    said = words_of(out, workbench)
    assert "100 rendez-vous honorés pour 200 personnes orientées dont l'issue est connue, en nombres arrondis" in said
    assert "Fives (19 %) est au-dessous de ce que le hasard ferait 998 fois sur 1 000" in said
    assert "Hors des limites du hasard, peut-être du seul fait de l'arrondi : Moulins." in said
    assert "Dans les limites du hasard, en nombres arrondis : Wazemmes." in said
    assert "Lille-Sud : trop peu de personnes pour publier un chiffre." in said
    table = comparison.quartiers_table(out).set_index("Quartier")
    assert list(table.loc["Lille-Sud"]) == ["–", "–", "masqué", "–", "–", "–", "–"]
    assert "Lille-Sud, masqué" in comparison.quartiers_alt(out)


def test_under_three_quartiers_or_without_the_citys_share_there_is_no_funnel(workbench):
    two = beside({"Fives": (15, 80), "Moulins": (25, 50), "Wazemmes": None})
    no_whole = beside({"Fives": (15, 80), "Moulins": (25, 50), "Wazemmes": (25, 50)}, whole=None)
    for out in (two, no_whole):
        assert synthesis.funnel_lines(out).empty
        said = words_of(out, workbench)
        assert "Trop peu de chiffres peuvent être publiés pour comparer les quartiers au hasard." in said
        assert "hasard ferait" not in said
        assert "Situation" not in comparison.quartiers_table(out)
    ax = figures.plot_quartiers(two, synthesis.funnel_lines(two), places=workbench.programme_quartiers)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Fives", "Moulins", "Wazemmes"]
    assert sum("masqué" in note.get_text() for note in ax.texts) == 1
    assert words_of(no_whole, workbench).startswith("Rendez-vous honorés, années 2016 à 2018 réunies : trop peu")
    none = beside({"Fives": None, "Moulins": None})
    assert figures.plot_quartiers(none, synthesis.funnel_lines(none), places=workbench.programme_quartiers) is None


def test_a_masked_quartier_is_in_the_key_of_the_funnel_and_nowhere_on_it(workbench):
    out = beside({"Fives": (25, 50), "Moulins": (25, 50), "Wazemmes": (25, 50), "Lille-Sud": None})
    ax = figures.plot_quartiers(out, synthesis.funnel_lines(out), places=workbench.programme_quartiers)
    points = {line.get_label(): line for line in ax.lines if line.get_linestyle() == "None"}
    assert set(points) == {"Fives", "Moulins", "Wazemmes", "Lille-Sud, masqué"}
    assert len(points["Lille-Sud, masqué"].get_xdata()) == 0
    places = {tuple(np.round(points[q].get_transform().transform((50, 0.5)))) for q in ("Fives", "Moulins", "Wazemmes")}
    assert len(places) == 3  # same rounded numbers: no mark under another


def test_masked_years_have_the_word_and_no_point(true, run, public):
    history = true["history"]
    of_people = ~history["indicator"].isin(NOT_PEOPLE)
    gone = of_people & ((history["year"] == 2016) | (history["kind"] == "dental").fillna(False))
    axes = figures.plot_history(hidden(protect_estimates(history), gone), figures.history_panels()).axes
    notes = [[n for n in ax.texts if n.get_text() == "masqué"] for ax in axes]
    assert [len(found) for found in notes] == [0, 1, 1, 3]
    assert all(to_hex(n.get_color()) == theme.MUTED for found in notes for n in found)
    assert np.isnan(dict(zip(axes[2].lines[0].get_xdata(), axes[2].lines[0].get_ydata(), strict=True))[2016])
    assert not axes[3].lines


# --- published figures beside the data


@pytest.fixture
def stubbed(monkeypatch):
    """Protection decided row by row, as the audit of a whole year would take too long here."""
    monkeypatch.setattr(shown, "protect", lambda _run, frame: protected(frame, "nothing"))
    monkeypatch.setattr(shown, "protector", lambda _run: lambda frame: protected(frame, "nothing"))


def test_rounded_people_agree_up_to_rounding_and_sessions_as_they_are(run, stubbed, public):
    published = published_figures(ROOT, insee=run.workbench.insee)
    out = shown.compare_published(run, published)
    table = text.published_table(out, run.catalogue).set_index("Mesure")["Concordance"]
    assert table["Séances de dépistage (optique)"] == "oui"
    assert table["Personnes dépistées (optique)"] == "oui, à l'arrondi près"
    assert table["En besoin de soins : personnes (optique)"] == "oui, à l'arrondi près"  # 80 shown, 79 published
    assert table["Rendez-vous honoré, parmi orientées (optique)"] == "non comparable"
    assert "nombres arrondis s'y retrouve ;" in plain(text.published(out, year=2018, synthetic=False)[0])
    other = published.assign(value=published["value"].where(published["measure"] != "screening_participants", 97))
    out = shown.compare_published(run, other)
    table = text.published_table(out, run.catalogue).set_index("Mesure")["Concordance"]
    assert table["Personnes dépistées (optique)"] == "non"
    assert "à vérifier" in text.published(out, year=2018, synthetic=False)[0]


def test_the_teams_page_compares_true_counts(run):
    team = replace(run, audience="internal")
    expected = synthesis.compare_quartiers(run.tables, year=2018, workbench=run.workbench)
    pd.testing.assert_frame_equal(shown.compare_quartiers(team), expected)
    assert shown.compare_published(team, published_figures(ROOT))["agrees"].all()


def test_a_public_comparison_is_made_of_what_is_protected(run, stubbed):
    out = shown.compare_quartiers(run)
    people = out[out["estimate"].notna()]
    assert (people["numerator"] % 5 == 0).all()
    assert (people["denominator"] % 5 == 0).all()
    assert list(out["quartier"]) == [*run.workbench.programme_quartiers, ALL]
