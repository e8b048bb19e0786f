"""What the synthesis's sentences share: finding a row, and naming what it measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs import codes
from prs_eval.programme.catalogue import Catalogue
from prs_eval.reporting import format as fmt
from prs_eval.reporting.tables import indicator_label

Row = Mapping[str, Any]


def find(estimates: pd.DataFrame, indicator: str, **groups: str) -> Row | None:
    """The one row of `indicator` (and of those groups), None where there is none that could be estimated."""
    chosen = estimates["indicator"] == indicator
    for column, value in groups.items():
        chosen &= estimates[column] == value
    rows = estimates[chosen & estimates["estimate"].notna()]
    return None if rows.empty else {str(name): value for name, value in rows.iloc[0].items()}


def masked(estimates: pd.DataFrame, indicator: str, **groups: str) -> bool:
    """Whether a row of `indicator` (and of those groups) is withheld from this audience."""
    chosen = (estimates["indicator"] == indicator) & (estimates["status"] == "primary")
    for column, value in groups.items():
        chosen &= estimates[column] == value
    return bool(chosen.any())


def names(estimates: pd.DataFrame, catalogue: Catalogue) -> list[str]:
    """What each row measures, in full: indicator, kind of screening, stage and what it is out of."""
    return [name(row, catalogue) for row in estimates.to_dict("records")]


def name(row: Mapping[Any, Any], catalogue: Catalogue) -> str:
    known = {column: str(value) for column, value in row.items() if not fmt.is_missing(value)}
    text = _stage(known) if known["indicator"] in _STAGES else indicator_label(known["indicator"], catalogue)
    if known.get("decided_by", codes.UNKNOWN) != codes.UNKNOWN:
        text += _(" : {who}").format(who=codes.label("decided_by", known["decided_by"]).lower())
    if "kind" in known:
        text += _(" ({kind})").format(kind=codes.label("screening_kind", known["kind"]).lower())
    return text


_STAGES = ("screening_stage_people", "screening_stage_share", "screening_stage_unknown")


def _stage(row: Mapping[str, str]) -> str:
    """A stage of the path, in the words of the stages rather than of the indicator."""
    stage, out_of = (codes.label("screening_stage", row[column]) for column in ("stage", "out_of"))
    if row["indicator"] == "screening_stage_people":
        return _("{stage} : personnes").format(stage=stage)
    if row["indicator"] == "screening_stage_unknown":
        return _("Non connu : {stage}, parmi {out_of}").format(stage=stage.lower(), out_of=out_of.lower())
    return _("{stage}, parmi {out_of}").format(stage=stage, out_of=out_of.lower())


def of(row: Row) -> str:
    """`31 sur 57, soit 54 % [42 % ; 67 %]`."""
    return _("{x} sur {n}, soit {value}").format(
        x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]), value=fmt.estimate(row)
    )
