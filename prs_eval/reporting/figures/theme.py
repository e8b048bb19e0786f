"""One look for every figure: colours that survive colour-blindness and grey print, fonts, axes, French numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from matplotlib.ticker import FuncFormatter, MaxNLocator

from prs_eval.i18n import _
from prs_eval.inputs.parameters import Break
from prs_eval.reporting import format as fmt

INK = "#1b2733"
MUTED = "#55626e"
GRID = "#d8dee4"
MAIN = "#0b5d9e"
ACCENT = "#b8460b"
TARGET = "#117733"
UNKNOWN = "#767676"
BAND = "#e9edf1"


class Style(NamedTuple):
    """How one thing is drawn everywhere: never by colour alone."""

    color: str
    marker: str
    hatch: str


# Hues of Okabe & Ito (2008) and Tol (2021), each of a lightness of its own: 3:1 against white, and apart for eyes that
# do not tell red from green (tests/reporting/test_figures_seen.py).
CATEGORIES: dict[str, Style] = {
    "residents": Style("#0b5d9e", "o", ""),
    "health": Style("#b8460b", "s", "//"),
    "prevention": Style("#0b5531", "^", ".."),
    "medico_social": Style("#902667", "D", "xx"),
    "social": Style("#b88c17", "v", "\\\\"),
    "education": Style("#43116b", "P", "++"),
}
SERIES: tuple[Style, ...] = tuple(CATEGORIES.values())

_RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a name with two $ is a name
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.prop_cycle": cycler(color=[style.color for style in SERIES]),
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "lines.markersize": 7,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.dpi": 100,
}


def apply() -> None:
    """Set matplotlib's defaults to this theme; `new_axes` and `new_panels` do it."""
    mpl.rcParams.update(_RC)


def _figure(width: float, height: float) -> Figure:
    """A figure that no display and no notebook backend holds: it is shown once, by `page.show`."""
    apply()
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def new_axes(width: float = 7, height: float = 3.5) -> Axes:
    """One Axes in the theme; sizes in inches (7 fills a page's column)."""
    axes: Axes = _figure(width, height).subplots()
    return axes


def new_panels(
    count: int,
    *,
    columns: int = 3,
    width: float = 7,
    row_height: float = 2.2,
    sharex: bool = True,
    sharey: bool = True,
) -> list[Axes]:
    """`count` small Axes side by side, sharing their scales unless told; empty places of the grid are removed."""
    columns = max(1, min(columns, count))
    rows = max(1, -(-count // columns))
    grid = _figure(width, row_height * rows).subplots(rows, columns, sharex=sharex, sharey=sharey, squeeze=False)
    flat: list[Axes] = list(grid.flat)
    for ax in flat[count:]:
        ax.remove()
    return flat[:count]


def finish(ax: Axes, title: str = "", source: str = "") -> Axes:
    """Last touches: title on the left, source line under the figure, grid along the measured axis only."""
    if title:
        ax.set_title(title, loc="left", pad=10)
    if source:
        figure = ax.get_figure(root=True)
        assert figure is not None
        figure.supxlabel(source, x=0.01, ha="left", fontsize=8, color=MUTED)
    return ax


def measure_axis(ax: Axes, axis: Literal["x", "y"]) -> None:
    """Keep the grid on the axis that carries the measure, and no line along the other."""
    ax.grid(visible=True, axis=axis)
    ax.grid(visible=False, axis="y" if axis == "x" else "x")
    ax.spines["left" if axis == "x" else "bottom"].set_visible(False)


def decimal_axis(ax: Axes, axis: Literal["x", "y"] = "y", digits: int | None = None) -> None:
    """Numbers of an axis in the reader's language; decimals as the ticks need unless `digits` is given."""

    def text(value: float, _position: object) -> str:
        places = digits if digits is not None else (0 if float(value).is_integer() else 1)
        return fmt.number(value, places)

    (ax.xaxis if axis == "x" else ax.yaxis).set_major_formatter(FuncFormatter(text))


def count_axis(ax: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Whole numbers only along an axis of counts: a half step printed rounded would be a false label."""
    (ax.xaxis if axis == "x" else ax.yaxis).set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    decimal_axis(ax, axis, digits=0)


def percent_axis(ax: Axes, axis: Literal["x", "y"] = "y", *, full: bool = True) -> None:
    """Fractions of an axis as percentages; from 0 to 100 % where `full`."""
    side = ax.xaxis if axis == "x" else ax.yaxis
    side.set_major_formatter(FuncFormatter(lambda value, _position: fmt.percent(value)))
    if full:
        (ax.set_xlim if axis == "x" else ax.set_ylim)(0, 1)


def year_axis(ax: Axes, years: Iterable[int]) -> None:
    """Whole years along the horizontal axis, each named where there is room."""
    span = sorted({int(year) for year in years})
    if span:
        ax.set_xlim(span[0] - 0.5, span[-1] + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:.0f}"))


def mark_breaks(ax: Axes, breaks: Iterable[Break]) -> None:
    """Shade the years in which a trend is broken, with the reason written on them; years must be horizontal."""
    low, high = ax.get_xlim()
    for item in breaks:
        start, end = item.first_year - 0.5, item.last_year + 0.5
        if end <= low or start >= high:
            continue
        ax.axvspan(start, end, color=BAND, zorder=0, linewidth=0)
        middle = (max(start, low) + min(end, high)) / 2
        ax.annotate(
            str(item.label),
            (middle, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=MUTED,
        )
    ax.set_xlim(low, high)


def draw_intervals(
    ax: Axes,
    rows: pd.DataFrame,
    names: Sequence[str],
    *,
    style: Style | None = None,
    values: bool = True,
    shift: float = 0.0,
) -> Axes:
    """One horizontal line a row: the estimate as a point, its interval as a bar, its value written above.

    Parameters
    ----------
    rows
        Estimates of one unit, in the order in which they are read from top to bottom.
    names
        Name of each row.
    shift
        Moves the points up or down, to draw a second series beside a first.

    Rows without an estimate keep their place and say why; a point is hollow where its interval could not be
    estimated. The axis of a proportion runs from 0 to 100 %.
    """
    style = style or SERIES[0]
    for place, row in enumerate(rows.to_dict("records")):
        y = place + shift
        if fmt.is_missing(row["estimate"]):
            text = fmt.status_label(str(row["status"]))
            ax.annotate(text, (0.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=MUTED)
            continue
        bare = fmt.is_missing(row["lower"]) or fmt.is_missing(row["upper"])
        if not bare:
            ax.hlines(y, row["lower"], row["upper"], color=style.color, linewidth=2.4, alpha=0.6)
        fill = "white" if bare and row["method"] != "count" else style.color
        point: dict[str, Any] = {
            "marker": style.marker,
            "color": style.color,
            "markerfacecolor": fill,
            "clip_on": False,
        }
        ax.plot(row["estimate"], y, linestyle="none", **point)
        if values:
            write = fmt.percent if row["unit"] == "proportion" else fmt.number  # the axis says the unit
            text = write(row["estimate"], fmt.row_digits(row))
            ax.annotate(
                text, (row["estimate"], y), (0, 6), textcoords="offset points", ha="center", va="bottom", fontsize=8.5
            )
    ax.set_yticks(range(len(names)), list(names))
    ax.tick_params(axis="y", pad=8)
    ax.set_ylim(len(names) - 0.4, -0.6)
    measure_axis(ax, "x")
    units = rows["unit"].dropna().unique()
    if len(units) == 1 and units[0] == "proportion":
        percent_axis(ax, "x")
    else:
        decimal_axis(ax, "x")
        ax.set_xlabel(" / ".join(fmt.unit_label(str(unit)) for unit in units))
    return ax


def mark_masked(ax: Axes, position: float, *, horizontal: bool = True, size: float = 8) -> None:
    """The word that stands for a masked number, at the foot of the bar that is not drawn.

    position: its place among horizontal bars (`horizontal`), or along the years.
    """
    place, where = (
        ((0, position), ("axes fraction", "data")) if horizontal else ((position, 0), ("data", "axes fraction"))
    )
    ax.annotate(
        fmt.status_label("primary"),
        place,
        xycoords=where,
        xytext=(4, 0) if horizontal else (0, 4),
        textcoords="offset points",
        ha="left" if horizontal else "center",
        va="center" if horizontal else "bottom",
        rotation=0 if horizontal else 90,
        fontsize=size,
        color=MUTED,
    )


def no_data(ax: Axes, message: str | None = None) -> Axes:
    """An Axes, on which nothing was drawn, that says that there is nothing to draw.

    It is not cleared: that would take the ticks off the axes that share its scale.
    """
    ax.set_axis_off()
    ax.text(0.5, 0.5, message or _("Aucune donnée"), transform=ax.transAxes, ha="center", va="center", color=MUTED)
    return ax
