"""What a pooled synthetic control could have shown."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import NDArray

from prs_eval.impact._detectable import Detectable, check, detectable
from prs_eval.impact._noise import Values, fit_noise
from prs_eval.impact._synthetic import ZERO, Setting, assignments, setting
from prs_eval.impact._worlds import autoregressive
from prs_eval.impact.panel import Panel
from prs_eval.impact.panels import unit_changes


def detectable_synthetic(
    panel: Panel,
    *,
    power: float = 0.8,
    significance_level: float = 0.05,
    draws: int = 200,
    maximum: int = 100,
    seed: int = 0,
) -> Detectable:
    """Smallest common effect that the permutation of a pooled synthetic control sees, at the panel's own noise.

    Parameters
    ----------
    panel
        As for `synthetic.pooled_synthetic_control`, one start.
    draws, maximum
        Panels drawn, and choices of the treated looked at in each (all, where there are no more).

    Returns
    -------
    Detectable, method "simulation_synthetic"; good to about a twentieth. `too_few` under 3 periods before the start,
    under 2 donors, or with so few choices that none reaches the level.

    Raises
    ------
    ValueError
        An outcome that is missing, starts that differ, nobody or everybody treated.

    Notes
    -----
    Panels of the units' levels before the start and noise as `power.panel_noise`; common periods cancel. The weights
    rest on the periods before, so that a p-value at any effect follows from one set of fits. When not to use: units
    that answer differently to common shocks, where synthetic controls do better than this says.
    Source: Abadie, Diamond & Hainmueller (2010), JASA 105:493-505; Firpo & Possebom (2018), J Causal Inference
    6:20160026.
    """
    check(power, significance_level)
    changes, treated = unit_changes(panel), panel.treated
    if not panel.balanced:
        raise ValueError("every unit must be observed at every period: keep those that are, and say so.")
    sd, rho, _df = fit_noise(panel, panel.times < panel.first_start)
    n, k = changes.size, int(treated.sum())
    unit = "outcome" if panel.numerator is None else "difference"
    reachable = 1 / min(comb(n, k), maximum) <= significance_level
    if not (np.isfinite(sd) and n - k >= 2 and reachable):
        return detectable(np.nan, unit, "simulation_synthetic", n, power=power, significance_level=significance_level)
    given = setting(panel, panel.first_start)
    order = np.argsort(~treated, kind="stable")
    levels = panel.outcome[order][:, given.before].mean(axis=1)
    rng = np.random.Generator(np.random.PCG64(seed))
    noise = autoregressive(rng, (draws, n), panel.times, sd, rho)
    chosen, _exact = assignments(n, k, maximum, seed)
    pairs = [_statistics(levels[:, None] + e, given.before, chosen) for e in noise]

    def reached(effect: float) -> float:
        p = [(np.abs(a + effect * b) >= abs(a[0] + effect) * (1 - ZERO)).mean() for a, b in pairs]
        return float((np.array(p) <= significance_level + 1e-12).mean())

    return detectable(
        _least(reached, power, sd), unit, "simulation_synthetic", n, power=power, significance_level=significance_level
    )


def _statistics(outcome: Values, before: NDArray[np.bool_], chosen: NDArray[np.intp]) -> tuple[Values, Values]:
    """Mean gap after the start of each choice of the treated, and what an effect on the first units adds to it."""
    given, n = Setting(outcome, before), outcome.shape[0]
    true = np.arange(n) < chosen.shape[1]
    gaps, slopes = np.empty(len(chosen)), np.empty(len(chosen))
    for a, taken in enumerate(chosen):
        left = np.setdiff1d(np.arange(n), taken)
        fits = [given.fit(i, left) for i in taken]
        gaps[a] = np.mean([f.gaps[~before].mean() for f in fits])
        slopes[a] = np.mean([float(true[i]) - f.weights @ true[left] for i, f in zip(taken, fits, strict=True)])
    return gaps, slopes


def _least(reached: Callable[[float], float], power: float, step: float) -> float:
    low, high = 0.0, step
    while reached(high) < power:
        low, high = high, 2 * high
        if high > 1e4 * step:
            return float("nan")
    for _halving in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < power else (low, middle)
    return high
