"""Places compared over time where the outcome is a count: logistic and Poisson with unit and period effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._counts import Family, effect_fit, moments, null_fit, steps
from prs_eval.impact._permutation import assignments
from prs_eval.impact.effect import Effect
from prs_eval.impact.inference import choose_inference
from prs_eval.impact.panel import Panel

Values = NDArray[np.float64]

_UNITS = {"binomial": "log_odds_ratio", "poisson": "log_rate_ratio"}
_WIDENINGS, _HALVINGS = 12, 24


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
        With counts; every unit observed at every period; one start for all treated units.
    family
        "binomial" (numerator of denominator, logit) or "poisson" (numerator, log, denominator as exposure).
    inference
        "permutation": of which units were treated, by one Newton step from the fit without treatment; "cluster": CR1
        by unit with Student's limits (G - 1 degrees). Where not given, as `inference.choose_inference`.
    maximum, seed
        Of the permutations: all where there are no more, else so many drawn.

    Returns
    -------
    Effect, unit "log_odds_ratio" or "log_rate_ratio", method "two_way_binomial_permutation" and the like; `n` cells.
    `too_few` and NaN where the model cannot be fitted (a unit or a period without any event, or with events only;
    treatment that tells the outcome without fail); without limits, but with the estimate, where so few permutations
    exclude nothing, and for "cluster" where under two units are treated, or are not.

    Raises
    ------
    ValueError
        No counts, a cell unobserved, a count that is negative or, for "binomial", above its denominator, starts that
        differ, nobody or everybody treated, no period before the start, an unknown option.

    Notes
    -----
    Maximum likelihood; unit effects do no harm in either model here: the Poisson's drop out, the logit's bias is of
    the order of one over the counts of a unit (so not for people: units of a few dozen at least). Counts may be more
    spread than the family says: neither inference uses its variance. The limits of the permutation are the effects
    that, taken from the treated as an offset, leave nothing that chance would not; the `standard_error` is the spread
    of the choices at the estimate. Assumes parallel change on the logit or log scale. When not to use: where the
    levels differ so much that parallel on one scale is not on another; then show both.
    Source: Wooldridge (2023), Econometrics J 26:C31-C66; Liang & Zeger (1986), Biometrika 73:13-22; Cox & Hinkley
    (1974), Theoretical Statistics, section 6.2 (permuting a score).
    """
    check_confidence_level(confidence_level)
    y, n, late = _counts(panel, family, inference)
    treated = panel.treated
    chosen, reason = choose_inference(units=len(panel.units), treated=int(treated.sum()))
    permute = inference == "permutation" or (inference is None and chosen == "permutation")
    blank = Effect(
        estimate=np.nan,
        lower=np.nan,
        upper=np.nan,
        confidence_level=confidence_level,
        unit=_UNITS[family],
        method=f"two_way_{family}_{'permutation' if permute else 'cr1'}",
        n=float(y.size),
        status="too_few",
        units=len(panel.units),
        treated=int(treated.sum()),
        inference="permutation" if permute else "student",
        reason=reason if inference is None else "asked",
    )
    fit = effect_fit(y, n, np.outer(treated, late).astype(float), family)
    if fit is None:
        return blank
    effect, error = fit
    if permute:
        masks, exact = assignments(treated, maximum, seed)
        if not exact and blank.reason == "all_assignments":
            blank = replace(blank, reason="sampled_assignments")
        return _permuted(replace(blank, estimate=effect), y, n, masks, late, family)
    df = float(len(panel.units) - 1)
    blank = replace(blank, estimate=effect, df=df)
    if min(treated.sum(), (~treated).sum()) < 2 or not error > 0:
        return blank
    half = float(stats.t.ppf(0.5 + confidence_level / 2, df)) * error
    p = float(2 * stats.t.sf(abs(effect / error), df))
    sure = replace(blank, lower=effect - half, upper=effect + half, status="ok")
    return replace(sure, standard_error=error, p_value=p)


def _counts(panel: Panel, family: str, inference: str | None) -> tuple[Values, Values, NDArray[np.bool_]]:
    """Counts, denominators and which periods are after the start, checked."""
    if family not in _UNITS or inference not in (None, "permutation", "cluster"):
        raise ValueError("`family` must be binomial or poisson, `inference` None, permutation or cluster.")
    y, n, treated = panel.numerator, panel.denominator, panel.treated
    if y is None or n is None:
        raise ValueError("a count effect needs `numerator` and `denominator`: read the panel with both.")
    if not (np.isfinite(y) & np.isfinite(n)).all():
        raise ValueError("every unit must be observed at every period: keep those that are, and say so.")
    if (wrong := (y < 0) | ((y > n) & (family == "binomial"))).any():
        rule = "from 0 to the denominator" if family == "binomial" else "0 or more"
        raise ValueError(f"the numerator must be {rule}: {int(wrong.sum())} of {y.size} cells are not.")
    if not treated.any() or treated.all() or np.unique(panel.start[treated]).size > 1:
        raise ValueError("some units must be treated and some not, all at one start.")
    late = panel.times >= panel.start[treated][0]
    if late.all():
        raise ValueError("the panel needs a period before the start.")
    return y, n, late


def _permuted(
    blank: Effect, y: Values, n: Values, masks: NDArray[np.bool_], late: NDArray[np.bool_], family: Family
) -> Effect:
    """P-value, spread and limits: the effects for which, held as an offset, the step left is within chance's."""

    def left(tau: float) -> Values:
        """One step of each choice from a fit with `tau` held for those treated, shape (choices,)."""
        eta = null_fit(y, n, tau * np.outer(masks[0], late), family)
        if eta is None:
            return np.full(masks.shape[0], np.nan)
        mean, weight = moments(eta, n, family)
        return steps(masks, late, y - mean, weight)

    def p_value(tau: float) -> float:
        found = left(tau)
        return float((np.abs(found) >= abs(found[0]) * (1 - 1e-9)).mean()) if np.isfinite(found).all() else np.nan

    spread = float(left(blank.estimate).std())
    alpha = 1 - blank.confidence_level
    limits = [_edge(p_value, blank.estimate, side * max(spread, 1e-6), alpha) for side in (-1, 1)]
    out = replace(blank, standard_error=spread, p_value=p_value(0.0))
    return replace(out, lower=limits[0], upper=limits[1], status="ok") if np.isfinite(limits).all() else out


def _edge(p_value: Callable[[float], float], centre: float, step: float, alpha: float) -> float:
    """The farthest effect on one side that is not rejected, by widening and halving; infinite where all are."""
    near, far = centre, centre + step
    for _widening in range(_WIDENINGS):
        if p_value(far) <= alpha + 1e-12:
            break
        near, far = far, far + 2 * (far - centre)
    else:
        return float(np.sign(step) * np.inf)
    for _halving in range(_HALVINGS):
        middle = (near + far) / 2
        near, far = (near, middle) if p_value(middle) <= alpha + 1e-12 else (middle, far)
    return float(near)
