"""The map of the actions' results: from interventions to health, what is claimed and what is shown."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from prs_eval.i18n import _
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme
from prs_eval.reporting.text.portfolio import levels, result_name

_SHOWN = "#cfe2f3"
_LINE = 19  # characters of a name in its box


def plot_results(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """One box a category, a column a level: how many actions claim it, how many with evidence.

    Blue: shown by at least one action; hatched: claimed only; white: nobody claims it.
    """
    ax = ax or theme.new_axes(height=4.6)
    claimed = _by_code(table, "network_action_results")
    shown = _by_code(table, "network_action_results_shown")
    if not claimed.any():
        return theme.no_data(ax, _("Aucun résultat déclaré"))
    for column, (level, name) in enumerate(levels().items()):
        ax.text(column + 0.47, 4.08, name, ha="center", va="bottom", fontweight="bold", fontsize=9.5)
        for row, code in enumerate(code for code in claimed.index if code[0] == level):
            _box(ax, column, 3.05 - row, code, int(claimed[code]), int(shown[code]))
    ax.set(xlim=(-0.05, 4), ylim=(-0.05, 4.4))
    ax.set_axis_off()
    handles = [
        Patch(facecolor=_SHOWN, edgecolor=theme.MAIN, label=_("avec une preuve")),
        Patch(facecolor="white", edgecolor=theme.MUTED, hatch="//", label=_("déclaré sans preuve")),
        Patch(facecolor="white", edgecolor=theme.MUTED, label=_("pas déclaré")),
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=3, fontsize=8.5)
    return theme.finish(ax, _("Résultats des actions, des interventions à la santé"))


def _by_code(table: pd.DataFrame, indicator: str) -> pd.Series[float]:
    rows = table[table["indicator"] == indicator].set_index("result_code")
    return rows["estimate"].fillna(0)


def _box(ax: Axes, x: float, y: float, code: str, claimed: int, shown: int) -> None:
    edge = theme.MAIN if shown else theme.MUTED
    hatch = "//" if claimed and not shown else None
    face = _SHOWN if shown else "white"
    ax.add_patch(Rectangle((x, y), 0.94, 0.9, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=1))
    plain = {"facecolor": face, "edgecolor": "none", "pad": 1.5}
    name = textwrap.fill(f"{code} {result_name(code)}", _LINE)
    ax.text(x + 0.06, y + 0.84, name, va="top", fontsize=8, bbox=plain)
    if claimed:
        told = _("{shown} sur {claimed}").format(shown=fmt.number(shown), claimed=fmt.number(claimed))
        ax.text(x + 0.88, y + 0.07, told, ha="right", va="bottom", fontsize=9, fontweight="bold", bbox=plain)
