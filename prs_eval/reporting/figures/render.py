"""A drawn figure as an image for a page."""

from __future__ import annotations

import base64
import io
import re
from typing import TypeAlias

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Drawn: TypeAlias = Axes | Figure
_HEAVIEST_SVG = 60_000  # characters; ten figures then stay under 600 kB with their tables


def _whole(drawn: Drawn) -> Figure:
    """The whole figure, whether its Axes or itself was given."""
    figure = drawn.get_figure(root=True)
    assert figure is not None
    return figure


def data_address(drawn: Drawn) -> str:
    """The figure as a data address: no file beside the page, the same bytes each time, and small.

    SVG, sharp at any zoom and in print; a picture at twice the screen's resolution where so much is drawn
    that the SVG would be heavy and the picture is lighter.
    """
    svg, png = io.StringIO(), io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "prs_eval"}):
        _whole(drawn).savefig(svg, format="svg", bbox_inches="tight", pad_inches=0.1, metadata={"Date": None})
    slim = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<!DOCTYPE.*?>", "", svg.getvalue(), flags=re.DOTALL)
    slim = re.sub(r"\s*\n\s*", " ", slim).strip().replace("> <", "><")
    vector = slim.encode()
    if len(vector) > _HEAVIEST_SVG:
        _whole(drawn).savefig(png, format="png", bbox_inches="tight", pad_inches=0.1, dpi=200)
    if 0 < len(png.getvalue()) < len(vector):
        return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode("ascii")
    return "data:image/svg+xml;base64," + base64.b64encode(vector).decode("ascii")


def close(drawn: Drawn) -> None:
    """Forget the figure, so that a notebook does not show it a second time nor keep it in memory."""
    plt.close(_whole(drawn))
