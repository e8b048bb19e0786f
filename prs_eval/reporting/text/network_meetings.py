"""Sentences on the network's meetings: rhythm, themes, who comes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import label
from prs_eval.inputs.parameters import Break, Span, Workbench
from prs_eval.programme.periods import recent_years
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text import network_public as public
from prs_eval.reporting.text.network_words import Row, join, last
from prs_eval.reporting.text.periods import exceptional


def meetings(held: pd.DataFrame, rhythm: pd.DataFrame, *, target: Span) -> str:
    """How often the network met, and whether its rhythm is on target or cannot be told.

    held, rhythm: from `network.meetings_held` and `network.meeting_rhythm`; of several years the last is told.
    """
    met = last(held, "network_meetings")
    if met is None:
        return ""
    n, year = int(met["estimate"]), int(met["year"])
    if n == 0:
        return _("En {year}, aucune réunion du réseau n'est enregistrée.").format(year=year)
    first = ngettext(
        "En {year}, le réseau s'est réuni une fois.", "En {year}, le réseau s'est réuni {n} fois.", n
    ).format(year=year, n=fmt.number(n))
    median = last(rhythm, "network_interval_median")
    if median is None or fmt.is_missing(median["estimate"]):
        return join(first, _("Aucun délai entre deux réunions ne peut encore être mesuré."))
    return join(first, _median(median, target), _on_target(rhythm))


def rhythm(
    held: pd.DataFrame, yearly: pd.DataFrame, several: pd.DataFrame, *, target: Span, breaks: Sequence[Break] = ()
) -> list[str]:
    """`meetings` then `recent`; the three years come first where the year alone has too few gaps for a margin."""
    told = [meetings(held, yearly, target=target), recent(several, target=target, breaks=breaks)]
    median = last(yearly, "network_interval_median")
    return told[::-1] if median is None or fmt.is_missing(median["lower"]) else told


def recent(rows: pd.DataFrame, *, target: Span, breaks: Sequence[Break] = ()) -> str:
    """The rhythm of the last three years together, from `network.recent_rhythm`, and the break they hold if any."""
    row = last(rows, "network_interval_median_recent")
    if row is None or fmt.is_missing(row["lower"]):
        return ""
    period = recent_years(int(row["year"]), breaks=breaks)
    text = _(
        "De {start} à {end}, le délai médian entre deux réunions est de {value} {interval} (n = {n}), {verdict}."
    ).format(
        start=period.first,
        end=period.last,
        value=fmt.quantity(row["estimate"], "weeks"),
        interval=fmt.interval(row["lower"], row["upper"], "weeks"),
        n=fmt.number(row["n"]),
        verdict=_verdict(row, target),
    )
    return join(text, exceptional(period))


def themes(covered: pd.DataFrame, by_theme: pd.DataFrame, *, workbench: Workbench) -> str:
    """Which of the year's priority themes were dealt with, and which were not."""
    row = last(covered, "network_themes_covered")
    if row is None:
        return ""
    year, of = int(row["year"]), int(row["denominator"])
    if fmt.is_missing(row["estimate"]):
        return _("Les thèmes des réunions de {year} ne sont pas renseignés.").format(year=year)
    met = int(row["estimate"])
    if met == of:
        return _("Tous les thèmes prioritaires de {year} ont été abordés en réunion ({n} sur {of}).").format(
            year=year, n=met, of=of
        )
    labels = {theme.code: str(theme.label) for theme in workbench.themes}
    rows = by_theme[(by_theme["priority"] == "yes") & (by_theme["estimate"] == 0)]
    missing = fmt.listing([labels.get(code, code) for code in rows["theme"]])
    if met == 0:
        text = _("Aucun des {of} thèmes prioritaires de {year} n'a été abordé en réunion : {missing}.")
        return text.format(of=of, year=year, missing=missing)
    first = ngettext(
        "En {year}, {n} thème prioritaire sur {of} a été abordé en réunion.",
        "En {year}, {n} thèmes prioritaires sur {of} ont été abordés en réunion.",
        met,
    ).format(n=met, of=of, year=year)
    never = ngettext("Jamais abordé : {missing}.", "Jamais abordés : {missing}.", len(rows))
    return join(first, never.format(missing=missing))


def attendance(people: pd.DataFrame) -> str:
    """How many people come to a meeting, on average, over the meetings whose people are recorded."""
    recorded = last(people, "network_meetings_recorded")
    mean = last(people, "network_people_per_meeting")
    total = last(people, "network_presences")
    if recorded is None or mean is None or total is None:
        return ""
    n, held, year = int(recorded["estimate"]), int(recorded["denominator"]), int(recorded["year"])
    if held == 0:
        return _("En {year}, aucune réunion du réseau n'est enregistrée.").format(year=year)
    if n == 0:
        return _("Les présents aux réunions de {year} ne sont pas renseignés.").format(year=year)
    partly = ""
    if n < held:
        partly = ngettext(
            "Les présents ne sont renseignés que pour {n} réunion sur {held} ; les autres ne comptent pas.",
            "Les présents ne sont renseignés que pour {n} réunions sur {held} ; les autres ne comptent pas.",
            n,
        ).format(n=n, held=held)
    if for_all():
        return join(public.attendance(total, mean, meetings=n), partly)
    if fmt.is_missing(mean["lower"]):
        count = fmt.quantity(total["estimate"], "people")
        text = _("Une seule réunion est renseignée en {year} : {count} présentes ; une moyenne demande deux réunions.")
        return join(text.format(year=year, count=count), partly)
    text = _("En {year}, une réunion rassemble en moyenne {mean} personnes {interval} (n = {n} réunions).")
    sums = _("Sur l'année, cela fait {total} présences ; qui vient deux fois compte deux fois.")
    return join(
        text.format(
            year=year,
            mean=fmt.number(mean["estimate"], 1),
            interval=fmt.interval(mean["lower"], mean["upper"], "people", 1),
            n=n,
        ),
        sums.format(total=fmt.number(total["estimate"])),
        partly,
    )


def categories(mixed: pd.DataFrame, by_category: pd.DataFrame) -> str:
    """Which of the six categories came, and how balanced they are.

    mixed, by_category: from `network.diversity` and `network.attendance_by_category`.
    """
    covered = last(mixed, "network_categories_covered")
    if covered is None:
        return ""
    year, of = int(covered["year"]), int(covered["denominator"])
    if fmt.is_missing(covered["estimate"]):
        return _("Les présents aux réunions de {year} ne sont pas renseignés.").format(year=year)
    n = int(covered["estimate"])
    if n == of:
        text = _("En {year}, les {of} catégories de membres sont toutes venues au moins une fois.")
        first = text.format(year=year, of=of)
    else:
        # meetings, not people: a category that never came is no secret, nor is the number of its people then
        rows = by_category[(by_category["indicator"] == "network_category_presence") & (by_category["estimate"] == 0)]
        never = fmt.listing([label("category", code) for code in rows["category"]])
        came = ngettext(
            "En {year}, {n} catégorie de membres sur {of} est venue au moins une fois.",
            "En {year}, {n} catégories de membres sur {of} sont venues au moins une fois.",
            n,
        ).format(year=year, n=n, of=of)
        missing = ngettext("Jamais venue : {never}.", "Jamais venues : {never}.", len(rows))
        first = join(came, missing.format(never=never))
    return join(first, _balance(last(mixed, "network_evenness")))


def residents(mixed: pd.DataFrame) -> str:
    """Residents' share of the people present."""
    row = last(mixed, "network_residents_share")
    if row is None:
        return ""
    year = int(row["year"])
    if for_all() and not _nobody_recorded(mixed):
        return public.residents(row)
    if fmt.is_missing(row["estimate"]):
        return _("La part des habitants ne peut pas être calculée pour {year} : aucun présent renseigné.").format(
            year=year
        )
    text = _("Les habitants, usagers et bénévoles font {share} des présences de {year} ({counts}, n = {n}).")
    counts = _("{a} sur {b}").format(a=fmt.number(row["numerator"]), b=fmt.number(row["denominator"]))
    meetings_ = ngettext("{n} réunion", "{n} réunions", int(row["n"])).format(n=fmt.number(row["n"]))
    first = text.format(share=fmt.estimate(row), year=year, counts=counts, n=meetings_)
    if fmt.is_missing(row["lower"]):
        return join(first, _("Trop peu de réunions pour une marge d'incertitude."))
    return first


def _median(row: Row, target: Span) -> str:
    value, n = fmt.quantity(row["estimate"], "weeks"), fmt.number(row["n"])
    if fmt.is_missing(row["lower"]):
        return _(
            "Le délai médian entre deux réunions est de {value} (n = {n}) : trop peu de délais cette année pour une "
            "marge d'incertitude ; la cible est de {span}."
        ).format(value=value, n=n, span=_span(target))
    return _("Le délai médian entre deux réunions est de {value} {interval} (n = {n}), {verdict}.").format(
        value=value,
        interval=fmt.interval(row["lower"], row["upper"], "weeks"),
        n=n,
        verdict=_verdict(row, target),
    )


def _span(target: Span) -> str:
    return _("{low} à {high} semaines").format(low=_short(target.low), high=_short(target.high))


def _verdict(row: Row, target: Span) -> str:
    """Where the interval lies against the target; no conclusion where it straddles an end of it."""
    if row["upper"] < target.low:
        text = _("en dessous de la cible de {span}")
    elif row["lower"] > target.high:
        text = _("au-dessus de la cible de {span}")
    elif target.low <= row["lower"] and row["upper"] <= target.high:
        text = _("dans la cible de {span}")
    elif target.low <= row["estimate"] <= target.high:
        text = _("dans la cible de {span}, mais la marge d'incertitude en sort : on ne peut pas conclure")
    else:
        text = _("hors de la cible de {span}, mais la marge d'incertitude la touche : on ne peut pas conclure")
    return text.format(span=_span(target))


def _on_target(rhythm: pd.DataFrame) -> str:
    within = last(rhythm, "network_interval_within")
    shorter, longer = last(rhythm, "network_interval_shorter"), last(rhythm, "network_interval_longer")
    if within is None or shorter is None or longer is None or int(within["denominator"]) < 2:
        return ""
    text = _("Délais dans la cible : {n} sur {of}, soit {share} ; plus courts : {short} ; plus longs : {long}.")
    return text.format(
        n=fmt.number(within["numerator"]),
        of=fmt.number(within["denominator"]),
        share=fmt.estimate(within),
        short=fmt.number(shorter["numerator"]),
        long=fmt.number(longer["numerator"]),
    )


def _nobody_recorded(mixed: pd.DataFrame) -> bool:
    covered = last(mixed, "network_categories_covered")
    return covered is not None and fmt.is_missing(covered["estimate"])


def _balance(row: Row | None) -> str:
    if row is not None and fmt.is_masked(row):
        return _("L'équilibre entre catégories est masqué.")
    if row is None or fmt.is_missing(row["estimate"]):
        return ""
    scale = _("sur une échelle de 0 (une seule catégorie) à 1 (parts égales)")
    if fmt.is_missing(row["lower"]):
        text = _("L'équilibre entre catégories est de {value} {scale} ; trop peu de réunions pour une marge.")
    else:
        text = _("L'équilibre entre catégories est de {value} {interval} {scale}, n = {n} réunions.")
    return text.format(
        value=fmt.number(row["estimate"], 2),
        interval=fmt.interval(row["lower"], row["upper"], "index"),
        scale=scale,
        n=fmt.number(row["n"]),
    )


def _short(value: float) -> str:
    return fmt.number(value, 0 if float(value).is_integer() else 1)
