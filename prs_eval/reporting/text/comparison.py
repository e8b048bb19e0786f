"""Quartiers beside chance, in sentences and a table: which lie within its limits, never which is first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from prs_eval.disclosure.comparison import NEAR_LIMIT
from prs_eval.estimation.frame import ALL
from prs_eval.i18n import _, ngettext
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.periods import Period, recent_years
from prs_eval.programme.synthesis import FUNNEL
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.periods import exceptional

_WITHIN = "within"
_FAR = ("above_998", "below_998")


def quartiers(compared: pd.DataFrame, *, workbench: Workbench) -> list[str]:
    """What the comparison allows to say, from `disclosure.comparison.compare_quartiers`."""
    if is_protected(compared):
        return _protected(compared, recent_years(int(compared["year"].iloc[0]), breaks=workbench.breaks))
    known = compared[compared["estimate"].notna()]
    if known.empty:
        return [_("Trop peu de personnes orientées pour comparer les quartiers, même trois années réunies.")]
    period = recent_years(int(known["year"].iloc[0]), breaks=workbench.breaks)
    together = _("Années {first} à {last} réunies : {x} rendez-vous honorés pour {n} personnes orientées.").format(
        first=period.first,
        last=period.last,
        x=fmt.number(known["numerator"].sum()),
        n=fmt.number(known["denominator"].sum()),
    )
    said = _funnel(known) if known["indicator"].eq(FUNNEL).all() else [_shrunken(known)]
    return [" ".join(filter(None, [together, exceptional(period)])), *said]


def is_protected(compared: pd.DataFrame) -> bool:
    """Whether these are rounded or masked counts: the city's own row is then with them."""
    return bool((compared["quartier"] == ALL).any())


def _protected(compared: pd.DataFrame, period: Period) -> list[str]:
    """Of rounded counts, what may be said of them; of masked ones, that they are."""
    whole = compared[compared["quartier"] == ALL].to_dict("records")[0]
    own = compared[compared["quartier"] != ALL]
    masked = own.loc[own["estimate"].isna(), "quartier"].tolist()
    if fmt.is_masked(whole):
        text = _("Rendez-vous honorés, années {first} à {last} réunies")
        together = fmt.withheld(text.format(first=period.first, last=period.last))
    else:
        text = _(
            "Années {first} à {last} réunies : {x} rendez-vous honorés pour {n} personnes orientées dont l'issue est "
            "connue, en nombres arrondis."
        )
        x, n = fmt.number(whole["numerator"]), fmt.number(whole["denominator"])
        together = text.format(first=period.first, last=period.last, x=x, n=n)
    known = own[own["indicator"] == FUNNEL]
    if known.empty:
        said = [_("Trop peu de chiffres peuvent être publiés pour comparer les quartiers au hasard.")]
    else:
        said = _rounded_funnel(known)
    hidden = [fmt.withheld(fmt.listing(masked))] if masked else []
    return [" ".join(filter(None, [together, exceptional(period)])), *said, *hidden, *_caution(known)]


def _rounded_funnel(known: pd.DataFrame) -> list[str]:
    within, near = (known.loc[known["funnel_class"] == name, "quartier"].tolist() for name in (_WITHIN, NEAR_LIMIT))
    if len(within) == len(known):
        text = _(
            "En nombres arrondis, les {k} quartiers dont le chiffre est publié sont dans les limites du hasard : leurs "
            "écarts peuvent en venir, et aucun ne peut être dit au-dessus ou au-dessous des autres."
        )
        return [text.format(k=fmt.number(len(known)))]
    said = _outside(known[~known["funnel_class"].isin([_WITHIN, NEAR_LIMIT])], len(known))
    if near:
        text = _("Hors des limites du hasard, peut-être du seul fait de l'arrondi : {places}.")
        said.append(text.format(places=fmt.listing(near)))
    if within:
        said.append(_("Dans les limites du hasard, en nombres arrondis : {places}.").format(places=fmt.listing(within)))
    return said


def _funnel(known: pd.DataFrame) -> list[str]:
    outside = known[known["funnel_class"] != _WITHIN]
    k = len(known)
    if outside.empty:
        first = _(
            "Les {k} quartiers sont dans les limites du hasard : leurs écarts peuvent en venir, et aucun ne peut être "
            "dit au-dessus ou au-dessous des autres."
        ).format(k=fmt.number(k))
        return [first, *_caution(known)]
    within = k - len(outside)
    rest = ngettext(
        "{n} autre quartier est dans les limites du hasard.",
        "Les {n} autres quartiers sont dans les limites du hasard.",
        within,
    )
    return [*_outside(outside, k), *([rest.format(n=fmt.number(within))] if within else []), *_caution(known)]


def _outside(outside: pd.DataFrame, k: int) -> list[str]:
    """One sentence for each quartier outside the limits, of `k` compared."""
    sentences = []
    for row in outside.to_dict("records"):
        side = _("au-dessus") if str(row["funnel_class"]).startswith("above") else _("au-dessous")
        if row["funnel_class"] in _FAR:
            text = _(
                "{place} ({share}) est {side} de ce que le hasard ferait 998 fois sur 1 000 : à regarder de près, en "
                "commençant par la saisie et par les personnes reçues, qui peuvent différer."
            )
        else:
            text = _(
                "{place} ({share}) est {side} de ce que le hasard ferait 19 fois sur 20 : parmi {k} quartiers, cela "
                "arrive aussi par hasard."
            )
        sentences.append(text.format(place=row["quartier"], share=fmt.estimate(row), side=side, k=fmt.number(k)))
    return sentences


def _caution(known: pd.DataFrame) -> list[str]:
    if known.empty or known["phi"].ne(1).any() or not known["method"].str.endswith("none").any():
        return []
    return [
        _(
            "Avec moins de dix quartiers, on ne peut pas mesurer combien des quartiers semblables diffèrent "
            "d'ordinaire entre eux : ces limites ne comptent que le hasard d'une personne à l'autre."
        )
    ]


def _shrunken(known: pd.DataFrame) -> str:
    least, most = known["n"].min(), known["n"].max()
    return _(
        "Avec {least} à {most} personnes par quartier, un entonnoir tromperait : chaque part est rapprochée de celle "
        "de l'ensemble, d'autant plus que le quartier a peu de personnes (bêta-binomiale hiérarchique). Ce n'est pas "
        "un classement."
    ).format(least=fmt.number(least), most=fmt.number(most))


def quartiers_table(compared: pd.DataFrame) -> pd.DataFrame:
    """The comparison, worded: share, limits of chance for that many people, and place in the funnel."""
    rows = compared.to_dict("records")
    out = pd.DataFrame(
        {
            _("Quartier"): [fmt.quartier_name(row["quartier"]) for row in rows],
            _("Honorés"): [fmt.number(row["numerator"]) for row in rows],
            _("Orientées, issue connue"): [fmt.number(row["denominator"]) for row in rows],
            _("Part"): [fmt.estimate(row) for row in rows],
        },
        dtype=object,
    )
    if compared["lower_95"].notna().any():
        for name, title in (("95", _("Hasard, 19 fois sur 20")), ("998", _("Hasard, 998 fois sur 1 000"))):
            out[title] = [fmt.interval(row[f"lower_{name}"], row[f"upper_{name}"], "proportion") for row in rows]
        out[_("Situation")] = [_place(str(row["funnel_class"])) for row in rows]
    out[_("Méthode")] = [_method(row) for row in rows]
    return out


def _method(row: dict[Any, Any]) -> str:
    return fmt.MISSING if fmt.is_masked(row) else fmt.method_label(row["method"])


def quartiers_alt(compared: pd.DataFrame) -> str:
    """The figure in words: each quartier's share, number of people and place."""
    rows = compared[compared["estimate"].notna()].to_dict("records")
    parts = [
        _("{place} {share}, {n} personnes").format(
            place=fmt.quartier_name(row["quartier"]), share=fmt.estimate(row), n=fmt.number(row["n"])
        )
        for row in rows
    ]
    masked = compared.loc[compared["status"] == "primary", "quartier"].map(fmt.quartier_name)
    parts += [_("{place}, {masked}").format(place=name, masked=fmt.status_label("primary")) for name in masked]
    text = _("Rendez-vous honorés par quartier, dans un ordre fixe : {parts}.")
    return text.format(parts=_(" ; ").join(parts)) if parts else _("Aucun quartier à comparer.")


def _place(funnel_class: str) -> str:
    words = {
        "within": _("dans les limites du hasard"),
        "above_95": _("au-dessus, 19 fois sur 20"),
        "below_95": _("au-dessous, 19 fois sur 20"),
        "above_998": _("au-dessus, 998 fois sur 1 000"),
        "below_998": _("au-dessous, 998 fois sur 1 000"),
        NEAR_LIMIT: _("hors limites, peut-être par l'arrondi"),
    }
    return words.get(funnel_class, fmt.MISSING)
