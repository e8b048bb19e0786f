"""The city's own figures beside the published ones, worded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.i18n import _, ngettext
from prs_eval.programme.catalogue import Catalogue
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.synthesis_words import name


def published_table(compared: pd.DataFrame, catalogue: Catalogue, *, missing: Sequence[str] = ()) -> pd.DataFrame:
    """The city's own figures and the published ones, worded.

    compared: `disclosure.comparison.compare_published`; missing: quartiers without data, for want of which none is
    compared.
    """
    rows = compared.to_dict("records")
    return pd.DataFrame(
        {
            _("Mesure"): [name(row | _groups(str(row["groups"])), catalogue) for row in rows],
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
    if row["agrees"] and for_all() and row["indicator"] not in NOT_PEOPLE:
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
    if for_all() and compared["agrees"].notna().any():
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
