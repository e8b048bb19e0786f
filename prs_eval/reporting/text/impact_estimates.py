"""What each design found, in the words of the design, with its interval and where the interval comes from."""

from __future__ import annotations

import math

from prs_eval.i18n import _
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_plan import (
    AgainstBenchmark,
    BeforeAfter,
    DifferenceInDifferences,
    InterruptedSeries,
    NullModel,
    Paired,
    Trend,
)
from prs_eval.reporting import format as fmt
from prs_eval.reporting.text.impact_words import change, in_words, inference_label
from prs_eval.reporting.text.network_words import Row, join


def estimate(answer: Answer) -> str:
    """The estimate with its interval, in the words of its design."""
    if answer.effect.status != "ok" or math.isnan(answer.effect.estimate):
        return _("Trop peu de données pour estimer.")
    question = answer.question
    tell = {
        DifferenceInDifferences: _difference,
        InterruptedSeries: _series,
        BeforeAfter: _before_after,
        AgainstBenchmark: _benchmark,
        Trend: _trend,
        NullModel: _null_model,
        Paired: _paired,
    }[type(question)]
    return join(tell(answer), _inference(answer))


def _difference(answer: Answer) -> str:
    n = answer.found.levels
    text = _(
        "De {before} avant {start} à {after} depuis dans les {k} quartiers du programme ; de {other_before} à "
        "{other_after} dans les {m} quartiers de comparaison. L'écart entre les deux groupes a changé de {change}."
    )
    assert isinstance(answer.question, DifferenceInDifferences)
    return text.format(
        before=fmt.percent(n["before"], 1),
        after=fmt.percent(n["after"], 1),
        other_before=fmt.percent(n["comparison_before"], 1),
        other_after=fmt.percent(n["comparison_after"], 1),
        start=answer.question.start,
        k=fmt.number(n["treated"]),
        m=fmt.number(n["comparison"]),
        change=change(answer.effect),
    )


def _series(answer: Answer) -> str:
    n = answer.found.levels
    text = _(
        "Avec {before} mois avant et {after} mois après, la tendance et la saison mises à part, le niveau a changé de "
        "{change} au moment du changement."
    )
    said = text.format(
        before=fmt.number(n["points_before"]), after=fmt.number(n["points_after"]), change=change(answer.effect)
    )
    if n["slope_lower"] <= 0 <= n["slope_upper"]:
        return join(said, _("La tendance n'a pas clairement changé ensuite."))
    word = (
        _("Ensuite, la tendance monte davantage qu'avant.")
        if n["slope"] > 0
        else _("Ensuite, la tendance monte moins, ou baisse davantage, qu'avant.")
    )
    return join(said, word)


def _before_after(answer: Answer) -> str:
    n, question = answer.found.levels, answer.question
    assert isinstance(question, BeforeAfter)
    people = {"n": fmt.number(n["n_before"]), "m": fmt.number(n["n_after"])}
    if question.outcome == "honoured":
        levels = {"before": fmt.percent(n["before"]), "after": fmt.percent(n["after"])}
        text = _(
            "Rendez-vous honorés : {before} des {n} personnes vues avant ({what}, {date}), {after} des {m} vues "
            "depuis ; soit {change}."
        )
    else:
        levels = {"before": fmt.quantity(n["before"], "days", 0), "after": fmt.quantity(n["after"], "days", 0)}
        text = _(
            "Attente moyenne dans les {horizon} premiers jours : {before} pour les {n} personnes vues avant ({what}, "
            "{date}), {after} pour les {m} vues depuis ; soit {change}."
        )
    return text.format(
        **people,
        **levels,
        what=question.change,
        date=fmt.date(question.change_on),
        horizon=fmt.number(question.horizon_days),
        change=change(answer.effect),
    )


def _benchmark(answer: Answer) -> str:
    n, question = answer.found.levels, answer.question
    assert isinstance(question, AgainstBenchmark)
    own = fmt.percent(n["own"])
    people = fmt.number(answer.effect.n)
    if question.source is not None:
        text = _("Ici, {own} de {people} personnes ; publié : {published} ({source}). Écart : {change}.")
        return text.format(
            own=own,
            people=people,
            published=fmt.percent(n["published"]),
            source=question.source,
            change=change(answer.effect),
        )
    text = _("Ici, {own} de {people} personnes ; ailleurs, {published} de {m} personnes. Écart : {change}.")
    return text.format(
        own=own,
        people=people,
        published=fmt.percent(n["published"]),
        m=fmt.number(n["n_published"]),
        change=change(answer.effect),
    )


def _trend(answer: Answer) -> str:
    question = answer.question
    assert isinstance(question, Trend)
    first = int(answer.found.levels["first_year"])
    text = _("Depuis {first}, en moyenne {change} par an, chaque quartier ayant son propre niveau.")
    return text.format(first=first, change=change(answer.effect))


def _null_model(answer: Answer) -> str:
    ties = answer.found.levels["ties"]
    text = _("Sur {ties} liens, ceux qui relient deux secteurs différents s'écartent du hasard de {change}.")
    return text.format(ties=fmt.number(ties), change=change(answer.effect))


def _paired(answer: Answer) -> str:
    n = answer.found.levels
    text = _(
        "De {before} à {after} points en moyenne pour les {n} personnes suivies avant et après, sur {asked} : "
        "{change}, soit {d_z} écart-type de l'évolution."
    )
    said = text.format(
        before=fmt.number(n["before"], 1),
        after=fmt.number(n["after"], 1),
        n=fmt.number(n["n"]),
        asked=fmt.number(n["asked"]),
        change=change(answer.effect),
        d_z=fmt.number(n["d_z"], 2),
    )
    rows = answer.found.robustness
    other = rows[(rows["analysis"] == "regression_to_the_mean") & (rows["status"] == "ok")]
    if other.empty:
        return said
    row: Row = {str(k): v for k, v in other.iloc[0].to_dict().items()}
    retold = _(
        "Une fois retiré le retour vers la moyenne (une personne qui part bas remonte d'elle-même), il reste {change}."
    )
    return join(said, retold.format(change=fmt.signed(in_words(row))))


def _inference(answer: Answer) -> str:
    return _("Marge d'incertitude : {how}.").format(how=inference_label(answer.effect))
