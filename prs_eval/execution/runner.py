"""Run a plan: reports in parallel, each published whole or not at all, what fails told apart."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from prs_eval.execution import changes, gate, index
from prs_eval.execution.campaign import INTERNAL, PUBLIC, Plan, Report
from prs_eval.execution.digest import Line, counts, paragraph
from prs_eval.execution.ledger import Entry, Ledger, only_run
from prs_eval.execution.worker import EXECUTED, PAGE, PRINT, Job, Result, Worker, remove_sockets, socket_folder
from prs_eval.i18n import _, current_language, ngettext
from prs_eval.reporting import pdf

_STAGING = ".staging"
_OWNER = 0o700
_WHOLE_REPORT = 5  # a report may last this many times the delay of one cell

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """A report of the plan with what it depends on and why it must be made (empty: it is up to date)."""

    report: Report
    fingerprint: dict[str, Any]
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """What a campaign did; `left` are the reports not reached, `refusals` why no public page was let out."""

    published: list[Report] = field(default_factory=list)
    failed: list[Report] = field(default_factory=list)
    unchanged: list[Report] = field(default_factory=list)
    left: list[Report] = field(default_factory=list)
    interrupted: bool = False
    refusals: tuple[str, ...] = ()


def steps(plan: Plan, *, force: bool = False) -> list[Step]:
    """What `run` would do, and why, report by report."""
    latest = Ledger(plan.request.out).latest()
    fingerprints = changes.Fingerprints(plan)
    found = []
    for report in plan.reports:
        now = asdict(fingerprints.of(report))
        why = changes.reasons(now, latest.get(report.key), plan.request.out)
        if not why and plan.request.pdf and not report.printed.is_file() and pdf.missing() is None:
            why = [_("PDF absent")]
        found.append(Step(report, now, tuple(why or ([_("demandé par --force")] if force else []))))
    return found


def run(plan: Plan, *, jobs: int, say: Say, force: bool = False, keep_going: bool = True) -> Outcome:
    """Make every report that is not up to date.

    Parameters
    ----------
    jobs
        Reports made at the same time.
    say
        Called with one line of progress at a time.
    keep_going
        False: start no further report after the first failure.

    Raises
    ------
    UsageError
        Where another run holds the output folder.
    """
    public = plan.request.audience == PUBLIC
    with only_run(plan.request.out), _private(plan, public=public):
        if public:
            gate.prepare(plan)
        shutil.rmtree(plan.request.out / _STAGING, ignore_errors=True)  # left by a run that was killed
        todo = steps(plan, force=force)
        outcome = Outcome(unchanged=[step.report for step in todo if not step.reasons])
        work = [step for step in todo if step.reasons]
        if outcome.unchanged:
            say(_up_to_date(len(outcome.unchanged), len(work)))
        try:
            if work:
                _Campaign(plan, outcome, say, keep_going).run(work, jobs)
        finally:
            shutil.rmtree(plan.request.out / _STAGING, ignore_errors=True)
            _conclude(plan)
        return outcome


def _up_to_date(n: int, left: int) -> str:
    text = ngettext("{n} rapport à jour", "{n} rapports à jour", n).format(n=n)
    return _("{text}, rien à relancer.").format(text=text) if not left else f"{text}."


@dataclass(frozen=True, slots=True)
class _Made:
    """A report made well, in its staging folder."""

    step: Step
    started: dt.datetime
    staging: Path
    seconds: float


class _Campaign:
    """One run: threads wait on worker processes; publishing and the ledger stay in the calling thread."""

    def __init__(self, plan: Plan, outcome: Outcome, say: Say, keep_going: bool) -> None:
        self._plan, self._outcome, self._say, self._keep_going = plan, outcome, say, keep_going
        self._ledger = Ledger(plan.request.out)
        self._commit = changes.commit(plan.request.root)
        self._workers: list[Worker] = []
        self._mine = threading.local()
        self._stop = threading.Event()
        self._sockets = socket_folder()
        self._no_print = pdf.missing() if plan.request.pdf else ""

    def run(self, work: Sequence[Step], jobs: int) -> None:
        if self._no_print:
            self._say(self._no_print)
        pool = ThreadPoolExecutor(max_workers=min(jobs, len(work)))
        waiting = {pool.submit(self._make, step): step for step in work}
        done = 0
        held: list[_Made] = []
        try:
            with _signals(self._interrupt):
                while waiting:
                    ready, _rest = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                    for future in ready:
                        step = waiting.pop(future)
                        done += self._finish(step, future, f"[{done + 1}/{len(work)}]", held)
        finally:
            self._stop.set()
            for worker in self._workers:
                worker.stop()
            pool.shutdown()
            remove_sockets(self._sockets)
        self._let_out(held)

    def _let_out(self, held: Sequence[_Made]) -> None:
        """Public reports that were waiting for each other: published together where the audit passes, else not."""
        if not held:
            return
        self._say(_("Contrôle du secret statistique sur {n} rapports…").format(n=len(held)))
        verdict = gate.review(self._plan, [(made.step.report, made.staging / EXECUTED) for made in held])
        gate.conclude(self._plan, verdict)
        self._outcome.refusals = verdict.refusals
        for made in held:
            if verdict.refusals:
                self._outcome.left.append(made.step.report)
            else:
                self._publish(made)

    def _publish(self, made: _Made) -> None:
        outputs = _publish(made.step.report, made.staging, self._plan.request.out)
        shutil.rmtree(made.staging, ignore_errors=True)
        self._ledger.append(self._entry(made.step, made.started, made.seconds, outputs, None))
        self._outcome.published.append(made.step.report)

    def _interrupt(self) -> None:
        self._outcome.interrupted = True
        self._stop.set()
        for worker in self._workers:
            worker.stop()

    def _make(self, step: Step) -> tuple[dt.datetime, Path, Result] | None:
        """In a thread of the pool: one report in its staging folder; None when the campaign is stopping."""
        if self._stop.is_set():
            return None
        if not hasattr(self._mine, "worker"):
            self._mine.worker = Worker(self._sockets)
            self._workers.append(self._mine.worker)
        report, limit = step.report, self._plan.campaign.timeout_seconds
        staging = self._plan.request.out / _STAGING / report.key.replace("/", "__")
        staging.mkdir(parents=True)
        job = Job(
            notebook=report.notebook.path,
            parameters=dict(report.parameters),
            staging=staging,
            cwd=self._plan.request.root,
            timeout=limit,
            title=report.title,
            language=current_language(),
            home=os.path.relpath(self._plan.site / "index.html", report.folder),
            name=report.name,
            print=self._no_print is None,
        )
        started = dt.datetime.now(dt.UTC)
        result = self._mine.worker.run(job, timeout=limit * _WHOLE_REPORT)
        if result.failure is not None and not self._keep_going:
            self._stop.set()
        return None if self._outcome.interrupted else (started, staging, result)

    def _finish(
        self,
        step: Step,
        future: Future[tuple[dt.datetime, Path, Result] | None],
        head: str,
        held: list[_Made],
    ) -> int:
        """Publish, hold for the audit, or keep the failed notebook; 1 when something was made."""
        report, found = step.report, future.result()
        if found is None:
            self._outcome.left.append(report)
            return 0
        started, staging, result = found
        took = _seconds(result.seconds)
        if result.failure is None:
            made = _Made(step, started, staging, result.seconds)
            if self._plan.request.audience == PUBLIC:
                held.append(made)
                self._say(_("{head} {label} … prêt en {took}").format(head=head, label=report.label, took=took))
            else:
                self._publish(made)
                self._say(_("{head} {label} … publié en {took}").format(head=head, label=report.label, took=took))
            return 1
        failure = asdict(result.failure)
        kept = _keep_failed(report, staging)
        shutil.rmtree(staging, ignore_errors=True)
        self._ledger.append(self._entry(step, started, result.seconds, {}, failure))
        self._outcome.failed.append(report)
        self._say(_("{head} {label} … ÉCHEC après {took}").format(head=head, label=report.label, took=took))
        path = report.failed.relative_to(self._plan.request.out).as_posix() if kept else None
        self._say("  " + paragraph(Line(report.title, failure, path, report.page.is_file())))
        return 1

    def _entry(
        self,
        step: Step,
        started: dt.datetime,
        seconds: float,
        outputs: dict[str, str],
        failure: dict[str, Any] | None,
    ) -> Entry:
        report = step.report
        return Entry(
            key=report.key,
            notebook=report.name,
            title=str(report.notebook.title),
            quartier=report.quartier,
            year=report.year,
            status="ok" if failure is None else "failed",
            started=started.isoformat(timespec="seconds"),
            ended=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            seconds=round(seconds, 2),
            parameters=dict(report.parameters),
            fingerprint=step.fingerprint,
            outputs=outputs,
            versions=changes.versions(),
            commit=self._commit,
            failure=failure,
            synthetic=self._plan.store.synthetic,
        )


def _publish(report: Report, staging: Path, out: Path) -> dict[str, str]:
    """Move the whole files to their final paths; digests by path from the output folder."""
    report.folder.mkdir(parents=True, exist_ok=True)
    outputs = {}
    places = {EXECUTED: report.executed, PAGE: report.page, PRINT: report.printed}
    for made, final in ((staging / name, final) for name, final in places.items()):
        if not made.exists():  # a page that cannot be printed here must not stand beside an older print
            final.unlink(missing_ok=True)
            continue
        with made.open("rb") as file:
            os.fsync(file.fileno())  # renamed only once it is on the disk
        outputs[final.relative_to(out).as_posix()] = changes.file_digest(made)
        made.replace(final)
    report.failed.unlink(missing_ok=True)
    return outputs


@contextmanager
def _private(plan: Plan, *, public: bool) -> Iterator[None]:
    """What is made within is readable by its owner alone, unless it is public."""
    if public:
        yield
        return
    before = os.umask(0o077)
    try:
        for folder in (plan.request.out / INTERNAL, plan.site):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(_OWNER)
        yield
    finally:
        os.umask(before)


def _keep_failed(report: Report, staging: Path) -> bool:
    """Keep the notebook with its error cell beside the last good report; False where there is none to keep."""
    made = staging / EXECUTED
    if not made.exists():
        return False
    folder = report.failures
    folder.mkdir(parents=True, exist_ok=True)
    if folder != report.folder:  # among the team's files, whatever they are readable by
        folder.chmod(_OWNER)
    made.replace(report.failed)
    return True


def refresh(plan: Plan) -> None:
    """The site anew, from what is published; nothing is run.

    Raises
    ------
    UsageError
        Where a run holds the output folder.
    """
    with only_run(plan.request.out), _private(plan, public=plan.request.audience == PUBLIC):
        latest = Ledger(plan.request.out).latest()
        tried = {entry.year for entry in latest.values()}
        known = replace(plan, reports=tuple(report for report in plan.reports if report.year in tried))
        index.write_site(known, latest)


def _conclude(plan: Plan) -> None:
    """The digest of each year touched, and the site of all that this output folder holds."""
    latest = Ledger(plan.request.out).latest()
    for year in sorted({report.year for report in plan.reports}):
        index.write_digest(plan, latest, year)
    index.write_site(plan, latest)


def summary(outcome: Outcome, seconds: float) -> str:
    """The total of a campaign, one line."""
    text = counts(len(outcome.published), len(outcome.failed), len(outcome.left))
    if outcome.unchanged:
        text += ", " + ngettext("{n} déjà à jour", "{n} déjà à jour", len(outcome.unchanged)).format(
            n=len(outcome.unchanged)
        )
    total = _("Total : {text} ; {took}.").format(text=text, took=_seconds(seconds))
    if outcome.interrupted or (outcome.left and not outcome.refusals):
        total += " " + _("La même commande reprendra ce qui reste.")
    return total


def _seconds(seconds: float) -> str:
    from babel.numbers import format_decimal

    return format_decimal(seconds, format="0.0", locale=current_language()) + "\u00a0s"


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop the campaign cleanly (in the main thread only: others cannot take signals)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
