"""The impact report in sentences: what could have been seen, what was, and no more than that."""

from __future__ import annotations

import math
from collections.abc import Sequence

from prs_eval.i18n import _, ngettext
from prs_eval.impact.evidence import Finding
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_plan import (
    DifferenceInDifferences,
    Plan,
    Question,
)
from prs_eval.programme.impact_public import is_withheld
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.impact_words import (
    amount,
    change,
    design_label,
    grade_label,
    planned_size,
    reason_label,
)
from prs_eval.reporting.text.network_words import join

_LONGEST = 30


def plan(plan: Plan | None, *, year: int) -> list[str]:
    """Which plan the report follows, so that a reader can tell whether it was changed."""
    if plan is None:
        return [_("Cette ville n'a pas écrit de plan d'analyse : aucune question n'est traitée.")]
    primary = sum(q.role == "primary" for q in plan.questions)
    n = len(plan.questions)
    said = ngettext(
        "{n} question posée avant les calculs, dont {k} principale(s).",
        "{n} questions posées avant les calculs, dont {k} principales.",
        n,
    ).format(n=fmt.number(n), k=fmt.number(primary))
    fingerprint = _("Plan d'analyse du {date}, empreinte {hash} : une empreinte différente signale un plan changé.")
    out = [join(said, fingerprint.format(date=fmt.date(plan.registered_on), hash=plan.fingerprint))]
    if plan.registered_on.year > year:
        out.append(
            _(
                "Ce plan a été arrêté après les années étudiées : il est rétrospectif. Rien ne garantit que les "
                "questions n'ont pas été choisies en connaissant les résultats."
            )
        )
    return out


def detectable(answer: Answer) -> str:
    """First what could have been seen, beside the effect that would matter."""
    found, question = answer.found, answer.question
    if not math.isfinite(found.matters):
        return _("L'effet qui compterait ne peut pas être exprimé avec ces données.")
    wanted = _("L'effet qui compterait : {size} ({why}).").format(
        size=amount(abs(found.matters), answer.effect.unit), why=question.matters.why
    )
    if not math.isfinite(found.detectable):
        return join(wanted, _("Ces données ne permettent pas de dire quel effet aurait pu être vu."))
    size = amount(found.detectable, answer.effect.unit)
    seen = _("Il fallait un effet d'au moins {size} pour être vu 8 fois sur 10.").format(size=size)
    if found.detectable <= abs(found.matters):
        return join(wanted, seen, _("L'effet qui compterait pouvait donc être vu."))
    return join(wanted, seen, _("L'effet qui compterait pouvait donc passer inaperçu."), _pooling(found.years_needed))


def planned(answer: Answer) -> str:
    """What is known of a withheld answer before looking: its method, and what would matter, as the plan says it."""
    question = answer.question
    method = _("Méthode : {design}.").format(design=design_label(question.design))
    return join(method, _wanted(question))


def _wanted(question: Question) -> str:
    return _("L'effet qui compterait : {size} ({why}).").format(
        size=planned_size(question.matters), why=question.matters.why
    )


def withheld(answer: Answer) -> str:
    """That the numbers of an answer rest on too few people to be told."""
    return fmt.withheld(_("Écart mesuré et sa marge"))


def _pooling(years: float) -> str:
    if math.isnan(years):
        return ""
    if years > _LONGEST:
        return _("Aucun nombre d'années raisonnable n'y suffirait au rythme actuel.")
    n = math.ceil(years)
    text = ngettext(
        "Il faudrait environ {n} année de recul au rythme actuel.",
        "Il faudrait environ {n} années de recul au rythme actuel.",
        n,
    )
    return text.format(n=fmt.number(n))


def conclusion(answer: Answer) -> str:
    """One sentence that claims no more than the design, the power and the checks allow."""
    grade = answer.grade
    strength = _("Force de la preuve : {grade}.").format(grade=grade_label(grade.letter))
    marks = [] if answer.planned else [_("Analyse exploratoire, absente du plan.")]
    return join(_finding(answer), strength, *marks)


def _finding(answer: Answer) -> str:
    finding: Finding = answer.grade.finding
    size = amount(abs(answer.found.matters), answer.effect.unit) if math.isfinite(answer.found.matters) else ""
    compared = isinstance(answer.question, DifferenceInDifferences)
    if finding == "effect":
        if compared:
            return _(
                "Une évolution favorable, propre aux quartiers du programme, a été vue ; elle est compatible avec un "
                "effet du programme, sans suffire à le prouver."
            )
        return _(
            "Une évolution favorable a été vue ; sans quartiers de comparaison, rien ne permet de l'attribuer au "
            "programme."
        )
    if finding == "opposite":
        return _(
            "L'évolution vue va dans le sens défavorable ; sa cause ne peut pas être établie par cette seule analyse."
        )
    if is_withheld(answer):
        return _("Aucun effet détecté, ce qui ne veut pas dire qu'il n'y en a pas.")
    if finding == "no_effect":
        return _(
            "Aucun effet qui compte : l'intervalle entier tient sous {size}, dans un sens comme dans l'autre."
        ).format(size=size)
    if "not_after_adjustment" in answer.grade.notes:
        return _(
            "Aucun effet retenu, ce qui ne veut pas dire qu'il n'y en a pas : l'écart vu ne résiste pas à la "
            "correction pour les questions posées ensemble."
        )
    if finding == "no_effect_detected":
        return _(
            "Aucun effet détecté, ce qui ne veut pas dire qu'il n'y en a pas : l'intervalle contient l'absence d'effet "
            "et des effets assez grands pour compter."
        )
    if finding == "inconclusive":
        return _("Résultat non concluant : l'intervalle contient à la fois un gain et une perte qui compteraient.")
    return _("Aucune conclusion : ces données ne permettent pas d'estimer.")


def reasons(answer: Answer) -> str:
    """Why the evidence is not stronger, in one sentence."""
    codes = [*answer.grade.reasons, *answer.grade.notes]
    if "not_estimable" in codes:
        codes = ["not_estimable"]
    said = {"not_after_adjustment", *(() if answer.on_pathway else ("mechanism_unknown",))}
    codes = [code for code in codes if code not in said]
    words = [reason_label(code, answer) for code in codes]
    if not words:
        return ""
    return _("Pourquoi pas davantage : {reasons}.").format(reasons=_(" ; ").join(words))


def overview(answers: Sequence[Answer]) -> list[str]:
    """How many questions could be answered at all, and what came out."""
    told = [a for a in answers if not is_withheld(a)]
    seen = [a for a in told if a.found.detectable <= abs(a.found.matters)]
    first = (
        _("{k} des {n} questions portent sur assez de données pour voir l'effet qui compterait.")
        if len(told) == len(answers)
        else _(
            "{k} des {n} questions dont les chiffres sont publiés portent sur assez de données pour voir l'effet qui "
            "compterait."
        )
    ).format(k=fmt.number(len(seen)), n=fmt.number(len(told)))
    if len(told) < len(answers):
        first = join(first if told else "", fmt.withheld(_("Questions dont les chiffres sont masqués")))
    by_finding = {name: [a for a in answers if a.grade.finding == name] for name in ("effect", "opposite", "no_effect")}
    unknown = sum(a.grade.finding == "not_estimable" for a in answers)
    silent = len(answers) - sum(map(len, by_finding.values())) - unknown
    words = [
        ngettext("{n} évolution favorable", "{n} évolutions favorables", len(by_finding["effect"])),
        ngettext("{n} défavorable", "{n} défavorables", len(by_finding["opposite"])),
        ngettext("{n} absence d'effet qui compte", "{n} absences d'effet qui compte", len(by_finding["no_effect"])),
        ngettext("{n} sans effet détecté", "{n} sans effet détecté", silent),
        ngettext("{n} sans réponse possible", "{n} sans réponse possible", unknown),
    ]
    counts = [*(len(v) for v in by_finding.values()), silent, unknown]
    results = fmt.listing([w.format(n=fmt.number(c)) for w, c in zip(words, counts, strict=True) if c])
    strong = [a for a in answers if a.grade.letter in ("A", "B")]
    last = (
        _("Aucune preuve n'est forte ni modérée.")
        if not strong
        else _("Preuve au moins modérée : {questions}").format(
            questions=_(" ; ").join(str(a.question.label) for a in strong)
        )
    )
    return [first, _("Résultats : {told}.").format(told=results), last]


def without_data(answers: Sequence[Answer]) -> str:
    """The questions of the plan for which there is no data yet; "" where all have some."""
    names = [str(a.question.label) for a in answers if a.found.no_data]
    if not names:
        return ""
    return _("Sans données jusqu'ici : {questions}").format(questions=_(" ; ").join(names))


def left_out(answer: Answer) -> str:
    """The quartiers that the question names and that lack a year; "" where none does."""
    names = answer.found.left_out
    if not names:
        return ""
    text = ngettext(
        "Laissé de côté, faute de données pour toutes les années : {names}.",
        "Laissés de côté, faute de données pour toutes les années : {names}.",
        len(names),
    )
    return text.format(names=fmt.listing(list(names)))


def here(answers: Sequence[tuple[Question, Answer | None]]) -> list[str]:
    """What the quartier's own report says of the plan's questions: first what so few people could show."""
    out = []
    for question, answer in answers:
        if answer is not None:
            out.append(_here(answer))
        elif isinstance(question, DifferenceInDifferences):
            out.append(_alone(question))
    return out


def _here(answer: Answer) -> str:
    label = str(answer.question.label)
    if is_withheld(answer):  # the verdict of one quartier too: it would narrow the counts that its pages round
        return join(label, _wanted(answer.question), fmt.withheld(_("Réponse de ce seul quartier")))
    if answer.grade.finding == "not_estimable":
        return join(label, _("Trop peu de données dans ce seul quartier pour le dire."))
    said = _("Ici : {change}.").format(change=change(answer.effect))
    return join(label, detectable(answer), said, _finding(answer))


def _alone(question: DifferenceInDifferences) -> str:
    """Why one quartier's own report gives no comparison with the others."""
    m = len(question.comparison)
    text = _(
        "Pour un seul quartier comparé à {m} autres, même le plus grand écart arriverait par hasard une fois sur {n} : "
        "cette question n'a de réponse que pour l'ensemble (rapport « Impact » de la ville)."
    )
    return join(str(question.label), text.format(m=fmt.number(m), n=fmt.number(m + 1)))
