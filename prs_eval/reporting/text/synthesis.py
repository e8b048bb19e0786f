"""The synthesis's sentences: one page that a councillor can read without being misled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.parameters import Break, Span, Workbench
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.published import published, published_table
from prs_eval.reporting.text.synthesis_words import Row, find, masked, names, of

__all__ = ["gaps", "history", "key_messages", "names", "published", "published_table", "side_by_side"]


def key_messages(key: pd.DataFrame, *, workbench: Workbench, missing: Sequence[str] = ()) -> list[str]:
    """The year in a few sentences, one a part of the programme; a part without data says so.

    key: `programme.synthesis.key_numbers` of all quartiers together; missing: quartiers `without_data`, said first.
    """
    return [
        *_absent(missing, workbench.programme_quartiers),
        _network(key, workbench.targets.meeting_interval_weeks),
        _screening(key, "optical", workbench.targets.optical_sessions),
        _screening(key, "dental", workbench.targets.dental_sessions),
        _ambassadors(key),
    ]


def _absent(missing: Sequence[str], quartiers: Sequence[str]) -> list[str]:
    n, told = len(missing), [name for name in quartiers if name not in missing]
    if n == 0:
        return []
    text = ngettext(
        "{n} quartier du programme sur {of} n'a aucune donnée cette année ({names}).",
        "{n} quartiers du programme sur {of} n'ont aucune donnée cette année ({names}).",
        n,
    ).format(n=fmt.number(n), of=fmt.number(len(quartiers)), names=fmt.listing(list(missing)))
    if not told:
        return [text]
    rest = _("Ce qui suit ne porte que sur {names}, et non sur toute la ville.")
    return [f"{text} {rest.format(names=fmt.listing(told))}"]


def _network(key: pd.DataFrame, target: Span) -> str:
    held = find(key, "network_meetings")
    if held is None or held["estimate"] == 0:
        return _("Réseau : aucune réunion enregistrée cette année.")
    n = int(held["estimate"])
    text = ngettext("Réseau : {n} réunion", "Réseau : {n} réunions", n).format(n=fmt.number(n))
    if within := find(key, "network_interval_within"):
        share = _(" ; {share} des délais entre deux réunions sont dans l'objectif de {low} à {high} semaines")
        text += share.format(share=fmt.estimate(within), low=fmt.number(target.low), high=fmt.number(target.high))
    if residents := find(key, "network_residents_share"):
        text += _(" ; les habitants font {share} des présents").format(share=fmt.estimate(residents))
    if members := find(key, "network_professionals"):
        text += _(" ; les structures membres déclarent {people}").format(people=_professionals(members))
    return text + "."


def _professionals(row: Row) -> str:
    n = int(row["estimate"])
    return ngettext("{n} professionnel", "{n} professionnels", n).format(n=fmt.number(n))


def _aim(target: Span) -> str:
    if target.low == target.high:
        return _("objectif : {n}").format(n=fmt.number(target.low))
    return _("objectif : {low} à {high}").format(low=fmt.number(target.low), high=fmt.number(target.high))


def _screening(key: pd.DataFrame, kind: str, target: Span) -> str:
    name = {"optical": _("Dépistage optique"), "dental": _("Dépistage dentaire")}[kind]
    held = find(key, "screening_sessions", kind=kind)
    if held is None or held["estimate"] == 0:
        return _("{name} : aucune séance enregistrée cette année ({aim}).").format(name=name, aim=_aim(target))
    n = int(held["estimate"])
    text = ngettext("{name} : {n} séance ({aim})", "{name} : {n} séances ({aim})", n)
    text = text.format(name=name, n=fmt.number(n), aim=_aim(target))
    hidden = []
    if people := find(key, "screening_participants", kind=kind):
        text += _(", {people} reçues").format(people=fmt.quantity(people["estimate"], "people"))
    elif masked(key, "screening_participants", kind=kind):
        hidden.append(_("personnes reçues"))
    stages = {
        "need": _("en besoin de soins : {of}"),
        "honoured": _("rendez-vous honorés parmi les personnes orientées : {of}"),
        "equipped": _("équipées ou soignées parmi les personnes en besoin : {of}"),
    }
    told = []
    for stage, words in stages.items():
        share = find(key, "screening_stage_share", kind=kind, stage=stage)
        unknown = find(key, "screening_stage_unknown", kind=kind, stage=stage)
        if for_all():
            told += [words.format(of=_rounded(share))] if share else []
        elif share or (unknown and unknown["numerator"]):
            told.append(words.format(of=_known(share, unknown)))
    if not told and masked(key, "screening_stage_share", kind=kind):
        hidden.append(_("suites du dépistage"))
    text = _(" ; ").join([text, *told]) + "."
    return f"{text} {fmt.withheld(f'{name}, {fmt.listing(hidden)}')}" if hidden else text


def _rounded(share: Row) -> str:
    """A share of rounded counts: how many are not known is not told with it, nor the bounds that they leave."""
    words = {"x": fmt.number(share["numerator"]), "n": fmt.number(share["denominator"]), "share": fmt.share(share)}
    return _("{x} sur les {n} dont la suite est connue, {share}").format(**words)


def _known(share: Row | None, unknown: Row | None) -> str:
    """A share of those known, with how many are not and the bounds that they leave, first where they are many."""
    n = int(unknown["numerator"]) if unknown else 0
    if share is None or unknown is None or n == 0:
        return _known_alone(share, n)
    everyone = float(unknown["denominator"])
    bounds = fmt.bounds(share["numerator"], n, everyone)
    words = {"x": fmt.number(share["numerator"]), "n": fmt.number(share["denominator"]), "bounds": bounds}
    words["unknown"] = ngettext("{n} inconnue", "{n} inconnues", n).format(n=fmt.number(n))
    if n > fmt.MANY_UNKNOWN * everyone:
        text = _("{bounds} ({x} sur les {n} dont la suite est connue ; {unknown})")
        return text.format(**words)
    text = _("{x} sur les {n} dont la suite est connue, {share} ({unknown} : {bounds})")
    return text.format(**words, share=fmt.share(share))


def _known_alone(share: Row | None, unknown: int) -> str:
    if share is None:
        words = ngettext("suite inconnue pour la seule personne", "suite inconnue pour les {n} personnes", unknown)
        return words.format(n=fmt.number(unknown))
    x, n = fmt.number(share["numerator"]), fmt.number(share["denominator"])
    return _("{x} sur {n}, {share}").format(x=x, n=n, share=fmt.share(share))


def _ambassadors(key: pd.DataFrame) -> str:
    active = find(key, "ambassadors_active")
    if masked(key, "ambassadors_active"):
        return fmt.withheld(_("Ambassadeurs santé"))
    if active is None or active["estimate"] == 0:
        return _("Ambassadeurs santé : personne d'actif n'est enregistré cette année.")
    n = int(active["estimate"])
    text = ngettext("Ambassadeurs santé : {n} personne active", "Ambassadeurs santé : {n} personnes actives", n).format(
        n=fmt.number(n)
    )
    if trained := find(key, "ambassadors_trained"):
        text += _(" ; formation initiale achevée : {of}").format(of=of(trained))
    if contacts := find(key, "ambassador_contacts"):
        met = int(contacts["estimate"])
        counted = ngettext(" ; {n} contact compté", " ; {n} contacts comptés", met)
        text += counted.format(n=fmt.number(met))
    decided = find(key, "ambassador_projects_decided", decided_by="ambassadors")
    if decided:
        text += _(" ; projets décidés par les ambassadeurs : {of}").format(of=of(decided))
    return text + "."


def side_by_side(estimates: pd.DataFrame, *, missing: Sequence[str]) -> list[str]:
    """How far the quartiers may be compared.

    estimates: the rows shown, by quartier and together; missing: quartiers of which nothing could be estimated.
    """
    if for_all():
        text = _(
            "Un quartier compte peu de personnes : un écart entre deux quartiers ne prouve pas une différence ; les "
            "quartiers sont rangés dans un ordre fixe, sans classement."
        )
        return [*([text] if len(estimates) else []), *_without(missing)]
    shares = estimates[(estimates["unit"] == "proportion") & estimates["denominator"].gt(0)]
    own = shares[shares["quartier"] != "all"]
    sentences = []
    words = {
        "network_residents_share": _("la part des habitants repose sur {span} présences"),
        "screening_stage_share": _(
            "la part des rendez-vous honorés repose sur {span} personnes orientées dont l'issue est connue"
        ),
    }
    bases = [
        text.format(span=_range(own.loc[own["indicator"] == indicator, "denominator"]))
        for indicator, text in words.items()
        if (own["indicator"] == indicator).any()
    ]
    if bases:
        sentences.append(
            _(
                "Selon le quartier, {bases} : les marges d'incertitude sont larges, et un écart entre deux quartiers "
                "ne prouve pas une différence ; les quartiers sont rangés dans un ordre fixe, sans classement."
            ).format(bases=fmt.listing(bases))
        )
    return [*sentences, *_without(missing)]


def _without(missing: Sequence[str]) -> list[str]:
    return [_("Aucune donnée cette année pour {places}.").format(places=fmt.listing(list(missing)))] if missing else []


def _range(values: pd.Series[float]) -> str:
    """`6 à 80`; one value said once."""
    least, most = fmt.number(values.min()), fmt.number(values.max())
    return least if least == most else _("{least} à {most}").format(least=least, most=most)


def history(estimates: pd.DataFrame, *, breaks: Iterable[Break]) -> list[str]:
    """How the years may be read together."""
    years = estimates["year"].dropna()
    if years.empty:
        return []
    first, last = int(years.min()), int(years.max())
    sentences = [
        _(
            "Ces nombres disent ce qui a été fait et enregistré ; une hausse peut venir d'une activité plus forte ou "
            "d'une saisie plus complète."
        )
    ]
    for item in breaks:
        if item.first_year <= last and item.last_year >= first:
            text = _("{label} en {first}-{last} : une évolution qui traverse ces années n'est pas une tendance.")
            sentences.append(text.format(label=item.label, first=item.first_year, last=item.last_year))
    return sentences


def gaps(estimates: pd.DataFrame) -> list[str]:
    """What is not known, and what the programme does not measure."""
    sentences = []
    parts = []
    recorded = find(estimates, "network_meetings_recorded")
    if recorded and recorded["denominator"] > recorded["numerator"]:
        missing = int(recorded["denominator"] - recorded["estimate"])
        text = ngettext("{n} réunion sans présents renseignés", "{n} réunions sans présents renseignés", missing)
        parts.append(text.format(n=fmt.number(missing)))
    for kind, words in (
        ("optical", _("équipement optique inconnu pour {of} personnes en besoin")),
        ("dental", _("soins dentaires inconnus pour {of} personnes en besoin")),
    ):
        row = find(estimates, "screening_stage_unknown", kind=kind, stage="equipped")
        if row and row["numerator"]:
            parts.append(words.format(of=_x_of_n(row)))
    uncounted = find(estimates, "ambassador_contacts_not_counted")
    if uncounted and uncounted["numerator"]:
        parts.append(_("contacts non comptés à {of} activités d'ambassadeurs").format(of=_x_of_n(uncounted)))
    if parts:
        sentences.append(_("Ce qui manque : {parts}.").format(parts=_(" ; ").join(parts)))
    if masked(estimates, "screening_stage_unknown"):
        sentences.append(fmt.withheld(_("Personnes dont la suite du dépistage n'est pas connue")))
    sentences.append(
        _(
            "Ne sont pas recueillis ici : l'état de santé, le renoncement aux soins et ce qui serait arrivé sans le "
            "programme ; hors de la section sur l'impact, cette page décrit une activité."
        )
    )
    return sentences


def _x_of_n(row: Row) -> str:
    return _("{x} sur {n}").format(x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]))
