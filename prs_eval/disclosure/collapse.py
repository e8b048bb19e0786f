"""Classes too fine for a public page are put together before anything is hidden, in the order the city declares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import TAIL
from prs_eval.inputs.codes import TOGETHER
from prs_eval.inputs.parameters import Collapse, Workbench

# Indicators that a column splits, and whether each class has a denominator of its own (else all classes share one).
SPLITS = {
    "ambassadors_by_age": ("age_band", False),
    "ambassadors_by_sex": ("sex", False),
    "screening_absence_reason": ("reason", False),
    "screening_honoured_by": ("", True),  # by whichever of `reminder` and `coverage` the frame holds
    "screening_honoured_by_unknown": ("", True),
    "network_reason_referrals": ("referral_reason", False),
    "network_category_presences": ("category", False),
    "network_category_per_meeting": ("category", False),
}


LANDMARKS = (28, 56, 91, 182, 364)  # days after the session at which a public page says who still waits
CURVE = "screening_still_waiting"


def collapse(frame: pd.DataFrame, workbench: Workbench) -> pd.DataFrame:
    """`frame` with classes put together where one of them counts under the threshold.

    Each place, year and kind is collapsed by itself, by the first declared step which leaves no class under the
    threshold, else by the last one. Counts are added, shares computed again from them; limits are left out (they
    are computed from protected counts later). A waiting curve, each step of which is a person, becomes the share still
    without an appointment at `LANDMARKS`; those whose follow-up ended before count as waiting, so it is at most that.
    Rows of other indicators, and columns without a step, stay as they are.
    """
    column = next((c for c in ("reminder", "coverage") if c in frame), "")
    parts = []
    for indicator, rows in frame.groupby("indicator", sort=False):
        if indicator == CURVE:
            parts.append(_landmarks(rows))
            continue
        split, own = SPLITS.get(str(indicator), (None, False))
        split = split or (column if own else None)
        steps = [step for step in workbench.collapse if step.column == split]
        if split is None or split not in rows or not steps:
            parts.append(rows)
            continue
        keys = [c for c in rows if c not in {*TAIL, split}]
        for _, group in rows.groupby(keys, dropna=False, sort=False):
            parts.append(_collapsed(group, split, steps, workbench.disclosure_threshold, own=own))
    # rows stay in the order of the first class each puts together
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True) if parts else frame


def _landmarks(curve: pd.DataFrame) -> pd.DataFrame:
    keys = [c for c in curve if c not in {*TAIL, "days"}]
    rows = []
    for _, group in curve.groupby(keys, dropna=False, sort=False):
        n = float(group["n"].iloc[0])
        for days in LANDMARKS:
            waiting = n - float(group.loc[group["days"] <= days, "numerator"].sum())
            row = group.iloc[0].copy()
            row["days"], row["numerator"], row["denominator"] = float(days), waiting, n
            row["estimate"], row["lower"], row["upper"] = waiting / n if n else np.nan, np.nan, np.nan
            rows.append(row.drop("method"))
    return pd.DataFrame(rows).assign(method="wilson")[list(curve.columns)].astype(curve.dtypes.to_dict())


def _collapsed(
    group: pd.DataFrame, split: str, steps: Sequence[Collapse], threshold: int, *, own: bool
) -> pd.DataFrame:
    out = group
    for step in [None, *steps]:
        out = group if step is None else _together(group, split, step, own=own)
        people = out["denominator"] if own else out["numerator"]
        if (people >= threshold).all():
            break
    return out


def _together(group: pd.DataFrame, split: str, step: Collapse, *, own: bool) -> pd.DataFrame:
    name = {code: TOGETHER.join(codes) for codes in step.classes for code in codes}
    rows = []
    for _, some in group.groupby(group[split].map(lambda code: name.get(code, code)), sort=False):
        first = some.iloc[0].copy()
        if len(some) > 1:
            x = some["numerator"].sum(min_count=1)
            n = some["denominator"].sum() if own else first["denominator"]
            first["numerator"], first["denominator"] = x, n
            first["estimate"] = x if first["method"] == "count" else x / n if n else np.nan
            first["lower"] = first["upper"] = np.nan
            first["n"] = n if own else first["n"] if first["method"] != "count" or not pd.isna(n) else x
            first[split] = TOGETHER.join(some[split].astype(str))
        rows.append(first.rename(some.index[0]))
    return pd.DataFrame(rows)[list(group.columns)].astype(group.dtypes.to_dict())
