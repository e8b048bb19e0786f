"""Outcomes of the quartiers as a panel of years or a series of months: one definition, the figures in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from prs_eval.errors import DataError
from prs_eval.i18n import _, ngettext

Tables = Mapping[str, pd.DataFrame]
PANEL = ["territory", "year", "numerator", "denominator"]
SERIES = ["period", "year", "month", "numerator", "denominator"]
REVISIONS = [
    "territory", "year", "month", "perimeter", "revision",
    "numerator_before", "denominator_before", "numerator", "denominator", "source",
]  # fmt: skip


def outcome_panel(
    tables: Tables,
    *,
    indicator: str,
    years: Iterable[int] | None = None,
    territories: Sequence[str] | None = None,
    perimeter: str | None = None,
) -> pd.DataFrame:
    """Counts of an indicator by territory and year: yearly rows only, the highest revision of each.

    Parameters
    ----------
    tables
        Holds `outcomes`, as the store gives it.
    indicator
        A code of `workbench.outcome_indicators`.
    years, territories
        What to keep. None: all, the city's own row included where there is one.
    perimeter
        The definition to keep, to the letter. None: the only one there is.

    Returns
    -------
    `territory, year, numerator, denominator`, one row a territory and year, sorted; no row where nothing was observed.

    Raises
    ------
    ValueError
        For a territory asked twice.
    DataError
        Where several definitions would be mixed (their names are given), `perimeter` is none of them, or a territory
        has two figures in force for one year.
    """
    rows = _of(tables, indicator, years, territories)
    rows = _one_perimeter(rows[rows["month"].isna()], indicator, perimeter)
    return _in_force(rows, ["territory", "year"])[PANEL].reset_index(drop=True)


def outcome_series(
    tables: Tables,
    *,
    indicator: str,
    territories: Sequence[str],
    years: Iterable[int] | None = None,
    perimeter: str | None = None,
) -> pd.DataFrame:
    """Counts of an indicator by month, territories summed: monthly rows only, the highest revision of each.

    A month that one of the territories lacks is left out: a sum over fewer would look like a fall. The city is not to
    be named with its own quartiers, which it already counts.

    Returns
    -------
    `period, year, month, numerator, denominator`, one row a month, sorted. `period` is that of `month_number`: two
    months in a row differ by 1, so a gap shows.

    Raises
    ------
    ValueError, DataError
        As `outcome_panel`.
    """
    rows = _of(tables, indicator, years, territories)
    rows = _one_perimeter(rows[rows["month"].notna()], indicator, perimeter)
    rows = _in_force(rows, ["territory", "year", "month"])
    by_month = rows.groupby(["year", "month"], as_index=False).agg(
        numerator=("numerator", "sum"), denominator=("denominator", "sum"), seen=("territory", "nunique")
    )
    whole = by_month[by_month["seen"] == len(territories)].reset_index(drop=True)
    return whole.assign(period=12 * whole["year"] + whole["month"] - 1)[SERIES]


def month_number(day: dt.date) -> int:
    """The period of `outcome_series` that holds `day`: months since January of year 0."""
    return 12 * day.year + day.month - 1


def revisions(tables: Tables, indicator: str) -> pd.DataFrame:
    """What was revised, for a note: one row a revision that changed the figure before it, sorted.

    Returns
    -------
    `territory, year, month, perimeter, revision`, then the counts before and after and the `source` of the latter;
    `month` is missing for a yearly figure.
    """
    rows = _of(tables, indicator, None, None)
    key = ["territory", "year", "month", "perimeter"]
    rows = rows.sort_values([*key, "revision"])
    earlier = rows.groupby(key, dropna=False)[["numerator", "denominator"]].shift()
    rows = rows.assign(numerator_before=earlier["numerator"], denominator_before=earlier["denominator"])
    same = (rows["numerator"] == earlier["numerator"]) & (rows["denominator"] == earlier["denominator"])
    return rows.loc[earlier["numerator"].notna() & ~same, REVISIONS].reset_index(drop=True)


def _of(tables: Tables, indicator: str, years: Iterable[int] | None, territories: Sequence[str] | None) -> pd.DataFrame:
    rows = tables["outcomes"]
    keep = rows["indicator"] == indicator
    if years is not None:
        keep &= rows["year"].isin(list(years))
    if territories is not None:
        if twice := sorted({name for name in territories if list(territories).count(name) > 1}):
            raise ValueError(f"territories named twice: {', '.join(twice)}. Name each once.")
        keep &= rows["territory"].isin(territories)
    return rows[keep].astype({"year": "int64", "month": "Int64"})


def _one_perimeter(rows: pd.DataFrame, indicator: str, perimeter: str | None) -> pd.DataFrame:
    known = sorted(rows["perimeter"].unique())
    if not known:
        return rows
    said = _(" ; ").join(f"« {name} »" for name in known)
    if perimeter is None and len(known) > 1:
        raise DataError(
            _(
                "« {indicator} » a plusieurs périmètres, qui ne se comparent pas : {names}. En choisir un (perimeter)."
            ).format(indicator=indicator, names=said)
        )
    if perimeter is not None and perimeter not in known:
        raise DataError(
            _("« {indicator} » n'a pas le périmètre « {found} » (périmètres présents : {names}).").format(
                indicator=indicator, found=perimeter, names=said
            )
        )
    return rows if perimeter is None else rows[rows["perimeter"] == perimeter]


def _in_force(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The highest revision of each; DataError where there are two."""
    latest = rows[rows["revision"] == rows.groupby(key)["revision"].transform("max")]
    if n := int(latest.duplicated(key).sum()):
        raise DataError(
            ngettext(
                "{n} chiffre en double pour un même territoire et une même période. Garder une ligne de chacun.",
                "{n} chiffres en double pour un même territoire et une même période. Garder une ligne de chacun.",
                n,
            ).format(n=n)
        )
    out: pd.DataFrame = latest.sort_values(key)
    return out.assign(month=out["month"].astype("int64")) if "month" in key else out
