"""Sentences on the screenings: sessions held, who came, who is lost where, how long they wait, what it costs.

Each takes the estimates of one place and tells those of one kind of screening. A sentence gives its
denominator, its interval, and how many are not known; nothing is said of causes.
"""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.programme.screening import FEWEST_SESSIONS
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.detectable import screening as detectable
from prs_eval.reporting.text.periods import recent_screening as several_years
from prs_eval.reporting.text.screening_cascade import cascade, equipped
from prs_eval.reporting.text.screening_delay import absence_reasons, honoured_by, waiting
from prs_eval.reporting.text.screening_sessions import fill, sessions
from prs_eval.reporting.text.screening_words import Row, count, cut_at_zero, join, row, too_few_sessions

__all__ = [
    "absence_reasons",
    "cascade",
    "costs",
    "detectable",
    "equipped",
    "fill",
    "honoured_by",
    "sessions",
    "several_years",
    "waiting",
]


def costs(estimates: pd.DataFrame, *, kind: str) -> str:
    """What the sessions cost per person screened and per person equipped; what is left out is said.

    estimates: from `screening.costs`; empty where no session was held.
    """
    person = row(estimates, "screening_cost_per_participant", kind=kind)
    equipped = row(estimates, "screening_cost_per_equipped", kind=kind)
    if person is None or equipped is None:
        return ""
    if for_all():
        return _rounded(estimates, person, equipped, kind)
    held = int(person["n"])
    if held == 0:
        return _("Le coût ne peut pas être rapporté aux personnes : pour chaque séance, le coût ou la liste manque.")
    left = count(estimates, "screening_sessions_without_cost", kind=kind)
    unknown = count(estimates, "screening_cost_equipment_unknown", kind=kind)
    return join(
        _per_person(person, held),
        _per_equipped(equipped, kind),
        _rough(person, equipped),
        _not_yet(equipped, kind, unknown),
        _left_out(left),
    )


def _per_person(found: Row, held: int) -> str:
    counts = ngettext("{n} séance a coûté {cost} pour {people}", "{n} séances ont coûté {cost} pour {people}", held)
    counts = counts.format(
        n=fmt.number(held),
        cost=fmt.euros(found["numerator"]),
        people=fmt.quantity(found["denominator"], "people"),
    )
    if fmt.is_missing(found["estimate"]):
        return _("{counts} : une seule séance ne permet pas d'estimer un coût par personne.").format(counts=counts)
    return _("{counts}, soit {cost}.").format(counts=counts, cost=fmt.estimate(found))


def _rounded(estimates: pd.DataFrame, person: Row, equipped: Row, kind: str) -> str:
    """For everybody: what the sessions cost over rounded people, without limits."""
    if count(estimates, "screening_sessions_costed", kind=kind) == 0:
        return _("Le coût ne peut pas être rapporté aux personnes : pour chaque séance, le coût ou la liste manque.")
    told = [cost for cost in (person, equipped) if fmt.shown(cost)]
    unknown = fmt.shown(row(estimates, "screening_cost_equipment_unknown", kind=kind))
    text = _("Les séances ont coûté {cost} pour {people}, soit {each}.")
    first = text.format(
        cost=fmt.euros(person["numerator"]),
        people=fmt.quantity(person["denominator"], "people"),
        each=fmt.estimate(person),
    )
    return join(
        first if fmt.shown(person) else fmt.withheld(_("Coût par personne dépistée")),
        _per_equipped(equipped, kind) if fmt.shown(equipped) else "",
        _("Ce n'est qu'un ordre de grandeur.") if told else "",
        _not_yet(equipped, kind, int(unknown["estimate"])) if unknown and fmt.shown(equipped) else "",
        _left_out(count(estimates, "screening_sessions_without_cost", kind=kind)),
    )


def _per_equipped(found: Row, kind: str) -> str:
    x = int(found["denominator"])
    if kind == "dental":
        none = _("On ne connaît personne qui ait terminé ses soins : le coût par personne soignée ne se calcule pas.")
        some = ngettext(
            "Rapporté à la seule personne dont on sait qu'elle a terminé ses soins, cela fait {cost}.",
            "Rapporté aux {x} personnes dont on sait qu'elles ont terminé leurs soins, cela fait {cost}.",
            x,
        )
    else:
        none = _("On ne connaît personne qui ait reçu ses lunettes : le coût par personne équipée ne se calcule pas.")
        some = ngettext(
            "Rapporté à la seule personne dont on sait qu'elle a reçu ses lunettes, cela fait {cost}.",
            "Rapporté aux {x} personnes dont on sait qu'elles ont reçu leurs lunettes, cela fait {cost}.",
            x,
        )
    if x == 0:
        return none
    if fmt.is_missing(found["estimate"]):
        return ""
    return some.format(x=fmt.number(x), cost=fmt.estimate(found))


def _not_yet(found: Row, kind: str, unknown: int) -> str:
    """What those not known could change: the cost per person equipped would be lower, never higher."""
    if unknown == 0 or fmt.is_missing(found["estimate"]):
        return ""
    if kind == "dental":
        text = ngettext(
            "Pour {n} autre personne, on ne le sait pas ou pas encore : si elle a terminé ses soins, le coût par "
            "personne soignée est plus bas.",
            "Pour {n} autres personnes, on ne le sait pas ou pas encore : si certaines ont terminé leurs soins, le "
            "coût par personne soignée est plus bas.",
            unknown,
        )
    else:
        text = ngettext(
            "Pour {n} autre personne, on ne le sait pas ou pas encore : si elle a reçu ses lunettes, le coût par "
            "personne équipée est plus bas.",
            "Pour {n} autres personnes, on ne le sait pas ou pas encore : si certaines ont reçu leurs lunettes, le "
            "coût par personne équipée est plus bas.",
            unknown,
        )
    return text.format(n=fmt.number(unknown))


def _rough(*found: Row) -> str:
    """Said once for both costs: why there is no interval, what was cut from it, or that it settles nothing."""
    told = [cost for cost in found if not fmt.is_missing(cost["estimate"])]
    if not told:
        return ""
    if told[0]["n"] < FEWEST_SESSIONS:
        return join(too_few_sessions(), _("Ce n'est qu'un ordre de grandeur."))
    bare = any(fmt.is_missing(cost["lower"]) for cost in told)
    drawn = [cost for cost in told if not fmt.is_missing(cost["lower"])]
    return join(
        _("Ces séances se ressemblent trop pour un intervalle.") if bare else "",
        cut_at_zero(*drawn),
        _("Un intervalle aussi large ne donne qu'un ordre de grandeur.")
        if any(cost["upper"] - cost["lower"] > cost["estimate"] for cost in drawn)
        else "",
    )


def _left_out(left: int) -> str:
    if left == 0:
        return ""
    return ngettext(
        "{n} séance dont le coût ou la liste n'est pas connu n'est pas comptée.",
        "{n} séances dont le coût ou la liste n'est pas connu ne sont pas comptées.",
        left,
    ).format(n=fmt.number(left))
