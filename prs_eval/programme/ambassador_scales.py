"""What changed on the ambassadors' scales, for those who answered twice, and who is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from prs_eval.estimation.averages import mean
from prs_eval.estimation.effect_sizes import paired_effect_size
from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.estimation.scales import paired_change, total_score
from prs_eval.inputs.codes import CODES, SCALES, Scale
from prs_eval.programme.ambassador_rows import Row, Tables, count, extra, groups, known_people, shares, year_bounds


def scores(tables: Tables, *, year: int) -> pd.DataFrame:
    """One row an ambassador who joined by 31 December of `year` and a scale: both scores, and `scale_answers`.

    Columns: those of `ambassadors`, `scale`, `before`, `after` (scores; NaN without a complete answer) and
    `scale_answers`: `both` (two scores, the second later), `before_only`, `after_only`, `incomplete` (a wave
    answered in part, or an « after » not later than its « before »), `never`. Answers given after
    31 December are not seen; an item without answer makes no score.
    """
    last = year_bounds(year)[1]
    people = known_people(tables, year)
    answers = tables["ambassador_scales"]
    answers = answers[answers["answered_on"] <= last]
    parts = []
    for scale in SCALES:
        part = people.assign(scale=scale)
        for wave in CODES["wave"]:
            found = _wave_scores(answers, scale, wave)
            part = part.merge(found, on="ambassador_id", how="left", validate="many_to_one")
        parts.append(part.assign(scale_answers=_scale_answers(part)))
    return pd.concat(parts, ignore_index=True)


def _wave_scores(answers: pd.DataFrame, scale: str, wave: str) -> pd.DataFrame:
    """Columns ambassador_id, <wave> (score), <wave>_on (last day of answer) of those who answered anything."""
    rule = SCALES[scale]
    rows = answers[(answers["scale"] == scale) & (answers["wave"] == wave)]
    wide = rows.assign(score=rows["score"].astype("Float64")).pivot(
        index="ambassador_id", columns="item", values="score"
    )
    wide = wide.reindex(columns=range(1, rule.items + 1))
    totals = total_score(
        wide.to_numpy(dtype=float, na_value=np.nan),
        items=rule.items,
        low=rule.low,
        high=rule.high,
        multiplier=rule.multiplier,
    )
    days = rows.groupby("ambassador_id")["answered_on"].max().reindex(wide.index)
    ids = wide.index.astype(answers["ambassador_id"].dtype)
    return pd.DataFrame({"ambassador_id": ids, wave: totals, f"{wave}_on": days.to_numpy()})


def _scale_answers(part: pd.DataFrame) -> Any:
    answered = {wave: part[f"{wave}_on"].notna() for wave in CODES["wave"]}
    scored = {wave: part[wave].notna() for wave in CODES["wave"]}
    in_part = (answered["before"] & ~scored["before"]) | (answered["after"] & ~scored["after"])
    disordered = answered["before"] & answered["after"] & (part["after_on"] <= part["before_on"])
    return np.select(
        [in_part | disordered, scored["before"] & scored["after"], scored["before"], scored["after"]],
        ["incomplete", "both", "before_only", "after_only"],
        default="never",
    )


def change(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Scores before and after, for those with both complete waves by 31 December of `year`.

    Indicators, one row each a scale (group column `scale`): `scale_mean_before`, `scale_mean_after`,
    `scale_mean_change` (points, Student's limits kept within what the scale allows), `scale_d_z`
    (noncentral-t limits). `n` is the number of pairs; under two nothing is given, since a mean would be one
    person's answer. A change, not an effect: there is no comparison group.
    """
    rows = []
    for labels, people in _by_scale(tables, year, by):
        pairs = people[people["scale_answers"] == "both"]
        before, after = pairs["before"].to_numpy(dtype=float), pairs["after"].to_numpy(dtype=float)
        head = {**labels, "year": year, "n": len(pairs), "confidence_level": confidence_level}
        rows += [{**head, **row} for row in _change_rows(before, after, SCALES[labels["scale"]], confidence_level)]
    return estimates(rows, groups=[*extra(by), "scale"])


def _change_rows(before: Any, after: Any, rule: Scale, confidence_level: float) -> list[Row]:
    result = paired_change(before, after, confidence_level=confidence_level)
    span = rule.ends[1] - rule.ends[0]
    size = paired_effect_size(before, after, method="d_z", confidence_level=confidence_level)
    change_limits = _within(result.estimate, result.lower, result.upper, -span, span)
    values = {
        "scale_mean_before": ("points", "student", *_mean(before, rule, confidence_level)),
        "scale_mean_after": ("points", "student", *_mean(after, rule, confidence_level)),
        "scale_mean_change": ("points", "paired_t", *change_limits),
        "scale_d_z": ("d_z", "noncentral_t", size.estimate, size.lower, size.upper),
    }
    names = ("unit", "method", "estimate", "lower", "upper")
    rows = [{"indicator": code, **dict(zip(names, value, strict=True))} for code, value in values.items()]
    if result.n < 2:
        rows = [{**row, "estimate": np.nan, "lower": np.nan, "upper": np.nan} for row in rows]
    return rows


def _mean(scores: Any, rule: Scale, confidence_level: float) -> tuple[float, float, float]:
    """Mean with Student's limits kept within the scale; no limits where all scores are the same."""
    least, most = rule.ends
    answer = mean(scores, unit="points", confidence_level=confidence_level)
    return _within(answer.estimate, answer.lower, answer.upper, least, most)


def _within(value: float, lower: float, upper: float, least: float, most: float) -> tuple[float, float, float]:
    return value, float(np.clip(lower, least, most)), float(np.clip(upper, least, most))


def follow_up(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """How many answered twice, once, in part, or never, of all who joined by 31 December of `year`.

    `scale_follow_up`: counts by `scale` and `scale_answers`. `scale_paired_share`: share with both scores.
    """
    rows = []
    for labels, people in _by_scale(tables, year, by):
        for state in CODES["scale_answers"]:
            n = int((people["scale_answers"] == state).sum())
            row = count("scale_follow_up", n, unit="people", n=len(people), of=len(people))
            rows.append({**labels, "year": year, "scale_answers": state, **row})
    everyone = scores(tables, year=year)
    paired = everyone.assign(
        year=year, scale_answers="both", one=1, paired=(everyone["scale_answers"] == "both").astype(int)
    )
    columns = [*extra(by), "scale", "scale_answers"]
    share = shares(
        paired,
        [*by, "year", "scale", "scale_answers"],
        indicator="scale_paired_share",
        numerator="paired",
        denominator="one",
        confidence_level=confidence_level,
    )
    parts = [part for part in (estimates(rows, groups=columns), share) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else estimates([], groups=columns)


def attrition(
    tables: Tables, *, year: int, by: Sequence[str] = ("quartier",), confidence_level: float = 0.95
) -> pd.DataFrame:
    """Those with both scores beside those without: age, sex, and the first score.

    A description without a test: with so few people a test would see nothing. Group columns `scale`,
    `answered` (both, missing), `variable` (age_band, sex, before) and `level`. `scale_profile_share`: share
    of the group, every class of age and sex named, the unknown as a class; `scale_profile_before`: mean
    first score of those of the group who have one, NA under two people.
    """
    rows = []
    for labels, people in _by_scale(tables, year, by):
        for answered, chosen in (
            ("both", people["scale_answers"] == "both"),
            ("missing", people["scale_answers"] != "both"),
        ):
            head = {**labels, "year": year, "answered": answered, "confidence_level": confidence_level}
            rows += [
                {**head, **row} for row in _profile_rows(people[chosen], SCALES[labels["scale"]], confidence_level)
            ]
    return estimates(rows, groups=[*extra(by), "scale", "answered", "variable", "level"])


def _profile_rows(people: pd.DataFrame, rule: Scale, confidence_level: float) -> Iterator[Row]:
    total = len(people)
    for variable in ("age_band", "sex"):
        for level in CODES[variable]:
            n = int((people[variable] == level).sum())
            lower, upper = wilson_interval(n, total, confidence_level=confidence_level)
            yield {
                "indicator": "scale_profile_share",
                "variable": variable,
                "level": level,
                "numerator": n,
                "denominator": total,
                "estimate": n / total if total else np.nan,
                "lower": float(lower),
                "upper": float(upper),
                "unit": "proportion",
                "method": "wilson",
                "n": total,
            }
    first = people["before"].dropna().to_numpy(dtype=float)
    limits = _mean(first, rule, confidence_level) if first.size > 1 else (np.nan,) * 3
    yield {
        "indicator": "scale_profile_before",
        "variable": "before",
        "level": "mean",
        **dict(zip(("estimate", "lower", "upper"), limits, strict=True)),
        "unit": "points",
        "method": "student",
        "n": first.size,
    }


def _by_scale(tables: Tables, year: int, by: Sequence[str]) -> Iterator[tuple[Row, pd.DataFrame]]:
    everyone = scores(tables, year=year)
    for labels, people in groups(everyone, by):
        for scale in SCALES:
            yield {**labels, "scale": scale}, people[people["scale"] == scale]
