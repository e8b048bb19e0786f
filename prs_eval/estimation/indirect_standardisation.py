"""Observed events over those expected from the rates of a reference population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from prs_eval.estimation._counts import answer, choose, number, ratio, shape, sums
from prs_eval.estimation._strata import check_strata, per
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import (
    byar_interval,
    byar_or_exact_interval,
    check_confidence_level,
    poisson_interval,
)

Ratio = Literal["byar_or_exact", "byar", "exact"]
_RATIOS = {"byar_or_exact": byar_or_exact_interval, "byar": byar_interval, "exact": poisson_interval}


def indirectly_standardised_ratio(
    events: float, expected: float, *, method: Ratio = "byar_or_exact", confidence_level: float = 0.95
) -> Estimate:
    """Observed over expected events (SMR, SIR): 1 is as many as the reference rates would give.

    Parameters
    ----------
    events
        Observed count.
    expected
        Sum over strata of people times the reference rate, taken as known without error.
    method
        Limits of the count: "byar_or_exact" (Public Health England's rule), "byar" or "exact".

    Returns
    -------
    Estimate, unit "standardised_ratio", `n` the expected events; `too_few` where nothing is expected or NaN.

    Raises
    ------
    ValueError
        Negative or infinite numbers, an unknown method.

    Notes
    -----
    When not to use: to compare two areas with each other (each has its own weights; the direct method does).
    Source: Breslow and Day (1987), Statistical Methods in Cancer Research, volume II, chapter 2.
    """
    interval = choose(method, _RATIOS)
    x, e = number(events, "events"), number(expected, "expected")
    if e < 0 or np.isinf(e):
        raise ValueError("`expected` must not be negative nor infinite.")
    scale = 1 / e if e > 0 else np.nan
    low, high = interval(x, confidence_level=confidence_level)
    limits = low * scale, high * scale
    return answer(x * scale, limits, level=confidence_level, unit="standardised_ratio", method=method, n=e)


def indirectly_standardised_rate(
    events: float,
    expected: float,
    reference_rate: float,
    *,
    method: Ratio = "byar_or_exact",
    multiplier: float = 100_000,
    confidence_level: float = 0.95,
) -> Estimate:
    """The standardised ratio times the crude rate of the reference population, per `multiplier` people.

    Parameters
    ----------
    events, expected
        As `indirectly_standardised_ratio`.
    reference_rate
        Crude rate of the reference population, in events per person.

    Returns
    -------
    Estimate, unit "per_<multiplier>". Raises and when not to use: as `indirectly_standardised_ratio`.

    Notes
    -----
    Source: Public Health England (2018), Technical Guide; PHEindicatormethods `calculate_ISRate`.
    """
    r, unit = number(reference_rate, "reference_rate"), per(multiplier)
    if r < 0 or np.isinf(r):
        raise ValueError("`reference_rate` must not be negative nor infinite.")
    found = indirectly_standardised_ratio(events, expected, method=method, confidence_level=confidence_level)
    limits = found.lower * r * multiplier, found.upper * r * multiplier
    value = found.estimate * r * multiplier
    return answer(value, limits, level=confidence_level, unit=unit, method=method, n=found.n)


def estimate_indirectly_standardised_ratios(
    table: pd.DataFrame,
    *,
    indicator: str,
    events: str,
    population: str,
    stratum: str,
    reference: Mapping[str, float],
    by: Sequence[str] = (),
    method: Ratio = "byar_or_exact",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Observed over expected events of each group, from the reference rates of each stratum.

    Parameters
    ----------
    table
        One row a unit and stratum, with counts in `events` and people (or person-years) in `population`.
    reference
        Rate of each stratum in the reference population, in events per person.

    Returns
    -------
    DataFrame in the one output shape: `numerator` observed, `denominator` and `n` expected, unit
    "standardised_ratio"; `too_few` where nothing is expected.

    Raises
    ------
    ValueError
        A stratum that the reference has not, a number missing, negative or infinite, events where nobody is.

    Notes
    -----
    Formula, assumptions and when not to use: those of `indirectly_standardised_ratio`.
    Source: Breslow and Day (1987), Statistical Methods in Cancer Research, volume II, chapter 2.
    """
    interval = choose(method, _RATIOS)
    check_confidence_level(confidence_level)
    check_strata(table, [events, population], by, stratum, reference)
    rates = pd.Series(dict(reference), dtype=float)
    if not (rates.between(0, np.inf, inclusive="left")).all():
        raise ValueError("`reference` must hold rates of 0 or more, finite.")
    counts = table[[*by, events]].reset_index(drop=True)
    at = rates.index.get_indexer(pd.Index(table[stratum]))
    counts["\0expected"] = table[population].to_numpy(dtype=float) * rates.to_numpy()[at]
    groups = sums(counts, [events, "\0expected"], by)
    x, e = (groups[c].to_numpy(dtype=float) for c in (events, "\0expected"))
    low, high = interval(x, confidence_level=confidence_level)
    return shape(
        groups,
        by,
        indicator=indicator,
        numerator=x,
        denominator=e,
        estimate=ratio(x, e),
        lower=ratio(low, e),
        upper=ratio(high, e),
        confidence_level=confidence_level,
        unit="standardised_ratio",
        method=method,
        n=e,
    )
