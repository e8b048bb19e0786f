"""Sentences for everybody on waits, missed appointments and who keeps theirs: each number that is shown, by itself.

Nothing is added up, subtracted or ranked: of rounded numbers that would be false, of masked ones it would tell them.
Each is "" where all is masked, as the page then says so in place of the figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.codes import UNKNOWN, label
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.screening_words import Row, join, row

_WEEK = 7


def waiting(curve: pd.DataFrame, *, kind: str) -> str:
    """Who has not had their appointment, some weeks after the session; curve: from `screening.waiting_curve`."""
    rows = curve[(curve["indicator"] == "screening_still_waiting") & (curve["kind"] == kind)]
    told = _shown(rows[rows["days"].notna()]).sort_values("days", kind="stable")
    if told.empty:
        return ""
    parts = [
        _("après {weeks} : {share}").format(weeks=fmt.quantity(item["days"] / _WEEK, "weeks", 0), share=_out_of(item))
        for item in told.to_dict("records")
    ]
    text = _(
        "Personnes qui n'avaient pas encore eu leur rendez-vous, parmi celles dont le rendez-vous est daté ou attendu "
        "– {parts}. Les personnes qu'on ne suivait plus sont comptées avec celles qui attendent."
    )
    return join(text.format(parts=_(" ; ").join(parts)), _others(rows, told, _("Autres durées")))


def absence_reasons(estimates: pd.DataFrame, *, kind: str) -> str:
    """The reasons that may be told, in the order of the list."""
    rows = estimates[(estimates["indicator"] == "screening_absence_reason") & (estimates["kind"] == kind)]
    told = _shown(rows)
    unknown = fmt.shown(row(estimates, "screening_absence_unknown", kind=kind))
    if told.empty and unknown is None:
        return ""
    parts = [
        _("« {name} » : {share}").format(name=label("absence_reason", item["reason"]).lower(), share=_out_of(item))
        for item in told.to_dict("records")
    ]
    reasons = _("Raisons connues des rendez-vous manqués – {parts}.").format(parts=_(" ; ").join(parts))
    return join(
        reasons if parts else "",
        _others(rows, told, _("Autres raisons") if parts else _("Raisons des rendez-vous manqués")),
        "" if unknown is None else _without_reason(unknown),
    )


def _without_reason(unknown: Row) -> str:
    return _("La raison n'est pas connue pour {n} rendez-vous manqués sur {missed}.").format(
        n=fmt.number(unknown["numerator"]), missed=fmt.number(unknown["denominator"])
    )


def honoured_by(estimates: pd.DataFrame, *, characteristic: str) -> str:
    """The groups that may be told; those whose `characteristic` is not known come last."""
    rows = estimates[estimates["indicator"] == "screening_honoured_by"]
    told = _shown(rows)
    if told.empty:
        nothing = estimates["estimate"].isna().all()
        return "" if nothing else fmt.withheld(_("Rendez-vous honorés dans chaque groupe"))
    told = told.assign(last=told[characteristic] == UNKNOWN).sort_values("last", kind="stable")
    parts = [
        _("{name} : {known}").format(name=label(characteristic, item[characteristic]), known=_out_of(item))
        for item in told.to_dict("records")
    ]
    text = _("Rendez-vous honorés parmi ceux dont l'issue est connue – {groups}.")
    known = told[~told["last"]]
    return join(
        text.format(groups=_(" ; ").join(parts)),
        _others(rows, told, _("Autres groupes")),
        caution(known, characteristic),
    )


def caution(shares: pd.DataFrame, characteristic: str) -> str:
    """That groups which are shown side by side say nothing of causes; nothing where there is one group."""
    if len(shares) < 2:
        return ""
    if characteristic == "reminder":
        return _("Personne n'a tiré au sort qui reçoit un rappel : ces écarts ne disent pas ce que le rappel change.")
    return _("Sans comparaison aléatoire, ces écarts ne disent pas ce que la couverture maladie change.")


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    masked = rows["status"].isin(["primary", "secondary"])
    return rows[~masked & rows["estimate"].notna()]


def _others(rows: pd.DataFrame, told: pd.DataFrame, what: str) -> str:
    return fmt.withheld(what) if len(told) < len(rows) else ""


def _out_of(found: Mapping[Any, Any]) -> str:
    """`15 sur 30, soit 50 % [33 % ; 67 %]`."""
    return _("{x} sur {n}, {share}").format(
        x=fmt.number(found["numerator"]), n=fmt.number(found["denominator"]), share=fmt.share(found)
    )
