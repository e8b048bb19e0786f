"""What people who come in clusters could show, and the table of what each real size could show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation.power import (
    minimum_detectable_benchmark,
    minimum_detectable_difference,
    minimum_detectable_paired,
)

Values = NDArray[np.float64]
Arms = Literal[1, 2]


def _design(clusters: ArrayLike, size: ArrayLike, icc: ArrayLike, arms: Arms) -> tuple[Values, Values]:
    """Standard error in standard deviations, and degrees of freedom (0 or less: no test)."""
    g, m, rho = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (clusters, size, icc)))
    if arms not in (1, 2):
        raise ValueError(f"`arms` must be 1 or 2, not {arms}.")
    if np.any(g < 1) or np.any(m < 1):
        raise ValueError("`clusters` and `size` must be 1 or more.")
    if np.any((rho < 0) | (rho > 1)):
        raise ValueError("`icc` must lie between 0 and 1.")
    # Half of the clusters in each arm: the variance of a difference is four times that of one mean of all.
    return np.sqrt(arms**2 * (1 + (m - 1) * rho) / (g * m)), g - arms


def minimum_detectable_clustered(
    clusters: ArrayLike,
    size: ArrayLike,
    icc: ArrayLike,
    *,
    arms: Arms = 1,
    power: float = 0.8,
    significance_level: float = 0.05,
) -> Values:
    """Smallest effect, in standard deviations, that people in clusters can show (Bloom's MDES).

    Parameters
    ----------
    clusters, size
        Number of clusters (all arms together) and people in each; mean size where they differ a little.
    icc
        Intraclass correlation, 0-1; for `arms` 1 that of the changes.
    arms
        1: change of the same people, in d_z. 2: difference of two arms of half the clusters each.

    Returns
    -------
    Array, broadcast shape; NaN where clusters leave no degree of freedom.

    Raises
    ------
    ValueError
        Fewer than one cluster or person, an `icc` outside 0-1.

    Notes
    -----
    (t_{1 - a/2} + t_{power}) sqrt(arms^2 (1 + (m - 1) icc) / (G m)), t with G - arms degrees of freedom: clusters
    count, not people. When not to use: cluster sizes that differ by more than about a half (optimistic), and few
    clusters whose icc is a guess: vary it.
    Source: Bloom (1995), Evaluation Review 19:547-556; Bloom (2005), Learning More from Social Experiments, ch. 4.
    """
    if not (0 < significance_level < 1 and 0 < power < 1):
        raise ValueError("`significance_level` and `power` must lie between 0 and 1.")
    error, df = _design(clusters, size, icc, arms)
    known = np.where(df > 0, df, 1.0)
    multiplier = stats.t.ppf(1 - significance_level / 2, known) + stats.t.ppf(power, known)
    return np.where(df > 0, multiplier * error, np.nan)


def power_clustered(
    effect: ArrayLike,
    clusters: ArrayLike,
    size: ArrayLike,
    icc: ArrayLike,
    *,
    arms: Arms = 1,
    significance_level: float = 0.05,
) -> Values:
    """Power (0-1) to show `effect` standard deviations on people in clusters: the inverse of Bloom's MDES.

    Parameters and raises as `minimum_detectable_clustered`. Returns NaN where clusters leave no degree of freedom.

    Notes
    -----
    T(effect / error - t_{1 - a/2}), Student's T with G - arms degrees of freedom. From 4 clusters on it is within three
    points of the noncentral t at 75 % and above; lower down it says too little (up to 13 points with 4 clusters).
    When not to use: under 4 clusters; as `minimum_detectable_clustered`.
    Source: Bloom (1995), Evaluation Review 19:547-556.
    """
    if not 0 < significance_level < 1:
        raise ValueError("`significance_level` must lie between 0 and 1.")
    error, df = _design(clusters, size, icc, arms)
    known = np.where(df > 0, df, 1.0)
    shift = np.abs(np.asarray(effect, dtype=float)) / error
    return np.where(df > 0, stats.t.cdf(shift - stats.t.ppf(1 - significance_level / 2, known), known), np.nan)


def power_table(
    sizes: Mapping[str, int],
    *,
    baselines: Sequence[float] = (0.5,),
    clusters: Sequence[int] = (),
    icc: float = 0.05,
    power: float = 0.8,
    significance_level: float = 0.05,
) -> pd.DataFrame:
    """Smallest effect that each real size can show, by design: one row a design.

    Parameters
    ----------
    sizes
        People by part, such as {"screened": 90, "referred": 57, "ambassadors": 65}.
    baselines
        Shares, 0-1, from which a rise is looked for.
    clusters
        Numbers of clusters (quartiers) the people of each part come from.
    icc
        Intraclass correlation in the rows by cluster.

    Returns
    -------
    DataFrame with columns `part, design, n, clusters, icc, baseline, detectable, unit, power,
    significance_level, method, status`. Designs: "benchmark" (rise above a fixed share), "two_groups" (rise
    between two halves), "paired" (d_z, independent people), "paired_clustered" (d_z, n over the clusters).
    `status` is `too_few` and `detectable` NaN where no effect at all could be shown.

    Raises
    ------
    ValueError
        A negative size, a share outside 0-1, fewer than one cluster.

    Notes
    -----
    Say it before the result: a report without a significant result and without this table proves nothing.
    When not to use: with effects already observed (use their interval).
    Source: those of `minimum_detectable_benchmark`, `_difference`, `_paired` and `_clustered`.
    """
    options: dict[str, Any] = {"power": power, "significance_level": significance_level}
    rows: list[dict[str, Any]] = []
    for part, n in sizes.items():
        for p in baselines:
            head = {"part": part, "n": n, "baseline": p, "unit": "proportion"}
            found = minimum_detectable_benchmark(p, n, **options)
            rows.append({**head, "design": "benchmark", "detectable": found, "method": "exact_binomial"})
            found = minimum_detectable_difference(p, n / 2, **options)
            rows.append({**head, "design": "two_groups", "detectable": found, "method": "normal"})
        head = {"part": part, "n": n, "unit": "d_z"}
        found = minimum_detectable_paired(n, **options)
        rows.append({**head, "design": "paired", "detectable": found, "method": "noncentral_t"})
        for g in clusters:
            found = minimum_detectable_clustered(g, max(n / g, 1), icc, **options) if n >= g else np.array(np.nan)
            more = {"design": "paired_clustered", "clusters": g, "icc": icc, "method": "bloom"}
            rows.append({**head, **more, "detectable": found})
    columns = ["part", "design", "n", "clusters", "icc", "baseline", "detectable", "unit"]
    out = pd.DataFrame(rows, columns=[*columns, "method"]).assign(**options)
    numbers = ["n", "clusters", "icc", "baseline", "detectable"]
    out[numbers] = out[numbers].astype(float)
    out["status"] = np.where(out["detectable"].isna(), "too_few", "ok")
    return out[[*columns, "power", "significance_level", "method", "status"]]
