"""Between what is measured and what is shown: on a public page, protected numbers only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from prs_eval.disclosure.collapse import collapse
from prs_eval.disclosure.ledger import Fact, fact
from prs_eval.disclosure.readings import NOT_PEOPLE, Reading, reading
from prs_eval.disclosure.release import Release, decide_year, row_years, true_counts
from prs_eval.disclosure.rounding import round_counts
from prs_eval.estimation.frame import HEAD, TAIL, check_estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.programme.detectable import either_side
from prs_eval.programme.run import Run

DIGITS = 2  # significant digits of a public mean
_PUBLIC = ("benchmark", "days")  # columns of published or chosen numbers
_NUMBERS = ("numerator", "denominator", "estimate", "lower", "upper", "n")
_releases: WeakKeyDictionary[Run, Release] = WeakKeyDictionary()


def protect(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Estimates as the audience of `run` may see them: as they are, or protected.

    On a public page, classes too fine are put together (`collapse`); then each row that counts people is shown or
    masked, as the release of the year decided. Shown: counts rounded to 5; a share, its Wilson limits, an average per
    meeting or a cost per person computed again from them; a mean of people to two digits, without limits. Masked:
    `status` primary and no number, whatever the reason. An indicator whose people are not declared (`readings`) is
    masked; one that counts no people is left alone. What is shown is noted in `run.disclosed` for the audit.

    Parameters
    ----------
    frame
        The one output shape.

    Raises
    ------
    ValueError
        Not the output shape; or a row whose count is not the one that the release speaks of.
    """
    if not run.public:
        return frame
    check_estimates(frame)
    release = release_of(run)
    out = collapse(frame, run.workbench)
    rows = []
    for row in out.to_dict("records"):
        rows.append(row if row["indicator"] in NOT_PEOPLE else _protected(run, row, release))
    hidden = ~out["indicator"].isin(NOT_PEOPLE)
    for name in out.columns.difference([*HEAD, *TAIL, *_PUBLIC]):  # numbers beside the estimate, computed from people
        if pd.api.types.is_float_dtype(out[name]):
            out[name] = out[name].mask(hidden)
    for name in (*_NUMBERS, "status"):
        out[name] = pd.Series([row[name] for row in rows], index=out.index, dtype=out[name].dtype)
    return out


def protector(run: Run) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """`protect` for the pages of `run`."""
    return partial(protect, run)


def release_of(run: Run) -> Release:
    """What may be shown on the pages of `run`: as `prs-eval run` decided, else decided on the spot."""
    if run not in _releases:
        _releases[run] = decide_year(run) if run.release is None else Release.read(run.release)
    return _releases[run]


def _protected(run: Run, row: Mapping[Any, Any], release: Release) -> dict[Any, Any]:
    masked = {**row, **dict.fromkeys(_NUMBERS, np.nan), "status": "primary"}
    found = reading(row, years=row_years(run, row))
    if found is None or row["status"] in ("primary", "secondary"):
        return masked
    counts = true_counts(found, row)
    shown = [release.shown.get(r) for r in found.regions]
    run.disclosed.extend(facts_of(str(row["indicator"]), found, release))
    if any(n is None for n in shown) or any(np.isnan(counts)):
        return masked
    if [int(round_counts(n, run.workbench.disclosure_threshold)) for n in counts] != shown:
        raise ValueError(f"{row['indicator']}: the data are not those that the release was decided on.")
    return {**row, **_derived(row, found, [float(n) for n in shown if n is not None])}


def facts_of(table: str, found: Reading, release: Release) -> list[Fact]:
    """What a row tells to everybody: the range of each of its counts, or that they are masked."""
    whole = all(r in release.shown for r in found.regions)
    return [fact(table, dict(r), *(release.range(r) if whole else (0, None))) for r in found.regions]


def _derived(row: Mapping[Any, Any], found: Reading, shown: list[float]) -> dict[str, Any]:
    """Numbers of a row computed from its rounded counts alone; those that cannot be are left out."""
    nothing = {"numerator": np.nan, "denominator": np.nan, "lower": np.nan, "upper": np.nan, "n": np.nan}
    if found.form == "share":
        x, n = shown
        out = {**nothing, "numerator": x, "denominator": n, "estimate": x / n, "n": n}
        if row["method"] != "wilson":  # limits that depend on who came together cannot be had from two counts
            return out
        lower, upper = wilson_interval(x, n, confidence_level=row["confidence_level"])
        return {**out, "lower": float(lower), "upper": float(upper), "status": "ok"}
    if found.form == "count":
        of = shown[1] if len(shown) > 1 else np.nan
        return {**nothing, "numerator": shown[0], "denominator": of, "estimate": shown[0], "n": shown[-1]}
    if found.form == "per":
        places = row["denominator"]
        return {**nothing, "numerator": shown[0], "denominator": places, "estimate": shown[0] / places}
    if found.form == "detectable":
        n = shown[0]
        return {**nothing, "denominator": n, "estimate": either_side(row["benchmark"], n), "n": n}
    if found.form == "cost":
        money = float(row["numerator"])
        return {**nothing, "numerator": money, "denominator": shown[0], "estimate": money / shown[0]}
    return {**nothing, "estimate": float(f"{row['estimate']:.{DIGITS}g}"), "n": shown[0]}
