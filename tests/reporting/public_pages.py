"""A quartier's public page run cell by cell, and what it says."""

from __future__ import annotations

import re
from functools import lru_cache

import nbformat
import numpy as np

import prs_eval.disclosure.dominance as dominance
import prs_eval.disclosure.protect as protect_module
from prs_eval.inputs.parameters import project_root
from prs_eval.programme import run as run_module
from prs_eval.programme.run import Run, open_run
from prs_eval.reporting import format as fmt
from prs_eval.reporting import page
from prs_eval.reporting.tables import is_estimates
from tests.reporting.made import a_run

NUMBERS = ["numerator", "denominator", "estimate", "lower", "upper", "n"]
HIDDEN = "trop peu de personnes pour publier un chiffre"
REAL = protect_module.protect


def be_for_everybody(monkeypatch, workbench):
    """Whatever is said next is said on a public page."""
    monkeypatch.setattr(page, "_run", Run(**{**vars(a_run(workbench)), "audience": "public"}))


def plain(sentence: str) -> str:
    """With one kind of space, none within a number."""
    return re.sub(r"(?<=\d) (?=\d{3})", "", sentence.replace("\u00a0", " ").replace("\u202f", " "))


def numbers(sentence: str) -> list[str]:
    """The numbers told."""
    return re.findall(r"\d+(?:,\d+)?", plain(sentence))


def known(frames, columns=NUMBERS) -> set[str]:
    """How each number of the frames reads, as it is and in per cent, and the years."""
    out = {str(year) for year in range(2014, 2025)}
    for frame in frames:
        assert is_estimates(frame)
        for value in frame[[name for name in columns if name in frame]].to_numpy(dtype=float).ravel():
            if not np.isnan(value):
                out |= {plain(fmt.number(x, d)) for x in (value, 100 * value) for d in (0, 1)}
    return out


@lru_cache
def opened(quartier, **parameters):
    """`open_run`, once a quartier."""
    return open_run(quartier, **parameters)


def page_of(monkeypatch, demo_store, notebook, quartier, protect, leave_out=("impact", "rhythm-chart")):
    """What the page says, all its text, each by cell, and the frames that `protect(run, frame)` let through."""
    said, told, frames = {}, {}, []

    def keep(data, **_options):
        told[cell.id].append(data["text/plain"])
        if 'class="say' in data["text/html"] or 'class="none"' in data["text/html"]:
            said.setdefault(cell.id, []).append(data["text/plain"])

    def protected(run, frame):
        frames.append(protect(run, frame))
        return frames[-1]

    monkeypatch.setattr(page, "put_on_page", keep)
    monkeypatch.setattr(run_module, "open_run", opened)
    for module in (protect_module, dominance):
        monkeypatch.setattr(module, "protect", protected)
    monkeypatch.setattr(page, "_image", lambda figure, usable: "")  # drawn, but not written as an image
    root, names = project_root(), {}
    for cell in nbformat.read(root / "notebooks" / f"{notebook}.ipynb", as_version=4).cells:
        if cell.cell_type != "code" or cell.id in leave_out:
            continue
        told[cell.id] = []
        exec(compile(cell.source, cell.id, "exec"), names)
        if cell.id == "parameters":
            names |= {"quartier": quartier, "data": str(demo_store), "audience": "public"}
            names |= {"parameters": str(root / "parameters" / "lille")}
    return said, told, frames
