"""Run charts: Anhøj's two rules equal to R on published series; short series are refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.run_charts import run_chart

REFERENCE = Path(__file__).parent.parent / "reference"
POINTS = pd.read_csv(REFERENCE / "charts_points.csv")
RUNS = pd.read_csv(REFERENCE / "charts_runs.csv")


@pytest.mark.parametrize("row", list(RUNS.itertuples()), ids=lambda r: r.case)
def test_runs_agree_with_r(row):
    out = run_chart(POINTS.loc[(POINTS["case"] == row.case) & (POINTS["chart"] == "xmr"), "value"])
    for name in ("n_useful", "longest_run", "longest_run_limit", "crossings", "crossings_minimum"):
        assert getattr(out, name) == getattr(row, name), name
    assert out.signal == (row.longest_run > row.longest_run_limit or row.crossings < row.crossings_minimum)


def test_the_nile_has_moved_and_the_juice_has_not():
    def signal(case):
        return run_chart(POINTS.loc[(POINTS["case"] == case) & (POINTS["chart"] == "xmr"), "value"]).signal

    assert signal("nile")
    assert not signal("juice")


def test_limits_are_those_of_the_published_table():
    # Anhøj and Olesen (2014), PLoS ONE 9:e113825, table 1: useful points, longest run, fewest crossings
    for n, run, crossings in ((10, 6, 2), (12, 7, 3), (20, 7, 6), (24, 8, 8), (30, 8, 10)):
        out = run_chart(np.tile([0.0, 1.0], n // 2))
        assert (out.longest_run_limit, out.crossings_minimum) == (run, crossings)


def test_series_too_short_are_refused_and_say_so():
    for values in ([], [1.0], [1, 2] * 4, [5.0] * 40):
        out = run_chart(values)
        assert (out.status, out.why, out.signal) == ("too_few", "too_few_points", False)
        assert np.isnan(out.longest_run)
    assert run_chart([1, 2] * 5).status == "ok"
    assert run_chart([1] * 9 + [2] * 9).signal
    for values in ([1.0, np.nan] * 6, [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="must"):
            run_chart(values)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-9, 9), max_size=40))
def test_turning_the_series_over_or_round_changes_nothing(values):
    out, over, back = (run_chart(v) for v in (values, [-v for v in values], values[::-1]))
    for name in ("n_useful", "longest_run", "crossings", "signal", "status"):
        found = [getattr(x, name) for x in (out, over, back)]
        assert found[0] == found[1] == found[2] or np.isnan(found).all()
