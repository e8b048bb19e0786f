"""A path of several stages: how many reach each one, out of whom, where most are lost, how many are not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.estimation._grouping import keys, numeric
from prs_eval.estimation.frame import HEAD, check_estimates, estimates
from prs_eval.estimation.intervals import wilson_interval

Values = NDArray[np.float64]


def estimate_cascade(
    table: pd.DataFrame,
    *,
    indicator: str,
    stages: Sequence[str],
    by: Sequence[str] = (),
    pairs: Sequence[tuple[str, str]] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """People at each stage, and the share (0-1) of those at one stage who reach another, unknowns kept apart.

    Parameters
    ----------
    table
        One row a person.
    indicator
        Start of the codes written in the column `indicator` (see Returns).
    stages
        Two columns or more, in the order of the path, holding 1 (reached), 0 (not reached) or NA (not known).
    by
        Grouping columns; `quartier` and `year` take their place in the shape, others follow.
    pairs
        (stage, out of) whose share is wanted; unless told each stage out of the one before (conditional), then
        each out of the first (cumulative).

    Returns
    -------
    The one output shape with further groups `stage` and `out_of`:

    - `<indicator>_people`: people known to have reached the stage (a count; `out_of` is the first stage);
    - `<indicator>_share`: reached / known, among those known to have reached `out_of` (Wilson);
    - `<indicator>_unknown`: not known / all those known to have reached `out_of` (Wilson);
    - `<indicator>_share_if_no`, `<indicator>_share_if_yes`: the share if none, or all, of the unknown had
      reached the stage (Wilson): between these two it lies whatever the unknown did.

    Shares are `too_few` where nobody is known.

    Raises
    ------
    ValueError
        Where a column is not there or holds anything but 1, 0 and NA; under two stages; a stage named twice;
        a pair that is not of two different stages.

    Notes
    -----
    The share of the known is that of all where what is not known has nothing to do with the outcome. Assumes
    independent people: too narrow for people who came to one session. When not to use: a stage that people may
    skip has no conditional share worth saying (say the pair that has).
    Sources: Gardner et al. (2011), Clin Infect Dis 52:793-800 (the cascade); Wilson (1927), JASA 22:209-212;
    Manski (1989), J Hum Resour 24:343-360 (the two bounds).
    """
    wanted = _pairs(stages, pairs)
    reached = {stage: _reached(table, stage) for stage in stages}
    heads, group = _groups(keys(table, by), by)

    def count(mask: NDArray[np.bool_]) -> Values:
        return np.bincount(group[mask], minlength=len(heads)).astype(float)

    blocks = [
        _block(heads, indicator, "people", stage, stages[0], count(reached[stage] == 1), np.nan) for stage in stages
    ]
    for stage, out_of in wanted:
        among = reached[out_of] == 1
        everyone, yes = count(among), count(among & (reached[stage] == 1))
        unknown = count(among & np.isnan(reached[stage]))
        fractions = {
            "share": (yes, everyone - unknown),
            "unknown": (unknown, everyone),
            "share_if_no": (yes, everyone),
            "share_if_yes": (yes + unknown, everyone),
        }
        blocks += [_block(heads, indicator, name, stage, out_of, x, n) for name, (x, n) in fractions.items()]
    rows = pd.concat(blocks, ignore_index=True)
    rows = rows.sort_values("_group", kind="stable", ignore_index=True).drop(columns="_group")
    return estimates(
        _with_limits(rows, f"{indicator}_people", confidence_level),
        groups=[*(column for column in by if column not in HEAD), "stage", "out_of"],
    )


def largest_relative_loss(
    cascade: pd.DataFrame, *, indicator: str, stages: Sequence[str], by: Sequence[str] = ()
) -> pd.DataFrame:
    """The step at which the largest share (0-1) of those who could go on is known to be lost, one row a group.

    Parameters
    ----------
    cascade
        From `estimate_cascade`, with the same `indicator`, `stages` and `by`.

    Returns
    -------
    The one output shape with further groups `stage` and `out_of`: `<indicator>_largest_loss`, the lost / known of
    the step from `out_of` to `stage`, with Wilson limits; the first of several that are equal. Steps without
    anyone known are passed over; `too_few`, without a stage, where there is no other.

    Raises
    ------
    ValueError
        Where `cascade` is not in the output shape or lacks a grouping column.

    Notes
    -----
    Formula: 1 - share, limits likewise. The largest of several is, on average, too large, and two steps whose
    intervals overlap may well be the other way round: say both. When not to use: to rank quartiers.
    Source: as `estimate_cascade`.
    """
    check_estimates(cascade)
    keys(cascade, (*by, "stage", "out_of"))
    steps = list(zip(stages[1:], stages[:-1], strict=True))
    step = pd.Series(list(zip(cascade["stage"], cascade["out_of"], strict=True)), index=cascade.index)
    rows = cascade[(cascade["indicator"] == f"{indicator}_share") & step.isin(steps)].copy()
    rows["_place"] = step.map({pair: i for i, pair in enumerate(steps)})
    rows = rows.sort_values(["estimate", "_place"], kind="stable", na_position="last")
    if by:
        rows = rows.groupby(list(by), dropna=False, observed=True, sort=True).head(1).sort_values(list(by))
    else:
        rows = rows.head(1)
    none = rows["estimate"].isna()
    lost: dict[str, Any] = {
        "indicator": f"{indicator}_largest_loss",
        "numerator": rows["denominator"] - rows["numerator"],
        "estimate": 1 - rows["estimate"],
        "lower": 1 - rows["upper"],
        "upper": 1 - rows["lower"],
        "stage": rows["stage"].mask(none),
        "out_of": rows["out_of"].mask(none),
    }
    groups = [*(column for column in by if column not in HEAD), "stage", "out_of"]
    return estimates(rows.assign(**lost).drop(columns="_place"), groups=groups)


def _pairs(stages: Sequence[str], pairs: Sequence[tuple[str, str]] | None) -> list[tuple[str, str]]:
    if len(stages) < 2 or len(set(stages)) < len(stages):
        raise ValueError("`stages` must name two columns or more, each once.")
    if pairs is None:
        return [*zip(stages[1:], stages[:-1], strict=True), *((stage, stages[0]) for stage in stages[2:])]
    if bad := [pair for pair in pairs if len(set(pair) & set(stages)) != 2]:
        raise ValueError(f"each of `pairs` must be two different stages of `stages`: {len(bad)} are not.")
    return list(pairs)


def _reached(table: pd.DataFrame, stage: str) -> Values:
    values = numeric(table, stage)
    bad = ~(np.isnan(values) | np.isin(values, (0.0, 1.0)))
    if bad.any():
        first = table.index[int(np.flatnonzero(bad)[0])]
        raise ValueError(
            f"`{stage}` must hold 1, 0 or NA: {int(bad.sum())} of {values.size} rows do not (first: row {first})."
        )
    return values


def _groups(frame: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """One row a group, numbered in the column `_group`, and the number of each row's group."""
    if not by:
        return pd.DataFrame({"_group": [0]}), np.zeros(len(frame), dtype=np.intp)
    number = np.asarray(frame.groupby(list(by), dropna=False, observed=True).ngroup(), dtype=np.intp)
    return frame.assign(_group=number).drop_duplicates("_group").sort_values("_group", ignore_index=True), number


def _block(
    heads: pd.DataFrame,
    indicator: str,
    name: str,
    stage: str,
    out_of: str,
    numerator: Values,
    denominator: Values | float,
) -> pd.DataFrame:
    return heads.assign(
        indicator=f"{indicator}_{name}", stage=stage, out_of=out_of, numerator=numerator, denominator=denominator
    )


def _with_limits(rows: pd.DataFrame, people: str, confidence_level: float) -> pd.DataFrame:
    """Counts of people stay counts; every other row becomes a share with its Wilson limits."""
    x, n = rows["numerator"].to_numpy(dtype=float), rows["denominator"].to_numpy(dtype=float)
    counted = rows["indicator"].eq(people).to_numpy()
    lower, upper = wilson_interval(x, np.where(counted, x, n), confidence_level=confidence_level)
    share = np.divide(x, n, out=np.full(x.shape, np.nan), where=n > 0)
    return rows.assign(
        estimate=np.where(counted, x, share),
        lower=np.where(counted, np.nan, lower),
        upper=np.where(counted, np.nan, upper),
        confidence_level=np.where(counted, np.nan, confidence_level),
        unit=np.where(counted, "people", "proportion"),
        method=np.where(counted, "count", "wilson"),
        n=np.where(counted, x, n),
    )
