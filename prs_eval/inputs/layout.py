"""The header of a raw table: which column is where, what is missing, what must not be there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from prs_eval.i18n import _, fold
from prs_eval.inputs.issues import Issue
from prs_eval.inputs.naming import column_named, nearest_column
from prs_eval.inputs.personal import personal_content, personal_header
from prs_eval.inputs.raw import RawRow, RawTable, is_blank, shown
from prs_eval.inputs.tables import Table
from prs_eval.inputs.xlsx_guard import column_letters


@dataclass
class Layout:
    """`position` and `title` (as typed) of each known column; `extra` are positions of unknown ones.

    `unnamed` are positions without a header. `refusal`, where set, refuses every row.
    """

    position: dict[str, int] = field(default_factory=dict)
    title: dict[str, str] = field(default_factory=dict)
    extra: dict[int, str] = field(default_factory=dict)
    unnamed: list[int] = field(default_factory=list)
    refusal: Issue | None = None


def cell_name(raw: RawTable, row: int, position: int, title: str | None) -> str:
    """`C12` in a workbook, « ligne 12, colonne Date » elsewhere."""
    if raw.origin == "xlsx":
        return f"{column_letters(1 + position)}{row}"
    if not row:
        return _("colonne {column}").format(column=title or column_letters(1 + position))
    return _("ligne {row}, colonne {column}").format(row=row, column=title or column_letters(1 + position))


def read_layout(raw: RawTable, table: Table) -> Layout:
    """Match the header against the table's columns; remarks go to `raw.issues`, a refusal to the layout."""
    layout = Layout(refusal=raw.refusal)
    names = [_header_text(value) for value in raw.header]
    seen: dict[str, int] = {}
    for position, name in enumerate(names):
        if not name:
            layout.unnamed.append(position)
            continue
        column = column_named(table, name)
        key = column or fold(name)
        if key in seen and layout.refusal is None:
            layout.refusal = _duplicate(raw, names, seen[key], position, column)
        seen.setdefault(key, position)
        if column is None:
            layout.extra[position] = name
        elif column not in layout.position:
            layout.position[column], layout.title[column] = position, name
    if raw.refusal is None:
        layout.refusal = _personal(raw, table, layout) or layout.refusal
    if layout.refusal is None and not layout.position:
        layout.refusal = _no_header(raw, table)
    if layout.refusal is None:
        layout.refusal = _missing(raw, table, layout)
    if layout.refusal is None:
        _remarks(raw, table, layout)
    return layout


def _header_text(value: object) -> str:
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return "" if is_blank(value) else " ".join(shown(value).split())  # type: ignore[arg-type]


def _duplicate(raw: RawTable, names: list[str], first: int, second: int, column: str | None) -> Issue:
    same = names[first] if column or fold(names[first]) == fold(names[second]) else names[second]
    message = _(
        "Deux colonnes portent le même titre (« {first} » en {a}, « {second} » en {b}) : "
        "on ne sait laquelle lire. En supprimer une."
    ).format(first=same, second=names[second], a=column_letters(1 + first), b=column_letters(1 + second))
    cell = cell_name(raw, raw.header_row, second, names[second])
    return raw.say("duplicate_header", message, row=raw.header_row, column=column, cell=cell, found=names[second])


def _personal(raw: RawTable, table: Table, layout: Layout) -> Issue | None:
    people = table.person_column is not None
    for position, name in layout.extra.items():
        kind = None
        named = personal_content(name, names=True)
        if not named and not personal_header(name, people=people):
            held = (personal_content(text, names=True, addresses=people) for text in _texts(raw, position))
            kind = next((found for found in held if found), None)
            if kind is None:
                continue
        title = column_letters(1 + position) if named else _("« {name} »").format(name=name)
        if kind:
            message = _(
                "La colonne {title}, qui n'est pas prévue, contient {kind} : aucune ligne n'est acceptée. La supprimer."
            ).format(title=title, kind=kind)
        else:
            message = _(
                "La colonne {title} annonce une donnée personnelle, qui ne doit pas être recueillie : "
                "aucune ligne n'est acceptée. Supprimer la colonne du fichier."
            ).format(title=title)
            if (own := column_named(table, "name")) and own not in layout.position and fold(name) in ("nom", "name"):
                message += " " + _("S'il s'agit d'un organisme, l'intituler « {column} ».").format(
                    column=table.column(own).title
                )
        cell = cell_name(raw, raw.header_row, position, None if named else name)
        return raw.say("personal_column", message, row=raw.header_row, cell=cell)
    return None


def _texts(raw: RawTable, position: int) -> list[str]:
    values = (row.values[position] for row in raw.rows if position < len(row.values))
    return list({shown(value) for value in values if not is_blank(value)})


def _no_header(raw: RawTable, table: Table) -> Issue:
    found = next((row.number for row in raw.rows[:20] if _is_header(row, table)), None)
    raw.rows.insert(0, RawRow(raw.header_row, list(raw.header)))
    if found:
        message = _(
            "Les noms de colonnes sont à la ligne {row} et non en première ligne : aucune ligne n'est acceptée. "
            "Supprimer ce qui est au-dessus."
        ).format(row=found)
        return raw.say("no_header", message, row=raw.header_row)
    message = _(
        "La première ligne ne contient aucun nom de colonne connu. Y mettre les noms, par exemple : {names}."
    ).format(names=", ".join(str(column.title) for column in table.columns[:4]))
    return raw.say("no_header", message, row=raw.header_row)


def _is_header(row: RawRow, table: Table) -> bool:
    return sum(column_named(table, _header_text(value)) is not None for value in row.values if value) >= 2


def _missing(raw: RawTable, table: Table, layout: Layout) -> Issue | None:
    missing = [c for c in table.columns if c.name not in layout.position and not c.nullable]
    if not missing:
        return None
    message = _(
        "Il manque la colonne {names} : aucune ligne n'est acceptée. Ajouter la colonne (titre en première ligne)."
    )
    if len(missing) > 1:
        message = _(
            "Il manque les colonnes {names} : aucune ligne n'est acceptée. Les ajouter (titres en première ligne)."
        )
    message = message.format(names=", ".join(_("« {name} »").format(name=c.title) for c in missing))
    for name in layout.extra.values():
        if near := nearest_column(table, name):
            message += " " + _("La colonne « {found} » serait-elle « {near} » ?").format(found=name, near=near)
    return raw.say("missing_column", message, row=raw.header_row, column=missing[0].name)


def _remarks(raw: RawTable, table: Table, layout: Layout) -> None:
    for position, name in layout.extra.items():
        message = _("La colonne « {found} » n'est pas prévue dans cette table : elle n'est pas lue.").format(found=name)
        if near := nearest_column(table, name):
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
        cell = cell_name(raw, raw.header_row, position, name)
        raw.issues.append(
            raw.say("unknown_column", message, row=raw.header_row, cell=cell, found=name, severity="warning")
        )
    absent = [_("« {name} »").format(name=c.title) for c in table.columns if c.name not in layout.position]
    if absent:
        message = _("Colonnes facultatives absentes, lues comme vides : {names}.").format(names=", ".join(absent))
        raw.issues.append(raw.say("absent_column", message, row=raw.header_row, severity="info"))
