"""From the demonstration files to the published figures, through the whole line: check, store, measures, comparison."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from prs_eval.inputs.intake import Intake, check
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from prs_eval.programme import ambassadors, network, screening
from prs_eval.programme.catalogue import load_catalogue
from prs_eval.programme.context import beside, published_figures

# CCAS de Lille, Rennes, 8 November 2021 (screening, ambassadors); Ville de Lille, lille.fr (members).
# measure, groups, year -> numerator, denominator, printed; None where the publication gives none.
PRINTED = {
    ("screening_sessions", "kind=optical", 2018): (9, None, "9"),
    ("screening_participants", "kind=optical", 2018): (90, None, "90"),
    ("screening_stage_people", "kind=optical|out_of=screened|stage=need", 2018): (79, None, "79"),
    ("screening_stage_share", "kind=optical|out_of=screened|stage=need", 2018): (79, 90, "88 %"),
    ("screening_stage_people", "kind=optical|out_of=screened|stage=referred", 2018): (57, None, "57"),
    ("screening_stage_share", "kind=optical|out_of=need|stage=referred", 2018): (57, 79, "72 %"),
    ("screening_stage_share", "kind=optical|out_of=referred|stage=honoured", 2018): (31, 57, "54 %"),
    ("screening_wait_mean", "kind=optical", 2018): (53 * 56, 53, "8 weeks"),
    ("screening_stage_people", "kind=optical|out_of=screened|stage=equipped", 2018): (12, None, "12"),
    ("ambassadors_active", "", 2021): (65, None, "65"),
    ("network_professionals", "", 2018): (150, None, "150"),
}


@pytest.fixture(scope="module")
def intake(root: Path, workbench: Workbench) -> Intake:
    return check(root / "data" / "demo", workbench)


@pytest.fixture(scope="module")
def tables(intake: Intake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    store = Store(tmp_path_factory.mktemp("demo"))
    store.write(intake.accepted, source="data/demo", synthetic=True)
    assert store.synthetic
    return {name: store.read(name) for name in TABLES}


@pytest.fixture(scope="module")
def own(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    frames = [
        screening.sessions(tables, year=2018, by=()),
        screening.cascade(tables, year=2018, by=()),
        screening.waiting_times(tables, year=2018, by=()),
        network.members(tables, year=2018, by=()),
        ambassadors.membership(tables, year=2021, by=()),
    ]
    return pd.concat(frames, ignore_index=True)


def test_every_demonstration_row_passes_check(intake: Intake) -> None:
    assert intake.ok
    assert intake.refused_count == 0
    assert set(intake.accepted) == set(TABLES)
    assert not [issue.message for issue in intake.issues if issue.severity != "info"]


def test_the_2018_figures_and_data_published_agree_on_all(own: pd.DataFrame, root: Path) -> None:
    both = beside(own, published_figures(root))
    assert both["agrees"].all(), both.loc[~both["agrees"], ["indicator", "groups", "estimate", "published"]]
    compared = set(zip(both["indicator"], both["groups"], both["year"], strict=True))
    assert compared == set(PRINTED)


@pytest.mark.parametrize("key", PRINTED, ids=lambda key: " ".join(map(str, key[:2])))
def test_each_figure_is_the_one_that_was_printed(own: pd.DataFrame, root: Path, key: tuple[str, str, int]) -> None:
    numerator, denominator, printed = PRINTED[key]
    both = beside(own, published_figures(root)).set_index(["indicator", "groups", "year"])
    estimate = both.loc[key, "estimate"]
    number, _, unit = printed.partition(" ")
    scale = {"%": 100, "weeks": 1 / 7, "": 1}[unit]
    assert f"{estimate * scale:.0f}" == number
    wanted = numerator if denominator is None else numerator / denominator
    assert estimate == pytest.approx(wanted, rel=1e-12)


def test_shares_and_means_carry_an_interval_and_counts_do_not(own: pd.DataFrame, root: Path) -> None:
    both = beside(own, published_figures(root))
    estimated = both["unit"].isin(["proportion", "days"])
    assert both.loc[estimated, ["lower", "upper"]].notna().all(axis=None)
    assert both.loc[~estimated, ["lower", "upper"]].isna().all(axis=None)


def test_quartiers_add_up_to_the_city(tables: dict[str, pd.DataFrame], own: pd.DataFrame) -> None:
    people = screening.cascade(tables, year=2018, kind="optical").query("indicator == 'screening_stage_people'")
    whole = own[(own["indicator"] == "screening_stage_people") & (own["kind"] == "optical")]
    assert people.groupby("stage")["estimate"].sum().to_dict() == whole.set_index("stage")["estimate"].to_dict()


def test_what_published_figures_are_compared_with_is_in_the_catalogue(root: Path) -> None:
    codes = {indicator.code for indicator in load_catalogue(root / "parameters" / "lille").indicators}
    assert set(published_figures(root)["measure"].dropna()) <= codes


def test_the_catalogue_names_only_benchmarks_that_are_published(root: Path) -> None:
    catalogue = load_catalogue(root / "parameters" / "lille")
    benchmarks = {indicator.benchmark for indicator in catalogue.indicators} - {None}
    assert benchmarks <= set(published_figures(root)["indicator"])


def test_public_figures_come_from_the_reference_material_unchanged(root: Path, shared: Path) -> None:
    theirs = pd.read_csv(shared / "reference" / "figures.csv", dtype="str")
    theirs["territory"] = theirs["territory"].replace({"Lille-Moulins": "Moulins", "Lille (59350)": "Lille"})
    known = theirs.assign(value=theirs["value"].astype(float))[["territory", "indicator", "year", "value"]]
    ours = published_figures(root)
    # One row is split (79 people beside 88 %), one is dated otherwise (a page without date).
    apart = ["prs_optique_besoin_ophtalmo_personnes", "prs_professionnels_membres"]
    kept = ours.loc[~ours["indicator"].isin(apart), ["territory", "indicator", "period", "value"]]
    merged = kept.merge(known, left_on=list(kept.columns), right_on=["territory", "indicator", "year", "value"])
    assert len(merged) == len(kept)
    wanted = theirs.loc[theirs["indicator"].str.startswith(("prs_", "ambassad", "delai_", "population_municipale"))]
    assert set(wanted["indicator"]) <= set(ours["indicator"])


def test_every_published_figure_has_a_source_and_no_machine_address(root: Path) -> None:
    published = published_figures(root)
    assert published["source"].notna().all()
    addresses = published["source_url"].dropna()
    assert addresses.str.match(r"https?://[\w.-]+/").all()
    effects = pd.read_csv(root / "data" / "published" / "effects.csv")
    assert effects["source_url"].notna().all()
    assert len(effects) == 25
