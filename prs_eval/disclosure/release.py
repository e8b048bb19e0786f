"""Which counts of people the public pages of a year may show, decided for all pages together.

Every page, quartier and table of the year asks for its counts; each is either shown, rounded, or masked. A count is
masked for itself (under the threshold, or so near its total that the rest is), or because with others, and with all
that was published before, it would tell a small one. Pages then only look up what was decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from prs_eval.disclosure._system import Part, parts
from prs_eval.disclosure.attack import AttackError
from prs_eval.disclosure.audit import Target, cleared, culprits, leaks, surely_leaks, unclear
from prs_eval.disclosure.collapse import collapse
from prs_eval.disclosure.ledger import Fact, Region, as_json, fact, from_json, holds, region
from prs_eval.disclosure.readings import POOLED, Reading, domain, impossible, reading
from prs_eval.disclosure.rounding import round_counts, rounded_range
from prs_eval.estimation.frame import ALL
from prs_eval.i18n import current_language
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.store import Store
from prs_eval.programme import ambassador_scales, ambassadors, detectable, network, recent, screening, synthesis
from prs_eval.programme.context import published_figures
from prs_eval.programme.run import Run, open_run

MOST_GROUPS = 20_000
SECONDS = 10.0  # for one integer programme
_TOLD = "release"
PRINTED = "printed"  # the table of facts that the programme printed elsewhere
KNOWN = "rules"  # the table of facts that everybody knows


@dataclass(frozen=True, slots=True)
class Release:
    """Counts of people that may be shown, rounded; all others are masked.

    `known` is what everybody knows besides; `threshold` the count under which nothing is shown.
    """

    shown: Mapping[Region, int]
    known: tuple[Fact, ...] = ()
    threshold: int = 11

    def write(self, path: Path) -> None:
        """As a file that pages read; it holds no hidden number."""
        rows = [{"people": {d: list(codes) for d, codes in r}, "shown": n} for r, n in self.shown.items()]
        content = {"threshold": self.threshold, "shown": rows, "known": [as_json(f) for f in self.known]}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=0), encoding="utf-8")

    def facts(self, table: str) -> list[Fact]:
        """What the counts shown tell."""
        return [fact(table, dict(r), *self.range(r)) for r in self.shown]

    def range(self, people: Region) -> tuple[int, int]:
        """What the rounded count of `people` tells."""
        return rounded_range(self.shown[people], threshold=self.threshold)

    @staticmethod
    def read(path: Path) -> Release:
        """What `write` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        shown = {region(row["people"]): int(row["shown"]) for row in content["shown"]}
        return Release(shown, tuple(map(from_json, content["known"])), int(content["threshold"]))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A row of a page: what it would show, and the true counts."""

    reading: Reading
    counts: tuple[float, ...]


def row_years(run: Run, row: Mapping[Any, Any]) -> Sequence[int]:
    """The years that a row of `run` puts together."""
    pooled = run.period is not None and str(row["indicator"]).startswith(POOLED)
    return list(run.period.years) if run.period and pooled else [int(row["year"])]


def known(run: Run) -> list[Fact]:
    """What everybody knows: people whom the method rules out, and quartiers where the programme does nothing."""
    facts = [fact(KNOWN, where, 0, 0, structural=True) for where in impossible()]
    others = [q.name for q in run.workbench.quartiers if not q.programme]
    tables = {
        "screened": ("screening_sessions", "year"),
        "presences": ("meetings", "year"),
        "ambassadors": ("ambassadors", "joined"),
    }
    for people, (table, when) in tables.items():
        rows = run.tables[table]
        if others and not rows["quartier"].isin(others).any():
            where = {"people": [people], "quartier": others, when: [f"..{run.year}"]}
            facts.append(fact(KNOWN, where, 0, 0, structural=True))
    held = run.tables["screening_sessions"]
    for place in run.workbench.programme_quartiers:
        for kind in screening.KINDS:  # sessions are public: where none was held, nobody came
            own = set(held.loc[(held["quartier"] == place) & (held["kind"] == kind), "year"].dropna().astype(int))
            if none := [str(year) for year in run.workbench.history(run.year) if year not in own]:
                where = {"people": ["screened"], "quartier": [place], "kind": [kind], "year": none}
                facts.append(fact(KNOWN, where, 0, 0, structural=True))
    return facts


def _already_public(run: Run, truth: Mapping[Region, float]) -> list[Fact]:
    """Counts that the programme had already printed elsewhere, where they are those of the data.

    What they tell by themselves (two printed numbers whose difference is small) cannot be taken back: the second of
    the two is left out, so that pages are judged by what they add.
    """
    try:
        printed = published_figures(insee=run.workbench.insee)
    except FileNotFoundError:  # a project without published figures
        return []
    exact: dict[Region, tuple[int, int]] = {}
    usable = printed["measure"].notna() & printed["quartier"].eq(ALL) & printed["comparison"].eq("exact")
    for row in printed[usable].to_dict("records"):
        groups = dict(pair.split("=", 1) for pair in str(row["groups"] or "").split("|") if "=" in pair)
        found = reading({**row, "indicator": row["measure"], **groups}, years=[int(row["year"])])
        counts = (row["numerator"], row["denominator"]) if found and found.of else (row["value"],)
        for r, n in zip(found.regions if found else (), counts, strict=False):
            new = {**exact, r: (int(n), int(n))} if truth.get(r) == n else {}
            if new and all(_apart(r, other, new, run.workbench.disclosure_threshold) for other in exact):
                exact = new
    return [fact(PRINTED, dict(r), low, high) for r, (low, high) in exact.items()]


def decide(
    workbench: Workbench, runs: Sequence[Run], earlier: Sequence[Fact] = (), *, latest: Run | None = None
) -> Release:
    """What may be shown of the people of `runs`, the city's first, after all that was published `earlier`.

    latest: the city's run of the last year of the data, from which everybody knows what was held and what was not.

    Raises
    ------
    AttackError
        Where what was published before already tells a small count, or contradicts the data: nothing can be added.
    """
    wanted = list(dict.fromkeys(row for run in runs for row in _wanted(run)))
    truth = _counts(wanted)
    order = {r: place for place, r in enumerate(truth)}
    common = (*known(latest or runs[0]), *_already_public(runs[0], truth))
    given = [*earlier, *common]
    threshold, codes = workbench.disclosure_threshold, domain(workbench)
    chosen = _screen(wanted, truth, threshold)
    refused: set[Region] = set()
    told = _facts(_shown(chosen, refused), truth, threshold)
    for part in parts([*given, *told], codes, MOST_GROUPS):
        left, constraint = part, part.constraint()
        found = unclear(part, threshold=threshold, seconds=SECONDS)
        # fewer numbers shown only leave the attacker less: what is clear stays so
        for test in (surely_leaks, partial(leaks, zeros=True, seconds=SECONDS, seen=None)):
            for target in found:
                while _named(target, left) and test(target, constraint, threshold=threshold):
                    refused.add(_least(left, target, _shown(chosen, refused), order))
                    shown = _shown(chosen, refused)
                    left = replace(part, facts=tuple(f for f in part.facts if f.table != _TOLD or f.where in shown))
                    constraint = left.constraint()
            found = cleared(found, constraint, threshold=threshold, seconds=SECONDS)
    shown = _shown(chosen, refused)
    return Release({r: int(round_counts(truth[r], threshold)) for r in truth if r in shown}, common, threshold)


def _named(target: Target, part: Part) -> bool:
    """Whether `target` is still of two numbers that are told: one that is refused names nobody."""
    told = {r for f in part.facts for r in (f.where, f.of)}
    return target.but is None or {target.where, target.but} <= told


def decide_year(run: Run, earlier: Sequence[Fact] = ()) -> Release:
    """`decide` for every page of the year of `run`."""
    return decide(run.workbench, list(all_runs(run)), earlier, latest=last_run(run))


def last_run(run: Run) -> Run:
    """The city's run of the last year of the data."""
    return _open(run, Store(run.data).years()[-1], None)


def all_runs(run: Run) -> Iterator[Run]:
    """The city's run of the year, then each quartier's."""
    for place in (None, *run.workbench.programme_quartiers):
        yield _open(run, run.year, place)


def _open(run: Run, year: int, place: str | None) -> Run:
    language = current_language()
    return open_run(
        place, year=year, data=str(run.data), parameters=str(run.parameters), audience="public", language=language
    )


def measures(run: Run) -> Iterator[pd.DataFrame]:
    """Every table about people that the pages of `run` show, those that matter most first."""
    year, workbench = run.year, run.workbench
    by: tuple[str, ...] = () if run.quartier is None else ("quartier",)
    if run.quartier is None:
        yield synthesis.key_numbers(run.tables, year=year, workbench=workbench)
        yield synthesis.history(run.tables, year=year, workbench=workbench)
        yield synthesis.gaps(run.tables, year=year, workbench=workbench)
        yield detectable.screening_detectable(run.tables, year=year, workbench=workbench, by=())
        yield synthesis.key_numbers(run.tables, year=year, workbench=workbench, by=("quartier",))
    yield recent.recent_screening(run.tables, year=year, workbench=workbench, by=by)
    if run.quartier is not None:
        yield detectable.screening_detectable(run.tables, year=year, workbench=workbench)
        for kind in screening.KINDS:
            yield screening.main_path(screening.cascade(run.people, year=year, kind=kind))
        yield network.referrals(run.people, year=year)
        yield network.referrals_by_outcome(run.people, year=year)
        yield network.referrals_by_reason(run.people, year=year)
        yield network.attendance(run.tables, year=year)
        yield network.attendance_by_category(run.tables, year=year)
        yield network.diversity(run.tables, year=year)
        yield network.members(run.tables, year=year)
        yield network.added_values(run.people, year=year, workbench=workbench)
        yield ambassadors.membership(run.tables, year=year)
        yield ambassadors.engagement(run.tables, year=year)
        yield ambassadors.contacts(run.tables, year=year, history=True)
        yield screening.sessions(run.tables, year=year, years=range(workbench.first_year, year + 1))
        yield screening.costs(run.people, year=year)
        for characteristic in ("reminder", "coverage"):
            yield screening.honoured_by(run.people, year=year, characteristic=characteristic)
        yield screening.waiting_curve(run.people, year=year)
        yield screening.absence_reasons(run.people, year=year)
        yield screening.cascade(run.people, year=year)
        yield ambassadors.membership(run.tables, year=year, history=True)
        yield ambassadors.composition(run.tables, year=year, of="sex")
        yield ambassadors.composition(run.tables, year=year, of="age_band")
        yield ambassador_scales.change(run.tables, year=year)
        yield ambassador_scales.follow_up(run.tables, year=year)
        yield ambassador_scales.attrition(run.tables, year=year)


def _wanted(run: Run) -> Iterator[_Wanted]:
    for frame in measures(run):
        for row in collapse(frame, run.workbench).to_dict("records"):
            found = reading(row, years=row_years(run, row))
            if found is not None:
                yield _Wanted(found, true_counts(found, row))


def true_counts(found: Reading, row: Mapping[Any, Any]) -> tuple[float, ...]:
    """The true counts of `found.regions`, from the row that shows them; NaN where the row has none."""
    of = row["n"] if found.form == "mean" else row["denominator"]
    return tuple(float(n) for r, n in ((found.count, row["numerator"]), (found.of, of)) if r is not None)


def _counts(wanted: Sequence[_Wanted]) -> dict[Region, float]:
    truth: dict[Region, float] = {}
    for row in wanted:
        for r, n in zip(row.reading.regions, row.counts, strict=True):
            if not np.isnan(n) and truth.setdefault(r, n) != n:
                raise ValueError(f"two tables count {dict(r)} differently: a reading is wrong.")
    return truth


def _screen(wanted: Sequence[_Wanted], truth: Mapping[Region, float], threshold: int) -> list[_Wanted]:
    """Rows shown, first come first served, such that no two counts tell a small one by their difference."""
    ranges = {r: shown_range(n, threshold) for r, n in truth.items() if n >= threshold}
    chosen: list[_Wanted] = []
    shown: dict[Region, tuple[int, int]] = {}
    for row in wanted:
        if all(r in ranges for r in row.reading.regions):
            new = {r: ranges[r] for r in row.reading.regions if r not in shown}
            if all(_apart(a, b, {**shown, **new}, threshold) for a in new for b in {**shown, **new}):
                chosen.append(row)
                shown |= new
    return chosen


def _apart(a: Region, b: Region, ranges: Mapping[Region, tuple[int, int]], threshold: int) -> bool:
    """Whether the people of one out of the other, where one holds the other, may be many or hold a mask's range."""
    for large, small in ((a, b), (b, a)):
        if a != b and holds(large, small):
            most = ranges[large][1] - ranges[small][0]
            least = max(0, ranges[large][0] - ranges[small][1])
            if most < threshold and (most < threshold - 1 or least > 1):
                return False
    return True


def _shown(chosen: Sequence[_Wanted], refused: set[Region]) -> set[Region]:
    return {r for row in chosen if not refused & set(row.reading.regions) for r in row.reading.regions}


def _facts(shown: set[Region], truth: Mapping[Region, float], threshold: int) -> list[Fact]:
    """What the pages would tell: a range of each count shown, and that the others are masked."""
    return [fact(_TOLD, dict(r), *(shown_range(n, threshold) if r in shown else (0, None))) for r, n in truth.items()]


def shown_range(count: float, threshold: int) -> tuple[int, int]:
    """What a true count, once rounded, tells."""
    return rounded_range(int(round_counts(count, threshold)), threshold=threshold)


def _least(part: Part, leak: Target, shown: set[Region], order: Mapping[Region, int]) -> Region:
    """Of the counts that make `leak` together, the one that matters least."""
    found = [f.where for f in culprits(part, leak) if f.where in shown]
    found = found or [r for r in (leak.but, leak.where) if r in shown]
    if not found:
        held = [r for r, mask in zip(part.regions, part.masks, strict=True) if r in shown and mask @ leak.most > 0]
        found = held
    if not found:
        tables = (f.table for f in culprits(part, leak) if not f.structural)
        raise AttackError("what was published before tells a small count: nothing can be added to it.", tables)
    return max(found, key=lambda r: order[r])
