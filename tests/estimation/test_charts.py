"""Control charts: limits and rules equal to R point by point; a published chart comes back; few points are refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.charts import CHART_COLUMNS, estimate_control_charts, p_chart, p_prime_chart, xmr_chart
from prs_eval.estimation.frame import check_estimates
from prs_eval.estimation.intervals import wilson_interval

POINTS = pd.read_csv(Path(__file__).parent.parent / "reference" / "charts_points.csv")
RULES = ("outside", "shift", "trend", "two_of_three")
SHARES = {"p": p_chart, "p_prime": p_prime_chart}
ALL = [tuple(key) for key in POINTS[["case", "chart"]].drop_duplicates().to_numpy()]


def rows_of(case, chart):
    return POINTS[(POINTS["case"] == case) & (POINTS["chart"] == chart)]


def charts(table, **options):
    names = {"indicator": "i", "numerator": "events", "denominator": "population", "order": "month"}
    return estimate_control_charts(table, **{**names, **options})


def agree(out, rows, top=np.inf):
    assert out.status == "ok"
    assert out.centre == pytest.approx(rows["centre"].iloc[0], rel=1e-12)
    np.testing.assert_allclose(out.lower, rows["lower"].clip(0 if top == 1 else -np.inf), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(out.upper, rows["upper"].clip(upper=top), rtol=1e-9)
    for rule in RULES:
        np.testing.assert_array_equal(getattr(out, rule), rows[rule] == 1, err_msg=rule)


@pytest.mark.parametrize(("case", "chart"), [k for k in ALL if k[1].startswith("xmr")])
def test_xmr_chart_agrees_with_r(case, chart):
    rows = rows_of(case, chart)
    agree(xmr_chart(rows["value"], screen=chart == "xmr"), rows)


@pytest.mark.parametrize("case", ["juice", "large"])
def test_p_chart_agrees_with_r(case):
    rows = rows_of(case, "p")
    agree(p_chart(rows["events"], rows["population"]), rows, top=1.0)


@pytest.mark.parametrize("case", ["juice", "large"])
def test_p_prime_chart_agrees_with_r(case):
    rows = rows_of(case, "p_prime")
    agree(p_prime_chart(rows["events"], rows["population"]), rows, top=1.0)


def test_the_published_p_chart_comes_back():
    # Montgomery (1991), Introduction to Statistical Quality Control, 2nd ed., pp. 152-155: printed to 4 decimals
    rows = rows_of("juice", "p")
    out = p_chart(rows["events"], rows["population"])
    assert (out.centre, out.lower[0], out.upper[0]) == pytest.approx((0.2313, 0.0524, 0.4102), abs=5e-5)
    assert (np.flatnonzero(out.outside) + 1).tolist() == [15, 23]


def test_a_plain_p_chart_flags_most_of_large_periods_where_laney_flags_the_true_one():
    rows = rows_of("large", "p")
    counts = rows["events"], rows["population"]
    assert p_chart(*counts).outside.sum() == 16
    assert np.flatnonzero(p_prime_chart(*counts).outside).tolist() == [19]


@pytest.mark.parametrize("chart", ["xmr", "p", "p_prime"])
def test_table_charts_agree_with_r(chart):
    rows = pd.concat(
        [rows_of(case, chart).assign(month=range(len(rows_of(case, chart)))) for case in ("juice", "large")]
    )
    out = charts(rows, by=["case"], chart=chart)
    check_estimates(out)
    rows = rows.sort_values(["case", "month"])
    np.testing.assert_allclose(out["centre"], rows["centre"], rtol=1e-12)
    np.testing.assert_allclose(out["upper_limit"], rows["upper"].clip(upper=1 if chart != "xmr" else np.inf), rtol=1e-9)
    flagged = rows[list(RULES)].eq(1).any(axis=1).to_numpy()
    np.testing.assert_array_equal(out["special_cause"] != "", flagged)
    np.testing.assert_allclose(
        out[["lower", "upper"]].to_numpy().T, wilson_interval(rows["events"], rows["population"])
    )


def test_series_too_short_or_without_variation_are_refused_and_say_so():
    for make in (xmr_chart, lambda y: p_chart(y, np.full(len(y), 9)), lambda y: p_prime_chart(y, np.full(len(y), 9))):
        for length in (0, 1, 11):
            out = make(np.arange(length) % 9)
            assert (out.status, out.why) == ("too_few", "too_few_points")
            assert np.isnan(out.centre)
            assert np.isnan(out.upper).all()
            assert not out.special_cause.any()
        assert make(np.arange(12) % 5).status == "ok"
        assert make(np.zeros(15)).why == "no_variation"
        assert make(np.full(15, 9)).why == "no_variation"
    assert p_chart([1] * 11 + [0], [5] * 11 + [0]).why == "no_population"


def test_few_years_keep_their_shares_and_say_there_is_no_chart():
    table = pd.DataFrame({"quartier": "Fives", "year": range(2014, 2019), "events": [5, 6, 7, 8, 9], "population": 20})
    out = charts(table, order="year", by=["quartier", "year"])
    assert set(out["special_cause"]) == {"too_few_points"}
    assert set(out["status"]) == {"ok"}
    assert out["upper_limit"].isna().all()
    assert out["estimate"].tolist() == [0.25, 0.3, 0.35, 0.4, 0.45]
    assert charts(table.head(0), order="year", by=["quartier"]).empty
    assert charts(table, order="year")["year"].tolist() == [2014, 2015, 2016, 2017, 2018]


def test_what_cannot_be_is_refused():
    for call in (
        lambda: xmr_chart([1.0, np.nan] * 10),
        lambda: xmr_chart([[1.0, 2.0]]),
        lambda: p_chart([1] * 12, [0] * 12),
        lambda: p_chart([np.nan] * 12, [5] * 12),
        lambda: p_prime_chart([-1] * 12, [5] * 12),
        lambda: charts(pd.DataFrame({"month": [1], "events": [3], "population": [2]})),
        lambda: charts(pd.DataFrame({"month": [1], "events": [1], "population": [2]}), chart="c"),
    ):
        with pytest.raises(ValueError, match="must"):
            call()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40),
    st.sampled_from(["xmr", "p", "p_prime"]),
)
def test_grouping_equals_summing_and_order_does_not_matter(rows, chart):
    table = pd.DataFrame([(m, x, x + y) for m, x, y in rows], columns=["month", "events", "population"])
    before = table.copy(deep=True)
    out = charts(table, chart=chart)
    pd.testing.assert_frame_equal(table, before)
    summed = table.groupby("month", as_index=False).sum()
    pd.testing.assert_frame_equal(charts(summed, chart=chart), out)
    mixed = table.iloc[::-1].assign(more="x").set_axis([f"r{i}" for i in range(len(table))])
    pd.testing.assert_frame_equal(charts(mixed, chart=chart), out)
    assert [c for c in CHART_COLUMNS if c not in out] == []
