"""Local ids of people replaced by keyed hashes, so that a file that leaves the team names nobody.

A pseudonym is HMAC-SHA-256 of the id under a secret key, so that nobody without the key can try ids one by one. It
begins with four letters of the key's own digest: which key made it is plain to see, and a change of key too.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from prs_eval.errors import DataError, UsageError
from prs_eval.i18n import _, ngettext
from prs_eval.inputs.dates import write_date
from prs_eval.inputs.draft import Draft
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.provenance import SOURCE_FILE
from prs_eval.inputs.raw import Fault, is_blank, leave_out_examples, shown
from prs_eval.inputs.readers import read_source
from prs_eval.inputs.tables import PERSON_IDS, TABLES, Column

KEY_FILE = "PRS_EVAL_KEY_FILE"  # environment variable that names the key's file
FEWEST_BYTES = 32
_BYTES = 16  # of a pseudonym: two people in a city share one with a chance under 1 in 10^30
_PSEUDONYM = re.compile(r"[0-9a-f]{4}-[a-z2-7]{26}")
_LINE_ENDS = re.compile(r"[ \t]*[\r\n]+[ \t]*")


@dataclass(frozen=True, slots=True)
class Done:
    """What was replaced in one column: how many rows, and how many different people."""

    table: str
    column: str
    rows: int
    people: int


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy made: what was replaced, the columns that no table knows, the files and sheets not copied."""

    done: tuple[Done, ...]
    left_out: tuple[tuple[str, str], ...]  # table, title
    ignored: tuple[str, ...]


def new_key(path: Path, *, apart_from: Sequence[Path] = ()) -> Path:
    """Write a new random key, readable by its owner alone.

    Raises
    ------
    UsageError
        Where the file exists, or would lie within a project, which is copied and published, or with the data.
    """
    path = path.resolve()
    _refuse_place(path, apart_from)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        message = _("« {path} » existe déjà : une clé écrasée est perdue, et avec elle le lien entre les années.")
        raise UsageError(message.format(path=path)) from None
    except OSError:
        raise UsageError(_("« {path} » ne peut pas être écrit.").format(path=path)) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(FEWEST_BYTES) + "\n")
    return path


def _refuse_place(path: Path, apart_from: Sequence[Path]) -> None:
    """UsageError for a key kept in a project, in a git repository or with the data: it would travel with them."""
    inside = any(
        (folder / ".git").exists() or ((folder / "parameters").is_dir() and (folder / "notebooks").is_dir())
        for folder in path.parents
    )
    if inside:
        raise UsageError(_("« {path} » est dans le projet : ranger la clé ailleurs.").format(path=path))
    if any(path.is_relative_to(folder.resolve()) for folder in apart_from):
        message = _("« {path} » est dans un dossier de données : ranger la clé ailleurs, loin d'elles.")
        raise UsageError(message.format(path=path))


def read_key(path: Path | None, *, apart_from: Sequence[Path] = ()) -> bytes:
    """The key kept in `path`, or in the file that PRS_EVAL_KEY_FILE names.

    Raises
    ------
    UsageError
        No file, a file that others may read or that lies in a project or with the data, a key that is too short.
    """
    found = path or (Path(os.environ[KEY_FILE]) if os.environ.get(KEY_FILE) else None)
    if found is None:
        message = _("Aucune clé : la donner par --key FICHIER, ou en créer une par --new-key FICHIER.")
        raise UsageError(message)
    found = found.resolve()
    if not found.is_file():
        raise UsageError(_("Clé introuvable : {path}.").format(path=found))
    _refuse_place(found, apart_from)
    if os.name == "posix" and found.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = _("D'autres que vous peuvent lire la clé « {path} » : faire d'abord chmod 600 sur ce fichier.")
        raise UsageError(message.format(path=found))
    try:
        key = bytes.fromhex(found.read_text(encoding="ascii").strip())
    except (ValueError, OSError):
        raise UsageError(_("« {path} » n'est pas une clé de prs-eval.").format(path=found)) from None
    if len(key) < FEWEST_BYTES:
        raise UsageError(_("La clé « {path} » est trop courte ; en créer une par --new-key.").format(path=found))
    return key


def pseudonym(value: str, *, column: str, city: str, key: bytes) -> str:
    """`ab12-…`: the same person, column, city and key always give the same; nothing leads back without the key."""
    message = "\x00".join(("prs_eval", city, column, value)).encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()[:_BYTES]
    letters = base64.b32encode(digest).decode("ascii").rstrip("=").lower()
    return f"{hashlib.sha256(key).hexdigest()[:4]}-{letters}"


def pseudonymise(source: str, out: Path, workbench: Workbench, *, key: bytes, force: bool = False) -> Copy:
    """Write the tables of `source` as CSV in the folder `out`, people's ids replaced; the rest as it was typed.

    Columns that no table knows are left out: nothing says that they do not hold another id. The folder appears
    whole or not at all, and only its owner can open it.

    Raises
    ------
    UsageError
        A source that does not exist, or an output folder that holds files or the source itself.
    DataError
        What cannot be copied with certainty: a table or a row that cannot be read, personal data, an id that is none
        or a pseudonym already. Nothing is written then.
    """
    _check_out(source, out, force)
    done: list[Done] = []
    files: dict[str, list[list[str]]] = {}
    left_out: list[tuple[str, str]] = []
    ignored: list[str] = []
    for raw in read_source(source, workbench):
        place = raw.sheet or raw.file
        if raw.table is None and raw.refusal is None:
            ignored.append(place)
            continue
        if raw.table is None or raw.refusal:
            raise DataError(_("{place} : {message}").format(place=place, message=raw.refusal and raw.refusal.message))
        if raw.table in files:
            message = _("{place} : la table « {table} » est là deux fois. Réunir les deux ; rien n'est écrit.")
            raise DataError(message.format(place=place, table=TABLES[raw.table].title))
        leave_out_examples(raw)
        draft = Draft(raw, workbench)
        _refuse_what_cannot_be_copied(draft, place)
        files[raw.table], replaced = _replaced(draft, place, key)
        done += replaced
        left_out += [(raw.table, title) for title in draft.layout.extra.values()]
    _write(files, source, out)
    return Copy(tuple(done), tuple(left_out), tuple(ignored))


def _check_out(source: str, out: Path, force: bool) -> None:
    """UsageError where the copy would take the place of the source, or of something else than an earlier copy."""
    target, origin = out.resolve(), Path(source).resolve()
    if "://" not in source and (origin == target or origin.is_relative_to(target) or target.is_relative_to(origin)):
        message = _("« {path} » contient la source, ou est dedans : choisir un autre dossier avec --out.")
        raise UsageError(message.format(path=out))
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    copied = {SOURCE_FILE, *(f"{name}.csv" for name in TABLES)}
    if out.is_dir() and force and {path.name for path in out.iterdir()} <= copied:
        return
    if out.is_dir() and not force:
        message = _("« {path} » contient déjà des fichiers : choisir un autre dossier avec --out, ou --force.")
    else:
        message = _("« {path} » contient autre chose qu'une copie : choisir un autre dossier avec --out.")
    raise UsageError(message.format(path=out))


def _refuse_what_cannot_be_copied(draft: Draft, place: str) -> None:
    """DataError for a table or rows that `check` cannot read, or that hold personal data; values are not repeated."""
    if draft.whole:
        raise DataError(_("{place} : {message}").format(place=place, message=draft.whole.message))
    personal = [i for faults in draft.faults.values() for i in faults if i.code == "personal_data"]
    if personal:
        message = _("{place} : {message}").format(place=personal[0].cell or place, message=personal[0].message)
        raise DataError(f"{place} · {message} " + _("Rien n'est écrit."))
    broken = {at for at, row in enumerate(draft.raw.rows) if any(isinstance(value, Fault) for value in row.values)}
    if rows := sorted(broken | draft.unreadable):
        text = ngettext("{n} ligne ne se lit pas", "{n} lignes ne se lisent pas", len(rows)).format(n=len(rows))
        message = _("{place} : {text} (la première : {row}). Corriger d'après prs-eval check ; rien n'est écrit.")
        raise DataError(message.format(place=place, text=text, row=draft.raw.rows[rows[0]].number))


def _replaced(draft: Draft, place: str, key: bytes) -> tuple[list[list[str]], list[Done]]:
    """The lines of the copy, and what was replaced in them."""
    columns = [draft.table.column(name) for name in draft.layout.position]
    lines = [[draft.layout.title[column.name] for column in columns]]
    people: dict[str, list[str]] = {column.name: [] for column in columns if column.name in PERSON_IDS}
    for at in range(len(draft.raw.rows)):
        cells = []
        for column in columns:
            text = _text(draft, at, column)
            if column.name in people and not is_blank(text):
                text = _replace(draft, at, column, place, key)
                people[column.name].append(text)
            cells.append(text)
        lines.append(cells)
    return lines, [Done(draft.table.name, name, len(ids), len(set(ids))) for name, ids in people.items()]


def _text(draft: Draft, at: int, column: Column) -> str:
    """The cell as typed; a date of a workbook in the declared order, so that it reads as the same day."""
    value = draft.raw.rows[at].values[draft.layout.position[column.name]]
    if isinstance(value, str):
        return _LINE_ENDS.sub(" ", value)
    typed = draft.frame[column.name].iloc[at]
    order = draft.workbench.date_order
    if column.kind == "date" and not pd.isna(typed):
        return write_date(typed.date(), order)
    return shown(value, order)


def _replace(draft: Draft, at: int, column: Column, place: str, key: bytes) -> str:
    """The pseudonym of an id as an import would read it, so that `7` and `7,0` stay one person."""
    value, row = draft.frame[column.name].iloc[at], draft.raw.rows[at].number
    if pd.isna(value):
        message = _("{place}, ligne {row}, « {column} » : ce n'est pas un identifiant ; rien n'est écrit.")
        raise DataError(message.format(place=place, row=row, column=column.title))
    if _PSEUDONYM.fullmatch(value):
        message = _("{place}, ligne {row} : les identifiants sont déjà des pseudonymes ; rien n'est écrit.")
        raise DataError(message.format(place=place, row=row))
    return pseudonym(value, column=column.name, city=draft.workbench.insee, key=key)


def _write(files: dict[str, list[list[str]]], source: str, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))  # only its owner may open it
    try:
        for name, lines in files.items():
            with (beside / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, delimiter=";", lineterminator="\n").writerows(lines)
        origin = Path(source)
        about = (origin if origin.is_dir() else origin.parent) / SOURCE_FILE
        if "://" not in source and about.is_file():  # invented rows stay known as such
            (beside / SOURCE_FILE).write_bytes(about.read_bytes())
        if out.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
            out.rename(old / out.name)
            beside.rename(out)
            shutil.rmtree(old)
        else:
            beside.rename(out)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def summary(copy: Copy) -> Iterator[str]:
    """A line a column: how many people, in how many rows; then what was not copied. No id."""
    for one in copy.done:
        table = TABLES[one.table]
        people = ngettext("{n} personne", "{n} personnes", one.people).format(n=one.people)
        rows = ngettext("{n} ligne", "{n} lignes", one.rows).format(n=one.rows)
        yield _("{table}, « {column} » : {people}, {rows}").format(
            table=table.title, column=table.column(one.column).title, people=people, rows=rows
        )
    if not copy.done:
        yield _("Aucun identifiant de personne dans cette source : rien n'est remplacé.")
    for name, title in copy.left_out:
        message = _("{table} : la colonne « {column} », qui n'est pas prévue, n'est pas copiée.")
        yield message.format(table=TABLES[name].title, column=title)
    for place in copy.ignored:
        yield _("{place} : ce n'est pas une table, elle n'est pas copiée.").format(place=place)
