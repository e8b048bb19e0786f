"""Places compared over time where the outcome is a count: logistic and Poisson with unit and period effects."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact.effect import Effect, Inference
from prs_eval.impact.inference import _assignments, choose_inference
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]
Family = Literal["binomial", "poisson"]

_ROUNDS = 50
_UNITS = {"binomial": "log_odds_ratio", "poisson": "log_rate_ratio"}


def count_effect(
    panel: Panel,
    *,
    family: Family = "binomial",
    inference: Literal["permutation", "cluster"] | None = None,
    confidence_level: float = 0.95,
    maximum: int = 2000,
    seed: int = 0,
) -> Effect:
    """Effect of treatment on the odds of a share, or on a rate, each unit and each period having its own level.

    Parameters
    ----------
    panel
        With counts; balanced; one start for all treated units.
    family
        "binomial" (numerator of denominator, logit) or "poisson" (numerator, log, denominator as exposure).
    inference
        "permutation": the change of linear predictor of each unit (one Newton step from no effect, whatever the
        treated), permuted; "cluster": CR1 by unit with Student's limits. Where not given, as `choose_inference`.
    maximum, seed
        Of the permutations.

    Returns
    -------
    Effect, unit "log_odds_ratio" or "log_rate_ratio". `too_few` where the model cannot be fitted (a unit or a period
    without any event, or with events only), or where so few permutations exclude nothing.

    Raises
    ------
    ValueError
        No counts, an unobserved cell, starts that differ, nobody or everybody treated.

    Notes
    -----
    Maximum likelihood; the permutation keeps the weights of the fit. Assumes parallel change on the logit or log
    scale. Source: Wooldridge (2023), Econometrics Journal 26:C31-C66; Liang & Zeger (1986), Biometrika 73:13-22.
    """
    check_confidence_level(confidence_level)
    if panel.numerator is None or panel.denominator is None:
        raise ValueError("a count effect needs `numerator` and `denominator`: read the panel with both.")
    if not panel.balanced:
        raise ValueError("every unit must be observed at every period: keep those that are.")
    treated = panel.treated
    if not treated.any() or treated.all() or np.unique(panel.start[treated]).size > 1:
        raise ValueError("some units must be treated and some not, all at one start.")
    chosen, reason = choose_inference(units=len(panel.units), treated=int(treated.sum()))
    permute = inference == "permutation" or (inference is None and chosen == "permutation")
    late = panel.times >= panel.start[treated][0]
    y, n = panel.numerator, panel.denominator
    fit = _fit(y, n, np.outer(treated, late).astype(float), family)
    way: Inference = "permutation" if permute else "student"
    nothing = Effect(
        estimate=np.nan,
        lower=np.nan,
        upper=np.nan,
        confidence_level=confidence_level,
        unit=_UNITS[family],
        method=f"two_way_{family}_{way}",
        n=float(y.size),
        status="too_few",
        units=len(panel.units),
        treated=int(treated.sum()),
        inference=way,
        reason=reason if inference is None else "asked",
    )
    if fit is None:
        return nothing
    effect, error = fit
    fields = {name: getattr(nothing, name) for name in ("confidence_level", "unit", "method", "n", "units", "treated")}
    fields |= {"inference": way, "reason": nothing.reason, "estimate": effect}
    if not permute:
        df = float(len(panel.units) - 1)
        half = float(stats.t.ppf(0.5 + confidence_level / 2, df)) * error
        p = float(2 * stats.t.sf(abs(effect / error), df))
        return Effect(**fields, lower=effect - half, upper=effect + half, standard_error=error, p_value=p, df=df)
    return _permuted(fields, y, n, treated, late, family, effect, confidence_level, maximum, seed)


def _permuted(
    fields: dict[str, object],
    y: Values,
    n: Values,
    treated: NDArray[np.bool_],
    late: NDArray[np.bool_],
    family: Family,
    effect: float,
    level: float,
    maximum: int,
    seed: int,
) -> Effect:
    """Limits: the effects tau for which, taken off the treated as an offset, the refitted effect is within chance's."""
    masks, exact = _assignments(treated, maximum, seed)

    def scores(tau: float) -> Values:
        """One Newton step of each choice's effect from a fit with `tau` held, shape (choices,)."""
        offset = tau * np.outer(treated, late)
        eta = _null(y, n, offset, family)
        if eta is None:
            return np.full(masks.shape[0], np.nan)
        mean, weight = _moments(eta, n, family)
        return _steps(masks, late, y - mean, weight)

    def p_value(tau: float) -> float:
        found = scores(tau)
        return float((np.abs(found) >= abs(found[0]) * (1 - 1e-9)).mean()) if np.isfinite(found).all() else np.nan

    alpha = 1 - level
    base = scores(0.0)
    spread = float(np.nanstd(base))
    limits = [_edge(p_value, effect, side * max(spread, 1e-6), alpha) for side in (-1, 1)]
    bounded = bool(np.isfinite(limits).all())
    lower, upper = limits if bounded else (np.nan, np.nan)
    status = "ok" if bounded else "too_few"
    fields |= {"lower": lower, "upper": upper, "status": status, "standard_error": spread, "p_value": p_value(0.0)}
    if not exact and fields["reason"] == "all_assignments":
        fields["reason"] = "sampled_assignments"
    return Effect(**fields)  # type: ignore[arg-type]


def _edge(p_value: object, centre: float, step: float, alpha: float) -> float:
    assert callable(p_value)
    near, far = centre, centre + step
    for _widening in range(12):
        if p_value(far) <= alpha:
            break
        near, far = far, far + 2 * (far - centre)
    else:
        return float(np.sign(step) * np.inf)
    for _halving in range(14):
        middle = (near + far) / 2
        near, far = (near, middle) if p_value(middle) <= alpha else (middle, far)
    return float(near)


def _moments(eta: Values, n: Values, family: Family) -> tuple[Values, Values]:
    """Mean and weight (variance) of the counts."""
    if family == "poisson":
        mean = n * np.exp(np.clip(eta, -50, 50))
        return mean, mean
    share = 1 / (1 + np.exp(-np.clip(eta, -50, 50)))
    return n * share, n * share * (1 - share)


def _two_way(values: Values, weight: Values) -> Values:
    """Weighted residual of values on unit and period effects: exact, by the periods' normal equations."""
    rows, columns = weight.sum(axis=1), weight.sum(axis=0)
    share = weight / rows[:, None]
    system = np.diag(columns) - weight.T @ share
    right = (weight * values).sum(axis=0) - share.T @ (weight * values).sum(axis=1)
    period = np.linalg.pinv(system) @ right
    unit = ((weight * values).sum(axis=1) - weight @ period) / rows
    return np.asarray(values - unit[:, None] - period[None, :])


def _null(y: Values, n: Values, offset: Values, family: Family) -> Values | None:
    """Linear predictor with unit and period effects and an offset; None where it does not settle."""
    if (y.sum(axis=0) <= 0).any() or (y.sum(axis=1) <= 0).any():
        return None
    if family == "binomial" and ((n - y).sum(axis=0) <= 0).any():
        return None
    eta = np.log((y + 0.5) / (n - y + 0.5 if family == "binomial" else n))
    for _round in range(_ROUNDS):
        mean, weight = _moments(eta, n, family)
        weight = np.maximum(weight, 1e-10)
        working = eta - offset + (y - mean) / weight
        new = working - _two_way(working, weight) + offset
        moved = float(np.abs(new - eta).max())
        eta = new
        if moved < 1e-10:
            return eta
    return None


def _fit(y: Values, n: Values, exposed: Values, family: Family) -> tuple[float, float] | None:
    """Effect and its CR1 error by unit."""
    start = _null(y, n, np.zeros_like(y), family)
    if start is None:
        return None
    eta, effect = start, 0.0
    for _round in range(_ROUNDS):
        mean, weight = _moments(eta, n, family)
        weight = np.maximum(weight, 1e-10)
        working = eta + (y - mean) / weight
        column, target = _two_way(exposed, weight), _two_way(working, weight)
        size = float((weight * column**2).sum())
        if size <= 0:
            return None
        new = float((weight * column * target).sum() / size)
        eta_new = working - (target - new * column)
        moved = max(abs(new - effect), float(np.abs(eta_new - eta).max()))
        eta, effect = eta_new, new
        if moved < 1e-10:
            break
    else:
        return None
    mean, weight = _moments(eta, n, family)
    column = _two_way(exposed, np.maximum(weight, 1e-10))
    scores = (column * (y - mean)).sum(axis=1)
    groups = y.shape[0]
    size = float((weight * column**2).sum())
    return effect, float(np.sqrt(groups / (groups - 1) * (scores**2).sum()) / size)


def _steps(masks: NDArray[np.bool_], late: NDArray[np.bool_], residual: Values, weight: Values) -> Values:
    """Score of each choice's treatment over its information: one Newton step, shape (choices,)."""
    after = late.astype(float)
    score = masks @ (residual @ after)
    rows, columns = weight.sum(axis=1), weight.sum(axis=0)
    share = weight / rows[:, None]
    system = np.diag(columns) - weight.T @ share
    inverse = np.linalg.pinv(system)
    own = weight * after  # (N, T): what a treated unit adds
    total = masks @ own.sum(axis=1)
    by_unit = (own.sum(axis=1) ** 2) / rows
    right = masks @ own - masks @ (own.sum(axis=1)[:, None] * share)  # (choices, T)
    information = total - masks @ by_unit - np.einsum("at,ts,as->a", right, inverse, right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(score / information)
