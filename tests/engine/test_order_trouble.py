"""Orders while much happens to them at once: nobody waits for anybody in a ring, and goods come back once."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from engine.orders.ordering import move, settle
from engine.refusals import Conflict, NotFound
from engine.store.bot_users import BotUsers
from engine.store.orders import Status
from engine.store.shops import Shops
from engine.store.unit import Unit
from tests.engine.shop_floor import Shop
from tests.engine.till_floor import CHECKOUT, come, confirm, orders, sell, stock

PEOPLE = 12
Work = Callable[[Unit], Awaitable[object]]


async def ordered(shop: Shop, left: int | None = PEOPLE) -> int:
    """Each of them has ordered one tea."""
    await shop.open([CHECKOUT])
    tea = await sell(shop, stock=left)
    await confirm(shop, await come(shop, [{tea: 1}] * PEOPLE))
    return tea


async def at_once(shop: Shop, works: list[Work]) -> None:
    """Each in a unit of its own.  What its order or its person does not allow any more is refused."""

    async def one(work: Work) -> None:
        try:
            async with shop.database.unit() as unit:
                await work(unit)
        except (Conflict, NotFound):
            pass

    async with asyncio.timeout(60):
        await asyncio.gather(*map(one, works))


def moves(shop: Shop, order: dict[str, Any], to: Status) -> Work:
    return lambda unit: move(unit, shop.id, order["id"], to, None)


def pays(shop: Shop, order: dict[str, Any]) -> Work:
    given = {"amount": order["total"], "currency": order["currency"]}
    return lambda unit: settle(unit, shop.id, order["number"], paid=True, **given)


def forgets(shop: Shop, order: dict[str, Any]) -> Work:
    return lambda unit: BotUsers(unit, shop.id).remove(order["bot_user_id"])


async def test_whatever_becomes_of_orders_at_once_what_is_cancelled_comes_back_once(shop: Shop) -> None:
    tea = await ordered(shop)
    works: list[Work] = []
    for order in await orders(shop):
        works += [moves(shop, order, to) for to in ("accepted", "done", "cancelled", "cancelled")]
        works += [pays(shop, order)] * 2
    Random(3).shuffle(works)
    await at_once(shop, works)
    cancelled = await shop.count("shop_order", "status = 'cancelled'")
    assert await stock(shop, tea) == [cancelled]
    assert await shop.count("order_news", "status = 'cancelled'") == cancelled
    paid = await shop.count("shop_order", "paid_at IS NOT NULL")
    assert await shop.count("order_news", "status = 'paid'") == paid


async def test_a_person_can_be_forgotten_while_his_order_is_moved(shop: Shop) -> None:
    await ordered(shop)
    works: list[Work] = []
    for order in await orders(shop):
        works += [moves(shop, order, "accepted"), forgets(shop, order)]
    await at_once(shop, works)
    assert await shop.count("bot_user") == await shop.count("order_news") == 0
    assert await shop.count("shop_order", "bot_user_id IS NULL AND status = 'accepted'") == PEOPLE


async def test_a_shop_can_be_closed_while_its_orders_are_cancelled(shop: Shop) -> None:
    await ordered(shop)
    works = [moves(shop, order, "cancelled") for order in await orders(shop)]
    works.insert(PEOPLE // 2, lambda unit: Shops(unit).close(shop.id))
    await at_once(shop, works)
    for table in ("shop_order", "order_news", "bot_user", "variant", "message"):
        assert await shop.count(table) == 0
