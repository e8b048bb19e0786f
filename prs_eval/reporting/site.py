"""The index page: years × quartiers × reports, what is published, what failed and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["published", "failed", "missing"]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One report of a campaign: `quartier` is None for a report on all of them.

    `href` is relative to the index; `message` is the plain sentence of a report that failed; `title` names
    the report for readers (the notebook's name where empty); `seconds` is how long it took to make.
    """

    quartier: str | None
    year: int
    notebook: str
    href: str | None
    status: Status
    message: str = ""
    seconds: float | None = None
    title: str = ""
