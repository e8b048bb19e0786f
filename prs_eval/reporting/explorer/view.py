"""What is shown for a choice: rows, figure, sentences, by a pure function of a run and a choice.

The team's run gives true numbers; a public run gives what the year's release lets out, through the same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from prs_eval.disclosure.protect import protect
from prs_eval.errors import UsageError
from prs_eval.estimation.frame import ALL
from prs_eval.i18n import _
from prs_eval.inputs.parameters import Span
from prs_eval.programme import detectable, screening
from prs_eval.programme.context import beside, published_figures
from prs_eval.programme.periods import RECENT_YEARS, Period
from prs_eval.programme.run import Run
from prs_eval.reporting import format as fmt
from prs_eval.reporting.explorer.measures import Detail, detail_words, of_detail, told
from prs_eval.reporting.tables import indicator_label
from prs_eval.reporting.text import detectable as detectable_text
from prs_eval.reporting.text.periods import exceptional

if TYPE_CHECKING:
    from prs_eval.reporting.figures.render import Drawn

NONE, CITY, OTHERS, TARGET, PUBLISHED = "none", "city", "others", "target", "published"
_RHYTHM = ("network_interval_median", "network_interval_median_recent")
_HONOURED = {"kind": "optical", "stage": "honoured", "out_of": "referred"}
_SHARES = ("screening_stage_share", "screening_stage_share_recent")


class Choice(NamedTuple):
    """What someone asks to see: an indicator, the row of it, a place (a quartier, or ALL), years, and beside what."""

    indicator: str
    detail: Detail
    place: str
    first: int
    last: int
    comparison: str = NONE


class Reference(NamedTuple):
    """A span (or one value, twice) to set beside the estimates, in their unit, and the words for it."""

    low: float
    high: float
    text: str


@dataclass(frozen=True, eq=False)
class View:
    """`table`: rows in the one output shape, year after year; `names`: one a row.

    `figure` is None where there is nothing to draw.
    """

    caption: str
    table: pd.DataFrame
    names: tuple[str, ...]
    figure: Drawn | None
    sentences: tuple[str, ...]

    @property
    def has_numbers(self) -> bool:
        """Whether any row holds a number, neither masked nor missing."""
        return bool(self.table["estimate"].notna().any())


def comparisons() -> list[tuple[str, str]]:
    """Words and code of what a quartier can be set beside."""
    return [
        (_("Rien"), NONE),
        (_("L'ensemble des quartiers"), CITY),
        (_("Les autres quartiers"), OTHERS),
        (_("L'objectif"), TARGET),
        (_("Les chiffres publiés"), PUBLISHED),
    ]


def view(run: Run, choice: Choice, *, titled: bool = False) -> View:
    """Rows, figure and sentences of `choice`, as the audience of `run` may see them.

    run: the whole city's, of the year `choice.last`; titled: whether the figure bears the caption, as a file of its
    own needs. A combination that cannot be shown is said in a sentence.
    """
    caption = caption_of(run, choice)
    rows = of_detail(told(run, choice.indicator, tuple(range(choice.first, choice.last + 1))), choice.detail)
    own = rows[rows["quartier"] == choice.place]
    if own.empty:
        text = _("{caption} : aucune donnée.").format(caption=caption)
        return View(caption, own, (), None, (fmt.typography(text),))
    shown, refused = _beside(run, rows, choice)
    references, none = _references(run, own, choice)
    named = _names(run, shown, choice)
    sentences = [
        *_values(shown, choice),
        *refused,
        *([reference.text for reference in references] or none),
        _years(run, choice),
        *_detectable(run, own, choice),
    ]
    title = caption if titled else ""
    figure = _figure(run, shown, named, references, title, choice)
    return View(caption, shown, named, figure, tuple(filter(None, sentences)))


def caption_of(run: Run, choice: Choice) -> str:
    """What a view shows, in a line: indicator, row of it, place and years."""
    words = [
        indicator_label(choice.indicator, run.catalogue),
        detail_words(run, choice.detail) if choice.detail else "",
    ]
    years = str(choice.last) if choice.first == choice.last else f"{choice.first}-{choice.last}"
    text = _("{what} – {place}, {years}")
    what = _(" : ").join(filter(None, words))
    return fmt.typography(text.format(what=what, place=fmt.quartier_name(choice.place), years=years))


def _beside(run: Run, rows: pd.DataFrame, choice: Choice) -> tuple[pd.DataFrame, list[str]]:
    """The chosen place's rows with those compared, year after year; why none could be compared."""
    places, refused = [choice.place], []
    if choice.comparison == CITY:
        places = list(dict.fromkeys([choice.place, ALL]))
        if choice.place == ALL:
            refused = [_("L'ensemble des quartiers est déjà montré : choisir un quartier pour l'y comparer.")]
    elif choice.comparison == OTHERS:
        places = [*([ALL] if choice.place == ALL else []), *run.workbench.programme_quartiers]
        refused = [
            _(
                "L'ordre des quartiers est fixe : ce n'est pas un classement. Avec peu de cas, des quartiers "
                "semblables donnent des chiffres différents par le seul hasard."
            )
        ]
    order = {name: rank for rank, name in enumerate(places)}
    kept = rows[rows["quartier"].isin(places)]
    kept = kept.assign(_rank=kept["quartier"].map(order)).sort_values(["year", "_rank"], kind="stable")
    return kept.drop(columns="_rank").reset_index(drop=True), refused


def _names(run: Run, rows: pd.DataFrame, choice: Choice) -> tuple[str, ...]:
    """What each row is called in the figure: its place, its year, or both; exceptional years say why."""
    several_places, several_years = rows["quartier"].nunique() > 1, rows["year"].nunique() > 1
    out = []
    for place, year in zip(rows["quartier"], rows["year"].astype(int), strict=True):
        why = [str(item.label) for item in run.workbench.breaks if item.first_year <= year <= item.last_year]
        dated = f"{year} ({why[0]})" if why else str(year)
        words = [fmt.quartier_name(place)] if several_places or not several_years else []
        out.append(", ".join([*([dated] if several_years else []), *words]))
    return tuple(out)


def _references(run: Run, own: pd.DataFrame, choice: Choice) -> tuple[list[Reference], list[str]]:
    """The target or the published figures to draw; the sentence that says that there is none."""
    if choice.comparison == TARGET:
        target = _target(run, choice)
        if target is None:
            return [], [_("Pas d'objectif chiffré pour cet indicateur.")]
        unit = str(own["unit"].iloc[0])
        low, high = fmt.number(target.low), fmt.quantity(target.high, unit, 0)
        text = _("Objectif : {high}.") if target.low == target.high else _("Objectif : de {low} à {high}.")
        return [Reference(target.low, target.high, text.format(low=low, high=high))], []
    if choice.comparison == PUBLISHED:
        return _published(run, own, choice), [_("Aucun chiffre publié ne peut être mis à côté de cet indicateur.")]
    return [], []


def _target(run: Run, choice: Choice) -> Span | None:
    if choice.indicator in _RHYTHM:
        return run.workbench.targets.meeting_interval_weeks
    if choice.indicator == "screening_sessions":
        place = None if choice.place == ALL else choice.place
        return screening.session_target(run.workbench, kind=dict(choice.detail)["kind"], quartier=place)
    return None


def _published(run: Run, own: pd.DataFrame, choice: Choice) -> list[Reference]:
    try:
        figures = published_figures(insee=run.workbench.insee)
    except UsageError:  # a project without published figures
        return []
    both = beside(own, figures)
    out = [Reference(row["published"], row["published"], _printed(row)) for row in both.to_dict("records")]
    detail, unit = dict(choice.detail), str(own["unit"].iloc[0])
    if choice.indicator in _SHARES and detail == _HONOURED:
        share = detectable.published_honoured()
        text = _("Publié ailleurs, après un dépistage visuel : {value}.")
        out.append(Reference(share, share, text.format(value=fmt.percent(share))))
    if choice.indicator == "screening_wait_median" and (wait := screening.reference_wait(figures, kind=detail["kind"])):
        text = _("Publié ({territory}, {year}) : {value} ; le délai n'y est pas mesuré de la même façon.")
        value = fmt.quantity(wait.days, unit)
        out.append(Reference(wait.days, wait.days, text.format(territory=wait.territory, year=wait.year, value=value)))
    return out


def _printed(row: Mapping[Any, Any]) -> str:
    method = "count" if row["unit"] in {"count", "people"} else ""
    value = fmt.quantity(row["published"], str(row["unit"]), fmt.row_digits({**row, "method": method}))
    text = _("Publié ({territory}, {year}) : {value}. Source : {source}.")
    return text.format(territory=row["territory"], year=int(row["year"]), value=value, source=row["source"])


def _values(rows: pd.DataFrame, choice: Choice) -> list[str]:
    """The last year of the chosen place, and of all together where they are compared."""
    last = rows[rows["year"] == rows.loc[rows["quartier"] == choice.place, "year"].max()]
    wanted = last["quartier"].isin([choice.place, ALL])
    text = _("{place}, {year} : {value}.")
    return [
        text.format(place=fmt.quartier_name(row["quartier"]), year=int(row["year"]), value=fmt.estimate(row))
        for row in last[wanted].to_dict("records")
    ]


def _years(run: Run, choice: Choice) -> str:
    """The exceptional years that the view holds."""
    first = choice.first - (RECENT_YEARS - 1 if choice.indicator.endswith("_recent") else 0)
    met = tuple(b for b in run.workbench.breaks if b.first_year <= choice.last and b.last_year >= first)
    return exceptional(Period(first, choice.last, met))


def _detectable(run: Run, own: pd.DataFrame, choice: Choice) -> list[str]:
    """The smallest difference that the chosen place's numbers of the last year could show."""
    row = own.iloc[-1]
    if choice.indicator.startswith("scale_mean_") or choice.indicator == "scale_d_z":
        by = () if choice.place == ALL else ("quartier",)
        rows = protect(run, detectable.ambassadors_detectable(run.tables, year=choice.last, by=by))
        here = rows[(rows["quartier"] == choice.place) & (rows["scale"] == dict(choice.detail)["scale"])]
        return detectable_text.ambassadors(here)
    if row["method"] != "wilson":
        return [_("Le plus petit écart visible n'est calculé que pour les parts et pour les échelles.")]
    if fmt.is_masked(row) or row["denominator"] == 0:
        return []
    honoured = choice.indicator in _SHARES and dict(choice.detail) == _HONOURED
    benchmark = detectable.published_honoured() if honoured else detectable.HALF
    known = next((i.denominator for i in run.catalogue.indicators if i.code == choice.indicator), None)
    of = f"{fmt.number(row['denominator'])} ({known})" if known else fmt.number(row["denominator"])
    return [_one_share(row, benchmark, honoured=honoured, of=of)]


def _one_share(row: pd.Series[Any], benchmark: float, *, honoured: bool, of: str) -> str:
    least = detectable.either_side(benchmark, float(row["denominator"]))
    words = _("la part publiée ailleurs ({share})") if honoured else _("la moitié ({share})")
    if fmt.is_missing(least):
        text = _(
            "Avec un dénominateur de {of}, aucun écart avec {benchmark} n'aurait sûrement été vu, même le plus grand."
        )
    else:
        text = _(
            "Avec un dénominateur de {of}, seul un écart d'au moins {points} avec {benchmark} aurait pu être vu "
            "(8 fois sur 10)."
        )
    points = None if fmt.is_missing(least) else fmt.quantity(100 * least, "points", 0)
    return text.format(of=of, points=points, benchmark=words.format(share=fmt.percent(benchmark)))


def _figure(
    run: Run, rows: pd.DataFrame, names: tuple[str, ...], references: list[Reference], title: str, choice: Choice
) -> Drawn | None:
    if rows["estimate"].isna().all():
        return None
    from prs_eval.reporting.figures.explore import plot_view  # matplotlib only where something is drawn

    spans = [(one.low, one.high) for one in references]
    notes = [_("Nombres protégés.")] if run.public else []
    if (rows["estimate"].notna() & rows["lower"].isna() & (rows["method"] != "count")).any():
        notes.append(_("Point creux : sans intervalle."))
    first = rows["quartier"].eq(choice.place).to_numpy()
    label = _("bande : objectif") if choice.comparison == TARGET else _("tirets : chiffre publié")
    return plot_view(rows, names, chosen=first, spans=spans, label=label, title=title, notes=" ".join(notes))
