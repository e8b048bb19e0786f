"""Questions on the screenings: before and after a change of process, and beside what was published elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from prs_eval.estimation.comparisons import newcombe_interval
from prs_eval.estimation.intervals import clopper_pearson_interval, wilson_interval
from prs_eval.estimation.power import minimum_detectable_benchmark, minimum_detectable_difference
from prs_eval.estimation.survival import kaplan_meier, restricted_mean
from prs_eval.impact.before_after import before_after, dose_response, restricted_mean_pseudo_values
from prs_eval.impact.effect import Effect, too_few
from prs_eval.impact.power import detectable_from_error, years_needed
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.impact_answer import (
    Found,
    Outcome,
    Row,
    Signals,
    Tables,
    agrees,
    odds_ratio_as_difference,
    picture_table,
    robustness_table,
    same_sign,
    signed,
)
from prs_eval.programme.impact_plan import AgainstBenchmark, BeforeAfter, published_effect
from prs_eval.programme.periods import recent_years
from prs_eval.programme.screening_delay import observed_waits
from prs_eval.programme.screening_people import NO, YES, people_screened

REMINDED = ("sms", "phone")
_SUSPECT = 0.05
_LARGEST = 30  # years of pooling after which to say that no pooling will do


def answer_before_after(
    question: BeforeAfter, tables: Tables, *, year: int, workbench: Workbench, power: float
) -> Found:
    """People of the sessions before the change and after it: shares of appointments kept, or restricted mean waits."""
    years = range(workbench.first_year, year + 1)
    rows = _honoured(question, tables, years) if question.outcome == "honoured" else _waits(question, tables, years)
    level = workbench.confidence_level
    unit = "difference" if question.outcome == "honoured" else "days"
    after = rows["held_on"] >= pd.Timestamp(question.change_on)
    effect = _compare(rows, after, unit, level)
    before_mean, after_mean = (float(rows.loc[side, "value"].mean()) for side in (~after, after))
    matters = question.matters.estimate
    if question.matters.scale == "odds_ratio":
        matters = odds_ratio_as_difference(matters, before_mean) if 0 < before_mean < 1 else np.nan
    least = detectable_from_error(effect.standard_error, effect.df, power=power)
    robust = _otherwise(question, rows, unit, level, workbench)
    return Found(
        effect=effect,
        matters=signed(question, matters),
        detectable=least,
        years_needed=_pooling(least, matters, rows.loc[after, "year"].nunique()),
        picture=picture_table(question, _by_year(question, rows, level), year=year),
        robustness=robustness_table(question, robust, year=year),
        levels={
            "before": before_mean,
            "after": after_mean,
            "n_before": float((~after).sum()),
            "n_after": float(after.sum()),
            "groups": float(effect.units),
        },
        signals=_signals(effect, robust, _drift(rows[~after], unit, level)),
    )


def answer_benchmark(
    question: AgainstBenchmark, tables: Tables, *, year: int, workbench: Workbench, power: float
) -> Found:
    """A share of three years together minus the published one; the published people counted where they are known."""
    period = recent_years(year, breaks=workbench.breaks)
    level = workbench.confidence_level
    effect, own = _beside(question, tables, period.years, level)
    value, n_published = _published(question)
    least = _least_benchmark(question, value, n_published, effect.n, power)
    alone, _own = _beside(question, tables, (year,), level)
    low, high = wilson_interval([own[0]], [own[1]], confidence_level=level)
    limits = wilson_interval([value * n_published], [n_published], confidence_level=level) if n_published else None
    rows: list[Row] = [
        {
            "series": "own",
            "period": f"{period.first}-{period.last}",
            "numerator": own[0],
            "denominator": own[1],
            "estimate": own[0] / own[1] if own[1] else np.nan,
            "lower": float(low[0]),
            "upper": float(high[0]),
            "confidence_level": level,
            "unit": "proportion",
            "method": "wilson",
            "n": own[1],
        },
        {
            "series": "published",
            "period": "published",
            "estimate": value,
            "lower": float(limits[0][0]) if limits else np.nan,
            "upper": float(limits[1][0]) if limits else np.nan,
            "confidence_level": level,
            "unit": "proportion",
            "method": "wilson" if limits else "published",
            "n": n_published or np.nan,
        },
    ]
    same = np.nan if np.isnan(alone.estimate) else float(np.sign(alone.estimate) == np.sign(effect.estimate))
    return Found(
        effect=effect,
        matters=signed(question, question.matters.estimate),
        detectable=least,
        years_needed=_pooling(least, question.matters.estimate, len(period.years)),
        picture=picture_table(question, rows, year=year),
        robustness=robustness_table(question, {"year_alone": alone}, year=year),
        levels={"own": own[0] / own[1] if own[1] else np.nan, "published": value, "n_published": float(n_published)},
        signals=Signals(same_sign=same),
    )


def _honoured(question: BeforeAfter, tables: Tables, years: range) -> pd.DataFrame:
    """One row a person referred whose outcome is known: `value` 1 where the appointment was kept."""
    people = people_screened(tables, years=years, kind=question.kind)
    kept = people[people["referred"].eq(YES) & people["honoured"].isin([YES, NO])]
    return kept.assign(value=kept["honoured"].eq(YES).astype(float)).reset_index(drop=True)


def _waits(question: BeforeAfter, tables: Tables, years: range) -> pd.DataFrame:
    """One row a person referred: `value` a pseudo-value of the mean wait within the horizon, each side on its own."""
    waits = observed_waits(tables, years=years, kind=question.kind)
    late = waits["held_on"] >= pd.Timestamp(question.change_on)
    value = np.full(len(waits), np.nan)
    for side in (late, ~late):
        chosen = side.to_numpy(dtype=bool)
        if chosen.sum() > 1:
            value[chosen] = restricted_mean_pseudo_values(
                waits.loc[side, "days"], waits.loc[side, "seen"], question.horizon_days
            )
    return waits.assign(value=value).dropna(subset="value").reset_index(drop=True)


def _compare(rows: pd.DataFrame, after: pd.Series, unit: str, level: float) -> Effect:
    return before_after(
        rows["value"].to_numpy(dtype=float),
        after.to_numpy(dtype=bool),
        rows["session_id"].astype(str).to_numpy(dtype=object),
        unit=unit,
        confidence_level=level,
    )


def _otherwise(
    question: BeforeAfter, rows: pd.DataFrame, unit: str, level: float, workbench: Workbench
) -> dict[str, Effect]:
    """The same question with other windows, without the exceptional years, and by the dose that is recorded."""
    change = pd.Timestamp(question.change_on)
    out: dict[str, Effect] = {}

    def add(name: str, kept: pd.DataFrame) -> None:
        out[name] = _compare(kept, kept["held_on"] >= change, unit, level)

    near = rows["held_on"].between(change - pd.DateOffset(years=2), change + pd.DateOffset(years=2))
    add("two_years_each_side", rows[near])
    exceptional = {y for item in workbench.breaks for y in range(item.first_year, item.last_year + 1)}
    if rows["year"].isin(exceptional).any():
        add("without_break", rows[~rows["year"].isin(exceptional)])
    if question.dose == "reminder" and "reminder" in rows:
        known = rows[rows["reminder"].isin(["none", *REMINDED])]
        if len(known):
            out["dose"] = dose_response(
                known["value"].to_numpy(dtype=float),
                known["reminder"].isin(REMINDED).to_numpy(dtype=float),
                known["session_id"].astype(str).to_numpy(dtype=object),
                confidence_level=level,
            )
    return out


def _drift(before: pd.DataFrame, unit: str, level: float) -> Effect:
    """Whether things were already moving before the change: the later half of that time minus the earlier half."""
    middle = before["held_on"].sort_values().iloc[len(before) // 2] if len(before) else pd.Timestamp.max
    return _compare(before, before["held_on"] >= middle, unit, level)


def _signals(effect: Effect, robust: dict[str, Effect], drift: Effect) -> Signals:
    """A false date in the middle of the time before is this design's placebo."""
    others = {name: other for name, other in robust.items() if name != "dose"}
    moved: Outcome = "not_testable"
    if drift.status == "ok" and not np.isnan(drift.p_value):
        moved = "failed" if drift.p_value < _SUSPECT else "passed"
    return Signals(
        placebo=moved, same_sign=same_sign(effect, others), break_agrees=agrees(effect, others.get("without_break"))
    )


def _by_year(question: BeforeAfter, rows: pd.DataFrame, level: float) -> list[Row]:
    out: list[Row] = []
    for when, part in rows.groupby("year"):
        head: Row = {"series": "year", "period": str(when), "confidence_level": level, "n": len(part)}
        if question.outcome == "honoured":
            yes = float(part["value"].sum())
            low, high = wilson_interval([yes], [len(part)], confidence_level=level)
            out.append(
                head
                | {
                    "numerator": yes,
                    "denominator": len(part),
                    "estimate": yes / len(part),
                    "lower": float(low[0]),
                    "upper": float(high[0]),
                    "unit": "proportion",
                    "method": "wilson",
                }
            )
        else:
            curve = kaplan_meier(part["days"], part["seen"], confidence_level=level)
            mean = restricted_mean(curve, question.horizon_days)
            limits = {"estimate": mean.estimate, "lower": mean.lower, "upper": mean.upper}
            out.append(head | limits | {"unit": "days", "method": mean.method, "status": mean.status})
    return out


def _beside(
    question: AgainstBenchmark, tables: Tables, years: range | tuple[int, ...], level: float
) -> tuple[Effect, tuple[float, float]]:
    people = people_screened(tables, years=years, kind=question.kind)
    base = people if question.out_of == "screened" else people[people[question.out_of].eq(YES)]
    known = base[base[question.outcome].isin([YES, NO])]
    yes, n = float(known[question.outcome].eq(YES).sum()), float(len(known))
    value, n_published = _published(question)
    blank = too_few(
        confidence_level=level,
        unit="difference",
        method="newcombe" if n_published else "clopper_pearson",
        n=n,
        units=int(known["session_id"].nunique()),
        inference="normal",
        reason="asked",
    )
    if not n:
        return blank, (yes, n)

    def limits(confidence: float) -> tuple[float, float]:
        if n_published:
            low, high = newcombe_interval(yes, n, value * n_published, n_published, confidence_level=confidence)
            return float(low), float(high)
        low, high = clopper_pearson_interval(yes, n, confidence_level=confidence)
        return float(low) - value, float(high) - value

    lower, upper = limits(level)
    p = _p_value(limits)
    return replace(blank, estimate=yes / n - value, lower=lower, upper=upper, p_value=p, status="ok"), (yes, n)


def _p_value(limits: Callable[[float], tuple[float, float]]) -> float:
    """1 minus the largest confidence at which the limits still exclude no difference: what agrees with the limits."""
    low, high = 1e-6, 1 - 1e-9
    for _step in range(60):
        middle = (low + high) / 2
        lower, upper = limits(middle)
        low, high = (low, middle) if lower <= 0 <= upper else (middle, high)
    return 1 - low


def _published(question: AgainstBenchmark) -> tuple[float, float]:
    """The published share, and how many people it rests on (0 where the plan gives the share alone)."""
    if question.value is not None:
        return question.value, 0.0
    rows = [published_effect(each) for each in question.published]
    events, n = (sum(float(row[name]) for row in rows) for name in ("events", "n"))
    return events / n, n


def _least_benchmark(question: AgainstBenchmark, value: float, n_published: float, n: float, power: float) -> float:
    """The smallest difference on the good side that could be seen; NaN where none can."""
    if not n:
        return np.nan
    base = value if question.direction == "higher" else 1 - value
    if n_published:
        return float(minimum_detectable_difference(base, n, n_published, power=power))
    return float(minimum_detectable_benchmark(base, n, power=power))


def _pooling(least: float, matters: float, years: int) -> float:
    """Years together in which the effect that matters could be seen, at the present pace."""
    if not (least > 0 and matters > 0 and years > 0):
        return np.nan

    def shrinking(t: float) -> float:
        return least * float(np.sqrt(years / t))

    return years_needed(shrinking, matters, maximum=_LARGEST)
