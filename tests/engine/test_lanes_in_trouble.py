"""Lanes that are lost, slept through or held up: nothing is said for others, forgotten, or in their way."""

import asyncio
from time import monotonic
from typing import Any

import pytest

from engine.lane_keeping import LaneKeeping
from engine.runtime import Engine
from engine.store import lanes_held
from engine.store.unit import Database
from tests.engine.flows_for_tests import MENU
from tests.engine.holding import Holding, deliverers
from tests.engine.shop_floor import Shop
from tests.engine.test_lanes_shared import become
from tests.messenger import UNAUTHORIZED

LONG: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "tell",
    "triggers": [{"on": "default"}],
    "steps": [{"id": "tell", "kind": "message", "text": "word " * 1_500}],
}
TAKEN = """
WITH gone AS (DELETE FROM lane_owner), others AS (
    INSERT INTO lane_owner (owner, lives_until) VALUES ('other', now() + interval '1 hour')
)
UPDATE lane SET owner = 'other', epoch = epoch + 1
"""


async def crowd(shop: Shop, how_many: int) -> None:
    """So many people, to each of whom something is to be said."""
    for user in range(how_many):
        await shop.start(f"{user}")


async def test_who_lost_his_lane_in_the_middle_of_a_message_does_not_finish_it_though_he_lives_again(
    shop: Shop, engine: Engine, database: Database, messenger: Holding
) -> None:
    await shop.open([LONG])
    await shop.start("7")
    messenger.hold()

    async def is_back() -> bool:
        return bool(await database.pool.fetchval("SELECT count(*) = 2 FROM lane_owner"))

    async with engine.working():
        await messenger.until_held(1)
        await database.pool.execute(TAKEN)
        await become(is_back)
        messenger.let_go()
        await messenger.until(lambda: len(messenger.taken) == 1)
    assert len(messenger.taken) == 1
    assert await shop.count("outbox") == 1


async def test_a_full_lane_goes_on_after_its_lease_was_over_for_a_moment(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.MOST_A_LANE", 20)
    monkeypatch.setattr("engine.lane.MOST_A_LANE", 20)
    monkeypatch.setattr("engine.outbox.AT_ONCE_A_BOT", 1)
    await shop.open([MENU])
    await crowd(shop, 30)
    lives = True
    monkeypatch.setattr("engine.lane_keeping.LaneKeeping.lives", lambda _: lives)
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
        lives = False
        messenger.let_go()
        await asyncio.wait(deliverers())
        lives = True
        await messenger.until(lambda: len(messenger.taken) == 30)


async def test_bots_that_pause_for_long_leave_the_room_to_others(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.MOST_KNOWN", 20)
    monkeypatch.setattr("engine.outbox.AT_ONCE_A_BOT", 1)
    await shop.open([MENU])
    await crowd(shop, 30)
    other = Shop(shop.database, engine)
    await other.open([MENU])
    messenger.verdicts.append(UNAUTHORIZED)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
        await shop.start("7")
        await other.start("other")
        await messenger.until(lambda: messenger.texts("other") == ["Hello Ann"])
        await shop.say("8", "2")
        await other.say("other", "2")
        await messenger.until(lambda: messenger.texts("other") == ["Hello Ann"] * 2)
    assert len(messenger.taken) == 2
    assert await shop.count("outbox") == 32


async def test_bots_that_have_much_to_say_take_turns_with_those_that_come_later(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.AT_ONCE", 1)
    await shop.open([MENU])
    await crowd(shop, 50)
    other = Shop(shop.database, engine)
    await other.open([MENU])
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
        await other.start("other")
        messenger.let_go()
        await messenger.until(lambda: bool(messenger.texts("other")))
        assert len(messenger.taken) < 10


async def test_who_could_not_reach_the_database_himself_calls_nobody_dead_at_once(
    shop: Shop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.open([MENU])
    pool = database.pool
    first, second = (LaneKeeping(owner, pool, lambda: None) for owner in ("first", "second"))
    await second.round()
    await first.round()
    await pool.execute("UPDATE lane_owner SET lives_until = now() - interval '1 minute'")
    monkeypatch.setattr("engine.lane_keeping.monotonic", lambda: monotonic() + 60)
    await first.round()
    assert first.lives()
    assert await lanes_held.renew(pool, "second")


async def test_who_comes_new_takes_over_from_the_dead_at_once(shop: Shop, database: Database) -> None:
    await shop.open([MENU])
    pool = database.pool
    await LaneKeeping("dead", pool, lambda: None).round()
    await pool.execute("UPDATE lane_owner SET lives_until = now() - interval '1 minute'")
    new = LaneKeeping("new", pool, lambda: None)
    await new.round()
    assert list(new.lanes) == [(shop.id, shop.bot_id)]


async def test_who_stops_in_the_middle_of_a_message_writes_down_how_far_he_came(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.STOP_SECONDS", 0.1)
    await shop.open([LONG])
    await shop.start("7")
    messenger.hold(lambda token: len(messenger.taken) == 1)
    async with engine.working():
        await messenger.until_held(1)
    row = await shop.database.pool.fetchrow("SELECT parts, attempts FROM outbox")
    assert tuple(row or ()) == (1, 1)
    assert await shop.count("message", "status = 'ambiguous'") == 1
    messenger.let_go()
