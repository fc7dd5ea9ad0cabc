"""A small fast HTTP server: it may hang up instead of answering, as the world does."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from httptools import HttpRequestParser


class Reply(NamedTuple):
    status: int
    body: bytes
    after: float = 0.0
    """Seconds that it takes."""


HUNG_UP = Reply(0, b"")
Answer = Callable[[str, bytes], Reply]
"""Of a path and a body."""


class Desk:
    """Listens on a port of this machine from `open` until `close`."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self.url = ""

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Visit(self._answer), "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        if self._server is not None:
            self._server.close()


class _Visit(asyncio.BufferedProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parser = HttpRequestParser(self)
        self._buffer = bytearray(65_536)
        self._path = self._body = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._parser.feed_data(self._buffer[:nbytes])

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        reply = self._answer(self._path.decode(), self._body)
        self._path = self._body = b""
        if reply == HUNG_UP:
            self._transport.abort()
        elif reply.after:
            asyncio.get_running_loop().call_later(reply.after, self._write, reply)
        else:
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: application/json\r\n"
        self._transport.write(f"{head}Content-Length: {len(reply.body)}\r\n\r\n".encode() + reply.body)
