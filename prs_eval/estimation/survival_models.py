"""Times to an event compared: log-rank test, plain or stratified, and Cox regression with cluster-robust errors."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._coefficients import codes, coefficients, covariates
from prs_eval.estimation.frame import Coefficients, TestResult
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.estimation.survival import _observations

Values = NDArray[np.float64]

_STEPS = 30
_CONVERGED = 1e-10  # of the Newton step, in standard deviations of a covariate


def logrank_test(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    method: Literal["logrank", "peto"] = "logrank",
) -> TestResult:
    """Test that the groups have the same survival curve (chi-squared, groups - 1 degrees).

    Parameters
    ----------
    time, event
        As in `kaplan_meier`, shape (n,).
    group
        Label of the group of each person, shape (n,), two groups or more.
    strata
        Label of the stratum of each person, shape (n,): people are compared within their stratum only.
    method
        "logrank" gives all times one weight; "peto" weighs by the survival so far, hence early differences.

    Returns
    -------
    TestResult; NaN where fewer than two groups are at risk when events are seen. `method` is "logrank" or
    "peto", followed by "_stratified" where strata are given.

    Raises
    ------
    ValueError
        Where shapes differ, a time, an event or a label is missing, or the method is unknown.

    Notes
    -----
    Formula: (O - E)' V^- (O - E), hypergeometric variance, summed over strata; R's survdiff with rho 0 or 1.
    Assumes independent people and censoring that says nothing of the time to come. When not to use: curves
    that cross (little power); people clustered in sessions (use `cox_regression` with `cluster`).
    Sources: Mantel (1966), Cancer Chemother Rep 50:163-170; Peto & Peto (1972), JRSS A 135:185-207;
    Harrington & Fleming (1982), Biometrika 69:553-566.
    """
    if method not in ("logrank", "peto"):
        raise ValueError(f"`method` must be logrank or peto, not {method}.")
    t, d = _observations(time, event)
    member = codes(group, "group", n=t.size)
    stratum = np.zeros(t.size, dtype=int) if strata is None else codes(strata, "strata", n=t.size)
    groups = int(member.max()) + 1 if t.size else 0
    excess, variance = np.zeros(groups), np.zeros((groups, groups))
    for one in np.unique(stratum):
        part = stratum == one
        o_e, v = _excess(t[part], d[part], member[part], groups, weighted=method == "peto")
        excess, variance = excess + o_e, variance + v
    name = method if strata is None else f"{method}_stratified"
    df = int(np.linalg.matrix_rank(variance, tol=1e-10 * max(1.0, np.abs(variance).max()))) if groups else 0
    if df == 0:
        return TestResult(np.nan, np.nan, np.nan, name, t.size)
    statistic = float(excess @ np.linalg.pinv(variance, rcond=1e-10, hermitian=True) @ excess)
    return TestResult(statistic, df, float(stats.chi2.sf(statistic, df)), name, t.size)


def cox_regression(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    method: Literal["efron", "breslow"] = "efron",
    confidence_level: float = 0.95,
) -> Coefficients:
    """Log hazard ratios for one unit more of each covariate; `.ratios()` gives hazard ratios.

    Parameters
    ----------
    time, event
        As in `kaplan_meier`, shape (n,).
    x
        Covariates as numbers, shape (n, covariates) or (n,), without a column for the intercept.
    cluster
        Label of the session or group of each person, shape (n,): errors are then robust to people of one
        cluster being alike (Lin & Wei). Without it, errors are those of the model.
    strata
        Label of the stratum of each person, shape (n,): each stratum has its own baseline hazard.
    method
        How tied times count: "efron" (R's default) or "breslow" (the default of Stata, SAS and statsmodels).

    Returns
    -------
    Coefficients, unit "log_hazard_ratio", method "cox_efron" or "cox_breslow", with "_cluster_robust" where
    clusters are given; normal limits. `too_few` where no event was seen, a covariate does not vary among those
    at risk, a covariate tells the order of events so well that its ratio is infinite, or under 2 clusters.

    Raises
    ------
    ValueError
        Where shapes differ, a number or label is missing, or the method is unknown.

    Notes
    -----
    Formula: Newton on the partial likelihood; robust variance: sum over clusters of (sum of dfbeta)^2, without
    small-sample factor. Assumes hazards in one ratio all along. Not built on statsmodels' PHReg: with `groups`
    it scores ties by Breslow even where the fit is Efron's.
    When not to use: crossing curves; fewer than about 10 events a covariate; robust errors under about 30
    clusters are too small.
    Sources: Cox (1972), JRSS B 34:187-220; Efron (1977), JASA 72:557-565; Breslow (1974), Biometrics
    30:89-99; Lin & Wei (1989), JASA 84:1074-1078.
    """
    check_confidence_level(confidence_level)
    if method not in ("efron", "breslow"):
        raise ValueError(f"`method` must be efron or breslow, not {method}.")
    t, d = _observations(time, event)
    design = covariates(x, "x", n=t.size)
    stratum = np.zeros(t.size, dtype=int) if strata is None else codes(strata, "strata", n=t.size)
    member = None if cluster is None else codes(cluster, "cluster", n=t.size)
    clusters = np.nan if member is None else float(member.max(initial=-1) + 1)
    sd = design.std(axis=0) if t.size else np.zeros(design.shape[1])
    b, error = None, None
    if d.any() and (sd > 0).all() and not clusters < 2:
        parts = [_Ties(t[s], d[s], method) for s in (stratum == one for one in np.unique(stratum))]
        scaled = [(design[stratum == one] - design.mean(axis=0)) / sd for one in np.unique(stratum)]
        found = _newton(parts, scaled)
        if found is not None:
            beta, inverse = found
            if member is not None:
                score = np.empty(design.shape)
                for one, ties, z in zip(np.unique(stratum), parts, scaled, strict=True):
                    score[stratum == one] = ties.scores(z, beta)
                sums = np.zeros((int(clusters), design.shape[1]))
                np.add.at(sums, member, score @ inverse)
                inverse = sums.T @ sums
            b, error = beta / sd, np.sqrt(np.diag(inverse)) / sd
    name = f"cox_{method}" + ("" if member is None else "_cluster_robust")
    return coefficients(
        b,
        error,
        k=design.shape[1],
        unit="log_hazard_ratio",
        method=name,
        n=t.size,
        confidence_level=confidence_level,
        clusters=clusters,
    )


class _Ties:
    """People of one stratum put in order of time, one row an event: who is at risk, and how ties weigh."""

    def __init__(self, t: Values, d: Values, method: str) -> None:
        self.order = np.argsort(t, kind="stable")
        self.t, self.event = t[self.order], d[self.order] == 1
        self.first = np.searchsorted(self.t, self.t[self.event])  # where those at risk begin, one an event
        # Efron: of the m people with the event at one time, the i-th (from 0) sees i/m of them already gone.
        start = np.searchsorted(self.t[self.event], self.t[self.event])
        count = np.searchsorted(self.t[self.event], self.t[self.event], side="right") - start
        self.tie = start
        self.gone = (np.arange(start.size) - start) / count if method == "efron" else np.zeros(start.size)
        self.share = 1 / count

    def _means(self, x: Values, beta: Values) -> tuple[Values, Values, Values]:
        """Risk of each person, then for each event the total risk and the mean covariate of those at risk."""
        risk = np.exp(x @ beta)
        columns = np.column_stack([risk, risk[:, None] * x])
        at_risk = np.cumsum(columns[::-1], axis=0)[::-1][self.first]
        total = at_risk - self.gone[:, None] * self._tied(columns[self.event])
        return risk, total[:, 0], total[:, 1:] / total[:, :1]

    def _tied(self, rows: Values) -> Values:
        """Sum over the events of the same time, given back to each."""
        sums = np.zeros_like(rows)
        np.add.at(sums, self.tie, rows)
        found: Values = sums[self.tie]
        return found

    def derivatives(self, covariates: Values, beta: Values) -> tuple[float, Values, Values]:
        """Log partial likelihood, its gradient and its information."""
        x = covariates[self.order]
        risk, total, mean = self._means(x, beta)
        products = (risk[:, None, None] * x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        second = np.cumsum(products[::-1], axis=0)[::-1][self.first]
        second = (second - self.gone[:, None] * self._tied(products[self.event])) / total[:, None]
        information = second.sum(axis=0).reshape(beta.size, beta.size) - mean.T @ mean
        likelihood = float((x[self.event] @ beta - np.log(total)).sum())
        return likelihood, np.asarray((x[self.event] - mean).sum(axis=0)), information

    def scores(self, covariates: Values, beta: Values) -> Values:
        """Score residuals, one row a person in the order given: their sum is the gradient."""
        x = covariates[self.order]
        risk, total, mean = self._means(x, beta)
        hazard = np.column_stack([1 / total, mean / total[:, None]])
        seen = np.searchsorted(self.t[self.event], self.t, side="right")  # events up to each person's time
        sums = np.concatenate([np.zeros((1, hazard.shape[1])), np.cumsum(hazard, axis=0)])[seen]
        own = self.event
        sums[own] -= self._tied(self.gone[:, None] * hazard)
        residuals = -risk[:, None] * (x * sums[:, :1] - sums[:, 1:])
        residuals[own] += x[own] - self._tied(self.share[:, None] * mean)
        out: Values = np.empty_like(residuals)
        out[self.order] = residuals
        return out


def _newton(parts: list[_Ties], scaled: list[Values]) -> tuple[Values, Values] | None:
    """Maximum of the partial likelihood and the inverse of its information; None where there is none."""

    def summed(beta: Values) -> tuple[float, Values, Values]:
        each = [ties.derivatives(x, beta) for ties, x in zip(parts, scaled, strict=True) if ties.event.any()]
        likelihoods, gradients, informations = zip(*each, strict=True)
        return float(np.sum(likelihoods)), np.sum(gradients, axis=0), np.sum(informations, axis=0)

    beta = np.zeros(scaled[0].shape[1])
    likelihood, gradient, information = summed(beta)
    for _ in range(_STEPS):
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, gradient)
        if np.abs(step).max() < _CONVERGED:
            return beta, np.asarray(np.linalg.inv(information), dtype=float)
        for _half in range(10):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                new = summed(beta + step)
            if new[0] >= likelihood - 1e-9 * abs(likelihood):
                break
            step = step / 2
        beta = beta + step
        likelihood, gradient, information = new
    return None


def _excess(t: Values, d: Values, member: NDArray[np.intp], groups: int, *, weighted: bool) -> tuple[Values, Values]:
    """Events seen less expected in each group of one stratum, and their covariance."""
    at = np.unique(t[d == 1])
    n = np.column_stack([np.sum(member == k) - np.searchsorted(np.sort(t[member == k]), at) for k in range(groups)])
    seen = np.zeros((at.size, groups))
    np.add.at(seen, (np.searchsorted(at, t[d == 1]), member[d == 1]), 1)
    total, events = n.sum(axis=1), seen.sum(axis=1)
    weight = np.concatenate([[1.0], np.cumprod(1 - events / total)[:-1]]) if weighted and at.size else np.ones(at.size)
    share = n / total[:, None]
    spread = weight**2 * events * (total - events) / np.maximum(total - 1, 1)
    return weight @ (seen - events[:, None] * share), np.diag(spread @ share) - (share * spread[:, None]).T @ share
