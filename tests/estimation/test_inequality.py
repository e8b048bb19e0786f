"""Slope and relative index: equal to R; under five groups none is given, and a bent relation widens the limits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.inequality import estimate_slope_indices, relative_index, slope_index

REFERENCE = Path(__file__).parent.parent / "reference"
GROUPS = pd.read_csv(REFERENCE / "inequality_groups.csv")
SLOPE = pd.read_csv(REFERENCE / "inequality_slope.csv")
TABLE = pd.read_csv(REFERENCE / "inequality_table.csv").set_index(["case", "measure"])


def columns(case):
    rows = GROUPS[GROUPS["case"] == case]
    return rows["value"].to_numpy(), rows["population"].to_numpy(), rows["se"].to_numpy()


@pytest.mark.parametrize("row", list(SLOPE.itertuples()), ids=lambda r: f"{r.case}-{r.model}-{r.spread}")
def test_slope_index_agrees_with_r(row):
    out = slope_index(*columns(row.case), model=row.model, spread=row.spread)
    assert (out.estimate, out.lower, out.upper) == pytest.approx((row.sii, row.sii_lower, row.sii_upper), rel=1e-9)
    assert (out.unit, out.status, out.n) == ("sii", "ok", len(columns(row.case)[0]))


@pytest.mark.parametrize("row", list(SLOPE.itertuples()), ids=lambda r: f"{r.case}-{r.model}-{r.spread}")
def test_relative_index_agrees_with_r(row):
    out = relative_index(*columns(row.case), model=row.model, spread=row.spread)
    assert (out.estimate, out.lower, out.upper) == pytest.approx((row.rii, row.rii_lower, row.rii_upper), rel=1e-9)


def test_limits_are_those_the_simulation_of_public_health_england_tends_to():
    y, n, s = columns("phe_area1")
    a = n / n.sum()
    x = np.cumsum(a) - a / 2
    draws = np.random.default_rng(3).normal(y, s, (200_000, len(y)))
    slope, bottom = np.polynomial.polynomial.polyfit(x, draws.T, 1, w=np.sqrt(a))[::-1]
    sii, rii = slope_index(y, n, s), relative_index(y, n, s)
    assert np.quantile(slope, [0.025, 0.975]) == pytest.approx((sii.lower, sii.upper), abs=0.03)
    assert np.quantile((bottom + slope) / bottom, [0.025, 0.975]) == pytest.approx((rii.lower, rii.upper), abs=5e-4)


def counts(case):
    y, n, _ = columns(case)
    return pd.DataFrame({"rank": range(len(y)), "x": np.round(y * n), "n": n})


@pytest.mark.parametrize("case", ["india", "quartiers"])
@pytest.mark.parametrize("measure", ["sii", "rii"])
def test_index_of_counts_agrees_with_r(case, measure):
    table = counts(case).assign(year=2018).sample(frac=1, random_state=1)
    names = {"indicator": "i", "numerator": "x", "denominator": "n", "rank": "rank", "by": ["year"]}
    out = estimate_slope_indices(table, measure=measure, **names).iloc[0]
    expected = TABLE.loc[(case, measure)]
    got = out[["estimate", "lower", "upper"]].to_numpy(dtype=float)
    np.testing.assert_allclose(got, expected.to_numpy(), rtol=1e-9)
    assert (out["numerator"], out["denominator"]) == (table["x"].sum(), table["n"].sum())


def test_five_quartiers_are_the_minimum_and_said_to_be():
    y, n, s = columns("india")
    assert "minimum of 5 groups" in slope_index(y, n, s).method
    assert slope_index(y[:4], n[:4], s[:4]).status == "too_few"
    assert relative_index(y[:4], n[:4], s[:4]).status == "too_few"
    assert np.isnan(slope_index(y[:4], n[:4], s[:4]).estimate)
    assert "minimum" not in slope_index(*columns("quartiers")).method
    # a relation that bends: the sampling error alone is far too sure
    bent = np.array([0.9, 0.4, 0.35, 0.4, 0.3])
    few = np.full(5, 0.005)
    sure, honest = (slope_index(bent, n, few, spread=spread) for spread in ("sampling", "residual"))
    assert honest.upper - honest.lower > 10 * (sure.upper - sure.lower)


def test_what_the_model_cannot_take_is_too_few():
    n, s = np.full(5, 100.0), np.full(5, 0.02)
    zero, one, nan = [0, 0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8, 1.0], [0.1, 0.2, np.nan, 0.3, 0.4]
    assert slope_index(zero, n, s, model="log").status == "too_few"
    assert slope_index(one, n, s, model="logit").status == "too_few"
    assert slope_index(nan, n, s).status == "too_few"
    assert slope_index([], [], []).status == "too_few"
    assert relative_index([0.0] * 5, n, s).status == "too_few"  # nothing to divide by
    assert relative_index([0.01, 0.2, 0.4, 0.6, 0.8], n, s).status == "too_few"  # fitted bottom below 0
    assert slope_index([0.5] * 5, n, s).estimate == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"population": [100, 100, 0, 100, 100]}, {}),
        ({"standard_errors": [0.1, 0.1, -0.1, 0.1, 0.1]}, {}),
        ({"population": [100, 100]}, {}),
        ({}, {"model": "probit"}),
        ({}, {"spread": "both"}),
        ({}, {"confidence_level": 1.0}),
    ],
)
def test_what_cannot_be_is_refused(change, options):
    data = {"values": [0.1, 0.2, 0.3, 0.4, 0.5], "population": [100] * 5, "standard_errors": [0.1] * 5}
    with pytest.raises(ValueError, match=r"must|alike"):
        slope_index(**{**data, **change}, **options)


def test_rows_that_cannot_be_are_refused():
    table = pd.DataFrame({"rank": range(5), "x": [1] * 5, "n": [10] * 5})
    names = {"indicator": "i", "numerator": "x", "denominator": "n", "rank": "rank"}
    with pytest.raises(ValueError, match="1 of 5"):
        estimate_slope_indices(table.assign(x=[1, 1, 11, 1, 1]), **names)
    with pytest.raises(ValueError, match="5 of 5"):
        estimate_slope_indices(table.assign(rank=np.nan), **names)
    with pytest.raises(ValueError, match="no column"):
        estimate_slope_indices(table.drop(columns="rank"), **names)
    assert estimate_slope_indices(table.head(0), **names)["status"].tolist() == ["too_few"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=20),
    st.sampled_from(["linear", "log", "logit"]),
)
def test_grouping_equals_summing_and_order_does_not_matter(rows, model):
    table = pd.DataFrame([(r, x, x + y) for r, x, y in rows], columns=["rank", "x", "n"])
    before = table.copy(deep=True)
    names = {"indicator": "i", "numerator": "x", "denominator": "n", "rank": "rank", "model": model}
    out = estimate_slope_indices(table, **names)
    pd.testing.assert_frame_equal(table, before)
    summed = table.groupby("rank", as_index=False).sum()
    pd.testing.assert_frame_equal(estimate_slope_indices(summed, **names), out)
    mixed = table.iloc[::-1].assign(more="x").set_axis([f"r{i}" for i in range(len(table))])
    pd.testing.assert_frame_equal(estimate_slope_indices(mixed, **names), out)
