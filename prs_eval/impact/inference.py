"""Inference for few treated places: permutation of the treated, wild cluster bootstrap, CR2; and which to use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._coefficients import codes, covariates, finite
from prs_eval.estimation.clustered_models import cluster_robust_regression
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact.effect import Effect, Inference, Reason

Values = NDArray[np.float64]
Weights = Literal["webb", "rademacher"]

FEW_UNITS = 40  # clusters under which the usual cluster-robust limits are too narrow (Cameron & Miller 2015)
FEW_TREATED = 6  # treated (or other) clusters under which the wild bootstrap misleads (MacKinnon & Webb 2017)
FEWEST_ASSIGNMENTS = 20  # ways to choose the treated under which no test reaches 5 %
ENUMERATED = 12  # clusters up to which all signs of the bootstrap are taken in turn
_TIE = 1e-9
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))


@dataclass(frozen=True, slots=True, eq=False)
class Permutation:
    """A difference of means under every choice of which units were treated (or a sample of the choices).

    `distribution`: the difference under each choice, shape (assignments,), the observed one first; `p_value`
    two-sided; `lower`, `upper`: limits of a constant effect, infinite where no effect however large is excluded.
    """

    statistic: float
    p_value: float
    lower: float
    upper: float
    confidence_level: float
    distribution: Values
    assignments: int
    exact: bool


def permutation_test(
    changes: ArrayLike,
    treated: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    confidence_level: float = 0.95,
    maximum: int = 20_000,
    seed: int = 0,
) -> Permutation:
    """Mean of the treated minus mean of the others, against every choice of as many treated units.

    Parameters
    ----------
    changes
        One number a unit (its change, its slope), shape (n,), without NaN.
    treated
        Which units were treated, shape (n,).
    weights
        Of each unit in its group's mean, shape (n,), positive; equal where not given.
    maximum
        Choices up to which all are taken; beyond, so many are drawn, the observed one among them.
    seed
        Of the draws.

    Returns
    -------
    Permutation. `p_value`: share of the choices whose difference is at least as far from 0 as the observed one (which
    counts, so never 0). Limits: the constant effects that the same test does not reject at 1 - `confidence_level`.

    Raises
    ------
    ValueError
        Shapes that differ, a missing value, nobody or everybody treated, a weight that is not positive.

    Notes
    -----
    Taking an effect tau from the treated makes the difference of choice a D_a - tau O_a, O_a the difference that a
    gives to the treatment itself; each choice is at least as extreme as the observed one between the roots of
    |D_a - tau O_a| = |D - tau|, so the limits are exact. Assumes that any units could have been the treated ones (in
    their changes) and, for the limits, one effect for all. When not to use: treated units that were chosen for how
    they were moving.
    Source: Fisher (1935), The Design of Experiments, section 21; Rosenbaum (2002), Observational Studies, section 2.6.
    """
    check_confidence_level(confidence_level)
    y = finite(changes, "changes")
    chosen = np.asarray(treated, dtype=bool)
    heavy = np.ones(y.size) if weights is None else finite(weights, "weights", shape=y.shape)
    if chosen.shape != y.shape or not 0 < chosen.sum() < y.size:
        raise ValueError(f"`treated` must have shape {y.shape}, with some units treated and some not.")
    if (heavy <= 0).any():
        raise ValueError(f"`weights` must be positive: {int((heavy <= 0).sum())} of {heavy.size} are not.")
    masks, exact = _assignments(chosen, maximum, seed)
    spread = _differences(masks, heavy, y)
    own = _differences(masks, heavy, chosen.astype(float))
    observed = float(spread[0])
    scale = max(abs(observed), float(np.abs(y).max()), 1e-300)
    extreme = np.abs(spread) >= abs(observed) - _TIE * scale
    lower, upper = _invert(spread, own, 1 - confidence_level)
    return Permutation(observed, float(extreme.mean()), lower, upper, confidence_level, spread, masks.shape[0], exact)


def wild_cluster_bootstrap(
    outcome: ArrayLike,
    design: ArrayLike,
    cluster: ArrayLike,
    *,
    coefficient: int,
    null: float = 0.0,
    weights: Weights = "webb",
    draws: int = 9999,
    confidence_level: float = 0.95,
    interval: bool = True,
    seed: int = 0,
) -> Effect:
    """One least-squares coefficient, tested by the restricted wild cluster bootstrap; limits by inversion of the test.

    Parameters
    ----------
    outcome, design, cluster
        As in `estimation.clustered_models.cluster_robust_regression`.
    coefficient
        Column of the design.
    null
        Its value under the hypothesis of `p_value`.
    weights
        "webb" (six points; the one for few clusters) or "rademacher" (signs; all 2^G of them with `ENUMERATED`
        clusters or fewer).
    draws
        Of the weights, where they are not enumerated.
    interval
        Whether to look for the limits.
    seed
        Of the draws.

    Returns
    -------
    Effect, unit "outcome", inference "wild_cluster_bootstrap"; `standard_error` is the usual CR1; limits infinite where
    no value is rejected, NaN where not asked. `too_few` under 4 clusters or where columns repeat one another.

    Raises
    ------
    ValueError
        Shapes that differ, a missing value, a coefficient that is not there, unknown weights, under 99 draws.

    Notes
    -----
    t with CR1S errors; the null imposed on the residuals; two-sided p: share of |t*| strictly above |t| (an enumeration
    holds |t| itself twice). When not to use: under `FEW_TREATED` treated clusters, where it hardly ever rejects, or
    rejects too often.
    Source: Cameron, Gelbach & Miller (2008), REStat 90:414-427; Webb (2023), Can J Econ 56:839-858; MacKinnon & Webb
    (2017), J Appl Econometrics 32:233-254.
    """
    check_confidence_level(confidence_level)
    y = finite(outcome, "outcome")
    x = covariates(design, "design", n=y.size)
    member = codes(cluster, "cluster", n=y.size)
    if weights not in ("webb", "rademacher") or draws < 99:
        raise ValueError("`weights` must be webb or rademacher, `draws` 99 or more.")
    if not 0 <= coefficient < x.shape[1]:
        raise ValueError(f"`coefficient` must be a column of the design, 0 to {x.shape[1] - 1}, not {coefficient}.")
    groups = int(member.max(initial=-1)) + 1
    blank = Effect(
        estimate=np.nan,
        lower=np.nan,
        upper=np.nan,
        confidence_level=confidence_level,
        unit="outcome",
        method=f"wild_cluster_bootstrap_{weights}",
        n=float(y.size),
        status="too_few",
        units=groups,
        inference="wild_cluster_bootstrap",
        reason="asked",
    )
    if groups < 4 or y.size <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        return blank
    pieces = _Pieces(y, x, member, groups, coefficient)
    if not pieces.error > 0:
        return blank
    drawn = _bootstrap_weights(groups, weights, draws, seed)
    found = replace(
        blank,
        estimate=pieces.estimate,
        status="ok",
        standard_error=pieces.error,
        p_value=pieces.p_value(null, drawn),
    )
    if not interval:
        return found
    alpha = 1 - confidence_level
    lower, upper = (_bootstrap_limit(pieces, drawn, alpha, side) for side in (-1, 1))
    return replace(found, lower=lower, upper=upper)


def cluster_effect(
    outcome: ArrayLike,
    design: ArrayLike,
    cluster: ArrayLike,
    *,
    coefficient: int,
    method: Literal["CR0", "CR1", "CR1S", "CR2"] = "CR2",
    limits: Literal["satterthwaite", "normal"] = "satterthwaite",
    confidence_level: float = 0.95,
) -> Effect:
    """One coefficient of a cluster-robust regression as an Effect.

    Parameters
    ----------
    outcome, design, cluster, method
        As in `estimation.clustered_models.cluster_robust_regression`.
    coefficient
        Column of the design.
    limits
        "satterthwaite" (Student's, with few degrees where few clusters tell) or "normal" (the naïve choice, too narrow
        with few clusters: for comparison).

    Returns
    -------
    Effect, unit "outcome"; `units` clusters.

    Raises
    ------
    ValueError
        As `cluster_robust_regression`; a coefficient that is not there.

    Notes
    -----
    Source: Bell & McCaffrey (2002), Surv Methodol 28:169-181; Pustejovsky & Tipton (2018), J Bus Econ Stat 36:672-683.
    """
    fit = cluster_robust_regression(outcome, design, cluster, method=method, confidence_level=confidence_level)
    if not 0 <= coefficient < fit.estimate.size:
        raise ValueError(f"`coefficient` must be a column of the design, 0 to {fit.estimate.size - 1}.")
    b, error = float(fit.estimate[coefficient]), float(fit.standard_error[coefficient])
    normal = limits == "normal"
    z = float(stats.norm.ppf(0.5 + confidence_level / 2))
    return Effect(
        estimate=b,
        lower=b - z * error if normal else float(fit.lower[coefficient]),
        upper=b + z * error if normal else float(fit.upper[coefficient]),
        confidence_level=confidence_level,
        unit="outcome",
        method=f"{method.lower()}_{limits}",
        n=fit.n,
        status="ok" if np.isfinite(b) and np.isfinite(error) else "too_few",
        standard_error=error,
        p_value=float(2 * stats.norm.sf(abs(b / error))) if normal else float(fit.p_value[coefficient]),
        df=np.inf if normal else float(fit.df[coefficient]),
        units=int(fit.clusters) if np.isfinite(fit.clusters) else 0,
        inference="normal" if normal else "cr2_satterthwaite",
        reason="asked",
    )


def choose_inference(*, units: int, treated: int) -> tuple[Inference, Reason]:
    """Which inference suits a comparison of `treated` places with the others, and why.

    Permutation with under `FEW_UNITS` places, where at least `FEWEST_ASSIGNMENTS` choices of the treated exist; CR2
    with Satterthwaite's degrees otherwise: with many places, or with so few that no permutation could reach 5 %.

    Raises
    ------
    ValueError
        Nobody or everybody treated.

    Notes
    -----
    The wild bootstrap is never chosen unasked: with few treated places it misleads, with many it agrees with CR2.
    Source: MacKinnon & Webb (2017), J Appl Econometrics 32:233-254; Cameron & Miller (2015), J Hum Resour 50:317-372.
    """
    if not 0 < treated < units:
        raise ValueError(f"some units must be treated and some not: {treated} of {units} are.")
    ways = comb(units, treated)
    if units < FEW_UNITS and ways >= FEWEST_ASSIGNMENTS:
        return "permutation", "all_assignments" if ways <= 20_000 else "sampled_assignments"
    if units < FEW_UNITS:
        return "cr2_satterthwaite", "few_treated" if min(treated, units - treated) < FEW_TREATED else "few_clusters"
    return "cr2_satterthwaite", "many_clusters"


def _assignments(chosen: NDArray[np.bool_], maximum: int, seed: int) -> tuple[NDArray[np.bool_], bool]:
    """Choices of the treated units, shape (choices, n), the observed one first; whether they are all."""
    n, k = chosen.size, int(chosen.sum())
    if comb(n, k) <= maximum:
        places = np.array(list(combinations(range(n), k)), dtype=np.intp)
        masks = np.zeros((places.shape[0], n), dtype=bool)
        np.put_along_axis(masks, places, True, axis=1)
        first = int(np.flatnonzero((masks == chosen).all(axis=1))[0])
        masks[[0, first]] = masks[[first, 0]]
        return masks, True
    order = np.random.default_rng(seed).random((maximum, n)).argsort(axis=1)
    masks = order < k
    masks[0] = chosen
    return masks, False


def _differences(masks: NDArray[np.bool_], weights: Values, values: Values) -> Values:
    inside, heavy = masks @ (weights * values), masks @ weights
    total, whole = float((weights * values).sum()), float(weights.sum())
    return np.asarray(inside / heavy - (total - inside) / (whole - heavy))


def _invert(spread: Values, own: Values, alpha: float) -> tuple[float, float]:
    """Effects tau at which at least a share `alpha` of the choices is as extreme as the observed one.

    |D_a - tau O_a| >= |D - tau| between two roots, as |O_a| <= 1; outside them the choice is less extreme.
    """
    d, n = float(spread[0]), spread.size
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (d - spread) / (1 - own)
        second = (d + spread) / (1 + own)
    low, high = np.minimum(first, second), np.maximum(first, second)
    always = np.isclose(own, 1) | np.isclose(own, -1)  # the observed choice, and its mirror image if there is one
    # The mirror image (O = -1) is as extreme as the observed one at every tau when its difference is -D.
    low, high = np.where(always, -np.inf, low), np.where(always, np.inf, high)
    needed = int(np.floor(alpha * n + 1e-9)) + 1  # as many as extreme, or more: not rejected
    if needed <= int(always.sum()):
        return -np.inf, np.inf
    # At tau = D every choice is as extreme; moving away, choices drop out one by one.
    return float(np.sort(low)[needed - 1]), float(np.sort(high)[n - needed])


class _Pieces:
    """What a bootstrap of one coefficient needs, worked out once: scores by cluster, no loop over draws."""

    def __init__(self, y: Values, x: Values, member: NDArray[np.intp], groups: int, place: int) -> None:
        n, k = x.shape
        bread = np.linalg.inv(x.T @ x)
        self.factor = groups / (groups - 1) * (n - 1) / (n - k)
        rest = np.delete(x, place, axis=1)
        column = x[:, place]
        # The restricted fit is y - null * column on the other columns; both parts are kept, null comes later.
        inverse = np.linalg.pinv(rest)
        # Residuals at null 0, and what a null takes off them.
        self.y0, self.c0 = y - rest @ (inverse @ y), column - rest @ (inverse @ column)
        row = x @ bread[:, place]  # b = row @ y
        self.estimate = float(row @ y)
        by = np.zeros((groups, n))
        by[member, np.arange(n)] = row  # the share of each observation in each cluster's score

        def left(values: Values) -> Values:
            """What the whole model leaves of columns of values: no matrix of observations by observations."""
            return np.asarray(values - x @ (bread @ (x.T @ values)))

        parts = [self._blocks(part, member, groups) for part in (self.y0, self.c0)]
        self.gather = [np.asarray(by @ part) for part in parts]
        self.score = [np.asarray(by @ left(part)) for part in parts]
        self.error = float(np.sqrt(self.factor * ((by @ left(y)) ** 2).sum()))
        if self.error <= 1e-10 * max(1.0, float(np.abs(y).max())) * float(np.sqrt(bread[place, place])):
            self.error = 0.0

    @staticmethod
    def _blocks(values: Values, member: NDArray[np.intp], groups: int) -> Values:
        """Shape (n, groups): column g holds the values of cluster g, 0 elsewhere."""
        out = np.zeros((values.size, groups))
        out[np.arange(values.size), member] = values
        return out

    def p_value(self, null: float, drawn: Values) -> float:
        """Share of bootstrap |t| strictly above the observed |t| under b = null."""
        shift = (self.gather[0] - null * self.gather[1]).sum(axis=0) @ drawn  # b* - null, shape (draws,)
        scores = (self.score[0] - null * self.score[1]) @ drawn  # (groups, draws)
        error = np.sqrt(self.factor * (scores**2).sum(axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(shift) / error
        observed = abs(self.estimate - null) / self.error
        return float((np.nan_to_num(t, nan=0.0) > observed * (1 + _TIE)).mean())


def _bootstrap_weights(groups: int, weights: Weights, draws: int, seed: int) -> Values:
    """Weights of each cluster, shape (groups, draws)."""
    if weights == "rademacher" and groups <= ENUMERATED:
        bits = (np.arange(2**groups)[None, :] >> np.arange(groups)[:, None]) & 1
        return 2.0 * bits - 1
    generator = np.random.default_rng(seed)
    if weights == "rademacher":
        return 2.0 * generator.integers(0, 2, (groups, draws)) - 1
    return np.asarray(np.concatenate([-_WEBB, _WEBB])[generator.integers(0, 6, (groups, draws))])


def _bootstrap_limit(pieces: _Pieces, drawn: Values, alpha: float, side: int) -> float:
    """The farthest value on one side that the test does not reject, by bisection; infinite where none is rejected."""
    step = 2.0 * pieces.error
    near, far = pieces.estimate, pieces.estimate + side * step
    for _widening in range(12):
        if pieces.p_value(far, drawn) <= alpha:
            break
        near, far, step = far, far + side * 2 * step, 2 * step
    else:
        return float(side * np.inf)
    for _halving in range(45):
        middle = (near + far) / 2
        near, far = (near, middle) if pieces.p_value(middle, drawn) <= alpha else (middle, far)
    return near
