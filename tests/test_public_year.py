"""A whole public year of the demonstration, from the command line: nothing small can be found in it, or worked out."""

from __future__ import annotations

import base64
import json
import re
import stat

import pytest

from prs_eval.disclosure.collapse import collapse
from prs_eval.disclosure.ledger import holds, read_ledger, region
from prs_eval.disclosure.readings import NOT_PEOPLE, reading
from prs_eval.disclosure.release import Release, all_runs, measures, row_years, true_counts
from prs_eval.inputs.parameters import load_workbench
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import PERSON_IDS, TABLES
from prs_eval.programme import ambassadors, network, recent
from prs_eval.programme.run import open_run
from prs_eval.reporting import format as fmt
from tests.city_year import DATA, prs_eval
from tests.scan import found

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("city")]  # one worker makes the year, the others go on


@pytest.fixture(scope="module")
def runs(city):
    run = open_run(year=2018, data=str(city / DATA), parameters=str(city / "parameters" / "lille"), audience="public")
    return list(all_runs(run))


@pytest.fixture(scope="module")
def rows(runs):
    """Every row about people that a page could show, with its true numbers."""
    frames = [frame for run in runs for frame in measures(run)]
    return [row for frame in frames for row in frame.to_dict("records") if row["indicator"] not in NOT_PEOPLE]


@pytest.fixture(scope="module")
def counts(runs):
    """True number of people of each region that a page could tell, classes put together."""
    out = {}
    for run in runs:
        for frame in measures(run):
            for row in collapse(frame, run.workbench).to_dict("records"):
                if got := reading(row, years=row_years(run, row)):
                    out |= dict(zip(got.regions, true_counts(got, row), strict=True))
    return {r: n for r, n in out.items() if n == n}


def normal(text):
    return re.sub(r"[\s\u00a0\u202f\u2009]+", " ", text)


def small_numbers(rows, runs):
    """How true small counts would be printed: `3 sur 12`, `25 % [9 % ; 53 %]`, and the share to all its digits."""
    public = set()
    for run in runs:
        for frame in (*measures(run), *others(run)):
            for row in frame[frame["indicator"].isin(NOT_PEOPLE)].to_dict("records"):
                public |= printed(row)
    out = set()
    for row in rows:
        counts = [n for n in (row["numerator"], row["denominator"], row["n"]) if n == n]
        if any(0 < n < 11 for n in counts):
            out |= printed(row)
    return out - public


def others(run):
    """Tables of a page that count no people: what they print is no leak, even where it looks like one."""
    by, year = () if run.quartier is None else ("quartier",), run.year
    yield network.meeting_rhythm(run.tables, year=year, by=by, workbench=run.workbench, years=range(2014, year + 1))
    yield network.needs(run.tables, year=year, by=by)
    yield ambassadors.decisions(run.tables, year=year, by=by)
    yield recent.recent_intervals(run.tables, year=year, workbench=run.workbench, by=by)


def printed(row):
    texts = set()
    if row["unit"] == "proportion" and row["estimate"] == row["estimate"] and row["numerator"] == row["numerator"]:
        texts.add(f"{fmt.number(row['numerator'])} sur {fmt.number(row['denominator'])}")
        if 0 < row["estimate"] < 1:
            texts.add(repr(float(row["estimate"])))
    if row["lower"] == row["lower"] and row["estimate"] == row["estimate"]:
        texts.add(fmt.estimate(row))
    return {normal(text).strip() for text in texts}


def test_no_true_small_number_and_no_person_is_in_any_byte_of_the_public_folder(city, rows, runs):
    store = Store(city / DATA)
    people = {
        str(value)
        for name, table in TABLES.items()
        for column in table.columns
        if column.name in PERSON_IDS
        for value in store.read(name)[column.name]
    }
    needles = small_numbers(rows, runs)
    assert len(needles) > 300
    assert len(people) > 1_000
    for folder in ("public", "disclosure"):
        assert found(city / "outputs" / folder, needles | people) == {}
    internal = found(city / "outputs" / "internal", needles)
    assert len(set().union(*internal.values())) > 20  # the same scan does find them where they are


def test_every_small_count_reads_as_masked_in_the_tables_that_would_hold_it(city, counts):
    facts = read_ledger(city / "outputs" / "disclosure" / "published.jsonl")
    told = {}
    for f in facts:
        if not f.structural:
            told.setdefault(f.where, set()).add((f.lower, f.upper))
    small = [r for r, n in counts.items() if n < 11 and r in told]
    assert len(small) > 200
    assert not [r for r in small if told[r] != {(0, None)}]


def test_what_is_told_is_true_and_an_attacker_who_knows_all_of_it_is_sure_of_nothing_small(city, counts):
    facts = read_ledger(city / "outputs" / "disclosure" / "published.jsonl")
    for f in facts:
        if f.where in counts and not f.structural:
            assert f.lower <= counts[f.where]
            assert f.upper is None or counts[f.where] <= f.upper
    together: dict = {}  # regions of the same people and place: whoever holds another counts no fewer
    for r in counts:
        codes = dict(r)
        together.setdefault((codes["people"], codes.get("kind"), codes.get("quartier")), []).append(r)
    pairs = [(x, y) for same in together.values() for x in same for y in same if x != y and holds(x, y)]
    assert len(pairs) > 1_000
    assert not [(x, y) for x, y in pairs if counts[x] < counts[y]]
    done = prs_eval(city, "audit")
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_pages_bear_no_stamp_hold_pictures_only_and_say_how_numbers_are_protected(city):
    pages = sorted((city / "outputs" / "public").rglob("*.html"))
    assert len(pages) == 19  # 17 reports, the index, the accessibility statement
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "Diffusion restreinte" not in text
        assert "image/svg" not in re.sub(r'rel="icon"[^>]*', "", text)
        assert "Traceback" not in text
        assert str(city) not in text
        if path.name != "accessibilite.html":
            assert "arrondis à 5 près" in normal(text)
            assert not re.search(r"\bnan\b|None", text)
    images = re.findall(r"base64,([A-Za-z0-9+/=]+)", "".join(p.read_text(encoding="utf-8") for p in pages))
    assert len(images) > 40
    assert all(base64.b64decode(image)[:4] == b"\x89PNG" for image in images)


def test_internal_pages_are_stamped_and_their_owner_s_alone(city):
    folder = city / "outputs" / "internal"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    page = folder / "2018" / "fives" / "screening.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "Diffusion restreinte" in page.read_text(encoding="utf-8")


def test_three_years_together_show_what_one_year_cannot(city):
    shown = Release.read(city / "outputs" / "disclosure" / "release-2018.json").shown
    known = {"people": ["screened"], "kind": ["optical"], "referred": ["yes"], "honoured": ["yes", "no"]}
    places = [{"quartier": [place]} for place in load_workbench(city / "parameters" / "lille").programme_quartiers]
    assert not [p for p in places if region({**known, **p, "year": ["2018"], "honoured": ["yes"]}) in shown]
    pooled = [p for p in places if region({**known, **p, "year": ["2016..2018"]}) in shown]
    assert len(pooled) >= 4
    text = normal((city / "outputs" / "public" / "2018" / "lille" / "synthesis.html").read_text(encoding="utf-8"))
    assert text.count("trois années réunies") >= 1


def test_a_second_run_has_nothing_to_do(city):
    done = prs_eval(city, "run", "--year", "2018", "--data", DATA)
    assert done.returncode == 0
    assert "17 rapports à jour, rien à relancer." in done.stderr
    assert json.loads((city / "outputs" / "disclosure" / "release-2018.json").read_text(encoding="utf-8"))["shown"]
