"""Draws that give the same result on every machine and Python version.

Only `random.Random.random()` is used, whose stream the standard library promises to keep, and of floats only
products, differences and `fsum`: the C mathematics library differs from one system to another, and `sum` rounds
floats otherwise since Python 3.12.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import zlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
WEEKEND = 5  # date.weekday() of Saturday


class Draws:
    """A stream of its own for each part of the data, so that one part can change without moving the others."""

    def __init__(self, seed: int, part: str) -> None:
        self._random = random.Random(zlib.crc32(f"{seed}:{part}".encode()))

    def below(self, n: int) -> int:
        """An integer from 0 to `n` - 1."""
        return int(self._random.random() * n)

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both possible."""
        return low + self.below(high - low + 1)

    def chance(self, share: float) -> bool:
        """True with probability `share`."""
        return self._random.random() < share

    def pick(self, values: Sequence[T]) -> T:
        """One of `values`, all as likely."""
        return values[self.below(len(values))]

    def weighted(self, weights: Mapping[str, float]) -> str:
        """One key of `weights`, as likely as its weight; weights need not sum to 1."""
        left = self._random.random() * math.fsum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return list(weights)[-1]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """`values` in another order (Fisher-Yates)."""
        out = list(values)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def bell(self) -> float:
        """A number of mean 0 and standard deviation 1, nearly normal (sum of twelve uniform draws)."""
        return math.fsum(self._random.random() for _ in range(12)) - 6

    def day(self, first: dt.date, last: dt.date) -> dt.date:
        """A working day from `first` to `last` (up to two days later where `last` is a weekend)."""
        return working_day(first + dt.timedelta(days=self.below((last - first).days + 1)))


def working_day(day: dt.date) -> dt.date:
    """`day`, or the Monday that follows where it falls on a weekend."""
    return day + dt.timedelta(days=7 - day.weekday()) if day.weekday() >= WEEKEND else day
