"""A small HTTP/1.1 client for prepared requests: kept-alive lines to each origin, in fair turns.

It follows no redirect, keeps no cookie, asks no proxy and never has two questions on one line.  Nothing that
it says of a failure holds an address, for addresses hold tokens.
"""

import asyncio
import re
from contextlib import suppress
from functools import lru_cache
from ssl import SSLContext
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from channels.base import ApiRequest
from channels.door import Door, Origin
from channels.line import Answer, Unanswered
from channels.pool import Patience, Pool

__all__ = ["Answer", "Unanswered", "Wire"]

CONNECTIONS = 200
KEPT_ALIVE_SECONDS = 60.0
CONNECT_SECONDS = 10.0
_PREPARED = 1024
_CLOSING_SECONDS = 1.0

_ADDRESS = re.compile(r"[!-~]+")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_OURS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
_JSON = b"Content-Type: application/json\r\n"
_PORTS = {"http": 80, "https": 443}


class _Prepared(NamedTuple):
    origin: Origin
    head: bytes
    """All of the head that is alike in every request to this address."""


class Wire:
    """An async context manager; open from its entry on.

    `timeout`: seconds for a whole request, the turn for a line and the answer included; `connections`: at
    most so many lines to one origin; `kept_alive`: how many seconds a line without a question is kept;
    `trust`: the certificates to believe, in place of the machine's own.
    """

    def __init__(
        self,
        timeout: float = 30.0,
        *,
        connections: int = CONNECTIONS,
        kept_alive: float = KEPT_ALIVE_SECONDS,
        trust: SSLContext | None = None,
    ) -> None:
        self._patience = Patience(timeout, min(timeout, CONNECT_SECONDS), kept_alive)
        self._connections = connections
        self._trust = trust
        self._pools: dict[Origin, Pool] = {}
        self._prepare = lru_cache(_PREPARED)(_prepare)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweep: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._loop = None
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        pools, self._pools = self._pools, {}
        self._prepare.cache_clear()
        with suppress(TimeoutError):  # a line that does not end by itself ends with the process
            async with asyncio.timeout(_CLOSING_SECONDS):
                for pool in pools.values():
                    await pool.close()

    async def ask(self, request: ApiRequest) -> Answer:
        """Raises Unanswered: there is no answer, or none that is HTTP."""
        loop = self._loop
        if loop is None:
            raise Unanswered("the sender is closed", written=False)
        try:
            origin, head = self._prepare(request.method, request.url)
            more = _more(request.headers)
        except ValueError:
            raise Unanswered("the address or a header is not valid", written=False) from None
        if request.method == "POST":
            body = request.body
            question = b"%bContent-Length: %d\r\n%b\r\n%b" % (head, len(body), more, body)
        else:
            question = b"%b%b\r\n" % (head, more)
        return await (self._pools.get(origin) or self._pool(origin, loop)).ask(question)

    def _pool(self, origin: Origin, loop: asyncio.AbstractEventLoop) -> Pool:
        pool = Pool(Door(origin, self._trust), self._connections, self._patience)
        self._pools[origin] = pool
        if self._sweep is None:
            self._sweep = loop.call_later(self._patience.grain, self._look_round, loop)
        return pool

    def _look_round(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what has lasted too long: one look at all lines, in place of a timer for each request."""
        now = loop.time()
        self._pools = {origin: pool for origin, pool in self._pools.items() if pool.is_needed(now)}
        self._sweep = loop.call_later(self._patience.grain, self._look_round, loop) if self._pools else None


def _prepare(method: str, url: str) -> _Prepared:
    """Raises ValueError."""
    if method not in ("GET", "POST") or not _ADDRESS.fullmatch(url):
        raise ValueError
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: identity\r\n"
    return _Prepared(Origin(parts.scheme, parts.hostname, port), head.encode("ascii"))


def _more(headers: dict[str, str]) -> bytes:
    """Raises ValueError."""
    if not headers:
        return _JSON
    lines = []
    typed = False
    for name, value in headers.items():
        lower = name.lower()
        if not _NAME.fullmatch(name) or lower in _OURS or not _VALUE.fullmatch(value):
            raise ValueError
        typed = typed or lower == "content-type"
        lines.append(f"{name}: {value}\r\n")
    return (b"" if typed else _JSON) + "".join(lines).encode("latin-1")
