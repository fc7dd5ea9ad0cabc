"""From a full cart to a paid order, over the wires of a messenger and a payment provider."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.payments.methods import add_method
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from flows.events import Pressed
from tests.api.partner import Partner
from tests.engine.pay_station import PayStation, news
from tests.engine.shop_floor import Shop
from tests.messenger import Messenger

BUYING: dict[str, Any] = {
    "key": "buy",
    "name": "Buy",
    "start": "order",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "order",
            "kind": "place_order",
            "contacts": [],
            "paid": {"go": "forward", "to": "thanks"},
            "failed": {"go": "forward", "to": "sorry"},
        },
        {"id": "thanks", "kind": "message", "text": "Your coffee is on its way"},
        {"id": "sorry", "kind": "message", "text": "We wait for you"},
    ],
}
ANN = "1"


@pytest.fixture
def settings(tmp_path: Path, messenger: Messenger) -> Settings:
    """The provider stands beside us."""
    return Settings(
        folder=tmp_path,
        channel_urls={"telegram": messenger.url},
        http_networks=("127.0.0.0/8",),
        public_url="https://botique.example",
    )


@pytest.fixture
async def station() -> AsyncIterator[PayStation]:
    it = PayStation()
    await it.start()
    yield it
    await it.stop()


@pytest.fixture
async def shop(database: Database, engine: Engine, station: PayStation) -> Shop:
    """Sells latte for $10.50, paid at the provider."""
    it = Shop(database, engine)
    await it.open([BUYING])
    async with database.unit() as unit:
        await add_method(unit, engine.vault, it.id, "webhook", station.settings)
    return it


def buttons(messenger: Messenger) -> list[dict[str, str]]:
    """Those below what was said last that has any."""
    menus = [call.body["reply_markup"] for call in messenger.taken if "reply_markup" in call.body]
    return [button for row in menus[-1]["inline_keyboard"] for button in row] if menus else []


_CHOOSE = """
WITH p AS (INSERT INTO product (shop_id, title) VALUES ($1, 'Latte') RETURNING id),
v AS (INSERT INTO variant (shop_id, product_id, price) SELECT $1, p.id, 1050 FROM p RETURNING id)
INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, lang_code, cart)
SELECT $1, $2, $3, 'en', jsonb_build_object('lines', jsonb_build_array(
    jsonb_build_object('variant', v.id, 'quantity', 1))) FROM v
"""


async def order(shop: Shop, messenger: Messenger) -> None:
    """Ann, with a latte in her cart, sees what she would buy, and confirms."""
    await shop.database.pool.execute(_CHOOSE, shop.id, shop.bot_id, ANN)
    await shop.start(ANN)
    await messenger.until(lambda: bool(buttons(messenger)))
    confirmed = Pressed.from_code(buttons(messenger)[0]["callback_data"])
    assert confirmed is not None
    await shop.hear(ANN, confirmed)


def hook_of(told: dict[str, Any], address: str) -> str:
    """The provider's way to us: what it was told, at the door that this test has."""
    return str(told["hook"]).replace("https://botique.example", address)


async def test_an_order_is_paid_at_the_provider_and_the_flow_goes_on(
    shop: Shop, engine: Engine, messenger: Messenger, station: PayStation, anyone: Partner
) -> None:
    async with engine.working():
        await order(shop, messenger)
        await messenger.until(lambda: any("url" in button for button in buttons(messenger)))
        assert buttons(messenger)[0]["url"] == "https://pay.example/1"
        [asked] = station.asked
        assert (asked.body["order"], asked.body["amount"], asked.body["currency"]) == (1, 1050, "USD")
        paid = news(1, amount=1050)
        hook = hook_of(asked.body, anyone.address)
        told = await asyncio.gather(*(station.tell(hook, paid) for _ in range(3)))
        assert told == [(200, {"ok": True})] * 3
        await messenger.until(lambda: "Your coffee is on its way" in messenger.texts(ANN))
    assert await shop.count("shop_order", "status = 'paid' AND paid_at IS NOT NULL") == 1
    assert await shop.count("payment", "problem = ''") == 1
    assert await shop.count("order_news") == 0
    assert messenger.texts(ANN).count("Your coffee is on its way") == 1


async def test_a_provider_that_makes_no_bill_lets_the_flow_go_on_without(
    shop: Shop, engine: Engine, messenger: Messenger, station: PayStation
) -> None:
    station.verdicts.append((422, {"error": "no such currency"}))
    async with engine.working():
        await order(shop, messenger)
        await messenger.until(lambda: "We wait for you" in messenger.texts(ANN))
    assert await shop.count("shop_order", "status = 'new'") == 1
    assert len(station.asked) == 1


async def test_a_provider_that_is_down_for_a_moment_is_asked_again(
    shop: Shop, engine: Engine, messenger: Messenger, station: PayStation
) -> None:
    station.verdicts.append((503, {}))
    async with engine.working():
        await order(shop, messenger)
        await messenger.until(lambda: any("url" in button for button in buttons(messenger)))
    assert [asked.id for asked in station.asked] == [station.asked[0].id] * 2


async def test_a_payment_that_fails_is_told_and_may_be_tried_again(
    shop: Shop, engine: Engine, messenger: Messenger, station: PayStation, anyone: Partner
) -> None:
    unpaid = "The payment for your order No. 1 did not go through."
    async with engine.working():
        await order(shop, messenger)
        await messenger.until(lambda: any("url" in button for button in buttons(messenger)))
        hook = hook_of(station.asked[0].body, anyone.address)
        for _ in range(2):
            assert (await station.tell(hook, news(1, "failed", amount=1050)))[0] == 200
        await messenger.until(lambda: messenger.texts(ANN)[-2:][:1] == [unpaid])
        assert buttons(messenger)[0]["url"] == "https://pay.example/1"
        assert (await station.tell(hook, news(1, amount=1050, id="pay_2")))[0] == 200
        await messenger.until(lambda: "Your coffee is on its way" in messenger.texts(ANN))
    assert messenger.texts(ANN).count(unpaid) == 1
    assert "We wait for you" not in messenger.texts(ANN)


async def test_a_bill_that_the_messenger_does_not_show_is_not_waited_for(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    credentials = json.dumps({"token": "42:TEST", "payments_token": "381:TEST:9"}).encode()
    sealed = engine.vault.seal(shop.id, "bot.credentials", shop.bot_id, credentials)
    await shop.database.pool.execute(
        "UPDATE payment_method SET kind = 'native', settings = '{}', secret = NULL"
    )
    await shop.database.pool.execute("UPDATE bot SET credentials = $1", sealed)
    engine.connections.forget(shop.id, shop.bot_id)
    messenger.refuses.add("sendInvoice")
    async with engine.working():
        await order(shop, messenger)
        await messenger.until(lambda: "We wait for you" in messenger.texts(ANN))
    assert [call.method for call in messenger.refused] == ["sendInvoice"]
    assert await shop.count("shop_order", "status = 'new'") == 1
    assert await shop.count("order_news") == 0
