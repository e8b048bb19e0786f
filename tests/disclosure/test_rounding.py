"""Default mode: nothing under the threshold, nothing unanimous, nothing that gives a numerator back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.disclosure.attack import Intervals, feasible_intervals
from prs_eval.disclosure.rounding import midpoint, midpoint_curve, protect_estimates, rounded_range
from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import wilson_interval
from tests.disclosure.test_suppression import linked


def shares(pairs):
    return estimates(
        [
            {
                "indicator": "i", "quartier": f"q{k}", "year": 2024, "numerator": x, "denominator": n,
                "estimate": x / n if n else np.nan, "lower": 0.0, "upper": 1.0, "confidence_level": 0.95,
                "unit": "proportion", "method": "wilson", "n": n,
            }
            for k, (x, n) in enumerate(pairs)
        ]
    )  # fmt: skip


def test_small_unanimous_and_complement_rows_are_masked_alike():
    out = protect_estimates(shares([(3, 40), (0, 40), (40, 40), (35, 40), (0, 0), (5, 8), (20, 41)]))
    assert list(out["status"]) == ["primary"] * 6 + ["ok"]
    assert out.loc[:5, ["numerator", "denominator", "estimate", "lower", "upper", "n"]].isna().all().all()
    last = out.iloc[6]
    assert (last["numerator"], last["denominator"], last["n"], last["estimate"]) == (20, 40, 40, 0.5)
    low, high = wilson_interval(20, 40)
    assert (last["lower"], last["upper"]) == (low, high)


def test_counts_are_rounded_means_shortened_and_other_units_masked():
    rows = [("people", 12, 12), ("people", 10, 10), ("count", 43, 43), ("days", 12.345, 40), ("risk_ratio", 2.0, 400)]
    frame = estimates([{"indicator": "i", "unit": u, "estimate": e, "n": n, "lower": 1.0} for u, e, n in rows])
    out = protect_estimates(frame)
    assert list(out["status"]) == ["ok", "primary", "ok", "ok", "primary"]
    assert list(out["estimate"].dropna()) == [15, 45, 12]
    assert out["lower"].isna().all()


@settings(max_examples=80, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)).map(lambda p: (min(p), max(p))), min_size=1),
    threshold=st.integers(1, 20),
    base=st.integers(1, 10),
)
def test_a_second_pass_changes_nothing_and_no_number_says_more_than_its_range(pairs, threshold, base):
    frame = shares(pairs)
    before = frame.copy(deep=True)
    once = protect_estimates(frame, threshold=threshold, base=base)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(protect_estimates(once, threshold=threshold, base=base), once)
    for (x, n), row in zip(pairs, once.to_dict("records"), strict=True):
        if min(x, n - x) < threshold:
            assert row["status"] == "primary"
            assert np.isnan(row["estimate"])
        if row["status"] == "ok":
            for true, shown in ((x, row["numerator"]), (n, row["denominator"])):
                low, high = rounded_range(shown, threshold=threshold, base=base)
                assert low <= true <= high


PAIRS = [(x, n) for n in range(1, 105) for x in range(n + 1)]


def behind(printed):
    """Numerators behind each thing printed, for one who goes through every share of at most 104 people."""
    found = {}
    for (x, _), what in zip(PAIRS, printed, strict=True):
        found.setdefault(what, set()).add(x)
    return found


def test_a_numerator_never_follows_from_a_share_its_limits_and_its_base():
    out = protect_estimates(shares(PAIRS)).to_dict("records")
    names = ("estimate", "lower", "upper", "numerator", "denominator", "n")
    told = [tuple(row[k] for k in names) if row["status"] == "ok" else None for row in out]
    found = behind(told)
    assert len(found) > 50
    assert min(map(len, found.values())) >= 2
    # one who knows the true number of people besides is no further
    assert min(map(len, behind([t and (*t, n) for t, (_, n) in zip(told, PAIRS, strict=True)]).values())) >= 2
    # while a percentage without decimals and its base give every numerator of under 100 people away
    naive = behind([(round(100 * x / n), n) for x, n in PAIRS])
    assert all(len(numerators) == 1 for (_, n), numerators in naive.items() if n < 100)


@settings(max_examples=8, deadline=None)
@given(tables=linked(dimensions=2), threshold=st.integers(2, 12))
def test_rounded_and_masked_cells_of_linked_tables_agree_with_the_truth(tables, threshold):
    """Together they allow the true counts: an attack that ends in a contradiction or beside the truth shows a lie."""
    rows = [{"indicator": "i", "unit": "people", "estimate": n, "n": n} for n in map(int, tables.counts)]
    out = protect_estimates(estimates(rows), threshold=threshold)
    shown = (out["status"] == "ok").to_numpy()
    assert (shown == (tables.counts >= threshold)).all()
    ranges = [
        rounded_range(n, threshold=threshold) if ok else (0, threshold - 1)
        for n, ok in zip(out["estimate"], shown, strict=True)
    ]
    found = feasible_intervals(tables.matrix, Intervals(*np.array(ranges, dtype=float).T), whole=True)
    assert (found.lower <= tables.counts).all()
    assert (found.upper >= tables.counts).all()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="threshold"):
        protect_estimates(shares([(1, 2)]), threshold=0)
    with pytest.raises(ValueError, match="missing"):
        protect_estimates(pd.DataFrame({"indicator": []}))
    with pytest.raises(ValueError, match="same length"):
        midpoint_curve([1.0], [True, False])


def test_midpoints_are_those_of_the_documentation():
    np.testing.assert_array_equal(midpoint([0, 1, 6, 7, 12, 13]), [0, 3, 3, 9, 9, 15])


def test_no_step_of_the_curve_is_one_person():
    rng = np.random.default_rng(0)
    time, event = rng.integers(1, 30, 120), rng.random(120) < 0.7
    curve = midpoint_curve(time, event)
    assert len(curve) > 3
    assert (curve["events"].iloc[1:] >= 3).all()
    assert (curve["at_risk"] >= 11).all()
    assert (curve["survival"].diff().dropna() < 0).all()
    assert midpoint_curve(time[:8], event[:8]).empty
    # one person more or less in a class moves nothing
    first = midpoint_curve([5.0] * 20 + [9.0] * 4, [True] * 8 + [False] * 16)
    second = midpoint_curve([5.0] * 20 + [9.0] * 4, [True] * 10 + [False] * 14)
    pd.testing.assert_frame_equal(first, second)
