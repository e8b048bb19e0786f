"""The lists and the button of the explorer in JupyterLab: they hold no rule, `view` and `export` do."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w  # type: ignore[import-untyped]
from IPython.display import display
from IPython.utils.capture import capture_output

from prs_eval.errors import PrsEvalError
from prs_eval.estimation.frame import ALL
from prs_eval.i18n import _
from prs_eval.inputs.parameters import project_root
from prs_eval.programme.run import Run
from prs_eval.reporting import format as fmt
from prs_eval.reporting.explorer.export import Public, export
from prs_eval.reporting.explorer.measures import details, indicators, known_years, part_names, same_city
from prs_eval.reporting.explorer.view import CITY, Choice, comparisons, view
from prs_eval.reporting.page import say, show


def explore(run: Run, out: Path | None = None) -> Explorer:
    """Show the explorer of a city: lists to choose from, the view chosen, a button that exports it protected.

    Parameters
    ----------
    run
        The whole city's, of the year shown first.
    out
        Folder of results; `outputs` of the project by default.
    """
    explorer = Explorer(run, out or project_root() / "outputs")
    display(explorer.box)  # type: ignore[no-untyped-call]
    explorer.refresh()
    return explorer


class Explorer:
    """The widgets, and the runs of the years chosen."""

    def __init__(self, run: Run, out: Path) -> None:
        self._out, self._public = out, Public(run, out)
        self._runs = {run.year: run}
        self._first_run = run
        self._changing = False
        quartiers = run.workbench.programme_quartiers
        years = known_years(run)
        self.place = _list(_("Quartier"), [*((q, q) for q in quartiers), (fmt.quartier_name(ALL), ALL)])
        self.first = _list(_("Première année"), [(str(year), year) for year in years], run.year)
        self.last = _list(_("Dernière année"), [(str(year), year) for year in years], run.year)
        self.part = _list(_("Partie du programme"), part_names())
        self.indicator = _list(_("Indicateur"), indicators(run, self.part.value))
        self.detail = _list(_("Détail"), found := self._details())
        self.detail.disabled = len(found) == 1
        self.comparison = _list(_("Comparer à"), comparisons(), CITY)
        self.button = w.Button(description=_("Exporter cette vue"), icon="download", layout=w.Layout(width="auto"))
        self.message, self.output = w.HTML(), w.Output()
        what = _column([self.part, self.indicator, self.detail, self.comparison])
        where = _column([self.place, self.first, self.last, w.HBox([self.button])])
        lists = w.Box([what, where], layout=w.Layout(flex_flow="row wrap"))
        self.box = w.VBox([lists, self.message, self.output])
        self.part.observe(self._new_part, names="value")
        self.indicator.observe(self._new_details, names="value")
        self.first.observe(self._new_details, names="value")
        self.last.observe(self._new_details, names="value")
        for one in (self.place, self.detail, self.comparison):
            one.observe(self._changed, names="value")
        self.button.on_click(self._export)

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        values = (self.indicator, self.detail, self.place, self.first, self.last, self.comparison)
        return Choice(*(one.value for one in values))

    def refresh(self) -> None:
        """Show the view of what is chosen."""
        self.message.value = ""
        # not « with self.output »: nbclient, which papermill drives, can miss the end of a cell that captures that way
        with capture_output() as captured:
            self._put()
        self.output.outputs = tuple(
            {"output_type": "display_data", "data": one.data, "metadata": one.metadata} for one in captured.outputs
        )

    def _put(self) -> None:
        if self.first.value > self.last.value:
            say(_("La première année vient après la dernière : choisir une première année plus ancienne."))
            return
        seen = view(self._run(self.last.value), self.choice)
        if len(seen.table):
            show(seen.figure, table=seen.table, caption=seen.caption, unfolded=True)
        say(*seen.sentences)

    def _run(self, year: int) -> Run:
        """The run of a last year: protected where the page is public."""
        if self._first_run.public:
            return self._public.run(year)
        if year not in self._runs:
            self._runs[year] = same_city(self._first_run, year)
        return self._runs[year]

    def _details(self) -> list[tuple[str, Any]]:
        first = min(self.first.value, self.last.value)
        return details(self._run(self.last.value), self.indicator.value, range(first, self.last.value + 1))

    def _new_part(self, _change: Any) -> None:
        self._changing = True
        self.indicator.options = indicators(self._first_run, self.part.value)
        self._changing = False
        self._new_details(None)

    def _new_details(self, _change: Any) -> None:
        """Another indicator or year has other rows; the same one stays chosen where it is still there."""
        if self._changing:
            return
        self._changing, kept = True, self.detail.value
        self.detail.options = found = self._details()
        self.detail.value = kept if kept in [code for _words, code in found] else found[0][1]
        self.detail.disabled = len(found) == 1
        self._changing = False
        self.refresh()

    def _changed(self, _change: Any) -> None:
        if not self._changing:
            self.refresh()

    def _export(self, _button: Any) -> None:
        if self.first.value > self.last.value:
            return
        self.button.disabled = True
        if not self._public.decided(self.last.value):
            self._tell(_("Calcul de ce qui peut être publié, une demi-minute…"))
        try:
            self._tell(export(self._public, self.choice, self._out).message)
        except PrsEvalError as error:
            self._tell(str(error))
        finally:
            self.button.disabled = False

    def _tell(self, text: str) -> None:
        self.message.value = f'<p role="status">{escape(fmt.typography(text))}</p>'


def _column(widgets: list[w.Widget]) -> w.VBox:
    """Widgets under one another; columns go side by side where there is room."""
    return w.VBox(widgets, layout=w.Layout(flex="1 1 22rem"))


def _list(name: str, options: list[tuple[str, Any]], value: Any = None) -> w.Dropdown:
    """A list with its name in full."""
    known = {} if value is None else {"value": value}
    style, layout = {"description_width": "9.5rem"}, w.Layout(width="auto")
    return w.Dropdown(description=name, options=options, style=style, layout=layout, **known)
