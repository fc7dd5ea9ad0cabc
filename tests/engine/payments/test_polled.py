"""A bot that asks for its news hears of payments as one that is told them."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.kinds.telegram import Telegram, TelegramCredentials
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from tests.engine.payments.buyer import TOTAL, Buyer
from tests.messenger import Messenger

ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
BILL = {"currency": "USD", "total_amount": TOTAL, "invoice_payload": "order:17"}
CHARGES = {"telegram_payment_charge_id": "tg-1", "provider_payment_charge_id": "pp-1"}
TOLD: list[dict[str, Any]] = [
    {"update_id": 901, "pre_checkout_query": {"id": "q1", "from": ANN} | BILL},
    {
        "update_id": 902,
        "message": {
            "message_id": 3,
            "date": 1_763_690_000,
            "from": ANN,
            "chat": {"id": 7, "type": "private"},
            "successful_payment": BILL | CHARGES,
        },
    },
]


@pytest.fixture
async def engine(database: Database, messenger: Messenger, tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(folder=tmp_path, channel_urls={"telegram": messenger.url}, updates="polling")
    async with Engine(settings, database) as running:
        yield running


async def test_a_bill_is_permitted_and_paid_before_the_next_news_is_asked_for(
    buyer: Buyer, engine: Engine, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = asyncio.Event()

    async def polled(self: Telegram, credentials: TelegramCredentials) -> AsyncGenerator[bytes, None]:
        yield json.dumps(TOLD).encode()
        confirmed.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Telegram, "poll", polled)
    await buyer.orders(await buyer.method("native"))
    async with engine.working(), asyncio.timeout(60):
        await confirmed.wait()
        assert (await buyer.order()).status == "paid"
    assert [call.body for call in messenger.taken if call.method == "answerPreCheckoutQuery"] == [
        {"pre_checkout_query_id": "q1", "ok": True}
    ]
    assert [payment.external_id for payment in await buyer.kept()] == ["tg-1"]
