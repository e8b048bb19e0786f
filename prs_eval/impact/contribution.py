"""Indicators along a theory of change: which steps moved as expected, and whether in the expected order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import HEAD, TAIL, estimates

Stage = Literal["activity", "output", "mechanism", "outcome"]
Moved = Literal["as_expected", "against", "not_clearly", "unknown"]
Order = Literal["in_order", "not_in_order", "unknown"]
STAGES: tuple[Stage, ...] = ("activity", "output", "mechanism", "outcome")
GROUPS = ("step", "stage", "kind", "direction", "moved_in", "moved")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the theory of change: the indicator that shows it and which way it should move.

    `kind`: "realisation" (what was done: counted, so known without limits) or "effect" (estimated).
    """

    stage: Stage
    indicator: str
    direction: Literal["higher", "lower"]
    kind: Literal["realisation", "effect"]


def contribution(pathway: Sequence[Step], changes: pd.DataFrame) -> pd.DataFrame:
    """Whether each step of a theory of change moved as expected.

    Parameters
    ----------
    pathway
        Steps, in order: no stage after a later one.
    changes
        The change of each indicator, one row at most an indicator: `indicator, estimate, lower, upper`, on a scale
        where 0 is no change; `moved_in`, the first year in which it moved, and any other column of the output shape
        where known.

    Returns
    -------
    The one output shape, one row a step in the order of `pathway`, with groups `step` (1, 2, …), `stage`, `kind`,
    `direction`, `moved_in` (NaN if unknown) and `moved`: "as_expected" or "against" where the limits exclude 0,
    "not_clearly" where they do not, "unknown" where there is no estimate, or an effect without limits. A realisation
    without limits is what was counted: the sign of its change decides.

    Raises
    ------
    ValueError
        No step, steps out of order, an indicator twice, an unknown stage, direction or kind, a column missing.

    Notes
    -----
    Steps that moved as expected are consistent with a contribution; they do not show that the programme moved them.
    Source: Mayne (2012), Evaluation 18:270-280; Mayne (2001), Can J Program Eval 16:1-24.
    """
    _check(pathway)
    if absent := [c for c in ("indicator", "estimate", "lower", "upper") if c not in changes.columns]:
        raise ValueError(f"columns missing from `changes`: {', '.join(absent)}.")
    mine = changes[changes["indicator"].isin([step.indicator for step in pathway])]
    if twice := int(mine["indicator"].duplicated().sum()):
        raise ValueError(f"`changes` must hold one row an indicator: {twice} rows repeat one of the pathway.")
    kept = [c for c in (*HEAD, *TAIL, "moved_in") if c in mine.columns]
    known = {str(row["indicator"]): row for row in mine[kept].to_dict("records")}
    rows: list[dict[Any, Any]] = []
    for number, step in enumerate(pathway, start=1):
        row = known.get(step.indicator, {"indicator": step.indicator})
        when = pd.to_numeric(row.get("moved_in", np.nan))
        rows.append(
            row
            | {"step": number, "stage": step.stage, "kind": step.kind, "direction": step.direction}
            | {"moved_in": float(when) if pd.notna(when) else np.nan, "moved": _moved(step, row)}
        )
    return estimates(rows, groups=GROUPS)


def mechanism_in_order(table: pd.DataFrame) -> Order:
    """Whether the steps before the outcome moved, and in the expected order.

    Parameters
    ----------
    table
        What `contribution` returned.

    Returns
    -------
    "not_in_order": a step moved as expected while one of an earlier stage did not (against, or not clearly), or
    moved in an earlier year than one of an earlier stage. "in_order": every step before the outcome moved as
    expected, and nothing is out of order. "unknown": otherwise (a step is unknown, or nothing moved from some stage
    on, or no step comes before the outcome).

    Raises
    ------
    ValueError
        Where the columns of `contribution` are missing.

    Notes
    -----
    Steps of one stage have no order among them. A later step that moved first had another cause.
    Source: Mayne (2012), Evaluation 18:270-280; Weiss (1997), New Dir Eval 76:41-55.
    """
    if absent := [c for c in ("stage", "moved", "moved_in") if c not in table.columns]:
        raise ValueError(f"columns missing from `table`: {', '.join(absent)}.")
    rank = np.array([STAGES.index(stage) for stage in table["stage"]], dtype=int)
    moved, when = table["moved"].to_numpy(dtype=object), table["moved_in"].to_numpy(dtype=float)
    for later in np.flatnonzero(moved == "as_expected"):
        earlier = rank < rank[later]
        if np.isin(moved[earlier], ["against", "not_clearly"]).any():
            return "not_in_order"
        if (when[earlier & (moved == "as_expected")] > when[later]).any():
            return "not_in_order"
    before = moved[rank < STAGES.index("outcome")]
    return "in_order" if before.size and (before == "as_expected").all() else "unknown"


def _check(pathway: Sequence[Step]) -> None:
    if not pathway:
        raise ValueError("`pathway` must hold at least one step.")
    for step in pathway:
        if step.stage not in STAGES:
            raise ValueError(f"`stage` must be one of {', '.join(STAGES)}, not {step.stage}.")
        if step.direction not in ("higher", "lower"):
            raise ValueError(f"`direction` must be higher or lower, not {step.direction}.")
        if step.kind not in ("realisation", "effect"):
            raise ValueError(f"`kind` must be realisation or effect, not {step.kind}.")
    ranks = [STAGES.index(step.stage) for step in pathway]
    if ranks != sorted(ranks):
        raise ValueError(f"steps of `pathway` must follow the order {', '.join(STAGES)}.")
    names = [step.indicator for step in pathway]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"an indicator is one step of `pathway` only: {', '.join(twice)} come twice.")


def _moved(step: Step, row: dict[Any, Any]) -> Moved:
    value, low, high = (float(row.get(name, np.nan)) for name in ("estimate", "lower", "upper"))
    if np.isnan(value):
        return "unknown"
    if np.isnan([low, high]).any():
        if step.kind == "effect":
            return "unknown"
        low = high = value
    if low <= 0 <= high:
        return "not_clearly"
    return "as_expected" if (low > 0) == (step.direction == "higher") else "against"
