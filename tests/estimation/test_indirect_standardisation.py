"""Observed over expected: equal to R, to Selvin's published ratio, and never a number where nothing is expected."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.indirect_standardisation import (
    estimate_indirectly_standardised_ratios,
    indirectly_standardised_rate,
    indirectly_standardised_ratio,
)

REFERENCE = Path(__file__).parent.parent / "reference"
INDIRECT = pd.read_csv(REFERENCE / "standardisation_indirect.csv")
DATA = pd.read_csv(REFERENCE / "standardisation_data.csv")
# Deaths from cancer by age, United States 1960: Selvin (2004), Statistical Analysis of Epidemiologic Data, 3rd ed.
DEATHS_1960 = (141, 926, 1253, 1080, 1869, 4891, 14956, 30888, 41725, 26501, 5928)


def ratios(table, **options):
    names = {"indicator": "smr", "events": "events", "population": "population", "stratum": "stratum"}
    return estimate_indirectly_standardised_ratios(table, **{**names, **options})


@pytest.mark.parametrize("row", list(INDIRECT.itertuples()), ids=lambda r: f"{r.case}-{r.level}")
@pytest.mark.parametrize("method", ["byar", "exact"])
def test_ratio_and_rate_agree_with_r(row, method):
    options = {"method": method, "confidence_level": row.level}
    out = indirectly_standardised_ratio(row.events, row.expected, **options)
    limits = [getattr(row, f"{method}_lower"), getattr(row, f"{method}_upper")]
    np.testing.assert_allclose([out.estimate, out.lower, out.upper], [row.ratio, *limits], rtol=1e-9, atol=1e-15)
    rate = indirectly_standardised_rate(row.events, row.expected, row.reference_rate, multiplier=1000, **options)
    scale = row.reference_rate * 1000
    np.testing.assert_allclose([rate.estimate, rate.lower], [row.ratio * scale, limits[0] * scale], rtol=1e-9)
    assert (out.unit, rate.unit) == ("standardised_ratio", "per_1000")


def test_the_published_ratio_comes_back_from_its_strata():
    table = DATA[DATA["case"] == "cancer_1940"]
    reference = {i + 1: d / n for i, (d, n) in enumerate(zip(DEATHS_1960, table["weight"], strict=True))}
    out = ratios(table, reference=reference).iloc[0]
    expected = INDIRECT[(INDIRECT["case"] == "cancer_1940") & (INDIRECT["level"] == 0.95)].iloc[0]
    assert (out["numerator"], round(out["denominator"], 2)) == (71058, 85556.89)  # Selvin (2004)
    assert round(out["estimate"], 2) == 0.83
    got = out[["estimate", "lower", "upper"]].to_numpy(dtype=float)
    np.testing.assert_allclose(got, expected[["ratio", "byar_lower", "byar_upper"]].to_numpy(dtype=float), rtol=1e-9)


def test_the_made_quartier_agrees_with_r():
    table = pd.DataFrame({"stratum": ["x", "y"], "events": [1, 2], "population": [1000, 2750]})
    out = ratios(table, reference={"x": 0.0014, "y": 0.0014}).iloc[0]
    expected = INDIRECT[(INDIRECT["case"] == "few") & (INDIRECT["level"] == 0.95)].iloc[0]
    got = out[["estimate", "lower", "upper"]].to_numpy(dtype=float)
    np.testing.assert_allclose(got, expected[["ratio", "exact_lower", "exact_upper"]].to_numpy(dtype=float), rtol=1e-9)


def test_nothing_expected_or_nan_is_too_few():
    for events, expected in ((0, 0), (3, 0), (np.nan, 2.0), (3, np.nan)):
        out = indirectly_standardised_ratio(events, expected)
        assert out.status == "too_few"
        assert np.isnan([out.estimate, out.lower, out.upper]).all()
    assert indirectly_standardised_ratio(0, 2.5).lower == 0.0
    assert indirectly_standardised_rate(1, 2.0, np.nan).status == "too_few"
    table = pd.DataFrame({"area": ["a"], "stratum": ["x"], "events": [0], "population": [0]})
    out = ratios(table, reference={"x": 0.1}, by=["area"])
    assert out["status"].tolist() == ["too_few"]
    assert ratios(table.head(0), reference={"x": 0.1}, by=["area"]).empty


def test_what_cannot_be_is_refused():
    for call in (
        lambda: indirectly_standardised_ratio(-1, 2.0),
        lambda: indirectly_standardised_ratio(1, -2.0),
        lambda: indirectly_standardised_ratio(1, 2.0, method="dobson"),
        lambda: indirectly_standardised_ratio([1, 2], 2.0),
        lambda: indirectly_standardised_rate(1, 2.0, -1.0),
    ):
        with pytest.raises(ValueError, match="must"):
            call()
    table = pd.DataFrame({"stratum": ["x"], "events": [1], "population": [10]})
    with pytest.raises(ValueError, match="must be one of y"):
        ratios(table, reference={"y": 0.1})
    with pytest.raises(ValueError, match="reference"):
        ratios(table, reference={"x": np.nan})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 20), st.integers(1, 50)),
        min_size=1,
        max_size=20,
    )
)
def test_grouping_equals_summing_and_order_does_not_matter(rows):
    table = pd.DataFrame(rows, columns=["area", "stratum", "events", "population"])
    before = table.copy(deep=True)
    reference = {"x": 0.25, "y": 0.5}
    out = ratios(table, reference=reference, by=["area"])
    pd.testing.assert_frame_equal(table, before)
    summed = table.groupby(["area", "stratum"], as_index=False).sum()
    pd.testing.assert_frame_equal(ratios(summed, reference=reference, by=["area"]), out)
    mixed = table.iloc[::-1].assign(more=1)
    pd.testing.assert_frame_equal(ratios(mixed, reference=reference, by=["area"]), out)
