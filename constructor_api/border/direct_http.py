"""HTTP for the calls that come by the thousand: answered out of the parser, without scope, task or coroutine.

uvicorn's own way costs three times as much as the turn that the call is for (docs/decisions/0011).
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from constructor_api.border.bounded_http import BoundedHttp

Head = Sequence[tuple[bytes, bytes]]
"""The headers of a request, their names in lower case."""


class DirectDoor(Protocol):
    """What answers direct calls."""

    def takes(self, method: bytes, url: bytes) -> bool:
        """Whether calls of this kind can be answered directly at all."""

    def begin(self, url: bytes, head: Head, body: bytes) -> "asyncio.Future[None] | None":
        """What the answer waits for; None: the call must go the way of all requests, and nothing was done."""

    def answer(self, waited: "asyncio.Future[None]", keep_alive: bool) -> bytes:
        """The whole answer, once it is there."""


class DirectHttp(BoundedHttp):
    """A call that is there in one piece goes through `door`; all others, and what it does not take, to the
    application.

    While it waits no second request of the connection is read: what was sent ahead of the answer stays
    unanswered, and the connection is closed after it (RFC 9112, 9.3.2, lets a server do so).
    """

    def __init__(self, door: DirectDoor, **given: Any) -> None:
        super().__init__(**given)
        self._door = door
        self._body: bytes | None = None
        """Of the call that is being read."""
        self._waited = False
        self._last = False
        """The connection is closed after the answer that is waited for."""
        self._kept = True

    @property
    def idle(self) -> bool:
        return super().idle and not self._waited

    def _take(self, data: bytes) -> None:
        super()._take(data)
        if self._body is not None and self.parser is not None:
            self._go_the_long_way()

    data_received = _take

    def on_headers_complete(self) -> None:
        if self._waited:
            self._last = True
            self._settle()
        elif super().idle and not self.expect_100_continue and self._is_for_the_door():
            self._settle()
            self._body = b""
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._waited:
            return
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        if self._waited:
            return
        if self._body is not None:
            waited = self._door.begin(self.url, self.headers, self._body)
            if waited is not None:
                self._body, self._waited = None, True
                self._kept = self.parser.should_keep_alive()
                waited.add_done_callback(self._answer)
                return
            self._go_the_long_way()
        super().on_message_complete()

    def shutdown(self) -> None:
        if self._waited:
            self._last = True
        else:
            super().shutdown()

    def _is_for_the_door(self) -> bool:
        return not self.parser.should_upgrade() and self._door.takes(self.parser.get_method(), self.url)

    def _go_the_long_way(self) -> None:
        body, self._body = self._body, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _answer(self, waited: "asyncio.Future[None]") -> None:
        self._waited = False
        kept = self._kept and not self._last
        answer = self._door.answer(waited, kept)
        if self.transport.is_closing():
            return
        self.transport.write(answer)
        if kept:
            self.on_response_complete()
        else:
            self.transport.close()


def direct(door: DirectDoor) -> type[DirectHttp]:
    """The class that uvicorn makes of each connection."""

    class Bound(DirectHttp):
        def __init__(self, **given: Any) -> None:
            super().__init__(door, **given)

    return Bound
