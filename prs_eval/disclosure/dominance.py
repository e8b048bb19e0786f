"""Money that one or two bear: a total from which the others could work out what the largest of them cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from prs_eval.disclosure.protect import protect
from prs_eval.estimation.frame import ALL, check_estimates
from prs_eval.programme.run import Run
from prs_eval.programme.screening_people import people_screened, sessions_held

SHARE = 0.85
FEWEST = 3  # of two, each knows the other's
_COSTS = ("screening_cost_per_participant", "screening_cost_per_equipped")
_NUMBERS = ("numerator", "denominator", "estimate", "lower", "upper", "n")


def dominated(contributions: ArrayLike, share: float = SHARE) -> bool:
    """Whether one contribution is more than `share` of the total of all.

    Parameters
    ----------
    contributions
        Amounts of 0 or more, one a contributor; NaN where not known: left out.

    Returns
    -------
    False where there is no total to share.

    Raises
    ------
    ValueError
        A contribution under 0, or `share` not between 0 and 1.

    Notes
    -----
    When not to use: for counts of people, where the threshold is the rule. A total of fewer than three contributors
    is not safe either, whatever their shares.
    Source: Hundepool et al. (2024), Handbook on Statistical Disclosure Control, 2nd ed., section 4.2: (n, k)-dominance
    with n = 1, which the Handbook finds weak, since the second contributor can estimate the first.
    """
    amounts = np.asarray(contributions, dtype=float)
    amounts = amounts[~np.isnan(amounts)]
    if not 0 < share < 1 or (amounts < 0).any():
        raise ValueError("contributions are 0 or more, and `share` is between 0 and 1.")
    return bool(amounts.size and amounts.max() > share * amounts.sum())


def protect_costs(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """`protect` for the costs of `screening.costs`, masked besides where too few sessions bear them.

    A cost is masked where fewer than `FEWEST` sessions are counted, or where one bears more than `SHARE` of it.

    Parameters
    ----------
    frame
        From `screening.costs` on `run.people`, by quartier or for all.

    Raises
    ------
    ValueError
        As `protect`; or a cost that is not the sum of the sessions of `run.people`.
    """
    if not run.public:
        return frame
    check_estimates(frame)
    out = frame.copy(deep=True)
    for place, row in zip(out.index, out.to_dict("records"), strict=True):
        if row["indicator"] in _COSTS and not _may_be_told(run, row):
            out.loc[place, list(_NUMBERS)] = np.nan
            out.loc[place, "status"] = "primary"
    return protect(run, out)


def _may_be_told(run: Run, row: Mapping[Any, Any]) -> bool:
    sessions = sessions_held(run.people, years=(int(row["year"]),), kind=str(row["kind"]))
    people = people_screened(run.people, years=(int(row["year"]),), kind=str(row["kind"]))
    own = sessions[sessions["session_id"].isin(people["session_id"])]
    if row["quartier"] != ALL:
        own = own[own["quartier"] == row["quartier"]]
    amounts = own["cost_eur"].dropna().to_numpy(dtype=float)
    if not np.isclose(amounts.sum(), row["numerator"]):
        raise ValueError(f"{row['indicator']}: the cost is not the sum of the sessions of these people.")
    return amounts.size >= FEWEST and not dominated(amounts)
