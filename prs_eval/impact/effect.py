"""One effect with its interval, and which inference gave it and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prs_eval.estimation.frame import Estimate

Inference = Literal[
    "permutation",  # every choice, or many choices, of which units were treated
    "wild_cluster_bootstrap",
    "cr2_satterthwaite",
    "placebo",  # units never treated taken in turn for treated
    "newey_west",
    "prais_winsten",
    "quasi_poisson",
    "normal",  # cluster-robust or model-based, with limits of the normal distribution
    "reml",  # first-order autocorrelation by restricted maximum likelihood
    "student",
]
# Why an inference was used; the words are reporting's.
Reason = Literal[
    "all_assignments",  # few units: every way to choose the treated ones was looked at
    "sampled_assignments",  # too many ways: a sample of them
    "few_treated",  # under `FEW_TREATED` treated clusters, where the bootstrap is not to be trusted
    "few_clusters",  # under 40 clusters: the usual cluster-robust limits are too narrow
    "many_clusters",
    "one_series",  # one series: what is left from one period to the next is correlated
    "asked",  # the caller chose
    "few_placebos",  # too few placebos for an interval
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Estimate):
    """An effect: the names of `Estimate`, then what inference it rests on.

    `unit`: "outcome" (units of the outcome), "difference" (fractions), "log_odds_ratio", "log_rate_ratio".
    `units` and `treated` count the places or clusters compared; `df` is infinite for normal limits and NaN
    where there are none (permutation, bootstrap). `p_value` is two-sided against no effect.
    """

    standard_error: float = float("nan")
    p_value: float = float("nan")
    df: float = float("nan")
    units: int = 0
    treated: int = 0
    inference: Inference = "normal"
    reason: Reason = "asked"


def too_few(
    *,
    unit: str,
    method: str,
    n: float,
    confidence_level: float,
    inference: Inference = "normal",
    reason: Reason = "asked",
    units: int = 0,
    treated: int = 0,
) -> Effect:
    """The effect that could not be estimated: NaN and `too_few`, with what was looked at."""
    nan = float("nan")
    return Effect(
        estimate=nan,
        lower=nan,
        upper=nan,
        confidence_level=confidence_level,
        unit=unit,
        method=method,
        n=float(n),
        status="too_few",
        units=units,
        treated=treated,
        inference=inference,
        reason=reason,
    )
