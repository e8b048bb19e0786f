"""Suspicions about a comparison: another start, a shock on the treated alone, a place unlike its group."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.impact.panel import NEVER, Panel
from prs_eval.impact.starts import likely_start, odd_units, treated_only_shock
from tests.conftest import ROOT

# R 4.2.2 datasets::Nile, 1871-1970: Cobb (1978), Biometrika 65:243-251.
# fmt: off
NILE = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958,
    1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020,
    1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796,
    1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874,
    848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718,
    714, 740,
]
# R 4.2.2 datasets::sleep, extra hours under two drugs: Student (1908), Biometrika 6:1-25.
SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0, 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# fmt: on


def reference() -> dict[str, float]:
    """tests/reference/r/impact_starts.R: strucchange, rstudent and combn."""
    with (ROOT / "tests" / "reference" / "impact_starts.csv").open() as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def panel(outcome: np.ndarray, times: np.ndarray, treated: int, start: float) -> Panel:
    n = outcome.shape[0]
    begun = np.where(np.arange(n) < treated, start, NEVER)
    return Panel(tuple(f"p{i}" for i in range(n)), times, outcome, begun, np.ones_like(outcome))


def test_the_break_of_the_nile_is_found_where_strucchange_finds_it():
    river = panel(np.array([NILE, [0.0] * 100]), np.arange(1871, 1971), 1, 1905)
    found = likely_start(river)
    assert found is not None
    assert found.declared == 1905
    assert found.best == reference()["nile_first_after_break"] == 1899  # published: a break after 1898
    assert found.p_value == pytest.approx(reference()["nile_p_1905"], rel=1e-8)


def test_a_start_that_fits_best_is_not_suspected_and_too_few_periods_say_nothing():
    gap = np.array([0, 0.1, 0, 0.1, 2, 2.1, 2, 2.1])
    two = np.array([gap, np.zeros(8)])
    times = np.arange(2010, 2018)
    found = likely_start(panel(two, times, 1, 2014))
    assert found is not None
    assert (found.best, found.p_value) == (2014, 1.0)
    assert likely_start(panel(two[:, :5], times[:5], 1, 2012)) is None
    assert likely_start(panel(two, times, 1, 2011)) is None


def test_residuals_and_p_are_those_of_rstudent():
    wanted = reference()
    treated = np.repeat([True, False], 10)
    names = tuple(f"s{i + 1}" for i in range(20))
    assert wanted["sleep_smallest_p"] > 0.05
    assert odd_units(np.array(SLEEP), treated, names) == []
    shifted = np.array(SLEEP)
    shifted[2] += 12
    p = np.array([wanted[f"shifted_p_{i + 1}"] for i in range(20)])
    for level in (1e-6, 0.001, 0.01, 0.05, 0.5, 0.99):
        assert odd_units(shifted, treated, names, level=level) == [
            n for n, v in zip(names, p, strict=True) if v < level
        ]
    assert odd_units(shifted, treated, names) == ["s3"]


def test_a_shock_on_the_treated_alone_has_the_p_of_every_choice():
    change = np.array([-3, -2.5, -2, 0.4, -0.2, 0.1])
    outcome = np.column_stack([np.zeros(6), np.zeros(6), np.zeros(6), change])
    found = treated_only_shock(panel(outcome, np.arange(2017, 2021), 3, 2018), [2020])
    assert found == pytest.approx(reference()["shock_p"], abs=1e-12)
    assert np.isnan(treated_only_shock(panel(outcome, np.arange(2017, 2021), 3, 2018), [2030]))


def test_what_cannot_be_compared_is_refused():
    outcome, times = np.zeros((3, 4)), np.arange(4)
    with pytest.raises(ValueError, match="some units must be treated"):
        likely_start(panel(outcome, times, 0, 2))
    holed = outcome.copy()
    holed[0, 0] = np.nan
    with pytest.raises(ValueError, match="observed at every period"):
        treated_only_shock(panel(holed, times, 1, 2), [3])
    with pytest.raises(ValueError, match="must be as many"):
        odd_units(np.zeros(3), np.zeros(4, dtype=bool), ("a", "b", "c"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=10, max_size=10), st.floats(-100, 100), st.floats(-10, 10))
def test_levels_and_an_effect_make_no_unit_odd(values, level, effect):
    y = np.array(values) + np.linspace(0, 1, 10)
    treated = np.arange(10) < 5
    names = tuple("abcdefghij")
    assert odd_units(y, treated, names) == odd_units(y + level + effect * treated, treated, names)
