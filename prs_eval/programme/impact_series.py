"""Questions on a monthly outcome of the programme's quartiers around a date."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from prs_eval.impact.effect import Effect
from prs_eval.impact.power import detectable_from_error
from prs_eval.impact.time_series import InterruptedSeries as Fit
from prs_eval.impact.time_series import interrupted_series
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.impact_answer import (
    Found,
    Row,
    Signals,
    Tables,
    agrees,
    nothing_found,
    picture_table,
    robustness_table,
    same_sign,
    signed,
)
from prs_eval.programme.impact_plan import InterruptedSeries, treated_quartiers
from prs_eval.programme.outcomes import month_number, outcome_series

_LOG = "log_rate_ratio"


def answer_series(
    question: InterruptedSeries, tables: Tables, *, year: int, workbench: Workbench, power: float
) -> Found:
    """Change of level of a monthly rate at a date, its trend and season taken into account.

    Correlated months make the limits of counts too narrow (docs/impact.md): the logarithm of the rate under REML is the
    main analysis where every month has an event, quasi-Poisson otherwise. The exceptional years are left out; modelled,
    they are shown beside.
    """
    level = workbench.confidence_level
    treated = [workbench.quartier(name).name for name in treated_quartiers(question, workbench)]
    rows = outcome_series(
        tables, indicator=question.outcome, territories=treated, years=range(question.first_year, year + 1)
    )
    if rows.empty:
        return nothing_found(question, _LOG, year=year, level=level)
    counts, people = (rows[name].to_numpy(dtype=float) for name in ("numerator", "denominator"))
    period = rows["period"].to_numpy(dtype=float)
    spans = [
        (month_number(dt.date(item.first_year, 1, 1)), month_number(dt.date(item.last_year, 12, 1)))
        for item in workbench.breaks
        if month_number(dt.date(item.first_year, 1, 1)) <= period.max()
    ]
    common: dict[str, Any] = {"start": month_number(question.start), "season": 12, "confidence_level": level}

    def by_counts(**more: Any) -> Fit:
        options = {**common, "excluded": spans, "family": "poisson", "exposure": people} | more
        return interrupted_series(counts, period, **options)

    def by_rates(**more: Any) -> Fit:
        fit = interrupted_series(np.log(counts / people), period, **({**common, "excluded": spans} | more))
        return replace(
            fit,
            level=replace(fit.level, unit=_LOG),
            slope=None if fit.slope is None else replace(fit.slope, unit=_LOG),
            fitted=people * np.exp(fit.fitted),
            counterfactual=people * np.exp(fit.counterfactual),
        )

    whole = bool((counts > 0).all())
    fit = by_rates if whole else by_counts
    main = fit()
    assert main.slope is not None
    effect = main.level
    others: dict[str, Effect] = {"quasi_poisson": by_counts().level} if whole else {}
    others["newey_west"] = by_counts(errors="newey_west").level
    if spans:
        others["break_modelled"] = fit(excluded=(), breaks=spans).level
    others["season_by_month"] = fit(season_form="dummies").level
    return Found(
        effect=effect,
        matters=signed(question, float(np.log(question.matters.estimate))),
        detectable=detectable_from_error(effect.standard_error, effect.df, power=power),
        years_needed=np.nan,
        picture=picture_table(question, _months(rows, main), year=year),
        robustness=robustness_table(question, others | {"slope": main.slope}, year=year),
        levels={
            "points_before": float(main.points_before),
            "points_after": float(main.points_after),
            "slope": main.slope.estimate,
            "slope_lower": main.slope.lower,
            "slope_upper": main.slope.upper,
        },
        signals=Signals(
            same_sign=same_sign(effect, others),
            break_agrees=agrees(effect, others.get("break_modelled")),
        ),
    )


def _months(rows: pd.DataFrame, fit: Fit) -> list[Row]:
    """Observed, fitted and without the change, for 1 000 inhabitants a month."""
    people = rows["denominator"].to_numpy(dtype=float)
    months = [f"{y}-{m:02d}" for y, m in zip(rows["year"], rows["month"], strict=True)]
    parts = {"observed": rows["numerator"].to_numpy(dtype=float), "fitted": fit.fitted, "without": fit.counterfactual}
    method = fit.level.method
    return [
        {"series": name, "period": month, "estimate": 1000 * v / n, "unit": "per_1000", "method": method, "n": n}
        for name, values in parts.items()
        for month, v, n in zip(months, values.astype(float), people, strict=True)
    ]
