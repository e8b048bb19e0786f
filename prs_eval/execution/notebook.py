"""What a notebook declares of itself, read without running it; parameters checked against it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prs_eval.errors import UsageError
from prs_eval.i18n import Text, _, fold
from prs_eval.inputs.parameters import nearest
from prs_eval.inputs.tables import TABLES

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Notebook:
    """What a notebook declares of itself."""

    path: Path
    title: Text
    tables: tuple[str, ...]
    declared: Mapping[str, Value]


def read_notebook(path: Path) -> Notebook:
    """What `path` declares: title, tables and parameters; UsageError where it is missing or unreadable."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells, about = content["cells"], content["metadata"].get("prs_eval", {})
    except FileNotFoundError:
        names = sorted(p.stem for p in path.parent.glob("*.ipynb"))
        raise UsageError(
            _("Carnet introuvable : {path} (carnets du dossier : {names}).").format(
                path=path, names=", ".join(names) or _("aucun")
            )
        ) from None
    except (ValueError, KeyError, AttributeError):
        raise UsageError(_("{path} n'est pas un carnet Jupyter lisible.").format(path=path)) from None
    title = about.get("title", {})
    label = Text(str(title.get("fr", path.stem)), str(title.get("en", title.get("fr", path.stem))))
    tables = tuple(about.get("tables", TABLES))
    if unknown := [name for name in tables if name not in TABLES]:
        raise UsageError(
            _("{path} : table inconnue « {found} » (tables possibles : {names}).").format(
                path=path.name, found=unknown[0], names=", ".join(TABLES)
            )
        )
    return Notebook(path, label, tables, _declared(path, cells))


def stopped_at(executed: Path) -> str | None:
    """The question of the cell that stopped an executed notebook: the last heading before the cell in error,
    or before the last one started; None where there is no heading, or nothing readable."""
    try:
        cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return None
    started = [n for n, cell in enumerate(cells) if cell["metadata"].get("papermill", {}).get("start_time")]
    in_error = [n for n, c in enumerate(cells) if any(o["output_type"] == "error" for o in c.get("outputs", []))]
    last = (in_error or started[-1:] or [0])[0]
    prose = [cell for cell in cells[:last] if cell["cell_type"] == "markdown"]
    lines = [line for cell in prose for line in "".join(cell["source"]).splitlines()]
    headings = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    return headings[-1] if headings else None


def _declared(path: Path, cells: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    """Names and defaults of the first cell tagged `parameters`, read without running it."""
    tagged = (c for c in cells if c["cell_type"] == "code" and "parameters" in c["metadata"].get("tags", []))
    cell = next(tagged, None)
    if cell is None:
        raise UsageError(_("{path} n'a pas de cellule étiquetée « parameters ».").format(path=path.name))
    declared: dict[str, Value] = {}
    try:
        for line in ast.parse("".join(cell["source"])).body:
            if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
                declared[line.targets[0].id] = ast.literal_eval(line.value)
            elif isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
                declared[line.target.id] = ast.literal_eval(line.value)
            else:
                raise ValueError
    except (SyntaxError, ValueError):
        raise UsageError(
            _("{path} : la cellule « parameters » ne doit contenir que des lignes « nom = valeur ».").format(
                path=path.name
            )
        ) from None
    return declared


def own_parameters(
    notebook: Notebook,
    standard: Mapping[str, Value],
    planned: Mapping[str, Value],
    asked: Iterable[tuple[str, str]],
    *,
    per: str,
) -> dict[str, Value]:
    """Every parameter of a notebook but quartier and year.

    Parameters
    ----------
    standard
        What every notebook takes (data, parameters, audience, language, release).
    planned, asked
        Its own, from `campaign.yml` and from the command line (text, read into the declared type).

    Raises
    ------
    UsageError
        For a parameter that the notebook does not declare, one that it lacks, or a value of another type.
    """
    declared = notebook.declared
    reserved = {*standard, "year", "quartier"}
    needed: dict[str, Value] = {**standard, "year": 0, **({"quartier": ""} if per == "quartier" else {})}
    if missing := sorted(set(needed) - set(declared)):
        raise UsageError(
            _("{path} : paramètre non déclaré : {names}. L'ajouter à la cellule « parameters ».").format(
                path=notebook.path.name, names=", ".join(missing)
            )
        )
    for name, value in needed.items():
        _typed(name, value, declared[name], notebook)
    own = dict(standard)
    for name, value in [*planned.items(), *asked]:
        if name == "release":
            raise UsageError(_("Le paramètre « release » est fixé par la campagne."))
        if name in reserved:
            raise UsageError(
                _("Le paramètre « {name} » se donne par l'option --{option}.").format(
                    name=name, option="lang" if name == "language" else name
                )
            )
        if name not in declared:
            raise UsageError(_unknown_parameter(name, notebook, sorted(set(declared) - reserved)))
        own[name] = _typed(name, value, declared[name], notebook)
    return own


def _unknown_parameter(name: str, notebook: Notebook, free: list[str]) -> str:
    message = _("Paramètre inconnu du carnet « {notebook} » : « {name} ».").format(
        notebook=notebook.path.stem, name=name
    )
    if near := nearest(name, free):
        message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
    allowed = ", ".join(free) or _("aucun")
    return message + " " + _("Paramètres que ce carnet accepte par -p : {names}.").format(names=allowed)


def _typed(name: str, value: Value, default: Value, notebook: Notebook) -> Value:
    """`value` in the type of the declared default; text from the command line is read into it."""
    kind = type(default)
    try:
        if isinstance(value, str) and kind is bool:
            return {"true": True, "oui": True, "false": False, "non": False}[fold(value)]
        if isinstance(value, str) and kind is int:
            return int(value)
        if isinstance(value, str) and kind is float:
            return float(value.replace(",", "."))
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if kind is type(value):
            return value
    except (KeyError, ValueError):
        pass
    kinds = {bool: _("oui ou non"), int: _("un nombre entier"), float: _("un nombre"), str: _("un texte")}
    text = _("Paramètre « {name} » du carnet « {notebook} » : reçu {found!r}, attendu {kind} (exemple : {default!r}).")
    about = {"name": name, "notebook": notebook.path.stem, "found": value, "default": default}
    raise UsageError(text.format(kind=kinds.get(kind, kind.__name__), **about))
