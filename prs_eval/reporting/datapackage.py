"""A year's tables for machines: CSV files and the Data Package that describes them (Frictionless Standards v1)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prs_eval import __version__
from prs_eval.i18n import _
from prs_eval.reporting.html import write_bytes
from prs_eval.reporting.resource import MIME, outputs, resource_name

DESCRIPTOR = "datapackage.json"
_ACTIVE = "=+-@\t\r＝＋－＠"  # a spreadsheet may take what starts so for a formula


@dataclass(frozen=True, slots=True)
class Source:
    """An executed notebook: `report` is what readers call it, `quartier` None where it is on all of them."""

    path: Path
    notebook: str
    report: str
    quartier: str | None


@dataclass(slots=True)
class TableData:
    """One table of a year, all quartiers together: `fields` as in Table Schema, `rows` by field name."""

    name: str
    title: str
    report: str
    fields: list[dict[str, str]]
    rows: list[dict[str, Any]] = field(default_factory=list)


def gather(sources: Iterable[Source]) -> list[TableData]:
    """The tables that pages show, in reading order; the same table of several quartiers is one.

    A quartier's table that does not name its quartier gets a first column for it.
    """
    found: dict[tuple[Any, ...], TableData] = {}
    names: set[str] = set()
    for source in sources:
        for each in outputs(source.path, MIME):
            fields, rows = list(each["schema"]["fields"]), each["data"]
            if source.quartier is not None and all(one["name"] != "quartier" for one in fields):
                fields.insert(0, {"name": "quartier", "type": "string", "title": _("Quartier")})
                rows = [{"quartier": source.quartier, **row} for row in rows]
            key = (source.notebook, each["name"], *(one["name"] for one in fields))
            if key not in found:
                name = _free(f"{source.notebook}-{each['name']}"[:90], names)
                found[key] = TableData(name, each["title"], source.report, fields)
            found[key].rows += rows
    return list(found.values())


def _free(name: str, taken: set[str]) -> str:
    """`name`, numbered where it is taken."""
    free, n = name, 1
    while free in taken:
        n += 1
        free = f"{name}-{n}"
    taken.add(free)
    return free


def inert(text: str) -> str:
    """`text` preceded by an apostrophe where a spreadsheet might run it; an apostrophe of its own is doubled."""
    return "'" + text if text.startswith((*_ACTIVE, "'")) else text


def write_package(folder: Path, tables: Sequence[TableData], *, title: str, notices: Sequence[str]) -> bool:
    """Write each table as CSV and their description; False where nothing has changed.

    Comma, decimal point, UTF-8 without byte-order mark: for programs; people open the workbook. Text that a
    spreadsheet might run is made `inert`. What the folder held of an earlier package goes.

    Parameters
    ----------
    title, notices
        What the package is called, and what its reader must know.
    """
    resources = []
    for table in tables:
        content = _csv(table)
        write_bytes(content, folder / f"{table.name}.csv")
        resources.append(_described(table, content))
    described = {
        "profile": "tabular-data-package",
        "name": resource_name(title),
        "title": title,
        "description": "\n".join([*notices, _escaping()]),
        "sources": [{"title": _("Rapports de la même année, produits par prs_eval")}],
        "version": __version__,
        "resources": resources,
    }
    text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
    wanted = {f"{table.name}.csv" for table in tables}
    for path in folder.glob("*.csv"):
        if path.name not in wanted:
            path.unlink()
    return write_bytes(text.encode("utf-8"), folder / DESCRIPTOR)


def _escaping() -> str:
    return _(
        "Dans les CSV, un texte qu'un tableur prendrait pour une formule (commençant par =, +, -, @, une tabulation ou "
        "une apostrophe) est précédé d'une apostrophe, à ôter pour retrouver le texte."
    )


def _described(table: TableData, content: bytes) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "description": table.report,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {"fields": table.fields, "missingValues": [""]},
    }


def _csv(table: TableData) -> bytes:
    out = io.StringIO()
    names = [one["name"] for one in table.fields]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[_text(row.get(name)) for name in names] for row in table.rows])
    return out.getvalue().encode("utf-8")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value not in ("INF", "-INF"):
        return inert(value)
    return str(value)
