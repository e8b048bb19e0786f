"""One cell: from what was typed to a typed value, or the sentence that says why not.

Nothing is guessed: a blank is never read as "unknown", a figure with two readings has none.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

from prs_eval.i18n import _, fold
from prs_eval.inputs import dates
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.personal import MAX_CHARACTERS, personal_content
from prs_eval.inputs.quantities import UnreadableError, is_scientific, read_number
from prs_eval.inputs.raw import Fault, Value, is_blank, shown
from prs_eval.inputs.tables import Column
from prs_eval.inputs.vocabulary import Vocabulary, vocabulary

Typed = str | int | float | dt.datetime | None
_ID = re.compile(r"[^\W_][\w-]{0,39}")
_EXCEL_ERRORS = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|VALEUR!|NOM\?|NOMBRE!|NUL!|SPILL!|CALC!)", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_DAMAGED = re.compile("�|Ã[\u0080-¿ŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|â€|Â[\u00a0-»]")
_PLACEHOLDERS = {
    fold(text)
    for text in ("NA", "N/A", "ND", "NC", "NR", "néant", "-", "--", "/", "x", "?", "null", "none", "vide", "RAS")
}


class Problem(NamedTuple):
    """Why a cell is refused; `found` is None where the value must not be repeated."""

    code: str
    message: str
    found: str | None


class Reading(NamedTuple):
    """A typed value, or a problem; `note` says what was left out of a value that was read (a time of day)."""

    value: Typed
    problem: Problem | None = None
    note: str | None = None


class CellReader:
    """Reads the cells of one column; answers are remembered, since columns repeat themselves."""

    def __init__(self, column: Column, workbench: Workbench, epoch: dt.date | None = None) -> None:
        self.column, self.workbench, self.epoch = column, workbench, epoch
        self.vocabulary: Vocabulary | None = vocabulary(column, workbench)
        self._known: dict[tuple[type, Value], Reading] = {}

    def __call__(self, value: Value) -> Reading:
        """The typed value of the cell (None for a blank that may be), or the problem with it."""
        key = (type(value), value)
        if key not in self._known:
            self._known[key] = self._read(value)
        return self._known[key]

    def _read(self, value: Value) -> Reading:
        text = shown(value, self.workbench.date_order)
        echo = None if self.column.kind == "free_text" else _short(text)
        try:
            if is_blank(value):
                return self._blank()
            if isinstance(value, Fault):
                raise UnreadableError(value.code, value.message)
            _refuse_damage(text)
        except UnreadableError as problem:
            return Reading(None, Problem(problem.code, problem.message, echo))
        if kind := self._personal(value, text):
            return self._refuse_personal(kind)
        try:
            return self._typed(value, text)
        except UnreadableError as problem:
            # The message would repeat the value: a name typed in the wrong column must not come out that way.
            if kind := personal_content(text, names=True, addresses=True):
                return self._refuse_personal(kind)
            return Reading(None, Problem(problem.code, problem.message, echo))

    def _refuse_personal(self, kind: str) -> Reading:
        message = _(
            "La case contient {kind} : cette donnée personnelle ne doit pas être recueillie. "
            "L'effacer du fichier (elle n'est pas recopiée ici)."
        ).format(kind=kind)
        return Reading(None, Problem("personal_data", message, None))

    def _personal(self, value: Value, text: str) -> str | None:
        if isinstance(value, (dt.datetime, dt.date, dt.time, bool)):
            return None
        if self.column.kind == "date" and isinstance(value, str):
            try:
                dates.read_date(text, self.workbench.date_order)
            except UnreadableError:
                pass
            else:
                return None
        free = self.column.kind == "free_text"
        return personal_content(text, names=free, organisation=self.column.kind == "name", addresses=free)

    def _blank(self) -> Reading:
        if self.column.nullable:
            return Reading(None)
        title = self.column.title
        if self.vocabulary and self.vocabulary.unknown:
            message = _("« {column} » est vide : inscrire « {unknown} » si l'information manque, sinon : {allowed}.")
            raise UnreadableError(
                "missing_value",
                message.format(column=title, unknown=self.vocabulary.unknown, allowed=self.vocabulary.allowed()),
            )
        if self.vocabulary:
            message = _("« {column} » est vide et doit être rempli. Valeurs possibles : {allowed}.")
            raise UnreadableError("missing_value", message.format(column=title, allowed=self.vocabulary.allowed()))
        raise UnreadableError("missing_value", _("« {column} » est vide et doit être rempli.").format(column=title))

    def _typed(self, value: Value, text: str) -> Reading:
        kind = self.column.kind
        if kind == "date":
            return self._date(value, text)
        if isinstance(value, (dt.datetime, dt.date, dt.time)):
            raise UnreadableError(
                "unexpected_date",
                _(
                    "« {found} » est une date dans « {column} » (le tableur a pu transformer la saisie). "
                    "Mettre la case au format Texte et retaper la valeur."
                ).format(found=text, column=self.column.title),
            )
        if kind in ("integer", "year", "number"):
            return Reading(self._number(value, text))
        if kind == "id":
            return Reading(_identifier(value, text))
        if self.vocabulary:
            return Reading(self._coded(value, text))
        return Reading(_prose(text))

    def _date(self, value: Value, text: str) -> Reading:
        if isinstance(value, dt.datetime):
            day, timed = value.date(), value.time() != dt.time()
        elif isinstance(value, dt.date):
            day, timed = value, False
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and self.epoch:
            day, timed = dates.from_serial(value, self.epoch)
            serial = _("Des numéros de jour du tableur sont lus comme des dates (calendrier {year}).")
            note = serial.format(year=self.epoch.year + (self.epoch.year < 1904))
            return Reading(_midnight(day), None, f"{note} {_no_time()}" if timed else note)
        else:
            day, timed = dates.read_date(text, self.workbench.date_order)
        return Reading(_midnight(day), None, _no_time() if timed else None)

    def _number(self, value: Value, text: str) -> Typed:
        if isinstance(value, bool):
            raise UnreadableError("not_a_number", _("« {found} » n'est pas un nombre.").format(found=text))
        number: float
        if isinstance(value, (int, float)):
            number = value
            if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
                raise UnreadableError("not_finite", _("« {found} » n'est pas un nombre.").format(found=text))
        elif self.column.nullable and fold(text) in _PLACEHOLDERS:
            raise UnreadableError(
                "placeholder",
                _("« {found} » n'est pas un nombre. Laisser la case vide si le nombre est inconnu.").format(found=text),
            )
        else:
            exact = read_number(text, currency=self.column.unit == "eur")
            number = int(exact) if exact == exact.to_integral_value() else float(exact)
        if self.column.kind == "number":
            return float(number)
        if number != int(number):
            raise UnreadableError(
                "not_whole",
                _("« {found} » n'est pas un nombre entier. « {column} » se compte en entiers.").format(
                    found=text, column=self.column.title
                ),
            )
        if abs(number) > 10**15:
            raise UnreadableError("out_of_range", _("« {found} » est un nombre démesuré.").format(found=text))
        return int(number)

    def _coded(self, value: Value, text: str) -> str:
        if isinstance(value, float) and value.is_integer():
            text = str(int(value))
        if self.column.kind not in ("codes", "themes"):
            return self._code(text)
        whole = self.vocabulary.code(text) if self.vocabulary else None
        if whole:
            return whole
        parts = [part for part in re.split(r"[|]" if "|" in text else r"[|;,/+\n]", text) if part.strip()]
        return "|".join(dict.fromkeys(self._code(part.strip()) for part in parts))

    def _code(self, text: str) -> str:
        assert self.vocabulary is not None  # only coded columns come here
        code = self.vocabulary.code(text)
        if code is None:
            raise self._unknown_code(text)
        return code

    def _unknown_code(self, text: str) -> UnreadableError:
        assert self.vocabulary is not None
        place = self.column.kind in ("quartier", "territory")
        message = _("Quartier inconnu : « {found} ».") if place else _("« {found} » n'est pas une valeur connue.")
        message = message.format(found=_short(text))
        if near := self.vocabulary.near(text):
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
        if self.vocabulary.codes:
            message += " " + _("Valeurs possibles : {allowed}.").format(allowed=self.vocabulary.allowed())
        if self.column.kind == "indicator":
            message += " " + _("Un nouvel indicateur se déclare dans workbench.yml (outcome_indicators).")
        return UnreadableError("unknown_quartier" if place else "unknown_code", message)


def _no_time() -> str:
    return _("L'heure saisie avec la date n'est pas conservée.")


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)


def _identifier(value: Value, text: str) -> str:
    if isinstance(value, bool):
        raise UnreadableError(
            "bad_id", _("« {found} » n'est pas un identifiant, mais vrai ou faux.").format(found=text)
        )
    if isinstance(value, (int, float)) and abs(value) >= 1e15:
        raise UnreadableError(
            "rounded_id",
            _("L'identifiant dépasse quinze chiffres et le tableur l'a arrondi. Mettre la colonne au format Texte."),
        )
    if is_scientific(text):
        raise UnreadableError(
            "scientific",
            _(
                "« {found} » : le tableur a abrégé l'identifiant. Mettre la colonne au format Texte et le retaper."
            ).format(found=text),
        )
    bare = re.sub(r"^(\d+)[.,]0+$", r"\1", text, flags=re.ASCII)
    bare = unicodedata.normalize("NFC", bare)
    if not _ID.fullmatch(bare):
        raise UnreadableError(
            "bad_id",
            _(
                "« {found} » n'est pas un identifiant : lettres, chiffres, tirets et traits bas seulement, "
                "40 caractères au plus, sans espace."
            ).format(found=_short(text)),
        )
    return bare


def _prose(text: str) -> str:
    if text.startswith("="):
        raise UnreadableError(
            "formula_text", _("Le texte commence par « = » : un tableur y verrait une formule. Retirer ce signe.")
        )
    return unicodedata.normalize("NFC", re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", text))


def _refuse_damage(text: str) -> None:
    if _EXCEL_ERRORS.fullmatch(text):
        raise UnreadableError(
            "excel_error",
            _("« {found} » est une erreur du tableur. Corriger la formule ou taper la valeur.").format(found=text),
        )
    if _CONTROL.search(text):
        raise UnreadableError(
            "control_character",
            _("La case contient un caractère invisible. Effacer la case et retaper la valeur au clavier."),
        )
    if _DAMAGED.search(text):
        raise UnreadableError(
            "damaged_text",
            _("Les accents de cette case sont abîmés (conversion d'encodage ratée). Retaper la valeur."),
        )
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(
            "too_long", _("La case compte {n} caractères ; {most} au plus.").format(n=len(text), most=MAX_CHARACTERS)
        )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
