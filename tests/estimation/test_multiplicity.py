"""Adjusted p-values: equal to R's p.adjust, published example included; a test that was not made spoils no other."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from prs_eval.estimation.multiplicity import adjusted_p_values

REFERENCE = pd.read_csv(Path(__file__).parent.parent / "reference" / "multiplicity.csv")
METHODS = ["holm", "bonferroni", "bh", "by"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", ["bh1995", "made"])
def test_adjusted_p_values_agree_with_r(case, method):
    rows = REFERENCE[REFERENCE["case"] == case]
    np.testing.assert_allclose(adjusted_p_values(rows["p"], method=method), rows[method], rtol=1e-9)


def test_the_published_example_calls_four_and_holm_three():
    # Benjamini and Hochberg (1995), section 4.1: at 0.05, four by their method, three by Bonferroni's
    p = REFERENCE.loc[REFERENCE["case"] == "bh1995", "p"]
    called = {method: int((adjusted_p_values(p, method=method) <= 0.05).sum()) for method in METHODS}
    assert (called["bh"], called["bonferroni"]) == (4, 3)


@pytest.mark.parametrize(("method", "name"), [("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by")])
def test_statsmodels_counts_a_test_that_was_not_made_or_loses_the_others(method, name):
    p, made = [0.001, np.nan, 0.2], [0.001, 0.2]
    expected = adjusted_p_values(made, method=method)
    assert not np.allclose(multipletests(p, method=name)[1][[0, 2]], expected)
    np.testing.assert_allclose(adjusted_p_values(p, method=method)[[0, 2]], expected)
    np.testing.assert_allclose(multipletests(made, method=name)[1], expected)


def test_empty_alone_and_impossible():
    assert adjusted_p_values([], method="holm").shape == (0,)
    assert np.isnan(adjusted_p_values([np.nan], method="by")).all()
    assert adjusted_p_values(0.03, method="holm") == pytest.approx(0.03)
    for p in ([1.1], [-0.1]):
        with pytest.raises(ValueError, match="0 and 1"):
            adjusted_p_values(p, method="holm")
    with pytest.raises(ValueError, match="method"):
        adjusted_p_values([0.1], method="fdr")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.just(np.nan), st.floats(0, 1)), max_size=12), st.sampled_from(METHODS))
def test_order_does_not_matter_and_nothing_becomes_smaller(values, method):
    before = np.array(values, dtype=float)
    out = adjusted_p_values(before, method=method)
    np.testing.assert_array_equal(before, np.array(values, dtype=float))
    np.testing.assert_allclose(adjusted_p_values(before[::-1], method=method)[::-1], out)
    known = ~np.isnan(before)
    assert (out[known] >= before[known] * (1 - 1e-12)).all()
    assert (out[known] <= 1).all()
