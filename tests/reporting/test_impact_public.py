"""The impact on a public page: effects on outcomes and on the network are told, those on few people are gone."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme import impact as answering
from prs_eval.programme.impact import Impact, answer_here, answer_plan, public_form
from prs_eval.programme.impact_answer import Answer, Signals
from prs_eval.programme.impact_plan import Part, load_plan
from prs_eval.programme.impact_public import NO_PEOPLE, is_told, is_withheld, rounded
from prs_eval.programme.run import Run, open_run
from prs_eval.reporting import format as fmt
from prs_eval.reporting import page
from prs_eval.reporting.figures import impact as figures
from prs_eval.reporting.figures import render
from prs_eval.reporting.text import impact as text
from prs_eval.reporting.text import impact_tables
from prs_eval.reporting.text.impact_words import change
from tests.conftest import ROOT

LILLE = "parameters/lille"
TOLD = {"breast_screening", "ophthalmologist_visit", "structure_visits", "needs_with_action", "cross_sector_ties"}
PARTS: tuple[Part, ...] = ("network", "screening", "ambassadors")
NUMBERS = ["estimate", "lower", "upper", "n"]


def open_at(store: Path, audience: str, quartier: str | None = None) -> Run:
    return open_run(quartier, year=2018, data=str(store), parameters=LILLE, audience=audience)


@pytest.fixture(scope="module")
def run(demo_store: Path) -> Run:
    return open_at(demo_store, "public")


@pytest.fixture(scope="module")
def true(demo_store: Path) -> Impact:
    return answer_plan(open_at(demo_store, "internal"))


@pytest.fixture(scope="module")
def pages(run: Run, true: Impact, demo_store: Path) -> tuple[list[str], list[str]]:
    """The public impact and synthesis, then the same on other people; the designs are answered once."""
    with pytest.MonkeyPatch.context() as patch:
        shown = []
        for impact in (true, other_people(true, public_form(run, true))):
            patch.setattr(answering, "answer_questions", lambda *_args, found=impact, **_options: found)
            shown.append(put("impact", demo_store, patch) + put("synthesis", demo_store, patch, "impact"))
    return shown[0], shown[1]


def traced(figure: Any, *, vector: bool = True) -> str:
    """All that a figure draws and writes, quicker than its picture."""
    axes = figure.get_figure(root=True).axes
    lines = [line.get_xydata().tolist() for ax in axes for line in ax.lines]
    paths = [path.vertices.tolist() for ax in axes for each in ax.collections for path in each.get_paths()]
    return repr((lines, paths, [each.get_text() for ax in axes for each in ax.texts]))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def put(notebook: str, store: Path, monkeypatch: pytest.MonkeyPatch, *cells: str, **parameters: Any) -> list[str]:
    """What the cells of a notebook put on a public page: its HTML and plain text; all cells if none is named."""
    out: list[str] = []
    monkeypatch.setattr(page, "put_on_page", lambda data, **_options: out.extend(map(as_text, data.values())))
    monkeypatch.setattr(page, "_run", None)
    monkeypatch.setattr(render, "data_address", traced)
    names: dict[str, Any] = {}
    for cell in json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and (not cells or cell["id"] in ("parameters", "setup", *cells)):
            exec("".join(cell["source"]), names)
            if cell["id"] == "parameters":
                names.update({"data": str(store), "audience": "public", "year": 2018, **parameters})
    return out


def read(put_there: list[str]) -> str:
    """The words of a page, alternative texts included, pictures left out."""
    return unescape("\n".join(re.sub(r'src="[^"]*"', "", each) for each in put_there))


def of_people(impact: Impact) -> list[Answer]:
    return [answer for answer in impact.answers if answer.question.code not in TOLD]


def moved(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{name: rows[name].astype(float) * 1.37 + 0.01 for name in NUMBERS})


def other_people(impact: Impact, public: Impact) -> Impact:
    """The same plan answered on other people: whatever was computed from them is another number."""
    hidden = {answer.question.code for answer in public.answers if is_withheld(answer)}
    answers = []
    for a in impact.answers:
        if a.question.code in hidden:
            e, f = a.effect, a.found
            effect = replace(e, estimate=2 * e.estimate, lower=2 * e.lower, upper=2 * e.upper, n=e.n + 7)
            found = replace(
                f,
                effect=effect,
                matters=1.5 * f.matters,
                detectable=1.5 * f.detectable,
                years_needed=f.years_needed + 3,
                picture=moved(f.picture),
                robustness=moved(f.robustness),
                levels={name: value + 1 for name, value in f.levels.items()},
                signals=Signals(odd=("Fives",), retained=0.5, leave_one_out=False),
            )
            reasons, notes = ("attrition",), ("mechanism_unknown",)
            grade = replace(a.grade, reasons=reasons, notes=notes)
            a = replace(a, found=found, grade=grade, p_adjusted=0.0123)
        elif a.question.family in ("ambassadors", "network"):  # corrected together with answers that are withheld
            a = replace(a, p_adjusted=0.0321)
        a = replace(a, grade=replace(a.grade, reasons=(*a.grade.reasons, "mechanism_not_in_order")))
        answers.append(a)
    pathways = {}
    for code, table in impact.pathways.items():
        masked = public.pathways[code]["status"] == "primary"
        other = table.copy()
        other.loc[masked, "estimate"] = 0.789
        other.loc[masked, "lower"] = 0.777
        other.loc[masked, "upper"] = 0.888
        other.loc[masked, "moved_in"] = 2016.0
        other.loc[masked, "moved"] = "as_expected"
        pathways[code] = other
    return Impact(impact.plan, tuple(answers), pathways)


def numbers(thing: Any) -> Iterator[float]:
    """Every number that an object holds, at any depth, its question (the plan, which is public) aside."""
    if isinstance(thing, bool | np.bool_ | str) or thing is None:
        return
    if isinstance(thing, int | float | np.number):
        yield float(thing)
    elif isinstance(thing, pd.DataFrame):
        for name in thing.select_dtypes("number"):
            yield from thing[name].dropna().astype(float)
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from numbers(value)
    elif isinstance(thing, tuple | list):
        for value in thing:
            yield from numbers(value)
    elif is_dataclass(thing):
        for field in fields(thing):
            if field.name not in ("question", "confidence_level", "plan"):
                yield from numbers(getattr(thing, field.name))


def particular(thing: Any) -> set[float]:
    """Numbers that two things do not share by chance: not whole, not round."""
    return {v for v in numbers(thing) if math.isfinite(v) and round(v, 3) != v}


def test_the_numbers_of_people_are_gone_from_the_objects(
    run: Run, true: Impact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "answer_questions", lambda *_args, **_options: true)
    public = answer_plan(run)
    assert {a.question.code for a in public.answers if not is_withheld(a)} == TOLD
    hidden = particular(of_people(true))
    for table in true.pathways.values():
        hidden |= particular(table[~table["indicator"].str.split("|").str[0].isin([*NO_PEOPLE, *TOLD])])
    hidden |= {a.p_adjusted for a in true.answers if a.question.code in TOLD and a.question.family != "quartiers"}
    assert len(hidden) > 200
    assert not hidden & particular(public)
    assert not [v for a in of_people(public) for v in numbers(a) if math.isfinite(v) and v != 0]
    assert [a.grade.letter for a in public.answers] == [a.grade.letter for a in true.answers]


def test_the_pages_do_not_depend_on_the_numbers_of_people(pages: tuple[list[str], list[str]]) -> None:
    assert len(pages[0]) > 60
    assert pages[0] == pages[1]  # what is drawn and the alternative texts included


def test_outcomes_and_grades_are_told_and_people_are_not(pages: tuple[list[str], list[str]], true: Impact) -> None:
    told = read(pages[0])
    assert "nan" not in told.lower().split()
    assert "trop peu de personnes pour publier un chiffre" in told
    for answer in true.answers:
        assert str(answer.question.label) in told.replace(fmt.NBSP, " ")
        if answer.question.code not in TOLD:
            assert change(answer.effect) not in told
        elif abs(answer.effect.estimate) < 0.1:  # under ten points: two digits are what is printed
            assert change(answer.effect).split(" [")[0] in told
    letters = re.findall(r"[ABCD] \((?:forte|modérée|limitée|insuffisante)\)", told)
    assert len(letters) >= 2 * len(true.answers)


def test_a_quartiers_page_tells_no_answer_on_its_people(demo_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = (open_at(demo_store, audience, "Fives") for audience in ("internal", "public"))
    for part in PARTS:
        here = answer_here(outside, part)
        told = text.here(here)
        for (question, found), (_question, answer) in zip(answer_here(inside, part), here, strict=True):
            if found is None or answer is None or question.code in TOLD:
                continue
            assert not particular(found) & particular(answer)
            sentence = next(each for each in told if each.startswith(str(question.label)))
            assert sentence.endswith("trop peu de personnes pour publier un chiffre.")
            assert "Ici :" not in sentence
    said = put("screening", demo_store, monkeypatch, "impact", quartier="Fives")
    assert read(said[-1:]).count("trop peu de personnes pour publier un chiffre") == 5


def test_protecting_twice_changes_nothing(run: Run, true: Impact) -> None:
    once = public_form(run, true)
    twice = public_form(run, once)
    for first, second in zip(once.answers, twice.answers, strict=True):
        assert impact_tables.grades_table([first]).equals(impact_tables.grades_table([second]))
        assert is_withheld(first) == is_withheld(second)


def test_that_nothing_could_be_estimated_is_not_told_of_people(run: Run, true: Impact) -> None:
    """It would say how few they are."""
    one = of_people(true)[0]
    silent = [replace(one, grade=replace(one.grade, finding=f)) for f in ("not_estimable", "inconclusive", "no_effect")]
    shown = public_form(run, Impact(true.plan, tuple(silent), {})).answers
    assert len({(text.conclusion(answer), text.reasons(answer)) for answer in shown}) == 1


def test_a_probability_corrected_with_withheld_answers_is_withheld(run: Run, true: Impact) -> None:
    shown = {a.question.code: a for a in public_form(run, true).answers}
    assert math.isnan(shown["structure_visits"].p_adjusted)  # of one family with the ambassadors' scales
    assert shown["breast_screening"].p_adjusted > 0


def test_masked_steps_of_a_pathway_look_alike(run: Run, true: Impact) -> None:
    assert NO_PEOPLE <= NOT_PEOPLE
    shown = public_form(run, true)
    for path in run.catalogue.theory_of_change:
        worded = impact_tables.pathway(shown.pathways[path.code], path, run.catalogue, run.plan).to_numpy()
        masked = shown.pathways[path.code]["status"].eq("primary").to_numpy()
        assert masked.any()
        assert (worded[masked, 2:] == "masqué").all()
        assert not (worded[~masked, 2:] == "masqué").any()
        assert "trop peu" in impact_tables.pathway_sentence(shown.pathways[path.code])


def test_nothing_withheld_is_drawn(run: Run, true: Impact) -> None:
    shown = public_form(run, true).answers
    drawn = [figures.plot_answer(answer) is not None for answer in shown]
    assert drawn == [answer.question.code in TOLD for answer in shown]
    ax = figures.plot_overview(shown, impact_tables.short_names(shown))
    assert sum(t.get_text() == "masqué" for t in ax.texts) == len(shown) - len(TOLD)
    assert len({line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o" and len(line.get_ydata())}) <= 5


@pytest.mark.parametrize(
    ("code", "change", "told"),
    [
        ("breast_screening", {}, True),
        ("breast_screening", {"numerator": 10.0}, False),
        ("breast_screening", {"numerator": 11.0}, True),
        ("breast_screening", {"numerator": 0.0}, False),
        ("breast_screening", {"numerator": np.nan}, False),
        ("breast_screening", {"numerator": 995.0, "denominator": 1000.0}, False),  # five who were not screened
        ("breast_screening", {"numerator": 5.0, "territory": "Elsewhere"}, True),  # not read by the question
        ("breast_screening", {"numerator": 5.0, "year": 2008}, True),
        ("breast_screening", {"numerator": 5.0, "year": 2019}, True),
        ("structure_visits", {"numerator": 2500.0, "denominator": 2000.0}, True),  # visits are no part of the people
        ("structure_visits", {"numerator": 7.0}, False),
    ],
)
def test_outcomes_are_told_where_no_count_is_small(
    code: str, change: dict[str, Any], told: bool, workbench: Workbench
) -> None:
    plan = load_plan(ROOT / LILLE, workbench)
    assert plan is not None
    month = np.nan if code == "breast_screening" else 3.0
    row = {"indicator": code, "territory": "Fives", "year": 2016, "month": month, "numerator": 400, "denominator": 1000}
    rows = pd.DataFrame([row, {**row, "territory": "Wazemmes", **change}])
    assert is_told(plan.question(code), {"outcomes": rows}, year=2018, workbench=workbench) is told


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        (0.034217, "difference", 0.034),
        (-12.47, "days", -12.0),
        (math.log(1.0873), "log_rate_ratio", math.log(1.087)),
        (math.log(0.8442), "log_odds_ratio", math.log(0.84)),
        (math.nan, "difference", math.nan),
    ],
)
def test_a_public_effect_has_two_digits_in_the_unit_that_is_read(value: float, unit: str, wanted: float) -> None:
    assert rounded(value, unit) == pytest.approx(wanted, nan_ok=True)
