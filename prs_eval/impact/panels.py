"""Places compared over time: difference in differences, and the event study that shows it year by year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact.effect import Effect
from prs_eval.impact.inference import (
    choose_inference,
    cluster_effect,
    permutation_test,
    wild_cluster_bootstrap,
)
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]
Weighting = Literal["units", "population"]
Asked = Literal["permutation", "wild_cluster_bootstrap", "cr2_satterthwaite", "normal"]

_SWEEPS = 2000


def unit_changes(
    panel: Panel, *, before: Collection[int] | None = None, after: Collection[int] | None = None
) -> Values:
    """Each unit's mean after the start minus its mean before, periods weighted by population, shape (N,).

    Parameters
    ----------
    panel
        One start for all treated units.
    before, after
        Periods that count on each side; all before the start, and all from it on, where not given.

    Raises
    ------
    ValueError
        Starts that differ, no period on a side, a unit that is not observed on one of them.
    """
    start = _one_start(panel)
    early = panel.times < start if before is None else np.isin(panel.times, list(before))
    late = panel.times >= start if after is None else np.isin(panel.times, list(after))
    if not early.any() or not late.any():
        raise ValueError("the panel needs a period before the start and one after it.")
    means = []
    for side in (early, late):
        seen = np.isfinite(panel.outcome[:, side])
        weight = np.where(seen, panel.weight[:, side], 0.0)
        if (silent := weight.sum(axis=1) <= 0).any():
            names = ", ".join(np.asarray(panel.units, dtype=object)[silent][:5])
            raise ValueError(f"{int(silent.sum())} units are not observed on one side of the start: {names}.")
        means.append((weight * np.where(seen, panel.outcome[:, side], 0.0)).sum(axis=1) / weight.sum(axis=1))
    return np.asarray(means[1] - means[0])


def difference_in_differences(
    panel: Panel,
    *,
    before: Collection[int] | None = None,
    after: Collection[int] | None = None,
    weighting: Weighting = "units",
    inference: Asked | None = None,
    confidence_level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Change of the treated units minus change of the others, before and after one start (2 × 2).

    Parameters
    ----------
    panel, before, after
        As for `unit_changes`.
    weighting
        "units": each counts the same (what the permutation is exact for); "population": by its weight.
    inference
        "permutation", "wild_cluster_bootstrap", "cr2_satterthwaite" or "normal" (naïve cluster-robust, for
        comparison); where not given, `inference.choose_inference`, whose reason the result bears.
    seed
        Of the permutations or the bootstrap, where they are drawn.

    Returns
    -------
    Effect, unit "difference" (fractions) where the panel holds counts, else "outcome". Limits are infinite where a
    permutation of so few excludes nothing: `too_few` then.

    Raises
    ------
    ValueError
        As `unit_changes`; nobody or everybody treated; an unknown weighting or inference.

    Notes
    -----
    Assumes that without treatment both groups would have changed alike, and no spill-over. Units are observations
    of one change each, so that correlation over time within a unit costs nothing (Bertrand, Duflo & Mullainathan).
    Source: Card & Krueger (1994), Am Econ Rev 84:772-793; Bertrand, Duflo & Mullainathan (2004), Q J Econ
    119:249-275.
    """
    check_confidence_level(confidence_level)
    if weighting not in ("units", "population"):
        raise ValueError(f"`weighting` must be units or population, not {weighting}.")
    change = unit_changes(panel, before=before, after=after)
    treated = panel.treated
    heavy = np.ones(change.size) if weighting == "units" else panel.weight.mean(axis=1)
    chosen, reason = choose_inference(units=change.size, treated=int(treated.sum()))
    way = inference or chosen
    common = {
        "unit": "outcome" if panel.numerator is None else "difference",
        "units": change.size,
        "treated": int(treated.sum()),
        "reason": reason if inference is None else "asked",
        "n": float(np.isfinite(panel.outcome).sum()),
        "method": f"did_2x2_{way}",
    }
    if way == "permutation":
        found = _permuted(change, treated, heavy, confidence_level, seed)
    else:
        root = np.sqrt(heavy / heavy.mean())
        design = np.column_stack([np.ones(change.size), treated]) * root[:, None]
        arguments = (change * root, design, np.arange(change.size))
        if way == "wild_cluster_bootstrap":
            found = wild_cluster_bootstrap(*arguments, coefficient=1, confidence_level=confidence_level, seed=seed)
        elif way == "cr2_satterthwaite":
            found = cluster_effect(*arguments, coefficient=1, confidence_level=confidence_level)
        elif way == "normal":
            found = cluster_effect(
                *arguments, coefficient=1, method="CR1", limits="normal", confidence_level=confidence_level
            )
        else:
            raise ValueError(f"unknown inference: {way}.")
    return replace(found, **common)  # type: ignore[arg-type]


def _permuted(change: Values, treated: NDArray[np.bool_], heavy: Values, level: float, seed: int) -> Effect:
    found = permutation_test(change, treated, weights=heavy, confidence_level=level, seed=seed)
    bounded = np.isfinite(found.lower) and np.isfinite(found.upper)
    return Effect(
        estimate=found.statistic,
        lower=found.lower if bounded else np.nan,
        upper=found.upper if bounded else np.nan,
        confidence_level=level,
        unit="outcome",
        method="permutation",
        n=float(change.size),
        status="ok" if bounded else "too_few",
        standard_error=float(found.distribution.std()),
        p_value=found.p_value,
        inference="permutation",
    )


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """Effects by time since the start.

    estimates: the one output shape with group `event_time`, the reference among them (0, no limits). beta,
    covariance, event_times: without the reference, shapes (K,), (K, K), (K,): what `sensitivity` takes.
    """

    estimates: pd.DataFrame
    beta: Values
    covariance: Values
    event_times: NDArray[np.int64]
    reference: int
    df: float
    units: int


def event_study(
    panel: Panel,
    *,
    leads: int | None = None,
    lags: int | None = None,
    reference: int = -1,
    weighting: Weighting = "units",
    indicator: str = "event_study",
    confidence_level: float = 0.95,
) -> EventStudy:
    """Two-way fixed effects with one coefficient for each time since the start; units never treated as controls.

    Parameters
    ----------
    panel
        Balanced or not; some units never treated. Starts may differ, but then effects that differ between starts are
        mixed: `group_time.group_time_effects` does not mix them.
    leads, lags
        Event times kept before and after; those beyond are pooled in the end ones. All where not given.
    reference
        Event time that is 0.
    weighting
        "units", or "population": weighted least squares by the panel's weights.

    Returns
    -------
    EventStudy; errors are cluster-robust by unit (CR1S without the fixed effects of the units in the count of
    parameters, as units nest in their clusters), Student's limits with units - 1 degrees.

    Raises
    ------
    ValueError
        Nobody or everybody treated, a reference that no treated unit is observed at, leads or lags under 1 and 0.

    Notes
    -----
    With few units the limits are too narrow: for the picture, not for the test.
    Source: Freyaldenhoven, Hansen & Shapiro (2019), Am Econ Rev 109:3307-3338; Sun & Abraham (2021), J Econometrics
    225:175-199 (on what mixing starts does).
    """
    check_confidence_level(confidence_level)
    treated = panel.treated
    if not treated.any() or treated.all():
        raise ValueError("some units must be treated and some never.")
    seen = np.isfinite(panel.outcome) & (panel.weight > 0)
    with np.errstate(invalid="ignore"):
        since = panel.times[None, :] - np.where(treated, panel.start, np.nan)[:, None]
    low = -np.inf if leads is None else -leads
    high = np.inf if lags is None else lags
    if low >= 0 or high < 0:
        raise ValueError("`leads` must be 1 or more, `lags` 0 or more.")
    since = np.clip(since, low, high)
    kept = np.unique(since[seen & np.isfinite(since)]).astype(np.int64)
    if reference not in kept:
        raise ValueError(f"no treated unit is observed at the reference, {reference}.")
    kept = kept[kept != reference]
    unit, time = (index[seen] for index in np.indices(panel.outcome.shape))
    weight = np.ones(unit.size) if weighting == "units" else panel.weight[seen]
    columns = np.column_stack([panel.outcome[seen], since[seen][:, None] == kept[None, :]]).astype(float)
    within = _two_way_within(columns, unit, time, weight, panel.outcome.shape)
    beta, covariance, df = _clustered(within[:, 0], within[:, 1:], weight, unit, panel.times.size)
    half = stats.t.ppf(0.5 + confidence_level / 2, df) * np.sqrt(np.diag(covariance))
    rows = pd.DataFrame(
        {
            "event_time": kept,
            "estimate": beta,
            "lower": beta - half,
            "upper": beta + half,
            "n": [float((since[seen] == e).sum()) for e in kept],
        }
    )
    zero = pd.DataFrame([{"event_time": reference, "estimate": 0.0, "n": float((since[seen] == reference).sum())}])
    table = pd.concat([rows, zero], ignore_index=True).sort_values("event_time", ignore_index=True)
    head = {
        "indicator": indicator,
        "quartier": ALL,
        "confidence_level": confidence_level,
        "unit": "outcome" if panel.numerator is None else "difference",
        "method": "event_study_cr1s",
    }
    table = estimates(table.assign(**head), groups=["event_time"])
    return EventStudy(table, beta, covariance, kept, reference, df, len(panel.units))


def _one_start(panel: Panel) -> float:
    treated = panel.treated
    if not treated.any() or treated.all():
        raise ValueError("some units must be treated and some not.")
    if np.unique(panel.start[treated]).size > 1:
        raise ValueError("treated units start at different periods: use `group_time.group_time_effects`.")
    return float(panel.start[treated][0])


def _two_way_within(
    columns: Values, unit: NDArray[np.intp], time: NDArray[np.intp], weight: Values, shape: tuple[int, ...]
) -> Values:
    """Columns less their unit and period effects, weighted: alternating projections, one sweep where balanced."""
    out = columns.copy()
    scale = np.maximum(np.abs(columns).max(axis=0), 1e-300)
    for _sweep in range(_SWEEPS):
        moved = 0.0
        for index, size in ((unit, shape[0]), (time, shape[1])):
            total = np.bincount(index, weights=weight, minlength=size)
            for c in range(out.shape[1]):
                mean = np.bincount(index, weights=weight * out[:, c], minlength=size) / np.where(total > 0, total, 1)
                out[:, c] -= mean[index]
                moved = max(moved, float(np.abs(mean).max() / scale[c]))
        if moved < 1e-13:
            return out
    return out


def _clustered(
    y: Values, x: Values, weight: Values, unit: NDArray[np.intp], periods: int
) -> tuple[Values, Values, float]:
    """Weighted least squares of within-transformed columns with CR1S errors by unit."""
    bread = np.linalg.pinv((x * weight[:, None]).T @ x)
    beta = bread @ (x.T @ (weight * y))
    residual = y - x @ beta
    groups = int(unit.max()) + 1
    scores = np.column_stack(
        [np.bincount(unit, weights=weight * residual * x[:, c], minlength=groups) for c in range(x.shape[1])]
    )
    present = int(np.unique(unit).size)
    parameters = x.shape[1] + periods  # coefficients, period effects and the intercept less one: units nest
    n = y.size
    factor = present / (present - 1) * (n - 1) / (n - parameters)
    return beta, factor * bread @ (scores.T @ scores) @ bread, float(present - 1)
