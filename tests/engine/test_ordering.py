"""What becomes of an order, who may say so, and that its customer hears of it once."""

import asyncio
from typing import Any

import pytest

from engine.arrivals import Arrival
from engine.orders.ordering import move, settle
from engine.refusals import Conflict, NotFound
from engine.runtime import Engine
from engine.store.audit import AuditTrail
from engine.store.order_news import claim_news
from engine.store.orders import Order, Orders, Status
from engine.store.unit import Database
from flows.events import Event, HandedBack, Left, TookOver
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop
from tests.messenger import Messenger

TOTAL = 1050


class Customer:
    """Somebody who has ordered: No. 17, of the bot that he talks with."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.id = 0
        self.order = 0

    async def orders(self, status: Status = "new", lang_code: str = "en") -> None:
        await self.shop.open([MENU])
        await self.shop.start("7")
        self.id = (await self.shop.user("7"))["id"]
        await self._run("UPDATE bot_user SET lang_code = $2 WHERE id = $1", self.id, lang_code)
        async with self.shop.database.unit() as unit:
            order = Order(number=17, bot_user_id=self.id, bot_id=self.shop.bot_id, status=status, turn=1)
            order.currency, order.subtotal, order.total = "USD", TOTAL, TOTAL
            self.order = (await Orders(unit, self.shop.id).add(order)).id

    async def moves(self, to: Status) -> Order:
        async with self.shop.database.unit() as unit:
            return await move(unit, self.shop.id, self.order, to, None)

    async def pays(self, amount: int = TOTAL, currency: str = "USD", *, paid: bool = True) -> Order:
        async with self.shop.database.unit() as unit:
            return await settle(unit, self.shop.id, 17, amount=amount, currency=currency, paid=paid)

    async def found(self) -> Order:
        async with self.shop.database.unit() as unit:
            return await Orders(unit, self.shop.id).get(self.order)

    async def happens(self, event: Event) -> None:
        await self.shop.engine.take([Arrival(self.shop.id, event, bot_user_id=self.id)])

    async def news(self) -> list[dict[str, Any]]:
        rows = await self.shop.database.pool.fetch("SELECT number, status, paid FROM order_news ORDER BY id")
        return [dict(row) for row in rows]

    async def _run(self, statement: str, *given: object) -> None:
        await self.shop.database.pool.execute(statement, *given)


@pytest.fixture
def ann(shop: Shop) -> Customer:
    return Customer(shop)


@pytest.mark.parametrize(
    ("lang_code", "to", "says"),
    [
        ("en", "accepted", "Your order No. 17 was accepted."),
        ("en", "paid", "Your order No. 17 is paid. Thank you!"),
        ("ru", "delivering", "Ваш заказ № 17 в пути."),
        ("es", "done", "Su pedido n.º 17 está completado. ¡Gracias!"),
        ("pt", "cancelled", "Your order No. 17 was cancelled."),
    ],
)
async def test_the_customer_is_told_in_his_language(
    ann: Customer, engine: Engine, messenger: Messenger, lang_code: str, to: Status, says: str
) -> None:
    await ann.orders(lang_code=lang_code)
    await ann.moves(to)
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7")[-1:] == [says])
    assert await ann.news() == []


async def test_he_is_told_once_with_two_clocks(
    ann: Customer, engine: Engine, engines: Engines, dsn: str, messenger: Messenger
) -> None:
    await ann.orders()
    await ann.moves("accepted")
    await ann.moves("delivering")
    async with (
        Database(dsn, connections=4) as second,
        engines(second) as other,
        engine.working(),
        other.working(),
    ):
        await messenger.until(lambda: len(messenger.texts("7")) >= 3)
    assert sorted(messenger.texts("7")[1:]) == [
        "Your order No. 17 is on its way.",
        "Your order No. 17 was accepted.",
    ]


async def test_what_it_is_already_is_no_news(ann: Customer) -> None:
    await ann.orders("accepted")
    assert (await ann.moves("accepted")).status == "accepted"
    assert await ann.news() == []


@pytest.mark.parametrize(
    ("status", "to", "says"),
    [
        ("done", "cancelled", "The order is «done», and stays so."),
        ("cancelled", "accepted", "The order is «cancelled», and stays so."),
        ("accepted", "new", "cannot become «new», but «cancelled», «delivering», «done», «paid»"),
        ("delivering", "paid", "cannot become «paid»"),
    ],
)
async def test_what_cannot_follow_is_refused(ann: Customer, status: Status, to: Status, says: str) -> None:
    await ann.orders(status)
    with pytest.raises(Conflict, match=says) as refusal:
        await ann.moves(to)
    assert refusal.value.field == "status"
    assert (await ann.found()).status == status
    assert await ann.news() == []


async def test_a_move_is_in_the_audit_log(ann: Customer) -> None:
    await ann.orders()
    await ann.moves("accepted")
    async with ann.shop.database.unit() as unit:
        (entry,) = (await AuditTrail(unit, ann.shop.id).page(10)).rows
    assert (entry.action, entry.subject, entry.subject_id) == ("move", "order", ann.order)
    assert (entry.before, entry.after) == ({"status": "new"}, {"status": "accepted"})


async def test_an_operator_who_speaks_with_him_does_not_keep_it_from_him(
    ann: Customer, engine: Engine, messenger: Messenger
) -> None:
    await ann.orders()
    await ann.happens(TookOver())
    await ann.moves("accepted")
    async with engine.working():
        await messenger.until(lambda: "Your order No. 17 was accepted." in messenger.texts("7"))
        await ann.happens(HandedBack())
        await messenger.until(lambda: messenger.texts("7").count("Hello Ann") == 2)
    assert messenger.texts("7").count("Your order No. 17 was accepted.") == 1


async def test_whoever_has_left_is_not_told(ann: Customer, engine: Engine) -> None:
    await ann.orders()
    await ann.happens(Left())
    said = await ann.shop.count("message")
    await ann.moves("accepted")
    await engine._clock._round()
    assert await ann.news() == []
    assert await ann.shop.count("message") == said


async def test_an_order_outlives_its_customer(ann: Customer) -> None:
    await ann.orders()
    await ann.shop.database.pool.execute("DELETE FROM bot_user WHERE id = $1", ann.id)
    assert (await ann.moves("accepted")).status == "accepted"
    assert await ann.news() == []


async def test_news_waits_for_a_bot_that_is_stopped(ann: Customer) -> None:
    await ann.orders()
    pool = ann.shop.database.pool
    await pool.execute("UPDATE bot SET status = 3")
    await ann.moves("accepted")
    assert await claim_news(pool) == []
    await pool.execute("UPDATE bot SET status = 5")
    assert [news.status for news in await claim_news(pool)] == ["accepted"]
    assert await claim_news(pool) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("new", "paid"), ("accepted", "paid"), ("delivering", "delivering"), ("done", "done")],
)
async def test_a_payment_is_kept_and_told_whatever_the_status(
    ann: Customer, before: Status, after: Status
) -> None:
    await ann.orders(before)
    await ann.pays()
    order = await ann.found()
    assert order.status == after
    assert order.paid_at is not None
    assert await ann.news() == [{"number": 17, "status": "paid", "paid": True}]


async def test_a_payment_told_twice_at_once_counts_once(ann: Customer) -> None:
    await ann.orders()
    await asyncio.gather(*(ann.pays() for _ in range(5)))
    assert len(await ann.news()) == 1
    first = (await ann.found()).paid_at
    await ann.pays()
    assert (await ann.found()).paid_at == first


@pytest.mark.parametrize(
    ("status", "amount", "currency", "field"),
    [
        ("new", TOTAL - 1, "USD", "amount"),
        ("new", TOTAL + 1, "USD", "amount"),
        ("new", TOTAL, "EUR", "amount"),
        ("cancelled", TOTAL, "USD", "number"),
    ],
)
async def test_money_that_does_not_fit_settles_nothing(
    ann: Customer, status: Status, amount: int, currency: str, field: str
) -> None:
    await ann.orders(status)
    with pytest.raises(Conflict) as refusal:
        await ann.pays(amount, currency)
    assert refusal.value.field == field
    order = await ann.found()
    assert (order.status, order.paid_at) == (status, None)
    assert await ann.news() == []


async def test_a_payment_that_failed_leaves_the_order_as_it_is_and_is_told(ann: Customer) -> None:
    await ann.orders()
    order = await ann.pays(paid=False)
    assert (order.status, order.paid_at) == ("new", None)
    assert await ann.news() == [{"number": 17, "status": "unpaid", "paid": False}]


@pytest.mark.parametrize("status", ["paid", "cancelled"])
async def test_who_has_nothing_to_pay_hears_of_no_payment_that_failed(ann: Customer, status: Status) -> None:
    await ann.orders()
    await ann.moves(status)
    await ann.pays(paid=False)
    assert [news["status"] for news in await ann.news()] == [status]


async def test_no_order_no_payment(ann: Customer) -> None:
    await ann.orders()
    async with ann.shop.database.unit() as unit:
        with pytest.raises(NotFound):
            await settle(unit, ann.shop.id, 18, amount=TOTAL, currency="USD", paid=True)
        with pytest.raises(NotFound):
            await move(unit, ann.shop.id + 1, ann.order, "accepted", None)


async def test_moving_it_to_paid_says_when_it_was(ann: Customer) -> None:
    await ann.orders()
    await ann.pays()
    first = (await ann.found()).paid_at
    assert first is not None
    await ann.moves("delivering")
    assert (await ann.found()).paid_at == first
    assert [one["paid"] for one in await ann.news()] == [True, True]


async def test_a_cancelled_order_gives_its_goods_back_once(ann: Customer) -> None:
    await ann.orders()
    pool, shop = ann.shop.database.pool, ann.shop.id
    product = await pool.fetchval(
        "INSERT INTO product (shop_id, title) VALUES ($1, 'Tea') RETURNING id", shop
    )
    variant = await pool.fetchval(
        "INSERT INTO variant (shop_id, product_id, price, stock) VALUES ($1, $2, 350, 1) RETURNING id",
        shop,
        product,
    )
    async with ann.shop.database.unit() as unit:
        order = await Orders(unit, shop).get(ann.order)
        order.items = [{"variant": variant, "product": product, "title": "Tea", "price": 350, "quantity": 2}]
    moved = await asyncio.gather(*(ann.moves("cancelled") for _ in range(4)))
    assert {one.status for one in moved} == {"cancelled"}
    assert await pool.fetchval("SELECT stock FROM variant WHERE id = $1", variant) == 3
    assert [one["status"] for one in await ann.news()] == ["cancelled"]
