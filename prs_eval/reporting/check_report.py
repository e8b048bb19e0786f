"""What `check` found, for the terminal and for the coordinator: a page and a workbook that say what to do.

Everything shown comes from files that anyone may have typed: the page escapes it, the workbook holds it as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.tables import TABLES
from prs_eval.reporting.check_order import group_order, ordered, table_rank, waiting
from prs_eval.reporting.format import number, typography

if TYPE_CHECKING:
    from prs_eval.inputs.intake import Intake, TableIntake
    from prs_eval.inputs.issues import Issue, Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
_GROUPS_SHOWN = 12  # kinds of problem in the terminal
_PLACES_SHOWN = 5  # other cells with the same problem
_ROWS_SHOWN = 500  # problems on the page, by severity; the workbook holds them all


@dataclass(frozen=True, slots=True)
class Line:
    """One table of one source, in figures."""

    table: str
    file: str
    sheet: str
    read: int
    accepted: int
    refused: int


def lines(intake: Intake) -> list[Line]:
    """Rows read, accepted and refused, one line a table and file, in the order of the entry workbook."""
    parts = sorted(intake.parts, key=lambda part: table_rank(part.table))
    return [Line(table_title(p.table), p.file, p.sheet or "", p.read, len(p.accepted), len(p.refused)) for p in parts]


def table_title(table: str | None) -> str:
    """The title of a table in the current language; the name itself where it is not one of ours."""
    return str(TABLES[table].title) if table in TABLES else table or ""


def column_title(table: str | None, column: str | None) -> str:
    """The title of a column in the current language; the name itself where it is not one of ours."""
    known = {c.name: str(c.title) for c in TABLES[table].columns} if table in TABLES else {}
    return known.get(column or "", column or "")


def severity_title(severity: Severity) -> str:
    """How a kind of remark is called."""
    return {"error": _("Problèmes à corriger"), "warning": _("Points à vérifier"), "info": _("Pour information")}[
        severity
    ]


def heads() -> dict[str, str]:
    """Column headings of the figures and of the problems, in the current language."""
    return {
        "table": _("Table"),
        "file": _("Fichier"),
        "sheet": _("Feuille"),
        "read": _("Lues"),
        "accepted": _("Acceptées"),
        "refused": _("Refusées"),
        "severity": _("Gravité"),
        "row": _("Ligne"),
        "column": _("Colonne"),
        "cell": _("Case"),
        "found": _("Trouvé"),
        "message": _("Que faire"),
        "problem": _("Problème"),
    }


def found(issue: Issue) -> str:
    """What the cell holds; said to be withheld where it may be personal."""
    if issue.found is None:
        return _("non affiché") if issue.cell else "–"
    return issue.found or _("vide")


def verdict(intake: Intake) -> str:
    """The whole check in one sentence."""
    refused, read = _total(intake.parts, "refused"), _total(intake.parts, "read")
    problems = sum(issue.severity == "error" for issue in intake.issues)
    if refused:
        text = ngettext(
            "{refused} ligne refusée sur {read} lues.", "{refused} lignes refusées sur {read} lues.", refused
        )
        return text.format(refused=number(refused), read=number(read)) + _to_look_at(intake)
    if problems:
        return ngettext(
            "{n} problème empêche de lire une partie du fichier.",
            "{n} problèmes empêchent de lire une partie du fichier.",
            problems,
        ).format(n=number(problems))
    if not read:
        return _("Aucune ligne saisie pour le moment ; aucun problème.")
    text = ngettext("La ligne lue est acceptée.", "Les {n} lignes lues sont toutes acceptées.", read)
    return text.format(n=number(read)) + _to_look_at(intake)


def _to_look_at(intake: Intake) -> str:
    """How many rows are not of the entry workbook's quartier or year: easily missed where all are accepted."""
    out = ""
    strays = {code: sum(issue.code == code for issue in intake.issues) for code in ("other_quartier", "other_year")}
    if n := strays["other_quartier"]:
        text = ngettext(
            "{n} ligne est d'un autre quartier que le classeur.",
            "{n} lignes sont d'un autre quartier que le classeur.",
            n,
        )
        out += " " + text.format(n=number(n))
    if n := strays["other_year"]:
        text = ngettext(
            "{n} ligne est d'une autre année que le classeur.", "{n} lignes sont d'une autre année que le classeur.", n
        )
        out += " " + text.format(n=number(n))
    return out


def next_steps(intake: Intake) -> list[str]:
    """What to do now, in plain words."""
    source = intake.source
    if intake.ok:
        steps = [_("Transmettre le fichier à la personne qui importe les données (prs-eval import).")]
    else:
        steps = [
            _("Ouvrir « {source} » et corriger les cases indiquées ci-dessous.").format(source=source),
            _("Enregistrer, puis relancer la vérification : prs-eval check {source}").format(source=source),
            _("Une fois le fichier sans problème, le transmettre à la personne qui importe les données."),
        ]
    if any(issue.severity == "warning" for issue in intake.issues):
        steps.insert(0 if intake.ok else 1, _("Relire les points à vérifier : ils n'empêchent pas l'import."))
    return steps


def summary(intake: Intake) -> str:
    """The check for a terminal: figures, then the remarks by kind, worst first, causes first, a few places each."""
    out = [str(intake.source), "", *_figures(lines(intake)), "", verdict(intake)]
    for severity in SEVERITIES:
        groups = _groups([issue for issue in intake.issues if issue.severity == severity])
        if not groups:
            continue
        out += ["", severity_title(severity)]
        out += [text for group in groups[:_GROUPS_SHOWN] for text in _group_lines(group)]
        if more := sum(len(group) for group in groups[_GROUPS_SHOWN:]):
            out.append("  " + ngettext("… et {n} autre", "… et {n} autres", more).format(n=number(more)))
    return "\n".join(out)


def write_html(intake: Intake, path: Path) -> Path:
    """Write the check as one accessible page (no script, no outside request); the path written."""
    from prs_eval.reporting.html import document
    from prs_eval.reporting.page import stamp

    environment = Environment(loader=PackageLoader("prs_eval.reporting"), autoescape=True, trim_blocks=True)
    title = _("Vérification de {source}").format(source=Path(str(intake.source)).name)
    body = environment.get_template("check.html.j2").render(
        stamp=stamp(),
        title=title,
        heads=heads(),
        next_title=_("Que faire maintenant"),
        figures_title=_("En chiffres"),
        figures_caption=_("Lignes lues, acceptées et refusées"),
        total_title=_("Ensemble"),
        verdict=verdict(intake),
        ok=intake.ok,
        steps=next_steps(intake),
        lines=lines(intake),
        total=[_total(intake.parts, name) for name in ("read", "accepted", "refused")],
        number=number,
        sections=[_section(intake.issues, severity) for severity in SEVERITIES],
        column_title=column_title,
        found=found,
        typography=typography,
    )
    return _write(Path(path), document(body, title=title).encode("utf-8"))


def write_xlsx(intake: Intake, path: Path) -> Path:
    """Write the check as a workbook: figures, problems, then the refused rows of each table; the path written."""
    from prs_eval.reporting.check_workbook import workbook_bytes

    return _write(Path(path), workbook_bytes(intake))


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".tmp")
    beside.write_bytes(content)
    return beside.replace(path)


def _section(issues: Sequence[Issue], severity: Severity) -> dict[str, object]:
    of_kind = ordered(i for i in issues if i.severity == severity)
    hidden = len(of_kind) - _ROWS_SHOWN
    more = ngettext(
        "… et {n} autre : la liste complète est dans le classeur du bilan.",
        "… et {n} autres : la liste complète est dans le classeur du bilan.",
        max(hidden, 0),
    )
    return {
        "title": severity_title(severity),
        "count": len(of_kind),
        "issues": of_kind[:_ROWS_SHOWN],
        "more": more.format(n=number(hidden)) if hidden > 0 else "",
    }


def _total(parts: Sequence[TableIntake], name: str) -> int:
    return sum(value if isinstance(value := getattr(part, name), int) else len(value) for part in parts)


def _figures(rows: Sequence[Line]) -> list[str]:
    """A table in plain text, right-aligned numbers, with a total where there are several lines."""
    head = (_("Table"), _("lues"), _("acceptées"), _("refusées"))
    body = [(row.table or row.file, number(row.read), number(row.accepted), number(row.refused)) for row in rows]
    if len(rows) > 1:
        totals = [number(sum(getattr(row, name) for row in rows)) for name in ("read", "accepted", "refused")]
        body.append((_("Ensemble"), *totals))  # type: ignore[arg-type]
    widths = [max(len(line[i]) for line in (head, *body)) for i in range(4)]
    return [
        "  " + line[0].ljust(widths[0]) + "".join("  " + line[i].rjust(widths[i]) for i in (1, 2, 3))
        for line in (head, *body)
    ]


def _groups(issues: Sequence[Issue]) -> list[list[Issue]]:
    """Issues of one kind together, by column where they have one; causes first, the most frequent of a table first."""
    alone, others = waiting(issues)
    groups: dict[tuple[object, ...], list[Issue]] = {}
    for issue in others:
        place = (issue.file, issue.sheet, issue.column) if issue.column else ()
        groups.setdefault((issue.code, *place), []).append(issue)
    return sorted([*groups.values(), *alone], key=lambda group: (*group_order(group[0]), -len(group)))


def _group_lines(group: Sequence[Issue]) -> list[str]:
    first, others = group[0], group[1:]
    out = [f"  {first}"]
    if others:
        shown = others[:_PLACES_SHOWN]
        places = [i.cell if i.column and i.cell else i.place.removeprefix(f"{first.file}, ") for i in shown]
        text = ngettext("{n} autre cas : {places}", "{n} autres cas : {places}", len(others))
        hidden = len(others) - len(places)
        tail = (
            (_(" ; ") + ngettext("… et {n} autre", "… et {n} autres", hidden).format(n=number(hidden)))
            if hidden
            else ""
        )
        out.append("    " + text.format(n=number(len(others)), places=_(" ; ").join(places)) + tail)
    return out
