"""Connecting a Telegram bot and polling it, through whatever the line does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel

from channels.base import Channel, ConnectionRefused, Hook
from channels.kinds import channel_class
from flows.events import Said
from tests.channels.messenger import Answer, Messenger, falls_silent, hangs_up, messenger, says

TOKEN = "100:AAE-secret_token"
ME = says(
    200, {"ok": True, "result": {"id": 100, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}}
)
DONE = says(200, {"ok": True, "result": True})
UNKNOWN = says(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
HOOK = Hook("https://shop.example/hook", "s3cret")


@pytest_asyncio.fixture
async def there() -> AsyncIterator[Messenger]:
    async with messenger() as found:
        yield found


def bot(url: str) -> tuple[Channel[Any], BaseModel]:
    channel = channel_class("telegram")(url)
    return channel, channel.Credentials.model_validate({"token": TOKEN})


def update(number: int, text: str) -> dict[str, object]:
    sender, chat = {"id": 5, "is_bot": False, "first_name": "Ann"}, {"id": 5, "type": "private"}
    message = {"message_id": number, "date": 1, "from": sender, "chat": chat, "text": text}
    return {"update_id": number, "message": message}


def batch(*updates: object) -> Answer:
    return says(200, {"ok": True, "result": list(updates)})


def asked(there: Messenger) -> list[tuple[str, dict[str, str]]]:
    """Method and form of every call."""
    forms = [dict(pair.partition(b"=")[::2] for pair in body.split(b"&") if pair) for _, body in there.asked]
    plain = [{key.decode(): value.decode() for key, value in form.items()} for form in forms]
    return [
        (call.path.removeprefix(f"/bot{TOKEN}/"), form)
        for (call, _), form in zip(there.asked, plain, strict=True)
    ]


async def test_connecting_names_the_bot_and_where_to_deliver(there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [ME, DONE]
    profile = await channel.connect(keys, HOOK)
    assert profile == ("Shop", "shop_bot", "https://t.me/shop_bot?start=")
    [(first, _), (second, form)] = asked(there)
    assert (first, second) == ("getMe", "setWebhook")
    assert form["url"] == "https%3A%2F%2Fshop.example%2Fhook"
    assert form["secret_token"] == "s3cret"
    assert "drop_pending_updates" not in form or form["drop_pending_updates"].lower() == "false"
    assert "callback_query" in form["allowed_updates"]


async def test_a_bot_that_will_be_polled_has_no_webhook(there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [ME, DONE]
    await channel.connect(keys, None)
    assert [method for method, _ in asked(there)] == ["getMe", "deleteWebhook"]


async def test_a_disconnected_bot_has_no_webhook(there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [DONE]
    await channel.disconnect(keys)
    assert [method for method, _ in asked(there)] == ["deleteWebhook"]


@pytest.mark.parametrize(
    ("answer", "reason", "outage"),
    [
        (UNKNOWN, "Telegram does not know this token", False),
        (says(404, {"ok": False, "description": "Not Found"}), "Telegram does not know this token", False),
        (
            says(400, {"ok": False, "description": "Bad Request: bad webhook: IP is reserved"}),
            "Telegram refused: Bad Request: bad webhook: IP is reserved",
            False,
        ),
        (says(502, {"ok": False, "description": "Bad Gateway"}), "Telegram cannot be reached", True),
        (says(502, {"ok": False}), "Telegram cannot be reached", True),
        (says(404, b"<html>no such page</html>"), "Telegram cannot be reached", True),
        (says(200, b"\xff"), "Telegram cannot be reached", True),
        (hangs_up(), "Telegram cannot be reached", True),
    ],
)
async def test_why_a_bot_cannot_be_connected(
    answer: Answer, reason: str, outage: bool, there: Messenger
) -> None:
    channel, keys = bot(there.url)
    for attempt in (lambda: channel.connect(keys, HOOK), lambda: channel.disconnect(keys)):
        there.answers = [answer]
        with pytest.raises(ConnectionRefused) as refused:
            await attempt()
        assert (refused.value.reason, refused.value.outage) == (reason, outage)


async def test_nobody_there_is_an_outage() -> None:
    channel, keys = bot("http://127.0.0.1:1")
    with pytest.raises(ConnectionRefused) as refused:
        await channel.connect(keys, None)
    assert refused.value.outage
    assert TOKEN not in str(refused.value)


async def test_asking_for_the_next_batch_confirms_the_one_before(there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [batch(update(7, "one"), update(8, "two")), batch(), batch(update(9, "three"))]
    async with aclosing(channel.poll(keys)) as polled:
        first = channel.parse(await anext(polled))
        assert [one.event for one in first] == [Said("one"), Said("two")]
        assert len(there.asked) == 1
        assert [one.event for one in channel.parse(await anext(polled))] == [Said("three")]
    assert [form["offset"] for _, form in asked(there)] == ["0", "9", "9"]


async def test_one_broken_update_does_not_stop_the_others(there: Messenger) -> None:
    channel, keys = bot(there.url)
    odd = {"update_id": 7, "message": {"chat": "none of this is a message", "date": "yesterday"}}
    there.answers = [batch(odd, 5, update(8, "half \ud83d")), batch(update(9, "next"))]
    async with aclosing(channel.poll(keys)) as polled:
        assert [one.event for one in channel.parse(await anext(polled))] == [Said("half �")]
        assert [one.event for one in channel.parse(await anext(polled))] == [Said("next")]
    assert asked(there)[-1][1]["offset"] == "9"


@pytest.mark.parametrize(
    "outage",
    [
        says(502, {"ok": False, "description": "Bad Gateway"}),
        says(502, {"ok": False}),
        says(409, {"ok": False, "description": "Conflict: terminated by other getUpdates request"}),
        says(429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 1}}),
        says(200, b"<html>"),
        says(200, b"\xff"),
        says(200, {"ok": True, "result": {"not": "a list"}}),
        hangs_up(),
    ],
)
async def test_an_outage_is_waited_out(outage: Answer, there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [outage, batch(update(7, "back again"))]
    async with aclosing(channel.poll(keys)) as polled:
        assert [one.event for one in channel.parse(await anext(polled))] == [Said("back again")]


async def test_a_revoked_token_ends_the_polling(there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [batch(update(7, "one")), UNKNOWN]
    async with aclosing(channel.poll(keys)) as polled:
        await anext(polled)
        with pytest.raises(ConnectionRefused, match="does not know this token"):
            await anext(polled)


async def test_polling_stops_at_once_when_cancelled(there: Messenger) -> None:
    channel, keys = bot(there.url)
    there.answers = [falls_silent]
    waiting = asyncio.create_task(anext(channel.poll(keys)))
    async with asyncio.timeout(60):
        await there.heard.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
