"""What users did becomes turns: once, in order, and never lost without a word."""

import asyncio
import random
from unittest.mock import AsyncMock

import pytest
from asyncpg import InternalClientError

from engine.arrivals import Arrival
from engine.refusals import Unavailable
from engine.runtime import Engine
from engine.store import turns
from engine.store.unit import Database
from flows.events import Pressed, Said, Started
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import ENDLESS, MENU
from tests.engine.shop_floor import Shop, update


async def test_a_conversation_is_kept_with_its_state_its_words_and_its_lead(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.say("7", "call me")
    user = await shop.user("7")
    assert user["state"]["frames"] == [
        {"flow": "main", "revision": shop.revisions["main"], "step": "menu", "path": ["menu"]}
    ]
    assert user["variables"]["name"] == "Ann"
    rows = await shop.database.pool.fetch("SELECT direction, body->>'text' AS text FROM message ORDER BY seq")
    assert [tuple(row) for row in rows] == [
        (1, None),
        (2, "Hello Ann"),
        (1, "call me"),
        (2, "Thanks"),
        (2, "Hello Ann"),
    ]
    assert await shop.count("lead", "values = '{\"name\": \"Ann\"}' AND form = 'call'") == 1


async def test_the_same_update_delivered_five_times_and_reordered_has_one_effect(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.start("7")
    updates = [update("7", Pressed(shop.revisions["main"], "menu", "lead"), key=str(n)) for n in range(3)]
    deliveries = updates * 5
    random.Random(7).shuffle(deliveries)
    await asyncio.gather(*(shop.engine.receive(shop.id, shop.bot_id, [one]) for one in deliveries))
    assert await shop.count("lead") == 3
    assert await shop.count("message", "direction = 1") == 4


async def test_two_processes_on_one_database_make_one_effect_of_one_update(
    engines: Engines, dsn: str, shop: Shop
) -> None:
    await shop.open([MENU])
    async with Database(dsn, connections=4) as second, engines(second) as other:
        users = [str(n) for n in range(20)]
        starts = {user: update(user, Started()) for user in users}
        presses = {user: update(user, Pressed(shop.revisions["main"], "menu", "lead")) for user in users}
        for step in (starts, presses):
            await asyncio.gather(
                *(
                    engine.receive(shop.id, shop.bot_id, [step[user]])
                    for engine in (shop.engine, other, shop.engine, other)
                    for user in users
                )
            )
    assert await shop.count("bot_user") == 20
    assert await shop.count("lead") == 20
    assert await shop.count("message", "direction = 1") == 40


async def test_different_updates_of_one_user_through_two_processes_are_all_kept(
    engines: Engines, dsn: str, shop: Shop
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    async with Database(dsn, connections=4) as second, engines(second) as other:
        said = [update("7", Said(f"word {n}")) for n in range(30)]
        await asyncio.gather(
            *((shop.engine, other)[n % 2].receive(shop.id, shop.bot_id, [one]) for n, one in enumerate(said))
        )
    rows = await shop.database.pool.fetch("SELECT body->>'text' AS text FROM message WHERE direction = 1")
    assert {row["text"] for row in rows} >= {f"word {n}" for n in range(30)}
    assert (await shop.user("7"))["version"] == 31


async def test_two_processes_that_meet_the_same_people_in_another_order_do_not_block_each_other(
    shop: Shop,
) -> None:
    await shop.open([MENU])
    for round_ in range(40):
        met = [update(f"{round_}-{n}", Started()) for n in range(64)]
        arrivals = [Arrival(shop.id, one.event, bot_id=shop.bot_id, inbound=one) for one in met]
        orders = (arrivals, arrivals[::-1], arrivals[32:] + arrivals[:32])
        await asyncio.gather(*(turns.load(shop.database.pool, order) for order in orders))
    assert await shop.count("bot_user") == 40 * 64


async def test_many_updates_of_one_person_are_taken_in_order_and_others_do_not_wait(
    shop: Shop, engine: Engine
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    flood = [update("7", Said(str(n))) for n in range(300)]
    waiting = asyncio.create_task(engine.receive(shop.id, shop.bot_id, flood))
    await shop.start("8")
    assert not waiting.done()
    await waiting
    rows = await shop.database.pool.fetch(
        "SELECT body->>'text' AS text FROM message WHERE direction = 1 AND body->>'text' <> '' ORDER BY seq"
    )
    assert [row["text"] for row in rows] == [str(n) for n in range(300)]


async def test_what_arrives_together_is_taken_in_the_order_it_was_done(shop: Shop) -> None:
    await shop.open([MENU])
    done = [update("7", Started()), *(update("7", Said(str(n))) for n in range(5))]
    await shop.engine.receive(shop.id, shop.bot_id, list(reversed(done)))
    rows = await shop.database.pool.fetch(
        "SELECT body->>'text' AS text FROM message WHERE direction = 1 ORDER BY seq"
    )
    assert [row["text"] for row in rows] == [None, "0", "1", "2", "3", "4"]


async def test_a_stopped_bot_hears_nothing(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.database.pool.execute("UPDATE bot SET status = 3")
    await shop.start("7")
    assert await shop.count("message") == 0


async def test_what_is_published_is_spoken_from_the_next_turn_on(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.start("7")
    changed = {**MENU, "steps": [{**MENU["steps"][0], "text": "Good day"}, *MENU["steps"][1:]]}
    await shop.publish(changed)
    await shop.start("8")
    texts = await shop.database.pool.fetch("SELECT body->>'text' AS t FROM message WHERE direction = 2")
    assert {row["t"] for row in texts} == {"Hello Ann", "Good day"}


async def test_a_user_in_mid_conversation_stays_on_the_revision_he_began_with(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.start("7")
    first = shop.revisions["main"]
    await shop.publish({**MENU, "steps": [{"id": "menu", "kind": "message", "text": "Closed"}]})
    await shop.hear("7", Pressed(first, "menu", "lead"))
    assert await shop.count("lead") == 1
    await shop.say("7", "again")
    assert (await shop.user("7"))["state"]["frames"][0]["revision"] == first


async def test_a_turn_that_cannot_be_played_is_kept_for_a_person_and_harms_nobody(shop: Shop) -> None:
    await shop.open([ENDLESS])
    await shop.start("7")
    spin = update("7", Pressed(shop.revisions["main"], "menu", "spin"))
    await asyncio.gather(
        shop.engine.receive(shop.id, shop.bot_id, [spin]),
        *(shop.start(str(user)) for user in range(100, 110)),
    )
    problem = await shop.database.pool.fetchval("SELECT problem FROM inbox")
    assert problem.startswith("EndlessTurn")
    assert await shop.count("message", "body->>'text' = 'Round'") == 0
    assert await shop.count("message", "body->>'text' = 'Hello'") == 11
    await shop.engine.receive(shop.id, shop.bot_id, [spin])
    assert await shop.count("inbox") == 1


async def test_a_state_that_cannot_be_read_is_begun_anew(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute('UPDATE bot_user SET state = \'{"frames": "none"}\'')
    await shop.start("7")
    assert await shop.count("message", "direction = 2") == 2


async def test_a_bot_or_shop_that_is_gone_is_no_error(shop: Shop) -> None:
    await shop.open([MENU])
    await shop.engine.receive(shop.id, shop.bot_id + 1000, [update("7", Started())])
    await shop.engine.receive(shop.id + 1000, shop.bot_id, [update("7", Started())])
    assert await shop.count("bot_user") == 0


async def test_a_dead_database_refuses_so_that_the_messenger_sends_again(shop: Shop, engine: Engine) -> None:
    await shop.open([MENU])
    hello = update("7", Started())
    await engine.database.pool.close()
    with pytest.raises(Unavailable):
        await engine.receive(shop.id, shop.bot_id, [hello])


async def test_a_connection_that_breaks_at_work_is_an_outage_and_no_fault_of_the_update(
    shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.open([MENU])
    hello = update("7", Started())
    with monkeypatch.context() as broken:
        broken.setattr(turns, "load", AsyncMock(side_effect=InternalClientError("another operation")))
        with pytest.raises(Unavailable):
            await engine.receive(shop.id, shop.bot_id, [hello])
    assert await shop.count("inbox") == 0
    await engine.receive(shop.id, shop.bot_id, [hello])
    assert await shop.count("message", "direction = 2") == 1
