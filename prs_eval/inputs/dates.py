"""Dates as people type them, in the order that `workbench.yml` declares; never swapped, never completed."""

from __future__ import annotations

import datetime as dt
import re

from prs_eval.i18n import _, fold
from prs_eval.inputs.quantities import UnreadableError

LATEST_DAYS_AHEAD = 366
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?", re.ASCII)
_TYPED = re.compile(
    r"(\d{1,2})\s?([-/. ])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?:\s+(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?", re.ASCII
)
_WORDED = re.compile(r"(?:[a-z]+ )?(\d{1,2})(?:er|st|nd|rd|th)? ([a-z]+)\.? (\d{4}|\d{2})", re.ASCII)
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars march mar",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept september sep",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}


def today() -> dt.date:
    """The day against which far-off dates are judged."""
    return dt.date.today()


def latest_date() -> dt.date:
    """The last date that a table may hold."""
    return today() + dt.timedelta(days=LATEST_DAYS_AHEAD)


def order_label(order: str) -> str:
    """`dmy` as « jj/mm/aaaa »."""
    return {"dmy": _("jj/mm/aaaa"), "mdy": _("mm/jj/aaaa"), "ymd": _("aaaa-mm-jj")}[order]


def write_date(day: dt.date, order: str) -> str:
    """`day` in the declared order."""
    return day.strftime({"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}[order])


def read_date(text: str, order: str) -> tuple[dt.date, bool]:
    """The date that `text` writes, and whether it also held a time of day.

    Year-first dates and months in letters have one reading; any other follows `order`. Raises UnreadableError.
    """
    bare = " ".join(text.split())
    if found := _ISO.fullmatch(bare):
        year, month, day, hour, *_rest = found.groups()
        return _make(text, order, int(year), int(month), int(day)), bool(hour) and _has_time(found.groups()[3:])
    if found := _TYPED.fullmatch(bare):
        first, _separator, second, year, *time = found.groups()
        _refuse_short_year(text, year, order)
        if order == "ymd":
            raise _not_a_date(text, order)
        day, month = (first, second) if order == "dmy" else (second, first)
        return _make(text, order, int(year), int(month), int(day)), _has_time(time)
    if (found := _WORDED.fullmatch(fold(bare))) and found[2] in _MONTHS:
        _refuse_short_year(text, found[3], order)
        return _make(text, order, int(found[3]), _MONTHS[found[2]], int(found[1])), False
    if re.fullmatch(r"\d{4,6}(?:[.,]\d+)?", bare, re.ASCII):
        raise UnreadableError(
            "bare_number_date",
            _(
                "« {found} » est un nombre, pas une date (numéro de jour du tableur ?). "
                "Mettre la colonne au format Date, ou écrire {order}."
            ).format(found=text, order=order_label(order)),
        )
    raise _not_a_date(text, order)


def from_serial(serial: float, epoch: dt.date) -> tuple[dt.date, bool]:
    """The date of a spreadsheet's serial number, and whether it held a time. `epoch` is day 0.

    In the 1900 system serial 60 is 29/02/1900, a day that never was: refused (UnreadableError).
    """
    whole = int(serial // 1)
    if epoch.year < 1904 and whole == 60:
        raise UnreadableError(
            "impossible_date",
            _("Le numéro de jour 60 désigne le 29/02/1900, qui n'existe pas. Écrire la date en toutes lettres."),
        )
    if not 1 <= whole <= 2_958_465:
        raise UnreadableError(
            "not_a_date", _("« {found} » n'est pas une date. Écrire la date (jour, mois, année).").format(found=serial)
        )
    if epoch.year < 1904 and whole < 60:
        whole += 1
    return epoch + dt.timedelta(days=whole), serial % 1 > 0


def _has_time(parts: object) -> bool:
    return any(part and int(part) for part in parts)  # type: ignore[attr-defined]


def _refuse_short_year(text: str, year: str, order: str) -> None:
    if len(year) == 2:
        raise UnreadableError(
            "two_digit_year",
            _("« {found} » : l'année a deux chiffres. Écrire l'année en quatre chiffres ({order}).").format(
                found=text, order=order_label(order)
            ),
        )


def _not_a_date(text: str, order: str) -> UnreadableError:
    return UnreadableError(
        "not_a_date",
        _("« {found} » n'est pas une date. Écrire {order} (ou aaaa-mm-jj).").format(
            found=text, order=order_label(order)
        ),
    )


def _make(text: str, order: str, year: int, month: int, day: int) -> dt.date:
    if month > 12:
        raise UnreadableError(
            "date_order",
            _(
                "« {found} » : il n'y a pas de mois {month}. L'ordre déclaré est {order} ; "
                "la date n'est jamais retournée d'office : la réécrire dans cet ordre."
            ).format(found=text, month=month, order=order_label(order)),
        )
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise UnreadableError(
            "impossible_date",
            _("« {found} » : ce jour n'existe pas dans le calendrier. Vérifier le jour et le mois ({order}).").format(
                found=text, order=order_label(order)
            ),
        ) from None
