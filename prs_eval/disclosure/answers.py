"""What a public page may say of the analysis plan's answers: the rule is in `prs_eval.programme.impact_public`."""

from __future__ import annotations

from prs_eval.programme.impact import Impact, public_form
from prs_eval.programme.run import Run


def protect_impact(run: Run, impact: Impact) -> Impact:
    """The answers as the audience of `run` may see them, however they were made; those that are public stay as such."""
    return public_form(run, impact) if run.public else impact
