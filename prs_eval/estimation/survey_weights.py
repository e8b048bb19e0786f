"""Weights fitted to known totals of the population, and what unequal weights cost."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.survey_design import Design, Floats, _Calibration

_ROUNDING = 1e-6  # by which totals of two margins may differ, relative


def post_stratify(design: Design, groups: ArrayLike, totals: Mapping[Hashable, float]) -> Design:
    """The design with weights that give each group its known total of people.

    Parameters
    ----------
    groups
        Group (age by sex, quartier) of each row, shape (n,).
    totals
        People of the population by group: all the groups of the sample and no other.

    Returns
    -------
    A new Design; estimates from it count only the variation within groups as error.

    Raises
    ------
    ValueError
        Where a group is missing, its total is unknown, not positive, or has nobody in the sample; where the
        weights were fitted before.

    Notes
    -----
    w g, with g = total / sum of w in the group; variance from the residuals of the scores on the groups.
    Assumes that within a group those who answered are like those who did not.
    When not to use: groups of fewer than about 20 answers (join them), or totals of another population.
    Source: Holt and Smith (1979), JRSS A 142:33-46; as `postStratify` of R's survey 4.1.
    """
    return rake(design, [groups], [totals])


def rake(
    design: Design,
    margins: Sequence[ArrayLike],
    totals: Sequence[Mapping[Hashable, float]],
    *,
    max_iterations: int = 1000,
    tolerance: float = 1e-12,
) -> Design:
    """The design with weights that give every margin in turn its known totals of people.

    Parameters
    ----------
    margins
        For each margin the category of each row, shape (n,): sex, age, quartier.
    totals
        For each margin the people of the population by category; all margins sum to the same.
    tolerance
        Relative, on the fitted totals.

    Returns
    -------
    A new Design; estimates from it count only what the margins do not explain as error.

    Raises
    ------
    ValueError
        As `post_stratify`; where margins sum to different totals, or no weights fit them all.

    Notes
    -----
    Iterative proportional fitting; variance from the residuals of the scores regressed, with the weights
    before fitting, on the categories, times the fitted weights. Fitted weights taken as if they were drawn,
    without residuals, overstate or understate the error: see the test.
    When not to use: more categories than the sample can carry, where weights spread (`effective_sample_size`).
    Sources: Deming and Stephan (1940), Ann Math Stat 11:427-444; Deville, Särndal and Sautory (1993), JASA
    88:1013-1020; as `calibrate(calfun = "raking")` of R's survey 4.1, and as `rake` where weights were equal.
    """
    if design._calibration is not None:
        raise ValueError("The weights were fitted before: fit all margins at once, from the weights of the draw.")
    if len(margins) != len(totals) or not margins:
        raise ValueError(f"One mapping of totals is needed for each margin: {len(margins)} margins, {len(totals)}.")
    coded = [_coded(margin, known, design) for margin, known in zip(margins, totals, strict=True)]
    people = [float(known.sum()) for _, known in coded]
    if max(people) - min(people) > _ROUNDING * max(people):
        raise ValueError("The margins must sum to one same total: do they come from the same population and year?")
    weights = design.weights.copy()
    for _ in range(max_iterations):
        for codes, known in coded:
            weights *= (known / np.bincount(codes, weights, known.size))[codes]
        off = max(np.abs(np.bincount(codes, weights, known.size) / known - 1).max() for codes, known in coded)
        if off <= max(tolerance, (max(people) - min(people)) / max(people)):
            break
    else:
        raise ValueError(f"No weights fit all margins after {max_iterations} rounds: join small categories.")
    indicators = np.hstack([np.eye(known.size)[codes] for codes, known in coded])
    basis, strength, _ = np.linalg.svd(np.sqrt(design.weights)[:, None] * indicators, full_matrices=False)
    kept = basis[:, strength > strength[0] * 1e-10]  # categories of several margins are collinear
    return replace(design, weights=weights, _calibration=_Calibration(kept, design.weights))


def effective_sample_size(weights: ArrayLike) -> Estimate:
    """People an equally weighted sample would need for the same precision, as far as weights alone decide.

    Parameters
    ----------
    weights
        Shape (n,), not negative.

    Returns
    -------
    Estimate, `unit` "people", `method` "kish"; it is computed from the weights, not estimated: the limits are
    the number itself. `too_few` and NaN where no weight is above 0.

    Raises
    ------
    ValueError
        Where a weight is negative or missing.

    Notes
    -----
    (sum w)² / sum w². Assumes weights that have nothing to do with what is measured; clusters are left out.
    When not to use: to choose degrees of freedom, or in place of the error of a design.
    Source: Kish (1965), Survey Sampling, 11.7; Kish (1992), J Off Stat 8:183-200.
    """
    w = np.asarray(weights, dtype=float)
    if w.ndim != 1 or not (np.isfinite(w) & (w >= 0)).all():
        raise ValueError("`weights` must have shape (n,) and be finite and not negative.")
    known = w.sum() > 0
    size = float((w / w.max()).sum() ** 2 / np.square(w / w.max()).sum()) if known else np.nan
    return Estimate(size, size, size, np.nan, "people", "kish", float(w.size), "ok" if known else "too_few")


def _coded(margin: ArrayLike, totals: Mapping[Hashable, float], design: Design) -> tuple[np.ndarray, Floats]:
    labels = np.asarray(margin, dtype=object)
    if labels.shape != (len(design),):
        raise ValueError(f"A margin must have one entry for each of the {len(design)} rows, not {labels.shape}.")
    codes, found = pd.factorize(labels)
    if (codes < 0).any():
        raise ValueError(f"A margin must not hold missing values: {(codes < 0).sum()} of {codes.size} rows do.")
    unknown, absent = [c for c in found if c not in totals], [c for c in totals if c not in set(found)]
    if unknown or absent:
        raise ValueError(
            f"Totals must be of the categories of the sample: {len(unknown)} categories have no total, {len(absent)} "
            "totals nobody in the sample. Join categories until each has answers."
        )
    known = np.array([totals[c] for c in found], dtype=float)
    if not (np.isfinite(known) & (known > 0)).all() or (np.bincount(codes, design.weights) == 0).any():
        raise ValueError("Totals must be above 0, and each category must have weight in the sample.")
    return codes, known
