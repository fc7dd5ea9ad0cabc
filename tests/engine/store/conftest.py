"""Two shops with a bot each: what is of one must not be seen from the other."""

from typing import NamedTuple

import pytest

from engine.store.accounts import Account, Accounts
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bot, Bots
from engine.store.shops import Shop, Shops
from engine.store.unit import Database


class Place(NamedTuple):
    """The ids of a shop, its owner, its bot and the bot's one user."""

    shop: int
    owner: int
    bot: int
    user: int


async def found(database: Database, name: str) -> Place:
    async with database.unit() as unit:
        owner = await Accounts(unit).add(Account(email=f"{name}@example.org", password_hash="x"))
        shop = await Shops(unit).open(owner.id, Shop(name=name))
        bot = await Bots(unit, shop.id).add(Bot(kind="echo", name=name))
        user = BotUser(bot_id=bot.id, messenger_user_id="77", variables={"name": f"Ada of {name}"})
        met = await BotUsers(unit, shop.id).meet(user)
        return Place(shop.id, owner.id, bot.id, met.id)


@pytest.fixture
async def ours(database: Database) -> Place:
    return await found(database, "ours")


@pytest.fixture
async def theirs(database: Database) -> Place:
    return await found(database, "theirs")
