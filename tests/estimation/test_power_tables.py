"""Clusters cost power as Bloom says; the table holds every real size, and says where nothing could be shown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prs_eval.estimation.power import minimum_detectable_benchmark, minimum_detectable_paired
from prs_eval.estimation.power_tables import minimum_detectable_clustered, power_clustered, power_table

CLUSTERED = pd.read_csv(Path(__file__).parent.parent / "reference" / "power_clustered.csv")
SIZES = {"screened": 90, "referred": 57, "ambassadors": 65}


@pytest.mark.parametrize("arms", [1, 2])
def test_clusters_agree_with_bloom_in_r(arms):
    rows = CLUSTERED[CLUSTERED["arms"] == arms]
    where = (rows["clusters"], rows["size"], rows["icc"])
    np.testing.assert_allclose(minimum_detectable_clustered(*where, arms=arms), rows["detectable"], rtol=1e-9)
    np.testing.assert_allclose(power_clustered(0.4, *where, arms=arms), rows["power"], rtol=1e-9)


def test_what_the_programme_publishes_for_clusters_comes_back():
    # The programme's methods table: ICC 0.05, 90 people in 9 groups of 10, 65 in 13 of 5.
    got = minimum_detectable_clustered([9, 13], [10, 5], 0.05)
    np.testing.assert_allclose(got, [0.406, 0.415], atol=1e-3)
    np.testing.assert_allclose(power_clustered(got, [9, 13], [10, 5], 0.05), 0.8, rtol=1e-9)


def test_few_clusters_cost_more_than_the_design_effect_alone():
    assert minimum_detectable_clustered(5, 18, 0.0) > 1.1 * minimum_detectable_paired(90)
    assert np.isnan(minimum_detectable_clustered(1, 90, 0.05))
    assert np.isnan(minimum_detectable_clustered(2, 45, 0.05, arms=2))
    assert np.isnan(power_clustered(0.5, 1, 90, 0.05))


@pytest.mark.parametrize("clusters", [4, 5, 9, 13])
def test_bloom_is_within_three_points_of_the_noncentral_t_where_it_matters(clusters):
    df, effects = clusters - 1, np.linspace(0.1, 3, 100)
    got = power_clustered(effects, clusters, 10, 0.05)
    shift, t = effects / np.sqrt(1.45 / (clusters * 10)), stats.t.ppf(0.975, df)
    exact = stats.nct.sf(t, df, shift)
    assert np.nanmax(np.abs(got - exact)[got >= 0.75]) < 0.03
    assert np.nanmax((got - exact)[got < 0.75]) < 0.01


def test_the_table_holds_each_size_and_design():
    out = power_table(SIZES, baselines=(0.48, 0.54), clusters=(5, 12))
    assert len(out) == 3 * (2 * 2 + 1 + 2)
    chosen = out.set_index(["part", "design"])
    row = chosen.loc[("ambassadors", "paired")]
    assert row["detectable"].item() == pytest.approx(0.353, abs=5e-4)
    rows = out[(out["part"] == "referred") & (out["design"] == "benchmark")]
    np.testing.assert_allclose(rows["detectable"], minimum_detectable_benchmark(rows["baseline"], 57))
    clustered = out[out["design"] == "paired_clustered"]
    np.testing.assert_allclose(
        clustered["detectable"],
        minimum_detectable_clustered(clustered["clusters"], clustered["n"] / clustered["clusters"], 0.05),
    )
    assert set(out["status"]) == {"ok"}
    assert (out.loc[out["design"] == "two_groups", "detectable"] > 0.2).all()


def test_the_table_says_where_nothing_could_be_shown():
    out = power_table({"nobody": 0, "one": 1, "three": 3}, clusters=(5,))
    assert set(out.loc[out["part"] != "three", "status"]) == {"too_few"}
    assert out.loc[out["status"] == "too_few", "detectable"].isna().all()
    assert power_table({}).empty
    assert list(power_table({}).columns) == list(out.columns)


@pytest.mark.parametrize(
    "call",
    [
        lambda: minimum_detectable_clustered(0, 5, 0.05),
        lambda: minimum_detectable_clustered(5, 5, 1.5),
        lambda: minimum_detectable_clustered(5, 5, 0.1, arms=3),
        lambda: minimum_detectable_clustered(5, 5, 0.1, power=0),
        lambda: power_clustered(0.5, 5, 5, 0.1, significance_level=2),
        lambda: power_table({"screened": -1}),
        lambda: power_table(SIZES, baselines=(2.0,)),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()
