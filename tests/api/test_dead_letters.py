"""What a messenger would not take is there to be seen, and to be sent once more."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from asyncpg import Pool

from engine.runtime import Engine
from engine.store import deliveries
from engine.store.bot_users import BotUsers
from engine.store.unit import Database
from tests.api.floor import give_up, hook, launch, meet, publish, update
from tests.api.given_up import ALL, LETTERS, WHY, letters, open_up, said, tell, until_given_up
from tests.api.partner import Partner
from tests.messenger import REFUSED, Messenger


async def test_what_was_refused_is_listed_and_sent_again(
    ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
) -> None:
    bot = await open_up(ann, shop_id)
    messenger.verdicts.append(REFUSED)
    async with engine.working():
        person = await meet(ann, engine, bot)
        (letter,) = await until_given_up(ann, shop_id)
        assert letter["bot"]["id"] == bot["id"]
        assert letter["bot_user"] == {"id": person["id"], "name": "Ann Smith"}
        assert (letter["text"], letter["problem"], letter["status"]) == ("Welcome!", WHY, "failed")
        assert (letter["bill"], letter["taken"]) == (False, 0)
        assert await said(ann, person) == [("failed", WHY)]
        # The lane has read past it long ago: this very process must find it all the same.
        assert (await ann.post(f"{LETTERS}{letter['id']}/send_again/")).result is True
        await messenger.until(lambda: messenger.texts("1") == ["Welcome!"])
    assert await said(ann, person) == [("sent", None)]
    assert await letters(ann, shop_id) == []
    assert (await ann.post(f"{LETTERS}{letter['id']}/send_again/")).status == 404


async def test_what_is_refused_once_more_is_given_up_once_more(
    ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
) -> None:
    bot = await open_up(ann, shop_id)
    messenger.verdicts += [REFUSED, REFUSED]
    async with engine.working():
        person = await meet(ann, engine, bot)
        (first,) = await until_given_up(ann, shop_id)
        assert (await ann.post(f"{LETTERS}{first['id']}/send_again/")).result is True
        (second,) = await until_given_up(ann, shop_id)
    assert second["id"] > first["id"]
    assert (second["message"], second["attempts"]) == (first["message"], 0)
    assert await said(ann, person) == [("failed", WHY)]
    assert messenger.texts() == []


async def test_until_it_leaves_it_waits_as_if_it_were_new(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    person = await meet(ann, engine, await open_up(ann, shop_id))
    (old,) = await give_up(database, shop_id)
    hard = "UPDATE outbox SET attempts = 9, parts = 1, bulk = true, created_at = now() - interval '20 days'"
    await database.pool.execute(hard)
    assert (await ann.post(f"{LETTERS}{old}/send_again/")).result is True
    (row,) = await database.pool.fetch(
        "SELECT id > $1, attempts, parts, bulk, dead, problem, not_before <= now(),"
        " created_at > now() - interval '1 hour' FROM outbox",
        old,
    )
    assert tuple(row) == (True, 0, 1, True, False, None, True, True)
    assert await said(ann, person) == [("queued", None)]


async def test_what_the_messenger_took_of_it_is_not_said_twice(
    ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
) -> None:
    text = "First. " * 600 + "Last. " * 300
    long = {"key": "long", "name": "Long", "start": "long", "triggers": [{"on": "default"}]}
    await publish(ann, shop_id, {**long, "steps": [{"id": "long", "kind": "message", "text": text}]})
    bot = await launch(ann, shop_id)
    messenger.verdicts += [(200, {}), REFUSED]
    async with engine.working():
        await meet(ann, engine, bot)
        (letter,) = await until_given_up(ann, shop_id)
        assert letter["taken"] == 1
        assert (await ann.post(f"{LETTERS}{letter['id']}/send_again/")).result is True
        await messenger.until(lambda: len(messenger.texts("1")) == 2)
    assert " ".join(messenger.texts("1")).split() == text.split()


async def test_all_are_sent_again_in_the_order_in_which_they_were_said(
    ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
) -> None:
    bot = await open_up(ann, shop_id)
    async with engine.working():
        person = await meet(ann, engine, bot)
        other = await meet(ann, engine, bot, 2)
        await messenger.until(lambda: len(messenger.texts()) == 2)
        messenger.refuses.add("sendMessage")
        await tell(ann, person, ["one", "two", "three"])
        await tell(ann, other, ["eins", "zwei"])
        found = await until_given_up(ann, shop_id, 5)
        assert [letter["id"] for letter in found] == sorted((letter["id"] for letter in found), reverse=True)
        messenger.refuses.clear()
        again = (await ann.post(ALL, {"shop_id": shop_id})).result
        assert again == {"sent": 5, "left": 0, "bills": 0}
        for user in (1, 2):
            assert (await hook(ann, engine, bot, update(user, "Order"))).status == 200
        await messenger.until(lambda: len(messenger.texts()) == 9)
    assert messenger.texts("1") == ["Welcome!", "one", "two", "three", "Your name?"]
    assert messenger.texts("2") == ["Welcome!", "eins", "zwei", "Your name?"]


async def test_what_is_said_after_it_does_not_overtake_it(
    ann: Partner, shop_id: int, engine: Engine, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await open_up(ann, shop_id)
    messenger.verdicts.append(REFUSED)
    read, gate = deliveries.read, asyncio.Event()

    async def late(pool: Pool, pages: Sequence[deliveries.Page], limit: int) -> list[Any]:
        await gate.wait()
        return await read(pool, pages, limit)

    async with engine.working():
        await meet(ann, engine, bot)
        (letter,) = await until_given_up(ann, shop_id)
        # What is sent again is read; what a turn says is handed over without, if nothing can lie before it.
        monkeypatch.setattr(deliveries, "read", late)
        assert (await ann.post(f"{LETTERS}{letter['id']}/send_again/")).result is True
        assert (await hook(ann, engine, bot, update(1, "Order"))).status == 200
        gate.set()
        await messenger.until(lambda: len(messenger.texts("1")) == 2)
    assert messenger.texts("1") == ["Welcome!", "Your name?"]


async def test_only_those_that_fit_are_listed_and_sent_again(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    bot = await open_up(ann, shop_id)
    person, other = await meet(ann, engine, bot, 1), await meet(ann, engine, bot, 2)
    await give_up(database, shop_id)
    page = (await ann.get(LETTERS, shop_id=shop_id, limit=1, offset=1)).result
    assert (page["count"], page["next"]) == (2, None)
    assert [letter["chat"] for letter in page["results"]] == [person["id"]]
    for query, count in (({"bot_id": bot["id"]}, 2), ({"bot_id": bot["id"] + 1}, 0)):
        assert len(await letters(ann, shop_id, **query)) == count
    assert [one["chat"] for one in await letters(ann, shop_id, bot_user_id=other["id"])] == [other["id"]]
    stray = {"shop_id": shop_id, "bot_id": bot["id"] + 1}
    assert (await ann.post(ALL, stray)).result == {"sent": 0, "left": 0, "bills": 0}
    chosen = {"shop_id": shop_id, "bot_id": bot["id"], "bot_user_id": other["id"]}
    assert (await ann.post(ALL, chosen)).result == {"sent": 1, "left": 0, "bills": 0}
    assert [one["chat"] for one in await letters(ann, shop_id)] == [person["id"]]


async def test_two_shops_have_their_own(
    ann: Partner, bob: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    other_shop = (await bob.post("/api/shop/shops/", {"name": "Tea Point"})).result["id"]
    for partner, shop in ((ann, shop_id), (bob, other_shop)):
        await meet(partner, engine, await open_up(partner, shop))
    (hers,), (his,) = await give_up(database, shop_id), await give_up(database, other_shop)
    for shop in ({}, {"shop_id": other_shop}, {"shop_id": shop_id}):
        assert (await bob.post(f"{LETTERS}{hers}/send_again/", **shop)).status == 404
        assert (await bob.delete(f"{LETTERS}{hers}/", **shop)).status == 404
    assert (await bob.get(LETTERS, shop_id=shop_id)).status == 404
    assert (await bob.post(ALL, {"shop_id": shop_id})).status == 404
    assert (await bob.post(ALL, {"shop_id": other_shop})).result["sent"] == 1
    assert [letter["id"] for letter in await letters(ann, shop_id)] == [hers]
    assert await letters(bob, other_shop) == []
    assert await database.pool.fetchval("SELECT count(*) FROM outbox WHERE id = $1", his) == 0


async def test_nothing_is_left_of_who_was_removed(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    bot = await open_up(ann, shop_id)
    gone, stays = await meet(ann, engine, bot, 1), await meet(ann, engine, bot, 2)
    first, _ = await give_up(database, shop_id)
    async with database.unit() as unit:
        await BotUsers(unit, shop_id).remove(gone["id"])
    assert [letter["chat"] for letter in await letters(ann, shop_id)] == [stays["id"]]
    assert (await ann.post(f"{LETTERS}{first}/send_again/")).status == 404
    assert (await ann.post(ALL, {"shop_id": shop_id})).result == {"sent": 1, "left": 0, "bills": 0}
    assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_bill_is_never_sent_again(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    await meet(ann, engine, await open_up(ann, shop_id))
    await meet(ann, engine, (await ann.get("/api/bot/bots/", shop_id=shop_id)).result["results"][0], 2)
    bill, _ = await give_up(database, shop_id)
    await database.pool.execute(
        'UPDATE outbox SET body = \'{"do": "invoice", "text": "Latte, 2"}\' WHERE id = $1', bill
    )
    refused = await ann.post(f"{LETTERS}{bill}/send_again/")
    assert (refused.status, refused.body["code"]) == (422, "invalid")
    assert "a bill is not sent twice" in refused.errors["id"]
    assert (await ann.post(ALL, {"shop_id": shop_id})).result == {"sent": 1, "left": 0, "bills": 1}
    (letter,) = await letters(ann, shop_id)
    assert (letter["id"], letter["bill"], letter["text"]) == (bill, True, "Latte, 2")


async def test_what_may_have_arrived_says_so_until_it_has(
    ann: Partner, shop_id: int, engine: Engine, database: Database, messenger: Messenger
) -> None:
    person = await meet(ann, engine, await open_up(ann, shop_id))
    await give_up(database, shop_id, "It may arrive twice")
    await database.pool.execute("UPDATE message SET status = 'ambiguous' WHERE direction = 2")
    assert [letter["status"] for letter in await letters(ann, shop_id)] == ["ambiguous"]
    assert (await ann.post(ALL, {"shop_id": shop_id})).result["sent"] == 1
    assert await said(ann, person) == [("ambiguous", "It may arrive twice")]
    async with engine.working():
        await messenger.until(lambda: messenger.texts("1") == ["Welcome!"])
    assert await said(ann, person) == [("sent", "It may arrive twice")]


async def test_what_is_thrown_away_stays_in_its_conversation(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    person = await meet(ann, engine, await open_up(ann, shop_id))
    waiting = await database.pool.fetchval("SELECT id FROM outbox")
    assert (await ann.delete(f"{LETTERS}{waiting}/")).status == 404
    await give_up(database, shop_id)
    assert (await ann.delete(f"{LETTERS}{waiting}/")).result is None
    assert (await ann.delete(f"{LETTERS}{waiting}/")).status == 404
    assert await said(ann, person) == [("failed", "Too strange")]
    assert await letters(ann, shop_id) == []


async def test_who_asks_at_the_same_time_sends_it_once(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    await meet(ann, engine, await open_up(ann, shop_id))
    (id,) = await give_up(database, shop_id)
    asked = [ann.post(f"{LETTERS}{id}/send_again/") for _ in range(3)]
    asked += [ann.post(ALL, {"shop_id": shop_id}) for _ in range(3)]
    answers = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} <= {200, 404}
    assert sum(bool(a.body.get("result") in (True, {"sent": 1, "left": 0, "bills": 0})) for a in answers) == 1
    assert await database.pool.fetchval("SELECT count(*) FROM outbox WHERE NOT dead") == 1


async def test_a_thousand_at_most_go_at_once_the_oldest_first(
    ann: Partner, shop_id: int, engine: Engine, database: Database
) -> None:
    await meet(ann, engine, await open_up(ann, shop_id))
    await database.pool.execute(
        "INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)"
        " SELECT shop_id, bot_id, bot_user_id, seq + n, body FROM outbox, generate_series(1, 1000) n"
        " ORDER BY n"
    )
    ids = await give_up(database, shop_id)
    assert (await ann.post(ALL, {"shop_id": shop_id})).result == {"sent": 1000, "left": 1, "bills": 0}
    assert [letter["id"] for letter in await letters(ann, shop_id)] == ids[-1:]
    rows = await database.pool.fetch("SELECT seq FROM outbox WHERE NOT dead ORDER BY id")
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)


@pytest.mark.parametrize(
    ("body", "listed"),
    [
        ('{"do": "acknowledge", "ack": "x"}', False),
        ('{"do": "typing", "seconds": 3}', False),
        ('{"do": "dance"}', True),
        ("[]", True),
    ],
    ids=["the answer to a press", "typing", "unknown", "no message at all"],
)
async def test_what_nobody_was_to_read_is_not_among_them(
    ann: Partner, shop_id: int, engine: Engine, database: Database, body: str, listed: bool
) -> None:
    await meet(ann, engine, await open_up(ann, shop_id))
    (id,) = await give_up(database, shop_id)
    await database.pool.execute("UPDATE outbox SET body = $1::jsonb", body)
    assert [letter["id"] for letter in await letters(ann, shop_id)] == [id] * listed
    assert (await ann.post(ALL, {"shop_id": shop_id})).result["sent"] == listed
