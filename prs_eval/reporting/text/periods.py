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
    words = {
        "need": _("en besoin de soins : {of}"),
        "honoured": _("rendez-vous honorés parmi les personnes orientées : {of}"),
        "equipped": _("équipées ou soignées parmi les personnes en besoin : {of}"),
    }
    found = {str(row["stage"]): as_row(row) for row in rows[rows["kind"] == kind].to_dict("records")}
    return _sentence({words[stage]: found[stage] for stage in words if stage in found}, workbench)


def recent_intervals(rows: pd.DataFrame, *, workbench: Workbench) -> str:
    """Intervals between meetings on target, three years together, from `recent.recent_intervals`."""
    return _sentence(_first(rows, _("intervalles entre réunions dans l'objectif : {of}")), workbench)


def recent_retention(rows: pd.DataFrame, *, workbench: Workbench) -> str:
    """Ambassadors who stayed, three years together, from `recent.recent_retention`."""
    words = _("ambassadeurs présents en début d'année et encore là à sa fin : {of} (une personne compte chaque année)")
    return _sentence(_first(rows, words), workbench)


def _first(rows: pd.DataFrame, words: str) -> Mapping[str, Row]:
    return {words: as_row(rows.iloc[0])} if len(rows) else {}


def _sentence(found: Mapping[str, Row], workbench: Workbench) -> str:
    """`De 2016 à 2018 réunies : …`, one part a share that could be estimated; "" without any."""
    known = {words: row for words, row in found.items() if not fmt.is_missing(row["estimate"])}
    if not known:
        return ""
    period = recent_years(int(next(iter(known.values()))["year"]), breaks=workbench.breaks)
    shares = [words.format(of=_of(row)) for words, row in known.items()]
    text = _("Années {first} à {last} réunies : {shares}.")
    return join(text.format(first=period.first, last=period.last, shares=_(" ; ").join(shares)), exceptional(period))


def _of(row: Row) -> str:
    return _("{x} sur {n}, soit {value}").format(
        x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]), value=fmt.estimate(row)
    )
