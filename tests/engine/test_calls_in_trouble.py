"""Whatever another system answers, the conversation goes on, and the system is not asked once more."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.clock import CALLS_AT_ONCE
from engine.runtime import Engine
from engine.store import due
from engine.store.unit import Database
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU, REMINDER, asking
from tests.engine.shop_floor import Shop
from tests.engine.wire import Wire
from tests.messenger import Messenger


class Oracle:
    """Answers `body`, once it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = b'{"price": 7}'
        self.may = asyncio.Event()
        self.may.set()
        self.begun = asyncio.Event()
        app = web.Application()
        app.router.add_get("/", self._answer)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def url(self) -> str:
        return str(self.server.make_url("/"))

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.begun.set()
        await self.may.wait()
        return web.Response(body=self.body)


@pytest.fixture
async def oracle() -> AsyncIterator[Oracle]:
    it = Oracle()
    await it.server.start_server()
    yield it
    it.may.set()
    await it.server.close()


ANSWERS = {
    "nul": (b'{"price": "a\\u0000b"}', "It costs ab"),
    "nul in a name": (b'{"price": {"a\\u0000b": 1}}', ""),
    "a backslash before u0000": (b'{"price": "\\\\u0000"}', "It costs \\u0000"),
    "half a character": (b'{"price": "\\ud83d"}', "It costs "),
    "bytes of another age": (b'{"price": "\xff"}', "It costs "),
    "plain bytes": (b"\xff\x00\xfe", "It costs "),
    "a large number": (b'{"price": ' + b"9" * 400 + b"}", ""),
    "a number without end": (b'{"price": ' + b"9" * 50_000 + b"}", "It costs "),
    "an infinite number": (b'{"price": 1e999}', "It costs "),
    "no bottom": (b"[" * 100_000, "It costs "),
    "almost no bottom": (b'{"price": ' + b"[" * 900 + b"]" * 900 + b"}", ""),
    "nothing": (b"", "It costs "),
}


@pytest.mark.parametrize(("body", "said"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_of_any_kind_lets_the_conversation_go_on(
    shop: Shop, engine: Engine, oracle: Oracle, body: bytes, said: str
) -> None:
    oracle.body = body
    await shop.open([asking(oracle.url)])
    async with engine.working():
        await shop.start("7")
        await oracle.begun.wait()
    text = await shop.database.pool.fetchval("SELECT body->>'text' FROM message WHERE direction = 2")
    assert text.startswith(said)
    assert oracle.asked == 1
    assert await shop.count("call") == 0


UNREADABLE = ['{"ask": "telepathy"}', "[]", '{"ask": "http", "method": "GET", "url": 5}']


@pytest.mark.parametrize("request_", UNREADABLE)
async def test_a_question_that_cannot_be_read_is_answered_as_if_nobody_were_there(
    shop: Shop, engine: Engine, messenger: Messenger, oracle: Oracle, request_: str
) -> None:
    await shop.open([asking(oracle.url)])
    await shop.start("7")
    await shop.database.pool.execute("UPDATE call SET request = $1::jsonb", request_)
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["No answer"])
    assert await shop.count("call") == 0


async def test_no_more_is_claimed_than_can_be_asked(
    shop: Shop, engine: Engine, messenger: Messenger, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.clock.CALLS_AT_ONCE", 4)
    await shop.open([asking(oracle.url)])
    for user in range(40):
        await shop.start(str(user))
    oracle.may.clear()
    async with engine.working():
        await oracle.begun.wait()
        claimed = await shop.count("call", "lease_until > now()")
        oracle.may.set()
        await messenger.until(lambda: len(messenger.taken) == 40)
    assert claimed <= 4
    assert oracle.asked == 40


async def test_a_shop_whose_questions_hang_does_not_hold_up_another(
    shop: Shop, engine: Engine, messenger: Messenger, oracle: Oracle
) -> None:
    slow = Oracle()
    slow.may.clear()
    await slow.server.start_server()
    await shop.open([asking(slow.url)])
    for user in range(2 * CALLS_AT_ONCE):
        await shop.start(str(user))
    other = Shop(shop.database, engine)
    await other.open([asking(oracle.url)])
    await other.start("ann")
    async with engine.working():
        await messenger.until(lambda: messenger.texts("ann") == ["It costs 7"])
        assert await shop.count("call") == 2 * CALLS_AT_ONCE
        slow.may.set()
        await messenger.until(lambda: len(messenger.taken) == 2 * CALLS_AT_ONCE + 1)
    assert slow.asked == 2 * CALLS_AT_ONCE
    await slow.server.close()


async def test_who_stops_waits_for_the_answer_and_asks_no_second_time(
    shop: Shop, engine: Engine, messenger: Messenger, oracle: Oracle
) -> None:
    await shop.open([asking(oracle.url)])
    oracle.may.clear()
    async with engine.working():
        await shop.start("7")
        await oracle.begun.wait()
        asyncio.get_running_loop().call_later(0.1, oracle.may.set)
    assert await shop.count("call") == 0
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["It costs 7"])
    assert oracle.asked == 1


async def test_an_answer_outlives_an_outage_of_the_database(
    shop: Shop, engines: Engines, messenger: Messenger, oracle: Oracle, wire: Wire
) -> None:
    await shop.open([asking(oracle.url)])
    await shop.start("7")
    oracle.may.clear()
    async with Database(wire.dsn, connections=4) as far, engines(far) as other, other.working():
        await oracle.begun.wait()
        await wire.cut()
        oracle.may.set()
        asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(wire.mend()))
        await messenger.until(lambda: messenger.texts("7") == ["It costs 7"])
    assert oracle.asked == 1


async def test_a_delay_that_cannot_be_played_stops_no_other(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU, REMINDER])
    other = Shop(shop.database, engine)
    await other.open([MENU, REMINDER])
    await shop.start("7", "remind")
    await other.start("8", "remind")
    await shop.database.pool.execute("UPDATE revision SET document = '[]' WHERE shop_id = $1", shop.id)
    await shop.database.pool.execute("UPDATE shop SET publication = publication + 1")
    await shop.database.pool.execute("UPDATE timer SET run_at = now() - interval '1 second'")
    async with engine.working():
        await messenger.until(lambda: messenger.texts("8") == ["Soon", "Now"])


async def test_many_delays_that_end_at_once_are_not_taken_one_poll_at_a_time(
    shop: Shop, engine: Engine, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "MOST_CLAIMED", 2)
    monkeypatch.setattr("engine.clock.POLL_SECONDS", 60)
    await shop.open([MENU, REMINDER])
    for user in range(10):
        await shop.start(str(user), "remind")
    await shop.database.pool.execute("UPDATE timer SET run_at = now() - interval '1 second'")
    async with engine.working():
        await messenger.until(lambda: messenger.texts().count("Now") == 10)
