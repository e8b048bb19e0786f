"""The demonstration's outcomes, drawn by the truth machine with the effects that `demo.yml` chose."""

from __future__ import annotations

import datetime as dt
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prs_eval.impact.simulate import World, simulate_panels, simulate_series
from prs_eval.inputs.demo import load_demo
from prs_eval.inputs.demo_draws import Draws
from prs_eval.inputs.demo_outcome_settings import OutcomeSettings, OutOf
from prs_eval.inputs.demo_settings import Demo, People
from prs_eval.inputs.parameters import Workbench, load_workbench

Row = dict[str, Any]
_Count = tuple[str, int, int | None, int]  # territory, year, month, numerator


def outcome_rows(parameters: Path) -> list[Row]:
    """Rows of `outcomes` of a city's folder, as its `demo.yml` declares them; UsageError where a file is wrong."""
    workbench = load_workbench(parameters)
    return demo_outcomes(load_demo(parameters, workbench), workbench)


def demo_outcomes(
    demo: Demo,
    workbench: Workbench,
    *,
    effects: Mapping[str, float] | None = None,
    noise: float = 1.0,
    seed: int | None = None,
) -> list[Row]:
    """Rows of `outcomes` whose true effect is known.

    Parameters
    ----------
    demo, workbench
        `demo.yml` and `workbench.yml` of the city.
    effects
        True effect by indicator, in place of the declared one and on its scale: a difference of shares (0 is none),
        a ratio of rates (1 is none).
    noise
        Multiplies what moves a territory from one period to the next beyond chance between people.
    seed
        In place of the declared one.

    Raises
    ------
    ValueError
        For an effect on an indicator that `demo.yml` does not declare, or a negative `noise`.
    """
    if demo.outcomes is None:
        return []
    chosen = demo.outcomes.indicators
    if unknown := sorted(set(effects or {}) - {item.indicator for item in chosen}):
        raise ValueError(f"no such outcome in demo.yml: {', '.join(unknown)}.")
    if not noise >= 0:
        raise ValueError(f"`noise` must not be negative, not {noise}.")
    rows: list[Row] = []
    for item in chosen:
        effect = (effects or {}).get(item.indicator, item.effect.size)
        rows += _rows(
            item, demo, workbench, effect=effect, noise=noise, seed=demo.outcomes.seed if seed is None else seed
        )
    return rows


def _rows(
    item: OutcomeSettings, demo: Demo, workbench: Workbench, *, effect: float, noise: float, seed: int
) -> Iterator[Row]:
    programme = workbench.programme_quartiers
    people = {p.quartier: _people(p, item.out_of) for p in demo.population.quartiers}
    if item.territories == "programme":
        people = {name: number for name, number in people.items() if name in programme}
    drawn = (_months if item.by == "month" else _years)(item, people, programme, effect, noise, seed)
    for territory, year, month, numerator in drawn:
        yield {
            "territory": territory,
            "year": year,
            "month": month,
            "indicator": item.indicator,
            "numerator": numerator,
            "denominator": people[territory],
            "source": demo.outcomes.source if demo.outcomes else "",
            "perimeter": item.perimeter,
            "revision": 0,
        }


def _years(
    item: OutcomeSettings, people: Mapping[str, int], programme: Sequence[str], effect: float, noise: float, seed: int
) -> Iterator[_Count]:
    years = range(item.first_year, item.last_year + 1)
    world = World(
        base=item.base,
        between_sd=item.between_sd,
        trend=item.trend,
        noise_sd=noise * item.noise_sd,
        autocorrelation=item.autocorrelation,
        shocks={year: shock for year in years if (shock := _shock(item, dt.date(year, 7, 1)))},
    )
    start = {name: item.effect.year for name in people if name in programme}
    drawn = simulate_panels(
        people, start=start, times=years, world=world, effect=effect, seed=_seed(seed, item.indicator)
    )
    for territory, counts in zip(drawn.units, drawn.numerator[0].tolist(), strict=True):
        for year, count in zip(years, counts, strict=True):
            yield territory, year, None, count


def _months(
    item: OutcomeSettings, people: Mapping[str, int], programme: Sequence[str], effect: float, noise: float, seed: int
) -> Iterator[_Count]:
    months = [(year, month) for year in range(item.first_year, item.last_year + 1) for month in range(1, 13)]
    # A closed month is one with less exposure; what is written beside the count is the population.
    opened = np.exp([_shock(item, dt.date(year, month, 15)) for year, month in months])
    for territory, number in people.items():
        own = _seed(seed, f"{item.indicator}:{territory}")
        counts = simulate_series(
            points=len(months),
            start=12 * (item.effect.year - item.first_year),
            rate=item.base * float(np.exp(item.between_sd * Draws(own, "place").bell())),
            exposure=number * opened,
            trend=item.trend,
            level=float(np.log(effect)) if territory in programme else 0.0,
            season=(item.season,),
            noise_sd=noise * item.noise_sd,
            autocorrelation=item.autocorrelation,
            seed=own,
        )
        for (year, month), count in zip(months, counts[0].tolist(), strict=True):
            yield territory, year, month, count


def _shock(item: OutcomeSettings, day: dt.date) -> float:
    return sum(shock.size for shock in item.shocks if shock.first <= day <= shock.last)


def _seed(seed: int, part: str) -> int:
    """A seed of its own for each part, so that one can change without moving the others."""
    return zlib.crc32(f"{seed}:outcomes:{part}".encode())


def _people(people: People, out_of: OutOf) -> int:
    """Inhabitants that an outcome is out of, rounded."""
    shares = dict.fromkeys(people.ages, 1.0) if out_of.ages is None else out_of.ages
    ages = math.fsum(people.ages[age] * share for age, share in shares.items())
    part = 1.0 if out_of.sex == "all" else getattr(people, out_of.sex) / (people.female + people.male)
    return round(part * ages / 100)
