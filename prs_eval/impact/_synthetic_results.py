"""Synthetic controls as results: one unit's, a placebo test's, several units' together, and their inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.impact._synthetic import ZERO, Fit, Rows, Setting, assignments, averages, invert
from prs_eval.impact.effect import Effect, Inference, Reason
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]
Limits = tuple[float, float]

FIT = 0.5  # the fit is ok where the error before is at most half of the spread between units
DONORS, PERIODS = 2, 2  # fewer donors, or periods before the start, and nothing is estimated
METHOD = "synthetic_control"
NONE = (float("nan"), float("nan"))


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticControl:
    """One unit and its synthetic control; arrays over the periods have shape (T,), in units of the outcome.

    `weights` by donor sum to one; where `unique` is false other weights fit as well (these are the most even ones).
    `effect` is the mean gap from `start` on; `pre_rmspe`, `post_rmspe` the root mean squared gaps before and after,
    `ratio` after over before (infinite where the fit before was perfect). `fit_ok`: `pre_rmspe` is at most half of
    `spread`, the standard deviation between the units before the start, each period about its mean. `status` is
    `too_few`, and all numbers NaN, under 2 donors or 2 periods before.
    """

    unit: str
    start: float
    times: NDArray[np.int64]
    weights: pd.Series[float]
    synthetic: Values
    gaps: Values
    effect: float
    pre_rmspe: float
    post_rmspe: float
    ratio: float
    spread: float
    fit_ok: bool
    unique: bool
    status: str = "ok"


@dataclass(frozen=True, slots=True, eq=False)
class PlaceboTest:
    """The effect on one unit among those found on its donors.

    `table`: one row a unit, the treated one first (`unit, treated, effect, pre_rmspe, post_rmspe, ratio, kept`); not
    `kept` are placebos that fitted too badly before. `p_ratio` and `p_effect` are ranks over the number of units kept.
    """

    effect: Effect
    control: SyntheticControl
    table: pd.DataFrame
    p_ratio: float
    p_effect: float


@dataclass(frozen=True, slots=True, eq=False)
class PooledSyntheticControl:
    """The mean of several units' effects; `gaps` (T,) is the mean of theirs, `distribution` (A,) its rivals.

    `estimates`: one row a treated unit in the one output shape (group column `place`). `poor_fit` names the units whose
    own fit is not ok; `fit_ok` says that none is.
    """

    effect: Effect
    controls: tuple[SyntheticControl, ...]
    estimates: pd.DataFrame
    gaps: Values
    distribution: Values
    fit_ok: bool
    poor_fit: tuple[str, ...]


def located(panel: Panel, unit: str, donors: Sequence[str] | None) -> tuple[int, Rows, float]:
    """The rows of a treated unit and of its donors, and the start."""
    if unit not in panel.units:
        raise ValueError(f"no such unit in the panel: {unit}.")
    row = panel.units.index(unit)
    start = float(panel.start[row])
    if not panel.treated[row]:
        raise ValueError(f"{unit} is not treated at any period of the panel: give its start (`Panel.with_start`).")
    if donors is None:
        rows = np.flatnonzero(~panel.treated)
    else:
        if absent := sorted(set(donors) - set(panel.units)):
            raise ValueError(f"donors that are not in the panel: {', '.join(absent)}.")
        rows = np.array(sorted({panel.units.index(name) for name in donors}), dtype=np.intp)
        if wrong := [panel.units[j] for j in rows if panel.treated[j]]:
            raise ValueError(f"donors must never be treated: {', '.join(wrong)} are (or cut the panel before).")
    missing = ~np.isfinite(panel.outcome[np.append(rows, row)])
    if missing.any():
        raise ValueError(
            f"every unit must be observed at every period: {int(missing.sum())} of {missing.size} outcomes are absent, "
            f"in {int(missing.any(axis=1).sum())} units. Name complete `donors`, or cut the panel (`Panel.keep`)."
        )
    return row, rows, start


def control(panel: Panel, given: Setting, row: int, rows: Rows) -> SyntheticControl:
    names = [panel.units[j] for j in rows]
    head = (panel.units[row], float(panel.start[row]), panel.times)
    if rows.size < DONORS or given.before.sum() < PERIODS:
        blank = np.full(panel.times.size, np.nan)
        empty = pd.Series(np.full(rows.size, np.nan), index=names, name="weight")
        return SyntheticControl(*head, empty, blank, blank.copy(), *NONE, *NONE, NONE[0], False, False, "too_few")
    fit, spread = given.fit(row, rows), given.spread(np.append(rows, row))
    return SyntheticControl(
        *head,
        weights=pd.Series(fit.weights, index=names, name="weight"),
        synthetic=panel.outcome[row] - fit.gaps,
        gaps=fit.gaps,
        effect=float(fit.gaps[~given.before].mean()),
        pre_rmspe=fit.before,
        post_rmspe=fit.after,
        ratio=fit.ratio(spread),
        spread=spread,
        fit_ok=fit.before <= FIT * spread + ZERO * spread,
        unique=fit.unique,
    )


def effect_of(
    panel: Panel,
    size: tuple[int, int],
    estimate: float,
    limits: Limits = NONE,
    *,
    level: float,
    p_value: float = float("nan"),
    inference: Inference = "placebo",
    reason: Reason,
) -> Effect:
    """An effect found by synthetic controls; `size` is the number of units and of those treated."""
    return Effect(
        estimate,
        *limits,
        level,
        unit_of(panel),
        METHOD,
        float(size[0]),
        "ok" if np.isfinite(estimate) else "too_few",
        p_value=p_value,
        units=size[0],
        treated=size[1],
        inference=inference,
        reason=reason,
    )


def unit_of(panel: Panel) -> str:
    """Fractions where counts were given, units of the outcome elsewhere."""
    return "outcome" if panel.numerator is None else "difference"


def one_row(panel: Panel, found: SyntheticControl, units: int) -> dict[str, object]:
    """One synthetic control in the names of the output shape."""
    return {
        "unit": unit_of(panel),
        "estimate": found.effect,
        "method": METHOD,
        "n": float(units),
        "status": found.status,
        "place": found.unit,
    }


def placebo_table(
    placebos: Sequence[tuple[str, Fit]], given: Setting, whole: SyntheticControl, worst: float | None
) -> pd.DataFrame:
    """The treated unit, then its placebos, as `PlaceboTest.table`; nothing where there are none."""
    limit = np.inf if worst is None else worst * whole.pre_rmspe
    rows = [(whole.unit, True, whole.effect, whole.pre_rmspe, whole.post_rmspe, whole.ratio, True)] if placebos else []
    for name, fit in placebos:
        effect = float(fit.gaps[~given.before].mean())
        rows.append((name, False, effect, fit.before, fit.after, fit.ratio(whole.spread), bool(fit.before <= limit)))
    columns = ["unit", "treated", "effect", "pre_rmspe", "post_rmspe", "ratio", "kept"]
    return pd.DataFrame(rows, columns=columns).astype({"treated": bool, "kept": bool})


def placebo_limits(whole: SyntheticControl, others: pd.DataFrame, statistic: str, level: float) -> Limits:
    """Constant effects whose rank among the placebos is not extreme.

    "ratio": mean((gap - c)^2) = var(gap) + (mean - c)^2 is compared with (a placebo's ratio times the error before)^2.
    """
    needed = floor((1 - level) * (len(others) + 1) + ZERO)
    if needed < 1:
        return NONE
    column = others["ratio"] if statistic == "ratio" else others["effect"].abs()
    bound = float(np.sort(column.to_numpy(dtype=float))[::-1][needed - 1])
    if statistic == "ratio":
        square = (bound * whole.pre_rmspe) ** 2 - (whole.post_rmspe**2 - whole.effect**2)
        bound = float(np.sqrt(square)) if square >= 0 else float("nan")
    return (whole.effect - bound, whole.effect + bound) if np.isfinite(bound) else NONE


def permuted(
    panel: Panel, given: Setting, treated: Rows, rows: Rows, *, maximum: int, level: float, seed: int
) -> tuple[Effect, Values]:
    """The mean effect against every choice of as many units, and its distribution."""
    all_rows, k = np.append(treated, rows), treated.size
    chosen, exact = assignments(all_rows.size, k, maximum, seed)
    shift, slope = np.empty(len(chosen)), np.empty(len(chosen))
    true = np.arange(all_rows.size) < k
    for a, taken in enumerate(chosen):
        left = np.setdiff1d(np.arange(all_rows.size), taken)
        fits = [given.fit(all_rows[i], all_rows[left]) for i in taken]
        shift[a] = np.mean([fit.gaps[~given.before].mean() for fit in fits])
        slope[a] = np.mean([float(true[i]) - fit.weights @ true[left] for i, fit in zip(taken, fits, strict=True)])
    near = np.abs(shift) >= abs(shift[0]) - ZERO * float(np.abs(shift).max())
    limits = invert(shift, slope, level)
    few = not np.isfinite(limits).all()
    return effect_of(
        panel,
        (all_rows.size, k),
        float(shift[0]),
        limits,
        level=level,
        p_value=float(near.mean()),
        inference="permutation",
        reason="few_placebos" if few else "all_assignments" if exact else "sampled_assignments",
    ), shift


def drawn(
    panel: Panel, given: Setting, treated: Rows, rows: Rows, *, maximum: int, level: float, seed: int
) -> tuple[Effect, Values]:
    """The mean effect against means of placebo effects of donors; NaN limits and p-value where donors are too few."""
    after = ~given.before
    estimate = float(np.mean([given.fit(i, rows).gaps[after].mean() for i in treated]))
    size = (rows.size + treated.size, treated.size)
    if floor((1 - level) * (rows.size + 1) + ZERO) < 1:
        return effect_of(panel, size, estimate, level=level, reason="few_placebos"), np.empty(0)
    single = np.array([given.fit(j, rows[rows != j]).gaps[after].mean() for j in rows])
    means, chance, _ = averages(single, treated.size, maximum, seed)
    order = np.argsort(-np.abs(means), kind="stable")
    # As for one unit, the effect observed is one more among the donors': no p-value under 1 / (1 + donors).
    weight = 1 / (1 + rows.size)
    beyond = float(chance[np.abs(means) >= abs(estimate) * (1 - ZERO)].sum())
    reached = weight + (1 - weight) * np.cumsum(chance[order])
    bound = float(np.abs(means)[order][np.argmax(reached > 1 - level)])
    return effect_of(
        panel,
        size,
        estimate,
        (estimate - bound, estimate + bound),
        level=level,
        p_value=weight + (1 - weight) * beyond,
        reason="asked",
    ), means
