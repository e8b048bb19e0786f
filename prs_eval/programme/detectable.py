"""What could have been seen: the smallest difference that the programme's own numbers can show 8 times out of 10.

A report without a clear difference proves nothing where only a very large one could have been seen. Each measure
takes the sizes of the report (people, intervals, pairs), never its results, and asks for 80 % power at the 5 %
level, on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from prs_eval.estimation.frame import ALL, estimates
from prs_eval.estimation.power import minimum_detectable_benchmark, minimum_detectable_paired
from prs_eval.estimation.power_tables import minimum_detectable_clustered
from prs_eval.inputs.codes import SCALES
from prs_eval.inputs.parameters import Workbench, project_root
from prs_eval.programme import network, recent, screening
from prs_eval.programme.ambassador_rows import groups
from prs_eval.programme.ambassador_scales import scores
from prs_eval.programme.context import EFFECTS
from prs_eval.programme.screening_people import KINDS, Row, Tables

ICC = 0.05  # how alike the ambassadors of one quartier may be: a usual value, not measured here
HALF = 0.5  # where nothing is published: a half, from which a difference is hardest to see
COLUMNS = ("period", "benchmark")
ENOUGH_FOR_SPREAD = 10  # pairs under which the standard deviation of the changes is itself too uncertain


def published_honoured(root: Path | None = None) -> float:
    """Share of honoured appointments after an eye screening, as published: people of all studies together.

    The rows `suivi_rdv_honore` of `data/published/effects.csv` that print their counts; a half where there is none.
    The programme's own earlier years are no benchmark: too few people, and its first years have none before them.
    """
    path = (root or project_root()) / EFFECTS
    if not path.is_file():
        return HALF
    effects = pd.read_csv(path)
    counted = effects[effects["outcome"] == "suivi_rdv_honore"].dropna(subset=["events", "n"])
    return float(counted["events"].sum() / counted["n"].sum()) if len(counted) else HALF


def screening_detectable(
    tables: Tables,
    *,
    year: int,
    workbench: Workbench,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    root: Path | None = None,
) -> pd.DataFrame:
    """Smallest difference of the honoured appointments from what is published that this many people can show.

    Returns the one output shape with groups `kind`, `period` ("year", then "recent": the last three years) and
    `benchmark`: `screening_honoured_detectable`, a difference in fractions, on either side, among the referred whose
    outcome is known (`n`). The dental screenings have no published share: a half. `too_few` where no difference,
    however large, could be seen on one of the sides.
    """
    path = screening.cascade(tables, year=year, by=by, kind=kind)
    pooled = recent.recent_screening(tables, year=year, by=by, kind=kind, workbench=workbench)
    rows: list[Row] = []
    for each in KINDS if kind is None else (kind,):
        benchmark = published_honoured(root) if each == "optical" else HALF
        both = [("year", path[path["indicator"] == "screening_stage_share"]), ("recent", pooled)]
        kept = [(period, _honoured(found, each)) for period, found in both]
        rows += [row | {"kind": each} for row in _shares(kept, "screening_honoured_detectable", benchmark)]
    return estimates(rows, groups=["kind", *COLUMNS])


def _honoured(path: pd.DataFrame, kind: str) -> pd.DataFrame:
    chosen = (path["kind"] == kind) & (path["stage"] == "honoured") & (path["out_of"] == "referred")
    return path[chosen]


def network_detectable(
    tables: Tables, *, year: int, workbench: Workbench, by: Sequence[str] = ("quartier",)
) -> pd.DataFrame:
    """Smallest difference from a half of the intervals on target that this many intervals can show.

    `network_interval_within_detectable`, groups `period` and `benchmark`; form as `screening_detectable`.
    """
    rhythm = network.meeting_rhythm(tables, year=year, by=by, workbench=workbench)
    kept = [
        ("year", rhythm[rhythm["indicator"] == "network_interval_within"]),
        ("recent", recent.recent_intervals(tables, year=year, by=by, workbench=workbench)),
    ]
    return estimates(_shares(kept, "network_interval_within_detectable", HALF), groups=list(COLUMNS))


def ambassadors_detectable(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",)) -> pd.DataFrame:
    """Smallest mean change on each scale that those who answered twice can show.

    Returns the one output shape with group `scale`. `scale_change_detectable`: in standard deviations of the change
    (d_z). `scale_points_detectable`: the same in points of the scale, with the observed standard deviation of the
    changes; `too_few` under `ENOUGH_FOR_SPREAD` pairs, or where it is more than the scale allows. All quartiers
    together (`by=()`), the people of one quartier may be alike: a design effect with an intraclass correlation of
    `ICC` and the quartiers as groups; `too_few` with one quartier.
    """
    rows: list[Row] = []
    for labels, people in groups(scores(tables, year=year), by):
        for scale, rule in SCALES.items():
            pairs = people[(people["scale"] == scale) & (people["scale_answers"] == "both")]
            change = (pairs["after"] - pairs["before"]).to_numpy(dtype=float)
            clusters = pairs["quartier"].nunique() if labels["quartier"] == ALL else np.nan
            least = _paired(change.size, clusters)
            points = least * change.std(ddof=1) if change.size >= ENOUGH_FOR_SPREAD else np.nan
            if not 0 < points <= rule.ends[1] - rule.ends[0]:
                points = np.nan
            head = {**labels, "year": year, "scale": scale, "n": change.size}
            head["method"] = "power_paired_t" if np.isnan(clusters) else "power_clustered"
            rows += [
                {**head, "indicator": "scale_change_detectable", "estimate": least, "unit": "d_z"},
                {**head, "indicator": "scale_points_detectable", "estimate": points, "unit": "points"},
            ]
    return estimates(rows, groups=["scale"])


def _shares(kept: Sequence[tuple[str, pd.DataFrame]], indicator: str, benchmark: float) -> list[Row]:
    return [
        {
            "indicator": indicator,
            "quartier": row["quartier"],
            "year": row["year"],
            "period": period,
            "benchmark": benchmark,
            "denominator": row["denominator"],
            "estimate": either_side(benchmark, row["denominator"]),
            "unit": "proportion",
            "method": "power_binomial",
            "n": row["denominator"],
        }
        for period, rows in kept
        for row in rows.to_dict("records")
    ]


def either_side(benchmark: float, n: float) -> float:
    """The larger of the smallest rise and of the smallest fall; NaN where one of them cannot be seen at all."""
    rise, fall = minimum_detectable_benchmark(np.array([benchmark, 1 - benchmark]), n)
    return float(np.maximum(rise, fall))


def _paired(n: int, clusters: float) -> float:
    if np.isnan(clusters):
        return float(minimum_detectable_paired(n))
    return float(minimum_detectable_clustered(clusters, n / clusters, ICC)) if clusters > 1 else np.nan
