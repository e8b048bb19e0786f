"""Shares by group are those of the summed counts, in the one output shape, and refuse what cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.estimation.proportions import estimate_proportions

rows = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 50)).flatmap(
        lambda row: st.tuples(st.just(row[0]), st.integers(0, row[1]), st.just(row[1]))
    ),
    min_size=1,
    max_size=30,
)


def share(table, **options):
    return estimate_proportions(table, indicator="share", numerator="events", denominator="population", **options)


def frame(values):
    return pd.DataFrame(values, columns=["quartier", "events", "population"])


def test_grouping_equals_summing_first_and_leaves_input_alone():
    table = frame([("A", 2, 10), ("A", 3, 10), ("B", 0, 0)])
    before = table.copy(deep=True)
    out = share(table, by=["quartier"]).set_index("quartier")
    assert out.loc["A", "estimate"] == 5 / 20
    assert out.loc["B", ["estimate", "lower", "upper"]].isna().all()
    assert out["status"].to_dict() == {"A": "ok", "B": "too_few"}
    pd.testing.assert_frame_equal(table, before)


def test_the_columns_are_those_of_the_one_output_shape_with_groups_after_the_year():
    table = frame([("A", 1, 2)]).assign(year=2018, category="health", sex="female")
    out = share(table, by=["sex", "quartier", "year", "category"])
    assert list(out.columns) == [*HEAD, "sex", "category", *TAIL]
    assert out.loc[0, ["unit", "method", "n"]].tolist() == ["proportion", "wilson", 2]


def test_the_published_need_of_2018_comes_out_with_newcombe_s_method():
    # 79 of 90 participants in need (DOMAIN, published as 88 %); limits from R 4.2 prop.test(79, 90, correct = FALSE).
    out = share(frame([("A", 40, 45), ("B", 39, 45)])).loc[0]
    assert (out["numerator"], out["denominator"]) == (79, 90)
    assert out[["estimate", "lower", "upper"]].tolist() == pytest.approx([0.8778, 0.7943, 0.9304], abs=5e-5)


def test_a_missing_group_keeps_its_people():
    out = share(frame([("A", 1, 2), (None, 1, 3)]), by=["quartier"])
    assert out["denominator"].sum() == 5


@pytest.mark.parametrize("bad", [(3, 2), (-1, 2), (np.nan, 2), (1, np.nan)])
def test_a_count_that_cannot_be_is_refused_with_its_rule_extent_and_place(bad):
    table = pd.DataFrame([(1, 2), bad], columns=["events", "population"], index=[10, 11])
    with pytest.raises(ValueError, match=r"`events`.*`population`: 1 of 2 rows.*first: row 11"):
        share(table)


@given(rows)
def test_the_order_and_the_splitting_of_rows_do_not_matter(values):
    table = frame(values)
    whole = share(table, by=["quartier"])
    shuffled = share(table.sample(frac=1, random_state=1), by=["quartier"])
    summed = share(table.groupby("quartier", as_index=False).sum(), by=["quartier"])
    pd.testing.assert_frame_equal(whole, shuffled)
    pd.testing.assert_frame_equal(whole, summed)


@given(rows)
def test_everything_together_lies_between_the_lowest_and_the_highest_group(values):
    table = frame(values)
    groups = share(table, by=["quartier"])["estimate"].dropna()
    total = share(table).loc[0, "estimate"]
    assert np.isnan(total) == groups.empty
    assert groups.empty or groups.min() - 1e-12 <= total <= groups.max() + 1e-12
