"""Logit with a random intercept against lme4 and against integrals by R, the Bayesian approximation beside it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from clustered_data import data, read
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from prs_eval.estimation.random_intercept import random_intercept_logit


@pytest.mark.parametrize("name", ["weil", "cbpp"])
def test_the_maximum_agrees_with_integrals_by_r_and_with_glmer(name: str):
    rows = [r for r in read("random_intercept.csv") if r["data"] == name]
    found = random_intercept_logit(*data(name), points=40)
    expected = {k: np.array([float(r[k]) for r in rows]) for k in rows[0] if k not in ("data", "tools")}
    np.testing.assert_allclose(found.estimate, expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(found.standard_error, expected["error"], rtol=1e-6)
    assert found.sd == pytest.approx(expected["sd"][0], rel=1e-6)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"][0], rel=1e-9)
    # glmer maximises without derivatives and stops earlier: 1e-5 for coefficients, 1e-5 for their errors.
    np.testing.assert_allclose(found.estimate, expected["glmer"], rtol=1e-5)
    np.testing.assert_allclose(found.standard_error, expected["glmer_error"], rtol=1e-5)
    assert found.sd == pytest.approx(expected["glmer_sd"][0], rel=1e-5)


def test_the_cattle_of_lesnoff_are_found_as_published():
    # lme4's help page of cbpp and Bates et al. (2015), J Stat Softw 67(1): period 2 against 1, -0.99 (0.31).
    found = random_intercept_logit(*data("cbpp"))
    assert (round(found.estimate[1], 2), round(found.standard_error[1], 2)) == (-0.99, 0.31)
    assert (found.unit, found.method, found.clusters, found.n) == ("log_odds_ratio", "random_intercept_agq", 15, 842)


def test_the_bayesian_approximation_of_statsmodels_is_off_and_ours_is_not():
    y, x, cluster = data("weil")
    groups = (cluster[:, None] == np.unique(cluster)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = BinomialBayesMixedGLM(y, x, groups, np.zeros(32, dtype=int)).fit_vb()
    rows = [r for r in read("random_intercept.csv") if r["data"] == "weil"]
    estimate, errors = (np.array([float(r[k]) for r in rows]) for k in ("estimate", "error"))
    assert abs(theirs.fe_mean[1] / estimate[1] - 1) > 0.15
    assert (theirs.fe_sd < 0.4 * errors).all()
    ours = random_intercept_logit(y, x, cluster)
    np.testing.assert_allclose(ours.estimate, estimate, rtol=1e-6)
    np.testing.assert_allclose(ours.standard_error, errors, rtol=1e-6)


def test_clusters_no_more_different_than_chance_leave_the_plain_logit():
    y, cluster = np.tile([0.0, 1, 1, 0, 1], 8), np.repeat(np.arange(8), 5)
    x = np.column_stack([np.ones(40), np.tile([0.0, 1, 0, 0, 1], 8)])
    x[::7, 1] = 1 - x[::7, 1]
    found = random_intercept_logit(y, x, cluster)
    plain = sm.Logit(y, x).fit(disp=0)
    assert found.sd == 0
    assert found.log_likelihood == pytest.approx(plain.llf, rel=1e-9)
    np.testing.assert_allclose(found.estimate, plain.params, rtol=1e-6)
    np.testing.assert_allclose(found.standard_error, plain.bse, rtol=1e-6)


def test_what_cannot_be_estimated_is_said_without_a_warning():
    ones, pairs = np.ones((8, 1)), [1, 1, 2, 2, 3, 3, 4, 4]
    split = np.column_stack([np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = [
            random_intercept_logit([], np.empty((0, 1)), []),
            random_intercept_logit([1], [1], ["a"]),
            random_intercept_logit([0] * 8, ones, pairs),
            random_intercept_logit([1] * 8, ones, pairs),
            random_intercept_logit([0, 1] * 4, ones, [1] * 8),
            random_intercept_logit([0, 1] * 4, ones, range(8)),
            random_intercept_logit([0, 1] * 4, np.column_stack([ones, ones]), pairs),
            random_intercept_logit([0, 0, 0, 0, 1, 1, 1, 1], split, pairs),
            random_intercept_logit([0, 0, 0, 0, 1, 0, 1, 1], split, pairs),
        ]
    for fit in fits:
        assert fit.status == "too_few"
        assert np.isnan([fit.estimate, fit.lower, fit.upper, fit.standard_error]).all()
        assert np.isnan(fit.sd)


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="`outcome` must be 0 or 1 for each person \\(first that is not: 1\\)"):
        random_intercept_logit([0, 2], [1, 1], ["a", "b"])
    with pytest.raises(ValueError, match="`points` must be from 7 to 100"):
        random_intercept_logit([0, 1], [1, 1], ["a", "b"], points=1)
    with pytest.raises(ValueError, match="`cluster` must not be missing"):
        random_intercept_logit([0, 1], [1, 1], ["a", None])


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(303)), st.floats(0.01, 100))
def test_order_labels_and_unit_do_not_matter(order: list[int], unit: float):
    y, x, cluster = data("weil")
    first = random_intercept_logit(y, x, cluster)
    labels = np.array([f"t{99 - int(c)}" for c in cluster])[order]
    other = random_intercept_logit(y[order], x[order] * [1, unit], labels)
    np.testing.assert_allclose(other.estimate * [1, unit], first.estimate, rtol=1e-6)
    np.testing.assert_allclose(other.standard_error * [1, unit], first.standard_error, rtol=1e-5)
    assert other.sd == pytest.approx(first.sd, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=30))
def test_any_data_give_limits_around_the_coefficient_or_too_few(people: list[tuple[int, int, int]]):
    y, cluster, x = (np.array(column, dtype=float) for column in zip(*people, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = random_intercept_logit(y, np.column_stack([np.ones(y.size), x]), cluster)
    if fit.status == "ok":
        assert (fit.lower < fit.estimate).all()
        assert (fit.upper > fit.estimate).all()
        assert fit.sd >= 0
