"""Screening figures for everybody: rounded numbers side by side, and the word that stands for those masked."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from prs_eval.i18n import _
from prs_eval.inputs.codes import CODES, label
from prs_eval.programme.screening import ReferenceWait
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme

WEEK = 7


def plot_rounded_cascade(ax: Axes, people: pd.DataFrame, shares: pd.DataFrame) -> Axes:
    """People who reached each stage, and its share beside; what is not known cannot be put after a rounded number.

    people, shares: the stages' counts, and the shares of the path that a reader follows, both protected.
    """
    stages = list(CODES["screening_stage"])
    reached = people.set_index("stage")["estimate"].reindex(stages)
    words = [_told(shares[shares["stage"] == stage], reached[stage]) for stage in stages]
    if not any(words):
        return theme.no_data(ax)
    most = 1.0 if reached.isna().all() else float(reached.max())
    for place, (count, word) in enumerate(zip(reached, words, strict=True)):
        if fmt.is_missing(count) and not word:
            theme.mark_masked(ax, place, size=8.5)
            continue
        end = 0.0 if fmt.is_missing(count) else float(count)
        ax.barh(place, end, color=theme.MAIN, height=0.62)
        ax.annotate(word, (end, place), (5, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks(range(len(stages)), [label("screening_stage", stage) for stage in stages])
    ax.set_ylim(len(stages) - 0.5, -0.5)
    ax.set_xlim(0, most * 2.4)  # room for the words beside the longest bar
    ticks = MaxNLocator(nbins=5, integer=True).tick_values(0, most)
    ax.set_xticks([] if reached.isna().all() else [tick for tick in ticks if tick <= most])
    theme.measure_axis(ax, "x")
    theme.decimal_axis(ax, "x", 0)
    ax.set_xlabel(_("personnes (à droite : part parmi les suites connues)"))
    return theme.finish(ax, _("Du dépistage à l'équipement ou aux soins"))


def _told(shares: pd.DataFrame, count: float) -> str:
    """`30 personnes`, then on its own line `50 % [33 % ; 67 %] (15 sur 30, parmi : Orientées)`; "" without a number."""
    masked = fmt.is_missing(count)
    told = [fmt.status_label("primary") if masked else fmt.quantity(count, "people")]
    shown = shares[shares["estimate"].notna()]
    if len(shown):
        row = shown.iloc[0]
        text = _("{share} ({x} sur {n}, parmi : {group})")
        told.append(
            text.format(
                share=fmt.estimate(row),
                x=fmt.number(row["numerator"]),
                n=fmt.number(row["denominator"]),
                group=label("screening_stage", row["out_of"]),
            )
        )
    return "" if masked and len(told) == 1 else "\n".join(told)


def plot_durations(ax: Axes, rows: pd.DataFrame, reference: ReferenceWait | None) -> Axes:
    """Share still waiting at the few durations that a public page tells, with limits; those masked keep their place.

    rows: protected, one a duration, in their order.
    """
    shown = rows[rows["estimate"].notna()]
    if shown.empty:
        return theme.no_data(ax)
    for row in shown.to_dict("records"):
        ax.vlines(row["days"], row["lower"], row["upper"], color=theme.MAIN, linewidth=2.4, alpha=0.6)
        ax.annotate(
            fmt.percent(row["estimate"]),
            (row["days"], row["estimate"]),
            (8, 0),
            textcoords="offset points",
            va="center",
        )
    ax.plot(shown["days"], shown["estimate"], "o", color=theme.MAIN)
    for days in rows.loc[rows["estimate"].isna(), "days"]:
        theme.mark_masked(ax, days, horizontal=False)
    handles: list[Artist] = [
        Line2D([], [], marker="o", color=theme.MAIN, linewidth=2.4, label=_("N'ont pas encore eu leur rendez-vous"))
    ]
    if reference is not None:
        handles.append(draw_reference(ax, reference))
    ax.set_xlim(0, rows["days"].max() * 1.06)
    ax.set_xticks(rows["days"], [fmt.number(days / WEEK) for days in rows["days"]])
    theme.percent_axis(ax, "y")
    ax.set_xlabel(_("semaines depuis la séance"))
    ax.set_ylabel(_("part des personnes\nau rendez-vous daté ou attendu"))
    legend(ax, handles, below=-0.2)
    return theme.finish(ax, _("Attente du rendez-vous, quand il est daté ou attendu"))


def draw_reference(ax: Axes, reference: ReferenceWait) -> Artist:
    """The published wait as a line, and its entry in the legend."""
    ax.axvline(reference.days, color=theme.ACCENT, linestyle="--", linewidth=1.6)
    text = _("{place} {year} : médiane publiée {days}").format(
        place=reference.territory, year=reference.year, days=fmt.quantity(reference.days, "days")
    )
    return Line2D([], [], color=theme.ACCENT, linestyle="--", linewidth=1.6, label=text)


def legend(ax: Axes, handles: Sequence[Artist], below: float = -0.16) -> None:
    """The legend under the axis, its top at `below`."""
    ax.legend(handles=list(handles), loc="upper center", bbox_to_anchor=(0.5, below), ncols=3, fontsize=9)
