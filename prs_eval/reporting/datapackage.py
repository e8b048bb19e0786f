"""A year's tables for machines: CSV files and the Data Package that describes them (Frictionless Standards v1)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prs_eval import __version__
from prs_eval.i18n import _
from prs_eval.reporting.html import write_bytes
from prs_eval.reporting.resource import MIME, outputs, resource_name

DESCRIPTOR = "datapackage.json"
_ACTIVE = "=+-@＝＋－＠"  # a spreadsheet may take what starts so for a formula, after white space too
_UNSEEN = "\ufeff\u200b\u2060"


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
            if not fields:
                continue
            if source.quartier is not None and all(one["name"] != "quartier" for one in fields):
                fields.insert(0, {"name": "quartier", "type": "string", "title": _("Quartier")})
                rows = [{"quartier": source.quartier, **row} for row in rows]
            key = (source.notebook, each["name"], *((one["name"], one["type"]) for one in fields))
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
    bare = text.lstrip().lstrip(_UNSEEN).lstrip()
    return "'" + text if bare.startswith(tuple(_ACTIVE)) or text[:1] in {"\t", "\r", "\n", "'"} else text


def write_package(
    folder: Path,
    tables: Sequence[TableData],
    *,
    title: str,
    notices: Sequence[str],
    name: str = "tables",
    workbook: Callable[[], bytes] | None = None,
    definitions: str = "",
) -> bool:
    """Write each table as CSV, their description, all of them in a zip, and the workbook; False where nothing changed.

    Comma, decimal point, UTF-8 without byte-order mark: for programs; people open the workbook. Text that a
    spreadsheet might run is made `inert`. What the folder held of an earlier package goes. The description is written
    last: where it stands, all the rest does. It bears no date, so that the same tables make the same bytes.

    Parameters
    ----------
    title, notices
        What the package is called, and what its reader must know.
    name, workbook
        Name of the zip and of the workbook, without suffix; what makes the workbook, called only where needed.
    definitions
        What else the workbook tells: it is made anew where this changes.
    """
    files = {f"{table.name}.csv": _csv(table) for table in tables}
    described = {
        "profile": "tabular-data-package",
        "name": resource_name(title),
        "title": title,
        "description": "\n".join([*notices, _escaping()]),
        "sources": [{"title": _("Rapports de la même année, produits par prs_eval")}],
        "version": __version__,
        "definitions": hashlib.sha256(definitions.encode()).hexdigest(),
        "resources": [_described(table, files[f"{table.name}.csv"]) for table in tables],
    }
    text = (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    wanted = {*files, DESCRIPTOR, f"{name}.zip", *([f"{name}.xlsx"] if workbook else [])}
    found = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
    if found == wanted and (folder / DESCRIPTOR).read_bytes() == text:
        return False
    (folder / DESCRIPTOR).unlink(missing_ok=True)
    for gone in found - wanted:
        (folder / gone).unlink()
    for file, content in files.items():
        write_bytes(content, folder / file)
    write_bytes(_zipped({**files, DESCRIPTOR: text}), folder / f"{name}.zip")
    if workbook:
        write_bytes(workbook(), folder / f"{name}.xlsx")
    return write_bytes(text, folder / DESCRIPTOR)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _escaping() -> str:
    return _(
        "Dans les CSV, un texte qu'un tableur prendrait pour une formule (commençant par =, +, -, @, leur forme large "
        "ou un blanc) ou qui commence par une apostrophe est précédé d'une apostrophe, à ôter pour retrouver le texte."
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
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([one["name"] for one in table.fields])
    writer.writerows([[_text(row.get(one["name"]), one["type"]) for one in table.fields] for row in table.rows])
    return out.getvalue().encode("utf-8")


def _text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and kind == "string":
        return inert(value)
    return str(value)
