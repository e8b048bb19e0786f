"""Places compared over time: difference in differences, and the event study that shows it year by year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._alone import rests_on_one_unit
from prs_eval.impact._two_way import event_time_fit
from prs_eval.impact.effect import Effect
from prs_eval.impact.inference import (
    choose_inference,
    cluster_effect,
    permutation_test,
    wild_cluster_bootstrap,
)
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Weighting = Literal["units", "population"]
Asked = Literal["permutation", "wild_cluster_bootstrap", "cr2_satterthwaite", "normal"]

_ASKED = ("permutation", "wild_cluster_bootstrap", "cr2_satterthwaite", "normal")
_WEIGHTINGS = ("units", "population")


def unit_changes(
    panel: Panel, *, before: Collection[int] | None = None, after: Collection[int] | None = None
) -> Values:
    """Each unit's mean after the start minus its mean before, periods weighted by the panel's weights, shape (N,).

    Parameters
    ----------
    panel
        One start for all treated units.
    before, after
        Periods that count on each side; all before the start, and all from it on, where not given.

    Raises
    ------
    ValueError
        Starts that differ, nobody or everybody treated, a period that the panel does not hold or that is on the other
        side of the start, no period on a side, a unit that is not observed on one of them.

    Notes
    -----
    In units of the outcome. A unit observed in fewer periods than others is compared over its own: where a period
    moved everybody (a pandemic), keep the periods that all have.
    Source: Bertrand, Duflo & Mullainathan (2004), Q J Econ 119:249-275 (section IV.C, "ignoring time series
    information").
    """
    early, late = _sides(panel, before, after)
    means = []
    for side in (early, late):
        weight = np.where(np.isfinite(panel.outcome[:, side]), panel.weight[:, side], 0.0)
        if (silent := weight.sum(axis=1) <= 0).any():
            names = ", ".join(np.asarray(panel.units, dtype=object)[silent][:5])
            raise ValueError(
                f"{int(silent.sum())} of {silent.size} units are not observed on one side of the start (first: "
                f"{names}): leave them out with `panel.keep`, and say so."
            )
        values = np.where(weight > 0, panel.outcome[:, side], 0.0)
        means.append((weight * values).sum(axis=1) / weight.sum(axis=1))
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
        "units": each counts the same (what the permutation is exact for); "population": by its mean weight in the
        periods that count, taken as known (for the cluster-robust errors as precision).
    inference
        "permutation", "wild_cluster_bootstrap", "cr2_satterthwaite" or "normal" (naïve cluster-robust, for
        comparison); where not given, `inference.choose_inference`, whose reason the result bears.
    seed
        Of the permutations or the bootstrap, where they are drawn.

    Returns
    -------
    Effect, unit "difference" (fractions) where the panel holds counts, else "outcome"; method "did_2x2_permutation"
    and the like; `n` observations, `units` and `treated` places. `too_few` and limits NaN where a permutation of so
    few excludes no effect however large, where one unit is treated (or one is not) and no permutation reaches 5 % (the
    estimate still stands), and where there are no errors to tell. The
    `standard_error` of a permutation is the spread of its differences once the estimate is taken off.

    Raises
    ------
    ValueError
        As `unit_changes`; nobody or everybody treated; an unknown weighting or inference.

    Notes
    -----
    Assumes that without treatment both groups would have changed alike, and no spill-over. Units are observations
    of one change each, so that correlation over time within a unit costs nothing (Bertrand, Duflo & Mullainathan).
    When not to use: starts that differ (`group_time.group_time_effects`); treated units chosen for a bad year, which
    would have come back by itself; before looking at `event_study`.
    Source: Card & Krueger (1994), Am Econ Rev 84:772-793; Bertrand, Duflo & Mullainathan (2004), Q J Econ
    119:249-275.
    """
    check_confidence_level(confidence_level)
    if weighting not in _WEIGHTINGS or (inference is not None and inference not in _ASKED):
        raise ValueError(f"`weighting` must be one of {_WEIGHTINGS}, `inference` None or one of {_ASKED}.")
    change = unit_changes(panel, before=before, after=after)
    treated = panel.treated
    used = np.logical_or(*_sides(panel, before, after))
    seen = np.isfinite(panel.outcome[:, used])
    heavy = np.ones(change.size)
    if weighting == "population":
        heavy = np.where(seen, panel.weight[:, used], 0.0).sum(axis=1) / seen.sum(axis=1)
    chosen, reason = choose_inference(units=change.size, treated=int(treated.sum()))
    way = inference or chosen
    common = {
        "unit": "outcome" if panel.numerator is None else "difference",
        "units": change.size,
        "treated": int(treated.sum()),
        "reason": reason if inference is None else "asked",
        "n": float(seen.sum()),
        "method": f"did_2x2_{way}",
    }
    found = (
        _permuted(change, treated, heavy, confidence_level, seed)
        if way == "permutation"
        else _regressed(change, treated, heavy, way, confidence_level, seed)
    )
    return replace(found, **common)  # type: ignore[arg-type]


def _regressed(change: Values, treated: Flags, heavy: Values, way: str, level: float, seed: int) -> Effect:
    """Each unit's change on whether it was treated, each unit its own cluster."""
    root = np.sqrt(heavy / heavy.mean())
    design = np.column_stack([np.ones(change.size), treated]) * root[:, None]
    y, each = change * root, np.arange(change.size)
    if way == "wild_cluster_bootstrap":
        return wild_cluster_bootstrap(y, design, each, coefficient=1, confidence_level=level, seed=seed)
    if way == "normal":
        return cluster_effect(y, design, each, coefficient=1, method="CR1", limits="normal", confidence_level=level)
    return cluster_effect(y, design, each, coefficient=1, confidence_level=level)


def _permuted(change: Values, treated: Flags, heavy: Values, level: float, seed: int) -> Effect:
    found = permutation_test(change, treated, weights=heavy, confidence_level=level, seed=seed)
    bounded = np.isfinite(found.lower) and np.isfinite(found.upper)
    # Of chance alone: with the effect still in, its own size would count as spread.
    rest = permutation_test(change - found.statistic * treated, treated, weights=heavy, seed=seed)
    return Effect(
        estimate=found.statistic,
        lower=found.lower if bounded else np.nan,
        upper=found.upper if bounded else np.nan,
        confidence_level=level,
        unit="outcome",
        method="permutation",
        n=float(change.size),
        status="ok" if bounded else "too_few",
        standard_error=float(rest.distribution.std()),
        p_value=found.p_value,
        inference="permutation",
    )


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """Effects by time since the start.

    estimates: the one output shape with group `event_time`, the reference among them (0, no limits). beta,
    covariance, event_times: without the reference, shapes (K,), (K, K), (K,): what `sensitivity` takes. `df` of the
    limits, `units` observed.
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
    EventStudy; errors are cluster-robust by unit, the sum of the clusters' scores times
    G / (G - 1) (n - 1) / (n - K - T) for G units, n observations, K coefficients and T periods: CR1S as fixest and
    reghdfe have it, the effects of the units not counted since they nest in their clusters. Student's limits with
    G - 1 degrees. `too_few`, without limits, where one unit left out would leave an event time undetermined (one
    treated unit then, or one never treated): its noise would not be in the error; NaN where the effects of units and
    periods leave an event time undetermined.

    Raises
    ------
    ValueError
        Nobody or everybody treated, a reference that no treated unit is observed at, leads or lags under 1 and 0.

    Notes
    -----
    With few units the limits are too narrow: for the picture, not for the test.
    Source: Freyaldenhoven, Hansen & Shapiro (2019), Am Econ Rev 109:3307-3338; Sun & Abraham (2021), J Econometrics
    225:175-199 (on what mixing starts does); Cameron & Miller (2015), J Hum Resour 50:317-372 (errors).
    """
    check_confidence_level(confidence_level)
    if weighting not in _WEIGHTINGS:
        raise ValueError(f"`weighting` must be one of {_WEIGHTINGS}, not {weighting}.")
    weight = np.where(np.isfinite(panel.outcome), panel.weight, 0.0)
    if weighting == "units":
        weight = (weight > 0).astype(float)
    since, kept = _event_times(panel, weight > 0, leads, lags)
    if reference not in kept:
        raise ValueError(f"no treated unit is observed at the reference, {reference}.")
    others = kept[kept != reference]
    beta, covariance, df = event_time_fit(panel.outcome, weight, since, others)
    at = [(since == e) & (weight > 0) for e in kept]
    alone = rests_on_one_unit(weight > 0, since, others)
    place = {int(e): k for k, e in enumerate(others)}
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))  # rounding, where nothing is left to explain
    half = float(stats.t.ppf(0.5 + confidence_level / 2, df)) * error
    rows = []
    for e, rests in zip(kept, at, strict=True):
        row: dict[str, object] = {"event_time": int(e), "estimate": 0.0, "n": float(rests.sum()), "status": "ok"}
        if (k := place.get(int(e))) is not None:
            sure = not alone[k] and np.isfinite(half[k])
            low, high = (beta[k] - half[k], beta[k] + half[k]) if sure else (np.nan, np.nan)
            row |= {"estimate": beta[k], "lower": low, "upper": high, "status": "ok" if sure else "too_few"}
        rows.append(row)
    head: dict[str, Any] = {
        "indicator": indicator,
        "quartier": ALL,
        "confidence_level": confidence_level,
        "unit": "outcome" if panel.numerator is None else "difference",
        "method": "event_study_cr1s",
    }
    table = estimates(pd.DataFrame(rows).assign(**head), groups=["event_time"])
    return EventStudy(table, beta, covariance, others, reference, df, int(df) + 1)


def _one_start(panel: Panel) -> float:
    treated = panel.treated
    if not treated.any() or treated.all():
        raise ValueError("some units must be treated and some not.")
    if np.unique(panel.start[treated]).size > 1:
        raise ValueError("treated units start at different periods: use `group_time.group_time_effects`.")
    return float(panel.start[treated][0])


def _sides(panel: Panel, before: Collection[int] | None, after: Collection[int] | None) -> tuple[Flags, Flags]:
    """Which periods count before the start and which after it."""
    start = _one_start(panel)
    found = []
    for name, asked, own in (("before", before, panel.times < start), ("after", after, panel.times >= start)):
        side = own if asked is None else np.isin(panel.times, list(asked))
        if asked is not None and (side.sum() < len(set(asked)) or (side & ~own).any()):
            raise ValueError(f"`{name}` must hold periods of the panel that are {name} the start.")
        if not side.any():
            raise ValueError(f"the panel needs a period {name} the start.")
        found.append(side)
    return found[0], found[1]


def _event_times(panel: Panel, seen: Flags, leads: int | None, lags: int | None) -> tuple[Values, NDArray[np.int64]]:
    """Time since the start, shape (N, T), NaN for those never treated, and its values."""
    if not panel.treated.any() or panel.treated.all():
        raise ValueError("some units must be treated and some never.")
    low = -np.inf if leads is None else -leads
    high = np.inf if lags is None else lags
    if low >= 0 or high < 0:
        raise ValueError("`leads` must be 1 or more, `lags` 0 or more.")
    start = np.where(panel.treated, panel.start, np.nan)
    since: Values = np.clip(panel.times[None, :] - start[:, None], low, high)
    return since, np.unique(since[seen & np.isfinite(since)]).astype(np.int64)
