"""What a city's demonstration data must look like: `demo.yml`, read into frozen models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from prs_eval.i18n import _
from prs_eval.inputs.codes import CODES, SCALES
from prs_eval.inputs.demo_outcome_settings import Outcomes
from prs_eval.inputs.parameters import Code, Label, _Model

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
PerYear = dict[int, Count]


def _known(codes: str) -> Callable[[dict[str, float]], dict[str, float]]:
    def check(weights: dict[str, float]) -> dict[str, float]:
        if unknown := sorted(set(weights) - set(CODES[codes])):
            raise ValueError(
                _("codes inconnus : {found} (possibles : {allowed})").format(
                    found=", ".join(unknown), allowed=", ".join(CODES[codes])
                )
            )
        if min(weights.values(), default=0) < 0 or sum(weights.values()) <= 0:
            raise ValueError(_("les poids doivent être positifs"))
        return weights

    return check


def _same(found: Collection[str | int], wanted: Collection[str | int], key: str) -> None:
    """Refuse what lacks a wanted entry or has one too many."""
    if differ := sorted(set(found) ^ set(wanted), key=str):
        raise ValueError(
            _("`{key}` : en trop ou manquants : {names}").format(key=key, names=", ".join(map(str, differ)))
        )


AgeWeights = Annotated[dict[str, float], AfterValidator(_known("age_band"))]
SexWeights = Annotated[dict[str, float], AfterValidator(_known("sex"))]
CoverageWeights = Annotated[dict[str, float], AfterValidator(_known("coverage"))]
VisitWeights = Annotated[dict[str, float], AfterValidator(_known("last_visit"))]
ReminderWeights = Annotated[dict[str, float], AfterValidator(_known("reminder"))]
ReasonWeights = Annotated[dict[str, float], AfterValidator(_known("absence_reason"))]
ReferralWeights = Annotated[dict[str, float], AfterValidator(_known("referral_reason"))]
OutcomeWeights = Annotated[dict[str, float], AfterValidator(_known("referral_outcome"))]
KindWeights = Annotated[dict[str, float], AfterValidator(_known("activity_kind"))]
DecisionWeights = Annotated[dict[str, float], AfterValidator(_known("decided_by"))]
AnswerWeights = Annotated[dict[str, float], AfterValidator(_known("agreement"))]


class Range(_Model):
    """Whole numbers from `low` to `high`, both possible."""

    low: int
    high: int

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.high < self.low:
            raise ValueError(_("`high` doit être au moins égal à `low`"))
        return self


class Closure(_Model):
    """Days on which nothing could be held."""

    first: dt.date
    last: dt.date


class StructureKind(_Model):
    """A kind of member organisation: found in a `share` of the quartiers, or once for the city."""

    name: str
    category: Literal["residents", "health", "prevention", "medico_social", "social", "education"]
    members: Range
    share: Share = 1
    city_wide: bool = False


class Postponed(Range):
    """Share of meetings put off, and by how many days."""

    share: Share


class Professionals(_Model):
    """How many professionals are members in a given year."""

    year: int
    members: Count


class Survey(_Model):
    """The survey of professionals: years, number of respondents, answers."""

    years: tuple[int, ...]
    respondents: Count
    answers: AnswerWeights


class Network(_Model):
    """Structures, meetings and what the network does."""

    kinds: tuple[StructureKind, ...] = Field(min_length=1)
    professionals: Professionals
    rhythm_weeks: dict[str, Range]
    slower_years: dict[int, float]
    postponed: Postponed
    never_comes: dict[str, Literal["residents", "health", "prevention", "medico_social", "social", "education"]]
    referrals: PerYear
    reasons: ReferralWeights
    later_reasons: ReferralWeights
    outcomes: OutcomeWeights
    needs: PerYear
    actions: PerYear
    answered_needs: Share
    components: tuple[str, ...] = Field(min_length=1)
    titles: dict[str, tuple[str, ...]]
    evidence: tuple[str, ...] = Field(min_length=1)
    survey: Survey


class Host(_Model):
    """Where sessions are held and who carries them out."""

    quartier: str
    venue: str
    partner: Code


class Counts(_Model):
    """What one quartier's sessions of a calibrated year must add up to (`lost`: no news after the appointment)."""

    sessions: Count
    participants: Count
    need: Count
    referred: Count
    honoured: Count
    missed: Count
    cancelled: Count
    not_booked: Count
    equipped: Count
    lost: Count

    @model_validator(mode="after")
    def _adds_up(self) -> Counts:
        outcomes = self.honoured + self.missed + self.cancelled + self.not_booked
        if outcomes != self.referred or self.equipped + self.lost > self.honoured:
            raise ValueError(_("les issues ne s'additionnent pas"))
        if not self.referred <= self.need <= self.participants:
            raise ValueError(_("il faut orientés ≤ besoin ≤ participants"))
        return self


class Calibration(_Model):
    """A year whose figures are published: counts by quartier, and the mean delay of dated appointments."""

    mean_delay_days: Count
    quartiers: dict[str, Counts]


class Rates(_Model):
    """Shares of the years that are not calibrated."""

    need: Share
    need_unknown: Share
    referred: Share
    referred_unknown: Share
    not_booked: Share
    cancelled: Share
    missed: Share
    outcome_unknown: Share
    undated: Share
    equipped: Share
    lost: Share


class Sessions(_Model):
    """One kind of screening."""

    kind: Literal["optical", "dental"]
    prefix: Code
    referral: Code
    hosts: tuple[Host, ...] = Field(min_length=1)
    sessions: PerYear
    slots: Range
    cost_eur: Range
    delay_weeks: dict[int, float]
    rates: Rates
    calibrated: dict[int, Calibration] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Sessions:
        years = {year for year, number in self.sessions.items() if number} | set(self.calibrated)
        _same(set(self.delay_weeks), years, "delay_weeks")
        for calibration in self.calibrated.values():
            _same(set(calibration.quartiers), {host.quartier for host in self.hosts}, "calibrated")
        return self


class Screening(_Model):
    """Who comes, how they are reminded, why they miss; `reminders` by first year of use."""

    kinds: tuple[Sessions, ...] = Field(min_length=1)
    age_band: AgeWeights
    sex: SexWeights
    coverage: CoverageWeights
    last_visit: VisitWeights
    epices_missing: Share
    reminders: dict[int, ReminderWeights]
    honoured_by_reminder: ReminderWeights
    absence_reason: ReasonWeights

    @model_validator(mode="after")
    def _complete(self) -> Screening:
        used = {reminder for weights in self.reminders.values() for reminder in weights}
        _same(set(self.honoured_by_reminder), used, "honoured_by_reminder")
        return self


class Scales(_Model):
    """Questionnaires: who answers, and by how much the answers rise."""

    before: Share
    after: Share
    item_missing: Share
    rise: dict[str, float]

    @model_validator(mode="after")
    def _complete(self) -> Scales:
        _same(set(self.rise), set(SCALES), "rise")
        return self


class Ambassadors(_Model):
    """Volunteers and their activities; `active` counts all who were there at some time in the year."""

    active: PerYear
    leave_share: Share
    trained: Share
    quartiers: dict[str, float]
    age_band: AgeWeights
    sex: SexWeights
    activities: PerYear
    kinds: KindWeights
    crisis_kinds: KindWeights
    decided_by: DecisionWeights
    not_counted: Share
    scales: Scales


class People(_Model):
    """Inhabitants of a quartier in hundredths of a person (census sums are decimal)."""

    quartier: str
    female: Count
    male: Count
    ages: dict[str, Count]

    @model_validator(mode="after")
    def _complete(self) -> People:
        _same(set(self.ages), set(CODES["population_age"]) - {"all"}, "ages")
        return self


class Population(_Model):
    """Public census counts, the only part of the demonstration that is not synthetic."""

    year: int
    quartiers: tuple[People, ...]


class Demo(_Model):
    """`demo.yml`."""

    seed: int
    first_year: int
    last_year: int
    label: Label
    closures: tuple[Closure, ...] = ()
    network: Network
    screening: Screening
    ambassadors: Ambassadors
    population: Population
    outcomes: Outcomes | None = None
    readme: str

    @property
    def years(self) -> range:
        """The years that the demonstration covers."""
        return range(self.first_year, self.last_year + 1)

    @property
    def closing(self) -> dt.date:
        """The last day that the files know of."""
        return dt.date(self.last_year, 12, 31)

    def is_closed(self, day: dt.date) -> bool:
        """Whether nothing could be held on that day."""
        return any(c.first <= day <= c.last for c in self.closures)
