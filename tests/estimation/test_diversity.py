"""Diversity and its limits agree with vegan, survey and Hutcheson's published variance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from prs_eval.estimation.diversity import diversity, diversity_interval, estimate_diversity
from prs_eval.estimation.frame import check_estimates
from tests.estimation.network_cases import reference

INDICES = ("blau", "shannon", "evenness", "hill")
CATEGORIES = ("residents", "health", "social")
people = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=8), elements=st.integers(0, 20)
)

# Zar (1999), Biostatistical Analysis, 4th ed., example 8.11, after Hutcheson (1970): what blue jays eat; H' in log10,
# printed to four decimals, and its variance, which Zar works out from rounded sums.
ZAR_1999 = [([47, 35, 7, 5, 3, 2], 0.5403, 0.00137602), ([48, 23, 11, 13, 8, 2], 0.6328, 0.00096918)]


def case(row):
    counts = np.array(row["counts"].split(), dtype=float).reshape(int(row["rows"]), -1)
    return counts, {"index": row["index"], "order": float(row["order"]) if row["order"] != "NA" else 2.0}


def within(row, index, categories):
    """R's limits, kept within the range of the index as ours are."""
    highest = {"blau": 1 - 1 / categories, "shannon": np.log(categories), "evenness": 1, "hill": categories}[index]
    return max(float(row["lower"]), 1 if index == "hill" else 0), min(float(row["upper"]), highest)


def rows_of(method):
    return [row for row in reference("diversity") if row["method"] == method]


def name(row):
    return f"{row['case']} {row['index']} {row['order']}"


@pytest.mark.parametrize("row", rows_of("jackknife"), ids=name)
def test_diversity_and_its_jackknife_are_those_of_vegan_and_survey(row):
    counts, index = case(row)
    one = diversity(counts, **index)
    assert one.estimate == pytest.approx(float(row["estimate"]), rel=1e-12)
    if float(row["upper"]) - float(row["lower"]) < 1e-9:  # R says no width, we say that it cannot be told
        assert np.isnan([one.lower, one.upper]).all()
    else:
        assert (one.lower, one.upper) == pytest.approx(within(row, row["index"], counts.shape[1]), rel=1e-9)


@pytest.mark.parametrize("row", rows_of("delta"), ids=name)
def test_limits_of_independent_people_are_those_of_surveys_delta_method(row):
    counts, index = case(row)
    expected = within(row, row["index"], counts.shape[1])
    assert np.ravel(diversity_interval(counts[0], **index)) == pytest.approx(expected, rel=1e-9)
    one = diversity(counts[0], method="delta", **index)
    assert (one.estimate, one.lower, one.upper) == pytest.approx((float(row["estimate"]), *expected), rel=1e-9)
    table = pd.DataFrame({"category": range(counts.shape[1]), "people": counts[0]})
    (_, told), *_ = estimate_diversity(
        table, indicator="x", category="category", categories=list(table["category"]), people="people", **index
    ).iterrows()
    assert tuple(told[["estimate", "lower", "upper"]]) == pytest.approx((one.estimate, *expected), rel=1e-9)


@pytest.mark.parametrize(("counts", "shannon", "variance"), ZAR_1999)
def test_shannon_and_hutchesons_variance_are_the_published_ones(counts, shannon, variance):
    one = diversity(counts, index="shannon", method="delta")
    assert one.estimate / np.log(10) == pytest.approx(shannon, abs=5e-5)
    error = (one.upper - one.lower) / 2 / 1.959963984540054 / np.log(10)
    assert error**2 == pytest.approx(variance, rel=5e-5)


@pytest.mark.parametrize("index", INDICES)
def test_one_category_alone_has_no_diversity_and_equal_parts_have_the_most(index):
    alone, equal = (diversity(counts, index=index, method="delta") for counts in ([7, 0, 0, 0, 0, 0], [4] * 6))
    assert alone.estimate == (1 if index == "hill" else 0)
    assert equal.estimate == pytest.approx({"blau": 5 / 6, "shannon": np.log(6), "evenness": 1, "hill": 6}[index])
    assert np.isnan([alone.lower, alone.upper, equal.lower, equal.upper]).all()  # no variance is no certainty


@pytest.mark.parametrize("order", [0, 0.3, 1, 2, 7.5])
def test_hill_numbers_count_categories_that_are_equally_common(order):
    assert diversity([[5, 5, 0, 5]], index="hill", order=order).estimate == pytest.approx(3)


@pytest.mark.parametrize("counts", [[[3, 2]], [[3, 2], [0, 0]], [[2, 2], [2, 2], [2, 2]]])
def test_meetings_that_say_nothing_of_their_variation_give_no_limits(counts):
    one = diversity(counts, index="blau")
    assert one.estimate > 0
    assert np.isnan([one.lower, one.upper]).all()


@pytest.mark.parametrize("index", INDICES)
def test_nobody_has_no_diversity(index):
    for counts, method in ((np.zeros((3, 6)), "jackknife"), (np.zeros(6), "delta"), (np.zeros((0, 6)), "jackknife")):
        one = diversity(counts, index=index, method=method)
        assert np.isnan([one.estimate, one.lower, one.upper]).all()
        assert one.status == "too_few"


def test_many_groups_at_once_are_each_as_alone_and_missing_counts_stay_missing():
    counts = np.array([[3.0, 2, 1], [np.nan, 2, 1], [0, 0, 0], [9, 1, 0]])
    lower, upper = diversity_interval(counts, index="shannon")
    assert np.isnan(lower).tolist() == [False, True, True, False]
    for i in (0, 3):
        one = diversity(counts[i], index="shannon", method="delta")
        assert (lower[i], upper[i]) == (one.lower, one.upper)


@pytest.mark.parametrize("counts", [[[1, -1]], [[np.nan, 1]], [[1]], [[1, np.inf]], [1, 2]])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="counts"):
        diversity(counts, index="blau")


def test_unknown_indices_orders_and_methods_are_refused():
    for wrong in ({"index": "gini"}, {"index": "hill", "order": -1}, {"index": "hill", "order": np.inf}):
        with pytest.raises(ValueError, match=r"`index`|`order`"):
            diversity([[1, 2]], **wrong)
    with pytest.raises(ValueError, match="method"):
        diversity([[1, 2]], index="blau", method="bootstrap")


# --- tables


def table_of(counts):
    rows = [(f"M{m}", CATEGORIES[c], n) for m, row in enumerate(counts) for c, n in enumerate(row)]
    return pd.DataFrame(rows, columns=["meeting", "category", "people"])


def told(table, **more):
    return estimate_diversity(
        table, indicator="blau", category="category", categories=CATEGORIES, people="people", cluster="meeting", **more
    )


@pytest.mark.parametrize("row", [r for r in rows_of("jackknife") if r["case"] == "three"], ids=name)
def test_a_table_tells_what_vegan_and_survey_tell(row):
    counts, index = case(row)
    (estimate,) = told(table_of(counts), **index)["estimate"]
    assert estimate == pytest.approx(float(row["estimate"]), rel=1e-12)


def test_groups_are_told_apart_in_the_one_shape_whatever_the_order_index_and_further_columns():
    first, second = table_of([[3, 1, 2], [5, 0, 1], [2, 2, 2]]), table_of([[0, 0, 4], [1, 0, 3]])
    table = pd.concat([first.assign(quartier="A"), second.assign(quartier="B")])
    before = table.copy(deep=True)
    found = told(table.sample(frac=1, random_state=1).assign(more=0).set_index("more"), by=["quartier"])
    check_estimates(found)
    assert found["quartier"].tolist() == ["A", "B"]
    assert found["denominator"].tolist() == [18, 8]
    for part, (_, row) in zip((first, second), found.iterrows(), strict=True):
        pd.testing.assert_series_equal(told(part).iloc[0].drop("quartier"), row.drop("quartier"), check_names=False)
    pd.testing.assert_frame_equal(table, before)
    twice = pd.concat([table.assign(people=table["people"] - 1), table.assign(people=1)])
    twice = twice[twice["people"] >= 0]
    summed = table.assign(people=table["people"].clip(lower=1))
    pd.testing.assert_frame_equal(told(twice, by=["quartier"]), told(summed, by=["quartier"]))


def test_an_empty_table_is_too_few():
    found = told(table_of([]))
    assert found["status"].tolist() == ["too_few"]
    assert told(table_of([]).assign(quartier=""), by=["quartier"]).empty


@pytest.mark.parametrize(
    ("change", "named"),
    [({"category": "nobody"}, "category"), ({"category": None}, "category"), ({"meeting": None}, "meeting"),
     ({"people": -1}, "counts"), ({"people": np.nan}, "counts")],
)  # fmt: skip
def test_a_table_that_cannot_be_counted_is_refused(change, named):
    with pytest.raises(ValueError, match=named):
        told(table_of([[3, 1, 2], [5, 0, 1]]).assign(**change))


@settings(max_examples=50, deadline=None)
@given(people, st.sampled_from(INDICES), st.sampled_from(["jackknife", "delta"]), st.sampled_from([0, 0.5, 1, 2, 3]))
def test_limits_hold_the_index_and_the_order_of_meetings_and_categories_does_not_matter(counts, index, method, order):
    before = counts.copy()
    one = diversity(counts, index=index, method=method, order=order)
    assert (counts == before).all()
    assert np.isnan(one.estimate) == (counts.sum() == 0)
    assert np.isnan(one.lower) or 0 <= one.lower <= one.estimate + 1e-9 <= one.upper + 2e-9
    turned = diversity(counts[::-1, ::-1], index=index, method=method, order=order)
    given_back = (turned.estimate, turned.lower, turned.upper)
    assert given_back == pytest.approx((one.estimate, one.lower, one.upper), abs=1e-9, nan_ok=True)
