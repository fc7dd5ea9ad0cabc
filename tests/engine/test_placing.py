"""A customer orders through the whole engine: from the shop's books to the order, and to its payment."""

import asyncio
from typing import Any

import pytest
from msgspec import json

from engine.arrivals import Arrival
from engine.orders.ordering import settle
from engine.runtime import Engine
from engine.store.orders import Order, Orders
from flows.card import Cart, CartLine
from flows.events import Answered
from tests.engine.shop_floor import Shop
from tests.messenger import Messenger

EXITS = ("placed", "paid", "failed", "cancelled", "empty")
ORDERING: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "order",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "order",
            "kind": "place_order",
            "contacts": [],
            **{exit: {"go": "forward", "to": exit} for exit in EXITS},
        },
        *({"id": exit, "kind": "message", "text": f"@{exit}"} for exit in EXITS),
    ],
}


class Counter:
    """Sells one kind of tea, of which there is so much."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.variant = 0

    async def open(self, stock: int, *, online: bool = False) -> None:
        await self.shop.open([ORDERING])
        tea = await self._make("INSERT INTO product (shop_id, title) VALUES ($1, 'Tea') RETURNING id")
        self.variant = await self._make(
            "INSERT INTO variant (shop_id, product_id, price, stock) VALUES ($1, $2, 350, $3) RETURNING id",
            tea,
            stock,
        )
        await self._make(
            "INSERT INTO payment_method (shop_id, title, kind, online) VALUES ($1, 'Pay', 'any', $2)"
            " RETURNING id",
            online,
        )

    async def enters(self, user: str, quantity: int = 1) -> None:
        """Somebody with so much in his cart begins to order."""
        await self.shop.start(user)
        cart = json.encode(Cart((CartLine(self.variant, quantity),))).decode()
        await self.shop.database.pool.execute(
            "UPDATE bot_user SET cart = $3::jsonb WHERE shop_id = $1 AND messenger_user_id = $2",
            self.shop.id,
            user,
            cart,
        )
        await self.shop.start(user)

    async def _make(self, statement: str, *given: object) -> int:
        return int(await self.shop.database.pool.fetchval(statement, self.shop.id, *given))

    async def said(self, user: str) -> list[str]:
        rows = await self.shop.database.pool.fetch(
            "SELECT body->>'text' AS text FROM message WHERE shop_id = $1 AND bot_user_id = $2"
            " AND direction = 2 ORDER BY seq",
            self.shop.id,
            (await self.shop.user(user))["id"],
        )
        return [row["text"] for row in rows]

    async def orders(self) -> list[Order]:
        async with self.shop.database.unit() as unit:
            return [*(await Orders(unit, self.shop.id).page(100)).rows]

    async def left(self) -> int:
        return int(await self.shop.database.pool.fetchval("SELECT stock FROM variant"))


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


async def test_an_order_is_kept_with_its_number_and_takes_from_the_stock(counter: Counter) -> None:
    await counter.open(5)
    await counter.enters("7", 2)
    await counter.shop.say("7", "Confirm")
    (order,) = await counter.orders()
    assert (order.number, order.total, order.status, order.payment_title) == (1, 700, "new", "Pay")
    assert await counter.left() == 3
    assert (await counter.said("7"))[-2:] == ["Thank you! Your order No. 1 is placed.", "@placed"]
    assert (await counter.shop.user("7"))["variables"]["order_number"] == 1


async def test_pressing_confirm_twice_at_once_orders_once(counter: Counter) -> None:
    await counter.open(5)
    await counter.enters("7")
    await asyncio.gather(*(counter.shop.say("7", "Confirm") for _ in range(3)))
    assert len(await counter.orders()) == 1
    assert await counter.left() == 4


async def test_the_last_one_is_sold_to_one_and_the_others_are_told(counter: Counter) -> None:
    await counter.open(2)
    users = [str(n) for n in range(1, 9)]
    for user in users:
        await counter.enters(user)
    await asyncio.gather(*(counter.shop.say(user, "Confirm") for user in users))
    assert await counter.left() == 0
    assert len(await counter.orders()) == 2
    told = [await counter.said(user) for user in users]
    assert sorted(said[-1] for said in told) == ["@empty"] * 6 + ["@placed"] * 2
    assert sum("Tea: sold out" in said[-2] for said in told) == 6


async def test_a_payment_that_comes_while_it_is_waited_for_takes_the_flow_on(
    counter: Counter, engine: Engine, messenger: Messenger
) -> None:
    await counter.open(5, online=True)
    await counter.enters("7")
    await counter.shop.say("7", "Confirm")
    user = await counter.shop.user("7")
    (frame,) = user["state"]["frames"]
    bill = Answered("main", "order", frame["asked"], 200, {"url": "https://pay.example/1"})
    await counter.shop.database.pool.execute("DELETE FROM call")
    await engine.take([Arrival(counter.shop.id, bill, bot_user_id=user["id"])])
    assert (await counter.said("7"))[-1] == "To pay for order No. 1: $3.50"
    async with counter.shop.database.unit() as unit:
        await settle(unit, counter.shop.id, 1, amount=350, currency="USD", paid=True)
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7")[-1:] == ["@paid"])
    assert messenger.texts("7")[-2] == "Your order No. 1 is paid. Thank you!"
    assert await counter.shop.count("order_news") == 0
