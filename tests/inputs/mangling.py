"""Valid tables drawn at random, and the ways in which people write the same thing differently."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import strategies as st

from prs_eval.i18n import Text
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import TABLES, Column
from prs_eval.inputs.vocabulary import vocabulary

Rows = list[dict[str, Any]]
FAMILY = ("meetings", "attendance", "screening_sessions", "screening_participants")
PARENTS = {"attendance": ("meeting_id", "meetings"), "screening_participants": ("session_id", "screening_sessions")}
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_SPACES = {"cp1252": (" ", "\u00a0"), "other": (" ", "\u00a0", "\u202f", "\u2009")}
# A cell that must be refused, whatever its row: column, what is typed, the slug of the refusal.
FAULTS = {
    "meetings": [
        ("held_on", "31/02/2018", "impossible_date"),
        ("quartier", "Fivs", "unknown_quartier"),
        ("held_on", "04/13/2018", "date_order"),
        ("themes", "alimantation", "unknown_code"),
    ],
    "attendance": [
        ("people", "1.234", "ambiguous_number"),
        ("people", "2,5", "not_whole"),
        ("people", "-1", "out_of_range"),
        ("category", "", "missing_value"),
    ],
    "screening_sessions": [
        ("cost_eur", "1,234", "ambiguous_number"),
        ("slots", "0", "out_of_range"),
        ("kind", "optik", "unknown_code"),
        ("session_id", "06 12 34 56 78", "personal_data"),
    ],
    "screening_participants": [
        ("epices", "100,5", "out_of_range"),
        ("need", "peut-être", "unknown_code"),
        ("session_id", "D99", "unknown_reference"),
        ("appointment_on", "01/01/2011", "appointment_before_session"),
        ("sex", "", "missing_value"),
    ],
}


@dataclass(frozen=True)
class Style:
    """How one person writes."""

    form: str  # csv, xlsx
    encoding: str
    separator: str
    date: str
    space: str
    case: str
    label: str
    padding: str
    blank_rows: tuple[int, ...]
    trailing: int
    header: str


def styles() -> st.SearchStrategy[Style]:
    """Any way of writing that has one reading."""

    def build(encoding: str, rest: dict[str, Any]) -> st.SearchStrategy[Style]:
        spaces = _SPACES["cp1252" if encoding == "cp1252" else "other"]
        return st.builds(
            Style,
            encoding=st.just(encoding),
            space=st.sampled_from(("", *spaces)),
            padding=st.sampled_from(("", *spaces)),
            **rest,
        )

    rest = {
        "form": st.sampled_from(("csv", "csv", "xlsx")),
        "separator": st.sampled_from(";,\t"),
        "date": st.sampled_from(("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "long")),
        "case": st.sampled_from(("as it is", "upper", "lower", "bare")),
        "label": st.sampled_from(("code", "fr", "en")),
        "blank_rows": st.lists(st.integers(0, 8), max_size=3).map(tuple),
        "trailing": st.integers(0, 4),
        "header": st.sampled_from(("code", "fr", "en")),
    }
    encodings = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
    return st.sampled_from(encodings).flatmap(lambda encoding: build(encoding, rest))


_DAYS = st.dates(dt.date(2014, 1, 1), dt.date(2023, 12, 31))


@st.composite
def sources(draw: st.DrawFn, workbench: Workbench) -> dict[str, Rows]:
    """Meetings with attendance, sessions with participants: all that refers to something finds it."""
    quartiers = st.sampled_from([q.name for q in workbench.quartiers])
    themes = st.lists(st.sampled_from([t.code for t in workbench.themes]), unique=True, max_size=3)
    meetings = [
        {
            "meeting_id": f"{n:03}",
            "quartier": draw(quartiers),
            "held_on": draw(_DAYS),
            "themes": "|".join(draw(themes)) or None,
        }
        for n in range(draw(st.integers(1, 4)))
    ]
    categories = draw(st.lists(st.sampled_from(["residents", "health", "social"]), unique=True, min_size=1))
    attendance = [
        {"meeting_id": m["meeting_id"], "category": c, "structure_id": None, "people": draw(st.integers(0, 500))}
        for m in meetings
        for c in categories
    ]
    cost = st.none() | st.decimals(0, 99_999, places=2).map(lambda d: d.quantize(Decimal("0.01")))
    sessions = [
        {"session_id": f"D{n}", "quartier": draw(quartiers), "kind": draw(st.sampled_from(["optical", "dental"])),
         "held_on": draw(_DAYS), "venue": draw(st.sampled_from(["Espace Santé", "Salle Œuvre", "École n° 3"])),
         "partner": draw(st.sampled_from(["msl", "csi", "unknown"])), "slots": draw(st.integers(1, 500)),
         "cost_eur": draw(cost)}
        for n in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    participants = [
        draw(_participant(f"P{n}", draw(st.sampled_from(sessions)))) for n in range(draw(st.integers(1, 5)))
    ]
    return dict(zip(FAMILY, (meetings, attendance, sessions, participants), strict=True))


@st.composite
def _participant(draw: st.DrawFn, name: str, session: dict[str, Any]) -> dict[str, Any]:
    outcome = draw(st.sampled_from(["honoured", "missed", "not_applicable", "unknown"]))
    seen = outcome in ("honoured", "missed")
    after = session["held_on"] + dt.timedelta(days=draw(st.integers(0, 200)))
    one_of = {name: draw(st.sampled_from(codes)) for name, codes in _ANSWERS.items()}
    return {
        "participant_id": name, "session_id": session["session_id"], **one_of,
        "epices": draw(st.none() | st.integers(0, 1000).map(lambda n: Decimal(n) / 10)),
        "referred_to": "st_vincent" if seen else "none" if outcome == "not_applicable" else "unknown",
        "booked_on": None, "appointment_on": after if seen else None, "outcome": outcome, "reminder": "sms",
        "absence_reason": "transport" if outcome == "missed" else None, "equipped_on": None, "follow_up": "unknown",
    }  # fmt: skip


_ANSWERS = {
    "age_band": ["00-14", "75+", "unknown"],
    "sex": ["female", "male", "unknown"],
    "coverage": ["css", "none", "unknown"],
    "last_visit": ["never", "over_2_years"],
    "need": ["yes", "no", "unknown"],
}


def typed(column: Column, value: Any, style: Style, workbench: Workbench) -> str:
    """`value` as this person types it."""
    if value is None:
        return ""
    text = str(value)
    if column.kind == "date":
        long = f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
        text = long if style.date == "long" else value.strftime(style.date)
    elif column.kind == "integer":
        text = f"{value:,}".replace(",", style.space)
    elif column.kind == "number":
        whole, _point, decimals = str(value).partition(".")
        text = f"{int(whole):,}".replace(",", style.space) + (f",{decimals}" if decimals else "")
    elif words := vocabulary(column, workbench):
        spelt = [_spelt(words.labels[code], code, style) for code in text.split("|")]
        text = " | ".join(spelt) if column.kind in ("codes", "themes") else spelt[0]
    return f"{style.padding}{text}{style.padding}"


def _spelt(label: Text, code: str, style: Style) -> str:
    text = {"code": code, "fr": label.fr, "en": label.en}[style.label]
    if style.case == "bare":
        return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return {"upper": text.upper(), "lower": text.lower()}.get(style.case, text)


def write_source(
    folder: Path,
    source: dict[str, Rows],
    faults: dict[tuple[str, int], tuple[str, str]],
    style: Style,
    workbench: Workbench,
) -> tuple[Path, dict[tuple[str, int], int]]:
    """Write it; also where each row went: (table, position) to the row number a person sees."""
    grids: dict[str, list[list[str]]] = {}
    numbers: dict[tuple[str, int], int] = {}
    for table, rows in source.items():
        columns = TABLES[table].columns
        titles = [{"code": c.name, "fr": c.title.fr, "en": c.title.en}[style.header] for c in columns]
        grid = [[_spelt(Text(t, t), t, style) for t in titles]]
        for at, row in enumerate(rows):
            if at in style.blank_rows:
                grid.append([style.padding] * len(columns))
            cells = {c.name: typed(c, row[c.name], style, workbench) for c in columns}
            if (table, at) in faults:
                column, text = faults[table, at]
                cells[column] = text
            grid.append([cells[c.name] for c in columns])
            numbers[table, at] = len(grid)
        grids[table] = grid + [[""] * len(columns)] * style.trailing
    return (_write_book if style.form == "xlsx" else _write_csv)(folder, grids, style), numbers


def _write_csv(folder: Path, grids: dict[str, list[list[str]]], style: Style) -> Path:
    for table, grid in grids.items():
        out = io.StringIO()
        csv.writer(out, delimiter=style.separator, lineterminator="\r\n").writerows(grid)
        (folder / f"{table}.csv").write_bytes(out.getvalue().encode(style.encoding))
    return folder


def _write_book(folder: Path, grids: dict[str, list[list[str]]], _style: Style) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for table, grid in grids.items():
        sheet = book.create_sheet(TABLES[table].title.fr)
        for row in grid:
            sheet.append([cell or None for cell in row])
    book.save(folder / "saisie.xlsx")
    return folder / "saisie.xlsx"
