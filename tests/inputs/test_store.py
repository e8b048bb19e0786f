"""The store keeps what was accepted, gives back only what was asked for, and survives being killed."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prs_eval.errors import DataError, UsageError
from prs_eval.inputs import rows as rows_module
from prs_eval.inputs.rows import typed
from prs_eval.inputs.store import Store
from prs_eval.inputs.tables import TABLES, Column, Table

Frames = dict[str, pd.DataFrame]


def rows(table: str, *records: dict[str, Any]) -> pd.DataFrame:
    """Rows of a table; columns left out are filled with what its kind allows."""
    plain = {"integer": 1, "year": 2018, "number": 1.0, "date": pd.Timestamp("2018-01-01")}
    default = {c.name: None if c.nullable else plain.get(c.kind, "x") for c in TABLES[table].columns}
    return typed(pd.DataFrame([{**default, **record} for record in records], columns=list(default)), TABLES[table])


@pytest.fixture
def batch() -> Frames:
    """Two quartiers, two years, and a child table that has neither of its own."""
    return {
        "structures": rows("structures", {"structure_id": "01", "quartier": "Est"}),
        "meetings": rows(
            "meetings",
            {"meeting_id": "007", "quartier": "Est", "held_on": pd.Timestamp("2017-03-02"), "themes": "a|b"},
            {"meeting_id": "008", "quartier": "Est", "held_on": pd.Timestamp("2018-03-02")},
            {"meeting_id": "009", "quartier": "Ouest", "held_on": pd.Timestamp("2018-05-04")},
        ),
        "attendance": rows(
            "attendance",
            {"meeting_id": "007", "category": "social", "structure_id": "01", "people": 2},
            {"meeting_id": "008", "category": "residents", "structure_id": None, "people": 5},
            {"meeting_id": "009", "category": "social", "structure_id": "01", "people": 3},
        ),
    }


def files(root: Path) -> dict[str, bytes]:
    """Every file of the store with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted((root / "store").rglob("*")) if p.is_file()}


def content(store: Store) -> Frames:
    """Every row of every table."""
    return {name: store.read(name) for name in TABLES}


def assert_same(left: Frames, right: Frames) -> None:
    """Fail unless both hold the same rows of the same tables."""
    assert left.keys() == right.keys()
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name])


def test_rows_come_back_with_their_types_and_leading_zeros(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="fichier.xlsx")
    read = store.read("meetings")
    assert read["meeting_id"].tolist() == ["007", "008", "009"]
    assert read["themes"].isna().tolist() == [False, True, True]
    assert read["year"].tolist() == [2017, 2018, 2018]
    assert {c: str(t) for c, t in read.dtypes.items()} == {
        "meeting_id": "str",
        "quartier": "str",
        "held_on": "datetime64[us]",
        "themes": "str",
        "year": "Int64",
    }


def test_a_child_takes_quartier_and_year_from_a_parent_of_the_batch_or_of_the_store(
    tmp_path: Path, batch: Frames
) -> None:
    store = Store(tmp_path)
    store.write({"structures": batch["structures"], "meetings": batch["meetings"]}, source="a")
    store.write({"attendance": batch["attendance"]}, source="b")
    read = store.read("attendance")
    assert list(zip(read["meeting_id"], read["quartier"], read["year"], strict=True)) == [
        ("007", "Est", 2017),
        ("008", "Est", 2018),
        ("009", "Ouest", 2018),
    ]
    assert store.read("attendance", quartier="Est", years=[2018])["people"].tolist() == [5]


def test_own_year_and_territory_are_used_where_a_table_has_them(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    batch["professional_answers"] = rows(
        "professional_answers", {"respondent_id": "r", "structure_id": "01", "year": 2016, "item": "informed"}
    )
    batch["population"] = rows("population", {"territory": "Ouest", "year": 2019, "population": 12.5})
    store.write(batch, source="a")
    assert store.read("professional_answers", quartier="Est", years=[2016])["item"].tolist() == ["informed"]
    assert store.read("population", quartier="Ouest", years=[2019])["population"].tolist() == [12.5]


def test_a_revised_figure_stays_beside_the_first_and_a_month_beside_its_year(tmp_path: Path) -> None:
    store = Store(tmp_path)
    figure = {"territory": "Est", "year": 2009, "indicator": "i", "perimeter": "p", "revision": 0}
    first = rows("outcomes", {**figure, "numerator": 53}, {**figure, "month": 1, "numerator": 5})
    store.write({"outcomes": first}, source="a")
    later = rows("outcomes", {**figure, "numerator": 52.3, "revision": 1}, {**figure, "month": 1, "numerator": 6})
    counts = store.write({"outcomes": later}, source="b").set_index("table")
    assert counts.loc["outcomes", ["new", "replaced", "unchanged"]].tolist() == [1, 1, 0]
    read = store.read("outcomes", quartier="Est", years=[2009])
    assert sorted(zip(read["month"].fillna(0), read["revision"], read["numerator"], strict=True)) == [
        (0, 0, 53), (0, 1, 52.3), (1, 0, 6),
    ]  # fmt: skip
    assert store.read("outcomes", quartier="Ouest").empty


def test_a_city_wide_action_belongs_to_no_quartier(tmp_path: Path) -> None:
    store = Store(tmp_path)
    actions = rows("actions", {"action_id": "1", "quartier": None}, {"action_id": "2", "quartier": "Est"})
    store.write({"actions": actions}, source="a")
    assert store.read("actions", quartier="Est")["action_id"].tolist() == ["2"]
    assert store.read("actions")["action_id"].tolist() == ["1", "2"]


def test_a_run_opens_only_the_files_of_its_years(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")
    for table in ("meetings", "attendance"):
        (tmp_path / "store" / table / "year=2017" / "part.parquet").write_bytes(b"not parquet")
    assert store.read("meetings", years=[2018])["meeting_id"].tolist() == ["008", "009"]
    assert store.read("attendance", quartier="Ouest", years=range(2018, 2020))["people"].tolist() == [3]
    with pytest.raises(DataError, match="réimporter"):
        store.read("meetings")


def test_a_run_reads_only_the_rows_of_its_quartier(tmp_path: Path) -> None:
    """The bytes of the other quartier's row group are destroyed; the report does not notice."""
    store = Store(tmp_path)
    names = ("Est", "Ouest")
    many = [{"meeting_id": f"{q}{i:04}", "quartier": q, "themes": f"{q}-{i * 7919}"} for q in names for i in range(500)]
    store.write({"meetings": rows("meetings", *many)}, source="a")
    path = tmp_path / "store" / "meetings" / "year=2018" / "part.parquet"
    column = pq.ParquetFile(path).metadata.row_group(0).column(0)
    data = bytearray(path.read_bytes())
    start = column.dictionary_page_offset
    data[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(bytes(data))
    assert len(store.read("meetings", quartier="Ouest", years=[2018])) == 500
    with pytest.raises(DataError, match="réimporter"):
        store.read("meetings", quartier="Est", years=[2018])


def test_reimport_changes_nothing_and_says_so(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    first = store.write(batch, source="a")
    assert first.set_index("table")["new"].to_dict() == {"structures": 1, "meetings": 3, "attendance": 3}
    before, digest = files(tmp_path), store.digest(TABLES)
    shuffled = {name: frame.iloc[::-1] for name, frame in batch.items()}
    again = store.write(shuffled, source="a")
    assert again[["new", "replaced"]].to_numpy().sum() == 0
    assert again["unchanged"].tolist() == [1, 3, 3]
    assert files(tmp_path) == before
    assert store.digest(TABLES) == digest


def test_the_same_rows_make_the_same_bytes_on_another_machine_and_in_another_order(
    tmp_path: Path, batch: Frames
) -> None:
    Store(tmp_path / "one").write(batch, source="a")
    other = Store(tmp_path / "two")
    other.write({"structures": batch["structures"]}, source="a")
    other.write({"meetings": batch["meetings"].iloc[[2, 0]]}, source="a")
    other.write({"meetings": batch["meetings"].iloc[[1]]}, source="a")
    other.write({"attendance": batch["attendance"].iloc[::-1]}, source="a")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_corrected_row_leaves_its_old_year_and_takes_its_children_along(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")
    corrected = batch["meetings"].iloc[[0]].assign(held_on=pd.Timestamp("2016-12-31"))
    counts = store.write({"meetings": corrected}, source="b").iloc[0]
    assert (counts["new"], counts["replaced"], counts["unchanged"]) == (0, 1, 0)
    assert len(store.read("meetings")) == 3
    assert store.read("meetings", years=[2017]).empty
    assert not (tmp_path / "store" / "meetings" / "year=2017").exists()
    assert store.read("attendance", years=[2016])["people"].tolist() == [2]
    assert store.read("attendance", years=[2017]).empty
    assert store.years() == [2016, 2018]


def test_a_missing_structure_is_a_key_like_any_other(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")
    counts = store.write({"attendance": batch["attendance"].iloc[[1]].assign(people=6)}, source="a").iloc[0]
    assert (counts["new"], counts["replaced"]) == (0, 1)
    assert store.read("attendance", years=[2018], quartier="Est")["people"].tolist() == [6]


def test_one_quartier_cannot_overwrite_another_that_numbers_its_rows_alike(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")
    before = files(tmp_path)
    clash = batch["meetings"].iloc[[1]].assign(quartier="Ouest")
    with pytest.raises(DataError, match="Est → Ouest"):
        store.write({"meetings": clash}, source="b")
    assert files(tmp_path) == before
    store.write({"meetings": clash}, source="b", allow_moves=True)
    assert store.read("attendance", quartier="Ouest")["meeting_id"].tolist() == ["008", "009"]


def test_a_row_whose_parent_is_nowhere_is_refused_with_the_remedy(tmp_path: Path, batch: Frames) -> None:
    with pytest.raises(DataError, match=r"3 lignes .* « Réunions ».* Importer « Réunions »"):
        Store(tmp_path).write({"attendance": batch["attendance"]}, source="a")
    assert not (tmp_path / "store").exists()


def test_nothing_there_is_an_empty_frame_with_the_same_columns_and_types(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")
    for name in TABLES:
        empty = store.read(name, quartier="Nulle part", years=[1900])
        assert empty.empty
        assert empty.dtypes.to_dict() == store.read(name).dtypes.to_dict()
        assert {c.name for c in TABLES[name].columns} | {"quartier", "year"} == set(empty.columns)
    assert store.read("meetings", years=[]).empty


def test_years_are_those_with_activity(tmp_path: Path, batch: Frames) -> None:
    batch["population"] = rows("population", {"territory": "Est", "year": 2019})
    batch["screening_sessions"] = rows("screening_sessions", {"session_id": "1", "held_on": pd.Timestamp("2015-06-01")})
    batch["ambassador_activities"] = rows("ambassador_activities", {"activity_id": "1"})
    store = Store(tmp_path)
    store.write(batch, source="a")
    assert store.years() == [2015, 2017, 2018]


def test_keys_are_what_references_are_checked_against(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    assert store.keys("meetings") == set()
    store.write(batch, source="a")
    assert store.keys("meetings") == {"007", "008", "009"}
    assert ("008", "residents", None) in store.keys("attendance")


def test_no_store_is_said_with_the_command_that_makes_one(tmp_path: Path) -> None:
    for ask in (lambda s: s.read("meetings"), lambda s: s.years(), lambda s: s.digest(["meetings"])):
        with pytest.raises(UsageError, match=r"prs-eval import mon_classeur\.xlsx") as said:
            ask(Store(tmp_path / "nowhere"))
        # following the advice must never make the user's own store synthetic
        assert re.findall(r"import data/demo --data (\S+),", str(said.value)) == ["data/local/demo"]


def test_an_import_with_nothing_accepted_makes_no_store(tmp_path: Path, batch: Frames) -> None:
    counts = Store(tmp_path).write({"meetings": batch["meetings"].iloc[:0]}, source="a")
    assert counts.to_dict("records") == [{"table": "meetings", "new": 0, "replaced": 0, "unchanged": 0}]
    assert not Store(tmp_path).exists


@pytest.mark.parametrize("first", [True, False])
def test_real_and_synthetic_rows_never_mix(tmp_path: Path, batch: Frames, first: bool) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a", synthetic=first)
    before = files(tmp_path)
    assert store.synthetic is first
    with pytest.raises(UsageError, match="--data"):
        store.write({"meetings": batch["meetings"]}, source="b", synthetic=not first)
    assert files(tmp_path) == before


def test_sources_are_kept_without_the_password_of_a_database(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write({"structures": batch["structures"]}, source="postgresql://ville:s3cret@serveur/base")
    store.write({"meetings": batch["meetings"]}, source="saisie.xlsx")
    assert store.sources == ["postgresql://serveur/base", "saisie.xlsx"]
    assert b"s3cret" not in b"".join(files(tmp_path).values())


def test_the_digest_follows_the_rows_a_report_reads_and_nothing_else(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")

    def of_report() -> str:
        return store.digest(["meetings", "attendance"], quartier="Est", years=range(2014, 2019))

    first = of_report()
    store.write({"meetings": batch["meetings"].iloc[[2]].assign(themes="c")}, source="autre quartier")
    assert of_report() == first
    later = rows("meetings", {"meeting_id": "010", "quartier": "Est", "held_on": pd.Timestamp("2019-01-01")})
    store.write({"meetings": later}, source="autre année")
    assert of_report() == first
    store.write({"attendance": batch["attendance"].iloc[[1]].assign(people=6)}, source="correction")
    assert of_report() != first


def test_the_digest_tells_a_missing_value_from_an_empty_or_neighbouring_one(tmp_path: Path) -> None:
    digests = set()
    for i, (theme, title) in enumerate([(None, "a"), ("", "a"), ("a", None), ("a,", "a")]):
        store = Store(tmp_path / str(i))
        store.write({"actions": rows("actions", {"component": theme, "evidence": title})}, source="a")
        digests.add(store.digest(["actions"]))
    assert len(digests) == 4


@pytest.mark.parametrize("moment", ["making the files", "between the two renames", "clearing the last store"])
def test_a_write_killed_in_the_middle_leaves_a_good_store(tmp_path: Path, batch: Frames, moment: str) -> None:
    """`kill -9` of another process at each delicate moment of the swap."""
    store = Store(tmp_path)
    store.write(batch, source="a")
    before = content(store)
    patch = {
        "making the files": "rows.pq.ParquetWriter = die",
        "between the two renames": "real = Path.rename\n"
        "Path.rename = lambda s, t: die() if s.name.startswith('store.tmp-') else real(s, t)",
        "clearing the last store": "real = store.shutil.rmtree\nstore.shutil.rmtree = "
        "lambda p, **k: die() if Path(p).name == 'store.previous' and Path(p).exists() else real(p, **k)",
    }[moment]
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        import pandas as pd
        from prs_eval.inputs import rows, store
        def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
        kept = store.Store(Path(sys.argv[1]))
        changed = kept.read("meetings").assign(themes="z")
    """)
    script += patch + "\nkept.write({'meetings': changed}, source='b')\n"
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    after = content(Store(tmp_path))
    if moment == "clearing the last store":
        assert after["meetings"]["themes"].tolist() == ["z", "z", "z"]
    else:
        assert_same(after, before)
    counts = Store(tmp_path).write({"meetings": batch["meetings"].assign(themes="z")}, source="b").iloc[0]
    assert counts["new"] == 0
    assert Store(tmp_path).read("meetings")["themes"].tolist() == ["z", "z", "z"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".store.lock", "store"]


def test_two_imports_at_once_both_arrive(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        import pandas as pd
        from prs_eval.inputs.store import Store
        store, mark = Store(Path(sys.argv[1])), sys.argv[2]
        for i in range(8):
            day = pd.Timestamp(2014 + i, 1, 1)
            rows = {"meeting_id": [f"{mark}{i}"], "quartier": [mark], "held_on": [day], "themes": [None]}
            store.write({"meetings": pd.DataFrame(rows)}, source=mark)
    """)
    running = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), mark]) for mark in ("Est", "Ouest")]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(Store(tmp_path).read("meetings")) == 16


def test_a_write_that_fails_changes_nothing(tmp_path: Path, batch: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")
    before = files(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(rows_module.pq, "ParquetWriter", full)
    with pytest.raises(OSError, match="disk full"):
        store.write({"meetings": batch["meetings"].assign(themes="z")}, source="b")
    assert files(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [".store.lock", "store"]


def test_a_disk_without_hard_links_is_served_too(
    tmp_path: Path, batch: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.write(batch, source="a")

    def refuse(*_: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", refuse)
    store.write({"meetings": batch["meetings"].assign(themes="z")}, source="a")
    assert len(store.read("attendance")) == 3


def test_misuse_by_a_programmer_is_a_value_error(tmp_path: Path, batch: Frames) -> None:
    store = Store(tmp_path)
    for wrong in (
        {"reunions": batch["meetings"]},
        {"meetings": batch["meetings"].drop(columns="held_on")},
        {"meetings": pd.concat([batch["meetings"], batch["meetings"]])},
        {"meetings": batch["meetings"].assign(held_on=pd.NaT)},
    ):
        with pytest.raises(ValueError, match=r"tables|columns|key|held_on"):
            store.write(wrong, source="a")
    assert not store.exists


# -- properties

QUARTIERS = ("Est", "Ouest", "Île-d'Œuvre")
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
DAY = st.dates(dt.date(2010, 1, 1), dt.date(2026, 12, 31)).map(pd.Timestamp)


def values(column: Column, table: Table, known: Frames) -> st.SearchStrategy[Any]:
    """Any value the column may hold; a reference holds a key that exists."""
    parents = dict(table.references)
    if column.name in parents:
        parent = TABLES[parents[column.name]]
        present = [] if parent.name not in known else known[parent.name][parent.key[0]].tolist()
        strategy: st.SearchStrategy[Any] = st.sampled_from(present) if present else st.none()
    elif column.kind == "date":
        strategy = DAY
    elif column.kind == "year":
        strategy = st.integers(2010, 2026)
    elif column.kind == "integer":
        strategy = st.integers(0, 2**53)
    elif column.kind == "number":
        strategy = st.floats(0, 1e9)
    else:
        strategy = st.sampled_from(QUARTIERS) if column.kind in ("quartier", "territory") else TEXT
    return st.none() | strategy if column.nullable else strategy


@st.composite
def frames(draw: st.DrawFn) -> Frames:
    """Valid rows for every table, parents first, keys unique."""
    out: Frames = {}
    for name in sorted(TABLES, key=lambda n: (len(TABLES[n].references) > 0, n != "actions", n)):
        table = TABLES[name]
        if table.parent and dict(table.references)[table.parent] not in out:
            continue
        columns = {column.name: values(column, table, out) for column in table.columns}
        records = draw(
            st.lists(
                st.fixed_dictionaries(columns),
                max_size=4,
                unique_by=lambda r, key=table.key: tuple(str(r[k]) for k in key),
            )
        )
        if records:
            out[name] = typed(pd.DataFrame(records, columns=list(columns)), table)
    return out


def in_order(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The table's own columns, rows sorted by key."""
    own = [column.name for column in TABLES[table].columns]
    order = frame.assign(**{k: frame[k].astype("str").fillna("\x00") for k in TABLES[table].key})
    return frame.loc[order.sort_values(list(TABLES[table].key)).index, own].reset_index(drop=True)


@settings(max_examples=15, deadline=None)
@given(frames())
def test_what_is_written_is_what_is_read(written: Frames) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        store = Store(root)
        store.write(written, source="a")
        for name, frame in written.items():
            read = store.read(name)
            pd.testing.assert_frame_equal(in_order(read, name), in_order(frame, name))
            parts = [store.read(name, years=[year]) for year in set(read["year"])]
            assert sum(map(len, parts)) == len(read)
            city_wide = int(read["quartier"].isna().sum())
            assert sum(len(store.read(name, quartier=q)) for q in QUARTIERS) + city_wide == len(read)
    finally:
        shutil.rmtree(root)


@settings(max_examples=10, deadline=None)
@given(frames(), st.data())
def test_two_writes_of_the_parts_are_one_write_of_the_whole(whole: Frames, data: st.DataObject) -> None:
    parent_tables = {dict(t.references)[t.parent] for t in TABLES.values() if t.parent}
    cut = {
        name: len(frame) if name in parent_tables else data.draw(st.integers(0, len(frame)))
        for name, frame in whole.items()
    }
    root = Path(tempfile.mkdtemp())
    try:
        one, two = Store(root / "one"), Store(root / "two")
        one.write(whole, source="a")
        counts = [
            two.write({name: frame.iloc[: cut[name]] for name, frame in whole.items()}, source="a"),
            two.write({name: frame.iloc[cut[name] :] for name, frame in whole.items()}, source="a"),
        ]
        assert sum(int(c["new"].sum()) for c in counts) == sum(map(len, whole.values()))
        if whole:
            assert_same(content(two), content(one))
            assert one.digest(TABLES) == two.digest(TABLES)
            assert files(root / "one") == files(root / "two")
    finally:
        shutil.rmtree(root)
