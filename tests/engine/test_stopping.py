"""Who stops, is stopped or slept through his time finishes what he began, and begins nothing more."""

import asyncio
from time import monotonic

import pytest

from engine.runtime import Engine
from tests.engine.flows_for_tests import MENU
from tests.engine.holding import Holding, deliverers
from tests.engine.shop_floor import Shop, say_much


async def test_a_bot_that_is_stopped_says_nothing_more_and_goes_on_when_started(
    shop: Shop, engine: Engine, messenger: Holding
) -> None:
    await shop.open([MENU])
    await say_much(shop, "7", 5)
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
        await shop.database.pool.execute("UPDATE bot SET status = 3")
        engine.connections.forget(shop.id, shop.bot_id)
        other = Shop(shop.database, engine)
        await other.open([MENU])
        messenger.let_go()
        await other.start("8")
        await messenger.until(lambda: messenger.texts("8") == ["Hello Ann"])
        assert messenger.texts("7") == ["Hello Ann"]
        await shop.database.pool.execute("UPDATE bot SET status = 5")
        engine.connections.forget(shop.id, shop.bot_id)
        await messenger.until(lambda: len(messenger.texts("7")) == 5)


async def test_who_lost_his_lane_while_he_slept_delivers_nothing_more(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.open([MENU])
    await say_much(shop, "7", 5)
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
        await shop.database.pool.execute("UPDATE lane SET owner = 'other', epoch = epoch + 1")
        monkeypatch.setattr("engine.lane_keeping.monotonic", lambda: monotonic() + 60)
        messenger.let_go()
        await messenger.until(lambda: len(messenger.taken) == 1)
    assert len(messenger.taken) == 1
    assert await shop.count("outbox") == 5


async def test_who_stops_finishes_what_he_began_and_leaves_the_rest(
    shop: Shop, engine: Engine, messenger: Holding
) -> None:
    await shop.open([MENU])
    await say_much(shop, "7", 50)
    async with engine.working():
        messenger.hold()
        await messenger.until_held(1)
        asyncio.get_running_loop().call_later(0.2, messenger.let_go)
    assert 1 <= len(messenger.taken) <= 2
    assert await shop.count("outbox") == 50 - len(messenger.taken)
    assert not deliverers()


async def test_who_stops_waits_for_no_messenger_for_ever(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.STOP_SECONDS", 0.1, raising=False)
    await shop.open([MENU])
    await shop.start("7")
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
    assert not deliverers()
