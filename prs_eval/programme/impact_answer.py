"""What a question of the analysis plan gets for an answer, whatever its design."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.impact.effect import Effect
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
    pre_trend_p: float = math.nan
    breakdown: float = math.nan
    placebo: Outcome = "not_testable"
    same_sign: float = math.nan
    estimators_agree: bool | None = None
    break_agrees: bool | None = None
    leave_one_out: bool | None = None
    odd: tuple[str, ...] = ()
    better_start: int | None = None
    shock: tuple[int, ...] = ()
    dose: Outcome = "not_testable"
    retained: float = math.nan
    regression_explains: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one design found; scales are additive (logarithms for ratios), signs as measured.

    picture: the one output shape with groups `series` and `period`: what the figure draws. robustness: the one
    output shape with group `analysis`: the same question otherwise. levels: numbers that the sentences tell.
    `detectable` is positive; `matters` bears the sign of a good change.
    """

    effect: Effect
    matters: float
    detectable: float
    detectable_method: str
    years_needed: float
    picture: pd.DataFrame
    robustness: pd.DataFrame
    levels: Mapping[str, float] = field(default_factory=dict)
    signals: Signals = field(default_factory=Signals)
    notes: tuple[str, ...] = ()


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

    @property
    def ratio(self) -> bool:
        """Whether the effect is a logarithm, to be told as a ratio."""
        return self.effect.unit in {"log_rate_ratio", "log_odds_ratio"}


def nothing_found(question: Question, unit: str, *, year: int, level: float) -> Found:
    """What a question gets where its data are not there, or not on both sides of the change."""
    effect = Effect(
        estimate=math.nan,
        lower=math.nan,
        upper=math.nan,
        confidence_level=level,
        unit=unit,
        method="none",
        n=0.0,
        status="too_few",
    )
    return Found(
        effect=effect,
        matters=math.nan,
        detectable=math.nan,
        detectable_method="none",
        years_needed=math.nan,
        picture=picture_table(question, [], year=year),
        robustness=robustness_table(question, {}, year=year),
        notes=("no_data",),
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
    odds = ratio * share / (1 - share)
    return odds / (1 + odds) - share
