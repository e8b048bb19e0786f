"""Cluster-robust regressions against clubSandwich, GEE against geepack and Mancl & DeRouen's formula."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from clustered_data import data, read
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prs_eval.estimation.clustered_models import cluster_robust_regression, gee


def robust_cases() -> list[tuple[str, str]]:
    return list(dict.fromkeys((r["data"], r["method"]) for r in read("clustered_robust.csv")))


@pytest.mark.parametrize(("name", "method"), robust_cases())
def test_cluster_robust_errors_and_degrees_agree_with_clubsandwich(name: str, method: str):
    rows = [r for r in read("clustered_robust.csv") if (r["data"], r["method"]) == (name, method)]
    found = cluster_robust_regression(*data(name), method=method)  # type: ignore[arg-type]
    for field, column in (("estimate", "estimate"), ("standard_error", "error"), ("df", "df"), ("p_value", "p_value")):
        np.testing.assert_allclose(getattr(found, field), [float(r[column]) for r in rows], rtol=1e-8)
    half = stats.t.ppf(0.975, found.df) * found.standard_error
    np.testing.assert_allclose(found.upper - found.estimate, half, rtol=1e-9)
    assert found.method == f"{method.lower()}_satterthwaite"


def test_with_11_clusters_the_degrees_may_be_under_three():
    y, x, cluster = data("made")
    assert np.unique(cluster).size == 11
    for method, df in (("CR0", 2.37040283513571), ("CR2", 1.59685777385254)):  # clubSandwich 0.5.8, treated clusters
        found = cluster_robust_regression(y, x, cluster, method=method)  # type: ignore[arg-type]
        assert found.df[1] == pytest.approx(df, rel=1e-9)
    usual = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": cluster}).conf_int()[1]
    ours = cluster_robust_regression(y, x, cluster)
    assert (ours.upper - ours.lower)[1] > 3 * (usual[1] - usual[0])


def test_a_column_for_each_cluster_is_handled_by_the_pseudo_inverse():
    # I - H is then singular in every cluster. R 4.2.2, clubSandwich 0.5.8: lm(circumference ~ age + Tree), CR2.
    y, x, cluster = data("orange")
    dummies = (cluster[:, None] == np.arange(5)).astype(float)
    found = cluster_robust_regression(y, np.column_stack([x[:, 1], dummies]), cluster)
    first = (found.estimate[0], found.standard_error[0], found.df[0])
    assert first == pytest.approx((0.1067703250687614, 0.0110848884021115, 4), rel=1e-9)


def gee_cases() -> list[tuple[str, str, str]]:
    return list(dict.fromkeys((r["data"], r["family"], r["correlation"]) for r in read("clustered_gee.csv")))


@pytest.mark.parametrize(("name", "family", "correlation"), gee_cases())
def test_gee_agrees_with_geepack_and_with_the_published_formula(name: str, family: str, correlation: str):
    # geepack holds the exchangeable correlation at our value; 1e-6, since both iterate to their own last digit.
    rows = [r for r in read("clustered_gee.csv") if (r["data"], r["correlation"]) == (name, correlation)]
    both = {m: gee(*data(name), family=family, correlation=correlation, method=m) for m in ("robust", "mancl_derouen")}  # type: ignore[arg-type]
    for method, fit in both.items():
        np.testing.assert_allclose(fit.estimate, [float(r["geepack"]) for r in rows], rtol=1e-6)
        np.testing.assert_allclose(fit.standard_error, [float(r[method]) for r in rows], rtol=1e-6)
        assert fit.correlation == pytest.approx(float(rows[0]["alpha"]), rel=1e-6)
        assert fit.df.tolist() == [fit.clusters - 2] * 2
        assert fit.method == f"gee_{method}"
    np.testing.assert_allclose(both["robust"].standard_error, [float(r["geepack_robust"]) for r in rows], rtol=1e-6)
    assert (both["mancl_derouen"].standard_error > both["robust"].standard_error).all()


def test_the_exchangeable_correlation_is_named_since_geepack_has_another():
    for name, family in (("weil", "binomial"), ("orange", "gaussian")):
        row = next(r for r in read("clustered_gee.csv") if (r["data"], r["correlation"]) == (name, "exchangeable"))
        found = gee(*data(name), family=family).correlation  # type: ignore[arg-type]
        assert found == pytest.approx(float(row["alpha"]), rel=1e-6)
        assert abs(found / float(row["geepack_alpha"]) - 1) > 0.005
    assert "geepack leaves the columns out" in str(gee.__doc__)


def test_odds_ratios_come_from_log_odds():
    ratio = gee(*data("weil")).ratios()
    assert ratio.unit == "odds_ratio"
    assert ratio.estimate[1] == pytest.approx(math.exp(-1.0142675771819), rel=1e-6)  # geepack, see above


def test_what_cannot_be_estimated_is_said_without_a_warning():
    ones, pairs = np.ones((8, 1)), [1, 1, 2, 2, 3, 3, 4, 4]
    split = np.column_stack([np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = [
            cluster_robust_regression([], np.empty((0, 1)), []),
            cluster_robust_regression([1], [1], ["a"]),
            cluster_robust_regression(range(8), ones, [1] * 8),
            cluster_robust_regression(range(8), np.column_stack([ones, ones]), pairs),
            cluster_robust_regression([1] * 8, ones, pairs),
            gee([], np.empty((0, 1)), []),
            gee([1], [1], ["a"]),
            gee([0] * 8, ones, pairs),
            gee([1] * 8, ones, pairs),
            gee([0, 1] * 4, ones, range(8)),
            gee([0, 1] * 4, ones, [1] * 8),
            gee([0, 0, 0, 0, 1, 1, 1, 1], split, pairs),
            gee([0, 0, 0, 0, 1, 0, 1, 1], split, pairs),
            gee([0, 0, 0, 0, 1, 0, 3, 1], split, pairs, family="poisson"),
        ]
    for fit in fits:
        assert fit.status == "too_few"
        assert np.isnan([fit.estimate, fit.lower, fit.upper, fit.standard_error]).all()


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="`outcome` must be 0 or 1: 1 of 2"):
        gee([0, 2], [1, 1], ["a", "b"])
    with pytest.raises(ValueError, match="`outcome` must not be negative"):
        gee([0, -2], [1, 1], ["a", "b"], family="poisson")
    for name in ("family", "correlation", "method"):
        with pytest.raises(ValueError, match=name):
            gee([0, 1], [1, 1], ["a", "b"], **{name: "other"})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="CR2"):
        cluster_robust_regression([0, 1], [1, 1], ["a", "b"], method="CR3")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`design` must not hold NaN"):
        cluster_robust_regression([0, 1], [1, math.nan], ["a", "b"])
    with pytest.raises(ValueError, match="`cluster` must not be missing"):
        cluster_robust_regression([0, 1], [1, 1], ["a", math.nan])


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(35)), st.floats(0.01, 100))
def test_order_labels_and_unit_do_not_matter(order: list[int], unit: float):
    y, x, cluster = data("orange")
    first = cluster_robust_regression(y, x, cluster)
    labels = np.array([f"t{9 - int(c)}" for c in cluster])[order]
    other = cluster_robust_regression(y[order], x[order] * [1, unit], labels)
    np.testing.assert_allclose(other.estimate * [1, unit], first.estimate, rtol=1e-7)
    np.testing.assert_allclose(other.standard_error * [1, unit], first.standard_error, rtol=1e-7)
    np.testing.assert_allclose(other.df, first.df, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=30))
def test_any_data_give_limits_around_the_coefficient_or_too_few(people: list[tuple[int, int, int]]):
    y, cluster, x = (np.array(column, dtype=float) for column in zip(*people, strict=True))
    design = np.column_stack([np.ones(y.size), x])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = [cluster_robust_regression(y, design, cluster), gee(y, design, cluster)]
    for fit in fits:
        known = np.isfinite(fit.estimate)
        assert known.any() == (fit.status == "ok")
        assert (fit.lower[known] < fit.estimate[known]).all()
        assert (fit.upper[known] > fit.estimate[known]).all()
