"""Permutation, wild cluster bootstrap and CR2 against base R, published tests, scipy, wildboottest and clubSandwich."""

from __future__ import annotations

import csv
import shutil
import subprocess
import warnings
from functools import cache
from itertools import pairwise, product
from math import comb
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.datasets import grunfeld

from prs_eval.impact._alone import rests_on_one_cluster
from prs_eval.impact._bootstrap import Bootstrap, draw_weights
from prs_eval.impact._permutation import assignments
from prs_eval.impact.effect import Effect
from prs_eval.impact.inference import (
    FEW_TREATED,
    FEW_UNITS,
    FEWEST_ASSIGNMENTS,
    choose_inference,
    cluster_effect,
    permutation_test,
    smallest_p_value,
    wild_cluster_bootstrap,
)
from tests.conftest import ROOT

UNIT = np.arange(1, 13)
UNITS = {
    "mixtape": ([10, 5, 16, 3, 5, 7, 8, 10], [1, 1, 1, 1, 0, 0, 0, 0]),
    "six": ([3, 5, 0, 4, 0, 1], [1, 1, 1, 0, 0, 0]),
    "eight": ([14, 6, 4, 5, 6, 7, 10, 9], [1, 0, 0, 0, 0, 0, 1, 1]),
    "villages": ([15, 15, 20, 20, 10, 15, 30], [1, 0, 0, 0, 0, 0, 1]),
    "tea": ([1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]),
    "units": (np.sin(3 * UNIT) + (UNIT <= 5), UNIT <= 5),
}
# Student (1908), Biometrika 6:1-25: hours of sleep gained, ten and ten.
SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0, 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


@cache
def reference(data: str) -> dict[str, float]:
    """Values of tests/reference/r/impact_inference.R by name."""
    with (ROOT / "tests/reference/impact_inference.csv").open(encoding="utf-8") as file:
        return {r["what"]: float(r["value"]) for r in csv.DictReader(file) if r["data"] == data}


Data = tuple[np.ndarray, np.ndarray, np.ndarray, int]


def clusters(name: str) -> Data:
    """Outcome, design, cluster and the column that is tested."""
    if name.startswith("grunfeld"):
        d = grunfeld.load_pandas().data
        x = np.column_stack([np.ones(len(d)), d["value"], d["capital"]])
        return d["invest"].to_numpy(), x, d["firm"].to_numpy(), 2 if name.endswith("capital") else 1
    g, k = np.repeat(np.arange(1, 9), 6), np.arange(1, 49)
    treated, few = (g <= 4).astype(float), (g <= 2).astype(float)
    y = np.sin(5 * k) + 1.5 * np.cos(7 * g) + 0.8 * treated + 0.1 * (k % 6)
    if name == "made_mean":
        return y, np.ones((48, 1)), g, 0
    if name == "made_few":
        return y + 3 * few, np.column_stack([np.ones(48), few]), g, 1
    return y, np.column_stack([np.ones(48), treated, k % 6]), g, 1


# ------------------------------------------------------------------------------------------------------ permutation


@pytest.mark.parametrize("name", UNITS)
def test_permutation_agrees_with_combn_in_r(name: str):
    # The p-value is a count over a count; R finds the limits by bisection of its own p-value, to about 1e-8.
    wanted, found = reference(name), permutation_test(*UNITS[name])
    assert found.statistic == pytest.approx(wanted["estimate"], rel=1e-12)
    assert found.p_value == pytest.approx(wanted["p_value"], rel=1e-12)
    assert found.assignments == found.distribution.size == wanted["assignments"]
    assert (found.lower, found.upper) == pytest.approx((wanted["lower"], wanted["upper"]), abs=1e-7)
    assert found.exact


@pytest.mark.parametrize(
    ("name", "weights", "level"), [("units_weighted", 1 + (UNIT * 7) % 5, 0.95), ("units_90", None, 0.9)]
)
def test_permutation_with_weights_and_at_another_level_agrees_with_r(
    name: str, weights: np.ndarray | None, level: float
):
    wanted, found = reference(name), permutation_test(*UNITS["units"], weights=weights, confidence_level=level)
    assert found.p_value == pytest.approx(wanted["p_value"], rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx((wanted["lower"], wanted["upper"]), abs=1e-7)


def test_published_randomisation_tests():
    # Fisher (1935), section 5: 4 cups of 8 rightly told, 1 in 70; two-sided twice that, as all wrong is as far.
    tea = permutation_test(*UNITS["tea"])
    assert (tea.distribution >= 1 - 1e-12).sum() == 1
    assert tea.p_value == 2 / 70
    # Gerber & Green (2012), Table 2.2, two villages of seven: 6.5 and, on two sides, 0.3809524, as the vignette of R's
    # ri2 prints.
    villages = permutation_test(*UNITS["villages"])
    assert villages.statistic == 6.5
    assert villages.p_value == pytest.approx(0.3809524, abs=5e-8)
    # Cunningham (2021), Causal Inference: The Mixtape, ri.do: the observed one is 42nd of 70 by its difference, .6.
    mixtape = permutation_test(*UNITS["mixtape"]).distribution
    assert (mixtape < 1 - 1e-12).sum() < 0.6 * 70 <= (mixtape < 1 + 1e-12).sum()
    # Course notes on causal inference (STAT 246, 2022, R_example1): p = 0.01785714 against no effect, and the same
    # against an effect of 1.
    y, treated = UNITS["eight"]
    assert permutation_test(y, treated).p_value == pytest.approx(0.01785714, abs=5e-9)
    assert permutation_test(np.subtract(y, treated), treated).p_value == pytest.approx(0.01785714, abs=5e-9)


def test_sleep_agrees_with_r_and_a_sample_of_the_choices_is_near():
    treated = np.arange(20) < 10
    whole = permutation_test(SLEEP, treated, maximum=200_000)
    assert whole.assignments == comb(20, 10)
    assert whole.p_value == pytest.approx(reference("sleep")["p_value"], rel=1e-12)
    some = [permutation_test(SLEEP, treated, seed=s) for s in (0, 0, 1)]
    assert some[0].p_value == some[1].p_value
    assert (some[0].distribution == some[1].distribution).all()
    assert (some[0].distribution != some[2].distribution).any()
    for found in some:
        assert not found.exact
        assert found.assignments == 20_000
        assert found.distribution[0] == found.statistic
        assert found.p_value == pytest.approx(whole.p_value, abs=4 * (0.0814 * 0.9186 / 20_000) ** 0.5)
        assert (found.lower, found.upper) == pytest.approx((whole.lower, whole.upper), abs=0.1)


@pytest.mark.parametrize("name", ["mixtape", "eight", "units"])
def test_permutation_agrees_with_scipy(name: str):
    y, on = np.asarray(UNITS[name][0], dtype=float), np.asarray(UNITS[name][1], dtype=bool)
    sides = [
        stats.permutation_test(
            (y[on], y[~on]), lambda a, b: a.mean() - b.mean(), n_resamples=np.inf, alternative=side
        ).pvalue
        for side in ("less", "greater")
    ]
    found = permutation_test(y, on)
    tie = 1e-9
    assert (found.distribution <= found.statistic + tie).mean() == pytest.approx(sides[0], rel=1e-12)
    assert (found.distribution >= found.statistic - tie).mean() == pytest.approx(sides[1], rel=1e-12)


def test_the_choices_are_each_taken_once_and_the_observed_one_is_first():
    y = 2.0 ** np.arange(7)  # every sum is another choice
    found = permutation_test(y, [0, 1, 0, 0, 1, 1, 0])
    assert np.unique(np.round(found.distribution, 9)).size == found.assignments == 35
    assert found.distribution[0] == found.statistic


def test_a_sample_of_choices_treats_as_many_units_each_as_often_as_another():
    masks, exact = assignments(np.arange(30) < 4, 5000, 1)
    assert not exact
    assert (masks.sum(axis=1) == 4).all()
    assert (masks[0] == (np.arange(30) < 4)).all()
    share = 4 / 30
    assert masks[1:].mean(axis=0) == pytest.approx(np.full(30, share), abs=4 * (share * (1 - share) / 4999) ** 0.5)


def values(low: int = 6, high: int = 9) -> st.SearchStrategy[list[float]]:
    return st.lists(st.integers(-40, 40).map(lambda v: v / 4), min_size=low, max_size=high)


@settings(max_examples=60, deadline=None)
@given(values(), st.integers(1, 5), st.integers(-1000, 1000), st.sampled_from([-3.0, 0.25, 7.0]), st.randoms())
@example([0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 3, 0, 7.0, Random(0))
def test_permutation_does_not_depend_on_order_level_or_unit(y, k, shift, scale, order):  # type: ignore[no-untyped-def]
    n = len(y)
    treated, place = np.arange(n) < k, list(range(n))
    order.shuffle(place)
    weights = 1.0 + np.arange(n) % 3
    before = list(y)
    first = permutation_test(y, treated, weights=weights)
    assert y == before
    other = permutation_test(scale * np.array(y)[place] + shift, treated[place], weights=10 * weights[place])
    assert other.p_value == first.p_value
    assert other.statistic == pytest.approx(scale * first.statistic, abs=1e-9)
    limits = sorted([scale * first.lower, scale * first.upper])
    assert [other.lower, other.upper] == pytest.approx(limits, abs=1e-9)
    moved = permutation_test(
        np.array(y) + 2.5 * treated, treated, weights=weights
    )  # an effect moves estimate and limits
    assert [moved.statistic, moved.lower, moved.upper] == pytest.approx(
        [first.statistic + 2.5, first.lower + 2.5, first.upper + 2.5], abs=1e-9
    )


@settings(max_examples=80, deadline=None)
@given(values(7, 10), st.integers(2, 5), st.sampled_from([0.8, 0.9, 0.95]), st.booleans())
def test_limits_hold_what_the_test_does_not_reject_and_nothing_else(y, k, level, weighted):  # type: ignore[no-untyped-def]
    y = np.array(y)
    treated = np.arange(y.size) < k
    weights = 1.0 + np.arange(y.size) % 4 if weighted else None

    def p(tau: float) -> float:
        return permutation_test(y - tau * treated, treated, weights=weights, confidence_level=level).p_value

    found = permutation_test(y, treated, weights=weights, confidence_level=level)
    assert found.lower <= found.statistic <= found.upper
    assert (found.p_value > 1 - level + 1e-12) == (found.lower <= 0 <= found.upper)
    for limit, outwards in ((found.lower, -1), (found.upper, 1)):
        if np.isfinite(limit):
            assert p(limit + outwards * 1e-6) <= 1 - level + 1e-12
            alone = abs(limit - found.statistic) < 1e-9  # one effect explains all: rounding may miss it by a hair
            assert alone or p(limit) > 1 - level + 1e-12 or p(limit - outwards * 1e-9) > 1 - level + 1e-12
        else:
            assert smallest_p_value(units=y.size, treated=k) > 1 - level
            assert p(outwards * 1e6) > 1 - level


def test_no_effect_is_rejected_no_oftener_than_said():
    # Exact: P(p <= alpha) is the share of the grid at or under alpha; 600 draws, four standard errors.
    draws = np.random.default_rng(4).normal(size=(600, 8))
    p = np.array([permutation_test(y, np.arange(8) < 3).p_value for y in draws])
    assert (np.abs(p * 56 - np.round(p * 56)) < 1e-9).all()
    for alpha in (0.05, 0.1, 0.2, 0.5):
        wanted = np.floor(alpha * 56 + 1e-9) / 56
        assert (p <= alpha + 1e-12).mean() == pytest.approx(wanted, abs=4 * (wanted * (1 - wanted) / 600) ** 0.5)


@settings(max_examples=15, deadline=None)
@given(values(6, 7), st.integers(1, 3), st.booleans())
def test_with_any_choice_for_the_truth_the_test_rejects_no_oftener_than_said(y, k, weighted):  # type: ignore[no-untyped-def]
    # Exact, ties and all: each choice taken in turn for the one that was made.
    weights = 1.0 + np.arange(len(y)) % 3 if weighted else None
    masks, exact = assignments(np.arange(len(y)) < k, 20_000, 0)
    assert exact
    p = np.array([permutation_test(y, chosen, weights=weights).p_value for chosen in masks])
    for alpha in (*np.unique(p), 0.05, 0.1, 0.25):
        assert (p <= alpha + 1e-12).mean() <= alpha + 1e-12


def test_limits_are_those_of_a_grid_of_effects_tested_one_by_one():
    for seed in range(6):
        random = np.random.default_rng(seed)
        y, treated = random.normal(size=9), np.arange(9) < 3 + seed % 2
        weights = random.uniform(0.5, 2, 9) if seed % 2 else None
        found = permutation_test(y, treated, weights=weights)
        grid = np.linspace(found.lower - 1, found.upper + 1, 201)
        kept = [permutation_test(y - tau * treated, treated, weights=weights).p_value > 0.05 for tau in grid]
        np.testing.assert_array_equal(kept, (grid >= found.lower) & (grid <= found.upper))


def test_a_level_that_so_few_cannot_reach_gives_infinite_limits():
    assert smallest_p_value(units=6, treated=3) == 0.1  # 2 of 20: the other half is as far
    assert smallest_p_value(units=7, treated=1) == 1 / 7
    assert smallest_p_value(units=10, treated=5) == 2 / 252
    assert smallest_p_value(units=40, treated=20) == 1 / 20_000
    for n, k in ((6, 3), (6, 2), (7, 1), (8, 4), (20, 1), (21, 20)):
        found = permutation_test(np.arange(n) + 1000.0 * (np.arange(n) < k), np.arange(n) < k)
        least = smallest_p_value(units=n, treated=k)
        assert found.p_value == pytest.approx(least)
        assert np.isinf([found.lower, found.upper]).all() == (least > 0.05)


def test_rounding_of_a_high_level_makes_no_difference():
    treated = np.arange(7) < 3
    ties = np.array([[4, 8, 11, 7, 10, 8, 8], [4, 3, 5, 5, 8, 10, 0], [7, 6, 10, 3, 10, 8, 10]]) / 10
    near = np.array([1, 1, 1.0001, 1, 0, 0, 0])  # another choice is nearer to 0 by a little: no tie
    for level in (0.0, 1e6, 1e8, 1e9):
        for y, count in zip(ties, (34, 21, 35), strict=True):
            assert permutation_test(y + level, treated).p_value == count / 35
        assert permutation_test(near + min(level, 1e8), treated).p_value == 4 / 35


def test_a_tie_in_the_p_value_is_one_in_the_limits():
    for y in ([10, 8, 11, 9, 7, 4, 7], [1, 3, 1, 4, 5, 5, 2], [4, 2, 0, 4, 4, 8, 6]):
        found = permutation_test(np.array(y) / 10, np.arange(7) < 3, confidence_level=0.9)
        assert found.p_value > 0.1
        assert 0.0 in (found.lower, found.upper)  # 0 itself, not 6e-17 beside it


# --------------------------------------------------------------------------------------------------- wild bootstrap


@pytest.mark.parametrize("name", ["made", "made_mean", "made_few", "grunfeld", "grunfeld_capital"])
def test_all_signs_agree_with_refits_in_r(name: str):
    y, x, g, j = clusters(name)
    wanted = reference(name)
    found = wild_cluster_bootstrap(y, x, g, coefficient=j, weights="rademacher", interval="lower" in wanted)
    assert (found.estimate, found.standard_error) == pytest.approx(
        (wanted["estimate"], wanted["standard_error"]), rel=1e-9
    )
    for what in (w for w in wanted if w.startswith("p_value_")):
        null = float(what.removeprefix("p_value_"))
        again = wild_cluster_bootstrap(y, x, g, coefficient=j, weights="rademacher", null=null, interval=False)
        assert again.p_value == wanted[what]  # a count over 2^G
    if "lower" in wanted:  # bisection on both sides, R's of 30 steps from half a standard error
        assert (found.lower, found.upper) == pytest.approx((wanted["lower"], wanted["upper"]), abs=1e-7)
        assert (found.p_value > 0.05) == (found.lower < 0 < found.upper)
    else:
        assert np.isnan([found.lower, found.upper]).all()


def test_castle_agrees_with_refits_in_r(shared: Path):
    # Cheng & Hoekstra (2013), J Hum Resour 48:821-853: ten states, five of which changed their law, two-way effects.
    d = pd.read_csv(shared / "reference" / "datasets" / "castle.csv")
    d = d[d["sid"] <= 11]
    dummies = pd.get_dummies(d[["sid", "year"]].astype(str), drop_first=True).to_numpy(float)
    x = np.column_stack([np.ones(len(d)), d["post"], dummies])
    wanted = reference("castle")
    assert (d["sid"].nunique(), d.loc[d["post"] > 0, "sid"].nunique()) == (wanted["clusters"], wanted["treated"])
    for null in (0, 0.1):
        found = wild_cluster_bootstrap(
            d["l_homicide"], x, d["sid"], coefficient=1, weights="rademacher", null=null, interval=False
        )
        assert found.p_value == wanted[f"p_value_{null}"]
    assert found.estimate == pytest.approx(wanted["estimate"], rel=1e-9)
    assert found.standard_error == pytest.approx(wanted["standard_error"], rel=1e-9)


def test_the_example_of_wildboottest_as_printed():
    # README of wildboottest (its first version): t = -1.0530803154504016; p = 0.308831 and, drawn anew, 0.315132, of
    # 9 999 draws each, so of standard error .0046; ours has 99 999.
    random = np.random.RandomState(12312312)
    x = random.normal(0, 1, 10_000).reshape(1000, 10)
    beta = random.normal(0, 1, 10)
    beta[0] = 0.005
    y = 1 + x @ beta + random.normal(0, 1, 1000)
    cluster = random.choice(list(range(25)), 1000)
    found = wild_cluster_bootstrap(y, x, cluster, coefficient=0, weights="rademacher", draws=99_999, interval=False)
    assert found.estimate / found.standard_error == pytest.approx(-1.0530803154504016, rel=1e-12)
    assert found.p_value == pytest.approx(0.308831, abs=4 * 0.0046)
    assert found.p_value == pytest.approx(0.315132, abs=4 * 0.0046)
    fifth = wild_cluster_bootstrap(y, x, cluster, coefficient=5, weights="rademacher", interval=False)
    assert fifth.estimate / fifth.standard_error == pytest.approx(1.200524160940055, rel=1e-12)
    assert fifth.p_value == pytest.approx(0.243624, abs=4 * 0.0043 * 2**0.5)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="the data come with R's sandwich")
def test_petersen_as_printed_for_fwildclusterboot(tmp_path: Path):
    # WildBootTests.jl, the engine of fwildclusterboot; its documentation prints for x = 1, 999 signs of 500 firms:
    # p .492 and .4946, limits .93461 to 1.13477 and .93496 to 1.13469. 999 draws leave .016 of p and .003 of a limit.
    file = tmp_path / "petersen.csv"
    code = f"data(PetersenCL, package = 'sandwich'); write.csv(PetersenCL, '{file.as_posix()}', row.names = FALSE)"
    if subprocess.run(["Rscript", "-e", code], check=False, capture_output=True).returncode:
        pytest.skip("R has no sandwich")
    d = pd.read_csv(file)
    x = np.column_stack([np.ones(len(d)), d["x"]])
    found = wild_cluster_bootstrap(d["y"], x, d["firm"], coefficient=1, null=1, weights="rademacher")
    assert found.estimate / found.standard_error == pytest.approx(20.453, abs=5e-4)  # as wildboottest prints
    assert found.p_value == pytest.approx(0.4946, abs=4 * 0.016)
    assert (found.lower, found.upper) == pytest.approx((0.93496, 1.13469), abs=4 * 0.003)


@pytest.mark.parametrize("name", ["made", "made_few", "grunfeld"])
def test_all_signs_agree_with_wildboottest(name: str):
    from wildboottest.wildboottest import WildboottestCL

    y, x, g, j = clusters(name)
    g = pd.factorize(g)[0]
    null = 0.1
    pick = np.zeros(x.shape[1])
    pick[j] = 1.0
    peer = WildboottestCL(X=x, Y=y - null * x[:, j], cluster=g, R=pick, B=99_999, seed=1, parallel=False)
    peer.get_scores(bootstrap_type="11", impose_null=True)
    peer.get_weights(weights_type="rademacher")
    for step in ("numer", "denom", "tboot", "vcov", "tstat", "pvalue"):
        getattr(peer, f"get_{step}")()
    found = wild_cluster_bootstrap(y, x, g, coefficient=j, null=null, weights="rademacher", interval=False)
    assert (found.estimate - null) / found.standard_error == pytest.approx(float(peer.t_stat), rel=1e-9)
    assert peer.t_boot.size == 2 ** np.unique(g).size
    above = np.abs(peer.t_boot) > abs(float(peer.t_stat)) * (1 + 1e-9)
    assert found.p_value == above.mean()
    # The peer lets rounding decide on the two that are |t| itself.
    assert peer.pvalue - found.p_value in [i / peer.t_boot.size for i in (0, 1, 2)]


def test_webb_agrees_with_wildboottest_within_chance():
    from wildboottest.wildboottest import WildboottestCL

    y, x, g, j = clusters("made")
    pick = np.eye(3)[j]
    peer = WildboottestCL(X=x, Y=y, cluster=g, R=pick, B=19_999, seed=1, parallel=False)
    peer.get_scores(bootstrap_type="11", impose_null=True)
    peer.get_weights(weights_type="webb")
    for step in ("numer", "denom", "tboot", "vcov", "tstat", "pvalue"):
        getattr(peer, f"get_{step}")()
    found = wild_cluster_bootstrap(y, x, g, coefficient=j, draws=19_999, interval=False)
    assert found.p_value == pytest.approx(float(peer.pvalue), abs=4 * (0.25 / 19_999) ** 0.5 * 2**0.5)
    # With the very weights of the peer, the same p-value.
    test = Bootstrap(y, x, np.asarray(g, dtype=np.intp) - 1, j)
    test.draw(np.asarray(peer.v, dtype=float))
    assert test.p_value(0.0) == float(peer.pvalue)


def test_webb_has_six_points_of_mean_0_and_variance_1():
    # Webb (2023): plus and minus the roots of 1/2, 1 and 3/2, equally likely.
    drawn = draw_weights(5, "webb", 40_000, 0)
    points, counts = np.unique(np.round(drawn, 12), return_counts=True)
    wanted = np.sqrt([1.5, 1, 0.5])
    assert points == pytest.approx([*-wanted, *wanted[::-1]], abs=1e-12)
    assert counts / drawn.size == pytest.approx(np.full(6, 1 / 6), abs=4 * (5 / 36 / drawn.size) ** 0.5)
    signs = draw_weights(4, "rademacher", 99, 0)
    assert {tuple(c) for c in signs.T} == set(product((-1.0, 1.0), repeat=4))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 9), st.sampled_from([-2.0, 0.1, 30.0]), st.integers(-50, 50))
def test_the_bootstrap_of_all_signs_does_not_depend_on_labels_order_level_or_unit(seed, groups, scale, shift):  # type: ignore[no-untyped-def]
    random = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), random.integers(2, 6, groups))
    x = np.column_stack([np.ones(g.size), g < groups // 2, random.normal(size=g.size)])
    y = random.normal(size=groups)[g] + random.normal(size=g.size)
    kept = y.copy(), x.copy(), g.copy()
    first = wild_cluster_bootstrap(y, x, g, coefficient=1, weights="rademacher")
    assert all((a == b).all() for a, b in zip(kept, (y, x, g), strict=True))
    order = random.permutation(g.size)
    labels = np.array([f"c{v}" for v in random.permutation(groups)])[g]
    # The intercept takes the level, the third column what is added of it.
    moved = scale * y + shift + 3 * x[:, 2]
    other = wild_cluster_bootstrap(moved[order], x[order], labels[order], coefficient=1, weights="rademacher", seed=9)
    assert other.p_value == first.p_value
    size = abs(scale) * first.standard_error
    assert other.standard_error == pytest.approx(size, rel=1e-8)
    assert other.estimate == pytest.approx(scale * first.estimate, abs=1e-8 * size)
    assert [other.lower, other.upper] == pytest.approx(
        sorted([scale * first.lower, scale * first.upper]), abs=1e-6 * size
    )
    assert first.lower <= first.estimate <= first.upper
    shifted = wild_cluster_bootstrap(y + 2 * x[:, 1], x, g, coefficient=1, weights="rademacher", null=2)
    assert shifted.p_value == first.p_value
    assert [shifted.lower, shifted.upper] == pytest.approx([first.lower + 2, first.upper + 2], abs=1e-6)


@pytest.mark.parametrize("weights", ["webb", "rademacher"])
def test_limits_of_the_bootstrap_are_where_the_test_turns(weights: str):
    for seed in range(6):
        random = np.random.default_rng(seed)
        g = np.repeat(np.arange(9), 4)
        x = np.column_stack([np.ones(36), g < 3 + seed % 3])
        y = random.normal(size=9)[g] + random.normal(size=36)

        def at(null: float, y=y, x=x, g=g) -> Effect:  # type: ignore[no-untyped-def]
            return wild_cluster_bootstrap(
                y, x, g, coefficient=1, weights=weights, null=null, draws=1999, interval=False
            )  # type: ignore[arg-type]

        found = wild_cluster_bootstrap(y, x, g, coefficient=1, weights=weights, draws=1999)  # type: ignore[arg-type]
        step = 1e-6 * found.standard_error
        for limit, side in ((found.lower, -1), (found.upper, 1)):
            assert at(limit - side * step).p_value > 0.05 >= at(limit + side * step).p_value
            # Nothing farther out is kept: on a grid of its own.
            beyond = limit + side * found.standard_error * np.linspace(0.01, 20, 40)
            assert max(at(v).p_value for v in beyond) <= 0.05


def test_with_few_treated_the_bootstrap_hardly_rejects():
    # MacKinnon & Webb (2017): one treated cluster and an effect of 13 naïve errors.
    random = np.random.default_rng(2)
    g = np.repeat(np.arange(10), 5)
    one = np.column_stack([np.ones(50), g == 0])
    y = 0.3 * random.normal(size=50) + 0.3 * random.normal(size=10)[g] + 1.5 * one[:, 1]
    naive = cluster_effect(y, one, g, coefficient=1, method="CR1", limits="normal")
    assert naive.p_value < 1e-10
    found = wild_cluster_bootstrap(y, one, g, coefficient=1, weights="rademacher")
    assert found.p_value > 0.05
    assert found.upper - found.lower > 8 * (naive.upper - naive.lower)
    assert permutation_test(y.reshape(10, 5).mean(axis=1), np.arange(10) == 0).p_value == 0.1


# ----------------------------------------------------------------------------------------------------- clusters, choice


@pytest.mark.parametrize("name", ["made", "grunfeld"])
def test_one_coefficient_agrees_with_clubsandwich(name: str):
    y, x, g, j = clusters(name)
    wanted = reference(name)
    found = cluster_effect(y, x, g, coefficient=j)
    names = ("standard_error", "df", "p_value", "lower", "upper")
    r = [wanted[k] for k in ("cr2", "cr2_df", "cr2_p_value", "cr2_lower", "cr2_upper")]
    assert [getattr(found, k) for k in names] == pytest.approx(r, rel=1e-8)
    assert found.estimate == pytest.approx(wanted["estimate"], rel=1e-9)
    assert (found.inference, found.method, found.units) == ("cr2_satterthwaite", "cr2_satterthwaite", np.unique(g).size)
    naive = cluster_effect(y, x, g, coefficient=j, method="CR1", limits="normal")
    assert [naive.standard_error, naive.lower] == pytest.approx([wanted["cr1"], wanted["cr1_lower"]], rel=1e-8)
    assert naive.p_value == pytest.approx(wanted["cr1_p_value"], rel=1e-6)  # far in the tail
    assert (naive.inference, naive.method, naive.df) == ("normal", "cr1_normal", np.inf)


def test_a_coefficient_of_one_cluster_alone_has_no_limits():
    # Its noise is in the estimate and not in the error, and the degrees do not tell: CR2 rejected in half of the panels
    # without effect, with 10 degrees. The naïve choice, there to compare with, does so still.
    random = np.random.default_rng(7)
    g, late = np.repeat(np.arange(12), 6), np.tile(np.arange(6) >= 3, 12).astype(float)
    y = random.normal(size=12)[g] + random.normal(size=72)
    dummies = (g[:, None] == np.arange(12)).astype(float)
    for treated in (g < 1, g > 0):
        for x, j in (
            (np.column_stack([np.ones(72), treated]), 1),
            (np.column_stack([treated * late, late, dummies]), 0),
        ):
            found = cluster_effect(y, x, g, coefficient=j)
            assert (found.status, found.units) == ("too_few", 12)
            assert found.estimate == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0][j])
            assert np.isnan([found.lower, found.upper, found.standard_error, found.p_value, found.df]).all()
            assert cluster_effect(y, x, g, coefficient=j, method="CR1", limits="normal").status == "ok"
    for treated in (g < 2, g > 1):
        assert cluster_effect(y, np.column_stack([np.ones(72), treated]), g, coefficient=1).status == "ok"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1e-6, 1.0, 1e6]))
def test_resting_on_one_cluster_is_what_leaving_each_out_shows(seed: int, scale: float):
    random = np.random.default_rng(seed)
    g = random.permutation(np.repeat(np.arange(6), random.integers(1, 4, 6)))
    x = np.column_stack([np.ones(g.size), random.integers(0, 2, (6, 2))[g], random.integers(0, 2, g.size) * scale])
    assume(np.linalg.matrix_rank(x / np.maximum(np.abs(x).max(axis=0), 1e-300)) == 4)
    for j in range(4):
        rest = [np.delete(x[g != k] / np.abs(x).max(axis=0), j, axis=1) for k in range(6)]
        whole = [x[g != k] / np.abs(x).max(axis=0) for k in range(6)]
        lost = [np.linalg.matrix_rank(a) == np.linalg.matrix_rank(b) for a, b in zip(whole, rest, strict=True)]
        assert rests_on_one_cluster(x, g, j) == any(lost)


def test_the_choice_of_inference_follows_the_declared_rule():
    table = {
        (10, 5): ("permutation", "all_assignments"),  # 252
        (12, 5): ("permutation", "all_assignments"),  # 792
        (20, 1): ("permutation", "all_assignments"),  # 1 in 20 is 5 %
        (19, 1): ("cr2_satterthwaite", "few_treated"),
        (6, 3): ("cr2_satterthwaite", "few_treated"),  # 20 ways, but two of them as far: 10 %
        (7, 3): ("permutation", "all_assignments"),  # 35
        (39, 19): ("permutation", "sampled_assignments"),
        (40, 20): ("cr2_satterthwaite", "many_clusters"),
        (200, 6): ("cr2_satterthwaite", "many_clusters"),
        (200, 2): ("permutation", "all_assignments"),  # 19 900
        (1362, 5): ("permutation", "sampled_assignments"),
        (200, 198): ("permutation", "all_assignments"),
    }
    for (units, treated), wanted in table.items():
        assert choose_inference(units=units, treated=treated) == wanted, (units, treated)
    assert (FEW_UNITS, FEW_TREATED, FEWEST_ASSIGNMENTS) == (40, 6, 20)


@given(st.integers(2, 80), st.integers(1, 79))
def test_a_permutation_is_never_chosen_where_it_cannot_reach_5_percent(units: int, treated: int):
    assume(treated < units)
    inference, _reason = choose_inference(units=units, treated=treated)
    assert inference != "wild_cluster_bootstrap"
    assert choose_inference(units=units, treated=units - treated) == choose_inference(units=units, treated=treated)
    if inference == "permutation":
        assert smallest_p_value(units=units, treated=treated) <= 0.05


# ------------------------------------------------------------------------------------------------------- failures


def test_what_cannot_be_estimated_is_said_without_a_warning():
    x, g = np.column_stack([np.ones(12), [0, 1] * 6]), np.repeat(np.arange(3), 4)
    y = np.sin(np.arange(12))
    six, five = np.repeat(np.arange(6), 2), np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = [
            wild_cluster_bootstrap(y, x, g, coefficient=1),  # three clusters
            wild_cluster_bootstrap(y, np.column_stack([x, x[:, 1]]), six, coefficient=1),
            wild_cluster_bootstrap(x @ [1, 2], x, six, coefficient=1),  # no error left
            wild_cluster_bootstrap(y, x, five, coefficient=1, weights="rademacher"),  # 2 in 32 is over 5 %
            wild_cluster_bootstrap(y[:2], x[:2], [0, 1], coefficient=1),
            cluster_effect(y, x, np.zeros(12), coefficient=1),
            cluster_effect(y, x, np.zeros(12), coefficient=1, method="CR1", limits="normal"),
        ]
        assert (
            wild_cluster_bootstrap(y, x, five, coefficient=1, weights="rademacher", confidence_level=0.9).status == "ok"
        )
        assert wild_cluster_bootstrap(y, x, five, coefficient=1).status == "ok"
    for fit in fits:
        assert fit.status == "too_few"
        assert np.isnan([fit.estimate, fit.lower, fit.upper, fit.standard_error, fit.p_value]).all()


def test_impossible_input_is_refused():
    y, t = [1.0, 2.0, 3.0, 4.0], [1, 0, 0, 1]
    for wrong in ([1, 1, 1, 1], [0, 0, 0, 0], [True, False, True]):
        with pytest.raises(ValueError, match="`treated` must have shape"):
            permutation_test(y, wrong)
    with pytest.raises(ValueError, match="`treated` must be 0 or 1, false or true: 2 of 4"):
        permutation_test(y, [1, 2, 0, 2])
    with pytest.raises(ValueError, match="`treated` must not hold NaN"):
        permutation_test(y, [1, np.nan, 0, 0])
    with pytest.raises(ValueError, match="`changes` must not hold NaN"):
        permutation_test([1, np.nan, 2, 3], t)
    with pytest.raises(ValueError, match="`weights` must be positive: 1 of 4"):
        permutation_test(y, t, weights=[1, 0, 1, 1])
    with pytest.raises(ValueError, match="`maximum` must be 100 or more"):
        permutation_test(y, t, maximum=10)
    with pytest.raises(ValueError, match="confidence_level"):
        permutation_test(y, t, confidence_level=95)
    for treated in (0, 4):
        with pytest.raises(ValueError, match=f"{treated} of 4 are"):
            choose_inference(units=4, treated=treated)
        with pytest.raises(ValueError, match=f"{treated} of 4 are"):
            smallest_p_value(units=4, treated=treated)
    x = np.column_stack([np.ones(4), t])
    for call in (wild_cluster_bootstrap, cluster_effect):
        with pytest.raises(ValueError, match="`coefficient` must be a column of the design, 0 to 1"):
            call(y, x, [1, 2, 3, 4], coefficient=2)
        with pytest.raises(ValueError, match="`cluster` must not be missing"):
            call(y, x, [1, 2, None, 4], coefficient=1)
    with pytest.raises(ValueError, match="`weights` must be webb or rademacher"):
        wild_cluster_bootstrap(y, x, y, coefficient=1, weights="mammen")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`draws` 99 or more"):
        wild_cluster_bootstrap(y, x, y, coefficient=1, draws=10)
    with pytest.raises(ValueError, match="`limits` must be satterthwaite or normal"):
        cluster_effect(y, x, y, coefficient=1, limits="z")  # type: ignore[arg-type]


def test_draws_are_those_of_their_seed():
    y, x, g, j = clusters("made")
    runs = [wild_cluster_bootstrap(y, x, g, coefficient=j, draws=999, seed=s) for s in (0, 0, 1, 2)]
    assert runs[0] == runs[1]
    assert any(a.p_value != b.p_value for a, b in pairwise(runs[1:]))
