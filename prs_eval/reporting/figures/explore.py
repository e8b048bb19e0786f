"""The explorer's figure: estimates with their intervals, one a line, beside a target or published figures."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme

_OTHER = theme.Style(theme.MUTED, "D", "")
_TITLE = 72  # characters a line


def plot_view(
    rows: pd.DataFrame,
    names: Sequence[str],
    *,
    chosen: ArrayLike,
    spans: Sequence[tuple[float, float]] = (),
    label: str = "",
    title: str = "",
    notes: str = "",
) -> Axes:
    """One line a row; the rows `chosen` in the main colour, those they are compared with as grey diamonds.

    Parameters
    ----------
    rows
        Estimates of one unit, from top to bottom; `names`: one a row.
    chosen
        Booleans, one a row.
    spans
        What they are set beside, in their unit: a band, or a dashed line where both ends are the same.
    label
        What the band or the dashed line is.
    """
    first = np.asarray(chosen, dtype=bool)
    lines = textwrap.wrap(title, _TITLE)
    ax = theme.new_axes(7.5, 1.3 + 0.42 * len(rows) + 0.2 * len(lines))
    for place, mine in enumerate(first):
        style = theme.SERIES[0] if mine else _OTHER
        theme.draw_intervals(ax, rows.iloc[place : place + 1], [""], style=style, shift=place)
    ax.set_yticks(range(len(names)), list(names))
    ax.set_ylim(len(names) - 0.4, -0.7)
    for low, high in spans:
        if low == high:
            ax.axvline(low, color=theme.TARGET, linestyle="--", linewidth=1.5, zorder=0)
            for text in ax.texts:  # a value stays readable across the line
                text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})
        else:
            ax.axvspan(low, high, color=theme.TARGET, alpha=0.15, linewidth=0, zorder=0)
    unit = str(rows["unit"].iloc[0])
    if unit != "proportion":
        least = min([0.0, *rows[["estimate", "lower"]].min()])
        ax.set_xlim(left=least)
    words = [*([fmt.unit_label(unit)] if unit != "proportion" else []), *([label] if spans else [])]
    ax.set_xlabel(" – ".join(words))
    return theme.finish(ax, "\n".join(lines), notes)
