"""What could have been seen, in sentences: how large a difference had to be for so few people to show it.

Each takes rows of `programme.detectable` for one place; "" where there is no row.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import SCALES, label
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.periods import recent_years
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.network_words import Row, join
from prs_eval.reporting.text.periods import as_row, exceptional

LARGE = 0.8  # Cohen (1988): a change of that many standard deviations is called large
_HALF = 0.5


def screening(rows: pd.DataFrame, *, kind: str, workbench: Workbench, remind: bool = True) -> str:
    """Honoured appointments: the difference from what is published that this many people could show.

    remind: whether to say the exceptional years among the three, where the page has not said them yet.
    """
    own = rows[rows["kind"] == kind]
    name = {"optical": _("Dépistage optique"), "dental": _("Dépistage dentaire")}[kind]
    return _shares(own, name, _referred, workbench, remind)


def network(rows: pd.DataFrame, *, workbench: Workbench, remind: bool = True) -> str:
    """Intervals on target: the difference from a half that this many intervals could show; `remind` as above."""
    return _shares(rows, _("Réunions du réseau"), _intervals, workbench, remind)


def independence(*frames: pd.DataFrame) -> str:
    """What the differences of shares take for granted; "" where none could be told."""
    if not any(rows["estimate"].notna().any() for rows in frames):
        return ""
    return _(
        "Pour les réunions et les dépistages, le calcul suppose que rien ne lie entre elles les réunions d'un quartier "
        "ni les personnes d'une séance ; si elles se ressemblent, il faut des écarts plus grands encore."
    )


def ambassadors(rows: pd.DataFrame) -> list[str]:
    """One sentence a scale: the mean change that those who answered twice could show; nothing of those withheld."""
    masked = rows["status"].isin(["primary", "secondary"])
    hidden = set(rows.loc[masked & rows["indicator"].eq("scale_change_detectable"), "scale"])
    rows = rows[~rows["scale"].isin(list(hidden))]
    said = [_one_scale(rows[rows["scale"] == scale], scale) for scale in SCALES if (rows["scale"] == scale).any()]
    if not rows["estimate"].notna().any():
        return said
    large = _("Un changement de {large} écart-type passe déjà pour grand.").format(large=fmt.number(LARGE, 1))
    return [*said, join(large, _alike(rows))]


def _referred(n: int) -> str:
    words = ngettext(
        "{n} personne orientée dont l'issue est connue", "{n} personnes orientées dont l'issue est connue", n
    )
    return words.format(n=fmt.number(n))


def _intervals(n: int) -> str:
    return ngettext("{n} délai entre deux réunions", "{n} délais entre deux réunions", n).format(n=fmt.number(n))


def _shares(rows: pd.DataFrame, name: str, words: Callable[[int], str], workbench: Workbench, remind: bool) -> str:
    """The year's own numbers, then three years together where they are known."""
    all_rows: dict[str, Row] = {str(row["period"]): as_row(row) for row in rows.to_dict("records")}
    by_period = {period: row for period, row in all_rows.items() if not fmt.is_masked(row)}
    sentences = []
    if own := by_period.get("year"):
        sentences.append(_("{name} : {sentence}").format(name=name, sentence=_one_share(own, words)))
    if several := by_period.get("recent"):
        period = recent_years(int(several["year"]), breaks=workbench.breaks)
        told = _points(several)
        if own is None and "year" in all_rows:  # withheld: what follows must still say what it is about
            sentences.append(_("{name}, comparé à {benchmark}.").format(name=name, benchmark=_benchmark(several)))
        if told is None:
            text = _("Même les années {first} à {last} réunies ({n}) ne suffisent pas.")
        else:
            text = _("Les années {first} à {last} réunies ({n}) auraient montré un écart d'au moins {points}.")
        n = words(int(several["n"]))
        sentences.append(text.format(first=period.first, last=period.last, n=n, points=told))
        sentences.append(exceptional(period) if remind else "")
    return join(*sentences)


def _one_share(row: Row, words: Callable[[int], str]) -> str:
    n = int(row["n"])
    if n == 0:
        return _("rien à compter en {year}, donc rien à voir.").format(year=int(row["year"]))
    points = _points(row)
    compared = _benchmark(row)
    if points is None:
        text = _("avec {n} en {year}, aucun écart avec {benchmark}, même le plus grand, n'aurait sûrement été vu.")
    else:
        text = _(
            "avec {n} en {year}, seul un écart d'au moins {points} avec {benchmark} aurait pu être vu (8 fois sur 10)."
        )
    return text.format(n=words(n), year=int(row["year"]), points=points, benchmark=compared)


def _points(row: Row) -> str | None:
    """`24 points` of a difference of two shares; None where none could be seen."""
    if fmt.is_missing(row["estimate"]):
        return None
    n = round(100 * float(row["estimate"]))
    return ngettext("{n} point", "{n} points", n).format(n=fmt.number(n))


def _benchmark(row: Row) -> str:
    if row["benchmark"] == _HALF:
        return _("la moitié ({share})").format(share=fmt.percent(_HALF))
    return _("la part publiée ailleurs ({share})").format(share=fmt.percent(row["benchmark"]))


def _one_scale(rows: pd.DataFrame, scale: str) -> str:
    by_code: dict[str, Row] = {str(row["indicator"]): as_row(row) for row in rows.to_dict("records")}
    change, points = by_code["scale_change_detectable"], by_code["scale_points_detectable"]
    name, n = label("scale", scale), int(change["n"])
    if fmt.is_missing(change["estimate"]):
        text = ngettext(
            "{scale} : avec {n} personne suivie avant et après, aucune évolution n'aurait pu être vue.",
            "{scale} : avec {n} personnes suivies avant et après, aucune évolution n'aurait pu être vue.",
            n,
        )
        return text.format(scale=name, n=fmt.number(n))
    size = _("{d_z} écart-type").format(d_z=fmt.number(change["estimate"], 1))
    if change["estimate"] >= 2:  # French is plural from 2
        size = _("{d_z} écarts-types").format(d_z=fmt.number(change["estimate"], 1))
    if not fmt.is_missing(points["estimate"]):
        size = _("{d_z}, soit environ {points} sur l'échelle,").format(
            d_z=size, points=fmt.quantity(points["estimate"], "points")
        )
    text = _(
        "{scale} : avec {n} personnes suivies avant et après, seule une évolution moyenne d'au moins {size} aurait pu "
        "être vue (8 fois sur 10)."
    )
    return text.format(scale=name, n=fmt.number(n), size=size)


def _alike(rows: pd.DataFrame) -> str:
    if not (rows["method"] == "power_clustered").any():
        return ""
    return _("Le calcul tient compte de ce que les ambassadeurs d'un même quartier peuvent se ressembler.")
