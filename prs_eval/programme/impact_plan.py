"""The analysis plan: what will be compared, how, and what would matter, written down before looking."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from prs_eval.errors import UsageError
from prs_eval.i18n import _
from prs_eval.inputs.codes import SCALES
from prs_eval.inputs.parameters import Code, Label, Workbench, _Model, nearest, project_root, read_yaml
from prs_eval.programme.context import EFFECTS

PLAN = "analysis_plan.yml"
PROGRAMME = "programme"  # stands for the quartiers where the programme runs

Part = Literal["network", "screening", "ambassadors"]
Scale = Literal["difference", "odds_ratio", "rate_ratio", "ratio_per_year", "d_z", "points", "days"]


class Benchmark(_Model):
    """A row of `data/published/effects.csv`, by the two columns that name it."""

    intervention: str
    outcome: str


class Matters(_Model):
    """The smallest effect that would matter, on its scale; `why` says where it comes from.

    difference: fractions (0.026 is 2.6 points); odds_ratio, rate_ratio, ratio_per_year: above 1, the direction of
    the question turns it; d_z: standard deviations of the change; points of the scale; days.
    """

    estimate: float = Field(gt=0)
    scale: Scale
    benchmark: Benchmark | None = None
    why: Label


class _Question(_Model):
    """What every question declares; `direction` is that of a good change."""

    code: Code
    label: Label
    part: Part
    population: Label
    direction: Literal["higher", "lower"]
    role: Literal["primary", "secondary"]
    family: Code
    matters: Matters


class DifferenceInDifferences(_Question):
    """Quartiers with the programme against others, before and after it started; yearly outcomes."""

    design: Literal["difference_in_differences"]
    outcome: Code
    treated: tuple[str, ...] | Literal["programme"] = "programme"
    comparison: tuple[str, ...] = Field(min_length=2)
    other_comparisons: tuple[tuple[str, ...], ...] = ()
    start: int
    first_year: int

    @model_validator(mode="after")
    def _years(self) -> DifferenceInDifferences:
        if self.start <= self.first_year:
            raise ValueError(_("`start` doit venir après `first_year` : il faut au moins une année avant"))
        return self


class InterruptedSeries(_Question):
    """A monthly outcome of the quartiers with the programme, before and after a date."""

    design: Literal["interrupted_series"]
    outcome: Code
    treated: tuple[str, ...] | Literal["programme"] = "programme"
    start: dt.date
    first_year: int


class BeforeAfter(_Question):
    """People of the screenings before and after a change of process, and by dose where it is recorded."""

    design: Literal["before_after"]
    outcome: Literal["honoured", "wait"]
    kind: Literal["optical", "dental"] = "optical"
    change_on: dt.date
    change: Label
    dose: Literal["reminder"] | None = None
    horizon_days: int = Field(default=182, gt=0)


class AgainstBenchmark(_Question):
    """A share of the screenings, three years together, against what was published elsewhere."""

    design: Literal["benchmark"]
    outcome: Literal["need", "honoured", "equipped"]
    out_of: Literal["screened", "referred", "need"]
    kind: Literal["optical", "dental"] = "optical"
    published: tuple[Benchmark, ...] = ()
    value: float | None = Field(default=None, gt=0, lt=1)
    source: Label | None = None

    @model_validator(mode="after")
    def _one(self) -> AgainstBenchmark:
        if bool(self.published) == (self.value is not None) or (self.value is not None and self.source is None):
            raise ValueError(_("donner `published`, ou bien `value` et `source`"))
        return self


class Trend(_Question):
    """A yearly number or share since the programme started: a description, with nothing to compare it with."""

    design: Literal["trend"]
    outcome: Literal["referrals", "needs_with_action", "new_contacts"]
    start: int


class NullModel(_Question):
    """Ties between sectors of the network against networks in which chance gave out the sectors."""

    design: Literal["null_model"]
    outcome: Literal["cross_sector_ties"]
    at_least: int = Field(default=2, ge=1)


class Paired(_Question):
    """Ambassadors before and after, with regression to the mean taken out and the dose they had."""

    design: Literal["paired"]
    outcome: Code
    population_mean: float
    population_source: Label

    @model_validator(mode="after")
    def _scale(self) -> Paired:
        if self.outcome not in SCALES:
            raise ValueError(_("échelle inconnue (possibles : {allowed})").format(allowed=", ".join(SCALES)))
        return self


Question = DifferenceInDifferences | InterruptedSeries | BeforeAfter | AgainstBenchmark | Trend | NullModel | Paired


class _File(_Model):
    """`analysis_plan.yml`."""

    registered_on: dt.date
    power: float = Field(default=0.8, gt=0.5, lt=1)
    multiplicity: Literal["holm", "bonferroni"] = "holm"
    questions: tuple[Annotated[Question, Field(discriminator="design")], ...]

    @model_validator(mode="after")
    def _unique(self) -> _File:
        codes = [q.code for q in self.questions]
        if twice := sorted({c for c in codes if codes.count(c) > 1}):
            raise ValueError(_("code en double : {codes}").format(codes=", ".join(twice)))
        return self


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and its fingerprint: whoever holds an earlier page can tell whether the plan was changed since."""

    registered_on: dt.date
    sha256: str
    power: float
    multiplicity: Literal["holm", "bonferroni"]
    questions: tuple[Question, ...]

    @property
    def fingerprint(self) -> str:
        """The first twelve characters of the hash, to print."""
        return self.sha256[:12]

    def question(self, code: str) -> Question:
        """The question of that code; UsageError names the nearest."""
        for question in self.questions:
            if question.code == code:
                return question
        message = _("Question absente du plan d'analyse : « {found} ».").format(found=code)
        known = [q.code for q in self.questions]
        if near := nearest(code, known):
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
        raise UsageError(message + " " + _("Questions possibles : {names}.").format(names=", ".join(known)))

    def holds(self, question: Question) -> bool:
        """Whether this very question, to the letter, is in the plan: otherwise it is exploratory."""
        return question in self.questions


def load_plan(parameters: Path, workbench: Workbench) -> Plan | None:
    """`analysis_plan.yml` of a city's folder; None where the city has written none.

    Raises
    ------
    UsageError
        For an unknown key, a quartier, outcome or published effect that does not exist, with what is allowed.
    """
    path = parameters / PLAN
    if not path.is_file():
        return None
    file = read_yaml(path, _File)
    digest = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    for question in file.questions:
        _check(question, workbench)
    return Plan(file.registered_on, digest, file.power, file.multiplicity, file.questions)


def treated_quartiers(question: DifferenceInDifferences | InterruptedSeries, workbench: Workbench) -> tuple[str, ...]:
    """Names of the quartiers that the question takes as having had the programme."""
    return workbench.programme_quartiers if isinstance(question.treated, str) else question.treated


def published_effect(benchmark: Benchmark, root: Path | None = None) -> pd.Series:
    """The row of the published effects that a question is measured against; UsageError where there is none."""
    effects = pd.read_csv((root or project_root()) / EFFECTS)
    chosen = effects[(effects["intervention"] == benchmark.intervention) & (effects["outcome"] == benchmark.outcome)]
    if len(chosen) != 1:
        raise UsageError(
            _("{plan} : effet publié introuvable ou ambigu : « {intervention} », « {outcome} ».").format(
                plan=PLAN, intervention=benchmark.intervention, outcome=benchmark.outcome
            )
        )
    return chosen.iloc[0]


def _scales(question: Question) -> tuple[Scale, ...]:
    """The scales on which a question's design can say what would matter."""
    if isinstance(question, InterruptedSeries):
        return ("rate_ratio",)
    if isinstance(question, Paired):
        return ("d_z", "points")
    if isinstance(question, Trend):
        return ("ratio_per_year",) if question.outcome == "referrals" else ("difference",)
    if isinstance(question, BeforeAfter) and question.outcome == "wait":
        return ("days",)
    if isinstance(question, DifferenceInDifferences | BeforeAfter):
        return ("difference", "odds_ratio")
    return ("difference",)


def _check(question: Question, workbench: Workbench) -> None:
    allowed, matters = _scales(question), question.matters
    if matters.scale not in allowed or (matters.estimate <= 1 and "ratio" in matters.scale):
        message = _(
            "{plan} : {code} : un effet qui compte de {found} ({scale}) ne va pas avec cette question (possibles : "
            "{allowed} ; un rapport est plus grand que 1)."
        )
        raise UsageError(
            message.format(
                plan=PLAN, code=question.code, found=matters.estimate, scale=matters.scale, allowed=", ".join(allowed)
            )
        )
    if isinstance(question, DifferenceInDifferences | InterruptedSeries):
        known = [item.code for item in workbench.outcome_indicators]
        if question.outcome not in known:
            near = nearest(question.outcome, known)
            message = _("{plan} : {code} : indicateur « {found} » absent de workbench.yml (possibles : {names}).")
            text = message.format(plan=PLAN, code=question.code, found=question.outcome, names=", ".join(known))
            raise UsageError(text + (" " + _("Vouliez-vous dire « {near} » ?").format(near=near) if near else ""))
        _places(treated_quartiers(question, workbench), workbench)
    if isinstance(question, DifferenceInDifferences):
        treated = {workbench.quartier(name).name for name in treated_quartiers(question, workbench)}
        for names in (question.comparison, *question.other_comparisons):
            _places(names, workbench)
            if both := sorted(treated & {workbench.quartier(name).name for name in names}):
                message = _("{plan} : {code} : quartiers à la fois suivis et de comparaison : {names}.")
                raise UsageError(message.format(plan=PLAN, code=question.code, names=", ".join(both)))
    for benchmark in question.published if isinstance(question, AgainstBenchmark) else ():
        published_effect(benchmark)
    if question.matters.benchmark is not None:
        printed, planned = float(published_effect(question.matters.benchmark)["estimate"]), question.matters.estimate
        if not any(math.isclose(planned, each, rel_tol=1e-6) for each in (printed, printed / 100)):
            message = _("{plan} : {code} : l'effet qui compte ({planned}) n'est pas celui qui est publié ({printed}).")
            raise UsageError(message.format(plan=PLAN, code=question.code, planned=planned, printed=printed))


def _places(names: Sequence[str], workbench: Workbench) -> None:
    for name in names:
        workbench.quartier(name)
