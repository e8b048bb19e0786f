"""What has been run: one JSON line an attempt, appended and flushed to disk; and one run at a time."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from prs_eval.errors import UsageError
from prs_eval.i18n import _

LEDGER = "ledger.jsonl"
Status = Literal["ok", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempt at one report.

    `title` is the notebook's, in the report's language; `fingerprint` what the report depends on
    (`changes.Fingerprint`); `outputs` the SHA-256 of each file published, by path from the output folder;
    `failure` the reason of a failed one; times are UTC, ISO 8601; `synthetic` whether the data were the
    demonstration's, None in lines written before this was recorded.
    """

    key: str
    notebook: str
    title: str
    quartier: str | None
    year: int
    status: Status
    started: str
    ended: str
    seconds: float
    parameters: dict[str, Any]
    fingerprint: dict[str, Any]
    outputs: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    commit: str | None = None
    failure: dict[str, Any] | None = None
    synthetic: bool | None = None


class Ledger:
    """The attempts recorded in an output folder."""

    def __init__(self, out: Path) -> None:
        self.path = out / LEDGER

    def append(self, entry: Entry) -> None:
        """Add one line; it is on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True).encode() + b"\n"
        with self.path.open("ab+") as file:
            if file.tell() and not self._ends_with_newline():
                line = b"\n" + line  # the last attempt was cut short
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[Entry]:
        """Every attempt, oldest first; a line cut short by a crash, or of another version, is left out."""
        if not self.path.exists():
            return []
        names = {f.name for f in fields(Entry)}
        found = []
        for line in self.path.read_bytes().splitlines():
            try:
                content = json.loads(line)
                found.append(Entry(**{name: value for name, value in content.items() if name in names}))
            except (ValueError, TypeError, AttributeError):
                continue
        return found

    def latest(self) -> dict[str, Entry]:
        """The last attempt at each report, by key."""
        return {entry.key: entry for entry in self.entries()}

    def _ends_with_newline(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold the output folder for this run; UsageError where another one holds it.

    The system frees the lock when its holder dies, however it dies.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".run.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise UsageError(
                _(
                    "Une autre campagne écrit déjà dans « {path} » ({holder}) : attendre sa fin, ou choisir --out."
                ).format(path=out, holder=file.read().strip() or "?")
            ) from None
        file.truncate(0)
        file.write(_("processus {pid}, depuis {time}").format(pid=os.getpid(), time=f"{dt.datetime.now():%H:%M}"))
        file.flush()
        yield
