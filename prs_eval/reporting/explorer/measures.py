"""What can be explored: each indicator, the measure of `prs_eval.programme` that gives it, and the rows it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

import pandas as pd

from prs_eval.disclosure.dominance import protect_costs
from prs_eval.disclosure.protect import protect
from prs_eval.estimation.frame import TAIL, estimates
from prs_eval.i18n import _, current_language
from prs_eval.inputs.codes import TOGETHER
from prs_eval.inputs.store import Store
from prs_eval.programme import ambassador_scales, ambassadors, network, recent, screening, synthesis
from prs_eval.programme.run import Run, open_run
from prs_eval.reporting import format as fmt
from prs_eval.reporting.tables import group_columns, group_words, heading, indicator_label, row_name

Detail = tuple[tuple[str, str], ...]  # (grouping column, code): which row of an indicator
_ASIDE = ["priority"]  # says something of a row, and changes from year to year


@dataclass(frozen=True)
class Measure:
    """A function of `prs_eval.programme` and the indicators taken from its table.

    `declared`: whether it takes the workbench; `options`: its other arguments; `protect`: how a public page shows it.
    """

    function: Callable[..., pd.DataFrame]
    indicators: tuple[str, ...]
    declared: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    protect: Callable[[Run, pd.DataFrame], pd.DataFrame] = protect

    def table(self, run: Run, year: int, by: tuple[str, ...]) -> pd.DataFrame:
        """Its table of `year`, by quartier or, with (), all together."""
        declared = {"workbench": run.workbench} if self.declared else {}
        return self.function(run.tables, year=year, by=by, **declared, **self.options)


PARTS: dict[str, tuple[Measure, ...]] = {
    "network": (
        Measure(
            network.meeting_rhythm,
            (
                "network_interval_within",
                "network_interval_median",
                "network_interval_shorter",
                "network_interval_longer",
            ),
            declared=True,
        ),
        Measure(recent.recent_intervals, ("network_interval_within_recent",), declared=True),
        Measure(network.recent_rhythm, ("network_interval_median_recent",)),
        Measure(network.meetings_held, ("network_meetings",)),
        Measure(network.attendance, ("network_people_per_meeting", "network_presences", "network_meetings_recorded")),
        Measure(network.diversity, ("network_residents_share", "network_categories_covered", "network_blau")),
        Measure(
            network.attendance_by_category,
            ("network_category_per_meeting", "network_category_presence", "network_category_presences"),
        ),
        Measure(
            network.members,
            (
                "network_structures",
                "network_structures_new",
                "network_structures_left",
                "network_professionals",
                "network_retention",
                "network_structures_attending",
                "network_structures_guests",
            ),
        ),
        Measure(network.members_by_category, ("network_category_structures", "network_category_professionals")),
        Measure(network.added_values, ("network_added_value", "network_added_value_unanswered"), declared=True),
        Measure(network.referrals, ("network_referrals", "network_referrals_taken_up")),
        Measure(network.referrals_by_reason, ("network_reason_referrals",)),
        Measure(network.referrals_by_outcome, ("network_outcome_referrals",)),
        Measure(network.needs, ("network_needs", "network_needs_with_action", "network_needs_from_residents")),
        Measure(network.needs_by_theme, ("network_theme_needs", "network_theme_needs_with_action"), declared=True),
        Measure(network.themes_covered, ("network_themes_covered",), declared=True),
        Measure(network.theme_meetings, ("network_theme_meetings",), declared=True),
    ),
    "screening": (
        Measure(recent.recent_screening, ("screening_stage_share_recent",), declared=True),
        Measure(screening.cascade, ("screening_stage_share", "screening_stage_people", "screening_stage_unknown")),
        Measure(
            screening.sessions,
            ("screening_sessions", "screening_participants", "screening_slots", "screening_fill_rate"),
        ),
        Measure(screening.waiting_times, ("screening_wait_median", "screening_wait_mean")),
        Measure(screening.absence_reasons, ("screening_absence_reason",)),
        Measure(screening.honoured_by, ("screening_honoured_by",), options={"characteristic": "reminder"}),
        Measure(
            screening.costs,
            ("screening_cost_per_participant", "screening_cost_per_equipped"),
            protect=protect_costs,
        ),
    ),
    "ambassadors": (
        Measure(ambassadors.membership, ("ambassadors_active", "ambassadors_joined", "ambassadors_left")),
        Measure(ambassadors.retention, ("ambassadors_retention",)),
        Measure(recent.recent_retention, ("ambassadors_retention_recent",), declared=True),
        Measure(ambassadors.trained, ("ambassadors_trained",)),
        Measure(ambassadors.composition, ("ambassadors_by_age",), options={"of": "age_band"}),
        Measure(ambassadors.composition, ("ambassadors_by_sex",), options={"of": "sex"}),
        Measure(
            ambassadors.activities,
            ("ambassador_activities", "ambassador_activity_hours", "ambassador_hours"),
            options={"of": None},
        ),
        Measure(
            ambassadors.contacts,
            ("ambassador_contacts", "ambassador_new_contacts", "ambassador_new_contacts_share"),
        ),
        Measure(ambassadors.decisions, ("ambassador_projects_decided",)),
        Measure(
            ambassador_scales.change,
            ("scale_mean_change", "scale_mean_before", "scale_mean_after", "scale_d_z"),
        ),
        Measure(ambassador_scales.follow_up, ("scale_paired_share", "scale_follow_up")),
    ),
}
_OF = {code: measure for measures in PARTS.values() for measure in measures for code in measure.indicators}


def part_names() -> list[tuple[str, str]]:
    """Name and code of each part of the programme."""
    return [(_("Réseau"), "network"), (_("Dépistages"), "screening"), (_("Ambassadeurs"), "ambassadors")]


def indicators(run: Run, part: str) -> list[tuple[str, str]]:
    """Label and code of each indicator of a part."""
    return [(indicator_label(c, run.catalogue), c) for measure in PARTS[part] for c in measure.indicators]


def known_years(run: Run) -> list[int]:
    """Years of the store that the programme covers."""
    return [year for year in Store(run.data).years() if year >= run.workbench.first_year]


def same_city(run: Run, year: int, **parameters: Any) -> Run:
    """The whole city's run of another year; `parameters` replace others of `open_run`."""
    own = {"audience": run.audience, "release": str(run.release or "") if year == run.year else ""} | parameters
    own["language"] = current_language()
    return open_run(None, year=year, data=str(run.data), parameters=str(run.parameters), **own)


@lru_cache(maxsize=64)
def told(run: Run, indicator: str, years: tuple[int, ...]) -> pd.DataFrame:
    """All rows of an indicator that the audience of `run` may see: all quartiers, all groups, and all together.

    run: the whole city's, of the last of `years`. Returns the one output shape.
    """
    measure = _OF[indicator]
    parts = [measure.table(run, year, by) for year, by in product(years, ((), ("quartier",)))]
    kept = [part[part["indicator"] == indicator] for part in parts]
    filled = [part for part in kept if len(part)]
    if not filled:
        return estimates([])
    frame = pd.concat(filled, ignore_index=True)
    frame = frame.drop_duplicates([c for c in frame if c not in TAIL])  # a survey stands for the years until the next
    seen = measure.protect(run, frame.reset_index(drop=True))
    return synthesis.in_order(seen.drop(columns=_ASIDE, errors="ignore"), run.workbench)


def details(run: Run, indicator: str, years: Iterable[int]) -> list[tuple[str, Detail]]:
    """Words and codes of the rows that an indicator has: one for each group; `((_("Sans détail"), ()),)` without."""
    rows = told(run, indicator, tuple(years))
    columns = group_columns(rows)
    found = dict.fromkeys(_detail(row, columns) for row in rows.to_dict("records"))
    kinds = {kind: place for place, kind in enumerate(screening.KINDS)}  # as in the reports: optical, then dental
    ordered = sorted(found, key=lambda one: kinds.get(dict(one).get("kind", ""), 0))
    return [(detail_words(run, one), one) for one in ordered] or [(_("Sans détail"), ())]


def _detail(row: Mapping[Any, Any], columns: Iterable[str]) -> Detail:
    return tuple((column, str(row[column])) for column in columns if not fmt.is_missing(row[column]))


def detail_words(run: Run, detail: Detail) -> str:
    """The words of a row of an indicator."""
    words = {heading(column): group_words(column, workbench=run.workbench)(code) for column, code in detail}
    return row_name(words) if words else _("Sans détail")


def of_detail(rows: pd.DataFrame, detail: Detail) -> pd.DataFrame:
    """The rows of a group, or of the class that a public page puts it into."""
    kept = pd.Series(True, index=rows.index)
    for column, code in detail if len(rows) else ():
        wanted = set(code.split(TOGETHER))
        kept &= rows[column].map(lambda value, wanted=wanted: wanted <= set(str(value).split(TOGETHER)))
    return rows[kept].reset_index(drop=True)
