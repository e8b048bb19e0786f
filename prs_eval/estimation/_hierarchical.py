"""The distribution of areas' true values taken as unknown itself: a mixture, by quadrature over its two parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

Floats = NDArray[np.float64]
_Z = np.arange(-4.5, 4.51, 0.25)  # nodes of the sinh rule: reach 45 standard deviations, converge exponentially
_STEP = 0.25
_FORGOTTEN = 1e-10  # share, of the largest, under which a node says nothing


@dataclass(frozen=True, slots=True)
class Family:
    """A distribution of true values and, with x events in n added, its posterior; all take (first, second)."""

    mean: Callable[..., Floats]
    variance: Callable[..., Floats]
    added: Callable[..., tuple[Any, Any]]
    cdf: Callable[..., Floats]
    ppf: Callable[..., Floats]
    highest: float  # of its values


GAMMA = Family(
    mean=lambda shape, rate: shape / rate,
    variance=lambda shape, rate: shape / rate**2,
    added=lambda shape, rate, x, n: (shape + x, rate + n),
    cdf=lambda at, shape, rate: special.gammainc(shape, rate * at),
    ppf=lambda q, shape, rate: stats.gamma.ppf(q, shape, scale=1 / rate),
    highest=np.inf,
)
BETA = Family(
    mean=lambda a, b: a / (a + b),
    variance=lambda a, b: a * b / (a + b) ** 2 / (a + b + 1),
    added=lambda a, b, x, n: (a + x, b + n - x),
    cdf=lambda at, a, b: special.betainc(a, b, at),
    ppf=lambda q, a, b: stats.beta.ppf(q, a, b),
    highest=1.0,
)


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Distributions of the areas' true values that the counts allow, each with its weight, shape (nodes,)."""

    first: Floats  # a of a Beta, shape of a Gamma
    second: Floats  # b of a Beta, rate of a Gamma
    weight: Floats

    def over(self, values: Floats) -> float:
        """Weighted mean of `values`, shape (nodes,)."""
        return float(self.weight @ values)

    def quantile(self, family: Family, own: tuple[Floats, Floats], probability: float) -> float:
        """Of the mixture of posteriors with the parameters `own`, each of shape (nodes,)."""

        def off(at: float) -> float:
            return self.over(family.cdf(at, *own)) - probability

        high = min(2 * self.over(family.mean(*own)), family.highest)
        while off(high) < 0:
            high = min(2 * high, family.highest)
        # A limit may be 0 but for 1e-300: what counts is its distance from the mean.
        return float(optimize.brentq(off, 0.0, high, xtol=1e-12 * high, rtol=1e-12, maxiter=500))


def beta_mixture(x: Floats, n: Floats) -> Mixture:
    """Betas of the true proportions.

    Beforehand the mean of the Beta is uniform, and so is the weight that an area of median population gives to
    its own numbers, median(n)/(a + b + median(n)).
    """

    def size_of(weight: Floats) -> Floats:
        return np.asarray(np.median(n) * np.exp(-weight)[:, None])

    def log_density(weight: Floats, mean: Floats) -> Floats:
        size, yes, no = size_of(weight), special.expit(mean), special.expit(-mean)
        out = special.log_expit(mean) + special.log_expit(-mean)
        for count, all_ in zip(x, n, strict=True):  # areas one by one keep the memory flat
            out = out + _rising(count, size * yes) + _rising(all_ - count, size * no) - _rising(all_, size)
        return np.asarray(out)

    weight, mean, share = _two_way_rule(log_density, centre=0.0)
    size = np.broadcast_to(size_of(weight), mean.shape)
    return _mixture(size * special.expit(mean), size * special.expit(-mean), share)


def gamma_mixture(o: Floats, e: Floats) -> Mixture:
    """Gammas of the true rates.

    Beforehand the logarithm of the mean is uniform, and so is the weight that an area of median exposure gives
    to its own numbers, m/(shape + m), with m the events it would have at the common rate.
    """
    common = o.sum() / e.sum()

    def shape_of(weight: Floats) -> Floats:
        return np.asarray(common * np.median(e) * np.exp(-weight)[:, None])

    def log_density(weight: Floats, log_mean: Floats) -> Floats:
        shape, mean = shape_of(weight), np.exp(log_mean)
        out = np.zeros(log_mean.shape)
        for count, exposure in zip(o, e, strict=True):
            ratio = mean * exposure / shape
            out = out + _rising(count, np.broadcast_to(shape, mean.shape)) - shape * np.log1p(ratio)
            out = out - special.xlogy(count, 1 + 1 / ratio) if count > 0 else out
        return np.asarray(out)

    weight, log_mean, share = _two_way_rule(log_density, centre=float(np.log(common)))
    shape = np.broadcast_to(shape_of(weight), log_mean.shape)
    return _mixture(shape, shape / np.exp(log_mean), share)


def _mixture(first: Floats, second: Floats, share: Floats) -> Mixture:
    kept = share > _FORGOTTEN * share.max()
    return Mixture(first[kept], second[kept], share[kept] / share[kept].sum())


def _two_way_rule(log_density: Callable[[Floats, Floats], Floats], *, centre: float) -> tuple[Floats, Floats, Floats]:
    """Nodes of the logit weight, shape (v,), and of the other parameter, with the share of each, shape (v, p)."""

    def inner(weight: Floats) -> tuple[Floats, Floats]:
        nodes, log_step = _sinh_rule(lambda other: log_density(weight, other), np.full(weight.size, centre), 12.0)
        uniform = special.log_expit(weight) + special.log_expit(-weight)
        return nodes, log_step + log_density(weight, nodes) + uniform[:, None]

    def marginal(weight: Floats) -> Floats:
        return np.asarray(special.logsumexp(inner(np.clip(weight[0], -30, 30))[1], axis=1))[None, :]

    nodes, log_step = _sinh_rule(marginal, np.zeros(1), 8.0)
    weight = np.clip(nodes[0], -30, 30)
    other, density = inner(weight)
    density = density + log_step[0][:, None]
    return weight, other, np.exp(density - density.max())


def _rising(count: float, a: Floats) -> Floats:
    """log Gamma(a + count) - log Gamma(a), without the cancellation of large `a`."""
    return np.asarray(special.gammaln(count) - special.betaln(count, a)) if count > 0 else np.zeros_like(a)


def _sinh_rule(log_density: Callable[[Floats], Floats], centre: Floats, reach: float) -> tuple[Floats, Floats]:
    """Nodes and log weights, shape (rows, nodes), of one integral a row, laid around the mode of each row."""
    grid = np.linspace(-1, 1, 41)
    half = np.full(centre.size, reach)
    for _ in range(3):
        at = centre[:, None] + half[:, None] * grid
        value = log_density(at)
        best = np.argmax(value, axis=1)
        centre, half = at[np.arange(centre.size), best], half * 0.05
    around = centre[:, None] + half[:, None] * np.array([-1.0, 0.0, 1.0])
    left, mode, right = log_density(around).T
    spread = 1 / np.sqrt(np.maximum((2 * mode - left - right) / np.square(half), 0.04))
    nodes = centre[:, None] + spread[:, None] * np.sinh(_Z)
    return nodes, np.log(spread[:, None] * np.cosh(_Z) * _STEP)
