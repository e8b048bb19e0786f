"""Synthetic difference-in-differences: weights for the units and for the periods before, then a double difference."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._synthetic_results import located, unit_of
from prs_eval.impact.effect import Effect, Reason
from prs_eval.impact.panel import Panel

METHOD = "synthetic_did"
DONORS, PERIODS = 2, 3  # the noise level needs two differences between periods before the start


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticDifference(Effect):
    """An effect with the weights behind it: `omega` by donor and `lambda_` by period before, each of sum one."""

    omega: pd.Series[float] = field(default_factory=lambda: pd.Series(dtype=float))
    lambda_: pd.Series[float] = field(default_factory=lambda: pd.Series(dtype=float))


def synthetic_did(
    panel: Panel,
    *,
    donors: Sequence[str] | None = None,
    inference: Literal["placebo", "jackknife"] = "placebo",
    draws: int = 200,
    confidence_level: float = 0.95,
    seed: int = 0,
) -> SyntheticDifference:
    """The change of the treated units less that of donors weighted to run parallel, against weighted periods before.

    Parameters
    ----------
    panel
        Outcomes at the same periods for all; every treated unit has the same start.
    donors
        Units to compare with; those never treated where not given.
    inference
        "placebo": donors drawn for treated ones and all weights found anew, `draws` times; needs more donors than
        treated units. "jackknife": each unit left out in turn, weights kept; needs two treated units, and is far
        too narrow with under about 10 of them (docs/impact.md: 83 to 88 % instead of 95).
    draws, seed
        Placebo draws (2 or more), and the seed of them.
    confidence_level
        Level of the limits (normal: estimate and standard error).

    Returns
    -------
    SyntheticDifference (an Effect), in units of the outcome. Where the inference asked for is not possible limits are
    NaN, with reason "few_placebos" or "few_treated". Status `too_few` under 2 donors or 3 periods before.

    Raises
    ------
    ValueError
        Nobody is treated; treated units with different starts; a donor that is treated; an outcome that is missing;
        `inference` is unknown; under 2 draws.

    Notes
    -----
    Computed by diff-diff, whose weights and estimate are those of R's synthdid (Frank-Wolfe). zeta = (treated x periods
    after)^(1/4) x the standard deviation of the donors' changes before; a shock to all units before the start is part
    of those, and so moves the weights a little. Units count alike. Assumes that donors and treated units would have
    gone on in parallel once weighted. When not to use: one treated unit with few donors (the placebo takes all units
    for equally noisy).
    Source: Arkhangelsky et al. (2021), Am Econ Rev 111:4088-4118.
    """
    check_confidence_level(confidence_level)
    if inference not in ("placebo", "jackknife"):
        raise ValueError(f"`inference` must be placebo or jackknife, not {inference}.")
    if draws < 2:
        raise ValueError(f"`draws` must be 2 or more, not {draws}.")
    names = [panel.units[i] for i in np.flatnonzero(panel.treated)]
    if not names:
        raise ValueError("nobody is treated in the panel: give a start to the units that are.")
    spots = [located(panel, name, donors) for name in names]
    if len({start for _, _, start in spots}) > 1:
        raise ValueError(f"the {len(names)} treated units have different starts: keep those of one start at a time.")
    rows, start = spots[0][1], spots[0][2]
    others = [panel.units[j] for j in rows]
    before = panel.times[panel.times < start]
    estimate = error = float("nan")
    omega, lambda_ = pd.Series(np.nan, index=others), pd.Series(np.nan, index=before)
    reason: Reason = "asked"
    if inference == "placebo" and len(others) <= len(names):
        reason = "few_placebos"
    elif inference == "jackknife" and len(names) < 2:
        reason = "few_treated"
    if len(others) >= DONORS and before.size >= PERIODS:
        estimate, error, omega, lambda_ = _fitted(panel.keep(units=[*names, *others]), start, inference, draws, seed)
    if reason != "asked" or not error > 0:
        error = float("nan")
    half = float(stats.norm.ppf((1 + confidence_level) / 2)) * error
    return SyntheticDifference(
        estimate,
        estimate - half,
        estimate + half,
        confidence_level,
        unit_of(panel),
        METHOD,
        float(len(names) + len(others)),
        "ok" if math.isfinite(estimate) else "too_few",
        standard_error=error,
        p_value=float(2 * stats.norm.sf(abs(estimate) / error)) if math.isfinite(error) else float("nan"),
        df=math.inf if math.isfinite(error) else float("nan"),
        units=len(names) + len(others),
        treated=len(names),
        inference="placebo" if inference == "placebo" else "normal",
        reason=reason,
        omega=omega.reindex(others).rename("omega"),
        lambda_=lambda_.reindex(before).rename("lambda"),
    )


def _fitted(
    panel: Panel, start: float, inference: str, draws: int, seed: int
) -> tuple[float, float, pd.Series[float], pd.Series[float]]:
    from diff_diff import SyntheticDiD  # slow to load

    table = panel.long()[["unit", "time", "outcome"]].assign(
        treated=np.repeat(panel.treated, panel.times.size).astype(int)
    )
    after = [int(t) for t in panel.times if t >= start]
    with warnings.catch_warnings():
        # What it warns of (too few units for the inference, a poor fit before) is said by `reason` or judged elsewhere.
        warnings.simplefilter("ignore")
        model = SyntheticDiD(variance_method=inference, n_bootstrap=draws, seed=seed)
        found = model.fit(table, outcome="outcome", treatment="treated", unit="unit", time="time", post_periods=after)
    omega, lambda_ = pd.Series(found.unit_weights, dtype=float), pd.Series(found.time_weights, dtype=float)
    return float(found.att), float(found.se), omega, lambda_
