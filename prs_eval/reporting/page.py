"""What a notebook puts on its page: header, sentences, figures with their data, tables.

`header` is called first and tells the page which report it belongs to (words of the catalogue, quartier and
year of the « no data » sentence). Every output is escaped HTML, with plain text beside for other readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, TypedDict

import pandas as pd
from IPython.display import display as put_on_page

from prs_eval import __version__
from prs_eval.disclosure.ledger import as_json
from prs_eval.disclosure.release import row_years
from prs_eval.disclosure.rounding import ROUND_TO, round_counts
from prs_eval.i18n import _, ngettext
from prs_eval.inputs.parameters import Workbench
from prs_eval.programme.catalogue import Catalogue
from prs_eval.programme.run import Run
from prs_eval.reporting import format as fmt
from prs_eval.reporting import resource
from prs_eval.reporting.tables import Labels, display, is_estimates, names, row_name, to_html

if TYPE_CHECKING:
    from prs_eval.reporting.figures.render import Drawn

_ALT_ROWS = 6
_run: Run | None = None


class _City(TypedDict):
    catalogue: Catalogue | None
    workbench: Workbench | None


class _Words(_City):
    rows: Sequence[str] | None
    labels: Labels | None
    headings: Mapping[str, str] | None


def _put(html: str, plain: str, data: Mapping[str, Any] | None = None) -> None:
    """One output, marked as made here, with what it tells of people since the last one (see `disclosure.protect`).

    data: the table shown, as a Tabular Data Resource.
    """
    facts = []
    if _run is not None and _run.disclosed:
        facts = [as_json(fact) for fact in dict.fromkeys(_run.disclosed)]
        _run.disclosed.clear()
    about = {"prs_eval": {"facts": facts} if facts else {}}
    shown = {"text/html": html, "text/plain": plain, **({resource.MIME: data} if data else {})}
    put_on_page(shown, metadata=about, raw=True)  # type: ignore[no-untyped-call]


def current_run() -> Run | None:
    """The run of the page that is being made; None before `header`."""
    return _run


def for_all() -> bool:
    """Whether everybody may read the page that is being made: its numbers are then rounded, and some masked."""
    return _run is not None and _run.public


def page_title(run: Run, title: str) -> str:
    """The page's one heading: what it is about, where and when."""
    return _("{title} – {place}, {year}").format(title=title, place=run.quartier or run.workbench.city, year=run.year)


def stamp() -> str:
    """The stamp that every internal page bears."""
    return _("Diffusion restreinte")


def synthetic_notice() -> str:
    """The notice of pages made from the demonstration data."""
    return _("Données de démonstration synthétiques : aucun chiffre de cette page ne décrit une situation réelle.")


def source_line(run: Run) -> str:
    """What a figure is drawn from, for those who meet it away from its page."""
    place = run.quartier or run.workbench.city
    about = {"programme": str(run.workbench.programme), "place": place, "year": run.year}
    if run.synthetic:
        return _("{programme}, {place}, {year}. Données de démonstration synthétiques.").format(**about)
    return _("{programme}, {place}, {year}. Données saisies par l'équipe.").format(**about)


def rounding_notice(threshold: int) -> str:
    """How public numbers are protected; `threshold`: the smallest count that is shown."""
    least = int(round_counts(threshold, threshold))
    return _(
        "Pour que personne ne puisse être reconnu, les nombres de personnes sont arrondis à {base} près, {least} au "
        "moins, et les parts calculées sur ces nombres arrondis ; un nombre inférieur à {threshold}, ou qui "
        "permettrait d'en retrouver un, est remplacé par « {masked} »."
    ).format(base=ROUND_TO, least=least, threshold=threshold, masked=fmt.status_label("primary"))


def protection_notice(run: Run) -> list[str]:
    """What the reader of a public page must know of its numbers: how they are protected, and the years they cover."""
    text = rounding_notice(run.workbench.disclosure_threshold)
    if run.period is None:
        return [text]
    pooled = _(
        "Un an compte trop peu de personnes dans un quartier : les personnes dépistées, les orientations et les "
        "réponses des professionnels sont celles des années {first} à {last} réunies, sauf mention contraire."
    ).format(first=run.period.first, last=run.period.last)
    return [text, pooled]


def header(run: Run, title: str, *, dated: Sequence[str] = ()) -> None:
    """Open the page: stamp, title (h1), what it is about and where its data come from; the notices it must bear.

    dated: tables whose last row tells how far the data go.
    """
    global _run
    _run = run
    heading = page_title(run, title)
    source = _("données de démonstration synthétiques") if run.synthetic else _("données saisies par l'équipe")
    about = [
        (_("Ville"), run.workbench.city),
        (_("Programme"), str(run.workbench.programme)),
        (_("Quartier"), run.quartier or _("tous les quartiers du programme")),
        (_("Année"), str(run.year)),
        (_("Source"), source),
        *([(_("Données jusqu'au"), fmt.date(run.recorded_until(*dated)))] if dated else []),
        (_("Public"), _("tous") if run.public else _("équipe du programme (chiffres réels, non protégés)")),
        (_("Logiciel"), f"prs_eval {__version__}"),
    ]
    warned = [synthetic_notice()] if run.synthetic else []
    protected = protection_notice(run) if run.public else []
    stamped = "" if run.public else stamp()
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in about)
    html = f'<header><p class="stamp">{escape(stamped)}</p>' if stamped else "<header>"
    html += f"<h1>{escape(heading)}</h1><dl>{facts}</dl>"
    for kind, notices in (("notice", warned), ("protection", protected)):
        html += "".join(f'<p class="{kind}">{escape(fmt.typography(notice))}</p>' for notice in notices)
    plain = "\n".join(
        filter(
            None,
            [stamped, heading, *(_("{name} : {value}").format(name=n, value=v) for n, v in about), *warned, *protected],
        )
    )
    _put(html + "</header>", plain)


def say(*sentences: str, key: int = 0) -> None:
    """Each sentence as a paragraph, escaped; empty ones are left out.

    key: how many of them, from the first, are the page's key messages, said again at its top.
    """
    kept = [fmt.typography(sentence) for sentence in sentences if sentence]
    if kept:
        kinds = ["say key" if place < key else "say" for place in range(len(kept))]
        html = "".join(f'<p class="{kind}">{escape(text)}</p>' for kind, text in zip(kinds, kept, strict=True))
        _put(html, "\n".join(kept))


def heading(title: str) -> None:
    """A heading under the section's own: one of several questions answered together."""
    _put(f"<h3>{escape(fmt.typography(title))}</h3>", title)


def show(
    figure: Drawn | None,
    *,
    table: pd.DataFrame,
    caption: str,
    alt: str | None = None,
    rows: Sequence[str] | None = None,
    labels: Labels | None = None,
    headings: Mapping[str, str] | None = None,
    folded: bool = False,
    unfolded: bool = False,
) -> None:
    """A figure with its alternative text and caption, and its data in a table to unfold.

    Parameters
    ----------
    figure
        The Axes or Figure drawn from `table`, or None for the table alone; it is closed.
    table
        Estimates in the one output shape, or a table already worded.
    caption
        What the figure shows, in one sentence.
    alt
        Alternative text; made from the table when not given.
    rows, labels, headings
        Words for rows and grouping columns, as for `tables.display`.
    folded
        Whether a table alone waits to be unfolded.
    unfolded
        Whether the data of the figure are unfolded from the start.

    Where the table holds nothing that can be shown, the page says so in a sentence instead.
    """
    words = _Words(rows=rows, labels=labels, headings=headings, **_city())
    caption, usable = fmt.typography(caption), _usable(table)
    image = _image(figure, usable) if figure is not None else ""
    if not usable:
        _put(*_nothing(table, caption, words))
        return
    worded = _worded(table, words)
    data = to_html(worded, caption)
    beside = resource.resource(table, caption, as_printed=for_all(), years=_years(table), **words)
    if not image:
        _put(_unfold(caption, data) if folded else data, _plain(worded, caption), beside)
        return
    text = escape(alt or _alt(table, caption, words), quote=True)
    name = escape(_("Figure : {caption}").format(caption=caption), quote=True)
    html = (
        f'<figure><div class="scroll plot" role="group" aria-label="{name}" tabindex="0">'
        f'<img src="{image}" alt="{text}"></div><figcaption>{escape(caption)}</figcaption>'
        f"{_unfold(_('Données de la figure'), data, unfolded=unfolded)}</figure>"
    )
    _put(html, _plain(worded, caption), beside)


def show_table(
    table: pd.DataFrame,
    caption: str,
    *,
    rows: Sequence[str] | None = None,
    labels: Labels | None = None,
    headings: Mapping[str, str] | None = None,
    folded: bool = False,
) -> None:
    """A captioned table, from estimates in the one output shape or from a table already worded."""
    show(None, table=table, caption=caption, rows=rows, labels=labels, headings=headings, folded=folded)


def _image(figure: Drawn, usable: bool) -> str:
    """The figure's data address, empty where there is nothing worth drawing; the figure is closed."""
    from prs_eval.reporting.figures import render  # matplotlib only where something is drawn

    if usable and _run is not None:
        render.sign(figure, source_line(_run))
    image = render.data_address(figure, vector=not for_all()) if usable else ""
    render.close(figure)
    return image


def _years(table: pd.DataFrame) -> list[str] | None:
    """The years that each row puts together, where a page puts several together."""
    if _run is None or _run.period is None or not is_estimates(table):
        return None
    spans = [row_years(_run, row) for row in table.to_dict("records")]
    return [f"{min(span)}–{max(span)}" if len(span) > 1 else str(span[0]) for span in spans]


def _usable(table: pd.DataFrame) -> bool:
    if not is_estimates(table):
        return len(table) > 0
    return bool(((table["status"] == "ok") & table["estimate"].notna()).any())


def _worded(table: pd.DataFrame, words: _Words) -> pd.DataFrame:
    return display(table, **words) if is_estimates(table) else table


def _city() -> _City:
    """Where the words of this report come from."""
    return {"catalogue": _run.catalogue if _run else None, "workbench": _run.workbench if _run else None}


def no_data(caption: str) -> str:
    """The sentence that stands where there is nothing to show."""
    caption = caption.rstrip(". ")
    if _run is None:
        return _("Aucune donnée ({caption}).").format(caption=caption)
    place = _run.quartier or _("l'ensemble des quartiers")
    return _("Aucune donnée pour {place} en {year} ({caption}).").format(place=place, year=_run.year, caption=caption)


def _nothing(table: pd.DataFrame, caption: str, words: _Words) -> tuple[str, str]:
    if table.empty:
        text = no_data(caption)
        return f'<p class="none">{escape(text)}</p>', text
    if (table["status"] == "primary").all():
        text = fmt.withheld(caption)
        return f'<p class="none">{escape(text)}</p>', text
    text = _("{caption} : effectif trop faible pour estimer.").format(caption=caption.rstrip(". "))
    data = to_html(_worded(table, words), caption)
    return f'<p class="none">{escape(text)}</p>{_unfold(_("Données disponibles"), data)}', text


def _unfold(summary: str, data: str, *, unfolded: bool = False) -> str:
    return f"<details{' open' if unfolded else ''}><summary>{escape(summary)}</summary>{data}</details>"


def _plain(worded: pd.DataFrame, caption: str) -> str:
    return f"{caption}\n{worded.to_string(index=False)}"


def _alt(table: pd.DataFrame, caption: str, words: _Words) -> str:
    """What the figure shows and the numbers that matter, row by row."""
    start = _("Graphique : {caption}.").format(caption=caption.rstrip(". "))
    if is_estimates(table):
        told = names(table, **words).to_dict("records")
        pairs = [p for p in zip(told, table.to_dict("records"), strict=True) if not fmt.is_masked(p[1])]
        if _run is not None:  # the year of the report is its message: it is told before the years around it
            year = _run.year
            pairs.sort(key=lambda pair: bool(pair[1]["year"] != year))
        rows = [_("{name} : {value}").format(name=row_name(name), value=fmt.estimate(row)) for name, row in pairs]
    else:
        rows = [_(" ; ").join(f"{c} {v}" for c, v in row.items()) for row in table.astype(str).to_dict("records")]
    text = f"{start} {_(' ; ').join(rows[:_ALT_ROWS])}."
    if (left := len(rows) - _ALT_ROWS) > 0:
        more = ngettext("{n} autre ligne dans le tableau.", "{n} autres lignes dans le tableau.", left)
        text += " " + more.format(n=left)
    return text
