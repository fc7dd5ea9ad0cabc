"""A shop with bots in a real database, and the processes that run it; what breaks can be put up again."""

import asyncio
import json
import os
import signal
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from engine.embedded import TUNING, Cluster
from engine.secrets import Vault, key_from_text
from engine.store.schema import migrate
from engine.store.unit import Database
from flows.document import Flow
from tests.conftest import HASTE
from tests.kill.ledger import Ledger
from tests.kill.script import cart, flows

KEY = b64encode(bytes(range(32))).decode()
SECRET = "a-secret-of-the-hook"
STOCK, STAFF = 1_000_000, 700


class Town:
    """`bots`: how many the shop has.  All of its people have been seen before, with something in the cart."""

    def __init__(self, cluster: Cluster, ledger: Ledger, bots: int) -> None:
        self.cluster = cluster
        self.ledger = ledger
        self.bots = [*range(1, bots + 1)]
        self.shop = 0
        self.variant = 0
        self.environment = {
            "DATABASE_URL": cluster.dsn,
            "BOTIQUE_SECRET_KEYS": KEY,
            "BOTIQUE_CHANNEL_URLS": json.dumps({"telegram": ledger.messenger.url}),
            "BOTIQUE_HTTP_NETWORKS": '["127.0.0.0/8"]',
            "BOTIQUE_PUBLIC_URL": "https://botique.example",
            "BOTIQUE_LOG_LEVEL": "warning",
        }

    async def restart_database(self) -> None:
        """As a crash does: nothing is finished, nothing is said."""
        pid = int((self.cluster.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        while True:
            if not await asyncio.to_thread(_lives, pid):
                break
            await asyncio.sleep(0.02)
        await asyncio.to_thread(self.cluster.start, {**TUNING, **HASTE})

    async def rows(self, sql: str, *values: object) -> list[Any]:
        connection = await asyncpg.connect(self.cluster.dsn)
        try:
            return await connection.fetch(sql, *values)
        finally:
            await connection.close()

    async def value(self, sql: str, *values: object) -> Any:
        return (await self.rows(sql, *values))[0][0]

    async def build(self) -> None:
        async with Database(self.cluster.dsn, connections=2) as database:
            await migrate(database)
        self.shop = await self.value("INSERT INTO shop (name, timezone) VALUES ('T', 'UTC') RETURNING id")
        vault = Vault([key_from_text(KEY)])
        for bot in self.bots:
            token = json.dumps({"token": f"{bot}:TOWN"}).encode()
            await self.rows(
                "INSERT INTO bot (shop_id, id, kind, name, status, credentials, hook_secret)"
                " OVERRIDING SYSTEM VALUE VALUES ($1, $2, 'telegram', 'Bot', 5, $3, $4)",
                *(self.shop, bot, vault.seal(self.shop, "bot.credentials", bot, token)),
                vault.seal(self.shop, "bot.hook_secret", bot, SECRET.encode()),
            )
        self.variant = await self.value(
            "WITH p AS (INSERT INTO product (shop_id, title) VALUES ($1, 'Tea') RETURNING id)"
            " INSERT INTO variant (shop_id, product_id, price, stock) SELECT $1, p.id, 5, $2 FROM p"
            " RETURNING id",
            *(self.shop, STOCK),
        )
        await self.rows(
            "INSERT INTO notification_channel (shop_id, type, tg_user_id) VALUES ($1, 2, $2)",
            *(self.shop, STAFF),
        )
        for flow in flows(self.ledger.system.url):
            await self._publish(flow)

    async def _publish(self, flow: dict[str, Any]) -> None:
        document = Flow.model_validate(flow).model_dump_json()
        await self.rows(
            "WITH f AS (INSERT INTO flow (shop_id, key, name, draft) VALUES ($1, $2, $2, $3::jsonb)"
            " RETURNING id), r AS (INSERT INTO revision (shop_id, flow_id, number, document)"
            " SELECT $1, f.id, 1, $3::jsonb FROM f RETURNING id, flow_id) SELECT 1",
            *(self.shop, flow["key"], document),
        )
        await self.rows(
            "UPDATE flow f SET published_id = r.id FROM revision r"
            " WHERE r.shop_id = f.shop_id AND r.flow_id = f.id AND f.shop_id = $1",
            self.shop,
        )
        await self.rows("UPDATE shop SET publication = publication + 1 WHERE id = $1", self.shop)

    async def settle(self, bot: int, chat: str) -> None:
        """Have somebody live here, with a full cart."""
        await self.rows(
            "INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, lang_code, variables, cart)"
            " VALUES ($1, $2, $3, 'en', $4::jsonb, $5::jsonb)",
            *(self.shop, bot, chat, json.dumps({"name": f"p{chat}"}), cart(self.variant)),
        )


@asynccontextmanager
async def town(folder: Path, ledger: Ledger, bots: int) -> AsyncIterator[Town]:
    """With its database; the processes are whoever's who lets them run."""
    cluster = await asyncio.to_thread(_founded, folder)
    try:
        it = Town(cluster, ledger, bots)
        await it.build()
        yield it
    finally:
        await asyncio.to_thread(cluster.stop)


def _founded(folder: Path) -> Cluster:
    cluster = Cluster(folder.resolve() / "postgres")
    folder.mkdir(parents=True, exist_ok=True)
    cluster.start({**TUNING, **HASTE})
    return cluster


def _lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
