"""The truth machine gives back what was put in."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from scipy.special import erfc, expit, logit

from prs_eval.impact.panel import read_panel
from prs_eval.impact.simulate import (
    Plant,
    World,
    simulate_before_after,
    simulate_paired,
    simulate_panels,
    simulate_series,
)
from tests.conftest import ROOT

TIMES = list(range(2011, 2026))
PLACES = {f"p{i:02d}": 4000.0 + 900 * i for i in range(12)}
START = {f"p{i:02d}": 2020 for i in range(0, 10, 2)}
EARLIER = np.array(TIMES) < 2020
CALM = World(between_sd=0, noise_sd=0, trend=0)


def contrast(drawn, treated=START):
    """Change of the treated minus change of the others, by draw."""
    change = drawn.outcome[:, :, ~EARLIER].mean(axis=2) - drawn.outcome[:, :, EARLIER].mean(axis=2)
    ours = np.isin(drawn.units, list(treated))
    return change[:, ours].mean(axis=1) - change[:, ~ours].mean(axis=1)


def near(values, wanted, by=4):
    """Within four standard errors of the mean of the draws (one seed: cannot come and go)."""
    values = np.asarray(values)
    assert abs(values.mean() - wanted) < by * values.std(ddof=1) / np.sqrt(values.size)


@pytest.mark.parametrize("effect", [0.0, 0.03, -0.05])
def test_the_truth_is_what_the_treated_gain_over_the_others(effect):
    drawn = simulate_panels(PLACES, start=START, times=TIMES, effect=effect, draws=1000, seed=1)
    assert drawn.truth == pytest.approx(effect, abs=1e-15)
    near(contrast(drawn), effect)


def test_a_ratio_of_rates_and_of_odds_is_the_difference_it_makes():
    rates = World(family="poisson", base=0.02)
    for world, scale in ((rates, "log_rate_ratio"), (World(), "log_odds_ratio")):
        kind = {"times": TIMES, "draws": 1500, "seed": 2, "world": world}
        drawn = simulate_panels(PLACES, start=START, effect=0.3, effect_scale=scale, **kind)
        without = simulate_panels(PLACES, start=START, **kind)
        near(contrast(drawn) - contrast(without) - drawn.truths, 0)
    calm = World(family="poisson", base=0.02, between_sd=0, noise_sd=0, trend=0)
    drawn = simulate_panels(
        PLACES, start=START, times=TIMES, world=calm, effect=np.log(1.5), effect_scale="log_rate_ratio"
    )
    assert drawn.truth == pytest.approx(0.01, rel=1e-12)
    calm = World(base=0.2, between_sd=0, noise_sd=0, trend=0)
    drawn = simulate_panels(PLACES, start=START, times=TIMES, world=calm, effect=0.5, effect_scale="log_odds_ratio")
    assert drawn.truth == pytest.approx(expit(logit(0.2) + 0.5) - 0.2, rel=1e-12)


def test_an_effect_that_leaves_no_room_is_the_room_there_was():
    drawn = simulate_panels(
        PLACES, start=START, times=TIMES, world=World(base=0.9, between_sd=0.0), effect=0.5, draws=50
    )
    assert drawn.truth < 0.1
    assert (drawn.numerator <= drawn.denominator).all()


def test_a_gradual_effect_is_half_in_its_first_period():
    drawn = simulate_panels(
        dict.fromkeys(PLACES, 100000000.0), start=START, times=TIMES, world=CALM, effect=0.1, onset="gradual", draws=2
    )
    ours = drawn.outcome[0, 0]
    assert ours[8:12] == pytest.approx([0.45, 0.50, 0.55, 0.55], abs=3e-4)  # six binomial errors of 5e-5
    assert drawn.truth == pytest.approx(0.1 * (5 + 0.5) / 6)
    late = simulate_panels(PLACES, start={"p00": 2005}, times=TIMES, effect=0.1, onset="gradual")
    assert late.truth == pytest.approx(0.1)  # its first period was before the first one seen


def test_places_noise_and_trends_have_the_spread_asked_for():
    world = World(
        between_sd=0.2, noise_sd=0.1, autocorrelation=0.6, trend_sd=0.02, trend=0.05, family="poisson", base=0.5
    )
    many = {f"q{i:04d}": 1e12 for i in range(4000)}
    log = np.log(simulate_panels(many, start={}, times=TIMES, world=world, seed=3).outcome[0])
    t = np.arange(15)
    variance = 0.2**2 + 0.1**2 + 0.02**2 * t**2
    assert log.var(axis=0) == pytest.approx(variance, rel=0.1)  # error of a variance of 4 000: 2.2 %
    assert log.mean(axis=0) == pytest.approx(np.log(0.5) + 0.05 * t, abs=0.025)  # error at most 0.0057
    gaps = log[:, 1:].T @ log[:, :-1] / 4000 - np.outer(log.mean(axis=0)[1:], log.mean(axis=0)[:-1])
    covariance = 0.2**2 + 0.02**2 * t[1:] * t[:-1] + 0.1**2 * 0.6
    assert np.diag(gaps) == pytest.approx(covariance, rel=0.1)


def test_noise_is_stationary_and_correlated_over_gaps_by_their_length():
    world = World(between_sd=0, trend=0, noise_sd=0.1, autocorrelation=0.6, family="poisson", base=0.5)
    many = {f"q{i:04d}": 1e12 for i in range(5000)}
    log = np.log(simulate_panels(many, start={}, times=[2010, 2011, 2014], world=world, seed=4).outcome[0])
    assert log.std(axis=0) == pytest.approx([0.1] * 3, rel=0.04)
    found = np.corrcoef(log.T)
    assert found[0, 1] == pytest.approx(0.6, abs=0.04)
    assert found[1, 2] == pytest.approx(0.6**3, abs=0.056)  # four errors of 1/sqrt(5000)


def test_shocks_hit_everybody_and_planted_ones_the_treated():
    large = dict.fromkeys(PLACES, 10000000000.0)
    world = World(between_sd=0, noise_sd=0, trend=0, shocks={2020: -0.35, 2021: -0.15})
    kept = {"start": START, "times": TIMES, "world": world}
    plain = logit(simulate_panels(large, **kept).outcome[0])
    assert plain[:, 9] - plain[:, 8] == pytest.approx(np.full(12, -0.35), abs=1e-3)
    assert plain[:, 10] - plain[:, 8] == pytest.approx(np.full(12, -0.15), abs=1e-3)
    ours = np.isin(sorted(PLACES), list(START)).astype(float)
    hit = logit(simulate_panels(large, plant=Plant(treated_shock={2015: 0.4}), **kept).outcome[0]) - plain
    assert hit[:, 4] == pytest.approx(0.4 * ours, abs=1e-3)
    assert np.abs(np.delete(hit, 4, axis=1)).max() < 1e-3


def test_planted_failures_do_what_they_say_and_the_truth_leaves_them_out():
    large = dict.fromkeys(PLACES, 10000000000.0)
    kept = {"start": START, "times": TIMES, "world": CALM, "effect": 0.05}
    plain = simulate_panels(large, **kept)
    ours = np.isin(plain.units, list(START))
    bent = simulate_panels(large, plant=Plant(diverging=0.02), **kept)
    before = logit(bent.outcome[0])[:, EARLIER] - logit(plain.outcome[0])[:, EARLIER]
    assert before == pytest.approx(0.02 * ours[:, None] * np.arange(9), abs=1e-3)
    assert bent.truth == pytest.approx(0.05)
    for place, since in (("p02", 9), ("p03", 9)):
        odd = simulate_panels(large, plant=Plant(odd=(place, 0.5)), **kept)
        step = odd.outcome[0] - plain.outcome[0]
        row = plain.units.index(place)
        assert np.abs(np.delete(step, row, axis=0)).max() < 1e-3
        assert step[row, since:] == pytest.approx(np.full(6, expit(logit(0.45) + 0.5) - 0.45), abs=1e-3)
        assert np.abs(step[row, :since]).max() < 1e-3
        assert odd.truth == pytest.approx(0.05)
    late = simulate_panels(large, plant=Plant(true_start=2022), **kept)
    assert list(late.start) == list(plain.start)
    assert late.truth == pytest.approx(0.05)
    gain = late.outcome[0][ours].mean(axis=0) - late.outcome[0][~ours].mean(axis=0)
    assert gain == pytest.approx(0.05 * (np.array(TIMES) >= 2022), abs=1e-3)


def test_a_drawn_panel_is_what_the_reader_makes_of_its_table():
    drawn = simulate_panels(PLACES, start=START, times=TIMES, draws=3, seed=5)
    panel = drawn.panel(2)
    again = read_panel(
        panel.long().drop(columns="outcome"),
        unit="unit",
        time="time",
        numerator="numerator",
        denominator="denominator",
        start=START,
    )
    assert again.units == panel.units
    for name in ("times", "outcome", "start", "weight", "numerator", "denominator"):
        assert np.array_equal(getattr(again, name), getattr(panel, name)), name


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_the_places():
    kept = {"start": START, "times": TIMES, "draws": 4}
    first = simulate_panels(PLACES, seed=6, **kept)
    again = simulate_panels(dict(reversed(PLACES.items())), seed=6, **kept)
    assert first.units == again.units
    assert first.numerator.tobytes() == again.numerator.tobytes()
    assert first.numerator.tobytes() != simulate_panels(PLACES, seed=7, **kept).numerator.tobytes()


def test_the_demonstration_s_places_can_be_drawn():
    with (ROOT / "data" / "demo" / "population.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file, delimiter=";") if r["sex"] == r["age_band"] == "all"]
    latest = max(r["year"] for r in rows)
    people = {r["territory"]: float(r["population"].replace(",", ".")) for r in rows if r["year"] == latest}
    treated = dict.fromkeys(sorted(people)[:4], 2020)
    drawn = simulate_panels(people, start=treated, times=TIMES, effect=0.04, draws=500, seed=8)
    assert (drawn.denominator[:, 0] == np.rint([people[n] for n in sorted(people)])).all()
    near(contrast(drawn, treated), 0.04)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"populations": {}}, "at least one place"),
        ({"populations": {"p00": 0.2}, "start": {}}, "must be positive"),
        ({"times": [2012, 2011]}, "increasing order"),
        ({"times": [2011.5, 2012]}, "whole numbers"),
        ({"start": {"x": 2012}}, "without a population: x"),
        ({"start": {"p00": float("nan")}}, "start is missing"),
        ({"effect_scale": "log_rate_ratio"}, "not one of the binomial family"),
        ({"onset": "late"}, "`onset`"),
        ({"draws": 0}, "`draws`"),
        ({"plant": Plant(odd=("x", 1.0))}, "odd place"),
        ({"plant": Plant(treated_shock={1999: 1.0})}, "not in `times`: 1999"),
        ({"world": World(shocks={1999: 1.0})}, "not in `times`: 1999"),
    ],
)
def test_what_is_not_of_the_panel_is_refused(change, words):
    asked = {"populations": PLACES, "start": START, "times": TIMES} | change
    with pytest.raises(ValueError, match=words):
        simulate_panels(asked.pop("populations"), **asked)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base": 1.0}, "`base`"),
        ({"base": 0.0, "family": "poisson"}, "`base`"),
        ({"noise_sd": -1}, "0 or more"),
        ({"autocorrelation": 1.0}, "between -1 and 1"),
        ({"family": "normal"}, "`family`"),
    ],
)
def test_a_world_that_cannot_be_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        World(**change)


def test_a_series_has_the_level_slope_season_and_noise_asked_for():
    people = np.linspace(1e9, 2e9, 36)
    asked = {"points": 36, "start": 20, "rate": 0.1, "exposure": people, "trend": 0.01, "level": 0.3, "slope": -0.02}
    log = np.log(simulate_series(**asked, season=(0.2, 0.1))[0] / people)
    t = np.arange(36)
    wanted = np.log(0.1) + 0.01 * t + (t >= 20) * (0.3 - 0.02 * (t - 20))
    wanted += 0.2 * np.cos(2 * np.pi * t / 12) + 0.1 * np.cos(2 * np.pi * t / 6)
    assert log == pytest.approx(wanted, abs=1e-3)  # Poisson error 1e-4
    noisy = simulate_series(**asked, noise_sd=0.2, autocorrelation=0.5, draws=4000, seed=1)
    left = np.log(noisy / people) - wanted + 0.2 * np.cos(2 * np.pi * t / 12) + 0.1 * np.cos(2 * np.pi * t / 6)
    assert left.std(axis=0) == pytest.approx(np.full(36, 0.2), rel=0.06)
    assert np.mean(left[:, 1:] * left[:, :-1]) == pytest.approx(0.02, rel=0.05)
    counts = simulate_series(points=10, start=0, rate=0.01, exposure=800, draws=4000)
    assert counts.mean() == pytest.approx(8, rel=0.01)
    assert counts.var() == pytest.approx(8, rel=0.03)  # Poisson
    assert (simulate_series(**asked, seed=3) == simulate_series(**asked, seed=3)).all()
    for change, words in (
        ({"start": 36}, "`start`"),
        ({"rate": 0}, "positive"),
        ({"autocorrelation": 1}, "between -1"),
    ):
        with pytest.raises(ValueError, match=words):
            simulate_series(**(asked | change))


def test_people_in_sessions_have_the_shares_and_the_design_effect_asked_for():
    values, after, session = simulate_before_after(
        sessions_before=6, sessions_after=9, size=12, share_before=0.5, share_after=0.7, icc=0.08, draws=4000, seed=2
    )
    assert values.shape == (4000, 180)
    assert np.bincount(session).tolist() == [12] * 15
    assert after.sum() == 108
    for later, p, sessions in ((False, 0.5, 6), (True, 0.7, 9)):
        means = values[:, after == later].mean(axis=1)
        near(means, p)
        effect = 1 + 11 * 0.08
        assert means.var() == pytest.approx(p * (1 - p) * effect / (12 * sessions), rel=0.1)  # error 2.2 %
    sure = simulate_before_after(sessions_before=2, sessions_after=2, size=3, share_before=0, share_after=1, icc=0.5)
    assert (sure.values[0] == sure.after).all()
    plain = simulate_before_after(
        sessions_before=1, sessions_after=1, size=50, share_before=0.3, share_after=0.3, icc=0, draws=3000
    )
    assert plain.values.mean(axis=1).var() == pytest.approx(0.21 / 100, rel=0.1)
    good = {"sessions_before": 1, "sessions_after": 1, "size": 1, "share_before": 0.5, "share_after": 0.5, "icc": 0}
    for change in ({"size": 0}, {"share_after": 1.2}, {"icc": 1}):
        with pytest.raises(ValueError, match=r"must"):
            simulate_before_after(**(good | change))


def test_pairs_have_the_reliability_rise_and_clustering_asked_for():
    before, after, cluster = simulate_paired(
        n=60, mean=50, sd=10, reliability=0.7, rise=4, clusters=7, icc=0.2, draws=3000, seed=4
    )
    assert sorted(np.bincount(cluster)) == [8] * 3 + [9] * 4
    near((after - before).mean(axis=1), 4)
    assert before.std() == pytest.approx(10, rel=0.02)
    assert after.std() == pytest.approx(10, rel=0.02)
    change = after - before
    together = np.mean((change[:, 0] - 4) * (change[:, 1] - 4))
    apart = np.mean((change[:, 0] - 4) * (change[:, -1] - 4))
    assert together == pytest.approx(0.2 * 60, abs=4.5)  # variance of a change 2 (1 - 0.7) 100 = 60, four errors
    assert apart == pytest.approx(0, abs=4.5)
    assert np.mean((before - 50) * (after - 54)) == pytest.approx(70, rel=0.03)
    for wrong in ({"clusters": 61}, {"reliability": 1.2}):
        with pytest.raises(ValueError, match=r"must"):
            simulate_paired(**({"n": 60, "mean": 0, "sd": 1, "reliability": 0.5, "rise": 0} | wrong))


@pytest.mark.parametrize(
    ("rho", "published"), [(-0.4, 0.008), (0.0, 0.053), (0.2, 0.123), (0.4, 0.19), (0.6, 0.333), (0.8, 0.373)]
)
def test_laws_that_do_nothing_are_found_as_often_as_bertrand_duflo_and_mullainathan_print(rho, published):
    # QJE 119:249-275, table II, panel B: 50 states, 1979-1999, a law of 1985-1995 in half of them; least squares with
    # effects of states and years that ignores the autocorrelation, |t| > 1.96. Their rates come from a few hundred
    # draws (taken as 300), ours from 100 for each year of the law: three errors of the difference.
    places, years = {f"s{i:02d}": 1e12 for i in range(50)}, list(range(1979, 2000))
    world = World(family="poisson", base=0.5, noise_sd=0.1, autocorrelation=rho)
    found = []
    for year in range(1985, 1996):
        start = {f"s{i:02d}": year for i in range(25)}
        drawn = simulate_panels(places, start=start, times=years, world=world, draws=100, seed=year)
        y, law = within(np.log(drawn.outcome)), within(drawn.panel().post.astype(float))
        size = (law**2).sum()
        slope = (y * law).sum(axis=(1, 2)) / size
        left = ((y - slope[:, None, None] * law) ** 2).sum(axis=(1, 2)) / (50 * 21 - 50 - 21)
        found.append(np.abs(slope) > 1.96 * np.sqrt(left / size))
    error = np.sqrt(published * (1 - published) * (1 / 300 + 1 / 1100))
    assert np.mean(found) == pytest.approx(published, abs=3 * error)


def within(values):
    """What effects of units and periods leave."""
    rows, columns = values.mean(axis=-1, keepdims=True), values.mean(axis=-2, keepdims=True)
    return values - rows - columns + values.mean(axis=(-2, -1), keepdims=True)


def test_a_hundred_people_a_clinic_alike_by_four_hundredths_are_worth_a_fifth():
    # Ip, Wasserman & Barkin (2011), Contemp Clin Trials 32:225-232: with 100 patients a clinic and a correlation of
    # 0.04, "five times as many patients" as one by one (4.96). 8 000 draws: error of a variance 1.6 %.
    drawn = simulate_before_after(
        sessions_before=1, sessions_after=1, size=100, share_before=0.4, share_after=0.4, icc=0.04, draws=4000, seed=9
    )
    means = drawn.values.reshape(4000, 2, 100).mean(axis=2)
    assert means.var() / (0.4 * 0.6 / 100) == pytest.approx(4.96, rel=0.06)
    alike = simulate_before_after(
        sessions_before=1, sessions_after=1, size=5, share_before=0.4, share_after=0.4, icc=0.5, draws=4000, seed=12
    )
    means = alike.values.reshape(4000, 2, 5).mean(axis=2)
    assert means.var() / (0.4 * 0.6 / 5) == pytest.approx(3, rel=0.06)


def test_people_chosen_low_rise_by_as_much_as_davis_says_with_nothing_done():
    # Davis (1976), Am J Epidemiol 104:493-498: (1 - reliability) sd phi(z) / Phi(z); mean 60, deviation 15, cut-off 40
    # of the code of Barnett, van der Pols & Dobson (2005).
    drawn = simulate_paired(n=1000, mean=60, sd=15, reliability=0.6, rise=0, draws=400, seed=10)
    low = drawn.before < 40
    change = (drawn.after - drawn.before)[low]
    z = (40 - 60) / 15
    expected = 0.4 * 15 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / (0.5 * erfc(-z / np.sqrt(2)))
    near(change, expected)
    assert expected == pytest.approx(10.79, abs=0.005)


def test_counts_vary_and_follow_one_another_as_zeger_says():
    # Zeger (1988), Biometrika 75:621-629, section 2: var = mu + s mu^2, cov = mu^2 s_k, s_k the covariance of the
    # multiplying noise: exp(sd^2 rho^k) - 1 of a lognormal one, of which mu holds the mean.
    counts = simulate_series(
        points=60, start=30, rate=0.01, exposure=2000, noise_sd=0.4, autocorrelation=0.7, draws=6000, seed=11
    ).astype(float)
    mu = 20 * np.exp(0.4**2 / 2)
    near(counts.mean(axis=1), mu)
    off = counts - mu
    near((off**2).mean(axis=1), mu + mu**2 * np.expm1(0.4**2))
    for k in (1, 3):
        near((off[:, k:] * off[:, :-k]).mean(axis=1), mu**2 * np.expm1(0.4**2 * 0.7**k))
