"""What direct and indirect standardisation share: rows by stratum checked, and the unit of a rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from prs_eval.estimation._counts import check_columns


def per(multiplier: float) -> str:
    """The unit of a rate; ValueError for a multiplier of 0 or less."""
    if not 0 < multiplier < np.inf:
        raise ValueError(f"`multiplier` must be above 0, not {multiplier}.")
    return f"per_{multiplier:.15g}"


def check_strata(
    table: pd.DataFrame, columns: Sequence[str], by: Sequence[str], stratum: str, known: Mapping[str, float]
) -> None:
    """Raise ValueError for a missing column, a stratum that is not in `known`, or numbers that cannot be."""
    check_columns(table, [*columns, *by, stratum])
    rules = {f"`{stratum}` must be one of {', '.join(map(str, known))}": table[stratum].isin(list(known))}
    for name in columns:
        rules[f"`{name}` must be given, 0 or above and finite"] = table[name].between(0, np.inf, inclusive="left")
    events, population = columns
    rules[f"`{events}` must be 0 where `{population}` is 0"] = ~((table[events] > 0) & (table[population] == 0))
    for rule, fine in rules.items():
        bad = np.flatnonzero(~fine.fillna(False).to_numpy(dtype=bool))
        if bad.size:
            raise ValueError(f"{rule}: {bad.size} of {len(table)} rows are not (first: row {table.index[bad[0]]}).")
