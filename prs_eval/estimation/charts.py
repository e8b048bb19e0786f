"""Control charts of a series: XmR with the NHS rules, p and Laney p'; each refuses a series too short and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._counts import check_columns, counts_of, ratio, sums
from prs_eval.estimation._parts import parts
from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import check_confidence_level, wilson_interval

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
MINIMUM_POINTS = 12  # NHSRplotthedots warns below: Making Data Count's least for limits
RUN = 7  # points of a shift or of a trend, Making Data Count
CHART_COLUMNS = ("centre", "lower_limit", "upper_limit", "special_cause")


@dataclass(frozen=True, slots=True, eq=False)
class ControlChart:
    """Limits and special causes of a series, arrays of shape (points,) in the unit of `values`.

    `outside` a limit; `shift` part of 7 points on one side of the centre; `trend` part of 7 points that rise or fall;
    `two_of_three` near a limit. With `status` "too_few" limits are NaN, nothing is flagged, and `why` is
    "too_few_points", "no_variation" or "no_population".
    """

    values: Values
    centre: float
    lower: Values
    upper: Values
    outside: Flags
    shift: Flags
    trend: Flags
    two_of_three: Flags
    method: str
    n: int
    status: str
    why: str

    @property
    def special_cause(self) -> Flags:
        """Whether any rule flags the point."""
        return self.outside | self.shift | self.trend | self.two_of_three


def _runs(flags: Flags, length: int) -> Flags:
    """Points that belong to some window of `length` points that are all flagged."""
    if flags.size < length:
        return np.zeros(flags.size, dtype=bool)
    whole = np.lib.stride_tricks.sliding_window_view(flags, length).all(axis=1)
    return np.convolve(whole, np.ones(length)) > 0.5


def _chart(values: Values, centre: float, sigma: Values, method: str, why: str, top: float = np.inf) -> ControlChart:
    """The rules of Making Data Count about `centre`, with limits at three `sigma`."""
    n = values.size
    if why:
        nan, none = np.full(n, np.nan), np.zeros(n, dtype=bool)
        return ControlChart(values, np.nan, nan, nan, none, none, none, none, method, n, "too_few", why)
    lower, upper = centre - 3 * sigma, centre + 3 * sigma
    outside = (values < lower) | (values > upper)
    near = ~outside & (np.abs(values - centre) > 2 * sigma)
    above, below, steps = values > centre, values < centre, np.diff(values)
    trend = np.zeros(n, dtype=bool)
    for way in (steps > 0, steps < 0):
        found = _runs(way, RUN - 1)
        trend[1:] |= found
        trend[:-1] |= found
    pairs = np.zeros(n, dtype=bool)
    for side in (above, below):
        windows = np.lib.stride_tricks.sliding_window_view(np.stack([near & side, side]), 3, axis=1)
        whole = (windows[0].sum(axis=1) >= 2) & windows[1].all(axis=1)
        pairs |= np.convolve(whole, np.ones(3)) > 0.5
    shift = _runs(above, RUN) | _runs(below, RUN)
    # Limits are drawn where a share can be; a point beyond 3 sigma stays flagged.
    if top < np.inf:
        lower, upper = np.clip(lower, 0, None), np.clip(upper, None, top)
    return ControlChart(values, centre, lower, upper, outside, shift, trend, near & pairs, method, n, "ok", "")


def xmr_chart(values: ArrayLike, *, screen: bool = True) -> ControlChart:
    """XmR chart (individuals and moving range) of a series in time order, in its own unit, with the NHS rules.

    Parameters
    ----------
    values
        One number a period, equally spaced, shape (points,), without NaN.
    screen
        Leave moving ranges from 3.267 times their mean out of the mean, as NHSRplotthedots does.

    Returns
    -------
    ControlChart; `too_few` under 12 points or where all are the same.

    Raises
    ------
    ValueError
        NaN or infinity (a missing period breaks the moving range), or a shape other than (points,).

    Notes
    -----
    mean +- 2.66 x mean moving range. Rules: a point outside; 7 on one side of the mean; 7 rising or falling; 2 of 3
    on one side beyond two thirds of the way to a limit. Never rebased: say a change and draw two charts.
    When not to use: yearly series of a few years, counts near 0, strong seasons.
    Source: Wheeler (2000), Understanding Variation, 2nd ed.; NHS England, Making Data Count; NHSRplotthedots.
    """
    y = np.asarray(values, dtype=float)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ValueError("`values` must be of shape (points,), without NaN or infinity: a gap breaks the moving range.")
    method = "xmr, screened" if screen else "xmr"
    if y.size < MINIMUM_POINTS:
        return _chart(y, np.nan, y, method, "too_few_points")
    ranges = np.abs(np.diff(y))
    if screen and ranges.any():
        ranges = ranges[ranges < 3.267 * ranges.mean()]
    spread = float(ranges.mean())
    sigma = np.full(y.size, 2.66 / 3 * spread)
    return _chart(y, float(y.mean()), sigma, method, "" if spread > 0 else "no_variation")


def p_chart(events: ArrayLike, population: ArrayLike) -> ControlChart:
    """p chart of shares in time order (fractions), with binomial limits and the NHS rules.

    Parameters
    ----------
    events, population
        Counts a period, shape (points,).

    Returns
    -------
    ControlChart of shares; `too_few` under 12 points, where a period has nobody, or where all are 0 or 1.

    Raises
    ------
    ValueError
        NaN, or counts that cannot be.

    Notes
    -----
    p +- 3 sqrt(p (1 - p) / n). When not to use: large populations or people in groups, where it flags nearly every
    point (`p_prime_chart`).
    Source: Shewhart (1931), Economic Control of Quality; Montgomery (2009), Statistical Quality Control, ch. 7.
    """
    return _shares(events, population, "p")


def p_prime_chart(events: ArrayLike, population: ArrayLike) -> ControlChart:
    """Laney's p' chart of shares in time order (fractions): limits also hold the variation between periods.

    Parameters, returns and raises as `p_chart`.

    Notes
    -----
    p +- 3 s_i s_z, s_i = sqrt(p (1 - p) / n_i), s_z = mean moving range of (p_i - p) / s_i over 1.128.
    When not to use: fewer than about 20 periods (s_z is then a guess).
    Source: Laney (2002), Quality Engineering 14:531-537.
    """
    return _shares(events, population, "p_prime")


def _shares(events: ArrayLike, population: ArrayLike, method: Literal["p", "p_prime"]) -> ControlChart:
    x, n = counts_of(events, population)
    if x.ndim != 1 or np.isnan(x + n).any():
        raise ValueError("`events` and `population` must be of shape (points,), without NaN.")
    share = ratio(x, n)
    if x.size < MINIMUM_POINTS:
        return _chart(share, np.nan, share, method, "too_few_points")
    if np.any(n == 0):
        return _chart(share, np.nan, share, method, "no_population")
    centre = float(x.sum() / n.sum())
    sigma = np.sqrt(centre * (1 - centre) / n)
    if not 0 < centre < 1:
        return _chart(share, np.nan, share, method, "no_variation")
    if method == "p_prime":
        sigma = sigma * float(np.abs(np.diff((share - centre) / sigma)).mean()) / 1.128
    return _chart(share, centre, sigma, method, "" if sigma.all() else "no_variation", top=1.0)


def estimate_control_charts(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    order: str,
    by: Sequence[str] = (),
    chart: Literal["xmr", "p", "p_prime"] = "xmr",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Control chart of a share over periods, one chart a group, one row a period.

    Parameters
    ----------
    table
        One row a unit, with counts in `numerator` and people in `denominator`.
    order
        Column of periods, sorted as it sorts; a period that is not there is not known of: give it with 0 people.
    chart
        "xmr" (`xmr_chart` of the shares), "p" or "p_prime".

    Returns
    -------
    DataFrame in the one output shape: `estimate` the share, `lower` and `upper` its Wilson interval; the chart
    stands in group columns `centre`, `lower_limit`, `upper_limit` and `special_cause` (rules that flag the
    point joined by "|", "" for none, or why there is no chart). Shares keep their interval without a chart.

    Raises
    ------
    ValueError
        A count missing, negative or above its denominator.

    Notes
    -----
    Limits of the chart give denominators away: hide them with the row. When not to use and source: those of the chart.
    """
    check_confidence_level(confidence_level)
    make = {"xmr": _xmr_of_shares, "p": p_chart, "p_prime": p_prime_chart}
    if chart not in make:
        raise ValueError(f"`chart` must be one of {', '.join(make)}, not {chart!r}.")
    keys = [*by, *([] if order in by else [order])]
    series = [name for name in by if name != order]
    check_columns(table, [numerator, denominator, *keys])
    fine = table[numerator].between(0, table[denominator]).fillna(False).to_numpy(dtype=bool)
    if not fine.all():
        raise ValueError(
            f"`{numerator}` must lie between 0 and `{denominator}`: {int((~fine).sum())} of {len(table)} rows do not "
            f"(first: row {table.index[int(np.flatnonzero(~fine)[0])]})."
        )
    groups = sums(table, [numerator, denominator], keys).sort_values(keys, ignore_index=True)
    x, n = (groups[c].to_numpy(dtype=float) for c in (numerator, denominator))
    drawn = {name: np.full(len(groups), np.nan) for name in CHART_COLUMNS[:3]}
    cause = np.full(len(groups), "", dtype=object)
    for _, rows in parts(groups, series):
        found = make[chart](x[rows], n[rows])
        drawn["centre"][rows], drawn["lower_limit"][rows], drawn["upper_limit"][rows] = (
            found.centre,
            found.lower,
            found.upper,
        )
        rules = ("outside", "shift", "trend", "two_of_three")
        flags = np.array([getattr(found, rule) for rule in rules]).T.reshape(-1, 4)
        cause[rows] = [found.why or "|".join(r for r, on in zip(rules, row, strict=True) if on) for row in flags]
    lower, upper = wilson_interval(x, n, confidence_level=confidence_level)
    out = groups[keys].assign(
        indicator=indicator,
        numerator=x,
        denominator=n,
        estimate=ratio(x, n),
        lower=lower,
        upper=upper,
        confidence_level=confidence_level,
        unit="proportion",
        method=f"wilson, {chart} chart",
        n=n,
        special_cause=cause,
        **drawn,
    )
    return estimates(out, groups=[*(name for name in keys if name not in HEAD), *CHART_COLUMNS])


def _xmr_of_shares(events: Values, population: Values) -> ControlChart:
    share = ratio(events, population)
    if np.any(population == 0):
        why = "too_few_points" if share.size < MINIMUM_POINTS else "no_population"
        return _chart(share, np.nan, share, "xmr, screened", why)
    return xmr_chart(share)
