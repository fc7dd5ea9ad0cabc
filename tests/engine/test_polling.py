"""Bots that ask for their news: refused they say why, and one bad update does not make them deaf."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from channels.base import ConnectionRefused
from channels.kinds.telegram import Telegram, TelegramCredentials
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop
from tests.messenger import Messenger


@pytest.fixture
async def engine(database: Database, messenger: Messenger, tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(folder=tmp_path, channel_urls={"telegram": messenger.url}, updates="polling")
    async with Engine(settings, database) as running:
        yield running


async def test_a_token_that_is_refused_while_polling_is_told_to_the_owner_and_not_hammered(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    told = asyncio.Event()

    async def refused(self: Telegram, credentials: TelegramCredentials) -> AsyncGenerator[bytes, None]:
        raise ConnectionRefused("Telegram does not know\0 this token")
        yield b""

    sleep = asyncio.sleep

    async def sleeps(seconds: float) -> None:
        pauses.append(seconds)
        if seconds >= 60:
            told.set()
        await sleep(min(seconds, 0.01) if not told.is_set() else seconds)

    monkeypatch.setattr(Telegram, "poll", refused)
    monkeypatch.setattr("engine.polling.asyncio.sleep", sleeps)
    await shop.open([MENU])
    async with engine.working(), asyncio.timeout(60):
        await told.wait()
    problem = await shop.database.pool.fetchval("SELECT problem FROM bot")
    assert problem == "Telegram does not know this token"
    assert pauses.count(60.0) == 1
