"""How often 95 % intervals hold the truth at the programme's sizes; writes docs/coverage.md.

`python -m benchmarks.coverage`. Intervals of counts are summed over every possible outcome, so their figures have no
simulation error; the others are simulated (seed and draws in the page).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

from prs_eval.estimation.averages import mean, median
from prs_eval.estimation.clustered import intraclass_correlation
from prs_eval.estimation.comparisons import miettinen_nurminen_interval, newcombe_interval
from prs_eval.estimation.diversity import diversity_interval
from prs_eval.estimation.effect_sizes import paired_effect_size
from prs_eval.estimation.frame import Estimate
from prs_eval.estimation.intervals import (
    byar_interval,
    byar_or_exact_interval,
    clopper_pearson_interval,
    poisson_interval,
    wilson_interval,
)
from prs_eval.estimation.likert import net_score_interval
from prs_eval.estimation.paired import tango_interval
from prs_eval.estimation.reliability import cronbach_alpha
from prs_eval.estimation.risk_ratios import katz_interval, woolf_interval
from prs_eval.estimation.scales import paired_change
from prs_eval.estimation.signed_ranks import hodges_lehmann
from prs_eval.estimation.survey import survey_ratio
from prs_eval.estimation.survival import kaplan_meier, survival_quantile

SIZES = (5, 12, 20, 57, 90)
SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)
DRAWS, SEED = 2000, 20260101
PAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
Cell = tuple[float, float]  # coverage where an interval exists; share of samples without one


def holds(lower: np.ndarray, upper: np.ndarray, truth: float, weight: np.ndarray) -> Cell:
    """Coverage among the outcomes that give an interval, and the weight of those that give none."""
    usable = ~(np.isnan(lower) | np.isnan(upper))
    covered = usable & (lower <= truth + 1e-12) & (truth <= upper + 1e-12)
    total = weight[usable].sum()
    return (float(weight[covered].sum() / total) if total else np.nan, float(weight[~usable].sum() / weight.sum()))


def one_proportion(interval: Callable, n: int, p: float) -> Cell:
    x = np.arange(n + 1)
    return holds(*interval(x, np.full(n + 1, n)), p, stats.binom.pmf(x, n, p))


def two_proportions(interval: Callable, truth: float, n: int, p: float) -> Cell:
    x, y = (a.ravel() for a in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    size = np.full(x.size, n)
    return holds(*interval(x, size, y, size), truth, stats.binom.pmf(x, n, p) * stats.binom.pmf(y, n, p))


def three_counts(interval: Callable, shares: Callable, n: int, p: float) -> Cell:
    """Two of three classes in a sample of n; `shares(p)` gives their probabilities, the truth their difference."""
    x, y = (a.ravel() for a in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    x, y = x[x + y <= n], y[x + y <= n]
    a, b = shares(p)
    weight = stats.multinomial.pmf(np.column_stack([x, y, n - x - y]), n, [a, b, 1 - a - b])
    return holds(*interval(x, y, np.full(x.size, n)), a - b, weight)


def one_count(interval: Callable, expected: float) -> Cell:
    x = np.arange(int(stats.poisson.ppf(1 - 1e-12, expected)) + 1)
    return holds(*interval(x), expected, stats.poisson.pmf(x, expected))


def simulated(answer: Callable[[np.random.Generator, int], Estimate], truth: float, n: int) -> Cell:
    rng = np.random.default_rng([SEED, n])
    found = [answer(rng, n) for _ in range(DRAWS)]
    lower, upper = (np.array([getattr(e, side) for e in found]) for side in ("lower", "upper"))
    return holds(lower, upper, truth, np.full(DRAWS, 1 / DRAWS))


def paired(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores before and after, correlation 0.6, a change of 0.4 standard deviations of the changes."""
    change = np.sqrt(2 * (1 - 0.6))
    before = rng.normal(size=n)
    return before, 0.6 * before + 0.8 * rng.normal(size=n) + 0.4 * change


def curve(rng: np.random.Generator, n: int) -> Estimate:
    """Median wait: exponential, about 30 % still waiting at the end."""
    wait, end = rng.exponential(1, n), rng.exponential(7 / 3, n)
    return survival_quantile(kaplan_meier(np.minimum(wait, end), wait <= end))


def clustered(rng: np.random.Generator, n: int) -> Estimate:
    """Residents among those present at n meetings of 4 to 16 people, share 0.35 varying from meeting to meeting."""
    people = rng.integers(4, 17, n)
    return survey_ratio(rng.binomial(people, rng.beta(3.5, 6.5, n)), people)


def groups_of_ten(rng: np.random.Generator, n: int) -> Estimate:
    """Intraclass correlation 0.1 in n groups of ten people."""
    values = rng.normal(0, np.sqrt(0.1), (n, 1)) + rng.normal(0, np.sqrt(0.9), (n, 10))
    return intraclass_correlation(values.ravel(), np.repeat(np.arange(n), 10))


def questionnaire(rng: np.random.Generator, n: int) -> Estimate:
    """Ten items that share a fifth of their variance: alpha 0.714."""
    return cronbach_alpha(rng.normal(0, np.sqrt(0.2), (n, 1)) + rng.normal(0, np.sqrt(0.8), (n, 10)))


def blau(n: int, rng: np.random.Generator) -> Cell:
    shares = np.array([0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    lower, upper = diversity_interval(rng.multinomial(n, shares, DRAWS), index="blau")
    return holds(lower, upper, 1 - float((shares**2).sum()), np.full(DRAWS, 1 / DRAWS))


PROPORTIONS = {
    "Wilson": wilson_interval,
    "Wilson, continuity correction": partial(wilson_interval, continuity_correction=True),
    "Clopper–Pearson": clopper_pearson_interval,
}
COMPARISONS = {
    "Difference, Newcombe": (newcombe_interval, 0.0),
    "Difference, Miettinen–Nurminen": (miettinen_nurminen_interval, 0.0),
    "Risk ratio, Katz": (katz_interval, 1.0),
    "Odds ratio, Woolf": (woolf_interval, 1.0),
}
THREE = {
    "Same people twice, Tango (a tenth change back)": (tango_interval, lambda p: (0.9 * p, 0.1 * p)),
    "Net score (p on top, half of the rest at the bottom)": (net_score_interval, lambda p: (p, (1 - p) / 2)),
}
COUNTS = {"Exact (Garwood)": poisson_interval, "Byar": byar_interval, "Byar or exact": byar_or_exact_interval}
OTHERS: dict[str, tuple[Callable[[np.random.Generator, int], Estimate], float]] = {
    "Mean, Student; normal values": (lambda rng, n: mean(rng.normal(size=n), unit="points"), 0.0),
    "Mean, Student; skewed values (exponential)": (lambda rng, n: mean(rng.exponential(1, n), unit="days"), 1.0),
    "Median, order statistics; skewed values": (
        lambda rng, n: median(rng.exponential(1, n), unit="days"),
        float(np.log(2)),
    ),
    "Median wait, Kaplan–Meier log-log; 30 % censored": (curve, float(np.log(2))),
    "Share over clusters, linearised ratio (n meetings)": (clustered, 0.35),
    "Change before/after, Student": (lambda rng, n: paired_change(*paired(rng, n)), 0.4 * float(np.sqrt(0.8))),
    "Standardised change d_z, noncentral t": (
        lambda rng, n: paired_effect_size(*paired(rng, n), method="d_z"),
        0.4,
    ),
    "Pseudomedian of the change, Hodges–Lehmann": (
        lambda rng, n: hodges_lehmann(*paired(rng, n)),
        0.4 * float(np.sqrt(0.8)),
    ),
    "Cronbach's alpha, Feldt; ten items": (questionnaire, 10 / 9 * (1 - 10 / (10 + 90 * 0.2))),
    "Intraclass correlation, Searle (n groups of ten)": (groups_of_ten, 0.1),
}

BLAU = "Diversity (Blau) of six categories, delta method"


def shown(cell: Cell) -> str:
    coverage, without = cell
    if np.isnan(coverage):
        return "–"
    return f"{100 * coverage:.1f}" + (f" ({100 * without:.0f})" if without >= 0.005 else "")


def table(first: str, heads: tuple[str, ...], rows: Iterator[tuple[str, list[Cell]]]) -> str:
    lines = [f"| {first} | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    lines += [f"| {name} | " + " | ".join(map(shown, cells)) + " |" for name, cells in rows]
    return "\n".join(lines)


def grid(methods: dict[str, Callable[[int, float], Cell]]) -> str:
    return table(
        "method, n",
        tuple(f"p = {p:g}" for p in SHARES),
        ((f"{name}, n = {n}", [cell(n, p) for p in SHARES]) for name, cell in methods.items() for n in SIZES),
    )


def page() -> str:
    rng = np.random.default_rng(SEED)
    sizes = tuple(f"n = {n}" for n in SIZES)
    return f"""# Coverage of the intervals at the programme's sizes

Percentage of samples whose 95 % interval holds the truth; in brackets, percentage of samples that give no interval
(the function then says `too_few`), left out of the coverage. 95 is the aim; above it the interval is wider than it
need be, below it claims more than it knows. Made by `python -m benchmarks.coverage`.

## One proportion (exact: every outcome counted)

{grid({name: partial(one_proportion, f) for name, f in PROPORTIONS.items()})}

## Two proportions, n people in each group, both with share p (exact)

{grid({name: partial(two_proportions, f, truth) for name, (f, truth) in COMPARISONS.items()})}

## Three answers of n people (exact)

{grid({name: partial(three_counts, f, shares) for name, (f, shares) in THREE.items()})}

## A count with n expected (exact)

{table("method", sizes, ((name, [one_count(f, n) for n in SIZES]) for name, f in COUNTS.items()))}

## Means, medians, changes, clusters ({DRAWS} samples each, seed {SEED}; simulation error about ± 1 point)

{table("method", sizes, ((name, [simulated(f, truth, n) for n in SIZES]) for name, (f, truth) in OTHERS.items()))}
{table("method", sizes, iter([(BLAU, [blau(n, rng) for n in SIZES])])).splitlines()[-1]}

## What to take from it

- Wilson stays near 95 %, a few points below at some shares near 0 or 1 with few people. Where the promise must never
  be broken, Clopper–Pearson keeps it, at the price of wider limits.
- Ratios on the log scale (Katz, Woolf) have no answer when a group has no event: with few people, give differences.
- A mean of skewed values, such as waiting times, needs more people than a quartier has in a year: give the median.
- A diversity from the delta method takes people one by one; people come to meetings together, so the reports use the
  jackknife over meetings.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
