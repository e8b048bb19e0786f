"""People in groups that the tests of clustered methods share."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Values = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
API = ROOT.parent / "shared" / "reference" / "datasets" / "apiclus1.csv"

# Shrout & Fleiss (1979), Psychol Bull 86:420-428, Table 2: six people rated by four judges.
JUDGES = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
# Davies & Goldsmith (1972), Statistical Methods in Research and Production: yield of dyestuff, 5 a batch.
DYESTUFF = [1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560]
DYESTUFF += [1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445]
# Weil (1970), Food Cosmet Toxicol 8:177-182: pups of 16 litters not treated, then 16 treated; alive at 21 days.
LITTER = [13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10]
LITTER += [12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7]
ALIVE = [13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7]
ALIVE += [12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0]
# Draper & Smith (1998), Applied Regression Analysis: circumference of five orange trees at seven ages.
AGES = [118, 484, 664, 1004, 1231, 1372, 1582]
ORANGE = [30, 58, 87, 115, 120, 142, 145, 33, 69, 111, 156, 172, 203, 203, 30, 51, 75, 108, 115, 139, 140]
ORANGE += [32, 62, 112, 167, 179, 209, 214, 30, 49, 81, 125, 142, 174, 177]
# Lesnoff et al. (2004), Prev Vet Med 64:69-84: animals taken ill, of how many, by herd and period.
HERD_PERIODS = [4, 3, 4, 4, 4, 4, 4, 1, 4, 4, 4, 4, 4, 4, 4]
ILL = [2, 3, 4, 0, 3, 1, 1, 8, 2, 0, 2, 2, 0, 2, 0, 5, 0, 0, 1, 3, 0, 0, 1, 8, 1, 3, 0, 12]
ILL += [2, 0, 0, 0, 1, 1, 0, 2, 0, 5, 3, 1, 2, 1, 0, 0, 1, 2, 0, 0, 11, 0, 0, 0, 1, 1, 1, 0]
HERD = [14, 12, 9, 5, 22, 18, 21, 22, 16, 16, 20, 10, 10, 9, 6, 18, 25, 24, 4, 17, 17, 18, 20, 16, 10, 9, 5, 34]
HERD += [9, 6, 8, 6, 22, 22, 18, 22, 25, 27, 22, 22, 10, 8, 6, 5, 21, 24, 19, 23, 19, 2, 3, 2, 19, 15, 15, 15]


def read(name: str) -> list[dict[str, str]]:
    """Rows of a reference file."""
    with (ROOT / "tests" / "reference" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def people(yes: list[int], of: list[int]) -> Values:
    """Ones then zeros for each count."""
    return np.concatenate([np.repeat([1.0, 0.0], [x, n - x]) for x, n in zip(yes, of, strict=True)])


def _api() -> tuple[Values, Values, Values]:
    if not API.exists():
        pytest.skip("needs ../shared/reference/datasets/apiclus1.csv")
    with API.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    y, x, cluster = (np.array([float(r[c]) for r in rows]) for c in ("api00", "meals", "dnum"))
    return y, np.column_stack([np.ones(y.size), x]), cluster


def data(name: str) -> tuple[Values, Values, Values]:
    """Outcome, design with its intercept, cluster."""
    if name == "api":
        return _api()
    if name == "cbpp":
        period = np.repeat(np.concatenate([np.arange(n) for n in HERD_PERIODS]), HERD)
        herd = np.repeat(np.repeat(np.arange(15), HERD_PERIODS), HERD).astype(float)
        return people(ILL, HERD), np.column_stack([np.ones(period.size), *(period == k for k in (1, 2, 3))]), herd
    if name == "weil":
        y, x = people(ALIVE, LITTER), np.repeat([0.0, 1.0], [sum(LITTER[:16]), sum(LITTER[16:])])
        cluster = np.repeat(np.arange(32), LITTER)
    elif name == "orange":
        y, x, cluster = np.array(ORANGE, dtype=float), np.tile(AGES, 5), np.repeat(np.arange(5), 7)
    elif name == "made":  # 11 clusters, two treated, as in tests/reference/r/clustered_models.R
        cluster = np.repeat(np.arange(1, 12), [12, 10, 9, 8, 8, 7, 6, 6, 5, 5, 4])
        y = (7 * np.arange(1, cluster.size + 1) + 3 * cluster) % 11 + cluster % 3
        x = np.isin(cluster, (1, 9))
    else:
        raise KeyError(name)
    return y.astype(float), np.column_stack([np.ones(y.size), x]), cluster.astype(float)
