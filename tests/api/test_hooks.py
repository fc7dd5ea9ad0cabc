"""Where messengers deliver: nothing is lost, nothing happens twice, and nobody else gets in."""

import asyncio
from typing import Any

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, hook, launch, publish, update
from tests.api.partner import Partner

SECRET = "x-telegram-bot-api-secret-token"


@pytest.fixture
async def bot(ann: Partner, shop_id: int) -> dict[str, Any]:
    """Started, with a flow that answers."""
    await publish(ann, shop_id, COFFEE)
    return await launch(ann, shop_id)


async def count(database: Database, table: str) -> int:
    found: int = await database.pool.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def test_a_wrong_secret_gets_401_and_does_nothing(
    anyone: Partner, database: Database, bot: dict[str, Any]
) -> None:
    path = f"/hooks/{bot['shop_id']}/{bot['id']}/"
    for header in ({}, {SECRET: ""}, {SECRET: "guess"}, {SECRET: "gu\u00e9ss"}):
        answer = await anyone.ask("POST", path, json=update(7, "/start"), headers=header)
        assert (answer.status, answer.body["code"]) == (401, "unauthenticated"), header
    assert await count(database, "bot_user") == 0


async def test_a_bot_that_is_not_there_answers_like_a_wrong_secret(
    anyone: Partner, engine: Engine, bot: dict[str, Any]
) -> None:
    right = (await engine.connections.of(bot["shop_id"], bot["id"])).secret
    wrong = await anyone.ask(
        "POST", f"/hooks/{bot['shop_id']}/{bot['id']}/", json=update(7, "/start"), headers={SECRET: "guess"}
    )
    for path in (
        f"{bot['shop_id']}/{bot['id'] + 1}",
        f"{bot['shop_id'] + 1}/{bot['id']}",
        f"1/{2**63}",
        f"{'9' * 5000}/1",
        "0/0",
        "me/you",
    ):
        answer = await anyone.ask(
            "POST", f"/hooks/{path}/", json=update(7, "/start"), headers={SECRET: right}
        )
        assert (answer.status, answer.body) == (wrong.status, wrong.body)


async def test_the_secret_of_one_bot_opens_no_other(
    ann: Partner, shop_id: int, engine: Engine, bot: dict[str, Any]
) -> None:
    other = await launch(ann, shop_id)
    secret = (await engine.connections.of(shop_id, bot["id"])).secret
    path = f"/hooks/{shop_id}/{other['id']}/"
    answer = await ann.ask("POST", path, json=update(7, "/start"), headers={SECRET: secret})
    assert answer.status == 401


IGNORED = {
    "nothing known": b'{"update_id": 1, "poll_answer": {"poll_id": "1"}}',
    "a list": b"[1, 2, 3]",
    "a word": b'"hello"',
    "no JSON": b"{not json",
    "not UTF-8": b'{"update_id": 1, "message": "\xff\xfe"}',
    "nothing": b"",
    "deep": b"[" * 50_000,
    "a message of nobody": b'{"update_id": 1, "message": {"text": "hi"}}',
}


async def test_what_has_no_known_shape_is_taken_and_ignored(
    ann: Partner, engine: Engine, database: Database, bot: dict[str, Any]
) -> None:
    for name, body in IGNORED.items():
        answer = await hook(ann, engine, bot, body)
        assert (answer.status, answer.body) == (200, {"ok": True}), name
    assert await count(database, "message") == 0


async def test_a_text_that_cannot_be_stored_as_it_is_is_stored_all_the_same(
    ann: Partner, engine: Engine, database: Database, bot: dict[str, Any]
) -> None:
    assert (await hook(ann, engine, bot, update(7, "a\0b\ud83d"))).status == 200
    assert await count(database, "message") >= 1


async def test_a_body_that_is_too_large_is_not_read_to_its_end(
    ann: Partner, engine: Engine, bot: dict[str, Any]
) -> None:
    answer = await hook(ann, engine, bot, update(7, "x" * 1_000_001))
    assert (answer.status, answer.body["code"]) == (413, "too_large")


async def test_five_deliveries_of_one_update_reordered_are_one_effect(
    ann: Partner, engine: Engine, database: Database, bot: dict[str, Any]
) -> None:
    said = [update(7, text) for text in ("/start", "Order", "Ann")]
    for one in said:
        assert (await hook(ann, engine, bot, one)).status == 200
    before = await count(database, "message")
    again = [said[n] for n in (2, 0, 1, 1, 2, 0, 0, 2, 1, 0, 1, 2)]
    answers = await asyncio.gather(*(hook(ann, engine, bot, one) for one in again))
    assert {answer.status for answer in answers} == {200}
    assert await count(database, "message") == before
    assert await count(database, "lead") == 1
    assert await count(database, "bot_user") == 1


async def test_ht_22_a_stopped_bot_hears_nothing_and_a_started_one_does(
    ann: Partner, engine: Engine, database: Database, bot: dict[str, Any]
) -> None:
    stopped = (await ann.get(f"/api/bot/bot/{bot['id']}/stop/")).result
    assert stopped["status"] == 3
    assert (await hook(ann, engine, bot, update(7, "/start"))).body == {"ok": True}
    assert await count(database, "bot_user") == 0
    assert (await ann.get(f"/api/bot/bot/{bot['id']}/restart/")).result["status"] == 5
    assert (await hook(ann, engine, bot, update(7, "/start"))).status == 200
    assert await count(database, "bot_user") == 1
