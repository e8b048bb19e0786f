"""A first picture of the network: structures tied by the meetings they shared."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prs_eval.estimation.frame import estimates
from prs_eval.estimation.networks import network_shape, project, ties
from prs_eval.programme.network_members import active_structures
from prs_eval.programme.network_rows import CATEGORIES, Row, Tables, count, in_year, places

AT_LEAST = (1, 2, 3)  # shared meetings that make a tie, from the loosest reading to the strictest
_NAMES = ["attendance", "structures"]


@dataclass(frozen=True)
class NetworkMap:
    """What a map draws.

    nodes: `structure_id, name` (NA for a guest that these tables do not declare), `category, meetings` (meetings
    attended), `tied` (structures it is tied to), `x, y` (place on a ring, category by category); ties: `source,
    target` (structure ids), `weight` (shared meetings), those of `at_least` or more.
    """

    nodes: pd.DataFrame
    ties: pd.DataFrame
    at_least: int


def structure_ties(tables: Tables, *, year: int, by: Sequence[str] = ("quartier",)) -> pd.DataFrame:
    """Structures and ties of `year`: the whole network that the meetings made, so no interval.

    For each number of shared meetings that makes a tie (group `at_least`: 1, 2, 3): `network_ties` out of the
    possible pairs of structures seen, members or guests; `network_density` = ties / possible pairs;
    `network_isolates`: structures that have no such tie, out of those seen.
    """
    rows = []
    for place, own in places(tables, _NAMES, year=year, by=by):
        if in_year(own["attendance"], year).empty:
            continue
        graph = _graph(own, year)
        head: Row = {"quartier": place, "year": year}
        for at_least in AT_LEAST:
            shape = network_shape(graph, at_least=at_least)
            one = head | {"at_least": at_least}
            density = {
                "numerator": shape.ties,
                "denominator": shape.possible,
                "estimate": shape.estimate,
                "unit": "proportion",
                "method": "enumeration",
                "n": shape.n,
            }
            rows += [
                count(one | {"indicator": "network_ties"}, shape.ties, of=shape.possible, n=shape.n),
                one | {"indicator": "network_density"} | density,
                count(one | {"indicator": "network_isolates"}, shape.isolates, of=shape.n, n=shape.n),
            ]
    out = estimates(rows, groups=["at_least"])
    return out.astype({"at_least": "Int64"})


def network_map(tables: Tables, *, year: int, at_least: int = 2) -> NetworkMap:
    """Nodes, ties and places to draw of all the rows given: pass one quartier's tables for one quartier's map.

    Nodes are the structures that came in `year` and the active ones that never did (`meetings` 0); none where no
    attendance is recorded in `year`.
    """
    nodes: list[dict[str, object]] = []
    kept = pd.DataFrame(columns=["source", "target", "weight"])
    for _place, own in places(tables, _NAMES, year=year, by=()):
        if in_year(own["attendance"], year).empty:
            break  # nobody recorded is not nobody came
        came = _came(own, year)
        kept = ties(_graph(own, year), at_least=at_least)
        known = own["structures"].drop_duplicates("structure_id").set_index("structure_id")
        tied = pd.concat([kept["source"], kept["target"]]).value_counts()
        attended = came.groupby("structure_id")["meeting_id"].nunique()
        seen_as = came.drop_duplicates("structure_id").set_index("structure_id")["category"]
        members = active_structures(own["structures"], year)["structure_id"]
        for each in sorted(set(attended.index) | set(members)):
            # A guest from another quartier is in no list here: it has a category, but no name.
            declared = each in known.index
            nodes.append(
                {
                    "structure_id": each,
                    "name": known.at[each, "name"] if declared else None,
                    "category": known.at[each, "category"] if declared else seen_as[each],
                    "meetings": int(attended.get(each, 0)),
                    "tied": int(tied.get(each, 0)),
                }
            )
    order = {category: rank for rank, category in enumerate(CATEGORIES)}
    nodes.sort(key=lambda n: (order[str(n["category"])], str(n["name"] or "~"), str(n["structure_id"])))
    frame = pd.DataFrame(nodes, columns=["structure_id", "name", "category", "meetings", "tied"])
    xy = ring_positions(len(frame)) if len(frame) else np.empty((0, 2))
    return NetworkMap(frame.assign(x=xy[:, 0], y=xy[:, 1]), kept, at_least)


def ring_positions(n: int) -> NDArray[np.float64]:
    """Places for `n` nodes on the unit circle, shape (n, 2), down the right side and up the left one.

    Heights are evenly spaced on each side, so that a label written outwards from each node meets no other.
    """
    right = (n + 1) // 2
    heights = [1 - 2 * (i + 0.5) / side for side in (right, n - right) for i in range(side)]
    heights[right:] = heights[right:][::-1]
    y = np.array(heights, dtype=float)
    x = np.sqrt(np.maximum(1 - np.square(y), 0.0))
    x[right:] *= -1
    return np.column_stack([x, y])


def _came(own: Tables, year: int) -> pd.DataFrame:
    rows = in_year(own["attendance"], year)
    return rows[rows["structure_id"].notna() & (rows["people"] > 0).fillna(False)]


def _graph(own: Tables, year: int) -> nx.Graph:
    return project(_came(own, year), event="meeting_id", actor="structure_id")


def structure_graph(tables: Tables, *, year: int, at_least: int = 2) -> tuple[nx.Graph, dict[Hashable, Hashable]]:
    """The structures that came in `year`, tied by `at_least` shared meetings, and the category of each."""
    came = _came(tables, year)
    graph = nx.Graph()
    graph.add_nodes_from(sorted(came["structure_id"].unique()))
    if len(came):
        kept = ties(_graph(tables, year), at_least=at_least)
        graph.add_edges_from(kept[["source", "target"]].itertuples(index=False, name=None))
    groups = came.drop_duplicates("structure_id").set_index("structure_id")["category"]
    return graph, {str(name): str(group) for name, group in groups.items()}
