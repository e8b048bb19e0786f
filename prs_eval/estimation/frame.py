"""The one output shape: one row a group, always the same columns in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

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
    out[list(_NUMBERS)] = out[list(_NUMBERS)].astype("float64")
    out["year"] = out["year"].astype("Int64")
    missing = out["estimate"].isna()
    out["status"] = out["status"].astype("object").where(out["status"].notna(), np.where(missing, "too_few", "ok"))
    if bad := sorted(set(out["status"]) - set(STATUSES)):
        raise ValueError(f"unknown status: {', '.join(map(str, bad))}")
    return out


def check_estimates(frame: pd.DataFrame) -> None:
    """Raise ValueError unless `frame` holds the one output shape (extra grouping columns allowed)."""
    if missing := [c for c in (*HEAD, *TAIL) if c not in frame.columns]:
        raise ValueError(f"not the output shape, missing: {', '.join(missing)}")
