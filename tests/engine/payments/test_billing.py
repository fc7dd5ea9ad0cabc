"""How an order is paid: asked once or again it is the same bill, and nobody is shown a second one."""

import asyncio
import json
from typing import Any

import pytest
from aiogram.methods import SendInvoice

from engine.refusals import Invalid
from engine.runtime import Engine
from engine.store.unit import Database
from tests.engine.conftest import Engines
from tests.engine.pay_station import LOST, SECRET, PayStation
from tests.engine.payments.buyer import Buyer
from tests.messenger import BLOCKED, DOWN, REFUSED, Messenger, slow_down


async def test_a_provider_makes_one_bill_however_often_it_is_asked(buyer: Buyer, station: PayStation) -> None:
    await buyer.orders(await buyer.method("webhook", **station.settings))
    first, second = await buyer.asks(), await buyer.asks()
    assert first == second == (200, {"url": "https://pay.example/1"})
    assert len({asked.id for asked in station.asked}) == 1
    assert station.asked[0].body == {
        "order": 17,
        "amount": 1050,
        "currency": "USD",
        "description": "Latte, 2",
        "lang": "en",
        "hook": f"https://botique.example/hooks/payments/{buyer.shop.id}/{(await buyer.order()).payment_id}/",
    }


async def test_an_answer_that_is_lost_is_asked_for_again_and_is_the_same_bill(
    buyer: Buyer, station: PayStation
) -> None:
    await buyer.orders(await buyer.method("webhook", **station.settings))
    station.verdicts.append(LOST)
    assert (await buyer.asks())[0] == 502
    assert await buyer.asks() == (200, {"url": "https://pay.example/1"})
    assert len(station.urls) == 1


async def test_a_provider_within_the_house_is_not_asked(buyer: Buyer, station: PayStation) -> None:
    await buyer.orders(await buyer.method("webhook", **station.settings))
    assert (await buyer.asks(open=False))[0] == 502
    assert station.asked == []


async def test_a_link_is_filled_in(buyer: Buyer) -> None:
    await buyer.orders(await buyer.method("link", address="https://pay.example/{number}/{amount}{currency}"))
    assert await buyer.asks() == (200, {"url": "https://pay.example/17/10.50USD", "confirms": False})


async def test_only_the_buyers_own_order_of_his_own_shop_is_billed(buyer: Buyer) -> None:
    await buyer.orders(await buyer.method("link", address="https://pay.example"))
    for strange in (
        await buyer.asks(18),
        await buyer.asks(0),
        await buyer.asks(2**63),
        await buyer.asks(user=buyer.id + 1),
        await buyer.asks(shop=buyer.shop.id + 1),
    ):
        assert strange == (404, {"error": "There is no such order to be paid."})


@pytest.mark.parametrize("given", [{"status": "cancelled"}, {"status": "paid"}], ids=["cancelled", "paid"])
async def test_what_is_not_to_be_paid_any_more_is_not_billed(buyer: Buyer, given: dict[str, Any]) -> None:
    method = await buyer.method("link", address="https://pay.example")
    await buyer.orders(method)
    if given["status"] == "paid":
        await buyer.pays(method)
    else:
        await buyer.shop.database.pool.execute("UPDATE shop_order SET status = 'cancelled'")
    assert await buyer.asks() == (409, {"error": "The order is paid or cancelled."})


async def test_an_order_that_costs_nothing_waits_for_nothing(buyer: Buyer) -> None:
    await buyer.orders(await buyer.method("native"), total=0)
    assert await buyer.asks() == (200, {"confirms": False})


async def test_an_order_without_a_way_of_paying_or_with_one_that_is_gone_is_not_billed(buyer: Buyer) -> None:
    await buyer.orders(None)
    await buyer.orders(99, number=18)
    assert (await buyer.asks(17))[0] == (await buyer.asks(18))[0] == 404


async def test_cash_is_not_billed(buyer: Buyer) -> None:
    await buyer.orders(await buyer.method("cash"))
    assert (await buyer.asks())[0] == 409


async def test_a_secret_is_sealed_for_its_row_and_shown_nowhere(
    buyer: Buyer, station: PayStation, database: Database
) -> None:
    one, other = [await buyer.method("webhook", **station.settings) for _ in range(2)]
    row = await database.pool.fetchrow(
        "SELECT settings, secret, online FROM payment_method WHERE id = $1", one
    )
    assert row is not None
    assert (json.loads(row["settings"]), row["online"]) == ({"address": station.address}, True)
    assert SECRET.encode() not in row["secret"]
    await database.pool.execute("UPDATE payment_method SET secret = $1 WHERE id = $2", row["secret"], other)
    await buyer.orders(other)
    assert (await buyer.asks())[0] == 404
    assert station.asked == []


@pytest.mark.parametrize(
    ("kind", "settings", "field"),
    [
        ("barter", {}, "kind"),
        ("webhook", {"address": "https://pay.example", "secret": "whsec_hush"}, "settings.secret"),
        ("link", {}, "settings.address"),
        ("cash", {"extra": 1}, "settings.extra"),
    ],
    ids=["kind", "secret", "missing", "unknown"],
)
async def test_a_way_of_paying_that_cannot_work_is_refused(
    buyer: Buyer, kind: str, settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await buyer.method(kind, **settings)
    assert list(refused.value.errors) == [field]
    assert "hush" not in str(refused.value.errors)


def invoices(messenger: Messenger) -> list[dict[str, Any]]:
    return [call.body for call in messenger.taken if call.method == "sendInvoice"]


async def test_the_messenger_shows_one_bill_however_often_it_is_asked_for(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await buyer.orders(await buyer.method("native"))
    assert [await buyer.asks() for _ in range(3)] == [(200, {})] * 3
    async with engine.working():
        await messenger.until(lambda: bool(invoices(messenger)))
    assert await buyer.asks() == (200, {})
    [invoice] = invoices(messenger)
    SendInvoice.model_validate(invoice)
    assert (invoice["title"], invoice["payload"]) == ("Order No. 17", "order:17")
    assert invoice["prices"] == [{"label": "Order No. 17", "amount": 1050}]
    said = await buyer.shop.database.pool.fetchrow(
        "SELECT body ->> 'text' AS text, status, problem FROM message WHERE body ->> 'text' LIKE 'Order%'"
    )
    assert said is not None
    assert tuple(said) == ("Order No. 17: $10.50", "sent", None)
    assert await buyer.shop.count("outbox") == 0


async def test_a_bot_that_has_no_bills_paid_says_so_at_once(buyer: Buyer) -> None:
    await buyer.credentials({"token": "42:TEST"})
    await buyer.orders(await buyer.method("native"))
    assert (await buyer.asks())[0] == 409
    assert await buyer.shop.count("shown_bill") == 0


async def test_who_has_blocked_the_bot_is_shown_nothing(buyer: Buyer) -> None:
    await buyer.orders(await buyer.method("native"))
    await buyer.shop.database.pool.execute("UPDATE bot_user SET reachable = false")
    assert (await buyer.asks())[0] == 409
    assert await buyer.shop.count("shown_bill") == 0


async def billed(buyer: Buyer) -> tuple[str, str | None]:
    """What became of the bill, in the conversation."""
    found = await buyer.shop.database.pool.fetchrow(
        "SELECT status, problem FROM message WHERE body ->> 'text' LIKE 'Order%' ORDER BY seq DESC"
    )
    assert found is not None
    return found["status"], found["problem"]


LOST_ON_THE_WAY = "The messenger's answer was lost, so this bill may have arrived; a bill is not sent twice."


async def greeted(buyer: Buyer, engine: Engine, messenger: Messenger) -> None:
    """All that waited before is delivered, so that the next verdict is for the bill."""
    async with engine.working():
        await messenger.until(lambda: messenger.texts(buyer.name) != [])


async def test_a_bill_whose_answer_is_lost_is_not_sent_again_and_shown_as_perhaps_there(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await greeted(buyer, engine, messenger)
    await buyer.orders(await buyer.method("native"))
    assert await buyer.asks() == (200, {})
    messenger.verdicts.append(DOWN)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
        assert await buyer.asks() == (200, {})
        await buyer.shop.say(buyer.name, "2")
        await messenger.until(lambda: len(messenger.texts(buyer.name)) == 2)
    assert await billed(buyer) == ("ambiguous", LOST_ON_THE_WAY)
    assert invoices(messenger) == []
    assert await buyer.shop.count("outbox", "dead") == 1


async def test_a_bill_that_a_process_died_over_is_not_sent_again(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await greeted(buyer, engine, messenger)
    await buyer.orders(await buyer.method("native"))
    await buyer.asks()
    await buyer.shop.database.pool.execute("UPDATE outbox SET parts = 1")
    async with engine.working():
        await buyer.shop.say(buyer.name, "2")
        await messenger.until(lambda: len(messenger.texts(buyer.name)) == 2)
    assert await billed(buyer) == ("ambiguous", LOST_ON_THE_WAY)
    assert invoices(messenger) == []


async def test_a_bill_that_is_refused_for_certain_can_be_shown_anew(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await greeted(buyer, engine, messenger)
    await buyer.orders(await buyer.method("native"))
    await buyer.asks()
    messenger.verdicts.append(REFUSED)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
    assert (await billed(buyer))[0] == "failed"
    assert await buyer.asks() == (200, {})
    async with engine.working():
        await messenger.until(lambda: len(invoices(messenger)) == 1)
    assert await billed(buyer) == ("sent", None)


async def test_a_bill_that_is_put_off_goes_out_once(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await greeted(buyer, engine, messenger)
    await buyer.orders(await buyer.method("native"))
    await buyer.asks()
    messenger.verdicts.append(slow_down(1))
    async with engine.working():
        await messenger.until(lambda: len(invoices(messenger)) == 1)
    assert await billed(buyer) == ("sent", None)


async def test_a_bot_that_lost_its_token_for_payments_gives_the_bill_up(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await buyer.orders(await buyer.method("native"))
    await buyer.asks()
    await buyer.credentials({"token": "42:TEST"})
    async with engine.working():
        await buyer.shop.say(buyer.name, "2")
        await messenger.until(lambda: len(messenger.texts(buyer.name)) == 2)
    assert await billed(buyer) == (
        "failed",
        "This bot cannot have bills paid; give it its token for payments.",
    )


async def test_who_blocks_the_bot_before_the_bill_comes_gets_none(
    buyer: Buyer, engine: Engine, messenger: Messenger
) -> None:
    await greeted(buyer, engine, messenger)
    await buyer.orders(await buyer.method("native"))
    await buyer.asks()
    messenger.verdicts.append(BLOCKED)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
    assert (await billed(buyer))[0] == "failed"
    assert (await buyer.asks())[0] == 409


async def test_two_processes_that_are_asked_at_once_show_one_bill(
    buyer: Buyer, engines: Engines, database: Database
) -> None:
    await buyer.orders(await buyer.method("native"))
    async with engines(database) as second:
        other = Buyer(buyer.shop, second)
        other.id = buyer.id
        answers = await asyncio.gather(*(one.asks() for one in (buyer, other) * 3))
    assert answers == [(200, {})] * 6
    assert await buyer.shop.count("shown_bill") == 1
    assert await buyer.shop.count("outbox", "body ->> 'do' = 'invoice'") == 1
