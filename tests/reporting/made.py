"""Small estimates and runs made by hand for the tests of what people see."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd

from prs_eval.estimation.frame import estimates
from prs_eval.programme.catalogue import Catalogue
from prs_eval.programme.run import Run

QUARTIERS = ("Wazemmes", "Moulins", "Faubourg de Béthune", "Lille-Sud", "Fives")
# Wilson 95 % limits of 3, 4 … 7 of 9, to two decimals.
LIMITS = ((0.12, 0.65), (0.19, 0.73), (0.27, 0.81), (0.35, 0.88), (0.45, 0.94))


def shares(quartiers: tuple[str, ...] = QUARTIERS, *, indicator: str = "network_residents_share") -> pd.DataFrame:
    """Shares of nine, one a quartier, in the one output shape."""
    rows = [
        {
            "indicator": indicator,
            "quartier": quartier,
            "year": 2018,
            "numerator": 3 + i,
            "denominator": 9,
            "estimate": (3 + i) / 9,
            "lower": LIMITS[i][0],
            "upper": LIMITS[i][1],
            "confidence_level": 0.95,
            "unit": "proportion",
            "method": "wilson",
            "n": 9,
        }
        for i, quartier in enumerate(quartiers)
    ]
    return estimates(rows)


def too_few(quartier: str = "Lomme") -> pd.DataFrame:
    """One share that could not be estimated."""
    row = {"indicator": "network_residents_share", "quartier": quartier, "year": 2018, "unit": "proportion"}
    return estimates([row | {"method": "wilson", "numerator": 0, "denominator": 0, "confidence_level": 0.95}])


def a_run(
    workbench, *, quartier: str | None = "Fives", synthetic: bool = True, catalogue: Catalogue | None = None
) -> Run:
    """A report's data without tables."""
    return Run(quartier, 2018, workbench, catalogue or Catalogue(indicators=()), {}, synthetic)


class Page(HTMLParser):
    """A page as a checker sees it: its elements with their attributes, and its text."""

    VOID = frozenset({"meta", "img", "br", "hr", "link", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> without a start"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "title"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        """What is read, spaces put together."""
        return re.sub(r"[ \n]+", " ", " ".join(self.words)).strip()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of that name."""
        return [attrs for name, attrs in self.elements if name == tag]
