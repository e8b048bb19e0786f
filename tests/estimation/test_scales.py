"""Scores refuse what is missing; changes agree with Student's own table and with R."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from prs_eval.estimation.scales import noncentral_t_cdf, noncentrality_interval, paired_change, total_score

REFERENCE = Path(__file__).parent.parent / "reference" / "paired_change.csv"
GSE = {"items": 10, "low": 1, "high": 4}
WHO5 = {"items": 5, "low": 0, "high": 5, "multiplier": 4}


def _cases():
    with REFERENCE.open(encoding="utf-8") as file:
        return [pytest.param(row, id=f"{row['case']}-{row['level']}") for row in csv.DictReader(file)]


def test_gse_and_who5_reach_their_published_ends():
    # Schwarzer & Jerusalem (1995): 10 to 40. WHO (1998): 0 to 100.
    assert total_score([[1] * 10, [4] * 10], **GSE).tolist() == [10, 40]
    assert total_score([[0] * 5, [5] * 5, [2, 3, 2, 3, 2]], **WHO5).tolist() == [0, 100, 48]


def test_one_item_without_answer_gives_no_score_and_leaves_the_others_theirs():
    scores = total_score([[3] * 10, [3] * 9 + [math.nan]], **GSE)
    assert scores[0] == 30
    assert math.isnan(scores[1])


@pytest.mark.parametrize("answer", [0, 5, 2.5, -1])
def test_an_answer_outside_the_scale_is_refused(answer):
    with pytest.raises(ValueError, match="whole numbers from 1 to 4"):
        total_score([[answer] + [2] * 9], **GSE)


def test_a_missing_column_of_items_is_refused_rather_than_summed():
    with pytest.raises(ValueError, match="shape"):
        total_score([[2] * 9], **GSE)


def test_sleep_gives_the_published_change():
    # Student (1908), Biometrika 6:1-25, table I, as printed by R's t.test(paired = TRUE) on `sleep`.
    before = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    after = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    out = paired_change(before, after)
    assert (out.mean_before, out.mean_after, out.mean_change) == pytest.approx((0.75, 2.33, 1.58), abs=5e-4)
    assert out.t == pytest.approx(4.0621, abs=5e-5)
    assert out.p_value == pytest.approx(0.002833, abs=5e-7)
    assert (out.lower, out.upper) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert out.n == 10


@pytest.mark.parametrize("row", _cases())
def test_change_and_d_z_agree_with_r(row):
    # R 4.2.2: t.test; pt with uniroot to 1e-9 (the tolerance of its root); effectsize 0.8.3 stops at 1e-7.
    before, after = ([float(x) for x in row[k].split()] for k in ("before", "after"))
    out = paired_change(before, after, confidence_level=float(row["level"]))
    for name in ("mean_change", "lower", "upper", "t", "p_value", "d_z"):
        assert getattr(out, name) == pytest.approx(float(row[name]), rel=1e-9), name
    for name, ours in (("lower", out.d_z_lower), ("upper", out.d_z_upper)):
        if row[f"d_z_{name}"] != "NA":
            assert ours == pytest.approx(float(row[f"d_z_{name}"]), abs=1e-9)
        if row[f"effectsize_{name}"] != "NA":
            assert ours == pytest.approx(float(row[f"effectsize_{name}"]), abs=2e-7)


@pytest.mark.parametrize(
    ("t", "df", "noncentrality"), [(190.2, 9, 97.0), (190.2, 9, 272.8), (60.0, 1, -23.2), (-40, 30, -80)]
)
def test_the_far_tail_is_a_number_and_agrees_with_the_other_way_of_integrating(t, df, noncentrality):
    # Mean over Z of P(S >= (Z + ncp) / t) instead of the mean over S of Phi(tS - ncp); R's pt is only
    # approximate beyond 37.62 and scipy's is NaN at the third case, so neither can be the reference here.
    sign = math.copysign(1, t)

    def given_z(z):
        bound = max((z + sign * noncentrality) / abs(t), 0.0)
        return stats.norm.pdf(z) * stats.chi2.sf(df * bound**2, df)

    turn = -sign * noncentrality
    points = [turn] if -10 < turn < 10 else None
    at_most = integrate.quad(given_z, -10, 10, points=points, limit=400, epsabs=1e-13)[0]
    assert noncentral_t_cdf(t, df, noncentrality) == pytest.approx(at_most if sign > 0 else 1 - at_most, abs=1e-10)


def test_noncentrality_zero_is_students_t():
    for t, df in ((0.0, 3), (2.3, 1), (-1.1, 64)):
        assert noncentral_t_cdf(t, df, 0.0) == pytest.approx(stats.t.cdf(t, df), abs=1e-10)


@pytest.mark.parametrize(("before", "after"), [([], []), ([20], [25]), ([20, 21, 30], [22, 23, 32])])
def test_nothing_is_claimed_of_one_person_or_of_identical_changes(before, after):
    out = paired_change(before, after)
    assert np.isnan([out.lower, out.upper, out.t, out.p_value, out.d_z, out.d_z_lower, out.d_z_upper]).all()
    assert out.n == len(before)


def test_a_missing_score_is_refused_rather_than_dropped_in_silence():
    with pytest.raises(ValueError, match="NaN"):
        paired_change([20, math.nan], [25, 26])
    with pytest.raises(ValueError, match="alike"):
        paired_change([20, 21], [25])


def test_bad_confidence_level_or_t_is_refused():
    with pytest.raises(ValueError, match="confidence_level"):
        paired_change([1, 2], [2, 4], confidence_level=95)
    with pytest.raises(ValueError, match="finite"):
        noncentrality_interval(math.inf, 5)


scores = st.lists(st.tuples(st.integers(10, 40), st.integers(10, 40)), min_size=2, max_size=40)


@settings(max_examples=60, deadline=None)
@given(scores)
def test_limits_hold_the_estimate_and_agree_on_zero_with_each_other_and_turn_over_with_the_sign(pairs):
    before, after = zip(*pairs, strict=True)
    out, back = paired_change(before, after), paired_change(after, before)
    if math.isnan(out.d_z):
        assert len({y - x for x, y in pairs}) == 1
        return
    assert out.lower <= out.mean_change <= out.upper
    assert out.d_z_lower <= out.d_z <= out.d_z_upper
    # Both intervals invert one test, so they exclude zero together (but for rounding at the very edge).
    if abs(out.p_value - 0.05) > 1e-6:
        assert (out.lower > 0) == (out.d_z_lower > 0)
        assert (out.upper < 0) == (out.d_z_upper < 0)
    assert (back.d_z, back.d_z_lower, back.d_z_upper) == pytest.approx(
        (-out.d_z, -out.d_z_upper, -out.d_z_lower), abs=1e-7
    )
