"""The parameters of a city: YAML read safely into frozen models that accept no unknown key."""

from __future__ import annotations

import datetime as dt
import difflib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from prs_eval.errors import UsageError
from prs_eval.i18n import Text, _, fold
from prs_eval.inputs.codes import CODES


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(_('écrire ce code entre guillemets, par exemple "01"'))
    return value


def _bilingual(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"fr", "en"}:
        return Text(str(value["fr"]), str(value["en"]))
    if isinstance(value, Text):
        return value
    raise ValueError(_("écrire les deux langues : {fr: …, en: …}"))


Code = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=40)]
Label = Annotated[Text, BeforeValidator(_bilingual)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Quartier(_Model):
    """A quartier of the city; `programme` says whether the programme runs there."""

    code: Code
    name: str
    programme: bool = False
    aliases: tuple[str, ...] = ()


class Item(_Model):
    """A code with its label in both languages (theme, partner, survey item)."""

    code: Code
    label: Label


class Theme(Item):
    """A theme of action; `priority_from` is the first year in which it is a priority."""

    priority_from: int | None = None


class OutcomeIndicator(Item):
    """An indicator of the table `outcomes`: a share of people or a rate, and which way is better."""

    measure: Literal["proportion", "rate"]
    direction: Literal["higher", "lower"]


class Span(_Model):
    """A closed interval of numbers, such as a target of 3 to 4 sessions."""

    low: float = Field(ge=0)
    high: float = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.high < self.low:
            raise ValueError(_("`high` doit être au moins égal à `low`"))
        return self


class Break(_Model):
    """Years in which a trend is broken, with the reason to print."""

    first_year: int
    last_year: int
    label: Label


class Targets(_Model):
    """What the programme set itself, a year; sessions are for the whole city."""

    optical_sessions: Span
    dental_sessions: Span
    optical_sessions_per_quartier: Span
    meeting_interval_weeks: Span


class Collapse(_Model):
    """Classes of one column that public pages put together where some count too few people; the others stay alone."""

    column: Literal["age_band", "category", "coverage", "reason", "referral_reason", "reminder", "sex"]
    classes: tuple[tuple[Code, ...], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_code_once(self) -> Collapse:
        codes = [code for together in self.classes for code in together]
        known = CODES[{"reason": "absence_reason"}.get(self.column, self.column)]
        if strange := sorted(set(codes) - set(known)):
            raise ValueError(_("code inconnu : {codes}").format(codes=", ".join(strange)))
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(_("code en double : {codes}").format(codes=", ".join(twice)))
        return self


class Limits(_Model):
    """Caps checked before a file is loaded."""

    max_file_megabytes: float = Field(default=50, gt=0, le=2000)
    max_rows: int = Field(default=200_000, gt=0, le=1_048_576)
    max_columns: int = Field(default=200, gt=0, le=16_384)


class Workbench(_Model):
    """`workbench.yml`: all that one city declares once."""

    city: str
    insee: Code
    programme: Label
    date_order: Literal["dmy", "mdy", "ymd"]
    first_year: int = Field(ge=1990, le=2100)
    earliest_date: dt.date
    confidence_level: float = Field(default=0.95, gt=0.5, lt=1)
    disclosure_threshold: int = Field(default=11, ge=1)
    collapse: tuple[Collapse, ...] = ()
    quartiers: tuple[Quartier, ...] = Field(min_length=1)
    themes: tuple[Theme, ...] = Field(min_length=1)
    partners: tuple[Item, ...]
    added_values_professionals: tuple[Item, ...]
    added_values_residents: tuple[Item, ...] = ()
    outcome_indicators: tuple[OutcomeIndicator, ...] = ()
    targets: Targets
    breaks: tuple[Break, ...] = ()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _each_indicator_once(self) -> Workbench:
        codes = [indicator.code for indicator in self.outcome_indicators]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(_("code en double : {codes}").format(codes=", ".join(twice)))
        return self

    @property
    def programme_quartiers(self) -> tuple[str, ...]:
        """Names of the quartiers where the programme runs, in the declared order."""
        return tuple(q.name for q in self.quartiers if q.programme)

    def quartier(self, name: str) -> Quartier:
        """The quartier of that name or alias (case and accents ignored); UsageError names the nearest."""
        wanted = fold(name)
        for quartier in self.quartiers:
            if wanted in {fold(quartier.name), fold(quartier.code), *map(fold, quartier.aliases)}:
                return quartier
        known = [q.name for q in self.quartiers]
        message = _("Quartier inconnu : « {found} ».").format(found=name)
        if near := nearest(name, known):
            message += " " + _("Vouliez-vous dire « {near} » ?").format(near=near)
        raise UsageError(message + " " + _("Quartiers possibles : {names}.").format(names=", ".join(known)))

    def history(self, year: int) -> range:
        """Years that a report on `year` reads: a structure may have joined before the programme's first year."""
        return range(min(self.first_year, self.earliest_date.year), year + 1)

    def priority_themes(self, year: int) -> tuple[Theme, ...]:
        """Themes that are priorities in `year`."""
        return tuple(t for t in self.themes if t.priority_from is not None and t.priority_from <= year)


def nearest(found: str, known: list[str]) -> str | None:
    """The known name nearest to what was typed, or None where none is near: at most a slip of the fingers away."""
    folded = {fold(name): name for name in known}
    match = difflib.get_close_matches(fold(found), list(folded), n=1, cutoff=0.75)
    return folded[match[0]] if match else None


M = TypeVar("M", bound=BaseModel)


def read_yaml(path: Path, model: type[M]) -> M:
    """Read `path` into `model`; UsageError with file, key, what was found and what is allowed."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(_("Fichier de paramètres introuvable : {path}").format(path=path)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = _("{path} n'est pas un fichier YAML lisible : {error}").format(path=path, error=error)
        raise UsageError(message) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UsageError(_explain(path, model, error)) from None


def _explain(path: Path, model: type[BaseModel], error: ValidationError) -> str:
    lines = [_("{path} : {n} erreur(s).").format(path=path.name, n=error.error_count())]
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or _("(racine)")
        if item["type"] == "extra_forbidden":
            known = _keys_at(model, item["loc"][:-1])
            near = nearest(str(item["loc"][-1]), known)
            text = _("clé inconnue") + (_(" ; vouliez-vous dire « {near} » ?").format(near=near) if near else "")
            text += _(" (clés possibles : {keys})").format(keys=", ".join(known)) if known else ""
        else:
            text = _("reçu {found!r} ; {problem}").format(found=item.get("input"), problem=item["msg"])
        lines.append("  " + _("{name} : {value}").format(name=key, value=text))
    return "\n".join(lines)


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Field names of the model that `loc` leads to, following nested and repeated models."""
    current: Any = model
    for part in loc:
        if isinstance(part, int):
            continue
        annotation = current.model_fields[part].annotation if part in current.model_fields else None
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
        if current is None:
            return []
    return list(current.model_fields)


def project_root(start: Path | None = None) -> Path:
    """The nearest folder upwards that holds `parameters/` and `notebooks/`; the start folder if none does."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "parameters").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return here


def load_workbench(parameters: Path) -> Workbench:
    """`workbench.yml` of a city's folder (`parameters/lille`)."""
    if not parameters.is_dir():
        raise UsageError(
            _("Dossier de paramètres introuvable : {path}. Exemple : parameters/lille").format(path=parameters)
        )
    return read_yaml(parameters / "workbench.yml", Workbench)
