"""How each step of the theory of change moved: the indicators that the pathways name, year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.impact import contribution as along
from prs_eval.impact.effect import Effect
from prs_eval.impact.trends import trend_in_counts, trend_in_shares
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme import ambassadors, network, screening, synthesis
from prs_eval.programme.catalogue import Catalogue, Pathway, Step
from prs_eval.programme.impact_answer import Tables

_BASELINE_YEARS = 2
_MEASURES: dict[str, Callable[..., pd.DataFrame]] = {
    "network_meetings": network.meetings_held,
    "network_professionals": network.members,
    "network_referrals": network.referrals,
    "network_needs_with_action": network.needs,
    "screening_sessions": screening.sessions,
    "screening_participants": screening.sessions,
    "screening_stage_share": screening.cascade,
    "ambassadors_active": ambassadors.membership,
    "ambassador_contacts": ambassadors.contacts,
    "ambassador_new_contacts_share": ambassadors.contacts,
}


def step_name(step: Step) -> str:
    """What tells a step from the others: its question, or its indicator with the group of its rows."""
    return step.question or "|".join([str(step.indicator), *step.where.values()])


def yearly_values(tables: Tables, catalogue: Catalogue, *, year: int, workbench: Workbench) -> pd.DataFrame:
    """The indicators that the pathways name, every year up to `year`, by quartier: what the steps are read from.

    Only the measures that make them are computed; an indicator that is in none of `_MEASURES` is looked for among the
    key numbers of the year.
    """
    asked = {step.indicator for path in catalogue.theory_of_change for step in path.steps if step.indicator}
    measures = list(dict.fromkeys(_MEASURES[code] for code in sorted(asked) if code in _MEASURES))
    parts = []
    for when in range(workbench.first_year, year + 1):
        parts += [measure(tables, year=when, by=("quartier",)) for measure in measures]
        if asked - set(_MEASURES):
            parts.append(synthesis.key_numbers(tables, year=when, workbench=workbench, by=("quartier",)))
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True) if filled else estimates([])


def pathway_table(
    pathway: Pathway,
    catalogue: Catalogue,
    values: pd.DataFrame,
    effects: Mapping[str, Effect],
    *,
    year: int,
    workbench: Workbench,
) -> pd.DataFrame:
    """`impact.contribution.contribution` of one pathway: whether each step moved as expected since the start.

    values: as `yearly_values`. effects: of the plan's questions, by code. Estimates of indicators are changes a year
    ("log_rate_ratio" for numbers, "difference" for shares); `moved_in` is the first year from which the city stood on
    the expected side of its first two years.
    """
    kinds = {indicator.code: indicator.kind for indicator in catalogue.indicators}
    steps, rows = [], []
    for step in pathway.steps:
        name = step_name(step)
        kind = "effect" if step.indicator is None else kinds[step.indicator]
        steps.append(along.Step(step.stage, name, step.direction, kind))
        if step.question is not None:
            effect = effects.get(step.question)
            rows.append({"indicator": name} | (_fields(effect) if effect else {}))
        else:
            own = _rows_of(values, step)
            trend = _fields(_trend(own, workbench.confidence_level))
            rows.append({"indicator": name, "moved_in": _moved_in(own, step)} | trend)
    frame = pd.DataFrame([{"quartier": ALL, "year": year} | row for row in rows])
    return along.contribution(steps, frame)


def _rows_of(values: pd.DataFrame, step: Step) -> pd.DataFrame:
    """Columns quartier, year, events, trials (NaN where events are a number)."""
    own = values[values["indicator"] == step.indicator]
    for column, value in step.where.items():
        own = own[own[column] == value] if column in own else own.iloc[:0]
    share = own["unit"].eq("proportion")
    return pd.DataFrame(
        {
            "quartier": own["quartier"],
            "year": own["year"].astype(float),
            "events": own["numerator"].where(share, own["estimate"]).astype(float),
            "trials": own["denominator"].where(share, np.nan).astype(float),
        }
    ).dropna(subset="events")


def _trend(rows: pd.DataFrame, level: float) -> Effect:
    if rows["trials"].notna().any():
        kept = rows.dropna(subset="trials")
        return trend_in_shares(kept["events"], kept["trials"], kept["year"], kept["quartier"], confidence_level=level)
    return trend_in_counts(rows["events"], rows["year"], rows["quartier"], confidence_level=level)


def _moved_in(rows: pd.DataFrame, step: Step) -> float:
    summed = rows.groupby("year")[["events", "trials"]].sum(min_count=1)
    series = summed["events"] / summed["trials"].fillna(1.0)
    if len(series) <= _BASELINE_YEARS:
        return np.nan
    base = float(series.iloc[:_BASELINE_YEARS].mean())
    later = series.iloc[_BASELINE_YEARS:]
    good = (later > base if step.direction == "higher" else later < base).to_numpy(dtype=bool)
    stays = np.flatnonzero(np.logical_and.accumulate(good[::-1])[::-1])
    return float(later.index[stays[0]]) if stays.size else np.nan


def _fields(effect: Effect) -> dict[str, object]:
    names = ("estimate", "lower", "upper", "confidence_level", "unit", "method", "n", "status")
    return {name: getattr(effect, name) for name in names}
