"""Every secret that is entered is used, and stands in no row, log line, answer or repr."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from engine.logs import set_up
from engine.payments.base import NotGenuine
from engine.payments.methods import opened
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.payment_methods import PaymentMethods
from tests.engine.model_server import KEY, choose
from tests.engine.pay_station import SECRET, PayStation, signed
from tests.engine.payments.buyer import CREDENTIALS, Buyer
from tests.messenger import Messenger

PASSWORD = "pa55-of-the-mail"
SECRETS = {
    "way of paying": SECRET.removeprefix("whsec_"),
    "bot": CREDENTIALS["token"],
    "payments of the bot": CREDENTIALS["payments_token"],
    "mail server": PASSWORD,
    "language model": KEY,
}


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged, but for what the stand-ins say of themselves; as before afterwards."""
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
    handlers, level, stream = logging.root.handlers[:], logging.root.level, io.StringIO()
    set_up(Settings(log_level="debug"), stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


async def rows(buyer: Buyer) -> str:
    """Of all tables, as text."""
    pool = buyer.shop.database.pool
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    kept = [await pool.fetchval(f"SELECT string_agg(t::text, '|') FROM {table} t") for (table,) in tables]
    return "|".join(filter(None, kept))


async def test_no_secret_stands_anywhere_but_where_it_is_used(
    buyer: Buyer, engine: Engine, messenger: Messenger, station: PayStation, logged: io.StringIO
) -> None:
    paid_at = await buyer.method("webhook", **station.settings)
    await buyer.orders(paid_at)
    await buyer.orders(await buyer.method("native"), number=18)
    await choose(buyer.shop, "https://model.example/v1")
    answers: list[Any] = [await buyer.asks(), await buyer.asks(number=18)]
    station.verdicts.append((400, {"error": f"wrong secret {SECRET}"}))
    answers.append(await buyer.asks())
    for headers in (signed(b"{}"), {"webhook-signature": f"v1,{SECRET}"}):
        try:
            answers.append(await engine.till.read(buyer.shop.id, paid_at, headers, b"{}"))
        except NotGenuine as refusal:
            answers.append(repr(refusal))
    messenger.refuses.add("sendInvoice")
    async with engine.working():
        await messenger.until(lambda: bool(messenger.refused))
    async with buyer.shop.database.unit() as unit:
        method = await PaymentMethods(unit, buyer.shop.id).get(paid_at)
    way = opened(engine.vault, method)
    connection = await engine.connections.of(buyer.shop.id, buyer.shop.bot_id)
    host = Settings(smtp_url=f"smtps://shop:{PASSWORD}@mail.example", smtp_from="shop@mail.example")
    shown = repr((answers, method, way, way.settings, connection, host, vars(host.post_office())))
    places = {"row": await rows(buyer), "log": logged.getvalue(), "repr or answer": shown}
    found = [
        (name, place)
        for name, secret in SECRETS.items()
        for place, text in places.items()
        if secret in text or secret.encode().hex() in text
    ]
    assert found == []
    assert "not billed" in places["log"]
    assert messenger.refused[0].body["provider_token"] == CREDENTIALS["payments_token"]
