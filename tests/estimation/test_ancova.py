"""Adjusted changes and differences equal R's lm, with the standard error that their name says."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.estimation.ancova import adjusted_change, adjusted_difference
from prs_eval.estimation.scales import paired_change

with (Path(__file__).parent.parent / "reference" / "ancova.csv").open(encoding="utf-8") as _file:
    ROWS = [
        pytest.param(r, id="-".join(r[k] for k in ("case", "quantity", "at", "method", "level")))
        for r in csv.DictReader(_file)
    ]


@pytest.mark.parametrize("row", ROWS)
def test_ancova_agrees_with_r(row):
    # R 4.2.2: lm; sandwich::vcovHC(type = "HC3") or vcov; limits by Student's t. `anorexia` is published
    # (Hand et al. 1993, p. 229; MASS), and `sleep` (Student 1908).
    before, after, group = ([float(x) for x in row[k].split()] for k in ("before", "after", "group"))
    ask = {"method": row["method"], "confidence_level": float(row["level"])}
    if row["quantity"] == "change":
        out = adjusted_change(before, after, at=None if row["at"] == "NA" else float(row["at"]), **ask)
    else:
        out = adjusted_difference(before, after, group, **ask)
    assert (out.unit, out.method, out.status) == ("points", f"ancova_{row['method']}", "ok")
    for name in ("estimate", "lower", "upper"):
        assert getattr(out, name) == pytest.approx(float(row[name]), rel=1e-9, abs=1e-11), name


def test_at_the_mean_the_adjusted_change_is_the_plain_one_with_narrower_limits():
    before = [21, 30, 28, 33, 19, 25, 27, 36, 24, 29, 31, 22]
    after = [25, 29, 33, 35, 24, 24, 31, 37, 30, 28, 33, 29]
    plain, adjusted = paired_change(before, after), adjusted_change(before, after, method="ols")
    assert adjusted.estimate == pytest.approx(plain.estimate)
    assert adjusted.upper - adjusted.lower < plain.upper - plain.lower


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], []),
        ([20], [21]),
        ([20, 21, 22], [21, 23, 22]),
        ([20] * 6, [21, 22, 23, 21, 25, 26]),
        ([20, 20, 20, 20, 20, 30], [21, 22, 23, 21, 25, 26]),
        ([1, 2, 3, 4, 5], [2, 3, 4, 5, 6]),
    ],
    ids=["nobody", "one", "three", "all start alike", "one person is the slope", "perfect line"],
)
def test_what_cannot_be_fitted_is_too_few(before, after):
    out = adjusted_change(before, after)
    assert np.isnan([out.estimate, out.lower, out.upper]).all()
    assert (out.status, out.n) == ("too_few", len(before))


def test_a_group_of_one_is_too_few():
    out = adjusted_difference([20, 25, 30, 28, 24], [22, 24, 33, 30, 25], [0, 0, 0, 0, 1])
    assert out.status == "too_few"
    assert math.isnan(out.estimate)
    nobody = adjusted_difference([], [], [])
    assert nobody.status == "too_few"


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        adjusted_change([1, math.nan], [1, 2])
    with pytest.raises(ValueError, match="hc3"):
        adjusted_change([1, 2], [1, 2], method="hc0")
    with pytest.raises(ValueError, match="`at`"):
        adjusted_change([1, 2], [1, 2], at=math.nan)
    for group in ([0, 2], [0], [0, math.nan]):
        with pytest.raises(ValueError, match="`group`"):
            adjusted_difference([1, 2], [1, 2], group)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(10, 40), st.integers(10, 40)), min_size=8, max_size=30),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_naming_the_groups_the_other_way_turns_the_sign(pairs, random):
    rows = [(x, y, i % 2) for i, (x, y) in enumerate(pairs)]
    shuffled = random.sample(rows, len(rows))
    out, same = (adjusted_difference(*zip(*r, strict=True)) for r in (rows, shuffled))
    back = adjusted_difference(*zip(*((x, y, 1 - g) for x, y, g in rows), strict=True))
    values = (out.estimate, out.lower, out.upper)
    assert (same.estimate, same.lower, same.upper) == pytest.approx(values, abs=1e-8, nan_ok=True)
    assert (-back.estimate, -back.upper, -back.lower) == pytest.approx(values, abs=1e-8, nan_ok=True)
