"""What the ambassadors' measures share: whom to speak of, over which years, and rows of the one output shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from prs_eval.estimation.frame import ALL, HEAD
from prs_eval.estimation.proportions import estimate_proportions

Tables = Mapping[str, pd.DataFrame]
Row = dict[str, Any]


def groups(frame: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[Row, pd.DataFrame]]:
    """Each group's labels and rows; one group, of all quartiers, where `by` is empty; none where `frame` is."""
    if frame.empty:
        return
    if not by:
        yield {"quartier": ALL}, frame
        return
    for key, rows in frame.groupby(list(by), dropna=False, observed=True):
        yield {"quartier": ALL, **dict(zip(by, key, strict=True))}, rows


def shares(table: pd.DataFrame, by: Sequence[str], **options: Any) -> pd.DataFrame:
    """`estimate_proportions` that also works for all quartiers together; no row where `table` is empty."""
    named = table if "quartier" in by else table.assign(quartier=ALL)
    keys = list(by) if "quartier" in by else ["quartier", *by]
    out = estimate_proportions(named, by=keys, **options)
    return out if len(table) else out.iloc[:0]


def extra(by: Sequence[str]) -> list[str]:
    """The columns of `by` that are not in the output shape already."""
    return [name for name in by if name not in HEAD]


def count(indicator: str, value: float, *, unit: str, n: float | None = None, of: float | None = None) -> Row:
    """An enumeration of what was done or who was there, out of `of` where that means something: no interval."""
    return {
        "indicator": indicator,
        "numerator": value,
        "denominator": of,
        "estimate": value,
        "unit": unit,
        "method": "count",
        "n": value if n is None else n,
    }


def year_bounds(year: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    """1 January and 31 December of `year`."""
    return pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)


def known_people(tables: Tables, year: int) -> pd.DataFrame:
    """Ambassadors who joined by 31 December of `year`: a report does not change with what came later."""
    table = tables["ambassadors"]
    return table[table["joined_on"] <= year_bounds(year)[1]]


def known_activities(tables: Tables, year: int) -> pd.DataFrame:
    """Activities held by 31 December of `year`."""
    table = tables["ambassador_activities"]
    return table[table["held_on"] <= year_bounds(year)[1]]


def years_of(dates: pd.Series[Any], year: int, history: bool) -> range:
    """`year`, or every year from the first in the data when a history is asked."""
    first = dates.dt.year.min()
    return range(min(int(first), year) if history and pd.notna(first) else year, year + 1)
