"""Estimates as tables that people can read, and tables as accessible HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from prs_eval.estimation.frame import HEAD, TAIL
from prs_eval.i18n import _
from prs_eval.inputs.codes import CODES, TOGETHER, either
from prs_eval.inputs.parameters import Workbench
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.catalogue import Catalogue
from prs_eval.reporting import format as fmt

Labels = Mapping[str, Callable[[str], str]]


def is_estimates(frame: pd.DataFrame) -> bool:
    """True for a frame in the one output shape."""
    return {*HEAD, *TAIL} <= set(frame.columns)


def group_columns(estimates: pd.DataFrame) -> list[str]:
    """The grouping columns of a frame in the one output shape, beyond quartier and year."""
    return [column for column in estimates.columns if column not in {*HEAD, *TAIL}]


def default_labels(workbench: Workbench | None = None) -> dict[str, Callable[[str], str]]:
    """How the usual grouping columns are worded: coded lists, themes, partners and survey items."""
    lists: dict[str, tuple[str, ...]] = {
        "reason": ("absence_reason",),
        "outcome": ("appointment_outcome",),
        "kind": ("screening_kind", "activity_kind"),
        "raised_by": ("category",),
        "need": ("yes_no",),
        "priority": ("yes_no",),
        "stage": ("screening_stage",),
        "out_of": ("screening_stage",),
    }
    words: dict[str, dict[str, Any]] = {name: dict(labels) for name, labels in CODES.items()}
    words |= {column: {k: v for name in names for k, v in CODES[name].items()} for column, names in lists.items()}
    if workbench:
        words["theme"] = {t.code: t.label for t in workbench.themes}
        words["partner"] = {p.code: p.label for p in workbench.partners}
        words["referred_to"] = words["partner"]
        items = (*workbench.added_values_professionals, *workbench.added_values_residents)
        words["item"] = {i.code: i.label for i in items}
    words["period"] = {"year": _("l'année"), "recent": _("trois dernières années")}
    return {column: _lookup(labels) for column, labels in words.items()}


def _lookup(labels: Mapping[str, Any]) -> Callable[[str], str]:
    return lambda code: either([str(labels.get(part, part)) for part in code.split(TOGETHER)])


def indicator_label(code: str, catalogue: Catalogue | None) -> str:
    """Label of an indicator in the current language; its code where the catalogue does not hold it."""
    try:
        return str(catalogue.label(code)) if catalogue else code
    except KeyError:
        return code


def heading(column: str) -> str:
    """The human heading of a grouping column; the column's own name where nothing better is known."""
    known = {
        "quartier": _("Quartier"),
        "year": _("Année"),
        "stage": _("Étape"),
        "out_of": _("Parmi"),
        "days": _("Jours depuis la séance"),
        "scale": _("Échelle"),
        "scale_answers": _("Réponses"),
        "wave": _("Vague"),
        "theme": _("Thème"),
        "priority": _("Priorité de l'année"),
        "referral_reason": _("Motif"),
        "referral_outcome": _("Suite donnée"),
        "at_least": _("Réunions partagées, au moins"),
        "item": _("Question"),
        "month": _("Mois"),
        "partner": _("Partenaire"),
        "structure": _("Structure"),
        "kind": _("Type"),
        "source": _("Source"),
        "period": _("Années"),
        "benchmark": _("Repère"),
        "result_code": _("Catégorie de résultat"),
    }
    if column in known:
        return known[column]
    titles = (c.title for table in TABLES.values() for c in table.columns if c.name == column)
    title = next(titles, None)
    return str(title) if title is not None else column


def _interval_heading(levels: pd.Series[Any]) -> str:
    distinct = levels.dropna().unique()
    if len(distinct) != 1:
        return _("Intervalle de confiance")
    return _("Intervalle à {level}").format(level=fmt.percent(distinct[0]))


def names(
    estimates: pd.DataFrame,
    *,
    rows: Sequence[str] | None = None,
    labels: Labels | None = None,
    headings: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
    workbench: Workbench | None = None,
) -> pd.DataFrame:
    """What tells the rows of estimates apart, worded: indicator, quartier and year where they vary, and groups.

    Arguments as for `display`. Returns a DataFrame of str with at least one column.
    """
    wording = default_labels(workbench) | dict(labels or {})
    titles = dict(headings or {})
    groups = [] if rows is not None else group_columns(estimates)
    out: dict[str, Any] = {}
    varying = [column for column in ("quartier", "year") if estimates[column].nunique(dropna=False) > 1]
    if rows is not None:
        out[_("Mesure")] = list(rows)
    elif estimates["indicator"].nunique() > 1 or not (groups or varying):
        out[_("Indicateur")] = [indicator_label(code, catalogue) for code in estimates["indicator"]]
    for column in varying:
        words = fmt.quartier_name if column == "quartier" else _text
        out[titles.get(column, heading(column))] = [words(value) for value in estimates[column]]
    for column in groups:
        if column == "kind" and (out or len(groups) > 1) and _one_screening(estimates):
            continue
        if column == "benchmark":  # a share, the only group that is a number to be worded
            cells = [fmt.percent(value) for value in estimates[column]]
        else:
            cells = [_group_text(value, wording.get(column, str)) for value in estimates[column]]
        out[titles.get(column, heading(column))] = cells
    return pd.DataFrame(out, dtype=object)


def row_name(names: Mapping[Any, Any]) -> str:
    """One row of `names` in a line: `Part parvenue à l'étape, En besoin de soins (parmi : Dépistées)`."""
    told = [str(name) for title, name in names.items() if title != heading("out_of") and name != fmt.MISSING]
    text = ", ".join(told)
    among = names.get(heading("out_of"), fmt.MISSING)
    return text if among in (fmt.MISSING, *told) else _("{name} (parmi : {among})").format(name=text, among=among)


def _one_screening(estimates: pd.DataFrame) -> bool:
    """One kind of screening for the whole table: its caption names it, a column would only take room."""
    kinds = set(estimates["kind"])
    return len(kinds) == 1 and kinds <= set(CODES["screening_kind"])


def display(
    estimates: pd.DataFrame,
    *,
    rows: Sequence[str] | None = None,
    labels: Labels | None = None,
    headings: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
    workbench: Workbench | None = None,
) -> pd.DataFrame:
    """A frame in the one output shape, worded: text columns with human headings, one row an estimate.

    Parameters
    ----------
    estimates
        Frame in the one output shape; its rows keep their order.
    rows
        What each row measures, in full, in place of its indicator and groups: for estimates of many kinds.
    labels
        How the codes of a grouping column are worded, by column; usual columns need none.
    headings
        Headings of grouping columns that are not usual ones.
    catalogue, workbench
        Words for indicators, and for themes, partners and survey items.

    Returns
    -------
    DataFrame of str: what tells the rows apart first (see `names`), then numerator, denominator, value,
    interval and method; what is missing from every row is left out, and a status column appears only where
    some row is not available.
    """
    first = names(estimates, rows=rows, labels=labels, headings=headings, catalogue=catalogue, workbench=workbench)
    return first.assign(**_numbers(estimates))


def group_words(
    column: str, *, labels: Labels | None = None, workbench: Workbench | None = None
) -> Callable[[Any], str]:
    """How the values of a grouping column are worded."""
    words = (default_labels(workbench) | dict(labels or {})).get(column, str)
    return lambda value: _group_text(value, words)


def _group_text(value: Any, words: Callable[[str], str]) -> str:
    if fmt.is_missing(value):
        return fmt.MISSING
    if isinstance(value, float):
        return fmt.number(value, _count_digits(value))
    return words(value) if isinstance(value, str) else _text(value)


def _numbers(estimates: pd.DataFrame) -> dict[str, Any]:
    rows = estimates.to_dict("records")
    out: dict[str, Any] = {}
    bare = estimates["denominator"].isna() & (estimates["numerator"] == estimates["estimate"])  # said by the value
    for column, title in (("numerator", _("Numérateur")), ("denominator", _("Dénominateur"))):
        if (estimates[column].notna() & ~bare).any():
            out[title] = [fmt.number(r[column], _count_digits(r[column])) for r in rows]
    said = (estimates["n"] == estimates["denominator"]) | (estimates["n"] == estimates["numerator"])
    if (estimates["n"].notna() & ~said).any():
        out[_("Effectif")] = [fmt.number(r["n"]) for r in rows]
    out[_("Valeur")] = [_value(r) for r in rows]
    if estimates[["lower", "upper"]].notna().any(axis=None):
        limits = [_limits(row) for row in rows]
        out[_interval_heading(estimates["confidence_level"])] = limits
    out[_("Méthode")] = [fmt.method_label(r["method"]) for r in rows]
    if (~estimates["status"].isin(["ok", "primary", "secondary"])).any():
        out[_("Situation")] = [_situation(r) for r in rows]
    return out


def _value(row: Mapping[Any, Any]) -> str:
    if fmt.is_masked(row):
        return fmt.status_label(str(row["status"]))
    return fmt.quantity(row["estimate"], str(row["unit"]), fmt.row_digits(row))


def _limits(row: Mapping[Any, Any]) -> str:
    if fmt.no_interval(row):
        return fmt.MISSING
    return fmt.interval(row["lower"], row["upper"], str(row["unit"]), fmt.row_digits(row))


def _situation(row: Mapping[Any, Any]) -> str:
    if row["status"] == "too_few" and not fmt.is_missing(row["estimate"]):
        return _("ordre de grandeur : trop peu pour un intervalle")
    return fmt.status_label(str(row["status"]))


def _count_digits(value: Any) -> int:
    return 0 if fmt.is_missing(value) or float(value).is_integer() else 1


def _text(value: Any) -> str:
    """Any cell as text: dates and numbers in the current language, years without separators."""
    if isinstance(value, pd.Timestamp):
        return fmt.date(value)
    return fmt.MISSING if fmt.is_missing(value) else str(value)


def _cell(value: Any, column: str) -> str:
    """The text of a cell."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, (int, float)) or hasattr(value, "dtype"):
        if fmt.is_missing(value) or column != "year":
            return fmt.number(value, 0 if fmt.is_missing(value) or float(value).is_integer() else 1)
        return str(int(value))
    return fmt.typography(_text(value))


def _is_number(text: str) -> bool:
    return text[:1].isdigit() or text.startswith((fmt.MINUS, "["))


def _aligned(cells: Sequence[str]) -> bool:
    """True for a column of numbers, which are read aligned to the right."""
    filled = [cell for cell in cells if cell != fmt.MISSING]
    return bool(filled) and all(_is_number(cell) for cell in filled)


def to_html(frame: pd.DataFrame, caption: str) -> str:
    """`frame` as an accessible HTML table: caption, column and row headers with their scope, all escaped.

    Columns are headings as they stand (see `display` for estimates); the first column names the rows.
    """
    columns = [[_cell(value, str(name)) for value in frame[name]] for name in frame.columns]
    kinds = [' class="num"' if place and _aligned(cells) else "" for place, cells in enumerate(columns)]
    titles = zip(frame.columns, kinds, strict=True)
    head = "".join(f'<th scope="col"{kind}>{escape(str(title))}</th>' for title, kind in titles)
    body = []
    for row in zip(*columns, strict=True):
        first = f'<th scope="row">{escape(row[0])}</th>'
        rest = "".join(f"<td{kind}>{escape(text)}</td>" for text, kind in zip(row[1:], kinds[1:], strict=True))
        body.append(f"<tr>{first}{rest}</tr>")
    name = escape(caption, quote=True)
    return (
        f'<div class="scroll" role="group" aria-label="{name}" tabindex="0"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
