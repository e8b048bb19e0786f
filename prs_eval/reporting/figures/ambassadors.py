"""Figures of the ambassadors: how many, whether they stay, what they do, whom they meet, what changed.

A masked number is not drawn: its place says so, and no axis depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from prs_eval.i18n import _
from prs_eval.inputs.codes import CODES, SCALES, label
from prs_eval.inputs.parameters import Break, Workbench
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme

_EDGE: dict[str, Any] = {"edgecolor": theme.INK, "linewidth": 0.6}


def plot_membership(membership: pd.DataFrame, *, breaks: Sequence[Break] = (), ax: Axes | None = None) -> Axes:
    """Active ambassadors a year as bars, with those who joined and those who left in it.

    membership: from `ambassadors.membership(history=True)`.
    """
    ax = ax or theme.new_axes(height=3.8)
    active, joined, left = (
        membership[membership["indicator"] == f"ambassadors_{name}"] for name in ("active", "joined", "left")
    )
    series = (
        (active, theme.MAIN, "", _("Actifs dans l'année")),
        (joined, "#b9dcc2", "..", _("Entrés dans l'année")),
        (left, "#f2d6c4", "//", _("Sortis dans l'année")),
    )
    if not _yearly_bars(ax, series, 0.27):
        return theme.no_data(ax)
    ax.set_ylabel(_("personnes"))
    return _years(ax, active["year"], breaks, _("Ambassadeurs, année par année"), columns=3)


def plot_engagement(engagement: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Share who stayed all year and share trained, each with its interval."""
    ax = ax or theme.new_axes(height=2)
    if engagement["estimate"].notna().sum() == 0:
        return theme.no_data(ax)
    names = {
        "ambassadors_retention": _("Restés toute l'année\n(parmi les présents au début)"),
        "ambassadors_trained": _("Formés au 31 décembre\n(parmi les actifs de l'année)"),
    }
    theme.draw_intervals(ax, engagement, [names[code] for code in engagement["indicator"]])
    ax.set_xlabel(_("part des ambassadeurs et son intervalle"))
    return theme.finish(ax, _("Fidélité et formation"))


def plot_composition(composition: pd.DataFrame, *, of: str, ax: Axes | None = None) -> Axes:
    """Active ambassadors by age band or sex, in people; the unknown hatched."""
    ax = ax or theme.new_axes(height=2.8)
    rows = composition[(composition[of] != "unknown") | (composition["estimate"] != 0)]
    if rows["estimate"].sum() == 0:
        return theme.no_data(ax)
    for bar, level in zip(_bars(ax, rows), rows.loc[rows["estimate"].notna(), of], strict=True):
        if level == "unknown":
            bar.set(facecolor="white", hatch="//")
    _name_bars(ax, rows, [label(of, level) for level in rows[of]])
    ax.set_xlabel(_("personnes"))
    titles = {"age_band": _("Ambassadeurs actifs, par âge à l'entrée"), "sex": _("Ambassadeurs actifs, par sexe")}
    return theme.finish(ax, titles[of])


def plot_activities(activities: pd.DataFrame, *, of: str, workbench: Workbench, ax: Axes | None = None) -> Axes:
    """Hours of activity by kind or theme (`of`), the longest first; a kind without any hour keeps its place."""
    rows = activities[activities["indicator"] == "ambassador_activity_hours"]
    rows = rows.sort_values("estimate", ascending=False, kind="stable")
    ax = ax or theme.new_axes(height=1.2 + 0.32 * max(len(rows), 3))
    if rows["estimate"].sum() == 0:
        return theme.no_data(ax)
    _bars(ax, rows)
    words = {item.code: str(item.label) for item in workbench.themes}
    names = [label("activity_kind", code) if of == "kind" else words.get(code, code) for code in rows[of]]
    _name_bars(ax, rows, names)
    ax.set_xlabel(_("heures d'activité dans l'année"))
    titles = {"kind": _("Heures par type d'activité"), "theme": _("Heures par thème")}
    return theme.finish(ax, titles[of])


def plot_decisions(decisions: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Who decided on the projects, as shares of those for which it is known, with intervals."""
    ax = ax or theme.new_axes(height=2.4)
    rows = decisions[decisions["indicator"] == "ambassador_projects_decided"]
    if rows["estimate"].notna().sum() == 0:
        return theme.no_data(ax)
    theme.draw_intervals(ax, rows, [label("decided_by", code) for code in rows["decided_by"]])
    ax.set_xlabel(_("part des activités de projet et son intervalle"))
    return theme.finish(ax, _("Qui décide des projets"))


def plot_contacts(contacts: pd.DataFrame, *, breaks: Sequence[Break] = (), ax: Axes | None = None) -> Axes:
    """People met a year, and those met for the first time, side by side: they are not counted at the same activities.

    contacts: from `ambassadors.contacts(history=True)`; a year without a count has no bar.
    """
    ax = ax or theme.new_axes(height=3.8)
    everyone = contacts[contacts["indicator"] == "ambassador_contacts"]
    new = contacts[contacts["indicator"] == "ambassador_new_contacts"]
    series = (
        (everyone, theme.MAIN, "", _("Personnes rencontrées")),
        (new, "#f2d6c4", "//", _("Rencontrées pour la première fois")),
    )
    if not _yearly_bars(ax, series, 0.4):
        return theme.no_data(ax)
    ax.set_ylabel(_("personnes rencontrées"))
    _years(ax, everyone["year"], breaks, _("Personnes rencontrées, année par année"), columns=2, drop=-0.24)
    _counted(ax, everyone, contacts[contacts["indicator"] == "ambassador_contacts_not_counted"])
    return ax


def _counted(ax: Axes, met: pd.DataFrame, not_counted: pd.DataFrame) -> None:
    """Under each year, at how many activities people were counted: a total says little without it."""
    names = [
        _("{year}\n{n} sur {held}").format(
            year=int(row["year"]),
            n=fmt.number(row["denominator"] - row["estimate"]),
            held=fmt.number(row["denominator"]),
        )
        for row in not_counted.to_dict("records")
    ]
    ax.set_xticks(met["year"].astype(int), names, fontsize=8.5)
    ax.set_xlabel(_("année, et nombre d'activités où l'on a compté sur celles qui ont eu lieu"), fontsize=8.5)


def plot_change(change: pd.DataFrame) -> Axes:
    """Mean score before and after, a panel a scale, on the whole range of the scale, with intervals.

    No line is one person's. Returns the first panel; its figure holds the others.
    """
    panels = theme.new_panels(len(SCALES), columns=2, row_height=3.6, sharey=False)
    drawn = [
        _draw_change(ax, change[change["scale"] == scale], scale) for ax, scale in zip(panels, SCALES, strict=True)
    ]
    if not any(drawn):
        for ax in panels[1:]:
            ax.remove()
        theme.no_data(panels[0])
    return panels[0]


def _draw_change(ax: Axes, rows: pd.DataFrame, scale: str) -> bool:
    """Draw one scale's means; False where there is none."""
    theme.finish(ax, label("scale", scale))
    points = pd.concat([rows[rows["indicator"] == f"scale_mean_{wave}"] for wave in CODES["wave"]])
    if any(fmt.is_masked(row) for row in points.to_dict("records")):
        theme.no_data(ax, fmt.status_label("primary"))
        theme.finish(ax, label("scale", scale))
        return False
    if points["estimate"].isna().any() or len(points) != len(CODES["wave"]):
        theme.no_data(ax, _("Moins de deux personnes\nsuivies avant et après"))
        theme.finish(ax, label("scale", scale))
        return False
    style = theme.SERIES[0]
    places = range(len(points))
    ax.plot(places, points["estimate"], color=style.color, marker=style.marker, linewidth=1.5)
    ax.vlines(places, points["lower"], points["upper"], color=style.color, linewidth=2.4, alpha=0.6)
    # The first value to the left, the last to the right: the line runs between them.
    for place, value, side, ha in zip(places, points["estimate"], (-9, 9), ("right", "left"), strict=True):
        ax.annotate(fmt.number(value, 1), (place, value), (side, 0), textcoords="offset points", ha=ha, va="center")
    ax.set_xticks(places, [label("wave", wave) for wave in CODES["wave"]])
    ax.set_xlim(-0.5, len(points) - 0.5)
    least, most = SCALES[scale].ends
    ax.set_ylim(least, most)
    theme.decimal_axis(ax)
    ax.set_ylabel(_("score moyen (points, de {low} à {high})").format(low=fmt.number(least), high=fmt.number(most)))
    changed = rows[rows["indicator"] == "scale_mean_change"].iloc[0]
    if not fmt.is_masked(changed.to_dict()):
        text = _("Évolution : {value}, {n} personnes").format(value=fmt.signed(changed), n=fmt.number(changed["n"]))
        ax.set_xlabel(text, fontsize=8.5)
    return True


def plot_follow_up(follow_up: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What became of every ambassador on each scale, in people: a bar a scale, a piece an outcome.

    Pieces cannot be put one after the other where one is masked: then the share that answered twice is drawn.
    """
    ax = ax or theme.new_axes(height=2.6)
    rows = follow_up[follow_up["indicator"] == "scale_follow_up"]
    if any(fmt.is_masked(row) for row in rows.to_dict("records")):
        return _plot_answered_twice(ax, follow_up[follow_up["indicator"] == "scale_paired_share"])
    if rows["estimate"].sum() == 0:
        return theme.no_data(ax)
    colors = {
        "both": theme.MAIN,
        "before_only": "#e8a87c",
        "after_only": "#b9dcc2",
        "incomplete": "#d7c3e0",
        "never": "white",
    }
    hatches = {"both": "", "before_only": "//", "after_only": "..", "incomplete": "xx", "never": ""}
    for place, scale in enumerate(SCALES):
        start = 0.0
        for row in rows[rows["scale"] == scale].to_dict("records"):
            state, n = str(row["scale_answers"]), float(row["estimate"])
            name = label("scale_answers", state) if place == 0 else None
            ax.barh(place, n, 0.55, left=start, color=colors[state], hatch=hatches[state], label=name, **_EDGE)
            if n:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
                ax.text(start + n / 2, place, fmt.number(n), ha="center", va="center", fontsize=8.5, bbox=box)
            start += n
    ax.set_yticks(range(len(SCALES)), [label("scale", scale).replace(" (", "\n(") for scale in SCALES])
    ax.invert_yaxis()
    theme.measure_axis(ax, "x")
    _whole(ax, "x")
    ax.set_xlabel(_("ambassadeurs entrés depuis le début"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.28), ncols=3, fontsize=8.5)
    return theme.finish(ax, _("Qui a répondu avant et après"))


def _plot_answered_twice(ax: Axes, rows: pd.DataFrame) -> Axes:
    if rows["estimate"].notna().sum() == 0:
        return theme.no_data(ax)
    theme.draw_intervals(ax, rows, [label("scale", scale).replace(" (", "\n(") for scale in rows["scale"]])
    ax.set_xlabel(_("part des ambassadeurs entrés depuis le début et son intervalle"))
    return theme.finish(ax, _("Qui a répondu avant et après"))


def _yearly_bars(ax: Axes, series: Sequence[tuple[pd.DataFrame, str, str, str]], width: float) -> bool:
    """Series (rows, color, hatch, name) side by side, year by year; False where there is nothing to draw.

    A series of which every year is masked has no place.
    """
    drawn = [one for one in series if not _masked(one[0]).all()]
    most = [float(one[0]["estimate"].max()) for one in drawn if one[0]["estimate"].notna().any()]
    if not most:
        return False
    for place, (rows, color, hatch, name) in enumerate(drawn):
        shift = (place - (len(drawn) - 1) / 2) * width
        shown = rows[~_masked(rows)]
        ax.bar(
            shown["year"].astype(int) + shift, shown["estimate"], width, color=color, hatch=hatch, label=name, **_EDGE
        )
        _values_above(ax, shown, shift)
        for year in rows.loc[_masked(rows), "year"].astype(int):
            theme.mark_masked(ax, year + shift, horizontal=False)
    _count_axis(ax, max(most))
    return True


def _masked(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["status"].isin(["primary", "secondary"])


def _bars(ax: Axes, rows: pd.DataFrame) -> list[Any]:
    """Horizontal bars, one a row from the first; none where there is no number."""
    shown = [(place, value) for place, value in enumerate(rows["estimate"]) if not fmt.is_missing(value)]
    return list(ax.barh([place for place, _v in shown], [value for _p, value in shown], color=theme.MAIN, **_EDGE))


def _years(
    ax: Axes, years: pd.Series[Any], breaks: Sequence[Break], title: str, *, columns: int, drop: float = -0.1
) -> Axes:
    """A year axis with its breaks marked, the legend below, the title."""
    theme.year_axis(ax, years)
    theme.mark_breaks(ax, breaks)
    theme.measure_axis(ax, "y")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, drop), ncols=columns)
    return theme.finish(ax, title)


def _values_above(ax: Axes, rows: pd.DataFrame, shift: float) -> None:
    """The value of each bar above it, smaller where many years are side by side."""
    size = 8.5 if len(rows) < 7 else 7
    for year, value in zip(rows["year"].astype(int), rows["estimate"], strict=True):
        if not fmt.is_missing(value):
            text = fmt.number(value)
            ax.annotate(text, (year + shift, value), (0, 3), textcoords="offset points", ha="center", fontsize=size)


def _name_bars(ax: Axes, rows: pd.DataFrame, names: Sequence[str]) -> None:
    """Horizontal bars named from top to bottom, with their value at the end."""
    for place, row in enumerate(rows.to_dict("records")):
        if fmt.is_masked(row):
            theme.mark_masked(ax, place)
            continue
        text = fmt.number(row["estimate"], fmt.row_digits(row))
        ax.annotate(text, (row["estimate"], place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks(range(len(names)), list(names))
    if _masked(rows).any():  # no bar makes room for the first and last names
        ax.set_ylim(-0.6, len(names) - 0.4)
    ax.invert_yaxis()
    ax.set_xlim(0, max(float(rows["estimate"].max()), 1) * 1.1)
    theme.measure_axis(ax, "x")
    _whole(ax, "x")


def _count_axis(ax: Axes, most: float) -> None:
    """From 0, with room above the highest value for its number and the name of a break."""
    ax.set_ylim(0, max(float(most), 1) * 1.18)
    _whole(ax, "y")


def _whole(ax: Axes, axis: str) -> None:
    """Whole numbers only, in the reader's language: there is no half person."""
    (ax.xaxis if axis == "x" else ax.yaxis).set_major_locator(MaxNLocator(nbins=7, integer=True))
    theme.decimal_axis(ax, "x" if axis == "x" else "y", 0)
