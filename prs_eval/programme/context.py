"""Figures that others have published, set beside the city's own.

`data/published/figures.csv` holds one public figure a row, with its source. `measure` is the indicator of this
project that it can be compared with in the city `insee`; `quartier` and `groups` (`kind=optical|stage=need`) are the
row of that indicator; `rounded_to` is the last printed unit, and `comparison` how it was published: `exact`,
`at_least` or `about`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from prs_eval.errors import DataError, UsageError
from prs_eval.estimation.frame import HEAD, TAIL, check_estimates
from prs_eval.i18n import _, current_language
from prs_eval.inputs.parameters import project_root

FIGURES = Path("data") / "published" / "figures.csv"
EFFECTS = Path("data") / "published" / "effects.csv"
COMPARISONS = ("exact", "at_least", "about")
COLUMNS = (
    "territory",
    "insee",
    "quartier",
    "indicator",
    "year",
    "value",
    "numerator",
    "denominator",
    "unit",
    "rounded_to",
    "comparison",
    "measure",
    "groups",
    "source",
    "source_url",
    "note",
    "note_en",
)
BESIDE = (
    "indicator",
    "quartier",
    "year",
    "groups",
    "unit",
    "estimate",
    "lower",
    "upper",
    "status",
    "published",
    "comparison",
    "agrees",
    "territory",
    "source",
    "source_url",
    "note",
)
_NUMBERS = ("value", "numerator", "denominator", "rounded_to")
_YEAR = r"\d{4}"
# What one published unit is worth in the unit of the indicator; other pairs count the same things.
_WORTH = {
    ("%", "proportion"): 0.01,
    ("semaines", "days"): 7.0,
    ("semaines", "weeks"): 1.0,
    ("jours", "days"): 1.0,
    ("jours", "weeks"): 1 / 7,
}


def published_figures(root: Path | None = None, *, insee: str | None = None) -> pd.DataFrame:
    """The public figures, one row each.

    Parameters
    ----------
    root
        Folder that holds `data/published/figures.csv`; by default the project's root.
    insee
        Code of a city (`workbench.insee`): figures about another city and its quartiers are left out, those about
        a country or a region stay. None keeps all.

    Returns
    -------
    DataFrame with the columns of the file: text columns as str (NA where empty), `value`, `numerator`,
    `denominator` and `rounded_to` as float64 in the printed `unit`, `period` as printed ("2021-2022") and `year`
    as Int64, NA where the period is longer than a year; `note` in the current language.

    Raises
    ------
    UsageError
        Where the file is missing.
    DataError
        Where it lacks a column, or holds a number or a comparison that cannot be read.
    """
    path = (root or project_root()) / FIGURES
    if not path.is_file():
        raise UsageError(_("Chiffres publiés introuvables : {path}").format(path=FIGURES.as_posix()))
    frame = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    if missing := [column for column in COLUMNS if column not in frame.columns]:
        message = _("{file} : colonnes absentes : {columns}.")
        raise DataError(message.format(file=FIGURES.name, columns=", ".join(missing)))
    try:
        frame[list(_NUMBERS)] = frame[list(_NUMBERS)].astype("float64")
    except ValueError:
        message = _("{file} : nombre illisible dans {columns} (écrire 54.4, sans espace ni virgule).")
        raise DataError(message.format(file=FIGURES.name, columns=", ".join(_NUMBERS))) from None
    if current_language() == "en":
        frame["note"] = frame["note_en"]
    frame = frame.rename(columns={"year": "period"})
    frame["year"] = pd.to_numeric(frame["period"].where(frame["period"].str.fullmatch(_YEAR))).astype("Int64")
    if unknown := sorted(set(frame["comparison"].dropna()) - set(COMPARISONS)):
        message = _("{file} : comparaison inconnue : {found} (possibles : {allowed}).")
        text = message.format(file=FIGURES.name, found=", ".join(unknown), allowed=", ".join(COMPARISONS))
        raise DataError(text)
    return frame if insee is None else frame[frame["insee"].isna() | (frame["insee"] == insee)].reset_index(drop=True)


def beside(estimates: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The city's own figure and the published one, where both speak of the same thing.

    Parameters
    ----------
    estimates
        The one output shape; frames of several measures may be concatenated (a grouping column that a measure
        does not have is then NA).
    published
        As `published_figures` returns it.

    Returns
    -------
    One row for each published figure whose `measure`, `year`, `quartier` and `groups` are those of an estimate:
    columns `indicator, quartier, year, groups, unit, estimate, lower, upper, status, published, comparison,
    agrees, territory, source, source_url, note`, in the order of `published`. `published` is in the unit of the
    estimate (a percentage becomes a fraction). `agrees` (boolean, NA without an estimate): `exact` and `about`, the
    estimate rounds to the printed value; `at_least`, it is not under it.
    """
    check_estimates(estimates)
    types = {"measure": "str", "quartier": "str", "year": "Int64", "groups": "str"}  # an empty frame has none to match
    own = estimates.assign(groups=_groups(estimates)).rename(columns={"indicator": "measure"}).astype(types)
    figures = published[published["measure"].notna()].rename(columns={"indicator": "figure", "unit": "printed_unit"})
    figures = figures.assign(order=range(len(figures)), groups=figures["groups"].fillna("").map(_sorted))
    both = figures.astype(types).merge(own, on=list(types), suffixes=("_published", ""))
    both = both.sort_values("order").rename(columns={"measure": "indicator"})
    worth = [_WORTH.get((printed, unit), 1.0) for printed, unit in zip(both["printed_unit"], both["unit"], strict=True)]
    both["published"] = both["value"] * worth
    both["agrees"] = _agrees(both["estimate"], both["published"], both["rounded_to"] * worth, both["comparison"])
    return both[list(BESIDE)].reset_index(drop=True)


def _groups(estimates: pd.DataFrame) -> list[str]:
    """`kind=optical|stage=need` for each row: its grouping columns beyond the shape, sorted by name."""
    names = sorted(set(estimates.columns) - {*HEAD, *TAIL})
    rows = estimates[names].to_dict("records")
    return ["|".join(f"{k}={v}" for k, v in row.items() if not pd.isna(v)) for row in rows]


def _sorted(groups: str) -> str:
    return "|".join(sorted(groups.split("|"))) if groups else ""


def _agrees(
    own: pd.Series[Any], printed: pd.Series[Any], step: pd.Series[Any], comparison: pd.Series[Any]
) -> pd.Series[Any]:
    slack = 1e-9 * (1 + printed.abs())  # 0.545 and 54.5 % are the same number, whatever binary makes of it
    rounds_to = (own - printed).abs() <= step.fillna(0) / 2 + slack
    reaches = own >= printed - slack
    agrees = rounds_to.where(comparison != "at_least", reaches).astype("boolean")
    return agrees.mask(own.isna() | comparison.isna())
