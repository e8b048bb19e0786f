"""The catalogue of indicators: what each code means, in both languages (`indicators.yml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from prs_eval.i18n import Text, _
from prs_eval.inputs.parameters import Code, Label, _Model, read_yaml

ResultCode = Literal["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D"]


class Indicator(_Model):
    """One indicator: its definition travels with its number."""

    code: Code
    label: Label
    definition: Label
    numerator: Label | None = None
    denominator: Label | None = None
    unit: Literal[
        "proportion",
        "count",
        "people",
        "attendances",
        "days",
        "weeks",
        "hours",
        "years",
        "eur",
        "eur_per_person",
        "points",
        "index",
        "d_z",
    ]
    direction: Literal["higher", "lower", "range", "neutral"]
    part: Literal["network", "screening", "ambassadors"]
    theme: str | None = None
    kind: Literal["realisation", "effect"]
    result_code: ResultCode | None = None
    re_aim: Literal["reach", "effectiveness", "adoption", "implementation", "maintenance"] | None = None
    source: tuple[str, ...] = Field(min_length=1, description="input tables the indicator is computed from")
    target: Label | None = None
    benchmark: str | None = Field(default=None, description="`indicator` of a row of data/published/figures.csv")


class Step(_Model):
    """A step of a pathway: an indicator (and the group of its rows), or the answer to a question of the plan.

    `direction`: where it moves if the pathway works.
    """

    stage: Literal["activity", "output", "mechanism", "outcome"]
    indicator: Code | None = None
    where: dict[str, str] = Field(default_factory=dict)
    question: Code | None = None
    direction: Literal["higher", "lower"] = "higher"

    @model_validator(mode="after")
    def _one(self) -> Step:
        if (self.indicator is None) == (self.question is None):
            raise ValueError(_("donner `indicator`, ou bien `question`"))
        return self


class Pathway(_Model):
    """How a part of the programme is thought to work, step by step, from what is done to what changes."""

    code: Code
    label: Label
    part: Literal["network", "screening", "ambassadors"]
    steps: tuple[Step, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _ordered(self) -> Pathway:
        order = ("activity", "output", "mechanism", "outcome")
        places = [order.index(step.stage) for step in self.steps]
        if places != sorted(places):
            raise ValueError(_("les étapes vont de activity à outcome, dans cet ordre"))
        return self


class Catalogue(_Model):
    """`indicators.yml`."""

    indicators: tuple[Indicator, ...]
    theory_of_change: tuple[Pathway, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Catalogue:
        codes = {i.code for i in self.indicators}
        used = {step.indicator for path in self.theory_of_change for step in path.steps if step.indicator}
        if unknown := sorted(used - codes):
            raise ValueError(_("theory_of_change : indicateurs absents : {codes}").format(codes=", ".join(unknown)))
        return self

    @model_validator(mode="after")
    def _unique(self) -> Catalogue:
        codes = [i.code for i in self.indicators]
        if twice := sorted({c for c in codes if codes.count(c) > 1}):
            raise ValueError(_("code en double : {codes}").format(codes=", ".join(twice)))
        return self

    def label(self, code: str) -> Text:
        """Label of an indicator; KeyError for a code that the catalogue does not hold."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator.label
        raise KeyError(code)


def load_catalogue(parameters: Path) -> Catalogue:
    """`indicators.yml` of a city's folder."""
    return read_yaml(parameters / "indicators.yml", Catalogue)
