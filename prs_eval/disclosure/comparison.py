"""Quartiers beside chance, and published figures beside the data, as the audience of a page may see them.

The team's page compares true counts. The public one compares what is shown, rounded counts: no quartier is said to be
outside the limits of chance unless every true count that rounds to them is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pandas as pd

from prs_eval.disclosure.protect import protect, protector
from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.disclosure.rounding import rounded_range
from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.estimation.monitoring import (
    FUNNEL_COLUMNS,
    MINIMUM_AREAS,
    Overdispersion,
    estimate_funnel,
    funnel_limits,
)
from prs_eval.programme import recent, synthesis
from prs_eval.programme.run import Run

FEWEST = 3  # quartiers with a number, under which a funnel compares nothing
NEAR_LIMIT = "near_limit"  # funnel class: rounded counts are outside, true ones may be within
_COUNTS = ("count", "people")


def compare_quartiers(run: Run, *, kind: str = "optical") -> pd.DataFrame:
    """`programme.synthesis.compare_quartiers`, or on a public page the same comparison of protected counts.

    Returns the columns of `programme.synthesis.compare_quartiers`. On a public page: a row for each quartier that has
    one in `recent.recent_screening`, masked or not, then the whole city (`quartier` "all"). Those shown are
    `screening_honoured_funnel` about the city's share, class `NEAR_LIMIT` where the rounding may be why. Where
    under `FEWEST` quartiers are shown, or the city's share is masked, or too few people are expected to come in some
    quartier, there is no funnel: the shares stay `screening_stage_share_recent`, and funnel columns are NA.
    """
    year, workbench = run.year, run.workbench
    if not run.public:
        return synthesis.compare_quartiers(run.tables, year=year, workbench=workbench, kind=kind)
    parts = [recent.recent_screening(run.tables, year=year, workbench=workbench, kind=kind, by=("quartier",))]
    parts.append(recent.recent_screening(run.tables, year=year, workbench=workbench, kind=kind, by=()))
    own, whole = (_honoured(protect(run, part)) for part in parts)
    return beside_chance(synthesis.in_order(own, workbench), whole, threshold=workbench.disclosure_threshold)


def beside_chance(own: pd.DataFrame, whole: pd.DataFrame, *, threshold: int) -> pd.DataFrame:
    """Protected shares of quartiers in a funnel about the city's, from those rounded counts alone.

    Parameters
    ----------
    own, whole
        Rows of the quartiers in their order, and the city's (one row, or none), protected.

    Returns
    -------
    As `compare_quartiers` on a public page.
    """
    shown = own[own["estimate"].notna()]
    funnel = shown.head(0)
    if len(shown) >= FEWEST and whole["estimate"].notna().any():
        funnel = _funnel(shown, whole.iloc[0].to_dict(), threshold)
    columns = [*HEAD, "kind", *FUNNEL_COLUMNS, *TAIL]
    placed = pd.concat([own, whole], ignore_index=True).reindex(columns=columns).astype({"funnel_class": "object"})
    found = funnel.set_index("quartier").reindex(placed["quartier"])
    for name in ("indicator", "method", *(FUNNEL_COLUMNS if len(funnel) else ())):
        numbers = found[name].reset_index(drop=True)
        placed[name] = numbers.where(numbers.notna(), placed[name])
    return placed


def _honoured(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["stage"] == "honoured") & (rows["out_of"] == "referred")].reset_index(drop=True)


def _funnel(shown: pd.DataFrame, whole: dict[Any, Any], threshold: int) -> pd.DataFrame:
    """The funnel of shown shares, empty where its normal limits would mislead."""
    n, target = shown["denominator"], float(whole["estimate"])
    if min(n.min() * target, n.min() * (1 - target)) < synthesis.EXPECTED:
        return shown.head(0)
    spread: Overdispersion = "multiplicative" if len(shown) >= MINIMUM_AREAS else "none"
    out = estimate_funnel(
        shown[["quartier", "year", "kind", "numerator", "denominator"]],
        indicator=synthesis.FUNNEL,
        numerator="numerator",
        denominator="denominator",
        by=["quartier", "year", "kind"],
        target=target,
        overdispersion=spread,
        confidence_level=float(shown["confidence_level"].iloc[0]),
    )
    targets = _shares(whole, threshold)
    return out.assign(funnel_class=[_class(row, targets, threshold) for row in out.to_dict("records")])


def _shares(row: dict[Any, Any], threshold: int) -> tuple[float, float]:
    """The least and the greatest share that rounded counts leave possible."""
    (x_low, x_high), (n_low, n_high) = (
        rounded_range(row[c], threshold=threshold) for c in ("numerator", "denominator")
    )
    return x_low / n_high, min(1.0, x_high / n_low)


def _class(row: dict[Any, Any], targets: Sequence[float], threshold: int) -> str:
    """Where a quartier lies by its rounded counts; outside only where every true count that rounds to them says so.

    A share goes up with its numerator and down with its denominator, the limits up with the target: the corners of
    what is possible are enough.
    """
    told = str(row["funnel_class"])
    if told == "within":
        return told
    xs, ns = (rounded_range(row[c], threshold=threshold) for c in ("numerator", "denominator"))
    found = {_place(min(x, n) / n, n, target, row["phi"]) for x, n, target in product(xs, ns, targets)}
    side = told.split("_")[0]
    if any(not name.startswith(side) for name in found):
        return NEAR_LIMIT
    return told if found == {told} else f"{side}_95"


def _place(share: float, n: float, target: float, phi: float) -> str:
    for name, level in (("998", 0.998), ("95", 0.95)):
        lower, upper = funnel_limits(n, target=target, phi=phi, confidence_level=level)
        if share > upper:
            return f"above_{name}"
        if share < lower:
            return f"below_{name}"
    return "within"


def compare_published(run: Run, published: pd.DataFrame, *, missing: Sequence[str] = ()) -> pd.DataFrame:
    """`programme.synthesis.comparable`, on a public page from protected numbers.

    There `agrees` says of a count of people whether the published one may round to the one shown, and is NA for
    shares and means of people; numbers of meetings and sessions are compared as they are.
    """
    both = synthesis.comparable(run.tables, year=run.year, published=published, missing=missing, seen=protector(run))
    if not run.public:
        return both
    told = [_agrees(row, run.workbench.disclosure_threshold) for row in both.to_dict("records")]
    return both.assign(agrees=pd.array(told, dtype="boolean"))


def _agrees(row: dict[Any, Any], threshold: int) -> Any:
    """True, False, or NA where rounded numbers cannot tell."""
    if pd.isna(row["agrees"]) or row["indicator"] in NOT_PEOPLE:
        return row["agrees"]
    if row["unit"] not in _COUNTS:
        return pd.NA
    low, high = rounded_range(row["estimate"], threshold=threshold)
    return bool(high >= row["published"] and (low <= row["published"] or row["comparison"] == "at_least"))
