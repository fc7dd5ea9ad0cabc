"""A shop's books answer a turn as the made-up shop of a check does, and show nothing that is hidden."""

from random import Random
from typing import Any

import pytest

from engine.orders.counter import answer_locally
from engine.store.played import Conversation
from engine.store.table import LARGEST_ID
from engine.store.unit import Database
from flows.card import Card, CartLine
from flows.requests import Bill, Browse, LocalRequest, Look, Reckon
from flows.trade.stall import Stall
from flows.trade.wares import Wares
from tests.engine.goods_in import open_shop

WORDS = ("Latte", "чай", "МЯТА", "50%", "off_", "back\\slash", "Crème", "it's", "tea", "🍵", "Ж")
SEARCHES = ("latte", "ЧАЙ мята", "%", "_", "\\", "'", "a", "🍵", "tea latte", "no such thing", "  ", "crÈme")
KEYS = ("", "c1", "c2", "c3", "c9")
HIDDEN = """
INSERT INTO category (shop_id, id, key, title, parent_id, hidden, position)
VALUES ($1, 901, 'c901', 'latte', NULL, true, -1), ($1, 902, 'c902', 'latte', 901, false, -1);
INSERT INTO category (shop_id, id, key, title, parent_id, hidden, position)
SELECT $1, 903, 'c903', 'latte', id, true, -1 FROM category WHERE shop_id = $1 AND id = 1;
INSERT INTO product (shop_id, id, category_id, title, hidden, position)
SELECT $1, 915, id, 'Latte tea', false, -1 FROM category WHERE shop_id = $1 AND id = 903;
INSERT INTO variant (shop_id, id, product_id, price)
SELECT $1, 924, id, 1 FROM product WHERE shop_id = $1 AND id = 915;
INSERT INTO product (shop_id, id, category_id, title, hidden, position)
VALUES ($1, 911, NULL, 'Latte tea', true, -1), ($1, 912, 901, 'Latte tea', false, -1),
    ($1, 913, 902, 'Latte tea', false, -1), ($1, 914, NULL, 'Latte tea', false, -1);
INSERT INTO variant (shop_id, id, product_id, price)
VALUES ($1, 921, 911, 1), ($1, 922, 912, 1), ($1, 923, 913, 1);
INSERT INTO delivery_method (shop_id, id, title, active) VALUES ($1, 931, 'Drone', false);
INSERT INTO payment_method (shop_id, id, title, kind, active) VALUES ($1, 941, 'Shells', 'x', false);
INSERT INTO promo_code (shop_id, code, percent, active, starts_at) VALUES
    ($1, 'off', 10, false, NULL), ($1, 'soon', 10, true, now() + interval '1 day');
"""
"""What nobody sees: in the way of all that is shown, were it not hidden.  Product 914 has no variant."""


def someone(shop_id: int) -> Conversation:
    return Conversation(shop_id, 0, "UTC", 1, "echo", True, 1, 0, Card(), "{}", ())


async def hide_some(database: Database, shop_id: int) -> None:
    await database.pool.execute(HIDDEN.replace("$1", str(shop_id)))


def wares(dice: Random) -> Wares:
    def text(most: int) -> str:
        return " ".join(dice.choices(WORDS, k=dice.randint(1, most)))

    def amount() -> str:
        return f"{dice.randint(0, 30)}.{dice.randint(0, 99):02}"

    def variant() -> dict[str, Any]:
        left = dice.choice((None, 0, 1, 5))
        old = dice.choice((None, amount()))
        return {"title": dice.choice(("", "Large")), "price": amount(), "old_price": old, "stock": left}

    categories = [
        {"key": f"c{n}", "title": text(2), "parent": dice.choice((None, *(f"c{m}" for m in range(1, n))))}
        for n in range(1, dice.randint(1, 6))
    ]
    products = [
        {
            "title": text(3),
            "category": dice.choice((None, *(one["key"] for one in categories))),
            "description": dice.choice(("", text(5))),
            "pictures": dice.choice(((), ("https://x.example/1.png",))),
            "variants": [variant() for _ in range(dice.randint(1, 3))],
        }
        for _ in range(dice.randint(0, 12))
    ]
    promos = [
        {"code": "Ten", "percent": 10},
        {"code": "ЧАЙ", "amount": "2.50", "least": "9"},
        {"code": "Old", "percent": 5, "fault": "expired"},
        {"code": "Gone", "percent": 5, "fault": "used_up"},
    ]
    deliveries = [
        {"title": "Courier", "price": amount(), "free_from": dice.choice((None, amount()))},
        {"title": "Post", "price": amount(), "needs_address": True},
    ]
    payments = [{"title": "Cash"}, {"title": "Card", "online": True}]
    sold = {"categories": categories, "products": products, "promos": promos}
    more = {"deliveries": deliveries, "payments": payments}
    return Wares.model_validate({"currency": dice.choice(("USD", "JPY")), **sold, **more})


def requests(dice: Random) -> list[LocalRequest]:
    looks = [Look(id) for id in (*range(14), 911, 912, 913, 914, 915, -1, LARGEST_ID, LARGEST_ID + 1)]
    browses = [
        Browse(
            dice.choice((*KEYS, "c901", "c902", "c903")),
            dice.choice((None, None, 1, 2, 3, 99, 901, 902, 903, -1, LARGEST_ID + 1)),
            dice.choice(("", *SEARCHES)),
            dice.randint(0, 3),
            dice.randint(1, 6),
        )
        for _ in range(60)
    ]
    promos = ("", "ten", " TEN ", "чай", "old", "gone", "no such", " ", "off", "soon")
    reckons = [
        Reckon(
            tuple(
                CartLine(dice.choice((*range(1, 30), 921, 922, 923, 924, LARGEST_ID + 1)), dice.randint(0, 3))
                for _ in range(dice.randint(0, 4))
            ),
            dice.choice(promos),
            dice.choice((None, 1, 2, 99)),
            dice.choice((False, True)),
        )
        for _ in range(60)
    ]
    return [*looks, *browses, *reckons]


@pytest.mark.parametrize("seed", range(12))
async def test_the_database_answers_as_a_stall_with_the_same_goods(database: Database, seed: int) -> None:
    dice = Random(seed)
    both = [wares(dice), wares(dice)]
    shops = [(await open_shop(database, one), Stall(one)) for one in both]
    for shop_id, _ in shops:
        await hide_some(database, shop_id)
    for request in requests(dice):
        for shop_id, stall in shops:
            told = await answer_locally(database.pool, someone(shop_id), request)
            assert told == stall.answer(request), request


async def test_what_is_for_others_to_answer_gets_no_answer(database: Database) -> None:
    assert await answer_locally(database.pool, someone(1), Bill(1)) == (0, None)
