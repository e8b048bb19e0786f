"""The plan answered on worlds whose truth is known: what is found, what is graded, what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from prs_eval.errors import UsageError
from prs_eval.impact.evidence import grade
from prs_eval.impact.simulate import Plant, World, simulate_panels
from prs_eval.inputs.demo import load_demo
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.catalogue import Catalogue, load_catalogue
from prs_eval.programme.demo_outcomes import demo_outcomes
from prs_eval.programme.impact import Impact, answer_questions
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_plan import DifferenceInDifferences, Plan, load_plan
from prs_eval.reporting.text import impact as text
from prs_eval.reporting.text.impact_estimates import estimate
from tests.conftest import ROOT

LILLE = ROOT / "parameters" / "lille"
Tables = Mapping[str, pd.DataFrame]


@pytest.fixture(scope="module")
def plan(workbench: Workbench) -> Plan:
    found = load_plan(LILLE, workbench)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(LILLE)


@pytest.fixture(scope="module")
def tables(demo_store: Path) -> Tables:
    store = Store(demo_store)
    return {name: store.read(name) for name in TABLES}


@pytest.fixture(scope="module")
def impact(tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue) -> Impact:
    """The plan on the demonstration's 2018."""
    return answer_questions(plan.questions, tables, plan=plan, year=2018, workbench=workbench, catalogue=catalogue)


def by_code(impact: Impact, code: str) -> Answer:
    return next(answer for answer in impact.answers if answer.question.code == code)


def with_outcomes(tables: Tables, workbench: Workbench, **options: object) -> dict[str, pd.DataFrame]:
    """The demonstration with its outcomes drawn anew with other effects."""
    rows = pd.DataFrame(demo_outcomes(load_demo(LILLE, workbench), workbench, **options))  # type: ignore[arg-type]
    return {**tables, "outcomes": rows.assign(quartier=rows["territory"])}


def ask(code: str, tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue, year: int = 2018) -> Answer:
    bare = catalogue.model_copy(update={"theory_of_change": ()})
    found = answer_questions([plan.question(code)], tables, plan=plan, year=year, workbench=workbench, catalogue=bare)
    return found.answers[0]


def test_every_question_of_the_plan_is_answered_and_planned(impact: Impact, plan: Plan) -> None:
    assert [a.question.code for a in impact.answers] == [q.code for q in plan.questions]
    assert all(a.planned for a in impact.answers)
    assert all(a.retrospective for a in impact.answers)  # the plan was written after 2018
    assert {a.question.part for a in impact.answers} == {"network", "screening", "ambassadors"}


@pytest.mark.parametrize(
    ("code", "truth"), [("breast_screening", 0.03), ("ophthalmologist_visit", 0.0), ("structure_visits", np.log(1.08))]
)
@pytest.mark.parametrize("year", [2018, 2023])
def test_the_known_effects_of_the_demonstration_are_covered(
    code: str, truth: float, year: int, tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue
) -> None:
    effect = ask(code, tables, plan, workbench, catalogue, year).effect
    assert effect.lower <= truth <= effect.upper


def test_over_seeds_the_known_effect_is_covered_19_times_out_of_20(
    tables: Tables, plan: Plan, workbench: Workbench
) -> None:
    from prs_eval.impact.panels import difference_in_differences
    from prs_eval.programme.impact_outcomes import question_panel

    question = plan.question("breast_screening")
    assert isinstance(question, DifferenceInDifferences)
    covered = []
    for seed in range(40):
        drawn = with_outcomes(tables, workbench, seed=seed)
        panel = question_panel(question, drawn, year=2018, workbench=workbench)
        assert panel is not None
        effect = difference_in_differences(panel)
        covered.append(effect.lower <= 0.03 <= effect.upper)
    assert np.mean(covered) >= 0.85  # 95 % less three Monte-Carlo errors of 40 draws


def test_the_sentence_changes_with_the_truth(
    tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue
) -> None:
    def said(**options: object) -> tuple[str, str]:
        drawn = with_outcomes(tables, workbench, **options)
        answer = ask("breast_screening", drawn, plan, workbench, catalogue)
        return answer.grade.finding, text.conclusion(answer)

    finding, sentence = said()
    assert finding == "effect"
    assert "Une évolution favorable" in sentence
    assert "sans suffire à le prouver" in sentence
    finding, sentence = said(effects={"breast_screening": 0.0})
    assert finding in {"no_effect", "no_effect_detected"}
    assert ("Aucun effet détecté, ce qui ne veut pas dire" in sentence) == (finding == "no_effect_detected")
    assert "favorable" not in sentence
    finding, sentence = said(noise=12.0)
    assert finding in {"no_effect_detected", "inconclusive"}
    assert "Force de la preuve : D" in sentence
    finding, sentence = said(effects={"breast_screening": -0.08})
    assert finding == "opposite"
    assert "sens défavorable" in sentence


def test_a_halved_effect_is_estimated_as_half(
    tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue
) -> None:
    drawn = with_outcomes(tables, workbench, effects={"breast_screening": 0.015})
    effect = ask("breast_screening", drawn, plan, workbench, catalogue).effect
    whole = ask("breast_screening", tables, plan, workbench, catalogue).effect
    assert effect.lower <= 0.015 <= effect.upper
    assert whole.estimate - effect.estimate == pytest.approx(0.015, abs=0.004)  # the same noise, other people


def planted(plan: Plan, workbench: Workbench, tables: Tables, plant: Plant | None, *, seed: int = 7) -> dict:
    """The demonstration with breast screening drawn from a world with something wrong in it."""
    names = [q.name for q in workbench.quartiers]
    drawn = simulate_panels(
        dict.fromkeys(names, 6000.0),
        start=dict.fromkeys(workbench.programme_quartiers, 2014.0),
        times=range(2009, 2024),
        world=World(noise_sd=0.015, shocks={2020: -0.2, 2021: -0.1}),
        effect=0.04,
        plant=plant,
        seed=seed,
    )
    n, t = drawn.denominator.shape
    rows = pd.DataFrame(
        {
            "territory": np.repeat(drawn.units, t),
            "year": np.tile(drawn.times, n),
            "month": pd.array([pd.NA] * (n * t), dtype="Int64"),
            "indicator": "breast_screening",
            "numerator": drawn.numerator[0].ravel().astype(float),
            "denominator": drawn.denominator.ravel(),
            "source": "made",
            "perimeter": "made",
            "revision": 0,
        }
    )
    return {**tables, "outcomes": rows.assign(quartier=rows["territory"])}


LETTERS = "ABCD"


@pytest.mark.parametrize(
    ("plant", "reasons", "named"),
    [
        (Plant(diverging=0.06), {"pretrend_failed", "pretrend_fragile"}, "avant"),
        (Plant(odd=("Moulins", 0.9)), {"one_unit_drives"}, "Moulins"),
        (Plant(true_start=2018), {"start_doubtful"}, "2018"),
        (Plant(treated_shock={2020: -0.5, 2021: -0.5}), {"shock_on_treated"}, "2020-2021"),
    ],
    ids=["diverging", "odd quartier", "wrong start", "shock on the treated"],
)
def test_a_planted_failure_lowers_the_grade_and_is_named(
    plant: Plant,
    reasons: set[str],
    named: str,
    tables: Tables,
    plan: Plan,
    workbench: Workbench,
    catalogue: Catalogue,
) -> None:
    clean = ask("breast_screening", planted(plan, workbench, tables, None), plan, workbench, catalogue, 2023)
    wrong = ask("breast_screening", planted(plan, workbench, tables, plant), plan, workbench, catalogue, 2023)
    assert clean.grade.letter == "B"
    assert not reasons & set(clean.grade.reasons)
    assert LETTERS.index(wrong.grade.letter) > LETTERS.index(clean.grade.letter)
    assert reasons & set(wrong.grade.reasons)
    assert named in text.reasons(wrong)


def test_what_is_not_in_the_plan_is_exploratory_and_graded_lower(
    tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue
) -> None:
    question = plan.question("breast_screening").model_copy(update={"start": 2015})
    bare = catalogue.model_copy(update={"theory_of_change": ()})
    answer = answer_questions([question], tables, plan=plan, year=2018, workbench=workbench, catalogue=bare).answers[0]
    assert not answer.planned
    assert "exploratory" in answer.grade.reasons
    assert "Analyse exploratoire, absente du plan." in text.conclusion(answer)


def test_multiplicity_is_corrected_within_a_family(impact: Impact) -> None:
    family = [a for a in impact.answers if a.question.family == "ambassadors"]
    raw = np.array([a.effect.p_value for a in family])
    adjusted = np.array([a.p_adjusted for a in family])
    assert (adjusted >= raw - 1e-12).all()
    order = np.argsort(raw)
    wanted = np.maximum.accumulate(np.minimum(1, raw[order] * (len(raw) - np.arange(len(raw)))))  # Holm (1979)
    np.testing.assert_allclose(adjusted[order], wanted)


def test_first_what_could_be_seen_then_the_estimate_with_its_interval(impact: Impact) -> None:
    for answer in impact.answers:
        first, second = text.detectable(answer), estimate(answer)
        assert "L'effet qui compterait" in first
        if answer.grade.finding != "not_estimable":
            assert "8 fois sur 10" in first
            assert "[" in second
            assert "Marge d'incertitude" in second


def test_a_year_before_anything_is_said_not_estimated(
    tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue
) -> None:
    empty = {name: frame.iloc[:0] for name, frame in tables.items()}
    found = answer_questions(plan.questions, empty, plan=plan, year=2014, workbench=workbench, catalogue=catalogue)
    assert {a.grade.finding for a in found.answers} == {"not_estimable"}


def yearly(change: Callable[[pd.DataFrame], pd.Series]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Keep the monthly rows, and of the yearly ones those that `change` marks."""
    return lambda rows: rows[rows["month"].notna() | change(rows)]


PROGRAMME = ("Wazemmes", "Moulins", "Faubourg de Béthune", "Lille-Sud", "Fives")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (yearly(lambda r: r["year"] >= 2013), "ok"),
        (yearly(lambda r: r["year"].isin([2013, 2014])), "ok"),
        (yearly(lambda r: r["year"] != 2013), "ok"),
        (yearly(lambda r: ~r["territory"].isin(PROGRAMME[1:])), "too_few"),
        (yearly(lambda r: r["territory"].isin([*PROGRAMME, "Lille-Centre"])), "too_few"),
        (yearly(lambda r: r["year"] < 2014), "too_few"),
        (lambda r: r.assign(numerator=0.0), "too_few"),
        (lambda r: r.assign(numerator=r["denominator"]), "too_few"),
    ],
    ids=[
        "one year before",
        "one year each side",
        "the year before missing",
        "one quartier of the programme",
        "one comparison",
        "no year after",
        "no event",
        "everybody",
    ],
)
def test_thin_or_wrong_outcomes_are_answered_or_said_without_a_crash(
    change: Callable[[pd.DataFrame], pd.DataFrame],
    status: str,
    tables: Tables,
    plan: Plan,
    workbench: Workbench,
    catalogue: Catalogue,
) -> None:
    thin = {**tables, "outcomes": change(tables["outcomes"])}
    answer = ask("breast_screening", thin, plan, workbench, catalogue)
    assert answer.effect.status == status
    assert "nan" not in " ".join([text.detectable(answer), estimate(answer), text.conclusion(answer)]).split()
    if status == "too_few":
        assert answer.grade.letter == "D"
        assert answer.grade.finding == "not_estimable"


def test_a_quartier_that_lacks_a_year_is_left_out_and_named(
    tables: Tables, plan: Plan, workbench: Workbench, catalogue: Catalogue
) -> None:
    rows = tables["outcomes"]
    hole = (rows["territory"] == "Moulins") & (rows["year"] == 2012) & rows["month"].isna()
    answer = ask("breast_screening", {**tables, "outcomes": rows[~hole]}, plan, workbench, catalogue)
    assert answer.effect.units == 9
    assert text.left_out(answer) == "Laissé de côté, faute de données pour toutes les années : Moulins."
    assert text.left_out(ask("breast_screening", tables, plan, workbench, catalogue)) == ""


def test_what_moved_already_before_a_change_lowers_the_grade(impact: Impact) -> None:
    answer = by_code(impact, "reminders")
    worse = replace(answer.checks, placebo=False)
    assert "placebo_failed" in grade(worse).reasons
    assert answer.checks.placebo is not None


def city(tmp_path: Path, change: dict[str, object]) -> Path:
    """Lille's folder with its plan's first question changed."""
    for path in LILLE.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    content = yaml.safe_load((LILLE / "analysis_plan.yml").read_text(encoding="utf-8"))
    content["questions"][0] |= change
    (tmp_path / "analysis_plan.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "breast_screenin"}, "Vouliez-vous dire « breast_screening »"),
        ({"comparison": ["Moulins", "Lille-Centre"]}, "à la fois suivis et de comparaison : Moulins"),
        ({"comparison": ["Vieux-Lile", "Lille-Centre"]}, "Vouliez-vous dire « Vieux-Lille »"),
        ({"start": 2009}, "doit venir après"),
        ({"strat": 2014}, "strat"),
        ({"matters": {"estimate": 0.4, "scale": "d_z", "why": {"fr": "x", "en": "x"}}}, "possibles : difference, odds"),
        ({"matters": {"estimate": 0.8, "scale": "odds_ratio", "why": {"fr": "x", "en": "x"}}}, "plus grand que 1"),
        (
            {
                "matters": {
                    "estimate": 0.05,
                    "scale": "difference",
                    "why": {"fr": "x", "en": "x"},
                    "benchmark": {"intervention": "PRADO (Picardie)", "outcome": "gain_points_defavorises"},
                }
            },
            "n'est pas celui qui est publié",
        ),
    ],
)
def test_a_mistake_in_the_plan_is_told_with_what_is_allowed(
    change: dict[str, object], message: str, workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(UsageError, match=message):
        load_plan(city(tmp_path, change), workbench)


def test_the_fingerprint_follows_the_plan_to_the_letter_but_not_its_line_ends(
    plan: Plan, workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    original = (LILLE / "analysis_plan.yml").read_bytes()
    (tmp_path / "analysis_plan.yml").write_bytes(original.replace(b"\n", b"\r\n"))
    same = load_plan(tmp_path, workbench)
    (tmp_path / "analysis_plan.yml").write_bytes(original.replace(b"power: 0.8", b"power: 0.9"))
    other = load_plan(tmp_path, workbench)
    assert same is not None
    assert other is not None
    assert same.fingerprint == plan.fingerprint != other.fingerprint
    assert load_plan(tmp_path / "nowhere", workbench) is None


def test_a_finding_without_comparison_is_never_attributed(impact: Impact) -> None:
    favourable = [a for a in impact.answers if a.grade.finding == "effect"]
    assert favourable
    for answer in favourable:
        if answer.question.design != "difference_in_differences":
            assert "rien ne permet de l'attribuer" in text.conclusion(answer)


def test_an_answer_with_a_wider_interval_says_less(impact: Impact) -> None:
    answer = by_code(impact, "breast_screening")
    wide = replace(answer.checks, lower=-0.2, upper=0.3, p_adjusted=0.6)
    graded = replace(answer, grade=grade(wide), checks=wide)
    assert "non concluant" in text.conclusion(graded)
