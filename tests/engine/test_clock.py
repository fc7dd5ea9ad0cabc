"""Delays and questions to other systems come due once, whatever happened meanwhile."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.arrivals import Arrival
from engine.runtime import Engine
from engine.store.unit import Database
from flows.events import Stopped
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU, REMINDER, asking
from tests.engine.shop_floor import Shop
from tests.messenger import Messenger


async def _make_due(shop: Shop) -> None:
    await shop.database.pool.execute("UPDATE timer SET run_at = now() - interval '1 second'")


async def test_a_delay_goes_on_by_itself(shop: Shop, engine: Engine, messenger: Messenger) -> None:
    await shop.open([MENU, REMINDER])
    async with engine.working():
        await shop.start("7", "remind")
        await messenger.until(lambda: messenger.texts("7") == ["Soon", "Now"])
    assert await shop.count("timer") == 0


async def test_a_delay_fires_once_with_two_clocks(
    shop: Shop, engine: Engine, engines: Engines, dsn: str, messenger: Messenger
) -> None:
    await shop.open([MENU, REMINDER])
    users = [str(n) for n in range(20)]
    for user in users:
        await shop.start(user, "remind")
    await _make_due(shop)
    async with (
        Database(dsn, connections=4) as second,
        engines(second) as other,
        engine.working(),
        other.working(),
    ):
        await messenger.until(lambda: messenger.texts().count("Now") >= 20)
    assert messenger.texts().count("Now") == 20
    assert await shop.count("message", "body->>'text' = 'Now'") == 20


async def test_a_delay_of_a_stopped_flow_never_fires(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU, REMINDER])
    await shop.start("7", "remind")
    user = await shop.user("7")
    await engine.take([Arrival(shop.id, Stopped("reminder"), bot_user_id=user["id"])])
    assert await shop.count("timer") == 0


async def test_a_delay_of_a_stopped_bot_waits_until_it_is_started(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU, REMINDER])
    await shop.start("7", "remind")
    await _make_due(shop)
    await shop.database.pool.execute("UPDATE bot SET status = 3")
    async with engine.working():
        pass
    assert await shop.count("timer") == 1
    await shop.database.pool.execute("UPDATE bot SET status = 5")
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Soon", "Now"])


async def test_a_claim_whose_process_died_is_claimed_again(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU, REMINDER])
    await shop.start("7", "remind")
    await _make_due(shop)
    await shop.database.pool.execute("UPDATE timer SET lease_until = now() - interval '1 second'")
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Soon", "Now"])


async def test_a_delay_whose_token_is_void_is_taken_away_and_changes_nothing(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU, REMINDER])
    await shop.start("7", "remind")
    await shop.start("8", "remind")
    user = await shop.user("7")
    await _make_due(shop)
    await shop.database.pool.execute("UPDATE timer SET token = 99 WHERE bot_user_id = $1", user["id"])
    async with engine.working():
        await messenger.until(lambda: messenger.texts("8") == ["Soon", "Now"])
    assert messenger.texts("7") == ["Soon"]
    assert await shop.count("timer") == 0


async def test_delays_of_one_person_that_are_due_at_once_are_heard_in_their_order(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    later = {**REMINDER, "key": "later", "triggers": [{"on": "start", "parameter": "later"}]}
    steps = [dict(step) for step in REMINDER["steps"]]
    steps[2]["text"] = "Later"
    await shop.open([MENU, REMINDER, {**later, "steps": steps}])
    await shop.start("7", "later")
    await shop.start("7", "remind")
    moment = "now() - make_interval(secs => CASE flow WHEN 'later' THEN 3 ELSE 2 END)"
    await shop.database.pool.execute(f"UPDATE timer SET run_at = {moment}")
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Soon", "Soon", "Later", "Now"])


class Prices:
    def __init__(self) -> None:
        self.asked = 0
        self.failures = 0
        app = web.Application()
        app.router.add_get("/price", self.answer)
        self.server = TestServer(app, host="127.0.0.1")

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.asked <= self.failures:
            return web.Response(status=500)
        return web.Response(body=json.dumps({"price": 7}))


@pytest.fixture
async def prices() -> AsyncIterator[Prices]:
    it = Prices()
    await it.server.start_server()
    yield it
    await it.server.close()


@pytest.mark.parametrize(
    ("failures", "retries", "said", "asked"),
    [(0, 0, "It costs 7", 1), (1, 1, "It costs 7", 2), (1, 0, "No answer", 1), (5, 1, "No answer", 2)],
)
async def test_another_system_is_asked_and_its_answer_goes_on(
    shop: Shop,
    engine: Engine,
    messenger: Messenger,
    prices: Prices,
    failures: int,
    retries: int,
    said: str,
    asked: int,
) -> None:
    prices.failures = failures
    await shop.open([asking(str(prices.server.make_url("/price")), retries)])
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: messenger.texts("7") == [said])
    assert prices.asked == asked
    assert await shop.count("call") == 0
