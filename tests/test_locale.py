"""Two languages: every French string has its English, with the same gaps to fill, and no other."""

from __future__ import annotations

import ast
import string

import pytest

from prs_eval.i18n import prose, set_language, translated
from tests.update_catalogue import CATALOGUE, KEYWORDS, ROOT, extracted, kept, sources

REMEDY = "run: python -m tests.update_catalogue, then translate what is empty"


def gaps(text: str) -> set[str]:
    """Names of the `{placeholders}` of a message."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def forms(value) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


@pytest.fixture(scope="module")
def catalogue():
    assert CATALOGUE.exists(), REMEDY
    return kept()


def ids(catalogue) -> set[tuple[str, ...]]:
    return {forms(message.id) for message in catalogue if message.id}


def test_every_string_of_the_code_and_notebooks_is_in_the_catalogue_and_no_other(catalogue):
    assert ids(extracted()) - ids(catalogue) == set(), f"missing; {REMEDY}"
    assert ids(catalogue) - ids(extracted()) == set(), f"gone from the code; {REMEDY}"


def test_every_string_is_translated_and_none_is_a_guess(catalogue):
    empty = [message.id for message in catalogue if message.id and not all(forms(message.string))]
    assert empty == [], f"{len(empty)} not translated"
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    plural = [message for message in catalogue if message.pluralizable]
    assert [message.id for message in plural if len(forms(message.string)) != 2] == []


def test_a_translation_has_the_same_gaps_to_fill(catalogue):
    wrong = {}
    for message in catalogue:
        if not message.id:
            continue
        # A plural form may leave a number out ("once"), but may name nothing that the source does not.
        known = set().union(*map(gaps, forms(message.id)))
        for source, target in zip(forms(message.id), forms(message.string), strict=True):
            found = gaps(target)
            if found - known or (not message.pluralizable and found != gaps(source)):
                wrong[source] = target
    assert wrong == {}


def test_no_french_is_left_as_english(catalogue):
    accents = set("àâçéèêëîïôùûœÀÂÇÉÈÊÎÔÙÛŒ«»")
    same = [
        m.id
        for m in catalogue
        if m.id and any(t == s and accents & set(s) for s, t in zip(forms(m.id), forms(m.string), strict=False))
    ]
    assert same == []


@pytest.mark.parametrize(("name", "source"), list(sources()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_marked_is_a_plain_string_filled_afterwards(name, source):
    """An f-string or a variable inside `_()` cannot be found by extraction; console.py alone translates what was
    marked elsewhere with `N_`."""
    if name == "prs_eval/console.py":
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            texts = node.args[: 2 if node.func.id == "ngettext" else 1]
            plain = all(isinstance(text, ast.Constant) and isinstance(text.value, str) for text in texts)
            assert plain, f"{name}:{node.lineno}: {ast.unparse(node)[:80]}"


def test_prose_is_translated_line_by_line_and_keeps_its_marks():
    text = "## Qui rencontre qui ?\n\n- Qui sont-ils ?\n- Une ligne que personne n'a traduite."
    assert prose(text) == ["Qui rencontre qui ?", "Qui sont-ils ?", "Une ligne que personne n'a traduite."]
    assert translated(text) == text
    set_language("en")
    assert translated(text) == "## Who meets whom?\n\n- Who are they?\n- Une ligne que personne n'a traduite."


def test_the_prose_of_every_notebook_is_to_be_translated():
    names = {name for message in extracted() for name, _line in message.locations}
    assert {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= names
    assert "Qui rencontre qui ?" in extracted()
