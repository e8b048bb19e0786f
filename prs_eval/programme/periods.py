"""Several years together: which ones, when it is honest, and which exceptional years they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from prs_eval.estimation.frame import HEAD, TAIL, estimates
from prs_eval.estimation.proportions import estimate_proportions
from prs_eval.inputs.parameters import Break

RECENT_YEARS = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Years from `first` to `last`, both in; `breaks` are the exceptional years that they hold, to be said."""

    first: int
    last: int
    breaks: tuple[Break, ...] = ()

    @property
    def years(self) -> range:
        """Its years, in order."""
        return range(self.first, self.last + 1)


def recent_years(year: int, *, breaks: Sequence[Break] = ()) -> Period:
    """The years that a report on `year` puts together: `year` and the two before.

    breaks: `workbench.breaks`. Years in which a trend is broken are pooled with the others, since leaving them out
    would hide what was done in them, but the period carries them and whoever words a pooled number must say them.
    """
    first = year - RECENT_YEARS + 1
    met = tuple(item for item in breaks if item.first_year <= year and item.last_year >= first)
    return Period(first, year, met)


def pool(shares: pd.DataFrame, *, period: Period, confidence_level: float = 0.95) -> pd.DataFrame:
    """Shares of separate years as one share of the period, with its Wilson limits.

    Parameters
    ----------
    shares
        The one output shape, a row a year and group, of shares of independent units with their numerator and
        denominator. Not for a ratio with people in clusters, nor for the same people asked again each year.

    Returns
    -------
    The one output shape with the groups of `shares`: numerator and denominator summed over the period, `indicator`
    with `_recent` after it, `year` the last of the period. No row for a group whose first year has nobody: three
    years would not be three.
    """
    groups = [column for column in shares.columns if column not in {*HEAD, *TAIL}]
    keys = ["indicator", "quartier", *groups]
    inside = shares[shares["year"].isin(list(period.years)) & shares["denominator"].gt(0)]
    started = pd.MultiIndex.from_frame(inside.loc[inside["year"] == period.first, keys])
    kept = inside[pd.MultiIndex.from_frame(inside[keys]).isin(started)]
    parts = [
        estimate_proportions(
            rows.assign(year=period.last)[["quartier", "year", *groups, "numerator", "denominator"]],
            indicator=f"{indicator}_recent",
            numerator="numerator",
            denominator="denominator",
            by=["quartier", "year", *groups],
            confidence_level=confidence_level,
        )
        for indicator, rows in kept.groupby("indicator", sort=False)
    ]
    return pd.concat(parts, ignore_index=True) if parts else estimates([], groups=groups)
