"""How fast the outbox is emptied while vacuum is held up: `python -m tests.benchmarks.bench_outbox`.

Bar (P14): 120,000 messages drain at 0.9 of the rate of a fresh table, when 120,000 dead rows lie before them
that an old snapshot keeps from being swept.  The messenger answers at once; all else is as in production.
Beside the rates stands what a message takes of the CPU, ours and PostgreSQL's: others at work hardly change
that.
"""

import argparse
import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

from engine.outbox import Deliveries
from tests.benchmarks.at_once import AtOnce, nobody_leaves
from tests.benchmarks.machine import cpu_of
from tests.benchmarks.storage import (
    PEOPLE,
    database,
    fill,
    machine,
    old_snapshot,
    say,
    server,
    shop_floor,
    verdict,
)
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop

BAR = 0.9
BOTS, PEOPLE_A_BOT, MESSAGES_EACH = 12, 1_000, 10
_SAID = """
WITH said AS (
    INSERT INTO message (shop_id, bot_user_id, seq, direction, body, status)
    SELECT shop_id, id, $2 + n, 2, '{"do": "send", "text": "Hello"}', 'queued'
    FROM generate_series(1, $3::bigint) n, bot_user WHERE shop_id = $1 ORDER BY n, id
    RETURNING shop_id, bot_user_id, seq, body
)
INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)
SELECT s.shop_id, u.bot_id, s.bot_user_id, s.seq, s.body
FROM said s JOIN bot_user u ON u.shop_id = s.shop_id AND u.id = s.bot_user_id ORDER BY s.seq, u.id
"""


class Drained(NamedTuple):
    """Messages a second, and seconds of CPU a message."""

    rate: float
    cpu: float


class Floor:
    """A few shops with a bot each, and many people."""

    def __init__(self, shops: list[Shop], each: int, postgres: int) -> None:
        """`postgres`: its process."""
        self.shops = shops
        self._postgres = postgres
        self.each = each
        self.pool = shops[0].database.pool
        self._seq = 0

    async def gather(self) -> None:
        for shop in self.shops:
            await fill(self.pool, PEOPLE, shop.id, shop.bot_id, "{}", 1, PEOPLE_A_BOT)

    async def say(self) -> None:
        """Fill the outbox."""
        self._seq += 10_000
        for shop in self.shops:
            await fill(self.pool, _SAID, shop.id, self._seq, self.each)
        await fill(self.pool, "ANALYZE")

    def _cpu(self) -> float:
        return cpu_of(os.getpid()) + cpu_of(self._postgres, family=True)

    async def drain(self) -> Drained:
        many = len(self.shops) * PEOPLE_A_BOT * self.each
        sender, engine = AtOnce(many), self.shops[0].engine
        deliveries = Deliveries(str(uuid4()), self.pool, engine.connections, sender, nobody_leaves)
        began, before = monotonic(), self._cpu()
        task = asyncio.create_task(deliveries.run())
        await sender.all.wait()  # asked of the table instead, the question would walk over the dead rows
        drained = Drained(many / (monotonic() - began), (self._cpu() - before) / many)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        left = await self.pool.fetchval("SELECT count(*) FROM outbox")
        assert not left, f"{left} are left"
        return drained


async def _round(folder: Path, dsn: str, name: str, each: int) -> tuple[Drained, Drained]:
    """A fresh outbox; and the next one behind what is left of it while nothing is swept."""
    async with database(dsn, name) as opened, shop_floor(folder, opened, [MENU]) as first:
        shops = [first]
        for _ in range(BOTS - 1):
            shops.append(Shop(opened, first.engine))
            await shops[-1].open([])
        postgres = int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        floor = Floor(shops, each, postgres)
        await floor.gather()
        await floor.say()
        async with old_snapshot(dsn, name):
            fresh = await floor.drain()
            await floor.say()
            return fresh, await floor.drain()


async def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1 for small machines")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rates, costs = [], []
    with server() as (folder, dsn):
        for n in range(args.rounds):
            each = max(int(MESSAGES_EACH * args.scale), 1)
            fresh, stuck = await _round(folder, dsn, f"round{n}", each)
            rates.append(stuck.rate / fresh.rate)
            costs.append(stuck.cpu / fresh.cpu)
            dead = BOTS * PEOPLE_A_BOT * each
            cpu = f"{fresh.cpu * 1e6:.0f} and {stuck.cpu * 1e6:.0f} µs of CPU a message"
            rate = f"{fresh.rate:,.0f} a second fresh, {stuck.rate:,.0f} behind {dead:,} dead rows"
            say(f"{rate}; {cpu} ({machine()})")
    say(f"CPU a message, vacuum held up / fresh: {median(costs):.2f}")
    return int(not verdict("vacuum held up / fresh", rates, BAR))


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
