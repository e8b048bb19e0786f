"""The synthesis's sentences: one page that a councillor can read without being misled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.i18n import _, ngettext
from prs_eval.inputs import codes
from prs_eval.inputs.parameters import Break, Span, Workbench
from prs_eval.programme.catalogue import Catalogue
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import current_run
from prs_eval.reporting.tables import indicator_label

Row = Mapping[str, Any]


def find(estimates: pd.DataFrame, indicator: str, **groups: str) -> Row | None:
    """The one row of `indicator` (and of those groups), None where there is none that could be estimated."""
    chosen = estimates["indicator"] == indicator
    for column, value in groups.items():
        chosen &= estimates[column] == value
    rows = estimates[chosen & estimates["estimate"].notna()]
    return None if rows.empty else {str(name): value for name, value in rows.iloc[0].items()}


def _masked(estimates: pd.DataFrame, indicator: str, **groups: str) -> bool:
    """Whether a row of `indicator` (and of those groups) is withheld from this audience."""
    chosen = (estimates["indicator"] == indicator) & (estimates["status"] == "primary")
    for column, value in groups.items():
        chosen &= estimates[column] == value
    return bool(chosen.any())


def _public() -> bool:
    """Whether this page shows protected numbers: rounded ones are told as they stand, never added or compared."""
    run = current_run()
    return run is not None and run.public


def names(estimates: pd.DataFrame, catalogue: Catalogue) -> list[str]:
    """What each row measures, in full: indicator, kind of screening, stage and what it is out of."""
    return [_name(row, catalogue) for row in estimates.to_dict("records")]


def _name(row: Mapping[Any, Any], catalogue: Catalogue) -> str:
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
    elif _masked(key, "screening_participants", kind=kind):
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
        if _public():
            told += [words.format(of=_rounded(share))] if share else []
        elif share or (unknown and unknown["numerator"]):
            told.append(words.format(of=_known(share, unknown)))
    if not told and _masked(key, "screening_stage_share", kind=kind):
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
    if _masked(key, "ambassadors_active"):
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
    if _public():
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


def published_table(compared: pd.DataFrame, catalogue: Catalogue, *, missing: Sequence[str] = ()) -> pd.DataFrame:
    """The city's own figures and the published ones, worded.

    compared: `disclosure.comparison.compare_published`; missing: quartiers without data, for want of which none is
    compared.
    """
    rows = compared.to_dict("records")
    return pd.DataFrame(
        {
            _("Mesure"): [_name(row | _groups(str(row["groups"])), catalogue) for row in rows],
            _("Dans nos données"): [fmt.estimate(row | {"method": _method(row)}) for row in rows],
            _("Publié"): [_printed(row) for row in rows],
            _("Concordance"): [_agreement(row, len(missing)) for row in rows],
            _("Remarque"): [fmt.MISSING if fmt.is_missing(row["note"]) else str(row["note"]) for row in rows],
        },
        dtype=object,
    )


def _groups(groups: str) -> dict[Any, Any]:
    return dict(pair.split("=", 1) for pair in groups.split("|") if pair)


def _method(row: Mapping[Any, Any]) -> str:
    return "count" if row["unit"] in {"count", "people"} else ""


def _printed(row: Mapping[Any, Any]) -> str:
    value = fmt.quantity(row["published"], str(row["unit"]), fmt.row_digits({**row, "method": _method(row)}))
    if row["unit"] == "days":  # published in weeks
        value = _("{days} (soit {weeks})").format(days=value, weeks=fmt.quantity(row["published"] / 7, "weeks"))
    words = {"at_least": _("au moins {value}"), "about": _("environ {value}")}
    return words.get(str(row["comparison"]), "{value}").format(value=value)


def _agreement(row: Mapping[Any, Any], missing: int) -> str:
    if fmt.is_missing(row["agrees"]):
        return _impossible(missing) if missing else _("non comparable")
    if row["agrees"] and _public() and row["indicator"] not in NOT_PEOPLE:
        return _("oui, à l'arrondi près")
    return _("oui") if row["agrees"] else _("non")


def _impossible(missing: int) -> str:
    text = ngettext(
        "comparaison impossible : {n} quartier sans données",
        "comparaison impossible : {n} quartiers sans données",
        missing,
    )
    return text.format(n=fmt.number(missing))


def published(compared: pd.DataFrame, *, year: int, synthetic: bool, missing: Sequence[str] = ()) -> list[str]:
    """Whether the city's own figures are those that were published; invented data agree by construction."""
    if _public() and compared["agrees"].notna().any():
        sentences = [_rounded_agreeing(compared, year)]
    else:
        sentences = [_agreeing(compared, year, missing)]
    if synthetic and compared["agrees"].notna().any():
        sentences.append(_("Les données de démonstration ont été calées sur ces chiffres : ce n'est pas une preuve."))
    if len(compared):
        sources = list(dict.fromkeys(compared["source"]))
        sentences.append(ngettext("Source : {sources}.", "Sources : {sources}.", len(sources)))
        sentences[-1] = sentences[-1].format(sources=_(" ; ").join(sources))
    return sentences


def _rounded_agreeing(compared: pd.DataFrame, year: int) -> str:
    """Of the published figures that rounded numbers can be set beside, whether they are found again."""
    known = compared["agrees"].dropna()
    if not known.all():
        return ngettext(
            "{n} chiffre publié pour {year} ne se retrouve pas dans nos données : il est à vérifier.",
            "{n} chiffres publiés pour {year} ne se retrouvent pas dans nos données : ils sont à vérifier.",
            int((~known.astype(bool)).sum()),
        ).format(n=fmt.number((~known.astype(bool)).sum()), year=year)
    if len(known) == len(compared):
        return ngettext(
            "Le chiffre publié pour {year} se retrouve dans nos données, à l'arrondi de cette page près.",
            "Les {n} chiffres publiés pour {year} se retrouvent dans nos données, à l'arrondi de cette page près.",
            len(known),
        ).format(n=fmt.number(len(known)), year=year)
    return _(
        "Ce qui, des chiffres publiés pour {year}, peut être rapproché de nos nombres arrondis s'y retrouve ; le reste "
        "porte sur des nombres masqués ou qui ne se comparent pas une fois arrondis."
    ).format(year=year)


def _agreeing(compared: pd.DataFrame, year: int, missing: Sequence[str]) -> str:
    if compared.empty:
        return _("Aucun chiffre publié ne porte sur l'année {year}.").format(year=year)
    known = compared["agrees"].dropna()
    agree, total = int(known.sum()), len(known)
    if total == 0 and missing:
        text = _("Les chiffres publiés de {year} portent sur toute la ville : {reason} ({names}).")
        return text.format(year=year, reason=_impossible(len(missing)), names=fmt.listing(list(missing)))
    if total == 0:
        return _("Les chiffres publiés de {year} ne peuvent pas être rapprochés de nos données.").format(year=year)
    if agree == total:
        return ngettext(
            "Le chiffre publié pour {year} se retrouve dans nos données, à l'arrondi imprimé près.",
            "Les {n} chiffres publiés pour {year} se retrouvent dans nos données, à l'arrondi imprimé près.",
            total,
        ).format(n=total, year=year)
    if agree == 0:
        return ngettext(
            "Le chiffre publié pour {year} ne se retrouve pas dans nos données : il est à vérifier.",
            "Aucun des {n} chiffres publiés pour {year} ne se retrouve dans nos données : ils sont à vérifier.",
            total,
        ).format(n=total, year=year)
    return ngettext(
        "{agree} chiffre publié sur {n} pour {year} se retrouve dans nos données ; les autres sont à vérifier.",
        "{agree} chiffres publiés sur {n} pour {year} se retrouvent dans nos données ; les autres sont à vérifier.",
        agree,
    ).format(agree=agree, n=total, year=year)


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
    if _masked(estimates, "screening_stage_unknown"):
        sentences.append(fmt.withheld(_("Personnes dont la suite du dépistage n'est pas connue")))
    sentences.append(
        _(
            "Ne sont pas recueillis ici : l'état de santé, le renoncement aux soins et ce qui serait arrivé sans le "
            "programme ; cette page décrit une activité et ne mesure pas d'effet."
        )
    )
    return sentences


def _x_of_n(row: Row) -> str:
    return _("{x} sur {n}").format(x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]))
