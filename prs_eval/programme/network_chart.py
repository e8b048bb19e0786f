"""Each gap between two meetings on a control chart: which are out of the ordinary."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prs_eval.estimation.charts import xmr_chart
from prs_eval.programme.network_meetings import meeting_gaps
from prs_eval.programme.network_rows import Tables

MOST_GAPS = 40  # about five years: more would be read one by one no longer


def rhythm_chart(tables: Tables, *, year: int) -> pd.DataFrame:
    """Weeks since the meeting before, for the last 40 meetings of a quartier up to `year`, with their limits.

    Returns
    -------
    One row a meeting, in time order: `held_on`, `weeks`, `centre` (their mean), `lower` and `upper` (2.66 mean moving
    ranges away, none under 0) and `signal`, whether it lies outside them. The rules on runs are left out: one long
    break shifts the mean and would flag every ordinary gap. No limits (NaN) and no signal under 12 gaps.

    Source: Wheeler (2000), Understanding Variation; NHS England, Making Data Count (see `estimation.charts.xmr_chart`).
    """
    gaps = meeting_gaps(tables["meetings"])
    gaps = gaps[gaps["year"] <= year].sort_values("held_on", kind="stable").tail(MOST_GAPS)
    weeks = gaps["weeks"].to_numpy(dtype=float)
    out = gaps[["held_on", "weeks"]].reset_index(drop=True)
    if not weeks.size:
        return out.assign(centre=np.nan, lower=np.nan, upper=np.nan, signal=False)
    chart = xmr_chart(weeks)
    limits = {"lower": np.maximum(chart.lower, 0), "upper": chart.upper}
    return out.assign(centre=chart.centre, **limits, signal=chart.outside)
