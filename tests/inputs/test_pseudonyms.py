"""Pseudonyms keep people apart and together, need the key, say nothing, and lose nothing else."""

from __future__ import annotations

import csv
import hashlib
import hmac
import shutil

import pytest

from prs_eval.errors import DataError, UsageError
from prs_eval.inputs import pseudonyms
from prs_eval.inputs.parameters import load_workbench
from tests.conftest import ROOT

WORKBENCH = load_workbench(ROOT / "parameters" / "lille")
KEY, OTHER = b"a" * 32, b"b" * 32


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "saisie"
    folder.mkdir()
    for name in ("ambassadors", "ambassador_scales"):
        lines = (ROOT / "data" / "demo" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[:40]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_ids_are_replaced_alike_in_every_table_and_nothing_else_changes(source, tmp_path):
    out = tmp_path / "out"
    done = pseudonyms.pseudonymise(str(source), out, WORKBENCH, key=KEY)
    before, after = rows(source / "ambassadors.csv"), rows(out / "ambassadors.csv")
    assert [row[1:] for row in after] == [row[1:] for row in before]
    new = {old[0]: row[0] for old, row in zip(before[1:], after[1:], strict=True)}
    assert len(set(new.values())) == len(new) == next(d.people for d in done if d.table == "ambassadors")
    scales = zip(rows(source / "ambassador_scales.csv")[1:], rows(out / "ambassador_scales.csv")[1:], strict=True)
    assert all(new.get(old[0], row[0]) == row[0] for old, row in scales)
    text = "".join(path.read_text(encoding="utf-8") for path in out.iterdir()) + "".join(pseudonyms.summary(done))
    assert not [old for old in new if old in text]


def test_a_pseudonym_is_the_published_hmac_and_depends_on_key_city_and_column():
    one = pseudonyms.pseudonym("AMB001", column="ambassador_id", city="59350", key=KEY)
    # RFC 2104 / FIPS 198-1 construction, written out by hand
    pad = KEY + bytes(64 - len(KEY))
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in pad) + b"prs_eval\x0059350\x00ambassador_id\x00AMB001").digest()
    digest = hashlib.sha256(bytes(b ^ 0x5C for b in pad) + inner).digest()
    assert hmac.compare_digest(digest[:16], _decoded(one))
    others = [
        pseudonyms.pseudonym("AMB001", column="ambassador_id", city="59350", key=OTHER),
        pseudonyms.pseudonym("AMB001", column="ambassador_id", city="17300", key=KEY),
        pseudonyms.pseudonym("AMB001", column="participant_id", city="59350", key=KEY),
        pseudonyms.pseudonym("AMB002", column="ambassador_id", city="59350", key=KEY),
    ]
    assert len({one, *others}) == 5
    assert others[0][:4] != one[:4]  # a change of key is seen


def _decoded(text):
    import base64

    return base64.b32decode(text.split("-")[1].upper() + "======")


def test_pseudonyms_are_refused_a_second_time_and_nothing_is_written(source, tmp_path):
    pseudonyms.pseudonymise(str(source), tmp_path / "out", WORKBENCH, key=KEY)
    with pytest.raises(DataError, match="pseudonymes"):
        pseudonyms.pseudonymise(str(tmp_path / "out"), tmp_path / "again", WORKBENCH, key=OTHER)
    assert not (tmp_path / "again").exists()


def test_a_table_that_cannot_be_read_stops_everything(source, tmp_path):
    (source / "meetings.csv").write_bytes(b"%PDF-1.7 not a table")
    with pytest.raises(DataError, match=r"meetings\.csv"):
        pseudonyms.pseudonymise(str(source), tmp_path / "out", WORKBENCH, key=KEY)
    assert not (tmp_path / "out").exists()


def test_files_are_not_overwritten_and_the_source_never(source, tmp_path):
    with pytest.raises(UsageError):
        pseudonyms.pseudonymise(str(source), source, WORKBENCH, key=KEY, force=True)
    shutil.copytree(source, tmp_path / "out")
    with pytest.raises(UsageError, match="--force"):
        pseudonyms.pseudonymise(str(source), tmp_path / "out", WORKBENCH, key=KEY)


def test_the_key_is_made_once_kept_private_and_out_of_the_project(tmp_path, monkeypatch):
    path = pseudonyms.new_key(tmp_path / "key")
    key = pseudonyms.read_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="existe"):
        pseudonyms.new_key(path)
    with pytest.raises(UsageError, match="projet"):
        pseudonyms.new_key(ROOT / "key")
    monkeypatch.setenv(pseudonyms.KEY_FILE, str(path))
    assert pseudonyms.read_key(None) == key
    monkeypatch.delenv(pseudonyms.KEY_FILE)
    with pytest.raises(UsageError, match="--new-key"):
        pseudonyms.read_key(None)


@pytest.mark.parametrize(("content", "mode"), [("ab" * 32, 0o644), ("ab" * 8, 0o600), ("pas une clé", 0o600)])
def test_a_key_that_others_read_or_that_is_short_or_no_key_is_refused(tmp_path, content, mode):
    path = tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(UsageError):
        pseudonyms.read_key(path)
