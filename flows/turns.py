"""What can happen within one turn, as a graph: which step may follow which before anybody is waited for.

A flow that runs another goes on where it ran it once the other has ended, so a plain graph of all
links would see rounds that no turn can take (two steps that run the same flow, one after the other).
Hence summaries, as compilers have them for procedures: first it is found out which flows may end
without waiting; then a step that runs such a flow is followed directly by what comes after it.
How turns really move is told by `engine/play.py`; this is never narrower:

- a flow ends at an exit that leads nowhere, and by a `Back` where the user has chosen nothing yet;
- `Back` otherwise leads to a step where the user was waited for, or to the start;
- a flow that is stopped while it runs ends there; when another step stops it from a flow above,
  what ran it goes on as if it had ended.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, assert_never

import networkx as nx

from flows.document import Flow
from flows.graph import Ports
from flows.links import Back, Enter, Forward, Jump, Link, Restart
from flows.step import Step


class Spot(NamedTuple):
    """A step that is being played.  `ended`: how many of the flows it runs have ended since."""

    flow: str
    step: str
    ended: int = 0


class Run(NamedTuple):
    """A flow is entered; after it the turn goes on at `then`, or the flow that ran it ends too."""

    flow: str
    then: Spot | None


Way = Spot | Run | None
"""What a turn may do next: go to a spot of the same flow, run a flow, or end the flow."""


class Turns:
    """The turns of a shop.  `waits` tells the steps that end a turn; the others are played through."""

    def __init__(
        self,
        flows: Mapping[str, Flow],
        ports: Callable[[str], Ports],
        waits: Callable[[Step], bool],
    ) -> None:
        self._flows = flows
        self._ports = ports
        self._waits = waits
        self._ways: dict[Spot, tuple[Way, ...]] = {}
        self.ending = _Ending(self).found
        """The flows that may end without waiting."""

    def ways(self, spot: Spot) -> tuple[Way, ...]:
        """All that may follow a spot; none where the turn waits."""
        if spot not in self._ways:
            self._ways[spot] = () if self._waits(self.step(spot)) else tuple(self._ways_on(spot))
        return self._ways[spot]

    def step(self, spot: Spot) -> Step:
        return self._flows[spot.flow].by_id[spot.step]

    def start(self, flow: str) -> Spot | None:
        start = self._flows[flow].start
        return Spot(flow, start) if start in self._flows[flow].by_id else None

    def graph(self) -> "nx.DiGraph[Spot]":
        """Which spot may directly follow which, of those that are played through."""
        spots = (Spot(key, step.id) for key, flow in self._flows.items() for step in flow.steps)
        ahead = [spot for spot in spots if self.ways(spot)]
        graph: nx.DiGraph[Spot] = nx.DiGraph()
        graph.add_nodes_from(ahead)
        while ahead:
            spot = ahead.pop()
            for after in self._followers(spot):
                if after not in graph:
                    ahead.append(after)
                graph.add_edge(spot, after)
        return graph

    def flows(self) -> Iterator[str]:
        yield from self._flows

    def _followers(self, spot: Spot) -> Iterator[Spot]:
        for way in self.ways(spot):
            if isinstance(way, Run):
                if way.flow in self.ending and way.then is not None:
                    yield way.then
                after = self.start(way.flow)
            else:
                after = way
            if after is not None and self.ways(after):
                yield after

    def _ways_on(self, spot: Spot) -> Iterator[Way]:
        step = self.step(spot)
        runs = step.runs_flows()
        if spot.ended < len(runs):
            key = runs[spot.ended]
            yield Run(key, spot._replace(ended=spot.ended + 1)) if key in self._flows else None
            return
        alone = step.unattended()
        exits = [port for port in self._ports(spot.flow)[spot.step] if alone is None or port.field in alone]
        if not exits:
            yield None
        for port in exits:
            yield from self._along(port.link, spot, _comes_back_to(step, spot))

    def _along(self, link: Link | None, spot: Spot, then: Spot | None) -> Iterator[Way]:
        match link:
            case Forward(to=to) | Jump(to=to):
                yield Spot(spot.flow, to) if to in self._flows[spot.flow].by_id else None
            case Enter(flow=key):
                yield Run(key, then) if key in self._flows else None
            case Restart():
                yield self.start(spot.flow)
            case Back():
                yield from (self.start(spot.flow), None)
            case None:
                yield None
            case _:
                assert_never(link)


def _comes_back_to(step: Step, spot: Spot) -> Spot | None:
    """Where a turn goes on once a flow has ended that an exit of `step` entered.

    Most steps then end their flow.  Of a kind that has its own idea, and does not keep the promise of
    `runs_flows`, nothing is known: it may take any of its exits again.
    """
    kind = type(step)
    own_idea = kind.resume is not Step.resume and kind.runs_flows is Step.runs_flows
    return spot if own_idea else None


class _Ending:
    """Finds the flows that may end without waiting; each spot is looked at once."""

    def __init__(self, turns: Turns) -> None:
        self.found: set[str] = set()
        self._turns = turns
        self._seen: set[Spot] = set()
        self._ahead: list[Spot] = []
        self._resumed: dict[str, list[tuple[str, Spot | None]]] = defaultdict(list)
        self._runs: nx.DiGraph[str] = nx.DiGraph()
        self._stopped_by: dict[str, set[str]] = defaultdict(set)
        for flow in turns.flows():
            self._runs.add_node(flow)
            self._go_to(flow, turns.start(flow))
        self._explore()
        while more := self._stopped():
            for flow in more:
                self._ends(flow)
            self._explore()

    def _explore(self) -> None:
        while self._ahead:
            spot = self._ahead.pop()
            ways = self._turns.ways(spot)
            if ways:
                for key in self._turns.step(spot).stops_flows():
                    self._stopped_by[key].add(spot.flow)
            for way in ways:
                if isinstance(way, Run):
                    self._run(spot.flow, way)
                else:
                    self._go_to(spot.flow, way)

    def _run(self, flow: str, run: Run) -> None:
        self._runs.add_edge(flow, run.flow)
        if run.flow in self.found:
            self._go_to(flow, run.then)
        else:
            self._resumed[run.flow].append((flow, run.then))

    def _go_to(self, flow: str, spot: Spot | None) -> None:
        if spot is None:
            self._ends(flow)
        elif spot not in self._seen:
            self._seen.add(spot)
            self._ahead.append(spot)

    def _ends(self, flow: str) -> None:
        ending = [flow]
        while ending:
            flow = ending.pop()
            if flow in self.found:
                continue
            self.found.add(flow)
            for caller, then in self._resumed.pop(flow, ()):
                if then is None:
                    ending.append(caller)
                else:
                    self._go_to(caller, then)

    def _stopped(self) -> set[str]:
        """Flows not yet found that may be stopped by what they run, or by themselves."""
        open_ends = self._runs.nodes & self._stopped_by.keys() - self.found
        return {key for key in open_ends if self._stopped_by[key] & {key, *nx.descendants(self._runs, key)}}
