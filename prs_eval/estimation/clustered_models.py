"""Regressions of people who came in groups: cluster-robust errors (CR0-CR2) and GEE, honest with few clusters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.genmod import families
from statsmodels.genmod.cov_struct import Exchangeable, Independence
from statsmodels.genmod.generalized_estimating_equations import GEE

from prs_eval.estimation._coefficients import codes, coefficients, covariates, finite
from prs_eval.estimation.frame import Coefficients
from prs_eval.estimation.intervals import check_confidence_level

Values = NDArray[np.float64]
Family = Literal["binomial", "poisson", "gaussian"]

_FAMILIES = {"binomial": families.Binomial, "poisson": families.Poisson, "gaussian": families.Gaussian}
_UNITS = {"binomial": "log_odds_ratio", "poisson": "log_rate_ratio", "gaussian": "outcome"}
_SURE = 1e-6  # a fitted share this near to 0 or 1 means that a covariate tells the outcome without fail


def cluster_robust_regression(
    outcome: ArrayLike,
    design: ArrayLike,
    cluster: ArrayLike,
    *,
    method: Literal["CR0", "CR1", "CR1S", "CR2"] = "CR2",
    confidence_level: float = 0.95,
) -> Coefficients:
    """Least-squares coefficients, in units of the outcome, with errors that let people of one cluster be alike.

    Parameters
    ----------
    outcome
        One number (or 0 and 1: a share) a person, shape (n,), without NaN.
    design
        Covariates, shape (n, columns), the column of ones of the intercept included.
    cluster
        Label of the session, group or place of each person, shape (n,).
    method
        "CR2" (bias-reduced; the one to use under about 50 clusters), "CR0" (plain sandwich), "CR1" (CR0 times
        G / (G - 1)) or "CR1S" (times G (n - 1) / ((G - 1) (n - columns)): Stata and statsmodels).

    Returns
    -------
    Coefficients, unit "outcome", method "cr2_satterthwaite" and the like; Student's limits with the degrees of
    freedom of Satterthwaite, which may be far under the number of clusters (2.4 with 11, if few are treated).
    `too_few` under two clusters or where columns of the design repeat one another.

    Raises
    ------
    ValueError
        Where shapes differ, a number or label is missing, or the method is unknown.

    Notes
    -----
    Formula: M (sum of X_j' A_j e_j e_j' A_j X_j) M, M = (X'X)^-1; CR2: A_j = (I - X_j M X_j')^-1/2 (Moore-Penrose).
    Degrees: tr(B)^2 / tr(B^2), B the covariance of the cluster scores under independent people of one variance.
    Assumes independent clusters. When not to use: a coefficient with under 4 degrees (p-values are then only
    approximate: say so, or permute whole clusters).
    Sources: Liang & Zeger (1986), Biometrika 73:13-22; Bell & McCaffrey (2002), Surv Methodol 28:169-181;
    Pustejovsky & Tipton (2018), J Bus Econ Stat 36:672-683.
    """
    check_confidence_level(confidence_level)
    if method not in ("CR0", "CR1", "CR1S", "CR2"):
        raise ValueError(f"`method` must be CR0, CR1, CR1S or CR2, not {method}.")
    y = finite(outcome, "outcome")
    x = covariates(design, "design", n=y.size)
    member = codes(cluster, "cluster", n=y.size)
    (n, k), groups = x.shape, int(member.max(initial=-1)) + 1
    b, error, df = None, None, np.full(k, np.nan)
    if groups > 1 and n > k and np.linalg.matrix_rank(x) == k:
        bread: Values = np.asarray(np.linalg.inv(x.T @ x), dtype=float)
        b = bread @ (x.T @ y)
        residual = y - x @ b
        scores, spread, across = np.empty((groups, k)), np.empty((groups, k)), np.empty((groups, k, k))
        for j in range(groups):
            rows = member == j
            adjusted = _adjusted(x[rows], bread) if method == "CR2" else x[rows]
            scores[j] = adjusted.T @ residual[rows]
            weights = adjusted @ bread  # column c: how the residuals of cluster j enter coefficient c
            spread[j], across[j] = (weights**2).sum(axis=0), x[rows].T @ weights
        factor = {"CR1": groups / (groups - 1), "CR1S": groups * (n - 1) / ((groups - 1) * (n - k))}.get(method, 1.0)
        error = np.sqrt(factor * ((scores @ bread) ** 2).sum(axis=0))
        error = np.where(error > 1e-10 * max(1.0, np.abs(y).max()) * np.sqrt(np.diag(bread)), error, np.nan)
        df = np.array([_degrees(spread[:, c], across[:, :, c], bread) for c in range(k)])
    return coefficients(
        b,
        error,
        k=k,
        unit="outcome",
        method=f"{method.lower()}_satterthwaite",
        n=n,
        confidence_level=confidence_level,
        df=df,
        clusters=groups,
    )


@dataclass(frozen=True, slots=True, eq=False)
class GeeResult(Coefficients):
    """Coefficients and `correlation`, that of two people of one cluster given the covariates (0 if independence)."""

    correlation: float


def gee(
    outcome: ArrayLike,
    design: ArrayLike,
    cluster: ArrayLike,
    *,
    family: Family = "binomial",
    correlation: Literal["exchangeable", "independence"] = "exchangeable",
    method: Literal["mancl_derouen", "robust"] = "mancl_derouen",
    confidence_level: float = 0.95,
) -> GeeResult:
    """Coefficients of the average person (log odds or rate ratios, or units of the outcome) of clustered data.

    Parameters
    ----------
    outcome, design, cluster
        As in `cluster_robust_regression`; 0 and 1 for "binomial", counts for "poisson".
    family
        "binomial" (logit link), "poisson" (log) or "gaussian" (identity).
    correlation
        Working correlation within clusters. Results stay valid where it is wrong, only less precise.
    method
        Variance: "mancl_derouen" (corrected for few clusters) or "robust" (the plain sandwich, too small under
        about 40 clusters).

    Returns
    -------
    GeeResult, unit "log_odds_ratio", "log_rate_ratio" or "outcome", method "gee_mancl_derouen" or "gee_robust";
    Student's limits with clusters - columns degrees. `too_few` where these are none, the outcome never varies,
    no two people share a cluster, or a covariate tells the outcome without fail.

    Raises
    ------
    ValueError
        Where shapes differ, a number or label is missing, the outcome is not of its family, or an option is unknown.

    Notes
    -----
    The exchangeable correlation is that of Liang & Zeger with SAS's and statsmodels' denominators (pairs - columns,
    n - columns for the scale); R's geepack leaves the columns out, so that its estimates differ a little.
    Assumes independent clusters. When not to use: under about 10 clusters.
    Sources: Liang & Zeger (1986), Biometrika 73:13-22; Mancl & DeRouen (2001), Biometrics 57:126-134.
    """
    check_confidence_level(confidence_level)
    if family not in _FAMILIES or correlation not in ("exchangeable", "independence"):
        raise ValueError("`family` must be binomial, poisson or gaussian; `correlation` exchangeable or independence.")
    if method not in ("mancl_derouen", "robust"):
        raise ValueError(f"`method` must be mancl_derouen or robust, not {method}.")
    y = _outcome(outcome, family)
    x = covariates(design, "design", n=y.size)
    member = codes(cluster, "cluster", n=y.size)
    (n, k), groups = x.shape, int(member.max(initial=-1)) + 1
    size = np.bincount(member, minlength=1)
    pairs = float((size * (size - 1) / 2).sum())
    enough = groups > k and np.linalg.matrix_rank(x) == k and np.ptp(y) > 0 if n else False
    found = None
    if enough and (correlation == "independence" or pairs > k):
        found = _fit_gee(y, x, member, family, correlation, method)
    b, error, alpha = found if found is not None else (None, None, np.nan)
    fit = coefficients(
        b,
        error,
        k=k,
        unit=_UNITS[family],
        method=f"gee_{method}",
        n=n,
        confidence_level=confidence_level,
        df=float(groups - k),
        clusters=groups,
    )
    return GeeResult(**{f.name: getattr(fit, f.name) for f in fields(fit)}, correlation=alpha)


def _adjusted(x: Values, bread: Values) -> Values:
    """(I - x M x')^-1/2 x of one cluster, from the singular values of x M^1/2: no matrix of people by people."""
    root = np.linalg.cholesky(bread)
    left, s, _ = np.linalg.svd(x @ root, full_matrices=False)
    rest = 1 - s**2
    gain = np.where(rest > 1e-10, 1 / np.sqrt(np.where(rest > 1e-10, rest, 1)), 0.0)
    return np.asarray(x + left @ ((gain - 1)[:, None] * (left.T @ x)))


def _degrees(spread: Values, across: Values, bread: Values) -> float:
    covariance = np.diag(spread) - across @ bread @ across.T
    size = float((covariance**2).sum())
    return float(np.trace(covariance) ** 2 / size) if size > 0 else np.nan


def _outcome(outcome: ArrayLike, family: Family) -> Values:
    y = finite(outcome, "outcome")
    bad = ~np.isin(y, (0.0, 1.0)) if family == "binomial" else (y < 0) & (family == "poisson")
    if bad.any():
        rule = "be 0 or 1" if family == "binomial" else "not be negative"
        raise ValueError(
            f"`outcome` must {rule}: {int(bad.sum())} of {y.size} are wrong (first: {int(np.flatnonzero(bad)[0])})."
        )
    return y


def _fit_gee(
    y: Values, x: Values, member: NDArray[np.intp], family: Family, correlation: str, method: str
) -> tuple[Values, Values, float] | None:
    structure = Exchangeable() if correlation == "exchangeable" else Independence()
    # statsmodels stops on the size of the score, which follows the units: so none.
    scale, unit = np.abs(x).max(axis=0), float(y.std()) if family == "gaussian" else 1.0
    model = GEE(y / unit, x / scale, groups=member, family=_FAMILIES[family](), cov_struct=structure)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = model.fit(maxiter=200, ctol=1e-10, cov_type="bias_reduced" if method == "mancl_derouen" else "robust")
            b, error, fitted = np.asarray(fit.params), np.asarray(fit.bse), np.asarray(fit.fittedvalues)
        except (np.linalg.LinAlgError, ValueError):
            return None
    sure = family == "binomial" and bool(((fitted < _SURE) | (fitted > 1 - _SURE)).any())
    empty = family == "poisson" and bool((fitted < _SURE).any())
    if sure or empty or not fit.converged or not np.isfinite(error).all():
        return None
    return b * unit / scale, error * unit / scale, float(structure.dep_params) if correlation == "exchangeable" else 0.0
