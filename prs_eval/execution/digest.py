"""A year's campaign in plain words: what is published, what is not, on which question it stopped and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prs_eval.i18n import _, ngettext

FILE_NAME = "digest.txt"


@dataclass(frozen=True, slots=True)
class Line:
    """A report that failed: `kept` is the path of the notebook with its error cell, `standing` whether an
    earlier good report is still there."""

    title: str
    failure: Mapping[str, Any]
    kept: str | None
    standing: bool


def digest(year: int, *, published: int, failed: Sequence[Line], left: int) -> str:
    """The text of `digest.txt`; counts are numbers of reports."""
    head = _("Rapports {year} : {counts}.").format(year=year, counts=counts(published, len(failed), left))
    return "\n".join([head, *("\n" + paragraph(line) for line in failed)]) + "\n"


def counts(published: int, failed: int, left: int) -> str:
    """`15 publiés, 1 en échec, 2 restants`; nothing said of what is zero."""
    parts = [ngettext("{n} publié", "{n} publiés", published).format(n=published)]
    if failed:
        parts.append(ngettext("{n} en échec", "{n} en échec", failed).format(n=failed))
    if left:
        parts.append(ngettext("{n} restant", "{n} restants", left).format(n=left))
    return ", ".join(parts)


def paragraph(line: Line) -> str:
    """One failed report: which, at which question, why, and what is left of it."""
    question = line.failure.get("question")
    parts = [f"{line.title} —"]
    if question:
        parts.append(_("le rapport s'est arrêté à la question « {question} ».").format(question=question))
    else:
        parts.append(_("le rapport s'est arrêté avant sa première question."))
    parts.append(_("Raison : {reason}").format(reason=reason(line.failure)))
    if line.kept:
        parts.append(_("Carnet en erreur : {path}.").format(path=line.kept))
    if line.standing:
        parts.append(_("Le dernier rapport réussi reste en place."))
    return " ".join(parts)


def reason(failure: Mapping[str, Any]) -> str:
    """Why a report failed, in words.

    The text of an exception is given only where it is one of ours, which never quote the data.
    """
    kind, error, message = failure.get("kind"), str(failure.get("error")), failure.get("message")
    if message:
        return " ".join(str(message).split())
    if kind == "timeout":
        return _("le calcul a dépassé le délai accordé.")
    if kind in {"kernel", "worker"}:
        return _("le processus de calcul s'est arrêté (mémoire insuffisante, ou arrêt par la machine).")
    if kind == "export":
        return _("la page n'a pas pu être écrite ({error}).").format(error=error)
    known = {
        "KeyError": _("une colonne ou une modalité attendue est absente"),
        "AttributeError": _("le carnet appelle une fonction qui n'existe pas"),
        "NameError": _("le carnet emploie un nom qui n'est pas défini"),
        "SyntaxError": _("une cellule du carnet est mal écrite"),
        "ImportError": _("un module manque"),
        "ModuleNotFoundError": _("un module manque"),
        "FileNotFoundError": _("un fichier attendu est absent"),
        "PermissionError": _("un fichier n'est pas accessible en lecture ou en écriture"),
        "MemoryError": _("la mémoire n'a pas suffi"),
        "ValueError": _("un calcul a reçu des valeurs qu'il n'accepte pas"),
        "TypeError": _("un calcul a reçu des valeurs qu'il n'accepte pas"),
        "ZeroDivisionError": _("une division par zéro"),
    }
    return _("{text} ({error}).").format(text=known.get(error, _("erreur inattendue dans le carnet")), error=error)
