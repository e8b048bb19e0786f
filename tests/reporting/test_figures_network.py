"""The network's figures show the numbers they are given, in French, readable, and cope with having none."""

from __future__ import annotations

import re
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from prs_eval.i18n import set_language
from prs_eval.inputs.codes import CODES
from prs_eval.programme import network
from prs_eval.reporting.figures import network as figures
from prs_eval.reporting.figures import theme
from tests.programme.network_tables import attendance, empty, meetings, structures, typed, with_tables

CATEGORIES = list(CODES["category"])


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def busy():
    """A network of 30 structures with long names, over eight years with the crisis in them."""
    days = [f"{year}-{month:02d}-05" for year in range(2014, 2022) for month in (1, 3, 5, 7, 9, 11)]
    held = meetings(*days, themes=["nutrition|other"] * len(days))
    who = structures(*[(f"S{i:02d}", CATEGORIES[i % 6], 2, "2014-01-01", None) for i in range(30)])
    who["name"] = [f"Association de promotion de la santé et du lien social numéro {i}" for i in range(30)]
    present = [
        (m, CATEGORIES[i % 6], f"S{i:02d}", 1)
        for k, m in enumerate(held["meeting_id"])
        for i in range(29)
        if (i + k) % 3
    ]
    asked = [
        (f"N{i}", "Fives", "nutrition" if i % 2 else "rights", "health", "A1" if i % 3 else None, 2021)
        for i in range(9)
    ]
    sent = [
        (f"R{i}", "Fives", "social" if i % 2 else "unknown", "taken_up" if i % 3 else "unknown", 2021)
        for i in range(12)
    ]
    answered = [
        (f"P{i}", "S01", 2020, item, "4" if i % 2 else "3", "Fives")
        for i in range(12)
        for item in ("informed", "able_to_refer", "supported", "know_issues", "enrich_projects", "take_part")
    ]
    return with_tables(
        meetings=held,
        structures=who,
        attendance=attendance(held, present),
        needs=typed("needs", asked),
        referrals=typed("referrals", sent),
        professional_answers=typed("professional_answers", answered),
    )  # fmt: skip


def drawn(tables, workbench, year=2021):
    """Every figure of the network's report, by name."""
    target, breaks = workbench.targets.meeting_interval_weeks, workbench.breaks
    rhythm = network.meeting_rhythm(tables, year=year, workbench=workbench, years=range(2014, year + 1))
    by_theme = network.theme_meetings(tables, year=year, workbench=workbench)
    needs = network.needs_by_theme(tables, year=year, workbench=workbench)
    shares = network.added_values(tables, year=year, workbench=workbench)
    return {
        "rhythm": figures.plot_rhythm(rhythm, target=target, breaks=breaks),
        "attendance": figures.plot_attendance(network.attendance_by_category(tables, year=year)),
        "themes": figures.plot_themes(by_theme, workbench=workbench),
        "needs": figures.plot_needs(needs, workbench=workbench),
        "reasons": figures.plot_reasons(network.referrals_by_reason(tables, year=year)),
        "outcomes": figures.plot_outcomes(network.referrals_by_outcome(tables, year=year)),
        "added_values": figures.plot_added_values(shares, workbench=workbench),
        "map": figures.plot_network(network.network_map(tables, year=year)),
    }


def words(ax):
    """All that can be read on the figure."""
    hidden = [] if ax.axison else [*ax.get_xticklabels(), *ax.get_yticklabels()]
    texts = [text for text in ax.figure.findobj(plt.Text) if text.get_visible() and text not in hidden]
    return [text.get_text() for text in texts if text.get_text()]


def boxes(ax, artists):
    renderer = ax.figure.canvas.get_renderer()
    return [artist.get_window_extent(renderer) for artist in artists]


def test_without_data_each_figure_says_so_instead_of_failing(workbench):
    for name, ax in drawn(empty(), workbench).items():
        assert any("Aucun" in text for text in words(ax)), name
        assert not ax.patches, name


def test_no_figure_shows_a_code_or_an_english_word_or_a_decimal_point(busy, workbench):
    codes = (
        set(CATEGORIES) | set(CODES["referral_reason"]) | {t.code for t in workbench.themes} - {"nutrition", "other"}
    )
    codes |= {i.code for i in workbench.added_values_professionals}
    for name, ax in drawn(busy, workbench).items():
        ax.figure.canvas.draw()
        for text in words(ax):
            assert text not in codes, name
            assert not re.search(r"\d\.\d|_|\bnan\b", text), f"{name}: {text}"


def test_every_figure_names_its_axis_and_has_a_title(busy, workbench):
    for name, ax in drawn(busy, workbench).items():
        assert ax.get_title(loc="left"), name
        if name != "map":
            assert ax.get_ylabel() or ax.get_xlabel(), name


def test_figures_speak_english_when_asked_about_coded_labels(busy, workbench):
    set_language("en")
    ax = drawn(busy, workbench)["attendance"]
    assert "Health professionals" in [label.get_text() for label in ax.get_yticklabels()]


def test_the_rhythm_shows_each_year_its_band_and_the_crisis(busy, workbench):
    ax = drawn(busy, workbench)["rhythm"]
    drawn_at = [line for line in ax.lines if line.get_linestyle() == "None"]
    points = dict(sorted(pair for line in drawn_at for pair in zip(line.get_xdata(), line.get_ydata(), strict=True)))
    assert list(points) == list(range(2014, 2022))
    rhythm = network.meeting_rhythm(busy, year=2021, workbench=workbench, years=range(2014, 2022))
    medians = rhythm[rhythm["indicator"] == "network_interval_median"]["estimate"].tolist()
    assert list(points.values()) == medians
    bands = [patch.get_y() for patch in ax.patches if to_hex(patch.get_facecolor()) == theme.TARGET]
    assert bands == [6]
    assert "Crise sanitaire" in words(ax)
    assert ax.get_ylim()[0] == 0


def test_a_median_without_a_margin_is_hollow_and_explained(busy, workbench):
    rhythm = network.meeting_rhythm(busy, year=2021, workbench=workbench, years=range(2014, 2022))
    bare = (rhythm["indicator"] == "network_interval_median") & (rhythm["year"] == 2016)
    rhythm.loc[bare, ["lower", "upper"]] = None
    target = workbench.targets.meeting_interval_weeks
    ax = figures.plot_rhythm(rhythm, target=target)
    hollow = [line for line in ax.lines if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    assert [year for line in hollow for year in line.get_xdata()] == [2014, 2016]  # 2014 has five gaps: too few
    assert any("Point creux" in text for text in words(ax))
    whole = figures.plot_rhythm(rhythm[rhythm["year"] > 2016], target=target)
    assert not any("Point creux" in text for text in words(whole))


def test_a_year_before_the_crisis_does_not_show_it(busy, workbench):
    assert "Crise sanitaire" not in words(drawn(busy, workbench, year=2018)["rhythm"])


def test_a_single_year_is_named_once_on_its_axis(busy, workbench):
    ax = drawn(busy, workbench, year=2014)["rhythm"]
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels() if label.get_text()].count("2014") == 1


def test_bars_are_as_long_as_the_counts_and_unknown_is_hatched(busy, workbench):
    ax = drawn(busy, workbench)["reasons"]
    counts = network.referrals_by_reason(busy, year=2021)
    assert [bar.get_width() for bar in ax.patches] == counts["estimate"].tolist()
    hatched = [bar.get_hatch() is not None for bar in ax.patches]
    assert hatched == (counts["referral_reason"] == "unknown").tolist()


def test_priorities_differ_from_other_themes_by_more_than_colour(busy, workbench):
    ax = drawn(busy, workbench)["themes"]
    named = {label.get_text() for label in ax.get_yticklabels()}
    assert {"Santé mentale (priorité)", "Accès aux droits"} <= named
    assert {patch.get_hatch() or "" for patch in ax.patches} == {"", "//"}


def test_met_needs_are_drawn_inside_the_needs_of_their_own_theme(busy, workbench):
    ax = drawn(busy, workbench)["needs"]
    voiced, met = (list(container) for container in ax.containers)
    by_theme = network.needs_by_theme(busy, year=2021, workbench=workbench)
    rows = by_theme[by_theme["denominator"].gt(0)].pivot(index="theme", columns="indicator", values="estimate")
    shown = rows.loc[["nutrition", "rights"]]
    assert [bar.get_width() for bar in voiced] == shown["network_theme_needs"].tolist()
    assert [bar.get_width() for bar in met] == shown["network_theme_needs_with_action"].tolist()


def test_each_category_of_the_map_has_its_own_shape_and_colour(busy, workbench):
    ax = drawn(busy, workbench)["map"]
    groups = [c for c in ax.collections if isinstance(c, PathCollection) and len(c.get_offsets())]
    looks = {(to_hex(c.get_edgecolor()[0]), tuple(map(tuple, c.get_paths()[0].vertices.round(3)))) for c in groups}
    assert len({color for color, _ in looks}) == len({shape for _, shape in looks}) == 6


def test_the_map_draws_every_tie_and_a_structure_that_never_came_is_hollow(busy, workbench):
    network_map = network.network_map(busy, year=2021)
    ax = drawn(busy, workbench)["map"]
    lines = next(c for c in ax.collections if isinstance(c, LineCollection))
    assert len(lines.get_segments()) == len(network_map.ties) > 0
    hollow = [
        c for c in ax.collections
        if isinstance(c, PathCollection) and len(c.get_offsets()) and to_hex(c.get_facecolor()[0]) == "#ffffff"
    ]  # fmt: skip
    assert sum(len(c.get_offsets()) for c in hollow) == (network_map.nodes["meetings"] == 0).sum() == 1


def test_names_on_the_map_are_25_at_most_and_none_covers_another_or_leaves_the_page(busy, workbench):
    ax = drawn(busy, workbench)["map"]
    ax.figure.canvas.draw()
    names = [text for text in ax.texts if text.get_text()]
    assert len(names) == 25
    extents = boxes(ax, names)
    page = ax.figure.bbox
    for i, box in enumerate(extents):
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert not any(box.overlaps(other) for other in extents[i + 1 :])


def test_axis_labels_do_not_overlap(busy, workbench):
    for name, ax in drawn(busy, workbench).items():
        ax.figure.canvas.draw()
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            shown = [label for label in labels if label.get_text() and ax.axison]
            extents = boxes(ax, shown)
            assert not any(a.overlaps(b) for a, b in pairwise(extents)), name


def test_the_same_data_make_the_same_picture(busy, workbench):
    from prs_eval.reporting.figures.render import data_address

    first, second = (data_address(drawn(busy, workbench)["map"]) for _ in range(2))
    assert first == second


def test_a_figure_drawn_into_a_given_place_stays_there(busy):
    ax = theme.new_axes()
    assert figures.plot_attendance(network.attendance_by_category(busy, year=2021), ax=ax) is ax
