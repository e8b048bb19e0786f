"""What the ambassadors' sentences share: which row to tell, and what may be said of it to whom."""

from __future__ import annotations

from typing import Any

import pandas as pd

from prs_eval.reporting import format as fmt

Row = dict[str, Any]


def last(rows: pd.DataFrame, indicator: str, **where: str) -> Row | None:
    """The row of `indicator` of the latest year; None where there is none."""
    chosen = rows[rows["indicator"] == indicator]
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    chosen = chosen.sort_values("year", kind="stable")
    return None if chosen.empty else {str(column): value for column, value in chosen.iloc[-1].items()}


def join(*sentences: str) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def all_masked(*frames: pd.DataFrame) -> bool:
    """Whether there is a row and no number that this audience may see."""
    masked = [fmt.is_masked(row) for rows in frames for row in rows.to_dict("records")]
    return bool(masked) and all(masked)


def caption(own: str, both: str, rows: pd.DataFrame, beside: pd.DataFrame) -> str:
    """The caption of `rows`: `own`, or `both` where the page has one sentence to say that all is withheld."""
    return both if all_masked(rows) and all_masked(beside) else own


def beside(rows: pd.DataFrame, first: pd.DataFrame, *, caption: str) -> dict[str, pd.DataFrame]:
    """`rows` by their caption; nothing where the sentence on `first` says that both are withheld."""
    return {} if all_masked(rows) and all_masked(first) else {caption: rows}
