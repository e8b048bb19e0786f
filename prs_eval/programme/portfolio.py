"""What the portfolio of actions claims to have obtained, and what it can show for it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.inputs.codes import CODES
from prs_eval.programme.network_rows import Row, Tables, by_indicator, count, in_year, places


def result_codes(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",)) -> pd.DataFrame:
    """Actions begun in `year` by category of results, and those of them with evidence.

    `network_action_results`: actions that claim the category (group `result_code`, A1 to D), out of all actions;
    `network_action_results_shown`: those whose evidence is written down, out of those that claim it. An action may
    claim several.

    Source: Promotion Santé Suisse, Guide pour la catégorisation des résultats, 2005; a code counts only with evidence.
    """
    rows: list[Row] = []
    for place, own in places(tables, ["actions"], year=year, by=by):
        actions = in_year(own["actions"], year)
        claimed = actions["result_codes"].fillna("").str.split("|")
        told: list[Row] = []
        for code in CODES["result_code"]:
            claiming = actions[claimed.map(lambda codes, wanted=code: wanted in codes).astype(bool)]
            head: Row = {"quartier": place, "year": year, "result_code": code}
            shown = int(claiming["evidence"].notna().sum())
            told += [
                count(head | {"indicator": "network_action_results"}, len(claiming), of=len(actions)),
                count(head | {"indicator": "network_action_results_shown"}, shown, of=len(claiming)),
            ]
        rows += by_indicator(told)
    return estimates(rows, groups=["result_code"])
