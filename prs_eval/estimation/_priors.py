"""The distribution of areas' true values, found from their counts: Gamma for rates, Beta for proportions.

Each returns None where chance alone explains the areas.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]


def marshall(o: Floats, e: Floats) -> tuple[float, float] | None:
    """(shape, rate) of the Gamma by Marshall's moments, weighted by exposure."""
    mean = o.sum() / e.sum()
    spread = float((e * np.square(o / e - mean)).sum() / e.sum() - mean / e.mean())
    return (mean**2 / spread, mean / spread) if spread > 0 else None


def clayton_kaldor(o: Floats, e: Floats) -> tuple[float, float] | None:
    """(shape, rate) by Clayton and Kaldor's moment equations, solved at once instead of by turns.

    The first gives the mean for any rate; the second is then a root in the rate.
    """

    def moments(log_rate: float) -> tuple[float, float]:
        rate = np.exp(log_rate)
        mean = float((o / (e + rate)).mean() / (e / (e + rate)).mean())
        theta = (o + mean * rate) / (e + rate)
        return mean, float(((1 + rate / e) * np.square(theta - mean)).sum() / (o.size - 1))

    def off(log_rate: float) -> float:
        mean, variance = moments(log_rate)
        return float(np.log(mean / variance)) - log_rate

    centre = float(np.log(e.mean()))
    if off(centre + 25) >= 0:  # Pearson's X² is no more than its degrees of freedom: chance explains the areas
        return None
    log_rate = float(optimize.brentq(off, centre - 40, centre + 25, xtol=1e-13, rtol=1e-14))
    mean = moments(log_rate)[0]
    return mean * float(np.exp(log_rate)), float(np.exp(log_rate))


def negative_binomial(o: Floats, e: Floats) -> tuple[float, float] | None:
    """(shape, rate) of the Gamma by maximum likelihood of the counts."""
    rates = o / e

    def mean_of(shape: float) -> float:
        return _root(lambda m: float(((o - m * e) * shape / (shape + m * e)).sum()), rates.min(), rates.max())

    def log_likelihood(shape: float) -> float:
        mu = mean_of(shape) * e
        # log Gamma(o + shape) - log Gamma(shape), without the cancellation of large shapes.
        rising = np.where(o > 0, special.gammaln(np.maximum(o, 1)) - special.betaln(np.maximum(o, 1), shape), 0.0)
        return float((rising - shape * np.log1p(mu / shape) + special.xlogy(o, mu / (shape + mu))).sum())

    def score(shape: float) -> float:
        mu = mean_of(shape) * e
        each = special.digamma(o + shape) - special.digamma(shape) - np.log1p(mu / shape) + (mu - o) / (shape + mu)
        return float(each.sum())

    shape = _profile_maximum(log_likelihood, score, largest=1e6 * max(1.0, float(o.mean())))
    return None if shape is None else (shape, shape / mean_of(shape))


GAMMA_PRIORS: dict[str, Callable[[Floats, Floats], tuple[float, float] | None]] = {
    "marshall": marshall,
    "clayton_kaldor": clayton_kaldor,
    "negative_binomial": negative_binomial,
}


def beta_prior(x: Floats, n: Floats) -> tuple[float, float] | None:
    """(a, b) of the Beta by maximum likelihood of the counts."""

    def slopes(p: float, size: float) -> tuple[float, float]:
        a, b = p * size, (1 - p) * size
        yes, no = special.digamma(x + a) - special.digamma(a), special.digamma(n - x + b) - special.digamma(b)
        return float(yes.sum()), float(no.sum())

    def mean_of(size: float) -> float:
        return _root(lambda p: float(np.subtract(*slopes(p, size))), 1e-12, 1 - 1e-12)

    def log_likelihood(size: float) -> float:
        p = mean_of(size)
        a, b = p * size, (1 - p) * size
        return float((special.betaln(x + a, n - x + b) - special.betaln(a, b)).sum())

    def score(size: float) -> float:
        p = mean_of(size)
        yes, no = slopes(p, size)
        return p * yes + (1 - p) * no - float((special.digamma(n + size) - special.digamma(size)).sum())

    size = _profile_maximum(log_likelihood, score, largest=1e6)
    return None if size is None else (mean_of(size) * size, (1 - mean_of(size)) * size)


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0; the nearer end where it does not."""
    if slope(low) <= 0:
        return float(low)
    if slope(high) >= 0:
        return float(high)
    return float(optimize.brentq(slope, low, high, xtol=1e-300, rtol=1e-14, maxiter=500))


def _profile_maximum(
    log_likelihood: Callable[[float], float], score: Callable[[float], float], *, largest: float
) -> float | None:
    """The value that maximises a likelihood of which large values mean no spread; None where it keeps growing."""
    grid = np.exp(np.linspace(np.log(1e-4), np.log(largest), 80))
    best = int(np.argmax([log_likelihood(g) for g in grid]))
    if best in (0, grid.size - 1):
        return None
    low, high = np.log(grid[best - 1]), np.log(grid[best + 1])
    if score(np.exp(low)) <= 0 or score(np.exp(high)) >= 0:
        return None
    return float(np.exp(optimize.brentq(lambda s: score(float(np.exp(s))), low, high, xtol=1e-13, rtol=1e-14)))
