"""What readers of an output folder find first: the index of its reports, and each year's digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prs_eval.execution.campaign import PUBLIC, Plan, failed_path
from prs_eval.execution.digest import FILE_NAME, Line, digest, reason
from prs_eval.execution.ledger import Entry, Ledger


def write_index(plan: Plan, latest: Mapping[str, Entry]) -> None:
    """`index.html` in the plan's site folder: every report ever tried there, and those of the plan not yet made."""
    from prs_eval.reporting import site

    attempts = _attempts(plan, latest)
    made_from = {entry.key: entry.synthetic for entry in Ledger(plan.request.out).entries() if entry.status == "ok"}
    entries = []
    for key, entry in attempts.items():
        page = plan.request.out / f"{key}.html"
        href = page.relative_to(plan.site).as_posix() if page.is_file() else None
        status: site.Status = "failed" if entry.failure else "published" if href else "missing"
        message = reason(entry.failure) if entry.failure else ""
        about = (entry.quartier, entry.year, entry.notebook)
        entries.append(site.IndexEntry(*about, href, status, message, entry.seconds, entry.title, made_from.get(key)))
    for report in plan.reports:
        if report.key not in attempts:
            about = (report.quartier, report.year, report.name)
            entries.append(site.IndexEntry(*about, None, "missing", title=str(report.notebook.title)))
    declared = [*plan.workbench.programme_quartiers, *(quartier.name for quartier in plan.workbench.quartiers)]
    notebooks = [planned.notebook for planned in plan.campaign.reports]
    entries.sort(key=lambda one: (_place(declared, one.quartier), _place(notebooks, one.notebook)))
    city, programme = plan.workbench.city, str(plan.workbench.programme)
    site.write_index(plan.site, entries, city=city, programme=programme, public=plan.request.audience == PUBLIC)


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
