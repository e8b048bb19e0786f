"""Whom each indicator counts: the people of its numerator and of its denominator, so that tables can be read together.

A person may be counted by many tables, pages and years. Each count is told here as a region: all people of one
population (people screened, presences at meetings, referrals, professionals' answers, ambassadors, people they met,
professionals of the member structures) whose dimensions have one of some codes. Two numbers about overlapping people
then share unknowns, whatever page they stand on. An indicator that is not here is not published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from prs_eval.disclosure._system import NUMBERS, Domain
from prs_eval.disclosure.ledger import Region, region
from prs_eval.estimation.frame import ALL
from prs_eval.inputs.codes import CODES, SCALES, TOGETHER, UNKNOWN
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.periods import RECENT_YEARS
from prs_eval.programme.screening_people import NO, ONGOING, STAGES, YES

Row = Mapping[Any, Any]
Where = dict[str, Sequence[str]]

# Indicators that count no people: meetings, sessions, structures, needs voiced at meetings, activities and their hours.
NOT_PEOPLE = frozenset(
    {
        "ambassador_activities",
        "ambassador_activity_hours",
        "ambassador_contacts_not_counted",
        "ambassador_projects_decided",
        "ambassador_projects_decision_unknown",
        "network_action_results",
        "network_action_results_shown",
        "network_categories_covered",
        "network_category_presence",
        "network_category_structures",
        "network_density",
        "network_interval_longer",
        "network_interval_median",
        "network_interval_median_recent",
        "network_interval_shorter",
        "network_interval_within",
        "network_interval_within_detectable",
        "network_interval_within_recent",
        "network_isolates",
        "network_meetings",
        "network_meetings_recorded",
        "network_needs",
        "network_needs_from_residents",
        "network_needs_with_action",
        "network_retention",
        "network_structures",
        "network_structures_attending",
        "network_structures_guests",
        "network_structures_left",
        "network_structures_new",
        "network_theme_meetings",
        "network_theme_needs",
        "network_theme_needs_with_action",
        "network_themes_covered",
        "network_ties",
        "screening_sessions",
        "screening_sessions_costed",
        "screening_sessions_without_cost",
        "screening_sessions_without_list",
        "screening_slots",
    }
)

# Indicators that a quartier's public page tells of several years together: those computed from `Run.people`.
POOLED = (
    "screening_stage_",
    "screening_absence_",
    "screening_honoured_by",
    "screening_cost_",
    "screening_still_",
    "network_referrals",
    "network_reason_",
    "network_outcome_",
    "network_added_",
)

Form = Literal["count", "share", "mean", "per", "cost", "detectable"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Whom a row counts: `count` in its numerator, `of` in its denominator (None: no people there).

    `form`: a count; a share of `of`; a mean over the people `of`; `per`, people over something public; `cost`,
    money that is public over the people `of`; `detectable`, a difference that so many people `of` could show.
    """

    form: Form
    count: Region | None
    of: Region | None = None

    @property
    def regions(self) -> tuple[Region, ...]:
        """The counts that the row shows."""
        return tuple(r for r in (self.count, self.of) if r is not None)


_NOT_KNOWN = (UNKNOWN, ONGOING)
_STATES = (YES, NO, ONGOING, UNKNOWN)
_Make = Callable[[Row, Where, str], Reading]


def reading(row: Row, *, years: Sequence[int]) -> Reading | None:
    """Whom a row of estimates counts; None where nothing may be said of it.

    years: the years that the row puts together (its own, most often).
    """
    indicator = str(row["indicator"])
    recent = indicator.removesuffix("_recent")
    if recent != indicator:
        years = range(int(row["year"]) - RECENT_YEARS + 1, int(row["year"]) + 1)
    found = _READINGS.get(recent)
    if found is None or (recent != indicator and not recent.startswith("screening_")):
        return None
    place: Where = {} if row["quartier"] == ALL else {"quartier": [str(row["quartier"])]}
    span = str(years[0]) if len(years) == 1 else f"{min(years)}..{max(years)}"
    return found(row, place, span)


def domain(workbench: Workbench) -> Domain:
    """All codes that each dimension of a region can have."""
    quartiers = [q.name for q in workbench.quartiers]
    items = [i.code for i in (*workbench.added_values_professionals, *workbench.added_values_residents)]
    lists = ("absence_reason", "reminder", "coverage", "category", "referral_reason", "referral_outcome")
    return {
        "people": ["screened", "presences", "referrals", "answers", "ambassadors", "contacts", "professionals"],
        "quartier": quartiers,
        "year": NUMBERS,
        "kind": list(CODES["screening_kind"]),
        **{stage: list(_STATES) for stage in STAGES[1:]},
        "missed": [YES, NO],
        **{name: list(CODES[name]) for name in lists},
        "costed": [YES, NO],
        "followed": [YES, NO],
        "wait": NUMBERS,
        "item": items,
        "agrees": [YES, NO, UNKNOWN],
        "age_band": list(CODES["age_band"]),
        "sex": list(CODES["sex"]),
        **dict.fromkeys(("joined", "left", "trained", *(f"paired_{scale}" for scale in SCALES)), NUMBERS),
        "counted": ["both", "met", "new"],
        "new": [YES, NO],
    }


def impossible() -> list[Where]:
    """People that the method itself rules out: everybody knows that there are none."""
    return [
        {"people": ["screened"], "need": [NO], "referred": [YES]},
        {"people": ["screened"], "booked": [NO, ONGOING, UNKNOWN], "honoured": [YES]},
        {"people": ["screened"], "followed": [YES], "referred": [NO, ONGOING, UNKNOWN]},
        {"people": ["screened"], "followed": [YES], "booked": [NO]},
    ]


def _screened(row: Row, place: Where, span: str) -> Where:
    return {"people": ["screened"], **place, "year": [span], "kind": [str(row["kind"])]}


def _stage(codes_up: Sequence[str], codes_of: Sequence[str] | None) -> _Make:
    def make(row: Row, place: Where, span: str) -> Reading:
        base, stage, out_of = _screened(row, place, span), str(row["stage"]), str(row["out_of"])
        among = {**base, **({} if out_of == STAGES[0] else {out_of: [YES]})}
        up = among if stage == STAGES[0] else {**among, stage: list(codes_up)}
        of = among if codes_of is None else {**among, stage: list(codes_of)}
        return Reading("share", region(up), region(of))

    return make


def _stage_people(row: Row, place: Where, span: str) -> Reading:
    stage = str(row["stage"])
    return Reading("count", region({**_screened(row, place, span), **({} if stage == STAGES[0] else {stage: [YES]})}))


def _detectable(row: Row, place: Where, span: str) -> Reading:
    year = int(row["year"])
    years = f"{year - RECENT_YEARS + 1}..{year}" if row["period"] == "recent" else span
    path = {**row, "stage": "honoured", "out_of": "referred"}
    return Reading("detectable", None, _stage((YES,), (YES, NO))(path, place, years).of)


def _reason(row: Row, place: Where, span: str) -> Reading:
    missed = {**_screened(row, place, span), "missed": [YES]}
    known = [code for code in CODES["absence_reason"] if code != UNKNOWN]
    of = missed if row["indicator"] == "screening_absence_unknown" else {**missed, "absence_reason": known}
    return Reading("share", region({**missed, "absence_reason": _codes(row["reason"])}), region(of))


def _honoured_by(row: Row, place: Where, span: str) -> Reading:
    name = next(name for name in ("reminder", "coverage") if name in row and not _missing(row[name]))
    booked = {**_screened(row, place, span), "booked": [YES], name: _codes(row[name])}
    if row["indicator"] == "screening_honoured_by_unknown":
        return Reading("share", region({**booked, "honoured": _NOT_KNOWN}), region(booked))
    return Reading("share", region({**booked, "honoured": [YES]}), region({**booked, "honoured": [YES, NO]}))


def _still_waiting(row: Row, place: Where, span: str) -> Reading:
    followed = {**_screened(row, place, span), "followed": [YES]}
    return Reading("share", region({**followed, "wait": [f"{int(row['days']) + 1}.."]}), region(followed))


def _cost(row: Row, place: Where, span: str) -> Reading:
    costed = {**_screened(row, place, span), "costed": [YES]}
    own = {"equipped": [YES]} if row["indicator"] == "screening_cost_per_equipped" else {}
    return Reading("cost", None, region({**costed, **own}))


def _cost_unknown(row: Row, place: Where, span: str) -> Reading:
    costed = {**_screened(row, place, span), "costed": [YES]}
    return Reading("count", region({**costed, "equipped": _NOT_KNOWN}), region(costed))


def _people(
    population: str, form: Form, *, over: str | None = None, up: Where | None = None, of: Where | None = None
) -> _Make:
    """Rows that count people of `population` in a year; `over` is a column whose code they have."""

    def make(row: Row, place: Where, span: str) -> Reading:
        own: Where = {"people": [population], **place, "year": [span]}
        coded = {} if over is None else {over: _codes(row[over])}
        base = None if of is None else region({**own, **of})
        return Reading(form, region({**own, **coded, **(up or {})}), base)

    return make


def _answers(codes: Sequence[str], of: Sequence[str] | None, form: Form) -> _Make:
    def make(row: Row, place: Where, span: str) -> Reading:
        item: Where = {"people": ["answers"], **place, "year": [span], "item": [str(row["item"])]}
        base = item if of is None else {**item, "agrees": of}
        return Reading(form, region({**item, "agrees": codes}), region(base))

    return make


def _ambassadors(up: Callable[[Row, int], Where], of: Callable[[Row, int], Where] | None = None) -> _Make:
    def make(row: Row, place: Where, span: str) -> Reading:
        own: Where = {"people": ["ambassadors"], **place}
        year = int(row["year"])
        base = None if of is None else region({**own, **of(row, year)})
        return Reading("count" if of is None else "share", region({**own, **up(row, year)}), base)

    return make


def _active(_row: Row, year: int) -> Where:
    return {"joined": [f"..{year}"], "left": [f"{year}.."]}


def _present(_row: Row, year: int) -> Where:
    return {"joined": [f"..{year - 1}"], "left": [f"{year}.."]}


def _paired(row: Row, year: int) -> Where:
    return {"joined": [f"..{year}"], f"paired_{row['scale']}": [f"..{year}"]}


def _profiled(row: Row, year: int) -> Where:
    answered = f"..{year}" if row["answered"] == "both" else f"{year + 1}.."
    return {"joined": [f"..{year}"], f"paired_{row['scale']}": [answered]}


def _profile(row: Row, year: int) -> Where:
    return {**_profiled(row, year), str(row["variable"]): _codes(row["level"])}


def _follow_up(row: Row, place: Where, span: str) -> Reading | None:
    if row["scale_answers"] != "both":  # who answered in part changes from year to year: no region says it
        return None
    return _ambassadors(_paired, lambda _row, year: {"joined": [f"..{year}"]})(row, place, span)


def _mean_of_pairs(row: Row, place: Where, span: str) -> Reading:
    return Reading("mean", None, _ambassadors(_paired)(row, place, span).count)


def _codes(code: Any) -> list[str]:
    """The codes that a row puts together: one, or those of a collapsed class joined by `TOGETHER`."""
    return str(code).split(TOGETHER)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value != value


_MET: Where = {"counted": ["both", "met"]}
_BOTH: Where = {"counted": ["both"]}
_READINGS: dict[str, Callable[[Row, Where, str], Reading | None]] = {
    "screening_participants": lambda r, p, s: Reading("count", region(_screened(r, p, s))),
    "screening_fill_rate": lambda r, p, s: Reading("per", region(_screened(r, p, s))),
    "screening_stage_people": _stage_people,
    "screening_stage_share": _stage((YES,), (YES, NO)),
    "screening_stage_unknown": _stage(_NOT_KNOWN, None),
    "screening_absence_reason": _reason,
    "screening_absence_unknown": _reason,
    "screening_honoured_by": _honoured_by,
    "screening_honoured_by_unknown": _honoured_by,
    "screening_still_waiting": _still_waiting,
    "screening_cost_per_participant": _cost,
    "screening_cost_per_equipped": _cost,
    "screening_cost_equipment_unknown": _cost_unknown,
    "screening_honoured_detectable": _detectable,
    "network_presences": _people("presences", "count"),
    "network_people_per_meeting": _people("presences", "per"),
    "network_category_presences": _people("presences", "count", over="category", of={}),
    "network_category_per_meeting": _people("presences", "per", over="category"),
    "network_residents_share": _people("presences", "share", up={"category": ["residents"]}, of={}),
    "network_professionals": _people("professionals", "count"),
    "network_referrals": _people("referrals", "count"),
    "network_referrals_taken_up": _people(
        "referrals",
        "share",
        up={"referral_outcome": ["taken_up"]},
        of={"referral_outcome": ["taken_up", "not_taken_up"]},
    ),
    "network_reason_referrals": _people("referrals", "count", over="referral_reason", of={}),
    "network_outcome_referrals": _people("referrals", "count", over="referral_outcome", of={}),
    "network_added_value": _answers((YES,), (YES, NO), "share"),
    "network_added_value_unanswered": _answers((UNKNOWN,), None, "count"),
    "ambassadors_active": _ambassadors(_active),
    "ambassadors_joined": _ambassadors(lambda _row, year: {"joined": [str(year)]}),
    "ambassadors_left": _ambassadors(lambda _row, year: {"left": [str(year)]}),
    "ambassadors_retention": _ambassadors(
        lambda _row, year: {"joined": [f"..{year - 1}"], "left": [f"{year + 1}.."]}, _present
    ),
    "ambassadors_trained": _ambassadors(lambda row, year: {**_active(row, year), "trained": [f"..{year}"]}, _active),
    "ambassadors_by_age": _ambassadors(lambda row, year: {**_active(row, year), "age_band": _codes(row["age_band"])}),
    "ambassadors_by_sex": _ambassadors(lambda row, year: {**_active(row, year), "sex": _codes(row["sex"])}),
    "ambassador_contacts": _people("contacts", "count", up=_MET),
    "ambassador_new_contacts": _people("contacts", "count", up={"counted": ["both", "new"], "new": [YES]}),
    "ambassador_new_contacts_share": _people("contacts", "share", up={**_BOTH, "new": [YES]}, of=_BOTH),
    "scale_follow_up": _follow_up,
    "scale_paired_share": _follow_up,
    "scale_mean_before": _mean_of_pairs,
    "scale_mean_after": _mean_of_pairs,
    "scale_mean_change": _mean_of_pairs,
    "scale_profile_share": _ambassadors(_profile, _profiled),
}
