"""Proportions of a table, by group, in the one output shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import wilson_interval


def estimate_proportions(
    table: pd.DataFrame,
    *,
    indicator: str,
    numerator: str,
    denominator: str,
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Sum two counts by group and give their ratio with its Wilson interval.

    Parameters
    ----------
    table
        One row a unit, with counts (or 0/1) in `numerator` and `denominator`.
    indicator
        Code written in the column `indicator`.
    by
        Grouping columns; `quartier` and `year` take their place in the shape, others follow.

    Returns
    -------
    DataFrame in the one output shape, `unit` "proportion" (fraction 0-1), `method` "wilson"; `status` is
    `too_few` where the denominator is 0.

    Raises
    ------
    ValueError
        Where a count is missing, negative, or above its denominator: rule, extent and first row are said.
    """
    bad = table.index[~table[numerator].between(0, table[denominator])]
    if len(bad):
        raise ValueError(
            f"`{numerator}` must lie between 0 and `{denominator}`: {len(bad)} of {len(table)} rows do not "
            f"(first: row {bad[0]}). Do both use the same year and boundaries?"
        )
    counts = table[[*by, numerator, denominator]].copy()
    if by:
        sums = counts.groupby(list(by), as_index=False, dropna=False, observed=True)[[numerator, denominator]].sum()
    else:
        sums = counts[[numerator, denominator]].sum().to_frame().T
    events = sums[numerator].to_numpy(dtype=float)
    population = sums[denominator].to_numpy(dtype=float)
    lower, upper = wilson_interval(events, population, confidence_level=confidence_level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(population > 0, events / np.where(population > 0, population, 1), np.nan)
    out = sums[list(by)].assign(
        indicator=indicator,
        numerator=events,
        denominator=population,
        estimate=share,
        lower=lower,
        upper=upper,
        confidence_level=confidence_level,
        unit="proportion",
        method="wilson",
        n=population,
    )
    return estimates(out, groups=[g for g in by if g not in HEAD])
