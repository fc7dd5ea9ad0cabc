"""Lanes among processes: nobody has more than his share, the dead are followed, and the living are not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from asyncpg import Pool

from engine.runtime import Engine
from engine.store import lanes_held
from engine.store.unit import Database
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU
from tests.engine.holding import Holding
from tests.engine.shop_floor import Shop

MANY = 10_000
OURS = "SELECT owner, count(*) FROM lane JOIN lane_owner USING (owner) GROUP BY owner ORDER BY 2"


async def become(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():
            pass  # it asks the database, and others work meanwhile


async def bots(shop: Shop, how_many: int) -> None:
    await shop.open([MENU])
    await shop.database.pool.execute(
        "INSERT INTO bot (shop_id, kind, name, status) SELECT $1, 'telegram', 'Bot', 5"
        " FROM generate_series(2, $2::int)",
        shop.id,
        how_many,
    )


async def shares(pool: Pool) -> list[int]:
    return [row["count"] for row in await pool.fetch(OURS)]


async def test_nobody_keeps_more_than_his_share_and_one_that_ends_gives_its_own_back(
    shop: Shop, engine: Engine, engines: Engines, database: Database
) -> None:
    await bots(shop, 7)

    async def shared(*expected: int) -> None:
        async def so() -> bool:
            return await shares(database.pool) == [*expected]

        await become(so)

    async with engine.working():
        await shared(7)
        async with engines(database) as second, second.working():
            await shared(3, 4)
            async with engines(database) as third, third.working():
                await shared(1, 3, 3)
        await shared(7)


async def test_who_died_is_taken_over_and_what_he_had_is_sent(
    shop: Shop, engine: Engine, database: Database, messenger: Holding
) -> None:
    await shop.open([MENU])
    pool = database.pool
    await lanes_held.enter(pool, "dead")
    await lanes_held.take(pool, "dead", [])
    await shop.start("7")
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Hello Ann"])
    assert not await lanes_held.renew(pool, "dead")


async def test_who_lives_is_not_taken_over(database: Database, shop: Shop) -> None:
    await shop.open([MENU])
    pool = database.pool
    for owner in ("first", "second"):
        await lanes_held.enter(pool, owner)
    assert await lanes_held.take(pool, "first", []) == 1
    assert not await lanes_held.bury(pool, "second")
    await lanes_held.take(pool, "second", [])
    assert [lane.epoch for lane in await lanes_held.held(pool, "first")] == [1]
    assert await lanes_held.held(pool, "second") == []


async def test_who_was_away_while_nobody_else_was_there_still_has_all(database: Database, shop: Shop) -> None:
    await shop.open([MENU])
    pool = database.pool
    await lanes_held.enter(pool, "first")
    await lanes_held.take(pool, "first", [])
    await pool.execute("UPDATE lane_owner SET lives_until = now() - interval '1 hour'")
    assert not await lanes_held.bury(pool, "first")
    assert await lanes_held.renew(pool, "first")
    assert [lane.epoch for lane in await lanes_held.held(pool, "first")] == [1]


async def test_who_was_buried_owns_nothing_when_he_comes_back(database: Database, shop: Shop) -> None:
    await shop.open([MENU])
    pool = database.pool
    await lanes_held.enter(pool, "first")
    await lanes_held.take(pool, "first", [])
    await pool.execute("UPDATE lane_owner SET lives_until = now() - interval '1 second'")
    await lanes_held.enter(pool, "second")
    assert await lanes_held.bury(pool, "second")
    assert not await lanes_held.renew(pool, "first")
    await lanes_held.enter(pool, "first")
    assert await lanes_held.held(pool, "first") == []
    await lanes_held.take(pool, "second", [])
    assert [lane.epoch for lane in await lanes_held.held(pool, "second")] == [2]


async def test_of_many_who_take_a_free_lane_at_once_one_has_it(database: Database, shop: Shop) -> None:
    await shop.open([MENU])
    pool = database.pool
    owners = [str(number) for number in range(8)]
    await asyncio.gather(*(lanes_held.enter(pool, owner) for owner in owners))
    await asyncio.gather(*(lanes_held.take(pool, owner, []) for owner in owners))
    held = [lane for owner in owners for lane in await lanes_held.held(pool, owner)]
    assert [lane.epoch for lane in held] == [1]


async def test_what_two_processes_write_to_a_person_arrives_in_order(
    shop: Shop, engine: Engine, engines: Engines, dsn: str, messenger: Holding
) -> None:
    await shop.open([MENU])
    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(Database(dsn, connections=4))
        other = await stack.enter_async_context(engines(second))
        await stack.enter_async_context(engine.working())
        await stack.enter_async_context(other.working())
        writers = [shop, Shop(second, other)]
        writers[1].id, writers[1].bot_id, writers[1].revisions = shop.id, shop.bot_id, shop.revisions

        async def talk(user: str) -> None:
            for turn in range(10):
                await writers[(turn + int(user)) % 2].start(user)

        await asyncio.gather(*(talk(str(user)) for user in range(20)))
        await messenger.until(lambda: len(messenger.taken) == 200)

        async def settled() -> bool:
            return await shop.count("outbox") == 0

        await become(settled)
    rows = await shop.database.pool.fetch(
        "SELECT bot_user_id, array_agg(external_id::bigint ORDER BY seq) AS sent FROM message"
        " WHERE direction = 2 GROUP BY bot_user_id"
    )
    assert len(rows) == 20
    assert all(row["sent"] == sorted(row["sent"]) for row in rows)


async def test_a_row_that_is_committed_after_a_higher_one_was_sent_is_sent(
    shop: Shop, engine: Engine, database: Database, messenger: Holding
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.start("8")
    copy = (
        "INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)"
        " SELECT shop_id, bot_id, bot_user_id, seq + 10000, body FROM outbox"
        " WHERE bot_user_id = (SELECT id FROM bot_user WHERE messenger_user_id = '7')"
    )
    async with engine.working(), database.pool.acquire() as slow:
        async with slow.transaction():
            await slow.execute(copy)
            await shop.start("8")
            await messenger.until(lambda: len(messenger.texts("8")) == 2)
        await messenger.until(lambda: len(messenger.texts("7")) == 2)


async def test_ten_thousand_conversations_are_all_answered(
    shop: Shop, engine: Engine, messenger: Holding
) -> None:
    await shop.open([MENU])
    await shop.start("0")
    pool = shop.database.pool
    await pool.execute(
        "INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, lang_code)"
        " SELECT shop_id, bot_id, n::text, 'en' FROM bot_user, generate_series(1, $1::int) n",
        MANY - 1,
    )
    await pool.execute(
        "INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)"
        " SELECT u.shop_id, u.bot_id, u.id, 1, o.body FROM outbox o, bot_user u"
        " WHERE u.messenger_user_id <> '0'"
    )
    async with engine.working():
        await messenger.until(lambda: len(messenger.taken) >= MANY)
    assert len({call.to for call in messenger.taken}) == len(messenger.taken) == MANY
    assert await shop.count("outbox") == 0
