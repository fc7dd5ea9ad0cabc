"""What befalls the town: processes killed at a point of a message's way or anywhere, frozen, replaced."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from engine.failpoints import GRANTED, LEAVE, POINTS, VARIABLE
from tests.kill.children import Child, Nursery
from tests.kill.town import Town, free_port

AT_RANDOM, FROZEN, CRASH = "at random", "frozen", "database crash"
PASSAGES = (1, 1, 2, 3, 5, 8)
LIFE = 0.5, 3.0
"""Seconds past its start after which a process is killed at random."""
PATIENCE = 6.0
"""Seconds that a process is given to come to the point where it dies."""
FREEZE = 6.0, 8.0
"""Longer than a lane's lease: whoever wakes up must know that he may have been replaced."""


@dataclass
class Blow:
    """Something broken at a moment, or from one moment to another."""

    what: str
    who: str
    began: float
    ended: float


@dataclass
class Place:
    """Where a process runs, one after another."""

    name: str
    arguments: Sequence[str]
    without: frozenset[str] = frozenset()
    """Points that are never passed there."""
    port: int = field(default_factory=free_port)

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def places(serving: int, working: int) -> list[Place]:
    away = frozenset({"hook_taken"})
    return [
        *(Place(f"serve-{n}", ["serve"]) for n in range(serving)),
        *(Place(f"worker-{n}", ["worker"], away) for n in range(working)),
    ]


class Trouble:
    """Keeps every place peopled, and until `calm` strikes whoever is there, `freezes` times not deadly."""

    def __init__(self, nursery: Nursery, logs: Path, seed: str, freezes: int = 0) -> None:
        self._nursery = nursery
        self._logs = logs
        self._dice = Random(f"blows {seed}")
        self._bags: dict[str, list[str]] = {}
        self._freezes = freezes
        self.blows: list[Blow] = []
        self.calm = asyncio.Event()
        self.exits: Counter[int] = Counter()
        """Of processes that ended by themselves, by their code."""

    @property
    def kills(self) -> int:
        return sum(blow.what not in (FROZEN, CRASH) for blow in self.blows)

    async def keep(self, place: Place) -> None:
        """Until cancelled."""
        while True:
            point = None if self.calm.is_set() else self._draw(place)
            child = await self._born(place, point)
            if point is None:
                self.exits[await child.ended] += 1
            else:
                await self._strike(place, child, point)

    async def crash(self, town: Town) -> None:
        began = monotonic()
        await town.restart_database()
        self.blows.append(Blow(CRASH, "postgres", began, monotonic()))

    def _draw(self, place: Place) -> str:
        bag = self._bags.setdefault(place.name, [])
        if not bag:
            bag += [*(point for point in POINTS if point not in place.without), AT_RANDOM]
            self._dice.shuffle(bag)
        return bag.pop()

    async def _born(self, place: Place, point: str | None) -> Child:
        armed = {}
        if point not in (None, AT_RANDOM):
            passage = 1 if point == "stopping" else self._dice.choice(PASSAGES)
            armed = {VARIABLE: f"{point}=kill@{passage}", LEAVE: GRANTED}
        line = [*place.arguments, "--port", str(place.port)]
        child = await self._nursery.bear(line, self._logs / f"{place.name}.log", **armed)
        while not child.ended.done():
            if await _listens(place.port):
                break
            await asyncio.sleep(0.05)
        return child

    async def _strike(self, place: Place, child: Child, point: str) -> None:
        at_any_time = point in (AT_RANDOM, "stopping")
        await self._wait(child, self._dice.uniform(*LIFE) if at_any_time else PATIENCE)
        if point == AT_RANDOM and self._freezes > 0 and not child.ended.done():
            self._freezes -= 1
            await self._freeze(place, child)
        if point == "stopping":
            child.strike(signal.SIGTERM)
            await self._wait(child, LIFE[1])
        began = monotonic()
        at_point = child.ended.done()
        child.strike(signal.SIGKILL)
        code = await child.ended
        if code == -signal.SIGKILL:
            what = point if at_point else AT_RANDOM
            self.blows.append(Blow(what, place.name, began, monotonic()))
        else:
            self.exits[code] += 1

    async def _freeze(self, place: Place, child: Child) -> None:
        began = monotonic()
        child.strike(signal.SIGSTOP)
        await asyncio.sleep(self._dice.uniform(*FREEZE))
        child.strike(signal.SIGCONT)
        self.blows.append(Blow(FROZEN, place.name, began, monotonic()))
        await self._wait(child, LIFE[1])

    async def _wait(self, child: Child, seconds: float) -> None:
        """For its end, or for the calm, but no longer than that."""
        calm = asyncio.ensure_future(self.calm.wait())
        either: set[asyncio.Future[Any]] = {child.ended, calm}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        calm.cancel()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
