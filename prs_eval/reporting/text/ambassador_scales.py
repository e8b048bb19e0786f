"""What the ambassadors' scales say: a change with its interval, never an effect, and who is missing."""

from __future__ import annotations

import pandas as pd

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.codes import CODES, SCALES, label
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import for_all
from prs_eval.reporting.text.ambassador_words import Row, all_masked, join, last

_VERY_FEW = 10  # under which a sentence warns, whatever the interval


def change(rows: pd.DataFrame) -> list[str]:
    """One paragraph a scale: mean before and after, the change and what its interval allows to say.

    Nothing where all is withheld, which `page.show` then says.
    """
    if all_masked(rows):
        return []
    return [_one_change(rows[rows["scale"] == scale], scale) for scale in SCALES if (rows["scale"] == scale).any()]


def _one_change(rows: pd.DataFrame, scale: str) -> str:
    before, after = last(rows, "scale_mean_before"), last(rows, "scale_mean_after")
    moved = last(rows, "scale_mean_change")
    if before is None or after is None or moved is None:
        return ""
    name = label("scale", scale)
    if any(fmt.is_masked(row) for row in (before, after, moved)):
        return _part_of_change(before, after, moved, name)
    n = int(moved["n"])
    if n == 0:
        return _("{scale} : personne n'a encore répondu en entier avant et après.").format(scale=name)
    if n == 1:
        text = _("{scale} : une seule personne a répondu en entier avant et après ; aucun chiffre n'est donné.")
        return text.format(scale=name)
    if n < fmt.FEWEST:
        text = _(
            "{scale} : {n} personnes seulement ont répondu en entier avant et après, trop peu pour un score moyen."
        )
        return text.format(scale=name, n=fmt.number(n))
    least, most = SCALES[scale].ends
    first = _(
        "{scale} : chez les {n} personnes suivies avant et après, le score moyen est passé de {before} à {after} "
        "(échelle de {least} à {most})."
    ).format(
        scale=name,
        n=fmt.number(n),
        before=fmt.number(before["estimate"], 1),
        after=fmt.number(after["estimate"], 1),
        least=fmt.number(least),
        most=fmt.number(most),
    )
    return join(first, _verdict(moved), _few(n))


def _part_of_change(before: Row, after: Row, moved: Row, name: str) -> str:
    """What is shown of one scale where something is withheld: each number by itself."""
    texts = {
        _("score moyen avant, {value} (n = {n})"): before,
        _("score moyen après, {value} (n = {n})"): after,
        _("évolution moyenne, {value} (n = {n})"): moved,
    }
    parts = [
        text.format(value=fmt.signed(row) if row is moved else fmt.estimate(row), n=fmt.number(row["n"]))
        for text, row in texts.items()
        if not fmt.is_masked(row)
    ]
    if not parts:
        return fmt.withheld(name)
    return _("{scale} : {parts}.").format(scale=name, parts=_(" ; ").join(parts))


def _verdict(moved: Row) -> str:
    if for_all():  # no limits for people to judge by, and means of two digits
        text = _(
            "Évolution moyenne : {change}, sans intervalle publié : on ne peut dire ni hausse ni baisse. Ces moyennes "
            "sont arrondies à deux chiffres."
        )
        return text.format(change=fmt.signed(moved))
    if fmt.is_missing(moved["lower"]):
        return _("Toutes ont évolué d'autant ({change}) : l'incertitude ne peut pas être mesurée.").format(
            change=fmt.signed(moved)
        )
    if moved["lower"] > 0:
        text = _("Évolution moyenne : {change}, soit une hausse.")
    elif moved["upper"] < 0:
        text = _("Évolution moyenne : {change}, soit une baisse.")
    else:
        text = _("Évolution moyenne : {change} ; l'intervalle comprend 0, on ne peut donc dire ni hausse ni baisse.")
    return text.format(change=fmt.signed(moved))


def _few(n: int) -> str:
    if n >= _VERY_FEW:
        return ""
    return _("Avec {n} personnes seulement, une ou deux réponses suffisent à tout changer.").format(n=fmt.number(n))


def caution(rows: pd.DataFrame) -> str:
    """Why a change is not an effect; "" where no change is shown."""
    shown = rows[(rows["indicator"] == "scale_mean_change") & rows["estimate"].notna()]
    if shown.empty:
        return ""
    return _(
        "Une évolution n'est pas un effet du programme : il n'y a pas de groupe de comparaison, le temps seul peut la "
        "produire, et un score de départ bas remonte souvent de lui-même (retour vers la moyenne)."
    )


def follow_up(rows: pd.DataFrame) -> list[str]:
    """One paragraph a scale: how many answered twice, of all who joined, and what became of the others.

    Nothing where all is withheld, which `page.show` then says.
    """
    if all_masked(rows):
        return []
    return [_one_follow_up(rows[rows["scale"] == scale], scale) for scale in SCALES if (rows["scale"] == scale).any()]


def _one_follow_up(rows: pd.DataFrame, scale: str) -> str:
    share = last(rows, "scale_paired_share")
    if share is None:
        return ""
    if fmt.is_masked(share):
        return fmt.withheld(_("{scale}, réponses avant et après").format(scale=label("scale", scale)))
    everyone, both = int(share["denominator"]), int(share["numerator"])
    if both == 0:
        text = _("{scale} : sur {n} entrés depuis le début, aucun n'a répondu en entier avant et après, {share}.")
    else:
        text = ngettext(
            "{scale} : sur {n} entrés depuis le début, {both} a répondu en entier avant et après, {share}.",
            "{scale} : sur {n} entrés depuis le début, {both} ont répondu en entier avant et après, {share}.",
            both,
        )
    people = ngettext("{n} ambassadeur", "{n} ambassadeurs", everyone).format(n=fmt.number(everyone))
    first = text.format(scale=label("scale", scale), n=people, both=fmt.number(both), share=fmt.share(share))
    if any(fmt.is_masked(row) for row in rows.to_dict("records")):  # some of the others would pass for all of them
        return first
    others = [_others(rows, state) for state in CODES["scale_answers"] if state != "both"]
    parts = [part for part in others if part]
    return join(first, _("Les autres : {parts}.").format(parts=fmt.listing(parts)) if parts else "")


def _others(rows: pd.DataFrame, state: str) -> str:
    row = last(rows, "scale_follow_up", scale_answers=state)
    n = 0 if row is None else int(row["estimate"])
    if n == 0:
        return ""
    texts = {
        "before_only": ngettext("{n} n'a répondu qu'avant", "{n} n'ont répondu qu'avant", n),
        "after_only": ngettext("{n} n'a répondu qu'après", "{n} n'ont répondu qu'après", n),
        "incomplete": ngettext("{n} a répondu en partie", "{n} ont répondu en partie", n),
        "never": ngettext("{n} n'a jamais répondu", "{n} n'ont jamais répondu", n),
    }
    return texts[state].format(n=fmt.number(n))


def attrition(rows: pd.DataFrame, *, beside: pd.DataFrame | None = None) -> list[str]:
    """One paragraph a scale: did those who are missing start elsewhere? A description, without a test.

    Where all is withheld, a sentence says so, unless the one on `beside` does.
    """
    if all_masked(rows):
        told = beside is not None and all_masked(beside)
        return [] if told else [fmt.withheld(_("Qui a été suivi et qui manque"))]
    parts = [_one_attrition(rows[rows["scale"] == scale], scale) for scale in SCALES]
    parts = [part for part in parts if part]
    note = _("Ce tableau décrit, sans test : l'évolution ci-dessus ne vaut que pour ceux qui ont répondu deux fois.")
    return [*parts, note] if len(rows) else []


def _one_attrition(rows: pd.DataFrame, scale: str) -> str:
    both = last(rows, "scale_profile_before", answered="both")
    missing = last(rows, "scale_profile_before", answered="missing")
    if both is None or missing is None:
        return ""
    name = label("scale", scale)
    if fmt.is_masked(both) or fmt.is_masked(missing):
        return ""
    if min(both["n"], missing["n"]) < fmt.FEWEST:
        return _("{scale} : trop peu de premiers scores pour comparer le départ des suivis et des manquants.").format(
            scale=name
        )
    return _(
        "{scale} : score de départ moyen de {missing} chez les manquants qui ont répondu avant (n = {m}), de {both} "
        "chez ceux suivis avant et après (n = {b})."
    ).format(
        scale=name,
        missing=fmt.estimate(missing),
        m=fmt.number(missing["n"]),
        both=fmt.estimate(both),
        b=fmt.number(both["n"]),
    )


def attrition_tables(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """By caption, one table a scale: those followed beside those missing, worded, each class that holds someone.

    No table for a scale of which all is withheld.
    """
    out = {}
    for scale in SCALES:
        of_scale = rows[rows["scale"] == scale]
        if len(of_scale) and not all_masked(of_scale):
            caption = _("{scale} : ceux qui ont été suivis et ceux qui manquent").format(scale=label("scale", scale))
            out[caption] = _attrition_table(of_scale)
    return out


def _attrition_table(rows: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for (variable, level), pair in rows.groupby(["variable", "level"], sort=False):
        code = str(pair["indicator"].iloc[0])
        both, missing = (last(pair, code, answered=answered) for answered in ("both", "missing"))
        if both and missing and (variable == "before" or _someone(both) or _someone(missing)):
            lines.append([_class(str(variable), str(level)), _cell(both), _cell(missing)])
    return pd.DataFrame(lines, columns=[_("Caractéristique"), _("Suivis avant et après"), _("Manquants")])


def _someone(row: Row) -> bool:
    """Whether a class may hold someone: one that is withheld must not be told from another."""
    return fmt.is_masked(row) or row["numerator"] > 0


def _class(variable: str, level: str) -> str:
    titles = {"age_band": _("Âge à l'entrée : {level}"), "sex": _("Sexe : {level}")}
    if variable not in titles:
        return _("Score de départ moyen")
    return titles[variable].format(level=label(variable, level).lower())


def _cell(row: Row) -> str:
    if fmt.is_masked(row):
        return fmt.status_label(str(row["status"]))
    if row["variable"] == "before":
        counts = _("n = {n}").format(n=fmt.number(row["n"]))
    else:
        counts = _("{a} sur {b}").format(a=fmt.number(row["numerator"]), b=fmt.number(row["denominator"]))
    few = row["n"] < fmt.FEWEST or fmt.is_missing(row["estimate"])
    return counts if few else f"{fmt.estimate(row)} ({counts})"
