"""Questions on yearly numbers since a start, and on the ties of the network against chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prs_eval.estimation.intervals import byar_or_exact_interval, wilson_interval
from prs_eval.impact.effect import Effect
from prs_eval.impact.null_models import cross_group_ties
from prs_eval.impact.power import detectable_from_error
from prs_eval.impact.trends import trend_in_counts, trend_in_shares
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.impact_answer import (
    Found,
    Row,
    Signals,
    Tables,
    agrees,
    picture_table,
    robustness_table,
    same_sign,
    signed,
    stable,
    turned,
)
from prs_eval.programme.impact_plan import NullModel, Trend
from prs_eval.programme.network_rows import places
from prs_eval.programme.network_ties import structure_graph


def answer_trend(question: Trend, tables: Tables, *, year: int, workbench: Workbench, power: float) -> Found:
    """Change a year since the start, each quartier with its own level."""
    level = workbench.confidence_level
    rows = _yearly(question, tables)
    rows = rows[rows["year"].between(question.start, year)]
    effect = _trend(question, rows, level)
    ratio = question.matters.scale == "ratio_per_year"
    matters = float(np.log(question.matters.estimate)) if ratio else question.matters.estimate
    exceptional = {y for item in workbench.breaks for y in range(item.first_year, item.last_year + 1)}
    others: dict[str, Effect] = {}
    if rows["year"].isin(exceptional).any():
        others["without_break"] = _trend(question, rows[~rows["year"].isin(exceptional)], level)
    if rows["year"].nunique() > 3:
        others["without_first_year"] = _trend(question, rows[rows["year"] > rows["year"].min()], level)
    least = detectable_from_error(effect.standard_error, effect.df, power=power)
    alone = {str(name): _trend(question, rows[rows["quartier"] != name], level) for name in rows["quartier"].unique()}
    by_year = rows.groupby("year")[["events", "trials"]].sum()
    first, last = (by_year.iloc[i] if len(by_year) else None for i in (0, -1))
    return Found(
        effect=effect,
        matters=signed(question, matters),
        detectable=least,
        years_needed=_years(least, matters, rows["year"].nunique()),
        picture=picture_table(
            question, [_point(question, int(str(when)), part, level) for when, part in by_year.iterrows()], year=year
        ),
        robustness=robustness_table(question, others, year=year),
        levels={
            "before": np.nan if first is None else float(first["events"] / first["trials"]),
            "after": np.nan if last is None else float(last["events"] / last["trials"]),
            "first_year": float(by_year.index[0]) if len(by_year) else np.nan,
        },
        signals=Signals(
            same_sign=same_sign(effect, others),
            break_agrees=agrees(effect, others.get("without_break")),
            leave_one_out=stable(effect, alone),
            odd=tuple(name for name, other in alone.items() if turned(effect, other)),
        ),
    )


def answer_null_model(question: NullModel, tables: Tables, *, year: int, workbench: Workbench, power: float) -> Found:
    """Ties between sectors among all ties of the year, against the same networks with the sectors dealt by chance."""
    level = workbench.confidence_level
    networks = {}
    for place, own in places(tables, ["attendance", "structures"], year=year, by=("quartier",)):
        graph, groups = structure_graph(own, year=year, at_least=question.at_least)
        if graph.number_of_edges():
            networks[place] = (graph, groups)
    effect = cross_group_ties(list(networks.values()), confidence_level=level)
    looser = {}
    for at_least in {1, 3} - {question.at_least}:
        pairs = [
            structure_graph(own, year=year, at_least=at_least)
            for _place, own in places(tables, ["attendance", "structures"], year=year, by=("quartier",))
        ]
        looser[f"at_least_{at_least}"] = cross_group_ties(pairs, confidence_level=level)
    each = {place: cross_group_ties([pair], confidence_level=level) for place, pair in networks.items()}
    rows: list[Row] = [
        {
            "series": place,
            "period": str(year),
            "estimate": one.estimate,
            "lower": one.lower,
            "upper": one.upper,
            "confidence_level": level,
            "unit": one.unit,
            "method": one.method,
            "n": one.n,
        }
        for place, one in {**each, "all": effect}.items()
    ]
    return Found(
        effect=effect,
        matters=signed(question, question.matters.estimate),
        detectable=detectable_from_error(effect.standard_error, np.inf, power=power),
        years_needed=np.nan,
        picture=picture_table(question, rows, year=year),
        robustness=robustness_table(question, dict(sorted(looser.items())), year=year),
        levels={"ties": effect.n, "networks": float(effect.units)},
        signals=Signals(same_sign=same_sign(effect, looser)),
    )


def _yearly(question: Trend, tables: Tables) -> pd.DataFrame:
    """Columns quartier, year, events, trials (1 a quartier-year where events are a number, not a share)."""
    if question.outcome == "referrals":
        rows = tables["referrals"].assign(events=1.0, trials=0.0)
    elif question.outcome == "needs_with_action":
        rows = tables["needs"]
        rows = rows.assign(events=rows["action_id"].notna().astype(float), trials=1.0)
    else:
        rows = tables["ambassador_activities"]
        counted = rows[rows["contacts"].notna() & rows["new_contacts"].notna()]
        rows = counted.assign(events=counted["new_contacts"].astype(float), trials=counted["contacts"].astype(float))
    summed = rows.groupby(["quartier", "year"], as_index=False, observed=True)[["events", "trials"]].sum()
    return summed.assign(trials=1.0) if question.outcome == "referrals" else summed


def _trend(question: Trend, rows: pd.DataFrame, level: float) -> Effect:
    if question.outcome == "referrals":
        return trend_in_counts(rows["events"], rows["year"].astype(float), rows["quartier"], confidence_level=level)
    return trend_in_shares(
        rows["events"], rows["trials"], rows["year"].astype(float), rows["quartier"], confidence_level=level
    )


def _point(question: Trend, year: int, part: pd.Series, level: float) -> Row:
    head: Row = {"series": "year", "period": str(year), "confidence_level": level, "numerator": part["events"]}
    if question.outcome == "referrals":
        low, high = byar_or_exact_interval([part["events"]], confidence_level=level)
        size: Row = {"estimate": part["events"], "unit": "count", "method": "byar_or_exact", "n": part["events"]}
    else:
        low, high = wilson_interval([part["events"]], [part["trials"]], confidence_level=level)
        share = part["events"] / part["trials"] if part["trials"] else np.nan
        size = {"estimate": share, "denominator": part["trials"], "unit": "proportion", "method": "wilson"}
        size["n"] = part["trials"]
    return head | size | {"lower": float(low[0]), "upper": float(high[0])}


def _years(least: float, matters: float, years: int) -> float:
    """Years of follow-up in which a trend of that size shows: its error falls with the years to the power 3/2."""
    if not (least > 0 and matters > 0 and years > 0):
        return np.nan
    return float(np.ceil(years * max(1.0, (least / matters) ** (2 / 3))))
