"""The site of an output folder: years × quartiers × reports, key messages, downloads, what failed and why.

Static, without script, with relative addresses only: it works from a file share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

from prs_eval.i18n import _, current_language
from prs_eval.reporting import format as fmt
from prs_eval.reporting.html import STATEMENT, document, write
from prs_eval.reporting.page import stamp, synthetic_notice

INDEX = "index.html"
Status = Literal["published", "failed", "missing"]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One report of a campaign: `quartier` is None for a report on all of them.

    `href` is relative to the index; `message` is the plain sentence of a report that failed; `title` names
    the report for readers (the notebook's name where empty); `seconds` is how long it took to make; `synthetic`
    whether the page was made from the demonstration's data, None where that was not recorded; `pdf` the address of
    the same page in print, where there is one.
    """

    quartier: str | None
    year: int
    notebook: str
    href: str | None
    status: Status
    message: str = ""
    seconds: float | None = None
    title: str = ""
    synthetic: bool | None = None
    pdf: str | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """What a year's index shows beside its reports.

    `messages` are the key sentences of its reports on the whole city, as HTML; `downloads` are words, address and
    size in bytes.
    """

    messages: Sequence[str] = ()
    downloads: Sequence[tuple[str, str, int]] = ()


def write_index(
    root: Path,
    entries: Sequence[IndexEntry],
    *,
    city: str,
    programme: str = "",
    public: bool = False,
    notices: Sequence[str] = (),
    years: Mapping[int, Year] | None = None,
    other_language: str | None = None,
) -> Path:
    """Write `<root>/index.html`, in the current language, and return its path.

    Parameters
    ----------
    entries
        Every report that was asked for, published or not, in the order in which quartiers and reports are
        read; the latest year comes first.
    city, programme
        Names in the heading.
    public
        Whether the pages are for everybody: they bear no stamp.
    notices
        What readers of the numbers shown must know.
    years
        Key messages and downloads, by year.
    other_language
        Address of the same site in the other language, where there is one.

    Where all pages come from the demonstration's data the page says so once; otherwise each year, or each report of a
    year that mixes origins, bears its own.
    """
    heading = _("Rapports d'évaluation – {city}").format(city=city)
    parts = [f"<header>{stamped(public)}<h1>{escape(heading)}</h1>"]
    if programme:
        parts.append(f"<p>{escape(programme)}</p>")
    invented = _origins(entries) == {True}
    if invented:
        parts.append(f'<p class="notice">{escape(synthetic_notice())}</p>')
    parts += [f'<p class="protection">{escape(fmt.typography(notice))}</p>' for notice in notices]
    parts.append(_other(other_language) + "</header>")
    for year in sorted({entry.year for entry in entries}, reverse=True):
        told = (years or {}).get(year, Year())
        parts.append(_year(year, [entry for entry in entries if entry.year == year], told, say_origin=not invented))
    if not entries:
        parts.append(f'<p class="none">{escape(_("Aucun rapport publié pour le moment."))}</p>')
    out = root / INDEX
    write(document("\n".join(parts), title=heading, statement=STATEMENT[current_language()]), out)
    return out


def stamped(public: bool) -> str:
    """The stamp of pages that are not for everybody."""
    return "" if public else f'<p class="stamp">{escape(stamp())}</p>'


def _other(address: str | None) -> str:
    """A link to the other language, in that language."""
    if address is None:
        return ""
    there, words = ("en", "These pages in English") if current_language() == "fr" else ("fr", "Ces pages en français")
    return f'<p><a href="{escape(address, quote=True)}" hreflang="{there}" lang="{there}">{words}</a></p>'


def _name(entry: IndexEntry) -> str:
    return entry.title or entry.notebook


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _origins(entries: Iterable[IndexEntry]) -> set[bool | None]:
    """What the pages that can be opened were made from."""
    return {entry.synthetic for entry in entries if entry.href}


def _origin(synthetic: bool | None) -> str:
    if synthetic is None:
        return _("origine des données non enregistrée")
    return _("données de démonstration synthétiques") if synthetic else _("données saisies")


def _year(year: int, entries: Sequence[IndexEntry], told: Year, *, say_origin: bool) -> str:
    city = [entry for entry in entries if entry.quartier is None]
    local = [entry for entry in entries if entry.quartier is not None]
    parts = [f'<h2 id="y{year}">{year}</h2>', f"<p>{escape(_counts(entries))}</p>"]
    origins = _origins(entries)
    mixed = say_origin and len(origins) > 1
    if say_origin and origins in ({True}, {None}):
        text = _("Rapports de {year} : {origin}.").format(year=year, origin=_origin(*origins))
        parts.append(f'<p class="notice">{escape(text)}</p>')
    if told.messages:
        items = "".join(f"<li>{text}</li>" for text in told.messages)
        parts.append(
            f'<div class="keys"><h3>{escape(_("À retenir de {year}").format(year=year))}</h3><ul>{items}</ul></div>'
        )
    if city:
        items = "".join(f"<li>{_link(entry, _name(entry), origin=mixed)}</li>" for entry in city)
        parts.append(f"<ul>{items}</ul>")
    if local:
        parts.append(_grid(year, local, origin=mixed))
    parts += [_failures(year, entries), _downloads(year, told), _times(year, entries)]
    return "".join(parts)


def _counts(entries: Sequence[IndexEntry]) -> str:
    done = sum(entry.status == "published" for entry in entries)
    return _("Rapports publiés : {done} sur {total}.").format(done=fmt.number(done), total=fmt.number(len(entries)))


def _grid(year: int, entries: Sequence[IndexEntry], *, origin: bool) -> str:
    """Quartiers down, reports across."""
    notebooks = {entry.notebook: _name(entry) for entry in entries}
    place = {(entry.quartier, entry.notebook): entry for entry in entries}
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in (_("Quartier"), *notebooks.values()))
    rows = []
    for quartier in _distinct(str(entry.quartier) for entry in entries):
        cells = (_cell(place.get((quartier, each)), notebooks[each], quartier, origin=origin) for each in notebooks)
        rows.append(f'<tr><th scope="row">{escape(quartier)}</th>{"".join(cells)}</tr>')
    caption = _("Rapports par quartier, {year}").format(year=year)
    return _table(caption, head, rows)


def _table(caption: str, head: str, rows: Sequence[str]) -> str:
    name = escape(caption, quote=True)
    return (
        f'<div class="scroll" role="group" aria-label="{name}" tabindex="0"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(entry: IndexEntry | None, report: str, quartier: str, *, origin: bool) -> str:
    if entry is None:
        return f"<td>{escape(_('absent'))}</td>"
    return f"<td>{_link(entry, report, quartier, origin=origin)}</td>"


def _link(entry: IndexEntry, name: str, quartier: str = "", *, origin: bool) -> str:
    """The report's name as a link where there is a page; what happened in words where it is not published.

    `origin`: say what the page was made from. The quartier, plain to see from the row, is added for those who hear
    the link alone.
    """
    label = escape(name) + (f'<span class="heard"> – {escape(quartier)}</span>' if quartier else "")
    text = f'<a href="{escape(entry.href, quote=True)}">{label}</a>' if entry.href else label
    if entry.href and entry.pdf:
        heard = f'<span class="heard"> – {escape(" – ".join(filter(None, (name, quartier))))}</span>'
        text += f' (<a href="{escape(entry.pdf, quote=True)}" type="application/pdf">PDF{heard}</a>)'
    failed = _("échec ; page d'un calcul précédent") if entry.href else _("échec")
    words = {"published": "", "failed": failed, "missing": _("absent")}[entry.status]
    words = words if not (origin and entry.href) else " ; ".join(filter(None, (words, _origin(entry.synthetic))))
    return f"{text} <strong>({escape(words)})</strong>" if words else text


def _failures(year: int, entries: Sequence[IndexEntry]) -> str:
    failed = [entry for entry in entries if entry.status != "published" and entry.message]
    if not failed:
        return ""
    items = "".join(f"<li>{escape(_missing(entry))}</li>" for entry in failed)
    heading = _("Ce qui manque en {year}").format(year=year)
    return f'<div class="failed"><h3>{escape(heading)}</h3><ul>{items}</ul></div>'


def _missing(entry: IndexEntry) -> str:
    place = fmt.quartier_name(entry.quartier)
    return _("{report}, {place} : {reason}").format(report=_name(entry), place=place, reason=entry.message)


def _downloads(year: int, told: Year) -> str:
    """The year's tables to take away."""
    if not told.downloads:
        return ""
    items = "".join(
        f'<li><a href="{escape(address, quote=True)}">{escape(words)}</a> ({escape(_kilobytes(size))})</li>'
        for words, address, size in told.downloads
    )
    heading = _("Tableaux de {year} à télécharger").format(year=year)
    return f"<h3>{escape(heading)}</h3><ul>{items}</ul>"


def _kilobytes(size: int) -> str:
    return _("{n} ko").format(n=fmt.number(max(1, round(size / 1000))))


def _times(year: int, entries: Sequence[IndexEntry]) -> str:
    timed = [entry for entry in entries if entry.seconds is not None]
    if not timed:
        return ""
    head = "".join(
        f'<th scope="col">{escape(name)}</th>' for name in (_("Rapport"), _("Quartier"), _("Durée (secondes)"))
    )
    rows = [
        f'<tr><th scope="row">{escape(_name(entry))}</th><td>{escape(fmt.quartier_name(entry.quartier))}</td>'
        f'<td class="num">{escape(fmt.number(entry.seconds, 1))}</td></tr>'
        for entry in timed
    ]
    caption = _("Durée de préparation des rapports, {year}").format(year=year)
    return f"<details><summary>{escape(caption)}</summary>{_table(caption, head, rows)}</details>"
