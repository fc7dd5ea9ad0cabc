"""Two at once: what one of them sees must still be so when both are done."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from engine.store.unit import Database
from tests.api.floor import COFFEE, draw
from tests.api.partner import Answer, Partner

WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


def greeting(key: str, onward: dict[str, Any] | None) -> dict[str, Any]:
    """A flow that says a word and goes on at once."""
    step = {"id": "hello", "kind": "message", "text": f"I am {key}", "next": onward}
    return {"key": key, "name": key.title(), "start": "hello", "steps": [step]}


async def until_waiting(database: Database, many: int) -> None:
    """Until so many wait for a lock."""
    async with asyncio.timeout(60):
        while await database.pool.fetchval(WAITING) < many:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


async def while_held(database: Database, held: str, *asked: Awaitable[Answer]) -> list[Answer]:
    """The answers to calls that all met while a statement was not committed yet."""
    async with database.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(held)
            calls = [asyncio.ensure_future(one) for one in asked]
            await until_waiting(database, len(calls))
        return await asyncio.gather(*calls)


async def test_of_two_flows_that_would_run_in_circles_together_one_is_published(
    ann: Partner, shop_id: int, database: Database
) -> None:
    flows = {}
    for key in ("ping", "pong"):
        flows[key] = (await draw(ann, shop_id, greeting(key, None)))["id"]
        assert (await ann.post(f"/api/bot/flow/{flows[key]}/publish/")).result
    for key, other in (("ping", "pong"), ("pong", "ping")):
        body = {"base_revision": 1, "document": greeting(key, {"go": "enter", "flow": other})}
        assert (await ann.put(f"/api/bot/flow/{flows[key]}/draft/", body)).result
        assert (await ann.post(f"/api/bot/flow/{flows[key]}/validate/")).result["sound"]
    publishing = [ann.post(f"/api/bot/flow/{id}/publish/") for id in flows.values()]
    answers = await while_held(
        database, f"SELECT FROM shop WHERE id = {shop_id} FOR NO KEY UPDATE", *publishing
    )
    assert sorted(answer.status for answer in answers) == [200, 422]


async def test_a_flow_that_is_published_many_times_at_once_counts_its_revisions(
    ann: Partner, shop_id: int
) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    answers = await asyncio.gather(*(ann.post(f"/api/bot/flow/{flow['id']}/publish/") for _ in range(8)))
    assert sorted(answer.result["number"] for answer in answers) == list(range(1, 9))


async def test_of_many_who_change_a_draft_at_once_one_is_first(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    path = f"/api/bot/flow/{flow['id']}/draft/"
    drafts = [{"base_revision": 1, "document": COFFEE | {"name": f"Name {n}"}} for n in range(8)]
    answers = await asyncio.gather(*(ann.put(path, draft) for draft in drafts))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert {answer.body["current"] for answer in answers if answer.status == 409} == {2}


async def test_what_is_deleted_while_it_is_changed_is_not_found(
    ann: Partner, shop_id: int, database: Database
) -> None:
    new = {"shop_id": shop_id, "name": "goods", "dtype": {"id": "number"}}
    variable = (await ann.post("/api/store/custom_fields/", new)).result["id"]
    path = f"/api/store/custom_fields/{variable}/"
    answers = await while_held(
        database,
        f"DELETE FROM variable WHERE id = {variable}",
        ann.patch(path, {"description": "Late"}),
        ann.delete(path),
    )
    assert [(answer.status, answer.body["code"]) for answer in answers] == [(404, "not_found")] * 2
