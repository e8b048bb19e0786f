"""Sentences on the path from screening to glasses or care: who is lost where, and how much is not known."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.programme.screening import main_path
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.screening_words import Row, join, row, width


def cascade(estimates: pd.DataFrame, *, kind: str) -> str:
    """From screening to the appointment kept: shares out of those known, and what the unknown could change.

    estimates: from `screening.cascade`; empty where nobody was screened.
    """
    if row(estimates, "screening_stage_people", kind=kind, stage="screened") is None:
        return ""
    if for_all():
        return _rounded(estimates, kind)
    told = (("need", "screened"), ("referred", "need"), ("honoured", "referred"))
    need, referred, kept = (_pair(estimates, kind, *pair) for pair in told)
    return join(
        _bounds(estimates, kind, "need", "screened"),
        _in_need(need),
        _others(estimates, kind, "need", "screened"),
        _bounds(estimates, kind, "referred", "need"),
        _referred(referred, in_need=int(need["numerator"])),
        _others(estimates, kind, "referred", "need"),
        _bounds(estimates, kind, "honoured", "referred"),
        _honoured(kept, referred=int(referred["numerator"])),
        _not_known(estimates, kind, "honoured", "referred"),
        width(kept) if kept["denominator"] >= fmt.FEWEST else "",
    )


def equipped(estimates: pd.DataFrame, *, kind: str) -> str:
    """How many of those in need got their glasses or care, out of those known.

    estimates: from `screening.cascade`; empty where nobody is known to be in need.
    """
    if row(estimates, "screening_stage_people", kind=kind, stage="need") is None:
        return ""
    if for_all():
        return join(_stage(estimates, kind, "equipped", "need"), _other_stages(estimates, kind))
    need = _pair(estimates, kind, "need", "screened")
    return join(
        _bounds(estimates, kind, "equipped", "need"),
        _equipped(_pair(estimates, kind, "equipped", "need"), kind, in_need=int(need["numerator"])),
        _not_known(estimates, kind, "equipped", "need"),
    )


def _pair(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> Row:
    found = row(estimates, "screening_stage_share", kind=kind, stage=stage, out_of=out_of)
    if found is None:
        raise ValueError(f"no row for {stage} out of {out_of}: give all the rows of `screening.cascade`.")
    return found


def _sentence(found: Row, group: str, what: str) -> str:
    return _("{group}, {what}, {share}.").format(group=group, what=what, share=fmt.share(found))


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


def _many_unknown(unknown: Row | None) -> bool:
    """Whether so many are unknown, not all of them, that the sentence opens with what they leave open."""
    return unknown is not None and fmt.MANY_UNKNOWN < float(unknown["estimate"]) < 1


def _bounds(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> str:
    """`Entre 21 % et 100 % des 14 personnes orientées ont honoré leur rendez-vous, selon les 11 dont l'issue…`."""
    unknown = row(estimates, "screening_stage_unknown", kind=kind, stage=stage, out_of=out_of)
    if unknown is None or not _many_unknown(unknown):
        return ""
    n, everyone = int(unknown["numerator"]), int(unknown["denominator"])
    known = _pair(estimates, kind, stage, out_of)
    texts = {
        "need": ngettext(
            "{between} des {all} personnes dépistées avaient besoin d'un rendez-vous de soins, selon la personne dont "
            "la conclusion n'est pas connue.",
            "{between} des {all} personnes dépistées avaient besoin d'un rendez-vous de soins, selon les {n} dont la "
            "conclusion n'est pas connue.",
            n,
        ),
        "referred": ngettext(
            "{between} des {all} personnes en besoin ont été orientées, selon la personne dont l'orientation n'est "
            "pas connue.",
            "{between} des {all} personnes en besoin ont été orientées, selon les {n} dont l'orientation n'est pas "
            "connue.",
            n,
        ),
        "honoured": ngettext(
            "{between} des {all} personnes orientées ont honoré leur rendez-vous, selon la personne dont l'issue "
            "n'est pas connue{ongoing}.",
            "{between} des {all} personnes orientées ont honoré leur rendez-vous, selon les {n} dont l'issue n'est "
            "pas connue{ongoing}.",
            n,
        ),
        "equipped": ngettext(
            "{between} des {all} personnes en besoin ont reçu leurs lunettes, selon la personne dont la suite n'est "
            "pas connue{ongoing}.",
            "{between} des {all} personnes en besoin ont reçu leurs lunettes, selon les {n} dont la suite n'est pas "
            "connue{ongoing}.",
            n,
        ),
        "treated": ngettext(
            "{between} des {all} personnes en besoin ont terminé leurs soins dentaires, selon la personne dont la "
            "suite n'est pas connue{ongoing}.",
            "{between} des {all} personnes en besoin ont terminé leurs soins dentaires, selon les {n} dont la suite "
            "n'est pas connue{ongoing}.",
            n,
        ),
    }
    between = fmt.bounds(float(known["numerator"]), n, everyone)
    return texts["treated" if (kind, stage) == ("dental", "equipped") else stage].format(
        between=between[:1].upper() + between[1:],
        all=fmt.number(everyone),
        n=fmt.number(n),
        ongoing=_ongoing(estimates, kind, stage, out_of),
    )


def _ongoing(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> str:
    found = row(estimates, "screening_stage_in_progress", kind=kind, stage=stage, out_of=out_of)
    still = int(found["estimate"]) if found else 0
    return _(" (dont {k} en cours)").format(k=fmt.number(still)) if still else ""


def _others(estimates: pd.DataFrame, kind: str, stage: str, out_of: str) -> str:
    """How many are left out of a share for want of knowing; empty where none is, or where all are."""
    unknown = row(estimates, "screening_stage_unknown", kind=kind, stage=stage, out_of=out_of)
    n = int(unknown["numerator"]) if unknown else 0
    if unknown is None or n in (0, int(unknown["denominator"])) or _many_unknown(unknown):
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
        return ngettext("La suite est connue.", "La suite est connue pour toutes.", int(unknown["denominator"]))
    if n == int(unknown["denominator"]) or _many_unknown(unknown):
        return ""  # the sentences before have said that nothing is known, or how much is not
    low = row(estimates, "screening_stage_share_if_no", kind=kind, stage=stage, out_of=out_of)
    high = row(estimates, "screening_stage_share_if_yes", kind=kind, stage=stage, out_of=out_of)
    assert low is not None
    assert high is not None
    text = ngettext(
        "Pour {n} autre, la suite n'est pas connue{ongoing} : la part irait de {low} si elle n'y est pas parvenue à "
        "{high} si elle y est parvenue.",
        "Pour {n} autres, la suite n'est pas connue{ongoing} : la part irait de {low} si aucune n'y est parvenue à "
        "{high} si toutes y sont parvenues.",
        n,
    )
    return text.format(
        n=fmt.number(n),
        ongoing=_ongoing(estimates, kind, stage, out_of),
        low=fmt.percent(low["estimate"]),
        high=fmt.percent(high["estimate"]),
    )


# For everybody: each stage by its own rounded numbers. What others leave is never worked out of them.
_TOLD = (("need", "screened"), ("referred", "need"), ("booked", None), ("honoured", "referred"), ("equipped", "need"))


def _rounded(estimates: pd.DataFrame, kind: str) -> str:
    kept = fmt.shown(_pair(estimates, kind, "honoured", "referred"))
    stages = (_stage(estimates, kind, *pair) for pair in _TOLD if pair[0] != "equipped")
    return join(_people(estimates, kind, "screened"), *stages, width(kept))


def _stage(estimates: pd.DataFrame, kind: str, stage: str, out_of: str | None) -> str:
    """The share that reached a stage and how many are not known; else how many reached it; else nothing."""
    found = None if out_of is None else fmt.shown(_pair(estimates, kind, stage, out_of))
    if found is None or out_of is None:
        return _people(estimates, kind, stage)
    if stage == "need":
        said = _in_need(found)
    elif stage == "referred":
        said = _referred(found, in_need=int(found["denominator"]))
    elif stage == "honoured":
        said = _honoured(found, referred=int(found["denominator"]))
    else:
        said = _equipped(found, kind, in_need=int(found["denominator"]))
    unknown = fmt.shown(row(estimates, "screening_stage_unknown", kind=kind, stage=stage, out_of=out_of))
    if unknown is None:
        return said
    text = _("On ne le sait pas, ou pas encore, pour {n} personnes sur {all}.")
    return join(said, text.format(n=fmt.number(unknown["numerator"]), all=fmt.number(unknown["denominator"])))


def _people(estimates: pd.DataFrame, kind: str, stage: str) -> str:
    found = fmt.shown(row(estimates, "screening_stage_people", kind=kind, stage=stage))
    if found is None:
        return ""
    texts = {
        "screened": _("{n} personnes ont été dépistées."),
        "need": _("{n} personnes avaient besoin d'un rendez-vous de soins."),
        "referred": _("{n} personnes ont été orientées."),
        "booked": _("{n} personnes ont pris rendez-vous."),
        "honoured": _("{n} personnes ont honoré leur rendez-vous."),
        "equipped": _("{n} personnes ont reçu leurs lunettes."),
        "treated": _("{n} personnes ont terminé leurs soins dentaires."),
    }
    key = "treated" if (kind, stage) == ("dental", "equipped") else stage
    return texts[key].format(n=fmt.number(found["estimate"]))


def _other_stages(estimates: pd.DataFrame, kind: str) -> str:
    """That some stages are withheld; nothing where all is, as the page then says so in place of the figure."""
    told = [_people(estimates, kind, "screened"), *(_stage(estimates, kind, *pair) for pair in _TOLD)]
    if all(told) or main_path(estimates)["estimate"].isna().all():
        return ""
    return fmt.withheld(_("Autres étapes") if any(told) else _("Étapes du parcours"))
