"""The analysis plan answered: each question by its design, its family corrected, its evidence graded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from prs_eval.estimation.multiplicity import adjusted_p_values
from prs_eval.impact.contribution import Order, mechanism_in_order
from prs_eval.impact.evidence import Checks, grade
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.catalogue import Catalogue
from prs_eval.programme.impact_ambassadors import answer_paired
from prs_eval.programme.impact_answer import Answer, Found, Outcome, Tables
from prs_eval.programme.impact_contribution import pathway_table, yearly_values
from prs_eval.programme.impact_network import answer_null_model, answer_trend
from prs_eval.programme.impact_outcomes import answer_difference
from prs_eval.programme.impact_plan import (
    AgainstBenchmark,
    BeforeAfter,
    DifferenceInDifferences,
    InterruptedSeries,
    NullModel,
    Part,
    Plan,
    Question,
    Trend,
)
from prs_eval.programme.impact_public import is_withheld, public_answers, public_pathway
from prs_eval.programme.impact_screening import answer_before_after, answer_benchmark
from prs_eval.programme.impact_series import answer_series
from prs_eval.programme.run import Run


@dataclass(frozen=True)
class Impact:
    """The whole plan answered; `pathways` holds the contribution table of each pathway, by code."""

    plan: Plan | None
    answers: tuple[Answer, ...]
    pathways: dict[str, pd.DataFrame]

    def of(self, part: Part) -> tuple[Answer, ...]:
        """The answers on one part of the programme, in the order of the plan."""
        return tuple(answer for answer in self.answers if answer.question.part == part)


def answer_plan(run: Run) -> Impact:
    """All the questions of the city's plan, on the data of the run up to its year; no answer without a plan.

    For a public run, in the form that everybody may see (`impact_public`).
    """
    if run.plan is None:
        return Impact(None, (), {})
    impact = answer_questions(
        run.plan.questions,
        run.tables,
        plan=run.plan,
        year=run.year,
        workbench=run.workbench,
        catalogue=run.catalogue,
    )
    return public_form(run, impact) if run.public else impact


def public_form(run: Run, impact: Impact) -> Impact:
    """Answers and pathways as everybody may see them; what is so already stays as it is."""
    answers = public_answers(impact.answers, run.tables, year=run.year, workbench=run.workbench)
    told = {a.question.code: a.effect for a in answers if not is_withheld(a)}
    return replace(
        impact,
        answers=answers,
        pathways={code: public_pathway(table, told) for code, table in impact.pathways.items()},
    )


def answer_questions(
    questions: Sequence[Question],
    tables: Tables,
    *,
    plan: Plan,
    year: int,
    workbench: Workbench,
    catalogue: Catalogue,
) -> Impact:
    """Questions answered together: those of the plan, or others, which are then marked exploratory.

    Parameters
    ----------
    questions
        Multiplicity is corrected within each family of those given.
    tables
        As read from the store, all quartiers.

    Returns
    -------
    Impact, answers in the order of `questions`.
    """
    found = [(q, _find(q, tables, year=year, workbench=workbench, power=plan.power)) for q in questions]
    pathways: dict[str, pd.DataFrame] = {}
    if found and catalogue.theory_of_change:
        values = yearly_values(tables, catalogue, year=year, workbench=workbench)
        effects = {q.code: f.effect for q, f in found}
        for pathway in catalogue.theory_of_change:
            pathways[pathway.code] = pathway_table(pathway, catalogue, values, effects, year=year, workbench=workbench)
    order: dict[str, Order] = {}
    for pathway in catalogue.theory_of_change:
        outcome = pathway.steps[-1].question
        if outcome is not None and pathway.code in pathways:
            order[outcome] = mechanism_in_order(pathways[pathway.code])
    adjusted = _adjust(found, plan)
    return Impact(
        plan,
        tuple(
            _graded(q, f, p, order.get(q.code), planned=plan.holds(q), retrospective=_late(plan, year))
            for (q, f), p in zip(found, adjusted, strict=True)
        ),
        pathways,
    )


def answer_here(run: Run, part: Part) -> list[tuple[Question, Answer | None]]:
    """The questions on one part that a quartier's own report takes up, on the quartier's own data.

    A comparison of quartiers has no answer within one of them: its Answer is None. What one quartier has too little
    of by nature (a series, a trend by quartier) is left to the city's report. Public as those of `answer_plan`.
    """
    if run.plan is None:
        return []
    out: list[tuple[Question, Answer | None]] = []
    for question in run.plan.questions:
        if question.part != part or isinstance(question, InterruptedSeries | Trend):
            continue
        if isinstance(question, DifferenceInDifferences):
            out.append((question, None))
            continue
        found = _find(question, run.tables, year=run.year, workbench=run.workbench, power=run.plan.power)
        late = _late(run.plan, run.year)
        answer = _graded(question, found, math.nan, None, planned=True, retrospective=late)
        if run.public:
            (answer,) = public_answers([answer], run.tables, year=run.year, workbench=run.workbench)
        out.append((question, answer))
    return out


def _find(question: Question, tables: Tables, *, year: int, workbench: Workbench, power: float) -> Found:
    """What the design of the question finds."""
    if isinstance(question, DifferenceInDifferences):
        return answer_difference(question, tables, year=year, workbench=workbench, power=power)
    if isinstance(question, InterruptedSeries):
        return answer_series(question, tables, year=year, workbench=workbench, power=power)
    if isinstance(question, BeforeAfter):
        return answer_before_after(question, tables, year=year, workbench=workbench, power=power)
    if isinstance(question, AgainstBenchmark):
        return answer_benchmark(question, tables, year=year, workbench=workbench, power=power)
    if isinstance(question, Trend):
        return answer_trend(question, tables, year=year, workbench=workbench, power=power)
    if isinstance(question, NullModel):
        return answer_null_model(question, tables, year=year, workbench=workbench, power=power)
    return answer_paired(question, tables, year=year, workbench=workbench, power=power)


def _late(plan: Plan, year: int) -> bool:
    """Whether the plan was written after the years that it studies."""
    return plan.registered_on.year > year


def _adjust(found: Sequence[tuple[Question, Found]], plan: Plan) -> list[float]:
    """p-values corrected within each family; NaN where a design has none."""
    out = [math.nan] * len(found)
    for family in {q.family for q, _f in found}:
        places = [i for i, (q, _f) in enumerate(found) if q.family == family]
        raw = np.array([found[i][1].effect.p_value for i in places])
        for place, value in zip(places, adjusted_p_values(raw, method=plan.multiplicity), strict=True):
            out[place] = float(value)
    return out


def _graded(
    question: Question, found: Found, p_adjusted: float, mechanism: Order | None, *, planned: bool, retrospective: bool
) -> Answer:
    signals, effect = found.signals, found.effect
    matters = abs(found.matters)
    checks = Checks(
        design=question.design,
        planned=planned,
        estimate=effect.estimate,
        lower=effect.lower,
        upper=effect.upper,
        confidence_level=effect.confidence_level,
        direction=question.direction,
        smallest_effect=matters if matters > 0 else math.nan,
        detectable=found.detectable,
        p_adjusted=p_adjusted,
        pretrend=signals.pre_trend,
        breakdown=signals.breakdown,
        placebo=_bool(signals.placebo),
        start_agrees=None if signals.better_start is None else False,
        shock_suspected=bool(signals.shock),
        shock_agrees=signals.break_agrees,
        one_out_stable=False if signals.odd else signals.leave_one_out,
        same_sign=signals.same_sign,
        estimators_agree=signals.estimators_agree,
        retained=signals.retained,
        regression_to_the_mean=signals.regression_explains,
        mechanism=mechanism or "unknown",
        n=effect.n,
    )
    return Answer(question, planned, retrospective, mechanism is not None, found, p_adjusted, checks, grade(checks))


def _bool(outcome: Outcome) -> bool | None:
    return None if outcome == "not_testable" else outcome == "passed"
