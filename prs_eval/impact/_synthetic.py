"""What synthetic controls share: the setting they are fitted in, one fit, and placebo distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from math import comb, factorial, floor, prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.impact._simplex import simplex_weights
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]
Rows = NDArray[np.intp]

ZERO = 1e-9  # of the outcome's spread: a pre-period error under this is a perfect fit


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Outcomes (N, T), the periods before the start (T,), predictors (N, K) and their weights (K,), or None."""

    outcome: Values
    before: NDArray[np.bool_]
    predictors: Values | None = None
    importance: Values | None = None

    def fit(self, row: int, donors: Rows) -> Fit:
        """The synthetic control of one row from others."""
        weights, unique = simplex_weights(self._differences(row, donors))
        gaps = self.outcome[row] - weights @ self.outcome[donors]
        return Fit(weights, gaps, unique, _rms(gaps[self.before]), _rms(gaps[~self.before]))

    def spread(self, rows: Rows) -> float:
        """Standard deviation between units before the start, each period about its own mean."""
        values = self.outcome[np.ix_(rows, np.flatnonzero(self.before))]
        return _rms((values - values.mean(axis=0)).ravel())

    def _differences(self, row: int, donors: Rows) -> Values:
        if self.predictors is None or self.importance is None:
            values = self.outcome[:, self.before]
            return np.asarray((values[donors] - values[row]).T)
        values = self.predictors[np.append(donors, row)]
        scale = values.std(axis=0, ddof=1)  # as R's Synth: over the treated unit and its donors
        apart = (values[:-1] - values[-1]) / np.where(scale > 0, scale, 1)
        return np.asarray(apart.T * np.sqrt(self.importance)[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Weights (J,), gaps (T,), whether the weights are the only ones, root mean squared gaps before and after."""

    weights: Values
    gaps: Values
    unique: bool
    before: float
    after: float

    def ratio(self, spread: float) -> float:
        """After over before; infinite where the fit before was perfect, nought where both are."""
        if self.before > ZERO * spread:
            return self.after / self.before
        return float("inf") if self.after > ZERO * spread else 0.0


def setting(
    panel: Panel,
    start: float,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Mapping[str, float] | Sequence[float] | None = None,
) -> Setting:
    """The setting of a panel around one start, its predictors checked."""
    before = np.asarray(panel.times < start)
    if predictors is None:
        if predictor_weights is not None:
            raise ValueError("`predictor_weights` need `predictors`: give both, or neither.")
        return Setting(panel.outcome, before)
    if absent := sorted(set(panel.units) - set(map(str, predictors.index))):
        raise ValueError(f"`predictors` has no row for {len(absent)} units (first: {absent[0]}).")
    table = predictors.set_axis(predictors.index.map(str), axis=0).loc[list(panel.units)]
    values = table.to_numpy(dtype=float)
    if values.shape != (len(panel.units), predictors.shape[1]):
        raise ValueError("`predictors` must hold one row a unit: some repeat.")
    if wrong := int((~np.isfinite(values)).sum()):
        raise ValueError(f"`predictors` must be complete: {wrong} of {values.size} values are missing.")
    return Setting(panel.outcome, before, values, _importance(list(map(str, table.columns)), predictor_weights))


def _importance(names: list[str], given: Mapping[str, float] | Sequence[float] | None) -> Values:
    if given is None:
        return np.full(len(names), 1 / len(names))
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise ValueError("`predictor_weights` must name every column of `predictors`, and no other.")
        given = [given[name] for name in names]
    found = np.asarray(given, dtype=float)
    if found.shape != (len(names),) or not (found >= 0).all() or not found.sum() > 0:
        raise ValueError(f"`predictor_weights` must be {len(names)} numbers of 0 or more, not all 0.")
    return np.asarray(found / found.sum())


def assignments(units: int, chosen: int, maximum: int, seed: int) -> tuple[NDArray[np.intp], bool]:
    """Choices of some among the units, shape (A, chosen), and whether they are all there are.

    The first row is the choice of the first `chosen`: the one that was made. A sample keeps it as one of its own.
    """
    if comb(units, chosen) <= maximum:
        return np.array(list(combinations(range(units), chosen)), dtype=np.intp), True
    random = np.random.default_rng(seed)
    draws = np.array([np.sort(random.permutation(units)[:chosen]) for _ in range(maximum - 1)], dtype=np.intp)
    return np.vstack([np.arange(chosen, dtype=np.intp), draws]), False


def averages(values: Values, size: int, maximum: int, seed: int) -> tuple[Values, Values, bool]:
    """Means of `size` draws with replacement, shape (A,), the probability of each, and whether these are all."""
    count = values.size
    if count**size <= maximum:
        sets = np.array(list(combinations_with_replacement(range(count), size)))
        ways = np.array([factorial(size) / prod(factorial(m) for m in np.bincount(s)) for s in sets])
        return values[sets].mean(axis=1), ways / count**size, True
    sets = np.random.default_rng(seed).integers(0, count, size=(maximum, size))
    return values[sets].mean(axis=1), np.full(maximum, 1 / maximum), False


def invert(shift: Values, slope: Values, confidence_level: float) -> tuple[float, float]:
    """Effects that a permutation test does not reject; NaN where it has too few assignments to reject any.

    Under an effect c the statistic of assignment s is `shift[s] - c * slope[s]` (the treated units' outcomes less c,
    with the weights as they are, since those rest on what came before). The first assignment is the one observed, with
    slope 1. |shift[s] - c slope[s]| >= |shift[0] - c| between two roots about shift[0].
    """
    ends = np.array([_between(float(a), float(b), float(shift[0])) for a, b in zip(shift, slope, strict=True)])
    needed = floor((1 - confidence_level) * shift.size + ZERO)  # this many at most may lie beyond a limit rejected
    limits = float(np.sort(ends[:, 0])[needed]), float(np.sort(ends[:, 1])[::-1][needed])
    return limits if np.isfinite(limits).all() else (float("nan"), float("nan"))


def _between(shift: float, slope: float, observed: float) -> tuple[float, float]:
    """The effects c at which |shift - c slope| >= |observed - c|: between two roots, or beyond one, or all."""
    apart, together = shift - observed, shift + observed
    if 1 - slope > ZERO and 1 + slope > ZERO:
        roots = -apart / (1 - slope), together / (1 + slope)
        return min(roots), max(roots)
    # (apart + c (1 - slope)) (together - c (1 + slope)) >= 0 is linear in c.
    rising, root = (together, -apart / 2) if 1 - slope > ZERO else (-apart, together / 2)
    return (root if rising > 0 else -np.inf, root if rising < 0 else np.inf)


def _rms(values: Values) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")
