"""Synthetic ambassadors, their activities and their questionnaires."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from prs_eval.inputs.codes import SCALES
from prs_eval.inputs.demo_draws import Draws
from prs_eval.inputs.demo_network import themes_of
from prs_eval.inputs.demo_settings import Demo
from prs_eval.inputs.parameters import Workbench

Row = dict[str, Any]
UNCOUNTED = ("working_group", "training")  # activities that meet no resident
LENGTHS = {"working_group": 2.0, "training": 6.0, "project": 3.0, "stand": 4.0, "outreach": 2.5, "accompaniment": 1.5}
LEVELS = {"gse": 0.58, "who5": 0.52}  # where the average answer lies between the lowest and the highest


def ambassador_tables(demo: Demo, workbench: Workbench) -> dict[str, list[Row]]:
    """Rows of `ambassadors`, `ambassador_activities` and `ambassador_scales`."""
    people = _ambassadors(demo)
    return {
        "ambassadors": people,
        "ambassador_activities": list(_activities(demo, workbench)),
        "ambassador_scales": [row for person in people for row in _scales(demo, person)],
    }


def _ambassadors(demo: Demo) -> list[Row]:
    """People such that the declared number was there at some time in each year."""
    draws = Draws(demo.seed, "ambassadors")
    people: list[Row] = []
    for year, wanted in sorted(demo.ambassadors.active.items()):
        staying = [person for person in people if person["left_on"] is None]
        for _ in range(wanted - len(staying)):
            people.append(_ambassador(draws, demo, year, len(people) + 1))
        for person in draws.shuffled(staying)[: int(len(staying) * demo.ambassadors.leave_share)]:
            person["left_on"] = draws.day(dt.date(year, 2, 1), dt.date(year, 12, 20))
    return people


def _ambassador(draws: Draws, demo: Demo, year: int, serial: int) -> Row:
    settings = demo.ambassadors
    joined = draws.day(dt.date(year, 1, 10), dt.date(year, 11, 30))
    trained = joined + dt.timedelta(days=draws.between(20, 180))
    return {
        "ambassador_id": f"AMB{serial:03d}",
        "quartier": draws.weighted(settings.quartiers),
        "age_band": draws.weighted(settings.age_band),
        "sex": draws.weighted(settings.sex),
        "joined_on": joined,
        "left_on": None,
        "trained_on": trained if draws.chance(settings.trained) and trained <= demo.closing else None,
    }


def _activities(demo: Demo, workbench: Workbench) -> Iterator[Row]:
    settings = demo.ambassadors
    crisis = {year for b in workbench.breaks for year in range(b.first_year, b.last_year + 1)}
    for number, quartier in enumerate(settings.quartiers, start=1):
        for year in demo.years:
            draws = Draws(demo.seed, f"activities {quartier} {year}")
            mean = settings.activities.get(year, 0)
            days = sorted(
                draws.day(dt.date(year, 1, 10), dt.date(year, 12, 18))
                for _ in range(draws.between(mean * 3 // 4, mean * 5 // 4))
            )
            for serial, day in enumerate(days, start=1):
                kind = draws.weighted(settings.crisis_kinds if year in crisis else settings.kinds)
                contacts, new_contacts = _contacts(draws, kind, settings.not_counted)
                yield {
                    "activity_id": f"V{number}-{year}-{serial:02d}",
                    "quartier": quartier,
                    "held_on": day,
                    "kind": kind,
                    "theme": themes_of(draws, workbench, year),
                    "hours": LENGTHS[kind] + draws.between(-2, 2) * 0.5,
                    "ambassadors": draws.between(1, 2) if kind == "accompaniment" else draws.between(2, 7),
                    "contacts": contacts,
                    "new_contacts": new_contacts,
                    "decided_by": draws.weighted(settings.decided_by),
                }


def _contacts(draws: Draws, kind: str, not_counted: float) -> tuple[int | None, int | None]:
    if kind in UNCOUNTED or draws.chance(not_counted):
        return None, None
    met = draws.between(1, 3) if kind == "accompaniment" else draws.between(8, 60)
    return met, None if draws.chance(2 * not_counted) else met * draws.between(25, 75) // 100


def _scales(demo: Demo, person: Row) -> Iterator[Row]:
    settings = demo.ambassadors.scales
    draws = Draws(demo.seed, f"scales {person['ambassador_id']}")
    before = person["joined_on"] + dt.timedelta(days=draws.between(0, 30))
    after = person["joined_on"] + dt.timedelta(days=draws.between(330, 450))
    levels = {scale: draws.bell() * 0.13 for scale in SCALES}
    last = person["left_on"] or demo.closing
    if before > last or not draws.chance(settings.before):
        return
    yield from _wave(draws, demo, person, ("before", before), levels)
    if after <= last and draws.chance(settings.after):
        risen = {scale: level + settings.rise[scale] + draws.bell() * 0.09 for scale, level in levels.items()}
        yield from _wave(draws, demo, person, ("after", after), risen)


def _wave(draws: Draws, demo: Demo, person: Row, wave: tuple[str, dt.date], levels: dict[str, float]) -> Iterator[Row]:
    for scale, level in levels.items():
        for item, score in enumerate(_scores(draws, scale, level), start=1):
            missing = draws.chance(demo.ambassadors.scales.item_missing)
            yield {
                "ambassador_id": person["ambassador_id"],
                "wave": wave[0],
                "answered_on": wave[1],
                "scale": scale,
                "item": item,
                "score": None if missing else score,
            }


def _scores(draws: Draws, scale: str, level: float) -> Sequence[int]:
    shape = SCALES[scale]
    span = shape.high - shape.low
    answers = [(LEVELS[scale] + level + draws.bell() * 0.22) * span for _ in range(shape.items)]
    return [shape.low + min(max(int(answer + 0.5), 0), span) if answer > 0 else shape.low for answer in answers]
