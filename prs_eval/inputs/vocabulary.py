"""What a coded column may hold: every spelling that is read, the code it stands for, the labels to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from prs_eval.i18n import Text, fold
from prs_eval.inputs.codes import CODES, SYNONYMS, UNKNOWN
from prs_eval.inputs.parameters import Item, Workbench, nearest
from prs_eval.inputs.tables import Column

NO_PARTNER = "none"


@dataclass(frozen=True)
class Vocabulary:
    """`labels` maps each code to its label; `spellings` maps each folded spelling to its code."""

    labels: Mapping[str, Text]
    spellings: Mapping[str, str]

    @property
    def codes(self) -> list[str]:
        """The allowed codes, in the declared order."""
        return list(self.labels)

    def code(self, text: str) -> str | None:
        """The code that `text` stands for, case, accents and spaces ignored; None where there is none."""
        return self.spellings.get(fold(text))

    def allowed(self) -> str:
        """The labels to show, in the current language."""
        return ", ".join(str(label) for label in self.labels.values())

    def near(self, text: str) -> str | None:
        """The label nearest to `text` in the current language, or None where none is near."""
        found = nearest(text, list(self.spellings))
        return str(self.labels[self.spellings[found]]) if found else None

    @property
    def unknown(self) -> str | None:
        """The label that says the information is missing, or None where the list has none."""
        return str(self.labels[UNKNOWN]) if UNKNOWN in self.labels else None


def _vocabulary(labels: Mapping[str, Text], more: Mapping[str, Iterable[str]]) -> Vocabulary:
    spellings: dict[str, str] = {}
    for code, label in labels.items():
        for spelling in (*more.get(code, ()), label.en, label.fr, code):
            spellings[fold(spelling)] = code
    return Vocabulary(labels, spellings)


@cache
def _coded(codes: str) -> Vocabulary:
    return _vocabulary(CODES[codes], SYNONYMS.get(codes, {}))


def _items(items: Iterable[Item]) -> dict[str, Text]:
    return {item.code: item.label for item in items}


def vocabulary(column: Column, workbench: Workbench) -> Vocabulary | None:
    """The vocabulary of a coded column, None for the others."""
    if column.kind in ("code", "codes"):
        return _coded(column.codes or column.name)
    if column.kind in ("theme", "themes"):
        return _vocabulary(_items(workbench.themes), {})
    if column.kind == "item":
        return _vocabulary(_items(workbench.added_values_professionals), {})
    if column.kind == "indicator":
        return _vocabulary(_items(workbench.outcome_indicators), {})
    if column.kind == "partner":
        labels = {
            **_items(workbench.partners),
            NO_PARTNER: Text("Aucun", "None"),
            UNKNOWN: Text("Inconnu", "Unknown"),
        }
        return _vocabulary(labels, {NO_PARTNER: ("aucune", "non oriente", "non orientee"), UNKNOWN: ("nsp", "?")})
    if column.kind in ("quartier", "territory"):
        names = {q.name: Text(q.name, q.name) for q in workbench.quartiers}
        more: dict[str, tuple[str, ...]] = {q.name: (q.code, *q.aliases) for q in workbench.quartiers}
        if column.kind == "territory":
            names[workbench.city] = Text(workbench.city, workbench.city)
            more[workbench.city] = (workbench.insee,)
        return _vocabulary(names, more)
    return None
