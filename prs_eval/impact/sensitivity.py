"""How much it takes to overturn an answer: trends that were not parallel, a hidden cause, other choices of data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, exp2, inf, nan, sqrt
from typing import Any, Literal

import pandas as pd
from numpy.typing import ArrayLike

from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._relative_magnitudes import Study, contains, read_study, robust_set
from prs_eval.impact.robustness import agreement as agreement
from prs_eval.impact.robustness import alternative_controls as alternative_controls
from prs_eval.impact.robustness import alternative_windows as alternative_windows
from prs_eval.impact.robustness import leave_one_unit_out as leave_one_unit_out
from prs_eval.impact.robustness import placebo_start as placebo_start
from prs_eval.impact.robustness import specification_curve as specification_curve

Weights = Literal["mean", "first"] | ArrayLike
Kind = Literal[
    "risk_ratio",
    "rate_ratio",
    "odds_ratio_rare",
    "odds_ratio_common",
    "hazard_ratio_rare",
    "hazard_ratio_common",
    "standardised_difference",
    "risk_difference",
]
MAGNITUDES = (0.0, 0.5, 1.0, 1.5, 2.0)
_ENDLESS = 100.0  # beyond this magnitude the bounds say nothing more


def relative_magnitude_bounds(
    beta: ArrayLike,
    covariance: ArrayLike,
    event_times: ArrayLike,
    *,
    reference: int = -1,
    magnitudes: Sequence[float] = MAGNITUDES,
    weights: Weights = "mean",
    confidence_level: float = 0.95,
    unit: str = "outcome",
    n: float = nan,
) -> pd.DataFrame:
    """Limits of an effect where the trends after the start may depart as far as they did before it, times M.

    Parameters
    ----------
    beta
        Event-study coefficients, shape (k,); that of the reference period may be among them.
    covariance
        Their covariance, shape (k, k).
    event_times
        Their periods relative to the start, shape (k,): whole numbers with no gap but the reference.
    reference
        The period left out of the event study; those after it are treated.
    magnitudes
        Values of M: the largest change of the departure between two periods after the reference, as a multiple of
        the largest between two periods up to it.
    weights
        The effect in question: "mean" of the treated periods, the "first" one, or a weight for each, shape (after,).

    Returns
    -------
    The one output shape, one row a magnitude, groups `magnitude`, `identified_lower` and `identified_upper` (the
    bounds were the coefficients known without error); `estimate` is that under parallel trends; `lower` and `upper`
    are robust limits of the conditional least-favourable hybrid test, method "relative_magnitudes_c_lf". `too_few`
    without a period before the reference or where a coefficient is missing.

    Raises
    ------
    ValueError
        Shapes that differ, periods that repeat or leave a gap, a negative magnitude, no treated period.

    Notes
    -----
    As R's HonestDiD with its defaults (moments of the periods after the reference alone), but for two points: the
    least favourable critical value is integrated, not simulated from 1 000 draws, and limits are solved for, not
    read off a grid. With one treated period HonestDiD also uses the moments of earlier periods; here it does not.
    The limits take the covariance as known and the coefficients as normal: with few units they are too narrow, and
    what counts is the magnitude at which an answer breaks down. When not to use: departures before the start that
    say nothing of later ones (a shock at the start).
    Sources: Rambachan & Roth (2023), Rev Econ Stud 90:2555-2591; Andrews, Roth & Pakes (2023), Rev Econ Stud
    90:2763-2791.
    """
    check_confidence_level(confidence_level)
    if bad := sum(not m >= 0 for m in magnitudes):
        raise ValueError(f"`magnitudes` must not be negative or missing: {bad} of {len(magnitudes)} are.")
    study = read_study(beta, covariance, event_times, reference=reference, weights=weights)
    rows: list[dict[str, Any]] = []
    for magnitude in magnitudes:
        row: dict[str, Any] = {
            "magnitude": float(magnitude),
            "confidence_level": confidence_level,
            "unit": unit,
            "method": "relative_magnitudes_c_lf",
            "n": n,
        }
        if study is not None:
            point, slack = float(study.effect @ study.beta), magnitude * study.reach * study.largest
            low, high = robust_set(study, magnitude, 1 - confidence_level)
            row |= {"estimate": point, "identified_lower": point - slack, "identified_upper": point + slack}
            row |= {"lower": low, "upper": high}
        rows.append(row)
    out = estimates(rows, groups=("magnitude", "identified_lower", "identified_upper"))
    return out.astype({"identified_lower": "float64", "identified_upper": "float64"})


def breakdown_magnitude(
    beta: ArrayLike,
    covariance: ArrayLike,
    event_times: ArrayLike,
    *,
    reference: int = -1,
    weights: Weights = "mean",
    confidence_level: float = 0.95,
) -> float:
    """The largest relative magnitude at which the robust limits still exclude 0.

    Parameters
    ----------
    beta, covariance, event_times, reference, weights, confidence_level
        As in `relative_magnitude_bounds`.

    Returns
    -------
    A number without unit, to 1e-6: 1 says that departures after the start as large as the largest before it would
    leave the answer standing. NaN where the limits hold 0 even under parallel trends, or nothing can be estimated;
    infinity above 100.

    Raises
    ------
    ValueError
        As `relative_magnitude_bounds`.

    Notes
    -----
    The first magnitude, upwards, at which the test of no effect no longer rejects. The same assumptions hold.
    Source: Rambachan & Roth (2023), Rev Econ Stud 90:2555-2591, section 5.
    """
    check_confidence_level(confidence_level)
    study = read_study(beta, covariance, event_times, reference=reference, weights=weights)
    size = 1 - confidence_level
    if study is None or contains(study, 0.0, 0.0, size):
        return nan
    low, high = 0.0, 0.125
    while not contains(study, 0.0, high, size):
        low, high = high, 2 * high
        if low > _ENDLESS:
            return inf
    return _last_without(study, low, high, size)


def _last_without(study: Study, low: float, high: float, size: float) -> float:
    while high - low > 1e-7 * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (low, middle) if contains(study, 0.0, middle, size) else (middle, high)
    return low


@dataclass(frozen=True, slots=True)
class EValue:
    """How strong a hidden cause would have to be, as a risk ratio; scalars.

    `estimate`: to explain the estimate away; `limit`: to move the limit nearer to no effect onto it (1 where the
    limits hold no effect already; NaN without limits). `ratio`, `lower`, `upper`: the effect as a risk ratio.
    """

    estimate: float
    limit: float
    ratio: float
    lower: float
    upper: float
    unit: str
    method: str


def e_value(
    effect: float, lower: float = nan, upper: float = nan, *, kind: Kind = "risk_ratio", baseline: float = nan
) -> EValue:
    """Least strength of a hidden cause, with both treatment and outcome, that would explain an effect away.

    Parameters
    ----------
    effect, lower, upper
        The effect and its limits: a ratio, or a difference in standard deviations, or of shares.
    kind
        "risk_ratio"; "rate_ratio"; "odds_ratio_rare" and "hazard_ratio_rare" (outcomes under 15 %: taken as risk
        ratios); "odds_ratio_common" (its square root) and "hazard_ratio_common"; "standardised_difference" (0.91 d
        on the logarithmic scale); "risk_difference", with `baseline`.
    baseline
        The share without treatment, taken as known; for "risk_difference" alone.

    Returns
    -------
    EValue, unit "risk_ratio", method "e_value_" and the kind.

    Raises
    ------
    ValueError
        A ratio that is not positive, limits not around the effect, an unknown kind, a baseline outside 0 to 1 or one
        that a difference takes out of it.

    Notes
    -----
    E = RR + sqrt(RR (RR - 1)), of 1 / RR where RR is under 1. It says how strong, not how likely, a hidden cause is;
    to be read against the strength of known causes. When not to use: against chance, attrition or bad measurement.
    Sources: VanderWeele & Ding (2017), Ann Intern Med 167:268-274; VanderWeele (2017), Epidemiology 28:e58.
    """
    if not effect == effect or lower > effect or effect > upper:
        raise ValueError("`effect` must not be missing and must lie between `lower` and `upper`.")
    ratio, low, high = (_as_risk_ratio(value, kind, baseline) for value in (effect, lower, upper))
    near = low if ratio >= 1 else high
    limit = nan if near != near else 1.0 if (near - 1) * (ratio - 1) <= 0 else _strength(near)
    return EValue(_strength(ratio), limit, ratio, low, high, "risk_ratio", f"e_value_{kind}")


def _as_risk_ratio(value: float, kind: Kind, baseline: float) -> float:
    if kind == "standardised_difference":
        return exp(0.91 * value)
    if kind == "risk_difference":
        if not 0 < baseline < 1:
            raise ValueError("`baseline` must lie between 0 and 1, and be given, for a risk difference.")
        if not (value != value or 0 < baseline + value <= 1):
            raise ValueError("`baseline` plus the difference must be a share above 0 and up to 1.")
        return (baseline + value) / baseline
    if value <= 0:
        raise ValueError("a ratio and its limits must be positive.")
    if kind == "odds_ratio_common":
        return sqrt(value)
    if kind == "hazard_ratio_common":
        return (1 - exp2(-sqrt(value))) / (1 - exp2(-sqrt(1 / value)))
    if kind in ("risk_ratio", "rate_ratio", "odds_ratio_rare", "hazard_ratio_rare"):
        return value
    raise ValueError(f"`kind` must be a ratio, standardised_difference or risk_difference, not {kind}.")


def _strength(ratio: float) -> float:
    up = max(ratio, 1 / ratio)
    return up + sqrt(up * (up - 1))
