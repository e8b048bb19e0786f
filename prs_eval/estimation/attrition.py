"""Those who answered again beside those lost: a description, without a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from prs_eval.estimation._grouping import ROUNDING, aggregate, keys, numeric, student_half_width
from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import Limits, check_confidence_level, wilson_interval

_STATES = ("kept", "lost")


def estimate_attrition(
    table: pd.DataFrame,
    *,
    indicator: str,
    kept: str,
    means: Sequence[str] = (),
    shares: Sequence[str] = (),
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """How many were kept between two waves, and how they differed at the start from those lost.

    Parameters
    ----------
    table
        One row a person of the first wave; `kept` names a column of 0/1 or False/True.
    means, shares
        Columns known at the first wave: numbers (compared by their means) and codes (by the share of each
        code; missing is the level "unknown").

    Returns
    -------
    DataFrame in the one output shape with the further groups `variable`, `level` and `wave`. First the row of
    `variable` "kept": the share kept ("wilson"). Then for each variable a row "kept", a row "lost" (mean in
    the unit "points", "student"; or share, "wilson") and a row "difference": kept minus lost in
    standard deviations (unit "standardised_difference", method "smd_hedges_olkin"). `too_few` where a side
    has under two known values or neither varies.

    Raises
    ------
    ValueError
        Where a column is absent, `kept` holds something else than 0 and 1, or a mean is not numeric.

    Notes
    -----
    Formula: (m1 - m0) / sqrt((s1^2 + s0^2) / 2), for a share s^2 = p (1 - p); variance
    (n1 + n0) / (n1 n0) + d^2 / (2 (n1 + n0)). No test: with so few lost a test would see nothing, and not
    seeing is not the same as alike; beyond 0.1 (many people) a difference is usually worth a sentence.
    When not to use: as proof that who is lost does not matter; what was not asked is not compared.
    Sources: Austin (2009), Stat Med 28:3083-3107; Hedges & Olkin (1985), Statistical Methods for
    Meta-Analysis, 86; Wilson (1927), JASA 22:209-212.
    """
    check_confidence_level(confidence_level)
    state = numeric(table, kept)
    if not np.isin(state, (0.0, 1.0)).all():
        wrong = int((~np.isin(state, (0.0, 1.0))).sum())
        raise ValueError(f"`{kept}` must hold 0 or 1: {wrong} of {len(state)} rows do not.")
    base = keys(table, by).assign(_kept=state)
    sums = aggregate(base.assign(_all=1), by, x=("_kept", "sum"), n=("_all", "sum"))
    everyone, stayed = sums["n"].fillna(0).to_numpy(dtype=float), sums["x"].fillna(0).to_numpy(dtype=float)
    parts = [
        _rows(sums[list(by)], "kept", "", "all", _share(stayed, everyone), wilson_interval(
            stayed, everyone, confidence_level=confidence_level), everyone, "proportion", "wilson", stayed)
    ]  # fmt: skip
    for column in means:
        parts += _compared(base.assign(_x=numeric(table, column)), by, column, "mean", False, confidence_level)
    for column in shares:
        keys(table, [column])
        codes = table[column].astype("object").where(table[column].notna(), "unknown").to_numpy()
        for level in sorted(set(codes), key=str):
            parts += _compared(base.assign(_x=(codes == level) * 1.0), by, column, str(level), True, confidence_level)
    out = pd.concat(parts, ignore_index=True).assign(indicator=indicator, confidence_level=confidence_level)
    return estimates(out, groups=[*(g for g in by if g not in HEAD), "variable", "level", "wave"])


def _compared(
    frame: pd.DataFrame, by: Sequence[str], variable: str, level: str, share: bool, confidence_level: float
) -> list[pd.DataFrame]:
    """The rows kept, lost and difference of one variable, for all groups at once."""
    columns = {
        f"{wave}_{name}": (f"_{wave}", how)
        for wave in _STATES
        for name, how in (("n", "count"), ("sum", "sum"), ("mean", "mean"), ("sd", "std"))
    }
    split = {
        f"_{wave}": frame["_x"].where(frame["_kept"] == value) for wave, value in zip(_STATES, (1, 0), strict=True)
    }
    sums = aggregate(frame.assign(**split), by, **columns)
    groups, parts, sides = sums[list(by)], [], []
    for wave in _STATES:
        n, total, mean, sd = (sums[f"{wave}_{c}"].to_numpy(dtype=float) for c in ("n", "sum", "mean", "sd"))
        n, total = np.nan_to_num(n), np.nan_to_num(total)
        if share:
            limits, sd = wilson_interval(total, n, confidence_level=confidence_level), np.sqrt(mean * (1 - mean))
            parts.append(
                _rows(groups, variable, level, wave, _share(total, n), limits, n, "proportion", "wilson", total)
            )
        else:
            mean = np.where(n > 1, mean, np.nan)  # the mean of one is that person's answer
            sd = np.where(sd > ROUNDING * np.abs(mean), sd, 0.0)
            half = student_half_width(sd, n, size=mean, confidence_level=confidence_level)
            parts.append(_rows(groups, variable, level, wave, mean, (mean - half, mean + half), n, "points", "student"))
        sides.append((np.where(n > 1, mean, np.nan), sd, n))
    (m1, s1, n1), (m0, s0, n0) = sides
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.where(s1**2 + s0**2 > 0, (m1 - m0) / np.sqrt((s1**2 + s0**2) / 2), np.nan)
        half = stats.norm.isf((1 - confidence_level) / 2) * np.sqrt((n1 + n0) / (n1 * n0) + d**2 / (2 * (n1 + n0)))
    unit = "standardised_difference"
    parts.append(
        _rows(groups, variable, level, "difference", d, (d - half, d + half), n1 + n0, unit, "smd_hedges_olkin")
    )
    return parts


def _rows(
    groups: pd.DataFrame, variable: str, level: str, wave: str, estimate: Any, limits: Limits, n: Any, unit: str,
    method: str, numerator: Any = np.nan,
) -> pd.DataFrame:  # fmt: skip
    return groups.assign(
        variable=variable, level=level, wave=wave, estimate=estimate, lower=limits[0], upper=limits[1], n=n, unit=unit,
        method=method, numerator=numerator, denominator=n if numerator is not np.nan else np.nan,
    )  # fmt: skip


def _share(count: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.divide(count, n, out=np.full(n.shape, np.nan), where=n > 0))
