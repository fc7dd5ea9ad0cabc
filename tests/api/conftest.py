from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp import ClientSession, DummyCookieJar

from engine.passwords import hash_password
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.accounts import Account, Accounts
from engine.store.tokens import Tokens
from engine.store.unit import Database
from tests.api.partner import PASSWORD, Partner, served
from tests.doors import door
from tests.messenger import Messenger

# Slow on purpose, and of the same password always as good.
HASHES: dict[str, str] = {}


class Join(Protocol):
    """Makes an account, and logs it in."""

    async def __call__(self, email: str, password: str = PASSWORD) -> Partner: ...


@pytest.fixture
async def messenger() -> AsyncIterator[Messenger]:
    stand_in = Messenger()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
def settings(tmp_path: Path, messenger: Messenger) -> Settings:
    return Settings(folder=tmp_path, channel_urls={"telegram": messenger.url})


@pytest.fixture
async def engine(settings: Settings, database: Database) -> AsyncIterator[Engine]:
    async with Engine(settings, database) as running:
        yield running


@pytest.fixture
async def anyone(engine: Engine) -> AsyncIterator[Partner]:
    """Somebody who is not logged in, at a door that is open."""
    async with served(door(engine)) as address, ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield Partner(session, address)


@pytest.fixture
def join(database: Database, anyone: Partner) -> Join:
    async def join(email: str, password: str = PASSWORD) -> Partner:
        async with database.unit() as unit:
            if password not in HASHES:
                HASHES[password] = await hash_password(password)
            account = await Accounts(unit).add(Account(email=email, password_hash=HASHES[password]))
            token = await Tokens(unit).issue(account.id, "test")
        return Partner(anyone.session, anyone.address, token)

    return join


@pytest.fixture
async def ann(join: Join) -> Partner:
    return await join("ann@shop.example")


@pytest.fixture
async def bob(join: Join) -> Partner:
    """A stranger to Ann."""
    return await join("bob@elsewhere.example")


@pytest.fixture
async def shop_id(ann: Partner) -> int:
    """Ann's shop."""
    shop = (await ann.post("/api/shop/shops/", {"name": "Coffee Point", "timezone": "Europe/Berlin"})).result
    number: int = shop["id"]
    return number
