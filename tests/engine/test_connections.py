"""What of bots is kept at hand, and for how long."""

import gc
import weakref

import pytest

from engine import connections
from engine.runtime import Engine
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop


async def test_the_credentials_of_a_bot_that_nobody_asks_for_are_not_kept(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Shop(shop.database, engine)
    for one in (shop, other):
        await one.open([MENU])
    monkeypatch.setattr(connections, "FRESH_SECONDS", 0.0)
    opened = weakref.ref((await engine.connections.of(shop.id, shop.bot_id)).credentials)
    await engine.connections.of(other.id, other.bot_id)
    gc.collect()
    assert opened() is None


async def test_a_bot_that_is_asked_for_stays_at_hand_while_others_come(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "FRESH_SECONDS", 600.0)
    other = Shop(shop.database, engine)
    for one in (shop, other):
        await one.open([MENU])
    found = await engine.connections.of(shop.id, shop.bot_id)
    await engine.connections.of(other.id, other.bot_id)
    assert engine.connections.ready(shop.id, shop.bot_id) is found
