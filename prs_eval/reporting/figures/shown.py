"""What a public figure draws of people: each number that may be shown, and the place of those that may not."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import pandas as pd
from matplotlib.axes import Axes

from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme
from prs_eval.reporting.page import current_run, named
from prs_eval.reporting.tables import row_name

Function = TypeVar("Function", bound=Callable[..., Any])
MOST = 12
_LINE = 44


def drawn_as_shown(*indicators: str) -> Callable[[Function], Function]:
    """Mark a figure of estimates that is for the team only.

    It compares and stacks true numbers, which rounded and partly masked ones do not allow. On a public page the first
    of `indicators` that has a number to show is drawn instead, one line a row.
    """

    def mark(function: Function) -> Function:
        @wraps(function)
        def drawn(estimates: pd.DataFrame, *args: Any, **options: Any) -> Any:
            run = current_run()
            if run is None or not run.public:
                return function(estimates, *args, **options)
            return plot_shown(estimates, indicators)

        return cast(Function, drawn)

    return mark


def plot_shown(estimates: pd.DataFrame, indicators: tuple[str, ...]) -> Axes | None:
    """Rows of the first of `indicators` with a number to show, each on a line; masked ones say so.

    None where there is no such number.
    """
    for indicator in indicators:
        rows = estimates[estimates["indicator"] == indicator].head(MOST)
        if rows["estimate"].notna().any():
            break
    else:
        return None
    told = named(rows)
    title, words = str(told.iloc[0, 0]), told.iloc[:, 1:] if told.shape[1] > 1 else told
    names = ["\n".join(textwrap.wrap(row_name(word), _LINE)) for word in words.to_dict("records")]
    ax = theme.new_axes(height=1.2 + 0.52 * max(2, len(names)))
    unit = str(rows["unit"].iloc[0])
    if unit == "proportion":
        theme.draw_intervals(ax, rows, names)
        ax.set_xlim(-0.02, 1.02)
    else:
        _bars(ax, rows, names)
    ax.set_xlabel(fmt.unit_label(unit))
    return theme.finish(ax, "\n".join(textwrap.wrap(title, 70)))


def _bars(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    most = float(rows["estimate"].max())
    for place, row in enumerate(rows.to_dict("records")):
        if fmt.is_missing(row["estimate"]):
            ax.annotate(
                fmt.status_label(str(row["status"])),
                (0, place),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=theme.MUTED,
            )
            continue
        ax.barh(place, row["estimate"], color=theme.MAIN, height=0.6)
        text = fmt.number(row["estimate"], fmt.row_digits(row))
        ax.annotate(text, (row["estimate"], place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, most * 1.15)
    theme.measure_axis(ax, "x")
    theme.decimal_axis(ax, "x")
