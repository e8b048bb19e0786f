"""Two languages: French is the source of every string, English comes from the catalogue.

The catalogue is `locale/en/LC_MESSAGES/prs_eval.po`, read as it is, so that no compiled file has to be
kept in step with it.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

from prs_eval.errors import UsageError

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
LOCALE_DIR = Path(__file__).parent / "locale"

_MARK = re.compile(r"(\s*(?:#{1,6}|[-*]|\d+\.)\s+)?(.*)")  # heading or list item of Markdown, then its text
_current: Language = "fr"


def set_language(language: str) -> None:
    """Choose the language of all that is said from now on (`fr` or `en`)."""
    global _current
    if language not in LANGUAGES:
        raise UsageError(f"language: {language!r} (allowed: {', '.join(LANGUAGES)})")
    _current = language


def current_language() -> Language:
    """The language in force, `fr` unless `set_language` said otherwise."""
    return _current


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say what is said within in `language`, then as before."""
    before = current_language()
    set_language(language)
    try:
        yield
    finally:
        set_language(before)


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    path = LOCALE_DIR / language / "LC_MESSAGES" / "prs_eval.po"
    if language == "fr" or not path.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(message: str) -> str:
    """The French `message` in the current language; fill it with `.format(...)` afterwards."""
    return _catalogue(_current).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """As `_`, for a message that depends on a number (French: 0 and 1 are singular)."""
    if _current == "fr":
        return singular if abs(n) < 2 else plural
    return _catalogue(_current).ngettext(singular, plural, n)


def prose(markdown: str) -> list[str]:
    """The texts of a notebook's Markdown: each line without the mark of its heading or list; one message each."""
    return [text for _mark, text in _lines(markdown) if text]


def translated(markdown: str) -> str:
    """A notebook's Markdown in the current language; a line that the catalogue does not hold stays as it is."""
    return "\n".join(mark + (_catalogue(_current).gettext(text) if text else "") for mark, text in _lines(markdown))


def _lines(markdown: str) -> list[tuple[str, str]]:
    parts = (_MARK.fullmatch(line) for line in markdown.splitlines())
    return [(part[1] or "", part[2].rstrip()) for part in parts if part]


class Text(NamedTuple):
    """A label that data and parameters declare in both languages."""

    fr: str
    en: str

    def __str__(self) -> str:
        return self.en if _current == "en" else self.fr


def fold(text: str) -> str:
    """`text` without case, accents, typographic variants or extra spaces, to compare what people type."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("’", "'"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    for dash in "‐‑–—−_-":
        letters = letters.replace(dash, " ")
    return " ".join(letters.casefold().split())
