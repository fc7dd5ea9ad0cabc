"""Tags: where they come from, and that looking makes none."""

from typing import Any

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, launch, meet, publish
from tests.api.partner import Partner

TAGS = "/api/store/tags/"
USERS = "/api/bot/bot_users/"
TAGGING: dict[str, Any] = COFFEE | {
    "steps": [
        {"id": "welcome", "kind": "message", "text": "Hi", "next": {"go": "forward", "to": "mark"}},
        {
            "id": "mark",
            "kind": "operation",
            "operations": [{"do": "add_tag", "tag": "regular"}],
            "next": {"go": "forward", "to": "lead"},
        },
        {"id": "lead", "kind": "capture_lead", "form": "order", "tags": ["buyer"], "fields": []},
    ]
}


@pytest.fixture
async def marked(ann: Partner, shop_id: int, engine: Engine) -> dict[str, Any]:
    """Somebody whom a flow has given tags."""
    await publish(ann, shop_id, TAGGING)
    return await meet(ann, engine, await launch(ann, shop_id))


async def test_the_tags_of_a_flow_are_the_shops_once_it_is_published(
    ann: Partner, shop_id: int, marked: dict[str, Any]
) -> None:
    tags = (await ann.get(TAGS, shop_id=shop_id)).result["results"]
    assert [tag["name"] for tag in tags] == ["buyer", "regular"]
    assert sorted(marked["store"]["tags"], key=lambda tag: tag["name"]) == tags


async def test_looking_at_people_makes_no_tags(
    ann: Partner, shop_id: int, marked: dict[str, Any], database: Database
) -> None:
    for tag in marked["store"]["tags"]:
        assert (await ann.delete(f"{TAGS}{tag['id']}/")).status == 200
    shown = (await ann.get(USERS, shop_id=shop_id)).result["results"][0]["store"]["tags"]
    assert (await ann.get(f"{USERS}{marked['id']}/")).result["store"]["tags"] == shown
    assert {(tag["name"], tag["id"]) for tag in shown} == {("regular", None), ("buyer", None)}
    assert await database.pool.fetchval("SELECT count(*) FROM tag") == 0


async def test_tags_may_be_written_back_as_they_were_read(
    ann: Partner, shop_id: int, marked: dict[str, Any]
) -> None:
    tags = marked["store"]["tags"]
    await ann.delete(f"{TAGS}{tags[0]['id']}/")
    read = (await ann.get(f"{USERS}{marked['id']}/")).result["store"]["tags"]
    written = (await ann.patch(f"{USERS}{marked['id']}/", {"store": {"tags": read}})).result
    assert [tag["name"] for tag in written["store"]["tags"]] == [tag["name"] for tag in tags]
