"""Numbers, units and dates as people write them, in French (the source) and English."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

import pandas as pd
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from prs_eval.estimation.frame import ALL
from prs_eval.i18n import _, current_language, ngettext

Row = Mapping[Any, Any] | pd.Series  # one row of the output shape
R = TypeVar("R", bound=Row)

NBSP = "\u00a0"
NARROW_NBSP = "\u202f"
MINUS = "\u2212"
MISSING = "–"
FEWEST = 4  # people known under which a sentence gives counts only: one answer moves a share by a third or more
MANY_UNKNOWN = 0.2  # share of unknown beyond which a sentence opens with the bounds that they leave
_LOCALES = {"fr": "fr", "en": "en_GB"}
# Decimals that a reader can use; more would claim a precision that the programme's numbers do not have.
_DIGITS = {"weeks": 1, "hours": 1, "years": 1, "points": 1, "index": 2, "d_z": 2}


def _locale() -> str:
    return _LOCALES[current_language()]


def typography(sentence: str) -> str:
    """`sentence` with no-break spaces where a line must not break: before `; : ? ! »`, after `«`, around `=`."""
    kept = re.sub(r" ([;:?!»])", NBSP + r"\1", sentence).replace("« ", "«" + NBSP)
    return kept.replace(" = ", f"{NBSP}={NBSP}")


def is_missing(value: Any) -> bool:
    """True for None, NaN, NA and NaT."""
    return value is None or bool(pd.isna(value))


def _rounded(value: Any, digits: int) -> Decimal:
    """`value` rounded half away from zero, as people round; never a negative zero."""
    rounded = Decimal(str(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def rounded(value: Any, digits: int) -> float:
    """`value` as it is printed with `digits` decimals, half away from zero; infinite as it is, NaN where missing."""
    if is_missing(value):
        return float("nan")
    return float(value if abs(float(value)) == float("inf") else _rounded(value, digits))


def number(value: Any, digits: int = 0) -> str:
    """`1 234,5` with a narrow no-break space; `–` where missing, `∞` where infinite.

    value: a number or NA; digits: decimals printed.
    """
    if is_missing(value):
        return MISSING
    if abs(float(value)) == float("inf"):
        return "∞" if float(value) > 0 else MINUS + "∞"
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(_rounded(value, digits), format=pattern, locale=_locale(), decimal_quantization=False)
    return text.replace("-", MINUS)


def percent(fraction: Any, digits: int = 0) -> str:
    """`54 %` from the fraction 0.54 (`54%` in English)."""
    if is_missing(fraction):
        return MISSING
    space = NBSP if current_language() == "fr" else ""
    return f"{number(Decimal(str(float(fraction))) * 100, digits)}{space}%"


def euros(amount: Any, digits: int = 0) -> str:
    """`80 000 €` (`€80,000` in English)."""
    if is_missing(amount):
        return MISSING
    if current_language() == "fr":
        return f"{number(amount, digits)}{NBSP}€"
    text = number(amount, digits)
    return f"{MINUS}€{text[1:]}" if text.startswith(MINUS) else f"€{text}"


def date(day: Any) -> str:
    """`8 novembre 2021`; the first of a month is `1er`."""
    if is_missing(day):
        return MISSING
    day = pd.Timestamp(day).date() if not isinstance(day, dt.date) else day
    pattern = "d'er' MMMM y" if current_language() == "fr" and day.day == 1 else "d MMMM y"
    return str(format_date(day, format=pattern, locale=_locale()))


def listing(items: Sequence[str]) -> str:
    """`a, b et c`."""
    return str(format_list(list(items), locale=_locale())) if items else MISSING


def quartier_name(quartier: Any) -> str:
    """The quartier's name; `Ensemble des quartiers` for all of them together."""
    return _("Ensemble des quartiers") if is_missing(quartier) or quartier == ALL else str(quartier)


def unit_label(unit: str) -> str:
    """The unit in words, for an axis or a heading; a unit that is not known is printed as it is."""
    labels = {
        "proportion": "%",
        "count": _("nombre"),
        "people": _("personnes"),
        "attendances": _("présences"),
        "days": _("jours"),
        "weeks": _("semaines"),
        "hours": _("heures"),
        "years": _("années"),
        "eur": "€",
        "eur_per_person": _("€ par personne"),
        "points": _("points"),
        "index": _("indice"),
        "d_z": _("écarts-types"),
    }
    return labels.get(unit, unit)


def unit_digits(unit: str) -> int:
    """Decimals printed for a unit unless told otherwise."""
    return _DIGITS.get(unit, 0)


def _plain(value: Any, unit: str, digits: int) -> str:
    """`value` without the words of its unit; `%` stays, as it is part of the number."""
    return percent(value, digits) if unit == "proportion" else number(value, digits)


def quantity(value: Any, unit: str, digits: int | None = None) -> str:
    """A number with its unit: `54 %`, `12 personnes`, `8,0 semaines`, `80 000 €`."""
    if is_missing(value):
        return MISSING
    digits = unit_digits(unit) if digits is None else digits
    if unit in {"proportion", "count", "index", "d_z"}:
        return _plain(value, unit, digits)
    if unit == "eur":
        return euros(value, digits)
    if unit == "eur_per_person":
        return _("{amount} par personne").format(amount=euros(value, digits))
    words = _words(unit, value, digits)
    return f"{number(value, digits)}{NBSP}{words}" if words else number(value, digits)


def _words(unit: str, value: Any, digits: int) -> str:
    if abs(float(value)) == float("inf"):
        return unit_label(unit)
    shown = _rounded(value, digits)
    whole = shown == shown.to_integral_value()
    # French is singular below 2 (1,5 semaine), English only at 1 (1.5 weeks); gettext wants a whole number.
    n = int(shown) if whole else 1 if current_language() == "fr" and abs(shown) < 2 else 2
    words = {
        "people": ngettext("personne", "personnes", n),
        "attendances": ngettext("présence", "présences", n),
        "days": ngettext("jour", "jours", n),
        "weeks": ngettext("semaine", "semaines", n),
        "hours": ngettext("heure", "heures", n),
        "years": ngettext("année", "années", n),
        "points": ngettext("point", "points", n),
    }
    return words.get(unit, unit)


def interval(lower: Any, upper: Any, unit: str, digits: int | None = None) -> str:
    """`[42 % ; 67 %]`, never broken over a line; `–` where both limits are missing.

    lower, upper: limits in the unit's own scale (fractions for `proportion`).
    """
    if is_missing(lower) and is_missing(upper):
        return MISSING
    digits = unit_digits(unit) if digits is None else digits
    ends = [_plain(limit, unit, digits) for limit in (lower, upper)]
    between = f"{NBSP};{NBSP}" if current_language() == "fr" else f",{NBSP}"
    return f"[{ends[0]}{between}{ends[1]}]"


def no_interval(row: Row) -> bool:
    """True where a row has no limits, or limits that are its own value: they would tell a certainty that is not."""
    if is_missing(row["lower"]) and is_missing(row["upper"]):
        return True
    return bool(row["lower"] == row["estimate"] == row["upper"])


def row_digits(row: Row, digits: int | None = None) -> int:
    """Decimals for a row: those asked for, else the unit's; a whole count has none, a mean of people has one."""
    if digits is not None:
        return digits
    if row["unit"] == "people" and row["method"] != "count":
        return 1
    value = row["estimate"]
    whole = row["method"] == "count" and not is_missing(value) and float(value).is_integer()
    return 0 if whole else unit_digits(str(row["unit"]))


def estimate(row: Row, digits: int | None = None) -> str:
    """One row of the output shape as people read it: `54 % [42 % ; 67 %]`.

    A count has no interval; a row that could not be estimated says its status.
    """
    if is_missing(row["estimate"]):
        return status_label(str(row["status"])) if row["status"] != "ok" else MISSING
    unit, places = str(row["unit"]), row_digits(row, digits)
    value = quantity(row["estimate"], unit, places)
    if no_interval(row):
        return value
    return f"{value} {interval(row['lower'], row['upper'], unit, places)}"


def signed(row: Row) -> str:
    """A change as `estimate` writes it, with its sign, + included: `+2,3 points [0,5 ; 4,1]`."""
    return ("+" if row["estimate"] > 0 else "") + estimate(row)


def share(row: Row) -> str:
    """`soit 54 % [42 % ; 67 %]`, to end a sentence that has given the counts; no percentage under `FEWEST` people.

    An interval that is the whole of the scale says nothing: it is not printed, and the sentence says so.
    """
    if row["denominator"] < FEWEST:
        return _("trop peu pour un pourcentage")
    if row["lower"] <= 0 and row["upper"] >= 1:
        return _("soit {share}, trop peu pour un intervalle").format(share=percent(row["estimate"]))
    return _("soit {share}").format(share=estimate(row))


def bounds(yes: float, unknown: float, of: float) -> str:
    """`entre 21 % et 100 %`: the share if none, or all, of the unknown are added; counts under `FEWEST` people."""
    ends = [number(n) if of < FEWEST else percent(n / of) for n in (yes, yes + unknown)]
    return _("entre {low} et {high}").format(low=ends[0], high=ends[1])


def is_masked(row: Row) -> bool:
    """Whether the row's numbers are withheld from this audience."""
    return row["status"] in ("primary", "secondary")


def shown(row: R | None) -> R | None:
    """The row where it has a number that this audience may see, else None."""
    return None if row is None or is_masked(row) or is_missing(row["estimate"]) else row


def withheld(what: str) -> str:
    """The sentence that stands for a masked number: `Rendez-vous honorés : trop peu de personnes pour publier…`."""
    return _("{what} : trop peu de personnes pour publier un chiffre.").format(what=what.rstrip(". "))


def status_label(status: str) -> str:
    """A status of the output shape in words."""
    labels = {
        "ok": _("disponible"),
        "too_few": _("effectif trop faible pour estimer"),
        "primary": _("masqué"),  # one word for both: why a number is hidden may tell it
        "secondary": _("masqué"),
    }
    return labels.get(status, status)


def method_label(method: Any) -> str:
    """The method of an estimate in words; a method that is not known is printed as it is."""
    if is_missing(method):
        return MISSING
    labels = {
        "count": _("dénombrement"),
        "enumeration": _("dénombrement"),
        "wilson": _("Wilson"),
        "wilson_clusters": _("Wilson sur les réunions"),
        "poisson": _("Poisson exact"),
        "student": _("moyenne, Student"),
        "paired_t": _("moyenne des différences, Student"),
        "noncentral_t": _("loi t non centrale"),
        "median_order": _("médiane, statistiques d'ordre"),
        "kaplan_meier_log_log": _("Kaplan-Meier, intervalle log-log"),
        "ratio": _("rapport linéarisé, Student"),
        "ratio_linearised": _("rapport entre réunions ou séances, Student"),
        "jackknife": _("jackknife, une réunion ôtée à la fois"),
        "published": _("chiffre publié"),
        "power_binomial": _("test binomial exact : seuil de 5 %, vu 8 fois sur 10"),
        "power_paired_t": _("Student apparié : seuil de 5 %, vu 8 fois sur 10"),
        "power_clustered": _("Student par quartier (corrélation 0,05) : seuil de 5 %, vu 8 fois sur 10"),
        "wilson, funnel, over-dispersion none": _("Wilson ; entonnoir sans surdispersion (moins de dix quartiers)"),
        "wilson, funnel, over-dispersion multiplicative": _("Wilson ; entonnoir avec surdispersion"),
        "hierarchical_beta": _("part rapprochée de l'ensemble (bêta-binomiale hiérarchique)"),
    }
    return labels.get(str(method), str(method))
