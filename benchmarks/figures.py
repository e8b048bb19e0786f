"""Contact sheets of every figure that the notebooks draw, to be looked at: python -m benchmarks.figures OUT.

Run from the repository root. Beside the sheets, texts of a figure that lie over one another are named.
`--year 2015` shows almost no data; `--data FOLDER` another store.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import nbformat
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageDraw

from prs_eval.inputs.parameters import project_root
from prs_eval.reporting import page
from prs_eval.reporting.figures import render

NOTEBOOKS = ("network", "screening", "ambassadors", "impact", "synthesis")
WIDTH, COLUMNS, A_SHEET, HEADING = 800, 2, 6, 16
SLACK = 1.5  # pixels by which the boxes of two texts may meet: a box is a little larger than its letters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--notebook", action="append", choices=NOTEBOOKS)
    parser.add_argument("--quartier", default="Fives")
    parser.add_argument("--year", type=int, default=2018)
    parser.add_argument("--audience", default="internal")
    parser.add_argument("--lang", default="fr")
    parser.add_argument("--data", default="data/local/demo")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    given = {"quartier": asked.quartier, "year": asked.year, "data": asked.data}
    given |= {"audience": asked.audience, "language": asked.lang}
    for notebook in asked.notebook or NOTEBOOKS:
        drawn = draw(notebook, given)
        for first in range(0, len(drawn), A_SHEET):
            sheet = asked.out / f"{notebook}-{first // A_SHEET + 1}.png"
            contact_sheet(drawn[first : first + A_SHEET]).save(sheet)
            print(sheet)
        for name, figure in drawn:
            for one, other in overlaps(figure):
                print(f"{notebook} {name}: {one!r} over {other!r}")


def draw(notebook: str, given: dict[str, Any]) -> list[tuple[str, Figure]]:
    """Each figure that the notebook shows, with the id of its cell."""
    drawn: list[tuple[str, Figure]] = []
    cell, names = "", dict[str, Any]()

    def keep(figure: render.Drawn, *, vector: bool = True) -> str:
        drawn.append((cell, render.whole(figure)))
        return ""

    before = render.data_address, page.put_on_page
    render.data_address, page.put_on_page = keep, lambda *_given, **_named: None
    try:
        for each in nbformat.read(project_root() / "notebooks" / f"{notebook}.ipynb", as_version=4).cells:
            if each.cell_type == "code":
                cell = each.id
                exec(compile(each.source, cell, "exec"), names)
                if cell == "parameters":
                    names |= {name: value for name, value in given.items() if name in names}
    finally:
        render.data_address, page.put_on_page = before
    return drawn


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure of which one lies over the other."""
    figure.canvas.draw()
    texts = [text for text in _texts(figure) if text.get_visible() and text.get_text().strip()]
    boxes = [Text.get_window_extent(text).padded(-SLACK) for text in texts]
    pairs = combinations(range(len(texts)), 2)
    return [(texts[i].get_text(), texts[j].get_text()) for i, j in pairs if boxes[i].overlaps(boxes[j])]


def _texts(figure: Figure) -> Iterator[Text]:
    """What is written: of the ticks only those within their axis."""
    yield from figure.texts
    for ax in figure.axes:
        yield from (*ax.texts, ax.title, ax._left_title)
        if (legend := ax.get_legend()) is not None:
            yield from legend.get_texts()
        if ax.axison:
            for axis in (ax.xaxis, ax.yaxis):
                yield axis.label
                yield from (tick.label1 for tick in axis._update_ticks())


def contact_sheet(drawn: list[tuple[str, Figure]]) -> Image.Image:
    """Figures two in a row, each under its cell's name."""
    pictures = [_picture(figure) for _name, figure in drawn]
    lines = [pictures[at : at + COLUMNS] for at in range(0, len(pictures), COLUMNS)]
    heights = [HEADING + max(picture.height for picture in line) for line in lines]
    sheet = Image.new("RGB", (WIDTH * COLUMNS, sum(heights)), "#dddddd")
    pen = ImageDraw.Draw(sheet)
    for place, (name, _figure) in enumerate(drawn):
        corner = (WIDTH * (place % COLUMNS), sum(heights[: place // COLUMNS]))
        pen.text(corner, name, fill="black")
        sheet.paste(pictures[place], (corner[0], corner[1] + HEADING))
    return sheet


def _picture(figure: Figure) -> Image.Image:
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", pad_inches=0.1, dpi=100)
    picture = Image.open(file).convert("RGB")
    picture.thumbnail((WIDTH, 10 * WIDTH))
    return picture


if __name__ == "__main__":
    main()
