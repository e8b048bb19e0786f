"""An executed notebook as one accessible page."""

import base64
import hashlib
import re
from html import escape
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from prs_eval.i18n import current_language
from prs_eval.reporting import html
from prs_eval.reporting.tables import to_html
from tests.reporting.made import Page, shares

HEADER = '<header><p class="stamp">Diffusion restreinte</p><h1>Le réseau – L&#x27;Épine &amp; Cie, 2018</h1></header>'


def ran(source: str, page: str = "", **kinds):
    outputs = [new_output("display_data", data={"text/html": page, "text/plain": "repr"})] if page else []
    outputs += [new_output("stream", name="stderr", text="FutureWarning: secret")]
    return new_code_cell(source, outputs=outputs, **kinds)


def failing(name: str, value: str):
    trace = ["Traceback (most recent call last)", 'File "/home/someone/x.py", line 1', f"{name}: {value}"]
    return new_code_cell("boom()", outputs=[new_output("error", ename=name, evalue=value, traceback=trace)])


CELLS = (
    ran("run = open_run()", HEADER),
    new_markdown_cell("## Le réseau se réunit-il ?\n\nUne phrase **simple**. <script>alert(1)</script>"),
    ran("show()", to_html(shares(), "Part des habitants")),
    new_markdown_cell("## Qui vient ?"),
    ran("show()", '<p class="say key">Les habitants viennent.</p><p class="say">Les autres aussi.</p>'),
    new_markdown_cell("## Qui reste ?"),
)


def exported(tmp_path: Path, cells=CELLS, **options) -> str:
    notebook, out = tmp_path / "network.ipynb", tmp_path / "deep" / "network.html"
    nbformat.write(new_notebook(cells=list(cells)), notebook)
    html.export(notebook, out, title="Le réseau", **options)
    assert [path.name for path in out.parent.iterdir()] == ["network.html"], "something was left beside the page"
    return out.read_text(encoding="utf-8")


def test_title_heading_language_and_landmarks(tmp_path):
    text = exported(tmp_path)
    page = Page(text)
    assert page.all("html") == [{"lang": "fr"}]
    title = re.search("<title>(.*)</title>", text)[1]
    assert title == escape("Le réseau – L'Épine & Cie, 2018").replace("&#x27;", "&#39;")
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("a")[0]["href"] == f"#{page.all('main')[0]['id']}"


def test_no_code_no_script_no_outside_request_no_repr(tmp_path):
    text = exported(tmp_path)
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "object", "link", "form", "pre"}
    assert "open_run" not in text
    assert "secret" not in text
    assert "repr" not in page.text
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", text)


def test_the_policy_allows_its_own_style_only(tmp_path):
    text = exported(tmp_path)
    style = re.search("<style>(.*?)</style>", text, flags=re.DOTALL)[1]
    policy = next(m["content"] for m in Page(text).all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert " style=" not in text


def test_raw_html_in_prose_is_shown_not_run(tmp_path):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in exported(tmp_path)


def test_contents_lead_to_each_question(tmp_path):
    page = Page(exported(tmp_path))
    anchors = [attrs["href"] for attrs in page.all("a") if attrs["href"].startswith("#")][1:]
    assert anchors == [f"#{attrs['id']}" for attrs in page.all("h2") if attrs["id"] != "key-messages"]
    assert anchors == ["#le-reseau-se-reunit-il", "#qui-vient", "#qui-reste"]


def test_key_messages_stand_before_the_contents_word_for_word(tmp_path):
    text = exported(tmp_path)
    start = text[: text.index('class="contents"')]
    assert "<h2" in start
    assert "<li>Les habitants viennent.</li>" in start
    assert "Les autres aussi" not in start


def test_a_page_without_key_messages_has_no_room_for_them(tmp_path):
    assert 'id="key-messages"' not in exported(tmp_path, CELLS[:4])


HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    '<img src="data:text/html,x" alt="x">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    '<iframe src="https://example.org"></iframe>',
    '<p style="background:url(//example.org)">x</p>',
    '<form action="https://example.org"><button formaction="javascript:alert(1)">x</button></form>',
    '<details ontoggle="alert(1)" open>x</details>',
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_output_that_is_not_ours_loses_all_that_acts(tmp_path, hostile):
    body = re.search("<main.*</main>", exported(tmp_path, [*CELLS, ran("x", hostile)]), flags=re.DOTALL)[0]
    for acting in (
        "<script",
        "onerror",
        "onload",
        "ontoggle",
        "javascript:",
        "text/html",
        "<iframe",
        "<form",
        "style=",
    ):
        assert acting not in body
    assert "example.org" not in body


def test_what_the_pages_are_made_of_passes_untouched(tmp_path):
    body = exported(tmp_path)
    for kept in ('<th scope="row">', 'role="group"', 'tabindex="0"', "<caption>", 'aria-label="Sommaire"'):
        assert kept in body


def test_jupyter_nbconvert_knows_the_exporter_and_its_language_is_the_notebook_s():
    notebook = new_notebook(cells=list(CELLS), metadata={"papermill": {"parameters": {"language": "en"}}})
    text, _resources = get_exporter("prs-eval")().from_notebook_node(notebook)
    assert '<html lang="en">' in text
    assert "Key messages" in text


def test_a_title_cell_never_makes_a_second_first_heading(tmp_path):
    page = Page(exported(tmp_path, [*CELLS, new_markdown_cell("# Encore un titre")]))
    assert len(page.all("h1")) == 1


def test_the_link_home_is_there_when_asked(tmp_path):
    page = Page(exported(tmp_path, home="../../index.html"))
    assert "../../index.html" in [attrs["href"] for attrs in page.all("a")]


def test_a_failure_is_a_plain_sentence_that_names_the_question(tmp_path):
    notes = new_markdown_cell("An Exception was encountered at In [3]", metadata={"tags": ["papermill-error-cell-tag"]})
    cells = [notes, *CELLS[:4], failing("ZeroDivisionError", "secret value 12"), *CELLS[4:]]
    page = Page(exported(tmp_path, cells))
    assert "le calcul s'est arrêté à la question « Qui vient ? »" in page.text.replace("\u00a0", " ")
    assert "ZeroDivisionError" in page.text
    for hidden in ("Traceback", "/home/someone", "secret value", "Exception was encountered", "Qui reste"):
        assert hidden not in page.text


def test_a_failure_that_was_explained_keeps_its_explanation(tmp_path):
    explained = failing("DataError", "La table « réunions » est vide. Importer <les> réunions.")
    text = Page(exported(tmp_path, [*CELLS[:4], explained])).text
    assert "La table « réunions » est vide. Importer <les> réunions." in text


def test_a_failure_before_the_heading_still_makes_a_stamped_page_with_a_title(tmp_path):
    text = exported(tmp_path, [failing("UsageError", "Quartier inconnu : « Mouins ».")])
    page = Page(text)
    assert "<title>Le réseau</title>" in text
    assert "<h1>Le réseau</h1>" in text
    assert "Diffusion restreinte" in page.text
    assert "avant la première question" in page.text


def test_the_stamp_is_on_every_printed_page(tmp_path):
    style = re.search("<style>(.*?)</style>", exported(tmp_path), flags=re.DOTALL)[1]
    assert '@top-right { content: "Diffusion restreinte"' in style


def test_english_pages_say_so_and_leave_the_language_as_it_was(tmp_path):
    page = Page(exported(tmp_path, language="en"))
    assert page.all("html") == [{"lang": "en"}]
    assert current_language() == "fr"


def test_an_export_that_fails_leaves_the_last_good_page(tmp_path, monkeypatch):
    out = tmp_path / "network.html"
    out.write_text("last good page", encoding="utf-8")
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(nbformat.reader.NotJSONError):
        html.export(broken, out, title="Le réseau")
    assert out.read_text(encoding="utf-8") == "last good page"


def test_the_template_stays_small():
    assert len(html.document("", title="", home="../index.html").encode()) <= 5_000


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_keeps_4_5_to_1_in_light_and_dark():
    css = (Path(html.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)[:2]
    first = dict(re.findall(r"--([\w-]+): (#\w+)", light))
    for colours in (first, first | dict(re.findall(r"--([\w-]+): (#\w+)", dark))):
        colours = {
            name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:])
            for name, value in colours.items()
        }
        for text in ("ink", "soft", "link", "warn"):
            assert contrast(colours[text], colours["paper"]) >= 4.5, text
        for text in ("ink", "link"):
            assert contrast(colours[text], colours["wash"]) >= 4.5, text
        assert contrast(colours["ink"], colours["warn-wash"]) >= 4.5
