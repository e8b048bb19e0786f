"""People before and after a date, who came in groups: the difference of their means, and what a dose does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._coefficients import finite
from prs_eval.estimation.survival import kaplan_meier, restricted_mean
from prs_eval.impact.effect import Effect, too_few
from prs_eval.impact.inference import cluster_effect

Values = NDArray[np.float64]


def before_after(
    values: ArrayLike, after: ArrayLike, cluster: ArrayLike, *, unit: str = "difference", confidence_level: float = 0.95
) -> Effect:
    """Mean after minus mean before, with limits that let people of one group be alike.

    Parameters
    ----------
    values
        One number a person (0 and 1: a share; a pseudo-value: a restricted mean), shape (n,), without NaN.
    after
        Whether the person came after the change, shape (n,).
    cluster
        The session or group of each person, shape (n,); a group is wholly before or wholly after.
    unit
        What the difference is counted in.

    Returns
    -------
    Effect with CR2 errors and Satterthwaite's degrees of freedom; `units` groups, `treated` groups after.
    `too_few` where either side has under two groups.

    Raises
    ------
    ValueError
        Where shapes differ, a value is missing, or a group has people on both sides.

    Notes
    -----
    A before–after difference is no effect of the change: whatever else changed at the same time is in it.
    Source: Bell & McCaffrey (2002), Surv Methodol 28:169-181; Pustejovsky & Tipton (2018), J Bus Econ Stat
    36:672-683.
    """
    y, late, group = finite(values, "values"), np.asarray(after, dtype=bool), np.asarray(cluster, dtype=object)
    if late.shape != y.shape or group.shape != y.shape:
        raise ValueError(f"`after` and `cluster` must have shape {y.shape}, not {late.shape} and {group.shape}.")
    first, last = set(group[~late]), set(group[late])
    if both := len(first & last):
        raise ValueError(f"{both} groups have people both before and after: a group belongs to one side.")
    units = len(first | last)
    if min(len(first), len(last)) < 2:
        return too_few(
            confidence_level=confidence_level,
            unit=unit,
            method="before_after_cr2",
            n=float(y.size),
            inference="cr2_satterthwaite",
            reason="few_clusters",
            units=units,
            treated=len(last),
        )
    design = np.column_stack([np.ones(y.size), late.astype(float)])
    found = cluster_effect(y, design, group, coefficient=1, confidence_level=confidence_level)
    return replace(found, unit=unit, method="before_after_cr2", reason="few_clusters", units=units, treated=len(last))


def dose_response(
    values: ArrayLike, dose: ArrayLike, cluster: ArrayLike, *, unit: str = "difference", confidence_level: float = 0.95
) -> Effect:
    """Change of the mean for one more unit of dose, with limits that let people of one group be alike.

    Parameters and raises as `before_after`; `dose` is a number a person, shape (n,). `too_few` where the dose does
    not vary or under three groups have people.

    Notes
    -----
    Who receives more differs in other ways too: an association, which a dose that chance gave would make an effect.
    Source: Bell & McCaffrey (2002), Surv Methodol 28:169-181.
    """
    y = finite(values, "values")
    given = finite(dose, "dose", shape=y.shape)
    group = np.asarray(cluster, dtype=object)
    design = np.column_stack([np.ones(y.size), given])
    groups = len(set(group))
    if groups < 3 or np.ptp(given) == 0:
        return too_few(
            confidence_level=confidence_level,
            unit=unit,
            method="dose_response_cr2",
            n=float(y.size),
            inference="cr2_satterthwaite",
            reason="few_clusters",
            units=groups,
        )
    found = cluster_effect(y, design, group, coefficient=1, confidence_level=confidence_level)
    return replace(found, unit=unit, method="dose_response_cr2", reason="few_clusters", units=groups)


def restricted_mean_pseudo_values(time: ArrayLike, event: ArrayLike, horizon: float) -> Values:
    """One number a person whose mean is the restricted mean time to the event, shape (n,); waits still open count.

    Parameters
    ----------
    time
        Time to the event, or to the last news, shape (n,), 0 or more.
    event
        Whether the event was seen, shape (n,).
    horizon
        Where the curve is cut, in the unit of `time`.

    Returns
    -------
    n R - (n - 1) R(-i): what each person adds to the restricted mean R. Without open waits, min(time, horizon).

    Raises
    ------
    ValueError
        Where shapes differ, a time is negative or missing, or the horizon is not positive.

    Notes
    -----
    Assumes that whether a wait is still open does not depend on how long it will be.
    Source: Andersen, Hansen & Klein (2004), Lifetime Data Anal 10:335-350.
    """
    t, seen = finite(time, "time"), np.asarray(event, dtype=bool)
    if not horizon > 0:
        raise ValueError(f"`horizon` must be positive, not {horizon}.")
    if seen.all():
        return np.minimum(t, horizon)
    whole = restricted_mean(kaplan_meier(t, seen), horizon).estimate
    n, out = t.size, np.empty(t.size)
    known: dict[tuple[float, bool], float] = {}  # people alike in time and end add the same
    for i in range(n):
        key = (float(t[i]), bool(seen[i]))
        if key not in known:
            rest = np.arange(n) != i
            known[key] = restricted_mean(kaplan_meier(t[rest], seen[rest]), horizon).estimate
        out[i] = n * whole - (n - 1) * known[key]
    return out
