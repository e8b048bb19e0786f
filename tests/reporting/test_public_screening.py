"""The screenings' public page: protected numbers as they stand, masked ones said once, nothing worked out of either."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

import prs_eval.disclosure.protect as protect_module
from prs_eval.disclosure.collapse import LANDMARKS, collapse
from prs_eval.disclosure.readings import NOT_PEOPLE, reading
from prs_eval.disclosure.release import Release, row_years, true_counts
from prs_eval.disclosure.rounding import round_counts
from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.inputs.parameters import project_root
from prs_eval.programme import screening
from prs_eval.programme.run import open_run
from prs_eval.programme.screening import ReferenceWait
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import screening as figures
from prs_eval.reporting.text import detectable as detectable_text
from prs_eval.reporting.text import periods
from prs_eval.reporting.text import screening as text
from tests.reporting.public_pages import HIDDEN, NUMBERS, REAL, be_for_everybody, known, numbers, page_of, plain

KIND = "optical"


@pytest.fixture(autouse=True)
def everybody(monkeypatch, workbench):
    """A page for everybody, and no trace of it afterwards."""
    be_for_everybody(monkeypatch, workbench)
    yield
    plt.close("all")


def hidden(frame: pd.DataFrame, rows) -> pd.DataFrame:
    out = frame.copy()
    out.loc[rows, NUMBERS] = np.nan
    out.loc[rows, "status"] = "primary"
    return out


# --- the whole page on demonstration data


def protected(run, frame, hide) -> pd.DataFrame:
    """What `protect` gives where every count of 11 or more may be shown, then more rows masked."""
    rows = collapse(frame, run.workbench)
    shown = {}
    for row in rows.to_dict("records"):
        found = reading(row, years=row_years(run, row))
        counts = true_counts(found, row) if found else ()
        if counts and min(counts) >= 11:
            shown |= zip(found.regions, map(int, round_counts(counts)), strict=True)
    protect_module._releases[run] = Release(shown)
    out = REAL(run, frame)
    people = ~out["indicator"].isin(NOT_PEOPLE)
    rng = np.random.default_rng(0 if hide in ("small", "everything") else hide)
    share = {"small": 0.0, "everything": 1.0}.get(hide, 0.5)
    return hidden(out, people & (rng.random(len(out)) < share))


def may_be_told(frames, workbench) -> set[str]:
    """How each number of the protected frames reads, the numbers that are of no people, and widths of intervals."""
    out = known(frames, [*NUMBERS, "benchmark"]) | {"8", "10"} | {str(days // 7) for days in LANDMARKS}
    out |= {plain(fmt.number(workbench.targets.optical_sessions_per_quartier.high))}
    for frame in frames:
        out |= {plain(fmt.number(100 * w)) for w in (frame["upper"] - frame["lower"]).dropna()}
    return out


@pytest.mark.parametrize(
    ("quartier", "hide"), [("Fives", 1), ("Fives", "everything"), ("Faubourg de Béthune", "small")]
)
def test_whatever_is_masked_only_protected_numbers_are_told(quartier, hide, monkeypatch, demo_store, workbench):
    said, everything, frames = page_of(
        monkeypatch, demo_store, "screening", quartier, lambda run, frame: protected(run, frame, hide)
    )
    words = plain(" ".join(text for cell in said.values() for text in cell))
    assert not re.search(r"\bnan\b|None|<NA>|masqué|\(\)|: \.|– \.|–  *sur|\b0 personne", words)
    assert not re.search(r"\bnan\b|None|<NA>", " ".join(text for cell in everything.values() for text in cell))
    assert set(numbers(words)) <= may_be_told(frames, workbench)
    people = pd.concat([frame[~frame["indicator"].isin(NOT_PEOPLE)] for frame in frames if len(frame)])
    counts = people[["numerator", "denominator"]].to_numpy(dtype=float).ravel()
    assert not (counts < 11).any()
    if hide == "everything":
        assert not re.search(r"\d+ (personnes|rendez-vous)", words)
        assert HIDDEN in words
    if hide == "small":
        for told in ("ont honoré leur rendez-vous, soit", "après 8 semaines : ", "Les séances ont coûté ", "Autres "):
            assert told in words


def test_protection_keeps_the_durations_that_a_wait_is_told_of(demo_store):
    root = project_root()
    run = open_run(
        "Fives", year=2018, data=str(demo_store), parameters=str(root / "parameters" / "lille"), audience="public"
    )
    protect_module._releases[run] = Release({})
    out = REAL(run, screening.waiting_curve(run.people, year=2018, kind=KIND))
    assert out["days"].tolist() == list(LANDMARKS)


# --- sentences on rows made by hand: (numerator, denominator), or None where masked


def rows(indicator, cells, **columns) -> pd.DataFrame:
    """Shares of `cells`, {value of the one column of `columns`: counts or None}."""
    (name,) = columns
    made = []
    for code, counts in cells.items():
        x, n = counts or (15, 30)
        lower, upper = wilson_interval(x, n)
        made.append(
            {"indicator": indicator, "quartier": "Fives", "year": 2018, "kind": KIND, name: code, "numerator": x,
             "denominator": n, "estimate": x / n, "lower": float(lower), "upper": float(upper),
             "confidence_level": 0.95, "unit": "proportion", "method": "wilson", "n": n}
        )  # fmt: skip
    return hidden(estimates(made, groups=["kind", name]), [counts is None for counts in cells.values()])


def test_waits_are_told_at_the_durations_that_are_shown():
    curve = rows("screening_still_waiting", {28.0: None, 56.0: (30, 40), 91.0: (20, 40), 182.0: None}, days="")
    said = plain(text.waiting(curve, kind=KIND, curve=curve))
    assert "après 8 semaines : 30 sur 40, soit 75 % [60 % ; 86 %] ; après 13 semaines : 20 sur 40, soit 50 %" in said
    assert said.endswith(f"Autres durées : {HIDDEN}.")
    assert "4 semaines" not in said


def test_masked_waits_say_nothing_as_the_page_says_it_in_place_of_the_figure():
    curve = rows("screening_still_waiting", {28.0: None, 56.0: None}, days="")
    assert text.waiting(curve, kind=KIND, curve=curve) == ""


def reasons(cells, unknown=None) -> str:
    known = rows("screening_absence_reason", cells, reason="")
    frame = pd.concat([known, rows("screening_absence_unknown", {"unknown": unknown}, reason="")], ignore_index=True)
    return plain(text.absence_reasons(frame, kind=KIND))


def test_reasons_are_told_without_a_rank_and_the_rest_is_not_worked_out():
    said = reasons({"forgot|schedule|transport": (15, 35), "cost": None, "fear": (20, 35)}, unknown=(15, 50))
    assert re.search(r"« oubli, .* ou transport » : 15 sur 35, soit 43 %", said)
    assert f"Autres raisons : {HIDDEN}." in said
    assert "La raison n'est pas connue pour 15 rendez-vous manqués sur 50." in said
    assert not re.search(r"la plus notée|hasard|autre[s]? rendez-vous", said)
    assert "35 rendez-vous" not in said


def test_reasons_all_masked_beside_a_known_total_are_withheld_in_words():
    assert reasons({"forgot": None, "cost": None}, unknown=(15, 50)) == (
        f"Raisons des rendez-vous manqués : {HIDDEN}. La raison n'est pas connue pour 15 rendez-vous manqués sur 50."
    )
    assert reasons({"forgot": None}) == ""


def kept(cells) -> str:
    frame = rows("screening_honoured_by", cells, reminder="")
    return plain(text.honoured_by(frame, kind=KIND, characteristic="reminder"))


def test_a_single_group_shown_is_compared_with_none():
    said = kept({"none": None, "sms|phone": (15, 20), "unknown": None})
    assert "SMS ou Téléphone : 15 sur 20, soit 75 %" in said
    assert "écarts" not in said
    assert f"Autres groupes : {HIDDEN}." in said


def test_several_groups_shown_say_that_no_cause_follows():
    assert "ne disent pas ce que le rappel change" in kept({"none": (15, 30), "sms": (25, 40)})
    # one group beside those whose reminder is not known is not a comparison
    assert "ne disent pas" not in kept({"none": (15, 30), "unknown": (25, 40)})


def cost(cells) -> str:
    made = [
        {"indicator": f"screening_cost_per_{name}", "numerator": money, "denominator": people,
         "estimate": money / people if people else np.nan, "unit": "eur_per_person", "method": "ratio_linearised"}
        for name, (money, people) in cells.items()
    ] + [
        {"indicator": f"screening_{name}", "numerator": n, "estimate": n, "unit": "people", "method": "count"}
        for name, n in {"sessions_costed": 6, "sessions_without_cost": 0, "cost_equipment_unknown": 15}.items()
    ]  # fmt: skip
    frame = estimates(made, groups=["kind"]).assign(quartier="Fives", year=2018, kind=KIND)
    return plain(text.costs(hidden(frame, frame["denominator"].eq(0)), kind=KIND))


def test_costs_are_the_money_over_rounded_people_without_an_interval():
    said = cost({"participant": (3000, 60), "equipped": (3000, 20)})
    assert said.startswith("Les séances ont coûté 3000 € pour 60 personnes, soit 50 € par personne. Rapporté aux 20")
    assert "cela fait 150 € par personne" in said
    assert "séances pour un intervalle" not in said
    assert "Pour 15 autres personnes" in said


def test_a_masked_cost_takes_what_depends_on_it_with_it():
    said = cost({"participant": (3000, 60), "equipped": (3000, 0)})
    assert "Rapporté" not in said
    assert "plus bas" not in said
    assert cost({"participant": (3000, 0), "equipped": (3000, 0)}) == f"Coût par personne dépistée : {HIDDEN}."


def test_three_years_together_that_are_masked_are_not_told_to_be_missing(workbench):
    shares = rows("screening_stage_share_recent", {"need": None, "honoured": None}, stage="").assign(out_of="screened")
    said = periods.together(shares.iloc[:0], shares, shares.iloc[:0], year=2018, workbench=workbench)
    assert said == [f"Années 2016 à 2018 réunies : {HIDDEN}."]


def test_detectable_effects_of_a_masked_year_still_say_what_they_are_about(workbench):
    made = rows("screening_honoured_detectable", {"year": None, "recent": (27, 40)}, period="")
    frame = made.assign(benchmark=0.5, numerator=np.nan, estimate=made["estimate"].where(made["status"] == "ok"))
    said = plain(detectable_text.screening(frame, kind=KIND, workbench=workbench, remind=False))
    assert said.startswith(
        "Dépistage optique, comparé à la moitié (50 %). Les années 2016 à 2018 réunies (40 personnes"
    )
    assert "2018, seul" not in said


# --- figures


def words(ax) -> list[str]:
    ax.get_figure(root=True).canvas.draw()
    return [plain(t.get_text()) for t in ax.get_figure(root=True).findobj(Text) if t.get_text() and t.get_visible()]


def path(people, shares) -> pd.DataFrame:
    counts = rows("screening_stage_people", {s: n and (n, n) for s, n in people.items()}, stage="")
    counts = counts.assign(out_of="screened", estimate=counts["numerator"], unit="people", method="count")
    pairs = rows("screening_stage_share", {stage: counts for (stage, _of), counts in shares.items()}, stage="")
    return pd.concat([counts, pairs.assign(out_of=[of for _stage, of in shares])], ignore_index=True)


PEOPLE = {"screened": 55, "need": None, "referred": None, "booked": 35, "honoured": None, "equipped": None}


def test_the_path_draws_what_is_shown_and_marks_the_place_of_the_rest():
    ax = figures.plot_cascade(path(PEOPLE, {("need", "screened"): None, ("honoured", "referred"): (20, 40)}))
    assert [bar.get_width() for bar in ax.patches if bar.get_width()] == [55, 35]
    assert words(ax).count("masqué") == 3  # need, referred, equipped; honoured has its share beside the word
    assert "masqué\n50 % [35 % ; 65 %] (20 sur 40, parmi : Orientées)" in words(ax)
    assert not ax.get_legend()  # nothing hatched: what is not known is not drawn after a rounded number


def test_a_path_of_which_only_a_share_is_shown_has_no_axis_of_people():
    ax = figures.plot_cascade(path(dict.fromkeys(PEOPLE), {("honoured", "referred"): (20, 40)}))
    assert not len(ax.get_xticks())
    assert words(ax).count("masqué") == 5


@pytest.mark.parametrize("draw", [figures.plot_cascade, figures.plot_waiting, figures.plot_absence_reasons])
def test_a_figure_of_nothing_but_masked_numbers_draws_none(draw):
    frames = {
        figures.plot_cascade: path(dict.fromkeys(PEOPLE), {("honoured", "referred"): None}),
        figures.plot_waiting: rows("screening_still_waiting", {28.0: None}, days=""),
        figures.plot_absence_reasons: rows("screening_absence_reason", {"forgot": None}, reason=""),
    }
    assert words(draw(frames[draw])) == ["Aucune donnée"]


def test_waits_are_points_at_their_weeks_beside_the_published_wait():
    curve = rows("screening_still_waiting", {28.0: None, 56.0: (30, 40), 182.0: (20, 40)}, days="")
    ax = figures.plot_waiting(curve, reference=ReferenceWait(52, "France", 2017))
    points = next(line for line in ax.get_lines() if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), [(56, 0.75), (182, 0.5)])
    assert words(ax).count("masqué") == 1
    assert "France 2017 : médiane publiée 52 jours" in words(ax)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["4", "8", "26"]


def test_masked_reasons_keep_their_place_after_those_shown():
    ax = figures.plot_absence_reasons(rows("screening_absence_reason", {"forgot": None, "cost": (15, 35)}, reason=""))
    labels = [plain(t.get_text()) for t in ax.get_yticklabels()]
    assert labels[0].endswith("(15 sur 35)")
    assert "sur" not in labels[1]
    assert words(ax).count("masqué") == 1
