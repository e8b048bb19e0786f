"""The partnership tool of Bilodeau and others: answers compiled by condition, never added up to points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prs_eval.estimation._grouping import aggregate, keys
from prs_eval.estimation.frame import HEAD, estimates
from prs_eval.estimation.intervals import check_confidence_level

BILODEAU_CONDITIONS = {
    "perspectives": (1, 2),
    "early_interest": (3,),
    "negotiation": (4,),
    "key_actors": (5, 9, 10, 11),
    "equal_power": (12, 13, 14, 16),
    "co_construction": (6, 7, 8, 15, 17, 18),
}
_BILODEAU_ANSWERS = ("A", "B", "C")


def bilodeau_counts(answers: ArrayLike) -> NDArray[np.float64]:
    """How many items of each condition of a partnership a person answered A, B and C (counts of items).

    Parameters
    ----------
    answers
        Shape (people, 18), "A" (the strongest), "B" or "C" (the weakest); None, NaN or "" without answer.

    Returns
    -------
    Counts, shape (people, 6 conditions, 3 answers), in the order of `BILODEAU_CONDITIONS` and A, B, C; NaN
    for all conditions of a person who left an item without answer.

    Raises
    ------
    ValueError
        Where there are not 18 columns, or an answer is something else.

    Notes
    -----
    The published rule compiles A, B and C by item and by condition and discusses them: it adds no points,
    so neither does this. When not to use: to rank partnerships or to account for results, which the authors
    exclude; for a group that only exchanges information.
    Source: Bilodeau, Galarneau, Fournier, Potvin, Sénécal & Bernier (2008, rev. 2014), Outil diagnostique de
    l'action en partenariat; Bilodeau et al. (2011), Can J Public Health 102:298-302.
    """
    x = np.asarray(answers, dtype=object)
    if x.ndim != 2 or x.shape[1] != 18:
        raise ValueError(f"`answers` must have shape (people, 18), not {x.shape}.")
    missing = np.asarray(pd.isna(x), dtype=bool) | (x == "")
    each = np.stack([(x == letter) & ~missing for letter in _BILODEAU_ANSWERS], axis=2).astype(float)
    bad = ~missing & (each.sum(axis=2) == 0)
    if bad.any():
        rows = np.flatnonzero(bad.any(axis=1))
        raise ValueError(f"`answers` must be A, B or C: {rows.size} of {len(x)} people differ (first: {rows[0]}).")
    counts = np.stack([each[:, [i - 1 for i in items]].sum(axis=1) for items in BILODEAU_CONDITIONS.values()], axis=1)
    counts[missing.any(axis=1)] = np.nan
    return np.asarray(counts)


def estimate_partnership(
    table: pd.DataFrame,
    *,
    indicator: str,
    items: Sequence[str],
    by: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Share of A, B and C among the answers to each condition of a partnership, by group (fractions).

    Parameters
    ----------
    table
        One row a member; `items` names the 18 columns of the answers in the order of the tool.

    Returns
    -------
    DataFrame in the one output shape with the further groups `condition` and `answer`: for each of the six
    conditions the shares of "A", "B", "C"; `numerator` and `denominator` count answers, `n` members with all
    items, method "wilson_members". Then a row of `condition` "all", `answer` "refused": the members without a
    complete form ("count").

    Raises
    ------
    ValueError
        Where a column is absent or an answer is something else than A, B, C or missing.

    Notes
    -----
    Formula: with one item, Wilson's limits of the members. With several, the same with the effective number
    of answers p (1 - p) n / var(members' shares), no more than the answers and no fewer than the members,
    since the answers of one member go together, and Student's quantile with n - 1 degrees. Assumes
    independent members. When not to use: see `bilodeau_counts`.
    Sources: Bilodeau et al. (2008, rev. 2014); Wilson (1927), JASA 22:209-212; Dean & Pagano (2015), J Surv
    Stat Methodol 3:484-503, for effective sizes in it.
    """
    check_confidence_level(confidence_level)
    keys(table, items)  # says which column is absent
    counts = bilodeau_counts(table[list(items)].to_numpy(dtype=object))
    frame = keys(table, by).assign(_none=np.isnan(counts[:, 0, 0]))
    z, parts = float(stats.norm.isf((1 - confidence_level) / 2)), []
    for c, (condition, numbers) in enumerate(BILODEAU_CONDITIONS.items()):
        for a, answer in enumerate(_BILODEAU_ANSWERS):
            own = frame.assign(_x=counts[:, c, a], _square=(counts[:, c, a] / len(numbers)) ** 2)
            sums = aggregate(own, by, n=("_x", "count"), x=("_x", "sum"), square=("_square", "mean"))
            n, x = (sums[name].fillna(0).to_numpy(dtype=float) for name in ("n", "x"))
            answers = n * len(numbers)
            share = np.divide(x, answers, out=np.full(n.shape, np.nan), where=n > 0)
            between = np.maximum(sums["square"].to_numpy(dtype=float) - share**2, 0.0) * n / np.maximum(n - 1, 1)
            ratio = np.divide(share * (1 - share), between, out=np.ones(n.shape), where=between > 1e-12)
            size = n * (np.clip(ratio, 1.0, len(numbers)) if len(numbers) > 1 else 1.0)
            quantile = z if len(numbers) == 1 else stats.t.isf((1 - confidence_level) / 2, np.maximum(n - 1, 1))
            lower, upper = _wilson(share, size, quantile)
            parts.append(
                sums[list(by)].assign(
                    condition=condition, answer=answer, numerator=x, denominator=answers, n=n, estimate=share,
                    lower=lower, upper=upper, unit="proportion", method="wilson_members",
                )
            )  # fmt: skip
    sums = aggregate(frame, by, rows=("_none", "size"), none=("_none", "sum"))
    none, rows = (sums[name].fillna(0).to_numpy(dtype=float) for name in ("none", "rows"))
    parts.append(sums[list(by)].assign(condition="all", answer="refused", numerator=none, denominator=rows, n=rows,
                                       estimate=none, unit="people", method="count"))  # fmt: skip
    out = pd.concat(parts, ignore_index=True).assign(indicator=indicator, confidence_level=confidence_level)
    return estimates(out, groups=[*(g for g in by if g not in HEAD), "condition", "answer"])


def _wilson(share: NDArray[np.float64], n: NDArray[np.float64], z: Any) -> tuple[Any, Any]:
    """Wilson's limits of a share of `n` people, `n` not necessarily whole; NaN where `n` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.where(share == 0, 0.0, centre - half), np.where(share == 1, 1.0, centre + half)
