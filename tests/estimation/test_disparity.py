"""Gaps and summary measures: equal to R's derivatives; refused where nothing can be said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prs_eval.estimation.disparity import MEASURES, disparity, estimate_disparities

REFERENCE = Path(__file__).parent.parent / "reference"
GROUPS = pd.read_csv(REFERENCE / "inequality_groups.csv")
DISPARITY = pd.read_csv(REFERENCE / "inequality_disparity.csv")
TABLE = pd.read_csv(REFERENCE / "inequality_table.csv").set_index(["case", "measure"])


def columns(case):
    rows = GROUPS[GROUPS["case"] == case]
    return rows["value"].to_numpy(), rows["population"].to_numpy(), rows["se"].to_numpy()


@pytest.mark.parametrize("row", list(DISPARITY.itertuples()), ids=lambda r: f"{r.case}-{r.measure}")
def test_measures_agree_with_r(row):
    out = disparity(*columns(row.case), measure=row.measure)
    got, expected = (out.estimate, out.lower, out.upper), (row.estimate, row.lower, row.upper)
    # the variance of rates near 80 loses digits in R's complex step
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-13)
    assert (out.unit, out.method, out.status) == (row.measure, "delta", "ok")


@pytest.mark.parametrize("case", ["india", "quartiers"])
def test_disparity_of_counts_agrees_with_r(case):
    y, n, _ = columns(case)
    table = pd.DataFrame({"rank": range(len(y)), "x": np.round(y * n), "n": n}).iloc[::-1]
    names = {"indicator": "i", "numerator": "x", "denominator": "n", "rank": "rank"}
    out = estimate_disparities(table, measure="mean_log_deviation", **names)
    expected = TABLE.loc[(case, "mean_log_deviation")].to_numpy()
    np.testing.assert_allclose(out[["estimate", "lower", "upper"]].to_numpy(dtype=float)[0], expected, rtol=1e-9)
    twice = pd.concat([table.assign(x=table["x"] // 2, n=table["n"] // 2), table.assign(x=0, n=0)])
    halved = estimate_disparities(twice, measure="absolute_gap", **names).iloc[0]
    assert halved["n"] == len(y)
    empty = estimate_disparities(table.head(0), measure="absolute_gap", **names)
    assert empty["status"].tolist() == ["too_few"]
    with pytest.raises(ValueError, match="1 of"):
        estimate_disparities(table.assign(x=[-1, *table["x"][1:]]), measure="absolute_gap", **names)


@pytest.mark.parametrize("measure", MEASURES)
def test_limits_have_the_scale_of_the_sampling_error(measure):
    # healthequal's limits of Theil, MLD and PAF are out of scale; a simulation says what theirs is
    y, n, s = columns("india")
    out = disparity(y, n, s, measure=measure)
    draws = np.random.default_rng(4).normal(y, s, (4000, len(y)))
    low, high = np.quantile([disparity(d, n, s, measure=measure).estimate for d in draws], [0.025, 0.975])
    assert out.upper - out.lower == pytest.approx(high - low, rel=0.06)
    assert (out.lower, out.upper) == pytest.approx((low, high), abs=0.1 * (high - low))


def test_every_measure_has_a_reference():
    assert set(DISPARITY["measure"]) == set(MEASURES)


@pytest.mark.parametrize("measure", MEASURES)
def test_scaling_populations_changes_nothing_and_empty_is_too_few(measure):
    y, n, s = columns("india")
    one, ten = (disparity(y, n * scale, s, measure=measure) for scale in (1, 10))
    assert (one.estimate, one.lower, one.upper) == pytest.approx((ten.estimate, ten.lower, ten.upper), rel=1e-12)
    for values in ([], [0.5], [np.nan, 0.5]):
        out = disparity(values, [100] * len(values), [0.1] * len(values), measure=measure)
        assert out.status == "too_few"
        assert np.isnan([out.estimate, out.lower, out.upper]).all()
    if measure not in ("absolute_gap", "between_group_variance", "population_attributable_risk"):
        assert disparity([0, 0], [10, 10], [0.1, 0.1], measure=measure).status == "too_few"


def test_equal_groups_have_no_disparity_and_a_limit_of_zero():
    out = disparity([0.4, 0.4, 0.4], [10, 20, 30], [0.1, 0.1, 0.1], measure="absolute_gap")
    assert out.estimate == 0
    # The delta method knows no error where all are equal: nothing is said rather than a limit of no width.
    assert disparity([0.5, 0.5], [10, 10], [0.1, 0.1], measure="theil_index").status == "too_few"


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (([0.1, 0.2], [0, 10], [0.1, 0.1]), {"measure": "theil_index"}),
        (([0.1, 0.2], [10, 10], [0.1, -0.1]), {"measure": "theil_index"}),
        (([0.1, 0.2], [10, 10], [0.1]), {"measure": "theil_index"}),
        (([0.1, 0.2], [10, 10], [0.1, 0.1]), {"measure": "gini"}),
        (([0.1, 0.2], [10, 10], [0.1, 0.1]), {"measure": "absolute_gap", "reference": 2}),
    ],
)
def test_what_cannot_be_is_refused(data, options):
    with pytest.raises(ValueError, match=r"must|alike"):
        disparity(*data, **options)
