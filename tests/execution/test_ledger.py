"""The ledger survives a crash, and two runs do not trample each other."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from prs_eval.errors import UsageError
from prs_eval.execution.ledger import Entry, Ledger, only_run


def entry(key: str = "internal/2018/fives/visits", **changes) -> Entry:
    about = {"notebook": "visits", "title": "Les visites", "quartier": "Fives", "year": 2018, "status": "ok"}
    times = {"started": "2019-01-07T09:00:00+00:00", "ended": "2019-01-07T09:00:04+00:00", "seconds": 4.2}
    return Entry(key=key, **{**about, **times, "parameters": {"year": 2018}, "fingerprint": {}, **changes})


def test_what_is_appended_is_read_back(tmp_path):
    ledger = Ledger(tmp_path / "outputs")
    ledger.append(entry())
    ledger.append(entry(status="failed", failure={"kind": "cell", "error": "KeyError"}))
    assert ledger.entries() == [entry(), entry(status="failed", failure={"kind": "cell", "error": "KeyError"})]
    assert ledger.latest()["internal/2018/fives/visits"].status == "failed"


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_last_line_cut_short_is_left_out_and_the_next_attempt_is_whole(tmp_path, cut):
    ledger = Ledger(tmp_path)
    ledger.append(entry())
    ledger.append(entry(key="internal/2018/moulins/visits"))
    ledger.path.write_bytes(ledger.path.read_bytes()[:-cut])
    kept = 2 if cut == 1 else 1  # only the end of line is missing
    assert len(ledger.entries()) == kept
    ledger.append(entry(key="internal/2018/wazemmes/visits"))
    assert len(ledger.entries()) == kept + 1
    assert ledger.entries()[-1].key == "internal/2018/wazemmes/visits"


def test_lines_of_another_version_are_left_out(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.path.write_text('{"key": "a"}\n[]\n\xff\n', encoding="latin-1")
    ledger.append(entry())
    assert ledger.entries() == [entry()]


def test_a_second_run_on_the_same_folder_is_refused_and_told_who_holds_it(tmp_path):
    with only_run(tmp_path), pytest.raises(UsageError, match="Une autre campagne"), only_run(tmp_path):
        pass
    with only_run(tmp_path):  # free again
        pass


def test_the_lock_of_a_killed_run_is_taken_over(tmp_path):
    script = f"""
        import os, pathlib, signal
        from prs_eval.execution.ledger import only_run
        with only_run(pathlib.Path({str(tmp_path)!r})):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode == -9
    with only_run(tmp_path):
        pass
