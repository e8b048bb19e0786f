"""What people before and other people after a date could have shown."""

from __future__ import annotations

import numpy as np

from prs_eval.estimation.power import minimum_detectable_difference
from prs_eval.impact._detectable import Detectable, check, detectable, multiple


def detectable_before_after(
    n_before: float,
    n_after: float,
    p_before: float,
    *,
    clusters: tuple[int, int] | None = None,
    design_effect: float = 1.0,
    power: float = 0.8,
    significance_level: float = 0.05,
) -> Detectable:
    """Smallest rise of a share that people before and other people after a date see; for a fall, 1 - `p_before`.

    Parameters
    ----------
    n_before, n_after
        People on each side.
    p_before
        Share before, 0-1.
    clusters
        Sessions or groups that they came in, before and after; people one by one where not given.
    design_effect
        1 + (size - 1) icc of those groups, 1 or more.

    Returns
    -------
    Detectable, unit "difference", method "power_two_proportions", or "welch_clusters" where clusters are given.
    `too_few` where not even a share of 1 after would be seen, or a side has under two clusters.

    Raises
    ------
    ValueError
        A share outside 0-1, a negative size, a design effect under 1.

    Notes
    -----
    Without clusters `estimation.power` at n over the design effect. With them Bloom's multiple of the error of two
    means of clusters at the shares looked for, Student's with Welch's degrees: those of CR2 with clusters of one size.
    Source: Fleiss, Levin & Paik (2003), chapter 4; Bloom (1995), Evaluation Review 19:547-556; Kish (1965), Survey
    Sampling, section 5.4 (design effect); Welch (1947), Biometrika 34:28-35.
    """
    check(power, significance_level)
    if not (0 <= p_before <= 1 and min(n_before, n_after) >= 0 and design_effect >= 1):
        raise ValueError("`p_before` must lie in 0-1, sizes be 0 or more and `design_effect` 1 or more.")
    n, few = float(n_before + n_after), min(n_before, n_after) < 1
    if clusters is None:
        size = n_after / design_effect, n_before / design_effect
        rise = np.nan if few else _rise(p_before, size, power, significance_level)
        return detectable(
            rise, "difference", "power_two_proportions", n, power=power, significance_level=significance_level
        )
    rise = np.nan
    if min(clusters) >= 2 and not few:
        rise = _clustered_rise(n_before, n_after, p_before, clusters, design_effect, power, significance_level)
    return detectable(rise, "difference", "welch_clusters", n, power=power, significance_level=significance_level)


def _clustered_rise(
    n_before: float, n_after: float, p: float, clusters: tuple[int, int], deff: float, power: float, level: float
) -> float:
    def enough(rise: float) -> bool:
        before, after = deff * p * (1 - p) / n_before, deff * (p + rise) * (1 - p - rise) / n_after
        below = before**2 / (clusters[0] - 1) + after**2 / (clusters[1] - 1)
        df = (before + after) ** 2 / below if below > 0 else np.inf
        return rise >= multiple(df, power, level) * float(np.sqrt(before + after))

    # Looked for from below: near a share of 1 the error falls to 0 and everything would be seen.
    grid = np.linspace(0, 1 - p, 1001)[1:-1]
    seen = np.array([enough(float(r)) for r in grid])
    if not seen.any():
        return float("nan")
    first = int(np.argmax(seen))
    low, high = (float(grid[first - 1]) if first else 0.0), float(grid[first])
    for _halving in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _rise(p: float, size: tuple[float, float], power: float, level: float) -> float:
    return float(minimum_detectable_difference(p, *size, power=power, significance_level=level))
