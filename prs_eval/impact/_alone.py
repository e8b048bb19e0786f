"""Coefficients that one place alone determines: its noise passes for effect, and no error can tell it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prs_eval.impact._two_way import identified

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NONE = 1e-9  # of its size: nothing left


def rests_on_one_cluster(x: Values, member: NDArray[np.intp], place: int) -> bool:
    """Whether some cluster, left out, leaves the coefficient of column `place` undetermined.

    Such a cluster is fitted exactly in that direction: its residuals are 0, whatever its noise.
    """
    size = np.sqrt((x**2).sum(axis=0))
    left, value, right = np.linalg.svd(x / np.where(size > 0, size, 1.0), full_matrices=False)
    kept = value > 1e-10 * value[0]
    basis, aim = left[:, kept], right[kept, place] / value[kept]
    own = np.zeros((int(member.max()) + 1, aim.size, aim.size))
    np.add.at(own, member, basis[:, :, None] * basis[:, None, :])
    weight, vector = np.linalg.eigh(np.eye(aim.size) - own)
    lost = np.where(weight < _NONE, np.einsum("k,gkv->gv", aim, vector), 0.0)
    return bool((np.abs(lost) > 1e-6 * np.linalg.norm(aim)).any())


def rests_on_one_unit(seen: Flags, since: Values, kept: NDArray[np.int64]) -> Flags:
    """Which event times some unit, left out, leaves undetermined, shape (K,).

    Only units observed and started like no other can matter: the columns of two alike are the same.
    """
    columns = [np.broadcast_to(np.eye(seen.shape[1])[t], seen.shape) for t in range(seen.shape[1])]
    z = np.stack([*columns, *(since == e for e in kept)], axis=-1).astype(float) * seen[:, :, None]
    z = np.where(seen[:, :, None], z - z.sum(axis=1, keepdims=True) / np.maximum(seen.sum(axis=1), 1)[:, None, None], 0)
    pattern = np.where(seen, np.nan_to_num(since, nan=1e9), -1e9)
    _, first, count = np.unique(pattern, axis=0, return_index=True, return_counts=True)
    grams = np.einsum("gtk,gtl->gkl", z[first], z[first])
    whole = np.einsum("g,gkl->kl", count.astype(float), grams)
    alone = np.zeros(kept.size, dtype=bool)
    for gram in grams[count == 1]:
        left = whole - gram
        gone = np.diag(left) <= _NONE * np.maximum(np.diag(whole), _NONE)
        left[gone], left[:, gone] = 0.0, 0.0
        alone |= ~identified(left)[seen.shape[1] :]
    return alone
