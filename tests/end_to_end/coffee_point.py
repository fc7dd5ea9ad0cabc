"""Coffee Point, opened as a newcomer would: through the door, with the flows that we ship."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

from constructor_api.app import create_app
from engine.passwords import hash_password
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.accounts import Account, Accounts
from engine.store.unit import Database
from tests.api.partner import PASSWORD, Partner, served

STARTERS = Path(__file__).parents[2] / "flows" / "starters"
EMAIL = "owner@coffee.example"


class CoffeePoint:
    """The owner at the door of a running product."""

    def __init__(self, owner: Partner, engine: Engine) -> None:
        self.owner = owner
        self.engine = engine
        self.shop_id = 0
        self.bot: dict[str, Any] = {}

    async def open(self, token: str) -> None:
        """Log in, open the shop, publish every starter, connect a Telegram bot and start it."""
        login = await self.owner.post("/api/auth/login/", {"email": EMAIL, "password": PASSWORD})
        self.owner.token = login.result["token"]
        shop = await self.owner.post(
            "/api/shop/shops/", {"name": "Coffee Point", "timezone": "Europe/Berlin"}
        )
        self.shop_id = shop.result["id"]
        # Flows that lead into each other can be published once all of them are there as drafts.
        flows = [await self._import(text) for text in _starters()]
        for flow in flows:
            assert (await self.owner.post(f"/api/bot/flow/{flow['id']}/publish/")).result
        new = {"shop_id": self.shop_id, "kind": "telegram", "credentials": {"token": token}}
        self.bot = (await self.owner.post("/api/bot/bots/", new)).result
        assert (await self.owner.post(f"/api/bot/bot/{self.bot['id']}/start/")).result

    async def leads(self, at_least: int = 0) -> list[dict[str, Any]]:
        """The shop's leads, once there are so many; fails after ten seconds."""
        async with asyncio.timeout(60):
            while True:
                found = (await self.owner.get("/api/store/leads/", shop_id=self.shop_id)).result["results"]
                if len(found) >= at_least:
                    return list(found)
                await asyncio.sleep(0.05)

    async def _import(self, text: bytes) -> dict[str, Any]:
        answer = await self.owner.ask(
            "POST",
            "/api/bot/flows/import/",
            params={"shop_id": self.shop_id},
            data=text,
            headers={"content-type": "application/yaml"},
        )
        return dict(answer.result)


def _starters() -> list[bytes]:
    return [file.read_bytes() for file in sorted(STARTERS.glob("*.yaml"))]


@asynccontextmanager
async def running(
    settings: Settings, database: Database, listening: socket.socket | None = None
) -> AsyncIterator[CoffeePoint]:
    """The product on a port of this machine, working."""
    async with database.unit() as unit:
        await Accounts(unit).add(Account(email=EMAIL, password_hash=await hash_password(PASSWORD)))
    async with (
        Engine(settings, database) as engine,
        served(create_app(engine), listening) as address,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
        engine.working(),
    ):
        yield CoffeePoint(Partner(session, address), engine)
