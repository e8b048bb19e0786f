"""Sentences on several years together: the shares they give, and the exceptional years they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.periods import Period, recent_years
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.network_words import Row, join


def as_row(values: Mapping[Any, Any] | pd.Series[Any]) -> Row:
    """One row of a table, by the names of its columns."""
    return {str(column): value for column, value in values.items()}


def exceptional(period: Period) -> str:
    """The exceptional years that a period holds, said; "" where it holds none."""
    if not period.breaks:
        return ""
    names = fmt.listing([f"{item.label} ({item.first_year}-{item.last_year})" for item in period.breaks])
    return _("Ces années en comptent d'exceptionnelles : {names}.").format(names=names)


def recent_screening(rows: pd.DataFrame, *, kind: str, workbench: Workbench) -> str:
    """The main shares of one kind of screening, three years together, from `recent.recent_screening`."""
    return _sentence(_stages(rows, kind), workbench)


def _stages(rows: pd.DataFrame, kind: str) -> dict[str, Row]:
    words = {
        "need": _("en besoin de soins : {of}"),
        "honoured": _("rendez-vous honorés parmi les personnes orientées dont l'issue est connue : {of}"),
        "equipped": _("équipées ou soignées parmi les personnes en besoin dont la suite est connue : {of}"),
    }
    found = {str(row["stage"]): as_row(row) for row in rows[rows["kind"] == kind].to_dict("records")}
    return {words[stage]: found[stage] for stage in words if stage in found}


def recent_intervals(rows: pd.DataFrame, *, workbench: Workbench) -> str:
    """Intervals between meetings on target, three years together, from `recent.recent_intervals`."""
    return _sentence(_intervals(rows), workbench)


def recent_retention(rows: pd.DataFrame, *, workbench: Workbench) -> str:
    """Ambassadors who stayed, three years together, from `recent.recent_retention`."""
    return _sentence(_retention(rows), workbench)


def together(
    intervals: pd.DataFrame, people: pd.DataFrame, retention: pd.DataFrame, *, year: int, workbench: Workbench
) -> list[str]:
    """The three parts of the programme, three years together; the years and their break are said once, first."""
    period = recent_years(year, breaks=workbench.breaks)
    parts = {
        _("Réunions du réseau"): _intervals(intervals),
        _("Dépistage optique"): _stages(people, "optical"),
        _("Dépistage dentaire"): _stages(people, "dental"),
        _("Ambassadeurs santé"): _retention(retention),
    }
    told = {name: _shares(found) for name, found in parts.items()}
    said = [_("{name} – {shares}.").format(name=name, shares=shares) for name, shares in told.items() if shares]
    if not said and any((frame["status"] == "primary").any() for frame in (intervals, people, retention)):
        return [fmt.withheld(_("Années {first} à {last} réunies").format(first=period.first, last=period.last))]
    if not said:
        text = _("Il n'y a pas encore trois années de données à réunir ({first} à {last}).")
        return [text.format(first=period.first, last=period.last)]
    first = _("Années {first} à {last} réunies.").format(first=period.first, last=period.last)
    return [join(first, exceptional(period)), *said]


def _intervals(rows: pd.DataFrame) -> Mapping[str, Row]:
    return _first(rows, _("délais entre deux réunions dans l'objectif : {of}"))


def _retention(rows: pd.DataFrame) -> Mapping[str, Row]:
    words = _("ambassadeurs présents en début d'année et encore là à sa fin : {of} (une personne compte chaque année)")
    return _first(rows, words)


def _first(rows: pd.DataFrame, words: str) -> Mapping[str, Row]:
    return {words: as_row(rows.iloc[0])} if len(rows) else {}


def _shares(found: Mapping[str, Row]) -> str:
    """One part a share that could be estimated; "" without any."""
    known = {words: row for words, row in found.items() if not fmt.is_missing(row["estimate"])}
    return _(" ; ").join(words.format(of=_of(row)) for words, row in known.items())


def _sentence(found: Mapping[str, Row], workbench: Workbench) -> str:
    """The shares after the years that they put together; "" without any."""
    if not (shares := _shares(found)):
        return ""
    period = recent_years(int(next(iter(found.values()))["year"]), breaks=workbench.breaks)
    text = _("Sur les années {first} à {last} réunies, {shares}.")
    return join(text.format(first=period.first, last=period.last, shares=shares), exceptional(period))


def _of(row: Row) -> str:
    return _("{x} sur {n}, soit {value}").format(
        x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]), value=fmt.estimate(row)
    )
