"""People chosen because they were low, or high: how much of their change would have come by itself."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from prs_eval.estimation._coefficients import finite
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact.effect import Effect


def mee_chua(before: ArrayLike, after: ArrayLike, population_mean: float, *, confidence_level: float = 0.95) -> Effect:
    """Change of one group, less what regression to a known population mean brings.

    Parameters
    ----------
    before, after
        Scores of the same people, shape (n,), without NaN.
    population_mean
        Mean of the population they come from, before, in the same units; taken as known.
    confidence_level
        Of the limits.

    Returns
    -------
    Effect, unit "outcome": the change of a person who stood at the population mean, by the regression of `after`
    on `before`; Student's limits with n - 2 degrees of freedom. `too_few` under 3 people, where all stood at one
    score before, or where the line fits without fail.

    Raises
    ------
    ValueError
        Where shapes differ, a number is missing, or the population mean is not finite.

    Notes
    -----
    The line holds in any part of the population chosen by `before`, so that the choice does no harm. It assumes a
    straight line, people alike but for chance (not groups: where they came in groups limits are too narrow), an
    effect that is the same for all, and no change of the population in the meantime. Far from the scores seen it
    extrapolates: the limits say so. When not to use: population mean unknown.
    Source: Mee & Chua (1991), Am Stat 45:39-42; Ostermann, Willich & Luedtke (2008), BMC Med Res Methodol 8:52.
    """
    check_confidence_level(confidence_level)
    x, y = finite(before, "before"), finite(after, "after")
    if x.shape != y.shape:
        raise ValueError(f"`before` and `after` must have one shape, not {x.shape} and {y.shape}.")
    if not np.isfinite(population_mean):
        raise ValueError("`population_mean` must be a finite number.")
    n = x.size
    estimate = error = np.nan
    centred = x - population_mean
    if n > 2 and np.ptp(x) > 0:
        design = np.column_stack([np.ones(n), centred])
        line, *_ = np.linalg.lstsq(design, y - population_mean, rcond=None)
        left = float(((y - population_mean - design @ line) ** 2).sum())
        spread = float(((x - x.mean()) ** 2).sum())
        if left > 1e-20 * max(1.0, float((y**2).sum())):
            estimate = float(line[0])
            error = float(np.sqrt(left / (n - 2) * (1 / n + centred.mean() ** 2 / spread)))
    df = float(n - 2) if np.isfinite(error) else np.nan
    half = float(stats.t.ppf((1 + confidence_level) / 2, df) * error) if np.isfinite(error) else np.nan
    return Effect(
        estimate=estimate,
        lower=estimate - half,
        upper=estimate + half,
        confidence_level=confidence_level,
        unit="outcome",
        method="mee_chua",
        n=float(n),
        status="ok" if np.isfinite(error) else "too_few",
        standard_error=error,
        p_value=float(2 * stats.t.sf(abs(estimate / error), df)) if np.isfinite(error) else np.nan,
        df=df,
        units=n,
        treated=n,
        inference="student",
    )


def expected_regression_to_the_mean(
    cutoff: float,
    *,
    population_mean: float,
    population_sd: float,
    correlation: float,
    side: Literal["below", "above"] = "below",
    measurements: int = 1,
) -> Estimate:
    """Change to expect of people chosen under, or over, a cut-off where nothing is done.

    Parameters
    ----------
    cutoff
        Score under ("below") or over ("above") which people were chosen.
    population_mean, population_sd
        Of one measurement in the population they come from.
    correlation
        Between two measurements of a person when nothing changes (test–retest), 0 to 1.
    side
        Which side of the cut-off was chosen.
    measurements
        How many measurements the choice was the mean of.

    Returns
    -------
    Estimate, unit "outcome": positive for "below", negative for "above"; no limits, since all is taken as known.

    Raises
    ------
    ValueError
        A standard deviation that is not positive, a correlation outside 0 to 1, under one measurement, an unknown
        side.

    Notes
    -----
    With s2w = (1 - r) sd2 / m, s2b = r sd2 and z the distance of the cut-off from the mean in standard deviations of
    what was measured, s2w / sqrt(s2w + s2b) × phi(z) / (1 - Phi(z)). Assumes normal scores.
    Sources: Davis (1976), Am J Epidemiol 104:493-498; Barnett, van der Pols & Dobson (2005), IJE 34:215-220.
    """
    if not population_sd > 0:
        raise ValueError("`population_sd` must be positive.")
    if not 0 <= correlation <= 1:
        raise ValueError("`correlation` must lie between 0 and 1.")
    if measurements < 1:
        raise ValueError("`measurements` must be at least 1.")
    if side not in ("below", "above"):
        raise ValueError(f"`side` must be below or above, not {side}.")
    within = (1 - correlation) * population_sd**2 / measurements
    total = float(np.sqrt(within + correlation * population_sd**2))
    sign = 1.0 if side == "below" else -1.0
    z = sign * (population_mean - cutoff) / total
    hazard = float(np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z)))
    return Estimate(
        estimate=sign * within / total * hazard,
        lower=np.nan,
        upper=np.nan,
        confidence_level=np.nan,
        unit="outcome",
        method="davis_expected",
        n=float(measurements),
    )
