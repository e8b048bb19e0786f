"""What an import brought to the store, and what stayed out, for the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prs_eval.i18n import _, ngettext
from prs_eval.inputs.tables import TABLES
from prs_eval.reporting.format import number

if TYPE_CHECKING:
    import pandas as pd

    from prs_eval.inputs.intake import Intake


def import_summary(intake: Intake, counts: pd.DataFrame, *, place: Path, account: Path | None) -> str:
    """One line a table that had rows, those wholly refused too, then how many rows stayed out and where they are.

    Parameters
    ----------
    counts
        What `Store.write` answered: `table`, `new`, `replaced`, `unchanged` (rows).
    place
        Folder of the store.
    account
        The workbook that holds the refused rows, where one was written.
    """
    written = {str(row["table"]): row for row in counts.to_dict("records")}
    refused = {table: len(rows) for table, rows in intake.refused.items()}
    if not intake.accepted_count:
        out = [_("Rien n'est importé dans {path} : aucune ligne acceptée.").format(path=place)]
    else:
        out = [_("Importé dans {path} :").format(path=place)]
    for name, table in TABLES.items():
        words = [_counted(kind, int(written[name][kind])) for kind in _KINDS if name in written]
        if left := refused.get(name, 0):
            words.append(_counted("refused", left))
        if words:
            out.append(_("  {table} : {counts}").format(table=table.title, counts=", ".join(words)))
    if total := sum(refused.values()):
        text = ngettext("{n} ligne n'est pas importée.", "{n} lignes ne sont pas importées.", total)
        out.append(text.format(n=number(total)))
        if account is not None:
            text = ngettext(
                "Elle est dans {path}, avec son problème : la corriger dans le fichier d'origine, puis réimporter.",
                "Elles sont dans {path}, avec leur problème : les corriger dans le fichier d'origine, puis réimporter.",
                total,
            )
            out[-1] += " " + text.format(path=account)
    return "\n".join(out)


_KINDS = ("new", "replaced", "unchanged")


def _counted(kind: str, n: int) -> str:
    text = {
        "new": lambda: ngettext("{n} nouvelle", "{n} nouvelles", n),
        "replaced": lambda: ngettext("{n} remplacée", "{n} remplacées", n),
        "unchanged": lambda: ngettext("{n} inchangée", "{n} inchangées", n),
        "refused": lambda: ngettext("{n} refusée", "{n} refusées", n),
    }[kind]()
    return text.format(n=number(n))
