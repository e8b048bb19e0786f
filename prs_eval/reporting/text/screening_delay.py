"""Sentences on the wait for an appointment, on missed appointments and on who keeps theirs."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import UNKNOWN, label
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text import screening_public as public
from prs_eval.reporting.text.screening_words import Row, count, count_out_of, estimated, join, row

_MOST_GROUPS = 3  # beyond, a list of shares is read in the figure rather than in a sentence
_FEW = 5  # people in a group under which its share is not worth a comparison


def waiting(estimates: pd.DataFrame, *, kind: str, curve: pd.DataFrame | None = None) -> str:
    """How long people wait: median with those still waiting, mean only for what it is, who is left out.

    estimates: from `screening.waiting_times`; curve: from `screening.waiting_curve`, of which a public page tells the
    few durations that it shows; empty where nobody was referred.
    """
    if for_all():
        return "" if curve is None else public.waiting(curve, kind=kind)
    median = row(estimates, "screening_wait_median", kind=kind)
    if median is None:
        return ""
    if median["denominator"] == 0:
        start = _("Aucun délai ne peut être mesuré : aucune date de rendez-vous n'est connue et personne n'attend.")
        return join(start, _left_out(estimates, kind))
    return join(
        _median(median, referred=int(count_out_of(estimates, "screening_wait_dated", kind=kind))),
        _still_waiting(estimates, kind),
        _mean(estimates, kind),
        _left_out(estimates, kind),
    )


def _median(found: Row, *, referred: int) -> str:
    """Told of those whose wait can be followed, which are not all who were referred."""
    n = int(found["n"])
    people = _followed(n, referred)
    if n < fmt.FEWEST:
        return _("Délai suivi pour {people} : trop peu pour un délai médian.").format(people=people)
    if not estimated(found):
        text = _("Parmi {people}, moins de la moitié ont déjà eu ce rendez-vous : pas de délai médian.")
        return text.format(people=people)
    start = _("Parmi {people}, la moitié ont leur rendez-vous dans les {median} qui suivent la séance").format(
        people=people, median=fmt.quantity(found["estimate"], "days")
    )
    low, high = (fmt.is_missing(found[limit]) for limit in ("lower", "upper"))
    if low and high:
        text = _("{start} (trop peu de personnes pour un intervalle).")
    elif high:
        text = _("{start} (intervalle : à partir de {lower}, sans limite haute).")
    else:
        text = _("{start} (intervalle {interval}).")
    return text.format(
        start=start,
        lower=fmt.quantity(found["lower"], "days"),
        interval=fmt.interval(found["lower"], found["upper"], "days"),
    )


def _followed(n: int, referred: int) -> str:
    """`les 12 personnes orientées dont le rendez-vous est daté ou attendu (sur 13)`."""
    text = ngettext(
        "la seule personne orientée dont le rendez-vous est daté ou attendu",
        "les {n} personnes orientées dont le rendez-vous est daté ou attendu",
        n,
    ).format(n=fmt.number(n))
    return text if n == referred else _("{people} (sur {all})").format(people=text, all=fmt.number(referred))


def _still_waiting(estimates: pd.DataFrame, kind: str) -> str:
    n = count(estimates, "screening_wait_waiting", kind=kind)
    if n == 0:
        return ""
    return ngettext(
        "{n} personne n'a pas encore de date : elle compte pour le temps déjà attendu.",
        "{n} personnes n'ont pas encore de date : elles comptent pour le temps déjà attendu.",
        n,
    ).format(n=fmt.number(n))


def _mean(estimates: pd.DataFrame, kind: str) -> str:
    complete = row(estimates, "screening_wait_mean", kind=kind)
    if complete is not None and estimated(complete) and complete["n"] >= fmt.FEWEST:
        text = _("Le délai moyen est de {mean} ({n} rendez-vous datés).")
        return text.format(mean=_in_weeks(complete), n=fmt.number(complete["n"]))
    dated = row(estimates, "screening_wait_mean_dated", kind=kind)
    if dated is None or not estimated(dated) or dated["n"] < fmt.FEWEST:
        return ""
    text = _("Parmi les {n} rendez-vous datés, le délai moyen est de {mean} ; d'autres délais manquent.")
    return text.format(mean=_in_weeks(dated), n=fmt.number(dated["n"]))


def _in_weeks(found: Row) -> str:
    """`56 jours [51 ; 61], soit 8,0 semaines`."""
    weeks = fmt.quantity(float(found["estimate"]) / 7, "weeks")
    return _("{days}, soit {weeks}").format(days=fmt.estimate(found), weeks=weeks)


def _left_out(estimates: pd.DataFrame, kind: str) -> str:
    never = count(estimates, "screening_wait_never_booked", kind=kind)
    unknown = count(estimates, "screening_wait_unknown", kind=kind)
    closed, lost = "", ""
    if never:
        closed = ngettext(
            "{n} personne orientée n'a pas pris de rendez-vous : elle est comptée à part.",
            "{n} personnes orientées n'ont pas pris de rendez-vous : elles sont comptées à part.",
            never,
        ).format(n=fmt.number(never))
    if unknown:
        lost = ngettext(
            "Pour {n} personne orientée, le délai n'est pas connu.",
            "Pour {n} personnes orientées, le délai n'est pas connu.",
            unknown,
        ).format(n=fmt.number(unknown))
    return join(closed, lost)


def absence_reasons(estimates: pd.DataFrame, *, kind: str) -> str:
    """Which reason is written down most often, and whether that order could be chance.

    estimates: from `screening.absence_reasons`; empty where no appointment was missed.
    """
    unknown = row(estimates, "screening_absence_unknown", kind=kind)
    if unknown is None:
        return ""
    if for_all():
        return public.absence_reasons(estimates, kind=kind)
    reasons = estimates[(estimates["indicator"] == "screening_absence_reason") & (estimates["kind"] == kind)]
    reasons = reasons[reasons["numerator"] > 0].sort_values("numerator", ascending=False, kind="stable")
    missed, without = int(unknown["denominator"]), int(unknown["numerator"])
    if reasons.empty:
        return ngettext(
            "{n} rendez-vous manqué : la raison n'en est pas connue.",
            "{n} rendez-vous manqués : la raison n'en est connue pour aucun.",
            missed,
        ).format(n=fmt.number(missed))
    return join(
        _reason_bounds(reasons, without, missed),
        _first_reason(reasons),
        _order(reasons),
        _without_reason(without, missed),
    )


def _reason_bounds(reasons: pd.DataFrame, without: int, missed: int) -> str:
    """What the first reason's share could be, where many are not known; empty where few are, or where it has a tie."""
    top = reasons.iloc[0]
    if without <= fmt.MANY_UNKNOWN * missed or (reasons["numerator"] == top["numerator"]).sum() > 1:
        return ""
    between = fmt.bounds(float(top["numerator"]), without, missed)
    text = _("« {name} » : {between} des {missed} rendez-vous manqués, selon les raisons qui ne sont pas connues.")
    return text.format(name=label("absence_reason", top["reason"]), between=between, missed=fmt.number(missed))


def _first_reason(reasons: pd.DataFrame) -> str:
    top = reasons.iloc[0]
    n, x = int(top["denominator"]), int(top["numerator"])
    group = ngettext(
        "Sur {n} rendez-vous manqué dont la raison est connue",
        "Sur {n} rendez-vous manqués dont la raison est connue",
        n,
    ).format(n=fmt.number(n))
    ties = [label("absence_reason", code) for code in reasons.loc[reasons["numerator"] == x, "reason"]]
    if len(ties) > 1:
        text = _("{group}, les raisons les plus notées sont, à égalité : {names} ({x} fois chacune).")
        return text.format(
            group=group,
            names=fmt.listing([_("« {name} »").format(name=name.lower()) for name in ties]),
            x=fmt.number(x),
        )
    text = _("{group}, la raison la plus notée est « {name} » ({x} fois, {share}).")
    return text.format(group=group, name=ties[0].lower(), x=fmt.number(x), share=fmt.share(top))


def _order(reasons: pd.DataFrame) -> str:
    tied = reasons["numerator"].nunique() == 1
    if tied or reasons.iloc[0]["lower"] > reasons.iloc[1]["upper"]:
        return ""
    if reasons.iloc[0]["denominator"] < fmt.FEWEST:
        return _("Sur si peu de rendez-vous, cet ordre peut être dû au hasard.")
    return _("Les intervalles se recouvrent : cet ordre peut être dû au hasard.")


def _without_reason(without: int, missed: int) -> str:
    if without == 0:
        return _("La raison est connue pour tous les rendez-vous manqués.")
    return ngettext(
        "La raison n'est pas connue pour {n} rendez-vous manqué sur {missed}.",
        "La raison n'est pas connue pour {n} rendez-vous manqués sur {missed}.",
        without,
    ).format(n=fmt.number(without), missed=fmt.number(missed))


def honoured_by(estimates: pd.DataFrame, *, kind: str, characteristic: str) -> str:
    """Share of appointments kept in each group, without a word on causes.

    estimates: from `screening.honoured_by`; characteristic: "reminder" or "coverage"; empty where no
    appointment was booked.
    """
    rows = estimates[estimates["kind"] == kind]
    if rows.empty:
        return ""
    if for_all():
        return public.honoured_by(rows, characteristic=characteristic)
    shares = rows[rows["indicator"] == "screening_honoured_by"]
    open_ = rows[rows["indicator"] == "screening_honoured_by_unknown"].set_index(characteristic)["numerator"]
    unknown = int(open_.sum())
    known = shares[shares["status"].eq("ok") & shares[characteristic].ne(UNKNOWN)]
    return join(
        _groups(known, characteristic, open_),
        _few_in(known),
        public.caution(known, characteristic),
        _unnamed(shares, characteristic),
        _open(unknown),
    )


def _groups(shares: pd.DataFrame, characteristic: str, unknown: pd.Series[float]) -> str:
    if shares.empty:
        return _("Aucun rendez-vous d'issue connue ne peut être rangé dans un groupe.")
    if len(shares) > _MOST_GROUPS:
        shares = shares[shares["denominator"] >= fmt.FEWEST]
        if len(shares) < 2:
            return _("Les groupes sont trop petits pour des pourcentages ; la figure donne leurs effectifs.")
        lowest, highest = (fmt.percent(share) for share in (shares["estimate"].min(), shares["estimate"].max()))
        smallest, largest = (fmt.number(n) for n in (shares["denominator"].min(), shares["denominator"].max()))
        text = _(
            "Selon le groupe, parmi ceux d'au moins {fewest}, de {lowest} à {highest} des rendez-vous d'issue connue"
            " ont été honorés, dans des groupes de {smallest} à {largest} rendez-vous ; la figure donne l'intervalle"
            " de chacun."
        )
        return text.format(
            fewest=fmt.number(fmt.FEWEST), lowest=lowest, highest=highest, smallest=smallest, largest=largest
        )
    parts = [
        _group(label(characteristic, item[characteristic]), item, float(unknown.get(item[characteristic], 0)))
        for _i, item in shares.iterrows()
    ]
    return _("Rendez-vous honorés parmi ceux dont l'issue est connue – {groups}.").format(groups=_(" ; ").join(parts))


def _group(name: str, found: pd.Series, unknown: float) -> str:
    """`SMS : 3 sur 4, soit 75 % [30 % ; 95 %]`, opened by the bounds where many outcomes are unknown."""
    known = _("{x} sur {n}, {share}").format(
        x=fmt.number(found["numerator"]), n=fmt.number(found["denominator"]), share=fmt.share(found)
    )
    everyone = float(found["denominator"]) + unknown
    if unknown <= fmt.MANY_UNKNOWN * everyone:
        return _("{name} : {known}").format(name=name, known=known)
    text = ngettext(
        "{name} : {between} selon l'issue inconnue ({known})",
        "{name} : {between} selon les {n} issues inconnues ({known})",
        int(unknown),
    )
    between = fmt.bounds(float(found["numerator"]), unknown, everyone)
    return text.format(name=name, between=between, n=fmt.number(unknown), known=known)


def _few_in(shares: pd.DataFrame) -> str:
    few = len(shares) > 1 and (shares["denominator"] < _FEW).any()
    return _("Certains groupes sont très petits.") if few else ""


def _unnamed(shares: pd.DataFrame, characteristic: str) -> str:
    n = int(shares.loc[shares[characteristic].eq(UNKNOWN), "denominator"].sum())
    if n == 0:
        return ""
    if characteristic == "reminder":
        text = ngettext(
            "Pour {n} autre rendez-vous, le rappel n'est pas connu.",
            "Pour {n} autres rendez-vous, le rappel n'est pas connu.",
            n,
        )
    else:
        text = ngettext(
            "Pour {n} autre rendez-vous, la couverture n'est pas connue.",
            "Pour {n} autres rendez-vous, la couverture n'est pas connue.",
            n,
        )
    return text.format(n=fmt.number(n))


def _open(unknown: int) -> str:
    if unknown == 0:
        return _("L'issue est connue pour tous les rendez-vous pris.")
    return ngettext(
        "L'issue de {n} rendez-vous pris n'est pas connue, ou pas encore.",
        "L'issue de {n} rendez-vous pris n'est pas connue, ou pas encore.",
        unknown,
    ).format(n=fmt.number(unknown))
