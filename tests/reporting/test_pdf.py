"""A page in print: tagged, described, the same each time, and reading nothing but the page."""

import re

import nbformat
import pikepdf
import pytest
from nbformat.v4 import new_notebook

from prs_eval.reporting import html, page, pdf
from prs_eval.reporting.figures import theme
from tests.reporting.made import a_run, shares
from tests.reporting.test_html import CELLS, ran

pytestmark = pytest.mark.skipif(pdf.missing() is not None, reason="WeasyPrint or Pango is not installed")


@pytest.fixture(scope="module")
def report(workbench, tmp_path_factory):
    """A page with two figures, in HTML."""
    shown, out = [], tmp_path_factory.mktemp("pdf") / "network.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "put_on_page", lambda data, raw, metadata=None: shown.append(data["text/html"]))
        page.header(a_run(workbench), "Le réseau santé du quartier")
        for caption in ("Part des habitants", "Part des habitants, une seconde fois"):
            ax = theme.draw_intervals(theme.new_axes(), shares(), list(shares()["quartier"]))
            page.show(ax, table=shares(), caption=caption)
    cells = [ran("header()", shown[0]), *CELLS[1:], ran("show()", shown[1]), ran("show()", shown[2])]
    nbformat.write(new_notebook(cells=cells), out.with_suffix(".ipynb"))
    html.export(out.with_suffix(".ipynb"), out, title="Le réseau", home="../index.html", pdf="network.pdf")
    return out


@pytest.fixture(scope="module")
def printed(report):
    """The same page in print."""
    out = report.with_suffix(".pdf")
    pdf.write(report.read_text(encoding="utf-8"), out, reference="network.html")
    with pikepdf.open(out) as opened:
        yield opened


def elements(opened):
    """The structure elements of a tagged document."""
    return [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/StructElem"]


def test_it_says_that_it_is_accessible_in_which_language_and_what_it_is(printed, report):
    with printed.open_metadata() as about:
        assert about["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        title = about["dc:title"]
    assert title == re.search("<title>(.*)</title>", report.read_text(encoding="utf-8"))[1]
    assert printed.Root.ViewerPreferences.DisplayDocTitle
    assert printed.Root.MarkInfo.Marked
    assert str(printed.Root.Lang) == "fr"
    with printed.open_outline() as outline:
        assert [str(item.title) for item in outline.root] == [title]
        sections = [str(item.title) for item in outline.root[0].children]
        assert sections == ["À retenir", "Le réseau se réunit-il\u00a0?", "Qui vient\u00a0?", "Qui reste\u00a0?"]


def test_every_figure_has_its_alternative_text_and_every_table_its_headers(printed, report):
    text = report.read_text(encoding="utf-8")
    figures = [str(e.get("/Alt", "")) for e in elements(printed) if e.get("/S") == "/Figure"]
    assert len(figures) == text.count("<img ") == 2
    assert all(alt.startswith("Graphique : Part des habitants") for alt in figures)
    kinds = [str(e.get("/S")) for e in elements(printed)]
    assert kinds.count("/Table") >= text.count("<table>")  # WeasyPrint tags each page's part of a table as one
    assert kinds.count("/TH") >= text.count("<th ")


def test_it_links_to_the_page_of_reference_which_links_to_it(printed, report):
    links = [str(n.A.URI) for p in printed.pages for n in p.get("/Annots", []) if "/A" in n and "/URI" in n.A]
    assert "network.html" in links
    assert 'href="network.pdf"' in report.read_text(encoding="utf-8")


def test_the_same_page_makes_the_same_bytes(report, printed, tmp_path):
    pdf.write(report.read_text(encoding="utf-8"), tmp_path / "again.pdf", reference="network.html")
    assert (tmp_path / "again.pdf").read_bytes() == report.with_suffix(".pdf").read_bytes()


def test_a_file_outside_the_page_is_never_read(report, tmp_path, caplog):
    address = (tmp_path / "secret.svg").as_uri()
    (tmp_path / "secret.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    text = report.read_text(encoding="utf-8").replace("</main>", f'<img src="{address}" alt="secret"></main>')
    pdf.write(text, tmp_path / "out.pdf", reference="network.html")
    assert "disallowed protocol" in caplog.text
