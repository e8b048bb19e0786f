"""Figures of the ambassadors draw what the estimates say, name their units, and cope with nothing to draw."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes

from prs_eval.inputs.codes import CODES, SCALES
from prs_eval.programme import ambassador_scales, ambassadors
from prs_eval.reporting.figures import ambassadors as figures
from tests.programme.ambassador_tables import answers, gse, held, people

ROWS = {
    **people(
        ("Fives", "30-44", "female", "2018-03-01", None, "2018-09-01"),
        ("Fives", "45-59", "unknown", "2018-03-01", "2020-05-01", None),
        ("Fives", "45-59", "male", "2020-03-01", None, None),
    ),
    **held(
        ("Fives", "2020-02-03", "stand", "rights", 2.5, 3, 40, 10, "institution"),
        ("Fives", "2020-03-03", "project", "nutrition", 1.5, 2, 20, 14, "ambassadors"),
        ("Fives", "2020-04-03", "project", "nutrition", 1.0, 2, None, None, "unknown"),
        ("Fives", "2019-04-03", "stand", "nutrition", 3.0, 4, None, None, "shared"),
        ("Fives", "2018-04-03", "stand", "nutrition", 3.0, 4, 7, None, "shared"),
    ),
    **answers(
        gse("A0", "before", "2018-04-01", 20),
        gse("A0", "after", "2019-04-01", 24),
        gse("A1", "before", "2018-04-01", 25),
        gse("A1", "after", "2019-04-01", 33),
    ),
}
NOBODY = {name: table.iloc[:0] for name, table in ROWS.items()}


def texts(ax: Axes):
    return [text.get_text() for text in ax.texts]


def draw(tables, workbench):
    """Every figure, by name, for 2020."""
    year = 2020
    members = ambassadors.membership(tables, year=year, history=True)
    contacts = ambassadors.contacts(tables, year=year, history=True)
    by_kind, by_theme = (ambassadors.activities(tables, year=year, of=of) for of in ("kind", "theme"))
    by_age, by_sex = (ambassadors.composition(tables, year=year, of=of) for of in ("age_band", "sex"))
    return {
        "membership": figures.plot_membership(members, breaks=workbench.breaks),
        "engagement": figures.plot_engagement(ambassadors.engagement(tables, year=year)),
        "age": figures.plot_composition(by_age, of="age_band"),
        "sex": figures.plot_composition(by_sex, of="sex"),
        "kind": figures.plot_activities(by_kind, of="kind", workbench=workbench),
        "theme": figures.plot_activities(by_theme, of="theme", workbench=workbench),
        "decisions": figures.plot_decisions(ambassadors.decisions(tables, year=year)),
        "contacts": figures.plot_contacts(contacts, breaks=workbench.breaks),
        "change": figures.plot_change(ambassador_scales.change(tables, year=year)),
        "follow_up": figures.plot_follow_up(ambassador_scales.follow_up(tables, year=year)),
    }


def test_every_figure_names_its_unit_and_shows_no_code(workbench):
    for name, ax in draw(ROWS, workbench).items():
        assert ax.get_xlabel() or ax.get_ylabel(), name
        figure = ax.get_figure(root=True)
        figure.canvas.draw()
        shown = {t.get_text() for axes in figure.axes for t in (*axes.get_xticklabels(), *axes.get_yticklabels())}
        codes = {code for codes in ("activity_kind", "decided_by", "scale", "sex", "wave") for code in CODES[codes]}
        assert not shown & codes, name
        assert not shown & {theme.code for theme in workbench.themes}, name


def test_without_data_every_figure_says_so_and_none_fails(workbench):
    for name, ax in draw(NOBODY, workbench).items():
        assert "Aucune donnée" in texts(ax), name
        assert len(ax.get_figure(root=True).axes) == 1, name


def test_membership_draws_the_counts_and_marks_the_break(workbench):
    ax = figures.plot_membership(ambassadors.membership(ROWS, year=2020, history=True), breaks=workbench.breaks)
    bars = [bar.get_height() for container in ax.containers for bar in container]
    assert bars == [2, 2, 3, 2, 0, 1, 0, 0, 1]  # active, joined, left: 2018 to 2020
    assert "Crise sanitaire" in texts(ax)


def test_no_break_is_marked_before_it_came(workbench):
    ax = figures.plot_membership(ambassadors.membership(ROWS, year=2019, history=True), breaks=workbench.breaks)
    assert "Crise sanitaire" not in texts(ax)


def test_contacts_leave_a_gap_where_nobody_counted_and_say_at_how_many_activities_they_did(workbench):
    ax = figures.plot_contacts(ambassadors.contacts(ROWS, year=2020, history=True), breaks=workbench.breaks)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2018\n1 sur 1", "2019\n0 sur 1", "2020\n2 sur 3"]
    numbers = [text for text in texts(ax) if text.isdigit()]
    assert numbers == ["7", "60", "24"]  # nothing for 2019, and no new people counted in 2018


def test_activities_are_named_longest_first_and_a_kind_without_hours_keeps_its_place(workbench):
    ax = figures.plot_activities(ambassadors.activities(ROWS, year=2020, of="kind"), of="kind", workbench=workbench)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == len(CODES["activity_kind"])
    assert {"Stand", "Projet"} == set(names[:2])
    assert "2,5" in texts(ax)


def test_change_draws_means_on_the_whole_scale_and_no_line_of_one_person(workbench):
    first = figures.plot_change(ambassador_scales.change(ROWS, year=2020))
    panels = first.get_figure(root=True).axes
    assert len(panels) == len(SCALES)
    assert first.get_ylim() == (10, 40)
    (line,) = first.lines
    assert list(line.get_ydata()) == [22.5, 28.5]
    assert "2 personnes" in first.get_xlabel()
    assert first.get_xlabel().startswith("Évolution : +6,0")  # the sign is that of the sentence
    assert "Moins de deux personnes" in texts(panels[1])[0]  # nobody answered WHO-5


def test_follow_up_bars_add_up_to_everyone_who_joined():
    ax = figures.plot_follow_up(ambassador_scales.follow_up(ROWS, year=2020))
    widths = [bar.get_width() for bar in ax.patches]
    assert sum(widths) == 3 * len(SCALES)


@pytest.mark.parametrize("of", ["sex", "age_band"])
def test_composition_shows_the_unknown_only_where_there_are_some(of):
    ax = figures.plot_composition(ambassadors.composition(ROWS, year=2020, of=of), of=of)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert ("Inconnu" in names) == (of == "sex")


def test_a_given_axes_is_drawn_on():
    ax = plt.figure().subplots()
    assert figures.plot_engagement(ambassadors.engagement(ROWS, year=2020), ax=ax) is ax
    assert [label.get_text().splitlines()[0] for label in ax.get_yticklabels()] == [
        "Restés toute l'année",
        "Formés au 31 décembre",
    ]
    plt.close("all")
