"""Questions on the quartiers' outcomes: programme against comparison quartiers, and a monthly series around a date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from prs_eval.impact.count_panels import count_effect
from prs_eval.impact.effect import Effect
from prs_eval.impact.inference import permutation_test
from prs_eval.impact.panel import Panel, read_panel
from prs_eval.impact.panels import difference_in_differences, event_study, unit_changes
from prs_eval.impact.power import detectable_did, years_needed
from prs_eval.impact.robustness import leave_one_unit_out, placebo_start
from prs_eval.impact.sensitivity import breakdown_magnitude
from prs_eval.impact.starts import likely_start, odd_units, treated_only_shock
from prs_eval.impact.synthetic import pooled_synthetic_control
from prs_eval.impact.synthetic_did import synthetic_did
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.impact_answer import (
    Found,
    Outcome,
    Row,
    Signals,
    Tables,
    agrees,
    nothing_found,
    odds_ratio_as_difference,
    picture_table,
    robustness_table,
    same_sign,
    signed,
)
from prs_eval.programme.impact_plan import DifferenceInDifferences, treated_quartiers
from prs_eval.programme.outcomes import outcome_panel

_SUSPECT = 0.05


def question_panel(
    question: DifferenceInDifferences,
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    comparison: Sequence[str] | None = None,
) -> Panel | None:
    """The yearly outcome of the treated and comparison quartiers, in the years of the question up to `year`.

    Quartiers that lack a year are left out. None where no year before the start, or none after, or fewer than one
    treated and two comparison quartiers are left: nothing can be compared.
    """
    treated = [workbench.quartier(name).name for name in treated_quartiers(question, workbench)]
    others = [workbench.quartier(name).name for name in (comparison or question.comparison)]
    rows = outcome_panel(
        tables,
        indicator=question.outcome,
        years=range(question.first_year, year + 1),
        territories=[*treated, *others],
    )
    complete = rows.groupby("territory")["year"].nunique() == rows["year"].nunique()
    kept = set(complete.index[complete])
    years = rows["year"]
    sides = (years < question.start).any() and (years >= question.start).any()
    if not sides or not kept & set(treated) or len(kept & set(others)) < 2:
        return None
    return read_panel(
        rows[rows["territory"].isin(kept)],
        unit="territory",
        time="year",
        numerator="numerator",
        denominator="denominator",
        start={name: question.start for name in treated if name in kept},
    )


def answer_difference(
    question: DifferenceInDifferences, tables: Tables, *, year: int, workbench: Workbench, power: float
) -> Found:
    """Change of the programme's quartiers minus that of the comparison quartiers; every quartier counts the same."""
    level = workbench.confidence_level
    panel = question_panel(question, tables, year=year, workbench=workbench)
    if panel is None or np.ptp(unit_changes(panel)) == 0:  # nothing moves: a wrong file, not a certainty
        return nothing_found(question, "difference", year=year, level=level)
    exceptional = _exceptional(workbench)
    effect = difference_in_differences(panel, confidence_level=level)
    before = panel.keep(times=panel.times < question.start)
    share = float(before.outcome[panel.treated].mean())
    matters = question.matters.estimate
    if question.matters.scale == "odds_ratio":
        matters = odds_ratio_as_difference(matters, share)
    least = detectable_did(panel, noise="all", power=power)
    others = _other_analyses(question, panel, tables, year=year, workbench=workbench)
    estimator = partial(difference_in_differences, confidence_level=level)
    alone = leave_one_unit_out(panel, estimator).dropna(subset="estimate")
    search = likely_start(panel, excluded=exceptional)
    trend_p = _pre_trend(before)
    late = panel.times >= question.start
    treated = panel.treated
    return Found(
        effect=effect,
        matters=signed(question, matters),
        detectable=least.estimate,
        years_needed=_pooling(panel, question, matters, least.estimate),
        picture=picture_table(question, _gap_rows(panel, level), year=year),
        robustness=robustness_table(question, others, year=year),
        levels={
            "before": share,
            "after": float(panel.outcome[treated][:, late].mean()),
            "comparison_before": float(before.outcome[~treated].mean()),
            "comparison_after": float(panel.outcome[~treated][:, late].mean()),
            "treated": float(treated.sum()),
            "comparison": float((~treated).sum()),
            "years_before": float((~late).sum()),
            "years_after": float(late.sum()),
        },
        signals=Signals(
            pre_trend="not_testable" if np.isnan(trend_p) else "failed" if trend_p < _SUSPECT else "passed",
            breakdown=_breakdown(panel, effect, level),
            placebo=_placebo(panel, estimator),
            same_sign=same_sign(effect, others),
            estimators_agree=_all(agrees(effect, others[name]) for name in ("synthetic_control", "synthetic_did")),
            break_agrees=agrees(effect, others.get("without_break")),
            leave_one_out=bool((np.sign(alone["estimate"]) == np.sign(effect.estimate)).all()) if len(alone) else None,
            odd=_odd(panel, effect, alone),
            better_start=search.best if search and search.best != search.declared and search.p_value < 0.01 else None,
            shock=_shock(panel, workbench),
        ),
        left_out=_left_out(question, panel, workbench),
    )


def _exceptional(workbench: Workbench) -> tuple[int, ...]:
    return tuple(y for item in workbench.breaks for y in range(item.first_year, item.last_year + 1))


def _other_analyses(
    question: DifferenceInDifferences, panel: Panel, tables: Tables, *, year: int, workbench: Workbench
) -> dict[str, Effect]:
    level = workbench.confidence_level
    out: dict[str, Effect] = {
        "weighted_by_population": difference_in_differences(panel, weighting="population", confidence_level=level),
        "wild_cluster_bootstrap": difference_in_differences(
            panel, inference="wild_cluster_bootstrap", confidence_level=level
        ),
        "cr2": difference_in_differences(panel, inference="cr2_satterthwaite", confidence_level=level),
        "logistic": _as_difference(count_effect(panel, family="binomial", confidence_level=level), panel),
        "synthetic_control": pooled_synthetic_control(panel, confidence_level=level).effect,
        "synthetic_did": synthetic_did(panel, inference="jackknife", confidence_level=level),
    }
    exceptional = _exceptional(workbench)
    if np.isin(panel.times, exceptional).any():
        rest = panel.keep(times=~np.isin(panel.times, exceptional))
        out["without_break"] = difference_in_differences(rest, confidence_level=level)
    short = panel.keep(times=abs(panel.times - (question.start - 0.5)) < 3)
    if short.times.size < panel.times.size and (short.times < question.start).any():
        out["three_years_each_side"] = difference_in_differences(short, confidence_level=level)
    for number, names in enumerate(question.other_comparisons, start=1):
        other = question_panel(question, tables, year=year, workbench=workbench, comparison=names)
        if other is not None:
            out[f"other_comparison_{number}"] = difference_in_differences(other, confidence_level=level)
    return out


def _as_difference(effect: Effect, panel: Panel) -> Effect:
    """A log odds ratio as the difference it makes of the treated quartiers' share before, limits likewise."""
    share = float(panel.outcome[panel.treated][:, panel.times < panel.first_start].mean())

    def turned(value: float) -> float:
        return odds_ratio_as_difference(float(np.exp(value)), share)

    return replace(
        effect,
        estimate=turned(effect.estimate),
        lower=turned(effect.lower),
        upper=turned(effect.upper),
        unit="difference",
        standard_error=np.nan,
    )


def _odd(panel: Panel, effect: Effect, alone: pd.DataFrame) -> tuple[str, ...]:
    """Quartiers unlike the others of their group, or without which the sign of the answer turns."""
    turned = alone.loc[np.sign(alone["estimate"]) != np.sign(effect.estimate), "left_out"]
    unlike = odd_units(unit_changes(panel), panel.treated, panel.units)
    clear = not effect.lower <= 0 <= effect.upper
    return tuple(dict.fromkeys([*unlike, *(str(name) for name in turned if clear)]))


def _breakdown(panel: Panel, effect: Effect, level: float) -> float:
    """Departures, as multiples of the largest before the start, that the first year's effect withstands.

    0 where the effect is clear but the first year's alone is not, or the year before, from which departures are
    counted, is missing: it is not shown to withstand any. NaN where nothing is clear.
    """
    clear = effect.lower > 0 or effect.upper < 0
    if not (panel.times == panel.first_start - 1).any():
        return 0.0 if clear else np.nan
    study = event_study(panel, confidence_level=level)
    found = breakdown_magnitude(
        study.beta, study.covariance, study.event_times, weights="first", confidence_level=level
    )
    return 0.0 if np.isnan(found) and clear else found


def _pre_trend(before: Panel) -> float:
    """p that the two groups moved alike before the start: slopes of the quartiers, groups permuted."""
    if before.times.size < 3:
        return np.nan
    x = before.times - before.times.mean()
    slopes = before.outcome @ x / (x @ x)
    treated = np.isfinite(before.start)
    return permutation_test(slopes, treated).p_value


def _placebo(panel: Panel, estimator: Callable[[Panel], Effect]) -> Outcome:
    """Whether a start pretended in the middle of the years before would have shown an effect."""
    if (panel.times < panel.first_start).sum() < 4:
        return "not_testable"
    found = placebo_start(panel, estimator).iloc[0]
    if np.isnan(found["lower"]):
        return "not_testable"
    return "passed" if found["lower"] <= 0 <= found["upper"] else "failed"


def _all(answers: Iterable[bool | None]) -> bool | None:
    known = [answer for answer in answers if answer is not None]
    return all(known) if known else None


def _shock(panel: Panel, workbench: Workbench) -> tuple[int, ...]:
    """The exceptional years in which the treated quartiers alone moved."""
    years = tuple(y for y in _exceptional(workbench) if panel.first_start <= y <= panel.times[-1])
    if not years:
        return ()
    p = treated_only_shock(panel, years)
    return years if p < _SUSPECT else ()


def _gap_rows(panel: Panel, level: float) -> list[Row]:
    """Each year's gap between the groups, less their gap in the (other) years before, with its permutation limits.

    A single year before has no other to be compared with: it has no row.
    """
    rows: list[Row] = []
    early = panel.times < panel.first_start
    for place, when in enumerate(panel.times):
        base = early & (panel.times != when)
        if not base.any():
            continue
        change = panel.outcome[:, place] - panel.outcome[:, base].mean(axis=1)
        found = permutation_test(change, panel.treated, confidence_level=level)
        rows.append(
            {
                "series": "gap",
                "period": str(int(when)),
                "estimate": found.statistic,
                "lower": found.lower if np.isfinite(found.lower) else np.nan,
                "upper": found.upper if np.isfinite(found.upper) else np.nan,
                "confidence_level": level,
                "unit": "difference",
                "method": "permutation",
                "n": len(panel.units),
            }
        )
    for name, group in (("programme", panel.treated), ("comparison", ~panel.treated)):
        rows += [
            {
                "series": name,
                "period": str(int(when)),
                "estimate": float(panel.outcome[group, i].mean()),
                "unit": "proportion",
                "method": "mean_of_quartiers",
                "n": int(group.sum()),
            }
            for i, when in enumerate(panel.times)
        ]
    return rows


def _pooling(panel: Panel, question: DifferenceInDifferences, matters: float, least: float) -> float:
    """Years after the start in which the effect that matters could be seen with as many quartiers."""
    before, after = (int(side.sum()) for side in (panel.times < question.start, panel.times >= question.start))
    if not (least > 0 and matters > 0):
        return np.nan

    def shrinking(years: float) -> float:
        return float(least * np.sqrt((1 / before + 1 / years) / (1 / before + 1 / after)))

    return float(years_needed(shrinking, matters, maximum=30))


def _left_out(question: DifferenceInDifferences, panel: Panel, workbench: Workbench) -> tuple[str, ...]:
    """Quartiers of the question that lack a year."""
    asked = [workbench.quartier(name).name for name in (*treated_quartiers(question, workbench), *question.comparison)]
    return tuple(name for name in asked if name not in panel.units)
