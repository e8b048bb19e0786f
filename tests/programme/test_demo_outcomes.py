"""The demonstration's outcomes hold the effect that was chosen, and only it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prs_eval.inputs.demo import load_demo
from prs_eval.inputs.rows import typed
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.demo_outcomes import demo_outcomes
from prs_eval.programme.outcomes import month_number, outcome_panel, outcome_series

SEEDS = range(40)


@pytest.fixture(scope="module")
def demo(root, workbench):
    return load_demo(root / "parameters" / "lille", workbench)


@pytest.fixture(scope="module")
def tables(demo, workbench):
    return as_tables(demo_outcomes(demo, workbench))


def as_tables(rows):
    return {"outcomes": typed(pd.DataFrame(rows), TABLES["outcomes"])}


def gap(tables, indicator, workbench):
    """Change of the programme's quartiers from before 2014 to after, minus the others', every quartier the same."""
    panel = outcome_panel(tables, indicator=indicator)
    panel = panel.assign(share=panel["numerator"] / panel["denominator"], after=panel["year"] >= 2014)
    change = panel.groupby(["territory", "after"])["share"].mean().unstack().diff(axis=1)[True]
    treated = change.index.isin(workbench.programme_quartiers)
    return change[treated].mean() - change[~treated].mean()


def gaps(demo, workbench, indicator, **options):
    return np.array(
        [gap(as_tables(demo_outcomes(demo, workbench, seed=s, **options)), indicator, workbench) for s in SEEDS]
    )


def test_every_quartier_and_every_month_is_there_once(tables, workbench):
    rows = tables["outcomes"]
    assert rows.groupby("indicator").size().to_dict() == {
        "breast_screening": 12 * 15,
        "ophthalmologist_visit": 12 * 15,
        "structure_visits": 5 * 144,
    }
    assert not rows.duplicated(list(TABLES["outcomes"].key)).any()
    panel = outcome_panel(tables, indicator="breast_screening")
    assert set(panel["territory"]) == {q.name for q in workbench.quartiers}
    assert set(panel["year"]) == set(range(2009, 2024))
    series = outcome_series(tables, indicator="structure_visits", territories=workbench.programme_quartiers)
    assert (series["period"].diff().dropna() == 1).all()
    assert len(series) == 144


def test_shares_are_out_of_the_census_they_say(tables, demo):
    # Fives, 2019 census: 21 166.03 people, of whom 4 348.70 under 15.
    adults = outcome_panel(tables, indicator="ophthalmologist_visit", territories=["Fives"])["denominator"]
    assert set(adults) == {round(21166.03 - 4348.70)}
    women = outcome_panel(tables, indicator="breast_screening", territories=["Fives"])["denominator"]
    assert set(women) == {round(1053515 / (1053515 + 1063088) * (0.667 * 2999.43 + 2031.46))}


@pytest.mark.parametrize(
    ("indicator", "effects", "truth"),
    [
        ("breast_screening", {}, 0.03),
        ("breast_screening", {"breast_screening": 0.015}, 0.015),
        ("breast_screening", {"breast_screening": 0.0}, 0),
        ("ophthalmologist_visit", {}, 0),
    ],
)
def test_over_many_draws_the_panels_hold_the_chosen_effect(demo, workbench, indicator, effects, truth):
    found = gaps(demo, workbench, indicator, effects=effects)
    # Four standard errors of the mean of 40 draws, and what trends parallel in log odds leave in shares (< 0.001).
    assert found.mean() == pytest.approx(truth, abs=4 * found.std(ddof=1) / np.sqrt(len(SEEDS)) + 0.001)
    assert found.std(ddof=1) < 0.01


def test_more_noise_swamps_the_effect(demo, workbench):
    quiet, loud = (gaps(demo, workbench, "breast_screening", noise=noise) for noise in (1, 10))
    assert loud.std(ddof=1) > 3 * quiet.std(ddof=1)
    assert quiet.std(ddof=1) < 0.03 / 3 < loud.std(ddof=1)


def test_visits_rise_by_eight_per_cent_when_the_ambassadors_start_and_not_before(demo, workbench):
    def counts(**options):
        made = as_tables(demo_outcomes(demo, workbench, **options))
        rows = outcome_series(made, indicator="structure_visits", territories=workbench.programme_quartiers)
        return rows.set_index("period")["numerator"]

    start = month_number(pd.Timestamp(2015, 1, 1))
    without = [counts(seed=s, effects={"structure_visits": 1.0}) for s in range(10)]
    with_it = [counts(seed=s) for s in range(10)]
    ratios = pd.concat([b / a for a, b in zip(without, with_it, strict=True)], axis=1).mean(axis=1)
    # The same noise with and without: what is left is chance between people, about 2 % a month and draw.
    assert ratios[ratios.index < start].mean() == pytest.approx(1, abs=0.005)
    after = ratios[ratios.index >= start]
    assert after.mean() == pytest.approx(1.08, abs=0.005)
    slope = np.polyfit(after.index - start, np.log(after), 1)[0]
    assert abs(slope * len(after)) < 0.02


def test_visits_are_overdispersed_seasonal_and_few_while_closed(tables, workbench):
    rows = outcome_series(tables, indicator="structure_visits", territories=workbench.programme_quartiers)
    usual = rows[rows["year"].between(2015, 2019)]
    expected = usual.groupby("month")["numerator"].transform("mean")
    assert ((usual["numerator"] - expected) ** 2 / expected).sum() / (60 - 12) > 2
    months = usual.groupby("month")["numerator"].mean()
    assert months[[12, 1, 2]].mean() > 1.1 * months[[6, 7, 8]].mean()
    closed = rows[(rows["year"] == 2020) & rows["month"].between(3, 5)]["numerator"]
    assert closed.max() < 0.4 * months.min()


def test_2020_befell_all_quartiers_alike(demo, workbench):
    falls = []
    for seed in SEEDS:
        panel = outcome_panel(as_tables(demo_outcomes(demo, workbench, seed=seed)), indicator="breast_screening")
        share = (panel["numerator"] / panel["denominator"]).to_numpy().reshape(12, 15)
        treated = np.isin(panel["territory"].unique(), workbench.programme_quartiers)
        fall = share[:, 11] - share[:, 10]
        falls.append((fall[treated].mean(), fall[~treated].mean()))
    ours, theirs = np.mean(falls, axis=0)
    # -0.24 in log odds is -0.059 about a share of one half, and the trend adds 0.003; the error of a mean is 0.0015.
    assert ours == pytest.approx(-0.056, abs=0.006)
    assert ours == pytest.approx(theirs, abs=0.006)


def test_one_indicator_can_be_changed_without_moving_the_others(demo, workbench, tables):
    other = as_tables(demo_outcomes(demo, workbench, effects={"breast_screening": 0.0}))["outcomes"]
    rows = tables["outcomes"]
    for frame in ("ophthalmologist_visit", "structure_visits"):
        pd.testing.assert_frame_equal(other[other["indicator"] == frame], rows[rows["indicator"] == frame])
    assert not other["numerator"].equals(rows["numerator"])


def test_a_wrong_question_is_refused(demo, workbench):
    with pytest.raises(ValueError, match="brest"):
        demo_outcomes(demo, workbench, effects={"brest": 0.0})
    with pytest.raises(ValueError, match="noise"):
        demo_outcomes(demo, workbench, noise=-1)
    assert demo_outcomes(demo.model_copy(update={"outcomes": None}), workbench) == []


def test_the_readme_says_the_effects_that_are_in_the_settings(demo, root):
    readme = (root / "data" / "demo" / "README.md").read_text(encoding="utf-8")
    said = {"breast_screening": "**+3 points** dès 2014", "ophthalmologist_visit": "**aucun**",
            "structure_visits": "**+8 %** dès janvier 2015"}  # fmt: skip
    true = {item.indicator: item.effect for item in demo.outcomes.indicators}
    assert {code: (effect.size, effect.year) for code, effect in true.items()} == {
        "breast_screening": (0.03, 2014),
        "ophthalmologist_visit": (0, 2014),
        "structure_visits": (1.08, 2015),
    }
    lines = readme.splitlines()
    for code, words in said.items():
        assert any(f"`{code}`" in line and words in line for line in lines), code
    assert "choisis, pas observés" in readme
    assert "chosen, not observed" in readme
