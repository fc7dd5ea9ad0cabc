"""The database goes away and comes back: nothing is lost, and everybody is told to come again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, hook, launch, publish, update
from tests.api.partner import Partner
from tests.messenger import Messenger
from tests.web.outage import Wire, wired


@pytest.fixture
async def wire(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wire]:
    # A path of pytest's own may be longer than a socket's can be.
    folder = Path(tmp_path_factory.mktemp("w"))
    async with wired(dsn, folder) as wire:
        yield wire


@pytest.fixture
async def database(wire: Wire) -> AsyncIterator[Database]:
    async with Database(wire.dsn, connections=4) as opened:
        yield opened


async def test_while_the_database_is_away_messengers_and_clients_are_asked_to_come_again(
    anyone: Partner, ann: Partner, shop_id: int, engine: Engine, wire: Wire
) -> None:
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    delivery = update(7, "/start")
    assert (await hook(ann, engine, bot, update(8, "/start"))).status == 200
    secret = (await engine.connections.of(shop_id, bot["id"])).secret
    path = f"/hooks/{shop_id}/{bot['id']}/"
    headers = {"x-telegram-bot-api-secret-token": secret}
    await wire.cut()
    for known in (True, False):
        if not known:
            engine.connections.forget(shop_id, bot["id"])
        answer = await anyone.ask("POST", path, json=delivery, headers=headers)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
    for refused in (
        await anyone.get("/health"),
        await ann.get("/api/shop/shops/"),
        await ann.post("/api/shop/shops/", {"name": "Lost"}),
        await anyone.post("/api/auth/login/", {"email": "ann@shop.example", "password": "x"}),
    ):
        assert (refused.status, refused.body["code"]) == (503, "unavailable")
    await wire.mend()
    assert (await anyone.ask("POST", path, json=delivery, headers=headers)).status == 200
    assert (await ann.get("/api/bot/bot_users/", shop_id=shop_id, search="7")).result["count"] == 1
    assert (await anyone.get("/health")).body == {"status": "ok"}


async def test_what_works_in_the_background_goes_on_when_the_database_is_back(
    anyone: Partner, ann: Partner, shop_id: int, engine: Engine, wire: Wire, messenger: Messenger
) -> None:
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    async with engine.working():
        assert (await hook(ann, engine, bot, update(7, "/start"))).status == 200
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!"])
        await wire.cut()
        for _ in range(3):  # long enough for every loop to find out
            assert (await anyone.get("/health")).status == 503
            await asyncio.sleep(0.5)
        await wire.mend()
        assert (await hook(ann, engine, bot, update(7, "Order"))).status == 200
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!", "Your name?"])
