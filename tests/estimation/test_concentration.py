"""Concentration index: the World Bank's table, R's derivatives, one tie rule, a named standard error."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.concentration import concentration_index, estimate_concentration_indices

REFERENCE = Path(__file__).parent.parent / "reference"
EXPECTED = pd.read_csv(REFERENCE / "inequality_concentration.csv").set_index(["case", "correction"])
PEOPLE = pd.read_csv(REFERENCE / "inequality_people.csv")
# Under-five deaths by wealth, India 1982-92: O'Donnell and others (2008), Analyzing Health Equity, World Bank, ch. 8
INDIA = pd.DataFrame(
    {"wealth": range(1, 6), "births": [29939, 28776, 26528, 24689, 19739], "rate": [154.7, 152.9, 119.5, 86.9, 54.3]}
)
INDIA["deaths"] = INDIA["births"] * INDIA["rate"] / 1000
Z = 1.959963984540054


def india(table=INDIA, **options):
    return estimate_concentration_indices(
        table, indicator="u5", numerator="deaths", denominator="births", rank="wealth", **options
    )


@pytest.mark.parametrize("correction", ["none", "wagstaff", "erreygers"])
@pytest.mark.parametrize("case", ["people", "people_weighted"])
def test_index_of_people_agrees_with_r(case, correction):
    weights = PEOPLE["w"] if case == "people_weighted" else None
    out = concentration_index(PEOPLE["y"], PEOPLE["r"], weights=weights, correction=correction)
    expected = EXPECTED.loc[(case, correction)]
    assert out.estimate == pytest.approx(expected["estimate"], rel=1e-9)
    assert (out.upper - out.lower) / 2 / Z == pytest.approx(expected["se"], rel=1e-9)


@pytest.mark.parametrize("correction", ["none", "wagstaff", "erreygers"])
def test_the_published_index_of_india_comes_back(correction):
    out = india(correction=correction).iloc[0]
    expected = EXPECTED.loc[("india", correction)]
    assert out["estimate"] == pytest.approx(expected["estimate"], rel=1e-9)
    assert (out["upper"] - out["lower"]) / 2 / Z == pytest.approx(expected["se"], rel=1e-9)
    if correction == "none":
        assert round(out["estimate"], 4) == -0.1694  # printed in the book


def test_the_two_standard_errors_differ_and_are_named():
    expected = EXPECTED.loc[("people", "none")]
    options = {"standard_error": "convenient_regression"}
    regression = concentration_index(PEOPLE["y"], PEOPLE["r"], **options)
    influence = concentration_index(PEOPLE["y"], PEOPLE["r"])
    assert (regression.upper - regression.lower) / 2 / Z == pytest.approx(expected["se_regression"], rel=1e-9)
    assert regression.upper - regression.lower > 1.1 * (influence.upper - influence.lower)
    assert (influence.method, regression.method) == ("influence", "convenient_regression")


def test_people_of_one_rank_share_it_whatever_their_order():
    y, r = np.array([0, 1, 1, 0, 1, 1.0]), np.array([1, 1, 1, 2, 2, 2])

    def naive(order):  # ranks by position, as a sort that breaks ties gives
        position = (np.arange(6) + 0.5) / 6
        return 2 * np.mean(y[order] * position) / y.mean() - 1

    assert naive([0, 1, 2, 3, 4, 5]) != pytest.approx(naive([2, 1, 0, 5, 4, 3]))
    found = [concentration_index(y[o], r[o]) for o in ([0, 1, 2, 3, 4, 5], [2, 1, 0, 5, 4, 3])]
    assert found[0].estimate == pytest.approx(found[1].estimate, abs=1e-15)
    assert found[0].lower == pytest.approx(found[1].lower, abs=1e-15)


def test_not_estimable_is_too_few():
    for y, r in (
        ([], []),
        ([1.0], [1]),
        ([1, 0], [1, 2]),
        ([1, 0, 1], [2, 2, 2]),
        ([0, 0, 0], [1, 2, 3]),
        ([1, 1, np.nan], [1, 2, 3]),
        ([1, 0, 1], [1, 2, np.nan]),
    ):
        out = concentration_index(y, r)
        assert out.status == "too_few"
        assert np.isnan([out.estimate, out.lower, out.upper]).all()
    assert concentration_index([1, 1, 1], [1, 2, 3], correction="wagstaff").status == "too_few"
    assert india(INDIA.head(0))["status"].tolist() == ["too_few"]
    assert set(india(INDIA.assign(deaths=0))["status"]) == {"too_few"}
    assert set(india(INDIA.assign(deaths=INDIA["births"]), correction="wagstaff")["status"]) == {"too_few"}


def test_what_cannot_be_is_refused():
    for call in (
        lambda: concentration_index([1, 0, 1], [1, 2]),
        lambda: concentration_index([1, 0, 1], [1, 2, 3], weights=[1, 1, -1]),
        lambda: concentration_index([1, 0, 2], [1, 2, 3], correction="erreygers"),
        lambda: concentration_index([1, 0, 1], [1, 2, 3], correction="gini"),
        lambda: concentration_index([1, 0, 1], [1, 2, 3], standard_error="ols"),
        lambda: india(INDIA.assign(deaths=10**6)),
        lambda: india(INDIA.assign(wealth=np.nan)),
    ):
        with pytest.raises(ValueError, match=r"must|alike"):
            call()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=15))
def test_grouping_equals_summing_and_counts_equal_people(rows):
    table = pd.DataFrame([(r, x, x + y) for r, x, y in rows], columns=["wealth", "deaths", "births"])
    before = table.copy(deep=True)
    out = india(table)
    pd.testing.assert_frame_equal(table, before)
    summed = table.groupby("wealth", as_index=False).sum()
    pd.testing.assert_frame_equal(india(summed), out)
    y = np.concatenate([np.repeat([1.0, 0.0], [x, n - x]) for _, x, n in table.itertuples(index=False)])
    people = concentration_index(y, np.repeat(table["wealth"], table["births"]))
    assert out["status"].item() == people.status
    if people.status == "ok":
        got = out[["estimate", "lower", "upper"]].to_numpy(dtype=float)[0]
        assert got == pytest.approx((people.estimate, people.lower, people.upper), rel=1e-9, abs=1e-12)
        doubled = concentration_index(y, np.repeat(table["wealth"], table["births"]), weights=np.full(len(y), 2.0))
        assert doubled.lower == pytest.approx(people.lower, rel=1e-12, abs=1e-15)
