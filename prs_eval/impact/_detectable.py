"""The shape of what a design could have shown, and Bloom's multiple of a standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest effect that a design sees with `power` at `significance_level`, two-sided; NaN where none is.

    `n`: units, people or points that it rests on. `status`: `too_few` where no effect, however large, would be seen,
    or where the noise cannot be told.
    """

    estimate: float
    unit: str
    power: float
    significance_level: float
    method: str
    n: float
    status: str = "ok"


def detectable(
    estimate: float, unit: str, method: str, n: float, *, power: float, significance_level: float
) -> Detectable:
    """`too_few` where the estimate is not finite."""
    known = bool(np.isfinite(estimate))
    return Detectable(
        estimate if known else np.nan,
        unit,
        power,
        significance_level,
        method,
        float(n),
        "ok" if known else "too_few",
    )


def check(power: float, significance_level: float) -> None:
    if not (0 < power < 1 and 0 < significance_level < 1):
        raise ValueError("`power` and `significance_level` must lie between 0 and 1.")


def multiple(df: float, power: float, significance_level: float) -> float:
    """Standard errors between no effect and the smallest one seen; NaN without degrees of freedom."""
    if not df > 0:
        return float("nan")
    quantile = stats.norm.ppf if np.isinf(df) else stats.t(df).ppf
    return float(quantile(1 - significance_level / 2) + quantile(power))
