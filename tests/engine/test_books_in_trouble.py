"""A shop's books that cannot be read, carts that cannot, and news that two processes have claimed."""

import asyncio

import asyncpg
import pytest

from engine import receive
from engine.arrivals import Arrival, Due
from engine.refusals import Unavailable
from flows.events import OrderMoved, Started
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop, update
from tests.engine.test_shopping import SELLING, said
from tests.engine.till_floor import sell, told

OUTAGES = (
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("got result for unknown protocol state 3"),
    ConnectionRefusedError(),
    TimeoutError(),
)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
async def test_what_was_said_while_the_books_were_away_is_played_once_it_comes_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, outage: Exception
) -> None:
    await shop.open([SELLING])
    await sell(shop, stock=2)
    brought = update("7", Started())

    async def away(*_: object) -> None:
        raise outage

    with monkeypatch.context() as patch:
        patch.setattr(receive, "answer_locally", away)
        with pytest.raises(Unavailable):
            await shop.engine.receive(shop.id, shop.bot_id, [brought])
    assert await shop.count("inbox") == 0
    await shop.engine.receive(shop.id, shop.bot_id, [brought])
    [shown] = await said(shop)
    assert shown.startswith("What would you like?")


@pytest.mark.parametrize("cart", ['{"lines": [{"variant": "x"}]}', '{"lines": 5}', "[]", "null", "7"])
async def test_a_cart_that_cannot_be_read_makes_nobody_deaf(shop: Shop, cart: str) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute("UPDATE bot_user SET cart = $1::jsonb", cart)
    await shop.start("7")
    assert await told(shop, "Hello") == 2
    assert await shop.count("inbox") == 0


async def test_news_that_two_processes_have_claimed_is_told_once(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.start("7")
    who = (await shop.user("7"))["id"]
    accepted, leaves = (1, OrderMoved(17, "accepted")), (2, OrderMoved(17, "delivering"))
    news = [
        Arrival(shop.id, moved, bot_user_id=who, due=Due("order_news", n, 17))
        for n, moved in (accepted, accepted, leaves)
    ]
    await asyncio.gather(*(shop.engine.take([one]) for one in news))
    await shop.engine.take(news)
    assert (await told(shop, "was accepted"), await told(shop, "on its way")) == (1, 1)
