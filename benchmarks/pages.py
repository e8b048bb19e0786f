"""A published year in both languages, checked page by page in a real browser; one report beside nbconvert's own pages.

Run from the repository root: python -m benchmarks.pages [--out FOLDER] [--write docs/pages.md]

`--out`: a folder where an earlier run of this command made the two years; they are made where it is empty (5 minutes).
Targets (issue 6): axe-core 0 violations and 0 incomplete; 0 outside requests, 0 scripts, template <= 5 kB, a report of
10 printed pages <= 500 kB; PDF <= 2 s and <= 300 kB for 10 pages, tagged, with language, title, pdfuaid and as many
alternative texts as figures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pikepdf
from nbconvert.exporters import Exporter, get_exporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import sync_playwright

from prs_eval.reporting import html, pdf
from tests.chromium import CHROMIUM
from tests.reporting.axe import findings
from tests.test_naughty import PAYLOADS

ROOT = Path(__file__).resolve().parents[1]
DATA = "data/local/demo"
COMMAND = "python -m benchmarks.pages --write docs/pages.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    options = parser.parse_args()
    if why := pdf.missing():
        sys.exit(why)
    folder = options.out or Path(tempfile.mkdtemp(prefix="prs-pages-"))
    if not (folder / "outputs").is_dir():
        make(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        checked = list(check(browser, folder / "outputs" / "public"))
        beside = list(peers(browser, folder / "outputs" / "public" / "2018" / "fives" / "network.ipynb"))
        browser.close()
    text = told(checked, beside)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    print(text)


def make(folder: Path) -> None:
    """The public year of the demonstration, in French then in English."""
    for name in ("notebooks", "parameters", "data/demo", "data/published"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    for line in (["import", "data/demo", "--data", DATA], run("fr"), run("en")):
        subprocess.run([sys.executable, "-m", "prs_eval", *line], cwd=folder, check=True)


def run(language: str) -> list[str]:
    return ["run", "--year", "2018", "--data", DATA, "--lang", language]


@dataclass(frozen=True, slots=True)
class Checked:
    """One page: what axe-core says in light and dark, what it asks for, its weight; the same of its PDF."""

    name: str
    findings: int
    requests: int
    scripts: int
    bytes: int
    figures: int
    printed: Printed | None


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF: weight, pages, seconds to make it anew, figures with an alternative text, what is missing."""

    bytes: int
    pages: int
    seconds: float
    alternatives: int
    missing: tuple[str, ...]


def check(browser: Any, site: Path) -> Iterable[Checked]:
    with tempfile.TemporaryDirectory() as warm:  # the first PDF of a program loads fonts
        pdf.write(html.document("<h1>x</h1>", title="x"), Path(warm) / "warm.pdf", reference="x.html")
    for page in sorted(site.rglob("*.html")):
        objections = findings(browser, page) + findings(browser, page, scheme="dark")
        for objection in objections:
            print(page.relative_to(site), objection, file=sys.stderr)
        asked, scripts = visited(browser, page)
        text = page.read_text(encoding="utf-8")
        made = printed(page) if page.with_suffix(".pdf").is_file() else None
        figures = text.count("<img ")
        name = page.relative_to(site).as_posix()
        yield Checked(name, len(objections), len(asked), scripts, len(text.encode()), figures, made)


def visited(browser: Any, page: Path) -> tuple[list[str], int]:
    """Addresses asked for beyond the page, and scripts in it."""
    tab, asked = browser.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    scripts = tab.evaluate("document.scripts.length")
    tab.close()
    return [url for url in asked if not url.startswith("data:") and url != page.as_uri()], scripts


def printed(page: Path) -> Printed:
    made, text = page.with_suffix(".pdf"), page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        pdf.write(text, Path(folder) / "again.pdf", reference=page.name)
        seconds = time.perf_counter() - started
    with pikepdf.open(made) as document, document.open_metadata() as about:
        elements = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        there = {
            "tags": bool(document.Root.get("/MarkInfo", {}).get("/Marked")),
            "lang": str(document.Root.get("/Lang", "")) in ("fr", "en"),
            "title": bool(about.get("dc:title")) and bool(document.Root.ViewerPreferences.DisplayDocTitle),
            "pdfuaid": about.get("{http://www.aiim.org/pdfua/ns/id/}part") == "1",
        }
        alternatives = sum(bool(str(e.get("/Alt", ""))) for e in elements)
        missing = tuple(name for name, found in there.items() if not found)
        return Printed(made.stat().st_size, len(document.pages), seconds, alternatives, missing)


@dataclass(frozen=True, slots=True)
class Peer:
    """The same executed notebook by one exporter."""

    name: str
    template: int
    bytes: int
    outside: int
    scripts: int
    axe: int
    placeholders: int
    alerts: int


def peers(browser: Any, executed: Path) -> Iterable[Peer]:
    """Ours, and nbconvert's lab and classic pages, of one report and of cells that hold script payloads."""
    empty = new_notebook()
    for name, label in (("prs-eval", "prs_eval"), ("html", "nbconvert lab"), ("html", "nbconvert classic")):
        options = {"template_name": label.split()[1]} if label.startswith("nbconvert") else {}
        exporter: Exporter = get_exporter(name)(**options)
        with tempfile.TemporaryDirectory() as folder:
            page, hostile = Path(folder) / "page.html", Path(folder) / "hostile.html"
            text, _resources = exporter.from_notebook_node(nbformat.read(executed, as_version=4))
            page.write_text(text, encoding="utf-8")
            hostile.write_text(exporter.from_notebook_node(payloads())[0], encoding="utf-8")
            asked, scripts = visited(browser, page)
            yield Peer(
                label,
                len(exporter.from_notebook_node(empty)[0].encode()),
                len(text.encode()),
                len([url for url in asked if url.startswith("http")]),
                scripts,
                len(findings(browser, page)),
                text.count("No description has been provided"),
                alerts(browser, hostile),
            )


def payloads() -> nbformat.NotebookNode:
    """Each payload as prose, as HTML put by a cell, and as a picture."""
    cells = []
    for payload in PAYLOADS:
        shown = [
            new_output("display_data", data={kind: payload}) for kind in ("text/html", "image/svg+xml", "text/plain")
        ]
        cells += [new_markdown_cell(payload), new_code_cell("show()", outputs=shown)]
    return new_notebook(cells=cells)


def alerts(browser: Any, page: Path) -> int:
    """Scripts that a page ran."""
    context, seen = browser.new_context(), []
    tab = context.new_page()
    tab.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    tab.goto(page.as_uri())
    tab.wait_for_timeout(1000)
    context.close()
    return len(seen)


def told(checked: list[Checked], beside: list[Peer]) -> str:
    pages = [(one, one.printed) for one in checked if one.printed]
    template = len(html.document("", title="", home="../index.html").encode())
    faults = sum(bool(p.missing) for _one, p in pages)
    figures = f"{sum(one.figures for one, _p in pages)}, {sum(p.alternatives for _one, p in pages)}"

    def ten(measure: Callable[[Checked, Printed], float], unit: str, digits: int = 0) -> str:
        """The worst page, brought to 10 printed pages."""
        return f"{max(measure(one, p) * 10 / p.pages for one, p in pages):.{digits}f} {unit}"

    rows = [
        ("pages checked", "", len(checked)),
        ("axe-core: violations and incomplete", 0, sum(one.findings for one in checked)),
        ("outside requests", 0, sum(one.requests for one in checked)),
        ("scripts", 0, sum(one.scripts for one in checked)),
        ("template (an empty page)", "5 kB", f"{template / 1000:.1f} kB"),
        ("heaviest page", "", f"{max(one.bytes for one, _p in pages) / 1000:.0f} kB"),
        ("heaviest page for 10 printed pages", "500 kB", ten(lambda one, p: one.bytes / 1000, "kB")),
        ("PDF: most pages", "", max(p.pages for _one, p in pages)),
        ("PDF: heaviest", "", f"{max(p.bytes for _one, p in pages) / 1000:.0f} kB"),
        ("PDF: heaviest for 10 pages", "300 kB", ten(lambda one, p: p.bytes / 1000, "kB")),
        ("PDF: slowest for 10 pages", "2 s", ten(lambda one, p: p.seconds, "s", 1)),
        ("PDF without tags, language, title or pdfuaid", 0, faults),
        ("PDF: figures, alternative texts", "equal", figures),
    ]
    lines = [
        "# Pages, measured",
        "",
        f"`{COMMAND}` on {os.cpu_count()} cores: the demonstration's public year 2018 in French and in English,",
        "every page in Chromium with axe-core (all rules, best practices included), light and dark, tables unfolded.",
        "A PDF's time is elapsed time: whatever else the machine does lengthens it.",
        "",
        "| what | at most | found |",
        "|---|---:|---:|",
        *(f"| {what} | {most} | {found} |" for what, most, found in rows),
        "",
        "The network report of one quartier, the same executed notebook, side by side. Alerts: scripts run, of 8",
        "payloads put in prose, in a cell's HTML and in a picture.",
        "",
        "| page | template | report | outside requests | scripts | axe-core | placeholder alternatives | alerts |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for p in beside:
        weights = f"{p.template / 1000:.1f} kB | {p.bytes / 1000:.0f} kB"
        lines.append(f"| {p.name} | {weights} | {p.outside} | {p.scripts} | {p.axe} | {p.placeholders} | {p.alerts} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
