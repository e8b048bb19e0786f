"""Logistic regression with a random intercept a cluster, by adaptive quadrature."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from prs_eval.estimation._coefficients import codes, coefficients, covariates, finite
from prs_eval.estimation.frame import Coefficients
from prs_eval.estimation.intervals import check_confidence_level

Values = NDArray[np.float64]

_NO_SPREAD = 1e-3  # of the intercepts: under it the maximum is taken to be at 0
_SURE = 15.0  # a linear predictor this far from 0 means that a covariate tells the outcome without fail


@dataclass(frozen=True, slots=True, eq=False)
class RandomInterceptResult(Coefficients):
    """Coefficients, `sd` of the intercepts of the clusters (log odds), `log_likelihood` at the maximum."""

    sd: float
    log_likelihood: float


def random_intercept_logit(
    outcome: ArrayLike,
    design: ArrayLike,
    cluster: ArrayLike,
    *,
    points: int = 25,
    confidence_level: float = 0.95,
) -> RandomInterceptResult:
    """Log odds ratios within one cluster, clusters having intercepts of their own; `.ratios()` gives odds ratios.

    Parameters
    ----------
    outcome
        0 or 1 a person, shape (n,).
    design
        Covariates, shape (n, columns), the column of ones of the intercept included.
    cluster
        Label of the session, group or place of each person, shape (n,).
    points
        Number of quadrature points, 7 to 100.

    Returns
    -------
    RandomInterceptResult, unit "log_odds_ratio", method "random_intercept_agq"; normal limits. sd 0 is an answer
    (clusters no more different than chance), coefficients then those of a plain logit. `too_few` under two
    clusters, where the outcome or a column does not let the model be fitted, or no two people share a cluster.

    Raises
    ------
    ValueError
        Where shapes differ, a number or label is missing, an outcome is not 0 or 1, or `points` is out of range.

    Notes
    -----
    Formula: maximum of the sum over clusters of log of the integral of the Bernoulli likelihood over a normal
    intercept, Gauss-Hermite points centred at its mode and scaled by its curvature; errors from the observed
    information. Assumes independent clusters and normal intercepts. Odds ratios are those within a cluster,
    further from 1 than those of `gee`. When not to use: under about 10 clusters (errors too small); to say a
    share of all people.
    Sources: Pinheiro & Bates (1995), J Comput Graph Stat 4:12-35; agrees with R's lme4::glmer(nAGQ=).
    """
    check_confidence_level(confidence_level)
    if not 7 <= points <= 100:
        raise ValueError(f"`points` must be from 7 to 100, not {points}.")
    y = finite(outcome, "outcome")
    if not np.isin(y, (0.0, 1.0)).all():
        first = int(np.flatnonzero(~np.isin(y, (0.0, 1.0)))[0])
        raise ValueError(f"`outcome` must be 0 or 1 for each person (first that is not: {first}).")
    x = covariates(design, "design", n=y.size)
    member = codes(cluster, "cluster", n=y.size)
    (n, k), groups = x.shape, int(member.max(initial=-1)) + 1
    b, error, sd, likelihood = None, None, np.nan, np.nan
    if 1 < groups < n and np.ptp(y) > 0 and np.linalg.matrix_rank(x) == k:
        scale = np.abs(x).max(axis=0)
        found = _maximum(_Likelihood(y, x / scale, member, groups, points))
        if found is not None:
            theta, variance, likelihood = found
            b, error, sd = theta[:k] / scale, np.sqrt(np.diag(variance)[:k]) / scale, abs(float(theta[k]))
    fit = coefficients(
        b,
        error,
        k=k,
        unit="log_odds_ratio",
        method="random_intercept_agq",
        n=n,
        confidence_level=confidence_level,
        clusters=groups,
    )
    return RandomInterceptResult(
        **{f.name: getattr(fit, f.name) for f in fields(fit)}, sd=sd, log_likelihood=likelihood
    )


class _Likelihood:
    """Marginal log likelihood of (coefficients, sd) and its gradient; intercepts are sd times a standard normal."""

    def __init__(self, y: Values, x: Values, member: NDArray[np.intp], groups: int, points: int) -> None:
        self.y, self.x, self.member, self.groups = y, x, member, groups
        self.nodes, weights = special.roots_hermite(points)
        self.log_weights = np.log(weights) + self.nodes**2

    def _sums(self, rows: Values) -> Values:
        out = np.zeros((self.groups, *rows.shape[1:]))
        np.add.at(out, self.member, rows)
        return out

    def _modes(self, fixed: Values, sd: float) -> tuple[Values, Values]:
        """Most likely standard intercept of each cluster, and the curvature there (Newton: it is concave)."""
        u, curvature = np.zeros(self.groups), np.ones(self.groups)
        for _ in range(100):
            share = special.expit(fixed + sd * u[self.member])
            slope = sd * self._sums(self.y - share) - u
            curvature = 1 + sd**2 * self._sums(share * (1 - share))
            step = np.clip(slope / curvature, -2, 2)
            u = u + step
            if np.abs(step).max() < 1e-10:
                break
        return u, curvature

    def __call__(self, theta: Values) -> tuple[float, Values]:
        fixed, sd = self.x @ theta[:-1], float(theta[-1])
        mode, curvature = self._modes(fixed, sd)
        u = mode[:, None] + self.nodes * np.sqrt(2 / curvature)[:, None]
        predictor = fixed[:, None] + sd * u[self.member]
        fits = self._sums(self.y[:, None] * predictor - np.logaddexp(0, predictor))
        log_terms = fits - u**2 / 2 + self.log_weights
        log_integrals = special.logsumexp(log_terms, axis=1) - np.log(np.pi * curvature) / 2
        posterior = np.exp(log_terms - special.logsumexp(log_terms, axis=1)[:, None])
        residual = (self.y[:, None] - special.expit(predictor)) * posterior[self.member]
        gradient = np.append(self.x.T @ residual.sum(axis=1), (residual * u[self.member]).sum())
        return -float(log_integrals.sum()), -gradient

    def information(self, theta: Values) -> Values:
        """Minus the second derivatives, by central differences of the gradient."""
        steps = 1e-4 * np.eye(theta.size)
        columns = [(self(theta + h)[1] - self(theta - h)[1]) / 2e-4 for h in steps]
        matrix = np.array(columns)
        return (matrix + matrix.T) / 2


def _maximum(model: _Likelihood) -> tuple[Values, Values, float] | None:
    """Parameters, their variance and the log likelihood; None where there is no maximum."""
    start = np.append(np.zeros(model.x.shape[1]), 0.5)
    theta: Values = optimize.minimize(model, start, jac=True, method="BFGS", options={"gtol": 1e-5}).x
    free = theta.size if abs(theta[-1]) > _NO_SPREAD else theta.size - 1  # at sd 0 the plain logit remains
    if free < theta.size:
        theta[-1] = 0.0
    for _ in range(20):
        if np.abs(model.x @ theta[:-1]).max() > _SURE:
            return None
        information = model.information(theta)[:free, :free]
        gradient = model(theta)[1][:free]
        if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 1e-8:
            return None
        step = np.linalg.solve(information, gradient)
        theta[:free] -= step
        if np.abs(step).max() < 1e-9:
            variance: Values = np.asarray(np.linalg.inv(model.information(theta)[:free, :free]), dtype=float)
            return theta, variance, -model(theta)[0]
    return None
