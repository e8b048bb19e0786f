"""What the network's sentences share: finding a row, joining sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd

Row = dict[str, Any]


def last(rows: pd.DataFrame, indicator: str) -> Row | None:
    """The row of `indicator` of the latest year; None where there is none."""
    chosen = rows[rows["indicator"] == indicator].sort_values("year", kind="stable")
    return None if chosen.empty else {str(column): value for column, value in chosen.iloc[-1].items()}


def join(*sentences: str) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)
