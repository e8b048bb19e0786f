"""The control chart of the gaps between meetings, in words."""

from __future__ import annotations

import pandas as pd

from prs_eval.estimation.charts import MINIMUM_POINTS
from prs_eval.i18n import _, ngettext
from prs_eval.reporting import format as fmt


def chart(gaps: pd.DataFrame) -> str:
    """Whether some gap is out of the ordinary, and which; what chance explains is said to be no more than that."""
    n = len(gaps)
    if n == 0:
        return ""
    if gaps["centre"].isna().all():
        text = ngettext("{n} délai est connu", "{n} délais sont connus", n).format(n=fmt.number(n))
        return _("{text} : il en faut au moins {least} pour dire lequel sort de l'ordinaire.").format(
            text=text, least=fmt.number(MINIMUM_POINTS)
        )
    first = gaps.iloc[0]
    about = {
        "n": fmt.number(n),
        "centre": fmt.number(first["centre"], 1),
        "low": fmt.number(first["lower"], 1),
        "high": fmt.number(first["upper"], 1),
    }
    odd = gaps[gaps["signal"]]
    if odd.empty:
        text = _(
            "Aucun des {n} derniers délais ne sort de l'ordinaire : tous s'expliquent par la variation habituelle "
            "autour de {centre} semaines (de {low} à {high})."
        )
        return text.format(**about)
    text = ngettext(
        "Sur les {n} derniers délais, {k} sort de la variation habituelle autour de {centre} semaines "
        "(de {low} à {high}), à la réunion du {days} : il a sans doute une cause, à chercher.",
        "Sur les {n} derniers délais, {k} sortent de la variation habituelle autour de {centre} semaines "
        "(de {low} à {high}), aux réunions des {days} : ils ont sans doute une cause, à chercher.",
        len(odd),
    )
    return text.format(k=fmt.number(len(odd)), days=fmt.listing([fmt.date(day) for day in odd["held_on"]]), **about)


def chart_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """The gaps, the latest first, in words."""
    rows = gaps.iloc[::-1]
    return pd.DataFrame(
        {
            _("Réunion"): [fmt.date(day) for day in rows["held_on"]],
            _("Semaines depuis la précédente"): [fmt.number(weeks, 1) for weeks in rows["weeks"]],
            _("Hors de l'ordinaire"): [_("oui") if odd else _("non") for odd in rows["signal"]],
        }
    )


def chart_alt(gaps: pd.DataFrame) -> str:
    """What the chart shows, for those who do not see it."""
    if gaps.empty:
        return ""
    span = [fmt.date(gaps["held_on"].iloc[place]) for place in (0, -1)]
    return _("Graphique : semaines entre deux réunions, du {first} au {last}. {text}").format(
        first=span[0], last=span[1], text=chart(gaps)
    )
