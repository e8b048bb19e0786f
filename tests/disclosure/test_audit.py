"""Planted differencing is caught and named; what is safe passes; a programme not solved is never a pass."""

from __future__ import annotations

import pytest

from prs_eval.disclosure.attack import AttackError
from prs_eval.disclosure.audit import audit
from prs_eval.disclosure.ledger import fact, read_ledger, write_ledger
from prs_eval.disclosure.rounding import rounded_range

DOMAIN = {"year": ["2023", "2024", "2025"], "quartier": list("ABC"), "part": ["in", "out"]}


def exact(table, where, count):
    return fact(table, where, count, count)


def rounded(table, where, shown):
    return fact(table, where, *rounded_range(shown))


SAFE = [
    rounded("2024", {"year": ["2024"], "quartier": ["A"]}, 40),
    rounded("2024", {"year": ["2024"], "quartier": ["B"]}, 30),
    fact("2024", {"year": ["2024"], "quartier": ["C"]}, 0, 10),
    rounded("2024", {"year": ["2024"]}, 75),
    rounded("2025", {"year": ["2025"], "quartier": ["A"]}, 45),
]


def test_the_unplanted_campaign_passes():
    assert audit(SAFE, DOMAIN) == []
    assert audit([], DOMAIN) == []


PLANTED = {
    "year on year": [
        exact("report 2023-2024", {"year": ["2023", "2024"], "quartier": ["A"]}, 64),
        exact("report 2023", {"year": ["2023"], "quartier": ["A"]}, 61),
    ],
    "pooled against single years": [
        exact("pooled", {"quartier": ["B"]}, 50),
        exact("year 2023", {"year": ["2023"], "quartier": ["B"]}, 25),
        exact("year 2024", {"year": ["2024"], "quartier": ["B"]}, 21),
        fact("year 2025", {"year": ["2025"], "quartier": ["B"]}, 0, 10),
    ],
    "quartier against overlapping area": [
        exact("quartiers", {"year": ["2024"], "quartier": ["A"]}, 44),
        exact("area", {"year": ["2024"], "quartier": ["A"], "part": ["in"]}, 41),
    ],
    "a table now and a finer one next year": [
        rounded("coarse", {"year": ["2024"], "quartier": ["A", "B"]}, 15),
        exact("finer", {"year": ["2024"], "quartier": ["A"]}, 13),
    ],
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_differencing_is_caught_and_its_tables_named(name):
    leaks = audit([*SAFE[4:], *PLANTED[name]], DOMAIN)
    tables = {f.table for f in PLANTED[name]}
    assert leaks
    assert any(
        set(leak.tables) == tables or (len(tables) > 2 and set(leak.tables) >= tables - {"year 2025"}) for leak in leaks
    )
    for one in tables - {"year 2025"}:
        assert audit([f for f in [*SAFE[4:], *PLANTED[name]] if f.table != one], DOMAIN) == []


def test_a_percentage_gives_its_numerator_away():
    where, of = {"year": ["2024"], "quartier": ["A"], "part": ["in"]}, {"year": ["2024"], "quartier": ["A"]}
    share = fact("share", where, 0.0555, 0.0565, of=of)
    assert audit([share, exact("people", of, 71)], DOMAIN)
    wide = fact("share", where, 0.2, 0.6, of=of)
    assert audit([wide, rounded("people", of, 70)], DOMAIN) == []


def test_nobody_is_a_leak_where_zeros_are_sensitive_and_impossible_cells_are_not():
    zero = {"year": ["2024"], "quartier": ["C"]}
    assert audit([exact("t", zero, 0)], DOMAIN)
    assert audit([exact("t", zero, 0)], DOMAIN, zeros=False) == []
    assert audit([fact("rules", zero, 0, 0, structural=True)], DOMAIN) == []


def test_contradiction_undeclared_codes_and_too_many_groups_fail():
    a = {"year": ["2024"]}
    with pytest.raises(AttackError):
        audit([exact("one", a, 20), exact("two", a, 21)], DOMAIN)
    with pytest.raises(ValueError, match="quartier"):
        audit([exact("one", {"quartier": ["Z"]}, 20)], DOMAIN)
    with pytest.raises(ValueError, match="nosuch"):
        audit([exact("one", {"nosuch": ["Z"]}, 20)], DOMAIN)
    with pytest.raises(AttackError, match="too many"):
        audit(SAFE, DOMAIN, maximum=2)


def test_the_ledger_comes_back_and_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "ledger.jsonl"
    share = fact("s", {"year": ["2024"]}, 0.1, None, of={"quartier": ["A"]}, structural=True)
    write_ledger(path, [*SAFE, share, *SAFE])
    assert set(read_ledger(path)) == {*SAFE, share}
    first = path.read_bytes()
    write_ledger(path, [share, *reversed(SAFE)])
    assert path.read_bytes() == first
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(ValueError, match="line 7"):
        read_ledger(path)
