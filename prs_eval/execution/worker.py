"""A process that runs one report after the other; the campaign can lose it and start another.

It writes in its staging folder only: what a dying or orphaned worker leaves can never stand at a final path.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import shutil
import signal
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from prs_eval.errors import PrsEvalError
from prs_eval.execution.notebook import stopped_at
from prs_eval.i18n import set_language

MAX_SOCKET_PATH = 100  # the system's limit on a socket's path is 104 to 108 bytes
_SOCKETS = "PRS_EVAL_SOCKETS"  # tells a kernel manager the folder of its worker's campaign

EXECUTED, PAGE, PRINT = "report.ipynb", "report.html", "report.pdf"  # names in the staging folder

_SPAWN = mp.get_context("spawn")  # a forked copy of a threaded process may hang


Kind = Literal["cell", "timeout", "kernel", "export", "worker", "unexpected"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a report failed.

    `question` is the last heading before the failing cell; `error` the name of the exception; `message` is
    its text, kept only where the exception is one of ours, since any other text may quote the data.
    """

    kind: Kind
    error: str
    question: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One report to make: `staging` is an empty folder; `timeout` the seconds allowed to one cell; `home` the
    address of the index, relative to the page; `name` what the published files are called, without suffix;
    `print` whether the page is also made for print."""

    notebook: Path
    parameters: dict[str, Any]
    staging: Path
    cwd: Path
    timeout: int
    title: str
    language: str
    home: str
    name: str
    print: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job; the files are in its staging folder."""

    seconds: float
    failure: Failure | None = None


class Worker:
    """One process at a time, replaced when it dies. `run` blocks; `stop` may be called from another thread."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._process: Any = None
        self._connection: Connection | None = None
        self._stopped = False
        self._lock = threading.Lock()  # `stop` must not miss a process that is being started

    def run(self, job: Job, *, timeout: float) -> Result:
        """Run `job`; a worker that dies or exceeds `timeout` seconds is a failed report, not a failed campaign."""
        started = time.monotonic()
        try:
            connection = self._start()
            connection.send(job)
            if connection.poll(timeout):
                result: Result = connection.recv()
                return result
            kind: Kind = "timeout"
        except (EOFError, OSError):
            kind = "worker"
        self.close()
        question = stopped_at(job.staging / EXECUTED)
        return Result(time.monotonic() - started, Failure(kind, "", question))

    def stop(self) -> None:
        """Stop what runs now and start nothing more."""
        with self._lock:
            self._stopped = True
        self.close()

    def close(self) -> None:
        """End the process: asked first, so that it takes its kernel along, then forced."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        process.join(3)
        if process.is_alive():
            process.kill()
            process.join()

    def _start(self) -> Connection:
        with self._lock:
            if self._stopped:
                raise EOFError
            if self._process is None or not self._process.is_alive() or self._connection is None:
                self._connection, theirs = _SPAWN.Pipe()
                self._process = _SPAWN.Process(target=_serve, args=(theirs, os.getpid(), self._sockets), daemon=True)
                self._process.start()
                theirs.close()  # so that the death of the process ends our reading
            return self._connection


def socket_folder() -> Path:
    """A fresh folder, readable by its owner only, whose path leaves room for two more names in a socket's path."""
    wanted = os.environ.get(_SOCKETS) or tempfile.gettempdir()
    longest = f"{wanted}/prs-12345678/s-5" if _SOCKETS in os.environ else f"{wanted}/prs-12345678/prs-12345678/s-5"
    short = len(os.fsencode(longest)) <= MAX_SOCKET_PATH
    return Path(tempfile.mkdtemp(prefix="prs-", dir=wanted if short else "/tmp"))


def remove_sockets(folder: Path) -> None:
    """Remove the folder of a campaign's sockets; a kernel that is just dying may still be writing in it."""
    for _attempt in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.2)


def _serve(connection: Connection, parent: int, sockets: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the campaign decides
    signal.signal(signal.SIGTERM, lambda *_: _leave())
    os.environ[_SOCKETS] = str(sockets)
    threading.Thread(target=_watch, args=(parent, sockets), daemon=True).start()
    try:
        while True:
            connection.send(_make(connection.recv()))
    except (EOFError, OSError, SystemExit):
        pass


def _leave() -> None:
    raise SystemExit  # unwinds through nbclient, which kills its kernel on the way


def _watch(parent: int, sockets: Path) -> None:
    """Leave when the campaign is killed outright; the kernel watches this process in the same way."""
    while os.getppid() == parent:
        time.sleep(0.5)
    shutil.rmtree(sockets, ignore_errors=True)
    os._exit(1)


def _make(job: Job) -> Result:
    from prs_eval.execution.kernel import execute  # heavy, and of no use where nothing is to be run

    set_language(job.language)
    executed = job.staging / EXECUTED
    try:
        seconds, failure = execute(job.notebook, job.parameters, executed, cwd=job.cwd, timeout=job.timeout)
    except Exception as error:
        return Result(0.0, Failure("unexpected", type(error).__name__))
    if failure is not None:
        return Result(seconds, failure)
    started = time.monotonic()
    try:
        from prs_eval.reporting import html, pdf

        page, printed = job.staging / PAGE, f"{job.name}.pdf" if job.print else None
        html.export(executed, page, title=job.title, language=job.language, home=job.home, pdf=printed)
        if job.print:
            pdf.write(page.read_text(encoding="utf-8"), job.staging / PRINT, reference=f"{job.name}.html")
    except Exception as error:
        message = str(error) if isinstance(error, PrsEvalError) else None
        failure = Failure("export", type(error).__name__, message=message)
    return Result(seconds + time.monotonic() - started, failure)
