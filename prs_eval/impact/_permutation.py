"""What a permutation of the treated units is made of: the choices, their differences, the limits."""

from __future__ import annotations

from itertools import chain, combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Masks = NDArray[np.bool_]

_CELLS = 4_000_000  # random numbers held at once


def assignments(chosen: Masks, maximum: int, seed: int) -> tuple[Masks, bool]:
    """Choices of the treated units, shape (choices, n), the observed one first; whether they are all."""
    n, k = chosen.size, int(chosen.sum())
    ways = comb(n, k)
    if ways <= maximum:
        flat = np.fromiter(chain.from_iterable(combinations(range(n), k)), dtype=np.intp, count=ways * k)
        masks = np.zeros((ways, n), dtype=bool)
        np.put_along_axis(masks, flat.reshape(ways, k), True, axis=1)
        first = int(np.flatnonzero((masks == chosen).all(axis=1))[0])
        masks[[0, first]] = masks[[first, 0]]
        return masks, True
    generator, rows = np.random.default_rng(seed), max(1, _CELLS // n)
    masks = np.empty((maximum, n), dtype=bool)
    for begin in range(0, maximum, rows):
        block = masks[begin : begin + rows]
        lots = generator.random(block.shape)
        block[:] = lots <= np.partition(lots, k - 1, axis=1)[:, k - 1 : k]  # the k least
    masks[0] = chosen
    return masks, False


def differences(masks: Masks, weights: Values, values: Values) -> Values:
    """Weighted mean of the chosen minus weighted mean of the others, shape (choices,)."""
    inside, heavy = masks @ (weights * values), masks @ weights
    total, whole = float((weights * values).sum()), float(weights.sum())
    return np.asarray(inside / heavy - (total - inside) / (whole - heavy))


def constant_effect_limits(masks: Masks, spread: Values, own: Values, alpha: float, tie: float) -> tuple[float, float]:
    """Least and greatest effect tau at which more than a share `alpha` of the choices is as extreme as the observed.

    |D_a - tau O_a| >= |D - tau| between two roots, since |O_a| < 1; outside them the choice is less extreme. Only the
    observed choice (O = 1) and, where half are treated, its mirror image (O = -1, D_a = -D) are as extreme at any tau.
    """
    d, n = float(spread[0]), spread.size
    always = (masks == masks[0]).all(axis=1) | (masks != masks[0]).all(axis=1)
    needed = int(np.floor(alpha * n + 1e-9)) + 1  # as many as extreme, or more: not rejected
    if needed <= int(always.sum()):
        return -np.inf, np.inf
    # A tie must be one for the limits too, or 0 would be out of them while its p-value is above alpha.
    less, more = (np.where(np.abs(x) <= tie, 0.0, x) for x in (d - spread, d + spread))
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = less / (1 - own), more / (1 + own)
    low = np.where(always, -np.inf, np.minimum(first, second))
    high = np.where(always, np.inf, np.maximum(first, second))
    # At tau = D every choice is as extreme; moving away, choices drop out one by one.
    return float(np.sort(low)[needed - 1]), float(np.sort(high)[n - needed])
