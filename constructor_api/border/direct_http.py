"""HTTP for the calls that come by the thousand: read at one glance, answered with one write.

uvicorn's own way (parser, scope, task, coroutines, two writes) costs more than the turn that the call is for
(docs/decisions/0011).
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from constructor_api.border.bounded_http import BoundedHttp

LARGEST_GLANCE = 65_536
_BEGINNING = b"POST "
_HEAD = re.compile(
    rb"POST (/[\w/-]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]{1,64}: [\x20-\x7e]{0,4096}\r\n){1,64})\r\n"
)
_LENGTH = re.compile("[0-9]{1,6}")
_UNUSUAL = frozenset({"transfer-encoding", "content-encoding", "expect", "upgrade", "trailer", "te"})
"""Headers that change what the bytes behind the head mean, or what is to be answered."""


class Call(NamedTuple):
    """A request by its path, its headers with names in lower case, and its body."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def read_at_a_glance(data: bytes) -> Call | None:
    """The one request that `data` is; None unless it is exactly one, whole, and nothing about it unusual.

    Stricter than any parser: what it takes, every other reads the same way.
    """
    found = _HEAD.match(data) if len(data) <= LARGEST_GLANCE else None
    if found is None:
        return None
    lines = found[2].decode("ascii").split("\r\n")[:-1]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    length = headers.get("content-length", "")
    if len(headers) != len(lines) or not _UNUSUAL.isdisjoint(headers) or not _LENGTH.fullmatch(length):
        return None
    if headers.get("connection", "keep-alive").lower() != "keep-alive" or "host" not in headers:
        return None
    body = data[found.end() :]
    return Call(found[1].decode("ascii"), headers, body) if len(body) == int(length) else None


class DirectDoor(Protocol):
    """What answers direct calls."""

    def begin(self, call: Call) -> "asyncio.Future[None] | None":
        """What the answer waits for; None: the call must go the way of all requests, and nothing was done."""

    def answer(self, waited: "asyncio.Future[None]", keep_alive: bool) -> bytes:
        """The whole answer, once it is there."""


class DirectHttp(BoundedHttp):
    """A call that came in one piece goes through `door`; all others, and what it does not take, to uvicorn.

    What is sent ahead of its answer is not read: it stays unanswered, and the connection is closed after the
    answer (RFC 9112, 9.3.2, lets a server do so).
    """

    def __init__(self, door: DirectDoor, **given: Any) -> None:
        super().__init__(**given)
        self._door = door
        self._between = True
        """Whether the parser stands between two requests: what comes next begins one."""
        self._waited = False
        self._last = False
        """The connection is closed after the answer that is waited for."""

    def _take(self, data: bytes) -> None:
        if self._waited:
            self._last = True
            return
        call = None
        if self._between and self.idle and not self._taken and data.startswith(_BEGINNING):
            call = read_at_a_glance(data)
        waited = self._door.begin(call) if call is not None else None
        if waited is None:
            super()._take(data)
            return
        self._settle()
        self._unset_keepalive_if_required()
        self._waited = True
        waited.add_done_callback(self._answer)

    data_received = _take

    def on_message_begin(self) -> None:
        self._between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._between = True
        super().on_message_complete()

    def shutdown(self) -> None:
        if self._waited:
            self._last = True
        else:
            super().shutdown()

    def _answer(self, waited: "asyncio.Future[None]") -> None:
        self._waited = False
        answer = self._door.answer(waited, keep_alive=not self._last)
        if self.transport.is_closing():
            return
        self.transport.write(answer)
        if self._last:
            self.transport.close()
        else:
            self.on_response_complete()


def direct(door: DirectDoor) -> type[DirectHttp]:
    """The class that uvicorn makes of each connection."""

    class Bound(DirectHttp):
        def __init__(self, **given: Any) -> None:
            super().__init__(door, **given)

    return Bound
