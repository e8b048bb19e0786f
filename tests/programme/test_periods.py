"""Years put together: which ones, with the break said, and never three years that are two."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.frame import check_estimates, estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.programme import recent
from prs_eval.programme.periods import pool, recent_years
from tests.programme.ambassador_tables import people
from tests.programme.screening_tables import EQUIPPED, HONOURED, LOST, MISSED, screening_tables


def yearly(counts, quartier="Fives"):
    """Shares of a year each: {year: (numerator, denominator)}."""
    rows = [
        {"indicator": "share", "quartier": quartier, "year": y, "kind": "optical", "numerator": x, "denominator": n}
        for y, (x, n) in counts.items()
    ]
    return estimates(rows, groups=["kind"])


def test_three_years_up_to_the_reports_own():
    assert list(recent_years(2018).years) == [2016, 2017, 2018]


@pytest.mark.parametrize(
    ("year", "said"), [(2018, 0), (2019, 0), (2020, 1), (2021, 1), (2022, 1), (2023, 1), (2024, 0)]
)
def test_a_period_that_touches_the_break_carries_it(year, said, workbench):
    assert len(recent_years(year, breaks=workbench.breaks).breaks) == said


# 3 of 7 with Wilson limits: 15.8 % to 75.0 % (Newcombe 1998's formula; R: prop.test(3, 7, correct = FALSE)).
def test_people_of_the_three_years_are_added_with_one_interval():
    (row,) = pool(yearly({2015: (9, 9), 2016: (1, 2), 2017: (0, 3), 2018: (2, 2)}), period=recent_years(2018)).to_dict(
        "records"
    )
    assert (row["numerator"], row["denominator"], row["n"]) == (3, 7, 7)
    assert (row["indicator"], row["year"], row["method"]) == ("share_recent", 2018, "wilson")
    assert (row["lower"], row["upper"]) == pytest.approx((0.158223, 0.749544), abs=5e-5)


def test_no_row_where_the_first_of_the_three_years_has_nobody():
    period = recent_years(2018)
    assert pool(yearly({2017: (1, 2), 2018: (2, 2)}), period=period).empty
    assert pool(yearly({2016: (0, 0), 2018: (2, 2)}), period=period).empty
    assert pool(yearly({}), period=period).empty


def test_one_quartier_without_a_first_year_takes_nothing_from_another():
    both = pd.concat([yearly({2016: (1, 2), 2018: (1, 4)}), yearly({2018: (3, 3)}, "Moulins")], ignore_index=True)
    out = pool(both, period=recent_years(2018))
    assert out[["quartier", "numerator", "denominator"]].to_numpy().tolist() == [["Fives", 2.0, 6.0]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=3, max_size=3), st.randoms())
def test_pooling_is_adding_whatever_the_order_of_the_rows(sizes, random):
    counts = {2016 + i: (round(n * part), n) for i, (n, part) in enumerate(sizes)}
    table = yearly(counts)
    before = table.copy()
    order = list(range(3))
    random.shuffle(order)
    out = pool(table.iloc[order], period=recent_years(2018)).iloc[0]
    x, n = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
    assert (out["numerator"], out["denominator"]) == (x, n)
    assert np.allclose([out["lower"], out["upper"]], wilson_interval(x, n))
    pd.testing.assert_frame_equal(table, before)


def test_the_three_main_shares_leave_the_unknown_out(workbench):
    sessions = [{"session_id": f"S{y}", "held_on": f"{y}-03-01"} for y in (2015, 2016, 2017, 2018)]
    who = [{**p, "session_id": f"S{y}"} for y in (2015, 2016, 2018) for p in (EQUIPPED, HONOURED, MISSED, LOST, {})]
    tables = screening_tables(sessions, who)
    out = recent.recent_screening(tables, year=2018, workbench=workbench)
    check_estimates(out)
    shares = {row.stage: (row.numerator, row.denominator) for row in out.itertuples()}
    assert shares == {"need": (8, 10), "honoured": (4, 6), "equipped": (2, 6)}  # two years of five people


def test_who_stays_is_counted_each_year(workbench):
    tables = people(
        ("Fives", "30-44", "female", "2014-03-01", None, None),
        ("Fives", "30-44", "male", "2014-03-01", "2017-06-30", None),
    )
    (row,) = recent.recent_retention(tables, year=2018, workbench=workbench).to_dict("records")
    assert (row["numerator"], row["denominator"]) == (4, 5)
    assert recent.recent_retention(tables, year=2016, workbench=workbench).empty  # nobody yet on 1 January 2014
    nobody = {"ambassadors": tables["ambassadors"].head(0)}
    assert recent.recent_retention(nobody, year=2018, workbench=workbench, by=()).empty
