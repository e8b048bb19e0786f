"""Shares by group are those of the summed counts, in the one output shape, and refuse what cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table

from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.estimation.intervals import clopper_pearson_interval, wilson_interval
from prs_eval.estimation.proportions import estimate_proportions, proportion, trend_test
from tests.estimation.count_tables import disguised, numbers, reference, tables

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


@pytest.mark.parametrize("bad", [(3, 2), (-1, 2), (np.nan, 2), (1, np.nan), (1, np.inf)])
def test_a_count_that_cannot_be_is_refused_with_its_rule_extent_and_place(bad):
    table = pd.DataFrame([(1, 2), bad], columns=["events", "population"], index=[10, 11])
    with pytest.raises(ValueError, match=r"`events`.*`population`: 1 of 2 rows.*first: row 11"):
        share(table)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_the_order_and_the_splitting_of_rows_do_not_matter(values):
    table = frame(values)
    whole = share(table, by=["quartier"])
    shuffled = share(table.sample(frac=1, random_state=1), by=["quartier"])
    summed = share(table.groupby("quartier", as_index=False).sum(), by=["quartier"])
    pd.testing.assert_frame_equal(whole, shuffled)
    pd.testing.assert_frame_equal(whole, summed)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_everything_together_lies_between_the_lowest_and_the_highest_group(values):
    table = frame(values)
    groups = share(table, by=["quartier"])["estimate"].dropna()
    total = share(table).loc[0, "estimate"]
    assert np.isnan(total) == groups.empty
    assert groups.empty or groups.min() - 1e-12 <= total <= groups.max() + 1e-12


METHODS = ("wilson", "wilson_corrected", "clopper_pearson")


@pytest.mark.parametrize("method", METHODS)
def test_one_proportion_and_those_of_a_table_have_the_limits_of_r(method):
    rows = [row for row in reference("intervals_proportions") if row["method"] == method]
    assert len(rows) >= 24
    for row in rows:
        x, n, level = float(row["events"]), float(row["population"]), float(row["confidence_level"])
        expected = (x / n, float(row["lower"]), float(row["upper"]))
        found = proportion(x, n, method=method, confidence_level=level)
        assert numbers(found) == pytest.approx(expected, rel=1e-9, abs=1e-15), row
        assert (found.unit, found.method, found.n, found.status) == ("proportion", method, n, "ok")
        out = share(frame([("A", x, n)]), by=["quartier"], method=method, confidence_level=level).loc[0]
        assert numbers(out) == pytest.approx(expected, rel=1e-9, abs=1e-15), row
        assert out["method"] == method


def test_one_proportion_has_the_limits_newcombe_printed():
    # Newcombe (1998), Stat Med 17:857-872, Table I, methods 3, 4 and 2.
    assert numbers(proportion(15, 148))[1:] == pytest.approx((0.0624, 0.1605), abs=5.1e-5)
    assert numbers(proportion(15, 148, method="wilson_corrected"))[1:] == pytest.approx((0.0598, 0.1644), abs=5.1e-5)
    assert numbers(proportion(15, 148, method="clopper_pearson"))[1:] == pytest.approx((0.0578, 0.1617), abs=5.1e-5)


def test_nobody_or_a_missing_count_gives_no_proportion():
    for found in (proportion(0, 0), proportion(np.nan, 5), proportion(1, np.nan)):
        assert found.status == "too_few"
        assert np.isnan(numbers(found)).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: proportion(3, 2), "`events` must lie between 0 and `population`"),
        (lambda: proportion([1], 2), "one number"),
        (lambda: proportion(1, 2, method="wald"), "wilson, wilson_corrected, clopper_pearson"),
        (lambda: share(frame([("A", 1, 2)]), method="wald"), "wilson, wilson_corrected, clopper_pearson"),
        (lambda: share(frame([("A", 1, 2)]), by=["sex"]), "no column `sex`"),
        (lambda: share(frame([("A", 1, 2)]).assign(n=1), by=["n"]), "`by` must not hold n"),
        (lambda: share(frame([]), by=["quartier"], confidence_level=95), "between 0 and 1"),
        (lambda: trend_test([1, 2], [2, 2], scores=[1]), "share one shape"),
        (lambda: trend_test([1, np.nan], [2, 2]), r"every group: 1 of 2 .*first: 1"),
        (lambda: trend_test([1, 3], [2, 2]), "`events` must lie"),
    ],
)
def test_impossible_input_is_refused_with_its_rule(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@settings(max_examples=25, deadline=None)
@given(tables, st.sampled_from(METHODS))
def test_order_index_splitting_and_extra_columns_of_rows_do_not_matter(table, method):
    before = table.copy(deep=True)
    whole = share(table, by=["quartier", "year"], method=method)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(share(disguised(table), by=["quartier", "year"], method=method), whole)
    intervals = {
        "wilson": wilson_interval,
        "wilson_corrected": lambda x, n: wilson_interval(x, n, continuity_correction=True),
        "clopper_pearson": clopper_pearson_interval,
    }
    limits = intervals[method](whole["numerator"], whole["denominator"])
    np.testing.assert_array_equal(whole[["lower", "upper"]].to_numpy().T, np.array(limits))


@pytest.mark.parametrize("row", reference("proportions_trend"), ids=lambda r: r["set"])
def test_trends_are_those_of_prop_trend_test(row):
    x, n, scores = ([float(value) for value in row[name].split()] for name in ("events", "population", "scores"))
    found = trend_test(x, n, scores=scores)
    assert (found.statistic, found.p_value) == pytest.approx((float(row["statistic"]), float(row["p_value"])), rel=1e-9)
    assert (found.df, found.method, found.n) == (1, "cochran_armitage", sum(n))
    there = trend_test(x, n, scores=[10 - 3 * s for s in scores])
    assert there.statistic == pytest.approx(found.statistic)


def test_the_trend_of_malformations_is_the_one_agresti_printed():
    # Agresti (2002), Categorical Data Analysis, 2nd ed., section 3.4.5: mother's drinking (Graubard & Korn 1987),
    # scores 0, 0.5, 1.5, 4, 7: z² = 6.57, P = 0.010.
    found = trend_test([48, 38, 5, 1, 1], [17114, 14502, 793, 127, 38], scores=[0, 0.5, 1.5, 4, 7])
    assert (found.statistic, found.p_value) == (pytest.approx(6.57, abs=5e-3), pytest.approx(0.010, abs=5e-4))


def test_statsmodels_ordinal_association_is_a_quarter_per_cent_off_where_this_is_right():
    # Fleiss (1981), p. 139: smokers among patients of four hospitals; R's prop.trend.test: X-squared = 8.2249.
    smokers, patients = np.array([83, 90, 129, 70]), np.array([86, 93, 136, 82])
    theirs = Table(np.column_stack([smokers, patients - smokers])).test_ordinal_association(col_scores=np.array([0, 1]))
    assert theirs.zscore**2 != pytest.approx(8.2249, rel=1e-3)
    assert trend_test(smokers, patients).statistic == pytest.approx(8.2249, abs=5e-5)


@pytest.mark.parametrize(
    ("x", "n"), [([], []), ([3], [5]), ([0, 0], [5, 5]), ([5, 5], [5, 5]), ([0, 2], [0, 5]), ([0, 0], [0, 0])]
)
def test_without_two_groups_or_both_answers_there_is_no_trend_to_test(x, n):
    assert np.isnan([trend_test(x, n).statistic, trend_test(x, n).p_value]).all()


keys = {
    "quartier": st.sampled_from(["Fives", "Wazemmes", "Moulins", None]),
    "year": st.sampled_from([2018, 2019, pd.NA]),
    "dose": st.sampled_from([0.5, 1.25, np.nan]),
    "sex": st.sampled_from(["woman", "man"]),
    "opens": st.sampled_from([pd.Timestamp("2018-05-01"), pd.Timestamp("2019-01-01"), pd.NaT]),
}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*keys.values(), st.integers(0, 9)), min_size=0, max_size=40), st.permutations(list(keys)))
def test_groups_are_those_of_pandas_whatever_the_type_of_the_columns(rows, names):
    table = pd.DataFrame(rows, columns=[*keys, "population"]).assign(events=1)
    table["population"] = table["population"].astype(int) + 1
    table = table.astype({"quartier": "str", "year": "Int64", "dose": float, "sex": "str", "opens": "datetime64[ns]"})
    table["sex"] = pd.Categorical(table["sex"], categories=["woman", "man", "unknown"])
    for by in (names[:1], names[:3], names):
        theirs = table.groupby(by, as_index=False, dropna=False, observed=True)[["events", "population"]].sum()
        ours = share(table, by=by)
        pd.testing.assert_frame_equal(ours[by], theirs[by])
        assert ours["denominator"].tolist() == theirs["population"].tolist()
        assert ours["numerator"].tolist() == theirs["events"].tolist()
