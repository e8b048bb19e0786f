"""Funnel plots: which areas differ from a target by more than chance and usual over-dispersion explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._counts import check_columns, ratio, sums
from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import Limits, check_confidence_level, poisson_interval, wilson_interval

Kind = Literal["proportion", "rate"]
Overdispersion = Literal["none", "multiplicative", "additive"]
FUNNEL_COLUMNS = ("funnel_class", "target", "lower_95", "upper_95", "lower_998", "upper_998", "phi", "tau2")
MINIMUM_AREAS = 10  # under ten, a tenth of the z-scores at each end is less than one area
_LEVELS = {"95": 0.95, "998": 0.998}


@dataclass(frozen=True, slots=True)
class FunnelDispersion:
    """How much more areas vary than chance alone: `phi` (ratio of variances) and `tau2` (squared unit of the share).

    `phi` is at least 1 and `tau2` at least 0; NaN and `too_few` under ten areas. `z_squares` is the raw mean of
    squared winsorised z-scores, which may be under 1.
    """

    phi: float
    tau2: float
    z_squares: float
    method: str
    n: int
    status: str


def _variance(target: ArrayLike, population: NDArray[np.float64], kind: Kind) -> NDArray[np.float64]:
    """Sampling variance of a share at the target; NaN where there is no population or no variation."""
    p = np.asarray(target, dtype=float)
    spread = p * (1 - p) if kind == "proportion" else p
    usable = (population > 0) & (spread > 0)
    return np.where(usable, spread / np.where(usable, population, 1.0), np.nan)


def _checked(target: ArrayLike, population: ArrayLike, kind: Kind) -> NDArray[np.float64]:
    if kind not in ("proportion", "rate"):
        raise ValueError(f"`kind` must be 'proportion' or 'rate', not {kind!r}.")
    p, n = np.asarray(target, dtype=float), np.asarray(population, dtype=float)
    if np.any(p < 0) or (kind == "proportion" and np.any(p > 1)):
        raise ValueError("`target` must be a share from 0 to 1, or a rate of 0 and more.")
    if np.any(n < 0):
        bad = np.flatnonzero(n.ravel() < 0)
        raise ValueError(f"`population` must not be negative: {bad.size} of {n.size} are (first: {bad[0]}).")
    return n


def funnel_limits(
    population: ArrayLike,
    *,
    target: ArrayLike,
    kind: Kind = "proportion",
    phi: ArrayLike = 1.0,
    tau2: ArrayLike = 0.0,
    confidence_level: float = 0.95,
) -> Limits:
    """Control limits of a funnel, in the unit of `target`, each of the shape of `population`.

    Parameters
    ----------
    population
        Denominators: people for a proportion, person-years (or expected events) for a rate; shape (n,).
    target
        Share 0-1, or events per unit of `population` (1 for observed over expected); broadcast.
    phi, tau2
        Multiplicative and additive over-dispersion (`funnel_dispersion`); 1 and 0 are none.
    confidence_level
        0.95 and 0.998 are the field's two.

    Returns
    -------
    (lower, upper), never outside what the share can be; NaN where the population is 0 or the target has no
    variation (0, or 1 for a proportion).

    Raises
    ------
    ValueError
        A target or population that cannot be, or a confidence level outside 0-1.

    Notes
    -----
    p0 +- z sqrt(phi p0 (1 - p0) / N + tau2); for a rate, p0 in place of p0 (1 - p0). These are limits about the
    target, not Wilson limits, which belong to an estimate. When not to use: expected events under about 5 an
    area, where the normal limits are too near on the upper side.
    Source: Spiegelhalter (2005), Stat Med 24:1185-1202.
    """
    check_confidence_level(confidence_level)
    n = _checked(target, population, kind)
    z = stats.norm.ppf((1 + confidence_level) / 2)
    half = z * np.sqrt(np.asarray(phi, dtype=float) * _variance(target, n, kind) + np.asarray(tau2, dtype=float))
    top = 1.0 if kind == "proportion" else np.inf
    return np.clip(target - half, 0.0, None), np.clip(target + half, None, top)


def _dispersion(
    z: NDArray[np.float64], variance: NDArray[np.float64], part: NDArray[np.intp], winsorise: float, *, parts: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """phi, tau2 and the mean of squared winsorised z-scores of each part, each of shape (parts,)."""
    known = ~np.isnan(z)
    z, weight, part = z[known], 1 / variance[known], part[known]
    grouped = pd.Series(z).groupby(part)
    low, high = (grouped.quantile(q).reindex(range(parts)).to_numpy() for q in (winsorise, 1 - winsorise))
    cut = np.clip(z, low[part], high[part])
    areas, squares, w, ww = (np.bincount(part, v, parts) for v in (np.ones_like(z), cut**2, weight, weight**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = squares / areas
        tau2 = (squares - (areas - 1)) / (w - ww / w)
    few = areas < MINIMUM_AREAS
    return np.where(few, np.nan, np.fmax(mean, 1)), np.where(few, np.nan, np.fmax(tau2, 0)), np.where(few, np.nan, mean)


def _check_winsorise(winsorise: float) -> None:
    if not 0 <= winsorise < 0.5:
        raise ValueError(f"`winsorise` must be from 0 to under 0.5, not {winsorise}.")


def funnel_dispersion(
    events: ArrayLike,
    population: ArrayLike,
    *,
    target: float | None = None,
    kind: Kind = "proportion",
    winsorise: float = 0.1,
) -> FunnelDispersion:
    """Over-dispersion of areas about a target: variance ratio `phi`, and `tau2` between areas.

    Parameters
    ----------
    events, population
        Counts, shape (areas,); an area with NaN or no population is left out.
    target
        The target; the share of all areas together where not given.
    winsorise
        Part of the z-scores pulled in at each end, so that true outliers do not widen their own limits.

    Returns
    -------
    FunnelDispersion; `too_few` under ten usable areas or where the target leaves no variation.

    Raises
    ------
    ValueError
        Counts that cannot be, or `winsorise` outside 0-0.5.

    Notes
    -----
    z = (y - p0) / s, cut at its `winsorise` and 1 - `winsorise` quantiles (R's type 7); phi = mean(z^2);
    tau2 = (I phi - (I - 1)) / (sum w - sum w^2 / sum w), w = 1 / s^2. phi under 1 and tau2 under 0 are set to
    1 and 0. When not to use: to make a surprising area unsurprising; a large phi first asks for better data.
    Source: Spiegelhalter (2005), Stat Med 24:1185-1202.
    """
    x, n = np.broadcast_arrays(np.asarray(events, dtype=float), _checked(1.0, population, kind))
    bad = np.flatnonzero((x < 0) | ((x > n) if kind == "proportion" else np.isinf(x)))
    if bad.size:
        raise ValueError(f"`events` must lie within its population: {bad.size} of {x.size} do not (first: {bad[0]}).")
    _check_winsorise(winsorise)
    known = ~(np.isnan(x) | np.isnan(n)) & (n > 0)
    x, n = x[known], n[known]
    p = float(target) if target is not None else float(x.sum() / n.sum()) if n.size else np.nan
    method = f"spiegelhalter, winsorised {winsorise:g}"
    variance = _variance(p, n, kind)
    if n.size < MINIMUM_AREAS or np.isnan(variance).any():
        return FunnelDispersion(np.nan, np.nan, np.nan, method, int(n.size), "too_few")
    found = _dispersion((x / n - p) / np.sqrt(variance), variance, np.zeros(n.size, dtype=np.intp), winsorise, parts=1)
    phi, tau2, squares = (float(values[0]) for values in found)
    return FunnelDispersion(phi, tau2, squares, method, int(n.size), "ok")


def _check_rows(table: pd.DataFrame, numerator: str, denominator: str, kind: Kind) -> None:
    x, n = (pd.to_numeric(table[c]).to_numpy(dtype=float, na_value=np.nan) for c in (numerator, denominator))
    possible = (x <= n) if kind == "proportion" else (x <= 0) | (n > 0)
    bad = np.flatnonzero(~((x >= 0) & (n >= 0) & np.isfinite(x + n) & possible))
    if bad.size:
        limit = f"between 0 and `{denominator}`" if kind == "proportion" else f"0 or more, with some `{denominator}`"
        raise ValueError(
            f"`{numerator}` must be {limit}: {bad.size} of {len(table)} rows are not (first: row "
            f"{table.index[bad[0]]}). Do both use the same year and boundaries?"
        )


def _funnel(
    x: NDArray[np.float64],
    n: NDArray[np.float64],
    part: NDArray[np.intp],
    *,
    kind: Kind,
    target: float | None,
    overdispersion: Overdispersion,
    winsorise: float,
) -> dict[str, NDArray[Any]]:
    """The columns of the funnel of each point; limits NaN and a reason as class where there is none."""
    parts = int(part.max()) + 1 if part.size else 0
    totals, populations, points = (np.bincount(part, v, parts).astype(float) for v in (x, n, n > 0))
    p0 = ratio(totals, populations)[part] if target is None else np.full(x.size, float(target))
    share = ratio(x, n)
    _checked(p0[n > 0], n, kind)
    variance = _variance(p0, n, kind)
    phi, tau2 = np.ones(x.size), np.zeros(x.size)
    if overdispersion != "none":
        found = _dispersion((share - p0) / np.sqrt(variance), variance, part, winsorise, parts=parts)
        phi, tau2 = (found[0][part], tau2) if overdispersion == "multiplicative" else (phi, found[1][part])
    alone = (points[part] < 2) & (target is None)
    reasons = [n == 0, np.isnan(variance), alone, np.isnan(phi + tau2)]
    why = np.select(reasons, ["no_population", "no_variation", "one_group", "too_few_groups"], "")
    limits = {}
    for name, level in _LEVELS.items():
        low, high = funnel_limits(n, target=p0, kind=kind, phi=phi, tau2=tau2, confidence_level=level)
        limits[f"lower_{name}"], limits[f"upper_{name}"] = (np.where(why == "", limit, np.nan) for limit in (low, high))
    outside = [share > limits["upper_998"], share < limits["lower_998"]]
    outside += [share > limits["upper_95"], share < limits["lower_95"]]
    place = np.select(outside, ["above_998", "below_998", "above_95", "below_95"], "within")
    return {"funnel_class": np.where(why == "", place, why), "target": p0, **limits, "phi": phi, "tau2": tau2}


def estimate_funnel(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    by: Sequence[str],
    within: Sequence[str] = (),
    kind: Kind = "proportion",
    target: float | None = None,
    overdispersion: Overdispersion = "none",
    winsorise: float = 0.1,
    multiplier: float = 1.0,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Each group's share with its own interval, and the class it takes in a funnel about the target.

    Parameters
    ----------
    table
        One row a unit, with counts in `numerator` and people (or person-years) in `denominator`.
    by
        Grouping columns, one funnel point a group.
    within
        Those of `by` that make separate funnels (such as `year`): target and over-dispersion are each its own.
    target
        The target of every funnel, in the unit of the estimate; the share of all its groups together where not given.
    overdispersion
        "none", "multiplicative" (limits times sqrt phi) or "additive" (tau2 added to the variance).
    multiplier
        Rates are events per `multiplier` of exposure; left at 1 for proportions.

    Returns
    -------
    DataFrame in the one output shape. `lower` and `upper` are, as everywhere, the interval of the estimate
    (Wilson, or exact Poisson for a rate). The funnel stands in further group columns: `funnel_class`, `target`,
    `lower_95`, `upper_95`, `lower_998`, `upper_998` (control limits about the target), `phi` and `tau2`.
    `funnel_class` is "within", "above_95", "above_998", "below_95" or "below_998"; or why there is none:
    "no_population", "no_variation" (target 0 or 1), "one_group" (nothing to compare with) or "too_few_groups"
    (under ten for over-dispersion). Those rows have status `too_few` and no limits.
    Control limits give the denominator away: hide them with the row.

    Raises
    ------
    ValueError
        A count missing, negative or above its denominator; a `within` that is not in `by`.

    Notes
    -----
    A point on a limit is within it. With 20 groups, one outside 95 % is expected by chance: 99.8 % is what asks
    for a look. When not to use: as a league table, or to say why an area differs.
    Source: Spiegelhalter (2005), Stat Med 24:1185-1202.
    """
    check_confidence_level(confidence_level)
    _check_winsorise(winsorise)
    if overdispersion not in ("none", "multiplicative", "additive"):
        raise ValueError(f"`overdispersion` must be 'none', 'multiplicative' or 'additive', not {overdispersion!r}.")
    if stray := [c for c in within if c not in by]:
        raise ValueError(f"`within` must be part of `by`: {', '.join(stray)} is not.")
    if not multiplier > 0 or (kind == "proportion" and multiplier != 1):
        raise ValueError(f"`multiplier` must be above 0, and 1 for a proportion, not {multiplier}.")
    check_columns(table, [numerator, denominator, *by])
    _check_rows(table, numerator, denominator, kind)
    groups = sums(table, [numerator, denominator], by)
    x, n = (groups[c].to_numpy(dtype=float) for c in (numerator, denominator))
    number = groups.groupby(list(within), dropna=False, observed=True).ngroup() if within else np.zeros(len(groups))
    part = np.asarray(number, dtype=np.intp)
    goal = None if target is None else target / multiplier
    funnel = _funnel(x, n, part, kind=kind, target=goal, overdispersion=overdispersion, winsorise=winsorise)
    for name, power in {"target": 1, "lower_95": 1, "upper_95": 1, "lower_998": 1, "upper_998": 1, "tau2": 2}.items():
        funnel[name] = funnel[name] * multiplier**power
    known = ~np.isnan(funnel["lower_95"])
    share = ratio(x, n) * multiplier
    if kind == "proportion":
        lower, upper = wilson_interval(x, n, confidence_level=confidence_level)
    else:
        lower, upper = (
            ratio(limit, n) * multiplier for limit in poisson_interval(x, confidence_level=confidence_level)
        )
    out = groups[list(by)].assign(
        indicator=indicator,
        numerator=x,
        denominator=n,
        estimate=np.where(known, share, np.nan),
        lower=np.where(known, lower, np.nan),
        upper=np.where(known, upper, np.nan),
        confidence_level=confidence_level,
        unit="proportion" if kind == "proportion" else f"per_{multiplier:.15g}",
        method=f"{'wilson' if kind == 'proportion' else 'exact_poisson'}, funnel, over-dispersion {overdispersion}",
        n=n,
        **funnel,
    )
    return estimates(out, groups=[*(g for g in by if g not in HEAD), *FUNNEL_COLUMNS])
