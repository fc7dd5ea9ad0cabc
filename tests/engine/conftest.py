from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from tests.engine.holding import Holding
from tests.engine.shop_floor import Shop
from tests.engine.wire import Wire
from tests.messenger import Messenger

Engines = Callable[[Database], AbstractAsyncContextManager[Engine]]


@pytest.fixture
async def messenger() -> AsyncIterator[Holding]:
    stand_in = Holding()
    await stand_in.start()
    yield stand_in
    stand_in.let_go()
    await stand_in.stop()


@pytest.fixture
async def wire(dsn: str) -> AsyncIterator[Wire]:
    """The test's database over a wire that can be cut."""
    it = Wire(dsn)
    await it.mend()
    yield it
    await it.cut()


@pytest.fixture
def engines(messenger: Messenger, tmp_path: Path) -> Engines:
    """Makes engines that share a vault and speak to the stand-in; any number on one database."""
    settings = Settings(
        folder=tmp_path,
        channel_urls={"telegram": messenger.url},
        http_networks=("127.0.0.0/8",),
        # Nobody polls where messengers are told to deliver: the stand-in hears what these tests are about.
        public_url="https://botique.example",
    )

    @asynccontextmanager
    async def engine(database: Database) -> AsyncIterator[Engine]:
        async with Engine(settings, database) as running:
            yield running

    return engine


@pytest.fixture
async def engine(engines: Engines, database: Database) -> AsyncIterator[Engine]:
    """Takes and commits; delivers nothing until a test lets it work."""
    async with engines(database) as running:
        yield running


@pytest.fixture
def shop(database: Database, engine: Engine) -> Shop:
    return Shop(database, engine)
