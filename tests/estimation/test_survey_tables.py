"""Survey tables give one row a group with the whole design behind it; the test of association is Rao and Scott's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.survey import survey_mean, survey_proportion
from prs_eval.estimation.survey_design import Design
from prs_eval.estimation.survey_tables import estimate_survey_means, estimate_survey_proportions, rao_scott_test
from tests.estimation.survey_cases import AGES, SEXES, api, case, reference, small

ROWS = reference("estimates")
COLUMNS = {"weights": "weight", "strata": "stratum", "clusters": "cluster"}
LIMITS = ["estimate", "lower", "upper"]


def expected(data, quantity, domain=""):
    wanted = (data, quantity, domain, 0.95)
    row = next(r for r in ROWS if (r["data"], r["quantity"], r["domain"], r["level"]) == wanted)
    return [row[c] for c in LIMITS]


def test_means_by_group_are_those_of_svyby_on_the_small_survey():
    table = small()
    out = estimate_survey_means(table, indicator="score", value="score", by=["sex"], **COLUMNS)
    check_estimates(out)
    row = out[out["sex"] == "f"].iloc[0]
    assert list(row[LIMITS]) == pytest.approx(expected("small", "mean", "f"), rel=1e-6)
    assert row["n"] == row["denominator"] == (table["sex"] == "f").sum()


def test_means_by_group_are_those_of_svyby_on_the_schools():
    table = api("apiclus1").assign(large=lambda t: t["enroll"] > 500)
    out = estimate_survey_means(
        table, indicator="api", value="api00", weights="pw", clusters="dnum", fpc="fpc", by=["large"]
    )
    row = out[out["large"]].iloc[0]
    assert list(row[LIMITS]) == pytest.approx(expected("apiclus1", "mean", "enroll>500"), rel=1e-6)


def test_two_stages_are_two_columns():
    table = api("apiclus2")
    out = estimate_survey_means(
        table, indicator="api", value="api00", weights="pw", clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"]
    )
    assert list(out.iloc[0][LIMITS]) == pytest.approx(expected("apiclus2", "mean"), rel=1e-6)


def test_proportions_by_group_are_those_of_svyciprop_on_the_small_survey():
    out = estimate_survey_proportions(small(), indicator="covered", value="covered", by=["sex"], **COLUMNS)
    row = out[out["sex"] == "f"].iloc[0]
    assert list(row[LIMITS]) == pytest.approx(expected("small", "logit", "f"), rel=1e-6)
    assert (row["unit"], row["method"]) == ("proportion", "survey_logit")
    inside = small().query("sex == 'f'")
    assert (row["numerator"], row["denominator"]) == (inside["covered"].sum(), len(inside))


def test_proportions_are_those_of_svyciprop_on_the_schools():
    table = api("apistrat").assign(good=lambda t: t["api00"] > 700)
    options = {"indicator": "good", "value": "good", "weights": "pw", "strata": "stype", "fpc": "fpc"}
    for method in ("logit", "beta"):
        out = estimate_survey_proportions(table, method=method, **options)
        assert list(out.iloc[0][LIMITS]) == pytest.approx(expected("apistrat", method), rel=1e-6)


def test_margins_are_raked_first():
    out = estimate_survey_means(
        small(), indicator="score", value="score", margins={"sex": SEXES, "age": AGES}, **COLUMNS
    )
    assert list(out.iloc[0][LIMITS]) == pytest.approx(expected("small_raked", "mean"), rel=1e-6)


def test_lonely_strata_follow_the_named_rule():
    options = {"indicator": "score", "value": "score", **COLUMNS}
    with pytest.raises(ValueError, match="lonely_psu"):
        estimate_survey_means(small(lonely=True), **options)
    for rule in ("adjust", "certainty"):
        out = estimate_survey_means(small(lonely=True), lonely_psu=rule, **options)
        assert list(out.iloc[0][LIMITS]) == pytest.approx(expected(f"small_{rule}", "mean"), rel=1e-6)


def test_missing_answers_are_refused_or_left_out_of_the_estimate_but_not_of_the_design():
    table = small()
    table.loc[[0, 3], "score"] = np.nan
    options = {"indicator": "score", "value": "score", **COLUMNS}
    with pytest.raises(ValueError, match=r"2 of 30.*row 0.*leave_out"):
        estimate_survey_means(table, **options)
    out = estimate_survey_means(table, missing="leave_out", **options)
    answered = table["score"].notna().to_numpy()
    direct = survey_mean(
        table["score"], design=Design(table["weight"], table["stratum"], table["cluster"]), domain=answered
    )
    assert list(out.iloc[0][LIMITS]) == [direct.estimate, direct.lower, direct.upper]
    assert out.iloc[0]["n"] == 28


@pytest.mark.parametrize("estimate", [estimate_survey_means, estimate_survey_proportions])
def test_empty_and_lone_rows_are_too_few(estimate):
    empty = pd.DataFrame({"y": pd.Series(dtype=float), "quartier": pd.Series(dtype=str)})
    assert estimate(empty, indicator="y", value="y", by=["quartier"]).empty
    one = estimate(pd.DataFrame({"y": [1.0], "quartier": ["Fives"]}), indicator="y", value="y", by=["quartier"])
    assert list(one["status"]) == ["too_few"]
    missing = pd.DataFrame({"y": [np.nan, np.nan, 1.0, 0.0], "quartier": ["Fives", "Fives", "Moulins", "Moulins"]})
    out = estimate(missing, indicator="y", value="y", by=["quartier"], missing="leave_out").set_index("quartier")
    assert out.loc["Fives", "status"] == "too_few"
    assert out.loc["Moulins", "n"] == 2


def test_columns_that_are_not_there_or_are_reserved_are_refused():
    for wrong in (
        {"value": "absent"},
        {"clusters": ["cluster", "absent"]},
        {"by": ["absent"]},
        {"margins": {"absent": {}}},
    ):
        with pytest.raises(ValueError, match="no column `absent`"):
            estimate_survey_means(small(), **({"indicator": "score", "value": "score"} | wrong))
    with pytest.raises(ValueError, match="`by` must not hold n"):
        estimate_survey_means(small().assign(n=1), indicator="score", value="score", by=["n"])


tables = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0.5, 20), st.sampled_from(["Fives", "Moulins"])), min_size=3, max_size=25
)


@settings(max_examples=30)
@given(tables, st.floats(0.01, 100), st.randoms())
def test_order_index_extra_columns_and_scale_change_nothing_and_the_input_stays(rows, factor, random):
    table = pd.DataFrame(rows, columns=["y", "w", "quartier"])
    turned = list(range(len(table)))
    random.shuffle(turned)
    other = table.iloc[turned].assign(more="x", w=lambda t: t["w"] * factor)
    other.index = [f"r{i}" for i in range(len(other))]
    before = table.copy(deep=True)
    options = {"indicator": "y", "value": "y", "weights": "w", "by": ["quartier"]}
    for estimate in (estimate_survey_means, estimate_survey_proportions):
        one, two = estimate(table, **options), estimate(other, **options)
        pd.testing.assert_frame_equal(one, two, rtol=1e-6, atol=1e-9)
        whole = estimate(table, indicator="y", value="y", weights="w").iloc[0]
        assert whole["n"] == one["n"].sum()
    pd.testing.assert_frame_equal(table, before)


def test_without_a_design_the_proportion_is_that_of_the_rows():
    table = pd.DataFrame({"y": [1, 0, 1, 1, 0]})
    out = estimate_survey_proportions(table, indicator="y", value="y").iloc[0]
    assert out["estimate"] == pytest.approx(out["numerator"] / out["denominator"])
    assert out["lower"] == survey_proportion(table["y"]).lower


# --- Rao and Scott


@pytest.mark.parametrize("row", reference("tests"), ids=lambda r: f"{r['data']}-{r['rows']}-{r['columns']}-{r['kind']}")
def test_association_is_tested_as_svychisq_does(row):
    table, design = case(row["data"])
    rows, columns = (table.eval(c) if ">" in c else table[c] for c in (row["rows"], row["columns"]))
    method = "second_order" if row["kind"] == "F" else "first_order"
    ours = rao_scott_test(rows, columns, design=design, method=method)
    found = [ours.statistic, ours.df, ours.p_value, ours.df_denominator]
    expected = [row["statistic"], row["df"], row["p_value"], row["df_denominator"]]
    assert found == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_pearsons_test_on_a_cluster_sample_finds_what_is_not_there():
    # Twelve clusters that agree within: the library's test counts each person as one answer.
    cluster = np.repeat(np.arange(12), 20)
    exposed, answer = cluster % 2, np.isin(cluster, [0, 1, 2, 4, 3, 8, 5]).astype(int)
    naive = stats.chi2_contingency(pd.crosstab(exposed, answer), correction=False).pvalue
    ours = rao_scott_test(exposed, answer, design=Design(np.ones(240), None, cluster))
    assert naive < 0.02
    assert ours.p_value > 0.5


def test_without_clusters_the_first_order_test_is_nearly_pearsons():
    table = small()
    pearson = stats.chi2_contingency(pd.crosstab(table["sex"], table["covered"]), correction=False)
    ours = rao_scott_test(table["sex"], table["covered"], method="first_order")
    assert ours.statistic == pytest.approx(pearson.statistic * 29 / 30, rel=0.05)


@pytest.mark.parametrize(("rows", "columns"), [([], []), (["a"], ["b"]), (["a", "a"], ["x", "y"])])
def test_nothing_to_compare_gives_no_p_value(rows, columns):
    assert np.isnan(rao_scott_test(rows, columns).p_value)


def test_answers_that_do_not_fit_are_refused():
    for rows, columns in (([1, 2], [1]), ([1, None], [1, 2])):
        with pytest.raises(ValueError, match=r"shape|missing"):
            rao_scott_test(rows, columns)
    with pytest.raises(ValueError, match="method"):
        rao_scott_test([1, 2], [1, 2], method="third")
