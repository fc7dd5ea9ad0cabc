"""A messenger that answers as a test tells it: real HTTP on a free port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Messenger:
    """Answers with what `answers` holds, one after the other; what was asked is in `asked`.

    `heard` is set once something was asked.
    """

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[Answer] = []
        self.asked: list[tuple[web.Request, bytes]] = []
        self.heard = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request, await request.read()))
        self.heard.set()
        return await self.answers.pop(0)(request)


def says(status: int, body: object, **headers: str) -> Answer:
    """An answer of JSON, or of bytes as they are."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answer


def hangs_up(then: bytes = b"") -> Answer:
    """The line is cut after these bytes."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.write(then)
        request.transport.close()
        return web.Response()

    return answer


async def falls_silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("unreachable")


async def never_ends(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    with suppress(ConnectionError):
        while True:
            await answer.write(b" " * 65_536)
    return answer


@asynccontextmanager
async def messenger() -> AsyncIterator[Messenger]:
    found = Messenger()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()
