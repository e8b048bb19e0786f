"""From screening to glasses or care: who is lost where, why, and how much is not known."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from prs_eval.estimation.cascade import estimate_cascade
from prs_eval.estimation.frame import ALL, estimates
from prs_eval.inputs.codes import CODES, UNKNOWN
from prs_eval.programme.screening_people import (
    NO,
    ONGOING,
    STAGES,
    YES,
    Row,
    Tables,
    count_row,
    each_group,
    group_columns,
    people_screened,
    share_rows,
)

# (stage, out of): each stage of the one before, then of all screened, then the two shares that are published.
CONDITIONAL = tuple(zip(STAGES[1:], STAGES[:-1], strict=True))
CUMULATIVE = tuple((stage, "screened") for stage in STAGES[2:])
PAIRS = (*CONDITIONAL, *CUMULATIVE, ("honoured", "referred"), ("equipped", "need"))


def cascade(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """How many people reach each stage, out of whom, and how many are not known.

    Parameters
    ----------
    tables
        `screening_sessions` and `screening_participants`, as read from the store.
    year, years
        Year of the sessions; `years` gives several, one set of rows each.
    by
        `quartier`, columns of `screening_participants`, or () for all quartiers together.
    kind
        "optical", "dental", or None for both, one set of rows each.

    Returns
    -------
    The one output shape with groups `kind`, <by>, `stage`, `out_of`. A person is "in" `out_of` when known to
    have reached it. Indicators:

    - `screening_stage_people`: people known to have reached `stage` (`out_of` "screened");
    - `screening_stage_share`: reached / known, those of unknown status left out (Wilson);
    - `screening_stage_unknown`: not known or not yet known / all of `out_of` (Wilson);
    - `screening_stage_in_progress`: of these, people whose follow-up or appointment is still to come;
    - `screening_stage_share_if_no`, `screening_stage_share_if_yes`: the share if none, or all, of the unknown
      had reached the stage (Wilson).

    Notes
    -----
    Wilson limits take people as independent; those who came to one session may be alike, which would widen
    the interval.
    """
    people = people_screened(tables, years=years or (year,), kind=kind)
    in_progress: list[Row] = []
    for head, part in each_group(people, by):
        for stage, out_of in PAIRS:
            among = part.loc[part[out_of].eq(YES), stage]
            pair = {**head, "stage": stage, "out_of": out_of}
            ongoing = int(among.eq(ONGOING).sum())
            in_progress.append(count_row(pair, "screening_stage_in_progress", ongoing, out_of=len(among)))
    stages = estimate_cascade(
        people.assign(**{stage: people[stage].map({YES: 1.0, NO: 0.0}) for stage in STAGES}),
        indicator="screening_stage",
        stages=STAGES,
        pairs=PAIRS,
        by=["year", "kind", *(column for column in by if column not in ("year", "kind"))],
        confidence_level=confidence_level,
    )
    if "quartier" not in by:
        stages["quartier"] = ALL
    return pd.concat([stages, estimates(in_progress, groups=group_columns(by, "stage", "out_of"))], ignore_index=True)


def main_path(estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows of `cascade` that a reader follows: people at each stage, then share and unknown of each step.

    Kept: each stage out of the one before, honoured out of referred, equipped out of need, stage after stage.
    """
    pairs = [*CONDITIONAL, ("honoured", "referred"), ("equipped", "need")]
    steps = pd.Series(list(zip(estimates["stage"], estimates["out_of"], strict=True)), index=estimates.index)
    people = estimates["indicator"] == "screening_stage_people"
    shares = estimates["indicator"].isin(["screening_stage_share", "screening_stage_unknown"]) & steps.isin(pairs)
    order = {stage: place for place, stage in enumerate(STAGES)}
    kept = estimates[people | shares]
    ranks = pd.DataFrame({column: kept[column].map(order).astype("float64") for column in ("stage", "out_of")})
    ranks["kind"] = kept["indicator"].map({"screening_stage_people": 0, "screening_stage_share": 1}).fillna(2)
    ranks = ranks.assign(later=-ranks["out_of"]).sort_values(["kind", "stage", "later"], kind="stable")
    return kept.loc[ranks.index].reset_index(drop=True)


def absence_reasons(
    tables: Tables,
    *,
    year: int,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Why appointments were missed, among those whose reason is known.

    Returns the one output shape with groups `kind`, <by>, `reason`: `screening_absence_reason` (a share of
    known reasons, Wilson; one row a reason of the list, zeros included) and `screening_absence_unknown`
    (share of missed appointments without a known reason, `reason` "unknown"). No row where none was missed.
    """
    people = people_screened(tables, years=years or (year,), kind=kind)
    rows: list[Row] = []
    for head, part in each_group(people[people["outcome"].eq("missed")], by):
        reasons = part["absence_reason"].fillna(UNKNOWN)
        known = reasons[reasons != UNKNOWN]
        for reason in CODES["absence_reason"]:
            if reason == UNKNOWN:
                indicator, count, out_of = "screening_absence_unknown", len(reasons) - len(known), len(reasons)
            else:
                indicator, count, out_of = "screening_absence_reason", int(known.eq(reason).sum()), len(known)
            rows.append({**head, "reason": reason, "indicator": indicator, "numerator": count, "denominator": out_of})
    return share_rows(rows, groups=group_columns(by, "reason"), confidence_level=confidence_level)


def honoured_by(
    tables: Tables,
    *,
    year: int,
    characteristic: str,
    by: Sequence[str] = ("quartier",),
    kind: str | None = None,
    years: Collection[int] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Appointments honoured by reminder or by health cover, out of those booked whose outcome is known.

    A description, not an effect: nobody drew lots for who gets a reminder.

    Parameters
    ----------
    characteristic
        "reminder" or "coverage".

    Returns
    -------
    The one output shape with groups `kind`, <by> and one named after `characteristic`: `screening_honoured_by`
    (Wilson) and `screening_honoured_by_unknown` (share of booked appointments whose outcome is not, or not yet,
    known). One row for each level met; "unknown" where the characteristic itself is not known.

    Raises
    ------
    ValueError
        For another characteristic.
    """
    if characteristic not in ("reminder", "coverage"):
        raise ValueError(f"`characteristic` must be 'reminder' or 'coverage', not {characteristic!r}.")
    people = people_screened(tables, years=years or (year,), kind=kind)
    rows: list[Row] = []
    for head, part in each_group(people[people["booked"].eq(YES)], by):
        for level in CODES[characteristic]:
            outcome = part.loc[part[characteristic].eq(level), "honoured"]
            yes, known = int(outcome.eq(YES).sum()), int(outcome.isin([YES, NO]).sum())
            row = {**head, characteristic: level}
            fractions = {
                "screening_honoured_by": (yes, known),
                "screening_honoured_by_unknown": (len(outcome) - known, len(outcome)),
            }
            if len(outcome):
                rows += [{**row, "indicator": i, "numerator": x, "denominator": n} for i, (x, n) in fractions.items()]
    return share_rows(rows, groups=group_columns(by, characteristic), confidence_level=confidence_level)
