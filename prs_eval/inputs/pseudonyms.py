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
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prs_eval.errors import DataError, UsageError
from prs_eval.i18n import _, ngettext
from prs_eval.inputs.naming import column_named
from prs_eval.inputs.parameters import Workbench, project_root
from prs_eval.inputs.provenance import SOURCE_FILE
from prs_eval.inputs.raw import RawTable, is_blank, leave_out_examples, shown
from prs_eval.inputs.readers import read_source
from prs_eval.inputs.tables import PERSON_IDS, TABLES

KEY_FILE = "PRS_EVAL_KEY_FILE"  # environment variable that names the key's file
FEWEST_BYTES = 32
_BYTES = 16  # of a pseudonym: two people in a city share one with a chance under 1 in 10^30
_PSEUDONYM = re.compile(r"[0-9a-f]{4}-[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Done:
    """What was replaced in one column: how many rows, and how many different people."""

    table: str
    column: str
    rows: int
    people: int


def new_key(path: Path) -> Path:
    """Write a new random key, readable by its owner alone.

    Raises
    ------
    UsageError
        Where the file exists, or would lie within the project, which is copied and published.
    """
    path = path.resolve()
    if path.is_relative_to(project_root()):
        raise UsageError(_("« {path} » est dans le projet : ranger la clé ailleurs.").format(path=path))
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


def read_key(path: Path | None) -> bytes:
    """The key kept in `path`, or in the file that PRS_EVAL_KEY_FILE names.

    Raises
    ------
    UsageError
        No file, a file within the project or that others may read, or a key that is too short.
    """
    found = path or (Path(os.environ[KEY_FILE]) if os.environ.get(KEY_FILE) else None)
    if found is None:
        message = _("Aucune clé : la donner par --key FICHIER, ou en créer une par --new-key FICHIER.")
        raise UsageError(message)
    found = found.resolve()
    if not found.is_file():
        raise UsageError(_("Clé introuvable : {path}.").format(path=found))
    if found.is_relative_to(project_root()):
        raise UsageError(_("« {path} » est dans le projet : ranger la clé ailleurs.").format(path=found))
    if os.name == "posix" and found.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = _("D'autres que vous peuvent lire la clé « {path} » : faire d'abord chmod 600 sur ce fichier.")
        raise UsageError(message.format(path=found))
    try:
        key = bytes.fromhex(found.read_text(encoding="ascii").strip())
    except ValueError:
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


def pseudonymise(source: str, out: Path, workbench: Workbench, *, key: bytes, force: bool = False) -> list[Done]:
    """Write the tables of `source` as CSV in the folder `out`, people's ids replaced; everything else as it was.

    Raises
    ------
    UsageError
        A source that does not exist, or an output folder that holds files or is the source itself.
    DataError
        A table that cannot be read, or whose ids are pseudonyms already. Nothing is written then.
    """
    if out.resolve() == Path(source).resolve() or (out.is_dir() and any(out.iterdir()) and not force):
        message = _("« {path} » contient déjà des fichiers : choisir un autre dossier avec --out, ou --force.")
        raise UsageError(message.format(path=out))
    raws = [raw for raw in read_source(source, workbench) if raw.table is not None or raw.refusal]
    done, files = [], {}
    for raw in raws:
        if raw.refusal or raw.table is None:
            place = raw.sheet or raw.file
            raise DataError(f"{place} : {raw.refusal.message if raw.refusal else ''}")
        leave_out_examples(raw)
        lines, replaced = _replaced(raw, workbench, key)
        files[f"{raw.table}.csv"] = lines
        done += replaced
    out.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        beside = out / f"{name}.part"
        with beside.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\n").writerows(lines)
        beside.replace(out / name)
    about = Path(source) / SOURCE_FILE
    if about.is_file():  # invented rows stay known as such
        (out / SOURCE_FILE).write_bytes(about.read_bytes())
    return done


def _replaced(raw: RawTable, workbench: Workbench, key: bytes) -> tuple[list[list[str]], list[Done]]:
    table = TABLES[str(raw.table)]
    header = [shown(value, workbench.date_order) for value in raw.header]
    places = {i: name for i, text in enumerate(header) if (name := column_named(table, text)) in PERSON_IDS}
    lines, people = [header], {i: set[str]() for i in places}
    counts = dict.fromkeys(places, 0)
    for row in raw.rows:
        cells = [shown(value, workbench.date_order) for value in row.values]
        for i, column in places.items():
            if i >= len(cells) or is_blank(cells[i]):
                continue
            if _PSEUDONYM.fullmatch(cells[i]):
                message = _("{place}, ligne {row} : les identifiants sont déjà des pseudonymes ; rien n'est écrit.")
                raise DataError(message.format(place=raw.sheet or raw.file, row=row.number))
            cells[i] = pseudonym(cells[i], column=str(column), city=workbench.insee, key=key)
            people[i].add(cells[i])
            counts[i] += 1
        lines.append(cells)
    return lines, [Done(table.name, str(c), counts[i], len(people[i])) for i, c in places.items()]


def summary(done: Sequence[Done]) -> Iterator[str]:
    """A line a column: how many people, in how many rows; no id."""
    for one in done:
        text = ngettext("{n} personne, {rows} lignes", "{n} personnes, {rows} lignes", one.people)
        what = text.format(n=one.people, rows=one.rows)
        table = TABLES[one.table]
        yield _("{table}, « {column} » : {what}").format(
            table=table.title, column=table.column(one.column).title, what=what
        )
