"""What a question of the analysis plan gets for an answer, whatever its design."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.impact.effect import Effect, too_few
from prs_eval.impact.evidence import Checks, Grade
from prs_eval.programme.impact_plan import Question

Tables = Mapping[str, pd.DataFrame]
Row = dict[str, Any]
Outcome = Literal["passed", "failed", "not_testable"]


@dataclass(frozen=True, slots=True)
class Signals:
    """What the checks of one question showed, before they are graded.

    `odd`: quartiers whose removal changes the answer; `better_start`: a year that fits better than the declared
    one; `shock`: years in which the treated alone moved.
    """

    pre_trend: Outcome = "not_testable"
    breakdown: float = math.nan
    placebo: Outcome = "not_testable"
    same_sign: float = math.nan
    estimators_agree: bool | None = None
    break_agrees: bool | None = None
    leave_one_out: bool | None = None
    odd: tuple[str, ...] = ()
    better_start: int | None = None
    shock: tuple[int, ...] = ()
    retained: float = math.nan
    regression_explains: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one design found; scales are additive (logarithms for ratios), signs as measured.

    picture: the one output shape with groups `series` and `period`: what the figure draws. robustness: the one
    output shape with group `analysis`: the same question otherwise. levels: numbers that the sentences tell.
    `detectable` is positive; `matters` bears the sign of a good change. left_out: quartiers without all the years.
    """

    effect: Effect
    matters: float
    detectable: float
    years_needed: float
    picture: pd.DataFrame
    robustness: pd.DataFrame
    levels: Mapping[str, float] = field(default_factory=dict)
    signals: Signals = field(default_factory=Signals)
    left_out: tuple[str, ...] = ()
    no_data: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, what was found, how its family corrects it, and how strong the evidence is.

    `on_pathway`: whether the theory of change leads to it, so that its steps say something of it.
    """

    question: Question
    planned: bool
    retrospective: bool
    on_pathway: bool
    found: Found
    p_adjusted: float
    checks: Checks
    grade: Grade

    @property
    def effect(self) -> Effect:
        """The main analysis."""
        return self.found.effect


def nothing_found(question: Question, unit: str, *, year: int, level: float) -> Found:
    """What a question gets where its data are not there, or not on both sides of the change."""
    effect = too_few(unit=unit, method="none", n=0, confidence_level=level)
    return Found(
        effect=effect,
        matters=math.nan,
        detectable=math.nan,
        years_needed=math.nan,
        picture=picture_table(question, [], year=year),
        robustness=robustness_table(question, {}, year=year),
        no_data=True,
    )


def robustness_table(question: Question, effects: Mapping[str, Effect], *, year: int) -> pd.DataFrame:
    """Other analyses of a question in the one output shape, group `analysis`."""
    return estimates(
        [effect_row(effect, question, year) | {"analysis": name} for name, effect in effects.items()],
        groups=["analysis"],
    )


def effect_row(effect: Effect, question: Question, year: int) -> Row:
    """An effect as a row of the one output shape."""
    names = ("estimate", "lower", "upper", "confidence_level", "unit", "method", "n", "status")
    row: Row = {name: getattr(effect, name) for name in names}
    return row | {"indicator": question.code, "quartier": ALL, "year": year}


def picture_table(question: Question, rows: list[Row], *, year: int) -> pd.DataFrame:
    """What a figure draws, in the one output shape with groups `series` and `period`."""
    head: Row = {"indicator": question.code, "quartier": ALL, "year": year}
    return estimates([head | row for row in rows], groups=["series", "period"])


def signed(question: Question, size: float) -> float:
    """`size` with the sign of a good change."""
    return size if question.direction == "higher" else -size


def odds_ratio_as_difference(ratio: float, share: float) -> float:
    """The difference of shares that an odds ratio makes of `share` (a fraction)."""
    return share * ratio / (1 - share + share * ratio) - share


def same_sign(effect: Effect, others: Mapping[str, Effect]) -> float:
    """Share of the other analyses that have the sign of the main one; NaN where none could be made."""
    known = [other for other in others.values() if not math.isnan(other.estimate)]
    if not known or math.isnan(effect.estimate):
        return math.nan
    return sum(not turned(effect, other) for other in known) / len(known)


def turned(effect: Effect, other: Effect) -> bool:
    """Whether another analysis has the other sign."""
    return not math.isnan(other.estimate) and (other.estimate > 0) != (effect.estimate > 0)


def agrees(effect: Effect, other: Effect | None) -> bool | None:
    """Whether another analysis has the same sign, or an estimate that the main one's limits hold; None if not made."""
    if other is None or math.isnan(other.estimate) or math.isnan(effect.estimate):
        return None
    return not turned(effect, other) or effect.lower <= other.estimate <= effect.upper


def stable(effect: Effect, alone: Mapping[str, Effect]) -> bool | None:
    """Whether the sign holds whatever is left out; None where nothing could be."""
    share = same_sign(effect, alone)
    return None if math.isnan(share) else share == 1
