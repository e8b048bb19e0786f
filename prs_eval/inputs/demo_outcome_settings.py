"""What a city's demonstration outcomes must look like, and the effect they truly hold: `outcomes` of `demo.yml`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from prs_eval.i18n import _
from prs_eval.inputs.codes import CODES
from prs_eval.inputs.parameters import Code, _Model

Share = Annotated[float, Field(ge=0, le=1)]


class OutOf(_Model):
    """Whom an outcome is out of: shares of census ages (None: all of everybody), of one sex or both.

    The demonstration's census gives ages for both sexes together: an age is taken to hold as many women, in
    proportion, as the quartier.
    """

    sex: Literal["female", "male", "all"] = "all"
    ages: dict[str, Share] | None = None

    @model_validator(mode="after")
    def _known_ages(self) -> OutOf:
        allowed = [age for age in CODES["population_age"] if age != "all"]
        if unknown := sorted(set(self.ages or {}) - set(allowed)):
            message = _("codes inconnus : {found} (possibles : {allowed})")
            raise ValueError(message.format(found=", ".join(unknown), allowed=", ".join(allowed)))
        return self


class TrueEffect(_Model):
    """What the programme truly does from January of `year` on, all at once and for good.

    `size`: a difference of shares (0.03 is 3 points, 0 is none) or a ratio of rates (1.08 is 8 % more, 1 is none).
    """

    size: float
    scale: Literal["difference", "ratio"]
    year: int


class Shock(_Model):
    """What befell all territories alike from `first` to `last`, on the scale of `OutcomeSettings`."""

    first: dt.date
    last: dt.date
    size: float


class OutcomeSettings(_Model):
    """One outcome, yearly (a share of people) or monthly (a number out of a population).

    base
        Share, or rate an inhabitant and month, of the average territory in the first period.
    between_sd, trend, noise_sd, season, shocks
        On the logit scale (shares) or the log scale (rates): standard deviation of territories; change a period; what
        moves one territory's period beyond chance between people, with its `autocorrelation`; amplitude of the year's
        wave, highest in January; common events.
    """

    indicator: Code
    by: Literal["year", "month"]
    first_year: int
    last_year: int
    territories: Literal["all", "programme"] = "all"
    out_of: OutOf
    perimeter: str
    base: float = Field(gt=0)
    between_sd: float = Field(default=0, ge=0)
    trend: float = 0
    noise_sd: float = Field(default=0, ge=0)
    autocorrelation: float = Field(default=0, gt=-1, lt=1)
    season: float = 0
    shocks: tuple[Shock, ...] = ()
    effect: TrueEffect

    @model_validator(mode="after")
    def _consistent(self) -> OutcomeSettings:
        if not self.first_year < self.effect.year <= self.last_year:
            raise ValueError(_("l'effet doit commencer après `first_year` et au plus tard en `last_year`"))
        if (self.by == "month") != (self.effect.scale == "ratio"):
            raise ValueError(_("effet : `difference` pour une part annuelle, `ratio` pour un nombre mensuel"))
        return self


class Outcomes(_Model):
    """Outcomes with a known effect; `source` is what their rows say they come from."""

    seed: int
    source: str
    indicators: tuple[OutcomeSettings, ...]
