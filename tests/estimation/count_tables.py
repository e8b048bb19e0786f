"""What the tests of methods on counts share: R's rows, and random tables of groups."""

from __future__ import annotations

import csv

import pandas as pd
from hypothesis import strategies as st

from tests.conftest import ROOT

TWO_GROUPS = ("events", "population", "reference_events", "reference_population")


def reference(name):
    """Rows that R computed, written by the script of tests/reference/r/ of that name."""
    with (ROOT / "tests" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(answer):
    return answer.estimate, answer.lower, answer.upper


def expected(row):
    return tuple(float(row[name]) for name in ("estimate", "lower", "upper"))


counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from([2018, 2019]), counts), min_size=1, max_size=30
).map(
    lambda rows: pd.DataFrame(
        [(place, year, x, n) for place, year, (x, n) in rows], columns=["quartier", "year", "events", "population"]
    )
)


def disguised(table):
    """The same people: rows in another order, each told apart into yes and no, another index, a column too many."""
    yes = table.assign(population=table["events"])
    no = table.assign(events=0, population=table["population"] - table["events"])
    both = pd.concat([no, yes]).assign(note="x").sample(frac=1, random_state=3)
    return both.set_axis([f"row {i}" for i in range(len(both))])
