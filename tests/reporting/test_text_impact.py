"""The impact report's words and figures: no claim that the numbers do not bear, every code worded."""

from __future__ import annotations

from pathlib import Path

import pytest

from prs_eval.i18n import set_language
from prs_eval.impact.contribution import mechanism_in_order
from prs_eval.impact.evidence import CEILINGS, RULES
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.catalogue import load_catalogue
from prs_eval.programme.impact import Impact, answer_questions
from prs_eval.programme.impact_plan import load_plan
from prs_eval.reporting.figures import impact as figures
from prs_eval.reporting.text import impact as text
from prs_eval.reporting.text import impact_tables as tables
from prs_eval.reporting.text.impact_estimates import estimate
from prs_eval.reporting.text.impact_words import analysis_label, reason_label
from tests.conftest import ROOT

LILLE = ROOT / "parameters" / "lille"


@pytest.fixture(scope="module")
def impact(demo_store: Path, workbench: Workbench) -> Impact:
    store = Store(demo_store)
    plan = load_plan(LILLE, workbench)
    assert plan is not None
    return answer_questions(
        plan.questions,
        {name: store.read(name) for name in TABLES},
        plan=plan,
        year=2023,
        workbench=workbench,
        catalogue=load_catalogue(LILLE),
    )


def test_every_rule_and_ceiling_has_words(impact: Impact) -> None:
    answer = impact.answers[0]
    codes = {rule.code for rule in RULES} | {ceiling.code for ceiling in CEILINGS.values() if ceiling.code}
    raw = [code for code in codes if reason_label(code, answer) == code]
    assert not raw


def test_every_other_analysis_has_words(impact: Impact) -> None:
    for answer in impact.answers:
        for name in answer.found.robustness["analysis"]:
            assert analysis_label(name, answer) != name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_hold_no_placeholder_no_nan_and_no_code(impact: Impact, language: str) -> None:
    set_language(language)
    for answer in impact.answers:
        said = [text.detectable(answer), estimate(answer), text.conclusion(answer), text.reasons(answer)]
        said += [tables.caption(answer), tables.alt(answer), *tables.checks(answer).astype(str).to_numpy().ravel()]
        for sentence in said:
            assert "nan" not in sentence.lower().split()
            assert "{" not in sentence
            assert "_" not in sentence


def test_no_effect_detected_is_not_said_where_the_interval_excludes_none(impact: Impact) -> None:
    for answer in impact.answers:
        sentence = text.conclusion(answer)
        if "l'intervalle contient l'absence d'effet" in sentence:
            assert answer.effect.lower <= 0 <= answer.effect.upper
        if "Aucun effet qui compte" in sentence:
            assert max(abs(answer.effect.lower), abs(answer.effect.upper)) < abs(answer.found.matters)


def test_a_change_carries_its_sign_and_interval(impact: Impact) -> None:
    answer = next(a for a in impact.answers if a.question.code == "breast_screening")
    points = 100 * answer.effect.estimate
    assert f"+{points:.1f}".replace(".", ",") in estimate(answer)
    assert f"{100 * answer.effect.lower:.1f}".replace(".", ",") in estimate(answer)


def test_each_question_has_a_figure_and_the_overview_has_them_all(impact: Impact, workbench: Workbench) -> None:
    for answer in impact.answers:
        ax = figures.plot_answer(answer, breaks=workbench.breaks)
        assert ax is not None
        assert ax.get_xlabel() or ax.get_ylabel()
    ax = figures.plot_overview(impact.answers, tables.short_names(impact.answers))
    assert len(ax.get_yticklabels()) == len(impact.answers)


def test_the_gap_figure_draws_a_point_and_an_interval_a_year_and_marks_the_start(
    impact: Impact, workbench: Workbench
) -> None:
    answer = next(a for a in impact.answers if a.question.code == "breast_screening")
    ax = figures.plot_answer(answer, breaks=workbench.breaks)
    assert ax is not None
    drawn = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == "o")
    assert drawn == 15
    assert any("début du programme" in note.get_text() for note in ax.texts)
    assert any("Crise sanitaire" in note.get_text() for note in ax.texts)


def test_a_first_year_is_told_only_of_steps_that_moved(impact: Impact) -> None:
    catalogue = load_catalogue(LILLE)
    for path in catalogue.theory_of_change:
        steps = impact.pathways[path.code]
        worded = tables.pathway(steps, path, catalogue, impact.plan)
        moved = worded["Lecture"].eq("a bougé comme attendu")
        assert not worded.loc[~moved, "Depuis"].str.fullmatch(r"\d+").any()
        assert mechanism_in_order(steps) in {"in_order", "not_in_order", "unknown"}


def test_without_a_plan_the_page_says_so() -> None:
    assert "pas écrit de plan" in text.plan(None, year=2018)[0]
    assert len(tables.plan_table(None)) == 0


def test_the_band_of_the_exceptional_years_covers_their_months(impact: Impact, workbench: Workbench) -> None:
    answer = next(a for a in impact.answers if a.question.code == "structure_visits")
    ax = figures.plot_answer(answer, breaks=workbench.breaks)
    assert ax is not None
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    observed = next(line for line in ax.lines if line.get_marker() == ".")
    inside = [(band.x0 < x < band.x1) for x in observed.get_xdata()]
    assert sum(inside) == 24
    assert inside.index(True) == 12 * (2020 - 2012)  # January 2020
