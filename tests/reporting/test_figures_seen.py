"""What every reader must be able to see in a figure: contrast, colours told apart, no text over another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from benchmarks.figures import draw, overlaps
from prs_eval.reporting.figures import theme

# Machado, Oliveira & Fernandes (2009), IEEE TVCG 15:1291-1298, full severity, on linear RGB.
SEEN = {
    "all colours": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
# CIE 1976 L*u*v* from linear sRGB, white D65.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1, 1 to 21."""
    light, dark = sorted((float(linear(colour) @ XYZ[1]) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luv(rgb: np.ndarray) -> np.ndarray:
    def chroma(xyz: np.ndarray) -> np.ndarray:
        x, y, z = xyz
        return np.array([4 * x, 9 * y]) / (x + 15 * y + 3 * z)

    xyz, white = XYZ @ np.clip(rgb, 0, 1), XYZ @ np.ones(3)
    lightness = 116 * np.cbrt(xyz[1]) - 16
    return np.array([lightness, *(13 * lightness * (chroma(xyz) - chroma(white)))])


def test_contrast_is_that_of_wcag():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.005)  # WebAIM's well-known near miss


@pytest.mark.parametrize("name", ["INK", "MUTED", "MAIN", "ACCENT", "TARGET"])
@pytest.mark.parametrize("ground", ["#ffffff", theme.BAND])
def test_text_has_contrast_on_white_and_on_a_band(name, ground):
    assert contrast(getattr(theme, name), ground) >= 4.5


@pytest.mark.parametrize("colour", [theme.UNKNOWN, *(style.color for style in theme.SERIES)])
def test_marks_have_contrast(colour):
    assert contrast(colour, "#ffffff") >= 3


def test_a_series_is_never_told_by_colour_alone():
    assert len({style.marker for style in theme.SERIES}) == len(theme.SERIES)
    assert len({style.hatch for style in theme.SERIES}) == len(theme.SERIES)


@pytest.mark.parametrize("eyes", SEEN)
def test_colours_are_told_apart_with_and_without_red_and_green(eyes):
    seen = {name: luv(SEEN[eyes] @ linear(style.color)) for name, style in theme.CATEGORIES.items()}
    near = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(seen, 2)}
    assert min(near.values()) >= 15, near  # one is just visible side by side; marks lie apart and are small


@pytest.mark.parametrize("notebook", ["network", "screening", "ambassadors"])
def test_no_text_of_a_figure_lies_over_another(notebook, demo_store, root):
    given = {"quartier": "Fives", "year": 2018, "data": str(demo_store), "audience": "internal", "language": "en"}
    drawn = draw(notebook, given | {"parameters": str(root / "parameters" / "lille")})
    assert len(drawn) >= 5
    assert {name: overlaps(figure) for name, figure in drawn if overlaps(figure)} == {}


def test_texts_that_do_overlap_are_found():
    ax = theme.new_axes()
    ax.text(0.5, 0.5, "one")
    ax.text(0.5, 0.5, "two")
    assert ("one", "two") in overlaps(ax.get_figure(root=True))
