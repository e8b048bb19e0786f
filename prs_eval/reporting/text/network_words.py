"""What the network's sentences share: finding a row, joining sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.reporting import format as fmt

Row = dict[str, Any]


def last(rows: pd.DataFrame, indicator: str) -> Row | None:
    """The row of `indicator` of the latest year; None where there is none."""
    chosen = rows[rows["indicator"] == indicator].sort_values("year", kind="stable")
    return None if chosen.empty else {str(column): value for column, value in chosen.iloc[-1].items()}


def join(*sentences: str) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def structure_names(nodes: pd.DataFrame) -> list[str]:
    """Names of the map's structures; a guest from elsewhere, whose name is not in these data, is said to be one."""
    return [
        _("Invité d'ailleurs ({id})").format(id=each) if fmt.is_missing(name) else str(name)
        for each, name in zip(nodes["structure_id"], nodes["name"], strict=True)
    ]
