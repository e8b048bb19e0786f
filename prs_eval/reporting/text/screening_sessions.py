"""Sentences on the screening sessions: how many, who came, how full they were."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.parameters import Break, Span
from prs_eval.programme.screening import FEWEST_SESSIONS
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.screening_words import Row, count, cut_at_zero, join, row, too_few_sessions


def sessions(
    estimates: pd.DataFrame, *, kind: str, year: int, target: Span | None = None, breaks: Sequence[Break] = ()
) -> str:
    """How many sessions were held and how many people came, against the target if there is one.

    estimates: from `screening.sessions`, of one or several years; `year` is told.
    """
    held = count(estimates, "screening_sessions", kind=kind, year=year)
    if not (estimates["kind"] == kind).any():
        breaks = ()  # no series, nothing to break
    return join(
        _held(kind, year, held), _against(held, target), _came(estimates, kind, year, held), _broken(year, breaks)
    )


def _held(kind: str, year: int, held: int) -> str:
    if held == 0 and kind == "dental":
        text = _("En {year}, aucune séance de dépistage dentaire n'est enregistrée.")
    elif held == 0:
        text = _("En {year}, aucune séance de dépistage optique n'est enregistrée.")
    elif kind == "dental":
        text = ngettext(
            "En {year}, {n} séance de dépistage dentaire a été tenue.",
            "En {year}, {n} séances de dépistage dentaire ont été tenues.",
            held,
        )
    else:
        text = ngettext(
            "En {year}, {n} séance de dépistage optique a été tenue.",
            "En {year}, {n} séances de dépistage optique ont été tenues.",
            held,
        )
    return text.format(year=year, n=fmt.number(held))


def _against(held: int, target: Span | None) -> str:
    if target is None:
        return ""
    if target.low == target.high:
        aim = _("L'objectif est de {n}").format(n=fmt.number(target.high))
    else:
        aim = _("L'objectif est de {low} à {high}").format(low=fmt.number(target.low), high=fmt.number(target.high))
    if held == 0:
        return f"{aim}."
    if held < target.low:
        return _("{aim} : il n'est pas atteint.").format(aim=aim)
    if held > target.high:
        return _("{aim} : il est dépassé.").format(aim=aim)
    return _("{aim} : il est atteint.").format(aim=aim)


def _came(estimates: pd.DataFrame, kind: str, year: int, held: int) -> str:
    if held == 0:
        return ""
    found = row(estimates, "screening_participants", kind=kind, year=year)
    missing = count(estimates, "screening_sessions_without_list", kind=kind, year=year)
    if missing == held:
        return _("La liste des personnes venues n'a pas été saisie.")
    people = _people(found)
    if missing == 0:
        return people
    return join(
        people,
        ngettext(
            "La liste des personnes venues manque pour {n} séance : sa fréquentation n'est pas connue.",
            "La liste des personnes venues manque pour {n} séances : leur fréquentation n'est pas connue.",
            missing,
        ).format(n=fmt.number(missing)),
    )


def _people(found: Row | None) -> str:
    if found is not None and fmt.is_masked(found):
        return fmt.withheld(_("Personnes venues"))
    came = 0 if found is None else int(found["estimate"])
    return ngettext("{n} personne y est venue.", "{n} personnes y sont venues.", came).format(n=fmt.number(came))


def _broken(year: int, breaks: Sequence[Break]) -> str:
    for item in breaks:
        span = f"{item.first_year}-{item.last_year}"
        if item.first_year <= year <= item.last_year:
            text = _(
                "L'année {year} fait partie d'une période à part ({label}, {span}) : elle ne se compare pas aux autres."
            )
            return text.format(year=year, label=str(item.label).lower(), span=span)
        if year > item.last_year:
            text = _(
                "La série est rompue en {span} ({label}) : une évolution à travers ces années n'est pas une tendance."
            )
            return text.format(label=str(item.label).lower(), span=span)
    return ""


def fill(estimates: pd.DataFrame, *, kind: str, year: int) -> str:
    """How full the sessions were, with limits between sessions; empty where no session was held."""
    found = row(estimates, "screening_fill_rate", kind=kind, year=year)
    if found is None:
        return ""
    if for_all():
        return _rounded(found)
    number = int(found["n"])
    if number == 0:
        return _("Aucune liste de participants n'a été saisie : le taux de remplissage n'est pas connu.")
    held = ngettext("{n} séance", "{n} séances", number)
    counts = _("{people} pour {places}, sur {sessions}").format(
        people=fmt.quantity(found["numerator"], "people"),
        places=_places(found),
        sessions=held.format(n=fmt.number(number)),
    )
    if fmt.is_missing(found["estimate"]):
        return _("{counts} : une seule séance ne permet pas d'estimer un taux.").format(counts=counts)
    text = _("{counts}, soit un taux de remplissage de {share}.").format(counts=counts, share=fmt.estimate(found))
    if number < FEWEST_SESSIONS:
        return join(text, too_few_sessions(), _("Ce n'est qu'un ordre de grandeur."))
    if fmt.is_missing(found["lower"]):
        return join(text, _("Ces séances se ressemblent trop pour un intervalle."))
    wide = found["upper"] - found["lower"] >= 1
    warning = _("Si peu de séances ne permettent pas de dire à quoi s'attendre pour la suivante.") if wide else ""
    return join(text, cut_at_zero(found), warning)


def _places(found: Row) -> str:
    n = int(found["denominator"])
    return ngettext("{n} place", "{n} places", n).format(n=fmt.number(n))


def _rounded(found: Row) -> str:
    """For everybody: rounded people over places, without limits."""
    if fmt.is_masked(found):
        return fmt.withheld(_("Taux de remplissage"))
    text = _("{people} pour {places}, soit un taux de remplissage de {share}.").format(
        people=fmt.quantity(found["numerator"], "people"), places=_places(found), share=fmt.percent(found["estimate"])
    )
    return join(text, _("Ce n'est qu'un ordre de grandeur."))
