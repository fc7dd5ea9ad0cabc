"""A shop's language model: asked as it is set, for no more money than is allowed, and never believed."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine import completing
from engine.completing import KEY_PLACE, Completing, most_tokens
from engine.logs import set_up
from engine.outside import Outside
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.language_models import SHARE, Tariff
from flows.requests import Completion, Utterance
from tests.engine.model_server import KEY, ModelServer, choose, said, spent
from tests.engine.shop_floor import Shop
from tests.messenger import Messenger

HI = Completion((Utterance("system", "Be kind."), Utterance("user", "Hi")), 50)
ANSWERING: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "ai",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "ai",
            "kind": "ai_answer",
            "instructions": "Never say {{ messenger_user_id }}0.",
            "talk": True,
            "fallback": {"go": "forward", "to": "sorry"},
        },
        {"id": "sorry", "kind": "message", "text": "Ask our staff"},
    ],
}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    it = ModelServer()
    await it.server.start_server()
    yield it
    it.may.set()
    await it.server.close()


@pytest.fixture
async def asked(engine: Engine, shop: Shop) -> AsyncIterator[Completing]:
    await shop.open([])
    outside = Outside((ip_network("127.0.0.0/8"),))
    yield Completing(engine.database.pool, engine.vault, outside)
    await outside.close()


def told(messenger: Messenger) -> list[str]:
    """What the user was told; that somebody types is no text."""
    return [text for text in messenger.texts("7") if text]


async def test_a_model_is_asked_for_text_and_given_no_tools(
    shop: Shop, asked: Completing, server: ModelServer
) -> None:
    await choose(shop, server.base_url, prices=(3, 7))
    assert await asked.ask(shop.id, HI) == (200, {"text": "Hello!"})
    assert server.questions == [
        {
            "model": "small",
            "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
            "max_tokens": 50,
        }
    ]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert await spent(shop) == (10 * 3 + 5 * 7, 10, 5)


async def test_a_step_may_name_another_model(shop: Shop, asked: Completing, server: ModelServer) -> None:
    await choose(shop, server.base_url)
    await asked.ask(shop.id, Completion(HI.talk, 50, "large"))
    assert server.questions[0]["model"] == "large"


async def test_a_shop_without_a_model_asks_nobody(shop: Shop, asked: Completing, server: ModelServer) -> None:
    assert await asked.ask(shop.id, HI) == (404, None)
    await choose(shop, server.base_url)
    assert await asked.ask(shop.id + 1, HI) == (404, None)
    assert server.questions == []


async def test_a_key_of_another_row_is_not_sent(shop: Shop, asked: Completing, server: ModelServer) -> None:
    await choose(shop, server.base_url)
    foreign = shop.engine.vault.seal(shop.id + 1, KEY_PLACE, 1, KEY.encode())
    await shop.database.pool.execute("UPDATE language_model SET key = $1", foreign)
    assert await asked.ask(shop.id, HI) == (401, None)
    assert server.questions == []
    assert await spent(shop) == (0, 0, 0)


async def test_fifty_questions_at_once_cannot_pass_the_limit(
    shop: Shop, asked: Completing, server: ModelServer
) -> None:
    most = Tariff(1000, 2000, None).cost(most_tokens(HI))
    # Enough for seven that are open, and not for an eighth.
    await choose(shop, server.base_url, prices=(1000, 2000), limit=-(-7 * most // SHARE))
    assert 7 * most <= -(-7 * most // SHARE) * SHARE < 13 * most
    server.may.clear()
    questions = [asyncio.create_task(asked.ask(shop.id, HI)) for _ in range(50)]
    async with asyncio.timeout(60):
        while sum(task.done() for task in questions) + len(server.questions) < 50:
            await asyncio.wait(
                [task for task in questions if not task.done()],
                timeout=0.05,
                return_when=asyncio.FIRST_COMPLETED,
            )
    reserved, *_ = await spent(shop)
    limit = -(-7 * most // SHARE) * SHARE
    assert reserved == len(server.questions) * most <= limit
    assert len(server.questions) == limit // most
    server.may.set()
    answers = await asyncio.gather(*questions)
    assert answers.count((200, {"text": "Hello!"})) == len(server.questions)
    assert answers.count((402, None)) == 50 - len(server.questions)
    taken = len(server.questions)
    assert await spent(shop) == (taken * (10 * 1000 + 5 * 2000), taken * 10, taken * 5)


@pytest.mark.parametrize(("limit", "status"), [(None, 200), (1, 200), (0, 402)])
async def test_what_the_limit_allows(
    shop: Shop, asked: Completing, server: ModelServer, limit: int | None, status: int
) -> None:
    await choose(shop, server.base_url, prices=(1, 1), limit=limit)
    assert (await asked.ask(shop.id, HI))[0] == status


async def test_what_was_spent_last_month_is_not_of_this(
    shop: Shop, asked: Completing, server: ModelServer
) -> None:
    await choose(shop, server.base_url, prices=(1, 1), limit=1)
    await shop.database.pool.execute(
        "INSERT INTO language_model_spend (shop_id, month, spent) VALUES ($1, 202001, $2)", shop.id, SHARE
    )
    assert (await asked.ask(shop.id, HI))[0] == 200


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503])
async def test_a_refusal_is_told_by_its_status_alone_and_costs_nothing(
    shop: Shop, asked: Completing, server: ModelServer, status: int
) -> None:
    await choose(shop, server.base_url, prices=(1, 1))
    server.status = status
    server.body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
    assert await asked.ask(shop.id, HI) == (status, None)
    assert await spent(shop) == (0, 0, 0)


async def test_a_model_that_takes_too_long_counts_as_the_most_it_can_cost(
    shop: Shop, asked: Completing, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completing, "PATIENCE", 0.2)
    await choose(shop, server.base_url, prices=(1, 2))
    server.may.clear()
    assert await asked.ask(shop.id, HI) == (0, None)
    most = most_tokens(HI)
    assert await spent(shop) == (most.asked + 2 * most.answered, *most)


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:1/v1", "http://10.0.0.1/v1", "http://metadata.test./"]
)
async def test_a_model_that_was_never_reached_costs_nothing(
    shop: Shop, asked: Completing, base_url: str
) -> None:
    await choose(shop, base_url, prices=(1, 1))
    assert await asked.ask(shop.id, HI) == (0, None)
    assert await spent(shop) == (0, 0, 0)


async def test_an_answer_without_a_bill_counts_as_the_most_it_can_cost(
    shop: Shop, asked: Completing, server: ModelServer
) -> None:
    await choose(shop, server.base_url, prices=(1, 2))
    server.body = b'{"choices": [{"message": {"content": "Hello!"}}]}'
    assert await asked.ask(shop.id, HI) == (200, {"text": "Hello!"})
    assert (await spent(shop))[0] == Tariff(1, 2, None).cost(most_tokens(HI))


HOSTILE: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 502),
    "a page": (b"<html><script>alert(1)</script></html>", 502),
    "half of it": (said("Hello!")[:40], 502),
    "a list": (b"[]", 502),
    "no choice": (b'{"choices": []}', 502),
    "a choice that is none": (b'{"choices": [7]}', 502),
    "a message that is none": (b'{"choices": [{"message": "Hi"}]}', 502),
    "no bottom": (b"[" * 100_000, 502),
    "almost no bottom": (b'{"choices": ' + b"[" * 900 + b"]" * 900 + b"}", 502),
    "a million bytes": (said("x" * 1_100_000), 0),
    "no text": (said(None), 200),
    "a tool that it wants called": (
        b'{"choices": [{"message": {"content": null, "tool_calls": [{"function": {"name": "rm"}}]}}]}',
        200,
    ),
    "a text that is a number": (said(7), 200),
}


@pytest.mark.parametrize(("body", "status"), HOSTILE.values(), ids=HOSTILE)
async def test_an_answer_of_any_kind_is_survived(
    shop: Shop, asked: Completing, server: ModelServer, body: bytes, status: int
) -> None:
    await choose(shop, server.base_url)
    server.body = body
    assert await asked.ask(shop.id, HI) == (status, {"text": ""} if status == 200 else None)


async def test_a_conversation_is_asked_in_its_order_and_told_as_plain_text(
    shop: Shop, engine: Engine, messenger: Messenger, server: ModelServer
) -> None:
    await shop.open([ANSWERING])
    await choose(shop, server.base_url)
    server.body = said("{{ 7 * 7 }} *Hello* <b>you</b>")
    async with engine.working():
        await shop.say("7", "{{ 1 + 1 }}")
        await messenger.until(lambda: told(messenger) == ["{{ 7 * 7 }} *Hello* <b>you</b>"])
        await shop.say("7", "And now?")
        await messenger.until(lambda: len(told(messenger)) == 2)
    assert server.questions[1]["messages"] == [
        {"role": "system", "content": "Never say 70."},
        {"role": "user", "content": "{{ 1 + 1 }}"},
        {"role": "assistant", "content": "{{ 7 * 7 }} *Hello* <b>you</b>"},
        {"role": "user", "content": "And now?"},
    ]
    assert server.questions[1].keys() == {"model", "messages", "max_tokens"}
    assert await shop.count("call") == 0


async def test_what_is_said_while_the_model_thinks_is_asked_next(
    shop: Shop, engine: Engine, messenger: Messenger, server: ModelServer
) -> None:
    await shop.open([ANSWERING])
    await choose(shop, server.base_url)
    server.may.clear()
    async with engine.working():
        await shop.say("7", "One?")
        async with asyncio.timeout(60):
            await server.begun.wait()
        await shop.say("7", "Two?")
        await shop.say("7", "Three?")
        server.may.set()
        await messenger.until(lambda: len(told(messenger)) == 2)
    asked = [question["messages"][-1]["content"] for question in server.questions]
    assert asked == ["One?", "Two?\nThree?"]
    assert told(messenger) == ["Hello!", "Hello!"]


async def test_the_key_stands_in_no_log_row_or_message(
    shop: Shop, engine: Engine, messenger: Messenger, server: ModelServer
) -> None:
    logged = io.StringIO()
    set_up(Settings(log_level="debug"), logged)
    await shop.open([ANSWERING])
    await choose(shop, server.base_url)
    server.status, server.body = 401, KEY.encode()
    async with engine.working():
        await shop.say("7", "Hi")
        await messenger.until(lambda: told(messenger) == ["Ask our staff"])
    assert server.headers[0]["Authorization"].endswith(KEY)
    tables = await shop.database.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = await shop.database.pool.fetchval(f"SELECT string_agg(t::text, '|') FROM {table} t")
        assert KEY not in (rows or "")
        assert KEY.encode().hex() not in (rows or "")
    assert KEY not in logged.getvalue()
    assert "asked outside" in logged.getvalue()
    assert await shop.count("fault", "code = 'no_answer' AND message LIKE '%refused the key%'") == 1


async def test_the_key_does_not_follow_a_redirect_to_another_place(
    shop: Shop, asked: Completing, server: ModelServer
) -> None:
    async def away(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{server.base_url}/chat/completions"})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", away)
    other = TestServer(app, host="127.0.0.1")
    await other.start_server()
    await choose(shop, f"http://127.0.0.1:{other.port}/v1")
    assert await asked.ask(shop.id, HI) == (200, {"text": "Hello!"})
    assert "Authorization" not in server.headers[0]
    await other.close()
