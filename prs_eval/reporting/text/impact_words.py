"""The words of the impact report: sizes of effects, designs, inferences, grades and reasons."""

from __future__ import annotations

import math
from typing import Any

from prs_eval.i18n import _
from prs_eval.impact.effect import Effect
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_plan import DifferenceInDifferences, Matters, Trend
from prs_eval.reporting import format as fmt

Row = dict[str, Any]
_RATIOS = {"log_rate_ratio", "log_odds_ratio"}
_LIMITS = ("estimate", "lower", "upper")


def in_words(row: Row) -> Row:
    """A row with its effect in the unit that people read: points of percentage, per cent of change."""
    if row["unit"] == "difference":
        return row | {"unit": "points"} | {k: 100 * row[k] for k in _LIMITS}
    if row["unit"] in _RATIOS:
        return row | {"unit": "proportion"} | {k: math.expm1(row[k]) for k in _LIMITS}
    return row


def amount(size: float, unit: str) -> str:
    """A size without sign or interval, in the unit that people read."""
    if not math.isfinite(size):
        return fmt.MISSING
    if unit == "difference":
        return fmt.quantity(100 * size, "points", 1)
    if unit in _RATIOS:
        return fmt.percent(math.expm1(size))
    return fmt.quantity(size, unit, 1 if unit == "points" else 0)


def planned_size(matters: Matters) -> str:
    """What would matter on the scale of the plan, which needs no data: `0,41 écart-type de l'évolution`."""
    size = matters.estimate
    if matters.scale == "odds_ratio":
        return _("un rapport des cotes de {n}").format(n=fmt.number(size, 2))
    if matters.scale == "d_z":
        return _("{n} écart-type de l'évolution").format(n=fmt.number(size, 2))
    if matters.scale in ("rate_ratio", "ratio_per_year"):
        return amount(math.log(size), "log_rate_ratio")
    return amount(size, matters.scale)


def change(effect: Effect) -> str:
    """A change with its sign and its interval: `+2,7 points [1,2 ; 4,1]`."""
    if math.isnan(effect.estimate):
        return fmt.status_label("primary" if effect.status == "primary" else "too_few")
    names = (*_LIMITS, "unit", "method", "status")
    return fmt.signed(in_words({name: getattr(effect, name) for name in names}))


def design_label(design: str) -> str:
    """What a design is, for someone who has never heard of it."""
    return {
        "difference_in_differences": _("quartiers du programme contre autres quartiers, avant et après"),
        "interrupted_series": _("série de mois, avant et après une date"),
        "before_after": _("avant et après un changement, sans comparaison"),
        "benchmark": _("part observée contre part publiée"),
        "trend": _("évolution d'année en année, sans comparaison"),
        "null_model": _("réseau observé contre réseaux tirés au hasard"),
        "paired": _("mêmes personnes, avant et après"),
    }.get(design, design)


def inference_label(effect: Effect) -> str:
    """Where the limits come from."""
    if effect.method.startswith("newcombe"):
        return _("deux parts indépendantes (Newcombe)")
    if effect.method.startswith("clopper"):
        return _("loi binomiale exacte, la part publiée prise pour certaine")
    if effect.method == "segmented_reml":
        return _("erreurs liées d'un mois à l'autre (REML)")
    if effect.method == "permuted_groups":
        return _("secteurs redistribués au hasard entre les structures")
    return {
        "permutation": _("toutes les façons de choisir les quartiers suivis"),
        "wild_cluster_bootstrap": _("rééchantillonnage par quartier"),
        "cr2_satterthwaite": _("personnes d'un même groupe supposées semblables (CR2, Satterthwaite)"),
        "placebo": _("quartiers sans programme pris tour à tour pour quartiers suivis"),
        "newey_west": _("erreurs liées d'un mois à l'autre (Newey-West)"),
        "prais_winsten": _("erreurs liées d'un mois à l'autre (Prais-Winsten)"),
        "quasi_poisson": _("comptages dispersés (quasi-Poisson)"),
        "reml": _("erreurs liées d'un mois à l'autre (REML)"),
        "student": _("loi de Student"),
        "normal": _("loi normale"),
    }.get(effect.inference, effect.inference)


def grade_label(letter: str) -> str:
    """The strength of the evidence, letter and word."""
    words = {"A": _("forte"), "B": _("modérée"), "C": _("limitée"), "D": _("insuffisante")}
    return _("{letter} ({word})").format(letter=letter, word=words[letter])


def analysis_label(analysis: str, answer: Answer) -> str:
    """The same question, asked otherwise."""
    question = answer.question
    if analysis.startswith("other_comparison_") and isinstance(question, DifferenceInDifferences):
        names = question.other_comparisons[int(analysis.rsplit("_", 1)[1]) - 1]
        return _("Comparés à : {names}").format(names=fmt.listing(list(names)))
    if analysis.startswith("at_least_"):
        return _("Lien dès {n} réunion(s) partagée(s)").format(n=analysis.rsplit("_", 1)[1])
    if analysis == "dose":
        words = {
            "before_after": _("Avec un rappel, contre sans (association)"),
            "paired": _("Par année entre les deux réponses (association)"),
        }
        return words.get(question.design, _("Par dose"))
    return {
        "weighted_by_population": _("Quartiers pondérés par leur population"),
        "wild_cluster_bootstrap": _("Même écart, marge par rééchantillonnage (Webb)"),
        "cr2": _("Même écart, marge CR2 de Satterthwaite"),
        "logistic": _("Modèle logistique, ramené en points"),
        "synthetic_control": _("Contrôle synthétique"),
        "synthetic_did": _("Différence de différences synthétique (marge trop étroite avec si peu de quartiers)"),
        "without_break": _("Sans les années exceptionnelles"),
        "break_modelled": _("Années exceptionnelles gardées et modélisées"),
        "three_years_each_side": _("Trois années avant et après seulement"),
        "two_years_each_side": _("Deux années avant et après seulement"),
        "year_alone": _("L'année seule"),
        "newey_west": _("Modèle de comptage, marge de Newey-West"),
        "quasi_poisson": _("Modèle de comptage (quasi-Poisson)"),
        "season_by_month": _("Saison par mois"),
        "slope": _("Changement de tendance, par mois"),
        "without_first_year": _("Sans la première année"),
        "regression_to_the_mean": _("Retour vers la moyenne retiré (Mee et Chua)"),
    }.get(analysis, analysis)


def reason_label(code: str, answer: Answer) -> str:
    """Why the evidence is not stronger, as a part of a sentence."""
    signals = answer.found.signals
    if code == "one_unit_drives":
        return _("la réponse tient à un quartier ({names})").format(names=fmt.listing(list(signals.odd)))
    if code == "start_doubtful" and signals.better_start is not None:
        text = _("l'évolution commence plutôt en {year} qu'à la date déclarée")
        return text.format(year=signals.better_start)
    if code == "shock_on_treated" and signals.shock:
        text = _("les quartiers suivis ont bougé seuls en {years}")
        return text.format(years="-".join(str(y) for y in dict.fromkeys((signals.shock[0], signals.shock[-1]))))
    if code == "no_comparison" and isinstance(answer.question, Trend):
        return _("rien à quoi comparer")
    return {
        "not_randomised": _("le hasard n'a pas choisi les quartiers"),
        "no_comparison": _("pas de groupe de comparaison"),
        "description": _("c'est une description, pas une comparaison dans le temps et l'espace"),
        "not_estimable": _("trop peu de données"),
        "exploratory": _("analyse absente du plan"),
        "underpowered": _("un effet qui compte pouvait passer inaperçu"),
        "power_unknown": _("on ne sait pas quel effet aurait pu être vu"),
        "imprecise": _("l'intervalle est trop large pour trancher"),
        "pretrend_failed": _("les deux groupes n'évoluaient déjà pas pareil avant"),
        "pretrend_not_testable": _("trop peu d'années avant pour vérifier que les groupes évoluaient pareil"),
        "pretrend_fragile": _("un écart de tendance comme ceux d'avant suffirait à effacer le résultat"),
        "placebo_failed": _("un faux début, avant le vrai, montre aussi un effet"),
        "start_doubtful": _("l'évolution ne commence pas à la date déclarée"),
        "shock_on_treated": _("un choc a pu toucher les seuls quartiers suivis"),
        "shock_matters": _("la réponse change selon le sort fait aux années exceptionnelles"),
        "one_unit_drives": _("la réponse tient à un seul quartier"),
        "specifications_disagree": _("d'autres façons de calculer donnent un autre signe"),
        "estimators_disagree": _("d'autres méthodes ne s'accordent pas"),
        "attrition": _("plus d'une personne sur cinq n'a pas répondu deux fois"),
        "regression_to_the_mean": _("le retour vers la moyenne suffit à expliquer le changement"),
        "mechanism_not_in_order": _("les étapes intermédiaires n'ont pas bougé dans l'ordre attendu"),
        "mechanism_unknown": _("les étapes intermédiaires ne sont pas toutes connues"),
        "not_after_adjustment": _("l'écart ne résiste pas à la correction pour plusieurs questions"),
        "too_small_to_matter": _("l'effet vu est plus petit que celui qui compte"),
    }.get(code, code)


def step_label(moved: str) -> str:
    """Whether a step of a pathway moved."""
    return {
        "as_expected": _("a bougé comme attendu"),
        "against": _("a bougé dans l'autre sens"),
        "not_clearly": _("pas de mouvement clair"),
        "unknown": _("inconnu"),
    }[moved]


def stage_label(stage: str) -> str:
    """The stage of a step."""
    return {
        "activity": _("activité"),
        "output": _("réalisation"),
        "mechanism": _("étape intermédiaire"),
        "outcome": _("effet visé"),
    }[stage]
