"""The first sheet of the entry workbook: how to fill it in, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from prs_eval.i18n import _, fold
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import EXAMPLE, GUIDE_SHEET, Table

_HEADING = Font("Calibri", bold=True, size=13, color="1F3A5F")
_HEAD = PatternFill("solid", fgColor="1F3A5F")


def write_guide(sheet: Worksheet, tables: Sequence[Table], workbench: Workbench, *, quartier: str, year: int) -> None:
    """Fill `sheet`: what to do and not to do, the sheets one by one, what happens next."""
    sheet.title = str(GUIDE_SHEET)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 92
    sheet.sheet_view.showGridLines = False
    title = _("Classeur de saisie : {programme}, {quartier}, {year}")
    sheet.append([title.format(programme=workbench.programme, quartier=quartier, year=year)])
    sheet["A1"].font = Font("Calibri", bold=True, size=16, color="1F3A5F")
    for heading, lines in _sections(workbench, quartier):
        _heading(sheet, heading)
        for name, text in lines:
            sheet.append([name, text])
            _wrap(sheet)
    _heading(sheet, _("Les feuilles"))
    sheet.append([_("Feuille"), _("Ce qu'on y saisit")])
    for cell in sheet[sheet.max_row]:
        cell.font, cell.fill = Font("Calibri", bold=True, color="FFFFFF"), _HEAD
    for table in tables:
        sheet.append([str(table.title), str(table.description)])
        _wrap(sheet)
        link = sheet.cell(sheet.max_row, 1)
        link.hyperlink = "#'{}'!A1".format(str(table.title).replace("'", "''"))
        link.font = Font("Calibri", underline="single", color="0B4F9E")
    note = _(
        "La population et les indicateurs d'effet n'ont pas de feuille : la ville les importe une fois pour tous "
        "les quartiers."
    )
    sheet.append(["", note])
    _wrap(sheet)
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def date_pattern(workbench: Workbench) -> str:
    """How dates are typed, in words of the current language."""
    patterns = {"dmy": _("jj/mm/aaaa"), "mdy": _("mm/jj/aaaa"), "ymd": _("aaaa-mm-jj")}
    return patterns[workbench.date_order]


def prefix(quartier: str) -> str:
    """A short prefix for the identifiers of a quartier, so that no two quartiers number alike."""
    words = fold(quartier).upper().replace("'", " ").split()
    return words[0][:3] if len(words) == 1 else "".join(word[0] for word in words)


def _sections(workbench: Workbench, quartier: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (
            _("Saisir"),
            [
                (_("Une ligne, un fait"), _("Une feuille par tableau. La ligne 1 porte les titres ; saisir dessous.")),
                (
                    _("Titres des colonnes"),
                    _(
                        "Fond foncé : obligatoire. Fond clair : facultatif. Passer la souris sur un titre affiche son "
                        "explication et les valeurs possibles."
                    ),
                ),
                (
                    _("Ligne d'exemple"),
                    _("La ligne qui commence par {word} n'est jamais comptée. La garder ou l'effacer.").format(
                        word=EXAMPLE
                    ),
                ),
                (_("Listes déroulantes"), _("Choisir dans la liste quand il y en a une.")),
                (
                    _("On ne sait pas"),
                    _("Choisir « Inconnu » plutôt que laisser vide : une case vide ne veut pas dire « non »."),
                ),
                (_("Dates"), _("Écrire {pattern}, année complète.").format(pattern=date_pattern(workbench))),
                (
                    _("Identifiants"),
                    _(
                        "Un code par ligne, jamais réutilisé, propre au quartier : par exemple {prefix}-001. "
                        "Le même code d'une feuille à l'autre désigne la même chose."
                    ).format(prefix=prefix(quartier)),
                ),
                (_("Feuilles sans objet"), _("Laisser vide une feuille qui ne concerne pas le quartier.")),
            ],
        ),
        (
            _("Ne pas faire"),
            [
                (
                    _("Données personnelles"),
                    _(
                        "Jamais de nom, de téléphone, d'adresse électronique, de numéro de sécurité sociale ni "
                        "d'origine. Les personnes n'ont qu'un code, sans lien avec leur identité."
                    ),
                ),
                (_("Totaux"), _("Pas de ligne « TOTAL » ni de sous-total : le logiciel calcule.")),
                (
                    _("Mise en forme"),
                    _("Ne pas fusionner de cellules, ni renommer les feuilles ou les titres, ni ajouter de colonne."),
                ),
            ],
        ),
        (
            _("Vérifier et transmettre"),
            [
                (
                    _("Vérifier"),
                    _("Fermer le classeur, puis lancer : {command}").format(
                        command="prs-eval check " + _("fichier.xlsx")
                    ),
                ),
                (
                    _("Corriger"),
                    _("Le bilan indique la feuille, la case, le problème et comment le corriger. Recommencer ensuite."),
                ),
                (
                    _("La suite"),
                    _(
                        "La ville importe le classeur. Les lignes acceptées alimentent le rapport du quartier ; les "
                        "lignes refusées sont renvoyées avec leur numéro. Réimporter un classeur corrigé remplace les "
                        "lignes de même identifiant, sans doublon."
                    ),
                ),
            ],
        ),
    ]  # fmt: skip


def _heading(sheet: Worksheet, text: str) -> None:
    sheet.append([])
    sheet.append([text])
    sheet.cell(sheet.max_row, 1).font = _HEADING


def _wrap(sheet: Worksheet) -> None:
    """Let the last row's text run over several lines, and make room for them."""
    left, right = sheet.cell(sheet.max_row, 1), sheet.cell(sheet.max_row, 2)
    left.font = Font("Calibri", bold=True)
    for cell in (left, right):
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    lines = max(1 + len(str(right.value or "")) // 88, 1 + len(str(left.value or "")) // 32)
    sheet.row_dimensions[sheet.max_row].height = 16 * lines + 2
