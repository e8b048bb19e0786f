"""Funnels: limits about the target, equal to the published formulas in R; who cannot be classed says why."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.estimation.monitoring import FUNNEL_COLUMNS, estimate_funnel, funnel_dispersion, funnel_limits

REFERENCE = Path(__file__).parent.parent / "reference"
POINTS = pd.read_csv(REFERENCE / "monitoring_funnel.csv")
DISPERSION = pd.read_csv(REFERENCE / "monitoring_dispersion.csv").set_index("case")
# 12 hospitals, deaths after infant heart surgery: Spiegelhalter and others (1996), BUGS Examples volume 1, "Surgical"
SURGICAL = pd.DataFrame(
    {
        "hospital": list("ABCDEFGHIJKL"),
        "deaths": [0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24],
        "operations": [47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360],
    }
)


def surgical(table=SURGICAL, **options):
    return estimate_funnel(
        table, indicator="deaths", numerator="deaths", denominator="operations", by=["hospital"], **options
    )


@pytest.mark.parametrize("case", ["surgical", "insurance", "made"])
def test_dispersion_agrees_with_r(case):
    rows = POINTS[(POINTS["case"] == case) & (POINTS["model"] == "none") & (POINTS["level"] == 0.95)]
    expected = DISPERSION.loc[case]
    out = funnel_dispersion(rows["events"], rows["population"], kind=expected["kind"])
    for name in ("z_squares", "phi", "tau2"):
        assert getattr(out, name) == pytest.approx(expected[name], rel=1e-9, abs=1e-14), name
    assert (out.n, out.status) == (len(rows), "ok")


@pytest.mark.parametrize("case", ["surgical", "insurance", "made"])
@pytest.mark.parametrize("model", ["none", "multiplicative", "additive"])
def test_limits_agree_with_r(case, model):
    rows = POINTS[(POINTS["case"] == case) & (POINTS["model"] == model)]
    for level, part in rows.groupby("level"):
        kind, found = part["kind"].iloc[0], DISPERSION.loc[case]
        limits = funnel_limits(
            part["population"],
            target=part["events"].sum() / part["population"].sum(),
            kind=kind,
            phi=found["phi"] if model == "multiplicative" else 1.0,
            tau2=found["tau2"] if model == "additive" else 0.0,
            confidence_level=level,
        )
        np.testing.assert_allclose(limits, [part["lower"], part["upper"]], rtol=1e-9, atol=1e-14)
        table = part.assign(area=range(len(part)))
        out = estimate_funnel(
            table,
            indicator="x",
            numerator="events",
            denominator="population",
            by=["area"],
            kind=kind,
            overdispersion=model,
        )
        name = "95" if level == 0.95 else "998"
        got = out[[f"lower_{name}", f"upper_{name}"]].to_numpy().T
        np.testing.assert_allclose(got, [part["lower"], part["upper"]], rtol=1e-9, atol=1e-14)


def test_the_funnel_is_not_wilson_and_the_difference_changes_who_is_flagged():
    # phe_funnels draws Wilson-like limits of the target; they are not those of p0 +- z sqrt(p0 (1 - p0) / N).
    target = 208 / 2814
    lower, upper = funnel_limits([47, 810], target=target)
    assert upper[0] == pytest.approx(target + 1.959963985 * np.sqrt(target * (1 - target) / 47), rel=1e-9)
    wilson = wilson_interval(target * 47, 47)
    assert upper[0] < float(wilson[1])
    assert lower[0] == 0.0 < float(wilson[0])
    # an area of 47 people at 15.5 % lies outside the funnel and inside the Wilson limits
    assert upper[0] < 0.155 < float(wilson[1])


def test_hospitals_of_the_surgical_data_are_classed():
    out = surgical().set_index("hospital")
    assert out.loc["H", "funnel_class"] == "above_998"
    assert out.loc["B", "funnel_class"] == "above_95"
    assert out.loc["E", "funnel_class"] == "below_95"
    assert out.loc["A", "funnel_class"] == "within"  # 0 of 47 is not surprising
    assert out["target"].eq(208 / 2814).all()
    check_estimates(out.reset_index())


@pytest.mark.parametrize("model", ["multiplicative", "additive"])
def test_overdispersion_widens_and_never_narrows(model):
    plain, wide = surgical(), surgical(overdispersion=model)
    assert (wide["upper_998"] > plain["upper_998"]).all()
    even = SURGICAL.assign(deaths=SURGICAL["operations"] // 10)  # less spread than chance
    plain, wide = surgical(even), surgical(even, overdispersion=model)
    pd.testing.assert_series_equal(plain["upper_95"], wide["upper_95"])


def test_lower_and_upper_stay_the_interval_of_the_estimate():
    out = surgical()
    lower, upper = wilson_interval(out["numerator"], out["denominator"])
    np.testing.assert_allclose(out[["lower", "upper"]].to_numpy().T, [lower, upper])


def test_who_cannot_be_classed_says_why():
    table = pd.concat([SURGICAL, pd.DataFrame({"hospital": ["Z"], "deaths": [0], "operations": [0]})])
    empty = surgical(table).set_index("hospital").loc["Z"]
    assert (empty["funnel_class"], empty["status"]) == ("no_population", "too_few")
    for deaths in (0, SURGICAL["operations"]):
        out = surgical(SURGICAL.assign(deaths=deaths))
        assert set(out["funnel_class"]) == {"no_variation"}
        assert out[["estimate", "lower", "lower_95", "upper_998"]].isna().all(axis=None)
    few = surgical(SURGICAL.head(9), overdispersion="additive")
    assert set(few["funnel_class"]) == {"too_few_groups"}
    assert set(few["status"]) == {"too_few"}
    assert set(surgical(SURGICAL.head(9))["status"]) == {"ok"}
    assert set(surgical(SURGICAL.iloc[1:2])["funnel_class"]) == {"one_group"}
    assert set(surgical(SURGICAL.iloc[1:2], target=0.07)["funnel_class"]) == {"above_95"}
    assert surgical(SURGICAL.head(0)).empty
    assert list(surgical(SURGICAL.head(0)).columns) == list(surgical().columns)


def test_dispersion_of_few_areas_or_none_is_refused():
    for events, population in (([], []), ([1], [10]), (range(9), [20] * 9), ([0] * 12, [20] * 12)):
        out = funnel_dispersion(list(events), population)
        assert out.status == "too_few"
        assert np.isnan([out.phi, out.tau2, out.z_squares]).all()
    with_nan = funnel_dispersion([*SURGICAL["deaths"], np.nan, 0], [*SURGICAL["operations"], 50, 0])
    assert with_nan.phi == pytest.approx(DISPERSION.loc["surgical", "phi"], rel=1e-9)
    assert with_nan.n == 12


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deaths": -1}, "between 0 and `operations`: 12 of 12"),
        ({"deaths": np.nan}, "between 0 and"),
        ({"deaths": 1000}, "between 0 and `operations`: 12 of 12 rows are not \\(first: row 0"),
        ({"operations": -1}, "between 0 and"),
    ],
)
def test_counts_that_cannot_be_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        surgical(SURGICAL.assign(**change))


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="part of `by`"):
        surgical(within=["year"])
    with pytest.raises(ValueError, match="overdispersion"):
        surgical(overdispersion="phi")
    with pytest.raises(ValueError, match="kind"):
        surgical(kind="ratio")
    with pytest.raises(ValueError, match="winsorise"):
        surgical(winsorise=0.5)
    with pytest.raises(ValueError, match="target"):
        funnel_limits([10], target=1.5)
    with pytest.raises(ValueError, match="population"):
        funnel_limits([-10], target=0.5)
    with pytest.raises(ValueError, match="events"):
        funnel_dispersion([11], [10])
    with pytest.raises(ValueError, match="no column"):
        surgical(SURGICAL.drop(columns="deaths"))


def test_a_rate_per_thousand_is_a_thousand_times_the_rate():
    options = {"kind": "rate", "overdispersion": "additive"}
    one, thousand = surgical(**options), surgical(**options, multiplier=1000)
    assert set(thousand["unit"]) == {"per_1000"}
    for name in ("estimate", "lower", "upper", "target", "lower_95", "upper_998"):
        np.testing.assert_allclose(thousand[name], one[name] * 1000, rtol=1e-12)
    assert (thousand["funnel_class"] == one["funnel_class"]).all()
    goal = surgical(kind="rate", multiplier=1000, target=70.0)
    assert set(goal["target"].round(9)) == {70.0}
    with pytest.raises(ValueError, match="multiplier"):
        surgical(multiplier=100)


def test_a_funnel_each_year_is_the_funnel_of_that_year_alone():
    other = SURGICAL.assign(deaths=SURGICAL["deaths"] // 2, year=2019)
    both = pd.concat([SURGICAL.assign(year=2018), other])
    options = {"indicator": "x", "numerator": "deaths", "denominator": "operations", "overdispersion": "additive"}
    out = estimate_funnel(both, by=["hospital", "year"], within=["year"], **options)
    for year, part in both.groupby("year"):
        alone = estimate_funnel(part, by=["hospital", "year"], **options)
        got = out[out["year"] == year].reset_index(drop=True)
        pd.testing.assert_frame_equal(got, alone)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=20),
    st.sampled_from(["none", "multiplicative", "additive"]),
    st.randoms(use_true_random=False),
)
def test_grouping_equals_summing_and_order_does_not_matter(rows, model, random):
    table = pd.DataFrame([(a, x, x + y) for a, x, y in rows], columns=["hospital", "deaths", "operations"])
    before = table.copy(deep=True)
    out = surgical(table, overdispersion=model)
    pd.testing.assert_frame_equal(table, before)
    summed = table.groupby("hospital", as_index=False)[["deaths", "operations"]].sum()
    pd.testing.assert_frame_equal(surgical(summed, overdispersion=model), out)
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = table.iloc[order].assign(extra="x").set_axis([f"r{i}" for i in order])
    pd.testing.assert_frame_equal(surgical(mixed, overdispersion=model), out)
    known = out[out["status"] == "ok"]
    assert (known["lower_998"] <= known["lower_95"]).all()
    assert (known["upper_95"] <= known["upper_998"]).all()
    assert known["lower_998"].ge(0).all()
    assert known["upper_998"].le(1).all()
    assert [c for c in FUNNEL_COLUMNS if c not in out] == []
