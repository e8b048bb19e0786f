"""The figures of the impact report: each question's picture, and all questions beside the effect that would matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from prs_eval.estimation.frame import ALL
from prs_eval.i18n import _
from prs_eval.inputs.parameters import Break
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_plan import (
    BeforeAfter,
    DifferenceInDifferences,
    InterruptedSeries,
    NullModel,
    Paired,
    Trend,
)
from prs_eval.programme.impact_public import is_withheld
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme

_FAR = 4.0  # effects that matter, beyond which an interval is cut and says so


def plot_answer(answer: Answer, *, breaks: Iterable[Break] = ()) -> Axes | None:
    """The picture of one question, whatever its design; None where there is nothing to draw."""
    rows = answer.found.picture
    if not len(rows) or rows["estimate"].isna().all():
        return None
    design = answer.question.design
    if design == "difference_in_differences":
        return _gap(answer, rows[rows["series"] == "gap"], breaks)
    if design == "interrupted_series":
        return _series(answer, rows, breaks)
    if design in ("before_after", "trend"):
        return _years(answer, rows, breaks)
    return _points(answer, rows)


def plot_overview(answers: Sequence[Answer], names: Sequence[str]) -> Axes:
    """All questions on one scale: 0 is no effect, 1 the smallest effect that would matter, to the good side.

    The bar is the interval, the point the estimate; the thin stroke shows how far from 0 an effect had to lie to be
    seen. What reaches beyond the axis ends in an arrow.
    """
    ax = theme.new_axes(8, 0.5 * len(answers) + 1.5)
    ax.axvspan(1, _FAR, color=theme.BAND, linewidth=0, zorder=0)
    ax.axvline(0, color=theme.INK, linewidth=1)
    ax.axvline(1, color=theme.TARGET, linewidth=1.4, linestyle="--")
    for place, answer in enumerate(answers):
        _overview_row(ax, place, answer)
    ax.set_yticks(range(len(names)), list(names))
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(-_FAR, _FAR)
    theme.measure_axis(ax, "x")
    theme.decimal_axis(ax, "x", 0)
    ax.set_xlabel(_("Effet, en « plus petits effets qui comptent » (1 : juste assez ; à gauche de 0 : mauvais sens)"))
    key = [
        ax.plot([], [], "o-", color=theme.MAIN, linewidth=2.4)[0],
        ax.plot([], [], "|", color=theme.ACCENT, markersize=11, markeredgewidth=1.8)[0],
    ]
    ax.legend(
        key,
        [_("estimation et intervalle"), _("effet visible 8 fois sur 10")],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        fontsize=8.5,
    )
    return ax


def _overview_row(ax: Axes, place: int, answer: Answer) -> None:
    effect, matters, least = answer.effect, answer.found.matters, answer.found.detectable
    if not np.isfinite(matters) or matters == 0 or not np.isfinite(effect.estimate):
        ax.annotate(
            fmt.status_label("primary" if is_withheld(answer) else "too_few"),
            (0.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color=theme.MUTED,
        )
        return
    low, high = sorted((effect.lower / matters, effect.upper / matters))
    at = effect.estimate / matters
    if np.isfinite([low, high]).all():
        ax.hlines(place, max(low, -_FAR), min(high, _FAR), color=theme.MAIN, linewidth=2.4, alpha=0.6)
        for edge, side, marker in ((low, -_FAR, "<"), (high, _FAR, ">")):
            if abs(edge) > _FAR and np.sign(edge) == np.sign(side):
                ax.plot(side, place, marker, color=theme.MAIN, markersize=6, clip_on=False)
    bare = not np.isfinite([low, high]).all()
    if abs(at) <= _FAR:
        ax.plot(at, place, "o", color=theme.MAIN, markerfacecolor="white" if bare else theme.MAIN)
    if np.isfinite(least):
        reach = least / abs(matters)
        if reach <= _FAR:
            ax.plot([-reach, reach], [place, place], "|", color=theme.ACCENT, markersize=11, markeredgewidth=1.8)


def _gap(answer: Answer, rows: pd.DataFrame, breaks: Iterable[Break]) -> Axes:
    """The gap between the groups, year by year, less what it was before; before the start it should hold 0."""
    ax = theme.new_axes(7, 3.6)
    years = rows["period"].astype(int).to_numpy()
    assert isinstance(answer.question, DifferenceInDifferences)
    start = answer.question.start
    points = 100 * rows["estimate"].to_numpy(dtype=float)
    low, high = 100 * rows["lower"].to_numpy(dtype=float), 100 * rows["upper"].to_numpy(dtype=float)
    theme.year_axis(ax, years)
    ax.axhline(0, color=theme.INK, linewidth=1)
    ax.axhline(100 * answer.found.matters, color=theme.TARGET, linewidth=1.4, linestyle="--")
    ax.vlines(years, low, high, color=theme.MAIN, linewidth=2.4, alpha=0.6)
    late = years >= start
    ax.plot(years[~late], points[~late], "o", color=theme.MAIN, markerfacecolor="white")
    ax.plot(years[late], points[late], "o", color=theme.MAIN)
    ax.axvline(start - 0.5, color=theme.MUTED, linewidth=1.2, linestyle=":")
    _roomy(ax, [*low, *high, 100 * answer.found.matters, 0])
    _note(ax, start - 0.5, _("début du programme"))
    _line_label(ax, years[0] - 0.45, 100 * answer.found.matters, _("effet qui compte"))
    theme.decimal_axis(ax, "y")
    theme.measure_axis(ax, "y")
    ax.set_ylabel(_("Écart avec les autres quartiers,\npar rapport à avant (points)"))
    theme.mark_breaks(ax, [item for item in breaks if item.first_year <= years[-1]])
    return ax


def _series(answer: Answer, rows: pd.DataFrame, breaks: Iterable[Break]) -> Axes:
    """What was observed each month, the model, and the model without the change."""
    assert isinstance(answer.question, InterruptedSeries)
    ax = theme.new_axes(7, 3.6)
    wide = rows.pivot(index="period", columns="series", values="estimate").sort_index()
    # A year's tick stands in its middle, as on the other figures.
    at = np.array([int(p[:4]) - 0.5 + (int(p[5:]) - 0.5) / 12 for p in wide.index])
    ax.plot(at, wide["observed"], ".", color=theme.MUTED, markersize=4, label=_("observé"))
    begin = answer.question.start.year - 0.5 + (answer.question.start.month - 1) / 12
    late = at >= begin
    ax.plot(at, _broken(at, wide["fitted"]), color=theme.MAIN, linewidth=1.6, label=_("modèle"))
    ax.plot(
        at[late],
        _broken(at[late], wide["without"][late]),
        color=theme.ACCENT,
        linewidth=1.6,
        linestyle="--",
        label=_("modèle sans le changement"),
    )
    ax.axvline(begin, color=theme.MUTED, linewidth=1.2, linestyle=":")
    theme.year_axis(ax, [int(wide.index[0][:4]), int(wide.index[-1][:4])])
    _roomy(ax, [*wide["observed"].dropna()])
    _note(ax, begin, _("changement"))
    theme.measure_axis(ax, "y")
    theme.decimal_axis(ax, "y")
    ax.set_ylabel(_("Par mois, pour 1 000 habitants"))
    theme.mark_breaks(ax, [item for item in breaks if item.first_year <= at.max() + 0.5])
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=8.5)
    return ax


def _broken(at: np.ndarray, values: pd.Series) -> np.ndarray:
    """A line that does not run through what was left out."""
    out = values.to_numpy(dtype=float).copy()
    for i, (a, b) in enumerate(pairwise(at)):
        if b - a > 1.5 / 12:
            out[i] = np.nan
    return out


def _years(answer: Answer, rows: pd.DataFrame, breaks: Iterable[Break]) -> Axes:
    """One point a year with its interval; a line where something changed."""
    ax = theme.new_axes(7, 3.3)
    years = rows["period"].astype(int).to_numpy()
    unit = str(rows["unit"].iloc[0])
    theme.year_axis(ax, years)
    bare = rows["lower"].isna().to_numpy()
    ax.vlines(years[~bare], rows["lower"][~bare], rows["upper"][~bare], color=theme.MAIN, linewidth=2.4, alpha=0.6)
    ax.plot(years, rows["estimate"], "o", color=theme.MAIN)
    if unit == "proportion":
        theme.percent_axis(ax, "y")
    else:
        theme.decimal_axis(ax, "y")
        ax.set_ylim(0, 1.25 * float(np.nanmax(rows[["estimate", "upper"]].to_numpy(dtype=float))))  # room above
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    theme.measure_axis(ax, "y")
    ax.set_ylabel(_axis(answer, unit))
    if isinstance(answer.question, BeforeAfter):
        day = answer.question.change_on
        at = day.year - 0.5 + (day.timetuple().tm_yday - 1) / 365
        ax.axvline(at, color=theme.MUTED, linewidth=1.2, linestyle=":")
        _note(ax, at, str(answer.question.change))
    theme.mark_breaks(ax, [item for item in breaks if item.first_year <= years.max()])
    return ax


def _points(answer: Answer, rows: pd.DataFrame) -> Axes:
    """A few rows beside one another: own and published, before and after, quartiers and chance."""
    ax = theme.new_axes(7, 0.5 * len(rows) + 1.0)
    if isinstance(answer.question, NullModel):
        shown = rows.assign(unit="points", **{c: 100 * rows[c] for c in ("estimate", "lower", "upper")})
        names = [fmt.quartier_name(s) if s == ALL else str(s) for s in rows["series"]]
        theme.draw_intervals(ax, shown, names)
        ax.axvline(0, color=theme.INK, linewidth=1)
        ax.set_xlabel(_("Liens entre secteurs, écart avec le hasard (points)"))
        return ax
    words = {"before": _("avant"), "after": _("après"), "published": _("publié")}
    names = [words.get(str(p), _("ici, {years}").format(years=p)) for p in rows["period"]]
    theme.draw_intervals(ax, rows, names)
    if str(rows["unit"].iloc[0]) == "proportion":
        ax.set_xlabel(_("Part des personnes"))
    if isinstance(answer.question, Paired):
        ax.axvline(answer.question.population_mean, color=theme.TARGET, linewidth=1.4, linestyle="--")
        _note(ax, answer.question.population_mean, _("population générale"))
    return ax


def _axis(answer: Answer, unit: str) -> str:
    if isinstance(answer.question, Trend):
        return {
            "referrals": _("Orientations dans l'année"),
            "needs_with_action": _("Besoins suivis d'une action"),
            "new_contacts": _("Part de personnes jamais rencontrées"),
        }[answer.question.outcome]
    return _("Rendez-vous honorés") if unit == "proportion" else _("Attente moyenne (jours)")


def _roomy(ax: Axes, values: Iterable[float]) -> None:
    """A little room above, so that what is written there meets no point."""
    known = [v for v in values if np.isfinite(v)]
    span = (max(known) - min(known)) or 1.0
    ax.set_ylim(min(known) - 0.08 * span, max(known) + 0.22 * span)


def _note(ax: Axes, at: float, text: str) -> None:
    low, high = ax.get_xlim()
    if not low <= at <= high:  # what comes after the years drawn would shrink the figure to make room for its words
        return
    right = at > low + 0.7 * (high - low)
    ax.annotate(
        text,
        (at, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if right else 4, -14),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top",
        fontsize=8,
        color=theme.MUTED,
    )


def _line_label(ax: Axes, at: float, level: float, text: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.annotate(text, (at, level), xytext=(0, 4), textcoords="offset points", fontsize=8, color=theme.TARGET, bbox=box)
