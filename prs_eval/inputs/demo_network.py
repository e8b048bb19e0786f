"""Synthetic network: member structures, meetings and who came, referrals, needs, actions, survey of professionals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prs_eval.errors import UsageError
from prs_eval.i18n import _
from prs_eval.inputs.demo_draws import Draws, working_day
from prs_eval.inputs.demo_settings import Demo, StructureKind
from prs_eval.inputs.parameters import Workbench

Row = dict[str, Any]
YEAR = dt.timedelta(days=365)
CHRISTMAS = (12, 22)  # no meeting from that day to the end of the year
RESULTS = (("A1",), ("A1", "B1"), ("A2", "B2"), ("A3",), ("A4", "B4"), ("A1", "B1", "C1"), ("A2", "B2", "C2"))
LATER_REASONS_FROM = 2020


def network_tables(demo: Demo, workbench: Workbench) -> dict[str, list[Row]]:
    """Rows of the seven tables of the network."""
    structures = _structures(demo)
    meetings = list(_meetings(demo, workbench))
    actions = list(_actions(demo, workbench, structures))
    return {
        "structures": structures,
        "meetings": meetings,
        "attendance": [row for meeting in meetings for row in _attendance(demo, meeting, structures)],
        "referrals": list(_referrals(demo, structures)),
        "needs": list(_needs(demo, workbench, actions)),
        "actions": actions,
        "professional_answers": list(_answers(demo, workbench, structures)),
    }


def themes_of(draws: Draws, workbench: Workbench, year: int) -> str:
    """A theme: a priority of the year, or now and then another."""
    others = [theme.code for theme in workbench.themes if theme.priority_from is None]
    if others and draws.chance(0.15):
        return draws.pick(others)
    return draws.pick([theme.code for theme in workbench.priority_themes(year)])


def _structures(demo: Demo) -> list[Row]:
    draws = Draws(demo.seed, "structures")
    quartiers = list(demo.network.rhythm_weeks)
    rows: list[Row] = []
    for kind in demo.network.kinds:
        found = [draws.pick(quartiers)] if kind.city_wide else [q for q in quartiers if draws.chance(kind.share)]
        rows += [_structure(draws, demo, kind, quartier) for quartier in found]
    rows.sort(key=lambda row: (quartiers.index(row["quartier"]), row["name"]))
    for serial, row in enumerate(rows, start=1):
        row["structure_id"] = f"S{serial:03d}"
    _match_members(rows, demo)
    return rows


def _structure(draws: Draws, demo: Demo, kind: StructureKind, quartier: str) -> Row:
    start = demo.first_year
    joined_in = start + int(draws.weighted({"0": 10, "1": 2, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1, "8": 1}))
    joined = draws.day(dt.date(joined_in, 1, 2), dt.date(joined_in, 1 if joined_in == start else 11, 28))
    left = None
    if draws.chance(0.25):
        left_in = draws.between(joined_in + 1, demo.last_year)
        left = draws.day(dt.date(left_in, 1, 6), dt.date(left_in, 12, 15))
    return {
        "structure_id": "",
        "name": kind.name if kind.city_wide else f"{kind.name} {quartier}",
        "category": kind.category,
        "quartier": quartier,
        "members": draws.between(kind.members.low, kind.members.high),
        "joined_on": joined,
        "left_on": left,
    }


def present(row: Row, first: dt.date, last: dt.date) -> bool:
    """Whether a structure or a volunteer belonged at some time from `first` to `last`."""
    return bool(row["joined_on"] <= last and (row["left_on"] is None or row["left_on"] >= first))


def _match_members(rows: Sequence[Row], demo: Demo) -> None:
    """Change numbers of members by one until the published total is reached."""
    wanted = demo.network.professionals
    year = (dt.date(wanted.year, 1, 1), dt.date(wanted.year, 12, 31))
    active = [row for row in rows if row["category"] != "residents" and present(row, *year)]
    missing = wanted.members - sum(row["members"] for row in active)
    if wanted.members < len(active) or not active:
        message = _("demo.yml : {n} professionnels ne peuvent se répartir entre {structures} structures.")
        raise UsageError(message.format(n=wanted.members, structures=len(active)))
    while missing:
        for row in active:
            step = (missing > 0) - (missing < 0)
            if row["members"] + step >= 1:
                row["members"] += step
                missing -= step


def _meetings(demo: Demo, workbench: Workbench) -> Iterator[Row]:
    late = demo.network.postponed
    for number, (quartier, weeks) in enumerate(demo.network.rhythm_weeks.items(), start=1):
        draws = Draws(demo.seed, f"meetings {quartier}")
        day = draws.day(dt.date(demo.first_year, 2, 1), dt.date(demo.first_year, 3, 10))
        serial: dict[int, int] = {}
        while day <= demo.closing:
            if not demo.is_closed(day) and (day.month, day.day) < CHRISTMAS:
                serial[day.year] = serial.get(day.year, 0) + 1
                yield {
                    "meeting_id": f"R{number}-{day.year}-{serial[day.year]:02d}",
                    "quartier": quartier,
                    "held_on": day,
                    "themes": _themes(draws, workbench, day.year),
                }
                slower = demo.network.slower_years.get(day.year, 1)
                day += dt.timedelta(days=int(draws.between(weeks.low * 7, weeks.high * 7) * slower))
                if draws.chance(late.share):
                    day += dt.timedelta(days=draws.between(late.low, late.high))
            else:
                day += dt.timedelta(days=7)
            day = working_day(day)


def _themes(draws: Draws, workbench: Workbench, year: int) -> str | None:
    if draws.chance(0.04):
        return None
    return "|".join(dict.fromkeys(themes_of(draws, workbench, year) for _ in range(draws.between(1, 3))))


def _attendance(demo: Demo, meeting: Row, structures: Sequence[Row]) -> Iterator[Row]:
    draws = Draws(demo.seed, f"attendance {meeting['meeting_id']}")
    absent = demo.network.never_comes.get(meeting["quartier"])
    for row in structures:
        if row["category"] == absent or not present(row, meeting["held_on"], meeting["held_on"]):
            continue
        local = row["quartier"] == meeting["quartier"]
        faithful = Draws(demo.seed, f"habit {row['structure_id']}").between(25, 80) / 100
        reaches_out = row["category"] in ("prevention", "medico_social")
        if draws.chance(faithful if local else 0.06 if reaches_out else 0):
            yield {
                "meeting_id": meeting["meeting_id"],
                "category": row["category"],
                "structure_id": row["structure_id"],
                "people": 1 + draws.chance(0.25),
            }
    if absent != "residents" and draws.chance(0.7):
        yield {
            "meeting_id": meeting["meeting_id"],
            "category": "residents",
            "structure_id": None,
            "people": draws.between(1, 5),
        }


def _referrals(demo: Demo, structures: Sequence[Row]) -> Iterator[Row]:
    for number, quartier in enumerate(demo.network.rhythm_weeks, start=1):
        for year in demo.years:
            draws = Draws(demo.seed, f"referrals {quartier} {year}")
            for serial, day in enumerate(_days(draws, year, demo.network.referrals.get(year, 0)), start=1):
                members = _members_on(structures, day)
                local = [row for row in members if row["quartier"] == quartier]
                origin = draws.pick(local)
                target = draws.pick([r for r in (members if draws.chance(0.25) else local) if r is not origin])
                reasons = demo.network.reasons if year < LATER_REASONS_FROM else demo.network.later_reasons
                outcome = draws.weighted(demo.network.outcomes)
                recent = (demo.closing - day).days < 60
                yield {
                    "referral_id": f"O{number}-{year}-{serial:02d}",
                    "quartier": quartier,
                    "referred_on": day,
                    "from_structure": origin["structure_id"],
                    "to_structure": target["structure_id"],
                    "reason": draws.weighted(reasons),
                    "outcome": "pending" if recent and outcome == "unknown" else outcome,
                }


def _members_on(structures: Sequence[Row], day: dt.date) -> list[Row]:
    """Structures of professionals that belong on that day."""
    return [row for row in structures if row["category"] != "residents" and present(row, day, day)]


def _days(draws: Draws, year: int, number: int) -> list[dt.date]:
    """About `number` working days of a year, in order; from February, when the first members have joined."""
    return sorted(draws.day(dt.date(year, 2, 1), dt.date(year, 12, 18)) for _ in range(_about(draws, number)))


def _about(draws: Draws, number: int) -> int:
    return draws.between(number * 3 // 4, number * 5 // 4)


def _actions(demo: Demo, workbench: Workbench, structures: Sequence[Row]) -> Iterator[Row]:
    places: list[str | None] = [*demo.network.rhythm_weeks, None]
    for number, quartier in enumerate(places):
        draws = Draws(demo.seed, f"actions {quartier}")
        previous: dict[str, Row] = {}
        for year in demo.years:
            this_year: dict[str, Row] = {}
            for serial, day in enumerate(_days(draws, year, demo.network.actions.get(year, 0)), start=1):
                carriers = [r for r in _members_on(structures, day) if r["quartier"] == quartier or quartier is None]
                row = _action(draws, demo, workbench, day, previous, carriers)
                row |= {"action_id": f"A{number}-{year}-{serial:02d}", "quartier": quartier}
                this_year[row["title"]] = row
                yield row
            previous = this_year


def _action(
    draws: Draws,
    demo: Demo,
    workbench: Workbench,
    starts: dt.date,
    previous: Mapping[str, Row],
    carriers: Sequence[Row],
) -> Row:
    before = draws.pick(list(previous.values())) if previous and draws.chance(0.35) else None
    theme = before["theme"] if before else themes_of(draws, workbench, starts.year)
    carrier, *partners = draws.shuffled(carriers)[:3]
    ends = starts + dt.timedelta(days=draws.between(20, 240))
    done = ends <= demo.closing
    status = draws.weighted({"done": 88, "dropped": 7, "unknown": 5}) if done else "ongoing"
    results = draws.pick(RESULTS) if status == "done" and draws.chance(0.7) else ()
    return {
        "title": before["title"] if before else draws.pick(demo.network.titles[theme]),
        "programme": draws.weighted({"network": 6, "screening": 1, "ambassadors": 2, "other": 1}),
        "component": draws.pick(demo.network.components) if draws.chance(0.7) else None,
        "theme": theme,
        "carrier": carrier["name"],
        "partners": "|".join(row["name"] for row in partners) or None,
        "status": status,
        "starts_on": starts,
        "ends_on": ends if done else None,
        "reach": draws.between(6, 120) if status == "done" and draws.chance(0.8) else None,
        "result_codes": "|".join(results) or None,
        "evidence": draws.pick(demo.network.evidence) if results and draws.chance(0.6) else None,
        "chained_to": before["action_id"] if before else None,
    }


def _needs(demo: Demo, workbench: Workbench, actions: Sequence[Row]) -> Iterator[Row]:
    voices = {"residents": 4.0, "social": 2, "health": 1.5, "prevention": 1, "medico_social": 1, "education": 0.8}
    for number, quartier in enumerate(demo.network.rhythm_weeks, start=1):
        absent = demo.network.never_comes.get(quartier)
        by = {category: weight for category, weight in voices.items() if category != absent}
        for year in demo.years:
            draws = Draws(demo.seed, f"needs {quartier} {year}")
            for serial, day in enumerate(_days(draws, year, demo.network.needs.get(year, 0)), start=1):
                follow = [a for a in actions if a["quartier"] == quartier and day < a["starts_on"] <= day + YEAR]
                action = draws.pick(follow) if follow and draws.chance(demo.network.answered_needs) else None
                yield {
                    "need_id": f"B{number}-{year}-{serial:02d}",
                    "quartier": quartier,
                    "raised_on": day,
                    "theme": action["theme"] if action else themes_of(draws, workbench, year),
                    "raised_by": draws.weighted(by),
                    "action_id": action["action_id"] if action else None,
                }


def _answers(demo: Demo, workbench: Workbench, structures: Sequence[Row]) -> Iterator[Row]:
    survey = demo.network.survey
    for year in survey.years:
        draws = Draws(demo.seed, f"answers {year}")
        respondents = [row for row in _members_on(structures, dt.date(year, 11, 15)) for _ in range(row["members"])]
        for serial, row in enumerate(draws.shuffled(respondents)[: _about(draws, survey.respondents)], start=1):
            for item in workbench.added_values_professionals:
                yield {
                    "respondent_id": f"E{year % 100}-{serial:03d}",
                    "structure_id": row["structure_id"],
                    "year": year,
                    "item": item.code,
                    "answer": draws.weighted(survey.answers),
                }
