"""What a public page says of people: each number that may be shown as it stands, and nothing worked out from others.

The sentences of the team's pages compare, subtract and rank true numbers. Of rounded and partly masked numbers that
would be false, or tell what is masked. A function marked by `as_shown` keeps its own sentences for the team; on a
public page it tells the rows of its indicators that are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast

import pandas as pd

from prs_eval.i18n import _
from prs_eval.reporting import format as fmt
from prs_eval.reporting.page import current_run, named
from prs_eval.reporting.tables import row_name

Function = TypeVar("Function", bound=Callable[..., Any])
MOST = 6  # rows told in one sentence; the table holds the others


def as_shown(*indicators: str, several: bool = False) -> Callable[[Function], Function]:
    """Mark a function of estimates whose sentences are for the team only.

    Parameters
    ----------
    indicators
        What is told of its frames on a public page, in this order.
    several
        Whether the function returns a list of sentences.
    """

    def mark(function: Function) -> Function:
        @wraps(function)
        def told(*args: Any, **options: Any) -> Any:
            run = current_run()
            if run is None or not run.public:
                return function(*args, **options)
            frames = [x for x in (*args, *options.values()) if isinstance(x, pd.DataFrame)]
            said = [tell(rows) for rows in _chosen(frames, indicators, kind=options.get("kind"), year=run.year)]
            said = [sentence for sentence in said if sentence]
            return said if several else " ".join(said)

        return cast(Function, told)

    return mark


def _chosen(
    frames: Iterable[pd.DataFrame], indicators: Iterable[str], *, kind: str | None, year: int
) -> Iterable[pd.DataFrame]:
    wanted = list(indicators)
    for frame in frames:
        for indicator in wanted:
            rows = frame[(frame["indicator"] == indicator) & frame["estimate"].notna()]
            rows = rows[rows["year"].eq(year).fillna(True)] if rows["year"].eq(year).any() else rows
            if kind is not None and "kind" in rows:
                rows = rows[rows["kind"] == kind]
            if len(rows):
                yield rows.head(MOST)


def tell(rows: pd.DataFrame) -> str:
    """Rows of one indicator in one sentence: `Présences : Habitants, 20 présences ; Santé, 30 présences.`"""
    names = named(rows)
    title, own = str(names.iloc[0, 0]), names.iloc[:, 1:]
    values = [_value(row) for row in rows.to_dict("records")]
    told = [row_name(name) for name in own.to_dict("records")]
    if not any(told):
        return _("{name} : {value}").format(name=title, value=_(" ; ").join(values)) + "."
    parts = [_("{name}, {value}").format(name=n, value=v) for n, v in zip(told, values, strict=True)]
    return _("{name} : {value}").format(name=title, value=_(" ; ").join(parts)) + "."


def _value(row: dict[Any, Any]) -> str:
    text = fmt.estimate(row)
    if row["unit"] == "proportion" and not fmt.is_missing(row["numerator"]):
        counts = _("{x} sur {n}").format(x=fmt.number(row["numerator"]), n=fmt.number(row["denominator"]))
        return f"{text} ({counts})"
    return text
