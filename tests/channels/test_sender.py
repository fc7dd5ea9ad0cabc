"""Requests reach the messenger in order, and whatever happens on the way is told apart."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from channels.base import ApiRequest, Channel, Sent, Undelivered
from channels.kinds import channel_class
from channels.sender import Sender
from flows.effects import Send
from tests.channels.messenger import Answer, Messenger, falls_silent, hangs_up, messenger, never_ends, says

TOKEN = "100:AAE-secret_token"
TAKEN = {"ok": True, "result": {"message_id": 7}}
BLOCKED = {"ok": False, "description": "Forbidden: bot was blocked by the user"}
DOWN = {"ok": False, "description": "Bad Gateway"}


@pytest_asyncio.fixture
async def there() -> AsyncIterator[Messenger]:
    async with messenger() as found:
        yield found


@pytest_asyncio.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender(timeout=0.5) as found:
        yield found


def said(url: str, *texts: str) -> tuple[Channel[Any], list[ApiRequest]]:
    """The requests that say the texts in a Telegram at this address."""
    channel = channel_class("telegram")(url)
    keys = channel.Credentials.model_validate({"token": TOKEN})
    return channel, [request for text in texts for request in channel.render(keys, "5", Send(text))]


async def test_requests_go_out_in_order_and_the_last_is_named(there: Messenger, sender: Sender) -> None:
    there.answers = [says(200, TAKEN), says(200, TAKEN | {"result": {"message_id": 8}})]
    assert await sender.send(*said(there.url, "one", "two")) == Sent("8")
    assert [body for _, body in there.asked] == [b'{"chat_id":5,"text":"one"}', b'{"chat_id":5,"text":"two"}']
    assert {request.content_type for request, _ in there.asked} == {"application/json"}
    assert {request.path for request, _ in there.asked} == {f"/bot{TOKEN}/sendMessage"}


async def test_the_connection_is_kept(there: Messenger, sender: Sender) -> None:
    there.answers = [says(200, TAKEN)] * 3
    await sender.send(*said(there.url, "one", "two", "three"))
    assert (
        len({request.transport.get_extra_info("peername") for request, _ in there.asked if request.transport})
        == 1
    )


async def test_the_first_that_is_not_taken_ends_it(there: Messenger, sender: Sender) -> None:
    there.answers = [says(200, TAKEN), says(403, BLOCKED)]
    answer = await sender.send(*said(there.url, "one", "two", "three"))
    assert answer == Undelivered("gone", "Forbidden: bot was blocked by the user", taken=1)
    assert len(there.asked) == 2


async def test_nothing_to_send_is_sent(sender: Sender) -> None:
    assert await sender.send(*said("http://127.0.0.1:1")) == Sent("")


@pytest.mark.parametrize(
    ("answer", "ambiguous"),
    [
        (falls_silent, True),
        (hangs_up(), True),
        (hangs_up(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), True),
        (hangs_up(b"220 mail.example ESMTP\r\n"), True),
        (says(502, DOWN), True),
        (says(504, b"<html>"), True),
        (says(500, DOWN), False),
        (says(503, b""), False),
    ],
)
async def test_an_answer_that_was_lost_leaves_it_open_whether_it_was_sent(
    answer: Answer, ambiguous: bool, there: Messenger, sender: Sender
) -> None:
    there.answers = [answer]
    undelivered = await sender.send(*said(there.url, "Hi"))
    assert isinstance(undelivered, Undelivered)
    assert (undelivered.kind, undelivered.ambiguous) == ("retry", ambiguous)
    there.answers = [says(200, TAKEN)]
    assert await sender.send(*said(there.url, "Hi")) == Sent("7")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://nowhere.invalid",
        f"http://{'long' * 16}.invalid",
        "nonsense://x",
        "http://[::1",
    ],
)
async def test_nobody_there_was_surely_not_sent(url: str, sender: Sender) -> None:
    answer = await sender.send(*said(url, "Hi"))
    assert isinstance(answer, Undelivered)
    assert (answer.kind, answer.ambiguous) == ("retry", False)
    assert TOKEN not in repr(answer)


async def test_a_redirect_is_not_followed_with_the_token(there: Messenger, sender: Sender) -> None:
    there.answers = [says(307, b"", Location=f"{there.url}/elsewhere")]
    answer = await sender.send(*said(there.url, "Hi"))
    assert isinstance(answer, Undelivered)
    assert len(there.asked) == 1


async def test_an_answer_without_end_is_read_to_a_limit(there: Messenger, sender: Sender) -> None:
    there.answers = [never_ends, says(200, TAKEN)]
    assert await sender.send(*said(there.url, "Hi")) == Undelivered("retry", "HTTP 200")
    assert await sender.send(*said(there.url, "Hi")) == Sent("7")


async def test_retry_after_is_read_from_the_headers_too(there: Messenger, sender: Sender) -> None:
    there.answers = [says(429, b"", **{"Retry-After": "3"})]
    answer = await sender.send(*said(there.url, "Hi"))
    assert isinstance(answer, Undelivered)
    assert (answer.kind, answer.retry_after) == ("slow", 3.0)


async def test_a_proxy_of_the_surroundings_is_not_asked(
    there: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    there.answers = [says(200, TAKEN)]
    async with Sender() as sender:
        assert await sender.send(*said(there.url, "Hi")) == Sent("7")


async def test_a_closed_sender_loses_nothing(there: Messenger) -> None:
    there.answers = [says(200, TAKEN)]
    async with Sender() as sender:
        assert await sender.send(*said(there.url, "Hi")) == Sent("7")
    answer = await sender.send(*said(there.url, "Hi"))
    assert isinstance(answer, Undelivered)
    assert (answer.kind, answer.ambiguous) == ("retry", False)
    assert len(there.asked) == 1


@pytest.mark.parametrize("answer", [falls_silent, hangs_up(), hangs_up(TOKEN.encode())])
async def test_the_token_is_in_no_reason_and_in_no_log(
    answer: Answer, there: Messenger, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    there.answers = [answer]
    undelivered = await sender.send(*said(there.url, "Hi"))
    assert TOKEN not in repr(undelivered)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")]
    assert not any(TOKEN in line for line in ours)
