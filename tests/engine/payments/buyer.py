"""Somebody who has ordered and is to pay, with as few words as a test needs."""

import json
from typing import Any

from channels.invoices import Checkout, Receipt
from engine.orders.billing import Billing
from engine.outside import Outside
from engine.payments.base import Payment
from engine.payments.methods import add_method
from engine.runtime import Engine
from engine.store.due import DueCall
from engine.store.orders import Order, Orders
from engine.store.payments import Payment as Kept
from engine.store.payments import Payments
from flows.json_value import JSON
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop

TOTAL = 1050
LINE: JSON = {"variant": 1, "product": 1, "title": "Latte", "price": 525, "quantity": 2}
CREDENTIALS = {"token": "42:TEST", "payments_token": "381:TEST:9"}


class Buyer:
    def __init__(self, shop: Shop, engine: Engine, name: str = "7") -> None:
        self.shop = shop
        self.engine = engine
        self.name = name
        self.id = 0

    async def come(self) -> None:
        """Opens the shop, and is known to its bot."""
        await self.shop.open([MENU])
        await self.credentials(CREDENTIALS)
        await self.shop.start(self.name)
        self.id = (await self.shop.user(self.name))["id"]

    async def credentials(self, given: dict[str, str]) -> None:
        shop = self.shop
        sealed = self.engine.vault.seal(shop.id, "bot.credentials", shop.bot_id, json.dumps(given).encode())
        update = "UPDATE bot SET credentials = $1 WHERE shop_id = $2 AND id = $3"
        await shop.database.pool.execute(update, sealed, shop.id, shop.bot_id)
        self.engine.connections.forget(shop.id, shop.bot_id)

    async def method(self, kind: str, **settings: JSON) -> int:
        async with self.shop.database.unit() as unit:
            return (await add_method(unit, self.engine.vault, self.shop.id, kind, settings)).id

    async def orders(self, method: int | None, number: int = 17, **given: Any) -> None:
        order = Order(number=number, bot_user_id=self.id, bot_id=self.shop.bot_id, turn=number)
        order.items, order.currency, order.subtotal, order.total = [LINE], "USD", TOTAL, TOTAL
        order.payment_id = method
        for name, value in given.items():
            setattr(order, name, value)
        async with self.shop.database.unit() as unit:
            await Orders(unit, self.shop.id).add(order)

    async def order(self, number: int = 17) -> Order:
        async with self.shop.database.unit() as unit:
            found = await Orders(unit, self.shop.id).by_number(number)
        assert found is not None
        return found

    async def asks(
        self, number: int = 17, *, user: int | None = None, shop: int | None = None, open: bool = True
    ) -> tuple[int, Any]:
        """How the order is paid, as its flow is told; `open`: addresses of this machine may be asked."""
        engine, settings = self.engine, self.engine.settings
        outside = Outside(settings.http_networks if open else ())
        at = settings.public_address
        billing = Billing(engine.database, engine.vault, engine.connections, outside, at, engine.tell)
        call = DueCall(
            shop_id=shop or self.shop.id,
            bot_id=self.shop.bot_id,
            id=1,
            late=0.0,
            bot_user_id=user or self.id,
            flow="main",
            step="pay",
            token=1,
            request="{}",
            attempts=0,
        )
        try:
            return await billing.ask(call, number)
        finally:
            await outside.close()

    async def pays(self, method: int, **given: Any) -> None:
        """What a provider tells."""
        payment = {"order": 17, "status": "paid", "amount": TOTAL, "currency": "USD", "id": "pay_1"}
        await self.engine.till.take(self.shop.id, method, Payment(**(payment | given)))

    async def hears(self, *told: Checkout | Receipt) -> None:
        """What the messenger tells."""
        connection = await self.engine.connections.of(self.shop.id, self.shop.bot_id)
        await self.engine.till.heard(connection, told)

    async def kept(self) -> list[Kept]:
        """All payments that are written down."""
        async with self.shop.database.unit() as unit:
            return list((await Payments(unit, self.shop.id).page(100)).rows)
