"""The same question otherwise: without one unit, with other comparisons, windows or starts, by other analyses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import TAIL, estimates
from prs_eval.impact.effect import Effect
from prs_eval.impact.panel import Panel

Estimator = Callable[[Panel], Effect]


def leave_one_unit_out(panel: Panel, estimator: Estimator) -> pd.DataFrame:
    """The effect without each unit in turn.

    Parameters
    ----------
    panel
        Units × periods.
    estimator
        What makes an effect of a panel.

    Returns
    -------
    The one output shape, one row a unit, in the panel's order; groups `left_out` and `treated`. `too_few` where no
    treated unit, or no other, remains.

    Notes
    -----
    With few treated units every row moves: what counts is whether the sign, or the finding, stays.
    Source: Abadie, Diamond & Hainmueller (2015), Am J Polit Sci 59:495-510; Miller (1974), Biometrika 61:1-15.
    """
    rows = []
    for place, name in enumerate(panel.units):
        rest = panel.keep(units=np.arange(len(panel.units)) != place)
        found = _row(estimator(rest)) if _comparable(rest) else {"status": "too_few"}
        rows.append(found | {"left_out": name, "treated": bool(panel.treated[place])})
    return estimates(rows, groups=("left_out", "treated"))


def alternative_controls(panel: Panel, sets: Mapping[str, Sequence[str]], estimator: Estimator) -> pd.DataFrame:
    """The effect with other comparison units.

    Parameters
    ----------
    panel
        Units × periods.
    sets
        Names of the units compared with, by the name of the set.
    estimator
        What makes an effect of a panel.

    Returns
    -------
    The one output shape, one row a set, group `controls`. `too_few` where a set is empty.

    Raises
    ------
    ValueError
        Where a set names a treated unit, or one that is not in the panel.

    Notes
    -----
    Sets are to be declared before the outcome is seen.
    Source: Rosenbaum (1987), Stat Sci 2:292-306 (two control groups that agree rule out what they differ in).
    """
    treated = {name for name, is_treated in zip(panel.units, panel.treated, strict=True) if is_treated}
    rows = []
    for label, names in sets.items():
        if both := sorted(treated & set(names)):
            raise ValueError(f"a treated unit is no comparison: {', '.join(both)} in the set {label}.")
        part = panel.keep(units=sorted(treated | set(names)))
        found = _row(estimator(part)) if _comparable(part) else {"status": "too_few"}
        rows.append(found | {"controls": label})
    return estimates(rows, groups=("controls",))


def alternative_windows(panel: Panel, windows: Mapping[str, tuple[int, int]], estimator: Estimator) -> pd.DataFrame:
    """The effect over other periods.

    Parameters
    ----------
    panel
        Units × periods.
    windows
        First and last period, both kept, by the name of the window.
    estimator
        What makes an effect of a panel.

    Returns
    -------
    The one output shape, one row a window, groups `window`, `first` and `last` (whole numbers). `too_few` where no
    period before, or none after, the first start remains.

    Raises
    ------
    ValueError
        Where a window ends before it begins.

    Notes
    -----
    Windows are to be declared before the outcome is seen. Source: Bernal, Cummins & Gasparrini (2017), IJE
    46:348-355; Simonsohn, Simmons & Nelson (2020), Nat Hum Behav 4:1208-1214.
    """
    rows = []
    for label, (first, last) in windows.items():
        if first > last:
            raise ValueError(f"the window {label} must not end before it begins.")
        part = panel.keep(times=(panel.times >= first) & (panel.times <= last))
        seen = part.times.size > 0 and part.times[0] < part.first_start and _comparable(part)
        found = _row(estimator(part)) if seen else {"status": "too_few"}
        rows.append(found | {"window": label, "first": int(first), "last": int(last)})
    return estimates(rows, groups=("window", "first", "last"))


def placebo_start(panel: Panel, estimator: Estimator, *, starts: Sequence[int] | None = None) -> pd.DataFrame:
    """The effect of a start that did not take place, among the periods before anyone was treated.

    Parameters
    ----------
    panel
        Units × periods.
    estimator
        What makes an effect of a panel.
    starts
        Pretended starts of all treated units; by default one, in the middle of the periods before the first start.

    Returns
    -------
    The one output shape, one row a pretended start, group `placebo_start`. An effect there says that the two sides
    moved apart before the start, or that the start is wrongly dated. `too_few` where the first start leaves under
    two periods.

    Raises
    ------
    ValueError
        Where a pretended start leaves no earlier period, or is not before the first start.

    Notes
    -----
    A placebo that shows nothing proves little where its limits are wide.
    Source: Abadie, Diamond & Hainmueller (2015), Am J Polit Sci 59:495-510 (in-time placebos).
    """
    early = panel.times[panel.times < panel.first_start]
    if starts is None:
        starts = [int(early[early.size // 2])] if early.size else []
    allowed = set(early[1:].tolist())
    if early.size > 1 and (bad := [start for start in starts if start not in allowed]):
        raise ValueError(f"`starts` must leave an earlier period and precede the first start: {len(bad)} do not.")
    names = [name for name, treated in zip(panel.units, panel.treated, strict=True) if treated]
    before = panel.keep(times=early)
    rows: list[dict[str, Any]] = []
    for start in starts:
        known = early.size > 1 and len(names) > 0
        pretended = before.with_start(dict.fromkeys(names, float(start))) if known else before
        found = _row(estimator(pretended)) if known and _comparable(pretended) else {"status": "too_few"}
        rows.append(found | {"placebo_start": int(start)})
    return estimates(rows, groups=("placebo_start",))


def specification_curve(panel: Panel, specifications: Mapping[str, Callable[[Panel], Effect]]) -> pd.DataFrame:
    """The effect by every defensible analysis, in order of size.

    Parameters
    ----------
    panel
        Units × periods.
    specifications
        What makes an effect of a panel, by the name of the analysis.

    Returns
    -------
    The one output shape, one row a specification from the smallest effect to the largest (not estimable ones last),
    group `specification`. `agreement` sums it up.

    Raises
    ------
    ValueError
        Where no specification is given.

    Notes
    -----
    Shows how far the answer is that of one choice; specifications share the data, so that they are no votes.
    Source: Simonsohn, Simmons & Nelson (2020), Nat Hum Behav 4:1208-1214.
    """
    if not specifications:
        raise ValueError("`specifications` must name at least one analysis.")
    rows = [_row(make(panel)) | {"specification": name} for name, make in specifications.items()]
    out = estimates(rows, groups=("specification",))
    return out.sort_values("estimate", kind="stable", na_position="last").reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the rows of a table agree; scalars, NaN where no row could be estimated.

    `same_sign`: share of the estimates with the sign of the main one, or of the median; `excluding`: share whose
    limits exclude 0 on that side; `overlap`: whether one effect lies within the limits of all of them; `n`: rows
    estimated.
    """

    same_sign: float
    excluding: float
    median: float
    smallest: float
    largest: float
    overlap: bool
    n: int


def agreement(table: pd.DataFrame, *, main: float | None = None) -> Agreement:
    """How far several estimates of one effect agree.

    Parameters
    ----------
    table
        The one output shape, any groups; rows without an estimate are left out.
    main
        The main estimate, whose sign is looked for; the median of the table where not given.

    Returns
    -------
    Agreement. A missing limit overlaps with nothing and excludes nothing.

    Raises
    ------
    ValueError
        Where columns are missing.

    Notes
    -----
    Source: Simonsohn, Simmons & Nelson (2020), Nat Hum Behav 4:1208-1214 (median and share of one sign).
    """
    if absent := [c for c in ("estimate", "lower", "upper") if c not in table.columns]:
        raise ValueError(f"columns missing from `table`: {', '.join(absent)}.")
    rows = table[table["estimate"].notna()]
    value, low, high = (rows[c].to_numpy(dtype=float) for c in ("estimate", "lower", "upper"))
    if not value.size:
        return Agreement(np.nan, np.nan, np.nan, np.nan, np.nan, False, 0)
    middle = float(np.median(value))
    sign = np.sign(middle if main is None else main)
    clear = (low > 0) if sign > 0 else (high < 0) if sign < 0 else np.zeros(value.size, dtype=bool)
    return Agreement(
        same_sign=float((np.sign(value) == sign).mean()),
        excluding=float(clear.mean()),
        median=middle,
        smallest=float(value.min()),
        largest=float(value.max()),
        overlap=bool(low.max() <= high.min()),
        n=int(value.size),
    )


def _comparable(panel: Panel) -> bool:
    """Whether some unit starts within the periods and some does not, or starts otherwise."""
    return bool(panel.treated.any()) and len(set(panel.start.tolist())) > 1


def _row(effect: Effect) -> dict[str, Any]:
    return {name: getattr(effect, name) for name in TAIL if hasattr(effect, name)}
