"""A page in print: PDF/UA-1 from the same HTML, by WeasyPrint; the HTML stays the reference."""

from __future__ import annotations

import io
import logging
import zlib
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from prs_eval.i18n import _

_PALETTE = 256  # colours that a palette may hold


def missing() -> str | None:
    """Why no PDF can be made on this machine, in a sentence; None where it can."""
    try:
        import pikepdf  # noqa: F401
        import weasyprint  # noqa: F401
    except ImportError:
        return _("PDF non produits : WeasyPrint n'est pas installé (pip install 'prs-eval[pdf]').")
    except OSError:  # raised on import where its system libraries are not found
        return _(
            "PDF non produits : la bibliothèque Pango manque (Debian, Ubuntu : apt-get install libpangoft2-1.0-0)."
        )
    return None


def write(page: str, out: Path, *, reference: str) -> None:
    """Write the PDF of a page: tagged, with its language, title, outline and alternative texts.

    Parameters
    ----------
    page
        A whole page, as `html.document` makes it. Nothing outside it is read but the fonts.
    out
        Where the PDF goes, whole or not at all.
    reference
        Address of the page in HTML, relative to the PDF, which says that it is the reference.
    """
    import pikepdf
    from weasyprint import HTML

    note = _("La page web {name} est la version de référence de ce document.").format(name=reference)
    link = f'<p><a href="{escape(reference, quote=True)}">{escape(note)}</a></p>'
    style, fonts, fetcher = _parts()
    text = page.replace("<footer>", "<footer>" + link, 1)
    made = HTML(string=text, url_fetcher=fetcher).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True
    )
    beside = out.with_name(out.name + ".tmp")
    with pikepdf.open(io.BytesIO(made)) as document:
        _lighten(document)
        document.save(beside, deterministic_id=True)
    beside.replace(out)


def _lighten(document: Any) -> None:
    """Give pictures of few colours their palette back: WeasyPrint writes three bytes a dot, thrice the weight."""
    import pikepdf

    for image in document.objects:
        if not isinstance(image, pikepdf.Stream) or image.get("/Subtype") != "/Image" or "/SMask" in image:
            continue
        picture = pikepdf.PdfImage(image).as_pil_image()
        colours = picture.getcolors(_PALETTE)
        if picture.mode != "RGB" or colours is None:
            continue
        flat = picture.quantize(len(colours), dither=Image.Dither.NONE)
        palette = bytes((flat.getpalette() or [])[: 3 * len(colours)])
        image.ColorSpace = pikepdf.Array(
            [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, len(colours) - 1, pikepdf.String(palette)]
        )
        image.BitsPerComponent = 8
        image.write(zlib.compress(flat.tobytes(), 9), filter=pikepdf.Name.FlateDecode)


def _parts() -> tuple[Any, Any, Any]:
    """The style of print beyond the page's own, its fonts, and who reads the page's addresses: its own pictures only.

    Made anew each time: WeasyPrint's fonts complain when they outlive the program.
    """
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    from prs_eval.reporting.figures.render import font_files

    # WeasyPrint warns of every property meant for screens only; what it cannot draw, the tests look for.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    fonts = FontConfiguration()
    faces = "".join(
        f"@font-face {{ font-family: Print; font-weight: {weight}; src: url('{path.as_uri()}') }}"
        for weight, path in font_files().items()
    )
    only_fonts = URLFetcher(allowed_protocols={"file"})
    style = CSS(string=f"{faces} html {{ font-family: Print }}", font_config=fonts, url_fetcher=only_fonts)
    return style, fonts, URLFetcher(allowed_protocols={"data"})
