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
    _taken = 0
    """Bytes of it so far."""

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
        if self._waiting is not None:
            self._taken += len(data)
        super().data_received(data)
        if self._waiting is not None and self._taken > LARGEST_HEAD:
            self._settle()
            self.send_400_response("The head of the request is too large.")

    data_received = _take

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._settle()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._taken = 0
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _settle(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
