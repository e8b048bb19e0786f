"""What is said about a source: one issue, its place in the file, its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prs_eval.i18n import _

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One remark on a source, addressed to the person who filled it in.

    `row` is the row as the person sees it (1 = first line of the file or sheet); `cell` is `C12` in a
    workbook and « ligne 12, colonne Date » elsewhere; `column` is the column's code name. `found` is what
    the cell holds, None where it must not be repeated (free text, personal data). `code` is a stable slug.
    """

    table: str | None
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    cell: str | None
    code: str
    found: str | None
    message: str
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """File, sheet and cell, as in « saisie.xlsx, feuille Réunions, C12 »."""
        parts = [self.file]
        if self.sheet:
            sheet = _("table {sheet}") if "://" in self.file else _("feuille {sheet}")
            parts.append(sheet.format(sheet=self.sheet))
        if self.cell:
            parts.append(self.cell)
        elif self.row is not None:
            parts.append(_("ligne {row}").format(row=self.row))
        return ", ".join(parts)

    def __str__(self) -> str:
        return _("{place} : {message}").format(place=self.place, message=self.message)
