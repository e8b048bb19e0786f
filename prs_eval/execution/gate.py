"""Public pages leave together or not at all: what they may show is decided first, what they show is attacked last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prs_eval.disclosure.ledger import FOLDER, KNOWN, PUBLISHED, REFUSED, release_path
from prs_eval.execution import changes
from prs_eval.execution.campaign import PUBLIC
from prs_eval.i18n import _, current_language
from prs_eval.inputs.parameters import Workbench

if TYPE_CHECKING:
    from prs_eval.disclosure.attack import AttackError
    from prs_eval.disclosure.ledger import Fact
    from prs_eval.execution.campaign import Plan, Report

MOST_NAMED = 6  # tables that a message names
_SECONDS = 30.0  # for one integer programme of the audit


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why nothing may be published, one sentence each; empty: the pages may leave.

    `facts` are what they tell, `known` what everybody knows besides.
    """

    refusals: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    known: tuple[Fact, ...] = ()


def prepare(plan: Plan) -> None:
    """Decide what the pages of each year of a public plan may show, unless nothing has changed since the last time.

    Raises
    ------
    DisclosureError
        Where nothing can be added to what was published before.
    """
    from prs_eval.disclosure.attack import AttackError
    from prs_eval.disclosure.release import decide_year
    from prs_eval.errors import DisclosureError
    from prs_eval.programme.run import open_run

    request, fixed = plan.request, _fixed(plan)
    for year, before in _years(plan):
        path, key = release_path(request.out, year), _key(plan, year, before, fixed)
        if path.is_file() and _key_path(path).is_file() and _key_path(path).read_text(encoding="utf-8") == key:
            continue
        where = {"data": str(request.data), "parameters": str(request.parameters), "language": current_language()}
        run = open_run(year=year, audience=PUBLIC, **where)
        try:
            release = decide_year(run, before)
        except AttackError as error:
            message = _("Rien n'est publié : {reason}").format(reason=_unsolved(error, _titles(plan)))
            raise DisclosureError(message) from None
        path.parent.mkdir(parents=True, exist_ok=True)
        release.write(path)
        _key_path(path).write_text(key, encoding="utf-8")


def _years(plan: Plan) -> Iterator[tuple[int, list[Fact]]]:
    """Each year of the plan, with what is published and what the years before it in the plan will publish."""
    from prs_eval.disclosure.release import Release

    before = read_published(plan.request.out)
    for year in sorted({report.year for report in plan.reports}):
        yield year, before
        path = release_path(plan.request.out, year)
        before = [*before, *Release.read(path).facts(f"release {year}")]


def _key_path(path: Path) -> Path:
    return path.with_suffix(".key")


def _fixed(plan: Plan) -> list[str]:
    """Digests of what every year's release depends on: the library, the city's parameters, the published figures."""
    return list(changes.Fingerprints(plan).shared)


def _key(plan: Plan, year: int, before: Sequence[Fact], fixed: Sequence[str]) -> str:
    """Digest of all that a release depends on."""
    from prs_eval.disclosure.ledger import as_json

    content = [
        *fixed,
        plan.store.digest(_tables(), years=plan.workbench.history(year)),
        sorted(json.dumps(as_json(f), sort_keys=True) for f in set(before)),
    ]
    return changes.text_digest(json.dumps(content))


def _tables() -> list[str]:
    from prs_eval.inputs.tables import TABLES

    return list(TABLES)


def review(plan: Plan, staged: Sequence[tuple[Report, Path]]) -> Verdict:
    """Attack what the executed notebooks `staged` tell, with all that was published before."""
    from prs_eval.disclosure.release import KNOWN as RULES
    from prs_eval.disclosure.release import Release

    request = plan.request
    refusals: list[str] = []
    facts: list[Fact] = []
    for report, notebook in staged:
        found = told(notebook, report.key)
        if found is None:
            refusals.append(
                _(
                    "{report} affiche autre chose que ce que prépare la bibliothèque : cela ne peut pas être contrôlé."
                ).format(report=report.title)
            )
        facts += found or []
    years = sorted({report.year for report, _notebook in staged})
    releases = [Release.read(release_path(request.out, year)) for year in years]
    # rules are those of the last year of the data in each; printed figures are those of each year
    known = tuple(dict.fromkeys(f for one in releases for f in one.known if one is releases[-1] or f.table != RULES))
    if not refusals:
        refusals += attack([*facts, *known, *read_published(request.out)], plan.workbench, _titles(plan))
    return Verdict(tuple(refusals), tuple(facts), known)


def conclude(plan: Plan, verdict: Verdict) -> None:
    """Add what is published to the ledger, before it is; or keep the reasons why it is not."""
    from prs_eval.disclosure.ledger import write_ledger

    folder = plan.request.out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if verdict.refusals:
        (folder / REFUSED).write_text("\n".join(verdict.refusals) + "\n", encoding="utf-8")
        return
    (folder / REFUSED).unlink(missing_ok=True)
    write_ledger(folder / PUBLISHED, [*read_published(plan.request.out), *verdict.facts])
    write_ledger(folder / KNOWN, verdict.known)
    fixed = _fixed(plan)
    for year, before in _years(plan):  # the releases are what was just published
        _key_path(release_path(plan.request.out, year)).write_text(_key(plan, year, before, fixed), encoding="utf-8")


def audit_published(out: Path, workbench: Workbench) -> list[str]:
    """Attack what the folder `out` publishes now and published before; sentences where something is wrong."""
    facts, refusals = read_published(out), []
    written = {(f.where, f.of, f.lower, f.upper) for f in facts}
    for notebook in sorted((out / PUBLIC).rglob("*.ipynb")):
        key = notebook.relative_to(out).with_suffix("").as_posix()
        found = told(notebook, key)
        if found is None:
            refusals.append(_("{path} affiche autre chose que ce que prépare la bibliothèque.").format(path=key))
        elif any((f.where, f.of, f.lower, f.upper) not in written for f in found):
            refusals.append(_("{path} montre des nombres absents du registre des publications.").format(path=key))
        facts += found or []
    return refusals + attack([*facts, *_read(out / FOLDER / KNOWN)], workbench, {})


def attack(facts: Iterable[Fact], workbench: Workbench, titles: Mapping[str, str]) -> list[str]:
    """What an attacker finds, in sentences that name the tables and never the numbers; empty where nothing."""
    from prs_eval.disclosure.attack import AttackError
    from prs_eval.disclosure.audit import audit
    from prs_eval.disclosure.readings import domain

    merged = list(dict.fromkeys(facts))
    try:
        leaks = audit(merged, domain(workbench), threshold=workbench.disclosure_threshold, time_limit=_SECONDS)
    except AttackError as error:
        return [_unsolved(error, titles)]
    told = dict.fromkeys(tuple(_table(name, titles) for name in leak.tables) for leak in leaks)
    text = _("Ensemble, ces tableaux permettent de retrouver un petit effectif : {tables}.")
    return [text.format(tables=" ; ".join(dict.fromkeys(names))) for names in told]


def _table(name: str, titles: Mapping[str, str]) -> str:
    key, _colon, indicator = name.partition(": ")
    return f"{titles.get(key, key)} ({indicator})" if indicator else titles.get(key, key)


def _titles(plan: Plan) -> dict[str, str]:
    return {report.key: report.title for report in plan.reports}


def _unsolved(error: AttackError, titles: Mapping[str, str]) -> str:
    """Why the audit cannot conclude: numbers that contradict one another, or too much to solve, between some tables."""
    text = _("le contrôle du secret statistique n'a pas pu conclure ; ce qui est déjà en ligne reste en place.")
    if error.tables:
        names = " ; ".join(dict.fromkeys(_table(name, titles) for name in error.tables[:MOST_NAMED]))
        text += " " + _("Tableaux en cause : {tables}.").format(tables=names)
    return text


def read_published(out: Path) -> list[Fact]:
    """All that was ever published from the folder `out`.

    Raises
    ------
    DisclosureError
        A damaged ledger: without it nobody knows what the public knows.
    """
    return _read(out / FOLDER / PUBLISHED)


def _read(path: Path) -> list[Fact]:
    from prs_eval.disclosure.ledger import read_ledger
    from prs_eval.errors import DisclosureError

    if not path.is_file():
        return []
    try:
        return read_ledger(path)
    except ValueError as error:
        message = _("Registre des publications illisible ({path} : {error}). Le reprendre d'une sauvegarde.")
        raise DisclosureError(message.format(path=path, error=error)) from None


def told(notebook: Path, key: str) -> list[Fact] | None:
    """What an executed notebook tells of people, named after the report `key`; None where it shows something else."""
    from prs_eval.disclosure.ledger import from_json

    facts = []
    for output in _outputs(json.loads(notebook.read_text(encoding="utf-8"))):
        if output.get("output_type") != "display_data" or "prs_eval" not in output.get("metadata", {}):
            return None
        for item in output["metadata"]["prs_eval"].get("facts", []):
            one = from_json(item)
            facts.append(replace(one, table=f"{key}: {one.table}"))
    return facts


def _outputs(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cell in notebook["cells"]:
        yield from cell.get("outputs", [])
