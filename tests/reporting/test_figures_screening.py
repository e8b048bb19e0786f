"""The screening figures draw the numbers they are given, say what is not known, and speak French."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from prs_eval.i18n import set_language
from prs_eval.inputs.parameters import Span
from prs_eval.programme import screening
from prs_eval.programme.screening import ReferenceWait
from prs_eval.reporting.figures import screening as figures
from tests.programme.screening_tables import (
    CANCELLED,
    EQUIPPED,
    HONOURED,
    LOST,
    MISSED,
    NEVER,
    PENDING,
    WAITING,
    screening_tables,
)

PEOPLE = [{}, EQUIPPED, HONOURED, MISSED, CANCELLED, PENDING, WAITING, NEVER, LOST, {**LOST, "booked_on": "2018-03-09"}]
SESSIONS = [{}, {"session_id": "S2", "held_on": "2019-03-05"}, {"session_id": "S3", "held_on": "2021-06-01"}]
YEARS = range(2017, 2022)


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return screening_tables(SESSIONS, [*PEOPLE, {"session_id": "S2"}, {"session_id": "S3"}])


def drawn(tables: dict[str, pd.DataFrame]) -> dict[str, Callable[[], Axes]]:
    by = {c: screening.honoured_by(tables, year=2018, characteristic=c) for c in ("reminder", "coverage")}
    return {
        "sessions": lambda: figures.plot_sessions(
            screening.sessions(tables, year=2018, years=YEARS), years=YEARS, target=Span(low=2, high=2)
        ),
        "cascade": lambda: figures.plot_cascade(screening.cascade(tables, year=2018)),
        "waiting": lambda: figures.plot_waiting(screening.waiting_curve(tables, year=2018)),
        "absence": lambda: figures.plot_absence_reasons(screening.absence_reasons(tables, year=2018)),
        "reminder": lambda: figures.plot_honoured_by(by["reminder"], characteristic="reminder"),
        "coverage": lambda: figures.plot_honoured_by(by["coverage"], characteristic="coverage"),
    }


NAMES = ["sessions", "cascade", "waiting", "absence", "reminder", "coverage"]


def words(ax: Axes) -> list[str]:
    """All that a reader can read on the figure."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.canvas.draw()
    return [t.get_text() for t in figure.findobj(Text) if t.get_text() and t.get_visible()]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_table_is_a_figure_that_says_so(name: str):
    ax = drawn(screening_tables([], []))[name]()
    assert words(ax) == ["Aucune donnée"]


@pytest.mark.parametrize("name", NAMES)
def test_figures_speak_french_without_codes_or_decimal_points(name: str, tables):
    text = " ".join(words(drawn(tables)[name]()))
    assert not re.search(r"\d\.\d", text)
    assert not re.search(r"\b(screened|need|booked|honoured|equipped|reminder|forgot|nan|None|unknown)\b", text)
    assert "{" not in text


@pytest.mark.parametrize("name", NAMES)
def test_two_places_or_two_kinds_on_one_figure_are_refused(name: str):
    sessions = [{}, {"session_id": "S2", "kind": "dental"}]
    both = screening_tables(sessions, [{**p, "session_id": s} for p in PEOPLE for s in ("S1", "S2")])
    with pytest.raises(ValueError, match="one kind"):
        drawn(both)[name]()


def test_cascade_bars_are_the_people_and_the_unknown_are_hatched_beside(tables):
    cascade = screening.cascade(tables, year=2018)
    ax = figures.plot_cascade(cascade)
    people = cascade[cascade["indicator"] == "screening_stage_people"]["estimate"].tolist()
    unknown = cascade[(cascade["indicator"] == "screening_stage_unknown") & (cascade["out_of"] == "screened")]
    solid, hatched = [p for p in ax.patches if not p.get_hatch()], [p for p in ax.patches if p.get_hatch()]
    assert [bar.get_width() for bar in solid] == people
    assert [bar.get_width() for bar in hatched] == [0, *unknown["numerator"]]
    assert [bar.get_x() for bar in hatched] == people
    text = " ".join(words(ax))
    assert "Pas connu, ou pas encore" in text
    assert "(2 sur 4)" in text  # honoured out of booked appointments whose outcome is known


def test_cascade_without_unknown_has_no_legend_for_it():
    text = " ".join(words(figures.plot_cascade(screening.cascade(screening_tables([{}], [EQUIPPED, {}]), year=2018))))
    assert "Pas connu" not in text
    assert "inconnue" not in text


def test_sessions_show_the_target_the_break_and_the_years_without_a_session(tables, workbench):
    held = screening.sessions(tables, year=2021, years=YEARS)
    ax = figures.plot_sessions(held, years=YEARS, target=Span(low=3, high=4), breaks=workbench.breaks)
    text = words(ax)
    assert "Objectif : 3 à 4" in text
    assert "Crise sanitaire" in text
    assert text.count("aucune") == 2  # 2017 and 2020: nothing recorded, not a bar of height 0
    assert ax.get_xlim() == (2016.5, 2021.5)


def test_a_single_target_is_a_line(tables):
    text = words(drawn(tables)["sessions"]())
    assert "Objectif : 2" in text
    assert "Séances tenues" in text


def test_waiting_curve_is_the_table_and_tells_how_many_are_followed(tables):
    curve = screening.waiting_curve(tables, year=2018)
    reference = ReferenceWait(52, "France", 2017)
    ax = figures.plot_waiting(curve, reference=reference)
    line = ax.get_lines()[0]
    np.testing.assert_array_equal(line.get_xdata(), curve["days"])
    np.testing.assert_array_equal(line.get_ydata(), curve["estimate"])
    text = words(ax)
    assert "France 2017 : médiane publiée 52\u00a0jours" in text
    assert "attendent encore, parmi les personnes\nau rendez-vous daté ou attendu" in text
    assert f"0\n({int(curve['denominator'].iloc[0])})" in text


def test_reasons_never_given_are_left_out_and_counts_are_written(tables):
    text = words(drawn(tables)["absence"]())
    assert "Oubli\n(1 sur 1)" in text
    assert not [t for t in text if t.startswith("Transport")]


def test_the_unknown_level_comes_last():
    people = [{**HONOURED, "coverage": c} for c in ("unknown", "css", "full")]
    shares = screening.honoured_by(screening_tables([{}], people), year=2018, characteristic="coverage")
    ax = figures.plot_honoured_by(shares, characteristic="coverage")
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels[-1].startswith("Inconnu")


def test_figures_draw_on_the_axes_they_are_given(tables):
    _figure, ax = plt.subplots()
    assert figures.plot_cascade(screening.cascade(tables, year=2018), ax=ax) is ax


def test_figures_speak_english_when_asked(tables):
    set_language("en")
    text = " ".join(words(drawn(tables)["cascade"]()))
    assert "Appointment honoured" in text
