"""What the network's measures share: which quartiers to speak of, and rows of the one output shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from prs_eval.estimation import averages
from prs_eval.estimation.frame import ALL
from prs_eval.estimation.intervals import wilson_interval

Tables = Mapping[str, pd.DataFrame]
Row = dict[str, Any]
CATEGORIES = ("residents", "health", "prevention", "medico_social", "social", "education")


def places(tables: Tables, names: Sequence[str], *, year: int, by: Sequence[str]) -> Iterator[tuple[str, Tables]]:
    """Each quartier that the tables `names` know up to `year`, with its own rows of them up to `year`.

    by: `("quartier",)`, or `()` for all quartiers together under the name ALL. A quartier with nothing in any of
    the tables is not given at all: no data is not zero.
    """
    if tuple(by) not in {(), ("quartier",)}:
        raise ValueError(f"`by` must be () or ('quartier',), not {tuple(by)}.")
    known = {name: tables[name][(tables[name]["year"] <= year).fillna(False)] for name in names}
    quartiers = sorted(set().union(*(frame["quartier"].dropna().astype(str) for frame in known.values())))
    if not by:
        if any(len(frame) for frame in known.values()):
            yield ALL, known
        return
    for quartier in quartiers:
        yield quartier, {name: frame[(frame["quartier"] == quartier).fillna(False)] for name, frame in known.items()}


def by_indicator(rows: list[Row]) -> list[Row]:
    """`rows` of one place, each indicator's together, in the order in which the indicators first come."""
    order = list(dict.fromkeys(row["indicator"] for row in rows))
    return sorted(rows, key=lambda row: order.index(row["indicator"]))


def in_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows of `year`."""
    return frame[(frame["year"] == year).fillna(False)]


def count(head: Row, value: float, *, unit: str = "count", of: float | None = None, n: float | None = None) -> Row:
    """An enumeration: what was done, out of `of` where that means something; it has no interval."""
    return head | {
        "numerator": value,
        "denominator": of,
        "estimate": value,
        "unit": unit,
        "method": "count",
        "n": n if n is not None else value if of is None else of,
    }


def share(head: Row, events: float, population: float, confidence_level: float) -> Row:
    """A share of independent units, with its Wilson interval; too few where `population` is 0."""
    lower, upper = wilson_interval(events, population, confidence_level=confidence_level)
    return head | {
        "numerator": events,
        "denominator": population,
        "estimate": events / population if population else np.nan,
        "lower": float(lower),
        "upper": float(upper),
        "confidence_level": confidence_level,
        "unit": "proportion",
        "method": "wilson",
        "n": population,
    }


def mean(head: Row, values: ArrayLike, confidence_level: float, *, unit: str) -> Row:
    """Mean of `values` that cannot be negative, with its Student interval kept at 0 or above.

    No interval where all the values are the same: one of zero width would be a false certainty.
    """
    x = np.asarray(values, dtype=float)
    answer = averages.mean(x, unit=unit, confidence_level=confidence_level)
    return head | {
        "numerator": x.sum(),
        "denominator": x.size,
        "estimate": answer.estimate,
        "lower": answer.lower if np.isnan(answer.lower) else max(answer.lower, 0.0),
        "upper": answer.upper,
        "confidence_level": confidence_level,
        "unit": unit,
        "method": answer.method,
        "n": x.size,
    }
