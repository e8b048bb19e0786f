"""The one output shape: one row a group, always the same columns in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HEAD = ("indicator", "quartier", "year")
TAIL = (
    "numerator",
    "denominator",
    "estimate",
    "lower",
    "upper",
    "confidence_level",
    "unit",
    "method",
    "n",
    "status",
)
ALL = "all"  # `quartier` of a row that stands for all of them together
STATUSES = ("ok", "too_few", "primary", "secondary")
_NUMBERS = ("numerator", "denominator", "estimate", "lower", "upper", "confidence_level", "n")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One answer, with the names of the output shape; NaN and `too_few` where it cannot be estimated."""

    estimate: float
    lower: float
    upper: float
    confidence_level: float
    unit: str
    method: str
    n: float
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class TestResult:
    """One hypothesis test; `df` is NaN where the method has none."""

    __test__ = False  # pytest collects classes of this name

    statistic: float
    df: float
    p_value: float
    method: str
    n: float


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Coefficients of one model in the order of its covariates: arrays of shape (covariates,), unless said.

    The names of `Estimate` come first. `df` is infinite where limits are normal; `clusters` (one number) is
    NaN where people are taken as independent. All NaN and `too_few` where the model cannot be fitted.
    """

    estimate: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    confidence_level: float
    unit: str
    method: str
    n: float
    status: str
    standard_error: NDArray[np.float64]
    df: NDArray[np.float64]
    p_value: NDArray[np.float64]
    clusters: float

    def ratios(self) -> Coefficients:
        """Estimates and limits of a "log_…" unit as ratios; `standard_error` stays that of the logarithm."""
        if not self.unit.startswith("log_"):
            raise ValueError(f"only coefficients in a log unit become ratios, not {self.unit}.")
        new = {name: np.exp(getattr(self, name)) for name in ("estimate", "lower", "upper")}
        return replace(self, **new, unit=self.unit.removeprefix("log_"))


def estimates(rows: Sequence[Mapping[str, Any]] | pd.DataFrame, *, groups: Sequence[str] = ()) -> pd.DataFrame:
    """Rows in the one output shape.

    Parameters
    ----------
    rows
        Mappings or a frame; a column of the shape that is absent becomes NA. `status` defaults to
        `ok`, or `too_few` where `estimate` is missing.
    groups
        Names of further grouping columns, placed after `year`.

    Returns
    -------
    DataFrame with columns `indicator, quartier, year, <groups…>, numerator, denominator, estimate, lower,
    upper, confidence_level, unit, method, n, status`; numbers are float64, `year` is Int64.
    """
    columns = [*HEAD, *groups, *TAIL]
    out = pd.DataFrame(rows if isinstance(rows, pd.DataFrame) else list(rows))
    if unexpected := sorted(set(out.columns) - set(columns)):
        raise ValueError(f"not in the output shape: {', '.join(unexpected)}")
    out = out.reindex(columns=columns).reset_index(drop=True)
    wrong = {name: "float64" for name in _NUMBERS if out[name].dtype != np.float64}
    out = out.astype(wrong | {"year": "Int64"})
    missing = out["estimate"].isna().to_numpy()
    by_default = pd.Series(np.array(["ok", "too_few"], dtype=object)[missing.astype(int)], dtype="object")
    given = out["status"].notna()
    out["status"] = out["status"].astype("object").where(given, by_default) if given.any() else by_default
    if given.any() and (bad := sorted(set(out["status"]) - set(STATUSES))):
        raise ValueError(f"unknown status: {', '.join(map(str, bad))}")
    return out


def check_estimates(frame: pd.DataFrame) -> None:
    """Raise ValueError unless `frame` holds the one output shape (extra grouping columns allowed)."""
    if missing := [c for c in (*HEAD, *TAIL) if c not in frame.columns]:
        raise ValueError(f"not the output shape, missing: {', '.join(missing)}")
