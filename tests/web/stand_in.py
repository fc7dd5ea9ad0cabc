"""A door whose bot does what a test says: for the page's own behaviour, without an engine behind it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.websockets import WebSocketDisconnect, WebSocketState

from tests.web.serving import serving
from web_editor.pages import router

Frame = dict[str, Any]
MENU: Frame = {
    "text": "Hi! This is Coffee Point. What would you like?",
    "buttons": [
        {"label": "☕ Menu", "code": "1.hello.menu"},
        {"label": "🎁 Promotions", "code": "1.hello.promo"},
        {"label": "📞 Call me back", "code": "1.hello.call"},
        {"label": "🌐 Our site", "kind": "url", "url": "https://shop.example/"},
    ],
}


class StandIn:
    """`heard`: every frame but pings, in order.  `reply`: what the bot says to one that is new to it.

    `tokens`: what each session came with.
    """

    def __init__(self) -> None:
        self.session = {
            "token": "t",
            "title": "Coffee Point",
            "colour": "#2457d6",
            "greeting": "",
            "lang": "en",
        }
        self.heard: list[Frame] = []
        self.past: list[Frame] = []
        self.reply: Callable[[Frame], Sequence[Frame]] = lambda frame: ()
        self.answer: Callable[[Frame], Frame | None] = lambda frame: {"t": "ack", "id": frame["id"]}
        self.bye: str | None = None
        self.gone = False
        self.down = False
        self.origins: tuple[str, ...] = ()
        self.site = ""
        self.tokens: list[str | None] = []
        self._known: set[str] = set()
        self._open: set[WebSocket] = set()
        self._seq = itertools.count(100, 100)
        self._news = asyncio.Condition()

    def tell(self, who: str, **frame: Any) -> Frame:
        """Put a message into the conversation."""
        at = frame.pop("at", datetime.now(UTC).isoformat())
        told = {"t": "message", "seq": next(self._seq), "at": at, **frame}
        if who == "user":
            told["from"] = who
        self.past.append(told)
        return told

    async def say(self, **frame: Any) -> None:
        """The bot says something to whoever is there."""
        told = self.tell("bot", **frame)
        for socket in list(self._open):
            await socket.send_json(told)

    async def hears(self, count: int) -> list[Frame]:
        """What was heard beside the hellos, once it is that much."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.said) >= count)
        return self.said

    async def greets(self, count: int) -> list[Frame]:
        """The hellos, once they are that many."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.hellos) >= count)
        return self.hellos

    @property
    def said(self) -> list[Frame]:
        return [frame for frame in self.heard if frame["t"] != "hello"]

    @property
    def hellos(self) -> list[Frame]:
        return [frame for frame in self.heard if frame["t"] == "hello"]

    async def cut(self) -> None:
        """Every line breaks, and none can be made until `mend`."""
        self.down = True
        for socket in list(self._open):
            await socket.close(1012)

    def mend(self) -> None:
        self.down = False

    async def talk(self, socket: WebSocket) -> None:
        if self.down:
            await socket.close()
            return
        await socket.accept()
        hello = await self._hear(socket)
        if self.bye:
            await socket.send_json({"t": "bye", "reason": self.bye})
            await socket.close(4000)
            return
        await socket.send_json({"t": "hello", "seq": self.past[-1]["seq"] if self.past else 0})
        for message in self.past:
            if message["seq"] > hello["seq"]:
                await socket.send_json(message)
        self._open.add(socket)
        while True:
            await self._take(socket, await self._hear(socket))

    async def _hear(self, socket: WebSocket) -> Frame:
        while (frame := await socket.receive_json())["t"] == "ping":
            await socket.send_json({"t": "pong"})
        async with self._news:
            self.heard.append(frame)
            self._news.notify_all()
        return dict(frame)

    async def _take(self, socket: WebSocket, frame: Frame) -> None:
        answer = self.answer(frame)
        if answer and answer["t"] == "ack" and frame["id"] not in self._known:
            self._known.add(frame["id"])
            shown = {key: frame[key] for key in ("text", "code") if key in frame}
            reply = self.reply(frame)
            if any("instead_of" in one for one in reply):
                shown["quiet"] = True
            for told in (self.tell("user", **shown), *[self.tell("bot", **one) for one in reply]):
                await socket.send_json(told)
        if answer:
            await socket.send_json(answer)


def app_of(door: StandIn) -> FastAPI:
    app = FastAPI()
    app.include_router(router)

    async def framing(shop_id: int, bot_id: int) -> Sequence[str]:
        return door.origins

    app.state.framing = framing

    @app.post("/widget/{shop_id}/{bot_id}/session/")
    async def session(shop_id: int, bot_id: int, request: Request) -> JSONResponse:
        door.tokens.append((await request.json()).get("token"))
        if door.gone:
            return JSONResponse({"status": "error", "errors": {}, "code": "not_found"}, 404)
        return JSONResponse({"status": "ok", "result": door.session})

    @app.websocket("/widget/{shop_id}/{bot_id}/ws/")
    async def talk(socket: WebSocket, shop_id: int, bot_id: int) -> None:
        try:
            await door.talk(socket)
        except WebSocketDisconnect:
            pass
        finally:
            door._open.discard(socket)
            if socket.application_state is WebSocketState.CONNECTED is socket.client_state:
                await socket.close()

    return app


def site_of(door: StandIn) -> FastAPI:
    """Somebody else's site, with our widget on it as `door.site` says."""
    app = FastAPI()

    @app.get("/{path:path}")
    async def page(path: str) -> HTMLResponse:
        return HTMLResponse(door.site)

    return app


@asynccontextmanager
async def standing_in(door: StandIn) -> AsyncIterator[str]:
    async with serving(app_of(door)) as address:
        yield address
