"""One kept-alive connection of HTTP/1.1: a question out, its answer in, never two at a time."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

LARGEST_ANSWER = 1_000_000
"""Bytes of an answer that are read; what lies beyond is not needed to understand it."""
_LARGEST_HEAD = 65_536
_MOST_ON_THE_WIRE = 2 * LARGEST_ANSWER
"""Bytes in all, with interim answers, the frames of chunks and what follows the last of them."""
_MOST_HEADERS = 500


class Headers(Mapping[str, str]):
    """The headers of an answer by their names in lower case; of several alike the last.

    Most answers are understood without them, so they are read when they are asked for.
    """

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._named: dict[str, str] | None = None

    def _read(self) -> dict[str, str]:
        if self._named is None:
            self._named = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._raw
            }
        return self._named

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(Exception):
    """`written`: the question may have arrived all the same.  `reason` is ours, and tells no secret."""

    def __init__(self, reason: str, *, written: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.written = written


Coming = asyncio.Future[Answer | Unanswered]
"""A value either way: whoever was cancelled meanwhile leaves no failure that nobody has heard of."""


class Line(asyncio.Protocol):
    """`gone` is told when the connection has ended.  `until`: when the owner of the line shall end it."""

    _transport: asyncio.Transport

    def __init__(self, gone: Callable[["Line"], None]) -> None:
        self._gone = gone
        self._parser = HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._head_is_in = False
        self._body_bytes = self._wire_bytes = 0
        self._answer: Coming | None = None
        self._spent = False
        self.until = float("inf")

    @property
    def is_free(self) -> bool:
        """Whether a question can be asked on it."""
        return self._answer is None and not self._spent and not self._transport.is_closing()

    def ask(self, question: bytes, answer: Coming, until: float) -> None:
        """Only on a line that is free."""
        self._answer = answer
        self.until = until
        self._transport.write(question)

    def end(self, reason: str) -> None:
        """Close it; a question that is open stays unanswered."""
        self._spent = True
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(Unanswered(reason, written=True))
        self._transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def _take(self, data: bytes) -> None:
        if self._answer is None:
            self.end("something was said unasked")
            return
        self._wire_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self.end("the answer is no HTTP")  # of an answer that was whole before, nothing is taken back
        else:
            if self._answer is not None:
                self._bound()

    data_received = _take

    def eof_received(self) -> None:
        self._ended(cleanly=True)

    def connection_lost(self, error: Exception | None) -> None:
        self._ended(cleanly=error is None)
        self._gone(self)

    # What the parser tells.

    def on_message_begin(self) -> None:
        if self._answer is None:
            self._spent = True  # a second answer to one question

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._parser.get_status_code() < 100:
            raise HttpParserError("no status")
        self._head_is_in = True

    def on_body(self, part: bytes) -> None:
        self._body.append(part)
        self._body_bytes += len(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self._headers, self._head_is_in = [], False
            return
        # Who answers before he has read all of the question will not take the next one rightly.
        if not self._parser.should_keep_alive() or self._transport.get_write_buffer_size():
            self._spent = True
        self._say()

    def _say(self) -> None:
        """What has come in is the answer."""
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            status = self._parser.get_status_code()
            answer.set_result(Answer(status, Headers(self._headers), b"".join(self._body)[:LARGEST_ANSWER]))
        self._headers, self._body, self._head_is_in = [], [], False
        self._body_bytes = self._wire_bytes = 0

    def _bound(self) -> None:
        """An answer that is too long is not read to its end."""
        if self._body_bytes >= LARGEST_ANSWER:
            self._say()
            self.end("")
        elif (
            self._wire_bytes > (_MOST_ON_THE_WIRE if self._head_is_in else _LARGEST_HEAD)
            or len(self._headers) > _MOST_HEADERS
        ):
            self.end("the answer is too long")

    def _ended(self, *, cleanly: bool) -> None:
        if cleanly and self._answer is not None and self._head_is_in and self._runs_to_the_end():
            self._say()
        self.end("the connection broke")

    def _runs_to_the_end(self) -> bool:
        """Whether only the end of the connection ends the answer."""
        headers = Headers(self._headers)
        if "transfer-encoding" in headers:
            return not headers["transfer-encoding"].lower().endswith("chunked")
        return "content-length" not in headers
