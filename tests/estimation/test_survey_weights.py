"""Fitted weights give the known totals, and the error that goes with them is that of the residuals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.survey import survey_mean, survey_total
from prs_eval.estimation.survey_design import Design
from prs_eval.estimation.survey_weights import effective_sample_size, post_stratify, rake
from tests.estimation.survey_cases import AGES, SEXES, TYPES, WIDE, case, reference

ROWS = reference("estimates")
WEIGHTS = reference("weights")


def fitted(name):
    return [r["weight"] for r in WEIGHTS if r["data"] == name]


def expected(data, quantity, value):
    row = next(
        r
        for r in ROWS
        if (r["data"], r["quantity"], r["value"], r["domain"], r["level"]) == (data, quantity, value, "", 0.95)
    )
    return [row["estimate"], row["lower"], row["upper"]]


def numbers(answer):
    return [answer.estimate, answer.lower, answer.upper]


# R iterates to 1e-12 … 1e-13 of the totals: 1e-9 leaves room for that.
@pytest.mark.parametrize("name", ["small_post", "apiclus1_post"])
def test_post_stratified_weights_and_errors_are_those_of_post_stratify(name):
    table, design = case(name)
    value = "score" if name.startswith("small") else "api00"
    assert design.weights == pytest.approx(fitted(name), rel=1e-9)
    assert numbers(survey_mean(table[value], design=design)) == pytest.approx(expected(name, "mean", value), rel=1e-6)


@pytest.mark.parametrize("name", ["small_raked", "apiclus1_raked", "apistrat_raked"])
def test_raked_weights_and_errors_are_those_of_rake_and_calibrate(name):
    table, design = case(name)
    value = "score" if name.startswith("small") else "api00"
    assert design.weights == pytest.approx(fitted(name), rel=1e-9)
    assert numbers(survey_mean(table[value], design=design)) == pytest.approx(expected(name, "mean", value), rel=1e-6)


@pytest.mark.parametrize(("name", "value", "factor"), [("apiclus1_raked", "api00", 5), ("small_raked", "score", 1.5)])
def test_raked_weights_taken_as_drawn_give_a_wrong_error(name, value, factor):
    # What a program does that reads raked weights like any other: R's error with residuals is several times smaller.
    table, design = case(name)
    strata, cluster = (table["stratum"], table["cluster"]) if name.startswith("small") else (None, table["dnum"])
    naive = survey_total(table[value], design=Design(design.weights, strata, cluster, table.get("fpc")))
    right = survey_total(table[value], design=design)
    estimate, lower, upper = expected(name, "total", value)
    assert naive.estimate == pytest.approx(estimate)
    assert naive.upper - naive.lower > factor * (upper - lower)
    assert numbers(right) == pytest.approx([estimate, lower, upper], rel=1e-6)


@pytest.mark.parametrize(("name", "known"), [("apiclus1", [TYPES, WIDE]), ("small", [SEXES, AGES])])
def test_every_margin_has_its_known_totals_without_error(name, known):
    table, design = case(f"{name}_raked")
    columns = ["stype", "sch.wide"] if name == "apiclus1" else ["sex", "age"]
    for column, totals in zip(columns, known, strict=True):
        for category, people in totals.items():
            answer = survey_total(table[column] == category, design=design)
            assert answer.estimate == pytest.approx(people, rel=1e-9)
            assert answer.status == "too_few"  # nothing varies: what is known is not estimated


@pytest.mark.parametrize("name", ["small", "small_raked", "apistrat", "apiclus1_raked"])
def test_effective_sample_size_is_kishs(name):
    # Kish (1965), 11.7: (sum w)² / sum w², computed in R.
    answer = effective_sample_size(case(name)[1].weights)
    assert answer.estimate == pytest.approx(next(r["kish"] for r in WEIGHTS if r["data"] == name), rel=1e-9)
    assert answer.lower == answer.estimate == answer.upper


@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e6), max_size=20), st.floats(1e-3, 1e3))
def test_effective_sample_size_lies_between_one_and_n_and_does_not_change_with_scale(weights, factor):
    answer = effective_sample_size(weights)
    if sum(weights) == 0:
        assert answer.status == "too_few"
        assert np.isnan(answer.estimate)
    else:
        assert 1 - 1e-9 <= answer.estimate <= len(weights) + 1e-9
        assert effective_sample_size(np.array(weights) * factor).estimate == pytest.approx(answer.estimate, rel=1e-6)


def test_equal_weights_lose_nothing_and_one_heavy_weight_nearly_all():
    assert effective_sample_size([2.0] * 57).estimate == pytest.approx(57)
    assert effective_sample_size([1000.0] + [1e-6] * 56).estimate == pytest.approx(1)


@pytest.mark.parametrize("weights", [[1.0, -1], [np.nan], [[1.0]]])
def test_weights_that_cannot_be_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        effective_sample_size(weights)


FOUR = Design(np.ones(4))


@pytest.mark.parametrize(
    ("margins", "totals", "rule"),
    [
        ([["a", "a", "b", "b"]], [{"a": 5}], "1 categories have no total"),
        ([["a", "a", "b", "b"]], [{"a": 5, "b": 5, "c": 1}], "1 totals nobody"),
        ([["a", "a", "b", "b"]], [{"a": 5, "b": 0}], "above 0"),
        ([["a", "a", "b", None]], [{"a": 5, "b": 5}], "missing"),
        ([["a", "b"]], [{"a": 5, "b": 5}], "one entry for each"),
        ([], [], "One mapping"),
        ([["a", "a", "b", "b"], ["x", "y", "x", "y"]], [{"a": 5, "b": 5}, {"x": 5, "y": 9}], "one same total"),
        ([["a", "a", "b", "b"], ["x", "x", "x", "y"]], [{"a": 5, "b": 5}, {"x": 2, "y": 8}], "No weights fit"),
    ],
)
def test_totals_that_cannot_be_fitted_are_refused(margins, totals, rule):
    with pytest.raises(ValueError, match=rule):
        rake(FOUR, margins, totals)


def test_weights_are_fitted_once():
    once = post_stratify(FOUR, ["a", "a", "b", "b"], {"a": 5, "b": 5})
    with pytest.raises(ValueError, match="fitted before"):
        post_stratify(once, ["a", "a", "b", "b"], {"a": 5, "b": 5})


answers = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(1, 9)), min_size=3, max_size=20)


@settings(max_examples=40)
@given(answers, st.integers(10, 10_000))
def test_post_stratification_gives_the_totals_whatever_the_sample_and_leaves_the_design_alone(rows, people):
    group, _, w = (np.array(c) for c in zip(*rows, strict=True))
    totals = {g: people * (1 + i) for i, g in enumerate(sorted(set(group)))}
    design = Design(w)
    weighted = post_stratify(design, group, totals)
    assert (design.weights == w).all()
    for g, known in totals.items():
        assert weighted.weights[group == g].sum() == pytest.approx(known)
