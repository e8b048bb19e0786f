"""Pages as a real browser shows them: no outside request, nothing refused, nothing lost at 320 pixels."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_notebook

from prs_eval.reporting import html, page
from prs_eval.reporting.figures import theme
from prs_eval.reporting.site import IndexEntry, write_index
from tests.chromium import needs_chromium
from tests.reporting.made import a_run, shares
from tests.reporting.test_html import CELLS, ran

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture(scope="module")
def pages(workbench, tmp_path_factory):
    """A report with a figure and tables, and an index with a failure."""
    root = tmp_path_factory.mktemp("site")
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "put_on_page", lambda data, raw, metadata=None: shown.append(data["text/html"]))
        page.header(a_run(workbench), "Le réseau santé du quartier")
        ax = theme.draw_intervals(theme.new_axes(), shares(), list(shares()["quartier"]))
        page.show(ax, table=shares(), caption="Part des habitants parmi les présents")
    notebook = root / "network.ipynb"
    nbformat.write(new_notebook(cells=[ran("header()", shown[0]), *CELLS[1:], ran("show()", shown[1])]), notebook)
    html.export(notebook, root / "2018" / "Fives" / "network.html", title="Le réseau", home="../../index.html")
    entries = [
        IndexEntry("Faubourg de Béthune", 2018, name, "2018/Fives/network.html", "published", "", 1.0, title)
        for name, title in (
            ("network", "Le réseau"),
            ("screening", "Les dépistages"),
            ("ambassadors", "Les ambassadeurs"),
        )
    ]
    entries.append(IndexEntry("Moulins", 2018, "network", None, "failed", "La table est vide.", 1.0, "Le réseau"))
    return {"report": root / "2018" / "Fives" / "network.html", "index": write_index(root, entries, city="Lille")}


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["report", "index"])
def test_a_page_asks_for_nothing_refuses_nothing_and_never_scrolls_sideways(browser, pages, name, scheme, width):
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
    tab = context.new_page()
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(pages[name].as_uri())
    outside = [url for url in asked if not url.startswith(("data:", pages[name].as_uri()))]
    wider = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    shown = tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    context.close()
    assert (outside, complaints, wider, shown) == ([], [], 0, True)


def test_the_keyboard_reaches_the_text_first_then_every_link_and_table(browser, pages):
    tab = browser.new_page()
    tab.goto(pages["report"].as_uri())
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#main"
    reached = set()
    for _ in range(20):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.tagName"))
    tab.close()
    assert {"A", "DIV", "SUMMARY"} <= reached


def test_every_printed_page_bears_the_stamp(browser, pages):
    tab = browser.new_page()
    tab.goto(pages["report"].as_uri())
    assert tab.pdf(format="A4").startswith(b"%PDF")
    margins = tab.evaluate(
        "[...document.styleSheets].flatMap(s => [...s.cssRules]).filter(r => r.type === CSSRule.PAGE_RULE)[0].cssText"
    )
    tab.close()
    assert "Diffusion restreinte" in margins
