"""News of payments: an order is settled once; money that settles nothing is kept, and the staff is told."""

import asyncio
from typing import Any

import pytest
from aiogram.methods import AnswerPreCheckoutQuery

from channels.invoices import Checkout, Receipt
from engine.orders.ordering import move
from engine.runtime import Engine
from engine.store.unit import Database
from tests.engine.conftest import Engines
from tests.engine.payments.buyer import TOTAL, Buyer
from tests.engine.staff import MAIL, channel
from tests.messenger import DOWN, Messenger


async def notices(buyer: Buyer) -> list[str]:
    rows = await buyer.shop.database.pool.fetch("SELECT title, text FROM notification ORDER BY id")
    return [f"{row['title']}: {row['text']}" for row in rows]


async def cancel(buyer: Buyer) -> None:
    async with buyer.shop.database.unit() as unit:
        await move(unit, buyer.shop.id, (await buyer.order()).id, "cancelled", None)


async def test_a_payment_settles_its_order_and_the_buyer_hears_of_it(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    method = await buyer.method("cash")
    await buyer.orders(method)
    await buyer.pays(method, facts={"card": "4242"})
    order, [payment] = await buyer.order(), await buyer.kept()
    assert (order.status, order.paid_at is not None) == ("paid", True)
    assert (payment.number, payment.method_id, payment.external_id) == (17, method, "pay_1")
    assert (payment.status, payment.amount, payment.currency) == ("paid", TOTAL, "USD")
    assert (payment.problem, payment.facts) == ("", {"card": "4242"})
    async with engine.working():
        await messenger.until(lambda: any("17" in text for text in messenger.texts(buyer.name)))


async def test_told_again_and_again_at_once_and_from_two_processes_it_is_one_payment(
    buyer: Buyer, engines: Engines, database: Database
) -> None:
    method = await buyer.method("cash")
    await buyer.orders(method)
    async with engines(database) as second:
        other = Buyer(buyer.shop, second)
        await asyncio.gather(*(one.pays(method) for one in (buyer, other) * 5))
    assert len(await buyer.kept()) == 1
    assert await buyer.shop.count("order_news") == 1


PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "too little": ({"amount": 1000}, "The order comes to $10.50 (USD), and $10 (USD) was paid."),
    "too much": ({"amount": 1100}, "The order comes to $10.50 (USD), and $11 (USD) was paid."),
    "another currency": (
        {"currency": "EUR"},
        "The order comes to $10.50 (USD), and \u20ac10.50 (EUR) was paid.",
    ),
    "no such order": ({"order": 99}, "There is no such order."),
    "an endless number": ({"order": 2**63 - 1}, "There is no such order."),
}


@pytest.mark.parametrize(("given", "problem"), PROBLEMS.values(), ids=PROBLEMS)
async def test_money_that_does_not_fit_is_kept_and_told_to_the_staff_once(
    buyer: Buyer, given: dict[str, Any], problem: str
) -> None:
    await channel(buyer.shop, MAIL)
    method = await buyer.method("cash")
    await buyer.orders(method)
    for _ in range(3):
        await buyer.pays(method, **given)
    [payment] = await buyer.kept()
    assert payment.problem == problem
    assert (await buyer.order()).paid_at is None
    title = f"A payment for order No. {given.get('order', 17)} needs your attention"
    assert await notices(buyer) == [f"{title}: {problem}\nPayment: pay_1"]


async def test_a_late_payment_of_a_cancelled_order_is_kept_and_told_to_the_staff(buyer: Buyer) -> None:
    await channel(buyer.shop, MAIL)
    method = await buyer.method("cash")
    await buyer.orders(method)
    await cancel(buyer)
    await buyer.pays(method)
    order, [payment] = await buyer.order(), await buyer.kept()
    assert (order.status, order.paid_at) == ("cancelled", None)
    assert payment.problem == "The order was cancelled before it was paid."
    assert len(await notices(buyer)) == 1


async def test_who_pays_twice_is_noticed(buyer: Buyer) -> None:
    await channel(buyer.shop, MAIL)
    method = await buyer.method("cash")
    await buyer.orders(method)
    await asyncio.gather(buyer.pays(method), buyer.pays(method, id="pay_2"))
    problems = sorted(payment.problem for payment in await buyer.kept())
    assert problems == ["", "The order was paid before: somebody has paid twice."]
    assert len(await notices(buyer)) == 1


async def test_a_payment_that_fails_leaves_the_order_to_be_paid(buyer: Buyer) -> None:
    await channel(buyer.shop, MAIL)
    method = await buyer.method("cash")
    await buyer.orders(method)
    await buyer.pays(method, status="failed")
    assert (await buyer.order()).status == "new"
    await buyer.pays(method, status="paid")
    await buyer.pays(method, status="failed")
    [payment] = await buyer.kept()
    assert (payment.status, payment.problem) == ("paid", "")
    assert (await buyer.order()).status == "paid"
    assert await notices(buyer) == []


async def test_money_by_a_name_that_has_settled_another_order_is_told_to_the_staff(buyer: Buyer) -> None:
    await channel(buyer.shop, MAIL)
    method = await buyer.method("cash")
    await buyer.orders(method)
    await buyer.orders(method, number=18)
    await buyer.pays(method)
    await buyer.pays(method, order=18)
    assert (await buyer.order(18)).paid_at is None
    [payment] = await buyer.kept()
    assert payment.number == 17
    [notice] = await notices(buyer)
    assert "No. 18" in notice


async def test_the_same_name_by_another_way_of_paying_is_another_payment(buyer: Buyer) -> None:
    one, other = [await buyer.method("cash") for _ in range(2)]
    await buyer.orders(one)
    await buyer.orders(other, number=18)
    await buyer.pays(one)
    await buyer.pays(other, order=18)
    assert [payment.problem for payment in await buyer.kept()] == ["", ""]


def asked(**given: Any) -> Checkout:
    found = {"id": "4382", "user": "7", "payload": "order:17", "amount": TOTAL, "currency": "USD"}
    return Checkout(**(found | given))


def receipt(**given: Any) -> Receipt:
    found = {"id": "tg-1", "user": "7", "payload": "order:17", "amount": TOTAL, "currency": "USD"}
    return Receipt(**(found | given))


def answers(messenger: Messenger) -> list[dict[str, Any]]:
    found = [call.body for call in messenger.taken if call.method == "answerPreCheckoutQuery"]
    for one in found:
        AnswerPreCheckoutQuery.model_validate(one)
    return found


async def test_a_checkout_of_what_is_to_be_paid_is_permitted(buyer: Buyer, messenger: Messenger) -> None:
    await buyer.orders(await buyer.method("native"))
    await buyer.hears(asked())
    assert answers(messenger) == [{"pre_checkout_query_id": "4382", "ok": True}]
    assert await buyer.kept() == []


REFUSED = {
    "somebody else": ({"user": "8"}, "This bill was made out for somebody else."),
    "unknown order": ({"payload": "order:18"}, "This bill was made out for somebody else."),
    "no order": ({"payload": "17"}, "This bill was made out for somebody else."),
    "an endless number": ({"payload": "order:" + "9" * 500}, "This bill was made out for somebody else."),
    "another amount": ({"amount": TOTAL - 1}, "Этот счёт устарел. Пожалуйста, запросите новый."),
    "another currency": ({"currency": "RUB"}, "Этот счёт устарел. Пожалуйста, запросите новый."),
}


@pytest.mark.parametrize(("given", "word"), REFUSED.values(), ids=REFUSED)
async def test_a_checkout_of_another_bill_is_refused_with_a_word(
    buyer: Buyer, messenger: Messenger, given: dict[str, Any], word: str
) -> None:
    lang_code = "ru" if "устарел" in word else "en"
    await buyer.shop.database.pool.execute("UPDATE bot_user SET lang_code = $1", lang_code)
    await buyer.orders(await buyer.method("native"))
    await buyer.hears(asked(**given))
    assert answers(messenger) == [{"pre_checkout_query_id": "4382", "ok": False, "error_message": word}]


async def test_what_is_paid_or_cancelled_is_not_paid_again(buyer: Buyer, messenger: Messenger) -> None:
    await buyer.orders(await buyer.method("native"))
    await buyer.hears(receipt(), asked())
    assert answers(messenger)[-1]["error_message"] == "This order is already paid."
    await cancel(buyer)
    await buyer.shop.database.pool.execute("UPDATE shop_order SET paid_at = NULL")
    await buyer.hears(asked())
    assert answers(messenger)[-1]["error_message"] == "This order was cancelled. Please place a new one."


async def test_an_answer_to_a_checkout_that_is_lost_stops_nothing(buyer: Buyer, messenger: Messenger) -> None:
    await buyer.orders(await buyer.method("native"))
    messenger.verdicts.append(DOWN)
    await buyer.hears(asked(), receipt())
    assert (await buyer.order()).status == "paid"


async def test_a_receipt_settles_the_order_by_its_own_way_of_paying_once(buyer: Buyer) -> None:
    method = await buyer.method("native")
    await buyer.orders(method)
    told = receipt(facts={"provider_payment_charge_id": "pp-1"})
    await buyer.hears(told, told)
    await buyer.hears(told)
    [payment] = await buyer.kept()
    assert (payment.method_id, payment.external_id, payment.problem) == (method, "tg-1", "")
    assert payment.facts == {
        "provider_payment_charge_id": "pp-1",
        "bot": buyer.shop.bot_id,
        "payload": "order:17",
    }
    assert (await buyer.order()).status == "paid"


async def test_a_receipt_of_nothing_we_know_is_kept(buyer: Buyer) -> None:
    await buyer.hears(receipt(payload="gift", id=""), receipt(payload="order:5", id=""))
    kept = await buyer.kept()
    assert [(one.number, one.external_id, one.problem) for one in kept] == [
        (0, "gift", "There is no such order."),
        (5, "order:5", "There is no such order."),
    ]
