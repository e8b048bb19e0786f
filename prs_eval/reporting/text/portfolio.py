"""What the actions' results are, in words: the categories of Promotion Santé Suisse, and which are shown."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.reporting import format as fmt


def result_name(code: str) -> str:
    """A category of results in words (Promotion Santé Suisse, 2005)."""
    names = {
        "A1": _("Développement d'offres"),
        "A2": _("Représentation d'intérêts, collaboration"),
        "A3": _("Mobilisation sociale"),
        "A4": _("Développement de compétences"),
        "B1": _("Offres favorables à la santé"),
        "B2": _("Stratégies des institutions"),
        "B3": _("Potentiel social, engagement"),
        "B4": _("Compétences individuelles"),
        "C1": _("Environnement matériel"),
        "C2": _("Environnement social"),
        "C3": _("Ressources et comportements"),
        "D": _("Santé"),
    }
    return names.get(code, code)


def coded(code: str) -> str:
    """`A1 – Développement d'offres`."""
    return _("{code} – {name}").format(code=code, name=result_name(code))


def levels() -> dict[str, str]:
    """The four levels, in the order in which results lead to one another."""
    return {
        "A": _("Interventions"),
        "B": _("Facteurs d'influence"),
        "C": _("Déterminants"),
        "D": _("Santé"),
    }


def results(table: pd.DataFrame, *, year: int) -> str:
    """How many of the categories are claimed, and how many are shown."""
    claimed = table[(table["indicator"] == "network_action_results") & (table["estimate"] > 0)]
    actions = table.loc[table["indicator"] == "network_action_results", "denominator"].max()
    if fmt.is_missing(actions) or actions == 0:
        return _("Aucune action n'a commencé en {year}.").format(year=year)
    if claimed.empty:
        return _("Aucune des actions commencées en {year} ne déclare de résultat.").format(year=year)
    shown = table[(table["indicator"] == "network_action_results_shown") & (table["estimate"] > 0)]
    begun = ngettext("{n} action commencée", "{n} actions commencées", int(actions)).format(n=fmt.number(actions))
    text = _("En {year}, {begun} : {claimed} des 12 catégories de résultats sont déclarées, {shown} avec une preuve.")
    text = text.format(year=year, begun=begun, claimed=len(claimed), shown=len(shown))
    bare = [code for code in claimed["result_code"] if code not in set(shown["result_code"])]
    if bare:
        text += " " + _("Sans preuve, une catégorie ne compte pas : {codes}.").format(codes=fmt.listing(bare))
    return text
