"""Panels that the tests of places over time share: published data, and made ones with a planted effect."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from prs_eval.impact.panel import NEVER, Panel, read_panel
from tests.conftest import ROOT

REFERENCE = ROOT / "tests" / "reference"


def rows(name: str, **fixed: str) -> list[dict[str, str]]:
    """Rows of a file of tests/reference that hold these values."""
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if all(r[k] == v for k, v in fixed.items())]


def castle(shared: Path, *, earlier: int = 0, weight: str | None = "popwt") -> Panel:
    """Cheng & Hoekstra (2013): log homicides of 50 states, 2000-2010; start: first full year, less `earlier`."""
    table = pd.read_csv(shared / "reference/datasets/castle.csv")[["sid", "year", "l_homicide", "popwt", "post"]]
    first = table[table["post"] == 1].groupby("sid")["year"].min() - earlier
    start = {str(sid): float(year) for sid, year in first.items()}
    return read_panel(table, unit="sid", time="year", outcome="l_homicide", weight=weight, start=start)


def mpdta(shared: Path) -> tuple[Panel, np.ndarray]:
    """Callaway & Sant'Anna (2021): log teenage employment of 500 counties, 2003-2007; and their log population."""
    table = pd.read_csv(shared / "reference/datasets/mpdta.csv")
    panel = read_panel(table, unit="countyreal", time="year", outcome="lemp", start="first.treat")
    people = table.assign(unit=table["countyreal"].astype(str)).groupby("unit")["lpop"].first()
    return panel, people.loc[list(panel.units)].to_numpy()


def unbalanced() -> Panel:
    """The made panel of tests/reference/r/impact_panels.R."""
    table = pd.read_csv(REFERENCE / "impact_panels_data.csv")
    return read_panel(table, unit="unit", time="time", outcome="outcome", weight="weight", start="start")


def made(
    seed: int,
    *,
    units: int = 12,
    periods: int = 7,
    starts: tuple[int, ...] = (4,),
    noise: float = 1.0,
    effect: float = 0.0,
) -> Panel:
    """Unit and period effects, noise, and an effect of size `effect` from the start on; half the units treated."""
    g = np.random.default_rng(seed)
    begun = np.full(units, NEVER)
    begun[: units // 2] = [starts[i % len(starts)] for i in range(units // 2)]
    times = np.arange(1, periods + 1)
    y = 5 * g.normal(size=(units, 1)) + 3 * g.normal(size=(1, periods)) + noise * g.normal(size=(units, periods))
    y = y + effect * (times[None, :] >= begun[:, None])
    return Panel(tuple(f"u{i:03d}" for i in range(units)), times, y, begun, g.uniform(50, 500, (units, periods)))


def shuffled(panel: Panel, seed: int) -> Panel:
    """The same panel, its units in another order under other names."""
    order = np.random.default_rng(seed).permutation(len(panel.units))
    counts = [None if c is None else c[order] for c in (panel.numerator, panel.denominator)]
    names = tuple(f"v{i:03d}" for i in range(order.size))
    return Panel(names, panel.times, panel.outcome[order], panel.start[order], panel.weight[order], *counts)
