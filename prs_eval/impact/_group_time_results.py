"""Effects of each start at each period, and their means by event time, start or period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from prs_eval.estimation.frame import ALL, TestResult, estimates
from prs_eval.impact._group_time import combine
from prs_eval.impact.effect import Effect

Values = NDArray[np.float64]
Whole = NDArray[np.int64]
By = Literal["event_time", "group", "time"]

_COLUMN = {"event_time": "event_time", "group": "start", "time": "time"}
FEWEST = 2  # units of a start under which their noise cannot be told


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """Means of group-time effects by event time, start or period.

    estimates: the one output shape, one row a value. beta, covariance, points: without the reference (universal base
    period), shapes (K,), (K, K), (K,): by event time what `sensitivity` takes. overall: their mean from the start on
    (weighted by the treated of each start where by start).
    """

    estimates: pd.DataFrame
    beta: Values
    covariance: Values
    points: Whole
    overall: Effect


@dataclass(frozen=True, slots=True, eq=False)
class GroupTime:
    """Effects of each start at each period.

    estimates: the one output shape with groups `start` and `time`; `n` treated units. start, time, effect: shape (C,).
    contributions: of each unit to the error of each effect, shape (N, C): products of columns are covariances.
    bare: cells of no more controls than covariates and one, whose noise cannot be told, shape (C,).
    reference: the cells that are 0 by the choice of base period, shape (C,). units, left_out: units compared, and
    those treated from the first period on, which are neither treated nor controls.
    """

    estimates: pd.DataFrame
    start: Whole
    time: Whole
    effect: Values
    contributions: Values
    reference: NDArray[np.bool_]
    bare: NDArray[np.bool_]
    of_unit: Values
    confidence_level: float
    unit: str
    indicator: str
    left_out: int

    @property
    def covariance(self) -> Values:
        """Of the effects, shape (C, C)."""
        return np.asarray(self.contributions.T @ self.contributions)

    @property
    def units(self) -> int:
        """Units compared."""
        return int(self.of_unit.size)

    @overload
    def aggregate(self, kind: Literal["simple"]) -> Effect: ...
    @overload
    def aggregate(self, kind: By) -> Aggregate: ...
    def aggregate(self, kind: Literal["simple"] | By) -> Effect | Aggregate:
        """Means of the effects, weighted by how many units started when.

        Parameters
        ----------
        kind
            "simple": of all effects from the start on, an Effect. "event_time", "group" (by start, its periods equal)
            or "time": an Aggregate.

        Returns
        -------
        Normal limits; errors take the numbers of units that started when as estimated too. Effects that could not be
        estimated are left out. `too_few` and no limits where every start in a mean has one unit only, or a cell in it
        one control: their noise would not be in the error.

        Raises
        ------
        ValueError
            An unknown kind.

        Notes
        -----
        Source: Callaway & Sant'Anna (2021), J Econometrics 225:200-230, section 3; R did's aggte.
        """
        known = np.isfinite(self.effect)
        after = known & (self.time >= self.start)
        if kind == "simple":
            found = self._mean(after, "simple")
            return self._effect(*found, "callaway_santanna_simple", after)
        if kind not in _COLUMN:
            raise ValueError(f"`kind` must be simple, event_time, group or time, not {kind}.")
        keys = {"event_time": self.time - self.start, "group": self.start, "time": self.time}[kind]
        cells, method = known if kind == "event_time" else after, f"callaway_santanna_{kind}"
        points = np.unique(keys[cells])
        chosen = [cells & (keys == p) for p in points]
        means = [self._mean(c, kind) for c in chosen]
        beta = np.array([mean for mean, _ in means])
        adds = np.array([add for _, add in means]).reshape(points.size, self.units).T
        zero = np.array([bool(self.reference[c].all()) for c in chosen], dtype=bool)
        table = effect_table(
            [self._effect(*m, method, c) for m, c in zip(means, chosen, strict=True)],
            zero,
            {_COLUMN[kind]: points},
            self.indicator,
        )
        covariance = adds[:, ~zero].T @ adds[:, ~zero]
        overall = self._effect(*self._whole(kind, points, beta, adds), method, after)
        return Aggregate(table, beta[~zero], covariance, points[~zero], overall)

    def pretest(self) -> TestResult:
        """Wald test that all effects before the start are 0, all together (chi-squared); NaN where there are none.

        Notes
        -----
        A large p-value does not show that trends were parallel: see `sensitivity`. With few units the test rejects
        too often.
        Source: Callaway & Sant'Anna (2021), J Econometrics 225:200-230; R did's summary.
        """
        early = np.isfinite(self.effect) & (self.time < self.start) & ~self.reference
        effect, covariance = self.effect[early], self.covariance[np.ix_(early, early)]
        statistic = p = float("nan")
        if effect.size and np.linalg.matrix_rank(covariance) == effect.size:
            statistic = float(effect @ np.linalg.solve(covariance, effect))
            p = float(stats.chi2.sf(statistic, effect.size))
        return TestResult(statistic, float(effect.size), p, "wald", float(self.units))

    def _whole(self, kind: str, points: Whole, beta: Values, adds: Values) -> tuple[float, Values]:
        """Mean of the means: by start weighted by its units, otherwise equal; event times from 0 on."""
        main = points >= 0 if kind == "event_time" else np.ones(points.size, dtype=bool)
        if not main.any():
            return float("nan"), np.full(self.units, np.nan)
        if kind == "group":
            return combine(beta, adds, np.array([self._share(p) for p in points]), self._drift(points))
        return combine(beta[main], adds[:, main], np.ones(int(main.sum())), np.zeros((self.units, int(main.sum()))))

    def _share(self, start: float) -> float:
        return float((self.of_unit == start).mean())

    def _drift(self, starts: Whole) -> Values:
        """Contributions of each unit to the share of each start, shape (N, K)."""
        own = (self.of_unit[:, None] == starts[None, :]).astype(float)
        return np.asarray((own - own.mean(axis=0)) / self.units)

    def _mean(self, cells: NDArray[np.bool_], kind: str) -> tuple[float, Values]:
        if not cells.any():
            return float("nan"), np.full(self.units, np.nan)
        starts = self.start[cells]
        drift = np.zeros((self.units, starts.size)) if kind == "group" else self._drift(starts)
        share = np.array([self._share(s) for s in starts])
        return combine(self.effect[cells], self.contributions[:, cells], share, drift)

    def _effect(self, mean: float, add: Values, method: str, cells: NDArray[np.bool_]) -> Effect:
        treated = int(np.isin(self.of_unit, self.start[cells]).sum())
        error = float(np.sqrt(np.sum(np.square(add))))
        most = max((int((self.of_unit == s).sum()) for s in np.unique(self.start[cells])), default=0)
        sure = most >= FEWEST and not self.bare[cells].any()
        return normal_effect(mean, error, treated, sure, self.units, self.unit, method, self.confidence_level)


def normal_effect(
    mean: float, error: float, treated: int, sure: bool, units: int, unit: str, method: str, level: float
) -> Effect:
    sure = sure and bool(np.isfinite(mean))
    half = float(stats.norm.ppf(0.5 + level / 2)) * error if sure else float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        p = float(2 * stats.norm.sf(np.abs(np.divide(mean, error)))) if sure else float("nan")
    return Effect(
        estimate=mean,
        lower=mean - half,
        upper=mean + half,
        confidence_level=level,
        unit=unit,
        method=method,
        n=float(treated),
        status="ok" if sure else "too_few",
        standard_error=error if sure else float("nan"),
        p_value=p,
        df=float("inf"),
        units=units,
        treated=treated,
        inference="normal",
        reason="asked",
    )


def effect_table(
    effects: list[Effect], zero: NDArray[np.bool_], groups: dict[str, Whole], indicator: str
) -> pd.DataFrame:
    names = ("estimate", "lower", "upper", "confidence_level", "unit", "method", "n", "status")
    rows = pd.DataFrame([{name: getattr(e, name) for name in names} for e in effects], columns=list(names))
    rows.loc[zero, ["lower", "upper"]] = np.nan
    rows.loc[zero, "status"] = "ok"
    return estimates(rows.assign(indicator=indicator, quartier=ALL, **groups), groups=list(groups))
