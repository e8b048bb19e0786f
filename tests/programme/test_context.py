"""Published figures beside the city's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from prs_eval.errors import DataError, UsageError
from prs_eval.estimation.frame import estimates
from prs_eval.programme.context import BESIDE, COLUMNS, beside, published_figures

ROOT = Path(__file__).resolve().parents[2]


def own(**values: Any) -> pd.DataFrame:
    row = {"indicator": "share", "quartier": "all", "year": 2018, "estimate": 0.5439, "unit": "proportion", **values}
    return estimates([row], groups=[k for k in values if k in ("kind", "stage")])


def figures(tmp_path: Path, *rows: dict[str, Any]) -> pd.DataFrame:
    folder = tmp_path / "data" / "published"
    folder.mkdir(parents=True, exist_ok=True)
    usual = {"territory": "Ville", "quartier": "all", "indicator": "publie", "year": "2018", "value": "54", "unit": "%"}
    usual |= {"rounded_to": "1", "comparison": "exact", "measure": "share", "source": "Une publication"}
    frame = pd.DataFrame([usual | row for row in rows]).reindex(columns=list(COLUMNS))
    frame.to_csv(folder / "figures.csv", index=False)
    return published_figures(tmp_path)


def test_a_percentage_is_compared_with_a_fraction_as_it_was_printed(tmp_path: Path) -> None:
    both = beside(own(), figures(tmp_path, {}))
    assert list(both.columns) == list(BESIDE)
    assert both.loc[0, "published"] == pytest.approx(0.54)
    assert both.loc[0, "agrees"]
    assert both.loc[0, "source"] == "Une publication"


@pytest.mark.parametrize(
    ("estimate", "agrees"), [(0.545, True), (0.535, True), (0.5451, False), (0.5349, False), (31 / 57, True)]
)
def test_the_last_printed_digit_decides(tmp_path: Path, estimate: float, agrees: bool) -> None:
    assert bool(beside(own(estimate=estimate), figures(tmp_path, {})).loc[0, "agrees"]) is agrees


@pytest.mark.parametrize(("weeks", "estimate", "agrees"), [("8", 56.0, True), ("8", 59.4, True), ("8", 60.0, False)])
def test_weeks_are_compared_with_days(tmp_path: Path, weeks: str, estimate: float, agrees: bool) -> None:
    both = beside(own(estimate=estimate, unit="days"), figures(tmp_path, {"value": weeks, "unit": "semaines"}))
    assert both.loc[0, "published"] == 56
    assert bool(both.loc[0, "agrees"]) is agrees


@pytest.mark.parametrize(("estimate", "agrees"), [(11.0, False), (12.0, True), (19.0, True)])
def test_at_least_is_a_floor(tmp_path: Path, estimate: float, agrees: bool) -> None:
    row = {"value": "12", "unit": "personnes", "comparison": "at_least"}
    both = beside(own(estimate=estimate, unit="people"), figures(tmp_path, row))
    assert bool(both.loc[0, "agrees"]) is agrees


@pytest.mark.parametrize(("estimate", "agrees"), [(146.0, True), (154.0, True), (156.0, False)])
def test_about_allows_the_printed_tens(tmp_path: Path, estimate: float, agrees: bool) -> None:
    row = {"value": "150", "unit": "personnes", "comparison": "about", "rounded_to": "10"}
    both = beside(own(estimate=estimate, unit="people"), figures(tmp_path, row))
    assert bool(both.loc[0, "agrees"]) is agrees


@pytest.mark.parametrize("other", [{"year": 2019}, {"quartier": "Fives"}, {"indicator": "mean"}, {"kind": "dental"}])
def test_another_year_place_measure_or_group_is_not_compared(tmp_path: Path, other: dict[str, Any]) -> None:
    assert beside(own(**other), figures(tmp_path, {})).empty


def test_groups_match_in_any_order_and_absent_groups_do_not_count(tmp_path: Path) -> None:
    published = figures(tmp_path, {"groups": "stage=need|kind=optical"})
    mixed = pd.concat([own(indicator="mean"), own(kind="optical", stage="need")], ignore_index=True)
    both = beside(mixed, published)
    assert len(both) == 1
    assert both.loc[0, "groups"] == "kind=optical|stage=need"


def test_a_city_without_estimates_or_without_published_figures_gets_an_empty_table(tmp_path: Path) -> None:
    published, nothing = figures(tmp_path, {}), estimates([])
    for mine, theirs in [(nothing, published), (own(), published.iloc[:0]), (nothing, published.iloc[:0])]:
        both = beside(mine, theirs)
        assert both.empty
        assert list(both.columns) == list(BESIDE)


def test_no_estimate_is_neither_agreement_nor_disagreement(tmp_path: Path) -> None:
    both = beside(own(estimate=float("nan")), figures(tmp_path, {}))
    assert both.loc[0, "status"] == "too_few"
    assert pd.isna(both.loc[0, "agrees"])


def test_inputs_are_left_alone(tmp_path: Path) -> None:
    ours, theirs = own(), figures(tmp_path, {})
    before = ours.copy(deep=True), theirs.copy(deep=True)
    beside(ours, theirs)
    pd.testing.assert_frame_equal(ours, before[0])
    pd.testing.assert_frame_equal(theirs, before[1])


def test_a_period_longer_than_a_year_has_no_year(tmp_path: Path) -> None:
    published = figures(tmp_path, {"year": "2021-2022"})
    assert published.loc[0, "period"] == "2021-2022"
    assert pd.isna(published.loc[0, "year"])
    assert beside(own(), published).empty


def test_one_city_is_not_compared_with_the_figures_of_another(tmp_path: Path) -> None:
    figures(tmp_path, {"insee": "59350"}, {"insee": "17300", "value": "60"}, {"territory": "France", "value": "50"})
    assert len(published_figures(tmp_path)) == 3
    ours = published_figures(tmp_path, insee="17300")
    assert list(ours["value"]) == [60, 50]
    assert list(published_figures(ROOT, insee="17300")["measure"].dropna()) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data/published/figures\.csv"):
        published_figures(tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [({"value": "54,4"}, "nombre illisible"), ({"comparison": "presque"}, "presque.*exact, at_least, about")],
)
def test_what_cannot_be_read_is_refused_with_what_is_allowed(tmp_path: Path, row: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        figures(tmp_path, row)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    figures(tmp_path, {})
    path = tmp_path / "data" / "published" / "figures.csv"
    pd.read_csv(path).drop(columns=["source"]).to_csv(path, index=False)
    with pytest.raises(DataError, match="source"):
        published_figures(tmp_path)


def test_the_committed_figures_can_be_read() -> None:
    published = published_figures(ROOT)
    assert published["value"].notna().all()
    assert published["source"].notna().all()
    compared = published[published["measure"].notna()]
    assert compared[["comparison", "rounded_to", "quartier", "year", "insee"]].notna().all(axis=None)
