"""What readers of an output folder find first: its index, each year's tables and digest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from prs_eval.execution.campaign import PUBLIC, Plan, failed_path
from prs_eval.execution.digest import FILE_NAME, Line, digest, reason
from prs_eval.execution.ledger import Entry, Ledger
from prs_eval.i18n import LANGUAGES, _, current_language, speaking

if TYPE_CHECKING:
    from prs_eval.reporting import site

TABLES = "tables"  # folder of a year's tables, and the name of its workbook


def write_site(plan: Plan, latest: Mapping[str, Entry]) -> None:
    """Everything of the plan's site but its reports: tables of each year, index, accessibility statement.

    The site in the other language, where there is one, is brought up to date too: the two link to each other.
    """
    _write_site(plan, latest)
    (other,) = (language for language in LANGUAGES if language != current_language())
    with speaking(other):
        if (plan.site / "index.html").is_file():
            _write_site(replace(plan, reports=()), latest)


def _write_site(plan: Plan, latest: Mapping[str, Entry]) -> None:
    from prs_eval.reporting import page, site, statement

    public, city = plan.request.audience == PUBLIC, plan.workbench.city
    attempts = _attempts(plan, latest)
    entries = _entries(plan, attempts)
    years = {year: _year(plan, year, entries) for year in {entry.year for entry in entries}}
    site.write_index(
        plan.site,
        entries,
        city=city,
        programme=str(plan.workbench.programme),
        public=public,
        notices=[page.rounding_notice(plan.workbench.disclosure_threshold)] if public else [],
        years=years,
        other_language=_other_language(plan),
    )
    statement.write_statement(plan.site, city=city, public=public)


def _entries(plan: Plan, attempts: Mapping[str, Entry]) -> list[site.IndexEntry]:
    """Every report ever tried in the plan's site, and those of the plan not yet made, in reading order."""
    from prs_eval.reporting import site

    made_from = {entry.key: entry.synthetic for entry in Ledger(plan.request.out).entries() if entry.status == "ok"}
    entries = []
    for key, entry in attempts.items():
        page, printed = (plan.request.out / f"{key}.{kind}" for kind in ("html", "pdf"))
        href, pdf = (path.relative_to(plan.site).as_posix() if path.is_file() else None for path in (page, printed))
        status: site.Status = "failed" if entry.failure else "published" if href else "missing"
        message = reason(entry.failure) if entry.failure else ""
        about = (entry.quartier, entry.year, entry.notebook)
        origin = made_from.get(key)
        entries.append(site.IndexEntry(*about, href, status, message, entry.seconds, entry.title, origin, pdf))
    for report in plan.reports:
        if report.key not in attempts:
            about = (report.quartier, report.year, report.name)
            entries.append(site.IndexEntry(*about, None, "missing", title=str(report.notebook.title)))
    declared = [*plan.workbench.programme_quartiers, *(quartier.name for quartier in plan.workbench.quartiers)]
    notebooks = [planned.notebook for planned in plan.campaign.reports]
    entries.sort(key=lambda one: (_place(declared, one.quartier), _place(notebooks, one.notebook)))
    return entries


def _year(plan: Plan, year: int, entries: Sequence[site.IndexEntry]) -> site.Year:
    """The year's tables, written where they have changed, and what its index says of them."""
    from prs_eval.programme.catalogue import load_catalogue
    from prs_eval.reporting import datapackage, html, page, resource, site, year_workbook

    made = [one for one in entries if one.year == year and one.href is not None]
    executed = [(plan.site / str(one.href)).with_suffix(".ipynb") for one in made]
    sources = [
        datapackage.Source(path, one.notebook, one.title or one.notebook, one.quartier)
        for path, one in zip(executed, made, strict=True)
        if path.is_file()
    ]
    folder = plan.site / str(year) / TABLES
    if not sources:
        shutil.rmtree(folder, ignore_errors=True)
        return site.Year()
    title = _("Tableaux des rapports {year} – {city}").format(year=year, city=plan.workbench.city)
    tables = datapackage.gather(sources)
    notices = [page.synthetic_notice()] if True in {one.synthetic for one in made} else []
    public = plan.request.audience == PUBLIC
    notices.append(page.rounding_notice(plan.workbench.disclosure_threshold) if public else page.stamp())
    catalogue = load_catalogue(plan.request.parameters)
    content = partial(year_workbook.workbook_bytes, tables, title=title, notices=notices, catalogue=catalogue)
    name = f"{TABLES}-{year}"
    datapackage.write_package(
        folder,
        tables,
        title=title,
        notices=notices,
        name=name,
        workbook=content,
        definitions=catalogue.model_dump_json(),
    )
    city_wide = [source.path for source in sources if source.quartier is None]
    messages = [
        text for path in city_wide for shown in resource.outputs(path, "text/html") for text in html.key_messages(shown)
    ]
    words = {folder / f"{name}.xlsx": _("Classeur : tous les tableaux de l'année (XLSX)")}
    words[folder / f"{name}.zip"] = _("Les mêmes en CSV, avec leur description (Data Package, ZIP)")
    downloads = [(text, path.relative_to(plan.site).as_posix(), path.stat().st_size) for path, text in words.items()]
    return site.Year(messages, downloads)


def _other_language(plan: Plan) -> str | None:
    """Address of the index in the other language, from this one, where it is there."""
    first = current_language() == LANGUAGES[0]
    address = f"{LANGUAGES[1]}/index.html" if first else "../index.html"
    return address if (plan.site / address).is_file() else None


def _place(order: Sequence[str], name: str | None) -> int:
    """Rank of `name`: the whole city first, what is no longer declared last."""
    return -1 if name is None else order.index(name) if name in order else len(order)


def write_digest(plan: Plan, latest: Mapping[str, Entry], year: int) -> None:
    """`digest.txt` of one year, beside its reports."""
    attempts = {key: entry for key, entry in _attempts(plan, latest).items() if entry.year == year}
    failed = []
    for key, entry in attempts.items():
        if entry.failure is not None:
            notebook, page = failed_path(plan.request.out, key), plan.request.out / f"{key}.html"
            kept = notebook.relative_to(plan.request.out).as_posix() if notebook.is_file() else None
            title = " · ".join([entry.title, *([entry.quartier] if entry.quartier else []), str(year)])
            failed.append(Line(title, entry.failure, kept, page.is_file()))
    left = sum(report.year == year and report.key not in attempts for report in plan.reports)
    path = plan.site / str(year) / FILE_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".tmp")
    text = digest(year, published=len(attempts) - len(failed), failed=failed, left=left)
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _attempts(plan: Plan, latest: Mapping[str, Entry]) -> dict[str, Entry]:
    """The last attempts at reports of the plan's site: `<site>/<year>/<place>/<notebook>`."""
    return {key: entry for key, entry in latest.items() if (plan.request.out / key).parents[2] == plan.site}
