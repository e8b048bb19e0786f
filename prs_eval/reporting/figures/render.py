"""A drawn figure as an image for a page."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from prs_eval.reporting.figures.theme import MUTED

Drawn: TypeAlias = Axes | Figure
_HEAVIEST_SVG = 60_000  # characters; ten figures then stay under 600 kB with their tables

_SHADES = 64  # colours of a picture: a few inks and their smoothed edges


def whole(drawn: Drawn) -> Figure:
    """The whole figure, whether its Axes or itself was given."""
    figure = drawn.get_figure(root=True)
    assert figure is not None
    return figure


def sign(drawn: Drawn, source: str) -> None:
    """Write a source line under the figure, on the left, below all that is drawn."""
    figure = whole(drawn)
    figure.canvas.draw()  # places are known once the layout is done
    low = figure.get_tightbbox().y0 * figure.dpi - 8
    figure.text(0.01, low / figure.bbox.height, source, ha="left", va="top", fontsize=7.5, color=MUTED)


def data_address(drawn: Drawn, *, vector: bool = True) -> str:
    """The figure as a data address: no file beside the page, the same bytes each time, and small.

    SVG, sharp at any zoom and in print; a picture at twice the screen's resolution where so much is drawn
    that the SVG would be heavy, if it is the lighter of the two. Not `vector`: a picture, whatever the weight, since
    the coordinates of an SVG are the numbers drawn, to more digits than are shown.
    """
    if not vector:
        return _picture(drawn)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "prs_eval"}):
        whole(drawn).savefig(buffer, format="svg", bbox_inches="tight", pad_inches=0.1, metadata={"Date": None})
    svg = _slim(buffer.getvalue())
    drawing = "data:image/svg+xml," + quote(svg, safe=" !$&'()*+,-./:;=?@[]_~")  # a third less than base64
    if len(svg) <= _HEAVIEST_SVG:
        return drawing
    return min(drawing, _picture(drawn), key=len)


def _picture(drawn: Drawn) -> str:
    drawing, png = io.BytesIO(), io.BytesIO()
    whole(drawn).savefig(drawing, format="png", bbox_inches="tight", pad_inches=0.1, dpi=200)
    flat = Image.open(drawing).convert("RGB").quantize(_SHADES, dither=Image.Dither.NONE)  # a third of the weight
    flat.save(png, format="png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode("ascii")


def _slim(svg: str) -> str:
    """The same drawing without comments, metadata, indentation or decimals under a hundredth of a point."""
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<!DOCTYPE.*?>|<\?xml.*?\?>", "", svg, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", " ", text).strip().replace("> <", "><").replace('"', "'")
    return re.sub(r"scale\([^)]*\)|(?<=\d)\.(\d\d)\d+", _to_hundredths, text)


def _to_hundredths(found: re.Match[str]) -> str:
    """Two decimals of a coordinate; a scale, which multiplies whole letters, stays as it is."""
    return f".{found[1]}".rstrip("0").rstrip(".") if found[1] else found[0]


def close(drawn: Drawn) -> None:
    """Forget the figure, so that a notebook does not show it a second time nor keep it in memory."""
    plt.close(whole(drawn))


def font_files() -> dict[int, Path]:
    """The font of the figures by weight, as matplotlib brings it: what is printed with it looks alike anywhere."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return {400: folder / "DejaVuSans.ttf", 700: folder / "DejaVuSans-Bold.ttf"}
