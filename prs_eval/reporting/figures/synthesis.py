"""The synthesis's figures: the quartiers side by side, in no order of merit, and the years one after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator
from matplotlib.transforms import ScaledTranslation, Transform

from prs_eval.estimation.frame import ALL
from prs_eval.i18n import _
from prs_eval.inputs.parameters import Break, Span, Workbench
from prs_eval.reporting import format as fmt
from prs_eval.reporting.figures import theme
from prs_eval.reporting.page import for_all

_APART = 11.0  # points between marks that would cover each other
_WHOLE = theme.Style(theme.INK, "D", "")


class Panel(NamedTuple):
    """What one panel shows: rows of an indicator (and of a kind, and a stage), its title, its target if any."""

    indicator: str
    title: str
    target: Span | None = None
    kind: str | None = None
    stage: str | None = None

    def rows(self, estimates: pd.DataFrame) -> pd.DataFrame:
        """The rows of `estimates` that this panel shows."""
        chosen = estimates["indicator"] == self.indicator
        for column, value in (("kind", self.kind), ("stage", self.stage)):
            if value is not None:
                chosen &= estimates[column] == value
        return estimates[chosen]


def quartier_panels(workbench: Workbench) -> list[Panel]:
    """What the quartiers are set side by side on: one measure a part of the programme."""
    target = workbench.targets.meeting_interval_weeks
    return [
        Panel("network_interval_median", _("Délai médian\nentre deux réunions"), target),
        Panel("network_residents_share", _("Part des habitants\nparmi les présents")),
        Panel("screening_stage_share", _("Rendez-vous honorés,\noptique"), kind="optical", stage="honoured"),
    ]


def history_panels() -> list[Panel]:
    """What is followed from year to year."""
    return [
        Panel("network_meetings", _("Réunions du réseau")),
        Panel("ambassadors_active", _("Ambassadeurs actifs")),
        Panel("screening_participants", _("Dépistage optique, participants"), kind="optical"),
        Panel("screening_participants", _("Dépistage dentaire, participants"), kind="dental"),
    ]


def panel_rows(frames: Sequence[pd.DataFrame], panels: Sequence[Panel]) -> pd.DataFrame:
    """The rows of `frames` that a figure of `panels` shows, panel after panel."""
    return pd.concat([panel.rows(frame) for panel in panels for frame in frames], ignore_index=True)


def plot_side_by_side(
    estimates: pd.DataFrame, panels: Sequence[Panel], *, places: Sequence[str], source: str = ""
) -> Figure:
    """Each quartier with its interval, one panel a measure; the whole programme last, drawn apart.

    Parameters
    ----------
    estimates
        The one output shape by quartier, and (`quartier` "all") together.
    places
        Quartiers from top to bottom, the same in each panel whatever the values: this is no ranking.
    """
    rows = [*places, ALL]
    axes = theme.new_panels(len(panels), columns=len(panels), width=8, row_height=0.42 * len(rows) + 1.1, sharex=False)
    for ax, panel in zip(axes, panels, strict=True):
        own = panel.rows(estimates).drop_duplicates("quartier").set_index("quartier")
        if own["estimate"].notna().any() or own["status"].eq("primary").any():
            _panel(ax, own, panel, rows)
        else:
            theme.no_data(ax)
        theme.finish(ax, panel.title)
    if _bare(estimates):
        source = " ".join(filter(None, [_hollow(), source]))
    figure = axes[0].get_figure(root=True)
    assert figure is not None
    figure.set_layout_engine("constrained", wspace=0.06)  # else 100 % of one panel runs into 0 % of the next
    return _sourced(figure, source)


def _bare(estimates: pd.DataFrame) -> bool:
    limits = estimates["lower"].notna() & estimates["upper"].notna()
    return bool((estimates["estimate"].notna() & ~limits & (estimates["method"] != "count")).any())


def _hollow() -> str:
    """What a hollow point means; on a public page some intervals are left out for protection, and none says why."""
    if for_all():
        return _("Point creux : sans intervalle.")
    return _("Point creux : trop peu de cas pour un intervalle.")


def _sourced(figure: Figure, source: str) -> Figure:
    if source:
        theme.finish(figure.axes[0], source=source)
    return figure


def _panel(ax: Axes, own: pd.DataFrame, panel: Panel, rows: Sequence[str]) -> None:
    """One measure; a quartier without a row keeps its line, with the reason."""
    full = own.reindex(list(rows))
    absent = full["status"].isna()
    full["status"] = full["status"].where(~absent, _("aucune donnée"))
    full["unit"] = full["unit"].fillna(own["unit"].iloc[0])
    full["method"] = full["method"].fillna("")
    if panel.target is not None:
        ax.axvspan(panel.target.low, panel.target.high, color=theme.TARGET, alpha=0.15, linewidth=0)
    theme.draw_intervals(ax, full.iloc[:-1], [""] * (len(rows) - 1))
    theme.draw_intervals(ax, full.iloc[-1:], [""], style=_WHOLE, shift=len(rows) - 1)
    ax.axhline(len(rows) - 1.5, color=theme.GRID, linewidth=1)
    ax.set_yticks(range(len(rows)), [fmt.quartier_name(place) for place in rows])
    ax.set_ylim(len(rows) - 0.4, -0.7)
    unit = str(full["unit"].iloc[0])
    ax.xaxis.set_major_locator(MultipleLocator(0.5) if unit == "proportion" else MaxNLocator(3))
    if unit != "proportion":
        ax.set_xlim(left=0)
        ax.set_xlabel(fmt.unit_label(unit))
    if panel.target is not None:
        ax.set_xlabel(_("{unit} (bande : objectif)").format(unit=fmt.unit_label(unit)))


def plot_history(
    estimates: pd.DataFrame, panels: Sequence[Panel], *, breaks: Iterable[Break] = (), source: str = ""
) -> Figure:
    """Counts of each year, one panel a measure, each from zero; the years of a break are shaded and named."""
    breaks = tuple(breaks)
    axes = theme.new_panels(len(panels), columns=2, width=8, row_height=2.3, sharey=False)
    years = [int(year) for year in estimates["year"].dropna()]
    for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
        own = panel.rows(estimates)
        rows = own.dropna(subset=["estimate"]).sort_values("year")
        masked = own.loc[own["status"] == "primary", "year"]
        theme.finish(ax, panel.title)
        for year in masked.astype(int):
            theme.mark_masked(ax, year, horizontal=False)
        if rows.empty and len(masked):
            theme.year_axis(ax, years)
            ax.set_yticks([])
            theme.mark_breaks(ax, breaks)
            continue
        if rows.empty:
            theme.no_data(ax)
            continue
        style = theme.SERIES[place % len(theme.SERIES)]
        span = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
        points = rows.set_index("year")["estimate"].reindex(span)  # no line across a year without data
        ax.plot(list(span), points.to_numpy(), color=style.color, marker=style.marker, markersize=5)
        last = rows.iloc[-1]
        ax.annotate(
            fmt.number(last["estimate"]),
            (int(last["year"]), last["estimate"]),
            (0, 6),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
            color=style.color,
        )
        theme.year_axis(ax, years)
        ax.set_ylim(0, max(float(rows["estimate"].max()) * 1.3, 1))
        theme.count_axis(ax)
        theme.mark_breaks(ax, breaks)
        ax.set_ylabel(fmt.unit_label(str(last["unit"])))
    figure = axes[0].get_figure(root=True)
    assert figure is not None
    return _sourced(figure, source)


def plot_quartiers(
    estimates: pd.DataFrame, lines: pd.DataFrame, *, places: Sequence[str], ax: Axes | None = None
) -> Axes | None:
    """Each quartier's share beside what chance alone would do; one mark a quartier, in the declared order.

    None where every quartier is masked.

    Parameters
    ----------
    estimates
        `disclosure.comparison.compare_quartiers`, in the declared order, which is that of the key: never one of merit.
    lines
        `programme.synthesis.funnel_lines` of them: drawn as a funnel; empty where there is none, and the shares
        (drawn towards the whole, where they are not protected ones) are shown with their intervals instead.
    places
        Quartiers of the programme: each keeps its mark from year to year, whether it has data or not.
    """
    estimates, protected = estimates[estimates["quartier"] != ALL], bool((estimates["quartier"] == ALL).any())
    known = estimates[estimates["estimate"].notna()]
    if protected and known.empty:
        return None
    ax = ax if ax is not None else theme.new_axes(7.5, 4.2)
    if known.empty:
        return theme.finish(theme.no_data(ax), _("Rendez-vous honorés"))
    if lines.empty and protected:
        theme.draw_intervals(ax, estimates, [fmt.quartier_name(place) for place in estimates["quartier"]])
        ax.set_xlabel(_("rendez-vous honorés, trois années réunies"))
        return theme.finish(ax, _("Rendez-vous honorés de chaque quartier"))
    if lines.empty:
        theme.draw_intervals(ax, known, [fmt.quartier_name(place) for place in known["quartier"]])
        ax.set_xlabel(_("rendez-vous honorés, part rapprochée de l'ensemble"))
        return theme.finish(ax, _("Chaque quartier, rapproché de l'ensemble"))
    _funnel(ax, lines)
    order = list(dict.fromkeys([*places, *known["quartier"]]))
    for row in known.to_dict("records"):
        place = order.index(row["quartier"])
        style = theme.SERIES[place % len(theme.SERIES)]
        fill = style.color if place < len(theme.SERIES) else "white"
        ax.plot(
            row["n"],
            row["estimate"],
            linestyle="none",
            marker=style.marker,
            markersize=9,
            color=style.color,
            markerfacecolor=fill,
            label=fmt.quartier_name(row["quartier"]),
            zorder=3,
            transform=_beside(ax, known, row) if protected else ax.transData,
        )
    for name in estimates.loc[estimates["status"] == "primary", "quartier"]:  # kept in the key
        text = _("{place}, {masked}").format(place=fmt.quartier_name(name), masked=fmt.status_label("primary"))
        ax.plot([], [], linestyle="none", marker="", label=text)
    theme.percent_axis(ax)
    ax.set_xlim(0, float(lines["n"].max()))
    theme.count_axis(ax, "x")
    ax.set_xlabel(_("personnes orientées dont l'issue est connue, trois années réunies"))
    ax.set_ylabel(_("rendez-vous honorés"))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9)
    return theme.finish(ax, _("Rendez-vous honorés, et ce que le hasard seul ferait"))


def _beside(ax: Axes, known: pd.DataFrame, row: Mapping[Any, Any]) -> Transform:
    """Marks of quartiers whose rounded numbers are the same, side by side about their place."""
    same = known[(known["n"] == row["n"]) & (known["estimate"] == row["estimate"])]["quartier"].tolist()
    shift = (same.index(row["quartier"]) - (len(same) - 1) / 2) * _APART
    figure = ax.get_figure(root=True)
    assert figure is not None
    return ax.transData + ScaledTranslation(shift / 72, 0, figure.dpi_scale_trans)


def _funnel(ax: Axes, lines: pd.DataFrame) -> None:
    ax.fill_between(lines["n"], lines["lower_95"], lines["upper_95"], color=theme.BAND, linewidth=0)
    for level, dash, name in (("95", "-", _("hasard, 19 fois sur 20")), ("998", "--", _("hasard, 998 fois sur 1 000"))):
        ax.plot(lines["n"], lines[f"lower_{level}"], color=theme.MUTED, linewidth=1, linestyle=dash, label=name)
        ax.plot(lines["n"], lines[f"upper_{level}"], color=theme.MUTED, linewidth=1, linestyle=dash)
    ax.plot(lines["n"], lines["target"], color=theme.INK, linewidth=2, label=_("ensemble des quartiers"))
