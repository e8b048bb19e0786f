"""What a comparison could have shown: the smallest effect seen 8 times out of 10, said before any effect is looked at.

For shares against a benchmark or between two groups, and for the same people twice, see `estimation.power`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prs_eval.impact._detectable import Detectable, check, detectable, multiple
from prs_eval.impact._noise import Values, change_spread, fit_noise, permutation_multiple
from prs_eval.impact._worlds import correlation
from prs_eval.impact.inference import choose_inference, smallest_p_value
from prs_eval.impact.panel import Panel
from prs_eval.impact.panels import unit_changes
from prs_eval.impact.power_people import detectable_before_after as detectable_before_after
from prs_eval.impact.power_series import detectable_counts as detectable_counts
from prs_eval.impact.power_series import detectable_series as detectable_series
from prs_eval.impact.power_series import detectable_trend as detectable_trend
from prs_eval.impact.power_synthetic import detectable_synthetic as detectable_synthetic

__all__ = [
    "Detectable",
    "PanelNoise",
    "detectable_before_after",
    "detectable_counts",
    "detectable_did",
    "detectable_from_error",
    "detectable_panel",
    "detectable_series",
    "detectable_synthetic",
    "detectable_trend",
    "panel_noise",
    "years_needed",
]

Noise = Literal["before", "all", "changes"]

ENOUGH = 4  # periods from which noise and its autocorrelation are learnt


def detectable_from_error(
    standard_error: float, df: float, *, power: float = 0.8, significance_level: float = 0.05
) -> float:
    """Smallest effect that an estimate with this standard error sees, in the units of the error.

    Parameters
    ----------
    standard_error
        Of the estimate: a matter of the design and the noise, not of the effect.
    df
        Degrees of freedom of Student's limits; infinite for normal ones.

    Returns
    -------
    (t_{1 - a/2} + t_{power}) times the error; NaN where the error or the degrees are missing or not positive.

    Raises
    ------
    ValueError
        A power or level outside 0 to 1.

    Notes
    -----
    When not to use: with an error that itself depends on the effect (a share near 0 or 1).
    Source: Bloom (1995), Evaluation Review 19:547-556 (normal); Burlig, Preonas & Woerman (2020), J Dev Econ
    144:102458, equation 1 (Student's).
    """
    check(power, significance_level)
    return multiple(df, power, significance_level) * standard_error if standard_error > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class PanelNoise:
    """What moves a place from one period to the next: `sd` of one period, in units of the outcome, and its
    `autocorrelation` one unit of time apart; `df` behind the `sd`. NaN where there is too little to tell.
    """

    sd: float
    autocorrelation: float
    df: float


def panel_noise(panel: Panel, *, periods: Literal["before", "all"] = "before") -> PanelNoise:
    """Noise of places around their own level and their group's own periods.

    Parameters
    ----------
    panel
        Units that miss one of the periods are left out. Units count alike.
    periods
        "before" the first start, or "all": an effect common to the treated is then in their own periods, and no
        noise; one that differs between places is.

    Returns
    -------
    PanelNoise; NaN under 3 periods, under 3 units, or where nothing moves.

    Raises
    ------
    ValueError
        Nobody is treated within the panel.

    Notes
    -----
    Restricted maximum likelihood of stationary first-order autocorrelation, held inside plus and minus 0.95: taking
    out the units' means does not bias it, as it does the residuals' own autocorrelation. Chance between people is part
    of it. When not to use: places whose own trends differ (they count as noise that lasts).
    Source: Burlig, Preonas & Woerman (2020), J Dev Econ 144:102458 (noise of a panel before treatment); Harville
    (1977), JASA 72:320-338 (restricted likelihood).
    """
    if not panel.treated.any():
        raise ValueError("nobody is treated in the panel: give a start to the units that are.")
    if periods not in ("before", "all"):
        raise ValueError(f"`periods` must be before or all, not {periods}.")
    return PanelNoise(*fit_noise(panel, (panel.times < panel.first_start) | (periods == "all")))


def detectable_panel(
    *,
    units: int,
    treated: int,
    before: int,
    after: int,
    sd: float,
    autocorrelation: float = 0.0,
    unit: str = "outcome",
    power: float = 0.8,
    significance_level: float = 0.05,
    draws: int = 4000,
    seed: int = 0,
) -> Detectable:
    """Smallest effect that a 2 × 2 comparison of places sees, from the numbers of its design.

    Parameters
    ----------
    units, treated
        Places in all, and those treated.
    before, after
        Periods on each side of the start, one unit of time apart.
    sd, autocorrelation
        Noise of a place at one period, and its first-order autocorrelation (`panel_noise`).
    unit
        Of `sd`.
    draws, seed
        Of the simulated noise, where a permutation is the inference.

    Returns
    -------
    Detectable; method "simulation_permutation" or "bloom" as `inference.choose_inference` would infer (Student's, with
    the few degrees of CR2). `too_few` where no effect, however large, would be seen, or the noise is NaN.

    Raises
    ------
    ValueError
        Nobody or everybody treated, under one period on a side, an autocorrelation outside -1 to 1.

    Notes
    -----
    Error: sd sqrt(v (1 / treated + 1 / others)), v the variance of a mean after less a mean before under the
    autocorrelation. The permutation's p-values are few, so its multiple of the error is simulated under normal noise.
    When not to use: places of very unequal noise. Source: Frison & Pocock (1992), Stat Med 11:1685-1704; Burlig,
    Preonas & Woerman (2020), J Dev Econ 144:102458, equation 2.
    """
    check(power, significance_level)
    correlation(autocorrelation)
    if min(before, after) < 1:
        raise ValueError("`before` and `after` must be 1 or more periods.")
    contrast = np.append(np.full(before, -1 / before), np.full(after, 1 / after))
    spread = change_spread(np.arange(before + after, dtype=float), contrast, sd, autocorrelation)
    return _of_changes(spread, units, treated, unit, "", power, significance_level, draws, seed)


def detectable_did(
    panel: Panel,
    *,
    before: Collection[int] | None = None,
    after: Collection[int] | None = None,
    noise: Noise | None = None,
    power: float = 0.8,
    significance_level: float = 0.05,
    draws: int = 4000,
    seed: int = 0,
) -> Detectable:
    """Smallest effect that the 2 × 2 comparison of a panel sees, at the panel's own size and noise.

    Parameters
    ----------
    panel, before, after
        As for `panels.difference_in_differences`.
    noise
        "before" or "all": `panel_noise` of these periods. "changes": the spread of the units' changes around the mean
        change of their own group, whatever the correlation over time. Where not given: "before" with `ENOUGH` periods
        before the start, else "all" with as many in all, else "changes".
    draws, seed
        Of the simulated noise, where a permutation is the inference.

    Returns
    -------
    Detectable in units of the outcome; method as `detectable_panel`, with "_all" or "_changes" after it
    where the noise is from there.

    Raises
    ------
    ValueError
        As `panels.unit_changes`; an unknown `noise`.

    Notes
    -----
    Every unit counts the same. Assumes noise alike in both groups; with "before", that it goes on as it was. None looks
    at the effect. With 10 places, 5 years a side and autocorrelation 0.3 the answer is right to 3 % on average, but
    its coefficient of variation is 34 % ("before"), 25 % ("changes") or 15 % ("all"): so few years before a start say
    little of how noise lasts. When not to use: "all" and "changes" where effects differ between places (which counts
    as noise).
    Source: Burlig, Preonas & Woerman (2020), J Dev Econ 144:102458 (power of panels at their own noise).
    """
    check(power, significance_level)
    change, treated = unit_changes(panel, before=before, after=after), panel.treated
    unit = "outcome" if panel.numerator is None else "difference"
    if noise not in (None, "before", "all", "changes"):
        raise ValueError(f"`noise` must be before, all or changes, not {noise}.")
    way = noise or _noise_at_hand(panel)
    if way == "changes":
        centred = change - np.where(treated, change[treated].mean(), change[~treated].mean())
        spread = float(np.sqrt((centred**2).sum() / (change.size - 2))) if change.size > 2 else np.nan
    else:
        found = panel_noise(panel, periods=way)
        contrast = _contrast(panel, before, after)
        spread = change_spread(panel.times.astype(float), contrast, found.sd, found.autocorrelation)
    label = "" if way == "before" else f"_{way}"
    return _of_changes(spread, change.size, int(treated.sum()), unit, label, power, significance_level, draws, seed)


def years_needed(
    detectable_of_years: Callable[[float], float | Detectable], smallest_effect: float, *, maximum: int = 30
) -> float:
    """The fewest years together in which the smallest effect that matters would be seen.

    Parameters
    ----------
    detectable_of_years
        The detectable effect of so many years, a number or a `Detectable`; NaN where so few can show none.
    smallest_effect
        The effect that matters, positive, on the same scale.
    maximum
        Years beyond which to give up.

    Returns
    -------
    A whole number of years; infinity beyond `maximum`; NaN where the effect that matters is missing, or no number of
    years has a detectable effect.

    Raises
    ------
    ValueError
        A `maximum` under 1, an effect that is not positive.

    Notes
    -----
    Source: Bloom (1995), Evaluation Review 19:547-556 (the detectable effect as a function of the size).
    """
    if maximum < 1 or smallest_effect <= 0:
        raise ValueError("`maximum` must be 1 or more and `smallest_effect` positive.")
    if np.isnan(smallest_effect):
        return float("nan")
    known = False
    for years in range(1, maximum + 1):
        found = detectable_of_years(float(years))
        least = found.estimate if isinstance(found, Detectable) else found
        known |= not np.isnan(least)
        if least <= smallest_effect:
            return float(years)
    return float("inf") if known else float("nan")


def _noise_at_hand(panel: Panel) -> Noise:
    if (panel.times < panel.first_start).sum() >= ENOUGH:
        return "before"
    return "all" if panel.times.size >= ENOUGH else "changes"


def _of_changes(
    spread: float, units: int, treated: int, unit: str, label: str, power: float, level: float, draws: int, seed: int
) -> Detectable:
    """From the standard deviation of one unit's change."""
    way, _reason = choose_inference(units=units, treated=treated)
    options = {"power": power, "significance_level": level}
    if way != "permutation":
        error = spread * float(np.sqrt(1 / treated + 1 / (units - treated)))
        found = detectable_from_error(error, _welch(treated, units - treated), **options)
        return detectable(found, unit, f"bloom{label}", units, **options)
    found = np.nan
    if spread > 0 and smallest_p_value(units=units, treated=treated) <= level + 1e-12:
        found = spread * permutation_multiple(units, treated, power, level, draws, seed)
    return detectable(found, unit, f"simulation_permutation{label}", units, **options)


def _welch(one: int, other: int) -> float:
    """Degrees of freedom of two groups of equal noise, which CR2 and Satterthwaite have too; 0 where one has one."""
    if min(one, other) < 2:
        return 0.0
    return float((1 / one + 1 / other) ** 2 / (1 / (one**2 * (one - 1)) + 1 / (other**2 * (other - 1))))


def _contrast(panel: Panel, before: Collection[int] | None, after: Collection[int] | None) -> Values:
    """What a unit's change makes of its periods, mean over units, shape (T,)."""
    late = panel.times >= panel.first_start
    heavy = np.where(np.isfinite(panel.outcome), panel.weight, 0.0)
    total = np.zeros(panel.times.size)
    for sign, asked, side in ((-1, before, ~late), (1, after, late)):
        used = heavy * (side if asked is None else np.isin(panel.times, list(asked)))
        total += sign * (used / used.sum(axis=1, keepdims=True)).mean(axis=0)
    return total
