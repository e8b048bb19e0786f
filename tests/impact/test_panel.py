"""A panel holds what the table held, and refuses a table that is not one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prs_eval.impact.panel import NEVER, read_panel


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": ["B", "A", "A", "B", "C"],
            "year": [2019, 2018, 2019, 2018, 2018],
            "events": [3, 1, 2, 4, 5],
            "people": [30, 10, 10, 40, 50],
        }
    )


def read(rows: pd.DataFrame | None = None, **options):
    start = {"start": {"A": 2019}} | options
    return read_panel(
        table() if rows is None else rows, unit="place", time="year", numerator="events", denominator="people", **start
    )


def test_counts_become_rates_weighted_by_people_and_what_was_not_observed_is_nan():
    before = table()
    panel = read(before)
    assert panel.units == ("A", "B", "C")
    np.testing.assert_array_equal(panel.times, [2018, 2019])
    np.testing.assert_allclose(panel.outcome, [[0.1, 0.2], [0.1, 0.1], [0.1, np.nan]])
    np.testing.assert_array_equal(panel.weight, [[10, 10], [40, 30], [50, 0]])
    np.testing.assert_array_equal(panel.start, [2019, NEVER, NEVER])
    np.testing.assert_array_equal(panel.treated, [True, False, False])
    np.testing.assert_array_equal(panel.post, [[False, True], [False, False], [False, False]])
    assert not panel.balanced
    pd.testing.assert_frame_equal(before, table())


def test_a_start_after_the_last_period_is_not_a_treated_unit():
    assert not read(start={"A": 2030}).treated.any()


def test_a_start_can_be_a_column_where_nan_and_0_mean_never():
    rows = table().assign(begun=[0, 2019, 2019, 0, np.nan])
    np.testing.assert_array_equal(read(rows, start="begun").start, [2019, NEVER, NEVER])


def test_the_long_table_holds_what_was_observed_and_reads_back():
    panel = read()
    long = panel.long()
    assert len(long) == 5
    again = read_panel(
        long, unit="unit", time="time", numerator="numerator", denominator="denominator", start={"A": 2019}
    )
    np.testing.assert_array_equal(again.outcome, panel.outcome)


def test_units_and_periods_are_kept_by_name_or_by_mask_in_the_panels_order():
    panel = read()
    kept = panel.keep(units=["B", "A"], times=[2019])
    assert kept.units == ("A", "B")
    np.testing.assert_allclose(kept.outcome, [[0.2], [0.1]])
    assert panel.keep(units=~panel.treated).units == ("B", "C")
    with pytest.raises(ValueError, match="no such unit in the panel: Z"):
        panel.keep(units=["Z"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: pd.concat([t, t.head(1)]), "repeat a `place` and `year`"),
        (lambda t: t.assign(year=["2018a", 2018, 2019, 2018, 2018]), "whole numbers: 1 of 5"),
        (lambda t: t.assign(people=[30, 0, 10, 40, 50]), "`people` must be positive: 1"),
        (lambda t: t.assign(place=[None, "A", "A", "B", "C"]), "`place` is missing in 1 of 5"),
        (lambda t: t.drop(columns="people"), "columns missing from the table: people"),
    ],
)
def test_what_is_no_panel_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        read(change(table()))


def test_a_treated_unit_that_is_not_there_and_a_start_that_varies_are_refused():
    with pytest.raises(ValueError, match="not in the panel: Z"):
        read(start={"Z": 2018})
    with pytest.raises(ValueError, match="varies within 1 units"):
        read(table().assign(begun=[0, 2018, 2019, 0, 0]), start="begun")
