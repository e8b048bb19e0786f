"""Small areas are drawn together as the published estimators do, each under its name."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.shrinkage import (
    estimate_shrunken_proportions,
    estimate_shrunken_rates,
    shrink_proportions,
    shrink_rates,
)
from tests.conftest import ROOT

RATES = ("scotland", "auckland", "sids")
SHARES = ("herds", "seeds")
METHODS = ("marshall", "clayton_kaldor", "negative_binomial")
COLUMNS = ("estimate", "lower", "upper")


def reference(name):
    """What R computed; see tests/reference/r/shrinkage.R, which names the source of each set of data."""
    return pd.read_csv(ROOT / "tests" / "reference" / f"shrinkage_{name}.csv")


DATA, PRIORS, AREAS = reference("data"), reference("priors"), reference("areas")


def counts(name):
    rows = DATA[DATA["data"] == name]
    return rows["events"].to_numpy(), rows["exposure"].to_numpy()


def expected(name, method):
    rows = AREAS[(AREAS["data"] == name) & (AREAS["method"] == method)]
    prior = PRIORS[(PRIORS["data"] == name) & (PRIORS["method"] == method)]
    return rows, prior.iloc[0] if len(prior) else None


def assert_equal_to_reference(ours, name, method):
    rows, _ = expected(name, method)
    for column in COLUMNS:
        np.testing.assert_allclose(getattr(ours, column), rows[column], rtol=1e-6)
    assert set(ours.status) == {"ok"}
    assert ours.method == method


# --- equal to R: both are exact solutions of the same equations, relative 1e-6


@pytest.mark.parametrize("name", RATES)
def test_marshall_is_ebest_of_spdep(name):
    assert_equal_to_reference(shrink_rates(*counts(name), method="marshall"), name, "marshall")


def test_marshall_finds_the_moments_of_auckland_that_ebest_reports():
    # attr(EBest(deaths, 9 * under five), "parameters") of spdep 1.2-7, as printed: b, a.
    ours = shrink_rates(*counts("auckland"), method="marshall")
    assert (ours.prior_mean, ours.prior_variance) == pytest.approx((0.002633436, 7.284173e-07), rel=1e-6)


@pytest.mark.parametrize("name", RATES)
def test_clayton_kaldor_is_their_iteration_carried_to_its_end(name):
    assert_equal_to_reference(shrink_rates(*counts(name), method="clayton_kaldor"), name, "clayton_kaldor")


@pytest.mark.parametrize("name", RATES)
def test_negative_binomial_is_glm_nb_of_mass(name):
    ours = shrink_rates(*counts(name), method="negative_binomial")
    assert_equal_to_reference(ours, name, "negative_binomial")
    _, prior = expected(name, "negative_binomial")
    assert ours.prior_mean == pytest.approx(prior["first"] / prior["second"], rel=1e-6)


def test_negative_binomial_agrees_with_statsmodels():
    # Its optimiser stops at about 1e-5; hence the tolerance.
    events, exposure = counts("scotland")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.NegativeBinomial(events, np.ones((56, 1)), offset=np.log(exposure)).fit(disp=0)
    ours = shrink_rates(events, exposure, method="negative_binomial")
    assert ours.prior_mean == pytest.approx(np.exp(fit.params[0]), rel=1e-4)
    assert ours.prior_variance / ours.prior_mean**2 == pytest.approx(fit.params[1], rel=1e-4)


@pytest.mark.parametrize("name", SHARES)
def test_beta_binomial_is_the_maximum_of_an_independent_newton(name):
    assert_equal_to_reference(shrink_proportions(*counts(name), method="beta_binomial"), name, "beta_binomial")


@pytest.mark.parametrize(
    ("name", "shrink"), [("herds", shrink_proportions), ("seeds", shrink_proportions), ("scotland", shrink_rates)]
)
def test_hierarchical_estimates_are_those_of_a_plain_sum_over_a_fine_grid(name, shrink):
    method = "hierarchical_gamma" if name == "scotland" else "hierarchical_beta"
    assert_equal_to_reference(shrink(*counts(name)), name, method)


def test_hierarchical_limits_of_areas_that_may_all_be_alike_agree_to_rounding_of_the_grid():
    # Near one common rate what is integrated for a limit is a step: both quadratures are good to about 1e-5 there.
    events, exposure = counts("auckland")
    ours = shrink_rates(events[:12], exposure[:12])
    rows = AREAS[AREAS["data"] == "auckland_12"]
    np.testing.assert_allclose(ours.estimate, rows["estimate"], rtol=1e-6)
    np.testing.assert_allclose([ours.lower, ours.upper], [rows["lower"], rows["upper"]], rtol=1e-4)


def test_a_fixed_prior_gives_limits_that_are_too_narrow_for_five_quartiers():
    # 5 areas of 60 people whose shares spread little: 40 invented samples, the same for both.
    rng = np.random.default_rng(7)
    held = {"hierarchical_beta": [], "beta_binomial": []}
    for _ in range(40):
        n, true = rng.integers(30, 120, 5), rng.beta(20, 80, 5)
        x = rng.binomial(n, true)
        for method, inside in held.items():
            ours = shrink_proportions(x, n, method=method)
            ok = ours.status == "ok"
            inside.extend(((ours.lower <= true) & (true <= ours.upper))[ok])
    assert len(held["hierarchical_beta"]) == 200
    assert len(held["beta_binomial"]) < 160  # and no limits at all in the others
    assert np.mean(held["beta_binomial"]) < 0.87 < 0.93 < np.mean(held["hierarchical_beta"])


def test_three_estimators_give_three_answers_each_under_its_name():
    answers = {m: shrink_rates(*counts("scotland"), method=m) for m in METHODS}
    first = {m: a.estimate[0] for m, a in answers.items()}
    assert min(abs(first[a] / first[b] - 1) for a in METHODS for b in METHODS if a < b) > 0.005
    for method in METHODS:
        rows, _ = expected("scotland", method)
        assert first[method] == pytest.approx(rows["estimate"].iloc[0], rel=1e-6)


def test_stopping_clayton_kaldors_iteration_early_gives_another_answer():
    # What is done where the number of rounds is capped at 20 (R's DCluster): not yet at the solution.
    o, e = counts("auckland")
    rr = o / e
    shape, rate = rr.mean() ** 2 / rr.var(ddof=1), rr.mean() / rr.var(ddof=1)
    for _ in range(20):
        theta = (o + shape) / (e + rate)
        mean = theta.mean()
        variance = ((1 + rate / e) * (theta - mean) ** 2).sum() / (o.size - 1)
        shape, rate = mean**2 / variance, mean / variance
    rows, _ = expected("auckland", "clayton_kaldor")
    assert abs((o + shape) / (e + rate) / rows["estimate"] - 1).max() > 1e-6
    assert shrink_rates(o, e, method="clayton_kaldor").estimate == pytest.approx(rows["estimate"].to_numpy(), rel=1e-6)


# --- what must hold

SHRINKERS = [
    *(lambda x, n, m=m: shrink_rates(x, n, method=m) for m in METHODS),
    lambda x, n: shrink_proportions(x, n, method="beta_binomial"),
]
IDS = [*METHODS, "beta_binomial"]
ALL = [*SHRINKERS, shrink_rates, shrink_proportions]
ALL_IDS = [*IDS, "hierarchical_gamma", "hierarchical_beta"]


@pytest.mark.parametrize("shrink", ALL, ids=ALL_IDS)
@pytest.mark.parametrize(
    ("x", "n"), [([], []), ([1], [5]), ([1, 3], [5, 9]), ([1, 3, 0], [5, 9, 0]), ([0, 0, 0], [0, 0, 0])]
)
def test_under_three_areas_nothing_is_said(shrink, x, n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = shrink(x, n)
    assert set(ours.status) <= {"too_few"}
    assert np.isnan([ours.estimate, ours.lower, ours.upper]).all()


@pytest.mark.parametrize("shrink", SHRINKERS, ids=IDS)
@pytest.mark.parametrize(
    ("x", "n"),
    [([0, 0, 0], [5, 9, 8]), ([5, 9, 8], [5, 9, 8]), ([1, 2, 3], [10, 20, 30]), ([4, 5, 6, 5], [50, 50, 51, 49])],
)
def test_areas_that_differ_no_more_than_chance_share_one_rate_without_limits(shrink, x, n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = shrink(x, n)
    assert ours.estimate == pytest.approx(sum(x) / sum(n))
    assert np.isnan([ours.lower, ours.upper]).all()
    assert set(ours.status) == {"too_few"}
    assert ours.prior_variance == 0


@pytest.mark.parametrize("shrink", ALL, ids=ALL_IDS)
def test_an_area_of_nobody_plays_no_part(shrink):
    x, n = [3, 9, 1, 12, 20], [30, 31, 28, 33, 40]
    with_empty, without = shrink([*x, 0], [*n, 0]), shrink(x, n)
    assert np.isnan(with_empty.estimate[-1])
    assert with_empty.status[-1] == "too_few"
    np.testing.assert_array_equal(with_empty.estimate[:-1], without.estimate)


@pytest.mark.parametrize("shrink", ALL, ids=ALL_IDS)
@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([1, -1, 2], [5, 5, 5]),
        ([1, np.nan, 2], [5, 5, 5]),
        ([1, 2, 2], [5, 5]),
        ([1, 0, 2], [5, -5, 5]),
        ([1, 2, 3], [5, 0, 5]),
    ],
)
def test_counts_that_cannot_be_are_refused(shrink, x, n):
    with pytest.raises(ValueError, match="events"):
        shrink(x, n)


def test_names_that_are_not_known_are_refused():
    with pytest.raises(ValueError, match="events"):
        shrink_proportions([6, 1, 2], [5, 5, 5])
    for call in (shrink_rates, shrink_proportions):
        with pytest.raises(ValueError, match="method"):
            call([1, 2, 3], [5, 5, 5], method="bayes")
        with pytest.raises(ValueError, match="confidence_level"):
            call([1, 2, 3], [5, 5, 5], confidence_level=95)


@pytest.mark.parametrize(
    ("x", "n"), [([0, 0, 0], [50, 90, 80]), ([50, 90, 80], [50, 90, 80]), ([4, 5, 6, 5], [50, 50, 51, 49])]
)
def test_hierarchical_proportions_have_limits_where_areas_look_alike(x, n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = shrink_proportions(x, n)
    assert set(ours.status) == {"ok"}
    assert ((ours.lower >= 0) & (ours.lower < ours.estimate) & (ours.estimate < ours.upper) & (ours.upper <= 1)).all()
    assert ours.prior_variance > 0


def test_rates_of_areas_without_any_event_have_no_limits():
    ours = shrink_rates([0, 0, 0], [5, 9, 8])
    assert set(ours.status) == {"too_few"}
    assert np.isnan(ours.upper).all()


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 90)), min_size=3, max_size=6), st.randoms())
def test_hierarchical_limits_hold_their_estimate_whatever_the_order(rows, random):
    x, n = np.array([min(a, b) for a, b in rows]), np.array([b for _, b in rows])
    turned = list(range(len(rows)))
    random.shuffle(turned)
    for shrink in (shrink_proportions, shrink_rates):
        ours, other = shrink(x, n), shrink(x[turned], n[turned])
        np.testing.assert_allclose(other.estimate, ours.estimate[turned], rtol=1e-6)
        if x.sum() > 0:
            assert ((ours.lower >= 0) & (ours.lower < ours.estimate) & (ours.estimate < ours.upper)).all()


areas = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 90)), min_size=3, max_size=12)


@settings(max_examples=40, deadline=None)
@given(areas, st.sampled_from(IDS), st.randoms())
def test_each_area_lies_between_its_own_rate_and_the_mean_whatever_the_order(rows, name, random):
    x = np.array([min(a, b) for a, b in rows])
    n = np.array([b for _, b in rows])
    shrink = SHRINKERS[IDS.index(name)]
    ours = shrink(x, n)
    turned = list(range(len(rows)))
    random.shuffle(turned)
    other = shrink(x[turned], n[turned])
    np.testing.assert_allclose(other.estimate, ours.estimate[turned], rtol=1e-6)
    if (ours.status == "ok").all():
        low, high = np.minimum(x / n, ours.prior_mean), np.maximum(x / n, ours.prior_mean)
        assert ((low - 1e-9 <= ours.estimate) & (ours.estimate <= high + 1e-9)).all()
        assert ((ours.lower < ours.estimate) & (ours.estimate < ours.upper)).all()
        assert (ours.lower >= 0).all()


@settings(max_examples=25, deadline=None)
@given(areas, st.sampled_from(METHODS), st.sampled_from([1e-5, 0.1, 1000.0]))
def test_the_unit_of_exposure_scales_the_rates_and_their_limits(rows, method, factor):
    x, n = np.array(rows, dtype=float).T
    one, other = shrink_rates(x, n, method=method), shrink_rates(x, n * factor, method=method)
    for column in COLUMNS:
        np.testing.assert_allclose(getattr(other, column) * factor, getattr(one, column), rtol=1e-6)


# --- tables


def table():
    events, population = counts("herds")
    year = np.repeat([2018, 2019, 2020], 5)
    return pd.DataFrame({"quartier": [f"Q{i % 5}" for i in range(15)], "year": year, "new": events, "held": population})


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("method", ["hierarchical_beta", "beta_binomial"])
def test_a_table_of_proportions_gives_one_row_an_area_in_the_output_shape(name, method):
    events, population = counts(name)
    rows = pd.DataFrame({"quartier": [f"Q{i:02}" for i in range(events.size)], "yes": events, "asked": population})
    out = estimate_shrunken_proportions(
        rows, indicator="share", numerator="yes", denominator="asked", by=["quartier"], method=method
    )
    check_estimates(out)
    for column in COLUMNS:
        np.testing.assert_allclose(out[column], expected(name, method)[0][column], rtol=1e-6)
    assert set(out["method"]) == {method}
    assert set(out["unit"]) == {"proportion"}
    assert list(out["n"]) == list(population)


@pytest.mark.parametrize(("name", "method"), [(n, m) for n in ("scotland", "sids") for m in METHODS])
def test_a_table_of_rates_names_its_estimator(name, method):
    events, exposure = counts(name)
    rows = pd.DataFrame({"quartier": [f"Q{i:03}" for i in range(events.size)], "cases": events, "expected": exposure})
    out = estimate_shrunken_rates(
        rows, indicator="smr", numerator="cases", denominator="expected", by=["quartier"], method=method
    )
    for column in COLUMNS:
        np.testing.assert_allclose(out[column], expected(name, method)[0][column], rtol=1e-6)
    assert set(out["method"]) == {method}


def test_years_are_kept_apart_where_said():
    rows = table()
    options = {"indicator": "share", "numerator": "new", "denominator": "held"}
    out = estimate_shrunken_proportions(rows, by=["quartier", "year"], within=["year"], **options)
    for year, part in rows.groupby("year"):
        alone = estimate_shrunken_proportions(part, by=["quartier", "year"], **options)
        pd.testing.assert_frame_equal(out[out["year"] == year].reset_index(drop=True), alone)


def test_two_quartiers_are_refused_and_none_give_no_row():
    options = {"indicator": "share", "numerator": "new", "denominator": "held", "by": ["quartier"]}
    two = table().query("quartier in ('Q0', 'Q1')")
    assert set(estimate_shrunken_proportions(two, **options)["status"]) == {"too_few"}
    assert estimate_shrunken_proportions(two.iloc[:0], **options).empty
    with pytest.raises(ValueError, match=r"1 of 15.*row 2"):
        estimate_shrunken_proportions(table().assign(new=lambda t: t["new"].where(t.index != 2)), **options)
    hidden = table().assign(new=lambda t: t["new"].where(t.index != 2, t["held"] + 1))  # hidden by the sum
    with pytest.raises(ValueError, match=r"1 of 15.*row 2"):
        estimate_shrunken_proportions(hidden, **options)
    with pytest.raises(ValueError, match=r"1 of 15.*row 2"):
        estimate_shrunken_rates(table().assign(new=lambda t: t["new"].where(t.index != 2, -1)), **options)
    with pytest.raises(ValueError, match="no column `absent`"):
        estimate_shrunken_rates(table(), **(options | {"numerator": "absent"}))
    for wrong in ({"by": []}, {"by": ["quartier"], "within": ["year"]}):
        with pytest.raises(ValueError, match="by"):
            estimate_shrunken_rates(table(), **(options | wrong))


@settings(max_examples=15, deadline=None)
@given(areas, st.randoms())
def test_grouping_is_summing_and_order_index_and_extra_columns_do_not_matter(rows, random):
    frame = pd.DataFrame({"quartier": [f"Q{i % 4}" for i in range(len(rows))], "n": [b for _, b in rows]})
    frame["x"] = [min(a, b) for a, b in rows]
    before = frame.copy(deep=True)
    options = {"indicator": "share", "numerator": "x", "denominator": "n", "by": ["quartier"]}
    turned = list(range(len(frame)))
    random.shuffle(turned)
    other = frame.iloc[turned].assign(more=1.5).set_index(pd.Index([f"r{i}" for i in turned]))
    summed = frame.groupby("quartier", as_index=False).sum()
    for estimate, method in ((estimate_shrunken_proportions, "beta_binomial"), (estimate_shrunken_rates, "marshall")):
        ours = estimate(frame, method=method, **options)
        pd.testing.assert_frame_equal(ours, estimate(other, method=method, **options))
        pd.testing.assert_frame_equal(ours, estimate(summed, method=method, **options))
    pd.testing.assert_frame_equal(frame, before)
