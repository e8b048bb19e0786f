"""Figures of the screenings: sessions held, who is lost where, how long people wait, why appointments are missed.

Each takes the rows of one kind of screening and one place; rows of other indicators are left aside.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import CODES, UNKNOWN, label
from prs_eval.inputs.parameters import Break, Span
from prs_eval.programme.screening import ReferenceWait, main_path
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme
from prs_eval.reporting.figures.screening_public import (
    WEEK,
    draw_reference,
    legend,
    plot_durations,
    plot_rounded_cascade,
)
from prs_eval.reporting.page import for_all

_MOST_TICKS = 9
_LONGEST_LINE = 30


def plot_sessions(
    estimates: pd.DataFrame,
    *,
    years: Iterable[int],
    target: Span | None = None,
    breaks: Sequence[Break] = (),
    ax: Axes | None = None,
) -> Axes:
    """Sessions held year by year against the target.

    estimates: from `screening.sessions(years=…)`; a year of `years` without a row says that nothing is recorded.
    """
    ax = ax or theme.new_axes()
    rows = _one_group(estimates, "screening_sessions")
    if rows.empty:
        return theme.no_data(ax)
    span = list(years)
    held, counts = rows["year"].astype(int).tolist(), rows["estimate"].tolist()
    bars = ax.bar(held, counts, width=0.62, color=theme.MAIN)
    ax.bar_label(bars, [fmt.number(n) for n in counts], padding=2, fontsize=8.5)
    for year in sorted(set(span) - set(held)):
        ax.annotate(
            _("aucune"), (year, 0), (0, 3), textcoords="offset points", ha="center", fontsize=7.5, color=theme.MUTED
        )
    handles: list[Artist] = [Patch(color=theme.MAIN, label=_("Séances tenues"))]
    if target is not None:
        handles.append(_draw_target(ax, target))
    highest = max([*counts, target.high if target else 0])
    ax.set_ylim(0, highest * 1.3 + 0.4)
    theme.year_axis(ax, span)
    theme.mark_breaks(ax, breaks)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    theme.decimal_axis(ax, "y", 0)
    ax.set_ylabel(_("séances dans l'année"))
    legend(ax, handles)
    return theme.finish(ax, _("Séances tenues chaque année"))


def _draw_target(ax: Axes, target: Span) -> Artist:
    if target.low == target.high:
        ax.axhline(target.high, color=theme.TARGET, linestyle="--", linewidth=1.8)
        text = _("Objectif : {n}").format(n=fmt.number(target.high))
        return Line2D([], [], color=theme.TARGET, linestyle="--", linewidth=1.8, label=text)
    ax.axhspan(
        target.low, target.high, facecolor=theme.TARGET, alpha=0.2, hatch="//", ec=theme.TARGET, lw=0, zorder=0.5
    )
    text = _("Objectif : {low} à {high}").format(low=fmt.number(target.low), high=fmt.number(target.high))
    return Patch(facecolor=theme.TARGET, alpha=0.2, hatch="//", edgecolor=theme.TARGET, label=text)


def plot_cascade(estimates: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """People who reached each stage, and after them those of whom it is not known, hatched.

    estimates: from `screening.cascade`. Beside each bar, the share of those who reached the stage before and
    whose next step is known, with its interval. On a public page numbers are rounded or masked, and cannot be put
    one after the other: then the people who may be told, and the shares beside them.
    """
    ax = ax or theme.new_axes(height=3.9)
    if for_all():
        people = _one_group(estimates, "screening_stage_people")
        return plot_rounded_cascade(ax, people, main_path(_one_group(estimates, "screening_stage_share")))
    people = _one_group(estimates, "screening_stage_people")
    if people.empty:
        return theme.no_data(ax)
    stages = list(CODES["screening_stage"])
    reached = people.set_index("stage")["estimate"].reindex(stages).tolist()
    unknown = _of(estimates, "screening_stage_unknown", "screened").set_index("stage")["numerator"].reindex(stages)
    unknown = unknown.fillna(0)
    places = range(len(stages))
    ax.barh(places, reached, color=theme.MAIN, height=0.62)
    ax.barh(
        places, unknown, left=reached, height=0.62, facecolor="white", edgecolor=theme.UNKNOWN, hatch="////", lw=0.8
    )
    for place, stage in enumerate(stages):
        text = _beside(estimates, stage, int(reached[place]), int(unknown.iloc[place]))
        end = reached[place] + unknown.iloc[place]
        ax.annotate(text, (end, place), (5, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks(places, [label("screening_stage", stage) for stage in stages])
    ax.set_ylim(len(stages) - 0.5, -0.5)
    ax.set_xlim(0, max(reached) * 1.75)  # room for the words beside the longest bar
    ax.set_xticks(
        [tick for tick in MaxNLocator(nbins=5, integer=True).tick_values(0, max(reached)) if tick <= max(reached)]
    )
    theme.measure_axis(ax, "x")
    theme.decimal_axis(ax, "x", 0)
    ax.set_xlabel(_("personnes (à droite : part de l'étape précédente, parmi les suites connues)"))
    handles: list[Artist] = [Patch(color=theme.MAIN, label=_("Étape atteinte"))]
    if unknown.sum():
        text = _("Pas connu, ou pas encore")
        handles.append(Patch(facecolor="white", edgecolor=theme.UNKNOWN, hatch="////", label=text))
    legend(ax, handles)
    return theme.finish(ax, _("Du dépistage à l'équipement ou aux soins"))


def _beside(estimates: pd.DataFrame, stage: str, reached: int, unknown: int) -> str:
    """`31 · 58 % de l'étape précédente [45 % ; 71 %]`, and how many are not known."""
    stages = list(CODES["screening_stage"])
    more = ngettext("+ {n} inconnue", "+ {n} inconnues", unknown).format(n=fmt.number(unknown)) if unknown else ""
    counts = f"{fmt.number(reached)} {more}".strip()
    if stage == stages[0]:
        return counts
    before = stages[stages.index(stage) - 1]
    pair = _of(estimates, "screening_stage_share", before)
    pair = pair[(pair["stage"] == stage) & (pair["status"] == "ok")]
    if pair.empty:
        return counts
    row = pair.iloc[0]
    text = _("{count} · {share} ({x} sur {n})")
    return text.format(
        count=counts, share=fmt.estimate(row), x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"])
    )


def plot_waiting(
    curve: pd.DataFrame,
    *,
    reference: ReferenceWait | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Share still waiting, of those whose appointment is dated or awaited, week after week, with limits.

    The number still followed is under each week; those never booked, or of unknown date, are not in the share.

    curve: from `screening.waiting_curve`; reference: a published wait to mark, from `screening.reference_wait`.
    On a public page, the durations that it may show are points and not a curve.
    """
    ax = ax or theme.new_axes(height=3.8)
    rows = _one_group(curve, "screening_still_waiting").sort_values("days")
    if for_all():
        return plot_durations(ax, rows[rows["days"].notna()], reference)
    if rows.empty:
        return theme.no_data(ax)
    days = rows["days"].to_numpy()
    ax.step(days, rows["estimate"], where="post", color=theme.MAIN)
    ax.fill_between(days, rows["lower"].ffill(), rows["upper"].ffill(), step="post", color=theme.MAIN, alpha=0.18, lw=0)
    ax.axhline(0.5, color=theme.MUTED, linewidth=1, linestyle=":")
    handles: list[Artist] = [
        Line2D([], [], color=theme.MAIN, label=_("Attendent encore")),
        Patch(color=theme.MAIN, alpha=0.18, label=_("Intervalle")),
    ]
    last = max(days.max(), reference.days if reference else 0, WEEK)
    if reference is not None:
        handles.append(draw_reference(ax, reference))
    ax.set_xlim(0, last * 1.03)
    step = next(s for s in (1, 2, 4, 8, 13, 26, 52, 520) if last / (WEEK * s) <= _MOST_TICKS) * WEEK
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: _tick(rows, value)))
    ax.tick_params(axis="x", pad=8)  # else the first number touches the 0 % of the other axis
    theme.percent_axis(ax, "y")
    ax.set_xlabel(_("semaines depuis la séance (entre parenthèses : personnes encore suivies)"))
    ax.set_ylabel(_("attendent encore, parmi les personnes\nau rendez-vous daté ou attendu"))
    legend(ax, handles, below=-0.24)
    return theme.finish(ax, _("Attente du rendez-vous, quand il est daté ou attendu"))


def _tick(rows: pd.DataFrame, days: float) -> str:
    """A number of weeks and, under it, how many people were still followed."""
    later = rows[rows["days"] >= days]
    followed = int(later["denominator"].iloc[0]) if len(later) else 0
    return f"{fmt.number(days / WEEK)}\n({fmt.number(followed)})"


def plot_absence_reasons(estimates: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share of each reason among missed appointments whose reason is known; reasons never given are left out."""
    rows = _one_group(estimates, "screening_absence_reason")
    rows = rows[rows["numerator"] != 0].sort_values("numerator", ascending=False, kind="stable")
    names = [_named(label("absence_reason", row["reason"]), row) for _i, row in rows.iterrows()]
    return _intervals(rows, names, _("Raisons des rendez-vous manqués"), _("part des raisons connues"), ax)


def plot_honoured_by(estimates: pd.DataFrame, *, characteristic: str, ax: Axes | None = None) -> Axes:
    """Share of appointments honoured for each level of `characteristic` ("reminder" or "coverage")."""
    rows = _one_group(estimates, "screening_honoured_by")
    rows = rows.assign(last=rows[characteristic] == UNKNOWN).sort_values("last", kind="stable")
    names = [_named(label(characteristic, row[characteristic]), row) for _i, row in rows.iterrows()]
    titles = {
        "reminder": _("Rendez-vous honorés, selon le rappel reçu"),
        "coverage": _("Rendez-vous honorés, selon la couverture maladie"),
    }
    return _intervals(rows, names, titles[characteristic], _("part des rendez-vous d'issue connue"), ax)


def _named(name: str, row: pd.Series) -> str:
    """A name with its counts on a second line: what the point stands for is never hidden."""
    if fmt.is_masked(row.to_dict()):
        return "\n".join(textwrap.wrap(name, _LONGEST_LINE))
    counts = _("{x} sur {n}").format(x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]))
    return "\n".join([*textwrap.wrap(name, _LONGEST_LINE), f"({counts})"])


def _intervals(rows: pd.DataFrame, names: Sequence[str], title: str, unit: str, ax: Axes | None) -> Axes:
    ax = ax or theme.new_axes(height=1.3 + 0.6 * max(len(names), 2))
    if rows["estimate"].notna().sum() == 0:
        return theme.no_data(ax)
    theme.draw_intervals(ax, rows, names)
    ax.set_xlim(-0.04, 1.04)  # a point at 0 or 100 % is drawn whole
    ax.set_xlabel(unit)
    return theme.finish(ax, title)


def _one_group(estimates: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Rows of `indicator`; ValueError where they belong to more than one kind of screening or place."""
    rows = estimates[estimates["indicator"] == indicator]
    if len(rows[["quartier", "kind"]].drop_duplicates()) > 1:
        raise ValueError("a figure shows one kind of screening in one place: filter the estimates first.")
    return rows


def _of(estimates: pd.DataFrame, indicator: str, out_of: str) -> pd.DataFrame:
    rows = _one_group(estimates, indicator)
    return rows[rows["out_of"] == out_of]
