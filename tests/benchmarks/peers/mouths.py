"""Kept-alive connections to a bot's webhook: what people say goes in by whichever is free."""

import asyncio
from collections import deque
from typing import Self, cast
from urllib.parse import urlsplit

import httptools

from tests.benchmarks.peers.words import SECRET

PATIENCE = 0.05
"""Seconds until what was refused is brought again, as a messenger would."""


class Mouths:
    """An async context manager; `refused` counts the answers that were no 200."""

    def __init__(self, hook: str, connections: int) -> None:
        self.refused = 0
        url = urlsplit(hook)
        self._host, self._port = url.hostname, url.port
        self._connections = connections
        self._head = (
            f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
        ).encode()
        self._free: list[_Mouth] = []
        self._all: list[_Mouth] = []
        self._queue: deque[bytes] = deque()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for _ in range(self._connections):
            _, mouth = await loop.create_connection(lambda: _Mouth(self), self._host, self._port)
            self._all.append(mouth)
        self._free = list(self._all)
        return self

    async def __aexit__(self, *_: object) -> None:
        for mouth in self._all:
            mouth.close()

    def say(self, body: bytes) -> None:
        if self._free:
            self._free.pop().write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        else:
            self._queue.append(body)

    def answered(self, mouth: "_Mouth", status: int, request: bytes) -> None:
        self._free.append(mouth)
        if status != 200:
            self.refused += 1
            body = request.partition(b"\r\n\r\n")[2]
            asyncio.get_running_loop().call_later(PATIENCE, self.say, body)
        if self._queue:
            self.say(self._queue.popleft())


class _Mouth(asyncio.Protocol):
    """One connection.  It is opened anew where the bot closed it while nothing was asked."""

    _transport: asyncio.Transport

    def __init__(self, mouths: Mouths) -> None:
        self._mouths = mouths
        self._parser = httptools.HttpResponseParser(self)
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def write(self, request: bytes) -> None:
        self._request = request
        self._transport.write(request)

    def _take(self, read: bytes) -> None:
        self._parser.feed_data(read)

    data_received = _take

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        request, self._request = self._request, b""
        self._mouths.answered(self, status, request)

    def close(self) -> None:
        self._transport.close()
