"""Sentences on the path from screening to glasses or care: who is lost where, and how much is not known."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.screening_words import Row, join, row, width


def cascade(estimates: pd.DataFrame, *, kind: str) -> str:
    """From screening to the appointment kept: shares out of those known, and what the unknown could change.

    estimates: from `screening.cascade`; empty where nobody was screened.
    """
    if row(estimates, "screening_stage_people", kind=kind, stage="screened") is None:
        return ""
    told = (("need", "screened"), ("referred", "need"), ("honoured", "referred"))
    need, referred, kept = (_pair(estimates, kind, *pair) for pair in told)
    return join(
        _in_need(need),
        _others(estimates, kind, "need", "screened"),
        _referred(referred, in_need=int(need["numerator"])),
        _others(estimates, kind, "referred", "need"),
        _honoured(kept, referred=int(referred["numerator"])),
        _not_known(estimates, kind, "honoured", "referred"),
        width(kept),
    )


def equipped(estimates: pd.DataFrame, *, kind: str) -> str:
    """How many of those in need got their glasses or care, out of those known.

    estimates: from `screening.cascade`; empty where nobody is known to be in need.
    """
    if row(estimates, "screening_stage_people", kind=kind, stage="need") is None:
        return ""
    need = _pair(estimates, kind, "need", "screened")
    return join(
        _equipped(_pair(estimates, kind, "equipped", "need"), kind, in_need=int(need["numerator"])),
        _not_known(estimates, kind, "equipped", "need"),
    )


def _pair(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> Row:
    found = row(estimates, "screening_stage_share", kind=kind, stage=stage, out_of=out_of)
    if found is None:
        raise ValueError(f"no row for {stage} out of {out_of}: give all the rows of `screening.cascade`.")
    return found


def _sentence(found: Row, group: str, what: str) -> str:
    return _("{group}, {what}, soit {share}.").format(group=group, what=what, share=fmt.estimate(found))


def _in_need(found: Row) -> str:
    n, x = int(found["denominator"]), int(found["numerator"])
    if n == 0:
        return _("La conclusion du dépistage n'est connue pour personne.")
    group = ngettext(
        "Sur {n} personne dépistée dont la conclusion est connue",
        "Sur {n} personnes dépistées dont la conclusion est connue",
        n,
    ).format(n=fmt.number(n))
    if x == 0:
        return _sentence(found, group, _("aucune n'avait besoin d'un rendez-vous de soins"))
    what = ngettext("{x} avait besoin d'un rendez-vous de soins", "{x} avaient besoin d'un rendez-vous de soins", x)
    return _sentence(found, group, what.format(x=fmt.number(x)))


def _referred(found: Row, *, in_need: int) -> str:
    n, x = int(found["denominator"]), int(found["numerator"])
    if n == 0:
        return _("L'orientation n'est connue pour aucune personne en besoin.") if in_need else ""
    group = ngettext(
        "Sur {n} personne en besoin dont l'orientation est connue",
        "Sur {n} personnes en besoin dont l'orientation est connue",
        n,
    ).format(n=fmt.number(n))
    if x == 0:
        return _sentence(found, group, _("aucune n'a été orientée"))
    what = ngettext("{x} a été orientée", "{x} ont été orientées", x).format(x=fmt.number(x))
    return _sentence(found, group, what)


def _honoured(found: Row, *, referred: int) -> str:
    n, x = int(found["denominator"]), int(found["numerator"])
    if n == 0:
        return _("L'issue du rendez-vous n'est connue pour aucune personne orientée.") if referred else ""
    group = ngettext(
        "Sur {n} personne orientée dont l'issue est connue", "Sur {n} personnes orientées dont l'issue est connue", n
    ).format(n=fmt.number(n))
    if x == 0:
        return _sentence(found, group, _("aucune n'a honoré son rendez-vous"))
    what = ngettext("{x} a honoré son rendez-vous", "{x} ont honoré leur rendez-vous", x).format(x=fmt.number(x))
    return _sentence(found, group, what)


def _equipped(found: Row, kind: str, *, in_need: int) -> str:
    n, x = int(found["denominator"]), int(found["numerator"])
    if n == 0:
        return _("La suite des soins n'est connue pour aucune personne en besoin.") if in_need else ""
    group = ngettext(
        "Sur {n} personne en besoin dont la suite est connue", "Sur {n} personnes en besoin dont la suite est connue", n
    ).format(n=fmt.number(n))
    if kind == "dental":
        none = _("aucune n'a terminé ses soins dentaires")
        what = ngettext("{x} a terminé ses soins dentaires", "{x} ont terminé leurs soins dentaires", x)
    else:
        none = _("aucune n'a reçu de lunettes")
        what = ngettext("{x} a reçu ses lunettes", "{x} ont reçu leurs lunettes", x)
    return _sentence(found, group, none if x == 0 else what.format(x=fmt.number(x)))


def _others(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> str:
    """How many are left out of a share for want of knowing; empty where none is, or where all are."""
    unknown = row(estimates, "screening_stage_unknown", kind=kind, stage=stage, out_of=out_of)
    n = int(unknown["numerator"]) if unknown else 0
    if unknown is None or n in (0, int(unknown["denominator"])):
        return ""
    return ngettext(
        "Pour {n} autre personne, on ne le sait pas.", "Pour {n} autres personnes, on ne le sait pas.", n
    ).format(n=fmt.number(n))


def _not_known(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> str:
    """How many are left out because their next step is not known, and the share at worst and at best."""
    unknown = row(estimates, "screening_stage_unknown", kind=kind, stage=stage, out_of=out_of)
    if unknown is None or not unknown["denominator"]:
        return ""
    n = int(unknown["numerator"])
    if n == 0:
        return _("La suite est connue pour toutes.")
    if n == int(unknown["denominator"]):
        return ""  # the sentence before has said that nothing is known
    ongoing = row(estimates, "screening_stage_in_progress", kind=kind, stage=stage, out_of=out_of)
    still = int(ongoing["estimate"]) if ongoing else 0
    low = row(estimates, "screening_stage_share_if_no", kind=kind, stage=stage, out_of=out_of)
    high = row(estimates, "screening_stage_share_if_yes", kind=kind, stage=stage, out_of=out_of)
    first = ngettext(
        "Pour {n} autre, la suite n'est pas connue", "Pour {n} autres, la suite n'est pas connue", n
    ).format(n=fmt.number(n))
    if still:
        first += ngettext(" (dont {k} en cours)", " (dont {k} en cours)", still).format(k=fmt.number(still))
    assert low is not None
    assert high is not None
    return _("{first} : la part irait de {low} si aucune n'y est parvenue à {high} si toutes y sont parvenues.").format(
        first=first, low=fmt.percent(low["estimate"]), high=fmt.percent(high["estimate"])
    )
