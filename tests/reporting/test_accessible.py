"""Published pages as people use them, with eyes, ears or a keyboard: real Chromium, axe-core and our own checks."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from tests.chromium import needs_chromium
from tests.reporting.axe import findings
from tests.reporting.made import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("city"), needs_chromium]
# One of each report; `python -m benchmarks.pages` goes through every page of a year, in both languages.
PAGES = (
    "public/index.html",
    "public/accessibilite.html",
    "public/2018/fives/network.html",
    "public/2018/fives/screening.html",
    "public/2018/moulins/ambassadors.html",
    "public/2018/lille/synthesis.html",
    "public/2018/lille/impact.html",
    "internal/en/index.html",
    "internal/en/2018/fives/screening.html",
    "internal/en/2018/lille/synthesis.html",
)


@pytest.fixture(params=PAGES)
def page(request, city) -> Path:
    return city / "outputs" / request.param


def test_axe_objects_to_nothing_and_doubts_nothing(browser, page):
    assert findings(browser, page) == []


def test_axe_would_object(browser, tmp_path):
    bare = tmp_path / "bare.html"
    bare.write_text("<html><body><h3>Titre</h3><img src='data:image/png;base64,'><table><td>1</table>", "utf-8")
    rules = {found.split()[1] for found in findings(browser, bare)}
    assert {"image-alt:", "html-has-lang:", "document-title:"} <= rules


def test_title_language_headings_and_alternatives_say_what_the_page_is(page):
    text = page.read_text(encoding="utf-8")
    read = Page(text)
    (html,) = read.all("html")
    assert html["lang"] == ("en" if "/en/" in page.as_posix() else "fr")
    title = unescape(re.search("<title>(.*?)</title>", text, flags=re.DOTALL)[1])
    assert [unescape(h) for h in re.findall("<h1>(.*?)</h1>", text, flags=re.DOTALL)] == [title]
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    alts = [image["alt"] for image in read.all("img")]
    assert all(len(alt) >= 20 and "No description" not in alt for alt in alts)
    assert len(set(alts)) == len(alts)


def test_every_table_has_a_caption_of_its_own_and_headers_that_say_their_direction(page):
    text = page.read_text(encoding="utf-8")
    tables = re.findall("<table>.*?</table>", text, flags=re.DOTALL)
    for table in tables:
        assert re.match(r"<table><caption>[^<]{10,}</caption>", table)
        assert not re.search(r"<th(?![^>]* scope=)[ >]", table)
        assert all('scope="row"' in row for row in re.findall("<tr>.*?</tr>", table.split("</thead>")[1], re.DOTALL))


def test_nothing_is_run_and_nothing_is_asked_for(browser, page):
    tab, asked, said = browser.new_page(), [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(page.as_uri())
    scripts = tab.evaluate("document.scripts.length")
    tab.close()
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    assert (scripts, said) == (0, [])


@pytest.mark.parametrize("width", [320, 640])  # a phone; a screen of 1280 pixels at 200 %
def test_nothing_is_lost_on_a_phone_or_at_twice_the_size(browser, page, width):
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto(page.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    wider = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    cut = tab.evaluate(
        """[...document.querySelectorAll('body *')].filter(e => {
            const s = getComputedStyle(e);
            if (e.closest('.heard, .skip, .scroll')) return false;
            return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && s.overflowX !== 'visible';
        }).map(e => e.outerHTML.slice(0, 120))"""
    )
    outside = tab.evaluate(
        """[...document.querySelectorAll('p, li, h1, h2, h3, dt, dd, summary, caption, figcaption')].filter(e =>
            !e.closest('.scroll, .skip') && e.getBoundingClientRect().right > innerWidth + 1
        ).map(e => e.outerHTML.slice(0, 120))"""
    )
    tab.close()
    assert (wider, cut, outside) == (0, [], [])


def test_the_keyboard_reaches_all_that_can_be_acted_on_in_reading_order(browser, page):
    tab = browser.new_page()
    tab.goto(page.as_uri())
    wanted = tab.evaluate(
        """(() => {
            const found = document.querySelectorAll('a[href], summary, [tabindex="0"]');
            const all = [...found].filter(e => e.checkVisibility());
            all.forEach((e, i) => { e.dataset.place = i });
            return all.length })()"""
    )
    reached = []
    for _press in range(wanted):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.dataset.place"))
    shown = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    tab.close()
    assert reached == [str(place) for place in range(wanted)]
    assert shown != "none"
