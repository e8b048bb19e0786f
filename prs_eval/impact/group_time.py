"""Starts that differ: the effect of each start at each period, never taking the treated for controls, and its means."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._coefficients import covariates as check_covariates
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._group_time import cell
from prs_eval.impact._group_time_results import FEWEST, Aggregate, GroupTime, effect_table, normal_effect
from prs_eval.impact.panel import Panel

__all__ = ["Aggregate", "GroupTime", "group_time_effects"]

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
Control = Literal["never_treated", "not_yet_treated"]
BasePeriod = Literal["varying", "universal"]


def group_time_effects(
    panel: Panel,
    *,
    control: Control = "never_treated",
    anticipation: int = 0,
    covariates: ArrayLike | None = None,
    method: Literal["reg", "dr"] = "dr",
    base_period: BasePeriod = "varying",
    indicator: str = "group_time",
    confidence_level: float = 0.95,
) -> GroupTime:
    """Effect of each start at each period: change of the units of that start against change of the untreated.

    Parameters
    ----------
    panel
        Balanced. Units treated from the first period on (less `anticipation`) are left out, and counted.
    control
        "never_treated" (within the panel), or "not_yet_treated" at that period, those never treated included.
    anticipation
        Periods before the start in which units may already respond.
    covariates
        Of each unit before treatment, shape (N, p) or (N,), without a column of ones: trends need be parallel only
        among units of the same covariates.
    method
        "reg" (regression of the controls' change) or "dr" (that and a logistic propensity: right if either is). The
        same without covariates.
    base_period
        What periods before the start are compared with: the one just before ("varying"), or always the last before
        the start ("universal", which `sensitivity` needs). Periods within `anticipation` count with those after the
        start, as in the paper.
    indicator
        Named in the tables.

    Returns
    -------
    GroupTime, method "callaway_santanna_reg" or "callaway_santanna_dr"; normal limits. `too_few`: without limits where
    a start has one unit, or no more controls than covariates and one (their noise would not be in the error); NaN
    without controls, with fewer controls than covariates need, or where a covariate tells the treated without fail.

    Raises
    ------
    ValueError
        Nobody treated, nobody never treated under "never_treated", an unobserved cell, an unknown option, covariates
        of another shape.

    Notes
    -----
    Each unit counts the same. Assumes parallel trends from the start less `anticipation` on, no spill-over, treatment
    that lasts. Errors hold for many units: with under 40, or a start of few units, they are too small (permute one
    start with `panels.difference_in_differences`). Written here and not taken from diff_diff 3.13, which gives no
    covariance of the effects and none by period, and whose propensity is not at its maximum (-.0004654 for an effect
    that csdid prints as -.0004721); without covariates the two agree.
    Source: Callaway & Sant'Anna (2021), J Econometrics 225:200-230; Sant'Anna & Zhao (2020), J Econometrics
    219:101-122 (doubly robust).
    """
    check_confidence_level(confidence_level)
    _check(panel, control, anticipation, method, base_period)
    inside = panel.start - anticipation > panel.times[0]
    start, y = np.where(panel.treated, panel.start, np.inf)[inside], panel.outcome[inside]
    ones = np.ones((len(panel.units), 1))
    if covariates is None:
        x = ones[inside]
    else:
        x = np.column_stack([ones, check_covariates(covariates, "covariates", n=len(panel.units))])[inside]
    found: list[tuple[int, int, float, Values, bool, bool]] = []
    for g in np.unique(start[np.isfinite(start)]):
        for k, base in _bases(panel.times, float(g), anticipation, base_period):
            if k == base:
                found.append((int(g), int(panel.times[k]), 0.0, np.zeros(start.size), True, False))
                continue
            last = panel.times[max(k, base)] + anticipation
            free = np.isinf(start) if control == "never_treated" else (start > last) & (start != g)
            bare = int(free.sum()) <= x.shape[1]
            effect, add = cell(y[:, k] - y[:, base], start == g, free, x, method)
            found.append((int(g), int(panel.times[k]), effect, add, False, bare))
    unit = "outcome" if panel.numerator is None else "difference"
    starts, times = (np.array([f[i] for f in found], dtype=np.int64) for i in (0, 1))
    values = np.array([f[2] for f in found])
    zero, lonely = (np.array([f[i] for f in found], dtype=bool) for i in (4, 5))
    adds = np.column_stack([f[3] for f in found])
    size, errors = (start[:, None] == starts).sum(axis=0), np.sqrt((adds**2).sum(axis=0))
    sure = (size >= FEWEST) & ~lonely
    effects = [
        normal_effect(e, s, int(k), bool(ok), start.size, unit, f"callaway_santanna_{method}", confidence_level)
        for e, s, k, ok in zip(values.tolist(), errors.tolist(), size, sure, strict=True)
    ]
    table = effect_table(effects, zero, {"start": starts, "time": times}, indicator)
    return GroupTime(
        estimates=table,
        start=starts,
        time=times,
        effect=values,
        contributions=adds,
        reference=zero,
        bare=lonely,
        of_unit=start,
        confidence_level=confidence_level,
        unit=unit,
        indicator=indicator,
        left_out=int((~inside).sum()),
    )


def _check(panel: Panel, control: str, anticipation: int, method: str, base_period: str) -> None:
    known = control in ("never_treated", "not_yet_treated") and base_period in ("varying", "universal")
    if not known or method not in ("reg", "dr") or anticipation < 0:
        raise ValueError(
            "`control` must be never_treated or not_yet_treated, `base_period` varying or universal, `method` reg or "
            "dr, `anticipation` 0 or more."
        )
    if not panel.balanced:
        missing = int((~np.isfinite(panel.outcome).all(axis=1)).sum())
        raise ValueError(
            f"{missing} of {len(panel.units)} units are not observed at every period: leave them, or the periods, out "
            "with `panel.keep`, and say so."
        )
    if not (panel.treated & (panel.start - anticipation > panel.times[0])).any():
        raise ValueError("no unit starts after the first period of the panel.")
    if control == "never_treated" and panel.treated.all():
        raise ValueError("no unit is never treated: take `control='not_yet_treated'`.")


def _bases(times: Whole, start: float, anticipation: int, base_period: str) -> list[tuple[int, int]]:
    """Positions of each period and of the one it is compared with."""
    last = int(np.flatnonzero(times < start - anticipation)[-1])
    if base_period == "universal":
        return [(k, last) for k in range(times.size)]
    return [(k, last if times[k] >= start - anticipation else k - 1) for k in range(1, times.size)]
