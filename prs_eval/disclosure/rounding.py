"""Default mode: small counts masked, the others rounded, and what is derived from them derived again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.intervals import wilson_interval

ROUND_TO = 5
COUNTS = ("people", "count", "attendances")
MEANS = ("points", "days", "weeks", "index")
_HIDDEN = ("numerator", "denominator", "estimate", "lower", "upper", "n")
_ROUNDED = ("numerator", "denominator", "n")


def round_counts(values: ArrayLike, threshold: int = 11, base: int = ROUND_TO) -> NDArray[np.float64]:
    """To the nearest multiple of `base`, never under `threshold` (11 becomes 15): a second pass changes nothing."""
    nearest = np.floor(np.asarray(values, dtype=float) / base + 0.5) * base
    return np.asarray(np.maximum(nearest, np.ceil(threshold / base) * base), dtype=float)


def rounded_range(value: float, *, threshold: int = 11, base: int = ROUND_TO) -> tuple[int, int]:
    """Whole counts which `protect_estimates` shows as `value`: what goes into the ledger."""
    least = value - base // 2
    first = np.ceil(threshold / base) * base
    return int(threshold if value <= first else max(least, threshold)), int(value + (base - 1) // 2)


def protect_estimates(frame: pd.DataFrame, *, threshold: int = 11, base: int = ROUND_TO) -> pd.DataFrame:
    """Rows of the one output shape that may go to the public, each for itself.

    Counts, denominators and n under `threshold` (0 included) mask their row, and so do shares whose numerator
    or complement is under it (0 % and 100 % among them). Other counts are rounded to `base`; shares and
    their Wilson limits are computed from the rounded counts; means are given to 2 significant digits without
    limits. Any other unit (ratios, differences, tests) is masked: it cannot be derived from rounded counts.

    Returns
    -------
    A new frame. Masked rows have `status` primary and no number; nothing tells why a row is masked.

    Raises
    ------
    ValueError
        Not the output shape, or `threshold` or `base` under 1.

    Notes
    -----
    When not to use: alone. Rows that add up (quartiers and their total, single and pooled years) can still
    give a masked one away: `audit` looks at all that is published together.
    Source: Hundepool et al. (2024), Handbook on Statistical Disclosure Control, 2nd ed., 5.2 and 5.5 (rounding).
    """
    check_estimates(frame)
    if threshold < 1 or base < 1:
        raise ValueError("threshold and base are whole numbers of people, 1 or more.")
    out = frame.copy(deep=True)
    unit = out["unit"].astype("object")
    numbers = {name: out[name].to_numpy(dtype=float) for name in _HIDDEN}
    counted, share = unit.isin(COUNTS).to_numpy(), (unit == "proportion").to_numpy()
    mean = unit.isin(MEANS).to_numpy()
    small = out["status"].isin(["primary", "secondary"]).to_numpy() | ~(counted | share | mean)
    for name in _ROUNDED:
        small |= numbers[name] < threshold
    small |= counted & ~(numbers["estimate"] >= threshold)
    small |= mean & ~(numbers["n"] >= threshold)
    rounded = {name: round_counts(numbers[name], threshold, base) for name in (*_ROUNDED, "estimate")}
    x, n = rounded["numerator"], rounded["denominator"]
    # also on rounded counts: a second pass must see what the first one saw
    small |= share & ~(numbers["denominator"] - numbers["numerator"] >= threshold)
    small |= share & ~(n - x >= threshold)
    shown = ~small
    for name in _ROUNDED:
        numbers[name] = rounded[name]
    numbers["lower"] = np.full(len(out), np.nan)
    numbers["upper"] = np.full(len(out), np.nan)
    numbers["estimate"] = np.where(counted, rounded["estimate"], numbers["estimate"])
    kept = shown & share
    numbers["estimate"][kept] = x[kept] / n[kept]
    for level in np.unique(out["confidence_level"].to_numpy(dtype=float)[kept]):
        rows = kept & (out["confidence_level"].to_numpy(dtype=float) == level)
        numbers["lower"][rows], numbers["upper"][rows] = wilson_interval(x[rows], n[rows], confidence_level=level)
    means = shown & mean
    numbers["estimate"][means] = [float(f"{value:.2g}") for value in numbers["estimate"][means]]
    for name in _HIDDEN:
        out[name] = np.where(shown, numbers[name], np.nan)
    out["status"] = out["status"].astype("object").where(shown, "primary")
    return out


def midpoint(counts: ArrayLike, *, width: int = 6) -> NDArray[np.float64]:
    """Counts as the middle of their class 1-6, 7-12, … (3, 9, …); 0 stays 0.

    Source: OpenSAFELY documentation, Midpoint 6 rounding.
    """
    values = np.asarray(counts, dtype=float)
    return np.where(values > 0, np.ceil(values / width) * width - width / 2, 0.0)


def midpoint_curve(time: ArrayLike, event: ArrayLike, *, width: int = 6, threshold: int = 11) -> pd.DataFrame:
    """Kaplan-Meier curve from cumulative counts at the middle of their classes: no step is one person.

    Parameters
    ----------
    time, event
        Shape (people,): follow-up, and whether it ended in the event.
    threshold
        The curve stops where fewer rounded people are at risk.

    Returns
    -------
    DataFrame with `time, at_risk, events, survival`: only times at which the rounded cumulative events change,
    and a first row at 0. Empty where fewer than `threshold` people are followed.

    Notes
    -----
    Event times shown are those of real steps: round them (weeks, months) before they are given here.
    Source: OpenSAFELY documentation, Midpoint 6 rounding (Kaplan-Meier on rounded cumulative counts).
    """
    t, d = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    if t.shape != d.shape or t.ndim != 1:
        raise ValueError("time and event are two columns of the same length.")
    columns = ["time", "at_risk", "events", "survival"]
    if len(t) < threshold:
        return pd.DataFrame({name: np.array([], dtype=float) for name in columns})
    times = np.unique(t)
    events = midpoint([(d & (t <= at)).sum() for at in times], width=width)
    gone = midpoint([(~d & (t < at)).sum() for at in times], width=width)
    everyone = float(midpoint(len(t), width=width))
    rows, before, survival = [(0.0, everyone, 0.0, 1.0)], 0.0, 1.0
    for at, total, left in zip(times, events, gone, strict=True):
        at_risk = everyone - before - left
        if at_risk < threshold:
            break
        if total > before:
            survival *= max(0.0, 1 - (total - before) / at_risk)
            rows.append((float(at), at_risk, total - before, survival))
            before = total
    return pd.DataFrame(rows, columns=columns)
