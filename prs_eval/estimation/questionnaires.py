"""Published questionnaires scored by their published rules; one missing item, no score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._grouping import aggregate, keys, numeric, student_half_width
from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import check_confidence_level, wilson_interval
from prs_eval.estimation.scales import total_score

EPICES_PRECARIOUS = 30.17  # from this score on
WHO5_LOW = 50.0  # up to this score
EPICES_WEIGHTS = {
    "social_worker": 10.06,
    "complementary_cover": -11.83,
    "couple": -8.28,
    "owner": -8.28,
    "money_trouble": 14.80,
    "sport": -6.51,
    "shows": -7.10,
    "holidays": -7.10,
    "family_contact": -9.47,
    "lodging_help": -9.47,
    "material_help": -7.10,
}
_Questionnaire = Literal["epices", "who5", "gse", "ghq12_likert", "ghq12_bimodal"]


def epices_score(answers: ArrayLike) -> NDArray[np.float64]:
    """EPICES deprivation score, 0 (none) to 100 points, one a person; NaN where an item has no answer.

    Parameters
    ----------
    answers
        Shape (people, 11), 1 for yes and 0 for no, NaN without answer; columns in the order of
        `EPICES_WEIGHTS`, which is that of the questionnaire.

    Returns
    -------
    Scores, shape (people,), to two decimals as the weights are. Precarious from `EPICES_PRECARIOUS` (30.17).

    Raises
    ------
    ValueError
        Where there are not 11 columns, or an answer is neither 0 nor 1.

    Notes
    -----
    Formula: 75.14 + sum of the weights of the items answered yes. Assumes adults in France, for whom the
    weights were estimated. When not to use: with an item missing (it has no published imputation), or as a
    measure of change.
    Sources: Sass et al. (2006), Santé publique 18:513-522; Labbé et al. (2007), La Revue de l'Ires 53:3-49;
    the threshold opens the fourth of the five classes of their study.
    """
    x = np.asarray(answers, dtype=float)
    total_score(x, items=len(EPICES_WEIGHTS), low=0, high=1)  # checks the answers
    return np.asarray(np.round(75.14 + x @ np.array(list(EPICES_WEIGHTS.values())), 2) + 0.0)


def who5_score(answers: ArrayLike) -> NDArray[np.float64]:
    """WHO-5 well-being, 0 to 100 points (sum of 5 items 0-5, x 4); NaN where an item has no answer.

    Parameters
    ----------
    answers
        Shape (people, 5), 0 (at no time) to 5 (all of the time), NaN without answer.

    Returns
    -------
    Scores, shape (people,); low well-being up to `WHO5_LOW` (50).

    Raises
    ------
    ValueError
        Where there are not 5 columns, or an answer is not a whole number from 0 to 5.

    Notes
    -----
    Formula: 4 x sum. Assumes all five items of the 1998 version. When not to use: as a diagnosis.
    Sources: WHO Regional Office for Europe (1998); Topp et al. (2015), Psychother Psychosom 84:167-176.
    """
    return total_score(answers, items=5, low=0, high=5, multiplier=4)


def gse_score(answers: ArrayLike) -> NDArray[np.float64]:
    """General Self-Efficacy, 10 to 40 points (sum of 10 items 1-4); NaN where an item has no answer.

    Parameters
    ----------
    answers
        Shape (people, 10), 1 (not at all true) to 4 (exactly true), NaN without answer.

    Returns
    -------
    Scores, shape (people,). No threshold is published.

    Raises
    ------
    ValueError
        Where there are not 10 columns, or an answer is not a whole number from 1 to 4.

    Notes
    -----
    Formula: sum. Assumes one trait. When not to use: to class people as high or low.
    Source: Schwarzer & Jerusalem (1995), in *Measures in health psychology*, 35-37.
    """
    return total_score(answers, items=10, low=1, high=4)


def ghq12_score(answers: ArrayLike, *, method: Literal["likert", "bimodal"] = "likert") -> NDArray[np.float64]:
    """GHQ-12 distress, 0-36 points ("likert") or 0-12 ("bimodal"); NaN where an item has no answer.

    Parameters
    ----------
    answers
        Shape (people, 12), place of the answer on the form, 0 (best) to 3 (worst), NaN without answer. The
        form prints the answers of each item from best to worst, so no item is to be reversed.
    method
        "likert" sums 0-1-2-3; "bimodal" (the GHQ method) sums 0-0-1-1.

    Returns
    -------
    Scores, shape (people,). Thresholds vary by population: none is applied here.

    Raises
    ------
    ValueError
        Where there are not 12 columns, an answer is not a whole number from 0 to 3, or the method is unknown.

    Notes
    -----
    Formula: sum of the item scores. When not to use: as a diagnosis; to compare scores of the two methods.
    Sources: Goldberg & Williams (1988), A User's Guide to the GHQ; Goldberg et al. (1997), Psychol Med
    27:191-197.
    """
    if method not in ("likert", "bimodal"):
        raise ValueError(f'`method` must be "likert" or "bimodal", not {method}.')
    x = np.asarray(answers, dtype=float)
    total = total_score(x, items=12, low=0, high=3)
    if method == "likert":
        return total
    return np.where(np.isnan(total), np.nan, (x >= 2).sum(axis=1))


# Scale, whose share is told, and who belongs to it.
_RULES: dict[str, tuple[Callable[[Any], NDArray[np.float64]], str, Callable[[Any], Any] | None]] = {
    "epices": (epices_score, "precarious", lambda score: score >= EPICES_PRECARIOUS),
    "who5": (who5_score, "low", lambda score: score <= WHO5_LOW),
    "gse": (gse_score, "", None),
    "ghq12_likert": (ghq12_score, "", None),
    "ghq12_bimodal": (lambda x: ghq12_score(x, method="bimodal"), "", None),
}


def estimate_scores(
    table: pd.DataFrame,
    *,
    indicator: str,
    questionnaire: _Questionnaire,
    items: Sequence[str],
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Mean score in points, share beyond the published threshold, and people refused, by group.

    Parameters
    ----------
    table
        One row a person; `items` names the columns of the answers in the order of the questionnaire.
    questionnaire
        "epices", "who5", "gse", "ghq12_likert" or "ghq12_bimodal".

    Returns
    -------
    DataFrame in the one output shape with the further group `measure`: "mean" (Student's limits, `numerator`
    the people scored of all), "precarious" (EPICES >= 30.17) or "low" (WHO-5 <= 50) as a share of those
    scored ("wilson"), and "refused": the people without a score because an item is missing ("count").

    Raises
    ------
    ValueError
        Where the questionnaire is unknown, a column is absent or an answer is off the scale.

    Notes
    -----
    Formulas and sources: those of the scores; Student (1908), Biometrika 6:1-25; Wilson (1927), JASA
    22:209-212. Assumes independent people, and that those refused would have scored like the others.
    When not to use: where many are refused; look at who they are first.
    """
    check_confidence_level(confidence_level)
    if questionnaire not in _RULES:
        raise ValueError(f"`questionnaire` must be one of {', '.join(_RULES)}, not {questionnaire}.")
    rule, beyond, belongs = _RULES[questionnaire]
    score = rule(np.column_stack([numeric(table, item) for item in items]))
    frame = keys(table, by).assign(_score=score, _beyond=belongs(score) if belongs else False)
    sums = aggregate(
        frame, by, rows=("_score", "size"), n=("_score", "count"), mean=("_score", "mean"), sd=("_score", "std"),
        beyond=("_beyond", "sum"),
    )  # fmt: skip
    rows, n, beyonds = (sums[c].fillna(0).to_numpy(dtype=float) for c in ("rows", "n", "beyond"))
    half = student_half_width(sums["sd"], n, size=sums["mean"], confidence_level=confidence_level)
    mean = sums["mean"].where(n > 1, np.nan).to_numpy(dtype=float)
    base = sums[list(by)].assign(indicator=indicator, confidence_level=confidence_level)
    parts = [
        base.assign(measure="mean", numerator=n, denominator=rows, n=n, estimate=mean, lower=mean - half,
                    upper=mean + half, unit="points", method="student"),
        base.assign(measure="refused", numerator=rows - n, denominator=rows, n=rows, estimate=rows - n,
                    unit="people", method="count"),
    ]  # fmt: skip
    if belongs:
        lower, upper = wilson_interval(beyonds, n, confidence_level=confidence_level)
        share = np.divide(beyonds, n, out=np.full(n.shape, np.nan), where=n > 0)
        parts.insert(1, base.assign(measure=beyond, numerator=beyonds, denominator=n, n=n, estimate=share, lower=lower,
                                    upper=upper, unit="proportion", method="wilson"))  # fmt: skip
    return estimates(pd.concat(parts, ignore_index=True), groups=[*(g for g in by if g not in HEAD), "measure"])
