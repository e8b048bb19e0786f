"""Gaps between meetings one by one: only what habit does not explain is flagged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prs_eval.programme.network_chart import rhythm_chart
from prs_eval.reporting.text.network_chart import chart, chart_alt, chart_table


def held(*weeks: float) -> dict[str, pd.DataFrame]:
    """Meetings of one quartier, so many weeks apart."""
    days = pd.Timestamp("2016-01-04") + pd.to_timedelta(np.cumsum([0.0, *weeks]) * 7, unit="D")
    return {"meetings": pd.DataFrame({"quartier": "Fives", "year": days.year, "held_on": days})}


USUAL = (6, 8, 6, 8, 6, 8, 6, 8, 6, 8, 6, 8)


def test_the_limits_are_those_of_an_xmr_chart_worked_by_hand():
    gaps = rhythm_chart(held(*USUAL), year=2020)
    assert gaps["centre"].iloc[0] == pytest.approx(7)
    assert gaps["upper"].iloc[0] == pytest.approx(7 + 2.66 * 2)  # every moving range is 2
    assert gaps["lower"].iloc[0] == pytest.approx(7 - 2.66 * 2)
    assert not gaps["signal"].any()
    assert "Aucun des 12 derniers délais ne sort de l'ordinaire" in chart(gaps)


def test_one_long_break_is_flagged_and_no_ordinary_gap_with_it():
    gaps = rhythm_chart(held(*USUAL, *USUAL, 40), year=2030)
    assert list(gaps.loc[gaps["signal"], "weeks"]) == [40]
    told = chart(gaps)
    assert "1 sort de la variation habituelle" in told
    assert told in chart_alt(gaps)
    assert list(chart_table(gaps).iloc[0])[1:] == ["40,0", "oui"]


def test_few_gaps_have_no_limits_and_it_is_said():
    gaps = rhythm_chart(held(6, 7, 8), year=2020)
    assert gaps["centre"].isna().all()
    assert "il en faut au moins 12" in chart(gaps)


def test_a_year_to_come_is_not_read():
    assert rhythm_chart(held(*USUAL), year=2016)["held_on"].max().year == 2016
