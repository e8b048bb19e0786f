"""The cascade: shares of the known, bounds for the unknown, the step where most are lost."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from survival_data import number, read

from prs_eval.estimation.cascade import estimate_cascade, largest_relative_loss
from prs_eval.estimation.frame import HEAD, TAIL

STAGES = ["need", "referred", "booked", "honoured"]


def published() -> pd.DataFrame:
    """Gardner et al. (2011), Clin Infect Dis 52:793-800, HIV care in the USA, thousands of people.

    1,106,400 infected, 874,056 diagnosed, 655,542 linked to care, 437,028 retained, 349,622 in need of treatment
    (a medical judgement, left out), 262,217 on treatment, 209,773 suppressed: 19 % of all. In thousands here.
    """
    reach = {"infected": 1106, "diagnosed": 874, "linked": 656, "retained": 437, "treated": 262, "suppressed": 210}
    return pd.DataFrame({stage: np.arange(1106) < people for stage, people in reach.items()}).astype(float)


def made() -> pd.DataFrame:
    """As in tests/reference/r/cascade.R: 40 people, what became of some is not known."""
    i = np.arange(40)
    need = np.where(i % 10 == 9, np.nan, (i % 5 != 0).astype(float))
    referred = np.where(need == 1, np.where(i % 7 == 3, np.nan, (i % 3 != 0).astype(float)), 0.0)
    booked = np.where(referred == 1, np.where(i % 11 == 4, np.nan, (i % 4 != 1).astype(float)), 0.0)
    honoured = np.where(booked == 1, (i % 2 == 0).astype(float), np.where(np.isnan(booked), np.nan, 0.0))
    columns = {"need": need, "referred": referred, "booked": booked, "honoured": honoured}
    return pd.DataFrame({"quartier": np.where(i < 18, "North", "South"), **columns})


def rows(frame: pd.DataFrame, indicator: str) -> dict[tuple[str, str], float]:
    part = frame[frame["indicator"] == indicator]
    return dict(zip(zip(part["stage"], part["out_of"], strict=True), part["estimate"], strict=True))


def test_the_published_hiv_cascade_is_found_again():
    stages = list(published().columns)
    found = estimate_cascade(published(), indicator="care", stages=stages)
    shares = rows(found, "care_share")
    # Printed: 79 % of the infected diagnosed, 59 % linked, 40 % retained, 24 % treated, 19 % suppressed.
    cumulative = [round(100 * shares[(s, "infected")]) for s in stages[1:]]
    assert cumulative == [79, 59, 40, 24, 19]
    assert shares[("linked", "diagnosed")] == pytest.approx(0.75, abs=0.005)  # printed 75 %
    assert shares[("suppressed", "treated")] == pytest.approx(0.80, abs=0.005)  # printed 80 %
    assert rows(found, "care_people")[("linked", "infected")] == 656
    loss = largest_relative_loss(found, indicator="care", stages=stages).squeeze()
    assert (loss["stage"], loss["out_of"]) == ("treated", "retained")
    assert loss["estimate"] == pytest.approx(1 - 262 / 437)


@pytest.mark.parametrize("row", read("cascade.csv"), ids=lambda r: "-".join(list(r.values())[:4]))
def test_shares_and_limits_agree_with_r(row: dict[str, str]):
    table = published() if row["data"] == "gardner" else made()
    stages = list(table.columns) if row["data"] == "gardner" else STAGES
    found = estimate_cascade(table, indicator="c", stages=stages)
    match = (found["indicator"] == f"c_{row['quantity']}") & (found["stage"] == row["stage"])
    one = found[match & (found["out_of"] == row["out_of"])].squeeze()
    for column in ("numerator", "denominator", "estimate", "lower", "upper"):
        assert one[column] == pytest.approx(number(row[column]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["gardner", "made"])
def test_the_largest_loss_is_that_of_r(name: str):
    table = published() if name == "gardner" else made()
    stages = list(table.columns) if name == "gardner" else STAGES
    steps = list(zip(stages[1:], stages[:-1], strict=True))
    rows = [r for r in read("cascade.csv") if r["data"] == name and r["quantity"] == "share"]
    worst = min((r for r in rows if (r["stage"], r["out_of"]) in steps), key=lambda r: number(r["estimate"]))
    cascade = estimate_cascade(table, indicator="c", stages=stages)
    loss = largest_relative_loss(cascade, indicator="c", stages=stages).squeeze()
    assert (loss["stage"], loss["out_of"]) == (worst["stage"], worst["out_of"])
    expected = [1 - number(worst[k]) for k in ("estimate", "upper", "lower")]
    assert loss[["estimate", "lower", "upper"]].tolist() == pytest.approx(expected, rel=1e-9)


def test_each_share_leaves_the_unknown_out_and_says_how_far_they_could_move_it():
    found = estimate_cascade(made(), indicator="c", stages=STAGES)
    shares, unknown = rows(found, "c_share"), rows(found, "c_unknown")
    low, high = rows(found, "c_share_if_no"), rows(found, "c_share_if_yes")
    assert unknown[("referred", "need")] > 0
    for pair, share in shares.items():
        assert low[pair] <= share <= high[pair]
        assert high[pair] - low[pair] == pytest.approx(unknown[pair])
    part = found[(found["indicator"] == "c_unknown")].set_index(["stage", "out_of"])
    known = found[(found["indicator"] == "c_share")].set_index(["stage", "out_of"])
    assert (known["denominator"] + part["numerator"] == part["denominator"]).all()


def test_the_shape_and_a_pair_that_is_asked_for():
    found = estimate_cascade(made(), indicator="c", stages=STAGES, by=["quartier"], pairs=[("honoured", "referred")])
    assert list(found.columns) == [*HEAD, "stage", "out_of", *TAIL]
    assert found["quartier"].tolist() == ["North"] * 8 + ["South"] * 8
    assert set(found.loc[found["indicator"] != "c_people", "out_of"]) == {"referred"}
    people = found[found["indicator"] == "c_people"]
    assert people["lower"].isna().all()
    assert set(people["unit"]) == {"people"}


def test_groups_add_up_to_the_whole_whatever_order_index_or_other_columns():
    table = made()
    untouched = table.copy(deep=True)
    by_quartier = estimate_cascade(table, indicator="c", stages=STAGES, by=["quartier"])
    whole = estimate_cascade(table, indicator="c", stages=STAGES)
    keys = ["indicator", "stage", "out_of"]
    sums = by_quartier.groupby(keys)[["numerator", "denominator"]].sum()
    both = whole.set_index(keys)[["numerator", "denominator"]].fillna(0)
    pd.testing.assert_frame_equal(sums.sort_index(), both.sort_index())
    mixed = table.assign(more="x").sample(frac=1, random_state=4).set_index("more")
    pd.testing.assert_frame_equal(estimate_cascade(mixed, indicator="c", stages=STAGES, by=["quartier"]), by_quartier)
    nullable = table.assign(**{s: table[s].astype("Int64") for s in STAGES})
    pd.testing.assert_frame_equal(
        estimate_cascade(nullable, indicator="c", stages=STAGES, by=["quartier"]), by_quartier
    )
    pd.testing.assert_frame_equal(table, untouched)
    loss = largest_relative_loss(by_quartier, indicator="c", stages=STAGES, by=["quartier"])
    assert loss["quartier"].tolist() == ["North", "South"]
    shares = by_quartier[by_quartier["indicator"].eq("c_share") & by_quartier["stage"].ne("booked")]
    assert (loss["estimate"] >= 1 - shares.groupby("quartier")["estimate"].max().to_numpy()).all()


def test_a_loss_has_the_limits_of_its_own_proportion():
    loss = largest_relative_loss(
        estimate_cascade(made(), indicator="c", stages=STAGES), indicator="c", stages=STAGES
    ).squeeze()
    lower, upper = proportion_confint(loss["numerator"], loss["denominator"], method="wilson")
    assert (loss["lower"], loss["upper"]) == pytest.approx((lower, upper), rel=1e-9)
    assert loss["estimate"] == pytest.approx(loss["numerator"] / loss["denominator"])


def test_nobody_one_person_all_or_none_never_give_a_wrong_number():
    empty = estimate_cascade(made().head(0), indicator="c", stages=STAGES)
    assert set(empty.loc[empty["indicator"] != "c_people", "status"]) == {"too_few"}
    assert empty.loc[empty["indicator"] == "c_people", "estimate"].eq(0).all()
    loss = largest_relative_loss(empty, indicator="c", stages=STAGES).squeeze()
    assert loss["status"] == "too_few"
    assert pd.isna(loss["stage"])
    assert estimate_cascade(made().head(0), indicator="c", stages=STAGES, by=["quartier"]).empty
    for value, share in ((1.0, 1.0), (0.0, math.nan), (math.nan, math.nan)):
        table = pd.DataFrame({"a": [1.0] * 3, "b": [value] * 3, "c": [value] * 3})
        found = rows(estimate_cascade(table, indicator="c", stages=["a", "b", "c"]), "c_share")
        assert found[("c", "b")] == pytest.approx(share, nan_ok=True)


def test_impossible_input_is_refused():
    table = made()
    with pytest.raises(ValueError, match="`need` must hold 1, 0 or NA: 1 of 40 rows do not \\(first: row 3\\)"):
        estimate_cascade(table.assign(need=table["need"].where(table.index != 3, 2)), indicator="c", stages=STAGES)
    with pytest.raises(ValueError, match="no column `gone`"):
        estimate_cascade(table, indicator="c", stages=[*STAGES, "gone"])
    for stages in ([], ["need"], ["need", "need"]):
        with pytest.raises(ValueError, match="two columns or more"):
            estimate_cascade(table, indicator="c", stages=stages)
    for pair in (("need", "need"), ("need", "gone")):
        with pytest.raises(ValueError, match="two different stages"):
            estimate_cascade(table, indicator="c", stages=STAGES, pairs=[pair])
    with pytest.raises(ValueError, match="not the output shape"):
        largest_relative_loss(table, indicator="c", stages=STAGES)


statuses = st.sampled_from([0.0, 1.0, math.nan])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(statuses, statuses, statuses), max_size=25))
def test_any_answers_stay_within_their_bounds(people: list[tuple[float, float, float]]):
    table = pd.DataFrame(people, columns=["a", "b", "c"], dtype=float)
    found = estimate_cascade(table, indicator="x", stages=["a", "b", "c"])
    known = found[(found["status"] == "ok") & (found["unit"] == "proportion")]
    assert ((known["lower"] <= known["estimate"]) & (known["estimate"] <= known["upper"])).all()
    assert (found["numerator"] <= found["denominator"].fillna(np.inf)).all()
