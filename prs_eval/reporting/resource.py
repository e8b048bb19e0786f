"""A table of a page as data: the Tabular Data Resource (Frictionless Standards) that rides beside its HTML.

Spreadsheets, CSV files and the site's key numbers are made from it, so that they hold what the page shows and nothing
else: on a public page, numbers have the digits printed and no more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from prs_eval.estimation.frame import TAIL
from prs_eval.i18n import _, fold
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.catalogue import Catalogue
from prs_eval.reporting import format as fmt
from prs_eval.reporting.tables import Labels, group_columns, group_words, heading, indicator_label, is_estimates

MIME = "application/vnd.dataresource+json"
_LIMITS = ("estimate", "lower", "upper")
_COUNTS = ("numerator", "denominator", "n")


def resource(
    table: pd.DataFrame,
    caption: str,
    *,
    as_printed: bool,
    years: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    labels: Labels | None = None,
    headings: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
    workbench: Workbench | None = None,
) -> dict[str, Any]:
    """The Tabular Data Resource of `table`: `name`, `title`, `schema` and `data`, ready for JSON.

    Parameters
    ----------
    table
        Estimates in the one output shape, or a table already worded.
    as_printed
        Whether numbers are rounded to the digits that the page prints, as everybody may see them.
    years
        Years that each row puts together, where some row puts several together.
    rows, labels, headings, catalogue, workbench
        Words, as for `tables.display`.

    Returns
    -------
    dict
        `schema.fields` have a name (the output shape's, or made from the heading), a title for readers and a Table
        Schema type; `data` is a list of rows by field name. An infinite limit is "INF", as Table Schema writes it.
    """
    if is_estimates(table):
        fields, columns = _estimates(table, as_printed, rows, labels, headings, catalogue, workbench)
        if years is not None:
            fields.insert(2, {"name": "years", "type": "string", "title": _("Années réunies")})
            columns["years"] = list(years)
    else:
        fields, columns = _worded(table, as_printed)
    data = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] if columns else []
    schema = {"fields": fields, "missingValues": [""]}
    return {"name": resource_name(caption), "title": caption, "schema": schema, "data": data}


def outputs(executed: Path, kind: str) -> list[Any]:
    """What the cells of an executed notebook put on its page, of one media type."""
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    put = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    found = [data[kind] for data in put if kind in data]
    return ["".join(each) if isinstance(each, list) else each for each in found]  # text is kept line by line


def resource_name(title: str) -> str:
    """A name as the Data Resource standard wants it: lower case, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:100].strip("-") or "table"


def _estimates(
    table: pd.DataFrame,
    as_printed: bool,
    rows: Sequence[str] | None,
    labels: Labels | None,
    headings: Mapping[str, str] | None,
    catalogue: Catalogue | None,
    workbench: Workbench | None,
) -> tuple[list[dict[str, str]], dict[str, list[Any]]]:
    records = table.to_dict("records")
    titles = dict(headings or {})
    fields = [_field("quartier", "string"), _field("year", "year"), _field("indicator", "string")]
    columns: dict[str, list[Any]] = {
        "quartier": [fmt.quartier_name(value) for value in table["quartier"]],
        "year": [None if fmt.is_missing(value) else int(value) for value in table["year"]],
        "indicator": [str(value) for value in table["indicator"]],
    }
    fields.append({"name": "measure", "type": "string", "title": _("Mesure")})
    columns["measure"] = list(rows or [indicator_label(code, catalogue) for code in table["indicator"]])
    for column in group_columns(table):
        numeric = pd.api.types.is_numeric_dtype(table[column]) and not pd.api.types.is_bool_dtype(table[column])
        fields.append({"name": column, "type": "number" if numeric else "string"})
        fields[-1]["title"] = titles.get(column, heading(column))
        words = group_words(column, labels=labels, workbench=workbench)
        if numeric:
            columns[column] = [_number(fmt.rounded(value, 2) if as_printed else value) for value in table[column]]
        else:
            columns[column] = [None if fmt.is_missing(value) else words(value) for value in table[column]]
    printed = [_as_printed(row) if as_printed else row for row in records]
    words_of: dict[str, Callable[[str], str]]
    words_of = {"unit": fmt.unit_label, "method": fmt.method_label, "status": fmt.status_label}
    for name in TAIL:
        fields.append(_field(name, "string" if name in words_of else "number"))
        cells = [row[name] for row in printed]
        if name in words_of:
            columns[name] = [None if fmt.is_missing(cell) else words_of[name](str(cell)) for cell in cells]
        else:
            columns[name] = [_number(cell) for cell in cells]
    return fields, columns


def _as_printed(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The numbers of a row to the digits that the page prints."""
    digits = fmt.row_digits(row) + (2 if row["unit"] == "proportion" else 0)
    limits = {name: fmt.rounded(row[name], digits) for name in _LIMITS}
    return {**row, **limits, **{name: fmt.rounded(row[name], 1) for name in _COUNTS}}


def _number(value: Any) -> float | int | str | None:
    if fmt.is_missing(value):
        return None
    number = float(value)
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    return int(number) if number.is_integer() else number


def _field(name: str, kind: str) -> dict[str, str]:
    titles = {
        "quartier": _("Quartier"),
        "year": _("Année"),
        "indicator": _("Code de l'indicateur"),
        "numerator": _("Numérateur"),
        "denominator": _("Dénominateur"),
        "estimate": _("Valeur"),
        "lower": _("Limite basse"),
        "upper": _("Limite haute"),
        "confidence_level": _("Niveau de confiance"),
        "unit": _("Unité"),
        "method": _("Méthode"),
        "n": _("Effectif"),
        "status": _("Situation"),
    }
    return {"name": name, "type": kind, "title": titles[name]}


def _worded(table: pd.DataFrame, as_printed: bool) -> tuple[list[dict[str, str]], dict[str, list[Any]]]:
    """A table whose cells are already words, or plain numbers."""
    fields: list[dict[str, str]] = []
    columns: dict[str, list[Any]] = {}
    for place, title in enumerate(table.columns):
        name = resource_name(str(title)).replace("-", "_")
        name = name if name not in columns else f"{name}_{place}"
        values = table.iloc[:, place]
        cells: list[Any]
        if pd.api.types.is_bool_dtype(values):
            kind, cells = "boolean", [None if fmt.is_missing(v) else bool(v) for v in values]
        elif pd.api.types.is_numeric_dtype(values):
            kind, cells = "number", [_number(fmt.rounded(v, 1) if as_printed else v) for v in values]
        else:
            kind, cells = "string", [None if fmt.is_missing(v) else str(v) for v in values]
        fields.append({"name": name, "type": kind, "title": str(title)})
        columns[name] = cells
    return fields, columns
