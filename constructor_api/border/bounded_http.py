"""HTTP as uvicorn reads it, but with an end: uvicorn itself would read a request's head for ever."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
"""From a connection, or the first byte of its next request, to the end of that request's head."""
LARGEST_HEAD = 65_536


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose next request does not come to the point."""

    _waiting: asyncio.TimerHandle | None = None
    """Set while a head is incomplete."""
    _ending = False
    """Set while a body in chunks may be over, so that trailers come: header lines, and as endless."""
    _taken = 0
    """Bytes of either so far."""

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._wait()

    def _take(self, data: bytes) -> None:
        if self._waiting is None and self.idle:
            self._wait()  # an empty line is no request yet, and uvicorn would wait for more of them
        if self._ending or self._waiting is not None:
            self._taken += len(data)
        super().data_received(data)
        if self._taken > LARGEST_HEAD and (self._ending or self._waiting is not None):
            self._settle()
            self.send_400_response("The head of the request is too large.")

    data_received = _take

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._waiting is not None:  # a trailer is no header (RFC 9110, 6.5.1), and nobody asks for one
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._settle()
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        self._ending, self._taken = True, 0

    on_chunk_complete = on_chunk_header

    def on_body(self, body: bytes) -> None:
        self._ending = False
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._ending, self._taken = False, 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._taken = 0
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _settle(self) -> None:
        self._ending, self._taken = False, 0
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
