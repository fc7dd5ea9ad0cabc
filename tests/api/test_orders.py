"""Orders through the door: who sees them, what they may become, and that the customer is told."""

from typing import Any

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, launch, meet, ordered, publish
from tests.api.partner import Partner
from tests.messenger import Messenger

ORDERS = "/api/shop/orders/"
ITEM = {"variant": 3, "product": 2, "title": "Tea, black", "price": 350, "quantity": 2}


@pytest.fixture
async def user(ann: Partner, shop_id: int, engine: Engine) -> dict[str, Any]:
    await publish(ann, shop_id, COFFEE)
    return await meet(ann, engine, await launch(ann, shop_id), 7)


async def test_an_order_is_shown_with_all_that_belongs_to_it(
    ann: Partner, database: Database, user: dict[str, Any]
) -> None:
    chosen = {"delivery_id": 4, "delivery_title": "Courier", "delivery_price": 300}
    paying = {"payment_id": 5, "payment_title": "Card"}
    id = await ordered(database, user, 17, contact={"name": "Ann"}, comment="Quick", **chosen, **paying)
    shown = (await ann.get(f"{ORDERS}{id}/")).result
    assert (
        shown
        | {
            "number": 17,
            "status": "new",
            "next": ["accepted", "cancelled", "delivering", "done", "paid"],
            "contact": {"name": "Ann"},
            "items": [ITEM],
            "currency": "USD",
            "subtotal": 700,
            "discount": 0,
            "delivery": {"id": 4, "title": "Courier", "price": 300},
            "payment": {"id": 5, "title": "Card"},
            "total": 1000,
            "paid_at": None,
            "comment": "Quick",
            "bot_user": {"id": user["id"], "name": "Ann Smith"},
        }
        == shown
    )


async def test_orders_are_found_by_status_person_words_number_and_date(
    ann: Partner, database: Database, shop_id: int, user: dict[str, Any]
) -> None:
    await ordered(database, user, 41, contact={"name": "Gilbert"})
    await ordered(database, user, 42, status="done")
    for query, numbers in (
        ({}, [42, 41]),
        ({"status": "done"}, [42]),
        ({"bot_user": user["id"]}, [42, 41]),
        ({"bot_user": user["id"] + 1}, []),
        ({"search": "gilb"}, [41]),
        ({"search": "black"}, [42, 41]),
        ({"search": "42"}, [42]),
        ({"created_at__gte": 4_000_000_000}, []),
        ({"created_at__lt": 4_000_000_000}, [42, 41]),
        ({"limit": 1}, [42]),
    ):
        found = (await ann.get(ORDERS, shop_id=shop_id, **query)).result["results"]
        assert [one["number"] for one in found] == numbers, query


async def test_moving_an_order_on_tells_its_customer(
    ann: Partner, engine: Engine, database: Database, messenger: Messenger, user: dict[str, Any]
) -> None:
    id = await ordered(database, user, 17)
    moved = (await ann.patch(f"{ORDERS}{id}/", {"status": "accepted", "comment": "By hand"})).result
    assert (moved["status"], moved["comment"]) == ("accepted", "By hand")
    assert "new" not in moved["next"]
    async with engine.working():
        await messenger.until(lambda: "Your order No. 17 was accepted." in messenger.texts("7"))


async def test_money_that_came_by_hand_is_noted_whatever_the_status(
    ann: Partner, database: Database, user: dict[str, Any]
) -> None:
    id = await ordered(database, user, 17, status="delivering")
    paid = (await ann.patch(f"{ORDERS}{id}/", {"paid": True})).result
    assert paid["status"] == "delivering"
    assert paid["paid_at"] is not None
    done = (await ann.patch(f"{ORDERS}{id}/", {"paid": True, "status": "done"})).result
    assert (done["status"], done["paid_at"]) == ("done", paid["paid_at"])


async def test_what_cannot_follow_is_refused_in_plain_words(
    ann: Partner, database: Database, user: dict[str, Any]
) -> None:
    id = await ordered(database, user, 17, status="delivering")
    refused = await ann.patch(f"{ORDERS}{id}/", {"status": "paid", "comment": "?"})
    assert refused.status == 409
    assert "«delivering»" in str(refused.errors["status"])
    assert (await ann.get(f"{ORDERS}{id}/")).result["comment"] == ""


@pytest.mark.parametrize(
    "change",
    [{"status": "lost"}, {"paid": False}, {"status": None}, {"comment": None}, {"total": 1}],
    ids=["unknown status", "unpaid", "no status", "no comment", "another total"],
)
async def test_an_order_is_not_changed_in_any_other_way(
    ann: Partner, database: Database, user: dict[str, Any], change: dict[str, Any]
) -> None:
    id = await ordered(database, user, 17)
    assert (await ann.patch(f"{ORDERS}{id}/", change)).status == 422


async def test_an_order_stays_when_its_customer_is_gone(
    ann: Partner, database: Database, user: dict[str, Any]
) -> None:
    id = await ordered(database, user, 17)
    await database.pool.execute("UPDATE shop_order SET bot_user_id = NULL")
    assert (await ann.get(f"{ORDERS}{id}/")).result["bot_user"] is None
    assert (await ann.patch(f"{ORDERS}{id}/", {"status": "done"})).status == 200
