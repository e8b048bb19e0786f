"""Survey estimates are those of R's survey package; where they cannot be judged they say so."""

from __future__ import annotations

import csv
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from prs_eval.estimation.survey import survey_mean, survey_proportion, survey_quantile, survey_ratio, survey_total
from prs_eval.estimation.survey_design import Design
from tests.conftest import ROOT
from tests.estimation.survey_cases import case, reference

ROWS = reference("estimates")
DIVISOR = {"small": "people", "scd": "arrests"}


def numbers(answer):
    return [answer.estimate, answer.lower, answer.upper]


def ours(row):
    table, design = case(row["data"])
    domain = None
    if row["domain"]:
        domain = (table["sex"] == "f" if row["domain"] == "f" else table["enroll"] > 500).to_numpy()
    # R wrote the expression: api00>700 in I().
    values = table["api00"] > 700 if row["value"].startswith("I(") else table[row["value"]]
    options = {"design": design, "domain": domain, "confidence_level": row["level"]}
    kind = row["quantity"]
    if kind in ("logit", "beta"):
        return survey_proportion(values, method=kind, **options)
    if kind.startswith("quantile"):
        return survey_quantile(values, int(kind[-2:]) / 100, **options)
    if kind == "ratio":
        return survey_ratio(values, table[DIVISOR.get(row["data"].partition("_")[0], "enroll")], **options)
    return {"mean": survey_mean, "total": survey_total}[kind](values, **options)


def rows_of(*kinds):
    named = [r for r in ROWS if r["quantity"].rstrip("0123456789") in kinds]
    return pytest.mark.parametrize(
        "row", named, ids=lambda r: f"{r['data']}-{r['quantity']}-{r['domain']}-{r['level']}"
    )


# --- equal to R (survey 4.1; closed forms, relative 1e-6; svyglm's logit iterates to about 1e-9)


@rows_of("mean")
def test_means_are_those_of_svymean(row):
    assert numbers(ours(row)) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)


@rows_of("total")
def test_totals_are_those_of_svytotal(row):
    assert numbers(ours(row)) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)


@rows_of("ratio")
def test_ratios_are_those_of_svyratio(row):
    assert numbers(ours(row)) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)


@rows_of("logit", "beta")
def test_proportions_are_those_of_svyciprop(row):
    assert numbers(ours(row)) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)


@rows_of("quantile")
def test_quantiles_are_those_of_svyquantile(row):
    assert numbers(ours(row)) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)


def test_the_published_two_stage_total_is_found():
    # Särndal, Swensson and Wretman (1992), two-stage example; the help of R's svydesign prints total 15080, SE 2274.3.
    table, design = case("mu284")
    answer = survey_total(table["y1"], design=design)
    assert answer.estimate == pytest.approx(15080)
    assert (answer.upper - answer.lower) / 2 / 2.7764451 == pytest.approx(2274.3, abs=0.05)  # t(0.975, 4)


@pytest.mark.parametrize("name", ["apistrat", "small", "apiclus1"])
def test_counts_of_people_in_place_of_survey_weights_understate_the_error(name):
    # The library's weighted mean takes 6194 schools as asked, not 200: its error is far below that of the design.
    table, design = case(name)
    column = "score" if name == "small" else "api00"
    row = next(
        r
        for r in ROWS
        if (r["data"], r["value"], r["quantity"], r["domain"]) == (name, column, "mean", "") and r["level"] == 0.95
    )
    answer = survey_mean(table[column], design=design)
    lower, upper = DescrStatsW(table[column], weights=design.weights).tconfint_mean()
    assert upper - lower < 0.6 * (row["upper"] - row["lower"])
    assert numbers(answer) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)


def test_dropping_the_rows_outside_a_domain_is_not_the_same_as_a_domain():
    table, design = case("small")
    women = (table["sex"] == "f").to_numpy()
    part = table[women]
    dropped = survey_total(part["score"], design=Design(part["weight"], part["stratum"], part["cluster"]))
    domain = survey_total(table["score"], design=design, domain=women)
    row = next(r for r in ROWS if (r["data"], r["quantity"], r["domain"]) == ("small", "total", "f"))
    assert dropped.estimate == pytest.approx(domain.estimate)
    assert numbers(domain) == pytest.approx([row["estimate"], row["lower"], row["upper"]], rel=1e-6)
    assert abs(dropped.upper / row["upper"] - 1) > 0.01


def test_a_share_below_the_first_weight_is_the_smallest_value():
    # svyquantile of survey 4.1 gives the second smallest (its helper `last` starts at 1 where nothing is below).
    assert survey_quantile([5.0, 1.0, 3.0, 4.0, 2.0], 0.1).estimate == 1.0
    assert survey_quantile([5.0, 1.0, 3.0, 4.0, 2.0], 0.2).estimate == 1.0
    assert survey_quantile([5.0, 1.0, 3.0, 4.0, 2.0], 0.21).estimate == 2.0


# --- ratios over clusters


def clusters():
    with (ROOT / "tests" / "reference" / "ratio.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", clusters(), ids=lambda r: r["case"])
def test_ratio_over_clusters_is_that_of_svyratio(row):
    numerator, denominator = (np.array(row[c].split(), dtype=float) for c in ("numerator", "denominator"))
    expected = [float(row[c]) for c in ("estimate", "lower", "upper")]
    assert numbers(survey_ratio(numerator, denominator)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("y", "x"), [([2], [8]), ([0, 0, 0], [5, 9, 2]), ([2, 4, 6], [1, 2, 3]), ([1, 2], [0.1, 0.2])])
def test_clusters_that_all_agree_give_a_ratio_and_no_limits(y, x):
    answer = survey_ratio(y, x)
    assert answer.estimate == pytest.approx(sum(y) / sum(x))
    assert np.isnan([answer.lower, answer.upper]).all()
    assert answer.status == "too_few"


@pytest.mark.parametrize(("y", "x"), [([], []), ([0, 0], [0, 0]), ([850], [0])])
def test_nobody_reached_gives_no_ratio(y, x):
    answer = survey_ratio(y, x)
    assert np.isnan(numbers(answer)).all()
    assert answer.status == "too_few"


@pytest.mark.parametrize(("y", "x"), [([1, 2], [1]), ([[1]], [[1]]), ([np.nan, 1], [1, 1]), ([1, 1], [1, -1])])
def test_totals_that_cannot_be_are_refused(y, x):
    with pytest.raises(ValueError, match=r"numerator|denominator"):
        survey_ratio(y, x)


def test_people_who_come_in_groups_widen_the_interval():
    # 30 residents of 60 at ten meetings: all or none a meeting says less than half at each.
    together, spread = [6, 0] * 5, [4, 2] * 5
    wide, narrow = (survey_ratio(y, [6] * 10) for y in (together, spread))
    assert wide.estimate == narrow.estimate == 0.5
    assert wide.upper - wide.lower > narrow.upper - narrow.lower


pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40)), min_size=2, max_size=15)


@given(pairs, st.integers(2, 1000))
def test_the_unit_of_the_numerator_scales_the_ratio_and_its_limits(totals, factor):
    y, x = np.array(totals, dtype=float).T
    one, many = np.array(numbers(survey_ratio(y, x))), np.array(numbers(survey_ratio(y * factor, x)))
    np.testing.assert_allclose(many, one * factor, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert np.isnan(one[1]) or one[1] <= one[0] <= one[2]


# --- what cannot be judged

ESTIMATORS = [
    survey_mean,
    survey_total,
    survey_proportion,
    survey_quantile,
    lambda y, **options: survey_ratio(y, np.ones(len(y)), **options),
]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("values", [[], [1], [0]])
def test_nobody_and_one_person_are_too_few(estimator, values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = estimator(values)
    assert answer.status == "too_few"
    assert np.isnan([answer.lower, answer.upper]).all()
    assert answer.n == len(values)


@pytest.mark.parametrize("estimator", [survey_mean, survey_proportion, survey_quantile, survey_ratio])
@pytest.mark.parametrize("value", [0, 1])
def test_answers_that_are_all_the_same_have_no_limits(estimator, value):
    options = {"denominator": np.ones(12)} if estimator is survey_ratio else {}
    answer = estimator(np.full(12, value), **options)
    assert answer.status == "too_few"
    assert answer.estimate == value
    assert np.isnan([answer.lower, answer.upper]).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_missing_values_are_refused_unless_they_lie_outside_the_domain(estimator):
    values, inside = [1.0, 0.0, np.nan, 1.0], np.array([True, True, False, True])
    with pytest.raises(ValueError, match=r"1 of 4.*row 2"):
        estimator(values)
    assert estimator(values, domain=inside).n == 3


def test_a_domain_without_weight_is_too_few_not_zero():
    answer = survey_total([3.0, 4.0], domain=np.array([False, False]))
    assert answer.status == "too_few"
    assert np.isnan(answer.estimate)


@pytest.mark.parametrize("estimator", [survey_mean, survey_total, survey_proportion])
def test_a_whole_population_has_no_sampling_error(estimator):
    everyone = Design(np.ones(4), np.array(["a", "a", "b", "b"]), None, np.array([2, 2, 2, 2]))
    answer = estimator([0, 1, 1, 1], design=everyone)
    assert answer.status == "ok"
    assert answer.lower == answer.estimate == answer.upper


def test_a_certainty_stratum_adds_no_error_and_a_lonely_one_must_be_named():
    y, strata = np.array([1.0, 2.0, 4.0, 9.0]), np.array(["a", "a", "a", "b"])
    with pytest.raises(ValueError, match=r"one cluster.*1 of 2.*row 3.*lonely_psu"):
        Design(np.ones(4), strata)
    drawn_whole = Design(np.array([2.0, 2, 2, 1]), strata, None, np.array([6, 6, 6, 1]))
    named = Design(np.array([2.0, 2, 2, 1]), strata, None, np.array([6, 6, 6, 4]), lonely_psu="certainty")
    assert numbers(survey_total(y, design=drawn_whole)) == numbers(survey_total(y, design=named))


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"weights": [1.0, -1]}, "negative"),
        ({"weights": [1.0, np.nan]}, "finite"),
        ({"weights": []}, "shape"),
        ({"weights": [1.0, 1], "strata": ["a", None]}, "missing"),
        ({"weights": [1.0, 1], "strata": ["a"]}, "one row for each"),
        ({"weights": [1.0] * 4, "strata": list("aabb"), "clusters": [1, 2, 2, 3]}, "one stratum"),
        ({"weights": [1.0, 1], "fpc": [1, 1]}, "below"),
        ({"weights": [1.0, 1], "fpc": [5, 6]}, "same for all"),
        ({"weights": [1.0, 1], "fpc": [5, np.nan]}, "fpc"),
        ({"weights": [1.0, 1], "fpc": [[5, 5], [5, 5]]}, "shape"),
        ({"weights": [1.0, 1], "lonely_psu": "average"}, "lonely_psu"),
    ],
)
def test_a_design_that_cannot_be_is_refused(options, rule):
    with pytest.raises(ValueError, match=rule):
        Design(**options)


def test_what_does_not_fit_together_is_refused():
    for call in (
        lambda: survey_mean([1.0, 2.0], design=Design(np.ones(3))),
        lambda: survey_mean([1.0, 2.0], domain=[1, 0]),
        lambda: survey_mean([[1.0]]),
        lambda: survey_mean([1.0, 2.0], confidence_level=95),
        lambda: survey_proportion([0, 2]),
        lambda: survey_proportion([0, 1, 1], method="wald"),
        lambda: survey_quantile([1.0, 2.0], 1),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            call()


# --- properties

samples = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 9), st.integers(0, 3), st.booleans()), min_size=2, max_size=25
).filter(lambda rows: len({r[2] for r in rows}) > 1)


@settings(max_examples=40)
@given(samples, st.floats(0.01, 1000), st.randoms())
def test_order_and_the_scale_of_weights_change_nothing(rows, factor, random):
    y, w, cluster, inside = (np.array(c) for c in zip(*rows, strict=True))
    turned = list(range(len(rows)))
    random.shuffle(turned)
    before = [a.copy() for a in (y, w, cluster, inside)]
    for estimator in (survey_mean, survey_proportion, survey_quantile):
        one = estimator(y, design=Design(w, None, cluster), domain=inside)
        other = estimator(y[turned], design=Design((w * factor)[turned], None, cluster[turned]), domain=inside[turned])
        np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-6, atol=1e-9, equal_nan=True)
        assert np.isnan(one.lower) or one.lower <= one.estimate + 1e-12
        assert np.isnan(one.upper) or one.estimate <= one.upper + 1e-12
    assert all((a == b).all() for a, b in zip(before, (y, w, cluster, inside), strict=True))


@settings(max_examples=30)
@given(samples)
def test_totals_of_the_domains_add_up_to_the_total(rows):
    y, w, cluster, inside = (np.array(c) for c in zip(*rows, strict=True))
    design = Design(w, None, cluster)
    parts = [survey_total(y, design=design, domain=part).estimate for part in (inside, ~inside)]
    assert np.nansum(parts) == pytest.approx(survey_total(y, design=design).estimate)


def test_labels_of_any_kind_make_the_same_design():
    table, design = case("small")
    again = Design(
        table["weight"], table["stratum"].astype("category"), pd.Series([f"n° {c}" for c in table["cluster"]])
    )
    assert survey_mean(table["score"], design=again) == survey_mean(table["score"], design=design)
