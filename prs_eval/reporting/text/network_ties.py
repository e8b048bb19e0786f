"""Sentences and words that go with the map of the network."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import label
from prs_eval.programme.network import NetworkMap
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.network_words import join, last, structure_names


def ties(rows: pd.DataFrame, drawn: NetworkMap | None = None, *, at_least: int = 2) -> str:
    """How many structures are tied by shared meetings, out of the possible ties; a description, not a sample.

    drawn: the map beside the sentence, on which the members that never came also stand without a tie.
    """
    chosen = rows[rows["at_least"] == at_least]
    pairs, alone = last(chosen, "network_ties"), last(chosen, "network_isolates")
    density = last(chosen, "network_density")
    if pairs is None or alone is None or density is None:
        return ""
    seen, year = int(pairs["n"]), int(pairs["year"])
    if seen < 2:
        return _("Moins de deux structures sont venues en réunion en {year} : il n'y a pas de lien à décrire.").format(
            year=year
        )
    made = int(pairs["estimate"])
    text = ngettext(
        "En {year}, {seen} structures sont venues en réunion. Si partager au moins {at_least} réunions fait un lien, "
        "{ties} lien existe sur {possible} possibles ({density}).",
        "En {year}, {seen} structures sont venues en réunion. Si partager au moins {at_least} réunions fait un lien, "
        "{ties} liens existent sur {possible} possibles ({density}).",
        made,
    ).format(
        year=year,
        seen=fmt.number(seen),
        at_least=fmt.number(at_least),
        ties=fmt.number(made),
        possible=fmt.number(pairs["denominator"]),
        density=fmt.percent(density["estimate"]),
    )
    n = int(alone["estimate"])
    if n == 0:
        single = _("Aucune des structures venues n'est sans lien.")
    else:
        single = ngettext(
            "{n} des {seen} structures venues n'a aucun lien.", "{n} des {seen} structures venues n'ont aucun lien.", n
        ).format(n=fmt.number(n), seen=fmt.number(seen))
    return join(
        text,
        single,
        _never_came(drawn),
        _("C'est le réseau entier qui est décrit : il n'y a pas de marge d'incertitude."),
    )


def _never_came(drawn: NetworkMap | None) -> str:
    n = 0 if drawn is None else int((drawn.nodes["meetings"] == 0).sum())
    if n == 0:
        return ""
    return ngettext(
        "{n} autre structure membre, en creux sur la carte, n'est pas venue.",
        "{n} autres structures membres, en creux sur la carte, ne sont pas venues.",
        n,
    ).format(n=fmt.number(n))


def map_table(network: NetworkMap) -> pd.DataFrame:
    """The map's data, worded: one row a structure with its category, meetings attended and structures met."""
    nodes = network.nodes
    tied = _("Structures retrouvées à {n} réunions ou plus").format(n=fmt.number(network.at_least))
    return pd.DataFrame(
        {
            _("Structure"): structure_names(nodes),
            _("Catégorie"): [label("category", code) for code in nodes["category"]],
            _("Réunions"): nodes["meetings"].astype(int),
            tied: nodes["tied"].astype(int),
        }
    )


def map_alt(network: NetworkMap) -> str:
    """Text that stands for the map: how many structures and ties it draws, and the most tied structures."""
    nodes = network.nodes
    drawn = len(network.ties)
    ties_ = ngettext("{n} trait les relie", "{n} traits les relient", drawn).format(n=fmt.number(drawn))
    structures = ngettext("{n} structure", "{n} structures", len(nodes)).format(n=fmt.number(len(nodes)))
    text = _("Carte du réseau : {structures} en cercle, par catégorie ; {ties}.")
    first = text.format(structures=structures, ties=ties_)
    named = nodes.assign(name=structure_names(nodes))
    most = named[named["tied"] > 0].sort_values("tied", ascending=False, kind="stable").head(3)["name"].tolist()
    if not most:
        return first
    names = _(" ; ").join(most) if for_all() else fmt.listing(most)  # the label of a category holds commas
    return join(first, _("Les plus reliées : {names}.").format(names=names))
