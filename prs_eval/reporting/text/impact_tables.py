"""The tables, captions and alternative texts of the impact report."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from prs_eval.i18n import _
from prs_eval.impact.contribution import mechanism_in_order
from prs_eval.inputs.codes import CODES
from prs_eval.programme.catalogue import Catalogue, Pathway
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_contribution import step_name
from prs_eval.programme.impact_plan import BeforeAfter, DifferenceInDifferences, InterruptedSeries, NullModel, Plan
from prs_eval.programme.impact_public import is_withheld
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.impact_words import (
    amount,
    analysis_label,
    change,
    design_label,
    grade_label,
    in_words,
    planned_size,
    stage_label,
    step_label,
)
from prs_eval.reporting.text.network_words import Row


def checks(answer: Answer) -> pd.DataFrame:
    """The checks of a question and the same question otherwise, worded: one row each."""
    rows: list[tuple[str, str]] = [(_("Analyse principale"), change(answer.effect))]
    for row in answer.found.robustness.to_dict("records"):
        told = {str(k): v for k, v in row.items()}
        rows.append((analysis_label(str(told["analysis"]), answer), _row_change(told)))
    signals = answer.found.signals
    yes_no = {"passed": _("rien à signaler"), "failed": _("à signaler"), "not_testable": _("non vérifiable")}
    if isinstance(answer.question, DifferenceInDifferences):
        rows.append((_("Les groupes évoluaient-ils pareil avant ?"), yes_no[signals.pre_trend]))
        rows.append((_("Un faux début, avant le vrai, montre-t-il un effet ?"), yes_no[signals.placebo]))
        rows.append((_("Un autre début s'ajusterait-il mieux ?"), _found(signals.better_start)))
        shock = _("oui, {years}").format(years=_years(signals.shock)) if signals.shock else _("non")
        rows.append((_("Les quartiers suivis seuls touchés dans les années exceptionnelles ?"), shock))
        if math.isfinite(signals.breakdown):
            text = _("{n} fois l'écart de tendance d'avant")
            rows.append(
                (
                    _("Écart de tendance que l'effet de la première année supporte"),
                    text.format(n=fmt.number(signals.breakdown, 1)),
                )
            )
    if isinstance(answer.question, BeforeAfter):
        rows.append((_("Cela bougeait-il déjà avant ?"), yes_no[signals.placebo]))
    if signals.leave_one_out is not None:
        odd = fmt.listing(list(signals.odd)) if signals.odd else _("non")
        rows.append((_("Un seul quartier change-t-il la réponse ?"), odd))
    if not math.isnan(answer.p_adjusted):
        p = _("p = {p}, corrigée pour les questions de la même famille").format(p=_p(answer.p_adjusted))
        rows.append((_("Probabilité d'un tel écart par hasard"), p))
    return pd.DataFrame(rows, columns=[_("Vérification"), _("Résultat")], dtype=object)


def _row_change(row: Row) -> str:
    if fmt.is_masked(row):
        return fmt.status_label("primary")
    return fmt.signed(in_words(row)) if not fmt.is_missing(row["estimate"]) else fmt.status_label("too_few")


def _found(start: int | None) -> str:
    return _("oui, {year}").format(year=start) if start is not None else _("non")


def _years(years: Sequence[int]) -> str:
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])


def _p(value: float) -> str:
    return _("moins de 0,001") if value < 0.001 else fmt.number(value, 3)


def plan_table(plan: Plan | None) -> pd.DataFrame:
    """The plan as a table: question, design, role, where the effect that matters comes from; no row without a plan."""
    questions = plan.questions if plan else ()
    return pd.DataFrame(
        {
            _("Question"): [str(q.label) for q in questions],
            _("Méthode"): [design_label(q.design) for q in questions],
            _("Rang"): [_("principale") if q.role == "primary" else _("secondaire") for q in questions],
            _("Effet qui compte : d'où vient-il ?"): [str(q.matters.why) for q in questions],
        },
        dtype=object,
    )


def grades_table(answers: Sequence[Answer]) -> pd.DataFrame:
    """Each question with its effect, what could be seen, what matters, and the strength of the evidence."""
    return pd.DataFrame(
        {
            _("Question"): [str(a.question.label) for a in answers],
            _("Effet"): [change(a.effect) for a in answers],
            _("Effet visible"): [_seen(a) for a in answers],
            _("Effet qui compte"): [_matters(a) for a in answers],
            _("Force de la preuve"): [grade_label(a.grade.letter) for a in answers],
        },
        dtype=object,
    )


def _seen(answer: Answer) -> str:
    return fmt.status_label("primary") if is_withheld(answer) else amount(answer.found.detectable, answer.effect.unit)


def _matters(answer: Answer) -> str:
    if is_withheld(answer):
        return planned_size(answer.question.matters)
    return amount(abs(answer.found.matters), answer.effect.unit)


def pathway(table: pd.DataFrame, path: Pathway, catalogue: Catalogue, plan: Plan | None) -> pd.DataFrame:
    """A pathway of the theory of change, step by step, worded."""
    rows = table.to_dict("records")
    names = [_step(name, path, catalogue, plan) for name in table["indicator"]]
    return pd.DataFrame(
        {
            _("Étape"): [stage_label(str(row["stage"])) for row in rows],
            _("Indicateur"): names,
            _("Changement par an, ou effet"): [_row_change({str(k): v for k, v in row.items()}) for row in rows],
            _("Depuis"): [_since(row) for row in rows],
            _("Lecture"): [_reading(row) for row in rows],
        },
        dtype=object,
    )


def _since(row: Mapping[Any, Any]) -> str:
    """A first year is told only of a step that clearly moved as expected."""
    if row["status"] == "primary":
        return fmt.status_label("primary")
    known = row["moved"] == "as_expected" and not fmt.is_missing(row["moved_in"])
    return f"{row['moved_in']:.0f}" if known else fmt.MISSING


def _reading(row: Mapping[Any, Any]) -> str:
    return fmt.status_label("primary") if row["status"] == "primary" else step_label(str(row["moved"]))


def _step(name: str, path: Pathway, catalogue: Catalogue, plan: Plan | None) -> str:
    step = next(step for step in path.steps if step_name(step) == name)
    if step.indicator is None:
        return next((str(q.label) for q in (plan.questions if plan else ()) if q.code == step.question), name)
    stages = CODES["screening_stage"]
    label = str(catalogue.label(step.indicator))
    if "stage" in step.where:
        text = _("{stage}, parmi : {out_of}")
        label = text.format(stage=stages[step.where["stage"]], out_of=str(stages[step.where["out_of"]]).lower())
    kind = step.where.get("kind")
    return _("{name} ({kind})").format(name=label, kind=str(CODES["screening_kind"][kind]).lower()) if kind else label


def pathway_caption(path: Pathway) -> str:
    """What the table of a pathway shows."""
    return _("Étapes : {label}").format(label=path.label)


def pathway_sentence(table: pd.DataFrame) -> str:
    """Whether the steps moved, and in the expected order; not told where one of them is withheld."""
    if table["status"].eq("primary").any():
        return fmt.withheld(_("Lecture de ce chemin dans son ensemble"))
    return {
        "in_order": _("Toutes les étapes avant l'effet visé ont bougé comme attendu, dans l'ordre attendu."),
        "not_in_order": _(
            "Une étape a bougé sans que les précédentes aient bougé avant elle : une autre cause est à chercher."
        ),
        "unknown": _("Les étapes ne suffisent pas à dire si ce chemin a fonctionné."),
    }[mechanism_in_order(table)]


def data(answer: Answer) -> pd.DataFrame:
    """What the figure of a question draws, worded."""
    rows = [in_words({str(k): v for k, v in row.items()}) for row in answer.found.picture.to_dict("records")]
    several = answer.found.picture["series"].nunique() > 1
    out: dict[str, list[str]] = {}
    if several:
        out[_("Série")] = [series_label(str(row["series"])) for row in rows]
    out[_("Période")] = [period_label(str(row["period"])) for row in rows]
    out[_("Valeur")] = [_value(row) for row in rows]
    return pd.DataFrame(out, dtype=object)


def _value(row: Row) -> str:
    if row["unit"] == "per_1000":
        return fmt.number(row["estimate"], 1)
    if str(row["series"]) == "gap" or row["method"] == "permuted_groups":
        return fmt.signed(row) if not fmt.is_missing(row["estimate"]) else fmt.MISSING
    return fmt.estimate(row, 1 if row["unit"] == "proportion" else None)


def series_label(series: str) -> str:
    """A series of a figure in words; a quartier's name stays."""
    return {
        "gap": _("Écart entre les groupes, par rapport à avant"),
        "programme": _("Quartiers du programme, moyenne"),
        "comparison": _("Quartiers de comparaison, moyenne"),
        "observed": _("Observé, pour 1 000 habitants"),
        "fitted": _("Modèle, pour 1 000 habitants"),
        "without": _("Modèle sans le changement, pour 1 000 habitants"),
        "own": _("Ici"),
        "published": _("Publié"),
        "all": _("Ensemble des quartiers"),
    }.get(series, series)


def period_label(period: str) -> str:
    """A period of a figure in words."""
    return {"before": _("avant"), "after": _("après"), "published": _("publié")}.get(period, period)


def caption(answer: Answer) -> str:
    """What the figure of a question shows."""
    question = answer.question
    if isinstance(question, DifferenceInDifferences):
        text = _("Écart entre les quartiers du programme et les autres, par rapport à avant {year} : {who}")
        return text.format(year=question.start, who=question.population)
    if isinstance(question, InterruptedSeries):
        return _("Par mois, avant et après le {date} : {who}").format(
            date=fmt.date(question.start), who=question.population
        )
    if isinstance(question, BeforeAfter):
        return _("Année par année : {who}").format(who=question.population)
    if isinstance(question, NullModel):
        return _("Liens entre secteurs, écart avec le hasard : {who}").format(who=question.population)
    return str(question.population)[:1].upper() + str(question.population)[1:]


def checks_caption(answer: Answer) -> str:
    """What the table of checks is of."""
    return _("Vérifications : {question}").format(question=answer.question.label)


def alt(answer: Answer) -> str:
    """The figure of a question in words: its caption, then what matters of it."""
    rows = data(answer)
    shown = (
        rows[rows[_("Série")] == series_label("gap")]
        if _("Série") in rows and (answer.question.design == "difference_in_differences")
        else rows
    )
    if answer.question.design == "interrupted_series":
        return _("{caption}. Niveau au changement : {change}.").format(
            caption=caption(answer), change=change(answer.effect)
        )
    names = [n for n in (_("Série"), _("Période")) if n in shown.columns and shown[n].nunique() > 1]
    parts = [
        _("{name} : {value}").format(name=" ".join(str(row[n]) for n in names) or "–", value=row[_("Valeur")])
        for row in shown.to_dict("records")
    ]
    return _("{caption}. {parts}.").format(caption=caption(answer), parts=_(" ; ").join(parts))


def short_names(answers: Sequence[Answer]) -> list[str]:
    """Names of questions short enough for an axis, three lines at most."""
    return [textwrap.fill(fmt.typography(str(a.question.label)), 46, max_lines=3, placeholder="…") for a in answers]


def overview_alt(answers: Sequence[Answer]) -> str:
    """The overview in words."""
    parts = [_("{name} : {value}").format(name=str(a.question.label), value=change(a.effect)) for a in answers]
    return _("Effet de chaque question rapporté à celui qui compterait. {parts}.").format(parts=_(" ; ").join(parts))
