"""What the network's sentences share: finding a row, joining sentences, whom and which years the page is about."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.codes import label
from prs_eval.inputs.personal import personal_content
from prs_eval.programme.periods import Period
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import current_run, for_all

Row = dict[str, Any]

# Names of structures that may be one person: a practice bears its owner's name, and works alone or nearly.
_PRACTICE = re.compile(r"\bcabinets?\b|\blib[ée]rale?s?\b", re.IGNORECASE)
_DOCTOR = re.compile(r"\b(?:Dr|Drs|Docteure?s?|Pr|Professeure?)\b")


def last(rows: pd.DataFrame, indicator: str) -> Row | None:
    """The row of `indicator` of the latest year; None where there is none."""
    chosen = rows[rows["indicator"] == indicator].sort_values("year", kind="stable")
    return None if chosen.empty else {str(column): value for column, value in chosen.iloc[-1].items()}


def join(*sentences: str) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def pooled() -> Period | None:
    """The years that this page puts together for referrals and professionals' answers; None where it tells one."""
    run = current_run()
    return None if run is None else run.period


def years_told(year: int) -> str:
    """When the page's referrals were made, to begin a sentence: `En 2018`, `De 2016 à 2018`."""
    period = pooled()
    if period is None:
        return _("En {year}").format(year=year)
    return _("De {first} à {last}").format(first=period.first, last=period.last)


def structure_names(nodes: pd.DataFrame) -> list[str]:
    """Names of the map's structures; a guest from elsewhere, whose name is not in these data, is said to be one.

    nodes: all those of a map, so that a structure bears the same name in the figure and in its table. On a public page
    a structure that could be one person (see `could_be_a_person`), or whose name is not known, is told by its category
    and a number.
    """
    if for_all():
        return _public_names(nodes)
    return [
        _("Invité d'ailleurs ({id})").format(id=each) if fmt.is_missing(name) else str(name)
        for each, name in zip(nodes["structure_id"], nodes["name"], strict=True)
    ]


def could_be_a_person(name: str, category: str) -> bool:
    """Whether a structure so named could be one person: residents, practices, names and titles of persons."""
    if category == "residents" or _PRACTICE.search(name) or _DOCTOR.search(name):
        return True
    return personal_content(name, names=True) is not None


def _public_names(nodes: pd.DataFrame) -> list[str]:
    numbers: dict[str, int] = {}
    names = []
    for name, category in zip(nodes["name"], nodes["category"], strict=True):
        if not fmt.is_missing(name) and not could_be_a_person(str(name), category):
            names.append(str(name))
            continue
        numbers[category] = numbers.get(category, 0) + 1
        names.append(_("{category} n° {n}").format(category=label("category", category), n=numbers[category]))
    return names
