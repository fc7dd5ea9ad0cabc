"""Bills while the database is away: what was not shown is never taken for shown, nor told of twice."""

from typing import Any

import pytest

from engine.refusals import Unavailable
from engine.runtime import Engine
from engine.store import deliveries
from tests.engine.payments.buyer import Buyer
from tests.messenger import REFUSED, Messenger, slow_down


def bills(messenger: Messenger) -> int:
    return sum(call.method == "sendInvoice" for call in messenger.taken)


async def billed(buyer: Buyer, engine: Engine, messenger: Messenger) -> None:
    """Asked for, when all that waited before is delivered: the next verdict is for the bill."""
    async with engine.working():
        await messenger.until(lambda: messenger.texts(buyer.name) != [])
    await buyer.orders(await buyer.method("native"))
    assert await buyer.asks() == (200, {})


async def test_a_bill_that_fails_is_told_once_though_it_is_not_known_that_it_was_written_down(
    buyer: Buyer, engine: Engine, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await billed(buyer, engine, messenger)
    settle = deliveries.settle
    lost: list[Any] = []

    async def settles(*given: Any) -> None:
        await settle(*given)
        if not lost:
            lost.append(given)
            raise Unavailable

    monkeypatch.setattr(deliveries, "settle", settles)
    messenger.verdicts.append(REFUSED)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
        await buyer.shop.say(buyer.name, "2")
        await messenger.until(lambda: len(messenger.texts(buyer.name)) == 3)
    assert lost
    told = await buyer.shop.count("message", "body ->> 'text' LIKE '%did not go through%'")
    assert told + await buyer.shop.count("order_news") == 1


async def test_a_bill_that_is_put_off_is_not_tried_again_before_that_is_written_down(
    buyer: Buyer, engine: Engine, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await billed(buyer, engine, messenger)
    settle = deliveries.settle
    away: list[Any] = []

    async def settles(pool: Any, owner: str, outcomes: list[tuple[int, deliveries.Outcome]]) -> None:
        if any(one.status == "queued" for _, one in outcomes) and len(away) < 8:
            away.append(outcomes)
            raise Unavailable
        await settle(pool, owner, outcomes)

    monkeypatch.setattr(deliveries, "settle", settles)
    messenger.verdicts.append(slow_down(1))
    async with engine.working():
        await messenger.until(lambda: bills(messenger) == 1)
    assert len(away) == 8
