"""What a notebook puts on its page."""

import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import matplotlib as mpl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prs_eval import __version__
from prs_eval.estimation.frame import estimates
from prs_eval.reporting import page
from prs_eval.reporting.figures import render, theme
from tests.reporting.made import Page, a_run, shares, too_few


@pytest.fixture
def shown(monkeypatch):
    """What was put on the page: (html, plain text), in order; and no report opened before."""
    out: list[tuple[str, str]] = []
    monkeypatch.setattr(page, "_run", None)
    monkeypatch.setattr(
        page, "put_on_page", lambda data, raw, metadata=None: out.append((data["text/html"], data["text/plain"]))
    )
    return out


def with_spaces(text):
    """With plain spaces, to be readable here."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def drawn(rows=None):
    rows = shares() if rows is None else rows
    ax = theme.new_axes()
    return theme.draw_intervals(ax, rows, list(rows["quartier"]))


def test_every_page_is_stamped_and_says_where_when_and_with_what(shown, workbench):
    page.header(a_run(workbench), "Le réseau")
    html, plain = shown[0]
    read = Page(html)
    assert len(read.all("h1")) == 1
    for words in (
        "Diffusion restreinte",
        "Le réseau – Fives, 2018",
        "Lille",
        f"prs_eval {__version__}",
        "synthétiques",
    ):
        assert words in read.text
        assert words in plain


def test_real_data_bear_no_synthetic_notice(shown, workbench):
    page.header(a_run(workbench, synthetic=False), "Le réseau")
    assert "synthétiques" not in shown[0][0]


def test_a_report_on_all_quartiers_bears_the_city_in_its_title(shown, workbench):
    page.header(a_run(workbench, quartier=None), "Synthèse")
    assert "<h1>Synthèse – Lille, 2018</h1>" in shown[0][0]


def test_a_figure_has_an_alternative_text_with_the_numbers_and_its_data(shown, workbench):
    page.header(a_run(workbench), "Le réseau")
    page.show(drawn(), table=shares(), caption="Part des habitants parmi les présents")
    read = Page(shown[1][0])
    (image,) = read.all("img")
    alt = image["alt"]
    assert len(alt) >= 20
    assert "Part des habitants parmi les présents" in alt
    assert "Moulins : 44\u00a0% [19\u00a0%\u00a0;\u00a073\u00a0%]" in alt
    assert len(read.all("figcaption")) == len(read.all("details")) == len(read.all("table")) == 1


def test_an_alternative_text_opens_with_the_year_of_the_report(shown, workbench):
    page.header(a_run(workbench), "Le réseau")
    years = pd.concat([shares(("Moulins",)).assign(year=year) for year in (2016, 2017, 2018)], ignore_index=True)
    page.show(drawn(), table=years, caption="Part")
    assert Page(shown[1][0]).all("img")[0]["alt"].startswith("Graphique : Part. 2018 : ")


def test_an_alternative_text_words_stages_and_days_without_decimals_or_intervals_of_no_width(shown):
    share = {"indicator": "x", "quartier": "Fives", "year": 2018, "kind": "optical", "unit": "proportion"}
    stages = estimates(
        [share | {"stage": "need", "out_of": "screened", "estimate": 0.5, "lower": 0.3, "upper": 0.7}],
        groups=["kind", "stage", "out_of"],
    )
    page.show(drawn(), table=stages, caption="Part")
    first = with_spaces(Page(shown[0][0]).all("img")[0]["alt"])
    assert "En besoin de soins (parmi : Dépistées) : 50 % [30 % ; 70 %]" in first
    assert "Optique" not in first
    still = [share | {"days": 38.0, "estimate": 0.5, "lower": 0.3, "upper": 0.7}]
    still += [share | {"days": 0.0, "estimate": 1.0, "lower": 1.0, "upper": 1.0}]
    page.show(drawn(), table=estimates(still, groups=["kind", "days"]), caption="Part")
    html = with_spaces(shown[1][0])
    assert "Graphique : Part. 38 : 50 % [30 % ; 70 %] ; 0 : 100 %." in html
    assert "[100 %" not in html


def test_a_given_alternative_text_is_kept(shown):
    page.show(drawn(), table=shares(), caption="Part", alt="La part va d'un tiers à sept neuvièmes.")
    assert Page(shown[0][0]).all("img")[0]["alt"] == "La part va d'un tiers à sept neuvièmes."


def test_a_long_table_leaves_the_rest_to_the_table_beside(shown):
    many = pd.concat([shares()] * 4, ignore_index=True)
    page.show(drawn(), table=many, caption="Part")
    assert "14 autres lignes dans le tableau." in Page(shown[0][0]).all("img")[0]["alt"]


def test_the_figure_makes_no_outside_request_and_is_the_same_each_time(shown):
    page.show(drawn(), table=shares(), caption="Part")
    page.show(drawn(), table=shares(), caption="Part")
    assert shown[0] == shown[1]
    kind, data = Page(shown[0][0]).all("img")[0]["src"].split(",", 1)
    assert kind == "data:image/svg+xml"
    svg = unquote(data)
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert not re.findall(r"""(?:href|src)=['"](?!#)""", svg)


def test_a_slimmer_figure_is_the_same_figure(tmp_path):
    """Drawn to a hundredth of a point: letters keep their scale, lines their place."""
    ax = drawn()
    full = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "prs_eval"}):
        ax.figure.savefig(full, format="svg", bbox_inches="tight", pad_inches=0.1)
    slim = unquote(render.data_address(ax).split(",", 1)[1])
    number = r"-?\d+\.?\d*(?:e-?\d+)?"
    for tag in ("path", "use"):
        one, other = (re.findall(rf"<{tag} [^>]*>", text.replace('"', "'")) for text in (full.getvalue(), slim))
        assert len(one) == len(other) > 10
        for before, after in zip(one, other, strict=True):
            values = [[float(x) for x in re.findall(number, re.sub(r"#\w+", "", text))] for text in (before, after)]
            assert values[0] == pytest.approx(values[1], abs=0.0101)


def test_ten_figures_of_any_kind_stay_under_600_kilobytes(shown):
    heavy = theme.new_axes()
    heavy.plot(range(20_000), [x * 7919 % 101 for x in range(20_000)], ".")
    page.show(heavy, table=shares(), caption="Un nuage très dense")
    page.show(drawn(), table=shares(), caption="Part")
    light = [len(html) for html, _ in shown]
    assert light[1] < 60_000
    assert "data:image/png" in shown[0][0]


def test_figures_are_closed_once_shown(shown):
    import matplotlib.pyplot as plt

    _figure, ax = plt.subplots()
    page.show(ax, table=shares(), caption="Part")
    _figure, ax = plt.subplots()
    page.show(ax, table=shares().head(0), caption="Part")
    assert plt.get_fignums() == []


def test_no_data_is_said_in_a_sentence_with_the_quartier_and_year(shown, workbench):
    page.header(a_run(workbench), "Le réseau")
    page.show(drawn(), table=shares().head(0), caption="Part des habitants")
    assert shown[1][1] == "Aucune donnée pour Fives en 2018 (Part des habitants)."
    assert "<img" not in shown[1][0]


def test_too_few_is_not_called_no_data_and_its_counts_stay_readable(shown):
    page.show(drawn(too_few()), table=too_few(), caption="Part des habitants")
    html, plain = shown[0]
    assert plain == "Part des habitants : effectif trop faible pour estimer."
    assert "<img" not in html
    assert "<table" in html


def test_a_table_alone_is_shown_open(shown):
    page.show_table(shares(), "Part des habitants")
    read = Page(shown[0][0])
    assert not read.all("details")
    assert len(read.all("table")) == 1


def test_sentences_are_paragraphs_and_empty_ones_are_left_out(shown):
    page.say("Une.", "", "Deux & trois.")
    page.say("")
    assert len(shown) == 1
    assert shown[0][0].count("<p") == 2
    assert "Deux &amp; trois." in shown[0][0]


@given(st.text(max_size=40))
def test_nothing_said_becomes_markup(text):
    out = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "put_on_page", lambda data, raw, metadata=None: out.append(data["text/html"]))
        page.say(f"<img src=x onerror=alert(1)>{text}")
    assert {tag for tag, _ in Page(out[0]).elements} == {"p"}


def test_no_data_for_the_whole_city_is_said_of_all_quartiers(shown, workbench):
    page.header(a_run(workbench, quartier=None), "Synthèse")
    page.show_table(shares().head(0), "Part des habitants")
    assert shown[1][1] == "Aucune donnée pour l'ensemble des quartiers en 2018 (Part des habitants)."
