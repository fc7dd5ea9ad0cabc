"""A partner's program at the door, in as few words as a test needs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import uvicorn
from aiohttp import ClientSession
from fastapi import FastAPI

from constructor_api.app import http_of

PASSWORD = "correct horse battery staple"


class Answer(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        """What a call brought that went well."""
        assert self.status == 200, self
        assert self.body["status"] == "ok", self
        return self.body.get("result")

    @property
    def errors(self) -> dict[str, str]:
        """What was wrong, by field, of a call that was refused in the envelope."""
        assert self.status >= 400, self
        assert self.body["status"] == "error", self
        assert self.body["errors"], self
        found: dict[str, str] = self.body["errors"]
        return found


class Partner:
    """Speaks JSON with the token of one person, or with none."""

    def __init__(self, session: ClientSession, address: str, token: str | None = None) -> None:
        self.session = session
        self.address = address
        self.token = token

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.ask("GET", path, params=query)

    async def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return await self.ask("POST", path, json=body, params=query)

    async def patch(self, path: str, body: Any, **query: Any) -> Answer:
        return await self.ask("PATCH", path, json=body, params=query)

    async def put(self, path: str, body: Any, **query: Any) -> Answer:
        return await self.ask("PUT", path, json=body, params=query)

    async def delete(self, path: str, **query: Any) -> Answer:
        return await self.ask("DELETE", path, params=query)

    async def ask(self, method: str, path: str, **given: Any) -> Answer:
        """Any request; `headers` are added to those of the person."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= given.pop("headers", {})
        if given.get("json", ...) is None:
            del given["json"]
        async with self.session.request(method, self.address + path, headers=headers, **given) as answer:
            raw = await answer.read()
            is_json = answer.content_type == "application/json"
            body = await answer.json() if is_json else raw.decode("utf-8", "replace")
            return Answer(answer.status, body, {name.lower(): text for name, text in answer.headers.items()})


@asynccontextmanager
async def served(app: FastAPI, listening: socket.socket | None = None) -> AsyncIterator[str]:
    """The application on a port of this machine, any or the one given: its address."""
    listening = listening or socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=http_of(app), lifespan="off", log_config=None, ws="websockets-sansio")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()
