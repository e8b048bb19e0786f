"""The design of a segmented series: which periods count, and the columns of trend, change, season and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._coefficients import finite

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
Span = tuple[int, int]
Spans = Sequence[Span] | Span
SeasonForm = Literal["harmonics", "dummies"]


@dataclass(frozen=True, slots=True)
class Segments:
    """What the columns are made from. `onset` is the first period of full effect; spans include both their ends."""

    onset: int
    with_slope: bool
    season: int | None
    season_form: SeasonForm
    harmonics: int
    breaks: tuple[Span, ...]
    break_slopes: bool

    def columns(self, periods: Values, used: Mask) -> Values:
        """Intercept, trend, level, slope (if any), season, breaks: shape (n, k). Rows not `used` add no column."""
        time = periods - self.onset
        after = (time >= 0).astype(float)
        out = [np.ones_like(time), time, after]
        if self.with_slope:
            out.append(after * time)
        out += self._season(periods, used)
        for first, last in self.breaks:
            inside = ((periods >= first) & (periods <= last)).astype(float)
            out.append(inside)
            if self.break_slopes and inside[used].sum() > 1:  # one point has no slope
                out.append(inside * (periods - first))
        return np.column_stack(out)

    def _season(self, periods: Values, used: Mask) -> list[Values]:
        if self.season is None:
            return []
        if self.season_form == "dummies":
            place = np.mod(periods, self.season)
            return [(place == s).astype(float) for s in np.unique(place[used])[1:]]
        angle = 2 * np.pi * periods / self.season
        waves = []
        for k in range(1, self.harmonics + 1):
            waves.append(np.cos(k * angle))
            if 2 * k != self.season:  # there the sine is 0 at whole periods
                waves.append(np.sin(k * angle))
        return waves

    def outside_breaks(self, periods: Values) -> Mask:
        """Periods in no modelled break, shape (n,)."""
        return ~within(periods, self.breaks)


def read_segments(
    *,
    start: int,
    transition: int,
    slope: bool,
    season: int | None,
    season_form: SeasonForm,
    harmonics: int,
    breaks: Spans,
    break_slopes: bool,
) -> Segments:
    """The options checked: ValueError for one that is of no use."""
    for name, value, least in (("start", start, None), ("transition", transition, 0), ("harmonics", harmonics, 1)):
        whole(value, name, least)
    if season is not None:
        whole(season, "season", 2)
        if season_form not in ("harmonics", "dummies"):
            raise ValueError(f"`season_form` must be harmonics or dummies, not {season_form}.")
        if season_form == "harmonics" and 2 * harmonics > season:
            raise ValueError(f"`harmonics` must be at most half of `season` ({season}), not {harmonics}.")
    return Segments(
        int(start) + int(transition),
        bool(slope),
        None if season is None else int(season),
        season_form,
        int(harmonics),
        read_spans(breaks, "breaks"),
        bool(break_slopes),
    )


def read_spans(spans: Spans, name: str) -> tuple[Span, ...]:
    """One span, or several, as pairs (first, last)."""
    given: Any = tuple(spans)
    if len(given) == 2 and all(np.ndim(x) == 0 for x in given):
        given = (given,)
    out = []
    for span in given:
        pair = tuple(span)
        if len(pair) != 2:
            raise ValueError(f"`{name}` must hold pairs of first and last period, not {len(pair)} numbers.")
        first, last = (whole(x, name, None) for x in pair)
        if first > last:
            raise ValueError(f"`{name}` must begin before it ends: {first} comes after {last}.")
        out.append((first, last))
    return tuple(out)


def read_periods(periods: ArrayLike, n: int) -> Values:
    """Whole numbers, shape (n,), none twice; in the caller's order."""
    when = finite(periods, "periods", shape=(n,))
    if (bad := when != np.floor(when)).any():
        raise ValueError(f"`periods` must be whole numbers: {int(bad.sum())} of {n} are not.")
    if (twice := n - np.unique(when).size) > 0:
        raise ValueError(f"`periods` must not repeat: {twice} of {n} are given again. Add up or keep one of each.")
    return when


def within(periods: Values, spans: tuple[Span, ...]) -> Mask:
    """Which periods lie in one of the spans, shape (n,)."""
    inside = np.zeros(periods.shape, dtype=bool)
    for first, last in spans:
        inside |= (periods >= first) & (periods <= last)
    return inside


def whole(value: object, name: str, least: int | None) -> int:
    """The value as an int; ValueError where it is no whole number or is under `least`."""
    ok = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not ok and isinstance(value, float | np.floating):
        ok = bool(np.isfinite(value)) and value == np.floor(value)
    number = int(value) if ok else 0  # type: ignore[call-overload]
    if not ok or (least is not None and number < least):
        rule = "be a whole number" + ("" if least is None else f" of at least {least}")
        raise ValueError(f"`{name}` must {rule}, not {value}.")
    return number
