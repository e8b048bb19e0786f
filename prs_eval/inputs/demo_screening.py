"""Synthetic screening sessions and the people who came to them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from prs_eval.errors import UsageError
from prs_eval.i18n import _
from prs_eval.inputs.demo_draws import WEEKEND, Draws, working_day
from prs_eval.inputs.demo_settings import Counts, Demo, Host, Rates, Screening, Sessions

Row = dict[str, Any]
BOOKED = ("honoured", "missed", "cancelled", "unknown")
TRIES = 1000  # draws of a day before giving up
STILL_BOOKING = dt.timedelta(days=120)  # after a session, no appointment yet means waiting rather than never
FIRST_HALF, SECOND_HALF = ((2, 1), (6, 25)), ((9, 10), (11, 25))  # months and days between which sessions are held

# EPICES weights in hundredths, with how often the people screened answer yes: constant and 11 items (Sass et al.
# 2006, Santé publique 18:513-522).
EPICES_CONSTANT = 7514
EPICES_ITEMS = (
    (1006, 0.28),  # social worker
    (-1183, 0.72),  # complementary cover
    (-828, 0.45),  # couple
    (-828, 0.15),  # owner
    (1480, 0.50),  # money trouble
    (-651, 0.45),  # sport
    (-710, 0.50),  # shows
    (-710, 0.50),  # holidays
    (-947, 0.80),  # family contact
    (-947, 0.72),  # lodging help
    (-710, 0.70),  # material help
)


class State(NamedTuple):
    """How far one person went."""

    need: str
    referred_to: str
    outcome: str
    equipped: bool
    follow_up: str


@dataclass(frozen=True)
class Session:
    """One session and the states of those who came."""

    row: Row
    states: Sequence[State]


def screening_tables(demo: Demo) -> dict[str, list[Row]]:
    """Rows of `screening_sessions` and `screening_participants`."""
    sessions: list[Row] = []
    participants: list[Row] = []
    for kind in demo.screening.kinds:
        for year in demo.years:
            draws = Draws(demo.seed, f"{kind.kind} {year}")
            held = list(_sessions(draws, demo, kind, year))
            sessions += [session.row for session in held]
            participants += _participants(draws, demo, kind, year, held)
    return {"screening_sessions": sessions, "screening_participants": participants}


def _sessions(draws: Draws, demo: Demo, kind: Sessions, year: int) -> Iterator[Session]:
    calibration = kind.calibrated.get(year)
    groups: list[tuple[Host, list[list[State]], list[int]]] = []
    if calibration:
        for host in kind.hosts:
            counts = calibration.quartiers[host.quartier]
            slots = [kind.slots.high] * counts.sessions
            groups.append((host, _deal(draws.shuffled(_counted(counts, kind.referral)), counts.sessions), slots))
    else:
        for host, number in _share_out(kind.hosts, kind.sessions.get(year, 0), year):
            slots = [draws.between(kind.slots.low, kind.slots.high) for _seat in range(number)]
            people = [draws.between(seats * 6 // 10, seats) for seats in slots]
            states = [[_drawn(draws, kind.rates, kind.referral) for _person in range(n)] for n in people]
            groups.append((host, states, slots))
    serial = 0
    for host, states, slots in groups:
        for number, (group, seats) in enumerate(zip(states, slots, strict=True)):
            serial += 1
            row = {
                "session_id": f"{kind.prefix}-{year}-{serial:02d}",
                "quartier": host.quartier,
                "kind": kind.kind,
                "held_on": _session_day(draws, demo, year, number),
                "venue": host.venue,
                "partner": host.partner,
                "slots": seats,
                "cost_eur": draws.between(kind.cost_eur.low // 10, kind.cost_eur.high // 10) * 10,
            }
            yield Session(row, group)


def _share_out(hosts: Sequence[Host], sessions: int, year: int) -> list[tuple[Host, int]]:
    """Sessions of a year spread over the hosts, the first to be served changing every year."""
    numbers = [0] * len(hosts)
    for i in range(sessions):
        numbers[(year + i) % len(hosts)] += 1
    return list(zip(hosts, numbers, strict=True))


def _deal(states: Sequence[State], sessions: int) -> list[list[State]]:
    return [list(states[i::sessions]) for i in range(sessions)]


def _session_day(draws: Draws, demo: Demo, year: int, number: int) -> dt.date:
    first, last = SECOND_HALF if number % 2 else FIRST_HALF
    for _try in range(TRIES):
        day = draws.day(dt.date(year, *first), dt.date(year, *last))
        if not demo.is_closed(day):
            return day
        first, last = FIRST_HALF[0], SECOND_HALF[1]
    message = _("demo.yml : des séances en {year}, mais `closures` ne laisse presque aucun jour pour les tenir.")
    raise UsageError(message.format(year=year))


def _counted(counts: Counts, referral: str) -> list[State]:
    """States that add up to the published counts."""
    kept = counts.honoured - counts.equipped - counts.lost
    return [
        *[State("yes", referral, "honoured", True, "closed")] * counts.equipped,
        *[State("yes", referral, "honoured", False, "unknown")] * counts.lost,
        *[State("yes", referral, "honoured", False, "closed")] * kept,
        *[State("yes", referral, "missed", False, "closed")] * counts.missed,
        *[State("yes", referral, "cancelled", False, "closed")] * counts.cancelled,
        *[State("yes", referral, "not_booked", False, "closed")] * counts.not_booked,
        *[_not_referred("yes")] * (counts.need - counts.referred),
        *[_not_referred("no")] * (counts.participants - counts.need),
    ]


def _not_referred(need: str) -> State:
    return State(need, "none", "not_applicable", False, "not_applicable")


def _drawn(draws: Draws, rates: Rates, referral: str) -> State:
    if draws.chance(rates.need_unknown):
        return _not_referred("unknown")
    if not draws.chance(rates.need):
        return _not_referred("no")
    if draws.chance(rates.referred_unknown):
        return State("yes", "unknown", "unknown", False, "unknown")
    if not draws.chance(rates.referred):
        return _not_referred("yes")
    shares = {
        "not_booked": rates.not_booked,
        "cancelled": rates.cancelled,
        "missed": rates.missed,
        "unknown": rates.outcome_unknown,
    }
    outcome = draws.weighted({**shares, "honoured": 1 - math.fsum(shares.values())})
    if outcome != "honoured":
        lost = outcome == "unknown" or draws.chance(rates.lost)
        return State("yes", referral, outcome, False, "unknown" if lost else "closed")
    if draws.chance(rates.equipped):
        return State("yes", referral, outcome, True, "closed")
    follow_up = draws.weighted({"unknown": rates.lost, "closed": 1 - rates.lost})
    return State("yes", referral, outcome, False, follow_up)


def _participants(draws: Draws, demo: Demo, kind: Sessions, year: int, held: Sequence[Session]) -> list[Row]:
    calibration = kind.calibrated.get(year)
    people = [(session.row, state) for session in held for state in session.states]
    undated = 0.0 if calibration else kind.rates.undated
    dated = [s.outcome in BOOKED and s.referred_to == kind.referral and not draws.chance(undated) for _row, s in people]
    starts = [row["held_on"] for (row, _state), has_date in zip(people, dated, strict=True) if has_date]
    delays = [_delay(draws, start, kind.delay_weeks[year]) for start in starts]
    if calibration:
        delays = _balanced(delays, starts, calibration.mean_delay_days * len(delays))
    waiting = iter(delays)
    rows = []
    for serial, ((session, state), has_date) in enumerate(zip(people, dated, strict=True), start=1):
        appointment = session["held_on"] + dt.timedelta(days=next(waiting)) if has_date else None
        row = {
            "participant_id": f"P{kind.prefix}{year % 100}-{serial:03d}",
            "session_id": session["session_id"],
            **_profile(draws, demo.screening),
            "need": state.need,
            "referred_to": state.referred_to,
            **_appointment(draws, demo, year, session["held_on"], state, appointment),
        }
        rows.append(row)
    return rows


def _delay(draws: Draws, start: dt.date, weeks: float) -> int:
    days = int(weeks * 7 * (1 + 0.35 * draws.bell()))
    return (working_day(start + dt.timedelta(days=max(days, 10))) - start).days


def _balanced(delays: Sequence[int], starts: Sequence[dt.date], total: int) -> list[int]:
    """`delays` moved by whole weeks, then by a day where that stays a working day, until they sum to `total`."""
    out = list(delays)
    weeks, days = divmod(total - sum(out), 7)
    for i in range(abs(weeks)):
        out[i % len(out)] += 7 if weeks > 0 else -7
    for i, start in enumerate(starts):
        if days and (start + dt.timedelta(days=out[i] + 1)).weekday() < WEEKEND:
            out[i] += 1
            days -= 1
    out[-1] += days  # all on a Friday: the published mean matters more than the working day
    return out


def _profile(draws: Draws, screening: Screening) -> Row:
    hundredths = EPICES_CONSTANT + sum(weight for weight, share in EPICES_ITEMS if draws.chance(share))
    missing = draws.chance(screening.epices_missing)
    return {
        "age_band": draws.weighted(screening.age_band),
        "sex": draws.weighted(screening.sex),
        "coverage": draws.weighted(screening.coverage),
        "last_visit": draws.weighted(screening.last_visit),
        "epices": None if missing else max(hundredths, 0) / 100,
    }


def _appointment(
    draws: Draws, demo: Demo, year: int, held_on: dt.date, state: State, appointment: dt.date | None
) -> Row:
    outcome, follow_up = state.outcome, state.follow_up
    if appointment and appointment > demo.closing:
        outcome, follow_up = "pending", "ongoing"
    if outcome == "not_booked" and held_on + STILL_BOOKING > demo.closing:
        follow_up = "ongoing"
    booked = appointment and min(held_on + dt.timedelta(days=draws.below(9)), appointment)
    booked = booked and min(booked, demo.closing)
    ready = appointment and state.equipped and outcome == "honoured"
    equipped = appointment + dt.timedelta(days=draws.between(12, 60)) if appointment and ready else None
    if state.equipped and not ready and outcome == "honoured":  # appointment without a date: only the delivery is known
        equipped = held_on + dt.timedelta(days=draws.between(60, 150))
    if equipped and equipped > demo.closing:
        equipped, follow_up = None, "ongoing"
    return {
        "booked_on": booked,
        "appointment_on": appointment,
        "outcome": outcome,
        "reminder": _reminder(draws, demo.screening, year, state, outcome),
        "absence_reason": draws.weighted(demo.screening.absence_reason) if outcome == "missed" else None,
        "equipped_on": equipped,
        "follow_up": follow_up,
    }


def _reminder(draws: Draws, screening: Screening, year: int, state: State, outcome: str) -> str:
    """The reminder, given the outcome: those who came are more often people who were reminded."""
    if outcome in ("not_applicable", "not_booked"):
        return "not_applicable"
    if state.referred_to == "unknown":
        return "unknown"
    if outcome == "pending":
        return "none"
    used: Mapping[str, float] = screening.reminders[max(y for y in screening.reminders if y <= year)]
    honoured = screening.honoured_by_reminder
    weights = {k: w * (honoured[k] if outcome == "honoured" else 1 - honoured[k]) for k, w in used.items()}
    return draws.weighted(weights)
