"""Providers that say one thing and then another: money that came in is never forgotten, nor told of twice."""

import asyncio
from typing import Any

import pytest

from engine.payments.base import Payment
from tests.engine.payments.buyer import TOTAL, Buyer
from tests.engine.payments.test_till import cancel, notices
from tests.engine.staff import MAIL, channel


@pytest.fixture
async def method(buyer: Buyer) -> int:
    await channel(buyer.shop, MAIL)
    method = await buyer.method("cash")
    await buyer.orders(method)
    return method


async def test_money_that_settles_nothing_stays_written_down_when_failure_is_told_late(
    buyer: Buyer, method: int
) -> None:
    await cancel(buyer)
    await buyer.pays(method)
    await buyer.pays(method, status="failed")
    [payment] = await buyer.kept()
    assert (payment.status, payment.problem) == ("paid", "The order was cancelled before it was paid.")
    assert len(await notices(buyer)) == 1


async def test_contrary_news_that_is_told_again_is_told_to_the_staff_once(buyer: Buyer, method: int) -> None:
    await buyer.pays(method)
    for _ in range(3):
        await buyer.pays(method, amount=TOTAL + 1)
    assert len(await notices(buyer)) == 1


async def test_one_cent_more_or_less_pays_nothing(buyer: Buyer, method: int) -> None:
    await buyer.pays(method, amount=TOTAL - 1)
    await buyer.pays(method, amount=TOTAL + 1, id="pay_2")
    assert (await buyer.order()).paid_at is None
    await buyer.pays(method)
    assert (await buyer.order()).paid_at is not None


async def test_two_providers_that_are_paid_at_once_settle_it_once(buyer: Buyer, method: int) -> None:
    other = await buyer.method("cash")
    await asyncio.gather(*(buyer.pays(one) for one in (method, other) * 4))
    assert sorted(bool(payment.problem) for payment in await buyer.kept()) == [False, True]
    assert len(await notices(buyer)) == 1


async def test_cancelled_while_the_money_comes_it_is_either_paid_or_a_person_is_told(
    buyer: Buyer, method: int
) -> None:
    await asyncio.gather(buyer.pays(method), cancel(buyer))
    order, [payment] = await buyer.order(), await buyer.kept()
    assert order.status == "cancelled"
    assert bool(payment.problem) == (order.paid_at is None)


async def test_an_order_of_another_shop_by_the_same_number_is_not_paid(buyer: Buyer, method: int) -> None:
    pool = buyer.shop.database.pool
    other = await pool.fetchval("INSERT INTO shop (name) VALUES ('Other') RETURNING id")
    told = Payment(order=17, status="paid", amount=TOTAL, currency="USD", id="pay_1")
    await buyer.engine.till.take(other, method, told)
    assert (await buyer.order()).paid_at is None


async def test_a_payment_that_fails_is_told_once_and_each_further_one_anew(buyer: Buyer, method: int) -> None:
    for id in ("pay_1", "pay_1", "pay_2"):
        await buyer.pays(method, status="failed", id=id)
    assert await buyer.shop.count("order_news", "status = 'unpaid' AND NOT paid") == 2
    assert await notices(buyer) == []


@pytest.mark.parametrize("given", [{"amount": TOTAL + 1}, {"currency": "EUR"}, {"order": 99}], ids=str)
async def test_a_failure_that_is_not_of_the_order_is_not_told(
    buyer: Buyer, method: int, given: dict[str, Any]
) -> None:
    await buyer.pays(method, status="failed", **given)
    assert await buyer.shop.count("order_news") == 0


async def test_a_failure_after_the_money_came_or_the_order_was_cancelled_is_not_told(
    buyer: Buyer, method: int
) -> None:
    await buyer.orders(method, number=18)
    await buyer.pays(method)
    await buyer.pays(method, status="failed", id="pay_2")
    await cancel(buyer)
    await buyer.pays(method, status="failed", id="pay_3")
    assert await buyer.shop.count("order_news", "status = 'unpaid'") == 0
