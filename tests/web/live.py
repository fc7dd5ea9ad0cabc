"""The real thing: a shop with a web bot, its door served, and visitors who speak to it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

from engine.runtime import Engine
from engine.store.unit import Database
from tests.doors import door
from tests.engine.shop_floor import Shop
from tests.web.serving import serving

Frame = dict[str, Any]
LOOK = {"title": "Coffee Point", "colour": "#2457d6", "greeting": "Welcome"}


class Line:
    """A visitor's socket, as a page would use it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seq = 0

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self) -> Frame:
        frame: Frame = json.loads(await self.socket.recv())
        self.seq = max(self.seq, frame.get("seq", 0)) if frame["t"] == "message" else self.seq
        return frame

    async def until(self, kind: str) -> list[Frame]:
        """All frames up to the first of a kind, that one last."""
        frames = [await self.next()]
        while frames[-1]["t"] != kind:
            frames.append(await self.next())
        return frames

    async def told(self, text: str) -> list[Frame]:
        """All frames up to the message with this text, that one last."""
        frames = [await self.next()]
        while frames[-1].get("text") != text:
            frames.append(await self.next())
        return frames

    async def answer(self, **frame: Any) -> Frame:
        """Send a frame; the server's word on it, whatever else comes before."""
        await self.send(**frame)
        while (answer := await self.next())["t"] not in ("ack", "error", "pong", "bye"):
            pass
        return answer


class Live:
    def __init__(self, shop: Shop, address: str) -> None:
        self.shop = shop
        self.address = address

    @property
    def door(self) -> str:
        return f"{self.address}/widget/{self.shop.id}/{self.shop.bot_id}"

    @property
    def page(self) -> str:
        return f"{self.address}/chat/{self.shop.id}/{self.shop.bot_id}/"

    async def look(self, **credentials: Any) -> None:
        """How the bot's chat looks, and on which sites it may stand."""
        engine, shop = self.shop.engine, self.shop
        sealed = engine.vault.seal(
            shop.id, "bot.credentials", shop.bot_id, json.dumps({**LOOK, **credentials}).encode()
        )
        statement = "UPDATE bot SET credentials = $3 WHERE shop_id = $1 AND id = $2"
        await self.shop.database.pool.execute(statement, shop.id, shop.bot_id, sealed)
        engine.connections.forget(shop.id, shop.bot_id)

    async def stop(self) -> None:
        statement = "UPDATE bot SET status = 3 WHERE shop_id = $1 AND id = $2"
        await self.shop.database.pool.execute(statement, self.shop.id, self.shop.bot_id)
        self.shop.engine.connections.forget(self.shop.id, self.shop.bot_id)

    async def session(self, door: str = "", **body: Any) -> tuple[int, Frame]:
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                f"{door or self.door}/session/", json=body, headers={"Accept-Language": "es-MX,en"}
            ) as answer,
        ):
            return answer.status, await answer.json()

    async def newcomer(self) -> str:
        _, session = await self.session()
        token: str = session["result"]["token"]
        return token

    @asynccontextmanager
    async def knock(self, door: str = "", **how: Any) -> AsyncIterator[Line]:
        """A socket that has not said hello yet."""
        address = (door or self.door).replace("http", "ws", 1) + "/ws/"
        async with connect(address, proxy=None, **how) as socket:
            yield Line(socket)

    @asynccontextmanager
    async def line(self, token: str, **hello: Any) -> AsyncIterator[Line]:
        """A socket that has said hello."""
        async with self.knock() as line:
            await line.send(t="hello", token=token, **hello)
            yield line


@asynccontextmanager
async def living(engine: Engine, database: Database, flows: list[dict[str, Any]]) -> AsyncIterator[Live]:
    shop = Shop(database, engine)
    await shop.open(flows, kind="web")
    async with serving(door(engine)) as address:
        live = Live(shop, address)
        await live.look()
        yield live
