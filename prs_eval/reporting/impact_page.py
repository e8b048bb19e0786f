"""How the impact report tells one question: what could be seen, what was, the picture, the checks, the grade."""

from __future__ import annotations

from collections.abc import Iterable

from prs_eval.i18n import _
from prs_eval.inputs.parameters import Break
from prs_eval.programme.impact import Impact
from prs_eval.programme.impact_answer import Answer
from prs_eval.programme.impact_public import is_withheld
from prs_eval.programme.run import Run
from prs_eval.reporting.figures import impact as figures
from prs_eval.reporting.page import heading, no_data, say, show, show_table
from prs_eval.reporting.text import impact as text
from prs_eval.reporting.text import impact_tables as tables
from prs_eval.reporting.text.impact_estimates import estimate


def show_answers(answers: Iterable[Answer], *, breaks: Iterable[Break] = ()) -> None:
    """Each question under its heading, always in the same order: detectable, estimate, picture, checks, conclusion."""
    for answer in answers:
        heading(str(answer.question.label))
        if answer.found.no_data:
            say(no_data(tables.caption(answer)))
            continue
        if is_withheld(answer):
            say(text.planned(answer), text.withheld(answer), text.conclusion(answer))
            continue
        say(text.detectable(answer), estimate(answer), text.left_out(answer))
        picture = figures.plot_answer(answer, breaks=breaks)
        if picture is not None:
            show(picture, table=tables.data(answer), caption=tables.caption(answer), alt=tables.alt(answer))
        show_table(tables.checks(answer), tables.checks_caption(answer), folded=True)
        say(text.conclusion(answer), text.reasons(answer))


def show_overview(impact: Impact, *, key: int = 0) -> None:
    """All questions on one scale, with the strength of the evidence; nothing where the city has no plan.

    key: how many of its sentences are the page's key messages.
    """
    answers = [answer for answer in impact.answers if not answer.found.no_data]
    if answers:
        table, caption = tables.grades_table(answers), _("Effets, effets visibles et force de la preuve")
        if all(is_withheld(answer) for answer in answers):
            show_table(table, caption)
        else:
            picture = figures.plot_overview(answers, tables.short_names(answers))
            show(picture, table=table, caption=caption, alt=tables.overview_alt(answers))
        say(*text.overview(answers), key=key)
    say(text.without_data(impact.answers))


def show_pathways(impact: Impact, run: Run) -> None:
    """Each pathway of the theory of change, step by step, and whether its steps moved in order."""
    for pathway in run.catalogue.theory_of_change:
        if pathway.code in impact.pathways:
            steps = impact.pathways[pathway.code]
            heading(str(pathway.label))
            show_table(tables.pathway(steps, pathway, run.catalogue, run.plan), tables.pathway_caption(pathway))
            say(tables.pathway_sentence(steps))
