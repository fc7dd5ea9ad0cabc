"""Lanes that move between processes while people talk: nothing is lost, doubled or out of order."""

import asyncio
from contextlib import AsyncExitStack

from engine.runtime import Engine
from engine.store.unit import Database
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU
from tests.engine.holding import Holding
from tests.engine.shop_floor import Shop
from tests.engine.test_lanes_shared import become

MOVES, PEOPLE, BOTS = 3, 8, 3
ORDER = """
SELECT array_agg(external_id::bigint ORDER BY seq) AS sent FROM message WHERE direction = 2
GROUP BY shop_id, bot_user_id
"""


async def test_processes_that_come_and_go_lose_double_and_disorder_nothing(
    shop: Shop, engine: Engine, engines: Engines, dsn: str, database: Database, messenger: Holding
) -> None:
    shops = [Shop(database, engine) for _ in range(BOTS)]
    for one in shops:
        await one.open([MENU])
    async with AsyncExitStack() as stack:
        far = await stack.enter_async_context(Database(dsn, connections=4))
        other = await stack.enter_async_context(engines(far))
        await stack.enter_async_context(other.working())
        over = asyncio.Event()
        talks = [Talk(one, other, messenger, over) for one in shops]
        talking = asyncio.gather(*(talk.go_on(str(user)) for talk in talks for user in range(PEOPLE)))
        for _ in range(MOVES):
            async with engines(database) as third, third.working():
                await _has_a_lane(database)
        over.set()
        await talking
        said = sum(talk.said for talk in talks)
        await messenger.until(lambda: len(messenger.taken) >= said)

        async def settled() -> bool:
            return not await database.pool.fetchval("SELECT count(*) FROM outbox")

        await become(settled)
    assert len(messenger.taken) == said
    rows = [row["sent"] for row in await database.pool.fetch(ORDER)]
    assert len(rows) == PEOPLE * BOTS
    assert all(sent == sorted(sent) for sent in rows)


class Talk:
    """With a bot: each turn is committed by another process than the one before."""

    def __init__(self, shop: Shop, other: Engine, messenger: Holding, over: asyncio.Event) -> None:
        self.said = 0
        self._over = over
        self._messenger = messenger
        self._writers = [shop, Shop(shop.database, other)]
        mine = self._writers[1]
        mine.id, mine.bot_id, mine.revisions = shop.id, shop.bot_id, shop.revisions

    async def go_on(self, user: str) -> None:
        turns = 0
        while not self._over.is_set():
            await self._writers[turns % 2].start(user)
            turns += 1
            self.said += 1
            await self._messenger.until(self._is_answered)

    def _is_answered(self) -> bool:
        """All but a few."""
        return len(self._messenger.taken) >= BOTS * (self.said - 5 * PEOPLE)


async def _has_a_lane(database: Database) -> None:
    async def so() -> bool:
        return bool(
            await database.pool.fetchval(
                "SELECT count(DISTINCT l.owner) = 2 FROM lane l JOIN lane_owner USING (owner)"
            )
        )

    await become(so)
