"""The encoding of a text file, found from its bytes: never guessed where the result would be mangled."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from prs_eval.i18n import _
from prs_eval.inputs.quantities import UnreadableError

# Accented letters of DOS (CP850) and old Mac files come out as these when read as Windows-1252.
_FOREIGN = re.compile(r"[A-Za-z][‚ƒ„†‡ˆŠŽž¢£¤¥•™][A-Za-z]|[A-Za-z]{2}[‚„†‡ˆŽ](?=[;,\t\s]|$)")
_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"%PDF", "pdf"),
)


class Decoded(NamedTuple):
    """The text of a file and the name of its encoding, for people."""

    text: str
    encoding: str


def signature(head: bytes) -> str | None:
    """What the first bytes of a file say it is: `zip`, `ole` (old Excel, or locked), `pdf`, `html`, or None."""
    for start, kind in _SIGNATURES:
        if head.startswith(start):
            return kind
    bare = head.lstrip(codecs.BOM_UTF8).lstrip().lower()
    return "html" if bare.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")) else None


def decode(content: bytes) -> Decoded:
    """The text of `content`: UTF-8 or UTF-16, with or without a byte-order mark, else Windows-1252.

    Raises UnreadableError where none of them gives plausible text.
    """
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _unknown()
    if content.startswith(codecs.BOM_UTF8):
        return Decoded(_strictly(content, "utf-8-sig"), "UTF-8 (BOM)")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Decoded(_strictly(content, "utf-16"), "UTF-16 (BOM)")
    if name := _utf16_without_mark(content):
        return Decoded(_strictly(content, name), "UTF-16")
    try:
        return Decoded(content.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError:
        text = _strictly(content, "cp1252")
    if _FOREIGN.search(text):
        raise _unknown()
    return Decoded(text, "Windows-1252")


def _utf16_without_mark(content: bytes) -> str | None:
    """UTF-16 of Western text has a zero in nearly every other byte: on the odd places, or on the even."""
    sample = content[:4096]
    pairs = len(sample) // 2
    if pairs < 2 or len(content) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    return None


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise _unknown() from None


def _unknown() -> UnreadableError:
    return UnreadableError(
        "unknown_encoding",
        _(
            "Les caractères de ce fichier ne sont ni en UTF-8, ni en UTF-16, ni en Windows-1252. "
            "L'ouvrir dans le tableur et l'enregistrer au format « CSV UTF-8 »."
        ),
    )
