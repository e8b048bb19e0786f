"""How strong the evidence on one question is: checks in, a grade by declared rules out, each reason by its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from types import MappingProxyType
from typing import Literal

Letter = Literal["A", "B", "C", "D"]  # strong, moderate, limited, insufficient
Finding = Literal["effect", "opposite", "no_effect", "no_effect_detected", "inconclusive", "not_estimable"]
Design = Literal[
    "randomised",
    "difference_in_differences",
    "synthetic_control",
    "interrupted_series",
    "before_after",
    "paired",
    "benchmark",
    "null_model",
    "trend",
]
LETTERS: tuple[Letter, ...] = ("A", "B", "C", "D")
COMPARED: tuple[Design, ...] = ("difference_in_differences", "synthetic_control")
SAME_PEOPLE: tuple[Design, ...] = ("before_after", "paired")
SAME_SIGN = 0.9  # share of the specifications that must have the sign of the main one
BREAKDOWN = 1.0  # departures after the start as large as the largest before it
RETAINED = 0.8  # Schulz & Grimes (2002), Lancet 359:781-785: a loss of over a fifth threatens validity


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was found for one question. None and NaN: not looked at, or it does not apply.

    Parameters
    ----------
    design
        What the estimate rests on; "paired" and "before_after" have no comparison.
    planned
        Whether the analysis was in the plan before the data were seen.
    estimate, lower, upper
        On a scale where 0 is no effect (differences, logarithms of ratios), before the family is adjusted for.
    confidence_level
        That of `lower` and `upper`.
    direction
        Which way an effect was expected.
    smallest_effect
        The smallest effect that matters, on the same scale, positive.
    detectable
        The smallest effect the design could see (80 % power), on the same scale, positive.
    p_adjusted
        Two-sided p-value adjusted for the family of questions.
    comparison
        For an interrupted series: whether a series without the programme stands beside it.
    pretrend
        Whether both sides moved alike before the start.
    breakdown
        Largest relative magnitude of departures at which the interval still excludes 0 (`breakdown_magnitude`).
    placebo
        Whether places, or a date, where nothing happened show nothing.
    start_agrees
        Whether the outcome moves where the declared start is.
    shock_suspected
        Whether a shock fell on the treated alone.
    shock_agrees
        Whether the answers with a common shock modelled and left out agree.
    one_out_stable
        Whether the sign stays without any one unit.
    same_sign
        Share of the alternative specifications with the sign of the main one.
    estimators_agree
        Whether other estimators of the same effect agree.
    retained
        Share of people seen first who were seen again.
    regression_to_the_mean
        Whether the change of people chosen for a high or low value is no larger than regression to the mean gives.
    mechanism
        Whether the steps before the outcome moved in the expected order (`contribution.mechanism_in_order`).
    n
        People, or units and periods; for the sentence, no rule reads it.

    Raises
    ------
    ValueError
        Limits not around the estimate, a negative effect that matters or detectable effect, a share or p-value
        outside 0 to 1, an unknown name.
    """

    design: Design
    planned: bool
    estimate: float
    lower: float
    upper: float
    confidence_level: float = 0.95
    direction: Literal["higher", "lower", "either"] = "either"
    smallest_effect: float = nan
    detectable: float = nan
    p_adjusted: float = nan
    comparison: bool = False
    pretrend: Literal["passed", "failed", "not_testable"] = "not_testable"
    breakdown: float = nan
    placebo: bool | None = None
    start_agrees: bool | None = None
    shock_suspected: bool = False
    shock_agrees: bool | None = None
    one_out_stable: bool | None = None
    same_sign: float = nan
    estimators_agree: bool | None = None
    retained: float = nan
    regression_to_the_mean: bool | None = None
    mechanism: Literal["in_order", "not_in_order", "unknown"] = "unknown"
    n: float = nan

    def __post_init__(self) -> None:
        if self.design not in CEILINGS:
            raise ValueError(f"`design` must be one of {', '.join(CEILINGS)}, not {self.design}.")
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"`{name}` must be one of {', '.join(allowed)}, not {getattr(self, name)}.")
        if self.lower > self.estimate or self.estimate > self.upper:
            raise ValueError("`lower` must not exceed `estimate`, nor `estimate` exceed `upper`.")
        if self.smallest_effect <= 0:
            raise ValueError("`smallest_effect` must be positive: it is a size, `direction` says which way.")
        if self.detectable < 0 or self.breakdown < 0:
            raise ValueError("`detectable` and `breakdown` must not be negative.")
        for name in ("p_adjusted", "same_sign", "retained"):
            if getattr(self, name) < 0 or getattr(self, name) > 1:
                raise ValueError(f"`{name}` must lie between 0 and 1.")


_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "direction": ("higher", "lower", "either"),
    "pretrend": ("passed", "failed", "not_testable"),
    "mechanism": ("in_order", "not_in_order", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where `when` holds, the grade falls by `lowers` letters and is `cap` at best.

    A rule of 0 letters and no cap is a note: it is told, but costs nothing. `reads` names the checks it looks at;
    `designs` those it applies to (none named: all).
    """

    code: str
    when: Callable[[Checks], bool]
    reads: tuple[str, ...]
    lowers: int = 1
    cap: Letter | None = None
    designs: tuple[Design, ...] = ()

    def holds(self, checks: Checks) -> bool:
        """Whether the rule applies to these checks."""
        return (not self.designs or checks.design in self.designs) and self.when(checks)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The best grade a design can have, and the code of why it is not better ("" for A)."""

    letter: Letter
    code: str


@dataclass(frozen=True, slots=True)
class Grade:
    """Strength of the evidence for `finding`: A strong, B moderate, C limited, D insufficient.

    `reasons`: codes of what held it under A, the design first, then in the order of the rules; `notes`: codes of
    what must be told but costs nothing; `ceiling`: the best letter of the design.
    """

    letter: Letter
    finding: Finding
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    ceiling: Letter


# A never without randomisation: no check of what was observed rules out what was not.
CEILINGS: Mapping[str, Ceiling] = MappingProxyType(
    {
        "randomised": Ceiling("A", ""),
        "difference_in_differences": Ceiling("B", "not_randomised"),
        "synthetic_control": Ceiling("B", "not_randomised"),
        "interrupted_series": Ceiling("C", "no_comparison"),  # B where a comparison stands beside it
        "before_after": Ceiling("C", "no_comparison"),
        "paired": Ceiling("C", "no_comparison"),
        "benchmark": Ceiling("C", "description"),
        "null_model": Ceiling("C", "description"),
        "trend": Ceiling("D", "description"),
    }
)


def finding(checks: Checks) -> Finding:
    """What the interval says, the family of questions adjusted for.

    Parameters
    ----------
    checks
        What was found for one question.

    Returns
    -------
    "effect" or "opposite": the interval excludes 0, with or against `direction`, and `p_adjusted` (if there is one)
    is at most 1 - `confidence_level`. "no_effect": the whole interval lies inside ± `smallest_effect`.
    "inconclusive": it holds both a gain and a loss that matter. "no_effect_detected": otherwise.
    "not_estimable": no estimate or no limits.

    Notes
    -----
    An interval that excludes 0 inside ± `smallest_effect` is an "effect" with the note "too_small_to_matter".
    Equivalence is judged on the limits given (95 %), stricter than the two one-sided tests at 5 % (90 % limits).
    Sources: Altman & Bland (1995), BMJ 311:485; Schuirmann (1987), J Pharmacokinet Biopharm 15:657-680.
    """
    if not all(map(isfinite, (checks.estimate, checks.lower, checks.upper))):
        return "not_estimable"
    if _excludes_0(checks) and not _lost_by_adjustment(checks):
        wanted = {"higher": checks.lower > 0, "lower": checks.upper < 0, "either": True}[checks.direction]
        return "effect" if wanted else "opposite"
    if _inside(checks):
        return "no_effect"
    wide = checks.lower <= -checks.smallest_effect and checks.upper >= checks.smallest_effect
    return "inconclusive" if wide else "no_effect_detected"


def grade(checks: Checks, rules: Sequence[Rule] | None = None) -> Grade:
    """Strength of the evidence on one question.

    Parameters
    ----------
    checks
        What was found.
    rules
        The rules; `RULES` by default.

    Returns
    -------
    Grade. It starts from the ceiling of the design, falls by the letters of every rule that holds, then to the
    lowest cap of those, and never under D. Making any check worse, or the interval wider, never raises it.

    Notes
    -----
    A grade is of the evidence, not of the programme: a true effect may have a D. The domains follow GRADE (risk of
    bias, inconsistency, imprecision) and the mechanism contribution analysis; letters and thresholds are ours.
    Sources: Guyatt et al. (2008), BMJ 336:924-926; Mayne (2012), Evaluation 18:270-280.
    """
    top = CEILINGS[checks.design]
    if checks.design == "interrupted_series" and checks.comparison:
        top = Ceiling("B", "not_randomised")
    held = [rule for rule in (RULES if rules is None else rules) if rule.holds(checks)]
    low = LETTERS.index(top.letter) + sum(rule.lowers for rule in held)
    low = max([low, *(LETTERS.index(rule.cap) for rule in held if rule.cap is not None)])
    costly = tuple(rule.code for rule in held if rule.lowers or rule.cap is not None)
    notes = tuple(rule.code for rule in held if rule.code not in costly)
    reasons = ((top.code,) if top.code else ()) + costly
    return Grade(LETTERS[min(low, len(LETTERS) - 1)], finding(checks), reasons, notes, top.letter)


def _excludes_0(checks: Checks) -> bool:
    return checks.lower > 0 or checks.upper < 0


def _lost_by_adjustment(checks: Checks) -> bool:
    return _excludes_0(checks) and checks.p_adjusted > 1 - checks.confidence_level + 1e-12


def _inside(checks: Checks) -> bool:
    return checks.lower > -checks.smallest_effect and checks.upper < checks.smallest_effect


def _found(*names: Finding) -> Callable[[Checks], bool]:
    return lambda checks: finding(checks) in names


def _signs_matter(checks: Checks) -> bool:
    # Inside ± the smallest effect that matters the sign may change at will: nothing rests on it.
    return not _inside(checks)


RULES: tuple[Rule, ...] = (
    Rule("not_estimable", _found("not_estimable"), ("estimate", "lower", "upper"), 0, "D"),
    Rule("exploratory", lambda c: not c.planned, ("planned",)),
    Rule("underpowered", lambda c: c.detectable > c.smallest_effect, ("detectable", "smallest_effect"), 1, "C"),
    Rule(
        "power_unknown",
        lambda c: not (isfinite(c.detectable) and isfinite(c.smallest_effect)),
        ("detectable", "smallest_effect"),
    ),
    Rule("imprecise", _found("no_effect_detected", "inconclusive"), ("lower", "upper", "smallest_effect")),
    Rule("pretrend_failed", lambda c: c.pretrend == "failed", ("pretrend",), 1, "C", COMPARED),
    Rule("pretrend_not_testable", lambda c: c.pretrend == "not_testable", ("pretrend",), designs=COMPARED),
    Rule("pretrend_fragile", lambda c: c.breakdown < BREAKDOWN, ("breakdown",), designs=COMPARED),
    Rule("placebo_failed", lambda c: c.placebo is False, ("placebo",)),
    Rule("start_doubtful", lambda c: c.start_agrees is False, ("start_agrees",)),
    Rule("shock_on_treated", lambda c: c.shock_suspected, ("shock_suspected",), 1, "C"),
    Rule("shock_matters", lambda c: c.shock_agrees is False, ("shock_agrees",)),
    Rule("one_unit_drives", lambda c: c.one_out_stable is False and _signs_matter(c), ("one_out_stable",)),
    Rule("specifications_disagree", lambda c: c.same_sign < SAME_SIGN and _signs_matter(c), ("same_sign",)),
    Rule("estimators_disagree", lambda c: c.estimators_agree is False, ("estimators_agree",)),
    Rule("attrition", lambda c: c.retained < RETAINED, ("retained",)),
    Rule(
        "regression_to_the_mean",
        lambda c: c.regression_to_the_mean is True,
        ("regression_to_the_mean",),
        designs=SAME_PEOPLE,
    ),
    Rule("mechanism_not_in_order", lambda c: c.mechanism == "not_in_order", ("mechanism",)),
    Rule("mechanism_unknown", lambda c: c.mechanism == "unknown", ("mechanism",), 0),
    Rule("not_after_adjustment", _lost_by_adjustment, ("p_adjusted",), 0),
    Rule("too_small_to_matter", lambda c: finding(c) == "effect" and _inside(c), ("smallest_effect",), 0),
)
