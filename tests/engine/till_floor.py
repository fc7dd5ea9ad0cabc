"""A shop that sells: goods with a stock, people with a full cart, and a flow that lets them order it."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from flows.events import Said, Started
from tests.engine.shop_floor import Shop, update

CHECKOUT: dict[str, Any] = {
    "key": "buy",
    "name": "Buy",
    "start": "order",
    "triggers": [{"on": "default"}],
    "steps": [{"id": "order", "kind": "place_order", "contacts": []}],
}
Lines = dict[int, int]
"""How many of which variant."""


async def sell(shop: Shop, stock: int | None, price: int = 350, title: str = "Tea") -> int:
    """A new product; its one variant."""
    found: int = await shop.database.pool.fetchval(
        "WITH p AS (INSERT INTO product (shop_id, title) VALUES ($1, $2) RETURNING id)"
        " INSERT INTO variant (shop_id, product_id, price, stock) SELECT $1, p.id, $3, $4 FROM p"
        " RETURNING id",
        *(shop.id, title, price, stock),
    )
    return found


async def stock(shop: Shop, *variants: int) -> list[int | None]:
    rows = await shop.database.pool.fetch("SELECT id, stock FROM variant WHERE shop_id = $1", shop.id)
    left = {row["id"]: row["stock"] for row in rows}
    return [left[variant] for variant in variants]


async def come(shop: Shop, carts: Iterable[Lines], promo: str = "") -> list[str]:
    """People who have chosen, and are shown what they would order; their messenger's ids."""
    people = [(str(n), cart) for n, cart in enumerate(carts, 1)]
    written = [(who, cart_of(cart.items(), promo)) for who, cart in people]
    await shop.database.pool.executemany(
        "INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, lang_code, cart)"
        " VALUES ($1, $2, $3, 'en', $4::jsonb)",
        [(shop.id, shop.bot_id, *one) for one in written],
    )
    names = [who for who, _ in people]
    await shop.engine.receive(shop.id, shop.bot_id, [update(who, Started()) for who in names])
    return names


def cart_of(lines: Iterable[tuple[int, int]], promo: str = "") -> str:
    return json.dumps({"lines": [{"variant": id, "quantity": n} for id, n in lines], "promo": promo})


async def confirm(shop: Shop, people: Iterable[str], engines: Iterable[Any] = ()) -> None:
    """All of them order at once, each through one of the engines."""
    doors = list(engines) or [shop.engine]
    async with asyncio.timeout(120):
        await asyncio.gather(
            *(
                doors[n % len(doors)].receive(shop.id, shop.bot_id, [update(who, Said("Confirm"))])
                for n, who in enumerate(people)
            )
        )


async def orders(shop: Shop) -> list[dict[str, Any]]:
    """In the order of their numbers."""
    rows = await shop.database.pool.fetch(
        "SELECT o.*, u.messenger_user_id AS who FROM shop_order o"
        " JOIN bot_user u ON u.shop_id = o.shop_id AND u.id = o.bot_user_id"
        " WHERE o.shop_id = $1 ORDER BY number",
        shop.id,
    )
    return [{**row, "items": json.loads(row["items"])} for row in rows]


async def told(shop: Shop, part: str) -> int:
    """How many messages to users hold these words."""
    found = await shop.database.pool.fetchval(
        "SELECT count(*) FROM message WHERE shop_id = $1 AND direction = 2 AND strpos(body->>'text', $2) > 0",
        *(shop.id, part),
    )
    return int(found)
