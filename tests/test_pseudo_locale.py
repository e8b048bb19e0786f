"""A language in which every string of the catalogue is in brackets: what is read outside them was never translatable.

Reports run cell by cell in this process, figures and all, as do the index, the workbooks and the command line. Data are
no strings of ours: names typed by users, numbers, months and units.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import nbformat
import openpyxl
import pandas as pd
import pytest
from babel import Locale
from matplotlib.text import Text as Artist
from nbformat.v4 import new_code_cell, new_markdown_cell

import prs_eval.disclosure.dominance as dominance
import prs_eval.disclosure.protect as protect_module
from prs_eval import i18n
from prs_eval.cli import cli, main
from prs_eval.execution.kernel import _spoken
from prs_eval.inputs.intake import check
from prs_eval.inputs.store import Store
from prs_eval.inputs.template import write_template
from prs_eval.programme.catalogue import load_catalogue
from prs_eval.programme.run import open_run
from prs_eval.reporting import check_report, datapackage, html, page, site, statement, year_workbook
from prs_eval.reporting.explorer.widgets import Explorer
from prs_eval.reporting.figures import render
from tests.inputs.hostile_cases import CASES
from tests.reporting.test_public_screening import protected

PICTURE = "data:image/png;base64,AAAA"
GAP = re.compile(r"(?<!{){[^{}]*}(?!})")
INLINE = {"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup"}
READ = ("alt", "aria-label", "title")
CODES = (
    r"prs-eval [a-z]+",
    r"[\w./-]+\.(?:csv|xlsx|html|pdf)\b",
    r"\b[A-Z]{2,}\b",
    r"\b[0-9a-f]{12}\b",
)  # commands, files, acronyms, fingerprints
HELP = re.compile(r"prs-eval [a-z]*|--[a-z-]+|\[[a-z|]+\]|^  [a-z]+ ", re.MULTILINE)  # what is typed


def around_gaps(text: str) -> str:
    """`text` in brackets, which leave out what will fill its gaps: that must bring its own."""
    return whole(GAP.sub(r"⟧\g<0>⟦", text))


def whole(text: str) -> str:
    """`text` in brackets, whatever fills its gaps: for messages that quote what somebody typed."""
    return f"⟦{text}⟧"


class Bracketed:
    """A catalogue that says where its strings begin and end."""

    def __init__(self, english, wrap):
        self.english, self.wrap = english, wrap

    def gettext(self, message):
        return self.wrap(self.english.gettext(message))

    def ngettext(self, singular, plural, n):
        return self.wrap(self.english.ngettext(singular, plural, n))


@pytest.fixture
def brackets(monkeypatch, request):
    """The pseudo-language is in force: English, in brackets."""
    wrap = getattr(request, "param", around_gaps)
    english = Bracketed(i18n._catalogue("en"), wrap)
    monkeypatch.setattr(i18n, "_catalogue", lambda _language: english)
    monkeypatch.setattr(i18n.Text, "__str__", lambda self: wrap(self.en))
    i18n.set_language("en")


def outside(text: str) -> str:
    """What of `text` is in no bracket; a piece of a wrapped string may have lost one of its own."""
    kept, depth = [], 0
    for letter in text:
        if letter == "⟧":
            if depth == 0:
                kept.clear()
            depth = max(0, depth - 1)
        elif letter == "⟦":
            depth += 1
            kept.append(" ")
        elif depth == 0:
            kept.append(letter)
    return "".join(kept)


class Reader(HTMLParser):
    """What is read or heard of a page, block by block."""

    def __init__(self, text: str):
        super().__init__()
        self.blocks, self.unread = [""], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.unread += tag == "style"
        self.blocks += [value for name, value in attrs if name in READ and value]
        if tag not in INLINE:
            self.blocks.append("")

    def handle_endtag(self, tag):
        self.unread -= tag == "style"
        if tag not in INLINE:
            self.blocks.append("")

    def handle_data(self, data):
        self.blocks[-1] += "" if self.unread else data


def raw(texts: Iterable[str], data: re.Pattern[str]) -> set[str]:
    """Texts of which a word is neither in the catalogue nor among the data."""
    return {text for text in texts if re.search(r"[^\W\d_]{2,}", data.sub(" ", " ".join(outside(text).split())))}


@pytest.fixture(scope="module")
def data(demo_store, workbench, root) -> re.Pattern[str]:
    """What is data: places, structures, months, units, published figures, lists, the software's name."""
    months = [month for width in Locale("en").months["format"].values() for month in width.values()]
    structures = Store(demo_store).read("structures")["name"].unique()
    places = [workbench.city, *(quartier.name for quartier in workbench.quartiers)]
    published = pd.read_csv(root / "data" / "published" / "figures.csv")[["source", "territory", "note_en"]]
    cited = {" ".join(text.split()) for text in published.stack().dropna().unique()}
    known = sorted({*months, *structures, *places, *cited, "prs_eval", "and"}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, known)) + r")(?!\w)|" + "|".join(CODES))


def artists(drawn) -> Iterator[str]:
    """What is written on a figure."""
    figure = drawn.get_figure(root=True)
    figure.draw_without_rendering()
    return (text.get_text() for text in figure.findobj(Artist) if text.get_visible())


def figures(monkeypatch) -> list[str]:
    """What is written on the figures from now on."""
    drawn: list[str] = []

    def picture(figure, **_options):
        drawn.extend(artists(figure))
        return PICTURE

    monkeypatch.setattr(render, "data_address", picture)
    return drawn


def report(monkeypatch, store, root, notebook: nbformat.NotebookNode, **parameters) -> tuple[str, list[str]]:
    """The page of a notebook, executed here, and what its figures say; `notebook` keeps its outputs."""

    def shown(data, **_options):
        cell.outputs.append(nbformat.from_dict({"output_type": "display_data", "data": data, "metadata": {}}))

    monkeypatch.setattr(page, "put_on_page", shown)
    drawn = figures(monkeypatch)
    if parameters.get("audience") == "public":
        for module in (protect_module, dominance):
            monkeypatch.setattr(module, "protect", lambda run, frame: protected(run, frame, "small"))
    names: dict = {}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        exec(compile(cell.source, cell.id, "exec"), names)
        if cell.id == "parameters":
            names |= {"data": str(store), "parameters": str(root / "parameters" / "lille"), "language": "en"}
            names |= parameters
    exporter = html.ReportExporter()
    text, _resources = exporter.from_notebook_node(notebook, {"title": "", "home": "index.html", "pdf": "page.pdf"})
    return text, drawn


@pytest.mark.parametrize("audience", ["internal", "public"])
@pytest.mark.parametrize("name", ["network", "screening", "ambassadors", "synthesis", "impact"])
def test_a_report_says_nothing_from_outside_the_catalogue(
    name, audience, monkeypatch, brackets, demo_store, root, data, tmp_path
):
    place = {} if name in ("synthesis", "impact") else {"quartier": "Fives"}
    notebook = _spoken(root / "notebooks" / f"{name}.ipynb")
    text, drawn = report(monkeypatch, demo_store, root, notebook, audience=audience, **place)
    read = Reader(text).blocks
    assert len(read) > 100
    assert drawn
    assert raw([*read, *drawn, *tables(notebook, tmp_path, root)], data) == set()


def tables(notebook, folder, root) -> Iterator[str]:
    """What the year's workbook and the description of its CSV files say; codes are codes in any language."""
    nbformat.write(notebook, folder / "executed.ipynb")
    found = datapackage.gather([datapackage.Source(folder / "executed.ipynb", "report", i18n._("Tableau"), None)])
    about = {"title": i18n._("Tableau"), "notices": [page.synthetic_notice()]}
    catalogue = load_catalogue(root / "parameters" / "lille")
    codes = {one.code for one in catalogue.indicators} | {field["name"] for table in found for field in table.fields}
    (folder / "year.xlsx").write_bytes(year_workbook.workbook_bytes(found, catalogue=catalogue, **about))
    datapackage.write_package(folder / "csv", found, **about)
    described = json.loads((folder / "csv" / datapackage.DESCRIPTOR).read_text(encoding="utf-8"))
    names = re.compile(r"\d\d ")  # a sheet's name is cut from its table's title, which is read with the others
    yield from (text for text in cells(folder / "year.xlsx") if text not in codes and not names.match(text))
    yield from (described["title"], described["description"], *(source["title"] for source in described["sources"]))


def test_a_string_left_out_of_the_catalogue_is_found(monkeypatch, brackets, demo_store, root, data):
    """Planted in a heading, a sentence, a gap of one, a table and a figure."""
    notebook = nbformat.read(root / "notebooks" / "network.ipynb", as_version=4)
    kept = [cell for cell in notebook.cells if cell.id in ("parameters", "setup")]
    planted = """
import pandas as pd
from prs_eval.reporting.figures import theme
say("Phrase oubliée", _("Diffusion restreinte"), _("Source : {source}.").format(source="Mot oublié"))
ax = theme.finish(theme.new_axes(), "Titre oublié")
show(ax, table=pd.DataFrame({_("Quartier"): ["Cellule oubliée"]}), caption="Légende oubliée", alt="Image oubliée")
"""
    notebook.cells = [*kept, new_markdown_cell("## Question oubliée"), new_code_cell(planted)]
    text, drawn = report(monkeypatch, demo_store, root, notebook, quartier="Fives", audience="internal")
    found = " ".join(raw([*Reader(text).blocks, *drawn], data))
    kinds = (
        "Phrase oubliée",
        "Titre oublié",
        "Cellule oubliée",
        "Légende oubliée",
        "Image oubliée",
        "Question oubliée",
    )
    assert [kind for kind in kinds if kind not in found] == []
    assert "Diffusion" not in found


def test_the_explorer_says_nothing_from_outside_the_catalogue(monkeypatch, brackets, demo_store, root, data, tmp_path):
    """Its lists and button, and each comparison of the first indicator of each part."""
    shown: list[str] = []
    monkeypatch.setattr(page, "put_on_page", lambda outputs, **_options: shown.append(outputs["text/html"]))
    drawn = figures(monkeypatch)
    run = open_run(year=2018, data=str(demo_store), parameters=str(root / "parameters" / "lille"), language="en")
    page.header(run, i18n._("Explorateur"))
    explorer = Explorer(run, tmp_path)
    lists = (explorer.place, explorer.part, explorer.indicator, explorer.detail, explorer.comparison, explorer.first)
    read = [explorer.button.description, *(one.description for one in lists)]
    for _part, code in explorer.part.options:
        explorer.part.value = code
        read += [words for one in lists for words, _value in one.options]
        for _words, comparison in explorer.comparison.options:
            explorer.comparison.value = comparison
    assert drawn
    assert raw([*read, *drawn, *Reader("".join(shown)).blocks], data) == set()


def test_the_site_says_nothing_from_outside_the_catalogue(tmp_path, brackets, data):
    report = str(i18n.Text("Le réseau", "The network"))
    entries = [
        site.IndexEntry("Fives", 2018, "network", "2018/Fives/network.html", "published", "", 9.8, report, True),
        site.IndexEntry("Moulins", 2018, "network", None, "failed", i18n._("Diffusion restreinte"), 3.0, report),
        site.IndexEntry("Lille-Sud", 2018, "network", None, "missing", title=report),
        site.IndexEntry(None, 2019, "network", "a.html", "failed", "", 3.0, report, False, "a.pdf"),
    ]
    told = {2018: site.Year([], [(i18n._("Tableau"), "tables.xlsx", 12_000)])}
    index = site.write_index(tmp_path, entries, city="Lille", years=told, public=False)
    about = statement.write_statement(tmp_path, city="Lille")
    empty = site.write_index(tmp_path / "empty", [], city="Lille")
    read = [block for path in (index, about, empty) for block in Reader(path.read_text("utf-8")).blocks]
    assert raw(read, data) == set()


def cells(path) -> Iterator[str]:
    """What is read in a workbook: sheet names, cells, notes and what drop-downs say."""
    book = openpyxl.load_workbook(path)
    for sheet in book:
        yield sheet.title
        for rule in sheet.data_validations.dataValidation:
            yield from filter(None, (rule.promptTitle, rule.prompt, rule.errorTitle, rule.error))
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if isinstance(cell.value, str) and cell.data_type != "f":
                yield cell.value
            if cell.comment:
                yield cell.comment.text


def test_the_entry_workbook_says_nothing_from_outside_the_catalogue(tmp_path, brackets, workbench, data):
    path = write_template(tmp_path / "fives.xlsx", workbench, quartier="Fives", year=2024)
    assert raw(cells(path), data) == set()


@pytest.mark.parametrize("brackets", [whole], indirect=True)
def test_what_check_finds_is_said_from_the_catalogue(tmp_path, brackets, workbench, data):
    """A file for each kind of refusal: the messages, and the page, workbook and summary of the first."""
    kinds = {refusal.code: case for case in reversed(CASES) for refusal in case.refused}
    assert len(kinds) > 40
    found = [check(case.build(tmp_path / code), workbench) for code, case in kinds.items()]
    messages = [issue.message for intake in found for issue in intake.issues]
    one = check(CASES[0].build(tmp_path / "one"), workbench)
    book = check_report.write_xlsx(one, tmp_path / "found.xlsx")
    text = check_report.write_html(one, tmp_path / "found.html")
    read = [
        *cells(book),
        *Reader(text.read_text(encoding="utf-8")).blocks,
        check_report.summary(one).replace(one.source, ""),
    ]
    assert raw([*messages, *read], data) == set()


@pytest.mark.parametrize("command", ["", *sorted(cli.commands)])
def test_help_is_said_from_the_catalogue(command, brackets, capsys, data):
    main([*command.split(), "--lang", "en", "--help"])
    assert raw([HELP.sub("", capsys.readouterr().out)], data) == set()
