"""What could have been seen: the programme's own sizes, the published benchmark, and none where none could."""

import numpy as np
import pytest
from scipy import stats

from prs_eval.estimation.frame import ALL, check_estimates
from prs_eval.programme import detectable
from prs_eval.programme.catalogue import load_catalogue
from tests.conftest import ROOT
from tests.programme.ambassador_tables import answers, gse, people
from tests.programme.network_tables import empty, meetings, with_tables
from tests.programme.screening_tables import HONOURED, LOST, MISSED, screening_tables


def screened(honoured, missed, lost=0, years=(2018,), kind="optical"):
    sessions = [{"session_id": f"S{y}", "held_on": f"{y}-03-01", "kind": kind} for y in years]
    who = [HONOURED] * honoured + [MISSED] * missed + [LOST] * lost
    return screening_tables(sessions, [{**p, "session_id": s["session_id"]} for s in sessions for p in who])


def exact_power(p0, p, n):
    """Power of the two-sided exact binomial test at 5 %, added up outcome by outcome."""
    x = np.arange(n + 1)
    upper = np.array([stats.binom.pmf(x[k:], n, p0).sum() for k in x])
    lower = np.array([stats.binom.pmf(x[: k + 1], n, p0).sum() for k in x])
    return stats.binom.pmf(x[(upper <= 0.025) | (lower <= 0.025)], n, p).sum()


# Published: 202 of 419 in Baltimore (2016), 56 of 117 in Pittsburgh (2022): 258 of 536 together.
def test_the_benchmark_is_the_published_studies_together():
    assert detectable.published_honoured(ROOT) == pytest.approx(258 / 536)


def test_without_the_published_file_the_benchmark_is_a_half(tmp_path):
    assert detectable.published_honoured(tmp_path) == 0.5


def test_the_smallest_difference_has_80_percent_power_on_both_sides_and_not_less(workbench):
    tables = screened(31, 26, lost=9)
    out = detectable.screening_detectable(tables, year=2018, workbench=workbench, root=ROOT)
    check_estimates(out)
    (row,) = out.to_dict("records")
    assert (row["n"], row["period"], row["unit"]) == (57, "year", "proportion")  # the unknown are not counted
    p0, gap = row["benchmark"], row["estimate"]
    powers = [exact_power(p0, p, 57) for p in (p0 + gap, p0 - gap)]
    assert min(powers) == pytest.approx(0.8, abs=1e-6)
    assert min(exact_power(p0, p, 57) for p in (p0 + gap - 0.01, p0 - gap + 0.01)) < 0.8


def test_three_years_together_see_more(workbench):
    tables = screened(6, 6, years=(2016, 2017, 2018))
    out = detectable.screening_detectable(tables, year=2018, workbench=workbench, root=ROOT).set_index("period")
    assert out.loc["recent", "n"] == 3 * out.loc["year", "n"] == 36
    assert out.loc["recent", "estimate"] < out.loc["year", "estimate"]


# Five outcomes all alike have a probability of 2/32 > 5 %: no result of five people is significant against a half.
@pytest.mark.parametrize(("n", "status"), [(0, None), (1, "too_few"), (5, "too_few"), (6, "ok")])
def test_with_five_people_no_difference_from_a_half_can_be_seen(n, status, workbench):
    out = detectable.screening_detectable(screened(n, 0, kind="dental"), year=2018, workbench=workbench, kind="dental")
    statuses = out.loc[out["n"] > 0, "status"].tolist()
    assert statuses == ([status] if status else [])


def test_the_sizes_decide_not_the_results(workbench):
    few, many = (
        detectable.screening_detectable(screened(x, 12 - x), year=2018, workbench=workbench, root=ROOT) for x in (2, 10)
    )
    assert few["estimate"].tolist() == many["estimate"].tolist()


def test_intervals_between_meetings_are_what_counts_for_the_network(workbench):
    held = meetings(*[f"2018-{month:02}-01" for month in range(1, 9)])
    out = detectable.network_detectable(with_tables(meetings=held), year=2018, workbench=workbench)
    assert out[["n", "benchmark"]].to_numpy().tolist() == [[7.0, 0.5]]
    assert detectable.network_detectable(empty(), year=2018, workbench=workbench).empty


def pairs(*quartiers):
    who = people(*[(q, "30-44", "female", "2016-03-01", None, None) for q in quartiers])
    waves = []
    for i, quartier in enumerate(quartiers):
        waves.append(gse(f"A{i}", "before", "2016-04-01", 20, quartier))
        waves.append(gse(f"A{i}", "after", "2017-04-01", 21 + i % 3, quartier))
    return {**who, **answers(*waves)}


def scale(frame, code):
    (row,) = frame[(frame["indicator"] == code) & (frame["scale"] == "gse")].to_dict("records")
    return row


# R 4, pwr: pwr.t.test(n = 20, power = .8, type = "paired")$d = 0.6604.
def test_the_change_that_a_quartiers_pairs_can_show():
    out = detectable.ambassadors_detectable(pairs(*["Fives"] * 20), year=2018)
    row = scale(out, "scale_change_detectable")
    assert (row["n"], row["unit"]) == (20, "d_z")
    assert row["estimate"] == pytest.approx(0.6604, abs=5e-4)
    points = scale(out, "scale_points_detectable")
    assert points["estimate"] == pytest.approx(row["estimate"] * np.std([i % 3 for i in range(20)], ddof=1))


def test_with_few_pairs_no_points_are_given_and_with_one_nothing():
    out = detectable.ambassadors_detectable(pairs(*["Fives"] * 9), year=2018)
    assert scale(out, "scale_change_detectable")["status"] == "ok"
    assert scale(out, "scale_points_detectable")["status"] == "too_few"
    assert (detectable.ambassadors_detectable(pairs("Fives"), year=2018)["status"] == "too_few").all()
    assert detectable.ambassadors_detectable({**people(), **answers()}, year=2018).empty


def test_people_of_one_quartier_alike_show_less_all_together():
    tables = pairs(*["Fives", "Moulins", "Wazemmes", "Lille-Sud"] * 5)
    row = scale(detectable.ambassadors_detectable(tables, year=2018, by=()), "scale_change_detectable")
    assert (row["quartier"], row["method"], row["n"]) == (ALL, "power_clustered", 20)
    # Bloom (1995): (t(0.975, 3) + t(0.8, 3)) * sqrt((1 + 4 * 0.05) / 20), by hand with printed t of 3.182 and 0.978.
    assert row["estimate"] == pytest.approx((3.182 + 0.978) * np.sqrt(1.2 / 20), abs=1e-3)
    alone = detectable.ambassadors_detectable(pairs(*["Fives"] * 20), year=2018, by=())
    assert scale(alone, "scale_change_detectable")["status"] == "too_few"  # one quartier: nothing to compare


def test_every_measure_is_in_the_catalogue_in_its_unit(workbench):
    known = {i.code: i.unit for i in load_catalogue(ROOT / "parameters" / "lille").indicators}
    out = detectable.screening_detectable(screened(6, 6), year=2018, workbench=workbench)
    assert all(known[row.indicator] == row.unit for row in out.itertuples())
