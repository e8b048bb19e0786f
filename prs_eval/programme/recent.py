"""The main shares over the last three years together, where one year alone has too few people to say much."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from prs_eval.inputs.parameters import Workbench
from prs_eval.programme import ambassadors, network, screening
from prs_eval.programme.periods import pool, recent_years
from prs_eval.programme.screening_people import Tables

# Needing care among the screened, honoured among the referred, equipped or treated among those in need.
SHARES = (("need", "screened"), ("honoured", "referred"), ("equipped", "need"))


def recent_screening(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """`screening_stage_share_recent`: the three main shares over `year` and the two years before.

    Groups and form as `screening.cascade`; a person screened in two of the years is two rows, as in one year.
    """
    period = recent_years(year, breaks=workbench.breaks)
    path = screening.cascade(tables, year=year, years=period.years, by=by, kind=kind, confidence_level=confidence_level)
    pairs = pd.Series(list(zip(path["stage"], path["out_of"], strict=True)), index=path.index)
    chosen = path[(path["indicator"] == "screening_stage_share") & pairs.isin(SHARES)]
    pooled = pool(chosen, period=period, confidence_level=confidence_level)
    order = {stage: place for place, (stage, _out_of) in enumerate(SHARES)}
    rank = pooled["stage"].map(order)
    return pooled.loc[rank.sort_values(kind="stable").index].reset_index(drop=True)


def recent_intervals(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = ("quartier",),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """`network_interval_within_recent`: share of the intervals between meetings on target, three years together."""
    period = recent_years(year, breaks=workbench.breaks)
    rhythm = network.meeting_rhythm(tables, year=year, years=period.years, by=by, workbench=workbench)
    chosen = rhythm[rhythm["indicator"] == "network_interval_within"]
    return pool(chosen, period=period, confidence_level=confidence_level)


def recent_retention(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = ("quartier",),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """`ambassadors_retention_recent`: of those there when each year began, the share still there at its end.

    The unit is a person in a year: someone who stays three years counts three times, each a chance to leave.
    """
    period = recent_years(year, breaks=workbench.breaks)
    yearly = [ambassadors.retention(tables, year=each, by=by) for each in period.years]
    filled = [frame for frame in yearly if len(frame)] or yearly[:1]
    return pool(pd.concat(filled, ignore_index=True), period=period, confidence_level=confidence_level)
