"""A change in the same people by ranks: Wilcoxon's signed-rank test and the Hodges–Lehmann change."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from prs_eval.estimation._grouping import paired
from prs_eval.estimation.frame import Estimate, TestResult
from prs_eval.estimation.intervals import check_confidence_level

_EXACT_LIMIT = 1000  # pairs; beyond, the exact distribution costs seconds and equals the normal one


def wilcoxon_signed_rank(
    before: ArrayLike,
    after: ArrayLike,
    *,
    method: Literal["exact", "normal"] = "exact",
    zeros: Literal["wilcox", "pratt"] = "wilcox",
) -> TestResult:
    """Two-sided signed-rank test that changes are symmetric about 0; the statistic is a sum of ranks (no unit).

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN.
    method
        "exact": distribution over all signs given the (mid)ranks seen, so right with ties. "normal": with the
        variance corrected for ties and the continuity correction.
    zeros
        "wilcox" drops those who did not change before ranking, as R does; "pratt" ranks them, then drops
        their ranks.

    Returns
    -------
    TestResult: `statistic` is V, the sum of the ranks of the rises; `df` NaN; `n` the pairs used; `method`
    names all three choices. NaN where nobody changed.

    Raises
    ------
    ValueError
        Where the shapes differ, a score is missing, a choice is unknown, or exact is asked of over 1 000 pairs.

    Notes
    -----
    Formula: p = 2 min(P(V <= v), P(V >= v)), at most 1. Assumes independent people and, under the
    hypothesis, changes symmetric about 0. When not to use: as a test of medians of skewed changes.
    Equals R's wilcox.test without ties or zeros, its exact = FALSE with "normal" and "wilcox", and
    coin::wilcoxsign_test(distribution = "exact") with ties.
    Sources: Wilcoxon (1945), Biometrics Bulletin 1:80-83; Pratt (1959), JASA 54:655-667.
    """
    if method not in ("exact", "normal") or zeros not in ("wilcox", "pratt"):
        raise ValueError('`method` must be "exact" or "normal", and `zeros` "wilcox" or "pratt".')
    x, y = paired(before, after)
    change = _changes(x, y)
    ranks, positive = _signed_ranks(change, zeros)
    name = f"wilcoxon_{method}_{zeros}"
    n = ranks.size
    if n == 0:
        return TestResult(math.nan, math.nan, math.nan, name, 0)
    v = float(ranks[positive].sum())
    if method == "exact":
        probability = _rank_sum_distribution(ranks)
        place = round(2 * v)
        p = 2 * min(probability[: place + 1].sum(), probability[place:].sum())
    else:
        z = v - ranks.sum() / 2
        p = 2 * stats.norm.sf(max(abs(z) - 0.5, 0.0) / math.sqrt(float((ranks**2).sum()) / 4))
    return TestResult(v, math.nan, min(1.0, float(p)), name, n)


def hodges_lehmann(
    before: ArrayLike,
    after: ArrayLike,
    *,
    method: Literal["exact", "normal"] = "exact",
    confidence_level: float = 0.95,
) -> Estimate:
    """Hodges–Lehmann change (pseudomedian of after minus before), in points, with limits from signed ranks.

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN.
    method
        "exact": median of the Walsh averages of all changes (zeros kept) and the two of them that the exact
        signed-rank distribution gives; R's wilcox.test(exact = TRUE) without ties or zeros. With ties or
        zeros the closed interval holds at least `confidence_level` (R has no exact limits there).
        "normal": R's wilcox.test(exact = FALSE): people without change dropped, ties corrected, limits with
        and estimate without the continuity correction.

    Returns
    -------
    Estimate, unit "points", method "hodges_lehmann_exact" or "hodges_lehmann_normal"; limits are NaN and the
    status `too_few` where no pair of Walsh averages reaches the level (under 6 people at 95 %) or everybody
    changed alike, and all is NaN without anybody left.

    Raises
    ------
    ValueError
        Where the shapes differ, a score is missing, the method is unknown, or exact is asked of over 1 000.

    Notes
    -----
    Formula: median over i <= j of (d_i + d_j) / 2; limits are the k-th smallest and k-th greatest, k the
    lower quantile of the signed-rank distribution. Assumes independent people and changes symmetric
    about their centre. When not to use: as the median of skewed changes.
    Sources: Hodges & Lehmann (1963), Ann Math Stat 34:598-611; Hollander & Wolfe (1999), Nonparametric
    Statistical Methods, 2nd ed., 51-60; Noether (1967), JASA 62:184-188, for ties.
    """
    check_confidence_level(confidence_level)
    if method not in ("exact", "normal"):
        raise ValueError(f'`method` must be "exact" or "normal", not {method}.')
    x, y = paired(before, after)
    change, name = _changes(x, y), f"hodges_lehmann_{method}"
    if change.size == 0:
        return Estimate(math.nan, math.nan, math.nan, confidence_level, "points", name, 0, "too_few")
    if method == "exact":
        values = _exact_limits(change, confidence_level)
    else:
        change = change[change != 0]
        values = _normal_limits(change, confidence_level)
    status = "too_few" if any(math.isnan(value) for value in values) else "ok"
    return Estimate(*values, confidence_level, "points", name, change.size, status)


def _changes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """After minus before, so rounded that 1.9 - 0.7 and 1.2 - 0.0 are a tie."""
    scale = float(np.abs(np.concatenate([x, y])).max(initial=0.0))
    return np.asarray(np.round(y - x, 11 - math.floor(math.log10(scale)))) if scale else y - x


def _signed_ranks(change: NDArray[np.float64], zeros: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    moved = change != 0
    if zeros == "wilcox":
        return _midranks(np.abs(change[moved])), change[moved] > 0
    return _midranks(np.abs(change))[moved], change[moved] > 0


def _midranks(size: NDArray[np.float64]) -> NDArray[np.float64]:
    # Rounding again: a scaled value and its negative neighbour may differ in the last bit.
    return np.asarray(stats.rankdata(np.round(size / size.max(), 11) if size.any() else size))


def _rank_sum_distribution(ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(2V = 0, 1, 2, …) over all signs; twice the sum, so that midranks are whole."""
    if ranks.size > _EXACT_LIMIT:
        raise ValueError(f'exact is for {_EXACT_LIMIT} pairs at most, not {ranks.size}: use method="normal".')
    steps = np.rint(2 * ranks).astype(int)
    probability = np.zeros(int(steps.sum()) + 1)
    probability[0], top = 1.0, 0
    for step in steps:
        probability[step : top + step + 1] += probability[: top + 1].copy()
        top += int(step)
        probability[: top + 1] /= 2
    return probability


def _exact_limits(change: NDArray[np.float64], confidence_level: float) -> tuple[float, float, float]:
    n = change.size
    first, second = np.triu_indices(n)
    walsh = np.sort((change[first] + change[second]) / 2)
    cumulative = np.cumsum(_rank_sum_distribution(np.arange(1.0, n + 1))[::2])
    # R's qsignrank: the smallest rank sum whose lower tail reaches alpha / 2; at 0 no pair is wide enough.
    rank = int(np.searchsorted(cumulative, (1 - confidence_level) / 2 * (1 - 1e-12)))
    if rank == 0 or walsh[0] == walsh[-1]:
        return float(np.median(walsh)), math.nan, math.nan
    return float(np.median(walsh)), float(walsh[rank - 1]), float(walsh[walsh.size - rank])


def _normal_limits(change: NDArray[np.float64], confidence_level: float) -> tuple[float, float, float]:
    if change.size == 0 or np.ptp(change) == 0:
        return (float(change[0]) if change.size else math.nan), math.nan, math.nan

    def solve(quantile: float, correction: float) -> float:
        def excess(shift: float) -> float:
            ranks, positive = _signed_ranks(change - shift, "wilcox")
            centred = float(ranks[positive].sum() - ranks.sum() / 2)
            spread = math.sqrt(float((ranks**2).sum()) / 4)
            return (centred - correction) / spread - quantile if spread else -quantile

        low, high = float(change.min()), float(change.max())
        if excess(low) <= 0 or excess(high) >= 0:
            return math.nan  # too few people for that level
        return float(optimize.bisect(excess, low, high, xtol=1e-12 * max(abs(low), abs(high))))

    z = float(stats.norm.isf((1 - confidence_level) / 2))
    return solve(0.0, 0.0), solve(z, 0.5), solve(-z, -0.5)
