"""The index of all reports."""

from dataclasses import replace

from prs_eval.i18n import set_language
from prs_eval.reporting.site import IndexEntry, Year, write_index
from prs_eval.reporting.statement import write_statement
from tests.reporting.made import Page

PUBLISHED = [
    IndexEntry(None, 2018, "synthesis", "2018/city/synthesis.html", "published", "", 12.34, "Synthèse"),
    IndexEntry("Fives", 2018, "network", "2018/Fives/network.html", "published", "", 9.8, "Le réseau"),
    IndexEntry("Fives", 2018, "screening", "2018/Fives/screening.html", "published", "", 9.8, "Les dépistages"),
    IndexEntry("Moulins", 2018, "screening", "2018/Moulins/screening.html", "published", "", 9.8, "Les dépistages"),
    IndexEntry("Fives", 2019, "network", "2019/Fives/network.html", "published", "", 9.8, "Le réseau"),
]
FAILED = IndexEntry(
    "Moulins",
    2018,
    "network",
    None,
    "failed",
    "Question « Qui vient ? » : la table <attendance> est vide.",
    3.0,
    "Le réseau",
)


def read(tmp_path, entries, **options) -> Page:
    return Page(write_index(tmp_path, entries, city="Lille", **options).read_text(encoding="utf-8"))


def test_every_published_report_is_linked_once(tmp_path):
    page = read(tmp_path, [*PUBLISHED, FAILED])
    links = [attrs["href"] for attrs in page.all("a") if not attrs["href"].startswith("#")]
    assert sorted(links) == sorted([*(entry.href for entry in PUBLISHED), "accessibilite.html"])


def test_links_make_sense_out_of_their_table(tmp_path):
    text = read(tmp_path, PUBLISHED).text
    assert "Les dépistages – Moulins" in text


def test_a_report_that_failed_is_named_with_its_reason_and_nothing_runs(tmp_path):
    page = read(tmp_path, [*PUBLISHED, FAILED])
    assert "(échec)" in page.text
    assert "Le réseau, Moulins : Question « Qui vient ? » : la table <attendance> est vide." in page.text
    assert "Rapports publiés : 4 sur 5." in page.text


def test_the_last_good_page_of_a_report_that_failed_is_not_passed_off_as_new(tmp_path):
    stale = IndexEntry("Moulins", 2018, "network", "2018/Moulins/network.html", "failed", "Raison.", 3.0, "Le réseau")
    page = read(tmp_path, [stale])
    assert "(échec ; page d'un calcul précédent)" in page.text
    assert "2018/Moulins/network.html" in [attrs["href"] for attrs in page.all("a")]


def test_a_report_that_was_not_made_is_absent_in_words(tmp_path):
    assert "absent" in read(tmp_path, PUBLISHED).text


def test_the_latest_year_comes_first_with_captions_and_scopes(tmp_path):
    page = read(tmp_path, PUBLISHED)
    assert [attrs["id"] for attrs in page.all("h2")] == ["y2019", "y2018"]
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attrs.get("scope") for attrs in page.all("th"))


def from_data(*synthetic: bool | None) -> list[IndexEntry]:
    return [replace(entry, synthetic=one) for entry, one in zip(PUBLISHED, synthetic, strict=True)]


def test_the_index_is_stamped(tmp_path):
    assert "Diffusion restreinte" in read(tmp_path, PUBLISHED).text


def test_an_index_of_invented_data_alone_says_so_once_at_the_top(tmp_path):
    text = read(tmp_path, from_data(True, True, True, True, True)).text
    assert text.count("synthétiques") == 1
    assert text.index("synthétiques") < text.index("2019")


def test_an_index_of_real_data_alone_says_nothing_of_invented_data(tmp_path):
    text = read(tmp_path, from_data(False, False, False, False, False)).text
    assert "synthétiques" not in text
    assert "origine" not in text


def test_a_year_of_invented_data_is_marked_where_another_is_real(tmp_path):
    text = read(tmp_path, from_data(True, True, True, True, False)).text
    assert "Rapports de 2018 : données de démonstration synthétiques." in text
    assert "Rapports de 2019" not in text


def test_reports_of_one_year_from_both_origins_each_bear_their_own(tmp_path):
    text = read(tmp_path, from_data(False, True, False, None, False)).text
    assert "Le réseau – Fives (données de démonstration synthétiques)" in text
    assert "Les dépistages – Fives (données saisies)" in text
    assert "Les dépistages – Moulins (origine des données non enregistrée)" in text


def test_times_are_there(tmp_path):
    assert "12,3" in read(tmp_path, PUBLISHED).text


def test_a_city_report_that_failed_is_told_as_one_on_all_quartiers(tmp_path):
    failed = IndexEntry(None, 2018, "synthesis", None, "failed", "Raison.", None, "Synthèse")
    assert "Synthèse, Ensemble des quartiers : Raison." in read(tmp_path, [failed]).text


def test_an_empty_index_says_so(tmp_path):
    assert "Aucun rapport publié" in read(tmp_path, []).text


def test_the_index_speaks_the_language_in_force(tmp_path):
    set_language("en")
    assert read(tmp_path, PUBLISHED).all("html") == [{"lang": "en"}]


def test_names_from_data_cannot_become_markup(tmp_path):
    entry = IndexEntry(
        "<i>Fives</i>", 2018, "network", '"><script>alert(1)</script>', "published", "", None, "<b>R</b>"
    )
    page = read(tmp_path, [entry])
    assert not {"script", "i", "b"} & {tag for tag, _ in page.elements}


def test_a_year_shows_its_key_messages_and_its_downloads_with_their_size(tmp_path):
    downloads = [("Classeur (XLSX)", "2018/tables/tables-2018.xlsx", 309_400)]
    told = {2018: Year(["R&eacute;seau : 38 r&eacute;unions."], downloads)}
    page = read(tmp_path, PUBLISHED, years=told)
    assert "À retenir de 2018" in page.text
    assert "Réseau : 38 réunions." in page.text
    assert "(309 ko)" in page.text.replace("\u202f", "").replace("\u00a0", " ")
    assert "2018/tables/tables-2018.xlsx" in [attrs["href"] for attrs in page.all("a")]


def test_a_page_in_print_is_linked_beside_its_page_by_a_name_of_its_own(tmp_path):
    printed = [
        replace(PUBLISHED[1], pdf="2018/Fives/network.pdf"),
        replace(PUBLISHED[2], pdf="2018/Fives/screening.pdf"),
    ]
    page = read(tmp_path, printed)
    assert {"2018/Fives/network.pdf", "2018/Fives/screening.pdf"} <= {attrs["href"] for attrs in page.all("a")}
    assert "PDF – Le réseau – Fives" in page.text


def test_the_accessibility_statement_claims_no_more_than_was_done_and_leads_back(tmp_path):
    page = Page(write_statement(tmp_path, city="Lille", public=True).read_text(encoding="utf-8"))
    assert "non conforme" in page.text
    assert "Défenseur des droits" in page.text
    assert "index.html" in [attrs["href"] for attrs in page.all("a")]


def test_the_other_language_is_linked_in_that_language(tmp_path):
    page = read(tmp_path, PUBLISHED, other_language="en/index.html")
    link = next(attrs for attrs in page.all("a") if attrs["href"] == "en/index.html")
    assert link["lang"] == link["hreflang"] == "en"
