"""The truth machine: panels, series and people whose effect is known, to see what a method makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prs_eval.impact._worlds import (
    Counts,
    Onset,
    Plant,
    Values,
    World,
    autoregressive,
    correlation,
    dose,
    expected,
    layout,
    planted,
    untreated,
)
from prs_eval.impact.panel import NEVER, Panel

EffectScale = Literal["difference", "log_odds_ratio", "log_rate_ratio"]

__all__ = [
    "Pairs",
    "Plant",
    "Sessions",
    "Simulated",
    "World",
    "simulate_before_after",
    "simulate_paired",
    "simulate_panels",
    "simulate_series",
]

_YEAR = 12  # points of a season


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Panels drawn. `numerator`: shape (draws, N, T); `denominator`: (N, T); `start`: (N,), as declared.

    `truth`: what the effect makes of the true shares or rates (with it minus without it), mean over the places and
    periods truly treated, unweighted, and over draws; `truths`: the same by draw, shape (draws,). NaN where no
    period is treated.
    """

    units: tuple[str, ...]
    times: Counts
    start: Values
    numerator: Counts
    denominator: Values
    truths: Values

    @property
    def truth(self) -> float:
        """Mean of `truths`."""
        return float(self.truths.mean())

    @property
    def outcome(self) -> Values:
        """Observed shares or rates, shape (draws, N, T)."""
        return np.asarray(self.numerator / self.denominator)

    def panel(self, draw: int = 0) -> Panel:
        """One draw as a panel, as `read_panel` would give it: weights are the denominators."""
        top = self.numerator[draw].astype(float)
        size = self.denominator
        return Panel(self.units, self.times, top / size, self.start.copy(), size.copy(), top, size.copy())


def simulate_panels(
    populations: Mapping[str, float],
    *,
    start: Mapping[str, float],
    times: Sequence[int],
    world: World | None = None,
    effect: float = 0.0,
    effect_scale: EffectScale = "difference",
    onset: Onset = "immediate",
    plant: Plant | None = None,
    draws: int = 1,
    seed: int = 0,
) -> Simulated:
    """Counts of places over periods, with an effect known beforehand.

    Parameters
    ----------
    populations
        Place -> people (rounded to whole ones for shares), the same at every period.
    start
        Place -> first treated period; a place not named is never treated.
    times
        Periods, whole numbers in increasing order.
    world
        How places behave; `World()` where not given.
    effect, effect_scale
        Of the treatment: "difference" of shares or rates (held within 0-1, or above 0; `truth` is what is left), or
        "log_odds_ratio" (shares) or "log_rate_ratio" (rates).
    onset
        "immediate", or "gradual": half of the effect in the first treated period, all of it from the second.
    plant
        What goes wrong.
    draws, seed
        Panels drawn, and the seed of all of them. The same seed gives the same places and noise under another
        effect (though not the same chance between people).

    Raises
    ------
    ValueError
        No place, a population of 0 or less, a start, an odd place or a shock that is not of the panel, times out of
        order, an effect on a scale that is not the family's.

    Notes
    -----
    eta = link(base) + place + (trend + own trend) time + shock + noise; the effect is added to the inverse link of
    eta, or to eta. Source: Morris, White & Crowther (2019), Stat Med 38:2074-2102; serial correlation as in
    Bertrand, Duflo & Mullainathan (2004), QJE 119:249-275, section IV. When not to use: to judge one city's own
    figures; what is found holds for worlds like these.
    """
    world, plant = world or World(), plant or Plant()
    units, when, begun = layout(populations, start, times)
    if effect_scale not in ("difference", "log_odds_ratio" if world.family == "binomial" else "log_rate_ratio"):
        raise ValueError(f"`effect_scale` {effect_scale!r} is not one of the {world.family} family.")
    if draws < 1:
        raise ValueError(f"`draws` must be 1 or more, not {draws}.")
    size = np.array([float(populations[name]) for name in units])
    if world.family == "binomial":
        size = np.rint(size)
    if not (np.isfinite(size) & (size > 0)).all():
        raise ValueError("`populations` must be positive (1 or more people for shares).")
    rng = np.random.Generator(np.random.PCG64(seed))
    eta = untreated(rng, world, draws, len(units), when) + planted(plant, units, when, begun)
    true = np.where(
        np.isfinite(begun) & (begun <= when[-1]), begun if plant.true_start is None else plant.true_start, NEVER
    )
    part = dose(when, true, onset)
    without, treated = expected(eta, world.family), when[None, :] >= true[:, None]
    if effect_scale == "difference":
        chances = np.clip(without + effect * part, 0, 1 if world.family == "binomial" else None)
    else:
        chances = expected(eta + effect * part, world.family)
    whole = np.repeat(size[:, None], when.size, axis=1)
    shares = world.family == "binomial"
    drawn = rng.binomial(whole.astype(np.int64), chances) if shares else rng.poisson(whole * chances)
    truths = (chances - without)[:, treated].mean(axis=1) if treated.any() else np.full(draws, np.nan)
    return Simulated(units, when, begun, drawn.astype(np.int64), whole, truths)


def simulate_series(
    *,
    points: int,
    start: int,
    rate: float,
    exposure: ArrayLike,
    trend: float = 0.0,
    level: float = 0.0,
    slope: float = 0.0,
    season: Sequence[float] = (),
    noise_sd: float = 0.0,
    autocorrelation: float = 0.0,
    draws: int = 1,
    seed: int = 0,
) -> Counts:
    """Counts of one place, month by month, with a change of level and slope known beforehand.

    Parameters
    ----------
    points, start
        Points, and the place (from 0) of the first one treated.
    rate, exposure
        Events an exposure and point at the first point, and the exposure: one number or shape (points,).
    trend, level, slope
        Log rate: a point; added from `start` on; added a point after `start` (0 at `start` itself).
    season
        Amplitudes (log) of the waves of 12, 6, 4, ... points, highest at point 0.
    noise_sd, autocorrelation
        Of first-order noise (log) beyond Poisson chance.

    Returns
    -------
    Counts, shape (draws, points).

    Raises
    ------
    ValueError
        A start outside the points, a rate or exposure of 0 or less, a correlation outside -1 to 1.

    Notes
    -----
    Noise of standard deviation s multiplies the mean by exp(s^2 / 2).
    Source: Turner et al. (2021), BMC Med Res Methodol 21:181 (simulated interrupted series); Zeger (1988), Biometrika
    75:621-629, for counts with a latent autoregressive process.
    """
    if not 0 <= start < points or draws < 1:
        raise ValueError(f"`start` must lie in 0-{points - 1} and `draws` be 1 or more.")
    people = np.broadcast_to(np.asarray(exposure, dtype=float), (points,))
    if not (rate > 0 and (people > 0).all() and noise_sd >= 0):
        raise ValueError("`rate` and `exposure` must be positive and `noise_sd` 0 or more.")
    correlation(autocorrelation)
    rng = np.random.Generator(np.random.PCG64(seed))
    t = np.arange(points)
    waves = sum((a * np.cos(2 * np.pi * k * t / _YEAR) for k, a in enumerate(season, 1)), np.zeros(points))
    after = t >= start
    eta = np.log(rate * people) + trend * t + (level + slope * (t - start)) * after + waves
    noise = autoregressive(rng, (draws,), t, noise_sd, autocorrelation)
    return np.asarray(rng.poisson(np.exp(eta + noise)), dtype=np.int64)


class Sessions(NamedTuple):
    """People who came to sessions: `values` 0/1, shape (draws, n); `after` and `session`, shape (n,)."""

    values: Counts
    after: NDArray[np.bool_]
    session: Counts


def simulate_before_after(
    *,
    sessions_before: int,
    sessions_after: int,
    size: int,
    share_before: float,
    share_after: float,
    icc: float,
    draws: int = 1,
    seed: int = 0,
) -> Sessions:
    """Yes or no of people in sessions before and other people in sessions after.

    Parameters
    ----------
    sessions_before, sessions_after, size
        Sessions of each time, and people in each.
    share_before, share_after
        True shares, 0-1.
    icc
        Intraclass correlation of people in a session, 0 to under 1.

    Raises
    ------
    ValueError
        Under one session or person, a share outside 0-1, an `icc` outside 0-1.

    Notes
    -----
    Beta-binomial: a session's share is Beta of mean p and of p (1 - icc) / icc and (1 - p)(1 - icc) / icc.
    Source: Williams (1975), Biometrics 31:949-952; Killip, Mahfoud & Pearce (2004), Ann Fam Med 2:204-208.
    """
    if min(sessions_before, sessions_after, size, draws) < 1:
        raise ValueError("sessions, `size` and `draws` must be 1 or more.")
    if not (0 <= share_before <= 1 and 0 <= share_after <= 1 and 0 <= icc < 1):
        raise ValueError("shares must lie between 0 and 1, and `icc` between 0 and 1 (1 left out).")
    rng = np.random.Generator(np.random.PCG64(seed))
    later = np.arange(sessions_before + sessions_after) >= sessions_before
    mean = np.broadcast_to(np.where(later, share_after, share_before), (draws, later.size))
    shares = mean.copy()
    if icc > 0 and (moving := (mean > 0) & (mean < 1)).any():
        scale = (1 - icc) / icc
        shares[moving] = rng.beta(mean[moving] * scale, (1 - mean[moving]) * scale)
    session = np.repeat(np.arange(later.size), size)
    values = rng.random((draws, session.size)) < shares[:, session]
    return Sessions(values.astype(np.int64), later[session], session)


class Pairs(NamedTuple):
    """The same people twice: `before` and `after`, shape (draws, n); `cluster`, shape (n,)."""

    before: Values
    after: Values
    cluster: Counts


def simulate_paired(
    *,
    n: int,
    mean: float,
    sd: float,
    reliability: float,
    rise: float,
    clusters: int = 1,
    icc: float = 0.0,
    draws: int = 1,
    seed: int = 0,
) -> Pairs:
    """Scores of the same people before and after.

    Parameters
    ----------
    n, clusters
        People, and the sessions that they are spread over as evenly as can be.
    mean, sd, rise
        Mean before, standard deviation at each time, and mean change, in points of the score.
    reliability
        Correlation of the two scores, 0-1.
    icc
        Intraclass correlation of the changes of people of one session, 0-1.

    Raises
    ------
    ValueError
        Under one person or cluster, more clusters than people, an `sd` under 0, a share outside 0-1.

    Notes
    -----
    Normal: a lasting part of variance `reliability` sd^2 and, at each time, a passing part of which the share `icc`
    is the session's. Source: Barnett, van der Pols & Dobson (2005), Int J Epidemiol 34:215-220.
    """
    if min(n, clusters, draws) < 1 or clusters > n:
        raise ValueError("`n`, `clusters` and `draws` must be 1 or more, and `clusters` no more than `n`.")
    if not (sd >= 0 and 0 <= reliability <= 1 and 0 <= icc <= 1):
        raise ValueError("`sd` must be 0 or more, and `reliability` and `icc` lie between 0 and 1.")
    rng = np.random.Generator(np.random.PCG64(seed))
    cluster = np.arange(n) * clusters // n
    lasting = np.sqrt(reliability) * rng.standard_normal((draws, n))
    both = []
    for centre in (mean, mean + rise):
        shared = rng.standard_normal((draws, clusters))[:, cluster]
        passing = np.sqrt(icc) * shared + np.sqrt(1 - icc) * rng.standard_normal((draws, n))
        both.append(centre + sd * (lasting + np.sqrt(1 - reliability) * passing))
    return Pairs(both[0], both[1], cluster)
