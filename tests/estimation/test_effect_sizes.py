"""d_z, g_z and d_av are three numbers, each equal to R's; the far tail is a number."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from prs_eval.estimation.effect_sizes import _noncentral_t_cdf, noncentrality_interval, paired_effect_size

REFERENCE = Path(__file__).parent.parent / "reference"
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)  # Student (1908), Biometrika 6:1-25, table I


def _rows(name):
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _rows("effect_sizes.csv"), ids=lambda r: f"{r['case']}-{r['method']}-{r['level']}")
def test_effect_sizes_agree_with_r(row):
    before, after = ([float(x) for x in row[k].split()] for k in ("before", "after"))
    out = paired_effect_size(before, after, method=row["method"], confidence_level=float(row["level"]))
    assert (out.unit, out.method, out.status) == (row["method"], "noncentral_t", "ok")
    for name in ("estimate", "lower", "upper"):
        assert getattr(out, name) == pytest.approx(float(row[name]), rel=1e-7, abs=1e-9), name
        if row[f"peer_{name}"] != "NA":  # effectsize 0.8.3 stops its search near 1e-7
            assert getattr(out, name) == pytest.approx(float(row[f"peer_{name}"]), abs=3e-7), name


@pytest.mark.parametrize("row", _rows("paired_change.csv"), ids=lambda r: f"{r['case']}-{r['level']}")
def test_d_z_of_small_and_extreme_cases_agrees_with_r(row):
    before, after = ([float(x) for x in row[k].split()] for k in ("before", "after"))
    out = paired_effect_size(before, after, method="d_z", confidence_level=float(row["level"]))
    assert out.estimate == pytest.approx(float(row["d_z"]), rel=1e-9)
    for name in ("lower", "upper"):
        if row[f"d_z_{name}"] != "NA":
            assert getattr(out, name) == pytest.approx(float(row[f"d_z_{name}"]), abs=1e-9)


def test_what_pingouin_calls_the_paired_d_is_d_av_and_not_d_z():
    # pingouin.compute_effsize(paired=True, eftype="cohen") divides by the root mean square of the two sd; the
    # noncentral limits, the power of the paired t and effectsize::cohens_d all belong to d_z.
    before, after = np.array(SLEEP[0]), np.array(SLEEP[1])
    pingouin = (after - before).mean() / math.sqrt((before.var(ddof=1) + after.var(ddof=1)) / 2)
    d_z, d_av = (paired_effect_size(before, after, method=m).estimate for m in ("d_z", "d_av"))
    assert d_av == pytest.approx(pingouin, rel=1e-12)
    assert d_z == pytest.approx(1.2845576, abs=5e-8)  # effectsize 0.8.3 on R's `sleep`
    assert d_z == pytest.approx(stats.ttest_rel(after, before).statistic / math.sqrt(10), rel=1e-12)
    assert d_av == pytest.approx(0.8321811, abs=5e-8)
    r = np.corrcoef(before, after)[0, 1]
    ratio = (after - before).std(ddof=1) / math.sqrt((before.var(ddof=1) + after.var(ddof=1)) / 2)
    assert d_av / d_z == pytest.approx(ratio)
    assert ratio == pytest.approx(math.sqrt(2 * (1 - r)), rel=0.02)  # nearly: both waves vary nearly alike


def test_g_z_is_under_d_z_and_meets_it_in_a_large_group():
    assert paired_effect_size(*SLEEP, method="g_z").estimate < paired_effect_size(*SLEEP, method="d_z").estimate
    many = (SLEEP[0] * 100, SLEEP[1] * 100)
    g, d = (paired_effect_size(*many, method=m).estimate for m in ("g_z", "d_z"))
    assert g == pytest.approx(d, rel=1e-3)


@pytest.mark.parametrize(
    ("before", "after"), [([], []), ([20], [25]), ([20, 21, 30], [22, 23, 32]), ([0.1, 0.2], [0.4, 0.5])]
)
@pytest.mark.parametrize("method", ["d_z", "g_z", "d_av"])
def test_nothing_is_claimed_of_one_person_or_of_identical_changes(before, after, method):
    out = paired_effect_size(before, after, method=method)
    assert np.isnan([out.estimate, out.lower, out.upper]).all()
    assert (out.n, out.status) == (len(before), "too_few")


def test_two_people_have_no_unbiased_effect_size():
    out = paired_effect_size([20, 25], [24, 33], method="g_z")
    assert out.status == "too_few"
    assert math.isnan(out.estimate)


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="d_z, g_z or d_av"):
        paired_effect_size([1, 2], [2, 4], method="cohen")
    with pytest.raises(ValueError, match="NaN"):
        paired_effect_size([1, math.nan], [2, 4])
    with pytest.raises(ValueError, match="confidence_level"):
        paired_effect_size([1, 2], [2, 4], confidence_level=1)
    for t, df in ((math.inf, 5), (1.0, 0)):
        with pytest.raises(ValueError, match="finite"):
            noncentrality_interval(t, df)


def test_noncentrality_limits_agree_with_r_all_at_once():
    rows = _rows("effect_sizes_noncentrality.csv")  # pt and uniroot of R 4.2.2; t = 4.0621 is Student's sleep
    for level in (0.95, 0.99):
        some = [r for r in rows if float(r["level"]) == level]
        t, df, lower, upper = (np.array([float(r[k]) for r in some]) for k in ("t", "df", "lower", "upper"))
        ours = noncentrality_interval(t, df, confidence_level=level)
        # R's pt is accurate to some 1e-12, which its root divides by the density there: 1e-8.
        np.testing.assert_allclose(ours, (lower, upper), rtol=1e-7, atol=1e-8)


def test_noncentrality_limits_keep_shape_and_let_nan_through():
    lower, upper = noncentrality_interval([[1.0, math.nan], [2.0, -2.0]], 9)
    assert lower.shape == upper.shape == (2, 2)
    assert np.isnan([lower[0, 1], upper[0, 1]]).all()
    assert (lower[1, 0], upper[1, 0]) == pytest.approx((-upper[1, 1], -lower[1, 1]))


@pytest.mark.parametrize(
    ("t", "df", "noncentrality"), [(190.2, 9, 97.0), (190.2, 9, 272.8), (60.0, 1, -23.2), (-40, 30, -80), (-60, 9, 12)]
)
def test_the_far_tail_is_a_number_and_agrees_with_the_other_way_of_integrating(t, df, noncentrality):
    # Mean over Z of P(S >= (Z + ncp) / t) instead of the mean over S of Phi(tS - ncp); R's pt is only
    # approximate beyond 37.62 and scipy's is NaN in places, so neither can be the reference here.
    sign = math.copysign(1, t)

    def given_z(z):
        bound = max((z + sign * noncentrality) / abs(t), 0.0)
        return stats.norm.pdf(z) * stats.chi2.sf(df * bound**2, df)

    turn = -sign * noncentrality
    points = [turn] if -10 < turn < 10 else None
    at_most = integrate.quad(given_z, -10, 10, points=points, limit=400, epsabs=1e-13)[0]
    assert _noncentral_t_cdf(t, df, noncentrality) == pytest.approx(at_most if sign > 0 else 1 - at_most, abs=1e-10)


def test_scipy_has_no_number_in_the_far_tail_where_ours_has():
    # METHODS: scipy's noncentral t is NaN there (1.17.1); were it mended one day, the second line still holds.
    assert math.isnan(stats.nct.cdf(-60, 9, 12)) or stats.nct.cdf(-60, 9, 12) < 1e-20
    assert 0 <= _noncentral_t_cdf(-60, 9, 12) < 1e-20


def test_noncentrality_zero_is_students_t():
    for t, df in ((0.0, 3), (2.3, 1), (-1.1, 64)):
        assert _noncentral_t_cdf(t, df, 0.0) == pytest.approx(stats.t.cdf(t, df), abs=1e-10)
