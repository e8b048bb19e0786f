"""Synthetic controls and synthetic differences against quadratic programming in R, synthdid and the papers."""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.impact._simplex import simplex_weights
from prs_eval.impact.panel import Panel, read_panel
from prs_eval.impact.synthetic import (
    SyntheticControl,
    leave_one_out,
    placebo_test,
    pooled_synthetic_control,
    synthetic_control,
)
from prs_eval.impact.synthetic_did import synthetic_did
from tests.conftest import ROOT

BASQUE = "Basque Country (Pais Vasco)"
SCHOOL = ["school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest"]
SECTOR = [
    f"sec.{x}" for x in ("agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa")
]
# What R's synth() prints as solution.v in its own example (method = "BFGS"; Abadie, Diamond & Hainmueller 2011, J Stat
# Softw 42(13)), as reprinted in many teaching notes; for the predictors in the order of `basque_predictors`.
BASQUE_V = [0.02773094, 1.194e-07, 1.60609e-05, 0.0007163836, 1.486e-07, 0.002423908, 0.0587055, 0.2651997, 0.02851006]
BASQUE_V += [0.291276, 0.007994382, 0.004053188, 0.009398579, 0.303975]


@cache
def reference(data: str, what: str) -> dict[str, float]:
    """Values of tests/reference/r/impact_synthetic.R by name."""
    with (ROOT / "tests/reference/impact_synthetic.csv").open(encoding="utf-8") as file:
        return {r["name"]: float(r["value"]) for r in csv.DictReader(file) if (r["data"], r["what"]) == (data, what)}


def panel(outcome: np.ndarray, treated: int, first: int, names: list[str] | None = None) -> Panel:
    """The first `treated` rows treated from column `first` on; periods are 2001, 2002, …"""
    n, t = outcome.shape
    names = names or [f"u{i:02d}" for i in range(n)]
    order = np.argsort(names)
    start = np.where(np.arange(n) < treated, 2001 + first, np.inf)
    return Panel(
        tuple(np.array(names)[order].tolist()), np.arange(2001, 2001 + t), outcome[order], start[order], np.ones((n, t))
    )


def made() -> Panel:
    """The panel of the same formula in the R script."""
    i, t = np.arange(12)[:, None], np.arange(12)[None, :]
    noise = ((i * i + 5 * t * i + 3 * t * t) % 17) / 10
    outcome = (7 * i + 3) % 5 + 0.1 * t * (i % 3) + noise + 1.5 * ((i < 5) & (t >= 7))
    return panel(outcome, 5, 7, list("abcdefghijkl"))


def prop99(shared: Path, *more: str) -> Panel:
    table = pd.read_csv(shared / "reference/datasets/prop99_long.csv")
    start = dict.fromkeys(["California", *more], 1989)
    return read_panel(table, unit="State", time="Year", outcome="PacksPerCapita", start=start)


def basque(shared: Path) -> tuple[Panel, pd.DataFrame]:
    table = pd.read_csv(shared / "reference/datasets/basque.csv").query("regionno != 1").astype({"year": int})

    def mean(columns: list[str], years: range) -> pd.DataFrame:
        return table[table["year"].isin(years)].groupby("regionname")[columns].mean()

    parts = [mean(SCHOOL, range(1964, 1970)), mean(["gdpcap"], range(1960, 1970)), mean(SECTOR, range(1961, 1970, 2))]
    found = read_panel(table, unit="regionname", time="year", outcome="gdpcap", start={BASQUE: 1970})
    return found, pd.concat([*parts, mean(["popdens"], range(1969, 1970))], axis=1)


def germany(shared: Path) -> tuple[Panel, pd.DataFrame]:
    table = pd.read_csv(shared / "reference/datasets/germany.csv")

    def mean(column: str, years: object) -> pd.Series:
        return table[table["year"].isin(years)].groupby("country")[column].mean()  # type: ignore[arg-type]

    eighties = range(1981, 1991)
    columns = {name: mean(name, eighties) for name in ("gdp", "trade", "infrate", "industry")}
    columns |= {"schooling": mean("schooling", [1980, 1985]), "invest": mean("invest80", [1980])}
    found = read_panel(table, unit="country", time="year", outcome="gdp", start={"West Germany": 1990})
    return found, pd.DataFrame(columns)


def agree_with_r(data: str, found: SyntheticControl) -> None:
    # 1e-6 of quadratic programming followed by the equations of its support; both solve the same convex problem.
    weights = reference(data, "weight")
    assert found.weights.to_dict() == pytest.approx({name: weights[name] for name in found.weights.index}, abs=1e-6)
    assert set(weights) == set(found.weights.index)
    for field in ("effect", "pre_rmspe", "post_rmspe"):
        assert getattr(found, field) == pytest.approx(reference(data, field)[""], rel=1e-6)
    assert found.ratio == pytest.approx(found.post_rmspe / found.pre_rmspe, rel=1e-12)


# Weights against the papers


def test_basque_weights_are_those_of_abadie_and_gardeazabal_given_v(shared: Path):
    # Abadie & Gardeazabal (2003): Catalonia 0.8508, Madrid 0.1492. R's synth() prints 0.8508145 and 0.1491843
    # with the V above: 2e-6 off the optimum, since its interior-point solver stops early (and leaves 5e-7 elsewhere).
    table, predictors = basque(shared)
    found = synthetic_control(table, unit=BASQUE, predictors=predictors, predictor_weights=BASQUE_V)
    assert found.weights[found.weights > 0].to_dict() == pytest.approx(
        {"Cataluna": 0.8508145, "Madrid (Comunidad De)": 0.1491843}, abs=3e-6
    )
    assert found.weights.to_dict() == pytest.approx(reference("basque_v", "weight"), abs=1e-7)
    assert found.weights.to_dict() == pytest.approx(reference("basque_v", "ipop"), abs=1e-7)
    # Gaps of the same example: 0.15023473, 0.09168035, 0.03716475 in 1955 to 1957, for the weights it printed.
    np.testing.assert_allclose(found.gaps[:3], [0.15023473, 0.09168035, 0.03716475], atol=2e-5)


def test_west_german_weights_are_those_of_abadie_diamond_and_hainmueller(shared: Path):
    # Abadie, Diamond & Hainmueller (2015), Am J Polit Sci 59:495-510, Table 1, two decimals. Their V is not printed: it
    # is searched anew by the R script (training on the seventies, as they did), hence 0.01 and not 0.005.
    table, predictors = germany(shared)
    given = reference("germany_v", "v")
    found = synthetic_control(table, unit="West Germany", predictors=predictors, predictor_weights=given)
    published = {"Austria": 0.42, "USA": 0.22, "Japan": 0.16, "Switzerland": 0.11, "Netherlands": 0.09}
    assert found.weights[found.weights > 0].to_dict() == pytest.approx(published, abs=0.01)
    assert found.weights.to_dict() == pytest.approx(reference("germany_v", "weight"), abs=1e-6)
    assert found.weights.to_dict() == pytest.approx(reference("germany_v", "ipop"), abs=1e-6)
    in_order = [given[name] for name in predictors.columns]
    again = synthetic_control(table, unit="West Germany", predictors=predictors[::-1], predictor_weights=in_order)
    pd.testing.assert_series_equal(again.weights, found.weights)


def test_proposition_99_from_outcomes_alone(shared: Path):
    # Arkhangelsky et al. (2021), Am Econ Rev 111, Table 1: synthetic control -19.6 from outcomes alone (synthdid prints
    # -19.61966). 0.15, since synthdid stops its Frank-Wolfe steps early and adds a small ridge; R agrees to 1e-6 below.
    found = synthetic_control(prop99(shared), unit="California")
    assert found.effect == pytest.approx(-19.61966, abs=0.15)
    agree_with_r("prop99", found)
    # The five states of Abadie, Diamond & Hainmueller (2010), Table 2, which had predictors that our file has not.
    largest = found.weights.sort_values(ascending=False)
    assert {"Utah", "Nevada", "Montana", "Connecticut", "Colorado"} < set(largest.index[:6])
    assert found.fit_ok
    assert found.unique


@pytest.mark.parametrize(("data", "unit"), [("basque", BASQUE), ("germany", "West Germany")])
def test_other_studies_from_outcomes_alone_agree_with_r(shared: Path, data: str, unit: str):
    table = basque(shared)[0] if data == "basque" else germany(shared)[0]
    agree_with_r(data, synthetic_control(table, unit=unit))
    check_leave_one_out(data, leave_one_out(table, unit=unit))


def test_the_made_panel_agrees_with_r():
    agree_with_r("made", synthetic_control(made(), unit="a"))
    check_leave_one_out("made", leave_one_out(made(), unit="a"))


def check_leave_one_out(data: str, table: pd.DataFrame) -> None:
    check_estimates(table)
    found = dict(zip(table["without"], table["estimate"], strict=True))
    assert found == pytest.approx(reference(data, "without"), rel=1e-6)
    assert table[["lower", "upper"]].isna().all(axis=None)


# Placebos


def test_placebos_of_proposition_99_agree_with_r(shared: Path):
    found = placebo_test(prop99(shared), unit="California")
    others = found.table[~found.table["treated"]].set_index("unit")
    assert others["ratio"].to_dict() == pytest.approx(reference("prop99", "placebo_ratio"), rel=1e-5)
    assert others["effect"].to_dict() == pytest.approx(reference("prop99", "placebo_effect"), rel=1e-5, abs=1e-6)
    # From outcomes alone Missouri and Virginia have higher ratios (with the paper's predictors California is first).
    assert found.p_ratio == found.effect.p_value == 3 / 39
    assert found.effect.inference == "placebo"
    assert found.effect.reason == "all_assignments"
    assert found.effect.lower < found.effect.estimate < found.effect.upper


def test_placebos_of_the_made_panel_agree_with_r():
    found = placebo_test(made(), unit="a")
    others = found.table[~found.table["treated"]].set_index("unit")
    assert others["ratio"].to_dict() == pytest.approx(reference("made", "placebo_ratio"), rel=1e-6)
    ratios = np.array(list(reference("made", "placebo_ratio").values()))
    own = reference("made", "post_rmspe")[""] / reference("made", "pre_rmspe")[""]
    assert found.p_ratio == (1 + (ratios >= own).sum()) / 8


def test_seven_placebos_give_no_interval_and_say_so():
    found = placebo_test(made(), unit="a")
    assert math.isnan(found.effect.lower)
    assert math.isnan(found.effect.upper)
    assert found.effect.reason == "few_placebos"
    assert found.effect.status == "ok"
    wide = placebo_test(made(), unit="a", confidence_level=0.8, statistic="effect").effect  # 1 of 8 may be rejected
    largest = max(map(abs, reference("made", "placebo_effect").values()))
    assert wide.upper - wide.estimate == pytest.approx(largest, rel=1e-6)
    assert wide.reason == "all_assignments"


@pytest.mark.parametrize("statistic", ["ratio", "effect"])
def test_limits_are_the_constant_effects_that_placebos_do_not_reject(statistic: str):
    # Firpo & Possebom (2018): the p-value of a panel less that effect crosses 5 % at each limit.
    random = np.random.default_rng(3)
    outcome = random.normal(size=(21, 1)) * 3 + random.normal(size=(21, 14))
    outcome[0] = outcome[1:6].mean(axis=0) + random.normal(size=14) * 0.7
    outcome[0, 9:] += 4
    limits = placebo_test(panel(outcome, 1, 9), unit="u00", statistic=statistic).effect  # type: ignore[arg-type]
    for limit, outward in ((limits.lower, -1), (limits.upper, 1)):
        for step, rejected in ((0.001, True), (-0.001, False)):
            less = outcome.copy()
            less[0, 9:] -= limit + outward * step
            p = placebo_test(panel(less, 1, 9), unit="u00", statistic=statistic).effect.p_value  # type: ignore[arg-type]
            assert (p <= 0.05) is rejected


def test_badly_fitted_placebos_can_be_left_out(shared: Path):
    # Abadie, Diamond & Hainmueller (2010): states that fitted much worse than California left out.
    found = placebo_test(prop99(shared), unit="California", statistic="effect", max_pre_rmspe_ratio=2)
    left = found.table[found.table["kept"]]
    assert left["pre_rmspe"].max() <= 2 * found.control.pre_rmspe
    assert (found.table[~found.table["kept"]]["pre_rmspe"] > 2 * found.control.pre_rmspe).all()
    assert found.effect.n == len(left) == 29
    assert found.p_effect == found.effect.p_value == (left["effect"].abs() >= abs(found.control.effect)).sum() / 29


# Several units


@pytest.mark.parametrize("data", ["made", "prop99"])
def test_pooled_effect_p_value_and_limits_agree_with_r(data: str, request: pytest.FixtureRequest):
    # R fits all 792 choices of 5 units among 12, and finds the limits by bisection on the p-value (to 1e-8). For
    # Proposition 99 the 39 choices are Abadie, Diamond & Hainmueller's (2010): California a donor of the other states.
    found = pooled_synthetic_control(made() if data == "made" else prop99(request.getfixturevalue("shared")))
    assert found.effect.estimate == pytest.approx(reference(data, "pooled")[""], rel=1e-7)
    assert found.effect.p_value == pytest.approx(reference(data, "pooled_p")[""], abs=1e-9)
    assert (found.distribution**2).sum() == pytest.approx(reference(data, "pooled_sum_of_squares")[""], rel=1e-6)
    assert found.effect.lower == pytest.approx(reference(data, "pooled_lower")[""], abs=1e-5)
    assert found.effect.upper == pytest.approx(reference(data, "pooled_upper")[""], abs=1e-5)
    assert found.effect.inference == "permutation"
    assert found.effect.reason == "all_assignments"
    assert (found.effect.units, found.effect.treated) == ((12, 5) if data == "made" else (39, 1))


def test_pooled_rows_are_those_of_each_unit():
    found = pooled_synthetic_control(made())
    check_estimates(found.estimates)
    alone = [synthetic_control(made(), unit=name) for name in "abcde"]
    assert found.estimates["place"].tolist() == list("abcde")
    np.testing.assert_allclose(found.estimates["estimate"], [c.effect for c in alone], rtol=1e-12)
    np.testing.assert_allclose(found.gaps, np.mean([c.gaps for c in alone], axis=0), rtol=1e-12)
    assert set(found.poor_fit) == {c.unit for c in alone if not c.fit_ok}
    assert found.fit_ok is (not found.poor_fit)
    some = pooled_synthetic_control(made(), units=["b", "d"])
    assert some.effect.estimate == pytest.approx(np.mean([alone[1].effect, alone[3].effect]), rel=1e-12)
    assert some.effect.units == 9


def test_a_sample_of_assignments_is_seeded_and_near_the_whole():
    whole = pooled_synthetic_control(made()).effect
    some = [pooled_synthetic_control(made(), maximum=300, seed=s).effect for s in (1, 1, 2)]
    assert some[0] == some[1]
    assert some[0].p_value != some[2].p_value
    assert some[0].reason == "sampled_assignments"
    assert some[0].p_value == pytest.approx(whole.p_value, abs=4 * math.sqrt(0.033 * 0.967 / 300))
    assert some[0].p_value >= 1 / 300


def test_placebo_means_of_one_unit_are_the_placebo_test():
    # Cavallo et al. (2013) with one treated unit is the rank of Abadie, Diamond & Hainmueller (2010).
    random = np.random.default_rng(8)
    table = panel(random.normal(size=(22, 12)), 1, 8)
    pooled = pooled_synthetic_control(table, inference="placebo").effect
    single = placebo_test(table, unit="u00", statistic="effect").effect
    assert pooled.p_value == pytest.approx(single.p_value, rel=1e-12)
    assert (pooled.lower, pooled.upper) == pytest.approx((single.lower, single.upper), rel=1e-9)


def test_placebo_means_of_two_units_are_those_of_all_pairs_of_donors():
    # Cavallo et al. (2013): one placebo for each treated unit, every combination; here by looking at all 441 pairs.
    random = np.random.default_rng(9)
    table = panel(random.normal(size=(23, 12)), 2, 8)
    found = pooled_synthetic_control(table, inference="placebo")
    single = [
        synthetic_control(table.with_start({name: 2009}), unit=name, donors=[d for d in table.units[2:] if d != name])
        for name in table.units[2:]
    ]
    pairs = np.array([[(a.effect + b.effect) / 2 for a in single] for b in single])
    beyond = (np.abs(pairs) >= abs(found.effect.estimate)).mean()
    assert found.effect.p_value == pytest.approx(1 / 22 + 21 / 22 * beyond, rel=1e-12)
    assert found.distribution.size == 21 * 22 / 2
    sample = pooled_synthetic_control(table, inference="placebo", maximum=400)
    assert sample.distribution.size == 400
    assert sample.effect.p_value == pytest.approx(found.effect.p_value, abs=0.1)


def test_placebo_means_are_refused_where_donors_are_few():
    found = pooled_synthetic_control(made(), inference="placebo").effect
    assert math.isnan(found.lower)
    assert math.isnan(found.p_value)
    assert found.reason == "few_placebos"
    assert found.estimate == pytest.approx(reference("made", "pooled")[""], rel=1e-8)


def test_permutation_is_exact_under_no_effect():
    # 120 panels of exchangeable units: at most 5 % of p-values under 5 % in the long run (binomial, 99.9 % limit 16).
    random = np.random.default_rng(11)
    small = [pooled_synthetic_control(panel(random.normal(size=(8, 7)), 3, 4)).effect.p_value for _ in range(120)]
    assert sum(p <= 0.1 for p in small) <= 24  # binomial(120, 0.1): P(> 24) < 0.0005
    assert sum(p <= 0.1 for p in small) >= 2


# Synthetic difference-in-differences


def test_synthetic_did_of_proposition_99_is_that_of_synthdid(shared: Path):
    # Arkhangelsky et al. (2021), Table 1: -15.6 (8.4, by placebo). synthdid 0.0.9 gives -15.6038278727 (by azcausal's
    # tests against it, tests/test_sdid.py); the R script, written from the paper, the same. 1e-9: the same steps.
    found = synthetic_did(prop99(shared), draws=2)
    assert found.estimate == pytest.approx(-15.6038278727338, abs=1e-9)
    assert found.estimate == pytest.approx(reference("prop99", "sdid")[""], abs=1e-9)
    assert found.omega.to_dict() == pytest.approx(reference("prop99", "omega"), abs=1e-9)
    by_year = {str(year): value for year, value in found.lambda_.items()}
    assert by_year == pytest.approx(reference("prop99", "lambda"), abs=1e-9)
    np.testing.assert_allclose(found.lambda_.iloc[-3:], [0.3664706319, 0.2064530506, 0.4270763175], atol=1e-9)
    # The exact solution of the two problems (quadprog) is 0.0016 away: Frank-Wolfe stops at 1e-5 of the noise.
    assert found.estimate == pytest.approx(reference("prop99", "sdid_exact")[""], abs=0.003)


def test_placebo_error_of_proposition_99_is_near_that_of_r(shared: Path):
    # R: 9.650 with 2 000 draws of its own; 400 draws with heavy tails are good to some 8 %, hence 15 %.
    # The paper prints 8.4, from fewer draws.
    found = synthetic_did(prop99(shared), draws=400)
    assert found.standard_error == pytest.approx(reference("prop99", "sdid_placebo")[""], rel=0.15)
    assert found.upper - found.estimate == pytest.approx(1.959963985 * found.standard_error, rel=1e-9)
    assert (found.inference, found.reason, found.df) == ("placebo", "asked", math.inf)


def test_jackknife_with_two_treated_states_is_that_of_synthdid(shared: Path):
    # California and Wyoming: -4.1538623012790, 17.867241960405 by R's synthdid (azcausal, tests/test_sdid.py).
    found = synthetic_did(prop99(shared, "Wyoming"), inference="jackknife")
    assert (found.estimate, found.standard_error) == pytest.approx((-4.1538623012790, 17.867241960405), abs=1e-9)
    assert found.standard_error == pytest.approx(reference("prop99_two", "sdid_jackknife")[""], rel=1e-9)


def test_synthetic_did_of_the_made_panel_agrees_with_r():
    found = synthetic_did(made(), inference="jackknife")
    assert found.estimate == pytest.approx(reference("made", "sdid")[""], abs=1e-9)
    assert found.standard_error == pytest.approx(reference("made", "sdid_jackknife")[""], rel=1e-8)
    assert found.omega.to_dict() == pytest.approx(reference("made", "omega"), abs=1e-9)
    placebo = synthetic_did(made(), draws=1000)
    # 21 ways to draw 5 of 7 donors: 1 000 draws against R's 2 000 are good to some 2 %.
    assert placebo.standard_error == pytest.approx(reference("made", "sdid_placebo")[""], rel=0.06)
    assert (
        placebo == synthetic_did(made(), draws=1000)
        or placebo.standard_error == synthetic_did(made(), draws=1000).standard_error
    )


def test_synthetic_did_says_when_its_inference_is_not_possible():
    found = synthetic_did(panel(made().outcome, 6, 7))
    assert math.isfinite(found.estimate)
    assert math.isnan(found.lower)
    assert math.isnan(found.p_value)
    assert found.reason == "few_placebos"
    one = synthetic_did(panel(made().outcome, 1, 7), inference="jackknife")
    assert math.isnan(one.standard_error)
    assert one.reason == "few_treated"
    early = synthetic_did(panel(made().outcome, 5, 2))
    assert early.status == "too_few"
    assert math.isnan(early.estimate)


# Properties

numbers = st.integers(-40, 40).map(lambda k: k / 8)


@st.composite
def outcomes(draw: st.DrawFn, units: int = 6, periods: int = 9) -> np.ndarray:
    values = draw(st.lists(numbers, min_size=units * periods, max_size=units * periods))
    return np.array(values).reshape(units, periods)


@given(outcomes(7, 5))
@settings(max_examples=150, deadline=None)
def test_weights_lie_on_the_simplex_and_satisfy_karush_kuhn_tucker(values: np.ndarray):
    weights, unique = simplex_weights(values)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    left = values @ weights
    size = max(np.linalg.norm(values) ** 2, 1e-12)
    assert (values.T @ left >= left @ left - 1e-6 * size).all()  # 1e-6: the ridge where weights are not unique
    if unique:
        np.testing.assert_allclose((values.T @ left - left @ left)[weights > 0], 0, atol=1e-9 * size)


@given(outcomes(5, 9), st.permutations(range(9)))
@settings(max_examples=100, deadline=None)
def test_the_order_of_donors_decides_nothing_even_where_weights_are_tied(values: np.ndarray, order: list[int]):
    one, tied = simplex_weights(values)
    other, again = simplex_weights(values[:, order])
    assert tied == again
    np.testing.assert_allclose(other, one[order], atol=1e-4)  # tied weights: a ridge of 1e-6 tells them apart


@given(outcomes(), st.lists(st.integers(0, 5), min_size=5, max_size=5).filter(any), numbers)
@settings(max_examples=60, deadline=None)
def test_a_mixture_of_donors_is_recovered_with_the_planted_effect(noise: np.ndarray, mix: list[int], effect: float):
    share = np.array(mix) / sum(mix)
    outcome = noise + np.eye(6, 9) * 30  # donors apart from one another before the start: one solution
    outcome[0] = share @ outcome[1:]
    outcome[0, 7:] += effect
    found = synthetic_control(panel(outcome, 1, 7), unit="u00")
    np.testing.assert_allclose(found.weights, share, atol=1e-8)
    np.testing.assert_allclose(found.gaps[:7], 0, atol=1e-7)
    np.testing.assert_allclose(found.gaps[7:], effect, atol=1e-7)
    assert found.effect == pytest.approx(effect, abs=1e-7)
    assert found.fit_ok
    np.testing.assert_allclose(found.synthetic + found.gaps, outcome[0], atol=1e-12)


@given(
    outcomes(),
    st.lists(numbers, min_size=9, max_size=9),
    st.sampled_from([0.25, 2.0, 1000.0]),
    st.permutations(range(6)),
)
@settings(max_examples=40, deadline=None)
def test_shocks_scale_and_labels_change_nothing_of_synthetic_controls(
    noise: np.ndarray, shock: list[float], scale: float, order: list[int]
):
    outcome = noise + np.eye(6, 9) * 30
    kept = outcome.copy()
    first = pooled_synthetic_control(panel(outcome, 2, 6))
    names = [f"v{k}" for k in order]
    other = pooled_synthetic_control(panel((outcome + np.array(shock)) * scale, 2, 6, names))
    np.testing.assert_array_equal(outcome, kept)
    assert other.effect.estimate / scale == pytest.approx(first.effect.estimate, abs=1e-6)
    assert other.effect.p_value == pytest.approx(first.effect.p_value, abs=1e-12)
    for one in first.controls:
        twin = next(c for c in other.controls if c.unit == names[int(one.unit[1:])])
        np.testing.assert_allclose(twin.gaps / scale, one.gaps, atol=1e-6)
        assert twin.fit_ok == one.fit_ok


@pytest.mark.parametrize("seed", range(12))
def test_unit_constants_a_common_trend_and_labels_change_nothing_of_synthetic_did_and_the_effect_adds(seed: int):
    random = np.random.default_rng(seed)
    outcome = random.normal(size=(8, 10)).cumsum(axis=1)
    # A common trend, and a shock after the start. A shock before is no constant: it enters the noise level, so zeta.
    common = np.arange(10) * random.normal() + np.where(np.arange(10) == 8, 7, 0)
    moved = outcome + random.normal(size=(8, 1)) * 5 + common
    effect = random.normal() * 3
    moved[:2, 6:] += effect
    first, other = (synthetic_did(panel(y, 2, 6), inference="jackknife") for y in (outcome, moved))
    assert other.estimate == pytest.approx(first.estimate + effect, abs=1e-6)
    assert other.omega.sum() == pytest.approx(1, abs=1e-9)
    assert min(other.omega.min(), other.lambda_.min()) >= 0
    names = [f"u{k:02d}" for k in random.permutation(8)]
    relabelled = synthetic_did(panel(outcome, 2, 6, names), inference="jackknife")
    assert relabelled.estimate == pytest.approx(first.estimate, abs=1e-6)
    assert relabelled.standard_error == pytest.approx(first.standard_error, abs=1e-6)


@given(st.lists(numbers, min_size=9, max_size=9), st.lists(numbers, min_size=6, max_size=6), numbers)
@settings(max_examples=25, deadline=None)
def test_synthetic_did_recovers_the_effect_where_units_run_parallel(
    shock: list[float], level: list[float], effect: float
):
    outcome = np.add.outer(np.array(level), np.array(shock))
    outcome[:2, 6:] += effect
    assert synthetic_did(panel(outcome, 2, 6), draws=2).estimate == pytest.approx(effect, abs=1e-9)


# What cannot be done


def test_a_poor_fit_is_said():
    outcome = made().outcome.copy()
    outcome[0] += 20  # far from every donor
    far = synthetic_control(panel(outcome, 5, 7), unit="u00")
    assert not far.fit_ok
    assert far.pre_rmspe > 0.5 * far.spread
    pooled = pooled_synthetic_control(panel(outcome, 5, 7))
    assert "u00" in pooled.poor_fit
    assert not pooled.fit_ok


def test_ties_are_said_and_shared_evenly():
    outcome = np.vstack([np.full(6, 2.0), np.full(6, 1.0), np.full(6, 3.0), np.full(6, 3.0)])
    found = synthetic_control(panel(outcome, 1, 4), unit="u00")
    assert not found.unique
    np.testing.assert_allclose(found.weights, [0.5, 0.25, 0.25], atol=1e-6)
    assert found.ratio == 0


def test_too_few_donors_or_periods_are_too_few():
    outcome = made().outcome
    for table in (panel(outcome[:2], 1, 7), panel(outcome, 1, 1)):
        found = synthetic_control(table, unit="u00")
        assert found.status == "too_few"
        assert math.isnan(found.effect)
        assert not found.fit_ok
        assert np.isnan(found.gaps).all()
        pooled = pooled_synthetic_control(table)
        assert pooled.effect.status == pooled.estimates["status"].iloc[0] == "too_few"
        test = placebo_test(table, unit="u00")
        assert test.effect.status == "too_few"
        assert math.isnan(test.p_ratio)
        assert test.table.empty
    assert leave_one_out(panel(outcome[:3], 1, 7), unit="u00")["status"].eq("too_few").all()


def test_errors_of_the_caller_name_the_rule_and_the_remedy():
    table = made()
    for call, words in (
        (lambda: synthetic_control(table, unit="z"), "no such unit"),
        (lambda: synthetic_control(table, unit="g"), "is not treated"),
        (lambda: synthetic_control(table, unit="a", donors=["b", "g"]), "never be treated"),
        (lambda: synthetic_control(table, unit="a", donors=["z"]), "not in the panel"),
        (lambda: synthetic_control(table, unit="a", predictor_weights=[1.0]), "need `predictors`"),
        (lambda: placebo_test(table, unit="a", statistic="gap"), "`statistic`"),  # type: ignore[arg-type]
        (lambda: pooled_synthetic_control(table, inference="normal"), "`inference`"),  # type: ignore[arg-type]
        (lambda: pooled_synthetic_control(table.with_start({})), "nobody is treated"),
        (lambda: pooled_synthetic_control(table.with_start({"a": 2006, "b": 2007})), "different starts"),
        (lambda: synthetic_did(table.with_start({"a": 2006, "b": 2007})), "different starts"),
        (lambda: synthetic_did(table.with_start({})), "nobody is treated"),
        (lambda: synthetic_did(table, inference="bootstrap"), "`inference`"),  # type: ignore[arg-type]
        (lambda: synthetic_did(table, draws=1), "`draws`"),
        (lambda: placebo_test(table, unit="a", confidence_level=1.5), "confidence_level"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    holes = made()
    holes.outcome[7, 2] = np.nan
    with pytest.raises(ValueError, match=r"1 of 96 outcomes are absent, in 1 units"):
        synthetic_control(holes, unit="a")
    assert synthetic_control(holes, unit="a", donors=["f", "g", "i"]).status == "ok"


def test_predictors_are_checked():
    table = made()
    good = pd.DataFrame({"x": np.arange(12.0), "y": np.arange(12.0) % 5}, index=list("abcdefghijkl"))
    for predictors, weights, words in (
        (good.iloc[:-1], None, "no row for 1 units"),
        (good.where(good["x"] > 0), None, "must be complete: 2 of 24"),
        (pd.concat([good, good.iloc[:1]]), None, "some repeat"),
        (good, {"x": 1.0}, "every column"),
        (good, [1.0, -1.0], "2 numbers of 0 or more"),
        (good, [0.0, 0.0], "not all 0"),
    ):
        with pytest.raises(ValueError, match=words):
            synthetic_control(table, unit="a", predictors=predictors, predictor_weights=weights)
    equal = synthetic_control(table, unit="c", predictors=good)
    given_v = synthetic_control(table, unit="c", predictors=good, predictor_weights={"y": 3, "x": 3})
    pd.testing.assert_series_equal(equal.weights, given_v.weights)
