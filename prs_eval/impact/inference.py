"""Inference for few treated places: permutation of the treated, wild cluster bootstrap, CR2; and which to use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._coefficients import codes, covariates, finite
from prs_eval.estimation.clustered_models import cluster_robust_regression
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.impact._alone import rests_on_one_cluster
from prs_eval.impact._bootstrap import Bootstrap, Weights, draw_weights
from prs_eval.impact._permutation import assignments, constant_effect_limits, differences
from prs_eval.impact.effect import Effect, Inference, Reason

Values = NDArray[np.float64]

FEW_UNITS = 40  # clusters under which the usual cluster-robust limits are too narrow (Cameron & Miller 2015: 20 to 50)
FEW_TREATED = 6  # treated (or other) clusters under which the wild bootstrap misleads (MacKinnon & Webb 2017, 2018)
FEWEST_ASSIGNMENTS = (
    20  # ways to choose the treated under which no test reaches 5 % (twice as many if half are treated)
)
MAXIMUM = 20_000  # choices of the treated that are all taken
_LEVEL = 0.05  # the p-value that `choose_inference` wants to be within reach
_TIE = 1e-12


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
    maximum: int = MAXIMUM,
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
    counts, so never 0; its mirror image counts too where half are treated). Limits: the constant effects that the same
    test does not reject at 1 - `confidence_level`; -inf and inf where `smallest_p_value` is above that, and the caller
    says `too_few`.

    Raises
    ------
    ValueError
        Shapes that differ, a missing value, a `treated` other than 0 and 1, nobody or everybody treated, a weight that
        is not positive, a `maximum` under 100.

    Notes
    -----
    Taking an effect tau from the treated makes the difference of choice a D_a - tau O_a, O_a the difference that a
    gives to the treatment itself; each choice is at least as extreme as the observed one between the roots of
    |D_a - tau O_a| = |D - tau|, so the limits are exact. Assumes that any units could have been the treated ones (in
    their changes) and, for the limits, one effect for all. When not to use: treated units that were chosen for how
    they were moving; groups of unequal spread and size (then the test of no effect on anyone is not one of the mean).
    Source: Fisher (1935), The Design of Experiments, section 21; Rosenbaum (2002), Observational Studies, section 2.6;
    Phipson & Smyth (2010), Stat Appl Genet Mol Biol 9:39 (why the observed choice counts).
    """
    check_confidence_level(confidence_level)
    y = finite(changes, "changes")
    chosen = _zero_one(treated, y.shape)
    heavy = np.ones(y.size) if weights is None else finite(weights, "weights", shape=y.shape)
    if (heavy <= 0).any():
        raise ValueError(f"`weights` must be positive: {int((heavy <= 0).sum())} of {heavy.size} are not.")
    if maximum < 100:
        raise ValueError(f"`maximum` must be 100 or more, not {maximum}: fewer choices say nothing.")
    masks, exact = assignments(chosen, maximum, seed)
    heavy = heavy / heavy.max()
    centred = y - y.mean()  # no difference depends on the level, but its rounding does
    spread, own = (differences(masks, heavy, v) for v in (centred, chosen.astype(float)))
    tie = _TIE * float(np.abs(centred).max()) + 8 * float(np.finfo(float).eps * np.abs(y).max())
    observed = float(spread[0])
    extreme = np.abs(spread) >= abs(observed) - tie
    lower, upper = constant_effect_limits(masks, spread, own, 1 - confidence_level, tie)
    return Permutation(observed, float(extreme.mean()), lower, upper, confidence_level, spread, masks.shape[0], exact)


def smallest_p_value(*, units: int, treated: int, maximum: int = MAXIMUM) -> float:
    """The least p-value that `permutation_test` can give, as a fraction: what no effect, however large, gets under.

    One over the number of choices; twice that where half the units are treated, since treating the other half gives
    the same distance from 0 (3 of 6: 2 in 20). One over `maximum` where choices are drawn (their mirror image may not
    be among them).

    Raises
    ------
    ValueError
        Nobody or everybody treated.

    Notes
    -----
    Source: Fisher (1935), The Design of Experiments, sections 5-7 (4 cups of 8: 1 in 70 on one side).
    """
    if not 0 < treated < units:
        raise ValueError(f"some units must be treated and some not: {treated} of {units} are.")
    ways = comb(units, treated)
    return 1 / maximum if ways > maximum else (2 if 2 * treated == units else 1) / ways


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
        "webb" (six points; the one for few clusters) or "rademacher" (signs; all 2^G of them with 12 clusters or
        fewer, so that no seed matters).
    draws
        Of the weights, where they are not enumerated.
    interval
        Whether to look for the limits.
    seed
        Of the draws.

    Returns
    -------
    Effect, unit "outcome", inference "wild_cluster_bootstrap"; `standard_error` is the usual CR1S; limits infinite
    where no value is rejected, NaN where not asked. `too_few` under 4 clusters, where columns repeat one another, where
    the model fits without error, and where the signs are too few to reach 1 - `confidence_level` (5 clusters at 95 %).

    Raises
    ------
    ValueError
        Shapes that differ, a missing value, a coefficient that is not there, unknown weights, under 99 draws.

    Notes
    -----
    t with CR1S errors; the null imposed on the residuals; two-sided p: share of |t*| strictly above |t| (an enumeration
    holds |t| itself twice, and these ties count as not above; other programs let rounding decide, so that theirs may be
    2 in 2^G more). The limits are the farthest values not rejected with the same draws.
    Assumes independent clusters. When not to use: under `FEW_TREATED` treated (or untreated) clusters, where it hardly
    ever rejects: permute instead.
    Source: Cameron, Gelbach & Miller (2008), REStat 90:414-427; Webb (2023), Can J Econ 56:839-858; MacKinnon & Webb
    (2017), J Appl Econometrics 32:233-254, and (2018), Econometrics J 21:114-135; Roodman et al. (2019), Stata J
    19:4-60.
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
    signs = weights == "rademacher" and 2.0 ** (1 - groups) > 1 - confidence_level
    if groups < 4 or signs or y.size <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        return blank
    test = Bootstrap(y, x, member, coefficient)
    if not test.error > 0:
        return blank
    test.draw(draw_weights(groups, weights, draws, seed))
    lower, upper = (test.limit(1 - confidence_level, side) for side in (-1, 1)) if interval else (np.nan, np.nan)
    return replace(
        blank,
        estimate=test.estimate,
        lower=lower,
        upper=upper,
        status="ok",
        standard_error=test.error,
        p_value=test.p_value(null),
    )


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
    Effect, unit "outcome"; `units` clusters. `too_few` with the estimate alone where one cluster, left out, would leave
    the coefficient undetermined (one treated cluster, or one other): its noise is in the estimate, not in the error.
    The naïve choice gives its number even then.

    Raises
    ------
    ValueError
        As `cluster_robust_regression`; a coefficient that is not there, unknown limits.

    Notes
    -----
    Assumes independent clusters. When not to use: a coefficient whose `df` is under 4 (few treated clusters).
    Source: Bell & McCaffrey (2002), Surv Methodol 28:169-181; Pustejovsky & Tipton (2018), J Bus Econ Stat 36:672-683.
    """
    fit = cluster_robust_regression(outcome, design, cluster, method=method, confidence_level=confidence_level)
    if not 0 <= coefficient < fit.estimate.size:
        raise ValueError(f"`coefficient` must be a column of the design, 0 to {fit.estimate.size - 1}.")
    if limits not in ("satterthwaite", "normal"):
        raise ValueError(f"`limits` must be satterthwaite or normal, not {limits}.")
    b, error = float(fit.estimate[coefficient]), float(fit.standard_error[coefficient])
    normal = limits == "normal"
    z = float(stats.norm.ppf(0.5 + confidence_level / 2))
    found = Effect(
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
    x = covariates(design, "design", n=int(fit.n))
    if normal or not np.isfinite(b) or not rests_on_one_cluster(x, codes(cluster, "cluster", n=len(x)), coefficient):
        return found
    nan = float("nan")
    return replace(found, status="too_few", lower=nan, upper=nan, standard_error=nan, p_value=nan, df=nan)


def choose_inference(*, units: int, treated: int) -> tuple[Inference, Reason]:
    """Which inference suits a comparison of `treated` places with the others, and why.

    1. Permutation where places are under `FEW_UNITS`, or treated (or untreated) ones under `FEW_TREATED`, if it can
       reach 5 % (`smallest_p_value`): reason "all_assignments", or "sampled_assignments" over `MAXIMUM` choices.
    2. Otherwise CR2 with Satterthwaite's degrees: "few_treated" where no permutation reaches 5 % (its few degrees then
       say how little is known, and one treated place alone has no limits), "many_clusters" with both many places and
       enough treated.

    Raises
    ------
    ValueError
        Nobody or everybody treated.

    Notes
    -----
    The wild bootstrap is never chosen unasked: with few treated places it misleads, with many it agrees with CR2.
    Source: MacKinnon & Webb (2017), J Appl Econometrics 32:233-254 (the bootstrap with few treated clusters), (2018),
    Econometrics J 21:114-135, and (2020), J Econometrics 218:435-450 (randomisation inference instead); Cameron &
    Miller (2015), J Hum Resour 50:317-372 (few clusters).
    """
    least = smallest_p_value(units=units, treated=treated)
    few = min(treated, units - treated) < FEW_TREATED
    if (units < FEW_UNITS or few) and least <= _LEVEL:
        return "permutation", "all_assignments" if comb(units, treated) <= MAXIMUM else "sampled_assignments"
    return "cr2_satterthwaite", "few_treated" if few else "many_clusters"


def _zero_one(treated: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    found = np.asarray(treated)
    if found.dtype != bool:
        found = finite(treated, "treated", shape=shape)  # a missing one would be true
    wrong = ~np.isin(found, (0, 1))
    if wrong.any():
        raise ValueError(f"`treated` must be 0 or 1, false or true: {int(wrong.sum())} of {found.size} are not.")
    chosen = found.astype(bool)
    if chosen.shape != shape or not 0 < chosen.sum() < chosen.size:
        raise ValueError(f"`treated` must have shape {shape}, with some units treated and some not.")
    return chosen
