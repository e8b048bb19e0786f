"""Bring the English catalogue up to date with the strings of the code and notebooks.

`python -m tests.update_catalogue` keeps the translations whose French has not changed, adds the new strings
empty and drops those that are gone; `tests/test_locale.py` then says what is left to translate.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from prs_eval.i18n import LOCALE_DIR, prose

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = LOCALE_DIR / "en" / "LC_MESSAGES" / "prs_eval.po"
KEYWORDS = ("_", "N_", "ngettext")


def sources() -> Iterator[tuple[str, bytes]]:
    """Path and Python source of every module, and of every notebook's code cells."""
    for path in sorted((ROOT / "prs_eval").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        yield path.relative_to(ROOT).as_posix(), code.encode()


def marked(source: bytes) -> Iterator[str | tuple[str, str]]:
    """The strings marked in a Python source, inside f-strings too (babel's own reader finds those on some Pythons)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            texts = [text.value for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            if node.func.id == "ngettext":
                singular, plural = texts
                yield singular, plural
            else:
                yield from texts  # none where the argument is no constant, as in `_(help or "")`


def written() -> Iterator[tuple[str, str]]:
    """Path and text of every line of prose of the notebooks."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for text in prose("".join(cell["source"])):
                    yield path.relative_to(ROOT).as_posix(), text


def extracted() -> Catalog:
    """Every string marked for translation and every line of prose, with the files that hold it."""
    catalogue = Catalog(locale="en", project="prs_eval", fuzzy=False)
    for name, text in written():
        catalogue.add(text, locations=[(name, 0)])
    for name, source in sources():
        for message in marked(source):
            catalogue.add(message, locations=[(name, 0)])
    return catalogue


def kept() -> Catalog:
    """The catalogue as it is in the package; an empty one where there is none."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", project="prs_eval", fuzzy=False)
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def update() -> Path:
    """Write the catalogue, the same bytes for the same strings, and return its path."""
    catalogue = kept()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    out = BytesIO()
    write_po(out, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)
    header = b'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    header += b'"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    beside = CATALOGUE.with_name(CATALOGUE.name + ".tmp")
    beside.write_bytes(header + out.getvalue())
    beside.replace(CATALOGUE)
    return CATALOGUE


if __name__ == "__main__":
    left = sum(not all(m.string if m.pluralizable else [m.string]) for m in read_po(update().open("rb")) if m.id)
    print(f"{CATALOGUE.relative_to(ROOT)}: {left} left to translate")
