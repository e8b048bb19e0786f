"""What people may type: hundreds of naughty strings and script payloads as names of structures, through a whole run."""

from __future__ import annotations

import csv
import json
import re
import shutil
from html import unescape

import openpyxl
import pytest

from tests.chromium import needs_chromium
from tests.city_year import DATA, prs_eval
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("naughty")]
QUARTIERS = ("Moulins", "Fives")
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'><svg/onload=alert(3)>",
    '<a href="javascript:alert(4)">clic</a>',
    "</title><script>alert(5)</script>",
    "<iframe srcdoc='<script>alert(6)</script>'></iframe>",
    "<details open ontoggle=alert(7)>",
    '<math><mi xlink:href="data:x,<script>alert(8)</script>">',
)
FORMULAS = (
    '=HYPERLINK("http://example.org";"clic")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    "$a$ $b_{",
)


@pytest.fixture(scope="module")
def typed():
    strings = json.loads((ROOT / "tests" / "reference" / "naughty_strings.json").read_text(encoding="utf-8"))["strings"]
    return [*PAYLOADS, *FORMULAS, *strings]


@pytest.fixture(scope="module")
def city(tmp_path_factory, typed):
    """The demonstration with one structure more for each string, present at two meetings of 2018; reports made."""
    folder = tmp_path_factory.mktemp("naughty")
    for name in ("notebooks", "parameters", "data/demo", "data/published"):
        shutil.copytree(ROOT / name, folder / name)
    demo = folder / "data" / "demo"
    held = {}
    with (demo / "meetings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["held_on"].endswith("/2018"):
                held.setdefault(row["quartier"], []).append(row["meeting_id"])
    structures, came = [], []
    for place, text in enumerate(typed):
        quartier = QUARTIERS[place % len(QUARTIERS)]
        structures.append([f"N{place:04d}", text, "social", quartier, 1, "01/01/2015", ""])
        came += [[meeting, "social", f"N{place:04d}", 1] for meeting in held[quartier][:2]]
    for name, rows in (("structures", structures), ("attendance", came)):
        with (demo / f"{name}.csv").open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)
    done = prs_eval(folder, "import", "data/demo", "--data", DATA)
    (folder / "import.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    run = ["run", "--year", "2018", "--data", DATA, "--audience", "internal", "--notebook", "network"]
    made = prs_eval(folder, *run, *(text for name in QUARTIERS for text in ("--quartier", name)))
    (folder / "run.txt").write_text(made.stdout + made.stderr, encoding="utf-8")
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def as_stored(text):
    """White space of any kind is one space in a name."""
    return " ".join(text.split())


def pages(city):
    return sorted((city / "outputs" / "internal" / "2018").glob("*/network.html"))


def test_what_is_refused_is_told_and_nothing_breaks(city):
    assert "Traceback" not in (city / "import.txt").read_text(encoding="utf-8")
    assert len(pages(city)) == len(QUARTIERS)


def test_payloads_are_shown_as_they_were_typed_and_formulas_too_or_refused(city):
    shown = unescape(" ".join(re.sub(r"<[^>]*>", " ", page.read_text(encoding="utf-8")) for page in pages(city)))
    lost = [text for text in (*PAYLOADS, *FORMULAS) if as_stored(text) not in " ".join(shown.split())]
    assert lost == [text for text in FORMULAS if text.startswith("=")]
    assert "un tableur y verrait une formule" in (city / "import.txt").read_text(encoding="utf-8")


@pytest.mark.browser
@needs_chromium
def test_nothing_is_executed_and_nothing_is_asked_for(city, browser):
    alerts, asked, made = [], [], []
    context = browser.new_context(bypass_csp=True)  # the policy is a second lock: the first must hold alone
    tab = context.new_page()
    tab.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    tab.on("request", lambda request: asked.append(request.url))
    for page in pages(city):
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        acting = "script, iframe, object, embed, form, base, link, [onerror], [onload], [ontoggle], [href^=javascript]"
        made.append(tab.evaluate(f"document.querySelectorAll('{acting}').length"))
    context.close()
    assert alerts == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert made == [0] * len(QUARTIERS)


def test_no_cell_of_a_workbook_or_csv_is_live(city):
    tables = city / "outputs" / "internal" / "2018" / "tables"
    (book,) = tables.glob("*.xlsx")
    sheets = openpyxl.load_workbook(book)
    assert [c.coordinate for sheet in sheets for row in sheet.iter_rows() for c in row if c.data_type == "f"] == []
    for path in tables.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            names = [row.get("structure", "") for row in csv.DictReader(file)]
        assert not [name for name in names if name.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))]
