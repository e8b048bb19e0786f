"""Numbers, units and dates as people write them."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval.i18n import set_language
from prs_eval.reporting import format as fmt

NARROW, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"


# DOMAIN.md section 4: the typography that French readers expect.
def test_french_typography():
    assert fmt.number(1234.5, 1) == f"1{NARROW}234,5"
    assert fmt.percent(31 / 57) == f"54{NBSP}%"
    assert fmt.euros(80000) == f"80{NARROW}000{NBSP}€"
    assert fmt.date(dt.date(2021, 11, 8)) == "8 novembre 2021"
    assert fmt.date(pd.Timestamp("2021-05-01 00:00")) == "1er mai 2021"
    assert fmt.number(-3.2, 1) == f"{MINUS}3,2"
    assert fmt.listing(["a", "b", "c"]) == "a, b et c"


def test_english_typography():
    set_language("en")
    assert fmt.number(1234.5, 1) == "1,234.5"
    assert fmt.percent(31 / 57) == "54%"
    assert fmt.euros(-80000) == f"{MINUS}€80,000"
    assert fmt.date("2021-11-08") == "8 November 2021"
    assert fmt.interval(0.42, 0.67, "proportion") == f"[42%,{NBSP}67%]"


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_what_is_missing_is_a_dash_never_a_zero(missing):
    assert {fmt.number(missing), fmt.percent(missing), fmt.euros(missing), fmt.date(missing)} == {"–"}
    assert fmt.quantity(missing, "weeks") == "–"
    assert fmt.interval(missing, missing, "weeks") == "–"


def test_people_round_half_up_and_zero_has_no_sign():
    assert fmt.percent(0.545) == f"55{NBSP}%"  # binary 0.545 is just above, half-even would give 54
    assert fmt.number(2.5) == "3"
    assert fmt.number(-2.5) == f"{MINUS}3"
    assert fmt.number(-0.2) == "0"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.integers(0, 3))
def test_a_number_reads_back_as_its_rounding_and_never_breaks_over_a_line(value, digits):
    text = fmt.number(float(value), digits)
    assert not set(text) & set(" -.\u00a0")
    read = Decimal(text.replace(NARROW, "").replace(",", ".").replace(MINUS, "-"))
    assert read == Decimal(str(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1, "people", f"1{NBSP}personne"),
        (0, "people", f"0{NBSP}personne"),
        (12, "people", f"12{NBSP}personnes"),
        (27, "attendances", f"27{NBSP}présences"),
        (1.5, "weeks", f"1,5{NBSP}semaine"),
        (1.96, "weeks", f"2,0{NBSP}semaines"),
        (56, "days", f"56{NBSP}jours"),
        (0.54, "proportion", f"54{NBSP}%"),
        (1234, "count", f"1{NARROW}234"),
        (12.4, "eur_per_person", f"12{NBSP}€ par personne"),
        (0.413, "d_z", "0,41"),
    ],
)
def test_quantities_agree_with_their_unit(value, unit, text):
    assert fmt.quantity(value, unit) == text


def test_an_estimate_never_comes_without_its_interval_unless_it_is_a_count():
    row = {
        "estimate": 31 / 57,
        "lower": 0.4164,
        "upper": 0.667,
        "unit": "proportion",
        "method": "wilson",
        "status": "ok",
    }
    assert fmt.estimate(row) == f"54{NBSP}% [42{NBSP}%{NBSP};{NBSP}67{NBSP}%]"
    count = row | {"estimate": 9.0, "lower": np.nan, "upper": np.nan, "unit": "count", "method": "count"}
    assert fmt.estimate(count) == "9"
    few = row | {"estimate": np.nan, "lower": np.nan, "upper": np.nan, "status": "too_few"}
    assert fmt.estimate(few) == "effectif trop faible pour estimer"
    hidden = few | {"status": "primary"}
    assert "masqué" in fmt.estimate(hidden)


def test_a_half_known_interval_shows_which_limit_is_missing():
    assert fmt.interval(41, np.nan, "days") == f"[41{NBSP};{NBSP}–]"


def test_all_quartiers_together_have_a_name():
    assert fmt.quartier_name("all") == fmt.quartier_name(None) == "Ensemble des quartiers"
    assert fmt.quartier_name("Fives") == "Fives"


def test_unknown_unit_method_and_status_are_printed_as_they_are():
    assert fmt.unit_label("furlongs") == fmt.method_label("furlongs") == fmt.status_label("furlongs") == "furlongs"
    assert fmt.quantity(3, "furlongs") == f"3{NBSP}furlongs"
