"""What a list costs does not grow with its page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from engine.runtime import Engine
from engine.store.flows import Flows
from engine.store.revisions import Revisions
from engine.store.unit import Database
from tests.api.partner import Partner
from tests.api.world import World, furnish

MANY = 100
COPIES = {
    "bot_user": """INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, variables, tags, state)
        SELECT shop_id, bot_id, 'copy ' || n, variables, ARRAY['tag ' || n], state""",
    "lead": """INSERT INTO lead (shop_id, bot_id, bot_user_id, form, values, turn)
        SELECT shop_id, bot_id, bot_user_id, form, values, 1000 + n""",
    "flow": """INSERT INTO flow (shop_id, key, name, draft)
        SELECT shop_id, 'copy_' || n, name, draft""",
    "revision": """INSERT INTO revision (shop_id, flow_id, number, document)
        SELECT shop_id, flow_id, 1000 + n, document""",
    "bot": "INSERT INTO bot (shop_id, kind, name) SELECT shop_id, kind, 'copy ' || n",
    "tag": "INSERT INTO tag (shop_id, name) SELECT shop_id, 'tag ' || n",
}


@pytest.fixture
async def crowd(ann: Partner, shop_id: int, engine: Engine, database: Database) -> World:
    """A shop with a hundred of most things."""
    world = await furnish(ann, shop_id, engine)
    for table, copy in COPIES.items():
        first = f"(SELECT * FROM {table} ORDER BY id LIMIT 1)"
        await database.pool.execute(f"{copy} FROM {first} t, generate_series(1, {MANY}) n")
    return world


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements of the units meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_a_page_of_a_hundred_takes_as_many_statements_as_a_page_of_one(
    ann: Partner, crowd: World, database: Database
) -> None:
    of_shop = {"shop_id": crowd.shop}
    lists: dict[str, dict[str, Any]] = {
        "/api/bot/bots/": of_shop,
        "/api/bot/bot_users/": of_shop,
        "/api/bot/chats/": of_shop,
        "/api/bot/flows/": of_shop,
        "/api/store/leads/": of_shop,
        "/api/store/tags/": of_shop,
        f"/api/bot/flow/{crowd.flow}/revisions/": of_shop,
    }
    for path, query in lists.items():
        taken = []
        for limit in (1, MANY):
            with counted(database) as statements:
                page = (await ann.get(path, **query, limit=limit)).result
            assert len(page["results"]) == limit, path
            taken.append(len(statements))
        # Of one person there may be nothing to look up.
        assert taken[1] <= taken[0] + 2, (path, taken)


async def test_a_list_of_flows_or_revisions_leaves_their_documents_where_they_are(
    ann: Partner, crowd: World, database: Database
) -> None:
    steps = (await ann.get(f"/api/bot/flows/{crowd.flow}/", shop_id=crowd.shop)).result["steps"]
    listed = (await ann.get("/api/bot/flows/", shop_id=crowd.shop, limit=MANY)).result["results"]
    assert {flow["steps"] for flow in listed} == {steps}
    async with database.unit() as unit:
        flow, _ = (await Flows(unit, crowd.shop).outlined(1)).rows[0]
        (revision,) = (await Revisions(unit, crowd.shop).of_flow(crowd.flow, 1)).rows
        assert "draft" not in vars(flow)
        assert "document" not in vars(revision)
