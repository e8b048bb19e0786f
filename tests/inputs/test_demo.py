"""The demonstration data: the same bytes everywhere, the published figures, nobody's data.

Figures are counted here straight from the files, without the package's own measures.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml

from prs_eval.errors import UsageError
from prs_eval.inputs.codes import SCALES
from prs_eval.inputs.demo import write_demo
from prs_eval.inputs.demo_draws import Draws
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.personal import personal_header
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.demo_outcomes import outcome_rows

MEGABYTE = 1_000_000
FIVE = {"Wazemmes", "Moulins", "Faubourg de Béthune", "Lille-Sud", "Fives"}


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "data" / "demo"


@pytest.fixture(scope="module")
def demo(folder: Path) -> dict[str, pd.DataFrame]:
    """The committed files as text, dates parsed."""
    tables = {}
    for name, table in TABLES.items():
        frame = pd.read_csv(folder / f"{name}.csv", sep=";", dtype="str", encoding="utf-8")
        for column in table.columns:
            if column.kind == "date":
                frame[column.name] = pd.to_datetime(frame[column.name], format="%d/%m/%Y")
        tables[name] = frame
    return tables


@pytest.fixture(scope="module")
def optical_2018(demo: dict[str, pd.DataFrame]) -> pd.DataFrame:
    people = demo["screening_participants"].merge(demo["screening_sessions"], on="session_id", validate="m:1")
    return people[(people["kind"] == "optical") & (people["held_on"].dt.year == 2018)]


def days_waited(people: pd.DataFrame) -> pd.Series:
    return (people["appointment_on"] - people["held_on"]).dt.days.dropna()


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_written_again_it_is_the_same_to_the_byte(folder: Path, root: Path, tmp_path: Path, hash_seed: str) -> None:
    parameters = str(root / "parameters" / "lille")
    command = [sys.executable, "-m", "prs_eval", "demo", "--out", str(tmp_path / "demo"), "--parameters", parameters]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
    written = {path.name: path.read_bytes() for path in (tmp_path / "demo").iterdir()}
    assert written == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_writing_over_a_folder_replaces_its_files_and_leaves_the_others(
    folder: Path, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "structures.csv").write_text("old", encoding="utf-8")
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    parameters = root / "parameters" / "lille"
    write_demo(tmp_path, parameters, extra={"outcomes": outcome_rows(parameters)})
    assert (tmp_path / "structures.csv").read_bytes() == (folder / "structures.csv").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in folder.iterdir()} | {"mine.txt"}


def test_without_rows_of_outcomes_the_other_tables_are_written_and_nothing_heavy_is_loaded(
    folder: Path, root: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from prs_eval.inputs.demo import write_demo; "
        "write_demo(Path(sys.argv[1]), Path(sys.argv[2])); assert not {'pandas', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path), str(root / "parameters" / "lille")], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "outcomes.csv"}
    assert written == committed


@pytest.mark.parametrize(("order", "first_day"), [("ymd", r"\d{4}-\d\d-\d\d"), ("mdy", r"(0\d|1[0-2])/\d\d/\d{4}")])
def test_dates_follow_the_declared_order(root: Path, tmp_path: Path, order: str, first_day: str) -> None:
    source = root / "parameters" / "lille"
    (tmp_path / "demo.yml").write_bytes((source / "demo.yml").read_bytes())
    text = (source / "workbench.yml").read_text(encoding="utf-8").replace("date_order: dmy", f"date_order: {order}")
    (tmp_path / "workbench.yml").write_text(text, encoding="utf-8")
    write_demo(tmp_path / "demo", tmp_path)
    meetings = pd.read_csv(tmp_path / "demo" / "meetings.csv", sep=";", dtype="str")
    assert meetings["held_on"].str.fullmatch(first_day).all()


def test_there_is_one_small_file_a_table_and_it_says_that_it_is_synthetic(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.csv")} == set(TABLES)
    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert max(sizes) < MEGABYTE
    assert sum(sizes) < 1.5 * MEGABYTE
    source = yaml.safe_load((folder / "_source.yml").read_text(encoding="utf-8"))
    assert source["synthetic"] is True
    assert set(source["label"]) == {"fr", "en"}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "synthétiques" in readme
    assert "synthetic" in readme
    assert "31 sur 57" in readme
    assert "59350" in readme


def test_lines_end_and_dates_are_written_the_same_way(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        raw = path.read_bytes()
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
        assert not re.search(rb"\d{4}-\d{2}-\d{2}", raw)


def test_optical_screening_of_2018_is_what_was_published(optical_2018: pd.DataFrame) -> None:
    # CCAS de Lille, Rennes, 8 November 2021: 9 sessions, 90 people, 79 (88 %) in need, 57 referred, 12+ equipped.
    assert optical_2018["session_id"].nunique() == 9
    assert len(optical_2018) == 90
    assert optical_2018["participant_id"].is_unique
    assert Counter(optical_2018["need"]) == {"yes": 79, "no": 11}
    assert round(79 / 90 * 100) == 88
    referred = optical_2018[optical_2018["referred_to"] != "none"]
    assert set(referred["referred_to"]) == {"st_vincent"}
    assert len(referred) == 57
    assert optical_2018["equipped_on"].notna().sum() == 12


def test_31_of_the_57_referred_kept_their_appointment(optical_2018: pd.DataFrame) -> None:
    outcomes = Counter(optical_2018.loc[optical_2018["referred_to"] != "none", "outcome"])
    assert outcomes == {"honoured": 31, "missed": 18, "cancelled": 4, "not_booked": 4}
    assert round(31 / 57 * 100) == 54


def test_the_mean_wait_of_2018_is_eight_weeks_to_the_day(optical_2018: pd.DataFrame) -> None:
    waits = days_waited(optical_2018)
    assert len(waits) == 53
    assert waits.sum() == 53 * 56
    assert waits.nunique() > 20  # and not the same eight weeks for all


def test_at_least_twelve_leaves_room_for_those_without_news(optical_2018: pd.DataFrame) -> None:
    kept = optical_2018[optical_2018["outcome"] == "honoured"]
    assert (kept["follow_up"] == "unknown").sum() == 7
    assert kept.loc[kept["equipped_on"].notna(), "follow_up"].eq("closed").all()


def test_the_nine_sessions_are_two_a_quartier_but_one(optical_2018: pd.DataFrame) -> None:
    sessions = optical_2018.drop_duplicates("session_id").groupby("quartier").size()
    assert set(sessions.index) == FIVE
    assert sorted(sessions) == [1, 2, 2, 2, 2]
    assert optical_2018.groupby("quartier").size().nunique() > 2


def test_65_ambassadors_in_2021_and_about_70_in_2023(demo: dict[str, pd.DataFrame]) -> None:
    people = demo["ambassadors"]

    def active(year: int) -> int:
        joined, left = people["joined_on"].dt.year <= year, people["left_on"].dt.year < year
        return int((joined & ~left).sum())

    assert active(2021) == 65
    assert active(2023) == 70
    counts = [active(year) for year in range(2015, 2024)]
    assert counts[0] == 12
    assert counts == sorted(counts)
    assert people["left_on"].notna().sum() > 10


def test_150_professionals_in_2018(demo: dict[str, pd.DataFrame]) -> None:
    structures = demo["structures"]
    there = (structures["joined_on"].dt.year <= 2018) & ~(structures["left_on"].dt.year < 2018)
    assert structures.loc[there, "members"].astype(int).sum() == 150
    assert structures["category"].nunique() == 6
    assert (structures.loc[structures["category"] == "residents", "members"] == "0").all()


def test_the_city_population_is_the_census_of_2019(demo: dict[str, pd.DataFrame]) -> None:
    # INSEE, 2019 census: 234 475 in the city, 95 352 in the five quartiers, 7 605 in Faubourg de Béthune.
    population = demo["population"].assign(count=lambda p: p["population"].str.replace(",", ".").astype(float))
    assert set(population["year"]) == {"2019"}
    totals = population[(population["sex"] == "all") & (population["age_band"] == "all")].set_index("territory")[
        "count"
    ]
    assert len(totals) == 13
    assert round(totals["Lille"]) == 234_475
    assert round(totals[list(FIVE)].sum()) == 95_352
    assert round(totals["Faubourg de Béthune"]) == 7_605
    assert totals.drop("Lille").sum() == pytest.approx(totals["Lille"])
    by_age = population[(population["sex"] == "all") & (population["age_band"] != "all")].groupby("territory")["count"]
    by_sex = population[population["sex"] != "all"].groupby("territory")["count"]
    assert by_age.sum().to_dict() == pytest.approx(totals.to_dict(), abs=0.1)
    assert by_sex.sum().to_dict() == pytest.approx(totals.to_dict(), abs=0.1)


def test_most_quartiers_meet_every_six_to_eight_weeks_and_two_do_not(demo: dict[str, pd.DataFrame]) -> None:
    meetings = demo["meetings"].sort_values(["quartier", "held_on"])
    weeks = meetings.groupby("quartier")["held_on"].diff().dt.days / 7
    usual = weeks[~meetings["held_on"].dt.year.isin([2020, 2021])].groupby(meetings["quartier"]).median()
    assert ((usual >= 6) & (usual <= 8)).sum() == 3
    assert usual["Wazemmes"] < 6
    assert usual["Moulins"] > 9


def test_2020_and_2021_are_broken(demo: dict[str, pd.DataFrame]) -> None:
    meetings = demo["meetings"]["held_on"].dt.year.value_counts()
    assert meetings[2020] < meetings[2019] / 2
    assert meetings[2021] < meetings[2019]
    sessions = demo["screening_sessions"]
    optical = sessions.loc[sessions["kind"] == "optical", "held_on"].dt.year.value_counts()
    assert optical[2020] < optical[2019] / 2
    closed = (dt.datetime(2020, 3, 16), dt.datetime(2020, 8, 31))
    assert not demo["meetings"]["held_on"].between(*closed).any()
    assert not sessions["held_on"].between(*closed).any()
    people = demo["screening_participants"].merge(sessions, on="session_id")
    year = people["held_on"].dt.year
    assert days_waited(people[year == 2020]).mean() > 1.3 * days_waited(people[year == 2019]).mean()


def test_dental_screening_starts_in_2016(demo: dict[str, pd.DataFrame]) -> None:
    dental = demo["screening_sessions"].query("kind == 'dental'")["held_on"].dt.year.value_counts()
    assert min(dental.index) == 2016
    assert {3, 4} >= set(dental[[2016, 2017, 2018, 2019]])


def test_one_quartier_never_sees_the_education_category(demo: dict[str, pd.DataFrame]) -> None:
    present = demo["attendance"].merge(demo["meetings"], on="meeting_id")
    seen = present.groupby("quartier")["category"].agg(set)
    assert {quartier for quartier in seen.index if "education" not in seen[quartier]} == {"Faubourg de Béthune"}
    assert all(len(seen[quartier]) == 6 for quartier in FIVE - {"Faubourg de Béthune"})
    assert demo["attendance"]["structure_id"].isna().sum() > 50


def test_about_half_of_the_needs_led_to_an_action_that_came_after(demo: dict[str, pd.DataFrame]) -> None:
    needs = demo["needs"].merge(demo["actions"], on="action_id", how="left", suffixes=("", "_action"))
    answered = needs[needs["action_id"].notna()]
    assert 0.4 < len(answered) / len(needs) < 0.6
    assert (answered["starts_on"] > answered["raised_on"]).all()
    assert (answered["quartier"] == answered["quartier_action"]).all()


def test_new_priorities_appear_in_2020(demo: dict[str, pd.DataFrame]) -> None:
    themes = demo["meetings"].dropna(subset=["themes"])
    late = themes["themes"].str.contains("mental_health|vaccination")
    assert themes.loc[late, "held_on"].dt.year.min() >= 2020


def test_messages_come_from_2017_and_those_who_got_one_missed_less(demo: dict[str, pd.DataFrame]) -> None:
    people = demo["screening_participants"].merge(demo["screening_sessions"], on="session_id")
    assert people.loc[people["reminder"] == "sms", "held_on"].dt.year.min() == 2017
    known = people[people["outcome"].isin(["honoured", "missed"])]
    share = known["outcome"].eq("honoured").groupby(known["reminder"]).mean()
    assert share["sms"] > share["none"]
    assert share["phone"] > share["none"]


def test_unknown_and_pending_exist_outside_the_calibrated_year(demo: dict[str, pd.DataFrame]) -> None:
    people = demo["screening_participants"].merge(demo["screening_sessions"], on="session_id")
    year = people["held_on"].dt.year
    for column in ("need", "referred_to", "outcome", "reminder", "follow_up", "absence_reason"):
        assert people[column].eq("unknown").any(), column
    assert set(year[people["outcome"] == "pending"]) == {2023}
    assert people.loc[people["outcome"] == "pending", "appointment_on"].min() > dt.datetime(2023, 12, 31)
    assert ((people["outcome"] == "honoured") & people["appointment_on"].isna()).any()
    assert people["epices"].isna().any()


def test_before_and_after_change_modestly_and_some_never_answer_again(demo: dict[str, pd.DataFrame]) -> None:
    items = demo["ambassador_scales"].assign(score=lambda s: s["score"].astype(float))
    for scale, shape in SCALES.items():
        own = items[items["scale"] == scale]
        assert own["score"].dropna().between(shape.low, shape.high).all()
        total = own.groupby(["ambassador_id", "wave"])["score"].agg(lambda s: s.sum(skipna=False)).unstack("wave")
        change = (total["after"] - total["before"]).dropna()
        assert 0.2 < change.mean() / total["before"].std() < 0.6
        assert 30 < len(change) < 0.7 * len(total)
    assert items["score"].isna().sum() > 3


def test_three_surveys_of_about_45_professionals(demo: dict[str, pd.DataFrame]) -> None:
    answers = demo["professional_answers"]
    respondents = answers.groupby("year")["respondent_id"].nunique()
    assert list(respondents.index) == ["2018", "2021", "2023"]
    assert respondents.between(30, 60).all()
    assert (answers.groupby("respondent_id").size() == 6).all()
    assert answers["answer"].eq("unknown").any()


def test_keys_are_unique_and_references_exist(demo: dict[str, pd.DataFrame]) -> None:
    for name, table in TABLES.items():
        frame = demo[name]
        assert not frame.duplicated(list(table.key)).any(), name
        for column, target in table.references:
            known = set(demo[target][TABLES[target].key[0]])
            assert set(frame[column].dropna()) <= known, (name, column)


def test_nobody_can_be_named_or_called(folder: Path, workbench: Workbench) -> None:
    contact = re.compile(r"@|(?:\d[ .-]?){9,}|\b(?:M\.|Mme|Mr|Monsieur|Madame|Dr)\s", re.IGNORECASE)
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert not contact.search(text), path.name
        if path.stem != "structures":  # where `name` is the organisation's
            assert not [h for h in text.partition("\n")[0].split(";") if personal_header(h)], path.name
    names = pd.read_csv(folder / "structures.csv", sep=";")["name"]
    kinds = yaml.safe_load((folder.parents[1] / "parameters/lille/demo.yml").read_text("utf-8"))["network"]["kinds"]
    allowed = {kind["name"] for kind in kinds}
    allowed |= {f"{kind['name']} {quartier}" for kind in kinds for quartier in workbench.programme_quartiers}
    assert set(names) <= allowed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed: 59350", "seeds: 59350", "clé inconnue"),
        ("referral: csi", "referral: clinique", "partenaires non déclarés : clinique"),
        ("never_comes: {Faubourg de Béthune", "never_comes: {Faubourg de Bethune-Sud", "Quartier inconnu"),
        ("{female: 62, male: 37", "{femme: 62, male: 37", "codes inconnus : femme"),
        ("missed: 3, cancelled: 1, not_booked: 1, equipped: 2", "missed: 2, cancelled: 1, not_booked: 1, equipped: 2",
         "ne s'additionnent pas"),
        ("    vaccination: [", "    vaccins: [", "ne se correspondent pas"),
        ("delay_weeks: {2014: 6, ", "delay_weeks: {", "delay_weeks.*2014"),
        ("rise: {gse: 0.075, ", "rise: {", "rise.*gse"),
        ("    2014: {none: 76", "    2016: {none: 76", "reminders.*2014"),
        ("honoured_by_reminder: {none: 0.45, ", "honoured_by_reminder: {", "honoured_by_reminder.*none"),
        ("first: 2020-03-16, last: 2020-08-31", "first: 2020-01-01, last: 2020-12-31", "séances en 2020"),
        ("members: 150}", "members: 12}", "12 professionnels"),
        ("low: 9, high: 12", "low: 12, high: 9", "au moins égal"),
        ("indicator: breast_screening", "indicator: breast_screning", "indicateurs d'effet non déclarés.*screning"),
        ("size: 0.03, scale: difference, year: 2014", "size: 0.03, scale: difference, year: 2009", "commencer après"),
        ("size: 1.08, scale: ratio", "size: 1.08, scale: difference", "pour un nombre mensuel"),
        ('ages: {"45-59": 0.667', 'ages: {"50-59": 0.667', "codes inconnus : 50-59"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_named(root: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    source = root / "parameters" / "lille"
    (tmp_path / "workbench.yml").write_bytes((source / "workbench.yml").read_bytes())
    text = (source / "demo.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "demo.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        write_demo(tmp_path / "demo", tmp_path)
    assert not (tmp_path / "demo").exists()


def test_draws_follow_their_weights_and_their_seed_only() -> None:
    draws = Draws(1, "part")
    drawn = Counter(draws.weighted({"often": 3, "seldom": 1, "never": 0}) for _ in range(4000))
    assert set(drawn) == {"often", "seldom"}
    assert drawn["often"] / 4000 == pytest.approx(0.75, abs=0.03)
    assert Counter(draws.between(2, 4) for _ in range(300)).keys() == {2, 3, 4}
    assert sorted(draws.shuffled(range(50))) == list(range(50))
    assert sum(draws.bell() for _ in range(2000)) / 2000 == pytest.approx(0, abs=0.1)
    day = draws.day(dt.date(2018, 6, 2), dt.date(2018, 6, 3))  # a weekend
    assert day == dt.date(2018, 6, 4)
    assert [Draws(1, "a").chance(0.5) for _ in range(9)] == [Draws(1, "a").chance(0.5) for _ in range(9)]
    assert Draws(1, "a").bell() != Draws(1, "b").bell() != Draws(2, "b").bell()


def test_a_city_without_demonstration_data_is_told_which_file_is_missing(root: Path, tmp_path: Path) -> None:
    workbench = (root / "parameters" / "lille" / "workbench.yml").read_bytes()
    (tmp_path / "workbench.yml").write_bytes(workbench)
    with pytest.raises(UsageError, match=r"demo\.yml"):
        write_demo(tmp_path / "demo", tmp_path)
