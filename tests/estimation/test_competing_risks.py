"""Cumulative incidence against R's survival and cmprsk; 1 - Kaplan-Meier shown to overstate."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight
from survival_data import number, read

from prs_eval.estimation.competing_risks import (
    CumulativeIncidence,
    cumulative_incidence,
    estimate_cumulative_incidence,
    incidence_at,
)
from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.estimation.survival import kaplan_meier

# Andersen, Borgan, Gill & Keiding (1993), Statistical Models Based on Counting Processes: days after operation
# for malignant melanoma at Odense; deaths from melanoma, deaths from other causes, alive at the end.
MELANOMA = (
    "185 204 210 232 279 295 386 426 469 529 621 629 659 667 718 752 779 793 817 833 858 869 872 967 977 982 1041 "
    "1055 1062 1075 1156 1228 1252 1271 1312 1435 1506 1516 1548 1560 1584 1621 1667 1690 1726 1933 2061 2062 "
    "2103 2108 2256 2388 2467 2565 2782 3042 3338"
)
OTHER = "10 30 99 232 355 493 826 1427 1525 1860 2085 3154 3182 3458"
ALIVE = (
    "35 1499 1508 1510 1512 1542 1557 1563 1605 1627 1634 1641 1641 1648 1652 1654 1654 1678 1685 1710 1710 1745 "
    "1762 1779 1787 1787 1793 1804 1812 1836 1839 1839 1854 1856 1864 1899 1914 1919 1920 1927 1942 1955 1956 "
    "1958 1963 1970 2005 2007 2011 2024 2028 2038 2056 2059 2075 2102 2104 2112 2150 2156 2165 2209 2227 2227 "
    "2264 2339 2361 2387 2403 2426 2426 2431 2460 2492 2493 2521 2542 2559 2570 2660 2666 2676 2738 2787 2984 "
    "3032 3040 3067 3079 3101 3144 3152 3180 3185 3199 3228 3229 3278 3297 3328 3330 3383 3384 3385 3388 3402 "
    "3441 3459 3459 3476 3523 3667 3695 3695 3776 3776 3830 3856 3872 3909 3968 4001 4103 4119 4124 4207 4310 "
    "4390 4479 4492 4668 4688 4926 5565"
)
MADE = ([1, 2, 2, 3, 4, 5, 6, 7, 7, 9], [1, 2, 1, 1, 0, 2, 1, 2, 0, 2])
DEATHS = [(int(day), cause) for cause, days in ((1, MELANOMA), (2, OTHER), (0, ALIVE)) for day in days.split()]
DATA = {
    "melanoma": tuple(zip(*DEATHS, strict=True)),
    "made": MADE,
}


def cases() -> list[tuple[str, str, str]]:
    return list(dict.fromkeys((r["data"], r["interval"], r["cause"]) for r in read("competing_risks.csv")))


@pytest.mark.parametrize(("name", "interval", "cause"), cases())
def test_incidence_error_and_limits_agree_with_r(name: str, interval: str, cause: str):
    curve = cumulative_incidence(*DATA[name], interval=interval)  # type: ignore[arg-type]
    rows = [r for r in read("competing_risks.csv") if (r["data"], r["interval"], r["cause"]) == (name, interval, cause)]
    for row in rows:
        place = np.flatnonzero(curve.time == number(row["time"])).item()
        found = {k: getattr(curve, k)[int(cause) - 1, place] for k in ("incidence", "lower", "upper")}
        assert found["incidence"] == pytest.approx(number(row["cmprsk"]), rel=1e-12)
        assert curve.standard_error[int(cause) - 1, place] == pytest.approx(number(row["error"]), rel=1e-10)
        assert curve.at_risk[place] == number(row["at_risk"])
        if found["incidence"] > 0:  # before the first event of a cause R gives limits 0 to 0 on the plain scale
            expected = {k: number(row[k]) for k in found}
            assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("interval", ["plain", "log", "log-log"])
def test_one_time_and_a_table_agree_with_r(name: str, interval: str):
    time, cause = DATA[name]
    curve = cumulative_incidence(time, cause, interval=interval)  # type: ignore[arg-type]
    rows = [r for r in read("competing_risks.csv") if (r["data"], r["interval"]) == (name, interval)]
    found = estimate_cumulative_incidence(
        pd.DataFrame({"days": time, "end": cause}),
        indicator="end",
        time="days",
        cause="end",
        censored=0,
        at=sorted({number(r["time"]) for r in rows}),
        interval=interval,  # type: ignore[arg-type]
    ).set_index(["cause", "at"])
    for row in rows:
        at, kind = number(row["time"]), int(row["cause"])
        one = incidence_at(curve, at, cause=kind)
        if number(row["incidence"]) > 0:
            expected = [number(row[k]) for k in ("incidence", "lower", "upper")]
            assert [one.estimate, one.lower, one.upper] == pytest.approx(expected, rel=1e-10)
            assert found.loc[(kind, at), ["estimate", "lower", "upper"]].tolist() == pytest.approx(expected, rel=1e-10)
        else:
            assert one.status == found.loc[(kind, at), "status"] == "too_few"


def test_the_variance_is_named_since_cmprsk_has_another():
    row = next(r for r in read("competing_risks.csv") if r["data"] == "melanoma" and r["time"] == "3458")
    assert number(row["cmprsk_error"]) / number(row["error"]) > 1.005


def test_one_minus_kaplan_meier_overstates():
    # Deaths from melanoma by day 3458: 33.9 % of the patients; other deaths taken as censored, 35.5 %.
    time, cause = DATA["melanoma"]
    curve = kaplan_meier(time, np.equal(cause, 1))
    naive = 1 - curve.survival[curve.time <= 3458][-1]
    incidence = incidence_at(cumulative_incidence(time, cause), 3458, cause=1).estimate
    assert incidence == pytest.approx(0.33871750891435, rel=1e-12)  # R survival and cmprsk
    assert naive > incidence + 0.01
    # Half keep their appointment on day 10, half had given it up on day 5: 1 - KM says that all keep it.
    time, cause = [5] * 10 + [10] * 10, [2] * 10 + [1] * 10
    assert kaplan_meier(time, np.equal(cause, 1)).survival[-1] == 0
    assert incidence_at(cumulative_incidence(time, cause), 10, cause=1).estimate == pytest.approx(0.5)


def test_statsmodels_has_no_error_where_the_last_people_have_an_event():
    time, cause = np.array([1, 2, 2, 3, 4, 5, 6, 7]), np.array([1, 2, 1, 1, 0, 2, 1, 2])
    with np.errstate(all="ignore"):
        assert math.isnan(CumIncidenceRight(time, cause).cinc_se[0][-1])
    # R survival 3.5.3: survfit(Surv(time, factor(cause, 0:2)) ~ 1)$std.err, last row, cause 1.
    assert cumulative_incidence(time, cause).standard_error[0, -1] == pytest.approx(0.1888455, abs=5e-8)


def test_the_share_at_a_time_says_when_it_cannot_be_known():
    curve = cumulative_incidence([1, 2, 3, 9], [1, 2, 0, 0], causes=3)
    assert incidence_at(curve, 5, cause=1).estimate == 0.25
    assert incidence_at(curve, 5, cause=1).method == "aalen_johansen_log_log"
    assert incidence_at(curve, 0.5, cause=1).status == "too_few"  # nobody yet
    assert incidence_at(curve, 10, cause=1).status == "too_few"  # people still waiting when follow-up stopped
    assert incidence_at(curve, 5, cause=3).status == "too_few"
    done = cumulative_incidence([1, 2], [1, 2])
    assert incidence_at(done, 100, cause=1).estimate == 0.5  # nothing is still to come
    for time, cause in ((5, 0), (5, 4), (-1, 1), (math.nan, 1)):
        with pytest.raises(ValueError, match="must"):
            incidence_at(curve, time, cause=cause)


def test_impossible_input_is_refused():
    for cause in ([1, -1], [1, 0.5], [1, math.nan], [1, 3]):
        with pytest.raises(ValueError, match="`cause` must be a whole number from 0 to 2: 1 of 2"):
            cumulative_incidence([1, 2], cause, causes=2)
    with pytest.raises(ValueError, match="missing or negative"):
        cumulative_incidence([1, -2], [1, 0])
    with pytest.raises(ValueError, match="plain, log or log-log"):
        cumulative_incidence([1], [1], interval="arcsine")  # type: ignore[arg-type]


people = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), max_size=40)


@settings(max_examples=50, deadline=None)
@given(people, st.sampled_from(["plain", "log", "log-log"]))
def test_the_shares_and_those_still_waiting_add_up_to_one(pairs: list[tuple[int, int]], interval: str):
    time, cause = [t for t, _ in pairs], [c for _, c in pairs]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve: CumulativeIncidence = cumulative_incidence(time, cause, causes=3, interval=interval)  # type: ignore[arg-type]
        still = kaplan_meier(time, np.greater(cause, 0))
    np.testing.assert_allclose(curve.incidence.sum(axis=0) + still.survival, 1, atol=1e-12)
    known = np.isfinite(curve.lower)
    assert (curve.lower[known] <= curve.incidence[known]).all()
    assert (curve.upper[known] >= curve.incidence[known]).all()
    assert (np.diff(curve.incidence, axis=1) >= 0).all()


def appointments() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": ["optical"] * 6 + ["dental"] * 4,
            "days": [10, 20, 30, 40, 50, 60, 5, 15, 25, 35],
            "end": ["honoured", "given up", "honoured", "waiting", "honoured", "waiting"]
            + ["honoured"] * 3
            + ["waiting"],
        }
    )


def test_a_table_gives_each_cause_at_each_time_whatever_its_order_index_or_other_columns():
    before = appointments()
    untouched = before.copy(deep=True)
    columns = {
        "indicator": "end",
        "time": "days",
        "cause": "end",
        "censored": "waiting",
        "at": [30, 60],
        "by": ["kind"],
    }
    found = estimate_cumulative_incidence(before, **columns)
    assert list(found.columns) == [*HEAD, "kind", "cause", "at", *TAIL]
    rows = found.set_index(["kind", "cause", "at"])
    assert len(rows) == 8
    assert rows.loc[("optical", "honoured", 30), ["numerator", "denominator"]].tolist() == [2, 6]
    assert rows.loc[("optical", "honoured", 30), "estimate"] == pytest.approx(2 / 6)
    assert rows.loc[("dental", "given up", 30), "status"] == "too_few"
    assert rows.loc[("dental", "honoured", 60), "status"] == "too_few"  # followed 35 days only
    mixed = before.assign(more=1).sample(frac=1, random_state=2).set_index("more")
    keys = ["kind", "cause", "at"]
    pd.testing.assert_frame_equal(
        estimate_cumulative_incidence(mixed, **columns).sort_values(keys, ignore_index=True),
        found.sort_values(keys, ignore_index=True),
    )
    pd.testing.assert_frame_equal(before, untouched)
    assert estimate_cumulative_incidence(before.head(0), **columns).empty
    with pytest.raises(ValueError, match="`end` must not be missing: 1 of 10"):
        estimate_cumulative_incidence(before.assign(end=before["end"].where(before.index > 0)), **columns)
    with pytest.raises(ValueError, match="no column `end`"):
        estimate_cumulative_incidence(before.drop(columns="end"), **columns)
