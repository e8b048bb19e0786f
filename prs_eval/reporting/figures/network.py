"""Figures of the network: rhythm, who comes, themes, needs, added values, map of ties."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from prs_eval.i18n import _
from prs_eval.inputs.codes import UNKNOWN, label
from prs_eval.inputs.parameters import Break, Span, Workbench
from prs_eval.programme.network import NetworkMap
from prs_eval.programme.network_ties import ring_positions
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme
from prs_eval.reporting.text.network_words import pooled, structure_names

_MOST_NODES = 40
_MOST_LABELS = 25
_LINE = 30  # characters of a structure's name on one line
_LABEL = 42  # characters of a row's name on one line: classes put together have long ones


def plot_rhythm(rhythm: pd.DataFrame, *, target: Span, breaks: Sequence[Break] = (), ax: Axes | None = None) -> Axes:
    """Median weeks between meetings, year by year, with limits, on the band of the target.

    rhythm: from `network.meeting_rhythm(years=…)`; years without a gap are left blank.
    """
    ax = ax or theme.new_axes()
    rows = rhythm[(rhythm["indicator"] == "network_interval_median") & rhythm["estimate"].notna()]
    if rows.empty:
        return theme.no_data(ax)
    ax.axhspan(target.low, target.high, color=theme.TARGET, alpha=0.15, linewidth=0)
    years, style = rows["year"].astype(int), theme.SERIES[0]
    limited = rows["lower"].notna() & rows["upper"].notna()
    ax.vlines(
        years[limited], rows["lower"][limited], rows["upper"][limited], color=style.color, linewidth=2.4, alpha=0.6
    )
    mark: dict[str, Any] = {"linestyle": "none", "marker": style.marker, "color": style.color}
    ax.plot(years[limited], rows["estimate"][limited], **mark)
    ax.plot(years[~limited], rows["estimate"][~limited], markerfacecolor="white", **mark)
    for year, value in zip(years, rows["estimate"], strict=True):
        ax.annotate(fmt.number(value, 1), (year, value), (6, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_ylim(0, 1.15 * max(target.high, rows["estimate"].max(), rows["upper"].fillna(0).max()))
    theme.year_axis(ax, years)
    theme.mark_breaks(ax, breaks)
    theme.decimal_axis(ax)
    ax.set_ylabel(_("semaines"))
    span = _("Cible : {low} à {high} semaines").format(low=fmt.number(target.low), high=fmt.number(target.high))
    alone = _("Point creux : médiane, trop peu de réunions pour une marge d'incertitude")
    handles = [
        Line2D([], [], color=style.color, marker=style.marker, linewidth=2.4, label=_("Médiane et sa marge")),
        *([] if limited.all() else [Line2D([], [], markerfacecolor="white", label=alone, **mark)]),
        Line2D([], [], color=theme.TARGET, alpha=0.3, linewidth=8, label=span),
    ]
    if not limited.any():
        handles = handles[1:]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2 if limited.all() else 1)
    return theme.finish(ax, _("Semaines entre deux réunions"))


def plot_attendance(by_category: pd.DataFrame, *, ax: Axes | None = None) -> Axes | None:
    """Mean number of people at a meeting, by category, with limits; None where this audience may see none."""
    rows = by_category[by_category["indicator"] == "network_category_per_meeting"]
    if _all_masked(rows):
        return None
    ax = ax or theme.new_axes(height=3.4)
    if rows["estimate"].notna().sum() == 0:
        return theme.no_data(ax)
    theme.draw_intervals(ax, rows, [_wrapped(label("category", code)) for code in rows["category"]])
    ax.set_xlim(left=0)
    limited = rows["lower"].notna().any()
    ax.set_xlabel(
        _("personnes par réunion (moyenne et intervalle)") if limited else _("personnes par réunion (moyenne)")
    )
    return theme.finish(ax, _("Personnes présentes à une réunion"))


def plot_added_values(shares: pd.DataFrame, *, workbench: Workbench, ax: Axes | None = None) -> Axes | None:
    """Share of "strongly agree" for each added value, with limits; the title names the survey's year, or years.

    None where this audience may see none of the shares.
    """
    rows = shares[shares["indicator"] == "network_added_value"]
    if _all_masked(rows):
        return None
    ax = ax or theme.new_axes(height=3.4)
    if rows["estimate"].notna().sum() == 0:
        return theme.no_data(ax)
    labels = {item.code: str(item.label) for item in workbench.added_values_professionals}
    theme.draw_intervals(ax, rows, [labels.get(code, code) for code in rows["item"]])
    ax.set_xlabel(_("part de « tout à fait d'accord » et son intervalle"))
    if (period := pooled()) is not None:
        title = _("Plus-values reconnues (de {first} à {last})")
        return theme.finish(ax, title.format(first=period.first, last=period.last))
    title = _("Plus-values reconnues (enquête de {year})")
    return theme.finish(ax, title.format(year=int(rows["year"].max())))


def plot_themes(by_theme: pd.DataFrame, *, workbench: Workbench, ax: Axes | None = None) -> Axes:
    """Meetings that dealt with each theme; priority themes apart by colour and hatching, 0 written out."""
    rows = by_theme[by_theme["estimate"].notna()]
    ax = ax or theme.new_axes(height=3.8)
    if rows.empty:
        return theme.no_data(ax)
    names = [
        _("{theme} (priorité)").format(theme=name) if priority == "yes" else name
        for name, priority in zip(_theme_names(rows, workbench), rows["priority"], strict=True)
    ]
    styles = {"yes": (theme.MAIN, "", _("Thème prioritaire")), "no": ("#c9d3dc", "//", _("Autre thème"))}
    for priority, (color, hatch, text) in styles.items():
        where = (rows["priority"] == priority).to_numpy()
        places = [place for place, here in enumerate(where) if here]
        ax.barh(
            places, rows["estimate"][where], color=color, hatch=hatch, edgecolor=theme.INK, linewidth=0.6, label=text
        )
    _count_bars(ax, rows["estimate"], names)
    ax.set_xlabel(_("nombre de réunions"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.15), ncols=2)
    return theme.finish(ax, _("Thèmes abordés en réunion"))


def plot_needs(by_theme: pd.DataFrame, *, workbench: Workbench, ax: Axes | None = None) -> Axes:
    """Needs voiced by theme, and within each bar those that led to an action."""
    voiced = by_theme[(by_theme["indicator"] == "network_theme_needs") & (by_theme["estimate"] > 0)]
    ax = ax or theme.new_axes(height=3.4)
    if voiced.empty:
        return theme.no_data(ax, _("Aucun besoin exprimé"))
    met = by_theme[by_theme["indicator"] == "network_theme_needs_with_action"].set_index("theme")["estimate"]
    places = range(len(voiced))
    style: dict[str, Any] = {"edgecolor": theme.INK, "linewidth": 0.6}
    ax.barh(places, voiced["estimate"], color="white", hatch="//", label=_("Besoins exprimés"), **style)
    action = _("Dont suivis d'une action")
    ax.barh(places, met.reindex(voiced["theme"]).to_numpy(), color=theme.MAIN, label=action, **style)
    _count_bars(ax, voiced["estimate"], _theme_names(voiced, workbench))
    ax.set_xlabel(_("nombre de besoins"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.17), ncols=2)
    return theme.finish(ax, _("Besoins exprimés et besoins suivis d'une action"))


def plot_reasons(by_reason: pd.DataFrame, *, ax: Axes | None = None) -> Axes | None:
    """Referrals by main reason; None where this audience may see none of the counts."""
    return _plot_counts(by_reason, "referral_reason", _("Motif des orientations"), ax)


def plot_outcomes(by_outcome: pd.DataFrame, *, ax: Axes | None = None) -> Axes | None:
    """Referrals by what became of them, unknown apart; None as for the reasons."""
    return _plot_counts(by_outcome, "referral_outcome", _("Suite des orientations"), ax)


def plot_network(network: NetworkMap, *, ax: Axes | None = None) -> Axes:
    """Structures on a ring, category by category (shape and colour), tied where they shared enough meetings.

    The wider a line, the more meetings were shared. Of many structures, the 40 that came most are drawn and the 25
    that came most named; one that never came is hollow.
    """
    nodes = network.nodes.sort_values("meetings", ascending=False, kind="stable").head(_MOST_NODES).sort_index()
    left_out = len(network.nodes) - len(nodes)
    if left_out:
        nodes[["x", "y"]] = ring_positions(len(nodes))
    ax = ax or theme.new_axes(height=max(4.0, 1.4 + 0.2 * len(nodes)))
    if nodes.empty or not nodes["meetings"].any():
        return theme.no_data(ax)
    xy = nodes.set_index("structure_id")[["x", "y"]]
    ties = network.ties[network.ties["source"].isin(xy.index) & network.ties["target"].isin(xy.index)]
    ends = zip(xy.loc[ties["source"]].to_numpy(), xy.loc[ties["target"]].to_numpy(), strict=True)
    widths = 0.4 * ties["weight"].to_numpy(dtype=float)
    ax.add_collection(LineCollection(list(ends), colors=theme.MUTED, alpha=0.4, linewidths=widths, zorder=1))
    for category, style in theme.CATEGORIES.items():
        here = nodes[nodes["category"] == category]
        came = here[here["meetings"] > 0]
        never = here[here["meetings"] == 0]
        look: dict[str, Any] = {"marker": style.marker, "edgecolor": style.color, "s": 55, "zorder": 3}
        ax.scatter(came["x"], came["y"], color=style.color, label=label("category", category), **look)
        ax.scatter(never["x"], never["y"], facecolor="white", **look)
    _name_nodes(ax, nodes)
    ax.set_xlim(-2.4, 2.4)
    ax.set_ylim(-1.1, 1.1)
    ax.set_axis_off()
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2, fontsize=8.5)
    title = _("Structures qui ont partagé au moins {n} réunions").format(n=fmt.number(network.at_least))
    if left_out:
        title += "\n" + _("({n} autres, moins présentes, sont dans le tableau)").format(n=fmt.number(left_out))
    return theme.finish(ax, title)


def _plot_counts(counts: pd.DataFrame, codes: str, title: str, ax: Axes | None) -> Axes | None:
    """Bars of referrals by a code of the list (and column) `codes`; unknown is white and hatched.

    A masked count keeps its place without a bar.
    """
    if _all_masked(counts):
        return None
    masked = counts["status"].isin(["primary", "secondary"])
    rows = counts[counts["estimate"].notna() | masked]
    names = [_wrapped(label(codes, code)) for code in rows[codes]]
    more = sum(name.count("\n") for name in names)
    ax = ax or theme.new_axes(height=1.1 + 0.3 * max(len(rows), 3) + 0.2 * more)
    if rows.empty or not rows["estimate"].any():
        return theme.no_data(ax, _("Aucune orientation"))
    known = rows["estimate"].notna().to_numpy()
    places = [place for place, here in enumerate(known) if here]
    bars = ax.barh(places, rows["estimate"][known], color=theme.MAIN, edgecolor=theme.INK, linewidth=0.6)
    for bar, code in zip(bars, rows[codes][known], strict=True):
        if code == UNKNOWN:
            bar.set(facecolor="white", hatch="//")
    for place, here in enumerate(known):
        if not here:
            theme.mark_masked(ax, place, size=8.5)
    _count_bars(ax, rows["estimate"], names)
    ax.set_xlabel(_("nombre d'orientations"))
    return theme.finish(ax, title)


def _all_masked(rows: pd.DataFrame) -> bool:
    return len(rows) > 0 and bool(rows["status"].isin(["primary", "secondary"]).all())


def _wrapped(name: str) -> str:
    return "\n".join(textwrap.wrap(name, _LABEL, break_on_hyphens=False))


def _name_nodes(ax: Axes, nodes: pd.DataFrame) -> None:
    """Names written outwards from the ring, so that none meets another."""
    named = nodes.assign(name=structure_names(nodes)).sort_values("meetings", ascending=False, kind="stable")
    named = named.head(_MOST_LABELS)
    for name, x, y in zip(named["name"], named["x"], named["y"], strict=True):
        right = x >= 0
        ax.annotate(
            _shortened(name),
            (x, y),
            (8 if right else -8, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=7.5,
        )


def _shortened(name: str) -> str:
    """`name` on two lines at most."""
    return "\n".join(textwrap.wrap(name, _LINE, max_lines=2, placeholder="…", break_on_hyphens=False))


def _theme_names(rows: pd.DataFrame, workbench: Workbench) -> list[str]:
    labels = {item.code: str(item.label) for item in workbench.themes}
    return [labels.get(code, code) for code in rows["theme"]]


def _count_bars(ax: Axes, values: pd.Series[float], names: Sequence[str]) -> None:
    """Names from top to bottom, the count at the end of each bar, whole numbers on the axis."""
    for place, value in enumerate(values):
        if fmt.is_missing(value):
            continue
        ax.annotate(fmt.number(value), (value, place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks(range(len(names)), list(names))
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, max(float(values.max()), 1) * 1.08)
    theme.measure_axis(ax, "x")
    theme.count_axis(ax, "x")
