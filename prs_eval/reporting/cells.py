"""Cells of the workbooks that we write: text that no spreadsheet takes for a formula."""

from __future__ import annotations

from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

_LONGEST = 32_000  # characters in a cell; Excel stops at 32 767


def put_text(cell: Any, text: str) -> None:
    """Write `text` as text, whatever it starts with (= + - @, tab, return); what XML cannot hold is replaced."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:_LONGEST]
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True  # kept as text when the cell is edited, too
