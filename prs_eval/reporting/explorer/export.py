"""A view as files that may be given to anyone: only what the year's release lets out, and added to what is published.

The release is the one that `prs-eval run` decided for the last year of the view; without one it is decided on the spot,
with all that was published before. Numbers that are not in the ledger of publications yet are attacked with those that
are before they leave, as the pages of a campaign are, and written to it.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from prs_eval.disclosure.attack import AttackError
from prs_eval.disclosure.audit import audit
from prs_eval.disclosure.ledger import FOLDER, PUBLISHED, REFUSED, Fact, read_ledger, release_path, write_ledger
from prs_eval.disclosure.protect import facts_of, release_of
from prs_eval.disclosure.readings import NOT_PEOPLE, domain, reading
from prs_eval.disclosure.release import decide_year, row_years
from prs_eval.errors import DisclosureError
from prs_eval.i18n import _, current_language
from prs_eval.programme.run import Run
from prs_eval.reporting import format as fmt
from prs_eval.reporting.datapackage import inert
from prs_eval.reporting.explorer.measures import same_city
from prs_eval.reporting.explorer.view import Choice, View, view
from prs_eval.reporting.page import source_line
from prs_eval.reporting.resource import resource, resource_name

_SECONDS = 30.0  # for one integer programme


@dataclass(frozen=True)
class Exported:
    """The files written, none where nothing may leave, and the sentence that says so."""

    paths: tuple[Path, ...]
    message: str


class Public:
    """The public runs of a city, one a last year, each with its release.

    out: the folder of results (`outputs`), whose `disclosure` remembers what was decided and published.
    """

    def __init__(self, run: Run, out: Path) -> None:
        self._run, self._out = run, out
        self._runs: dict[int, Run] = {}
        self._decided = TemporaryDirectory(prefix="prs-eval-")  # releases decided on the spot last as long as the page

    @property
    def _memory(self) -> Path:
        return self._out / FOLDER

    def decided(self, year: int) -> bool:
        """Whether what may be published of `year` is known already; else `run` takes half a minute."""
        return year in self._runs or self._given(year) is not None

    def run(self, year: int) -> Run:
        """The public run of `year`.

        Raises
        ------
        DisclosureError
            Where nothing may be published.
        """
        if year not in self._runs:
            self._runs[year] = self._open(year)
        return self._runs[year]

    def _given(self, year: int) -> Path | None:
        """The release that `prs-eval run` decided."""
        path = release_path(self._out, year)
        found = self._run.release if self._run.release and year == self._run.year else path
        return found if found.is_file() else None

    def _open(self, year: int) -> Run:
        path = self._given(year)
        if path is None:
            path = Path(self._decided.name) / f"{year}.json"
            try:
                decide_year(same_city(self._run, year, audience="public", release=""), self.published()).write(path)
            except AttackError:
                raise DisclosureError(_("Rien ne peut être ajouté à ce qui a déjà été publié.")) from None
        return same_city(self._run, year, audience="public", release=str(path))

    def published(self) -> list[Fact]:
        """All that was ever published."""
        path = self._memory / PUBLISHED
        try:
            return read_ledger(path) if path.is_file() else []
        except ValueError:
            raise DisclosureError(_("Registre des publications illisible : le reprendre d'une sauvegarde.")) from None

    def let_out(self, run: Run, rows: pd.DataFrame) -> None:
        """Note in the ledger what `rows` tell, unless it is there; raise DisclosureError where it may not leave.

        Demonstration data are attacked all the same, but not noted: what they tell is of nobody.
        """
        if (self._memory / REFUSED).is_file():
            raise DisclosureError(
                _("Le dernier contrôle du secret statistique a échoué : rien ne sort avant qu'il passe.")
            )
        before = self.published()
        written = {(f.where, f.of, f.lower, f.upper) for f in before}
        new = [f for f in _told(run, rows) if (f.where, f.of, f.lower, f.upper) not in written]
        if not new:
            return
        facts = list(dict.fromkeys([*new, *release_of(run).known, *before]))
        threshold = run.workbench.disclosure_threshold
        try:
            leaks = audit(facts, domain(run.workbench), threshold=threshold, time_limit=_SECONDS)
        except AttackError:
            raise DisclosureError(_("Le contrôle du secret statistique n'a pas pu conclure : rien ne sort.")) from None
        if leaks:
            raise DisclosureError(_("Avec ce qui est déjà publié, cette vue laisserait retrouver un petit effectif."))
        if not run.synthetic:
            self._memory.mkdir(parents=True, exist_ok=True)
            write_ledger(self._memory / PUBLISHED, [*before, *new])


def _told(run: Run, rows: pd.DataFrame) -> list[Fact]:
    """What `rows`, as shown, tell of people."""
    facts: list[Fact] = []
    for row in rows[~rows["indicator"].isin(NOT_PEOPLE)].to_dict("records"):
        found = reading(row, years=row_years(run, row))
        if found is not None:
            facts += facts_of(f"explore: {row['indicator']}", found, release_of(run))
    return facts


def export(public: Public, choice: Choice, out: Path) -> Exported:
    """Write the protected view as `out/explore/<choice>.csv` and `.png`; nothing where all its numbers are masked.

    Raises
    ------
    DisclosureError
        Where it may not leave: the message says why.
    """
    run = public.run(choice.last)
    try:
        seen = view(run, choice, titled=True)
    except ValueError:  # `protect`: a count is not the one that was decided on
        text = _(
            "Les données ont changé depuis qu'il a été décidé ce qui peut sortir : relancer prs-eval run --year {year}."
        )
        raise DisclosureError(text.format(year=choice.last)) from None
    if not seen.has_numbers:
        text = _(
            "Rien n'est écrit : tous les nombres de cette vue seraient masqués. Essayer l'ensemble des quartiers, ou "
            "un indicateur sur les trois dernières années."
        )
        return Exported((), text)
    public.let_out(run, seen.table)
    folder = out / "explore"
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{_name(run, choice)}.{kind}" for kind in ("csv", "png"))
    for path, content in zip(paths, (_csv(run, seen), _png(run, seen)), strict=True):
        beside = path.with_name(path.name + ".part")
        beside.write_bytes(content)
        beside.replace(path)
    return Exported(paths, _message(seen, paths, out))


def _message(seen: View, paths: Sequence[Path], out: Path) -> str:
    folder = paths[0].parent.relative_to(out.parent).as_posix()
    names = fmt.listing([path.name for path in paths])
    text = _("Vue protégée écrite dans {folder} : {names}.").format(folder=folder, names=names)
    hidden = int(seen.table["status"].isin(["primary", "secondary"]).sum())
    return text if not hidden else text + " " + _("Lignes masquées : {n}.").format(n=fmt.number(hidden))


def _name(run: Run, choice: Choice) -> str:
    """A file's name made of the choice."""
    years = str(choice.last) if choice.first == choice.last else f"{choice.first}-{choice.last}"
    words = [choice.indicator, choice.place, years, choice.comparison, *(code for _column, code in choice.detail)]
    return resource_name(" ".join([*(["demo"] if run.synthetic else []), *words]))


def _csv(run: Run, seen: View) -> bytes:
    """The rows with the digits that a page prints; in French as French spreadsheets open them."""
    found = resource(seen.table, seen.caption, as_printed=True, catalogue=run.catalogue, workbench=run.workbench)
    french = current_language() == "fr"
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if french else ",", lineterminator="\r\n")
    writer.writerow(field["title"] for field in found["schema"]["fields"])
    for row in found["data"]:
        writer.writerow(_cell(value, french=french) for value in row.values())
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any, *, french: bool) -> Any:
    """Text that no spreadsheet runs; numbers with the decimal comma in French."""
    if isinstance(value, float) and french:
        return str(value).replace(".", ",")
    return inert(value) if isinstance(value, str) else value


def _png(run: Run, seen: View) -> bytes:
    from prs_eval.reporting.figures import render  # matplotlib only where something is drawn

    assert seen.figure is not None
    render.sign(seen.figure, source_line(run))
    return base64.b64decode(render.data_address(seen.figure, vector=False).partition(",")[2])
