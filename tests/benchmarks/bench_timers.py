"""How fast delays come due while many more are pending: `python -m tests.benchmarks.bench_timers`.

Bar (P15): with 3,000,000 pending, claimed and turned at 0.7 of the rate with 3,000.  Beside it, in the same
run and held to the same bar: with a stopped bot a million of whose delays are due, and with vacuum held up by
an old snapshot.  And how long one shop's delays wait behind the many of another.
"""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any, cast

from engine.asking import Asker
from engine.clock import Clock
from tests.benchmarks.storage import (
    PEOPLE,
    database,
    fill,
    gone,
    machine,
    old_snapshot,
    say,
    server,
    shop_floor,
    verdict,
)
from tests.engine.shop_floor import Shop

BAR = 0.7
MANY, FEW, STOPPED, DEAD = 3_000_000, 3_000, 1_000_000, 300_000
DUE = 20_000
BACKLOG = 100_000
LONG: dict[str, Any] = {
    "key": "reminder",
    "name": "Reminder",
    "start": "pause",
    "triggers": [{"on": "default"}],
    "steps": [
        {"id": "pause", "kind": "delay", "days": 30, "next": {"go": "forward", "to": "then"}},
        {"id": "then", "kind": "message", "text": "Now"},
    ],
}
_TIMER = "INSERT INTO timer (shop_id, bot_id, bot_user_id, flow, step, token, run_at) "
_COME_DUE = f"""
{_TIMER} SELECT shop_id, bot_id, id, 'reminder', 'pause', 1, now() - make_interval(secs => 60 * random())
FROM bot_user WHERE shop_id = $1
"""
_OF_NOBODY = f"""
{_TIMER} SELECT $1, $2, 1000000000 + n, 'reminder', $5, 1,
    now() + make_interval(mins => ($3 + n % 40000)::int)
FROM generate_series(1, $4::bigint) n
"""


class Floor:
    """A shop whose people all wait at one delay."""

    def __init__(self, shop: Shop, people: int) -> None:
        self.shop = shop
        self.people = people
        self.pool = shop.database.pool
        self._state = ""

    async def gather(self) -> None:
        """One comes by himself; the others stand where he stands."""
        await self.shop.start("one")
        self._state = await self.pool.fetchval("SELECT state FROM bot_user WHERE shop_id = $1", self.shop.id)
        await fill(self.pool, "DELETE FROM timer WHERE shop_id = $1", self.shop.id)
        await fill(self.pool, PEOPLE, self.shop.id, self.shop.bot_id, self._state, 2, self.people)

    async def pending(self, many: int) -> None:
        await self.of_nobody(self.shop.bot_id, 60, many)

    async def due_and_stopped(self, many: int) -> None:
        """Delays of a bot that was stopped long ago."""
        bot = "INSERT INTO bot (shop_id, kind, name, status) VALUES ($1, 'echo', 'Old', 3) RETURNING id"
        await self.of_nobody(await self.pool.fetchval(bot, self.shop.id), -100_000, many)

    async def of_nobody(self, bot_id: int, minutes: int, many: int) -> None:
        await fill(self.pool, _OF_NOBODY, self.shop.id, bot_id, minutes, many, f"at {minutes}")

    async def come_due(self) -> None:
        """Everybody's delay is over, and nothing else has changed."""
        again = "UPDATE bot_user SET state = $2 WHERE shop_id = $1 AND state <> $2"
        await fill(self.pool, again, self.shop.id, self._state)
        await fill(self.pool, _COME_DUE, self.shop.id)
        await fill(self.pool, "TRUNCATE outbox, message")
        await fill(self.pool, "VACUUM ANALYZE")

    async def turned(self) -> float:
        """Seconds until all of the shop that was due is turned."""
        due = "FROM timer WHERE shop_id = $1 AND bot_id = $2 AND run_at <= now()"
        return await gone(self.pool, due, self.shop.id, self.shop.bot_id)

    async def drain(self) -> float:
        """Delays a second that are claimed and turned."""
        await self.come_due()
        async with _Clock(self.shop):
            return self.people / await self.turned()


class _Clock:
    """The clock of the shop's engine, at work."""

    def __init__(self, shop: Shop) -> None:
        self._run = Clock(shop.database.pool, shop.engine.reception, cast(Asker, None)).run()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def _floors(
    stack: AsyncExitStack, folder: Path, dsn: str, args: argparse.Namespace
) -> dict[str, Floor]:
    floors = {}
    for name in ("few", "many", "stopped", "dead"):
        opened = await stack.enter_async_context(database(dsn, name))
        floor = Floor(await stack.enter_async_context(shop_floor(folder, opened, [LONG])), DUE)
        await floor.gather()
        await floor.pending(int(MANY * args.scale) if name == "many" else FEW)
        floors[name] = floor
    await floors["stopped"].due_and_stopped(int(STOPPED * args.scale))
    return floors


async def _ratios(dsn: str, floors: dict[str, Floor], rounds: int) -> bool:
    ratios: dict[str, list[float]] = {"many": [], "stopped": [], "dead": []}
    for _ in range(rounds):
        few = await floors["few"].drain()
        line = f"{few:,.0f} a second with {FEW:,} pending"
        for name, found in ratios.items():
            if name == "dead":
                async with old_snapshot(dsn, "dead"):
                    await _die(floors[name])
                    rate = await floors[name].drain()
            else:
                rate = await floors[name].drain()
            found.append(rate / few)
            line += f", {rate:,.0f} {name}"
        say(line, f"({machine()})")
    what = {"many": "3 M pending", "stopped": "1 M due and stopped", "dead": "vacuum held up"}
    return not [name for name, found in ratios.items() if not verdict(f"{what[name]} / few", found, BAR)]


async def _die(floor: Floor) -> None:
    """Delays that were due and are gone, but for the old snapshot."""
    await floor.of_nobody(floor.shop.bot_id, -90_000, DEAD)
    await fill(floor.pool, "DELETE FROM timer WHERE run_at < now()")


async def _fairness(folder: Path, dsn: str, scale: float) -> None:
    """A shop of ten people beside one of very many, whose delays were due before."""
    async with (
        database(dsn, "fair") as opened,
        shop_floor(folder, opened, [LONG]) as busy,
        shop_floor(folder, opened, [LONG]) as small,
    ):
        crowd, few = Floor(busy, int(BACKLOG * scale)), Floor(small, 10)
        for floor in (crowd, few):
            await floor.gather()
            await floor.come_due()
        await opened.pool.execute("UPDATE timer SET run_at = now() WHERE shop_id = $1", small.id)
        began = monotonic()
        async with _Clock(busy):
            waited = await few.turned()
            await crowd.turned()
        rate = crowd.people / (monotonic() - began)
    say(f"{crowd.people:,} due drained at {rate:,.0f} a second; another shop waited {waited:.2f} s")


async def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1 for small machines")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with server() as (folder, dsn):
        async with AsyncExitStack() as stack:
            floors = await _floors(stack, folder, dsn, args)
            kept = await _ratios(dsn, floors, args.rounds)
        await _fairness(folder, dsn, args.scale)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
