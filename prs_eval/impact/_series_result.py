"""The result of an interrupted series, and effects with their limits out of coefficients and a covariance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from prs_eval.impact._reml import Satterthwaite
from prs_eval.impact._segments import Segments, Values, whole
from prs_eval.impact._serial import Fit, durbin_watson
from prs_eval.impact.effect import Effect, Inference, Reason

Family = Literal["gaussian", "poisson"]
Errors = Literal["reml", "newey_west", "prais_winsten", "quasi_poisson", "student"]
Limits = Literal["student", "normal"]

ADVISED = 8  # points on each side that EPOC's and others' reviews ask for


@dataclass(frozen=True, slots=True, eq=False)
class InterruptedSeries:
    """One series under a model of trend and change; arrays are in the order of `periods`, which increase.

    `level` (change at the first period of full effect), `slope` (change of the trend a period; None where the model
    has none) and `trend` (a period, before) are in units of the outcome, or logarithms of rate ratios for counts.
    `fitted` and `counterfactual` (no start; seasons and modelled breaks as they were) are in units of the values, at
    every period given, excluded ones too; `fitted` is NaN in the transition. `used` marks what was fitted.
    `dispersion` is the residual variance, for counts Pearson's X2 over its degrees. `autocorrelation` (of residuals
    one period apart) and `durbin_watson` count only periods that follow one another. `lags` is 0 where there are
    none. `points_before` and `points_after` leave out what is excluded or lies in a modelled break. `beta` and
    `covariance` hold intercept, trend, level, slope (if any), seasons, breaks; NaN where not estimable. `degrees` (of
    freedom of a contrast) is there for REML only.
    """

    level: Effect
    slope: Effect | None
    trend: Effect
    periods: Values
    observed: Values
    used: NDArray[np.bool_]
    fitted: Values
    counterfactual: Values
    dispersion: float
    autocorrelation: float
    durbin_watson: float
    lags: int
    points_before: int
    points_after: int
    onset: int
    beta: Values
    covariance: Values
    degrees: Satterthwaite | None

    @property
    def status(self) -> str:
        """`ok` or `too_few`."""
        return self.level.status

    @property
    def enough(self) -> bool:
        """Whether there are at least `ADVISED` points on each side."""
        return min(self.points_before, self.points_after) >= ADVISED

    def effect_at(self, period: int) -> Effect:
        """Series minus counterfactual at a period of full effect (log of their ratio for counts), joint covariance.

        Raises ValueError for a period before the onset or after the last one observed.
        """
        when = whole(period, "period", None)
        if not self.onset <= when <= self.periods[-1]:
            raise ValueError(f"`period` must lie from {self.onset} to {int(self.periods[-1])}, not {when}.")
        contrast = np.zeros(self.beta.size)
        contrast[2] = 1.0
        if self.slope is not None:
            contrast[3] = when - self.onset
        return _effect(self.level, contrast, self.beta, self.covariance, self.degrees)


def template(
    family: Family, errors: Errors, limits: Limits, n: int, k: int, confidence_level: float, *, asked: bool
) -> Effect:
    """An effect without a value: unit, method, degrees and what the inference rests on."""
    inference: Inference = "student" if errors == "reml" else errors  # `method` tells the two apart
    reason: Reason = "asked" if asked else "one_series"
    return Effect(
        np.nan,
        np.nan,
        np.nan,
        confidence_level,
        "log_rate_ratio" if family == "poisson" else "outcome",
        f"segmented_{errors}",
        n,
        "too_few",
        df=np.inf if limits == "normal" else float(n - k) if n > k else np.nan,
        units=1,
        treated=1,
        inference=inference,
        reason=reason,
    )


def _effect(blank: Effect, contrast: Values, beta: Values, covariance: Values, degrees: Satterthwaite | None) -> Effect:
    df = blank.df if degrees is None or np.isinf(blank.df) else degrees.df(contrast)
    value, variance = float(contrast @ beta), float(contrast @ covariance @ contrast)
    return _limits(blank, value, float(np.sqrt(variance)) if variance > 0 else np.nan, df)


def _limits(blank: Effect, value: float, error: float, df: float) -> Effect:
    """The blank with a value and its limits; `too_few` with NaN where there is no error to judge it by."""
    if not (np.isfinite(value) and np.isfinite(error) and error > 0):
        none = np.nan
        return replace(
            blank, estimate=none, lower=none, upper=none, standard_error=none, p_value=none, df=df, status="too_few"
        )
    tail = (1 + blank.confidence_level) / 2
    half = error * float(special.ndtri(tail) if np.isinf(df) else special.stdtrit(df, tail))
    size = abs(value / error)
    p_value = 2 * float(special.ndtr(-size) if np.isinf(df) else special.stdtr(df, -size))
    return replace(
        blank,
        estimate=value,
        lower=value - half,
        upper=value + half,
        standard_error=error,
        p_value=p_value,
        df=df,
        status="ok",
    )


def minus(one: Effect, other: Effect) -> Effect:
    """One effect minus another of an independent series; degrees of freedom by Welch's rule."""
    a, b = one.standard_error**2, other.standard_error**2
    df = (a + b) ** 2 / (a**2 / one.df + b**2 / other.df) if np.isfinite([one.df, other.df]).all() else np.inf
    return _limits(one, one.estimate - other.estimate, float(np.sqrt(a + b)), float(df))


def result(
    fit: Fit | None,
    degrees: Satterthwaite | None,
    blank: Effect,
    model: Segments,
    y: Values,
    when: Values,
    base: Values | None,
    used: NDArray[np.bool_],
    x: Values,
    lags: int,
    points: tuple[int, int],
    start: int,
) -> InterruptedSeries:
    """What a fit says, laid out; NaN throughout where there is none."""
    k = x.shape[1]
    beta = np.full(k, np.nan) if fit is None else fit.beta
    covariance = np.full((k, k), np.nan) if fit is None else fit.covariance
    without = x.copy()
    without[:, 2 : 4 if model.with_slope else 3] = 0.0
    fitted, counterfactual = x @ beta, without @ beta
    if blank.unit == "log_rate_ratio":
        scale = 1.0 if base is None else base
        fitted, counterfactual = scale * np.exp(fitted), scale * np.exp(counterfactual)
    fitted[(when >= start) & (when < model.onset)] = np.nan
    each = [_effect(blank, row, beta, covariance, degrees) for row in np.eye(k)[: 4 if model.with_slope else 3]]
    return InterruptedSeries(
        level=each[2],
        slope=each[3] if model.with_slope else None,
        trend=each[1],
        periods=when,
        observed=y,
        used=used,
        fitted=fitted,
        counterfactual=counterfactual,
        dispersion=np.nan if fit is None else fit.dispersion,
        autocorrelation=np.nan if fit is None else fit.rho,
        durbin_watson=np.nan if fit is None else durbin_watson(fit.residual, when[used]),
        lags=lags,
        points_before=points[0],
        points_after=points[1],
        onset=model.onset,
        beta=beta,
        covariance=covariance,
        degrees=degrees,
    )
