"""How a sample was drawn, and the linearised variance that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level

Floats = NDArray[np.float64]
LonelyPsu = Literal["refuse", "adjust", "certainty"]


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """One stage of sampling: the stratum of each unit drawn, and how strongly each counts in the variance."""

    unit: NDArray[np.intp]  # unit of each row, shape (n,)
    stratum: NDArray[np.intp]  # stratum of each unit, shape (units,)
    scale: Floats  # of each unit's squared deviation, shape (units,)
    centred: NDArray[np.bool_]  # False where a lonely unit is compared with the overall mean, shape (units,)


@dataclass(frozen=True, slots=True, eq=False)
class _Calibration:
    """Margins the weights were fitted to; only what they do not explain remains as error."""

    basis: Floats  # orthonormal, of the margins times root(base), shape (n, rank)
    base: Floats  # weights before, shape (n,)

    def residuals(self, scores: Floats) -> Floats:
        root = np.sqrt(self.base)[:, None]
        fitted = self.basis @ (self.basis.T @ (root * scores))
        return scores - np.divide(fitted, root, out=np.zeros_like(fitted), where=root > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """How a sample was drawn: weights, strata, clusters and finite populations, one entry a row of data.

    Parameters
    ----------
    weights
        People (units) each row stands for, shape (n,); not negative. Any array-like is converted.
    strata
        Stratum of each row, shape (n,); None: one stratum.
    clusters
        Cluster drawn first (primary sampling unit) of each row, shape (n,), or one column a stage,
        shape (n, stages). None: each row was drawn on its own. A cluster lies in one stratum.
    fpc
        Clusters in the population of the row's stratum (finite population), of the shape of `clusters`: at
        a second stage, units in the population of the row's cluster. None: drawn with replacement, or so
        few of so many that it does not matter. Later stages count only with it.
    lonely_psu
        What to do with a stratum of which one cluster was drawn, out of several: `refuse` (ValueError),
        `adjust` (its deviation is taken from the mean of all strata) or `certainty` (it adds no variance).
        A stratum drawn whole (`fpc` equals what was drawn) adds none and is never refused.

    Raises
    ------
    ValueError
        Where shapes differ, something is missing, a weight is negative, a cluster lies in two strata, `fpc`
        varies within a stratum or is below what was drawn, or a stratum is lonely and nothing is said of it.

    Notes
    -----
    Variance: sum over strata of (1 - n/N) n/(n - 1) sum over clusters of (z - mean z)², where z is the
    cluster's total of weight times linearised score, and for each further stage the same within clusters,
    times the fractions drawn before it. Degrees of freedom: clusters less strata.
    Assumes that the weights are inverse inclusion probabilities and that clusters answered.
    When not to use: volunteers, or people who happened to come. Weights do not make them a sample.
    Sources: Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, 4.3; Lumley (2004),
    J Stat Softw 9(8); as `svydesign` of R's survey 4.1, whose `adjust` and `certainty` are the same.
    """

    weights: Floats
    strata: NDArray[Any] | None = None
    clusters: NDArray[Any] | None = None
    fpc: Floats | None = None
    lonely_psu: LonelyPsu = "refuse"
    _calibration: _Calibration | None = field(default=None, repr=False)
    _stages: tuple[_Stage, ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        weights = np.array(self.weights, dtype=float)
        if weights.ndim != 1 or weights.size == 0:
            raise ValueError(f"`weights` must have shape (n,) with n at least 1, not {weights.shape}.")
        _refuse(~(np.isfinite(weights) & (weights >= 0)), "`weights` must be finite and not negative")
        if self.lonely_psu not in ("refuse", "adjust", "certainty"):
            raise ValueError(f"`lonely_psu` must be refuse, adjust or certainty, not {self.lonely_psu}.")
        n = weights.size
        strata = _codes(np.zeros(n) if self.strata is None else self.strata, n, "strata")[:, 0]
        clusters = _codes(np.arange(n) if self.clusters is None else self.clusters, n, "clusters")
        population = None if self.fpc is None else np.array(self.fpc, dtype=float)
        if population is not None:
            population = population[:, None] if population.ndim == 1 else population
            if population.shape != clusters.shape:
                raise ValueError(f"`fpc` must have the shape of `clusters`, {clusters.shape}, not {population.shape}.")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "_stages", _stages(strata, clusters, population, self.lonely_psu))

    def __len__(self) -> int:
        return int(self.weights.size)


def _refuse(bad: NDArray[np.bool_], rule: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        raise ValueError(f"{rule}: {rows.size} of {bad.size} rows are not so (first: row {rows[0]}).")


def _codes(labels: ArrayLike, n: int, name: str) -> NDArray[np.intp]:
    values = np.asarray(labels, dtype=object)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.shape[0] != n:
        raise ValueError(f"`{name}` must have one row for each of the {n} weights, not shape {values.shape}.")
    codes = np.column_stack([pd.factorize(column)[0] for column in values.T])
    _refuse(np.asarray((codes < 0).any(axis=1)), f"`{name}` must not hold missing values")
    return codes


def _stages(
    strata: NDArray[np.intp], clusters: NDArray[np.intp], population: Floats | None, lonely: LonelyPsu
) -> tuple[_Stage, ...]:
    stages: list[_Stage] = []
    fraction = np.ones(strata.size)  # of what was drawn at the stages before, by row
    for level, labels in enumerate(clusters.T):
        # Units of a later stage are numbered within their cluster; those of the first stand on their own.
        unit = labels if level == 0 else np.unique(strata * (labels.max() + 1) + labels, return_inverse=True)[1]
        first = np.unique(unit, return_index=True)[1]
        of_unit = strata[first]
        _refuse(of_unit[unit] != strata, "A cluster must lie in one stratum; make the names of clusters unique")
        drawn = np.bincount(of_unit, minlength=strata.max() + 1).astype(float)
        size = np.full(drawn.size, np.inf)
        if population is not None:
            given = population[:, level]
            size[strata] = given
            _refuse(~(given == size[strata]), "`fpc` must be present and the same for all rows of a stratum")
            _refuse(given < drawn[strata], "`fpc` must not be below what was drawn")
        kept = np.zeros(drawn.size)
        kept[strata] = fraction
        left = kept * (1 - drawn / size)
        alone = (drawn == 1) & (left > 0)
        if lonely == "refuse" and alone.any() and drawn.size > 1:
            raise ValueError(
                f"A stratum with one cluster does not say how clusters vary: {alone.sum()} of {drawn.size} strata at "
                f"stage {level + 1} (first: row {np.flatnonzero(alone[strata])[0]}). Join it with another, or say "
                "`lonely_psu` 'adjust' or 'certainty'."
            )
        scale = left * np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), float(lonely == "adjust"))
        stages.append(_Stage(unit, of_unit, scale[of_unit], ~alone[of_unit]))
        if population is None:
            break
        fraction, strata = fraction * (drawn / size)[strata], unit
    return tuple(stages)


def _simple_design(design: Design | None, n: int) -> Design:
    """`design`, or rows drawn one by one; ValueError where it is not of `n` rows."""
    if design is None:
        return Design(np.ones(n))
    if len(design) != n:
        raise ValueError(f"The design has {len(design)} rows and the values {n}: both must be of the same rows.")
    return design


def _variance(design: Design, scores: Floats) -> Floats:
    """Covariance of the totals of weight times `scores`, shape (n, p) to (p, p)."""
    scores = scores if design._calibration is None else design._calibration.residuals(scores)
    z = design.weights[:, None] * scores
    out = np.zeros((z.shape[1], z.shape[1]))
    for stage in design._stages:
        total = np.zeros((stage.stratum.size, z.shape[1]))
        np.add.at(total, stage.unit, z)
        by_stratum = np.zeros((int(stage.stratum.max()) + 1, z.shape[1]))
        np.add.at(by_stratum, stage.stratum, total)
        mean = by_stratum / np.maximum(np.bincount(stage.stratum), 1)[:, None]
        away = total - mean[stage.stratum] * stage.centred[:, None]
        out += (away * stage.scale[:, None]).T @ away
    return out


def _degrees_of_freedom(design: Design, inside: NDArray[np.bool_]) -> int:
    """Clusters less strata among the rows `inside`, shape (n,), that have weight."""
    units = np.unique(design._stages[0].unit[inside & (design.weights > 0)])
    return int(units.size - np.unique(design._stages[0].stratum[units]).size)


def _is_census(design: Design) -> bool:
    """True where everything was drawn: the absence of variance is then knowledge."""
    return all(((stage.scale == 0) & stage.centred).all() for stage in design._stages)


def _standard_error(design: Design, scores: Floats, *, size: float) -> float:
    """Of the total of weight times `scores`, shape (n,); NaN where clusters agree to rounding of `size`.

    Clusters that all agree do not say how far clusters vary: an interval of zero width would be a false certainty.
    """
    error = float(np.sqrt(max(_variance(design, scores[:, None])[0, 0], 0.0)))
    return error if error > 1e-12 * size or _is_census(design) else np.nan


def _answer(
    value: float, lower: float, upper: float, *, confidence_level: float, unit: str, method: str, n: float
) -> Estimate:
    check_confidence_level(confidence_level)
    status = "ok" if np.isfinite([value, lower, upper]).all() else "too_few"
    return Estimate(float(value), float(lower), float(upper), confidence_level, unit, method, float(n), status)
