"""What a design could have shown: published formulas in R, and the power that each answer really has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.power import minimum_detectable_difference
from prs_eval.impact.before_after import before_after
from prs_eval.impact.panel import read_panel
from prs_eval.impact.panels import difference_in_differences
from prs_eval.impact.power import (
    Detectable,
    detectable_before_after,
    detectable_counts,
    detectable_did,
    detectable_from_error,
    detectable_panel,
    detectable_series,
    detectable_synthetic,
    detectable_trend,
    panel_noise,
    years_needed,
)
from prs_eval.impact.simulate import World, simulate_before_after, simulate_panels
from prs_eval.impact.time_series import interrupted_series
from prs_eval.impact.trends import trend_in_shares

REFERENCE = Path(__file__).parent.parent / "reference"
R = pd.read_csv(REFERENCE / "impact_power.csv")
DATA = pd.read_csv(REFERENCE / "impact_power_data.csv")
TIMES = range(2009, 2019)
PLACES = {f"p{i:02d}": 3000.0 + 500 * i for i in range(10)}
START = {f"p{i:02d}": 2014 for i in range(0, 10, 2)}


def cases(what):
    return [(r.case.split(), r.value) for r in R[R["what"] == what].itertuples()]


def panel_of(name):
    rows = DATA[DATA["data"] == name].drop(columns="data")
    return read_panel(rows, unit="unit", time="time", outcome="y", start="start")


def drawn(noise_sd=0.03, autocorrelation=0.3, draws=1, seed=0, **kept):
    world = World(noise_sd=noise_sd, autocorrelation=autocorrelation)
    return simulate_panels(PLACES, start=START, times=TIMES, world=world, draws=draws, seed=seed, **kept)


# --- formulas --------------------------------------------------------------------------------------------------------


def test_the_multiple_of_an_error_is_bloom_s():
    # Bloom (1995), Evaluation Review 19:547-556, p. 549-552: one-sided .05 at 90, 80 and 70 % power 2.93, 2.49 and
    # 2.17, .10 at 80 % 2.12, printed to two decimals. One-sided a is two-sided 2 a.
    for power, level, printed in ((0.9, 0.05, 2.93), (0.8, 0.05, 2.49), (0.7, 0.05, 2.17), (0.8, 0.10, 2.12)):
        found = detectable_from_error(1, np.inf, power=power, significance_level=2 * level)
        assert found == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize(("case", "value"), cases("multiple"))
def test_the_multiple_with_few_degrees_agrees_with_r(case, value):
    df, power = map(float, case)
    assert detectable_from_error(2, df, power=power) == pytest.approx(2 * value, rel=1e-10)


@pytest.mark.parametrize(("case", "value"), cases("panel"))
def test_places_that_are_not_permuted_agree_with_burlig_preonas_and_woerman(case, value):
    units, treated, before, after = map(int, case[:4])
    found = detectable_panel(
        units=units, treated=treated, before=before, after=after, sd=float(case[4]), autocorrelation=float(case[5])
    )
    assert found.method == "bloom"
    assert found.estimate == pytest.approx(value, rel=1e-10)


def test_a_constant_correlation_is_frison_and_pocock_s_change():
    # Frison & Pocock (1992), Stat Med 11:1685-1704: variance of CHANGE 2 sd^2 (1 - r) with one measurement a side. At
    # lag 1 a first-order autocorrelation is that r.
    found = detectable_panel(units=80, treated=40, before=1, after=1, sd=15, autocorrelation=0.8)
    error = np.sqrt(2 * 15**2 * (1 - 0.8) * 2 / 40)
    assert found.estimate == pytest.approx(detectable_from_error(error, 78), rel=1e-12)


@pytest.mark.parametrize(("case", "value"), cases("permutation"))
def test_the_permutation_of_few_places_agrees_with_its_own_simulation_in_r(case, value):
    units, treated = map(int, case)
    # One period a side and no correlation: a change has variance 2.
    found = detectable_panel(units=units, treated=treated, before=1, after=1, sd=np.sqrt(0.5))
    assert found.method == "simulation_permutation"
    assert found.estimate == pytest.approx(value, rel=0.03)  # 4 000 draws: a power to 0.6 points, an effect to 1 %


@pytest.mark.parametrize("name", ["grunfeld", "made"])
@pytest.mark.parametrize("periods", ["before", "all"])
def test_the_noise_of_a_panel_agrees_with_gls_by_reml(name, periods):
    found = panel_noise(panel_of(name), periods=periods)
    wanted = {what: v for what in ("sd", "rho") for case, v in cases(f"noise_{what}") if case == [name, periods]}
    assert found.autocorrelation == pytest.approx(wanted["rho"], abs=1e-6)  # two optimisers
    assert found.sd == pytest.approx(wanted["sd"], rel=1e-6)


@pytest.mark.parametrize(("case", "value"), cases("series"))
def test_one_series_agrees_with_generalised_least_squares_in_r(case, value):
    n, start, rho, place, season = (float(x) for x in case)
    found = detectable_series(
        np.arange(n),
        start=int(start),
        sd=1,
        autocorrelation=rho,
        change="level" if place == 3 else "slope",
        season=12 if season else None,
    )
    assert found.estimate == pytest.approx(value, rel=1e-6)  # slopes of the variance by differences in both
    assert found.n == n


def test_a_gap_in_a_series_is_time():
    ((_case, value),) = cases("series_gap")
    found = detectable_series(np.arange(72), start=36, sd=1, autocorrelation=0.3, excluded=(50, 55))
    assert found.estimate == pytest.approx(value, rel=1e-6)
    assert found.n == 66


@pytest.mark.parametrize(("case", "value"), cases("mcleod"))
def test_a_level_series_agrees_with_mcleod_and_vingilis(case, value):
    # McLeod & Vingilis (2005), Technometrics 47:174-181, Table 1, the step, whose test is normal: hence a long series.
    # Theirs counts the first point as if it had one before it: worth under 1 % here, Student's quantile a little more.
    n, start, phi = int(case[0]), int(float(case[1])), float(case[2])
    found = detectable_series(
        np.arange(1, n + 1), start=start, sd=1, autocorrelation=phi, slope=False, trend=False, power=0.8
    )
    assert found.estimate == pytest.approx(value * detectable_from_error(1, np.inf), rel=0.03)


@pytest.mark.parametrize(("case", "value"), cases("counts"))
def test_counts_agree_with_glm_in_r(case, value):
    n, start, mean, dispersion, place = (float(x) for x in case)
    t = np.arange(n)
    expected = mean * np.exp(0.01 * t + 0.2 * np.cos(2 * np.pi * t / 12))
    order = np.random.default_rng(0).permutation(int(n))
    found = detectable_counts(
        t[order],
        expected[order],
        start=int(start),
        dispersion=dispersion,
        season=12,
        change="level" if place == 3 else "slope",
    )
    assert found.unit == "log_rate_ratio"
    assert found.estimate == pytest.approx(value, rel=1e-7)  # R iterates to the expected counts


@pytest.mark.parametrize(("case", "value"), cases("trend"))
def test_slopes_of_places_agree_with_r(case, value):
    places, periods, sd, rho, own = (float(x) for x in case)
    found = detectable_trend(int(places), np.arange(periods), sd=sd, autocorrelation=rho, slope_sd=own)
    assert found.estimate == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize(("case", "value"), cases("before_after"))
def test_before_and_after_agree_with_power_prop_test(case, value):
    n, p, effect = (float(x) for x in case)
    assert detectable_before_after(n, n, p, design_effect=effect).estimate == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(("case", "value"), cases("clusters"))
def test_people_in_clusters_agree_with_r(case, value):
    n, m, p, before, after, effect = (float(x) for x in case)
    found = detectable_before_after(n, m, p, clusters=(int(before), int(after)), design_effect=effect)
    assert found.method == "welch_clusters"
    assert found.estimate == pytest.approx(value, rel=1e-9)


def test_the_larger_group_may_be_either():
    got = detectable_before_after(57, 200, 0.3).estimate
    assert got == pytest.approx(float(minimum_detectable_difference(0.3, 200, 57)), rel=1e-12)


def test_a_pooled_synthetic_control_agrees_with_its_own_simulation_in_r():
    ((_case, value),) = cases("synthetic")
    found = detectable_synthetic(panel_of("made"), draws=200)
    assert found.method == "simulation_synthetic"
    assert found.estimate == pytest.approx(value, rel=0.12)  # 200 draws here and 600 there: 3 points of power, 5 %


# --- the answers have the power that they say -----------------------------------------------------------------------


def test_the_detectable_effect_of_a_panel_is_seen_eight_times_out_of_ten():
    calm = drawn(draws=400, seed=5)
    late = calm.times >= 2014
    change = calm.outcome[:, :, late].mean(axis=2) - calm.outcome[:, :, ~late].mean(axis=2)
    ours = np.isin(calm.units, list(START))
    spread = np.sqrt(np.mean([change[:, side].var(axis=1, ddof=1).mean() for side in (ours, ~ours)]))
    least = detectable_panel(units=10, treated=5, before=1, after=1, sd=spread / np.sqrt(2)).estimate
    hit = drawn(draws=400, seed=6, effect=least)
    seen = [difference_in_differences(hit.panel(d)).p_value <= 0.05 for d in range(400)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)  # four errors of 400 draws


def test_a_panel_s_own_noise_gives_its_detectable_effect_on_average():
    many = drawn(draws=300, seed=7)
    late = many.times >= 2014
    change = many.outcome[:, :, late].mean(axis=2) - many.outcome[:, :, ~late].mean(axis=2)
    ours = np.isin(many.units, list(START))
    spread = np.sqrt(np.mean([change[:, side].var(axis=1, ddof=1).mean() for side in (ours, ~ours)]))
    truth = detectable_panel(units=10, treated=5, before=1, after=1, sd=spread / np.sqrt(2)).estimate
    for noise, spread in (("before", 0.34), ("all", 0.15), ("changes", 0.25)):
        got = np.array([detectable_did(many.panel(d), noise=noise).estimate for d in range(300)]) / truth
        assert got.mean() == pytest.approx(1, abs=0.09), noise  # what is promised, four errors of 300 draws
        assert got.std() == pytest.approx(spread, abs=0.06), noise


def test_the_detectable_level_of_a_series_is_seen_eight_times_out_of_ten():
    least = detectable_series(np.arange(40), start=20, sd=1, autocorrelation=0.3).estimate
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((400, 40))
    for t in range(1, 40):
        noise[:, t] = 0.3 * noise[:, t - 1] + np.sqrt(1 - 0.09) * noise[:, t]
    values = noise + least * (np.arange(40) >= 20)
    seen = [interrupted_series(v, np.arange(40), start=20).level.p_value <= 0.05 for v in values]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)


def test_the_detectable_trend_of_places_is_seen_eight_times_out_of_ten():
    years, places = np.arange(10), 6
    least = detectable_trend(places, years, sd=np.sqrt(0.25 / 400)).estimate
    rng = np.random.default_rng(2)
    share = 0.5 + least * (years - years.mean())
    events = rng.binomial(400, share, (400, places, 10))
    time, place = np.tile(years, places), np.repeat(np.arange(places), 10)
    trials = np.full(time.size, 400.0)
    seen = [trend_in_shares(e.ravel(), trials, time, place).p_value <= 0.05 for e in events]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)


def test_the_detectable_rise_of_people_in_sessions_is_seen_eight_times_out_of_ten():
    rise = detectable_before_after(200, 200, 0.4, clusters=(20, 20), design_effect=1.45).estimate
    come = simulate_before_after(
        sessions_before=20, sessions_after=20, size=10, share_before=0.4, share_after=0.4 + rise, icc=0.05, draws=400
    )
    seen = [before_after(v, come.after, come.session).p_value <= 0.05 for v in come.values]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)


# --- what must hold -------------------------------------------------------------------------------------------------


def test_an_effect_common_to_the_treated_does_not_change_what_could_be_seen():
    plain, hit = drawn().panel(), drawn().panel()
    shifted = hit.outcome + 0.2 * (hit.post & hit.treated[:, None])
    object.__setattr__(hit, "outcome", shifted)
    for noise in ("before", "all", "changes"):
        one, two = (detectable_did(p, noise=noise).estimate for p in (plain, hit))
        assert two == pytest.approx(one, rel=1e-6), noise


def test_what_comes_after_the_start_is_not_looked_at():
    plain, other = drawn().panel(), drawn().panel()
    changed = np.where(other.times >= 2014, np.random.default_rng(0).random(other.outcome.shape), other.outcome)
    object.__setattr__(other, "outcome", changed)
    assert detectable_did(other) == detectable_did(plain)
    assert detectable_synthetic(other, draws=10) == detectable_synthetic(plain, draws=10)


def test_units_periods_and_scale_do_what_they_must():
    panel = drawn().panel()
    rng = np.random.default_rng(0)
    shifted = 10 * panel.outcome + rng.normal(size=(10, 1)) + rng.normal(size=10)
    again = drawn().panel()
    object.__setattr__(again, "outcome", shifted)
    before = again.outcome.copy()
    for noise in ("before", "all"):
        assert detectable_did(again, noise=noise).estimate == pytest.approx(
            10 * detectable_did(panel, noise=noise).estimate, rel=1e-5
        )
    assert np.array_equal(again.outcome, before)
    assert detectable_did(panel) == detectable_did(panel)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.floats(0.01, 10),
    st.floats(-0.5, 0.9),
    st.sampled_from([(10, 5), (50, 9)]),
)
def test_more_noise_and_more_power_need_a_larger_effect(before, after, sd, rho, size):
    kept = {"units": size[0], "treated": size[1], "before": before, "after": after, "autocorrelation": rho}
    kept["draws"] = 500
    found = detectable_panel(sd=sd, **kept).estimate
    assert detectable_panel(sd=2 * sd, **kept).estimate == pytest.approx(2 * found, rel=1e-9)
    assert detectable_panel(sd=sd, power=0.9, **kept).estimate > found
    assert detectable_panel(sd=sd, significance_level=0.02, **kept).estimate > found


def test_periods_that_count_are_those_asked_for():
    panel = drawn().panel()
    assert detectable_did(panel, after=[2014]).estimate > detectable_did(panel).estimate
    short = detectable_did(panel, before=[2013], after=[2014]).estimate
    noise = panel_noise(panel)
    found = detectable_panel(units=10, treated=5, before=1, after=1, sd=noise.sd, autocorrelation=noise.autocorrelation)
    assert short == pytest.approx(found.estimate, rel=1e-9)


def test_where_no_effect_could_be_seen_it_is_too_few():
    few = panel_of("made").keep(units=["u1", "u2", "u3"])
    lone = detectable_did(few, noise="changes")  # one treated: nothing to tell its noise by
    assert (lone.method, lone.status) == ("bloom_changes", "too_few")
    assert detectable_panel(units=4, treated=2, before=3, after=3, sd=1).status == "ok"
    assert np.isnan(detectable_panel(units=2, treated=1, before=3, after=3, sd=1).estimate)
    assert detectable_panel(units=10, treated=5, before=3, after=3, sd=np.nan).status == "too_few"
    assert detectable_panel(units=10, treated=5, before=2, after=2, sd=1, significance_level=0.005).status == "too_few"
    assert detectable_synthetic(few).status == "too_few"
    short = drawn().panel().keep(times=[2012, 2013, 2014, 2015])
    assert np.isnan(panel_noise(short).sd)
    assert detectable_did(short, noise="before").status == "too_few"
    assert detectable_did(short).method == "simulation_permutation_all"
    assert detectable_did(short.keep(times=[2013, 2014])).method == "simulation_permutation_changes"
    still = panel_of("made")
    object.__setattr__(still, "outcome", np.ones_like(still.outcome))
    assert detectable_did(still).status == "too_few"
    assert detectable_series(np.arange(5), start=2, sd=1).status == "ok"
    assert detectable_series(np.arange(4), start=2, sd=1).status == "too_few"
    assert detectable_counts(np.arange(4), np.ones(4), start=2).status == "too_few"
    assert detectable_trend(1, np.arange(8), sd=1).status == "too_few"
    assert detectable_before_after(20, 20, 0.88).status == "too_few"
    assert detectable_before_after(20, 20, 0.5, clusters=(1, 4)).status == "too_few"
    assert detectable_before_after(0, 20, 0.5).status == "too_few"
    assert np.isnan(detectable_from_error(0, 5))
    assert np.isnan(detectable_from_error(1, np.nan))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: detectable_from_error(1, 5, power=1), "`power`"),
        (lambda: detectable_panel(units=4, treated=4, before=1, after=1, sd=1), "treated"),
        (lambda: detectable_panel(units=9, treated=4, before=0, after=1, sd=1), "`before`"),
        (lambda: detectable_panel(units=9, treated=4, before=1, after=1, sd=1, autocorrelation=1), "between -1"),
        (lambda: detectable_did(drawn().panel(), noise="after"), "`noise`"),
        (lambda: panel_noise(drawn().panel(), periods="after"), "`periods`"),
        (lambda: panel_noise(drawn().panel().with_start({})), "nobody is treated"),
        (lambda: detectable_series(np.arange(20), start=10, sd=0), "`sd`"),
        (lambda: detectable_series(np.arange(20), start=10, sd=1, change="slope", slope=False), "`change`"),
        (lambda: detectable_series(np.arange(20), start=10, sd=1, trend=False), "`change`"),
        (lambda: detectable_series([1, 1, 2], start=2, sd=1), "repeat"),
        (lambda: detectable_counts(np.arange(20), np.zeros(20), start=10), "positive"),
        (lambda: detectable_counts(np.arange(20), np.ones(20), start=10, change="step"), "`change`"),
        (lambda: detectable_trend(5, np.arange(5), sd=-1), "0 or more"),
        (lambda: detectable_before_after(10, 10, 1.1), "0-1"),
        (lambda: detectable_before_after(10, 10, 0.5, design_effect=0.9), "1 or more"),
        (lambda: years_needed(lambda y: 1.0, 0.0), "positive"),
        (lambda: years_needed(lambda y: 1.0, 1.0, maximum=0), "`maximum`"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_an_outcome_that_is_missing_is_refused_by_the_synthetic_control():
    panel = drawn().panel()
    panel.outcome[0, 0] = np.nan
    with pytest.raises(ValueError, match="every period"):
        detectable_synthetic(panel)


def test_years_are_pooled_until_the_effect_that_matters_is_seen():
    def of_years(years):
        return detectable_panel(
            units=10, treated=5, before=5, after=int(years), sd=0.012, autocorrelation=0.2, draws=1000
        )

    needed = years_needed(of_years, 0.02)
    assert of_years(needed).estimate <= 0.02 < of_years(needed - 1).estimate
    assert years_needed(of_years, 0.001) == np.inf  # five years before bound what any number after can do
    assert years_needed(lambda y: 10 / np.sqrt(y), 4) == 7
    assert years_needed(lambda y: np.nan if y < 3 else 1.0, 2) == 3
    assert np.isnan(years_needed(lambda y: np.nan, 2))
    assert np.isnan(years_needed(lambda y: 1.0, np.nan))
    blank = Detectable(np.nan, "outcome", 0.8, 0.05, "none", 0, "too_few")
    assert np.isnan(years_needed(lambda y: blank, 1))
