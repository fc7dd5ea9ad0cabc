"""Kept-alive connections to a bot's webhook: what people say goes in by whichever is free."""

import asyncio
from collections import deque
from time import perf_counter
from typing import Self, cast
from urllib.parse import urlsplit

import httptools

from tests.benchmarks.peers.person import Saying
from tests.benchmarks.peers.words import SECRET

PATIENCE = 0.05
"""Seconds until what was refused is brought again, as a messenger would."""
IDLE = 3.0
"""Seconds after which a connection is not used again: servers close such ones, some after five."""


class Mouths:
    """An async context manager.  `refused` counts the calls that were not answered with 200."""

    def __init__(self, hook: str, connections: int) -> None:
        self.refused = 0
        url = urlsplit(hook)
        self._host, self._port = url.hostname or "", url.port or 80
        self._connections = connections
        self._head = (
            f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
        ).encode()
        self._open: set[_Mouth] = set()
        self._free: list[_Mouth] = []
        self._queue: deque[Saying] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._over = False

    async def __aenter__(self) -> Self:
        for _ in range(self._connections):
            await self._begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        for opening in self._opening:
            opening.cancel()
        for mouth in list(self._open):
            mouth.close()

    def say(self, saying: Saying) -> None:
        while self._free:
            mouth = self._free.pop()
            if mouth.is_fresh:
                body = saying.body
                mouth.carry(saying, b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
                return
            self._open.discard(mouth)
            mouth.close()
        self._queue.append(saying)
        if len(self._open) + len(self._opening) < self._connections:
            opening = asyncio.create_task(self._begin())
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    def answered(self, mouth: "_Mouth", status: int, saying: Saying) -> None:
        if status == 200:
            saying.taken()
        else:
            self._bring_again(saying)
        self._take_up(mouth)

    def closed(self, mouth: "_Mouth", saying: Saying | None) -> None:
        self._open.discard(mouth)
        if saying is not None and not self._over:  # else the person was answered before the messenger
            self._bring_again(saying)

    async def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        _, mouth = await loop.create_connection(lambda: _Mouth(self), self._host, self._port)
        self._open.add(mouth)
        self._take_up(mouth)

    def _take_up(self, mouth: "_Mouth") -> None:
        self._free.append(mouth)
        if self._queue:
            self.say(self._queue.popleft())

    def _bring_again(self, saying: Saying) -> None:
        self.refused += 1
        asyncio.get_running_loop().call_later(PATIENCE, self.say, saying)


class _Mouth(asyncio.Protocol):
    """One connection, with one call under way at most."""

    _transport: asyncio.Transport
    _saying: Saying | None = None
    _since = 0.0

    def __init__(self, mouths: Mouths) -> None:
        self._mouths = mouths
        self._parser = httptools.HttpResponseParser(self)

    @property
    def is_fresh(self) -> bool:
        return not self._transport.is_closing() and perf_counter() - self._since < IDLE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._since = perf_counter()

    def connection_lost(self, _: Exception | None) -> None:
        self._mouths.closed(self, self._saying)

    def carry(self, saying: Saying, request: bytes) -> None:
        self._saying = saying
        self._transport.write(request)

    def _take(self, data: bytes) -> None:
        self._parser.feed_data(data)

    data_received = _take

    def on_message_complete(self) -> None:
        saying, self._saying, self._since = self._saying, None, perf_counter()
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        if saying is not None:
            self._mouths.answered(self, status, saying)

    def close(self) -> None:
        self._transport.close()
