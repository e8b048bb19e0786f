"""A change adjusted for where people started: analysis of covariance (after on before)."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._grouping import paired
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import check_confidence_level

_Errors = Literal["hc3", "ols"]


def adjusted_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    at: float | None = None,
    method: _Errors = "hc3",
    confidence_level: float = 0.95,
) -> Estimate:
    """Mean change in points of people who start at a given score, from the regression of after on before.

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN.
    at
        The starting score; the mean of `before` unless told. There the estimate is the plain mean change,
        with narrower limits than Student's, since the starting scores are taken as given.
    method
        Standard error: "hc3" (heteroscedasticity-consistent, jackknife-like) or "ols" (one variance).

    Returns
    -------
    Estimate, unit "points", method "ancova_hc3" or "ancova_ols", limits by Student's t with n - 2 degrees.
    NaN and `too_few` under four people, where all start alike, or where one person fixes the slope alone.

    Raises
    ------
    ValueError
        Where the shapes differ, a score is missing, `at` is not finite or the method is unknown.

    Notes
    -----
    Formula: after = a + b (before - at); estimate a - at. Assumes independent people and a straight line.
    When not to use: far from any score seen; to claim an effect without a comparison group.
    Sources: Laird (1983), Am Stat 37:329-330; MacKinnon & White (1985), J Econometrics 29:305-325, for HC3.
    """
    x, y = _checked(before, after, method, confidence_level)
    if at is not None and not math.isfinite(at):
        raise ValueError("`at` must be a finite score.")
    centre = float(x.mean()) if at is None and x.size else (at or 0.0)
    design = np.column_stack([np.ones(x.size), x - centre])
    return _coefficient(design, y - centre, 0, method, confidence_level)


def adjusted_difference(
    before: ArrayLike,
    after: ArrayLike,
    group: ArrayLike,
    *,
    method: _Errors = "hc3",
    confidence_level: float = 0.95,
) -> Estimate:
    """Group 1 minus group 0 in points after, adjusted for the score before (ANCOVA).

    Parameters
    ----------
    before, after
        Scores of the same people in the same order, shape (n,), without NaN.
    group
        0 or 1 (or False, True) a person, shape (n,).
    method
        Standard error: "hc3" (heteroscedasticity-consistent, jackknife-like) or "ols" (one variance).

    Returns
    -------
    Estimate, unit "points", method "ancova_hc3" or "ancova_ols", limits by Student's t with n - 3 degrees.
    NaN and `too_few` where a group has under two people, or the model cannot be fitted.

    Raises
    ------
    ValueError
        Where the shapes differ, a score is missing, a group is not 0 or 1, or the method is unknown.

    Notes
    -----
    Formula: after = a + b before + c group; estimate c. Assumes independent people, straight and parallel
    lines. When not to use: groups that chose themselves and start apart (Lord's paradox): the adjusted
    difference is then no effect; people clustered in groups.
    Sources: Vickers & Altman (2001), BMJ 323:1123-1124; MacKinnon & White (1985), J Econometrics
    29:305-325, for HC3.
    """
    x, y = _checked(before, after, method, confidence_level)
    member = np.asarray(group, dtype=float)
    if member.shape != x.shape or not np.isin(member, (0.0, 1.0)).all():
        raise ValueError(f"`group` must hold 0 or 1, one a person: shape {x.shape}, not {member.shape}.")
    if min((member == 0).sum(), (member == 1).sum()) < 2:
        return _nothing(x.size, method, confidence_level)
    design = np.column_stack([np.ones(x.size), x - x.mean(), member])
    return _coefficient(design, y, 2, method, confidence_level)


def _checked(before: ArrayLike, after: ArrayLike, method: str, confidence_level: float) -> tuple[Any, Any]:
    check_confidence_level(confidence_level)
    if method not in ("hc3", "ols"):
        raise ValueError(f'`method` must be "hc3" or "ols", not {method}.')
    return paired(before, after)


def _nothing(n: int, method: str, confidence_level: float) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, confidence_level, "points", f"ancova_{method}", n, "too_few")


def _coefficient(
    design: NDArray[np.float64], y: NDArray[np.float64], place: int, method: _Errors, confidence_level: float
) -> Estimate:
    n, columns = design.shape
    if n < columns + 2 or np.linalg.matrix_rank(design) < columns:
        return _nothing(n, method, confidence_level)
    # HC3 divides by 1 - leverage: nothing is left of someone whom the line must pass through.
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    if method == "hc3" and leverage.max() > 1 - 1e-9:
        return _nothing(n, method, confidence_level)
    fit = sm.OLS(y, design).fit()
    if np.abs(fit.resid).max() <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return _nothing(n, method, confidence_level)  # a perfect line leaves nothing to measure the error by
    if method == "hc3":
        fit = fit.get_robustcov_results("HC3", use_t=True)
    lower, upper = fit.conf_int(alpha=1 - confidence_level)[place]
    return Estimate(
        float(fit.params[place]),
        float(lower),
        float(upper),
        confidence_level,
        "points",
        f"ancova_{method}",
        n,
    )
