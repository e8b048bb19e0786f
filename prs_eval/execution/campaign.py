"""What a campaign makes: notebook × quartier × year, every parameter checked before any kernel starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from prs_eval.disclosure.ledger import release_path
from prs_eval.errors import UsageError
from prs_eval.execution.notebook import Notebook, Value, own_parameters, read_notebook
from prs_eval.i18n import LANGUAGES, _, current_language, fold
from prs_eval.inputs.parameters import Workbench, _Model, load_workbench, nearest, read_yaml
from prs_eval.inputs.store import Store
from prs_eval.programme.run import AUDIENCES

PUBLIC, INTERNAL = AUDIENCES
Per = Literal["quartier", "year"]


class Planned(_Model):
    """A notebook of the campaign, run once a quartier or once a year; `parameters` are its own."""

    notebook: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    per: Per
    parameters: dict[str, Value] = Field(default_factory=dict)


class Campaign(_Model):
    """`campaign.yml`."""

    notebooks: str = "notebooks"
    timeout_seconds: int = Field(default=300, gt=0, le=86_400)
    reports: tuple[Planned, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Report:
    """One report to make; `quartier` is None for a report on the whole city."""

    notebook: Notebook
    quartier: str | None
    year: int
    parameters: Mapping[str, Value]
    folder: Path
    key: str
    failures: Path

    @property
    def name(self) -> str:
        """Name of the notebook."""
        return self.notebook.path.stem

    @property
    def executed(self) -> Path:
        """Where the executed notebook goes."""
        return self.folder / f"{self.name}.ipynb"

    @property
    def page(self) -> Path:
        """Where the HTML page goes."""
        return self.folder / f"{self.name}.html"

    @property
    def printed(self) -> Path:
        """Where the PDF goes."""
        return self.folder / f"{self.name}.pdf"

    @property
    def failed(self) -> Path:
        """Where the notebook goes when it fails: beside the last good report, or where only the team reads."""
        return self.failures / f"{self.name}.failed.ipynb"

    @property
    def title(self) -> str:
        """Title of the page, in the current language."""
        return " · ".join([str(self.notebook.title), *([self.quartier] if self.quartier else []), str(self.year)])

    @property
    def label(self) -> str:
        """How progress lines call it."""
        return " · ".join([self.name, *([self.quartier] if self.quartier else []), str(self.year)])


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; an empty tuple means the campaign's own choice.

    `root` is the project's folder; `parameters`, `data` and `out` are absolute; `pdf`: whether pages are made for print
    too.
    """

    root: Path
    parameters: Path
    data: Path
    out: Path
    years: tuple[int, ...] = ()
    quartiers: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    audience: str = "internal"
    extra: tuple[tuple[str, str], ...] = ()
    pdf: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The reports of a campaign, in order, with what they share."""

    request: Request
    workbench: Workbench
    campaign: Campaign
    store: Store
    reports: tuple[Report, ...]

    @property
    def site(self) -> Path:
        """Folder of the index: `<out>/<audience>`, or `<out>/<audience>/en` for the English reports."""
        return site_folder(self.request.out, self.request.audience)


def plan(request: Request) -> Plan:
    """The reports that `request` asks for.

    Raises
    ------
    UsageError
        For a notebook, quartier, year, audience, folder or parameter that does not exist, with what is allowed.
    """
    if request.audience not in AUDIENCES:
        message = _("Diffusion inconnue : « {found} » (possibles : {allowed}).")
        raise UsageError(message.format(found=request.audience, allowed=", ".join(AUDIENCES)))
    workbench = load_workbench(request.parameters)
    campaign = read_yaml(request.parameters / "campaign.yml", Campaign)
    chosen = _choose_notebooks(campaign, request)
    quartiers = tuple(dict.fromkeys(workbench.quartier(name).name for name in request.quartiers))
    store = Store(request.data)
    years = _check_years(request.years, store)
    folder = request.root / campaign.notebooks
    reports: list[Report] = []
    for planned in chosen:
        notebook = read_notebook(folder / f"{planned.notebook}.ipynb")
        places = (None,) if planned.per == "year" else quartiers or workbench.programme_quartiers
        parameters = own_parameters(notebook, _standard(request), planned.parameters, request.extra, per=planned.per)
        reports += [
            _report(notebook, place, year, parameters, request, workbench) for year in years for place in places
        ]
    return Plan(request, workbench, campaign, store, tuple(sorted(reports, key=lambda r: r.year)))


def site_folder(out: Path, audience: str) -> Path:
    """Where the pages of an audience go; other languages than French have a folder of their own in it."""
    language = current_language()
    return out / audience if language == LANGUAGES[0] else out / audience / language


def failed_path(out: Path, key: str) -> Path:
    """Where the failed notebook of the report `key` goes: never among public pages, since an error may quote data."""
    place, _slash, rest = key.partition("/")
    folder = out / INTERNAL / "failed" / rest if place == PUBLIC else out / key
    return folder.with_name(folder.name + ".failed.ipynb")


def slug(name: str) -> str:
    """`name` for an address: `Îlot des Prés` → `ilot-des-pres`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


def read_years(texts: Iterable[str]) -> tuple[int, ...]:
    """Years of `--year`: each text is a year or a range `2018-2020`."""
    years: set[int] = set()
    for text in texts:
        match = re.fullmatch(r"\s*(\d{4})(?:\s*[-–:]\s*(\d{4}))?\s*", text)
        if not match or int(match[2] or match[1]) < int(match[1]):
            raise UsageError(_("Année illisible : « {found} ». Écrire 2018, ou 2018-2020.").format(found=text))
        years.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(sorted(years))


def _choose_notebooks(campaign: Campaign, request: Request) -> list[Planned]:
    known = {planned.notebook: planned for planned in campaign.reports}
    for name in request.notebooks:
        if name not in known:
            message = _("Carnet inconnu : « {found} ».").format(found=name)
            if near := nearest(name, list(known)):
                message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
            raise UsageError(message + " " + _("Carnets possibles : {names}.").format(names=", ".join(known)))
    if request.notebooks:
        return [planned for name, planned in known.items() if name in request.notebooks]
    return [p for p in known.values() if p.per == "quartier" or not request.quartiers]


def _check_years(wanted: Sequence[int], store: Store) -> tuple[int, ...]:
    present = store.years()
    if not present:
        raise UsageError(
            _("Aucune réunion, séance ni activité dans « {path} » : aucun rapport possible.").format(path=store.root)
        )
    if missing := [str(year) for year in wanted if year not in present]:
        raise UsageError(
            _("Année absente des données : {found} (années présentes : {present}).").format(
                found=", ".join(missing), present=", ".join(map(str, present))
            )
        )
    return tuple(wanted) or (present[-1],)


def _report(
    notebook: Notebook,
    quartier: str | None,
    year: int,
    parameters: Mapping[str, Value],
    request: Request,
    workbench: Workbench,
) -> Report:
    place = slug(quartier or workbench.city)
    folder = site_folder(request.out, request.audience) / str(year) / place
    own: dict[str, Value] = {**({} if quartier is None else {"quartier": quartier}), "year": year, **parameters}
    key = (folder / notebook.path.stem).relative_to(request.out).as_posix()
    if request.audience == PUBLIC:
        own["release"] = _relative(release_path(request.out, year), request.root)
    failures = failed_path(request.out, key).parent
    return Report(notebook, quartier, year, own, folder, key, failures)


def _standard(request: Request) -> dict[str, Value]:
    """The parameters that every notebook takes, but quartier and year."""
    return {
        "data": _relative(request.data, request.root),
        "parameters": _relative(request.parameters, request.root),
        "audience": request.audience,
        "language": current_language(),
        "release": "",
    }


def _relative(path: Path, root: Path) -> str:
    """`path` from the project's root where it lies within, so that reports carry no path of the machine."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
