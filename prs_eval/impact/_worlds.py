"""How the places of the truth machine behave, and what is planted to go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from prs_eval.impact.panel import NEVER

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
Family = Literal["binomial", "poisson"]
Onset = Literal["immediate", "gradual"]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How places behave with nothing done, on the logit (binomial) or log (Poisson) scale unless said.

    Parameters
    ----------
    base
        Share (0-1) or rate (an inhabitant and period) of the average place in the first period.
    between_sd
        Standard deviation of places.
    trend, trend_sd
        Common change a unit of time, and the standard deviation of places' own trends around it (0: parallel).
    noise_sd, autocorrelation
        Place by period noise beyond binomial or Poisson chance: its standard deviation at each period and its
        correlation from one unit of time to the next (first-order autoregressive, stationary).
    shocks
        Period -> shock common to all places.
    family
        "binomial" or "poisson".
    """

    base: float = 0.45
    between_sd: float = 0.15
    trend: float = 0.01
    trend_sd: float = 0.0
    noise_sd: float = 0.03
    autocorrelation: float = 0.3
    shocks: Mapping[int, float] = field(default_factory=dict)
    family: Family = "binomial"

    def __post_init__(self) -> None:
        if self.family not in ("binomial", "poisson"):
            raise ValueError(f"`family` must be 'binomial' or 'poisson', not {self.family!r}.")
        if not (self.base > 0 and (self.base < 1 or self.family == "poisson")):
            raise ValueError(f"`base` must lie between 0 and 1 (a rate: above 0), not {self.base}.")
        if not min(self.between_sd, self.trend_sd, self.noise_sd) >= 0:
            raise ValueError("`between_sd`, `trend_sd` and `noise_sd` must be 0 or more.")
        correlation(self.autocorrelation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What goes wrong beside the effect, with or without it, on the scale of the world; the truth leaves it out.

    Parameters
    ----------
    diverging
        Extra trend a unit of time of the treated places, from the first period on.
    odd
        A place and its extra step from its declared start on (from the earliest start for a place never treated).
    true_start
        When the effect really begins in every treated place; the panel still carries the declared start.
    treated_shock
        Period -> shock in the treated places only.
    """

    diverging: float = 0.0
    odd: tuple[str, float] | None = None
    true_start: int | None = None
    treated_shock: Mapping[int, float] = field(default_factory=dict)


def layout(
    populations: Mapping[str, float], start: Mapping[str, float], times: Sequence[int]
) -> tuple[tuple[str, ...], Counts, Values]:
    units = tuple(sorted(populations))
    given = np.asarray(times, dtype=float)
    if not units or not given.size:
        raise ValueError("give at least one place in `populations` and one period in `times`.")
    if (given != np.floor(given)).any() or (np.diff(given) <= 0).any():
        raise ValueError("`times` must be whole numbers in increasing order.")
    if absent := sorted(set(start) - set(units)):
        raise ValueError(f"treated places without a population: {', '.join(absent)}.")
    begun = np.array([float(start.get(name, NEVER)) for name in units])
    if np.isnan(begun).any():
        raise ValueError("a start is missing (NaN): leave out of `start` what is never treated.")
    return units, given.astype(np.int64), begun


def correlation(value: float) -> None:
    if not -1 < value < 1:
        raise ValueError(f"`autocorrelation` must lie between -1 and 1, not {value}.")


def autoregressive(rng: np.random.Generator, shape: tuple[int, ...], when: Counts, sd: float, rho: float) -> Values:
    """Stationary first-order noise along the last axis; over a gap of k the correlation is rho^k."""
    noise = rng.standard_normal((*shape, when.size))
    for t in range(1, when.size):
        kept = rho ** int(when[t] - when[t - 1])
        noise[..., t] = kept * noise[..., t - 1] + np.sqrt(1 - kept**2) * noise[..., t]
    return np.asarray(sd * noise)


def untreated(rng: np.random.Generator, world: World, draws: int, n: int, when: Counts) -> Values:
    # All are drawn even where a deviation is 0, so that worlds that differ in one share the rest.
    place = world.between_sd * rng.standard_normal((draws, n, 1))
    own = world.trend_sd * rng.standard_normal((draws, n, 1))
    noise = autoregressive(rng, (draws, n), when, world.noise_sd, world.autocorrelation)
    base = logit(world.base) if world.family == "binomial" else np.log(world.base)
    return np.asarray(base + place + (world.trend + own) * (when - when[0]) + _at(world.shocks, when) + noise)


def _at(shocks: Mapping[int, float], when: Counts) -> Values:
    if absent := sorted(set(shocks) - set(when.tolist())):
        raise ValueError(f"shocks at periods that are not in `times`: {', '.join(map(str, absent))}.")
    return np.array([float(shocks.get(int(t), 0.0)) for t in when])


def planted(plant: Plant, units: tuple[str, ...], when: Counts, begun: Values) -> Values:
    treated = (begun <= when[-1])[:, None]
    extra = treated * (plant.diverging * (when - when[0]) + _at(plant.treated_shock, when))
    if plant.odd is not None:
        name, step = plant.odd
        if name not in units:
            raise ValueError(f"the odd place is not in `populations`: {name}.")
        row = units.index(name)
        since = begun[row] if treated[row, 0] else begun.min()
        extra[row] += step * (when >= since)
    return np.asarray(extra)


def dose(when: Counts, begun: Values, onset: Onset) -> Values:
    if onset not in ("immediate", "gradual"):
        raise ValueError(f"`onset` must be 'immediate' or 'gradual', not {onset!r}.")
    post = (when[None, :] >= begun[:, None]).astype(float)
    if onset == "gradual":
        post[(np.cumsum(post, axis=1) == 1) & (post > 0) & (begun[:, None] >= when[0])] = (
            0.5  # its first period was seen
        )
    return post


def expected(eta: Values, family: Family) -> Values:
    return np.asarray(expit(eta) if family == "binomial" else np.exp(eta))
