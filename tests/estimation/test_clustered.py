"""Intraclass correlation and design effect against psych, base R and published values."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from clustered_data import DYESTUFF, JUDGES, data, read
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prs_eval.estimation.clustered import design_effect, estimate_intraclass_correlations, intraclass_correlation
from prs_eval.estimation.frame import HEAD, TAIL

NUMBERS = ("estimate", "lower", "upper")


def values(name: str) -> tuple[np.ndarray, np.ndarray]:
    if name == "judges":
        return np.array(JUDGES, dtype=float), np.repeat(np.arange(6), 4)
    if name == "dyestuff":
        return np.array(DYESTUFF, dtype=float), np.repeat(np.arange(6), 5)
    y, _, cluster = data(name)
    return (y[:31], cluster[:31]) if name == "orange" else (y, cluster)  # orange: clusters of different sizes


def test_the_published_agreement_of_four_judges():
    # Shrout & Fleiss (1979), p. 424: ICC(1,1) = .17; limits -.13 and .72 (psych's manual, same data).
    found = intraclass_correlation(*values("judges"))
    assert [round(getattr(found, k), 2) for k in NUMBERS] == [0.17, -0.13, 0.72]
    assert (found.unit, found.method, found.n) == ("correlation", "anova_searle", 24)


@pytest.mark.parametrize("row", read("clustered.csv"), ids=lambda r: r["data"])
def test_correlations_and_limits_agree_with_r(row: dict[str, str]):
    y, cluster = values(row["data"])
    for method in ("searle", "smith"):
        found = intraclass_correlation(y, cluster, method=method)  # type: ignore[arg-type]
        expected = [float(row["estimate"]), float(row[f"{method}_lower"]), float(row[f"{method}_upper"])]
        assert [getattr(found, k) for k in NUMBERS] == pytest.approx(expected, rel=1e-9)
    if row["psych"]:
        searle = intraclass_correlation(y, cluster)
        expected = [float(row[k]) for k in ("psych", "psych_lower", "psych_upper")]
        assert [getattr(searle, k) for k in NUMBERS] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("row", read("clustered.csv"), ids=lambda r: r["data"])
def test_the_design_effect_follows_the_correlation_and_the_sizes(row: dict[str, str]):
    found = design_effect(*values(row["data"]))
    extra = float(row["size"]) - 1
    expected = [1 + extra * float(row[k]) for k in ("estimate", "searle_lower", "searle_upper")]
    assert [getattr(found, k) for k in NUMBERS] == pytest.approx(
        [expected[0], max(expected[1], 0), expected[2]], rel=1e-9
    )
    assert (found.unit, found.method) == ("ratio", "design_effect_searle")


def test_what_cannot_be_estimated_is_said_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for y, cluster in (
            ([], []),
            ([1], ["a"]),
            ([1, 2, 3], ["a", "a", "a"]),
            ([1, 2, 3], ["a", "b", "c"]),
            ([0, 0, 0, 0], ["a", "a", "b", "b"]),
            ([1, 1, 1, 1], ["a", "a", "b", "b"]),
            ([0, 0, 1, 1], ["a", "a", "b", "b"]),
        ):
            for found in (intraclass_correlation(y, cluster), design_effect(y, cluster, method="smith")):
                assert found.status == "too_few"
                assert all(math.isnan(getattr(found, k)) for k in NUMBERS)


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="`values` must not hold NaN or infinity: 1 of 2"):
        intraclass_correlation([1, math.nan], ["a", "b"])
    with pytest.raises(ValueError, match="`cluster` must not be missing: 1 of 2"):
        intraclass_correlation([1, 2], ["a", None])
    with pytest.raises(ValueError, match="`cluster` must have shape"):
        intraclass_correlation([1, 2], ["a"])
    with pytest.raises(ValueError, match="searle or smith"):
        intraclass_correlation([1, 2], ["a", "b"], method="reml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="confidence_level"):
        intraclass_correlation([1, 2], ["a", "b"], confidence_level=95)


def table() -> pd.DataFrame:
    parts = []
    for name in ("judges", "weil"):
        y, cluster = values(name)
        parts.append(pd.DataFrame({"set": name, "y": y, "session": pd.Series(cluster.astype(int)).map("s{}".format)}))
    return pd.concat(parts, ignore_index=True)


def test_a_table_gives_one_row_a_group_whatever_its_order_index_or_other_columns():
    before = table()
    untouched = before.copy(deep=True)
    columns = {"indicator": "icc", "value": "y", "cluster": "session", "by": ["set"]}
    found = estimate_intraclass_correlations(before, **columns)
    assert list(found.columns) == [*HEAD, "set", *TAIL]
    rows = found.set_index("set")
    assert rows.loc["weil", "estimate"] == intraclass_correlation(*values("weil")).estimate
    assert rows.loc["weil", ["numerator", "denominator"]].tolist() == [32, 303]
    mixed = before.assign(more=1).sample(frac=1, random_state=1).set_index("more")
    again = estimate_intraclass_correlations(mixed, **columns).set_index("set")
    pd.testing.assert_frame_equal(again.sort_index(), rows.sort_index(), rtol=1e-12)
    pd.testing.assert_frame_equal(before, untouched)
    assert estimate_intraclass_correlations(before.head(0), **columns).empty
    whole = estimate_intraclass_correlations(before.head(0), indicator="icc", value="y", cluster="session")
    assert whole["status"].tolist() == ["too_few"]
    with pytest.raises(ValueError, match="`session` must not be missing: 1 of"):
        estimate_intraclass_correlations(before.assign(session=before["session"].where(before.index > 0)), **columns)
    with pytest.raises(ValueError, match="no column `session`"):
        estimate_intraclass_correlations(before.drop(columns="session"), **columns)


@pytest.mark.parametrize("method", ["searle", "smith"])
def test_a_table_of_two_data_sets_agrees_with_r(method: str):
    columns = {"indicator": "icc", "value": "y", "cluster": "session", "by": ["set"]}
    found = estimate_intraclass_correlations(table(), **columns, method=method).set_index("set")
    for row in read("clustered.csv"):
        if row["data"] in found.index:
            expected = [float(row["estimate"]), float(row[f"{method}_lower"]), float(row[f"{method}_upper"])]
            assert found.loc[row["data"], list(NUMBERS)].tolist() == pytest.approx(expected, rel=1e-9)


@example([(1, 0), (1, 0), (1, 0), (1, 1)], "searle", 0.18, 0.0)  # 0.18 thrice has a mean that is not 0.18
@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=40),
    st.sampled_from(["searle", "smith"]),
    st.floats(0.1, 50),
    st.floats(-100, 100),
)
def test_the_correlation_is_within_its_limits_and_knows_no_unit(
    pairs: list[tuple[int, int]], method: str, by: float, plus: float
):
    y, cluster = np.array([p[0] for p in pairs], dtype=float), [p[1] for p in pairs]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = intraclass_correlation(y, cluster, method=method)  # type: ignore[arg-type]
        other = intraclass_correlation(y * by + plus, cluster, method=method)  # type: ignore[arg-type]
    assert found.status == other.status
    if found.status == "ok":
        assert found.lower <= found.estimate + 1e-12
        assert found.estimate <= found.upper + 1e-12
        assert -1 <= found.estimate <= 1
        assert other.estimate == pytest.approx(found.estimate, abs=1e-7)
