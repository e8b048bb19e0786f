"""What the ambassadors' numbers say of them and of what they do.

Each function takes the estimates of one quartier (or of all together); it returns "" where there is no row at
all, as `page.show` then says that there is no data, and where all its numbers are withheld, as `page.show` then says
so. Of rounded numbers each is told by itself, as no difference between them is true. What changed on the scales is in
`ambassador_scales`.
"""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import UNKNOWN, label
from prs_eval.inputs.parameters import Workbench
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.ambassador_words import Row, all_masked, join, last


def membership(rows: pd.DataFrame) -> str:
    """How many were ambassadors in the latest year, how many came and went."""
    active, joined, left = (last(rows, f"ambassadors_{name}") for name in ("active", "joined", "left"))
    if active is None or joined is None or left is None:
        return ""
    year = int(active["year"])
    if fmt.is_masked(active):
        return "" if all_masked(rows) else fmt.withheld(_("Ambassadeurs actifs en {year}").format(year=year))
    n = int(active["estimate"])
    if n == 0:
        return _("En {year}, personne n'a été ambassadeur.").format(year=year)
    first = ngettext(
        "En {year}, {n} personne a été ambassadrice au moins un jour.",
        "En {year}, {n} personnes ont été ambassadrices au moins un jour.",
        n,
    ).format(year=year, n=fmt.number(n))
    return join(first, _joined(joined), _left(left))


def _joined(row: Row) -> str:
    if fmt.is_masked(row):
        return ""
    n = int(row["estimate"])
    if n == 0:
        return _("Personne n'a rejoint le groupe cette année-là.")
    return ngettext(
        "{n} personne a rejoint le groupe cette année-là.", "{n} personnes ont rejoint le groupe cette année-là.", n
    ).format(n=fmt.number(n))


def _left(row: Row) -> str:
    if fmt.is_masked(row):
        return ""
    n = int(row["estimate"])
    if n == 0:
        return _("Personne ne l'a quitté.")
    return ngettext("{n} personne l'a quitté.", "{n} personnes l'ont quitté.", n).format(n=fmt.number(n))


def retention(rows: pd.DataFrame) -> str:
    """Of those present when the year began, how many stayed; nothing but their number where they are one or none."""
    row = last(rows, "ambassadors_retention")
    if row is None:
        return ""
    if fmt.is_masked(row):
        return "" if all_masked(rows) else fmt.withheld(_("Ambassadeurs restés toute l'année"))
    n, year = int(row["denominator"]), int(row["year"])
    if n == 0:
        return _(
            "Personne n'était ambassadeur au début de {year} : la fidélité ne se mesure pas cette année-là."
        ).format(year=year)
    if n == 1:
        return _("Une seule personne était ambassadrice au début de {year} : aucune part n'est donnée.").format(
            year=year
        )
    kept = int(row["numerator"])
    counts = ngettext(
        "Sur {n} ambassadeurs présents au début de {year}, {kept} l'est resté toute l'année",
        "Sur {n} ambassadeurs présents au début de {year}, {kept} le sont restés toute l'année",
        kept,
    )
    if kept == 0:
        counts = _("Sur {n} ambassadeurs présents au début de {year}, aucun ne l'est resté toute l'année")
    return counts.format(n=fmt.number(n), year=year, kept=fmt.number(kept)) + _(", {share}.").format(
        share=fmt.share(row)
    )


def trained(rows: pd.DataFrame) -> str:
    """Of the year's active ambassadors, how many completed their initial training."""
    row = last(rows, "ambassadors_trained")
    if row is None or row["denominator"] == 0:
        return ""
    if fmt.is_masked(row):
        return "" if all_masked(rows) else fmt.withheld(_("Ambassadeurs actifs formés"))
    n, year, done = int(row["denominator"]), int(row["year"]), int(row["numerator"])
    if n == 1:
        return _("Avec un seul ambassadeur actif, aucune part de personnes formées n'est donnée.")
    text = ngettext(
        "Sur les {n} ambassadeurs actifs en {year}, {done} avait terminé sa formation initiale au 31 décembre, "
        "{share}.",
        "Sur les {n} ambassadeurs actifs en {year}, {done} avaient terminé leur formation initiale au 31 décembre, "
        "{share}.",
        done,
    )
    if done == 0:
        text = _("Aucun des {n} ambassadeurs actifs en {year} n'avait terminé sa formation initiale, {share}.")
    return text.format(n=fmt.number(n), year=year, done=fmt.number(done), share=fmt.share(row))


def composition(rows: pd.DataFrame, *, of: str) -> str:
    """How the active ambassadors divide by sex or age band: the classes that hold someone, in their order."""
    present = rows[rows["estimate"] > 0]
    if present.empty:
        return ""
    parts = [_people(of, str(row[of]), int(row["estimate"])) for row in present.to_dict("records")]
    texts = {"sex": _("Par sexe : {parts}."), "age_band": _("Par âge à l'entrée : {parts}.")}
    others = any(fmt.is_masked(row) for row in rows.to_dict("records"))
    return join(texts[of].format(parts=fmt.listing(parts)), _("Les autres nombres sont masqués.") if others else "")


def _people(of: str, level: str, n: int) -> str:
    """`12 femmes`, `6 de 45-59 ans`."""
    texts = {
        ("sex", "female"): ngettext("{n} femme", "{n} femmes", n),
        ("sex", "male"): ngettext("{n} homme", "{n} hommes", n),
        ("sex", "other"): ngettext("{n} personne d'un autre sexe", "{n} personnes d'un autre sexe", n),
        ("sex", UNKNOWN): ngettext("{n} personne au sexe inconnu", "{n} personnes au sexe inconnu", n),
        ("age_band", UNKNOWN): ngettext("{n} d'âge inconnu", "{n} d'âge inconnu", n),
    }
    text = texts.get((of, level), _("{n} de {level}"))
    return text.format(n=fmt.number(n), level=label(of, level))


def activities(totals: pd.DataFrame, by_kind: pd.DataFrame) -> str:
    """How many activities, how many hours, and the kind that took the most."""
    held, hours, given = (last(totals, f"ambassador_{name}") for name in ("activities", "activity_hours", "hours"))
    if held is None or hours is None or given is None:
        return ""
    n, year = int(held["estimate"]), int(held["year"])
    if n == 0:
        return _("En {year}, aucune activité n'est enregistrée.").format(year=year)
    first = ngettext(
        "En {year}, {n} activité a été tenue, soit {hours}.",
        "En {year}, {n} activités ont été tenues, soit {hours}.",
        n,
    ).format(year=year, n=fmt.number(n), hours=fmt.estimate(hours))
    second = ""
    if fmt.shown(given) is not None:
        text = _("En multipliant chaque durée par le nombre d'ambassadeurs présents, ils ont donné {given}.")
        second = text.format(given=fmt.estimate(given))
    return join(first, second, _longest(by_kind))


def _longest(by_kind: pd.DataFrame) -> str:
    rows = by_kind[by_kind["indicator"] == "ambassador_activity_hours"]
    rows = rows[rows["estimate"] > 0]
    rows = rows[rows["estimate"] == rows["estimate"].max()]
    if rows.empty:
        return ""
    names = fmt.listing([_("« {name} »").format(name=label("activity_kind", kind)) for kind in rows["kind"]])
    hours = fmt.estimate(rows.iloc[0].to_dict())
    if len(rows) > 1:
        return _("Les types qui ont pris le plus de temps sont {names} ({hours} chacun).").format(
            names=names, hours=hours
        )
    return _("Le type qui a pris le plus de temps est {names} ({hours}).").format(names=names, hours=hours)


def themes(by_theme: pd.DataFrame, *, workbench: Workbench) -> str:
    """The themes dealt with in the year, and the priority themes that were not."""
    rows = by_theme[by_theme["indicator"] == "ambassador_activities"]
    if rows.empty:
        return ""
    year, met = int(rows["year"].max()), set(rows["theme"])
    first = ngettext(
        "Les activités de {year} ont porté sur {n} thème.",
        "Les activités de {year} ont porté sur {n} thèmes.",
        len(met),
    ).format(year=year, n=fmt.number(len(met)))
    priorities = workbench.priority_themes(year)
    absent = [_("« {name} »").format(name=theme.label) for theme in priorities if theme.code not in met]
    if not absent:
        return join(first, _("Tous les thèmes prioritaires ont été abordés.") if priorities else "")
    second = ngettext(
        "Thème prioritaire sans activité : {names}.", "Thèmes prioritaires sans activité : {names}.", len(absent)
    )
    return join(first, second.format(names=fmt.listing(absent)))


def decisions(rows: pd.DataFrame, *, year: int) -> str:
    """What share of the projects the ambassadors decided themselves; the unknown said apart."""
    unknown = last(rows, "ambassador_projects_decision_unknown")
    if unknown is None:
        return _("En {year}, aucune activité de type « projet » n'est enregistrée.").format(year=year)
    chosen = last(rows, "ambassador_projects_decided", decided_by="ambassadors")
    shared = last(rows, "ambassador_projects_decided", decided_by="shared")
    if chosen is None or shared is None:
        n = int(unknown["estimate"])
        return ngettext(
            "{n} activité de projet a eu lieu en {year} ; on ne sait pas qui l'a décidée.",
            "{n} activités de projet ont eu lieu en {year} ; on ne sait pour aucune qui l'a décidée.",
            n,
        ).format(n=fmt.number(n), year=year)
    known = int(chosen["denominator"])
    first = ngettext(
        "En {year}, on sait qui a décidé pour {n} activité de projet.",
        "En {year}, on sait qui a décidé pour {n} activités de projet.",
        known,
    ).format(year=year, n=fmt.number(known))
    second = _("Décidées par les ambassadeurs : {a}, {share} ; par décision partagée : {b}, {part}.").format(
        a=fmt.number(chosen["numerator"]),
        share=fmt.share(chosen),
        b=fmt.number(shared["numerator"]),
        part=fmt.share(shared),
    )
    lost = int(unknown["estimate"])
    return join(_decision_bounds(chosen, lost), first, second, _undecided(lost))


def _decision_bounds(chosen: Row, unknown: int) -> str:
    """What the ambassadors' share could be, where many decisions are not known; empty where few are."""
    everyone = int(chosen["denominator"]) + unknown
    if unknown <= fmt.MANY_UNKNOWN * everyone:
        return ""
    between = fmt.bounds(float(chosen["numerator"]), unknown, everyone)
    text = ngettext(
        "{between} des {all} activités de projet ont été décidées par les ambassadeurs, selon celle dont on ne sait "
        "pas qui a décidé.",
        "{between} des {all} activités de projet ont été décidées par les ambassadeurs, selon les {n} dont on ne sait "
        "pas qui a décidé.",
        unknown,
    )
    return text.format(between=between[:1].upper() + between[1:], all=fmt.number(everyone), n=fmt.number(unknown))


def _undecided(n: int) -> str:
    if n == 0:
        return ""
    return ngettext(
        "Pour {n} autre, on ne le sait pas : elle n'entre pas dans ces parts.",
        "Pour {n} autres, on ne le sait pas : elles n'entrent pas dans ces parts.",
        n,
    ).format(n=fmt.number(n))


def contacts(rows: pd.DataFrame) -> str:
    """How many people were met, what share for the first time, and the activities at which nobody counted."""
    met, missing = last(rows, "ambassador_contacts"), last(rows, "ambassador_contacts_not_counted")
    share = last(rows, "ambassador_new_contacts_share")
    if met is None or missing is None or share is None:
        return ""
    held, year = int(missing["denominator"]), int(missing["year"])
    if held == 0:
        return _("En {year}, aucune activité n'est enregistrée.").format(year=year)
    counted = held - int(missing["estimate"])
    if counted == 0:
        return ngettext(
            "En {year}, {n} activité a eu lieu, sans décompte des personnes rencontrées.",
            "En {year}, {n} activités ont eu lieu, sans décompte des personnes rencontrées.",
            held,
        ).format(year=year, n=fmt.number(held))
    new = last(rows, "ambassador_new_contacts")
    return join(_met(met, counted), _new(share, new), _not_counted(int(missing["estimate"]), held))


def _met(row: Row, n: int) -> str:
    if fmt.is_masked(row):
        return fmt.withheld(_("Personnes rencontrées en {year}").format(year=int(row["year"])))
    people = int(row["estimate"])
    where = ngettext("à la seule activité qui a un décompte", "aux {n} activités qui ont un décompte", n).format(
        n=fmt.number(n)
    )
    if people == 0:
        return _("En {year}, personne n'a été rencontré {where}.").format(year=int(row["year"]), where=where)
    return ngettext(
        "En {year}, {people} personne a été rencontrée {where} (qui est rencontré deux fois compte deux fois).",
        "En {year}, {people} personnes ont été rencontrées {where} (qui est rencontré deux fois compte deux fois).",
        people,
    ).format(year=int(row["year"]), people=fmt.number(people), where=where)


def _new(row: Row, total: Row | None) -> str:
    """The share met for the first time; where it is withheld, their number, counted at other activities too."""
    if fmt.is_masked(row) and total is not None and not fmt.is_masked(total):
        return _("Rencontrées pour la première fois : {n}.").format(n=fmt.number(total["estimate"]))
    if fmt.is_missing(row["estimate"]):
        return ""
    if for_all():  # without limits, and its n counts people, not activities
        text = _("Rencontrées pour la première fois : {share}, soit {new} sur {met}, là où les deux ont été comptés.")
        share, new, met = fmt.percent(row["estimate"]), fmt.number(row["numerator"]), fmt.number(row["denominator"])
        return text.format(share=share, new=new, met=met)
    n = int(row["n"])
    bare = n < fmt.FEWEST or fmt.is_missing(row["lower"]) or (row["lower"] <= 0 and row["upper"] >= 1)
    text = ngettext(
        "Rencontrées pour la première fois : {share}, soit {new} sur {met}, à la seule activité où les deux ont été "
        "comptés.",
        "Rencontrées pour la première fois : {share}, soit {new} sur {met}, aux {n} activités où les deux ont été "
        "comptés.",
        n,
    ).format(
        share=fmt.percent(row["estimate"]) if bare else fmt.estimate(row),
        new=fmt.number(row["numerator"]),
        met=fmt.number(row["denominator"]),
        n=fmt.number(n),
    )
    if bare:
        return join(text, _("Trop peu d'activités, ou trop semblables, pour un intervalle."))
    cut = row["lower"] <= 0 or row["upper"] >= 1
    return join(text, _("L'intervalle calculé est ramené entre 0 et {all}.").format(all=fmt.percent(1)) if cut else "")


def _not_counted(n: int, held: int) -> str:
    if n == 0:
        return _("Toutes les activités ont leur décompte.")
    return ngettext(
        "Sur {held} activités, {n} n'a pas de décompte : elle ne compte pas pour zéro, elle est mise à part.",
        "Sur {held} activités, {n} n'ont pas de décompte : elles ne comptent pas pour zéro, elles sont mises à part.",
        n,
    ).format(held=fmt.number(held), n=fmt.number(n))
