"""Direct standardisation: equal to epitools and to the published table; few events or a missing band give no rate."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.standardisation import (
    ESP2013,
    directly_standardised_rate,
    dobson_interval,
    estimate_directly_standardised_rates,
    fay_feuer_interval,
)

REFERENCE = Path(__file__).parent.parent / "reference"
DATA = pd.read_csv(REFERENCE / "standardisation_data.csv")
DIRECT = pd.read_csv(REFERENCE / "standardisation_direct.csv")
# Fay and Feuer (1997), Stat Med 16:791-801, table I: per 100 000, rate and gamma limits, printed to 1 decimal
FAY_FEUER_1997 = {
    "birth_order_1": (92.3, 80.4, 105.8),
    "birth_order_2": (91.2, 82.4, 100.9),
    "birth_order_3": (85.1, 77.2, 94.2),
    "birth_order_4": (92.7, 80.0, 114.7),
    "birth_order_5": (75.5, 67.7, 188.3),
}


def columns(case):
    rows = DATA[DATA["case"] == case]
    return rows["events"].to_numpy(), rows["population"].to_numpy(), rows["weight"].to_numpy()


def rates(table, **options):
    names = {"indicator": "dsr", "events": "events", "population": "population", "stratum": "band"}
    return estimate_directly_standardised_rates(table, **{**names, **options})


@pytest.mark.parametrize("row", list(DIRECT.itertuples()), ids=lambda r: f"{r.case}-{r.level}")
def test_direct_rates_agree_with_r(row):
    data = columns(row.case)
    fay = fay_feuer_interval(*data, confidence_level=row.level)
    np.testing.assert_allclose(fay, [row.fay_lower, row.fay_upper], rtol=1e-9)
    dobson = dobson_interval(*data, confidence_level=row.level)
    np.testing.assert_allclose(dobson, [row.dobson_lower, row.dobson_upper], rtol=1e-9)
    out = directly_standardised_rate(*data, confidence_level=row.level, multiplier=1000)
    assert out.estimate == pytest.approx(row.rate * 1000, rel=1e-12)
    assert out.lower == pytest.approx(row.dobson_lower * 1000, rel=1e-9)
    assert (out.unit, out.method, out.status) == ("per_1000", "dobson", "ok")


@pytest.mark.parametrize(("case", "printed"), list(FAY_FEUER_1997.items()))
def test_the_published_table_comes_back(case, printed):
    out = directly_standardised_rate(*columns(case), method="fay_feuer")
    assert (out.estimate, out.lower, out.upper) == pytest.approx(printed, abs=0.0501)


def test_table_rates_agree_with_r():
    table = DATA[DATA["case"].str.startswith("birth")].rename(columns={"stratum": "band", "case": "order"})
    standard = dict(zip(range(1, 7), columns("birth_order_1")[2], strict=True))
    expected = DIRECT[(DIRECT["level"] == 0.95) & DIRECT["case"].str.startswith("birth")]
    for method, short in (("dobson", "dobson"), ("fay_feuer", "fay")):
        out = rates(table, by=["order"], standard=standard, method=method, multiplier=1)
        got = out[["estimate", "lower", "upper"]].to_numpy()
        np.testing.assert_allclose(got, expected[["rate", f"{short}_lower", f"{short}_upper"]], rtol=1e-9)


def test_the_european_standard_sums_to_100_000():
    assert sum(ESP2013.values()) == 100_000
    assert len(ESP2013) == 19


def test_no_rate_under_ten_events():
    nine, ten = ([0, 4, 5], [0, 5, 5])
    population, weights = [100, 200, 300], [1, 1, 1]
    assert directly_standardised_rate(nine, population, weights).status == "too_few"
    assert np.isnan(directly_standardised_rate(nine, population, weights).lower)
    assert directly_standardised_rate(ten, population, weights).status == "ok"
    table = pd.DataFrame({"area": "a", "band": list("xyz"), "events": nine, "population": population})
    out = rates(table, by=["area"], standard={"x": 1, "y": 1, "z": 1})
    assert out["status"].tolist() == ["too_few"]
    assert out["numerator"].tolist() == [9]


def test_a_missing_band_is_not_a_band_without_events():
    table = pd.DataFrame(
        {
            "area": ["a", "a", "b", "b", "c"],
            "band": ["x", "y", "x", "y", "x"],
            "events": [10, 20, 30, 0, 40],
            "population": [100, 100, 100, 0, 100],
        }
    )
    out = rates(table, by=["area"], standard={"x": 1, "y": 1}).set_index("area")
    assert out["status"].to_dict() == {"a": "ok", "b": "too_few", "c": "too_few"}
    assert out.loc[["b", "c"], ["estimate", "lower", "upper"]].isna().all(axis=None)
    assert rates(table.head(0), by=["area"], standard={"x": 1}).empty
    assert rates(table.head(0), standard={"x": 1})["status"].tolist() == ["too_few"]


def test_missing_numbers_and_no_events_give_too_few():
    assert directly_standardised_rate([np.nan, 20], [100, 100], [1, 1]).status == "too_few"
    assert directly_standardised_rate([0, 0], [100, 100], [1, 1]).status == "too_few"
    lower, upper = fay_feuer_interval([0, 0], [100, 200], [1, 1])
    assert lower == 0.0
    assert upper == pytest.approx(3.688879454 * 0.5 / 100, rel=1e-9)  # one stratum's exact limit, Garwood (1936)


@pytest.mark.parametrize(
    ("events", "population", "weights", "words"),
    [
        ([-1, 2], [10, 10], [1, 1], "0 or more"),
        ([1, 2], [10, 0], [1, 1], "nobody"),
        ([1, 2], [10, 10], [1, -1], "weights"),
        ([1, 2], [10, 10], [0, 0], "weights"),
        ([1, 2], [10, 10], [1, 1, 1], "alike"),
        ([[1, 2]], [[10, 10]], [1, 1], "shape"),
    ],
)
def test_what_cannot_be_is_refused(events, population, weights, words):
    with pytest.raises(ValueError, match=words):
        directly_standardised_rate(events, population, weights)


def test_rows_that_cannot_be_are_refused():
    table = pd.DataFrame({"band": ["0-4", "90+"], "events": [1, 2], "population": [10, 20]})
    with pytest.raises(ValueError, match="must be one of 0-4"):
        rates(table.assign(band="90 et +"))
    with pytest.raises(ValueError, match="2 of 2 rows"):
        rates(table.assign(events=np.nan))
    with pytest.raises(ValueError, match="must be 0 where"):
        rates(table.assign(population=0))
    with pytest.raises(ValueError, match="no column"):
        rates(table.drop(columns="band"))
    with pytest.raises(ValueError, match="multiplier"):
        rates(table, multiplier=0)
    with pytest.raises(ValueError, match="method"):
        rates(table, method="gamma")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 20), st.integers(1, 50)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["dobson", "fay_feuer"]),
)
def test_grouping_equals_summing_and_scaled_weights_change_nothing(rows, method):
    table = pd.DataFrame(rows, columns=["area", "band", "events", "population"])
    before = table.copy(deep=True)
    options = {"by": ["area"], "method": method}
    out = rates(table, standard={"x": 1, "y": 2, "z": 3}, **options)
    pd.testing.assert_frame_equal(table, before)
    summed = table.groupby(["area", "band"], as_index=False).sum()
    pd.testing.assert_frame_equal(rates(summed, standard={"x": 1, "y": 2, "z": 3}, **options), out)
    mixed = table.iloc[::-1].assign(more=1).set_axis(range(5, 5 + len(table)))
    pd.testing.assert_frame_equal(rates(mixed, standard={"z": 30, "x": 10, "y": 20}, **options), out)
