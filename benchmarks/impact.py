"""What each design of `prs_eval.impact` gives on 1 000 simulated cities; fills the tables of docs/impact.md.

`python -m benchmarks.impact [--draws 1000] [--only NAME ...]`, from the repository root. Truth and noise come from
`prs_eval.impact.simulate`: the city's quartiers with their women of 50 to 74 (census, as in data/demo), ten years, the
programme's quartiers treated from the sixth on. One draw is one city without an effect, and one with it.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

from prs_eval.estimation.comparisons import newcombe_interval
from prs_eval.estimation.scales import paired_change
from prs_eval.impact.before_after import before_after
from prs_eval.impact.count_panels import count_effect
from prs_eval.impact.effect import Effect
from prs_eval.impact.group_time import group_time_effects
from prs_eval.impact.inference import cluster_effect, permutation_test
from prs_eval.impact.panel import Panel
from prs_eval.impact.panels import difference_in_differences, event_study
from prs_eval.impact.power import detectable_did
from prs_eval.impact.regression_to_the_mean import mee_chua
from prs_eval.impact.robustness import leave_one_unit_out
from prs_eval.impact.sensitivity import breakdown_magnitude
from prs_eval.impact.simulate import (
    Plant,
    Simulated,
    World,
    simulate_before_after,
    simulate_paired,
    simulate_panels,
    simulate_series,
)
from prs_eval.impact.starts import likely_start, treated_only_shock
from prs_eval.impact.synthetic import pooled_synthetic_control
from prs_eval.impact.synthetic_did import synthetic_did
from prs_eval.impact.time_series import interrupted_series
from prs_eval.inputs.parameters import load_workbench

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "impact.md"
COMMUNES = ("Hellemmes", "Lomme")  # associated communes: compared with in the wide comparison only
YEARS = tuple(range(2014, 2024))
START = 2019
EFFECT = 0.026  # PRADO's gain among deprived people, data/published/effects.csv
LOG_ODDS = float(np.log(0.476 / 0.524) - np.log(0.45 / 0.55))  # the same from 45 %
PANDEMIC = {2020: -0.24, 2021: -0.08}
WORLD = {"base": 0.45, "between_sd": 0.16, "trend": 0.012, "noise_sd": 0.03, "autocorrelation": 0.3}
SEED, NULL_SEED = 20260101, 20260102
LEVEL = 0.05
Answer = tuple[float, float, float, float]  # estimate, lower, upper, p
Design = Callable[[Panel], Answer]


def people() -> tuple[dict[str, float], tuple[str, ...]]:
    """Women of 50 to 74 by quartier, and the programme's quartiers."""
    with (ROOT / "data" / "demo" / "outcomes.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file, delimiter=";") if r["indicator"] == "breast_screening"]
    found = {r["territory"]: float(r["denominator"]) for r in rows}
    return found, load_workbench(ROOT / "parameters" / "lille").programme_quartiers


def city(draws: int, effect: float, *, communes: bool, shocks: Mapping[int, float], seed: int, **kept) -> Simulated:
    size, treated = people()
    chosen = {name: n for name, n in size.items() if communes or name not in COMMUNES}
    start = dict.fromkeys((name for name in chosen if name in treated), START)
    world = World(**WORLD, shocks=shocks)
    return simulate_panels(chosen, start=start, times=YEARS, world=world, effect=effect, draws=draws, seed=seed, **kept)


def of(effect: Effect) -> Answer:
    return effect.estimate, effect.lower, effect.upper, effect.p_value


def mean_of_lags(panel: Panel) -> Answer:
    study = event_study(panel)
    late = study.event_times >= 0
    weight = late / late.sum()
    estimate, error = float(weight @ study.beta), float(np.sqrt(weight @ study.covariance @ weight))
    half = float(stats.t.ppf(0.975, study.df)) * error
    return estimate, estimate - half, estimate + half, float(2 * stats.t.sf(abs(estimate / error), study.df))


def did(way: str, **kept) -> Design:
    return lambda p: of(difference_in_differences(p, inference=way, **kept))


DIFFERENCES: dict[str, Design] = {
    "Difference in differences, permutation": did("permutation"),
    "… weighted by population, permutation": did("permutation", weighting="population"),
    "… wild cluster bootstrap (Webb)": did("wild_cluster_bootstrap"),
    "… CR2, Satterthwaite": did("cr2_satterthwaite"),
    "… naïve: cluster-robust (CR1), normal": did("normal"),
    "Event study, mean of the years after (CR1S, Student)": mean_of_lags,
    "Callaway–Sant'Anna, simple mean, normal": lambda p: of(group_time_effects(p).aggregate("simple")),
    "Pooled synthetic control, permutation": lambda p: of(pooled_synthetic_control(p).effect),
    "Synthetic DiD, jackknife": lambda p: of(synthetic_did(p, inference="jackknife")),
}
CALM: dict[str, Design] = {
    "… 2020 and 2021 left out, permutation": did(
        "permutation", after=[year for year in YEARS if year >= START and year not in PANDEMIC]
    )
}
PLACEBO: dict[str, Design] = {"Synthetic DiD, placebo": lambda p: of(synthetic_did(p, inference="placebo"))}
ODDS: dict[str, Design] = {
    "Logistic, places and years, permutation (log odds)": lambda p: of(count_effect(p, inference="permutation")),
    "Logistic, places and years, cluster-robust, Student (log odds)": lambda p: of(
        count_effect(p, inference="cluster")
    ),
}


def run(designs: Mapping[str, Callable], draws: Sequence) -> dict[str, np.ndarray]:
    """Answers of each design, shape (draws, 4)."""
    return {name: np.array([design(d) for d in draws], dtype=float) for name, design in designs.items()}


def percent(hits: np.ndarray) -> tuple[float, float]:
    """Percentage and its Monte Carlo standard error."""
    p = float(hits.mean()) if hits.size else np.nan
    return 100 * p, 100 * float(np.sqrt(p * (1 - p) / hits.size)) if hits.size else np.nan


def shown(cell: tuple[float, float], good: Callable[[float], bool] | None = None) -> str:
    if np.isnan(cell[0]):
        return "–"
    text = f"{cell[0]:.1f} ± {cell[1]:.1f}"
    return text if good is None or good(cell[0]) else f"**{text}**"


def judged(null: np.ndarray, hit: np.ndarray, truth: np.ndarray, unit: float, digits: int) -> list[str]:
    """Bias, coverage, size, power; bold where coverage is not within 2 points of 95 %, or size is over 6 %."""
    error = hit[:, 0] - truth
    known = np.isfinite(hit[:, 1]) & np.isfinite(hit[:, 2])
    inside = (hit[:, 1] <= truth) & (truth <= hit[:, 2])
    covered, size = percent(inside[known]), percent(null[:, 3][~np.isnan(null[:, 3])] <= LEVEL + 1e-12)
    bias, spread = unit * np.nanmean(error), unit * np.nanstd(error) / np.sqrt(error.size)
    return [
        f"{bias:+.{digits}f} ± {spread:.{digits}f}",
        shown(covered, lambda c: abs(c - 95) <= 2),
        shown(size, lambda c: c <= 6),
        shown(percent(hit[:, 3][~np.isnan(hit[:, 3])] <= LEVEL + 1e-12)),
    ]


HEAD = ("bias", "coverage of 95 %", "size (no effect)", "power")


def table(first: str, heads: Sequence[str], rows: Iterator[tuple[str, list[str]]]) -> str:
    lines = [f"| {first} | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    return "\n".join(lines + [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows])


# --- places over time ----------------------------------------------------------------------------------------------


def places(draws: int, *, communes: bool, shocks: Mapping[int, float]) -> str:
    make = partial(city, draws, communes=communes, shocks=shocks)
    calm, hit = make(0.0, seed=NULL_SEED), make(EFFECT, seed=SEED)
    odds = make(LOG_ODDS, seed=SEED, effect_scale="log_odds_ratio")
    panels = {name: [s.panel(d) for d in range(draws)] for name, s in (("calm", calm), ("hit", hit), ("odds", odds))}
    rows: list[tuple[str, list[str]]] = []
    for name, design in (DIFFERENCES | (PLACEBO if communes else {}) | (CALM if shocks else {})).items():
        null, found = (run({name: design}, panels[which])[name] for which in ("calm", "hit"))
        rows.append((name, judged(null, found, hit.truths, 100, 2)))
    for name, design in ODDS.items():
        null, found = (run({name: design}, panels[which])[name] for which in ("calm", "odds"))
        rows.append((name, judged(null, found, np.full(draws, LOG_ODDS), 1, 3)))
    return table("design", HEAD, iter(rows))


BROKEN = {
    "nothing wrong": Plant(),
    "treated places drift up by 0.5 points a year": Plant(diverging=0.02),
    "a shock of −5 points in the treated places in 2020": Plant(treated_shock={2020: -0.2}),
    "one treated place up by 12 points at the start": Plant(odd=("Moulins", 0.5)),
}


def suspicions(panel: Panel) -> tuple[bool, ...]:
    """Pre-trend, another start, a shock in 2020 in treated places only, a place that turns the answer."""
    before = panel.keep(times=panel.times < START)
    x = before.times - before.times.mean()
    slopes = before.outcome @ x / (x @ x)
    search = likely_start(panel)
    whole = difference_in_differences(panel)
    alone = leave_one_unit_out(panel, difference_in_differences).dropna(subset="estimate")
    turned = np.sign(alone["estimate"]) != np.sign(whole.estimate)
    if not whole.lower <= 0 <= whole.upper:
        turned |= (alone["lower"] <= 0) & (alone["upper"] >= 0)
    return (
        permutation_test(slopes, panel.treated).p_value < LEVEL,
        search is not None and search.best != START and search.p_value < 0.01,
        treated_only_shock(panel, [2020]) < LEVEL,
        bool(turned.any()),
    )


def broken(draws: int) -> str:
    """No effect at all: how far each design is led astray, and what the checks say."""
    chosen = ("Difference in differences, permutation", "Pooled synthetic control, permutation")
    chosen += ("Synthetic DiD, jackknife",)
    heads = [f"{n.split(',')[0]}: {w}" for n in chosen for w in ("bias", "found")]
    heads += ["pre-trend", "other start", "shock 2020", "one place"]
    rows = []
    worlds = [(name, plant, 0.0) for name, plant in BROKEN.items()]
    worlds.append(("an effect of 5.2 points that began in 2021, declared 2019", Plant(true_start=2021), 2 * EFFECT))
    for name, plant, effect in worlds:
        drawn = city(draws, effect, communes=False, shocks=PANDEMIC, seed=NULL_SEED, plant=plant)
        panels = [drawn.panel(d) for d in range(draws)]
        answers = run({d: DIFFERENCES[d] for d in chosen}, panels)
        cells = []
        for found in answers.values():
            hits = percent(found[:, 3] <= LEVEL + 1e-12)[0]
            cells += [f"{100 * (found[:, 0].mean() - effect):+.1f}", f"{hits:.0f} %"]
        seen = np.array([suspicions(p) for p in panels])
        rows.append((name, cells + [f"{100 * share:.0f} %" for share in seen.mean(axis=0)]))
    return table("what is wrong", heads, iter(rows))


def fragile(draws: int) -> str:
    """Whether an effect outlives departures after the start as large as the largest before it; a fifth of the draws."""
    rows = []
    worlds = [("no effect, treated places drift up by 0.5 points a year", 0.0, Plant(diverging=0.02))]
    worlds += [(f"an effect of {100 * size:.1f} points, nothing wrong", size, Plant()) for size in (EFFECT, 2 * EFFECT)]
    for name, effect, plant in worlds:
        drawn = city(draws // 5, effect, communes=False, shocks=PANDEMIC, seed=NULL_SEED, plant=plant)
        panels = [drawn.panel(d) for d in range(draws // 5)]
        studies = [event_study(p) for p in panels]
        limits = np.array([breakdown_magnitude(s.beta, s.covariance, s.event_times) for s in studies], dtype=float)
        found = np.array([difference_in_differences(p).p_value <= LEVEL for p in panels])
        known = limits[np.isfinite(limits)]
        cells = [shown(percent(found)), shown(percent(np.isnan(limits))), shown(percent(limits >= 1))]
        rows.append((name, [*cells, f"{np.median(known):.2f}" if known.size else "–"]))
    heads = ("difference found", "event study holds 0", "outlives M = 1", "median M where it does not hold 0")
    return table("10 places, pandemic", heads, iter(rows))


def detectable(draws: int) -> str:
    """The detectable effect that each panel gives, beside what was true."""
    rows = []
    for communes in (False, True):
        hit = city(draws, 0.0, communes=communes, shocks={}, seed=NULL_SEED)
        panels = [hit.panel(d) for d in range(draws)]
        cells = []
        for noise in ("before", "changes", "all"):
            got = 100 * np.array([detectable_did(p, noise=noise).estimate for p in panels])
            low, middle, high = np.percentile(got, [10, 50, 90])
            cells.append(f"{middle:.1f} ({low:.1f} to {high:.1f})")
        rows.append(("12 places" if communes else "10 places", cells))
    return table("median (a tenth under, a tenth over)", ("years before", "changes", "all years"), iter(rows))


# --- one series ----------------------------------------------------------------------------------------------------

RATIO = 1.06  # the plan's smallest effect that matters on visits
SERIES = {
    "72 months, autocorrelation 0.2": (72, 36, 0.2, 12),
    "72 months, autocorrelation 0.5": (72, 36, 0.5, 12),
    "15 years (5 before), autocorrelation 0.3": (15, 5, 0.3, None),
}


def series_designs(points: int, start: int, season: int | None) -> dict[str, Callable[[np.ndarray], Answer]]:
    when, exposure = np.arange(points), np.full(points, 95352.0)
    common = {"start": start, "season": season, "slope": points > 20}

    def values(errors: str, **kept) -> Callable[[np.ndarray], Answer]:
        return lambda y: of(interrupted_series(np.log(y / exposure), when, errors=errors, **common, **kept).level)

    def counts(errors: str) -> Callable[[np.ndarray], Answer]:
        return lambda y: of(
            interrupted_series(y, when, exposure=exposure, family="poisson", errors=errors, **common).level
        )

    return {
        "quasi-Poisson": counts("quasi_poisson"),
        "Poisson, Newey–West": counts("newey_west"),
        "log rate, REML": values("reml"),
        "log rate, Prais–Winsten": values("prais_winsten"),
        "log rate, Newey–West": values("newey_west"),
        "log rate, plain least squares": values("student"),
        "naïve: log rate, Newey–West, normal": values("newey_west", limits="normal"),
    }


def series(draws: int) -> str:
    rows: list[tuple[str, list[str]]] = []
    for name, (points, start, rho, season) in SERIES.items():
        kept = {"points": points, "start": start, "rate": 0.06 if season else 0.7, "exposure": 95352.0, "draws": draws}
        kept |= {"season": (0.1,) if season else (), "noise_sd": 0.04, "autocorrelation": rho}
        calm = simulate_series(**kept, seed=NULL_SEED)
        hit = simulate_series(**kept, level=float(np.log(RATIO)), seed=SEED)
        for label, design in series_designs(points, start, season).items():
            null, found = (run({label: design}, counts)[label] for counts in (calm, hit))
            rows.append((f"{name}: {label}", judged(null, found, np.full(draws, np.log(RATIO)), 100, 2)))
    return table("series and errors", HEAD, iter(rows))


# --- people --------------------------------------------------------------------------------------------------------

SESSIONS = {
    "10 sessions of 6 a side (one year)": (10, 10),
    "30 and 50 sessions of 6 (years together)": (30, 50),
}
BEFORE, AFTER = 0.544, 0.677  # OR 1.76


def one_by_one(values: np.ndarray, after: np.ndarray) -> Answer:
    """As if people had come alone: Newcombe's limits, and the normal test."""
    a, n, b, m = values[after].sum(), after.sum(), values[~after].sum(), (~after).sum()
    lower, upper = newcombe_interval(a, n, b, m)
    pooled = (a + b) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = (a / n - b / m) / error if error > 0 else 0.0
    return float(a / n - b / m), float(lower), float(upper), float(2 * stats.norm.sf(abs(z)))


def sessions(draws: int) -> str:
    rows: list[tuple[str, list[str]]] = []
    for name, (before, after) in SESSIONS.items():
        for icc in (0.05, 0.15):
            kept = {"sessions_before": before, "sessions_after": after, "size": 6, "share_before": BEFORE, "icc": icc}
            calm = simulate_before_after(**kept, share_after=BEFORE, draws=draws, seed=NULL_SEED)
            hit = simulate_before_after(**kept, share_after=AFTER, draws=draws, seed=SEED)
            designs = {
                "CR2 by session": lambda d: of(before_after(d[0], d[1], d[2])),
                "naïve: people one by one": lambda d: one_by_one(d[0], d[1]),
            }
            for label, design in designs.items():
                null, found = (
                    np.array([design((v, s.after, s.session)) for v in s.values], dtype=float) for s in (calm, hit)
                )
                cells = judged(null, found, np.full(draws, AFTER - BEFORE), 100, 1)
                rows.append((f"{name}, ICC {icc:g}: {label}", cells))
    return table("sessions", HEAD, iter(rows))


RISE = 0.41  # d, in standard deviations of the score


def change_in_groups(before: np.ndarray, after: np.ndarray, group: np.ndarray) -> Answer:
    return of(cluster_effect(after - before, np.ones((before.size, 1)), group, coefficient=0))


def plain_change(before: np.ndarray, after: np.ndarray, _group: np.ndarray) -> Answer:
    found = paired_change(before, after)
    return found.estimate, found.lower, found.upper, found.p_value


def towards_the_mean(before: np.ndarray, after: np.ndarray, _group: np.ndarray) -> Answer:
    return of(mee_chua(before, after, 0.0))


PAIRED = {
    "everybody: change, Student": (plain_change, 0.0, False),
    "everybody, alike within 5 quartiers (ICC 0.05): change, Student": (plain_change, 0.05, False),
    "everybody, alike within 5 quartiers (ICC 0.05): change, CR2": (change_in_groups, 0.05, False),
    "only those under the mean: change, Student": (plain_change, 0.0, True),
    "only those under the mean: Mee and Chua, mean known": (towards_the_mean, 0.0, True),
}


def pairs(draws: int) -> str:
    rows: list[tuple[str, list[str]]] = []
    for name, (design, icc, low) in PAIRED.items():
        both = []
        for rise, seed in ((0.0, NULL_SEED), (RISE, SEED)):
            kept = {"mean": 0.0, "sd": 1.0, "reliability": 0.7, "rise": rise, "draws": draws, "seed": seed}
            drawn = simulate_paired(n=130 if low else 65, clusters=5, icc=icc, **kept)
            answers = []
            for x, y in zip(drawn.before, drawn.after, strict=True):
                chosen = x < 0 if low else np.ones(x.size, dtype=bool)
                answers.append(design(x[chosen], y[chosen], drawn.cluster[chosen]))
            both.append(np.array(answers, dtype=float))
        rows.append((name, judged(both[0], both[1], np.full(draws, RISE), 1, 3)))
    return table("65 people twice, reliability 0.7", HEAD, iter(rows))


# --- the page ------------------------------------------------------------------------------------------------------

TABLES: dict[str, Callable[[int], str]] = {
    "ten": partial(places, communes=False, shocks={}),
    "ten_shock": partial(places, communes=False, shocks=PANDEMIC),
    "twelve_shock": partial(places, communes=True, shocks=PANDEMIC),
    "broken": broken,
    "fragile": fragile,
    "detectable": detectable,
    "series": series,
    "sessions": sessions,
    "pairs": pairs,
}


def insert(page: str, name: str, text: str) -> str:
    """The page with one table between its marks."""
    marks = re.compile(rf"(<!-- table {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    if len(marks.findall(page)) != 1:
        raise ValueError(f"docs/impact.md needs one place for the table `{name}`.")
    return marks.sub(lambda m: m[1] + text + m[2], page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--only", nargs="+", choices=list(TABLES), default=list(TABLES))
    asked = parser.parse_args()
    for name in asked.only:
        begun = time.perf_counter()
        text = TABLES[name](asked.draws)
        print(f"{name}: {time.perf_counter() - begun:.0f} s\n{text}\n", flush=True)
        PAGE.write_text(insert(PAGE.read_text(encoding="utf-8"), name, text), encoding="utf-8")


if __name__ == "__main__":
    main()
