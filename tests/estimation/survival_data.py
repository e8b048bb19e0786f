"""Times to an event that the survival tests share, and the values R gave for them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LUNG = ROOT.parent / "shared" / "reference" / "datasets" / "lung.csv"

# Freireich et al. (1963), Blood 21:699-716: weeks in remission, 1 = relapse; pairs as in R's MASS::gehan.
SIX_MP_PAIRED = (
    [10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10],
    [1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0],
)
PLACEBO_PAIRED = [1, 22, 3, 12, 8, 17, 2, 11, 8, 12, 2, 5, 4, 15, 8, 23, 5, 11, 4, 1, 8]
SIX_MP = SIX_MP_PAIRED
PLACEBO = (PLACEBO_PAIRED, [1] * 21)
# Miller (1981), Survival Analysis, p. 49: weeks to relapse, 11 maintained then 12 not maintained.
AML = (
    [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
    [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
)


def read(name: str) -> list[dict[str, str]]:
    """Rows of a reference file."""
    with (ROOT / "tests" / "reference" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    """A number of a reference file, NaN where R has NA."""
    return float(text) if text else math.nan


def lung() -> dict[str, list[float]]:
    """Loprinzi et al. (1994), J Clin Oncol 12:601-607, in columns; the test is left out where the file is missing."""
    if not LUNG.exists():
        pytest.skip("needs ../shared/reference/datasets/lung.csv")
    with LUNG.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [number(row[name]) for row in rows] for name in ("time", "status", "sex", "age", "inst")}
