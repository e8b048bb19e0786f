"""Sentences on the network's members and on what it produces."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import UNKNOWN, label
from prs_eval.inputs.parameters import Workbench
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text import network_public as public
from prs_eval.reporting.text.network_words import join, last


def members(rows: pd.DataFrame) -> str:
    """How many structures belong to the network, came in, left, stayed, and came to meetings."""
    active = last(rows, "network_structures")
    people = last(rows, "network_professionals")
    if active is None or people is None:
        return ""
    n, year = int(active["estimate"]), int(active["year"])
    if n == 0:
        return _("Aucune structure n'est membre du réseau en {year}.").format(year=year)
    if fmt.is_masked(people):
        first = ngettext(
            "{n} structure est membre du réseau en {year}.", "{n} structures sont membres du réseau en {year}.", n
        ).format(n=fmt.number(n), year=year)
    else:
        first = ngettext(
            "{n} structure est membre du réseau en {year} ({people}).",
            "{n} structures sont membres du réseau en {year} ({people}).",
            n,
        ).format(n=fmt.number(n), year=year, people=_professionals(int(people["estimate"])))
    return join(first, _moves(rows), _retention(rows, year), _attending(rows))


def referrals(total: pd.DataFrame, by_outcome: pd.DataFrame) -> str:
    """How many referrals were made and, of those whose end is known, how many were taken up."""
    made, taken = last(total, "network_referrals"), last(total, "network_referrals_taken_up")
    if made is None or taken is None:
        return ""
    if for_all():
        return public.referrals(made, taken, by_outcome)
    n, year = int(made["estimate"]), int(made["year"])
    if n == 0:
        return _("En {year}, aucune orientation entre structures n'est enregistrée.").format(year=year)
    first = ngettext(
        "En {year}, {n} orientation entre structures est enregistrée.",
        "En {year}, {n} orientations entre structures sont enregistrées.",
        n,
    ).format(year=year, n=fmt.number(n))
    if fmt.is_missing(taken["estimate"]):
        return join(first, _("On ne connaît la suite d'aucune."))
    text = ngettext(
        "La suite n'est connue que pour une ; orientations suivies : {counts}, soit {share}.",
        "Sur les {known} dont la suite est connue, {share} ont été suivies ({counts}).",
        int(taken["denominator"]),
    )
    counts = _("{a} sur {b}").format(a=fmt.number(taken["numerator"]), b=fmt.number(taken["denominator"]))
    known = text.format(known=fmt.number(taken["denominator"]), share=fmt.estimate(taken), counts=counts)
    return join(first, known, _apart(by_outcome))


def reasons(by_reason: pd.DataFrame) -> str:
    """The reason most often given for a referral, and how many have none that is known."""
    if by_reason.empty:
        return ""
    if for_all():
        return public.reasons(by_reason)
    year, total = int(by_reason["year"].max()), int(by_reason["denominator"].max())
    if total == 0:
        return _("En {year}, aucune orientation entre structures n'est enregistrée.").format(year=year)
    known = by_reason[by_reason["referral_reason"] != UNKNOWN]
    top = known[known["estimate"] == known["estimate"].max()]
    unknown = int(by_reason["estimate"].sum() - known["estimate"].sum())
    if known["estimate"].max() == 0:
        return _("En {year}, le motif n'est connu pour aucune orientation.").format(year=year)
    names = fmt.listing([label("referral_reason", code) for code in top["referral_reason"]])
    most = int(top["estimate"].iloc[0])
    count = ngettext("{n} orientation", "{n} orientations", most).format(n=fmt.number(most))
    if len(top) == 1:
        first = _("Motif le plus fréquent en {year} : {names} ({n} sur {total}).")
    else:
        first = _("Motifs les plus fréquents en {year}, à égalité : {names} ({n} chacun, sur {total}).")
    apart = _("Motif inconnu : {n}.").format(n=fmt.number(unknown)) if unknown else ""
    return join(first.format(year=year, names=names, n=count, total=fmt.number(total)), apart)


def needs(rows: pd.DataFrame) -> str:
    """How many needs were voiced, by residents or not, and how many led to an action."""
    voiced, met = last(rows, "network_needs"), last(rows, "network_needs_with_action")
    residents_ = last(rows, "network_needs_from_residents")
    if voiced is None or met is None or residents_ is None:
        return ""
    n, year = int(voiced["estimate"]), int(voiced["year"])
    if n == 0:
        return _("En {year}, aucun besoin exprimé n'est enregistré.").format(year=year)
    first = ngettext(
        "En {year}, {n} besoin a été exprimé dans le réseau, dont {m} par des habitants.",
        "En {year}, {n} besoins ont été exprimés dans le réseau, dont {m} par des habitants.",
        n,
    ).format(year=year, n=fmt.number(n), m=fmt.number(residents_["numerator"]))
    m = int(met["numerator"])
    if m == 0:
        second = _("Aucun n'a encore conduit à une action : {share} (n = {n}).")
    else:
        second = ngettext(
            "{m} a conduit à une action : {share} (n = {n}).", "{m} ont conduit à une action : {share} (n = {n}).", m
        )
    return join(first, second.format(m=fmt.number(m), share=fmt.estimate(met), n=fmt.number(n)))


def added_values(rows: pd.DataFrame, *, year: int, workbench: Workbench) -> str:
    """The items most and least often acknowledged in the latest survey, and whether their order is established."""
    shares = rows[(rows["indicator"] == "network_added_value")]
    if shares.empty:
        return ""
    survey = int(shares["year"].max())
    when = _("Enquête de {survey} auprès des professionnels.").format(survey=survey)
    if survey < year:
        when = _("Pas d'enquête auprès des professionnels en {year} : voici celle de {survey}.").format(
            year=year, survey=survey
        )
    labels = {item.code: str(item.label) for item in workbench.added_values_professionals}
    if for_all():
        unanswered = rows[rows["indicator"] == "network_added_value_unanswered"]
        return public.added_values(shares, unanswered=unanswered, when=when, labels=labels)
    known = shares[shares["estimate"].notna()].sort_values("estimate", kind="stable")
    if known.empty:
        return join(when, _("Personne n'a répondu aux questions sur les plus-values."))
    low, high = known.iloc[0].to_dict(), known.iloc[-1].to_dict()
    text = _(
        "La part de « tout à fait d'accord » va de {low} pour « {low_item} » (n = {low_n}) "
        "à {high} pour « {high_item} » (n = {high_n})."
    ).format(
        low=fmt.estimate(low),
        low_item=labels.get(low["item"], low["item"]),
        low_n=fmt.number(low["n"]),
        high=fmt.estimate(high),
        high_item=labels.get(high["item"], high["item"]),
        high_n=fmt.number(high["n"]),
    )
    unsure = ""
    if low["upper"] >= high["lower"]:
        unsure = _("Les marges d'incertitude se recouvrent : cet ordre n'est pas établi.")
    return join(when, text, unsure)


def _professionals(n: int) -> str:
    return ngettext("{n} professionnel", "{n} professionnels", n).format(n=fmt.number(n))


def _moves(rows: pd.DataFrame) -> str:
    new, left = last(rows, "network_structures_new"), last(rows, "network_structures_left")
    if new is None or left is None:
        return ""
    return _("Entrées dans l'année : {new} ; sorties : {left}.").format(
        new=fmt.number(new["estimate"]), left=fmt.number(left["estimate"])
    )


def _retention(rows: pd.DataFrame, year: int) -> str:
    row = last(rows, "network_retention")
    if row is None:
        return ""
    if fmt.is_missing(row["estimate"]):
        return _("Aucune n'était membre avant {year} : on ne peut pas dire combien restent.").format(year=year)
    text = _("Structures membres au début de l'année et encore à la fin : {stayed} sur {before}, soit {share}.")
    return text.format(
        before=fmt.number(row["denominator"]), stayed=fmt.number(row["numerator"]), share=fmt.estimate(row)
    )


def _attending(rows: pd.DataFrame) -> str:
    row = last(rows, "network_structures_attending")
    if row is None or fmt.is_missing(row["estimate"]):
        return ""
    text = _("Structures membres venues à au moins une réunion : {n} sur {of}, soit {share}.").format(
        n=fmt.number(row["numerator"]), of=fmt.number(row["denominator"]), share=fmt.estimate(row)
    )
    guests = last(rows, "network_structures_guests")
    if guests is None or guests["estimate"] == 0:
        return text
    return join(text, _("Structures invitées, non membres : {n}.").format(n=fmt.number(guests["estimate"])))


def _apart(by_outcome: pd.DataFrame) -> str:
    counts = dict(zip(by_outcome["referral_outcome"], by_outcome["estimate"], strict=True))
    pending, unknown = int(counts.get("pending", 0)), int(counts.get("unknown", 0))
    if pending + unknown == 0:
        return ""
    return _("Comptées à part : {pending} en attente, {unknown} de suite inconnue.").format(
        pending=fmt.number(pending), unknown=fmt.number(unknown)
    )
