"""What the restricted wild cluster bootstrap of one coefficient needs, worked out once for any null."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Weights = Literal["webb", "rademacher"]

ENUMERATED = 12  # clusters up to which all signs of the bootstrap are taken in turn
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_TIE = 1e-10
_CELLS = 2_000_000  # weights multiplied at once
_WIDENINGS, _GRID, _HALVINGS = 20, 32, 50


def draw_weights(groups: int, weights: Weights, draws: int, seed: int) -> Values:
    """Weights of each cluster, shape (groups, draws); all 2^groups signs where these are few."""
    if weights == "rademacher" and groups <= ENUMERATED:
        bits = (np.arange(2**groups)[None, :] >> np.arange(groups)[:, None]) & 1
        return np.asarray(2.0 * bits - 1, dtype=np.float64)
    generator = np.random.default_rng(seed)
    if weights == "rademacher":
        return np.asarray(2.0 * generator.integers(0, 2, (groups, draws)) - 1, dtype=np.float64)
    return np.asarray(np.concatenate([-_WEBB, _WEBB])[generator.integers(0, 6, (groups, draws))])


class Bootstrap:
    """Estimate, CR1S error and, for any null, the p-value of one coefficient; no loop over draws.

    With e the residuals of the whole model and c what the other columns leave of the tested one, the residuals under
    b = estimate + d are e - d c: so numerator and squared error of every bootstrap t are polynomials in d, whose
    terms are kept. Counted from the estimate, they do not cancel.
    """

    def __init__(self, y: Values, x: Values, member: NDArray[np.intp], place: int) -> None:
        n, k = x.shape
        self.groups = int(member.max()) + 1
        self.factor = self.groups / (self.groups - 1) * (n - 1) / (n - k)
        basis = np.linalg.qr(x)[0]
        others = np.linalg.qr(np.delete(x, place, axis=1))[0]
        column = x[:, place] - others @ (others.T @ x[:, place])
        row = column / (column @ column)  # b = row @ y
        residual = y - basis @ (basis.T @ y)
        self.estimate = float(row @ y)
        self.parts = [self._sums((row * u)[:, None], member)[:, 0] for u in (residual, column)]
        self.inner = [self._sums(basis * u[:, None], member) for u in (residual, column)]
        self.outer = self._sums(basis * row[:, None], member)
        self.error = float(np.sqrt(self.factor * (self.parts[0] ** 2).sum()))
        if self.error <= 1e-10 * max(1.0, float(np.abs(y).max())) * float(np.sqrt(row @ row)):
            self.error = 0.0  # nothing left but rounding

    def _sums(self, values: Values, member: NDArray[np.intp]) -> Values:
        """Sums by cluster, shape (groups, columns)."""
        columns = [np.bincount(member, weights=v, minlength=self.groups) for v in values.T]
        return np.column_stack(columns)

    def draw(self, drawn: Values) -> None:
        """Work out the terms for weights of shape (groups, draws)."""
        blocks = np.array_split(drawn, max(1, drawn.size // _CELLS), axis=1)
        self.terms = np.concatenate([self._terms(w) for w in blocks], axis=1)

    def _terms(self, w: Values) -> Values:
        numerators = [part @ w for part in self.parts]
        pairs = zip(self.parts, self.inner, strict=True)
        zero, one = (part[:, None] * w - self.outer @ (inner.T @ w) for part, inner in pairs)
        squares = [(a * b).sum(axis=0) for a, b in ((zero, zero), (zero, one), (one, one))]
        return np.stack([*numerators, *squares])

    def p_value(self, null: float) -> float:
        """Share of the draws with |t*| strictly above |t| under b = null; a tie is not above."""
        d = null - self.estimate
        a0, a1, q00, q01, q11 = self.terms
        variance = self.factor * np.maximum(q00 - 2 * d * q01 + d**2 * q11, 0.0)
        return float((((a0 - d * a1) * self.error) ** 2 > d**2 * variance * (1 + _TIE)).mean())

    def limit(self, alpha: float, side: int) -> float:
        """Farthest value on one side that is not rejected; infinite where none is rejected.

        The p-value need not fall steadily: so the farthest of a geometric, then of a linear grid, then bisection.
        """
        steps = side * self.error * np.concatenate([[0.0], 2.0 ** np.arange(1, _WIDENINGS)])
        near, far = self._between(self.estimate + steps, alpha)
        if np.isinf(far):
            return side * np.inf
        near, far = self._between(np.linspace(near, far, _GRID), alpha)
        for _halving in range(_HALVINGS):
            middle = (near + far) / 2
            near, far = (near, middle) if self.p_value(middle) <= alpha else (middle, far)
        return near

    def _between(self, values: Values, alpha: float) -> tuple[float, float]:
        """The last value that is not rejected (the first of all counts as such) and the one after it, or infinity."""
        kept = max([0, *(i for i, v in enumerate(values) if self.p_value(float(v)) > alpha)])
        return float(values[kept]), float(values[kept + 1]) if kept + 1 < len(values) else np.inf
