"""The control chart of the gaps between meetings."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, YearLocator
from matplotlib.lines import Line2D

from prs_eval.i18n import _
from prs_eval.inputs.parameters import Span
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme


def plot_chart(gaps: pd.DataFrame, *, target: Span) -> Axes | None:
    """Each gap in time order, the band of the target, the limits of chance; None where there are no limits to draw.

    A gap out of the ordinary is a diamond of another colour, with its weeks.
    """
    if gaps.empty or gaps["centre"].isna().all():
        return None
    ax, first = theme.new_axes(), gaps.iloc[0]
    ax.axhspan(target.low, target.high, color=theme.TARGET, alpha=0.15, linewidth=0)
    for level in ("lower", "upper"):
        ax.axhline(first[level], color=theme.MUTED, linestyle="--", linewidth=1.2)
    ax.axhline(first["centre"], color=theme.MUTED, linewidth=1)
    ax.plot(gaps["held_on"], gaps["weeks"], color=theme.MAIN, marker="o", markersize=5, linewidth=1)
    odd = gaps[gaps["signal"]]
    ax.plot(odd["held_on"], odd["weeks"], linestyle="none", marker="D", markersize=9, color=theme.ACCENT)
    for row in odd.to_dict("records"):
        at = (row["held_on"], row["weeks"])
        text = fmt.number(row["weeks"], 1)
        ax.annotate(text, at, (0, 8), textcoords="offset points", ha="center", va="bottom", fontsize=8.5)
    ax.set_ylim(0, 1.2 * max(gaps["weeks"].max(), first["upper"], target.high))
    ax.xaxis.set_major_locator(YearLocator())  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(DateFormatter("%Y"))  # type: ignore[no-untyped-call]
    theme.decimal_axis(ax)
    ax.set_ylabel(_("semaines"))
    span = _("Cible : {low} à {high} semaines").format(low=fmt.number(target.low), high=fmt.number(target.high))
    odd_mark = Line2D([], [], color=theme.ACCENT, marker="D", linestyle="none", label=_("Hors de l'ordinaire"))
    handles = [
        Line2D([], [], color=theme.MAIN, marker="o", linewidth=1, label=_("Délai avant chaque réunion")),
        *([odd_mark] if len(odd) else []),
        Line2D([], [], color=theme.MUTED, linestyle="--", label=_("Limites de la variation habituelle")),
        Line2D([], [], color=theme.TARGET, alpha=0.3, linewidth=8, label=span),
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    return theme.finish(ax, _("Semaines entre deux réunions, réunion par réunion"))
