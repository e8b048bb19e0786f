"""What a notebook opens: its parameters checked, its tables read, its catalogue at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from prs_eval.errors import UsageError
from prs_eval.i18n import _, set_language
from prs_eval.inputs.parameters import Workbench, load_workbench, project_root
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES
from prs_eval.programme.catalogue import Catalogue, load_catalogue
from prs_eval.programme.impact_plan import Plan, load_plan


@dataclass(frozen=True)
class Run:
    """One report's data: `quartier` is None for a report on all quartiers.

    `tables` holds the rows of the quartier from the earliest admitted date to `year`, one frame a table, each with
    `quartier` and `year`.
    """

    quartier: str | None
    year: int
    workbench: Workbench
    catalogue: Catalogue
    tables: Mapping[str, pd.DataFrame]
    synthetic: bool
    audience: str = "internal"
    plan: Plan | None = None


def open_run(
    quartier: str | None = None,
    *,
    year: int,
    data: str,
    parameters: str,
    audience: str = "internal",
    language: str = "fr",
) -> Run:
    """Check the parameters and read the tables of one report.

    Parameters
    ----------
    quartier
        Name of a quartier, or None for all of them.
    data, parameters
        Folder that holds the store, and the city's folder of parameters; relative to the project's root.

    Raises
    ------
    UsageError
        For a quartier, year, folder, audience or language that does not exist, with what is allowed.
    """
    set_language(language)
    if audience != "internal":
        raise UsageError(_("audience : « {found} » n'est pas disponible (possible : internal).").format(found=audience))
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
    )
