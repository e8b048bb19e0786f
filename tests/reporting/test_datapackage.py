"""A year's tables to take away: a package that validates, a workbook with real tables, and no live formula."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import frictionless
import nbformat
import openpyxl
import pandas as pd
import pytest
from nbformat.v4 import new_notebook

from prs_eval.reporting import page
from prs_eval.reporting.datapackage import DESCRIPTOR, Source, gather, write_package
from prs_eval.reporting.resource import MIME, resource
from prs_eval.reporting.year_workbook import workbook_bytes
from tests.reporting.made import a_run, shares
from tests.reporting.test_html import ran

FORMULAS = [
    "=1+1",
    "\u00a0=1",
    "\ufeff=1",
    "+33 6",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'quoted",
    "=HYPERLINK(1)",
]


@pytest.fixture(scope="module")
def sources(workbench, tmp_path_factory):
    """Two quartiers' executed notebooks: estimates, and a table of words with what spreadsheets would run."""
    folder, found = tmp_path_factory.mktemp("executed"), []
    words = pd.DataFrame({"Structure": [*FORMULAS, "Centre social"], "Réunions": range(len(FORMULAS) + 1)})
    for quartier in ("Fives", "Moulins"):
        outputs: list[dict] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(page, "put_on_page", lambda data, raw, metadata=None, put=outputs: put.append(data))
            page.header(a_run(workbench), "Le réseau")
            page.show_table(shares(), "Part des habitants parmi les présents")
            page.show_table(words, "Structures [membres] : qui vient ?")
        cells = [ran("show()") for _each in outputs]
        for cell, data in zip(cells, outputs, strict=True):
            cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
        path = folder / f"{quartier}.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
        found.append(Source(path, "network", "Le réseau", quartier))
    return found


@pytest.fixture(scope="module")
def tables(sources):
    return gather(sources)


@pytest.fixture(scope="module")
def package(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    assert write_package(folder, tables, title="Tableaux 2018", notices=["Données synthétiques."])
    return folder


@pytest.fixture(scope="module")
def book(tables):
    content = workbook_bytes(tables, title="Tableaux 2018", notices=["Données synthétiques."])
    return openpyxl.load_workbook(io.BytesIO(content))


def test_the_same_table_of_two_quartiers_is_one_and_says_whose_each_row_is(tables):
    assert [table.title for table in tables] == [
        "Part des habitants parmi les présents",
        "Structures [membres]\u00a0: qui vient\u00a0?",
    ]
    words = tables[1]
    assert words.fields[0]["name"] == "quartier"
    assert {row["quartier"] for row in words.rows} == {"Fives", "Moulins"}
    assert len(words.rows) == 2 * (len(FORMULAS) + 1)


def test_the_package_is_valid_and_says_what_its_columns_are(package):
    report = frictionless.validate(str(package / DESCRIPTOR))
    assert report.valid, report.flatten(["title", "message"])
    described = json.loads((package / DESCRIPTOR).read_text(encoding="utf-8"))
    titles = {one["name"]: one["title"] for one in described["resources"][0]["schema"]["fields"]}
    assert titles["lower"] == "Limite basse"
    assert "Données synthétiques." in described["description"]


def test_numbers_come_back_as_they_were(package, tables):
    with (package / f"{tables[0].name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [*shares()["estimate"], *shares()["estimate"]]
    assert [float(row["estimate"] or "nan") for row in rows] == pytest.approx(wanted, nan_ok=True)


def test_no_cell_of_a_csv_can_be_taken_for_a_formula_and_the_text_can_be_had_back(package, tables):
    with (package / f"{tables[1].name}.csv").open(encoding="utf-8", newline="") as file:
        cells = [row["structure"] for row in csv.DictReader(file)][: len(FORMULAS)]
    assert not [cell for cell in cells if cell.strip("\u00a0\ufeff")[0] in "=+-@\t\r＝＋－＠"]
    assert [cell.removeprefix("'") for cell in cells] == FORMULAS


def test_no_cell_of_the_workbook_is_a_formula(book):
    live = [c.coordinate for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert live == []
    texts = [c.value for row in book[book.sheetnames[2]].iter_rows() for c in row]
    assert "=1+1" in texts


def test_each_sheet_is_a_real_table_with_types_formats_and_a_way_back(book, tables):
    assert book.sheetnames[0] == "Sommaire"
    sheet = book[book.sheetnames[1]]
    (table,) = sheet.tables.values()
    head = [cell.value for cell in sheet[3]]
    assert table.ref.startswith("A3:")
    assert [column.name for column in table.tableColumns] == head
    assert sheet.freeze_panes == "A4"
    assert sheet["A1"].value == tables[0].title
    assert sheet["A2"].hyperlink.location == "'Sommaire'!A1"
    value = sheet.cell(4, head.index("Valeur") + 1)
    assert value.data_type == "n"
    assert value.number_format.endswith('" "%')
    assert len({name for one in book for name in one.tables}) == len(book.sheetnames)
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_the_contents_lead_to_every_sheet_and_the_dictionary_says_every_column(book, tables):
    contents = book["Sommaire"]
    targets = [c.hyperlink.location for row in contents.iter_rows() for c in row if c.hyperlink]
    assert [target.split("'")[1] for target in targets] == book.sheetnames[1 : 1 + len(tables)]
    told = {row[0].value for row in book["Colonnes"].iter_rows(min_row=4)}
    assert {one["name"] for table in tables for one in table.fields} <= told


def test_what_has_not_changed_is_not_written_again_and_what_is_gone_goes(package, tables):
    described = package / DESCRIPTOR
    before = described.stat().st_mtime_ns
    assert not write_package(package, tables, title="Tableaux 2018", notices=["Données synthétiques."])
    assert described.stat().st_mtime_ns == before
    assert write_package(package, tables[:1], title="Tableaux 2018", notices=[])
    assert sorted(path.suffix for path in package.iterdir()) == [".csv", ".json", ".zip"]


def test_the_workbook_is_made_anew_where_definitions_change_or_a_run_was_cut_short(tables, tmp_path):
    made = []
    about = {"title": "T", "notices": [], "workbook": lambda: made.append(1) or b"book"}
    assert write_package(tmp_path, tables, definitions="a", **about)
    assert not write_package(tmp_path, tables, definitions="a", **about)
    assert write_package(tmp_path, tables, definitions="b", **about)
    (tmp_path / DESCRIPTOR).unlink()
    assert write_package(tmp_path, tables, definitions="b", **about)
    assert len(made) == 3


def test_the_zip_holds_the_package_whole(tables, tmp_path):
    write_package(tmp_path, tables, title="T", notices=[])
    with zipfile.ZipFile(tmp_path / "tables.zip") as archive:
        assert sorted(archive.namelist()) == sorted([DESCRIPTOR, *(f"{table.name}.csv" for table in tables)])


def test_a_number_in_one_quartier_and_words_in_another_are_two_tables(sources, tmp_path):
    second = json.loads(sources[1].path.read_text(encoding="utf-8"))
    for cell in second["cells"]:
        for put in cell["outputs"]:
            for one in put["data"].get(MIME, {}).get("schema", {}).get("fields", []):
                one["type"] = "string"
    path = tmp_path / "other.ipynb"
    path.write_text(json.dumps(second), encoding="utf-8")
    found = gather([sources[0], Source(path, "network", "Le réseau", "Moulins")])
    assert len({table.name for table in found}) == len(found) == 4


def test_years_put_together_are_said_row_by_row():
    table = resource(shares(), "Parts", as_printed=True, years=["2016–2018"] * len(shares()))
    assert {row["years"] for row in table["data"]} == {"2016–2018"}


def test_a_public_table_has_the_digits_of_its_page_and_no_more():
    exact = shares()
    public = resource(exact, "Parts", as_printed=True)["data"]
    assert [row["estimate"] for row in public if row["estimate"] is not None] == [
        round(value + 1e-12, 2) for value in exact["estimate"].dropna()
    ]


def test_what_is_masked_is_empty_and_says_so():
    hidden = shares().assign(status="primary", **dict.fromkeys(["numerator", "denominator", "estimate", "lower"]))
    rows = resource(hidden, "Parts", as_printed=True)["data"]
    assert {row["estimate"] for row in rows} == {None}
    assert {row["status"] for row in rows} == {"masqué"}
