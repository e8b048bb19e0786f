"""How fast a yearly number or share moves, several places together: a description, with nothing to compare it with."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from prs_eval.estimation._coefficients import codes, finite
from prs_eval.impact.effect import Effect, too_few
from prs_eval.impact.inference import cluster_effect

Values = NDArray[np.float64]


def trend_in_counts(counts: ArrayLike, time: ArrayLike, place: ArrayLike, *, confidence_level: float = 0.95) -> Effect:
    """Log rate ratio of one more period, each place with its own level; over-dispersion estimated.

    Parameters
    ----------
    counts
        Events of each place and period, shape (n,), 0 or more.
    time
        The period, shape (n,).
    place
        Name of the place, shape (n,).

    Returns
    -------
    Effect, unit "log_rate_ratio" (a period), quasi-Poisson errors with Student's limits; `too_few` under 3 periods,
    or where under 3 rows remain beyond the coefficients.

    Raises
    ------
    ValueError
        Where shapes differ, a value is missing, or a count is negative.

    Notes
    -----
    Assumes that places move alike and that what is left from one period to the next is not correlated.
    Source: McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed., section 6.2.3.
    """
    y = finite(counts, "counts")
    when = finite(time, "time", shape=y.shape)
    where = codes(place, "place", n=y.size)
    if (y < 0).any():
        raise ValueError(f"`counts` must not be negative: {int((y < 0).sum())} of {y.size} are.")
    kept = np.isin(where, [g for g in np.unique(where) if y[where == g].sum() > 0])  # no event says no trend
    y, when, where = y[kept], when[kept], where[kept]
    places = np.unique(where)
    design = np.column_stack([when - when.mean() if when.size else when, where[:, None] == places[None, :]]).astype(
        float
    )
    k = design.shape[1]
    blank = too_few(
        confidence_level=confidence_level,
        unit="log_rate_ratio",
        method="trend_quasi_poisson",
        n=float(y.size),
        units=places.size,
        treated=places.size,
        inference="quasi_poisson",
        reason="one_series",
    )
    if np.unique(when).size < 3 or y.size - k < 3 or np.linalg.matrix_rank(design) < k:
        return blank
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = GLM(y, design, family=families.Poisson()).fit()
    # Less than Poisson's own variance in a few years is luck, not knowledge.
    error = float(fit.bse[0]) * float(np.sqrt(max(1.0, fit.pearson_chi2 / (y.size - k))))
    slope, df = float(fit.params[0]), float(y.size - k)
    half = float(stats.t.ppf(0.5 + confidence_level / 2, df)) * error
    return replace(
        blank,
        estimate=slope,
        lower=slope - half,
        upper=slope + half,
        status="ok",
        standard_error=error,
        p_value=float(2 * stats.t.sf(abs(slope / error), df)),
        df=df,
    )


def trend_in_shares(
    events: ArrayLike, trials: ArrayLike, time: ArrayLike, place: ArrayLike, *, confidence_level: float = 0.95
) -> Effect:
    """Change of a share for one more period (a fraction), each place with its own level and weighted by its trials.

    Parameters
    ----------
    events, trials
        Of each place and period, shape (n,); rows without trials are left out.
    time, place
        As for `trend_in_counts`.

    Returns
    -------
    Effect, unit "difference" (a period); least squares weighted by the trials, CR2 errors by place with
    Satterthwaite's degrees of freedom. `too_few` under 3 places or 3 periods.

    Raises
    ------
    ValueError
        Where shapes differ, a value is missing, or events exceed trials.

    Notes
    -----
    Assumes a straight line. Source: Bell & McCaffrey (2002), Surv Methodol 28:169-181.
    """
    a, n = finite(events, "events"), finite(trials, "trials")
    when = finite(time, "time", shape=a.shape)
    where = codes(place, "place", n=a.size)
    if n.shape != a.shape or ((a < 0) | (a > n)).any():
        raise ValueError("`events` must lie between 0 and `trials`, one of each a row.")
    kept = n > 0
    a, n, when, where = a[kept], n[kept], when[kept], where[kept]
    places = np.unique(where)
    blank = too_few(
        confidence_level=confidence_level,
        unit="difference",
        method="trend_wls_cr2",
        n=float(n.sum()),
        units=places.size,
        treated=places.size,
        inference="cr2_satterthwaite",
        reason="few_clusters",
    )
    if places.size < 3 or np.unique(when).size < 3:
        return blank
    root = np.sqrt(n)[:, None]
    design = np.column_stack([when - when.mean(), where[:, None] == places[None, :]]).astype(float)
    found = cluster_effect((a / n) * root[:, 0], design * root, where, coefficient=0, confidence_level=confidence_level)
    return replace(found, n=float(n.sum()), unit="difference", method="trend_wls_cr2", reason="few_clusters")
