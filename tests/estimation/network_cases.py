"""Networks the field knows, and the made-up meetings of tests/reference/r/network_data.R."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import networkx as nx
import pandas as pd

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

# Business ties of the Florentine families, as printed in Breiger & Pattison (1986), Social Networks 8:215-256.
_BUSINESS = """Barbadori-Castellani Barbadori-Ginori Barbadori-Medici Barbadori-Peruzzi Bischeri-Guadagni
Bischeri-Lamberteschi Bischeri-Peruzzi Castellani-Lamberteschi Castellani-Peruzzi Ginori-Medici Guadagni-Lamberteschi
Lamberteschi-Peruzzi Medici-Pazzi Medici-Salviati Medici-Tornabuoni"""


def reference(name: str) -> list[dict[str, str]]:
    """Rows that R computed; see tests/reference/r/<name>.R."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values(name: str, data: str) -> dict[str, float]:
    """Value by measure of one data set."""
    return {row["measure"]: float(row["value"]) for row in reference(name) if row["data"] == data}


def davis() -> pd.DataFrame:
    """Davis, Gardner & Gardner (1941), Deep South: 18 women (`actor`) at 14 events (`event`)."""
    graph = nx.davis_southern_women_graph()
    women = [node for node, mode in graph.nodes(data="bipartite") if mode == 0]
    return pd.DataFrame([(event, woman) for woman in women for event in graph[woman]], columns=["event", "actor"])


def meetings(*years: int) -> pd.DataFrame:
    """Made-up structures at made-up meetings: `year, event, actor, category`."""
    table = pd.read_csv(REFERENCE / "network_meetings.csv")
    return table[table["year"].isin(years or (2017, 2018))].reset_index(drop=True)


def marriage() -> nx.Graph:
    """Marriages of 15 Florentine families, Padgett & Ansell (1993), Am J Sociol 98:1259-1319."""
    return nx.florentine_families_graph()


def families() -> list[str]:
    """The 16 families: Pucci married nobody and is not in networkx's graph."""
    return sorted({*marriage(), "Pucci"})


def business() -> nx.Graph:
    """Business ties of the 16 families."""
    return _with_nodes(families(), (tie.split("-") for tie in _BUSINESS.split()))


def marriage_of_all() -> nx.Graph:
    """Marriages with Pucci as an isolate."""
    return _with_nodes(families(), marriage().edges())


def karate() -> tuple[nx.Graph, dict[int, str]]:
    """Zachary (1977), J Anthropol Res 33:452-473: friendships and clubs; networkx's edges bear weights."""
    graph = nx.karate_club_graph()
    return graph, dict(graph.nodes(data="club"))


def _with_nodes(nodes: Iterable[str], edges: Iterable[Iterable[str]]) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph
