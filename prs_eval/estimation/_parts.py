"""One answer a group of a table, laid in the one output shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.estimation._grouping import keys
from prs_eval.estimation.frame import HEAD, Estimate, estimates

Row = dict[str, Any]


def parts(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[Row, NDArray[np.intp]]]:
    """The values of `by` and the row numbers of each group; one group of all rows (even none) without `by`."""
    frame = keys(table, by)
    if not by:
        yield {}, np.arange(len(frame))
        return
    for values, numbers in frame.groupby(list(by), dropna=False, observed=True).indices.items():
        named = values if isinstance(values, tuple) else (values,)
        yield dict(zip(by, named, strict=True)), np.asarray(numbers)


def shape(rows: Sequence[Mapping[str, Any]], *, by: Sequence[str], more: Sequence[str] = ()) -> pd.DataFrame:
    """Rows in the output shape, grouped by `by` then `more`."""
    return estimates(rows, groups=[*(column for column in by if column not in HEAD), *more])


def answer_row(answer: Estimate, **named: Any) -> Row:
    """One answer as a row of the output shape."""
    fields = ("estimate", "lower", "upper", "confidence_level", "unit", "method", "n", "status")
    return {**named, **{field: getattr(answer, field) for field in fields}}


def estimate_parts(
    table: pd.DataFrame,
    answer: Callable[[NDArray[np.intp]], tuple[Estimate, float, float]],
    *,
    indicator: str,
    by: Sequence[str],
) -> pd.DataFrame:
    """`answer(row numbers) -> (estimate, numerator, denominator)` for each group, in the output shape."""
    rows = []
    for head, numbers in parts(table, by):
        found, numerator, denominator = answer(numbers)
        rows.append(answer_row(found, **head, indicator=indicator, numerator=numerator, denominator=denominator))
    return shape(rows, by=by)
