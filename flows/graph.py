"""Flows as graphs, and the questions that rules ask of them; every answer costs O(steps + links)."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

import networkx as nx

from flows.links import Forward, Jump
from flows.part import Port

Node = TypeVar("Node", bound=Hashable)
Order = tuple[int, ...]
Ports = Mapping[str, tuple[Port, ...]]


def forward_links(ports: Ports) -> Iterator[tuple[str, str]]:
    """From where to where the links lead that only ever lead on."""
    for step, exits in ports.items():
        for port in exits:
            if isinstance(port.link, Forward):
                yield step, port.link.to


def forward_graph(ports: Ports) -> "nx.DiGraph[str]":
    """Steps and their forward links; those to nowhere are left out."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((step, to) for step, to in forward_links(ports) if to in ports)
    return graph


def reached(ports: Ports, roots: Iterable[str]) -> set[str]:
    """The steps to which links lead from `roots`, those among them that exist included."""
    found = {root for root in roots if root in ports}
    ahead = [*found]
    while ahead:
        for port in ports[ahead.pop()]:
            to = port.link.to if isinstance(port.link, (Forward, Jump)) else ""
            if to in ports and to not in found:
                found.add(to)
                ahead.append(to)
    return found


def rounds(graph: "nx.DiGraph[Node]", order: Callable[[Node], Order]) -> Iterator[list[Node]]:
    """One round out of every knot of a graph, beginning with the node of it that is first by `order`.

    A node that leads to itself is a round of one.
    """
    for knot in sorted(_knots(graph), key=lambda knot: min(map(order, knot))):
        yield _round(graph, knot, min(knot, key=order))


def without_rounds(graph: "nx.DiGraph[Node]") -> "nx.DiGraph[Node]":
    """The graph but for its knots."""
    knotted = set().union(*_knots(graph))
    return nx.DiGraph(nx.restricted_view(graph, knotted, [])) if knotted else graph


def _knots(graph: "nx.DiGraph[Node]") -> list[set[Node]]:
    return [knot for knot in nx.strongly_connected_components(graph) if _turns(graph, knot)]


def _turns(graph: "nx.DiGraph[Node]", knot: set[Node]) -> bool:
    return len(knot) > 1 or any(graph.has_edge(node, node) for node in knot)


def _round(graph: "nx.DiGraph[Node]", knot: set[Node], first: Node) -> list[Node]:
    """The shortest way within a knot from a node back to it."""
    came: dict[Node, Node] = {}
    edge = [first]
    while first not in came:
        ahead: list[Node] = []
        for node in edge:
            for to in graph.successors(node):
                if to in knot and to not in came:
                    came[to] = node
                    ahead.append(to)
        edge = ahead
    way = [first]
    while (before := came[way[-1]]) != first:
        way.append(before)
    return [first, *reversed(way[1:])]
