"""An answer that is lost on the way: the message may have arrived, and whoever looks at it is told so."""

from datetime import UTC, datetime
from typing import Any

from engine.runtime import Engine
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop
from tests.messenger import DOWN, REFUSED, Messenger, Verdict

BUSY: Verdict = (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"})
LOST = "The messenger's answer was lost, so this may arrive twice: HTTP 502"


async def delivered(shop: Shop, engine: Engine, messenger: Messenger, *verdicts: Verdict) -> Any:
    """The message that was answered so, once all that was begun is written down."""
    await shop.open([MENU])
    messenger.verdicts.extend(verdicts)
    asked = len(verdicts)
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: len(messenger.taken) + len(messenger.refused) >= asked)
    return await shop.database.pool.fetchrow("SELECT status, problem FROM message WHERE direction = 2")


async def test_while_it_waits_to_be_sent_again_it_is_ambiguous(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    assert await delivered(shop, engine, messenger, DOWN) == ("ambiguous", LOST)


async def test_sent_again_it_is_sent_and_may_be_there_twice(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    taken: Verdict = (200, {"ok": True, "result": {"message_id": 1}})
    assert await delivered(shop, engine, messenger, DOWN, BUSY, taken) == ("sent", LOST)


async def test_an_outage_that_is_answered_is_not_ambiguous_and_leaves_no_trace(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    taken: Verdict = (200, {"ok": True, "result": {"message_id": 1}})
    assert await delivered(shop, engine, messenger, BUSY, taken) == ("sent", None)


async def test_refused_afterwards_it_stays_ambiguous_and_tells_why_it_is_not_sent_again(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    status, problem = await delivered(shop, engine, messenger, DOWN, REFUSED)
    assert status == "ambiguous"
    assert "too strange" in problem
    assert await shop.count("outbox", "dead") == 1


async def test_given_up_after_a_day_it_stays_ambiguous(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute("UPDATE outbox SET created_at = $1", datetime(2026, 1, 1, tzinfo=UTC))
    messenger.verdicts.append(DOWN)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
    assert await shop.count("message", "status = 'ambiguous' AND problem IS NOT NULL") == 1
    assert await shop.count("outbox", "dead") == 1
