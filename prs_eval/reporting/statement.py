"""The accessibility statement of a site, after the French model (RGAA 4.1): no more is claimed than was tested."""

from __future__ import annotations

from html import escape
from pathlib import Path

from prs_eval import __version__
from prs_eval.i18n import _, current_language
from prs_eval.reporting import format as fmt
from prs_eval.reporting.html import STATEMENT, document, write
from prs_eval.reporting.site import INDEX, stamped


def write_statement(root: Path, *, city: str, public: bool = False) -> Path:
    """Write the accessibility statement that every page links to, after the French model (RGAA 4.1)."""
    heading = _("Accessibilité – {city}").format(city=city)
    parts = [f"<header>{stamped(public)}<h1>{escape(heading)}</h1></header>"]
    for title, paragraphs in _statement():
        parts.append(f"<h2>{escape(title)}</h2>")
        parts += [f"<p>{escape(fmt.typography(text))}</p>" for text in paragraphs]
    out = root / STATEMENT[current_language()]
    write(document("\n".join(parts), title=heading, home=INDEX), out)
    return out


def _statement() -> list[tuple[str, list[str]]]:
    """Headings and paragraphs; nothing is claimed that no test shows."""
    state = _(
        "Ces pages visent le référentiel général d'amélioration de l'accessibilité (RGAA 4.1). Aucun audit humain n'a "
        "encore porté sur ses 106 critères : jusqu'à cet audit, ce site est déclaré non conforme, au sens de l'article "
        "47 de la loi du 11 février 2005."
    )
    tests = [
        _(
            "À chaque modification du logiciel, un navigateur réel contrôle une page de chaque sorte avec axe-core, "
            "bonnes pratiques comprises ; avant chaque version, toutes les pages d'une année dans les deux langues. "
            "Aucune violation n'est admise."
        ),
        _(
            "D'autres contrôles portent sur la langue, le titre, les textes de remplacement, les légendes et les "
            "en-têtes des tableaux, le clavier, le zoom à 200 % et la largeur de 320 pixels."
        ),
    ]
    contents = [
        _(
            "Chaque figure a un texte de remplacement et ses données dans un tableau, à déplier sous elle. La page web "
            "est la version de référence ; son PDF, balisé, est là pour l'impression."
        ),
        _("Les classeurs ont un sommaire, de vrais tableaux et un dictionnaire ; les mêmes tableaux existent en CSV."),
    ]
    contact = _(
        "Si une page vous est inaccessible, écrivez à l'équipe du programme ou au référent accessibilité de la "
        "collectivité, qui vous donnera son contenu sous une autre forme."
    )
    appeal = _(
        "Sans réponse satisfaisante, vous pouvez saisir le Défenseur des droits : par son formulaire en ligne "
        "(formulaire.defenseurdesdroits.fr), auprès de son délégué dans votre département, ou par courrier gratuit, "
        "sans affranchir : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07."
    )
    return [
        (
            _("État de conformité"),
            [state, _("Cette déclaration vaut pour prs_eval {version}.").format(version=__version__)],
        ),
        (_("Ce qui est contrôlé"), tests),
        (_("Figures, tableaux et documents"), contents),
        (_("Signaler une difficulté"), [contact]),
        (_("Voies de recours"), [appeal]),
    ]
