"""The ambassadors' public page says what is shown, once what is not, and nothing worked out from either."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from prs_eval.disclosure.readings import NOT_PEOPLE
from prs_eval.estimation.frame import estimates
from prs_eval.inputs.codes import CODES, SCALES, label
from prs_eval.programme import ambassador_scales, ambassadors
from prs_eval.reporting.figures import ambassadors as figures
from prs_eval.reporting.text import ambassador_scales as scales_text
from prs_eval.reporting.text import ambassador_words as words
from prs_eval.reporting.text import ambassadors as text
from tests.programme.ambassador_tables import answers, gse, held, people
from tests.reporting import public_pages
from tests.reporting.public_pages import HIDDEN, NUMBERS, be_for_everybody, page_of, plain

MET = [(f"2018-05-0{i}", 40, 12) for i in range(1, 8)]


def seen(frame, hide=lambda row: False, times=1):
    """`frame` as a public page may see it, people `times` as many: rounded to 5, or masked where `hide` says so."""
    out = frame.copy()
    for at, row in zip(frame.index, frame.to_dict("records"), strict=True):
        if row["indicator"] in NOT_PEOPLE:
            continue
        counts = {name: 5 * round(times * row[name] / 5) for name in NUMBERS[:2] if not pd.isna(row[name])}
        n = counts.get("denominator", counts.get("numerator", 5 * round(times * row["n"] / 5)))
        told = {**dict.fromkeys(NUMBERS, np.nan), **counts, "n": n}
        if min([n, *counts.values()]) < 15 or row["unit"] == "d_z" or hide(row):
            told = {**dict.fromkeys(NUMBERS, np.nan), "status": "primary"}
        elif row["unit"] == "proportion":
            told |= {"estimate": counts["numerator"] / n}
        else:
            told |= {"estimate": counts.get("numerator", float(f"{row['estimate']:.2g}"))}
        for name, value in told.items():
            out.loc[at, name] = value
    return out


def masked(frame):
    return seen(frame, lambda row: True)


@pytest.fixture(autouse=True)
def everybody(monkeypatch, workbench):
    """A page for everybody, and no trace of it afterwards."""
    be_for_everybody(monkeypatch, workbench)


def numbers(sentence):
    """Numbers told in words of people: not those of a code's label."""
    labels = [label("age_band", code) for code in CODES["age_band"]] + [label("scale", code) for code in SCALES]
    for name in labels:
        sentence = sentence.replace(name, "")
    return public_pages.numbers(sentence)


def known(frames):
    """What each number of the frames reads as, the activities at which people were counted, ends of scales."""
    out = public_pages.known(frames) | {"0", "10", "40", "100"}
    for frame in frames:
        counted = frame[frame["indicator"] == "ambassador_contacts_not_counted"]
        out |= {f"{n:.0f}" for n in counted["denominator"] - counted["estimate"]}
        out |= {str(frame["theme"].nunique())} if "theme" in frame else set()
    return out


def by_chance(frame):
    rng = np.random.default_rng(7)
    return seen(frame, lambda row: rng.random() < 0.4, times=6)


@pytest.mark.parametrize(
    ("quartier", "protect"),
    [("Moulins", seen), ("Fives", lambda frame: seen(frame, times=6)), ("Fives", by_chance)],
    ids=["few", "many", "by chance"],
)
def test_every_number_said_is_one_that_is_shown(quartier, protect, monkeypatch, demo_store):
    said, told, frames = page_of(monkeypatch, demo_store, "ambassadors", quartier, lambda _run, frame: protect(frame))
    assert said
    everything = "\n".join("\n".join(texts) for texts in told.values())
    assert not re.search(r"\bnan\b|<NA>|\bNone\b", everything, flags=re.IGNORECASE)
    allowed = known(frames)
    for sentence in (sentence for cell in said.values() for sentence in cell):
        assert not set(numbers(sentence)) - allowed, sentence
        assert not re.search(r"[–—] |masqué,|masqué sur", sentence), sentence


def test_what_is_withheld_is_said_once_a_section(monkeypatch, demo_store):
    _said, told, _frames = page_of(monkeypatch, demo_store, "ambassadors", "Fives", lambda _run, frame: masked(frame))
    sections = [
        ("members", "engagement"),
        ("who-age", "who-sex"),
        ("change",),
        ("follow-up", "attrition"),
        ("recent-years", "detectable"),
    ]
    for cells in sections:
        put = [sentence for cell in cells for sentence in told[cell]]
        assert len(put) == 1, cells
        assert HIDDEN in put[0]
    assert "par sexe" in told["who-age"][0]


def contacts():
    rows = held(*[("Fives", day, "stand", "rights", 2.0, 3, met, new, "unknown") for day, met, new in MET])
    return ambassadors.contacts(rows, year=2018)


def test_people_met_are_not_told_as_activities_nor_limits_as_too_few():
    said = plain(text.contacts(seen(contacts())))
    assert "280 personnes ont été rencontrées aux 7 activités" in said
    assert "30 %, soit 85 sur 280, là où les deux ont été comptés" in said
    assert "Trop peu d'activités" not in said


def test_people_met_that_are_masked_are_not_an_activity_without_a_count():
    said = plain(text.contacts(masked(contacts())))
    assert said.startswith(f"Personnes rencontrées en 2018 : {HIDDEN}.")
    assert "sans décompte des personnes" not in said
    new = seen(contacts(), lambda row: row["indicator"] == "ambassador_new_contacts_share")
    assert "Rencontrées pour la première fois : 85." in plain(text.contacts(new))


def answered(*scores):
    one = ("Fives", "30-44", "female", "2016-03-01", None, None)
    waves = []
    for i, (before, after) in enumerate(scores):
        waves.append(gse(f"A{i}", "before", "2016-04-01", before))
        waves += [gse(f"A{i}", "after", "2017-04-01", after)] if after else []
    return {**people(*[one for _ in scores]), **answers(*waves)}


def of_gse(frame):
    return frame[frame["scale"] == "gse"].reset_index(drop=True)


def test_a_change_without_limits_is_neither_a_rise_nor_the_same_for_all():
    rows = seen(of_gse(ambassador_scales.change(answered(*[(20 + i % 3, 25 + i % 5) for i in range(20)]), year=2018)))
    (said,) = scales_text.change(rows)
    assert "on ne peut dire ni hausse ni baisse" in plain(said)
    assert "d'autant" not in said
    assert "groupe de comparaison" in scales_text.caution(rows)


def test_of_a_change_partly_masked_the_rest_is_told_by_itself():
    rows = ambassador_scales.change(answered(*[(20, 25 + i % 5) for i in range(20)]), year=2018)
    (said,) = scales_text.change(seen(of_gse(rows), lambda row: row["indicator"] != "scale_mean_before"))
    assert plain(said).endswith(" : score moyen avant, 20,0 points (n = 20).")
    assert scales_text.caution(masked(rows)) == ""


def test_some_of_those_who_did_not_answer_are_not_told_as_all_of_them():
    rows = of_gse(ambassador_scales.follow_up(answered(*[(20, 25)] * 20, *[(20, None)] * 20), year=2018))
    (said,) = scales_text.follow_up(seen(rows))
    assert "20 ont répondu en entier" in plain(said)
    assert "Les autres" not in said


def test_a_masked_class_of_those_missing_keeps_its_line():
    rows = ambassador_scales.attrition(answered(*[(20, 25)] * 20, *[(20, None)] * 20), year=2018)
    (table,) = scales_text.attrition_tables(seen(of_gse(rows))).values()
    cells = table.set_index(table.columns[0])
    assert list(cells.loc["Sexe : homme"]) == ["masqué", "masqué"]
    assert "20 sur 20" in plain(cells.loc["Sexe : femme"].iloc[0])
    assert scales_text.attrition_tables(masked(rows)) == {}
    assert HIDDEN in scales_text.attrition(masked(rows))[0]


def count_rows(*rows):
    """Rows (indicator, year, estimate or None for masked, other columns) that count people."""
    return estimates(
        [
            {"indicator": code, "quartier": "Fives", "year": year, "unit": "people", "method": "count", **more}
            | {"numerator": n, "estimate": n, "n": n, "status": "ok" if n else "primary"}
            for code, year, n, more in rows
        ],
        groups=sorted({name for *_head, more in rows for name in more}),
    )


def test_a_share_of_the_classes_does_not_pass_for_all_of_them():
    rows = count_rows(
        ("ambassadors_by_age", 2018, None, {"age_band": "00-14|15-29"}),
        ("ambassadors_by_age", 2018, 20, {"age_band": "30-44|45-59"}),
    )
    said = plain(text.composition(rows, of="age_band"))
    assert said.startswith("Par âge à l'entrée : 20 de 30-44 ans ou 45-59 ans.")
    assert said.endswith("Les autres nombres sont masqués.")
    ax = figures.plot_composition(rows, of="age_band")
    assert len(ax.patches) == 1
    assert {t.get_text() for t in ax.texts} == {"masqué", "20"}
    assert ax.get_xlim()[1] == pytest.approx(22)
    assert max(ax.get_ylim()) > 1 > 0 > min(ax.get_ylim()), "the name of a masked class is within the figure"


def test_a_masked_year_has_its_word_and_no_bar_and_a_wholly_masked_series_no_place():
    codes = ("ambassadors_active", "ambassadors_joined", "ambassadors_left")
    rows = count_rows(
        *[(code, year, 25 if (code, year) == (codes[0], 2018) else None, {}) for year in (2017, 2018) for code in codes]
    )
    ax = figures.plot_membership(rows)
    assert [patch.get_height() for patch in ax.patches] == [25]
    assert sorted(t.get_text() for t in ax.texts) == ["25", "masqué"]
    said = plain(text.membership(rows))
    assert said == "En 2018, 25 personnes ont été ambassadrices au moins un jour."
    assert not words.all_masked(rows)


def test_figures_of_scales_draw_points_without_limits_and_no_pile_with_a_hole():
    tables = answered(*[(20 + i % 3, 25 + i % 5) for i in range(20)], *[(20, None)] * 20)
    ax = figures.plot_change(seen(ambassador_scales.change(tables, year=2018)))
    assert len(ax.lines[0].get_xdata()) == 2
    other = ax.get_figure().axes[1]
    assert "masqué" in [t.get_text() for t in other.texts]
    share = figures.plot_follow_up(seen(ambassador_scales.follow_up(tables, year=2018)))
    assert not share.patches
    assert {"50 %", "masqué"} <= {plain(t.get_text()) for t in share.texts}
