"""Log-rank tests and Cox regressions against R's survival and against published figures."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.hazard_regression import PHReg
from survival_data import AML, PLACEBO_PAIRED, SIX_MP_PAIRED, lung, number, read

from prs_eval.estimation.survival_models import cox_regression, logrank_test

# Ties, three groups, five sessions; the same as in tests/reference/r/survival_models.R.
MADE = {
    "time": [2, 2, 2, 3, 3, 5, 5, 6, 6, 6, 7, 9, 9, 9, 11, 12, 12, 14, 15, 15],
    "event": [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0],
    "group": [1, 2, 3, 1, 1, 2, 3, 3, 2, 1, 1, 2, 2, 3, 2, 2, 1, 2, 2, 1],
    "age": [30, 41, 35, 62, 55, 28, 47, 51, 39, 44, 60, 33, 52, 29, 36, 48, 57, 31, 42, 38],
    "session": [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5],
}
PAIR = list(range(1, 22))


def data(name: str) -> dict[str, np.ndarray]:
    if name == "made":
        columns = MADE
    elif name == "aml":
        numbers = np.arange(1, 24)
        groups = [1] * 11 + [0] * 12
        columns = {"time": AML[0], "event": AML[1], "group": groups, "age": numbers % 4, "session": numbers % 6}
    elif name == "freireich":
        columns = {
            "time": SIX_MP_PAIRED[0] + PLACEBO_PAIRED,
            "event": SIX_MP_PAIRED[1] + [1] * 21,
            "group": [1] * 21 + [0] * 21,
            "age": [p % 5 for p in PAIR * 2],
            "session": PAIR * 2,
        }
    else:
        found = {k: np.array(v) for k, v in lung().items()}
        known = ~np.isnan(found["inst"])
        names = {"time": "time", "event": "status", "group": "sex", "age": "age", "session": "inst"}
        columns = {new: found[old][known] for new, old in names.items()}
    return {k: np.asarray(v, dtype=float) for k, v in columns.items()}


def test_the_published_comparison_of_6_mp_and_placebo():
    # Log-rank 16.79: Collett (2003), Modelling Survival Data, and R; hazard ratio 4.52 (Breslow ties), Kleinbaum &
    # Klein (2012), Survival Analysis, p. 105 (coefficient 1.509, error 0.410).
    d = data("freireich")
    assert logrank_test(d["time"], d["event"], d["group"]).statistic == pytest.approx(16.79, abs=0.005)
    fit = cox_regression(d["time"], d["event"], 1 - d["group"], method="breslow")
    assert fit.estimate[0] == pytest.approx(1.509, abs=5e-4)
    assert fit.standard_error[0] == pytest.approx(0.410, abs=5e-4)
    ratio = fit.ratios()
    assert (ratio.estimate[0], ratio.unit) == (pytest.approx(4.523, abs=5e-4), "hazard_ratio")
    assert (ratio.lower[0], ratio.upper[0]) == pytest.approx((2.027, 10.094), abs=2e-3)


@pytest.mark.parametrize("row", read("survival_tests.csv"), ids=lambda r: "-".join(list(r.values())[:3]))
def test_logrank_tests_agree_with_r(row: dict[str, str]):
    d = data(row["data"])
    strata = d["session"] if row["stratified"] == "TRUE" else None
    found = logrank_test(d["time"], d["event"], d["group"], strata=strata, method=row["method"])  # type: ignore[arg-type]
    assert found.statistic == pytest.approx(number(row["statistic"]), rel=1e-9)
    assert found.df == number(row["df"])
    assert found.p_value == pytest.approx(number(row["p_value"]), rel=1e-8)
    assert found.method == row["method"] + ("" if strata is None else "_stratified")


def cox_cases() -> list[tuple[str, str, str]]:
    rows = read("survival_cox.csv")
    return list(dict.fromkeys((r["data"], r["method"], r["stratified"]) for r in rows))


@pytest.mark.parametrize(("name", "method", "stratified"), cox_cases())
def test_cox_regressions_agree_with_r(name: str, method: str, stratified: str):
    # 1e-6: both maximise the partial likelihood step by step; R stops at a relative change of 1e-13 in it.
    rows = [
        r for r in read("survival_cox.csv") if (r["data"], r["method"], r["stratified"]) == (name, method, stratified)
    ]
    d = data(name)
    x = np.column_stack([d[r["covariate"]] for r in rows])
    strata = d["session"] if stratified == "TRUE" else None
    plain = cox_regression(d["time"], d["event"], x, strata=strata, method=method)  # type: ignore[arg-type]
    robust = cox_regression(d["time"], d["event"], x, cluster=d["session"], strata=strata, method=method)  # type: ignore[arg-type]
    for found, error in ((plain, "error"), (robust, "robust")):
        np.testing.assert_allclose(found.estimate, [number(r["estimate"]) for r in rows], rtol=1e-6)
        np.testing.assert_allclose(found.standard_error, [number(r[error]) for r in rows], rtol=1e-6)
    assert (plain.method, robust.method) == (f"cox_{method}", f"cox_{method}_cluster_robust")
    assert (robust.clusters, robust.n) == (len(set(d["session"])), len(x))


def test_statsmodels_cluster_errors_are_not_those_of_r_where_times_are_tied_under_efron():
    d = data("freireich")
    expected = 0.391136167317  # R survival 3.5.3: coxph(Surv(time, cens) ~ group + cluster(pair))
    theirs = PHReg(d["time"], d["group"], status=d["event"], ties="efron").fit(groups=d["session"].astype(int)).bse[0]
    assert abs(theirs / expected - 1) > 0.01
    ours = cox_regression(d["time"], d["event"], d["group"], cluster=d["session"])
    assert ours.standard_error[0] == pytest.approx(expected, rel=1e-9)


def test_what_cannot_be_estimated_is_said_without_a_warning():
    time, event = [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cases = [
            cox_regression([], [], np.empty((0, 1))),
            cox_regression([1], [1], [0]),
            cox_regression(time, [0] * 6, [0, 1, 0, 1, 0, 1]),
            cox_regression(time, event, [1] * 6),
            cox_regression(time, event, [1, 1, 1, 0, 0, 0]),  # every event of group 1 comes first
            cox_regression(time, event, [[0, 0], [1, 2], [0, 0], [1, 2], [0, 0], [1, 2]]),
            cox_regression(time, event, [0, 1, 1, 0, 0, 1], cluster=[1] * 6),
        ]
        tests = [
            logrank_test([], [], []),
            logrank_test([1], [1], ["a"]),
            logrank_test(time, event, ["a"] * 6),
            logrank_test(time, [0] * 6, list("ababab")),
            logrank_test(time, event, list("ababab"), strata=list("ababab")),
        ]
    for fit in cases:
        assert fit.status == "too_few"
        assert np.isnan([fit.estimate, fit.lower, fit.upper, fit.standard_error, fit.p_value]).all()
    for test in tests:
        assert math.isnan(test.statistic)
        assert math.isnan(test.p_value)


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="`group` must not be missing: 1 of 2"):
        logrank_test([1, 2], [1, 1], ["a", None])
    with pytest.raises(ValueError, match="`x` must not hold NaN"):
        cox_regression([1, 2], [1, 1], [0, math.nan])
    with pytest.raises(ValueError, match="`x` must have 2 rows"):
        cox_regression([1, 2], [1, 1], [0, 1, 2])
    with pytest.raises(ValueError, match="efron or breslow"):
        cox_regression([1, 2], [1, 1], [0, 1], method="exact")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="logrank or peto"):
        logrank_test([1, 2], [1, 1], ["a", "b"], method="wilcoxon")  # type: ignore[arg-type]
    ratios = cox_regression(MADE["time"], MADE["event"], MADE["age"]).ratios()
    with pytest.raises(ValueError, match="log unit"):
        ratios.ratios()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(20)), st.sampled_from(["efron", "breslow"]))
def test_the_order_of_people_and_the_unit_of_a_covariate_do_not_matter(order: list[int], method: str):
    d = data("made")
    mixed = {k: v[list(order)] for k, v in d.items()}
    fits = [
        cox_regression(x["time"], x["event"], x["age"] * by, cluster=x["session"], method=method)  # type: ignore[arg-type]
        for x, by in ((d, 1), (mixed, 10))
    ]
    assert fits[1].estimate[0] * 10 == pytest.approx(fits[0].estimate[0], rel=1e-8)
    assert fits[1].standard_error[0] * 10 == pytest.approx(fits[0].standard_error[0], rel=1e-8)
    tests = [logrank_test(x["time"], x["event"], x["group"], strata=x["session"]) for x in (d, mixed)]
    assert tests[1].statistic == pytest.approx(tests[0].statistic, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 1)), min_size=1, max_size=30))
def test_any_data_give_finite_limits_around_the_ratio_or_too_few(people: list[tuple[int, bool, int]]):
    time, event, x = zip(*people, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = cox_regression(time, event, x, cluster=range(len(x)))
        test = logrank_test(time, event, x)
    if fit.status == "ok":
        assert fit.lower[0] < fit.estimate[0] < fit.upper[0]
        assert np.abs(fit.estimate[0]) < 10
    assert math.isnan(test.statistic) or 0 <= test.p_value <= 1
