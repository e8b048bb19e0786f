"""What has been published: each number as an interval that everybody may know, never a hidden value."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# The folder of results that remembers what is published, and its files, by whoever writes or reads them.
FOLDER = "disclosure"
PUBLISHED = "published.jsonl"  # all that was ever published
KNOWN = "known.jsonl"  # what everybody knows besides, as the data now say it: replaced at each publication
REFUSED = "audit.txt"  # why nothing new may be published, where nothing may

Where = Mapping[str, Sequence[str]]
Region = tuple[tuple[str, tuple[str, ...]], ...]  # sorted (dimension, codes): all people with one of the codes in each


def release_path(out: Path, year: int) -> Path:
    """The file, in the folder of results `out`, that says what the public pages of a year may show."""
    return out / FOLDER / f"release-{year}.json"


@dataclass(frozen=True, slots=True)
class Fact:
    """One published number: the people `where` count between `lower` and `upper` (None: no bound).

    With `of`, the share of those among the people `of` lies between the bounds instead. A hidden value is
    never part of a fact: a mask is 0 or more. `structural`: known to everyone (an impossible cell).
    """

    table: str
    where: Region
    lower: float
    upper: float | None
    of: Region | None = None
    structural: bool = False


def region(where: Where) -> Region:
    """The people whose dimensions have one of the given codes: the same people are the same tuple."""
    return tuple(sorted((d, tuple(sorted(set(map(str, codes))))) for d, codes in where.items()))


def holds(large: Region, small: Region) -> bool:
    """Whether everybody of `small` is of `large`, by their codes and years."""
    codes = dict(small)
    return all(d in codes and all(_within(code, own) for code in codes[d]) for d, own in large)


def _within(code: str, codes: Sequence[str]) -> bool:
    if code in codes:
        return True
    (low, high) = span(code) if ".." in code or code.isdigit() else (0.0, -1.0)
    return low <= high and any(a <= low and high <= b for a, b in map(span, filter(_is_span, codes)))


def _is_span(code: str) -> bool:
    return ".." in code


def span(code: str) -> tuple[float, float]:
    """The whole numbers that a code stands for: `2018`, `2016..2018`, `..2018` or `2018..`."""
    low, dots, high = code.partition("..")
    if not dots:
        return float(low), float(low)
    return float(low) if low else -math.inf, float(high) if high else math.inf


def fact(
    table: str,
    where: Where,
    lower: float,
    upper: float | None,
    *,
    of: Where | None = None,
    structural: bool = False,
) -> Fact:
    """A published number about people whose `where` dimensions have one of the given codes."""
    if upper is not None and lower > upper:
        raise ValueError(f"{table}: the lower bound is above the upper one.")
    return Fact(table, region(where), float(lower), upper, None if of is None else region(of), structural)


def write_ledger(path: Path, facts: Iterable[Fact]) -> None:
    """Facts as JSON lines, in a fixed order, each once; the file is replaced whole."""
    lines = {json.dumps(as_json(f), ensure_ascii=False, sort_keys=True) for f in facts}
    beside = path.with_name(path.name + ".part")
    beside.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
    beside.replace(path)


def read_ledger(path: Path) -> list[Fact]:
    """Facts of a ledger; ValueError with the line where it is damaged."""
    facts = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            facts.append(from_json(json.loads(line)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"ledger damaged at line {number}: restore it from the last publication.") from error
    return facts


def as_json(item: Fact) -> dict[str, object]:
    """A fact as it is written."""
    out: dict[str, object] = {
        "table": item.table,
        "where": {d: list(codes) for d, codes in item.where},
        "lower": item.lower,
        "upper": item.upper,
    }
    if item.of is not None:
        out["of"] = {d: list(codes) for d, codes in item.of}
    if item.structural:
        out["structural"] = True
    return out


def from_json(item: Mapping[str, object]) -> Fact:
    """A fact as `as_json` wrote it; KeyError, TypeError or ValueError where it is not one."""
    where, of, lower, upper = item["where"], item.get("of"), item["lower"], item["upper"]
    if not isinstance(where, dict) or not isinstance(lower, (int, float)) or not isinstance(item["table"], str):
        raise TypeError("not a fact")
    if (of is not None and not isinstance(of, dict)) or not (upper is None or isinstance(upper, (int, float))):
        raise TypeError("not a fact")
    return fact(item["table"], where, lower, upper, of=of, structural=bool(item.get("structural", False)))
