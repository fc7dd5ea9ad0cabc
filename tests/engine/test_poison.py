"""One value that cannot be read, played or written harms nobody but itself, and is not tried for ever."""

import asyncio

import pytest

from channels.base import Inbound
from engine.arrivals import Arrival
from engine.counting import ENGINE
from engine.runtime import Engine
from engine.store.bot_users import BotUsers
from flows.events import Event, HandedBack, Pressed, Ran, Said, Started, TookOver
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop, update

ASKS = {
    "key": "main",
    "name": "Main",
    "start": "ask",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "ask",
            "kind": "ask_text",
            "question": "Who?",
            "variable": "who",
            "next": {"go": "forward", "to": "thanks"},
        },
        {"id": "thanks", "kind": "message", "text": "Thanks {{ who }}"},
    ],
}

BAD_EVENTS: list[Event] = [
    Said("a\0b"),
    Said("half \ud83d a character"),
    Pressed(2**200, "menu", "lead"),
    Pressed(-(2**70), "menu", "lead"),
    Pressed(2**63, "a\0", "b"),
    Started("\0"),
]


async def _beside(shop: Shop, *bad: Inbound) -> None:
    """The bad ones in the middle of a batch of good ones, and then once more as messengers do."""
    good = [update(str(user), Started()) for user in range(100, 110)]
    for _ in range(2):
        await asyncio.gather(
            *(shop.engine.receive(shop.id, shop.bot_id, [one]) for one in (*good[:5], *bad, *good[5:]))
        )
    rows = await shop.database.pool.fetch(
        "SELECT u.messenger_user_id AS who, count(*) AS n FROM message m"
        " JOIN bot_user u ON u.shop_id = m.shop_id AND u.id = m.bot_user_id"
        " WHERE m.shop_id = $1 AND u.messenger_user_id LIKE '10_' GROUP BY 1",
        shop.id,
    )
    assert [row["n"] for row in rows] == [2] * 10


def _counted() -> float:
    return ENGINE.get_sample_value("botique_turns_total", {"outcome": "poisoned"}) or 0.0


@pytest.mark.parametrize("event", BAD_EVENTS, ids=ascii)
async def test_what_is_set_aside_is_counted(shop: Shop, event: Event) -> None:
    await shop.open([ASKS])
    await shop.start("7")
    before = _counted()
    await shop.hear("7", event)
    assert _counted() - before == await shop.count("inbox")


@pytest.mark.parametrize("event", BAD_EVENTS, ids=ascii)
async def test_what_a_user_did_that_cannot_be_kept_harms_nobody_else(shop: Shop, event: Event) -> None:
    await shop.open([ASKS])
    await shop.start("7")
    await _beside(shop, update("7", event))
    await shop.say("7", "Ann")
    assert await shop.count("message", "body->>'text' LIKE 'Thanks%'") == 1


@pytest.mark.parametrize("user", ["\0", "\ud800", "x" * 1_000_000], ids=["nul", "surrogate", "endless"])
async def test_a_user_whose_id_cannot_be_kept_harms_nobody_else(shop: Shop, user: str) -> None:
    await shop.open([MENU])
    await _beside(shop, update(user, Started()))


@pytest.mark.parametrize("key", ["\0", "\ud800", "k" * 1_000_000], ids=["nul", "surrogate", "endless"])
async def test_an_update_whose_id_cannot_be_kept_harms_nobody_else(shop: Shop, key: str) -> None:
    await shop.open([MENU])
    await _beside(shop, update("7", Started(), key=key), update("7", Said("\0"), key=key))


@pytest.mark.parametrize("zone", ["Nowhere/Else", "", "Europe", "../../etc/passwd", "z" * 999])
async def test_a_shop_whose_time_zone_is_unknown_talks_on(shop: Shop, zone: str) -> None:
    await shop.open([MENU])
    await shop.database.pool.execute("UPDATE shop SET timezone = $1", zone)
    await shop.start("7")
    assert await shop.count("message", "direction = 2") == 1


async def _second(shop: Shop, engine: Engine, kind: str = "telegram") -> Shop:
    other = Shop(shop.database, engine)
    await other.open([MENU], kind)
    return other


async def _heard_together(first: Shop, second: Shop) -> None:
    one, two = update("7", Started()), update("7", Started())
    await asyncio.gather(
        first.engine.receive(first.id, first.bot_id, [one]),
        second.engine.receive(second.id, second.bot_id, [two]),
    )


@pytest.mark.parametrize("document", ['{"steps": 5}', "[]", '{"key": "main", "steps": [{"kind": "gone"}]}'])
async def test_a_flow_that_cannot_be_read_is_missing_and_no_other_shop_suffers(
    shop: Shop, engine: Engine, document: str
) -> None:
    await shop.open([MENU])
    good = await _second(shop, engine)
    await shop.database.pool.execute(
        "UPDATE revision SET document = $2::jsonb WHERE shop_id = $1", shop.id, document
    )
    await _heard_together(shop, good)
    assert await good.count("message", "direction = 2") == 1
    assert await shop.count("message", "direction = 1") == 1


async def test_a_bot_of_a_channel_that_is_gone_harms_no_other(shop: Shop, engine: Engine) -> None:
    await shop.open([MENU])
    good = await _second(shop, engine)
    await shop.database.pool.execute("UPDATE bot SET kind = 'telegraph' WHERE shop_id = $1", shop.id)
    await _heard_together(shop, good)
    assert await good.count("message", "direction = 2") == 1


@pytest.mark.parametrize("column", ["variables", "state"])
@pytest.mark.parametrize("stored", ["[1e400]", '{"held": 5}', "[]", "7", '{"name": 1e999}', "null"])
async def test_a_person_whose_row_cannot_be_read_harms_nobody_else(
    shop: Shop, column: str, stored: str
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute(f"UPDATE bot_user SET {column} = $1::jsonb", stored)
    await _beside(shop, update("7", Said("x")))


async def test_any_number_of_messages_in_one_turn_leaves_the_next_turn_its_numbers(
    shop: Shop, engine: Engine
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    who = (await shop.user("7"))["id"]
    held: list[Event] = [TookOver(), *[Ran("main")] * 150, HandedBack()]
    for event in held:
        await engine.take([Arrival(shop.id, event, bot_user_id=who)])
    await shop.say("7", "still there?")
    await shop.say("7", "and now?")
    assert await shop.count("message", "direction = 1") == 3
    assert await shop.count("message", "body->>'text' = 'Hello Ann'") == 154


async def test_what_was_set_aside_is_forgotten_with_its_person(shop: Shop) -> None:
    await shop.open([ASKS])
    for user in ("7", "8"):
        await shop.start(user)
        await shop.hear(user, Said("a\0b"))
    assert await shop.count("inbox") == 2
    person = (await shop.user("7"))["id"]
    async with shop.database.unit() as unit:
        await BotUsers(unit, shop.id).remove(person)
    assert await shop.count("inbox") == 1
    assert await shop.count("inbox", f"bot_user_id = {(await shop.user('8'))['id']}") == 1


async def test_a_turn_that_breaks_a_rule_of_a_table_harms_nobody_else(shop: Shop) -> None:
    await shop.open([ASKS])
    pool = shop.database.pool
    await pool.execute("ALTER TABLE message ADD CONSTRAINT rule CHECK (body->>'text' <> 'against it')")
    try:
        await shop.start("7")
        await _beside(shop, update("7", Said("against it")))
    finally:
        await pool.execute("ALTER TABLE message DROP CONSTRAINT rule")
    assert await shop.count("inbox") == 1
