"""Every text that a folder of results holds, however deep: what a reader with a hexadecimal editor could find."""

from __future__ import annotations

import base64
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

_IMAGE = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=]+)")
_DRAWING = re.compile(r"data:image/svg\+xml,([^\"']+)")
# What a small number looks like when it is printed, or a person's id: a text is cut into these once.
_TOKENS = re.compile(
    r"\d[\d ]* sur \d(?:[\d ]*\d)?"
    r"|\d+(?:,\d+)? (?:% )?(?:\w+ )?\[[^\]\[<>]{3,40}\]"
    r"|\d+\.\d{6,}"
    r"|[A-Za-z]+[-_]?\w*\d\w*(?:-\w+)*"
)
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")


def found(folder: Path, needles: set[str]) -> dict[str, set[str]]:
    """Those of `needles` that files of `folder` hold, by file; spaces of any kind are one space.

    needles: `3 sur 12`, `25 % [9 % ; 53 %]`, floats to all their digits, ids with a figure.
    """
    out: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = _SPACES.sub(" ", "\n".join(_texts(path.name, path.read_bytes())))
            if hits := needles & {token.strip() for token in _TOKENS.findall(text)}:
                out[path.relative_to(folder).as_posix()] = hits
    return out


def _texts(name: str, content: bytes) -> Iterator[str]:
    if content[:4] == b"PAR1":
        import pandas as pd

        yield pd.read_parquet(BytesIO(content)).astype(str).to_csv()
    elif content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.namelist():
                yield member
                yield from _texts(member, archive.read(member))
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png(content)
    else:
        text = content.decode("utf-8", errors="replace")
        yield text
        yield unescape(text)
        if name.endswith((".ipynb", ".json", ".jsonl")):
            for line in text.splitlines() if name.endswith("l") else [text]:
                yield from _strings(json.loads(line))
        for image in _IMAGE.findall(text):
            yield from _texts("image.png", base64.b64decode(image))
        for drawing in _DRAWING.findall(text):
            yield unescape(unquote(drawing))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield unescape(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    else:
        yield repr(value)


def _png(content: bytes) -> Iterator[str]:
    """Chunks of a picture other than its pixels."""
    at = 8
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if kind not in (b"IDAT", b"IHDR", b"IEND"):
            chunk = content[at + 8 : at + 8 + size]
            yield kind.decode("latin-1") + chunk.decode("latin-1")
            for part in chunk.split(b"\x00"):
                try:
                    yield zlib.decompress(part).decode("latin-1")
                except zlib.error:
                    continue
        at += size + 12
