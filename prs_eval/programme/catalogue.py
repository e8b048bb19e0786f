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


class Catalogue(_Model):
    """`indicators.yml`."""

    indicators: tuple[Indicator, ...]

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
