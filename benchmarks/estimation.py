"""Cost of the estimation at the size of a country: 1 362 areas x 15 years x 40 indicators, a row each.

Run from the repository root: python -m benchmarks.estimation [--rounds 3]

Each measure runs in a process of its own, which gives the median and worst wall time of its rounds, the
median processor time (which others on the machine do not lengthen) and the peak memory of the whole process, table
and imports included. The peer is what one would write without this library: statsmodels'
`proportion_confint` applied group by group with pandas. It runs on a sample of the groups in the same process as ours,
so that both meet the same machine at the same moment, and their cost a group is compared.
Targets (issue 3): proportions, rates and funnels together within 5 s and 1 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from prs_eval.estimation.monitoring import estimate_funnel
from prs_eval.estimation.proportions import estimate_proportions
from prs_eval.estimation.rates import estimate_rates

AREAS, YEARS, INDICATORS = 1362, 15, 40
BY = ["area", "year", "measure"]
SAMPLE = 4_000
SECONDS, MEGABYTES = 5.0, 1000.0


def table(seed: int = 1) -> pd.DataFrame:
    """Synthetic counts, rows in no order: many small areas, a few large ones."""
    rng = np.random.default_rng(seed)
    rows = AREAS * YEARS * INDICATORS
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"A{i:05d}" for i in range(AREAS)], YEARS * INDICATORS),
            "year": np.tile(np.repeat(np.arange(2005, 2005 + YEARS), INDICATORS), AREAS),
            "measure": np.tile([f"measure_{i:02d}" for i in range(INDICATORS)], AREAS * YEARS),
            "population": rng.lognormal(6, 1, rows).astype(int) + 1,
        }
    )
    frame["events"] = rng.binomial(frame["population"], 0.03)
    return frame.iloc[rng.permutation(rows)]


def measures(frame: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """What is timed."""
    counts = {"indicator": "share", "numerator": "events", "denominator": "population", "by": BY}
    return {
        "proportions": lambda: estimate_proportions(frame, **counts),
        "rates": lambda: estimate_rates(frame, indicator="rate", events="events", exposure="population", by=BY),
        "funnels": lambda: estimate_funnel(frame, **counts, within=["year", "measure"]),
    }


def seconds(call: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def loop(frame: pd.DataFrame) -> pd.DataFrame:
    """The peer: one call a group."""

    def one(group: pd.DataFrame) -> pd.Series:
        x, n = group["events"].sum(), group["population"].sum()
        lower, upper = proportion_confint(x, n, method="wilson")
        return pd.Series({"estimate": x / n, "lower": lower, "upper": upper})

    return frame.groupby(BY)[["events", "population"]].apply(one)


def run(name: str, rounds: int) -> dict[str, float]:
    """One measure (or "all", one after the other) in this process."""
    frame = table()
    every = measures(frame)
    if name == "peer":
        sample = frame.head(SAMPLE)
        theirs = [seconds(lambda: loop(sample)) / SAMPLE for _ in range(rounds)]
        ours = [seconds(every["proportions"]) / len(frame) for _ in range(rounds)]
        return {"theirs": statistics.median(theirs), "ours": statistics.median(ours), "groups": len(frame)}
    calls = list(every.values()) if name == "all" else [every[name]]
    times, processor = [], []
    for _ in range(rounds):
        start = time.process_time()
        times.append(sum(seconds(call) for call in calls))
        processor.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux
    return {
        "median": statistics.median(times),
        "worst": max(times),
        "processor": statistics.median(processor),
        "megabytes": peak,
    }


def apart(name: str, rounds: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.estimation", "--only", name, "--rounds", str(rounds)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(run(options.only, options.rounds)))
        return 0
    print(f"{AREAS * YEARS * INDICATORS} groups, {options.rounds} rounds")
    print(f"{'':12} {'median s':>9} {'worst s':>9} {'cpu s':>9} {'peak MB':>9}")
    for name in ("proportions", "rates", "funnels", "all"):
        found = apart(name, options.rounds)
        times = f"{found['median']:9.2f} {found['worst']:9.2f} {found['processor']:9.2f}"
        print(f"{name:12} {times} {found['megabytes']:9.0f}", flush=True)
    peer = apart("peer", options.rounds)
    print(
        f"statsmodels group by group, on {SAMPLE} groups: {1e6 * peer['theirs']:.0f} us a group, here "
        f"{1e6 * peer['ours']:.2f} us: {peer['theirs'] / peer['ours']:.0f} times (all groups: about "
        f"{peer['theirs'] * peer['groups']:.0f} s against {peer['ours'] * peer['groups']:.1f} s)"
    )
    met = found["worst"] <= SECONDS and found["megabytes"] <= MEGABYTES
    print(f"target, all three within {SECONDS:g} s and {MEGABYTES:g} MB: {'met' if met else 'missed'}")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
