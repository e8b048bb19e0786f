"""What a notebook opens: its parameters checked, its tables read, its catalogue at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from prs_eval.errors import UsageError
from prs_eval.i18n import _, set_language
from prs_eval.inputs.parameters import Workbench, load_workbench, project_root
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.catalogue import Catalogue, load_catalogue
from prs_eval.programme.impact_plan import Plan, load_plan
from prs_eval.programme.periods import Period, recent_years

Audience = Literal["public", "internal"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
POOLED = ("screening_sessions", "referrals", "professional_answers")  # tables of people whom one year counts too few of


@dataclass(frozen=True, eq=False)
class Run:
    """One report's data: `quartier` is None for a report on all quartiers.

    `tables` holds the rows of the quartier from the earliest admitted date to `year`, one frame a table, each with
    `quartier` and `year`. `audience` is "public" where only protected numbers may be shown (see
    `prs_eval.disclosure.protect`), as `release` decided (a file; None: decided on the spot, for this page alone).
    `data` and `parameters` are the folders read. `disclosed` gathers what has been shown of people.
    """

    quartier: str | None
    year: int
    workbench: Workbench
    catalogue: Catalogue
    tables: Mapping[str, pd.DataFrame]
    synthetic: bool
    audience: Audience = "internal"
    plan: Plan | None = None
    data: Path = Path()
    parameters: Path = Path()
    release: Path | None = None
    disclosed: list[Any] = field(default_factory=list, repr=False)

    @property
    def public(self) -> bool:
        """Whether only protected numbers may be shown."""
        return self.audience == "public"

    def recorded_until(self, *names: str) -> pd.Timestamp | None:
        """Day of the last row of the tables `names` (meetings, sessions, activities); None where there is none."""
        days = [self.tables[name][TABLES[name].dated_by].max() for name in names if len(self.tables[name])]
        return max(days, default=None)

    @property
    def period(self) -> Period | None:
        """The years that `people` puts together, where it does: a quartier's public page."""
        pooled = self.public and self.quartier is not None
        return recent_years(self.year, breaks=self.workbench.breaks) if pooled else None

    @cached_property
    def people(self) -> Mapping[str, pd.DataFrame]:
        """The tables from which people are described.

        Those of `tables`; on a quartier's public page, where one year counts too few people to say anything, people
        screened, referrals and professionals' answers of the last three years stand under the report's year, and
        those of earlier years are left out.
        """
        period = self.period
        if period is None:
            return self.tables
        kept = {name: self.tables[name][self.tables[name]["year"].isin(list(period.years))] for name in POOLED}
        return {**self.tables, **{name: rows.assign(year=self.year) for name, rows in kept.items()}}


def open_run(
    quartier: str | None = None,
    *,
    year: int,
    data: str,
    parameters: str,
    audience: str = "internal",
    language: str = "fr",
    release: str = "",
) -> Run:
    """Check the parameters and read the tables of one report.

    Parameters
    ----------
    quartier
        Name of a quartier, or None for all of them.
    data, parameters
        Folder that holds the store, and the city's folder of parameters; relative to the project's root.
    release
        File that says what a public page may show, as `prs-eval run` wrote it for all pages of a year together.

    Raises
    ------
    UsageError
        For a quartier, year, folder, audience or language that does not exist, with what is allowed.
    """
    set_language(language)
    if audience not in AUDIENCES:
        message = _("Diffusion inconnue : « {found} » (possibles : {allowed}).")
        raise UsageError(message.format(found=audience, allowed=", ".join(AUDIENCES)))
    root = project_root()
    workbench = load_workbench(root / parameters)
    name = None if quartier is None else workbench.quartier(quartier).name
    store = Store(root / data)
    years = store.years()
    if year not in years:
        allowed = f"{years[0]}-{years[-1]}" if years else _("aucune")
        raise UsageError(
            _("Année {year} absente des données (années présentes : {allowed}).").format(year=year, allowed=allowed)
        )
    tables = {table: store.read(table, quartier=name, years=workbench.history(year)) for table in TABLES}
    return Run(
        name,
        year,
        workbench,
        load_catalogue(root / parameters),
        tables,
        store.synthetic,
        audience,
        load_plan(root / parameters, workbench),
        root / data,
        root / parameters,
        root / release if release else None,
    )
