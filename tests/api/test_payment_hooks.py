"""Where providers tell what was paid: only who signs is believed, and nothing is lost or happens twice."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.orders.billing import HOOK_PATH
from engine.payments.methods import add_method
from engine.runtime import Engine
from engine.store.orders import Order, Orders
from engine.store.unit import Database
from tests.api.floor import hook, launch, meet
from tests.api.partner import Answer, Partner
from tests.engine.pay_station import OTHER_SECRET, PayStation, news, signed
from tests.messenger import Messenger

TOTAL = 1050
CREDENTIALS = {"token": "42:TEST", "payments_token": "381:TEST:9"}


@pytest.fixture
async def station() -> AsyncIterator[PayStation]:
    it = PayStation()
    await it.start()
    yield it
    await it.stop()


class Counter:
    """A shop with an order, number 17, that is paid at the provider."""

    def __init__(self, engine: Engine, shop_id: int, anyone: Partner) -> None:
        self.engine = engine
        self.shop_id = shop_id
        self.anyone = anyone
        self.method = 0

    async def open(self, bot: dict[str, Any], person: dict[str, Any], station: PayStation) -> None:
        self.method = await self.add(station.settings)
        async with self.engine.database.unit() as unit:
            order = Order(number=17, bot_user_id=person["id"], bot_id=bot["id"], turn=1)
            order.currency, order.subtotal, order.total, order.payment_id = "USD", TOTAL, TOTAL, self.method
            await Orders(unit, self.shop_id).add(order)

    async def add(self, settings: dict[str, Any], kind: str = "webhook") -> int:
        async with self.engine.database.unit() as unit:
            return (await add_method(unit, self.engine.vault, self.shop_id, kind, settings)).id

    @property
    def path(self) -> str:
        return HOOK_PATH.format(shop_id=self.shop_id, method_id=self.method)

    async def told(self, body: bytes | dict[str, Any], path: str = "", **given: Any) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.anyone.ask("POST", path or self.path, data=raw, headers=signed(raw, **given))

    async def status(self) -> str:
        async with self.engine.database.unit() as unit:
            order = await Orders(unit, self.shop_id).by_number(17)
        assert order is not None
        return order.status

    async def payments(self) -> int:
        found: int = await self.engine.database.pool.fetchval("SELECT count(*) FROM payment")
        return found


@pytest.fixture
async def bot(ann: Partner, shop_id: int, engine: Engine) -> dict[str, Any]:
    """Started, and able to have bills paid."""
    made = await launch(ann, shop_id)
    sealed = engine.vault.seal(shop_id, "bot.credentials", made["id"], json.dumps(CREDENTIALS).encode())
    await engine.database.pool.execute("UPDATE bot SET credentials = $1", sealed)
    engine.connections.forget(shop_id, made["id"])
    return made


@pytest.fixture
async def counter(
    ann: Partner, anyone: Partner, shop_id: int, engine: Engine, bot: dict[str, Any], station: PayStation
) -> Counter:
    it = Counter(engine, shop_id, anyone)
    await it.open(bot, await meet(ann, engine, bot, 7), station)
    return it


PAID = news(17, amount=TOTAL)


async def test_a_provider_tells_and_the_order_is_paid(counter: Counter, station: PayStation) -> None:
    assert await station.tell(counter.anyone.address + counter.path, PAID) == (200, {"ok": True})
    assert await counter.status() == "paid"


async def test_told_again_it_changes_nothing(counter: Counter) -> None:
    raw = json.dumps(PAID).encode()
    headers = signed(raw)
    asked = [counter.anyone.ask("POST", counter.path, data=raw, headers=headers) for _ in range(6)]
    answers = await asyncio.gather(*asked, counter.told(PAID, id="msg_2"))
    assert {answer.status for answer in answers} == {200}
    assert (await counter.payments(), await counter.status()) == (1, "paid")


NOW = int(time.time())
NOT_GENUINE: dict[str, dict[str, Any]] = {
    "another secret": {"secret": OTHER_SECRET},
    "too old": {"at": NOW - 1000},
    "of the future": {"at": NOW + 1000_000},
}


@pytest.mark.parametrize("given", NOT_GENUINE.values(), ids=NOT_GENUINE)
async def test_a_call_that_is_not_genuine_gets_401_and_does_nothing(
    counter: Counter, given: dict[str, Any]
) -> None:
    answer = await counter.told(PAID, **given)
    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
    assert (await counter.payments(), await counter.status()) == (0, "new")


async def test_an_unsigned_call_and_one_signed_for_another_body_get_401(counter: Counter) -> None:
    raw = json.dumps(PAID).encode()
    for headers in ({}, signed(b"{}"), signed(raw) | {"webhook-id": "msg_9"}):
        answer = await counter.anyone.ask("POST", counter.path, data=raw, headers=headers)
        assert answer.status == 401, headers
    assert await counter.status() == "new"


async def test_a_way_of_paying_that_is_not_there_answers_like_a_wrong_signature(counter: Counter) -> None:
    wrong = await counter.told(PAID, secret=OTHER_SECRET)
    shop, method = counter.shop_id, counter.method
    for places in (
        f"{shop}/{method + 1}",
        f"{shop + 1}/{method}",
        f"{shop}/{2**63}",
        f"{'9' * 5000}/1",
        "0/0",
        "me/you",
    ):
        answer = await counter.told(PAID, f"/hooks/payments/{places}/")
        assert (answer.status, answer.body) == (wrong.status, wrong.body), places


async def test_a_way_of_paying_that_hears_nothing_believes_nothing(counter: Counter) -> None:
    cash = await counter.add({}, "cash")
    answer = await counter.told(PAID, HOOK_PATH.format(shop_id=counter.shop_id, method_id=cash))
    assert answer.status == 401


async def test_another_shops_provider_pays_nothing_here(
    counter: Counter, bob: Partner, station: PayStation
) -> None:
    shop = (await bob.post("/api/shop/shops/", {"name": "Elsewhere", "timezone": "UTC"})).result
    theirs = Counter(counter.engine, shop["id"], counter.anyone)
    theirs.method = await theirs.add(station.settings)
    assert (await theirs.told(PAID)).status == 200
    assert await counter.status() == "new"


STRANGE = {
    "no JSON": b"{not json",
    "a list": b"[1]",
    "nothing": b"",
    "not UTF-8": b'{"order": "\xff"}',
    "deep": b"[" * 50_000,
    "no order": json.dumps({"status": "paid"}).encode(),
    "another status": json.dumps(PAID | {"status": "refunded"}).encode(),
}


async def test_what_is_signed_but_tells_of_no_payment_gets_422(counter: Counter) -> None:
    for name, body in STRANGE.items():
        answer = await counter.told(body)
        assert (answer.status, answer.body["code"]) == (422, "invalid"), name
    assert await counter.payments() == 0


async def test_a_body_that_is_too_large_is_not_read_to_its_end(counter: Counter) -> None:
    answer = await counter.told(PAID | {"more": "x" * 1_000_001})
    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert await counter.status() == "new"


async def test_money_that_does_not_fit_is_taken_and_kept(counter: Counter, database: Database) -> None:
    assert (await counter.told(PAID | {"amount": 1})).status == 200
    assert (await counter.told(news(99, amount=TOTAL, id="pay_2"))).status == 200
    problems = await database.pool.fetch("SELECT problem FROM payment ORDER BY id")
    assert [row["problem"] for row in problems] == [
        "The order comes to $10.50 (USD), and $0.01 (USD) was paid.",
        "There is no such order.",
    ]
    assert await counter.status() == "new"


async def test_a_way_of_paying_that_is_no_longer_offered_is_believed(
    counter: Counter, database: Database
) -> None:
    await database.pool.execute("UPDATE payment_method SET active = false")
    assert (await counter.told(PAID)).status == 200
    assert await counter.status() == "paid"


def checkout(number: int, user: int = 7) -> dict[str, Any]:
    who = {"id": user, "is_bot": False, "first_name": "Ann"}
    asked = {"id": f"q{number}", "from": who, "currency": "USD", "total_amount": TOTAL}
    return {"update_id": number, "pre_checkout_query": asked | {"invoice_payload": "order:17"}}


def receipt(number: int) -> dict[str, Any]:
    who, chat = {"id": 7, "is_bot": False, "first_name": "Ann"}, {"id": 7, "type": "private"}
    payment = {"currency": "USD", "total_amount": TOTAL, "invoice_payload": "order:17"}
    charges = {"telegram_payment_charge_id": "tg-1", "provider_payment_charge_id": "pp-1"}
    message = {"message_id": number, "date": 1_700_000_000, "from": who, "chat": chat}
    return {"update_id": number, "message": message | {"successful_payment": payment | charges}}


async def test_a_bill_is_paid_within_telegram(
    ann: Partner, counter: Counter, engine: Engine, messenger: Messenger, bot: dict[str, Any]
) -> None:
    assert (await hook(ann, engine, bot, checkout(900))).status == 200
    assert messenger.taken[-1].method == "answerPreCheckoutQuery"
    assert messenger.taken[-1].body == {"pre_checkout_query_id": "q900", "ok": True}
    answers = await asyncio.gather(*(hook(ann, engine, bot, receipt(901)) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    assert (await counter.payments(), await counter.status()) == (1, "paid")
    assert (await hook(ann, engine, bot, checkout(902))).status == 200
    assert messenger.taken[-1].body["ok"] is False


async def test_money_that_was_taken_is_heard_of_by_a_stopped_bot_too(
    ann: Partner, counter: Counter, engine: Engine, bot: dict[str, Any]
) -> None:
    assert (await ann.get(f"/api/bot/bot/{bot['id']}/stop/")).result["status"] == 3
    assert (await hook(ann, engine, bot, receipt(901))).status == 200
    assert await counter.status() == "paid"


async def test_only_telegram_may_say_that_a_bill_was_paid(
    anyone: Partner, counter: Counter, bot: dict[str, Any]
) -> None:
    path = f"/hooks/{bot['shop_id']}/{bot['id']}/"
    headers = {"x-telegram-bot-api-secret-token": "guess"}
    assert (await anyone.ask("POST", path, json=receipt(901), headers=headers)).status == 401
    assert await counter.status() == "new"
