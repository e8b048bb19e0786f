"""Numbers as people type them.

Decimal comma or point; thousands parted by a space (U+0020, U+00A0, U+202F, U+2009), or by points where a
decimal comma follows (and the reverse), or where they part more than one group. `1.234` and `1,234` can be
read two ways and are refused, in every column: one thousand and something, or one and a fraction.
"""

from __future__ import annotations

import re
from decimal import Decimal

from prs_eval.i18n import _, fold

_SPACES = " \u00a0\u202f\u2009"
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_SPACED = re.compile(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?", re.ASCII)
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_POINTED = re.compile(r"\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})", re.ASCII)
_COMMAED = re.compile(r"\d{1,3}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})", re.ASCII)
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?\s*e\s*[+-]?\s*\d+", re.ASCII | re.IGNORECASE)
_NOT_FINITE = {"nan", "inf", "infini", "infinity", "infinite"}


class UnreadableError(Exception):
    """A cell that cannot be read: a stable code and the sentence to say."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def is_scientific(text: str) -> bool:
    """Whether `text` is a number that a spreadsheet shortened, such as `1,2E+10`."""
    return _SCIENTIFIC.fullmatch(text.strip()) is not None


def read_number(text: str, *, currency: bool = False) -> Decimal:
    """The number that `text` writes.

    Raises UnreadableError where it is none, can be read two ways, or was shortened by a spreadsheet.
    `currency` allows a trailing € sign.
    """
    bare = text.strip()
    if currency:
        bare = re.sub(r"(?:€|eur(?:os?)?)$", "", bare, flags=re.IGNORECASE).strip()
    sign, bare = (-1, bare[1:].strip()) if bare[:1] in {"-", "−"} else (1, bare.removeprefix("+").strip())
    if fold(bare) in _NOT_FINITE:
        raise UnreadableError(
            "not_finite", _("« {found} » n'est pas un nombre. Inscrire le nombre.").format(found=text)
        )
    if is_scientific(bare):
        raise UnreadableError(
            "scientific",
            _("« {found} » : le tableur a abrégé ce nombre. Mettre la colonne au format Nombre et retaper.").format(
                found=text
            ),
        )
    if _EITHER.fullmatch(bare):
        whole = re.sub("[.,]", "", bare)
        decimal = bare.replace(".", ",")
        raise UnreadableError(
            "ambiguous_number",
            _(
                "« {found} » se lit de deux façons : {whole}, ou {decimal} avec trois décimales. "
                "Écrire {whole} sans séparateur de milliers, ou {short} avec deux décimales."
            ).format(found=text, whole=whole, decimal=decimal, short=decimal[:-1]),
        )
    if _SPACED.fullmatch(bare):
        bare = re.sub(f"[{_SPACES}]", "", bare)
    elif _POINTED.fullmatch(bare):
        bare = bare.replace(".", "")
    elif _COMMAED.fullmatch(bare):
        bare = bare.replace(",", "")
    if not _PLAIN.fullmatch(bare):
        raise UnreadableError(
            "not_a_number",
            _("« {found} » n'est pas un nombre. Inscrire le nombre seul, sans texte ni unité.").format(found=text),
        )
    return sign * Decimal(bare.replace(",", "."))
