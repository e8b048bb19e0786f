"""Hybrid test of an effect under bounded departures from parallel trends, in the two numbers it comes down to.

Under relative magnitudes M, with the largest departure before the start taken to be that of one pair of periods with
one sign, the moments of the periods after the start bound their differences by M v. The vertices of the dual of the
test's linear programme are then known in closed form, whatever the number of periods, and are linear in b (the
weighted effect under parallel trends) and v alone: so are the statistic, what it is conditioned on and its least
favourable critical value, which needs no simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

Values = NDArray[np.float64]
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(400)
_TIE = 1e-9  # two vertices that move as one do not truncate one another


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Coefficients in order of event time, the reference left out: (before + after,), their covariance, weights.

    `before` is how many of them come before the reference; `weights`, shape (after,), make the effect.
    """

    beta: Values
    covariance: Values
    before: int
    weights: Values

    @property
    def effect(self) -> Values:
        """How the coefficients make the effect, shape (before + after,)."""
        return np.concatenate([np.zeros(self.before), self.weights])

    @property
    def differences(self) -> Values:
        """How the coefficients make the differences between successive periods, the reference being 0."""
        full = np.diff(np.eye(self.beta.size + 1), axis=0)
        return np.asarray(np.delete(full, self.before, axis=1))

    @property
    def reach(self) -> float:
        """How far the effect moves where every difference after the start is off by one."""
        return float(np.abs(self._loads).sum())

    @property
    def _loads(self) -> Values:
        return np.asarray(np.cumsum(self.weights[::-1])[::-1])

    @property
    def largest(self) -> float:
        """The largest difference between successive periods up to the reference, in size."""
        return float(np.abs(self.differences[: self.before] @ self.beta).max())

    def parts(self, magnitude: float) -> list[Part]:
        """The bounds as a union: one part for each pair of periods before the start and each sign."""
        step, effect = self.differences, self.effect
        found = []
        for row in range(self.before):
            for sign in (1.0, -1.0):
                worst = sign * step[row]
                pair = np.vstack([effect, worst])
                up, down = (self._sd(sense * step[self.before :] - magnitude * worst[None, :]) for sense in (1.0, -1.0))
                positive, loads = self._loads >= 0, np.abs(self._loads)
                up, down = np.maximum(up, self._tiny), np.maximum(down, self._tiny)
                scale = (
                    float(loads @ np.where(positive, up, down)),
                    float(loads @ np.where(positive, down, up)),
                    float((up + down).max()),
                    float((up + down).min()),
                )
                spread = pair @ self.covariance @ pair.T
                spread[1, 1] = max(spread[1, 1], self._tiny**2)
                found.append(Part(pair @ self.beta, spread, magnitude, self.reach, scale))
        return found

    @property
    def _tiny(self) -> float:
        # A covariance of few clusters has no inverse: what never varies is given next to nothing.
        return 1e-9 * float(np.sqrt(np.diag(self.covariance).max()))

    def _sd(self, rows: Values) -> Values:
        return np.asarray(np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", rows, self.covariance, rows), 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of the union: b and v, shape (2,), their covariance, and the scales of the vertices."""

    point: Values
    spread: Values
    magnitude: float
    reach: float
    scale: tuple[float, float, float, float]

    @property
    def vertices(self) -> Values:
        """How b (less the effect tested) and v make the candidates of the statistic, shape (4, 2)."""
        shift, slack = self.magnitude * self.reach, 2 * self.magnitude
        first, second, widest, narrowest = self.scale
        return np.array(
            [
                [1 / first, -shift / first],
                [-1 / second, -shift / second],
                [0.0, -slack / widest],
                [0.0, -slack / narrowest],
            ]
        )

    def least_favourable(self, size: float) -> float:
        """The critical value that the largest of the vertices exceeds with chance `size` where all have mean 0."""
        first, second, _, narrowest = self.scale
        shift, sd = self.magnitude * self.reach, float(np.sqrt(self.spread[1, 1]))
        slope = self.spread[0, 1] / self.spread[1, 1]
        rest = max(float(np.sqrt(max(self.spread[0, 0] - slope * self.spread[0, 1], 0.0))), 1e-12 * (first + second))

        def outside(value: float) -> float:
            low = -9 * sd
            if self.magnitude > 0:
                low = max(low, -value * narrowest / (2 * self.magnitude))
            v = low + (9 * sd - low) * (_NODES + 1) / 2
            top = (value * first + shift * v - slope * v) / rest
            bottom = (-value * second - shift * v - slope * v) / rest
            inside = np.maximum(ndtr(top) - ndtr(bottom), 0.0) * norm.pdf(v / sd) / sd
            return float(1 - (9 * sd - low) / 2 * (_NODE_WEIGHTS @ inside)) - size

        return float(brentq(outside, 0.0, norm.isf(size / 16), xtol=1e-12))

    def range(self, critical: float) -> tuple[float, float]:
        """The effects that the first stage does not reject, but for the slack vertices: lower above upper if none."""
        gap = self.magnitude * self.reach * self.point[1]
        return self.point[0] - critical * self.scale[0] - gap, self.point[0] + critical * self.scale[1] + gap

    def accepts(self, effects: Values, *, size: float, critical: float, first_size: float) -> NDArray[np.bool_]:
        """Which effects, shape (m,), the hybrid test at `size` does not reject; the plain one at `first_size` 0."""
        g = self.vertices
        values = g @ np.vstack([self.point[0] - effects, np.full(effects.size, self.point[1])])
        best, column = values.argmax(axis=0), np.arange(effects.size)
        top = values[best, column]
        cross = g @ self.spread @ g.T
        variance = np.diag(cross)[best]
        ratio = np.divide(cross[:, best], variance, out=np.ones_like(values), where=variance > 1e-20)
        apart = np.abs(1 - ratio) > _TIE
        bound = np.divide(values - ratio * top, 1 - ratio, out=np.zeros_like(values), where=apart)
        low = np.where(apart & (ratio < 1), bound, -np.inf).max(axis=0)
        high = np.minimum(np.where(apart & (ratio > 1), bound, np.inf).min(axis=0), critical)
        sd = np.sqrt(np.where(variance > 1e-20, variance, 1.0))
        tail, end, start = (ndtr(-x / sd) for x in (top, high, low))
        total = start - end
        p = np.divide(tail - end, total, out=np.ones_like(top), where=total > 0)
        second = (size - first_size) / (1 - first_size)
        rejected = (top > critical) | ((top > 0) & (p < second) & (variance > 1e-20))
        return np.asarray(~rejected)


def robust_set(study: Study, magnitude: float, size: float, *, hybrid: bool = True) -> tuple[float, float]:
    """Smallest and largest effect that some part of the union does not reject; NaN where every one is."""
    first_size = size / 10 if hybrid else 0.0
    lows, highs = [], []
    for part in study.parts(magnitude):
        # Without the first stage the search needs ends of its own: those of a first stage that hardly ever rejects.
        critical = part.least_favourable(first_size) if hybrid else np.inf
        low, high = part.range(critical if hybrid else 12.0)
        if low > high:
            continue
        chosen = {"size": size, "critical": critical, "first_size": first_size}
        grid = np.linspace(low, high, 801)
        kept = np.flatnonzero(part.accepts(grid, **chosen))
        if kept.size:
            lows.append(_edge(part, grid, int(kept[0]), -1, chosen))
            highs.append(_edge(part, grid, int(kept[-1]), 1, chosen))
    return (min(lows), max(highs)) if lows else (np.nan, np.nan)


def contains(study: Study, effect: float, magnitude: float, size: float) -> bool:
    """Whether some part of the union does not reject `effect`."""
    for part in study.parts(magnitude):
        critical = part.least_favourable(size / 10)
        if part.accepts(np.array([effect]), size=size, critical=critical, first_size=size / 10)[0]:
            return True
    return False


def _edge(part: Part, grid: Values, at: int, way: int, chosen: dict[str, float]) -> float:
    """The last effect accepted from `grid[at]` on, outwards."""
    inner = float(grid[at])
    outer = float(grid[at + way]) if 0 <= at + way < grid.size else inner
    while abs(outer - inner) > 1e-10 * max(float(np.ptp(grid)), 1e-300):
        between = np.linspace(inner, outer, 33)
        refused = np.flatnonzero(~part.accepts(between[1:-1], **chosen))
        last = int(refused[0]) + 1 if refused.size else 32
        inner, outer = float(between[last - 1]), float(between[last])
    return inner


def read_study(
    beta: ArrayLike, covariance: ArrayLike, event_times: ArrayLike, *, reference: int, weights: Any
) -> Study | None:
    """Event-study coefficients, checked and in order; None where nothing can be said of them."""
    b, v, when = (np.asarray(a, dtype=float) for a in (beta, covariance, event_times))
    if b.ndim != 1 or v.shape != (b.size, b.size) or when.shape != b.shape:
        raise ValueError(
            f"`beta`, `covariance` and `event_times` must have shapes (k,), (k, k) and (k,), not {b.shape}, {v.shape} "
            f"and {when.shape}."
        )
    order = np.argsort(when, kind="stable")
    order = order[when[order] != reference]
    times = when[order]
    full = np.sort(np.append(times, reference))
    if (np.diff(full) != 1).any() or (full != np.floor(full)).any():
        raise ValueError("`event_times` must be successive whole numbers, each once, around the reference.")
    before = int((times < reference).sum())
    after = times.size - before
    if after == 0:
        raise ValueError("`event_times` must hold at least one period after the reference.")
    if isinstance(weights, str):
        if weights not in ("mean", "first"):
            raise ValueError(f"`weights` must be mean, first or numbers, not {weights}.")
        share = np.full(after, 1 / after) if weights == "mean" else np.eye(after)[0]
    else:
        share = np.asarray(weights, dtype=float)
        if share.shape != (after,) or not np.isfinite(share).all() or not share.any():
            raise ValueError(f"`weights` must be finite numbers, not all 0, of shape ({after},).")
    b, v = b[order], v[np.ix_(order, order)]
    if before == 0 or not (np.isfinite(b).all() and np.isfinite(v).all()):
        return None
    study = Study(b, v, before, share)
    return study if (np.diag(v) > 0).all() else None
