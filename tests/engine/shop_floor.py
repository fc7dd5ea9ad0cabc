"""A shop with a bot, put into the database with as few words as a test needs."""

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

from channels.base import Inbound
from engine.runtime import Engine
from engine.store.unit import Database
from flows.document import Flow
from flows.events import Event, Pressed, Said, Started

SECRET = "a-secret-of-the-hook"
_updates = count(1)


def update(user: str, event: Event, *, key: str = "", ack: str = "") -> Inbound:
    """What a messenger brings; without `key` something new."""
    number = next(_updates)
    return Inbound(key=key or str(number), user=user, event=event, name="Ann", ack=ack, order=number)


class Shop:
    """`flows` are published as they stand, sound or not."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self.database = database
        self.engine = engine
        self.id = 0
        self.bot_id = 0
        self.revisions: dict[str, int] = {}

    async def open(self, flows: Sequence[dict[str, Any]], kind: str = "telegram") -> None:
        pool = self.database.pool
        self.id = await pool.fetchval("INSERT INTO shop (name, timezone) VALUES ('Test', 'UTC') RETURNING id")
        self.bot_id = await pool.fetchval(
            "INSERT INTO bot (shop_id, kind, name, status) VALUES ($1, $2, 'Bot', 5) RETURNING id",
            self.id,
            kind,
        )
        credentials = b'{"token": "42:TEST"}' if kind == "telegram" else b"{}"
        vault = self.engine.vault
        await pool.execute(
            "UPDATE bot SET credentials = $3, hook_secret = $4 WHERE shop_id = $1 AND id = $2",
            self.id,
            self.bot_id,
            vault.seal(self.id, "bot.credentials", self.bot_id, credentials),
            vault.seal(self.id, "bot.hook_secret", self.bot_id, SECRET.encode()),
        )
        for flow in flows:
            await self.publish(flow)

    async def publish(self, flow: dict[str, Any]) -> None:
        document = Flow.model_validate(flow).model_dump_json()
        key, pool = flow["key"], self.database.pool
        flow_id = await pool.fetchval(
            "INSERT INTO flow (shop_id, key, name, draft) VALUES ($1, $2, $2, $3::jsonb)"
            " ON CONFLICT (shop_id, key) DO UPDATE SET draft = excluded.draft RETURNING id",
            self.id,
            key,
            document,
        )
        self.revisions[key] = await pool.fetchval(
            "INSERT INTO revision (shop_id, flow_id, number, document)"
            " SELECT $1, $2, count(*) + 1, $3::jsonb FROM revision"
            " WHERE shop_id = $1 AND flow_id = $2 RETURNING id",
            self.id,
            flow_id,
            document,
        )
        await pool.execute(
            "UPDATE flow SET published_id = $3 WHERE shop_id = $1 AND id = $2",
            self.id,
            flow_id,
            self.revisions[key],
        )
        await pool.execute("UPDATE shop SET publication = publication + 1 WHERE id = $1", self.id)

    async def hear(self, user: str, event: Event, *, key: str = "", ack: str = "") -> None:
        await self.engine.receive(self.id, self.bot_id, [update(user, event, key=key, ack=ack)])

    async def start(self, user: str, parameter: str = "") -> None:
        await self.hear(user, Started(parameter))

    async def say(self, user: str, text: str) -> None:
        await self.hear(user, Said(text))

    async def press(self, user: str, flow: str, step: str, item: str, *, ack: str = "") -> None:
        await self.hear(user, Pressed(self.revisions[flow], step, item), ack=ack)

    async def user(self, user: str) -> dict[str, Any]:
        row = await self.database.pool.fetchrow(
            "SELECT * FROM bot_user WHERE shop_id = $1 AND bot_id = $2 AND messenger_user_id = $3",
            self.id,
            self.bot_id,
            user,
        )
        found = dict(row)
        return {**found, **{name: json.loads(found[name]) for name in ("variables", "state")}}

    async def count(self, table: str, where: str = "true") -> int:
        found = await self.database.pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE shop_id = $1 AND {where}", self.id
        )
        return int(found)


async def say_much(shop: Shop, user: str, times: int) -> None:
    """Have the bot greet a user so often."""
    await shop.start(user)
    for _ in range(times - 1):
        await shop.say(user, "2")
