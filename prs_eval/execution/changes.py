"""What a report depends on, and what of it has changed since it was last made."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from prs_eval.execution.campaign import Plan, Report
from prs_eval.execution.ledger import Entry
from prs_eval.i18n import _

_PACKAGE = Path(__file__).resolve().parents[1]
_DISTRIBUTION = "prs-eval"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256 of each thing that a report depends on; `data` by table, for its quartier and years.

    `release` is what a public report may show, empty for an internal one.
    """

    notebook: str
    parameters: str
    settings: str
    library: str
    published: str
    versions: str
    release: str
    data: dict[str, str]


class Fingerprints:
    """Fingerprints of the reports of one plan; what they share is read once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._settings = files_digest(plan.request.parameters, exclude=("campaign.yml",))
        self._published = files_digest(plan.request.root / "data" / "published")
        self._library = files_digest(_PACKAGE)
        self._versions = text_digest(json.dumps(versions(), sort_keys=True))
        self._data: dict[tuple[str, str | None, int], str] = {}

    @property
    def shared(self) -> tuple[str, str, str]:
        """Digests of the library, of the city's parameters and of the published figures."""
        return self._library, self._settings, self._published

    def of(self, report: Report) -> Fingerprint:
        """The fingerprint of one report."""
        return Fingerprint(
            notebook=notebook_digest(report.notebook.path),
            parameters=text_digest(json.dumps(dict(report.parameters), sort_keys=True)),
            settings=self._settings,
            library=self._library,
            published=self._published,
            versions=self._versions,
            release=self._release(report),
            data={table: self._table(table, report) for table in report.notebook.tables},
        )

    def _release(self, report: Report) -> str:
        name = report.parameters.get("release")
        path = self._plan.request.root / str(name)
        return file_digest(path) if name and path.is_file() else ""

    def _table(self, table: str, report: Report) -> str:
        key = (table, report.quartier, report.year)
        if key not in self._data:
            years = self._plan.workbench.history(report.year)
            self._data[key] = self._plan.store.digest([table], quartier=report.quartier, years=years)
        return self._data[key]


def reasons(now: Mapping[str, Any], entry: Entry | None, out: Path) -> list[str]:
    """Why a report must be made again, in words; empty when it is up to date.

    now: a `Fingerprint` as a mapping. entry: the last attempt. out: the output folder.
    """
    if entry is None:
        return [_("nouveau")]
    if entry.status != "ok":
        return [_("échec précédent")]
    before = entry.fingerprint
    found = [text for name, text in _wordings().items() if before.get(name, "") != now[name]]
    data = now["data"]
    if tables := [table for table in data if before.get("data", {}).get(table) != data[table]]:
        found.append(_("données changées : {tables}").format(tables=", ".join(tables)))
    if missing := [path for path in entry.outputs if not (out / path).is_file()]:
        found.append(_("fichier manquant : {path}").format(path=missing[0]))
    elif altered := [path for path, digest in entry.outputs.items() if file_digest(out / path) != digest]:
        found.append(_("fichier modifié : {path}").format(path=altered[0]))
    return found


def _wordings() -> dict[str, str]:
    return {
        "notebook": _("carnet modifié"),
        "parameters": _("paramètres du rapport changés"),
        "settings": _("fichiers de paramètres modifiés"),
        "library": _("bibliothèque modifiée"),
        "published": _("chiffres publiés modifiés"),
        "versions": _("versions de logiciels changées"),
        "release": _("ce qui peut être publié a changé"),
    }


def notebook_digest(path: Path) -> str:
    """SHA-256 of the cells' kinds, tags and sources: outputs and execution counts do not count."""
    content = json.loads(path.read_text(encoding="utf-8"))
    cells = [[c["cell_type"], c["metadata"].get("tags", []), "".join(c["source"])] for c in content["cells"]]
    return text_digest(json.dumps([cells, content["metadata"].get("prs_eval")], sort_keys=True))


def files_digest(folder: Path, *, exclude: Iterable[str] = ()) -> str:
    """SHA-256 of the names and contents of the files under `folder` (compiled Python apart)."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".") and path.name not in exclude:
            total.update(f"{path.relative_to(folder).as_posix()}\n{file_digest(path)}\n".encode())
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of one file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that this one declares."""
    found = {"python": platform.python_version()}
    for requirement in metadata.requires(_DISTRIBUTION) or []:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        if "extra ==" not in requirement:
            found[name] = metadata.version(name)
    return found


def commit(root: Path) -> str | None:
    """The git commit of the project, `+` appended where files differ from it; None without git."""
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()
