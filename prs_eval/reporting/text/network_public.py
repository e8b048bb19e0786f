"""What a public page says of the network's people: rounded numbers as they stand, never compared, added or ranked.

Each function takes protected rows, any of which may be masked. Of a section whose numbers are all masked `page.show`
already says so: the sentence is then left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from prs_eval.i18n import _
from prs_eval.inputs.codes import label
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.network_words import Row, join, pooled, years_told


def attendance(total: Row, mean: Row, *, meetings: int) -> str:
    """People present in all and at a meeting, of `meetings` whose people are recorded."""
    year, present, average = int(total["year"]), fmt.shown(total), fmt.shown(mean)
    if average is not None and meetings > 1:
        text = _("En {year}, une réunion rassemble en moyenne {mean} personnes (n = {n} réunions).")
        told = text.format(year=year, mean=fmt.number(average["estimate"], 1), n=fmt.number(meetings))
        sums = _("Sur l'année, cela fait {total} présences ; qui vient deux fois compte deux fois.")
        all_year = "" if present is None else sums.format(total=fmt.number(present["estimate"]))
        return join(told, all_year, _no_margin())
    if present is not None:
        text = _("En {year}, les réunions comptent {total} présences ; qui vient deux fois compte deux fois.")
        return text.format(year=year, total=fmt.number(present["estimate"]))
    return fmt.withheld(_("Personnes présentes aux réunions de {year}").format(year=year))


def residents(row: Row) -> str:
    """Residents' share of the people present."""
    found = fmt.shown(row)
    if found is None:
        return fmt.withheld(_("Part des habitants parmi les présents"))
    text = _("Les habitants, usagers et bénévoles font {share} des présences de {year} ({counts}).")
    told = text.format(share=fmt.estimate(found), year=int(found["year"]), counts=_counts(found))
    return join(told, _no_margin() if fmt.is_missing(found["lower"]) else "")


def referrals(made: Row, taken: Row, by_outcome: pd.DataFrame) -> str:
    """Referrals made and, of those whose end is known, those taken up; what is apart follows only these."""
    total, followed = fmt.shown(made), fmt.shown(taken)
    sentences = []
    if total is not None:
        text = _("{when}, {n} orientations entre structures sont enregistrées.")
        sentences.append(text.format(when=years_told(int(made["year"])), n=fmt.number(total["estimate"])))
    if followed is not None:
        text = _("Orientations dont la suite est connue : {known}, dont {taken} ont été suivies, soit {share}.")
        numbers = {"known": followed["denominator"], "taken": followed["numerator"]}
        told = {name: fmt.number(n) for name, n in numbers.items()}
        sentences.append(text.format(**told, share=fmt.estimate(followed)))
    if not sentences:
        some = bool(by_outcome["estimate"].notna().any())
        return fmt.withheld(_("Ensemble des orientations entre structures")) if some else ""
    return join(*sentences, _apart(by_outcome))


def reasons(by_reason: pd.DataFrame) -> str:
    """Referrals by reason, those that may be told, in the order of the list."""
    rows = by_reason[by_reason["estimate"].notna()]
    if rows.empty:
        return ""
    parts = [
        _("{n} pour « {name} »").format(n=fmt.number(row["estimate"]), name=label("referral_reason", code))
        for row, code in zip(rows.to_dict("records"), rows["referral_reason"], strict=True)
    ]
    told = _("{when}, sur {total} orientations : {parts}.").format(
        when=years_told(int(rows["year"].max())),
        total=fmt.number(rows["denominator"].iloc[0]),
        parts=_(" ; ").join(parts),
    )
    return join(told, _others(by_reason, rows))


def added_values(shares: pd.DataFrame, *, unanswered: pd.DataFrame, when: str, labels: Mapping[str, str]) -> str:
    """Each added value whose share may be told, in the order of the questionnaire.

    when: the survey's year, in a sentence; replaced where a public page puts several surveys together.
    """
    period = pooled()
    if period is not None:
        when = _(
            "Enquêtes auprès des professionnels de {first} à {last}, réunies : qui a répondu plusieurs fois compte "
            "plusieurs fois."
        ).format(first=period.first, last=period.last)
    rows = shares[shares["estimate"].notna()]
    if rows.empty:
        some = bool(unanswered["estimate"].notna().any())
        return join(when, fmt.withheld(_("Part de « tout à fait d'accord »"))) if some else ""
    parts = [
        _("{share} pour « {item} » ({counts})").format(
            share=fmt.estimate(row), item=labels.get(row["item"], row["item"]), counts=_counts(row)
        )
        for row in rows.to_dict("records")
    ]
    told = _("Part de « tout à fait d'accord » : {parts}.").format(parts=_(" ; ").join(parts))
    return join(when, told, _others(shares, rows))


def _apart(by_outcome: pd.DataFrame) -> str:
    """Pending referrals and those of unknown end, those that may be told."""
    words = {"pending": _("{n} en attente"), "unknown": _("{n} de suite inconnue")}
    counts = dict(zip(by_outcome["referral_outcome"], by_outcome["estimate"], strict=True))
    parts = [
        text.format(n=fmt.number(counts[code])) for code, text in words.items() if not fmt.is_missing(counts.get(code))
    ]
    return _("Comptées à part : {parts}.").format(parts=fmt.listing(parts)) if parts else ""


def _counts(row: Mapping[str, object] | Mapping[object, object]) -> str:
    values = {str(name): value for name, value in row.items()}
    return _("{a} sur {b}").format(a=fmt.number(values["numerator"]), b=fmt.number(values["denominator"]))


def _others(rows: pd.DataFrame, told: pd.DataFrame) -> str:
    return _("Les autres nombres sont masqués.") if len(told) < len(rows) else ""


def _no_margin() -> str:
    """Said where the true number has limits from meeting to meeting, which cannot be had from rounded sums."""
    return _("Ces nombres arrondis ne permettent pas de calculer de marge d'incertitude.")
