"""Changing the key: every secret moves to the new one, and what cannot be opened is named and kept."""

import os

from engine.secrets import Foreign, KeyLost, Vault
from engine.store.bots import Bots
from engine.store.rotation import SEALED, reseal
from engine.store.unit import Database
from tests.engine.store.conftest import Place

OLD, NEW, LOST = os.urandom(32), os.urandom(32), os.urandom(32)


async def give(
    database: Database, place: Place, credentials: bytes, hook_secret: bytes | None = None
) -> None:
    async with database.unit() as unit:
        bot = await Bots(unit, place.shop).get(place.bot)
        bot.credentials, bot.hook_secret = credentials, hook_secret


async def test_every_secret_opens_with_the_new_key_alone_afterwards(
    database: Database, ours: Place, theirs: Place
) -> None:
    old, both = Vault([OLD]), Vault([NEW, OLD])
    for place in (ours, theirs):
        sealed = [
            old.seal(place.shop, f"{table}.{column}", place.bot, b"x")
            for table, column in SEALED
            if table == "bot"
        ]
        await give(database, place, *sealed)
    assert await reseal(database, both) == (4, [])
    assert await reseal(database, both) == (0, [])
    async with database.unit() as unit:
        for place in (ours, theirs):
            bot = await Bots(unit, place.shop).get(place.bot)
            assert bot.credentials is not None
            assert Vault([NEW]).open(place.shop, "bot.credentials", place.bot, bot.credentials) == b"x"


async def test_what_cannot_be_opened_is_named_and_left_alone(
    database: Database, ours: Place, theirs: Place
) -> None:
    lost = Vault([LOST]).seal(ours.shop, "bot.credentials", ours.bot, b"x")
    moved = Vault([OLD]).seal(ours.shop, "bot.credentials", ours.bot, b"x")
    await give(database, ours, lost)
    await give(database, theirs, moved)
    renewed, faults = await reseal(database, Vault([NEW, OLD]))
    assert renewed == 0
    assert [type(fault) for fault in faults] == [KeyLost, Foreign]
    async with database.unit() as unit:
        assert (await Bots(unit, ours.shop).get(ours.bot)).credentials == lost
