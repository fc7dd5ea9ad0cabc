"""How long a turn may become."""

from typing import NamedTuple

import networkx as nx

from flows.turns import Spot, Turns, Way

LONGEST_RUN = 40
"""Steps that may follow one another in a turn.  The engine stops a turn at 50 (`engine/play.py`): the
rest is room for flows beneath, begun in earlier turns, that end one after the other."""


class _Length(NamedTuple):
    """Steps played from a spot on: `most` until the turn waits or the flow ends, `ending` until the flow
    ends; 0 if it does not end in this turn."""

    most: int
    ending: int


_WAITS = _Length(1, 0)
_ENDS = _Length(1, 1)


def lengths(turns: Turns, graph: "nx.DiGraph[Spot]") -> dict[Spot, int]:
    """How many steps a turn may take from each spot on.

    `graph` is that of `turns` without its rounds; a turn that comes to one is counted up to there.
    """
    found: dict[Spot, _Length] = {}
    for spot in reversed(list(nx.topological_sort(graph))):
        along = [_along(turns, way, found) for way in turns.ways(spot)]
        found[spot] = _Length(max(one.most for one in along), max(one.ending for one in along))
    return {spot: length.most for spot, length in found.items()}


def _along(turns: Turns, way: Way, found: dict[Spot, _Length]) -> _Length:
    """From a spot, itself included, along one of its ways; where that leads is found, or else waits."""
    if way is None:
        return _ENDS
    if isinstance(way, Spot):
        return _after(1, found.get(way, _WAITS))
    start = turns.start(way.flow)
    inner = found.get(start, _WAITS) if start is not None else _ENDS
    if way.flow not in turns.ending:
        return _Length(1 + inner.most, 0)
    # A flow that another step stops may end where its own steps do not: then anywhere.
    spent = 1 + (inner.ending or inner.most)
    then = _after(spent, found.get(way.then, _WAITS) if way.then is not None else _ENDS)
    return _Length(max(1 + inner.most, then.most), then.ending)


def _after(spent: int, rest: _Length) -> _Length:
    return _Length(spent + rest.most, spent + rest.ending if rest.ending else 0)
