"""Turns end, and soon: over all links of all flows of the shop."""

from collections.abc import Callable, Iterable, Iterator

import networkx as nx

from flows.graph import Order, rounds, without_rounds
from flows.longest import LONGEST_RUN, lengths
from flows.problems import Problem
from flows.shopful import Shopful, rule
from flows.step import Step
from flows.turns import Spot, Turns


@rule
def every_turn_ends(shop: Shopful) -> Iterator[Problem]:
    """No round without a step that waits for a person: with one that only waits for the clock or another
    system it would write to people for ever.
    """
    turns, graph = shop.turns, shop.turn_graph
    concerned = _concerned(shop, turns, graph)
    for found in rounds(graph, _order(shop)):
        if concerned.isdisjoint(found):
            continue
        names = _names(shop, found)
        yield Problem(
            code="endless",
            severity="error",
            flow=found[0].flow,
            step=found[0].step,
            message=f"This goes on for ever and never waits for the user: {' → '.join(names)}. "
            f"Put a menu or a question in between.{_not_enough(map(turns.step, found))}",
            facts={"round": " ".join(names)},
        )


@rule
def turns_are_short(shop: Shopful) -> Iterator[Problem]:
    """The engine breaks off a turn that takes too many steps, so none that is drawn may."""
    if max(lengths(shop.turns, without_rounds(shop.turn_graph)).values(), default=0) <= LONGEST_RUN:
        return
    # Only now is it worth another graph, in which delays end a turn too.
    turns = Turns(shop.flows, shop.ports, lambda step: step.pauses)
    graph = without_rounds(turns.graph())
    found = lengths(turns, graph)
    too_long = [spot for spot in _concerned(shop, turns, graph) if found[spot] > LONGEST_RUN]
    if too_long:
        order = _order(shop)
        longest = min(too_long, key=lambda spot: (-found[spot], order(spot)))
        yield Problem(
            code="long",
            severity="error",
            flow=longest.flow,
            step=longest.step,
            message=f"From here up to {found[longest]} steps follow one another without a wait, at most "
            f"{LONGEST_RUN} may. Put a menu, a question or a delay in between.",
            facts={"steps": str(found[longest]), "most": str(LONGEST_RUN)},
        )


def _not_enough(steps: Iterable[Step]) -> str:
    """What looks like a wait in a round, and is none."""
    there = list(steps)
    if any(step.listens for step in there):
        return " A question that goes on without an answer is not enough."
    return " A delay alone is not enough." if any(step.pauses for step in there) else ""


def _concerned(shop: Shopful, turns: Turns, graph: "nx.DiGraph[Spot]") -> set[Spot]:
    """The steps of the flow, and those elsewhere from which a turn may come to it."""
    own = {spot for spot in graph if spot.flow == shop.flow.key}
    start = turns.start(shop.flow.key)
    return own | nx.ancestors(graph, start) if start in graph else own


def _order(shop: Shopful) -> Callable[[Spot], Order]:
    """As in the document, the flow itself before the others."""
    flows = {key: i for i, key in enumerate([shop.flow.key, *shop.flows.keys() - {shop.flow.key}])}
    places = {key: {step: i for i, step in enumerate(flow.by_id)} for key, flow in shop.flows.items()}
    return lambda spot: (flows[spot.flow], places[spot.flow][spot.step], spot.ended)


def _names(shop: Shopful, found: list[Spot]) -> list[str]:
    """The steps of a round from the first back to it, each flow named if there are several."""
    several = len({spot.flow for spot in found}) > 1 or found[0].flow != shop.flow.key
    names: list[str] = []
    for spot in [*found, found[0]]:
        name = f"{spot.flow}.{spot.step}" if several else spot.step
        # A step that runs several flows is played on after each: to the eye it is one.
        if len(names) < 2 or names[-1] != name:
            names.append(name)
    return names
