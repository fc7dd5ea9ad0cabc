"""Orders as a shop's people see them: found, kept as placed, and without those who are forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.refusals import NotFound
from engine.store.bot_users import BotUsers
from engine.store.bots import Bots
from engine.store.orders import Order, Orders, Wanted
from engine.store.unit import Database
from flows.effects import OrderLine
from tests.engine.store.conftest import Place

START = datetime(2026, 1, 1, tzinfo=UTC)
LINE = {"variant": 1, "product": 1, "title": "Green tea", "price": 350, "quantity": 2}


def ordered(place: Place, number: int, **given: object) -> Order:
    fields = {"bot_user_id": place.user, "bot_id": place.bot, "items": [LINE], "currency": "USD"}
    return Order(**{"number": number, "turn": number, "subtotal": 700, "total": 700, **fields, **given})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [4, 3, 2, 1]),
        (Wanted(status="done"), [3]),
        (Wanted(bot_user_id=5), [2]),
        (Wanted(created_from=START + timedelta(days=2)), [4, 3, 2]),
        (Wanted(created_from=START + timedelta(days=2), created_before=START + timedelta(days=4)), [3, 2]),
        (Wanted(text="green TEA"), [4, 3, 2, 1]),
        (Wanted(text="ada"), [1]),
        (Wanted(text="doorbell"), [2]),
        (Wanted(text="3"), [4, 3, 2, 1]),
        (Wanted(text="no such thing"), []),
    ],
)
async def test_orders_are_found_by_all_that_is_asked(
    database: Database, ours: Place, theirs: Place, wanted: Wanted, found: list[int]
) -> None:
    async with database.unit() as unit:
        for number in range(1, 5):
            order = ordered(ours, number, created_at=START + timedelta(days=number))
            order.status = "done" if number == 3 else "new"
            order.contact = {"name": "Ada"} if number == 1 else {}
            order.comment = "The doorbell is broken" if number == 2 else ""
            order.bot_user_id = 5 if number == 2 else ours.user
            await Orders(unit, ours.shop).add(order)
        await Orders(unit, theirs.shop).add(ordered(theirs, 1))
    async with database.unit() as unit:
        page = await Orders(unit, ours.shop).wanted(wanted, 10)
        assert ([row.number for row in page.rows], page.count) == (found, len(found))


async def test_an_order_is_found_by_its_number_and_held_as_it_stands(
    database: Database, ours: Place, theirs: Place
) -> None:
    async with database.unit() as unit:
        id = (await Orders(unit, ours.shop).add(ordered(ours, 7))).id
    async with database.unit() as unit:
        orders = Orders(unit, ours.shop)
        assert (await orders.get(id)).status == "new"
        await database.pool.execute("UPDATE shop_order SET status = 'done'")
        held = await orders.hold(id)
        assert (held.status, held.lines) == ("done", (OrderLine(1, 1, "Green tea", 350, 2),))
        found = await orders.by_number(7)
        assert found is not None
        assert found.id == id
        for number in (0, -1, 8, 2**63):
            assert await orders.by_number(number) is None
        with pytest.raises(NotFound):
            await Orders(unit, theirs.shop).hold(id)
        assert await Orders(unit, theirs.shop).by_number(7) is None


async def test_an_order_outlives_its_person_and_forgets_him(
    database: Database, ours: Place, theirs: Place
) -> None:
    for place in (ours, theirs):
        async with database.unit() as unit:
            for number in (1, 2):
                order = ordered(place, number, contact={"name": "Ada"}, comment="Ring twice")
                await Orders(unit, place.shop).add(order)
    async with database.unit() as unit:
        await BotUsers(unit, ours.shop).remove(ours.user)
    async with database.unit() as unit:
        for order in (await Orders(unit, ours.shop).page(10)).rows:
            assert (order.bot_user_id, order.contact, order.comment, order.total) == (None, {}, "", 700)
        [kept, _] = (await Orders(unit, theirs.shop).page(10)).rows
        assert (kept.bot_user_id, kept.contact, kept.comment) == (theirs.user, {"name": "Ada"}, "Ring twice")


async def test_an_order_outlives_its_bot(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        await Orders(unit, ours.shop).add(ordered(ours, 1, contact={"name": "Ada"}))
    async with database.unit() as unit:
        await Bots(unit, ours.shop).remove(ours.bot)
    async with database.unit() as unit:
        [order] = (await Orders(unit, ours.shop).page(10)).rows
        assert order.contact == {"name": "Ada"}
