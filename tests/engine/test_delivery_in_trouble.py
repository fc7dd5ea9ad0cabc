"""What goes wrong in a delivery stays there: other bots go on, and nothing is lost or overtaken."""

import asyncio
from typing import Any

import pytest
from asyncpg import InternalClientError

from engine.connections import Connection
from engine.refusals import NotFound, Unavailable
from engine.runtime import Engine
from engine.store import deliveries
from engine.store.unit import Database
from flows.events import Started
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU
from tests.engine.holding import Holding, deliverers
from tests.engine.shop_floor import Shop, say_much, update
from tests.engine.wire import Wire
from tests.messenger import DOWN, Verdict


async def test_an_outage_of_the_database_in_the_middle_gives_up_no_message(
    shop: Shop, engines: Engines, wire: Wire, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.connections.FRESH_SECONDS", 0.0)
    await shop.open([MENU])
    await shop.database.pool.execute("UPDATE bot SET problem = 'was away'")
    await say_much(shop, "7", 5)
    messenger.hold()
    async with Database(wire.dsn, connections=4) as far, engines(far) as other, other.working():
        await messenger.until_held(1)
        await wire.cut()
        messenger.let_go()
        await messenger.until(lambda: len(messenger.taken) == 1)
        await wire.mend()
        await messenger.until(lambda: len(messenger.taken) >= 5)
    assert messenger.texts("7") == ["Hello Ann"] * 5
    assert await shop.count("outbox") == 0
    assert await shop.count("message", "status = 'failed'") == 0


async def test_a_connection_that_breaks_at_work_gives_up_no_message(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    of, failed = engine.connections.of, asyncio.Event()

    async def once_broken(shop_id: int, bot_id: int) -> Connection:
        if not failed.is_set():
            failed.set()
            raise InternalClientError("another operation")
        return await of(shop_id, bot_id)

    monkeypatch.setattr(engine.connections, "of", once_broken)
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Hello Ann"])
    assert failed.is_set()


async def test_an_outage_of_the_database_ends_no_loop(
    shop: Shop, engines: Engines, wire: Wire, messenger: Holding
) -> None:
    await shop.open([MENU])
    async with Database(wire.dsn, connections=4) as far, engines(far) as other, other.working():
        await shop.start("7")
        await messenger.until(lambda: len(messenger.taken) == 1)
        await wire.cut()
        with pytest.raises(Unavailable):
            await other.receive(shop.id, shop.bot_id, [update("8", Started())])
        await wire.mend()
        await shop.start("8")
        await messenger.until(lambda: len(messenger.taken) == 2)


STRANGE: list[Verdict] = [
    (400, {"ok": False, "error_code": 400, "description": "no\0t\ud800 this"}),
    (401, {"ok": False, "error_code": 401, "description": "no\0t you"}),
    (403, {"ok": False, "error_code": 403, "description": "no\0t he"}),
    (400, {"ok": False, "error_code": 400, "description": "no " * 1_000_000}),
    (500, {"ok": False, "error_code": 500, "description": "no\0t now"}),
]


@pytest.mark.parametrize("verdict", STRANGE, ids=lambda verdict: str(verdict[0]))
async def test_a_reason_that_cannot_be_kept_stops_nobody(
    shop: Shop, engine: Engine, messenger: Holding, verdict: Verdict
) -> None:
    await shop.open([MENU])
    other = Shop(shop.database, engine)
    await other.open([MENU])
    messenger.verdicts.append(verdict)
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: len(messenger.refused) == 1)
        await other.start("8")
        await messenger.until(lambda: messenger.texts("8") == ["Hello Ann"])
        await other.start("9")
        await messenger.until(lambda: messenger.texts("9") == ["Hello Ann"])
    assert await other.count("outbox") == 0


@pytest.mark.parametrize("body", ['{"do": "dance"}', "[]", '{"do": "send", "text": 5}'])
async def test_a_row_that_cannot_be_read_is_given_up_and_the_next_one_goes(
    shop: Shop, engine: Engine, messenger: Holding, body: str
) -> None:
    await shop.open([MENU])
    await say_much(shop, "7", 2)
    await shop.database.pool.execute(
        "UPDATE outbox SET body = $1::jsonb WHERE id = (SELECT min(id) FROM outbox)", body
    )
    async with engine.working():
        await messenger.until(lambda: len(messenger.taken) == 1)
    assert await shop.count("outbox", "dead") == 1


async def test_what_waits_for_its_time_does_not_hold_up_what_is_due(
    shop: Shop, engine: Engine, messenger: Holding
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute(
        "INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body, not_before)"
        " SELECT shop_id, bot_id, bot_user_id, seq + n, body, now() + interval '1 hour'"
        " FROM outbox, generate_series(1, 3000) n"
    )
    await shop.start("8")
    async with engine.working():
        await messenger.until(lambda: len(messenger.taken) == 2)


async def test_a_bot_whose_messenger_refuses_it_does_not_hold_up_the_others(
    shop: Shop, engine: Engine, messenger: Holding
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute(
        "INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)"
        " SELECT shop_id, bot_id, bot_user_id, seq + n, body FROM outbox, generate_series(1, 3000) n"
    )
    other = Shop(shop.database, engine)
    await other.open([MENU])
    messenger.verdicts.append((401, {"ok": False, "error_code": 401, "description": "Unauthorized"}))
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
        await other.start("8")
        await messenger.until(lambda: messenger.texts("8") == ["Hello Ann"])


async def _with_token(shop: Shop, token: str) -> None:
    sealed = shop.engine.vault.seal(
        shop.id, "bot.credentials", shop.bot_id, f'{{"token": "{token}"}}'.encode()
    )
    await shop.database.pool.execute("UPDATE bot SET credentials = $2 WHERE id = $1", shop.bot_id, sealed)


async def test_a_messenger_that_does_not_answer_one_bot_does_not_hold_up_the_others(
    shop: Shop, engine: Engine, messenger: Holding
) -> None:
    await shop.open([MENU])
    await _with_token(shop, "13:SLOW")
    other = Shop(shop.database, engine)
    await other.open([MENU])
    messenger.hold(lambda token: token.endswith("SLOW"))
    for user in range(300):
        await shop.start(str(user))
    async with engine.working():
        await messenger.until_held(10)
        await other.start("other")
        await messenger.until(lambda: messenger.texts("other") == ["Hello Ann"])
        messenger.let_go()


@pytest.mark.parametrize("verdicts", [[DOWN], []], ids=["refused", "taken"])
async def test_what_is_done_while_others_are_read_is_neither_overtaken_nor_done_again(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch, verdicts: list[Verdict]
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.say("7", "1")
    read = deliveries.read

    async def reads(*given: Any) -> list[tuple[deliveries.Parcel, float]]:
        if messenger.held and deliverers():
            messenger.verdicts.extend(verdicts)
            messenger.let_go()
            await asyncio.wait(deliverers())
        return await read(*given)

    monkeypatch.setattr(deliveries, "read", reads)
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
        await shop.start("8")
        await messenger.until(lambda: len(messenger.texts()) == 4)
    assert messenger.texts("7") == ["Hello Ann", "Thanks", "Hello Ann"]
    assert len(messenger.taken) == 4


@pytest.mark.parametrize("column", ["credentials", "hook_secret", "kind"])
async def test_a_bot_without_readable_credentials_is_not_found(
    shop: Shop, engine: Engine, column: str
) -> None:
    await shop.open([MENU])
    value = "'telegraph'" if column == "kind" else "NULL"
    await shop.database.pool.execute(f"UPDATE bot SET {column} = {value}")
    with pytest.raises(NotFound):
        await engine.connections.of(shop.id, shop.bot_id)


async def test_what_was_deleted_while_it_waited_is_not_sent(
    shop: Shop, engine: Engine, messenger: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.AT_ONCE_A_BOT", 1)
    monkeypatch.setattr("engine.outbox.GONE_SECONDS", 0.0)
    await shop.open([MENU])
    for user in ("7", "8", "9"):
        await shop.start(user)
    gone, looked = deliveries.gone, asyncio.Event()

    async def looks(*given: Any) -> set[int]:
        found = await gone(*given)
        if found:
            looked.set()
        return found

    monkeypatch.setattr(deliveries, "gone", looks)
    messenger.hold()
    async with engine.working():
        await messenger.until_held(1)
        await shop.database.pool.execute(
            "DELETE FROM outbox WHERE bot_user_id = (SELECT id FROM bot_user WHERE messenger_user_id = '8')"
        )
        async with asyncio.timeout(60):
            await looked.wait()
        messenger.let_go()
        await messenger.until(lambda: bool(messenger.texts("9")))
    assert messenger.texts("8") == []
