"""An order becomes rows, and takes what it sells from the stock: all of it or nothing.

Whoever takes from stock or puts back into it locks variants by id, then the promo code: so that two orders of
the same goods wait for each other and never in a ring.
"""

from collections.abc import Iterable

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy
from msgspec import json
from sqlalchemy import text

from engine.store.goods import OPEN, SHOWN, VALID
from engine.store.orders import Order
from engine.store.played import Conversation
from engine.store.unit import Unit
from flows.effects import OrderLine, PlaceOrder

_ON_SALE = f"""
WITH RECURSIVE {OPEN}
SELECT v.id, v.stock IS NOT NULL AS counted
FROM variant v JOIN product p ON p.shop_id = $1 AND p.id = v.product_id
WHERE v.shop_id = $1 AND v.id = ANY($2::bigint[]) AND {SHOWN} ORDER BY v.id
"""
_TAKE = "UPDATE variant SET stock = stock - $3 WHERE shop_id = $1 AND id = $2 AND stock >= $3"
_PROMO = f"""
SELECT uses_left IS NOT NULL FROM promo_code WHERE shop_id = $1 AND lower(code) = lower($2) AND {VALID}
"""
_USE = """
UPDATE promo_code SET uses_left = uses_left - 1
WHERE shop_id = $1 AND lower(code) = lower($2) AND uses_left > 0
"""
_PLACE = """
INSERT INTO shop_order (
    shop_id, bot_user_id, bot_id, turn, place, number, currency, items, contact, subtotal, discount, promo,
    delivery_id, delivery_title, delivery_price, payment_id, payment_title, total, comment
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT (shop_id, number) DO NOTHING
"""
_PUT_BACK = text(
    "UPDATE variant SET stock = stock + :quantity"
    " WHERE shop_id = :shop AND id = :variant AND stock IS NOT NULL"
)
_UNUSE = text(
    "UPDATE promo_code SET uses_left = uses_left + 1"
    " WHERE shop_id = :shop AND lower(code) = lower(:code) AND uses_left IS NOT NULL"
)


class SoldOut(Exception):
    """Something of the order is there no more: its turn is void, and to be played on what there is."""


async def write_order(
    connection: "PoolConnectionProxy[Record]", whose: Conversation, order: PlaceOrder, place: int = 0
) -> None:
    """`place`: how many orders its turn placed before.  Within a transaction.

    Raises SoldOut: then the transaction must be rolled back.  Raises ValueError where playing the turn
    again could change nothing.
    """
    try:
        await _take(connection, whose.shop_id, order)
        await _place(connection, whose, order, place)
    except SoldOut:
        if place:
            # What is short was taken by the same turn, and would be whenever it is played.
            raise ValueError("a turn orders what it has ordered already") from None
        raise


async def move_stock_back(unit: Unit, order: Order) -> None:
    """Undo what placing the order took, where goods and uses are still counted.

    Once an order: the caller holds it, and sees that it was not cancelled before.
    """
    connection = await unit.session.connection()
    for variant, quantity in _wanted(order.lines).items():
        given = {"shop": order.shop_id, "variant": variant, "quantity": quantity}
        await connection.execute(_PUT_BACK, given)
    if order.promo:
        await connection.execute(_UNUSE, {"shop": order.shop_id, "code": order.promo})


async def _take(connection: "PoolConnectionProxy[Record]", shop_id: int, order: PlaceOrder) -> None:
    wanted = _wanted(order.lines)
    on_sale = await connection.fetch(_ON_SALE, shop_id, list(wanted))
    if len(on_sale) < len(wanted):
        raise SoldOut
    for id, counted in on_sale:
        if counted and await connection.execute(_TAKE, shop_id, id, wanted[id]) != "UPDATE 1":
            raise SoldOut
    if order.promo:
        await _use(connection, shop_id, order.promo)


async def _use(connection: "PoolConnectionProxy[Record]", shop_id: int, code: str) -> None:
    counted = await connection.fetchval(_PROMO, shop_id, code)
    if counted is None:
        raise SoldOut
    if counted and await connection.execute(_USE, shop_id, code) != "UPDATE 1":
        raise SoldOut


async def _place(
    connection: "PoolConnectionProxy[Record]", whose: Conversation, order: PlaceOrder, place: int
) -> None:
    written = await connection.execute(
        _PLACE,
        *(whose.shop_id, whose.id, whose.bot_id, whose.version, place, order.number, order.currency),
        *(json.encode(order.lines).decode(), json.encode(order.contact).decode()),
        *(order.subtotal, order.discount, order.promo),
        *(order.delivery, order.delivery_title, order.delivery_price),
        *(order.payment, order.payment_title, order.total, order.comment),
    )
    if written != "INSERT 0 1":
        raise SoldOut  # of its number; played again it gets the next one


def _wanted(lines: Iterable[OrderLine]) -> dict[int, int]:
    """How many of which variant, by id."""
    wanted: dict[int, int] = {}
    for line in lines:
        if line.quantity < 1:
            raise ValueError("an order of nothing, or of less")
        wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
    return dict(sorted(wanted.items()))
