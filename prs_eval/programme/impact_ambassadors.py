"""Questions on the ambassadors' scales: change, regression to the mean, and the time they had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from prs_eval.estimation.averages import mean
from prs_eval.impact.before_after import dose_response
from prs_eval.impact.effect import Effect, too_few
from prs_eval.impact.inference import cluster_effect
from prs_eval.impact.power import detectable_from_error
from prs_eval.impact.regression_to_the_mean import mee_chua
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.ambassador_scales import scores
from prs_eval.programme.impact_answer import (
    Found,
    Row,
    Signals,
    Tables,
    picture_table,
    robustness_table,
    same_sign,
    signed,
    stable,
    turned,
)
from prs_eval.programme.impact_plan import Paired

_DAYS_A_YEAR = 365.25


def answer_paired(question: Paired, tables: Tables, *, year: int, workbench: Workbench, power: float) -> Found:
    """Mean change in points of those who answered twice; people of one quartier may be alike."""
    level = workbench.confidence_level
    people = scores(tables, year=year)
    people = people[people["scale"] == question.outcome]
    pairs = people[people["scale_answers"] == "both"].reset_index(drop=True)
    change = (pairs["after"] - pairs["before"]).to_numpy(dtype=float)
    spread = float(np.std(change, ddof=1)) if change.size > 1 else np.nan
    effect = _change(pairs, level)
    d_z = question.matters.scale == "d_z"
    matters = question.matters.estimate * spread if d_z else question.matters.estimate
    others = {"regression_to_the_mean": _without_regression(question, pairs, level)}
    dose = _by_time(pairs, level)
    if dose.status == "ok":
        others["dose"] = dose
    alone = {str(name): _change(pairs[pairs["quartier"] != name], level) for name in sorted(pairs["quartier"].unique())}
    least = detectable_from_error(effect.standard_error, effect.df, power=power)
    adjusted = others["regression_to_the_mean"]
    return Found(
        effect=effect,
        matters=signed(question, matters),
        detectable=least,
        years_needed=np.nan,
        picture=picture_table(question, _waves(pairs, level), year=year),
        robustness=robustness_table(question, others, year=year),
        levels={
            "before": float(pairs["before"].mean()) if len(pairs) else np.nan,
            "after": float(pairs["after"].mean()) if len(pairs) else np.nan,
            "n": float(len(pairs)),
            "asked": float(len(people)),
            "d_z": float(change.mean() / spread) if spread > 0 else np.nan,
            "spread": spread,
            "population_mean": question.population_mean,
        },
        signals=Signals(
            same_sign=same_sign(effect, {"regression_to_the_mean": adjusted}),
            estimators_agree=_overlap(effect, adjusted),
            leave_one_out=stable(effect, alone),
            odd=tuple(name for name, other in alone.items() if turned(effect, other)),
            retained=len(pairs) / len(people) if len(people) else np.nan,
            regression_explains=_regression_explains(effect, adjusted),
        ),
    )


def _change(pairs: pd.DataFrame, level: float) -> Effect:
    change = (pairs["after"] - pairs["before"]).to_numpy(dtype=float)
    places = pairs["quartier"].astype(str).to_numpy(dtype=object)
    groups = len(set(places))
    if groups < 3 or change.size < 4:  # too few quartiers to let their people be alike: people taken one by one
        places = np.arange(change.size).astype(object)
    if change.size < 4 or np.ptp(change) == 0:
        blank = too_few(
            unit="points",
            method="paired_cr2",
            n=change.size,
            confidence_level=level,
            inference="cr2_satterthwaite",
            reason="few_clusters",
            units=groups,
        )
        return replace(blank, estimate=float(change.mean())) if change.size > 1 else blank
    found = cluster_effect(change, np.ones((change.size, 1)), places, coefficient=0, confidence_level=level)
    return replace(found, unit="points", method="paired_cr2", reason="few_clusters", n=float(change.size))


def _without_regression(question: Paired, pairs: pd.DataFrame, level: float) -> Effect:
    return replace(
        mee_chua(
            pairs["before"].to_numpy(dtype=float),
            pairs["after"].to_numpy(dtype=float),
            question.population_mean,
            confidence_level=level,
        ),
        unit="points",
    )


def _by_time(pairs: pd.DataFrame, level: float) -> Effect:
    """Change for one more year between the two answers: those who were ambassadors longer had more of it."""
    years = (pairs["after_on"] - pairs["before_on"]).dt.days.to_numpy(dtype=float) / _DAYS_A_YEAR
    change = (pairs["after"] - pairs["before"]).to_numpy(dtype=float)
    places = pairs["quartier"].astype(str).to_numpy(dtype=object)
    if len(set(places)) < 3:
        places = np.arange(change.size).astype(object)
    return dose_response(change, years, places, unit="points", confidence_level=level)


def _waves(pairs: pd.DataFrame, level: float) -> list[Row]:
    rows: list[Row] = []
    for wave in ("before", "after"):
        one = mean(pairs[wave].to_numpy(dtype=float), unit="points", confidence_level=level)
        limits = {"estimate": one.estimate, "lower": one.lower, "upper": one.upper, "status": one.status}
        row: Row = {"series": "wave", "period": wave, "confidence_level": level, "unit": "points", "method": one.method}
        rows.append(row | limits | {"n": one.n})
    return rows


def _overlap(effect: Effect, other: Effect) -> bool | None:
    """Whether two ways to the same effect can both be right."""
    if effect.status != "ok" or other.status != "ok":
        return None
    return bool(max(effect.lower, other.lower) <= min(effect.upper, other.upper))


def _regression_explains(effect: Effect, adjusted: Effect) -> bool | None:
    """Whether a change that was clear is clear no more once regression to the mean is taken out."""
    if effect.status != "ok" or adjusted.status != "ok":
        return None
    clear = effect.lower > 0 or effect.upper < 0
    return clear and adjusted.lower <= 0 <= adjusted.upper
