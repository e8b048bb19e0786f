"""How far a questionnaire's score can be trusted, and which changes exceed its error of measurement."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats
from statsmodels.multivariate.factor import Factor

from prs_eval.estimation._grouping import aggregate, keys, numeric
from prs_eval.estimation.frame import HEAD, Estimate, TestResult, estimates
from prs_eval.estimation.intervals import check_confidence_level, wilson_interval

_LEAST_UNIQUENESS = 0.005  # of an item's variance; R's factanal takes the same bound for a Heywood case


def cronbach_alpha(answers: ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Cronbach's alpha of a sum of items (no unit, at most 1), with Feldt's limits.

    Parameters
    ----------
    answers
        Shape (people, items), two items at least, without NaN: drop and count incomplete people first.

    Returns
    -------
    Estimate, unit "alpha", method "alpha_feldt"; NaN and `too_few` under three people, or where the scores
    or the errors do not vary.

    Raises
    ------
    ValueError
        Where the shape is not (people, items >= 2) or an answer is missing.

    Notes
    -----
    Formula: k/(k-1) (1 - sum of item variances / variance of the sum); 1 - (1 - alpha) F with n-1 and
    (n-1)(k-1) degrees. Assumes items that measure one thing alike (essential tau-equivalence) with
    independent normal errors; otherwise alpha understates reliability (see `mcdonald_omega`). When not to
    use: to show that items measure one thing. Sources: Cronbach (1951), Psychometrika 16:297-334; Feldt
    (1965), Psychometrika 30:357-370; Feldt, Woodruff & Salih (1987), Appl Psychol Meas 11:93-103.
    """
    check_confidence_level(confidence_level)
    x = _answers(answers)
    n, k = x.shape
    items, total = (x.var(axis=0, ddof=1).sum(), x.sum(axis=1).var(ddof=1)) if n > 2 else (0.0, 0.0)
    alpha = k / (k - 1) * (1 - items / total) if total > 1e-12 * items and total > 0 else math.nan
    if math.isnan(alpha) or 1 - alpha < 1e-12:
        return _no_reliability("alpha", "alpha_feldt", n, confidence_level)
    tail = (1 - confidence_level) / 2
    quantiles = stats.f.ppf([1 - tail, tail], n - 1, (n - 1) * (k - 1))
    lower, upper = (1 - (1 - alpha) * quantiles).tolist()
    return Estimate(float(alpha), lower, upper, confidence_level, "alpha", "alpha_feldt", n)


def mcdonald_omega(
    answers: ArrayLike, *, method: Literal["raw", "standardised"] = "raw", confidence_level: float = 0.95
) -> Estimate:
    """McDonald's omega (total) of a sum of items (no unit, 0-1), from one factor by maximum likelihood.

    Parameters
    ----------
    answers
        Shape (people, items), three items at least, without NaN: drop and count incomplete people first.
    method
        "raw": of the sum of the items as answered. "standardised": of the sum of the items each brought to
        variance 1, as psych::omega.

    Returns
    -------
    Estimate, unit "omega", method "omega_ml_raw" or "omega_ml_standardised", limits by the delta method on
    the logit from the expected information. NaN and `too_few` where people are no more than items, an item
    does not vary, nothing is common, or an item's own variance is estimated at nothing (Heywood case).

    Raises
    ------
    ValueError
        Where the shape is not (people, items >= 3), an answer is missing, or the method is unknown.

    Notes
    -----
    Formula: (sum of loadings)^2 / ((sum of loadings)^2 + sum of the items' own variances), all of the model.
    Assumes one factor, independent errors, many people (n >= 100 for the limits). When not to use: items
    that load with opposite signs (reverse them first), or two factors.
    Sources: McDonald (1999), Test Theory, 88-90; Raykov (2002), Multivariate Behav Res 37:89-103; Kelley &
    Pornprasertmanit (2016), Psychol Methods 21:69-92, for the logit.
    """
    check_confidence_level(confidence_level)
    if method not in ("raw", "standardised"):
        raise ValueError(f'`method` must be "raw" or "standardised", not {method}.')
    x = _answers(answers, least=3)
    n, k = x.shape
    name = f"omega_ml_{method}"
    sd = x.std(axis=0, ddof=1) if n > k else np.zeros(k)
    if n <= k or sd.min() == 0:
        return _no_reliability("omega", name, n, confidence_level)
    solution = _one_factor(np.asarray(np.corrcoef(x, rowvar=False)), n)
    if solution is None:
        return _no_reliability("omega", name, n, confidence_level)
    loading, unique = solution
    if method == "raw":
        loading, unique = loading * sd, unique * sd**2
    omega, gradient = _omega(loading, unique, standardised=method == "standardised")
    information = _information(loading, unique, n)
    if np.linalg.cond(information / np.sqrt(np.outer(np.diag(information), np.diag(information)))) > 1e10:
        return _no_reliability("omega", name, n, confidence_level)  # items with nothing in common
    error = math.sqrt(float(gradient @ np.linalg.solve(information, gradient)))
    half = float(stats.norm.isf((1 - confidence_level) / 2)) * error / (omega * (1 - omega))
    lower, upper = special.expit(special.logit(omega) + np.array([-half, half])).tolist()
    return Estimate(omega, lower, upper, confidence_level, "omega", name, n)


def reliable_change_index(before: ArrayLike, after: ArrayLike, *, reliability: float, sd: float) -> NDArray[np.float64]:
    """Each person's change over the standard error of a difference (no unit); beyond 1.96 it exceeds error.

    Parameters
    ----------
    before, after
        Scores of the same people, shape (n,), NaN where there is none.
    reliability
        Of the score, at least 0 and under 1 (a published test-retest or alpha of the same population).
    sd
        Standard deviation of the score before, of a reference population; above 0.

    Returns
    -------
    Array, shape (n,), NaN where a score is missing.

    Raises
    ------
    ValueError
        Where the shapes differ or `reliability` or `sd` is out of its bounds.

    Notes
    -----
    Formula: (after - before) / (sd sqrt(2 (1 - reliability))). Assumes the same error for everyone and no
    regression to the mean. When not to use: to say why someone changed.
    Source: Jacobson & Truax (1991), J Consult Clin Psychol 59:12-19.
    """
    x, y = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"`before` and `after` must be one-dimensional and alike, not {x.shape} and {y.shape}.")
    if not 0 <= reliability < 1 or not (0 < sd < math.inf):
        raise ValueError("`reliability` must be at least 0 and under 1, and `sd` above 0.")
    return np.asarray((y - x) / (sd * math.sqrt(2 * (1 - reliability))))


def estimate_reliable_changes(
    table: pd.DataFrame,
    *,
    indicator: str,
    before: str,
    after: str,
    reliability: float,
    sd: float,
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Share of people whose score rose or fell beyond error, or did not, by group.

    Parameters
    ----------
    table
        One row a person; `before` and `after` name the columns of the scores, NaN where there is none.
    reliability, sd
        As `reliable_change_index`. A change counts as reliable beyond the normal quantile of 95 %,
        whatever `confidence_level`, which is that of the shares' limits.

    Returns
    -------
    DataFrame in the one output shape with the further group `change` (fell, same, rose), unit "proportion",
    method "wilson"; `denominator` and `n` are the pairs with both scores.

    Raises
    ------
    ValueError
        Where a column is absent or not numeric, or `reliability` or `sd` is out of its bounds.

    Notes
    -----
    Assumptions and source: as `reliable_change_index`; Wilson (1927), JASA 22:209-212. When not to use: one
    in twenty is beyond error by chance alone, so a few people who fell are no sign of harm.
    """
    index = reliable_change_index(numeric(table, before), numeric(table, after), reliability=reliability, sd=sd)
    bound = float(stats.norm.isf(0.025))
    frame = keys(table, by).assign(
        _n=~np.isnan(index), fell=index < -bound, same=np.abs(index) <= bound, rose=index > bound
    )
    states = ("fell", "same", "rose")
    sums = aggregate(frame, by, _n=("_n", "sum"), **{state: (state, "sum") for state in states})
    parts = []
    for state in states:
        count, n = (sums[c].fillna(0).to_numpy(dtype=float) for c in (state, "_n"))
        lower, upper = wilson_interval(count, n, confidence_level=confidence_level)
        share = np.divide(count, n, out=np.full(n.shape, np.nan), where=n > 0)
        parts.append(
            sums[list(by)].assign(
                indicator=indicator, change=state, numerator=count, denominator=n, estimate=share, lower=lower,
                upper=upper, confidence_level=confidence_level, unit="proportion", method="wilson", n=n,
            )
        )  # fmt: skip
    return estimates(pd.concat(parts, ignore_index=True), groups=[*(g for g in by if g not in HEAD), "change"])


def marginal_homogeneity(
    counts: ArrayLike, *, method: Literal["stuart_maxwell", "bhapkar"] = "stuart_maxwell"
) -> TestResult:
    """Test that the categories are shared out alike in both waves; the statistic is a chi-square (no unit).

    Parameters
    ----------
    counts
        People by category before (rows) and after (columns), shape (categories, categories).

    Returns
    -------
    TestResult with `df` categories that can be told apart less one, `n` all people; NaN where nobody moved
    (or, for Bhapkar, where everybody moved alike).

    Raises
    ------
    ValueError
        Where the table is not square, a count is negative, missing or infinite, or the method is unknown.

    Notes
    -----
    Formula: d' V^- d, d the differences of margins, V their variance under the hypothesis; Bhapkar's is
    W / (1 - W / n). For two categories Stuart-Maxwell is McNemar's test without correction. Assumes
    independent people and some ten who moved. When not to use: ordered answers (a shift has more power).
    Zero cells stay zero: statsmodels' SquareTable puts 0.5 there unless told otherwise.
    Sources: Stuart (1955), Biometrika 42:412-416; Maxwell (1970), Br J Psychiatry 116:651-655; Bhapkar
    (1966), JASA 61:228-235.
    """
    if method not in ("stuart_maxwell", "bhapkar"):
        raise ValueError(f'`method` must be "stuart_maxwell" or "bhapkar", not {method}.')
    x = np.asarray(counts, dtype=float)
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise ValueError(f"`counts` must be square, not {x.shape}.")
    if not np.isfinite(x).all() or np.any(x < 0):
        raise ValueError("`counts` must be counts of 0 or more, without NaN.")
    n, variance = float(x.sum()), np.diag(x.sum(axis=0) + x.sum(axis=1)) - x - x.T
    df = int(np.linalg.matrix_rank(variance)) if x.size else 0
    if df == 0:
        return TestResult(math.nan, math.nan, math.nan, method, n)
    difference = x.sum(axis=0) - x.sum(axis=1)
    statistic = float(difference @ np.linalg.pinv(variance, hermitian=True) @ difference)
    if method == "bhapkar":
        statistic = statistic / (1 - statistic / n) if statistic < n * (1 - 1e-12) else math.nan
    return TestResult(statistic, df, float(stats.chi2.sf(statistic, df)), method, n)


def _answers(answers: ArrayLike, *, least: int = 2) -> NDArray[np.float64]:
    x = np.asarray(answers, dtype=float)
    if x.ndim != 2 or x.shape[1] < least:
        raise ValueError(f"`answers` must have shape (people, {least} items or more), not {x.shape}.")
    bad = ~np.isfinite(x).all(axis=1)
    if bad.any():
        raise ValueError(
            f"`answers` must not hold NaN: {int(bad.sum())} of {len(x)} people left an item without answer (first: "
            f"{int(np.flatnonzero(bad)[0])}). Drop and count them first."
        )
    return x


def _no_reliability(unit: str, method: str, n: int, confidence_level: float) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, confidence_level, unit, method, n, "too_few")


def _one_factor(correlation: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Loadings and uniquenesses of standardised items by ML; None where there is no proper solution."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < 1e-10:
        return None
    first = vectors[:, -1] * math.sqrt(values[-1])
    start = (first[:, None], np.clip(1 - first**2, 0.05, 1.0))  # without a start statsmodels draws one
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = Factor(None, 1, corr=correlation, method="ml", nobs=n)
        model.fit(start=start, opt={"gtol": 1e-10, "maxiter": 2000})
    loading, unique = model.loadings[:, 0], model.uniqueness
    if not np.isfinite(loading).all() or unique.min() < _LEAST_UNIQUENESS:
        return None
    return loading * (1.0 if loading.sum() >= 0 else -1.0), unique


def _omega(
    loading: NDArray[np.float64], unique: NDArray[np.float64], *, standardised: bool
) -> tuple[float, NDArray[np.float64]]:
    """Omega and its derivatives by the loadings, then by the uniquenesses."""
    sd = np.sqrt(loading**2 + unique)
    a = loading / sd if standardised else loading
    common, own = a.sum(), float((unique / sd**2).sum() if standardised else unique.sum())
    whole = common**2 + own
    if not standardised:
        by_loading = np.full(a.size, 2 * common * own / whole**2)
        return float(common**2 / whole), np.concatenate([by_loading, np.full(a.size, -(common**2) / whole**2)])
    by_a = 2 * common * (own + common * a) / whole**2
    return float(common**2 / whole), np.concatenate([by_a * unique / sd**3, -by_a * loading / (2 * sd**3)])


def _information(loading: NDArray[np.float64], unique: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Expected information of loadings and uniquenesses: n/2 tr(S^-1 dS_i S^-1 dS_j), S = l l' + diag(u)."""
    k = loading.size
    inverse = np.linalg.inv(np.outer(loading, loading) + np.diag(unique))
    unit = np.eye(k)
    slopes = [np.outer(e, loading) + np.outer(loading, e) for e in unit] + [np.diag(e) for e in unit]
    products = np.array([inverse @ slope for slope in slopes])
    return np.asarray(n / 2 * np.einsum("iab,jba->ij", products, products))
