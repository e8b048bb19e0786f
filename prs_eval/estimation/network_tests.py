"""Whether a network is other than chance would make it: QAP, permuted groups, random graphs of the same density."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from math import comb, factorial
from typing import Any, Literal, get_args

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from prs_eval.estimation._graphs import Edges, as_codes, as_edges, best_core, mixing
from prs_eval.estimation.frame import TestResult
from prs_eval.estimation.intervals import check_confidence_level
from prs_eval.estimation.network_groups import Mixing
from prs_eval.estimation.network_measures import centralisation

Alternative = Literal["two-sided", "greater", "less"]
Structure = Literal["degree_centralisation", "betweenness_centralisation", "core_periphery"]
_Array = NDArray[np.float64]
_CHUNK = 200  # permutations held in memory at once
_TIE = 1e-10  # statistics nearer than this are the same one, computed in another order


@dataclass(frozen=True, slots=True)
class PermutationTest(TestResult):
    """A test against chance: `expected` and the reference range that holds `confidence_level` of chance's networks."""

    __test__ = False

    expected: float
    reference_lower: float
    reference_upper: float
    confidence_level: float


def qap_correlation(
    first: ArrayLike,
    second: ArrayLike,
    *,
    draws: int = 2000,
    seed: int = 1,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> PermutationTest:
    """Correlation of two networks on the same nodes, tested by quadratic assignment; unit of r, -1 to 1.

    Parameters
    ----------
    first, second
        Ties of the same nodes in the same order, shape (nodes, nodes), 0/1 or weights; the diagonal is left aside,
        directed where not symmetric. From graphs: `networkx.to_numpy_array(graph, nodelist=nodes)`.
    draws
        Random permutations of the nodes; all of them are taken where there are no more than `draws`.
    seed
        Of the permutations.
    alternative
        "greater": more alike than chance; "less"; "two-sided": twice the smaller tail.
    confidence_level
        Of the reference range.

    Returns
    -------
    PermutationTest: `statistic` Pearson's r over pairs, `df` NaN, `n` nodes. All NaN under three nodes or where one
    network has all its ties alike.

    Raises
    ------
    ValueError
        Where the shapes differ or are not square, a tie is NaN or infinite, or `draws` is under 1.

    Notes
    -----
    The nodes of `second` are permuted, rows and columns together, so ties of one node stay together. p: (1 + draws
    as far or further) / (1 + draws), exact where all permutations are taken. Assumes that nodes are exchangeable.
    When not to use: a third network that drives both; years with other nodes (take the nodes of both).
    Sources: Krackhardt (1988), Social Networks 10:359-381; Phipson & Smyth (2010), Stat Appl Genet Mol Biol 9:39.
    """
    x, y = _square(first, "first"), _square(second, "second")
    if x.shape != y.shape:
        raise ValueError(f"`first` and `second` must have the same nodes, not shapes {x.shape} and {y.shape}.")
    n = len(x)
    rows, columns = np.nonzero(~np.eye(n, dtype=bool))
    a, b = x[rows, columns], y[rows, columns]
    centred = a - a.mean() if n > 1 else a
    scale = float(np.sqrt(np.square(centred).sum() * np.square(b - b.mean()).sum())) if n > 2 else 0.0
    if scale <= _TIE * (1 + np.abs(a).max(initial=0) * np.abs(b).max(initial=0)):
        return _outcome(np.nan, np.empty(0), "qap", n, alternative, confidence_level, "", exact=False)

    def correlate(order: NDArray[np.intp]) -> _Array:
        return np.asarray(y[order[:, rows], order[:, columns]] @ centred) / scale

    found = correlate(np.arange(n)[None])[0]
    null, said, exact = _permuted(correlate, n, draws, seed)
    return _outcome(float(found), null, "qap", n, alternative, confidence_level, said, exact=exact)


def homophily_test(
    graph: nx.Graph,
    groups: Mapping[Any, Any],
    *,
    statistic: Mixing = "ei_index",
    draws: int = 2000,
    seed: int = 1,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> PermutationTest:
    """Whether ties within groups are other than chance, the network given; unit of the statistic.

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.
    groups
        The group of each node.
    statistic
        "ei_index", "assortativity" or "modularity", as in `network_groups`.
    draws, seed, alternative, confidence_level
        As for `qap_correlation`; groups are permuted over the nodes.

    Returns
    -------
    PermutationTest: `statistic`, `expected` under chance and the reference range, `df` NaN, `n` nodes. All NaN
    without a tie or with one group. "less" asks of the E-I index whether people keep to their own group.

    Raises
    ------
    ValueError
        Where a node has no group, the graph is directed or has loops, or `draws` is under 1.

    Notes
    -----
    Keeps the ties and the sizes of the groups. Assumes that any node could have had any group. Permutations for which
    assortativity is not defined are left out.
    When not to use: where one category comes to all meetings by its office: its ties are then the making of the
    meetings, not a choice.
    Sources: Krackhardt & Stern (1988), Social Psychology Quarterly 51:123-140; Phipson & Smyth (2010), Stat Appl
    Genet Mol Biol 9:39.
    """
    if statistic not in get_args(Mixing):
        raise ValueError(f"`statistic` must be one of {', '.join(get_args(Mixing))}, not {statistic}.")
    nodes, edges = as_edges(graph)
    codes, n = as_codes(nodes, groups), len(nodes)
    name = f"permuted groups ({statistic})"
    if not len(edges) or np.ptp(codes) == 0:
        return _outcome(np.nan, np.empty(0), name, n, alternative, confidence_level, "", exact=False)

    def mixed(order: NDArray[np.intp]) -> _Array:
        return mixing(edges, codes[order], statistic)

    found = mixed(np.arange(n)[None])[0]
    null, said, exact = _permuted(mixed, n, draws, seed)
    return _outcome(float(found), null, name, n, alternative, confidence_level, said, exact=exact)


def cug_test(
    graph: nx.Graph,
    *,
    statistic: Structure = "degree_centralisation",
    draws: int = 1000,
    seed: int = 1,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> PermutationTest:
    """Whether the network is built other than random ones of as many nodes and ties (conditional uniform graphs).

    Parameters
    ----------
    graph
        Undirected, without loops; `weight` is left aside.
    statistic
        "degree_centralisation", "betweenness_centralisation" or "core_periphery", as in `network_measures`.
    draws, seed, alternative, confidence_level
        As for `qap_correlation`; all graphs are taken where there are no more than `draws`.

    Returns
    -------
    PermutationTest: `statistic`, `expected` under chance and the reference range, `df` NaN, `n` nodes; unit of the
    statistic. All NaN where the statistic is not defined.

    Raises
    ------
    ValueError
        Where the graph is directed or has loops, or `draws` is under 1.

    Notes
    -----
    Each set of as many pairs is as likely. When not to use: a projection, whose ties come in cliques by the making of
    it: it is never like a random graph (see `backbone` for what is more than attendance).
    Sources: Anderson, Butts & Carley (1999), Social Networks 21:239-267; Phipson & Smyth (2010), Stat Appl Genet
    Mol Biol 9:39.
    """
    if statistic not in get_args(Structure):
        raise ValueError(f"`statistic` must be one of {', '.join(get_args(Structure))}, not {statistic}.")
    nodes, edges = as_edges(graph)
    n, name = len(nodes), f"conditional uniform graphs ({statistic})"
    found = _structure(edges, n, statistic)
    _check_draws(draws)
    if np.isnan(found):
        return _outcome(found, np.empty(0), name, n, alternative, confidence_level, "", exact=False)
    pairs = np.column_stack(np.triu_indices(n, 1))
    exact = comb(len(pairs), len(edges)) <= draws
    if exact:
        chosen: Iterator[Any] = combinations(range(len(pairs)), len(edges))
        said = f"all {comb(len(pairs), len(edges))} graphs"
    else:
        rng = np.random.default_rng(seed)
        chosen = (rng.choice(len(pairs), len(edges), replace=False) for _ in range(draws))
        said = f"{draws} draws, seed {seed}"
    null = np.array([_structure(pairs[np.asarray(one)], n, statistic) for one in chosen])
    return _outcome(found, null, name, n, alternative, confidence_level, said, exact=exact)


def _structure(edges: Edges, n: int, statistic: Structure) -> float:
    if statistic == "core_periphery":
        return best_core(edges, n)[0]
    graph = nx.empty_graph(n)
    graph.add_edges_from(edges.tolist())
    measure: Literal["degree", "betweenness"] = "degree" if statistic == "degree_centralisation" else "betweenness"
    return centralisation(graph, measure=measure).estimate


def _square(ties: ArrayLike, name: str) -> _Array:
    matrix = np.array(ties, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"`{name}` must have shape (nodes, nodes), not {matrix.shape}.")
    np.fill_diagonal(matrix, 0)
    if not np.isfinite(matrix).all():
        raise ValueError(f"`{name}` must be finite: {int((~np.isfinite(matrix)).sum())} ties are not.")
    return matrix


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise ValueError(f"`draws` must be 1 or more, not {draws}.")


def _permuted(
    statistic: Callable[[NDArray[np.intp]], _Array], n: int, draws: int, seed: int
) -> tuple[_Array, str, bool]:
    """The statistic under all orders of n nodes where they are few, else under random ones; and how it was done."""
    _check_draws(draws)
    if exact := factorial(n) <= draws:
        orders, said = np.array(list(permutations(range(n))), dtype=np.intp), f"all {factorial(n)} permutations"
    else:
        rng = np.random.default_rng(seed)
        orders, said = rng.permuted(np.tile(np.arange(n), (draws, 1)), axis=1), f"{draws} draws, seed {seed}"
    chunks = [statistic(orders[start : start + _CHUNK]) for start in range(0, len(orders), _CHUNK)]
    return np.concatenate(chunks), said, exact


def _outcome(
    found: float,
    null: _Array,
    name: str,
    n: int,
    alternative: Alternative,
    confidence_level: float,
    said: str,
    *,
    exact: bool,
) -> PermutationTest:
    check_confidence_level(confidence_level)
    if alternative not in get_args(Alternative):
        raise ValueError(f"`alternative` must be one of {', '.join(get_args(Alternative))}, not {alternative}.")
    nan, null = float("nan"), null[~np.isnan(null)]
    if not null.size or np.isnan(found):
        return PermutationTest(nan, nan, nan, name, float(n), nan, nan, nan, confidence_level)
    extra = 0 if exact else 1  # the network seen is one of chance's draws
    above = (extra + int((null >= found - _TIE).sum())) / (extra + null.size)
    below = (extra + int((null <= found + _TIE).sum())) / (extra + null.size)
    p_value = {"greater": above, "less": below, "two-sided": min(1.0, 2 * min(above, below))}[alternative]
    tail = (1 - confidence_level) / 2
    # Order statistics, not a mean of two: each limit is a value that chance gives. Rounding of q must not move one.
    ranks = (max(int(np.ceil(q * null.size - 1e-9)), 1) - 1 for q in (tail, 1 - tail))
    low, high = np.sort(null)[list(ranks)]
    method = f"{name}, {said}, {alternative}"
    return PermutationTest(
        found, nan, float(p_value), method, float(n), float(null.mean()), float(low), float(high), confidence_level
    )
