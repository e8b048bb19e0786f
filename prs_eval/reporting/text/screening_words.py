"""What the screenings' sentences share: picking rows, naming a kind of screening, saying how wide an interval is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.programme.screening import FEWEST_SESSIONS
from prs_eval.reporting import format as fmt

Row = dict[str, Any]

WIDE = 0.2  # an interval of 20 points or more cannot tell two quartiers, or two years, apart in practice


def row(estimates: pd.DataFrame, indicator: str, *, kind: str, year: int | None = None, **groups: str) -> Row | None:
    """The row of that indicator, kind and group, None where there is none.

    Raises ValueError where there are several: a sentence is about one place and one year.
    """
    rows = estimates[(estimates["indicator"] == indicator) & (estimates["kind"] == kind)]
    if year is not None:
        rows = rows[rows["year"] == year]
    for column, value in groups.items():
        rows = rows[rows[column] == value]
    if len(rows) > 1:
        raise ValueError(f"{indicator}: {len(rows)} rows for one sentence; keep one place and one year.")
    return None if rows.empty else {str(column): value for column, value in rows.iloc[0].items()}


def count(estimates: pd.DataFrame, indicator: str, *, kind: str, year: int | None = None) -> int:
    """The number that a count row holds, 0 where there is no row."""
    found = row(estimates, indicator, kind=kind, year=year)
    return 0 if found is None else int(found["estimate"])


def count_out_of(estimates: pd.DataFrame, indicator: str, *, kind: str) -> float:
    """What a count row counts out of, 0 where there is no row."""
    found = row(estimates, indicator, kind=kind)
    return 0 if found is None else float(found["denominator"])


def estimated(found: Row | None) -> bool:
    """True where there is a row and it could be estimated."""
    return found is not None and found["status"] == "ok" and not fmt.is_missing(found["estimate"])


def join(*sentences: str) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def too_few_sessions() -> str:
    """Why a rate or a cost over so few sessions has no interval."""
    return _("Moins de {n} séances : pas d'intervalle.").format(n=fmt.number(FEWEST_SESSIONS))


def cut_at_zero(*found: Row) -> str:
    """That a lower limit was cut at 0, as neither a rate nor a cost is negative; empty where none was."""
    if not any(item["lower"] == 0 for item in found):
        return ""
    return _("La borne basse, négative par le calcul, est ramenée à 0.")


def width(found: Row | None) -> str:
    """How wide the interval of a share is, and what cannot be read in it; empty where there is none."""
    if found is None or fmt.is_missing(found["lower"]) or fmt.is_missing(found["upper"]):
        return ""
    points = float(found["upper"]) - float(found["lower"])
    if points < WIDE:
        return _("L'intervalle s'étend sur {points} points.").format(points=fmt.number(100 * points))
    return _(
        "L'intervalle s'étend sur {points} points : avec si peu de personnes, ce chiffre seul ne permet pas de comparer"
        " deux quartiers ni deux années."
    ).format(points=fmt.number(100 * points))
