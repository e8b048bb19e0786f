"""Synthetic controls: a treated unit against the weighted average of untreated ones that went the same way before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Literal

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._synthetic import ZERO, setting
from prs_eval.impact._synthetic_results import (
    DONORS,
    PlaceboTest,
    PooledSyntheticControl,
    SyntheticControl,
    control,
    drawn,
    effect_of,
    located,
    one_row,
    permuted,
    placebo_limits,
    placebo_table,
)
from prs_eval.impact.panel import Panel

__all__ = [
    "PlaceboTest",
    "PooledSyntheticControl",
    "SyntheticControl",
    "leave_one_out",
    "placebo_test",
    "pooled_synthetic_control",
    "synthetic_control",
]


def synthetic_control(
    panel: Panel,
    *,
    unit: str,
    donors: Sequence[str] | None = None,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Mapping[str, float] | Sequence[float] | None = None,
) -> SyntheticControl:
    """The weighted average of untreated units that was nearest to a treated one before its start, and the gap after.

    Parameters
    ----------
    panel
        Outcomes at the same periods for all; the unit's start is taken from it.
    unit
        The treated unit.
    donors
        Units to build from; those never treated where not given.
    predictors
        One row a unit of the panel, K columns, to be matched instead of the outcomes before the start. Each is
        divided by its standard deviation among the unit and its donors.
    predictor_weights
        V: the importance of each predictor (0 or more, made to sum to one); equal where not given.

    Returns
    -------
    SyntheticControl. Without `predictors`, every outcome before the start is one, all of the same importance.

    Raises
    ------
    ValueError
        An unknown unit, one that is never treated, a donor that is treated, an outcome that is missing, a predictor
        that is missing, weights that are negative or of another number.

    Notes
    -----
    min (x1 - X0 w)' V (x1 - X0 w) over w >= 0, sum(w) = 1, exactly (active set). V is given, never searched: the nested
    search of R's Synth ends elsewhere with each optimiser. Assumes that no donor is touched by the treatment. When not
    to use: a unit outside the range of its donors (`fit_ok` false), few periods before the start (a fit by chance),
    donors whose composition changed.
    Sources: Abadie & Gardeazabal (2003), Am Econ Rev 93:113-132; Abadie, Diamond & Hainmueller (2010), JASA
    105:493-505; Abadie (2021), J Econ Lit 59:391-425.
    """
    row, rows, start = located(panel, unit, donors)
    return control(panel, setting(panel, start, predictors, predictor_weights), row, rows)


def leave_one_out(
    panel: Panel,
    *,
    unit: str,
    donors: Sequence[str] | None = None,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Mapping[str, float] | Sequence[float] | None = None,
) -> pd.DataFrame:
    """The effect on a unit without each donor that has weight: does it rest on one of them?

    Parameters
    ----------
    panel, unit, donors, predictors, predictor_weights
        As in `synthetic_control`.

    Returns
    -------
    One row a donor with weight in the one output shape (group columns `place`, `without`), the heaviest first;
    limits are NaN, `n` is the number of units left.

    Raises
    ------
    ValueError
        As `synthetic_control`.

    Notes
    -----
    When not to use: as an interval. Source: Abadie, Diamond & Hainmueller (2015), Am J Polit Sci 59:495-510.
    """
    row, rows, start = located(panel, unit, donors)
    given = setting(panel, start, predictors, predictor_weights)
    whole = control(panel, given, row, rows)
    heavy = whole.weights[whole.weights > 0].sort_values(ascending=False, kind="stable")
    found = []
    for name in heavy.index:
        left = rows[rows != panel.units.index(name)]
        found.append(one_row(panel, control(panel, given, row, left), left.size + 1) | {"without": name})
    return estimates(found, groups=["place", "without"])


def placebo_test(
    panel: Panel,
    *,
    unit: str,
    donors: Sequence[str] | None = None,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Mapping[str, float] | Sequence[float] | None = None,
    statistic: Literal["ratio", "effect"] = "ratio",
    max_pre_rmspe_ratio: float | None = None,
    confidence_level: float = 0.95,
) -> PlaceboTest:
    """How unusual the effect on a unit is among those "found" on its donors, each taken for the treated one.

    Parameters
    ----------
    panel, unit, donors, predictors, predictor_weights
        As in `synthetic_control`.
    statistic
        What p-value and limits of `effect` rest on: "ratio" (error after over error before: a bad fit before makes a
        gap after less surprising) or "effect" (the size of the mean gap).
    max_pre_rmspe_ratio
        Leave out placebos whose error before is more than this many times that of the unit; none where not given.
    confidence_level
        Level of the limits: the constant effects that the placebos do not reject.

    Returns
    -------
    PlaceboTest. `effect.inference` is "placebo"; its limits are NaN, with reason "few_placebos", where no rank can
    reach the level (95 %: under 19 placebos), and NaN where no constant effect agrees with the gaps ("ratio" only).

    Raises
    ------
    ValueError
        As `synthetic_control`; `statistic` is unknown.

    Notes
    -----
    p = (1 + placebos at least as extreme) / (1 + placebos). Each placebo is built from the other donors, never from
    the treated unit. Assumes that each unit was as likely to be the treated one. When not to use: as evidence of no
    effect with few donors: with 7, p is never under 1/8.
    Sources: Abadie, Diamond & Hainmueller (2010), JASA 105:493-505; Firpo & Possebom (2018), J Causal Inference
    6:20160026.
    """
    check_confidence_level(confidence_level)
    if statistic not in ("ratio", "effect"):
        raise ValueError(f"`statistic` must be ratio or effect, not {statistic}.")
    row, rows, start = located(panel, unit, donors)
    given = setting(panel, start, predictors, predictor_weights)
    whole = control(panel, given, row, rows)
    if whole.status != "ok" or rows.size <= DONORS:
        none = placebo_table([], given, whole, None)
        short = effect_of(panel, (rows.size + 1, 1), whole.effect, level=confidence_level, reason="few_placebos")
        return PlaceboTest(short, whole, none, float("nan"), float("nan"))
    placebos = [(panel.units[j], given.fit(j, rows[rows != j])) for j in rows]
    table = placebo_table(placebos, given, whole, max_pre_rmspe_ratio)
    others = table[table["kept"] & ~table["treated"]]
    count = len(others) + 1
    p_ratio = (1 + int((others["ratio"] >= whole.ratio).sum())) / count
    p_effect = (1 + int((others["effect"].abs() >= abs(whole.effect)).sum())) / count
    few = floor((1 - confidence_level) * count + ZERO) < 1
    effect = effect_of(
        panel,
        (count, 1),
        whole.effect,
        placebo_limits(whole, others, statistic, confidence_level),
        level=confidence_level,
        p_value=p_ratio if statistic == "ratio" else p_effect,
        reason="few_placebos" if few else "all_assignments",
    )
    return PlaceboTest(effect, whole, table, p_ratio, p_effect)


def pooled_synthetic_control(
    panel: Panel,
    *,
    units: Sequence[str] | None = None,
    donors: Sequence[str] | None = None,
    inference: Literal["permutation", "placebo"] = "permutation",
    maximum: int = 2_000,
    confidence_level: float = 0.95,
    seed: int = 0,
) -> PooledSyntheticControl:
    """The mean effect on several units that started together, each against its own synthetic control.

    Parameters
    ----------
    panel
        Outcomes at the same periods for all; the start is taken from it.
    units
        The treated units; all of them where not given.
    donors
        Units to build from; those never treated where not given.
    inference
        "permutation": every choice of as many units among all, those truly treated included, is taken for the treated
        ones, the rest for donors. "placebo": means of as many placebo effects of donors, drawn with replacement; only
        with many donors (19 at 95 %), since with 7 it finds an effect where there is none in one case of six.
    maximum
        Assignments to look at; a seeded sample of so many where there are more.
    confidence_level, seed
        Level of the limits (by inversion, under one constant effect); seed of the sample.

    Returns
    -------
    PooledSyntheticControl. Limits are NaN, with reason "few_placebos", where there are too few assignments or donors;
    status `too_few` as in `synthetic_control`.

    Raises
    ------
    ValueError
        As `synthetic_control`; treated units with different starts; nobody is treated.

    Notes
    -----
    Units count alike. The permutation is exact where the units could have been exchanged without effect; weights rest
    on the periods before, so that limits follow in closed form. When not to use: units with different starts (take
    each group apart), or effects that are expected to differ in sign.
    Sources: Abadie, Diamond & Hainmueller (2010), JASA 105:493-505; Cavallo et al. (2013), Rev Econ Stat 95:1549-1561;
    Firpo & Possebom (2018), J Causal Inference 6:20160026.
    """
    check_confidence_level(confidence_level)
    if inference not in ("permutation", "placebo"):
        raise ValueError(f"`inference` must be permutation or placebo, not {inference}.")
    names = [panel.units[i] for i in np.flatnonzero(panel.treated)] if units is None else list(units)
    if not names:
        raise ValueError("nobody is treated in the panel: give a start to the units that are.")
    spots = [located(panel, name, donors) for name in names]
    if len({start for _, _, start in spots}) > 1:
        raise ValueError(f"the {len(names)} treated units have different starts: pool those of one start at a time.")
    treated, rows, start = np.array([row for row, _, _ in spots], dtype=np.intp), spots[0][1], spots[0][2]
    given = setting(panel, start)
    controls = tuple(control(panel, given, row, rows) for row in treated)
    if controls[0].status != "ok":
        mean, size = float("nan"), (rows.size + treated.size, treated.size)
        found = effect_of(panel, size, mean, level=confidence_level, reason="few_placebos"), np.empty(0)
    else:
        against = permuted if inference == "permutation" else drawn
        found = against(panel, given, treated, rows, maximum=maximum, level=confidence_level, seed=seed)
    poor = tuple(c.unit for c in controls if not c.fit_ok)
    table = estimates([one_row(panel, c, rows.size + 1) for c in controls], groups=["place"])
    gaps = np.mean([c.gaps for c in controls], axis=0)
    return PooledSyntheticControl(found[0], controls, table, gaps, found[1], not poor, poor)
