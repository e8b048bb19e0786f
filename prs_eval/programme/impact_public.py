"""The public form of the answers, made here and nowhere else, before they leave the programme.

The rule of a public page:

1. Effects on the outcomes of the quartiers (table `outcomes`: administrative counts by quartier and period) are told,
   rounded to two significant digits in the unit shown (estimate, limits, detectable effect, effect that matters, other
   analyses), and their pictures drawn, provided that no count they read, numerator, denominator or complement of any
   territory and period, is under the disclosure threshold. Otherwise they are withheld.
2. Effects read from structures, meetings or needs count no people: they are told as they are.
3. Every other effect is read from the programme's own people (screened, referred, ambassadors, people they met), a few
   dozen: estimate, limits, detectable effect, checks, picture, why the grade is not higher, all are withheld. The
   question, its design, what the plan says would matter, the grade and whether an effect was detected are told: a
   verdict is no count. That nothing could be estimated is not told apart from nothing detected: it would say how few
   people there are. A design that is added later falls here until it is said to count no people.
4. A step of the theory of change is told where it counts no people, or is an effect that is told; else its change, its
   first year and its reading are withheld, and so is whether the steps moved in order, wherever it is told.
5. A probability corrected for a family of questions of which one is withheld would tell that one's: it is withheld.

Withheld numbers are gone from the objects, not merely unprinted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from prs_eval.impact.effect import Effect, too_few
from prs_eval.impact.evidence import Checks, Finding
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.impact_answer import Answer, Found, Signals, Tables
from prs_eval.programme.impact_plan import (
    DifferenceInDifferences,
    InterruptedSeries,
    NullModel,
    Question,
    Trend,
    treated_quartiers,
)

DIGITS = 2  # significant digits of a public effect
# Indicators of the theory of change that count no people; any other is withheld.
NO_PEOPLE = frozenset({"network_meetings", "network_needs_with_action", "screening_sessions"})
_LIMITS = ("estimate", "lower", "upper")
_MECHANISM = ("mechanism_not_in_order", "mechanism_unknown")


def is_withheld(answer: Answer) -> bool:
    """Whether the numbers of an answer are not for this audience."""
    return answer.effect.status == "primary"


def public_answers(answers: Iterable[Answer], tables: Tables, *, year: int, workbench: Workbench) -> tuple[Answer, ...]:
    """The answers as everybody may see them, in their order (see the rule above)."""
    all_of_them = tuple(answers)
    told = {
        a.question.code: not is_withheld(a) and is_told(a.question, tables, year=year, workbench=workbench)
        for a in all_of_them
    }
    mixed = {a.question.family for a in all_of_them if not told[a.question.code]}
    return tuple(
        _told(a, corrected=a.question.family not in mixed) if told[a.question.code] else _withheld(a)
        for a in all_of_them
    )


def is_told(question: Question, tables: Tables, *, year: int, workbench: Workbench) -> bool:
    """Whether the numbers of a question's answer may be public."""
    if isinstance(question, DifferenceInDifferences | InterruptedSeries):
        return _large_enough(question, tables, year=year, workbench=workbench)
    return isinstance(question, NullModel) or (isinstance(question, Trend) and question.outcome == "needs_with_action")


def public_pathway(table: pd.DataFrame, effects: Mapping[str, Effect]) -> pd.DataFrame:
    """A contribution table as everybody may see it.

    effects: those that are told, by the code of their question, as they are told.
    """
    out = table.copy()
    for place, name in zip(out.index, out["indicator"].astype(str), strict=True):
        if name in effects:
            out.loc[place, list(_LIMITS)] = [getattr(effects[name], each) for each in _LIMITS]
        elif name.split("|")[0] not in NO_PEOPLE:
            out.loc[place, ["numerator", "denominator", *_LIMITS, "n", "moved_in"]] = np.nan
            out.loc[place, "moved"] = "unknown"
            out.loc[place, "status"] = "primary"
    return out


def _large_enough(
    question: DifferenceInDifferences | InterruptedSeries, tables: Tables, *, year: int, workbench: Workbench
) -> bool:
    """Whether each count that the answer can read, in each territory and period, reaches the threshold."""
    names = [*treated_quartiers(question, workbench)]
    if isinstance(question, DifferenceInDifferences):
        names += [name for group in (question.comparison, *question.other_comparisons) for name in group]
    rows = tables["outcomes"]
    rows = rows[
        (rows["indicator"] == question.outcome)
        & rows["territory"].isin([workbench.quartier(name).name for name in names])
        & rows["year"].between(question.first_year, year)
        & (rows["month"].isna() == isinstance(question, DifferenceInDifferences))
    ]
    counts = rows[["numerator", "denominator"]].astype(float)
    # Those of a rate are no part of the people whom it is brought to; an indicator that is not declared is a share.
    if not any(i.code == question.outcome and i.measure == "rate" for i in workbench.outcome_indicators):
        counts = counts.assign(rest=counts["denominator"] - counts["numerator"])
    return bool((counts >= workbench.disclosure_threshold).all(axis=None))


def _told(answer: Answer, *, corrected: bool) -> Answer:
    """An answer whose numbers are public: effects on outcomes rounded, nothing that depends on withheld answers."""
    found = answer.found
    if isinstance(answer.question, DifferenceInDifferences | InterruptedSeries):
        effect, unit = found.effect, found.effect.unit
        robust = found.robustness.copy()
        for name in _LIMITS:
            robust[name] = [rounded(v, str(u)) for v, u in zip(robust[name], robust["unit"], strict=True)]
        found = replace(
            found,
            effect=replace(
                effect,
                estimate=rounded(effect.estimate, unit),
                lower=rounded(effect.lower, unit),
                upper=rounded(effect.upper, unit),
            ),
            matters=rounded(found.matters, unit),
            detectable=rounded(found.detectable, unit),
            robustness=robust,
        )
    grade = replace(answer.grade, reasons=_without(answer.grade.reasons), notes=_without(answer.grade.notes))
    p = answer.p_adjusted if corrected else math.nan
    return replace(answer, found=found, p_adjusted=p, checks=_blank_checks(answer), grade=grade)


def _without(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code not in _MECHANISM)


def rounded(value: float, unit: str) -> float:
    """A size to two significant digits of the unit in which it is told: a ratio is told as a change in per cent."""
    if not math.isfinite(value):
        return value
    if unit in ("log_rate_ratio", "log_odds_ratio"):
        change = float(f"{math.expm1(value):.{DIGITS}g}")
        return math.log1p(change) if change > -1 else value
    return float(f"{value:.{DIGITS}g}")


def _withheld(answer: Answer) -> Answer:
    """An answer of which only the question, its design, the letter and the verdict are left."""
    if answer.found.no_data:
        return answer
    grade = answer.grade
    known: Finding = grade.finding if grade.finding in ("effect", "opposite") else "no_effect_detected"
    return replace(
        answer,
        found=_nothing(answer),
        p_adjusted=math.nan,
        checks=_blank_checks(answer),
        grade=replace(grade, finding=known, reasons=(), notes=()),
    )


def _nothing(answer: Answer) -> Found:
    effect, found = answer.effect, answer.found
    blank = too_few(unit=effect.unit, method="none", n=math.nan, confidence_level=effect.confidence_level)
    return Found(
        effect=replace(blank, status="primary"),
        matters=math.nan,
        detectable=math.nan,
        years_needed=math.nan,
        picture=found.picture.iloc[:0],
        robustness=found.robustness.iloc[:0],
        levels={},
        signals=Signals(),
    )


def _blank_checks(answer: Answer) -> Checks:
    """What the grade was made of is not told: it holds the true numbers."""
    nan = math.nan
    return Checks(design=answer.checks.design, planned=answer.planned, estimate=nan, lower=nan, upper=nan)
