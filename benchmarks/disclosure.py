"""Exact suppression beside published counts, its times, and what an attacker gets back; ACRO where it is installed.

Run from the repository root: python -m benchmarks.disclosure [--optimum 60] [--large] [--acro PYTHON]

ACRO is a peer and not a dependency (its pins are not ours): install it by itself and name that Python,
    python -m venv acro-env && acro-env/bin/pip install acro==1.0.2
    python -m benchmarks.disclosure --acro acro-env/bin/python

Targets (issue 5): hidden cells at or under the best published count, 0 primaries recovered with x >= 0 known; 40 random
programmes with 0 recovered; 5x6x2 within 0.1 s, 20x10x4 within 2 s, 1500x12 within 30 s. The three sizes are
timed with `tries=0`, which hides more than the default. Numbers of one run: docs/disclosure_numbers.md.
Groupings beside the dimensions are those of easySdcTable's examples; each label is a cell, totals included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from prs_eval.disclosure.attack import Intervals, feasible_intervals, hidden, recovered, revealed
from prs_eval.disclosure.audit import audit
from prs_eval.disclosure.collapse import LANDMARKS
from prs_eval.disclosure.ledger import fact
from prs_eval.disclosure.linked import LinkedTables, linked_tables
from prs_eval.disclosure.rounding import protect_estimates, round_counts, rounded_range
from prs_eval.disclosure.suppression import suppress
from prs_eval.estimation.frame import estimates
from prs_eval.estimation.intervals import wilson_interval
from prs_eval.estimation.survival import kaplan_meier

FOLDER = Path(__file__).resolve().parents[2] / "shared/reference/datasets/disclosure"
LEVELS = {"fylke": "region", "kostragr": "region", "mnd2": "mnd"}
TWO, THREE = ("region", "hovedint"), ("region", "hovedint", "mnd")
# data, dimensions, groupings, largest sensitive count, zeros, target, published
FIELD = [
    ("z1", TWO, (), 3, True, 6, 6),
    ("z2", TWO, ("fylke",), 10, False, 33, 35),
    ("z2", TWO, ("fylke", "kostragr"), 10, False, 38, 44),
    ("z2", TWO, ("fylke", "kostragr"), 10, True, 41, 47),
    ("z3", THREE, ("fylke", "mnd2"), 3, False, 446, 478),
    ("z3", THREE, ("fylke", "mnd2"), 3, True, 608, 626),
    ("z3", THREE, ("fylke", "kostragr", "mnd2"), 3, False, 521, 521),
    ("z3", THREE, ("fylke", "kostragr", "mnd2"), 3, True, 683, 683),
]
SMALL = 1_500  # cells up to which every interval is computed too
THRESHOLD = 5  # of the programmes beside ACRO
THRESHOLD_PAGES = 11
LARGE = [("sosialFiktiv", THREE, ("fylke", "kostragr"), 10, False, 3825, 3825)]


def field(name: str, dimensions: tuple[str, ...], groupings: tuple[str, ...]) -> LinkedTables:
    """Linked tables of one data set of the field."""
    frame = pd.read_csv(FOLDER / f"{name}.csv")
    hierarchies: dict[str, dict[str, dict[object, object]]] = {}
    for level in groupings:
        base = LEVELS[level]
        hierarchies.setdefault(base, {})[level] = dict(zip(frame[base], frame[level], strict=True))
    return linked_tables(frame, [dimensions], count="ant", hierarchies=hierarchies)


def left_over(tables: LinkedTables, suppressed: np.ndarray, primary: np.ndarray) -> int:
    """Primaries that directions of another seed do not move or, in small tables, whose interval is a point."""
    found = set(recovered(tables.matrix, tables.finest, suppressed, np.flatnonzero(primary), seed=12345))
    if len(tables) <= SMALL:
        found |= set(revealed(tables.matrix, tables.counts, suppressed, primary))
    return len(found)


def show_field(optimum: float, large: bool) -> None:
    print("data         groupings              k zeros | primary hidden target published | recovered seconds")
    for name, dimensions, groupings, k, zeros, target, published in FIELD + (LARGE if large else []):
        tables = field(name, dimensions, groupings)
        start = time.perf_counter()
        seconds = 4 * optimum if name == "sosialFiktiv" else optimum
        answer = suppress(tables, k, zeros=zeros, optimum_seconds=seconds)
        took = time.perf_counter() - start
        found = int(answer.suppressed.sum())
        back = left_over(tables, answer.suppressed, answer.primary)
        verdict = "" if found <= target and not back else "  MISSED"
        print(
            f"{name:12} {'+'.join(groupings):22} {k:2} {zeros!s:5} | {answer.primary.sum():7} {found:6} {target:6} "
            f"{published:9} | {back:9} {took:7.2f}{verdict}",
            flush=True,
        )


def show_sizes() -> None:
    """Times, the median of 5 for small tables."""
    for shape, mean, limit in (((5, 6, 2), 2.2, 0.1), ((20, 10, 4), 2.6, 2.0), ((1500, 12), 2.2, 30.0)):
        rng = np.random.default_rng(0)
        counts = rng.poisson(np.exp(rng.normal(mean, 1.0, shape)))
        names = list("abc")[: len(shape)]
        frame = pd.DataFrame({n: i.ravel() for n, i in zip(names, np.indices(shape), strict=True)})
        runs = []
        for _ in range(5 if counts.size < 1_000 else 1):
            start = time.perf_counter()
            tables = linked_tables(frame.assign(n=counts.ravel()), [names], count="n")
            answer = suppress(tables, 10, tries=0)
            runs.append(time.perf_counter() - start)
        took = float(np.median(runs))
        back = left_over(tables, answer.suppressed, answer.primary)
        late = "" if took <= limit and not back else "  MISSED"
        print(
            f"{'x'.join(map(str, shape)):8} {len(tables):6} cells, {answer.suppressed.sum():5} hidden, "
            f"{back} recovered, {took:6.3f} s (target {limit}){late}",
            flush=True,
        )


def programme(seed: int) -> pd.DataFrame:
    """90 people in 5 quartiers."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "quartier": rng.choice(list("ABCDE"), 90, p=[0.35, 0.25, 0.2, 0.12, 0.08]),
            "result": rng.choice(["negative", "positive", "unknown"], 90, p=[0.8, 0.12, 0.08]),
            "sex": rng.choice(["f", "m"], 90),
        }
    )


ACRO = """
import json, logging, sys, warnings
import pandas as pd
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import acro
answer = []
for rows in json.load(sys.stdin):
    frame, tables = pd.DataFrame(rows), []
    for mitigation in ("suppress", "round"):
        session = acro.ACRO(mitigation=mitigation)
        session.config["safe_threshold"] = %d
        for other in ("result", "sex"):
            shown = session.crosstab(frame["quartier"], frame[other], margins=True)
            for q in shown.index.drop("All"):
                for code in shown.columns.drop("All"):
                    value = shown.loc[q, code]
                    tables.append([mitigation, q, other, code, None if pd.isna(value) else float(value)])
    answer.append(tables)
print("ANSWER" + json.dumps(answer))
"""


def acro_tables(python: str, frames: list[pd.DataFrame]) -> list[dict[tuple[str, ...], float | None]] | None:
    """Cells which ACRO prints, its margins left out: they are the sums of the cells shown."""
    asked = json.dumps([frame.to_dict("records") for frame in frames])
    try:
        done = subprocess.run(
            [python, "-c", ACRO % THRESHOLD], input=asked, capture_output=True, text=True, timeout=600, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        print(f"ACRO was not run ({type(error).__name__}): see the head of this file for its installation")
        return None
    answer = json.loads(done.stdout.split("ANSWER")[-1])
    return [{tuple(row[:4]): row[4] for row in rows} for rows in answer]


def narrowed(tables: LinkedTables, known: Intervals, sensitive: np.ndarray) -> tuple[int, int]:
    """Sensitive cells known exactly; and those surely small and known better than 1 to 4 (a leak in `audit`)."""
    targets = np.flatnonzero(sensitive)
    found = feasible_intervals(tables.matrix, known, targets=targets, whole=True)
    low, high = found.lower[targets], found.upper[targets]
    return int((high == low).sum()), int(((high < THRESHOLD) & ((low > 1) | (high < THRESHOLD - 1))).sum())


def printed(tables: LinkedTables, cells: dict[tuple[str, ...], float | None], mitigation: str) -> Intervals:
    """What ACRO's tables say of each cell: to the unit where it hides, within 2 where it rounds to 5."""
    lower, upper = np.zeros(len(tables)), np.full(len(tables), np.inf)
    around = 2 if mitigation == "round" else 0
    for i, label in enumerate(tables.labels):
        codes = {dimension: code for dimension, _, code in label}
        if len(codes) == 2:
            (other,) = codes.keys() - {"quartier"}
            value = cells.get((mitigation, codes["quartier"], other, codes[other]))
            if value is not None and not np.isnan(value):
                lower[i], upper[i] = max(0.0, value - around), value + around
    return Intervals(lower, upper)


def shown_rounded(tables: LinkedTables) -> Intervals:
    """Default mode row by row: rounded, or masked; the attacker knows that masked is under the threshold."""
    rows = pd.DataFrame({"indicator": "i", "unit": "people", "estimate": tables.counts, "n": tables.counts})
    out = protect_estimates(estimates(rows), threshold=THRESHOLD)
    ranges = [
        rounded_range(value, threshold=THRESHOLD) if value == value else (0, THRESHOLD - 1) for value in out["estimate"]
    ]
    return Intervals(*np.array(ranges, dtype=float).T)


def released(tables: LinkedTables, alone: Intervals) -> Intervals:
    """Default mode, jointly: row by row, then the smallest count of what leaks is masked until nothing leaks."""
    domain: dict[str, set[str]] = {dimension: set() for label in tables.labels for dimension, _, _ in label}
    for dimension, _, code in (part for label in tables.labels for part in label):
        domain[dimension].add(code)
    codes = {dimension: sorted(found) for dimension, found in domain.items()}
    shown = tables.counts >= THRESHOLD
    while True:
        facts = [  # masked cells are told too: they are attacked
            fact(
                str(i),
                {dimension: [code] for dimension, _, code in label},
                alone.lower[i] if shown[i] else 0.0,
                alone.upper[i] if shown[i] else None,
            )
            for i, label in enumerate(tables.labels)
        ]
        leaks = audit(facts, codes, threshold=THRESHOLD)
        if not leaks:
            break
        among = [int(name) for leak in leaks for name in leak.tables if shown[int(name)]]
        shown[min(among, key=lambda i: tables.counts[i])] = False
    return Intervals(np.where(shown, alone.lower, 0.0), np.where(shown, alone.upper, np.inf))


def show_programmes(acro: str, number: int = 40) -> None:
    """Sensitive cells recovered from two tables published together, by an attacker who knows that counts are whole."""
    frames = [programme(seed) for seed in range(number)]
    theirs = acro_tables(acro, frames)
    found: dict[str, list[tuple[int, int]]] = {}
    sensitive = shown = shown_ranged = shown_joint = cells = 0
    for seed, frame in enumerate(frames):
        tables = linked_tables(frame, [("quartier", "result"), ("quartier", "sex")])
        answer = suppress(tables, THRESHOLD - 1)
        sensitive += int(answer.primary.sum())
        shown, cells = shown + int((~answer.suppressed).sum()), cells + len(tables)
        ranged = suppress(tables, THRESHOLD - 1, protect_range=True)
        shown_ranged += int((~ranged.suppressed).sum())
        known = {
            "ours, exact mode": hidden(tables.counts, answer.suppressed),
            "ours, exact mode, protect_range": hidden(tables.counts, ranged.suppressed),
            "ours, default mode, row by row": (alone := shown_rounded(tables)),
            "ours, default mode, joint release": (joint := released(tables, alone)),
        }
        shown_joint += int(np.isfinite(joint.upper).sum())
        if theirs is not None:
            hides, rounds = (printed(tables, theirs[seed], mitigation) for mitigation in ("suppress", "round"))
            inner = np.array([len(label) == 2 for label in tables.labels])
            told = ~inner & (tables.counts >= THRESHOLD)  # totals that the report states elsewhere
            known["ACRO, suppress"] = hides
            known["ACRO, suppress, beside true totals"] = Intervals(
                np.where(told, tables.counts, hides.lower), np.where(told, tables.counts, hides.upper)
            )
            known["ACRO, round"] = rounds
        for name, intervals in known.items():
            # a margin that nobody prints is attacked too: it is a sum of the cells beside it
            found.setdefault(name, []).append(narrowed(tables, intervals, answer.primary))
    print(f"{number} programmes, threshold {THRESHOLD}, zeros sensitive: {sensitive} sensitive cells")
    print(f"cells shown, of {cells}: exact mode {shown}, with protect_range {shown_ranged}; default mode {shown_joint}")
    for name, counts in found.items():
        known_exactly, better = np.sum(counts, axis=0)
        print(f"{name:36} {known_exactly:4} recovered exactly, {better:4} surely small and known better than 1 to 4")


def show_percentages(most: int = 99) -> None:
    """Numerators that follow from a printed row, by enumeration of every share of at most `most` people."""
    pairs = pd.DataFrame([(x, n) for n in range(1, most + 6) for x in range(n + 1)], columns=["x", "n"])
    rows = pairs.rename(columns={"x": "numerator"}).assign(
        indicator="i", unit="proportion", method="wilson", confidence_level=0.95, denominator=pairs["n"]
    )
    rows["estimate"] = rows["numerator"] / rows["denominator"]
    rows["lower"], rows["upper"] = wilson_interval(pairs["x"].to_numpy(), pairs["n"].to_numpy())
    frame = estimates(rows)
    asked = pairs["n"] <= most

    def alone(columns: pd.DataFrame) -> int:
        """Shares whose printed columns have one numerator only behind them."""
        behind = pairs["x"].groupby([columns[c] for c in columns], dropna=False).transform("nunique")
        return int((behind == 1)[asked & columns.notna().all(axis=1)].sum())

    percent = frame[["estimate", "lower", "upper"]].mul(100)
    out = protect_estimates(frame)
    ours = out[["estimate", "lower", "upper", "numerator", "denominator", "n"]]
    print(f"percentages of at most {most} people, {int(asked.sum())} shares: numerators recovered")
    print(
        f"  naive page, percentage without decimals and n: {alone(percent[['estimate']].round(0).assign(n=pairs['n']))}"
    )
    print(f"  naive page, percentage and limits to 1 decimal, n not printed: {alone(percent.round(1))}")
    print(f"  protected rows ({int((asked & (out['status'] == 'ok')).sum())} shown): {alone(ours)}")
    true_n = alone(ours.assign(true=pairs["n"]))
    print(f"  protected rows, for one who knows the true n besides: {true_n}")


def show_curve(people: int = 90) -> None:
    """Days at which a curve of waiting gives its number of people away: as it is, and as a public page shows it."""
    rng = np.random.default_rng(0)
    days, seen = rng.integers(1, 120, people), rng.random(people) < 0.9
    curve = kaplan_meier(days.astype(float), seen)
    steps = (curve.survival[:-1] - curve.survival[1:]) * curve.at_risk[1:] / curve.survival[:-1]
    naive = int((np.abs(steps - curve.events[1:]) < 0.5).sum())
    waiting = [int((~seen | (days > landmark)).sum()) for landmark in LANDMARKS]
    ranges = [
        rounded_range(float(round_counts(w))) for w in waiting if w >= THRESHOLD_PAGES and people - w >= THRESHOLD_PAGES
    ]
    first = rounded_range(float(round_counts(people)))
    between = [(max(0, a[0] - b[1]), a[1] - b[0]) for a, b in pairwise([first, *ranges])]
    exact = sum(low == high for low, high in between)
    print(f"waiting of {people} people: {naive} of {len(steps)} steps of a naive curve give their people back;")
    print(f"  {len(ranges)} of {len(LANDMARKS)} landmarks shown: 0 days, {exact} of {len(between)} differences")


def show_audit() -> None:
    """The attack on a whole public year, where one was made (`make report`)."""
    from prs_eval.execution.gate import audit_published
    from prs_eval.inputs.parameters import load_workbench, project_root

    out = project_root() / "outputs"
    if not (out / "disclosure").is_dir():
        print("audit of a year: run `make report` first")
        return
    start = time.perf_counter()
    found = audit_published(out, load_workbench(project_root() / "parameters" / "lille"))
    print(f"audit of what {out.name} publishes: {len(found)} leaks, {time.perf_counter() - start:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--optimum", type=float, default=60.0, help="seconds for the exact programme of each field table"
    )
    parser.add_argument("--large", action="store_true", help="sosialFiktiv too (some minutes)")
    parser.add_argument("--acro", default="python-with-acro", help="a Python in which ACRO is installed")
    arguments = parser.parse_args()
    show_sizes()
    show_programmes(arguments.acro)
    show_percentages()
    show_curve()
    show_audit()
    if FOLDER.is_dir():
        show_field(arguments.optimum, arguments.large)


if __name__ == "__main__":
    main()
