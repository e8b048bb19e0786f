"""Demonstration data: synthetic, drawn from a seed, the same bytes on every machine.

What they look like, and which published figures they are made to give, is declared in a city's `demo.yml`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from prs_eval.errors import UsageError
from prs_eval.i18n import _
from prs_eval.inputs.codes import CODES
from prs_eval.inputs.demo_ambassadors import ambassador_tables
from prs_eval.inputs.demo_network import network_tables
from prs_eval.inputs.demo_screening import screening_tables
from prs_eval.inputs.demo_settings import Demo
from prs_eval.inputs.parameters import Workbench, load_workbench, read_yaml
from prs_eval.inputs.tables import TABLES

Row = dict[str, Any]
DATE_FORMATS = {"dmy": "{d:02d}/{m:02d}/{y:04d}", "mdy": "{m:02d}/{d:02d}/{y:04d}", "ymd": "{y:04d}-{m:02d}-{d:02d}"}


def write_demo(out: Path, parameters: Path, *, extra: Mapping[str, Sequence[Row]] | None = None) -> None:
    """Write the demonstration data of a city: one `<table>.csv` a table, `README.md` and `_source.yml`.

    Parameters
    ----------
    out
        Folder to write to, made where missing; files of the same name are replaced.
    parameters
        The city's folder, with `workbench.yml` and `demo.yml`.
    extra
        Rows of tables that are not drawn here, by table (`outcomes`); without them these are not written.

    Raises
    ------
    UsageError
        Where a parameter file is missing, or holds an unknown key or an impossible value.
    """
    workbench = load_workbench(parameters)
    demo = load_demo(parameters, workbench)
    tables = demo_tables(demo, workbench, extra=extra)
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _replace(out / f"{name}.csv", _csv(name, rows, workbench.date_order))
    source = {"synthetic": True, "label": {"fr": demo.label.fr, "en": demo.label.en}}
    _replace(out / "_source.yml", yaml.safe_dump(source, allow_unicode=True, sort_keys=False, width=1000))
    _replace(out / "README.md", demo.readme.replace("{seed}", str(demo.seed)))


def load_demo(parameters: Path, workbench: Workbench) -> Demo:
    """`demo.yml` of a city's folder; UsageError where it names what `workbench.yml` does not declare."""
    demo = read_yaml(parameters / "demo.yml", Demo)
    kinds = demo.screening.kinds
    names = [*demo.network.rhythm_weeks, *demo.network.never_comes, *demo.ambassadors.quartiers]
    names += [host.quartier for kind in kinds for host in kind.hosts]
    names += [name for kind in kinds for year in kind.calibrated.values() for name in year.quartiers]
    names += [people.quartier for people in demo.population.quartiers]
    for name in names:
        workbench.quartier(name)
    if min(demo.screening.reminders) > demo.first_year:
        message = _("demo.yml : `reminders` doit commencer au plus tard en {year}.")
        raise UsageError(message.format(year=demo.first_year))
    _check_outcomes(demo, workbench)
    partners = {p.code for p in workbench.partners}
    used = {kind.referral for kind in kinds} | {host.partner for kind in kinds for host in kind.hosts}
    if unknown := sorted(used - partners):
        raise UsageError(_("demo.yml : partenaires non déclarés : {codes}.").format(codes=", ".join(unknown)))
    if differ := sorted({t.code for t in workbench.themes} ^ set(demo.network.titles)):
        message = _("demo.yml : `titles` et les thèmes de workbench.yml ne se correspondent pas : {codes}.")
        raise UsageError(message.format(codes=", ".join(differ)))
    return demo


def _check_outcomes(demo: Demo, workbench: Workbench) -> None:
    scales = {"proportion": "difference", "rate": "ratio"}
    declared = {item.code: scales[item.measure] for item in workbench.outcome_indicators}
    chosen = demo.outcomes.indicators if demo.outcomes else ()
    if wrong := sorted(item.indicator for item in chosen if declared.get(item.indicator) != item.effect.scale):
        message = _("demo.yml : indicateurs d'effet non déclarés, ou d'une autre mesure dans workbench.yml : {codes}.")
        raise UsageError(message.format(codes=", ".join(wrong)))


def demo_tables(
    demo: Demo, workbench: Workbench, *, extra: Mapping[str, Sequence[Row]] | None = None
) -> dict[str, list[Row]]:
    """Rows of each of the tables, those of `extra` included, sorted by key, in the order of `inputs.tables`."""
    tables: Mapping[str, Sequence[Row]] = {
        **network_tables(demo, workbench),
        **screening_tables(demo),
        **ambassador_tables(demo, workbench),
        "population": _population(demo, workbench),
        **(extra or {}),
    }
    keys = {name: table.key for name, table in TABLES.items()}
    wanted = [name for name in TABLES if name in tables]
    return {name: sorted(tables[name], key=lambda row: [_order(row[k]) for k in keys[name]]) for name in wanted}


def _order(value: object) -> str:
    return f"{value:06d}" if isinstance(value, int) else str(value or "")


def _population(demo: Demo, workbench: Workbench) -> list[Row]:
    """Census counts by quartier, and their sum for the city."""
    counts: dict[tuple[str, str, str], int] = {}
    for people in demo.population.quartiers:
        cells = {("female", "all"): people.female, ("male", "all"): people.male}
        cells |= {("all", age): people.ages[age] for age in CODES["population_age"] if age != "all"}
        cells["all", "all"] = people.female + people.male
        for (sex, age), hundredths in cells.items():
            for territory in (people.quartier, workbench.city):
                counts[territory, sex, age] = counts.get((territory, sex, age), 0) + hundredths
    return [
        {
            "territory": territory,
            "year": demo.population.year,
            "sex": sex,
            "age_band": age,
            "population": hundredths / 100,
            "precision": "exhaustive",
        }
        for (territory, sex, age), hundredths in counts.items()
    ]


def _csv(name: str, rows: Sequence[Row], date_order: str) -> str:
    columns = [column.name for column in TABLES[name].columns]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        if set(row) != set(columns):
            raise ValueError(f"`{name}`: {sorted(set(row) ^ set(columns))}")
        writer.writerow([_cell(row[column], date_order) for column in columns])
    return text.getvalue()


def _cell(value: Any, date_order: str) -> str:
    """As a French spreadsheet writes it: decimal comma, the city's order of dates, empty where there is nothing."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return DATE_FORMATS[date_order].format(d=value.day, m=value.month, y=value.year)
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return str(value)


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".tmp")
    beside.write_bytes(text.encode("utf-8"))
    beside.replace(path)
