"""An executed notebook as one accessible page: no code, no script, no outside request, nothing beside it."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import nh3
from jinja2 import Environment, PackageLoader
from nbconvert.exporters import Exporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from prs_eval import __version__, errors
from prs_eval.i18n import _, current_language, fold, speaking
from prs_eval.reporting.format import typography
from prs_eval.reporting.page import stamp

_PAPERMILL_NOTES = {"papermill-error-cell-tag"}  # cells that papermill adds above the one that failed
_EXPLAINED = {name for name, value in vars(errors).items() if isinstance(value, type)}
_FEW_SECTIONS = 3

# All that a page may hold, whatever was typed in a spreadsheet or a notebook; anything else is dropped.
_BLOCKS = "main header footer nav section article div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd figure figcaption img hr"
_TABLES = "table caption thead tbody tfoot tr th td"
_INLINE = "a abbr b br code em i small span strong sub sup details summary pre blockquote"
_TAGS = frozenset(f"{_BLOCKS} {_TABLES} {_INLINE}".split())
_ATTRIBUTES = {
    "*": {"id", "class", "lang", "role", "tabindex", "aria-label", "aria-labelledby", "aria-hidden", "aria-current"},
    "a": {"href", "download", "hreflang", "type"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
_PICTURES = ("data:image/svg+xml,", "data:image/png;base64,")
_KEYS = "key-messages"
STATEMENT = {"fr": "accessibilite.html", "en": "accessibility.html"}  # beside the index, by language


class _Markdown(IPythonRenderer):
    """Markdown without raw HTML, whose headings leave the first level to the page's title."""

    def text(self, text: str) -> str:
        return str(super().text(typography(text)))

    def heading(self, text: str, level: int, **_attrs: Any) -> str:
        level = max(level, 2)
        return f'<h{level} id="{_slug(text)}">{text}</h{level}>\n'


def _slug(text: str) -> str:
    """Anchor of a heading: its words, without accents or punctuation."""
    return re.sub(r"\W+", "-", fold(unescape(re.sub(r"<[^>]*>", "", text)))).strip("-") or "section"


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("prs_eval.reporting"), autoescape=True, trim_blocks=True)


def sanitised(body: str) -> str:
    """`body` with the allowed elements and attributes only; pictures are data, links are never scripts.

    What comes from data is escaped where it is written: this is the second lock.
    """
    return nh3.clean(
        body,
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"data", "http", "https", "mailto"},
        link_rel="noopener",
    )


def _kept(element: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if value.startswith(_PICTURES) else None
    if attribute == "href" and value.lstrip().lower().startswith("data:"):
        return None
    return value


def document(body: str, *, title: str, home: str | None = None, statement: str | None = None) -> str:
    """A whole page around `body`, in the current language.

    Parameters
    ----------
    body
        HTML, `sanitised` here. A page whose body bears the stamp bears it in print too.
    title
        Plain text of `<title>`; the same as the page's h1.
    home, statement
        Addresses of the index and of the accessibility statement, relative to the page.
    """
    environment = _templates()
    style = environment.loader.get_source(environment, "page.css")[0] if environment.loader else ""
    stamped = stamp() if 'class="stamp"' in body else ""
    style = re.sub(r"\s+", " ", style.replace("STAMP", stamped.replace("\\", "").replace('"', "")))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return environment.get_template("page.html.j2").render(
        body=sanitised(body),
        title=title,
        home=home,
        statement=statement,
        statement_text=_("Accessibilité : non conforme"),
        home_label=_("Retour"),
        home_text=_("← Tous les rapports"),
        language=current_language(),
        style=style,
        style_hash=f"sha256-{digest}",
        skip=_("Aller au contenu"),
        foot=(f"{stamped}. " if stamped else "") + _("Produit par prs_eval {version}.").format(version=__version__),
    )


def write(text: str, out: Path) -> bool:
    """Write a page, as `write_bytes`."""
    return write_bytes(text.encode("utf-8"), out)


def write_bytes(content: bytes, out: Path) -> bool:
    """Write a file beside its place, then put it there: nobody meets half a file. False where it is the same."""
    if out.is_file() and out.read_bytes() == content:
        return False
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(out.name + ".tmp")
    beside.write_bytes(content)
    beside.replace(out)
    return True


class ReportExporter(Exporter):
    """nbconvert exporter (`jupyter nbconvert --to prs-eval`), in the language of the notebook's parameters.

    `resources` may hold `title` (used where the notebook stopped before its own heading), `home`, and `pdf`, the
    address of the same page in print.
    """

    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: nbformat.NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The page of an executed notebook."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        fallback = resources.get("title") or resources.get("metadata", {}).get("name", "")
        parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
        with speaking(parameters.get("language", current_language())):
            title, body = _body(notebook, fallback, resources.get("pdf"))
            home = resources.get("home")
            statement = str(PurePosixPath(home).with_name(STATEMENT[current_language()])) if home else None
            return document(body, title=title, home=home, statement=statement), resources


def export(
    notebook: Path,
    out: Path,
    *,
    title: str,
    language: str = "fr",
    home: str | None = None,
    pdf: str | None = None,
) -> None:
    """Write the page of an executed notebook, whole or not at all.

    Parameters
    ----------
    notebook
        Executed `.ipynb`; where a cell failed, the page says so in a sentence and stops there.
    out
        Where the page goes; folders are made as needed.
    title
        Heading of the page where the notebook stopped before its own; otherwise the notebook's own is kept,
        and `<title>` is the same.
    language
        Language of the page (`fr` or `en`).
    home
        Address of the index, relative to `out`.
    pdf
        Address of the same page in print, relative to `out`.
    """
    with speaking(language):
        node = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
        exporter = ReportExporter()  # type: ignore[no-untyped-call]
        text, _resources = exporter.from_notebook_node(node, {"title": title, "home": home, "pdf": pdf})
    write(text, out)


def _body(notebook: nbformat.NotebookNode, title: str, pdf: str | None) -> tuple[str, str]:
    """Plain title and HTML of a notebook's cells, up to the one that failed; key messages and contents come first."""
    parts: list[str] = []
    failed = None
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not _PAPERMILL_NOTES & set(cell.metadata.get("tags", [])):
            parts.append(MarkdownWithMath(renderer=_Markdown(exclude_anchor_links=True)).render(cell.source))
        elif cell.cell_type == "code":
            parts += [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
            failed = next((output for output in cell.outputs if output.output_type == "error"), None)
        if failed is not None:
            parts.append(_failure(failed, parts))
            break
    heading = re.search(r"<h1>(.*?)</h1>", "".join(parts), flags=re.DOTALL)
    if heading is None:
        parts.insert(0, f'<header><p class="stamp">{escape(stamp())}</p><h1>{escape(title)}</h1></header>')
    else:
        title = unescape(heading[1])
    place = next(i for i, part in enumerate(parts) if "<h1>" in part)
    parts[place + 1 : place + 1] = [_print_link(pdf), _key_messages(parts), _contents(parts)]
    return title, "\n".join(parts)


def _sections(parts: list[str]) -> list[tuple[str, str]]:
    """Anchor and HTML text of each second-level heading."""
    return re.findall(r'<h2 id="([^"]*)">(.*?)</h2>', "".join(parts), flags=re.DOTALL)


def key_messages(html: str) -> list[str]:
    """The sentences that a notebook called key, as HTML."""
    return re.findall(r'<p class="say key">(.*?)</p>', html, flags=re.DOTALL)


def _key_messages(parts: list[str]) -> str:
    """The key sentences, said again where reading starts; not where the page's first section says them all."""
    told, first = key_messages("".join(parts)), "".join(parts).split("<h2 ", 2)[:2]
    if not told or told == key_messages("".join(first)):
        return ""
    items = "".join(f"<li>{text}</li>" for text in told)
    heading = f'<h2 id="{_KEYS}">{escape(_("À retenir"))}</h2>'
    return f'<section class="keys" aria-labelledby="{_KEYS}">{heading}<ul>{items}</ul></section>'


def _print_link(pdf: str | None) -> str:
    if pdf is None:
        return ""
    text = escape(_("Cette page en PDF, à imprimer"))
    return f'<p class="print"><a href="{escape(pdf, quote=True)}" type="application/pdf">{text}</a></p>'


def _contents(parts: list[str]) -> str:
    sections = _sections(parts)
    if len(sections) < _FEW_SECTIONS:
        return ""
    items = "".join(f'<li><a href="#{anchor}">{text}</a></li>' for anchor, text in sections)
    return f'<nav class="contents" aria-label="{escape(_("Sommaire"))}"><ol>{items}</ol></nav>'


def _failure(error: Any, parts: list[str]) -> str:
    """What a reader needs to know of a failure; the traceback stays in the notebook."""
    sections = _sections(parts)
    asked = unescape(re.sub(r"<[^>]*>", "", sections[-1][1])) if sections else None
    lines = [
        _("Cette page est incomplète : le calcul s'est arrêté à la question « {question} ».").format(question=asked)
        if asked
        else _("Cette page est vide : le calcul s'est arrêté avant la première question.")
    ]
    if error.ename in _EXPLAINED:
        lines.append(str(error.evalue))
    else:
        lines.append(_("Erreur inattendue ({name}).").format(name=error.ename))
    lines.append(_("Le carnet exécuté, gardé pour le diagnostic, montre l'erreur ; aucune autre page n'est touchée."))
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<div class="failed">{text}</div>'
