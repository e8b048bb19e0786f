"""Signed ranks with ties and zeros named: equal to R's wilcox.test and to coin's exact distribution."""

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prs_eval.estimation.signed_ranks import hodges_lehmann, wilcoxon_signed_rank

with (Path(__file__).parent.parent / "reference" / "signed_ranks.csv").open(encoding="utf-8") as _file:
    ROWS = [pytest.param(row, id=f"{row['case']}-{row['level']}") for row in csv.DictReader(_file)]


def _waves(row):
    return tuple([float(x) for x in row[wave].split()] for wave in ("before", "after"))


def test_depression_scores_give_the_published_p():
    # Hollander & Wolfe (1973), p. 29, nine patients; example(wilcox.test) of R prints p-value = 0.01953, one-sided.
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    out = wilcoxon_signed_rank(before, after)
    assert (out.statistic, out.n, out.method) == (5, 9, "wilcoxon_exact_wilcox")
    assert out.p_value / 2 == pytest.approx(0.01953, abs=5e-6)


@pytest.mark.parametrize("row", ROWS)
def test_signed_rank_tests_agree_with_r_and_coin(row):
    before, after = _waves(row)
    normal = wilcoxon_signed_rank(before, after, method="normal")
    assert normal.statistic == float(row["v"])
    assert normal.p_value == pytest.approx(float(row["p_normal"]), rel=1e-10)
    for zeros in ("wilcox", "pratt"):
        exact = wilcoxon_signed_rank(before, after, zeros=zeros)
        assert exact.p_value == pytest.approx(float(row[f"p_exact_{zeros}"]), rel=1e-9)
    if row["p_r"] != "NA":
        assert wilcoxon_signed_rank(before, after).p_value == pytest.approx(float(row["p_r"]), rel=1e-12)


@pytest.mark.parametrize("row", ROWS)
def test_hodges_lehmann_agrees_with_r(row):
    level = float(row["level"])
    for method in ("exact", "normal"):
        out = hodges_lehmann(*_waves(row), method=method, confidence_level=level)
        theirs = [float(row[name]) for name in (method, f"{method}_lower", f"{method}_upper")]
        # R finds the normal limits with uniroot; 0 comes out as 5e-14.
        assert (out.estimate, out.lower, out.upper) == pytest.approx(theirs, rel=1e-9, abs=1e-9)
        assert (out.unit, out.method, out.status) == ("points", f"hodges_lehmann_{method}", "ok")


def test_with_ties_r_and_scipy_give_no_exact_p_from_untied_ranks_but_all_signs_are_counted_here():
    change = np.array([1.0, 1.0, 2.0, 2.0, -1.0, 3.0, 2.0])
    ranks = stats.rankdata(np.abs(change))
    sums = np.array(
        [sum(r for r, up in zip(ranks, signs, strict=True) if up) for signs in itertools.product([0, 1], repeat=7)]
    )
    v = ranks[change > 0].sum()
    p = 2 * min((sums >= v).mean(), (sums <= v).mean())
    assert wilcoxon_signed_rank(np.zeros(7), change).p_value == pytest.approx(p, rel=1e-12)


def test_ties_made_by_rounding_are_ties():
    # 1.9 - 0.7 and 1.2 - 0 differ in the last bit; so do 0.3 - 0.1 and 0.2.
    out = wilcoxon_signed_rank([0.7, 0.0, 0.1, 0.0], [1.9, 1.2, 0.3, -0.2])
    assert out.statistic == 3.5 + 3.5 + 1.5


@pytest.mark.parametrize("n", [0, 1, 5])
def test_too_few_people_have_no_limits(n):
    out = hodges_lehmann(np.zeros(n), np.arange(1.0, n + 1))
    assert out.status == "too_few"
    assert np.isnan([out.lower, out.upper]).all()
    assert math.isnan(out.estimate) == (n == 0)
    assert not math.isnan(hodges_lehmann(np.zeros(6), np.arange(1.0, 7)).lower)


def test_nobody_changed():
    for method in ("exact", "normal"):
        out = wilcoxon_signed_rank([1, 2, 3], [1, 2, 3], method=method)
        assert math.isnan(out.p_value)
        assert out.n == 0
    kept, dropped = (hodges_lehmann([1.0] * 8, [1.0] * 8, method=m) for m in ("exact", "normal"))
    assert kept.estimate == 0
    assert math.isnan(dropped.estimate)
    assert np.isnan([kept.lower, kept.upper, dropped.lower, dropped.upper]).all()
    assert kept.status == dropped.status == "too_few"


def test_impossible_input_is_refused():
    for call in (wilcoxon_signed_rank, hodges_lehmann):
        with pytest.raises(ValueError, match="NaN"):
            call([1, math.nan], [1, 2])
        with pytest.raises(ValueError, match="method"):
            call([1, 2], [2, 3], method="auto")
    with pytest.raises(ValueError, match="zeros"):
        wilcoxon_signed_rank([1, 2], [2, 3], zeros="zsplit")
    with pytest.raises(ValueError, match="1000 pairs"):
        wilcoxon_signed_rank(np.zeros(1001), np.arange(1.0, 1002))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=6, max_size=25), st.randoms(use_true_random=False))
def test_order_does_not_matter_sign_turns_over_and_a_shift_shifts(changes, random):
    x = np.array(changes, dtype=float)
    zero, shuffled = np.zeros(x.size), random.sample(changes, len(changes))
    out, back = hodges_lehmann(zero, x), hodges_lehmann(x, zero)
    assert (out.estimate, out.lower, out.upper) == pytest.approx(
        (-back.estimate, -back.upper, -back.lower), nan_ok=True
    )
    assert math.isnan(out.lower) == (len(set(changes)) == 1)
    assert math.isnan(out.lower) or out.lower <= out.estimate <= out.upper
    assert hodges_lehmann(zero, x + 5).estimate == pytest.approx(out.estimate + 5)
    again = hodges_lehmann(zero, shuffled)
    assert (again.estimate, again.lower) == pytest.approx((out.estimate, out.lower), nan_ok=True)
    for zeros in ("wilcox", "pratt"):
        test, turned = (wilcoxon_signed_rank(*pair, zeros=zeros) for pair in ((zero, x), (x, zero)))
        assert test.p_value == pytest.approx(turned.p_value, nan_ok=True)
        assert wilcoxon_signed_rank(zero, shuffled, zeros=zeros).p_value == pytest.approx(test.p_value, nan_ok=True)
