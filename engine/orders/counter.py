"""The shop's own books, asked by a turn: what is sold, at what price, how it is delivered and paid."""

from asyncpg import Pool
from msgspec import to_builtins

from engine.store import goods
from engine.store.played import Conversation
from flows.json_value import JSON
from flows.requests import Browse, Look, Reckon, Request
from flows.trade.goods import Shelf
from flows.trade.reckoning import reckon

GONE: tuple[int, JSON] = (404, None)


async def answer_locally(pool: Pool, whose: Conversation, request: Request) -> tuple[int, JSON]:
    """Status and body of the answer; the body is of `flows.trade.goods`, as JSON.  Database faults pass."""
    match request:
        case Browse():
            return _told(await goods.browse(pool, whose.shop_id, request))
        case Look(product=product):
            return _told(await goods.look(pool, whose.shop_id, product))
        case Reckon():
            return 200, await _reckoned(pool, whose.shop_id, request)
    return 0, None


def _told(shelf: Shelf | None) -> tuple[int, JSON]:
    return GONE if shelf is None else (200, to_builtins(shelf))


async def _reckoned(pool: Pool, shop_id: int, asked: Reckon) -> JSON:
    reckoning = reckon(asked, await goods.books(pool, shop_id, asked))
    body: dict[str, JSON] = to_builtins(reckoning)
    if asked.numbered and not reckoning.is_sold_out:
        body["number"] = await goods.next_number(pool, shop_id)
    return body
