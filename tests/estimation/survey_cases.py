"""Designs on which R's survey package was run (tests/reference/r/survey.R), shared by the tests of surveys."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from prs_eval.estimation.survey_design import Design
from prs_eval.estimation.survey_weights import post_stratify, rake
from tests.conftest import ROOT

REFERENCE = ROOT / "tests" / "reference"
TYPES, WIDE = {"E": 4421, "H": 755, "M": 1018}, {"No": 1072, "Yes": 5122}
SEXES, AGES = {"f": 110, "m": 95}, {"18-39": 80, "40-64": 70, "65+": 55}
# Small survey example of R's survey package: 5 of 15 and 3 of 12 drawn.
FPC = {
    "stratum": [1] * 5 + [2] * 3,
    "w": [3] * 5 + [4] * 3,
    "N": [15] * 5 + [12] * 3,
    "x": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2],
}
# Särndal, Swensson and Wretman (1992), appendix B: two-stage sample of municipalities, 5 of 50 clusters.
MU284 = {"id1": [19, 45, 47, 50, 31] * 3, "id2": [1] * 5 + [2] * 5 + [3] * 5, "n2": [5, 8, 5, 9, 7] * 3,
         "y1": [41, 49, 31, 39, 49, 49, 49, 31, 41, 51, 49, 45, 35, 61, 33]}  # fmt: skip
# Levy and Lemeshow, Sampling of Populations: survival after cardiac arrest, two ambulances in each of three areas.
SCD = {"area": [1, 1, 2, 2, 3, 3], "arrests": [120, 78, 185, 228, 670, 530], "alive": [25, 24, 30, 49, 80, 70]}


def reference(name):
    """Rows that R computed; see tests/reference/r/survey.R."""
    return pd.read_csv(REFERENCE / f"survey_{name}.csv", keep_default_na=False, na_values=["NA"]).to_dict("records")


def api(name):
    """The published samples of California's schools (R's survey package), read from beside the checkout."""
    path = ROOT.parent / "shared" / "reference" / "datasets" / f"{name}.csv"
    if not path.is_file():
        pytest.skip("no ../shared/reference/datasets beside the checkout")
    return pd.read_csv(path)


def small(*, lonely=False):
    """34 invented answers in 3 strata; the third has one cluster only."""
    table = pd.read_csv(REFERENCE / "survey_small.csv")
    return table if lonely else table[table["stratum"] != "c"].reset_index(drop=True)


@cache
def case(name):
    """The table and the design of a case."""
    base, _, fitted = name.partition("_")
    if base == "apistrat":
        table = api(base)
        design = Design(table["pw"], table["stype"], None, table["fpc"])
        if fitted:
            design = rake(design, [table["awards"], table["sch.wide"]], [{"No": 2027, "Yes": 4167}, WIDE])
    elif base == "apiclus1":
        table = api(base)
        design = Design(table["pw"], None, table["dnum"], table["fpc"])
        if fitted == "post":
            design = post_stratify(design, table["stype"], TYPES)
        elif fitted == "raked":
            design = rake(design, [table["stype"], table["sch.wide"]], [TYPES, WIDE])
    elif base == "apiclus2":
        table = api(base)
        design = Design(table["pw"], None, table[["dnum", "snum"]], table[["fpc1", "fpc2"]])
    elif base == "fpc":
        table = pd.DataFrame(FPC)
        design = Design(table["w"], table["stratum"], None, table["N"])
    elif base == "mu284":
        table = pd.DataFrame(MU284)
        population = np.column_stack([np.full(15, 50), table["n2"]])
        design = Design(10 * table["n2"] / 3, None, table[["id1", "id2"]], population)
    elif base == "scd":
        table = pd.DataFrame(SCD)
        design = Design(np.ones(6), table["area"])
    else:
        table = small(lonely=fitted in ("adjust", "certainty"))
        lonely = fitted if fitted in ("adjust", "certainty") else "refuse"
        fpc = table["clusters_in_stratum"] if fitted == "fpc" else None
        design = Design(table["weight"], table["stratum"], table["cluster"], fpc, lonely)
        if fitted == "post":
            design = post_stratify(design, table["age"], AGES)
        elif fitted == "raked":
            design = rake(design, [table["sex"], table["age"]], [SEXES, AGES])
    return table, design
