"""Survey estimates by group of a table, and the test of two answers against each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from prs_eval.estimation._counts import check_columns
from prs_eval.estimation.frame import HEAD, TAIL, Estimate, estimates
from prs_eval.estimation.survey import survey_mean, survey_proportion
from prs_eval.estimation.survey_design import Design, LonelyPsu, _degrees_of_freedom, _simple_design, _variance
from prs_eval.estimation.survey_weights import rake

Margins = Mapping[str, Mapping[Hashable, float]]


def estimate_survey_means(
    table: pd.DataFrame,
    *,
    indicator: str,
    value: str,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    lonely_psu: LonelyPsu = "refuse",
    margins: Margins | None = None,
    missing: Literal["refuse", "leave_out"] = "refuse",
    unit: str = "points",
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Mean of a column for each part of the population, in the unit of the column.

    Parameters
    ----------
    table
        One row a person drawn; all of them, also those outside the groups of interest.
    indicator
        Code written in the column `indicator`.
    value
        Column of what is measured.
    weights, strata, clusters, fpc, lonely_psu
        Columns of the `Design`; a list of columns gives the stages of `clusters` and `fpc`. No weights: equal.
    margins
        Columns with the known totals of their categories, to which the weights are fitted first (`rake`; one
        column: `post_stratify`).
    missing
        `leave_out` takes rows without value out of the estimate, not out of the design; `n` counts the others.
    by
        Grouping columns. Each group is a domain: the whole table stays its design.

    Returns
    -------
    DataFrame in the one output shape. `n` and `denominator`: answers, unweighted (what disclosure counts);
    `numerator` missing. `too_few` where a group has no limits.

    Raises
    ------
    ValueError
        As `Design`, `rake` and `survey_mean`; where a value is missing and nothing is said of it.

    Notes
    -----
    Assumptions and when not to use: `Design`, `survey_mean`. Source: Särndal, Swensson and Wretman (1992), Model
    Assisted Survey Sampling, 5.8 and 10.3 (domains); as `svyby` of R's survey 4.1.
    """
    return _by_group(
        table,
        lambda y, design, domain: survey_mean(
            y, design=design, domain=domain, unit=unit, confidence_level=confidence_level
        ),
        counted=False,
        indicator=indicator,
        value=value,
        columns=(weights, strata, clusters, fpc),
        lonely_psu=lonely_psu,
        margins=margins,
        missing=missing,
        by=by,
    )


def estimate_survey_proportions(
    table: pd.DataFrame,
    *,
    indicator: str,
    value: str,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    lonely_psu: LonelyPsu = "refuse",
    margins: Margins | None = None,
    missing: Literal["refuse", "leave_out"] = "refuse",
    method: Literal["logit", "beta"] = "logit",
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Share of each part of the population for whom a column is 1, as a fraction.

    Parameters, errors and form as `estimate_survey_means`; `method` as `survey_proportion`. `numerator`: answers
    of 1, unweighted; the estimate is weighted and is not numerator / denominator.
    Source: Korn and Graubard (1998), Survey Methodology 24:193-201; as `svyciprop` of R's survey 4.1.
    """
    return _by_group(
        table,
        lambda y, design, domain: survey_proportion(
            y, design=design, domain=domain, method=method, confidence_level=confidence_level
        ),
        counted=True,
        indicator=indicator,
        value=value,
        columns=(weights, strata, clusters, fpc),
        lonely_psu=lonely_psu,
        margins=margins,
        missing=missing,
        by=by,
    )


def _by_group(
    table: pd.DataFrame,
    estimate: Callable[[np.ndarray, Design, np.ndarray], Estimate],
    *,
    counted: bool,
    indicator: str,
    value: str,
    columns: tuple[str | None, str | None, str | Sequence[str] | None, str | Sequence[str] | None],
    lonely_psu: LonelyPsu,
    margins: Margins | None,
    missing: Literal["refuse", "leave_out"],
    by: Sequence[str],
) -> pd.DataFrame:
    named = [c for c in (value, *columns) if c is not None]
    check_columns(
        table, [*by, *(margins or ()), *(c for one in named for c in ([one] if isinstance(one, str) else one))]
    )
    if reserved := sorted({"indicator", *TAIL} & set(by)):
        raise ValueError(f"`by` must not hold {', '.join(reserved)}: the output shape has a column of that name.")
    groups = [g for g in by if g not in HEAD]
    if table.empty:
        return estimates([], groups=groups)
    y = pd.to_numeric(table[value]).to_numpy(dtype=float, na_value=np.nan)
    if missing == "refuse" and np.isnan(y).any():
        raise ValueError(
            f"`{value}` must not be missing: {np.isnan(y).sum()} of {y.size} rows are (first: row "
            f"{table.index[np.isnan(y)][0]}). Say `missing='leave_out'` to estimate from the answers."
        )
    design = _design(table, columns, lonely_psu, margins)
    keys = table.groupby(list(by), dropna=False, observed=True).ngroup().to_numpy() if by else np.zeros(y.size)
    rows: list[dict[str, Any]] = []
    for key in range(int(keys.max()) + 1):
        inside = keys == key
        answered = inside & ~np.isnan(y)
        found = estimate(y, design, answered)
        first = table.iloc[int(np.flatnonzero(inside)[0])]
        rows.append(
            {name: first[name] for name in by}
            | {name: getattr(found, name) for name in Estimate.__slots__}
            | {
                "indicator": indicator,
                "numerator": y[answered].sum() if counted else np.nan,
                "denominator": answered.sum(),
            }
        )
    return estimates(rows, groups=groups)


def _design(
    table: pd.DataFrame,
    columns: tuple[str | None, str | None, str | Sequence[str] | None, str | Sequence[str] | None],
    lonely_psu: LonelyPsu,
    margins: Margins | None,
) -> Design:
    weights, strata, clusters, fpc = (
        None if c is None else table[c if isinstance(c, str) else list(c)].to_numpy() for c in columns
    )
    design = Design(np.ones(len(table)) if weights is None else weights, strata, clusters, fpc, lonely_psu)
    if margins:
        design = rake(design, [table[c].to_numpy() for c in margins], list(margins.values()))
    return design


@dataclass(frozen=True, slots=True)
class RaoScottTest:
    """Test of association; `df_denominator` is NaN for the first-order method, which refers to chi-square."""

    statistic: float
    df: float
    p_value: float
    method: str
    n: float
    df_denominator: float


def rao_scott_test(
    rows: ArrayLike,
    columns: ArrayLike,
    *,
    design: Design | None = None,
    method: Literal["second_order", "first_order"] = "second_order",
) -> RaoScottTest:
    """Test that two answers of a survey are unrelated, with the error of its design.

    Parameters
    ----------
    rows, columns
        Category of each row of data, shape (n,).
    method
        `second_order`: F = X²/trace(D), df = trace(D)²/trace(D²) and df times the degrees of freedom of the
        design. `first_order`: X² divided by the mean generalised design effect, chi-square (r - 1)(c - 1).

    Returns
    -------
    RaoScottTest; all numbers NaN where either answer has one category only, or clusters are too few to judge.

    Raises
    ------
    ValueError
        Where shapes differ or a category is missing.

    Notes
    -----
    X²: Pearson's, on weighted shares times n. D: generalised design effects, the covariance of the shares
    under the design against that of a simple random sample, over the contrasts of the interaction.
    When not to use: cells expected under about five answers, or fewer clusters than cells.
    Sources: Rao and Scott (1981), JASA 76:221-230; Rao and Scott (1984), Ann Stat 12:46-60; as `svychisq`
    (statistic "F" and "Chisq") of R's survey 4.1.
    """
    if method not in ("second_order", "first_order"):
        raise ValueError(f"`method` must be second_order or first_order, not {method}.")
    (row, row_labels), (column, column_labels) = (pd.factorize(np.asarray(x, dtype=object)) for x in (rows, columns))
    if row.shape != column.shape:
        raise ValueError(f"`rows` and `columns` must have one same shape (n,), not {row.shape} and {column.shape}.")
    if (row < 0).any() or (column < 0).any():
        raise ValueError(f"Categories must not be missing: {((row < 0) | (column < 0)).sum()} of {row.size} rows.")
    r, c, n = len(row_labels), len(column_labels), row.size
    name = f"rao_scott_{method}"
    nothing = RaoScottTest(np.nan, np.nan, np.nan, name, float(n), np.nan)
    if min(r, c) < 2:
        return nothing
    sampled = _simple_design(design, n)
    if sampled.weights.sum() == 0:
        return nothing
    clusters = _degrees_of_freedom(sampled, np.ones(n, dtype=bool))
    cell = np.eye(r * c)[row * c + column]
    share = sampled.weights @ cell / sampled.weights.sum()
    covariance = _variance(sampled, (cell - share) / sampled.weights.sum())
    expected = np.outer(share.reshape(r, c).sum(1), share.reshape(r, c).sum(0)).ravel()
    away = np.divide(np.square(share - expected), expected, out=np.zeros_like(share), where=expected > 0)
    pearson = n * float(away.sum())
    contrasts = _interaction(r, c) * np.divide(1, share, out=np.zeros_like(share), where=share > 0)[:, None]
    simple = contrasts.T @ (share[:, None] * contrasts) / n
    if clusters < 1 or np.linalg.matrix_rank(simple) < simple.shape[0]:
        return nothing
    effects = np.linalg.solve(simple, contrasts.T @ covariance @ contrasts)
    trace = float(np.trace(effects))
    if not trace > 1e-12:
        return nothing
    if method == "first_order":
        df = float((r - 1) * (c - 1))
        statistic = pearson / (trace / df)
        return RaoScottTest(statistic, df, float(stats.chi2.sf(statistic, df)), name, float(n), np.nan)
    df = trace**2 / float(np.trace(effects @ effects))
    statistic = pearson / trace
    p_value = float(stats.f.sf(statistic, df, df * clusters))
    return RaoScottTest(statistic, df, p_value, name, float(n), df * clusters)


def _interaction(r: int, c: int) -> np.ndarray:
    """Contrasts of the cells that sum to 0 over rows and over columns, shape (r c, (r - 1)(c - 1))."""
    by_row, by_column = (np.eye(k)[:, 1:] - 1 / k for k in (r, c))
    return np.kron(by_row, by_column)
