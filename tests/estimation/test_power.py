"""Power and what a size could show: equal to R's pwr and stats; the numbers the programme publishes come back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.power import (
    minimum_detectable_benchmark,
    minimum_detectable_difference,
    minimum_detectable_paired,
    power_benchmark,
    power_paired,
    power_two_proportions,
    required_paired,
    required_two_proportions,
)

REFERENCE = Path(__file__).parent.parent / "reference"
TWO, BENCHMARK, PAIRED = (pd.read_csv(REFERENCE / f"power_{name}.csv") for name in ("two", "benchmark", "paired"))


@pytest.mark.parametrize("method", ["normal", "arcsine"])
def test_power_of_two_proportions_agrees_with_r(method):
    got = power_two_proportions(TWO["p1"], TWO["p2"], TWO["n"], method=method)
    np.testing.assert_allclose(got, TWO[method], rtol=1e-9)


def test_power_of_two_unequal_groups_agrees_with_pwr():
    got = power_two_proportions(TWO["p1"], TWO["p2"], TWO["n"], 2 * TWO["n"], method="arcsine")
    np.testing.assert_allclose(got, TWO["arcsine_unequal"], rtol=1e-9)


@pytest.mark.parametrize("method", ["normal", "arcsine"])
def test_required_number_of_two_groups_agrees_with_r(method):
    # arcsine: pwr counts the far tail too, under 1e-7 of the power at 90 %
    got = required_two_proportions(TWO["p1"], TWO["p2"], power=0.9, method=method)
    np.testing.assert_allclose(got, TWO[f"required_{method}"], rtol=1e-6)


def test_minimum_detectable_difference_agrees_with_r():
    got = minimum_detectable_difference(TWO["p1"], TWO["n"])
    np.testing.assert_allclose(got, TWO["detectable"] - TWO["p1"], rtol=1e-9)
    assert np.isnan(got[TWO["case"] == "screened"]).all()  # from 88 %, 45 against 45 can show no rise at all


def test_exact_power_against_a_benchmark_agrees_with_r():
    got = power_benchmark(BENCHMARK["p0"], BENCHMARK["p"], BENCHMARK["n"])
    np.testing.assert_allclose(got, BENCHMARK["power"], rtol=1e-9, atol=1e-15)
    assert (got[BENCHMARK["rise"] == 0] <= 0.05).all()


def test_minimum_detectable_against_a_benchmark_agrees_with_r():
    got = minimum_detectable_benchmark(BENCHMARK["p0"], BENCHMARK["n"])
    np.testing.assert_allclose(got, BENCHMARK["detectable"], rtol=1e-9)


def test_paired_power_agrees_with_pwr():
    got = np.array([power_paired(r.d, r.n, significance_level=r.level) for r in PAIRED.itertuples()])
    np.testing.assert_allclose(got, PAIRED["power"], rtol=1e-8)
    assert got[0] == pytest.approx(0.4555818, abs=5e-8)  # printed in the help page of pwr.t.test


def test_required_pairs_agree_with_pwr():
    got = np.array([required_paired(r.d, significance_level=r.level) for r in PAIRED.itertuples()])
    np.testing.assert_allclose(got, PAIRED["required"], rtol=1e-7)


def test_minimum_detectable_paired_agrees_with_pwr():
    got = np.array([minimum_detectable_paired(r.n, significance_level=r.level) for r in PAIRED.itertuples()])
    np.testing.assert_allclose(got, PAIRED["detectable"], rtol=1e-8)


def test_what_the_programme_publishes_comes_back():
    # Domain notes of the programme, section 6, and its methods table: rounded to people and to three decimals.
    assert required_two_proportions(0.5, 0.75, power=0.9) == pytest.approx(76.7, abs=0.05)  # R's help page

    def after(odds_ratio, share):
        odds = share / (1 - share) * odds_ratio
        return odds / (1 + odds)

    sms, phone = after(1.76, 0.544), after(2.09, 0.544)
    assert sms == pytest.approx(0.677, abs=5e-4)
    assert np.round(required_two_proportions(0.544, [sms, phone])).tolist() == [209, 126]
    assert np.round(required_two_proportions(0.21, after(1.23, 0.21))) == 2086
    assert np.round(required_two_proportions(0.211, 0.237)) == 4035
    np.testing.assert_allclose(minimum_detectable_paired([90, 65]), [0.299, 0.353], atol=5e-4)


def test_far_tail_and_nobody_give_numbers_or_nan_never_a_warning():
    # scipy's noncentral t is NaN in the far tail
    np.testing.assert_allclose(power_paired([0, 10, 40, 200], 90), [0.05, 1, 1, 1], rtol=1e-9)
    assert np.isnan(power_paired(0.5, [0, 1])).all()
    assert np.isnan(minimum_detectable_paired([0, 1])).all()
    assert np.isnan(required_paired(0.0))
    assert np.isnan(power_two_proportions(0.5, 0.6, 0))
    assert np.isnan(power_benchmark(0.5, 0.6, 0))
    assert power_benchmark(0.5, 0.9, 4) == 0.0  # four people can never be significant against one half
    assert np.isnan(minimum_detectable_benchmark(0.5, 5))
    assert np.isinf(required_two_proportions(0.5, 0.5))
    assert minimum_detectable_paired([]).shape == (0,)


@pytest.mark.parametrize(
    "call",
    [
        lambda: power_two_proportions(1.2, 0.5, 10),
        lambda: power_two_proportions(0.2, 0.5, -1),
        lambda: power_two_proportions(0.2, 0.5, 10, method="exact"),
        lambda: required_two_proportions(0.2, 0.5, method="exact"),
        lambda: required_two_proportions(0.2, 0.5, power=1.0),
        lambda: power_benchmark(0.5, -0.1, 10),
        lambda: power_paired(0.5, -3),
        lambda: minimum_detectable_paired(10, significance_level=0.0),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()


@settings(max_examples=40, deadline=None)
@given(st.floats(0.02, 0.9), st.integers(5, 400), st.sampled_from([0.5, 0.8, 0.95]))
def test_power_at_the_detectable_effect_is_the_power_asked_for(p, n, power):
    rise = minimum_detectable_difference(p, n, power=power)
    if np.isfinite(rise):
        assert power_two_proportions(p + rise, p, n) == pytest.approx(power, abs=1e-9)
    rise = minimum_detectable_benchmark(p, n, power=power)
    if np.isfinite(rise):
        assert power_benchmark(p, p + rise, n) == pytest.approx(power, abs=1e-9)
    assert power_paired(minimum_detectable_paired(n, power=power), n) == pytest.approx(power, abs=1e-9)
