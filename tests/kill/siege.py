"""A town under siege: people speak, processes die, and in the end everything is counted."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from tests.kill.blows import Blow, Trouble, places
from tests.kill.children import Nursery
from tests.kill.ledger import Ledger
from tests.kill.oracle import Verdict, judge, waiting
from tests.kill.people import People
from tests.kill.town import Town, town

DRAIN_SECONDS = 150.0
"""How long the end may take: claims of those who died last a minute."""
_LETS_GO = (
    "UPDATE timer SET lease_until = now() WHERE lease_until IS NOT NULL",
    "UPDATE call SET lease_until = now() WHERE lease_until IS NOT NULL",
    "UPDATE order_news SET lease_until = now() WHERE lease_until IS NOT NULL",
    "UPDATE notification SET lease_until = now() WHERE lease_until IS NOT NULL AND status = 'queued'",
)


@dataclass(frozen=True)
class Plan:
    """How much of everything; `hurried`: at the end claims of the dead are let go as after a minute."""

    seed: str
    kills: int
    updates: int
    crashes: int = 1
    freezes: int = 1
    serving: int = 2
    working: int = 1
    speaking: int = 30
    bots: int = 3
    hurried: bool = False


@dataclass
class Report:
    verdict: Verdict
    blows: list[Blow]
    updates: int
    messages: int
    seconds: float
    drain: float
    recoveries: dict[int, float] = field(default_factory=dict)
    """By the number of a kill: the seconds until every bot that spoke before had spoken again."""
    answers: dict[str, int] = field(default_factory=dict)
    exits: dict[int, int] = field(default_factory=dict)


Told = Callable[[int, int], None]
"""Kills and updates so far."""


async def besiege(plan: Plan, folder: Path, told: Told) -> Report:
    """Fails only where the town cannot even be built; all else is in the report."""
    ledger = Ledger(plan.seed)
    await ledger.open()
    try:
        async with town(folder / "town", ledger, plan.bots) as it, Nursery(it.environment) as nursery:
            return await _Siege(plan, it, nursery, folder).run(told)
    finally:
        ledger.close()


class _Siege:
    def __init__(self, plan: Plan, town: Town, nursery: Nursery, logs: Path) -> None:
        self._plan = plan
        self._town = town
        self._trouble = Trouble(nursery, logs, plan.seed, plan.freezes)
        self._places = places(plan.serving, plan.working)
        doors = [place.door for place in self._places[: plan.serving]]
        self._people = People(town, doors, plan.seed)

    async def run(self, told: Told) -> Report:
        began = monotonic()
        keeping = [asyncio.create_task(self._trouble.keep(place)) for place in self._places]
        enough = asyncio.Event()
        speaking = asyncio.create_task(self._people.live(self._plan.speaking, enough))
        try:
            await self._until_enough(told, [speaking, *keeping])
            self._trouble.calm.set()
            enough.set()
            await speaking
            calm = monotonic()
            await self._drained()
            drain = monotonic() - calm
        finally:
            for task in (speaking, *keeping):
                task.cancel()
            await asyncio.gather(speaking, *keeping, return_exceptions=True)
        return await self._report(began, drain)

    async def _until_enough(self, told: Told, working: list[asyncio.Task[None]]) -> None:
        plan, crashes = self._plan, 0
        while self._trouble.kills < plan.kills or self._people.taken < plan.updates:
            told(self._trouble.kills, self._people.taken)
            for task in working:
                if task.done():
                    task.result()
            if self._trouble.kills >= plan.kills:
                self._trouble.calm.set()
            elif crashes < plan.crashes and self._trouble.kills * (plan.crashes + 1) >= plan.kills * (
                crashes + 1
            ):
                crashes += 1
                await self._trouble.crash(self._town)
            await asyncio.sleep(0.1)
        told(self._trouble.kills, self._people.taken)

    async def _drained(self) -> None:
        if self._plan.hurried:
            for statement in _LETS_GO:
                await self._town.rows(statement)
        until = monotonic() + DRAIN_SECONDS
        while monotonic() < until:
            if not await waiting(self._town):
                break
            await asyncio.sleep(0.2)

    async def _report(self, began: float, drain: float) -> Report:
        ledger, blows = self._town.ledger, self._trouble.blows
        return Report(
            verdict=await judge(self._town, self._people, ledger, blows),
            blows=blows,
            updates=self._people.taken,
            messages=len(ledger.taken),
            seconds=monotonic() - began,
            drain=drain,
            recoveries=_recoveries(ledger, blows),
            answers=dict(self._people.answers),
            exits=dict(self._trouble.exits),
        )


def _recoveries(ledger: Ledger, blows: list[Blow]) -> dict[int, float]:
    times: dict[str, list[float]] = {}
    for taken in ledger.taken:
        times.setdefault(taken.bot, []).append(taken.at)
    found = {}
    for number, blow in enumerate(blows):
        gaps = [next((at - blow.ended for at in spoken if at > blow.ended), 0.0) for spoken in times.values()]
        found[number] = max(gaps, default=0.0)
    return found
