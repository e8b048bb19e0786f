"""Two suspicions about a comparison of places: another start fits better, or something struck the treated alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from prs_eval.impact.inference import permutation_test
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StartSearch:
    """The period in which one step fits best; `p_value` of the declared start fitting as well."""

    declared: int
    best: int
    p_value: float


def likely_start(panel: Panel, *, excluded: Collection[int] = ()) -> StartSearch | None:
    """Where a single step of the gap between treated and other places fits best.

    Parameters
    ----------
    panel
        Balanced, with one start for all treated units.
    excluded
        Periods left out (an exceptional year).

    Returns
    -------
    StartSearch; None under 6 periods, or where under two periods lie before or after the declared start.

    Raises
    ------
    ValueError
        Where starts differ, nobody is treated or everybody is.

    Notes
    -----
    Least squares of the gap on one step, over every start that leaves two periods on each side; p: F of the declared
    start against the best one, times the number of starts looked at (Bonferroni). A gradual effect fits a later
    start a little better: a suspicion to look at, not a date.
    Source: Bai & Perron (1998), Econometrica 66:47-78 (least-squares break date).
    """
    gap, times, declared = _gap(panel, excluded)
    if times.size < 6 or not 2 <= (times < declared).sum() <= times.size - 2:
        return None
    candidates = times[2:-1]
    left = {int(s): _residual(gap, times >= s) for s in candidates}
    at_declared = _residual(gap, times >= declared)
    best = min(left, key=lambda s: (left[s], abs(s - declared)))
    if left[best] >= at_declared * (1 - 1e-9):
        return StartSearch(declared, declared, 1.0)
    df = times.size - 3
    f = (at_declared - left[best]) / (left[best] / df) if left[best] > 0 else np.inf
    return StartSearch(declared, best, float(min(1.0, len(candidates) * stats.f.sf(f, 1, df))))


def treated_only_shock(panel: Panel, periods: Collection[int], *, seed: int = 0) -> float:
    """p that the treated places moved no more than others in some periods, against the other periods after the start.

    Parameters
    ----------
    panel
        Balanced, with one start for all treated units.
    periods
        Those in which something may have struck.

    Returns
    -------
    p of the exact permutation of which places are treated; NaN where the periods or the others after the start are
    not in the panel.

    Raises
    ------
    ValueError
        As `likely_start`.

    Notes
    -----
    Source: Fisher (1935), The Design of Experiments, section 21 (randomisation test).
    """
    _gap(panel, ())
    struck = np.isin(panel.times, list(periods))
    later = (panel.times >= panel.first_start) & ~struck
    if not struck.any() or not later.any():
        return np.nan
    change = panel.outcome[:, struck].mean(axis=1) - panel.outcome[:, later].mean(axis=1)
    return permutation_test(change, panel.treated, seed=seed).p_value


def _gap(panel: Panel, excluded: Collection[int]) -> tuple[Values, NDArray[np.int64], int]:
    treated = panel.treated
    if not treated.any() or treated.all():
        raise ValueError("some units must be treated and some not.")
    if np.unique(panel.start[treated]).size > 1:
        raise ValueError("treated units must share one start: take those of one start at a time.")
    if not panel.balanced:
        raise ValueError("every unit must be observed at every period: keep those that are.")
    kept = ~np.isin(panel.times, list(excluded))
    gap = panel.outcome[treated].mean(axis=0) - panel.outcome[~treated].mean(axis=0)
    return gap[kept], panel.times[kept], int(panel.first_start)


def _residual(gap: Values, late: NDArray[np.bool_]) -> float:
    return float(sum(((part - part.mean()) ** 2).sum() for part in (gap[late], gap[~late]) if part.size))


def odd_units(changes: Values, treated: NDArray[np.bool_], units: tuple[str, ...], *, level: float = 0.05) -> list[str]:
    """Units whose change is unlike that of the others of their group.

    Parameters
    ----------
    changes, treated
        As for `inference.permutation_test`, shape (n,).
    units
        Their names.
    level
        Chance of naming any where all are alike.

    Returns
    -------
    Names, in the order given; none under 5 units, or where a group has one.

    Raises
    ------
    ValueError
        Shapes that differ.

    Notes
    -----
    Externally studentised residual from the mean of the group, Student's with n - 3 degrees, Bonferroni over the units:
    one unit out of the ordinary is named, two may hide each other.
    Source: Cook & Weisberg (1982), Residuals and Influence in Regression, section 2.2.
    """
    y, chosen = np.asarray(changes, dtype=float), np.asarray(treated, dtype=bool)
    if y.shape != chosen.shape or y.size != len(units):
        raise ValueError("`changes`, `treated` and `units` must be as many.")
    sizes = np.where(chosen, chosen.sum(), (~chosen).sum())
    if y.size < 5 or sizes.min() < 2:
        return []
    residual = y - np.where(chosen, y[chosen].mean(), y[~chosen].mean())
    room = 1 - 1 / sizes
    df = y.size - 3
    rest = ((residual**2).sum() - residual**2 / room) / df
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(residual) / np.sqrt(np.maximum(rest, 0) * room)
    p = np.minimum(1.0, y.size * 2 * stats.t.sf(np.nan_to_num(t, nan=0.0, posinf=np.inf), df))
    return [name for name, value in zip(units, p, strict=True) if value < level]
