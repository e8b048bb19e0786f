"""Least squares on the simplex: weights of 0 or more that sum to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Values = NDArray[np.float64]

TIE = 1e-9  # a multiplier under this is nought: its column may enter at no cost
RIDGE = 1e-6  # of the columns' own size; only where the weights are not unique


def simplex_weights(differences: Values) -> tuple[Values, bool]:
    """Weights w, shape (J,), that minimise |D w| over w >= 0, sum(w) = 1, and whether they are the only ones.

    differences: D, shape (K, J): each donor's predictors less those of the treated unit, one column a donor. Where
    many weights do equally well, the most even of them (a ridge of 1e-6), so that the order of donors decides nothing.
    """
    count = differences.shape[1]
    size = float(np.linalg.norm(differences)) / np.sqrt(count)
    if not size > 0:
        return np.full(count, 1 / count), count == 1
    scaled = differences / size
    weights = _nearest(scaled)
    left = scaled @ weights
    # Karush-Kuhn-Tucker: D'Dw - |Dw|^2 is nought where a weight may be positive and positive elsewhere.
    free = scaled.T @ left - left @ left < TIE
    face = np.vstack([scaled, np.ones(count)])[:, free | (weights > 0)]
    # Lawson and Hanson's positive columns are independent: the rank needs a look only where others are free as well.
    unique = face.shape[1] == np.count_nonzero(weights) or bool(
        np.linalg.matrix_rank(face, tol=TIE * np.sqrt(count)) == face.shape[1]
    )
    if not unique:
        weights = _nearest(np.vstack([scaled, RIDGE * np.eye(count)]))
    return weights, unique


def _nearest(columns: Values) -> Values:
    """The point of the columns' convex hull nearest to the origin, as weights.

    min |C u|^2 + (1'u - 1)^2 over u >= 0 has u = s w: for any w the best s leaves |Cw|^2 / (1 + |Cw|^2), which grows
    with |Cw|; so w is the answer, exactly, without a penalty to tune.
    """
    rows = np.vstack([columns, np.ones(columns.shape[1])])
    target = np.zeros(rows.shape[0])
    target[-1] = 1
    found = np.asarray(nnls(rows, target)[0], dtype=float)
    return np.asarray(found / found.sum())
