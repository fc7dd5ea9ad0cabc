"""What a million people cost who are stored already: `python -m tests.benchmarks.bench_big`.

Turns and deliveries a second, the messenger answering at once, with 1,000,000 bot users and 10,000,000
messages stored, against the same with 2,000 people and no message; both in one run.  And what each of them
takes on disk, and how many updates stay in their page (HOT).  Bar: 0.7 of the rate.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from random import Random
from time import monotonic
from uuid import uuid4

from engine.outbox import Deliveries
from engine.store.unit import Connections
from flows.events import Said
from tests.benchmarks.at_once import AtOnce, nobody_leaves
from tests.benchmarks.storage import PEOPLE, database, fill, machine, say, server, shop_floor, verdict
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop, update

BAR = 0.7
FEW, MANY, MESSAGES_EACH = 2_000, 1_000_000, 10
TURNS, AT_ONCE = 10_000, 256
SLICE = 100_000
_SAID = """
INSERT INTO message (shop_id, bot_user_id, seq, direction, body, status, external_id, created_at)
SELECT u.shop_id, u.id, n, 1 + n % 2, jsonb_build_object('do', 'send', 'text', repeat('Hello ', 15)),
    CASE n % 2 WHEN 0 THEN 'received' ELSE 'sent' END, CASE n % 2 WHEN 1 THEN '123456' END,
    now() - interval '9 days'
FROM generate_series(1, $4::int) n, bot_user u WHERE u.shop_id = $1 AND u.id BETWEEN $2 AND $3
"""
_SIZES = """
SELECT relname, greatest(reltuples, 1) AS many, pg_table_size(oid) AS rows, pg_indexes_size(oid) AS indexes
FROM pg_class WHERE relname IN ('bot_user', 'message') ORDER BY 1
"""
_UPDATES = """
SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
WHERE relname IN ('bot_user', 'message') ORDER BY 1
"""


class Town:
    """A shop with so many people, each of whom may write next."""

    def __init__(self, shop: Shop, people: int) -> None:
        self.shop = shop
        self.people = people
        self.pool: Connections = shop.database.pool
        self._dice = Random(7)

    async def settle(self, messages_each: int) -> None:
        for first in range(1, self.people + 1, SLICE):
            last = min(first + SLICE - 1, self.people)
            await fill(self.pool, PEOPLE, self.shop.id, self.shop.bot_id, "{}", first, last)
            ids = await self.pool.fetchrow("SELECT max(id) - $1, max(id) FROM bot_user", last - first)
            if messages_each:
                await fill(self.pool, _SAID, self.shop.id, *ids, messages_each)
        await fill(self.pool, "VACUUM ANALYZE")

    async def rate(self) -> float:
        """Turns a second, until all that they say is delivered."""
        engine, sender = self.shop.engine, AtOnce(TURNS)
        deliveries = Deliveries(str(uuid4()), self.pool, engine.connections, sender, nobody_leaves)
        task = asyncio.create_task(deliveries.run())
        began = monotonic()
        ahead = iter(range(TURNS))
        await asyncio.gather(*(self._talk(ahead, deliveries) for _ in range(AT_ONCE)))
        await sender.all.wait()
        rate = TURNS / (monotonic() - began)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return rate

    async def _talk(self, ahead: Iterator[int], deliveries: Deliveries) -> None:
        for _ in ahead:
            who = f"p{self._dice.randint(1, self.people)}"
            await self.shop.engine.receive(self.shop.id, self.shop.bot_id, [update(who, Said("2"))])
            deliveries.wake()

    async def tell(self) -> None:
        """What the rows take, and how the updates went."""
        for name, many, rows, indexes in await self.pool.fetch(_SIZES):
            say(f"{name}: {rows / many:,.0f} bytes a row and {indexes / many:,.0f} of indexes")
        await asyncio.sleep(1)  # what the sessions did is added up once a second
        for name, updates, hot in await self.pool.fetch(_UPDATES):
            if updates:
                say(f"{name}: {updates:,} updates, {hot / updates:.0%} within their page")


async def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1 for small machines")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    towns = []
    async with AsyncExitStack() as stack:
        folder, dsn = stack.enter_context(server())
        for name, people, each in (("small", FEW, 0), ("big", int(MANY * args.scale), MESSAGES_EACH)):
            opened = await stack.enter_async_context(database(dsn, name))
            shop = await stack.enter_async_context(shop_floor(folder, opened, [MENU]))
            towns.append(Town(shop, people))
            await towns[-1].settle(each)
        ratios = []
        for _ in range(args.rounds):
            small, big = [await town.rate() for town in towns]
            ratios.append(big / small)
            say(f"{small:,.0f} turns a second among {FEW:,} people, {big:,.0f} among the many ({machine()})")
        await towns[-1].tell()
    return int(not verdict("turns a second, big / small", ratios, BAR))


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
